"""Regions treated equally: against every choice there is, and told when it acts."""

import itertools

import numpy as np
import pandas as pd
import pytest
from test_allocate_brute import land

from landgis.allocation.allocation import allocate, build_problem
from landgis.allocation.fair import FINE, shares, weighed_rows
from landgis.findings import tell

TOWNS = ("东镇", "西镇", "南镇")
RULES = pd.DataFrame([{"kind": "max_total", "subject": "总量", "value": 1.4, "unit": "公顷"}])


def case(seed, use="", *, total=False):
    g = np.random.default_rng(seed + 77)
    candidates = land(seed, 6).assign(
        region=g.choice(TOWNS, 6), uses="住宅用地", score=g.random(6), supply_mode="出让"
    )
    rows = [(town, use, float(g.integers(4000, 15000))) for town in TOWNS]
    rows += [("", "", 0.6 * sum(area for *_, area in rows))] * total
    return candidates, pd.DataFrame(rows, columns=["region", "use", "area_m2"])


def told(answer, lang="zh"):
    findings = tell(answer.findings, lang)
    return findings.loc[findings["check"].eq("allocate.fair"), "message"].tolist()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["regions", "cells", "total"])
def test_no_choice_treats_the_worst_off_better_nor_the_next(seed, kind):
    asked = case(seed, "住宅用地" * (kind == "cells"), total=kind == "total")
    answer = allocate(*asked, rules=RULES, year=2024, slack=0, progress=True, fair=True)
    problem = build_problem(*asked, rules=RULES, year=2024)
    rows, _ = weighed_rows(problem)
    first = min(row.rank for row in rows)

    def weighed(amounts):
        missed = problem.deviations(problem.totals(amounts))
        before = [missed[0], *(missed[rank] for rank in problem.ranks if rank < first)]
        return before, sorted(shares(problem, rows, amounts), reverse=True)

    states = [[None, *np.flatnonzero(problem.candidate == c)] for c in range(6)]
    best = min(
        weighed(amounts)
        for choice in itertools.product(*states)
        for amounts in [np.zeros(len(problem.area), dtype=np.int64)]
        for taken in [[o for o in choice if o is not None]]
        if not amounts.put(taken, problem.area[taken])
    )
    mine = weighed(answer.amounts)
    assert mine[0] == best[0]
    assert all(abs(a - b) <= FINE for a, b in zip(mine[1], best[1], strict=True))


TOWNS_2 = pd.DataFrame(
    {
        "parcel_id": [f"p{n}" for n in range(10)],
        "region": ["大镇"] * 5 + ["小镇"] * 5,
        "area_m2": [2000.0] * 5 + [1000.0] * 5,
        "category": ["住宅用地"] * 10,
    }
)
FIGURES = pd.DataFrame({"region": ["大镇", "小镇"], "use": ["", ""], "area_m2": [10_000.0, 5000.0]})


def test_what_is_lacking_is_shared_and_that_is_told():
    cap = pd.DataFrame([{"kind": "max_total", "subject": "总量", "value": 0.9, "unit": "公顷"}])
    answer = allocate(TOWNS_2, FIGURES, rules=cap, year=2024, fair=True, progress=True)
    assert answer.targets["chosen_m2"].tolist() == [6000.0, 3000.0]
    assert answer.status == "optimal"
    (sentence,) = told(answer)
    assert "最大 40.00%" in sentence
    assert "最小 40.00%" in sentence
    assert "多 0.00 公顷" in sentence
    assert "from 40.00% to 40.00%" in told(answer, "en")[0]
    assert told(allocate(TOWNS_2, FIGURES, rules=cap, year=2024, progress=True)) == []


def test_a_region_weighed_by_its_cells_is_told_and_one_alone_levels_nothing():
    cells = FIGURES.assign(use="住宅用地")
    assert any("大镇、小镇没有区域合计" in s for s in
               told(allocate(TOWNS_2, cells, year=2024, fair=True, progress=True)))  # fmt: skip
    (sentence,) = told(allocate(TOWNS_2, FIGURES[:1], year=2024, fair=True, progress=True))
    assert "不起作用" in sentence
