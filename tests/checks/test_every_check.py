"""Every check of the three rooms, passed, failed and unknown, with figures worked out by hand.

The tolerance of a rectangle w × h by its boundary points is 2·0.05·√(⅛·4·(w² + h²)) m²: 10 m² for
a square of 100 m, 0.001 公顷. A figure of two decimals leaves 0.005 open.
"""

from datetime import date

import pytest

from landgis.balance.sheet import balance_land
from landgis.checks.parcels import check_parcels
from landgis.checks.rules import check_rules
from landgis.checks.totals import check_totals
from landgis.findings import CHECKS, tell
from landgis.plan.model import NOT_RECORDED

NAN = float("nan")
HOUSE = ("a", "住宅用地", 0, 0, 100, 100)
FLAT = ("a", "商品住房用地", 0, 0, 100, 100)
SPLIT = {"parent_category": "住宅用地"}
AREAS = ({"number": 1, "region": "东镇", "category": "住宅用地", "name": "甲"},)


def listed(area_ha):
    return {"projects": [{**AREAS[0], "area_ha": area_ha}]}


TOTALS = [
    # check, parcel, figure (region, use, 公顷, …) or list; verdict, actual, difference, tolerance
    ("totals.grand", HOUSE, ("", "", 1.00), "pass", 1.0, 0.0, 0.006),
    ("totals.grand", HOUSE, ("", "", 1.01), "fail", 1.0, -0.01, 0.006),
    ("totals.grand", HOUSE, ("", "", NAN), "unknown", None, None, None),
    ("totals.region", HOUSE, ("东镇", "", 1.00), "pass", 1.0, 0.0, 0.006),
    ("totals.region", HOUSE, ("东镇", "", 0.98), "fail", 1.0, 0.02, 0.006),
    ("totals.region", HOUSE, ("市直", "", 1.00), "unknown", None, None, None),
    ("totals.use", HOUSE, ("", "住宅用地", 1.00), "pass", 1.0, 0.0, 0.006),
    ("totals.use", HOUSE, ("", "商服用地", 0.30), "fail", 0.0, -0.3, 0.005),
    ("totals.use", HOUSE, ("", "商品住房用地", 0.50), "unknown", 0.0, -0.5, 0.006),
    ("totals.split", FLAT, ("", "商品住房用地", 1.00, SPLIT), "pass", 1.0, 0.0, 0.006),
    ("totals.split", FLAT, ("", "商品住房用地", 0.90, SPLIT), "fail", 1.0, 0.1, 0.006),
    ("totals.split", HOUSE, ("", "商品住房用地", 0.90, SPLIT), "unknown", 0.0, -0.9, 0.006),
    ("totals.cell", HOUSE, ("东镇", "住宅用地", 1.00), "pass", 1.0, 0.0, 0.006),
    ("totals.cell", HOUSE, ("西镇", "住宅用地", 1.00), "fail", 0.0, -1.0, 0.005),
    ("totals.cell", HOUSE, ("市直", "住宅用地", 1.00), "unknown", None, None, None),
    ("totals.list", HOUSE, listed(1.0), "pass", 1.0, 0.0, 0.501),
    ("totals.list", HOUSE, listed(2.0), "fail", 1.0, -1.0, 0.501),
    ("totals.list", HOUSE, listed(NAN), "unknown", None, None, None),
    ("totals.project", (*HOUSE, {"name": "甲"}), listed(1.0), "pass", 1.0, 0.0, 0.501),
    ("totals.project", (*HOUSE, {"name": "甲"}), listed(3.0), "fail", 1.0, -2.0, 0.501),
    ("totals.project", (*HOUSE, {"name": "乙"}), listed(1.0), "unknown", None, None, None),
]


def balanced(plan, land, pairs, regions, **options):
    balance = balance_land(plan, land, crosswalk=pairs, regions=regions, **options)
    found = tell(check_totals(balance))
    return found[found["check"] != "totals.area"]


@pytest.mark.parametrize(("check", "parcel", "figure", "verdict", "actual", "gap", "bound"), TOTALS)
def test_totals(world, *, check, parcel, figure, verdict, actual, gap, bound):
    land = world.draw(parcel)
    if isinstance(figure, dict):
        plan = world.plan(**figure)
    else:
        region, use, value, *more = figure
        plan = world.plan((region, use, value, "公顷", 2, *more))
    pairs = world.pairs(land, world.regions)
    found = balanced(plan, land, pairs, world.regions)
    row = found[found["check"] == check].iloc[0]
    numbers = [None if row[c] != row[c] else row[c] for c in ("actual", "difference", "tolerance")]
    assert (row["verdict"], *numbers) == (verdict, actual, gap, bound)


