"""The annex tables as bureaus publish them: summaries by use and region, housing, lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from landgis.checks.sums import decimals_of, shown_area, within_use
from landgis.landuse import category_name, is_within, subcategories
from landgis.recorded import basis_name, recorded_name
from landgis.report.cells import Cell, ReportTable, decimal
from landgis.report.ground import Ground
from landgis.schema import PARCELS, conform
from landgis.units import M2_PER_UNIT, unit_word

_SUMMARY_COLUMNS = {
    "planned": ("计划供应面积", "planned", 14),
    "share": ("计划占比（%）", "planned share (%)", 12),
    "mapped": ("图上面积", "mapped", 14),
    "new": ("新增", "新增 (new)", 13),
    "stock": ("存量", "存量 (stock)", 13),
    "untold": ("来源未登记", "no source", 13),
    "count": ("宗数", "parcels", 8),
}
_RECORDED = ("land_source", "supply_mode", "quarter")
_OF_A_LIST = {"planned": ("公布面积", "stated", 14), "count": ("片区数", "areas", 8)}
"""What the columns are called in the summaries of a programme."""


# ---------------------------------------------------------------- 汇总表


def use_summary(ground: Ground) -> ReportTable:
    """供应计划汇总表 by use: planned, mapped, and of which land."""
    named = ground.figures[ground.figures["region"] == ""]
    uses = [str(c) for c in named["category"] if c]
    present = [str(c) for c in ground.inside["category"].unique()]
    others = [c for c in present if c and not any(is_within(c, u) for u in uses)]
    rows: list[tuple[Cell, ...]] = []
    for use in [*uses, *others]:
        of = named[named["category"] == use]
        chosen = ground.inside[within_use(ground.inside["category"], use, members=_members(of))]
        split = len(of) and of["parent_category"].iloc[0]
        name = category_name(use, ground.lang)
        label = ground.say(f"　其中：{name}", f"　of which {name}") if split else name
        rows.append((label, *ground.planned(of), *_sources(ground, chosen)))
    blank = ground.inside[ground.inside["category"] == ""]
    if len(blank):
        label = ground.say("用途未登记", "no use")
        rows.append((label, None, None, *_sources(ground, blank)))
    rows.append(_total(ground))
    return _summary(
        ground,
        "summary-use",
        ("类别", "kind", 26) if ground.results.is_programme else ("用途", "use", 26),
        rows,
        sums={len(rows) - 1},
    )


def region_summary(ground: Ground) -> ReportTable:
    """供应计划汇总表 by region."""
    named = ground.figures[ground.figures["category"] == ""]
    names = dict.fromkeys([*named["region"], *ground.results.regions["name"]])
    rows: list[tuple[Cell, ...]] = []
    for region in filter(None, map(str, names)):
        of = named[named["region"] == region]
        chosen = ground.inside[ground.inside["region"] == region]
        if len(of) or len(chosen):
            rows.append((region, *ground.planned(of), *_sources(ground, chosen)))
    rows.append(_total(ground))
    sums = {len(rows) - 1}
    if len(ground.outside):
        label = ground.say("另：区域之外", "besides: outside all regions")
        rows.append((label, None, None, *_sources(ground, ground.outside)))
    return _summary(ground, "summary-region", ("区域", "region", 22), rows, sums=sums)


def _total(ground: Ground) -> tuple[Cell, ...]:
    figures = ground.figures
    total = figures[figures["region"].eq("") & figures["category"].eq("")]
    label = ground.say("合计", "total")
    return (label, *ground.planned(total), *_sources(ground, ground.inside))


def _sources(ground: Ground, pieces: pd.DataFrame) -> tuple[Cell, ...]:
    """Give the mapped area, of which 新增, 存量 and neither, and the number of parcels."""
    origin = pieces["land_source"]
    new, old = origin.str.contains("新增"), origin.str.contains("存量")
    parts = [pieces, pieces[new], pieces[old], pieces[~new & ~old]]
    return (*(ground.area(part) for part in parts), pieces["parcel_id"].nunique())


def _summary(
    ground: Ground,
    key: str,
    first: tuple[str, str, int],
    rows: list[tuple[Cell, ...]],
    *,
    sums: set[int],
) -> ReportTable:
    """Lay out a summary, without the columns that say nothing beside the total."""
    columns = _SUMMARY_COLUMNS | (_OF_A_LIST if ground.results.is_programme else {})
    zh = "片区汇总表" if ground.results.is_programme else "国有建设用地供应计划汇总表"
    title = (f"{zh}（按{first[0]}）", f"Summary by {first[1]}")
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


def _members(of: pd.DataFrame) -> tuple[str, ...]:
    members = of["members"].iloc[0] if len(of) and "members" in of else ()
    return tuple(members) if isinstance(members, list | tuple) else ()


# ---------------------------------------------------------------- 住宅用地供应计划表


def housing_table(ground: Ground) -> ReportTable:
    """住宅用地供应计划表: mapped housing land by region and kind, with the plan's figures."""
    whole = "住宅用地"
    housing = ground.inside[within_use(ground.inside["category"], whole)]
    kinds = [
        kind
        for kind in subcategories(whole)
        if within_use(housing["category"], kind).any() or kind in set(ground.figures["category"])
    ]
    rows: list[tuple[Cell, ...]] = []
    if not kinds:  # the summary says as much
        housing = housing.iloc[:0]
    for region in dict.fromkeys([*ground.results.regions["name"], *housing["region"]]):
        chosen = housing[housing["region"] == region]
        if len(chosen):
            rows.append((str(region), *_kinds(ground, chosen, whole, kinds)))
    sums = {len(rows)} if len(housing) else set()
    if len(housing):
        label = ground.say("图上合计", "mapped")
        rows.append((label, *_kinds(ground, housing, whole, kinds)))
    named = ground.figures[ground.figures["region"] == ""]
    planned = [ground.planned(named[named["category"] == use])[0] for use in [whole, *kinds]]
    if len(housing) and any(planned):
        rows.append((ground.say("计划", "planned"), *planned, None))
    return ground.table(
        "housing",
        ("住宅用地供应计划表", "Housing land"),
        [
            ("区域", "region", 22),
            ("住宅用地合计", "housing land", 16),
            *((kind, category_name(kind, "en"), 16) for kind in kinds),
            ("未细分", "not divided", 14),
        ],
        rows,
        sums=sums,
    )


