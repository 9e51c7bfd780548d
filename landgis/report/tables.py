"""The tables of a report: verdicts, planned and mapped, annexes as bureaus print them, the plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm.auto import tqdm

from landgis.allocation.allocation import WHY
from landgis.answer import answer
from landgis.balance.figures import stated_figures
from landgis.balance.mapped import area_of, shown_areas
from landgis.balance.sheet import Row
from landgis.checks.supply import supply_dates
from landgis.errors import InputError, require
from landgis.findings import (
    ROOMS,
    VERDICTS,
    check_title,
    count_verdicts,
    finding_keys,
    verdict_name,
)
from landgis.landuse import category_name, is_within, subcategories
from landgis.language import Lang, basis_name, recorded_name, say
from landgis.plan.corrections import GOT
from landgis.report.cells import CUT_LINES, HEADS, MOST_LINES, Cell, Ground, ReportTable, decimal
from landgis.results import Results
from landgis.schema import PARCELS, conform, plain_values, rows_of
from landgis.units import decimals_of, half_up, printed_number, unit_word

MOST_CARRIED = 8
"""Fields of a layer's own that the list of parcels shows."""

_SUMMARY_COLUMNS = {
    "planned": ("计划供应面积", "planned", 14),
    "share": ("计划占比（%）", "planned share (%)", 12),
    "mapped": ("图上面积", "mapped", 14),
    "new": ("新增", "新增 (new)", 13),
    "stock": ("存量", "存量 (stock)", 13),
    "untold": ("来源未登记", "no source", 13),
    "count": ("宗数", "parcels", 8),
}
_AT_A_TIME = 20_000
"""Parcels whose rows are in memory at a time."""
_RECORDED = ("land_source", "supply_mode", "quarter")
_OF_A_LIST = {"planned": ("公布面积", "stated", 14), "count": ("片区数", "areas", 8)}
"""What the columns are called in the summaries of a programme."""


# ---------------------------------------------------------------- 汇总表


def use_summary(ground: Ground) -> ReportTable:
    """供应计划汇总表 by use: planned, mapped, and of which land."""
    balance = ground.balance
    named = {use: row for (region, use), row in balance.by_key.items() if use and not region}
    others = [c for c in balance.land.uses if not any(is_within(c, u) for u in named)]
    rows: list[tuple[Cell, ...]] = []
    for use in [*named, *others]:
        split = use in named and named[use].figure.parent
        name = category_name(use, ground.lang)
        label = ground.say(f"　其中：{name}", f"　of which {name}") if split else name
        rows.append((label, *ground.line(balance.line("", use))))
    blank = balance.line("", None)
    if blank.count:
        rows.append((ground.say("用途未登记", "no use"), *ground.line(blank)))
    rows.append((ground.say("合计", "total"), *ground.line(balance.line())))
    return _summary(
        ground,
        "summary-use",
        "kind:26" if ground.results.is_programme else "use:26",
        rows,
        sums={len(rows) - 1},
    )


def region_summary(ground: Ground) -> ReportTable:
    """供应计划汇总表 by region."""
    balance = ground.balance
    rows: list[tuple[Cell, ...]] = []
    for region in balance.regions:
        line = balance.line(region)
        if line.row or line.count:
            rows.append((region, *ground.line(line)))
    rows.append((ground.say("合计", "total"), *ground.line(balance.line())))
    sums = {len(rows) - 1}
    outside = balance.outside()
    if outside.count:
        label = ground.say("另：区域之外", "besides: outside all regions")
        rows.append((label, *ground.line(outside)))
    return _summary(ground, "summary-region", "region:22", rows, sums=sums)


def _summary(
    ground: Ground,
    key: str,
    first: str,
    rows: list[tuple[Cell, ...]],
    *,
    sums: set[int],
) -> ReportTable:
    """Lay out a summary, without the columns that say nothing beside the total."""
    columns = _SUMMARY_COLUMNS | (_OF_A_LIST if ground.results.is_programme else {})
    zh = "片区汇总表" if ground.results.is_programme else "国有建设用地供应计划汇总表"
    by = HEADS[first.partition(":")[0]]
    title = (f"{zh}（按{by[0]}）", f"Summary by {by[1]}")
    table = ground.table(key, title, [first, *columns.values()], rows, sums=sums)
    parts = [row for i, row in enumerate(rows) if i not in sums]
    stated, share, _, new, stock, untold = (
        any(row[j] not in (None, 0) for row in parts) for j in range(1, 7)
    )
    told = {"planned": stated, "share": share, "new": new or stock, "stock": new or stock}
    told["untold"] = untold and (new or stock)
    names = ("", *columns)
    kept = [j for j, name in enumerate(names) if told.get(name, True)]
    return replace(
        table,
        columns=tuple(replace(table.columns[j], key=names[j]) for j in kept),
        rows=tuple(tuple(row[j] for j in kept) for row in table.rows),
    )


