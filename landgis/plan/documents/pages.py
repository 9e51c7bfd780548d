"""Pages → paragraphs and tables in reading order.

A page knows no paragraphs. A line goes on with the one before if that one is full and this one
neither is indented nor begins like a heading; running heads, feet and page numbers are dropped; a
table cut by a page's end is joined where its header is repeated or its rows go on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from landgis.plan.documents.blocks import Block, Paragraph, TableBlock
from landgis.plan.documents.layout import BEGINS, join_lines, lay_out
from landgis.plan.documents.page_parts import (
    PageLine,
    Ruled,
    how_read,
    lines_of,
    middle_of,
    ruled_table,
    unruled_tables,
)

MARGIN_SHARE = 0.1

_PAGE_NUMBER = re.compile(
    r"[\s—–\-·_第共]*\d{1,4}\s*(?:页|/\s*\d{1,4}|[,，]?\s*共\s*\d+\s*页|\s)*[\s—–\-·_]*"
)


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
    outside = [c for c in characters if not any(_is_within(c, box) for box in boxes)]
    lines = lines_of(outside, number)
    for first, block, run in unruled_tables(lines, len(found)):
        found.append((first.top, block))
        lines = [line for line in lines if line not in run]
    return Page(height, width, lines, found)


def _is_within(character: dict[str, Any], box: Sequence[float]) -> bool:
    x, y = middle_of(character)
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


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
            if not (
                is_marginal(page, line)
                and (seen[key(line)] >= often or _PAGE_NUMBER.fullmatch(line.text))
            )
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
            if (
                isinstance(item, PageLine)
                and open_lines
                and _goes_on(open_lines[-1], item, left, right)
            ):
                open_lines.append(item)
                continue
            yield from _paragraph(open_lines)
            open_lines = []
            if isinstance(item, PageLine):
                open_lines = [item]
            else:
                yield item
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
        text = ""
        for line in lines:
            text = join_lines(text, line.text)
        least = min((n.confidence for n in lines if n.confidence is not None), default=None)
        yield Paragraph(text, lines[0].place, None, how_read(least), least)
