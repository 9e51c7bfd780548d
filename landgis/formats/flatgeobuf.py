"""FlatGeobuf: one layer, quick to read."""

from __future__ import annotations

from landgis.formats.kinds import Format, opened_by_gdal, written_by_gdal

FORMAT = Format(
    title="FlatGeobuf",
    suffixes=(".fgb",),
    open=opened_by_gdal,
    write=written_by_gdal("FlatGeobuf"),
    in_parts=True,
    keeps=("字段类型、64 位整数、空值", "kinds, 64 bits, missing values"),
    loses=(
        "只差大小写的字段名（改名）、日期（写成时刻）、M 值、图层标题和值域",
        "names that differ in case only (renamed), days (times), M, titles and domains",
    ),
)
