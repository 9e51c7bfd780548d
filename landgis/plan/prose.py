"""Statements in running text: what each area and share in a sentence is a figure of.

A sentence is read token by token from left to right, with a stack of frames for what has been said
so far that later figures may be parts of. Here are its names, dates and signs; `figures` and
`shares` take its numbers, `parts` what 其中 opens.
"""

from __future__ import annotations

import re

from landgis.plan.context import Context
from landgis.plan.cursor import Cursor
from landgis.plan.dates import DateSpan
from landgis.plan.documents.blocks import Place
from landgis.plan.evidence import without_glue
from landgis.plan.figures import read_area, state_for_all
from landgis.plan.frames import Figure, Frame, Opener
from landgis.plan.mentions import Mention, categories, facets_together, listed
from landgis.plan.parts import is_one_year, open_among, open_parts
from landgis.plan.quantities import Measure
from landgis.plan.shares import read_share
from landgis.plan.statements import Statement
from landgis.plan.tokens import Token

_LIST_JOIN = re.compile(r"\s*(?:、|和|及|与|以及|，)\s*")
_WITHIN = re.compile(r"(?:土地|用地|供应|供地|计划|安排|总量|总面积|面积|的)*(?:之中|中|内)\s*")
_WITHIN_FIGURE = re.compile(r"(?:之?中|内)\s*")
_THAN = re.compile(r"(?:较|比|与)\s*$")
_PLANNED = re.compile(
    r"计划(?!完成|的)(?<!完成计划)|拟|安排|预计|今年|本年|总量|总规模|将(?:供应|推出|完成)"
)
_STILL_PAST = re.compile(r"\s*(?:其|该|同比|环比|与上年|较上年)")


def read_sentences(text: str, place: Place, context: Context) -> list[Statement]:
    """Read the statements of a paragraph, in their order."""
    now = Cursor(text, place, context)
    for index, token in enumerate(now.tokens):
        now.at = index
        if token.start >= now.skip_to:
            _read(now, token)
    return now.statements


def _read(now: Cursor, token: Token) -> None:
    """Read one token by its kind; a count is none of land."""
    what = token.what
    if isinstance(what, DateSpan):
        _date(now, what)
    elif isinstance(what, Mention):
        _name(now, what)
    elif isinstance(what, Measure):
        if token.kind == "area":
            read_area(now, token, what)
        elif token.kind == "percent":
            read_share(now, token, what)
    else:
        _SIGNS[token.kind](now, token)


# --- dates and names ------------------------------------------------------------------------


def _date(now: Cursor, span: DateSpan) -> None:
    if _THAN.search(now.text[max(now.sentence, span.start - 4) : span.start]):
        now.compared = True
        return
    now.dead = not now.context.is_current(span)
    now.dated = now.dated or not now.dead
    if not now.dead and is_one_year(now, span):
        _name(now, Mention(span.start, span.end, "period", f"{span.first.year}年"))


def _past(now: Cursor, token: Token) -> None:
    """到2027年底累计完成 looks forward, 累计完成 alone looks back."""
    now.dead = now.dead or not (now.dated and now.text.startswith("累计", token.start))


def _compared(now: Cursor, _: Token) -> None:
    now.compared = True


def _name(now: Cursor, mention: Mention) -> None:
    """Keep a name for the next figure; it takes the place of those of its kind, or joins them."""
    last = next((m for m in reversed(now.pending) if m.kind == mention.kind), None)
    if last and not _LIST_JOIN.fullmatch(now.text, last.end, mention.start):
        if mention.kind == "use" and now.text[last.end : mention.start] == "等":
            now.members = categories(now.pending)
        now.pending = [m for m in now.pending if m.kind != mention.kind]
    if mention.kind == "use" and state_for_all(now, mention):
        return
    now.pending.append(mention)


# --- signs ----------------------------------------------------------------------------------


def _stop(now: Cursor, token: Token) -> None:
    """Begin the next sentence; 其中 and the like go on to tell of the past."""
    past = now.dead and now.rejected
    now.begin(token.end)
    ahead = not _STILL_PAST.match(now.words) and _PLANNED.search(now.words)
    now.dead = now.rejected = past and not ahead


def _list(now: Cursor, _: Token) -> None:
    now.compared = False


def _comma(now: Cursor, token: Token) -> None:
    now.clause = token.end
    now.compared = False
    named = any(m.kind != "whole" for m in now.pending)
    if now.last is not None and _WITHIN_FIGURE.fullmatch(now.text, now.last_end, token.start):
        open_parts(now, "among")  # 出让的210公顷中，工业用地150公顷、商服用地60公顷
    elif named and _WITHIN.fullmatch(now.text, now.pending[-1].end, token.start):
        _hold(now, "carried")  # 出让用地中，商服用地18公顷、住宅用地50公顷
        now.pending = []


def _semicolon(now: Cursor, token: Token) -> None:
    _comma(now, token)
    now.pending = []
    now.dead = False
    now.stack.end_clause()


def _colon(now: Cursor, token: Token) -> None:
    if _is_at_figure(now, token):
        return  # 商服用地：26.40公顷
    now.clause = token.end
    if now.pending and not listed(now.pending):
        _hold(now, "carried" if len(now.stack.frames) > 1 else "context")
    now.pending = []


def _hold(now: Cursor, opener: Opener) -> None:
    """Let what has been named hold for the figures after it."""
    facets = facets_together(now.pending)
    frame = now.stack.fit(Figure(facets=facets))
    now.stack.push(Frame(facets.over(frame.facets), opener))


def _is_at_figure(now: Cursor, token: Token) -> bool:
    """Whether an area follows at once."""
    after = now.following
    gap = now.text[token.end : after.start] if after else ""
    return bool(after and after.kind == "area" and not without_glue(gap))


def _open(now: Cursor, token: Token) -> None:
    """Open a bracket; one without figures is passed over, but for the uses that it names."""
    close, figures = now.brackets.get(now.at, (None, True))
    if close is None and now.stack.in_bracket:
        return
    if not figures:
        inner = (t.what for t in now.tokens[now.at + 1 : close])
        uses = categories(m for m in inner if isinstance(m, Mention))
        if uses and now.pending and now.pending[-1].kind == "use":
            now.members = uses
        now.skip_to = now.tokens[close].end if close else token.end
        return
    if now.pending and now.pending[-1].end >= token.start - 1:
        facets = facets_together(now.pending).over(now.stack.top.facets)
        now.stack.push(Frame(facets, "bracket", named=now.pending))
    elif not open_parts(now, "bracket"):
        now.stack.push(Frame(now.stack.top.facets, "bracket"))
    now.stack.top.dead_before = now.dead


def _close(now: Cursor, token: Token) -> None:
    frame = now.stack.close_bracket()
    if frame is None:
        return
    now.dead = frame.dead_before
    if frame.at is not None:
        now.last = frame.at
    now.pending = frame.named if _is_at_figure(now, token) else []


_SIGNS = {
    "stop": _stop,
    "past": _past,
    "compared": _compared,
    "list": _list,
    "comma": _comma,
    "semicolon": _semicolon,
    "colon": _colon,
    "open": _open,
    "close": _close,
    "among": open_among,
}
