"""Zonal statistics on a raster small enough to read."""

import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from shapely import Polygon, box

import landgis.raster
from landgis.errors import CRSError, InputError, MissingPackageError
from landgis.findings import tell
from landgis.measure import area_m2
from landgis.project.allocate import read_question, run_allocation
from landgis.project.settings import load_project
from landgis.raster import (
    STATISTICS,
    check_cover,
    raster_column,
    raster_weights,
    write_categories,
    zonal_categories,
    zonal_statistics,
)

#  y
#  3 |  1   2   3 |
#  2 |  4   5   . |     . no data
#  1 |  7   8   9 |
#  0    1   2   3   x
GRID = np.array([[1, 2, 3], [4, 5, -1], [7, 8, 9]], dtype="float64")


@pytest.fixture
def raster(tmp_path):
    file = tmp_path / "栅格.tif"
    place = rasterio.Affine(1, 0, 0, 0, -1, 3)
    options = {"count": 1, "dtype": "float64", "crs": "EPSG:4549", "nodata": -1}
    with rasterio.open(file, "w", width=3, height=3, transform=place, **options) as target:
        target.write(GRID, 1)
    return file


def layer(*shapes, crs=4549):
    return gpd.GeoDataFrame(index=list("abcdefg")[: len(shapes)], geometry=list(shapes), crs=crs)


def test_statistics_of_cells_in_zones(raster):
    zones = layer(
        box(0, 0, 2, 2), box(2, 0, 9, 9), box(1, 1, 1.2, 1.2), box(50, 50, 60, 60), Polygon()
    )
    table = zonal_statistics(zones, raster)
    assert table.index.tolist() == list("abcde")
    assert table.columns.tolist() == list(STATISTICS)
    assert table.loc["a"].tolist() == [4, 24, 6, 4, 8, 6]
    assert table.loc["b"].tolist() == [2, 12, 6, 3, 9, 6]
    assert table.loc["c"].tolist() == pytest.approx([0.04, 0.2, 5, 5, 5, 5])
    assert table["count"].tolist() == pytest.approx([4, 2, 0.04, 0, 0])
    assert table.loc["d":, "sum":].isna().all(axis=None)


def test_a_cell_counts_by_the_fraction_that_a_zone_covers(raster):
    zone = layer(box(0.5, 0, 1.5, 0.5))  # a quarter of the cell of 7, a quarter of that of 8
    table = zonal_statistics(zone, raster, statistics=["sum", "count"])
    assert table.loc["a"].to_dict() == {"sum": 7 / 4 + 8 / 4, "count": 0.5}
    with pytest.raises(InputError, match="mode"):
        zonal_statistics(zone, raster, statistics=["mode"])


def test_a_zone_larger_than_memory_is_gone_through_in_blocks(raster, monkeypatch):
    zone = layer(box(0.5, 0.5, 2.5, 2.5))
    whole = zonal_statistics(zone, raster)
    monkeypatch.setattr(landgis.raster, "CELLS_IN_MEMORY", 2)
    pd.testing.assert_frame_equal(zonal_statistics(zone, raster), whole)


@pytest.fixture
def cover(tmp_path):
    file = tmp_path / "地类.tif"
    #  2 | 10  10  20 |
    #  1 | 10  20   . |
    grid = np.array([[10, 10, 20], [10, 20, 0]], dtype="uint8")
    options = {"count": 1, "dtype": "uint8", "crs": "EPSG:4549", "nodata": 0}
    place = rasterio.Affine(1, 0, 0, 0, -1, 2)
    with rasterio.open(file, "w", width=3, height=2, transform=place, **options) as target:
        target.write(grid, 1)
    return file


