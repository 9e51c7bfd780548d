"""PDF to blocks: its characters and ruling lines, page by page, are read as any page's are."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pdfplumber
from pdfminer.pdftypes import resolve1
from tqdm import tqdm

from landgis.errors import InputError
from landgis.plan.documents.blocks import READING, Document
from landgis.plan.documents.containers import damaged, encrypted, too_large
from landgis.plan.documents.pages import Page, Ruled, in_order, read_page

MAX_PAGES = 1000
MIN_CONTENTS = 100  # bytes: an empty page has fewer
MAX_RULINGS = 20_000
MAX_CHARACTERS = 100_000
GARBLED_SHARE = 0.2


def read_pdf(data: bytes, name: str) -> Document:
    """Read the bytes of a PDF that holds text; the name is for messages.

    Raises
    ------
    InputError
        If the file is damaged or protected, holds only pictures of pages (扫描件), or has fonts
        whose characters cannot be told.
    """
    try:
        with _quiet():
            pages, blank = _read_pages(data, name)
    except InputError:
        raise
    except Exception as error:
        if "Password" in repr(error) or "Encryption" in repr(error):
            raise encrypted(name) from error
        raise damaged(name) from error
    remarks = (
        [READING.finding("blank", "unknown", subject=name, values={"pages": blank})]
        if blank
        else []
    )
    return Document(name=name, format="pdf", blocks=in_order(pages), remarks=tuple(remarks))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pdfminer's remarks about odd fonts from the reader's terminal."""
    logger = logging.getLogger("pdfminer")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _read_pages(data: bytes, name: str) -> tuple[list[Page], list[int]]:
    """Read all pages; those that hold something but no text are named apart."""
    pages: list[Page] = []
    blank: list[int] = []
    characters = garbled = 0
    with pdfplumber.open(BytesIO(data)) as document:
        if len(document.pages) > MAX_PAGES:
            raise too_large(
                name, f"有 {len(document.pages)} 页", f"has {len(document.pages)} pages"
            )
        for page in tqdm(document.pages, desc=name, unit="页", delay=2, disable=None):
            found = page.dedupe_chars().chars
            upright = [c for c in found if c["upright"]]
            if len(upright) > MAX_CHARACTERS:
                raise too_large(name, "有一页字数过多", "has a page with too many characters")
            inked = sum(not c["text"].isspace() for c in upright)
            characters += inked
            garbled += sum(c["text"].startswith(("(cid:", "\ufffd")) for c in upright)
            if not inked and (page.images or _is_unread(page)):
                blank.append(page.page_number)
            size = {"height": float(page.height), "width": float(page.width)}
            pages.append(read_page(upright, _ruled(page), number=page.page_number, **size))
            page.close()
    _refuse_unreadable(name, characters, garbled)
    return pages, blank


def _refuse_unreadable(name: str, characters: int, garbled: int) -> None:
    """Refuse a file of so many characters that has none, or too many that are no text."""
    if not characters:
        raise InputError(
            f"{name} 里没有文字，可能是扫描件；请先做文字识别（OCR），或换用 docx、txt 版本。",
            f"{name} holds no text and is probably scanned; run text recognition (OCR) on it "
            "first, or use a docx or txt version.",
        )
    if garbled > GARBLED_SHARE * characters:
        raise InputError(
            f"{name} 的字体没有文字编码，读出的是乱码；"
            "请先做文字识别（OCR），或换用 docx、txt 版本。",
            f"{name} has fonts without character codes and reads as garbage; run text recognition "
            "(OCR) on it, or use a docx or txt version.",
        )


def _is_unread(page: Any) -> bool:
    """Whether nothing comes of a page that is not empty: its contents are damaged."""
    written = sum(int(resolve1(s.attrs.get("Length", 0))) for s in page.page_obj.contents)
    return not page.objects and written > MIN_CONTENTS


def _ruled(page: Any) -> Iterator[Ruled]:
    """Find the tables of a page that ruling lines draw, unless it is a drawing of its own."""
    if len(page.rects) + len(page.lines) + len(page.curves) <= MAX_RULINGS:
        yield from (Ruled(table.bbox, table.cells) for table in page.find_tables())
