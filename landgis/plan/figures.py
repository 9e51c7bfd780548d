"""Areas in a sentence: which of them are figures of the plan, of what, and part of what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from landgis.plan.cursor import Cursor
from landgis.plan.evidence import is_dead, is_goal_of_years, is_target, says_total
from landgis.plan.frames import Figure, Frame
from landgis.plan.mentions import Mention, categories, facets_together, listed
from landgis.plan.quantities import Measure
from landgis.plan.statements import Facets, Statement, excerpt
from landgis.plan.tokens import Token
from landgis.units import M2_PER_UNIT, Quantity

_LIST_GAP = re.compile(r"\s*(?:、|，|,|和|及|与|以及)\s*约?\s*")
_RESTATED = re.compile(r"\s*[（(，,、/]?\s*(?:约|合|折合|约合|计|即|相当于|共|换算|为|折)*\s*")
_AREA_OF_SHARE = re.compile(
    r"\s*[（(，,]?\s*(?:供应|供地|安排|计划|用地|土地|面积|规模|总量|为|即|计|共|约|\s)*"
)
_JOINED = re.compile(r"\s*(?:、|和|及|与|以及)\s*")
_ALL_ABOVE = re.compile(r"以上(?:各[项类])?(?:用地)?(?:共计|合计|总计|共)")
_ALL_OF_IT = re.compile(r"，(?:全部|均|全)(?:为|是|用于|安排)")
_EACH = re.compile(r"(?:供应|安排|计划)*各(?:供应|安排)?(?:为|约|\s)*")
_TO_NAME_AFTER = re.compile(r"\s*(?:的|用于|用作|作为|为|安排|供应|建设|发展|保障|国有)*\s*")
_FLOOR_AREA = re.compile(r"建筑面积|建面|建筑规模|计容")


def read_area(now: Cursor, token: Token, measure: Measure) -> None:
    """Take an area as what its words make it: a figure, the same once more, or none."""
    if _restates(now, token, measure) or _is_range(now, token) or _completes(now, token, measure):
        return
    if _is_of_list(now, token):
        return
    if not any(m.kind in ("use", "region") for m in now.pending):
        _take_name_after(now, token)
    if is_dead(now, token):
        _reject(now, token, measure)
        return
    facets = facets_together(now.pending)
    if is_target(now, facets, token):
        state(now, facets, token, quantity=measure.area, qualifier=measure.qualifier)
        now.floor_unit = ""
    else:
        now.last, now.rejected = None, True
        now.goal = is_goal_of_years(now, now.text[now.clause : token.start])
    now.pending, now.members = [], ()


def state_for_all(now: Cursor, mention: Mention) -> bool:
    """Take the last figure as a use's as well: 供应总量50公顷，全部为工业用地."""
    told = now.told
    if told is None or told.facets.use or now.pending:
        return False
    if not _ALL_OF_IT.fullmatch(now.text, now.last_end, mention.start):
        return False
    facets = replace(told.facets, use=mention.name)
    words = excerpt(now.printed, now.clause, mention.end)
    now.statements.append(replace(told, facets=facets, words=words, parent=told.facets, share=None))
    return True


# --- areas that are no figure of their own --------------------------------------------------


def _restates(now: Cursor, token: Token, measure: Measure) -> bool:
    """Take the same area in another unit, right behind it: 383.73公顷（约5755.95亩）."""
    if now.last is None or now.pending:
        return False
    told = now.statements[now.last]
    if told.quantity is None or told.restated or told.quantity.unit == measure.unit:
        return False
    if not _RESTATED.fullmatch(now.text, now.last_end, token.start):
        return False
    again = replace(told, restated=measure.area, restated_qualifier=measure.qualifier)
    now.amend(now.last, again)
    return True


def _is_range(now: Cursor, token: Token) -> bool:
    """Pass over 30—40公顷: limits, and no figure."""
    after = now.following
    if after is None or after.kind != "area" or after.start != token.end:
        return False
    now.last, now.rejected, now.skip_to, now.pending = None, True, after.end, []
    return True


def _completes(now: Cursor, token: Token, measure: Measure) -> bool:
    """Take the area of what only a share was said of: 工业用地占比50%，面积210公顷."""
    if now.last is None or now.pending or is_dead(now, token):
        return False
    told = now.statements[now.last]
    if told.quantity or not _AREA_OF_SHARE.fullmatch(now.text, now.last_end, token.start):
        return False
    words = told.words + now.printed[now.last_end : token.end]
    whole = replace(told, quantity=measure.area, qualifier=measure.qualifier, words=words)
    now.amend(now.last, whole)
    now.last_end = token.end
    return True


def _reject(now: Cursor, token: Token, measure: Measure) -> None:
    """Pass over an area that is none of the plan; a floor area is one more of its land."""
    floors = _FLOOR_AREA.search(now.text, now.clause, token.start)
    if floors and not now.pending and now.last is not None:
        now.floor_unit = measure.unit
    elif not now.compared:
        now.last, now.rejected = None, True
    now.pending = []


def _take_name_after(now: Cursor, token: Token) -> None:
    """7200亩工矿仓储用地, 3000亩用于住宅用地: the name stands behind the figure."""
    after = now.following
    if after is None or not isinstance(after.what, Mention) or after.what.kind != "use":
        return
    if _TO_NAME_AFTER.fullmatch(now.text, token.end, after.start):
        now.pending.append(after.what)
        now.skip_to = after.end


