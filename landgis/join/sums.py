"""What is derived from a crosswalk: sums, whole parcels assigned, other quantities, weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.errors import InputError
from landgis.join.overlay import crosswalk_with_findings
from landgis.join.regions import Regions, ranks, settle, take_regions, text_ids
from landgis.measure import Shapes, require_same_crs

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
        weights that sum to 1 within a parcel, as those of `landgis.join.sums.layer_weights`
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


# ---------------------------------------------------------------- weights other than area


def cut_pieces(
    crosswalk: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    regions: gpd.GeoDataFrame,
    parcel_id: str = "parcel_id",
    region_id: str = "region_id",
    precedence: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """Cut out the geometry of each row of a crosswalk.

    Parameters
    ----------
    crosswalk
        Table ``crosswalk`` of these parcels and regions.
    regions
        The regions.
    parcel_id, region_id
        Columns with the ids.
    precedence
        As the crosswalk was made with, so that the pieces are those that it measured.

    Returns
    -------
    GeoDataFrame
        ``parcel_id``, ``region_id`` and the piece, with the index of ``crosswalk``. What lies
        in no region is the parcel less the regions it has other rows for.

    Raises
    ------
    InputError
        If a parcel or region of the crosswalk is not there, or as of `landgis.join.crosswalk`.

    Examples
    --------
    >>> from landgis.join import crosswalk
    >>> box = shapely.box
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=[box(0, 0, 3, 1)], crs=4549)
    >>> regions = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[box(0, 0, 2, 1)], crs=4549)
    >>> pieces = cut_pieces(crosswalk(parcels, regions), parcels, regions=regions)
    >>> pieces.area.tolist()
    [2.0, 1.0]
    """
    crs = require_same_crs(parcels, regions)
    taken = settle(take_regions(regions, region_id=region_id, precedence=precedence))
    ids = text_ids(parcels, parcel_id, "parcels")
    whole = _shapes_of(crosswalk["parcel_id"], ids, parcels.geometry.to_numpy(), parcel_id)
    inside = (crosswalk["region_id"] != "").to_numpy()
    held = crosswalk["region_id"][inside]
    region = _shapes_of(held, taken.ids, taken.shapes, region_id)
    shapes = whole.copy()
    shapes[inside] = shapely.intersection(whole[inside], region)
    pieces = pd.Series(shapes[inside], dtype="object")
    by_parcel = pieces.groupby(crosswalk.loc[inside, "parcel_id"].to_numpy())
    union = by_parcel.agg(_united)
    beside = union.reindex(crosswalk.loc[~inside, "parcel_id"]).to_numpy()
    rest = shapely.difference(whole[~inside], beside)
    shapes[~inside] = np.where(shapely.is_missing(beside), whole[~inside], rest)
    names = crosswalk[["parcel_id", "region_id"]]
    return gpd.GeoDataFrame(names, geometry=_polygons(shapes), crs=crs)


def _united(some: Any) -> Any:
    return shapely.union_all(np.asarray(some, dtype=object))


def _shapes_of(wanted: pd.Series, ids: Shapes, shapes: Shapes, column: str) -> Shapes:
    rows = pd.Index(ids).get_indexer(pd.Index(wanted))
    if (rows < 0).any():
        few = "、".join(wanted[rows < 0].unique()[:5])
        raise InputError(
            f"叠置表中的 {few} 不在图层的 {column} 列中。",
            f"{few} of the crosswalk are not in column {column} of the layer.",
        )
    return np.asarray(shapes[rows], dtype=object)


def _polygons(shapes: Shapes) -> Shapes:
    """Leave out the lines and points in which a parcel touches a region."""
    out = shapes.copy()
    for k in np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = shapely.get_parts(shapes[k])
        out[k] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return out


def layer_weights(
    crosswalk: pd.DataFrame, pieces: gpd.GeoDataFrame, *, layer: gpd.GeoDataFrame, value: str
) -> pd.Series:
    """Weigh the pieces of a crosswalk by a second layer, instead of by area (dasymetric).

    Parameters
    ----------
    crosswalk
        Table ``crosswalk``.
    pieces
        Geometry of each row, as `cut_pieces` gives it.
    layer
        Polygons (building footprints, say) in the same coordinate system. One that lies on a
        border is split by area.
    value
        Column of ``layer`` with amounts (floor space, dwellings), none below 0.

    Returns
    -------
    Series
        ``weight``, with the index of ``crosswalk``: a piece's part of the amount in its parcel.
        Weights of a parcel sum to 1, so that sums are preserved. A parcel without any amount
        keeps its shares of area; one that holds a polygon whose value is missing has NaN, for
        which `landgis.join.sums.apportion` gives nothing and counts the parcel as missing.

    Raises
    ------
    InputError
        If polygons are invalid, a value is negative or infinite, or parcels overlap each other.

    Examples
    --------
    >>> from landgis.join import apportion, crosswalk
    >>> box = shapely.box
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=[box(0, 0, 4, 1)], crs=4549)
    >>> parcels["persons"] = 100
    >>> halves = [box(0, 0, 2, 1), box(2, 0, 4, 1)]
    >>> regions = gpd.GeoDataFrame({"region_id": ["w", "e"]}, geometry=halves, crs=4549)
    >>> houses = gpd.GeoDataFrame({"floors": [3]}, geometry=[box(2.5, 0, 3.5, 1)], crs=4549)
    >>> table = crosswalk(parcels, regions)
    >>> pieces = cut_pieces(table, parcels, regions=regions)
    >>> table["weight"] = layer_weights(table, pieces, layer=houses, value="floors")
    >>> apportion(table, parcels, extensive=["persons"], weight="weight")["persons"].tolist()
    [100.0, 0.0]
    """
    require_same_crs(layer, pieces)
    values = _values(layer, value)
    names = _escaped(crosswalk["parcel_id"]) + "·" + _escaped(crosswalk["region_id"])
    zones = gpd.GeoDataFrame({"region_id": names}, geometry=pieces.geometry)
    things = gpd.GeoDataFrame(
        {"parcel_id": [str(k) for k in range(len(layer))]},
        geometry=layer.geometry.to_numpy(),
        crs=layer.crs,
    )
    split, findings = crosswalk_with_findings(things, zones)
    wrong = findings[findings["check"] == "join.geometry"]
    if len(wrong):
        first = wrong["subject"].iloc[0]
        raise InputError(
            f"权重图层有 {len(wrong)} 个图形不能用，最前的在第 {first} 行：请先修复。",
            f"{len(wrong)} shapes of the layer of weights cannot be used, the first in row "
            f"{first}: repair them first.",
        )
    amounts = values[split["parcel_id"].astype("int64")] * split["share"]
    parts = pd.DataFrame({"piece": split["region_id"], "amount": amounts})
    pieces_of = parts.groupby("piece")["amount"]
    known = pieces_of.sum().where(pieces_of.count() == pieces_of.size())
    amount = known.reindex(names, fill_value=0.0).set_axis(crosswalk.index)
    return weights_of(amount, crosswalk)


def _values(layer: gpd.GeoDataFrame, column: str) -> np.ndarray:
    """Take a column of numbers, none of them infinite; NaN where there is none."""
    values = np.asarray(layer[column].to_numpy("float64", na_value=np.nan))
    endless = np.flatnonzero(np.isinf(values))
    if len(endless):
        raise InputError(
            f"权重图层的 {column} 列有 {len(endless)} 个无穷大，最前的在第 {endless[0]} 行："
            "请改正或留空。",
            f"Column {column} of the layer of weights has {len(endless)} infinite values, the "
            f"first in row {endless[0]}: mend them or leave them empty.",
        )
    return values


def _escaped(ids: pd.Series) -> pd.Series:
    """Mark the dots in ids, so that a dot between two of them is no part of either."""
    return ids.str.replace("\\", "\\\\", regex=False).str.replace("·", "\\·", regex=False)


def weights_of(amount: pd.Series, crosswalk: pd.DataFrame) -> pd.Series:
    """Turn amounts in the pieces of a crosswalk into weights that sum to 1 in each parcel.

    Parameters
    ----------
    amount
        Amounts, with the index of ``crosswalk``; NaN if it is not known.

    Returns
    -------
    Series
        ``weight``; NaN in a parcel with a piece whose amount is not known.

    Raises
    ------
    InputError
        If an amount is negative or infinite.

    Examples
    --------
    >>> table = pd.DataFrame({"parcel_id": ["a", "a"], "share": [0.9, 0.1]})
    >>> weights_of(pd.Series([1.0, 3.0]), table).tolist()
    [0.25, 0.75]
    """
    if (amount < 0).any() or np.isinf(amount).any():
        raise InputError("权重不能为负或无穷大。", "Weights cannot be negative or infinite.")
    parcels = amount.groupby(crosswalk["parcel_id"])
    total = parcels.transform("sum")
    weight = (amount / total).where(total > 0, crosswalk["share"])
    return weight.mask(amount.isna().groupby(crosswalk["parcel_id"]).transform("any")).rename(
        "weight"
    )
