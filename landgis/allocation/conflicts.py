"""What cannot be had together, and the least that must give (冲突).

**Not enough land** and **no set of whole parcels fits** are two different things, told apart by
plain arithmetic first. What is left is filtered: a set of rows that contradict each other, of which
no row can be spared (QuickXplain over named rows); then what must give is set aside and the
next set is looked for, until the rest can be had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from landgis.allocation.cells import MOST, best_subset
from landgis.allocation.problem import DM2_PER_M2, LimitedSum, Problem
from landgis.allocation.search import Found
from landgis.allocation.solver import Aim, solve
from landgis.findings import Finding, define, findings_table
from landgis.units import half_up

MOST_OPTIONS, MOST_SPLIT = 1500, 20_000
"""Options up to which contradicting rows are looked for among whole parcels; and, beyond, as if
parcels could be split: what contradicts then does so of whole ones all the more."""

NODES = 400
MOST_CONFLICTS = 20

CONFLICT = define("""allocate.conflicts 冲突 | conflicts
    哪些目标和规则不能同时满足，最少让多少 | what cannot be had together, and what must give
    land: {subject} 要 {expected:plain} {unit}，候选只有 {actual:plain} {unit}{late:clause}，
      缺 {gap:plain} {unit}{ha:clause}。
    | {subject} asks for {expected:plain} {unit:unit}; the candidates have
      {actual:plain}{late:clause}: {gap:plain} {unit:unit}{ha:clause} are lacking.
    hectares: （{gap_ha:2} 公顷） | " ({gap_ha:2} ha)"
    changed: （{gap_ha:+2} 公顷） | " ({gap_ha:+2} ha)"
    late: （另有 {area:plain} {unit} 计划期内不是净地或被排除）
    | " (a further {area:plain} {unit:unit} is not ready or kept out)"
    whole: {subject} 要 {expected:plain} {unit}，整宗只能凑
      到 {below:plain} 或 {above:plain} {unit}：把一宗切去 {cut:plain} {unit}，或接
      受 {gap:plain} {unit}{ha:clause}。
    | {subject} asks for {expected:plain} {unit:unit}; whole parcels make {below:plain} or
      {above:plain}: cut {cut:plain} {unit:unit} off one, or accept {gap:plain}
      {unit:unit}{ha:clause}.
    nearest: {subject} 要 {expected:plain} {unit}，候选整宗凑不到这个数，最近差 {gap:plain} {unit}
      {ha:clause}{rest:clause}。
    | {subject} asks for {expected:plain} {unit:unit}; no whole parcels make it, the nearest sum is
      off by {gap:plain} {unit:unit}{ha:clause}{rest:clause}.
    rest: ；其余数字都要满足时，差 {gap:plain} {unit}{ha:clause}
    | ; where all other figures are to be met, by {gap:plain} {unit:unit}{ha:clause}
    raised: {name} 增 {gap:plain} {unit}{ha:clause}
    | {name} up by {gap:plain} {unit:unit}{ha:clause}
    lowered: {name} 减 {gap:plain} {unit}{ha:clause}
    | {name} down by {gap:plain} {unit:unit}{ha:clause}
    together: 不能同时满足：{members:list}；最少让步：{changes:clauses}。
    | Not to be had together: {members:list}; the least that must give: {changes:clauses}.
    undecided: 候选较多，{n} 项偏差的原因没有逐一查明。
    | There are many candidates: the cause of {n} deviation{n:s} was not looked for.""")

COLUMNS = (
    "conflict",
    "kind",
    "name",
    "region",
    "use",
    "asked",
    "available",
    "change",
    "unit",
    "change_m2",
)


def find_conflicts(
    problem: Problem, found: Found, *, look: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find conflicts among targets and rules until the rest can be had; no row gives twice.

    Parameters
    ----------
    found
        The best answer: only rows that it misses can be in conflict.
    look
        False: plain arithmetic only.

    Returns
    -------
    tuple
        A table, one row for each row of each conflict: ``conflict`` (number), ``kind`` (``land``,
        ``whole``, ``together``), ``name region use``, ``asked``, ``available`` (what is nearest),
        ``change`` (the least that resolves it: what the figure must move by) and ``unit``,
        ``change_m2``; and findings that say the same.
    """
    totals = problem.totals(found.amounts)
    missed = [
        n
        for n, row in enumerate(problem.rows)
        if row.deviation(total := totals[n]) and total is not None
    ]
    if not missed:
        return pd.DataFrame(columns=list(COLUMNS)), findings_table()
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    aside: set[int] = set()
    for number in missed:
        told = _alone(problem, problem.rows[number])
        if told is None:
            continue
        finding, change = told
        findings.append(finding)
        aside.add(number)
        rows.append(
            _line(len(findings), finding.kind, problem.rows[number], change, finding.actual)
        )
    left = [n for n in missed if n not in aside]
    if left and look and len(problem.area) <= MOST_SPLIT:
        _together(problem, aside, left, (rows, findings))
    if not look or len(problem.area) > MOST_OPTIONS:
        told_of = {row["name"] for row in rows}
        open_yet = sum(problem.rows[n].name not in told_of for n in left)
        if open_yet:
            findings.append(CONFLICT.finding("undecided", "unknown", values={"n": open_yet}))
    return pd.DataFrame(rows, columns=list(COLUMNS)), findings_table(findings)


