"""Statements in running text: what each area and share in a sentence is a figure of.

A sentence is read token by token from left to right, with a stack of frames for what has been said
so far that later figures may be parts of. Here are its names, dates and signs; `figures` and
`shares` take its numbers, `parts` what 其中 opens.
"""

from __future__ import annotations

import re

from landgis.landuse import main_category
from landgis.plan.dates import DateSpan
from landgis.plan.documents.blocks import Place
from landgis.plan.figures import read_area, read_share, state_for_all, without_glue
from landgis.plan.outline import Context
from landgis.plan.quantities import Measure
from landgis.plan.scope import Cursor, Figure, Frame, Opener
from landgis.plan.statements import (
    Facets,
    Mention,
    Statement,
    categories,
    facets_together,
    listed,
    within_use,
)
from landgis.plan.tokens import Token

_BLANK = re.compile(r"\s*")
_OPEN_SPLIT = re.compile(r"重点|主要|优先|不少于|不低于|至少")


def open_among(now: Cursor, token: Token) -> None:
    """Pass 其中, or another word (包括) that opens the parts of a figure."""
    explicit = now.text[token.start : token.end].startswith("其中")
    if now.stack.top.named or (not explicit and now.pending and now.last is None):
        return
    if explicit and _returns_to_total(now):
        now.last = now.first
    open_parts(now, "among")


def open_parts(now: Cursor, opener: Opener) -> bool:
    """Open a frame for the parts of the latest figure; False if there is none."""
    token = now.tokens[now.at]
    begins = _BLANK.fullmatch(now.text, now.sentence, token.start)
    if now.last is None and now.first_before < now.first and begins:
        now.last = _head_before(now)
    now.pending = []
    parent = now.told
    if parent and not _is_of_floors(now):
        loose = bool(_OPEN_SPLIT.match(now.text, token.end))
        now.stack.push(Frame(parent.facets, opener, parent, open_split=loose, at=now.last))
    elif now.dead or now.floor_unit or (now.rejected and not _is_goal_by_year(now)):
        now.stack.push(Frame(now.stack.top.facets, opener, dead=True))
    else:
        return False
    return True


def is_one_year(now: Cursor, span: DateSpan) -> bool:
    """Whether a date is one year of a plan of several: 2024年完成1500亩."""
    whole = (span.first.month, span.first.day, span.last.month, span.last.day) == (1, 1, 12, 31)
    until = re.search(r"[到至]\s*$", now.text[max(0, span.start - 4) : span.start])
    return bool(whole and now.context.of_years and span.first.year == span.last.year and not until)


def _returns_to_total(now: Cursor) -> bool:
    """Whether 其中 behind a list of uses parts the total by region: …公顷；其中，吴兴区."""
    if now.last is None or now.last < now.first:
        return False
    if now.tokens[now.at - 1].kind != "semicolon":
        return False
    head, tail = now.statements[now.first].facets, now.statements[now.last].facets
    by_region = now.next_name is not None and now.next_name.kind == "region"
    if not by_region or head != now.context.facets or not tail.use or tail.region:
        return False
    parts = [m.area.area_m2 for m in now.ahead("area") if m.area]
    return not (now.told and now.told.quantity and sum(parts) == now.told.quantity.area_m2)


def _head_before(now: Cursor) -> int:
    """Find what 其中 at the start of a sentence refers to: the last sentence's main figure.

    That is its first figure, if the others are parts of it; else its last.
    """
    first, last = now.first_before, len(now.statements) - 1
    head, tail = now.statements[first].facets, now.statements[last].facets
    following = now.next_name
    if following and following.kind == "use" and tail.use:
        kin = main_category(following.name) == main_category(tail.use) != ""
        inside = within_use(Facets(use=following.name), tail)
        return last if inside or kin or head.use else first
    return first if head == now.context.facets else last


def _is_of_floors(now: Cursor) -> bool:
    """Whether 其中 behind a floor area parts that, and not the land: its unit tells."""
    following = next(now.ahead("area"), None)
    unit = following.unit if following else ""
    land = now.told.quantity if now.told else None
    return bool(now.floor_unit) and (unit == now.floor_unit or land is None or unit != land.unit)


def _is_goal_by_year(now: Cursor) -> bool:
    """Whether a goal of several years is parted by year."""
    span = now.following.what if now.following else None
    return now.goal and isinstance(span, DateSpan) and is_one_year(now, span)


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
