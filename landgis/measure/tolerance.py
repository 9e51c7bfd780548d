"""How far a surveyed area may lie from the truth (界址点误差引起的面积误差)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from landgis.measure import require_crs

_BLOCK = 20_000
POINT_ERROR_M = 0.05
"""Error m_j of a boundary point (界址点) of the first grade, in m (others: 0.075, 0.10)."""


def survey_tolerance_m2(
    parcels: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    point_error_m: float = POINT_ERROR_M,
) -> pd.Series:
    """Give the tolerance of each parcel's area that follows from its boundary points.

    Parameters
    ----------
    parcels
        Polygons in any coordinate system.
    point_error_m
        Error m_j of a boundary point, in m.

    Returns
    -------
    Series
        ``tolerance_m2`` with the index of ``parcels``; 0 where there is no geometry.

    Raises
    ------
    CRSError
        If the layer has no coordinate system.

    Notes
    -----
    2·m_j·√(⅛·ΣD²), D from each point's forerunner to its follower: twice the standard error of
    the area of a polygon whose points err independently by m_j.

    Examples
    --------
    >>> square = gpd.GeoSeries([shapely.box(0, 0, 200, 200)], crs=4549)
    >>> survey_tolerance_m2(square).tolist()
    [20.0]
    """
    crs = require_crs(parcels)
    total = _in_blocks(parcels, lambda shapes: _squares(shapes, crs))
    return pd.Series(
        2 * point_error_m * np.sqrt(total / 8), index=parcels.index, name="tolerance_m2"
    )


def _squares(shapes: npt.NDArray[np.object_], crs: Any) -> npt.NDArray[np.float64]:
    """Give ΣD² of each shape."""
    rings, owner = _rings(shapes)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    starts = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]]) if len(ring) else ring
    first = np.zeros(len(points), dtype=bool)
    first[starts] = True
    # Rings are closed: the point after the last is the second of the ring, and the repeated
    # first point stands for both, so each D runs from point i-1 to point i+1 of i = 1 … last.
    here = np.flatnonzero(~first)
    after = here + 1
    ends = np.r_[starts[1:], len(points)] - 1 if len(starts) else starts
    after[np.isin(here, ends)] = starts + 1
    d2 = distances_m(points[here - 1], points[after % max(len(points), 1)], crs) ** 2
    total = np.bincount(owner[ring[here]], d2, minlength=len(shapes))
    return np.asarray(total, dtype=np.float64)


def perimeter_m(parcels: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
    """Give the length of each parcel's boundary, holes included, in m.

    Examples
    --------
    >>> perimeter_m(gpd.GeoSeries([shapely.box(0, 0, 200, 100)], crs=4549)).tolist()
    [600.0]
    """
    crs = require_crs(parcels)
    total = _in_blocks(parcels, lambda shapes: _lengths(shapes, crs))
    return pd.Series(total, index=parcels.index, name="perimeter_m")


def _lengths(shapes: npt.NDArray[np.object_], crs: Any) -> npt.NDArray[np.float64]:
    """Give the length of the rings of each shape."""
    rings, owner = _rings(shapes)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    edge = ring[1:] == ring[:-1]
    lengths = distances_m(points[:-1][edge], points[1:][edge], crs)
    total = np.bincount(owner[ring[:-1][edge]], lengths, minlength=len(shapes))
    return np.asarray(total, dtype=np.float64)


def _in_blocks(
    parcels: gpd.GeoDataFrame | gpd.GeoSeries,
    measure: Callable[[npt.NDArray[np.object_]], npt.NDArray[np.float64]],
) -> npt.NDArray[np.float64]:
    """Measure some thousand shapes at a time: their rings are objects of their own."""
    shapes = np.asarray(parcels.geometry.array, dtype=object)
    blocks = [shapes[i : i + _BLOCK] for i in range(0, len(shapes), _BLOCK)]
    return np.concatenate([np.zeros(0), *map(measure, blocks)])


def _rings(shapes: Any) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """All rings of (multi)polygons, and the position of the shape that each belongs to."""
    parts, part_owner = shapely.get_parts(np.asarray(shapes, dtype=object), return_index=True)
    rings, ring_owner = shapely.get_rings(parts, return_index=True)
    return rings, part_owner[ring_owner]


def distances_m(a: Any, b: Any, crs: Any) -> npt.NDArray[np.float64]:
    """Give the distances in m between points (n, 2) of a coordinate system.

    Examples
    --------
    >>> from pyproj import CRS
    >>> distances_m(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]]), CRS(4549)).tolist()
    [5.0]
    """
    if crs.is_geographic:
        *_, metres = crs.get_geod().inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
        return np.asarray(metres, dtype=np.float64)
    factor = crs.axis_info[0].unit_conversion_factor
    return np.asarray(np.hypot(*(a - b).T) * factor, dtype=np.float64)
