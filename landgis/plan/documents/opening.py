"""What a file really is, told by its content, whether it is safe to open, and what its text is.

Names deceive: a .doc is often a docx, an .xls often a web page. And a small archive may unpack to
gigabytes, an XML part may define entities that grow without end: both are refused here, before
any library opens the file. Archives and encodings are judged as those of layers are.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import NamedTuple

from charset_normalizer import from_bytes

from landgis.errors import InputError
from landgis.files.archives import Limits, declares_entities, pieces, refuse_bomb
from landgis.files.encoding import commonness, decode_text, marked
from landgis.findings import Finding
from landgis.plan.documents.blocks import READING

MAX_TEXT_BYTES = 20 * 2**20
MAX_CELLS = 500_000
LIMITS = Limits(256 * 2**20, 200, 16 * 2**20)
SAMPLE_BYTES = 64_000
COMMON_SHARE = 0.7
BINARY = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f\ufffd\ue000-\uf8ff]")

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
)
_ZIP_MEMBERS = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "xlsb"),
    ("ppt/presentation.xml", "ppt"),
    ("OFD.xml", "ofd"),
    ("content.xml", "odf"),
)
_OTHER_STARTS = (
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"RIFF", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
)
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|table|div|p|meta)[\s>]", re.IGNORECASE)
_OFFICE_XML = re.compile(
    rb"urn:schemas-microsoft-com:office:spreadsheet|schemas.microsoft.com/office/word/2003"
)
_HEAD_BYTES = 4096


def kind_of(data: bytes, name: str) -> str:
    """Tell the kind of a file from its content.

    Parameters
    ----------
    data
        All its bytes.
    name
        Its name, for messages.

    Returns
    -------
    str
        "txt", "docx", "pdf", "ofd", "html", "xlsx", "xls", "image", or what cannot be read as it
        is: "doc", "rtf", "odf", "ppt", "xlsb", "office-xml", "encrypted", "archive". Whatever
        bears no mark is "txt".

    Examples
    --------
    >>> kind_of(b"%PDF-1.7 ...", "a.doc"), kind_of("<html><p>计划</p>".encode(), "a.xls")
    ('pdf', 'html')
    """
    head = data[:_HEAD_BYTES]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_OLE):
        return next((k for s, k in _OLE_STREAMS if s.encode("utf-16-le") in data), "ole")
    if head.startswith(b"PK"):
        names = set(_open_zip(data, name).namelist())
        return next((kind for member, kind in _ZIP_MEMBERS if member in names), "archive")
    for start, kind in _OTHER_STARTS:
        if head.startswith(start):
            return kind
    if _OFFICE_XML.search(head):
        return "office-xml"
    squeezed = head.replace(b"\x00", b"")  # UTF-16
    return "html" if _HTML.search(squeezed) else "txt"


def open_package(data: bytes, name: str) -> zipfile.ZipFile:
    """Open a docx, xlsx or OFD, refusing one that unpacks to too much or defines XML entities.

    Parameters
    ----------
    data
        The file's bytes.
    name
        Its name, for messages.

    Raises
    ------
    InputError
        If the archive is cut off or damaged, needs a password, unpacks to more than `LIMITS`
        allow, or if one of its XML parts has a document type definition.
    """
    package = _open_zip(data, name)
    refuse_bomb(package, name, len(data), limits=LIMITS)
    members = package.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise encrypted(name)
    try:
        declared = [
            declares_entities(pieces(package, member)) for member in members if _is_xml(member)
        ]
        sound = package.testzip() is None
    except Exception as error:  # zlib.error and lzma.LZMAError share no base
        raise damaged(name) from error
    if not sound:
        raise damaged(name)
    if any(declared):
        raise InputError(
            f"{name} 内含实体定义，正常的 Office 文件没有，为安全起见不予打开；"
            "请用 Office 或 WPS 打开后另存一份。",
            f"{name} defines XML entities, which no honest Office file does, and is "
            "not opened; open it in Office or WPS and save it anew.",
        )
    return package


def _is_xml(member: zipfile.ZipInfo) -> bool:
    return member.filename.lower().endswith((".xml", ".rels", ".vml"))


def unpacked_bytes(data: bytes, name: str) -> int:
    """Give how much a docx, xlsx or OFD says that it unpacks to.

    Raises
    ------
    InputError
        If it is damaged.
    """
    return sum(member.file_size for member in _open_zip(data, name).infolist())


def _open_zip(data: bytes, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(BytesIO(data))
    except Exception as error:  # a broken directory raises much more than BadZipFile
        raise damaged(name) from error


def damaged(name: str) -> InputError:
    """Say that a file is cut off or damaged."""
    return InputError(
        f"{name} 不完整或已损坏，无法打开；请重新下载或复制，或在 Office、WPS 中修复后另存。",
        f"{name} is cut off or damaged and cannot be opened; "
        "download or copy it again, or repair it in Office or WPS and save it anew.",
    )


def encrypted(name: str) -> InputError:
    """Say that a file needs a password."""
    return InputError(
        f"{name} 有密码保护，无法读取；请取消密码后另存再试。",
        f"{name} is protected by a password; save it without one and try again.",
    )


def too_large(name: str, zh: str, en: str) -> InputError:
    """Say that a file holds more than a plan does."""
    return InputError(
        f"{name} {zh}，超出计划文件的合理范围；请只保留计划正文和附表后再试。",
        f"{name} {en}, more than a plan document holds; "
        "keep only the plan and its annexed tables and try again.",
    )


def refuse_long_text(data: bytes, name: str) -> None:
    """Refuse text that no plan is as long as.

    Raises
    ------
    InputError
        If there are more than `MAX_TEXT_BYTES`.
    """
    if len(data) > MAX_TEXT_BYTES:
        raise too_large(name, f"有 {len(data) >> 20} MB 文字", f"has {len(data) >> 20} MB of text")


def refuse_large_tables(cells: int, name: str) -> None:
    """Refuse a document whose tables have so many cells.

    Raises
    ------
    InputError
        If there are more than `MAX_CELLS`.
    """
    if cells > MAX_CELLS:
        raise too_large(
            name, f"的表格超过 {MAX_CELLS} 格", f"has more than {MAX_CELLS} table cells"
        )


class Decoded(NamedTuple):
    """Text with the encoding that it was read in."""

    text: str
    encoding: str
    remarks: tuple[Finding, ...] = ()


def decode(data: bytes, name: str, *, encoding: str | None = None) -> Decoded:
    """Decode the bytes of a text file: as layers are, and where that fails, as well as it goes.

    A last character that is cut off and single bytes that are wrong are remarked; so is an
    encoding that is a guess (Big5, UTF-16 without a mark).

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
    try:
        text, used = decode_text(data, name=name, encoding=encoding)
    except InputError:
        if encoding is not None:
            raise
        return _as_well_as_it_goes(data, name)
    used = used.lower()
    if encoding is not None:
        return Decoded(text, used)
    if used == "big5":
        return Decoded(_text(text, name), used, (_guessed(name, used),))
    sample = data[:SAMPLE_BYTES]
    common = used != "gb18030" or commonness([sample], "gbk") >= COMMON_SHARE
    if not common or (used == "gb18030" and BINARY.search(text)):
        return _as_well_as_it_goes(data, name)
    return Decoded(_text(text, name), used)


