"""File Geodatabase (.gdb): a folder of files, written so that ArcGIS 10 reads it."""

from __future__ import annotations

from landgis.formats.kinds import Format, opened_by_gdal, written_by_gdal

FORMAT = Format(
    title="File Geodatabase",
    suffixes=(".gdb",),
    open=opened_by_gdal,
    write=written_by_gdal("OpenFileGDB"),
    in_parts=True,
    many_layers=True,
    keeps=("字段类型、空值、字段别名", "kinds, missing values, aliases"),
    loses=(
        "32 位以外的整数（写成文字）、混合图形类型、保留字段名（改名）",
        "whole numbers beyond 32 bits (text), shapes of several kinds, reserved names (renamed)",
    ),
)
