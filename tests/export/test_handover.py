"""GeoJSON for other programs (RFC 7946), and the encoding of a project's shapefiles."""

import json

import geopandas as gpd
import pytest
import shapely
from lxml import etree
from shapely import Polygon, box

from landgis.formats.registry import write_layer
from landgis.layers.read import convert_layer, read_layer
from landgis.project.settings import load_project

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


def test_kml_has_a_folder_for_each_use_and_a_card_of_the_fields(tmp_path):
    shapes = [box(X + k * 100, Y, X + k * 100 + 50, Y + 50) for k in range(4)]
    uses = ["商服用地", "住宅用地", "住宅用地", None]
    rows = {"宗地编号": list("abcd"), "用途": uses, "<b>": [1, 2, 3, 4]}
    land = gpd.GeoDataFrame(rows, geometry=shapes, crs=4549)
    write_layer(land, tmp_path / "宗地.kml")
    root = etree.parse(tmp_path / "宗地.kml").getroot()
    space = {"k": "http://www.opengis.net/kml/2.2"}
    names = root.xpath("//k:Folder/k:name/text()", namespaces=space)
    assert names == ["商服用地", "住宅用地"]
    inside = root.xpath("//k:Folder[2]/k:Placemark/k:name/text()", namespaces=space)
    assert inside == ["b", "c"]
    (card,) = root.xpath("//k:Style[@id='card']/k:BalloonStyle/k:text/text()", namespaces=space)
    assert "$[宗地/用途]" in card
    assert "<b>" not in card  # a field's name is text
    back = read_layer(tmp_path / "宗地.kml").data
    assert "Folder" not in back
    assert back["用途"].fillna("").tolist() == ["商服用地", "住宅用地", "住宅用地", ""]
    # uses in no order: no folders, rows stay as they were
    write_layer(land.iloc[[1, 0, 2]], tmp_path / "乱.kml")
    assert "<Folder>" not in (tmp_path / "乱.kml").read_text("utf-8")
    assert read_layer(tmp_path / "乱.kml").data["宗地编号"].tolist() == ["b", "a", "c"]
