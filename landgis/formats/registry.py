"""The formats, one line each; any source opened, any layer written, by the format of its suffix.

A format that is added here is read and written everywhere; archives are unpacked, databases asked.
What a format cannot hold (long names and long text in a shapefile, lists) is changed in a stated
way and told.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from landgis.errors import CRSError, InputError, LandgisError
from landgis.files.archives import check_signature, layer_inside, unpacked
from landgis.files.whole import beside, is_database, note_input, require_replaceable, unwritable
from landgis.findings import Finding, define, findings_table
from landgis.formats import (
    csv_table,
    drivers,
    dxf,
    geoparquet,
    kml,
    points_files,
    shapefile,
)
from landgis.formats.columns import Frames, Losses, gathered, peeked, plain_frames, tell_losses
from landgis.formats.gdal import Opened
from landgis.formats.gdal_write import Driver, write_plain_table, write_vector
from landgis.formats.kinds import (
    NAMES,
    PLAIN_POINTS,
    Format,
    Open,
    Opening,
    PointsOptions,
    Runs,
    Writing,
    at_once,
)
from landgis.formats.postgis import Existing, open_table, write_tables
from landgis.formats.shapefile import full_names

REGISTRY: tuple[Format, ...] = (
    drivers.GEOPACKAGE,
    drivers.GEODATABASE,
    shapefile.FORMAT,
    drivers.GEOJSON,
    drivers.GEOJSON_LINES,
    drivers.FLATGEOBUF,
    geoparquet.FORMAT,
    kml.FORMAT,
    drivers.GML,
    drivers.MAPINFO,
    dxf.FORMAT,
    csv_table.FORMAT,
    points_files.POINTS_TEXT,
    points_files.POINTS_TABLE,
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
    """Refuse a file that does not begin as its format does."""
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


FORMATS = (*(s.removeprefix(".") for s in WRITABLE), "zip", "gdb.zip")
"""Formats that can be written, by suffix; ``zip`` is a zipped shapefile."""

KEPT = define("""export.layers 图层 | layers
    文件中原有的图层如何处理 | what became of the layers that the file held
    replaced: {subject} 中原有的图层“{layer}”已替换，其他图层未动：{others:list}。
    | {subject}: the layer “{layer}” was replaced, the others are as they were: {others:list}.
    added: {subject} 已存在，加入图层“{layer}”，原有图层未动：{others:list}。
    | {subject} was there: the layer “{layer}” was added to {others:list}.""")

POINTS = ("txt", "xlsx")
"""Formats of boundary points."""


def write_layer(
    frame: gpd.GeoDataFrame | Frames,
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    encoding: str = "UTF-8",
    points: PointsOptions = PLAIN_POINTS,
    existing: Existing = "refuse",
) -> pd.DataFrame:
    """Write a layer in the format of the suffix.

    Parameters
    ----------
    frame
        A layer with a coordinate system (boundary points need none); or some of its rows after
        others, gone through once. Files of points and databases need all in memory.
    path
        ``.gpkg .shp .gdb .geojson .fgb .parquet .kml``, a table with WKT as ``.csv``, boundary
        points as ``.txt .xlsx``, or the address of a database. ``.shp.zip`` (``.zip`` for short)
        and ``.gdb.zip`` are written whole into one archive. KML is longitude and latitude
        (EPSG:4326); boundary points are in a Gauss-Krüger plane; every other format keeps the
        system.
    layer
        Name of the layer in the file; table of a database. The file's name if not given.
    encoding
        Encoding of a shapefile's attributes: UTF-8 or GBK.
    points
        How boundary points are written.
    existing
        Whether to refuse, replace or append to a table of a database that is there; a file is
        always replaced.

    Returns
    -------
    DataFrame
        Findings: what the format could not hold (``export.names``, ``export.text``, …); none if
        it held everything.

    Raises
    ------
    InputError
        If the format is not known, or the folder does not exist.
    CRSError
        If the layer has no coordinate system.

    Notes
    -----
    Field names of a shapefile have ten bytes. Longer ones are cut at a character and made
    distinct; ``NAME.fields.csv`` beside the file maps them to the full names, and `read_layer`
    reads that map.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from shapely import box
    >>> square = box(509500, 3416500, 509600, 3416600)
    >>> layer = gpd.GeoDataFrame({"地块名称": ["东村"]}, geometry=[square], crs=4549)
    >>> with TemporaryDirectory() as folder:
    ...     findings = write_layer(layer, Path(folder) / "a.gpkg")
    ...     in_parts = write_layer([layer, layer], Path(folder) / "a.fgb")
    >>> len(findings), len(in_parts)
    (0, 0)
    """
    losses = Losses()
    plain = plain_frames([frame] if isinstance(frame, gpd.GeoDataFrame) else frame, losses)
    if is_database(path):
        write_tables({layer or "layer": gathered(plain)}, str(path), existing=existing)
        return findings_table(tell_losses(losses))
    path = Path(path)
    form = _format(path)
    writing = Writing(
        layer=layer or layer_inside(path).stem, encoding=encoding, losses=losses, points=points
    )
    first, plain = peeked(plain)
    if first.crs is None and form.needs_crs:
        raise CRSError(
            "图层没有坐标系，不能写出：请先声明。",
            "The layer has no coordinate system: declare it.",
        )
    if not form.many_layers:
        for name in told_beside(first.attrs):
            losses["export.domains", name] += 1
    together = form.many_layers and path.suffix.lower() != ".zip"
    rows = 0

    def counting() -> Iterator[gpd.GeoDataFrame]:
        nonlocal rows
        for part in plain:
            rows += len(part)
            yield part

    with beside(path, keep=together) as draft:
        findings = _written(form, counting(), draft, writing)
        require_whole(draft, form, rows, layer=writing.layer)
        if together and path.exists():
            findings += _told_kept(path, writing.layer)
    findings = [*tell_losses(losses), *findings]
    return findings_table(replace(finding, subject=path.name) for finding in findings)


def _written(form: Format, frames: Frames, draft: Path, writing: Writing) -> list[Finding]:
    if isinstance(form.write, Driver):
        return write_vector(
            frames, draft, driver=form.write, layer=writing.layer, losses=writing.losses
        )
    return form.write(frames, draft, writing) if form.write else []


def require_whole(draft: Path, form: Format, rows: int, *, layer: str) -> None:
    """Refuse a file that was written and does not hold the rows that it was to hold."""
    if not form.whole(draft, rows, layer):
        raise unwritable(draft, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def write_layers(layers: Mapping[str, pd.DataFrame], path: str | os.PathLike[str]) -> None:
    """Write several layers, and tables without geometry, into one file.

    Parameters
    ----------
    layers
        Name → layer or table.
    path
        ``.gpkg``, ``.gdb`` or ``.gdb.zip``.

    Raises
    ------
    InputError
        If the format holds one layer only.

    Examples
    --------
    >>> import pyogrio
    >>> from tempfile import TemporaryDirectory
    >>> from shapely import box
    >>> town = gpd.GeoDataFrame({"name": ["东镇"]}, geometry=[box(0, 0, 9, 9)], crs=4549)
    >>> with TemporaryDirectory() as folder:
    ...     write_layers({"乡镇": town, "村": town}, Path(folder) / "a.gpkg")
    ...     pyogrio.list_layers(Path(folder) / "a.gpkg")[:, 0].tolist()
    ['乡镇', '村']
    """
    path = Path(path)
    kind = layer_inside(path).suffix.lower()
    driver = format_of(kind).driver if kind in WRITABLE else None
    if driver is None or not format_of(kind).many_layers:
        raise InputError(
            f"{path.name} 只能放一个图层；多个图层请写成 .gpkg 或 .gdb。",
            f"{path.name} holds one layer only; write several as .gpkg or .gdb.",
        )
    with beside(path, keep=path.suffix.lower() != ".zip") as draft:
        write_together(layers, draft, driver=driver)


def write_together(layers: Mapping[str, pd.DataFrame], path: Path, *, driver: Driver) -> None:
    """Write layers and tables into one file; layers of the same names are replaced."""
    for name, frame in layers.items():
        if isinstance(frame, gpd.GeoDataFrame):
            losses = Losses()
            write_vector(
                plain_frames([frame], losses), path, driver=driver, layer=name, losses=losses
            )
        else:
            write_plain_table(frame, path, driver=driver, layer=name)


# ---------------------------------------------------------------- one format


def told_beside(attrs: Mapping[Any, Any]) -> list[str]:
    """Name what a frame says beside its columns: its title, fields with a domain or alias."""
    title = [str(attrs["title"])] if attrs.get("title") else []
    return [*title, *dict.fromkeys([*attrs.get("domains", {}), *attrs.get("aliases", {})])]


def _format(path: Path) -> Format:
    """Give the format of a file, or of the layer in an archive."""
    kind = layer_inside(path).suffix.lower()
    if kind.removeprefix(".") not in FORMATS:
        known = [f".{k}" for k in FORMATS]
        raise InputError(
            f"不能写出 {path.suffix or path.name}，可用：{'、'.join(known)}。",
            f"Cannot write {path.suffix or path.name}; use {', '.join(known)}.",
        )
    require_replaceable(path)
    return format_of(kind)


def _told_kept(path: Path, layer: str) -> list[Finding]:
    """Say which layers a file held before, and whether one was replaced."""
    before = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    others = [name for name in before if name != layer]
    kind = "replaced" if layer in before else "added"
    if not others:
        return []
    return [
        KEPT.finding(kind, "note", subject=path.name, values={"layer": layer, "others": others})
    ]


LEAST_ROOM = 100 * 2**20
"""Bytes that outputs may well take."""


def foresee_files(directory: Path | str, formats: Iterable[str]) -> list[LandgisError]:
    """Look, before the work is done, at what files need: room on the disk, drivers of formats.

    Examples
    --------
    >>> foresee_files("out", ["gpkg"])
    []
    """
    found: list[LandgisError] = []
    place = Path(directory).absolute()
    while not place.exists():
        place = place.parent
    room = shutil.disk_usage(place).free
    if room < LEAST_ROOM:
        found.append(
            InputError(
                f"{place} 所在的盘只剩 {room / 2**20:.0f} MB，成果可能写不全：请腾出空间。",
                f"The disk of {place} has {room / 2**20:.0f} MB left, which outputs may not "
                "fit into: make room.",
            )
        )
    known = pyogrio.list_drivers(write=True)
    found += [
        InputError(
            f"本机的 GDAL 不能写 {kind}（缺驱动 {DRIVERS[kind].name}）：请换一种格式。",
            f"GDAL of this machine cannot write {kind} (no driver {DRIVERS[kind].name}): choose "
            "another format.",
        )
        for kind in formats
        if kind in DRIVERS and DRIVERS[kind].name not in known
    ]
    return found
