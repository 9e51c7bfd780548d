"""Prices for very many candidates: each takes what is best for it, and the sums come out right.

A row's price is the same for every candidate. With prices given each candidate decides by itself,
and what all get together is a bound of the best choice there is (Lagrange). With hundreds of
candidates a cell that bound is nearly reached: prices come from a quasi-Newton method on the bound,
smoothed less and less; then only the candidates that are least sure are chosen anew, cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from landgis.allocation.problem import Floats, Ints, Problem
from landgis.allocation.solver import Aim, Solved, solve

SMOOTH = (0.1, 0.03, 0.01, 0.003, 0.001)
"""How far candidates are from deciding outright, in the largest score of a dm²."""

STEPS, REMEMBERED = 60, 12
"""Steps of the quasi-Newton method at each of these, and how many it remembers."""

APART = 0.005
"""What equal options are told apart by, in the largest score of a dm²: a parcel that scores alike
in several uses would leave it open how much of each use there is."""

STEEP = 2.0
"""Price of a dm² of deviation, in the largest score of a dm²."""

Codes = npt.NDArray[np.uint64]


def _mix(codes: Codes) -> Codes:
    """Scatter whole numbers over 64 bits, so that sums of them are as good as names."""
    codes = codes + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        codes = (codes ^ (codes >> np.uint64(shift))) * np.uint64(factor)
    return codes ^ (codes >> np.uint64(31))


def patterns(problem: Problem) -> Ints:
    """Tell options apart by what rows count of them, a dm² for a dm².

    Examples
    --------
    >>> from landgis.allocation.problem import empty_problem
    >>> patterns(empty_problem()).tolist()
    []
    """
    codes = np.zeros(len(problem.area), dtype=np.uint64)
    for number, row in enumerate(problem.rows):
        area = np.maximum(problem.area[row.options], 1)
        times = row.coefs // area
        odd = times * area != row.coefs
        told = np.where(odd, row.coefs, times).astype(np.uint64)
        told += _mix(np.where(odd, area, 0).astype(np.uint64) + np.uint64(number << 48))
        codes[row.options] += _mix(told)
    told, pattern = np.unique(codes, return_inverse=True)
    return pattern.astype(np.int64)


def relaxed(problem: Problem, aim: Aim) -> Solved:
    """Relax a programme without scores, candidates that count alike taken together.

    Nothing is lost by that where parcels may be split: it is the relaxation itself.
    """
    size = len(problem.area)
    pattern = patterns(problem)
    key = problem.candidate * (pattern.max(initial=0) + 1) + pattern
    _, first = np.unique(key, return_index=True)  # of one candidate's like options one is enough
    kind = np.zeros(len(problem.candidates), dtype=np.uint64)
    np.add.at(kind, problem.candidate[first], _mix(pattern[first].astype(np.uint64)))
    kind += problem.must.astype(np.uint64)
    _, candidate = np.unique(kind, return_inverse=True)
    place = np.full(size, -1, dtype=np.int64)
    key = candidate[problem.candidate[first]] * (pattern.max(initial=0) + 1) + pattern[first]
    _, one, place[first] = np.unique(key, return_index=True, return_inverse=True)
    count = len(one)
    area = np.bincount(place[first], problem.area[first], minlength=count).astype(np.int64)
    rows = []
    for row in problem.rows:
        here = place[row.options] >= 0
        coefs = np.bincount(place[row.options[here]], row.coefs[here], minlength=count)
        options = np.unique(place[row.options[here]])
        rows.append(replace(row, options=options, coefs=coefs[options].astype(np.int64)))
    must = np.zeros(candidate.max(initial=-1) + 1, dtype=bool)
    must[candidate[problem.must]] = True
    small = replace(
        problem,
        candidates=problem.candidates.iloc[: len(must)],
        candidate=candidate[problem.candidate[first[one]]],
        options=problem.options.iloc[first[one]],
        area=area,
        least=area,
        points=np.zeros(count, dtype=np.int64),
        must=must,
        rows=tuple(rows),
    )
    answer = solve(small, aim, relax=True)
    values, reduced = np.zeros(size), np.zeros(size)
    values[first] = answer.values[place[first]]
    reduced[first] = (answer.reduced / np.maximum(area, 1))[place[first]] * problem.area[first]
    return replace(answer, amounts=None, values=values, reduced=reduced)


@dataclass(eq=False)
class Market:
    """Candidates that decide by prices: what each gets, and what each row sums up to.

    Prices are in the largest score of a dm², of rows as they count a dm².
    """

    problem: Problem
    order: Ints
    starts: Ints
    owner: Ints
    area: Floats
    pattern: Ints
    points: Floats
    apart: Floats
    scale: float
    entries: tuple[Ints, Ints, Floats]
    units: Floats
    must: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, problem: Problem) -> Market:
        """Lay the market out, options in the order of their candidates."""
        order = np.argsort(problem.candidate, kind="stable")
        candidate = problem.candidate[order]
        new = np.r_[True, candidate[1:] != candidate[:-1]]
        starts = np.flatnonzero(new)
        pattern = patterns(problem)
        _, first = np.unique(pattern, return_index=True)
        of_first = np.full(len(pattern), -1, dtype=np.int64)
        of_first[first] = np.arange(len(first))
        entries = []
        units = np.ones(len(problem.rows))
        for number, row in enumerate(problem.rows):
            here = of_first[row.options] >= 0
            ratio = row.coefs[here] / problem.area[row.options[here]]
            units[number] = 1.0 if row.rank else max(np.abs(ratio).max(initial=0.0), 1e-9)
            where = of_first[row.options[here]]
            entries.append((where, np.full(len(where), number), ratio / units[number]))
        at, numbers, ratios = (np.concatenate(part) for part in zip(*entries, strict=True))
        area = problem.area[order].astype(float)
        rate = problem.points[order] / area
        scale = float(rate.max(initial=0.0)) or 1.0
        own = _mix(np.arange(len(order)).astype(np.uint64)) / 2.0**64
        return cls(
            problem,
            order,
            starts,
            np.cumsum(new) - 1,
            area,
            pattern[order],
            rate / scale,
            own * (APART if rate.any() else 1.0),
            scale,
            (at, numbers, ratios),
            units,
            problem.must[candidate[starts]],
        )

    def rates(self, prices: Floats, *, apart: bool = True) -> Floats:
        """Give what a dm² of each option is worth, in the market's order; equals told apart."""
        at, numbers, ratios = self.entries
        told = np.bincount(at, ratios * prices[numbers], minlength=int(self.pattern.max()) + 1)
        worth: Floats = self.points + told[self.pattern] + self.apart * apart
        return worth

    def smoothed(self, prices: Floats, width: float) -> tuple[float, Floats]:
        """Give what candidates get at prices, and the sum of each row."""
        rate = self.rates(prices)
        best = np.maximum.reduceat(rate, self.starts)
        best = np.where(self.must, best, np.maximum(best, 0.0))
        share = np.exp((rate - best[self.owner]) / width)
        none = np.where(self.must, 0.0, np.exp(-np.maximum(best, 0.0) / width))
        every = np.add.reduceat(share, self.starts) + none
        area = self.area[self.starts]
        got = float(area @ (best + width * np.log(every)))
        taken = np.bincount(self.pattern, self.area * share / every[self.owner])
        at, numbers, ratios = self.entries
        summed = np.bincount(numbers, ratios * taken[at], minlength=len(self.units))
        return got, summed.astype(float)

    def decided(self, prices: Floats) -> tuple[Floats, Floats]:
        """Give who takes what (0 or 1), and how sure that is of each option, in points a dm²."""
        rate = self.rates(prices)
        best = np.maximum.reduceat(rate, self.starts)
        floor = np.where(self.must, best, np.maximum(best, 0.0))
        top = rate == best[self.owner]
        first = np.flatnonzero(top)
        _, where = np.unique(self.owner[first], return_index=True)
        one = first[where]
        one = one[rate[one] >= floor[self.owner[one]]]
        values, sure = np.zeros(len(rate)), np.zeros(len(rate))
        second = rate.copy()
        second[one] = -np.inf
        other = np.maximum(np.maximum.reduceat(second, self.starts), 0.0)
        values[self.order[one]] = 1.0
        sure[self.order] = np.abs(rate - floor[self.owner])
        sure[self.order[one]] = rate[one] - other[self.owner[one]]
        return values, sure * self.scale

    def bound(self, prices: Floats, missed: float) -> float:
        """Give the most points there can be where no more than ``missed`` is missed."""
        best = np.maximum.reduceat(self.rates(prices, apart=False), self.starts)
        best = np.where(self.must, best, np.maximum(best, 0.0))
        got, steep = float(self.area[self.starts] @ best), 0.0
        for price, unit, row in zip(prices, self.units, self.problem.rows, strict=True):
            limit = row.low if price > 0 else row.high
            got -= price * (limit or 0) / unit
            if row.rank:
                steep = max(steep, abs(price) / row.weight)
        return (got + steep * missed) * self.scale

    def duals(self, prices: Floats) -> Floats:
        """Give prices in points for one unit of each row."""
        told: Floats = prices * self.scale / self.units
        return told


