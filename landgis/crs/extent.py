"""The extent of a layer: where its coordinates lie, those that lie nowhere on Earth left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

FARTHEST = 1e9
"""No coordinate on Earth is larger, in whatever system and unit."""


def finite_bounds(geometries: Any) -> Bounds | None:
    """Give the extent (xmin, ymin, xmax, ymax) of what lies on Earth at all; None if nothing does.

    Examples
    --------
    >>> finite_bounds([shapely.box(0, 0, 2, 1), shapely.Point(1e300, 0), None])
    (0.0, 0.0, 2.0, 1.0)
    """
    bounds = shapely.bounds(np.asarray(geometries, dtype=object))
    extent = _extent(bounds)
    if not np.abs(extent).max() <= FARTHEST:  # something lies nowhere: leave it out
        extent = _extent(bounds[(np.abs(bounds) <= FARTHEST).all(axis=1)])
    west, south, east, north = extent.tolist()
    return (west, south, east, north) if np.isfinite(extent).all() else None


def _extent(bounds: Floats) -> Floats:
    low = np.fmin.reduce(bounds[:, :2], axis=0, initial=np.inf)
    return np.concatenate([low, np.fmax.reduce(bounds[:, 2:], axis=0, initial=-np.inf)])
