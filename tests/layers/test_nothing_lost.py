"""Nothing is lost, changed or written over in silence, whatever the format."""

import csv
import json
import sqlite3
import struct
import zlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyogrio
import pyproj
import pytest
import shapely
from pyarrow import parquet

from landgis.cli import main
from landgis.errors import InputError
from landgis.files.whole import PREFIX, beside, clean_litter, inputs_kept, note_input
from landgis.findings import tell
from landgis.formats.registry import write_layer, write_layers
from landgis.layers.faults import repair_layer
from landgis.layers.read import convert_layer, inspect_layer, read_layer
from landgis.regions.read import as_regions, find_gaps
from landgis.schema import id_text

SQUARE = shapely.box(509500, 3416500, 509700, 3416600)
LAST = shapely.box(509800, 3416500, 509900, 3416600)
FORMATS = ["gpkg", "gdb", "geojson", "fgb", "parquet", "shp", "csv", "kml"]
CODE = 3305021009876543217


def two(**columns):
    return gpd.GeoDataFrame(columns, geometry=[SQUARE, LAST], crs=4549)


def checks(findings, verdict=None):
    return findings.loc[
        findings["verdict"].eq(verdict) if verdict else slice(None), "check"
    ].tolist()


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_code_stays_whole_beside_a_missing_one(tmp_path, suffix):
    codes = pd.array([CODE, pd.NA], dtype="Int64")
    write_layer(two(DM=codes), tmp_path / f"a.{suffix}")
    data = read_layer(tmp_path / f"a.{suffix}").data
    assert id_text(data["DM"]).tolist() == [str(CODE), ""]


def test_whole_floats_are_ids_without_a_point():
    regions = as_regions(two(code=[330502001.0, np.nan], name=["甲镇", "乙镇"]))
    assert regions["region_id"].tolist() == ["330502001", "乙镇"]


@pytest.mark.parametrize("suffix", ["gpkg", "gdb", "geojson", "fgb", "parquet", "kml"])
def test_missing_text_and_empty_text_stay_apart(tmp_path, suffix):
    write_layer(two(BZ=[None, ""]), tmp_path / f"a.{suffix}")
    assert read_layer(tmp_path / f"a.{suffix}").data["BZ"].isna().tolist() == [True, False]


@pytest.mark.parametrize("suffix", FORMATS)
def test_fields_that_formats_reserve_keep_their_values(tmp_path, suffix):
    names = ["fid", "ogc_fid", "OBJECTID", "geom", "SHAPE", "Name", "NAME", "order"]
    layer = two(**{name: [f"{name}-1", f"{name}-2"] for name in names})
    write_layer(layer, tmp_path / f"a.{suffix}")
    data = read_layer(tmp_path / f"a.{suffix}").data
    values = {tuple(data[c]) for c in data.columns if c != "geometry"}
    assert {(f"{name}-1", f"{name}-2") for name in names} <= values


def test_a_renamed_field_is_told_and_its_name_kept_as_alias(tmp_path):
    findings = write_layer(two(fid=["a", "b"]), tmp_path / "a.gpkg")
    assert "fid→fid_1" in tell(findings)["message"].item()
    data = read_layer(tmp_path / "a.gpkg").data
    assert data.attrs["aliases"] == {"fid_1": "fid"}


def test_aliases_go_from_format_to_format(tmp_path):
    layer = two(ZDDM=["1", "2"])
    layer.attrs["aliases"] = {"ZDDM": "宗地代码"}
    write_layer(layer, tmp_path / "a.gdb")
    convert_layer(tmp_path / "a.gdb", tmp_path / "a.gpkg")
    assert read_layer(tmp_path / "a.gpkg").data.attrs["aliases"] == {"ZDDM": "宗地代码"}


def test_records_become_columns_and_extents_go(tmp_path):
    layer = two(所有人=[{"姓": "甲", "数": 1}, {"姓": "乙", "数": 2}])
    layer["bbox"] = [dict(zip(("xmin", "ymin", "xmax", "ymax"), s.bounds, strict=True))
                     for s in layer.geometry]  # fmt: skip
    layer.to_parquet(tmp_path / "a.parquet")
    done = convert_layer(tmp_path / "a.parquet", tmp_path / "a.shp")
    data = read_layer(tmp_path / "a.shp").data
    assert data["所有人_姓"].tolist() == ["甲", "乙"]
    assert "bbox" not in data
    assert "export.records" in checks(done.findings)


