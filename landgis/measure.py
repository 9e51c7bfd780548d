"""Areas, measured once for everything, and the coordinate systems of China.

Three areas are in use for the same parcel, and they differ by up to 0.07 %:

- ``ellipsoid``: the area on the ellipsoid of the figure whose edges are straight in the layer's
  own coordinate system. What the join sums.
- ``plane``: the area in the 3° Gauss-Krüger plane (3 度带平面面积), as parcels (宗地) are recorded.
- ``survey``: the area by the formula of the national land survey (图斑椭球面积), edges cut to
  70 m first and the result rounded to 0.01 m².

An edge is straight in the layer's own coordinate system, because that is where it was drawn and
where pieces are cut. The same corners joined by straight edges in another system are another
figure: a 10 km edge moves by metres between longitude-latitude and a Gauss-Krüger plane, one of
200 m by less than a millimetre. Densify the edges before transforming a layer where that matters.

How the ellipsoid is measured: let ``w(x, y)`` be the square metres of the ellipsoid in one square
unit of the layer's plane, and ``G`` its integral along y. By Green's theorem the area is
``-∮ G dx``, which is a sum over edges of ``Δx`` times the mean of ``G`` on the edge (Gauss
quadrature). So areas are additive over any cut of a figure, and no point is ever projected: for
longitude and latitude ``G`` is the area below the parallel, and for a projected system it is a
polynomial fitted once to the extent of the layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.polynomial import chebyshev, legendre
from numpy.typing import ArrayLike, NDArray

from landgis.errors import CRSError, InputError
from landgis.language import Lang, say

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bounds = tuple[float, float, float, float]
Method = Literal["ellipsoid", "plane", "survey"]

METHODS = ("ellipsoid", "plane", "survey")
LEAST_EXTENT_M = 100_000.0
"""A polynomial is fitted to no less than this to either side: on less, rounding would show."""
FEW_NODES, MANY_NODES = legendre.leggauss(2), legendre.leggauss(8)
"""Gauss quadrature for edges up to 20 km, and for longer ones."""
SURVEY_STEP_M = 70.0
"""Edges longer than this are cut before the survey's formula is applied."""


# ---------------------------------------------------------------- area


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
    the antimeridian. A ring around a pole is not measured.

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
    measure = {"ellipsoid": _on_ellipsoid, "plane": _in_plane, "survey": _by_survey}[method]
    areas = measure(shapes, crs)
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
    try:
        form = area_form(crs, (*rings.points.min(0), *rings.points.max(0)))
    except _TooWideError:
        if len(shapes) < 2:
            raise
        return _in_halves(shapes, crs)
    return rings.sum(np.abs(form.ring_areas(rings.points, rings.starts)))


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


class _TooWideError(CRSError):
    """An extent that no polynomial fits."""


@dataclass(frozen=True, eq=False)
class Rings:
    """The rings of many geometries as flat arrays.

    Parameters
    ----------
    points
        Coordinates (n, 2) of all rings, one after the other, each ring closed.
    starts
        Where each ring starts in ``points``, and at the end n.
    sign
        1 for a shell, -1 for a hole.
    owner
        Position of the geometry that each ring belongs to.
    count
        Number of geometries.
    """

    points: Floats
    starts: Integers
    sign: Floats
    owner: Integers
    count: int

    @classmethod
    def of(cls, shapes: NDArray[np.object_]) -> Rings:
        """Take the rings of all polygons, those inside collections too."""
        counts = shapely.get_num_coordinates(shapes)
        kinds = shapely.get_type_id(shapes)
        if (kinds == shapely.GeometryType.POLYGON).all() and (
            counts.all() and not shapely.get_num_interior_rings(shapes).any()
        ):
            starts = np.append(0, np.cumsum(counts))
            return cls.of_shells(shapely.get_coordinates(shapes), starts)
        parts, owner = shapely.get_parts(shapes, return_index=True)
        while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
            parts, inner = shapely.get_parts(parts, return_index=True)
            owner = owner[inner]
        rings, polygon = shapely.get_rings(parts, return_index=True)
        points, ring = shapely.get_coordinates(rings, return_index=True)
        starts = np.append(0, np.cumsum(np.bincount(ring, minlength=len(rings))))
        first = np.ones(len(rings), dtype=bool)
        first[1:] = polygon[1:] != polygon[:-1]
        return cls(points, starts, np.where(first, 1.0, -1.0), owner[polygon], len(shapes))

    @classmethod
    def of_shells(cls, points: Floats, starts: Integers) -> Rings:
        """Take polygons without holes, each a single ring."""
        count = len(starts) - 1
        return cls(points, starts, np.ones(count), np.arange(count), count)

    def sum(self, ring_areas: Floats) -> Floats:
        """Add the areas of rings up to the areas of their geometries."""
        return self.totals(self.sign * ring_areas)

    def totals(self, values: Floats) -> Floats:
        """Add values of rings up by geometry."""
        return np.bincount(self.owner, values, minlength=self.count).astype(np.float64)

    def moved(self, points: Floats) -> Rings:
        """Give the same rings other coordinates."""
        return Rings(points, self.starts, self.sign, self.owner, self.count)


