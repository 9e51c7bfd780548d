"""Every figure against boxes: 100 m × 100 m is 1 公顷, 15 亩."""

from types import SimpleNamespace

import numpy as np
import pytest
from boxes import draw, make_plan, make_regions, pairs_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from landgis.balance.sheet import balance_land
from landgis.checks.totals import check_totals, check_unlisted
from landgis.findings import COLUMNS, tell


def run(world, parcels, plan, *, lang="zh", **options):
    balance = balance_land(
        plan,
        parcels,
        crosswalk=world.pairs(parcels, world.regions),
        regions=world.regions,
        **options,
    )
    found = tell(check_totals(balance), lang)
    return found[found["check"] != "totals.area"].reset_index(drop=True)


def told(found, *columns):
    return found[list(columns)].to_numpy().tolist()


def test_cells_margins_and_total(world):
    # 东镇: 住宅 4 公顷, 商服 1; 西镇: 住宅 2
    land = world.draw(
        ("a", "住宅用地", 0, 0, 200, 200),
        ("b", "商服用地", 300, 0, 400, 100),
        ("c", "住宅用地", 1100, 0, 1300, 100),
    )
    plan = world.plan(
        ("", "", 7.0, "公顷", 2),
        ("", "住宅用地", 6.0, "公顷", 2),
        ("东镇", "", 4.5, "公顷", 2),
        ("东镇", "商服用地", 1.0, "公顷", 2),
        ("西镇", "商服用地", 0.5, "公顷", 2),
    )
    found = run(world, land, plan)
    assert tuple(found.columns) == COLUMNS
    assert told(found, "check", "actual", "difference", "verdict") == [
        ["totals.grand", 7.0, 0.0, "pass"],
        ["totals.use", 6.0, 0.0, "pass"],
        ["totals.region", 5.0, 0.5, "fail"],
        ["totals.cell", 1.0, 0.0, "pass"],
        ["totals.cell", 0.0, -0.5, "fail"],
    ]
    assert "超出 0.50 公顷" in found["message"][2]
    assert "缺口 0.50 公顷" in found["message"][4]
    assert found["source"][2] == "p.txt 第3行"


def test_room_is_told_in_the_plans_unit_and_in_hectares(world):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100))
    found = run(world, land, world.plan(("", "", 45.0, "亩", 0)))
    assert told(found, "expected", "actual", "difference", "unit") == [[45.0, 15.0, -30.0, "亩"]]
    assert "缺口 30.00 亩（2.0000 公顷）" in found["message"][0]


def test_which_tolerance_decided(world):
    # a square of 200 m has a survey tolerance of 20 m² = 0.002 公顷 at 5 cm
    land = world.draw(("a", "住宅用地", 0, 0, 200, 200))

    def verdict(value, decimals, **options):
        row = run(world, land, world.plan(("", "", value, "公顷", decimals)), **options).iloc[0]
        return row["verdict"], row["tolerance"], row["message"]

    assert verdict(4.0, 2)[:2] == ("pass", 0.007)
    assert "计划取位误差之内" in verdict(4.0, 2)[2]
    assert "界址点误差（0.0020000 公顷）" in verdict(4.001, 6)[2]
    assert verdict(4.003, 6)[0] == "fail"
    assert "计划取位 0.0000005 + 界址点误差 0.0020000" in verdict(4.003, 6)[2]
    assert verdict(4.003, 6, point_error_m=0.1)[0] == "pass"
    assert verdict(4.02, 6, relative_tolerance=0.01)[0] == "pass"
    assert "相对容差 1.00%" in verdict(4.02, 6, relative_tolerance=0.01)[2]


def test_tolerances_of_parcels_add_as_squares(world):
    squares = [(str(i), "住宅用地", 200 * i, 0, 200 * i + 200, 200) for i in range(4)]
    found = run(world, world.draw(*squares), world.plan(("", "", 16.0, "公顷", 6)))
    assert found["tolerance"][0] == pytest.approx(0.0000005 + 0.002 * 2)


def test_a_straddler_counts_where_it_lies(world):
    land = world.draw(("s", "住宅用地", 900, 0, 1200, 100))  # 1 公顷 | 2 公顷
    plan = world.plan(("东镇", "", 1.0, "公顷", 2), ("西镇", "", 2.0, "公顷", 2))
    assert told(run(world, land, plan), "actual", "verdict") == [[1.0, "pass"], [2.0, "pass"]]