def test_classes_share_a_zone_and_lose_nothing(cover):
    zones = layer(box(0, 0, 2, 2), box(2, 0, 4, 1), Polygon(), box(0.5, 1.5, 2.5, 2))
    table = zonal_categories(zones, cover)
    known = [
        ("a", 10, 0.75),
        ("a", 20, 0.25),
        ("b", None, 1.0),  # half without data, half beyond the raster
        ("d", 10, 0.75),
        ("d", 20, 0.25),
    ]
    got = table[["zone", "category", "share"]].astype("object")
    assert got.where(got.notna(), None).to_numpy().tolist() == [list(row) for row in known]
    areas = table.groupby("zone")["area_m2"].sum()
    expected = area_m2(zones.geometry).loc[["a", "b", "d"]]
    assert areas.tolist() == pytest.approx(expected.tolist(), rel=1e-9)


def test_numbers_that_are_no_classes_are_refused(raster):
    with pytest.raises(InputError, match=r"float64.*重分类"):
        zonal_categories(layer(box(0, 0, 1, 1)), raster)


def test_what_cannot_be_used_is_said_in_a_sentence(raster, tmp_path):
    square = layer(box(0, 0, 1, 1))
    with pytest.raises(InputError, match="没有波段 2，共 1 个"):
        zonal_statistics(square, raster, band=2)
    with pytest.raises(InputError, match="读不出来"):
        zonal_statistics(square, tmp_path / "无.tif")
    bow = layer(Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))
    with pytest.raises(InputError, match="不是有效的面，最前的是 a"):
        zonal_statistics(bow, raster)


def test_without_exactextract_one_sentence(raster, monkeypatch):
    monkeypatch.setitem(sys.modules, "exactextract", None)
    with pytest.raises(MissingPackageError, match="pip install exactextract"):
        zonal_statistics(layer(box(0, 0, 1, 1)), raster)


def test_categories_as_a_cloud_optimised_geotiff_with_their_colours(tmp_path):
    land = layer(box(0, 0, 20, 10), box(20, 0, 30, 10), box(0, 10, 10, 20), Polygon())
    land["category"] = ["住宅用地", "商服用地", None, "商服用地"]
    file = tmp_path / "用途.tif"
    classes = write_categories(land, file, cell_m=5)
    assert list(classes.values()) == ["住宅用地", "商服用地"]
    with rasterio.open(file) as source:
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.crs.to_epsg() == 4549
        home, shop = 1, 2
        assert source.read(1).tolist() == [[0] * 6] * 2 + [[home] * 4 + [shop] * 2] * 2
        assert source.colormap(1)[home] == (0xFF, 0xEA, 0x2D, 255)
        assert source.tags(1)["class_2"] == "商服用地"
    with pytest.raises(InputError, match="增大像元"):
        write_categories(land, file, cell_m=1e-4)
    with pytest.raises(CRSError, match="以度为单位"):
        write_categories(land.set_crs(4490, allow_override=True), file)
    assert [f.name for f in tmp_path.iterdir()] == ["用途.tif"]


def test_categories_written_in_blocks_are_those_written_at_once(tmp_path, monkeypatch):
    corners = np.random.default_rng(17).uniform(0, 1300, (40, 3, 2))
    shapes = [Polygon(points) for points in corners]  # one over another: the later is seen
    land = gpd.GeoDataFrame(geometry=shapes, crs=4549)
    land["category"] = ["住宅用地", "商服用地", "工业用地", "仓储用地"] * 10
    whole, parts = tmp_path / "whole.tif", tmp_path / "parts.tif"
    classes = write_categories(land, whole, cell_m=1)
    monkeypatch.setattr("landgis.raster._SIDE", 512)
    assert write_categories(land, parts, cell_m=1) == classes
    with rasterio.open(whole) as one, rasterio.open(parts) as other:
        assert np.unique(one.read(1)).tolist() == [0, 1, 2, 3, 4]
        assert (one.read(1) == other.read(1)).all()
        assert one.transform == other.transform


