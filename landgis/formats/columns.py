"""Columns and shapes brought to what a format can hold; what that costs is counted and told."""

from __future__ import annotations

import errno
import json
import re
import shutil
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from landgis.crs import finite_bounds
from landgis.errors import InputError
from landgis.findings import Check, Finding, Verdict, define
from landgis.schema import whole_text

NUMBERS = define("""layer.numbers 数值字段 | fields of numbers
    数值字段中的内容是否为数 | whether fields of numbers hold numbers
    read: {subject} 的字段 {field} 有 {actual:0} 个值不是规范的数，已按 {pairs:list} 读取。
    | {subject}: {actual:0} value{actual:s} of field {field} not in plain figures, read as
      {pairs:list}.
    missing: {subject} 的字段 {field} 有 {actual:0} 个值不是数（{texts:list}），读作空值。
    | {subject}: {actual:0} value{actual:s} of field {field} no number ({texts:list}), read as
      missing.
    text: {subject} 的字段 {field} 有超出 64 位整数的数，按文字读取，数字不变。
    | {subject}: field {field} has whole numbers beyond 64 bits, read as text, digit by digit.
    rounded: {subject} 的字段 {field} 有 {actual:0} 个数超过 2^53，文件只存下近似值，末位不可靠。
    | {subject}: {actual:0} whole number{actual:s} of field {field} beyond 2^53, which the file
      holds nearly only: the last digits are not reliable.
    spreadsheet: {subject} 有 {actual:0} 个数超过 15 位，末位已被表格舍去，编码不可靠：请改为文本重
      填。
    | {subject}: {actual:0} number{actual:s} of more than 15 digits, which spreadsheets round: codes
      are not reliable; enter them as text.
    infinite: {subject} 的字段 {field} 有 {actual:0} 个值为无穷大。
    | {subject}: {actual:0} value{actual:s} of field {field} infinite.
    places: {subject} 有 {actual:0} 个要素的坐标为 NaN、无穷大或不在地球上。
    | {subject}: {actual:0} feature{actual:s} with coordinates that are no place on Earth.""")

Frames = Iterable[gpd.GeoDataFrame]
"""A layer as frames, one after another; gone through once."""
Losses = Counter[tuple[str, str]]
"""What a format could not hold: check and field → rows."""

_ALIAS = "GDAL:OGR:alternative_name"
ROWS = 20_000
"""Rows that are turned into bytes at a time."""
IN_MEMORY = 2**25
_KINDS = (
    *("Point", "LineString", "LinearRing", "Polygon"),
    *("MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"),
)
"""Kinds of shapes by their numbers in GEOS."""

LOST: Mapping[str, Check] = MappingProxyType(
    {
        f"export.{name}": define(
            f"export.{name} {title}\n    格式存不下的内容 | what the format cannot hold",
            all=(f"{zh}。", f"{en}."), named=(f"{zh}：{{names:list}}。", f"{en}: {{names:list}}."),
        )
        for name, title, zh, en in (
            ("records", "多值字段 | records", "含多个值的字段已分成多列写出",
             "Fields of records are written as columns of their own"),
            ("lists", "列表 | lists", "列表字段以顿号连接写出", "Lists are joined by 、"),
            ("numbers", "位数多的整数 | numbers of many digits",
             "位数多的整数（编码）已按文字写出，数字不变",
             "Whole numbers of many digits (codes) are written as text, digit by digit"),
            ("characters", "残缺字符 | halves of characters", "文字中有残缺的字符，已写为 �",
             "Halves of characters are written as �"),
            ("kinds", "数据类型 | kinds", "同一列中数据类型不一，已按文字写出",
             "Columns of mixed kinds are written as text"),
            ("times", "时刻 | times", "shapefile 存不下时刻，已按文字（ISO 8601）写出",
             "A shapefile has no times: written as text (ISO 8601)"),
            ("fields", "字段 | fields", "此格式没有这些字段，未写出",
             "The format has no such fields, left out"),
            ("domains", "值域与标题 | domains and titles",
             "此格式存不下图层标题、字段别名和值域（代码照写）",
             "The format holds no title, aliases and domains (codes are written as they are)"),
            ("m", "M 值 | M values", "此格式存不下 M 值，已略去",
             "The format holds no M values: left out"),
        )
    }
)  # fmt: skip
"""What is told of what a format cannot hold."""


