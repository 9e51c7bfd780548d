"""What other programs write, each in a way of its own: read right, or told."""

import decimal
import math
import sqlite3
import struct
from contextlib import closing

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyproj
import pytest
import shapely
from pyarrow import parquet

from landgis.cli import main
from landgis.errors import CRSError, InputError
from landgis.findings import tell
from landgis.formats.registry import write_layer
from landgis.layers.fields import as_parcels
from landgis.layers.read import convert_layer, read_layer
from landgis.schema import id_text

A = shapely.box(509500, 3416500, 509700, 3416600)
B = shapely.box(509800, 3416500, 509900, 3416600)
DISC = (
    "CURVEPOLYGON(CIRCULARSTRING(509500 3416500,509530 3416470,509560 3416500,"
    "509530 3416530,509500 3416500))"
)


def two(**columns):
    return gpd.GeoDataFrame(columns, geometry=[A, B], crs=4549)


def told(read):
    return " ".join(tell(read.findings)["message"])


def dbf(path, fields, rows):
    """Put a table of these bytes beside a shapefile of as many shapes."""
    gpd.GeoDataFrame({"x": [0] * len(rows)}, geometry=[A] * len(rows), crs=4549).to_file(path)
    path.with_suffix(".cpg").unlink()
    head = struct.pack("<4BIHH20x", 3, 125, 1, 1, len(rows), 33 + 32 * len(fields),
                       1 + sum(f[2] for f in fields))  # fmt: skip
    for name, kind, length in fields:
        head += struct.pack("<11sc4xBB14x", name, kind, length, 0)
    body = b"".join(
        b" " + b"".join(v.ljust(f[2]) for v, f in zip(row, fields, strict=True)) for row in rows
    )
    path.with_suffix(".dbf").write_bytes(head + b"\r" + body + b"\x1a")


def test_characters_of_four_bytes_stay_whole(tmp_path):
    dbf(tmp_path / "a.shp", [(b"MC", b"C", 20)], [["㐂村𠮷".encode("gb18030")]])
    (tmp_path / "a.cpg").write_text("GB18030")
    assert read_layer(tmp_path / "a.shp").data["MC"].tolist() == ["㐂村𠮷"]


def test_no_table_is_utf16_whatever_its_label_says(tmp_path):
    dbf(tmp_path / "a.shp", [("名称".encode("gbk"), b"C", 8)], [["东村".encode("gbk")]])
    (tmp_path / "a.cpg").write_text("utf-16")
    assert read_layer(tmp_path / "a.shp").data["名称"].tolist() == ["东村"]


def test_kinds_of_foxpro_are_no_text(tmp_path):
    fields = [(b"I", b"I", 4), (b"B", b"B", 8), (b"Y", b"Y", 8), (b"T", b"T", 8)]
    cells = [struct.pack("<i", -77), struct.pack("<d", 1.5), struct.pack("<q", 12_3400),
             struct.pack("<ii", 2_460_677, 3_600_000)]  # fmt: skip
    dbf(tmp_path / "a.shp", fields, [cells])
    row = read_layer(tmp_path / "a.shp").data.iloc[0]
    assert [row["I"], row["B"], row["Y"]] == [-77, 1.5, 12.34]
    assert row["T"] == pd.Timestamp(2025, 1, 1, 1)


def test_a_blank_within_a_number_does_not_cut_it(tmp_path):
    dbf(tmp_path / "a.shp", [(b"MJ", b"N", 12)], [[b"1 234.5"], [b"  7"]])
    read = read_layer(tmp_path / "a.shp")
    assert read.data["MJ"].isna().tolist() == [True, False]
    assert "1 234.5" in told(read)


def test_text_in_a_numeric_field_of_a_geopackage(tmp_path):
    two(BM=[1, 2]).to_file(tmp_path / "a.gpkg")
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database:
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE a SET BM = '12亩' WHERE fid = 1")
        database.commit()
    read = read_layer(tmp_path / "a.gpkg")
    assert read.data["BM"].isna().tolist() == [True, False]
    assert "12亩" in told(read)


