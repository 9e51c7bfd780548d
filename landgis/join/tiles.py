"""Large regions cut down to what lies near a parcel: tiles made once, or a clip for each parcel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SMALL = 64
"""A region of so few corners is not worth clipping."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """Regions cut into parts of few corners, each with the position of its region."""

    parts: Shapes
    region: Integers
    tree: shapely.STRtree

    @classmethod
    def of(cls, regions: Shapes) -> Tiles:
        """Halve regions until their parts are small.

        Examples
        --------
        >>> circle = shapely.Point(0, 0).buffer(9, quad_segs=16)
        >>> tiles = Tiles.of(np.array([circle]))
        >>> len(tiles.parts), tiles.region.tolist()
        (2, [0, 0])
        """
        whole, owner = regions, np.arange(len(regions))
        parts, region = [], []
        while len(whole):
            corners, boxes = shapely.get_num_coordinates(whole), shapely.bounds(whole)
            low, high = boxes[:, :2], boxes[:, 2:]
            row, axis = np.arange(len(whole)), np.argmax(high - low, axis=1)
            middle = ((low + high) / 2)[row, axis]
            large = (corners > SMALL) & (low[row, axis] < middle) & (middle < high[row, axis])
            parts.append(whole[~large])
            region.append(owner[~large])
            near, far = boxes.copy(), boxes.copy()
            near[row, axis + 2] = far[row, axis] = middle
            halves = [_clip(whole[large], box[large]) for box in (near, far)]
            whole, owner = np.concatenate(halves), np.tile(owner[large], 2)
            there = shapely.area(whole) > 0
            whole, owner = whole[there], owner[there]
        found = np.concatenate(parts)
        return cls(found, np.concatenate(region), shapely.STRtree(found))

    def around(self, shapes: Shapes, region: Integers) -> tuple[Integers, Integers]:
        """Find the parts of its region near each parcel: which parcel, and the part."""
        parcel, part = self.tree.query(shapes)
        ours = self.region[part] == region[parcel]
        return parcel[ours], part[ours]


def clipped(regions: Shapes, boxes: Floats) -> Shapes:
    """Clip each large region to the surroundings of a parcel, whose box (n, 4) is given.

    Examples
    --------
    >>> circle = shapely.Point(0, 0).buffer(9, quad_segs=32)
    >>> clipped(np.array([circle]), np.array([[5, -5, 15, 5.0]]))[0].bounds
    (4.0, -6.0, 9.0, 6.0)
    """
    margin = 0.1 * (boxes[:, 2:] - boxes[:, :2]).max(1)
    around = boxes + margin[:, None] * np.array([-1, -1, 1, 1])
    parts, large = regions.copy(), np.flatnonzero(shapely.get_num_coordinates(regions) > SMALL)
    parts[large] = _clip(parts[large], around[large])
    return parts


def _clip(shapes: Shapes, boxes: Floats) -> Shapes:
    pairs = zip(shapes, boxes.tolist(), strict=True)
    return np.array([shapely.clip_by_rect(shape, *box) for shape, box in pairs], dtype=object)