def plain_frames(frames: Frames, losses: Losses) -> Iterator[gpd.GeoDataFrame]:
    """Give frames in what every format holds; the cost is counted as they are gone through.

    Geometry is named ``geometry``, names are text; lists become text joined by 、, whole numbers
    beyond 64 bits and columns of mixed kinds become text.
    """
    parts = (f.iloc[k : k + ROWS] for f in frames for k in range(0, max(len(f), 1), ROWS))
    return (_plain(part, losses) for part in parts)


def peeked(frames: Frames) -> tuple[gpd.GeoDataFrame, Iterator[gpd.GeoDataFrame]]:
    """Give the first of frames, and all of them."""
    rest = iter(frames)
    first = next(rest)
    return first, chain([first], rest)


def _plain(frame: gpd.GeoDataFrame, losses: Losses) -> gpd.GeoDataFrame:
    frame = frame.reset_index(drop=True)
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    frame.columns = [str(c) for c in frame.columns]
    frame.columns = distinct(frame.columns)
    for name in frame.columns.drop("geometry"):
        values = frame[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            frame[name] = values.astype(values.cat.categories.dtype)
        elif isinstance(values.dtype, pd.DatetimeTZDtype):
            frame[name] = values.dt.tz_convert("UTC")
        elif values.dtype == object:
            frame[name] = _plain_objects(_plain_decimals(values), losses)
        elif values.dtype in ("uint64", "UInt64"):
            frame[name] = _plain_numbers(values, losses)
        elif values.dtype.kind in "cm":
            frame[name] = as_text(values, losses, "export.kinds")
    return frame


def distinct(names: Iterable[str]) -> list[str]:
    """Give every column a name of its own: ``_1``, ``_2`` … behind those that come again.

    Examples
    --------
    >>> distinct(["ZL", "ZL", ""])
    ['ZL', 'ZL_1', '_1']
    """
    taken: list[str] = []
    for name in names:
        number, free = 0, name
        while free in {*taken, ""}:
            number += 1
            free = f"{name}_{number}"
        taken.append(free)
    return taken


def gathered(frames: Frames) -> gpd.GeoDataFrame:
    """Give all frames as one."""
    parts = list(frames)
    if len(parts) == 1:
        return parts[0]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)


def flat_frames(frames: Frames, losses: Losses) -> Iterator[gpd.GeoDataFrame]:
    """Give frames whose columns of records (struct) are columns of their own: ``name_key``."""
    return (_flat(frame, losses) for frame in frames)


def _flat(frame: gpd.GeoDataFrame, losses: Losses) -> gpd.GeoDataFrame:
    for name in frame.columns.drop("geometry"):
        records = frame[name]
        if records.dtype != object or not records.map(lambda v: isinstance(v, dict)).any():
            continue
        losses["export.records", str(name)] += len(records)
        keys = list(dict.fromkeys(k for v in records if isinstance(v, dict) for k in v))
        parts = pd.DataFrame(
            [v if isinstance(v, dict) else {} for v in records], columns=keys, index=frame.index
        ).add_prefix(f"{name}_")
        at = list(frame.columns).index(name)
        left, right = frame.columns[:at], frame.columns[at + 1 :]
        joined = pd.concat([frame[left], parts, frame[right]], axis=1)
        joined.columns = distinct(map(str, joined.columns))
        frame = gpd.GeoDataFrame(joined, geometry="geometry", crs=frame.crs)
    return frame


def _plain_numbers(values: pd.Series, losses: Losses) -> pd.Series:
    if values.max() > np.iinfo(np.int64).max:
        return as_text(values, losses)
    return values.astype("Int64" if values.hasnans else "int64")


