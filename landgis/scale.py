"""The join of files larger than memory: GeoParquet in, partition by partition.

Regions are few and stay in memory; parcels stream past them in batches, most of them never
becoming geometry objects. Memory does not grow with the number of parcels. A join writes each
finished batch beside the result, so that one that was stopped goes on where it left off.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely
from numpy.typing import NDArray
from tqdm import tqdm

from landgis.errors import CRSError, InputError
from landgis.findings import Finding, findings_table, join_findings
from landgis.join.figures import Figures, from_wkb
from landgis.join.regions import take_regions
from landgis.join.split import (
    SLIVER_M2,
    Near,
    Plan,
    cut_at_borders,
    plan_join,
    sliver_finding,
    sort_out,
    split,
    table_of_pieces,
    unusable,
)
from landgis.language import Lang, say
from landgis.measure import describe_crs, require_same_crs

Rows = NDArray[np.int64]
Areas = NDArray[np.float64]

BATCH = 25_000
"""Parcels held in memory at a time."""
AT_BORDERS = 2 * BATCH
"""Parcels near borders that are cut together: the more, the less often regions are clipped."""


class Joined(NamedTuple):
    """What `join_file` did.

    Parameters
    ----------
    pairs, parcels, regions
        Rows of the crosswalk, parcels read, regions with a polygon.
    inside_m2, outside_m2
        Area joined to regions, and area in none.
    findings
        As of `landgis.join.crosswalk_with_findings`.
    """

    pairs: int
    parcels: int
    regions: int
    inside_m2: float
    outside_m2: float
    findings: pd.DataFrame


# ---------------------------------------------------------------- the two jobs


def sum_file(
    parcels: str | Path,
    regions: gpd.GeoDataFrame,
    *,
    by: Sequence[str] = ("category",),
    region_id: str = "region_id",
    precedence: Sequence[str] = (),
    sliver_m2: float = SLIVER_M2,
) -> pd.DataFrame:
    """Sum the areas of parcels in a GeoParquet file by region and by columns of the parcels.

    Parameters
    ----------
    parcels
        GeoParquet file; only its geometry and the columns ``by`` are read.
    regions, region_id, precedence, sliver_m2
        As of `landgis.join.crosswalk_with_findings`.
    by
        Columns of the parcels.

    Returns
    -------
    DataFrame
        ``region_id`` (empty: outside), the columns ``by``, ``area_m2``, ``pieces``, sorted.
        Invalid parcels add nothing; ``attrs["invalid"]`` counts them.

    Examples
    --------
    >>> import tempfile
    >>> parcel = gpd.GeoDataFrame({"category": ["住宅用地"]}, geometry=[shapely.box(0, 0, 3, 1)])
    >>> region = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[shapely.box(0, 0, 2, 1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "parcels.parquet")
    ...     parcel.set_crs(4549).to_parquet(file)
    ...     sums = sum_file(file, region.set_crs(4549))
    >>> sums[["region_id", "category", "pieces"]].values.tolist()
    [['', '住宅用地', 1], ['r', '住宅用地', 1]]
    """
    source = _open(parcels, (*by,))
    plan = _plan(source, regions, region_id, precedence)
    sums: list[pd.DataFrame] = []
    waiting: list[tuple[Near, pa.RecordBatch]] = []
    invalid = 0
    with _progress(source) as progress:
        for batch in _batches(source, (*by,)):
            labels = batch.select(list(by))
            for figures, rows in _figures(batch.column(source.geometry)):
                easy = sort_out(figures, plan)
                sums.append(_sums(rows[easy.parcel], easy.region, easy.area_m2, labels))
                waiting.append((easy.near, labels.take(pa.array(rows[easy.near.parcel]))))
                invalid += len(easy.invalid)
            if sum(len(near.parcel) for near, _ in waiting) > AT_BORDERS:
                sums.append(_sums_at_borders(waiting, plan, sliver_m2))
                waiting = []
            progress.update(len(batch))
    if waiting:
        sums.append(_sums_at_borders(waiting, plan, sliver_m2))
    table = pd.concat(sums).groupby(["region", *by], dropna=False, observed=True, sort=False).sum()
    table = table.reset_index()
    table["region"] = np.append(plan.regions.ids, "")[table["region"]]
    table = table.rename(columns={"region": "region_id"}).sort_values(["region_id", *by])
    table = table.reset_index(drop=True)
    table.attrs["invalid"] = invalid
    return table


def join_file(
    parcels: str | Path,
    regions: gpd.GeoDataFrame,
    *,
    out: str | Path,
    parcel_id: str = "parcel_id",
    region_id: str = "region_id",
    precedence: Sequence[str] = (),
    sliver_m2: float = SLIVER_M2,
    lang: Lang = "zh",
) -> Joined:
    """Write the crosswalk of a GeoParquet file of any size to a Parquet file.

    Finished batches are kept in the folder ``<out>.parts`` until the result is whole. If the
    work is stopped, the same call goes on with the first batch that is missing; other parcels,
    regions or options start anew.

    Parameters
    ----------
    parcels
        GeoParquet file.
    out
        Parquet file to write; appears whole or not at all.
    regions, parcel_id, region_id, precedence, sliver_m2
        As of `landgis.join.crosswalk_with_findings`. Repeated parcel ids are noticed within a
        batch only.

    Examples
    --------
    >>> import tempfile
    >>> parcel = gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=[shapely.box(0, 0, 3, 1)])
    >>> region = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[shapely.box(0, 0, 2, 1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file, out = Path(folder, "parcels.parquet"), Path(folder, "crosswalk.parquet")
    ...     parcel.set_crs(4549).to_parquet(file)
    ...     joined = join_file(file, region.set_crs(4549), out=out)
    ...     joined.pairs, pd.read_parquet(out)["region_id"].tolist()
    (2, ['r', ''])
    """
    out = Path(out)
    source = _open(parcels, (parcel_id,))
    plan = _plan(source, regions, region_id, precedence)
    parts = out.with_name(out.name + ".parts")
    options = Options(parcel_id, sliver_m2, lang)
    _resume(parts, _fingerprint(source, regions, (region_id, precedence, options)))
    with _progress(source) as progress:
        for number, batch in enumerate(_batches(source, (parcel_id,))):
            part = parts / f"{number:06d}.parquet"
            if not part.exists():
                table, findings = _joined(batch, source, plan, options)
                findings.to_json(part.with_suffix(".json"), orient="split", index=False)
                _write(part, table)
            progress.update(len(batch))
    return _merge(parts, out, source.rows, len(plan.regions.ids))


def _progress(source: Source) -> tqdm[Any]:
    """Show progress on stderr, if there is a terminal and more than a moment's work."""
    quiet = True if source.rows <= BATCH else None
    return tqdm(total=source.rows, unit="parcel", disable=quiet)


class Options(NamedTuple):
    """What every batch of a join is told."""

    parcel_id: str
    sliver_m2: float
    lang: Lang


# ---------------------------------------------------------------- reading


class Source(NamedTuple):
    """A GeoParquet file: how many rows, its geometry column and coordinate system."""

    path: Path
    rows: int
    geometry: str
    crs: pyproj.CRS


def _open(path: str | Path, columns: Sequence[str]) -> Source:
    path = Path(path)
    try:
        metadata = pq.read_metadata(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(
            f"无法读取 GeoParquet 文件 {path.name}：{error}。",
            f"Cannot read the GeoParquet file {path.name}: {error}.",
        ) from error
    schema, rows = metadata.schema.to_arrow_schema(), metadata.num_rows
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    name = geo.get("primary_column")
    if name is None or geo["columns"][name].get("encoding") != "WKB":
        raise InputError(
            f"{path.name} 不是以 WKB 存储图形的 GeoParquet 文件。",
            f"{path.name} is not a GeoParquet file with WKB geometry.",
        )
    missing = [column for column in columns if column not in schema.names]
    if missing:
        raise InputError(
            f"{path.name} 缺少列 {'、'.join(missing)}（现有：{'、'.join(schema.names)}）。",
            f"{path.name} lacks {', '.join(missing)} (it has: {', '.join(schema.names)}).",
        )
    described = geo["columns"][name].get("crs", "OGC:CRS84")
    if described is None:
        raise CRSError(
            f"{path.name} 没有声明坐标系。", f"{path.name} declares no coordinate system."
        )
    return Source(path, rows, name, pyproj.CRS(described))


def _plan(
    source: Source, regions: gpd.GeoDataFrame, region_id: str, precedence: Sequence[str]
) -> Plan:
    require_same_crs(gpd.GeoSeries([], crs=source.crs), regions)
    taken = take_regions(regions, region_id=region_id, precedence=precedence)
    return plan_join(taken, parcels=source.rows)


def _batches(source: Source, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(source.path, pre_buffer=False, buffer_size=1 << 20) as file:
        yield from file.iter_batches(BATCH, columns=[source.geometry, *columns], use_threads=False)


def _figures(wkb: pa.Array) -> Iterator[tuple[Figures, Rows]]:
    """Polygons of one ring straight from their bytes, the others as shapes; and which rows."""
    figures, easy = from_wkb(wkb)
    yield figures, np.flatnonzero(easy)
    if not easy.all():
        others = np.flatnonzero(~easy)
        yield Figures.of(_shapes(wkb, others)), others


def _shapes(wkb: pa.Array, rows: Rows) -> NDArray[np.object_]:
    """Build geometries; what cannot be read is missing."""
    chosen = wkb.take(pa.array(rows)).to_numpy(zero_copy_only=False)
    return np.asarray(shapely.force_2d(shapely.from_wkb(chosen, on_invalid="ignore")))


# ---------------------------------------------------------------- sums


def _sums(parcel: Rows, region: Rows, area_m2: Areas, labels: pa.RecordBatch) -> pd.DataFrame:
    """Sum pieces by region (-1: outside) and by the labels of their parcels."""
    key = region + 1
    names = []
    for name in labels.schema.names:
        column = labels.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        encoded = column.dictionary_encode(null_encoding="encode")
        names.append(encoded.dictionary.to_pandas())
        key = key * len(names[-1]) + encoded.indices.to_numpy(zero_copy_only=False)[parcel]
    count = np.bincount(key)
    keys = np.flatnonzero(count)
    table: dict[str, Any] = {"area_m2": np.bincount(key, area_m2)[keys], "pieces": count[keys]}
    for name, values in zip(labels.schema.names[::-1], names[::-1], strict=True):
        keys, position = np.divmod(keys, max(len(values), 1))
        table[name] = values.take(position).to_numpy()
    return pd.DataFrame({"region": keys - 1, **table})


def _sums_at_borders(
    waiting: Sequence[tuple[Near, pa.RecordBatch]], plan: Plan, sliver_m2: float
) -> pd.DataFrame:
    """Sum parcels near borders, those of many batches at once: regions are then clipped once."""
    near = Near(
        np.arange(sum(len(near.parcel) for near, _ in waiting)),
        np.concatenate([near.shapes for near, _ in waiting]),
        np.concatenate([near.area_m2 for near, _ in waiting]),
        np.concatenate([near.covered for near, _ in waiting]),
    )
    labels = pa.concat_batches([labels for _, labels in waiting])
    cut = cut_at_borders(near, plan, sliver_m2=sliver_m2)
    return _sums(cut.parcel, cut.region, cut.area_m2, labels)


# ---------------------------------------------------------------- join to a file


def _joined(
    batch: pa.RecordBatch, source: Source, plan: Plan, options: Options
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join one batch: its crosswalk, and findings."""
    ids = batch.column(options.parcel_id).to_pandas().astype("str").to_numpy(dtype=object)
    wkb = batch.column(source.geometry)
    lang, sliver_m2 = options.lang, options.sliver_m2
    tables, findings, slivers = [], [], 0
    for figures, rows in _figures(wkb):
        pieces = split(figures, plan, sliver_m2=sliver_m2)
        tables.append(table_of_pieces(pieces, ids[rows], plan.regions.ids))
        tables[-1].index = rows[pieces.parcel]
        wrong = rows[pieces.invalid]
        findings += unusable(ids[wrong], _shapes(wkb, wrong), np.arange(len(wrong)), lang)
        slivers += pieces.slivers
    repeated = pd.Series(ids)[pd.Series(ids).duplicated()].unique()
    findings += [
        Finding(
            check="join.id",
            verdict="fail",
            subject=str(name),
            message=say(
                lang,
                f"宗地编号 {name} 重复。",
                f"Parcel id {name} is repeated.",
            ),
        )
        for name in repeated
    ]
    if slivers:
        findings.append(sliver_finding(slivers, sliver_m2, lang))
    table = pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)
    return table, findings_table(findings)


def _fingerprint(source: Source, regions: gpd.GeoDataFrame, options: Sequence[Any]) -> str:
    """Tell this work from any other: file, regions, options."""
    stat = source.path.stat()
    digest = hashlib.sha256(repr((stat.st_size, stat.st_mtime_ns, BATCH, options)).encode())
    digest.update(describe_crs(source.crs).encode())
    for shape in shapely.to_wkb(regions.geometry.to_numpy()):
        digest.update(shape or b"-")
    digest.update(repr(regions.drop(columns=regions.geometry.name).to_dict("list")).encode())
    return digest.hexdigest()


def _resume(parts: Path, fingerprint: str) -> None:
    """Keep the finished parts of the same work, and drop those of another."""
    mark = parts / "work.txt"
    if parts.exists() and not (mark.exists() and mark.read_text("ascii") == fingerprint):
        shutil.rmtree(parts)
    parts.mkdir(parents=True, exist_ok=True)
    mark.write_text(fingerprint, "ascii")


def _write(path: Path, table: pd.DataFrame) -> None:
    temporary = path.with_suffix(".tmp")
    table.to_parquet(temporary, index=False)
    temporary.replace(path)


def _merge(parts: Path, out: Path, rows: int, regions: int) -> Joined:
    """Put the parts together, and drop them."""
    temporary = out.with_name(out.name + ".tmp")
    pairs, inside, outside, findings, writer = 0, 0.0, 0.0, [findings_table()], None
    for part in sorted(parts.glob("*.parquet")):
        table = pq.read_table(part)
        writer = writer or pq.ParquetWriter(temporary, table.schema)
        writer.write_table(table)
        area = table.column("area_m2").to_numpy()
        nowhere = table.column("region_id").to_numpy() == ""
        pairs += len(table)
        inside += float(area[~nowhere].sum())
        outside += float(area[nowhere].sum())
        noticed = pd.read_json(part.with_suffix(".json"), orient="split", dtype=False)
        findings.append(noticed.astype(findings[0].dtypes))
    if writer is None:
        raise InputError("宗地文件没有一行。", "The file of parcels has no rows.")
    writer.close()
    temporary.replace(out)
    shutil.rmtree(parts)
    return Joined(pairs, rows, regions, inside, outside, join_findings(*findings))
