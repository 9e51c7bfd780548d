"""When land is supplied (供应时间), and what moved.

Which land is due or done, and how far a plan is by a day; what changed between two versions of a
plan or a layer, and between two dates of supply.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.balance.figures import figures_of, within_use
from landgis.balance.mapped import Mapped
from landgis.errors import InputError
from landgis.language import Lang, say
from landgis.measure import Flags, area_m2, require_same_crs
from landgis.measure.areas import POINT_ERROR_M, survey_tolerance_m2
from landgis.plan.dates import find_dates
from landgis.plan.model import Plan
from landgis.schema import PARCELS, conform

_SHORT = (
    (re.compile(r"(20\d{2})?\s*年?\s*[Qq]([1-4])"), r"\1年第\2季度"),
    (re.compile(r"^(20\d{2})[-/.](1[0-2]|0?[1-9])$"), r"\1年\2月"),
    (re.compile(r"季(?!度)"), "季度"),
    (re.compile(r"全年"), "年底"),
)
"""How layers write supply times shorter than plans do: 2024Q3, 2024-06, 三季."""
_DONE = re.compile(r"^(?:已供|供应完成|已完成|完成|已出让|已划拨|已成交|竣工)")


def supply_dates(quarters: Iterable[str], *, year: int | None = None) -> pd.Series:
    """Give the last day of each supply time, whichever way it is written.

    Parameters
    ----------
    quarters
        第一季度, Q1, 2024Q3, 6月, 2024-06, 上半年, 2024年5月17日 …
    year
        The plan's year, for those that name none.

    Returns
    -------
    Series
        Dates; None where nothing can be read. Index as given, or numbered from 0.

    Examples
    --------
    >>> supply_dates(["第二季度", "2024-11", "待定"], year=2024).tolist()
    [datetime.date(2024, 6, 30), datetime.date(2024, 11, 30), None]
    """
    texts = quarters if isinstance(quarters, pd.Series) else pd.Series(list(quarters), dtype="str")
    codes, each = pd.factorize(texts)
    days = np.array([_last_day(str(text).strip(), year) for text in each] + [None], dtype=object)
    return pd.Series(days[codes], index=texts.index, dtype="object")


def is_done(stages: pd.Series) -> pd.Series:
    """Tell which stages (实施阶段) say that supply or redevelopment is complete.

    Examples
    --------
    >>> is_done(pd.Series(["已供应", "正在实施", "未完成", ""])).tolist()
    [True, False, False, False]
    """
    return stages.astype("str").str.strip().str.contains(_DONE).astype("bool")


def _last_day(text: str, year: int | None) -> date | None:
    for short, full in _SHORT:
        text = short.sub(full, text)
    found = find_dates(text, year)
    return found[-1].last if found else None


def compare_dates(
    land: Mapped,
    parcels: gpd.GeoDataFrame,
    *,
    dates: tuple[date | None, date],
    year: int | None = None,
) -> pd.DataFrame:
    """Compare what is supplied by two dates, by region and use, with all that is planned.

    Parameters
    ----------
    land
        The land that counts, see `landgis.balance.mapped.map_land`.
    parcels
        Table ``parcels``: ``quarter`` tells when a parcel is supplied.
    dates
        The two days; None for the first: before anything was supplied.
    year
        The plan's year, for supply times that name none.

    Returns
    -------
    DataFrame
        A row for each region, in their order, and use on the map: ``region`` (empty outside all),
        ``category``, ``first_m2``, ``second_m2`` (due by each day by their supply times),
        ``change_m2``, ``mapped_m2`` (all parcels), ``undated_m2`` (of these, without a supply
        time), ``done_m2`` (of these, with a completed stage), ``since``, ``until`` (the days).

    Examples
    --------
    >>> from shapely import box
    >>> from landgis.balance.mapped import map_land
    >>> square = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a"], "category": ["住宅用地"], "quarter": ["第二季度"]},
    ...     geometry=[box(0, 0, 9, 9)], crs=4549)
    >>> town = gpd.GeoDataFrame(
    ...     {"region_id": ["r"], "name": ["东镇"]}, geometry=[box(0, 0, 99, 99)], crs=4549)
    >>> pairs = pd.DataFrame(
    ...     {"parcel_id": ["a"], "region_id": ["r"], "area_m2": [81.0], "share": [1.0]})
    >>> days = date(2024, 3, 31), date(2024, 6, 30)
    >>> land = map_land(pairs, square, regions=town)
    >>> moved = compare_dates(land, square, dates=days, year=2024)
    >>> moved[["first_m2", "second_m2"]].values.tolist()
    [[0.0, 81.0]]
    """
    since, until = dates
    pieces = land.pieces
    told = conform(parcels, PARCELS).drop_duplicates("parcel_id").set_index("parcel_id")
    days = pieces["parcel_id"].map(supply_dates(told["quarter"], year=year))
    done = pieces["parcel_id"].map(is_done(told["stage"])).eq(True)
    area = pieces["area_m2"]

    def by(day: date | None) -> pd.Series:
        told = [] if day is None else [d for d in days.dropna().unique() if d <= day]
        return area.where(days.isin(told), 0.0)

    parts = pieces[["region", "category"]].assign(
        first_m2=by(since),
        second_m2=by(until),
        mapped_m2=area,
        undated_m2=area.where(days.isna(), 0.0),
        done_m2=area.where(done, 0.0),
    )
    summed = parts.groupby(["region", "category"], sort=False).sum().reset_index()
    rank = {name: i for i, name in enumerate(land.names)}
    order = summed["region"].map(rank).fillna(len(rank))
    summed = summed.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    summed.insert(4, "change_m2", summed["second_m2"] - summed["first_m2"])
    return summed.assign(since=since, until=until)


def compare_with_plan(moved: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Add up what is supplied by the regions and uses of the plan, beside its figures.

    Parameters
    ----------
    moved
        What `compare_dates` returned.
    plan
        Its figures by region and use; those narrowed down further are left out.

    Returns
    -------
    DataFrame
        The columns of ``moved`` after ``region``, ``category`` and ``planned_m2`` (NaN where the
        plan gives no figure). For each region its uses, then all of them (``category`` empty);
        last the same for all regions (``region`` empty). Land outside all regions is not counted.

    Examples
    --------
    >>> from landgis.schema import TARGETS, table_of
    >>> moved = pd.DataFrame({"region": ["东镇"], "category": ["商品住房用地"], "first_m2": 0.0,
    ...     "second_m2": 81.0, "change_m2": 81.0, "mapped_m2": 81.0})
    >>> row = {"category": "住宅用地", "stated_value": 1.0, "stated_unit": "公顷"}
    >>> plan = Plan(document="p", targets=table_of([row], TARGETS))
    >>> rows = compare_with_plan(moved, plan)
    >>> rows[["region", "category", "planned_m2", "second_m2"]].values.tolist()[2]
    ['', '住宅用地', 10000.0, 81.0]
    """
    inside = moved[moved["region"] != ""]
    figures = [f for f in figures_of(plan) if not f.facets and f.origin != "project"]
    planned = {
        (f.region, f.category): float("nan") if f.area_m2 is None else float(f.area_m2)
        for f in reversed(figures)
    }
    members = {f.category: f.members for f in reversed(figures)}
    parents = plan.targets.drop_duplicates("category").set_index("category")["parent_category"]
    uses = [f.category for f in figures if f.category and not parents.get(f.category)]
    present = [u for u in inside["category"].unique() if not _covers(uses, u, members)]
    regions = dict.fromkeys([*(f.region for f in figures), *inside["region"]])
    numbers = [c for c in moved.columns if c.endswith("_m2")]
    rows = []
    for region in [*filter(None, regions), ""]:
        here = inside[inside["region"].eq(region)] if region else inside
        for use in dict.fromkeys([*uses, *filter(None, present), ""]):
            figure = planned.get((region, use), float("nan"))
            chosen = here[within_use(here["category"], use, members=members.get(use, ()))]
            if len(chosen) or not np.isnan(figure) or not (use or region):
                sums = chosen[numbers].sum().to_dict()
                rows.append({"region": region, "category": use, "planned_m2": figure, **sums})
    table = pd.DataFrame(rows)
    for name in ("since", "until"):
        if name in moved:
            table[name] = next(iter(moved[name]), None)
    return table


