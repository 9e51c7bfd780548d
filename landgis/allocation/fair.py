"""Equal treatment of regions (均衡): the worst off first, then the next, and so on (leximin).

Each region is weighed by what its figure is missed by, as a share of that figure. The sum of the k
largest shares is made least for k = 1, 2, … (Ogryczak), which is leximin also where parcels are
chosen whole. What every region then misses at most is a row that holds in the search for the rest.
No region can miss less than it would with all others out of the way: that much is known exactly
from its own parcels, and most of a proof comes from it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import ceil, inf

import numpy as np

from landgis.allocation.cells import MOST, best_subset
from landgis.allocation.problem import Ints, LimitedSum, Problem
from landgis.allocation.regions import Effort
from landgis.allocation.search import search
from landgis.allocation.solver import Aim, solve
from landgis.findings import Finding, define

FINE = Fraction(1, 10_000)
"""Share of a region's figure below which nothing is levelled any more."""

HALVED = 8
"""Times that the share which nobody need exceed is halved in on."""

WHOLE = 10**9
"""Steps that a share is counted in."""

FAIR = define("""allocate.fair 均衡 | equal treatment
    各区域的偏差占各自计划的份额 | what regions miss, as a share of their figures
    level: 各区域均衡（fair）：偏差占各自计划的份额最大 {most:2%}（{subject}），最小 {least:2%}；为
      此偏差合计比不求均衡时多 {cost:2} 公顷。
    | Regions are treated equally (fair): they miss from {least:2%} to {most:2%} of their figures,
      {subject} the most; all deviations are {cost:2} ha more for it.
    open: 各区域均衡（fair）未证明最好：最大的 {n} 个份额之和 {actual:2%}，下限 {bound:2%}；更小的份
      额没有再求均衡。
    | Equal treatment (fair) is not proven best: the {n} largest share{n:s} add up to {actual:2%},
      their bound is {bound:2%}; smaller ones are not levelled further.
    cells: {members:list}没有区域合计，均衡（fair）按各单元之和计。
    | No figure of their own: {members:list}; fair takes the sum of their cells.
    alone: 有数字的区域不到两个，均衡（fair）不起作用。
    | There are not two regions with figures: fair does not act.""")


def weighed_rows(problem: Problem) -> tuple[list[LimitedSum], list[str]]:
    """Give the row that weighs each region, and the regions whose row is the sum of their cells."""
    own: dict[str, LimitedSum] = {}
    cells: dict[str, list[LimitedSum]] = {}
    for row in problem.rows:
        if row.kind == "target" and row.region and row.planned and not any(row.facets.values()):
            if row.category:
                cells.setdefault(row.region, []).append(row)
            else:
                own.setdefault(row.region, row)
    summed = sorted(set(cells) - set(own))
    rows = own | {region: _sum(problem, cells[region]) for region in summed}
    return [rows[region] for region in sorted(rows)], summed


def _sum(problem: Problem, cells: list[LimitedSum]) -> LimitedSum:
    coefs = np.zeros(len(problem.area), dtype=np.int64)
    for row in cells:
        coefs[row.options] += row.coefs
    low = [row.low for row in cells if row.low is not None]
    high = [row.high for row in cells if row.high is not None]
    return replace(
        cells[0],
        name=cells[0].region,
        category="",
        options=np.flatnonzero(coefs),
        coefs=coefs[coefs > 0],
        low=sum(low) if len(low) == len(cells) else None,
        high=sum(high) if len(high) == len(cells) else None,
        planned=sum((row.planned or Fraction(0) for row in cells), Fraction(0)),
    )


def shares(problem: Problem, rows: list[LimitedSum], amounts: Ints) -> list[Fraction]:
    """Give what each row is missed by, as a share of its figure, exact."""
    return [
        abs(row.deviation(problem.total(row, amounts))) / (row.planned or Fraction(1))
        for row in rows
    ]


def least_missed(problem: Problem, row: LimitedSum, *, nodes: int) -> int:
    """Give what a row misses at least, in its unit, whatever all rows beyond its parcels ask.

    Examples
    --------
    >>> from landgis.allocation.allocation import build_problem
    >>> import pandas as pd
    >>> land = pd.DataFrame({"parcel_id": ["a", "b"], "area_m2": [100.0, 70.0],
    ...                      "category": ["住宅用地"] * 2, "region": ["东镇"] * 2})
    >>> plan = pd.DataFrame({"region": ["东镇"], "use": [""], "area_m2": [90.0]})
    >>> problem = build_problem(land, plan)
    >>> least_missed(problem, problem.rows[0], nodes=100)
    1000
    """
    free = np.zeros(len(problem.candidates), dtype=bool)
    free[problem.candidate[row.options]] = True
    inside = [
        other
        for other in problem.rows
        if not other.rank and len(other.options) and free[problem.candidate[other.options]].all()
    ]
    owners, first = np.unique(problem.candidate[row.options], return_index=True)
    here = np.flatnonzero(free[problem.candidate])
    alike = (
        len(row.options) == len(here)
        and (
            row.coefs == row.coefs[first][np.searchsorted(owners, problem.candidate[row.options])]
        ).all()
    )
    if alike and not inside and not problem.divisible[here].any():
        must = problem.must[owners]
        sure = int(row.coefs[first][must].sum())
        loose = row.coefs[first][~must]
        low, high = (row.low or 0) - sure, 2**62 if row.high is None else row.high - sure
        if len(loose) <= MOST:
            return best_subset(loose, np.zeros(len(loose)), low=low, high=high)[1]
        return max(0, low - int(loose.sum()), -high)
    alone = replace(problem, rows=(*inside, replace(row, rank=1)))
    nothing = np.zeros(len(problem.area), dtype=np.int64)
    answer = solve(alone, Aim(weights={1: 1.0}), amounts=nothing, free=free, nodes=nodes)
    return max(0, ceil(answer.bound - 0.5)) if answer.status != "infeasible" else 0