@pytest.mark.parametrize(
    ("stated", "options", "words"),
    [
        # 1.000 公顷 on the map; boundary points 0.001 公顷
        (1.001, {}, "在计划取位与界址点误差（0.0010 公顷）之内"),
        (1.0, {}, "在计划取位误差之内"),
        (1.002, {}, "超过允许误差（计划取位 0.0005 + 界址点误差 0.0010 公顷）"),
        (1.002, {"relative_tolerance": 0.01}, "在相对容差 1.00% 之内"),
        (1.1, {"relative_tolerance": 0.01}, "+ 相对容差 0.0110 公顷）"),
        (1.002, {"point_error_m": 0.10}, "在计划取位与界址点误差（0.0020 公顷）之内"),
    ],
)
def test_the_message_says_which_tolerance_decided(world, stated, options, words):
    land = world.draw(HOUSE)
    plan = world.plan(("", "", stated, "公顷", 3))
    pairs = world.pairs(land, world.regions)
    row = balanced(plan, land, pairs, world.regions, **options).iloc[0]
    assert words in row["message"], row["message"]


RECORD = {"recorded_area_m2": 10_000.0}
EAST, WEST = {"region": "东镇"}, {"region": "西镇"}
OTHER = ("b", "住宅用地", 90, 0, 200, 100)
PARCELS = [
    # check, parcels, option; verdict, subject, actual m², tolerance m²
    ("parcels.geometry", [HOUSE], "", "pass", "", None, None),
    ("parcels.geometry", [HOUSE], "undrawn", "fail", "a", None, None),
    ("parcels.use", [HOUSE], "", "pass", "", None, None),
    ("parcels.use", [("a", "", 0, 0, 100, 100)], "", "fail", "a", None, None),
    ("parcels.use", [("a", "月球用地", 0, 0, 100, 100)], "", "unknown", "a", None, None),
    ("parcels.area", [(*HOUSE, RECORD)], "", "pass", "", None, None),
    ("parcels.area", [(*HOUSE, {"recorded_area_m2": 10_020.0})], "", "fail", "a", 10_000.0, 10.5),
    ("parcels.area", [HOUSE], "", "unknown", "", None, None),
    ("parcels.sliver", [HOUSE], "", "pass", "", None, None),
    ("parcels.sliver", [("a", "住宅用地", 0, 0, 100, 0.5)], "", "fail", "a", 50.0, None),
    ("parcels.overlap", [HOUSE], "", "pass", "", None, None),
    ("parcels.overlap", [HOUSE, OTHER], "", "fail", "a / b", 1000.0, 1.0),
    ("parcels.outside", [HOUSE], "", "pass", "", None, None),
    ("parcels.outside", [("a", "住宅用地", 0, 2000, 100, 2100)], "drawn", "fail", "a", 1e4, 10.0),
    ("parcels.outside", [("a", "住宅用地", 0, 2000, 100, 2100)], "", "unknown", "a", 1e4, 10.0),
    ("parcels.straddle", [("a", "住宅用地", 950, 0, 1050, 100)], "", "note", "a", None, None),
    ("parcels.region", [(*HOUSE, EAST)], "", "pass", "", None, None),
    ("parcels.region", [(*HOUSE, WEST)], "", "fail", "a", None, None),
    ("parcels.region", [(*HOUSE, {"region": "北镇"})], "", "unknown", "", 1e4, None),
    ("parcels.history", [HOUSE], "history", "pass", "", None, None),
    ("parcels.history", [OTHER], "history", "fail", "b", 1000.0, 1.0),
    ("parcels.control", [HOUSE], "line", "pass", "", None, None),
    ("parcels.control", [OTHER], "line", "fail", "b", 500.0, 10.51),
]


@pytest.mark.parametrize(
    ("check", "rows", "option", "verdict", "subject", "actual", "bound"), PARCELS
)
def test_parcels(world, *, check, rows, option, verdict, subject, actual, bound):
    land, options = world.draw(*rows), {}
    regions = world.regions.iloc[:2] if option == "drawn" else world.regions
    pairs = world.pairs(land, regions)
    if option == "undrawn":
        land.loc[0, "geometry"] = None
    if option == "history":  # 90–100 m of the second parcel were supplied before
        options["history"] = world.draw(
            ("h", "住宅用地", 100, 200, 200, 300), ("i", "", 80, 0, 100, 100)
        )
        if rows == [HOUSE]:
            options["history"] = options["history"].iloc[:1]
    if option == "line":  # farmland begins at 195 m
        options["control_lines"] = {"永久基本农田": world.draw(("f", "", 195, 0, 300, 100))}
    found = check_parcels(land, pairs, regions=regions, **options)
    row = found[found["check"].eq(check) & found["verdict"].eq(verdict)].iloc[0]
    numbers = [None if row[c] != row[c] else row[c] for c in ("actual", "tolerance")]
    assert (row["subject"], *numbers) == (subject, actual, bound)


def land_of(world, **columns):
    """Draw i: 工业 3 公顷, h: 住宅 1 公顷, both in 东镇."""
    rows = [("i", "工业用地", 0, 0, 300, 100), ("h", "住宅用地", 400, 0, 500, 100)]
    land = world.draw(*rows)
    for name, values in columns.items():
        land[name] = values
    return land


