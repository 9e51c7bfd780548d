"""Spreadsheets (xlsx, xls) to blocks: every sheet a table, numbers as their cells show them."""

from __future__ import annotations

import re
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from itertools import product
from typing import NamedTuple

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries
from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

from landgis.findings import Finding
from landgis.plan.documents.blocks import READING, Block, Cell, Document, Place, TableBlock
from landgis.plan.documents.layout import clean_text, lay_out
from landgis.plan.documents.opening import MAX_CELLS, damaged, encrypted, open_package, too_large
from landgis.units import half_up

MAX_SHEET_BYTES = 64 * 2**20
MAX_DENSE_ROWS = 100_000
MAX_COLUMN = 16_384  # XFD, the last that a workbook has

_UNSOLVED = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>|</c>)")
_NO_NAME = re.compile(r"(?:Sheet|工作表)\s*\d*", re.IGNORECASE)

Span = tuple[int, int, int, int]  # first row, first column, last row, last column; from 1


class Sheet(NamedTuple):
    """A worksheet's shown cells by (row, column), counted from 1, and its merged ranges."""

    name: str
    cells: dict[tuple[int, int], str]
    merged: list[Span]


def read_xlsx(data: bytes, name: str) -> Document:
    """Read the visible sheets of an xlsx, each a table; the name is for messages.

    A formula counts with the value stored for it. Rows and columns that show nothing are left
    out.

    Raises
    ------
    InputError
        If the file is damaged, unsafe, protected by a password, or far too large.
    """
    package = open_package(data, name)
    parts = [m for m in package.infolist() if m.filename.startswith("xl/worksheets/")]
    if sum(m.file_size for m in parts) > MAX_SHEET_BYTES:
        raise too_large(name, "的工作表过大", "has sheets that are too large")
    merged = sum(_merged_cells(package.read(m)) for m in parts)
    shown = _by_openpyxl(data, name) if merged <= MAX_CELLS else None  # it keeps every merged cell
    if shown is None:
        if any(_reaches_far(package.read(m)) for m in parts):
            raise too_large(name, "的工作表行数过多", "has sheets with too many rows")
        shown = _by_calamine(data, name)
    sheets, remarks = shown
    unsolved = sum(len(_UNSOLVED.findall(package.read(m))) for m in parts)
    if unsolved:
        remarks.append(
            READING.finding("unsolved", "unknown", subject=name, values={"count": unsolved})
        )
    return _document(name, "xlsx", sheets, remarks)


def read_xls(data: bytes, name: str) -> Document:
    """Read an old xls in the same way; its number formats are not told.

    Raises
    ------
    InputError
        If the file is damaged or protected by a password.
    """
    return _document(name, "xls", *_by_calamine(data, name))


def _document(name: str, kind: str, sheets: list[Sheet], remarks: list[Finding]) -> Document:
    blocks = (block for sheet in sheets for block in _laid_out(sheet, name))
    return Document(name=name, format=kind, blocks=tuple(blocks), remarks=tuple(remarks))


def _reaches_far(sheet: bytes) -> bool:
    """Whether a sheet has cells so far out that a dense array of it would be too large."""
    rows = re.finditer(rb'\br="([A-Z]{1,3})(\d+)"', sheet)
    return any(int(m[2]) > MAX_DENSE_ROWS or len(m[1]) > 2 for m in rows)