def level(
    problem: Problem, amounts: Ints, *, nodes: int, seconds: float = inf
) -> tuple[Problem, Ints, list[Finding]]:
    """Level the regions, what comes before them staying as little missed as it is.

    Parameters
    ----------
    amounts
        The choice of least deviation, which all levelling starts from.
    nodes, seconds
        Limits of each step, and of all.

    Returns
    -------
    tuple
        The problem with what each region may miss at most as rows that hold, a choice that keeps
        them, and findings.

    Examples
    --------
    >>> from landgis.allocation.problem import empty_problem
    >>> told = level(empty_problem(), empty_problem().area, nodes=1)[2]
    >>> [finding.kind for finding in told]
    ['alone']
    """
    rows, summed = weighed_rows(problem)
    if len(rows) < 2:
        return problem, amounts, [FAIR.finding("alone", "note")]
    told = [FAIR.finding("cells", "note", members=tuple(summed))] if summed else []
    first = min(row.rank for row in rows)
    missed = problem.deviations(problem.totals(amounts))
    caps = tuple(({rank: 1.0}, missed[rank] + 0.5) for rank in problem.ranks if rank < first)
    aim = Aim(weights={}, points=1.0, caps=caps)
    sums: list[Fraction] = []
    ends = time.monotonic() + seconds
    alone = [least_missed(problem, row, nodes=nodes) for row in rows]
    floor = sorted(
        (Fraction(m) / (row.planned or 1) for m, row in zip(alone, rows, strict=True)), reverse=True
    )
    for count in range(1, len(rows) + 1):
        most = sorted(shares(problem, rows, amounts), reverse=True)
        if most[count - 1] <= FINE:
            break
        before = float(sum(floor[: count - 1]))
        least = before + float(floor[count - 1])
        if _open(most[:count], least):
            posed, scale = _posed(problem, rows, sums, alone)
            answer = solve(posed, aim, nodes=nodes, seconds=max(0.05, ends - time.monotonic()))
            if answer.amounts is not None:
                other = answer.amounts[: len(amounts)]
                if _key(problem, rows, other, first) < _key(problem, rows, amounts, first):
                    amounts = other
            least = max(least, answer.bound * float(scale) / WHOLE)
            most = sorted(shares(problem, rows, amounts), reverse=True)
        if _open(most[:count], least):
            amounts, closed = _bisected(problem, rows, alone, amounts)
            most = sorted(shares(problem, rows, amounts), reverse=True)
            if not _open(most[: count - 1], before):  # who comes before stands at its floor
                least = max(least, before + float(closed))
        sums.append(sum(most[:count], Fraction(0)))
        if _open(most[:count], least):
            values = {"n": count, "bound": least}
            actual = float(sums[-1])
            told.append(FAIR.finding("open", "unknown", actual=actual, values=values))
            break
    return replace(problem, rows=(*problem.rows, *_held(problem, rows, amounts))), amounts, told


def _bisected(
    problem: Problem, rows: list[LimitedSum], alone: list[int], amounts: Ints
) -> tuple[Ints, Fraction]:
    """Find the smallest share that no region need exceed, but where it cannot do better alone.

    Gives the choice found, and a share at which it is known to be impossible.
    """
    first = min(row.rank for row in rows)
    largest = max(row.planned or Fraction(1) for row in rows)
    lower, closed, share = Fraction(0), Fraction(0), FINE / 2
    for _ in range(HALVED):
        asked = [row for row in problem.rows if row.rank < first]
        for row, missed in zip(rows, alone, strict=True):
            away = max(missed + int(FINE / 2 * (row.planned or 0)), int(share * (row.planned or 0)))
            weight = max(1, round(largest / (row.planned or 1)))
            name = f"{row.name} all"
            asked.append(replace(_within(row, away), rank=first, weight=weight, name=name))
        posed = replace(problem, rows=tuple(asked), points=np.zeros_like(problem.points))
        found = search(posed, Effort(progress=True, slack=0.0))
        if _key(problem, rows, found.amounts, first) < _key(problem, rows, amounts, first):
            amounts = found.amounts
        if found.broken or found.deviations.get(first):
            lower = share
            if found.bounds.get(first, 0.0) > 1:
                closed = max(closed, share)
        free = [
            away
            for away, missed, row in zip(shares(problem, rows, amounts), alone, rows, strict=True)
            if away > Fraction(missed) / (row.planned or 1) + FINE
        ]
        upper = max(free, default=lower)
        if upper - lower <= FINE:
            break
        share = (lower + upper) / 2
    return amounts, closed


