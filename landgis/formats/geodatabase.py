"""File Geodatabase (.gdb): a folder of files, written so that ArcGIS 10 reads it."""

from __future__ import annotations

from functools import partial

from landgis.formats.kinds import Format, opened_by_gdal, written_by_gdal

FORMAT = Format(
    title="File Geodatabase",
    suffixes=(".gdb",),
    open=partial(opened_by_gdal, describes=True),
    write=written_by_gdal("OpenFileGDB"),
    in_parts=True,
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
