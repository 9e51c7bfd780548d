"""Cells gone through one after the other, against every choice there is."""

import itertools

import numpy as np
import pandas as pd
import pytest

from landgis.allocation.allocation import build_problem
from landgis.allocation.cells import PricedCell, choices, programme

USES = ("住宅用地", "商服用地", "工业用地")


def case(seed, count=8, price=0.7):
    g = np.random.default_rng(seed)
    uses = [
        ";".join(sorted(g.choice(USES, g.choice([1, 1, 2, 3]), replace=False)))
        for _ in range(count)
    ]
    land = pd.DataFrame(
        {
            "parcel_id": [f"p{n}" for n in range(count)],
            "area_m2": g.integers(5, 90, count).astype(float),
            "uses": uses,
        }
    )
    figures = pd.DataFrame(
        {
            "use": USES,
            "area_m2": g.integers(50, 150, 3).astype(float),
            "qualifier": ["", "at_most", g.choice(["", "at_least", "about"])],
        }
    )
    problem = build_problem(land, figures, year=2024)
    cells = [PricedCell(row.options, row.low, row.high, price) for row in problem.rows]
    return problem, cells, g.normal(0, 2000, len(problem.area)).round()


def every_choice(problem, cells, worth):
    """Give the options and the cost of each choice that there is."""
    states = [
        [None, *np.flatnonzero(problem.candidate == c)] for c in range(len(problem.candidates))
    ]
    for choice in itertools.product(*states):
        taken = [o for o in choice if o is not None]
        cost = -worth[taken].sum()
        for cell in cells:
            total = int(problem.area[[o for o in taken if o in set(cell.options)]].sum())
            low = 0 if cell.low is None else max(0, cell.low - total)
            high = 0 if cell.high is None else max(0, total - cell.high)
            cost += cell.price * (low + high)
        yield frozenset(taken), cost


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_cheaper_and_all_that_costs_little_is_listed(seed):
    problem, cells, worth = case(seed)
    every = dict(every_choice(problem, cells, worth))
    least = min(every.values())
    found = choices(problem, cells, worth)
    assert found.costs[0] == pytest.approx(least)
    assert every[frozenset(found.chosen[0])] == pytest.approx(least)
    assert found.lower == pytest.approx(least)

    upper = least + 1500.0
    listed = choices(problem, cells, worth, upper=upper, most=10_000)
    assert {frozenset(c) for c in listed.chosen} == {c for c, v in every.items() if v <= upper}
    assert listed.complete == pytest.approx(upper)
    for chosen, cost in zip(listed.chosen, listed.costs, strict=True):
        assert every[frozenset(chosen)] == pytest.approx(cost)


@pytest.mark.parametrize("seed", range(6))
def test_a_list_cut_short_says_up_to_where_it_is_complete(seed):
    problem, cells, worth = case(seed)
    every = dict(every_choice(problem, cells, worth))
    found = choices(problem, cells, worth, upper=min(every.values()) + 3000.0, most=3)
    listed = {frozenset(c) for c in found.chosen}
    assert {c for c, v in every.items() if v < found.complete - 1e-6} <= listed


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("few", [0, 1, 9])
def test_a_programme_for_large_cells_is_exact_and_its_relaxation_a_bound(seed, few, monkeypatch):
    problem, cells, worth = case(seed)
    every = dict(every_choice(problem, cells, worth))
    least = min(every.values())
    monkeypatch.setattr(
        "landgis.allocation.cells.TIED_AT_ONCE", few
    )  # cells with more go in parcel by parcel
    lower, met = programme(problem, cells, worth, nodes=5000, seconds=60.0)
    assert lower == pytest.approx(least, abs=1.0)
    assert min(every[frozenset(chosen)] for chosen in met) == pytest.approx(least, abs=1.0)
    relaxed, none = programme(problem, cells, worth, nodes=0, seconds=60.0)
    assert relaxed <= least + 1e-3
    assert none == []
    assert choices(problem, cells, worth, beam=1).lower <= least + 1e-6
