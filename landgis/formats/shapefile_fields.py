"""Fields of a shapefile one by one: kind, width and decimals, by the standards or by the data.

A DBF has columns of fixed width. Fields of the standards (国土调查数据库标准, 不动产登记数据库标准)
have their stated width, so that a receiving system takes them; every other field is as wide as
what it holds, so that nothing is cut or rounded.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute as pc

from landgis.errors import InputError

STANDARD = MappingProxyType(
    {
        "BSM": "str:18", "YSDM": "str:10", "XZQDM": "str:12", "XZQMC": "str:100",
        "XZQHDM": "str:12", "TBYBH": "str:18", "TBBH": "str:8", "DLBM": "str:5", "DLMC": "str:60",
        "QSXZ": "str:2", "QSDWDM": "str:19", "QSDWMC": "str:60", "ZLDWDM": "str:19",
        "ZLDWMC": "str:60", "KCDLBM": "str:5", "CZCSXM": "str:4", "ZDDM": "str:19",
        "BDCDYH": "str:28", "ZL": "str:200", "QLLX": "str:2", "QLXZ": "str:4",
        "TBMJ": "float:15.2", "KCMJ": "float:15.2", "TBDLMJ": "float:15.2", "ZDMJ": "float:15.2",
        "KCXS": "float:6.4", "SJNF": "int32:4",
    }
)  # fmt: skip
"""Fields of the standards: name → kind, width in bytes, decimals."""

MOST_BYTES = 254
_MOST_DIGITS, _MOST_DECIMALS = 24, 15
_MOST_WHOLE_DIGITS = 18
_MOST_WHOLE = 2**53
"""Larger whole numbers are text: many programs read all numbers of a DBF as doubles."""
_KINDS = MappingProxyType(
    {
        "Polygon": "Polygon", "MultiPolygon": "Polygon", "LineString": "LineString",
        "MultiLineString": "LineString", "Point": "Point", "MultiPoint": "MultiPoint",
    }
)  # fmt: skip

_LETTERS = MappingProxyType(
    {"str": "C", "float": "N", "int32": "N", "int64": "N", "bool": "L", "date": "D"}
)
"""Kind of a field → what a DBF calls it."""


def dbf_fields(frame: gpd.GeoDataFrame, *, encoding: str = "UTF-8") -> dict[str, str]:
    """Give the kind of every field in fiona's words: ``str:19``, ``float:15.2``, ``int32:4`` ….

    Returns
    -------
    dict
        Field → kind, in the order of the columns. A field of the standards is as they state,
        unless what it holds needs more.

    Examples
    --------
    >>> row = {"ZDMJ": [17500.5], "RJL": [1.25], "YT": ["住宅"]}
    >>> dbf_fields(gpd.GeoDataFrame(row, geometry=[None]))
    {'ZDMJ': 'float:15.2', 'RJL': 'float:4.2', 'YT': 'str:6'}
    """
    names = [str(c) for c in frame.columns if c != frame.geometry.name]
    return {name: _field(name, frame[name], encoding) for name in names}


def beyond_standard(fields: Mapping[str, str]) -> dict[str, str]:
    """Name the fields that are not as the standards state: field → the standard's kind.

    Examples
    --------
    >>> beyond_standard({"ZDMJ": "float:15.2", "DLBM": "str:7"})
    {'DLBM': 'str:5'}
    """
    stated = {name: STANDARD.get(name.upper(), kind) for name, kind in fields.items()}
    return {name: stated[name] for name, kind in fields.items() if kind != stated[name]}


def wider_fields(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Give the kinds of fields that hold what either of two does.

    Examples
    --------
    >>> wider_fields({"ZL": "str:6", "ZDMJ": "int32:5"}, {"ZL": "str:9", "ZDMJ": "float:4.2"})
    {'ZL': 'str:9', 'ZDMJ': 'float:8.2'}
    """
    return {name: _wider(one.get(name, kind), kind) for name, kind in other.items()}


def _wider(one: str, other: str) -> str:
    kinds = {one.partition(":")[0], other.partition(":")[0]}
    if one == other or len(kinds | {"bool", "date"}) == 2:
        return other
    if "str" in kinds:
        least = 1 if kinds == {"str"} else 10  # a date or a truth value as text
        return f"str:{max(_size(one)[0], _size(other)[0], least)}"
    (left, more), (right, most) = _size(one), _size(other)
    if kinds <= {"int32", "int64"}:
        return _whole_field(max(left, right))
    decimals = max(more, most)
    return _decimal_field(max(left - more - (more > 0), right - most - (most > 0)), decimals)


def _size(kind: str) -> tuple[int, int]:
    """Width and decimals of a kind."""
    width, _, decimals = kind.partition(":")[2].partition(".")
    return int(width or 1), int(decimals or 0)


