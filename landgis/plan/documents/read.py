"""A plan document (计划文件) of any kind → its paragraphs and tables, each with its place."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from os import PathLike
from pathlib import Path

from landgis.errors import InputError, MissingPackageError
from landgis.files.machine import find_office
from landgis.files.whole import note_input
from landgis.findings import Finding
from landgis.plan.documents.blocks import (
    READING,
    Block,
    Cell,
    Document,
    Paragraph,
    Place,
    TableBlock,
)
from landgis.plan.documents.flat import put_together
from landgis.plan.documents.html import read_html
from landgis.plan.documents.opening import (
    damaged,
    decode,
    encrypted,
    kind_of,
    too_large,
    unpacked_bytes,
)
from landgis.plan.documents.records import list_records
from landgis.plan.documents.text import read_text
from landgis.plan.documents.word import read_word
from landgis.plan.documents.worker import can_recognise, read_apart

__all__ = [
    "Block",
    "Cell",
    "Document",
    "Paragraph",
    "Place",
    "TableBlock",
    "read_blocks",
]

MAX_BYTES = 100 * 2**20
CONVERT_SECONDS = 120
LIGHT_BYTES = 2 * 2**20  # of text with tags: no larger one needs a process of its own

_READABLE = ("txt", "html", "docx", "pdf", "ofd", "xlsx", "xls", "image")
_SUFFIXES = {
    ".htm": "html",
    ".html": "html",
    ".shtml": "html",
    ".docx": "docx",
    ".docm": "docx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xls",
    ".et": "xls",
    ".pdf": "pdf",
    ".ofd": "ofd",
    ".doc": "doc",
    ".wps": "doc",
}
_ADVICE = {
    "doc": ("是旧版 Word 文件", "is an old Word file", "docx"),
    "rtf": ("是 RTF 文件", "is an RTF file", "docx"),
    "ole": ("是旧版 Office 文件", "is an old Office file", "docx"),
    "odf": ("是 OpenDocument 文件", "is an OpenDocument file", "docx"),
    "office-xml": ("是 2003 版 Office XML 文件", "is an Office 2003 XML file", "docx"),
    "xlsb": ("是二进制工作簿", "is a binary workbook", "xlsx"),
    "ppt": ("是演示文稿", "is a presentation", "pdf"),
    "archive": ("是压缩包", "is an archive", ""),
}
_CONVERTIBLE = {"doc", "rtf", "odf"}
_CONVERTIBLE_SUFFIXES = {".doc", ".wps", ".rtf", ".odt"}
CHECKED_BYTES = 64_000


def read_blocks(path: str | PathLike[str], *, encoding: str | None = None) -> Document:
    """Read a document into paragraphs and tables, in its order.

    The content decides how the file is read, whatever its name says: text (UTF-8, GB18030,
    UTF-16, Big5; Markdown too), docx, PDF, OFD, HTML, xlsx, xls; a csv is told by its name. An old
    .doc, .wps, .rtf or .odt is converted where LibreOffice is installed; pictures and scanned pages
    are recognised where the extra ``ocr`` is. Tables that copying has flattened are put together
    again where that is certain.

    Parameters
    ----------
    path
        The file. It is only read.
    encoding
        Encoding of a text or HTML file, if it is known; otherwise it is detected.

    Returns
    -------
    Document
        Never empty.

    Raises
    ------
    InputError
        If there is no such file, or it cannot be read: what it is, and what to do.
    MissingPackageError
        If it holds only pictures and the extra ``ocr`` is not installed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "plan.txt")
    ...     _ = file.write_bytes("供应总量控制在100亩以内。".encode("gb18030"))
    ...     document = read_blocks(file)
    >>> document.encoding, document.text, str(document.blocks[0].place)
    ('gb18030', '供应总量控制在100亩以内。', '第1行')
    """
    path = Path(path)
    note_input(path)
    data = _read_bytes(path)
    kind = kind_of(data, path.name)
    if kind == "encrypted":
        raise encrypted(path.name)
    remarks = _belied(path, data, kind)
    if kind not in _READABLE:
        data, kind = _convert(data, path, kind), "docx"
        remarks += (READING.finding("converted", "note", subject=path.name),)
    document = _read(data, path.name, kind, encoding)
    if document.pictures:
        document = _recognised(document, data)
    if not document.blocks:
        raise InputError(
            f"{path.name} 里没有文字；请检查是否选对了文件。",
            f"{path.name} holds no text; check whether it is the right file.",
        )
    blocks, found = put_together(list_records(document.blocks), path.name)
    return replace(document, blocks=blocks, remarks=(*remarks, *document.remarks, *found))


def _read(data: bytes, name: str, kind: str, encoding: str | None) -> Document:
    """Read a file by the reader of its kind: what could run away, in a process of its own."""
    if kind == "image":
        return Document(name=name, format="image", pictures=(0,))
    if kind == "txt":
        return read_text(data, name, encoding=encoding)
    if kind == "html" and len(data) <= LIGHT_BYTES:
        return read_html(data, name, encoding=encoding)
    if kind == "docx" and unpacked_bytes(data, name) <= LIGHT_BYTES:
        return read_word(data, name)
    return read_apart(data, name, kind, encoding=encoding)


def _recognised(document: Document, data: bytes) -> Document:
    """Recognise the words of a document's pictures, where the extra for it is installed.

    Raises
    ------
    MissingPackageError
        If it is not, and the document has no other words.
    """
    name, pages = document.name, list(document.pictures)
    if document.format == "ofd" or not can_recognise():
        if document.blocks:
            remark = READING.finding("blank", "unknown", subject=name, values={"pages": pages})
            return replace(document, remarks=(*document.remarks, remark))
        if document.format == "ofd":
            raise InputError(
                f"{name} 里没有文字，只有图像；请另存（打印）为 PDF 再试。",
                f"{name} holds pictures and no words; save or print it as PDF and try again.",
            )
        raise MissingPackageError(
            f"{name} 没有可读的文字，是扫描件、图像或字体没有编码；要识别其中的文字，"
            "请安装 OCR：pip install landgis[ocr]，或换用 docx、txt 版本。",
            f"{name} has no legible text: it is scanned, a picture, or has fonts without codes; to "
            "have its words recognised, install OCR: pip install landgis[ocr], or use a docx or "
            "txt version.",
        )
    read = read_apart(data, name, "ocr", pages=tuple(page for page in document.pictures if page))
    blocks = sorted((*document.blocks, *read.blocks), key=lambda block: block.place.page)
    return replace(document, blocks=tuple(blocks), remarks=(*document.remarks, *read.remarks))


def _read_bytes(path: Path) -> bytes:
    """Read a file that exists, is a file, is not empty, and is not enormous."""
    try:
        if path.is_dir():
            raise InputError(
                f"{path} 是文件夹；请指明其中的计划文件。",
                f"{path} is a folder; name the plan document in it.",
            )
        if path.exists() and not path.is_file():  # a device has no end
            raise InputError(
                f"{path} 不是普通文件；请指明计划文件。",
                f"{path} is no ordinary file; name the plan document.",
            )
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise too_large(path.name, f"有 {size >> 20} MB", f"has {size >> 20} MB")
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(
            f"文件不存在：{path}；请检查路径和文件名。",
            f"No such file: {path}; check the path and the name.",
        ) from error
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"无法打开 {path}；请检查权限，或该文件是否被其他程序占用。",
            f"Cannot open {path}; check its permissions and whether another program holds it.",
        ) from error
    if not data.strip(b"\x00\t\r\n "):
        raise InputError(
            f"{path.name} 是空文件；请检查是否下载或复制完整。",
            f"{path.name} is empty; check whether it was downloaded or copied completely.",
        )
    return data


def _belied(path: Path, data: bytes, kind: str) -> tuple[Finding, ...]:
    """Remark a name that belies the content; refuse noise with the name of a document."""
    named = _SUFFIXES.get(path.suffix.lower(), "txt")
    if named in (kind, "txt"):
        return ()
    if kind == "txt" and named != "html" and not _is_chinese(data, path.name):
        raise damaged(path.name)
    return (
        READING.finding(
            "belied",
            "note",
            subject=path.name,
            values={"suffix": path.suffix, "format": kind},
        ),
    )


def _is_chinese(data: bytes, name: str) -> bool:
    """Whether bytes without any mark of a format are Chinese text."""
    try:
        text = decode(data[:CHECKED_BYTES], name).text
    except InputError:
        return False
    return bool(re.search(r"[\u4e00-\u9fff]{4}", text))


def _convert(data: bytes, path: Path, kind: str) -> bytes:
    """Convert an old document to docx with LibreOffice, or say how to do it by hand."""
    office = find_office()
    if kind not in _CONVERTIBLE or office is None:
        raise _unreadable(path.name, kind, why="missing" if kind in _CONVERTIBLE else "")
    suffix = path.suffix.lower() if path.suffix.lower() in _CONVERTIBLE_SUFFIXES else f".{kind}"
    with tempfile.TemporaryDirectory(prefix="landgis-", ignore_cleanup_errors=True) as folder:
        source = Path(folder, f"document{suffix}")
        source.write_bytes(data)
        command = [
            office,
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--convert-to",
            "docx",
            "--outdir",
            str(Path(folder, "out")),
            str(source),
        ]
        try:
            _run(command)
            return Path(folder, "out", "document.docx").read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            late = isinstance(error, subprocess.TimeoutExpired)
            raise _unreadable(path.name, kind, why="late" if late else "broken") from error


def _run(command: list[str]) -> None:
    """Run a program that starts others, and end them all when it takes too long."""
    nowhere = "http://127.0.0.1:9"  # what a document links to is not fetched
    process = subprocess.Popen(  # noqa: S603 - no shell, and no word comes from the document
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "http_proxy": nowhere, "https_proxy": nowhere},
    )
    try:
        process.wait(CONVERT_SECONDS)
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            taskkill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(taskkill, check=False, capture_output=True)  # noqa: S603
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


_CONVERSION = {
    "": ("", ""),
    "missing": (
        "；装有 LibreOffice 时会自动转换，本机没有找到",
        "; where LibreOffice is installed it is converted by itself, but none was found here",
    ),
    "late": (
        f"；LibreOffice 在 {CONVERT_SECONDS} 秒内未能转换完",
        f"; LibreOffice did not convert it within {CONVERT_SECONDS} seconds",
    ),
    "broken": (
        "；LibreOffice 未能转换它，文件可能已损坏或设有密码",
        "; LibreOffice could not convert it: it may be damaged or have a password",
    ),
}


def _unreadable(name: str, kind: str, *, why: str = "") -> InputError:
    """Say what a file is and how to make it readable."""
    zh, en, target = _ADVICE[kind]
    if target:
        return InputError(
            f"{name} {zh}，不能直接读取；请用 Word 或 WPS 打开，另存为 {target} 后再试"
            f"{_CONVERSION[why][0]}。",
            f"{name} {en} and cannot be read as it is; open it in Word or WPS, save it as "
            f"{target}, and try again{_CONVERSION[why][1]}.",
        )
    return InputError(
        f"{name} {zh}，不是计划文件；请先解压，再指明其中的文件。",
        f"{name} {en}, not a plan document; unpack it and name the file in it.",
    )
