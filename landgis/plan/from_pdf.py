"""PDF to blocks: lines flowed into paragraphs again, tables by their ruling lines.

A page knows no paragraphs. A line goes on with the one before if that one is full and this one
neither is indented nor begins like a heading; running heads, feet and page numbers are dropped; a
table cut by a page's end is joined where its header is repeated or its rows go on.
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, NamedTuple

import pdfplumber
from tqdm import tqdm

from landgis.errors import InputError
from landgis.plan.blocks import Block, Cell, Document, Paragraph, Place, Remark, TableBlock
from landgis.plan.containers import damaged, encrypted, too_large
from landgis.plan.layout import BEGINS, clean_text, join_lines, lay_out

MAX_PAGES = 1000
MAX_RULINGS = 20_000
MAX_CHARACTERS = 100_000
MARGIN_SHARE = 0.1
SNAP = 3.0
GARBLED_SHARE = 0.2
LATIN_GAP = 0.15  # of the size of the font
WIDE_GAP = 0.5
COLUMN_GAP = 1.0
ROW_GAP = 2.5
FIGURE = re.compile(r"[\d.,，]+%?")

_PAGE_NUMBER = re.compile(
    r"[\s—–\-·_第共]*\d{1,4}\s*(?:页|/\s*\d{1,4}|[,，]?\s*共\s*\d+\s*页|\s)*[\s—–\-·_]*"
)


class Part(NamedTuple):
    """Words of a line between two wide gaps, from ``x0`` to ``x1``."""

    text: str
    x0: float
    x1: float


class Line(NamedTuple):
    """A line of text on a page, in points from the page's top left."""

    text: str
    place: Place
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    parts: tuple[Part, ...]


@dataclass
class _Page:
    """What one page holds: lines outside tables, and tables with the height where they stand."""

    height: float
    width: float
    lines: list[Line]
    tables: list[tuple[float, TableBlock]]


def read_pdf(data: bytes, name: str, *, encoding: str | None = None) -> Document:  # noqa: ARG001
    """Read a PDF that holds text.

    Parameters
    ----------
    data
        The file's bytes.
    name
        Its name.
    encoding
        Of no use here: a PDF says itself how it is encoded.

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
    remarks = []
    if blank:
        shown = "、".join(map(str, blank))
        remarks.append(
            Remark(
                f"第 {shown} 页没有文字，可能是扫描图像，没有读取。",
                f"Pages without text, perhaps scanned, were not read: {shown}.",
            )
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
    """Read all pages; those that have pictures but no text are named apart."""
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
            if not inked and page.images:
                blank.append(page.page_number)
            pages.append(_read_page(page, upright))
            page.close()
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
    return pages, blank


def _read_page(page: Any, characters: list[dict[str, Any]]) -> _Page:
    """Tell a page's tables from its lines."""
    found: list[tuple[float, TableBlock]] = []
    boxes = []
    rulings = len(page.rects) + len(page.lines) + len(page.curves)
    for table in page.find_tables() if rulings <= MAX_RULINGS else ():
        block = _table(table.cells, characters, page.page_number, len(found) + 1)
        if block is not None:
            boxes.append(table.bbox)
            found.append((table.bbox[1], block))
    outside = [c for c in characters if not any(_is_within(c, box) for box in boxes)]
    lines = _lines(outside, page.page_number)
    for first, block, run in _unruled(lines, len(found)):
        found.append((first.top, block))
        lines = [line for line in lines if line not in run]
    return _Page(float(page.height), float(page.width), lines, found)


def _is_within(character: dict[str, Any], box: Sequence[float]) -> bool:
    x, y = _middle(character)
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _middle(character: dict[str, Any]) -> tuple[float, float]:
    return (
        (character["x0"] + character["x1"]) / 2,
        (character["top"] + character["bottom"]) / 2,
    )


def _edges(values: Iterable[float]) -> list[float]:
    """Give the ruling lines' positions, those closer than `SNAP` as one."""
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > SNAP:
            edges.append(value)
    return edges


def _table(
    boxes: Sequence[Sequence[float]], characters: list[dict[str, Any]], page: int, number: int
) -> TableBlock | None:
    """Lay out the cells that ruling lines enclose; None where they are no grid."""
    columns = _edges(x for box in boxes for x in (box[0], box[2]))
    rows = _edges(y for box in boxes for y in (box[1], box[3]))
    if len(columns) < 3 or len(boxes) < 2:
        return None
    owner: dict[tuple[int, int], int] = {}
    corner: dict[int, tuple[int, int]] = {}
    for i, (x0, top, x1, bottom) in enumerate(boxes):
        left, right = _slot(columns, x0), max(_slot(columns, x0) + 1, _slot(columns, x1))
        upper, lower = _slot(rows, top), max(_slot(rows, top) + 1, _slot(rows, bottom))
        corner[i] = (upper, left)
        for r in range(upper, lower):
            owner |= {(r, c): i for c in range(left, right)}
    texts: dict[int, list[dict[str, Any]]] = {}
    for character in characters:
        x, y = _middle(character)
        place = (bisect_right(rows, y) - 1, bisect_right(columns, x) - 1)
        if place in owner:
            texts.setdefault(owner[place], []).append(character)
    words = {i: _cell_text(found) for i, found in texts.items()}
    return TableBlock(
        tuple(
            tuple(
                Cell(
                    words.get(owner.get((r, c), -1), ""),
                    Place(page=page, table=number, row=r + 1, column=c + 1),
                    repeated=(r, c) in owner and corner[owner[r, c]] != (r, c),
                )
                for c in range(len(columns) - 1)
            )
            for r in range(len(rows) - 1)
        ),
        "",
        Place(page=page, table=number),
    )