def test_a_finer_figure_is_not_decided_by_coarser_parcels(world):
    land = world.draw(("a", "商品住房用地", 0, 0, 100, 100), ("b", "住宅用地", 200, 0, 300, 100))
    split = {"parent_category": "住宅用地"}
    plan = world.plan(
        ("", "住宅用地", 2.0, "公顷", 2),
        ("", "商品住房用地", 2.0, "公顷", 2, split),
        ("", "保障性住房用地", 1.0, "公顷", 2, split),
        ("", "商品住房用地", 0.5, "公顷", 2, split | {"region": "东镇"}),
        ("", "商品住房用地", 3.0, "公顷", 2, split | {"region": "西镇"}),
    )
    found = run(world, land, plan)
    assert told(found, "check", "actual", "verdict") == [
        ["totals.use", 2.0, "pass"],
        ["totals.split", 1.0, "unknown"],
        ["totals.split", 0.0, "unknown"],
        ["totals.cell", 1.0, "fail"],  # too much already
        ["totals.cell", 0.0, "fail"],  # all that is open would not do
    ]
    assert "另有 1.00 公顷" in found["message"][1]


def test_a_parcel_without_use_leaves_uses_open_but_not_totals(world):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100), ("b", "", 200, 0, 300, 100))
    plan = world.plan(
        ("", "", 2.0, "公顷", 2), ("", "住宅用地", 1.0, "公顷", 2), ("", "商服用地", 9.0, "公顷", 2)
    )
    assert found_verdicts(run(world, land, plan)) == ["pass", "unknown", "fail"]


def found_verdicts(found):
    return found["verdict"].tolist()


def test_composites_are_their_members(world):
    land = world.draw(
        ("a", "特殊用地", 0, 0, 100, 100),
        ("b", "公路用地", 200, 0, 300, 100),
        ("c", "医疗卫生用地", 400, 0, 500, 100),
        ("d", "商服用地", 600, 0, 700, 100),
    )
    plan = world.plan(("", "其他用地", 3.0, "公顷", 2))
    assert found_verdicts(run(world, land, plan)) == ["pass"]
    own = world.plan(
        ("", "其他用地", 4.0, "公顷", 2, {"members": ("商服用地", "特殊用地")}),
    )
    assert run(world, land, own)["actual"].tolist() == [4.0]


def test_uses_printed_at_different_levels(world):
    land = world.draw(
        ("a", "医疗卫生用地", 0, 0, 100, 100),
        ("b", "公园与绿地", 200, 0, 300, 100),
        ("c", "商服用地", 400, 0, 500, 100),
    )
    plan = world.plan(
        ("", "医疗卫生用地", 1.0, "公顷", 4),
        ("", "商服用地", 1.0, "公顷", 5),
        ("", "公共管理与公共服务用地", 2.0, "公顷", 2),
    )
    assert found_verdicts(run(world, land, plan)) == ["pass"] * 3


def test_land_source_narrows_a_figure_down(world):
    land = world.draw(
        ("a", "住宅用地", 0, 0, 100, 100, {"land_source": "新增"}),
        ("b", "住宅用地", 200, 0, 300, 100, {"land_source": "存量"}),
    )
    plan = world.plan(
        ("", "住宅用地", 2.0, "公顷", 2),
        ("", "住宅用地", 1.0, "公顷", 2, {"land_source": "存量"}),
    )
    found = run(world, land, plan)
    assert told(found, "actual", "verdict") == [[2.0, "pass"], [1.0, "pass"]]
    land.loc[0, "land_source"] = ""
    assert found_verdicts(run(world, land, plan)) == ["pass", "unknown"]