def _kinds(
    ground: Ground, pieces: pd.DataFrame, whole: str, kinds: Sequence[str]
) -> tuple[Cell, ...]:
    parts = [pieces[within_use(pieces["category"], use)] for use in [whole, *kinds]]
    rest = pieces[pieces["category"] == whole]
    return tuple(ground.area(part) for part in [*parts, rest])


# ---------------------------------------------------------------- 片区清单


def project_list(ground: Ground) -> ReportTable:
    """片区清单 with subtotals, as printed, and the drawn area of each."""
    projects = ground.results.plan.projects
    unit, values, decimals = _project_areas(ground)
    rows: list[tuple[Cell, ...]] = []
    sums: set[int] = set()

    def areas(of: pd.Series) -> tuple[Cell, Cell]:
        return decimal(of["area"], decimals), decimal(of["drawn"], max(decimals, 2))

    regions = projects["region"].reset_index(drop=True)
    for region in regions.unique():
        chosen = regions[regions == region].index
        for i in chosen:
            row = projects.iloc[i]
            number = None if pd.isna(row["number"]) else int(row["number"])
            kind = category_name(row["category"], ground.lang)
            stage = recorded_name(str(row["stage"]), ground.lang)
            texts = (str(row["region"]), kind, str(row["name"]), str(row["location"]))
            rows.append((number, *texts, *areas(values.loc[i]), stage))
        sums.add(len(rows))
        label = ground.say("小计", "subtotal")
        total = values.loc[chosen].sum(skipna=False)
        rows.append((None, region, label, "", "", *areas(total), ""))
    if rows:
        sums.add(len(rows))
        total = values.sum(skipna=False)
        rows.append((None, ground.say("合计", "total"), "", "", "", *areas(total), ""))
    name = (
        ("片区清单", "Areas of the programme")
        if ground.results.is_programme
        else ("计划所附清单", "List")
    )
    return ground.table(
        "projects",
        (f"{name[0]}（面积单位：{unit}）", f"{name[1]} ({unit_word(unit, 'en')})"),
        [
            ("序号", "no.", 6),
            ("区县", "region", 14),
            ("类别", "category", 14),
            ("片区名称", "name", 40),
            ("位置", "location", 28),
            ("公布面积", "stated", 12),
            ("图上面积", "mapped", 12),
            ("实施阶段", "stage", 12),
        ],
        rows,
        sums=sums,
        unit=False,
    )


