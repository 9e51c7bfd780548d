"""Polygons and their attributes packed for a page: 200 000 parcels in a few megabytes.

The packed form is for drawing only. Coordinates are rounded to a grid of about 0.13 m at 30° N;
areas never come from it. What a page needs is laid out as arrays of integers, each split into
planes (all lowest bytes, then all second bytes, …), compressed and written as base64, so that
the script that reads it is a loop over bytes. Texts that hardly repeat are one long text and the
length of each, so that the page holds no object per parcel.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from landgis.errors import CRSError, InputError
from landgis.maps.arcs import Ints, cut_arcs
from landgis.schema import as_text, plain_values

Integers = NDArray[np.integer[Any]]
Arrays = dict[str, Integers]
Shift = Callable[[NDArray[np.float64]], NDArray[np.float64]]

GRID_BITS = 28
"""The world is 2²⁸ grid units wide: one unit is one pixel of a web map at zoom 20."""

_TEXT_LIMIT = 4096
"""A text column with more distinct values than this is stored as texts, not a dictionary."""

_EXACT = 2.0**52
"""Numbers of this many steps and more are packed as text: the page reckons in doubles."""


def pack_layer(
    layer: gpd.GeoDataFrame,
    *,
    columns: Iterable[str] | None = None,
    lists: Mapping[str, Iterable[Iterable[Any]]] | None = None,
    shift: Shift | None = None,
) -> str:
    """Pack polygons and attributes into one line of base64.

    Parameters
    ----------
    layer
        Polygons and multipolygons with a CRS. A row without geometry keeps its attributes and
        is not drawn.
    columns
        Attributes to pack, all but the geometry by default.
    lists
        Further attributes that hold several values a row, by name, in the order of the rows.
    shift
        Moves longitude and latitude, n × 2, for display on a shifted basemap.

    Returns
    -------
    str
        Base64 of gzip. Rows are in the order of a Hilbert curve; ``row`` in the packed data is
        the position of a row in ``layer``.

    Raises
    ------
    CRSError
        If the layer has no CRS.
    InputError
        If a geometry is not a polygon.

    Examples
    --------
    >>> box = gpd.GeoSeries([shapely.box(120, 30, 120.001, 30.001)], crs=4326)
    >>> pack_layer(gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=box))[:4]
    'H4sI'
    """
    degrees = _degrees(layer)
    if shift is not None:
        degrees = shapely.transform(degrees, shift)
    order = _hilbert_order(degrees)
    arrays = _geometry_arrays(degrees[order])
    arrays["row"] = order
    named: dict[str, Any] = {}
    for name in columns if columns is not None else layer.columns.drop(layer.geometry.name):
        packed, named[name] = _column(layer[name].iloc[order])
        arrays |= {f"{part} {name}": values for part, values in packed.items()}
    for name, rows in (lists or {}).items():
        packed, named[name] = _list_column(rows, order)
        arrays |= {f"{part} {name}": values for part, values in packed.items()}
    header = {"count": len(layer), "bits": GRID_BITS, "columns": named}
    return _write(header, arrays)


def to_grid(degrees: NDArray[np.float64]) -> Ints:
    """Turn longitude and latitude, n × 2, into integer grid coordinates, y downwards."""
    size = 1 << GRID_BITS
    latitude = np.radians(np.clip(degrees[:, 1], -85.05, 85.05))
    x = (degrees[:, 0] + 180) / 360
    y = 0.5 - np.arctanh(np.sin(latitude)) / (2 * np.pi)
    return np.rint(np.column_stack([x, y]) * size).astype(np.int64)


def _degrees(layer: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Geometries in longitude and latitude; None where there is nothing to draw."""
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
    flat = gpd.GeoSeries(shapely.force_2d(geometries), crs=layer.crs)
    degrees = np.asarray(flat.to_crs(4326).array)
    degrees[empty] = None
    return degrees


def _hilbert_order(degrees: NDArray[np.object_]) -> Ints:
    """Order that keeps neighbours together; rows without geometry last."""
    absent = shapely.is_missing(degrees)
    drawn, missing = np.flatnonzero(~absent), np.flatnonzero(absent)
    if len(drawn) > 1:
        distance = gpd.GeoSeries(degrees[drawn]).hilbert_distance().to_numpy()
        drawn = drawn[np.argsort(distance, kind="stable")]
    return np.concatenate([drawn, missing])


