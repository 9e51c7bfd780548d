"""Whether an area in a sentence is a figure of the plan: what the words around it say.

住宅用地30公顷 is one; 建筑面积30公顷, 30公顷/年, 上年30公顷, 盘活存量建设用地1.2万亩 are none.
"""

from __future__ import annotations

import re

from landgis.plan.cursor import Cursor
from landgis.plan.dates import DateSpan
from landgis.plan.mentions import Mention
from landgis.plan.statements import Facets
from landgis.plan.tokens import Token

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
