"""From tables to a problem in whole numbers: candidates, figures, rules and groups together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pandas as pd

from landgis.allocation.candidates import Candidates, read_candidates
from landgis.allocation.problem import Ints, LimitedSum, Problem
from landgis.allocation.rules import Weighed, group_rows, rule_rows
from landgis.allocation.targets import Sorting, target_rows
from landgis.findings import findings_table, join_findings
from landgis.plan.model import Plan
from landgis.schema import as_text

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
        (`landgis.allocation.targets.target_rows`).
    rules, groups
        See `landgis.allocation.rules`.
    parents
        Region → the region that it lies in, where figures and candidates are of different levels.
    ranks, about, tolerance
        See `landgis.allocation.targets.target_rows`.
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