def create_shapefile(
    path: Path,
    kinds: Iterable[str],
    *,
    fields: Mapping[str, str],
    crs: Any,
    z: bool = False,
    encoding: str = "UTF-8",
) -> None:
    """Write a shapefile without rows: fields, kind of shapes, coordinate system and encoding.

    GDAL by itself gives an Arrow field no decimals beyond 19 digits; the headers are those of the
    ESRI Shapefile Technical Description (1998) and of dBASE III, byte by byte what fiona writes.

    Parameters
    ----------
    kinds
        Kinds of the shapes that shall follow, as geopandas names them.
    fields
        What `dbf_fields` gave.
    z
        Whether shapes have heights.

    Raises
    ------
    InputError
        If the shapes are of several kinds.

    Examples
    --------
    >>> import pyproj
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.shp"
    >>> create_shapefile(file, ["Polygon"], fields={"YT": "str:6"}, crs=pyproj.CRS(4549))
    >>> file.with_suffix(".cpg").read_text()
    'UTF-8'
    """
    geometry = _geometry(set(kinds))
    number = {"Point": 1, "LineString": 3, "Polygon": 5, "MultiPoint": 8}[geometry] + 10 * z
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 50) + struct.pack(
        "<2i8d", 1000, number, *[0] * 8
    )
    for end in (".shp", ".shx"):
        path.with_suffix(end).write_bytes(head)
    rows = b""
    for name, kind in fields.items():
        letter, (width, decimals) = _LETTERS[kind.partition(":")[0]], _size(kind)
        width = {"L": 1, "D": 8}.get(letter, width)
        short = name.encode(encoding)
        rows += struct.pack("<11sc4x2B14x", short, letter.encode(), width, decimals)
    wide = 1 + sum(row[16] for row in (rows[k : k + 32] for k in range(0, len(rows), 32)))
    today = dt.datetime.now(tz=dt.UTC)
    start = struct.pack(
        "<4BIHH20x", 3, today.year - 1900, today.month, today.day, 0, 33 + len(rows), wide
    )
    path.with_suffix(".dbf").write_bytes(start + rows + b"\r\x1a")
    path.with_suffix(".cpg").write_text(encoding, "ascii")
    path.with_suffix(".prj").write_text(crs.to_wkt("WKT1_ESRI"), "utf-8")


def _geometry(stated: set[str]) -> str:
    """Name the one kind of a layer's shapes in fiona's words."""
    kinds = {_KINDS.get(kind, kind) for kind in stated} or {"Polygon"}
    if len(kinds) > 1 or kinds - set(_KINDS.values()):
        listed = sorted(stated)
        raise InputError(
            f"shapefile 只能放一种图形，图层中有 {'、'.join(listed)}：请分开写出，或用 .gpkg。",
            f"A shapefile holds shapes of one kind; the layer has {', '.join(listed)}: "
            "write them apart, or as .gpkg.",
        )
    return str(kinds.pop())


def _field(name: str, values: pd.Series, encoding: str) -> str:
    stated = STANDARD.get(name.upper(), "")
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in {"boolean", "date"}:
        return "bool" if inferred == "boolean" else "date"
    numeric = pd.api.types.is_numeric_dtype(values)
    width, decimals = _size(stated if stated.startswith("str") != numeric else "")
    if not numeric:
        return f"str:{max(min(text_sizes(values, encoding).max(initial=1), MOST_BYTES), width)}"
    numbers = values.dropna().to_numpy()
    if pd.api.types.is_integer_dtype(values) and not decimals:
        return _whole(numbers, width)
    return _decimal(numbers.astype(np.float64), width, decimals)


def text_sizes(values: pd.Series, encoding: str = "UTF-8") -> NDArray[np.int64]:
    """Give the bytes of each text that is not missing.

    Examples
    --------
    >>> text_sizes(pd.Series(["东村", None])), text_sizes(pd.Series(["东村"]), "GBK")
    (array([6]), array([4]))
    """
    texts = values.dropna()
    if encoding == "UTF-8" and isinstance(texts.dtype, pd.StringDtype):
        sizes = pc.binary_length(pa.array(texts, pa.large_string(), from_pandas=True))
        return np.asarray(sizes, dtype=np.int64)
    known = {text: len(str(text).encode(encoding, "replace")) for text in texts.unique()}
    return np.array([known[text] for text in texts], dtype=np.int64)


def _whole(numbers: NDArray[Any], width: int) -> str:
    ends = (numbers.min(), numbers.max()) if len(numbers) else (0,)
    width = max(*(len(str(end)) for end in ends), width)
    if max(abs(int(end)) for end in ends) > _MOST_WHOLE:
        return f"str:{width}"
    return _whole_field(width)


def _whole_field(width: int) -> str:
    """Name a field of so many digits; what other software would read as a double is text."""
    if width > _MOST_WHOLE_DIGITS:
        return f"str:{width}"
    return f"int32:{width}" if width <= 9 else f"int64:{width}"


def _decimal(numbers: NDArray[np.float64], width: int, stated: int) -> str:
    """Give the least decimals that keep every number, and the width that the largest needs.

    One decimal at least: a column without any would be read as whole numbers. The width is that
    of the standard at least, where its decimals are enough.
    """
    numbers = numbers[np.isfinite(numbers)]
    full = f"float:{_MOST_DIGITS}.{_MOST_DECIMALS}"
    least = stated or 1
    with np.errstate(over="ignore"):
        kept = ((np.round(numbers, d) == numbers).all() for d in range(least, _MOST_DECIMALS + 1))
        decimals = next((d for d, all_kept in enumerate(kept, least) if all_kept), None)
    if decimals is None:
        return full
    ends = (numbers.min(), numbers.max()) if len(numbers) else (0.0,)
    needed = max(len(f"{end:.{decimals}f}") for end in ends)
    width = max(needed, width) if decimals == stated else needed
    return _decimal_field(width - decimals - 1, decimals)


def _decimal_field(digits: int, decimals: int) -> str:
    """Name a field of so many digits before and after the point."""
    width = digits + 1 + decimals
    if width > _MOST_DIGITS:
        return f"float:{_MOST_DIGITS}.{_MOST_DECIMALS}"
    return f"float:{width}.{decimals}"
