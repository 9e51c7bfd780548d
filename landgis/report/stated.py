"""The plan as it was read: figures, rules and placements, each with the words it stands in."""

from __future__ import annotations

import pandas as pd

from landgis.checks.sums import decimals_of
from landgis.landuse import category_name
from landgis.language import say
from landgis.report.cells import Cell, ReportTable, decimal
from landgis.report.ground import Ground, share
from landgis.report.names import CHECKS
from landgis.units import to_decimal


def target_table(ground: Ground) -> ReportTable:
    """List the plan's figures as read."""
    rows: list[tuple[Cell, ...]] = []
    for row in ground.results.plan.targets.to_dict("records"):
        decimals = row["stated_decimals"]
        digits = decimals_of(row["stated_value"]) if pd.isna(decimals) else int(decimals)
        rows.append(
            (
                row["region"] or ground.say("全部", "all"),
                row["stated_category"] or ground.say("合计", "total"),
                category_name(row["category"], ground.lang),
                decimal(row["stated_value"], digits),
                row["stated_unit"],
                decimal(row["area_ha"], digits if row["stated_unit"] == "公顷" else 4),
                share(row),
                row["source"],
            )
        )
    return ground.table(
        "targets",
        ("计划指标（原文）", "The plan's figures"),
        [
            ("区域", "region", 16),
            ("原文用途", "use as printed", 22),
            ("规范用途", "use", 22),
            ("原文数值", "printed", 14),
            ("单位", "unit", 8),
            ("公顷", "ha", 14),
            ("占比（%）", "share (%)", 10),
            ("出处", "source", 60),
        ],
        rows,
        unit=False,
    )


def rule_table(ground: Ground) -> ReportTable:
    """List the plan's rules and placements as read."""
    rows: list[tuple[Cell, ...]] = [
        (
            say(ground.lang, *CHECKS.get(f"rules.{row['kind']}", (row["kind"],) * 2)),
            row["subject"],
            None if pd.isna(row["value"]) else to_decimal(row["value"], decimals_of(row["value"])),
            row["unit"],
            str(row["due"]),
            row["source"],
        )
        for row in ground.results.plan.rules.to_dict("records")
    ]
    rows += [
        (
            ground.say("用地布局", "placement"),
            category_name(row["category"], ground.lang),
            None,
            "",
            "、".join(row["regions"]),
            row["source"],
        )
        for row in ground.results.plan.placements.to_dict("records")
    ]
    return ground.table(
        "rules",
        ("计划规则与布局（原文）", "The plan's rules and placements"),
        [
            ("规则", "rule", 12),
            ("对象", "subject", 24),
            ("数值", "value", 10),
            ("单位", "unit", 8),
            ("期限或区域", "due, or regions", 30),
            ("出处", "source", 60),
        ],
        rows,
        unit=False,
    )
