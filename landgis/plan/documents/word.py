"""Word documents (docx) to blocks, in the order of the body.

The body's XML is walked directly: content controls, tracked insertions, text boxes and nested
tables stand at places where python-docx does not look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from zipfile import ZipFile

from lxml import etree

from landgis.plan.documents.blocks import Block, Cell, Document, Paragraph, Place, TableBlock
from landgis.plan.documents.layout import clean_text, lay_out
from landgis.plan.documents.opening import damaged, open_package, refuse_large_tables

_SKIPPED = {
    "del",
    "moveFrom",
    "instrText",
    "delText",
    "delInstrText",
    "Fallback",
    "pPr",
    "rPr",
    "sdtPr",
}
_BREAKS = {"tab", "br", "cr", "ptab"}


def read_word(data: bytes, name: str) -> Document:
    """Read the bytes of a docx; the name is for messages.

    Tracked insertions count, tracked deletions do not. Text boxes follow the paragraph that they
    are anchored in; nested tables follow the table that holds them.

    Raises
    ------
    InputError
        If the file is damaged, unsafe or without a body.
    """
    package = open_package(data, name)
    body = _child(_parse(package, "word/document.xml", name), "body")
    if body is None:
        raise damaged(name)
    return Document(name=name, format="docx", blocks=lay_out(_WordWalk(name).blocks(body)))


def _parse(package: ZipFile, part: str, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(package.read(part), parser)
    except etree.XMLSyntaxError as error:
        raise damaged(name) from error


def _local(element: etree._Element) -> str:
    """Give a tag without its namespace, which differs between the two kinds of docx."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _child(element: etree._Element | None, name: str) -> etree._Element | None:
    return None if element is None else next((c for c in element if _local(c) == name), None)


def _value(element: etree._Element | None, *path: str) -> str | None:
    """Give the `val` of a property; "" where the property stands without one."""
    for name in path:
        element = _child(element, name)
    if element is None:
        return None
    return next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == "val"), "")


def _number(element: etree._Element, *path: str) -> int:
    value = _value(element, *path)
    return min(int(value[:9]), 1000) if value and value.isdecimal() else 0


def _words(element: etree._Element) -> str:
    """Give the words of a paragraph, without deletions, field codes and text boxes."""
    parts = []
    for child in element:
        name = _local(child)
        if name in _SKIPPED or name == "txbxContent":
            continue
        if name == "t":
            parts.append(child.text or "")
        elif name == "noBreakHyphen":
            parts.append("-")
        elif name in _BREAKS:
            parts.append(" ")
        else:
            parts.append(_words(child))
    return "".join(parts)


def _inside(element: etree._Element, names: tuple[str, ...]) -> Iterator[etree._Element]:
    """Find the outermost elements of these names, through whatever wraps them."""
    for child in element:
        name = _local(child)
        if name in names:
            yield child
        elif name not in _SKIPPED:
            yield from _inside(child, names)


@dataclass
class _Slot:
    """A cell while its table is put together: its words, and whether it is repeated."""

    text: str
    repeated: bool = False


class _WordWalk:
    """One walk through a body, counting paragraphs and tables."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.paragraphs = count(1)
        self.tables = count(1)
        self.cells = 0

    def blocks(self, parent: etree._Element) -> Iterator[Block]:
        for element in _inside(parent, ("p", "tbl")):
            if _local(element) == "tbl":
                yield from self.table(element)
                continue
            if words := clean_text(_words(element)):
                yield Paragraph(words, Place(paragraph=next(self.paragraphs)))
            for box in _inside(element, ("txbxContent",)):
                yield from self.blocks(box)

    def table(self, element: etree._Element) -> Iterator[Block]:
        rows = [r for r in _inside(element, ("tr",)) if _child(_child(r, "trPr"), "del") is None]
        cells = [list(_inside(row, ("tc",))) for row in rows]
        if sum(map(len, cells)) == 1:  # a frame, not a table
            yield from self.blocks(next(c for row in cells for c in row))
            return
        number = next(self.tables)
        slots: list[list[_Slot]] = []
        for row, row_cells in zip(rows, cells, strict=True):
            slots.append(self.row(row, row_cells, slots[-1] if slots else []))
        grid = tuple(
            tuple(
                Cell(slot.text, Place(table=number, row=r, column=c), slot.repeated)
                for c, slot in enumerate(row, 1)
            )
            for r, row in enumerate(slots, 1)
        )
        yield TableBlock(grid, "", Place(table=number))
        for cell in (c for row in cells for c in row):
            for nested in _inside(cell, ("tbl",)):
                yield from self.table(nested)

    def row(
        self, row: etree._Element, cells: list[etree._Element], above: list[_Slot]
    ) -> list[_Slot]:
        """Fill a row: spans repeated to the right, vertical merges from the row above."""
        slots = [_Slot("") for _ in range(_number(row, "trPr", "gridBefore"))]
        for cell in cells:
            span = max(1, _number(cell, "tcPr", "gridSpan"))
            merged = _value(cell, "tcPr", "vMerge")
            if merged in ("", "continue") and len(slots) < len(above):
                slots += [_Slot(above[len(slots)].text, repeated=True) for _ in range(span)]
            elif _value(cell, "tcPr", "hMerge") in ("", "continue") and slots:
                slots += [_Slot(slots[-1].text, repeated=True) for _ in range(span)]
            else:
                text = clean_text(
                    " ".join(_words(p) for p in _inside(cell, ("p", "tbl")) if _local(p) == "p")
                )
                slots += [_Slot(text, repeated=i > 0) for i in range(span)]
            self.cells += span
        refuse_large_tables(self.cells, self.name)
        return slots
