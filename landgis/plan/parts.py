"""Which figure the next ones are parts of: that before 其中, 出让的210公顷中，, or a bracket."""

from __future__ import annotations

import re

from landgis.landuse import main_category
from landgis.plan.cursor import Cursor
from landgis.plan.dates import DateSpan
from landgis.plan.frames import Frame, Opener
from landgis.plan.statements import Facets, within_use
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
