"""Lists against their subtotals and totals, counts against lists and against their parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

import pandas as pd

from landgis.findings import Finding, Verdict, define
from landgis.landuse import is_within
from landgis.plan.audit.parts import LIST, is_unread, split_finding, split_terms
from landgis.plan.audit.splits import Judged, Split, Term, top_regions
from landgis.plan.audit.stated import (
    Spot,
    Stated,
    Text,
    in_unit,
    plain,
    quantity_of,
    said_of,
    shown,
    spots_of,
)
from landgis.plan.model import PLAN_PROJECTS, PLAN_RULES, Plan
from landgis.schema import conform, rows_of
from landgis.units import Quantity

GOAL = define("""audit.goal 目标 | goals
    安排的面积是否合乎上限、下限 | whether what is planned keeps to limits and goals
    kept: {subject}要求{limit}{stated}{unit:unit}，安排{have}{unit:unit}，符合。
    | {subject} is to be {limit} {stated} {unit:unit}; planned are {have} {unit:unit}.
    missed: {subject}要求{limit}{stated}{unit:unit}，安排{have}{unit:unit}，不符合。
    | {subject} is to be {limit} {stated} {unit:unit}; planned are {have} {unit:unit}: it is not.
    far: {subject}要求{limit}{stated}{unit:unit}，安排{have}{unit:unit}，可能不是同一口径，无法判
      定。
    | {subject} is to be {limit} {stated} {unit:unit}; planned are {have} {unit:unit}, so far off
      that they may be of different things: undecided.
    unknown: {subject}要求{limit}{stated}{unit:unit}，计划中没有相应的数字，无法判定。
    | {subject} is to be {limit} {stated} {unit:unit}; the plan has no figure of it: undecided.""")

_ABOUT = ("region", "category", "land_source", "supply_mode")
_LIMITS = {
    "min_total": {"zh": "不低于", "en": "at least"},
    "max_total": {"zh": "不超过", "en": "at most"},
}


def check_goals(plan: Plan, figures: Sequence[Stated]) -> Iterator[Finding]:
    """Set limits and goals against the figures of the same land; unknown where there are none."""
    for rule in conform(plan.rules, PLAN_RULES).to_dict("records"):
        goal = quantity_of(rule["value"], rule["unit"], rule["decimals"])
        if rule["kind"] not in _LIMITS or goal is None or "力争" in rule["source"]:
            continue
        reached = _reached(rule, figures) or _summed(rule, figures)
        if reached is None:
            if any(rule[k] for k in _ABOUT):
                yield _finding("unknown", rule, goal)
        elif reached.where != rule["source"] and not _is_limit_too(reached, rule):
            yield _judged(rule, goal, reached)


def _is_limit_too(reached: Stated, rule: dict[Any, Any]) -> bool:
    """Whether the figure is a second limit beside the first: 两年分别控制在10和20公顷以内."""
    limits = reached.qualifier in ("at_least", "at_most")
    return limits and reached.where.split("：“")[0] == rule["source"].split("：“")[0]


def _judged(rule: dict[Any, Any], goal: Quantity, reached: Stated) -> Finding:
    difference = reached.area_m2 - goal.area_m2
    least = rule["kind"] == "min_total"
    fits = difference >= -reached.half_m2 if least else difference <= reached.half_m2
    far = 2 * reached.area_m2 < goal.area_m2 if least else reached.area_m2 > 2 * goal.area_m2
    unit = goal.unit
    finding = _finding("kept" if fits else "far" if far else "missed", rule, goal)
    return replace(
        finding,
        verdict="pass" if fits else "unknown" if far else "fail",
        actual=in_unit(reached.area_m2, unit),
        difference=in_unit(difference, unit),
        tolerance=in_unit(reached.half_m2, unit),
        values={**finding.values, "have": shown(reached.area_m2, unit)},  # noqa: PD011 - a finding
    )


def _finding(kind: str, rule: dict[Any, Any], goal: Quantity) -> Finding:
    return GOAL.finding(
        kind,
        "unknown",
        subject=rule["subject"],
        region=rule["region"],
        category=rule["category"],
        expected=float(goal.value),
        unit=goal.unit,
        values={"limit": _LIMITS[rule["kind"]], "stated": str(goal.value)},
        source=rule["source"],
    )


def _reached(rule: dict[Any, Any], figures: Sequence[Stated]) -> Stated | None:
    about = (rule["region"], rule["category"], rule["land_source"], rule["supply_mode"], "")
    return next((f for f in figures if f.quantity and (f.region, *f.key[1:]) == about), None)


def _summed(rule: dict[Any, Any], figures: Sequence[Stated]) -> Stated | None:
    """Sum over regions or periods, where a goal has no figure of its own in the plan."""
    if any(rule[k] for k in _ABOUT) or rule["due"] == "":
        return None
    plain = [f for f in figures if f.quantity and not f.category and not f.source and not f.mode]
    years = [f for f in plain if not f.region and f.period.endswith("年")]
    parts = years or list(top_regions([f for f in plain if not f.period]))
    if len(parts) < 2 or len({p.quantity.unit for p in parts if p.quantity}) != 1:
        return None
    total = sum((p.quantity.value for p in parts if p.quantity), Decimal(0))
    unit = next(p.quantity.unit for p in parts if p.quantity)
    return replace(parts[0], quantity=Quantity(total, unit), where="")


COUNT = define("""audit.count 数量 | counts
    文中的个数与清单、与其分项是否一致 | whether counts are those of the lists and of their parts
    agrees: {subject}：文中称{stated}个，清单中有{found}个，相符。
    | {subject}: the text says {stated}, the list has {found}.
    differs: {subject}：文中称{stated}个，清单中有{found}个，不符。
    | {subject}: the text says {stated}, the list has {found}: they differ.
    unclear: {subject}：文中称{stated}个，清单有{found}个；所指不明，无法判定。
    | {subject}: the text says {stated}, the list has {found}; whether it means this list is not
      said: undecided.
    parts_agree: 文中称{stated}{counted}，所列各项{numbers}合计{found}{counted}，相符。
    | The text counts {stated}; its parts {numbers} make {found}.
    parts_differ: 文中称{stated}{counted}，所列各项{numbers}合计{found}{counted}，不符。
    | The text counts {stated}; its parts {numbers} make {found}: they differ.
    numbering: 清单“{subject}”序号不连续：{before}之前有缺号或重号。
    | The numbers of the list {subject} do not run on before {before}.""")

_NAMED_COUNT = re.compile(r"等\s*(\d+|[两二三四五六七八九十])\s*个?(?:镇街|乡镇|镇|乡|街道)")
_CHINESE = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_OF_LIST = re.compile(r"清单|附件|附表|附图|名单|名录|如下|下表|见表|详见|一览")
_COUNTED = frozenset({"个", "宗", "幅", "块", "处", "项", "片", "项目", "地块"})


def check_lists(
    plan: Plan, text: Text, figures: Sequence[Stated], everything: Sequence[Stated]
) -> Iterator[Judged]:
    """Subtotals and totals of the lists against their rows."""
    projects = conform(plan.projects, PLAN_PROJECTS)
    for list_name, rows in projects.groupby("list_name", sort=False):
        tables = _tables(plan, rows)
        own = [f for f in everything if f.list_name == list_name]
        own = [f for f in own if not tables or (f.spot and f.spot.table in tables)]
        for total in (f for f in own if f.quantity):
            split = Split(total, _items(rows, total), "list")
            if split.parts:
                yield _list(text, split)
        subtotals = tuple(f for f in own if f.region)
        whole = next((f for f in own if not any(f.key)), None)
        if whole is None and (of_plan := _of_plan(rows, figures)):
            yield _list(text, of_plan)
        if whole and len(subtotals) > 1 and not any(f.category for f in subtotals):
            yield _list(text, Split(whole, subtotals, "subtotals"))


def _tables(plan: Plan, rows: pd.DataFrame) -> set[int]:
    """Give the tables in which the rows of a list stand; {0} for a list of the running text."""
    spots = spots_of(plan, "project")
    found = [spots.get(n) for n in rows["figure"].dropna().astype(int)]
    return {s.table or -1 for s in found if s}


def _of_plan(rows: pd.DataFrame, figures: Sequence[Stated]) -> Split | None:
    """Set a list without a total of its own against the plan's total, which it may make."""
    total = next((f for f in figures if f.quantity and not any(f.key)), None)
    split = Split(total, _items(rows, total), "list") if total else None
    return split if split and split.closes else None


