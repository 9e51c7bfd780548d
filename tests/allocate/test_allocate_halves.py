"""One choice of each list, against every combination there is."""

import itertools

import numpy as np
import pytest

from landgis.allocation import master
from landgis.allocation.master import Listed, SumLimits, join
from landgis.allocation.problem import empty_problem
from landgis.allocation.regions import Effort, Goal, State


def case(seed, count=4, length=7):
    g = np.random.default_rng(seed)
    lists = [
        Listed(
            np.r_[0.0, np.sort(g.integers(0, 60, length - 1))].astype(float),
            g.integers(0, 40, (length, 3)),
        )
        for _ in range(count)
    ]
    limits = SumLimits(
        limit=np.array([70, 75, 90]),
        price=np.array([1.5, 0.25 * (seed % 3), 0.0]),
        beyond=np.array([np.inf, 2.0 if seed % 2 else np.inf, np.inf]),
        taken=np.array([0.0, 0.5 * (seed % 4 == 1), 0.0]),
    )
    return lists, limits


def every_combination(lists, limits):
    for places in itertools.product(*(range(len(one.extra)) for one in lists)):
        used = sum(one.used[k] for one, k in zip(lists, places, strict=True))
        left = (limits.limit - used).astype(float)
        over = np.maximum(-left, 0.0)
        left[0] -= over @ limits.taken
        over[0] = max(-left[0], 0.0)
        if any(o > 0 and np.isinf(b) for o, b in zip(over, limits.beyond, strict=True)):
            continue
        extra = sum(one.extra[k] for one, k in zip(lists, places, strict=True))
        cost = extra + np.maximum(left, 0.0) @ limits.price
        yield cost + sum(o * b for o, b in zip(over, limits.beyond, strict=True) if o), places


@pytest.mark.parametrize("seed", range(12))
def test_nothing_cheaper_is_overlooked(seed):
    lists, limits = case(seed)
    best, _ = min(every_combination(lists, limits), default=(np.inf, None))
    places, cost, through = join(lists, limits, 500.0)
    assert cost == pytest.approx(best)
    assert {p: c for c, p in every_combination(lists, limits)}[tuple(places)] == cost
    assert through == cost
    places, cost, through = join(lists, limits, best - 1e-6)
    assert places is None
    assert through == pytest.approx(best)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("most", ["HALF", "PAIRS"])
def test_what_is_not_gone_through_is_told(seed, most, monkeypatch):
    lists, limits = case(seed)
    monkeypatch.setattr(master, most, 12)
    best, _ = min(every_combination(lists, limits), default=(np.inf, None))
    places, cost, through = join(lists, limits, 500.0)
    assert cost >= best - 1e-9
    assert min(through, cost) <= best + 1e-9
    if places is not None:
        assert {p: c for c, p in every_combination(lists, limits)}[tuple(places)] == cost


def test_where_nothing_is_proven_yet_the_search_goes_on():
    problem = empty_problem()
    state = State(problem, Effort(), {}, 0.0, problem.area)
    state.score = 5
    assert Goal(most=()).open(state, -np.inf)
    assert not Goal(most=()).open(state, -5.0)