@pytest.mark.parametrize("suffix", ["gpkg", "gdb", "geojson", "fgb", "shp", "csv"])
def test_codes_that_are_decimals_stay_whole(tmp_path, suffix):
    two(a=[1, 2]).to_parquet(tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    codes = pa.array([decimal.Decimal(330502100123987654321), None], pa.decimal128(21, 0))
    parquet.write_table(table.append_column("BM", codes), tmp_path / "a.parquet")
    convert_layer(tmp_path / "a.parquet", tmp_path / f"b.{suffix}")
    data = read_layer(tmp_path / f"b.{suffix}").data
    assert id_text(data["BM"]).tolist() == ["330502100123987654321", ""]


def test_columns_of_one_name_are_refused_by_it(tmp_path, capsys):
    two(DKBH=["a", "b"]).to_parquet(tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    names = [*table.column_names, "DKBH"]
    again = pa.Table.from_arrays([*table.columns, pa.array(["c", "d"])], names=names)
    parquet.write_table(
        again.replace_schema_metadata(table.schema.metadata), tmp_path / "a.parquet"
    )
    for command in (
        ["inspect"],
        ["join", "-o", str(tmp_path / "j.csv"), str(tmp_path / "a.parquet")],
    ):
        with pytest.raises(SystemExit):
            main([*command, str(tmp_path / "a.parquet")])
        assert "重名" in capsys.readouterr().err


def test_codes_held_as_floats_are_told(tmp_path):
    two(BM=[3.305021001239877e18, 1.0]).to_file(tmp_path / "a.gpkg")
    assert "2^53" in told(read_layer(tmp_path / "a.gpkg"))


def test_a_field_named_as_the_shapes_but_for_case(tmp_path):
    write_layer(two(GEOMETRY=["a", "b"]), tmp_path / "a.gpkg")  # GDAL crashed
    data = read_layer(tmp_path / "a.gpkg").data
    assert ["a", "b"] in [list(data[c]) for c in data.columns[data.dtypes == "str"]]


def test_bytes_in_a_csv_are_hex(tmp_path):
    write_layer(two(b=[b"\xff\x00", None]), tmp_path / "a.csv")
    assert read_layer(tmp_path / "a.csv").data["b"].iloc[0] == "ff00"


def test_a_geojson_knows_no_system_without_a_code(tmp_path):
    local = pyproj.CRS.from_proj4("+proj=tmerc +lon_0=120.3 +x_0=500000 +ellps=GRS80")
    with pytest.raises(CRSError, match="EPSG"):
        write_layer(two().set_crs(local, allow_override=True), tmp_path / "a.geojson")
    assert not (tmp_path / "a.geojson").exists()


def test_a_mapinfo_table_without_a_character_set(tmp_path):
    corners = "\n".join(f"{x} {y}" for x, y in A.exterior.coords)
    (tmp_path / "a.mif").write_bytes(
        'Version 300\nCharset "Neutral"\nDelimiter ","\nColumns 1\n  名称 Char(20)\nData\n\n'
        f"Region 1\n  5\n{corners}\n".encode("gbk")
    )
    (tmp_path / "a.mid").write_bytes('"东村"\n'.encode("gbk"))
    assert read_layer(tmp_path / "a.mif", crs=4549).data["名称"].tolist() == ["东村"]


def test_ellipses_of_mapinfo_are_told(tmp_path):
    (tmp_path / "a.mif").write_text(
        'Version 300\nDelimiter ","\nColumns 1\n  BH Char(20)\nData\n\n'
        "Ellipse 509500 3416500 509900 3416700\n"
        "Rect 509500 3416500 509900 3416700\n"
    )
    (tmp_path / "a.mid").write_text('"1"\n"2"\n')
    layer, findings = read_layer(tmp_path / "a.mif", crs=4549)
    assert layer.area.iloc[0] == pytest.approx(np.pi * 200 * 100 * (1 - 2.053e-4), rel=1e-6)
    told = findings[findings["check"] == "layer.curves"]
    assert (told["verdict"].tolist(), told["actual"].tolist()) == (["unknown"], [1])


def test_round_corners_of_mapinfo_are_told(tmp_path):
    (tmp_path / "a.mif").write_text(
        'Version 300\nCharset "WindowsLatin1"\nDelimiter ","\n'
        "CoordSys Earth Projection 1, 0\nColumns 1\n  n Integer\nData\n"
        "ROUNDRECT 120 30 120.02 30.01 0.004\nRECT 120 30 120.02 30.01\n"
        "ROUNDRECT 120 30 120.02 30.01 0.01\n"
    )
    (tmp_path / "a.mid").write_text("1\n2\n3\n")
    layer, findings = read_layer(tmp_path / "a.mif", crs=4490)
    assert len(layer) == 3
    assert findings.loc[findings["check"] == "layer.curves", "actual"].tolist() == [2]


def test_one_field_may_be_the_id_and_the_use():
    layer = two(DKBH=["东村", "西村"], name=["a", "b"], name_1=["c", "d"])
    fields = {"parcel_id": "DKBH", "category": "DKBH", "name": "DKBH"}
    parcels = as_parcels(layer, fields=fields).data
    assert parcels[["parcel_id", "name"]].to_numpy().tolist() == [["东村"] * 2, ["西村"] * 2]
    assert parcels.columns.is_unique
    assert (parcels["name_1"].tolist(), parcels["name_2"].tolist()) == (["c", "d"], ["a", "b"])


def test_lists_are_text_in_what_shows_the_parcels(tmp_path):
    layer = two(DKBH=["1", "2"], YT=["住宅用地"] * 2)
    layer["bbox"] = [np.array([1, 2]), None]
    layer["owners"] = [["甲", ["乙", "丙"]], float("nan")]
    parcels = as_parcels(layer).data
    assert parcels["bbox"].iloc[0] == "1、2"
    assert parcels["owners"].iloc[0] == "甲、乙、丙"
    assert parcels[["bbox", "owners"]].isna().to_numpy().tolist() == [[False] * 2, [True] * 2]
    write_layer(layer, tmp_path / "a.csv")
    assert read_layer(tmp_path / "a.csv").data["owners"].iloc[0] == "甲、乙、丙"


def test_blanks_between_the_numbers_of_a_kml(tmp_path):
    (tmp_path / "a.kml").write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><Polygon><outerBoundaryIs>'
        "<LinearRing><coordinates>120.1, 30.8, 0\n120.2, 30.8, 0 120.2 ,30.9,0\n120.1, 30.8, 0"
        "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>"
    )
    assert read_layer(tmp_path / "a.kml").data.total_bounds.tolist() == [120.1, 30.8, 120.2, 30.9]


@pytest.mark.parametrize("kind", ["wkt", "hex", "ewkt"])
def test_curves_in_a_csv_become_edges(tmp_path, kind):
    ring = [(509500, 3416500), (509530, 3416470), (509560, 3416500), (509530, 3416530)]
    points = b"".join(struct.pack("<dd", *p) for p in [*ring, ring[0]])
    wkb = struct.pack("<BIII", 1, 0x2000000A, 4549, 1) + struct.pack("<BII", 1, 8, 5) + points
    shape = {"wkt": DISC, "ewkt": f"SRID=4549;{DISC}", "hex": wkb.hex().upper()}[kind]
    (tmp_path / "a.csv").write_text(f'DKBH,geom\nD1,"{shape}"\n')
    read = read_layer(tmp_path / "a.csv", crs=4549 if kind == "wkt" else None)
    assert read.data.area.item() == pytest.approx(math.pi * 900, rel=1e-6)
    assert "layer.curves" in set(read.findings["check"])


@pytest.mark.parametrize("binary", [True, False])
def test_collections_in_a_csv_nested_without_end(tmp_path, binary):
    deep = "GEOMETRYCOLLECTION(" * 20_000 + "POINT(1 1)" + ")" * 20_000
    if binary:
        deep = (struct.pack("<BII", 1, 7, 1) * 20_000 + shapely.to_wkb(A)).hex()
    (tmp_path / "a.csv").write_text(f'DKBH,WKT\nD1,"{deep}"\nD2,"{B.wkt}"\n')
    read = read_layer(tmp_path / "a.csv", crs=4549)
    assert read.data.geometry.isna().tolist() == [True, False]
    assert "layer.shapes" in set(read.findings["check"])


def test_points_of_a_drawing_come_back(tmp_path):
    points = gpd.GeoDataFrame({"n": [1, 2]}, geometry=gpd.points_from_xy([509500, 509600], [1, 2]))
    write_layer(points.set_crs(4549), tmp_path / "a.dxf")
    assert read_layer(tmp_path / "a.dxf", crs=4549).data.geometry.x.tolist() == [509500, 509600]


def workbook(path, head, rows):
    book = openpyxl.Workbook()
    book.active.append(head)
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_ids_that_a_spreadsheet_holds_as_numbers(tmp_path):
    rows = [[code, k, y, x + 4e7] for code, shape in ((330502001.0, A), (330502002.0, B))
            for k, (x, y) in enumerate(shape.exterior.coords)]  # fmt: skip
    workbook(tmp_path / "a.xlsx", ["编号", "点号", "X", "Y"], rows)
    assert read_layer(tmp_path / "a.xlsx").data["DKBH"].tolist() == ["330502001", "330502002"]


def test_points_counted_anew_are_another_parcel(tmp_path):
    rows = [[f"J{k}", y, x + 4e7] for shape in (A, B)
            for k, (x, y) in enumerate(shape.exterior.coords[:-1])]  # fmt: skip
    workbook(tmp_path / "a.xlsx", ["点号", "X", "Y"], rows)
    assert np.allclose(read_layer(tmp_path / "a.xlsx").data.area, [20_000, 10_000])


def test_degrees_and_minutes_parted_by_colons(tmp_path):
    rows = [[1, "120:30:36", "30:30:36"], [2, "120:31:36", "30:30:36"], [3, "120:31:36", "30:31"]]
    workbook(tmp_path / "a.xlsx", ["点号", "经度", "纬度"], rows)
    bounds = read_layer(tmp_path / "a.xlsx").data.total_bounds
    assert np.allclose(bounds, [120.51, 30.51, 120.526667, 30.516667], atol=1e-6)


def test_a_point_that_is_no_number_is_not_left_out(tmp_path):
    rows = [[1, 3416500, 40509500], [2, "3416五百", "40509700米"], [3, 3416600, 40509700]]
    workbook(tmp_path / "a.xlsx", ["点号", "X", "Y"], rows)
    with pytest.raises(InputError, match="第 3 行"):
        read_layer(tmp_path / "a.xlsx")


def test_tracks_of_kml_are_read_and_links_told(tmp_path):
    (tmp_path / "a.kml").write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">'
        "<Document><NetworkLink><Link><href>http://127.0.0.1:1/a.kml</href></Link></NetworkLink>"
        "<Placemark><name>a</name><gx:Track><when>2024</when><gx:coord>120 30 5</gx:coord>"
        "<gx:coord>121 30 6</gx:coord></gx:Track></Placemark>"
        "<Placemark><name>b</name><gx:MultiTrack><gx:Track><gx:coord>1 2</gx:coord>"
        "<gx:coord>3 4</gx:coord></gx:Track></gx:MultiTrack></Placemark></Document></kml>"
    )
    layer, findings = read_layer(tmp_path / "a.kml")
    assert layer.geometry.to_wkt().tolist() == [
        "LINESTRING Z (120 30 5, 121 30 6)",
        "MULTILINESTRING ((1 2, 3 4))",
    ]
    assert findings.loc[findings["check"] == "layer.links", "actual"].tolist() == [1]


