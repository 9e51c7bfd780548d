"""The tables of a report, in their order: verdicts, planned and mapped, findings, the plan."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm.auto import tqdm

from landgis.answer import answer
from landgis.balance.figures import stated_figures
from landgis.errors import require
from landgis.findings import VERDICTS, count_verdicts, finding_keys, verdict_name
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
from landgis.report.cells import HEADS, Cell, Ground, ReportTable, decimal
from landgis.results import Results
from landgis.schema import rows_of
from landgis.telling import ROOMS, check_title
from landgis.units import decimals_of, half_up, printed_number, unit_word

_MOST_DECIMALS = {"layer": 2, "join": 2}
"""Decimals that a finding of a room is shown with at most; 6 of the others."""

MOST_OF_A_CHECK = 5_000
"""Findings of one check and verdict that the workbook holds; findings-all.csv has them all."""


def verdict_table(ground: Ground) -> ReportTable:
    """Count verdicts by room; the conclusion stands under it."""
    found = ground.results.findings
    rows: list[tuple[Cell, ...]] = [
        (name, *(counts[v] for v in VERDICTS), sum(counts.values()))
        for name, counts in verdict_rows(found, ground.lang)
    ]
    if rows:
        totals = count_verdicts(found)
        rows.append(
            (ground.say("合计", "total"), *(totals[v] for v in VERDICTS), len(found)),
        )
    return ground.table(
        "verdicts",
        ("检查结论", "Verdicts"),
        [
            "check:24",
            *((*VERDICTS[v], 14) for v in VERDICTS),
            "total:14",
        ],
        rows,
        sums={len(rows) - 1},
        unit=False,
        note=answer(ground.results, lang=ground.lang).headline,
    )


def balance_table(ground: Ground) -> ReportTable:
    """Planned, mapped and difference of each figure that was checked."""
    found = ground.results.findings
    own = np.flatnonzero(found["check"].str.startswith("totals."))
    numbers = dict(zip(finding_keys(found.iloc[own]), (own + 1).tolist(), strict=True))
    rows = []
    for row in ground.balance.rows:
        figure = row.figure
        number = numbers.get(row.key)
        if figure.origin == "project" or number is None:
            continue
        rows.append(
            (
                figure.region or ground.say("全部", "all"),
                category_name(figure.category, ground.lang) or ground.say("合计", "total"),
                figure.value,
                row.mapped,
                row.difference,
                None if row.least is None else row.tolerance_shown,
                unit_word(figure.unit, ground.lang),
                verdict_name(row.verdict, ground.lang),
                number,
            )
        )
    use = "kind" if ground.results.is_programme else "use"
    return ground.table(
        "balance",
        (f"区域 × {HEADS[use][0]}核对表", f"Region × {use}, planned and mapped"),
        [
            "region:18",
            f"{use}:24",
            "planned:14 mapped:14 difference:14 tolerance:12 unit:8 verdict:10 finding:9",
        ],
        rows,
        unit=False,
        note="".join(found.loc[found["check"] == "totals.area", "message"]),
    )


def matrix_table(ground: Ground) -> ReportTable:
    """Region × use: planned, mapped and difference, three rows a region."""
    balance = ground.balance
    cells = {key: row for key, row in balance.by_key.items() if row.figure.origin == "target"}
    regions = list(dict.fromkeys(r for r, c in cells if r and c))
    uses = list(dict.fromkeys(c for r, c in cells if c))
    rows: list[tuple[Cell, ...]] = []
    for region in [*regions, ""] if regions else []:
        shown = [cells.get((region, use)) for use in [*uses, ""]]
        name = region or ground.say("合计", "total")
        planned = [None if row is None else balance.planned(row.figure) for row in shown]
        areas = [None if row is None else row.least for row in shown]
        mapped = [None if area is None else ground.area(area) for area in areas]
        differences = [None if row is None else balance.apart(row) for row in shown]
        rows.append((name, ground.say("计划", "planned"), *planned))
        rows.append(("", ground.say("图上", "mapped"), *mapped))
        rows.append(("", ground.say("差值", "difference"), *differences))
    return ground.table(
        "matrix",
        ("区域 × 用途总表", "Regions × uses"),
        [
            "region:14 blank:8",
            *((use, category_name(use, "en"), 13) for use in uses),
            "total:13",
        ],
        rows,
        sums={i for i in range(len(rows)) if i >= len(rows) - 3},
    )


def finding_table(ground: Ground) -> ReportTable:
    """Every finding, in its order; of one check and verdict up to `MOST_OF_A_CHECK`."""
    findings = ground.results.findings
    findings = findings.assign(number=range(1, len(findings) + 1))
    shown = findings[of_each_check(findings, MOST_OF_A_CHECK)]
    cut = len(shown) < len(findings)
    return ground.table(
        "findings",
        ("检查结果", "Findings"),
        "number:7 verdict:10 check:20 subject:18 region:14 use:18 expected:13 actual:13 "
        "difference:13 tolerance:12 unit:8 message:60 source:40",
        _finding_rows(ground, shown),
        unit=False,
        every=partial(_finding_rows, ground, findings) if cut else None,
        count=len(findings) if cut else 0,
    )


def of_each_check(findings: pd.DataFrame, most: int) -> npt.NDArray[np.bool_]:
    """Tell the first findings of each check of land and verdict; those of figures are all told.

    Examples
    --------
    >>> from landgis.findings import Finding, findings_table
    >>> checks = ("parcels.area", "parcels.area", "totals.use", "totals.use")
    >>> table = findings_table([Finding(check=check, verdict="fail") for check in checks])
    >>> of_each_check(table, 1).tolist()
    [True, False, True, True]
    """
    of_land = findings["check"].str.startswith(("parcels.", "layer.", "join."))
    number = findings.groupby(["check", "verdict"]).cumcount()
    return np.asarray(number.lt(most) | ~of_land, dtype=bool)


def _finding_rows(ground: Ground, findings: pd.DataFrame) -> Iterator[tuple[Cell, ...]]:
    """Give the rows of findings, some thousand at a time."""
    titles = {name: check_title(name, ground.lang) for name in findings["check"].unique()}
    for first in range(0, len(findings), MOST_OF_A_CHECK):
        for row in rows_of(findings.iloc[first : first + MOST_OF_A_CHECK]):
            yield (
                row["number"],
                verdict_name(row["verdict"], ground.lang),
                titles[row["check"]],
                row["subject"],
                row["region"],
                category_name(row["category"], ground.lang),
                *_numbers(ground, row),
                unit_word(row["unit"], ground.lang),
                row["message"],
                row["source"],
            )


def _numbers(ground: Ground, row: Mapping[Any, Any]) -> tuple[Cell, ...]:
    """Give the four numbers of a finding, with the decimals that its room shows."""
    names = ("actual", "difference", "tolerance")
    values = [row[name] for name in names]
    expected = ground.printed_decimals(row)
    most = _MOST_DECIMALS.get(row["check"].partition(".")[0], 6)
    known = [min(decimals_of(v), most) for v in values if not math.isnan(v)]
    fine = max([min(expected, most), 2 * (row["unit"] == "平方米"), *known[:2]])
    finest = max([fine, *known])
    if row["unit"] == "%":  # two more than printed tell which way a share was rounded
        fine = finest = min(fine, expected + 2)
    elif row["check"].startswith(("totals.", "rules.")) and (
        row["unit"] in ground.balance.decimals
    ):
        fine = max(expected, ground.balance.decimals[row["unit"]])
        finest = fine + 1
    else:
        expected = fine
    digits = (fine, fine, finest)
    measured = (decimal(v, d) for v, d in zip(values, digits, strict=True))
    return (decimal(row["expected"], expected), *measured)


def verdict_rows(findings: pd.DataFrame, lang: Lang = "zh") -> list[tuple[str, dict[str, int]]]:
    """Count findings by room and verdict, in the order of rooms in the table.

    Examples
    --------
    >>> from landgis.findings import Finding, findings_table
    >>> table = findings_table([Finding(check="audit.parts", verdict="fail", message="")])
    >>> verdict_rows(table)
    [('计划审核', {'pass': 0, 'fail': 1, 'unknown': 0, 'note': 0})]
    """
    rooms = findings["check"].str.split(".").str[0]
    counted = []
    for room in dict.fromkeys(rooms):
        verdicts = findings.loc[rooms == room, "verdict"]
        name = say(lang, *ROOMS.get(room, (room, room)))
        counted.append((name, {v: int((verdicts == v).sum()) for v in VERDICTS}))
    return counted


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
        "region:16 printed_use:22 known_use:22 printed:14 unit:8 ha:14 share:10 source:60",
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
        "rule:12 subject:24 value:10 unit:8 due:30 source:60",
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