def _line(
    number: int, kind: str, row: LimitedSum, change: int, available: float | None
) -> dict[str, Any]:
    scale = row.per_unit
    return {
        "conflict": number,
        "kind": kind,
        "name": row.name,
        "region": row.region,
        "use": row.category,
        "asked": float((row.planned or Fraction(0)) / scale),
        "available": np.nan if available is None else available,
        "change": float(half_up(Fraction(change) / scale, row.decimals + 2)),
        "unit": row.unit,
        "change_m2": change / DM2_PER_M2 if row.area else np.nan,
    }


def _alone(problem: Problem, row: LimitedSum) -> tuple[Finding, int] | None:
    """Say whether a row by itself asks for what there is not."""
    most, least = _reach(problem, row)
    scale = row.per_unit
    about = {
        "subject": row.name,
        "region": row.region,
        "category": row.category,
        "unit": row.unit,
        "expected": float((row.planned or Fraction(0)) / scale),
    }
    if row.low is not None and most < row.low:
        gap = row.low - most
        lacking = (row.planned or Fraction(row.low)) - most
        values = {"gap": _shown(row, lacking), "ha": _hectares(row, lacking, "hectares")}
        values |= _late(problem, row)
        actual = _shown(row, most)
        return CONFLICT.finding("land", "fail", actual=actual, values=values, **about), -gap
    if least > (row.high if row.high is not None else least):
        return None  # locks ask for more: told with the rows they contradict
    if not row.area or (row.coefs < 0).any() or problem.divisible[row.options].any():
        return None
    owners = problem.candidate[row.options]
    if len(row.options) > MOST or len(np.unique(owners)) < len(owners):
        return None
    low, high = row.low or 0, row.high if row.high is not None else most
    _, miss = best_subset(row.coefs, np.zeros(len(row.coefs)), low=low, high=high)
    if not miss:
        return None
    nothing = np.zeros(len(row.coefs))
    _, under = best_subset(row.coefs, nothing, low=0, high=low)
    flags, _ = best_subset(row.coefs, row.coefs.astype(float), low=0, high=low)
    below = int(row.coefs[flags].sum()) if not under else 0
    flags, _ = best_subset(row.coefs, -row.coefs.astype(float), low=high, high=max(high, most))
    above = int(row.coefs[flags].sum())
    planned = row.planned or Fraction(0)
    change = below - low if low - below <= above - high or above < high else above - high
    values = {
        "below": _shown(row, below),
        "above": _shown(row, above),
        "cut": _shown(row, above - planned),
        "gap": _shown(row, change, finer=2),
        "ha": _hectares(row, change),
    }
    actual = _shown(row, low - miss if change < 0 else high + miss)
    return CONFLICT.finding("whole", "fail", actual=actual, values=values, **about), change


