"""DBF tables as their bytes are: header, encoding, fields, and cells that GDAL reads wrongly.

What a table says of its encoding (its language byte, a .cpg beside it) is often missing or wrong:
the bytes decide, and the label is judged by them.

A DBF has columns of fixed width. Fields of the standards (国土调查数据库标准, 不动产登记数据库标准)
are written with their stated width, so that a receiving system takes them; every other field is as
wide as what it holds, so that nothing is cut or rounded.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute as pc

from landgis.errors import InputError
from landgis.files.encoding import Fit, commonness, encoding_name, rather_big5, require_codec
from landgis.findings import Finding, Verdict, define
from landgis.formats.columns import NUMBERS, number, put_numbers
from landgis.formats.gdal import CUT
from landgis.formats.kinds import ENCODING

DATES = define("""layer.dates 日期字段 | fields of days
    日期字段中的内容是否为日期 | whether fields of days hold days
    missing: {subject} 的字段 {field} 有 {actual:0} 个值不是日期（{texts:list}），读作空值。
    | {subject}: {actual:0} value{actual:s} of field {field} no day ({texts:list}), read as missing.
""")

LANGUAGE_DRIVERS = MappingProxyType(
    {0x13: "CP932", 0x4D: "GBK", 0x4E: "CP949", 0x4F: "BIG5", 0x78: "BIG5", 0x7A: "GBK"},
)
"""Encodings by the language byte (LDID, byte 29 of a DBF header). Bytes that name a Western code
page are left out: ArcGIS and GDAL write them whatever the text is."""

_SAMPLE_ROWS = 20_000
_FEW_CHARACTERS = 4
_MOSTLY = 0.6
"""Text of which less than this share are common characters may be in another encoding."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a file's text, and why.

    Parameters
    ----------
    name
        ``UTF-8``, ``GBK``, ``BIG5`` …; what `bytes.decode` understands.
    finding
        What was decided and from what (check ``layer.encoding``): *pass* if label and bytes
        agree or the bytes alone are proof, *fail* if the label is wrong, *unknown* if the
        bytes do not decide.
    cut
        Whether text ends in the middle of a character somewhere.
    """

    name: str
    finding: Finding
    cut: bool = False


@dataclass(frozen=True, slots=True)
class DbfField:
    """A field of a DBF: raw name, type letter, where its bytes stand in a record."""

    name: bytes
    kind: str
    offset: int
    length: int
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class DbfHeader:
    """What the header of a DBF claims."""

    count: int
    header_length: int
    record_length: int
    language: int
    fields: tuple[DbfField, ...]


def read_dbf_header(path: Path) -> DbfHeader:
    """Read a DBF header and refuse one that the file's own size and fields contradict.

    Raises
    ------
    InputError
        If the header is truncated, the record length is not the sum of the fields, or the
        file is shorter than the records it claims.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(32)
        if len(head) < 32:
            raise _broken(path, "文件头不完整", "its header is truncated")
        count = int.from_bytes(head[4:8], "little")
        header_length = int.from_bytes(head[8:10], "little")
        record_length = int.from_bytes(head[10:12], "little")
        body = file.read(max(header_length - 32, 0))
    fields, offset = [], 1
    for start in range(0, len(body) - 31, 32):
        if body[start] == 0x0D:
            break
        name = body[start : start + 11].split(b"\0", 1)[0]
        kind = chr(body[start + 11])
        # a character field may use the decimals byte as the high byte of its length
        high = body[start + 17] if kind == "C" else 0
        length = body[start + 16] + 256 * high
        decimals = 0 if kind == "C" else body[start + 17]
        fields.append(DbfField(name, kind, offset, length, decimals))
        offset += length
    if offset != record_length:
        raise _broken(
            path,
            f"记录长度为 {record_length} 字节，而各字段合计 {offset} 字节",
            f"its record length is {record_length} bytes, its fields make {offset}",
        )
    room = max(size - header_length, 0) // record_length
    if count > room:
        raise _broken(
            path,
            f"文件头称有 {count} 条记录，文件只容得下 {room} 条",
            f"it claims {count} records, its size holds {room}",
        )
    return DbfHeader(count, header_length, record_length, head[29], tuple(fields))


