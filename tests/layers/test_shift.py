"""GCJ-02 and BD-09: there and back, and suspected where a reference says so."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.crs import (
    SHIFTED,
    convert_crs,
    from_shifted,
    suspect_shift,
    to_shifted,
    unshift_layer,
)
from landgis.errors import CRSError
from landgis.layers.read import read_layer

METRES = 111_320.0


@given(lon=st.floats(73, 135), lat=st.floats(4, 53), system=st.sampled_from(SHIFTED))
def test_the_inverse_is_good_to_a_micrometre(lon, lat, system):
    point = np.array([[lon, lat]])
    back = from_shifted(to_shifted(point, system=system), system=system)
    assert np.abs(back - point).max() * METRES < 1e-5
    again = to_shifted(back, system=system)
    assert np.abs(again - to_shifted(point, system=system)).max() * METRES < 1e-6


@pytest.mark.parametrize(
    ("system", "lonlat", "expected"),
    [
        # published worked examples of the formula (coordtransform's own: 116.404, 39.915)
        ("GCJ-02", (116.404, 39.915), (116.41024449916938, 39.91640428150164)),
        ("BD-09", (116.404, 39.915), (116.41662724378733, 39.922699552216216)),
    ],
)
def test_published_values(system, lonlat, expected):
    shifted = to_shifted(np.array([lonlat]), system=system)[0]
    assert np.abs(shifted - expected).max() < 1e-9


@given(lon=st.floats(73, 135), lat=st.floats(18, 53))
def test_the_shift_is_some_hundred_metres(lon, lat):
    point = np.array([[lon, lat]])
    moved = (to_shifted(point, system="GCJ-02") - point)[0] * METRES
    assert 10 < np.hypot(*moved) < 1500


def test_outside_china_nothing_moves():
    paris = np.array([[2.35, 48.85]])
    assert (to_shifted(paris, system="GCJ-02") == paris).all()


def test_unknown_system():
    with pytest.raises(CRSError, match="GCJ-02"):
        to_shifted(np.zeros((1, 2)), system="WGS")


@pytest.fixture
def shifted(layer):
    """The layer as a web map would have it."""
    degrees = convert_crs(layer, 4490)
    moved = degrees.geometry.transform(lambda xy: to_shifted(xy, system="GCJ-02"))
    return degrees.set_geometry(moved)


def test_declared_shift_is_undone(tmp_path, layer, shifted, verdicts):
    path = tmp_path / "高德.geojson"
    shifted.to_crs(4326).to_file(path, COORDINATE_PRECISION=12)
    data, findings = read_layer(path, crs="GCJ-02", to_crs=4549)
    assert data.geometry.hausdorff_distance(layer.geometry).max() < 0.01
    assert verdicts(findings, "layer.crs") == ["note"]


def test_shift_is_suspected_by_a_reference(layer, shifted):
    [finding] = suspect_shift(shifted, layer)
    assert finding.verdict == "fail"
    assert finding.values["system"] == "GCJ-02"
    assert 100 < finding.actual < 1000


def test_no_shift_no_suspicion(layer):
    [finding] = suspect_shift(layer, layer)
    assert (finding.verdict, finding.actual) == ("pass", 0.0)


def test_a_layer_elsewhere_is_not_judged(layer):
    there = layer.set_geometry(layer.translate(20_000, 0))
    [finding] = suspect_shift(there, layer)
    assert finding.verdict == "unknown"


def test_unshift_keeps_rows_and_index(shifted):
    frame = shifted.set_index(gpd.pd.Index([7, 9]))
    assert unshift_layer(frame, system="GCJ-02").index.tolist() == [7, 9]
    assert frame.crs.to_epsg() == 4490
