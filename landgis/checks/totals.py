"""Mapped area against the plan's figures, and a list of parcels (宗地清单) against plan and map.

The rows of the balance become findings, with their words; a list is matched both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.balance.sheet import UNDRAWN, Balance, Row, balance_land
from landgis.divisions import match_among
from landgis.errors import require
from landgis.findings import (
    Check,
    Finding,
    define,
    finding_key,
    finding_keys,
    findings_table,
    join_findings,
    sentences,
)
from landgis.measure import area_m2
from landgis.plan.model import Plan
from landgis.units import half_up, m2_to

AREAS: Mapping[str, tuple[str, str]] = {
    "recorded": ("登记面积", "recorded area"),
    "plane": ("平面面积", "plane area"),
    "ellipsoid": ("椭球面面积", "area on the ellipsoid"),
    "survey": ("图斑椭球面面积", "area by the formula of the land survey"),
}
"""Areas that land may be counted on, in Chinese and English."""
_ON = sentences("""
    on: ，超过允许误差{{tolerance:clause}}；按{0}计为 {{area}} {{unit:unit}}，
      与计划相符：差额出于面积口径，须先确定按哪种面积计
    | , more than the tolerance{{tolerance:clause}}; by {0} it is {{area}} {{unit:unit}},
      as planned: the two go by different areas, and which counts has to be decided""")["on"]
_KINDS = {
    **sentences("""
    compared: {name}：计划{qualifier} {planned} {unit:unit}，图上 {mapped} {unit:unit}{gap:clause}
      {reason:clause}。{follows:clause}{notes:clause}
    | {name}: planned {qualifier}{planned} {unit:unit}, mapped {mapped}
      {unit:unit}{gap:clause}{reason:clause}.{follows:clause}{notes:clause}
    open: {name}：{reason:clause}，无法判定。{notes:clause}
    | {name}: {reason:clause}; this cannot be decided.{notes:clause}
    excess: ，超出 {gap} {unit:unit}{ha:clause} | , in excess by {gap} {unit:unit}{ha:clause}
    short: ，缺口 {gap} {unit:unit}{ha:clause} | , short by {gap} {unit:unit}{ha:clause}
    left: ，余量 {gap} {unit:unit}{ha:clause} | , room left {gap} {unit:unit}{ha:clause}
    hectares: （{ha} 公顷） | " ({ha} ha)"
    notes: {each:clauses}。 | " Note: {each:clauses}."
    follows: 差额即由{causes:list}而来。 | " This is the difference of {causes:list}."
    leads: 同一差额也见于{others:list}。 | " The same difference shows in {others:list}."
    vague: 另有 {area} {unit:unit}的用途、来源或方式未登记、无法识别或只登记到上级类，可能属此
    | a further {area} {unit:unit} of missing, unknown or coarser record may belong here
    rough: 区域界线为近似 | the border is approximate
    moved: 界内另有 {area} {unit:unit}按登记计入{names:list}，未重复计算
    | {area} {unit:unit} inside it count for {names:list} by record, not twice
    open_outside: {area} {unit:unit}不在任何区域界内，而{names:list}没有图形或图形不全，无法确定是否
      属本计划范围
    | {area} {unit:unit} lie in no polygon, and {names:list} has none or not all of its own, so they
      may belong to the plan
    outside: 另有 {area} {unit:unit}在所有区域之外，未计入
    | {area} {unit:unit} outside all regions are not counted
    again: 计划同时写作 {value} {again_unit:unit}，两者是否一致见计划审核
    | the plan also prints {value} {again_unit:unit}; its audit tells whether they agree
    no_figure: 计划没有给出数字 | the plan gives no figure
    period: 是某一时段的数字，总量核对不分时段
    | it is the figure of a period, which totals do not tell apart
    no_region: 边界图层中没有名为“{region}”的区域
    | the boundary layer has no region named “{region}”
    no_polygon: {region}没有图形，不能按位置核对；登记属{region}的宗地合计 {area} {unit:unit}，供参
      考
    | {region} has no polygon to check by; parcels recorded for it sum to {area} {unit:unit}
    incomplete: {region}的图形不全，缺{names:list} | the polygon of {region} lacks {names:list}
    not_drawn: 图上没有它的图形 | it is not on the map
    beyond: ，超过允许误差{tolerance:clause} | , more than the tolerance{tolerance:clause}
    undecided: ，无法判定 | ; this cannot be decided
    as_required: ，符合 | , as required
    within_print: ，在计划取位误差之内，相符 | , within the printed precision
    within_survey: ，在计划取位与界址点误差（{survey_error} {unit:unit}）之内，相符
    | , within print and boundary-point error ({survey_error} {unit:unit})
    within_records: ，在计划与登记面积的取位误差（{survey_error} {unit:unit}）之内，相符
    | , within the printed precision of plan and records ({survey_error} {unit:unit})
    within_relative: ，在相对容差 {share:2%} 之内，相符
    | , within the relative tolerance of {share:2%}
    same_source: （示意，未核对：图形由计划数字绘成）
    | " (not checked: the land was drawn from the plan's own figures)"
    survey: " + 界址点误差 {error}" | " + boundary points {error}"
    records: " + 登记面积取位 {error}" | " + print of the records {error}"
    relative: " + 相对容差 {error}" | " + relative {error}"
    tolerance: （计划取位 {print}{survey:clause}{relative:clause} {unit:unit}）
    | " (print {print}{survey:clause}{relative:clause} {unit:unit})"
