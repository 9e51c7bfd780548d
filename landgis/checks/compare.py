"""What moved: between two versions of a plan, of a layer, and between two dates of supply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.balance.figures import figures_of
from landgis.errors import InputError
from landgis.language import Lang, say
from landgis.measure import Flags, area_m2, require_same_crs
from landgis.measure.areas import POINT_ERROR_M, survey_tolerance_m2
from landgis.plan.model import Plan
from landgis.schema import PARCELS, conform

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
