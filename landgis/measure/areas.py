"""The area of any geometry, measured once for everything; and how far a surveyed one may be off.

On the ellipsoid no point is projected. Let ``w(x, y)`` be the square metres of the ellipsoid in one
square unit of the layer's plane, and ``G`` its integral along y. By Green's theorem the area is
``-∮ G dx``, which is a sum over edges of ``Δx`` times the mean of ``G`` on the edge (Gauss
quadrature). So areas are additive over any cut of a figure: for longitude and latitude ``G`` is the
area below the parallel, and for a projected system it is a polynomial fitted once to the extent of
the layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.polynomial import chebyshev, legendre

from landgis.errors import CRSError, InputError
from landgis.measure.rings import Outlines, Rings, batches
from landgis.measure.systems import (
    Bounds,
    Flags,
    Floats,
    Integers,
    Shapes,
    bounds_text,
    describe_crs,
    gauss_kruger,
    geodetic_of,
    is_gauss_kruger,
    require_crs,
    require_fit,
    semi_axes,
    transformed,
    zone_of,
)

Field = Callable[[Floats, Floats], Floats]

LEAST_EXTENT_M = 100_000.0
"""A polynomial is fitted to no less than this to either side: on less, rounding would show."""
FEW_NODES, MANY_NODES = legendre.leggauss(2), legendre.leggauss(8)
SHORT_M = 20_000.0
"""Edges up to this length need few nodes of quadrature."""
SMALL_M = 2_000.0
"""Over an extent up to this the density is a polynomial of second degree, to 1e-11."""
STEP_M = 1_000.0
"""The slopes of the density are taken over this distance."""


class TooWideError(CRSError):
    """An extent that no polynomial fits."""


@dataclass(frozen=True, eq=False)
class AreaForm:
    """Measures rings of one layer on the ellipsoid, without projecting a point.

    Parameters
    ----------
    below
        ``G(x, y)``: m² of the ellipsoid below the point, per unit of x.
    density
        ``w(x, y)``: m² of the ellipsoid in a square unit of the layer.
    metre
        Units of the layer to a metre, about.
    wrap
        Length of the whole circle in units of x, if x is a longitude.
    bounds
        Where it holds.
    """

    below: Field
    density: Field
    metre: float
    wrap: float | None
    bounds: Bounds

    def holds(self, bounds: Bounds) -> bool:
        """Tell whether it holds in all of an extent."""
        ours = np.array(self.bounds)
        return bool((ours[:2] <= bounds[:2]).all() and (ours[2:] >= bounds[2:]).all())

    def ring_areas(self, rings: Outlines) -> Floats:
        """Signed area in m² of each closed ring; positive if it runs anticlockwise."""
        with np.errstate(invalid="ignore", over="ignore"):  # corners may be anything
            areas = self._of_moments(rings)
            extents = (rings.boxes[2:] - rings.boxes[:2]).max(0)
            large = np.flatnonzero(~(extents <= SMALL_M * self.metre))
            areas[large] = self._along_edges(*rings.flat(large))
        return areas

    def _of_moments(self, rings: Outlines) -> Floats:
        """Areas of small rings: the density and its slopes at the centre times the moments."""
        x, y = rings.centre
        step = STEP_M * self.metre
        here, w = self.density(x, y), self.density
        east, west, north, south = w(x + step, y), w(x - step, y), w(x, y + step), w(x, y - step)
        along = east + west - 2 * here
        upwards = north + south - 2 * here
        across = w(x + step, y + step) + w(x - step, y - step) - 2 * here - along - upwards
        area, u, v, uu, uv, vv = rings.moments
        slopes = ((east - west) * u + (north - south) * v) / (2 * step)
        bends = (along * uu + across * uv + upwards * vv) / (2 * step * step)
        return np.asarray(here * area + slopes + bends)

    def _along_edges(self, points: Floats, starts: Integers) -> Floats:
        """Areas of rings of any size: the mean of ``G`` on each edge times its ``Δx``."""
        areas = np.zeros(len(starts) - 1)
        for first, last in batches(starts):
            some = starts[first : last + 1]
            batch = np.ascontiguousarray(points[some[0] : some[-1]].T)
            areas[first:last] = self._batch_areas(batch, some - some[0])
        return areas

    def _batch_areas(self, points: Floats, starts: Integers) -> Floats:
        x, y = points[:, :-1]
        dx, dy = np.diff(points)
        between = starts[1:-1] - 1  # from the end of one ring to the start of the next
        dx[between] = 0.0
        dy[between] = 0.0
        if self.wrap is not None:
            across = (np.abs(dx) > self.wrap / 2) & (np.abs(dx) < self.wrap)
            dx[across] -= np.copysign(self.wrap, dx[across])
        base = self.below(*points[:, starts[:-1]])
        if self.wrap is not None:  # around a pole, from which the area is then taken
            around = np.abs(np.add.reduceat(np.append(dx, 0.0), starts[:-1])) > self.wrap / 2
            pole = np.copysign(self.wrap / 4, points[1, starts[:-1]])
            base = np.where(around, self.below(pole, pole), base)
        mean = -np.repeat(base, np.diff(starts))
        mean[:-1] += self.edge_means(x, y, dx, dy)
        mean[:-1] *= dx
        mean[-1] = 0.0
        return -np.add.reduceat(mean, starts[:-1])

    def edge_means(self, x: Floats, y: Floats, dx: Floats, dy: Floats) -> Floats:
        """Mean of ``G`` on straight edges from (x, y) to (x + dx, y + dy)."""
        longest = max(np.abs(dx).max(initial=0.0), np.abs(dy).max(initial=0.0))
        nodes, weights = FEW_NODES if longest <= SHORT_M * self.metre else MANY_NODES
        mean = np.zeros(len(x))
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            mean += weight * self.below(x + node * dx, y + node * dy)
        return mean


def area_form(crs: pyproj.CRS, bounds: Bounds) -> AreaForm:
    """Prepare the measuring of a layer.

    Raises
    ------
    CRSError
        If the extent lies outside the coordinate system.
    """
    require_fit(crs, bounds)
    if crs.is_geographic:
        degree = crs.axis_info[0].unit_conversion_factor
        parallel = _below_parallel(crs)
        a, b = semi_axes(crs)

        def density(_: Floats, y: Floats) -> Floats:
            sine = np.sin(y * degree)
            curved = b * degree / (1 - (1 - (b / a) ** 2) * sine * sine)
            return np.asarray(curved * curved * np.cos(y * degree))

        return AreaForm(
            lambda _, y: parallel(y * degree) * degree,
            density,
            1 / (a * degree),
            2 * np.pi / degree,
            (-3 * np.pi / degree, -np.pi / 2 / degree, 3 * np.pi / degree, np.pi / 2 / degree),
        )
    unit = crs.axis_info[0].unit_conversion_factor
    low, high = np.array(bounds[:2]), np.array(bounds[2:])
    centre, half = (low + high) / 2, np.maximum((high - low) / 2, LEAST_EXTENT_M / unit)
    fields = _fitted(crs, centre, half)
    return AreaForm(*fields, 1 / unit, None, (*(centre - half), *(centre + half)))


def _below_parallel(crs: pyproj.CRS) -> Callable[[Floats], Floats]:
    """Give the area (m² per radian of longitude) from the equator to a latitude in radians.

    The series of ``∫ M N cos φ dφ`` in sin φ; eight terms reach 1e-17.
    """
    a, b = semi_axes(crs)
    e2 = 1 - (b / a) ** 2
    terms = [b * b * (k + 1) / (2 * k + 1) * e2**k for k in range(8)]

    def parallel(latitude: Floats) -> Floats:
        sine = np.sin(latitude)
        square = sine * sine
        total = np.full_like(sine, terms[-1])
        for term in terms[-2::-1]:
            total *= square
            total += term
        return total * sine

    return parallel


def _fitted(crs: pyproj.CRS, centre: Floats, half: Floats) -> tuple[Field, Field]:
    """Fit ``G(x, y)`` and ``w(x, y)`` of a projected system to an extent, to 1e-11 of the area.

    Longitude and the authalic height are interpolated at Chebyshev nodes; the product of their
    derivatives is the density ``w``; its integral along y is ``G``.
    """
    to_lonlat = pyproj.Transformer.from_crs(crs, geodetic_of(crs), always_xy=True)
    parallel = _below_parallel(crs)
    middle = to_lonlat.transform(*centre)[0]

    def east_and_height(u: Floats, v: Floats) -> tuple[Floats, Floats]:
        lon, lat = to_lonlat.transform(
            *(centre[:, None, None] + half[:, None, None] * np.meshgrid(u, v, indexing="ij"))
        )
        return np.radians((lon - middle + 180) % 360 - 180), parallel(np.radians(lat))

    between = np.linspace(-0.99, 0.99, 12)
    truth = east_and_height(between, between)
    for degree in (6, 12, 18):
        nodes = chebyshev.chebpts1(degree + 1)
        east, height = (_interpolated(values) for values in east_and_height(nodes, nodes))
        if all(
            np.abs(chebyshev.chebgrid2d(between, between, fit) - true).max() <= 2e-13 * np.ptp(true)
            for fit, true in zip((east, height), truth, strict=True)
        ):
            break
    else:
        bounds = bounds_text((*(centre - half), *(centre + half)))
        raise TooWideError(
            f"图层范围 {bounds} 对 {describe_crs(crs)} 过大，无法量算：请先转换为 EPSG:4490。",
            f"The extent {bounds} is too large for {describe_crs(crs, 'en')}: "
            "convert to EPSG:4490 first.",
        )
    slopes = [
        chebyshev.chebder(fit, axis=axis)
        for fit, axis in ((east, 0), (height, 1), (east, 1), (height, 0))
    ]
    x_x, h_y, x_y, h_x = (chebyshev.chebgrid2d(nodes, nodes, slope) for slope in slopes)
    w = _interpolated(x_x * h_y - x_y * h_x)
    return (
        _polynomial(chebyshev.chebint(w, axis=1) / half[0], centre, half),
        _polynomial(w / (half[0] * half[1]), centre, half),
    )


def _polynomial(form: Floats, centre: Floats, half: Floats) -> Field:
    """Make a function of Chebyshev coefficients (n, m) over an extent."""
    form = np.where(np.abs(form) < 2e-12 * np.abs(form).max(), 0.0, form)
    rows = [np.trim_zeros(row, "b") for row in _in_powers(_in_powers(form).T).T]
    while len(rows) > 1 and not len(rows[-1]):
        rows.pop()

    def field(x: Floats, y: Floats) -> Floats:
        u, v = (x - centre[0]) / half[0], (y - centre[1]) / half[1]
        total: Floats = np.zeros_like(u)
        for row in reversed(rows):
            total *= u
            total += _horner(row, v)
        return total

    return field


def _in_powers(form: Floats) -> Floats:
    """Turn rows of Chebyshev coefficients, lowest first, into those of powers."""
    before, now = np.zeros(len(form)), np.eye(len(form))[0]
    powers = np.outer(now, form[0])
    for row in form[1:]:
        before, now = now, (2 if before.any() else 1) * np.roll(now, 1) - before
        powers += np.outer(now, row)
    return powers


def _horner(coefficients: Floats, v: Floats) -> Floats | float:
    """Evaluate a polynomial given by its powers, lowest first."""
    if len(coefficients) < 2:
        return float(coefficients.sum())
    total: Floats = coefficients[-1] * v
    for coefficient in coefficients[-2:0:-1]:
        total += coefficient
        total *= v
    total += coefficients[0]
    return total


def _interpolated(values: Floats) -> Floats:
    """Chebyshev coefficients (n, n) of values at the Chebyshev nodes in both directions."""
    count = len(values)
    basis = chebyshev.chebvander(chebyshev.chebpts1(count), count - 1)
    basis *= np.where(np.arange(count) == 0, 1.0, 2.0) / count
    coefficients: Floats = basis.T @ values @ basis
    return coefficients


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
