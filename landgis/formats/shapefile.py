"""Shapefiles: ten bytes a name, fields of fixed width, and as they come, parts of them missing.

GDAL gives an empty geometry for a shape it cannot read, without a word. So the index and the
records are looked at first, by arrays. Written names that are too long are cut at a character and
made distinct; ``NAME.fields.csv`` beside the file maps them to the full names, and is read again.
"""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import shutil
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

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
from landgis.formats.dbf import (
    MOST_BYTES,
    DbfBytes,
    DbfHeader,
    Encoding,
    beyond_standard,
    dbf_fields,
    decide_dbf_encoding,
    field_names,
    is_wide,
    put_right,
    read_dbf_header,
    size_of,
    text_sizes,
    wider_fields,
)
from landgis.formats.gdal import DAMAGED, Opened, attributes_of, damage, read_frames
from landgis.formats.gdal_write import WRITTEN, counted, write_names
from landgis.formats.kinds import (
    NAMES,
    Format,
    Opening,
    Part,
    Runs,
    Source,
    Writing,
    open_runs,
    read_run,
)
from landgis.formats.points_files import csv_rows
from landgis.schema import Frame

INDEX = define("""layer.index 索引 | index
    shapefile 有无 .shx 索引 | whether a shapefile has its index
    rebuilt: {subject} 缺 .shx 索引，已按 .shp 中的记录临时重建（原文件未改动）。
    | {subject} has no .shx; rebuilt from the records for this reading only.""")
ATTRIBUTES = define("""layer.attributes 属性 | attributes
    shapefile 有无属性表 | whether a shapefile has its attributes
    none: {subject} 缺 .dbf，只有图形，没有属性。
    | {subject} has no .dbf: shapes without attributes.""")
COUNT = define("""layer.count 数量 | counts
    图形与属性的数目是否相同 | whether there are as many records as shapes
    differs: {subject} 有 {expected:0} 个图形、{actual:0} 条属性，数目不符，按先后对应。
    | {subject} has {expected:0} shapes and {actual:0} records; matched in order.""")

_BYTES = "ISO-8859-1"
"""Read so where iconv would refuse half a character: it keeps all bytes, to be decoded here."""
_POLYGONS = (3, 5, 13, 15, 23, 25)  # with or without Z or M, and lines: parts and points alike


@contextmanager
def open_shapefile(path: Path, opening: Opening) -> Iterator[Opened]:
    """Open a shapefile; an index that it lacks is rebuilt for as long as it is open.

    Raises
    ------
    InputError
        If it is truncated, or its records contradict its index or header.
    """
    if sibling(path, ".shx") is not None:
        with damage(path):
            source = _opened(path, opening.encoding)
        yield source
        return
    with TemporaryDirectory(prefix="landgis-") as folder:
        copy = Path(folder) / path.name
        with damage(path):
            for suffix in (".shp", ".dbf", ".prj", ".cpg"):
                part = sibling(path, suffix)
                if part is not None:
                    shutil.copyfile(part, copy.with_suffix(suffix))
            rebuild_index(copy, copy.with_suffix(".shx"))
            source = _opened(copy, opening.encoding)
        source.findings.insert(0, INDEX.finding("rebuilt", "fail", subject=path.name))
        yield source


