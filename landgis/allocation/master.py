"""One choice for each region, so that together they keep the rows that reach over several.

Each region brings the choices met while it was solved by itself (columns of Dantzig and Wolfe).
Choosing among them is a small programme; the prices of its relaxation say for which choices to ask
the regions next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np

from landgis.allocation.problem import Flags, Floats, Ints, LimitedSum, Problem
from landgis.allocation.solver import SCALE, Columns, set_up

MOST_KEPT = 400
"""Choices that a region keeps."""

BROKEN = 1e3
"""Cost of one dm² by which a rule is broken, beside one of deviation."""


@dataclass(eq=False)
class Region:
    """A part of the problem, and the choices met for it.

    ``missed`` is the weighted deviation of the rows that lie wholly in it, ``sums`` what a choice
    adds to each row across.
    """

    block: Flags
    options: Ints
    rows: list[LimitedSum]
    chosen: dict[bytes, Ints] = field(default_factory=dict)
    missed: list[float] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)
    sums: list[list[int]] = field(default_factory=list)
    kept: list[bool] = field(default_factory=list)


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
        regions = [
            Region(block, np.flatnonzero(block[problem.candidate]), own)
            for block, own in zip(blocks, rows, strict=True)
        ]
        return cls(problem, weights, regions, sorted(coupling))

    def add(self, region: Region, amounts: Ints) -> None:
        """Keep a choice of a region, if it is new and keeps the region's own rules."""
        key = amounts[region.options].tobytes()
        if key in region.chosen or len(region.chosen) >= MOST_KEPT:
            return
        problem = self.problem
        missed = 0.0
        for row in region.rows:
            away = abs(row.deviation(problem.total(row, amounts)))
            if away and not row.rank:
                return
            missed += self.weights.get(row.rank, 0.0) * row.weight * away
        own = np.zeros_like(amounts)
        own[region.options] = amounts[region.options]
        region.chosen[key] = amounts[region.options].copy()
        region.missed.append(missed)
        region.scores.append(problem.score(own))
        region.sums.append([problem.total(problem.rows[n], own) for n in self.across])

    def combine(
        self, *, points: float, most: float | None = None, nodes: int = 2000, seconds: float = 60.0
    ) -> tuple[Ints | None, dict[int, float], float]:
        """Choose one choice a region.

        Parameters
        ----------
        points
            0: least deviation; 1: most score.
        most
            Most weighted deviation in all.

        Returns
        -------
        tuple
            Amounts of all options; the price of each row across in the relaxation; the price of
            deviation under ``most``.
        """
        if any(not region.chosen for region in self.regions):
            return None, {}, 0.0
        build = Columns()
        places: list[tuple[Region, Ints]] = []
        for region in self.regions:
            missed, scores = np.array(region.missed), np.array(region.scores, dtype=float)
            cost = (missed if not points else 0.0 * missed) - points * scores
            columns = build.add(cost / SCALE, 0.0, 1.0, whole=True)
            places.append((region, columns))
            build.row(columns, np.ones(len(columns)), 1.0, 1.0)
        numbers, gaps = self._across(build, places, points)
        cap = None
        if most is not None:
            every = np.concatenate([columns for _, columns in places] + [g for g, _ in gaps])
            worth = np.concatenate(
                [np.array(r.missed) / SCALE for r, _ in places] + [np.full(2, w) for _, w in gaps]
            )
            cap = build.row(every, worth, -highspy.kHighsInf, most / SCALE)
        highs = set_up(nodes, seconds, 0.0)
        highs.passModel(build.model(relax=True))
        highs.run()
        prices = np.asarray(highs.getSolution().row_dual)
        duals = {n: float(prices[row]) * SCALE / scale for n, (row, scale) in numbers.items()}
        price = 0.0 if cap is None or not len(prices) else -float(prices[cap])
        highs = set_up(nodes, seconds, 1e-6)
        highs.passModel(build.model(relax=False))
        highs.run()
        values = np.asarray(highs.getSolution().col_value)
        if highs.getInfo().primal_solution_status != int(
            highspy.SolutionStatus.kSolutionStatusFeasible
        ):
            return None, duals, price
        amounts = np.zeros(len(self.problem.area), dtype=np.int64)
        for region, columns in places:
            best = int(np.argmax(values[columns]))
            amounts[region.options] = list(region.chosen.values())[best]
        return amounts, duals, price

    def _across(
        self, build: Columns, places: list[tuple[Region, Ints]], points: float
    ) -> tuple[dict[int, tuple[int, float]], list[tuple[Ints, float]]]:
        """Lay the rows across down; those that must hold may be broken at a high cost."""
        numbers: dict[int, tuple[int, float]] = {}
        gaps: list[tuple[Ints, float]] = []
        infinite = highspy.kHighsInf
        for k, number in enumerate(self.across):
            row = self.problem.rows[number]
            scale = SCALE if row.area else float(max(1, np.abs(row.coefs).max(initial=1)))
            columns = np.concatenate([c for _, c in places])
            values: Floats = np.concatenate(
                [np.array([s[k] for s in region.sums], dtype=float) for region, _ in places]
            )
            weight = self.weights.get(row.rank, 0.0) * row.weight if row.rank else 0.0
            if row.rank and not weight:
                continue
            cost = BROKEN * scale / SCALE if not row.rank else 0.0 if points else weight
            both = build.add([cost, cost], 0.0, infinite, whole=False)
            if row.rank:
                gaps.append((both, weight))
            low = -infinite if row.low is None else row.low / scale
            high = infinite if row.high is None else row.high / scale
            numbers[number] = (
                build.row(np.r_[columns, both], np.r_[values / scale, 1.0, -1.0], low, high),
                scale,
            )
        return numbers, gaps
