"""Fields of a shapefile one by one: kind, width and decimals, by the standards or by the data.

A DBF has columns of fixed width. Fields of the standards (国土调查数据库标准, 不动产登记数据库标准)
have their stated width, so that a receiving system takes them; every other field is as wide as
what it holds, so that nothing is cut or rounded.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landgis.errors import InputError

TEXTS = MappingProxyType(
    {
        "BSM": 18, "YSDM": 10, "XZQDM": 12, "XZQMC": 100, "XZQHDM": 12, "TBYBH": 18, "TBBH": 8,
        "DLBM": 5, "DLMC": 60, "QSXZ": 2, "QSDWDM": 19, "QSDWMC": 60, "ZLDWDM": 19, "ZLDWMC": 60,
        "KCDLBM": 5, "CZCSXM": 4, "ZDDM": 19, "BDCDYH": 28, "ZL": 200, "QLLX": 2, "QLXZ": 4,
    }
)  # fmt: skip
"""Text fields of the standards: name → width in bytes."""

NUMBERS = MappingProxyType(
    {
        "TBMJ": (15, 2), "KCMJ": (15, 2), "TBDLMJ": (15, 2), "ZDMJ": (15, 2), "KCXS": (6, 4),
        "SJNF": (4, 0),
    }
)  # fmt: skip
"""Number fields of the standards: name → width and decimals."""

MOST_BYTES = 254
_MOST_DIGITS, _MOST_DECIMALS = 24, 15
_KINDS = MappingProxyType(
    {
        "Polygon": "Polygon", "MultiPolygon": "Polygon", "LineString": "LineString",
        "MultiLineString": "LineString", "Point": "Point", "MultiPoint": "MultiPoint",
    }
)  # fmt: skip


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


def beyond_standard(fields: dict[str, str]) -> dict[str, str]:
    """Name the fields that are not as the standards state: field → the standard's kind.

    Examples
    --------
    >>> beyond_standard({"ZDMJ": "float:15.2", "DLBM": "str:7"})
    {'DLBM': 'str:5'}
    """
    stated = {name: f"str:{width}" for name, width in TEXTS.items()}
    for name, (width, decimals) in NUMBERS.items():
        stated[name] = f"float:{width}.{decimals}" if decimals else f"int32:{width}"
    return {
        name: stated[name.upper()]
        for name, kind in fields.items()
        if name.upper() in stated and kind != stated[name.upper()]
    }


def create_shapefile(
    frame: gpd.GeoDataFrame, path: Path, *, fields: dict[str, str], encoding: str = "UTF-8"
) -> None:
    """Write a shapefile without rows: fields, kind of shapes, coordinate system and encoding.

    Parameters
    ----------
    frame
        The rows that shall follow.
    fields
        What `dbf_fields` gave.

    Raises
    ------
    InputError
        If the layer has shapes of several kinds.

    Examples
    --------
    >>> import tempfile
    >>> from shapely import box
    >>> file = Path(tempfile.mkdtemp()) / "a.shp"
    >>> layer = gpd.GeoDataFrame({"YT": ["住宅"]}, geometry=[box(0, 0, 9, 9)], crs=4549)
    >>> create_shapefile(layer, file, fields=dbf_fields(layer))
    >>> file.with_suffix(".cpg").read_text()
    'UTF-8'
    """
    schema = {"geometry": _geometry(frame), "properties": fields}
    wkt = frame.crs.to_wkt()
    with fiona.open(
        path, "w", driver="ESRI Shapefile", schema=schema, crs_wkt=wkt, encoding=encoding
    ):
        pass


def _geometry(frame: gpd.GeoDataFrame) -> str:
    """Name the one kind of a layer's shapes in fiona's words."""
    stated = frame.geometry.geom_type.dropna().unique()
    kinds = {_KINDS.get(kind, kind) for kind in stated} or {"Polygon"}
    if len(kinds) > 1 or kinds - set(_KINDS.values()):
        listed = sorted(stated)
        raise InputError(
            f"shapefile 只能放一种图形，图层中有 {'、'.join(listed)}：请分开写出，或用 .gpkg。",
            f"A shapefile holds shapes of one kind; the layer has {', '.join(listed)}: "
            "write them apart, or as .gpkg.",
        )
    return f"3D {kinds.pop()}" if frame.geometry.has_z.any() else str(kinds.pop())


def _field(name: str, values: pd.Series, encoding: str) -> str:
    standard = name.upper()
    if pd.api.types.is_bool_dtype(values):
        return "bool"
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.dropna().to_numpy()
        if pd.api.types.is_integer_dtype(values):
            return _whole(numbers, NUMBERS.get(standard))
        return _decimal(numbers.astype(np.float64), NUMBERS.get(standard))
    sizes = values.dropna().map(lambda text: len(str(text).encode(encoding, "replace")))
    width = min(max(sizes.max() if len(sizes) else 1, 1), MOST_BYTES)
    return f"str:{max(width, TEXTS.get(standard, 0))}"


def _whole(numbers: NDArray[Any], standard: tuple[int, int] | None) -> str:
    if standard is not None and standard[1]:
        return _decimal(numbers.astype(np.float64), standard)
    ends = (numbers.min(), numbers.max()) if len(numbers) else (0,)
    width = max(*(len(str(end)) for end in ends), standard[0] if standard else 1)
    return f"int32:{width}" if width <= 9 else f"int64:{width}"


def _decimal(numbers: NDArray[np.float64], standard: tuple[int, int] | None) -> str:
    """Give the least decimals that keep every number, and the width that the largest needs.

    One decimal at least: a column without any would be read as whole numbers.
    """
    numbers = numbers[np.isfinite(numbers)]
    full = f"float:{_MOST_DIGITS}.{_MOST_DECIMALS}"
    least = (standard[1] if standard else 0) or 1
    with np.errstate(over="ignore"):
        kept = ((np.round(numbers, d) == numbers).all() for d in range(least, _MOST_DECIMALS + 1))
        decimals = next((d for d, all_kept in enumerate(kept, least) if all_kept), None)
    if decimals is None:
        return full
    ends = (numbers.min(), numbers.max()) if len(numbers) else (0.0,)
    width = max(len(f"{end:.{decimals}f}") for end in ends)
    if standard and decimals == standard[1]:
        width = max(width, standard[0])
    return f"float:{width}.{decimals}" if width <= _MOST_DIGITS else full
