"""One choice of each list, so that sums keep their limits: the cheapest, by halves that meet.

Each list holds what its choices cost more than the list's best at prices of the limits, and what
they use. A combination then costs what these come to and, at those prices, what it leaves of the
limits: nothing of both is below 0. So within a given cost only few choices count, and sums must lie
in a narrow window below their limits. The lists are combined to two halves, and for each member of
one half the partners within the window are found by bisection (Horowitz and Sahni 1974).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from landgis.allocation.problem import Flags, Floats, Ints

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
