"""What cannot be had: told apart, minimal, complete, with the least that must give."""

import itertools

import numpy as np
import pandas as pd
import pytest

from landgis.allocation.allocation import allocate, build_problem
from landgis.allocation.cells import best_subset, which_make
from landgis.allocation.conflicts import find_conflicts, minimal
from landgis.allocation.search import Found
from landgis.findings import tell

LAND = pd.DataFrame(
    {
        "parcel_id": list("abcd"),
        "region": ["东镇", "东镇", "西镇", "西镇"],
        "area_m2": [50_000.0, 87_000.0, 59_000.0, 20_000.0],
        "category": ["住宅用地", "住宅用地", "住宅用地", "商服用地"],
        "earliest_quarter": ["1", "1", "1", ""],
    }
)


def ask(*rows, rules=None):
    targets = pd.DataFrame(rows, columns=["region", "use", "area_ha"])
    return allocate(LAND, targets, rules=rules, year=2024, progress=True)


def said(answer, lang="zh"):
    told = tell(answer.findings, lang)
    return told.loc[told["check"].eq("allocate.conflicts"), "message"].tolist()


def test_not_enough_land_names_what_is_not_ready():
    answer = ask(("西镇", "商服用地", 3.2))
    (sentence,) = said(answer)
    assert "要 3.2 公顷，候选只有 0 公顷（另有 2 公顷 计划期内不是净地或被排除）" in sentence
    assert sentence.endswith("缺 3.2 公顷。")
    assert answer.conflicts["kind"].tolist() == ["land"]
    assert answer.conflicts["change"].tolist() == [-3.2]


def test_whole_parcels_that_do_not_fit_name_both_sides_and_the_cut():
    (sentence,) = said(ask(("东镇", "住宅用地", 8.0)))
    assert "整宗只能凑到 5 或 8.7 公顷" in sentence
    assert "切去 0.7 公顷" in sentence
    (english,) = said(ask(("东镇", "住宅用地", 8.0)), "en")
    assert "cut 0.7 ha" in english


def test_a_region_and_its_cell_against_each_other_are_one_conflict():
    answer = ask(("东镇", "住宅用地", 13.7), ("东镇", "", 5.0))
    together = answer.conflicts[answer.conflicts["kind"].eq("together")]
    assert set(together["name"]) == {"东镇·住宅用地", "东镇"}
    assert set(answer.conflicts["conflict"]) == {1}
    assert together["change"].abs().sum() == pytest.approx(8.7)


def test_disjoint_conflicts_are_all_found():
    answer = ask(
        ("东镇", "住宅用地", 13.7),
        ("东镇", "", 5.0),
        ("西镇", "住宅用地", 5.9),
        ("西镇", "", 0.0),
        ("", "商服用地", 1.0),
    )
    sets = answer.conflicts.groupby("conflict")["name"].agg(set).tolist()
    assert {"东镇·住宅用地", "东镇"} in sets
    assert {"西镇·住宅用地", "西镇"} in sets
    assert {"商服用地"} in sets


def test_no_row_of_a_minimal_set_can_be_spared():
    targets = pd.DataFrame(
        [("", "", 5.0), ("东镇", "", 5.0), ("东镇", "住宅用地", 13.7), ("西镇", "", 5.9)],
        columns=["region", "use", "area_ha"],
    )
    problem = build_problem(LAND, targets, year=2024)
    core = minimal(problem, range(4))
    assert len(core) == 2


def test_rules_that_contradict_each_other_are_named():
    rules = pd.DataFrame(
        [
            {"kind": "min_total", "subject": "住宅用地", "value": 10.0, "unit": "公顷"},
            {"kind": "max_total", "subject": "总量", "value": 6.0, "unit": "公顷"},
        ]
    )
    answer = ask(("东镇", "住宅用地", 5.0), rules=rules)
    assert answer.status == "infeasible"
    names = " ".join(answer.conflicts["name"])
    assert "min_total" in names
    assert "max_total" in names
    failed = answer.findings[answer.findings["check"].eq("allocate.held")]
    assert failed["verdict"].eq("fail").any()


def test_a_rule_that_candidates_cannot_decide_is_unknown_and_does_not_act():
    rules = pd.DataFrame([{"kind": "min_share", "subject": "住宅用地", "of": "出让", "value": 40}])
    answer = ask(("东镇", "住宅用地", 5.0), rules=rules)
    told = answer.findings[answer.findings["check"].eq("allocate.rules")]
    assert told["verdict"].tolist() == ["unknown"]
    assert answer.selected["parcel_id"].tolist() == ["a"]


def test_a_printed_figure_tells_its_parcels_and_whether_only_they_make_it():
    told = which_make(LAND, 109_000, width_m2=5)
    assert told[["members", "combinations"]].to_numpy().tolist() == [[("a", "c"), 1]]
    assert which_make(LAND, 1).empty
    twins = pd.DataFrame({"parcel_id": ["x", "y"], "area_m2": [10.0, 10.0]})
    assert which_make(twins, 10)["combinations"].tolist() == [2, 2]