"""),
    **{f"on_{name}": (_ON[0].format(zh), _ON[1].format(en)) for name, (zh, en) in AREAS.items()},
}
_QUALIFIERS = {
    "at_most": {"zh": "不超过", "en": "at most "},
    "at_least": {"zh": "不少于", "en": "at least "},
    "about": {"zh": "约", "en": "about "},
    "": {"zh": "", "en": ""},
}


def _total(check: str, title: tuple[str, str], of: tuple[str, str]) -> Check:
    told = f"""totals.{check} {" | ".join(title)}
    图上计入的面积与计划中{of[0]}的数字是否相符
    | whether the land that counts agrees with the plan's figure {of[1]}"""
    return define(told, **_KINDS)


GRAND = _total("grand", ("总量", "total"), ("总量", "for everything"))
REGION = _total("region", ("分区域", "by region"), ("各区域", "for a region"))
USE = _total("use", ("分用途", "by use"), ("各用途", "for a use"))
SPLIT = _total("split", ("其中", "split"), ("“其中”各类", "for a part of a use"))
CELL = _total("cell", ("区域 × 用途", "region × use"), ("各区域各用途", "for a region and use"))
LIST = _total("list", ("清单合计", "sums of the list"), ("清单合计", "that its list sums to"))
PROJECT = _total(
    "project", ("清单面积", "area of each line of the list"), ("清单各项", "for a line of its list")
)
AREA = define("""totals.area 面积口径 | area that counts
    按哪一种面积计入 | on which area land is counted
    measured: 计入面积为{area}。 | Land is counted by {area}.
    recorded: 计入面积为登记面积：{good} 宗的登记面积与图形相符{rest:clause}。
    | Land is counted by recorded area: of {good} parcels it agrees with the drawing{rest:clause}.
    rest: ；{count} 宗没有登记面积或与图形不符，按{area}计入
    | ; {count} without, or whose record and drawing differ, are counted by {area}""")
CHECKS_OF_ROWS = {c.name: c for c in (GRAND, REGION, USE, SPLIT, CELL, LIST, PROJECT)}


def check_totals(balance: Balance) -> pd.DataFrame:
    """Tell how the plan's figures and the land on the map agree.

    Parameters
    ----------
    balance
        See `landgis.balance.sheet.balance_land`.

    Returns
    -------
    DataFrame
        ``totals.area`` (a note: on which area land is counted), then a finding for each row of
        the balance, in the plan's order: ``totals.grand``, ``totals.region``, ``totals.use``,
        ``totals.split``, ``totals.cell``, then for a programme ``totals.list`` (districts, kinds
        and the total of its list) and ``totals.project`` (each line). Numbers are in the plan's
        own unit, ``actual`` with the most decimals that it prints, two at least; ``members`` are
        the parcels of the mapped area, ``cause`` the finding whose difference it repeats.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> check_totals(blank_results().balance)["check"].tolist()
    []
    """
    require(balance, Balance, name="balance")
    rows = balance.rows
    if not rows:
        return findings_table()
    led: dict[str, list[Row]] = {}
    for row in rows:
        for cause in row.causes:
            led.setdefault(cause.key, []).append(row)
    groups: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(
            (row.figure.check, "open" if row.least is None else "compared"), []
        ).append(i)
    tables = []
    order: list[int] = []
    for (check, kind), at in groups.items():
        chosen = [rows[i] for i in at]
        told = [_values(row, led.get(row.key, []), balance.land.area) for row in chosen]
        tables.append(
            CHECKS_OF_ROWS[check].rows(
                kind,
                [row.verdict for row in chosen],
                subject=[row.name[1] for row in chosen],
                region=[row.figure.region for row in chosen],
                category=[row.figure.category for row in chosen],
                expected=[_float(row.figure.value) for row in chosen],
                actual=[_float(row.mapped) for row in chosen],
                difference=[_float(row.difference) for row in chosen],
                tolerance=[
                    None if row.least is None else float(row.tolerance_shown) for row in chosen
                ],
                unit=[row.figure.unit for row in chosen],
                cause=[row.cause.key if row.cause else "" for row in chosen],
                members=[row.parcels for row in chosen],
                source=[row.figure.source for row in chosen],
                values={name: [value[name] for value in told] for name in told[0]},
            )
        )
        order += at
    found = pd.concat(tables, ignore_index=True)
    found = found.iloc[sorted(range(len(order)), key=order.__getitem__)]
    return join_findings(_area(balance), found.reset_index(drop=True))


