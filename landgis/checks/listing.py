"""A list of parcels (宗地清单) against the plan, and against the map, both ways."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.balance.sheet import Balance, balance_land
from landgis.divisions import match_among
from landgis.findings import Finding, define, finding_key, findings_table, join_findings
from landgis.measure import area_m2
from landgis.plan.model import Plan
from landgis.units import half_up, m2_to

_SAME = 0.005
"""Relative difference of two recorded areas, or of record and drawing, up to which they are one."""

_WHOLE = Fraction(1, 20)
"""Share of the plan's total by which the sum of its list may differ and still be all of it."""

_EAST, _NORTH = 500_000.0, 3_400_000.0

SUMS = define("""list.plan 清单与计划 | list and plan
    清单各区域、各用途的登记面积之和与计划的数字
    | recorded areas of the list, by region and use, against the plan's figures
    differs: {name}：清单 {actual:2}，计划 {expected:plain} {unit:unit}。
    | {name}: list {actual:2}, plan {expected:plain} ({unit:unit}).
    agrees: 清单 {rows} 行，合计 {area:2} 公顷，与计划的 {figures} 个数字相符。
    | The list of {rows} rows, {area:2} ha, agrees with {figures} figures of the plan.
    unplaced: 清单有 {rows} 行的区域不在计划之中（{members:some}），未计入。
    | {rows} rows are of regions that the plan lacks, and not counted: {members:some}.""")
MATCH = define("""list.match 清单与图 | list and map
    清单各行与图上宗地是否一一对应、面积是否一致
    | whether rows of the list and parcels on the map stand for each other, with one area
    how: 清单 {rows} 行：按编号对上 {by_id}，按名称和区域 {by_name}，按面积和区域 {by_area}。
    | Of {rows} rows {by_id} match by id, {by_name} by name, {by_area} by area and region.
    no_polygon: 清单有 {rows} 行在图上没有图形：{members:some}，合计 {area:2} 公顷。
    | {rows} rows of the list have no polygon: {members:some}, {area:2} ha in all.
    no_row: 图上有 {rows} 宗不在清单中：{members:some}，合计 {area:2} 公顷。
    | {rows} parcels on the map are not in the list: {members:some}, {area:2} ha.
    area: {subject}：清单 {expected:2}，图上 {actual:2}，相差 {difference:+2} 平方米。
    | {subject}: {expected:2} m² listed, {actual:2} m² on the map, {difference:+2} m² apart.""")


