"""Mapped area against the plan's figures: the rows of the balance as findings, and their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from landgis.balance.sheet import UNDRAWN, Balance, Row
from landgis.errors import require
from landgis.findings import (
    Check,
    define,
    finding_keys,
    findings_table,
    join_findings,
    sentences,
)
from landgis.units import half_up

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