def _plain_decimals(values: pd.Series) -> pd.Series:
    """Give decimals as floats, or as whole numbers where all are: those are codes."""
    if pd.api.types.infer_dtype(values, skipna=True) != "decimal":
        return values
    whole = values.map(lambda v: v == v.to_integral_value(), na_action="ignore")
    if not whole.dropna().all():
        return values.astype("float64")
    return values.map(int, na_action="ignore").astype("object")


def _plain_objects(values: pd.Series, losses: Losses) -> pd.Series:
    if values.map(lambda v: isinstance(v, list | tuple | set | np.ndarray)).any():
        losses["export.lists", str(values.name)] += len(values)
        return values.map(listed, na_action="ignore").fillna("").astype("str")
    try:
        pa.array(values, from_pandas=True)
    except OverflowError:
        return as_text(values, losses)
    except UnicodeEncodeError:
        losses["export.characters", str(values.name)] += 1
        return values.map(lambda v: whole_text(v) if isinstance(v, str) else v)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return as_text(values, losses, "export.kinds")
    return values


def listed(value: Any) -> str:
    """Give a value as text, the values of a list joined by 、.

    Examples
    --------
    >>> listed(["甲", [1, 2]])
    '甲、1、2'
    """
    if isinstance(value, list | tuple | set | np.ndarray):
        return "、".join(map(listed, value))
    return str(value)


def as_text(values: pd.Series, losses: Losses, check: str = "export.numbers") -> pd.Series:
    """Give a column as text, missing ones as None, and count the rows."""
    losses[check, str(values.name)] += int(values.notna().sum())
    return values.map(str, na_action="ignore").astype("object").where(values.notna(), None)


def tell_losses(losses: Losses) -> list[Finding]:
    """Say what a format could not hold, one finding a kind."""
    findings = []
    for name, check in LOST.items():
        fields = [field for kind, field in losses if kind == name]
        named = [field for field in fields if field]
        if fields:
            kind = "named" if named else "all"
            findings.append(check.finding(kind, "fail", values={"names": named}))
    return findings


_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def put_numbers(
    frame: pd.DataFrame, column: str, at: Any, texts: Sequence[str], *, name: str
) -> list[Finding]:
    """Put what texts in a field of numbers say into its rows ``at``: missing where it is none."""
    numbers = np.array([number(text) for text in texts])
    values = frame[column].astype("float64").to_numpy(copy=True)
    values[at] = numbers
    column_values = pd.Series(values, index=frame.index)
    whole = pd.api.types.is_integer_dtype(frame[column])
    if whole and (column_values.dropna() % 1 == 0).all():
        given: Any = frame[column].astype("Int64").to_numpy(dtype=object)
        given[at] = [None if np.isnan(v) else int(v) for v in numbers]
        column_values = pd.Series(pd.array(given, dtype="Int64"), index=frame.index)
    frame[column] = column_values
    read = [f"{t}→{v:.15g}" for t, v in zip(texts, numbers, strict=True) if not np.isnan(v)]
    lost = [t for t, v in zip(texts, numbers, strict=True) if np.isnan(v)]
    telling: tuple[tuple[str, Verdict, list[str], str], ...] = (
        ("read", "note", read, "pairs"),
        ("missing", "fail", lost, "texts"),
    )
    return [
        NUMBERS.finding(
            kind,
            verdict,
            subject=name,
            actual=float(len(some)),
            values={"field": column, key: list(dict.fromkeys(some))[:5]},
        )
        for kind, verdict, some, key in telling
        if some
    ]


def number(text: str) -> float:
    """Take a number with thousands or a decimal comma; NaN for what is none."""
    if _NUMBER.fullmatch(text):
        return float(text)
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", ""))
    return float(text.replace(",", ".")) if _COMMA.fullmatch(text) else float("nan")


# ---------------------------------------------------------------- what all frames are together


