"""Choosing land (选地): the tables as a problem in whole numbers, and its answer as tables.

The answer comes with its proof and what it was asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from html import escape
from math import inf
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.allocation.candidates import SPLIT, UNFIT, Candidates, read_candidates
from landgis.allocation.conflicts import find_conflicts
from landgis.allocation.fair import level, told_levelled
from landgis.allocation.problem import DM2_PER_M2, GROUPS, Ints, LimitedSum, Problem
from landgis.allocation.regions import Effort, usual_slack
from landgis.allocation.rules import (
    Sorting,
    Weighed,
    acting_rules,
    group_rows,
    rule_rows,
    target_rows,
)
from landgis.allocation.search import Found, search
from landgis.allocation.verify import uses_of, verify
from landgis.errors import InputError, require
from landgis.findings import define, findings_table, join_findings
from landgis.plan.model import Plan
from landgis.schema import as_text, rows_of
from landgis.units import half_up

LAST_DAYS = ((3, 31), (6, 30), (9, 30), (12, 31))
SCORE_DIGITS = 10_000


def plan_periods(plan: Plan | None, *, year: int | None = None) -> tuple[date, ...]:
    """Give the last day of each period of a plan: quarters of its year, or years of a programme.

    Examples
    --------
    >>> [day.isoformat() for day in plan_periods(None, year=2024)][:2]
    ['2024-03-31', '2024-06-30']
    """
    year = year or (plan.year if plan else None) or date.min.year
    last = plan.end.year if plan and plan.end else year
    if last > year:
        return tuple(date(y, 12, 31) for y in range(year, last + 1))
    return tuple(date(year, month, day) for month, day in LAST_DAYS)


def build_problem(
    candidates: pd.DataFrame,
    targets: Plan | pd.DataFrame,
    *,
    rules: pd.DataFrame | None = None,
    groups: pd.DataFrame | None = None,
    parents: Mapping[str, str] | None = None,
    ranks: Mapping[str, int] | None = None,
    about: float | None = None,
    tolerance: float = 0.0,
    year: int | None = None,
    timed: bool = False,
) -> Problem:
    """Lay candidates, figures, rules and groups out as options and rows.

    Parameters
    ----------
    candidates
        See `landgis.allocation.candidates.read_candidates`.
    targets
        A plan, whose rules act too, or a table of figures
        (`landgis.allocation.rules.target_rows`).
    rules, groups
        See `landgis.allocation.rules`.
    parents
        Region → the region that it lies in, where figures and candidates are of different levels.
    ranks, about, tolerance
        See `landgis.allocation.rules.target_rows`.
    year
        Of the quarters, if ``targets`` is no plan.
    timed
        Give every period from the earliest on as an option, also where none is better than another.

    Examples
    --------
    >>> land = pd.DataFrame({"parcel_id": ["a"], "area_m2": [100.0], "category": ["住宅用地"]})
    >>> problem = build_problem(land, pd.DataFrame({"category": ["住宅用地"], "area_m2": [90.0]}))
    >>> problem.rows[0].low, problem.area.tolist()
    (9000, [10000])
    """
    plan = targets if isinstance(targets, Plan) else None
    periods = plan_periods(plan, year=year)
    read = read_candidates(candidates, periods=periods)
    every = [t for t in (plan.rules if plan else None, rules) if t is not None and len(t)]
    rule_table = pd.concat(every, ignore_index=True) if every else pd.DataFrame()
    groups = _groups(read.table, groups)
    timed = timed or _is_timed(rule_table, groups, read)
    options = _options(read, len(periods), timed=timed)
    candidate = options["candidate"].to_numpy(dtype=np.int64)
    table = read.table
    area = table["area_dm2"].to_numpy()[candidate]
    parents = parents or {}
    sorting = _sorting(table, options, parents)
    targets_as_rows, noticed = target_rows(
        targets, sorting, area, ranks=ranks, about=about, tolerance=tolerance
    )
    ground = Weighed(
        sorting=sorting,
        area=area,
        quarter=options["quarter"].to_numpy(dtype=np.int64),
        candidate=candidate,
        table=table,
        periods=periods,
        targets=targets_as_rows,
    )
    rule_rows_, told = rule_rows(rule_table, ground)
    rows_of_groups, told_groups = group_rows(groups, ground)
    rows = (*targets_as_rows, *rule_rows_, *rows_of_groups, *_pieces(table, candidate, area))
    points = np.rint(options["score"].to_numpy() * SCORE_DIGITS).astype(np.int64)
    return Problem(
        candidates=table,
        candidate=candidate,
        options=options[["use", "quarter", "supply_mode"]],
        area=area,
        least=table["least_dm2"].to_numpy()[candidate],
        points=points * (area // SCORE_DIGITS) + points * (area % SCORE_DIGITS) // SCORE_DIGITS,
        must=(table["lock"].eq("in") & table["why"].eq("")).to_numpy(),
        rows=rows,
        groups=tuple(told_groups),
        findings=join_findings(read.findings, findings_table([*noticed, *told])),
    )


def _pieces(table: pd.DataFrame, candidate: Ints, area: Ints) -> Iterator[LimitedSum]:
    """Cap what was decided to be a piece at that piece; its least is as large already."""
    if "piece_dm2" not in table:
        return
    for place in np.flatnonzero(table["piece_dm2"].to_numpy() > 0):
        here = np.flatnonzero(candidate == place)
        name, piece = str(table["parcel_id"].iloc[place]), int(table["piece_dm2"].iloc[place])
        yield LimitedSum(name=name, kind="piece", options=here, coefs=area[here], high=piece)


def _is_timed(rules: pd.DataFrame, groups: pd.DataFrame, read: Candidates) -> bool:
    """Whether it matters in which quarter a parcel is supplied, beyond being ready.

    A milestone is met best by supplying at once; a cap until a day, or an order, may ask to wait.
    """
    capped = False
    if len(rules) and "due" in rules:
        capped = bool((rules["kind"].str.startswith("max") & as_text(rules["due"]).ne("")).any())
    ordered = len(groups) > 0 and groups["kind"].eq("before").any()
    fixed = "fixed_quarter" in read.table and as_text(read.table["fixed_quarter"]).ne("").any()
    return bool(capped or ordered or fixed)


def _options(read: Candidates, periods: int, *, timed: bool) -> pd.DataFrame:
    """Give each candidate and use an option, and one a quarter where quarters matter."""
    options = read.options.copy()
    earliest = read.table["earliest"].to_numpy()[options["candidate"]]
    if not timed:
        return options.assign(quarter=earliest)
    count = periods - earliest + 1
    options = options.loc[options.index.repeat(count)].reset_index(drop=True)
    later = options.groupby(["candidate", "use"], sort=False).cumcount()
    options["quarter"] = np.repeat(earliest, count) + later.to_numpy()
    if "fixed_quarter" in read.table:
        asked = pd.to_numeric(read.table["fixed_quarter"], errors="coerce").to_numpy()
        asked = asked[options["candidate"]]
        options = options[np.isnan(asked) | (asked == options["quarter"])].reset_index(drop=True)
    return options


def _sorting(table: pd.DataFrame, options: pd.DataFrame, parents: Mapping[str, str]) -> Sorting:
    candidate = options["candidate"].to_numpy()
    codes, regions = pd.factorize(table["region"])
    uses, names = pd.factorize(options["use"])
    facets = {
        "land_source": table["land_source"].iloc[candidate].reset_index(drop=True),
        "supply_mode": options["supply_mode"].astype("str"),
    }
    return Sorting(
        region=codes[candidate],
        regions=tuple(map(str, regions)),
        use=uses,
        uses=tuple(map(str, names)),
        facets=facets,
        parents=parents,
    )


def _groups(table: pd.DataFrame, groups: pd.DataFrame | None) -> pd.DataFrame:
    """Add the groups that stand in columns of the candidates: group, layout, after."""
    rows = [] if groups is None else groups.to_dict("records")
    plain = table[table["group"].ne("") & table["layout"].eq("")]
    rows += [
        {"kind": "all_or_none", "members": ids.tolist(), "name": str(name)}
        for name, ids in plain.groupby("group")["parcel_id"]
    ]
    laid = table[table["group"].ne("") & table["layout"].ne("")]
    rows += [
        {
            "kind": "layouts",
            "members": [ids.tolist() for _, ids in part.groupby("layout")["parcel_id"]],
            "name": str(name),
        }
        for name, part in laid.groupby("group")
    ]
    rows += [
        {"kind": "before", "members": [first, then], "name": f"{first}→{then}"}
        for then, first in table.loc[table["after"].ne(""), ["parcel_id", "after"]].itertuples(
            index=False
        )
    ]
    return pd.DataFrame(rows, columns=["kind", "members", "k", "name"])


KEPT = 1_000_000
"""Points for leaving a parcel as it was, beside which a score counts little."""

DECIDED = {
    "decision": "lock",
    "use": "uses",
    "quarter": "fixed_quarter",
    "area_m2": "fixed_area_m2",
}
"""What a decision says, and the column of the candidates that it is put into."""

LEVEL_NODES = 2000
"""Nodes for each step of the levelling of regions."""

TOUCHED_M2 = 1.0
"""Land inside a control line below which two layers only differ in their borders."""

WHY = MappingProxyType(
    {
        "locked": ("锁定入选", "locked in"),
        "group": ("随分组入选", "chosen with its group"),
        "only": ("没有别的候选可替", "no other candidate could stand in"),
        "best": ("在可选者中合计最合、得分最高", "of those that could, it fits and scores best"),
        "kept": ("沿用原方案", "kept from the earlier plan"),
        "decided": ("由人决定", "decided by hand"),
        "decided_out": ("由人决定不选", "decided out by hand"),
        "": ("未入选", "not chosen"),
        "met": ("选它不会更接近计划，或得分更低", "it brings the plan no nearer, or scores less"),
        "rule": ("单独加选会违反规则", "with it, a rule would be broken"),
        "apart": ("分组不许单独入选", "its group does not let it in alone"),
        **{key: words for key, words in UNFIT.items() if key != "locked"},
        "locked_out": UNFIT["locked"],
    },
)
"""Why a candidate is in, or not, in Chinese and English."""

STATUS = MappingProxyType(
    {
        "optimal": ("已证明最优", "proven best"),
        "feasible": ("可行，距最优见 gap", "feasible; see the gap for how far from the best"),
        "infeasible": ("规则互相矛盾", "the rules contradict each other"),
        "open": (
            "没有找到守住全部规则的方案，不能断定没有",
            "no choice was found that keeps every rule; there may be one",
        ),
        "interrupted": ("已中断，为当时最好的方案", "interrupted: the best until then"),
        "time": ("到时停止，为当时最好的方案", "stopped by the clock: the best until then"),
    },
)

LINE = define("""allocate.control_lines 控制线 | control lines
    哪些候选地块因控制线不能入选 | candidates that a control line keeps out
    inside: {subject} 有 {actual:2} 平方米在{line}内，不能入选。
    | {actual:2} m² of {subject} lie within {line}; it cannot be chosen.""")
DONE = define("""allocate.result 选地结果 | result
    选地的结果和离最优的差距 | the result of the choice, and its distance from the best
    told: 选出 {n} 宗 {area:2} 公顷；偏差 {deviation:2} 公顷，最少 {bound:2} 公顷（差占计
      划 {gap:4%}）；得分距上限 {score_gap:2%}。{status}。
    | {n} parcel{n:s} chosen, {area:2} ha; deviation {deviation:2} ha, least possible {bound:2} ha
      (gap {gap:4%} of the plan); score {score_gap:2%} below its bound. {status}.
    slack: 得分最高的方案允许比最少偏差多 {share:4%}（slack）。
    | For the score, the deviation may exceed the least by {share:4%} of the plan (slack).""")


@dataclass(frozen=True, eq=False, kw_only=True)
class Allocation:
    """What was chosen, how far it is from what was asked, and how far from the best possible.

    Parameters
    ----------
    status
        A key of `STATUS`.
    selected
        ``parcel_id region use quarter area_m2 share why``, in the order of ids.
    others
        Candidates that were not chosen: ``parcel_id region area_m2 why``.
    targets
        ``name region use sense rank planned unit chosen deviation`` in the plan's unit, and
        ``chosen_m2 deviation_m2``.
    conflicts
        What cannot be had together: see `landgis.allocation.conflicts.find_conflicts`.
    deviation_m2, bound_m2
        Deviation of all targets, weighted, and the least that is possible at all.
    gap
        Their difference as a share of the plan's area.
    score, score_bound
        Points (score × m²), and the most that is possible within this deviation.
    findings
        What was noticed, the defaults that acted, and the re-check.
    problem
        The same in whole numbers; ``problem.to_record()`` gives it for JSON.
    amounts
        Chosen of each option of the problem, in dm².
    """

    status: str
    selected: pd.DataFrame
    others: pd.DataFrame
    targets: pd.DataFrame
    conflicts: pd.DataFrame
    deviation_m2: float
    bound_m2: float
    gap: float
    score: float
    score_bound: float
    seconds: float
    findings: pd.DataFrame
    problem: Problem
    amounts: Ints

    def _repr_html_(self) -> str:
        """Show the result in a notebook, in Chinese."""
        off = self.targets[self.targets["deviation"].ne(0)]
        lines = [
            f"<li>{escape(row['name'])}：{row['planned']:g} {escape(row['unit'])}，选出 "
            f"{row['chosen']:g}（{row['deviation']:+g}）</li>"
            for row in rows_of(off.head(5))
        ]
        if len(off) > len(lines):
            lines.append(f"<li>另有 {len(off) - len(lines)} 项有偏差，见 targets。</li>")
        area = self.selected["area_m2"].sum() / 10_000
        return (
            f"<p>选出 <b>{len(self.selected)}</b> 宗，{area:.2f} 公顷；"
            f"{escape(STATUS[self.status][0])}，偏差距最少 {self.gap:.4%}</p>"
            f"<ul>{''.join(lines)}</ul>"
        )


def allocate(
    candidates: pd.DataFrame,
    targets: Plan | pd.DataFrame,
    *,
    rules: pd.DataFrame | None = None,
    groups: pd.DataFrame | None = None,
    keep: pd.DataFrame | None = None,
    previous: pd.DataFrame | None = None,
    control_lines: Mapping[str, gpd.GeoDataFrame] | None = None,
    parents: Mapping[str, str] | None = None,
    ranks: Mapping[str, int] | None = None,
    about: float | None = None,
    tolerance: float = 0.0,
    neighbours: pd.DataFrame | None = None,
    fair: bool = False,
    year: int | None = None,
    slack: float | None = None,
    effort: float = 1.0,
    seconds: float | None = None,
    conflicts: bool = True,
    progress: bool | None = None,
) -> Allocation:
    """Choose land: least deviation from the plan's figures rank by rank, then the best score.

    Rules, groups, locks and control lines hold; targets may be missed, and what cannot be met is
    told with its reason. The same input gives the same answer, whatever the order of its rows.

    Parameters
    ----------
    candidates
        One row a candidate, see `landgis.allocation.candidates.read_candidates`.
    targets
        A plan (its rules act too), or a table of figures, see
        `landgis.allocation.rules.target_rows`.
    rules, groups
        See `landgis.allocation.rules`.
    keep
        What a person has decided: ``parcel_id decision`` (in, out), and ``use`` and ``quarter``.
    previous
        An earlier choice (``parcel_id use``): as little as possible is changed of it.
    control_lines
        Name → polygons in the system of the candidates; a candidate that reaches into them with
        more than 1 m² is kept out, and told.
    parents
        Region → the region that it lies in.
    ranks, about, tolerance
        See `landgis.allocation.rules.target_rows`.
    neighbours
        ``a b bonus``: points for choosing both of two parcels, for compactness.
    fair
        Treat regions equally: at their rank the largest share that one misses of its figure is
        made least, then the next (leximin), before sums of deviations count.
    year
        Of the quarters, if ``targets`` is no plan.
    slack
        Share of the plan's area by which the deviation may exceed the least for a better score;
        `landgis.allocation.regions.usual_slack` if not given, which is told.
    effort
        Multiplies the solver's limits.
    seconds
        Stop by the clock; ``status`` is then ``time``.
    conflicts
        Whether to look for what contradicts what.
    progress
        True hides the progress bar, None shows it on a terminal only.

    Raises
    ------
    InputError
        If a table lacks what it must have.

    Examples
    --------
    >>> land = pd.DataFrame({
    ...     "parcel_id": ["a", "b", "c"], "area_m2": [4000.0, 6000.0, 5000.0],
    ...     "category": ["住宅用地"] * 3, "region": ["东镇"] * 3, "score": [1.0, 1.0, 3.0]})
    >>> plan = pd.DataFrame({"region": ["东镇"], "use": ["住宅用地"], "area_ha": [0.9]})
    >>> answer = allocate(land, plan)
    >>> answer.status, answer.selected["parcel_id"].tolist(), answer.targets["deviation"].tolist()
    ('optimal', ['a', 'c'], [0.0])
    """
    require(candidates, pd.DataFrame, name="candidates")
    require(targets, Plan, pd.DataFrame, name="targets")
    problem, lined = pose(
        candidates,
        targets,
        keep=keep,
        control_lines=control_lines,
        rules=rules,
        groups=groups,
        parents=parents,
        ranks=ranks,
        about=about,
        tolerance=tolerance,
        year=year,
    )
    told = [problem.findings, lined]
    if slack is None:
        slack = usual_slack(problem)
        told.append(findings_table([DONE.finding("slack", "note", values={"share": slack})]))
    solved, start = _changing_little(problem, previous)
    limits = Effort(
        slack=slack,
        effort=effort,
        seconds=seconds,
        bonuses=_bonuses(problem, neighbours),
        progress=progress,
    )
    started = time.monotonic()

    def left() -> float:
        return inf if seconds is None else max(0.05, seconds - (time.monotonic() - started))

    found = search(solved, limits, start=start)
    if fair and not found.broken:
        before = found.amounts
        solved, start, levelled = level(
            solved, before, nodes=int(LEVEL_NODES * effort), seconds=left()
        )
        rest = limits if seconds is None else replace(limits, seconds=left())
        found = search(solved, rest, start=start)
        levelled += told_levelled(problem, before, found.amounts)
        told.append(findings_table(levelled))
        problem = replace(problem, rows=solved.rows)
    return _tell(
        problem,
        found,
        told,
        what={
            "targets": targets,
            "rules": rules,
            "parents": parents or {},
            "year": year,
            "conflicts": conflicts,
            "previous": previous is not None,
        },
    )


def pose(
    candidates: pd.DataFrame,
    targets: Plan | pd.DataFrame,
    *,
    keep: pd.DataFrame | None = None,
    control_lines: Mapping[str, gpd.GeoDataFrame] | None = None,
    **asked: Any,
) -> tuple[Problem, pd.DataFrame]:
    """Lay a choice out in whole numbers, and choose nothing.

    Returns
    -------
    tuple
        The problem, and findings on what control lines keep out.

    Examples
    --------
    >>> land = pd.DataFrame({"parcel_id": ["a"], "area_m2": [100.0], "category": ["住宅用地"]})
    >>> plan = pd.DataFrame({"use": ["住宅用地"], "area_m2": [90.0]})
    >>> pose(land, plan, timed=True)[0].options["quarter"].tolist()
    [1, 2, 3, 4]
    """
    decided, lined = _outside_lines(with_decisions(candidates, keep), control_lines or {})
    return build_problem(decided, targets, **asked), lined


def with_decisions(candidates: pd.DataFrame, keep: pd.DataFrame | None) -> pd.DataFrame:
    """Put a person's decisions onto the candidates, in the columns of `DECIDED`."""
    if keep is None or keep.empty:
        return candidates
    if "parcel_id" not in keep:
        raise InputError(
            "保留的决定没有 parcel_id 列：列应为 parcel_id、decision、use、quarter。",
            "The decisions have no column parcel_id: give parcel_id, decision, use, quarter.",
        )
    table = candidates.copy()
    ids = as_text(table["parcel_id"])
    kept = keep.assign(parcel_id=as_text(keep["parcel_id"]))
    kept = kept.drop_duplicates("parcel_id", keep="last")
    unknown = sorted(set(kept["parcel_id"]) - set(ids))
    if unknown:
        raise InputError(
            f"有 {len(unknown)} 个要保留的编号不在候选地块中：{'、'.join(unknown[:5])}。请核对。",
            f"{len(unknown)} ids to keep are no candidates: {', '.join(unknown[:5])}.",
        )
    kept = kept.set_index("parcel_id")
    for name, column in DECIDED.items():
        if name not in kept:
            continue
        given = ids.map(as_text(kept[name]).str.strip()).fillna("")
        before = table[column] if column in table else table.get("category", "")
        if column != "uses" and column not in table:
            before = pd.Series("", index=table.index)
        table[column] = given.where(given.ne(""), before)
        if column == "lock":
            table["decided"] = given.ne("")  # a reason of its own: somebody chose it, here
    if "use" in kept and "supply_mode" in table:
        fixed = ids.isin(kept.index[as_text(kept["use"]).str.strip().ne("")])
        several = as_text(table["supply_mode"]).str.contains(SPLIT, regex=True)
        table["supply_mode"] = table["supply_mode"].mask(fixed & several, "")
    return table


