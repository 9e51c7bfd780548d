"""The tables of a report: every number rounded once, for HTML, XLSX and DOCX alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from landgis.checks.figures import FACETS, list_figures, shown_decimals
from landgis.checks.schedule import supply_dates
from landgis.checks.sums import decimals_of, mapped_pieces, shown_area, unit_word, within_use
from landgis.findings import VERDICTS, verdict_name
from landgis.landuse import category_name, is_within, subcategories
from landgis.language import Lang, say
from landgis.plan.model import Plan
from landgis.results import Results
from landgis.schema import PARCELS, TARGETS, conform, table_of
from landgis.units import M2_PER_UNIT, to_decimal

Cell = str | Decimal | int | None

CHECKS = {
    "audit": ("计划审核", "audit of the plan"),
    "plan": ("计划读取", "reading of the plan"),
    "layer": ("图层", "layers"),
    "join": ("叠加", "join"),
    "totals": ("面积核对", "areas against the plan"),
    "parcels": ("宗地核对", "parcels"),
    "rules": ("规则核对", "rules"),
    "audit.parts": ("分项之和", "sums of parts"),
    "audit.list": ("清单", "lists"),
    "audit.share": ("占比", "shares"),
    "audit.share_sum": ("占比之和", "sum of shares"),
    "audit.units": ("同一数量的两种单位", "one quantity in two units"),
    "audit.repeat": ("同一数量的两处写法", "one quantity stated twice"),
    "audit.count": ("数量", "counts"),
    "audit.goal": ("目标", "goals"),
    "plan.name": ("名称", "names"),
    "plan.unit": ("单位", "units"),
    "layer.attributes": ("属性", "attributes"),
    "layer.axes": ("坐标轴", "axes"),
    "layer.basis": ("数据性质", "basis"),
    "layer.category": ("用途", "use"),
    "layer.conversion": ("坐标转换", "conversion"),
    "layer.crs": ("坐标系", "coordinate system"),
    "layer.datum": ("基准", "datum"),
    "layer.encoding": ("编码", "encoding"),
    "layer.fields": ("字段", "fields"),
    "layer.ids": ("编号", "ids"),
    "layer.member": ("组成单元", "members of a region"),
    "layer.no_polygon": ("没有图形", "no polygon"),
    "layer.placement": ("示意位置", "schematic placement"),
    "layer.polygon": ("图形", "polygon"),
    "layer.repair": ("修复", "repair"),
    "layer.shapes": ("图形", "shapes"),
    "layer.area_unit": ("面积单位", "unit of area"),
    "layer.count": ("数量", "counts"),
    "layer.cut": ("划分", "cutting"),
    "layer.duplicate": ("图形重复", "duplicates"),
    "layer.empty": ("空图形", "empty shapes"),
    "layer.field_names": ("字段名", "field names"),
    "layer.gap": ("空隙", "gaps"),
    "layer.gdal": ("读取提示", "notes of the reader"),
    "layer.geometry": ("图形问题", "faults of shape"),
    "layer.index": ("索引", "index"),
    "layer.invalid": ("图形无效", "invalid shapes"),
    "layer.m": ("M 值", "M values"),
    "layer.missing": ("缺图形", "missing shapes"),
    "layer.multipart": ("多部分", "multiparts"),
    "layer.near_duplicate": ("图形近似重复", "near duplicates"),
    "layer.not_finite": ("坐标无效", "coordinates that are no place"),
    "layer.open_lines": ("未闭合线", "open lines"),
    "layer.outside_zone": ("带外坐标", "outside the zone"),
    "layer.overlap": ("重叠", "overlaps"),
    "layer.point_count": ("点数", "counts of points"),
    "layer.region_gap": ("区域间空隙", "gaps between regions"),
    "layer.region_id": ("区域编号", "ids of regions"),
    "layer.region_overlap": ("区域重叠", "overlaps of regions"),
    "layer.region_shape": ("区域图形", "shapes of regions"),
    "layer.repeated_vertices": ("重复节点", "repeated vertices"),
    "layer.seat": ("驻地", "seats"),
    "layer.shift": ("坐标偏移", "shift"),
    "layer.short_ring": ("点数不足的环", "rings of too few points"),
    "layer.sliver": ("狭长面", "slivers"),
    "layer.spike": ("尖刺", "spikes"),
    "layer.tiny": ("碎小面", "tiny parts"),
    "layer.type": ("图形类型", "kinds of shapes"),
    "layer.unclosed": ("未闭合环", "unclosed rings"),
    "layer.z": ("Z 值", "Z values"),
    "totals.grand": ("总量", "total"),
    "totals.region": ("分区域", "by region"),
    "totals.use": ("分用途", "by use"),
    "totals.split": ("其中", "split"),
    "totals.cell": ("区域 × 用途", "region × use"),
    "totals.list": ("清单合计", "sums of the list"),
    "totals.project": ("片区面积", "area of each 片区"),
    "parcels.geometry": ("图形", "geometry"),
    "parcels.use": ("用途", "use"),
    "parcels.area": ("登记与图形面积", "recorded and drawn area"),
    "parcels.sliver": ("狭长碎片", "slivers"),
    "parcels.overlap": ("重叠", "overlaps"),
    "parcels.outside": ("区域之外", "outside regions"),
    "parcels.straddle": ("跨区域", "straddling"),
    "parcels.region": ("登记区域", "recorded region"),
    "parcels.history": ("历年重复", "repeats of earlier years"),
    "parcels.control": ("控制线", "control lines"),
    "rules.min_share": ("最低比例", "minimum share"),
    "rules.max_share": ("最高比例", "maximum share"),
    "rules.max_total": ("总量上限", "cap"),
    "rules.min_total": ("总量下限", "floor"),
    "rules.min_count": ("最低数量", "minimum count"),
    "rules.completion": ("完成时序", "completion"),
    "rules.placement": ("用地布局", "placement"),
    "rules.net_land": ("净地供应", "net land"),
    "rules.stock_first": ("存量优先", "存量 first"),
}
"""Names of checks for a reader, by their dotted names and rooms."""

BASIS_NAMES = {
    "": ("", ""),
    "sample": ("示例", "sample"),
    "schematic": ("示意", "schematic"),
    "approximate": ("近似", "approximate"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its heading, its width in characters, and whether it holds numbers.

    ``key`` names the columns of the summaries that charts are drawn from: ``planned``,
    ``share``, ``mapped``, ``new``, ``stock``, ``untold``, ``count``.
    """

    name: str
    key: str = ""
    width: int = 12
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """A table as it is shown: cells are text, decimals rounded for print, counts, or empty.

    Parameters
    ----------
    key
        Its anchor and file-safe name.
    title
        For a reader, unit included.
    columns, rows
        Headings and cells.
    sums
        Positions of the rows that are totals or subtotals.
    note
        What a reader must know about it.
    unit
        Unit of its areas, where the headings do not say it.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sums: frozenset[int] = frozenset()
    note: str = ""
    unit: str = ""

    def cells(self, key: str) -> list[Cell]:
        """Give the cells of the column ``key``; nothing in each row where it was left out."""
        place = next((j for j, c in enumerate(self.columns) if c.key == key), None)
        return [None if place is None else row[place] for row in self.rows]


def show(cell: Cell) -> str:
    """Write a cell as text: thousands separated, decimals as rounded, empty for nothing.

    Examples
    --------
    >>> show(Decimal("14000.50")), show(None), show(66)
    ('14,000.50', '', '66')
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    return f"{cell:,f}" if isinstance(cell, Decimal) else f"{cell:,}"


