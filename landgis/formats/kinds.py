"""What a format is: what opens it, whole or in parts, what writes it, what it cannot hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio

from landgis.crs import Bounds
from landgis.findings import Finding, define
from landgis.formats.columns import NUMBERS, Frames, Losses
from landgis.formats.gdal import (
    Opened,
    choose_layer,
    damage,
    offline,
    open_batches,
    read_frames,
    spatial_layers,
)
from landgis.formats.gdal_write import Driver, described

NAMES = define("""layer.field_names 字段名 | field names
    字段名是否原样 | whether fields keep their names
    distinct: {subject} 有重名的字段，已改名以区分：{names:list}。
    | {subject} has fields of one name, told apart: {names:list}.
    restored: {subject} 的 {actual:0} 个字段名按 {table} 还原。
    | {subject}: {actual:0} field name{actual:s} restored from {table}.
    cut: {subject} 的字段名在 10 字节处截断了汉字：{names:list}。
    | {subject}: field names cut within a character at ten bytes: {names:list}.
    unreadable: {subject} 的字段 {names:list} 无法读取（类型不明或名为 geometry）。
    | {subject}: fields {names:list} cannot be read (of no known kind, or geometry).
    derived: {subject} 的字段 {names:list} 由图形导出（外接矩形），未读入。
    | {subject}: fields {names:list} follow from the shapes (their extent) and are left out.""")
ENCODING = define("""layer.encoding 编码 | encoding
    文字按哪种编码读取，有何依据 | in which encoding text is read, and why
    decided: {subject} 按 {name} 读取：{why}。 | {subject} read as {name}: {why}.
    not_utf8: {subject} 不是 UTF-8，按 {name} 读取（GeoJSON 应为 UTF-8）。
    | {subject} is not UTF-8, read as {name} (GeoJSON has to be UTF-8).""")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a file is to be opened: its layer, its encoding, whether the first layer may be taken."""

    layer: str | None = None
    encoding: str | None = None
    pick: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsOptions:
    """How boundary points are written.

    Parameters
    ----------
    prefix
        Whether eastings carry the zone number in front; as the layer has it if None.
    header
        Values of [属性描述] other than the usual ones.
    """

    prefix: bool | None = None
    header: Mapping[str, str] = field(default_factory=dict)


PLAIN_POINTS = PointsOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a layer is to be written: its name, its encoding; and the count of what gets lost."""

    layer: str
    encoding: str = "UTF-8"
    losses: Losses = field(default_factory=Losses)
    points: PointsOptions = PLAIN_POINTS


Open = Callable[[Path, Opening], AbstractContextManager[Opened]]
Write = Callable[[Frames, Path, Writing], list[Finding]]
Whole = Callable[[Path, int, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of layers. `landgis.formats.registry` has a line for each.

    Parameters
    ----------
    title
        Its name.
    suffixes
        Of its files, with the dot, in small letters; the first is the usual one.
    begins
        What its files begin with, blanks aside: GDAL opens by content, not by suffix, so that a
        format that it reads has to say it (those of `landgis.files.archives` do). Any if empty.
    open, write
        What reads and what writes it, a driver of GDAL's or a function; None where landgis does
        not.
    whole
        Tells whether a file that was written holds so many rows in the layer of a name: a full
        disk may cut it off unsaid. What Python writes says so itself.
    needs_crs
        Whether it is written of layers that have a coordinate system only.
    in_parts
        Whether it is read some rows at a time, so that files may be larger than memory.
    runs
        What reads it in parts, each by a process of its own.
    many_layers
        Whether a file holds several layers.
    keeps, loses
        What it keeps, and what it cannot hold, in Chinese and English: rows of docs/formats.md.
    """

    title: str
    suffixes: tuple[str, ...]
    begins: tuple[bytes, ...] = ()
    open: Open | None = None
    write: Driver | Write | None = None
    whole: Whole = lambda *_: True
    needs_crs: bool = True
    in_parts: bool = False
    runs: Runs | None = None
    many_layers: bool = False
    keeps: tuple[str, str] = ("", "")
    loses: tuple[str, str] = ("", "")

    @property
    def driver(self) -> Driver | None:
        """The driver of GDAL's that writes it, if one does."""
        return self.write if isinstance(self.write, Driver) else None


@contextmanager
def opened_by_gdal(
    path: Path, opening: Opening, *, describes: bool = False, single: bool = False, **options: Any
) -> Iterator[Opened]:
    """Open what GDAL reads.

    Parameters
    ----------
    describes
        Whether the file may have titles and domains of fields.
    single
        Whether it holds one layer, so that none need be listed: of a text GDAL would read it all.
    """
    alone = single and opening.layer in {None, path.stem}
    layers = (path.stem,) if alone else spatial_layers(path)
    chosen = None if alone else choose_layer(path, layers, opening.layer, pick=opening.pick)
    findings: list[Finding] = []

    about = described(path, chosen) if describes and chosen else {}

    def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
        for frame in read_frames(
            path, chosen, rows=rows, noted=findings, encoding=opening.encoding, **options
        ):
            frame.attrs.update(about)
            tell_rounded(frame, path.name, findings)
            yield frame

    yield Opened(frames=frames, layers=layers, findings=findings)


def ends_with(draft: Path, mark: bytes) -> bool:
    """Tell whether a file ends with a mark."""
    with draft.open("rb") as file:
        file.seek(max(draft.stat().st_size - 64, 0))
        return file.read().rstrip().endswith(mark)


def tell_rounded(frame: gpd.GeoDataFrame, name: str, noted: list[Finding]) -> None:
    """Tell fields of floats that hold whole numbers (codes) of more digits than floats have."""
    for column in frame.columns[frame.dtypes == "float64"]:
        values = frame[column].to_numpy()
        count = int((np.isfinite(values) & (np.abs(values) > 2**53)).sum())
        if count:
            told = {"field": str(column)}
            noted.append(
                NUMBERS.finding("rounded", "fail", subject=name, actual=float(count), values=told)
            )


def at_once(frame: gpd.GeoDataFrame) -> Callable[[int | None], Iterator[gpd.GeoDataFrame]]:
    """Give a frame that is in memory already."""
    return lambda _: iter([frame])
