"""Better choices for one region: parcels of several uses are moved, every cell answers exactly.

A parcel with one use belongs to one cell of the plan. For a given place of the parcels that have
several uses, the best subset of the others is known cell by cell, by bisection in its sorted sums.
So some of the former are given every possible place at once, thousands of choices in a few
milliseconds, and the best is kept; then others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landgis.allocation.cells import subset_sums
from landgis.allocation.problem import Floats, Ints, Problem

CORE = 13
"""Parcels of a cell that decide at once; the others stay."""

MOST_PLACES = 3000
"""Choices for the parcels of several uses that are weighed at once."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """The sums of a cell's parcels, sorted, with the best value up to and from each of them."""

    core: Ints
    sums: Ints
    order: Ints
    below: Ints
    above: Ints
    worth: Floats

    def best(self, wanted: Ints, price: float) -> tuple[Floats, Ints]:
        """Give the best value less the price of what is missed, and which subset has it."""
        cut = np.searchsorted(self.sums, wanted, side="right")
        left = self.below[np.maximum(cut - 1, 0)]
        right = self.above[np.minimum(cut, len(self.sums) - 1)]
        values = [self.worth[k] - price * np.abs(wanted - self.sums[k]) for k in (left, right)]
        return np.maximum(*values), np.where(values[0] >= values[1], left, right)


def polish(
    problem: Problem,
    cells: list[tuple[Ints, int]],
    worth: Floats,
    *,
    price: float,
    amounts: Ints,
    turns: int,
    seed: int,
) -> Ints:
    """Better a choice: most worth, less ``price`` for each dm² by which a cell is missed.

    Parameters
    ----------
    cells
        Options of each cell and its target. Options of several cells belong to one region.
    worth
        Of each option of the problem.
    amounts
        Where to begin; what lies outside the cells stays.
    turns, seed
        How often other parcels are moved, and which.
    """
    g = np.random.default_rng(seed)
    mine = np.concatenate([options for options, _ in cells])
    owners, count = np.unique(problem.candidate[mine], return_counts=True)
    several = set(owners[count > 1].tolist())
    where = {int(o): c for c, (options, _) in enumerate(cells) for o in options}
    places = {
        c: [-1, *(int(o) for o in mine[problem.candidate[mine] == c])] for c in sorted(several)
    }
    single = [o[~np.isin(problem.candidate[o], list(several))] for o, _ in cells]
    targets = np.array([target for _, target in cells], dtype=np.int64)
    amounts = amounts.copy()
    movable = list(places)
    for turn in range(turns):
        tables = [
            _table(problem, options, worth, price, g, all_of_them=len(options) <= CORE)
            for options in single
        ]
        moved: list[int] = []
        size = 1
        for k in g.permutation(len(movable)):
            size *= len(places[movable[k]])
            if size > MOST_PLACES:
                break
            moved.append(movable[k])
        held = amounts.copy()
        for candidate in moved:
            held[places[candidate][1:]] = 0
        for table in tables:
            held[table.core] = 0
        base = np.array([int(held[options].sum()) for options, _ in cells], dtype=np.int64)
        _, chosen = _weigh(problem, places, moved, where, (targets - base, tables, worth, price))
        states, subsets = chosen
        for candidate, state in zip(moved, states, strict=True):
            option = places[candidate][state]
            if option >= 0:
                held[option] = problem.area[option]
        for table, subset in zip(tables, subsets, strict=True):
            bits = int(table.order[subset])
            taken = np.array([bits >> k & 1 for k in range(len(table.core))], dtype=bool)
            held[table.core[taken]] = problem.area[table.core[taken]]
        amounts = held
        if not movable and turn and all(len(o) <= CORE for o in single):
            break
    return amounts


def _table(
    problem: Problem,
    options: Ints,
    worth: Floats,
    price: float,
    g: np.random.Generator,
    *,
    all_of_them: bool,
) -> _Cell:
    core = options if all_of_them else g.choice(options, CORE, replace=False)
    sums, values = subset_sums(problem.area[core], worth[core])
    order = np.argsort(sums, kind="stable")
    sums, values = sums[order], values[order]
    below = _running(values + price * sums)
    above = len(sums) - 1 - _running((values - price * sums)[::-1])[::-1]
    return _Cell(core, sums, order, below, above, values)


def _running(values: Floats) -> Ints:
    """Find where the greatest of the values so far stands."""
    greatest = np.maximum.accumulate(values)
    new = np.r_[True, greatest[1:] > greatest[:-1]]
    places: Ints = np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))
    return places


def _weigh(
    problem: Problem,
    places: dict[int, list[int]],
    moved: list[int],
    where: dict[int, int],
    what: tuple[Ints, list[_Cell], Floats, float],
) -> tuple[float, tuple[list[int], list[int]]]:
    """Weigh every place of the moved parcels at once; give the best with the cells' answers."""
    wanted, tables, worth, price = what
    shape = [len(places[c]) for c in moved]
    index = np.indices(shape).reshape(len(shape), -1) if shape else np.zeros((0, 1), dtype=int)
    total = np.zeros(index.shape[1])
    left = np.repeat(wanted[:, None], index.shape[1], axis=1)
    for candidate, states in zip(moved, index, strict=True):
        for state, option in enumerate(places[candidate]):
            if option < 0:
                continue
            here = states == state
            total[here] += worth[option]
            left[where[option], here] -= problem.area[option]
    answers = []
    for cell, table in enumerate(tables):
        value, subset = table.best(left[cell], price)
        total += value
        answers.append(subset)
    best = int(np.argmax(total))
    return float(total[best]), (index[:, best].tolist(), [int(a[best]) for a in answers])