def check_name(check: str, lang: Lang = "zh") -> str:
    """Name a check for a reader; an unknown one keeps its dotted name.

    Examples
    --------
    >>> check_name("totals.cell"), check_name("audit.moon")
    ('面积核对·区域 × 用途', '计划审核·moon')
    """
    room, _, rest = check.partition(".")
    first = say(lang, *CHECKS[room]) if room in CHECKS else room
    second = say(lang, *CHECKS[check]) if check in CHECKS else rest
    return say(lang, "·", ": ").join(filter(None, [first, second]))


def basis_note(results: Results, lang: Lang = "zh") -> tuple[str, ...]:
    """Say what of the project is sample, schematic or approximate; empty if nothing is.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from landgis.findings import Finding, findings_table
    >>> land = gpd.GeoDataFrame({"parcel_id": [], "category": []}, geometry=[], crs=4549)
    >>> places = gpd.GeoDataFrame({"region_id": [], "name": []}, geometry=[], crs=4549)
    >>> pairs = pd.DataFrame({"parcel_id": [], "region_id": [], "area_m2": [], "share": []})
    >>> found = findings_table([Finding(check="audit.parts", verdict="pass", message="相符。")])
    >>> results = Results(
    ...     name="p", title="某市", plan=Plan(document="p.txt"), parcels=land, regions=places,
    ...     townships=places, crosswalk=pairs, findings=found)
    >>> basis_note(results)
    ()
    """
    said = {
        "sample": ("宗地为示例数据，并非实际宗地", "the parcels are invented samples"),
        "schematic": (
            "片区图形为示意：按公布面积绘于所在乡镇，不是实际范围",
            "the areas are drawn schematically, with the stated area, in the named townships",
        ),
        "approximate": ("界线为近似，并非法定界线", "borders are approximate, not official"),
    }
    present: list[str] = []
    for table in (results.parcels, results.regions, results.townships):
        if "basis" in table:
            present += [b for b in table["basis"].unique() if b in said]
    return tuple(say(lang, *said[b]) for b in said if b in present)