def market_prices(market: Market, moved: Floats, start: Floats | None = None) -> Floats:
    """Find prices at which what candidates take meets the rows.

    Parameters
    ----------
    moved
        By how much the limits of each row are moved, in its unit.
    start
        Prices to begin with: then only the last smoothing is done.
    """
    rows = market.problem.rows
    count, whole = len(rows), float(market.area[market.starts].sum())
    low, high = np.zeros(count), np.zeros(count)
    most = np.zeros(2 * count)
    for number, row in enumerate(rows):
        reach = STEEP * row.weight if row.rank else np.inf
        for side, limit in ((0, row.low), (1, row.high)):
            if limit is None or not len(row.options):
                continue
            most[side * count + number] = reach
            (low, high)[side][number] = (limit + moved[number]) / market.units[number]

    def told(both: Floats, width: float) -> tuple[float, Floats]:
        up, down = both[:count], both[count:]
        got, sums = market.smoothed(up - down, width)
        value = got - float(up @ low) + float(down @ high)
        slope = np.r_[sums - low, high - sums]
        return value / whole, np.where(most > 0, slope / whole, 0.0)

    both = np.zeros(2 * count)
    if start is not None:
        both = np.r_[np.maximum(start, 0.0), np.maximum(-start, 0.0)]
    for width in SMOOTH if start is None else SMOOTH[-1:]:
        both = _descend(partial(told, width=width), both, most)
    return both[:count] - both[count:]


