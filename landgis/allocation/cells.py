"""The best choices of whole parcels, exactly: of one cell, and of one region cell after cell.

A cell of the plan (region × use) is a knapsack over whole numbers. Of up to some 26 parcels all
subsets are weighed at once: both halves are laid out, one is sorted, and each sum of the other
finds its best partner by bisection. The same tells which parcels make a finely printed figure.

A parcel with one use belongs to one cell; what its cell is best made of, for any sum, stands in a
table of the sums of all subsets. Only parcels of several uses tie cells together. So cells are gone
through one by one, and all that has to be remembered of those done is which of the parcels that
later cells could use are taken (dynamic programming by elimination of variables, Bertelè and
Brioschi 1972): a few thousand states instead of 10¹⁹ choices. The same tables, read backwards, list
every choice whose cost stays within a limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pandas as pd

from landgis.allocation.problem import DM2_PER_M2, Flags, Floats, Ints, Problem
from landgis.allocation.solver import SCALE, Columns
from landgis.errors import InputError

MOST = 26
"""Parcels whose subsets are weighed all at once."""

MOST_EXACT = 40
"""Parcels among which all sums that hit a figure are counted: 2²⁰ sums a half."""


def best_subset(areas: Ints, values: Floats, *, low: int, high: int) -> tuple[Flags, int]:
    """Choose whole parcels whose sum lies between limits and whose value is greatest.

    Parameters
    ----------
    areas, values
        Of each parcel; `MOST` parcels at most.
    low, high
        Limits of the sum, in the unit of ``areas``.

    Returns
    -------
    tuple
        Which parcels are chosen, and by how much the sum misses the limits: 0, or the least that
        is possible (then, of several, the one of greatest value).

    Examples
    --------
    >>> areas = np.array([40, 30, 25, 10])
    >>> flags, miss = best_subset(areas, np.array([1.0, 3.0, 3.0, 1.0]), low=65, high=65)
    >>> flags.tolist(), miss
    ([False, True, True, True], 0)
    >>> best_subset(areas, np.ones(4), low=60, high=60)[1]
    5
    """
    count = len(areas)
    half = count // 2
    sums_a, values_a = subset_sums(areas[:half], values[:half])
    sums_b, values_b = subset_sums(areas[half:], values[half:])
    order = np.lexsort((-values_b, sums_b))
    sums_b, values_b = sums_b[order], values_b[order]
    left = np.searchsorted(sums_b, low - sums_a, side="left")
    right = np.searchsorted(sums_b, high - sums_a, side="right")
    inside = np.flatnonzero(right > left)
    if len(inside):
        partner = range_best(values_b, left[inside], right[inside])
        total = values_a[inside] + values_b[partner]
        best = int(np.argmax(total))
        pair, miss = (int(inside[best]), int(partner[best])), 0
    else:
        below, above = np.maximum(left - 1, 0), np.minimum(right, len(sums_b) - 1)
        gaps = [_miss(sums_a + sums_b[p], low, high) for p in (below, above)]
        partner = np.where(gaps[0] <= gaps[1], below, above)
        gap = np.minimum(*gaps)
        best = int(np.lexsort((-(values_a + values_b[partner]), gap))[0])
        pair, miss = (best, int(partner[best])), int(gap[best])
    bits = pair[0] | (int(order[pair[1]]) << half)
    return np.array([bits >> k & 1 for k in range(count)], dtype=bool), miss


def _miss(sums: Ints, low: int, high: int) -> Ints:
    return np.maximum(np.maximum(low - sums, sums - high), 0)


def subset_sums(areas: Ints, values: Floats) -> tuple[Ints, Floats]:
    """Lay out the sums of all subsets; the bits of a position say which parcels are in it."""
    sums, worth = np.zeros(1 << len(areas), dtype=np.int64), np.zeros(1 << len(areas))
    for k, (area, value) in enumerate(zip(areas, values, strict=True)):
        half = 1 << k
        np.add(sums[:half], area, out=sums[half : 2 * half])
        np.add(worth[:half], value, out=worth[half : 2 * half])
    return sums, worth


def range_best(values: Floats, left: Ints, right: Ints) -> Ints:
    """Find where the greatest of ``values[left:right]`` stands, for many ranges (sparse table)."""
    levels = [np.arange(len(values))]
    width = 1
    longest = int((right - left).max())
    while 2 * width <= longest:
        last = levels[-1]
        first, second = last[:-width], last[width:]
        levels.append(np.where(values[first] >= values[second], first, second))
        width *= 2
    level = np.floor(np.log2(right - left)).astype(np.int64)
    best = np.empty(len(left), dtype=np.int64)
    for k, table in enumerate(levels):
        here = np.flatnonzero(level == k)
        first, second = table[left[here]], table[right[here] - (1 << k)]
        best[here] = np.where(values[first] >= values[second], first, second)
    return best


def which_make(
    parcels: pd.DataFrame,
    figure_m2: Fraction,
    *,
    width_m2: Fraction = Fraction(0),
    most: int = 5,
) -> pd.DataFrame:
    """Tell which whole parcels make a printed figure, and whether only these do.

    Parameters
    ----------
    parcels
        ``parcel_id`` and ``area_m2``; `MOST_EXACT` at most.
    figure_m2, width_m2
        The figure, and what its print leaves open on either side, in m².
    most
        Combinations that are listed at most.

    Returns
    -------
    DataFrame
        A row for each combination, nearest first: ``members`` (ids), ``area_m2``, ``difference_m2``
        and ``combinations`` (how many there are in all: 1 means that only these parcels make the
        figure). No row if none does.

    Raises
    ------
    InputError
        If there are too many parcels to weigh all combinations.

    Examples
    --------
    >>> table = pd.DataFrame({"parcel_id": ["a", "b", "c"], "area_m2": [10.0, 20.5, 7.25]})
    >>> which_make(table, Fraction("17.25"))[["members", "combinations"]].values.tolist()
    [[('a', 'c'), 1]]
    """
    if len(parcels) > MOST_EXACT:
        raise InputError(
            f"{len(parcels)} 宗地的组合太多，最多 {MOST_EXACT} 宗：请按区域和用途分开。",
            f"{len(parcels)} parcels have too many combinations, {MOST_EXACT} at most: take one "
            "region and use at a time.",
        )
    ids = parcels["parcel_id"].astype("str").to_numpy()
    areas = (parcels["area_m2"].to_numpy(dtype=float) * DM2_PER_M2).round().astype(np.int64)
    low = -(-(figure_m2 - width_m2) * DM2_PER_M2 // 1)
    high = (figure_m2 + width_m2) * DM2_PER_M2 // 1
    target = float(figure_m2 * DM2_PER_M2)
    half = len(areas) // 2
    nothing = np.zeros(len(areas))
    sums_a, _ = subset_sums(areas[:half], nothing[:half])
    sums_b, _ = subset_sums(areas[half:], nothing[half:])
    order = np.argsort(sums_b, kind="stable")
    sums_b = sums_b[order]
    left = np.searchsorted(sums_b, int(low) - sums_a, side="left")
    right = np.searchsorted(sums_b, int(high) - sums_a, side="right")
    number = int((right - left).sum())
    pairs = []
    for a in np.flatnonzero(right > left):
        pairs += [
            (abs(float(sums_a[a] + sums_b[b]) - target), int(a), int(b))
            for b in range(left[a], min(right[a], left[a] + most))
        ]
    rows = []
    for _, first, second in sorted(pairs)[:most]:
        bits = first | (int(order[second]) << half)
        chosen = np.array([bits >> k & 1 for k in range(len(areas))], dtype=bool)
        total = int(areas[chosen].sum())
        rows.append(
            {
                "members": tuple(ids[chosen].tolist()),
                "area_m2": total / DM2_PER_M2,
                "difference_m2": float(Fraction(total, DM2_PER_M2) - figure_m2),
                "combinations": number,
            }
        )
    columns = ["members", "area_m2", "difference_m2", "combinations"]
    return pd.DataFrame(rows, columns=columns)


MOST_SUMS = 19
"""Parcels of one use of a cell whose subsets are laid out: 2¹⁹ sums."""

MOST_TIED = 14
"""Parcels of several uses of a cell, all of whose subsets are weighed."""

TIED_AT_ONCE = 12
"""The same, where each subset is a column of a programme."""

MOST_SEVERAL = 62
"""Parcels of several uses of a region: one bit each."""

BEAM = 12_000
"""States remembered after a cell. Of more the best go on, and the bound knows what was left."""

PAIRS = 1 << 21
"""Transitions weighed at once."""

SPREAD, LOWERED = 2_000_000, 30
"""Ways laid out before the cheapest are kept, and how often the limit is halved for that."""


@dataclass(frozen=True, slots=True, eq=False)
class PricedCell:
    """Options that count towards one figure, its limits, and the price of a dm² beyond them."""

    options: Ints
    low: int | None
    high: int | None
    price: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Choices:
    """Choices of a region, cheapest first.

    Parameters
    ----------
    costs
        Price of what is missed less worth, of each.
    lower
        No choice at all costs less.
    complete
        Every choice that costs no more than this is listed (but for ties within a listed one's
        cost of the same parcels elsewhere).
    stages, ways, subsets
        The cells, and of each choice the pattern of tied parcels and the subset of the others.
    """

    costs: Floats
    lower: float
    complete: float
    stages: list[_Stage] = field(default_factory=list)
    ways: Ints
    subsets: Ints

    def options(self, number: int) -> Ints:
        """Give the options of one choice."""
        each = zip(self.stages, self.ways[number], self.subsets[number], strict=True)
        return np.concatenate([s.options(int(p), int(q)) for s, p, q in each])

    @property
    def chosen(self) -> list[Ints]:
        """Give the options of each choice."""
        return [self.options(k) for k in range(len(self.costs))]

    def sums(self, coefs: Ints) -> Ints:
        """Add a number of each option of the problem up, by choice and cell as these were given."""
        out = np.zeros(self.ways.shape, dtype=np.int64)
        for k, stage in enumerate(self.stages):
            tied, single = (
                subset_sums(coefs[o], np.zeros(len(o)))[0] for o in (stage.tied, stage.single)
            )
            out[:, stage.number] = tied[self.ways[:, k]] + single[stage.order[self.subsets[:, k]]]
        return out


@dataclass(eq=False)
class _Stage:
    """One cell: what it costs with each subset of its tied parcels, the others at their best."""

    number: int
    cell: PricedCell
    single: Ints
    tied: Ints
    bits: Ints
    sums: Ints
    order: Ints
    worth: Floats
    masks: Ints
    area: Ints
    value: Floats
    cost: Floats = field(init=False)
    subset: Ints = field(init=False)
    # of each transition kept: where from, by which pattern, at what cost, to which mask
    source: Ints = field(init=False)
    pattern: Ints = field(init=False)
    reached: Floats = field(init=False)
    target: Ints = field(init=False)
    before: Ints = field(init=False)
    folded: bool = False

    def weigh(self) -> None:
        """Find for each pattern of tied parcels the best subset of the others, by bisection."""
        price, sums = self.cell.price, self.sums
        limits = [
            None if limit is None else limit - self.area
            for limit in (self.cell.low, self.cell.high)
        ]
        low, high = limits
        cost = np.full(len(self.area), np.inf)
        subset = np.zeros(len(self.area), dtype=np.int64)
        left = np.zeros(len(self.area), dtype=np.int64)
        right = np.full(len(self.area), len(sums))
        if low is not None:
            left = np.searchsorted(sums, low, side="left")
            best = _running(self.worth + price * sums)[np.maximum(left - 1, 0)]
            told = np.where(left > 0, price * (low - sums[best]) - self.worth[best], np.inf)
            cost, subset = _less(cost, subset, told, best)
        if high is not None:
            right = np.searchsorted(sums, high, side="right")
            turned = _running((self.worth - price * sums)[::-1])[::-1]
            best = (len(sums) - 1 - turned)[np.minimum(right, len(sums) - 1)]
            told = np.where(
                right < len(sums), price * (sums[best] - high) - self.worth[best], np.inf
            )
            cost, subset = _less(cost, subset, told, best)
        inside = np.flatnonzero(right > left)
        if len(inside):
            best = range_best(self.worth, left[inside], right[inside])
            cost[inside], subset[inside] = _less(
                cost[inside], subset[inside], -self.worth[best], best
            )
        self.cost, self.subset = cost - self.value, subset

    def others(self, pattern: int, most: float) -> tuple[Ints, Floats]:
        """List every subset of the single parcels that keeps the cell's cost within a limit."""
        cell, area = self.cell, int(self.area[pattern])
        room = most + float(self.value[pattern]) + float(self.worth.max(initial=0.0))
        room = max(0.0, room) / cell.price if cell.price else np.inf
        first, last = 0, len(self.sums)
        if cell.low is not None:
            first = int(np.searchsorted(self.sums, cell.low - area - room))
        if cell.high is not None:
            last = int(np.searchsorted(self.sums, cell.high - area + room, side="right"))
        sums = self.sums[first:last] + area
        missed = np.zeros(len(sums), dtype=np.int64)
        if cell.low is not None:
            missed = np.maximum(missed, cell.low - sums)
        if cell.high is not None:
            missed = np.maximum(missed, sums - cell.high)
        cost = cell.price * missed - self.worth[first:last] - self.value[pattern]
        here = np.flatnonzero(cost <= most)
        here = here[np.argsort(cost[here], kind="stable")]
        return here + first, cost[here]

    def options(self, pattern: int, subset: int) -> Ints:
        """Give the options of a pattern of tied parcels and a subset of the others."""
        bits = int(self.order[subset])
        tied = [o for k, o in enumerate(self.tied.tolist()) if pattern >> k & 1]
        return np.array(
            tied + [o for k, o in enumerate(self.single.tolist()) if bits >> k & 1], dtype=np.int64
        )