# ---------------------------------------------------------------- KML


KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>东</name><Folder><name>一村</name>{}</Folder>{}</Folder><Folder><name>西</name>{}</Folder>
</Document></kml>"""
MARK = (
    "<Placemark><name>{0}</name><ExtendedData><Data name='用途'><value>{1}</value></Data>"
    "</ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>120.1,30.8 120.2,30.8 "
    "120.2,30.9 120.1,30.8</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
)


def test_every_folder_of_a_kml_is_read(tmp_path):
    marks = [
        MARK.format(name, use) for name, use in zip("甲乙丙", ("住宅", "商服", "工业"), strict=True)
    ]
    (tmp_path / "a.kml").write_text(KML.format(*marks), "utf-8")
    data = read_layer(tmp_path / "a.kml").data
    assert data["用途"].tolist() == ["住宅", "商服", "工业"]
    assert data["Folder"].tolist() == ["东/一村", "东", "西"]
    assert read_layer(tmp_path / "a.kml", layer="西").data["Name"].tolist() == ["丙"]


def test_a_written_kml_has_names_colours_and_any_field(tmp_path):
    write_layer(
        two(地块名称=["甲&乙", "<丙>"], 用途=["住宅用地", ""], **{"k&l": [1, 2]}),
        tmp_path / "a.kml",
    )
    text = (tmp_path / "a.kml").read_text("utf-8")
    assert "<name>甲&amp;乙</name>" in text
    assert "<PolyStyle>" in text
    assert read_layer(tmp_path / "a.kml").data["k&l"].tolist() == [1, 2]


# ---------------------------------------------------------------- DBF


def dbf_cell(path, before, after):
    file = path.with_suffix(".dbf")
    raw = file.read_bytes()
    assert raw.count(before) == 1
    file.write_bytes(raw.replace(before, after.ljust(len(before))))


def test_cells_that_are_no_numbers_are_missing_and_told(tmp_path):
    path = tmp_path / "a.shp"
    write_layer(two(MJ=[11111.5, 22222.5]), path)
    dbf_cell(path, b"11111.5", b"-")
    dbf_cell(path, b"22222.5", b"2,222.5")
    data, findings = read_layer(path)
    assert data["MJ"].isna().tolist() == [True, False]
    assert data["MJ"][1] == 2222.5
    assert checks(findings).count("layer.numbers") == 2


@pytest.mark.parametrize(("cell", "value"), [(b"111.5", 111.5), (b"  1e3", 1000.0)])
def test_a_fraction_in_a_field_of_whole_numbers_stays_one(tmp_path, cell, value):
    path = tmp_path / "a.shp"
    write_layer(two(MJ=[11111, 22222]), path)
    dbf_cell(path, b"11111", cell)
    data, findings = read_layer(path)
    assert data["MJ"].tolist() == [value, 22222]
    assert "layer.numbers" in checks(findings, "note")


def test_a_day_that_no_calendar_has_is_missing(tmp_path):
    path = tmp_path / "a.shp"
    write_layer(
        two(RQ=[pd.Timestamp("2024-02-28").date(), pd.Timestamp("2024-03-01").date()]), path
    )
    dbf_cell(path, b"20240228", b"20240231")
    data, findings = read_layer(path)
    assert data["RQ"].isna().tolist() == [True, False]
    assert "layer.dates" in checks(findings, "fail")


def test_text_cut_within_a_character_is_told(tmp_path):
    path = tmp_path / "a.shp"
    write_layer(two(MC=["东村一号", "西村二号"]), path, encoding="GBK")
    # the last character loses its second byte, and the field the room for it
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    (at,) = [k for k in range(len(raw)) if raw[k : k + 8] == "西村二号".encode("gbk")]
    raw[at + 7] = 0x20
    path.with_suffix(".dbf").write_bytes(bytes(raw))
    data, findings = read_layer(path)
    assert data["MC"].tolist() == ["东村一号", "西村二"]
    assert "layer.text_cut" in checks(findings, "fail")


def test_big5_does_not_pass_as_gbk(tmp_path):
    path = tmp_path / "a.shp"
    names = ["住宅用地", "商業用地"]
    write_layer(two(MC=["aaaaaaaa", "bbbbbbbb"]), path)
    dbf_cell(path, b"aaaaaaaa", names[0].encode("big5"))
    dbf_cell(path, b"bbbbbbbb", names[1].encode("big5"))
    path.with_suffix(".cpg").unlink()
    data, findings = read_layer(path)
    assert data["MC"].tolist() == names
    assert "layer.encoding" in checks(findings, "unknown")


def test_a_wrong_encoding_is_told_and_drops_nothing(tmp_path):
    path = tmp_path / "a.shp"
    write_layer(two(MC=["东村一号", "西村"]), path, encoding="GBK")
    data, findings = read_layer(path, encoding="utf-8")
    assert "layer.encoding" in checks(findings, "fail")
    assert all("\ufffd" in text for text in data["MC"])
    with pytest.raises(InputError, match="不认识的编码"):
        read_layer(path, encoding="undefined")


# ---------------------------------------------------------------- points


def points(*parcels):
    lines = ["[地块坐标]"]
    for name, corners in parcels:
        lines.append(f"4,1,{name},{name},面,,,,@")
        lines += [f"J{k},1,{a},{b}" for k, (a, b) in enumerate(corners, 1)]
    return "\n".join(lines).encode("gbk")


def test_only_the_parcel_with_its_axes_turned_is_put_right(tmp_path):
    corners = [(y, x + 40e6) for x, y in shapely.get_coordinates(SQUARE)[:-1]]
    other = [(x + 40e6, y) for x, y in shapely.get_coordinates(LAST)[:-1]]
    (tmp_path / "a.txt").write_bytes(points(("甲", corners), ("乙", other)))
    data, findings = read_layer(tmp_path / "a.txt")
    assert data.geometry.area.tolist() == [20000, 10000]
    assert data.total_bounds.tolist() == [40509500, 3416500, 40509900, 3416600]
    told = tell(findings[findings["check"] == "layer.axes"])["message"].item()
    assert "乙" in told
    assert "甲" not in told


def test_degrees_minutes_and_seconds(tmp_path):
    book = openpyxl.Workbook()
    rows = [
        ("点号", "经度", "纬度"),
        ("J1", "120°06′00″", "30°54'00\""),
        ("J2", "120度6分36秒", "30°54′"),
        ("J3", "120°06′36″E", "30°54′36″N"),
    ]
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    bounds = read_layer(tmp_path / "a.xlsx").data.total_bounds
    assert np.allclose(bounds, [120.1, 30.9, 120.11, 30.91])


def test_digits_that_are_none_are_no_count(tmp_path):
    corners = [(y, x + 40e6) for x, y in shapely.get_coordinates(SQUARE)[:-1]]
    text = points(("甲", corners)).decode("gbk").replace("4,1,甲", "²,1,甲")
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert len(read_layer(tmp_path / "a.txt").data) == 1


# ---------------------------------------------------------------- curves and shapes


def curved(x, y, radius):
    """Give the WKB of a disc as a curve polygon of one circular string."""
    at = [(x - radius, y), (x, y + radius), (x + radius, y), (x, y - radius), (x - radius, y)]
    line = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *p) for p in at)
    return struct.pack("<BII", 1, 10, 1) + line


@pytest.mark.filterwarnings("ignore:A geometry of type CURVEPOLYGON")
@pytest.mark.parametrize("kind", ["Unknown", "MultiPolygon"])
def test_curves_become_edges_and_are_told(tmp_path, kind):
    path = tmp_path / "a.gpkg"
    shapes = np.array([curved(509500, 3416500, 100), shapely.to_wkb(LAST)], dtype=object)
    names = np.array([str(CODE), "b"], dtype=object)
    pyogrio.raw.write(path, shapes, [names], ["DM"], geometry_type=kind, crs="EPSG:4549")
    data, findings = read_layer(path)
    assert data.geometry.area[0] == pytest.approx(np.pi * 1e4, rel=1e-6)
    assert data["DM"].tolist() == [str(CODE), "b"]
    assert "layer.curves" in checks(findings)


def test_curves_of_a_geoparquet_become_edges(tmp_path):
    path = tmp_path / "a.parquet"
    about = {"encoding": "WKB", "crs": pyproj.CRS(4549).to_json_dict(), "geometry_types": []}
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": about}}
    shapes = pa.array([curved(509500, 3416500, 100), shapely.to_wkb(LAST), None], pa.binary())
    table = pa.table({"DM": ["a", "b", "c"], "geometry": shapes})
    parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    data, findings = read_layer(path)
    assert data.geometry.area[0] == pytest.approx(np.pi * 1e4, rel=1e-6)
    assert data.geometry[1].equals(LAST)
    assert "layer.curves" in checks(findings)


def test_arcs_of_a_drawing_and_the_text_inside(tmp_path):
    circle = "0 CIRCLE 8 0 10 40509500 20 3416500 40 300"
    text = "0 TEXT 8 0 10 40509500 20 3416500 40 2 1 D7"
    lines = f"0 SECTION 2 ENTITIES {circle} {text} 0 ENDSEC 0 EOF".split()
    (tmp_path / "a.dxf").write_text("\n".join(lines))
    data, findings = read_layer(tmp_path / "a.dxf")
    assert data.geometry.area[0] == pytest.approx(np.pi * 9e4, rel=1e-6)
    assert data["Text"].tolist() == ["D7"]
    assert {"layer.curves", "layer.drawn_text"} <= set(checks(findings))


def test_a_hole_that_runs_the_wrong_way_round_is_repaired_as_one():
    nested = shapely.MultiPolygon([SQUARE, shapely.box(509550, 3416520, 509560, 3416530)])
    done = repair_layer(gpd.GeoDataFrame(geometry=[nested], crs=4549))
    assert done.data.geometry.is_valid.all()
    assert done.data.geometry.area[0] == 20000 - 100


def test_narrow_gaps_are_found_with_their_area():
    regions = gpd.GeoDataFrame(
        {"XZQMC": ["甲镇", "乙镇", "丙镇"]},
        geometry=[
            shapely.box(5e5, 34e5, 501_000, 3_403_000),
            shapely.box(501_000.05, 34e5, 502_000, 3_403_000),
            shapely.box(502_000, 34e5, 503_000, 3_403_000),
        ],
        crs=4549,
    )
    (found,) = find_gaps(regions)
    assert found.actual == pytest.approx(150, abs=0.01)
    assert "甲镇" in found.subject


# ---------------------------------------------------------------- nothing overwritten


def test_an_input_is_never_an_output(tmp_path, capsys):
    path = tmp_path / "a.gpkg"
    write_layer(two(MC=["a", "b"]), path)
    before = path.read_bytes()
    for arguments in (["convert", path, path], ["inspect", path, "-o", path]):
        with pytest.raises(SystemExit) as end:
            main([*map(str, arguments)])
        assert end.value.code == 2
        assert "输入文件" in capsys.readouterr().err
    with pytest.raises(InputError):
        convert_layer(path, path)
    assert path.read_bytes() == before


def test_parts_of_an_input_are_inputs_too(tmp_path):
    path = tmp_path / "a.shp"
    write_layer(two(MC=["a", "b"]), path)
    with inputs_kept():
        note_input(path)
        with pytest.raises(InputError), beside(tmp_path / "a.dbf") as draft:
            draft.write_text("x")


@pytest.mark.parametrize("suffix", ["gpkg", "gdb"])
def test_other_layers_of_a_file_stay(tmp_path, suffix):
    target = tmp_path / f"a.{suffix}"
    write_layers({"甲": two(n=[1, 2]), "乙": two(n=[3, 4])}, target)
    write_layer(two(n=[5, 6]), tmp_path / "b.gpkg")
    done = convert_layer(tmp_path / "b.gpkg", target, layer_name="乙")
    assert sorted(pyogrio.list_layers(target)[:, 0]) == ["乙", "甲"]
    assert read_layer(target, layer="乙").data["n"].tolist() == [5, 6]
    assert read_layer(target, layer="甲").data["n"].tolist() == [1, 2]
    assert "export.layers" in checks(done.findings)


@pytest.mark.parametrize("name", ["a.gdb", "a.gpkg"])
def test_a_folder_of_others_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "keep.txt").write_text("mine")
    with pytest.raises(InputError, match="文件夹"):
        write_layer(two(n=[1, 2]), tmp_path / name)
    assert (tmp_path / name / "keep.txt").read_text() == "mine"


def test_side_files_go_with_the_set_that_is_replaced(tmp_path):
    path = tmp_path / "a.shp"
    write_layer(two(n=[1, 2]), path)
    for side in ("a.qix", "a.sbn", "a.sbx", "a.shp.xml"):
        (tmp_path / side).write_text("old")
    write_layer(two(n=[3, 4]), path)
    assert not [f.name for f in tmp_path.iterdir() if f.name in {"a.qix", "a.sbn", "a.shp.xml"}]
    (tmp_path / "a.gpkg-wal").write_bytes(b"old journal")
    write_layer(two(n=[3, 4]), tmp_path / "a.gpkg")
    assert not (tmp_path / "a.gpkg-wal").exists()
    assert read_layer(tmp_path / "a.gpkg").data["n"].tolist() == [3, 4]


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path):
    left = tmp_path / f"{PREFIX}abc"
    left.mkdir()
    (left / ".lock").touch()
    (left / "a.gpkg").touch()
    (left / "a.gdb").mkdir()
    (tmp_path / f"{PREFIX}killed-before-its-lock").mkdir()
    (tmp_path / f"{PREFIX}a0_bcdef" / "old").mkdir(parents=True)  # a virus scanner held a file
    write_layer(two(n=[1, 2]), tmp_path / "a.gpkg")
    assert [f.name for f in tmp_path.iterdir()] == ["a.gpkg"]


def test_a_folder_of_somebody_else_with_such_a_name_stays(tmp_path):
    own = tmp_path / f"{PREFIX}我的备份" / "a.gpkg"
    own.parent.mkdir()
    own.touch()
    clean_litter(tmp_path)
    assert own.exists()


def test_a_folder_that_another_run_takes_for_left_is_made_anew(tmp_path, monkeypatch):
    opened, names = Path.open, []

    def open_after_cleaning(path, *args, **kwargs):
        if path.name == ".lock" and "w" in args[0]:
            names.append(path.parent.name)
            if len(names) == 1:
                clean_litter(tmp_path)
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", open_after_cleaning)
    with beside(tmp_path / "a.txt") as draft:
        clean_litter(tmp_path)  # in use, and stays
        draft.write_text("whole")
    assert len(set(names)) == 2
    assert [f.name for f in tmp_path.iterdir()] == ["a.txt"]


# ---------------------------------------------------------------- hostile


def refused(path, match=None):
    with pytest.raises(InputError, match=match):
        inspect_layer(path)


def test_a_link_to_a_system_is_not_followed(tmp_path):
    link = '{"type":"LINK","properties":{"href":"http://127.0.0.1:1/"}}'
    body = f'{{"type":"FeatureCollection","\\u0063rs":{link},"features":[]}}'
    (tmp_path / "a.geojson").write_text(body)
    refused(tmp_path / "a.geojson", "网络")
    (tmp_path / "a.dxf").write_text(body)
    refused(tmp_path / "a.dxf", "后缀")


@pytest.mark.parametrize("spare", [0, 1, 500])
def test_a_link_at_the_very_end_of_a_file_of_whole_blocks_is_found(tmp_path, spare):
    link = '"crs": {"type":"link","properties":{"href":"http://127.0.0.1:1/"}}}'
    head = '{"type":"FeatureCollection","features":[],'
    blanks = " " * (2**20 - len(head) - len(link) - spare)
    (tmp_path / "a.geojson").write_text(head + blanks + link)
    refused(tmp_path / "a.geojson", "网络")


@pytest.mark.parametrize("after", [2**16 + k for k in (-540, -512, -30, -8, -1, 0, 1)])
def test_text_is_looked_at_across_blocks(tmp_path, after):
    square = shapely.geometry.mapping(shapely.box(120, 30, 120.1, 30.1))
    told = {"code": 12345678901234567890, "用途": "住宅"}
    feature = {"type": "Feature", "geometry": square, "properties": told}
    body = json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False)
    head, tail = body.split('{"code": ')
    text = head + " " * (after - len(head)) + '{"code": ' + tail
    for encoding in ("utf-8", "gbk"):
        (tmp_path / "a.geojson").write_bytes(text.encode(encoding))
        frame = read_layer(tmp_path / "a.geojson").data
        assert frame[["code", "用途"]].to_numpy().tolist() == [["12345678901234567890", "住宅"]]


def test_a_view_without_end_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    write_layer(two(n=[1, 2]), path)
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE VIEW v AS WITH RECURSIVE t(x) AS "
            "(SELECT 1 UNION ALL SELECT x+1 FROM t) SELECT x FROM t"
        )
    database.close()
    refused(path, "没有尽头")


def test_a_far_cell_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.active["XFD1048576"] = 1
    book.save(tmp_path / "a.xlsx")
    refused(tmp_path / "a.xlsx", "过大")


def test_collections_nested_without_end_are_missing(tmp_path):
    wkb = b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" * 20_000
    layer = two(n=[1, 2])
    layer.to_parquet(tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    at = table.schema.get_field_index("geometry")
    column = [wkb, table.column("geometry")[1].as_py()]
    table = table.set_column(at, table.schema.field(at), [column])
    parquet.write_table(table, tmp_path / "a.parquet")
    data, findings = read_layer(tmp_path / "a.parquet")
    assert data.geometry.isna().tolist() == [True, False]
    assert "layer.shapes" in checks(findings, "fail")


def test_damaged_deflate_is_one_sentence(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", "{}" * 100)
    raw = bytearray((tmp_path / "a.zip").read_bytes())
    body = zlib.compress(b"{}" * 100)[2:-4]
    at = raw.index(body)
    raw[at] = 0x07
    (tmp_path / "a.zip").write_bytes(raw)
    refused(tmp_path / "a.zip", "打不开")


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_csv_of_shapes_parted_by_other_marks(tmp_path, mark):
    shape = "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0))"
    file = tmp_path / "a.csv"
    file.write_text(mark.join(["DKBH", "WKT"]) + "\n" + mark.join(["A1", shape]), encoding="utf-8")
    layer = read_layer(file, crs=4549).data
    assert layer["DKBH"].tolist() == ["A1"]
    assert layer.area.tolist() == [81.0]


def test_one_long_field_of_a_csv_reads_back(tmp_path):
    disc = shapely.Point(509500.123456, 3416500.123456).buffer(100, quad_segs=2000)
    layer = gpd.GeoDataFrame({"n": [1]}, geometry=[disc], crs=4549)
    write_layer(layer, tmp_path / "a.csv")
    assert read_layer(tmp_path / "a.csv").data.geometry.area[0] == pytest.approx(disc.area)


@pytest.mark.parametrize("written", ["ewkt", "hex"])
def test_shapes_of_databases_in_a_csv(tmp_path, written):
    shape = (
        f"SRID=4549;{SQUARE.wkt}"
        if written == "ewkt"
        else shapely.to_wkb(shapely.set_srid(SQUARE, 4549), hex=True, include_srid=True)
    )
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("DKBH", "geom"), ("1", shape)])
    data = read_layer(tmp_path / "a.csv").data
    assert data.crs.to_epsg() == 4549
    assert data.geometry.area.tolist() == [20000]


def test_a_drawing_with_a_zero_byte_is_refused(tmp_path):
    # GDAL's reader does not come to an end on it
    write_layer(two(DKBH=["a", "b"]), tmp_path / "a.dxf")
    raw = (tmp_path / "a.dxf").read_bytes()
    (tmp_path / "a.dxf").write_bytes(raw.replace(b"3416550.0", b"341655\0.0", 1))
    refused(tmp_path / "a.dxf", "空字节")


def test_lists_and_records_are_taken_for_no_field(tmp_path):
    fields = {"用途": [["住宅用地"]], "DKBH": ["a1"], "说明": [{"k": 1}]}
    layer = gpd.GeoDataFrame(fields, geometry=[shapely.box(5e5, 3.4e6, 5.1e5, 3.5e6)], crs=4549)
    layer.to_parquet(tmp_path / "a.parquet")
    assert convert_layer(tmp_path / "a.parquet", tmp_path / "a.dxf").rows == 1
    assert b"a1" in (tmp_path / "a.dxf").read_bytes()


def test_codes_of_a_geojson_beyond_64_bits_are_text(tmp_path):
    point = '{"type": "Polygon", "coordinates": [[[120, 30], [121, 30], [121, 31], [120, 30]]]}'
    rows = ", ".join(
        f'{{"type": "Feature", "properties": {{"码\\"": {code}, "n": 1}}, "geometry": {point}}}'
        for code in ("330502100123001234567890", "1")
    )
    path = tmp_path / "a.geojson"
    path.write_text(f'{{"type": "FeatureCollection", "features": [{rows}]}}', "utf-8")
    data, findings = read_layer(path)
    assert data['码"'].tolist() == ["330502100123001234567890", "1"]
    assert "layer.numbers" in checks(findings)