def decide_dbf_encoding(path: Path, header: DbfHeader, *, encoding: str | None = None) -> Encoding:
    """Decide the encoding of a DBF from its language byte, its .cpg, and its bytes.

    Parameters
    ----------
    path
        The .dbf file; the .cpg is looked for beside it.
    encoding
        Overrides the decision; the finding then says so.

    Returns
    -------
    Encoding
        With the finding that explains it.
    """
    label, where = _label(path, header)
    cells = _text_cells(path, header)
    utf8, gbk = Fit.of(cells, "utf-8"), Fit.of(cells, "gb18030")
    big5 = rather_big5(cell for cell, _ in cells) and Fit.of(cells, "big5").wrong == 0

    def decided(name: str, verdict: Verdict, zh: str, en: str, fit: Fit | None = None) -> Encoding:
        finding = ENCODING.finding(
            "decided",
            verdict,
            subject=path.name,
            source=where,
            values={"name": name, "why": {"zh": zh, "en": en}},
        )
        fit = fit or Fit.of(cells, name)
        return Encoding(_with_rare(name, cells), finding, cut=fit.cut + fit.wrong > 0)

    if encoding:
        return _given(encoding_name(encoding), cells, big5, decided)
    if not cells:
        name = label if label in {"GBK", "BIG5"} else "UTF-8"
        return decided(name, "note", "全为 ASCII 字符", "all characters are ASCII")
    evidence_zh = (
        f"{len(cells)} 处非 ASCII 文字，UTF-8 解码失败 {utf8.wrong} 处、GBK 失败 {gbk.wrong} 处"
    )
    evidence_en = f"{len(cells)} non-ASCII texts; {utf8.wrong} fail as UTF-8, {gbk.wrong} as GBK"
    labelled = Fit.of(cells, label or "utf-8")
    trusted = bool(label) and labelled.wrong == 0
    chinese = utf8.wrong == 0 and (utf8.characters > 0 or gbk.wrong > 0)
    if chinese and (utf8.characters >= _FEW_CHARACTERS or not trusted):
        name, fit = "UTF-8", utf8
    elif big5 and label != "BIG5":
        zh = f"按 Big5 全为常用字，按 GBK 多为生僻字（{evidence_zh}），请核对"
        en = f"common characters in Big5, rare ones in GBK ({evidence_en}); please check"
        return decided("BIG5", "fail" if label else "unknown", zh, en, Fit.of(cells, "big5"))
    elif trusted:
        name, fit = label, labelled
    elif gbk.wrong == 0 or gbk.wrong < utf8.wrong:
        name, fit = "GBK", gbk
    else:
        name, fit = "UTF-8", utf8
    rare = name == "GBK" and commonness((cell for cell, _ in cells), "gbk") < _MOSTLY
    if fit.wrong or rare:
        return decided(
            name, "unknown", evidence_zh + "，请核对", evidence_en + "; please check", fit
        )
    if label and label != name:
        return decided(
            name,
            "fail",
            f"{where} 标为 {label}，与字节不符（{evidence_zh}）",
            f"{where} says {label}, the bytes do not ({evidence_en})",
            fit,
        )
    agreed_zh = f"与 {where} 一致" if label else "文件未标明编码"
    agreed_en = f"agrees with {where}" if label else "the file names none"
    proved: Verdict = "pass" if label else "note"
    return decided(
        name, proved, f"{agreed_zh}（{evidence_zh}）", f"{agreed_en} ({evidence_en})", fit
    )


def _with_rare(name: str, cells: list[tuple[bytes, bool]]) -> str:
    """Give GB18030 for GBK that has names of people and places in characters of four bytes."""
    wrong = name == "GBK" and Fit.of(cells, "gbk").wrong
    return "GB18030" if wrong and not Fit.of(cells, "gb18030").wrong else name


