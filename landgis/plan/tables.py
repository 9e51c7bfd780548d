"""Statements and list rows in tables: summary tables (汇总表), cross tables, lists (清单).

A cell of a summary or cross table is a figure of what its row and its column say together, so
that uses may stand in rows and regions in columns or the other way round. A list has a row for
each 片区 or 宗地, with subtotals and a total between them.
"""

from __future__ import annotations

from dataclasses import dataclass

from landgis.plan.columns import has_numbers, header_rows, read_columns
from landgis.plan.context import Context
from landgis.plan.documents.blocks import TableBlock
from landgis.plan.labels import is_past, table_unit
from landgis.plan.lists import Item, read_list
from landgis.plan.matrix import read_matrix
from landgis.plan.statements import Statement


@dataclass(frozen=True)
class Reading:
    """What a table says: its statements, and its rows if it is a list."""

    statements: tuple[Statement, ...] = ()
    items: tuple[Item, ...] = ()
    without_unit: bool = False


def read_table(table: TableBlock, context: Context, *, note: str = "") -> Reading:
    """Read the statements and list rows of a table.

    Parameters
    ----------
    note
        Words near the table that may tell the unit, if its own caption does not.
    """
    head = header_rows(table)
    body = table.rows[head:]
    if not body or is_past(table.caption.replace("\n", " "), context) or not has_numbers(body):
        return Reading()
    unit = table_unit(table.caption) or table_unit(note)
    columns = read_columns(table, head, context)
    roles = {c.role for c in columns}
    crossed = sum(bool(c.facets.use or c.facets.region) for c in columns if c.role == "area") > 1
    if (
        not crossed
        and roles & {"name", "location", "id"}
        and any(c.role == "area" for c in columns)
    ):
        statements, items = read_list(table, body, columns, unit, context)
        area = next(c for c in columns if c.role == "area")
        return Reading(tuple(statements), tuple(items), without_unit=not (area.unit or unit))
    statements, lacking = read_matrix(table, body, columns, unit, context)
    return Reading(tuple(statements), without_unit=lacking)
