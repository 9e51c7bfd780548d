"""The annex tables as bureaus publish them: summaries by use and region, housing, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import repeat
from typing import Any

import pandas as pd

from landgis.allocation.allocation import WHY
from landgis.balance.mapped import area_of, shown_areas
from landgis.balance.rows import Row
from landgis.checks.supply import supply_dates
from landgis.errors import InputError
from landgis.landuse import category_name, is_within, subcategories
from landgis.language import Lang
from landgis.recorded import basis_name, recorded_name
from landgis.report.cells import CUT_LINES, HEADS, MOST_LINES, Cell, Ground, ReportTable, decimal
from landgis.schema import PARCELS, conform, plain_values
from landgis.units import decimals_of, half_up, unit_word

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
    """Name the layer's own fields (坐落, 责任主体, 容积率): those asked for, else the first few.

    Raises
    ------
    InputError
        If the layer lacks a field that was asked for.
    """
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