@dataclass(frozen=True, eq=False)
class AreaForm:
    """Measures rings of one layer on the ellipsoid, without projecting a point.

    Parameters
    ----------
    below
        ``G(x, y)``: m² of the ellipsoid below the point, per unit of x.
    wrap
        Length of the whole circle in units of x, if x is a longitude.
    short
        Edges up to this length, in units of the layer, need two nodes of quadrature.
    bounds
        Where it holds.
    """

    below: Callable[[Floats, Floats], Floats]
    wrap: float | None
    short: float
    bounds: Bounds

    def holds(self, bounds: Bounds) -> bool:
        """Tell whether it holds in all of an extent."""
        ours = np.array(self.bounds)
        return bool((ours[:2] <= bounds[:2]).all() and (ours[2:] >= bounds[2:]).all())

    def ring_areas(self, points: Floats, starts: Integers) -> Floats:
        """Signed area in m² of each closed ring; positive if it runs anticlockwise."""
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
        mean = -np.repeat(self.below(*points[:, starts[:-1]]), np.diff(starts))
        mean[:-1] += self.edge_means(x, y, dx, dy)
        mean[:-1] *= dx
        mean[-1] = 0.0
        return -np.add.reduceat(mean, starts[:-1])

    def edge_means(self, x: Floats, y: Floats, dx: Floats, dy: Floats) -> Floats:
        """Mean of ``G`` on straight edges from (x, y) to (x + dx, y + dy)."""
        longest = max(np.abs(dx).max(initial=0.0), np.abs(dy).max(initial=0.0))
        nodes, weights = FEW_NODES if longest <= self.short else MANY_NODES
        mean = np.zeros(len(x))
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            mean += weight * self.below(x + node * dx, y + node * dy)
        return mean


def batches(starts: Integers, *, points: int = 16_384) -> Iterator[tuple[int, int]]:
    """Cut a run of rings into batches that fit the processor's cache.

    Parameters
    ----------
    starts
        Where each ring starts, and at the end the number of points.
    points
        Points in a batch, more only where one ring alone has more.

    Yields
    ------
    tuple
        First ring, and the one after the last.

    Examples
    --------
    >>> list(batches(np.array([0, 5, 10, 15, 20]), points=10))
    [(0, 2), (2, 4)]
    """
    first, end = 0, len(starts) - 1
    while first < end:
        last = int(np.searchsorted(starts, starts[first] + points, side="right")) - 1
        last = min(max(last, first + 1), end)
        yield first, last
        first = last


