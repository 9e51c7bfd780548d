"""Chapter 1: a vector file of any size, in parts that can be read on their own, and in batches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray
from pyogrio.raw import open_arrow

from landgis.errors import CRSError, InputError
from landgis.findings import Finding
from landgis.join.figures import Figures, from_wkb
from landgis.language import Lang, say
from landgis.layers.coordinates import convert_crs, normal_crs, place_layer, refuse_legacy
from landgis.layers.encoding import decide_dbf_encoding, field_names, read_dbf_header
from landgis.layers.read import list_layers
from landgis.layers.shapefile import sibling
from landgis.measure import describe_crs

Rows = NDArray[np.int64]
Shapes = NDArray[np.object_]

BATCH = 25_000
"""Parcels held in memory at a time."""
PART = 250_000
"""Parcels of a part: about a second of work, and what a stop may cost."""
UNINDEXED_PARTS = 16
"""Parts at most of a file whose rows can only be reached by passing over those before."""

PARQUET = frozenset({".parquet", ".geoparquet"})
THROUGH_GDAL = frozenset({".gpkg", ".gdb", ".shp", ".fgb"})


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


def worth_streaming(path: str | Path) -> bool:
    """Tell whether a source can be read in parts, and is so large that it should be.

    Examples
    --------
    >>> worth_streaming("a.parquet"), worth_streaming("a.kml")
    (True, False)
    """
    path = Path(path)
    if path.suffix.lower() in PARQUET:
        return True
    if path.suffix.lower() not in THROUGH_GDAL or not path.exists():
        return False
    try:
        counts = [
            pyogrio.read_info(path, layer=name, force_feature_count=True)["features"]
            for name in list_layers(path)
        ]
    except (pyogrio.errors.DataSourceError, InputError):  # read_layer knows what is wrong with it
        return False
    return max(counts, default=0) > PART


def open_source(
    path: str | Path,
    columns: Sequence[str],
    *,
    layer: str | None = None,
    to_crs: Any = None,
    lang: Lang = "zh",
) -> Source:
    """Open a file of parcels, of which ``columns`` and the geometry will be read.

    Raises
    ------
    InputError
        If it is damaged or empty, of a kind that cannot be read in parts, or lacks a column.
    CRSError
        If its coordinate system is neither declared nor decidable.
    """
    path = Path(path).resolve()
    kind = path.suffix.lower()
    if not path.exists():
        raise InputError(f"文件不存在：{path.name}。", f"No such file: {path.name}.")
    if kind in PARQUET:
        source = _parquet(path)
    elif kind in THROUGH_GDAL:
        source = _vector(path, layer, lang)
    else:
        kinds = "、".join(sorted(PARQUET | THROUGH_GDAL))
        raise InputError(
            f"{path.name} 不能分批读取，可分批的格式：{kinds}。请先用 landgis convert 转换。",
            f"{path.name} cannot be read in parts; these can: {kinds.replace('、', ', ')}. "
            "Convert it first with landgis convert.",
        )
    if not source.rows:
        raise InputError(f"{path.name} 没有一行。", f"{path.name} has no rows.")
    missing = [column for column in columns if column not in source.fields]
    if missing:
        names = "、".join(source.fields)
        raise InputError(
            f"{path.name} 缺少列 {'、'.join(missing)}（现有：{names}）。",
            f"{path.name} lacks {', '.join(missing)} (it has: {names.replace('、', ', ')}).",
        )
    wanted = {column: source.fields[column] for column in columns}
    return _turned(source._replace(fields=wanted), to_crs, lang)


def _turned(source: Source, to_crs: Any, lang: Lang) -> Source:
    """Ask for the figures in another system, and say so."""
    target = source.crs if to_crs is None else normal_crs(to_crs)
    if target is None or target == source.crs:
        return source
    name, before, after = source.path.name, source.crs, target
    zh = f"{name} 由 {describe_crs(before)} 换算到 {describe_crs(after)}。"
    en = f"{name} converted from {describe_crs(before, 'en')} to {describe_crs(after, 'en')}."
    told = Finding(
        check="layer.conversion", subject=name, verdict="pass", message=say(lang, zh, en)
    )
    return source._replace(to_crs=target, findings=(*source.findings, told))


# ---------------------------------------------------------------- GeoParquet


def _parquet(path: Path) -> Source:
    try:
        metadata = pq.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
        geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        name = geo.get("primary_column")
        column = None if name is None else geo["columns"][name]
    except (OSError, pa.ArrowException, ValueError, KeyError, AttributeError) as error:
        raise InputError(
            f"无法读取 GeoParquet 文件 {path.name}：{error}。",
            f"Cannot read the GeoParquet file {path.name}: {error}.",
        ) from error
    if column is None or column.get("encoding") != "WKB" or name not in schema.names:
        raise InputError(
            f"{path.name} 不是以 WKB 存储图形的 GeoParquet 文件。",
            f"{path.name} is not a GeoParquet file with WKB geometry.",
        )
    described = column.get("crs", "OGC:CRS84")
    if described is None:
        raise CRSError(
            f"{path.name} 没有声明坐标系。", f"{path.name} declares no coordinate system."
        )
    crs = pyproj.CRS(described)
    counts = [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)]
    fields = {field: field for field in schema.names if field != name}
    return Source(path, None, metadata.num_rows, _grouped(counts), name, fields, crs, crs)


def _grouped(counts: Sequence[int]) -> tuple[Part, ...]:
    """Put neighbouring row groups together until they hold the rows of a part."""
    parts: list[Part] = []
    first = rows = 0
    for last, count in enumerate(counts, start=1):
        rows += count
        if rows >= PART or last == len(counts):
            parts.append(Part(len(parts), first, last, rows))
            first, rows = last, 0
    return tuple(parts)


# ---------------------------------------------------------------- through GDAL


def _vector(path: Path, layer: str | None, lang: Lang) -> Source:
    """Open a source that GDAL reads, and decide where it lies and how its text is encoded."""
    layers = list_layers(path)
    chosen = [name for name in layers if layer in {None, name}]
    if len(chosen) != 1:
        listed = "、".join(layers)
        raise InputError(
            f"{path.name} 中的图层：{listed or '无'}。请用 layer= 指明一个。",
            f"{path.name} has the layers: {listed.replace('、', ', ') or 'none'}. "
            "Choose one with layer=.",
        )
    layer = chosen[0]
    encoding, decode, names, findings = _text(path, lang)
    try:
        info = pyogrio.read_info(
            path, layer=layer, encoding=encoding,
            force_feature_count=True, force_total_bounds=True,
        )  # fmt: skip
    except pyogrio.errors.DataSourceError as error:
        raise InputError(
            f"{path.name} 无法读取：{error}。", f"{path.name} cannot be read: {error}."
        ) from None
    bounds = info["total_bounds"]
    known = bounds is not None and np.isfinite(bounds).all()
    placing = place_layer(tuple(bounds) if known else None, declared=info["crs"])
    if placing.crs is None:
        raise CRSError(f"{path.name} {placing.zh}。", f"{path.name}: {placing.en}.")
    refuse_legacy(placing.crs, name=path.name)
    message = say(lang, f"{path.name} {placing.zh}。", f"{path.name}: {placing.en}.")
    findings.append(
        Finding(check="layer.crs", subject=path.name, verdict=placing.verdict, message=message)
    )
    rows, fields = int(info["features"]), [str(field) for field in info["fields"]]
    size = PART
    if not info["capabilities"]["fast_set_next_by_index"]:
        size = max(PART, -(-rows // UNINDEXED_PARTS))
    return Source(
        path,
        layer,
        rows,
        _runs(rows, size),
        info["geometry_name"] or "wkb_geometry",
        dict(zip(names if len(names) == len(fields) else fields, fields, strict=True)),
        placing.crs,
        placing.crs,
        placing.swapped,
        encoding,
        decode,
        tuple(findings),
    )


def _runs(rows: int, size: int) -> tuple[Part, ...]:
    starts = range(0, rows, size)
    return tuple(
        Part(k, first, first + size if first + size < rows else None, min(size, rows - first))
        for k, first in enumerate(starts)
    )


def _text(path: Path, lang: Lang) -> tuple[str | None, str, list[str], list[Finding]]:
    """Decide how a shapefile is read: encoding for GDAL, what Latin-1 stands for, field names."""
    dbf = sibling(path, ".dbf") if path.suffix.lower() == ".shp" else None
    if dbf is None:
        return None, "", [], []
    header = read_dbf_header(dbf)
    decided = decide_dbf_encoding(dbf, header, lang=lang)
    names, cut = field_names(header, decided.name)
    if cut or decided.cut:  # iconv refuses half a character: Latin-1 keeps all bytes
        return "ISO-8859-1", decided.name, names, [decided.finding]
    return decided.name, "", names, [decided.finding]


# ---------------------------------------------------------------- batches


def batches(source: Source, part: Part, *, geometry: bool = True) -> Iterator[pa.RecordBatch]:
    """Read the rows of a part, `BATCH` at a time, its columns named as they were asked for."""
    names = [*source.fields]
    columns = [*source.fields.values()]
    if geometry:
        names, columns = [*names, source.geometry], [*columns, source.geometry]
    read = _row_groups if source.layer is None else _features
    for batch in read(source, part, columns):
        yield _decoded(batch.select(columns).rename_columns(names), source.decode)


def _decoded(batch: pa.RecordBatch, encoding: str) -> pa.RecordBatch:
    """Decode text that was read byte by byte; half a character at the end is left out."""
    if not encoding:
        return batch
    columns = [
        pa.array([t and t.encode("latin-1").decode(encoding, "ignore") for t in column.to_pylist()])
        if pa.types.is_string(column.type)
        else column
        for column in batch.columns
    ]
    return pa.record_batch(columns, names=batch.schema.names)


def _row_groups(source: Source, part: Part, columns: list[str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(source.path, pre_buffer=False, buffer_size=1 << 20) as file:
        groups = list(range(part.first, part.last or file.num_row_groups))
        yield from file.iter_batches(BATCH, row_groups=groups, columns=columns, use_threads=False)


def _features(source: Source, part: Part, columns: list[str]) -> Iterator[pa.RecordBatch]:
    wanted = part.last and part.last - part.first
    options = {
        "layer": source.layer, "encoding": source.encoding, "batch_size": BATCH,
        "columns": [c for c in columns if c != source.geometry],
        "read_geometry": source.geometry in columns, "skip_features": part.first,
    }  # fmt: skip
    with _sound_arrow(), open_arrow(source.path, use_pyarrow=True, **options) as (_, reader):
        for batch in reader:
            some = batch if wanted is None else batch.slice(0, wanted)
            yield some
            if wanted is not None:
                wanted -= len(some)
                if not wanted:
                    return


@contextmanager
def _sound_arrow() -> Iterator[None]:
    """Have GDAL read FlatGeobuf the slower way: 3.12 hands over false offsets at empty shapes."""
    option = "OGR_FLATGEOBUF_STREAM_BASE_IMPL"
    pyogrio.set_gdal_config_options({option: True})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({option: None})


def figures_of(source: Source, batch: pa.RecordBatch) -> Iterator[tuple[Figures, Rows]]:
    """Polygons of one ring straight from their bytes, the others as shapes; and which rows."""
    wkb = batch.column(source.geometry)
    if source.swapped or source.to_crs != source.crs:
        yield Figures.of(_moved(source, _shapes(wkb))), np.arange(len(wkb))
        return
    figures, easy = from_wkb(wkb)
    yield figures, np.flatnonzero(easy)
    if not easy.all():
        others = np.flatnonzero(~easy)
        yield Figures.of(_shapes(wkb.take(pa.array(others)))), others


def _shapes(wkb: pa.Array) -> Shapes:
    """Build geometries; what cannot be read is missing."""
    column = wkb.to_numpy(zero_copy_only=False)
    return np.asarray(shapely.force_2d(shapely.from_wkb(column, on_invalid="ignore")))


def _moved(source: Source, shapes: Shapes) -> Shapes:
    if source.swapped:
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    frame = gpd.GeoDataFrame(geometry=shapes, crs=source.crs)
    return np.asarray(convert_crs(frame, source.to_crs).geometry, dtype=object)


def texts(column: pa.Array) -> Shapes:
    """Take a column as text: whole numbers without a point, nothing as empty.

    Examples
    --------
    >>> texts(pa.array([7, None])).tolist()
    ['7', '']
    """
    values = column.to_pandas(integer_object_nulls=True)
    return np.asarray(values.astype("str").where(values.notna(), ""), dtype=object)
