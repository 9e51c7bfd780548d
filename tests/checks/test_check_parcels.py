"""Faults drawn one by one, each found with its ids and its area, and nothing else."""

import geopandas as gpd
import numpy as np
import pytest
from boxes import at, draw, make_regions, pairs_of
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from landgis.checks.parcels import check_parcels
from landgis.errors import CRSError
from landgis.findings import tell
from landgis.measure import perimeter_m
from landgis.measure.areas import survey_tolerance_m2


def run(world, parcels, **options):
    pairs = world.pairs(parcels, world.regions)
    return tell(check_parcels(parcels, pairs, regions=world.regions, **options))


def faults(found, check):
    rows = found[(found["check"] == check) & (found["verdict"] != "pass")]
    return rows[["subject", "verdict", "actual"]].to_numpy().tolist()


def test_a_clean_layer_passes_every_check(world):
    land = world.draw(
        ("a", "住宅用地", 0, 0, 100, 100, {"recorded_area_m2": 10_000.0, "region": "东镇"}),
        ("b", "商服用地", 1100, 0, 1200, 100, {"recorded_area_m2": 10_003.0, "region": "西镇"}),
    )
    found = run(world, land)
    assert set(found["verdict"]) == {"pass"}
    assert set(found["check"]) == {
        "parcels.geometry",
        "parcels.use",
        "parcels.area",
        "parcels.sliver",
        "parcels.overlap",
        "parcels.outside",
        "parcels.region",
    }


class TestArea:
    def test_beyond_boundary_point_error(self, world):
        # 100 m square: ΣD² = 4 · 2 · 100², so 2 · 0.05 · √(10 000) = 10 m², and ½ m² for print
        rows = [
            (n, "住宅用地", 150 * i, 0, 150 * i + 100, 100, {"recorded_area_m2": r})
            for i, (n, r) in enumerate([("a", 10_010.0), ("b", 10_011.0), ("c", 9_989.0)])
        ]
        found = run(world, world.draw(*rows))
        assert faults(found, "parcels.area") == [
            ["b", "fail", 10_000.0],
            ["c", "fail", 10_000.0],
        ]
        row = found[found["subject"] == "b"].iloc[0]
        assert (row["expected"], row["difference"], row["tolerance"]) == (10_011.0, -11.0, 10.5)
        assert "登记 10,011.00 平方米" in row["message"]

    def test_a_coarser_grade_of_points_allows_more(self, world):
        land = world.draw(("b", "住宅用地", 0, 0, 100, 100, {"recorded_area_m2": 10_011.0}))
        assert faults(run(world, land, point_error_m=0.1), "parcels.area") == []

    def test_without_a_record_nothing_is_decided(self, world):
        land = world.draw(("a", "住宅用地", 0, 0, 100, 100))
        assert [v for _, v, _ in faults(run(world, land), "parcels.area")] == ["unknown"]

    def test_a_record_of_nothing_is_a_fault(self, world):
        land = world.draw(("a", "住宅用地", 0, 0, 100, 100, {"recorded_area_m2": 0.0}))
        assert faults(run(world, land), "parcels.area") == [["a", "fail", 10_000.0]]

    def test_survey_polygons_are_measured_on_the_ellipsoid(self, world):
        land = world.draw(("a", "住宅用地", 0, 0, 1000, 1000, {"recorded_area_m2": 1e6}))
        land = land.set_geometry(land.translate(250_000, 0))  # 250 km off the meridian
        regions = world.regions.copy()
        found = check_parcels(
            land, world.pairs(land, regions), regions=regions, area_method="ellipsoid"
        )
        (_, verdict, actual), *_ = faults(found, "parcels.area")
        assert verdict == "fail"
        assert actual == pytest.approx(1e6 * (1 - (250.5 / 6371) ** 2), rel=1e-4)


class TestOverlap:
    def test_partial_contained_and_identical(self, world):
        land = world.draw(
            ("a", "住宅用地", 0, 0, 100, 100),
            ("b", "住宅用地", 90, 0, 190, 100),
            ("in", "商服用地", 10, 10, 20, 20),
            ("c", "住宅用地", 300, 0, 400, 100),
            ("same", "住宅用地", 300, 0, 400, 100),
            ("next", "住宅用地", 190, 0, 290, 100),
        )
        assert faults(run(world, land), "parcels.overlap") == [
            ["a / b", "fail", 1000.0],
            ["a / in", "fail", 100.0],
            ["c / same", "fail", 10_000.0],
        ]

    def test_drawing_noise_is_passed_over(self, world):
        land = world.draw(("a", "住宅用地", 0, 0, 100, 100), ("b", "住宅用地", 99.995, 0, 200, 100))
        assert faults(run(world, land), "parcels.overlap") == []
        assert len(faults(run(world, land, least_overlap_m2=0.4), "parcels.overlap")) == 1


