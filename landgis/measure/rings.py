"""Polygons as flat arrays of coordinates: rings one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


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
