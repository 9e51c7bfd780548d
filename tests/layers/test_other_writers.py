"""Files as programs other than GDAL write them: Excel 97 workbooks, CAD drawings."""

import shutil
import subprocess

import openpyxl
import pytest
from shapely import Polygon, box

from landgis.layers.read import read_layer

SQUARE = box(509500, 3416500, 509700, 3416600)
SLANTED = Polygon([(509800, 3416500), (509900, 3416520), (509880, 3416600), (509790, 3416590)])


def test_points_in_an_excel_97_workbook(tmp_path):
    """LibreOffice writes the .xls: the old binary format, not a renamed .xlsx."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("needs LibreOffice to write an .xls")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "东村地块"
    sheet.append(["点号", "X坐标", "Y坐标"])
    for k, (east, north) in enumerate(SQUARE.exterior.coords):
        sheet.append([f"J{k % 4 + 1}", north, 40_000_000 + east])
    book.save(tmp_path / "界址点.xlsx")
    profile = (tmp_path / "profile").as_uri()
    subprocess.run(
        [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xls",
         "--outdir", tmp_path / "old", tmp_path / "界址点.xlsx"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    path = tmp_path / "old" / "界址点.xls"
    assert path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    data, _ = read_layer(path)
    assert data.crs.to_epsg() == 4528
    assert data.area.tolist() == [20000]
    assert data["DKMC"].tolist() == ["东村地块"]


def drawing(*entities, version="AC1009"):
    """Write a drawing tag by tag, as a CAD program of Chinese Windows lays it out."""
    head = [(0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, version)]
    head += [(9, "$DWGCODEPAGE"), (3, "ANSI_936"), (0, "ENDSEC"), (0, "SECTION"), (2, "ENTITIES")]
    tags = [*head, *(tag for entity in entities for tag in entity), (0, "ENDSEC"), (0, "EOF")]
    return "".join(f"{code:>3}\r\n{value}\r\n" for code, value in tags).encode("gbk")


def old_polyline(shape, layer, *, closed):
    yield from [(0, "POLYLINE"), (8, layer), (66, 1), (70, int(closed))]
    yield from [(10, 0.0), (20, 0.0), (30, 0.0)]
    for x, y in shape.exterior.coords[:-1]:
        yield from [(0, "VERTEX"), (8, layer), (10, x), (20, y), (30, 0.0)]
    yield from [(0, "SEQEND"), (8, layer)]


def light_polyline(shape, layer, *, closed):
    corners = shape.exterior.coords[:-1]
    yield from [(0, "LWPOLYLINE"), (5, "2A"), (100, "AcDbEntity"), (8, layer)]
    yield from [(100, "AcDbPolyline"), (90, len(corners)), (70, int(closed))]
    for x, y in corners:
        yield from [(10, x), (20, y)]


@pytest.mark.parametrize(
    ("polyline", "version"), [(old_polyline, "AC1009"), (light_polyline, "AC1015")]
)
def test_closed_polylines_of_a_drawing(tmp_path, verdicts, polyline, version):
    """Rings are closed by a flag, not by a last vertex; the layer's name is in GBK."""
    path = tmp_path / "红线.dxf"
    path.write_bytes(
        drawing(
            polyline(SQUARE, "用地红线", closed=True),
            polyline(SLANTED, "用地红线", closed=True),
            polyline(SLANTED, "道路", closed=False),
            version=version,
        )
    )
    data, findings = read_layer(path, crs=4549)
    assert [s.equals(t) for s, t in zip(data.geometry, (SQUARE, SLANTED), strict=True)] == [
        True
    ] * 2
    assert data["Layer"].tolist() == ["用地红线"] * 2
    assert verdicts(findings, "layer.open_lines") == ["fail"]
