"""Polygons as flat arrays of coordinates, and rings seen at once, many side by side.

Rings of the same number of corners are laid side by side, a corner a row, so that each step is
one operation on rows that fit the processor's cache. What is gathered so (extent, moments, which
are plainly simple) is all that most figures are ever asked for: `landgis.measure.areas` makes
areas of the moments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.measure.systems import Flags, Floats, Integers


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
            starts, one = np.append(0, np.cumsum(counts)), len(shapes)
            points = shapely.get_coordinates(shapes)
            return cls(points, starts, np.ones(one), np.arange(one), one)
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

    def sum(self, ring_areas: Floats) -> Floats:
        """Add the areas of rings up to the areas of their geometries."""
        return self.totals(self.sign * ring_areas)

    def totals(self, values: Floats) -> Floats:
        """Add values of rings up by geometry."""
        return np.bincount(self.owner, values, minlength=self.count).astype(np.float64)

    def shoelace(self) -> Floats:
        """Signed plane area of each ring, taken from its own first corner."""
        if not len(self.points):
            return np.zeros(len(self.starts) - 1)
        first = np.repeat(self.points[self.starts[:-1]], np.diff(self.starts), axis=0)
        x, y = (self.points - first).T
        cross = np.append(x[:-1] * y[1:] - x[1:] * y[:-1], 0.0)
        cross[self.starts[1:] - 1] = 0.0
        return np.asarray(np.add.reduceat(cross, self.starts[:-1]) / 2)

    def moved(self, points: Floats) -> Rings:
        """Give the same rings other coordinates."""
        return Rings(points, self.starts, self.sign, self.owner, self.count)


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


Bytes = NDArray[np.uint8]

POINT = 16
"""Bytes of a corner."""
CORNERS_AT_ONCE = 16_384
FEW_RINGS = 32
"""So few rings of the same number of corners are laid beside somewhat longer ones."""


@dataclass(frozen=True, eq=False)
class Outlines:
    """Rings, and what one look at their corners tells.

    Parameters
    ----------
    data, offsets, counts
        Bytes that hold the corners, two little-endian float64 each; the byte at which each ring
        starts; and its number of corners, the first repeated at the end.
    boxes
        Extents (4, n): xmin, ymin, xmax, ymax.
    centre
        Mean of the corners (2, n); moments are taken around it.
    moments
        Integrals (6, n) of 1, u, v, u², uv and v² over what the ring encloses, in units of the
        layer; negative if it runs clockwise.
    simple
        Whether the ring is proven not to cross itself: it runs once around its centre, always
        in the same direction. Not every simple ring does, so that False says nothing.
    """

    data: Bytes
    offsets: Integers
    counts: Integers
    boxes: Floats
    centre: Floats
    moments: Floats
    simple: Flags

    @classmethod
    def of(cls, points: Floats, starts: Integers) -> Outlines:
        """Look at closed rings in a flat array of corners.

        Examples
        --------
        >>> square = np.array([[0, 0], [2, 0], [2, 2], [0, 2], [0, 0.0]])
        >>> bow = np.array([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0.0]])
        >>> seen = Outlines.of(np.vstack([square, bow]), np.array([0, 5, 10]))
        >>> seen.moments[0].tolist(), seen.simple.tolist()
        ([4.0, 0.0], [True, False])
        """
        data = np.ascontiguousarray(points, dtype="<f8").view(np.uint8).ravel()
        return cls.seen(data, POINT * starts[:-1], np.diff(starts))

    @classmethod
    def seen(cls, data: Bytes, offsets: Integers, counts: Integers) -> Outlines:
        """Look at closed rings wherever they stand in ``data``."""
        count = len(counts)
        order, groups = _alike(counts)
        boxes, centre, moments = np.empty((4, count)), np.empty((2, count)), np.empty((6, count))
        simple = np.empty(count, dtype=bool)
        with np.errstate(invalid="ignore", over="ignore"):  # corners may be anything
            for group in groups:
                some = order[group]
                corners = _side_by_side(data, offsets[some], counts[some])
                boxes[:2, group], boxes[2:, group] = corners.min(1), corners.max(1)
                centre[:, group] = corners.mean(1)
                u, v = corners - centre[:, None, group]
                moments[:, group], simple[group] = _moments(u, v, counts[some])
        back = np.empty(count, dtype=np.int64)
        back[order] = np.arange(count)
        return cls(
            data,
            offsets,
            counts,
            *(np.take(table, back, axis=-1) for table in (boxes, centre, moments, simple)),
        )

    def flat(self, rings: Integers) -> tuple[Floats, Integers]:
        """Give the corners (n, 2) of some rings, one ring after the other, and their starts."""
        starts = np.append(0, np.cumsum(self.counts[rings]))
        step = np.arange(starts[-1]) - np.repeat(starts[:-1], self.counts[rings])
        bytes_at = np.repeat(self.offsets[rings], self.counts[rings]) + POINT * step
        return items(self.data, POINT, bytes_at).view("<f8").reshape(-1, 2), starts


def _alike(counts: Integers) -> tuple[Integers, list[slice]]:
    """Sort rings by their number of corners, and group them: no more than fit the cache."""
    narrow = counts.astype(np.uint16) if counts.max(initial=0) < 2**16 else counts
    order = np.argsort(narrow, kind="stable")  # much quicker on narrow numbers
    sorted_counts = counts[order]
    groups, first = [], 0
    while first < len(order):
        fewest = sorted_counts[first]
        end = int(np.searchsorted(sorted_counts, fewest, side="right"))
        if end - first < FEW_RINGS:
            end = int(np.searchsorted(sorted_counts, fewest + fewest // 4, side="right"))
        end = min(end, first + max(CORNERS_AT_ONCE // int(sorted_counts[end - 1]), 1))
        groups.append(slice(first, end))
        first = end
    return order, groups


def _side_by_side(data: Bytes, offsets: Integers, counts: Integers) -> Floats:
    """Lay rings side by side (2, corner, ring); shorter ones stay on their last corner."""
    most = int(counts.max())
    if (counts == most).all():
        rows = items(data, POINT * most, offsets)
    else:
        step = np.minimum(np.arange(most), counts[:, None] - 1)
        rows = items(data, POINT, offsets[:, None] + POINT * step)
    corners = rows.view("<f8").reshape(len(counts), most, 2)
    return np.ascontiguousarray(corners.transpose(2, 1, 0))


def items(data: Bytes, size: int, starts: Integers) -> NDArray[np.void]:
    """Copy out the ``size`` bytes at each of many starts.

    Examples
    --------
    >>> items(np.arange(5, dtype=np.uint8), 2, np.array([3, 0])).view(np.uint8).tolist()
    [3, 4, 0, 1]
    """
    if not starts.size:
        return np.empty(starts.shape, dtype=f"V{size}")
    return np.ndarray(len(data) - size + 1, f"V{size}", data, strides=(1,))[starts]


def _moments(u: Floats, v: Floats, counts: Integers) -> tuple[Floats, Flags]:
    """Moments (6, ring) of rings side by side, and which run once around the origin.

    Each edge spans a triangle with the origin, ``cross`` twice its area; over a triangle the
    mean of a square is known from its corners. ``both`` is the two triangles at a corner.
    """
    cross = u[:-1] * v[1:]
    cross -= u[1:] * v[:-1]
    both = cross.copy()
    both[1:] += cross[:-1]
    both[0] += cross[-1]
    u0, v0, u1, v1 = u[:-1], v[:-1], u[1:], v[1:]
    moments = np.stack(
        [
            cross.sum(0) / 2,
            _sum(both, u0) / 6,
            _sum(both, v0) / 6,
            (_sum(both, u0, u0) + _sum(cross, u0, u1)) / 12,
            (2 * _sum(both, u0, v0) + _sum(cross, u0, v1) + _sum(cross, u1, v0)) / 24,
            (_sum(both, v0, v0) + _sum(cross, v0, v1)) / 12,
        ]
    )
    if counts[0] != counts[-1]:  # rows of rings that stay on their last corner do not count
        cross = np.where(np.arange(len(cross))[:, None] < counts - 1, cross, cross[0])
    above = v >= 0
    turns = (above[1:] != above[:-1]).sum(0, dtype=np.uint8 if len(u) < 2**8 else np.uint32)
    return moments, (turns == 2) & ((cross.min(0) > 0) | (cross.max(0) < 0))


def _sum(*factors: Floats) -> Floats:
    """Sum products over the corners, without a copy of them."""
    return np.asarray(np.einsum(",".join(["kn"] * len(factors)) + "->n", *factors))
