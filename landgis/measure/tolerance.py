"""How far a surveyed area may lie from the truth (界址点误差引起的面积误差)."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from landgis.measure import require_crs
from landgis.measure.rings import Rings

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
    >>> from shapely import box
    >>> square = gpd.GeoSeries([box(0, 0, 200, 200)], crs=4549)
    >>> survey_tolerance_m2(square).tolist()
    [20.0]
    """
    crs = require_crs(parcels)
    shapes = np.asarray(parcels.geometry.array, dtype=object)
    blocks = (shapes[i : i + _BLOCK] for i in range(0, len(shapes), _BLOCK))  # arrays stay small
    total = np.concatenate([np.zeros(0), *(_squares(block, crs) for block in blocks)])
    return pd.Series(
        2 * point_error_m * np.sqrt(total / 8), index=parcels.index, name="tolerance_m2"
    )


def _squares(shapes: npt.NDArray[np.object_], crs: Any) -> npt.NDArray[np.float64]:
    """Give ΣD² of each shape."""
    rings = Rings.of(shapes)
    points, starts = rings.points, rings.starts
    # Rings are closed: the point after the last is the second of the ring, and the repeated
    # first point stands for both, so each D runs from point i-1 to point i+1 of i = 1 … last.
    after = np.arange(1, len(points) + 1)
    filled = starts[1:] > starts[:-1]
    after[starts[1:][filled] - 1] = starts[:-1][filled] + 1
    here = np.delete(np.arange(len(points)), starts[:-1][filled])
    d2 = distances_m(points[here - 1], points[after[here]], crs) ** 2
    owner = np.repeat(rings.owner, np.diff(starts))[here]
    return np.bincount(owner, d2, minlength=len(shapes)).astype(np.float64)


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
