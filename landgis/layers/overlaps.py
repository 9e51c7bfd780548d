"""Rows against rows: identical shapes, overlaps, and gaps, judged by area.

Two polygons are compared where an index says that they meet, and judged by the area of what they
share: so identical, contained and crossing ones are all found.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from landgis.layers.flaws import Flaw, Integers, Shapes, areas_m2

OVERLAP_M2 = 0.01
_BLOCK = 5_000

_NEARLY_SAME = 0.99


def find_duplicates(
    shapes: Shapes, valid: NDArray[np.bool_], labels: Shapes
) -> tuple[Integers, list[Flaw]]:
    """Tell which valid rows are the first of their shape; name the others with their first."""
    rows = np.flatnonzero(valid)
    # only shapes with the same extent can be the same
    alike = rows[pd.DataFrame(shapely.bounds(shapes[rows])).duplicated(keep=False)]
    flat = shapely.normalize(shapely.force_2d(shapes[alike]))
    codes, _ = pd.factorize(pd.Series(shapely.to_wkb(flat), dtype=object))
    firsts = np.unique(codes, return_index=True)[1]
    later = np.ones(len(alike), dtype=bool)
    later[firsts] = False
    again = np.isin(rows, alike[later])
    others = labels[alike[firsts[codes[later]]]]
    repeated = Flaw(check="duplicate", rows=rows[again], said={"other": others})
    return rows[~again], [repeated]


def find_overlaps(shapes: Shapes, rows: Integers, labels: Shapes, crs: Any) -> list[Flaw]:
    """Look for near duplicates and overlaps, each pair once, the later row named."""
    left, right, shared = shared_areas(shapes[rows])
    areas = areas_m2(shared, crs)
    real = areas > OVERLAP_M2
    left, right, shared, areas = left[real], right[real], shared[real], areas[real]
    involved, at = np.unique(np.concatenate([left, right]), return_inverse=True)
    sizes = areas_m2(shapes[rows[involved]], crs)[at].reshape(2, -1).sum(axis=0)
    alike = areas / (sizes - areas) >= _NEARLY_SAME
    return [
        Flaw(
            check=check,
            rows=rows[right[chosen]],
            said={"other": labels[rows[left[chosen]]]},
            places=shared[chosen],
            actual=areas[chosen],
        )
        for check, chosen in (("near_duplicate", alike), ("overlap", ~alike))
    ]


def shared_areas(shapes: Shapes, others: Shapes | None = None) -> tuple[Integers, Integers, Shapes]:
    """Give the pairs of valid polygons that share area, and what they share.

    Pairs are of ``shapes`` and ``others``, in the order of ``shapes``; without others of shapes
    among themselves, each pair once, the earlier first. Some thousand shapes are cut at a time.

    Examples
    --------
    >>> boxes = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)], dtype=object)
    >>> left, right, shared = shared_areas(boxes)
    >>> left.tolist(), right.tolist(), shapely.area(shared).tolist()
    ([0], [1], [2.0])
    """
    tree, boxes = shapely.STRtree(shapes if others is None else others), shapely.bounds(shapes)
    beside = boxes if others is None else shapely.bounds(others)

    def some(first: int) -> tuple[Integers, Integers, Shapes]:
        left, right = tree.query(shapes[first : first + _BLOCK])
        left = left + first
        if others is None:
            once = left < right
            left, right = left[once], right[once]
        # boxes that only touch share no area: most neighbours of a grid end here
        low = np.maximum(boxes[left, :2], beside[right, :2])
        high = np.minimum(boxes[left, 2:], beside[right, 2:])
        deep = (high > low).all(axis=1)
        left, right = left[deep], right[deep]
        shared = shapely.intersection(shapes[left], tree.geometries[right])
        real = shapely.area(shared) > 0  # only borders in common are let go
        return left[real], right[real], shared[real]

    starts = range(0, max(len(shapes), 1), _BLOCK)
    with ThreadPoolExecutor() as pool:  # shapely works without the interpreter's lock
        found = list(pool.map(some, starts))
    left, right, shared = zip(*found, strict=True)
    return np.concatenate(left), np.concatenate(right), np.concatenate(shared)


def find_gaps(shapes: Shapes, regions: gpd.GeoDataFrame, crs: Any) -> list[Flaw]:
    """Look for land of the regions that no shape covers."""
    whole = shapely.union_all(shapely.make_valid(regions.geometry.to_numpy()))
    left = shapely.get_parts(shapely.difference(whole, shapely.union_all(shapes)))
    left = left[shapely.get_type_id(left) == shapely.GeometryType.POLYGON]
    areas = areas_m2(left, crs)
    left, areas = left[areas > OVERLAP_M2], areas[areas > OVERLAP_M2]
    return [Flaw(check="gap", rows=np.full(len(left), -1), places=left, actual=areas)]
