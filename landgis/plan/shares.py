"""Shares in a sentence: of the figure before them, or of names that no area is stated for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from landgis.plan.figures import facets_of_each, numbers_from, state
from landgis.plan.quantities import Measure
from landgis.plan.scope import Walk
from landgis.plan.statements import Facets, Mention, facets_together, listed
from landgis.plan.tokens import Token

_SHARE = re.compile(r"占(?!用|补|地面积)|比重|比例|份额")
_BARE_SHARE = re.compile(r"\s*[（(，,、]\s*")
_CLOSED = re.compile(r"\s*[）)]")
_RESPECTIVELY = re.compile(r"，?(?:分别|依次)[^，。；\d]{0,12}$")
_CHANGE = re.compile(r"增长|增加|增幅|减少|下降|降幅|上涨|下调|上调|提高")
_OF = re.compile(r"占(?:全[市县区州]|总?的|年度|当年|计划|供应|全部)*$")


def read_share(now: Walk, token: Token, measure: Measure) -> None:
    """Give a share to the figure or names that it is stated of; mark other percentages."""
    if now.compared or not _is_share(now, token):
        changed = now.compared or _CHANGE.search(now.text[now.since : token.start])
        now.mark(token, "aside", "change" if changed else "not_plan")
        return
    if measure.qualifier in ("at_least", "at_most"):
        return  # a rule
    dead = now.sentence.dead or now.stack.dead
    if dead:
        now.mark(token, "aside", dead)
        return
    found = numbers_from(now, token.start)
    group = now.latest.group if len(now.latest.group) > 1 else _group(now, token, len(found))
    own, base = _own_and_base(now, token)
    if len(group) > 1 and len(found) == len(group) and not own:
        for index, number in zip(group, found, strict=True):
            _give(now, index, number, base)
        now.skip_to = found[-1].end
    elif now.latest.index is not None and not own:
        _give(now, now.latest.index, measure, base)
    elif own:
        _state_shares(now, token, own, found, base)
    else:
        now.mark(token, "unknown", "no_name")
    now.pending = []


def _is_share(now: Walk, token: Token) -> bool:
    """Whether a percentage is called a share, or stands alone in a bracket: 1400亩（66.7%）."""
    bare = _BARE_SHARE.fullmatch(now.text, max(0, now.latest.end), token.start)
    alone = bare and _CLOSED.match(now.text, token.end)
    return bool(alone or _SHARE.search(now.text[now.since : token.start]))


def _group(now: Walk, token: Token, count: int) -> list[int]:
    """Find the figures that 分别占a、b和c are the shares of: as many as there are shares."""
    own = range(now.sentence.first, len(now.statements))
    if count < 2 or not _RESPECTIVELY.search(now.text[now.since : token.start]):
        return []
    parts = [i for i in own if now.statements[i].group == now.statements[-1].group]
    return parts if len(parts) == count else list(own)[-count:]


def _own_and_base(now: Walk, token: Token) -> tuple[list[Mention], Facets | None]:
    """Part what a share is of from what it is a share of: 保障房用地占住宅用地总数的50%."""
    names = [m for m in now.pending if m.start >= now.latest.end and m.kind != "whole"]
    at = [m for m in names if _OF.search(now.text[max(0, m.start - 10) : m.start])]
    if not at:
        return names, None
    base = [m for m in names if m.start >= at[0].start and m.start < token.start]
    return [m for m in names if m.start < at[0].start], facets_together(base)


def _state_shares(
    now: Walk, token: Token, own: Sequence[Mention], found: Sequence[Measure], base: Facets | None
) -> None:
    """Take shares without areas: 住宅用地占22%."""
    now.pending = list(own)
    names = listed(own)
    if names and len(names) != len(found):
        now.mark(token, "unknown", "no_name")
        return
    about = facets_of_each(now, names) if names else [facets_together(own)]
    end = found[-1].end if names else None
    for facets, number in zip(about, found, strict=False):
        state(now, facets, token, end=end, carry=False, why="share")
        _give(now, len(now.statements) - 1, number, base)
    now.skip_to = end or now.skip_to


def _give(now: Walk, index: int, share: Measure, base: Facets | None) -> None:
    told = now.statements[index]
    spot = now.spot(share.start, share.end)
    if told.share is not None:
        return
    given = replace(
        told,
        share=share.value,
        share_qualifier=share.qualifier,
        share_of=base,
        share_spot=spot,
    )
    now.amend(index, given)
