"""Faults of shape in a run: found once, told once, shown on the map, repaired on request."""

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from lxml import etree
from shapely import Point, Polygon, box

from landgis.crs import to_shifted
from landgis.errors import CRSError, InputError
from landgis.export.run import export_layers
from landgis.findings import check_title
from landgis.project import load_project, run_project
from landgis.project.run import read_parcels

X, Y = 509_500, 3_416_500
CROSSED = Polygon([(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 90)])
TAIL = Polygon(
    [(0, 0), (50, 0), (50, 25), (80, 25), (50, 25), (50, 50), (0, 50)],
)
PROJECT = """
name = "run"
title = "示例"
plan = "plan.txt"
[parcels]
file = "parcels.gpkg"
{options}
[boundaries.districts]
file = "districts.gpkg"
[boundaries.townships]
file = "townships.gpkg"
[[regions]]
name = "东区"
"""


def moved(shape, x, y):
    return Polygon([(px + X + x, py + Y + y) for px, py in shape.exterior.coords])


@pytest.fixture
def project(tmp_path):
    """Write a project whose parcels have one fault each; give what a run of it finds."""
    shapes = {
        "好": box(X, Y + 2000, X + 100, Y + 2100),
        "自交": CROSSED,
        "尖刺": moved(TAIL, 1000, 0),
        "碎块": box(X, Y + 500, X + 0.5, Y + 500.5),
        "窄条": box(X, Y + 600, X + 300, Y + 600.3),
        "重叠甲": box(X + 2000, Y, X + 2100, Y + 100),
        "重叠乙": box(X + 2050, Y, X + 2150, Y + 100),
        "无图形": None,
    }
    data = {"ZDDM": list(shapes), "YT": "住宅用地"}
    land = gpd.GeoDataFrame(data, geometry=list(shapes.values()), crs=4549)
    land.to_file(tmp_path / "parcels.gpkg")
    area = box(X - 5000, Y - 5000, X + 5000, Y + 5000)
    for name in ("districts", "townships"):
        place = gpd.GeoDataFrame({"name": ["东区"]}, geometry=[area], crs=4549)
        place.to_file(tmp_path / f"{name}.gpkg")
    (tmp_path / "plan.txt").write_text(
        "某市2025年度国有建设用地供应计划\n2025年度国有建设用地供应总量5.00公顷。\n", "utf-8"
    )

    def run(options=""):
        file = tmp_path / "p.toml"
        file.write_text(PROJECT.format(options=options), "utf-8")
        return run_project(load_project(file))

    return run


def failed(results, room):
    found = results.findings[results.findings["verdict"] == "fail"]
    found = found[found["check"].str.startswith(room)]
    return set(zip(found["check"], found["subject"], strict=True))


def test_a_run_tells_each_fault_once(project):
    results = project()
    assert failed(results, "layer.") == {
        ("layer.invalid", "自交"),
        ("layer.spike", "尖刺"),
        ("layer.invalid", "尖刺"),
        ("layer.tiny", "碎块"),
    }
    of_parcels = failed(results, "parcels.")
    assert {
        ("parcels.geometry", "无图形"),
        ("parcels.sliver", "窄条"),
        ("parcels.overlap", "重叠甲 / 重叠乙"),
    } <= of_parcels


def test_fields_of_the_history_are_taken_as_said(project, tmp_path):
    earlier = gpd.GeoDataFrame({"odd": ["旧1"]}, geometry=[box(X, Y + 2000, X + 50, Y + 2100)])
    earlier.set_crs(4549).to_file(tmp_path / "earlier.gpkg")
    section = '[checks.history]\nfile = "earlier.gpkg"\nfields = {{ parcel_id = "{}" }}'
    found = project(section.format("odd")).told().findings.set_index("check")
    assert "旧1" in found.loc["parcels.history", "message"]
    with pytest.raises(InputError, match="没有字段 none"):
        project(section.format("none"))


