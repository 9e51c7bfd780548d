"""Chapter 1: a file of parcels, in parts that can be read on their own."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyproj

from landgis.findings import Finding

BATCH = 25_000
"""Parcels held in memory at a time."""
PART = 500_000
"""Parcels of a part: two or three seconds of work, what a stop may cost."""
UNINDEXED_PARTS = 16
"""Parts at most of a file whose rows can only be reached by passing over those before."""


class Source(NamedTuple):
    """A file of parcels, and how its rows become figures in the system of the regions.

    Parameters
    ----------
    path, layer
        The file; its layer, None for Parquet.
    rows
        Rows it says it has.
    parts
        The parts, in order.
    geometry
        Name of the column of WKB.
    fields
        Name → field as the library names it, of the columns needed.
    crs, swapped
        Its coordinate system, and whether it has y before x.
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
    crs: pyproj.CRS
    to_crs: pyproj.CRS
    swapped: bool = False
    encoding: str | None = None
    decode: str = ""
    findings: tuple[Finding, ...] = ()


class Part(NamedTuple):
    """A run of rows: from ``first`` up to ``last``, row groups of a Parquet file or rows.

    ``last`` None is the end of the file, whatever it says of its length.
    """

    number: int
    first: int
    last: int | None
    rows: int
