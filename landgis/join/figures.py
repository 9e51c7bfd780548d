"""Parcels as outlines, so that most of them never become geometry objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from landgis.measure import AreaForm, Flags, Floats, Integers, Outlines, Rings, Shapes
from landgis.measure.rings import POINT, items

WKB_HEADER = 13
"""Bytes before the first coordinate of a polygon of one ring: order, type, rings, points."""


@dataclass(frozen=True, eq=False)
class Figures:
    """Parcels of one block.

    Parameters
    ----------
    outlines
        Their rings.
    sign, owner
        1 for a shell, -1 for a hole; and the position of the parcel that each ring belongs to.
    count
        Number of parcels.
    shapes
        Builds the geometry objects of chosen positions.
    """

    outlines: Outlines
    sign: Floats
    owner: Integers
    count: int
    shapes: Callable[[Integers], Shapes]

    @classmethod
    def of(cls, shapes: Shapes) -> Figures:
        """Take geometry objects; anything but a polygon has no rings."""
        polygons = shapes.copy()
        polygons[~_are_polygons(shapes)] = None
        rings = Rings.of(polygons)
        outlines = Outlines.of(rings.points, rings.starts)
        return cls(
            outlines, rings.sign, rings.owner, rings.count, lambda rows: np.asarray(shapes[rows])
        )

    def areas(self, form: AreaForm) -> Floats:
        """Areas on the ellipsoid in m²."""
        areas = self.sign * np.abs(form.ring_areas(self.outlines))
        return np.bincount(self.owner, areas, minlength=self.count).astype(np.float64)

    def boxes(self) -> Floats:
        """Extents (4, n): xmin, ymin, xmax, ymax; NaN where there are no rings."""
        if len(self.owner) == self.count:
            return self.outlines.boxes
        boxes = np.full((4, self.count), np.nan)
        for side, (box, bounds) in enumerate(zip(boxes, self.outlines.boxes, strict=True)):
            (np.fmin if side < 2 else np.fmax).at(box, self.owner, bounds)
        return boxes

    def valid(self) -> Flags:
        """Tell which are valid: most are proven to be, and GEOS is asked about the others."""
        valid = np.zeros(self.count, dtype=bool)
        alone = np.bincount(self.owner, minlength=self.count)[self.owner] == 1
        valid[self.owner[alone]] = self.outlines.simple[alone]
        rest = np.flatnonzero(~valid)
        shapes = self.shapes(rest)
        polygons = _are_polygons(shapes)
        shapes = shapes[polygons]
        valid[rest[polygons]] = shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
        return valid


def _are_polygons(shapes: Shapes) -> Flags:
    return np.isin(shapely.get_type_id(shapes), (3, 6))


def from_wkb(wkb: pa.Array) -> tuple[Figures, Flags]:
    """Take the polygons of one closed ring in a column of WKB, without building geometries.

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
    ([[0.0], [0.0], [1.0], [1.0]], [True, False])
    """
    data, offsets = _bytes(wkb)
    length = pc.fill_null(pc.binary_length(wkb), 0).to_numpy(zero_copy_only=False)
    header = np.zeros((len(wkb), WKB_HEADER), dtype=np.uint8)
    long = length >= WKB_HEADER
    header[long] = items(data, WKB_HEADER, offsets[long]).view(np.uint8).reshape(-1, WKB_HEADER)
    kind = np.array([1, 3, 0, 0, 0, 1, 0, 0, 0], dtype=np.uint8)  # little-endian polygon, 1 ring
    counts = header[:, 9:].copy().view("<u4").ravel().astype(np.int64)
    easy = (header[:, :9] == kind).all(1) & (length == WKB_HEADER + POINT * counts) & (counts > 3)
    rows = np.flatnonzero(easy)
    start = offsets[rows] + WKB_HEADER
    last = start + POINT * (counts[rows] - 1)
    ends = (items(data, POINT, corner).view("<f8").reshape(-1, 2) for corner in (start, last))
    closed = np.equal(*ends).all(1)  # corners that are no numbers are not
    easy[rows] = closed
    rows = rows[closed]

    def shapes(some: Integers) -> Shapes:
        chosen = wkb.take(pa.array(rows[some]))
        with np.errstate(invalid="ignore"):  # corners may be anything
            return np.asarray(shapely.from_wkb(chosen.to_numpy(zero_copy_only=False)))

    outlines = Outlines.seen(data, start[closed], counts[rows])
    return Figures(outlines, np.ones(len(rows)), np.arange(len(rows)), len(rows), shapes), easy


def _bytes(column: pa.Array) -> tuple[NDArray[np.uint8], Integers]:
    """All bytes of a binary column, and where each value starts."""
    wide = column.type in (pa.large_binary(), pa.large_string())
    _, ends, data = column.buffers()
    offsets = np.frombuffer(ends, dtype=np.int64 if wide else np.int32)
    starts = offsets[column.offset : column.offset + len(column)].astype(np.int64)
    return np.frombuffer(data or b"", dtype=np.uint8), starts
