"""Areas of rings on the ellipsoid, without projecting a point.

Let ``w(x, y)`` be the square metres of the ellipsoid in one square unit of the layer's plane, and
``G`` its integral along y. By Green's theorem the area is ``-∮ G dx``, which is a sum over edges of
``Δx`` times the mean of ``G`` on the edge (Gauss quadrature). So areas are additive over any cut
of a figure: for longitude and latitude ``G`` is the area below the parallel, and for a projected
system it is a polynomial fitted once to the extent of the layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.polynomial import chebyshev, legendre

from landgis.errors import CRSError
from landgis.measure.rings import Outlines, batches
from landgis.measure.systems import (
    Bounds,
    Floats,
    Integers,
    bounds_text,
    describe_crs,
    geodetic_of,
    require_fit,
    semi_axes,
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
