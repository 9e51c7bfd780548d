"""Chapter 2: what is done with one part, and how it lies beside the result until that is whole.

A part is done in whatever process on whatever machine. It is kept as a Parquet file with its
crosswalk, what was noticed in that file's metadata, and beside it the hashes of its parcels' ids,
by which repeated ones are found. A part appears under its name when it is whole, so that workers
that do the same part twice do no harm. Two joins to one output at once are not foreseen: one takes
the folder from the other, which is then told (`undisturbed`).
"""

from __future__ import annotations

import glob
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from landgis.errors import InputError
from landgis.findings import Finding
from landgis.formats.kinds import BATCH, Part, Source
from landgis.join.overlay import (
    GEOMETRY,
    IDS,
    JoinPlan,
    Near,
    cut_at_borders,
    sort_out,
    split,
    table_of_pieces,
    unusable,
)
from landgis.join.pieces import TangledError
from landgis.scale.reading import batches, figures_of, texts, why_unread

Hashes = NDArray[np.uint64]
Texts = NDArray[np.object_]

HASHES = 1_000_000
"""Hashes of ids held in memory at a time."""
ROWS = 100_000
"""Rows of the crosswalk held in memory at a time when parts are put together."""
SCHEMA = pa.schema(
    [
        ("parcel_id", pa.string()),
        ("region_id", pa.string()),
        ("area_m2", pa.float64()),
        ("share", pa.float64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Noted:
    """What was noticed: parcels read, slivers folded, parcels without an id, and findings."""

    parcels: int = 0
    slivers: int = 0
    nameless: int = 0
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: Noted) -> Noted:
        """Put what was noticed in two pieces of work together."""
        return Noted(
            self.parcels + other.parcels,
            self.slivers + other.slivers,
            self.nameless + other.nameless,
            self.findings + other.findings,
        )


# ---------------------------------------------------------------- the folder


def resume(folder: Path, fingerprint: str, parts: Sequence[Part]) -> list[Part]:
    """Keep the finished parts of the same work, drop those of another; what is left to do."""
    mark = folder / "work.txt"
    if folder.exists() and not (mark.exists() and mark.read_text("ascii") == fingerprint):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(fingerprint, "ascii")
    for draft in folder.glob("*.tmp"):
        draft.unlink()
    return [part for part in parts if not _file(folder, part).exists()]


@contextmanager
def undisturbed(source: Source, folder: Path) -> Iterator[None]:
    """Say so if the folder's files vanish while they are worked on: another join has them.

    Raises
    ------
    InputError
        In place of a FileNotFoundError, unless it is the source that is not there.
    """
    try:
        yield
    except FileNotFoundError as error:
        if not source.path.exists():
            raise
        raise InputError(
            f"{folder.name} 中的文件被另一个进程取走或删除（同一输出正被另一次叠合写入？）："
            "请等它结束，再运行一次。",
            f"Another process has finished or removed the parts in {folder.name} (a second join "
            "to the same output?): wait for it to end, and run again.",
        ) from error


def fingerprint(source: Source, regions: gpd.GeoDataFrame, options: Sequence[Any]) -> str:
    """Tell this work from any other: file, parts, regions, options."""
    what = (_stamp(source.path), source.layer, source.parts, source.fields, options)
    digest = hashlib.sha256(repr(what).encode())
    for crs in (source.crs, source.to_crs):
        digest.update(crs.to_wkt().encode())
    for shape in shapely.to_wkb(regions.geometry.to_numpy()):
        digest.update(shape or b"-")
    digest.update(repr(regions.drop(columns=regions.geometry.name).to_dict("list")).encode())
    return digest.hexdigest()


def _stamp(path: Path) -> list[tuple[str, int, int]]:
    """Name, size and time of a file, or of the files that belong to it."""
    files = [path]
    if path.is_dir():
        files = [*path.iterdir()]
    elif path.suffix.lower() == ".shp":
        files = [*path.parent.glob(f"{glob.escape(path.stem)}.*")]
    stats = [(file.name, file.stat()) for file in files if file.is_file()]
    return sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _file(folder: Path, part: Part) -> Path:
    return folder / f"{part.number:06d}.parquet"


# ---------------------------------------------------------------- one part


def keep_part(
    folder: Path, part: Part, joined: Iterable[tuple[pd.DataFrame, Texts, Noted]]
) -> None:
    """Write a part batch by batch: its crosswalk, the ids of its parcels, what was noticed."""
    final = _file(folder, part)
    draft = folder / f"{uuid4().hex}.tmp"
    hashes, noted = [np.empty(0, dtype=np.uint64)], Noted()
    try:
        with pq.ParquetWriter(draft, SCHEMA) as file:
            for table, ids, noticed in joined:
                file.write_table(pa.Table.from_pandas(table, SCHEMA, preserve_index=False))
                hashes.append(_hashes(ids))
                noted += noticed
            file.add_key_value_metadata({"noted": json.dumps(asdict(noted))})
        _keep_hashes(final.with_suffix(".npy"), np.sort(np.concatenate(hashes)))
        draft.replace(final)
    finally:
        draft.unlink(missing_ok=True)


def _hashes(ids: Texts) -> Hashes:
    return np.asarray(pd.util.hash_array(ids[ids != ""], categorize=False))


def _keep_hashes(final: Path, hashes: Hashes) -> None:
    draft = final.with_name(f"{uuid4().hex}.tmp")
    with draft.open("wb") as file:
        np.save(file, hashes)
    draft.replace(final)


# ---------------------------------------------------------------- all parts


def kept_tables(folder: Path, parts: Sequence[Part]) -> Iterator[pd.DataFrame]:
    """Go through the crosswalks of all parts, in order; the first table is empty."""
    yield SCHEMA.empty_table().to_pandas()
    for part in parts:
        with pq.ParquetFile(_file(folder, part)) as file:
            for batch in file.iter_batches(ROWS):
                yield batch.to_pandas()


def noted_in(folder: Path, parts: Sequence[Part]) -> Noted:
    """Put together what was noticed in all parts."""
    noted = Noted()
    for part in parts:
        metadata = pq.read_metadata(_file(folder, part)).metadata
        found = json.loads(metadata[b"noted"])
        found["findings"] = tuple(Finding(**finding) for finding in found["findings"])
        noted += Noted(**found)
    return noted


def repeated_ids(folder: Path, source: Source) -> list[Finding]:
    """Say which ids more than one parcel has, wherever in the file they stand.

    Hashes are compared, a stretch of their values at a time, so that memory does not grow with
    the file; the ids behind those that are found twice are then read again.
    """
    twice = _twice([_file(folder, part).with_suffix(".npy") for part in source.parts])
    if not len(twice):
        return []
    counts = pd.Series(dtype="int64")
    for part in source.parts:
        if np.isin(twice, _open_hashes(_file(folder, part).with_suffix(".npy"))).any():
            for batch in batches(source, part, geometry=False):
                ids = texts(batch.column(0))
                ids = ids[ids != ""]
                some = pd.Series(ids[np.isin(_hashes(ids), twice)], dtype=object).value_counts()
                counts = counts.add(some, fill_value=0)
    names = sorted(counts.index[counts > 1])
    if not names:
        return []
    count, few = len(names), "、".join(names[:5])
    told = IDS.finding("repeated", "fail", subject=few, values={"count": count})
    return [replace(told, members=tuple(names), actual=float(count))]


def _twice(files: Sequence[Path]) -> Hashes:
    """Hashes that occur more than once in sorted files of them."""
    total = sum(len(_open_hashes(file)) for file in files)
    bounds = np.linspace(0, 1, total // HASHES + 2)[1:-1] * 2.0**64
    edges = [0, *bounds.astype(np.uint64).tolist(), None]
    found = []
    for low, high in pairwise(edges):
        stretch = [_between(_open_hashes(file), low, high) for file in files]
        some = np.sort(np.concatenate(stretch))
        found.append(np.unique(some[1:][some[1:] == some[:-1]]))
    return np.concatenate(found)


def _open_hashes(file: Path) -> Hashes:
    return np.asarray(np.load(file, mmap_mode="r"))


def _between(hashes: Hashes, low: int, high: int | None) -> Hashes:
    first = np.searchsorted(hashes, np.uint64(low))
    last = len(hashes) if high is None else np.searchsorted(hashes, np.uint64(high))
    return np.array(hashes[first:last])


Rows = NDArray[np.int64]
Areas = NDArray[np.float64]


AT_BORDERS = 4 * BATCH
"""Parcels near borders that are cut together: the more, the less often regions are clipped."""


COUNTED = 100_000
"""So many combinations of region and labels are counted in an array; of more, only those found."""


class Task(NamedTuple):
    """What is the same for every part: the parcels, the regions, the options.

    Parameters
    ----------
    source, plan
        The parcels and the regions.
    sliver_m2
        As of `landgis.join.crosswalk_with_findings`.
    folder
        Where finished parts of a join are kept; on a cluster, a folder that all workers share.
    """

    source: Source
    plan: JoinPlan
    sliver_m2: float
    folder: Path = Path()


# ---------------------------------------------------------------- the crosswalk of a part


def join_part(part: Part, task: Task) -> None:
    """Join the parcels of a part, and keep the result in the task's folder."""
    shapely.prepare(task.plan.regions.shapes)  # lost on the way to another process
    (parcel_id,) = task.source.fields
    joined = (_joined(batch, parcel_id, task) for batch in batches(task.source, part))
    keep_part(task.folder, part, joined)


def _joined(batch: pa.RecordBatch, parcel_id: str, task: Task) -> tuple[pd.DataFrame, Texts, Noted]:
    """Join one batch: its crosswalk, the ids of its parcels, and what was noticed."""
    ids = texts(batch.column(parcel_id))
    tables: list[pd.DataFrame] = []
    findings: list[Finding] = []
    slivers = 0
    for figures, rows in figures_of(task.source, batch):
        try:
            pieces = split(figures, task.plan, sliver_m2=task.sliver_m2)
        except TangledError as error:
            raise error.named(ids[rows], figures.shapes(np.arange(len(rows)))) from None
        tables.append(table_of_pieces(pieces, ids[rows], task.plan.regions.ids))
        tables[-1].index = rows[pieces.parcel]
        wrong, shapes = rows[pieces.invalid], figures.shapes(pieces.invalid)
        wkb = batch.column(task.source.geometry).take(pa.array(wrong))
        unread = shapely.is_missing(shapes) & np.asarray(wkb.is_valid())
        findings += unusable(ids[wrong], shapes, np.flatnonzero(~unread))
        findings += [_unread(ids[wrong[row]], wkb[row].as_py()) for row in np.flatnonzero(unread)]
        slivers += pieces.slivers
    table = pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)
    return table, ids, Noted(len(batch), slivers, int((ids == "").sum()), tuple(findings))


def _unread(name: str, wkb: bytes) -> Finding:
    zh, en = why_unread(wkb)
    return GEOMETRY.finding("unread", "fail", subject=name, values={"why": {"zh": zh, "en": en}})


# ---------------------------------------------------------------- the sums of a part


class Sums(NamedTuple):
    """Sums of a part: ``region_id`` (position, -1 outside), labels, ``area_m2``, ``pieces``."""

    table: pd.DataFrame
    invalid: int


def sum_part(part: Part, task: Task) -> Sums:
    """Sum the parcels of a part by region and by the columns of the task."""
    shapely.prepare(task.plan.regions.shapes)
    by = [*task.source.fields]
    sums: list[pd.DataFrame] = []
    waiting: list[tuple[Near, pa.RecordBatch]] = []
    invalid = 0
    for batch in batches(task.source, part):
        labels = batch.select(by)
        for figures, rows in figures_of(task.source, batch):
            easy = sort_out(figures, task.plan)
            if len(easy.parcel):
                sums.append(_sums(rows[easy.parcel], easy.region, easy.area_m2, labels))
            waiting.append((easy.near, labels.take(pa.array(rows[easy.near.parcel]))))
            invalid += len(easy.invalid)
        if sum(len(near.parcel) for near, _ in waiting) > AT_BORDERS:
            sums.append(_sums_at_borders(waiting, task))
            waiting = []
    if waiting:
        sums.append(_sums_at_borders(waiting, task))
    return Sums(summed(sums, by), invalid)


def summed(sums: Sequence[pd.DataFrame], by: Sequence[str]) -> pd.DataFrame:
    """Add sums up."""
    if len(sums) == 1:
        return sums[0]
    groups = pd.concat(sums).groupby(["region_id", *by], dropna=False, observed=True, sort=False)
    return groups.sum().reset_index()


def _sums(parcel: Rows, region: Rows, area_m2: Areas, labels: pa.RecordBatch) -> pd.DataFrame:
    """Sum pieces by region (-1: outside) and by the labels of their parcels."""
    key = region + 1
    many = int(key.max(initial=0)) + 1
    columns: list[tuple[pd.Series, Rows]] = []
    for column in labels.columns:
        plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        encoded = plain.dictionary_encode(null_encoding="encode")
        columns.append((encoded.dictionary.to_pandas(), encoded.indices.to_numpy()[parcel]))
        if many * len(encoded.dictionary) > COUNTED:
            key, many = _numbered(key)
        key = key * len(encoded.dictionary) + columns[-1][1]
        many *= len(encoded.dictionary)
    if many > COUNTED:
        key, many = _numbered(key)
    count = np.bincount(key)
    groups = np.flatnonzero(count)
    example = np.zeros(len(count), dtype=np.int64)  # a piece of each group
    example[key] = np.arange(len(key))
    example = example[groups]
    table: dict[str, Any] = {"region_id": region[example]}
    for name, (values, position) in zip(labels.schema.names, columns, strict=True):
        table[name] = values.take(position[example]).to_numpy()
    table["area_m2"] = np.bincount(key, area_m2)[groups]
    table["pieces"] = count[groups]
    return pd.DataFrame(table)


def _numbered(key: Rows) -> tuple[Rows, int]:
    """Put numbers from 0 without a gap for keys, in their order, and say how many there are."""
    found, number = np.unique(key, return_inverse=True)
    return number, len(found)


def _sums_at_borders(waiting: Sequence[tuple[Near, pa.RecordBatch]], task: Task) -> pd.DataFrame:
    """Sum parcels near borders, those of many batches at once: regions are then clipped once."""
    near = Near(
        np.arange(sum(len(near.parcel) for near, _ in waiting)),
        np.concatenate([near.shapes for near, _ in waiting]),
        np.concatenate([near.area_m2 for near, _ in waiting]),
        np.concatenate([near.covered for near, _ in waiting]),
    )
    labels = pa.concat_batches([labels for _, labels in waiting])
    cut = cut_at_borders(near, task.plan, sliver_m2=task.sliver_m2)
    return _sums(cut.parcel, cut.region, cut.area_m2, labels)
