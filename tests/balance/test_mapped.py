"""Which area counts, exact, and decided once."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from squares import draw, pairs_of, towns

from landgis.balance.mapped import map_land, record_precision_m2


def land_of(parcels, **options):
    regions = towns()
    return map_land(pairs_of(parcels, regions), parcels, regions=regions, **options)


def test_the_record_counts_where_the_drawing_bears_it_out(world):
    # 4 公顷 each: 8 m² away is within the 20 m² of the boundary points, 4,000 m² is not
    parcels = world.draw(
        ("a", "住宅用地", 0, 0, 200, 200),
        ("b", "住宅用地", 300, 0, 500, 200),
        ("c", "住宅用地", 600, 0, 800, 200),
        recorded_area_m2=[40_008.0, 44_000.0, None],
    )
    pieces = land_of(parcels).pieces
    assert pieces["counted"].tolist() == ["recorded", "plane", "plane"]
    assert pieces["area_m2"].tolist() == [40_008.0, 40_000.0, 40_000.0]


def test_a_divided_parcel_shares_its_record_out_and_loses_nothing(world):
    parcels = world.draw(("s", "住宅用地", 1900, 0, 2200, 100), recorded_area_m2=[30_000.01])
    land = land_of(parcels)
    east, west = land.sum("东镇").least, land.sum("西镇").least
    assert east + west == Fraction(3_000_001, 100)
    assert float(east) == pytest.approx(10_000.0033, abs=1e-4)


def test_without_records_parcels_are_measured_in_the_plane_and_survey_polygons_on_the_ellipsoid(
    world,
):
    parcels = world.draw(("a", "住宅用地", 0, 0, 200, 200))
    assert (land_of(parcels).area, land_of(parcels, surveyed=True).area) == ("plane", "ellipsoid")
    assert land_of(parcels, area="survey").measured == "survey"


def test_the_crosswalk_is_as_it_was(world):
    parcels = world.draw(("a", "住宅用地", 0, 0, 200, 200), recorded_area_m2=[40_008.0])
    pairs = pairs_of(parcels, towns())
    before = pairs.copy()
    map_land(pairs, parcels, regions=towns())
    assert pairs.equals(before)


@pytest.mark.parametrize(
    ("recorded", "half"),
    [
        ([81.01, 40_000.0], 0.005),
        ([40_000.0], 0.5),
        ([12.34 / 0.0015, 20_000.0], 1 / 0.3),
        ([35_000, 16_600, 25_700, 29_400, 10_500, 20_700], 50.0),
        ([], 0.005),
    ],
)
def test_the_print_of_records_is_found_whatever_their_unit(recorded, half):
    assert record_precision_m2(recorded) == pytest.approx(half)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 9_999), min_size=1, max_size=18))
def test_sums_are_exact_in_any_order(hundredths):
    """Recorded areas of 0.01 亩 sum to whole hundredths of a 亩, however they are added."""
    boxes = [(str(i), "住宅用地", 200 * i, 0, 200 * i + 100, 100) for i in range(len(hundredths))]
    records = [n / 100 * 10_000 / 15 for n in hundredths]
    parcels = draw(*boxes, recorded_area_m2=records)
    pieces = land_of(parcels, area="recorded", point_error_m=1e6).pieces
    assert Fraction(int(pieces["steps"].sum()), 15_000_000) == Fraction(sum(hundredths), 15) * 100