def _less(cost: Floats, subset: Ints, told: Floats, best: Ints) -> tuple[Floats, Ints]:
    less = told < cost
    return np.where(less, told, cost), np.where(less, best, subset)


def _running(values: Floats) -> Ints:
    """Find where the greatest of the values so far stands."""
    greatest = np.maximum.accumulate(values)
    new = np.r_[True, greatest[1:] > greatest[:-1]]
    places: Ints = np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))
    return places


def fits(problem: Problem, cells: Sequence[PricedCell]) -> bool:
    """Whether tables of all cells are small enough to be laid out whole."""
    several = _several(problem, cells)
    for cell in cells:
        owners = np.unique(problem.candidate[cell.options])
        tied = int(np.isin(owners, several).sum())
        if tied > MOST_TIED or len(owners) - tied > MOST_SUMS:
            return False
    return len(several) <= MOST_SEVERAL


def _several(problem: Problem, cells: Sequence[PricedCell]) -> Ints:
    owners = np.concatenate([np.unique(problem.candidate[cell.options]) for cell in cells])
    names, count = np.unique(owners, return_counts=True)
    several: Ints = names[count > 1]
    return several


def choices(
    problem: Problem,
    cells: Sequence[PricedCell],
    worth: Floats,
    *,
    upper: float = np.inf,
    most: int = 1,
    beam: int = BEAM,
) -> Choices:
    """List the cheapest choices for cells whose options belong to one cell each.

    Parameters
    ----------
    worth
        Of each option of the problem.
    upper
        Only choices that cost no more are looked for.
    most
        How many at most.
    beam
        States remembered after a cell.

    Examples
    --------
    >>> from landgis.allocation.allocation import build_problem
    >>> import pandas as pd
    >>> land = pd.DataFrame({"parcel_id": list("abc"), "area_m2": [4.0, 3.0, 2.5],
    ...     "uses": ["住宅用地", "住宅用地;商服用地", "商服用地"]})
    >>> figures = pd.DataFrame({"use": ["住宅用地", "商服用地"], "area_m2": [4.0, 5.0]})
    >>> problem = build_problem(land, figures, year=2024)
    >>> cells = [PricedCell(row.options, row.low, row.high, 1.0) for row in problem.rows]
    >>> found = choices(problem, cells, np.zeros(4))
    >>> problem.options["use"].iloc[found.chosen[0]].tolist(), found.costs.tolist()
    (['住宅用地', '商服用地', '商服用地'], [50.0])
    """
    stages = _lay_all_out(problem, cells, worth)
    best, lower = _forward(stages, upper, beam, keep=most > 1)
    if best is None:
        none = np.zeros((0, len(stages)), dtype=np.int64)
        least = min(lower, upper)
        return Choices(costs=np.zeros(0), lower=least, complete=upper, ways=none, subsets=none)
    complete = min(upper, lower, best if any(s.folded for s in stages) else upper)
    costs, complete, ways, subsets = _listed(
        stages, best if most == 1 else min(upper, lower), most, complete
    )
    return Choices(
        costs=costs,
        lower=min(lower, best),
        complete=complete,
        stages=stages,
        ways=ways,
        subsets=subsets,
    )


