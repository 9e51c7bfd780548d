"""The formats that GDAL reads, and mostly writes, whole: what each needs besides its driver.

GeoPackage: any number of layers in one SQLite file. File Geodatabase (.gdb): a folder of files,
written so that ArcGIS 10 reads it. GeoJSON, and GeoJSON text sequences (a feature a line).
FlatGeobuf: one layer, quick to read. GML, read only: no schema and no link is fetched. MapInfo
tables (TAB, MIF/MID), read only.
"""

from __future__ import annotations

import mmap
import re
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.errors import CRSError, InputError
from landgis.files.archives import look_into_json, refuse_endless_views, refuse_entities
from landgis.files.encoding import decode_text
from landgis.formats.columns import NUMBERS, Losses, Survey, as_text, put_numbers
from landgis.formats.gdal import CURVES, Opened
from landgis.formats.gdal_write import Driver, counted
from landgis.formats.kinds import (
    BY_GDAL,
    ENCODING,
    Format,
    Opening,
    Runs,
    Source,
    ends_with,
    open_runs,
    opened_by_gdal,
    read_run,
)

# ---------------------------------------------------------------- GeoPackage


DRIVER = Driver(
    name="GPKG",
    title="GeoPackage",
    reserved=frozenset({"fid", "geom", "rowid", "oid", "_rowid_"}),
    prefix="gpkg",
    aliases=True,
    options=lambda _: {"VERSION": "1.3"},  # QGIS 3.22 and its contemporaries warn of 1.4
    said={"IDENTIFIER": "title", "DESCRIPTION": "description"},
    measured=True,
)

_NUMERIC = re.compile(r"(?i)(tiny|small|medium|big)?int|real|double|float|numeric|decimal")


@contextmanager
def _open_geopackage(path: Path, opening: Opening) -> Iterator[Opened]:
    refuse_endless_views(path)
    with opened_by_gdal(path, opening, describes=True) as source:
        layer = opening.layer or next(iter(source.layers), "")

        def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
            odd = _texts_of_numbers(path, layer)
            for frame in source.frames(rows):
                for field, cells in odd.items() if len(frame) else ():
                    at = [row - frame.index[0] for row in cells if row in frame.index]
                    texts = [text for row, text in cells.items() if row in frame.index]
                    if at and field in frame:
                        told = put_numbers(frame, field, at, texts, name=path.name)
                        source.findings.extend(t for t in told if t not in source.findings)
                yield frame

        yield replace(source, frames=frames)


def _texts_of_numbers(path: Path, layer: str) -> dict[str, dict[int, str]]:
    """Find text in fields of numbers, which SQLite holds and GDAL reads as 0: row → text."""
    table = layer.replace('"', '""')
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            kinds = database.execute(f'PRAGMA table_info("{table}")').fetchall()
            names = [str(row[1]) for row in kinds if _NUMERIC.match(str(row[2]))]
            if not names:
                return {}
            quoted = {name: '"' + name.replace('"', '""') + '"' for name in names}
            some = ", ".join(f"MAX(typeof({q}) = 'text')" for q in quoted.values())
            flags = database.execute(f'SELECT {some} FROM "{table}"').fetchone()  # noqa: S608
            return {
                name: {
                    row: str(value).strip()
                    for row, (value,) in enumerate(
                        database.execute(f'SELECT {quoted[name]} FROM "{table}" ORDER BY rowid')  # noqa: S608
                    )
                    if isinstance(value, str)
                }
                for name, flag in zip(names, flags, strict=True)
                if flag
            }
    except sqlite3.Error:
        return {}


def _open_geopackage_runs(path: Path, layer: str | None) -> Source:
    refuse_endless_views(path)
    return open_runs(path, layer)


GEOPACKAGE = Format(
    title="GeoPackage",
    suffixes=(".gpkg",),
    open=_open_geopackage,
    write=DRIVER,
    whole=counted,
    in_parts=True,
    runs=Runs(_open_geopackage_runs, read_run),
    many_layers=True,
    keeps=(
        "字段类型、64 位整数、空值、图层标题、字段别名、值域",
        "kinds, 64 bits, missing values, titles, aliases, domains of coded values",
    ),
    loses=("fid、geom 等保留字段名（改名）", "names that it reserves, fid and geom (renamed)"),
)


