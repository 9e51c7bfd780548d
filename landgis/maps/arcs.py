"""Borders that neighbours share, stored once: rings on an integer grid cut into arcs.

Two parcels that touch repeat every vertex of their common border. Here each ring is cut where
its neighbours change, and a stretch that an earlier ring already drew is named, forwards or
backwards, instead of drawn again: about half the coordinates of a parcel map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.signedinteger[Any]]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Arcs:
    """Rings as sequences of arcs.

    Parameters
    ----------
    arcs_of_ring
        Number of arcs of each ring.
    refs
        One for each arc of each ring: 0 if it is drawn here for the first time, otherwise
        ``2 * back + reversed`` for the arc that is ``back`` before the next new one.
    lengths
        Edges of each new arc.
    starts
        First vertex (x, y) of each ring that begins with a new arc; n × 2.
    steps
        Edges (dx, dy) of the new arcs, n × 2. The edge that closes a ring is left out: it ends
        where the ring began.
    points
        Number of vertices of all rings together.
    """

    arcs_of_ring: Ints
    refs: Ints
    lengths: Ints
    starts: Ints
    steps: Ints
    points: int


def cut_arcs(xy: Ints, offsets: Ints) -> Arcs:
    """Cut closed rings into arcs, each border of two rings stored once.

    Parameters
    ----------
    xy
        Vertices of all rings, n × 2, 0 ≤ x, y < 2³¹; the closing vertex of a ring is not
        repeated and no two neighbouring vertices are equal.
    offsets
        Where each ring begins in ``xy``, and the end; no ring is empty.

    Examples
    --------
    Two unit squares side by side: seven edges instead of eight.

    >>> xy = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [1, 0], [2, 0], [2, 1], [1, 1]])
    >>> arcs = cut_arcs(xy, np.array([0, 4, 8]))
    >>> arcs.lengths.tolist(), arcs.refs.tolist()
    ([1, 3, 3], [0, 0, 0, 7])
    """
    vertex, first = _numbered(xy[:, 0].astype(np.int64) << 31 | xy[:, 1])
    junction = _junctions(vertex, first, offsets)[vertex]
    del first
    turned = _turned(junction, offsets)
    xy, vertex, junction = xy[turned], vertex[turned], junction[turned]
    del turned

    # An arc runs from one junction of a ring to the next; the last one ends at the ring's start.
    begin = np.flatnonzero(junction)
    arcs_of_ring = np.add.reduceat(junction, offsets[:-1], dtype=np.int64)
    last = np.cumsum(arcs_of_ring) - 1
    end = np.append(begin[1:], len(vertex))
    target = vertex[np.append(begin[1:], 0)]
    target[last] = vertex[offsets[:-1]]
    onward = begin + 1
    after = np.where(onward < end, vertex[np.minimum(onward, len(vertex) - 1)], target)

    # Inside an arc every vertex has the same two neighbours in all rings, so the first edge
    # tells which arc it is, and the last edge, turned round, tells it from the other side.
    forward = vertex[begin].astype(np.int64) << 31 | after
    backward = target.astype(np.int64) << 31 | vertex[end - 1]
    arc, first = _numbered(np.minimum(forward, backward))
    first = first[arc]
    new = first == np.arange(len(begin))
    known = np.cumsum(new)
    back = known - known[first] + 1
    refs = np.where(new, 0, 2 * back + (forward != forward[first]))

    keep = np.repeat(new, end - begin)
    keep[end[last] - 1] = False  # the edge that closes a ring, the last of all among them
    del vertex, target, onward, after, forward, backward
    steps = np.empty((np.count_nonzero(keep), 2), dtype=xy.dtype)
    for axis in (0, 1):
        steps[:, axis] = np.diff(xy[:, axis])[keep[:-1]]
    ring_start = np.zeros(len(begin), dtype=bool)
    ring_start[last - arcs_of_ring + 1] = True
    return Arcs(
        arcs_of_ring=arcs_of_ring,
        refs=refs,
        lengths=(end - begin)[new],
        starts=xy[begin[ring_start & new]],
        steps=steps,
        points=len(xy),
    )


def _numbered(keys: Ints) -> tuple[Ints, Ints]:
    """Give different keys a number by size, and where each stands first.

    As ``np.unique`` does, with a third of its memory: what a page has most of are vertices, and
    what is done with is let go at once.

    >>> _numbered(np.array([7, 3, 7]))
    (array([1, 0, 1], dtype=int32), array([1, 0], dtype=int32))
    """
    order = np.argsort(keys).astype(np.int32)
    keys = keys[order]
    new = np.append(True, keys[1:] != keys[:-1])
    del keys
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.cumsum(new, dtype=np.int32) - np.int32(1)
    return number, np.minimum.reduceat(order, np.flatnonzero(new))


def _following(values: Ints, offsets: Ints) -> Ints:
    """For each vertex the one after it in its ring."""
    after = np.roll(values, -1, axis=0)
    after[offsets[1:] - 1] = values[offsets[:-1]]
    return after


def _junctions(vertex: Ints, first: Ints, offsets: Ints) -> Flags:
    """Tell for each distinct vertex whether its two neighbours differ from ring to ring.

    A ring without any (an island, or a hole filled by one parcel) gets its first vertex by
    number, the same in every ring that is equal to it.
    """
    after = _following(vertex, offsets)
    before = np.roll(vertex, 1)
    before[offsets[:-1]] = vertex[offsets[1:] - 1]
    low = np.minimum(before, after)
    high = np.maximum(before, after, out=after)
    del before
    same = first[vertex]
    unlike = low != low[same]
    unlike |= high != high[same]
    junction = np.zeros(len(first), dtype=bool)
    junction[vertex[unlike]] = True
    has_one = np.logical_or.reduceat(junction[vertex], offsets[:-1])
    junction[np.minimum.reduceat(vertex, offsets[:-1])[~has_one]] = True
    return junction


def _turned(junction: Flags, offsets: Ints) -> Ints:
    """Positions of all vertices, every ring turned to begin at its first junction."""
    starts, size = offsets[:-1].astype(np.int32), np.diff(offsets).astype(np.int32)
    ahead = np.arange(len(junction), dtype=np.int32) - np.repeat(starts, size)
    first = np.minimum.reduceat(np.where(junction, ahead, np.int32(len(junction))), offsets[:-1])
    ahead += np.repeat(first, size)
    ahead %= np.repeat(size, size)
    ahead += np.repeat(starts, size)
    return ahead