class TestARegionWithoutPolygon:
    @pytest.fixture
    def land(self, world):
        # u is recorded for 市直, which has no polygon, and lies in 东镇
        return world.draw(
            ("a", "住宅用地", 0, 0, 100, 100, {"region": "东镇"}),
            ("u", "住宅用地", 200, 0, 300, 100, {"region": "市直"}),
        )

    @pytest.fixture
    def plan(self, world):
        return world.plan(
            ("", "", 2.0, "公顷", 2), ("东镇", "", 1.0, "公顷", 2), ("市直", "", 1.0, "公顷", 2)
        )

    def test_is_unknown_and_its_recorded_sum_told_and_not_counted_twice(self, world, land, plan):
        found = run(world, land, plan)
        assert found_verdicts(found) == ["pass", "pass", "unknown"]
        assert "登记属市直的宗地合计 1.00 公顷" in found["message"][2]
        assert np.isnan(found["actual"][2])
        assert "另有 1.00 公顷按登记计入市直" in found["message"][1]

    def test_is_decided_by_records_on_request(self, world, land, plan):
        found = run(world, land, plan, by="recorded")
        assert told(found, "actual", "verdict") == [[2.0, "pass"], [1.0, "pass"], [1.0, "pass"]]

    def test_leaves_the_total_open_if_land_lies_outside(self, world, land, plan):
        land = world.draw(("a", "住宅用地", 0, 0, 100, 100), ("o", "住宅用地", 0, 2000, 100, 2100))
        found = run(world, land, plan)
        assert found["verdict"][0] == "unknown"
        assert "不在任何区域界内" in found["message"][0]


def test_records_move_parcels_on_request(world):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100, {"region": "西镇"}))
    plan = world.plan(("东镇", "", 1.0, "公顷", 2), ("西镇", "", 1.0, "公顷", 2))
    assert run(world, land, plan)["actual"].tolist() == [1.0, 0.0]
    assert run(world, land, plan, by="recorded")["actual"].tolist() == [0.0, 1.0]


def test_land_outside_does_not_count_where_all_regions_are_drawn(world):
    world.regions = world.regions.iloc[:2]
    land = world.draw(("o", "住宅用地", 0, 2000, 100, 2100))
    found = run(world, land, world.plan(("", "", 1.0, "公顷", 2)))
    assert found_verdicts(found) == ["fail"]
    assert "在所有区域之外" in found["message"][0]


def test_a_region_that_no_layer_has_is_unknown(world):
    found = run(world, world.draw(), world.plan(("北湖新区", "", 1.0, "公顷", 2)))
    assert found_verdicts(found) == ["unknown"]
    assert "北湖新区" in found["message"][0]


def test_a_region_is_found_by_its_code(world):
    world.regions["code"] = ["330502", "330503", ""]
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100))
    plan = world.plan(("东城镇", "", 1.0, "公顷", 2, {"region_code": "330502"}))
    found = run(world, land, plan)
    assert told(found, "region", "verdict") == [["东城镇", "pass"]]


def test_a_missing_figure_stays_missing(world):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100))
    found = run(world, land, world.plan(("东镇", "", float("nan"), "公顷", 2)))
    assert found_verdicts(found) == ["unknown"]
    assert found["expected"].isna().all()
    assert "没有给出数字" in found["message"][0]


@pytest.mark.parametrize(
    ("qualifier", "value", "verdict"),
    [
        ("at_most", 2.0, "pass"),
        ("at_most", 0.5, "fail"),
        ("at_least", 0.5, "pass"),
        ("at_least", 2.0, "fail"),
        ("about", 2.0, "fail"),
    ],
)
def test_caps_and_floors(world, qualifier, value, verdict):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100))
    plan = world.plan(("", "", value, "公顷", 2, {"qualifier": qualifier}))
    assert found_verdicts(run(world, land, plan)) == [verdict]


def test_a_programme_is_checked_by_its_list(world):
    land = world.draw(
        ("1", "低效工业片区", 0, 0, 100, 100, {"name": "甲"}),
        ("2a", "低效工业片区", 200, 0, 300, 100, {"name": "乙"}),
        ("2b", "低效工业片区", 1200, 0, 1300, 100, {"name": "乙"}),
    )
    listed = [
        {"number": 1, "region": "东镇", "category": "低效工业片区", "name": "甲", "area_ha": 1.0},
        {"number": 2, "region": "西镇", "category": "低效工业片区", "name": "乙", "area_ha": 2.0},
        {"number": 3, "region": "西镇", "category": "低效住宅片区", "name": "丙", "area_ha": 1.0},
    ]
    plan = world.plan(("东镇", "", 15.0, "亩", 0), projects=listed)
    found = run(world, land, plan)
    assert told(found, "check", "subject", "region", "category", "expected", "verdict") == [
        ["totals.region", "", "东镇", "", 15.0, "fail"],  # 乙 lies half in 东镇
        ["totals.list", "", "西镇", "", 45.0, "fail"],
        ["totals.list", "", "", "低效工业片区", 45.0, "pass"],
        ["totals.list", "", "", "低效住宅片区", 15.0, "fail"],
        ["totals.list", "", "", "", 60.0, "fail"],
        ["totals.project", "1 甲", "东镇", "低效工业片区", 15.0, "pass"],
        ["totals.project", "2 乙", "西镇", "低效工业片区", 30.0, "pass"],
        ["totals.project", "3 丙", "西镇", "低效住宅片区", 15.0, "fail"],  # the only one not drawn
    ]
    follows = found[found["cause"].str.contains("3 丙")]
    assert told(follows, "region", "category") == [["", "低效住宅片区"], ["", ""]]


