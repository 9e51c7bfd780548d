"""Tables of a PDF page: by the cells that ruling lines enclose, or by columns of words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from landgis.plan.documents.blocks import Cell, Place, TableBlock
from landgis.plan.documents.layout import clean_text, join_lines
from landgis.plan.documents.pdf_lines import Line, middle_of, row_text, rows_of

SNAP = 3.0  # points within which ruling lines count as one
ROW_GAP = 2.5  # of the size of the font
FIGURE = re.compile(r"[\d.,，]+%?")


def _edges(values: Iterable[float]) -> list[float]:
    """Give the ruling lines' positions, those closer than `SNAP` as one."""
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > SNAP:
            edges.append(value)
    return edges


def ruled_table(
    boxes: Sequence[Sequence[float]], characters: list[dict[str, Any]], page: int, number: int
) -> TableBlock | None:
    """Lay out the cells that ruling lines enclose; None where they are no grid."""
    columns = _edges(x for box in boxes for x in (box[0], box[2]))
    rows = _edges(y for box in boxes for y in (box[1], box[3]))
    if len(columns) < 3 or len(boxes) < 2:
        return None
    owner: dict[tuple[int, int], int] = {}
    corner: dict[int, tuple[int, int]] = {}
    for i, (x0, top, x1, bottom) in enumerate(boxes):
        left, right = _slot(columns, x0), max(_slot(columns, x0) + 1, _slot(columns, x1))
        upper, lower = _slot(rows, top), max(_slot(rows, top) + 1, _slot(rows, bottom))
        corner[i] = (upper, left)
        for r in range(upper, lower):
            owner |= {(r, c): i for c in range(left, right)}
    texts: dict[int, list[dict[str, Any]]] = {}
    for character in characters:
        x, y = middle_of(character)
        place = (bisect_right(rows, y) - 1, bisect_right(columns, x) - 1)
        if place in owner:
            texts.setdefault(owner[place], []).append(character)
    words = {i: _cell_text(found) for i, found in texts.items()}
    return TableBlock(
        tuple(
            tuple(
                Cell(
                    words.get(owner.get((r, c), -1), ""),
                    Place(page=page, table=number, row=r + 1, column=c + 1),
                    repeated=(r, c) in owner and corner[owner[r, c]] != (r, c),
                )
                for c in range(len(columns) - 1)
            )
            for r in range(len(rows) - 1)
        ),
        "",
        Place(page=page, table=number),
    )


def _slot(edges: list[float], value: float) -> int:
    """Find the ruling line at a position."""
    return max(0, bisect_right(edges, value + SNAP) - 1)


def _cell_text(characters: list[dict[str, Any]]) -> str:
    """Join the lines of a cell, which a narrow column breaks anywhere."""
    text = ""
    for row in rows_of(characters):
        text = join_lines(text, row_text(row))
    return clean_text(text)


def unruled_tables(lines: list[Line], tables: int) -> list[tuple[Line, TableBlock, list[Line]]]:
    """Find tables without vertical ruling lines: rows whose words stand in the same columns.

    Gives the first line of each, the table, and all its lines.
    """
    found: list[tuple[Line, TableBlock, list[Line]]] = []
    begin = 0
    for i in range(1, len(lines) + 1):
        ends = i == len(lines) or lines[i].top - lines[i - 1].bottom > ROW_GAP * lines[i].size
        if ends or len(lines[i].parts) < 2 or len(lines[begin].parts) < 2:
            run = lines[begin:i]
            block = _columns(run, tables + len(found) + 1)
            if block is not None:
                found.append((run[0], block, run))
            begin = i
    return found


def _columns(lines: list[Line], table: int) -> TableBlock | None:
    """Lay out lines in columns; None where they have none in common, or no figures."""
    spans: list[list[float]] = []
    for part in sorted((p for line in lines for p in line.parts), key=lambda p: p.x0):
        if spans and part.x0 < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], part.x1)
        else:
            spans.append([part.x0, part.x1])
    rows: list[tuple[Cell, ...]] = []
    for line in lines:
        columns = [bisect_right([x0 for x0, _ in spans], part.x0) - 1 for part in line.parts]
        if len(set(columns)) < len(columns):
            return None
        words = dict(zip(columns, (part.text for part in line.parts), strict=True))
        place = replace(line.place, line=0, table=table, row=len(rows) + 1)
        rows.append(
            tuple(Cell(words.get(c, ""), replace(place, column=c + 1)) for c in range(len(spans)))
        )
    figures = sum(any(FIGURE.fullmatch(cell.text) for cell in row) for row in rows)
    if len(rows) < 3 or len(spans) < 2 or figures < len(rows) / 2:
        return None
    return TableBlock(tuple(rows), "", Place(page=lines[0].place.page, table=table))