QUARTERS = {"quarter": ["第一季度", "第三季度"]}
SOURCES = {"land_source": ["存量", "新增"]}
INDUSTRY = {"subject": "工业用地"}
COARSE = {"category": ["工矿仓储用地", "住宅用地"]}
DUE = {"due": "2024-06-30", "unit": "%"}
RULES = [
    # kind, value, rule, columns of the land; verdict, actual
    ("min_share", 75, {**INDUSTRY, "unit": "%"}, {}, "pass", 75.0),
    ("min_share", 76, {**INDUSTRY, "unit": "%"}, {}, "fail", 75.0),
    ("min_share", 75, {**INDUSTRY, "unit": "%"}, COARSE, "unknown", 0.0),
    ("max_share", 75, {**INDUSTRY, "unit": "%"}, {}, "pass", 75.0),
    ("max_share", 74, {**INDUSTRY, "unit": "%"}, {}, "fail", 75.0),
    ("max_share", 74, {**INDUSTRY, "unit": "%"}, COARSE, "unknown", 0.0),
    ("max_total", 60, {"unit": "亩"}, {}, "pass", 60.0),
    ("max_total", 59, {"unit": "亩"}, {}, "fail", 60.0),
    ("max_total", 2, {**INDUSTRY, "unit": "公顷"}, COARSE, "unknown", 0.0),
    ("min_total", 4, {"unit": "公顷"}, {}, "pass", 4.0),
    ("min_total", 5, {"unit": "公顷"}, {}, "fail", 4.0),
    ("min_total", 5, {"unit": "公顷", "due": "2023-12-31"}, {}, "unknown", None),
    ("min_count", 1, {**INDUSTRY, "unit": "宗"}, {}, "pass", 1.0),
    ("min_count", 2, {**INDUSTRY, "unit": "宗"}, {}, "fail", 1.0),
    ("min_count", 1, {**INDUSTRY, "unit": "宗"}, COARSE, "unknown", 0.0),
    ("completion", 75, DUE, QUARTERS, "pass", 75.0),
    ("completion", 76, DUE, QUARTERS, "fail", 75.0),
    ("completion", 76, DUE, {"quarter": ["第一季度", ""]}, "unknown", 75.0),
    ("stock_first", NAN, {}, {**QUARTERS, **SOURCES}, "pass", None),
    ("stock_first", NAN, {}, {**QUARTERS, "land_source": ["新增", "存量"]}, "fail", None),
    ("stock_first", NAN, {}, QUARTERS, "unknown", None),
    *((kind, NAN, {}, {}, "unknown", None) for kind in NOT_RECORDED),
]


@pytest.mark.parametrize(("kind", "value", "rule", "columns", "verdict", "actual"), RULES)
def test_rules(world, *, kind, value, rule, columns, verdict, actual):
    land = land_of(world, **columns)
    plan = world.plan(rules=[{"kind": kind, "value": value, **rule}])
    pairs = world.pairs(land, world.regions)
    options = {"crosswalk": pairs, "regions": world.regions, "as_of": date(2024, 1, 1)}
    (row,) = check_rules(plan, land, **options).to_dict("records")
    assert row["check"] == f"rules.{kind}"
    assert row["verdict"] == verdict, row["message"]
    assert (None if row["actual"] != row["actual"] else row["actual"]) == actual


PLACES = [(("东镇",), "pass", 100.0), (("西镇",), "fail", 0.0), (("市直",), "unknown", 0.0)]


@pytest.mark.parametrize(("regions", "verdict", "actual"), PLACES)
def test_placements(world, regions, verdict, actual):
    land = land_of(world)
    plan = world.plan(placements=[{"category": "工业用地", "regions": regions}])
    pairs = world.pairs(land, world.regions)
    (row,) = check_rules(plan, land, crosswalk=pairs, regions=world.regions).to_dict("records")
    assert (row["check"], row["verdict"], row["actual"]) == ("rules.placement", verdict, actual)


IMPOSSIBLE = {
    ("parcels.geometry", "unknown"),  # a parcel is drawn or it is not
    ("parcels.sliver", "unknown"),
    ("parcels.overlap", "unknown"),
    ("parcels.straddle", "pass"),  # told, not checked: each region gets its part
    ("parcels.straddle", "fail"),
    ("parcels.straddle", "unknown"),
    ("parcels.history", "unknown"),  # without a layer nothing is checked
    ("parcels.control", "unknown"),
    *((f"rules.{kind}", verdict) for kind in NOT_RECORDED for verdict in ("pass", "fail")),
}


def test_every_check_has_each_of_its_verdicts_above():
    seen = {(row[0], row[3]) for row in (*TOTALS, *PARCELS)}
    seen |= {(f"rules.{row[0]}", row[4]) for row in RULES}
    seen |= {("rules.placement", verdict) for _, verdict, _ in PLACES}
    elsewhere = {"totals.area", "rules.other"}  # of no plan figure; of kinds of the project file
    rooms = ("totals.", "parcels.", "rules.")
    names = [n for n in CHECKS if n.startswith(rooms) and n not in elsewhere]
    every = {(name, verdict) for name in names for verdict in ("pass", "fail", "unknown")}
    assert seen == (every - IMPOSSIBLE) | {("parcels.straddle", "note")}