def test_codes_that_a_spreadsheet_rounds_are_told(tmp_path):
    book = openpyxl.Workbook()
    for row in [
        ("地块编号", "X", "Y"),
        (330502100123001234, 3416600, 509500),
        (330502100123001234, 3416600, 509700),
        (330502100123001234, 3416500, 509700),
        ("330502100123001235", 3416600, 509800),
        ("330502100123001235", 3416600, 509900),
        ("330502100123001235", 3416500, 509900),
    ]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    layer, findings = read_layer(tmp_path / "a.xlsx", crs=4549)
    assert layer["DKBH"].tolist()[1] == "330502100123001235"
    assert findings.loc[findings["check"] == "layer.numbers", "actual"].tolist() == [1]


def test_a_table_beside_a_shapefile_of_its_name_is_written_again(tmp_path):
    layer = two(DKBH=["1", "2"])
    write_layer(layer, tmp_path / "a.shp")
    for _ in range(2):
        write_layer(layer, tmp_path / "a.csv")
    assert len(read_layer(tmp_path / "a.csv").data) == 2


POINTS = "J1,1,3416600,{p}509500\nJ2,1,3416600,{p}509700\nJ3,1,3416500,{p}509700\n"


@pytest.mark.parametrize("prefixes", [("40", ""), ("", "40"), ("", "40", "")])
def test_eastings_with_and_without_a_zone_lie_in_one_place(tmp_path, prefixes):
    parcels = [f"3,1,{k},{k},面,,,,@\n{POINTS.format(p=p)}" for k, p in enumerate(prefixes)]
    (tmp_path / "a.txt").write_text(
        "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n[地块坐标]\n" + "".join(parcels),
        "utf-8",
    )
    layer, findings = read_layer(tmp_path / "a.txt")
    assert layer.crs.to_epsg() == 4528
    assert layer.bounds.drop_duplicates().to_numpy().tolist() == [
        [40509500, 3416500, 40509700, 3416600]
    ]
    told = findings[findings["check"] == "layer.axes"]
    assert told["actual"].tolist() == [prefixes.count("")]


