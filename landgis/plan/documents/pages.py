"""Characters and ruling lines of pages → paragraphs and tables in reading order.

Only the places of the characters tell what stands side by side: fonts of other heights share a
line, a raised ² belongs to its hm, a wide gap may part the columns of a table. Tables are found by
the cells that ruling lines enclose, or by columns of words. PDF, OFD and recognised pictures come
here alike: a character has the keys of pdfplumber, and ``confidence`` where it was recognised.

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
from functools import reduce
from io import BytesIO
from typing import Any, NamedTuple

import pdfplumber
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psparser import literal_name
from pdfplumber.table import (
    cells_to_tables,
    edges_to_intersections,
    intersections_to_cells,
    merge_edges,
)
from tqdm import tqdm

from landgis.errors import InputError
from landgis.plan.documents.blocks import Block, Cell, Document, How, Paragraph, Place, TableBlock
from landgis.plan.documents.layout import BEGINS, clean_text, join_lines, lay_out
from landgis.plan.documents.opening import damaged, encrypted, too_large

LATIN_GAP = 0.15  # of the size of the font
WIDE_GAP = 0.5
COLUMN_GAP = 1.0
SNAP = 3.0  # points within which ruling lines count as one
ROW_GAP = 2.5  # of the size of the font
MAX_EDGES = 5_000
FIGURE = re.compile(r"[\d.,，]+%?")
MARGIN_SHARE = 0.1

_PAGE_NUMBER = re.compile(
    r"[\s—–\-·_第共]*\d{1,4}\s*(?:页|/\s*\d{1,4}|[,，]?\s*共\s*\d+\s*页|\s)*[\s—–\-·_]*"
)


class Ruled(NamedTuple):
    """Cells that ruling lines enclose, and the box around them: x0, top, x1, bottom."""

    box: tuple[float, float, float, float]
    cells: Sequence[Sequence[float]]


class Stretch(NamedTuple):
    """Words of a line between two wide gaps, from ``x0`` to ``x1``."""

    text: str
    x0: float
    x1: float
    confidence: float | None = None


class PageLine(NamedTuple):
    """A line of text on a page, in points from the page's top left."""

    text: str
    place: Place
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    parts: tuple[Stretch, ...]
    confidence: float | None = None


def how_read(confidence: float | None) -> How:
    """Say how words were read that have, or lack, a confidence."""
    return "read" if confidence is None else "ocr"


def least_confidence(characters: Iterable[dict[str, Any]]) -> float | None:
    """Give the least confidence of characters that were recognised; None where they are printed."""
    return min((c["confidence"] for c in characters if "confidence" in c), default=None)


def middle_of(character: dict[str, Any]) -> tuple[float, float]:
    """Give the middle of a character, from the left and from the top of the page."""
    x0, top, x1, bottom = (character[side] for side in ("x0", "top", "x1", "bottom"))
    return (x0 + x1) / 2, (top + bottom) / 2


def rows_of(characters: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
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
        one["top"] < middle_of(other)[1] < one["bottom"]
        or other["top"] < middle_of(one)[1] < other["bottom"]
    )


def row_text(row: list[dict[str, Any]]) -> str:
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


def lines_of(characters: list[dict[str, Any]], page: int) -> list[PageLine]:
    """Give the lines of a page from the top."""
    lines: list[PageLine] = []
    for row in rows_of(characters):
        inked = [c for c in row if not c["text"].isspace()]
        if inked:
            line = PageLine(
                clean_text(row_text(row)),
                Place(page=page, line=len(lines) + 1),
                inked[0]["x0"],
                max(c["x1"] for c in inked),
                min(c["top"] for c in inked),
                max(c["bottom"] for c in inked),
                Counter(round(c["size"], 1) for c in inked).most_common(1)[0][0],
                tuple(_parts(inked)),
                least_confidence(inked),
            )
            lines.append(line)
    return lines


