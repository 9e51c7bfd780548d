"""Weights other than area: which part of a parcel's amount each of its pieces gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.errors import InputError
from landgis.join.overlay import crosswalk_with_findings
from landgis.join.regions import Shapes, settle, take_regions, text_ids
from landgis.measure import require_same_crs


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
    whole = _looked_up(crosswalk["parcel_id"], ids, parcels.geometry.to_numpy(), parcel_id)
    inside = (crosswalk["region_id"] != "").to_numpy()
    held = crosswalk["region_id"][inside]
    region = _looked_up(held, taken.ids, taken.shapes, region_id)
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


def _looked_up(wanted: pd.Series, ids: Shapes, shapes: Shapes, column: str) -> Shapes:
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
