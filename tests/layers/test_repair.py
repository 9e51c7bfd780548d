"""Faults of shape, found by area and shown with their place; repair with areas on record."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon

from landgis.errors import CRSError
from landgis.findings import tell
from landgis.layers.faults import find_faults, repair_layer, shared_areas


@pytest.fixture
def faults():
    """Checks that a layer of shapes fails, each with its subject."""

    def find(*shapes):
        layer = gpd.GeoDataFrame(geometry=list(shapes), crs=4549)
        findings = find_faults(layer).findings
        findings = findings[findings["verdict"] != "pass"]
        return list(
            zip(findings["check"].str.removeprefix("layer."), findings["subject"], strict=True)
        )

    return find


def ring(square, *corners):
    """A polygon of corners given in metres from the corner of the test area."""
    x0, y0, _, _ = square(0, 0, 1).bounds
    return Polygon([(x0 + x, y0 + y) for x, y in corners])


def test_a_sound_layer_passes(faults, square):
    assert faults(square(0, 0, 10), square(10, 0, 10), square(0, 10, 20, 10)) == []


def test_one_fault_each(faults, square):
    assert faults(square(0, 0, 10), None) == [("missing", "1")]
    assert faults(square(0, 0, 10), Polygon()) == [("empty", "1")]
    assert faults(square(0, 0, 10), Point(509500, 3416500)) == [("type", "1")]
    assert faults(square(0, 0, 10), LineString([(509500, 3416500), (509600, 3416500)])) == [
        ("type", "1")
    ]
    assert faults(square(0, 0, 0.5)) == [("tiny", "0")]
    assert faults(square(0, 0, 100, 0.3)) == [("sliver", "0")]
    assert faults(square(2_000_000, 0, 100)) == [("outside_zone", "0")]


def test_what_may_be_meant_is_noted_once(faults, square):
    tall = [shapely.force_3d(square(k * 20, 0, 10)) for k in range(3)]
    assert faults(*tall) == [("z", "")]
    assert faults(MultiPolygon([square(0, 0, 10), square(20, 0, 10)])) == [("multipart", "")]
    x, y, _, _ = square(0, 0, 10).bounds
    doubled = Polygon([(x, y), (x, y), (x + 10, y), (x + 10, y + 10)])
    assert faults(doubled) == [("repeated_vertices", "")]
    corners = "509500 3416500 1, 509509 3416500 1, 509509 3416509 1, 509500 3416500 1"
    assert faults(shapely.from_wkt(f"POLYGON M (({corners}))")) == [("m", "")]


def test_invalid_shapes_tell_kind_and_place(square):
    bow = ring(square, (0, 0), (10, 10), (10, 0), (0, 10))
    found = find_faults(gpd.GeoDataFrame(geometry=[bow], crs=4549))
    assert found.findings["check"].tolist() == ["layer.invalid"]
    assert "自相交（509505.000, 3416505.000）" in tell(found.findings)["message"][0]
    assert found.places.geometry[0].equals(Point(509505, 3416505))
    assert "crosses itself" in tell(found.findings, "en")["message"][0]
    assert tell(found.places)["message"].tolist() == tell(found.findings)["message"].tolist()


def test_hole_outside(faults, square):
    shape = Polygon(square(0, 0, 10).exterior, [square(20, 0, 10).exterior])
    assert faults(shape) == [("invalid", "0")]


def test_spike(faults, square):
    corners = [(0, 0), (10, 0), (10, 5), (30, 5.01), (10, 5.02), (10, 10), (0, 10)]
    assert faults(ring(square, *corners)) == [("spike", "0")]
    starts_there = corners[3:] + corners[:3]
    assert faults(ring(square, *starts_there)) == [("spike", "0")]


def test_duplicates_exact_whatever_the_start(faults, square):
    again = Polygon(
        list(square(0, 0, 10).exterior.coords)[2:4] + list(square(0, 0, 10).exterior.coords)[:2]
    )
    assert faults(square(0, 0, 10), again) == [("duplicate", "1")]
    assert faults(square(0, 0, 10), square(0, 0, 10), square(0, 0, 10)) == [
        ("duplicate", "1"),
        ("duplicate", "2"),
    ]


def test_near_duplicates_and_overlaps_by_area(square):
    layer = gpd.GeoDataFrame(
        {"parcel_id": ["a", "b", "c"]},
        geometry=[square(0, 0, 10), square(0, 0, 10.01, 10), square(5, 0, 10)],
        crs=4549,
    )
    found = find_faults(layer)
    rows = found.findings[["check", "subject"]].to_numpy().tolist()
    assert rows == [["layer.near_duplicate", "b"], ["layer.overlap", "c"], ["layer.overlap", "c"]]
    assert found.findings["actual"].round(1).tolist() == [100.0, 50.0, 50.1]
    assert tell(found.findings)["message"][0].startswith("b：与 a 图形几乎相同")
    assert found.places.area.round(1).tolist() == [100.0, 50.0, 50.1]


def test_contained_polygons_are_found(faults, square):
    assert faults(square(0, 0, 10), square(2, 2, 3)) == [("overlap", "1")]


def test_polygons_that_touch_do_not_overlap(faults, square):
    slope = ring(square, (10, 0), (20, 10), (10, 10))
    assert faults(square(0, 0, 10), slope, ring(square, (10, 0), (20, 0), (20, 10))) == []


def test_faults_in_degrees_are_measured_in_metres(square):
    """The same layer in degrees: the same faults, the same square metres."""
    layer = gpd.GeoDataFrame(
        geometry=[square(0, 0, 10), square(8, 0, 12, 10), square(50, 0, 100, 0.3)], crs=4549
    )
    plane, degrees = find_faults(layer), find_faults(layer.to_crs(4490))
    assert plane.findings["check"].tolist() == degrees.findings["check"].tolist()
    assert np.allclose(plane.findings["actual"], degrees.findings["actual"], rtol=1e-3)


boxes = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 15), st.integers(1, 15)),
    min_size=1,
    max_size=8,
)


@given(boxes)
def test_pairs_are_those_that_share_area(many):
    shapes = np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in many], dtype=object)
    left, right, shared = shared_areas(shapes)
    expected = {
        (i, j)
        for i in range(len(shapes))
        for j in range(i + 1, len(shapes))
        if shapes[i].intersection(shapes[j]).area > 0
    }
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == expected
    assert (shapely.area(shared) > 0).all()


@settings(max_examples=30)
@given(boxes, st.integers(-1000, 1000))
def test_moving_a_layer_changes_no_fault(many, by):
    shapes = [shapely.box(5e5 + x, 3.4e6 + y, 5e5 + x + w, 3.4e6 + y + h) for x, y, w, h in many]
    layer = gpd.GeoDataFrame(geometry=shapes, crs=4549)
    moved = layer.set_geometry(layer.translate(by, by))
    a, b = find_faults(layer).findings, find_faults(moved).findings
    assert a[["check", "subject"]].equals(b[["check", "subject"]])


# ---------------------------------------------------------------- repair


def test_repair_keeps_areas_on_record(square):
    pin = ring(square, (0, 0), (10, 0), (10, 5), (15, 5), (10, 5), (10, 10), (0, 10))
    layer = gpd.GeoDataFrame({"parcel_id": ["a", "b"]}, geometry=[square(20, 0, 10), pin], crs=4549)
    before = layer.copy()
    data, changes, findings = repair_layer(layer)
    assert data.geometry.is_valid.all()
    assert data.geometry[0] is not None
    assert changes["subject"].tolist() == ["b"]
    assert changes["difference_m2"].abs().max() < 1e-6
    assert changes["area_after_m2"].round(2).tolist() == [100.0]
    assert findings["verdict"].tolist() == ["note"]
    assert layer.geometry.geom_equals_exact(before.geometry, 0).all()


def test_repair_that_changes_the_area_is_not_made(square):
    bow = ring(square, (0, 0), (10, 10), (10, 0), (0, 10))
    layer = gpd.GeoDataFrame(geometry=[bow], crs=4549)
    data, changes, findings = repair_layer(layer)
    assert data.geometry[0].equals_exact(bow, 0)
    assert changes["repaired"].tolist() == [False]
    assert findings["verdict"].tolist() == ["fail"]
    assert findings["difference"].round(1).tolist() == [50.0]
    allowed = repair_layer(layer, tolerance_m2=60)
    assert allowed.data.geometry.is_valid.all()
    assert allowed.data.area.tolist() == [50.0]


def test_nothing_to_repair(layer):
    data, changes, findings = repair_layer(layer)
    assert data.geometry.geom_equals_exact(layer.geometry, 0).all()
    assert changes.empty
    assert findings.empty


def test_missing_shapes_and_index_stay(square):
    layer = gpd.GeoDataFrame(geometry=[None, square(0, 0, 10)], crs=4549, index=[5, 9])
    data = repair_layer(layer).data
    assert data.index.tolist() == [5, 9]
    assert data.geometry.isna().tolist() == [True, False]


def test_repair_needs_a_system(square):
    bow = ring(square, (0, 0), (10, 10), (10, 0), (0, 10))
    with pytest.raises(CRSError):
        repair_layer(gpd.GeoDataFrame(geometry=[bow]))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(boxes, st.integers(1, 4))
def test_blocks_change_no_fault(monkeypatch, many, rows):
    """The same findings and places, however many rows are looked at together."""
    shapes = [shapely.box(5e5 + x, 3.4e6 + y, 5e5 + x + w, 3.4e6 + y + h) for x, y, w, h in many]
    x, y = 5e5, 3.4e6
    bow = Polygon([(x, y), (x + 9, y + 9), (x + 9, y), (x, y + 9)])
    shapes += [None, bow, Point(x, y), *shapes[:2], Polygon(), shapely.box(x, y, x + 50, y + 0.2)]
    layer = gpd.GeoDataFrame(geometry=shapes, crs=4549)
    whole = find_faults(layer, name="层")
    with monkeypatch.context() as patch:
        patch.setattr("landgis.layers.faults.SHAPES_AT_ONCE", rows)
        patch.setattr("landgis.layers.faults.CUT_AT_ONCE", rows)
        parted = find_faults(layer, name="层")
    pd.testing.assert_frame_equal(parted.findings, whole.findings)
    assert shapely.equals_identical(parted.places.geometry.array, whole.places.geometry.array).all()
