"""Formats come from one registry: a format that is added there is read and written everywhere."""

import zipfile
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from landgis.errors import InputError
from landgis.formats import registry
from landgis.formats.gdal import Opened
from landgis.formats.gdal_write import Driver, counted
from landgis.formats.kinds import BY_GDAL, Format, PointsOptions, at_once, opened_by_gdal
from landgis.formats.registry import require_whole, write_layer
from landgis.layers.read import convert_layer, read_layer

ROOT = Path(__file__).parents[2]
PLACE = shapely.box(509500, 3416500, 509700, 3416600)


@pytest.fixture
def layer():
    return gpd.GeoDataFrame({"DKBH": ["D1"], "用途": ["工业用地"]}, geometry=[PLACE], crs=4549)


def test_a_format_is_one_module_and_one_line(tmp_path, layer, monkeypatch):
    @contextmanager
    def opened(path, _opening):
        yield Opened(frames=at_once(gpd.read_parquet(path)), layers=("toy",))

    def written(frames, path, _writing):
        next(iter(frames)).to_parquet(path)
        return []

    toy = Format(title="Toy", suffixes=(".toy",), begins=(b"PAR1",), open=opened, write=written)
    by_suffix = {**registry._BY_SUFFIX, ".toy": toy}
    monkeypatch.setattr(registry, "_BY_SUFFIX", by_suffix)
    monkeypatch.setattr("landgis.formats.registry.READABLE", tuple(by_suffix))
    monkeypatch.setattr("landgis.formats.registry.SUFFIXES", tuple(by_suffix))
    monkeypatch.setattr("landgis.formats.registry.FORMATS", ("toy",))
    write_layer(layer, tmp_path / "a.toy")
    assert read_layer(tmp_path / "a.toy").data["DKBH"].tolist() == ["D1"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.toy", "b/a.toy")
    assert read_layer(tmp_path / "a.zip").data["DKBH"].tolist() == ["D1"]
    (tmp_path / "b.toy").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(InputError, match="后缀"):
        read_layer(tmp_path / "b.toy")


def test_any_layer_is_found_in_an_archive(tmp_path):
    """A feature a line under each of its suffixes, which archives did not look for."""
    line = (
        '{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[120,30]}}'
    )
    for suffix in (".geojsonl", ".geojsons", ".ndjson"):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(f"a{suffix}", f"\n{line}\n")
        assert len(read_layer(tmp_path / "a.zip").data) == 1


def test_a_format_that_gdal_writes_is_a_driver_in_its_module(tmp_path, layer, monkeypatch):
    driver = Driver(
        name="FlatGeobuf",
        title="Toy",
        reserved=frozenset({"dkbh"}),
        options=lambda _: {"SPATIAL_INDEX": "NO"},
    )
    toy = Format(
        title="Toy",
        suffixes=(".toy",),
        open=opened_by_gdal,
        write=driver,
        whole=counted,
        runs=BY_GDAL,
    )
    by_suffix = {**registry._BY_SUFFIX, ".toy": toy}
    monkeypatch.setattr(registry, "_BY_SUFFIX", by_suffix)
    monkeypatch.setattr("landgis.formats.registry.READABLE", tuple(by_suffix))
    monkeypatch.setattr("landgis.formats.registry.FORMATS", ("toy",))
    told = write_layer(layer, tmp_path / "a.toy")
    assert told["check"].tolist() == ["export.names"]
    assert read_layer(tmp_path / "a.toy").data["DKBH"].tolist() == ["D1"]  # by the map beside it
    source = registry.runs_of(tmp_path / "a.toy").open(tmp_path / "a.toy", None)
    assert (source.rows, list(source.fields)) == (1, ["DKBH_1", "用途"])


def test_the_page_of_formats_names_each():
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    for form in registry.REGISTRY:
        assert form.title in page
        assert all(f"`{suffix}`" in page for suffix in form.suffixes), form.title
        assert form.keeps[0] in page
        assert form.loses[0] in page


ROWS = {
    "DKBH": ["a1", "b2"],
    "code": [3305021001230012345, 1],
    "gap": [2, None],
    "text": ["", None],
    "flag": [True, False],
    "area": [1.25, None],
    "day": [date(2024, 1, 2), None],
    "at": [pd.Timestamp("2024-01-02T03:04:05"), None],
    "Name": ["x", "y"],
    "NAME": ["p", "q"],
    "fid": [7, 8],
    "a name of 20 letters": [1.5, 2.5],
}
TEXT = {"code": ["3305021001230012345", "1"]}
NO_EMPTY = {"text": [None, None]}
WRITTEN_TIME = {"at": ["2024-01-02T03:04:05", None]}
UTC_TIME = {name: [datetime(2024, 1, 2, *clock, tzinfo=UTC), None] for name, clock in (
    ("day", ()), ("at", (3, 4, 5)))}  # fmt: skip
CHANGED = {
    "gpkg": ({"fid": "fid_1", "NAME": "NAME_1"}, {}, "改名"),
    "gdb": (
        {"NAME": "NAME_1", "fid": "fid_1", "a name of 20 letters": "a_name_of_20_letters"},
        TEXT | {"flag": [1, 0]} | UTC_TIME,
        "日期（写成 UTC 时刻）",
    ),
    "shp": ({}, TEXT | NO_EMPTY | WRITTEN_TIME, "空文字"),
    "geojson": ({}, {}, "改名"),
    "fgb": ({}, {"day": [pd.Timestamp("2024-01-02"), None]}, "日期（写成时刻）"),
    "parquet": ({}, {}, "bbox"),
    "kml": ({}, TEXT | WRITTEN_TIME | {"day": ["2024-01-02", None]}, "写成文字"),
    "csv": ({}, NO_EMPTY, "空文字与空值的区别"),
}
"""Format: fields that come back under another name, values that come back otherwise, and the words
of docs/formats.md that say so."""


@pytest.mark.parametrize("suffix", CHANGED)
def test_what_the_page_of_formats_says_is_so(tmp_path, suffix):
    names, values, said = CHANGED[suffix]
    shapes = [shapely.box(509500 + 9 * k, 3416500, 509505 + 9 * k, 3416505) for k in range(2)]
    layer = gpd.GeoDataFrame(ROWS, geometry=shapes, crs=4549)
    layer["gap"] = layer["gap"].astype("Int64")
    write_layer(layer, tmp_path / f"a.{suffix}")
    data = read_layer(tmp_path / f"a.{suffix}").data
    back = {name: data[names.get(name, name)] for name in ROWS}
    for name, column in back.items():
        got = [None if pd.isna(value) else value for value in column]
        assert got == values.get(name, ROWS[name]), name
    assert data.crs.to_epsg() == (4326 if suffix == "kml" else 4549)
    assert data.to_crs(4549).area.tolist() == pytest.approx([25.0, 25.0], rel=1e-5)
    assert said in registry.format_of(f".{suffix}").loses[0]


@pytest.mark.parametrize("suffix", ["gml", "tab", "mif", "geojsonl"])
def test_what_other_programs_write_is_read(tmp_path, layer, suffix):
    drivers = {"gml": "GML", "geojsonl": "GeoJSONSeq"}
    driver = drivers.get(suffix, "MapInfo File")
    here = layer.drop(columns="用途").to_crs(4326)
    pyogrio.write_dataframe(here, tmp_path / f"a.{suffix}", driver=driver)
    data = read_layer(tmp_path / f"a.{suffix}").data
    assert data["DKBH"].tolist() == ["D1"]
    assert shapely.hausdorff_distance(data.geometry[0], here.geometry[0]) < 1e-5
    assert not [f for f in tmp_path.iterdir() if f.suffix == ".gfs"]


@pytest.mark.parametrize("suffix", ["dwg", "vct", "mdb", "rar"])
def test_what_cannot_be_read_says_how_to_convert_it(tmp_path, suffix):
    (tmp_path / f"a.{suffix}").write_bytes(b"anything")
    with pytest.raises(InputError, match="请"):
        read_layer(tmp_path / f"a.{suffix}")


def test_a_drawing_is_written_with_ids_as_text(tmp_path, layer):
    findings = write_layer(layer.assign(备注=["x"]), tmp_path / "a.dxf")
    assert findings["check"].tolist() == ["export.fields"]
    data = read_layer(tmp_path / "a.dxf", crs=4549).data
    assert data.geometry[0].equals(PLACE)
    assert data[["Layer", "Text"]].to_numpy().tolist() == [["工业用地", "D1"]]
    with pytest.importorskip("fiona").open(tmp_path / "a.dxf") as drawing:
        assert [shape["properties"]["Layer"] for shape in drawing] == [
            "工业用地",
            "注记",
        ]  # in QGIS


def test_letters_that_a_drawing_has_no_code_for_are_escaped_and_read(tmp_path, layer):
    write_layer(layer.assign(DKBH=["𠮷鿦1"]), tmp_path / "a.dxf")
    assert "\\U+D842\\U+DFB7\\U+9FE61" in (tmp_path / "a.dxf").read_text("gbk")
    assert read_layer(tmp_path / "a.dxf", crs=4549).data["Text"].tolist() == ["𠮷鿦1"]


def test_boundary_text_with_and_without_the_zone_in_front(tmp_path, layer):
    for prefix, east in ((True, "40509500.000"), (False, ",509500.000")):
        options = PointsOptions(prefix=prefix, header={"数据产生单位": "某局"})
        convert_layer_to(layer, tmp_path / "a.txt", options)
        text = (tmp_path / "a.txt").read_text("gbk")
        assert east in text
        assert "数据产生单位=某局" in text


def convert_layer_to(layer, path, options):
    layer.to_file(path.with_suffix(".gpkg"))
    convert_layer(path.with_suffix(".gpkg"), path, points=options)


def test_points_stand_with_the_lengths_of_their_sides(tmp_path, layer):
    import openpyxl

    write_layer(layer, tmp_path / "a.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "a.xlsx").active.values)
    assert rows[0][-1] == "边长"
    assert [row[-1] for row in rows[1:]] == [200, 100, 200, 100, None]
    assert read_layer(tmp_path / "a.xlsx").data.geometry[0].equals(PLACE)


@pytest.mark.parametrize("suffix", ["fgb", "geojson", "kml", "gpkg", "shp"])
def test_a_file_that_was_cut_off_is_not_taken_for_whole(tmp_path, suffix):
    many = gpd.GeoDataFrame({"DKBH": ["D"] * 50}, geometry=[PLACE] * 50, crs=4549)
    path = tmp_path / f"a.{suffix}"
    write_layer(many, path)
    form = registry.format_of(f".{suffix}")
    require_whole(path, form, 50, layer="a")
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) * 2 // 3])
    with pytest.raises(InputError, match="磁盘已满"):
        require_whole(path, form, 50, layer="a")
