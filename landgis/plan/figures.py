"""Areas in a sentence: which of them are figures of the plan, of what, and part of what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from landgis.plan.dates import DateSpan
from landgis.plan.quantities import Measure
from landgis.plan.scope import Cursor, Figure, Frame
from landgis.plan.statements import (
    Facets,
    Mention,
    Statement,
    categories,
    excerpt,
    facets_together,
    listed,
)
from landgis.plan.tokens import Token
from landgis.units import M2_PER_UNIT, Quantity

_GLUE = re.compile(
    r"\d{4}|年度|全年|本年|年内|当年|计划|规划|拟|预计|预期|安排|供应|供地|供给|出让|推出|新增|国有|建设用地|建设|"
    r"用地|土地|使用权|总量|总计|总规模|总面积|总体|面积|规模|指标|任务|目标|数量|量|类|各|分别|合计|共计|小计|总|共|计|"
    r"约|是|为|达到|达|到|在|以|控制|不超过|不低于|不少于|原则上|力争|确保|完成|实现|保障|保证|优先|重点|落实|于|由|"
    r"[一二三四五六七八九十两\d]+个?(?:街道|镇街|乡镇|镇|乡|县|区)|将|可|占|比重|比例|比|的|其|中|内|上|左右|区域|范围|方式|来源|渠道|利用|通过|采取|按照|按|用于|项目|"
    r"[\s、，：:“”\"'（）()]",
)
_NO_AREA_OF_LAND = re.compile(
    r"建筑面积|建面|建筑规模|计容|容积率|住房面积|房屋|厂房|[每均]$|[每户人地亩]均|每[亩宗个公]|单宗|单个|地块面积|"
    r"储备|收储|征收|征地|报批|转用|批而未供|闲置|耕地|农田|粮食|播种|种植|养殖|造林|灌溉|开垦|拆迁|拆除|投资|产值|税收|"
    r"人口|套|整治|复垦|增减挂钩|消化|处置|国土面积|辖区|流域|水域面积|已建|建成区|存量住宅用地(?:项目|信息)|未开工|在建|"
    r"起步|门槛|以下的|以上的|(?:增加|减少|下降|增长)(?![至到为])|多供|少供",
)
_TOTAL = re.compile(
    r"(?:供应|供地|用地|土地|出让)[^，；。]*?(?:总量|总规模|规模|总面积|面积|计划|指标|总计|合计|共)|"
    r"(?:计划|拟|安排|预计|共|合计)[^，；。]*?(?:供应|供地|出让)|供应(?:各类)?(?:国有)?(?:建设用地|土地|用地)(?:为|共|约|\s)*$|"
    r"合计|总计|共计|小计|总量|总面积|总规模|全[市县区州旗盟][^，；。]{0,6}(?:供应|供地)(?:面积|约|共|\s)*$",
)
_GOAL_VERB = re.compile(r"盘活|处置|消化")
_GOAL_OF_YEARS = re.compile(r"完成|再开发|盘活|改造|整治")
_ONLY_AREA = re.compile(r"\s*(?:总|用地|土地|供应|供地)*面积(?:总计|合计|共计|约|共|为|计|\s)*")
_PLAN_WORDS = re.compile(r"供应|供地|用地|土地|安排|布局|面积|指标|计划")
_BEFORE_END = re.compile(r"\s*[底末前]")
_PER_UNIT = re.compile(r"[/／](?!\d)|以上的|以下的")
_ASIDE = re.compile(r"[（(][^（()）\d]*[)）]")
_MAX_OTHER_WORDS = {"use": 8, "region": 2}  # between a name and its figure


def is_dead(now: Cursor, area: Token) -> bool:
    """Whether an area is of another time, compared, per unit, or no area of land."""
    lost = now.dead or now.compared or now.stack.is_dead
    return bool(lost or _PER_UNIT.match(now.text, area.end) or _is_refused(now, area))


def _is_refused(now: Cursor, area: Token) -> bool:
    """Whether words before an area forbid it, outside the names of uses (配套用地 holds 套)."""
    start = max(now.clause, now.last_end)
    names = (t.what for t in now.behind(start) if isinstance(t.what, Mention))
    uses = [name for name in names if name.kind == "use"]
    return any(
        not any(use.start <= m.start() and m.end() <= use.end for use in uses)
        for m in _NO_AREA_OF_LAND.finditer(now.text, start, area.start)
    )


def is_target(now: Cursor, facets: Facets, area: Token) -> bool:
    """Whether the words around an area make it a figure of the plan."""
    if facets.use or facets.region:
        return _is_named(now, facets, area)
    if facets.source or facets.mode or facets.period:
        part = (now.told and now.told.facets.source) or now.stack.top.statement
        if not part and _GOAL_VERB.search(now.text, now.since, area.start):
            return False  # 盘活存量建设用地1.2万亩 is a goal, no part of the supply
        return now.stack.is_nested or _speaks_of_supply(now)
    return _is_total(now, area)


def _speaks_of_supply(now: Cursor) -> bool:
    """Whether a sentence with the headings above it is about the supply of land."""
    return bool(_PLAN_WORDS.search(now.context.heading + now.words))


def _is_named(now: Cursor, facets: Facets, area: Token) -> bool:
    """Whether little else stands between a use or region and its figure."""
    begin = min((m.end for m in now.pending if m.start < area.start), default=area.start)
    words = now.without_names(max(begin, now.last_end), area.start)
    rest = without_glue(_ASIDE.sub("", words))
    near = len(rest) <= _MAX_OTHER_WORDS["use" if facets.use else "region"]
    return near and bool(facets.use or _speaks_of_supply(now) or now.stack.is_nested)


def _is_total(now: Cursor, area: Token) -> bool:
    """Whether an area without a name is the plan's total."""
    if any(_is_deadline(now, t) for t in now.behind(now.since)):
        return False  # 6月底前供应250公顷 is a milestone
    before = now.text[now.since : area.start]
    if is_goal_of_years(now, before):
        return False
    headed = now.stack.frames[0].facets != Facets()
    if headed and before and not without_glue(before):
        return True  # 1.商服用地。共安排30公顷
    if _ONLY_AREA.fullmatch(before):
        before = now.text[max(now.last_end, now.sentence) : area.start]
        before = before.replace("，", "").replace("；", "。")
    return says_total(before)


def _is_deadline(now: Cursor, token: Token) -> bool:
    span = token.what
    return isinstance(span, DateSpan) and (
        span.first == span.last or bool(_BEFORE_END.match(now.text, token.end))
    )


def is_goal_of_years(now: Cursor, words: str) -> bool:
    """Whether words name what a programme of several years is to do: 到2027年完成再开发3万亩."""
    return now.context.of_years and bool(_GOAL_OF_YEARS.search(words))


def says_total(words: str) -> bool:
    """Whether words before an area make it a total.

    Examples
    --------
    >>> says_total("计划供应国有建设用地"), says_total("面积")
    (True, False)
    """
    return bool(_TOTAL.search(words))


def without_glue(words: str) -> str:
    """Leave out the words that may stand between a name and its figure: 计划供应面积为.

    Examples
    --------
    >>> without_glue("计划供应面积约为"), without_glue("道路两侧绿化")
    ('', '道路两侧绿化')
    """
    return _GLUE.sub("", words)


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