def _given(
    name: str, cells: list[tuple[bytes, bool]], big5: bool, decided: Callable[..., Encoding]
) -> Encoding:
    """Take the encoding that the user names, and hold it against the bytes."""
    require_codec(name)
    wrong = Fit.of(cells, name).wrong
    if not wrong and not (big5 and name == "GBK"):
        return decided(name, "note", "由使用者指定", "as the user says")
    better = next((c for c in ("UTF-8", "GBK") if not Fit.of(cells, c).wrong), "")
    better = "BIG5" if big5 else better
    hint_zh, hint_en = (
        (f"，字节像是 {better}", f"; they look like {better}") if better else ("", "")
    )
    return decided(
        name,
        "fail",
        f"由使用者指定，但 {len(cells)} 处文字中有 {wrong} 处不能这样解码{hint_zh}",
        f"as the user says, but {wrong} of {len(cells)} texts do not decode so{hint_en}",
    )


def field_names(header: DbfHeader, encoding: str) -> tuple[list[str], list[str]]:
    """Decode field names; a character cut at ten bytes is left out.

    Returns
    -------
    tuple
        The names, made distinct by ``_1``, ``_2`` …, and those that ended in half a character.

    Examples
    --------
    >>> field = DbfField("地块名称".encode()[:10], "C", 1, 20)
    >>> field_names(DbfHeader(0, 65, 21, 0, (field,)), "UTF-8")
    (['地块名'], ['地块名'])
    """
    names: list[str] = []
    cut = []
    for field in header.fields:
        plain = _field_name(field.name, encoding)
        name, number = plain, 0
        while name in {*names, "", "geometry"}:
            number += 1
            name = f"{plain}_{number}"
        names.append(name)
        if plain.encode(encoding, "replace") != field.name.strip():
            cut.append(name)
    return names, cut


def _field_name(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding).strip()
    except UnicodeDecodeError as error:
        half = len(raw) >= 10 and error.start >= len(raw) - 3 and error.end >= len(raw)
        return (raw[: error.start] if half else raw).decode(encoding, "replace").strip()


def _label(path: Path, header: DbfHeader) -> tuple[str, str]:
    """Read what the file says of its encoding, and where: the .cpg, else the language byte."""
    for cpg in (path.with_suffix(".cpg"), path.with_suffix(".CPG")):
        if cpg.is_file():
            text = cpg.read_bytes()[:64].decode("ascii", "ignore").strip()
            name = encoding_name(text)
            # ISO-8859-1 and OEM are what software writes that knows nothing better; a dbf is
            # never UTF-16
            if text and not re.match(
                r"(?i)(iso.?8859|oem|ansi.?1252|125\d|cp125\d|latin|utf.?(16|32|7\b))", text
            ):
                return name, f"{cpg.name}（{text}）"
    name = LANGUAGE_DRIVERS.get(header.language, "")
    return name, f"DBF LDID 0x{header.language:02X}" if name else ""


def _text_cells(path: Path, header: DbfHeader) -> list[tuple[bytes, bool]]:
    """Distinct non-ASCII texts: field names and cells of rows spread over the file.

    Each with whether it fills its room (and so may have been cut).
    """
    cells = {(f.name, len(f.name) >= 10) for f in header.fields}
    columns = [f for f in header.fields if f.kind == "C"]
    if columns and header.count:
        table = np.memmap(
            path,
            dtype=np.uint8,
            mode="r",
            offset=header.header_length,
            shape=(header.count, header.record_length),
        )
        rows = np.unique(np.linspace(0, header.count - 1, _SAMPLE_ROWS).astype(np.int64))
        sample = np.asarray(table[rows])
        for field in columns:
            values = sample[:, field.offset : field.offset + field.length]
            values = np.ascontiguousarray(values[(values > 0x7F).any(axis=1)])
            for value in {row.tobytes() for row in values}:
                text = value.split(b"\0", 1)[0].rstrip(b" ")
                cells.add((text, len(text) >= field.length - 2))
    return [cell for cell in cells if not cell[0].isascii()]


def _broken(path: Path, zh: str, en: str) -> InputError:
    return InputError(
        f"{path.name} 已损坏：{zh}。请向提供方重新索取，或用 QGIS 另存后再读。",
        f"{path.name} is broken: {en}. Ask for the file again, or save it anew from QGIS.",
    )


