"""The search: least deviation rank by rank, then the best score, and how far that is from the best.

The stages: relax the whole; round that to whole parcels, cell by cell; better it region by region,
which also tells how far it is from the best (`landgis.allocation.regions`); close what is small
with all candidates at once. First for the deviation, then for the score within it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from operator import gt
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from landgis.allocation.cells import MOST, best_subset
from landgis.allocation.master import BROKEN, Pool
from landgis.allocation.prices import Market, market_prices
from landgis.allocation.prices import relaxed as alike_relaxed
from landgis.allocation.problem import GROUPS, Floats, Ints, Problem
from landgis.allocation.regions import GOOD, Effort, Goal, State, by_regions, split
from landgis.allocation.solver import Aim, Solved, empty_deviation, solve

RATIO = 100.0
"""Weight of a rank over the next one, where ranks are weighed together."""

TOGETHER = 700
"""Options up to which ranks are also solved one after the other, all candidates at once."""

SMALL = 120
"""Options up to which that is done even where regions apart come close."""

WIDE, DRAWN_IN, FILLED = 2000, 6, 3
"""Candidates beyond which prices are tried first, times that rules are drawn in, and that cells
are filled in turn."""

LIGHT = 1e-3
"""Of a row's largest coefficient, what a solver may be wrong by."""

CLOSING = 4
"""Parcels as large as what a cell is off by, among those that are chosen anew without scores."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Found:
    """The best answer, and what is known of better ones.

    Parameters
    ----------
    amounts
        Of each option, in dm².
    broken
        By how much rules are broken in all: 0 if there is an answer.
    deviations
        Of each rank, in dm².
    bounds
        No choice has less deviation in this rank (given what the ranks before it reached).
    score, score_bound
        Points, and the most possible at this deviation.
    status
        ``optimal`` (proven), ``feasible``, ``infeasible`` (rules contradict each other or the
        land), ``open`` (no choice was found that keeps them all, but there may be one),
        ``interrupted``, ``time``.
    steps
        Each better choice: after how many seconds, what its rules are broken by, its deviations
        and its score.
    """

    amounts: Ints
    broken: int
    deviations: Mapping[int, int]
    bounds: Mapping[int, float]
    score: int
    score_bound: float
    status: str
    seconds: float
    steps: tuple[tuple[float, int, tuple[int, ...], int], ...] = ()


def search(problem: Problem, limits: Effort | None = None, *, start: Ints | None = None) -> Found:
    """Find the best choice that the limits allow.

    Parameters
    ----------
    start
        A choice to begin with.

    Examples
    --------
    >>> from landgis.allocation.problem import empty_problem
    >>> search(empty_problem()).status
    'optimal'
    """
    limits = limits or Effort()
    ranks = problem.ranks
    weights = {rank: RATIO ** (len(ranks) - 1 - n) for n, rank in enumerate(ranks)}
    nothing = np.zeros(len(problem.area), dtype=np.int64)
    state = State(problem, limits, weights, time.monotonic(), nothing)
    state.broken, state.missed, state.score = state.measure(nothing)
    state.offer(start)
    state.blocks, state.coupling = split(problem)
    state.pool = Pool.of(problem, weights, state.blocks, state.coupling)
    bounds: dict[int, float] = dict.fromkeys(ranks, 0.0)
    score_bound, status = float("inf"), "feasible"
    with tqdm(total=4, disable=limits.progress, leave=False) as bar:
        try:
            status, bounds, score_bound = _stages(state, bar)
        except KeyboardInterrupt:
            status = "interrupted"
    broken, score = state.broken, state.score
    deviations = dict(zip(ranks, state.missed, strict=True))
    if status == "feasible":
        proven = _proven(deviations, bounds, (score, score_bound), limits)
        status = "time" if state.late else proven
    return Found(
        amounts=state.best,
        broken=broken,
        deviations=deviations,
        bounds=bounds,
        score=score,
        score_bound=score_bound,
        status=status,
        seconds=time.monotonic() - state.started,
        steps=tuple(state.steps),
    )


def _proven(
    deviations: Mapping[int, int],
    bounds: Mapping[int, float],
    score: tuple[int, float],
    limits: Effort,
) -> str:
    """Say whether nothing better is possible, to a dm² and a millionth of the score."""
    best = all(deviations[rank] <= bounds[rank] + 1.5 for rank in deviations)
    best &= score[1] - score[0] <= 1e-6 * max(1.0, abs(score[1])) + len(limits.bonuses)
    return "optimal" if best else "feasible"


def _stages(state: State, bar: tqdm) -> tuple[str, dict[int, float], float]:  # type: ignore[type-arg]
    """Relax, choose whole parcels, better them region by region; then the same for the score."""
    problem, ranks = state.problem, state.problem.ranks
    bounds: dict[int, float] = {}
    aim = Aim(weights=state.weights)
    wide = _is_wide(state)
    relaxed = alike_relaxed(problem, aim) if wide else solve(problem, aim, relax=True)
    if relaxed.status == "infeasible":
        _least_broken(state)
        return "infeasible", dict.fromkeys(ranks, 0.0), float("inf")
    bar.update()
    if wide:
        told = _by_prices(state, relaxed.bound)
        met = sum(state.missed) <= relaxed.bound + state.slack
        if not state.broken and met and told - state.score <= GOOD * told:
            bar.update(3)
            return "feasible", {ranks[0]: relaxed.bound}, told
    if ranks:
        _offer_rounded(state, relaxed)
        bound = by_regions(state, Goal(), relaxed) if len(state.blocks) > 1 else relaxed.bound
    listed = len(ranks) == 1 and all(region.exact for region in state.pool.regions)
    contradict = state.broken > 0 and not listed and _least_broken(state)
    if ranks:
        bounds = _one_by_one(state, bound if len(ranks) == 1 else 0.0)
    bar.update()
    score_bound = _score(state, bounds) if listed or not state.broken else float("inf")
    if state.broken and listed:
        contradict = _least_broken(state)
        score_bound = float("inf") if state.broken else _score(state, bounds)
    bar.update(2)
    status = "infeasible" if contradict else "open"
    return status if state.broken else "feasible", bounds, score_bound


# ------------------------------------------------------------------ whole parcels, cell by cell


def _offer_rounded(state: State, relaxed: Solved, most: tuple[float, ...] | None = None) -> None:
    """Offer the relaxation's choice as whole parcels: rounded, then cell by cell made to add up."""
    problem = state.problem
    amounts = _rounded(problem, relaxed.values)
    prices = {
        n: float(d)
        for n, (row, d) in enumerate(zip(problem.rows, relaxed.duals, strict=True))
        if not row.rank and d
    }
    for turn in range(4):
        state.offer(amounts, most)
        for region in state.pool.regions:
            state.pool.add(region, amounts)
        if turn and not state.broken:
            break
        for number, row in enumerate(problem.rows):
            off = 0 if row.rank or not row.area else row.deviation(problem.total(row, amounts))
            if turn and off:  # what fits broke a rule: its parcels count for more, or for less
                prices[number] = prices.get(number, 0.0) - np.sign(off) * 0.5
        amounts = _fit(state, amounts, relaxed, most, prices)


