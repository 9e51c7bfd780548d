"""FlatGeobuf: one layer, quick to read."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from landgis.errors import InputError
from landgis.formats.columns import Survey
from landgis.formats.gdal_write import Driver
from landgis.formats.kinds import BY_GDAL, Format, opened_by_gdal


def _refuse(found: Survey, path: Path) -> None:
    if found.z and found.flat:
        raise InputError(
            f"{path.name}：FlatGeobuf 不能同时放有高程和无高程的图形，请分开写出，或用 .gpkg。",
            f"{path.name}: FlatGeobuf cannot hold shapes with and without heights together: "
            "write them apart, or as .gpkg.",
        )


def _whole(draft: Path, rows: int, _: str) -> bool:
    """Count the features by walking along their sizes."""
    with draft.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        at, count = 8, 0
        if len(raw) < 12:
            return False
        at += 4 + struct.unpack_from("<I", raw, at)[0]
        while at + 4 <= len(raw):
            at += 4 + struct.unpack_from("<I", raw, at)[0]
            count += 1
        return at == len(raw) and count == rows


FORMAT = Format(
    title="FlatGeobuf",
    suffixes=(".fgb",),
    open=opened_by_gdal,
    write=Driver(
        name="FlatGeobuf",
        title="FlatGeobuf",
        options=lambda _: {"SPATIAL_INDEX": "NO"},  # it would put the rows in another order
        refuse=_refuse,
    ),
    whole=_whole,
    in_parts=True,
    runs=BY_GDAL,
    keeps=("字段类型、64 位整数、空值", "kinds, 64 bits, missing values"),
    loses=(
        "只差大小写的字段名（改名）、日期（写成时刻）、M 值、图层标题和值域",
        "names that differ in case only (renamed), days (times), M, titles and domains",
    ),
)
