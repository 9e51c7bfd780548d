"""The pages of a report: one offline file and the index of a project, its first screen first.

And the page of the plan document: its text with every figure marked by what it was read as.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import quote

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

from landgis.answer import SIGNS, Answer, Cause, answer
from landgis.findings import (
    VERDICTS,
    count_verdicts,
    finding_keys,
    per_parcel,
    verdict_name,
)
from landgis.landuse import category_name
from landgis.language import Lang, made, making_day, say
from landgis.plan.corrections import GOT, ROLE_NAMES
from landgis.plan.lexicon import reasons
from landgis.plan.model import Plan
from landgis.report.cells import ReportTable, lay_out, plain, show
from landgis.report.changes import change_tables
from landgis.report.charts import charts, sketch
from landgis.report.tables import of_each_check, report_tables, verdict_rows
from landgis.results import Results, once
from landgis.units import shown_number, unit_word

MOST_REGIONS, MOST_CHARACTERS = 14, 112
"""What the first screen holds as a table of regions and uses: lines, and digits in a line."""
MOST_LINES = 14
"""Lines that it holds otherwise."""
WORST = ("fail", "unknown", "pass", "note")
"""Verdicts in the order of reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontFigure:
    """One figure beside the map, as text, and where each of its numbers leads.

    Parameters
    ----------
    sentence, parcels, finding
        Addresses of the figure in the document, of the land on the map, of the check.
    """

    planned: str = ""
    mapped: str = ""
    difference: str = ""
    verdict: str = ""
    sentence: str = ""
    parcels: str = ""
    finding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The table of the first screen.

    Parameters
    ----------
    heads
        Uses in the columns, the total first; none where the lines stand one below the other.
    lines
        Name of the line, and its cells.
    left
        Lines that it does not hold.
    """

    heads: tuple[str, ...]
    lines: tuple[tuple[str, tuple[FrontFigure, ...]], ...]
    unit: str
    left: int = 0


@once
def front(results: Results, *, page: str = "", listed: bool = False, lang: Lang = "zh") -> Front:
    """Lay out the table of the first screen; ``page`` is the map that numbers lead to.

    ``listed`` asks for lines one below the other.
    """
    cells = dict(_cells(results, page))
    regions = list(dict.fromkeys(r for r, _ in cells if r))
    uses = list(dict.fromkeys(c for _, c in cells if c))
    unit = unit_word(results.balance.unit, lang)
    total = say(lang, "合计", "total")
    across = sum(
        max(
            (len(cell.planned + cell.mapped) for (_, u), cell in cells.items() if u == use),
            default=0,
        )
        + 4
        for use in ["", *uses]
    )
    small = not listed and len(regions) <= MOST_REGIONS and across <= MOST_CHARACTERS
    if small and any(r and c for r, c in cells):
        lines = tuple(
            (region or total, tuple(cells.get((region, use), FrontFigure()) for use in ["", *uses]))
            for region in ["", *regions]
        )
        return Front(heads=(total, *(category_name(u, lang) for u in uses)), lines=lines, unit=unit)
    order = sorted(cells, key=lambda key: (key != ("", ""), WORST.index(cells[key].verdict)))
    named = [(say(lang, "", " ").join(filter(None, [r or (not c and total) or "",
              category_name(c, lang)])), (cells[r, c],)) for r, c in order]  # fmt: skip
    return Front(heads=(), lines=tuple(named[:MOST_LINES]), unit=unit,
                 left=max(len(named) - MOST_LINES, 0))  # fmt: skip


def _cells(results: Results, page: str) -> Iterator[tuple[tuple[str, str], FrontFigure]]:
    """Give the figures that the first screen may show, by region and use."""
    balance, sentences = results.balance, _sentences(results.plan)
    own = results.findings[results.findings["check"].str.startswith("totals.")]
    numbers = dict(zip(finding_keys(own), own.index.tolist(), strict=True))
    for key, row in balance.by_key.items():
        figure = row.figure
        if figure.origin != "target" and figure.category:
            continue
        planned, apart = balance.planned(figure), balance.apart(row)
        mapped = None if row.least is None else balance.shown(row.least)
        yield (
            key,
            FrontFigure(
                planned="" if planned is None else f"{SIGNS[figure.qualifier][0]}{planned:,f}",
                mapped="" if mapped is None else f"{mapped:,f}",
                difference="" if apart is None else shown_number(apart, signed=True),
                verdict=row.verdict,
                sentence=sentences.get((figure.region, figure.category, figure.source), ""),
                parcels=on_map(page, *key) if row.parcels else "",
                finding=f"#f{numbers[row.key]}" if row.key in numbers else "",
            ),
        )


def on_map(page: str, region: str, category: str) -> str:
    """Give the address of a region and use on a map page; nothing without a page."""
    asked = {"region": region, "use": category}
    told = "&".join(f"{k}={quote(v, safe='')}" for k, v in asked.items() if v)
    return page and quote(page) + ("#" + told if told else "")


def _sentences(plan: Plan) -> dict[tuple[str, ...], str]:
    """Give the addresses of figures in the page of the document, by region, use and source."""
    if not len(plan.passages):
        return {}
    told = plan.targets[plan.targets["figure"].notna()].iloc[::-1]  # of several the first stands
    keys = zip(told["region"], told["category"], told["source"], strict=True)
    return {k: f"document.html#figure-{int(n)}" for k, n in zip(keys, told["figure"], strict=True)}


def brief_table(results: Results, *, lang: Lang = "zh") -> ReportTable:
    """Give the first lines of the comparison as a table of a document, what fails first."""
    unit = unit_word(results.balance.unit, lang)
    return lay_out(
        "brief",
        (f"计划与图上面积（单位：{unit}）", f"Planned and mapped area ({unit})"),
        "region_use:26 planned:13 mapped:13 difference:13 verdict:13",
        [
            (name, c.planned, c.mapped, c.difference, verdict_name(c.verdict, lang))
            for name, (c,) in front(results, lang=lang, listed=True).lines
        ],
        lang=lang,
        numeric=(1, 2, 3),
    )


def basis_note(results: Results, lang: Lang = "zh") -> tuple[str, ...]:
    """Say what of the project is sample, schematic or approximate; empty if nothing is.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> basis_note(results)
    ()
    """
    said = {
        "sample": ("宗地为示例数据，并非实际宗地", "the parcels are invented samples"),
        "schematic": (
            "片区图形为示意：按公布面积绘于所在乡镇，不是实际范围",
            "the areas are drawn schematically, with the stated area, in the named townships",
        ),
        "approximate": ("界线为近似，并非法定界线", "borders are approximate, not official"),
    }
    return tuple(say(lang, *said[b]) for b in said if b in results.bases)


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
    maps
        (title, file name) of map pages beside the report.
    files
        Names of further files beside the report, for download.

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
        sketch=sketch(results, page=drawn, lang=lang),
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
    row = results.balance.row_of(finding)
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


_MOST_UNREAD = 200


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of text: plain, or a figure with its role, its title and where it leads."""

    text: str
    role: str = ""
    number: int = 0
    title: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, or the rows of a table; a cell is its pieces."""

    rows: tuple[tuple[tuple[_Piece, ...], ...], ...]
    table: bool = False


def render_document(plan: Plan, *, lang: Lang = "zh") -> str:
    """Render the document's text as a page on which every figure is marked.

    Figure ``n`` has the anchor ``figure-n`` and leads to its row in ``report.html``.

    Examples
    --------
    >>> page = render_document(Plan(document="a.txt"))
    >>> "<script" in page, "a.txt" in page
    (False, True)
    """
    roles = plan.figures["role"].value_counts()
    unread = plan.figures[plan.figures["role"] == "unknown"]
    shown = unread.head(_MOST_UNREAD)
    return (
        environment(lang)
        .get_template("document.html")
        .render(
            plan=plan,
            lang=lang,
            blocks=list(_blocks(plan, lang)),
            account=plan.accounted(),
            legend=[(r, say(lang, *n), int(roles.get(r, 0))) for r, n in ROLE_NAMES.items()],
            unread=list(zip(shown["figure"], shown["line"], shown["words"], strict=True)),
            more=len(unread) - len(shown),
        )
    )


def figure_rows(plan: Plan) -> dict[int, int]:
    """Give the row of the table of targets that shows a figure, by the figure's number.

    A share, and a figure that was said before, lead to the row of the figure they belong to.
    """
    numbers = plan.targets["figure"].tolist()
    rows = {int(n): i for i, n in enumerate(numbers) if not pd.isna(n)}
    for number, of in zip(plan.figures["figure"], plan.figures["of"], strict=True):
        if not pd.isna(of) and int(of) in rows:
            rows.setdefault(int(number), rows[int(of)])
    return rows


def _blocks(plan: Plan, lang: Lang) -> Iterator[_Block]:
    marked: dict[str, list[dict[Any, Any]]] = {}
    for figure in plan.figures.to_dict("records"):
        marked.setdefault(figure["line"], []).append(figure)
    rows = figure_rows(plan)
    table: list[tuple[int, tuple[_Piece, ...]]] = []
    number = 0
    for passage in plan.passages.to_dict("records"):
        here = 0 if pd.isna(passage["table"]) else int(passage["table"])
        if table and here != number:
            yield _table(table)
            table = []
        number = here
        text = passage["printed"] or passage["text"]
        pieces = tuple(_pieces(text, marked.get(passage["line"], ()), rows, lang))
        if here:
            table.append((int(passage["row"]), pieces))
        else:
            yield _Block(((pieces,),))
    if table:
        yield _table(table)


def _table(cells: Iterable[tuple[int, tuple[_Piece, ...]]]) -> _Block:
    rows: dict[int, list[tuple[_Piece, ...]]] = {}
    for row, pieces in cells:
        rows.setdefault(row, []).append(pieces)
    return _Block(tuple(tuple(r) for r in rows.values()), table=True)


def _pieces(
    text: str, figures: Iterable[Mapping[Any, Any]], rows: Mapping[int, int], lang: Lang
) -> Iterator[_Piece]:
    """Cut a text at its figures; one without a place, or inside another, is not marked."""
    at = 0
    placed = (f for f in figures if not pd.isna(f["start"]) and not pd.isna(f["end"]))
    for figure in sorted(placed, key=lambda f: (f["start"], -f["end"])):
        start, end, number = int(figure["start"]), int(figure["end"]), int(figure["figure"])
        if start < at or end > len(text):
            continue
        if start > at:
            yield _Piece(text[at:start])
        href = f"report.html#t{rows[number]}" if number in rows else ""
        yield _Piece(text[start:end], figure["role"], number, _title(figure, lang), href)
        at = end
    if at < len(text):
        yield _Piece(text[at:])


def _title(figure: Mapping[Any, Any], lang: Lang) -> str:
    """Say what a figure was read as, and why."""
    reason = reasons().get(figure["reason"])
    how = say(lang, *GOT[figure["how"]]) if figure["how"] in GOT and figure["how"] != "read" else ""
    names = ("region", "category", "land_source", "supply_mode", "period")
    about = " ".join(filter(None, (figure[name] for name in names)))
    why = say(lang, f"依据 {figure['why']}", f"by {figure['why']}") if figure["why"] else ""
    told = (
        say(lang, *ROLE_NAMES[figure["role"]]),
        say(lang, reason.zh, reason.en) if reason else figure["reason"],
        about,
        how,
        why,
    )
    return say(lang, "；", "; ").join(filter(None, told))
