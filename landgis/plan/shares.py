"""Shares in a sentence: of the figure before them, or of names that no area is stated for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from landgis.plan.cursor import Cursor
from landgis.plan.figures import facets_of_each, numbers_from, state
from landgis.plan.mentions import facets_together, listed
from landgis.plan.quantities import Measure
from landgis.plan.tokens import Token

_SHARE = re.compile(r"占(?!用|补|地面积)|比重|比例|份额")
_BARE_SHARE = re.compile(r"\s*[（(，,、]\s*")
_CLOSED = re.compile(r"\s*[）)]")


def read_share(now: Cursor, token: Token, measure: Measure) -> None:
    """Give a share to the figure or names that it is stated of; pass over other percentages."""
    if not _is_share(now, token) or _is_dead(now, measure):
        return
    numbers, end, _ = numbers_from(now, token.start)
    if len(now.group) > 1 and len(numbers) == len(now.group) and not now.pending:
        for index, number in zip(now.group, numbers, strict=True):
            _give(now, index, number)
        now.skip_to = end
    elif now.last is not None and not _names_since(now, now.last_end):
        _give(now, now.last, measure.value)
    elif _names_since(now, 0):
        _state_shares(now, token, numbers, end)
    now.pending = []


def _is_share(now: Cursor, token: Token) -> bool:
    """Whether a percentage is called a share, or stands alone in a bracket: 1400亩（66.7%）."""
    bare = _BARE_SHARE.fullmatch(now.text, max(0, now.last_end), token.start)
    alone = bare and _CLOSED.match(now.text, token.end)
    return bool(alone or _SHARE.search(now.text[now.since : token.start]))


def _is_dead(now: Cursor, measure: Measure) -> bool:
    """Whether a share is a rule, of another time, or in a frame that is."""
    ruled = measure.qualifier in ("at_least", "at_most")
    return ruled or now.dead or now.compared or now.stack.is_dead


def _names_since(now: Cursor, end: int) -> bool:
    return any(m.start >= end and m.kind != "whole" for m in now.pending)


def _state_shares(now: Cursor, token: Token, numbers: Sequence[Decimal], end: int) -> None:
    """Take shares without areas: 住宅用地占22%."""
    names = listed(now.pending)
    if names and len(names) != len(numbers):
        return
    about = facets_of_each(now, names) if names else [facets_together(now.pending)]
    for facets, number in zip(about, numbers, strict=False):
        state(now, facets, token, end=end if names else None, carry=False)
        _give(now, len(now.statements) - 1, number)
    now.skip_to = end if names else now.skip_to


def _give(now: Cursor, index: int, share: Decimal) -> None:
    told = now.statements[index]
    if told.share is None:
        now.amend(index, replace(told, share=share))
