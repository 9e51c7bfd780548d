"""Where a layer lies: declared, decided from its numbers, or refused."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from landgis.crs import convert_crs, place_layer, to_cgcs2000
from landgis.errors import CRSError
from landgis.layers.read import inspect_layer, read_layer
from landgis.measure.systems import gauss_kruger_epsg, legacy_datum, normal_crs


def test_zone_codes_are_those_of_the_register(shared):
    table = pd.read_csv(shared / "domain" / "gk3_epsg.csv")
    for row in table.itertuples():
        assert gauss_kruger_epsg(row.zone3, prefixed=True) == row.cgcs2000_zone_epsg
        assert gauss_kruger_epsg(row.zone3) == row.cgcs2000_cm_epsg
        assert legacy_datum(row.xian80_zone_epsg).startswith("1980")
        assert legacy_datum(row.bj54_cm_epsg).startswith("1954")
    for row in pd.read_csv(shared / "domain" / "gk6_epsg.csv").itertuples():
        assert gauss_kruger_epsg(row.zone6, degrees=6, prefixed=True) == row.cgcs2000_zone_epsg
        assert gauss_kruger_epsg(row.zone6, degrees=6) == row.cgcs2000_cm_epsg


@pytest.mark.parametrize("zone", [24, 46, 0])
def test_no_such_zone(zone):
    with pytest.raises(CRSError):
        gauss_kruger_epsg(zone)
    with pytest.raises(CRSError):
        gauss_kruger_epsg(zone, degrees=6)


@pytest.mark.parametrize("code", [*range(4491, 4555), 4490, 4326, 2364, 2416, 32650, 3857])
def test_esri_descriptions_become_epsg(code):
    try:
        wkt = pyproj.CRS(code).to_wkt("WKT1_ESRI")
    except pyproj.exceptions.CRSError:
        pytest.skip(f"EPSG:{code} is no system")
    assert normal_crs(wkt).to_epsg() == code


def test_esri_description_under_another_name():
    wkt = pyproj.CRS(4528).to_wkt("WKT1_ESRI").replace("CGCS2000_3_Degree_GK_Zone_40", "自定义")
    assert normal_crs(wkt).to_epsg() == 4528


@pytest.mark.parametrize(
    ("bounds", "code", "swapped"),
    [
        ((40509500, 3416500, 40509700, 3416600), 4528, False),
        ((3416500, 40509500, 3416600, 40509700), 4528, True),
        ((26547117, 4405247, 26547200, 4405300), 4514, False),
        ((20509500, 3416500, 20509700, 3416600), 4498, False),
        ((120.1, 30.8, 120.2, 30.9), 4490, False),
        ((30.8, 120.1, 30.9, 120.2), 4490, True),
    ],
)
def test_numbers_decide(bounds, code, swapped):
    placing = place_layer(bounds)
    assert (placing.crs.to_epsg(), placing.swapped, placing.verdict) == (code, swapped, "unknown")


def test_no_prefix_no_place_no_decision():
    placing = place_layer((509500, 3416500, 509700, 3416600))
    assert placing.crs is None
    assert "EPSG:4534–4554" in placing.zh
    assert "EPSG:4534–4554" in placing.en


@pytest.mark.parametrize(("lon", "code"), [(120.1, 4549), (117.2, 4548), (111.0, 4546)])
def test_place_decides_the_zone(lon, code):
    bounds = (509500, 3416500, 509700, 3416600)
    assert place_layer(bounds, place=(lon, 30.9)).crs.to_epsg() == code


def test_place_elsewhere_decides_nothing():
    assert place_layer((509500, 3416500, 509700, 3416600), place=(120, 45)).crs is None


def test_web_mercator_is_a_candidate_where_it_looks_like_a_6_degree_zone():
    bounds = (13369000, 3600000, 13370000, 3601000)
    assert "EPSG:3857" in place_layer(bounds).zh
    assert place_layer(bounds, place=(120.1, 30.7)).crs.to_epsg() == 3857


def test_two_zones_in_one_layer_are_refused():
    placing = place_layer((39700000, 3416500, 40300000, 3416600))
    assert placing.crs is None
    assert placing.verdict == "fail"


@pytest.mark.parametrize(("declared", "right"), [(4549, 4528), (2385, 2364), (4508, 4497)])
def test_prefix_under_a_code_without_one_is_put_right(declared, right):
    zone = 19 if declared == 4508 else 40
    easting = zone * 1e6 + 509_500
    placing = place_layer((easting, 3416500, easting + 100, 3416600), declared=declared)
    assert (placing.crs.to_epsg(), placing.verdict) == (right, "fail")


def test_missing_prefix_is_put_right():
    placing = place_layer((509500, 3416500, 509700, 3416600), declared=4528)
    assert (placing.crs.to_epsg(), placing.verdict) == (4549, "fail")


def test_wrong_zone_is_refused():
    placing = place_layer((39509500, 3416500, 39509700, 3416600), declared=4528)
    assert (placing.crs, placing.verdict) == (None, "fail")


def test_a_meridian_of_no_zone_is_refused():
    wkt = pyproj.CRS(4549).to_wkt("WKT1_ESRI").replace("CM_120E", "CM_12E")
    elsewhere = wkt.replace('"Central_Meridian",120', '"Central_Meridian",12')
    with pytest.raises(CRSError, match="3 度带 4"):
        place_layer((509500, 3416500, 509700, 3416600), declared=elsewhere)


def test_local_coordinates_are_refused():
    assert place_layer((0, 0, 100, 100)).crs is None


def test_layer_without_prj(shapefile, layer, verdicts):
    path = shapefile(convert_crs(layer, 4528), prj=False)
    data, findings = read_layer(path)
    assert data.crs.to_epsg() == 4528
    assert verdicts(findings, "layer.crs") == ["unknown"]


def test_layer_without_prj_and_prefix_is_refused_with_candidates(shapefile, verdicts):
    path = shapefile(prj=False)
    with pytest.raises(CRSError, match=r"EPSG:4549.*--crs"):
        read_layer(path)
    report = inspect_layer(path)
    assert report.crs == ""
    assert verdicts(report.findings, "layer.crs") == ["unknown"]
    assert read_layer(path, place=(120.1, 30.9)).data.crs.to_epsg() == 4549
    assert read_layer(path, crs="EPSG:4549").data.crs.to_epsg() == 4549


def test_declared_against_the_numbers_is_refused(shapefile):
    with pytest.raises(CRSError, match="EPSG:4528"):
        read_layer(shapefile(prj=False), crs=4528)


def test_unknown_name_of_a_system(shapefile):
    with pytest.raises(CRSError, match="湖州独立"):
        read_layer(shapefile(), crs="湖州独立坐标系")


def test_swapped_axes_are_put_right_and_told(shapefile, layer, verdicts):
    swapped = layer.set_geometry(
        layer.geometry.map(lambda g: box(*np.array(g.bounds)[[1, 0, 3, 2]]))
    )
    swapped = swapped.set_crs(4549, allow_override=True)
    data, findings = read_layer(shapefile(swapped))
    assert data.geometry.iloc[0].equals(layer.geometry.iloc[0])
    assert verdicts(findings, "layer.crs") == ["fail"]


@pytest.mark.parametrize(("code", "name"), [(2385, "西安"), (2437, "北京")])
def test_old_datums_are_refused_without_parameters(shapefile, layer, code, name, verdicts):
    path = shapefile(layer.set_crs(code, allow_override=True))
    with pytest.raises(CRSError, match=f"{name}.*datum_shift"):
        read_layer(path)
    report = inspect_layer(path)
    assert report.crs == f"EPSG:{code}"
    assert verdicts(report.findings, "layer.datum") == ["fail"]


def test_seven_parameters_move_the_layer(shapefile, layer, verdicts):
    path = shapefile(layer.set_crs(2385, allow_override=True))
    data, findings = read_layer(path, datum_shift=(100, -50, 20, 0.5, -0.3, 0.2, 1.5))
    assert data.crs.to_epsg() == 4549
    assert verdicts(findings, "layer.conversion") == ["note"]
    moved = data.geometry.iloc[0].centroid.distance(layer.geometry.iloc[0].centroid)
    assert 20 < moved < 250


def test_seven_parameters_agree_with_the_formula_by_hand():
    """A translation of (dx, dy, dz) in geocentric coordinates, recomputed with plain cart steps."""
    point = gpd.GeoDataFrame(geometry=[Point(120.1, 30.9)], crs=4610)
    shift = (10.0, 20.0, 30.0)
    to_xyz = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        "+step +proj=cart +a=6378140 +rf=298.257"
    )
    xyz = np.add(to_xyz.transform(120.1, 30.9, 0.0), shift)
    back = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +inv +proj=cart +ellps=GRS80 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    expected = back.transform(*xyz)[:2]
    moved = to_cgcs2000(point, datum_shift=(*shift, 0, 0, 0, 0)).geometry.iloc[0]
    assert np.allclose([moved.x, moved.y], expected, rtol=0, atol=1e-10)


def test_a_given_pipeline_is_used():
    layer = gpd.GeoDataFrame(geometry=[Point(500000, 3400000)], crs=2385)
    moved = to_cgcs2000(layer, datum_shift="+proj=affine +xoff=7 +yoff=-3")
    assert moved.geometry.iloc[0].equals(Point(500007, 3399997))
    assert moved.crs.to_epsg() == 4549


@pytest.mark.parametrize("shift", [(1, 2, 3), "no pipeline", ("a",) * 7])
def test_unusable_parameters(shift):
    layer = gpd.GeoDataFrame(geometry=[Point(500000, 3400000)], crs=2385)
    with pytest.raises(CRSError):
        to_cgcs2000(layer, datum_shift=shift)


def test_parameters_for_a_layer_that_needs_none(layer):
    with pytest.raises(CRSError, match="只用于"):
        to_cgcs2000(layer, datum_shift=(0,) * 7)


def test_change_of_datum_by_to_crs_is_refused(layer):
    with pytest.raises(CRSError, match="datum_shift"):
        convert_crs(layer, 2385)


@given(
    lon=st.floats(118.6, 121.4),
    lat=st.floats(18, 53),
    code=st.sampled_from([4549, 4528, 4509, 4498, 4490, 4326]),
)
def test_conversions_round_trip_within_a_centimetre(lon, lat, code):
    layer = gpd.GeoDataFrame(geometry=[Point(lon, lat)], crs=4490)
    back = convert_crs(convert_crs(layer, code), 4490).geometry.iloc[0]
    assert np.hypot(back.x - lon, back.y - lat) * 111_320 < 0.01


def test_infinite_coordinates_are_not_passed_on():
    layer = gpd.GeoDataFrame(geometry=[Point(40509500, 3416500)], crs=4549)
    with pytest.raises(CRSError, match="无穷大"):
        convert_crs(layer, 4490)


def test_layer_across_a_zone_boundary_is_measured_right():
    """A square at 112.5°E, the border of zones 37 and 38: the same area from either plane."""
    from landgis.measure import area_m2

    wgs = gpd.GeoDataFrame(geometry=[box(112.49, 24.78, 112.51, 24.80)], crs=4490)
    truth = area_m2(wgs.geometry).iloc[0]
    for code in (4546, 4547):
        plane = convert_crs(wgs, code)
        assert abs(area_m2(plane.geometry).iloc[0] / truth - 1) < 1e-6


def test_read_converts_on_request_and_says_so(shapefile, verdicts):
    data, findings = read_layer(shapefile(), to_crs=4528)
    assert data.crs.to_epsg() == 4528
    assert verdicts(findings, "layer.conversion") == ["note"]
    assert data.geometry.iloc[0].bounds[0] == pytest.approx(40509500, abs=1e-6)


def test_square_helper_is_where_it_says(square):
    assert square(0, 0, 10).bounds == (509500, 3416500, 509510, 3416510)