def _shown(row: LimitedSum, total: int | Fraction, *, finer: int = 0) -> float:
    """Give a sum in the plan's unit, at the decimals that it prints or finer ones."""
    return float(half_up(Fraction(total) / row.per_unit, row.decimals + finer))


def _reach(problem: Problem, row: LimitedSum) -> tuple[int, int]:
    """Give the most and the least that a row's sum can be, candidate by candidate."""
    owner = problem.candidate[row.options]
    most = np.zeros(len(problem.candidates), dtype=np.int64)
    least = np.zeros(len(problem.candidates), dtype=np.int64)
    np.maximum.at(most, owner, row.coefs)
    np.minimum.at(least, owner, row.coefs)
    return int(most.sum()), int(least.sum())


def _late(problem: Problem, row: LimitedSum) -> dict[str, Any]:
    """Say what land there is beside, that cannot be chosen in the period."""
    table = problem.candidates
    if row.kind != "target" or not len(table):
        return {}
    beside = table["why"].isin(["ready", "locked"])
    if row.region:
        beside &= table["region"].eq(row.region)
    if row.category:
        uses = (
            table["uses"] if "uses" in table else table.get("category", pd.Series("", table.index))
        )
        beside &= uses.astype(str).str.contains(row.category, regex=False)
    area = int(table.loc[beside, "area_dm2"].sum())
    if not area:
        return {}
    told = {"kind": "late", "area": _shown(row, area), "unit": row.unit}
    return {"late": told}


# ------------------------------------------------------------------ rows against each other


def _together(
    problem: Problem,
    aside: set[int],
    left: list[int],
    out: tuple[list[dict[str, Any]], list[Finding]],
) -> None:
    rows, findings = out
    targets = [n for n, row in enumerate(problem.rows) if row.rank and row.kind == "target"]
    rules = [n for n, row in enumerate(problem.rows) if not row.rank]
    asked = [n for n in [*rules, *targets] if n not in aside]
    asked.sort(key=lambda n: (n in left, problem.rows[n].rank))
    for _ in range(MOST_CONFLICTS):
        if _can(problem, asked) is not False:
            break
        core = minimal(problem, asked)
        if not core:
            break
        number = len({row["conflict"] for row in rows}) + 1
        others = [n for n in asked if n not in core]
        changes = _least_change(problem, others, core)
        if len(core) == 1:
            row, beside = problem.rows[core[0]], changes.get(core[0], 0)
            alone = _least_change(problem, [], core).get(core[0], beside)
            rows.append(_line(number, "whole", row, alone, None))
            findings.append(_nearest(row, alone, beside))
            asked = others
            continue
        for n in core:
            rows.append(_line(number, "together", problem.rows[n], changes.get(n, 0), None))
        findings.append(
            CONFLICT.finding(
                "together",
                "fail",
                subject=problem.rows[core[-1]].name,
                members=tuple(problem.rows[n].name for n in core),
                values={"changes": [_moved(problem.rows[n], c) for n, c in changes.items() if c]},
            )
        )
        given = [n for n, change in changes.items() if change] or core
        asked = [n for n in asked if n not in given]


def _hectares(row: LimitedSum, area: Fraction | int, kind: str = "changed") -> dict[str, Any]:
    """Say an area in dm² in 公顷, too, where the sum is one of land in another unit."""
    if not row.area or row.unit == "公顷":
        return {}
    return {"kind": kind, "gap_ha": float(Fraction(area) / 10**6)}


