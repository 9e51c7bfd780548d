"""Files that mean harm, or come broken: one clear sentence or a safe result."""

import shutil
import struct
import sys
import zipfile
from contextlib import suppress

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landgis.__main__ import watched
from landgis.errors import CRSError, InputError, LandgisError
from landgis.layers.read import inspect_layer, read_layer


def refused(path, match, **options):
    with pytest.raises(InputError, match=match):
        read_layer(path, **options)


# ---------------------------------------------------------------- shapefiles


def test_missing_file(tmp_path):
    refused(tmp_path / "无.shp", "文件不存在")


def test_unknown_format(tmp_path):
    (tmp_path / "a.doc").write_bytes(b"x")
    refused(tmp_path / "a.doc", "不支持的格式")


@pytest.mark.parametrize("kept", [0, 50, 99, 150, 300])
def test_truncated_shp(shapefile, kept):
    path = shapefile()
    path.write_bytes(path.read_bytes()[:kept])
    refused(path, "不完整|内容不是")


def test_missing_shx_is_rebuilt_and_the_input_left_alone(shapefile, layer, verdicts):
    path = shapefile()
    path.with_suffix(".shx").unlink()
    before = sorted(p.name for p in path.parent.iterdir())
    data, findings = read_layer(path)
    assert data.geometry.geom_equals(layer.geometry).all()
    assert verdicts(findings, "layer.index") == ["fail"]
    assert sorted(p.name for p in path.parent.iterdir()) == before


def test_missing_shx_and_damaged_records(shapefile):
    path = shapefile()
    path.with_suffix(".shx").unlink()
    raw = bytearray(path.read_bytes())
    raw[104:108] = struct.pack(">i", 10**6)
    path.write_bytes(raw)
    refused(path, "第 1 条记录已损坏")


def test_missing_dbf(shapefile, verdicts):
    path = shapefile()
    path.with_suffix(".dbf").unlink()
    data, findings = read_layer(path)
    assert len(data) == 2
    assert verdicts(findings, "layer.attributes") == ["fail"]


@pytest.mark.parametrize(
    ("at", "value"), [(44, 2**30), (48, 2**30), (44, -5), (48, 2**31 - 1), (8, 77)]
)
def test_record_that_claims_what_it_has_not(shapefile, verdicts, at, value):
    """A billion vertices, parts below zero, an unknown kind of shape: read as missing, told."""
    path = shapefile()
    raw = bytearray(path.read_bytes())
    raw[100 + at : 104 + at] = struct.pack("<i", value)
    path.write_bytes(raw)
    try:
        data, findings = read_layer(path)
    except InputError:
        pass  # GDAL would not open it at all: one sentence, not a crash
    else:
        assert data.geometry.isna().tolist() == [True, False]
        assert verdicts(findings, "layer.shapes") == ["fail"]


def test_a_system_that_is_cut_off_is_one_sentence(shapefile):
    path = shapefile()
    wkt = path.with_suffix(".prj").read_text()
    path.with_suffix(".prj").write_text(wkt[: len(wkt) // 2])
    with pytest.raises(CRSError, match=r"残缺.*--crs"):
        inspect_layer(path)


def test_index_that_points_nowhere(shapefile, verdicts):
    path = shapefile()
    shx = path.with_suffix(".shx")
    raw = bytearray(shx.read_bytes())
    raw[100:104] = struct.pack(">i", 10**8)
    shx.write_bytes(raw)
    data, findings = read_layer(path)
    assert data.geometry.isna().tolist() == [True, False]
    assert verdicts(findings, "layer.shapes") == ["fail"]


@pytest.mark.parametrize(
    ("at", "raw", "match"),
    [
        (10, struct.pack("<H", 7), "记录长度为 7 字节"),
        (4, struct.pack("<I", 2**31), "只容得下 2 条"),
        (8, struct.pack("<H", 31), "已损坏"),
    ],
)
def test_dbf_that_contradicts_itself(shapefile, at, raw, match):
    path = shapefile()
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    data[at : at + len(raw)] = raw
    dbf.write_bytes(data)
    refused(path, match)


def test_more_shapes_than_records(shapefile, layer, verdicts):
    path = shapefile()
    other = shapefile(layer.iloc[:1], name="短")
    shutil.copy(other.with_suffix(".dbf"), path.with_suffix(".dbf"))
    _, findings = read_layer(path)
    assert verdicts(findings, "layer.count") == ["fail"]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from([".shp", ".shx", ".dbf", ".prj"]),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=6)), max_size=4),
    length=st.integers(0, 2000) | st.none(),
)
def test_any_damage_is_read_or_refused(tmp_path, layer, suffix, changes, length):
    path = tmp_path / "a.shp"
    if not path.exists():
        layer.to_file(path)
        shutil.copytree(tmp_path, tmp_path / "whole")
    target = path.with_suffix(suffix)
    raw = bytearray((tmp_path / "whole" / target.name).read_bytes())
    for at, new in changes:
        raw[at % len(raw) : at % len(raw) + len(new)] = new
    target.write_bytes(raw[:length] if length is not None else raw)
    with suppress(LandgisError):  # one sentence, not a crash
        inspect_layer(path)
    shutil.copy(tmp_path / "whole" / target.name, target)