def _forward(
    stages: list[_Stage], upper: float, beam: int, *, keep: bool
) -> tuple[float | None, float]:
    """Go through the cells; give the least cost, and what all that was left costs at least."""
    rest = np.r_[np.cumsum([s.cost.min() for s in stages][::-1])[::-1], 0.0]
    lower = np.inf
    masks, reached = np.zeros(1, dtype=np.int64), np.zeros(1)
    for number, stage in enumerate(stages):
        later = int(
            np.bitwise_or.reduce([0, *(int(b) for s in stages[number + 1 :] for b in s.bits)])
        )
        stage.before = masks
        masks, reached = _pass(
            stage, masks, reached, later, most=upper - rest[number + 1], keep=keep
        )
        if len(masks) > beam:
            order = np.argsort(reached, kind="stable")
            lower = min(lower, float(reached[order[beam]] + rest[number + 1]))
            stay = np.sort(order[:beam])
            masks, reached = masks[stay], reached[stay]
        if not len(masks):
            return None, min(lower, upper)
    return float(reached[0]), lower


def programme(
    problem: Problem, cells: Sequence[PricedCell], worth: Floats, *, nodes: int, seconds: float
) -> tuple[float, list[Ints]]:
    """Solve cells too large for `choices`: give what no choice costs less than, and choices met.

    A column stands for each subset of a small cell's tied parcels, the others at their best: far
    closer to whole parcels than parcels that may be split. In a large cell one stands for each
    parcel.
    """
    several = _several(problem, cells)
    build = Columns()
    laid: list[tuple[Ints, _Stage | Ints]] = []
    column, owner = [several[:0]], [several[:0]]
    for number, cell in enumerate(cells):
        options = _folded(problem, cell.options, worth)
        tied = np.isin(problem.candidate[options], several)
        if tied.sum() <= TIED_AT_ONCE and (~tied).sum() <= MOST_SUMS:
            stage = _lay_out(problem, number, cell, worth, several)
            columns = build.add(stage.cost / SCALE, 0.0, 1.0, whole=True)
            build.row(columns, np.ones(len(columns)), 1.0, 1.0)
            laid.append((columns, stage))
            for k, option in enumerate(stage.tied.tolist()):
                column.append(columns[np.arange(len(columns)) >> k & 1 == 1])
                owner.append(np.full(len(column[-1]), problem.candidate[option]))
        else:
            columns = build.add(-worth[options] / SCALE, 0.0, 1.0, whole=True)
            limits = [None if n is None else n / SCALE for n in (cell.low, cell.high)]
            area = problem.area[options] / SCALE
            build.soft_row(columns, area, (limits[0], limits[1]), cell.price)
            laid.append((columns, options))
            column.append(columns[tied])
            owner.append(problem.candidate[options[tied]])
    names, place = np.unique(np.concatenate(owner), return_inverse=True)
    ones = np.ones(len(place))
    build.rows(
        place, np.concatenate(column), ones, np.full(len(names), -np.inf), np.ones(len(names))
    )
    lower, met = build.whole_answers(nodes, seconds)

    def options_of(values: Floats) -> Iterator[Ints]:
        for columns, part in laid:
            here = np.flatnonzero(np.rint(values[columns]))
            if isinstance(part, _Stage):
                yield part.options(int(here[0]), int(part.subset[here[0]]))
            else:
                yield part[here]

    return lower, [np.concatenate(list(options_of(values))) for values in met]


