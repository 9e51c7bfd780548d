"""The commands `inspect` and `convert` as a user meets them."""

import json

import geopandas as gpd
import pyogrio
import pytest
from shapely import Polygon, box

from landgis.cli import main
from landgis.layers.read import read_layer

X, Y = 509_500, 3_416_500


@pytest.fixture
def landgis(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        assert end.value.code == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return run


@pytest.fixture
def source(tmp_path):
    """A layer with a spike, which makes its polygon invalid, beside a sound parcel."""
    tail = [(0, 0), (50, 0), (50, 25), (80, 25), (50, 25), (50, 50), (0, 50)]
    shapes = [box(X + 100, Y, X + 150, Y + 50), Polygon([(X + x, Y + y) for x, y in tail])]
    path = tmp_path / "宗地.gpkg"
    gpd.GeoDataFrame({"ZL": ["东村", "西村"]}, geometry=shapes, crs=4549).to_file(path)
    return path


def test_inspect_writes_the_places_of_faults(tmp_path, source, landgis):
    output = tmp_path / "问题.gpkg"
    told = json.loads(landgis("inspect", source, "-o", output, "--json"))
    assert {issue["check"] for issue in told["issues"]} >= {"layer.invalid", "layer.spike"}
    places = gpd.read_file(output, layer="图形问题_点")
    assert set(places["问题类型"]) == {"图层·图形无效", "图层·尖刺"}
    assert places.crs.to_epsg() == 4549


def test_inspect_of_a_sound_layer_writes_empty_layers(tmp_path, source, landgis):
    gpd.read_file(source).iloc[:1].to_file(tmp_path / "好.gpkg")
    output = tmp_path / "问题.gpkg"
    landgis("inspect", tmp_path / "好.gpkg", "-o", output, "--lang", "en")
    assert pyogrio.list_layers(output)[:, 0].tolist() == ["fault_points", "fault_polygons"]
    assert pyogrio.read_info(output, layer="fault_points")["features"] == 0


def test_convert_names_the_layer_and_repairs(tmp_path, source, landgis):
    target = tmp_path / "新.gpkg"
    said = landgis("convert", source, target, "--layer-name", "宗地2025", "--repair")
    assert "2 个要素" in said
    assert pyogrio.list_layers(target)[:, 0].tolist() == ["宗地2025"]
    assert gpd.read_file(target).geometry.is_valid.all()


@pytest.mark.parametrize(("option", "cpg"), [((), "UTF-8"), (("--to-encoding", "gbk"), "GBK")])
def test_convert_writes_the_encoding_asked_for(tmp_path, source, landgis, option, cpg):
    target = tmp_path / "宗地.shp"
    assert json.loads(landgis("convert", source, target, "--json", *option)) == {"count": 2}
    assert target.with_suffix(".cpg").read_text().strip() == cpg
    assert read_layer(target).data["ZL"].tolist() == ["东村", "西村"]


def test_convert_takes_an_old_datum_with_seven_parameters(tmp_path, source, landgis):
    old = tmp_path / "西安80.gpkg"
    gpd.read_file(source).set_crs(2385, allow_override=True).to_file(old)
    target = tmp_path / "2000.gpkg"
    landgis("convert", old, target, "--datum-shift", "100,-50,20,0.5,-0.3,0.2,1.5")
    data = gpd.read_file(target)
    assert data.crs.to_epsg() == 4549
    moved = data.centroid.distance(gpd.read_file(source).centroid)
    assert moved.between(20, 250).all()


@pytest.mark.parametrize("shift", ["1,2,3", "a,b,c,d,e,f,g", "+proj=nonsense"])
def test_unusable_parameters_are_refused(tmp_path, source, capsys, shift):
    old = tmp_path / "西安80.gpkg"
    gpd.read_file(source).set_crs(2385, allow_override=True).to_file(old)
    with pytest.raises(SystemExit) as end:
        main(["convert", str(old), str(tmp_path / "新.gpkg"), "--datum-shift", shift])
    assert end.value.code == 2
    assert "转换参数无法使用" in capsys.readouterr().err