def _covers(uses: Iterable[str], use: str, members: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell whether ``use`` counts towards one of ``uses``."""
    return any(within_use([use], above, members=members.get(above, ()))[0] for above in uses)


def supplied_shares(pieces: pd.DataFrame, *, times: Sequence[str]) -> pd.DataFrame:
    """Give for each region the share of its land that is supplied by each of the times.

    Parameters
    ----------
    pieces
        Land that counts: ``region``, ``area_m2``, and ``quarter`` of its parcels.
    times
        Supply times in their order.

    Returns
    -------
    DataFrame
        A row for each region with land, by its name; a column for each time.

    Examples
    --------
    >>> pieces = pd.DataFrame(
    ...     {"region": "东镇", "area_m2": [100.0, 300.0], "quarter": ["一季度", "二季度"]})
    >>> supplied_shares(pieces, times=["一季度", "二季度"]).values.tolist()
    [[0.25, 1.0]]
    """
    pieces = pieces[pieces["region"] != ""]
    areas = pieces.pivot_table(values="area_m2", index="region", columns="quarter", aggfunc="sum")
    supplied = areas.reindex(columns=list(times)).fillna(0.0).cumsum(axis=1)
    whole = pieces.groupby("region")["area_m2"].sum()
    return supplied.reindex(whole.index).fillna(0.0).div(whole, axis=0).fillna(0.0)


def completion(land: Mapped, parcels: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Add up the area supplied by each supply time of the parcels.

    Returns
    -------
    DataFrame
        ``date`` (last day of each supply time, in order), ``share_pct`` (of the plan's total, or
        of the mapped area if the plan has none). Empty where no parcel has a supply time.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> completion(results.balance.land, results.parcels, results.plan).empty
    True
    """
    table = conform(parcels, PARCELS)
    area = land.parcels["area_m2"]
    dates = supply_dates(table["quarter"], year=plan.year)
    dated = pd.DataFrame({"date": dates, "area": table["parcel_id"].map(area)}).dropna()
    summed = dated.groupby("date", sort=True)["area"].sum().cumsum()
    totals = [f.area_m2 for f in figures_of(plan) if f.key == ("", "", ()) and f.area_m2]
    whole = float(totals[0]) if totals else float(area.sum())
    return pd.DataFrame({"date": summed.index, "share_pct": 100 * summed.to_numpy() / whole})


STATUS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "added": ("新增加", "added"),
        "removed": ("取消", "removed"),
        "changed": ("调整", "changed"),
        "same": ("不变", "same"),
    },
)
"""What became of a figure or a parcel, in Chinese and English."""