def _parts(inked: list[dict[str, Any]]) -> Iterator[Stretch]:
    """Cut a line where a gap is as wide as a character: between the columns of a table."""
    begin = 0
    for i in range(1, len(inked) + 1):
        if i == len(inked) or inked[i]["x0"] - inked[i - 1]["x1"] > COLUMN_GAP * inked[i]["size"]:
            part = inked[begin:i]
            words = clean_text(row_text(part))
            yield Stretch(words, part[0]["x0"], part[-1]["x1"], least_confidence(part))
            begin = i


def ruled_by(edges: Sequence[dict[str, Any]]) -> Iterator[Ruled]:
    """Find the tables that ruling lines draw, unless there are so many that they draw something.

    Parameters
    ----------
    edges
        Straight lines, flat ("h") or upright ("v"), with the keys of pdfplumber.
    """
    if not 2 < len(edges) <= MAX_EDGES:
        return
    merged = merge_edges(list(edges), SNAP, SNAP, SNAP, SNAP)
    cells = intersections_to_cells(edges_to_intersections(merged, SNAP, SNAP))
    for table in cells_to_tables(cells):
        x0, top, x1, bottom = zip(*table, strict=True)
        yield Ruled((min(x0), min(top), max(x1), max(bottom)), table)


def _edges(values: Iterable[float]) -> list[float]:
    """Give the ruling lines' positions, those closer than `SNAP` as one."""
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > SNAP:
            edges.append(value)
    return edges


def ruled_table(
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
        x, y = middle_of(character)
        place = (bisect_right(rows, y) - 1, bisect_right(columns, x) - 1)
        if place in owner:
            texts.setdefault(owner[place], []).append(character)
    words = {i: (_cell_text(found), least_confidence(found)) for i, found in texts.items()}
    here = Place(page=page, table=number)
    laid = tuple(
        tuple(
            _cell(
                words.get(owner.get((r, c), -1), ("", None)),
                replace(here, row=r + 1, column=c + 1),
                repeated=(r, c) in owner and corner[owner[r, c]] != (r, c),
            )
            for c in range(len(columns) - 1)
        )
        for r in range(len(rows) - 1)
    )
    return TableBlock(laid, "", here)


def _cell(words: tuple[str, float | None], place: Place, *, repeated: bool = False) -> Cell:
    text, confidence = words
    return Cell(text, place, repeated, None, how_read(confidence), confidence)


def _slot(edges: list[float], value: float) -> int:
    """Find the ruling line at a position."""
    return max(0, bisect_right(edges, value + SNAP) - 1)


def _cell_text(characters: list[dict[str, Any]]) -> str:
    """Join the lines of a cell, which a narrow column breaks anywhere."""
    return clean_text(reduce(join_lines, map(row_text, rows_of(characters)), ""))


def unruled_tables(
    lines: list[PageLine], tables: int
) -> list[tuple[PageLine, TableBlock, list[PageLine]]]:
    """Find tables without vertical ruling lines: rows whose words stand in the same columns.

    Gives the first line of each, the table, and all its lines.
    """
    found: list[tuple[PageLine, TableBlock, list[PageLine]]] = []
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


def _columns(lines: list[PageLine], table: int) -> TableBlock | None:
    """Lay out lines in columns; None where they have none in common, or no figures."""
    spans: list[list[float]] = []
    for part in sorted((p for line in lines for p in line.parts), key=lambda p: p.x0):
        if spans and part.x0 < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], part.x1)
        else:
            spans.append([part.x0, part.x1])
    rows: list[tuple[Cell, ...]] = []
    for line in lines:
        columns = [bisect_right([x0 for x0, _ in spans], part.x0) - 1 for part in line.parts]
        if len(set(columns)) < len(columns):
            return None
        told = ((part.text, part.confidence) for part in line.parts)
        words = dict(zip(columns, told, strict=True))
        place = replace(line.place, line=0, table=table, row=len(rows) + 1)
        rows.append(
            tuple(
                _cell(words.get(c, ("", None)), replace(place, column=c + 1))
                for c in range(len(spans))
            )
        )
    figures = sum(any(FIGURE.fullmatch(cell.text) for cell in row) for row in rows)
    if len(rows) < 3 or len(spans) < 2 or figures < len(rows) / 2:
        return None
    return TableBlock(tuple(rows), "", Place(page=lines[0].place.page, table=table))