# ---------------------------------------------------------------- fields that are written

STANDARD = MappingProxyType(
    {
        "BSM": "str:18", "YSDM": "str:10", "XZQDM": "str:12", "XZQMC": "str:100",
        "XZQHDM": "str:12", "TBYBH": "str:18", "TBBH": "str:8", "DLBM": "str:5", "DLMC": "str:60",
        "QSXZ": "str:2", "QSDWDM": "str:19", "QSDWMC": "str:60", "ZLDWDM": "str:19",
        "ZLDWMC": "str:60", "KCDLBM": "str:5", "CZCSXM": "str:4", "ZDDM": "str:19",
        "BDCDYH": "str:28", "ZL": "str:200", "QLLX": "str:2", "QLXZ": "str:4",
        "TBMJ": "float:15.2", "KCMJ": "float:15.2", "TBDLMJ": "float:15.2", "ZDMJ": "float:15.2",
        "KCXS": "float:6.4", "SJNF": "int32:4",
    }
)  # fmt: skip
"""Fields of the standards: name → kind, width in bytes, decimals."""

MOST_BYTES = 254
_MOST_DIGITS, _MOST_DECIMALS = 24, 15
_MOST_WHOLE_DIGITS = 18
_MOST_WHOLE = 2**53
"""Larger whole numbers are text: many programs read all numbers of a DBF as doubles."""


def dbf_fields(frame: gpd.GeoDataFrame, *, encoding: str = "UTF-8") -> dict[str, str]:
    """Give the kind of every field in fiona's words: ``str:19``, ``float:15.2``, ``int32:4`` ….

    Returns
    -------
    dict
        Field → kind, in the order of the columns. A field of the standards is as they state,
        unless what it holds needs more.

    Examples
    --------
    >>> row = {"ZDMJ": [17500.5], "RJL": [1.25], "YT": ["住宅"]}
    >>> dbf_fields(gpd.GeoDataFrame(row, geometry=[None]))
    {'ZDMJ': 'float:15.2', 'RJL': 'float:4.2', 'YT': 'str:6'}
    """
    names = [str(c) for c in frame.columns if c != frame.geometry.name]
    return {name: _field(name, frame[name], encoding) for name in names}


def beyond_standard(fields: Mapping[str, str]) -> dict[str, str]:
    """Name the fields that are not as the standards state: field → the standard's kind.

    Examples
    --------
    >>> beyond_standard({"ZDMJ": "float:15.2", "DLBM": "str:7"})
    {'DLBM': 'str:5'}
    """
    stated = {name: STANDARD.get(name.upper(), kind) for name, kind in fields.items()}
    return {name: stated[name] for name, kind in fields.items() if kind != stated[name]}


