"""In which encoding a file's text is: decided from its bytes, with the evidence.

Chinese text is UTF-8, GBK or Big5. Text that reads as Chinese in strict UTF-8 is UTF-8: GBK of
more than a few characters never does, though some pairs of its bytes (一, 联) pass for Cyrillic or
Arabic letters. GBK and Big5 share most pairs of bytes: the common characters of each tell them
apart.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from landgis.errors import InputError

_GBK_NAMES = {"GBK", "GB2312", "GB18030", "CP936", "936", "ANSI936", "MS936", "LDID/77", "HZGB2312"}
_UTF8_NAMES = {"UTF8", "65001", "CP65001", "UTF8BOM"}
_SAMPLE = 2**18
_CHINESE = "\u2e80"  # from here on: radicals, CJK marks, 汉字, full-width forms


def decode_text(raw: bytes, *, name: str = "", encoding: str | None = None) -> tuple[str, str]:
    r"""Decode a text file: byte order mark, then strict UTF-8, then GB18030.

    Parameters
    ----------
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
    if encoding is not None:
        require_codec(encoding)
    encoding = encoding or marked(raw)
    position = 0
    guesses: tuple[str, ...] = ("utf-8-sig", "GB18030")
    if not encoding and rather_big5([raw[:_SAMPLE]]):
        guesses = ("utf-8-sig", "BIG5", "GB18030")
    for candidate in (encoding,) if encoding else guesses:
        try:
            text = raw.decode(candidate)
        except UnicodeDecodeError as error:
            position = error.start
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


def marked(raw: bytes) -> str | None:
    """Name the encoding of a byte order mark other than that of UTF-8.

    Examples
    --------
    >>> marked("计划".encode("utf-16")), marked("计划".encode())
    ('UTF-16', None)
    """
    if raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "UTF-32"  # little-endian, it begins as UTF-16 does
    return "UTF-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def _rather_gbk(raw: bytes, text: str) -> bool:
    """Tell whether valid UTF-8 without a Chinese character is Chinese in GB18030."""
    if text.isascii() or max(text) >= _CHINESE:
        return False
    fit = Fit.of([(raw, False)], "gb18030")
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


def require_codec(name: str) -> None:
    """Refuse an encoding that does not exist, or that is none of text."""
    try:
        "".encode(name)
        b"\xff".decode(name, "replace")
    except (LookupError, UnicodeError, ValueError):
        raise InputError(
            f"不认识的编码：{name}。可用 UTF-8、GBK、GB18030、BIG5。",
            f"Unknown encoding: {name}. Use UTF-8, GBK, GB18030 or BIG5.",
        ) from None


@dataclass(frozen=True, slots=True)
class Fit:
    """How well cells decode: wrong ones, ones cut in a character, Chinese characters."""

    wrong: int
    cut: int
    characters: int

    @classmethod
    def of(cls, cells: list[tuple[bytes, bool]], codec: str) -> Fit:
        """Try an encoding on cells, each with whether it fills its room."""
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


def rather_big5(cells: Iterable[bytes]) -> bool:
    """Tell text that is all common characters in Big5 and mostly rare ones in GBK.

    Examples
    --------
    >>> rather_big5(["住宅用地".encode("big5")]), rather_big5(["住宅用地".encode("gbk")])
    (True, False)
    """
    cells = list(cells)
    return commonness(cells, "big5") >= 0.9 and commonness(cells, "gbk") < 0.7


def commonness(cells: Iterable[bytes], codec: str) -> float:
    """Give the share of two-byte characters that are common in GBK or in Big5.

    Both standards put the common characters first: GB 2312 those with a first byte of B0 to D7,
    Big5 those of A4 to C6. Text of the one, taken for the other, is made of rare characters.

    Examples
    --------
    >>> text = ["住宅用地".encode("big5")]
    >>> commonness(text, "big5"), commonness(text, "gbk")
    (1.0, 0.0)
    """
    low, high = (0xA4, 0xC6) if codec.lower().startswith("big5") else (0xB0, 0xD7)
    least = 0x40 if low == 0xA4 else 0xA1
    common = total = 0
    for cell in cells:
        at = 0
        while at < len(cell) - 1:
            if cell[at] < 0x80:
                at += 1
                continue
            if not 0xA1 <= cell[at] <= 0xA3:  # marks, alike in both
                total += 1
                common += low <= cell[at] <= high and cell[at + 1] >= least
            at += 2
    return common / total if total else 1.0