# --- pages in order ----------------------------------------------------------------------------


@dataclass
class Page:
    """What one page holds: lines outside tables, and tables with the height where they stand."""

    height: float
    width: float
    lines: list[PageLine]
    tables: list[tuple[float, TableBlock]]


def read_page(
    characters: list[dict[str, Any]],
    ruled: Iterable[Ruled],
    *,
    number: int,
    height: float,
    width: float,
) -> Page:
    """Tell a page's tables from its lines.

    Parameters
    ----------
    characters
        Upright ones, in points from the page's top left.
    ruled
        Tables with ruling lines.
    number, height, width
        Of the page; counted from 1, in points.
    """
    found: list[tuple[float, TableBlock]] = []
    boxes = []
    for box, cells in ruled:
        block = ruled_table(cells, characters, number, len(found) + 1)
        if block is not None:
            boxes.append(box)
            found.append((box[1], block))

    def is_within(character: dict[str, Any], box: Sequence[float]) -> bool:
        x, y = middle_of(character)
        return box[0] <= x <= box[2] and box[1] <= y <= box[3]

    outside = [c for c in characters if not any(is_within(c, box) for box in boxes)]
    lines = lines_of(outside, number)
    for first, block, run in unruled_tables(lines, len(found)):
        found.append((first.top, block))
        lines = [line for line in lines if line not in run]
    return Page(height, width, lines, found)


def in_order(pages: list[Page]) -> tuple[Block, ...]:
    """Give the paragraphs and tables of pages in reading order."""
    _drop_margins(pages)
    return lay_out(_blocks(pages), pages=True)