# ---------------------------------------------------------------- File Geodatabase


_RESERVED = frozenset(
    {
        *("objectid", "shape", "fid", "oid", "shape_length", "shape_area"),
        *("add", "alter", "and", "as", "asc", "between", "by", "column", "create", "date"),
        *("delete", "desc", "drop", "exists", "for", "from", "in", "insert", "into", "is"),
        *("like", "not", "null", "or", "order", "select", "set", "table", "update", "values"),
        "where",
    }
)


def _as_arcgis(values: pd.Series, losses: Losses) -> pd.Series:
    """Give a column a kind that ArcGIS before Pro 3.2 has.

    Whole numbers have 32 bits, larger ones are text, so that codes stay whole; days are times.
    """
    if pd.api.types.infer_dtype(values, skipna=True) == "date":
        return pd.to_datetime(values)
    if not pd.api.types.is_integer_dtype(values):
        return values
    largest = values.abs().max()
    if pd.isna(largest) or largest <= np.iinfo(np.int32).max:
        return values.astype("Int32" if values.hasnans else "int32")
    return as_text(values, losses)


def _refuse_kinds(found: Survey, path: Path) -> None:
    if len({kind.removeprefix("Multi") for kind in found.kinds}) > 1:
        listed = "、".join(sorted(found.kinds))
        raise InputError(
            f"{path.name}：File Geodatabase 的一个图层只能放一种图形，现有 {listed}："
            "请分开写出，或用 .gpkg。",
            f"{path.name}: a layer of a File Geodatabase holds shapes of one kind, here are "
            f"{listed.replace('、', ', ')}: write them apart, or as .gpkg.",
        )


GEODATABASE = Format(
    title="File Geodatabase",
    suffixes=(".gdb",),
    open=partial(opened_by_gdal, describes=True),
    write=Driver(
        name="OpenFileGDB",
        title="File Geodatabase",
        reserved=_RESERVED,
        plain=True,
        aliases=True,
        options=lambda _: {"TARGET_ARCGIS_VERSION": "ALL"},
        said={"LAYER_ALIAS": "title"},
        measured=True,
        unknown="MultiPolygon",
        fit=_as_arcgis,
        refuse=_refuse_kinds,
    ),
    whole=counted,
    in_parts=True,
    runs=BY_GDAL,
    many_layers=True,
    keeps=(
        "字段类型、空值、图层别名、字段别名、值域",
        "kinds, missing values, aliases of layer and fields, domains of coded values",
    ),
    loses=(
        (
            "32 位以外的整数（写成文字）、布尔值（0 和 1）、日期（写成 UTC 时刻）、"
            "混合图形类型、保留字段名（改名）"
        ),
        (
            "whole numbers beyond 32 bits (text), truth values (0 and 1), days (times in UTC), "
            "shapes of several kinds, reserved names (renamed)"
        ),
    ),
)


# ---------------------------------------------------------------- GeoJSON


_WIDE = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:\s*)(-?\d{19,400})(?=\s*[,}])')


@contextmanager
def _open_geojson(path: Path, opening: Opening) -> Iterator[Opened]:
    """Open a GeoJSON; one that is not UTF-8 is copied for as long as it is open."""
    utf8, wide = look_into_json(path)
    name = opening.encoding or "UTF-8"
    if not utf8 and opening.encoding is None:
        name = decode_text(path.read_bytes(), name=path.name)[1]
    plain = replace(opening, encoding=None)
    if name == "UTF-8" and not wide:
        with opened_by_gdal(path, plain, single=True) as source:
            yield source
        return
    with TemporaryDirectory(prefix="landgis-") as folder:
        copy = Path(folder) / path.name
        fields: dict[str, None] = {}
        text = decode_text(path.read_bytes(), encoding=name)[0]
        text = _WIDE.sub(lambda found: _quoted(found, fields), text) if wide else text
        copy.write_text(text, encoding="utf-8")
        with opened_by_gdal(copy, plain, single=True) as source:
            source.findings.extend(
                NUMBERS.finding("text", "note", subject=path.name, values={"field": field})
                for field in fields
            )
            if name != "UTF-8":
                told = {"name": name}
                source.findings.append(
                    ENCODING.finding("not_utf8", "fail", subject=path.name, values=told)
                )
            yield replace(source, encoding=name)