def _slot(edges: list[float], value: float) -> int:
    """Find the ruling line at a position."""
    return max(0, bisect_right(edges, value + SNAP) - 1)


def _cell_text(characters: list[dict[str, Any]]) -> str:
    """Join the lines of a cell, which a narrow column breaks anywhere."""
    text = ""
    for row in _rows(characters):
        text = join_lines(text, _row_text(row))
    return clean_text(text)


def _rows(characters: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Gather characters that stand side by side, whatever the heights of their fonts."""
    rows: list[list[dict[str, Any]]] = []
    for character in sorted(characters, key=lambda c: (c["top"] + c["bottom"], c["x0"])):
        if rows and any(_side_by_side(c, character) for c in rows[-1][-8:]):
            rows[-1].append(character)
        else:
            rows.append([character])
    return [sorted(row, key=lambda c: float(c["x0"])) for row in rows]


def _side_by_side(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether one character's middle is at the height of the other, as that of ² in hm² is."""
    return bool(
        one["top"] < _middle(other)[1] < one["bottom"]
        or other["top"] < _middle(one)[1] < other["bottom"]
    )


def _row_text(row: list[dict[str, Any]]) -> str:
    """Write a row's characters, with spaces where there are gaps."""
    text = ""
    for i, character in enumerate(row):
        if i:
            before = row[i - 1]
            gap = (character["x0"] - before["x1"]) / max(1.0, character["size"])
            latin = before["text"].isascii() and character["text"].isascii()
            text += " " if gap > (LATIN_GAP if latin else WIDE_GAP) else ""
        text += character["text"]
    return text


def _lines(characters: list[dict[str, Any]], page: int) -> list[Line]:
    """Give the lines of a page from the top."""
    lines: list[Line] = []
    for row in _rows(characters):
        inked = [c for c in row if not c["text"].isspace()]
        if inked:
            line = Line(
                clean_text(_row_text(row)),
                Place(page=page, line=len(lines) + 1),
                inked[0]["x0"],
                max(c["x1"] for c in inked),
                min(c["top"] for c in inked),
                max(c["bottom"] for c in inked),
                Counter(round(c["size"], 1) for c in inked).most_common(1)[0][0],
                tuple(_parts(inked)),
            )
            lines.append(line)
    return lines


def _parts(inked: list[dict[str, Any]]) -> Iterator[Part]:
    """Cut a line where a gap is as wide as a character: between the columns of a table."""
    begin = 0
    for i in range(1, len(inked) + 1):
        if i == len(inked) or inked[i]["x0"] - inked[i - 1]["x1"] > COLUMN_GAP * inked[i]["size"]:
            part = inked[begin:i]
            yield Part(clean_text(_row_text(part)), part[0]["x0"], part[-1]["x1"])
            begin = i


def _unruled(lines: list[Line], tables: int) -> list[tuple[Line, TableBlock, list[Line]]]:
    """Find tables without vertical ruling lines: rows whose words stand in the same columns.

    Gives the first line of each, the table, and all its lines.
    """
    found = []
    begin = 0
    for i in range(1, len(lines) + 1):
        ends = i == len(lines) or lines[i].top - lines[i - 1].bottom > ROW_GAP * lines[i].size
        if ends or len(lines[i].parts) < 2 or len(lines[begin].parts) < 2:
            run = lines[begin:i]
            block = _columns(run, tables + len(found) + 1)
            if block is not None:
                found.append((run[0], block, run))
            begin = i
    return found


def _columns(lines: list[Line], table: int) -> TableBlock | None:
    """Lay out lines in columns; None where they have none in common, or no figures."""
    spans: list[list[float]] = []
    for part in sorted((p for line in lines for p in line.parts), key=lambda p: p.x0):
        if spans and part.x0 < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], part.x1)
        else:
            spans.append([part.x0, part.x1])
    rows = []
    for line in lines:
        columns = [bisect_right([x0 for x0, _ in spans], part.x0) - 1 for part in line.parts]
        if len(set(columns)) < len(columns):
            return None
        words = dict(zip(columns, (part.text for part in line.parts), strict=True))
        place = replace(line.place, line=0, table=table, row=len(rows) + 1)
        rows.append(
            tuple(Cell(words.get(c, ""), replace(place, column=c + 1)) for c in range(len(spans)))
        )
    figures = sum(any(FIGURE.fullmatch(cell.text) for cell in row) for row in rows)
    if len(rows) < 3 or len(spans) < 2 or figures < len(rows) / 2:
        return None
    return TableBlock(tuple(rows), "", Place(page=lines[0].place.page, table=table))


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
