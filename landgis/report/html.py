"""The HTML report: one offline file, the index of a project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from urllib.parse import quote

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

from landgis.answer import Answer, Cause, answer
from landgis.findings import VERDICTS, count_verdicts, per_parcel, verdict_name
from landgis.language import Lang, say
from landgis.making import made, making_day
from landgis.plan.model import Plan
from landgis.report.cells import ReportTable, plain, show
from landgis.report.changes import change_tables
from landgis.report.charts import charts
from landgis.report.front import basis_note, front, on_map
from landgis.report.judged import of_each_check, verdict_rows
from landgis.report.sketch import sketch
from landgis.report.tables import report_tables
from landgis.results import Results

WORST = ("fail", "unknown", "pass", "note")
"""Verdicts in the order of reading."""
MOST_OF_A_CHECK = 100
"""Findings about land with one check and verdict that the page shows; the workbook has more."""
_MOST_LINKS = 100
"""Parcels of a finding that have a link to the map."""
MOST_ROWS = 100
"""Rows of a list that the page shows; the workbook has them all."""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as the page shows it."""

    number: int
    anchor: str
    verdict: str
    room: str
    check: str
    cells: tuple[str, ...]
    message: str
    source: str
    figure: str
    parcels: tuple[tuple[str, str], ...]
    land: tuple[int, str]


def render_html(
    results: Results,
    *,
    maps: Iterable[tuple[str, str]] = (),
    files: Iterable[str] = (),
    tables: Sequence[ReportTable] | None = None,
    made_on: date | None = None,
    lang: Lang = "zh",
) -> str:
    """Render the report of a project as one page.

    Parameters
    ----------
    results
        One project's tables.
    maps
        (title, file name) of map pages beside the report.
    files
        Names of further files beside the report, for download.
    tables
        The tables of `report_tables`, if they are made already.
    made_on
        Day of making; see `landgis.making.making_day`.
    lang
        Language of the page.

    Returns
    -------
    str
        A page without scripts that asks nothing of the network. Finding ``i`` has the anchor
        ``f<i>``.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> page = render_html(results)
    >>> "<h1>某市</h1>" in page, "<script" in page
    (True, False)
    """
    results = results.told(lang)
    tables = report_tables(results, lang=lang) if tables is None else tables
    moved = change_tables(results, lang=lang)
    maps = list(maps)
    names = [name for _, name in maps]
    drawn = "overview.html" if "overview.html" in names else next(iter(names), "")
    listed = next((t for t in tables if t.key == "findings"), None)
    rows = _finding_rows(results, listed, drawn)
    told = answer(results, lang=lang)
    page = environment(lang).get_template("report.html")
    return page.render(
        results=results,
        plan=results.plan,
        lang=lang,
        tables={table.key: table for table in tables},
        changes=[table for table in moved if table.key != "supply"],
        supply=next((table for table in moved if table.key == "supply"), None),
        charts=charts(results, tables, lang=lang),
        basis=basis_note(results, lang),
        years=_years(results.plan),
        made=made(made_on or making_day(), lang),
        verdicts=count_verdicts(results.findings),
        rooms=verdict_rows(results.findings, lang),
        findings=rows,
        numbered={row.number: row for row in rows},
        unshown=len(results.findings) - len(rows),
        answer=told,
        front=front(results, page=drawn, lang=lang),
        sketch=sketch(results, told, page=drawn, lang=lang),
        groups=_by_cause(told, rows),
        on_map=partial(on_map, drawn),
        checked={row.figure: row.anchor for row in rows if row.figure},
        maps=[(title, quote(name)) for title, name in maps],
        files=[(name, quote(name)) for name in files],
        most=MOST_ROWS,
        placed=_placed(results.plan),
        most_of_a_check=MOST_OF_A_CHECK,
    )


def _placed(plan: Plan) -> dict[int, int]:
    """Give the figure's number for each row of the targets that the document's page shows."""
    known = set(plan.figures["figure"].dropna()) if len(plan.passages) else set()
    numbers = enumerate(plan.targets["figure"])
    return {row: int(n) for row, n in numbers if not pd.isna(n) and n in known}