def test_the_places_of_faults_are_layers(project, tmp_path):
    results = project()
    written = export_layers(results, tmp_path / "out", formats=("gpkg", "shp"))
    kinds = dict(pyogrio.list_layers(written[0]).tolist())
    assert kinds["图形问题_点"] == "Point"
    assert "Polygon" in kinds["图形问题_面"]
    polygons = gpd.read_file(written[0], layer="图形问题_面")
    overlap = polygons[polygons["问题类型"] == check_title("layer.overlap", "zh")]
    assert overlap["对象"].tolist() == ["重叠乙"]
    assert overlap.area.round(3).tolist() == [5000]
    points = gpd.read_file(written[0], layer="图形问题_点")
    assert Point(X + 1080, Y + 25) in points.geometry.tolist()
    assert (Path(tmp_path) / "out" / "shp" / "图形问题_面.shp").is_file()
    with closing(sqlite3.connect(written[0])) as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    drawn = {
        name: etree.fromstring(qml.encode()).find(".//layer").get("class")
        for name, qml in styles.items()
    }
    assert (drawn["图形问题_点"], drawn["图形问题_面"]) == ("SimpleMarker", "SimpleFill")


def test_a_sound_layer_has_no_such_layers(project, tmp_path):
    sound = gpd.GeoDataFrame(
        {"ZDDM": ["1"], "YT": ["住宅用地"]}, geometry=[box(X, Y, X + 100, Y + 100)], crs=4549
    )
    sound.to_file(tmp_path / "parcels.gpkg")
    results = project()
    assert not len(results.faults)
    told = results.findings[results.findings["check"] == "layer.geometry"]
    assert told["verdict"].tolist() == ["pass"]
    written = export_layers(results, tmp_path / "out", formats=("gpkg",))
    assert not [n for n, _ in pyogrio.list_layers(written[0]) if n.startswith("图形问题")]


def test_repair_is_on_record(project):
    results = project("repair = true")
    record = results.findings[results.findings["check"] == "layer.repair"].set_index("subject")
    assert record["verdict"].to_dict() == {"自交": "fail", "尖刺": "note"}
    assert record.loc["尖刺", ["expected", "actual"]].round(3).tolist() == pytest.approx(
        [2500, 2500], rel=1e-3
    )
    valid = results.parcels.set_index("parcel_id").geometry.is_valid
    assert valid["尖刺"]
    assert not valid["自交"]
    assert ("layer.invalid", "尖刺") not in failed(results, "layer.")


def test_shifted_districts_are_suspected(project, tmp_path):
    place = gpd.read_file(tmp_path / "districts.gpkg").to_crs(4490)
    shifted = to_shifted(place.get_coordinates().to_numpy(), system="GCJ-02")
    web = gpd.GeoDataFrame({"name": ["东区"]}, geometry=[Polygon(shifted)], crs=4490)
    web.to_file(tmp_path / "districts.gpkg")
    results = project()
    assert failed(results, "layer.shift") == {("layer.shift", "districts.gpkg")}


def test_parcels_are_judged_by_a_reference(project):
    results = project('reference = { file = "parcels.gpkg" }')
    found = results.findings[results.findings["check"] == "layer.shift"]
    assert found["verdict"].tolist() == ["pass"]


@pytest.mark.parametrize("shift", ["[100, -50, 20, 0.5, -0.3, 0.2, 1.5]", None])
def test_parcels_on_an_old_datum_need_their_parameters(project, tmp_path, shift):
    old = gpd.read_file(tmp_path / "parcels.gpkg").set_crs(2385, allow_override=True)
    old.to_file(tmp_path / "parcels.gpkg")
    if shift is None:
        with pytest.raises(CRSError, match=r"1980西安坐标系.*datum_shift"):
            project()
        return
    results = project(f"datum_shift = {shift}")
    assert results.parcels.crs.to_epsg() == 4549
    moved_by = results.parcels.centroid.distance(old.set_crs(4549, allow_override=True).centroid)
    assert moved_by.dropna().between(20, 250).all()


@pytest.mark.parametrize("codes", [[701, 101], ["071", "101"]])
def test_codes_of_a_bureau_s_own_mean_what_the_project_says(tmp_path, codes):
    shapes = [box(X, Y, X + 100, Y + 100), box(X + 200, Y, X + 300, Y + 100)]
    gpd.GeoDataFrame({"ZDDM": ["a", "b"], "YT": codes}, geometry=shapes, crs=4549).to_file(
        tmp_path / "parcels.gpkg"
    )
    (tmp_path / "project.toml").write_text(PROJECT.format(options=""), "utf-8")
    section = load_project(tmp_path / "project.toml").parcels
    uses = {str(codes[0]): "住宅用地", "101": ""}
    with pytest.raises(InputError, match=r"（101）.*\[uses\]"):
        read_parcels(section, uses)
    uses["101"] = "商业用地"
    assert read_parcels(section, uses).data["category"].tolist() == ["住宅用地", "商服用地"]
