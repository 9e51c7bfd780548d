"""Bytes to text: the encodings in which Chinese offices write (UTF-8, GB18030, UTF-16, Big5)."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from charset_normalizer import from_bytes

from landgis.errors import InputError
from landgis.findings import Finding
from landgis.plan.documents.blocks import READING

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE_BYTES = 64_000
COMMON_SHARE = 0.7
BINARY = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f\ufffd\ue000-\uf8ff]")


class Decoded(NamedTuple):
    """Text with the encoding that it was read in."""

    text: str
    encoding: str
    remarks: tuple[Finding, ...] = ()


def decode(data: bytes, name: str, *, encoding: str | None = None) -> Decoded:
    """Decode the bytes of a text file.

    Tried in this order: the encoding asked for; a byte order mark; strict UTF-8; GB18030, if most
    characters are common ones; what charset-normalizer finds.

    Parameters
    ----------
    data
        The file's bytes.
    name
        The file's name, for messages.
    encoding
        The encoding, if it is known.

    Raises
    ------
    InputError
        If the bytes are no text, or not in ``encoding``.

    Examples
    --------
    >>> decode("供应总量14000亩".encode("gbk"), "a.txt")[:2]
    ('供应总量14000亩', 'gb18030')
    """
    if encoding is not None:
        return _decode_as(data, name, encoding)
    for bom, codec in BOMS:
        if data.startswith(bom):
            return Decoded(_text(data.decode(codec, errors="replace"), name), codec)
    try:
        return Decoded(_text(data.decode("utf-8"), name), "utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:  # cut within its last character
            return Decoded(
                _text(data[: error.start].decode("utf-8"), name),
                "utf-8",
                (READING.finding("cut_off", "unknown", subject=name),),
            )
    return _guess(data, name)


def _decode_as(data: bytes, name: str, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding).removeprefix("\ufeff"), encoding.lower())
    except LookupError as error:
        raise InputError(
            f"没有名为“{encoding}”的编码；可用 utf-8、gb18030、utf-16、big5。",
            f"There is no encoding {encoding!r}; use utf-8, gb18030, utf-16 or big5.",
        ) from error
    except UnicodeError as error:
        raise InputError(
            f"{name} 不是 {encoding} 编码；请去掉编码设置，让程序自动识别。",
            f"{name} is not in {encoding}; leave the encoding out to have it detected.",
        ) from error


def _guess(data: bytes, name: str) -> Decoded:
    """Choose between the encodings that no mark tells apart."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        pass
    else:
        if _common_share(text) >= COMMON_SHARE and not BINARY.search(text):
            return Decoded(text, "gb18030")
    mended = data.decode("utf-8", errors="replace")
    if 0 < mended.count("\ufffd") <= len(mended) / 500:
        return Decoded(
            _text(mended.replace("\ufffd", "□"), name),
            "utf-8",
            (
                READING.finding(
                    "unreadable",
                    "unknown",
                    subject=name,
                    values={"count": mended.count("\ufffd")},
                ),
            ),
        )
    best = from_bytes(
        data[:SAMPLE_BYTES], cp_isolation=["gb18030", "big5hkscs", "utf_16_le", "utf_16_be"]
    ).best()
    if best is None:
        raise _no_text(name)
    text = _text(data.decode(best.encoding, errors="replace"), name)
    guess = READING.finding("guessed", "unknown", subject=name, values={"encoding": best.encoding})
    return Decoded(text, best.encoding.replace("_", "-"), (guess,))


def _common_share(text: str) -> float:
    """Share of the characters beyond ASCII that GB 2312 counts as common or as punctuation."""
    wide = [c for c in text[:SAMPLE_BYTES] if c > "\x7f"]
    codes = [c.encode("gb2312", errors="ignore")[:1] for c in wide]
    return sum(b"\xa1" <= c <= b"\xd7" for c in codes) / len(wide) if wide else 1.0


def _text(text: str, name: str) -> str:
    """Refuse what decodes but is no text."""
    if len(BINARY.findall(text)) > len(text) / 200:
        raise _no_text(name)
    return text


def _no_text(name: str) -> InputError:
    return InputError(
        f"{name} 的内容不是文本，也不是能识别的文档；"
        "请检查文件是否损坏，或另存为 docx、pdf 或 txt。",
        f"{name} holds neither text nor a known kind of document; "
        "check whether it is damaged, or save it anew as docx, pdf or txt.",
    )
