"""Areas against the geodesic area, the survey's formula, and boxes checked by eye."""

import csv

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import translate

from landgis.errors import CRSError, InputError
from landgis.measure import (
    Outlines,
    area_form,
    area_m2,
    areas,
    describe_crs,
    gk3_epsg,
    is_gauss_kruger,
    perimeter_m,
    require_crs,
    require_same_crs,
    zone_of,
)

GEOD = pyproj.Geod(a=6378137, rf=298.257222101)
PRJ = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_120E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",120.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


def geodesic(polygon, crs, step):
    """Area of the figure with straight edges in ``crs``: densified, then measured by Karney."""
    dense = gpd.GeoSeries([shapely.segmentize(polygon, step)], crs=crs)
    lonlat = dense.to_crs(pyproj.CRS(crs).geodetic_crs).iloc[0]
    return abs(GEOD.geometry_area_perimeter(lonlat)[0])


@pytest.fixture(scope="module")
def vectors(shared):
    with (shared / "domain" / "ellipsoid_area_vectors.csv").open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_survey_and_geodesic_areas_of_the_vectors(vectors):
    for row in vectors:
        x, y, side = (float(row[k]) for k in ("x0_easting", "y0_northing", "square_side_m"))
        square, crs = [shapely.box(x, y, x + side, y + side)], int(row["epsg"])
        survey = float(row["ellipsoid_spec_m2(70m,round)"])
        exact = float(row["geodesic_karney_m2"])  # printed to 4 decimals
        assert area_m2(square, crs=crs, method="survey")[0] == pytest.approx(survey, abs=0.0101)
        assert area_m2(square, crs=crs)[0] == pytest.approx(exact, rel=1e-9, abs=6e-5)
        assert area_m2(square, crs=crs, method="plane")[0] == pytest.approx(side * side)


@pytest.mark.parametrize(
    ("crs", "corners", "step"),
    [
        (4490, [(119.5, 30.2), (120.1, 30.5), (119.7, 30.9)], 2e-4),
        (4490, [(119.5, -30.2), (120.1, -30.5), (119.7, -30.9)], 2e-4),
        (4490, [(119.5, 0.2), (120.1, -0.3), (119.7, -0.4)], 2e-4),
        (4549, [(470_000, 3.30e6), (520_000, 3.31e6), (500_000, 3.35e6)], 20),
        (4547, [(336_157, 2.742e6), (346_157, 2.742e6), (340_000, 2.75e6)], 10),
        (3857, [(1.330e7, 3.50e6), (1.335e7, 3.51e6), (1.332e7, 3.56e6)], 20),
    ],
)
def test_ellipsoid_is_the_geodesic_area_of_densified_edges(crs, corners, step):
    polygon = shapely.Polygon(corners)
    assert area_m2([polygon], crs=crs)[0] == pytest.approx(geodesic(polygon, crs, step), rel=1e-9)


def test_a_degree_between_parallels_is_a_known_area():
    whole = area_m2([shapely.box(0, -90, 180, 90)], crs=4490)[0] * 2
    e = np.sqrt(1 - (1 - 1 / 298.257222101) ** 2)
    sphere = 2 * np.pi * 6378137**2 * (1 + (1 - e * e) / e * np.arctanh(e))
    assert whole == pytest.approx(sphere, rel=1e-12)


def test_antimeridian_is_crossed_the_short_way():
    across = shapely.Polygon([(179.9, 10), (-179.9, 10), (-179.9, 10.1), (179.9, 10.1)])
    inland = shapely.box(119.9, 10, 120.1, 10.1)
    assert area_m2([across], crs=4490) == pytest.approx(area_m2([inland], crs=4490), rel=1e-12)


def test_a_ring_around_a_pole_encloses_the_nearer_one():
    for pole in (1, -1):
        cap, inner = (
            shapely.Polygon([(lon, pole * lat) for lon in range(-180, 180, 10)]) for lat in (80, 85)
        )
        band = area_m2([shapely.box(0, 80, 90, 90)], crs=4490)[0] * 4
        assert area_m2([cap], crs=4490)[0] == pytest.approx(band, rel=1e-12)
        ring = shapely.Polygon(cap.exterior.coords, [inner.exterior.coords])
        assert area_m2([ring], crs=4490)[0] == pytest.approx(
            4 * area_m2([shapely.box(0, 80, 90, 85)], crs=4490)[0], rel=1e-12
        )


