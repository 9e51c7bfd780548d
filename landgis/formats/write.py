"""Layers as files: the format is that of the suffix.

What a format cannot hold (long names and long text in a shapefile, lists) is changed in a stated
way and told.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from landgis.errors import CRSError, InputError, LandgisError
from landgis.files.archives import layer_inside
from landgis.files.whole import beside, is_database, require_replaceable, unwritable
from landgis.findings import Finding, define, findings_table
from landgis.formats.columns import Frames, Losses, gathered, peeked, plain_frames, tell_losses
from landgis.formats.gdal_write import Driver, write_plain_table, write_vector
from landgis.formats.kinds import PLAIN_POINTS, Format, PointsOptions, Writing
from landgis.formats.postgis import Existing, write_tables
from landgis.formats.registry import DRIVERS, WRITABLE, format_of

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
    """Refuse a file that was written and does not hold the rows that it was to hold.

    Raises
    ------
    InputError
        If it is cut off.
    """
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
