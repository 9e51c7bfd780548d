"""HiGHS on a part of a problem: some candidates decide, all others stay as they are.

The one module that knows the solver. Raw arrays go in, whole dm² come out; the caller weighs every
answer again in exact numbers, because a solver works within tolerances. One thread, a fixed seed
and limits in nodes make the same input give the same answer; a limit in seconds is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import highspy
import numpy as np

from landgis.allocation.problem import COUNTED, Flags, Floats, Ints, LimitedSum, Problem

SCALE = 1e3
"""dm² in the solver's unit. One dm² must be far above the solver's tolerances and sums not too
large: in 公顷, where one dm² is 10⁻⁶, HiGHS 1.16 calls some programmes infeasible of which it holds
an answer."""

PIVOTS, FEWEST = 200_000_000, 20_000
"""Iterations × columns, and iterations, that any programme of whole parcels may take: its root,
too, may be long, and a limit by the clock would make answers differ."""

_INF = highspy.kHighsInf


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Solved:
    """What the solver gave.

    Parameters
    ----------
    amounts
        Of every option of the problem, in dm²; None if there is no answer.
    bound
        No choice has a smaller objective: deviation in dm² less points, as the aim weighs them.
    status
        ``optimal``, ``stopped`` (a limit was reached), or ``infeasible``.
    duals
        Price of each row of the problem, in objective units a unit of its sum; 0 where the row did
        not take part.
    reduced
        Reduced cost of each option of the problem (of a relaxation).
    values
        Fraction of each option of the problem that is taken.
    met
        Choices that the solver met on its way.
    """

    amounts: Ints | None
    bound: float
    status: str
    duals: Floats
    reduced: Floats
    values: Floats
    met: list[Ints] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is asked for.

    Parameters
    ----------
    weights
        Weight of the deviation of each rank that is minimised.
    points
        Weight of the score, which is maximised.
    caps
        Weights of ranks, and the most that their weighted deviation may be, in dm².
    prices
        Row → price of one unit of its sum, added to the objective; such rows are left out.
    bonuses
        Pairs of candidates that bring points when both are chosen.
    alone
        Whether ``caps`` count only rows that the free candidates touch.
    """

    weights: Mapping[int, float]
    points: float = 0.0
    caps: tuple[tuple[Mapping[int, float], float], ...] = ()
    prices: Mapping[int, float] = field(default_factory=dict)
    bonuses: tuple[tuple[int, int, int], ...] = ()
    alone: bool = False