def _descend(told: Callable[[Floats], tuple[float, Floats]], at: Floats, most: Floats) -> Floats:
    """Go down between 0 and ``most`` (L-BFGS on what is not held at a limit)."""
    at = np.clip(at, 0.0, most)
    value, slope = told(at)
    memory: list[tuple[Floats, Floats]] = []
    for _ in range(STEPS):
        free = ~(((at <= 0) & (slope >= 0)) | ((at >= most) & (slope <= 0)))
        if np.abs(slope[free]).max(initial=0.0) < 1e-9:
            break
        way = _newton(np.where(free, slope, 0.0), memory, free)
        if not memory:
            way *= 0.1 / np.abs(way).max()
        step = 1.0
        for _ in range(12):
            new = np.clip(at - step * way, 0.0, most)
            reached, turned = told(new)
            if reached <= value - 1e-4 * float(slope @ (at - new)):
                break
            step /= 2
        else:
            if not memory:
                break
            memory.clear()
            continue
        moved, bent = new - at, turned - slope
        if moved @ bent > 1e-16:
            memory = [*memory[1 - REMEMBERED :], (moved, bent)]
        small = value - reached < 1e-9 * max(1e-3, abs(value))
        at, value, slope = new, reached, turned
        if small:
            break
    return at


def _newton(
    slope: Floats, memory: list[tuple[Floats, Floats]], free: npt.NDArray[np.bool_]
) -> Floats:
    """Turn a slope into a step by what earlier steps told (two loops of L-BFGS)."""
    way = slope.copy()
    within = [(m * free, b * free) for m, b in memory]
    kept = [(m, b, float(m @ b)) for m, b in within if m @ b > 1e-18]
    gains = []
    for moved, bent, along in reversed(kept):
        gain = float(moved @ way) / along
        way -= gain * bent
        gains.append(gain)
    if kept:
        moved, bent, along = kept[-1]
        way *= along / float(bent @ bent)
    for (moved, bent, along), gain in zip(kept, reversed(gains), strict=True):
        way += (gain - float(bent @ way) / along) * moved
    return way * free