def _folded(problem: Problem, options: Ints, worth: Floats) -> Ints:
    """Let of one parcel's options in a cell (quarters) the most worth stand for all."""
    order = np.lexsort((-worth[options], problem.candidate[options]))
    owner = problem.candidate[options[order]]
    kept: Ints = options[order][np.r_[True, owner[1:] != owner[:-1]]] if len(options) else options
    return kept


def _lay_out(
    problem: Problem, number: int, cell: PricedCell, worth: Floats, several: Ints
) -> _Stage:
    """Lay the tables of a cell out."""
    options = _folded(problem, cell.options, worth)
    tied = np.isin(problem.candidate[options], several)
    single, shared = options[~tied], options[tied]
    sums, value = subset_sums(problem.area[single], worth[single])
    by_sum = np.argsort(sums, kind="stable")
    bits = 1 << np.searchsorted(several, problem.candidate[shared])
    masks, _ = subset_sums(bits, np.zeros(len(bits)))
    area, values = subset_sums(problem.area[shared], worth[shared])
    tables = (sums[by_sum], by_sum, value[by_sum], masks, area, values)
    stage = _Stage(number, cell, single, shared, bits, *tables)
    stage.folded = len(options) < len(cell.options)
    stage.weigh()
    return stage


def _lay_all_out(problem: Problem, cells: Sequence[PricedCell], worth: Floats) -> list[_Stage]:
    """Lay all cells out, in an order that leaves few parcels to be remembered."""
    several = _several(problem, cells)
    stages = [_lay_out(problem, n, cell, worth, several) for n, cell in enumerate(cells)]
    ordered: list[_Stage] = []
    while stages:
        seen = {int(b) for s in ordered for b in s.bits}

        def left(stage: _Stage) -> tuple[int, int]:
            others = {int(b) for s in stages if s is not stage for b in s.bits}
            return len((seen | set(stage.bits.tolist())) & others), len(stage.bits)  # noqa: B023

        ordered.append(stages.pop(min(range(len(stages)), key=lambda k: left(stages[k]))))
    return ordered