_RECORDS = ("category", "supply_mode", "land_source", "quarter", "stage", "region")


def compare_plans(before: Plan, after: Plan) -> pd.DataFrame:
    """Compare the figures of two versions of a plan.

    Parameters
    ----------
    before, after
        The plan before and after its adjustment (计划调整).

    Returns
    -------
    DataFrame
        A row for each region and use that either plan has, in the order of ``before``, then of
        ``after``: ``region``, ``category``, ``before_ha``, ``after_ha``, ``change_ha`` (NaN
        where a plan gives no figure), ``status`` (a key of `STATUS`; empty where a figure is
        missing), ``source_before``, ``source_after``.

    Examples
    --------
    >>> from landgis.schema import TARGETS, table_of
    >>> old, new = (
    ...     Plan(document="p", targets=table_of([{"category": "住宅用地", "area_ha": ha}], TARGETS))
    ...     for ha in (8.0, 6.5))
    >>> compare_plans(old, new)[["category", "change_ha", "status"]].values.tolist()
    [['住宅用地', -1.5, 'changed']]
    """
    tables = [_figures(plan) for plan in (before, after)]
    keys = tables[0].index.append(tables[1].index).drop_duplicates()
    was, now = (table.reindex(keys) for table in tables)
    there = [keys.isin(table.index) for table in tables]
    change = (now["area_ha"] - was["area_ha"]).to_numpy().round(9)
    known = ~np.isnan(change)
    status = np.select(
        [~there[0], ~there[1], known & (change == 0), known],
        ["added", "removed", "same", "changed"],
        default="",
    )
    return pd.DataFrame(
        {
            "region": keys.get_level_values("region"),
            "category": keys.get_level_values("category"),
            "before_ha": was["area_ha"].to_numpy(),
            "after_ha": now["area_ha"].to_numpy(),
            "change_ha": change,
            "status": status,
            "source_before": was["source"].fillna("").to_numpy(),
            "source_after": now["source"].fillna("").to_numpy(),
        }
    )