def _moved(row: LimitedSum, change: int) -> dict[str, Any]:
    """Say what a figure must move by, as a clause."""
    gap, kind = abs(change), "raised" if change > 0 else "lowered"
    told = {"kind": kind, "name": row.name, "gap": _shown(row, gap), "unit": row.unit}
    return told | {"ha": _hectares(row, gap, "hectares")}


def _nearest(row: LimitedSum, alone: int, beside: int) -> Finding:
    """Say how near whole parcels come to a figure: alone, and where all others are to be met."""
    told = [
        {"gap": _shown(row, n, finer=2), "ha": _hectares(row, n), "unit": row.unit}
        for n in (alone, beside)
    ]
    rest = {} if alone == beside else {"rest": {"kind": "rest", **told[1]}}
    asked = float((row.planned or Fraction(0)) / row.per_unit)
    return CONFLICT.finding(
        "nearest", "fail", subject=row.name, unit=row.unit, expected=asked, values=told[0] | rest
    )


def _whole(problem: Problem) -> bool:
    return len(problem.area) <= MOST_OPTIONS


def _can(problem: Problem, numbers: Sequence[int]) -> bool | None:
    """Tell whether rows can be had together; None if the limit was reached first."""
    asked = replace(problem, rows=tuple(replace(problem.rows[n], rank=0) for n in numbers))
    for relax in (True, False)[: 1 + _whole(problem)]:
        answer = solve(asked, Aim(weights={}), relax=relax, nodes=NODES)
        if answer.status == "infeasible":
            return False
    return True if answer.amounts is not None else None


def minimal(problem: Problem, numbers: Sequence[int]) -> list[int]:
    """Find rows that contradict each other and of which none can be spared (QuickXplain).

    Rows that come later are named rather than earlier ones. Where the limit hides whether rows can
    be had together, they count as if they could: the set may then be larger than need be, never
    one that could be had.

    Examples
    --------
    >>> from landgis.allocation.allocation import build_problem
    >>> land = pd.DataFrame({"parcel_id": ["a"], "area_m2": [100.0], "category": ["住宅用地"],
    ...                      "region": ["东镇"]})
    >>> plan = pd.DataFrame({"region": ["", "东镇"], "category": ["住宅用地", ""],
    ...                      "area_m2": [100.0, 0.0]})
    >>> minimal(build_problem(land, plan), [0, 1])
    [0, 1]
    """

    def explain(background: list[int], changed: bool, rest: list[int]) -> list[int]:
        if changed and _can(problem, background) is False:
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        first, second = rest[:half], rest[half:]
        theirs = explain(background + first, bool(first), second)
        return explain(background + theirs, bool(theirs), first) + theirs

    return sorted(explain([], changed=False, rest=list(numbers)), key=list(numbers).index)


def _least_change(problem: Problem, others: list[int], core: list[int]) -> dict[int, int]:
    """Find by how much the rows of a conflict must move, while all others hold."""
    rows = [replace(problem.rows[n], rank=0) for n in others]
    targets = [n for n in core if problem.rows[n].rank] or core
    rows += [replace(problem.rows[n], rank=0) for n in core if n not in targets]
    rows += [replace(problem.rows[n], rank=1) for n in targets]
    for background in (len(others), 0):  # other conflicts may stand in the way: then by itself
        asked = replace(problem, rows=tuple(rows[len(others) - background :]))
        aim, relax = Aim(weights={1: 1.0}), not _whole(problem)
        answer = solve(asked, aim, relax=relax, nodes=NODES * 3)
        if answer.amounts is not None:
            break
    if answer.amounts is None:
        return {}
    if relax:
        taken = answer.values  # noqa: PD011 - of an answer, not of pandas
        totals = [round(float(taken[row.options] @ row.coefs)) for row in asked.rows]
    else:
        totals = asked.totals(answer.amounts)
    moved = zip(targets, asked.rows[-len(targets) :], totals[-len(targets) :], strict=True)
    return {n: row.deviation(total) for n, row, total in moved}