# ---------------------------------------------------------------- archives


def archive(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "name", ["../外面.shp", "a/../../外面.shp", "/etc/外面.shp", "..\\外面.shp", "C:\\外面.shp"]
)
def test_members_that_point_outside(tmp_path, name):
    inner = tmp_path / "inner"
    inner.mkdir()
    before = set(tmp_path.rglob("*"))
    path = archive(inner / "a.zip", {name: b"x"})
    refused(path, "指向包外")
    assert set(tmp_path.rglob("*")) - before == {path}


def test_zip_bomb(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.shp": bytes(300 * 2**20)})
    assert path.stat().st_size < 2**20
    refused(path, "压缩炸弹")


def test_zip_that_says_less_than_it_holds(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.shp": bytes(10_000)})
    raw = path.read_bytes().replace(struct.pack("<I", 10_000), struct.pack("<I", 10))
    path.write_bytes(raw)
    refused(path, "打不开")


@pytest.mark.parametrize("raw", [b"PK", b"PK\x03\x04" + bytes(100), b"PK\x05\x06" + bytes(18)])
def test_damaged_zip(tmp_path, raw):
    path = tmp_path / "a.zip"
    path.write_bytes(raw)
    refused(path, "打不开|没有图层")


def test_zip_without_a_layer(tmp_path):
    refused(archive(tmp_path / "a.zip", {"说明.doc": b"x"}), "没有图层")


def test_workbook_bomb(tmp_path):
    path = archive(tmp_path / "a.xlsx", {"xl/worksheets/sheet1.xml": bytes(300 * 2**20)})
    refused(path, "压缩炸弹")


def test_damaged_workbook(tmp_path):
    refused(archive(tmp_path / "a.xlsx", {"a": b"x"}), "打不开")
    (tmp_path / "b.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100))
    refused(tmp_path / "b.xls", "打不开")
    path = archive(tmp_path / "c.xlsx", {"xl/worksheets/sheet1.xml": b"<sheetData/>"})
    raw = path.read_bytes()
    entry = raw.index(b"PK\x01\x02") + 6
    path.write_bytes(raw[:entry] + b"\x5d" + raw[entry + 1 :])  # a version of zip to come
    refused(path, "打不开")


# ---------------------------------------------------------------- markup and disguises


def test_entities_in_kml(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        "<kml><Document><name>&b;</name></Document></kml>"
    )
    refused(path, "XML 实体")


def test_entities_in_kml_in_other_letters(tmp_path):
    path = tmp_path / "a.kml"
    text = '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "a">]><kml>&a;</kml>'
    path.write_bytes(text.encode("utf-16"))
    refused(path, "内容不是|XML 实体")


@pytest.mark.parametrize(
    "suffix", ["geojson", "kml", "gpkg", "fgb", "parquet", "shp", "zip", "xlsx"]
)
@pytest.mark.parametrize("raw", [b"", b"\0" * 50, b"<OGRVRTDataSource/>", b"hello"])
def test_files_that_are_something_else(tmp_path, suffix, raw):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(raw)
    refused(path, "内容不是")


def test_virtual_source_in_disguise_opens_nothing(tmp_path, layer):
    layer.to_file(tmp_path / "secret.gpkg")
    path = tmp_path / "a.kml"
    source = tmp_path / "secret.gpkg"
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    refused(path, "内容不是|无法读取")


def test_virtual_paths_are_files_only():
    for source in ("/vsicurl/http://localhost/a.geojson", "PG:dbname=x", "GPKG:a.gpkg:b"):
        with pytest.raises(InputError):
            read_layer(source)


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "parquet", "geojson", "kml"])
def test_truncated_files(tmp_path, layer, suffix):
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        layer.to_parquet(path)
    else:
        layer.to_crs(4326).to_file(path, **({"driver": "KML"} if suffix == "kml" else {}))
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(InputError):
        read_layer(path)


def test_plain_parquet(tmp_path, layer):
    import pandas as pd

    pd.DataFrame(layer.drop(columns="geometry")).to_parquet(tmp_path / "a.parquet")
    refused(tmp_path / "a.parquet", "没有图形|不是以 WKB 存储图形的 GeoParquet")


def test_infinite_coordinates_are_faults_not_crashes(tmp_path, verdicts):
    from shapely import Polygon

    with np.errstate(invalid="ignore"):
        broken = Polygon([(0, 0), (float("nan"), 1), (2, 0)])
    shapes = [broken, Polygon([(5e5, 3e6), (5e5 + 9, 3e6), (5e5, 3e6 + 9)])]
    gpd.GeoDataFrame(geometry=shapes, crs=4549).to_parquet(tmp_path / "a.parquet")
    report = inspect_layer(tmp_path / "a.parquet")
    assert verdicts(report.findings, "layer.not_finite") == ["fail"]


def test_messages_never_show_a_password():
    with pytest.raises(LandgisError) as error:
        read_layer("postgresql://gis:geheim@localhost:1/land", layer="t")
    assert "geheim" not in str(error.value)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from(["gpkg", "fgb", "kml", "geojson", "parquet"]),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4)), max_size=5),
    kept=st.floats(0.01, 1),
)
def test_any_damage_to_other_files_is_read_or_refused(tmp_path, layer, suffix, changes, kept):
    path = tmp_path / f"whole.{suffix}"
    if not path.exists():
        if suffix == "parquet":
            layer.to_parquet(path)
        else:
            layer.to_crs(4326).to_file(path, **({"driver": "KML"} if suffix == "kml" else {}))
    raw = bytearray(path.read_bytes())
    for at, new in changes:
        raw[at % len(raw) : at % len(raw) + len(new)] = new
    damaged = tmp_path / f"damaged.{suffix}"
    damaged.write_bytes(raw[: int(kept * len(raw))])
    with suppress(LandgisError):  # one sentence, not a crash
        inspect_layer(damaged)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    member=st.integers(0, 20),
    changes=st.lists(
        st.tuples(
            st.integers(0, 10**6), st.sampled_from([b"", b"<", b"&", b"-1", b"9" * 11, b"\0"])
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_any_damage_to_a_workbook_is_read_or_refused(tmp_path, member, changes):
    import openpyxl

    whole = tmp_path / "whole.xlsx"
    if not whole.exists():
        book = openpyxl.Workbook()
        for row in [("点号", "X", "Y"), *[(k, 3416500 + k * k, 509500 + 9 * k) for k in range(4)]]:
            book.active.append(row)
        book.save(whole)
    with zipfile.ZipFile(whole) as source:
        members = {name: bytearray(source.read(name)) for name in source.namelist()}
    hit = members[sorted(members)[member % len(members)]]
    for at, new in changes:
        hit[at % len(hit) : at % len(hit) + 1] = new
    with suppress(LandgisError):  # one sentence, not a crash
        inspect_layer(archive(tmp_path / "damaged.xlsx", {n: bytes(b) for n, b in members.items()}))


@pytest.mark.parametrize("suffix", ["gdb", "shp", "gpkg"])
def test_empty_folders(tmp_path, suffix):
    (tmp_path / f"a.{suffix}").mkdir()
    refused(tmp_path / f"a.{suffix}", "无法读取|不支持|不完整")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of Unix")
def test_a_crash_of_a_parser_is_one_sentence(capfd):
    """What no check foresaw: the parser takes its process with it."""
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    note = (
        "import os, pathlib; pathlib.Path(os.environ['LANDGIS_READING']).write_text('/x/坏.gpkg')"
    )
    assert watched([sys.executable, "-c", f"{note}; {crash}"]) == 2
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert "坏.gpkg" in told
    assert "SIGSEGV" in told


def test_a_drawing_on_which_gdal_does_not_end_is_refused(tmp_path):
    """Found by changing bytes: GDAL looks for the name of a section beyond the end of the file."""
    path = tmp_path / "a.dxf"
    path.write_bytes(b"0\r\nSECTION\r")
    with pytest.raises(InputError, match=r"a\.dxf 无法读取"):
        read_layer(path)
