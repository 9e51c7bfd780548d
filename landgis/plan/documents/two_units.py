"""Cells that say one area in two units, 30（450） under 单位：公顷（亩）: a column for each unit.

The units must be named, in the heading or above the table, and the numbers must agree with them:
then each number stands under its own heading, as in a table that was drawn so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from landgis.plan.documents.blocks import Cell, TableBlock
from landgis.units import M2_PER_UNIT, UNIT_ALIASES, unit_name

AGREEING = 0.8  # share of the cells: a printed table may have an error of its own
NEAR = Decimal("0.01")  # relative, for numbers that were rounded

_UNIT = "|".join(sorted(map(re.escape, {*M2_PER_UNIT, *UNIT_ALIASES}), key=len, reverse=True))
_PAIR = re.compile(
    rf"(?:单位\s*[：:]\s*)?[（(]?\s*({_UNIT})\s*[（(/／、]\s*({_UNIT})\s*[）)]*", re.IGNORECASE
)
_NUMBER = r"(\d[\d,，]{0,19}(?:\.\d{1,10})?)"
_TWO = re.compile(rf"{_NUMBER}\s*(?:[（(]\s*{_NUMBER}\s*[）)]|[/／]\s*{_NUMBER})")


def part_units(table: TableBlock) -> TableBlock:
    """Part the columns of a table whose cells hold an area in two units.

    Examples
    --------
    >>> from landgis.plan.documents.blocks import Place
    >>> rows = ["用途", "面积"], ["商服", "2（30）"], ["住宅", "4（60）"]
    >>> cells = tuple(tuple(Cell(text, Place()) for text in row) for row in rows)
    >>> table = part_units(TableBlock(cells, "单位：公顷（亩）", Place()))
    >>> [[cell.text for cell in row] for row in table.rows]
    [['用途', '面积（公顷）', '面积（亩）'], ['商服', '2', '30'], ['住宅', '4', '60']]
    """
    head = next((i for i, row in enumerate(table.rows) if any(_two(c) for c in row)), 0)
    if not head:
        return table
    units = [_units(table, head, column) for column in range(table.shape[1])]
    if not any(units):
        return table
    rows = tuple(
        tuple(
            part
            for cell, pair in zip(row, units, strict=True)
            for part in (_parts(cell, pair, r - head) if pair else (cell,))
        )
        for r, row in enumerate(table.rows)
    )
    return replace(table, rows=rows)


def _two(cell: Cell) -> tuple[str, str] | None:
    found = _TWO.fullmatch(cell.text)
    return (found[1], found[2] or found[3]) if found else None


def _units(table: TableBlock, head: int, column: int) -> tuple[str, str] | None:
    """Give the two units of a column, where they are named and its numbers agree with them."""
    heading = " ".join(row[column].text for row in table.rows[:head])
    named = _PAIR.search(heading) or _PAIR.search(table.caption)
    pairs = [two for row in table.rows[head:] if (two := _two(row[column]))]
    if named is None or not pairs:
        return None
    units = unit_name(named[1]) or "", unit_name(named[2]) or ""
    return units if _agree(pairs, units) else None


def _agree(pairs: Sequence[tuple[str, str]], units: tuple[str, str]) -> bool:
    """Whether most pairs of numbers are one area in the two units."""
    ratio = M2_PER_UNIT[units[0]] / M2_PER_UNIT[units[1]]
    right = 0
    for pair in pairs:
        one, other = (Decimal(re.sub("[,，]", "", text)) for text in pair)
        expected = one * ratio.numerator / ratio.denominator
        right += abs(expected - other) <= max(Decimal(1), NEAR * expected)
    return right >= AGREEING * len(pairs)


def _parts(cell: Cell, units: tuple[str, str], row: int) -> tuple[Cell, Cell]:
    """Part a cell of such a column; ``row`` is counted from the first below the headings."""
    printed = cell.printed
    if row < -1:
        return cell, replace(cell, repeated=True, as_printed="")
    if row == -1:
        name = _PAIR.sub("", cell.text)
        one, other = (f"{name}（{unit}）" for unit in units)
    else:
        one, other = _two(cell) or (cell.text, "")
    return replace(cell, text=one, as_printed=printed), replace(cell, text=other, as_printed="")
