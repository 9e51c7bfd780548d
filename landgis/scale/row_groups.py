"""Chapter 2: GeoParquet, whose parts are runs of row groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from landgis.crs.datums import normal_crs
from landgis.errors import CRSError
from landgis.formats.geoparquet import open_geoparquet, read_row_groups
from landgis.scale import sources
from landgis.scale.sources import Part, Source


def open_groups(path: Path, *, crs: Any = None) -> Source:
    """Open a GeoParquet file."""
    about = open_geoparquet(path)
    stated = about.crs if crs is None else normal_crs(crs)
    if stated is None:
        raise CRSError(
            f"{path.name} 没有声明坐标系。", f"{path.name} declares no coordinate system."
        )
    fields = {field: field for field in about.fields}
    rows = sum(about.groups)
    parts = _grouped(about.groups)
    return Source(path, None, rows, parts, about.geometry, fields, stated, stated)


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
    last = part.last if part.last is not None else len(open_geoparquet(source.path).groups)
    yield from read_row_groups(source.path, range(part.first, last), columns, rows)
