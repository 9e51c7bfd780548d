"""Shared borders are stored once and every ring comes back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from landgis.maps.pack import cut_arcs


def rings_of(arcs):
    """Put the rings together again, as the page does."""
    known, out = [], []
    starts, steps = iter(arcs.starts.tolist()), iter(arcs.steps.tolist())
    refs, lengths = iter(arcs.refs.tolist()), iter(arcs.lengths.tolist())
    for count in arcs.arcs_of_ring.tolist():
        ring, here = [], None
        for number in range(count):
            ref = next(refs)
            if ref:
                arc = known[len(known) - (ref >> 1)]
                arc = arc[::-1] if ref & 1 else arc
            else:
                here = here or tuple(next(starts))
                arc = [here]
                closes = number == count - 1
                for _ in range(next(lengths) - closes):
                    dx, dy = next(steps)
                    arc.append((arc[-1][0] + dx, arc[-1][1] + dy))
                if closes:
                    arc.append(ring[0] if ring else arc[0])
                known.append(arc)
            ring += arc[:-1]
            here = arc[-1]
        out.append(ring)
    assert [*starts, *steps, *refs, *lengths] == []
    return out


def cut(rings):
    xy = np.array([p for ring in rings for p in ring], dtype=np.int64)
    return cut_arcs(xy, np.cumsum([0, *map(len, rings)]))


def turned(ring):
    """The same ring, begun at its least vertex, whichever way round it is stored."""
    ways = [ring[i:] + ring[:i] for i, p in enumerate(ring) if p == min(ring)]
    return min(ways)


def same(rings):
    back = rings_of(cut(rings))
    return [turned(r) for r in back] == [turned([tuple(map(int, p)) for p in r]) for r in rings]


def cell(x, y, w=1, h=1):
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]


def test_two_squares_share_an_edge():
    arcs = cut([cell(0, 0), cell(1, 0)])
    assert arcs.lengths.sum() == 7
    assert same([cell(0, 0), cell(1, 0)])


def test_a_hole_filled_by_a_parcel_is_stored_once():
    # +-------+
    # | +---+ |
    # | |   | |
    # | +---+ |
    # +-------+
    outer, hole, filling = cell(0, 0, 9, 9), cell(3, 3, 3, 3)[::-1], [*cell(3, 3, 3, 3)[1:], (3, 3)]
    assert cut([outer, hole, filling]).lengths.sum() == 8
    assert same([outer, hole, filling])


def test_a_neighbour_with_a_further_vertex_keeps_its_own_border():
    assert same([cell(0, 0, 2, 2), [(2, 0), (4, 0), (4, 2), (2, 2), (2, 1)]])


def test_a_ring_that_fell_to_one_point_comes_back():
    assert same([[(5, 5)], cell(0, 0), [(7, 7), (8, 8)]])


def test_a_grid_is_stored_with_half_its_edges():
    rings = [cell(x, y) for y in range(20) for x in range(20)]
    assert cut(rings).lengths.sum() == 2 * 20 * 21
    assert same(rings)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=7),
        min_size=1,
        max_size=6,
    ),
)
def test_any_rings_come_back(rings):
    """Also rings that cross themselves, double back, or are one point."""
    distinct = [[p for i, p in enumerate(r) if i == 0 or p != r[i - 1]] for r in rings]
    assert same(distinct)
