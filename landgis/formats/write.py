"""Layers as files: the format is that of the suffix.

What a format cannot hold (long names and long text in a shapefile, lists) is changed in a stated
way and told.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd
import pyogrio

from landgis.crs.conversion import convert_crs
from landgis.crs.datums import CGCS2000
from landgis.crs.extent import finite_bounds
from landgis.errors import CRSError, InputError
from landgis.files.archives import layer_inside
from landgis.files.whole import beside, is_database, require_replaceable
from landgis.findings import Finding, define, failed, findings_table
from landgis.formats.columns import (
    Frames,
    Losses,
    flat_frames,
    plain_frames,
    tell_losses,
)
from landgis.formats.csv_table import write_wkt_table
from landgis.formats.gdal_write import DRIVERS, write_plain_table, write_vector
from landgis.formats.geoparquet import write_geoparquet
from landgis.formats.kml import write_kml
from landgis.formats.points import ATTRIBUTES
from landgis.formats.points_table import write_points_workbook
from landgis.formats.points_text import text_header, write_points_text
from landgis.formats.postgis import Existing, write_tables
from landgis.formats.shapefile_write import write_shapefile
from landgis.language import Lang, say
from landgis.measure import describe_crs, gk3_epsg, is_gauss_kruger, zone_of
from landgis.standards import guess_fields

FORMATS = (*DRIVERS, "kml", "shp", "zip", "gdb.zip", "parquet", "geoparquet", "csv", "txt", "xlsx")
"""Formats that can be written, by suffix; ``zip`` is a zipped shapefile."""

_MANY_LAYERS = {"gpkg", "gdb"}
KEPT = define(
    "export.layers",
    ("图层", "layers"),
    ("文件中原有的图层如何处理", "what became of the layers that the file held"),
    replaced=(
        "{subject} 中原有的图层“{layer}”已替换，其他图层未动：{others:list}。",
        "{subject}: the layer “{layer}” was replaced, the others are as they were: {others:list}.",
    ),
    added=(
        "{subject} 已存在，加入图层“{layer}”，原有图层未动：{others:list}。",
        "{subject} was there: the layer “{layer}” was added to {others:list}.",
    ),
)

POINTS = MappingProxyType({"txt": ATTRIBUTES, "xlsx": ("DKBH", "DKMC")})
"""Formats of boundary points, with the fields that they hold."""

_NAMES_OF_POINTS = MappingProxyType(
    {"parcel_id": "DKBH", "name": "DKMC", "category": "DKYT", "recorded_area_m2": "DKMJ"}
)


def write_layer(
    frame: gpd.GeoDataFrame,
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    encoding: str = "UTF-8",
    existing: Existing = "refuse",
    lang: Lang = "zh",
) -> pd.DataFrame:
    """Write a layer in the format of the suffix.

    Parameters
    ----------
    frame
        A layer with a coordinate system (boundary points need none).
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
    >>> len(findings)
    0
    """
    return write_frames(
        lambda: [frame], path, layer=layer, encoding=encoding, existing=existing, lang=lang
    )


def write_frames(
    frames: Frames,
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    encoding: str = "UTF-8",
    existing: Existing = "refuse",
    lang: Lang = "zh",
) -> pd.DataFrame:
    """Write a layer that comes in frames; files of points and databases need all in memory.

    Parameters
    ----------
    frames
        Gives the layer from its beginning each time it is called; it is gone through twice.

    Returns
    -------
    DataFrame
        As `write_layer`, whose other parameters and errors these are.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from shapely import box
    >>> squares = [box(509500 + 9 * k, 3416500, 509505 + 9 * k, 3416505) for k in (0, 1)]
    >>> parts = [gpd.GeoDataFrame(geometry=[square], crs=4549) for square in squares]
    >>> with TemporaryDirectory() as folder:
    ...     findings = write_frames(lambda: parts, Path(folder) / "a.shp")
    >>> len(findings)
    0
    """
    if is_database(path):
        losses = Losses()
        whole = _gathered(plain_frames(frames, losses))
        write_tables({layer or "layer": whole}, str(path), existing=existing)
        return findings_table(tell_losses(losses, lang))
    path = Path(path)
    kind = _kind(path)
    losses, findings = Losses(), list[Finding]()
    plain = plain_frames(frames, losses)
    if next(iter(plain())).crs is None and kind not in POINTS:
        raise CRSError(
            "图层没有坐标系，不能写出：请先声明。",
            "The layer has no coordinate system: declare it.",
        )
    losses.clear()
    together = kind in _MANY_LAYERS and path.suffix.lower() != ".zip"
    with beside(path, keep=together) as draft:
        if kind in POINTS:
            findings += _write_points(_gathered(plain), draft, kind, lang)
        elif kind == "shp":
            findings += write_shapefile(plain, draft, encoding=encoding, losses=losses, lang=lang)
        elif kind == "csv":
            write_wkt_table(flat_frames(plain, losses)(), draft)
        elif kind == "kml":
            write_kml(flat_frames(plain, losses)(), draft, layer=layer or draft.stem)
        elif kind in {"parquet", "geoparquet"}:
            write_geoparquet(plain, draft, losses)
        else:
            name = layer or draft.stem
            findings += write_vector(plain, draft, driver=DRIVERS[kind], layer=name, losses=losses)
            if together and path.exists():
                findings += _told_kept(path, name)
    findings = [*tell_losses(losses, lang), *findings]
    return findings_table(replace(finding, subject=path.name) for finding in findings)


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
    kind = layer_inside(path).suffix.lower().removeprefix(".")
    if kind not in {"gpkg", "gdb"}:
        raise InputError(
            f"{path.name} 只能放一个图层；多个图层请写成 .gpkg 或 .gdb。",
            f"{path.name} holds one layer only; write several as .gpkg or .gdb.",
        )
    with beside(path, keep=path.suffix.lower() != ".zip") as draft:
        write_together(layers, draft, driver=DRIVERS[kind])


def write_together(layers: Mapping[str, pd.DataFrame], path: Path, *, driver: str) -> None:
    """Write layers and tables into one file; layers of the same names are replaced."""
    for name, frame in layers.items():
        if isinstance(frame, gpd.GeoDataFrame):
            losses = Losses()
            plain = plain_frames(partial(list, [frame]), losses)
            write_vector(plain, path, driver=driver, layer=name, losses=losses)
        else:
            write_plain_table(frame, path, driver=driver, layer=name)


# ---------------------------------------------------------------- one format


def _kind(path: Path) -> str:
    """Name the format of a file, or of the layer in an archive."""
    kind = layer_inside(path).suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        known = [f".{k}" for k in FORMATS]
        raise InputError(
            f"不能写出 {path.suffix or path.name}，可用：{'、'.join(known)}。",
            f"Cannot write {path.suffix or path.name}; use {', '.join(known)}.",
        )
    require_replaceable(path)
    return kind


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


def _gathered(frames: Frames) -> gpd.GeoDataFrame:
    """Give all frames as one."""
    parts = list(frames())
    if len(parts) == 1:
        return parts[0]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)


def _write_points(frame: gpd.GeoDataFrame, path: Path, kind: str, lang: Lang) -> list[Finding]:
    """Write boundary points as text or as a workbook, under the names of the exchange text."""
    frame, findings = _in_plane(frame, lang)
    frame, more = _point_names(frame, lang)
    findings += [*more, *_left_out(frame, POINTS[kind], lang)]
    if kind == "txt":
        path.write_bytes(write_points_text(frame, header=text_header(frame.crs)))
    else:
        write_points_workbook(frame, path)
    return findings


def _point_names(frame: gpd.GeoDataFrame, lang: Lang) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Give fields that are known the names of the exchange text, and tell which."""
    known = {"parcel_id", "name", "category"}
    guessed = {c: f for c, f in guess_fields(frame).items() if c in known}
    guessed |= {c: c for c in _NAMES_OF_POINTS if c in frame}
    named = {field: _NAMES_OF_POINTS[column] for column, field in guessed.items()}
    named = {field: name for field, name in named.items() if name not in frame}
    if "recorded_area_m2" in named:
        frame = frame.assign(recorded_area_m2=frame["recorded_area_m2"] / 10_000)
    if not named:
        return frame, []
    pairs = "，".join(f"{field}→{name}" for field, name in named.items())
    zh, en = f"字段按报盘格式写出：{pairs}。", f"Fields under the names of the text: {pairs}."
    told = Finding(check="export.points", verdict="pass", message=say(lang, zh, en))
    return frame.rename(columns=named), [told]


def _in_plane(frame: gpd.GeoDataFrame, lang: Lang) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Take degrees to the 3° plane of their middle: boundary points are metres."""
    bounds = finite_bounds(frame.geometry.array)
    if frame.crs is None or is_gauss_kruger(frame.crs) or bounds is None:
        return frame, []
    west, _, east, _ = convert_crs(frame, CGCS2000).total_bounds
    moved = convert_crs(frame, gk3_epsg(int(zone_of((west + east) / 2))))
    zh = f"界址点以米为单位，已由 {describe_crs(frame.crs)} 换算到 {describe_crs(moved.crs)}。"
    en = f"Converted from {describe_crs(frame.crs, 'en')} to {describe_crs(moved.crs, 'en')}."
    return moved, [Finding(check="export.crs", verdict="pass", message=say(lang, zh, en))]


def _left_out(frame: gpd.GeoDataFrame, kept: Sequence[str], lang: Lang) -> list[Finding]:
    names = [c for c in frame.columns if c not in {*kept, "geometry"}]
    if not names:
        return []
    zh = f"界址点没有这些字段，未写出：{'、'.join(names)}。"
    en = f"Boundary points have no such fields, left out: {', '.join(names)}."
    return [failed("export.fields", zh, en, lang=lang)]
