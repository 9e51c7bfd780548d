"""Each kind of rule, kept, broken and undecidable."""

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from landgis.checks.rules import check_rules
from landgis.checks.supply import is_done, supply_dates
from landgis.findings import tell
from landgis.plan.model import Plan
from landgis.schema import PLACEMENTS, RULES, table_of


def told_rules(land, plan, **options):
    return tell(check_rules(plan, land, **options))


@pytest.fixture
def land(world):
    # industry 3 公顷 by 出让, housing 1 by 出让, schools 6 by 划拨
    return world.draw(
        (
            "i",
            "工业用地",
            0,
            0,
            300,
            100,
            {"supply_mode": "出让", "land_source": "存量", "quarter": "第一季度"},
        ),
        (
            "h",
            "住宅用地",
            400,
            0,
            500,
            100,
            {"supply_mode": "出让", "land_source": "新增", "quarter": "第二季度"},
        ),
        (
            "s",
            "教育用地",
            1100,
            0,
            1400,
            200,
            {"supply_mode": "划拨", "land_source": "新增", "quarter": "第四季度"},
        ),
    )


def judge(world, land, rule, **options):
    plan = world.plan(("", "", 10.0, "公顷", 2), rules=[rule])
    found = told_rules(
        land, plan, crosswalk=world.pairs(land, world.regions), regions=world.regions, **options
    )
    assert len(found) == 1
    return found.iloc[0]


def rule(kind, value=float("nan"), unit="%", subject="", **more):
    return {"kind": kind, "subject": subject, "value": value, "unit": unit, **more}


class TestShare:
    def test_among_land_granted(self, world, land):
        row = judge(world, land, rule("min_share", 40, subject="工业用地", of="出让土地"))
        assert (row["verdict"], row["actual"], row["difference"]) == ("pass", 75.0, 35.0)
        assert judge(world, land, rule("min_share", 80, subject="工业用地", of="出让")).verdict == (
            "fail"
        )

    def test_among_all(self, world, land):
        assert judge(world, land, rule("min_share", 40, subject="工业用地"))["actual"] == 30.0
        assert judge(world, land, rule("max_share", 30, subject="工业用地"))["verdict"] == "pass"

    def test_among_a_use(self, world, land):
        row = judge(world, land, rule("min_share", 40, subject="工业用地", of="工矿仓储用地"))
        assert (row["verdict"], row["actual"]) == ("pass", 100.0)

    def test_of_something_that_parcels_do_not_record(self, world, land):
        for base in ("新增工业用地", "标准厂房"):
            row = judge(world, land, rule("min_share", 40, subject="工业用地", of=base))
            assert row["verdict"] == "unknown"
            assert base in row["message"]

    def test_the_words_of_the_plan_tell_what_it_is_a_share_of(self, world, land):
        words = "p.txt 第9行：“出让土地中工业用地比例不低于40%”"
        row = judge(world, land, rule("min_share", 40, subject="工业用地", source=words))
        assert row["actual"] == 75.0
        assert row["source"] == words

    def test_coarser_uses_leave_it_open(self, world, land):
        land.loc[0, "category"] = "工矿仓储用地"
        row = judge(world, land, rule("min_share", 40, subject="工业用地", of="出让"))
        assert row["verdict"] == "unknown"
        assert "0.00%–75.00%" in row["message"]
        assert judge(world, land, rule("min_share", 80, subject="工业用地", of="出让")).verdict == (
            "fail"
        )

    def test_without_supply_mode_it_says_what_is_lacking(self, world, land):
        row = judge(
            world,
            land.drop(columns="supply_mode"),
            rule("min_share", 40, subject="工业用地", of="出让"),
        )
        assert row["verdict"] == "unknown"
        assert "供应方式" in row["message"]


