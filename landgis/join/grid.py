"""Stage 2 of a large join: a grid that tells which boxes no border passes through.

The regions are drawn on a grid of cells. A cell that a border passes through is marked; any
other cell has one label, the region that it lies in. The marks are summed into an integral
image, so that four look-ups tell whether the box around a parcel is free of borders. If it is,
the parcel lies whole in the region of any of its cells, and no geometry need be looked at.

A second image counts the outer borders only, the edges that are not shared by two regions. A
box that none of them passes through is covered by regions without a gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landgis.measure import Rings

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Cells = tuple[Integers, Integers, Integers, Integers]

OUTSIDE = -1
"""In no region."""
UNCLEAR = -2
"""A border may pass through."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Regions drawn on cells.

    Parameters
    ----------
    low, cell
        Lower left corner, and width and height of a cell, in units of the layer.
    label
        For each cell (rows, columns) that no border passes through, the position of its region,
        or `OUTSIDE`. The outermost cells are outside all regions.
    marks, outer
        Number of cells below and left of each corner of the grid that a border passes through,
        and of those that an outer border does.
    """

    low: Floats
    cell: Floats
    label: NDArray[np.int32]
    marks: NDArray[np.int32]
    outer: NDArray[np.int32]

    def locate(self, boxes: Floats) -> Integers:
        """Give for each box (4, n) the region that it lies in whole, `OUTSIDE`, or `UNCLEAR`."""
        c0, r0, c1, r1 = self._cells(boxes)
        clear = _count(self.marks, (c0, r0, c1, r1)) == 0
        return np.where(clear, self.label[r0, c0], UNCLEAR)

    def covered(self, boxes: Floats) -> Flags:
        """Tell which boxes (4, n), each touching a region, regions cover without a gap."""
        return np.asarray(_count(self.outer, self._cells(boxes)) == 0)

    def _cells(self, boxes: Floats) -> Cells:
        """First and last columns and rows of boxes; beyond the grid is its outermost cell."""
        places = (boxes - np.tile(self.low, 2)[:, None]) / np.tile(self.cell, 2)[:, None]
        last = np.tile(self.label.shape[::-1], 2)[:, None] - 1.0
        inside = np.fmin(np.fmax(places, 0.0), last)  # cells beyond, and NaN, are the outermost
        c0, r0, c1, r1 = inside.astype(np.int64)
        return c0, r0, c1, r1


def draw(shapes: Shapes, *, cells: int) -> Grid:
    """Draw regions on about ``cells`` square cells.

    Examples
    --------
    >>> import shapely
    >>> grid = draw(np.array([shapely.box(0, 0, 9, 9), shapely.box(9, 0, 18, 9)]), cells=200)
    >>> boxes = np.array([[1, 1, 2, 2], [12, 1, 14, 5], [8, 1, 10, 2], [30, 30, 31, 31.0]])
    >>> grid.locate(boxes.T).tolist() == [0, 1, UNCLEAR, OUTSIDE]
    True
    """
    rings = Rings.of(shapes)
    low, high = rings.points.min(0), rings.points.max(0)
    side = max(np.sqrt(np.prod(high - low) / cells), np.max(high - low) / cells)
    count = np.ceil((high - low) / side).astype(np.int64) + 3
    low, cell = low - 1.5 * side, np.array([side, side])
    corners = (rings.points - low) / cell
    edge = np.ones(len(corners) - 1, dtype=bool)
    edge[rings.starts[1:-1] - 1] = False
    start, end = corners[:-1][edge], corners[1:][edge]
    owner = np.repeat(np.arange(len(rings.owner)), np.diff(rings.starts))[:-1][edge]
    marked = _border_cells(start, end, count)
    turns = turn(rings)[owner]
    inside, label = _fill(start, end, turns, rings.owner[owner], count)
    marked |= inside > 1
    left = (turns > 0)[:, None]
    alone = _unshared(np.where(left, start, end), np.where(left, end, start))
    outer = _border_cells(start[alone], end[alone], count) | (inside > 1)
    label[inside == 0] = OUTSIDE
    return Grid(low, cell, label, _integral(marked), _integral(outer))


def _integral(marked: Flags) -> NDArray[np.int32]:
    image = np.zeros((marked.shape[0] + 1, marked.shape[1] + 1), dtype=np.int32)
    np.cumsum(np.cumsum(marked, axis=0, dtype=np.int32), axis=1, out=image[1:, 1:])
    return image


def _count(image: NDArray[np.int32], cells: Cells) -> NDArray[np.int32]:
    """Count the marked cells in each range of cells."""
    c0, r0, c1, r1 = cells
    return np.asarray(image[r1 + 1, c1 + 1] - image[r0, c1 + 1] - image[r1 + 1, c0] + image[r0, c0])


def _unshared(start: Floats, end: Floats) -> Flags:
    """Find the edges that do not run there and back, once for each of two regions."""
    keys = []
    for points in (start, end):
        x, y = np.ascontiguousarray(points.T).view(np.uint64)
        mixed = (x * np.uint64(0x9E3779B97F4A7C15)) ^ (y * np.uint64(0xC2B2AE3D27D4EB4F))
        keys.append((mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9))
    there = np.where(keys[0] < keys[1], 1, -1)
    _, place, count = np.unique(keys[0] + keys[1], return_inverse=True, return_counts=True)
    back = np.bincount(place, there) == 0
    return np.asarray(~((count == 2) & back)[place])


def _border_cells(start: Floats, end: Floats, count: Integers) -> Flags:
    """Mark every cell that an edge touches, and at times one beside it."""
    pieces = np.ceil(np.abs(end - start).max(1)).astype(np.int64).clip(1)
    edge = np.repeat(np.arange(len(start)), pieces)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    along = ((end - start) / pieces[:, None])[edge]
    a = start[edge] + step[:, None] * along
    reach = np.stack([np.minimum(a, a + along) - 1e-6, np.maximum(a, a + along) + 1e-6])
    (c0, r0), (c1, r1) = np.floor(reach).astype(np.int64).transpose(0, 2, 1)
    marked = np.zeros(count[::-1], dtype=bool)
    for rows in (r0, r1):
        for columns in (c0, c1):
            marked[rows, columns] = True
    return marked


def _fill(
    start: Floats, end: Floats, turn: Floats, region: Integers, count: Integers
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Count the regions over the middle of each cell, and add up their positions.

    Along each row, an edge that is crossed changes both for all cells to its right.
    """
    rows = np.ceil(np.column_stack([start[:, 1], end[:, 1]]) - 0.5).astype(np.int64)
    crossed = np.abs(rows[:, 1] - rows[:, 0])
    edge = np.repeat(np.arange(len(start)), crossed)
    row = np.minimum(rows[:, 0], rows[:, 1])[edge]
    row += np.arange(len(edge)) - np.repeat(np.cumsum(crossed) - crossed, crossed)
    slope = (end[edge, 0] - start[edge, 0]) / (end[edge, 1] - start[edge, 1])
    x = start[edge, 0] + (row + 0.5 - start[edge, 1]) * slope
    change = np.where(rows[edge, 1] > rows[edge, 0], -1.0, 1.0) * turn[edge]
    cell = row * count[0] + np.ceil(x - 0.5).astype(np.int64)
    inside, label = (
        np.bincount(cell, weights, minlength=int(np.prod(count))).reshape(count[::-1])
        for weights in (change, change * region[edge])
    )
    for image in (inside, label):
        np.cumsum(image, axis=1, out=image)
        np.rint(image, out=image)
    return inside.astype(np.int32), label.astype(np.int32)


def turn(rings: Rings) -> Floats:
    """Give 1 for rings that keep their polygon on the left, -1 for the others.

    Examples
    --------
    >>> import shapely
    >>> turn(Rings.of(np.array([shapely.box(0, 0, 1, 1, ccw=False)])))
    array([-1.])
    """
    return np.asarray(np.sign(rings.shoelace()) * rings.sign)
