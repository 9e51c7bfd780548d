"""What a document is made of: paragraphs and tables, each with its place.

Every reader of a format gives the same four things in the document's order, so that nothing after
it has to know whether a figure stood in a PDF or in a spreadsheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from landgis.language import Lang, say


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Place:
    """Where something stands in its document. Counts start at 1; 0 means not told.

    Parameters
    ----------
    line
        Line of a text file (行).
    page
        Page of a PDF (页).
    sheet, cell
        Worksheet and cell address of a spreadsheet (工作表, C7).
    paragraph
        Paragraph of a document without fixed lines (段).
    table, row, column
        Table, and row and column in it (表, 行, 列). In a text file, the column of the line.

    Examples
    --------
    >>> print(Place(line=12), Place(table=2, row=3, column=4), Place(sheet="汇总表", cell="C7"))
    第12行 表2第3行第4列 汇总表!C7
    >>> Place(page=3, table=1, row=2, column=5).describe("en")
    'page 3, table 1, row 2, column 5'
    """

    line: int = 0
    page: int = 0
    sheet: str = ""
    cell: str = ""
    paragraph: int = 0
    table: int = 0
    row: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Give the place in Chinese."""
        return self.describe()

    def __repr__(self) -> str:
        """Name the place in short."""
        return f"<{self.describe()}>"

    def describe(self, lang: Lang = "zh") -> str:
        """Say where it is, for a reader."""
        if self.sheet:
            return f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        parts = (
            (self.page, "第{}页", "page {}"),
            (self.line, "第{}行", "line {}"),
            (self.paragraph, "第{}段", "paragraph {}"),
            (self.table, "表{}", "table {}"),
            (self.row, "第{}行", "row {}"),
            (self.column, "第{}列", "column {}"),
        )
        told = [say(lang, zh, en).format(n) for n, zh, en in parts if n]
        return say(lang, "", ", ").join(told)


How = Literal["read", "ocr"]
"""How words came out of a file: as characters, or recognised in a picture (文字识别)."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, heading or list item, on one line.

    Parameters
    ----------
    text
        Its words, without the white space around them, in plain form: simplified characters,
        Chinese punctuation. To be understood.
    place
        Where it begins.
    as_printed
        Its words as they are printed, as many characters, where that differs. To be shown.
    how, confidence
        Whether the words were recognised in a picture, and how surely, from 0 to 1.

    Examples
    --------
    >>> Paragraph("供应计划", Place(line=1), as_printed="供應計劃").printed
    '供應計劃'
    """

    text: str
    place: Place
    as_printed: str | None = None
    how: How = "read"
    confidence: float | None = None

    @property
    def printed(self) -> str:
        """Its words as they are printed."""
        return self.text if self.as_printed is None else self.as_printed


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Parameters
    ----------
    text
        What it shows; empty where it shows nothing.
    place
        Where it stands; for a repeated cell, its own position, not that of the merged cell's words.
    repeated
        Whether the position is covered by a merged cell (合并单元格) whose words stand at another
        position, to the left or above: a number here is not to be counted again.
    as_printed, how, confidence
        As of a `Paragraph`.
    """

    text: str
    place: Place
    repeated: bool = False
    as_printed: str | None = None
    how: How = "read"
    confidence: float | None = None

    @property
    def printed(self) -> str:
        """What it shows, as printed."""
        return self.text if self.as_printed is None else self.as_printed

    def spoken(self) -> Paragraph:
        """Give its words as a paragraph."""
        return Paragraph(self.text, self.place, self.as_printed, self.how, self.confidence)


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table: every row has the same number of cells.

    Parameters
    ----------
    rows
        Its rows from the top, header rows included. Rows that span the whole table at its top and
        bottom (a title, 单位：公顷, 注：…) are not here but are paragraphs before and after it.
    caption
        The lines directly above it that name it or its unit (附表1 …汇总表, 单位：公顷), joined by
        line breaks; they are in the document as paragraphs as well.
    place
        Where it begins.
    """

    rows: tuple[tuple[Cell, ...], ...]
    caption: str
    place: Place

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        return len(self.rows), len(self.rows[0]) if self.rows else 0

    def texts(self) -> list[list[str]]:
        """Give the printed words alone, row by row, merged cells filled."""
        return [[cell.printed for cell in row] for row in self.rows]


Block = Paragraph | TableBlock


class Remark(NamedTuple):
    """Something to know about how a file was read, in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file as read: its blocks in the document's order.

    Parameters
    ----------
    name
        The file's name, without its folders.
    format
        What the content is, whatever the name says: "txt", "docx", "pdf", "html", "xlsx", "xls".
    encoding
        Encoding of a text format ("utf-8", "gb18030" …); empty for the others.
    blocks
        Paragraphs and tables.
    remarks
        What a careful reader should know: a name that belies the content, an encoding that was
        guessed, pages without text.

    Examples
    --------
    >>> here = Place(line=1)
    >>> document = Document(
    ...     name="a.txt", format="txt", encoding="utf-8", blocks=(Paragraph("总量100亩。", here),)
    ... )
    >>> document.text
    '总量100亩。'
    """

    name: str
    format: str
    encoding: str = ""
    blocks: tuple[Block, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def text(self) -> str:
        """All printed words, a paragraph or table row a line, tabs between, merged cells once."""
        lines = []
        for block in self.blocks:
            if isinstance(block, Paragraph):
                lines.append(block.printed)
            else:
                lines += [
                    "\t".join("" if cell.repeated else cell.printed for cell in row)
                    for row in block.rows
                ]
        return "\n".join(lines)

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """The paragraphs alone."""
        return tuple(b for b in self.blocks if isinstance(b, Paragraph))

    @property
    def tables(self) -> tuple[TableBlock, ...]:
        """The tables alone."""
        return tuple(b for b in self.blocks if isinstance(b, TableBlock))
