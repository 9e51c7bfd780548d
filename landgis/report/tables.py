"""The tables of a report, in their order, and the plan as it was read, each with its words."""

from __future__ import annotations

from collections.abc import Iterable

from tqdm.auto import tqdm

from landgis.balance.figures import stated_figures
from landgis.errors import require
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.plan.corrections import GOT
from landgis.report.annexes import (
    choice_table,
    housing_table,
    parcel_list,
    project_list,
    region_summary,
    series_table,
    use_summary,
)
from landgis.report.cells import Cell, Ground, ReportTable
from landgis.report.judged import balance_table, finding_table, matrix_table, verdict_table
from landgis.results import Results
from landgis.telling import check_title
from landgis.units import half_up, printed_number


def report_tables(
    results: Results, *, columns: Iterable[str] = (), lang: Lang = "zh"
) -> tuple[ReportTable, ...]:
    """Build all tables of a report, in their order; those with no rows are left out.

    Parameters
    ----------
    results
        One project's tables.
    columns
        Fields of the parcels' layer that the list of parcels shows; the first few by default.
    lang
        Language of headings.

    Returns
    -------
    tuple of ReportTable
        ``verdicts``, ``summary-use``, ``summary-region``, ``balance``, ``matrix``,
        ``housing``, ``series``, ``projects``, ``parcels``, ``choice``, ``targets``, ``rules``,
        ``findings``.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> [(table.key, len(table.rows)) for table in report_tables(results)][-1]
    ('findings', 1)
    """
    require(results, Results, name="results")
    ground = Ground(results=results.told(lang), lang=lang, columns=tuple(columns))
    builders = tqdm(_BUILDERS, delay=2, disable=None, leave=False)
    tables = (build(ground) for build in builders)
    return tuple(table for table in tables if table.rows)


def target_table(ground: Ground) -> ReportTable:
    """List the plan's figures as read."""
    rows: list[tuple[Cell, ...]] = []
    targets = ground.results.plan.targets
    figures = stated_figures(ground.results.plan)
    for figure, printed, how in zip(
        figures, targets["stated_category"], targets["how"], strict=True
    ):
        unit, area = figure.unit, figure.area_m2
        hectares = figure.value if unit == "公顷" or area is None else half_up(area / 10_000, 4)
        rows.append(
            (
                figure.region or ground.say("全部", "all"),
                printed or ground.say("合计", "total"),
                category_name(figure.category, ground.lang),
                figure.value,
                "" if figure.value is None else unit,
                hectares,
                figure.share,
                figure.source + _got(how, ground.lang),
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


def _got(how: str, lang: Lang) -> str:
    """Say of a figure that a person corrected it, or that it was read by OCR."""
    name = GOT.get(how) if how != "read" else None
    return say(lang, f"（{name[0]}）", f" ({name[1]})") if name else ""


def rule_table(ground: Ground) -> ReportTable:
    """List the plan's rules and placements as read."""
    rows: list[tuple[Cell, ...]] = [
        (
            check_title(f"rules.{row['kind']}", ground.lang, room=False),
            row["subject"],
            printed_number(row["value"]),
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


_BUILDERS = (
    verdict_table,
    use_summary,
    region_summary,
    balance_table,
    matrix_table,
    housing_table,
    series_table,
    project_list,
    parcel_list,
    choice_table,
    target_table,
    rule_table,
    finding_table,
)