def _within(row: LimitedSum, away: int) -> LimitedSum:
    low = None if row.low is None else row.low - away
    high = None if row.high is None else row.high + away
    return replace(row, low=low, high=high)


def _open(most: list[Fraction], least: float) -> bool:
    """Whether the largest shares may still add up to notably less."""
    reached = float(sum(most, Fraction(0)))
    return reached - least > max(float(FINE), 1e-6 * reached)


def told_levelled(problem: Problem, before: Ints, after: Ints) -> list[Finding]:
    """Say what regions miss after they were levelled, and what that costs beside not levelling."""
    rows, _ = weighed_rows(problem)
    if len(rows) < 2:
        return []
    own = shares(problem, rows, after)
    cost = [sum(problem.deviations(problem.totals(a)).values()) for a in (before, after)]
    values = {"most": float(max(own)), "least": float(min(own)), "cost": (cost[1] - cost[0]) / 1e6}
    worst = rows[own.index(max(own))].name
    return [FAIR.finding("level", "note", subject=worst, values=values)]


def _key(
    problem: Problem, rows: list[LimitedSum], amounts: Ints, first: int
) -> tuple[int, list[int], list[Fraction]]:
    """Weigh a choice: rules, what comes before the regions, then the regions, worst first."""
    missed = problem.deviations(problem.totals(amounts))
    before = [missed[rank] for rank in problem.ranks if rank < first]
    return missed[0], before, sorted(shares(problem, rows, amounts), reverse=True)


def _held(problem: Problem, rows: list[LimitedSum], amounts: Ints) -> Iterator[LimitedSum]:
    for row in rows:
        away = abs(row.deviation(problem.total(row, amounts)))
        away += int(FINE * (row.planned or 0) / 2)  # sums to the dm² leave the rest no room
        yield replace(_within(row, away), name=f"{row.name} fair", kind="fair", rank=0)


def _posed(
    problem: Problem, rows: list[LimitedSum], sums: list[Fraction], alone: list[int]
) -> tuple[Problem, Fraction]:
    """Pose the least sum of the k largest shares, as parcels that may be taken in any part.

    Of these, one a region is what the region misses. For each number of regions j up to k, one is
    a threshold and one a region what it misses beyond that: j thresholds and all that is beyond
    add up to at least the j largest shares, and to no more where the threshold is the j-th.
    """
    size, count = len(problem.area), len(rows)
    reach = [max(row.low or 0, int(row.coefs.sum()) - (row.high or 0), 1) for row in rows]
    scale = max(Fraction(r) / (row.planned or 1) for r, row in zip(reach, rows, strict=True))
    step = count + 1
    area = np.r_[reach, np.full((len(sums) + 1) * step, WHOLE)].astype(np.int64)
    points = np.zeros(len(area), dtype=np.int64)
    points[-step:] = -WHOLE
    points[-step] *= len(sums) + 1
    out: list[LimitedSum] = []
    for n, row in enumerate(rows):
        base = replace(
            row, kind="fair", rank=0, low=None, high=None, options=np.r_[row.options, size + n]
        )
        out.append(replace(base, coefs=np.r_[row.coefs, reach[n]], low=row.low))
        out.append(replace(base, coefs=np.r_[row.coefs, -reach[n]], high=row.high))
        own = np.array([size + n]), np.array([reach[n]])
        out.append(replace(base, options=own[0], coefs=own[1], low=alone[n]))
        whole = -int(-(scale * (row.planned or 1)) // 1)
        over = np.array([reach[n], -whole, -whole])
        starts = range(size + count, size + len(area), step)
        above = [np.array([size + n, at, at + 1 + n]) for at in starts]
        out += [replace(base, options=options, coefs=over, high=0) for options in above]
    for j, most in enumerate(sums, 1):
        at = size + count + (j - 1) * step
        coefs = np.full(step, WHOLE)
        coefs[0] *= j
        high = int(most / scale * WHOLE) + 1 + len(rows)
        held = replace(base, options=np.arange(at, at + step), coefs=coefs, high=high, area=False)
        out.append(held)
    places = np.arange(len(area)) + len(problem.candidates)
    posed = replace(
        problem,
        candidates=problem.candidates.reindex(range(len(problem.candidates) + len(area))),
        candidate=np.r_[problem.candidate, places],
        options=problem.options.reindex(range(size + len(area))),
        area=np.r_[problem.area, area],
        least=np.r_[problem.least, np.zeros(len(area), dtype=np.int64)],
        points=np.r_[np.zeros(size, dtype=np.int64), points],
        must=np.r_[problem.must, np.zeros(len(area), dtype=bool)],
        rows=(*problem.rows, *out),
    )
    return posed, scale