def _as_well_as_it_goes(data: bytes, name: str) -> Decoded:
    """Decode what no encoding fits in every byte."""
    if codec := marked(data):
        return Decoded(_text(data.decode(codec, errors="replace"), name), codec.lower())
    mended = data.decode("utf-8-sig", errors="replace")
    wrong = mended.count("\ufffd")
    if wrong == 1 and mended.endswith("\ufffd"):
        cut = READING.finding("cut_off", "unknown", subject=name)
        return Decoded(_text(mended[:-1], name), "utf-8", (cut,))
    if 0 < wrong <= len(mended) / 500:
        told = READING.finding("unreadable", "unknown", subject=name, values={"count": wrong})
        return Decoded(_text(mended.replace("\ufffd", "□"), name), "utf-8", (told,))
    codecs = ["gb18030", "big5hkscs", "utf_16_le", "utf_16_be"]
    best = from_bytes(data[:SAMPLE_BYTES], cp_isolation=codecs).best()
    if best is None:
        raise _no_text(name)
    text = _text(data.decode(best.encoding, errors="replace"), name)
    used = best.encoding.replace("_", "-")
    return Decoded(text, used, (_guessed(name, used),))


def _guessed(name: str, encoding: str) -> Finding:
    return READING.finding("guessed", "unknown", subject=name, values={"encoding": encoding})


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
