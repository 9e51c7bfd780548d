"""Prices for very many candidates: bounds that hold, candidates alike, and the answer's rules."""

import numpy as np
import pandas as pd
import pytest

from landgis.allocation import search as searching
from landgis.allocation.allocation import build_problem
from landgis.allocation.prices import Market, market_prices, relaxed
from landgis.allocation.regions import Effort
from landgis.allocation.search import search
from landgis.allocation.solver import Aim, solve

USES = ("住宅用地", "商服用地", "工业用地", "公园绿地")


def case(seed, *, count=600, scored=True, locked=0):
    g = np.random.default_rng(seed)
    land = pd.DataFrame(
        {
            "parcel_id": [f"p{n:04d}" for n in range(count)],
            "region": g.choice(["东镇", "西镇"], count),
            "area_m2": np.round(np.exp(g.normal(3, 0.7, count)) * 600, 2),
            "uses": [
                ";".join(sorted(g.choice(USES, g.choice([1, 1, 2, 3]), replace=False)))
                for _ in range(count)
            ],
            "score": g.random(count) * scored,
            "earliest_quarter": g.integers(1, 5, count),
            "lock": np.where(np.arange(count) < locked, "in", ""),
        }
    )
    share = land["area_m2"].sum() / 8
    figures = pd.DataFrame(
        [(r, u, share * g.uniform(0.3, 0.7)) for r in ("东镇", "西镇") for u in USES],
        columns=["region", "use", "area_m2"],
    )
    rules = pd.DataFrame(
        [
            {"kind": "completion", "value": 60.0, "due": "2024-06-30"},
            {"kind": "min_share", "category": "住宅用地", "value": 20.0},
        ]
    )
    return build_problem(land, figures, rules=rules, year=2024)


@pytest.mark.parametrize("seed", range(4))
def test_candidates_put_together_relax_as_each_by_itself_does(seed):
    problem = case(seed, count=80, locked=5)
    aim = Aim(weights={problem.ranks[0]: 1.0})
    one, each = relaxed(problem, aim), solve(problem, aim, relax=True)
    assert one.bound == pytest.approx(each.bound, abs=1.0, rel=1e-6)
    taken = np.bincount(problem.candidate, one.values)
    assert taken.max() <= 1 + 1e-6
    assert (taken[problem.must] > 1 - 1e-6).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_of_prices_is_the_relaxation_s_and_nothing_is_beyond_it(seed):
    problem = case(seed)
    caps = (({problem.ranks[0]: 1.0}, 1e6),)
    most = -solve(problem, Aim(weights={}, points=1.0, caps=caps), relax=True).bound
    market = Market.of(problem)
    prices = market_prices(market, np.zeros(len(problem.rows)))
    bound = market.bound(prices, 1e6)
    assert most - 1 <= bound <= 1.01 * most


@pytest.mark.parametrize("scored", [True, False])
def test_every_rule_and_lock_is_kept_and_figures_are_met_within_the_slack(monkeypatch, scored):
    monkeypatch.setattr(searching, "WIDE", 100)
    monkeypatch.setattr(searching, "GOOD", 0.02)  # so few are not this close
    problem = case(7, scored=scored, locked=20)
    found = search(problem, Effort(progress=True, slack=5e-4))
    assert not found.broken
    plan = sum(row.planned for row in problem.rows if row.kind == "target")
    (missed,) = found.deviations.values()
    assert missed <= min(found.bounds.values()) + 5e-4 * plan
    assert found.score <= found.score_bound
    if scored:
        assert found.score > 0.98 * found.score_bound
    again = search(problem, Effort(progress=True, slack=5e-4))
    assert (found.amounts == again.amounts).all()
