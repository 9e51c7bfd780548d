"""In which encoding a file's text is: decided from its bytes, with the evidence.

Chinese text is UTF-8 or GBK, and what a file says of itself (the language byte of a DBF, a
.cpg beside it) is often missing or wrong. Text that reads as Chinese in strict UTF-8 is UTF-8:
GBK of more than a few characters never does, though some pairs of its bytes (一, 联) pass for
Cyrillic or Arabic letters. So the bytes decide, and the label is judged by them.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from landgis.errors import InputError
from landgis.findings import Finding, Verdict
from landgis.language import Lang, say

LANGUAGE_DRIVERS = MappingProxyType(
    {0x13: "CP932", 0x4D: "GBK", 0x4E: "CP949", 0x4F: "BIG5", 0x78: "BIG5", 0x7A: "GBK"},
)
"""Encodings by the language byte (LDID, byte 29 of a DBF header). Bytes that name a Western code
page are left out: ArcGIS and GDAL write them whatever the text is."""

_GBK_NAMES = {"GBK", "GB2312", "GB18030", "CP936", "936", "ANSI936", "MS936", "LDID/77", "HZGB2312"}
_UTF8_NAMES = {"UTF8", "65001", "CP65001", "UTF8BOM"}
_SAMPLE_ROWS = 20_000
_FEW_CHARACTERS = 4
_CHINESE = "\u2e80"  # from here on: radicals, CJK marks, 汉字, full-width forms


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


def decode_text(raw: bytes, *, name: str = "", encoding: str | None = None) -> tuple[str, str]:
    r"""Decode a text file: byte order mark, then strict UTF-8, then GB18030.

    Parameters
    ----------
    name
        File name, for the error.
    encoding
        Overrides the decision.

    Returns
    -------
    tuple
        The text without byte order mark, and the name of its encoding.

    Raises
    ------
    InputError
        If no encoding fits; the message gives the line.

    Examples
    --------
    >>> decode_text("界址点".encode("gbk"))
    ('界址点', 'GB18030')
    >>> decode_text(b"\xef\xbb\xbf" + "界址点".encode())
    ('界址点', 'UTF-8')
    """
    if encoding is None and raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "UTF-16"
    position = 0
    for candidate in (encoding,) if encoding else ("utf-8-sig", "GB18030"):
        try:
            text = raw.decode(candidate)
        except UnicodeDecodeError as error:
            position = error.start
        except LookupError:
            raise InputError(
                f"不认识的编码：{encoding}。可用 UTF-8、GBK、GB18030、BIG5。",
                f"Unknown encoding: {encoding}. Use UTF-8, GBK, GB18030 or BIG5.",
            ) from None
        else:
            if candidate == "utf-8-sig" and _rather_gbk(raw, text):
                continue
            return text.removeprefix("\ufeff"), "UTF-8" if candidate == "utf-8-sig" else candidate
    line = raw.count(b"\n", 0, position) + 1
    raise InputError(
        f"{name} 第 {line} 行无法解码（已试 {encoding or 'UTF-8、GB18030'}）。"
        "请用 encoding= 指明编码。",
        f"{name}: line {line} does not decode (tried {encoding or 'UTF-8, GB18030'}). "
        "Name the encoding with encoding=.",
    )


def _rather_gbk(raw: bytes, text: str) -> bool:
    """Tell whether valid UTF-8 without a Chinese character is Chinese in GB18030."""
    if text.isascii() or max(text) >= _CHINESE:
        return False
    fit = _Fit.of([(raw, False)], "gb18030")
    return fit.wrong == 0 and fit.characters > 0


def encoding_name(label: str) -> str:
    """Normalise what a .cpg file or a user calls an encoding; unknown names come back as they are.

    Examples
    --------
    >>> encoding_name("ANSI 936"), encoding_name("utf8"), encoding_name("big-5")
    ('GBK', 'UTF-8', 'BIG5')
    """
    plain = re.sub(r"[\s_-]", "", label).upper()
    if plain in _GBK_NAMES:
        return "GBK"
    if plain in _UTF8_NAMES:
        return "UTF-8"
    return "BIG5" if plain in {"BIG5", "950", "CP950"} else label.strip()


@dataclass(frozen=True, slots=True)
class DbfField:
    """A field of a DBF: raw name, type letter, where its bytes stand in a record."""

    name: bytes
    kind: str
    offset: int
    length: int


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
        fields.append(DbfField(name, kind, offset, length))
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


def decide_dbf_encoding(
    path: Path, header: DbfHeader, *, encoding: str | None = None, lang: Lang = "zh"
) -> Encoding:
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
    utf8, gbk = _Fit.of(cells, "utf-8"), _Fit.of(cells, "gb18030")
    given = encoding_name(encoding) if encoding else ""

    def decided(name: str, verdict: Verdict, zh: str, en: str, fit: _Fit | None = None) -> Encoding:
        message = say(
            lang, f"{path.name} 按 {name} 读取：{zh}。", f"{path.name} read as {name}: {en}."
        )
        finding = Finding(
            check="layer.encoding",
            subject=path.name,
            verdict=verdict,
            message=message,
            source=where,
        )
        fit = fit or _Fit.of(cells, name)
        return Encoding(name, finding, cut=fit.cut > 0)

    if given:
        return decided(given, "pass", "由使用者指定", "as the user says")
    if not cells:
        name = label if label in {"GBK", "BIG5"} else "UTF-8"
        return decided(name, "pass", "全为 ASCII 字符", "all characters are ASCII")
    evidence_zh = (
        f"{len(cells)} 处非 ASCII 文字，UTF-8 解码失败 {utf8.wrong} 处、GBK 失败 {gbk.wrong} 处"
    )
    evidence_en = f"{len(cells)} non-ASCII texts; {utf8.wrong} fail as UTF-8, {gbk.wrong} as GBK"
    labelled = _Fit.of(cells, label or "utf-8")
    trusted = bool(label) and labelled.wrong == 0
    chinese = utf8.wrong == 0 and (utf8.characters > 0 or gbk.wrong > 0)
    if chinese and (utf8.characters >= _FEW_CHARACTERS or not trusted):
        name, fit = "UTF-8", utf8
    elif trusted:
        name, fit = label, labelled
    elif gbk.wrong == 0 or gbk.wrong < utf8.wrong:
        name, fit = "GBK", gbk
    else:
        name, fit = "UTF-8", utf8
    if fit.wrong:
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
    return decided(
        name, "pass", f"{agreed_zh}（{evidence_zh}）", f"{agreed_en} ({evidence_en})", fit
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
        plain = field.name.decode(encoding, "ignore").strip()
        name, number = plain, 0
        while name in {*names, "", "geometry"}:
            number += 1
            name = f"{plain}_{number}"
        names.append(name)
        if plain.encode(encoding) != field.name.strip():
            cut.append(name)
    return names, cut


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well cells decode: wrong ones, ones cut in a character, Chinese characters."""

    wrong: int
    cut: int
    characters: int

    @classmethod
    def of(cls, cells: list[tuple[bytes, bool]], codec: str) -> _Fit:
        wrong = cut = characters = 0
        for cell, full in cells:
            try:
                characters += sum(c >= _CHINESE for c in cell.decode(codec))
            except UnicodeDecodeError as error:
                # only the last character of a cell without room to spare can be a cut one
                if full and error.start >= len(cell) - 3 and error.end >= len(cell):
                    cut += 1
                else:
                    wrong += 1
            except LookupError:
                wrong += 1
        return cls(wrong, cut, characters)


def _label(path: Path, header: DbfHeader) -> tuple[str, str]:
    """Read what the file says of its encoding, and where: the .cpg, else the language byte."""
    for cpg in (path.with_suffix(".cpg"), path.with_suffix(".CPG")):
        if cpg.is_file():
            text = cpg.read_bytes()[:64].decode("ascii", "ignore").strip()
            name = encoding_name(text)
            # ISO-8859-1 and OEM are what software writes that knows nothing better
            if text and not re.match(r"(?i)(iso.?8859|oem|ansi.?1252|125\d|cp125\d|latin)", text):
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
