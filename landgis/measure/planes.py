"""Areas as they are recorded: in the 3° plane, and by the formula of the land survey."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from landgis.measure.rings import Rings
from landgis.measure.systems import (
    gauss_kruger,
    geodetic_of,
    is_gauss_kruger,
    transformed,
    zone_of,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SURVEY_STEP_M = 70.0
"""Edges longer than this are cut before the survey's formula is applied."""


def in_plane(shapes: NDArray[np.object_], crs: pyproj.CRS) -> Floats:
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


def by_survey(shapes: NDArray[np.object_], crs: pyproj.CRS) -> Floats:
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


def _by_zone(shapes: NDArray[np.object_], crs: pyproj.CRS) -> list[tuple[int, NDArray[np.bool_]]]:
    """Which geometries lie in which 3° zone, by the middle of their extents."""
    if is_gauss_kruger(crs):
        return [(0, np.ones(len(shapes), dtype=bool))]
    bounds = shapely.bounds(shapes)
    middle = np.column_stack([bounds[:, 0] + bounds[:, 2], bounds[:, 1] + bounds[:, 3]]) / 2
    there = np.isfinite(middle).all(1)
    zones = np.zeros(len(shapes), dtype=np.int64)
    zones[there] = zone_of(transformed(middle[there], crs, geodetic_of(crs))[:, 0])
    return [(int(zone), there & (zones == zone)) for zone in np.unique(zones[there])]