# ---------------------------------------------------------------- 住宅用地供应计划表


def housing_table(ground: Ground) -> ReportTable:
    """住宅用地供应计划表: mapped housing land by region and kind, with the plan's figures."""
    whole, balance = "住宅用地", ground.balance
    named = {use for _, use in balance.by_key}
    kinds = [kind for kind in subcategories(whole) if kind in named or balance.line("", kind).count]
    rows: list[tuple[Cell, ...]] = []
    if kinds and balance.line("", whole).count:  # without kinds the summary says as much
        there = [r for r in balance.regions if balance.line(r, whole).count]
        rows += [(region, *_kinds(ground, region, whole, kinds)) for region in there]
        rows.append((ground.say("图上合计", "mapped"), *_kinds(ground, "", whole, kinds)))
    sums = {len(rows) - 1} if rows else set()
    planned = [ground.planned(balance.by_key.get(("", use)))[0] for use in [whole, *kinds]]
    if rows and any(planned):
        rows.append((ground.say("计划", "planned"), *planned, None))
    return ground.table(
        "housing",
        ("住宅用地供应计划表", "Housing land"),
        [
            "region:22 housing:16",
            *((kind, category_name(kind, "en"), 16) for kind in kinds),
            "undivided:14",
        ],
        rows,
        sums=sums,
    )


def _kinds(ground: Ground, region: str, whole: str, kinds: Sequence[str]) -> tuple[Cell, ...]:
    areas = [ground.balance.line(region, use).area_m2 for use in [whole, *kinds]]
    return tuple(ground.area(area) for area in [*areas, areas[0] - sum(areas[1:])])


# ---------------------------------------------------------------- 片区清单


def project_list(ground: Ground) -> ReportTable:
    """片区清单 with subtotals, as printed, and the drawn area of each."""
    projects = dict(enumerate(ground.results.plan.projects.to_dict("records")))
    lines = [row for row in ground.balance.rows if row.figure.origin == "project"]
    position = {id(row): i for i, row in enumerate(lines)}
    rows: list[tuple[Cell, ...]] = []
    sums: set[int] = set()
    for region, chosen in ground.balance.listed():
        for line in chosen:
            row = projects[position[id(line)]]
            number = None if pd.isna(row["number"]) else int(row["number"])
            kind = category_name(row["category"], ground.lang)
            stage = recorded_name(str(row["stage"]), ground.lang)
            texts = (str(row["region"]), kind, str(row["name"]), str(row["location"]))
            rows.append((number, *texts, *_areas([line]), stage))
        sums.add(len(rows))
        label = ground.say("小计", "subtotal")
        rows.append((None, region, label, "", "", *_areas(chosen), ""))
    if rows:
        sums.add(len(rows))
        rows.append((None, ground.say("合计", "total"), "", "", "", *_areas(lines), ""))
    name = (
        ("片区清单", "Areas of the programme")
        if ground.results.is_programme
        else ("计划所附清单", "List")
    )
    unit = lines[0].figure.unit if lines else ground.unit
    return ground.table(
        "projects",
        (f"{name[0]}（面积单位：{unit}）", f"{name[1]} ({unit_word(unit, 'en')})"),
        "number:6 county:14 category:14 area_name:40 location:28 stated:12 mapped_area:12 stage:12",
        rows,
        sums=sums,
        unit=False,
    )


def _areas(lines: Sequence[Row]) -> tuple[Cell, Cell]:
    """Give the printed and the drawn area of some lines of the list together, if all have one."""
    printed = [line.figure.value for line in lines]
    drawn = [line.least for line in lines]
    decimals = max(line.figure.decimals for line in lines)
    stated = [value for value in printed if value is not None]
    mapped = [area for area in drawn if area is not None]
    return (
        half_up(sum(stated, Decimal(0)), decimals) if len(stated) == len(lines) else None,
        lines[0].text_of(sum(mapped, Fraction(0))) if len(mapped) == len(lines) else None,
    )