class TestTotal:
    @pytest.mark.parametrize(
        ("kind", "value", "verdict"),
        [
            ("max_total", 10, "pass"),
            ("max_total", 9, "fail"),
            ("min_total", 10, "pass"),
            ("min_total", 11, "fail"),
        ],
    )
    def test_cap_and_floor(self, world, land, kind, value, verdict):
        row = judge(world, land, rule(kind, value, "公顷", "供应总量"))
        assert (row["verdict"], row["actual"]) == (verdict, 10.0)

    def test_all_decimals_of_the_figure_are_told(self, world, land):
        row = judge(world, land, rule("max_total", 132.72823, "公顷"))
        assert "132.72823 公顷" in row["message"]
        assert row["difference"] == -122.72823

    def test_a_goal_is_judged_as_arranged_before_its_day(self, world, land):
        goal = rule("min_total", 100, "亩", "低效用地再开发", due="2027-12-31")
        row = judge(world, land, goal, as_of=date(2025, 1, 1))
        assert (row["verdict"], row["actual"]) == ("pass", 150.0)
        assert "已完成 0.00 亩" in row["message"]

    def test_and_by_what_is_completed_after_it(self, world, land):
        goal = rule("min_total", 100, "亩", due="2027-12-31")
        later = {"as_of": date(2028, 1, 1)}
        assert judge(world, land, goal, **later)["verdict"] == "unknown"
        land["stage"] = ["已完成", "正在实施", "计划实施"]
        row = judge(world, land, goal, **later)
        assert (row["verdict"], row["actual"]) == ("fail", 45.0)

    def test_of_one_region(self, world, land):
        row = judge(world, land, rule("max_total", 5, "公顷", region="西镇"))
        assert (row["verdict"], row["actual"]) == ("fail", 6.0)

    def test_of_one_region_counts_pieces_not_whole_parcels(self, world):
        land = world.draw(("x", "住宅用地", 900, 0, 1300, 100))  # 1 公顷 in 东镇, 3 in 西镇
        for region, area in (("东镇", 1.0), ("西镇", 3.0)):
            row = judge(world, land, rule("max_total", 2, "公顷", region=region))
            assert row["actual"] == area
        assert judge(world, land, rule("max_total", 5, "公顷"))["actual"] == 4.0


class TestKindsOfLand:
    """Rules about 新增 or 存量, 出让 or 划拨: i 3 存量 出让, h 1 新增 出让, s 6 新增 划拨."""

    @pytest.mark.parametrize(
        ("facets", "actual"),
        [
            ({"land_source": "新增"}, 7.0),
            ({"land_source": "存量"}, 3.0),
            ({"supply_mode": "出让"}, 4.0),
            ({"land_source": "新增", "supply_mode": "出让"}, 1.0),
            ({"land_source": "存量", "supply_mode": "划拨"}, 0.0),
        ],
    )
    @pytest.mark.parametrize("subject", ["新增土地", "供应总量", ""])
    def test_a_cap_counts_only_those_parcels(self, world, land, facets, actual, subject):
        row = judge(world, land, rule("max_total", 3.5, "公顷", subject, **facets))
        assert row["actual"] == actual
        assert row["verdict"] == ("pass" if actual < 3.5 else "fail")

    def test_of_a_use_and_by_name(self, world, land):
        row = judge(
            world,
            land,
            rule("min_total", 3, "公顷", "新增工业用地", category="工业用地", land_source="新增"),
        )
        assert (row["verdict"], row["actual"]) == ("fail", 0.0)
        assert row["message"].startswith("新增工业用地应不少于 3 公顷，图上 0.00 公顷，缺口 3.00")

    def test_land_of_no_record_leaves_it_open(self, world, land):
        land.loc[2, "land_source"] = ""  # 6 公顷: 1 to 7 公顷 are 新增
        cap = rule("max_total", 5, "公顷", "新增建设用地", land_source="新增")
        row = judge(world, land, cap)
        assert (row["verdict"], row["actual"]) == ("unknown", 1.0)
        assert "另有 6.00 公顷" in row["message"]
        assert judge(world, land, cap | {"value": 7})["verdict"] == "pass"
        assert judge(world, land, cap | {"value": 0.5})["verdict"] == "fail"

    @pytest.mark.parametrize(
        ("column", "word", "told"),
        [("land_source", "存量", "土地来源"), ("supply_mode", "划拨", "供应方式")],
    )
    def test_without_any_record_it_says_what_is_lacking(self, world, land, column, word, told):
        row = judge(
            world, land.drop(columns=column), rule("min_total", 1, "公顷", word, **{column: word})
        )
        assert row["verdict"] == "unknown"
        assert told in row["message"]

    def test_a_share_narrows_the_part_and_not_the_whole(self, world, land):
        part = rule("min_share", 60, subject="存量建设用地", land_source="存量")
        assert judge(world, land, part)["actual"] == 30.0  # 3 of 10
        row = judge(world, land, part | {"of": "出让"})
        assert (row["actual"], row["verdict"]) == (75.0, "pass")  # 3 of 4
        granted = rule("min_share", 40, subject="出让", supply_mode="出让")
        assert judge(world, land, granted)["actual"] == 40.0  # 4 of 10

    def test_the_whole_of_a_share_may_be_a_kind_of_land(self, world, land):
        share = rule("min_share", 80, subject="教育用地")
        row = judge(world, land, share | {"of": "新增用地"})
        assert (row["actual"], row["verdict"]) == (85.71, "pass")  # 6 of 7
        assert "新增土地中教育用地" in row["message"]
        row = judge(world, land, share | {"of": "新增出让土地"})
        assert (row["actual"], row["verdict"]) == (0.0, "fail")
        row = judge(world, land, share | {"of": "存量划拨土地"})
        assert row["verdict"] == "unknown"
        assert "图上没有存量划拨土地" in row["message"]

    def test_counts(self, world, land):
        count = rule("min_count", 2, "宗", "新增", land_source="新增")
        assert judge(world, land, count)["actual"] == 2.0
        assert judge(world, land, count | {"value": 3})["verdict"] == "fail"
        land.loc[0, "land_source"] = ""
        assert judge(world, land, count | {"value": 3})["verdict"] == "unknown"

    def test_completion_is_of_the_plan_s_figure_for_that_land(self, world, land):
        due = rule("completion", 50, subject="存量", land_source="存量", due="2024-03-31")
        targets = [("", "", 10.0, "公顷", 2), ("", "", 6.0, "公顷", 2, {"land_source": "存量"})]
        plan = world.plan(*targets, rules=[due])
        row = told_rules(land, plan).iloc[0]
        assert (row["actual"], row["verdict"]) == (50.0, "pass")  # 3 of 6
        assert "占计划" in row["message"]
        row = judge(world, land, due)  # the plan has no figure for it: of 3 公顷 on the map
        assert row["actual"] == 100.0
        assert "占图上面积" in row["message"]