def report_tables(results: Results, *, lang: Lang = "zh") -> tuple[ReportTable, ...]:
    """Build all tables of a report, in their order; those with no rows are left out.

    Parameters
    ----------
    results
        One project's tables.
    lang
        Language of headings.

    Returns
    -------
    tuple of ReportTable
        ``summary-use``, ``summary-region``, ``balance``, ``matrix``, ``housing``, ``projects``,
        ``parcels``, ``targets``, ``rules``, ``findings``.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from landgis.findings import Finding, findings_table
    >>> land = gpd.GeoDataFrame({"parcel_id": [], "category": []}, geometry=[], crs=4549)
    >>> places = gpd.GeoDataFrame({"region_id": [], "name": []}, geometry=[], crs=4549)
    >>> pairs = pd.DataFrame({"parcel_id": [], "region_id": [], "area_m2": [], "share": []})
    >>> found = findings_table([Finding(check="audit.parts", verdict="pass", message="相符。")])
    >>> results = Results(
    ...     name="p", title="某市", plan=Plan(document="p.txt"), parcels=land, regions=places,
    ...     townships=places, crosswalk=pairs, findings=found)
    >>> [(table.key, len(table.rows)) for table in report_tables(results)][-1]
    ('findings', 1)
    """
    built = _Builder(results, lang)
    tables = (
        built.by_use(),
        built.by_region(),
        built.balance(),
        built.matrix(),
        built.housing(),
        built.projects(),
        built.parcels(),
        built.targets(),
        built.rules(),
        built.findings(),
    )
    return tuple(table for table in tables if table.rows)


def plan_unit(results: Results) -> tuple[str, int]:
    """Give the unit that the plan prints most, and its most decimals.

    A programme without figures beside its list is told in 亩, as such lists are.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from landgis.findings import Finding, findings_table
    >>> land = gpd.GeoDataFrame({"parcel_id": [], "category": []}, geometry=[], crs=4549)
    >>> places = gpd.GeoDataFrame({"region_id": [], "name": []}, geometry=[], crs=4549)
    >>> pairs = pd.DataFrame({"parcel_id": [], "region_id": [], "area_m2": [], "share": []})
    >>> found = findings_table([Finding(check="audit.parts", verdict="pass", message="相符。")])
    >>> results = Results(
    ...     name="p", title="某市", plan=Plan(document="p.txt"), parcels=land, regions=places,
    ...     townships=places, crosswalk=pairs, findings=found)
    >>> plan_unit(results)
    ('公顷', 0)
    """
    tables = [results.plan.targets, results.plan.projects]
    units = [u for t in tables if "stated_unit" in t for u in t["stated_unit"] if u in M2_PER_UNIT]
    if not units:
        checked = results.findings.loc[results.findings["check"].str.startswith("totals."), "unit"]
        units = [u for u in checked if u in M2_PER_UNIT] or ["公顷"]
    unit = max(dict.fromkeys(units), key=units.count)
    targets = results.plan.targets
    decimals = targets.loc[targets["stated_unit"] == unit, "stated_decimals"].dropna()
    return unit, int(decimals.max()) if len(decimals) else 0


_SUMMARY_COLUMNS = {
    "planned": ("计划供应面积", "planned", 14),
    "share": ("计划占比（%）", "planned share (%)", 12),
    "mapped": ("图上面积", "mapped", 14),
    "new": ("新增", "新增 (new)", 13),
    "stock": ("存量", "存量 (stock)", 13),
    "untold": ("来源未登记", "no source", 13),
    "count": ("宗数", "parcels", 8),
}

_MOST_DECIMALS = 6
"""Decimals that a finding of another room is shown with at most."""

_FIGURE_CHECKS = (
    "totals.grand",
    "totals.region",
    "totals.use",
    "totals.split",
    "totals.cell",
)


def _figures(plan: Plan) -> pd.DataFrame:
    """Give the plan's figures, one for each region and use, and the sums of its list."""
    targets = plan.targets
    whole = [targets[c].isin(["", None]) | targets[c].isna() for c in FACETS if c in targets]
    for flags in whole:
        targets = targets[flags.reindex(targets.index)]
    sums = [
        {
            "region": figure.region,
            "category": figure.category,
            "area_ha": figure.value_m2 / 10_000,
            "stated_value": figure.value,
            "stated_unit": figure.unit,
            "stated_decimals": figure.decimals,
        }
        for figure in list_figures(plan)
    ]
    listed = table_of(sums, TARGETS)
    both = pd.concat([targets, listed], ignore_index=True) if sums else targets
    return both.drop_duplicates(["region", "category"])


