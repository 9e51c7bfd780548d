"""Polygons and their attributes packed for a page: 200 000 parcels in a few megabytes.

The packed form is for drawing only. Coordinates are rounded to a grid of about 0.13 m at 30° N;
areas never come from it. What a page needs is laid out as arrays of integers, each split into
planes (all lowest bytes, then all second bytes, …), compressed and written as base64, so that
the script that reads it is a loop over bytes. Texts that hardly repeat are one long text and the
length of each, so that the page holds no object per parcel.

A layer is made ready once (`Ready`), as arrays without an object per shape; each page packs the
rows that it shows.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely
from numpy.typing import NDArray

from landgis.errors import CRSError, InputError
from landgis.schema import as_text

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


Integers = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
Arrays = dict[str, Integers]
Shift = Callable[[NDArray[np.float64]], NDArray[np.float64]]

GRID_BITS = 28
"""The world is 2²⁸ grid units wide: one unit is one pixel of a web map at zoom 20."""

_TEXT_LIMIT = 4096
"""A text column with more distinct values than this is stored as texts, not a dictionary."""

_BLOCK = 20_000
"""Shapes that are brought to the grid at a time: their corners take ten times the room there."""

_STEPS = ("start x", "start y", "dx", "dy")
"""Arrays in which only runs of one byte repeat."""

_EXACT = 2.0**52
"""Numbers of this many steps and more are packed as text: the page reckons in doubles."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column of few distinct values: the number of each row's value in ``values``."""

    codes: Ints
    values: Sequence[Any]
    kind: str = "code"

    def part(self, rows: Ints) -> tuple[Arrays, dict[str, Any]]:
        """Pack some rows; only the values that they have are carried."""
        codes, used = pd.factorize(self.codes[rows])
        values = [self.values[i] for i in used.tolist()]
        return {"column": codes.astype(np.int32)}, {"kind": self.kind, "values": values}


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """Scaled integers, 0 for NaN and otherwise zig-zag plus one."""

    codes: Ints
    decimals: int

    def part(self, rows: Ints) -> tuple[Arrays, dict[str, Any]]:
        return {"column": self.codes[rows]}, {"kind": "number", "decimals": self.decimals}


@dataclass(frozen=True, slots=True, eq=False)
class _Texts:
    """Texts of which most are distinct: one long text, and the length of each in the page."""

    texts: pa.LargeStringArray

    def part(self, rows: Ints) -> tuple[Arrays, dict[str, Any]]:
        texts = self.texts.take(pa.array(rows))
        starts = np.frombuffer(texts.buffers()[1], np.int64)[: len(rows) + 1]
        data = texts.buffers()[2]
        letters = np.frombuffer(b"" if data is None else data, np.uint8)[starts[0] : starts[-1]]
        lengths = pc.utf8_length(texts).to_numpy().astype(np.int32)
        # A script counts in UTF-16: what takes four bytes is two units there.
        wide = starts[0] + np.flatnonzero(letters >= 0xF0)
        np.add.at(lengths, np.searchsorted(starts, wide, side="right") - 1, 1)
        return {"column": lengths, "text": letters}, {"kind": "text"}