def check_list(
    plan: Plan,
    listed: gpd.GeoDataFrame,
    *,
    parcels: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame,
    totals: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Check a list of parcels against the plan, and row by row against the map.

    Parameters
    ----------
    listed
        Table ``parcels`` without shapes, ``recorded_area_m2`` in m².
    parcels, regions
        Tables of `landgis.schema`.
    totals
        What `landgis.checks.totals.check_totals` found: where the list differs as the map does, its
        finding points to that one as its cause.

    Returns
    -------
    DataFrame
        Findings ``list.plan`` (sums by recorded region and use; only what differs, or one that
        all agree) and ``list.match`` (how rows were matched; rows without polygon, polygons
        without row, areas that differ by more than 0.5 %).

    Examples
    --------
    >>> from landgis.schema import TARGETS, table_of
    >>> from shapely import box
    >>> columns = {"parcel_id": ["a"], "category": ["住宅用地"], "recorded_area_m2": [10_000.0]}
    >>> drawn = gpd.GeoDataFrame({**columns, "name": "", "region": "东镇"},
    ...                          geometry=[box(0, 0, 100, 100)], crs=4549)
    >>> town = gpd.GeoDataFrame({"region_id": ["r"], "name": ["东镇"]},
    ...                         geometry=[box(0, 0, 999, 999)], crs=4549)
    >>> row = {"region": "东镇", "stated_value": 1.5, "stated_unit": "公顷", "stated_decimals": 1}
    >>> plan = Plan(document="p.txt", targets=table_of([row], TARGETS))
    >>> found = check_list(plan, drawn, parcels=drawn, regions=town)
    >>> found[["check", "difference", "verdict"]].values.tolist()
    [['list.plan', -0.5, 'fail'], ['list.match', nan, 'note']]
    """
    return join_findings(
        findings_table(_sums(listed, plan, regions, totals)),
        findings_table(_matches(listed, parcels)),
    )


def check_unlisted(balance: Balance, *, parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Name the parcels on the map that the plan's own list lacks.

    Said only where the list is that of the map and of the whole plan: most lines are drawn, and
    they add up to about the plan's total. Land that was drawn from the plan proves nothing.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> len(check_unlisted(results.balance, parcels=results.parcels))
    0
    """
    lines = [row for row in balance.rows if row.figure.origin == "project"]
    totals = [
        row.figure.area_m2
        for row in balance.rows
        if row.figure.origin == "target" and not (row.region or row.figure.category)
    ]
    drawn = sum(bool(row.parcels) for row in lines)
    listed_m2 = sum((row.figure.area_m2 or Fraction(0) for row in lines), Fraction(0))
    about = [t for t in totals if t and abs(listed_m2 - t) <= _WHOLE * t]
    pieces = balance.land.pieces
    if 2 * drawn <= len(lines) or not about or pieces["invented"].all():
        return findings_table()
    known = {parcel for row in lines for parcel in row.parcels}
    others = [p for p in parcels["parcel_id"].astype("str").unique() if p not in known]
    if not others:
        return findings_table()
    area = float(pieces.loc[pieces["parcel_id"].isin(others), "area_m2"].sum())
    told = {"rows": len(others), "area": float(half_up(m2_to(area, "公顷"), 2))}
    return findings_table([MATCH.finding("no_row", "fail", values=told, members=tuple(others))])


def _sums(
    listed: gpd.GeoDataFrame, plan: Plan, regions: gpd.GeoDataFrame, totals: pd.DataFrame | None
) -> list[Finding]:
    failed = [] if totals is None else totals[totals["verdict"] == "fail"].to_dict("records")
    seen = {
        (f["region"], f["category"], round(f["difference"], 6)): f["cause"] or finding_key(f)
        for f in failed
    }
    names = list(regions["name"])
    at = {text: match_among(str(text), names)[1] for text in listed["region"].unique()}
    home = listed["region"].map(at).to_numpy()
    ids = listed["parcel_id"].astype("str")
    pairs = pd.DataFrame(
        {
            "parcel_id": ids,
            "region_id": [regions["region_id"].iloc[i] if i >= 0 else "" for i in home],
            "area_m2": listed["recorded_area_m2"].fillna(0.0),
            "share": 1.0,
        }
    )
    # a row counts by its record: as a square of its recorded area, record and drawing agree
    side = np.sqrt(pairs["area_m2"].to_numpy())
    squares = shapely.box(_EAST, _NORTH, _EAST + side, _NORTH + side)
    flat = gpd.GeoDataFrame(listed.drop(columns="geometry"), geometry=squares, crs=4549)
    balance = balance_land(plan, flat, crosswalk=pairs, regions=regions, area="recorded")
    rows = [row for row in balance.rows if row.figure.origin != "project"]
    findings = [
        SUMS.finding(
            "differs",
            "fail",
            region=row.region,
            category=row.figure.category,
            expected=float(row.figure.value or 0),
            actual=float(row.mapped or 0),
            difference=float(row.difference or 0),
            unit=row.figure.unit,
            members=row.parcels,
            values={"name": {"zh": row.figure.name("zh"), "en": row.figure.name("en")}},
            cause=seen.get(
                (row.region, row.figure.category, round(float(row.difference or 0), 6)), ""
            ),
            source=row.figure.source,
        )
        for row in rows
        if row.verdict == "fail"
    ]
    unplaced = ids[home < 0]
    if len(unplaced):
        values: dict[str, Any] = {"rows": len(unplaced)}
        findings.append(SUMS.finding("unplaced", "unknown", values=values, members=tuple(unplaced)))
    agreed = sum(row.verdict == "pass" for row in rows)
    if agreed and not findings:
        area = float(half_up(m2_to(float(pairs["area_m2"].sum()), "公顷"), 2))
        told = {"rows": len(listed), "area": area, "figures": agreed}
        findings.append(SUMS.finding("agrees", "pass", values=told))
    return findings


def _matches(listed: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> list[Finding]:
    """Match rows and parcels by id, then by name and region, then by a unique area and region."""
    rows = pd.DataFrame(listed.drop(columns="geometry")).reset_index(drop=True)
    land = pd.DataFrame(parcels.drop(columns="geometry")).reset_index(drop=True)
    drawn = area_m2(parcels.geometry, method="plane").to_numpy()
    recorded = land["recorded_area_m2"].to_numpy(dtype="float64")
    land["area"] = np.where(recorded > 0, recorded, drawn)
    rows["area"] = rows["recorded_area_m2"]
    partner = np.full(len(rows), -1)
    counts = {}
    for way, keys in (
        ("by_id", ["parcel_id"]),
        ("by_name", ["name", "region"]),
        ("by_area", ["region", "rounded"]),
    ):
        found = _unique_pairs(rows, land, keys, partner)
        counts[way] = len(found)
        for row, parcel in found:
            partner[row] = parcel
    alone = partner < 0
    findings = [MATCH.finding("how", "note", values={"rows": len(rows), **counts})]
    untouched = ~np.isin(np.arange(len(land)), partner)
    for kind, table, lonely in (("no_polygon", rows, alone), ("no_row", land, untouched)):
        if lonely.any():
            area = float(half_up(m2_to(float(table.loc[lonely, "area"].sum()), "公顷"), 2))
            members = tuple(table.loc[lonely, "parcel_id"].astype("str"))
            told = {"rows": int(lonely.sum()), "area": area}
            findings.append(MATCH.finding(kind, "fail", values=told, members=members))
    mine, theirs = rows["area"].to_numpy()[~alone], land["area"].to_numpy()[partner[~alone]]
    with np.errstate(invalid="ignore"):
        apart = np.abs(theirs - mine) > np.maximum(_SAME * mine, 1.0)
    for position in np.flatnonzero(~alone)[apart]:
        wanted, actual = rows["area"].iloc[position], land["area"].iloc[partner[position]]
        findings.append(
            MATCH.finding(
                "area",
                "fail",
                subject=str(rows["parcel_id"].iloc[position]),
                region=str(rows["region"].iloc[position]),
                category=str(rows["category"].iloc[position]),
                expected=float(half_up(float(wanted), 2)),
                actual=float(half_up(float(actual), 2)),
                difference=float(half_up(float(actual - wanted), 2)),
                unit="平方米",
                members=(str(land["parcel_id"].iloc[partner[position]]),),
            )
        )
    return findings


def _unique_pairs(
    rows: pd.DataFrame, land: pd.DataFrame, keys: list[str], partner: np.ndarray[Any, Any]
) -> list[tuple[int, int]]:
    """Pair what is still alone on both sides and has the same keys, once on each side."""
    sides = []
    for table, free in (
        (rows, partner < 0),
        (land, ~np.isin(np.arange(len(land)), partner)),
    ):
        side = table.assign(rounded=table["area"].round(-1), at=np.arange(len(table)))[free]
        known = side[keys[0]].astype("str").ne("") & side["area"].gt(0)
        sides.append(side[known].drop_duplicates(keys, keep=False)[[*keys, "at"]])
    both = sides[0].merge(sides[1], on=keys, suffixes=("", "_map"))
    return list(zip(both["at"], both["at_map"], strict=True))
