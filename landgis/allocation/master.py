"""One choice for each region, so that together they keep the rows that reach over several.

Each region brings choices met for it (columns of Dantzig and Wolfe). Choosing among them is a small
programme; the prices of its relaxation say for which choices to ask the regions next. Where every
choice that could matter is among them, its answer is the best of all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import highspy
import numpy as np
import numpy.typing as npt

from landgis.allocation.eliminate import PricedCell, fits
from landgis.allocation.problem import Flags, Floats, Ints, LimitedSum, Problem
from landgis.allocation.solver import SCALE, Columns, set_up, stop_after, unit_of

MOST_KEPT = 50_000
"""Choices that a region keeps, of one option each; fewer of many options."""

MEMORY = 3_000_000
"""Options in all the choices of a region that are kept."""

FEW = 300
"""Choices of a region up to which none is left out."""

WORK, PIVOTS = 2_000_000, 12_000_000
"""Nodes × choices of a programme, and iterations × choices."""

WHOLE_TO = 1e-6
"""How far from whole the solver may leave a choice: rules are kept by that much more, since a
choice that is off by so little may break one, but where regions are joined exactly."""

BROKEN = 1e3
"""Cost of one dm² by which a rule is broken, beside one of deviation."""


class RegionCell(NamedTuple):
    """Options that count towards one figure of a region, with its limits, rank and weight."""

    options: Ints
    low: int | None
    high: int | None
    rank: int
    weight: int


@dataclass(eq=False)
class Region:
    """A part of the problem, and the choices met for it.

    ``missed`` is the weighted deviation of the rows that lie wholly in it, ``sums`` what a choice
    adds to each row across. ``parts`` are the cells of the plan, if nothing else ties the region's
    parcels together, and ``exact`` tells whether these can be gone through completely; ``fixed``
    are options that must be chosen.
    """

    block: Flags
    options: Ints
    rows: list[LimitedSum]
    parts: tuple[RegionCell, ...] = ()
    fixed: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    exact: bool = False
    chosen: dict[bytes, npt.NDArray[Any]] = field(default_factory=dict)
    missed: list[float] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)
    sums: list[list[int]] = field(default_factory=list)

    def cells(self, prices: Mapping[int, float]) -> list[PricedCell]:
        """Give the cells with the price of a dm² of deviation, by rank."""
        return [
            PricedCell(p.options, p.low, p.high, prices.get(p.rank, 0.0) * p.weight)
            for p in self.parts
        ]


def parts_of(
    problem: Problem, options: Ints, rows: Sequence[LimitedSum]
) -> tuple[tuple[RegionCell, ...], Ints]:
    """Give a region's cells, and what must be chosen; none if anything else ties parcels.

    Options that no figure counts are a cell without limits.
    """
    none: tuple[tuple[RegionCell, ...], Ints] = ((), np.zeros(0, dtype=np.int64))
    if not all(row.kind == "target" and row.rank for row in rows):
        return none
    if not len(options) or problem.divisible[options].any():
        return none
    counted = np.bincount(
        np.concatenate([options[:0], *(row.options for row in rows)]), minlength=len(problem.area)
    )[options]
    if counted.max(initial=0) > 1:
        return none
    must = options[problem.must[problem.candidate[options]]]
    if len(np.unique(problem.candidate[must])) < len(must):
        return none
    parts = []
    for row in rows:
        here = np.isin(row.options, must)
        sure = int(problem.area[row.options[here]].sum())
        low, high = (None if limit is None else limit - sure for limit in (row.low, row.high))
        parts.append(RegionCell(row.options[~here], low, high, row.rank, row.weight))
    rest = np.setdiff1d(options[counted == 0], must)
    if len(rest):
        parts.append(RegionCell(rest, None, None, 0, 0))
    return tuple(parts), must


@dataclass(eq=False)
class Pool:
    """The regions of a problem with their choices, and the rows across."""

    problem: Problem
    weights: dict[int, float]
    regions: list[Region]
    across: list[int]

    @classmethod
    def of(
        cls,
        problem: Problem,
        weights: dict[int, float],
        blocks: Sequence[Flags],
        coupling: frozenset[int],
    ) -> Pool:
        """Lay the regions out."""
        part = np.zeros(len(problem.candidates), dtype=np.int64)
        for number, block in enumerate(blocks):
            part[block] = number
        rows: list[list[LimitedSum]] = [[] for _ in blocks]
        for number, row in enumerate(problem.rows):
            if number not in coupling and len(row.options):
                rows[part[problem.candidate[row.options[0]]]].append(row)
        regions = []
        for block, own in zip(blocks, rows, strict=True):
            options = np.flatnonzero(block[problem.candidate])
            parts, fixed = parts_of(problem, options, own)
            region = Region(block, options, own, parts, fixed)
            region.exact = bool(parts) and fits(problem, region.cells({}))
            regions.append(region)
        return cls(problem, weights, regions, sorted(coupling))

    def add(self, region: Region, amounts: Ints) -> None:
        """Keep a choice of a region, if it is new and keeps the region's own rules."""
        own = np.zeros_like(amounts)
        own[region.options] = amounts[region.options]
        here = np.flatnonzero(own)
        if (own[here] == self.problem.area[here]).all():
            self.add_whole(region, [here])
            return
        key = own[region.options].tobytes()
        missed = 0.0
        for row in region.rows:
            away = abs(row.deviation(self.problem.total(row, own)))
            if away and not row.rank:
                return
            missed += self.weights.get(row.rank, 0.0) * row.weight * away
        sums = [self.problem.total(self.problem.rows[n], own) for n in self.across]
        self._keep(region, key, (own[region.options], missed, self.problem.score(own), sums))

    def add_whole(self, region: Region, chosen: Sequence[Ints]) -> None:
        """Keep many choices of whole parcels at once, each given by its options."""
        if not chosen:
            return
        problem = self.problem
        every = np.concatenate(chosen)
        ends = np.cumsum([len(options) for options in chosen])
        starts = np.r_[0, ends[:-1]]
        dense = np.zeros(len(problem.area), dtype=np.int64)

        def sums(row: LimitedSum) -> Ints:
            dense[row.options] = row.coefs
            running = np.r_[0, np.cumsum(dense[every])]
            dense[row.options] = 0
            total: Ints = running[ends] - running[starts]
            return total

        broken = np.zeros(len(chosen), dtype=bool)
        missed = np.zeros(len(chosen))
        for row in region.rows:
            away = np.array([abs(row.deviation(int(total))) for total in sums(row)])
            if row.rank:
                missed += self.weights.get(row.rank, 0.0) * row.weight * away
            else:
                broken |= away > 0
        across = [sums(self.problem.rows[n]) for n in self.across]
        points = np.r_[0, np.cumsum(problem.points[every])]
        scores = points[ends] - points[starts]
        for k in np.flatnonzero(~broken).tolist():
            own = np.sort(chosen[k]).astype(np.int32)
            told = (own, float(missed[k]), int(scores[k]), [int(s[k]) for s in across])
            self._keep(region, own.tobytes(), told)

    def _keep(
        self, region: Region, key: bytes, told: tuple[npt.NDArray[Any], float, int, list[int]]
    ) -> None:
        most = min(MOST_KEPT, max(40, MEMORY // max(1, len(told[0]))))
        if key in region.chosen or len(region.chosen) >= most:
            return
        region.chosen[key] = told[0]
        region.missed.append(told[1])
        region.scores.append(told[2])
        region.sums.append(told[3])

    def amounts(self, region: Region, number: int, into: Ints) -> None:
        """Write a choice of a region into the amounts of all options."""
        choice = list(region.chosen.values())[number]
        into[region.options] = 0
        if choice.dtype == np.int32:
            into[choice] = self.problem.area[choice]
        else:
            into[region.options] = choice

    def cheapest(
        self, region: Region, prices: Mapping[int, float], price: float, points: float
    ) -> tuple[int, float]:
        """Tell which choice of a region is best, and what it costs at these prices."""
        across = np.array([prices.get(n, 0.0) for n in self.across])
        cost = price * np.array(region.missed) - points * np.array(region.scores, dtype=float)
        if len(across):
            cost += np.array(region.sums, dtype=float).reshape(len(cost), -1) @ across
        best = int(np.argmin(cost))
        return best, float(cost[best])

    def combine(
        self,
        *,
        points: float,
        most: float | None = None,
        work: float = 1.0,
        seconds: float = np.inf,
    ) -> tuple[Ints | None, dict[int, float], float, float]:
        """Choose one choice a region.

        Parameters
        ----------
        points
            0: least deviation; 1: most score.
        most
            Most weighted deviation in all.
        work
            Multiplies the limit in nodes; 0: only prices are asked for.

        Returns
        -------
        tuple
            Amounts of all options; the price of each row across in the relaxation; the price of
            deviation under ``most``; and the bound of the programme, as `Solved.bound` (of its
            relaxation, where only prices are asked for).
        """
        if any(not region.chosen for region in self.regions):
            return None, {}, 0.0, -np.inf
        build = Columns()
        places: list[tuple[Region, Ints, Ints]] = []
        least = sum(min(region.missed) for region in self.regions)
        for region in self.regions:
            missed, scores = np.array(region.missed), np.array(region.scores, dtype=float)
            kept = np.arange(len(missed))
            if most is not None and work:
                kept = np.flatnonzero(missed <= max(most - least, 0.0) + missed.min() + 0.5)
            kept = kept[self._undominated(region, kept, points)]
            cost = (missed if not points else 0.0 * missed) - points * scores
            columns = build.add(cost[kept] / SCALE, 0.0, 1.0, whole=True)
            places.append((region, columns, kept))
            build.row(columns, np.ones(len(columns)), 1.0, 1.0)
        numbers, gaps = self._across(build, places, points)
        cap = None
        if most is not None:
            every = np.concatenate([columns for _, columns, _ in places] + [g for g, _ in gaps])
            worth = np.concatenate(
                [np.array(r.missed)[kept] / SCALE for r, _, kept in places]
                + [np.full(2, w) for _, w in gaps]
            )
            cap = build.row(every, worth, -highspy.kHighsInf, most / SCALE)
        highs = set_up(0, seconds, 0.0)
        highs.passModel(build.model(relax=True))
        highs.run()
        prices = np.asarray(highs.getSolution().row_dual)
        duals = {n: float(prices[row]) * SCALE / scale for n, (row, scale) in numbers.items()}
        price = 0.0 if cap is None or not len(prices) else -float(prices[cap])
        if not work:
            return None, duals, price, float(highs.getInfo().objective_function_value) * SCALE
        nodes = int(np.clip(work * WORK / build.count, 20, 2000 * work))
        highs = set_up(nodes, seconds, 1e-6)
        highs.passModel(build.model(relax=False))
        stop_after(highs, max(1500, PIVOTS // build.count))
        highs.run()
        info = highs.getInfo()
        bound = float(info.mip_dual_bound) * SCALE
        values = np.asarray(highs.getSolution().col_value)
        if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            return None, duals, price, bound
        amounts = np.zeros(len(self.problem.area), dtype=np.int64)
        for region, columns, kept in places:
            self.amounts(region, int(kept[int(np.argmax(values[columns]))]), amounts)
        return amounts, duals, price, bound

    def _undominated(self, region: Region, kept: Ints, points: float) -> Ints:
        """Leave out choices that another one is as good as in everything that counts."""
        if len(kept) < FEW:
            return np.arange(len(kept))
        counts = [np.array(region.missed)[kept]]
        if points:
            counts.append(-np.array(region.scores, dtype=float)[kept])
        for k, number in enumerate(self.across):
            row, sums = self.problem.rows[number], np.array([s[k] for s in region.sums])[kept]
            counts += [sign * sums for sign, limit in ((-1, row.low), (1, row.high)) if limit]
        table = np.column_stack(counts)
        order = np.lexsort(table.T[::-1])
        stay: list[int] = []
        front = np.zeros((0, table.shape[1]))
        for k in order.tolist():
            if not len(front) or not (front <= table[k]).all(axis=1).any():
                stay.append(k)
                front = np.vstack([front, table[k]])
        return np.sort(np.array(stay, dtype=np.int64))

    def _across(
        self, build: Columns, places: list[tuple[Region, Ints, Ints]], points: float
    ) -> tuple[dict[int, tuple[int, float]], list[tuple[Ints, float]]]:
        """Lay the rows across down; those that must hold may be broken at a high cost."""
        numbers: dict[int, tuple[int, float]] = {}
        gaps: list[tuple[Ints, float]] = []
        exact = all(region.exact for region in self.regions)
        for k, number in enumerate(self.across):
            row = self.problem.rows[number]
            scale = unit_of(row)
            columns = np.concatenate([c for _, c, _ in places])
            values: Floats = np.concatenate(
                [np.array([s[k] for s in r.sums], dtype=float)[kept] for r, _, kept in places]
            )
            weight = (
                self.weights.get(row.rank, 0.0) * row.weight * scale / SCALE if row.rank else 0.0
            )
            if row.rank and not weight:
                continue
            cost = BROKEN * scale / SCALE if not row.rank else 0.0 if points else weight
            low, high = (None if limit is None else limit / scale for limit in (row.low, row.high))
            if not (row.rank or exact or None not in (low, high)):
                inside = WHOLE_TO * float(np.abs(values).max(initial=0.0)) / scale
                low = None if low is None else low + inside
                high = None if high is None else high - inside
            place, both = build.soft_row(columns, values / scale, (low, high), cost)
            numbers[number] = (place, scale)
            if row.rank:
                gaps.append((both, weight))
        return numbers, gaps