def area_form(crs: pyproj.CRS, bounds: Bounds) -> AreaForm:
    """Prepare the measuring of a layer.

    Parameters
    ----------
    crs
        Its coordinate system.
    bounds
        Its extent (xmin, ymin, xmax, ymax).

    Raises
    ------
    CRSError
        If the extent lies outside the coordinate system.
    """
    _require_fit(crs, bounds)
    if crs.is_geographic:
        degree = crs.axis_info[0].unit_conversion_factor
        parallel = _below_parallel(crs)
        everywhere = (-np.inf, -np.inf, np.inf, np.inf)
        turn = 2 * np.pi / degree
        return AreaForm(lambda _, y: parallel(y * degree) * degree, turn, 0.2, everywhere)
    unit = crs.axis_info[0].unit_conversion_factor
    low, high = np.array(bounds[:2]), np.array(bounds[2:])
    centre, half = (low + high) / 2, np.maximum((high - low) / 2, LEAST_EXTENT_M / unit)
    below = _fitted(crs, centre, half)
    return AreaForm(below, None, 20_000.0 / unit, (*(centre - half), *(centre + half)))


def _below_parallel(crs: pyproj.CRS) -> Callable[[Floats], Floats]:
    """Give the area (m² per radian of longitude) from the equator to a latitude in radians.

    The series of ``∫ M N cos φ dφ`` in sin φ; eight terms reach 1e-17.
    """
    a, b = _semi_axes(crs)
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


