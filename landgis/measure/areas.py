"""The area of any geometry, measured once for everything."""

from __future__ import annotations

from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from landgis.errors import CRSError, InputError
from landgis.measure.ellipsoid import TooWideError, area_form
from landgis.measure.outlines import Outlines
from landgis.measure.planes import by_survey, in_plane
from landgis.measure.rings import Rings
from landgis.measure.systems import require_crs, semi_axes

Floats = NDArray[np.float64]
Method = Literal["ellipsoid", "plane", "survey"]

_BLOCK = 20_000
METHODS = ("ellipsoid", "plane", "survey")


def area_m2(geometries: Any, *, crs: Any = None, method: Method = "ellipsoid") -> Any:
    """Measure areas, holes taken out and parts added.

    Parameters
    ----------
    geometries
        GeoSeries, GeoDataFrame, or an array of shapely geometries. Points and lines have no
        area. Rings may run either way round.
    crs
        Coordinate system of an array; of a GeoSeries it is known.
    method
        ``ellipsoid``: on the ellipsoid of the layer's datum (CGCS2000 unless the data say
        otherwise), edges straight in the layer's own coordinate system. ``plane``: in the
        layer's plane if that is a Gauss-Krüger plane, otherwise corners taken to the 3° zone that
        fits each geometry. ``survey``: by the formula of the land survey, to 0.01 m².

    Returns
    -------
    Series or array
        Area in m², float64: a Series ``area_m2`` with the index of a GeoSeries, an array for an
        array. NaN where the geometry is missing, 0 where it is empty.

    Raises
    ------
    CRSError
        If the coordinate system is missing, or the coordinates do not fit it.

    Notes
    -----
    In longitude and latitude an edge that spans more than 180° is taken the short way, across
    the antimeridian. A ring that goes around a pole encloses the nearer one.

    Examples
    --------
    >>> square = shapely.box(547117, 4405247, 547317, 4405447)
    >>> area_m2([square], crs=4535).round(4), area_m2([square], crs=4535, method="plane")
    (array([39997.8052]), array([40000.]))
    """
    shapes, crs, index = _shapes(geometries, crs)
    if method not in METHODS:
        raise InputError(
            f"面积算法 {method!r} 不存在，可用：{'、'.join(METHODS)}。",
            f"No such area method: {method!r}; use one of {', '.join(METHODS)}.",
        )
    measure = {"ellipsoid": _on_ellipsoid, "plane": in_plane, "survey": by_survey}[method]
    if method == "ellipsoid":  # one polynomial for the whole layer
        areas = measure(shapes, crs)
    else:  # each shape by itself: so arrays of corners stay small, in memory and in the cache
        starts = range(0, len(shapes), _BLOCK)
        blocks = [measure(shapes[i : i + _BLOCK], crs) for i in starts]
        areas = np.concatenate(blocks) if blocks else np.zeros(0)
    areas[shapely.is_missing(shapes)] = np.nan
    return areas if index is None else pd.Series(areas, index=index, name="area_m2")


def _shapes(geometries: Any, crs: Any) -> tuple[NDArray[np.object_], pyproj.CRS, Any]:
    index = None
    if isinstance(geometries, gpd.GeoDataFrame | gpd.GeoSeries):
        crs = require_crs(geometries) if geometries.crs is not None or crs is None else crs
        index = geometries.index
        geometries = geometries.geometry.array
    shapes = np.asarray(geometries, dtype=object)
    if crs is None:
        raise CRSError(
            "没有坐标系，无法量算面积：请给出 crs（如 4490）。",
            "Areas need a coordinate system: give crs (for example 4490).",
        )
    return shapes, pyproj.CRS.from_user_input(crs), index


def _on_ellipsoid(shapes: NDArray[np.object_], crs: pyproj.CRS) -> Floats:
    rings = Rings.of(shapes)
    if not len(rings.points):
        return np.zeros(len(shapes))
    outlines = Outlines.of(rings.points, rings.starts)
    try:
        form = area_form(crs, (*rings.points.min(0), *rings.points.max(0)))
    except TooWideError:
        if len(shapes) < 2:
            raise
        return _in_halves(shapes, crs)
    return rings.sum(np.abs(form.ring_areas(outlines)))


def _in_halves(shapes: NDArray[np.object_], crs: pyproj.CRS) -> Floats:
    """Measure a layer that is too wide for one polynomial, half by half."""
    bounds = shapely.bounds(shapes)
    middle = bounds[:, :2] + bounds[:, 2:]
    wider = int(np.argmax(np.nanmax(middle, axis=0) - np.nanmin(middle, axis=0)))
    order = np.argsort(middle[:, wider], kind="stable")
    areas = np.zeros(len(shapes))
    for half in (order[: len(order) // 2], order[len(order) // 2 :]):
        areas[half] = _on_ellipsoid(shapes[half], crs)
    return areas


def perimeter_m(geometries: Any, *, crs: Any = None) -> Any:
    """Measure the length of all edges in m, for telling how wide a figure is (to about 1 %).

    Parameters and result as of `area_m2`. On a plane its own unit is converted; longitude and
    latitude are scaled at the middle of the layer.

    Examples
    --------
    >>> perimeter_m([shapely.box(0, 0, 30, 10)], crs=4549)
    array([80.])
    """
    shapes, crs, index = _shapes(geometries, crs)
    unit = crs.axis_info[0].unit_conversion_factor
    if crs.is_geographic:
        rings = Rings.of(shapes)
        radius = semi_axes(crs)[0]
        middle = rings.points[:, 1].mean() * unit if len(rings.points) else 0.0
        rings = rings.moved(rings.points * unit * radius * np.array([np.cos(middle), 1.0]))
        along = np.diff(rings.points, axis=0, append=0.0)
        along[rings.starts[1:] - 1] = 0.0
        edges = np.append(np.hypot(along[:, 0], along[:, 1]), 0.0)
        lengths = rings.totals(np.add.reduceat(edges, rings.starts[:-1]))
    else:
        lengths = shapely.length(shapes) * unit
    return lengths if index is None else pd.Series(lengths, index=index, name="perimeter_m")