def test_weights_follow_the_raster_and_fall_back_on_area(raster):
    crosswalk = pd.DataFrame(
        {
            "parcel_id": ["p", "p", "q", "q"],
            "region_id": ["west", "east", "west", "east"],
            "area_m2": [2.0, 1.0, 1.0, 3.0],
            "share": [2 / 3, 1 / 3, 0.25, 0.75],
        },
        index=list("abcd"),
    )
    pieces = layer(box(0, 0, 2, 1), box(2, 0, 3, 1), box(50, 0, 51, 1), box(51, 0, 54, 1))
    weights = raster_weights(crosswalk, pieces, raster)
    assert weights.tolist() == pytest.approx([15 / 24, 9 / 24, 0.25, 0.75])
    with pytest.raises(InputError):
        raster_weights(crosswalk, pieces.iloc[:2], raster)


@pytest.mark.parametrize(
    ("west", "east", "weights"),
    [
        (box(0, 0, 2, 2), box(2, 0, 3, 2), None),  # a cell without data in east
        (box(2, 1, 2.5, 2), box(2.5, 1, 3, 2), None),  # no cell but that one
        (box(0, 2, 3, 3), box(3, 2, 6, 3), None),  # east lies beyond the raster
        (box(0, 2, 2, 3), box(2, 2, 5, 3), None),  # and here a part of it
        (box(0, 2, 2, 3), box(2, 2, 3.4, 3), [0.5, 0.5]),  # less than half a cell beyond
        (box(0, 0, 0.2, 0.2), box(0.2, 0, 0.4, 0.2), [0.5, 0.5]),  # far smaller than a cell
        (box(50, 0, 51, 1), box(51, 0, 52, 1), [0.9, 0.1]),  # nowhere near the raster
        (box(0, 0, 0.4, 1), box(0.4, 0, 2, 1), [2.8 / 15, 12.2 / 15]),  # a cell is shared
    ],
)
def test_what_the_raster_does_not_know_leaves_a_parcel_without_weights(raster, west, east, weights):
    table = {"parcel_id": ["p", "p"], "region_id": ["west", "east"], "share": [0.9, 0.1]}
    crosswalk = pd.DataFrame(table, index=list("ab"))
    got = raster_weights(crosswalk, layer(west, east), raster)
    assert got.tolist() == pytest.approx(weights or [np.nan, np.nan], nan_ok=True)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_cell_that_is_no_number_is_one_without_data(raster, value):
    with rasterio.open(raster, "r+") as target:
        target.write(np.array([[value]]), 1, window=((0, 1), (0, 1)))
    crosswalk = pd.DataFrame({"parcel_id": list("pq"), "region_id": ["r", "r"], "share": [1, 1]})
    pieces = layer(box(0, 2, 2, 3), box(0, 0, 3, 1)).set_index(crosswalk.index)
    assert raster_weights(crosswalk, pieces, raster).tolist() == pytest.approx(
        [np.nan, 1], nan_ok=True
    )
    assert zonal_statistics(pieces, raster)["sum"].tolist() == [2, 24]


def test_another_crs_is_refused_by_name(raster):
    with pytest.raises(CRSError, match=r"EPSG:4490.*EPSG:4549"):
        zonal_statistics(layer(box(0, 0, 1, 1), crs=4490), raster)


