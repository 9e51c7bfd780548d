"""The formats, one line each: a format that is added here is read and written everywhere."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from landgis.formats import (
    csv_table,
    dxf,
    flatgeobuf,
    geodatabase,
    geojson,
    geopackage,
    geoparquet,
    gml,
    kml,
    mapinfo,
    points_files,
    shapefile,
)
from landgis.formats.kinds import Format
from landgis.formats.runs import Runs

REGISTRY: tuple[Format, ...] = (
    geopackage.FORMAT,
    geodatabase.FORMAT,
    shapefile.FORMAT,
    geojson.FORMAT,
    geojson.SEQUENCE,
    flatgeobuf.FORMAT,
    geoparquet.FORMAT,
    kml.FORMAT,
    gml.FORMAT,
    mapinfo.FORMAT,
    dxf.FORMAT,
    csv_table.FORMAT,
    points_files.TEXT,
    points_files.WORKBOOK,
)

_BY_SUFFIX = MappingProxyType({suffix: form for form in REGISTRY for suffix in form.suffixes})
READABLE = tuple(suffix for suffix, form in _BY_SUFFIX.items() if form.open is not None)
WRITABLE = tuple(
    suffix
    for suffix, form in _BY_SUFFIX.items()
    if form.write is not None and suffix not in {".xls", ".xlsm"}
)
IN_PARTS = tuple(suffix for suffix, form in _BY_SUFFIX.items() if form.runs is not None)
DRIVERS = MappingProxyType(
    {s.removeprefix("."): form.driver for s, form in _BY_SUFFIX.items() if form.driver is not None}
)
"""Drivers of GDAL's by suffix, without its dot."""


def runs_of(path: Path) -> Runs | None:
    """Give what reads a file in parts, by its suffix; None if it cannot be."""
    form = _BY_SUFFIX.get(path.suffix.lower())
    return None if form is None else form.runs


def format_of(suffix: str) -> Format:
    """Give the format of a suffix, with its dot, in small letters.

    Raises
    ------
    KeyError
        If no format has it.

    Examples
    --------
    >>> format_of(".gpkg").title
    'GeoPackage'
    """
    return _BY_SUFFIX[suffix]