def _geometry_arrays(degrees: NDArray[np.object_]) -> Arrays:
    drawn = ~shapely.is_missing(degrees)
    rings_of = np.zeros(len(degrees), dtype=np.int64)
    if not drawn.any():
        return {"rings": rings_of, "points": np.zeros(1, dtype=np.int64)}
    parts, owner = shapely.get_parts(degrees[drawn], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    rings_of[drawn] = np.bincount(owner[part], minlength=int(drawn.sum()))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    grid = to_grid(coordinates)

    # Drop the closing vertex and what fell on its neighbour; one vertex of a ring always stays.
    starts = np.flatnonzero(np.diff(ring, prepend=-1))
    ends = np.append(starts[1:], len(ring)) - 1
    repeated = np.zeros(len(grid), dtype=bool)
    repeated[1:] = (grid[1:] == grid[:-1]).all(axis=1) & (ring[1:] == ring[:-1])
    repeated[ends] = True
    repeated[starts] = False
    grid, ring = grid[~repeated], ring[~repeated]
    offsets = np.append(0, np.cumsum(np.bincount(ring, minlength=len(rings))))
    arcs = cut_arcs(grid, offsets)
    return {
        "rings": rings_of,
        "points": np.array([arcs.points]),
        "arcs": arcs.arcs_of_ring,
        "refs": arcs.refs,
        "lengths": arcs.lengths,
        "start x": np.diff(arcs.starts[:, 0], prepend=0),
        "start y": np.diff(arcs.starts[:, 1], prepend=0),
        "dx": arcs.steps[:, 0],
        "dy": arcs.steps[:, 1],
    }


def _column(values: pd.Series) -> tuple[Arrays, dict[str, Any]]:
    """Pack one attribute as arrays, and tell how to read them back."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        finite = numbers[np.isfinite(numbers)]
        decimals = _decimals(finite)
        if np.abs(finite).max(initial=0) * 10.0**decimals < _EXACT:
            return _number_column(numbers, decimals)
    return _text_column(as_text(values))


def _decimals(values: NDArray[np.float64]) -> int:
    """Decimals that write all numbers, at most six."""
    for decimals in range(6):
        scaled = values * 10.0**decimals
        if np.allclose(scaled, np.rint(scaled), 0, 1e-6 * 10**decimals):
            return decimals
    return 6


def _number_column(values: NDArray[np.float64], decimals: int) -> tuple[Arrays, dict[str, Any]]:
    """Scaled integers, 0 for NaN and otherwise zig-zag plus one."""
    finite = np.isfinite(values)
    codes = np.zeros(len(values), dtype=np.int64)
    codes[finite] = _zigzag(np.rint(values[finite] * 10.0**decimals).astype(np.int64)) + 1
    return {"column": codes}, {"kind": "number", "decimals": decimals}


def _text_column(text: pd.Series) -> tuple[Arrays, dict[str, Any]]:
    """Codes of the distinct texts; where most are distinct, the texts and their lengths."""
    codes, distinct = pd.factorize(text)
    if len(distinct) <= max(_TEXT_LIMIT, len(text) // 2):
        return {"column": codes.astype(np.int64)}, {"kind": "code", "values": distinct.tolist()}
    texts = plain_values(text)
    lengths = np.array([len(t.encode("utf-16-le")) // 2 for t in texts])
    letters = np.frombuffer("".join(texts).encode(), np.uint8)
    return {"column": lengths, "text": letters}, {"kind": "text"}


def _list_column(values: Iterable[Iterable[Any]], order: Ints) -> tuple[Arrays, dict[str, Any]]:
    """Codes of the distinct combinations; a row without values has the combination ``[]``."""
    rows = [json.dumps(list(row), ensure_ascii=False) if row else "[]" for row in values]
    codes, distinct = pd.factorize(np.asarray(rows, dtype=object)[order])
    known = [json.loads(d) for d in distinct]
    return {"column": codes.astype(np.int64)}, {"kind": "list", "values": known}


def _zigzag(values: Integers) -> Integers:
    """Signed to unsigned: 0, -1, 1, -2 … become 0, 1, 2, 3 …."""
    return values << 1 ^ values >> 63


def _planes(values: Integers) -> tuple[bytes, int]:
    """Bytes of unsigned integers, lowest bytes of all first; and how many bytes each has."""
    integers = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    width = (int(integers.max(initial=0)).bit_length() + 7) // 8
    columns = integers.view(np.uint8).reshape(len(integers), integers.itemsize)
    return columns[:, :width].T.tobytes(), width


def _write(header: dict[str, Any], arrays: Arrays) -> str:
    layout, body = [], []
    for name, values in arrays.items():
        signed = bool(len(values)) and int(values.min()) < 0
        data, width = _planes(_zigzag(values) if signed else values)
        layout.append([name, len(values), width, int(signed)])
        body.append(data)
    head = json.dumps({**header, "arrays": layout}, ensure_ascii=False, separators=(",", ":"))
    encoded = head.encode()
    raw = b"".join([len(encoded).to_bytes(4, "little"), encoded, *body])
    return base64.b64encode(gzip.compress(raw, compresslevel=7, mtime=0)).decode("ascii")