def _pass(
    stage: _Stage, masks: Ints, reached: Floats, later: int, *, most: float, keep: bool
) -> tuple[Ints, Floats]:
    """Go on from every state by every pattern; of those that end alike the cheapest stays."""
    fitting = np.flatnonzero(stage.cost + reached.min() <= most + 1e-6)
    step = max(1, PAIRS // max(1, len(masks)))
    parts: list[tuple[Ints, Floats, Ints, Ints]] = []
    for first in range(0, len(fitting), step):
        some = fitting[first : first + step]
        cost = reached[:, None] + stage.cost[some]
        source, pattern = np.nonzero(
            (masks[:, None] & stage.masks[some] == 0) & (cost <= most + 1e-6)
        )
        pairs = (
            (masks[source] | stage.masks[some[pattern]]) & later,
            cost[source, pattern],
            source,
            some[pattern],
        )
        parts.append(pairs if keep else _cheapest(*pairs))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        parts = [(none, np.zeros(0), none, none)]
    target, cost, source, pattern = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not keep:
        told = parts[0] if len(parts) == 1 else _cheapest(target, cost, source, pattern)
        stage.target, stage.reached, stage.source, stage.pattern = told
        return stage.target, stage.reached
    order = np.lexsort((cost, target))
    stage.target, stage.reached = target[order], cost[order]
    stage.source, stage.pattern = source[order], pattern[order]
    first_of = np.r_[True, stage.target[1:] != stage.target[:-1]] if len(order) else order
    return stage.target[first_of], stage.reached[first_of]


def _cheapest(target: Ints, cost: Floats, *others: Ints) -> tuple[Ints, Floats, Ints, Ints]:
    """Keep the cheapest transition to each state, the first of several; states ascend."""
    if not len(target):
        return target, cost, others[0], others[1]
    short = target.astype(np.uint16) if target.max() < 1 << 16 else target  # sorted by radix
    order = np.argsort(short, kind="stable")
    ordered = short[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    cheap = cost[order]
    least = np.repeat(np.minimum.reduceat(cheap, starts), np.diff(np.r_[starts, len(order)]))
    here = np.flatnonzero(cheap == least)
    group = np.searchsorted(starts, here, side="right")
    first = order[here[np.r_[True, group[1:] != group[:-1]]]]
    return target[first], cost[first], others[0][first], others[1][first]


def _listed(
    stages: list[_Stage], upper: float, most: int, complete: float
) -> tuple[Floats, float, Ints, Ints]:
    """Read the tables backwards: every way whose cost stays within the limit."""
    mask, suffix = np.zeros(1, dtype=np.int64), np.zeros(1)
    ways = np.zeros((1, 0), dtype=np.int64)
    limit = (upper + 1e-3, complete)
    for stage in reversed(stages):
        begin = np.searchsorted(stage.target, mask, side="left")
        end = np.searchsorted(stage.target, mask, side="right")
        groups = [
            (here, np.arange(begin[here[0]], end[here[0]]), stage.reached[slice(b, e)])
            for here in _alike(mask)
            for b, e in [(begin[here[0]], end[here[0]])]
        ]
        item, step, _, limit = _extended(groups, suffix, limit, most)
        suffix = suffix[item] + stage.cost[stage.pattern[step]]
        mask = stage.before[stage.source[step]]
        ways = np.column_stack([stage.pattern[step], ways[item]])
    if most == 1:
        subsets = [s.subset[w] for s, w in zip(stages, ways.T, strict=True)]
        return suffix, upper, ways, np.column_stack(subsets) if stages else ways
    subset = np.zeros((len(ways), 0), dtype=np.int64)
    for number, stage in enumerate(stages):
        groups = []
        for here in _alike(ways[:, number]):
            pattern = int(ways[here[0], number])
            least = float(stage.cost[pattern])
            others, cost = stage.others(pattern, least + limit[0] - float(suffix[here].min()))
            groups.append((here, others, cost - least))
        item, step, suffix, limit = _extended(groups, suffix, limit, most)
        ways, subset = ways[item], np.column_stack([subset[item], step])
    order = np.argsort(suffix, kind="stable")
    return suffix[order], limit[1], ways[order], subset[order]


def _extended(
    groups: list[tuple[Ints, Ints, Floats]], total: Floats, limit: tuple[float, float], most: int
) -> tuple[Ints, Ints, Floats, tuple[float, float]]:
    """Go on from items by what fits: where from, by what, at what cost in all, and the limits.

    Of each group its items, the names of what they can go on by, and what these cost, cheapest
    first. Where too much fits the limit is lowered, or else the cheapest taken.
    """
    upper, complete = limit
    least = min((float(total[i].min() + c[0]) for i, _, c in groups if len(c)), default=upper)
    count: list[Ints] = []
    every = count
    for turn in range(LOWERED + 1):
        count = every = [np.searchsorted(c, upper - total[i], side="right") for i, _, c in groups]
        spread = sum(int(c.sum()) for c in count)
        if spread <= SPREAD + most:
            break
        if turn < LOWERED:
            upper = (upper + least) / 2
            complete = min(complete, upper - 2e-3)
        else:
            every = count
            count = [np.minimum(c, max(1, SPREAD // len(total))) for c in count]
            complete = min(complete, least)
    none = np.zeros(0, dtype=np.int64)
    item = np.concatenate([none, *(np.repeat(g[0], c) for g, c in zip(groups, count, strict=True))])
    place = [_counted(c, a) for c, a in zip(count, every, strict=True)]
    step = np.concatenate([none, *(g[1][p] for g, p in zip(groups, place, strict=True))])
    cost = np.concatenate([none, *(g[2][p] for g, p in zip(groups, place, strict=True))])
    new: Floats = total[item] + cost
    if len(item) > most:
        keep = np.sort(cheapest_first(new, most))
        complete = min(complete, float(np.delete(new, keep).min()) - 1e-6)
        item, step, new = item[keep], step[keep], new[keep]
    return item, step, new, (upper, complete)


def _alike(values: Ints) -> list[Ints]:
    """Give the places of each value that there is."""
    order = np.argsort(values, kind="stable")
    new = np.flatnonzero(np.diff(values[order])) + 1
    return [part for part in np.split(order, new) if len(part)]


def _counted(count: Ints, every: Ints) -> Ints:
    """Count from 0 for each of several counts, one after the other, evenly among all there are."""
    ends = np.cumsum(count)
    places = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - count, count)
    spaced: Ints = places * np.repeat(every, count) // np.maximum(np.repeat(count, count), 1)
    return spaced


def cheapest_first(cost: Floats, most: int | None = None) -> Ints:
    """Order by cost; what costs the same (but for less than a dm², a point) as if by chance.

    Examples
    --------
    >>> cheapest_first(np.array([9.0, 1.0, 5.0]), 2).tolist()
    [1, 2]
    """
    whole = np.floor(cost - cost.min(initial=np.inf))
    some = np.arange(len(cost))
    if most is not None and most < len(cost):  # what is certainly not among them is not sorted
        some = np.flatnonzero(whole <= np.partition(whole, most)[most])
    chance = some.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    order: Ints = some[np.lexsort((chance, whole[some]))]
    return order[:most]