def _quoted(found: re.Match[str], fields: dict[str, None]) -> str:
    """Give a whole number as text if 64 bits do not hold it: GDAL would round it."""
    if -(2**63) <= int(found[3]) < 2**63:
        return found[0]
    fields[found[1]] = None
    return f'"{found[1]}"{found[2]}"{found[3]}"'


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(2**22):
            yield block


def _by_rfc(crs: Any) -> dict[str, Any]:
    """Give how it is written: by RFC 7946, which knows no other system, where it is in WGS 84."""
    if crs is not None and crs.to_epsg() == 4326:
        return {"RFC7946": "YES", "COORDINATE_PRECISION": 9}  # a tenth of a millimetre
    # the system is kept in the member crs: degrees of RFC 7946 would move the layer
    return {"RFC7946": "NO"}


def _refuse_own_system(found: Survey, path: Path) -> None:
    if found.crs is not None and found.crs.to_epsg() is None:
        raise CRSError(
            f"{path.name}：GeoJSON 只记得下有 EPSG 代码的坐标系，现为“{found.crs.name}”："
            "请先换算（--to-crs EPSG:4490），或用 .gpkg。",
            f"{path.name}: a GeoJSON holds systems with an EPSG code only, here is "
            f"“{found.crs.name}”: convert it (--to-crs EPSG:4490), or write a .gpkg.",
        )


def _whole_geojson(draft: Path, rows: int, _: str) -> bool:
    mark, count, tail = b'"type": "Feature",', 0, b""
    for block in _blocks(draft):
        count += (tail + block).count(mark)
        tail = (tail + block)[-(len(mark) - 1) :]
    return count == rows and ends_with(draft, b"}")


GEOJSON = Format(
    title="GeoJSON",
    suffixes=(".geojson", ".json"),
    open=_open_geojson,
    write=Driver(
        name="GeoJSON", title="GeoJSON", options=_by_rfc, typed=False, refuse=_refuse_own_system
    ),
    whole=_whole_geojson,
    in_parts=True,
    keeps=(
        "坐标系（成员 crs）、64 位整数、空值",
        "the system (crs), 64 bits, missing values",
    ),
    loses=(
        "只差大小写的字段名（改名）、M 值、图层标题和值域",
        "names that differ in case only (renamed), M, titles and domains",
    ),
)
GEOJSON_LINES = Format(
    title="GeoJSONSeq",
    suffixes=(".geojsonl", ".geojsons", ".ndjson"),
    open=_open_geojson,
    in_parts=True,
    keeps=("字段类型、空值；坐标为经纬度", "kinds, missing values; degrees"),
)


# ---------------------------------------------------------------- FlatGeobuf


def _refuse_heights(found: Survey, path: Path) -> None:
    if found.z and found.flat:
        raise InputError(
            f"{path.name}：FlatGeobuf 不能同时放有高程和无高程的图形，请分开写出，或用 .gpkg。",
            f"{path.name}: FlatGeobuf cannot hold shapes with and without heights together: "
            "write them apart, or as .gpkg.",
        )


def _whole_flatgeobuf(draft: Path, rows: int, _: str) -> bool:
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


