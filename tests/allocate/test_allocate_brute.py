"""Small cases against every choice there is: nothing better exists, and nothing asked is broken."""

import itertools

import numpy as np
import pandas as pd
import pytest

from landgis.allocation.allocation import allocate, build_problem
from landgis.allocation.regions import Effort
from landgis.allocation.search import search

USES = ("住宅用地", "商服用地", "工业用地")
TOWNS = ("东镇", "西镇")


def land(seed, count=7):
    g = np.random.default_rng(seed)
    uses = [
        ";".join(sorted(g.choice(USES, g.choice([1, 1, 2]), replace=False))) for _ in range(count)
    ]
    return pd.DataFrame(
        {
            "parcel_id": [f"p{n}" for n in range(count)],
            "region": g.choice(TOWNS, count),
            "area_m2": g.integers(500, 9000, count).astype(float),
            "uses": uses,
            "score": [";".join(f"{s:.2f}" for s in g.random(u.count(";") + 1)) for u in uses],
            "supply_mode": [";".join(g.choice(["出让", "划拨"], u.count(";") + 1)) for u in uses],
            "earliest_quarter": g.integers(1, 5, count),
            "land_source": g.choice(["新增", "存量"], count),
            "cost": g.integers(1, 50, count).astype(float),
        }
    )


def plan(seed):
    g = np.random.default_rng(seed + 1000)
    rows = [(r, u, float(g.integers(2000, 9000))) for r in TOWNS for u in USES[:2]]
    rows.append(("", "", sum(v for *_, v in rows)))
    return pd.DataFrame(rows, columns=["region", "use", "area_m2"])


def best_of_all(problem):
    """Weigh every choice: what rules are broken by, deviations rank by rank, then the score."""
    options = [np.flatnonzero(problem.candidate == c) for c in range(len(problem.candidates))]
    states = [[None, *map(int, o)] for o in options]
    for c in np.flatnonzero(problem.must):
        states[c] = states[c][1:]
    best = None
    for choice in itertools.product(*states):
        amounts = np.zeros(len(problem.area), dtype=np.int64)
        taken = [o for o in choice if o is not None]
        amounts[taken] = problem.area[taken]
        deviations = problem.deviations(problem.totals(amounts))
        key = (*deviations.values(), -problem.score(amounts))
        best = key if best is None or key < best else best
    return best


