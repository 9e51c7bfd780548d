"""GeoParquet: read whole, by frames, or by row groups; written a frame a row group."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely
from numpy.typing import NDArray
from pyarrow import parquet

from landgis.errors import CRSError, InputError
from landgis.findings import Finding
from landgis.formats import kinds
from landgis.formats.columns import Frames, distinct, kept, parquet_schema, without_m
from landgis.formats.gdal import (
    Opened,
    attributes_of,
    damage,
    is_curved,
    numbered,
    shapes_of,
    sound_text,
    straight,
)
from landgis.formats.kinds import NAMES, Format, Opening, Part, Runs, Source, Writing

_BYTES = (pa.binary(), pa.large_binary(), pa.binary_view())
_INDEX = re.compile(r"__index_level_\d+__")


class GeoParquet(NamedTuple):
    """What the footer of a GeoParquet says.

    Parameters
    ----------
    geometry
        Name of the column of shapes.
    crs
        Their system; None if the file says that it is not known.
    fields
        The other columns.
    groups
        Rows of each row group.
    others
        Further columns of shapes.
    """

    geometry: str
    crs: pyproj.CRS | None
    fields: tuple[str, ...]
    groups: tuple[int, ...]
    others: tuple[str, ...] = ()


def open_geoparquet(path: Path) -> GeoParquet:
    """Read the footer of a GeoParquet.

    Raises
    ------
    InputError
        If the file is damaged, or has no shapes as WKB.
    CRSError
        If the system that it declares is none.
    """
    try:
        metadata = parquet.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
        geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        name = geo.get("primary_column")
        columns = geo.get("columns", {})
        column = None if name is None else columns[name]
        counts = [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)]
    except (
        OSError,
        pa.ArrowException,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        raise InputError(
            f"无法读取 GeoParquet 文件 {path.name}：{error}。",
            f"Cannot read the GeoParquet file {path.name}: {error}.",
        ) from error
    twice = sorted({str(f) for f in schema.names if schema.names.count(f) > 1})
    if twice:
        raise InputError(
            f"{path.name} 有重名的列（{'、'.join(twice)}），不能区分：请改名后另存再读。",
            f"{path.name} has columns of one name ({', '.join(twice)}), which cannot be told "
            "apart: rename them and save it anew.",
        )
    if (
        not isinstance(column, dict)
        or column.get("encoding") != "WKB"
        or name not in schema.names
        or schema.field(name).type not in _BYTES
    ):
        raise InputError(
            f"{path.name} 不是以 WKB 存储图形的 GeoParquet 文件。",
            f"{path.name} is not a GeoParquet file with WKB geometry.",
        )
    others = tuple(k for k in columns if k != name and k in schema.names)
    fields = tuple(f for f in schema.names if f != name and not _INDEX.fullmatch(f))
    return GeoParquet(name, _system(column, path), fields, tuple(counts), others)


def _system(column: dict[str, Any], path: Path) -> pyproj.CRS | None:
    described = column.get("crs", "OGC:CRS84")
    if described is None:
        return None
    try:
        return pyproj.CRS(described)
    except pyproj.exceptions.CRSError:
        raise CRSError(
            f"{path.name} 声明的坐标系无法识别：{str(described)[:100]}。",
            f"{path.name} declares a coordinate system that is none: {str(described)[:100]}.",
        ) from None


def read_geoparquet(
    path: Path, *, rows: int | None, noted: list[Finding]
) -> Iterator[gpd.GeoDataFrame]:
    """Read as one frame, or as frames of at most so many rows, as `landgis.formats.gdal` does."""
    with damage(path):
        about = open_geoparquet(path)
        file = parquet.ParquetFile(path, pre_buffer=False, buffer_size=2**20)
        wanted = [about.geometry, *about.fields]
        batches = (
            iter([file.read(wanted)]) if rows is None else file.iter_batches(rows, columns=wanted)
        )

    def framed(batch: pa.Table | pa.RecordBatch, first: int) -> gpd.GeoDataFrame:
        return _frame(batch, about, path, first, noted)

    return numbered(path, batches, framed, noted=noted)


def _frame(
    batch: pa.Table | pa.RecordBatch,
    about: GeoParquet,
    path: Path,
    first: int,
    noted: list[Finding],
) -> gpd.GeoDataFrame:
    column = batch.column(about.geometry)

    def linear(wkb: NDArray[np.object_]) -> NDArray[np.object_]:
        edges = wkb.copy()
        rows = [k for k, value in enumerate(wkb) if value is not None and is_curved(value)]
        edges[rows] = straight(wkb[k].hex() for k in rows)
        if any(edges[k] is None for k in rows):
            raise InputError(
                f"{path.name} 含弧段（曲线），无法化为折线。请在 QGIS 中转为折线后另存再读。",
                f"{path.name} has curves that cannot be straightened: straighten them in QGIS "
                "and save it anew.",
            )
        return np.asarray(edges)

    shapes = shapes_of(column, path.name, first=first, linear=linear, noted=noted)
    extents = [f for f in about.fields if _is_extent(batch.schema.field(f))]
    fields = [f for f in about.fields if f not in extents]
    if extents:
        told = NAMES.finding("derived", "note", subject=path.name, values={"names": extents})
        noted.extend([told] if told not in noted else [])
    some = batch.select(fields).replace_schema_metadata()
    frame = attributes_of(sound_text(some, path.name, noted))
    frame = frame if fields else pd.DataFrame(index=range(len(column)))
    frame.index = pd.RangeIndex(first, first + len(frame))
    for name in about.others:
        if name in frame:
            more = shapely.from_wkb(frame[name].to_numpy(dtype=object), on_invalid="ignore")
            frame[name] = pd.array(shapely.to_wkt(more, rounding_precision=-1), dtype="str")
    frame.columns = distinct(["geometry", *map(str, frame.columns)])[1:]
    geometry = gpd.GeoSeries(np.asarray(shapes, dtype=object), index=frame.index)
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=about.crs)


def _is_extent(field: pa.Field) -> bool:
    """Tell a column of extents (bbox), which would be false once the shapes are moved."""
    if not pa.types.is_struct(field.type):
        return False
    names = {field.type.field(k).name for k in range(field.type.num_fields)}
    return {"xmin", "ymin", "xmax", "ymax"} <= names


def _open_runs(path: Path, _: str | None) -> Source:
    """Open it in parts: neighbouring row groups, until they hold the rows of a part."""
    about = open_geoparquet(path)
    parts: list[Part] = []
    first = rows = 0
    for last, count in enumerate(about.groups, start=1):
        rows += count
        if rows >= kinds.PART or last == len(about.groups):
            parts.append(Part(len(parts), first, last, rows))
            first, rows = last, 0
    fields = {field: field for field in about.fields}
    total = sum(about.groups)
    return Source(path, None, total, tuple(parts), about.geometry, fields, about.crs)


def _read_run(
    source: Source, part: Part, columns: Sequence[str], rows: int
) -> Iterator[pa.RecordBatch]:
    with parquet.ParquetFile(source.path, pre_buffer=False, buffer_size=1 << 20) as file:
        groups = [*range(part.first, file.num_row_groups if part.last is None else part.last)]
        yield from file.iter_batches(
            rows, row_groups=groups, columns=list(columns), use_threads=False
        )


@contextmanager
def _open(path: Path, _: Opening) -> Iterator[Opened]:
    findings: list[Finding] = []
    yield Opened(
        frames=lambda rows: read_geoparquet(path, rows=rows, noted=findings),
        layers=(path.stem,),
        findings=findings,
    )


def _write(frames: Frames, path: Path, writing: Writing) -> list[Finding]:
    """Write GeoParquet 1.0, a frame a row group."""
    with kept(frames, writing.losses, path.parent) as (found, tables):
        if found.m:
            writing.losses["export.m", ""] += 1
        schema = parquet_schema(found)
        with parquet.ParquetWriter(path, schema) as writer:
            for table in tables(schema):
                writer.write_table(without_m(table).cast(schema) if found.m else table)
    return []


FORMAT = Format(
    title="GeoParquet",
    suffixes=(".parquet", ".geoparquet"),
    open=_open,
    write=_write,
    in_parts=True,
    runs=Runs(_open_runs, _read_run),
    keeps=("字段类型、64 位整数、空值、多值字段", "kinds, 64 bits, missing values, records"),
    loses=("由图形导出的 bbox 列、M 值", "a column bbox, which follows from the shapes; M"),
)