def _outside_lines(
    candidates: pd.DataFrame, lines: Mapping[str, gpd.GeoDataFrame]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lock out what reaches into a control line."""
    if not lines:
        return candidates, findings_table()
    if not isinstance(candidates, gpd.GeoDataFrame):
        raise InputError(
            "候选地块没有图形，不能与控制线比较：请给出图层。",
            "The candidates have no geometry to hold against control lines: give a layer.",
        )
    table, found = candidates.copy(), []
    if "lock" not in table:
        table["lock"] = ""
    for name, line in lines.items():
        if line.crs != table.crs:
            raise InputError(
                f"{name}的坐标系与候选地块不同：请先转换到 {table.crs}。",
                f"{name} is not in the system of the candidates: convert it to {table.crs}.",
            )
        inside = table.geometry.intersection(line.geometry.union_all()).area
        found += [
            LINE.finding(
                "inside",
                "note",
                subject=str(table["parcel_id"].iloc[k]),
                unit="平方米",
                actual=float(inside.iloc[k]),
                values={"line": name},
            )
            for k in np.flatnonzero(inside.to_numpy() > TOUCHED_M2)
        ]
        table["lock"] = table["lock"].mask(inside > TOUCHED_M2, "out")
    return table, findings_table(found)


def _changing_little(
    problem: Problem, previous: pd.DataFrame | None
) -> tuple[Problem, Ints | None]:
    """Let staying as it was count more than any score."""
    if previous is None or previous.empty:
        return problem, None
    was = dict(zip(as_text(previous["parcel_id"]), as_text(previous["use"]), strict=True))
    ids = problem.candidates["parcel_id"].to_numpy()[problem.candidate]
    same = np.array(
        [was.get(i) == u for i, u in zip(ids, problem.options["use"], strict=True)], dtype=bool
    )
    new = ~np.isin(ids, list(was))
    points = np.where(same, KEPT, np.where(new, -KEPT, 0)).astype(np.int64) * 1000
    most = max(1, int(np.abs(problem.points).sum()))
    points += problem.points * 1000 // most
    first = np.zeros(len(same), dtype=np.int64)
    _, where = np.unique(problem.candidate[same], return_index=True)
    here = np.flatnonzero(same)[where]
    first[here] = problem.area[here]
    return replace(problem, points=points), first


def _bonuses(problem: Problem, neighbours: pd.DataFrame | None) -> tuple[tuple[int, int, int], ...]:
    if neighbours is None:
        return ()
    places = {name: n for n, name in enumerate(problem.candidates["parcel_id"])}
    return tuple(
        (places[str(row["a"])], places[str(row["b"])], round(float(row["bonus"]) * DM2_PER_M2))
        for row in rows_of(neighbours)
        if str(row["a"]) in places and str(row["b"]) in places
    )


# ------------------------------------------------------------------ the answer as tables


def _tell(
    problem: Problem, found: Found, told: list[pd.DataFrame], *, what: Mapping[str, Any]
) -> Allocation:
    selected, others = _chosen(problem, found.amounts, previous=what["previous"])
    totals = problem.totals(found.amounts)
    targets = target_table(problem, totals)
    plan_m2 = float(
        targets.loc[targets["rank"].eq(max(problem.ranks, default=0)), "planned_m2"].sum()
    )
    deviation = sum(found.deviations.values()) / DM2_PER_M2
    bound = min(deviation, sum(found.bounds.values()) / DM2_PER_M2)
    gap = (deviation - bound) / plan_m2 if plan_m2 else 0.0
    score = problem.score(found.amounts) / DM2_PER_M2
    most = score if what["previous"] else max(score, found.score_bound / DM2_PER_M2)
    plan = what["targets"] if isinstance(what["targets"], Plan) else None
    checked = verify(
        selected,
        problem.candidates,
        uses=uses_of(problem.candidates, problem.options.assign(candidate=problem.candidate)),
        targets=targets,
        rules=acting_rules(problem.rows),
        groups=problem.groups,
        parents=what["parents"],
        periods=plan_periods(plan, year=what["year"]),
    )
    clashes, explained = (
        find_conflicts(problem, found)
        if what["conflicts"]
        else (find_conflicts(problem, found, look=False))
    )
    result = DONE.finding(
        "told",
        "note",
        values={
            "n": len(selected),
            "area": float(selected["area_m2"].sum()) / 1e4,
            "deviation": deviation / 1e4,
            "bound": bound / 1e4,
            "gap": gap,
            "score_gap": (most - score) / most if most and np.isfinite(most) else 0.0,
            "status": dict(zip(("zh", "en"), STATUS[found.status], strict=True)),
        },
    )
    return Allocation(
        status=found.status,
        selected=selected,
        others=others,
        targets=targets,
        conflicts=clashes,
        deviation_m2=deviation,
        bound_m2=bound,
        gap=gap,
        score=score,
        score_bound=most,
        seconds=found.seconds,
        problem=problem,
        amounts=found.amounts,
        findings=join_findings(*told, findings_table([result]), explained, checked),
    )


def _chosen(
    problem: Problem, amounts: Ints, *, previous: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give what is chosen, and what is not, each with its reason."""
    table = problem.candidates
    here = np.flatnonzero(amounts)
    here = here[np.argsort(problem.candidate[here], kind="stable")]
    owner = problem.candidate[here]
    grouped = np.zeros(len(table), dtype=bool)
    for row in problem.rows:
        if row.kind in {"all_or_none", "layouts"}:
            grouped[problem.candidate[row.options]] = True
    keys = problem.cells
    idle = np.ones(len(table), dtype=bool)
    idle[owner] = False
    spare = set(keys[idle[problem.candidate]].tolist())
    by_hand = table.get("decided", pd.Series(data=False, index=table.index)).to_numpy(dtype=bool)
    why = np.where(
        problem.must[owner],
        np.where(by_hand[owner], "decided", "locked"),
        np.where(
            grouped[owner], "group", np.where(np.isin(keys[here], list(spare)), "best", "only")
        ),
    )
    selected = pd.DataFrame(
        {
            "parcel_id": table["parcel_id"].to_numpy()[owner],
            "region": table["region"].to_numpy()[owner],
            "use": problem.options["use"].to_numpy()[here],
            "quarter": problem.options["quarter"].to_numpy()[here],
            "area_m2": amounts[here] / DM2_PER_M2,
            "share": amounts[here] / problem.area[here],
            "why": np.where((why == "best") & previous, "kept", why) if previous else why,
        }
    )
    rest = table[idle]
    kept_out = _kept_out(problem, amounts)[idle]
    reason = rest["why"].mask(rest["why"].eq("locked") & by_hand[idle], "decided_out")
    reason = reason.replace({"locked": "locked_out"})
    reason = reason.mask(reason.eq(""), kept_out)
    others = pd.DataFrame(
        {
            "parcel_id": rest["parcel_id"],
            "region": rest["region"],
            "area_m2": rest["area_dm2"] / DM2_PER_M2,
            "why": reason,
        }
    ).reset_index(drop=True)
    return selected, others


def _kept_out(problem: Problem, amounts: Ints) -> pd.Series:
    """Say of each candidate whether a rule or its group keeps it out, whatever it would become."""
    why = np.full(len(problem.area), "met", dtype=object)
    for row, total in zip(problem.rows, problem.totals(amounts), strict=True):
        if not row.rank and len(row.options):
            own = abs(row.deviation(total))
            worse = [abs(row.deviation(total + int(coef))) > own for coef in row.coefs]
            why[row.options[worse]] = "apart" if row.kind in GROUPS else "rule"
    told = pd.DataFrame({"at": problem.candidate, "why": why, "met": why == "met"})
    best = told.sort_values("met", ascending=False, kind="stable").drop_duplicates("at")
    return best.set_index("at")["why"].reindex(range(len(problem.candidates))).fillna("met")


def target_table(problem: Problem, totals: list[int]) -> pd.DataFrame:
    """Lay targets out with what was chosen for them, exact in the plan's unit.

    Examples
    --------
    >>> from landgis.allocation.problem import empty_problem
    >>> target_table(empty_problem(), []).columns[:4].tolist()
    ['name', 'region', 'use', 'sense']
    """
    columns = (
        *("name", "region", "use", "sense", "rank", "planned", "unit", "chosen", "deviation"),
        *("planned_m2", "chosen_m2", "deviation_m2", "land_source", "supply_mode", "members"),
        "source",
    )
    rows = []
    for row, total in zip(problem.rows, totals, strict=True):
        if row.kind != "target":
            continue
        planned = row.planned or Fraction(0)
        away = row.deviation(total)
        scale, digits = row.per_unit, row.decimals + 2
        rows.append(
            {
                "name": row.name,
                "region": row.region,
                "use": row.category,
                "sense": row.sense,
                "rank": row.rank,
                "planned": float(planned / scale),
                "unit": row.unit,
                "chosen": float(half_up(Fraction(total) / scale, digits)),
                "deviation": float(half_up(Fraction(away) / scale, digits)),
                "planned_m2": float(planned / DM2_PER_M2),
                "chosen_m2": total / DM2_PER_M2,
                "deviation_m2": away / DM2_PER_M2,
                "source": row.source,
                **{name: row.facets.get(name, "") for name in ("land_source", "supply_mode")},
                "members": row.members,
            }
        )
    return pd.DataFrame(rows, columns=list(columns))