def test_outside_and_straddling(world):
    land = world.draw(
        ("out", "住宅用地", 0, 2000, 100, 2100),
        ("edge", "住宅用地", 100, 950, 200, 1050),
        ("two", "住宅用地", 950, 0, 1050, 100),
    )
    found = run(world, land)
    # 市直 has no polygon, so it cannot be said that the land lies in no region
    assert faults(found, "parcels.outside") == [
        ["out", "unknown", 10_000.0],
        ["edge", "unknown", 5000.0],
    ]
    straddle = found[found["check"] == "parcels.straddle"]
    assert straddle["subject"].tolist() == ["two"]
    assert "东镇 5,000.00 (50.0%)" in straddle["message"].iloc[0]
    world.regions = world.regions.iloc[:2]
    assert [v for _, v, _ in faults(run(world, land), "parcels.outside")] == ["fail", "fail"]


def test_land_outside_that_is_recorded_for_a_region_without_polygon_is_told_together(world):
    land = world.draw(
        ("a", "住宅用地", 0, 2000, 100, 2100, {"region": "市直"}),
        ("b", "住宅用地", 200, 2000, 300, 2100, {"region": "市直"}),
        ("c", "住宅用地", 0, 3000, 100, 3100, {"region": "东镇"}),
    )
    found = run(world, land)
    rows = found[found["check"] == "parcels.outside"]
    assert rows[["subject", "region", "verdict"]].to_numpy().tolist() == [
        ["", "市直", "unknown"],
        ["c", "", "unknown"],
    ]
    assert "2 宗地（20,000.00 平方米）登记在“市直”" in rows["message"].iloc[0]


class TestRecordedRegion:
    @pytest.mark.parametrize(
        ("recorded", "verdicts"),
        [("东镇", []), ("西镇", ["fail"]), ("市直", ["unknown"]), ("北镇", ["unknown"]), ("", [])],
    )
    def test_against_the_place(self, world, recorded, verdicts):
        land = world.draw(("a", "住宅用地", 0, 0, 100, 100, {"region": recorded}))
        assert [v for _, v, _ in faults(run(world, land), "parcels.region")] == verdicts

    def test_an_approximate_border_decides_nothing(self, world):
        world.regions["basis"] = ["approximate", "", ""]
        land = world.draw(("a", "住宅用地", 0, 0, 100, 100, {"region": "西镇"}))
        assert [v for _, v, _ in faults(run(world, land), "parcels.region")] == ["unknown"]

    def test_halves_belong_to_either(self, world):
        for recorded in ("东镇", "西镇"):
            land = world.draw(("a", "住宅用地", 950, 0, 1050, 100, {"region": recorded}))
            assert faults(run(world, land), "parcels.region") == []


def test_missing_and_unknown_uses(world):
    land = world.draw(
        ("a", "", 0, 0, 100, 100),
        ("b", "飞船用地", 200, 0, 300, 100),
        ("c", "居住用地", 400, 0, 500, 100),
    )
    found = faults(run(world, land), "parcels.use")
    assert [row[:2] for row in found] == [["a", "fail"], ["b", "unknown"]]


def test_slivers_and_missing_geometries(world):
    land = world.draw(("thin", "住宅用地", 0, 0, 100, 0.5), ("a", "住宅用地", 0, 10, 100, 110))
    assert faults(run(world, land), "parcels.sliver") == [["thin", "fail", 50.0]]
    land.loc[0, "geometry"] = None
    assert [row[:2] for row in faults(run(world, land), "parcels.geometry")] == [["thin", "fail"]]


def test_history(world):
    land = world.draw(
        ("a", "住宅用地", 0, 0, 100, 100),
        ("b", "住宅用地", 200, 0, 300, 100),
        ("c", "住宅用地", 400, 0, 500, 100),
    )
    history = world.draw(
        ("old", "住宅用地", 50, 0, 150, 100), ("b", "住宅用地", 800, 800, 900, 900)
    )
    found = run(world, land, history=history)
    assert [row[:2] for row in faults(found, "parcels.history")] == [["a", "fail"], ["b", "fail"]]
    messages = found.loc[found["check"] == "parcels.history", "message"].tolist()
    assert "历年已供宗地 old 重叠 5,000.00 平方米（占本宗 50.0%）" in messages[0]
    assert "编号相同" in messages[1]


@pytest.mark.parametrize(("field", "name"), [("ZDDM", "old"), ("remark", "")])
def test_history_as_a_bureau_keeps_it(world, field, name):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100))
    drawn = world.draw(("old", "住宅用地", 50, 0, 150, 100))
    history = drawn[["parcel_id", "geometry"]].rename(columns={"parcel_id": field})
    found = run(world, land, history=history)
    assert faults(found, "parcels.history") == [["a", "fail", 5000.0]]
    messages = found.loc[found["check"] == "parcels.history", "message"].tolist()
    assert f"历年已供宗地 {name} 重叠 5,000.00 平方米".replace("  ", " ") in messages[0]