def _drop_margins(pages: list[Page]) -> None:
    """Drop page numbers, and heads and feet that most pages repeat at the same height."""

    def key(line: PageLine) -> tuple[str, int]:
        return re.sub(r"\d+", "#", line.text), round(line.top / 4)

    def is_marginal(page: Page, line: PageLine) -> bool:
        reach = MARGIN_SHARE * page.height
        return line.bottom < reach or line.top > page.height - reach

    seen = Counter(key(line) for p in pages for line in p.lines if is_marginal(p, line))
    often = max(2, (len(pages) + 1) // 2)
    for page in pages:
        page.lines = [
            line
            for line in page.lines
            if not is_marginal(page, line)
            or (seen[key(line)] < often and not _PAGE_NUMBER.fullmatch(line.text))
        ]


def _blocks(pages: list[Page]) -> Iterator[Block]:
    """Give paragraphs and tables in reading order."""
    margins = {width: _margins(pages, width) for width in {page.width for page in pages}}
    open_lines: list[PageLine] = []
    for page in pages:
        left, right = margins[page.width]
        items = sorted(
            [(line.top, line) for line in page.lines] + list(page.tables), key=lambda i: i[0]
        )
        for _, item in items:
            if not isinstance(item, PageLine):
                yield from _paragraph(open_lines)
                yield item
                open_lines = []
            elif open_lines and _goes_on(open_lines[-1], item, left, right):
                open_lines.append(item)
            else:
                yield from _paragraph(open_lines)
                open_lines = [item]
    yield from _paragraph(open_lines)


def _margins(pages: list[Page], width: float) -> tuple[float, float]:
    """Give where the lines of the pages of one width begin and end, but for single outliers."""
    lines = [line for page in pages if page.width == width for line in page.lines]
    begins = Counter(round(line.x0) for line in lines)
    ends = Counter(round(line.x1 / 4) * 4 for line in lines)
    left = min((x for x, n in begins.items() if n > 1), default=min(begins, default=0))
    right = max((x for x, n in ends.items() if n > 1), default=max(ends, default=0))
    return left, right


def _goes_on(last: PageLine, line: PageLine, left: float, right: float) -> bool:
    """Whether a line continues the paragraph of the one before."""
    em = max(last.size, 1.0)
    word = re.match(r"[\x21-\x7e]*", line.text)  # a number goes to the next line as a whole
    is_full = last.x1 + (len(word[0]) if word else 0) * em / 2 > right - 2.5 * em
    is_flush = line.x0 < left + 1.2 * em
    same_size = abs(last.size - line.size) < 0.6
    near = line.place.page != last.place.page or line.top - last.bottom < 2.5 * em
    return is_full and is_flush and same_size and near and not BEGINS.match(line.text)


def _paragraph(lines: list[PageLine]) -> Iterator[Block]:
    if lines:
        text = reduce(join_lines, (line.text for line in lines))
        least = min((n.confidence for n in lines if n.confidence is not None), default=None)
        yield Paragraph(text, lines[0].place, None, how_read(least), least)


# --- the pages of a PDF ------------------------------------------------------------------------

MAX_PAGES = 1000
MIN_CONTENTS = 100  # bytes: an empty page has fewer
MAX_RULINGS = 20_000
MAX_CHARACTERS = 100_000
MAX_FORMS = 20_000
MAX_NESTING = 30
GARBLED_SHARE = 0.2


def read_pdf(data: bytes, name: str) -> Document:
    """Read the words of a PDF; the name is for messages.

    Pages that are only pictures (扫描件) are named in ``pictures``; all are, where fonts have no
    codes to tell their characters by.

    Raises
    ------
    InputError
        If the file is damaged or protected.
    """
    try:
        with _quiet():
            pages, blank = _read_pages(data, name)
    except (InputError, MemoryError):
        raise
    except Exception as error:
        if "Password" in repr(error) or "Encryption" in repr(error):
            raise encrypted(name) from error
        raise damaged(name) from error
    return Document(name=name, format="pdf", blocks=in_order(pages), pictures=tuple(blank))


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
        _refuse_many_forms(document.pages, name)
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
    if not characters or garbled > GARBLED_SHARE * characters:
        return [], list(range(1, len(pages) + 1))
    return pages, blank


def _refuse_many_forms(pages: Sequence[Any], name: str) -> None:
    """Refuse a file whose forms draw each other so often that reading them would not end."""
    drawn: dict[int, int] = {}
    total = sum(_draws(page.page_obj.resources, None, drawn, 0) for page in pages)
    if total > MAX_FORMS:
        raise too_large(name, "的图形层层相套", "has forms inside forms without end")


def _draws(resources: Any, contents: bytes | None, drawn: dict[int, int], depth: int) -> int:
    """Count the forms that are drawn with these resources, each as often as contents name it."""
    if depth > MAX_NESTING:
        return MAX_FORMS + 1
    listed = resolve1((resolve1(resources) or {}).get("XObject")) or {}
    count = 0
    for key, reference in listed.items() if isinstance(listed, dict) else ():
        form = resolve1(reference)
        if not isinstance(form, PDFStream) or literal_name(form.get("Subtype")) != "Form":
            continue
        at = getattr(reference, "objid", id(form))
        if at not in drawn:
            drawn[at] = 0  # a form inside itself is drawn no more than that
            data = form.get_data()
            drawn[at] = 1 + _draws(form.get("Resources"), data, drawn, depth + 1)
        times = 1 if contents is None else contents.count(b"/" + key.encode() + b" Do")
        count += times * drawn[at]
    return count


def _is_unread(page: Any) -> bool:
    """Whether nothing comes of a page that is not empty: its contents are damaged."""
    written = sum(int(resolve1(s.attrs.get("Length", 0))) for s in page.page_obj.contents)
    return not page.objects and written > MIN_CONTENTS


def _ruled(page: Any) -> Iterator[Ruled]:
    """Find the tables of a page that ruling lines draw, unless it is a drawing of its own."""
    if len(page.rects) + len(page.lines) + len(page.curves) <= MAX_RULINGS:
        yield from (Ruled(table.bbox, table.cells) for table in page.find_tables())
