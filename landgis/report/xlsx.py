"""The workbook of a report: the annex tables as bureaus publish them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from tqdm.auto import tqdm
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from landgis.findings import VERDICTS
from landgis.language import Lang, say
from landgis.report.cells import FORMULA_STARTS, Cell, ReportTable, SheetColumn, plain

_Looks = Callable[[dict[str, Any]], Format]
_FONT = "宋体"
_BODY = {"font_name": _FONT, "font_size": 10, "valign": "vcenter"}
_GRID = {"border": 1, "border_color": "#999999"}
_TITLE = {
    "font_name": "黑体",
    "font_size": 14,
    "bold": True,
    "align": "center",
    "valign": "vcenter",
}
_MARKS = _BODY | {"bold": True, "font_color": "#8A6D1F", "text_wrap": True}
_HEAD = _BODY | _GRID | {"bold": True, "bg_color": "#E8ECEF", "align": "center", "text_wrap": True}
_SUM = {"bold": True, "bg_color": "#F4F5F5"}
_NOTE = _BODY | {"align": "left", "valign": "top", "text_wrap": True}
_PAPER_A4, _PAPER_A3 = 9, 8
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
    title
        Stands in each sheet's footer.
    marks
        What is sample, schematic or approximate: told under each title.
    made
        When and with what the workbook was made: stands in each sheet's footer, and among the
        properties of the file.

    Notes
    -----
    Text is written as text: nothing becomes a formula, whatever it starts with.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import openpyxl
    >>> from landgis.report.cells import SheetColumn
    >>> table = ReportTable(
    ...     key="t", title="表", columns=(SheetColumn(name="名称"), SheetColumn(name="面积")),
    ...     rows=(("=1+1", Decimal("7.20")),))
    >>> with TemporaryDirectory() as folder:
    ...     write_workbook([table], Path(folder, "t.xlsx"), title="某市")
    ...     sheet = openpyxl.load_workbook(Path(folder, "t.xlsx")).active
    >>> sheet["A4"].value, sheet["A4"].data_type, sheet["B4"].number_format
    ('=1+1', 's', '#,##0.00')
    """
    told = say(lang, "；", "; ").join(marks)
    options = {
        "constant_memory": True,  # a row is written and forgotten
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with Workbook(str(path), options) as book:
        book.set_properties({"title": plain(title), "author": "landgis", "comments": made})
        looks = _looks(book)
        taken: list[str] = []
        for table in tqdm(tables, desc=path.name, delay=2, disable=None, leave=False):
            taken.append(_sheet_name(table, taken))
            sheet = book.add_worksheet(taken[-1])
            _print_setup(sheet, table, title, made)
            _fill(sheet, table, told, looks)


def _looks(book: Workbook) -> _Looks:
    """Give what makes the formats of a workbook from their properties, each once."""
    made = cache(lambda items: book.add_format(dict(items)))
    return lambda look: made(tuple(look.items()))


def _sheet_name(table: ReportTable, taken: Sequence[str]) -> str:
    """Give the title without its unit, short and legal."""
    name = re.sub(
        r"[\[\]:*?/\\]", " ", re.split(r"（(?:单位|面积|截至)| \(| as of", table.title)[0]
    )
    name = name.removeprefix("国有建设用地供应计划").strip()[:28] or table.key
    return name if name not in taken else table.key


def _fill(sheet: Worksheet, table: ReportTable, marks: str, looks: _Looks) -> None:
    """Write a table row by row, from the top: rows that are written cannot be gone back to."""
    whole = sum(column.width for column in table.columns)
    for j, column in enumerate(table.columns):
        sheet.set_column(j, j, column.width + 2)
    _across(sheet, 0, table, table.title, looks(_TITLE), height=30)
    _across(sheet, 1, table, marks, looks(_MARKS), height=_height(_lines(marks, whole)))
    sheet.set_row(2, _height(max(_lines(c.name, c.width) for c in table.columns)))
    for j, column in enumerate(table.columns):
        sheet.write_string(2, j, plain(column.name), looks(_HEAD))
    columns = [_ColumnLooks(column, looks) for column in table.columns]
    totals = _Totals()
    for i, row in enumerate(table.rows):
        lines = 1
        for value, looked in zip(row, columns, strict=True):
            if isinstance(value, str):
                lines = max(lines, _lines(value, looked.width))
        sheet.set_row(i + 3, min(_height(lines), 400))
        is_sum = i in table.sums
        for j, value in enumerate(row):
            look = columns[j].of(value, is_sum=is_sum)
            formula = totals.formula(j, value) if is_sum else ""
            if formula and value is not None:
                sheet.write_formula(i + 3, j, formula, look, float(value))
            else:
                _put(sheet, i + 3, j, value, look)
        totals.add(i + 4, row, is_sum=is_sum)
    _paint_verdicts(sheet, table, looks)
    if table.note:
        width = sum(column.width + 2 for column in table.columns)
        height = min(_height(_lines(table.note, width)) + 3, 400)
        _across(sheet, len(table.rows) + 3, table, table.note, looks(_NOTE), height=height)


class _Totals:
    """What stands above a total, to write it as a formula where it is the sum as shown."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, bool]] = []  # since the last total: row, whether a part of one
        self._sums: dict[int, list[Decimal]] = {}  # by column: group, group without parts, all
        self._first = 0

    def add(self, row: int, cells: Sequence[Cell], *, is_sum: bool) -> None:
        """Take a row that is written; a total begins a new group."""
        self._first = self._first or row
        if is_sum:
            self._rows = []
            for sums in self._sums.values():
                sums[0] = sums[1] = Decimal(0)
            return
        part = isinstance(cells[0], str) and cells[0].startswith("　")
        self._rows.append((row, part))
        for j, value in enumerate(cells):
            if isinstance(value, Decimal | int):
                sums = self._sums.setdefault(j, [Decimal(0)] * 3)
                sums[0] += value
                sums[1] += 0 if part else value
                sums[2] += value

    def formula(self, column: int, value: Cell) -> str:
        """Give the formula of a total; nothing where the cells above do not add up to it."""
        if not isinstance(value, Decimal | int) or column not in self._sums:
            return ""
        name = xl_col_to_name(column)
        group, whole, everything = self._sums[column]
        if self._rows and value == group:
            return f"=SUBTOTAL(9,{name}{self._rows[0][0]}:{name}{self._rows[-1][0]})"
        if self._rows and value == whole:
            return "=" + "+".join(f"{name}{row}" for row, part in self._rows if not part)
        last = self._rows[-1][0] if self._rows else 0
        if value == everything and not last:  # subtotals in between do not count again
            return f"=SUBTOTAL(9,{name}{self._first}:INDEX({name}:{name},ROW()-1))"
        return ""


_TINTS = {
    "fail": ("#FBE3DF", "#A8322D"),
    "unknown": ("#FBF1CF", "#6B5B00"),
    "pass": ("", "#2B6E4F"),
}


def _paint_verdicts(sheet: Worksheet, table: ReportTable, looks: _Looks) -> None:
    """Colour the words of verdicts, in either language."""
    for j, column in enumerate(table.columns):
        if column.name not in {"结论", "verdict"}:
            continue
        for verdict, (ground, ink) in _TINTS.items():
            look = looks({"font_color": ink} | ({"bg_color": ground} if ground else {}))
            for word in VERDICTS[verdict]:
                rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look}
                sheet.conditional_format(3, j, len(table.rows) + 2, j, rule)


def _across(
    sheet: Worksheet, row: int, table: ReportTable, text: str, look: Format, *, height: float
) -> None:
    """Write a text over the whole width of a table."""
    sheet.set_row(row, height)
    last = len(table.columns) - 1
    if last:
        sheet.merge_range(row, 0, row, last, "", look)
    sheet.write_string(row, 0, plain(text), look)


class _ColumnLooks:
    """The formats of a column, by what a cell holds.

    Numbers stand to the right, serial numbers and short words in the middle, texts to the left.
    """

    def __init__(self, column: SheetColumn, looks: _Looks) -> None:
        self._short = column.width <= _SHORT
        self.width = column.width + 1
        self._looks = looks
        self._made: dict[Any, Format] = {}

    def of(self, value: Cell, *, is_sum: bool) -> Format:
        """Give the format of a cell."""
        key = (
            type(value),
            _decimals(value),
            isinstance(value, str) and value[:1] in FORMULA_STARTS,
            is_sum,
        )
        if key not in self._made:
            self._made[key] = self._looks(self._look(value, is_sum=is_sum))
        return self._made[key]

    def _look(self, value: Cell, *, is_sum: bool) -> dict[str, Any]:
        look = _BODY | _GRID | (_SUM if is_sum else {})
        number = isinstance(value, Decimal | int)
        if number:
            decimals = _decimals(value)
            look["num_format"] = "#,##0" + ("." + "0" * decimals if decimals else "")
        if self._short and not isinstance(value, Decimal):
            look |= {"align": "center", "text_wrap": not number}
        elif number:
            look |= {"align": "right"}
        else:
            look |= {"align": "left", "text_wrap": True, "indent": _INDENT}
        if isinstance(value, str) and value[:1] in FORMULA_STARTS:
            look["quote_prefix"] = True
        return look


def _decimals(value: Cell) -> int:
    """Count the printed decimals of a number."""
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _height(lines: int) -> float:
    return _LINE_POINTS * lines + 3


def _lines(value: str, width: int) -> int:
    """Count the lines that a text takes in a column; a Chinese character is two wide."""
    if 2 * len(value) <= width and "\n" not in value:
        return 1
    return sum(
        max(1, -(-sum(2 if east_asian_width(c) in "WF" else 1 for c in line) // width))
        for line in value.split("\n")
    )


def _put(sheet: Worksheet, row: int, column: int, value: Cell, look: Format) -> None:
    """Write one cell: a number with its printed decimals, or text that stays text."""
    if isinstance(value, str):
        sheet.write_string(row, column, plain(value), look)
    elif value is None:
        sheet.write_blank(row, column, None, look)
    else:
        sheet.write_number(row, column, value, look)


def _print_setup(sheet: Worksheet, table: ReportTable, title: str, made: str) -> None:
    last, end = len(table.columns) - 1, len(table.rows) + 2
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(0, 2)
    sheet.print_area(0, 0, end + bool(table.note), last)
    width = sum(column.width for column in table.columns)
    upright, across = _A4_CHARACTERS
    sheet.set_paper(_PAPER_A4 if width <= across else _PAPER_A3)
    if width > upright:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    left = f"{plain(title)[:_TITLE_PART]}　{made}".rstrip().replace("&", "&&")
    sheet.set_footer(f"&L{left}&R&P / &N")
    if table.key in {"findings", "parcels", "projects", "balance"}:
        sheet.autofilter(2, 0, end, last)
