"""Web pages to blocks: what a reader sees of the text, and the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

from lxml import etree, html

from landgis.errors import InputError
from landgis.files.encoding import encoding_name
from landgis.plan.documents.blocks import Block, Cell, Document, Paragraph, Place, TableBlock
from landgis.plan.documents.layout import clean_text, lay_out
from landgis.plan.documents.opening import Decoded, decode, refuse_large_tables, refuse_long_text

MAX_SPAN = 1000
LAYOUT_WORDS = 300

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-]+)""", re.IGNORECASE)
_SKIPPED = frozenset(
    {
        *("script", "style", "nav", "noscript", "template", "head", "footer", "aside", "select"),
        *("button", "input", "textarea", "iframe", "object", "svg", "canvas", "video", "audio"),
    }
)
_INLINE = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i", "img"),
        *("ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong"),
        *("sub", "sup", "time", "tt", "u", "var", "wbr", "o:p"),
    }
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE
)


def read_html(data: bytes, name: str, *, encoding: str | None = None) -> Document:
    """Read a web page.

    Nothing is fetched, scripts, styles, navigation and hidden parts are dropped, and a table that
    holds other tables or single long texts is taken for a frame, not for a table.

    Parameters
    ----------
    data
        The file's bytes.
    name
        Its name, for messages.
    encoding
        The encoding, if it is known. Otherwise the one that the page declares, where its bytes
        agree, or the one detected.
    """
    refuse_long_text(data, name)
    decoded = _decode(data, name, encoding)
    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = html.document_fromstring(decoded.text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):  # a page of nothing
        root = html.Element("body")
    return Document(
        name=name,
        format="html",
        encoding=decoded.encoding,
        blocks=lay_out(_HtmlWalk(name).blocks(root)),
        remarks=decoded.remarks,
    )


def _decode(data: bytes, name: str, encoding: str | None) -> Decoded:
    """Decode a page, trusting what it declares where the bytes agree."""
    declared = _DECLARED.search(data[:4096].replace(b"\x00", b""))
    if encoding is None and declared:
        codec = declared[1].decode("ascii").lower()
        with suppress(InputError):
            gbk = encoding_name(codec) == "GBK"
            return decode(data, name, encoding="gb18030" if gbk else codec)
    return decode(data, name, encoding=encoding)


class _HtmlWalk:
    """One walk through a page, counting paragraphs and tables."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.paragraphs = count(1)
        self.tables = count(1)
        self.cells = 0
        self.pending: list[str] = []

    def blocks(self, parent: etree._Element) -> Iterator[Block]:
        yield from self.inside(parent)
        yield from self.flush()

    def flush(self) -> Iterator[Block]:
        """End the paragraph that inline pieces have built up."""
        words = clean_text("".join(self.pending))
        self.pending.clear()
        if words:
            yield Paragraph(words, Place(paragraph=next(self.paragraphs)))

    def inside(self, parent: etree._Element) -> Iterator[Block]:
        self.pending.append(parent.text or "")
        for element in parent:
            if not _is_shown(element):
                pass
            elif element.tag == "table":
                yield from self.flush()
                yield from self.table(element)
            elif element.tag in _INLINE:
                yield from self.inside(element)
            else:
                yield from self.flush()
                yield from self.blocks(element)
            self.pending.append(element.tail or "")

    def table(self, element: etree._Element) -> Iterator[Block]:
        rows = list(_rows(element))
        cells = [[c for c in row if c.tag in ("td", "th") and _is_shown(c)] for row in rows]
        for caption in element.iterchildren("caption"):
            yield from self.blocks(caption)
        if _is_frame(element, cells):
            for cell in (c for row in cells for c in row):
                yield from self.blocks(cell)
            return
        number = next(self.tables)
        filled = self.fill(cells)
        width = max((column for _, column in filled), default=0)
        grid = []
        for row in range(1, len(cells) + 1):
            places = [Place(table=number, row=row, column=c) for c in range(1, width + 1)]
            told = [filled.get((row, place.column), ("", False)) for place in places]
            grid.append(tuple(Cell(t[0], p, t[1]) for t, p in zip(told, places, strict=True)))
        yield TableBlock(tuple(grid), "", Place(table=number))

    def fill(self, rows: list[list[etree._Element]]) -> dict[tuple[int, int], tuple[str, bool]]:
        """Lay cells out by row and column from 1, those with spans at every place they cover."""
        filled: dict[tuple[int, int], tuple[str, bool]] = {}
        for r, row in enumerate(rows, 1):
            column = 1
            for cell in row:
                while (r, column) in filled:
                    column += 1
                down, right = _span(cell, "rowspan"), _span(cell, "colspan")
                down = min(down or len(rows), len(rows) - r + 1)
                text = clean_text(" ".join(_texts(cell)))
                self.cells += down * (right or 1)
                refuse_large_tables(self.cells, self.name)
                for i in range(down):
                    for j in range(right or 1):
                        filled.setdefault((r + i, column + j), (text, bool(i or j)))
                column += right or 1
        return filled


def _is_shown(element: etree._Element) -> bool:
    return (
        isinstance(element.tag, str)
        and element.tag not in _SKIPPED
        and element.get("hidden") is None
        and not _HIDDEN.search(element.get("style") or "")
    )


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """Give a table's own rows, not those of tables inside it."""
    for child in table:
        if child.tag == "tr" and _is_shown(child):
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from _rows(child)


def _is_frame(table: etree._Element, rows: list[list[etree._Element]]) -> bool:
    """Whether a table only arranges the page."""
    if next(table.iterdescendants("table"), None) is not None:
        return True
    return len(rows) == 1 and any(len("".join(c.itertext())) > LAYOUT_WORDS for c in rows[0])


def _span(cell: etree._Element, name: str) -> int:
    """Read rowspan or colspan; 0 stands for "to the end"."""
    value = (cell.get(name) or "1").strip()
    return min(int(value[:9]), MAX_SPAN) if value.isdecimal() else 1


def _texts(element: etree._Element) -> Iterator[str]:
    """Give the pieces of a cell's text that a reader sees, blocks apart."""
    words = [element.text or ""]
    for child in element:
        if _is_shown(child):
            inner = " ".join(_texts(child))
            words.append(inner if child.tag in _INLINE else f" {inner} ")
        words.append(child.tail or "")
    yield "".join(words)
