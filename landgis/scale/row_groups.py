"""Chapter 2: GeoParquet, whose parts are runs of row groups."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from landgis.errors import CRSError, InputError
from landgis.scale import sources
from landgis.scale.sources import Part, Source

BYTES = (pa.binary(), pa.large_binary(), pa.binary_view())


def open_groups(path: Path) -> Source:
    """Open a GeoParquet file."""
    try:
        metadata = pq.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
        geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        name = geo.get("primary_column")
        column = None if name is None else geo["columns"][name]
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
    if (
        not isinstance(column, dict)
        or column.get("encoding") != "WKB"
        or name not in schema.names
        or schema.field(name).type not in BYTES
    ):
        raise InputError(
            f"{path.name} 不是以 WKB 存储图形的 GeoParquet 文件。",
            f"{path.name} is not a GeoParquet file with WKB geometry.",
        )
    described = column.get("crs", "OGC:CRS84")
    if described is None:
        raise CRSError(
            f"{path.name} 没有声明坐标系。", f"{path.name} declares no coordinate system."
        )
    try:
        crs = pyproj.CRS(described)
    except pyproj.exceptions.CRSError:
        raise CRSError(
            f"{path.name} 声明的坐标系无法识别：{str(described)[:100]}。",
            f"{path.name} declares a coordinate system that is none: {str(described)[:100]}.",
        ) from None
    counts = [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)]
    fields = {field: field for field in schema.names if field != name}
    return Source(path, None, metadata.num_rows, _grouped(counts), name, fields, crs, crs)


def _grouped(counts: Sequence[int]) -> tuple[Part, ...]:
    """Put neighbouring row groups together until they hold the rows of a part."""
    parts: list[Part] = []
    first = rows = 0
    for last, count in enumerate(counts, start=1):
        rows += count
        if rows >= sources.PART or last == len(counts):
            parts.append(Part(len(parts), first, last, rows))
            first, rows = last, 0
    return tuple(parts)


def read_groups(
    source: Source, part: Part, columns: list[str], rows: int
) -> Iterator[pa.RecordBatch]:
    """Read the row groups of a part, so many rows at a time."""
    with pq.ParquetFile(source.path, pre_buffer=False, buffer_size=1 << 20) as file:
        groups = list(range(part.first, part.last or file.num_row_groups))
        yield from file.iter_batches(rows, row_groups=groups, columns=columns, use_threads=False)