_Column = Coded | _Numbers | _Texts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ready:
    """A layer ready to be packed, wholly or in part.

    Parameters
    ----------
    order
        Rows of the layer in the order of a Hilbert curve, those that are not drawn last.
    rings
        Number of rings of each of these rows.
    sizes, grid
        Number of vertices of each ring, and the vertices, in the order of the rows.
    columns
        The attributes, with the rows in the layer's own order.
    """

    order: Ints
    rings: Ints
    sizes: Ints
    grid: Ints
    columns: Mapping[str, _Column]

    def pack(self, rows: Flags | None = None, *, sevens: bool = False) -> str:
        """Pack the rows of the layer that are true in ``rows``, all by default.

        Returns
        -------
        str
            Base64 of gzip; with ``sevens`` a shorter text, see `in_sevens`. Rows are in the order
            of a Hilbert curve; ``row`` in the packed data is the position of a row in the layer.
        """
        order, rings, sizes, grid = self.order, self.rings, self.sizes, self.grid
        if rows is not None:
            chosen = rows[order]
            of_ring = np.repeat(chosen, rings)
            grid = grid[np.repeat(of_ring, sizes)]
            order, rings, sizes = order[chosen], rings[chosen], sizes[of_ring]
        arrays = _ring_arrays(rings, sizes, grid)
        del grid
        arrays["row"] = order
        named: dict[str, Any] = {}
        for name, column in self.columns.items():
            packed, named[name] = column.part(order)
            arrays |= {f"{part} {name}": values for part, values in packed.items()}
        header = {"count": len(order), "bits": GRID_BITS, "columns": named}
        zipped = _zipped(header, arrays)
        del arrays
        return in_sevens(zipped) if sevens else base64.b64encode(zipped).decode("ascii")


def make_ready(
    layer: gpd.GeoDataFrame,
    *,
    lists: Mapping[str, Coded] | None = None,
    shift: Shift | None = None,
) -> Ready:
    """Turn polygons and attributes into what pages are packed from.

    Parameters
    ----------
    layer
        Polygons and multipolygons with a CRS. A row without geometry keeps its attributes and
        is not drawn.
    lists
        Further attributes, of kind ``list``, that hold several values a row.
    shift
        Moves longitude and latitude, n × 2, for display on a shifted basemap.

    Raises
    ------
    CRSError
        If the layer has no CRS.
    InputError
        If a geometry is not a polygon.

    Examples
    --------
    >>> box = gpd.GeoSeries([shapely.box(120, 30, 120.001, 30.001)], crs=4326)
    >>> ready = make_ready(gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=box))
    >>> ready.pack() == ready.pack(np.array([True]))
    True
    """
    drawn = _drawn(layer)
    names = layer.columns.drop([layer.geometry.name])
    columns = {str(name): _column(layer[name]) for name in names}
    columns |= lists or {}
    shapes = np.asarray(layer.geometry.array)[drawn]
    missing = np.setdiff1d(np.arange(len(layer)), drawn, assume_unique=True)
    if not len(shapes):
        none = np.zeros(0, dtype=np.int64)
        rings = np.zeros(len(missing), dtype=np.int64)
        return Ready(order=missing, rings=rings, sizes=none, grid=none, columns=columns)
    along = gpd.GeoSeries(shapes).hilbert_distance().to_numpy()
    here = np.argsort(along, kind="stable")
    drawn, shapes = drawn[here], shapes[here]
    move = pyproj.Transformer.from_crs(layer.crs, 4326, always_xy=True)
    parts = [_part(shapes[i : i + _BLOCK], move, shift) for i in range(0, len(shapes), _BLOCK)]
    rings, sizes, grid = map(np.concatenate, zip(*parts, strict=True))
    return Ready(
        order=np.concatenate([drawn, missing]),
        rings=np.append(rings, np.zeros(len(missing), dtype=np.int64)),
        sizes=sizes,
        grid=grid,
        columns=columns,
    )


def _part(
    shapes: NDArray[np.object_], move: pyproj.Transformer, shift: Shift | None
) -> tuple[Ints, Ints, Ints]:
    """Give rings a shape, vertices a ring, and the vertices on the grid, of some of the shapes."""
    _, xy, offsets = shapely.to_ragged_array(shapes, include_z=False)
    if len(offsets) == 2:  # polygons only; else rings → parts → shapes
        starts, of_shape = offsets
    else:
        starts, of_shape = offsets[0], offsets[1][offsets[2]]
    grid, sizes = _on_grid(xy, starts.astype(np.int64), move, shift)
    return np.diff(of_shape), sizes, grid


