"""Mapped areas: the crosswalk with what the parcels and regions say of its pieces.

Every sum that is printed beside a plan's figure is a sum of these pieces, so that checks and
reports cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from landgis.measure.tolerance import POINT_ERROR_M, survey_tolerance_m2
from landgis.landuse import canonical, expand, lineage
from landgis.schema import CROSSWALK, PARCELS, REGIONS, conform
from landgis.units import m2_to, to_decimal

MAY_BELONG = (
    "的用途、来源或方式未登记、无法识别或只登记到上级类，可能属此",
    "of missing, unknown or coarser record may belong here",
)
"""What is said of land that may count towards a figure or a rule."""

By = Literal["polygon", "recorded"]
Flags = npt.NDArray[np.bool_]


def mapped_pieces(
    crosswalk: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    regions: gpd.GeoDataFrame,
    by: By = "polygon",
    point_error_m: float = POINT_ERROR_M,
) -> pd.DataFrame:
    """Join the crosswalk with what parcels and regions say of each piece.

    Parameters
    ----------
    crosswalk, parcels, regions
        Tables of `landgis.schema`.
    by
        Which region a piece counts in. ``polygon``: the one it lies in; only a parcel recorded
        for a region that has no polygon (市直) counts there, and so not twice. ``recorded``: the
        one that the parcel is recorded for, and where it lies if it is recorded for none.
    point_error_m
        Error of a boundary point, for ``tolerance_m2``.

    Returns
    -------
    DataFrame
        A row for each row of the crosswalk, in its order and with its index: ``parcel_id``,
        ``region`` (name that the piece counts in; empty outside all regions), ``polygon``
        (name of the region that it lies in), ``category``, ``land_source``, ``supply_mode``,
        ``area_m2``, ``tolerance_m2`` (the parcel's survey tolerance times the piece's share).

    Examples
    --------
    >>> from shapely import box
    >>> square = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a"], "category": ["住宅用地"]}, geometry=[box(0, 0, 9, 9)], crs=4549)
    >>> town = gpd.GeoDataFrame(
    ...     {"region_id": ["r"], "name": ["东镇"]}, geometry=[box(0, 0, 99, 99)], crs=4549)
    >>> pairs = pd.DataFrame(
    ...     {"parcel_id": ["a"], "region_id": ["r"], "area_m2": [81.0], "share": [1.0]})
    >>> mapped_pieces(pairs, square, regions=town)[["region", "category"]].values.tolist()
    [['东镇', '住宅用地']]
    """
    pieces = conform(crosswalk, CROSSWALK)[list(CROSSWALK.names)]
    land = conform(parcels, PARCELS)
    land["tolerance_m2"] = survey_tolerance_m2(parcels, point_error_m=point_error_m)
    land = land.drop_duplicates("parcel_id").set_index("parcel_id")
    told = land.reindex(pieces["parcel_id"])
    for column in ("category", "land_source", "supply_mode", "region"):
        pieces[column] = told[column].fillna("").to_numpy()
    pieces["tolerance_m2"] = told["tolerance_m2"].fillna(0.0).to_numpy() * pieces["share"]
    names = conform(regions, REGIONS).drop_duplicates("region_id").set_index("region_id")["name"]
    pieces["polygon"] = pieces["region_id"].map(names).fillna("").astype("str")
    claimed = names if by == "recorded" else without_polygon(regions)
    recorded = pieces["region"].isin(claimed)
    pieces["region"] = pieces["region"].where(recorded, pieces["polygon"])
    return pieces


def without_polygon(regions: gpd.GeoDataFrame) -> list[str]:
    """Name the regions that have no polygon (市直), in their order.

    Examples
    --------
    >>> unit = gpd.GeoDataFrame({"region_id": ["u"], "name": ["市直"]}, geometry=[None])
    >>> without_polygon(unit)
    ['市直']
    """
    absent = regions.geometry.isna() | regions.geometry.is_empty
    return [str(name) for name in regions.loc[absent, "name"]]


def within_use(categories: Iterable[str], category: str, *, members: Iterable[str] = ()) -> Flags:
    """Tell which uses count towards a plan's figure for ``category``.

    Parameters
    ----------
    categories
        Uses of parcels, known or not.
    category
        Use of the figure; empty for all uses.
    members
        What the plan says that a composite (其他用地) is made of.

    Examples
    --------
    >>> within_use(["医疗卫生用地", "住宅用地"], "公共管理与公共服务用地").tolist()
    [True, False]
    """
    parts = _parts(category, members)
    return _each(categories, lambda use: not category or bool(parts & _lineage(use)))


def undecided_use(
    categories: Iterable[str], category: str, *, members: Iterable[str] = ()
) -> Flags:
    """Tell which uses may or may not count: those not known, and those coarser than the figure.

    A parcel of 住宅用地 may be 商品住房用地 or not; one of a code that no scheme has, anything.

    Examples
    --------
    >>> undecided_use(["住宅用地", "", "9999", "商服用地"], "商品住房用地").tolist()
    [True, True, True, False]
    """
    parts = _parts(category, members)
    coarser = {above for part in parts for above in _lineage(part)} - parts
    return _each(
        categories,
        lambda use: (
            bool(category)
            and not parts & _lineage(use)
            and (not canonical(use) or bool({use, canonical(use)} & coarser))
        ),
    )


def decimals_of(value: float) -> int:
    """Count the decimals of a number's shortest form.

    Examples
    --------
    >>> decimals_of(7.981458), decimals_of(1657.0)
    (6, 0)
    """
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def shown_area(area_m2: float, unit: str, decimals: int) -> Decimal:
    """Give a measured area as it is shown beside a plan's figure, half up.

    Parameters
    ----------
    unit
        The plan's unit.
    decimals
        Decimals of the plan's figure; a measured area is shown with two at least.

    Examples
    --------
    >>> shown_area(10_000, "亩", 0)
    Decimal('15.00')
    """
    return to_decimal(m2_to(area_m2, unit), max(decimals, 2))


def _parts(category: str, members: Iterable[str]) -> frozenset[str]:
    parts = {category, *expand(category), *members}
    return frozenset(part for part in parts | {canonical(part) for part in parts} if part)


def _lineage(use: str) -> set[str]:
    return {use, *lineage(use)} - {""}


def _each(categories: Iterable[str], test: Any) -> Flags:
    """Apply ``test`` once to each different use."""
    series = categories if isinstance(categories, pd.Series) else pd.Series(list(categories))
    codes, uses = pd.factorize(series)
    told: Flags = np.array([test(use) for use in uses], dtype=bool)[codes]
    return told
