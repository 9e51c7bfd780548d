"""Lists against their subtotals and totals, and against the counts that the text names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from landgis.findings import Finding
from landgis.landuse import is_within
from landgis.language import Lang, say
from landgis.plan.audit.figures import Figure, figures_of, quantity_of
from landgis.plan.audit.parts import part_finding
from landgis.plan.audit.splits import Split
from landgis.plan.model import Plan

_NAMED_COUNT = re.compile(r"等\s*(\d+|[两二三四五六七八九十])\s*个?(?:镇街|乡镇|镇|乡|街道)")
_CHINESE = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2}


def check_lists(plan: Plan, figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    """Subtotals and totals of the lists against their rows."""
    everything = [*figures, *figures_of(plan.repeats)]
    for list_name, rows in plan.projects.groupby("list_name", sort=False):
        for total in (f for f in everything if f.list_name == list_name and f.quantity):
            split = Split(total, _items(rows, total), "清单各项", "the rows of the list")
            if split.parts:
                yield _list_finding(split, lang)
        subtotals = tuple(f for f in everything if f.list_name == list_name and f.region)
        whole = next((f for f in everything if f.list_name == list_name and not any(f.key)), None)
        if whole is None and (plan_total := _exceeded(rows, figures)):
            yield _list_finding(plan_total, lang)
        if whole and len(subtotals) > 1 and not any(f.category for f in subtotals):
            yield _list_finding(
                Split(whole, subtotals, "清单各小计", "the subtotals of the list"), lang
            )


def _exceeded(rows: pd.DataFrame, figures: Sequence[Figure]) -> Split | None:
    """Set a list without a total of its own against the plan's total, of which it may be a part."""
    total = next((f for f in figures if f.quantity and not any(f.key)), None)
    split = Split(total, _items(rows, total), "清单各项", "the rows of the list") if total else None
    return split if split and (split.closes or split.difference_m2 > 0) else None


def _items(rows: pd.DataFrame, total: Figure) -> tuple[Figure, ...]:
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
            quantity=quantity_of(row["stated_value"], row["stated_unit"], row["stated_decimals"]),
            where=row["source"],
        )
        for row in rows[within].to_dict("records")
    )


def _list_finding(split: Split, lang: Lang) -> Finding:
    found = part_finding(split, "pass" if split.closes else "fail", lang)
    return replace(found, check="audit.list")


def check_counts(plan: Plan, lang: Lang) -> Iterator[Finding]:
    """Set counts that the text names against the rows of the lists."""
    projects = plan.projects
    for rule in plan.rules.to_dict("records"):
        rows = _rows_of(projects, rule) if rule["kind"] == "min_count" else 0
        if rows:
            fits = (
                rows >= rule["value"] if rule["qualifier"] == "at_least" else rows == rule["value"]
            )
            yield _count_finding(
                rule["subject"], rule["value"], rows, fits=fits, source=rule["source"], lang=lang
            )
    for count in plan.counts.to_dict("records"):
        sizes = _list_sizes(projects, count["subject"])
        if sizes:
            fits = count["value"] in sizes
            rows = count["value"] if fits else max(sizes)
            yield _count_finding(
                count["subject"], count["value"], rows, fits=fits, source=count["source"], lang=lang
            )
    yield from _named_counts(projects, lang)
    yield from _numbering(projects, lang)


def _rows_of(projects: pd.DataFrame, rule: dict[str, Any]) -> int:
    """List rows of the kind that a goal counts; all of them if it only says 片区 or 项目."""
    if rule["category"]:
        return int((projects["category"] == rule["category"]).sum())
    general = re.fullmatch(
        r"(?:重点|改造|再开发|低效用地再开发)*(?:片区|项目|地块|宗地)", rule["subject"]
    )
    return len(projects) if general else 0


def _list_sizes(projects: pd.DataFrame, subject: str) -> set[int]:
    """Sizes of the lists that a count may be about."""
    if not len(projects):
        return set()
    for column in ("category", "stated_category", "region"):
        for name in filter(None, projects[column].unique()):
            if name in subject:
                return {int((projects[column] == name).sum())}
    return {len(projects), *projects.groupby("list_name").size()}


def _named_counts(projects: pd.DataFrame, lang: Lang) -> Iterator[Finding]:
    """等2镇 in the name of a row against its location."""
    for row in projects.to_dict("records"):
        named = _NAMED_COUNT.search(f"{row['name']} {row['location']}")
        if named and "等" not in row["location"]:
            value = int(named[1]) if named[1].isdigit() else _CHINESE[named[1]]
            found = len(row["townships"])
            yield _count_finding(
                row["name"], value, found, fits=value == found, source=row["source"], lang=lang
            )


def _numbering(projects: pd.DataFrame, lang: Lang) -> Iterator[Finding]:
    """Row numbers of a list run on from 1, or begin anew."""
    for list_name, rows in projects.groupby("list_name", sort=False):
        numbers = [int(n) for n in rows["number"].dropna()]
        broken = [b for a, b in zip([0, *numbers], numbers, strict=False) if b not in (a + 1, 1)]
        if broken:
            yield Finding(
                check="audit.count",
                verdict="fail",
                subject=str(list_name),
                message=say(
                    lang,
                    f"清单“{list_name}”序号不连续："
                    f"{'、'.join(map(str, broken[:5]))}之前有缺号或重号。",
                    f"The numbers of the list {list_name} do not run on before "
                    f"{', '.join(map(str, broken[:5]))}.",
                ),
                source=rows["source"].iloc[0],
            )


def _count_finding(
    subject: str, stated: float, found: int, *, fits: bool, source: str, lang: Lang
) -> Finding:
    return Finding(
        check="audit.count",
        verdict="pass" if fits else "fail",
        subject=subject,
        expected=float(stated),
        actual=float(found),
        difference=float(found - stated),
        tolerance=0.0,
        unit="个",
        message=say(
            lang,
            f"{subject}：文中称{stated:g}个，清单中有{found}个"
            + ("，相符。" if fits else "，不符。"),
            f"{subject}: the text says {stated:g}, the list has {found}"
            + ("." if fits else ": they differ."),
        ),
        source=source,
    )