@dataclass(slots=True)
class Survey:
    """What a layer holds, gathered frame by frame.

    Parameters
    ----------
    crs
        Its coordinate system.
    columns
        Kinds of its attributes, wide enough for every frame.
    kinds
        Kinds of its shapes, as geopandas names them.
    z, flat, m
        Whether shapes have heights, have none, have measures.
    rows
        Number of rows.
    """

    crs: Any = None
    columns: pa.Schema = field(default_factory=lambda: pa.schema([]))
    kinds: set[str] = field(default_factory=set)
    z: bool = False
    flat: bool = False
    m: bool = False
    rows: int = 0
    corners: list[shapely.Geometry] = field(default_factory=list)

    def add(self, frame: gpd.GeoDataFrame, losses: Losses) -> pa.Table:
        """Take in a frame, and give it as Arrow, shapes as WKB."""
        shapes = np.asarray(frame.geometry.array, dtype=object)
        wkb = pa.array(shapely.to_wkb(shapes, flavor="iso", byte_order=1), pa.binary())
        attributes = pd.DataFrame(frame.drop(columns="geometry"))
        table = pa.Table.from_pandas(attributes, preserve_index=False).replace_schema_metadata()
        self.crs = frame.crs
        self.columns = _wide_enough(self.columns, table.schema, losses)
        self.rows += len(frame)
        bounds = finite_bounds(shapes)
        self.corners += [shapely.box(*bounds)] if bounds else []
        shapes = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
        self.kinds |= {_KINDS[k] for k in np.flatnonzero(np.bincount(shapely.get_type_id(shapes)))}
        heights = shapely.has_z(shapes)
        self.z |= bool(heights.any())
        self.flat |= bool((~heights).any())
        self.m |= bool(shapely.has_m(shapes).any())
        # not append_column: a table without columns has no rows
        return pa.table([*table.columns, wkb], names=[*table.column_names, "geometry"])


@contextmanager
def kept(
    frames: Frames, losses: Losses, folder: Path
) -> Iterator[tuple[Survey, Callable[[pa.Schema], Iterator[pa.Table]]]]:
    """Go through a layer once: what it holds, and its rows as Arrow, to go through again.

    The rows lie in memory up to `IN_MEMORY` bytes, those after in a file without a name in the
    folder.
    """
    found, held, size = Survey(), list[pa.Table](), 0
    with TemporaryFile(dir=str(folder)) as file:
        for frame in frames:
            table = found.add(frame, losses)
            size += table.nbytes
            if size <= IN_MEMORY:
                held.append(table)
                continue
            with pa.ipc.new_stream(file, table.schema) as sink:
                sink.write_table(table)
        end = file.tell()

        def tables(schema: pa.Schema) -> Iterator[pa.Table]:
            yield from (table.cast(schema) for table in held)
            file.seek(0)
            while file.tell() < end:
                with pa.ipc.open_stream(file) as source:
                    yield source.read_all().cast(schema)

        yield found, tables


def _wide_enough(known: pa.Schema, new: pa.Schema, losses: Losses) -> pa.Schema:
    """Give kinds of columns that hold both; where nothing else does, text."""
    try:
        return pa.unify_schemas([known, new], promote_options="permissive")
    except pa.ArrowTypeError:
        kinds = []
        for now in new:
            before = known.field(now.name)
            try:
                kinds += pa.unify_schemas(
                    [pa.schema([before]), pa.schema([now])], promote_options="permissive"
                )
            except pa.ArrowTypeError:
                losses["export.kinds", now.name] += 1
                kinds.append(pa.field(now.name, pa.large_string()))
        return pa.schema(kinds)


def without_m(table: pa.Table) -> pa.Table:
    """Give a table whose shapes have no M values; heights stay."""
    shapes = shapely.from_wkb(table.column("geometry").to_pandas().to_numpy(dtype=object))
    measured, high = shapely.has_m(shapes), shapely.has_z(shapes)
    shapes[measured & high] = shapely.force_3d(shapes[measured & high])
    shapes[measured & ~high] = shapely.force_2d(shapes[measured & ~high])
    return _with_shapes(table, shapely.to_wkb(shapes, flavor="iso", byte_order=1))


