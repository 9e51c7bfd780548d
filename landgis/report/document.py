"""The page of the plan document: its text with every figure marked by what it was read as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from landgis.language import Lang, say
from landgis.plan.corrections import GOT, ROLE_NAMES
from landgis.plan.lexicon import reasons
from landgis.plan.model import Plan
from landgis.report.html import environment

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