def wider_fields(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Give the kinds of fields that hold what either of two does.

    Examples
    --------
    >>> wider_fields({"ZL": "str:6", "ZDMJ": "int32:5"}, {"ZL": "str:9", "ZDMJ": "float:4.2"})
    {'ZL': 'str:9', 'ZDMJ': 'float:8.2'}
    """
    return {name: _wider(one.get(name, kind), kind) for name, kind in other.items()}


def _wider(one: str, other: str) -> str:
    kinds = {one.partition(":")[0], other.partition(":")[0]}
    if one == other or len(kinds | {"bool", "date"}) == 2:
        return other
    if "str" in kinds:
        least = 1 if kinds == {"str"} else 10  # a date or a truth value as text
        return f"str:{max(size_of(one)[0], size_of(other)[0], least)}"
    (left, more), (right, most) = size_of(one), size_of(other)
    if kinds <= {"int32", "int64"}:
        return _whole_field(max(left, right))
    decimals = max(more, most)
    return _decimal_field(max(left - more - (more > 0), right - most - (most > 0)), decimals)


def size_of(kind: str) -> tuple[int, int]:
    """Width and decimals of a kind."""
    width, _, decimals = kind.partition(":")[2].partition(".")
    return int(width or 1), int(decimals or 0)


def _field(name: str, values: pd.Series, encoding: str) -> str:
    stated = STANDARD.get(name.upper(), "")
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in {"boolean", "date"}:
        return "bool" if inferred == "boolean" else "date"
    numeric = pd.api.types.is_numeric_dtype(values)
    width, decimals = size_of(stated if stated.startswith("str") != numeric else "")
    if not numeric:
        return f"str:{max(min(text_sizes(values, encoding).max(initial=1), MOST_BYTES), width)}"
    numbers = values.dropna().to_numpy()
    if pd.api.types.is_integer_dtype(values) and not decimals:
        return _whole(numbers, width)
    return _decimal(numbers.astype(np.float64), width, decimals)


def text_sizes(values: pd.Series, encoding: str = "UTF-8") -> NDArray[np.int64]:
    """Give the bytes of each text that is not missing.

    Examples
    --------
    >>> text_sizes(pd.Series(["东村", None])), text_sizes(pd.Series(["东村"]), "GBK")
    (array([6]), array([4]))
    """
    texts = values.dropna()
    if encoding == "UTF-8" and isinstance(texts.dtype, pd.StringDtype):
        sizes = pc.binary_length(pa.array(texts, pa.large_string(), from_pandas=True))
        return np.asarray(sizes, dtype=np.int64)
    known = {text: len(str(text).encode(encoding, "replace")) for text in texts.unique()}
    return np.array([known[text] for text in texts], dtype=np.int64)


def _whole(numbers: NDArray[Any], width: int) -> str:
    ends = (numbers.min(), numbers.max()) if len(numbers) else (0,)
    width = max(*(len(str(end)) for end in ends), width)
    if max(abs(int(end)) for end in ends) > _MOST_WHOLE:
        return f"str:{width}"
    return _whole_field(width)


def _whole_field(width: int) -> str:
    """Name a field of so many digits; what other software would read as a double is text."""
    if width > _MOST_WHOLE_DIGITS:
        return f"str:{width}"
    return f"int32:{width}" if width <= 9 else f"int64:{width}"


def _decimal(numbers: NDArray[np.float64], width: int, stated: int) -> str:
    """Give the least decimals that keep every number, and the width that the largest needs.

    One decimal at least: a column without any would be read as whole numbers. The width is that
    of the standard at least, where its decimals are enough.
    """
    numbers = numbers[np.isfinite(numbers)]
    full = f"float:{_MOST_DIGITS}.{_MOST_DECIMALS}"
    least = stated or 1
    with np.errstate(over="ignore"):
        kept = ((np.round(numbers, d) == numbers).all() for d in range(least, _MOST_DECIMALS + 1))
        decimals = next((d for d, all_kept in enumerate(kept, least) if all_kept), None)
    if decimals is None:
        return full
    ends = (numbers.min(), numbers.max()) if len(numbers) else (0.0,)
    needed = max(len(f"{end:.{decimals}f}") for end in ends)
    width = max(needed, width) if decimals == stated else needed
    return _decimal_field(width - decimals - 1, decimals)


def _decimal_field(digits: int, decimals: int) -> str:
    """Name a field of so many digits before and after the point."""
    width = digits + 1 + decimals
    if width > _MOST_DIGITS:
        return f"float:{_MOST_DIGITS}.{_MOST_DECIMALS}"
    return f"float:{width}.{decimals}"


# ---------------------------------------------------------------- cells that GDAL reads wrongly

_SPACE = 0x20
_WIDE = 19
"""Whole numbers of so many digits GDAL reads as doubles."""
_WEIGHT = np.full(256, 1 << 36, dtype=np.int64)
_WEIGHT[np.frombuffer(b"eE \0*", np.uint8)] = 0
_WEIGHT[0x30:0x3A] = 1
_WEIGHT[np.frombuffer(b"+-", np.uint8)] = 1 << 12
_WEIGHT[0x2E] = 1 << 24
_EXPONENT = np.isin(np.arange(256), list(b"eE"))


def is_wide(field: DbfField) -> bool:
    """Tell a field of whole numbers that GDAL would read as doubles."""
    return field.kind in "NF" and field.length >= _WIDE and not field.decimals


class DbfBytes:
    """The bytes of a DBF, of the records that are not deleted.

    Parameters
    ----------
    path
        The file.
    header
        Its header.
    """

    def __init__(self, path: Path, header: DbfHeader) -> None:
        self.header = header
        self.table = (
            np.memmap(
                path,
                dtype=np.uint8,
                mode="r",
                offset=header.header_length,
                shape=(header.count, header.record_length),
            )
            if header.count
            else np.empty((0, header.record_length), dtype=np.uint8)
        )
        deleted = self.table[:, 0] == 0x2A
        self.alive = np.flatnonzero(~deleted) if deleted.any() else None

    def of(self, first: int, count: int) -> NDArray[np.uint8]:
        """Give the records that a frame was read from."""
        if self.alive is None:
            return np.asarray(self.table[first : first + count])
        return np.asarray(self.table[self.alive[first : first + count]])

    def fractions(self, field: DbfField) -> bool:
        """Tell whether a field of whole numbers holds others, which GDAL cuts: 12.5 to 12."""
        if field.kind not in "NF" or field.decimals or is_wide(field):
            return False
        for first in range(0, len(self.table), _SAMPLE_ROWS):
            some = self.table[first : first + _SAMPLE_ROWS]
            cells = some[:, field.offset : field.offset + field.length]
            marks = (cells == 0x2E) | (cells == 0x2C) | (cells | 0x20 == 0x65)  # . , e
            if not marks.any():
                continue
            texts = {
                cell.tobytes().decode("ascii", "replace").strip("\0 ")
                for cell in cells[marks.any(axis=1)]
            }
            if any(number(text) % 1 > 0 for text in texts):  # of what is no number, NaN
                return True
        return False


def put_right(
    frame: pd.DataFrame, cells: DbfBytes, names: list[str], encoding: str, *, name: str
) -> list[Finding]:
    """Put cells of a frame right that GDAL reads wrongly, in place; say which.

    Numbers with marks that are none (``-``, ``1,234.5``), whole numbers of 19 digits and more,
    days that no calendar has, and text that ends in half a character.
    """
    records = cells.of(int(frame.index[0]) if len(frame) else 0, len(frame))
    if len(records) != len(frame):
        return []  # more shapes than records: nothing to hold them against
    told: list[Finding] = []
    for column, field in zip(names, cells.header.fields, strict=True):
        if column not in frame or not field.length:
            continue
        bytes_ = records[:, field.offset : field.offset + field.length]
        if (kind := _BINARY.get((field.kind, field.length))) is not None:
            raw = np.ascontiguousarray(bytes_).view(kind).reshape(len(frame), -1)
            frame[column] = _unpacked(raw, field.kind)
        elif field.kind in "NF":
            told += _numbers(frame, column, field, bytes_, name)
        elif field.kind == "D":
            told += _days(frame, column, bytes_, name)
        elif field.kind == "C":
            told += _texts(frame, column, bytes_, encoding, name)
    return told


_BINARY = MappingProxyType(
    {("I", 4): "<i4", ("+", 4): "<i4", ("B", 8): "<f8", ("O", 8): "<f8", ("Y", 8): "<i8",
     ("T", 8): "<i4", ("@", 8): "<i4"}
)  # fmt: skip
"""Kinds of Visual FoxPro, whose cells are no text; GDAL hands their bytes over as text."""


def _unpacked(raw: NDArray[Any], kind: str) -> Any:
    """Give numbers, money in ten-thousandths, and times: days of Julius, milliseconds."""
    if kind in "T@":
        days = pd.to_timedelta(raw[:, 0] - 2_440_588, unit="D")
        times: Any = pd.Timestamp(1970, 1, 1) + days + pd.to_timedelta(raw[:, 1], unit="ms")
        return times.where(raw[:, 0] > 0).as_unit("ms")
    return raw[:, 0] / 10_000 if kind == "Y" else raw[:, 0]


def _numbers(
    frame: pd.DataFrame, column: str, field: DbfField, cells: NDArray[np.uint8], name: str
) -> Iterator[Finding]:
    # one look at every byte: how many digits, signs, points and other marks a cell has
    counts = _WEIGHT[cells].sum(axis=1)
    digits, signs, points = counts & 0xFFF, counts >> 12 & 0xFFF, counts >> 24 & 0xFFF
    others = counts >> 36
    filled = (cells != _SPACE) & (cells != 0)
    ends = np.argmax(filled, axis=1) + np.argmax(filled[:, ::-1], axis=1)
    odd = (others > 0) | (signs > 1) | (points > 1) | ((digits == 0) & (signs + points > 0))
    odd |= (filled.sum(axis=1) + ends < cells.shape[1]) & filled.any(axis=1)  # blanks inside
    if is_wide(field):
        yield from _wide(frame, column, cells, name)
    elif not field.decimals:  # GDAL cuts 12.5 down to 12 here, and 1e3 to 1
        odd |= (points > 0) | _EXPONENT[cells].any(axis=1)
    if not odd.any():
        return
    at = np.flatnonzero(odd)
    texts = [cell.tobytes().decode("gb18030", "replace").strip("\0 ") for cell in cells[at]]
    yield from put_numbers(frame, column, at, texts, name=name)


def _wide(
    frame: pd.DataFrame, column: str, cells: NDArray[np.uint8], name: str
) -> Iterator[Finding]:
    """Read whole numbers digit by digit: as Int64, or as text where that does not hold them."""
    texts = [cell.tobytes().decode("ascii", "replace").strip("\0 ") for cell in cells]
    if not all(re.fullmatch(r"-?\d+", text, re.ASCII) for text in texts if text.strip("*")):
        return
    given: list[Any] = [int(text) if text.strip("*") else None for text in texts]
    limit = np.iinfo(np.int64)
    if all(value is None or limit.min <= value <= limit.max for value in given):
        column_values = pd.array([pd.NA if v is None else v for v in given], dtype="Int64")
        frame[column] = column_values if None in given else column_values.astype("int64")
        return
    frame[column] = pd.array([None if v is None else str(v) for v in given], dtype="str")
    yield NUMBERS.finding("text", "note", subject=name, values={"field": column})


def _days(
    frame: pd.DataFrame, column: str, cells: NDArray[np.uint8], name: str
) -> Iterator[Finding]:
    raw = [cell.tobytes() for cell in cells]
    bad = {
        text: text.decode("gb18030", "replace").strip("\0 ")
        for text in set(raw)
        if text.strip(b"\0 0") and not _is_day(text)
    }
    if bad:
        at = np.array([text in bad for text in raw])
        frame[column] = frame[column].astype("object").where(~at, None)
        values = {"field": column, "texts": list(bad.values())[:5]}
        yield DATES.finding("missing", "fail", subject=name, actual=float(at.sum()), values=values)


def _is_day(text: bytes) -> bool:
    try:
        dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return True


def _texts(
    frame: pd.DataFrame, column: str, cells: NDArray[np.uint8], encoding: str, name: str
) -> Iterator[Finding]:
    if not (cells > 0x7F).any():
        return
    lines = np.full((len(cells), cells.shape[1] + 1), 0x0A, dtype=np.uint8)
    lines[:, :-1] = cells
    try:
        lines.tobytes().decode(encoding)
    except UnicodeDecodeError:
        pass
    else:
        return
    at, texts, cut = [], [], []
    for row in np.flatnonzero((cells > 0x7F).any(axis=1)):
        cell = cells[row].tobytes().split(b"\0", 1)[0].rstrip(b" ")
        try:
            cell.decode(encoding)
        except UnicodeDecodeError as error:
            half = error.start >= len(cell) - 3 and error.end >= len(cell)
            at.append(int(row))
            cut.append(half)
            texts.append((cell[: error.start] if half else cell).decode(encoding, "replace"))
    values = frame[column].astype("object").to_numpy(copy=True)
    values[at] = texts
    frame[column] = pd.array(values, dtype="str")
    rows = np.asarray(frame.index)[at]
    halves = np.array(cut, dtype=bool)
    for kind, some in (("cut", rows[halves]), ("undecoded", rows[~halves])):
        if len(some):
            told = {"field": column, "rows": some[:10].tolist(), "encoding": encoding}
            yield CUT.finding(kind, "fail", subject=name, actual=float(len(some)), values=told)