def _project_areas(ground: Ground) -> tuple[str, pd.DataFrame, int]:
    """Give the list's unit, its printed and drawn areas in it, and the printed decimals."""
    projects, found = ground.results.plan.projects, ground.results.findings
    drawn = found[found["check"] == "totals.project"]
    unit = drawn["unit"].mode().iloc[0] if len(drawn) else ground.unit
    per_unit = float(M2_PER_UNIT[unit])
    area = projects["area_ha"].map(lambda ha: round(ha * 10_000 / per_unit, 9)).to_numpy()
    values = pd.DataFrame({"area": area, "drawn": np.nan})
    if len(drawn) == len(projects):
        values["drawn"] = drawn["actual"].to_numpy()
    return unit, values, max((decimals_of(v) for v in values["area"].dropna()), default=0)


# ---------------------------------------------------------------- 宗地清单


def parcel_list(ground: Ground) -> ReportTable:
    """宗地清单 by region, with subtotals; a parcel stands where most of it lies."""
    land = conform(ground.results.parcels, PARCELS)
    if ground.results.is_programme:  # each area stands in the list already
        land = land.iloc[:0]
    pieces = pd.concat([ground.inside, ground.outside])
    area = pieces.groupby("parcel_id")["area_m2"].sum()
    ranked = pieces.sort_values("area_m2", ascending=False, kind="stable")
    main = ranked.drop_duplicates("parcel_id")
    region = land["parcel_id"].map(main.set_index("parcel_id")["region"]).fillna("")
    land = land.assign(place=region, area_m2=land["parcel_id"].map(area).fillna(0.0))
    rows: list[tuple[Cell, ...]] = []
    sums: set[int] = set()
    ordered = dict.fromkeys([*ground.results.regions["name"], *sorted(set(region) - {""}), ""])
    for place in ordered:
        chosen = land[land["place"] == place]
        if chosen.empty:
            continue
        label = place or ground.say("区域之外", "outside")
        rows += _parcel_rows(ground, chosen, label, start=len(rows) - len(sums) + 1)
        sums.add(len(rows))
        rows.append(_parcel_sum(ground, chosen, label, ground.say("小计", "subtotal")))
    if rows:
        sums.add(len(rows))
        rows.append(_parcel_sum(ground, land, ground.say("合计", "total"), ""))
    word = unit_word(ground.unit, ground.lang)
    return ground.table(
        "parcels",
        ("国有建设用地供应计划宗地清单", "Parcels"),
        [
            ("序号", "no.", 6),
            ("区域", "region", 16),
            ("宗地编号", "parcel id", 22),
            ("项目（宗地）名称", "name", 30),
            (f"图上面积（{ground.unit}）", f"mapped ({word})", 14),
            ("登记面积（平方米）", "recorded (m²)", 16),
            ("用途", "use", 22),
            ("土地来源", "land source", 10),
            ("供应方式", "supply mode", 10),
            ("供应时间", "supply time", 12),
            ("数据性质", "basis", 9),
        ],
        rows,
        sums=sums,
        unit=False,
        note=_straddling(ground, pieces),
    )


def _parcel_rows(
    ground: Ground, land: pd.DataFrame, place: str, *, start: int
) -> Iterable[tuple[Cell, ...]]:
    decimals = max(ground.decimals, 4 if ground.unit == "公顷" else 2)
    for number, row in enumerate(land.to_dict("records"), start):
        yield (
            number,
            place,
            row["parcel_id"],
            row["name"],
            shown_area(row["area_m2"], ground.unit, decimals),
            decimal(row["recorded_area_m2"], 2),
            category_name(row["category"], ground.lang),
            *(recorded_name(row[c], ground.lang) for c in _RECORDED),
            basis_name(row["basis"], ground.lang),
        )


def _parcel_sum(ground: Ground, land: pd.DataFrame, place: str, label: str) -> tuple[Cell, ...]:
    recorded = decimal(land["recorded_area_m2"].sum(skipna=False), 2)
    return (None, place, label, "", ground.area(land), recorded, "", "", "", "", "")


def _straddling(ground: Ground, pieces: pd.DataFrame) -> str:
    """Say that the subtotals are not those of the summary, where parcels straddle regions."""
    regions = pieces.groupby("parcel_id")["region"].nunique()
    count = int((regions > 1).sum())
    if not count:
        return ""
    return ground.say(
        f"{count} 宗地跨区域，整宗列在主要所在区域；按位置分开的面积见汇总表（按区域）。",
        f"{count} parcels straddle regions and stand whole where most of them lies; "
        "the summary by region parts them.",
    )
