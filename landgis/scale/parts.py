"""Chapter 3: what is done with one part, in whatever process on whatever machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from landgis.findings import Finding
from landgis.formats.kinds import BATCH, Part, Source
from landgis.join.overlay import GEOMETRY, table_of_pieces, unusable
from landgis.join.pieces import TangledError
from landgis.join.split import JoinPlan, Near, cut_at_borders, sort_out, split
from landgis.scale.keep import Noted, keep_part
from landgis.scale.reading import batches, figures_of, texts, why_unread

Rows = NDArray[np.int64]
Areas = NDArray[np.float64]
Texts = NDArray[np.object_]


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