def test_land_cover_against_what_is_recorded(tmp_path):
    """Cells of 10 m: two columns are built up (50), the next two trees, the last is unknown."""
    file = tmp_path / "地类.tif"
    options = {"count": 1, "dtype": "uint8", "crs": "EPSG:4549", "nodata": 0}
    place = rasterio.Affine(10, 0, 500_000, 0, -10, 3_400_020)
    with rasterio.open(file, "w", width=5, height=2, transform=place, **options) as target:
        target.write(np.array([[50, 50, 10, 10, 0]] * 2, dtype="uint8"), 1)

    twisted = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])

    def at(left, width):
        return box(500_000 + left, 3_400_000, 500_000 + left + width, 3_400_020)

    land = gpd.GeoDataFrame(
        {
            "parcel_id": ["built", "mixed", "green", "beyond", "none", "twisted"],
            "category": ["工业用地", "工业用地", "住宅用地", "工业用地", "住宅用地", "住宅用地"],
            "land_source": ["存量", "存量", "新增", "存量", "", "存量"],
        },
        geometry=[at(0, 20), at(15, 20), at(20, 20), at(40, 10), None, twisted],
        crs=4549,
    )
    before = land.copy()
    expected = {"存量": [50], "新增": [10], "工矿仓储用地": [50]}
    found = check_cover(land.to_crs(4490), file, expected=expected, classes={10: "林地"})
    pd.testing.assert_frame_equal(land, before)
    rows = [(r.subject, r.kind, r.verdict, r.actual, r.members) for r in found.itertuples()]
    assert rows == [
        ("存量", "agree", "pass", 1, ()),
        ("存量", "differ", "unknown", 1, ("mixed",)),
        ("存量", "unread", "unknown", 2, ("beyond", "twisted")),
        ("新增", "agree", "pass", 1, ()),
        ("工矿仓储用地", "agree", "pass", 1, ()),
        ("工矿仓储用地", "differ", "unknown", 1, ("mixed",)),
        ("工矿仓储用地", "unread", "unknown", 1, ("beyond",)),
    ]
    assert "一半以上是林地：mixed。" in tell(found)["message"][1]
    share = raster_column(land, file, classes=[50])
    assert share.round(3).tolist()[:3] == [1.0, 0.25, 0.0]
    assert share[3:].isna().all()
    assert raster_column(land, file, statistic="max").tolist()[:2] == [50, 50]


def test_a_project_measures_scores_and_land_cover(tmp_path):
    """Of two candidates that fit alike the flat one near the station is chosen."""
    options = {"count": 1, "dtype": "float32", "crs": "EPSG:4549"}
    place = rasterio.Affine(100, 0, 500_000, 0, -100, 3_400_100)
    with rasterio.open(
        tmp_path / "坡度.tif", "w", width=3, height=1, transform=place, **options
    ) as target:
        target.write(np.array([[20, 2, 9]], dtype="float32"), 1)
    shapes = [box(500_000 + k, 3_400_000, 500_100 + k, 3_400_100) for k in (0, 100, 200)]
    land = {"parcel_id": ["a", "b", "c"], "category": ["住宅用地"] * 3, "region": ["东镇"] * 3}
    gpd.GeoDataFrame(land, geometry=shapes, crs=4549).to_file(tmp_path / "land.gpkg")
    station = gpd.GeoDataFrame({"n": [1]}, geometry=[shapes[1].centroid], crs=4549)
    station.to_crs(4490).to_file(tmp_path / "站.gpkg")
    town = {"name": ["东镇"], "code": [""]}
    whole = box(500_000, 3_400_000, 500_300, 3_400_100)
    gpd.GeoDataFrame(town, geometry=[whole], crs=4549).to_file(tmp_path / "town.gpkg")
    (tmp_path / "plan.txt").write_text("东县2025年度土地供应计划\n住宅用地1公顷。\n", "utf-8")
    (tmp_path / "p.toml").write_text(
        'name = "p"\ntitle = "p"\nplan = "plan.txt"\n[parcels]\nfile = "land.gpkg"\n'
        '[boundaries.townships]\nfile = "town.gpkg"\n'
        '[checks.land_cover]\nfile = "坡度.tif"\nexpected = { "住宅用地" = [2] }\n'
        '[allocate.scores."坡度"]\nfile = "坡度.tif"\nweight = -2\n'
        '[allocate.scores."距站"]\nfile = "站.gpkg"\nweight = -1\n',
        "utf-8",
    )
    question = read_question(load_project(tmp_path / "p.toml"))
    table = question.candidates
    assert table["坡度"].tolist() == [20, 2, 9]
    assert table["距站"].round(3).tolist() == [50, 0, 50]
    assert table["score"].round(3).tolist() == [0.0, 3.0, 1.222]
    assert run_allocation(question).allocation.selected["parcel_id"].tolist() == ["b"]
    with pytest.raises(InputError, match="不是分类"):  # slopes are no classes
        landgis.run_project(tmp_path / "p.toml")
