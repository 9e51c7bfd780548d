"""Chapter 2 of a join: a grid that tells which boxes no border passes through.

The regions are drawn on a grid of cells. A cell that a border passes through is marked; any
other cell has one label, the region that it lies in. The marks are summed into an integral
image, so that four look-ups tell whether the box around a parcel is free of borders. If it is,
the parcel lies whole in the region of any of its cells, and no geometry need be looked at.

A second image counts the outer borders only, the edges that are not shared by two regions. A
box that none of them passes through is covered by regions without a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.measure import Flags, Floats, Integers, Rings, Shapes

Counts = NDArray[np.int32]
Keys = NDArray[np.uint64]
Cells = tuple[Integers, Integers, Integers, Integers]

OUTSIDE = -1
"""In no region."""
UNCLEAR = -2
"""A border may pass through."""
CORNERS_AT_ONCE = 200_000


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
    label: Counts
    marks: Counts
    outer: Counts

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
        columns = (boxes - np.tile(self.low, 2)[:, None]) / np.tile(self.cell, 2)[:, None]
        last = np.tile(self.label.shape[::-1], 2)[:, None] - 1.0
        inside = np.fmin(np.fmax(columns, 0.0), last)  # cells beyond, and NaN, are the outermost
        c0, r0, c1, r1 = inside.astype(np.int64)
        return c0, r0, c1, r1


def draw(shapes: Shapes, *, cells: int) -> Grid:
    """Draw regions on about ``cells`` square cells.

    Examples
    --------
    >>> grid = draw(np.array([shapely.box(0, 0, 9, 9), shapely.box(9, 0, 18, 9)]), cells=200)
    >>> boxes = np.array([[1, 1, 2, 2], [12, 1, 14, 5], [8, 1, 10, 2], [30, 30, 31, 31.0]])
    >>> grid.locate(boxes.T).tolist() == [0, 1, UNCLEAR, OUTSIDE]
    True
    """
    bounds = shapely.total_bounds(shapes)
    low, high = bounds[:2], bounds[2:]
    side = max(np.sqrt(np.prod(high - low) / cells), np.max(high - low) / cells)
    low, cell = low - 1.5 * side, np.array([side, side])
    size = tuple((np.ceil((high - low) / side).astype(np.int64) + 2)[::-1])
    marked, outer = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    inside, label = np.zeros(size, dtype=np.int32), np.zeros(size, dtype=np.int32)
    keys = []
    for edges in _blocks(shapes, low, side):
        _mark(marked, edges)
        _cross(inside, label, edges)
        keys.append(_keys(edges))
    alone = _unshared(np.concatenate(keys))
    for edges, key in zip(_blocks(shapes, low, side), keys, strict=True):
        _mark(outer, edges.take(_among(key, alone)))
    for image in (inside, label):
        np.cumsum(image, axis=1, out=image)
    label[inside == 0] = OUTSIDE
    return Grid(low, cell, label, _integral(marked | (inside > 1)), _integral(outer | (inside > 1)))


class _CellEdges(NamedTuple):
    """Edges of regions, in cells; ``turn`` is 1 where the region is on the left, else -1."""

    start: Floats
    end: Floats
    turn: Floats
    region: Integers

    def take(self, which: Flags) -> _CellEdges:
        """Choose some."""
        return _CellEdges(self.start[which], self.end[which], self.turn[which], self.region[which])


def _blocks(shapes: Shapes, low: Floats, side: float) -> Iterator[_CellEdges]:
    """Give the edges of some regions at a time, those of one region together."""
    corners = np.cumsum(shapely.get_num_coordinates(shapes))
    cuts = np.flatnonzero(np.diff(corners // CORNERS_AT_ONCE)) + 1
    for some in np.split(np.arange(len(shapes)), cuts):
        rings = Rings.of(shapes[some])
        points = (rings.points - low) / side
        edge = np.ones(len(points) - 1, dtype=bool)
        edge[rings.starts[1:-1] - 1] = False
        ring = np.repeat(np.arange(len(rings.owner)), np.diff(rings.starts))[:-1][edge]
        start, end = points[:-1][edge], points[1:][edge]
        yield _CellEdges(start, end, turn(rings)[ring], some[rings.owner[ring]])


def _integral(marked: Flags) -> Counts:
    image = np.zeros((marked.shape[0] + 1, marked.shape[1] + 1), dtype=np.int32)
    np.cumsum(np.cumsum(marked, axis=0, dtype=np.int32), axis=1, out=image[1:, 1:])
    return image


def _count(image: Counts, cells: Cells) -> Counts:
    """Count the marked cells in each range of cells."""
    c0, r0, c1, r1 = cells
    return np.asarray(image[r1 + 1, c1 + 1] - image[r0, c1 + 1] - image[r1 + 1, c0] + image[r0, c0])


def _keys(edges: _CellEdges) -> Keys:
    """Give each edge a number; the two sides of a shared one differ in the last bit only."""
    left = (edges.turn > 0)[:, None]
    ends = []
    for points in (np.where(left, edges.start, edges.end), np.where(left, edges.end, edges.start)):
        x, y = np.ascontiguousarray(points.T).view(np.uint64)
        mixed = (x * np.uint64(0x9E3779B97F4A7C15)) ^ (y * np.uint64(0xC2B2AE3D27D4EB4F))
        ends.append((mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9))
    one, last = np.uint64(1), ends[0] < ends[1]
    return np.asarray(((ends[0] + ends[1]) << one) | last.astype(np.uint64))


def _unshared(keys: Keys) -> Keys:
    """Choose the edges that do not run there and back, once for each of two regions."""
    keys.sort()
    edge = keys >> np.uint64(1)
    first = np.flatnonzero(np.diff(edge, prepend=~edge[:1]))
    count = np.diff(first, append=len(keys))
    shared = (count == 2) & (keys[first] != keys[np.minimum(first + 1, len(keys) - 1)])
    return np.asarray(keys[np.repeat(~shared, count)])


def _among(keys: Keys, some: Keys) -> Flags:
    """Tell which keys are among a few sorted ones."""
    if not len(some):
        return np.zeros(len(keys), dtype=bool)
    return np.asarray(some[np.searchsorted(some, keys).clip(max=len(some) - 1)] == keys)


def _mark(marked: Flags, edges: _CellEdges) -> None:
    """Mark every cell that an edge touches, and at times one beside it."""
    start, along = edges.start, edges.end - edges.start
    pieces = np.ceil(np.abs(along).max(1, initial=0.0)).astype(np.int64).clip(1)
    edge, step = runs(np.zeros_like(pieces), pieces)
    along = (along / pieces[:, None])[edge]
    a = start[edge] + step[:, None] * along
    (c0, r0) = np.floor(np.minimum(a, a + along) - 1e-6).astype(np.int64).T
    (c1, r1) = np.floor(np.maximum(a, a + along) + 1e-6).astype(np.int64).T
    marked[r0, c0] = True
    more = np.flatnonzero((c0 != c1) | (r0 != r1))
    for rows, columns in ((r0, c1), (r1, c0), (r1, c1)):
        marked[rows[more], columns[more]] = True


def _cross(inside: Counts, label: Counts, edges: _CellEdges) -> None:
    """Note where rows of cells, along their middle, enter and leave regions.

    Summed along each row these are the number of regions over a cell, and their positions.
    """
    start, end = edges.start, edges.end
    rows = np.ceil(np.column_stack([start[:, 1], end[:, 1]]) - 0.5).astype(np.int64)
    edge, row = runs(rows.min(1, initial=np.iinfo(np.int64).max), np.abs(rows[:, 1] - rows[:, 0]))
    slope = (end[edge, 0] - start[edge, 0]) / (end[edge, 1] - start[edge, 1])
    x = start[edge, 0] + (row + 0.5 - start[edge, 1]) * slope
    upwards = rows[edge, 1] > rows[edge, 0]
    change = (np.where(upwards, -1, 1) * edges.turn[edge]).astype(np.int32)
    column = np.ceil(x - 0.5).astype(np.int64)
    np.add.at(inside, (row, column), change)
    np.add.at(label, (row, column), change * edges.region[edge].astype(np.int32))


def runs(starts: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """List runs of numbers one after the other: which run, and the number.

    Examples
    --------
    >>> [column.tolist() for column in runs(np.array([5, 20]), np.array([3, 2]))]
    [[0, 0, 0, 1, 1], [5, 6, 7, 20, 21]]
    """
    which = np.repeat(np.arange(len(counts)), counts)
    first = starts - np.cumsum(counts) + counts
    return which, np.arange(len(which)) + first[which]


def turn(rings: Rings) -> Floats:
    """Give 1 for rings that keep their polygon on the left, -1 for the others.

    Examples
    --------
    >>> turn(Rings.of(np.array([shapely.box(0, 0, 1, 1, ccw=False)])))
    array([-1.])
    """
    return np.asarray(np.sign(rings.shoelace()) * rings.sign)
