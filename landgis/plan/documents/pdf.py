"""PDF to blocks: lines flowed into paragraphs again, tables by their ruling lines.

A page knows no paragraphs. A line goes on with the one before if that one is full and this one
neither is indented nor begins like a heading; running heads, feet and page numbers are dropped; a
table cut by a page's end is joined where its header is repeated or its rows go on.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pdfplumber
from pdfminer.pdftypes import resolve1
from tqdm import tqdm

from landgis.errors import InputError
from landgis.plan.documents.blocks import READING, Block, Document, Paragraph, TableBlock
from landgis.plan.documents.containers import damaged, encrypted, too_large
from landgis.plan.documents.layout import BEGINS, join_lines, lay_out
from landgis.plan.documents.pdf_lines import Line, lines_of, middle_of
from landgis.plan.documents.pdf_tables import ruled_table, unruled_tables

MAX_PAGES = 1000
MIN_CONTENTS = 100  # bytes: an empty page has fewer
MAX_RULINGS = 20_000
MAX_CHARACTERS = 100_000
MARGIN_SHARE = 0.1
GARBLED_SHARE = 0.2

_PAGE_NUMBER = re.compile(
    r"[\s—–\-·_第共]*\d{1,4}\s*(?:页|/\s*\d{1,4}|[,，]?\s*共\s*\d+\s*页|\s)*[\s—–\-·_]*"
)


@dataclass
class _Page:
    """What one page holds: lines outside tables, and tables with the height where they stand."""

    height: float
    width: float
    lines: list[Line]
    tables: list[tuple[float, TableBlock]]


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
    _drop_margins(pages)
    remarks = (
        [READING.finding("blank", "unknown", subject=name, values={"pages": blank})]
        if blank
        else []
    )
    blocks = lay_out(_blocks(pages), pages=True)
    return Document(name=name, format="pdf", blocks=blocks, remarks=tuple(remarks))


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


def _read_pages(data: bytes, name: str) -> tuple[list[_Page], list[int]]:
    """Read all pages; those that hold something but no text are named apart."""
    pages: list[_Page] = []
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
            pages.append(_read_page(page, upright))
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


def _read_page(page: Any, characters: list[dict[str, Any]]) -> _Page:
    """Tell a page's tables from its lines."""
    found: list[tuple[float, TableBlock]] = []
    boxes = []
    rulings = len(page.rects) + len(page.lines) + len(page.curves)
    for table in page.find_tables() if rulings <= MAX_RULINGS else ():
        block = ruled_table(table.cells, characters, page.page_number, len(found) + 1)
        if block is not None:
            boxes.append(table.bbox)
            found.append((table.bbox[1], block))
    outside = [c for c in characters if not any(_is_within(c, box) for box in boxes)]
    lines = lines_of(outside, page.page_number)
    for first, block, run in unruled_tables(lines, len(found)):
        found.append((first.top, block))
        lines = [line for line in lines if line not in run]
    return _Page(float(page.height), float(page.width), lines, found)


def _is_within(character: dict[str, Any], box: Sequence[float]) -> bool:
    x, y = middle_of(character)
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _drop_margins(pages: list[_Page]) -> None:
    """Drop page numbers, and heads and feet that most pages repeat at the same height."""

    def key(line: Line) -> tuple[str, int]:
        return re.sub(r"\d+", "#", line.text), round(line.top / 4)

    def is_marginal(page: _Page, line: Line) -> bool:
        reach = MARGIN_SHARE * page.height
        return line.bottom < reach or line.top > page.height - reach

    seen = Counter(key(line) for p in pages for line in p.lines if is_marginal(p, line))
    often = max(2, (len(pages) + 1) // 2)
    for page in pages:
        page.lines = [
            line
            for line in page.lines
            if not (
                is_marginal(page, line)
                and (seen[key(line)] >= often or _PAGE_NUMBER.fullmatch(line.text))
            )
        ]


def _blocks(pages: list[_Page]) -> Iterator[Block]:
    """Give paragraphs and tables in reading order."""
    margins = {width: _margins(pages, width) for width in {page.width for page in pages}}
    open_lines: list[Line] = []
    for page in pages:
        left, right = margins[page.width]
        items = sorted(
            [(line.top, line) for line in page.lines] + list(page.tables), key=lambda i: i[0]
        )
        for _, item in items:
            if (
                isinstance(item, Line)
                and open_lines
                and _goes_on(open_lines[-1], item, left, right)
            ):
                open_lines.append(item)
                continue
            yield from _paragraph(open_lines)
            open_lines = []
            if isinstance(item, Line):
                open_lines = [item]
            else:
                yield item
    yield from _paragraph(open_lines)


def _margins(pages: list[_Page], width: float) -> tuple[float, float]:
    """Give where the lines of the pages of one width begin and end, but for single outliers."""
    lines = [line for page in pages if page.width == width for line in page.lines]
    begins = Counter(round(line.x0) for line in lines)
    ends = Counter(round(line.x1 / 4) * 4 for line in lines)
    left = min((x for x, n in begins.items() if n > 1), default=min(begins, default=0))
    right = max((x for x, n in ends.items() if n > 1), default=max(ends, default=0))
    return left, right


def _goes_on(last: Line, line: Line, left: float, right: float) -> bool:
    """Whether a line continues the paragraph of the one before."""
    em = max(last.size, 1.0)
    word = re.match(r"[\x21-\x7e]*", line.text)  # a number goes to the next line as a whole
    is_full = last.x1 + (len(word[0]) if word else 0) * em / 2 > right - 2.5 * em
    is_flush = line.x0 < left + 1.2 * em
    same_size = abs(last.size - line.size) < 0.6
    near = line.place.page != last.place.page or line.top - last.bottom < 2.5 * em
    return is_full and is_flush and same_size and near and not BEGINS.match(line.text)


def _paragraph(lines: list[Line]) -> Iterator[Block]:
    if lines:
        text = ""
        for line in lines:
            text = join_lines(text, line.text)
        yield Paragraph(text, lines[0].place)
