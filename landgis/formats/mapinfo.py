"""MapInfo tables (TAB, MIF/MID), read only."""

from __future__ import annotations

from landgis.formats.kinds import Format, opened_by_gdal

FORMAT = Format(
    title="MapInfo TAB / MIF",
    suffixes=(".tab", ".mif"),
    open=opened_by_gdal,
    in_parts=True,
    keeps=("字段类型、坐标系", "kinds, coordinate system"),
)