TELL_OF_REGIONS = ("parcels.region", "layer.member", "layer.no_polygon")
"""Checks that say why a region of the plan has no polygon, the plainest last."""


def follow_regions(totals: pd.DataFrame, balance: Balance, found: pd.DataFrame) -> pd.DataFrame:
    """Let totals of regions that are not on the map follow from the finding that says so.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> len(follow_regions(findings_table(), blank_results().balance, findings_table()))
    0
    """
    lost = {r.figure.region for r in balance.rows if r.reason.get("kind") in UNDRAWN}
    causes: dict[str, str] = {}
    for check in TELL_OF_REGIONS:
        told = found[found["check"].eq(check) & found["region"].isin(lost)]
        told = told[told["verdict"].isin(["fail", "unknown"])]
        causes |= dict(zip(told["region"], finding_keys(told), strict=True))
    open_ = totals["verdict"].eq("unknown") & totals["cause"].eq("")
    led = pd.Series([causes.get(r, "") for r in totals["region"]], totals.index, dtype="str")
    return totals.assign(cause=totals["cause"].mask(open_, led))


def _area(balance: Balance) -> pd.DataFrame:
    """Say on which area land is counted, and which parcels are counted otherwise."""
    land = balance.land
    if land.pieces.empty:
        return findings_table()
    zh, en = AREAS[land.measured]
    measured = {"zh": zh, "en": en}
    if land.area != "recorded":
        return findings_table([AREA.finding("measured", "note", values={"area": measured})])
    good = land.pieces["borne_out"]
    rest = tuple(land.pieces["parcel_id"][~good].unique())
    values = {
        "good": int(land.pieces["parcel_id"][good].nunique()),
        "rest": {"kind": "rest", "count": len(rest), "area": measured} if rest else {},
    }
    return findings_table([AREA.finding("recorded", "note", values=values, members=rest)])


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _values(row: Row, led: list[Row], area: str) -> dict[str, Any]:
    """Give what the sentence of a row names beside the columns."""
    figure = row.figure
    name = {"zh": figure.name("zh"), "en": figure.name("en")}
    notes = {"kind": "notes", "each": [dict(note) for note in row.notes]} if row.notes else {}
    if row.least is None:
        return {"name": name, "reason": dict(row.reason), "notes": notes}
    follows: dict[str, Any] = {}
    if row.cause is not None:
        named = [{"zh": r.figure.name("zh"), "en": r.figure.name("en")} for r in row.causes]
        follows = {"kind": "follows", "causes": named}
    elif led and row.verdict == "fail":
        others = [{"zh": r.figure.name("zh"), "en": r.figure.name("en")} for r in led]
        follows = {"kind": "leads", "others": others}
    return {
        "name": name,
        "qualifier": _QUALIFIERS.get(figure.qualifier, _QUALIFIERS[""]),
        "planned": f"{figure.value:,f}",
        "mapped": f"{row.mapped:,f}",
        "gap": _gap(row),
        "reason": _reason(row, area),
        "follows": follows,
        "notes": notes,
    }


def _gap(row: Row) -> dict[str, Any]:
    """Say the room left or the excess, in 公顷 too."""
    difference = row.difference_m2
    if difference is None or row.text_of(abs(difference)) == 0:
        return {}
    unit = row.figure.unit
    ha = {"kind": "hectares", "ha": f"{half_up(abs(difference) / 10_000, 4):,f}"}
    left = "left" if row.figure.qualifier == "at_most" else "short"
    return {
        "kind": "excess" if difference > 0 else left,
        "gap": f"{row.text_of(abs(difference)):,f}",
        "unit": unit,
        "ha": {} if unit == "公顷" else ha,
    }


def _reason(row: Row, area: str) -> dict[str, Any]:
    """Say which tolerance decided, with its parts."""
    unit, finest = row.figure.unit, row.shown + 1
    parts = {name: f"{row.in_unit(part, finest):f}" for name, part in row.tolerance.items()}
    tolerance: dict[str, Any] = {"kind": "tolerance", "print": parts["print"], "unit": unit}
    kinds = {"survey": "records" if area == "recorded" else "survey", "relative": "relative"}
    for name, kind in kinds.items():
        shown = {"kind": kind, "error": parts[name]}
        tolerance[name] = shown if row.tolerance[name] else {}
    planned = row.figure.area_m2
    share = float(row.tolerance["relative"] / planned) if planned else 0.0
    return {
        **row.reason,
        "tolerance": tolerance,
        "survey_error": parts["survey"],
        "share": share,
        "unit": unit,
    }


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
