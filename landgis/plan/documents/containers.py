"""What a file really is, told by its content, and whether it is safe to open.

Names deceive: a .doc is often a docx, an .xls often a web page. And a small archive may unpack to
gigabytes, an XML part may define entities that grow without end: both are refused here, before
any library opens the file.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from landgis.errors import InputError

MAX_TEXT_BYTES = 20 * 2**20
MAX_CELLS = 500_000
MAX_UNPACKED_BYTES = 256 * 2**20
MAX_RATIO = 200
RATIO_MATTERS_BYTES = 16 * 2**20
MAX_MEMBERS = 20_000

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
        If the archive is cut off or damaged, needs a password, unpacks to more than
        `MAX_UNPACKED_BYTES` or is packed tighter than any honest document, or if one of its XML
        parts has a document type definition.
    """
    package = _open_zip(data, name)
    members = package.infolist()
    if len(members) > MAX_MEMBERS:
        raise _bomb(name)
    unpacked = 0
    for member in members:
        if member.flag_bits & 1:
            raise encrypted(name)
        is_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
        try:
            unpacked = _read_through(package, member, unpacked, name, is_xml=is_xml)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise damaged(name) from error
        except Exception as error:  # zlib.error and lzma.LZMAError share no base
            raise damaged(name) from error
        if unpacked > RATIO_MATTERS_BYTES and unpacked > MAX_RATIO * len(data):
            raise _bomb(name)
    return package


def unpacked_bytes(data: bytes, name: str) -> int:
    """Give how much a docx, xlsx or OFD says that it unpacks to.

    Raises
    ------
    InputError
        If it is damaged.
    """
    return sum(member.file_size for member in _open_zip(data, name).infolist())


def _read_through(
    package: zipfile.ZipFile, member: zipfile.ZipInfo, unpacked: int, name: str, *, is_xml: bool
) -> int:
    """Unpack a member piece by piece, whatever size it declares; give the sum so far."""
    tail = b""
    with package.open(member) as stream:
        while piece := stream.read(1 << 20):
            unpacked += len(piece)
            if unpacked > MAX_UNPACKED_BYTES:
                raise _bomb(name)
            if is_xml:
                window = (tail + piece).replace(b"\x00", b"")
                if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                    raise InputError(
                        f"{name} 内含实体定义，正常的 Office 文件没有，为安全起见不予打开；"
                        "请用 Office 或 WPS 打开后另存一份。",
                        f"{name} defines XML entities, which no honest Office file does, and is "
                        "not opened; open it in Office or WPS and save it anew.",
                    )
                tail = piece[-32:]
    return unpacked


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


def _bomb(name: str) -> InputError:
    return InputError(
        f"{name} 解压后体积异常，疑似压缩炸弹，不予打开；请用 Office 或 WPS 打开后另存一份。",
        f"{name} unpacks to an abnormal size, as archive bombs do, and is not opened; "
        "open it in Office or WPS and save it anew.",
    )