def compare_parcels(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    point_error_m: float = POINT_ERROR_M,
) -> pd.DataFrame:
    """Compare two versions of a layer of parcels, by their ids.

    Parameters
    ----------
    before, after
        Tables ``parcels`` in one coordinate system, ids unique.
    point_error_m
        A parcel that moved or grew by less than the error of its boundary points is the same.

    Returns
    -------
    DataFrame
        A row for each parcel, in the order of ``before``, then of ``after``: ``parcel_id``,
        ``status`` (a key of `STATUS`), ``before_m2``, ``after_m2``, ``change_m2`` (plane area;
        0 for a parcel that is not there), ``changes`` (tuples of column, before and
        after; of a shape that moved only the column ``geometry``): see `changes_text`.

    Raises
    ------
    CRSError
        If the layers differ in coordinate system.

    Examples
    --------
    >>> from shapely import box
    >>> old = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a"], "category": ["商服用地"]}, geometry=[box(0, 0, 9, 9)], crs=4549)
    >>> compare_parcels(old, old.assign(category="住宅用地"))["changes"].tolist()
    [(('category', '商服用地', '住宅用地'),)]
    """
    require_same_crs(before, after)
    was, now = (_by_id(layer, point_error_m) for layer in (before, after))
    keys = was.index.append(now.index).drop_duplicates()
    old, new = was.reindex(keys), now.reindex(keys)
    before_is, now_is = (table.index.get_indexer(keys) >= 0 for table in (was, now))
    both = before_is & now_is
    moved = np.zeros(len(keys), dtype=bool)
    moved[both] = _moved(old[both], new[both], before.crs)
    changes = _changes(old, new, both, moved)
    status = np.select(
        [~before_is, ~now_is, changes.map(bool).to_numpy(dtype=bool)],
        ["added", "removed", "changed"],
        default="same",
    )
    areas = [table["area_m2"].fillna(0.0).to_numpy() for table in (old, new)]
    return pd.DataFrame(
        {
            "parcel_id": keys,
            "status": status,
            "before_m2": areas[0],
            "after_m2": areas[1],
            "change_m2": areas[1] - areas[0],
            "changes": changes,
        }
    )


def status_name(status: str, lang: Lang = "zh") -> str:
    """Name a status for a reader.

    Examples
    --------
    >>> status_name("removed")
    '取消'
    """
    return say(lang, *STATUS[status]) if status in STATUS else ""


def _figures(plan: Plan) -> pd.DataFrame:
    """Give the plan's figures by region and use, without those narrowed down further."""
    rows = [
        (f.region, f.category, float("nan") if f.area_m2 is None else float(f.area_m2 / 10_000),
         f.source)
        for f in figures_of(plan)
        if f.origin == "target" and not f.facets
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["region", "category", "area_ha", "source"])
    return table.astype({"area_ha": "float64"}).set_index(["region", "category"])


def _by_id(layer: gpd.GeoDataFrame, point_error_m: float) -> pd.DataFrame:
    table = conform(layer, PARCELS)
    twice = table["parcel_id"][table["parcel_id"].duplicated()].unique()
    if len(twice):
        told = "、".join(twice[:5])
        raise InputError(
            f"宗地编号重复（{told}），不能逐宗比较：请先改正编号。",
            f"Parcel ids occur twice ({told}), so parcels cannot be compared: mend the ids.",
        )
    table["area_m2"] = area_m2(layer, method="plane")
    table["tolerance_m2"] = survey_tolerance_m2(layer, point_error_m=point_error_m)
    return pd.DataFrame(table).set_index("parcel_id")


def _moved(old: pd.DataFrame, new: pd.DataFrame, crs: Any) -> Flags:
    """Tell whether shapes differ by more land than their boundary points may err."""
    was, now = (shapely.make_valid(np.asarray(t["geometry"], dtype=object)) for t in (old, new))
    apart = area_m2(shapely.symmetric_difference(was, now), crs=crs, method="plane")
    bound = np.maximum(old["tolerance_m2"].to_numpy(), new["tolerance_m2"].to_numpy())
    return np.asarray(apart > bound)


def _changes(old: pd.DataFrame, new: pd.DataFrame, both: Flags, moved: Flags) -> pd.Series:
    """Give for each parcel what became of its records and its shape."""
    told: list[list[tuple[str, ...]]] = [[] for _ in range(len(old))]
    for column in _RECORDS:
        was, now = (table[column].fillna("").to_numpy(dtype=object) for table in (old, new))
        for i in np.flatnonzero(both & (was != now)):
            told[i].append((column, str(was[i]), str(now[i])))
    for i in np.flatnonzero(moved):
        told[i].append(("geometry",))
    return pd.Series([tuple(each) for each in told], dtype="object")


def changes_text(changes: Iterable[tuple[str, ...]], lang: Lang = "zh") -> str:
    """Say what became of a parcel's records and shape.

    Examples
    --------
    >>> changes_text([("quarter", "第一季度", ""), ("geometry",)])
    '供应时间 第一季度 → 无；图形有变'
    """
    names = {column.name: say(lang, column.zh, column.en) for column in PARCELS.columns}
    none = say(lang, "无", "none")
    parts = [
        f"{names[column]} {values[0] or none} → {values[1] or none}"
        if values
        else say(lang, "图形有变", "shape")
        for column, *values in changes
    ]
    return say(lang, "；", "; ").join(parts)