def _fitted(crs: pyproj.CRS, centre: Floats, half: Floats) -> Callable[[Floats, Floats], Floats]:
    """Fit ``G(x, y)`` of a projected system to an extent, to 1e-11 of the area.

    Longitude and the authalic height are interpolated at Chebyshev nodes; the product of their
    derivatives is the density ``w``; its integral along y is ``G``.
    """
    to_lonlat = pyproj.Transformer.from_crs(crs, _geodetic(crs), always_xy=True)
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
        bounds = _bounds((*(centre - half), *(centre + half)))
        raise _TooWideError(
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
    form = chebyshev.chebint(w, axis=1) / half[0]
    form[np.abs(form) < 2e-12 * np.abs(form).max()] = 0.0
    powers = np.zeros_like(form)  # from Chebyshev polynomials to powers of u and v
    for i, j in zip(*form.nonzero(), strict=True):
        along = chebyshev.cheb2poly(np.eye(i + 1)[i]), chebyshev.cheb2poly(np.eye(j + 1)[j])
        powers[: i + 1, : j + 1] += form[i, j] * np.outer(*along)
    rows = [np.trim_zeros(row, "b") for row in powers]
    while len(rows) > 1 and not len(rows[-1]):
        rows.pop()

    def below(x: Floats, y: Floats) -> Floats:
        u, v = (x - centre[0]) / half[0], (y - centre[1]) / half[1]
        total: Floats = np.zeros_like(u)
        for row in reversed(rows):
            total *= u
            total += _horner(row, v)
        return total

    return below


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
        radius = _semi_axes(crs)[0]
        middle = rings.points[:, 1].mean() * unit if len(rings.points) else 0.0
        rings = rings.moved(rings.points * unit * radius * np.array([np.cos(middle), 1.0]))
        along = np.diff(rings.points, axis=0, append=0.0)
        along[rings.starts[1:] - 1] = 0.0
        edges = np.append(np.hypot(along[:, 0], along[:, 1]), 0.0)
        lengths = rings.totals(np.add.reduceat(edges, rings.starts[:-1]))
    else:
        lengths = shapely.length(shapes) * unit
    return lengths if index is None else pd.Series(lengths, index=index, name="perimeter_m")


# ---------------------------------------------------------------- plane and survey


def _in_plane(shapes: NDArray[np.object_], crs: pyproj.CRS) -> Floats:
    rings = Rings.of(shapes)
    if is_gauss_kruger(crs):
        return rings.sum(np.abs(_shoelace(rings.points, rings.starts)))
    areas = np.zeros(len(shapes))
    for zone, chosen in _by_zone(shapes, crs):
        moved = _transformed(rings.points, crs, _gauss_kruger(3.0 * zone, crs))
        areas[chosen] = rings.sum(np.abs(_shoelace(moved, rings.starts)))[chosen]
    return areas


def _shoelace(points: Floats, starts: Integers) -> Floats:
    """Signed plane area of closed rings, each taken from its own first point."""
    if not len(points):
        return np.zeros(len(starts) - 1)
    local = points - np.repeat(points[starts[:-1]], np.diff(starts), axis=0)
    cross = np.zeros(len(points))
    cross[:-1] = local[:-1, 0] * local[1:, 1] - local[1:, 0] * local[:-1, 1]
    cross[starts[1:] - 1] = 0.0
    return np.add.reduceat(cross, starts[:-1]) / 2


def _by_survey(shapes: NDArray[np.object_], crs: pyproj.CRS) -> Floats:
    """Sum the survey's trapezoids between edges and a meridian (国土调查办发〔2008〕32号).

    Latitudes and longitudes are rounded to 1e-6″ and areas to 0.01 m², as the survey does.
    """
    areas = np.zeros(len(shapes))
    for zone, chosen in _by_zone(shapes, crs):
        plane = crs if is_gauss_kruger(crs) else _gauss_kruger(3.0 * zone, crs)
        rings = Rings.of(shapes[chosen])
        rings = _densified(rings.moved(_transformed(rings.points, crs, plane)), SURVEY_STEP_M)
        seconds = np.round(_transformed(rings.points, plane, _geodetic(crs)) * 3600, 6)
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
    zones[there] = zone_of(_transformed(middle[there], crs, _geodetic(crs))[:, 0])
    return [(int(zone), there & (zones == zone)) for zone in np.unique(zones[there])]


# ---------------------------------------------------------------- coordinate systems


def zone_of(longitude: ArrayLike) -> Any:
    """Give the number of the 3° zone (3 度带) that a longitude lies in; its meridian is 3 × it.

    Examples
    --------
    >>> int(zone_of(120.1)), zone_of([78.5, 79.6]).tolist()
    (40, [26, 27])
    """
    return np.floor((np.asarray(longitude, dtype=np.float64) + 1.5) / 3).astype(np.int64)


def gk3_epsg(zone: int, *, prefixed: bool = False) -> int:
    """Give the EPSG code of a CGCS2000 3° Gauss-Krüger plane.

    Parameters
    ----------
    zone
        25 to 45.
    prefixed
        Whether eastings carry the zone number in front (40 500 000).

    Examples
    --------
    >>> gk3_epsg(40), gk3_epsg(40, prefixed=True)
    (4549, 4528)
    """
    if not 25 <= zone <= 45:
        raise CRSError(
            f"中国没有 3 度带 {zone}（25 至 45）。",
            f"There is no 3° zone {zone} in China (25 to 45).",
        )
    return zone - 25 + (4513 if prefixed else 4534)


def is_gauss_kruger(crs: Any) -> bool:
    """Tell whether a system is a Gauss-Krüger plane: transverse Mercator at scale 1.

    A description that leaves out scale or meridian is none.

    Examples
    --------
    >>> is_gauss_kruger(4549), is_gauss_kruger(4490), is_gauss_kruger(32650)
    (True, False, False)
    """
    operation = pyproj.CRS(crs).coordinate_operation
    if operation is None or operation.method_name != "Transverse Mercator":
        return False
    values = {p.name: float(p.value) for p in operation.params}
    meridian = values.get("Longitude of natural origin", np.nan)
    return values.get("Scale factor at natural origin") == 1 and meridian % 3 == 0


def describe_crs(crs: Any, lang: Lang = "zh") -> str:
    """Name a coordinate system for a reader: its code and name.

    Examples
    --------
    >>> describe_crs(4490)
    'EPSG:4490（China Geodetic Coordinate System 2000）'
    >>> describe_crs(None, "en")
    'no coordinate system'
    """
    if crs is None:
        return say(lang, "无坐标系", "no coordinate system")
    crs = pyproj.CRS.from_user_input(crs)
    code = crs.to_epsg()
    if code is None:
        return str(crs.name)
    return say(lang, f"EPSG:{code}（{crs.name}）", f"EPSG:{code} ({crs.name})")


def require_crs(frame: Any, *, name: str = "") -> pyproj.CRS:
    """Give the coordinate system of a GeoSeries or GeoDataFrame, or refuse.

    Raises
    ------
    CRSError
        If it has none. ``name`` says which layer is meant.

    Examples
    --------
    >>> require_crs(gpd.GeoSeries([], crs=4490)).to_epsg()
    4490
    """
    if frame.crs is None:
        raise CRSError(
            f"图层{name}没有坐标系：请用 set_crs 声明（如 EPSG:4490）。",
            f"The layer {name or 'given'} has no coordinate system: declare it with set_crs.",
        )
    return pyproj.CRS.from_user_input(frame.crs)


def require_same_crs(a: Any, b: Any) -> pyproj.CRS:
    """Give the coordinate system that two layers share, or refuse.

    An ESRI description and the EPSG code of the same system count as the same.

    Raises
    ------
    CRSError
        If one has none, or they differ; the message names both.

    Examples
    --------
    >>> here = gpd.GeoSeries([], crs=4490)
    >>> require_same_crs(here, here).to_epsg()
    4490
    """
    ours, theirs = require_crs(a), require_crs(b)
    codes = {_code(ours), _code(theirs)}
    if ours != theirs and (None in codes or len(codes) > 1):
        raise CRSError(
            f"两个图层坐标系不同：{describe_crs(ours)} 与 {describe_crs(theirs)}。"
            "请先用 to_crs 转换到同一坐标系。",
            f"The layers differ in coordinate system: {describe_crs(ours, 'en')} and "
            f"{describe_crs(theirs, 'en')}. Convert one with to_crs first.",
        )
    return ours


def _code(crs: pyproj.CRS) -> int | None:
    """EPSG code; that of an ESRI description is found with little confidence only."""
    return crs.to_epsg() or crs.to_epsg(min_confidence=25)


def _geodetic(crs: pyproj.CRS) -> pyproj.CRS:
    geodetic = crs.geodetic_crs
    if geodetic is None:
        raise CRSError(
            f"{describe_crs(crs)} 是地方坐标系，与经纬度没有关系，无法量算椭球面积。",
            f"{describe_crs(crs, 'en')} is a local system without longitude and latitude.",
        )
    return geodetic.to_2d()


def _gauss_kruger(meridian: float, crs: pyproj.CRS) -> pyproj.CRS:
    """Lay the Gauss-Krüger plane around a meridian, on the datum of ``crs``."""
    a, b = _semi_axes(crs)
    return pyproj.CRS({"proj": "tmerc", "lon_0": meridian, "x_0": 500_000, "a": a, "b": b})


def _semi_axes(crs: pyproj.CRS) -> tuple[float, float]:
    ellipsoid = _geodetic(crs).ellipsoid
    if ellipsoid is None:
        raise CRSError(
            f"{describe_crs(crs)} 没有椭球。", f"{describe_crs(crs, 'en')} has no ellipsoid."
        )
    return float(ellipsoid.semi_major_metre), float(ellipsoid.semi_minor_metre)


def _transformed(points: Floats, source: pyproj.CRS, target: pyproj.CRS) -> Floats:
    """Take points between two systems of the same datum."""
    if source == target or not len(points):
        return points
    move = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return np.column_stack(move.transform(points[:, 0], points[:, 1]))


def _require_fit(crs: pyproj.CRS, bounds: Bounds) -> None:
    x = np.array([bounds[0], bounds[2], bounds[0], bounds[2]])
    y = np.array([bounds[1], bounds[3], bounds[3], bounds[1]])
    if crs.is_geographic:
        degree = np.degrees(crs.axis_info[0].unit_conversion_factor)
        fits = np.abs(x * degree).max() <= 540 and np.abs(y * degree).max() <= 90 + 1e-9
    else:
        lonlat = _transformed(np.column_stack([x, y]), crs, _geodetic(crs))
        fits = bool(np.isfinite(lonlat).all())
    if not fits:
        raise CRSError(
            f"坐标范围 {_bounds(bounds)} 不在 {describe_crs(crs)} 之内：坐标系或带号声明有误。",
            f"Coordinates {_bounds(bounds)} do not fit {describe_crs(crs, 'en')}: "
            "the system or its zone is declared wrongly.",
        )


def _bounds(bounds: Bounds) -> str:
    return "[" + ", ".join(f"{value:.8g}" for value in bounds) + "]"