def pack_layer(layer: gpd.GeoDataFrame) -> str:
    """Pack all polygons of a layer and their attributes into one line of base64.

    Examples
    --------
    >>> box = gpd.GeoSeries([shapely.box(120, 30, 120.001, 30.001)], crs=4326)
    >>> pack_layer(gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=box))[:4]
    'H4sI'
    """
    return make_ready(layer).pack()


def in_sevens(data: bytes) -> str:
    """Write bytes as text for a script element of a UTF-8 file: seven bits a letter.

    An eighth shorter than base64. NUL and line ends, which a browser changes, and ``<``, which
    could end the element, are written as À, Á, Â, Ã. In a file only: a frame's attribute, a
    notebook would change what base64 stands through.

    Examples
    --------
    >>> in_sevens(b"ab"), len(in_sevens(bytes(700))) == 800
    ('0X@', True)
    """
    count = -(-len(data) * 8 // 7)
    rows = np.frombuffer(data + bytes(-len(data) % 7), dtype=np.uint8).reshape(-1, 7)
    letters = np.zeros((len(rows), 8), dtype=np.uint8)
    for k in range(7):
        letters[:, k] |= rows[:, k] >> (k + 1)
        letters[:, k + 1] = rows[:, k] << (6 - k) & 127
    text = letters.tobytes()[:count]
    for code, letter in ((0, "À"), (10, "Á"), (13, "Â"), (60, "Ã")):
        text = text.replace(bytes([code]), letter.encode())
    return text.decode()


def to_grid(degrees: Floats) -> Ints:
    """Turn longitude and latitude, n × 2, into integer grid coordinates, y downwards."""
    size = 1 << GRID_BITS
    latitude = np.radians(np.clip(degrees[:, 1], -85.05, 85.05))
    x = (degrees[:, 0] + 180) / 360
    y = 0.5 - np.arctanh(np.sin(latitude)) / (2 * np.pi)
    return np.rint(np.column_stack([x, y]) * size).astype(np.int32)


def _drawn(layer: gpd.GeoDataFrame) -> Ints:
    """Rows that have something to draw."""
    if layer.crs is None:
        raise CRSError(
            "图层没有坐标系，无法上图；请先声明坐标系（set_crs）。",
            "The layer has no CRS and cannot be drawn; declare it first (set_crs).",
        )
    geometries = np.asarray(layer.geometry.array)
    kinds = shapely.get_type_id(geometries)
    empty = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    wrong = np.flatnonzero(~np.isin(kinds, (3, 6)) & ~empty)
    if len(wrong):
        row, kind = layer.index[wrong[0]], shapely.GeometryType(kinds[wrong[0]]).name
        raise InputError(
            f"第 {row} 行的图形是 {kind}，只能画面图形（共 {len(wrong)} 处）。",
            f"Row {row} is a {kind}; only polygons can be drawn ({len(wrong)} such rows).",
        )
    return np.flatnonzero(~empty)


def _on_grid(
    xy: Floats, starts: Ints, move: pyproj.Transformer, shift: Shift | None
) -> tuple[Ints, Ints]:
    """Vertices on the grid, without the one that closes a ring, and their number a ring.

    What fell on its neighbour is left out; one vertex of a ring always stays.
    """
    degrees = np.column_stack(move.transform(xy[:, 0], xy[:, 1]))
    grid = to_grid(degrees if shift is None else shift(degrees))
    kept = np.ones(len(grid), dtype=bool)
    kept[1:] = (grid[1:] != grid[:-1]).any(axis=1)
    kept[starts[1:] - 1] = False
    kept[starts[:-1]] = True
    return grid[kept], np.add.reduceat(kept, starts[:-1], dtype=np.int64)


def _ring_arrays(rings: Ints, sizes: Ints, grid: Ints) -> Arrays:
    if not len(sizes):
        return {"rings": rings, "points": np.zeros(1, dtype=np.int64)}
    arcs = cut_arcs(grid, np.append(0, np.cumsum(sizes)))
    return {
        "rings": rings,
        "points": np.array([arcs.points]),
        "arcs": arcs.arcs_of_ring,
        "refs": arcs.refs,
        "lengths": arcs.lengths,
        "start x": np.diff(arcs.starts[:, 0], prepend=0),
        "start y": np.diff(arcs.starts[:, 1], prepend=0),
        "dx": arcs.steps[:, 0],
        "dy": arcs.steps[:, 1],
    }


def _column(values: pd.Series) -> _Column:
    """Take one attribute as numbers, as codes of its distinct texts, or as texts."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        finite = np.isfinite(numbers)
        decimals = _decimals(numbers[finite])
        if np.abs(numbers[finite]).max(initial=0) * 10.0**decimals < _EXACT:
            codes = np.zeros(len(numbers), dtype=np.int64)
            scaled = np.rint(numbers[finite] * 10.0**decimals).astype(np.int64)
            codes[finite] = _zigzag(scaled) + 1
            small = codes.max(initial=0) < 2**31
            return _Numbers(codes.astype(np.int32) if small else codes, decimals)
    text = as_text(values)
    codes, distinct = pd.factorize(text)
    if len(distinct) <= max(_TEXT_LIMIT, len(text) // 2):
        return Coded(codes.astype(np.int32), distinct.tolist())
    return _Texts(pa.array(text, type=pa.large_string()))


def _decimals(values: Floats) -> int:
    """Decimals that write all numbers, at most six."""
    for decimals in range(6):
        scaled = values * 10.0**decimals
        if np.allclose(scaled, np.rint(scaled), 0, 1e-6 * 10**decimals):
            return decimals
    return 6


def _zigzag(values: Integers) -> Integers:
    """Signed to unsigned: 0, -1, 1, -2 … become 0, 1, 2, 3 …."""
    return values << 1 ^ values >> 8 * values.itemsize - 1


def _planes(values: Integers, width: int) -> bytes:
    """Bytes of unsigned integers, of each the lowest ``width``, lowest bytes of all first."""
    integers = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    columns = integers.view(np.uint8).reshape(len(integers), integers.itemsize)
    return columns[:, :width].T.tobytes()


def _width(values: Integers, *, signed: bool) -> int:
    """Count the bytes that the largest of integers takes, written unsigned."""
    ends = np.array([values.min(initial=0), values.max(initial=0)])
    most = int(_zigzag(ends).max() if signed else ends.max())
    return (most.bit_length() + 7) // 8


def _zipped(header: dict[str, Any], arrays: Arrays) -> bytes:
    """Write one gzip member of several streams: steps hold no strings to be searched for."""
    signed = {k: bool(len(values)) and int(values.min()) < 0 for k, values in arrays.items()}
    wide = {name: _width(values, signed=signed[name]) for name, values in arrays.items()}
    layout = [[name, len(v), wide[name], int(signed[name])] for name, v in arrays.items()]
    head = json.dumps({**header, "arrays": layout}, ensure_ascii=False, separators=(",", ":"))
    encoded = head.encode()

    def parts() -> Iterator[tuple[bytes, int]]:
        yield len(encoded).to_bytes(4, "little") + encoded, zlib.Z_DEFAULT_STRATEGY
        for name, values in arrays.items():
            plain = _zigzag(values) if signed[name] else values
            yield (
                _planes(plain, wide[name]),
                zlib.Z_RLE if name in _STEPS else zlib.Z_DEFAULT_STRATEGY,
            )

    out, check, size = [gzip.compress(b"", mtime=0)[:10]], 0, 0
    for data, strategy in parts():
        stream = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
        out += [stream.compress(data), stream.flush(zlib.Z_SYNC_FLUSH)]
        check, size = zlib.crc32(data, check), size + len(data)
    last = b"\x03\x00"  # an empty block that ends the member
    return b"".join([*out, last, check.to_bytes(4, "little"), (size % 2**32).to_bytes(4, "little")])