# ---------------------------------------------------------------- 宗地清单


def parcel_list(ground: Ground) -> ReportTable:
    """宗地清单 by region, with subtotals; a parcel stands where most of it lies."""
    land = conform(ground.results.parcels, PARCELS)
    if ground.results.is_programme:  # each area stands in the list already
        land = land.iloc[:0]
    counted = ground.balance.land.parcels
    region = land["parcel_id"].map(counted["region"]).fillna("")
    steps = land["parcel_id"].map(counted["steps"]).fillna(0).astype("int64")
    ordered = dict.fromkeys([*ground.results.regions["name"], *sorted(set(region) - {""}), ""])
    home = pd.Categorical(region, categories=list(ordered))
    land = land.assign(home=home, steps=steps).sort_values("home", kind="stable")
    cut = len(land) > MOST_LINES
    most = min(CUT_LINES, MOST_LINES) if cut else len(land)
    rows = list(_parcel_rows(ground, land, most=most))
    word = unit_word(ground.unit, ground.lang)
    return ground.table(
        "parcels",
        ("国有建设用地供应计划宗地清单", "Parcels"),
        [
            "number:6 region:16 parcel_id:22 name:30",
            (f"图上面积（{ground.unit}）", f"mapped ({word})", 14),
            "recorded:16 use:22 land_source:10 supply_mode:10 quarter:12 basis:9",
            *((name, name, 14) for name in _carried(ground, land)),
        ],
        rows,
        sums={at for at, row in enumerate(rows) if row[0] is None},
        unit=False,
        note=_straddling(ground, int((counted["regions"] > 1).sum())),
        every=partial(_parcel_rows, ground, land, most=len(land)) if cut else None,
        count=len(land) + len(rows) - most if cut else 0,
    )


def _parcel_rows(ground: Ground, land: pd.DataFrame, *, most: int) -> Iterator[tuple[Cell, ...]]:
    """Give up to ``most`` parcels, in the order of their regions, and all subtotals."""
    first, carried = 0, _carried(ground, land)
    for home, chosen in land.groupby("home", observed=True, sort=True):
        label = str(home) or ground.say("区域之外", "outside")
        for at in range(0, min(len(chosen), most - first), _AT_A_TIME):
            part = chosen.iloc[at : min(at + _AT_A_TIME, most - first)]
            yield from _some_parcels(ground, part, label, carried, start=first + at + 1)
        first = min(first + len(chosen), most)
        yield _parcel_sum(ground, chosen, label, ground.say("小计", "subtotal"), len(carried))
    if len(land):
        yield _parcel_sum(ground, land, ground.say("合计", "total"), "", len(carried))


def _some_parcels(
    ground: Ground, land: pd.DataFrame, region: str, carried: Sequence[str], *, start: int
) -> Iterator[tuple[Cell, ...]]:
    """Give the rows of parcels, numbered from ``start``; each different word is looked up once."""
    decimals = max(ground.decimals, 4 if ground.unit == "公顷" else 2)

    def named(column: str, name: Callable[[str, Lang], str]) -> list[str]:
        words = {word: name(word, ground.lang) for word in land[column].unique()}
        return [words[word] for word in plain_values(land[column])]

    return zip(
        range(start, start + len(land)),
        repeat(region),
        plain_values(land["parcel_id"]),
        plain_values(land["name"]),
        shown_areas(land["steps"].to_numpy(), ground.unit, decimals),
        [decimal(area, 2) for area in land["recorded_area_m2"].tolist()],
        named("category", category_name),
        *(named(column, recorded_name) for column in _RECORDED),
        named("basis", basis_name),
        *([_as_cell(value) for value in land[name].tolist()] for name in carried),
        strict=False,
    )