def _rounded(problem: Problem, values: Floats) -> Ints:
    """Choose of each candidate the option that is taken most, if more is taken than left."""
    order = np.lexsort((-values, problem.candidate))
    owner = problem.candidate[order]
    first = order[np.r_[True, owner[1:] != owner[:-1]]] if len(order) else order
    total = np.bincount(problem.candidate, values, minlength=len(problem.candidates))
    amounts = np.zeros(len(values), dtype=np.int64)
    chosen = first[total[problem.candidate[first]] > 0.5]
    amounts[chosen] = problem.area[chosen]
    return amounts


def _fit(
    state: State,
    amounts: Ints,
    relaxed: Solved,
    most: tuple[float, ...] | None,
    prices: Mapping[int, float],
    *,
    filled: bool = False,
) -> Ints:
    """Choose in each cell among the parcels that the relaxation was least sure of.

    ``filled`` cells get no more than is asked for, and less by half of what may be missed.
    """
    problem = state.problem
    amounts = amounts.copy()
    tied = np.zeros(len(problem.candidates), dtype=bool)
    tied[problem.must] = True
    for row in problem.rows:
        if row.kind in GROUPS:
            tied[problem.candidate[row.options]] = True
    worth = problem.points.astype(float)
    for number, price in prices.items():
        row = problem.rows[number]
        worth[row.options] += price * row.coefs
    taken = np.bincount(problem.candidate, amounts > 0, minlength=len(problem.candidates)) > 0
    cells = _cells(problem)
    slack = 0.0 if most is None else state.share
    for cell, low, high in cells:
        open_here = cell[~tied[problem.candidate[cell]] & ~problem.divisible[cell]]
        elsewhere = taken[problem.candidate[open_here]] & (amounts[open_here] == 0)
        open_here = open_here[~elsewhere]
        wanted = (low, high)
        if low is None and high is None:
            total = round(float(relaxed.values[cell] @ problem.area[cell]))
            wanted = (total, total)
        sure = np.abs(relaxed.reduced[open_here]) + 1e-9 * _place(
            problem, amounts, open_here, wanted
        )
        core = np.sort(open_here[np.argsort(sure, kind="stable")[: MOST - 4]])
        fixed = int(amounts[cell].sum() - amounts[core].sum())
        lower = 0 if wanted[0] is None else wanted[0]
        upper = 2**62 if wanted[1] is None else wanted[1]
        margin = int(slack * max(lower, 1)) // (1 + filled)
        flags, _ = best_subset(
            problem.area[core],
            worth[core],
            low=lower - fixed - margin,
            high=upper - fixed + margin * (not filled),
        )
        amounts[core] = np.where(flags, problem.area[core], 0)
        taken[problem.candidate[core]] = flags
    return amounts


