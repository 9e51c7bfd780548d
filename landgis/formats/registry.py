"""The formats, one line each, and any source opened by the format of its suffix.

A format that is added here is read and written everywhere; archives are unpacked, databases asked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd

from landgis.errors import InputError
from landgis.files.archives import check_signature, unpacked
from landgis.files.inputs import note_input
from landgis.files.whole import is_database
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
    points_table,
    points_text,
    shapefile,
)
from landgis.formats.gdal import Opened
from landgis.formats.kinds import NAMES, Format, Open, Opening, Runs, at_once
from landgis.formats.postgis import open_table
from landgis.formats.shapefile import full_names

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
    points_text.FORMAT,
    points_table.FORMAT,
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


SUFFIXES = (*READABLE, ".zip", ".kmz")
"""Suffixes of what can be read; a database is given by its address (``postgresql://…``)."""

CONVERT_FIRST = MappingProxyType(
    {
        ".dwg": (
            "是 DWG 图，请在 CAD 中另存为 DXF（R2000 或更高）后再读",
            "is a DWG drawing: save it as DXF (R2000 or later) from CAD",
        ),
        ".vct": (
            "是 VCT 交换文件，请用 SuperMap 或 MapGIS 转为 GDB 或 shapefile 后再读",
            "is a VCT exchange file: convert it to a GDB or shapefile with SuperMap or MapGIS",
        ),
        ".mdb": (
            "是 Personal Geodatabase，请在 ArcGIS 中导出为 .gdb 或 shapefile 后再读",
            "is a Personal Geodatabase: export it as a .gdb or shapefile from ArcGIS",
        ),
        **dict.fromkeys(
            (".dbf", ".shx", ".prj", ".cpg"),
            ("属于 shapefile，请指明同名的 .shp", "belongs to a shapefile: name its .shp"),
        ),
        **dict.fromkeys(
            (".ovkml", ".ovobj", ".gpx", ".e00", ".udb", ".udbx", ".wt"),
            (
                "不能直接读取，请在奥维、SuperMap 或 QGIS 中另存为 shapefile、KML 或 GeoJSON",
                "is not read: save it as a shapefile, KML or GeoJSON from the program it is of",
            ),
        ),
        **dict.fromkeys(
            (".lyr", ".lyrx", ".lpk", ".lpkx", ".mxd", ".aprx", ".qgs", ".qgz", ".qlr", ".mpk"),
            (
                "只是图层的样式或工程，请指明其中引用的数据文件",
                "is a project or the look of layers: name the file of data that it refers to",
            ),
        ),
        ".rar": ("是 RAR 压缩包，请解压后再读", "is a RAR archive: unpack it first"),
        ".7z": ("是 7z 压缩包，请解压后再读", "is a 7z archive: unpack it first"),
        **dict.fromkeys(
            (".wl", ".wp"),
            ("是 MapGIS 文件，请导出为 shapefile 后再读", "is of MapGIS: export it as a shapefile"),
        ),
    }
)
"""Formats that cannot be read, and how to convert them."""


@contextmanager
def open_source(
    source: str | os.PathLike[str],
    *,
    layer: str | None = None,
    encoding: str | None = None,
    pick: bool = False,
) -> Iterator[Opened]:
    """Open a source as it stands; archives stay unpacked as long as it is open.

    Parameters
    ----------
    pick
        Whether to take the first of several layers where none is named.

    Raises
    ------
    InputError
        If the source is missing, damaged, not of a known kind, or has no such layer.
    """
    if is_database(source):
        frame, tables = open_table(str(source), layer, pick=pick)
        yield Opened(frames=at_once(frame), layers=tables)
        return
    path = Path(source)
    check_content(path)
    note_input(path)
    suffix = path.suffix.lower()
    if suffix in {".zip", ".kmz"}:
        with unpacked(path, layer=layer, suffixes=READABLE) as inside:
            inner = None if inside.stem == layer and inside.suffix.lower() != ".gdb" else layer
            with open_source(inside, layer=inner, encoding=encoding, pick=pick) as opened:
                yield opened
    else:
        opening = Opening(layer=layer, encoding=encoding, pick=pick)
        form = readable(path)
        with form(path, opening) as opened:
            yield restored(path, opened)


def check_content(path: Path) -> None:
    """Refuse a file that does not begin as its format does.

    Raises
    ------
    InputError
        If it is missing, empty, or something else.
    """
    suffix = path.suffix.lower()
    check_signature(path, format_of(suffix).begins if suffix in READABLE else ())


def readable(path: Path) -> Open:
    """Give what opens a file, by its suffix.

    Raises
    ------
    InputError
        If it cannot be read; of formats that are known the sentence says how to convert them.
    """
    suffix = path.suffix.lower()
    form = format_of(suffix) if suffix in READABLE else None
    if form is not None and form.open is not None:
        return form.open
    hint = CONVERT_FIRST.get(suffix)
    if hint is not None:
        raise InputError(f"{path.name} {hint[0]}。", f"{path.name} {hint[1]}.")
    raise InputError(
        f"不支持的格式：{path.name}。可读：{'、'.join(SUFFIXES)}，或 postgresql:// 地址。",
        f"{path.name} is of no known kind; known are {', '.join(SUFFIXES)} "
        "and postgresql:// addresses.",
    )


def restored(path: Path, source: Opened) -> Opened:
    """Give fields the names of the map beside the file that landgis wrote with it."""
    names = full_names(path)
    if not names:
        return source

    def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
        for frame in source.frames(rows):
            full = {short: name for short, name in names.items() if short in frame}
            if full:
                values = {"table": path.with_suffix(".fields.csv").name}
                told = NAMES.finding(
                    "restored", "note", subject=path.name, actual=float(len(full)), values=values
                )
                source.findings.extend([told] if told not in source.findings else [])
            yield frame.rename(columns=full)

    return replace(source, frames=frames)
