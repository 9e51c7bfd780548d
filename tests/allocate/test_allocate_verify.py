"""Every condition is broken once on purpose, and the re-check that knows no solver says so."""

import pandas as pd
import pytest

from landgis.allocation.allocation import allocate, plan_periods
from landgis.allocation.rules import acting_rules
from landgis.allocation.verify import uses_of, verify

LAND = pd.DataFrame(
    {
        "parcel_id": ["a", "b", "c", "d", "e"],
        "region": ["东镇"] * 4 + ["西镇"],
        "area_m2": [1000.0, 2000.0, 3000.0, 4000.0, 100.0],
        "uses": ["住宅用地", "住宅用地", "商服用地", "商服用地", "住宅用地"],
        "supply_mode": ["出让", "出让", "划拨", "出让", "出让"],
        "land_source": ["存量", "新增", "存量", "新增", "新增"],
        "earliest_quarter": ["1", "2", "1", "4", "1"],
        "min_piece_m2": [None, 500.0, None, None, None],
        "cost": [10.0, 20.0, 30.0, 40.0, 1.0],
        "lock": ["", "", "in", "", "out"],
    }
)
RULES = [
    {"kind": "min_share", "subject": "住宅用地", "of": "出让", "value": 30},
    {"kind": "max_share", "subject": "商服用地", "value": 60},
    {"kind": "max_total", "subject": "总量", "value": 0.6, "unit": "公顷"},
    {"kind": "min_total", "subject": "总量", "value": 0.5, "unit": "公顷"},
    {"kind": "max_count", "subject": "总量", "value": 3},
    {"kind": "min_count", "subject": "总量", "value": 2},
    {"kind": "completion", "subject": "", "value": 40, "due": "2024-03-31"},
    {"kind": "max_sum", "subject": "", "column": "cost", "value": 70},
    {"kind": "stock_first", "subject": "", "value": 50},
    {"kind": "min_sum", "subject": "", "column": "cost", "value": 45, "unit": "万元"},
    {"kind": "max_total", "subject": "", "value": 0.45, "unit": "公顷", "due": "2024-03-31"},
    {"kind": "max_total", "land_source": "新增", "value": 3, "unit": "亩", "region": "东镇"},
    {"kind": "max_count", "category": "住宅用地", "value": 0, "region": "西镇"},
]
GROUPS = [
    {"kind": "all_or_none", "members": ["a", "b"], "name": "一组"},
    {"kind": "at_least", "members": ["a", "c"], "k": 1, "name": "至少"},
    {"kind": "at_most", "members": ["c", "d"], "k": 1, "name": "至多"},
    {"kind": "before", "members": ["a", "b"], "name": "先后"},
    {"kind": "layouts", "members": [["a", "b"], ["d"]], "name": "方案"},
]


@pytest.fixture(scope="module")
def answer():
    plan = pd.DataFrame({"region": [""], "use": [""], "area_ha": [0.6]})
    rules, groups = pd.DataFrame(RULES), pd.DataFrame(GROUPS)
    return allocate(LAND, plan, rules=rules, groups=groups, year=2024, progress=True)


def check(answer, selected):
    problem = answer.problem
    found = verify(
        selected,
        problem.candidates,
        uses=uses_of(problem.candidates, problem.options.assign(candidate=problem.candidate)),
        targets=answer.targets,
        rules=acting_rules(problem.rows),
        groups=problem.groups,
        periods=plan_periods(None, year=2024),
    )
    failed = found[found["verdict"].eq("fail")]
    return set(failed["subject"]), found["verdict"].tolist()


def row(name, use, quarter, area):
    return {"parcel_id": name, "use": use, "quarter": quarter, "area_m2": area}


A, B = row("a", "住宅用地", 1, 1000.0), row("b", "住宅用地", 2, 2000.0)
E = row("e", "住宅用地", 1, 100.0)
C, D = row("c", "商服用地", 1, 3000.0), row("d", "商服用地", 4, 4000.0)


def test_the_answer_itself_holds(answer):
    assert answer.status == "optimal"
    assert check(answer, answer.selected)[1] == ["pass"]
    assert answer.selected["parcel_id"].tolist() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("chosen", "broken"),
    [
        ([A, B, C, {**C, "parcel_id": "zz"}], "zz"),
        ([A, B, C, C], "c"),
        ([A, B, {**C, "use": "工业用地"}], "c"),
        ([A, {**B, "quarter": 1}, C], "b"),
        ([A, {**B, "area_m2": 400.0}, C], "b"),
        ([{**A, "area_m2": 999.99}, B, C], "a"),
        ([A, B], "c"),
        ([A, B, C, D], "max_total"),
        ([C], "min_total"),
        ([A, B, C, D], "max_count"),
        ([C], "min_count"),
        ([C, D], "min_share"),
        ([C, D], "max_share"),
        ([A, B, {**C, "quarter": 2}], "completion"),
        ([A, B, C, D], "max_sum"),
        ([B, D], "stock_first"),
        ([A, C], "一组"),
        ([B, D], "至少"),
        ([A, B, C, D], "至多"),
        ([{**A, "quarter": 3}, B, C], "先后"),
        ([A, B, C, D], "方案"),
        ([A, B], "总量"),
        ([A, B, C, E], "e"),
        ([A, B], "min_sum"),
        ([A, {**B, "quarter": 1}, C], "max_total 0.45公顷 2024-03-31"),
        ([A, B, C, D], "东镇 新增 max_total"),
        ([A, B, C, E], "西镇 住宅用地 max_count"),
    ],
)
def test_each_condition_broken_is_caught(answer, chosen, broken):
    subjects, _ = check(answer, pd.DataFrame(chosen))
    assert any(broken in subject for subject in subjects), subjects
