"""Chapter 3 of a join: exact areas of the pieces of parcels that borders cut.

A point lies in a polygon if one more upper edge than lower edges runs above it. So the area that
parcel and region share is the sum, over every pair of an edge of the one and an edge of the
other, of the area below both, taken positive for two upper or two lower edges and negative
otherwise:

    area(P ∩ R) = Σ s(e) s(f) ∫ G(x, min(y_e(x), y_f(x))) dx

with ``G`` the ellipsoidal area below a point (see `landgis.measure`). It builds no topology, and
edges that coincide or touch are like any others. Only edges whose ranges of x meet count, and a
region is first cut down to the surroundings of the parcel: into tiles made once, or by a clip for
each parcel.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import shapely

from landgis.errors import InputError
from landgis.join.grid import runs, turn
from landgis.measure import AreaForm, Flags, Floats, Integers, Rings, Shapes
from landgis.measure.rings import items

PAIRS_AT_ONCE = 8_000
EDGES_AT_ONCE = 16_000
COMPARED_AT_ONCE = 1_000_000
"""Pairs of edges, which bounds the memory that a join takes."""
MOST_MET = 30_000_000
"""Pairs of edges one above the other, of `EDGES_AT_ONCE` edges: no land has borders like that."""
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


# ---------------------------------------------------------------- the areas of the pieces


def shared_areas(
    shapes: Shapes,
    regions: Shapes,
    parcel: Integers,
    region: Integers,
    form: AreaForm,
    *,
    tiles: RegionTiles | None = None,
) -> Floats:
    """Measure what parcels share with regions.

    Parameters
    ----------
    shapes, regions
        Valid polygons of parcels and of regions.
    parcel, region
        Which pairs to measure, as positions.
    form
        Measures on the ellipsoid.
    tiles
        The regions cut up, which is worth while for many pairs; without them each region is
        clipped to the surroundings of each parcel.

    Returns
    -------
    array
        Area in m² of each pair.

    Examples
    --------
    >>> import pyproj
    >>> from landgis.measure import area_form
    >>> parcel, region = shapely.box(500010, 3400000, 500030, 3400010), shapely.box(
    ...     500000, 3400000, 500020, 3400020
    ... )
    >>> form = area_form(pyproj.CRS(4549), (500000, 3400000, 500030, 3400020))
    >>> one = np.zeros(1, dtype=int)
    >>> shared_areas(np.array([parcel]), np.array([region]), one, one, form).round(3)
    array([100.])
    """
    areas = np.zeros(len(parcel))
    order = np.argsort(region, kind="stable")
    for first in range(0, len(order), PAIRS_AT_ONCE):
        some = order[first : first + PAIRS_AT_ONCE]
        areas[some] = _shared(shapes[parcel[some]], regions, region[some], form, tiles)
    return areas


def _shared(
    shapes: Shapes, regions: Shapes, region: Integers, form: AreaForm, tiles: RegionTiles | None
) -> Floats:
    """Measure what each parcel shares with its region."""
    if tiles is None:
        pair = part = np.arange(len(region))
        parts = clipped(regions[region], shapely.bounds(shapes))
    else:
        pair, part = tiles.around(shapes, region)
        used, part = np.unique(part, return_inverse=True)
        parts = tiles.parts[used]
    ours, theirs = Edges.of(shapes), Edges.of(parts)
    # pairs of parcels with equally many edges stand together: `meeting` compares a block at a time
    alike = np.argsort(ours.counts[pair], kind="stable")
    pair, part = pair[alike], part[alike]
    areas = np.zeros(len(pair))
    for few in _few_at_once(theirs.counts[part], EDGES_AT_ONCE):
        areas[few] = _below_both(ours, theirs, pair[few], part[few], form)
    # parcel and region may be ordered either way round, which turns the sign of the whole sum
    return np.abs(np.bincount(pair, areas, minlength=len(region)))


def _few_at_once(work: Integers, most: int) -> Iterator[slice]:
    """Cut a list of tasks so that each part holds about so much of work."""
    done = np.cumsum(work)
    first = 0
    while first < len(work):
        so_far = done[first - 1] if first else 0
        last = max(int(np.searchsorted(done, so_far + most)), first + 1)
        yield slice(first, last)
        first = last


class Edges:
    """The edges of many polygons that are not upright, from left to right.

    ``x`` is where each starts and ends, ``y`` its height at the start; ``side`` is 1 for an edge
    with its polygon below it, -1 for one with its polygon above; the edges of polygon k are
    ``starts[k]`` to ``starts[k + 1]``.
    """

    def __init__(self, x: Floats, y: Floats, side: Floats, starts: Integers) -> None:
        self.x, self.y, self.side, self.starts = x, y[0], side, starts
        self.slope = (y[1] - y[0]) / (x[1] - x[0])
        self.counts = np.diff(starts)
        self.top = np.maximum(y[0], y[1])
        first = starts[:-1][self.counts > 0]
        self.boxes = np.zeros((len(self.counts), 3))  # left, bottom, right
        self.boxes[self.counts > 0] = np.column_stack(
            [
                np.minimum.reduceat(x[0], first),
                np.minimum.reduceat(np.minimum(y[0], y[1]), first),
                np.maximum.reduceat(x[1], first),
            ],
        )

    @classmethod
    def of(cls, shapes: Shapes) -> Edges:
        """Take the edges of all rings."""
        rings = Rings.of(shapes)
        a, b = rings.points[:-1], rings.points[1:]
        upright = a[:, 0] == b[:, 0]  # nothing lies below an upright edge: it adds no area
        # all rings stand in one array: what joins one to the next is no edge
        upright[rings.starts[1:-1] - 1] = True
        keep = np.flatnonzero(~upright)
        owner = np.repeat(np.arange(len(rings.owner)), np.diff(rings.starts))[keep]
        a, b = a[keep], b[keep]
        right = b[:, 0] > a[:, 0]
        x = np.where(right, (a[:, 0], b[:, 0]), (b[:, 0], a[:, 0]))
        y = np.where(right, (a[:, 1], b[:, 1]), (b[:, 1], a[:, 1]))
        counts = np.bincount(rings.owner[owner], minlength=len(shapes))
        side = np.where(right, -1.0, 1.0) * turn(rings)[owner]
        return cls(x, y, side, np.append(0, np.cumsum(counts)))

    def meeting(self, polygon: Integers, left: Floats, right: Floats) -> tuple[Integers, Integers]:
        """Find the edges of polygons that meet ranges of x: which range, and the edge.

        Polygons of the same number of edges in a row are looked at together.
        """
        first, counts = self.starts[polygon], self.counts[polygon]
        runs = [*np.flatnonzero(np.diff(counts, prepend=-1)), len(counts)]
        which, edges = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for start, end in itertools.pairwise(runs):
            some, many = slice(start, end), int(counts[start])
            # a row a polygon, a column an edge, read in place: edges of a polygon lie side by side,
            # so that gathering them costs a view of bytes rather than an index for each
            x0, x1 = (
                items(x.view(np.uint8), 8 * many, 8 * first[some]).view("<f8").reshape(-1, many)
                for x in self.x
            )
            row, column = np.nonzero((x0 < right[some, None]) & (x1 > left[some, None]))
            which.append(start + row)
            edges.append(first[some][row] + column)
        return np.concatenate(which), np.concatenate(edges)


def _below_both(
    parcels: Edges, parts: Edges, parcel: Integers, part: Integers, form: AreaForm
) -> Floats:
    """Sum over the pairs of edges whose ranges of x meet, of parcel k and part k.

    An edge of the part that runs below the parcel is below upper and lower edges alike, so that
    its pairs cancel: it is left out.
    """
    # k is the pair, f an edge of the part (region), e one of the parcel; `which` leads from each
    # pair of edges back to its place among the f
    k, f = runs(parts.starts[part], parts.counts[part])
    box_left, bottom, box_right = np.repeat(parcels.boxes[parcel].T, parts.counts[part], axis=1)
    x0, x1 = parts.x[:, f]
    near = np.flatnonzero((x0 < box_right) & (x1 > box_left) & (parts.top[f] > bottom))
    k, f = k[near], f[near]
    sums, met = np.zeros(len(parcel)), 0
    for few in _few_at_once(parcels.counts[parcel[k]], COMPARED_AT_ONCE):
        which, e = parcels.meeting(parcel[k[few]], x0[near[few]], x1[near[few]])
        met += len(e)
        if met > MOST_MET:
            raise _tangled(parcels, parcel[k[few.start]])
        sums += _below_edges(parcels, parts, parcel, (k[few][which], f[few][which], e), form)
    return sums


class TangledError(InputError):
    """A parcel whose border crosses that of a region without end; ``at`` is one of its corners."""

    at: tuple[float, float] = (float("nan"), float("nan"))

    def named(self, ids: Shapes, shapes: Shapes) -> InputError:
        """Say which parcel it is, by its corner."""
        rows = np.flatnonzero(shapely.dwithin(shapes, shapely.Point(self.at), 0.0))
        if not len(rows):
            return self
        names = ids[rows[0]]
        return InputError(f"宗地 {names}：{self.zh}", f"Parcel {names}: {self.en}")


def _tangled(parcels: Edges, parcel: int) -> TangledError:
    x, y = float(parcels.x[0, parcels.starts[parcel]]), float(parcels.y[parcels.starts[parcel]])
    error = TangledError(
        f"坐标 {x:.0f}, {y:.0f} 附近与区域边界交错 {MOST_MET:,} 处以上（梳状、锯齿状图形），"
        "不能叠置：请核对并简化图形。",
        f"its border near {x:.0f}, {y:.0f} and that of a region cross more than {MOST_MET:,} times "
        "(combs, saws), so they cannot be joined: check and simplify the shapes.",
    )
    error.at = (x, y)
    return error


def _below_edges(
    parcels: Edges,
    parts: Edges,
    parcel: Integers,
    edges: tuple[Integers, Integers, Integers],
    form: AreaForm,
) -> Floats:
    """Sum over pairs of edges: of pair k of polygons, edge f of the part and e of the parcel."""
    k, f, e = edges
    # Heights are taken from a parcel's first corner: northings have seven digits before the point,
    # and areas below them would lose as many of theirs when they cancel.
    corner = parcels.starts[parcel]
    origin = parcels.y[corner]
    start, f_slope, e_slope = parts.x[0, f], parts.slope[f], parcels.slope[e]
    left = np.maximum(parcels.x[0, e], start)
    right = np.minimum(parcels.x[1, e], parts.x[1, f])
    width = right - left
    f_left = (parts.y[f] - origin[k]) + (left - start) * f_slope
    f_right = f_left + width * f_slope
    # two upper or two lower edges bound land that is in both or in neither: they count for it
    side = parcels.side[e] * parts.side[f]
    e_left = parcels.y[e] - origin[k] + (left - parcels.x[0, e]) * e_slope
    e_right = e_left + width * e_slope
    # below both is below the lower of the two, which changes where they cross: such a pair is two,
    # left and right of the crossing, and the left one takes the row of the pair
    low_left, low_right = np.minimum(e_left, f_left), np.minimum(e_right, f_right)
    gap_left, gap_right = e_left - f_left, e_right - f_right
    crossed = np.flatnonzero(gap_left * gap_right < 0)
    t = gap_left[crossed] / (gap_left[crossed] - gap_right[crossed])
    x_cross = left[crossed] + t * width[crossed]
    y_cross = e_left[crossed] + t * (e_right[crossed] - e_left[crossed])

    x = np.concatenate([left, x_cross])
    dx = np.concatenate([right, right[crossed]]) - x
    y = np.concatenate([low_left, y_cross])
    dy = np.concatenate([low_right, low_right[crossed]]) - y
    dx[crossed], dy[crossed] = x_cross - left[crossed], y_cross - low_left[crossed]
    k = np.concatenate([k, k[crossed]])
    side = np.concatenate([side, side[crossed]])
    # what lies below the parcel's first corner is in upper and lower edges alike and cancels
    # exactly, so it is taken off before it can round
    base = form.below(parcels.x[0, corner], origin)[k]
    below = form.edge_means(x, y + origin[k], dx, dy) - base
    sums: Floats = np.bincount(k, side * below * dx, minlength=len(parcel)).astype(np.float64)
    return sums
