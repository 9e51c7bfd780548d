"""Rasters and regions: zonal statistics, and weights other than area for a crosswalk."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import rasterio.features
import rasterio.windows
from numpy.typing import NDArray

from landgis.errors import CRSError, InputError
from landgis.join.weights import weights_of
from landgis.measure import describe_crs, require_crs

STATISTICS = ("count", "sum", "mean", "min", "max")


def zonal_statistics(zones: gpd.GeoDataFrame, raster: str | Path, *, band: int = 1) -> pd.DataFrame:
    """Summarise the cells of a raster whose middle lies in each zone.

    Parameters
    ----------
    zones
        Polygons in the coordinate system of the raster.
    raster
        File that rasterio reads.
    band
        Band to read, from 1.

    Returns
    -------
    DataFrame
        ``count`` of cells with a value, their ``sum``, ``mean``, ``min``, ``max``, one row for
        each zone with its index. NaN where no cell with a value has its middle in the zone.

    Raises
    ------
    CRSError
        If the coordinate systems differ or one is missing.

    Examples
    --------
    >>> import tempfile
    >>> from shapely import box
    >>> zones = gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(0, 0, 2, 1)], crs=4549)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "r.tif")
    ...     options = dict(width=2, height=2, count=1, dtype="float64", crs="EPSG:4549")
    ...     place = rasterio.Affine(1, 0, 0, 0, -1, 2)
    ...     with rasterio.open(file, "w", transform=place, **options) as raster:
    ...         raster.write(np.array([[1.0, 2.0], [3.0, 4.0]]), 1)
    ...     zonal_statistics(zones, file)[["count", "sum", "mean"]].values.tolist()
    [[2.0, 7.0, 3.5]]
    """
    rows = [_summary(values) for values in _values_in(zones, raster, band)]
    return pd.DataFrame(rows, index=zones.index, columns=list(STATISTICS), dtype="float64")


def raster_weights(
    crosswalk: pd.DataFrame, pieces: gpd.GeoDataFrame, raster: str | Path, *, band: int = 1
) -> pd.Series:
    """Weigh the pieces of a crosswalk by a raster, say of population, instead of area.

    Parameters
    ----------
    crosswalk
        Table ``crosswalk``.
    pieces
        Geometry of each row, as `landgis.join.weights.cut_pieces` gives it, in the system of
        the raster.
    raster, band
        As of `zonal_statistics`; cells are amounts, none below 0.

    Returns
    -------
    Series
        ``weight``, with the index of ``crosswalk``: a piece's part of the amount in its parcel,
        which is the sum of the cells whose middle lies in the piece. Weights of a parcel sum to
        1. What the raster does not know stays so: a parcel that holds a cell without data, or
        that lies in the raster with one part and more than half a cell beyond it with another,
        has NaN, for which `landgis.join.sums.apportion` gives nothing and counts the parcel as
        missing. A parcel whose cells are all 0, or that holds no cell at all (too small, or
        wholly beyond the raster), keeps its shares of area.

    Raises
    ------
    CRSError
        As `zonal_statistics`.
    InputError
        If a sum is negative, or ``pieces`` has another index than ``crosswalk``.

    Examples
    --------
    See `landgis.join.sums.apportion`, which takes the weights as a column.
    """
    if not crosswalk.index.equals(pieces.index):
        raise InputError(
            "pieces 的索引应与 crosswalk 相同。", "pieces must have the index of the crosswalk."
        )
    cells = _values_in(pieces, raster, band)
    amount = pd.Series([values.sum() for values in cells], index=pieces.index, dtype="float64")
    holds = pd.Series([len(values) > 0 for values in cells], index=pieces.index)
    met = holds.groupby(crosswalk["parcel_id"]).transform("any")
    return weights_of(amount.mask(met & _beyond(pieces, raster)), crosswalk)


def _beyond(zones: gpd.GeoDataFrame, raster: str | Path) -> pd.Series:
    """Tell which zones reach so far beyond the raster that a cell there could be theirs."""
    with rasterio.open(raster) as source:
        left, bottom, right, top = source.bounds
        width, height = np.array(source.res) / 2
    box = zones.bounds
    across = (box["minx"] < left - width) | (box["maxx"] > right + width)
    return across | (box["miny"] < bottom - height) | (box["maxy"] > top + height)


def _values_in(zones: gpd.GeoDataFrame, raster: str | Path, band: int) -> list[NDArray[np.float64]]:
    """Values of the cells in each zone, NaN for those without data."""
    crs = require_crs(zones, name=" zones ")
    out = []
    with rasterio.open(raster) as source:
        theirs = None if source.crs is None else source.crs.to_wkt()
        if theirs is None or crs != theirs:
            raise CRSError(
                f"面图层与栅格坐标系不同：{describe_crs(crs)} 与 {describe_crs(theirs)}。",
                f"Zones and raster differ in coordinate system: {describe_crs(crs, 'en')} and "
                f"{describe_crs(theirs, 'en')}.",
            )
        for shape in zones.geometry:
            if shape is None or shape.is_empty or not _meets(shape.bounds, source.bounds):
                out.append(np.empty(0))
                continue
            window, place = _window(source, shape.bounds)
            values = source.read(band, window=window, masked=True).astype("float64")
            inside = rasterio.features.geometry_mask([shape], values.shape, place, invert=True)
            found = values[inside].filled(np.nan)
            out.append(np.where(np.isfinite(found), found, np.nan))
    return out


def _window(
    source: rasterio.DatasetReader, bounds: tuple[float, float, float, float]
) -> tuple[rasterio.windows.Window, rasterio.Affine]:
    """Cells that an extent touches, and where they lie. Rasters run from north to south."""
    t = source.transform
    if t.b or t.d or t.a <= 0 or t.e >= 0:
        raise InputError(
            "栅格有旋转或倒置，请先重采样为正北方向。",
            "The raster is rotated or upside down: warp it to north-up first.",
        )
    columns = np.clip(((bounds[0] - t.c) / t.a, (bounds[2] - t.c) / t.a), 0, source.width)
    rows = np.clip(((bounds[3] - t.f) / t.e, (bounds[1] - t.f) / t.e), 0, source.height)
    column, row = int(columns[0]), int(rows[0])
    size = int(np.ceil(columns[1])) - column, int(np.ceil(rows[1])) - row
    place = rasterio.Affine(t.a, 0, t.c + column * t.a, 0, t.e, t.f + row * t.e)
    return rasterio.windows.Window(column, row, *size), place


def _meets(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _summary(values: NDArray[np.float64]) -> tuple[float, ...]:
    values = values[~np.isnan(values)]
    if not len(values):
        return (0.0, np.nan, np.nan, np.nan, np.nan)
    return (float(len(values)), values.sum(), values.mean(), values.min(), values.max())