def _items(rows: pd.DataFrame, total: Stated) -> tuple[Stated, ...]:
    """Give the rows of a list that a subtotal is about, as figures."""
    within = pd.Series(data=True, index=rows.index)
    if total.code:
        within &= rows["region_code"] == total.code
    elif total.region:
        within &= rows["region"] == total.region
    if total.category:
        within &= rows["category"].map(lambda c: is_within(c, total.category, composites={}))
    return tuple(
        replace(
            total,
            number=-2 - number,
            quantity=quantity_of(row["stated_value"], row["stated_unit"], row["stated_decimals"]),
            qualifier="",
            where=row["source"],
        )
        for number, row in enumerate(rows_of(rows[within]))
    )


def _list(text: Text, split: Split) -> Judged:
    unread = not split.closes and is_unread(text, split)
    verdict: Verdict = "pass" if split.closes else "unknown" if unread else "fail"
    finding = split_finding(LIST, split, verdict, "unread" if unread else "")
    return Judged(finding, split_terms(split), exact=split.closes)


# --- counts -------------------------------------------------------------------------------------


def check_counts(plan: Plan, text: Text) -> Iterator[Judged]:
    """Set counts that the text names against the rows of the lists, and against their parts."""
    projects = conform(plan.projects, PLAN_PROJECTS)
    in_text = {n for n, s in spots_of(plan, "project").items() if not s.table}
    projects = projects[~projects["figure"].isin(list(in_text))]
    for finding in (*_of_lists(plan, projects), *_named_counts(projects), *_numbering(projects)):
        yield Judged(finding, {})
    yield from _counted_parts(plan, text)


