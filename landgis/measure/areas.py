"""The area of any geometry, measured once for everything; and how far a surveyed one may be off."""

from __future__ import annotations

from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from landgis.errors import CRSError, InputError
from landgis.measure.ellipsoid import TooWideError, area_form
from landgis.measure.rings import Outlines, Rings
from landgis.measure.systems import (
    Flags,
    Floats,
    Integers,
    Shapes,
    gauss_kruger,
    geodetic_of,
    is_gauss_kruger,
    require_crs,
    semi_axes,
    transformed,
    zone_of,
)

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


def _shapes(geometries: Any, crs: Any) -> tuple[Shapes, pyproj.CRS, Any]:
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


def _on_ellipsoid(shapes: Shapes, crs: pyproj.CRS) -> Floats:
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


def _in_halves(shapes: Shapes, crs: pyproj.CRS) -> Floats:
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


SURVEY_STEP_M = 70.0
"""Edges longer than this are cut before the survey's formula is applied."""


def in_plane(shapes: Shapes, crs: pyproj.CRS) -> Floats:
    """Measure areas in the layer's Gauss-Krüger plane, or in the 3° zone that fits each geometry.

    Examples
    --------
    >>> in_plane(np.array([shapely.box(500_000, 3e6, 500_003, 3e6 + 2)]), pyproj.CRS(4549))
    array([6.])
    """
    rings = Rings.of(shapes)
    if is_gauss_kruger(crs):
        return rings.sum(np.abs(rings.shoelace()))
    areas = np.zeros(len(shapes))
    for zone, chosen in _by_zone(shapes, crs):
        moved = rings.moved(transformed(rings.points, crs, gauss_kruger(3.0 * zone, crs)))
        areas[chosen] = rings.sum(np.abs(moved.shoelace()))[chosen]
    return areas


def by_survey(shapes: Shapes, crs: pyproj.CRS) -> Floats:
    """Sum the survey's trapezoids between edges and a meridian (国土调查办发〔2008〕32号).

    Latitudes and longitudes are rounded to 1e-6″ and areas to 0.01 m², as the survey does.

    Examples
    --------
    >>> square = shapely.box(547117, 4405247, 547317, 4405447)
    >>> by_survey(np.array([square]), pyproj.CRS(4535))
    array([39997.8])
    """
    areas = np.zeros(len(shapes))
    for zone, chosen in _by_zone(shapes, crs):
        plane = crs if is_gauss_kruger(crs) else gauss_kruger(3.0 * zone, crs)
        rings = Rings.of(shapes[chosen])
        rings = _densified(rings.moved(transformed(rings.points, crs, plane)), SURVEY_STEP_M)
        seconds = np.round(transformed(rings.points, plane, geodetic_of(crs)) * 3600, 6)
        lonlat = np.radians(seconds / 3600)
        areas[chosen] = rings.sum(np.abs(_survey_trapezoids(lonlat, rings.starts)))
    return np.asarray(np.floor(areas * 100 + 0.5) / 100)


def _survey_trapezoids(lonlat: Floats, starts: Integers) -> Floats:
    b = 6356752.314140356
    factors = (
        1.0033640898341927,
        0.0011241893819271,
        1.69945947352e-6,
        2.71785784558e-9,
        4.35841900483e-12,
    )
    if not len(lonlat):
        return np.zeros(len(starts) - 1)
    counts = np.diff(starts)
    east = lonlat[:, 0] - np.repeat(lonlat[starts[:-1], 0], counts)
    width = (east[:-1] + east[1:]) / 2
    rise = lonlat[1:, 1] - lonlat[:-1, 1]
    middle = (lonlat[1:, 1] + lonlat[:-1, 1]) / 2
    total = np.zeros(len(rise))
    for k, factor in enumerate(factors):
        odd = 2 * k + 1
        total += (-1) ** k * factor * np.sin(odd * rise / 2) * np.cos(odd * middle)
    trapezoids = np.append(2 * b * b * width * total, 0.0)
    trapezoids[starts[1:] - 1] = 0.0
    return np.add.reduceat(trapezoids, starts[:-1])


def _densified(rings: Rings, step: float) -> Rings:
    """Insert ``int(length / step)`` points into every edge, evenly."""
    points = rings.points
    if not len(points):
        return rings
    along = np.zeros_like(points)
    along[:-1] = np.diff(points, axis=0)
    along[rings.starts[1:] - 1] = 0.0
    pieces = (np.hypot(along[:, 0], along[:, 1]) / step).astype(np.int64) + 1
    before = np.concatenate([[0], np.cumsum(pieces)])
    edge = np.repeat(np.arange(len(points)), pieces)
    t = (np.arange(before[-1]) - before[edge]) / pieces[edge]
    return Rings(
        points[edge] + t[:, None] * along[edge],
        before[rings.starts],
        rings.sign,
        rings.owner,
        rings.count,
    )


def _by_zone(shapes: Shapes, crs: pyproj.CRS) -> list[tuple[int, Flags]]:
    """Which geometries lie in which 3° zone, by the middle of their extents."""
    if is_gauss_kruger(crs):
        return [(0, np.ones(len(shapes), dtype=bool))]
    bounds = shapely.bounds(shapes)
    middle = np.column_stack([bounds[:, 0] + bounds[:, 2], bounds[:, 1] + bounds[:, 3]]) / 2
    there = np.isfinite(middle).all(1)
    zones = np.zeros(len(shapes), dtype=np.int64)
    zones[there] = zone_of(transformed(middle[there], crs, geodetic_of(crs))[:, 0])
    return [(int(zone), there & (zones == zone)) for zone in np.unique(zones[there])]


# ---------------------------------------------------------------- how far an area may be off

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


def _squares(shapes: Shapes, crs: Any) -> Floats:
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


def distances_m(a: Any, b: Any, crs: Any) -> Floats:
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