def test_control_lines(world):
    land = world.draw(
        ("in", "住宅用地", 0, 0, 100, 100),
        ("half", "住宅用地", 450, 0, 550, 100),
        ("out", "住宅用地", 700, 0, 800, 100),
    )
    # two overlapping polygons of one line are one area
    line = gpd.GeoDataFrame(geometry=[at(0, 0, 500, 500), at(0, 0, 480, 100)], crs=4549)
    found = run(world, land, control_lines={"生态保护红线": line, "城镇开发边界": line})
    control = found[found["check"] == "parcels.control"]
    told = control[["source", "subject", "verdict", "actual"]]
    assert told.fillna(-1).to_numpy().tolist() == [
        ["生态保护红线", "in", "fail", 10_000.0],
        ["生态保护红线", "half", "fail", 5000.0],
        ["生态保护红线", "", "pass", -1],
        ["城镇开发边界", "half", "fail", 5000.0],
        ["城镇开发边界", "out", "fail", 10_000.0],
        ["城镇开发边界", "", "pass", -1],
    ]


def test_layers_in_another_system_are_refused(world):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100))
    other = world.regions.set_crs(4548, allow_override=True)
    with pytest.raises(CRSError, match="4548"):
        check_parcels(land, world.pairs(land, world.regions), regions=other)


class TestTolerance:
    def test_of_an_l_shape_is_the_formula_by_hand(self):
        #  (0,2)--(1,2)
        #    |      |         D from each corner's forerunner to its follower, squared:
        #    |   (1,1)--(2,1) √2² at (1,1), (2,1); the others by hand below
        #  (0,0)------(2,0)
        shape = Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
        squares = [(2, 2), (2, 1), (1, 1), (1, 1), (1, 1), (1, 2)]  # (Δx, Δy) of each D
        # corner (0,0): (0,2)->(2,0); (2,0): (0,0)->(2,1); (2,1): (2,0)->(1,1);
        # (1,1): (2,1)->(1,2); (1,2): (1,1)->(0,2); (0,2): (1,2)->(0,0)
        total = sum(x * x + y * y for x, y in squares)
        told = survey_tolerance_m2(gpd.GeoSeries([shape], crs=4549), point_error_m=0.05)
        assert told.tolist() == [pytest.approx(0.1 * np.sqrt(total / 8))]

    def test_holes_and_parts_add(self):
        holed = box(0, 0, 40, 40).difference(box(10, 10, 20, 20))
        shapes = gpd.GeoSeries([holed, box(0, 0, 40, 40), box(0, 0, 10, 10)], crs=4549)
        whole, outer, inner = survey_tolerance_m2(shapes)
        assert whole == pytest.approx(np.hypot(outer, inner))

    def test_is_the_same_in_degrees(self):
        plane = gpd.GeoSeries([at(0, 0, 200, 200)], crs=4549)
        degrees = plane.to_crs(4490)
        assert survey_tolerance_m2(degrees).iloc[0] == pytest.approx(20.0, rel=1e-4)
        assert perimeter_m(degrees).iloc[0] == pytest.approx(800.0, rel=1e-2)  # as said there

    def test_of_nothing_is_nothing(self):
        shapes = gpd.GeoSeries([None, Polygon()], crs=4549, index=[7, 9])
        assert survey_tolerance_m2(shapes).to_dict() == {7: 0.0, 9: 0.0}
        assert len(survey_tolerance_m2(shapes.iloc[:0])) == 0

    @settings(max_examples=25)
    @given(st.floats(-400_000, 400_000), st.integers(0, 3))
    def test_does_not_depend_on_place_or_first_corner(self, shift, start):
        corners = [(0, 0), (100, 0), (130, 70), (10, 90)]
        turned = corners[start:] + corners[:start]
        shapes = gpd.GeoSeries(
            [Polygon(corners), Polygon([(x + shift, y) for x, y in turned])], crs=4549
        )
        first, second = survey_tolerance_m2(shapes)
        assert first == pytest.approx(second)


@settings(max_examples=25)
@given(st.integers(1, 99), st.integers(1, 99))
def test_overlap_is_the_product_of_its_sides(dx, dy):
    land = draw(("a", "住宅用地", 0, 0, 100, 100), ("b", "住宅用地", dx, dy, 100 + dx, 100 + dy))
    regions = make_regions()
    found = check_parcels(land, pairs_of(land, regions), regions=regions, least_overlap_m2=0.5)
    assert faults(found, "parcels.overlap") == [["a / b", "fail", (100.0 - dx) * (100.0 - dy)]]


def test_land_of_a_region_without_polygon_is_told_once(world):
    land = world.draw(
        ("a", "住宅用地", 0, 2000, 100, 2100, {"region": "市直"}),  # in no region
        ("b", "住宅用地", 0, 0, 100, 100, {"region": "市直"}),  # in 东镇
    )
    found = run(world, land)
    open_ = found[found["verdict"].eq("unknown") & found["region"].eq("市直")]
    assert open_["check"].tolist() == ["parcels.outside", "parcels.region"]
    assert open_["message"].str.startswith("1 宗地").all()
    assert "图形主要在其他区域界内" in open_["message"].iloc[1]