def test_counts_parts_of_one_area_once(world):
    land = world.draw(
        ("1", "低效工业片区", 0, 0, 100, 100, {"name": "甲"}),
        ("2", "低效工业片区", 200, 0, 300, 100, {"name": "甲"}),
        ("3", "低效工业片区", 400, 0, 500, 100, {"name": "乙"}),
    )
    count = rule("min_count", 2, "个", "低效工业片区")
    assert judge(world, land, count)["actual"] == 2.0
    assert judge(world, land, count | {"value": 3})["verdict"] == "fail"


class TestCompletion:
    @pytest.mark.parametrize(
        ("value", "due", "actual", "verdict"),
        [
            (30, "2024-03-31", 30.0, "pass"),
            (50, "2024-06-30", 40.0, "fail"),
            (40, "2024-06-30", 40.0, "pass"),
            (100, "2024-12-31", 100.0, "pass"),
        ],
    )
    def test_by_supply_time(self, world, land, *, value, due, actual, verdict):
        row = judge(world, land, rule("completion", value, due=due))
        assert (row["actual"], row["verdict"]) == (actual, verdict)

    def test_land_without_a_time_leaves_it_open(self, world, land):
        land.loc[1, "quarter"] = ""
        assert judge(world, land, rule("completion", 35, due="2024-06-30")).verdict == "unknown"
        assert judge(world, land, rule("completion", 50, due="2024-06-30")).verdict == "fail"
        nothing = land.drop(columns="quarter")
        row = judge(world, nothing, rule("completion", 50, due="2024-06-30"))
        assert row["verdict"] == "unknown"
        assert "quarter" in row["message"]

    def test_after_the_day_only_what_is_done_counts(self, world, land):
        land["stage"] = ["已供应", "未供应", ""]
        due = rule("completion", 40, due="2024-06-30")
        assert judge(world, land, due, as_of=date(2024, 7, 1))["actual"] == 30.0
        assert judge(world, land, due, as_of=date(2024, 5, 1))["actual"] == 40.0


def test_stock_comes_before_new_land(world, land):
    assert judge(world, land, rule("stock_first"))["verdict"] == "pass"
    land["quarter"] = ["第四季度", "第一季度", "第二季度"]
    row = judge(world, land, rule("stock_first"))
    assert row["verdict"] == "fail"
    assert "2024-03-31" in row["message"]
    assert judge(world, land.drop(columns="quarter"), rule("stock_first"))["verdict"] == "unknown"


class TestPlacement:
    def place(self, world, land, regions, words=""):
        row = {"category": "教育用地", "regions": regions, "source": words}
        plan = world.plan(placements=[row])
        return told_rules(
            land, plan, crosswalk=world.pairs(land, world.regions), regions=world.regions
        ).iloc[0]

    def test_inside_and_elsewhere(self, world, land):
        assert self.place(world, land, ("西镇",))["verdict"] == "pass"
        assert self.place(world, land, ("东镇",))["verdict"] == "fail"

    def test_a_named_region_without_polygon_leaves_it_open(self, world, land):
        assert self.place(world, land, ("东镇", "市直"))["verdict"] == "unknown"
        assert self.place(world, land, ("东镇", "工业园区"))["verdict"] == "unknown"
        recorded = land.assign(region="西镇")
        assert self.place(world, recorded, ("东镇", "市直"))["verdict"] == "fail"

    def test_and_tells_what_the_records_say(self, world, land):
        row = self.place(world, land.assign(region="市直"), ("市直",))
        assert row["verdict"] == "unknown"
        assert "按位置 0.00% 在其中；市直没有图形，按登记计为 100.00%" in row["message"]

    def test_mainly_is_more_than_half(self, world, land):
        more = world.draw(("t", "教育用地", 0, 500, 100, 600))
        both = pd.concat([land, more], ignore_index=True)
        assert self.place(world, both, ("西镇",), "主要分布在西镇")["verdict"] == "pass"
        assert self.place(world, both, ("西镇",), "分布在西镇")["verdict"] == "fail"

    def test_without_regions_it_says_so(self, world, land):
        plan = world.plan(placements=[{"category": "教育用地", "regions": ("西镇",)}])
        row = told_rules(land, plan).iloc[0]
        assert row["verdict"] == "unknown"
        assert "区域图层" in row["message"]


