"""What a document is made of: paragraphs and tables, each with its place.

Every reader of a format gives the same four things in the document's order, so that nothing after
it has to know whether a figure stood in a PDF or in a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from landgis.findings import Finding, define
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
    part
        Which of the numbers of a cell that holds an area in two units.

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
    part: int = 0

    def __str__(self) -> str:
        """Give the place in Chinese."""
        return self.describe()

    def __repr__(self) -> str:
        """Name the place in short."""
        return f"<{self.describe()}>"

    def describe(self, lang: Lang = "zh") -> str:
        """Say where it is, for a reader."""
        if self.sheet:
            cell = f"{self.sheet}!{self.cell}" if self.cell else self.sheet
            return f"{cell}.{self.part}" if self.part else cell
        parts = (
            (self.page, "第{}页", "page {}"),
            (self.line, "第{}行", "line {}"),
            (self.paragraph, "第{}段", "paragraph {}"),
            (self.table, "表{}", "table {}"),
            (self.row, "第{}行", "row {}"),
            (self.column, "第{}列", "column {}"),
            (self.part, "第{}个数", "number {}"),
        )
        told = [say(lang, zh, en).format(n) for n, zh, en in parts if n]
        return say(lang, "", ", ").join(told)

    @classmethod
    def of(cls, values: Sequence[Any]) -> Place:
        """Make a place of its values in their order, as `dataclasses.astuple` gives them."""
        names = (field.name for field in fields(cls))
        return cls(**dict(zip(names, values, strict=True)))

    @property
    def words(self) -> dict[str, str]:
        """Give it in both languages, as a value of a finding."""
        return {"zh": self.describe(), "en": self.describe("en")}


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
    apart
        Whether it is a line of a table that fell apart, so that nobody can say what its numbers
        are of.

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
    apart: bool = False

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


READING = define("""plan.document 文件 | the document
    计划文件怎样读成文字和表格，有没有没能读取的部分
    | how the document became words and tables, and whether a part of it was not read
    belied: 文件名后缀是 {suffix}，内容实为 {format}，按内容读取。
    | The name ends in {suffix} but the content is {format}, and is read as such.
    converted: 由 LibreOffice 转换后读取。 | Read after conversion by LibreOffice.
    cut_off: 文件末尾的一个字符不完整。 | The file's last character is cut off.
    unreadable: 有 {count} 处字节无法解读，以□代替。 | {count} unreadable place{count:s} shown as □.
    guessed: 编码是推断的：{encoding}；若有乱码，请指明编码。
    | The encoding is a guess: {encoding}; if the text is garbled, name the encoding.
    blank: 第 {pages:list} 页没有可读的文字（扫描图像、字体没有编码，或已损坏），没有读取。
    | Pages without legible text (scanned, fonts without codes, or damaged), not read: {pages:list}.
    recognised: 第 {page} 页是图像，文字由 OCR 识别，最低可信度 {confidence:0%}；数字请对照原件核
      对。
    | Page {page} is a picture whose words were recognised (OCR), with a confidence of at least
      {confidence:0%}; compare its figures with the original.
    unsolved: 有 {count} 个公式没有保存计算结果，没有读取；请用 Excel 或 WPS 打开后保存一次。
    | {count} formula{count:s} without a stored result, not read; open the file in Excel or WPS and
      save it once.
    hidden: 隐藏的工作表“{sheet}”没有读取。 | The hidden sheet “{sheet}” was not read.
    pieced: {first} 至 {last} 是拆散的表格，已按行的形状重新拼成表；行列合计未能佐证，请核对。
    | From {first} to {last} stands a table that fell apart; it was put together by the shape of its
      rows, which no sums confirm: please check it.
    proven: {first} 至 {last} 是拆散的表格，已重新拼成表，其合计与各列相符。
    | From {first} to {last} stands a table that fell apart; it was put together, and its sums agree
      with its columns.
    apart: {first} 至 {last}（“{words}”起）像是一张拆散的表格，数字属于哪行哪列不能确定，没有采用；
      请改用原文件中的表格。
    | From {first} to {last} (from “{words}” on) stands what looks like a table that fell apart;
      which row and column a number belongs to is not certain and none was taken: use the table of
      the original file.""")


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
        What a careful reader should know, as findings of `READING`: a name that belies the
        content, an encoding that was guessed, pages without text, a table put together again.
    pictures
        Pages that hold pictures, or fonts without codes, and no words: to be recognised.

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
    remarks: tuple[Finding, ...] = ()
    pictures: tuple[int, ...] = ()

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
