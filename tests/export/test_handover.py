"""GeoJSON for other programs (RFC 7946), and the encoding of a project's shapefiles."""

import json

import geopandas as gpd
import pytest
import shapely
from shapely import Polygon, box

from landgis.formats.write import write_layer
from landgis.layers.convert import convert_layer
from landgis.layers.read import read_layer
from landgis.project.load import load_project

X, Y = 509_500, 3_416_500


@pytest.fixture
def layer():
    clockwise = Polygon([(X, Y), (X, Y + 50), (X + 50, Y + 50), (X + 50, Y)])
    shapes = [clockwise, box(X + 100, Y, X + 150, Y + 50)]
    return gpd.GeoDataFrame({"ZL": ["东村", "西村"]}, geometry=shapes, crs=4549)


def test_geojson_in_wgs_84_is_one_by_rfc_7946(tmp_path, layer):
    layer.to_file(tmp_path / "a.gpkg")
    target = tmp_path / "交付.geojson"
    convert_layer(tmp_path / "a.gpkg", target, to_crs="EPSG:4326")
    told = json.loads(target.read_text("utf-8"))
    assert "crs" not in told  # the standard knows one system only
    assert told["features"][0]["properties"] == {"ZL": "东村"}
    back = read_layer(target).data
    assert back.crs.to_epsg() == 4326
    assert all(shapely.is_ccw(shapely.get_exterior_ring(back.geometry.array)))
    moved = back.to_crs(4549).geometry
    assert moved.hausdorff_distance(layer.geometry, align=False).max() < 1e-3


def test_geojson_in_a_plane_keeps_its_system(tmp_path, layer):
    write_layer(layer, tmp_path / "平面.geojson")
    assert read_layer(tmp_path / "平面.geojson").data.crs.to_epsg() == 4549


def test_a_project_says_how_its_shapefiles_are_encoded(tmp_path):
    file = tmp_path / "p.toml"
    text = 'name = "a"\ntitle = "a"\nplan = "p.txt"\n{}\n[schematic]\ncrs = "EPSG:4549"\n'
    text += "[boundaries]\n"
    file.write_text(text.format('shapefile_encoding = "GBK"'), "utf-8")
    assert load_project(file).shapefile_encoding == "GBK"
    file.write_text(text.format(""), "utf-8")
    assert load_project(file).shapefile_encoding == "UTF-8"
