"""What moved since an earlier version (计划调整), as tables of the report."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from landgis.checks.compare import status_name
from landgis.checks.figures import shown_decimals
from landgis.checks.sums import unit_word
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.report.cells import Cell, Column, ReportTable
from landgis.report.ground import plan_unit
from landgis.results import Results
from landgis.units import M2_PER_UNIT, to_decimal


def change_tables(
    changes: Mapping[str, pd.DataFrame], results: Results, *, lang: Lang = "zh"
) -> tuple[ReportTable, ...]:
    """Lay out what moved; what stayed is counted in a note.

    Parameters
    ----------
    changes
        ``plan``: `landgis.checks.compare.compare_plans`; ``parcels``: ``compare_parcels`` of the
        earlier and the present version. Either may be absent.
    results
        The present version: its plan's unit and decimals are those of the table.
    lang
        Language of headings.

    Returns
    -------
    tuple of ReportTable
        ``changes-plan``, ``changes-parcels``: one for each that was compared, also if nothing
        moved.

    Examples
    --------
    >>> change_tables({}, None)
    ()
    """
    tables = []
    if "plan" in changes:
        tables.append(_plan_changes(changes["plan"], results, lang))
    if "parcels" in changes:
        tables.append(_parcel_changes(changes["parcels"], lang))
    return tuple(tables)


def _plan_changes(compared: pd.DataFrame, results: Results, lang: Lang) -> ReportTable:
    unit, stated = plan_unit(results)
    decimals = shown_decimals(results.plan).get(unit, max(2, stated))
    per_ha = 10_000 / float(M2_PER_UNIT[unit])
    moved = compared[compared["status"] != "same"]
    rows: list[tuple[Cell, ...]] = [
        (
            row["region"] or say(lang, "全部", "all"),
            category_name(row["category"], lang) or say(lang, "合计", "total"),
            *(
                None if pd.isna(row[c]) else to_decimal(row[c] * per_ha, decimals)
                for c in ("before_ha", "after_ha", "change_ha")
            ),
            status_name(row["status"], lang) or say(lang, "缺数字", "figure missing"),
            row["source_after"] or row["source_before"],
        )
        for row in moved.to_dict("records")
    ]
    word = unit_word(unit, lang)
    return ReportTable(
        key="changes-plan",
        title=say(lang, f"计划指标变化（单位：{unit}）", f"Changes of the plan ({word})"),
        columns=(
            Column(name=say(lang, "区域", "region"), width=16),
            Column(name=say(lang, "用途", "use"), width=24),
            *_areas(lang),
            Column(name=say(lang, "情况", "status"), width=10),
            Column(name=say(lang, "出处", "source"), width=50),
        ),
        rows=tuple(rows),
        note=_stayed(compared, lang),
        unit=word,
    )


def _parcel_changes(compared: pd.DataFrame, lang: Lang) -> ReportTable:
    moved = compared[compared["status"] != "same"]
    rows: list[tuple[Cell, ...]] = [
        (
            row["parcel_id"],
            *(to_decimal(row[c], 2) for c in ("before_m2", "after_m2", "change_m2")),
            status_name(row["status"], lang),
            row["changes"],
        )
        for row in moved.to_dict("records")
    ]
    return ReportTable(
        key="changes-parcels",
        title=say(lang, "宗地变化（单位：平方米）", "Changes of parcels (m²)"),
        columns=(
            Column(name=say(lang, "宗地编号", "parcel id"), width=22),
            *_areas(lang),
            Column(name=say(lang, "情况", "status"), width=10),
            Column(name=say(lang, "说明", "what changed"), width=50),
        ),
        rows=tuple(rows),
        note=_stayed(compared, lang),
        unit="m²",
    )


def _areas(lang: Lang) -> tuple[Column, ...]:
    heads = (("调整前", "before"), ("调整后", "after"), ("变化", "change"))
    return tuple(Column(name=say(lang, *head), width=15, numeric=True) for head in heads)


def _stayed(compared: pd.DataFrame, lang: Lang) -> str:
    same = int((compared["status"] == "same").sum())
    return say(lang, f"不变的 {same} 项未列出。", f"{same} that did not change are not listed.")
