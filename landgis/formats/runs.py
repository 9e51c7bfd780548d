"""A layer in parts that any process can read on its own: runs of its rows, or of row groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyogrio

from landgis.crs.extent import Bounds
from landgis.findings import Finding
from landgis.formats.gdal import choose_layer, damage, offline, open_batches, spatial_layers

BATCH = 25_000
"""Rows held in memory at a time."""
PART = 500_000
"""Rows of a part: two or three seconds of a join, what a stop may cost."""
UNINDEXED_PARTS = 16
"""Parts at most of a file whose rows can only be reached by passing over those before."""


class Part(NamedTuple):
    """A run of rows: from ``first`` up to ``last``, row groups of a Parquet file or rows.

    ``last`` None is the end of the file, whatever it says of its length.
    """

    number: int
    first: int
    last: int | None
    rows: int


class Source(NamedTuple):
    """A layer, and how its rows become figures in the system that is wanted.

    Parameters
    ----------
    path, layer
        The file; its layer, None where it has but one.
    rows
        Rows it says it has.
    parts
        The parts, in order.
    geometry
        Name of the column of WKB.
    fields
        Name → field as the library names it, of the columns needed.
    crs, swapped
        Its coordinate system, None if none is declared; whether it has y before x.
    bounds
        Extent that the file states, or None.
    to_crs
        The system that its figures are wanted in.
    encoding, decode
        How GDAL reads its text; what text that was read as Latin-1 is really in, or empty.
    findings
        What was decided on opening it.
    """

    path: Path
    layer: str | None
    rows: int
    parts: tuple[Part, ...]
    geometry: str
    fields: dict[str, str]
    crs: Any
    bounds: Bounds | None = None
    to_crs: Any = None
    swapped: bool = False
    encoding: str | None = None
    decode: str = ""
    findings: tuple[Finding, ...] = ()


class Runs(NamedTuple):
    """What opens a layer of a format in parts, and what reads columns of a part of it."""

    open: Callable[[Path, str | None], Source]
    read: Callable[[Source, Part, Sequence[str], int], Iterator[pa.RecordBatch]]


def open_runs(path: Path, layer: str | None, *, encoding: str | None = None) -> Source:
    """Open what GDAL reads: its parts are runs of rows."""
    layer = choose_layer(path, spatial_layers(path), layer, pick=False)
    with damage(path), offline():
        info = pyogrio.read_info(
            path, layer=layer, encoding=encoding, force_feature_count=True, force_total_bounds=True
        )
    bounds = info["total_bounds"]
    known = bounds is not None and np.isfinite(bounds).all()
    rows, size = int(info["features"]), PART
    if not info["capabilities"]["fast_set_next_by_index"]:
        size = max(PART, -(-rows // UNINDEXED_PARTS))
    starts = enumerate(range(0, rows, size))
    parts = (
        Part(k, at, at + size if at + size < rows else None, min(size, rows - at))
        for k, at in starts
    )
    return Source(
        path,
        layer,
        rows,
        tuple(parts),
        info["geometry_name"] or "wkb_geometry",
        {str(field): str(field) for field in info["fields"]},
        info["crs"],
        tuple(bounds) if known else None,
        encoding=encoding,
    )


def read_run(
    source: Source, part: Part, columns: Sequence[str], rows: int
) -> Iterator[pa.RecordBatch]:
    """Read the rows of a part, so many at a time."""
    wanted = part.last and part.last - part.first
    reading = open_batches(
        source.path,
        source.layer,
        encoding=source.encoding,
        rows=rows,
        columns=[c for c in columns if c != source.geometry],
        geometry=source.geometry in columns,
        first=part.first,
    )
    with closing(reading):
        for _, batch in reading:
            some = batch if wanted is None else batch.slice(0, wanted)
            yield some
            if wanted is not None:
                wanted -= len(some)
                if not wanted:
                    return


BY_GDAL = Runs(open_runs, read_run)