class Columns:
    """Grows the model column by column and row by row."""

    def __init__(self) -> None:
        self.cost: list[Floats] = []
        self.lower: list[Floats] = []
        self.upper: list[Floats] = []
        self.whole: list[Flags] = []
        self.count = 0
        self.entries: list[tuple[Ints, Ints, Floats]] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, cost: Any, lower: Any, upper: Any, *, whole: bool) -> Ints:
        """Add columns; give their numbers."""
        count = len(cost)
        self.cost.append(np.asarray(cost, dtype=float))
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=float), count))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), count))
        self.whole.append(np.full(count, whole))
        self.count += count
        return np.arange(self.count - count, self.count, dtype=np.int64)

    def row(self, columns: Any, values: Any, low: float, high: float) -> int:
        """Add a row; give its number."""
        columns = np.asarray(columns, dtype=np.int64)
        number = len(self.low)
        self.entries.append(
            (np.full(len(columns), number, dtype=np.int64), columns, np.asarray(values, float))
        )
        self.low.append(low)
        self.high.append(high)
        return number

    def rows(
        self, number_of: Ints, columns: Ints, values: Floats, low: Floats, high: Floats
    ) -> None:
        """Add many rows at once; ``number_of`` counts from 0 among them."""
        self.entries.append((number_of + len(self.low), columns, values))
        self.low += low.tolist()
        self.high += high.tolist()

    def soft_row(
        self, columns: Any, values: Any, limits: tuple[float | None, float | None], cost: float
    ) -> tuple[int, Ints]:
        """Add a row that may be missed at a cost; give its number and what it is missed by."""
        gaps = self.add([cost, cost], 0.0, _INF, whole=False)
        low, high = limits
        return self.row(
            np.r_[columns, gaps],
            np.r_[values, 1.0, -1.0],
            -_INF if low is None else low,
            _INF if high is None else high,
        ), gaps

    def whole_answers(self, nodes: int, seconds: float) -> tuple[float, list[Floats]]:
        """Solve in whole numbers; give what no answer costs less than, and all that were met.

        Without nodes only the bound is asked for, of the relaxation.
        """
        met: list[Floats] = []
        highs = set_up(nodes, seconds, 0.0)
        highs.setOptionValue("mip_allow_restart", "off")  # a bound soon, rather than a closer one
        highs.setOptionValue("mip_heuristic_effort", 0.0)
        highs.passModel(self.model(relax=not nodes))
        if not nodes:
            highs.run()
            return float(highs.getInfo().objective_function_value) * SCALE, met
        stop_after(highs, max(FEWEST, PIVOTS // self.count))
        highs.cbMipSolution.subscribe(
            lambda event: met.append(np.array(event.data_out.mip_solution))
        )
        highs.run()
        return float(highs.getInfo().mip_dual_bound) * SCALE, met

    def model(self, *, relax: bool) -> highspy.HighsLp:
        """Lay the model out as the solver wants it, column by column."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.count, len(self.low)
        lp.col_cost_ = np.concatenate(self.cost)
        lp.col_lower_, lp.col_upper_ = np.concatenate(self.lower), np.concatenate(self.upper)
        lp.row_lower_, lp.row_upper_ = np.array(self.low), np.array(self.high)
        rows, columns, values = (np.concatenate(part) for part in zip(*self.entries, strict=True))
        order = np.lexsort((rows, columns))
        starts = np.searchsorted(columns[order], np.arange(self.count + 1))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = starts.astype(np.int32)
        lp.a_matrix_.index_ = rows[order].astype(np.int32)
        lp.a_matrix_.value_ = values[order]
        if not relax:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[flag] for flag in np.concatenate(self.whole).tolist()]
        return lp


def solve(
    problem: Problem,
    aim: Aim,
    *,
    amounts: Ints | None = None,
    free: Flags | None = None,
    relax: bool = False,
    nodes: int = 2000,
    seconds: float = np.inf,
    soft: Mapping[int, float] = MappingProxyType({}),
    meet: bool = False,
) -> Solved:
    """Solve for the free candidates.

    Parameters
    ----------
    amounts
        The choice so far: what is not free stays like that.
    free
        Which candidates decide; all if not given.
    relax
        Whether parcels may be split as one likes: a bound, with prices.
    nodes, seconds
        Limits.
    soft
        Rule → cost of one unit by which it is broken, for rules that may be while one searches.
    meet
        Whether to give all choices that the solver met on its way.
    """
    size = len(problem.area)
    fixed = np.zeros(size, dtype=np.int64) if amounts is None else amounts
    everyone = free is None
    beyond = empty_deviation(problem, aim) if everyone else 0.0
    free = np.ones(len(problem.candidates), dtype=bool) if free is None else free
    ours = np.flatnonzero(free[problem.candidate])
    build = Columns()
    taken, share = _choices(problem, build, aim, ours)
    _one_each(problem, build, ours, taken)
    places = np.full(size, -1, dtype=np.int64)
    places[ours] = np.arange(len(ours))
    counted, missed = _rows(problem, build, aim, (fixed, places, taken, share), soft)
    _caps(problem, build, aim, missed, fixed)
    for a, b, points in aim.bonuses if aim.points else ():
        both = build.add([-aim.points * points / SCALE], 0.0, 1.0, whole=False)
        members = [taken[problem.candidate[ours] == candidate] for candidate in (a, b)]
        for mine in members:
            build.row([*both, *mine], [1.0] + [-1.0] * len(mine), -_INF, 0.0)
    if not build.low:  # HiGHS wants a row
        build.row([0] if build.count else [], [1.0] if build.count else [], -_INF, _INF)
    if not build.count:
        zeros = np.zeros(size)
        return Solved(
            amounts=fixed,
            bound=beyond,
            status="optimal",
            reduced=zeros,
            values=zeros,
            duals=np.zeros(len(problem.rows)),
        )
    highs = set_up(nodes, seconds, 0.0)
    highs.passModel(build.model(relax=relax))
    if not relax:
        stop_after(highs, max(FEWEST, PIVOTS // build.count))
    pool: list[Floats] = []
    if meet and not relax:
        highs.cbMipSolution.subscribe(
            lambda event: pool.append(np.array(event.data_out.mip_solution))
        )
    highs.run()
    parts = (fixed, ours, taken, share, counted)
    return _answer(problem, highs, parts, relax=relax, beyond=beyond, pool=pool)


def _choices(problem: Problem, build: Columns, aim: Aim, ours: Ints) -> tuple[Ints, Ints]:
    """Add a column for each option, taken or not, and one for the part of a divisible parcel."""
    size = len(problem.area)
    cost = -aim.points * problem.points[ours] / SCALE
    for number, price in aim.prices.items():
        row = problem.rows[number]
        cost += price * np.bincount(row.options, row.coefs, minlength=size)[ours] / SCALE
    divisible = problem.divisible[ours]
    taken = build.add(np.where(divisible, 0.0, cost), 0.0, 1.0, whole=True)
    share = taken.copy()
    part = build.add(cost[divisible], 0.0, 1.0, whole=False)
    share[divisible] = part
    least = (problem.least / np.maximum(problem.area, 1))[ours][divisible]
    for x, t, smallest in zip(taken[divisible], part, least, strict=True):
        build.row([t, x], [1.0, -1.0], -_INF, 0.0)
        build.row([t, x], [1.0, -float(smallest)], 0.0, _INF)
    return taken, share


def empty_deviation(problem: Problem, aim: Aim) -> float:
    """Add up what targets are missed by for which there is no candidate at all, in dm²."""
    return sum(
        aim.weights.get(row.rank, 0.0) * row.weight * abs(row.deviation(0))
        for row in problem.rows
        if row.rank and not len(row.options)
    )


def _one_each(problem: Problem, build: Columns, ours: Ints, taken: Ints) -> None:
    """Of each candidate one option at most; one at least where the candidate must be chosen."""
    owners, position, count = np.unique(
        problem.candidate[ours], return_inverse=True, return_counts=True
    )
    must = problem.must[owners]
    needed = (count > 1) | must
    number = np.cumsum(needed) - 1
    mine = needed[position]
    total = int(needed.sum())
    if total:
        build.rows(
            number[position[mine]],
            taken[mine],
            np.ones(int(mine.sum())),
            np.where(must[needed], 1.0, -_INF),
            np.ones(total),
        )


def _rows(
    problem: Problem,
    build: Columns,
    aim: Aim,
    choice: tuple[Ints, Ints, Ints, Ints],
    soft: Mapping[int, float],
) -> tuple[dict[int, tuple[int, float]], dict[int, Ints]]:
    """Lay down the rows that our options touch; give their numbers and the columns of deviation."""
    fixed, places, taken, share = choice
    held = {rank for weights, _ in aim.caps for rank in weights}
    counted: dict[int, tuple[int, float]] = {}
    missed: dict[int, Ints] = {}
    for number, row in enumerate(problem.rows):
        if number in aim.prices:
            continue
        if row.rank and not aim.weights.get(row.rank) and row.rank not in held:
            continue
        where = places[row.options]
        mine = where >= 0
        if not mine.any():
            continue
        others = _fixed_sum(problem, row, fixed, ~mine)
        scale = unit_of(row)
        columns = (taken if row.kind in COUNTED else share)[where[mine]]
        values = row.coefs[mine] / scale
        low = -_INF if row.low is None else (row.low - others) / scale
        high = _INF if row.high is None else (row.high - others) / scale
        if number not in soft and not row.rank:
            counted[number] = (build.row(columns, values, low, high), scale)
            continue
        cost = soft.get(number, aim.weights.get(row.rank, 0.0) * row.weight * scale / SCALE)
        place, gaps = build.soft_row(columns, values, (low, high), cost)
        counted[number] = (place, scale)
        if number not in soft:
            missed[number] = gaps
    return counted, missed


def unit_of(row: LimitedSum) -> float:
    """Give the solver's unit of a row: of areas `SCALE`, else the greatest coefficient."""
    return SCALE if row.area else float(max(1, np.abs(row.coefs).max(initial=1)))


def _fixed_sum(problem: Problem, row: LimitedSum, fixed: Ints, others: Flags) -> float:
    here = row.options[others]
    amount, area = fixed[here], problem.area[here]
    if row.kind in COUNTED:
        return float(row.coefs[others][amount > 0].sum())
    whole = amount == area
    total = float(row.coefs[others][whole].sum())
    part = (amount > 0) & ~whole
    return total + float((row.coefs[others][part] * (amount[part] / area[part])).sum())


def _caps(problem: Problem, build: Columns, aim: Aim, missed: dict[int, Ints], fixed: Ints) -> None:
    """Hold the deviations of earlier stages; what rows without our options miss is taken off."""
    if not aim.caps:
        return
    totals = [] if aim.alone else problem.totals(fixed)
    for weights, most in aim.caps:
        columns: list[Ints] = []
        values: list[float] = []
        used = 0.0
        for number, row in enumerate(problem.rows):
            weight = weights.get(row.rank, 0.0) * row.weight if row.rank else 0.0
            if not weight:
                continue
            if number in missed:
                columns.append(missed[number])
                values += [weight * unit_of(row) / SCALE] * 2
            elif not aim.alone:
                used += weight * abs(row.deviation(totals[number]))
        if columns:
            build.row(np.concatenate(columns), values, -_INF, max(0.0, most - used) / SCALE)


def set_up(nodes: int, seconds: float, gap: float) -> highspy.Highs:
    """Make a solver that gives the same answer every time, within limits."""
    highs = _Quiet()  # type: ignore[no-untyped-call]
    for option, value in {
        "threads": 1,
        "random_seed": 0,
        "mip_max_nodes": nodes,
        "time_limit": seconds,
        "mip_rel_gap": gap,
        "mip_abs_gap": 0.4 / SCALE,
        "mip_feasibility_tolerance": 1e-6,
        "primal_feasibility_tolerance": 1e-7,
    }.items():
        highs.setOptionValue(option, value)
    return highs


def stop_after(highs: highspy.Highs, iterations: int) -> None:
    """Stop after so many iterations; the root alone, before any node, may take long."""

    def stop(event: Any) -> None:
        if event.data_out.simplex_iteration_count > iterations:
            event.interrupt()

    highs.cbMipInterrupt.subscribe(stop)


class _Quiet(highspy.Highs):
    """HiGHS without its banner, which it prints while it is made."""

    def enableCallbacks(self) -> None:  # noqa: N802 - its name
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


_STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible",
}


def _answer(
    problem: Problem,
    highs: highspy.Highs,
    parts: tuple[Ints, Ints, Ints, Ints, dict[int, tuple[int, float]]],
    *,
    relax: bool,
    beyond: float,
    pool: list[Floats],
) -> Solved:
    fixed, ours, taken, share, counted = parts
    status = _STATUS.get(highs.getModelStatus(), "stopped")
    info, solution = highs.getInfo(), highs.getSolution()
    size = len(problem.area)
    closed = relax or status == "optimal"
    bound = info.objective_function_value if closed else info.mip_dual_bound
    bound = bound * SCALE + beyond
    duals, reduced, values = np.zeros(len(problem.rows)), np.zeros(size), np.zeros(size)
    amounts = None
    feasible = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    if feasible and status != "infeasible":
        columns = np.asarray(solution.col_value)
        values[ours] = columns[share]
        amounts = _amounts(problem, columns, (fixed, ours, taken, share))
        if relax:
            prices = np.asarray(solution.row_dual)
            for number, (row, scale) in counted.items():
                duals[number] = prices[row] * SCALE / scale
            reduced[ours] = np.asarray(solution.col_dual)[share]
    met = [_amounts(problem, columns, (fixed, ours, taken, share)) for columns in pool]
    return Solved(
        amounts=amounts,
        bound=bound,
        status=status,
        duals=duals,
        reduced=reduced,
        values=values,
        met=met,
    )


def _amounts(problem: Problem, columns: Floats, parts: tuple[Ints, Ints, Ints, Ints]) -> Ints:
    """Turn the solver's columns into whole dm² of each option."""
    fixed, ours, taken, share = parts
    part = np.rint(columns[share] * problem.area[ours]).astype(np.int64)
    whole = np.where(share == taken, problem.area[ours], part)
    chosen = columns[taken] > 0.5
    amounts = fixed.copy()
    amounts[ours] = np.where(chosen, np.clip(whole, problem.least[ours], problem.area[ours]), 0)
    return amounts
