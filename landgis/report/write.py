"""One project's report as files: report.html, tables.xlsx, report.docx."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from tqdm.auto import tqdm

from landgis.errors import require
from landgis.files.whole import write_whole
from landgis.language import Lang, say
from landgis.making import made, making_day
from landgis.report.cells import (
    FORMULA_STARTS,
    MOST_CHARACTERS,
    MOST_LINES,
    Cell,
    ReportTable,
    plain,
)
from landgis.report.changes import change_tables
from landgis.report.document import render_document
from landgis.report.docx import write_document
from landgis.report.html import basis_note, render_html
from landgis.report.tables import report_tables
from landgis.report.xlsx import write_workbook
from landgis.results import Results

_LAST = {"targets", "rules", "findings"}


def write_report(
    results: Results,
    directory: Path | str,
    *,
    maps: Iterable[tuple[str, str]] = (),
    files: Iterable[str] = (),
    template: Path | str | None = None,
    columns: Iterable[str] = (),
    made_on: date | None = None,
    lang: Lang = "zh",
) -> list[Path]:
    """Write the report of a project.

    Parameters
    ----------
    results
        One project's tables.
    directory
        Where to write; made if it is not there.
    maps
        (title, file name) of map pages in the same folder, to link to.
    files
        Names of further files in the same folder, to link to.
    template
        A DOCX template of one's own; see `landgis.report.docx`.
    columns
        Fields of the parcels' layer that the list of parcels shows.
    made_on
        Day of making; see `landgis.making.making_day`.
    lang
        Language of the report.

    Returns
    -------
    list of Path
        ``report.html`` (start here), ``document.html`` (the plan's text with every figure
        marked, where the text is known), ``tables.xlsx``, ``summary.docx`` (one page to be
        signed), ``report.docx``. Each appears whole or
        not at all. A table of more than `MOST_LINES` rows is cut in the workbook, and whole in a
        CSV named after its key (``parcels-all.csv``, ``findings-all.csv``).

    Raises
    ------
    InputError
        If the template is no DOCX, or has an error.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in write_report(results, folder)]
    ['report.html', 'tables.xlsx', 'summary.docx', 'report.docx']
    """
    require(results, Results, name="results")
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    results = results.told(lang)
    moved = change_tables(results, lang=lang)
    own = report_tables(results, columns=columns, lang=lang)
    tables: Sequence[ReportTable] = _in_order(own, moved)
    marks = basis_note(results, lang)
    tables = [table.cut(MOST_LINES) for table in tables]
    lists = {_list_name(table): partial(write_list, table) for table in tables if table.every}
    text = render_document(results.plan, lang=lang) if len(results.plan.passages) else ""
    pages = ["document.html"] if text else []
    linked = [*pages, "tables.xlsx", "summary.docx", "report.docx", *lists, *files]
    day = made_on or making_day()
    sheets = [_said(table, lang) for table in tables]

    def front_page(path: Path) -> None:
        page = render_html(
            results, maps=maps, files=dict.fromkeys(linked), tables=own, made_on=day, lang=lang
        )
        path.write_text(page, "utf-8")

    writers: dict[str, Callable[[Path], object]] = {
        "report.html": front_page,
        **{name: lambda path: path.write_text(text, "utf-8") for name in pages},
        "tables.xlsx": lambda path: write_workbook(
            sheets, path, title=results.title, marks=marks, made=made(day, lang), lang=lang
        ),
        "summary.docx": lambda path: write_document(
            results, tables, path, kind="summary", made_on=day, lang=lang
        ),
        "report.docx": lambda path: write_document(
            results, tables, path, template=template, made_on=day, lang=lang
        ),
        **lists,
    }
    each = tqdm(writers.items(), delay=2, disable=None, leave=False)
    return [write_whole(folder / name, write) for name, write in each]


def write_list(table: ReportTable, path: Path) -> None:
    """Write all rows of a table as CSV, for lists that are too long for a sheet.

    Text that a spreadsheet would take for a formula has an apostrophe in front.

    Examples
    --------
    >>> from landgis.report.cells import SheetColumn
    >>> columns = (SheetColumn(name="名称"),)
    >>> table = ReportTable(key="t", title="表", columns=columns, rows=(("=1+1",),))
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_list(table, Path(folder, "t.csv"))
    ...     Path(folder, "t.csv").read_text("utf-8-sig").splitlines()
    ['名称', "'=1+1"]
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in table.columns])
        every = table.rows if table.every is None else table.every()
        writer.writerows(map(_listed, every))


def _listed(row: Iterable[Cell]) -> list[Cell]:
    """Give the cells of a row as a list holds them: text stays text; most needs nothing."""
    return [
        cell
        if not isinstance(cell, str)
        or (cell.isprintable() and cell[:1] not in FORMULA_STARTS and len(cell) < MOST_CHARACTERS)
        else _held(plain(cell))
        for cell in row
    ]


def _held(text: str) -> str:
    return f"'{text}" if text[:1] in FORMULA_STARTS else text


def _list_name(table: ReportTable) -> str:
    """Name the CSV that holds all rows of a table."""
    return f"{table.key}-all.csv"


def _said(table: ReportTable, lang: Lang) -> ReportTable:
    """Say on a sheet that only the CSV has all rows, if so."""
    if not table.every:
        return table
    count, here, name = f"{table.count:,}", f"{len(table.rows):,}", _list_name(table)
    zh = f"共 {count} 行，此处列出 {here} 行，全部见 {name}。"
    en = f"{count} rows, of which {here} are here; all are in {name}."
    return replace(table, note="\n".join(filter(None, [say(lang, zh, en), table.note])))


def _in_order(
    tables: Sequence[ReportTable], moved: Sequence[ReportTable]
) -> tuple[ReportTable, ...]:
    """Put what moved after the annexes, and the plan as read and the findings last."""
    at = next((i for i, t in enumerate(tables) if t.key in _LAST), len(tables))
    return (*tables[:at], *moved, *tables[at:])