CASES = {
    "nothing": {},
    "share": {"kind": "min_share", "subject": "住宅用地", "of": "出让", "value": 40, "unit": "%"},
    "most_share": {"kind": "max_share", "subject": "商服用地", "value": 30, "unit": "%"},
    "cap": {"kind": "max_total", "subject": "住宅用地", "value": 0.8, "unit": "公顷"},
    "floor": {"kind": "min_total", "subject": "商服用地", "value": 12, "unit": "亩"},
    "count": {"kind": "min_count", "subject": "住宅用地", "value": 2, "unit": "宗"},
    "most": {"kind": "max_count", "subject": "总量", "value": 3, "unit": "宗"},
    "milestone": {"kind": "completion", "subject": "", "value": 50, "due": "2024-06-30"},
    "early_cap": {
        "kind": "max_total",
        "subject": "总量",
        "value": 0.9,
        "unit": "公顷",
        "due": "2024-03-31",
    },
    "money": {"kind": "max_sum", "subject": "", "column": "cost", "value": 60, "unit": "万元"},
    "indicator": {
        "kind": "max_total",
        "subject": "",
        "land_source": "新增",
        "value": 0.7,
        "unit": "公顷",
    },
    "stock_share": {"kind": "stock_first", "subject": "", "value": 60, "unit": "%"},
    "stock_first": {"kind": "stock_first", "subject": ""},
    "money_at_least": {"kind": "min_sum", "subject": "", "column": "cost", "value": 90},
    "capacity": {"kind": "max_sum", "subject": "", "column": "cost", "value": 55, "region": "*"},
    "soft": {"kind": "max_count", "subject": "总量", "value": 2, "rank": 1},
    "each_region": {"kind": "max_count", "subject": "总量", "region": "*", "value": 2},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_no_choice_is_better_under_any_rule(case, seed):
    rules = pd.DataFrame([CASES[case]]) if CASES[case] else None
    count = 5 if case == "early_cap" else 7  # a cap until a day asks for every quarter
    answer = allocate(land(seed, count), plan(seed), rules=rules, year=2024, slack=0, progress=True)
    compare(answer)


GROUPS = {
    "all_or_none": {"kind": "all_or_none", "members": ["p0", "p1", "p2"]},
    "at_least": {"kind": "at_least", "members": ["p0", "p1", "p2", "p3"], "k": 3},
    "at_most": {"kind": "at_most", "members": "p0;p1;p2;p3", "k": 1},
    "before": {"kind": "before", "members": ["p0", "p1"]},
    "layouts": {"kind": "layouts", "members": [["p0", "p1"], ["p2"], ["p3", "p4"]]},
}


@pytest.mark.parametrize("case", GROUPS)
@pytest.mark.parametrize("seed", [3, 4])
def test_no_choice_is_better_with_any_group(case, seed):
    count = 5 if case in {"before", "early_cap"} else 7  # an order asks for every quarter
    answer = allocate(
        land(seed, count),
        plan(seed),
        groups=pd.DataFrame([GROUPS[case]]),
        year=2024,
        slack=0,
        progress=True,
    )
    compare(answer)


@pytest.mark.parametrize("seed", range(1, 6))
def test_lists_that_stop_early_never_tell_too_good_a_bound(seed, monkeypatch):
    monkeypatch.setattr("landgis.allocation.regions.LISTED", 2)
    rules = pd.DataFrame([CASES["share"], CASES["milestone"]])
    problem = build_problem(land(seed), plan(seed), rules=rules, year=2024)
    broken, *missed, score = best_of_all(problem)
    found = search(problem, Effort(slack=0, progress=True))
    if broken or found.broken:
        return
    first = problem.ranks[0]
    assert found.bounds[first] <= missed[0] + 1e-6 <= found.deviations[first] + 1e-6
    if tuple(found.deviations.values()) == tuple(missed):
        assert found.score <= -score <= found.score_bound + 1e-6


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_of_every_sense_and_rank_are_met_as_well_as_they_can_be(seed):
    figures = plan(seed).assign(
        qualifier=["at_most", "at_least", "about", "", "at_most"],
        rank=[2, 1, 1, 3, 2],
        weight=[1, 3, 1, 2, 1],
    )
    compare(allocate(land(seed), figures, about=0.03, tolerance=0.01, year=2024, slack=0,
                     progress=True))  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_divisible_parcels_nothing_fits_better(seed):
    pieces = land(seed, 5).assign(uses="住宅用地", score="", supply_mode="", min_piece_m2=400.0)
    whole = [round(a * 100) for a in pieces["area_m2"]]
    asked = int(np.random.default_rng(seed).integers(50, sum(whole) + 1000))
    figures = pd.DataFrame({"use": ["住宅用地"], "area_m2": [asked / 100]})
    answer = allocate(pieces, figures, slack=0, progress=True)
    # every sum between the least pieces and the whole of some parcels can be had
    reach = [(40_000 * n, sum(some)) for n in range(6) for some in itertools.combinations(whole, n)]
    best = min(max(0, low - asked, asked - high) for low, high in reach)
    assert round(answer.deviation_m2 * 100) == best


def test_locks_and_decisions_are_kept_at_the_least_cost():
    keep = pd.DataFrame(
        {
            "parcel_id": ["p0", "p1", "p2"],
            "decision": ["in", "out", "in"],
            "use": ["", "", "商服用地"],
        }
    )
    answer = allocate(land(5), plan(5), keep=keep, year=2024, slack=0, progress=True)
    compare(answer)
    chosen = dict(zip(answer.selected["parcel_id"], answer.selected["use"], strict=True))
    assert "p0" in chosen
    assert "p1" not in chosen
    assert chosen["p2"] == "商服用地"


def compare(answer):
    problem = answer.problem
    mine = problem.deviations(problem.totals(answer.amounts))
    key = (*mine.values(), -problem.score(answer.amounts))
    best = best_of_all(problem)
    if best[0]:
        assert answer.status == "infeasible"
        return
    assert key == best
    assert answer.status == "optimal"
    held = answer.findings[answer.findings["check"].eq("allocate.held")]
    assert held["verdict"].tolist() == ["pass"]
