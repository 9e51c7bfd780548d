"""Reading in a process of its own, which can be ended.

A damaged or hostile file can keep a parser busy without end, eat all memory, or crash a compiled
one. So the parsers of such formats run in a process with a limit on its own computing time and
memory; whatever happens to it, the one that asked gets a document or an error. This module is both
sides: `read_apart` starts the process, which is this file run as a program. The document comes
back as JSON, as nothing that a hostile file has touched should be unpickled.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, astuple
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a program, whose folder is not on the path (-P)
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from landgis.errors import InputError
from landgis.findings import Finding
from landgis.plan.documents.blocks import Block, Cell, Document, Paragraph, Place, TableBlock
from landgis.plan.documents.opening import damaged

SECONDS, SECONDS_PER_MB = 10.0, 60.0  # of computing, not of waiting
OCR_SECONDS_PER_PAGE = 120.0
BYTES, BYTES_PER_BYTE = 400 * 2**20, 4
OCR_BYTES = 3 * 2**30
PATIENCE = 10  # times the computing time that a busy machine may take for it
WATCH_SECONDS = 0.02
EXHAUSTED = 75  # exit code
READERS = {
    "docx": ("word", "read_word"),
    "html": ("html", "read_html"),
    "ocr": ("ocr", "read_pictures"),
    "ofd": ("ofd", "read_ofd"),
    "pdf": ("pages", "read_pdf"),
    "xls": ("sheets", "read_xls"),
    "xlsx": ("sheets", "read_xlsx"),
}
LOUD = ("pdf", "ofd", "ocr")  # show their progress, and have no compiled parser that complains


def read_apart(
    data: bytes, name: str, kind: str, *, pages: tuple[int, ...] = (), encoding: str | None = None
) -> Document:
    """Read a document in a process of its own.

    Parameters
    ----------
    data, name
        The file's bytes and its name, for messages.
    kind
        As of `landgis.plan.documents.opening.kind_of`; "ocr" to recognise the words in a
        picture or in ``pages`` of a PDF.

    Raises
    ------
    InputError
        If the reader refuses the file, crashes, or needs more time or memory than any plan does.
    """
    seconds = SECONDS + SECONDS_PER_MB * len(data) / 2**20
    if kind == "ocr":
        seconds += OCR_SECONDS_PER_PAGE * max(1, len(pages))
    asked = {"name": name, "kind": kind, "pages": pages, "encoding": encoding, "seconds": seconds}
    asked["bytes"] = OCR_BYTES if kind == "ocr" else BYTES + BYTES_PER_BYTE * len(data)
    try:
        answer = subprocess.run(  # noqa: S603 - no shell; the file goes in by standard input
            [sys.executable, "-P", str(Path(__file__))],
            input=json.dumps(asked).encode() + b"\n" + data,
            stdout=subprocess.PIPE,
            stderr=None if kind in LOUD and sys.stderr.isatty() else subprocess.DEVNULL,
            timeout=PATIENCE * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _exhausting(name) from error
    if answer.returncode == EXHAUSTED:
        raise _exhausting(name)
    try:
        told = json.loads(answer.stdout)
    except ValueError as error:
        raise damaged(name) from error
    if "error" in told:
        raise InputError(*told["error"])
    return document_from(told)


def can_recognise() -> bool:
    """Whether the packages of the extra ``ocr``, which recognise words, are installed."""
    return all(find_spec(package) for package in ("rapidocr", "onnxruntime", "cv2"))


def _exhausting(name: str) -> InputError:
    return InputError(
        f"{name} 读取所需的时间或内存远超一份计划，可能已损坏或被人做过手脚，已停止读取；"
        "请打开后另存（或打印）为新文件再试。",
        f"{name} needs far more time or memory than a plan does and may be damaged or tampered "
        "with, and was not read; open it, save or print it as a new file, and try again.",
    )


# --- documents as JSON -----------------------------------------------------------------------


def as_json(document: Document) -> dict[str, Any]:
    """Give a document as what JSON can hold.

    Examples
    --------
    >>> document = Document(name="a.pdf", format="pdf", blocks=(Paragraph("甲", Place(page=1)),))
    >>> document_from(json.loads(json.dumps(as_json(document)))) == document
    True
    """
    return {
        "name": document.name,
        "format": document.format,
        "encoding": document.encoding,
        "pictures": document.pictures,
        "remarks": [asdict(remark) for remark in document.remarks],
        "blocks": [
            {"words": astuple(block)}
            if isinstance(block, Paragraph)
            else {
                "caption": block.caption,
                "place": astuple(block.place),
                "rows": [[astuple(cell) for cell in row] for row in block.rows],
            }
            for block in document.blocks
        ],
    }


def document_from(told: Mapping[str, Any]) -> Document:
    """Make a document of what `as_json` gave."""
    remarks = [Finding(**{**r, "members": tuple(r["members"])}) for r in told["remarks"]]
    return Document(
        name=told["name"],
        format=told["format"],
        encoding=told["encoding"],
        pictures=tuple(told["pictures"]),
        remarks=tuple(remarks),
        blocks=tuple(map(_block, told["blocks"])),
    )


def _block(told: Mapping[str, Any]) -> Block:
    if "words" in told:
        text, place, *more = told["words"]
        return Paragraph(text, Place.of(place), *more)
    rows = tuple(
        tuple(Cell(text, Place.of(place), *more) for text, place, *more in row)
        for row in told["rows"]
    )
    return TableBlock(rows, told["caption"], Place.of(told["place"]))


# --- the process ------------------------------------------------------------------------------


def main() -> None:
    """Read what standard input asks for; write the document, or the error, as JSON."""
    head, _, data = sys.stdin.buffer.read().partition(b"\n")
    asked = json.loads(head)
    _limit(asked["seconds"], asked["bytes"])
    try:
        told = as_json(_read(data, asked))
    except InputError as error:
        told = {"error": (error.zh, error.en)}
    except MemoryError:
        os._exit(EXHAUSTED)
    except BaseException:  # noqa: BLE001 - a panic of a compiled parser is no Exception
        broken = damaged(asked["name"])
        told = {"error": (broken.zh, broken.en)}
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)  # a parser's threads are not waited for


def _read(data: bytes, asked: Mapping[str, Any]) -> Document:
    """Read by the reader of its kind; the large libraries of the others are not loaded."""
    kind, name = asked["kind"], asked["name"]
    module, function = READERS[kind]
    reader = getattr(import_module(f"landgis.plan.documents.{module}"), function)
    told = {"html": {"encoding": asked["encoding"]}, "ocr": {"pages": asked["pages"]}}
    document: Document = reader(data, name, **told.get(kind, {}))
    return document


def _limit(seconds: float, most: int) -> None:
    """End this process when it has computed too long or holds too much memory."""
    try:
        import resource  # noqa: PLC0415 - Unix only
    except ImportError:
        pass
    else:
        with suppress(ValueError, OSError):  # a system that knows the limit but does not set it
            # a single enormous allocation is refused before the watch sees it
            resource.setrlimit(resource.RLIMIT_AS, (most + 2 * 2**30, most + 2 * 2**30))

    def watch() -> None:
        while time.process_time() < seconds and _held() < most:
            time.sleep(WATCH_SECONDS)
        os._exit(EXHAUSTED)

    threading.Thread(target=watch, daemon=True).start()


def _held() -> int:
    """Bytes of memory that this process holds now; on macOS, the most that it has held."""
    if sys.platform == "linux":
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415
        from ctypes import wintypes  # noqa: PLC0415

        class Counters(ctypes.Structure):
            _fields_ = (
                ("cb", wintypes.DWORD),
                ("faults", wintypes.DWORD),
                *((f"size{i}", ctypes.c_size_t) for i in range(8)),  # the second is held now
            )

        counters = Counters()
        counters.cb = ctypes.sizeof(counters)
        kernel = ctypes.windll.kernel32
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        kernel.K32GetProcessMemoryInfo.argtypes = (
            wintypes.HANDLE,
            ctypes.POINTER(Counters),
            wintypes.DWORD,
        )
        told = kernel.K32GetProcessMemoryInfo(
            kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb
        )
        return int(counters.size1) if told else 0
    import resource  # noqa: PLC0415

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
