"""What is derived from a crosswalk: sums, assignment of whole parcels, other quantities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.errors import InputError
from landgis.join.regions import Regions, ranks, take_regions
from landgis.measure import require_same_crs

By = Literal["share", "point", "recorded"]


def sum_by(
    crosswalk: pd.DataFrame,
    parcels: pd.DataFrame,
    *,
    by: Sequence[str] = ("region_id", "category"),
    parcel_id: str = "parcel_id",
) -> pd.DataFrame:
    """Sum the areas of a crosswalk by region and by columns of the parcels.

    Parameters
    ----------
    crosswalk
        Table ``crosswalk``.
    parcels
        The parcels it was made of.
    by
        Columns to sum by: ``region_id``, and any columns of the parcels.
    parcel_id
        Column of ``parcels`` with the ids.

    Returns
    -------
    DataFrame
        The columns ``by``, ``area_m2``, and ``pieces`` (how many were summed), sorted by them.

    Raises
    ------
    InputError
        If a column or a parcel is missing.

    Examples
    --------
    >>> crosswalk = pd.DataFrame(
    ...     {
    ...         "parcel_id": ["a", "a", "b"],
    ...         "region_id": ["east", "west", "west"],
    ...         "area_m2": [6.0, 4.0, 1.0],
    ...         "share": [0.6, 0.4, 1.0],
    ...     }
    ... )
    >>> parcels = pd.DataFrame({"parcel_id": ["a", "b"], "category": ["住宅用地", "住宅用地"]})
    >>> sum_by(crosswalk, parcels)["area_m2"].tolist()
    [6.0, 5.0]
    """
    wanted = [column for column in by if column not in crosswalk.columns]
    table = crosswalk.assign(**_looked_up(crosswalk, parcels, wanted, parcel_id))
    groups = table.groupby(list(by), sort=True, dropna=False, observed=True)["area_m2"]
    return groups.agg(area_m2="sum", pieces="count").reset_index()


def assign_whole(
    crosswalk: pd.DataFrame,
    parcels: pd.DataFrame | None = None,
    *,
    by: By = "share",
    regions: gpd.GeoDataFrame | None = None,
    parcel_id: str = "parcel_id",
    region_id: str = "region_id",
    recorded: str = "region",
    precedence: Sequence[str] = (),
) -> pd.DataFrame:
    """Assign every parcel whole to one region.

    Parameters
    ----------
    crosswalk
        Table ``crosswalk``, larger shares first within a parcel, as it is made.
    parcels
        The parcels; needed for ``point`` and ``recorded``.
    by
        ``share``: to the region with the largest share, what lies outside counting as one.
        ``point``: to the region of a point inside the parcel; if several hold it, to the first
        in ``precedence``, then in the layer.
        ``recorded``: to the region that the parcel's record names.
    regions
        The regions; needed for ``point``.
    parcel_id, region_id, recorded
        Columns of ``parcels`` and of ``regions`` with the ids, and the column of ``parcels``
        with the region recorded.
    precedence
        As of `landgis.join.crosswalk`; for ``point``.

    Returns
    -------
    DataFrame
        Table ``crosswalk`` with one row for each parcel, share 1.

    Examples
    --------
    >>> crosswalk = pd.DataFrame(
    ...     {
    ...         "parcel_id": ["a", "a"],
    ...         "region_id": ["east", "west"],
    ...         "area_m2": [6.0, 4.0],
    ...         "share": [0.6, 0.4],
    ...     }
    ... )
    >>> assign_whole(crosswalk)[["region_id", "area_m2", "share"]].values.tolist()
    [['east', 10.0, 1.0]]
    """
    order = crosswalk.sort_values("share", ascending=False, kind="stable")
    largest = order.drop_duplicates("parcel_id").sort_index().reset_index(drop=True)
    totals = crosswalk.groupby("parcel_id", sort=False)["area_m2"].sum()
    out = largest.assign(area_m2=largest["parcel_id"].map(totals), share=1.0)
    if by == "share":
        return out
    if by == "recorded" and parcels is not None:
        given = _looked_up(out, parcels, [recorded], parcel_id)[recorded]
        return out.assign(region_id=given.astype("str").where(given.notna(), ""))
    if by == "point" and parcels is not None and regions is not None:
        require_same_crs(parcels, regions)
        taken = take_regions(regions, region_id=region_id, precedence=precedence)
        there = _regions_at_points(gpd.GeoDataFrame(parcels), taken)
        given = _looked_up(out, parcels.assign(_there=there), ["_there"], parcel_id)["_there"]
        return out.assign(region_id=given.astype("str"))
    needed = {"recorded": "parcels", "point": "parcels, regions"}.get(by, "by")
    raise InputError(
        f"按 {by!r} 归属缺少参数 {needed}。", f"To assign by {by!r}, {needed} is needed."
    )


def _regions_at_points(parcels: gpd.GeoDataFrame, regions: Regions) -> list[str]:
    """Region at a point inside each parcel; empty where there is none."""
    first = np.argsort(ranks(regions), kind="stable")
    points = shapely.point_on_surface(parcels.geometry.to_numpy())
    point, region = shapely.STRtree(regions.shapes[first]).query(points, "intersects")
    there = np.full(len(parcels), len(first))
    np.minimum.at(there, point, region)
    names = [*regions.ids[first], ""]
    return [names[k] for k in there]


def apportion(
    crosswalk: pd.DataFrame,
    parcels: pd.DataFrame,
    *,
    extensive: Sequence[str] = (),
    intensive: Sequence[str] = (),
    categorical: Sequence[str] = (),
    weight: str = "share",
    parcel_id: str = "parcel_id",
) -> pd.DataFrame:
    """Carry quantities of parcels over to regions.

    Parameters
    ----------
    crosswalk
        Table ``crosswalk``.
    parcels
        The parcels, with the columns named below.
    extensive
        Amounts (persons, floor space, 元): a region gets the part of the amount that its weight
        is of the parcel's. Sums are those of the parcels that were joined.
    intensive
        Rates and densities (容积率, 元/m²): a region gets the mean, weighted by area.
    categorical
        Classes, compared as text: a region gets the share of its joined area that each has.
    weight
        Column of ``crosswalk`` by which amounts are split; instead of ``share`` it may hold any
        weights that sum to 1 within a parcel, as those of `landgis.join.weights.layer_weights`
        or `landgis.raster.raster_weights`; where it is missing, so is the amount.
    parcel_id
        Column of ``parcels`` with the ids.

    Returns
    -------
    DataFrame
        One row for each region (``region_id`` empty: outside), sorted. Columns as named;
        a class ``c`` of column ``use`` is column ``use=c``. A region whose amounts are all
        missing has NaN; what is missing in one parcel adds nothing to a sum, has no weight in a
        mean, and is counted in ``missing_<column>``. Parcels that could not be joined (without a
        row in ``crosswalk``) are counted there in the row of outside, which is added for them if
        need be. Where every count is 0, amounts are preserved.

    Examples
    --------
    >>> crosswalk = pd.DataFrame(
    ...     {
    ...         "parcel_id": ["a", "a", "b"],
    ...         "region_id": ["east", "west", "west"],
    ...         "area_m2": [50.0, 50.0, 150.0],
    ...         "share": [0.5, 0.5, 1.0],
    ...     }
    ... )
    >>> parcels = pd.DataFrame({"parcel_id": ["a", "b"], "persons": [10, 7], "ratio": [2, 1.0]})
    >>> table = apportion(crosswalk, parcels, extensive=["persons"], intensive=["ratio"])
    >>> table[["region_id", "persons", "ratio"]].values.tolist()
    [['east', 5.0, 2.0], ['west', 12.0, 1.25]]
    """
    columns = [*extensive, *intensive, *categorical]
    values = _looked_up(crosswalk, parcels, columns, parcel_id)
    regions = crosswalk["region_id"]
    area = crosswalk["area_m2"]
    lost = int((~parcels[parcel_id].astype("str").isin(crosswalk["parcel_id"].astype("str"))).sum())
    names = {*regions, ""} if lost else {*regions}
    out = pd.DataFrame(index=pd.Index(sorted(names), name="region_id"))
    for column in [*extensive, *intensive]:
        share = crosswalk[weight] if column in extensive else area
        known = values[column].notna() & share.notna()
        amount = values[column].astype("float64")
        total = (amount * share).groupby(regions).sum(min_count=1)
        if column in intensive:
            total = total / share.where(known).groupby(regions).sum(min_count=1)
        out[column] = total
        out[f"missing_{column}"] = _missing(known, regions, lost)
    for column in categorical:
        text = values[column].astype("str")
        known = values[column].notna() & (text != "")
        joined = area.where(known).groupby(regions).sum(min_count=1)
        for name in sorted(text[known].unique()):
            part = area.where(known & (text == name), 0.0).groupby(regions).sum()
            out[f"{column}={name}"] = part / joined
        out[f"missing_{column}"] = _missing(known, regions, lost)
    return out.reset_index()


def _missing(known: pd.Series, regions: pd.Series, lost: int) -> pd.Series:
    """Count the pieces of each region that lack a value; what was not joined counts outside."""
    missing = (~known).groupby(regions).sum()
    return missing.add(pd.Series({"": lost}), fill_value=0).astype("int64") if lost else missing


def _looked_up(
    table: pd.DataFrame, parcels: pd.DataFrame, columns: Sequence[str], parcel_id: str
) -> dict[str, pd.Series]:
    """Columns of the parcels for each row of a table."""
    missing = [column for column in [parcel_id, *columns] if column not in parcels.columns]
    if missing:
        got = "、".join(map(str, parcels.columns))
        raise InputError(
            f"宗地表缺少列 {'、'.join(missing)}（现有：{got}）。",
            f"The parcels lack {', '.join(missing)} (they have: {got}).",
        )
    index = pd.Index(parcels[parcel_id].astype("str"))
    if not index.is_unique:
        few = "、".join(index[index.duplicated()].unique()[:5])
        raise InputError(f"宗地编号重复：{few}。", f"Parcel ids are repeated: {few}.")
    rows = index.get_indexer(pd.Index(table["parcel_id"].astype("str")))
    if (rows < 0).any():
        few = "、".join(table["parcel_id"][rows < 0].unique()[:5])
        raise InputError(
            f"叠置表中的宗地不在宗地表中：{few}。", f"Parcels are not in the table: {few}."
        )
    return {c: parcels[c].take(rows).set_axis(table.index) for c in columns}