def _place(
    problem: Problem, amounts: Ints, here: Ints, wanted: tuple[int | None, int | None]
) -> Ints:
    """Order parcels that the relaxation is equally sure of.

    Without scores only sums count: first what is out, what is as large as the cell is then too
    large by, and the smallest.
    """
    if problem.points.any():
        return np.arange(len(here))
    size, out = problem.area[here], amounts[here] == 0
    place = np.argsort(np.argsort(size, kind="stable"), kind="stable")
    gap = int(size.sum()) - (wanted[1] or wanted[0] or 0)
    place[np.argsort(np.abs(size - gap), kind="stable")[:CLOSING]] = -1
    place[np.flatnonzero(out)[: 2 * CLOSING]] = -1
    return place


def _cells(problem: Problem) -> list[tuple[Ints, int | None, int | None]]:
    """Give the finest targets as sets of options that do not overlap, with their limits.

    An option that no cell of the plan holds belongs to its region and use, without limits.
    """
    targets = [row for row in problem.rows if row.kind == "target"]
    uses = [row for row in targets if row.category]
    rows = [row for row in uses if row.region] or uses or [row for row in targets if row.region]
    owner = np.full(len(problem.area), -1, dtype=np.int64)
    for number, row in sorted(enumerate(rows), key=lambda pair: -len(pair[1].options)):
        owner[row.options] = number
    order = np.argsort(owner, kind="stable")
    edges = np.searchsorted(owner[order], np.arange(len(rows) + 1))
    out: list[tuple[Ints, int | None, int | None]] = [
        (order[first:last], row.low, row.high)
        for row, first, last in zip(rows, edges[:-1], edges[1:], strict=True)
        if last > first
    ]
    rest = np.flatnonzero(owner < 0)
    if len(rest):
        keys = problem.cells[rest]
        out += [(rest[keys == key], None, None) for key in np.unique(keys)]
    return out


# ------------------------------------------------------------------ very many candidates


def _is_wide(state: State) -> bool:
    """Whether there are so many whole parcels that prices alone come close."""
    problem = state.problem
    return (
        len(problem.candidates) > WIDE
        and len(problem.ranks) == 1
        and not problem.divisible.any()
        and not state.limits.bonuses
        and not any(row.kind in GROUPS for row in problem.rows)
    )


def _by_prices(state: State, least: float) -> float:
    """Let every candidate decide at prices, and each cell be filled; give a bound of the score.

    What whole parcels miss a row by, that row is moved by, and prices are found anew.
    """
    problem = state.problem
    most = (least + state.slack,)
    inside = most[0] - empty_deviation(problem, Aim(weights=dict.fromkeys(problem.ranks, 1.0)))
    market = Market.of(problem)
    moved, start, bound = np.zeros(len(problem.rows)), None, np.inf
    held = np.array([0 if row.rank else 1 for row in problem.rows], dtype=bool)
    spare = np.array([state.share * int(row.planned or 0) for row in problem.rows])
    for _ in range(DRAWN_IN):
        start = market_prices(market, moved, start)
        values, sure = market.decided(start)
        bound = min(bound, market.bound(start, inside))
        duals = market.duals(start)
        answer = Solved(
            amounts=None,
            bound=bound,
            status="feasible",
            duals=duals,
            reduced=sure * problem.area,
            values=values,
        )
        amounts = np.where(values > 0, problem.area, 0)
        prices = {n: float(duals[n]) for n in np.flatnonzero(held).tolist()}
        for _ in range(FILLED):  # what one cell gives up another one may take
            amounts = _fit(state, amounts, answer, most, prices, filled=True)
            state.offer(amounts, most)
            if sum(state.missed) <= most[0]:
                break
        totals = problem.totals(amounts)
        off = np.array([row.deviation(t) for row, t in zip(problem.rows, totals, strict=True)])
        kept = not off[held].any()
        if state.late or (kept and problem.deviations(totals)[problem.ranks[0]] <= most[0]):
            break
        moved -= np.where(held, 1.5 * off, np.where(np.abs(off) > spare, off, 0))
    return bound if problem.points.any() else 0.0