def _opened(path: Path, encoding: str | None) -> Opened:
    findings = _shape_findings(path)
    dbf = sibling(path, ".dbf")
    if dbf is None:
        findings.append(ATTRIBUTES.finding("none", "fail", subject=path.name))

        def bare(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
            return read_frames(path, rows=rows, noted=findings)

        return Opened(frames=bare, layers=(path.stem,), findings=findings)
    header, decided, names, cut = _table(dbf, encoding)
    findings += _count_findings(path, header.count)
    findings.insert(0, decided.finding)
    if cut:
        findings.append(NAMES.finding("cut", "fail", subject=path.name, values={"names": cut}))
    through = _BYTES if decided.cut else decided.name
    cells = DbfBytes(dbf, header)

    def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
        read = read_frames(path, rows=rows, noted=findings, encoding=through, names=names)
        for frame in read:
            lost = [name for name in names if name not in frame]
            passed = NAMES.finding("unreadable", "fail", subject=path.name, values={"names": lost})
            findings.extend([passed] if lost and passed not in findings else [])
            decoded = frame if through == decided.name else _decoded(frame, decided.name)
            told = put_right(decoded, cells, names, decided.name, name=path.name)
            findings.extend(f for f in told if f not in findings)
            yield decoded

    return Opened(frames=frames, encoding=decided.name, layers=(path.stem,), findings=findings)


def _table(
    dbf: Path, encoding: str | None = None
) -> tuple[DbfHeader, Encoding, list[str], list[str]]:
    """Look at the attributes: header, encoding, names of fields, those that were cut off."""
    header = read_dbf_header(dbf)
    decided = decide_dbf_encoding(dbf, header, encoding=encoding)
    names, cut = field_names(header, decided.name)
    return header, replace(decided, cut=bool(cut) or decided.cut), names, cut


def _shape_findings(path: Path) -> list[Finding]:
    bad = check_shapes(path)
    told = {"rows": bad[:10].tolist()}
    found = DAMAGED.finding("damaged", "fail", subject=path.name, actual=len(bad), values=told)
    return [found] if len(bad) else []


def _count_findings(path: Path, records: int) -> list[Finding]:
    index = sibling(path, ".shx")
    shapes = len(read_index(index)[0]) if index is not None else records
    told = COUNT.finding("differs", "fail", subject=path.name, expected=shapes, actual=records)
    return [told] if shapes != records else []


def full_names(path: Path) -> dict[str, str]:
    """Give the full names that the map beside a file has for those in it; none without a map."""
    table = path.with_suffix(".fields.csv")
    rows = csv_rows(table.read_bytes(), name=table.name) if table.is_file() else []
    return {row[0]: row[1] for row in rows[1:] if len(row) == 2 and row[0] != row[1]}


def _decoded(frame: Frame, encoding: str) -> Frame:
    """Decode text that was read byte by byte; half a character at the end is left out."""

    def decode(text: Any) -> Any:
        return text.encode("latin-1").decode(encoding, "ignore") if isinstance(text, str) else text

    for name in frame.columns:
        if name != "geometry" and pd.api.types.is_string_dtype(frame[name]):
            frame[name] = frame[name].map(decode).astype("str")
    return frame


# ---------------------------------------------------------------- in parts


def open_shapefile_runs(path: Path, layer: str | None) -> Source:
    """Open a shapefile in parts: runs of its rows."""
    dbf = sibling(path, ".dbf")
    if dbf is None:
        return open_runs(path, layer)
    _, decided, names, _ = _table(dbf)
    source = open_runs(path, layer, encoding=_BYTES if decided.cut else decided.name)
    there = list(source.fields)
    full = full_names(path)
    named = [full.get(name, name) for name in names] if len(names) == len(there) else there
    return source._replace(
        fields=dict(zip(named, there, strict=True)),
        decode=decided.name if decided.cut else "",
        findings=(decided.finding, *_shape_findings(path)),
    )


def read_shapefile_run(
    source: Source, part: Part, columns: Sequence[str], rows: int
) -> Iterator[pa.RecordBatch]:
    """Read the rows of a part, numbers and text as `open_shapefile` reads them."""
    dbf = sibling(source.path, ".dbf")
    if dbf is None or not set(columns) - {source.geometry}:
        yield from read_run(source, part, columns, rows)
        return
    header = read_dbf_header(dbf)
    cells, first = DbfBytes(dbf, header), part.first
    encoding = source.decode or source.encoding or "UTF-8"
    names = field_names(header, source.encoding or "UTF-8")[0]  # as GDAL has them
    wanted = tuple(n in columns for n in names)
    kinds = dict(zip(names, _kinds(dbf, dbf.stat().st_mtime_ns, wanted), strict=True))
    for read in read_run(source, part, columns, rows):
        batch = read
        frame = attributes_of(batch.select([c for c in columns if c != source.geometry]))
        frame.index = pd.RangeIndex(first, first + len(batch))
        frame = _decoded(frame, source.decode) if source.decode else frame
        put_right(frame, cells, names, encoding, name=source.path.name)
        for name in frame.columns:
            at = batch.schema.get_field_index(name)
            kind = kinds[name] or batch.schema.field(at).type
            with suppress(pa.ArrowInvalid):
                batch = batch.set_column(
                    at, name, pa.array(frame[name], from_pandas=True).cast(kind)
                )
        first += len(batch)
        yield batch


@lru_cache
def _kinds(dbf: Path, _changed: int, wanted: tuple[bool, ...]) -> tuple[pa.DataType | None, ...]:
    """Give the kind that fields have in all batches where it is not GDAL's.

    Whole numbers of many digits are text; fields of whole numbers that hold others are doubles.
    """
    header = read_dbf_header(dbf)
    cells = DbfBytes(dbf, header)
    return tuple(
        (pa.string() if is_wide(field) else pa.float64() if cells.fractions(field) else None)
        if asked
        else None
        for field, asked in zip(header.fields, wanted, strict=True)
    )


# ---------------------------------------------------------------- the records


def sibling(path: Path, suffix: str) -> Path | None:
    """Find the file of a shapefile with another suffix, in whatever case; None if there is none.

    Examples
    --------
    >>> sibling(Path("no/such.shp"), ".dbf") is None
    True
    """
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    return None


def check_shapes(path: Path) -> NDArray[np.int64]:
    """Give the numbers of the records (from 0) whose shape cannot be read.

    Raises
    ------
    InputError
        If the .shp is shorter than its own header says, or its index points nowhere.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(100)
    claimed = 2 * struct.unpack(">i", head[24:28])[0] if len(head) == 100 else 100
    if size < claimed:
        raise InputError(
            f"{path.name} 不完整：文件头称 {claimed} 字节，实有 {size} 字节。"
            "请重新索取或重新复制。",
            f"{path.name} is truncated: its header says {claimed} bytes, it has {size}. "
            "Ask for it again or copy it anew.",
        )
    index = sibling(path, ".shx")
    if index is None:
        return np.empty(0, dtype=np.int64)
    offsets, lengths = read_index(index)
    data = np.memmap(path, dtype=np.uint8, mode="r")
    bad = (offsets < 100) | (lengths < 4) | (offsets + 8 + lengths > size)
    good = np.flatnonzero(~bad)
    kinds = _integers(data, offsets[good] + 8)
    known = (kinds == 0) | np.isin(kinds, (1, 8, 11, 18, 21, 28, 31, *_POLYGONS))
    bad[good[~known]] = True
    polygons = good[np.isin(kinds, _POLYGONS) & (lengths[good] >= 44)]
    parts = _integers(data, offsets[polygons] + 44)
    points = _integers(data, offsets[polygons] + 48)
    needs = 44 + 4 * parts.astype(np.int64) + 16 * points.astype(np.int64)
    bad[polygons[(parts < 0) | (points < 0) | (needs > lengths[polygons])]] = True
    return np.flatnonzero(bad)


def read_index(path: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets and lengths in bytes of the records that a .shx lists."""
    pairs = np.fromfile(path, dtype=">i4", offset=min(100, path.stat().st_size)).astype(np.int64)
    pairs = pairs[: len(pairs) // 2 * 2]
    return 2 * pairs[0::2], 2 * pairs[1::2]


def rebuild_index(path: Path, target: Path) -> None:
    """Write the .shx that a .shp lacks, by walking its records.

    Raises
    ------
    InputError
        If the records do not follow one another to the end of the file.
    """
    raw = path.read_bytes()
    entries: list[bytes] = []
    at = 100
    while at + 8 <= len(raw):
        length = struct.unpack(">i", raw[at + 4 : at + 8])[0]
        if length < 2 or at + 8 + 2 * length > len(raw):
            raise InputError(
                f"{path.name} 缺 .shx，且第 {len(entries) + 1} 条记录已损坏，无法重建。"
                "请重新索取。",
                f"{path.name} has no .shx, and record {len(entries) + 1} is damaged: "
                "it cannot be rebuilt. Ask for it again.",
            )
        entries.append(struct.pack(">ii", at // 2, length))
        at += 8 + 2 * length
    head = raw[:24] + struct.pack(">i", 50 + 4 * len(entries)) + raw[28:100]
    target.write_bytes(head + b"".join(entries))


def _integers(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
    """Little-endian integers at byte offsets."""
    four = np.stack([data[offsets + k] for k in range(4)], axis=1) if len(offsets) else None
    return np.empty(0, np.int32) if four is None else four.view("<i4")[:, 0]


LONG = define("""export.text 长文字 | long text
    文字是否写全 | whether text is written whole
    cut: 字段 {field} 有 {actual:0} 行超过 254 字节，shapefile 存不下，已截断。
    | Field {field}: {actual:0} text{actual:s} over 254 bytes cut by the shapefile.""")
WIDTH = define("""export.width 字段宽度 | widths of fields
    字段宽度是否合标准 | whether fields are as wide as the standards state
    wider: 字段 {field} 的内容超出标准（{stated}），已按 {written} 写出，未截断。
    | Field {field} needs more than the standard's {stated}: written as {written}.""")

_KINDS = MappingProxyType(
    {
        "Polygon": "Polygon", "MultiPolygon": "Polygon", "LineString": "LineString",
        "MultiLineString": "LineString", "Point": "Point", "MultiPoint": "MultiPoint",
    }
)  # fmt: skip
_LETTERS = MappingProxyType(
    {"str": "C", "float": "N", "int32": "N", "int64": "N", "bool": "L", "date": "D"}
)
"""Kind of a field → what a DBF calls it."""
_NAME_BYTES = 10


def write_shapefile(frames: Frames, path: Path, writing: Writing) -> list[Finding]:
    """Write a shapefile with its .cpg, its language byte, and the map of shortened names.

    Parameters
    ----------
    frames
        What `plain_frames` gives.
    writing
        Its encoding is UTF-8 or GBK.

    Returns
    -------
    list
        What names, text and widths of the standards could not hold.

    Raises
    ------
    InputError
        If the encoding is another or lacks a character, or shapes are of several kinds.
    """
    encoding, losses = writing.encoding, writing.losses
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
    return list(_tell(long, fields, names, path))


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


def create_shapefile(
    path: Path,
    kinds: Iterable[str],
    *,
    fields: Mapping[str, str],
    crs: Any,
    z: bool = False,
    encoding: str = "UTF-8",
) -> None:
    """Write a shapefile without rows: fields, kind of shapes, coordinate system and encoding.

    GDAL by itself gives an Arrow field no decimals beyond 19 digits; fiona lets them be stated.

    Parameters
    ----------
    kinds
        Kinds of the shapes that shall follow, as geopandas names them.
    fields
        What `dbf_fields` gave.
    z
        Whether shapes have heights.

    Raises
    ------
    InputError
        If the shapes are of several kinds.

    Examples
    --------
    >>> import pyproj
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.shp"
    >>> create_shapefile(file, ["Polygon"], fields={"YT": "str:6"}, crs=pyproj.CRS(4549))
    >>> file.with_suffix(".cpg").read_text()
    'UTF-8'
    """
    geometry = _geometry(set(kinds))
    if importlib.util.find_spec("fiona") is None:
        _lay_out(path, geometry, fields, crs=crs, z=z, encoding=encoding)
        return
    schema = {"geometry": f"{'3D ' if z else ''}{geometry}", "properties": dict(fields)}
    importlib.import_module("fiona").open(
        path, "w", driver="ESRI Shapefile", schema=schema, crs_wkt=crs.to_wkt(), encoding=encoding
    ).close()


def _lay_out(
    path: Path, geometry: str, fields: Mapping[str, str], *, crs: Any, z: bool, encoding: str
) -> None:
    """Write the headers that fiona would have GDAL write, where there is no wheel of fiona.

    They are those of the ESRI Shapefile Technical Description (1998) and of dBASE III.
    """
    number = {"Point": 1, "LineString": 3, "Polygon": 5, "MultiPoint": 8}[geometry] + 10 * z
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 50) + struct.pack(
        "<2i8d", 1000, number, *[0] * 8
    )
    for end in (".shp", ".shx"):
        path.with_suffix(end).write_bytes(head)
    rows = b""
    for name, kind in fields.items():
        letter, (width, decimals) = _LETTERS[kind.partition(":")[0]], size_of(kind)
        width = {"L": 1, "D": 8}.get(letter, width)
        short = name.encode(encoding)
        rows += struct.pack("<11sc4x2B14x", short, letter.encode(), width, decimals)
    wide = 1 + sum(row[16] for row in (rows[k : k + 32] for k in range(0, len(rows), 32)))
    today = dt.datetime.now(tz=dt.UTC)
    start = struct.pack(
        "<4BIHH20x", 3, today.year - 1900, today.month, today.day, 0, 33 + len(rows), wide
    )
    path.with_suffix(".dbf").write_bytes(start + rows + b"\r\x1a")
    path.with_suffix(".cpg").write_text(encoding, "ascii")
    path.with_suffix(".prj").write_text(crs.to_wkt("WKT1_ESRI"), "utf-8")


def _geometry(stated: set[str]) -> str:
    """Name the one kind of a layer's shapes in fiona's words."""
    kinds = {_KINDS.get(kind, kind) for kind in stated} or {"Polygon"}
    if len(kinds) > 1 or kinds - set(_KINDS.values()):
        listed = sorted(stated)
        raise InputError(
            f"shapefile 只能放一种图形，图层中有 {'、'.join(listed)}：请分开写出，或用 .gpkg。",
            f"A shapefile holds shapes of one kind; the layer has {', '.join(listed)}: "
            "write them apart, or as .gpkg.",
        )
    return str(kinds.pop())


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


def _tell(
    long: Mapping[str, int], fields: Mapping[str, str], names: Mapping[str, str], path: Path
) -> Iterator[Finding]:
    """Say what text, widths of the standards and names could not hold."""
    for name, count in long.items():
        if count:
            yield LONG.finding("cut", "fail", actual=float(count), values={"field": name})
    for name, stated in beyond_standard(fields).items():
        values = {"field": name, "stated": stated, "written": fields[name]}
        yield WIDTH.finding("wider", "fail", values=values)
    pairs = [f"{full}→{short}" for short, full in names.items() if short != full]
    if pairs:
        told = {"table": f"{path.stem}.fields.csv", "pairs": pairs}
        yield WRITTEN.finding("shortened", "fail", values=told)


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


FORMAT = Format(
    title="Shapefile",
    suffixes=(".shp",),
    open=open_shapefile,
    write=write_shapefile,
    whole=_whole,
    in_parts=True,
    runs=Runs(open_shapefile_runs, read_shapefile_run),
    keeps=("编码、标准字段宽度、字段全名对照表", "encoding, standard widths, a map of full names"),
    loses=(
        "长字段名（缩短）、长文字（截断）、时刻和 2⁵³ 以上的整数（成文字）、空文字",
        "long names and text (cut), times and numbers over 2⁵³ (text), empty text",
    ),
)
