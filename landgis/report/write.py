"""One project's report as files: report.html, tables.xlsx, report.docx."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from landgis.language import Lang
from landgis.making import made, making_day
from landgis.report.cells import ReportTable
from landgis.report.changes import change_tables
from landgis.report.docx import write_document
from landgis.report.html import render_html
from landgis.report.names import basis_note
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
    changes: Mapping[str, pd.DataFrame] | None = None,
    template: Path | str | None = None,
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
    changes
        What moved since an earlier version, see `landgis.report.changes.change_tables`.
    template
        A DOCX template of one's own; see `landgis.report.docx`.
    made_on
        Day of making; see `landgis.making.making_day`.
    lang
        Language of the report.

    Returns
    -------
    list of Path
        ``report.html`` (start here), ``tables.xlsx``, ``report.docx``. Each appears whole or
        not at all.

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
    ['report.html', 'tables.xlsx', 'report.docx']
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    results = results.told(lang)
    moved = change_tables(changes or {}, results, lang=lang)
    tables = _in_order(report_tables(results, lang=lang), moved)
    marks = basis_note(results, lang)
    linked = [*dict.fromkeys(["tables.xlsx", "report.docx", *files])]
    day = made_on or making_day()
    page = render_html(results, maps=maps, files=linked, changes=changes, made_on=day, lang=lang)
    return [
        _whole(folder / "report.html", lambda path: path.write_text(page, "utf-8")),
        _whole(
            folder / "tables.xlsx",
            lambda path: write_workbook(
                tables, path, title=results.title, marks=marks, made=made(day, lang), lang=lang
            ),
        ),
        _whole(
            folder / "report.docx",
            lambda path: write_document(
                results, tables, path, template=template, made_on=day, lang=lang
            ),
        ),
    ]


def _in_order(
    tables: Sequence[ReportTable], moved: Sequence[ReportTable]
) -> tuple[ReportTable, ...]:
    """Put what moved after the annexes, and the plan as read and the findings last."""
    place = next((i for i, t in enumerate(tables) if t.key in _LAST), len(tables))
    return (*tables[:place], *moved, *tables[place:])


def _whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Write beside the file, then rename: a reader never meets half of it."""
    handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=".", dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        write(draft)
        draft.chmod(0o644)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path