def test_the_best_subset_is_that_of_all_subsets():
    g = np.random.default_rng(0)
    for _ in range(30):
        areas, values = g.integers(1, 60, 9), g.random(9)
        low = int(g.integers(1, 300))
        high = low + int(g.integers(0, 5))
        flags, miss = best_subset(areas, values, low=low, high=high)
        best = min(
            (max(low - s, s - high, 0), -v)
            for bits in range(512)
            for m in [np.array([bits >> k & 1 for k in range(9)], dtype=bool)]
            for s, v in [(int(areas[m].sum()), float(values[m].sum()))]
        )
        assert miss == best[0]
        assert values[flags].sum() == pytest.approx(-best[1])


def test_many_candidates_are_held_against_each_other_as_if_they_could_be_split():
    count = 1600
    table = pd.DataFrame(
        {
            "parcel_id": [f"p{n:04d}" for n in range(count)],
            "region": ["东镇", "西镇"] * (count // 2),
            "area_m2": [1000.0] * count,
            "category": ["住宅用地"] * count,
        }
    )
    rows = [("", "", 100.0), ("东镇", "", 60.0), ("西镇", "", 70.0), ("东镇", "住宅用地", 60.05)]
    targets = pd.DataFrame(rows, columns=["region", "use", "area_ha"])
    problem = build_problem(table, targets, year=2024)
    nothing = np.zeros(count, dtype=np.int64)
    found = Found(
        amounts=nothing,
        broken=0,
        deviations={},
        bounds={},
        score=0,
        score_bound=0.0,
        status="feasible",
        seconds=0.0,
    )
    told, findings = find_conflicts(problem, found)
    asked = told[told["kind"].eq("together")].groupby("conflict")["name"].agg(set).tolist()
    assert asked == [{"总量", "东镇", "西镇"}]
    assert dict(zip(told["name"], told["change"], strict=True))["西镇"] == -30.05
    assert findings["kind"].tolist() == ["together", "undecided"]  # what is left is said


def can(problem, numbers):
    """Whether any choice there is keeps all of these rows."""
    states = [
        [None, *np.flatnonzero(problem.candidate == c)] for c in range(len(problem.candidates))
    ]
    for choice in itertools.product(*states):
        amounts = np.zeros(len(problem.area), dtype=np.int64)
        taken = [o for o in choice if o is not None]
        amounts[taken] = problem.area[taken]
        if not any(problem.rows[n].deviation(problem.total(problem.rows[n], amounts))
                   for n in numbers):  # fmt: skip
            return True
    return False


@pytest.mark.parametrize("seed", range(5))
def test_conflicts_are_minimal_and_without_them_the_rest_can_be_had(seed):
    g = np.random.default_rng(seed)
    land = pd.DataFrame(
        {
            "parcel_id": [f"p{n}" for n in range(7)],
            "region": g.choice(["东镇", "西镇"], 7),
            "area_m2": g.integers(1, 9, 7) * 1000.0,
            "category": g.choice(["住宅用地", "商服用地"], 7),
        }
    )
    rows = [(r, u, g.integers(2, 16) / 10) for r in ("东镇", "西镇", "") for u in ("住宅用地", "")]
    rules = pd.DataFrame([{"kind": "max_count", "subject": "总量", "value": int(g.integers(2, 5))}])
    figures = pd.DataFrame(rows, columns=["region", "use", "area_ha"])
    answer = allocate(land, figures, rules=rules, year=2024, slack=0, progress=True)
    problem, told = answer.problem, answer.conflicts
    number = {row.name: n for n, row in enumerate(problem.rows)}
    sets = [[number[name] for name in part["name"]] for _, part in told.groupby("conflict")]
    for core in sets:
        assert not can(problem, core)
        assert all(can(problem, [m for m in core if m != n]) for n in core)
    given = told.loc[told["change"].ne(0), "name"]
    assert given.is_unique
    given = set(given)
    assert can(problem, [n for name, n in number.items() if name not in given])


def test_a_figure_says_how_near_it_comes_alone_and_beside_the_others():
    land = pd.DataFrame(
        {
            "parcel_id": [f"p{n:02d}" for n in range(40)],
            "region": ["东镇"] * 39 + ["西镇"],
            "area_m2": [1000.0] * 39 + [30_000.0],
            "category": "住宅用地",
        }
    )
    rows = [("", 5.05), ("东镇", 2.0), ("西镇", 0.0)]
    figures = pd.DataFrame(rows, columns=["region", "area_ha"]).assign(use="")
    (sentence,) = said(allocate(land, figures, year=2024, progress=True))
    assert "最近差" in sentence
    assert "其余数字都要满足时，差 -3.05 公顷" in sentence
