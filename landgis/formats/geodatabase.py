"""File Geodatabase (.gdb): a folder of files, written so that ArcGIS 10 reads it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from landgis.errors import InputError
from landgis.formats.columns import Losses, Survey, as_text
from landgis.formats.gdal_write import Driver, counted
from landgis.formats.kinds import BY_GDAL, Format, opened_by_gdal

_RESERVED = frozenset(
    {
        *("objectid", "shape", "fid", "oid", "shape_length", "shape_area"),
        *("add", "alter", "and", "as", "asc", "between", "by", "column", "create", "date"),
        *("delete", "desc", "drop", "exists", "for", "from", "in", "insert", "into", "is"),
        *("like", "not", "null", "or", "order", "select", "set", "table", "update", "values"),
        "where",
    }
)


def _as_arcgis(values: pd.Series, losses: Losses) -> pd.Series:
    """Give a column a kind that ArcGIS before Pro 3.2 has.

    Whole numbers have 32 bits, larger ones are text, so that codes stay whole; days are times.
    """
    if pd.api.types.infer_dtype(values, skipna=True) == "date":
        return pd.to_datetime(values)
    if not pd.api.types.is_integer_dtype(values):
        return values
    largest = values.abs().max()
    if pd.isna(largest) or largest <= np.iinfo(np.int32).max:
        return values.astype("Int32" if values.hasnans else "int32")
    return as_text(values, losses)


def _refuse(found: Survey, path: Path) -> None:
    if len({kind.removeprefix("Multi") for kind in found.kinds}) > 1:
        listed = "、".join(sorted(found.kinds))
        raise InputError(
            f"{path.name}：File Geodatabase 的一个图层只能放一种图形，现有 {listed}："
            "请分开写出，或用 .gpkg。",
            f"{path.name}: a layer of a File Geodatabase holds shapes of one kind, here are "
            f"{listed.replace('、', ', ')}: write them apart, or as .gpkg.",
        )


FORMAT = Format(
    title="File Geodatabase",
    suffixes=(".gdb",),
    open=partial(opened_by_gdal, describes=True),
    write=Driver(
        name="OpenFileGDB",
        title="File Geodatabase",
        reserved=_RESERVED,
        plain=True,
        aliases=True,
        options=lambda _: {"TARGET_ARCGIS_VERSION": "ALL"},
        said={"LAYER_ALIAS": "title"},
        measured=True,
        unknown="MultiPolygon",
        fit=_as_arcgis,
        refuse=_refuse,
    ),
    whole=counted,
    in_parts=True,
    runs=BY_GDAL,
    many_layers=True,
    keeps=(
        "字段类型、空值、图层别名、字段别名、值域",
        "kinds, missing values, aliases of layer and fields, domains of coded values",
    ),
    loses=(
        (
            "32 位以外的整数（写成文字）、布尔值（0 和 1）、日期（写成 UTC 时刻）、"
            "混合图形类型、保留字段名（改名）"
        ),
        (
            "whole numbers beyond 32 bits (text), truth values (0 and 1), days (times in UTC), "
            "shapes of several kinds, reserved names (renamed)"
        ),
    ),
)