# ------------------------------------------------------------------ ranks, rules, score


def _one_by_one(state: State, least: float) -> dict[int, float]:
    """Minimise rank after rank, all candidates at once; give a bound of each.

    ``least`` is what is known of the first rank, if it is the only one.
    """
    problem = state.problem
    bounds: dict[int, float] = {}
    held: list[tuple[Mapping[int, float], float]] = []
    small, several = _together(state), len(problem.ranks) > 1
    for place, rank in enumerate(problem.ranks):
        aim = Aim(weights={rank: 1.0}, caps=tuple(held))
        bounds[rank] = least
        if several:
            answer = solve(problem, aim, relax=True)
            bounds[rank] = answer.bound if answer.amounts is not None else 0.0
        if small and not state.broken and state.missed[place] > bounds[rank] + 1:
            done = state.missed[place]
            nodes = state.nodes(len(problem.area))
            answer = solve(problem, aim, seconds=state.seconds(), nodes=nodes)
            bounds[rank] = max(bounds[rank], min(answer.bound, done))
            state.offer(answer.amounts)
        held.append(({rank: 1.0}, state.missed[place] + 0.5))
    return bounds


def _together(state: State) -> bool:
    """Whether all candidates are also solved at once: where regions apart do not say it all."""
    problem = state.problem
    apart = len(state.blocks) > 1 and len(problem.ranks) == 1 and not state.limits.bonuses
    return len(problem.area) <= (SMALL if apart else TOGETHER)


def _least_broken(state: State) -> bool:
    """Look for a choice that breaks rules least, then for the least deviation at that.

    Gives whether it is known that rules cannot all be kept. They are weighed alone first: beside
    deviations a rule counted in other units than land may cost too little.
    """
    problem = state.problem
    soft = {n: BROKEN for n, row in enumerate(problem.rows) if row.rank == 0}
    limits: dict[str, Any] = {"seconds": state.seconds(), "nodes": state.nodes(len(problem.area))}
    answer = solve(problem, Aim(weights={}), amounts=state.best, soft=soft, **limits)
    state.offer(answer.amounts)
    proven = answer.status == "infeasible" or answer.bound > BROKEN * LIGHT
    aim = Aim(weights=state.weights or {1: 1.0})
    other = solve(problem, aim, soft=soft if state.broken else {}, **limits)
    state.offer(other.amounts)
    return proven


def _score(state: State, bounds: Mapping[int, float]) -> float:
    """Better the score within the deviation reached; give the most that is possible."""
    problem, limits = state.problem, state.limits
    if not problem.points.any() and not limits.bonuses:
        return 0.0
    single = len(problem.ranks) <= 1
    extra = state.slack if single else 0.5
    known = bounds if single else {}
    within = tuple(
        known.get(rank, float(missed)) + extra
        for rank, missed in zip(problem.ranks, state.missed, strict=True)
    )
    exact = all(region.exact for region in state.pool.regions)
    if single and exact and any(map(gt, state.missed, within)):
        bound = _score_within(state, within)
        if not any(map(gt, state.missed, within)):
            return bound
    return _score_within(state, tuple(map(max, map(float, state.missed), within)))


def _score_within(state: State, most: tuple[float, ...]) -> float:
    """Better the score within deviations; give the most that is possible."""
    problem, limits = state.problem, state.limits
    single = len(problem.ranks) <= 1
    caps = tuple(({rank: 1.0}, cap) for rank, cap in zip(problem.ranks, most, strict=True))
    aim = Aim(weights={}, points=1.0, caps=caps, bonuses=limits.bonuses)
    relaxed = solve(problem, aim, relax=True)
    bound = -relaxed.bound if relaxed.amounts is not None else float("inf")
    _offer_rounded(state, relaxed, most)
    weighed = float(np.dot(list(state.weights.values()), most))
    goal = Goal(
        most=most,
        weighed=weighed,
        inside=weighed - empty_deviation(problem, Aim(weights=state.weights)),
    )
    if not limits.bonuses and len(state.blocks) > 1:
        told = -by_regions(state, goal, relaxed)
        bound = min(bound, told) if single else bound
    if _together(state) and goal.open(state, -bound):
        answer = solve(
            problem,
            aim,
            seconds=state.seconds(),
            nodes=state.nodes(len(problem.area)) * 3,
        )
        bound = min(bound, -answer.bound)
        state.offer(answer.amounts, most)
    return max(bound, float(state.score))