@pytest.mark.parametrize(
    "bad",
    [
        rule("moon_phase", 1),
        rule("net_land"),
        rule("min_share"),
        rule("min_share", 4, subject="河"),
        rule("max_total", 5, "万元"),
        rule("completion", 50),
    ],
)
def test_what_cannot_be_decided_is_unknown_and_says_why(world, land, bad):
    row = judge(world, land, bad)
    assert row["verdict"] == "unknown"
    assert "无法判定" in row["message"]


def test_rules_of_the_project_stand_beside_those_of_the_plan(world, land):
    own = table_of([rule("max_total", 9, "公顷")], RULES)
    plan = world.plan(rules=[rule("max_total", 11, "公顷")])
    found = told_rules(land, plan, rules=own, rules_source="p.toml")
    assert found[["verdict", "source"]].to_numpy().tolist() == [["pass", ""], ["fail", "p.toml"]]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Q1", date(2024, 3, 31)),
        ("2025年第三季度", date(2025, 9, 30)),
        ("2024Q4", date(2024, 12, 31)),
        ("二季度", date(2024, 6, 30)),
        ("6月", date(2024, 6, 30)),
        ("2024-02", date(2024, 2, 29)),
        ("2024年5月17日", date(2024, 5, 17)),
        ("2024/5/7", date(2024, 5, 7)),
        ("上半年", date(2024, 6, 30)),
        ("三季", date(2024, 9, 30)),
        ("2025年Q2", date(2025, 6, 30)),
        ("Q3", date(2024, 9, 30)),
        ("1-6月", date(2024, 6, 30)),
        ("全年", date(2024, 12, 31)),
        ("2025年底", date(2025, 12, 31)),
        ("2024-13-45", None),
        ("", None),
        ("待定", None),
    ],
)
def test_supply_times(text, day):
    assert supply_dates([text], year=2024).tolist() == [day]


def test_a_quarter_of_no_year_is_no_date():
    assert supply_dates(["第一季度"]).tolist() == [None]


def test_stages():
    stages = pd.Series(["已供应", "已完成", "未完成", "计划实施", "正在实施", "储备", ""])
    assert is_done(stages).tolist() == [True, True] + [False] * 5


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            ("min_share", "工业用地", 40, "%", ""),
            "全部宗地中工业用地应不低于 40%，图上为 25.00%。",
        ),
        (
            ("max_total", "供应总量", 12, "公顷", ""),
            "总量应不超过 12 公顷，图上 4.00 公顷，余量 8.00 公顷。",
        ),
        (("min_count", "住宅用地", 2, "宗", ""), "住宅用地应不少于 2 宗，图上 1 宗。"),
        (
            ("completion", "", 50, "%", "2024-06-30"),
            "2024-06-30 前应完成 50%，按供应时间安排为 25.00%（占图上面积）。",
        ),
        (
            ("stock_first", "", None, "", ""),
            "截至 2024-03-31，存量供应 0.00%，低于新增的 100.00%。",
        ),
        (("moon_share", "", 1, "%", ""), "不认识的规则“moon_share”，无法判定。"),
    ],
)
def test_each_kind_of_rule_has_its_sentence(rule, message):
    squares = gpd.GeoDataFrame(
        {
            "parcel_id": ["a", "b"],
            "category": ["工业用地", "住宅用地"],
            "quarter": ["第一季度", "第三季度"],
            "land_source": ["新增", "存量"],
        },
        geometry=[box(0, 0, 100, 100), box(200, 0, 300, 300)],
        crs=4549,
    )
    columns = ("kind", "subject", "value", "unit", "due")
    plan = Plan(document="p.txt", year=2024)
    rules = table_of([dict(zip(columns, rule, strict=True))], RULES)
    assert told_rules(squares, plan, rules=rules)["message"].tolist() == [message]


def test_a_placement_without_regions_cannot_be_decided(land):
    row = {"category": "工业用地", "regions": ("东镇",)}
    plan = Plan(document="p.txt", placements=table_of([row], PLACEMENTS))
    told = "工业用地：没有区域图层，无法核对位置，无法判定。"
    assert told_rules(land, plan)["message"].tolist() == [told]
