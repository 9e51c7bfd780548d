"""Formats come from one registry: a format that is added there is read and written everywhere."""

from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from landgis.errors import InputError
from landgis.formats import registry
from landgis.formats.gdal import Opened
from landgis.formats.kinds import Format, PointsOptions, at_once
from landgis.formats.verify import require_whole
from landgis.formats.write import write_layer
from landgis.layers.convert import convert_layer
from landgis.layers.read import read_layer

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
        next(iter(frames())).to_parquet(path)
        return []

    toy = Format(title="Toy", suffixes=(".toy",), open=opened, write=written)
    by_suffix = {**registry._BY_SUFFIX, ".toy": toy}
    monkeypatch.setattr(registry, "_BY_SUFFIX", by_suffix)
    monkeypatch.setattr("landgis.formats.sources.READABLE", tuple(by_suffix))
    monkeypatch.setattr("landgis.formats.sources.SUFFIXES", tuple(by_suffix))
    monkeypatch.setattr("landgis.formats.write.FORMATS", ("toy",))
    write_layer(layer, tmp_path / "a.toy")
    assert read_layer(tmp_path / "a.toy").data["DKBH"].tolist() == ["D1"]


def test_the_page_of_formats_names_each():
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    for form in registry.REGISTRY:
        assert form.title in page
        assert all(f"`{suffix}`" in page for suffix in form.suffixes), form.title
        assert form.keeps[0] in page
        assert form.loses[0] in page


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
        assert len(list(drawing)) == 2


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
    require_whole(path, suffix, 50, layer="a")
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) * 2 // 3])
    with pytest.raises(InputError, match="磁盘已满"):
        require_whole(path, suffix, 50, layer="a")
