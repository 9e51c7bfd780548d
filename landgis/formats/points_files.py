"""Boundary points (界址点) as files: exchange text, workbook, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import python_calamine

from landgis.crs.conversion import convert_crs, crs_words
from landgis.crs.datums import CGCS2000, with_prefix
from landgis.crs.extent import finite_bounds
from landgis.crs.zones import zone_of_plane
from landgis.errors import InputError
from landgis.files.archives import check_zipped
from landgis.files.contents import refuse_far_cells
from landgis.files.encoding import decode_text
from landgis.findings import Finding, define
from landgis.formats.columns import LOST, Frames, gathered
from landgis.formats.gdal import Opened, no_layer
from landgis.formats.kinds import Format, Opening, Writing, at_once
from landgis.formats.points import ATTRIBUTES, PointsRead
from landgis.formats.points_table import HEADER_SHEET, read_points_table, write_points_workbook
from landgis.formats.points_text import header_crs, read_points_text, text_header, write_points_text
from landgis.formats.told import NUMBERS
from landgis.measure import gk3_epsg, is_gauss_kruger, zone_of
from landgis.schema import rows_of
from landgis.standards import guess_fields

RENAMED = define(
    "export.points",
    ("报盘字段", "fields of the exchange text"),
    ("字段按报盘格式写出", "fields are written under the names of the exchange text"),
    renamed=(
        "字段按报盘格式写出：{pairs:list}。",
        "Fields under the names of the text: {pairs:list}.",
    ),
)
PLANE = define(
    "export.crs",
    ("坐标系", "coordinate system"),
    ("写出时是否换算", "whether what is written was converted"),
    converted=(
        "界址点以米为单位，已由 {before} 换算到 {after}。",
        "Converted from {before} to {after}.",
    ),
)

LONGEST = 1e15
"""Whole numbers of a spreadsheet below this have all their digits."""
_NAMES_OF_POINTS = MappingProxyType(
    {"parcel_id": "DKBH", "name": "DKMC", "category": "DKYT", "recorded_area_m2": "DKMJ"}
)


@contextmanager
def _open_text(path: Path, opening: Opening) -> Iterator[Opened]:
    raw = path.read_bytes()
    used = decode_text(raw, name=path.name, encoding=opening.encoding)[1]
    read = read_points_text(raw, name=path.name, encoding=opening.encoding)
    yield points_source(read, path, encoding=used)


@contextmanager
def _open_workbook(path: Path, opening: Opening) -> Iterator[Opened]:
    sheets = read_sheets(path, opening.layer)
    source = points_source(read_points_table(sheets, name=path.name), path)
    long = {
        cell
        for _, rows in sheets
        for row in rows
        for cell in row
        if isinstance(cell, float) and abs(cell) >= LONGEST
    }
    if long:
        told = NUMBERS.finding("spreadsheet", "fail", subject=path.name, actual=float(len(long)))
        source.findings.append(told)
    yield source


def points_source(read: PointsRead, path: Path, *, encoding: str = "UTF-8") -> Opened:
    """Give parcels of boundary points as a source, in the system that the file states."""
    declared = header_crs(read.header, finite_bounds(read.data.geometry.array))
    return Opened(
        frames=at_once(read.data if declared is None else read.data.set_crs(declared)),
        encoding=encoding,
        layers=(path.stem,),
        findings=[Finding(**row) for row in rows_of(read.findings)],
    )


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


# ---------------------------------------------------------------- writing


def _write_text(frames: Frames, path: Path, writing: Writing) -> list[Finding]:
    frame, findings = _readied(gathered(frames), ATTRIBUTES, writing)
    header = text_header(frame.crs) | dict(writing.points.header)
    path.write_bytes(write_points_text(frame, header=header))
    return findings


def _write_workbook(frames: Frames, path: Path, writing: Writing) -> list[Finding]:
    frame, findings = _readied(gathered(frames), ("DKBH", "DKMC"), writing)
    write_points_workbook(frame, path)
    return findings


def _readied(
    frame: gpd.GeoDataFrame, kept: Sequence[str], writing: Writing
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Bring a layer to a plane and to the names of the exchange text."""
    frame, findings = _in_plane(frame)
    if writing.points.prefix is not None and frame.crs is not None:
        wanted = with_prefix(frame.crs, zone_of_plane(frame.crs) if writing.points.prefix else 0)
        frame = frame if wanted is None else convert_crs(frame, wanted)
    frame, more = _point_names(frame, kept)
    return frame, [*findings, *more, *_left_out(frame, kept)]


def _point_names(
    frame: gpd.GeoDataFrame, kept: Sequence[str]
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Give fields that are known and kept the names of the exchange text, and tell which."""
    known = {"parcel_id", "name", "category"}
    guessed = {c: f for c, f in guess_fields(frame).items() if c in known}
    guessed |= {c: c for c in _NAMES_OF_POINTS if c in frame}
    named = {field: _NAMES_OF_POINTS[column] for column, field in guessed.items()}
    named = {f: name for f, name in named.items() if name not in frame and name in kept}
    if "recorded_area_m2" in named:
        frame = frame.assign(recorded_area_m2=frame["recorded_area_m2"] / 10_000)
    if not named:
        return frame, []
    pairs = [f"{field}→{name}" for field, name in named.items()]
    told = RENAMED.finding("renamed", "note", values={"pairs": pairs})
    return frame.rename(columns=named), [told]


def _in_plane(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Take degrees to the 3° plane of their middle: boundary points are metres."""
    bounds = finite_bounds(frame.geometry.array)
    if frame.crs is None or is_gauss_kruger(frame.crs) or bounds is None:
        return frame, []
    west, _, east, _ = convert_crs(frame, CGCS2000).total_bounds
    moved = convert_crs(frame, gk3_epsg(int(zone_of((west + east) / 2))))
    told = {"before": crs_words(frame.crs), "after": crs_words(moved.crs)}
    return moved, [PLANE.finding("converted", "note", values=told)]


def _left_out(frame: gpd.GeoDataFrame, kept: Sequence[str]) -> list[Finding]:
    names = [c for c in frame.columns if c not in {*kept, "geometry"}]
    told = LOST["export.fields"].finding("named", "fail", values={"names": names})
    return [told] if names else []


TEXT = Format(
    title="界址点 TXT",
    suffixes=(".txt",),
    open=_open_text,
    write=_write_text,
    needs_crs=False,
    keeps=(
        "界址点、八至十三个字段、坐标系与带号",
        "points, eight to thirteen fields, the system",
    ),
    loses=(
        "其他字段、毫米以下、经纬度（换算到 3 度带）",
        "other fields, degrees",
    ),
)
WORKBOOK = Format(
    title="界址点成果表 XLSX",
    suffixes=(".xlsx", ".xls", ".xlsm"),
    open=_open_workbook,
    write=_write_workbook,
    needs_crs=False,
    keeps=("编号、名称、点号、圈号、坐标、边长", "ids, names, points, rings, side lengths"),
    loses=(
        "其他字段、毫米以下、经纬度（换算到 3 度带）",
        "other fields, degrees",
    ),
)
