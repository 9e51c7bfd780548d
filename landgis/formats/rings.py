"""Rings of points ↔ polygons: what is a hole, where a ring ends, where it begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

FEW_POINTS = 500
MOST_MET = 50
"""Edges that the extent of an edge may meet on average; in honest shapes it meets a few."""


def polygon_of_rings(rings: Sequence[NDArray[np.float64]]) -> shapely.Geometry | None:
    """Build a polygon from rings in any order; what is a hole is decided by containment.

    Parameters
    ----------
    rings
        Arrays (n, 2) of x, y; closed or not. Those with fewer than three points are left out.

    Returns
    -------
    Polygon or MultiPolygon
        None if no ring has three points. A ring inside an even number of others is a shell, one
        inside an odd number a hole of the smallest around it.

    Examples
    --------
    >>> square = np.array([(0, 0), (0, 9), (9, 9), (9, 0)], dtype=float)
    >>> polygon_of_rings([square / 3 + 1, square]).area
    72.0
    """
    shells = [shapely.Polygon(ring) for ring in rings if len(np.unique(ring, axis=0)) >= 3]
    if len(shells) <= 1:
        return shells[0] if shells else None
    shapes = np.array(shells, dtype=object)
    around, depth = _containment(shapes)
    polygons = []
    for position in np.flatnonzero(depth % 2 == 0):
        holes = np.flatnonzero((depth == depth[position] + 1) & (around == position))
        polygons.append(
            shapely.Polygon(shapes[position].exterior, [shapes[hole].exterior for hole in holes])
        )
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def split_rings(xy: NDArray[np.float64], labels: list[str]) -> list[NDArray[np.float64]]:
    """Cut points into rings: where the ring number changes or the ring closes."""
    rings, start = [], 0
    for end in range(1, len(xy) + 1):
        closed = end - start >= 4 and bool((xy[end - 1] == xy[start]).all())
        if end == len(xy) or labels[end] != labels[start] or closed:
            rings.append(xy[start:end])
            start = end
    return rings


def boundary_points(shape: shapely.Geometry) -> list[tuple[str, int, float, float]]:
    """List the boundary points of a polygon: label, ring, northing, easting, rings closed.

    Each ring runs clockwise from its north-west corner; coordinates have 3 decimals.

    Examples
    --------
    >>> boundary_points(shapely.box(0, 0, 2, 1))[:2]
    [('J1', 1, 1.0, 0.0), ('J2', 1, 1.0, 2.0)]
    """
    polygons = shapely.get_parts(shapely.normalize(shape))
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    points: list[tuple[str, int, float, float]] = []
    for number, ring in enumerate(rings, start=1):
        xy = _from_north_west(np.round(shapely.get_coordinates(ring), 3)).tolist()
        first = len(points) - number + 2  # closing points carry the label of the first
        labels = [f"J{first + k}" for k in range(len(xy) - 1)]
        points += [
            (label, number, y, x) for label, (x, y) in zip([*labels, labels[0]], xy, strict=True)
        ]
    return points


def _containment(shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each ring the smallest ring around it (-1 if none) and how many are around it."""
    inside, outside = shapely.STRtree(shapes).query(_inner_points(shapes), predicate="within")
    area = shapely.area(shapes)
    real = (inside != outside) & (area[outside] > area[inside])
    inside, outside = inside[real], outside[real]
    depth = np.bincount(inside, minlength=len(shapes))
    around = np.full(len(shapes), -1)
    order = np.argsort(-area[outside], kind="stable")  # the smallest is written last
    around[inside[order]] = outside[order]
    return around, depth


def _inner_points(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give a point in each ring; of rings tangled beyond repair, their first corner."""
    points = shapely.get_point(shapely.get_exterior_ring(shapes), 0)
    sound = np.array([not is_tangled(shape) for shape in shapes])
    points[sound] = shapely.point_on_surface(shapely.make_valid(shapes[sound]))
    return np.asarray(points)


def is_tangled(shape: shapely.Geometry) -> bool:
    """Tell a shape whose edges cross one another so often that no repair comes to an end.

    Examples
    --------
    >>> is_tangled(shapely.box(0, 0, 1, 1))
    False
    """
    if shapely.get_num_coordinates(shape) <= FEW_POINTS or shapely.is_valid(shape):
        return False
    corners, owner = shapely.get_coordinates(shapely.get_rings(shape), return_index=True)
    edges = np.stack([corners[:-1], corners[1:]], axis=1)[owner[:-1] == owner[1:]]
    boxes = np.concatenate([edges.min(axis=1), edges.max(axis=1)], axis=1)
    some = edges[:: max(1, len(edges) // FEW_POINTS)]
    tree = shapely.STRtree(shapely.box(*boxes.T))
    met = tree.query(shapely.linestrings(some), predicate="intersects")[0]
    return len(met) > MOST_MET * len(some)


def _from_north_west(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give a closed ring clockwise from the point nearest the north-west corner of its extent."""
    ring = xy[:-1]
    if shapely.is_ccw(shapely.LinearRing(xy)):
        ring = ring[::-1]
    corner = np.array([ring[:, 0].min(), ring[:, 1].max()])
    start = int(np.argmin(np.abs(ring - corner).sum(axis=1)))
    ring = np.roll(ring, -start, axis=0)
    return np.vstack([ring, ring[:1]])