def test_one_ring_of_a_parcel_the_other_way_round_does_not_accuse_the_file(tmp_path):
    hole = "J4,2,509600,3416580\nJ5,2,509650,3416580\nJ6,2,509650,3416560\n"
    (tmp_path / "a.txt").write_text(
        "[地块坐标]\n6,1,a,东村,面,,,,@\n" + POINTS.format(p="") + hole, "utf-8"
    )
    layer, findings = read_layer(tmp_path / "a.txt", crs=4549)
    assert layer.area.tolist() == [9500]
    assert "有 1 圈" in tell(findings[findings["check"] == "layer.axes"])["message"].iloc[0]


def test_layers_whose_names_differ_in_case_only_are_refused(tmp_path):
    write_layer(two(n=[1, 2]), tmp_path / "a.gpkg", layer="DK")
    with pytest.raises(InputError, match=r"DK.*只差大小写"):
        write_layer(two(n=[3, 4]), tmp_path / "a.gpkg", layer="dk")
    assert read_layer(tmp_path / "a.gpkg").data["n"].tolist() == [1, 2]


@pytest.mark.parametrize("name", ["a.dbf", "a.gpx", "a.qgz", "a.ovkml"])
def test_what_is_no_layer_says_what_to_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match="请"):
        read_layer(tmp_path / name)
