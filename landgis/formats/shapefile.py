"""Shapefiles: ten bytes a name, fields of fixed width, and what of that was not enough.

Longer names are cut at a character and made distinct; ``NAME.fields.csv`` beside the file maps
them to the full names, and `read_layer` reads that map.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa

from landgis.errors import InputError
from landgis.findings import Finding, define
from landgis.formats.columns import (
    Frames,
    Losses,
    flat_frames,
    kept,
    peeked,
    stream,
    without_m,
)
from landgis.formats.gdal import Opened
from landgis.formats.gdal_write import counted, write_names
from landgis.formats.kinds import Format, Opening
from landgis.formats.names import NAMES
from landgis.formats.runs import Runs
from landgis.formats.shapefile_fields import (
    MOST_BYTES,
    beyond_standard,
    create_shapefile,
    dbf_fields,
    text_sizes,
    wider_fields,
)
from landgis.formats.shapefile_read import (
    open_shapefile,
    open_shapefile_runs,
    read_shapefile_run,
)

LONG = define(
    "export.text",
    ("长文字", "long text"),
    ("文字是否写全", "whether text is written whole"),
    cut=(
        "字段 {field} 有 {actual:0} 行超过 254 字节，shapefile 存不下，已截断。",
        "Field {field}: {actual:0} text{actual:s} over 254 bytes cut by the shapefile.",
    ),
)
WIDTH = define(
    "export.width",
    ("字段宽度", "widths of fields"),
    ("字段宽度是否合标准", "whether fields are as wide as the standards state"),
    wider=(
        "字段 {field} 的内容超出标准（{stated}），已按 {written} 写出，未截断。",
        "Field {field} needs more than the standard's {stated}: written as {written}.",
    ),
)

_NAME_BYTES = 10


def write_shapefile(frames: Frames, path: Path, *, encoding: str, losses: Losses) -> list[Finding]:
    """Write a shapefile with its .cpg, its language byte, and the map of shortened names.

    Parameters
    ----------
    frames
        What `plain_frames` gives.
    encoding
        UTF-8 or GBK.

    Returns
    -------
    list
        What names, text and widths of the standards could not hold.

    Raises
    ------
    InputError
        If the encoding is another or lacks a character, or shapes are of several kinds.
    """
    if encoding not in {"UTF-8", "GBK"}:
        raise InputError(
            f"shapefile 的编码应为 UTF-8 或 GBK，不是 {encoding}。",
            f"A shapefile is written in UTF-8 or GBK, not {encoding}.",
        )
    first, frames = peeked(flat_frames(frames, losses))
    names = short_names([c for c in first.columns if c != "geometry"], encoding=encoding)
    short = {name: key for key, name in names.items()}
    long = Counter[str]()
    fields: dict[str, str] = {}

    def readied() -> Iterator[gpd.GeoDataFrame]:
        nonlocal fields
        for frame in frames:
            _require_encodable(frame, encoding)
            long.update(_count_long(frame, encoding))
            ready = _times_as_text(frame, losses).rename(columns=short)
            fields = wider_fields(fields, dbf_fields(ready, encoding=encoding))
            yield ready

    with kept(readied(), losses, path.parent) as (found, tables):
        if found.m:
            losses["export.m", ""] += 1
        columns = []
        for column in found.columns:
            code = fields[column.name].startswith("str") and pa.types.is_integer(column.type)
            columns.append(column.with_type(pa.large_string()) if code else column)
            if code:
                losses["export.numbers", column.name] += 1
        found.columns = pa.schema(columns)
        create_shapefile(
            path, found.kinds, fields=fields, z=found.z, crs=found.crs, encoding=encoding
        )

        def ready(schema: pa.Schema) -> Iterator[pa.Table]:
            return (without_m(table) if found.m else table for table in tables(schema))

        # into the fields made above; text goes to GDAL as UTF-8, which writes what the .cpg says
        options: dict[str, Any] = {"driver": "ESRI Shapefile", "encoding": "UTF-8", "append": True}
        stream(ready, found, path, geometry_type="Unknown", **options)
    if encoding == "GBK":
        with path.with_suffix(".dbf").open("r+b") as table:
            table.seek(29)
            table.write(b"\x4d")  # LDID of code page 936
    # written whether names were shortened or not: an older map must not outlive its shapefile
    write_names(names, path.with_suffix(".fields.csv"))
    return [*_tell_long(long), *_tell_wider(fields), *_tell_names(names, path)]


def short_names(names: Sequence[str], *, encoding: str = "UTF-8") -> dict[str, str]:
    """Give field names of at most ten bytes, cut between characters and distinct.

    Returns
    -------
    dict
        Short name → full name, in order. Distinct also without regard to case.

    Examples
    --------
    >>> short_names(["登记面积_平方米", "登记面积_亩", "用途"])
    {'登记面': '登记面积_平方米', '登记面1': '登记面积_亩', '用途': '用途'}
    """
    taken: dict[str, str] = {}
    used: set[str] = set()
    for name in names:
        number, short = 0, _cut(name, _NAME_BYTES, encoding)
        while short.upper() in used or not short:
            number += 1
            short = _cut(name, _NAME_BYTES - len(str(number)), encoding) + str(number)
        used.add(short.upper())
        taken[short] = name
    return taken


def _cut(text: str, size: int, encoding: str) -> str:
    # a DBF fills names up: one that ends with a blank is found no more
    return text.strip().encode(encoding, "replace")[:size].decode(encoding, "ignore").rstrip()


def _require_encodable(frame: gpd.GeoDataFrame, encoding: str) -> None:
    for name in frame.columns.drop("geometry"):
        of_text = encoding != "UTF-8" and pd.api.types.is_string_dtype(frame[name])
        for text in (name, *(frame[name].dropna().unique() if of_text else ())):
            try:
                text.encode(encoding)
            except UnicodeEncodeError as error:
                bad = text[error.start : error.end]
                raise InputError(
                    f"字段 {name} 中的“{bad}”不在 {encoding} 字符集中，请用 UTF-8 写出。",
                    f"“{bad}” in field {name} is not in {encoding}: write UTF-8.",
                ) from None


def _count_long(frame: gpd.GeoDataFrame, encoding: str) -> Counter[str]:
    """Count the texts of each field that are longer than a shapefile holds."""
    texts = [c for c in frame.columns.drop("geometry") if pd.api.types.is_string_dtype(frame[c])]
    sizes = {name: text_sizes(frame[name], encoding) for name in texts}
    return Counter({name: int((some > MOST_BYTES).sum()) for name, some in sizes.items()})


def _times_as_text(frame: gpd.GeoDataFrame, losses: Losses) -> gpd.GeoDataFrame:
    """Turn times into ISO text, which a DBF has no type for."""
    times = [c for c in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[c])]
    for name in times:
        losses["export.times", name] += len(frame)
        iso = frame[name].map(lambda value: None if pd.isna(value) else value.isoformat())
        frame = frame.assign(**{name: iso.astype("str")})
    return frame


def _tell_long(long: Mapping[str, int]) -> list[Finding]:
    return [
        LONG.finding("cut", "fail", actual=float(count), values={"field": name})
        for name, count in long.items()
        if count
    ]


def _tell_wider(fields: Mapping[str, str]) -> list[Finding]:
    return [
        WIDTH.finding(
            "wider", "fail", values={"field": name, "stated": stated, "written": fields[name]}
        )
        for name, stated in beyond_standard(fields).items()
    ]


def _tell_names(names: Mapping[str, str], path: Path) -> list[Finding]:
    pairs = [f"{full}→{short}" for short, full in names.items() if short != full]
    told = {"table": f"{path.stem}.fields.csv", "pairs": pairs}
    return [NAMES.finding("shortened", "fail", values=told)] if pairs else []


def _whole(draft: Path, rows: int, _: str) -> bool:
    """Tell whether GDAL finds the rows, and both files are as long as they say."""
    if not counted(draft, rows):
        return False
    table = draft.with_suffix(".dbf")
    with draft.open("rb") as shapes, table.open("rb") as records:
        claimed = 2 * int(struct.unpack(">i", shapes.read(28)[24:])[0])
        count, header, length = struct.unpack("<IHH", records.read(12)[4:])
    size = table.stat().st_size
    return draft.stat().st_size == claimed and bool(size >= header + count * length)


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    with open_shapefile(path, encoding=opening.encoding) as source:
        yield source


FORMAT = Format(
    title="Shapefile",
    suffixes=(".shp",),
    open=_open,
    write=lambda f, to, w: write_shapefile(f, to, encoding=w.encoding, losses=w.losses),
    whole=_whole,
    in_parts=True,
    runs=Runs(open_shapefile_runs, read_shapefile_run),
    keeps=("编码、标准字段宽度、字段全名对照表", "encoding, standard widths, a map of full names"),
    loses=(
        "长字段名（缩短）、长文字（截断）、时刻和 2⁵³ 以上的整数（成文字）、空文字",
        "long names and text (cut), times and numbers over 2⁵³ (text), empty text",
    ),
)
