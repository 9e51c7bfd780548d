"""Large regions cut down to what lies near a parcel: tiles made once, or a clip for each parcel."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

SMALL = 64
"""A region of so few corners is not worth clipping."""
HALF = 0.4877
"""Where a region is cut in two: not in the middle, where corners of regular layers lie."""
MARGINS = (-0.0917, -0.1031, 0.1129, 0.0843)
"""What is left around a parcel, in parts of its size: different on each side, so that no border
through the parcel runs through a corner of its surroundings, where clipping is not reliable."""


@dataclass(frozen=True, eq=False)
class RegionTiles:
    """Regions cut into parts of few corners, each with the position of its region."""

    parts: Shapes
    region: Integers
    tree: shapely.STRtree

    @classmethod
    def of(cls, regions: Shapes) -> RegionTiles:
        """Halve regions until their parts are small.

        Examples
        --------
        >>> circle = shapely.Point(0, 0).buffer(9, quad_segs=16)
        >>> tiles = RegionTiles.of(np.array([circle]))
        >>> len(tiles.parts), tiles.region.tolist()
        (2, [0, 0])
        """
        whole, owner = regions, np.arange(len(regions))
        parts, region = [], []
        while len(whole):
            boxes = shapely.bounds(whole)
            row, axis = np.arange(len(whole)), np.argmax(boxes[:, 2:] - boxes[:, :2], axis=1)
            low, high = boxes[row, axis], boxes[row, axis + 2]
            cut = low + HALF * (high - low)
            near, far = boxes.copy(), boxes.copy()
            near[row, axis + 2] = far[row, axis] = cut
            halved = (shapely.get_num_coordinates(whole) > SMALL) & (low < cut) & (cut < high)
            halves = np.full((2, len(whole)), None)
            for half, box in zip(halves, (near, far), strict=True):
                half[halved] = _clip(whole[halved], box[halved])
            halved &= _add_up(whole, halves) & _worth_while(whole, halves)
            parts.append(whole[~halved])
            region.append(owner[~halved])
            whole, owner = halves[:, halved].ravel(), np.tile(owner[halved], 2)
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
    >>> clipped(np.array([circle]), np.array([[5, -5, 15, 5.0]]))[0].area < circle.area / 3
    True
    """
    size = (boxes[:, 2:] - boxes[:, :2]).max(1)
    around = boxes + size[:, None] * np.array(MARGINS)
    parts, large = regions.copy(), np.flatnonzero(shapely.get_num_coordinates(regions) > SMALL)
    near = _clip(regions[large], around[large])
    done = ~shapely.is_missing(near)
    parts[large[done]] = near[done]
    return parts


def _clip(shapes: Shapes, boxes: Floats) -> Shapes:
    """Clip to boxes; None where GEOS gives up."""
    parts = np.full(len(shapes), None)
    for k, (shape, box) in enumerate(zip(shapes, boxes.tolist(), strict=True)):
        with suppress(shapely.errors.GEOSException):
            parts[k] = shapely.clip_by_rect(shape, *box)
    return parts


def _worth_while(whole: Shapes, halves: Shapes) -> Flags:
    """Tell which halves (2, n) have not many more corners than the whole.

    Narrow strips side by side, cut across, would only double them.
    """
    before, after = shapely.get_num_coordinates(whole), shapely.get_num_coordinates(halves)
    return np.asarray(after.sum(0) < 1.5 * before)


def _add_up(whole: Shapes, halves: Shapes) -> Flags:
    """Tell which halves (2, n) add up to the whole.

    Where corners or touching holes lie on the cut, GEOS may take the wrong side of a border.
    """
    rounding = 2 * np.spacing(np.abs(shapely.bounds(whole)).max(1)) * shapely.length(whole)
    return np.asarray(np.abs(shapely.area(halves).sum(0) - shapely.area(whole)) <= rounding)
