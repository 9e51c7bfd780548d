"""A program of its own: an old workbook on standard input → its cells as JSON on standard output.

The reader of these files is fast and compiled; a damaged or hostile file can keep it in an endless
loop that no signal ends and that eats memory. So it runs in a process that can be ended, with
little memory. `landgis.plan.documents.sheets` starts it; nothing imports it.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from io import BytesIO
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

MEMORY_BYTES = 2 * 2**30


def limit_memory() -> None:
    """Ask the system to refuse more memory, where it can."""
    try:
        import resource  # noqa: PLC0415 - Unix only
    except ImportError:
        return
    with suppress(ValueError, OSError):  # a system that knows the limit but does not set it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def cells_of(sheet: CalamineSheet) -> list[tuple[int, int, Any]]:
    """Give the filled cells as (row, column, value), counted from 1; dates as text."""
    return [
        (r, c, value if isinstance(value, str | int | float | bool) else str(value))
        for r, row in enumerate(sheet.to_python(skip_empty_area=False), 1)
        for c, value in enumerate(row, 1)
        if value not in ("", None)
    ]


def sheets_of(data: bytes) -> list[dict[str, Any]]:
    """Read every sheet: name, whether it is visible, cells, merged ranges."""
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    sheets = []
    for meta in book.sheets_metadata:
        sheet = book.get_sheet_by_name(meta.name)
        sheets.append(
            {
                "name": meta.name,
                "visible": meta.visible == SheetVisibleEnum.Visible,
                "cells": cells_of(sheet),
                "merged": [
                    (top + 1, left + 1, bottom + 1, right + 1)
                    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
                ],
            }
        )
    return sheets


def main() -> None:
    """Read standard input, write the sheets, or the word "password"."""
    limit_memory()
    try:
        answer: object = sheets_of(sys.stdin.buffer.read())
    except PasswordError:
        answer = "password"
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