@pytest.mark.parametrize("south", [1, -1])
@pytest.mark.parametrize("east", [120.0, 179.95])
def test_holes_and_parts_on_both_hemispheres_and_the_antimeridian(south, east):
    def lonlat(*corners):
        return [((east + x + 180) % 360 - 180, south * (35 + y)) for x, y in corners]

    shell = lonlat((0, 0), (0.09, 0.01), (0.1, 0.1), (0.02, 0.08))
    hole = lonlat((0.04, 0.03), (0.06, 0.03), (0.05, 0.05))
    part = lonlat((0.2, 0), (0.21, 0), (0.2, 0.01))
    figure = shapely.MultiPolygon([shapely.Polygon(shell, [hole]), shapely.Polygon(part)])

    def exact(ring):
        at = np.unwrap(np.array(ring), period=360, axis=0)
        dense = shapely.segmentize(shapely.Polygon(at), 2e-4).exterior
        return abs(GEOD.polygon_area_perimeter(*dense.xy)[0])

    expected = exact(shell) - exact(hole) + exact(part)
    assert area_m2([figure], crs=4490)[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("crs", [4490, 4549, 3857, 32651, 4527])
@given(seed=st.integers(0, 2**32 - 1), size=st.floats(5, 1900), corners=st.integers(3, 60))
def test_moments_and_edges_measure_the_same(crs, seed, size, corners):
    random = np.random.default_rng(seed)
    centre = gpd.GeoSeries.from_xy([119.0], [31.0], crs=4490).to_crs(crs).get_coordinates()
    unit = 1 / 111_000 if crs == 4490 else 1.0
    rings = centre.to_numpy() + unit * size * random.uniform(-0.5, 0.5, (7, corners, 2))
    rings = np.concatenate([rings, rings[:, :1]], axis=1).reshape(-1, 2)
    starts = np.arange(8) * (corners + 1)
    form = area_form(pyproj.CRS(crs), (*rings.min(0), *rings.max(0)))
    outlines = Outlines.of(rings, starts)
    squares = (unit * size) ** 2 * form.density(*outlines.centre)
    difference = form.ring_areas(outlines) - form._along_edges(rings, starts)
    assert (np.abs(difference) <= 1e-10 * squares + 1e-6).all()


def test_holes_are_taken_out_and_parts_added_whichever_way_they_run():
    hole = shapely.box(2, 2, 4, 4, ccw=True)
    ring = shapely.Polygon(shapely.box(0, 0, 10, 10).exterior.coords, [hole.exterior.coords])
    parts = shapely.MultiPolygon([ring, shapely.box(20, 0, 21, 1)])
    many = shapely.GeometryCollection([parts, shapely.Point(0, 0)])
    areas = area_m2([ring, parts, many, ring.reverse()], crs=4549, method="plane")
    assert areas.tolist() == [96, 97, 97, 96]
    exact = area_m2([ring, parts, many, ring.reverse()], crs=4549)
    assert exact == pytest.approx(exact[0] * np.array([96, 97, 97, 96]) / 96, rel=1e-5)


def test_missing_empty_and_lines_have_no_area():
    shapes = [None, shapely.Polygon(), shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)])]
    for method in ("ellipsoid", "plane", "survey"):
        areas = area_m2(shapes, crs=4549, method=method)
        assert np.isnan(areas[0])
        assert areas[1:].tolist() == [0, 0, 0]
    assert area_m2([], crs=4549).tolist() == []
    assert area_m2(
        [shapely.Polygon(), shapely.box(0, 0, 1, 1), shapely.Polygon()], crs=4549, method="plane"
    ).tolist() == [0, 1, 0]
    assert area_m2([shapely.box(0, 0, 1, 1), shapely.Polygon()], crs=4549)[1] == 0


@pytest.mark.parametrize("method", ["plane", "survey"])
def test_areas_are_the_same_however_many_shapes_are_measured_at_a_time(monkeypatch, method):
    shapes = [shapely.box(0, 0, 3, 2), None, shapely.Point(0, 0), shapely.box(0, 0, 4, 2)]
    placed = [s and translate(s, 547_117, 4_405_247) for s in shapes]
    whole = area_m2(placed, crs=4535, method=method)
    monkeypatch.setattr(areas, "_BLOCK", 1)
    np.testing.assert_array_equal(area_m2(placed, crs=4535, method=method), whole)


def test_a_series_keeps_its_index():
    series = gpd.GeoSeries([shapely.box(0, 0, 1, 1)], index=["x"], crs=4549)
    areas = area_m2(series, method="plane")
    assert (areas.name, areas.to_dict()) == ("area_m2", {"x": 1.0})
    frame = gpd.GeoDataFrame(geometry=series)
    assert area_m2(frame, method="plane").to_dict() == {"x": 1.0}


def test_plane_of_lonlat_parcels_is_the_zone_that_fits():
    plane = gpd.GeoSeries([shapely.box(509_563, 3_416_566, 509_763, 3_416_766)], crs=4549)
    assert area_m2(plane.to_crs(4490), method="plane").iloc[0] == pytest.approx(40_000, rel=1e-8)
    far = gpd.GeoSeries([shapely.box(547_117, 4_405_247, 547_317, 4_405_447)], crs=4535)
    both = [*plane.to_crs(4490), *far.to_crs(4490)]
    assert area_m2(both, crs=4490, method="plane") == pytest.approx([40_000] * 2, rel=1e-8)


