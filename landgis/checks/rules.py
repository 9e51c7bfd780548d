"""Rules of a plan and of the project: shares, caps, floors, counts, dates, places, order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.balance.mapped import Mapped
from landgis.balance.uses import within_use
from landgis.checks.demands import (
    judge_completion,
    judge_count,
    judge_share,
    judge_stock_first,
    judge_total,
)
from landgis.checks.land import CLAUSES, Demand, RuledLand, percent
from landgis.findings import Finding, Verdict, define, findings_table, unproven
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


# ---------------------------------------------------------------- where a use is placed

PLACEMENT = define(
    "rules.placement",
    ("用地布局", "placement"),
    (
        "某用途的宗地是否在计划布局的区域之内。",
        "Whether the land of a use lies in the regions that the plan places it in.",
    ),
    **CLAUSES,
    no_regions=("没有区域图层，无法核对位置", "there is no layer of regions"),
    no_parcel=("图上没有{use:use}", "no parcel of {use:use}"),
    placed=(
        "{about:clause}分布在{regions:list}：按位置 {actual:2}% 在其中{missing:clause}。",
        "{about:clause} in {regions:list}: {actual:2}% by position{missing:clause}.",
    ),
    placed_mainly=(
        "{about:clause}主要分布在{regions:list}：按位置 {actual:2}% 在其中{missing:clause}。",
        "{about:clause} mainly in {regions:list}: {actual:2}% by position{missing:clause}.",
    ),
    whole=("全部用地", "all land"),
    missing=(
        "；{regions:list}没有图形，按登记计为 {share:2}%",
        "; {regions:list} has no polygon, {share:2}% by record",
    ),
)


def judge_placement(land: RuledLand, row: dict[Any, Any]) -> Finding:
    """Judge one row of the plan's ``placements``.

    Examples
    --------
    >>> from landgis.checks.land import two_squares
    >>> from landgis.findings import findings_table
    >>> from landgis.telling import tell
    >>> row = {"category": "工业用地", "regions": ("东镇",), "source": ""}
    >>> tell(findings_table([judge_placement(two_squares(), row)]))["message"].item()
    '工业用地：没有区域图层，无法核对位置，无法判定。'
    """
    use, named = str(row["category"]), tuple(row["regions"])
    rule = Demand("placement", use, float("nan"), "", None, str(row["source"]))
    if land.pieces is None:
        return land.unknown(rule, "no_regions", category=use)
    sure = within_use(land.pieces["category"], use)
    if not sure.any():
        return land.unknown(rule, "no_parcel", category=use, use=use)
    area = land.pieces["area_m2"].to_numpy()
    mainly = "主要" in rule.source
    whole = float(area[sure].sum())
    least = 50.0 if mainly else 100 * (1 - 1e-6)
    # by position; by record too, for regions without polygon; and all that no record places
    position, record = (land.pieces[c].isin(named).to_numpy() for c in ("polygon", "region"))
    unplaced = land.pieces["recorded"].eq("").to_numpy()
    missing = sorted(land.undrawn & set(named))
    share, told, most = (
        percent(float(area[sure & flags].sum()), whole)
        for flags in (position, position | record, position | record | unplaced)
    )
    open_ = bool(missing) and most > least
    verdict: Verdict = "pass" if share > least else "unknown" if open_ else "fail"
    return land.found(
        rule,
        "placed_mainly" if mainly else "placed",
        verdict,
        actual=share,
        unit="%",
        category=use,
        about=land.name(rule, use, "whole"),
        regions=list(named),
        missing={"kind": "missing", "regions": missing, "share": told} if missing else None,
    )
