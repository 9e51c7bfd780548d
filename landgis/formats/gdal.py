"""Layers as GDAL reads them, batch by batch through Arrow.

Whole numbers stay whole, what is missing stays missing, curves become edges.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.raw import open_arrow
from pyogrio.raw import read as read_raw

from landgis.errors import CRSError, InputError, LandgisError
from landgis.findings import Finding, define
from landgis.formats.columns import distinct

CURVES = define("""layer.curves 弧段 | curves
    弧段以折线代替，面积误差不超过百万分之一 | curves become edges, areas to one in a million
    coarse: {subject} 有 {actual:0} 个椭圆（圆）或圆角矩形，弧每 2 度一段，面积至多少 0.02%。
    | {subject}: {actual:0} round shape{actual:s} with edges of 2°: up to 0.02 % too small.
    straightened: {subject} 有 {actual:0} 个图形含弧段（曲线），已按 {step} 度一段化为折线，面积误差
      不超过百万分之一。
    | {subject}: {actual:0} shape{actual:s} with curves, straightened every {step}°; areas differ by
      less than one in a million.""")
DAMAGED = define("""layer.shapes 图形记录 | records of shapes
    图形记录能否读出 | whether every shape can be read
    nested: {subject} 有 {actual:0} 个图形嵌套过深，读作空图形（行 {rows:list}）。
    | {subject}: {actual:0} shape{actual:s} nested too deep, missing (rows {rows:list}).
    damaged: {subject} 有 {actual:0} 条图形记录已损坏，读作空图形（行 {rows:list}）。
    | {subject} has {actual:0} damaged shape{actual:s}, read as missing (rows {rows:list}).""")
UNCLOSED = define("""layer.unclosed 未闭合环 | unclosed rings
    环的首尾是否相接 | whether rings end where they begin
    closed: {subject} 有 {actual:0} 个要素的环未闭合，已补上首点（行 {rows:list}）。
    | {subject}: {actual:0} feature{actual:s} with unclosed rings, closed (rows {rows:list}).""")
GDAL = define("""layer.gdal 读取提示 | notes of the reader
    GDAL 读取时的提示 | what GDAL warns of
    warned: {subject} 读取时 GDAL 提示：{text} | {subject}: GDAL says {text}""")
CUT = define("""layer.text_cut 文字截断 | text cut off
    文字是否在字符中间截断 | whether text ends within a character
    cut: {subject} 的字段 {field} 有 {actual:0} 个值在字符中间截断，残字略去（行 {rows:list}）。
    | {subject}: {actual:0} text{actual:s} of field {field} cut within a character, which is left
      out (rows {rows:list}).
    undecoded: {subject} 的字段 {field} 有 {actual:0} 个值不能按 {encoding} 解码，坏字节读作 �（
      行 {rows:list}）。
    | {subject}: {actual:0} text{actual:s} of field {field} not in {encoding}, bad bytes read as �
      (rows {rows:list}).""")

Frames = Callable[[int | None], Iterator[gpd.GeoDataFrame]]
"""Gives a layer as frames of so many rows at most, or in one for None; may be called again."""

ARC_STEP_DEGREES = 0.1
"""Curves get a corner every so many degrees: a disc is then 5e-7 of its area too small."""
_ROWS = 65_536
OPTIONS: Mapping[str, Any] = MappingProxyType(
    {
        "OGR_ARC_STEPSIZE": str(ARC_STEP_DEGREES),
        # GDAL 3.12 hands over false offsets at missing shapes of a FlatGeobuf otherwise
        "OGR_FLATGEOBUF_STREAM_BASE_IMPL": True,
        "OGR_CSV_MAX_LINE_SIZE": "-1",
        # what a file links to is never fetched: requests go to a port where nobody listens
        "GDAL_HTTP_PROXY": "127.0.0.1:9",
        "GDAL_HTTP_NOPROXY": "",
        "GDAL_HTTP_CONNECTTIMEOUT": "1",
        "GDAL_HTTP_MAX_RETRY": "0",
    }
)
"""How GDAL is to read: offline, curves as fine as stated."""
_ALIAS = b"GDAL:OGR:alternative_name"
_DEEPEST_WKB = 16
_LEAST_NESTED = 9 * _DEEPEST_WKB
_COLLECTION = (7, 0xEF, 0xD7, 0xBF)
"""Low bytes of the kind of a collection: 7, 1007, 2007, 3007."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A layer as it stands in its file, not yet placed.

    Parameters
    ----------
    frames
        The rows, numbered through from 0. What a file declares of its coordinate system is that
        of the frames.
    encoding
        Encoding of the text.
    layers
        Names of the layers in the file.
    findings
        What was decided; grows while frames are read.
    """

    frames: Frames
    encoding: str = "UTF-8"
    layers: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)


def spatial_layers(path: Path) -> tuple[str, ...]:
    """Name the layers of a file that have geometry."""
    with damage(path), warnings.catch_warnings(), offline():
        warnings.simplefilter("ignore")  # what is to be told is told when the layer is read
        found = pyogrio.list_layers(path)
    return tuple(str(name) for name, kind in found if kind is not None)


def choose_layer(path: Path, layers: tuple[str, ...], layer: str | None, *, pick: bool) -> str:
    """Give the layer that is meant; ``pick``: of several take the first.

    Raises
    ------
    InputError
        If there is no such layer, or several and none is named; the message lists them.
    """
    if layer is not None and layer not in layers:
        raise no_layer(path, layers, layer)
    if not layers:
        raise InputError(
            f"{path.name} 中没有带图形的图层。", f"{path.name} has no layer with geometry."
        )
    if layer is None and len(layers) > 1 and not pick:
        listed = "、".join(layers)
        raise InputError(
            f"{path.name} 中有 {len(layers)} 个图层：{listed}。"
            "请用 layer= 指明（区域用 region_layer=）。",
            f"{path.name} has {len(layers)} layers: {listed.replace('、', ', ')}. "
            "Choose one with layer= (of regions with region_layer=).",
        )
    return layer or layers[0]


def no_layer(path: Path, layers: tuple[str, ...], layer: str) -> InputError:
    """Say that a file has no such layer, and which it has."""
    listed = "、".join(layers)
    return InputError(
        f"{path.name} 中没有图层“{layer}”，现有：{listed}。",
        f"{path.name} has no layer “{layer}”; it has {listed.replace('、', ', ')}.",
    )


def read_frames(
    path: Path,
    layer: str | None = None,
    *,
    rows: int | None,
    noted: list[Finding],
    encoding: str | None = None,
    names: Sequence[str] = (),
    **options: Any,
) -> Iterator[gpd.GeoDataFrame]:
    """Read a layer as one frame, or as frames of at most so many rows.

    Parameters
    ----------
    rows
        Rows at a time; None: all in one.
    noted
        Takes what is to be told, as the frames are read: what GDAL warns of (``layer.gdal``),
        rings that were not closed (``layer.unclosed``), curves (``layer.curves``).
    names
        Names of all fields, to take the place of GDAL's reading of them.
    **options
        Open options of the driver.

    Returns
    -------
    iterator of GeoDataFrame
        Geometry in the column ``geometry``, rows numbered through from 0; whole numbers with
        missing ones among them are Int64.

    Raises
    ------
    InputError
        If the layer has no geometry, or the file is damaged.
    """
    batches = open_batches(path, layer, encoding=encoding, rows=rows or _ROWS, **options)

    def framed(pair: tuple[dict[str, Any], Any], first: int) -> gpd.GeoDataFrame:
        frame = frame_of(path, layer, *pair, first=first, noted=noted)
        if len(names) == len(frame.columns) - 1:  # GDAL passes over fields of unknown kinds
            frame.columns = [*names, "geometry"]
        return frame

    return numbered(path, batches if rows else _gathered(batches), framed, noted=noted)


def numbered(
    path: Path,
    batches: Iterator[Any],
    framed: Callable[[Any, int], gpd.GeoDataFrame],
    *,
    noted: list[Finding],
) -> Iterator[gpd.GeoDataFrame]:
    """Make frames of batches, each with the number of its first row; damage is one sentence."""
    first = 0
    while True:
        with damage(path), _warned(path, noted):
            batch = next(batches, None)
            if batch is None:
                return
            frame = framed(batch, first)
        first += len(frame)
        yield frame


def open_batches(
    path: Path,
    layer: str | None = None,
    *,
    encoding: str | None = None,
    rows: int = _ROWS,
    columns: Sequence[str] | None = None,
    geometry: bool = True,
    first: int = 0,
    **options: Any,
) -> Generator[tuple[dict[str, Any], pa.RecordBatch], None, None]:
    """Read a layer as batches of Arrow, with what pyogrio says of it.

    Parameters
    ----------
    columns
        Fields to read; all if not given.
    first
        Rows to pass over.
    """
    wanted = {"columns": columns} if columns is not None else {}
    with (
        offline(),
        open_arrow(
            path,
            layer=layer,
            encoding=encoding,
            batch_size=rows,
            use_pyarrow=True,
            read_geometry=geometry,
            skip_features=first,
            datetime_as_string=True,
            **wanted,
            **options,
        ) as (meta, reader),
    ):
        some = False
        for batch in reader:
            some = True
            yield meta, _coded(batch)
        if not some:
            yield meta, pa.RecordBatch.from_pylist([], schema=reader.schema)


def _coded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give codes as they stand: GDAL hands fields with a domain of whole numbers over as words."""
    schema = batch.schema
    for k, kind in enumerate(schema):
        if pa.types.is_dictionary(kind.type):
            batch = batch.set_column(
                k, kind.with_type(kind.type.index_type), batch.column(k).indices
            )
    return batch