def _merged_cells(sheet: bytes) -> int:
    """Count the cells that a sheet's merged ranges cover."""
    count = 0
    for reference in re.findall(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([^"]{1,30})"', sheet):
        with suppress(ValueError):
            bounds = range_boundaries(reference.decode("ascii", "replace"))
            left, top, right, bottom = (bound or 0 for bound in bounds)
            count += (right - left + 1) * (bottom - top + 1)
    return count


def _by_openpyxl(data: bytes, name: str) -> tuple[list[Sheet], list[Finding]] | None:
    """Read an xlsx with its number formats; None where openpyxl cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # extensions that openpyxl does not keep
        try:
            book = openpyxl.load_workbook(BytesIO(data), data_only=True)
        except Exception:  # noqa: BLE001 - it fails in many ways on styles that others write
            return None
    sheets, remarks = [], []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            remarks.append(_hidden(sheet.title, name))
            continue
        cells = {
            place: text
            for place, cell in sheet._cells.items()  # noqa: SLF001 - the filled cells alone
            if (text := show_value(cell.value, cell.number_format or ""))
        }
        merged = [(r.min_row, r.min_col, r.max_row, r.max_col) for r in sheet.merged_cells.ranges]
        sheets.append(Sheet(sheet.title, cells, merged))
    return sheets, remarks


def _by_calamine(data: bytes, name: str) -> tuple[list[Sheet], list[Finding]]:
    """Read an xls, or an xlsx that openpyxl cannot; dates as text."""
    sheets, remarks = [], []
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        for meta in book.sheets_metadata:
            if meta.visible != SheetVisibleEnum.Visible:
                remarks.append(_hidden(meta.name, name))
                continue
            sheet = book.get_sheet_by_name(meta.name)
            shown = (
                (r, c, show_value(value, ""))
                for r, row in enumerate(sheet.to_python(skip_empty_area=False), 1)
                for c, value in enumerate(row, 1)
                if value not in ("", None)
            )
            cells = {(row, column): text for row, column, text in shown if text}
            merged = [
                (top + 1, left + 1, bottom + 1, right + 1)
                for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
            ]
            sheets.append(Sheet(meta.name, cells, merged))
    except PasswordError as error:
        raise encrypted(name) from error
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the compiled reader is no Exception
        raise damaged(name) from error
    return sheets, remarks


def _hidden(title: str, name: str) -> Finding:
    return READING.finding("hidden", "unknown", subject=name, values={"sheet": title})


def _laid_out(sheet: Sheet, name: str) -> Iterator[Block]:
    """Lay a sheet out by itself; its name is the caption of a table without one."""
    named = "" if _NO_NAME.fullmatch(sheet.name) else sheet.name
    for block in lay_out(_tables(sheet, name)):
        if isinstance(block, TableBlock) and not block.caption:
            yield replace(block, caption=named)
        else:
            yield block


def _tables(sheet: Sheet, name: str) -> Iterator[TableBlock]:
    """Lay a sheet out as a table of the rows and columns that show something."""
    rows = sorted({row for row, _ in sheet.cells})
    columns = sorted({column for _, column in sheet.cells})
    if columns and columns[-1] > MAX_COLUMN:
        raise damaged(name)
    if len(rows) * len(columns) > MAX_CELLS:
        raise too_large(
            name, f"的工作表“{sheet.name}”过大", f"has a sheet too large: {sheet.name!r}"
        )
    covered = _covered(sheet, rows, columns)
    grid = tuple(
        tuple(
            Cell(
                sheet.cells.get((row, column), "") or covered.get((row, column), ""),
                Place(sheet=sheet.name, cell=f"{get_column_letter(column)}{row}"),
                repeated=(row, column) in covered,
            )
            for column in columns
        )
        for row in rows
    )
    if grid:
        yield TableBlock(grid, "", Place(sheet=sheet.name, cell=grid[0][0].place.cell))


def _covered(sheet: Sheet, rows: list[int], columns: list[int]) -> dict[tuple[int, int], str]:
    """Give the positions that merged cells cover, with the words that stand at their corner."""
    covered: dict[tuple[int, int], str] = {}
    for top, left, bottom, right in sheet.merged:
        text = sheet.cells.get((top, left), "")
        if text and len(covered) < MAX_CELLS:
            down = rows[bisect_left(rows, top) : bisect_right(rows, bottom)]
            across = columns[bisect_left(columns, left) : bisect_right(columns, right)]
            covered |= {place: text for place in product(down, across) if place != (top, left)}
    return covered


def show_value(value: object, number_format: str) -> str:
    """Print a cell's value as the cell shows it, as far as its number format says.

    Examples
    --------
    >>> show_value(1234.5, "#,##0.00"), show_value(0.514, "0.0%"), show_value(0.1 + 0.2, "General")
    ('1,234.50', '51.4%', '0.3')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _show_number(value, number_format)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return clean_text(str(value))


_DECORATION = re.compile(r"\[[^\]]*\]|[_*].|\\(.)|\"([^\"]*)\"")
_FORMAT = re.compile(r"([^#0.,%]*)([#,]*0(?:\.(0+)[#]*)?)(%?)([^#0.,%]*)")


def _show_number(value: float, number_format: str) -> str:
    """Print a number with the decimals, %, and words that its format fixes."""
    exact = Decimal(format(value, ".15g")) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        return ""
    section = number_format.partition(";")[0]
    match = _FORMAT.fullmatch(_DECORATION.sub(lambda m: m[1] or m[2] or "", section).strip())
    if match is None:
        return f"{exact.normalize():f}"
    before, digits, decimals, percent, after = match.groups()
    shown = half_up(exact * 100 if percent else exact, len(decimals or ""))
    grouped = f"{shown:,f}" if "," in digits else f"{shown:f}"
    return f"{before}{grouped}{percent}{after}".strip()