FLATGEOBUF = Format(
    title="FlatGeobuf",
    suffixes=(".fgb",),
    open=opened_by_gdal,
    write=Driver(
        name="FlatGeobuf",
        title="FlatGeobuf",
        options=lambda _: {"SPATIAL_INDEX": "NO"},  # it would put the rows in another order
        refuse=_refuse_heights,
    ),
    whole=_whole_flatgeobuf,
    in_parts=True,
    runs=BY_GDAL,
    keeps=("字段类型、64 位整数、空值", "kinds, 64 bits, missing values"),
    loses=(
        "只差大小写的字段名（改名）、日期（写成时刻）、M 值、图层标题和值域",
        "names that differ in case only (renamed), days (times), M, titles and domains",
    ),
)


# ---------------------------------------------------------------- GML


@contextmanager
def _open_gml(path: Path, opening: Opening) -> Iterator[Opened]:
    refuse_entities(path)
    # GDAL writes what it learns of the fields beside the file: beside a copy, not beside an input
    with TemporaryDirectory(prefix="landgis-") as folder:
        copy = Path(folder) / path.name
        copyfile(path, copy)
        schema = path.with_suffix(".xsd")
        if schema.is_file():
            copyfile(schema, copy.with_suffix(".xsd"))
        with opened_by_gdal(copy, opening, DOWNLOAD_SCHEMA="NO", WRITE_GFS="NO") as source:
            yield source


GML = Format(
    title="GML",
    suffixes=(".gml",),
    open=_open_gml,
    in_parts=True,
    many_layers=True,
    keeps=("字段类型（有 .xsd 时）", "kinds, where there is an .xsd"),
)


# ---------------------------------------------------------------- MapInfo


_ROUND = (181, 185)
"""Corners that GDAL gives an ellipse, and a rectangle with round corners."""
_NEUTRAL = re.compile(rb"(?i)(charset\s+\"?)neutral")


@contextmanager
def _open_mapinfo(path: Path, opening: Opening) -> Iterator[Opened]:
    """Open a table; round shapes, which GDAL gives an edge every 2° whatever is set, are told."""
    with _stated(path) as file, opened_by_gdal(file, opening) as source:

        def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
            for frame in source.frames(rows):
                shapes = np.asarray(frame.geometry, dtype=object)
                found = sum(
                    map(_is_round, shapes[np.isin(shapely.get_num_coordinates(shapes), _ROUND)])
                )
                if found:
                    told = CURVES.finding(
                        "coarse", "unknown", subject=path.name, actual=float(found)
                    )
                    source.findings.append(told)
                yield frame

        yield replace(source, frames=frames)


def _is_round(shape: shapely.Geometry) -> bool:
    """Tell an ellipse, or a rectangle with round corners, by what it lacks of its box."""
    corners = shapely.get_coordinates(shape)
    size = np.ptp(corners, axis=0)
    radii = size / 2 if len(corners) == _ROUND[0] else np.abs(corners[45] - corners[0])
    lacks, curved = size.prod() - shapely.area(shape), (4 - np.pi) * radii.prod()
    return bool(lacks > 0 and np.isclose(lacks, curved, rtol=2e-3))


@contextmanager
def _stated(path: Path) -> Iterator[Path]:
    """Give a table; of no stated character set (Neutral), a copy: GBK unless it is UTF-8."""
    with path.open("rb") as file:
        head = file.read(65_536)
    if not _NEUTRAL.search(head):
        yield path
        return
    with TemporaryDirectory(prefix="landgis-") as folder:
        for side in path.parent.glob(f"{path.stem}.*"):
            copyfile(side, Path(folder) / side.name)
        sides = [path.with_suffix(suffix) for suffix in (".mid", ".MID", ".dat", ".DAT")]
        raw = b"\n".join([head, *(side.read_bytes() for side in sides if side.is_file())])
        utf8 = raw.decode("utf-8", "ignore").encode() == raw
        stated = rb"\1UTF-8" if utf8 else rb"\1WindowsSimpChinese"
        copy = Path(folder) / path.name
        copy.write_bytes(_NEUTRAL.sub(stated, path.read_bytes()))
        yield copy


MAPINFO = Format(
    title="MapInfo TAB / MIF",
    suffixes=(".tab", ".mif"),
    open=_open_mapinfo,
    in_parts=True,
    keeps=("字段类型、坐标系", "kinds, coordinate system"),
)