@contextmanager
def offline() -> Iterator[None]:
    """Have GDAL read as landgis wants it, and reach no network, for as long as this is open."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in OPTIONS}
    pyogrio.set_gdal_config_options(dict(OPTIONS))
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


# ---------------------------------------------------------------- from Arrow to a frame


def _gathered(
    batches: Iterator[tuple[dict[str, Any], pa.RecordBatch]],
) -> Iterator[tuple[dict[str, Any], pa.Table]]:
    pairs = list(batches)
    yield pairs[0][0], pa.Table.from_batches([batch for _, batch in pairs])


def attributes_of(table: pa.Table | pa.RecordBatch) -> pd.DataFrame:
    """Give the columns of a table to pandas: whole numbers with missing ones stay whole.

    Examples
    --------
    >>> attributes_of(pa.table({"a": [3305021001230012345, None]}))["a"].tolist()
    [3305021001230012345, <NA>]
    """
    names = [str(k) for k in range(table.num_columns)]  # those of the table may come again
    plain = pa.table(list(table.columns), names=names)
    whole = (f.name for f in plain.schema if pa.types.is_integer(f.type))
    gaps = [name for name in whole if plain[name].null_count]
    frame = plain.drop_columns(gaps).to_pandas()
    if gaps:
        numbers = plain.select(gaps).to_pandas(types_mapper=_whole_numbers)
        frame = pd.concat([frame, numbers], axis=1)[names]
    frame = frame if names else pd.DataFrame(index=range(table.num_rows))
    frame.columns = table.schema.names
    return pd.DataFrame(frame)


def _whole_numbers(kind: pa.DataType) -> Any:
    return pd.UInt64Dtype() if kind == pa.uint64() else pd.Int64Dtype()


def sound_text(
    table: pa.Table | pa.RecordBatch, name: str, noted: list[Finding]
) -> pa.Table | pa.RecordBatch:
    """Decode what is no UTF-8 with � in place of bad bytes, and tell the fields."""
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        pass
    else:
        return table
    columns = []
    for k, kind in enumerate(table.schema):
        column = table.column(k)
        if pa.types.is_string(kind.type) or pa.types.is_large_string(kind.type):
            raw = column.cast(pa.large_binary()).to_pylist()
            texts = [None if value is None else value.decode("utf-8", "replace") for value in raw]
            bad = [
                row
                for row, (value, text) in enumerate(zip(raw, texts, strict=True))
                if value is not None and text is not None and text.encode() != value
            ]
            if bad:
                told = {"field": kind.name, "rows": bad[:10], "encoding": "UTF-8"}
                count = float(len(bad))
                noted.append(
                    CUT.finding("undecoded", "fail", subject=name, actual=count, values=told)
                )
            column = pa.array(texts, pa.large_string())
        columns.append(column)
    return pa.table(columns, names=table.schema.names)


def _times(texts: pd.Series) -> pd.Series:
    """Read times: without an offset as they stand, with several offsets as UTC."""
    if not pd.api.types.is_string_dtype(texts):
        return texts
    try:
        times = pd.to_datetime(texts, format="ISO8601")
    except ValueError:
        try:
            times = pd.to_datetime(texts, format="ISO8601", utc=True)
        except ValueError:
            return texts
    return times.dt.as_unit("ms")


def frame_of(
    path: Path,
    layer: str | None,
    meta: dict[str, Any],
    table: pa.Table | pa.RecordBatch,
    *,
    first: int = 0,
    noted: list[Finding],
) -> gpd.GeoDataFrame:
    """Make a frame of a batch, whose first row has the number ``first`` in the layer."""
    geometry = meta["geometry_name"] or "wkb_geometry"
    at = table.schema.get_field_index(geometry)
    if at < 0:
        raise InputError(
            f"{path.name} 没有图形，只是一张表。", f"{path.name} has no geometry: it is a table."
        )

    def linear(_: NDArray[np.object_]) -> NDArray[np.object_]:
        with offline():  # not through Arrow GDAL itself makes edges of curves
            some = {"skip_features": first, "max_features": len(table)}
            return np.asarray(read_raw(path, layer=layer, columns=[], **some)[2])

    shapes = shapes_of(table.column(at), path.name, first=first, linear=linear, noted=noted)
    fields = [k for k in range(table.num_columns) if k != at]
    frame = attributes_of(sound_text(table.select(fields), path.name, noted))
    if not fields:
        frame = pd.DataFrame(index=range(len(table)))
    frame.index = pd.RangeIndex(first, first + len(frame))
    for name, kind in zip(meta["fields"], meta["dtypes"], strict=True):
        if kind.startswith("datetime") and name in frame:
            frame[name] = _times(frame[name])
    frame.columns = distinct(["geometry", *map(str, frame.columns)])[1:]
    described = [table.schema.field(k).metadata or {} for k in fields]
    read = gpd.GeoDataFrame(
        frame,
        geometry=gpd.GeoSeries(shapes, index=frame.index),
        crs=meta["crs"],
    )
    aliases = {
        name: about[_ALIAS].decode("utf-8", "replace")
        for name, about in zip(frame.columns, described, strict=True)
        if _ALIAS in about
    }
    if aliases:
        read.attrs["aliases"] = aliases
    return read


def shapes_of(
    column: pa.Array | pa.ChunkedArray,
    name: str,
    *,
    first: int,
    linear: Callable[[NDArray[np.object_]], NDArray[np.object_]] | None,
    noted: list[Finding],
) -> NDArray[np.object_]:
    """Build geometries: rings closed, curves straightened, what is nested without end missing.

    Parameters
    ----------
    first
        Number of the first row, for what is told.
    linear
        Gives, for the WKB of the rows, that of the same rows with edges in place of curves.
    """
    wkb = column.to_pandas().to_numpy(dtype=object)
    deep = np.array([k for k in _collections(column) if too_deep(wkb[k])], dtype=np.int64)
    if len(deep):
        wkb = wkb.copy()
        wkb[deep] = None
        noted.append(nested_told(name, (first + deep).tolist()))
    try:
        return np.asarray(shapely.from_wkb(wkb))
    except NotImplementedError:  # shapely holds no curves
        if linear is None:
            raise
        curved = sum(value is not None and is_curved(value) for value in wkb)
        noted.append(curves_told(name, curved))
        straight = pa.array(linear(wkb), pa.large_binary())
        return shapes_of(straight, name, first=first, linear=None, noted=noted)
    except shapely.errors.GEOSException:  # a ring does not end where it begins
        shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="fix"))
        lost = shapely.is_missing(shapely.from_wkb(wkb, on_invalid="ignore"))
        at = first + np.flatnonzero(lost & ~shapely.is_missing(shapes))
        told = {"rows": at[:10].tolist()}
        noted.append(
            UNCLOSED.finding("closed", "fail", subject=name, actual=float(len(at)), values=told)
        )
        return shapes


def straight(shapes: Iterable[str]) -> list[bytes | None]:
    """Give shapes with curves (WKT, or WKB in hex) as WKB with edges; None for what is none.

    Examples
    --------
    >>> (arc,) = straight(["CIRCULARSTRING (0 0, 1 1, 2 0)"])
    >>> shapely.from_wkb(arc).geom_type
    'LineString'
    """
    with TemporaryDirectory(prefix="landgis-") as folder, offline():
        table = Path(folder) / "shapes.csv"
        table.write_text("".join(f'"{text}"\n' for text in ("shape", *shapes)), "utf-8")
        return list(read_raw(table, columns=[], GEOM_POSSIBLE_NAMES="shape")[2])


def curves_told(name: str, count: int) -> Finding:
    """Say how many shapes with curves were straightened."""
    values = {"step": f"{ARC_STEP_DEGREES:g}"}
    return CURVES.finding("straightened", "note", subject=name, actual=float(count), values=values)


def nested_told(name: str, rows: list[int]) -> Finding:
    """Say which shapes are nested too deep to be read."""
    count, told = float(len(rows)), {"rows": rows[:10]}
    return DAMAGED.finding("nested", "fail", subject=name, actual=count, values=told)


def is_curved(wkb: bytes) -> bool:
    """Tell curves by the kind in the header, as ISO or PostGIS write it.

    Examples
    --------
    >>> is_curved(shapely.to_wkb(shapely.Point(1, 2)))
    False
    """
    return _kind(wkb, 0) in range(8, 13)


def _collections(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """Find the rows that may hold collections in collections, by the bytes of all at once."""
    found, first = [np.empty(0, dtype=np.int64)], 0
    for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        if not (pa.types.is_binary(chunk.type) or pa.types.is_large_binary(chunk.type)):
            chunk = chunk.cast(pa.large_binary())  # noqa: PLW2901 - views have no offsets
        _, places, values = chunk.buffers()
        if places is not None and values is not None:
            width = np.int64 if pa.types.is_large_binary(chunk.type) else np.int32
            starts = np.frombuffer(places, width)[chunk.offset : chunk.offset + len(chunk) + 1]
            raw = np.frombuffer(values, np.uint8)
            long = np.flatnonzero(np.diff(starts) > _LEAST_NESTED)
            kinds = [np.isin(raw[starts[long] + at], _COLLECTION) for at in (1, 4)]
            found.append(first + long[kinds[0] | kinds[1]])
        first += len(chunk)
    return np.concatenate(found)


def _kind(wkb: bytes, at: int) -> int:
    kind = int.from_bytes(wkb[at + 1 : at + 5], "little" if wkb[at] else "big")
    return (kind & 0x0FFF_FFFF) % 1000


def too_deep(wkb: bytes) -> bool:
    """Tell collections in collections without end, on which GEOS would fill the stack."""
    at, depth = 0, 0
    while at + 9 <= len(wkb) and _kind(wkb, at) == 7:
        depth += 1
        at += 13 if wkb[at] and wkb[at + 4] & 0x20 else 9  # EWKB: with an SRID
        if depth > _DEEPEST_WKB:
            return True
    return False


@contextmanager
def _warned(path: Path, noted: list[Finding]) -> Iterator[None]:
    """Take what GDAL warns of as findings, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for text in (str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)):
        if "parsed incompletely" in text:  # told by the cells themselves
            continue
        told = GDAL.finding("warned", "unknown", subject=path.name, values={"text": text})
        if told not in noted:
            noted.append(told)


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """Turn what the libraries raise on a damaged file into one sentence."""
    try:
        # a NaN among the coordinates is a fault to be found later, not a warning of numpy's
        with np.errstate(invalid="ignore"):
            yield
    except LandgisError:
        raise
    except pyogrio.errors.CRSError:
        raise CRSError(
            f"{path.name} 的坐标系定义（shapefile 为 .prj）残缺，无法识别："
            "请重新索取，或移走该定义后用 --crs 指明 EPSG 代码。",
            f"{path.name}: the definition of its coordinate system (.prj of a shapefile) is cut "
            "off: ask for it again, or move it away and name the EPSG code with --crs.",
        ) from None
    except Exception as error:  # noqa: BLE001 - damage makes the libraries raise anything
        text = " ".join(str(error).split())[:200]
        raise InputError(
            f"{path.name} 无法读取，文件可能已损坏：{text}。请重新索取，或用 QGIS 另存后再读。",
            f"{path.name} cannot be read, it may be damaged: {text}. "
            "Ask for it again, or save it anew from QGIS.",
        ) from None