def _carried(ground: Ground, land: pd.DataFrame) -> list[str]:
    """Name the layer's own fields (坐落, 责任主体, 容积率): those asked for, else the first few."""
    if wrong := [name for name in ground.columns if len(land) and name not in land]:
        there = "、".join(
            c for c in map(str, land.columns) if c not in {"home", "steps", "geometry"}
        )
        raise InputError(
            f"宗地图层没有字段 {'、'.join(wrong)}（list_columns；现有：{there}）。",
            f"The parcels lack {', '.join(wrong)} (list_columns; there are: {there}).",
        )
    if ground.columns:
        return [name for name in ground.columns if name in land]
    own = [c for c in land.columns if c not in {*PARCELS.names, "home", "steps", "stated_category"}]
    return [str(c) for c in own if land[c].notna().any()][:MOST_CARRIED]


def _as_cell(value: Any) -> Cell:
    """Show a value of a field that landgis does not know: a number as it is, else its text."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return None if pd.isna(value) else decimal(float(value), decimals_of(float(value)))
    return "" if value is None or value is pd.NA else str(value)


def _parcel_sum(
    ground: Ground, land: pd.DataFrame, region: str, label: str, carried: int
) -> tuple[Cell, ...]:
    recorded = decimal(land["recorded_area_m2"].sum(skipna=False), 2)
    area = ground.area(area_of(land["steps"]))
    return (None, region, label, "", area, recorded, *[""] * (5 + carried))


def _straddling(ground: Ground, count: int) -> str:
    """Say that the subtotals are not those of the summary, where parcels straddle regions."""
    if not count:
        return ""
    return ground.say(
        f"{count} 宗地跨区域，整宗列在主要所在区域；按位置分开的面积见汇总表（按区域）。",
        f"{count} parcels straddle regions and stand whole where most of them lies; "
        "the summary by region parts them.",
    )


# ---------------------------------------------------------------- 选地


def choice_table(ground: Ground) -> ReportTable:
    """选地: all candidates, those chosen first, with use, period, area and why."""
    table = ground.results.choice
    rows: list[tuple[Cell, ...]] = []
    if table is not None:
        shown = table.sort_values("chosen", ascending=False, kind="stable")
        names = ("parcel_id", "region", "chosen", "use", "category", "quarter", "area_m2", "why")
        for name, region, chosen, use, own, quarter, area, why in zip(
            *(plain_values(shown[c]) for c in names), strict=True
        ):
            rows.append(
                (
                    str(name),
                    str(region),
                    ground.say("入选", "chosen") if chosen else ground.say("未选", "not chosen"),
                    category_name(str(use) or str(own), ground.lang),
                    None if pd.isna(quarter) else int(quarter),
                    decimal(area, 2),
                    ground.say(*WHY[why]),
                )
            )
    return ground.table(
        "choice",
        ("选地（候选地块的取舍）", "Choice of land"),
        "candidate:20 region:14 decision:10 use:18 period:10 chosen:16 why:34",
        rows,
        unit=False,
    )


# ---------------------------------------------------------------- 供应进度表


def series_table(ground: Ground) -> ReportTable:
    """供应进度表: by use what is planned, what is supplied by each time, and what is left.

    Without two supply times or more there are no rows.
    """
    results, balance = ground.results, ground.balance
    land = conform(results.parcels, PARCELS).drop_duplicates("parcel_id").set_index("parcel_id")
    times = supply_dates(land["quarter"], year=results.plan.year)
    days = sorted(set(times.dropna()))
    pieces = balance.land.pieces[balance.land.pieces["region"] != ""]
    when = pieces["parcel_id"].map(times)
    by_then = [when.notna() & (when.fillna(day) <= day) for day in days]
    uses = [use for region, use in balance.by_key if not region and use]
    rows: list[tuple[Cell, ...]] = []
    for use in [*uses, ""] if len(days) > 1 else []:
        row = balance.by_key.get(("", use))
        members = row.figure.members if row else ()
        counted = balance.uses.flags(pieces["category"], use, members)[0]
        sums = [area_of(pieces["steps"][counted & then]) for then in by_then]
        planned = row.figure.area_m2 if row else None
        left = None if planned is None else ground.area(planned - sums[-1])
        name = category_name(use, ground.lang) or ground.say("合计", "total")
        rows.append((name, ground.planned(row)[0], *map(ground.area, sums), left))
    return ground.table(
        "series",
        ("供应进度表", "Supply by time"),
        [
            "use:24 planned:14",
            *((f"至 {day}", f"by {day}", 14) for day in days),
            "left:14",
        ],
        rows,
        sums={len(rows) - 1} if rows else (),
    )


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