def several(table: pa.Table) -> pa.Table:
    """Give a table whose shapes are multiple ones: a single one is the only part of one."""
    return _with_shapes(table, map(_several, table.column("geometry").to_pylist()))


def _several(wkb: bytes | None) -> bytes | None:
    kind = int.from_bytes(wkb[1:5], "little") if wkb else 0
    if wkb is None or kind % 1000 not in {1, 2, 3}:
        return wkb
    return b"".join((b"\1", (kind + 3).to_bytes(4, "little"), b"\1\0\0\0", wkb))


def _with_shapes(table: pa.Table, wkb: Iterable[bytes | None]) -> pa.Table:
    at = table.schema.get_field_index("geometry")
    return table.set_column(at, "geometry", pa.array(list(wkb), pa.binary()))


def parquet_schema(found: Survey) -> pa.Schema:
    """Give the columns of a GeoParquet with its metadata."""
    high = " Z" if found.z else ""
    about: dict[str, Any] = {
        "encoding": "WKB",
        "crs": found.crs.to_json_dict(),
        "geometry_types": sorted(f"{kind}{high}" for kind in found.kinds),
    }
    bounds = finite_bounds(found.corners)
    if bounds is not None:
        about["bbox"] = list(bounds)
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": about}}
    columns = [*found.columns, pa.field("geometry", pa.binary())]
    return pa.schema(columns, metadata={"geo": json.dumps(geo)})


def stream(
    tables: Callable[[pa.Schema], Iterator[pa.Table]],
    found: Survey,
    path: Path,
    *,
    aliases: Mapping[str, str] = MappingProxyType({}),
    **options: Any,
) -> None:
    """Have GDAL write a layer through Arrow, so that only some of its rows are in memory.

    Parameters
    ----------
    tables, found
        What `kept` gave.
    aliases
        Field → its full name, kept in the file as its alias.
    **options
        Of `pyogrio.write_arrow`.
    """
    # a column that holds nothing becomes text, which GDAL knows
    kinds = [
        f.with_type(pa.large_string()) if pa.types.is_null(f.type) else f for f in found.columns
    ]
    kinds = [
        f.with_metadata({_ALIAS: aliases[f.name]}) if aliases.get(f.name) else f for f in kinds
    ]
    plain, shapes = pa.schema([*kinds, pa.field("geometry", pa.binary())]), "geometry"
    while shapes in {f.name.lower() for f in kinds}:  # on two of one name GDAL crashes
        shapes += "_"
    schema = pa.schema([*kinds, pa.field(shapes, pa.binary())])

    failures: list[BaseException] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for table in tables(plain):
                yield from table.rename_columns(schema.names).cast(schema).to_batches()
        except BaseException as error:
            failures.append(error)
            raise

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    code = found.crs.to_epsg()
    crs = f"EPSG:{code}" if code else found.crs.to_wkt("WKT1_GDAL")
    with warnings.catch_warnings():
        # text that a shapefile cuts is told by its writer, with the field and the rows
        warnings.filterwarnings("ignore", message=".*truncated to 254 characters")
        try:
            pyogrio.write_arrow(reader, path, geometry_name=shapes, crs=crs, **options)
        except (RuntimeError, ValueError) as error:
            if failures:  # GDAL only says that the stream broke off
                raise failures[0] from None
            text = " ".join(str(error).split())[:200]
            if shutil.disk_usage(path.parent).free < 2**20:
                raise OSError(errno.ENOSPC, text) from None
            raise InputError(
                f"{path.name} 写不出：{text}。请换一种格式（如 .gpkg），或核对字段与图形。",
                f"{path.name} cannot be written: {text}. "
                "Choose another format (.gpkg), or check fields and shapes.",
            ) from None
