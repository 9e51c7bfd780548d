"""Parcels as flat arrays of coordinates, so that most of them never become geometry objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from landgis.measure import Rings, batches

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

WKB_HEADER = 13
"""Bytes before the first coordinate of a polygon of one ring: order, type, rings, points."""


@dataclass(frozen=True, eq=False)
class Figures:
    """Parcels of one block.

    Parameters
    ----------
    rings
        Their rings.
    shapes
        Builds the geometry objects of chosen positions.
    """

    rings: Rings
    shapes: Callable[[Integers], Shapes]

    @classmethod
    def of(cls, shapes: Shapes) -> Figures:
        """Take geometry objects; anything but a polygon has no rings."""
        return cls(Rings.of(shapes), lambda rows: np.asarray(shapes[rows]))

    def boxes(self) -> Floats:
        """Bounding boxes (n, 4); NaN where there are no rings."""
        rings = self.rings
        by_ring = np.empty((len(rings.owner), 4))
        for first, last in batches(rings.starts):
            some = rings.starts[first : last + 1]
            columns = np.ascontiguousarray(rings.points[some[0] : some[-1]].T)
            for place, column in enumerate(columns):
                by_ring[first:last, place] = np.minimum.reduceat(column, some[:-1] - some[0])
                by_ring[first:last, place + 2] = np.maximum.reduceat(column, some[:-1] - some[0])
        if len(rings.owner) == rings.count:
            return by_ring
        boxes = np.full((rings.count, 4), np.nan)
        np.fmin.at(boxes[:, :2], rings.owner, by_ring[:, :2])
        np.fmax.at(boxes[:, 2:], rings.owner, by_ring[:, 2:])
        return boxes

    def valid(self) -> Flags:
        """Tell which are valid: most are proven to be, and GEOS is asked about the others."""
        rings = self.rings
        valid = np.zeros(rings.count, dtype=bool)
        alone = np.bincount(rings.owner, minlength=rings.count)[rings.owner] == 1
        valid[rings.owner[alone]] = star_shaped(rings.points, rings.starts)[alone]
        rest = np.flatnonzero(~valid)
        shapes = self.shapes(rest)
        valid[rest] = np.isin(shapely.get_type_id(shapes), (3, 6)) & (
            shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
        )
        return valid


def star_shaped(points: Floats, starts: Integers) -> Flags:
    """Prove of rings that they do not cross themselves.

    A ring that runs once around the mean of its corners, always in the same direction, is simple.
    Not every simple ring does, so that False says nothing.

    Examples
    --------
    >>> square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0.0]])
    >>> bow = np.array([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0.0]])
    >>> star_shaped(np.vstack([square, bow]), np.array([0, 5, 10])).tolist()
    [True, False]
    """
    proven = np.zeros(len(starts) - 1, dtype=bool)
    for first, last in batches(starts):
        some = starts[first : last + 1] - starts[first]
        x, y = np.ascontiguousarray(points[starts[first] : starts[last]].T)
        counts = np.diff(some)
        x -= np.repeat(np.add.reduceat(x, some[:-1]) / counts, counts)
        y -= np.repeat(np.add.reduceat(y, some[:-1]) / counts, counts)
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        above = y >= 0
        around = np.append(above[1:] != above[:-1], False)
        between = some[1:-1] - 1
        around[between] = False
        left, right = np.append(cross > 0, True), np.append(cross < 0, True)
        left[between] = right[between] = True
        one_way = np.logical_and.reduceat(left, some[:-1]) | np.logical_and.reduceat(
            right, some[:-1]
        )
        proven[first:last] = one_way & (np.add.reduceat(around, some[:-1], dtype=np.int64) == 2)
    return proven


def from_wkb(wkb: pa.Array) -> tuple[Figures, Flags]:
    """Take the polygons of one ring in a column of WKB, without building geometries.

    Returns
    -------
    Figures
        Those parcels.
    array
        Which rows of the column they are; the others are for `Figures.of`.

    Examples
    --------
    >>> column = pa.array(shapely.to_wkb([shapely.box(0, 0, 1, 1), shapely.Point(0, 0)]))
    >>> figures, easy = from_wkb(column)
    >>> figures.boxes().tolist(), easy.tolist()
    ([[0.0, 0.0, 1.0, 1.0]], [True, False])
    """
    header = np.zeros((len(wkb), WKB_HEADER), dtype=np.uint8)
    length = pc.fill_null(pc.binary_length(wkb), 0).to_numpy(zero_copy_only=False)
    long = length >= WKB_HEADER
    heads = pc.binary_slice(wkb.filter(pa.array(long)), 0, WKB_HEADER)
    header[long] = _bytes(heads).reshape(-1, WKB_HEADER)
    kind = np.array([1, 3, 0, 0, 0, 1, 0, 0, 0], dtype=np.uint8)  # little-endian polygon, 1 ring
    counts = header[:, 9:].copy().view("<u4").ravel().astype(np.int64)
    easy = (header[:, :9] == kind).all(1) & (length == WKB_HEADER + 16 * counts) & (counts > 3)
    chosen = wkb if easy.all() else wkb.filter(pa.array(easy))
    body = pc.binary_slice(chosen, WKB_HEADER, int(length.max(initial=WKB_HEADER)))
    points = _bytes(body).view("<f8").reshape(-1, 2)
    starts = np.append(0, np.cumsum(counts[easy]))

    def shapes(rows: Integers) -> Shapes:
        return np.asarray(
            shapely.from_wkb(chosen.take(pa.array(rows)).to_numpy(zero_copy_only=False))
        )

    return Figures(Rings.of_shells(points, starts), shapes), easy


def _bytes(column: pa.Array) -> NDArray[np.uint8]:
    """All bytes of a binary column without nulls, one after the other."""
    wide = column.type in (pa.large_binary(), pa.large_string())
    _, ends, data = column.buffers()
    if data is None:
        return np.empty(0, dtype=np.uint8)
    offsets = np.frombuffer(ends, dtype=np.int64 if wide else np.int32)
    offsets = offsets[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(data, dtype=np.uint8)[offsets[0] : offsets[-1]]
