"""The workbook of a report: the annex tables as bureaus publish them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from landgis.language import Lang, say
from landgis.report.cells import Cell, Column, ReportTable, plain

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_THIN = Side(style="thin", color="999999")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEADING = PatternFill("solid", fgColor="E8ECEF")
_SUM = PatternFill("solid", fgColor="F4F5F5")
_FONT = "宋体"
_LINE_POINTS = 13.5
_SHORT = 12
"""Width up to which a column of words or serial numbers is centred."""
_INDENT = 1
_TITLE_PART = 60
"""Characters of the title in a footer, which holds 255 in all."""
_A4_CHARACTERS = (90, 160)
"""Widest table that A4 holds upright and across; a wider one is printed on A3."""


def write_workbook(
    tables: Sequence[ReportTable],
    path: Path,
    *,
    title: str,
    marks: Sequence[str] = (),
    made: str = "",
    lang: Lang = "zh",
) -> None:
    """Write tables as a workbook, one sheet each.

    Parameters
    ----------
    tables
        Sheets in their order.
    path
        Where to write.
    title
        Stands in each sheet's footer.
    marks
        What is sample, schematic or approximate: told under each title.
    made
        When and with what the workbook was made: stands in each sheet's footer, and among the
        properties of the file.
    lang
        Language of the tables.

    Notes
    -----
    Text is written as text: nothing becomes a formula, whatever it starts with.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import openpyxl
    >>> from landgis.report.cells import Column
    >>> table = ReportTable(
    ...     key="t", title="表", columns=(Column(name="名称"), Column(name="面积")),
    ...     rows=(("=1+1", Decimal("7.20")),))
    >>> with TemporaryDirectory() as folder:
    ...     write_workbook([table], Path(folder, "t.xlsx"), title="某市")
    ...     sheet = openpyxl.load_workbook(Path(folder, "t.xlsx")).active
    >>> sheet["A4"].value, sheet["A4"].data_type, sheet["B4"].number_format
    ('=1+1', 's', '#,##0.00')
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.title = plain(title)
    book.properties.creator, book.properties.description = "landgis", made
    for table in tables:
        sheet = book.create_sheet(_sheet_name(table, book.sheetnames))
        _fill(sheet, table, say(lang, "；", "; ").join(marks))
        _print_setup(sheet, table, title, made)
    book.save(path)


def _sheet_name(table: ReportTable, taken: Sequence[str]) -> str:
    """Give the title without its unit, short and legal."""
    name = re.sub(
        r"[\[\]:*?/\\]", " ", re.split(r"（(?:单位|面积|截至)| \(| as of", table.title)[0]
    )
    name = name.removeprefix("国有建设用地供应计划").strip()[:28] or table.key
    return name if name not in taken else table.key


def _fill(sheet: Worksheet, table: ReportTable, marks: str) -> None:
    last = len(table.columns)
    heading = _put(sheet, 1, 1, table.title)
    heading.font = Font(name="黑体", size=14, bold=True)
    heading.alignment = Alignment(horizontal="center", vertical="center")
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=last)
    sheet.row_dimensions[1].height = 30
    told = _put(sheet, 2, 1, marks)
    told.font = Font(name=_FONT, size=10, bold=True, color="8A6D1F")
    told.alignment = Alignment(vertical="center", wrap_text=True)
    whole = sum(column.width for column in table.columns)
    sheet.row_dimensions[2].height = _LINE_POINTS * _lines(marks, whole) + 3
    heads = max(_lines(column.name, column.width) for column in table.columns)
    sheet.row_dimensions[3].height = _LINE_POINTS * heads + 3
    sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=last)
    for j, column in enumerate(table.columns, 1):
        cell = _put(sheet, 3, j, column.name)
        cell.font = Font(name=_FONT, size=10, bold=True)
        cell.fill, cell.border = _HEADING, _GRID
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(j)].width = column.width + 2
    for i, row in enumerate(table.rows):
        for j, value in enumerate(row, 1):
            cell = _put(sheet, i + 4, j, value)
            cell.font = Font(name=_FONT, size=10, bold=i in table.sums)
            cell.border = _GRID
            cell.alignment = _aligned(value, table.columns[j - 1])
            if i in table.sums:
                cell.fill = _SUM
        lines = max(_lines(value, c.width + 1) for value, c in zip(row, table.columns, strict=True))
        sheet.row_dimensions[i + 4].height = min(_LINE_POINTS * lines + 3, 400)
    if table.note:
        _add_note(sheet, table, len(table.rows) + 4)


def _aligned(value: Cell, column: Column) -> Alignment:
    """Numbers to the right, serial numbers and short words in the middle, texts to the left."""
    number = isinstance(value, Decimal | int)
    if column.width <= _SHORT and not isinstance(value, Decimal):
        return Alignment(horizontal="center", vertical="center", wrap_text=not number)
    if number:
        return Alignment(horizontal="right", vertical="center")
    return Alignment(horizontal="left", vertical="center", wrap_text=True, indent=_INDENT)


def _add_note(sheet: Worksheet, table: ReportTable, row: int) -> None:
    """Write what a reader must know about the table under it."""
    last = len(table.columns)
    cell = _put(sheet, row, 1, table.note)
    cell.font = Font(name=_FONT, size=10)
    cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
    width = sum(column.width + 2 for column in table.columns)
    sheet.row_dimensions[row].height = min(_LINE_POINTS * _lines(table.note, width) + 6, 400)


def _lines(value: Cell, width: int) -> int:
    """Count the lines that a text takes in a column; a Chinese character is two wide."""
    if not isinstance(value, str):
        return 1
    return sum(
        max(1, -(-sum(2 if east_asian_width(c) in "WF" else 1 for c in line) // width))
        for line in value.split("\n")
    )


def _put(sheet: Worksheet, row: int, column: int, value: Cell) -> SheetCell:
    """Write one cell: a number with its printed decimals, or text that stays text."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, SheetCell)  # noqa: S101 - merged cells are never written to
    if isinstance(value, Decimal):
        cell.value = value
        exponent = value.as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
        cell.number_format = "#,##0" + ("." + "0" * decimals if decimals else "")
    elif isinstance(value, int):
        cell.value = value
        cell.number_format = "#,##0"
    elif value:
        cell.value = plain(value)
        cell.data_type = "s"
        if value.startswith(_FORMULA_STARTS):
            cell.quotePrefix = True
    return cell


def _print_setup(sheet: Worksheet, table: ReportTable, title: str, made: str) -> None:
    last = get_column_letter(len(table.columns))
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "1:3"
    sheet.print_area = f"A1:{last}{len(table.rows) + 3 + bool(table.note)}"
    width = sum(column.width for column in table.columns)
    upright, across = _A4_CHARACTERS
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4 if width <= across else sheet.PAPERSIZE_A3
    sheet.page_setup.orientation = "portrait" if width <= upright else "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    footer = sheet.oddFooter
    assert footer is not None  # noqa: S101 - every sheet has one, false while it is empty
    footer.left.text = f"{plain(title)[:_TITLE_PART]}　{made}".rstrip().replace("&", "&&")
    footer.right.text = "&P / &N"
    if table.key in {"findings", "parcels", "projects", "balance"}:
        sheet.auto_filter.ref = f"A3:{last}{len(table.rows) + 3}"
