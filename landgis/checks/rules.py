"""Rules of a plan and of the project: shares, caps, floors, counts, dates, places, order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.balance.mapped import Mapped
from landgis.checks.amounts import judge_count, judge_share, judge_total
from landgis.checks.land import Demand, RuledLand
from landgis.checks.order import judge_completion, judge_stock_first
from landgis.checks.sites import judge_placement
from landgis.findings import Finding, findings_table, unproven
from landgis.plan.model import Plan
from landgis.schema import DRAWN_FROM_PLAN, PARCELS, RULES, conform

JUDGES: Mapping[str, Callable[[RuledLand, Demand], Finding]] = MappingProxyType(
    {
        "min_share": judge_share,
        "max_share": judge_share,
        "max_total": judge_total,
        "min_total": judge_total,
        "min_count": judge_count,
        "completion": judge_completion,
        "stock_first": judge_stock_first,
    },
)
"""Who judges a rule, by its kind."""


def check_rules(
    plan: Plan,
    parcels: gpd.GeoDataFrame,
    *,
    crosswalk: pd.DataFrame | None = None,
    regions: gpd.GeoDataFrame | None = None,
    mapped: Mapped | None = None,
    as_of: date | None = None,
    rules: pd.DataFrame | None = None,
    rules_source: str = "",
) -> pd.DataFrame:
    """Check the plan's rules, the project's own, and where the plan places its uses.

    Parameters
    ----------
    plan
        Its ``rules`` and ``placements``.
    parcels
        Table ``parcels``: use, supply mode, land source, quarter and stage decide.
    mapped
        The land that counts, if it is known already: `landgis.balance.mapped.map_land`.
    crosswalk, regions
        Parcels × regions and the regions, for placements. Areas are those of the crosswalk; in
        the plane if there is none.
    as_of
        The day on which the question is asked. What falls due later is judged as arranged;
        without a day, everything is.
    rules
        Further rules, columns as ``plan.rules``; kind ``stock_first`` asks that 存量 is supplied
        before 新增.
    rules_source
        Where they stand, if their rows do not say it: the name of the project file.

    Returns
    -------
    DataFrame
        Findings ``rules.<kind>``, one for each rule and placement. A rule that cannot be decided
        is unknown, and says what is lacking. Of land that was drawn from the plan itself nothing
        passes: it is a note.

    Raises
    ------
    InputError
        If a table lacks a required column.

    Examples
    --------
    >>> from shapely import box
    >>> from landgis.schema import table_of
    >>> land = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a", "b"], "category": ["工业用地", "住宅用地"], "supply_mode": "出让"},
    ...     geometry=[box(0, 0, 100, 100), box(200, 0, 300, 300)], crs=4549)
    >>> share = {"kind": "min_share", "subject": "工业用地", "value": 40, "unit": "%"}
    >>> plan = Plan(document="p.txt", rules=table_of([share], RULES))
    >>> check_rules(plan, land)[["check", "actual", "verdict"]].values.tolist()
    [['rules.min_share', 25.0, 'fail']]
    """
    land = RuledLand.of(
        parcels, plan, crosswalk=crosswalk, regions=regions, mapped=mapped, as_of=as_of
    )
    own = pd.DataFrame() if rules is None else conform(rules, RULES)
    told = [Demand.of(row) for row in plan.rules.to_dict("records")]
    told += [Demand.of(row, source=rules_source) for row in own.to_dict("records")]
    findings = [_judged(land, rule) for rule in told]
    findings += [judge_placement(land, row) for row in plan.placements.to_dict("records")]
    table = findings_table(findings)
    basis = conform(parcels, PARCELS)["basis"]
    return unproven(table) if len(basis) and basis.isin(DRAWN_FROM_PLAN).all() else table


def _judged(land: RuledLand, rule: Demand) -> Finding:
    """Judge one rule by its kind, on the land that it is about."""
    if rule.kind == "net_land":
        return land.unknown(rule, "unrecorded")
    judge = JUDGES.get(rule.kind)
    if judge is None:
        return land.unknown(rule, "kind", name=rule.kind)
    if np.isnan(rule.value) and rule.kind != "stock_first":
        return land.unknown(rule, "no_value")
    here = land.within(rule.region) if rule.region else land
    if here.table.empty and rule.region:
        return land.unknown(rule, "nothing_in", region=rule.region)
    return here.no_record(rule) or judge(here, rule)