def test_an_extent_too_wide_for_one_polynomial_is_measured_in_parts():
    corner = shapely.Polygon([(0, 0), (9000, 2000), (4000, 7000)])
    places = [(-2e6, 2e6), (3e6, 6e6), (5e5, 3e6)]
    shapes = [translate(corner, *place) for place in places]
    alone = [area_m2([shape], crs=4549)[0] for shape in shapes]
    assert area_m2(shapes, crs=4549) == pytest.approx(alone, rel=1e-9)


@given(
    st.floats(75, 134),
    st.floats(18, 53),
    st.floats(1e-4, 0.05),
    st.lists(st.floats(0.3, 1), min_size=3, max_size=12),
)
def test_areas_add_up_over_any_cut(lon, lat, size, radii):
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    star = shapely.Polygon(
        np.column_stack([lon + size * np.cos(angles) * radii, lat + size * np.sin(angles) * radii])
    )
    if not star.is_valid:
        return
    west = shapely.intersection(star, shapely.box(lon - 1, lat - 1, lon + size / 7, lat + 1))
    east = shapely.intersection(star, shapely.box(lon + size / 7, lat - 1, lon + 1, lat + 1))
    whole, *parts = area_m2([star, west, east], crs=4490)
    assert sum(parts) == pytest.approx(whole, rel=1e-9, abs=1e-5)


def test_a_crs_is_needed_and_must_fit():
    square = [shapely.box(0, 0, 1, 1)]
    with pytest.raises(CRSError, match="crs"):
        area_m2(square)
    with pytest.raises(CRSError):
        area_m2(gpd.GeoSeries(square))
    with pytest.raises(CRSError, match="带号"):
        area_m2([shapely.box(500_000, 3.4e6, 500_100, 3.4e6 + 100)], crs=4490)
    with pytest.raises(CRSError, match="带号"):  # an easting with zone prefix, the code without
        area_m2([shapely.box(40_500_000, 3.4e6, 40_500_100, 3.4e6 + 100)], crs=4549)
    with pytest.raises(InputError, match="sphere"):
        area_m2(square, crs=4549, method="sphere")


def test_perimeters():
    metres = perimeter_m([shapely.box(0, 0, 30, 10)], crs=4549)[0]
    degrees = perimeter_m([shapely.box(120, 30, 120.001, 30.001)], crs=4490)[0]
    assert metres == 80
    assert degrees == pytest.approx(2 * (96.5 + 110.9), rel=0.01)


def test_zones_and_codes(shared):
    assert zone_of([76.49, 76.5, 119.9, 134.9]).tolist() == [25, 26, 40, 45]
    with (shared / "domain" / "gk3_epsg.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            zone = int(row["zone3"])
            assert gk3_epsg(zone) == int(row["cgcs2000_cm_epsg"])
            assert gk3_epsg(zone, prefixed=True) == int(row["cgcs2000_zone_epsg"])
    with pytest.raises(CRSError):
        gk3_epsg(20)


def test_gauss_kruger_planes_are_known_from_others():
    assert [is_gauss_kruger(c) for c in (4528, 4549, PRJ)] == [True] * 3
    assert [is_gauss_kruger(c) for c in (4490, 3857, 32650, 2154)] == [False] * 4


def test_the_same_crs_is_the_same_however_it_is_written():
    empty = gpd.GeoSeries([], crs=4549)
    assert require_same_crs(empty, gpd.GeoSeries([], crs=PRJ)).to_epsg() == 4549


def test_different_crs_are_both_named():
    with pytest.raises(CRSError) as caught:
        require_same_crs(gpd.GeoSeries([], crs=4490), gpd.GeoSeries([], crs=4549))
    for code in ("EPSG:4490", "EPSG:4549"):
        assert code in str(caught.value)
        assert code in caught.value.message("en")
    with pytest.raises(CRSError, match="parcels"):
        require_crs(gpd.GeoSeries([]), name=" parcels ")
    assert describe_crs(None) == "无坐标系"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (4490, "2000国家大地坐标系"),
        (4549, "2000国家大地坐标系 3度带 中央经线120°"),
        (4528, "2000国家大地坐标系 3度带 第40带"),
        (4508, "2000国家大地坐标系 6度带 中央经线111°"),
        (4497, "2000国家大地坐标系 6度带 第19带"),
        (2364, "1980西安坐标系 3度带 第40带"),
        (4214, "1954北京坐标系"),
        (3857, "Web 墨卡托"),
        (4326, "WGS 84"),
        (32650, "WGS 84 / UTM zone 50N"),
    ],
)
def test_a_system_is_named_in_chinese_where_it_has_a_chinese_name(code, name):
    assert describe_crs(code) == f"EPSG:{code}（{name}）"
    assert describe_crs(code, "en") == f"EPSG:{code} ({pyproj.CRS(code).name})"