def test_a_map_of_something_else_fails_no_line_of_a_list(world):
    land = world.draw(("x", "低效工业片区", 0, 0, 100, 100, {"name": "甲"}))
    line = {"region": "西镇", "category": "低效工业片区", "area_ha": 1.0}
    plan = world.plan(projects=[{"number": i, "name": n, **line} for i, n in enumerate("乙丙")])
    found = run(world, land, plan)
    lines = found[found["check"] == "totals.project"]
    assert lines["verdict"].tolist() == ["unknown", "unknown"]


def test_a_list_without_kinds_has_one_total(world):
    listed = [{"number": 1, "region": "东镇", "name": "甲", "area_ha": 1.0}]
    found = run(world, world.draw(), world.plan(projects=listed))
    keys = found.loc[found["check"] == "totals.list", ["region", "category"]]
    assert keys.to_numpy().tolist() == [["东镇", ""], ["", ""]]


def test_english_has_no_chinese_but_names(world):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100))
    plan = world.plan(("", "住宅用地", 2.0, "公顷", 2))
    message = run(world, land, plan, lang="en")["message"][0]
    assert message.startswith("residential: planned 2.00 ha, mapped 1.00 ha, short by 1.00 ha")


def test_nothing_given_is_changed(world):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100))
    plan = world.plan(("", "", 1.0, "公顷", 2))
    before = land.copy(), plan.targets.copy(), world.regions.copy()
    run(world, land, plan)
    for now, then in zip((land, plan.targets, world.regions), before, strict=True):
        assert_frame_equal(now, then)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 18), st.integers(0, 9)), max_size=12, unique=True))
def test_regions_add_up_to_the_total(cells):
    """Whatever is drawn inside, region totals sum to the grand total."""
    regions = make_regions().iloc[:2]
    world = SimpleNamespace(pairs=pairs_of, regions=regions)
    land = draw(
        *(
            (f"{x}-{y}", "住宅用地", 100 * x + 50, 100 * y, 100 * x + 150, 100 * y + 100)
            for x, y in cells
        )
    )
    plan = make_plan(*((r, "", 1.0, "公顷", 6) for r in ("", "东镇", "西镇")))
    total, east, west = run(world, land, plan)["actual"]
    assert total == pytest.approx(len(cells))
    assert east + west == pytest.approx(total)


def test_a_use_that_no_classification_knows_may_be_any(world):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100), ("x", "9999", 200, 0, 300, 100))
    plan = world.plan(("", "商服用地", 1.0, "公顷", 2), ("", "住宅用地", 0.5, "公顷", 2))
    found = run(world, land, plan)
    assert told(found, "actual", "verdict") == [[0.0, "unknown"], [1.0, "fail"]]
    assert "另有 1.00 公顷的用途、来源或方式未登记、无法识别" in found["message"][0]


@pytest.mark.parametrize(("total", "members"), [(2.0, [("c",)]), (9.0, [])])
def test_land_that_the_plans_own_list_lacks_is_named_where_the_list_is_whole(world, total, members):
    land = world.draw(
        ("a", "低效工业片区", 0, 0, 100, 100, {"name": "甲"}),
        ("b", "低效工业片区", 200, 0, 300, 100, {"name": "乙"}),
        ("c", "低效工业片区", 400, 0, 500, 100, {"name": "丙"}),
    )
    line = {"region": "东镇", "category": "低效工业片区", "area_ha": 1.0}
    listed = [{"number": i, "name": n, **line} for i, n in enumerate("甲乙", 11)]
    plan = world.plan(("", "", total, "公顷", 0), projects=listed)
    pieces = world.pairs(land, world.regions)
    balance = balance_land(plan, land, crosswalk=pieces, regions=world.regions)
    found = check_unlisted(balance, parcels=land)
    assert found["members"].tolist() == members
    assert found["verdict"].eq("fail").all()