class _Builder:
    """Builds the tables of one project from one set of pieces."""

    def __init__(self, results: Results, lang: Lang) -> None:
        self.results = results
        self.lang = lang
        self.unit, decimals = plan_unit(results)
        self.shown = shown_decimals(results.plan)
        self.decimals = self.shown.get(self.unit, max(2, decimals))
        pieces = mapped_pieces(results.crosswalk, results.parcels, regions=results.regions)
        self.outside = pieces[pieces["region"] == ""]
        self.inside = pieces[pieces["region"] != ""]
        self.figures = _figures(results.plan)
        # a programme is nothing but its list; a supply plan may have one (宗地清单) beside its uses
        self.is_list = bool(len(results.plan.projects)) and not any(
            results.plan.targets["category"]
        )

    # -------------------------------------------------------- 汇总表

    def by_use(self) -> ReportTable:
        """供应计划汇总表 by use: planned, mapped, and of which land."""
        named = self.figures[self.figures["region"] == ""]
        uses = [str(c) for c in named["category"] if c]
        present = [str(c) for c in self.inside["category"].unique()]
        others = [c for c in present if c and not any(is_within(c, u) for u in uses)]
        rows: list[tuple[Cell, ...]] = []
        for use in [*uses, *others]:
            of = named[named["category"] == use]
            members = self._members(of)
            chosen = self.inside[within_use(self.inside["category"], use, members=members)]
            split = len(of) and of["parent_category"].iloc[0]
            name = category_name(use, self.lang)
            label = say(self.lang, f"　其中：{name}", f"　of which {name}") if split else name
            rows.append((label, *self._planned(of), *self._sources(chosen)))
        blank = self.inside[self.inside["category"] == ""]
        if len(blank):
            rows.append((self._say("用途未登记", "no use"), None, None, *self._sources(blank)))
        total = named[named["category"] == ""]
        rows.append(
            (self._say("合计", "total"), *self._planned(total), *self._sources(self.inside))
        )
        return self._summary(
            "summary-use",
            self._summary_title("用途", "use"),
            ("类别", "kind", 26) if self.is_list else ("用途", "use", 26),
            rows,
            sums={len(rows) - 1},
        )

    def by_region(self) -> ReportTable:
        """供应计划汇总表 by region."""
        named = self.figures[self.figures["category"] == ""]
        names = dict.fromkeys([*named["region"], *self.results.regions["name"]])
        regions = [str(r) for r in names if r]
        rows: list[tuple[Cell, ...]] = []
        for region in regions:
            of = named[named["region"] == region]
            chosen = self.inside[self.inside["region"] == region]
            if len(of) or len(chosen):
                rows.append((region, *self._planned(of), *self._sources(chosen)))
        total = named[named["region"] == ""]
        rows.append(
            (self._say("合计", "total"), *self._planned(total), *self._sources(self.inside))
        )
        sums = {len(rows) - 1}
        if len(self.outside):
            label = self._say("另：区域之外", "besides: outside all regions")
            rows.append((label, None, None, *self._sources(self.outside)))
        return self._summary(
            "summary-region",
            self._summary_title("区域", "region"),
            ("区域", "region", 22),
            rows,
            sums=sums,
        )

    # -------------------------------------------------------- check tables

    def balance(self) -> ReportTable:
        """Planned, mapped and difference of each figure that was checked."""
        found = self.results.findings
        found = found[
            found["check"].str.startswith("totals.") & (found["check"] != "totals.project")
        ]
        rows = []
        for position, row in zip(found.index, found.to_dict("records"), strict=True):
            decimals = self._decimals(row)
            measured = self.shown.get(row["unit"], 2)
            rows.append(
                (
                    row["region"] or self._say("全部", "all"),
                    category_name(row["category"], self.lang) or self._say("合计", "total"),
                    _decimal(row["expected"], decimals),
                    _decimal(row["actual"], measured),
                    _decimal(row["difference"], measured),
                    _decimal(row["tolerance"], measured + 1),
                    unit_word(row["unit"], self.lang),
                    verdict_name(row["verdict"], self.lang),
                    position + 1,
                )
            )
        return self._table(
            "balance",
            ("区域 × 用途核对表", "Region × use, planned and mapped"),
            [
                ("区域", "region", 18),
                ("用途", "use", 24),
                ("计划", "planned", 14),
                ("图上", "mapped", 14),
                ("差值", "difference", 14),
                ("容差", "tolerance", 12),
                ("单位", "unit", 8),
                ("结论", "verdict", 10),
                ("检查序号", "finding", 9),
            ],
            rows,
            unit=False,
        )

    def matrix(self) -> ReportTable:
        """Region × use: planned, mapped and difference, three rows a region."""
        found = self.results.findings
        found = found[found["check"].isin(_FIGURE_CHECKS) & found["unit"].eq(self.unit)]
        cells = {(r["region"], r["category"]): r for r in reversed(found.to_dict("records"))}
        regions = list(dict.fromkeys(r for r, c in reversed(cells) if r and c))
        uses = list(dict.fromkeys(c for r, c in reversed(cells) if c))
        rows: list[tuple[Cell, ...]] = []
        for region in [*regions, ""] if regions else []:
            for column, zh, en in (
                ("expected", "计划", "planned"),
                ("actual", "图上", "mapped"),
                ("difference", "差值", "difference"),
            ):
                line = []
                for use in [*uses, ""]:
                    cell = cells.get((region, use))
                    digits = 0 if cell is None else self._decimals(cell)
                    digits = digits if column == "expected" else self.decimals
                    line.append(None if cell is None else _decimal(cell[column], digits))
                name = region or self._say("合计", "total")
                rows.append((name if column == "expected" else "", self._say(zh, en), *line))
        return self._table(
            "matrix",
            ("区域 × 用途总表", "Regions × uses"),
            [
                ("区域", "region", 14),
                ("", "", 8),
                *((use, category_name(use, "en"), 13) for use in uses),
                ("合计", "total", 13),
            ],
            rows,
            sums={i for i in range(len(rows)) if i >= len(rows) - 3},
        )

    def housing(self) -> ReportTable:
        """住宅用地供应计划表: mapped housing land by region and kind, with the plan's figures."""
        whole = "住宅用地"
        housing = self.inside[within_use(self.inside["category"], whole)]
        kinds = [
            kind
            for kind in subcategories(whole)
            if within_use(housing["category"], kind).any() or kind in set(self.figures["category"])
        ]
        rows: list[tuple[Cell, ...]] = []
        if not kinds:  # the summary says as much
            housing = housing.iloc[:0]
        for region in dict.fromkeys([*self.results.regions["name"], *housing["region"]]):
            chosen = housing[housing["region"] == region]
            if len(chosen):
                rows.append((str(region), *self._kinds(chosen, whole, kinds)))
        if len(housing):
            rows.append((self._say("图上合计", "mapped"), *self._kinds(housing, whole, kinds)))
        named = self.figures[self.figures["region"] == ""]
        planned = [self._planned(named[named["category"] == use])[0] for use in [whole, *kinds]]
        if len(housing) and any(planned):
            rows.append((self._say("计划", "planned"), *planned, None))
        columns = [(kind, category_name(kind, "en"), 16) for kind in kinds]
        return self._table(
            "housing",
            ("住宅用地供应计划表", "Housing land"),
            [
                ("区域", "region", 22),
                ("住宅用地合计", "housing land", 16),
                *columns,
                ("未细分", "not divided", 14),
            ],
            rows,
            sums={i for i, row in enumerate(rows) if row[0] in {"图上合计", "mapped"}},
        )

    # -------------------------------------------------------- lists

    def projects(self) -> ReportTable:
        """片区清单 with subtotals, as printed, and the drawn area of each."""
        projects = self.results.plan.projects
        found = self.results.findings
        drawn = found[found["check"] == "totals.project"].reset_index(drop=True)
        unit, rows, sums = self.unit, [], set()
        columns = ["area", "drawn"]
        if len(drawn):
            unit = drawn["unit"].mode().iloc[0]
        per_unit = float(M2_PER_UNIT[unit])
        area = projects["area_ha"].map(lambda ha: round(ha * 10_000 / per_unit, 9))
        decimals = max((decimals_of(v) for v in area.dropna()), default=0)
        values = pd.DataFrame({"area": area.to_numpy(), "drawn": np.nan})
        if len(drawn) == len(projects):
            values["drawn"] = drawn["actual"].to_numpy()
        regions = projects["region"].reset_index(drop=True)
        for region in regions.unique():
            chosen = regions[regions == region].index
            for i in chosen:
                row = projects.iloc[i]
                number = None if pd.isna(row["number"]) else int(row["number"])
                texts = [str(row[c]) for c in ("region", "category", "name", "location")]
                rows.append(
                    (number, *texts, *_pair(values.loc[i, columns], decimals), row["stage"])
                )
            sums.add(len(rows))
            total = values.loc[chosen, columns].sum(skipna=False)
            label = self._say("小计", "subtotal")
            rows.append((None, region, label, "", "", *_pair(total, decimals), ""))
        if rows:
            sums.add(len(rows))
            total = values.sum(skipna=False)
            rows.append((None, self._say("合计", "total"), "", "", "", *_pair(total, decimals), ""))
        name = ("片区清单", "Areas of the programme") if self.is_list else ("计划所附清单", "List")
        return self._table(
            "projects",
            (
                f"{name[0]}（面积单位：{unit}）",
                f"{name[1]} ({unit_word(unit, 'en')})",
            ),
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

    def parcels(self) -> ReportTable:
        """宗地清单."""
        land = conform(self.results.parcels, PARCELS)
        if self.is_list:  # each area stands in the list already
            land = land.iloc[:0]
        pieces = pd.concat([self.inside, self.outside])
        area = pieces.groupby("parcel_id")["area_m2"].sum()
        main = pieces.sort_values("area_m2", ascending=False).drop_duplicates("parcel_id")
        region = main.set_index("parcel_id")["region"]
        decimals = max(self.decimals, 4 if self.unit == "公顷" else 2)
        rows: list[tuple[Cell, ...]] = []
        for number, row in enumerate(land.to_dict("records"), 1):
            parcel = row["parcel_id"]
            mapped = shown_area(float(area.get(parcel, 0.0)), self.unit, decimals)
            rows.append(
                (
                    number,
                    str(region.get(parcel, "")) or self._say("区域之外", "outside"),
                    parcel,
                    row["name"],
                    mapped,
                    _decimal(row["recorded_area_m2"], 2),
                    category_name(row["category"], self.lang),
                    row["land_source"],
                    row["supply_mode"],
                    row["quarter"],
                    say(self.lang, *BASIS_NAMES.get(row["basis"], (row["basis"],) * 2)),
                )
            )
        total = shown_area(float(area.sum()), self.unit, self.decimals)
        recorded = _decimal(land["recorded_area_m2"].sum(skipna=False), 2)
        if rows:
            end: tuple[Cell, ...] = (None, self._say("合计", "total"), "", "", total, recorded)
            rows.append((*end, "", "", "", "", ""))
        return self._table(
            "parcels",
            ("国有建设用地供应计划宗地清单", "Parcels"),
            [
                ("序号", "no.", 6),
                ("区域", "region", 16),
                ("宗地编号", "parcel id", 22),
                ("项目（宗地）名称", "name", 30),
                (f"图上面积（{self.unit}）", f"mapped ({unit_word(self.unit, self.lang)})", 14),
                ("登记面积（平方米）", "recorded (m²)", 16),
                ("用途", "use", 22),
                ("土地来源", "land source", 10),
                ("供应方式", "supply mode", 10),
                ("供应时间", "supply time", 12),
                ("数据性质", "basis", 9),
            ],
            rows,
            sums={len(rows) - 1} if rows else set(),
            unit=False,
        )

    def targets(self) -> ReportTable:
        """List the plan's figures as read, each with the words it stands in."""
        rows: list[tuple[Cell, ...]] = []
        for row in self.results.plan.targets.to_dict("records"):
            decimals = row["stated_decimals"]
            digits = decimals_of(row["stated_value"]) if pd.isna(decimals) else int(decimals)
            share = row["share_pct"]
            rows.append(
                (
                    row["region"] or self._say("全部", "all"),
                    row["stated_category"] or self._say("合计", "total"),
                    category_name(row["category"], self.lang),
                    _decimal(row["stated_value"], digits),
                    row["stated_unit"],
                    _decimal(row["area_ha"], digits if row["stated_unit"] == "公顷" else 4),
                    None if pd.isna(share) else to_decimal(share, max(1, decimals_of(share))),
                    row["source"],
                )
            )
        return self._table(
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

    def rules(self) -> ReportTable:
        """List the plan's rules and placements as read."""
        rows: list[tuple[Cell, ...]] = [
            (
                say(self.lang, *CHECKS.get(f"rules.{row['kind']}", (row["kind"],) * 2)),
                row["subject"],
                None
                if pd.isna(row["value"])
                else to_decimal(row["value"], decimals_of(row["value"])),
                row["unit"],
                str(row["due"]),
                row["source"],
            )
            for row in self.results.plan.rules.to_dict("records")
        ]
        rows += [
            (
                self._say("用地布局", "placement"),
                row["category"],
                None,
                "",
                "、".join(row["regions"]),
                row["source"],
            )
            for row in self.results.plan.placements.to_dict("records")
        ]
        return self._table(
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

    def findings(self) -> ReportTable:
        """Every finding, in its order."""
        rows: list[tuple[Cell, ...]] = []
        for position, row in enumerate(self.results.findings.to_dict("records")):
            decimals = self._decimals(row)
            numbers = [row[c] for c in ("actual", "difference", "tolerance")]
            known = [min(decimals_of(v), _MOST_DECIMALS) for v in numbers if not pd.isna(v)]
            fine = max([min(decimals, _MOST_DECIMALS), 2 * (row["unit"] == "平方米"), *known[:2]])
            finest = max([fine, *known])
            if row["unit"] == "%":  # two more than printed tell which way a share was rounded
                fine = finest = min(fine, decimals + 2)
            if row["check"].startswith(("totals.", "rules.")) and row["unit"] in self.shown:
                fine = max(decimals, self.shown[row["unit"]])
                finest = fine + 1
            elif row["unit"] != "%":
                decimals = fine
            rows.append(
                (
                    position + 1,
                    verdict_name(row["verdict"], self.lang),
                    check_name(row["check"], self.lang),
                    row["subject"],
                    row["region"],
                    category_name(row["category"], self.lang),
                    _decimal(row["expected"], decimals),
                    *(_decimal(v, d) for v, d in zip(numbers, (fine, fine, finest), strict=True)),
                    unit_word(row["unit"], self.lang),
                    row["message"],
                    row["source"],
                )
            )
        return self._table(
            "findings",
            ("检查结果", "Findings"),
            [
                ("序号", "no.", 7),
                ("结论", "verdict", 10),
                ("检查", "check", 20),
                ("对象", "subject", 18),
                ("区域", "region", 14),
                ("用途", "use", 18),
                ("应为", "expected", 13),
                ("实为", "actual", 13),
                ("差值", "difference", 13),
                ("容差", "tolerance", 12),
                ("单位", "unit", 8),
                ("说明", "message", 60),
                ("出处", "source", 40),
            ],
            rows,
            unit=False,
        )

    # -------------------------------------------------------- pieces of rows

    def _planned(self, of: pd.DataFrame) -> tuple[Cell, Cell]:
        """Give the plan's figure in its own unit and its share, if it prints them."""
        if of.empty:
            return None, None
        row = of.iloc[0]
        share = row["share_pct"]
        percent = None if pd.isna(share) else to_decimal(share, max(1, decimals_of(share)))
        if pd.isna(row["stated_value"]):
            return None, percent
        digits = row["stated_decimals"]
        value = _decimal(
            row["stated_value"],
            decimals_of(row["stated_value"]) if pd.isna(digits) else int(digits),
        )
        same = row["stated_unit"] in {self.unit, ""}
        return (value if same else f"{show(value)} {row['stated_unit']}"), percent

    def _sources(self, pieces: pd.DataFrame) -> tuple[Cell, ...]:
        """Give the mapped area, of which 新增, 存量 and neither, and the number of parcels."""
        origin = pieces["land_source"]
        new, old = origin.str.contains("新增"), origin.str.contains("存量")
        parts = [pieces, pieces[new], pieces[old], pieces[~new & ~old]]
        areas = [self._area(part) for part in parts]
        return (*areas, pieces["parcel_id"].nunique())

    def _kinds(self, pieces: pd.DataFrame, whole: str, kinds: Sequence[str]) -> tuple[Cell, ...]:
        parts = [pieces[within_use(pieces["category"], use)] for use in [whole, *kinds]]
        rest = pieces[pieces["category"] == whole]
        return tuple(self._area(part) for part in [*parts, rest])

    def _area(self, pieces: pd.DataFrame) -> Decimal:
        return shown_area(float(pieces["area_m2"].sum()), self.unit, self.decimals)

    def _summary_title(self, zh: str, en: str) -> tuple[str, str]:
        """Name a summary: of parcels by use, of a programme's areas (片区) by kind."""
        if self.is_list:
            zh, en = zh.replace("用途", "类别"), en.replace("use", "kind")
            return f"片区汇总表（按{zh}）", f"Summary by {en}"
        return f"国有建设用地供应计划汇总表（按{zh}）", f"Summary by {en}"

    def _summary(
        self,
        key: str,
        title: tuple[str, str],
        first: tuple[str, str, int],
        rows: list[tuple[Cell, ...]],
        *,
        sums: set[int],
    ) -> ReportTable:
        """Lay out a summary, without the columns that say nothing: shares, land sources."""
        table = self._table(key, title, [first, *_SUMMARY_COLUMNS.values()], rows, sums=sums)
        names = ("", *_SUMMARY_COLUMNS)
        dropped = set() if any(row[2] is not None for row in rows) else {"share"}
        if not any(row[4] or row[5] for row in rows):
            dropped |= {"new", "stock", "untold"}
        kept = [j for j, name in enumerate(names) if name not in dropped]
        return replace(
            table,
            columns=tuple(replace(table.columns[j], key=names[j]) for j in kept),
            rows=tuple(tuple(row[j] for j in kept) for row in table.rows),
        )

    def _decimals(self, row: dict[Any, Any]) -> int:
        """Give the printed decimals of a finding's expected figure."""
        if pd.isna(row["expected"]):
            return 0
        of = self.figures[
            (self.figures["region"] == row["region"])
            & (self.figures["category"] == row["category"])
            & (self.figures["stated_unit"] == row["unit"])
        ]["stated_decimals"].dropna()
        least = decimals_of(row["expected"])
        return (
            max(least, int(of.iloc[0])) if len(of) and row["check"].startswith("totals") else least
        )

    @staticmethod
    def _members(of: pd.DataFrame) -> tuple[str, ...]:
        members = of["members"].iloc[0] if len(of) and "members" in of else ()
        return tuple(members) if isinstance(members, list | tuple) else ()

    def _say(self, zh: str, en: str) -> str:
        return say(self.lang, zh, en)

    def _table(
        self,
        key: str,
        title: tuple[str, str],
        columns: Iterable[tuple[str, str, int]],
        rows: Iterable[Sequence[Cell]],
        *,
        sums: Iterable[int] = (),
        unit: bool = True,
    ) -> ReportTable:
        words = say(self.lang, *title)
        if unit:
            words += say(
                self.lang, f"（单位：{self.unit}）", f" ({unit_word(self.unit, self.lang)})"
            )
        cells = tuple(tuple(row) for row in rows)
        return ReportTable(
            key=key,
            title=words,
            columns=tuple(
                Column(
                    name=say(self.lang, zh, en),
                    width=width,
                    numeric=any(isinstance(row[j], Decimal | int) for row in cells),
                )
                for j, (zh, en, width) in enumerate(columns)
            ),
            rows=cells,
            sums=frozenset(sums),
            unit=unit_word(self.unit, self.lang) if unit else "",
        )


def completion_series(results: Results) -> pd.DataFrame:
    """Add up the area supplied by each supply time of the parcels.

    Returns
    -------
    DataFrame
        ``date`` (last day of each supply time, in order), ``share_pct`` (of the plan's total, or
        of the mapped area if the plan has none). Empty where no parcel has a supply time.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from landgis.findings import Finding, findings_table
    >>> land = gpd.GeoDataFrame({"parcel_id": [], "category": []}, geometry=[], crs=4549)
    >>> places = gpd.GeoDataFrame({"region_id": [], "name": []}, geometry=[], crs=4549)
    >>> pairs = pd.DataFrame({"parcel_id": [], "region_id": [], "area_m2": [], "share": []})
    >>> found = findings_table([Finding(check="audit.parts", verdict="pass", message="相符。")])
    >>> results = Results(
    ...     name="p", title="某市", plan=Plan(document="p.txt"), parcels=land, regions=places,
    ...     townships=places, crosswalk=pairs, findings=found)
    >>> completion_series(results).empty
    True
    """
    land = conform(results.parcels, PARCELS)
    area = results.crosswalk.groupby("parcel_id")["area_m2"].sum()
    dates = supply_dates(land["quarter"], year=results.plan.year)
    dated = pd.DataFrame({"date": dates, "area": land["parcel_id"].map(area)}).dropna()
    summed = dated.groupby("date", sort=True)["area"].sum().cumsum()
    targets = results.plan.targets
    total = targets.loc[targets["region"].eq("") & targets["category"].eq(""), "area_ha"].dropna()
    whole = total.iloc[0] * 10_000 if len(total) else area.sum()
    return pd.DataFrame({"date": summed.index, "share_pct": 100 * summed.to_numpy() / whole})


def verdict_rows(findings: pd.DataFrame, lang: Lang = "zh") -> list[tuple[str, dict[str, int]]]:
    """Count findings by room and verdict, in the order of rooms in the table.

    Examples
    --------
    >>> from landgis.findings import Finding, findings_table
    >>> table = findings_table([Finding(check="audit.parts", verdict="fail", message="")])
    >>> verdict_rows(table)
    [('计划审核', {'pass': 0, 'fail': 1, 'unknown': 0})]
    """
    rooms = findings["check"].str.split(".").str[0]
    counted = []
    for room in dict.fromkeys(rooms):
        verdicts = findings.loc[rooms == room, "verdict"]
        name = say(lang, *CHECKS[room]) if room in CHECKS else room
        counted.append((name, {v: int((verdicts == v).sum()) for v in VERDICTS}))
    return counted


def _decimal(value: Any, decimals: int) -> Decimal | None:
    return None if pd.isna(value) else to_decimal(float(value), decimals)


def _pair(values: pd.Series, decimals: int) -> tuple[Cell, Cell]:
    return _decimal(values["area"], decimals), _decimal(values["drawn"], max(decimals, 2))