# --- lists ----------------------------------------------------------------------------------


def _is_of_list(now: Cursor, token: Token) -> bool:
    """A、B、C分别为1、2、3公顷: as many numbers as names, the unit behind the last."""
    names = listed(now.pending)
    if not names:
        return False
    numbers, end, unit = numbers_from(now, token.start)
    if len(numbers) == 1 and _EACH.fullmatch(now.text, names[-1].end, token.start):
        numbers *= len(names)  # 工业用地、住宅用地各200亩
    if len(numbers) != len(names) or unit not in M2_PER_UNIT:
        return False
    if not is_dead(now, token):
        _state_each(now, token, names, [Quantity(number, unit) for number in numbers], end)
    now.skip_to = now.last_end = end
    now.pending = []
    return True


def _state_each(
    now: Cursor,
    token: Token,
    names: Sequence[Mention],
    quantities: Sequence[Quantity],
    end: int,
) -> None:
    """Make each area of a list, which ends at ``end``, the figure of its name."""
    group = []
    for facets, quantity in zip(facets_of_each(now, names), quantities, strict=True):
        state(now, facets, token, quantity=quantity, end=end, carry=False)
        group.append(len(now.statements) - 1)
    now.group = group


def facets_of_each(now: Cursor, names: Sequence[Mention]) -> list[Facets]:
    """Give what each figure of a list is about: its own name, and what was named for all."""
    others = [m for m in now.pending if m not in names]
    return [facets_together([*others, name]) for name in names]


def numbers_from(now: Cursor, start: int) -> tuple[list[Decimal], int, str]:
    """Read the figures of a list from ``start``: 1、2、3公顷, 1公顷、2公顷和3公顷."""
    numbers: list[Decimal] = []
    end, unit = start, ""
    for token in (now.tokens[i] for i in range(now.at, len(now.tokens))):
        if not isinstance(token.what, Measure):
            continue
        joined = not numbers or _LIST_GAP.fullmatch(now.text, end, token.start)
        if not joined or unit not in ("", token.what.unit):
            break
        numbers.append(token.what.value)
        end, unit = token.end, token.what.unit
    return numbers, end, unit


# --- figures --------------------------------------------------------------------------------


def state(
    now: Cursor,
    facets: Facets,
    token: Token,
    *,
    quantity: Quantity | None = None,
    qualifier: str = "exact",
    end: int | None = None,
    carry: bool = True,
) -> None:
    """Add a figure to the statements, as a part of the innermost thing that it fits into.

    Parameters
    ----------
    facets
        What its own words say that it is about.
    quantity
        Its area; None where only a share is stated.
    end
        Where its words end, if that is not with its number.
    carry
        Whether what was named with it may hold for the next figures.
    """
    end = token.end if end is None else end
    words = now.text[max(now.last_end, now.sentence) : token.start]
    total = facets == Facets() and says_total(now.text[now.clause : token.start])
    start = min((m.start for m in now.pending), default=token.start)
    joined = not carry or bool(_JOINED.fullmatch(now.text, max(0, now.last_end), start))
    figure = Figure(facets=facets, quantity=quantity, total=total, joined=joined)
    frame = now.stack.fit(figure)
    if quantity:
        frame.parts_m2 += quantity.area_m2
    full = facets if _ALL_ABOVE.search(words) else facets.over(frame.facets)
    statement = Statement(
        facets=full,
        quantity=quantity,
        place=now.place,
        words=excerpt(now.printed, max(now.sentence, min(start, now.clause)), end),
        qualifier=qualifier,
        parent=_parent(frame, facets),
        members=now.members or _uses_together(now.pending, full.use),
        open_split=frame.open_split,
    )
    now.statements.append(statement)
    now.last, now.last_end, now.group = len(now.statements) - 1, end, []
    now.rejected = False
    if carry:
        _carry(now, statement)


def _parent(frame: Frame, facets: Facets) -> Facets | None:
    """Give what a figure is a part of, if the words say so."""
    outer = frame.facets
    if frame.statement is None:  # the whole follows: 甲区（含乙镇50公顷）350公顷
        part = (facets.region and outer.region) or (facets.use and outer.use)
        return outer if frame.named and part else None
    parent = frame.statement.facets
    by_hierarchy = frame.opener == "carried" and parent.use and facets.use
    return None if by_hierarchy else parent  # the hierarchy of uses is no word of the plan


def _uses_together(mentions: Sequence[Mention], use: str) -> tuple[str, ...]:
    """Give the uses that one figure is for: 水域及水利设施用地和特殊用地合计10公顷."""
    uses = [m.name for m in mentions if m.kind == "use"]
    return categories(mentions) if len(uses) > 1 and use == "、".join(uses) else ()


def _carry(now: Cursor, statement: Statement) -> None:
    """Let what was named first hold for the next figures: 吴兴区住宅用地1亩、商服用地2亩."""
    full, outer = statement.facets, now.stack.top.facets
    kinds = [m.kind for m in now.pending if m.kind in ("region", "use")]
    first = now.pending[0].kind if now.pending else ""
    if kinds in (["region", "use"], ["use"]) and first in ("region", "period", "mode"):
        now.stack.push(Frame(replace(full, use=outer.use), "carried"))
    elif kinds == ["use", "region"]:
        now.stack.push(Frame(replace(full, region=outer.region, code=outer.code), "carried"))
    elif kinds:
        now.stack.push(Frame(full, "carried", statement, at=now.last))
