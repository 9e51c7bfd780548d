"""What moved since an earlier version (计划调整) or day (供应进度), as tables of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from landgis.balance.figures import shown_area
from landgis.checks.supply import changes_text, status_name
from landgis.findings import check_title, verdict_name
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.report.cells import Cell, ReportTable, lay_out
from landgis.results import Results
from landgis.units import M2_PER_UNIT, half_up, unit_word


def change_tables(results: Results, *, lang: Lang = "zh") -> tuple[ReportTable, ...]:
    """Lay out what moved; what stayed is counted in a note.

    Parameters
    ----------
    results
        Their ``changes``; the plan's unit and decimals are those of the tables.

    Returns
    -------
    tuple of ReportTable
        ``supply``, ``changes-plan``, ``changes-parcels``, ``changes-findings``: one for each
        that was compared, also if nothing moved.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> change_tables(blank_results())
    ()
    """
    changes = results.changes
    makers: dict[str, Callable[[pd.DataFrame], ReportTable]] = {
        "supply": lambda table: _supply(table, results, lang),
        "plan": lambda table: _plan_changes(table, results, lang),
        "parcels": lambda table: _parcel_changes(table, lang),
        "findings": lambda table: _noticed(table, lang),
    }
    return tuple(make(changes[name]) for name, make in makers.items() if name in changes)


def change_lines(changes: Mapping[str, pd.DataFrame], *, lang: Lang = "zh") -> Iterator[str]:
    """Tell what moved in lines of text; what stayed is counted at the end.

    Examples
    --------
    >>> from landgis.checks.supply import compare_plans
    >>> from landgis.plan.model import Plan
    >>> from landgis.schema import TARGETS, table_of
    >>> old, new = (
    ...     Plan(document="p", targets=table_of([{"category": "住宅用地", "area_ha": ha}], TARGETS))
    ...     for ha in (8.0, 6.5))
    >>> list(change_lines({"plan": compare_plans(old, new)}))
    ['[调整] 住宅用地 8.0000 公顷 → 6.5000 公顷', '指标：共 1，不变 0']
    """
    whole = say(lang, "总量", "total")
    counts = []
    for name, zh, en in (("plan", "指标", "figures"), ("parcels", "宗地", "parcels")):
        if name not in changes:
            continue
        table = changes[name]
        for row in table[table["status"] != "same"].to_dict("records"):
            status = status_name(row["status"], lang) or say(lang, "缺数字", "figure missing")
            if name == "parcels":
                yield f"[{status}] {row['parcel_id']} {changes_text(row['changes'], lang)}".rstrip()
                continue
            use = category_name(row["category"], lang) or whole
            areas = [_hectares(row[c], lang) for c in ("before_ha", "after_ha")]
            subject = " ".join(filter(None, [row["region"], use]))
            yield f"[{status}] {subject} {areas[0]} → {areas[1]}"
        same = int((table["status"] == "same").sum())
        counts.append(
            say(
                lang, f"{zh}：共 {len(table)}，不变 {same}", f"{en}: {len(table)}, {same} unchanged"
            )
        )
    for row in changes["supply"].to_dict("records") if "supply" in changes else ():
        planned, first, second = (
            _hectares(row[c] / 10_000, lang) for c in ("planned_m2", "first_m2", "second_m2")
        )
        use = category_name(row["category"], lang) or whole
        subject = " ".join(filter(None, [row["region"], use]))
        zh, en = f"截至 {row['until']} 供应 {second}", f"{second} supplied by {row['until']}"
        if row["since"] is not None:
            zh = f"截至 {row['since']} 供应 {first}，{zh}"
            en = f"{first} supplied by {row['since']}, {en}"
        yield say(lang, f"{subject}：计划 {planned}，{zh}", f"{subject}: planned {planned}, {en}")
    yield from counts


def _hectares(area_ha: float, lang: Lang) -> str:
    return "—" if pd.isna(area_ha) else f"{half_up(area_ha, 4):,f} {say(lang, '公顷', 'ha')}"


_BOTH = "before:15 after:15 change:15 status:10"


def _subject(row: Mapping[Any, Any], lang: Lang) -> tuple[str, str]:
    """Name the region and use of a row."""
    use = category_name(row["category"], lang) or say(lang, "合计", "total")
    return row["region"] or say(lang, "全部", "all"), use


def _supply(supplied: pd.DataFrame, results: Results, lang: Lang) -> ReportTable:
    """Lay out what is planned and what is supplied by the day, or by two."""
    balance = results.balance
    unit, decimals = balance.unit, balance.decimals[balance.unit]
    since, until = supplied["since"].iloc[0], supplied["until"].iloc[0]
    columns = {
        "planned_m2": ("计划", "planned", True),
        "first_m2": (f"截至 {since}", f"by {since}", since is not None),
        "second_m2": (f"截至 {until}", f"by {until}", True),
        "change_m2": ("其间", "in between", since is not None),
        "share": ("占计划（%）", "of plan (%)", True),
        "mapped_m2": ("图上全部", "all mapped", True),
        "undated_m2": ("时间未登记", "no time", supplied["undated_m2"].any()),
        "done_m2": ("登记已完成", "recorded done", supplied["done_m2"].any()),
    }
    kept = {key: (zh, en, 14) for key, (zh, en, told) in columns.items() if told}
    printed = {key: row.figure for key, row in balance.by_key.items()}

    def cell(row: dict[Any, Any], key: str) -> Cell:
        if key == "planned_m2" and (row["region"], row["category"]) in printed:
            return balance.planned(printed[row["region"], row["category"]])
        if key != "share":
            return None if pd.isna(row[key]) else shown_area(row[key], unit, decimals)
        whole = row["planned_m2"]
        return half_up(100 * row["second_m2"] / whole, 1) if whole > 0 else None

    word = unit_word(unit, lang)
    stage = "done_m2" in kept
    note = say(
        lang,
        "供应按宗地登记的供应时间计，包括已安排尚未办结的"
        + ("；“登记已完成”按实施阶段计。" if stage else "。"),
        "Supply goes by the recorded supply time, what is arranged and not yet closed included"
        + ("; “recorded done” goes by the stage." if stage else "."),
    )
    return lay_out(
        "supply",
        (
            f"计划与供应（截至 {until}，单位：{unit}）",
            f"Planned and supplied as of {until} ({word})",
        ),
        ["region:16 use:24", *kept.values()],
        [
            (*_subject(row, lang), *(cell(row, key) for key in kept))
            for row in supplied.to_dict("records")
        ],
        lang=lang,
        numeric=range(2, 2 + len(kept)),
        sums=[i for i, use in enumerate(supplied["category"]) if not use],
        note=note,
        unit=word,
    )


def _plan_changes(compared: pd.DataFrame, results: Results, lang: Lang) -> ReportTable:
    balance = results.balance
    unit, decimals = balance.unit, balance.decimals[balance.unit]
    per_ha = 10_000 / float(M2_PER_UNIT[unit])
    word = unit_word(unit, lang)
    return lay_out(
        "changes-plan",
        (f"计划指标变化（单位：{unit}）", f"Changes of the plan ({word})"),
        f"region:16 use:24 {_BOTH} source:50",
        [
            (
                *_subject(row, lang),
                *(
                    None if pd.isna(row[c]) else half_up(row[c] * per_ha, decimals)
                    for c in ("before_ha", "after_ha", "change_ha")
                ),
                status_name(row["status"], lang) or say(lang, "缺数字", "figure missing"),
                row["source_after"] or row["source_before"],
            )
            for row in _moved(compared)
        ],
        lang=lang,
        numeric=(2, 3, 4),
        note=_stayed(compared, lang),
        unit=word,
    )


def _parcel_changes(compared: pd.DataFrame, lang: Lang) -> ReportTable:
    return lay_out(
        "changes-parcels",
        ("宗地变化（单位：平方米）", "Changes of parcels (m²)"),
        f"parcel_id:22 {_BOTH} changed:50",
        [
            (
                row["parcel_id"],
                *(half_up(row[c], 2) for c in ("before_m2", "after_m2", "change_m2")),
                status_name(row["status"], lang),
                changes_text(row["changes"], lang),
            )
            for row in _moved(compared)
        ],
        lang=lang,
        numeric=(1, 2, 3),
        note=_stayed(compared, lang),
        unit="m²",
    )


def _noticed(findings: pd.DataFrame, lang: Lang) -> ReportTable:
    """Lay out what was noticed while the earlier version was read, passes left out."""
    wanting = findings[findings["verdict"] != "pass"]
    passed = len(findings) - len(wanting)
    return lay_out(
        "changes-findings",
        ("读取上一版时发现的问题", "Noticed while reading the earlier version"),
        "verdict:10 check:20 message:70 source:40",
        [
            (
                verdict_name(row["verdict"], lang),
                check_title(row["check"], lang),
                row["message"],
                row["source"],
            )
            for row in wanting.to_dict("records")
        ],
        lang=lang,
        note=say(lang, f"另有 {passed} 项通过，未列出。", f"{passed} more passed."),
    )


def _moved(compared: pd.DataFrame) -> list[dict[Any, Any]]:
    return compared[compared["status"] != "same"].to_dict("records")


def _stayed(compared: pd.DataFrame, lang: Lang) -> str:
    same = int((compared["status"] == "same").sum())
    return say(lang, f"不变的 {same} 项未列出。", f"{same} that did not change are not listed.")
