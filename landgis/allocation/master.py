"""One choice for each region, so that together they keep the rows that reach over several.

Each region brings choices met for it (columns of Dantzig and Wolfe). Choosing among them is a small
programme; the prices of its relaxation say for which choices to ask the regions next. Where every
choice that could matter is among them, its answer is the best of all.

Lists of choices that are whole are joined by halves that meet. Each holds what its choices cost
more than the list's best at prices of the limits, and what they use. A combination then costs what
these come to and, at those prices, what it leaves of the limits: nothing of both is below 0. So
within a given cost only few choices count, and sums must lie in a narrow window below their limits.
The lists are combined to two halves, and for each member of one half the partners within the window
are found by bisection (Horowitz and Sahni 1974).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

import highspy
import numpy as np
import numpy.typing as npt

from landgis.allocation.cells import PricedCell, fits
from landgis.allocation.problem import Flags, Floats, Ints, LimitedSum, Problem
from landgis.allocation.solver import SCALE, Columns, set_up, stop_after, unit_of

HALF = 1_500_000
"""Combinations of a half at most."""

PAIRS = 5_000_000
"""Pairs of halves weighed at most."""

AT_ONCE = 1_000_000
"""Of these at once."""

BUCKETS = 8
"""Parts of each half by cost: what two cheap parts leave open is wide, two dear ones narrow."""

CELLS, PLACES = 1 << 14, 1 << 32
"""Windows of a sum that are told apart, and places of the last one."""


class Listed(NamedTuple):
    """Choices of a region, cheapest first: what each costs more than the least, what it uses."""

    extra: Floats
    used: Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SumLimits:
    """What the sums of what is used should not exceed.

    Parameters
    ----------
    limit
        Of each sum.
    price
        Of one unit that is left.
    beyond
        Of one unit too much; infinite where there may be none.
    taken
        What one unit too much takes from the first limit.
    """

    limit: Ints
    price: Floats
    beyond: Floats
    taken: Floats

    def cost(self, used: Ints) -> Floats:
        """Give the cost of what is left and of what is too much; infinite where not allowed."""
        left = (self.limit - used).astype(float)
        over = np.maximum(-left, 0.0)
        if self.taken.any():
            left[:, 0] -= over @ self.taken
            over[:, 0] = np.maximum(-left[:, 0], 0.0)
        hard = np.isinf(self.beyond)
        cost: Floats = np.maximum(left, 0.0) @ self.price
        cost += over[:, ~hard] @ self.beyond[~hard]
        cost[(over[:, hard] > 0).any(axis=1)] = np.inf
        return cost

    def window(self, most: float) -> tuple[Floats, Floats]:
        """Give the least and the most that may be used, if that may cost so much."""
        with np.errstate(divide="ignore", invalid="ignore"):
            left = np.where(self.price > 0, most / self.price, np.inf)
            over = np.where(self.beyond > 0, most / self.beyond, np.inf)
        if self.taken.any():
            left[0] = np.inf
        limit: Floats = self.limit.astype(np.float64)
        least: Floats = limit - left - 1.0
        most_used: Floats = limit + over
        return least, most_used


class _Half(NamedTuple):
    extra: Floats
    used: Ints
    members: Ints


def join(
    lists: Sequence[Listed], limits: SumLimits, most: float
) -> tuple[list[int] | None, float, float]:
    """Choose one choice of each list.

    Returns
    -------
    tuple
        The place of the choice in each list, or None if none costs at most ``most``; its cost; and
        up to which cost all combinations were gone through.

    Examples
    --------
    >>> lists = [Listed(np.array([0.0, 2.0]), np.array([[5], [n]])) for n in (3, 2)]
    >>> one = np.ones(1)
    >>> limits = SumLimits(limit=np.array([8]), price=one, beyond=one * np.inf, taken=one * 0)
    >>> join(lists, limits, 9.0)
    ([1, 0], 2.0, 2.0)
    """
    fitting, kept = _fitting(lists, limits, most)
    if not all(len(choices.extra) for choices in fitting):
        return None, np.inf, most
    halves: list[list[int]] = [[], []]
    for k in sorted(range(len(lists)), key=lambda k: -len(fitting[k].extra)):
        size = [sum(np.log(len(fitting[n].extra)) for n in half) for half in halves]
        halves[int(size[1] < size[0])].append(k)
    through, sides = most, []
    for here, there in (halves, halves[::-1]):
        side, upto = _half([fitting[k] for k in here], [fitting[k] for k in there], limits, most)
        through = min(through, upto)
        sides.append(side)
    pair, cost, upto = _meet(sides[0], sides[1], limits, most)
    through = min(through, upto)
    if pair is None:
        return None, np.inf, through
    place = {
        k: int(kept[k][member])
        for side, one, half in zip(sides, pair, halves, strict=True)
        for k, member in zip(half, side.members[one], strict=True)
    }
    return [place[k] for k in range(len(lists))], cost, min(through, cost)


def _fitting(
    lists: Sequence[Listed], limits: SumLimits, most: float
) -> tuple[list[Listed], list[Ints]]:
    """Leave out what fits no window, whatever is chosen of the other lists."""
    kept = [np.arange(len(choices.extra)) for choices in lists]
    low, high = limits.window(most)
    now = list(lists)
    for _ in range(3):
        if not all(len(choices.extra) for choices in now):
            break
        least = np.array([choices.used.min(axis=0) for choices in now])
        greatest = np.array([choices.used.max(axis=0) for choices in now])
        extra = np.array([choices.extra[0] for choices in now])
        for k, choices in enumerate(now):
            stay = choices.extra <= most - (extra.sum() - extra[k])
            stay &= (choices.used + (least.sum(axis=0) - least[k]) <= high).all(axis=1)
            stay &= (choices.used + (greatest.sum(axis=0) - greatest[k]) >= low).all(axis=1)
            now[k] = Listed(choices.extra[stay], choices.used[stay])
            kept[k] = kept[k][stay]
    return now, kept


def _half(
    lists: list[Listed], others: list[Listed], limits: SumLimits, most: float
) -> tuple[_Half, float]:
    """Combine lists as far as that fits whatever others add; tell up to which cost that is all."""
    width = len(limits.limit)
    low, high = limits.window(most)
    rest = [sum(c.extra[0] for c in others)]
    ends = [(sum(c.used.min(axis=0) for c in others), sum(c.used.max(axis=0) for c in others))]
    for choices in lists[:0:-1]:
        rest.append(rest[-1] + choices.extra[0])
        ends.append(
            (ends[-1][0] + choices.used.min(axis=0), ends[-1][1] + choices.used.max(axis=0))
        )
    side = _Half(np.zeros(1), np.zeros((1, width), dtype=np.int64), np.zeros((1, 0), np.int32))
    through = most
    ahead = zip(rest[::-1], ends[::-1], strict=True)  # what is still to be added, list by list
    for choices, (others_cost, (least, greatest)) in zip(lists, ahead, strict=False):
        one, two, upto = _pairs(side.extra, choices.extra, most - float(others_cost))
        through = min(through, upto + float(others_cost))
        used = side.used[one] + choices.used[two]
        stay = ((used + least <= high) & (used + greatest >= low)).all(axis=1)
        extra = (side.extra[one] + choices.extra[two])[stay]
        members = np.column_stack([side.members[one], two.astype(np.int32)])[stay]
        order = np.argsort(extra, kind="stable")
        side = _Half(extra[order], used[stay][order], members[order])
    return side, through


def _pairs(first: Floats, second: Floats, most: float) -> tuple[Ints, Ints, float]:
    """Pair what costs at most so much, or else what is cheapest; tell up to which cost."""

    def count(upto: float) -> Ints:
        return np.searchsorted(second, upto - first, side="right")

    least = float(first[0] + second[0]) if len(first) else most
    lower, upper = (most, most) if count(most).sum() <= HALF else (least, most)
    while upper - lower > 1e-3 * (upper - least) and upper - least > 1.0:
        middle = (lower + upper) / 2
        lower, upper = (lower, middle) if count(middle).sum() > HALF else (middle, upper)
    number = count(lower)
    if number.sum() <= HALF:
        one = np.repeat(np.arange(len(first)), number)
        return one, np.arange(len(one)) - np.repeat(np.cumsum(number) - number, number), lower
    # too much that costs the same: an even share of it
    ends = [int(np.searchsorted(side, side[0] + 1.0, side="right")) for side in (first, second)]
    share = min(1.0, (HALF / (ends[0] * ends[1])) ** 0.5)
    some = [np.unique(np.linspace(0, n - 1, max(1, int(n * share))).astype(int)) for n in ends]
    one, two = np.repeat(some[0], len(some[1])), np.tile(some[1], len(some[0]))
    return one, two, least - 1e-9


def _meet(
    first: _Half, second: _Half, limits: SumLimits, most: float
) -> tuple[tuple[int, int] | None, float, float]:
    """Find the cheapest pair; tell up to which cost all pairs were weighed."""
    best: tuple[int, int] | None = None
    if not len(first.extra) or not len(second.extra):
        return None, np.inf, most
    edges = [_edges(side.extra, most) for side in (first, second)]
    groups = sorted(
        (float(first.extra[a] + second.extra[c]), a, b, c, d)
        for a, b in zip(edges[0][:-1], edges[0][1:], strict=True)
        for c, d in zip(edges[1][:-1], edges[1][1:], strict=True)
    )
    weighed, cost = 0, most
    for least, a, b, c, d in groups:
        if least > cost:
            break
        index = _Index(second.used[c:d], limits, cost - least)
        for start in range(a, b, AT_ONCE):
            stop = min(start + AT_ONCE, b)
            for one, two in index.partners(first.used[start:stop]):
                weighed += len(one)
                more = first.extra[one + start] + second.extra[two + c]
                more += limits.cost(first.used[one + start] + second.used[two + c])
                k = int(np.argmin(more))
                if more[k] < cost or (best is None and more[k] <= cost):
                    best, cost = (int(one[k]) + start, int(two[k]) + c), float(more[k])
                if weighed > PAIRS:
                    return best, cost if best else np.inf, least
    return best, cost if best else np.inf, most


def _edges(extra: Floats, most: float) -> list[int]:
    steps = np.linspace(0.0, min(most, float(extra[-1])), BUCKETS + 1)[:-1]
    return [*np.unique(np.searchsorted(extra, steps)).tolist(), len(extra)]


class _Index:
    """What one half uses, sorted so that partners within a window are found by bisection."""

    def __init__(self, used: Ints, limits: SumLimits, most: float) -> None:
        self.low, self.high = limits.window(most)
        spread = (used.max(axis=0) - used.min(axis=0)).astype(float)
        width = np.minimum(self.high - self.low, 1e18)
        share = width / (spread + 1)
        dims = [k for k in np.argsort(share, kind="stable").tolist() if share[k] < 1][:3]
        self.dims = dims or [int(np.argmin(share))]
        self.least = used.min(axis=0)
        self.width = np.maximum(width, spread // CELLS + 1).astype(np.int64)
        self.sizes = [int(spread[k] // self.width[k]) + 1 for k in self.dims[:-1]]
        last = self.dims[-1]
        self.shift = max(0, int(spread[last]).bit_length() - (PLACES.bit_length() - 1))
        self.places = (int(spread[last]) >> self.shift) + 1
        cell = np.zeros(len(used), dtype=np.int64)
        for k, size in zip(self.dims[:-1], self.sizes, strict=True):
            cell = cell * size + (used[:, k] - self.least[k]) // self.width[k]
        key = cell * self.places + ((used[:, last] - self.least[last]) >> self.shift)
        self.order = np.argsort(key, kind="stable")
        self.key = key[self.order]

    def partners(self, used: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Give pairs, in parts, that hold all whose sums lie in the window."""
        lowest = {k: np.ceil(self.low[k] - used[:, k] - self.least[k]) for k in self.dims}
        last = self.dims[-1]
        greatest = np.floor(self.high[last] - used[:, last] - self.least[last])
        top = float(self.places << self.shift) - 1
        begin = np.clip(lowest[last], 0, top + 1).astype(np.int64) >> self.shift
        end = np.clip(greatest, -1, top).astype(np.int64) >> self.shift
        inside = (begin <= end) & (begin < self.places)
        first = [
            np.clip(lowest[k] // self.width[k], -2, size).astype(np.int64)
            for k, size in zip(self.dims[:-1], self.sizes, strict=True)
        ]
        for steps in product((0, 1), repeat=len(first)):
            cell = np.zeros(len(used), dtype=np.int64)
            here: Flags = inside.copy()
            for start, size, step in zip(first, self.sizes, steps, strict=True):
                here &= (start + step >= 0) & (start + step < size)
                cell = cell * size + start + step
            one = np.flatnonzero(here)
            base = cell[one] * self.places
            left = np.searchsorted(self.key, base + begin[one], side="left")
            count = np.searchsorted(self.key, base + end[one], side="right") - left
            ends = np.cumsum(count)
            cuts = np.searchsorted(ends, np.arange(AT_ONCE, ends[-1] if len(ends) else 0, AT_ONCE))
            for some in np.split(np.arange(len(one)), np.unique(cuts)):
                number = count[some]
                total = int(number.sum())
                if total:
                    place = np.arange(total) - np.repeat(np.cumsum(number) - number, number)
                    two = self.order[place + np.repeat(left[some], number)]
                    yield np.repeat(one[some], number), two


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
