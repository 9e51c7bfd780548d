"""The kinds of sources, each opened by what reads it."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import python_calamine

from landgis.crs.extent import finite_bounds
from landgis.errors import InputError
from landgis.files.archives import check_signature, check_zipped, unpacked
from landgis.files.contents import refuse_endless_views, refuse_far_cells, refuse_links
from landgis.files.encoding import decode_text
from landgis.files.inputs import note_input
from landgis.files.whole import is_database
from landgis.findings import Finding, failed
from landgis.formats.csv_table import read_wkt_table, shape_column
from landgis.formats.dxf import closed_lines, drawn_text, look_into, tell_arcs, with_text
from landgis.formats.gdal import (
    Frames,
    Source,
    choose_layer,
    damage,
    no_layer,
    read_frames,
    spatial_layers,
)
from landgis.formats.geoparquet import read_geoparquet
from landgis.formats.kml import FOLDER, read_kml
from landgis.formats.points import PointsRead, points_file
from landgis.formats.points_table import HEADER_SHEET, csv_rows, read_points_table
from landgis.formats.points_text import header_crs, read_points_text
from landgis.formats.postgis import open_table
from landgis.formats.shapefile import open_shapefile
from landgis.formats.told import NAMES
from landgis.language import Lang

SUFFIXES = (
    ".shp",
    ".zip",
    ".gpkg",
    ".gdb",
    ".geojson",
    ".json",
    ".fgb",
    ".parquet",
    ".geoparquet",
    ".kml",
    ".kmz",
    ".dxf",
    ".txt",
    ".csv",
    ".xlsx",
    ".xls",
)
"""Suffixes of what can be read; a database is given by its address (``postgresql://…``)."""


@contextmanager
def open_source(
    source: str | os.PathLike[str],
    *,
    layer: str | None = None,
    encoding: str | None = None,
    pick: bool = False,
    lang: Lang = "zh",
) -> Iterator[Source]:
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
        yield Source(frames=_at_once(frame), layers=tables)
        return
    path = Path(source)
    check_signature(path)
    note_input(path)
    suffix = path.suffix.lower()
    if suffix in {".zip", ".kmz"}:
        with unpacked(path, layer=layer) as inside:
            inner = None if inside.stem == layer and inside.suffix.lower() != ".gdb" else layer
            with open_source(
                inside, layer=inner, encoding=encoding, pick=pick, lang=lang
            ) as opened:
                yield opened
    elif points_file(path):
        yield _points(path, layer, encoding, lang)
    elif suffix == ".shp":
        with open_shapefile(path, encoding=encoding, lang=lang) as opened:
            yield opened
    elif suffix in {".parquet", ".geoparquet"}:
        findings: list[Finding] = []
        yield Source(
            frames=lambda rows: read_geoparquet(path, rows=rows, noted=findings),
            layers=(path.stem,),
            findings=findings,
        )
    elif suffix in {".geojson", ".json"}:
        with _geojson(path, layer, encoding, pick=pick, lang=lang) as opened:
            yield restored(path, opened)
    elif suffix == ".kml":
        yield _kml(path, layer)
    elif suffix in SUFFIXES:
        yield restored(path, _vector(path, layer, encoding, pick=pick, lang=lang))
    else:
        raise InputError(
            f"不支持的格式：{path.name}。可读：{'、'.join(SUFFIXES)}，或 postgresql:// 地址。",
            f"{path.name} is of no known kind; known are {', '.join(SUFFIXES)} "
            "and postgresql:// addresses.",
        )


def restored(path: Path, source: Source) -> Source:
    """Give fields the names of the map beside the file that landgis wrote with it."""
    table = path.with_suffix(".fields.csv")
    if not table.is_file():
        return source
    rows = csv_rows(table.read_bytes(), name=table.name)
    names = {row[0]: row[1] for row in rows[1:] if len(row) == 2 and row[0] != row[1]}

    def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
        for frame in source.frames(rows):
            full = {short: name for short, name in names.items() if short in frame}
            if full:
                values = {"table": table.name}
                told = NAMES.finding(
                    "restored", "note", subject=path.name, actual=float(len(full)), values=values
                )
                source.findings.extend([told] if told not in source.findings else [])
            yield frame.rename(columns=full)

    return replace(source, frames=frames)


def _at_once(frame: gpd.GeoDataFrame) -> Frames:
    """Give a frame that is in memory already."""
    return lambda _: iter([frame])


def _vector(
    path: Path, layer: str | None, encoding: str | None, *, pick: bool, lang: Lang
) -> Source:
    """Open what GDAL reads without further ado."""
    if path.suffix.lower() == ".dxf":
        with damage(path):
            drawing = look_into(path)
    if path.suffix.lower() == ".gpkg":
        refuse_endless_views(path)
    layers = spatial_layers(path)
    chosen = choose_layer(path, layers, layer, pick=pick)
    findings: list[Finding] = []
    if path.suffix.lower() == ".dxf":
        (drawn,) = read_frames(path, chosen, rows=None, noted=findings, lang=lang)
        with damage(path):
            drawn, used = drawn_text(drawn, encoding)
            frame, more = closed_lines(drawn, path.name, lang)
            frame, given = with_text(frame, drawn, drawing, path.name)
        findings += [*tell_arcs(drawing, path.name), *more, *given]
        return Source(frames=_at_once(frame), encoding=used, layers=layers, findings=findings)

    def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
        return read_frames(path, chosen, rows=rows, noted=findings, lang=lang)

    return Source(frames=frames, layers=layers, findings=findings)


def _kml(path: Path, layer: str | None) -> Source:
    """Read a KML; a folder can be chosen as a layer."""
    with damage(path):
        frame = read_kml(path)
    layers = tuple(frame[FOLDER].unique()) if FOLDER in frame else (path.stem,)
    if layer is not None and layer not in layers:
        raise no_layer(path, layers, layer)
    if layer is not None and FOLDER in frame:
        frame = frame[frame[FOLDER] == layer].reset_index(drop=True)
    return Source(frames=_at_once(frame), layers=layers)


@contextmanager
def _geojson(
    path: Path, layer: str | None, encoding: str | None, *, pick: bool, lang: Lang
) -> Iterator[Source]:
    """Open a GeoJSON; one that is not UTF-8 is copied for as long as it is open."""
    refuse_links(path)
    name = _text_encoding(path, encoding)
    if name == "UTF-8":
        yield _vector(path, layer, None, pick=pick, lang=lang)
        return
    with TemporaryDirectory(prefix="landgis-") as folder:
        copy = Path(folder) / path.name
        copy.write_text(decode_text(path.read_bytes(), encoding=name)[0], encoding="utf-8")
        opened = _vector(copy, layer, None, pick=pick, lang=lang)
        zh = f"{path.name} 不是 UTF-8，按 {name} 读取（GeoJSON 应为 UTF-8）。"
        en = f"{path.name} is not UTF-8, read as {name} (GeoJSON has to be UTF-8)."
        opened.findings.append(failed("layer.encoding", zh, en, subject=path.name, lang=lang))
        yield replace(opened, encoding=name)


def _text_encoding(path: Path, encoding: str | None) -> str:
    """UTF-8 if the file is that throughout, else what its bytes show."""
    if encoding is not None:
        return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(path):
            decoder.decode(block)
    except UnicodeDecodeError:
        return decode_text(path.read_bytes(), name=path.name)[1]
    return "UTF-8"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(2**22):
            yield block


def _points(path: Path, layer: str | None, encoding: str | None, lang: Lang) -> Source:
    """Read boundary points, which only the whole of the file tells."""
    used = "UTF-8"
    if path.suffix.lower() in {".txt", ".csv"}:
        raw = path.read_bytes()
        used = decode_text(raw, name=path.name, encoding=encoding)[1]
    if path.suffix.lower() == ".txt":
        read = read_points_text(raw, name=path.name, encoding=encoding, lang=lang)
    elif path.suffix.lower() == ".csv":
        rows = csv_rows(raw, name=path.name, encoding=encoding)
        shapes = shape_column(rows)
        if shapes is not None:
            frame = read_wkt_table(rows, path, at=shapes)
            return Source(frames=_at_once(frame), encoding=used, layers=(path.stem,))
        read = read_points_table([(path.stem, rows)], name=path.name, lang=lang)
    else:
        read = _workbook(path, layer, lang)
    declared = header_crs(read.header, finite_bounds(read.data.geometry.array))
    frame = read.data if declared is None else read.data.set_crs(declared)
    return Source(
        frames=_at_once(frame),
        encoding=used,
        layers=(path.stem,),
        findings=[Finding(**row) for row in read.findings.to_dict("records")],
    )


def _workbook(path: Path, layer: str | None, lang: Lang) -> PointsRead:
    return read_points_table(read_sheets(path, layer), name=path.name, lang=lang)


def read_sheets(path: Path, layer: str | None = None) -> list[tuple[str, list[list[Any]]]]:
    """Read the sheets of a workbook as rows of values; one sheet and its header, if named.

    Raises
    ------
    InputError
        If it is damaged, or has no such sheet.
    """
    if path.suffix.lower() != ".xls":
        check_zipped(path)
        refuse_far_cells(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        if layer is not None and layer not in book.sheet_names:
            raise no_layer(path, tuple(book.sheet_names), layer)
        titles = [t for t in book.sheet_names if layer in (None, t) or t == HEADER_SHEET]
        return [(title, book.get_sheet_by_name(title).to_python()) for title in titles]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path.name} 打不开（已损坏或加密）：{error}。",
            f"{path.name} cannot be opened: {error}.",
        ) from None