def _of_lists(plan: Plan, projects: pd.DataFrame) -> Iterator[Finding]:
    for rule in plan.rules.to_dict("records"):
        rows = _rows_of(projects, rule) if rule["kind"] == "min_count" else 0
        if rows:
            fits = (
                rows >= rule["value"] if rule["qualifier"] == "at_least" else rows == rule["value"]
            )
            yield _count(rule["subject"], rule["value"], rows, rule["source"], fits=fits)
    for count in plan.counts.to_dict("records"):
        sizes, named = _list_sizes(projects, count["subject"])
        if sizes:
            fits = count["value"] in sizes
            rows = count["value"] if fits else max(sizes)
            sure = fits or named or bool(_OF_LIST.search(count["source"]))
            yield _count(
                count["subject"], count["value"], rows, count["source"], fits=fits, sure=sure
            )


def _rows_of(projects: pd.DataFrame, rule: dict[Any, Any]) -> int:
    """List rows of the kind that a goal counts; all of them if it only says 片区 or 项目."""
    if rule["category"]:
        return int((projects["category"] == rule["category"]).sum())
    general = re.fullmatch(
        r"(?:重点|改造|再开发|低效用地再开发)*(?:片区|项目|地块|宗地)", rule["subject"]
    )
    return len(projects) if general else 0


def _list_sizes(projects: pd.DataFrame, subject: str) -> tuple[set[int], bool]:
    """Sizes of the lists that a count may be about; whether it names what they list."""
    if not len(projects):
        return set(), False
    for column in ("category", "stated_category", "region"):
        for name in filter(None, projects[column].unique()):
            if name in subject:
                return {int((projects[column] == name).sum())}, True
    return {len(projects), *projects.groupby("list_name").size()}, False


def _named_counts(projects: pd.DataFrame) -> Iterator[Finding]:
    """等2镇 in the name of a row against its location."""
    for row in projects.to_dict("records"):
        named = _NAMED_COUNT.search(f"{row['name']} {row['location']}")
        if named and "等" not in row["location"]:
            value = int(named[1]) if named[1].isdecimal() else _CHINESE[named[1]]
            found = len(row["townships"])
            yield _count(row["name"], value, found, row["source"], fits=value == found)


def _numbering(projects: pd.DataFrame) -> Iterator[Finding]:
    """Row numbers of a list run on from 1, or begin anew."""
    for list_name, rows in projects.groupby("list_name", sort=False):
        numbers = [int(n) for n in rows["number"].dropna()]
        broken = [b for a, b in zip([0, *numbers], numbers, strict=False) if b not in (a + 1, 1)]
        if broken:
            yield COUNT.finding(
                "numbering",
                "fail",
                subject=str(list_name),
                values={"before": "、".join(map(str, broken[:5]))},
                source=rows["source"].iloc[0],
            )


def _count(
    subject: str, stated: float, found: int, source: str, *, fits: bool, sure: bool = True
) -> Finding:
    return COUNT.finding(
        "agrees" if fits else "differs" if sure else "unclear",
        "pass" if fits else "fail" if sure else "unknown",
        subject=subject,
        expected=float(stated),
        actual=float(found),
        difference=float(found - stated),
        tolerance=0.0,
        unit="个",
        values={"stated": plain(float(stated)), "found": found},
        source=source,
    )