def _years(plan: Plan) -> str:
    """Name the plan's year, or its first and last."""
    if plan.start and plan.end and plan.start.year != plan.end.year:
        return f"{plan.start.year}—{plan.end.year}"
    return str(plan.year or "")


def _finding_rows(results: Results, table: ReportTable | None, page: str) -> list[FindingRow]:
    """Pair each finding with its printed cells, and its parcels with their place on the map."""
    if table is None:
        return []
    targets = results.plan.targets
    figures = dict(
        zip(
            zip(targets["region"], targets["category"], targets["source"], strict=True),
            (f"t{i}" for i in range(len(targets))),
            strict=True,
        )
    )
    shown = of_each_check(results.findings, MOST_OF_A_CHECK)
    rows: list[FindingRow] = []
    about = per_parcel(results.findings[shown])
    drawn = results.parcels["parcel_id"].to_numpy(dtype="object")  # as text `isin` is slow
    about = about[about.astype("object").isin(drawn)].groupby(level=0).agg(list)
    linked = about.to_dict() if page else {}
    printed = {cells[0]: cells for cells in table.rows}
    for number in np.flatnonzero(shown).tolist():
        if number + 1 not in printed:  # nor in the workbook
            continue
        cells, finding = printed[number + 1], results.findings.iloc[number]
        position = results.findings.index[number]
        ids = linked.get(position, [])[:_MOST_LINKS]
        rows.append(
            FindingRow(
                number=number + 1,
                anchor=f"f{position}",
                verdict=str(finding["verdict"]),
                room=str(finding["check"]).partition(".")[0],
                check=str(cells[2]),
                cells=tuple(show(cell) for cell in cells[6:11]),
                message=str(finding["message"]),
                source=str(finding["source"]),
                figure=figures.get((finding["region"], finding["category"], finding["source"]), "")
                if finding["check"].startswith("totals.")
                else "",
                parcels=tuple((i, f"{quote(page)}#id={quote(i, safe='')}") for i in ids),
                land=_counted(results, finding, page),
            )
        )
    return rows


def _counted(results: Results, finding: pd.Series, page: str) -> tuple[int, str]:
    """Count the parcels of a compared figure, and give their address on the map."""
    name = tuple(finding[part] for part in ("check", "subject", "region", "category"))
    row = results.balance.by_name.get(name)
    if row is None or row.figure.facets or not page:
        return 0, ""
    return len(row.parcels), on_map(page, row.region, row.figure.category)


def _by_cause(
    told: Answer, rows: Sequence[FindingRow]
) -> list[tuple[Cause | None, list[FindingRow]]]:
    """Put findings under their causes, the weightiest first; then those that say all is well."""
    by_anchor = {row.anchor: row for row in rows}
    groups: list[tuple[Cause | None, list[FindingRow]]] = []
    for cause in told.causes:
        here = [by_anchor.pop(f"f{i}") for i in cause.findings if f"f{i}" in by_anchor]
        groups.append((cause, here))
    rooms = list(dict.fromkeys(row.room for row in rows))
    rest = sorted(by_anchor.values(), key=lambda r: (rooms.index(r.room), WORST.index(r.verdict)))
    return [*(g for g in groups if g[1]), (None, rest)]


def _finished(value: object) -> object:
    """Take from text what a page cannot show; escaping comes after."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def environment(lang: Lang) -> jinja2.Environment:
    """Give the templates of the report's pages, with their words in one language."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [  # all pages have one head
                jinja2.PackageLoader("landgis.report"),
                jinja2.PackageLoader("landgis.maps", "assets"),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["show"] = show
    environment.tests["numeric"] = lambda cell: isinstance(cell, Decimal | int)
    environment.globals.update(
        say=lambda zh, en: say(lang, zh, en),
        verdict_name=lambda verdict: verdict_name(verdict, lang),
        VERDICTS=list(VERDICTS),
    )
    return environment