_ITEM_GAP = re.compile(r"[，、][^，、。；：\d]{2,12}")  # 住宅项目7个，商业项目31个


def _counted_parts(plan: Plan, text: Text) -> Iterator[Judged]:
    """Set a count against the counts that the text gives as its parts: 57个 = 7 + 31 + 13."""
    for told in _counts_by_sentence(plan, text).values():
        (spot, row), *rest = told
        parts = [(s, r) for s, r in rest if r["unit"] == row["unit"]]
        parts = parts[:1] + [
            p
            for p, before in zip(parts[1:], parts, strict=False)
            if "其中" not in text.words[text.at(before[0])[1] : text.at(p[0])[0]]
        ]  # 甲镇4宗，其中1宗
        parts = _outer_parts(text, parts)
        given = said_of(text, spot, [s for s, _ in parts]) if len(parts) > 1 else "loose"
        span = text.words[text.at(spot)[1] : text.at(parts[-1][0])[1]] if parts else ""
        ends = [text.at(s) for s, _ in parts]
        gaps = [text.words[a[1] : b[0]] for a, b in pairwise(ends)]
        listed = given == "whole" or all(map(_ITEM_GAP.fullmatch, gaps))
        apart = "；" in span if listed else re.search("[，；。]", span.split("其中")[-1])
        apart = apart and "：" not in span.split("；")[0]
        if given not in ("whole", "weak") or "各" in span or apart:
            continue  # 甲区和乙区各1宗: how many times it counts is for the reader to say
        stated, found = int(row["value"]), sum(int(r["value"]) for _, r in parts)
        fits = stated == found
        missing = stated - found
        some = given == "weak" and 10 * missing > stated and len(str(missing).strip("0")) > 1
        few = missing > 0 and (2 * found <= stated or some)
        yield Judged(
            COUNT.finding(
                "parts_agree" if fits else "parts_differ",
                "pass" if fits else "unknown" if few else "fail",
                subject=f"{row['value']}{row['unit']}",
                expected=float(stated),
                actual=float(found),
                difference=float(found - stated),
                tolerance=0.0,
                unit=row["unit"],
                values={
                    "stated": stated,
                    "found": found,
                    "counted": row["unit"],
                    "numbers": "＋".join(str(r["value"]) for _, r in parts),
                },
                source=row["source"] or f"{row['line']}：“{row['words']}”",
            ),
            _count_terms(row, parts, Fraction(found - stated)),
        )


def _outer_parts(
    text: Text, parts: Sequence[tuple[Spot, dict[Any, Any]]]
) -> list[tuple[Spot, dict[Any, Any]]]:
    """Leave out the parts of a part: 甲镇1宗；乙镇4宗，2宗在东、1宗在西、1宗在北；丙镇5宗."""
    start = text.at(parts[0][0])[0] if parts else 0
    by_item = groupby(parts, lambda p: text.words.count("；", start, text.at(p[0])[0]))
    items = [list(item) for _, item in by_item]
    numbers = [[int(r["value"]) for _, r in item] for item in items]
    nested = [len(items) > 1 < len(n) and n[0] == sum(n[1:]) for n in numbers]
    return [p for item, n in zip(items, nested, strict=True) for p in (item[:1] if n else item)]


def _count_terms(
    row: dict[Any, Any], parts: Sequence[tuple[Spot, dict[Any, Any]]], off: Fraction
) -> dict[Term, Fraction | None]:
    terms: dict[Term, Fraction | None] = {("count", int(r["figure"])): off for _, r in parts}
    return terms | {("count", int(row["figure"])): -off}


def _counts_by_sentence(plan: Plan, text: Text) -> dict[int, list[tuple[Spot, dict[Any, Any]]]]:
    lines = {line: i for i, line in reversed(list(enumerate(plan.passages["line"])))}
    tables = plan.passages["table"].fillna(0).astype(int).tolist()
    found: dict[int, list[tuple[Spot, dict[Any, Any]]]] = {}
    for row in plan.figures.to_dict("records"):
        at = lines.get(row["line"])
        counted = row["unit"] in _COUNTED and str(row["value"]).isdecimal()
        if at is None or tables[at] or not counted or row["role"] == "aside":
            continue
        spot = Spot(at, 0, int(row["start"]), int(row["end"]))
        found.setdefault(text.sentence(spot), []).append((spot, row))
    return {n: sorted(told, key=lambda t: text.at(t[0])) for n, told in found.items()}
