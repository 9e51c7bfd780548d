"""Whether a number in a sentence is a figure of the plan: the third stage of understanding.

住宅用地30公顷 is one; 建筑面积30公顷, 30公顷/年, 上年30公顷, 盘活存量建设用地1.2万亩 are none, each
for a reason that the lexicon names.
"""

from __future__ import annotations

import re

from landgis.landuse import all_names, canonical
from landgis.plan.dates import DateSpan, chinese_number, is_deadline
from landgis.plan.lexicon import pieces, reasons, words
from landgis.plan.names import NO_LABEL, NO_NAME_LETTER
from landgis.plan.quantities import Measure
from landgis.plan.scope import Token, Walk
from landgis.plan.statements import Facets, Mention

_GLUE = words("glue")
_TOTAL = words("total")
_SUPPLY = words("supply")
_RENEWED = words("goal")
_TOTAL_SAID = re.compile(
    "(?:^|[。；！？])[^，。；：]{0,6}?(?:[是：、]|^)?(?:计划|供应|供地|用地|土地|的)*(?:总量|总规模|总盘子|盘子)(?:方面)?[。？?]$"
)
_BARE_TOTAL = re.compile("[，\\s]*(?:总|合计|共计|总计|面积|规模|用地|土地|占地|约|近|达|为|共)*")
_PLAN_WORDS = re.compile(
    "供应|供地|出让|推出|计划|拟|安排|挂牌|推介|改造|整备|更新|方案|规划|再开发|纳入"
)
_SUPPLIED_AFTER = re.compile(
    r"\s*的?(?:国有)?(?:建设)?(?:土地|用地)(?:的?供应|供给|出让|入市|推出|上市)|"
    r"\s*的(?:年度)?(?:土地)?(?:供应|供地|用地|推地)(?:总?盘子|大盘|计划|总量|规模|指标|任务)"
)
_LAND_AFTER = re.compile(r"\s*的?(?:国有)?(?:建设用地|土地|用地)(?![\u4e00-\u9fff]*面积)")
_SUPPLIED_BEFORE = re.compile(
    r"(?:供应|供地|推出|出让|挂牌|推介|安排|推|涉及)的?(?:[两三四五六七八九十\d]+[宗块个]?项?目?)?的?(?:约|近|共|总计|、|\s)*$"
)
_SUBSET = re.compile(
    r"(?:重点|优先|示范|(?<![新拟划])启动|试点)[^，。；\d]{0,8}(?:片区|项目|地块|园区)|"
    r"\d[宗个块幅处](?:[\u4e00-\u9fff]{0,4}(?:地块|土地|用地|宗地|项目))?之?中，"
)
_GOAL_VERB = words("goal", "verbs")
_RESERVE = words("supply", "reserve")
_EACH_PLOT = re.compile("单[宗块个幅]|每宗|(?P<area>(?:出让|宗地|地块)面积)")
_REASONS = {code: r for code, r in reasons().items() if r.before or r.after}
_REFUSED = re.compile("|".join(r.before.pattern for r in _REASONS.values() if r.before))
_ONLY_AREA = re.compile(
    r"\s*(?:总|占地|用地|土地|地块|供应|供地|出让|改造|规划|建设)*(?:面积|规模)?(?:总计|总共|合计|共计|分别|近|约|共|为|计|达到?|\s)*"
)
_SUPPLY_OF = re.compile("供地|供应|出让|推出|开发|建设")
_HOMES = re.compile(
    "住宅|住房|商品房|公寓|安[居置]房|[权价赁迁转]房|保障房|经适房|经济适用房|廉租房|公租房"
)
_LAND = re.compile("[用占土宗供]地|地块|出让|推出|涉宅|宗|公顷|亩")
_BUILT = re.compile(
    r"(?:[可兴改扩拟将须筹配能]建(?!设|筑)|新建(?![区县])|建设(?![局委厅部])|建[成造](?!区)|(?:新增|提供|释放|形成|打造)(?=[^，。；]*(?:空间|物业|载体|厂房|园区)))"
    r"(?:(?!供应|供地|出让|推出|挂牌|安排)[^，。；\d]){0,18}(?:超过?|近|约)?$"
)
_SAYS = words("attribution")
_PHRASE_END = re.compile("[，。；、]")
_OF_LAND = re.compile("用地|占地|土地|供地")
_ASIDE = re.compile(r"[（(][^（()）\d]*[)）]|以[^，。；\d]{2,12}为(?:主|重点|先)，?")
EDGES = re.compile(rf"^(?:{pieces('glue', 'edges')})+|(?:{pieces('glue', 'edges')}|[\s，：:])+$")
_QUOTED = re.compile("“[^“”]{6,40}”|《[^》]*》")
_LAST_YEAR = re.compile(
    r"上一?年|去年|往年|历年|同期|(?:近|过去)[一二三四五六七八九十两几]{1,2}年|历史|前期|此前|早前"
)
_STATE = re.compile(r"现有|现状|库存")
_MAX_OTHER_WORDS = {"use": 10, "region": 4}  # between a name and its figure


def reason_of_past(cue: str) -> str:
    """Give the reason that a word of the past stands for.

    Examples
    --------
    >>> reason_of_past("去年"), reason_of_past("累计"), reason_of_past("现状")
    ('last_year', 'done', 'not_supply')
    """
    if _LAST_YEAR.search(cue):
        return "last_year"
    if _STATE.search(cue):
        return "not_supply"
    return "replaced" if cue.startswith("原") else "done"


_FLOORS = re.compile("建筑总?面积|建筑总?规模|建面|计容|容积")
"""Words that make floors even of hectares and mu, in which only land is told otherwise."""


def is_of_floors(now: Walk, area: Token) -> bool:
    """Whether square metres are of floors: what is built, or homes of which no land is said.

    可建公租房40万平方米; 明年开工住宅90万平方米. A part of land in square metres is land.
    """
    unit = area.what.unit if isinstance(area.what, Measure) else ""
    if not unit.endswith("平方米"):
        return False
    whole = now.stack.top.statement if now.stack.top.opener in ("among", "bracket") else None
    if whole and whole.quantity and whole.quantity.unit.endswith("平方米"):
        return False
    stop = _PHRASE_END.search(now.text, area.end)
    behind = now.text[area.end : stop.start() if stop else None]
    built = _BUILT.search(now.text, now.since, area.start)
    if built and not _LAND.search(now.text, built.start(), area.start):
        return not _LAND.search(behind)  # 300亩土地将建面积6万平方米的商场
    if built or _LAND.search(now.text, now.since, area.start) or _LAND.search(behind):
        return False
    sentence = now.sentence
    if sentence.land_at is None:
        land, homes = _LAND.search(sentence.words), _HOMES.search(sentence.words)
        size = len(sentence.words)
        sentence.land_at = sentence.start + (land.start() if land else size)
        sentence.homes_at = sentence.start + (homes.start() if homes else size)
        heading = now.context.heading
        units = [s.quantity.unit for s in (*now.said.recent, *now.statements[:9]) if s.quantity]
        told = not units or any(u.endswith("平方米") for u in units)  # else land is in 公顷 here
        if not told:
            sentence.land_at = sentence.start + size  # so no 平方米 are of land
        elif _LAND.search(heading):
            sentence.land_at = sentence.start
        sentence.homes_at = sentence.start if _HOMES.search(heading) else sentence.homes_at
    named = sentence.homes_at < area.start or bool(_HOMES.search(behind))
    return named and sentence.land_at > area.start


def _is_titled(now: Walk, cue: str) -> bool:
    """Whether the plan itself is of what a word tells of: of renewal, of reserve."""
    heading = now.context.heading
    renewed = "更新" in cue and is_renewal(now)
    return (
        renewed
        or cue.removesuffix("项目") in heading
        or bool("储备" in heading and _RESERVE.fullmatch(cue))
    )


def refusal(now: Walk, area: Token) -> str:
    """Say why an area is of another time, compared, per unit, or no area of land; "" if it may be.

    Words before it count outside the names of uses (配套用地 holds 套) and outside of brackets.
    """
    if apart := _set_apart(now, area):
        return apart
    start = now.since
    of_land = False
    if _ONLY_AREA.fullmatch(now.text, start, area.start):  # the subject stands in the clause before
        of_land = bool(_OF_LAND.search(now.text, start, area.start))
        start = now.untaken
        start = max([start, *(m.end() for m in _SAYS.finditer(now.text, start, now.clause))])
    start = max(start, _item_start(now, start, area.start))
    is_metric = isinstance(area.what, Measure) and area.what.unit.endswith("平方米")
    if _REFUSED.search(now.text, start, area.start):
        names = (t.what for t in now.behind(start) if isinstance(t.what, Mention))
        uses = [(_with_examples(now.text, n), n.end) for n in names if n.kind == "use"]
        before = _QUOTED.sub(lambda m: " " * len(m.group()), now.text[start : area.start])
        before = _ASIDE.sub(lambda m: " " * len(m.group()), before)
        for code, reason in _REASONS.items():
            floors = code == "floor_area"
            if floors and (of_land or not (is_metric or _FLOORS.search(before))):
                continue  # 新建保障性住房3000套，用地面积9公顷; 可售商品住房21公顷
            for m in reason.before.finditer(before) if reason.before else ():
                if _is_titled(now, m.group()):
                    continue
                if not any(a <= start + m.start() and start + m.end() <= b for a, b in uses):
                    return code
    compared = "compared" if now.compared else ""
    batch = "batch" if _is_of_batch(now, area) else ""
    return now.stack.dead or now.sentence.dead or compared or batch


_EXAMPLES = re.compile(r"[\u4e00-\u9fff]{2,12}(?:、[\u4e00-\u9fff]{2,12}){0,4}等$")


def _with_examples(text: str, use: Mention) -> int:
    """Give where a use begins with what is named of it: 拆迁安置等保障性安居工程用地."""
    named = _EXAMPLES.search(text, max(0, use.start - 60), use.start)
    return named.start() if named else use.start


def _item_start(now: Walk, start: int, end: int) -> int:
    """Give where the last item of a list of unlike things begins: 投资75亿元、拆除旧厂500亩."""
    item = now.text.rfind("、", start, end) + 1
    apart = item and any(t.kind in ("count", "other") and t.end < item for t in now.behind(start))
    return item if apart and not _ONLY_AREA.fullmatch(now.text, item, end) else start


_BATCH = re.compile(
    "(?<!国家)(?<!全国)首(?:批(?!国家|示范|试点|[^，]{0,4}园区)|轮|场|次集中)|第[一二三四]?(?:批|轮)|前[两三](?:批|轮)"
)


_BATCH_BEFORE = 120  # letters before a figure in which its batch is named
_NO_MORE_OF_BATCH = re.compile("任务|项目|建设(?!用地)|需求|全年|年度|计划")


def _is_of_batch(now: Walk, area: Token) -> bool:
    """Whether an area is of one batch, of a year whose total is said: 首批57宗、350公顷."""
    told = (now.said.total, now.said.head, *now.said.recent)
    of_year = (s.quantity for s in told if s and re.search("年|计划|总量|总规模", s.words))
    whole = next(filter(None, of_year), None)
    if whole is None or not isinstance(area.what, Measure) or area.what.area is None:
        return False
    start = max(now.untaken, area.start - _BATCH_BEFORE)
    named = _BATCH.search(now.text, start, area.start)
    if named is None or area.what.area.area_m2 >= whole.area_m2:
        return False
    # 为落实第一批任务，全年安排住宅用地: the batch is no subject
    return not _NO_MORE_OF_BATCH.search(now.text, named.end(), area.start)


_SO_MANY = re.compile("[两三四五六七八九十]个?(?:省市?|市|城市?|地)(?:今年|均|都)?|公布|公示")


def _is_elsewhere(now: Walk, area: Token) -> bool:
    """Whether a figure is said of another city, which stands before it: 南京、武汉分别为…."""
    start = now.since
    found = list(now.context.names.elsewhere.finditer(now.text, start, area.start))
    if not found or any(m.kind == "region" and m.start >= found[-1].end() for m in now.pending):
        return False
    between = now.without_names(found[-1].end(), area.start)
    return not without_glue(_SO_MANY.sub("", between))


_MORE_YEARS = re.compile("[三五]年(?:滚动|行动|供应|供地)+(?:计划|规划)[^，。；\\d]*$")
_BY_A_PLAN = re.compile("(?:按照?|根据|依据|落实|结合|围绕)[^，。；]*$")
_NOT_COUNTED = re.compile(
    r"(?:[^，。；\d]{2,24}?)?(?:[、和及与]\d[\d.,]{0,12}(?:公顷|亩|平方米)){0,12}+[）)]?(?:[、和及与][^，。；]{0,30})?(?:，[^，。；\d]{0,30}){0,3}?[^，。；\d]{0,12}"
    r"(?:(?:不再?|未)(?:计入|纳入|列入|算入|含在|在)[^，。；]{0,14}(?:计划|总量|指标|任务|统计|公示|公告|之内|范围)|仅?供[^，。；）\d]{0,4}参考|不下达|[没未]有?并入|"
    r"[^，。；\d]{0,14}，?(?:本|该|上述|此)(?:年度)?(?:计划|总量|方案)[^，。；\d]{0,4}[未不](?:包?含|包括|计入|列入|安排)(?=[，。；）)]|$)|"
    r"由[^，。；\d]{1,14}(?:(?:另行|自行)(?:编制|下达|公布|公示|列|制定)|纳入[^，。；\d]{0,6}计划))"
)
"""Behind an area that the text says is none of the plan: …40公顷，由县里公布，不计入市区计划."""


_SO_MANY_PLOTS = re.compile(
    r"(?P<count>[两三四五六七八九十]|\d{1,2})(?:宗|幅|块)[^，。；：（()）\d]{0,12}[（(](?P<inside>[^（()）；。]{0,200})$"
)
_IN_BRACKET = re.compile("[^（()）；。]+")


def _is_each_plot(now: Walk, area: Token) -> bool:
    """Whether a bracket gives each plot's area: 两宗工业用地（8.75公顷、3.10公顷）."""
    lead = _SO_MANY_PLOTS.search(now.text, max(now.sentence.start, area.start - 240), area.start)
    if lead is None:
        return False
    told = _IN_BRACKET.match(now.text, lead.start("inside"))
    listed = re.split("[、，和]", told.group()) if told else []
    count = lead["count"]
    many = int(count) if count.isdecimal() else chinese_number(count)
    return len(listed) > 1 and len(listed) == many


def _set_apart(now: Walk, area: Token) -> str:
    """Say for what stands behind it an area is none of the whole, or as a limit of each plot.

    单宗住宅用地出让面积，城东不得超过6公顷 is no figure of 城东.
    """
    for code, reason in _REASONS.items():
        if reason.after and reason.after.match(now.text, area.end):
            return code
    if _NOT_COUNTED.match(now.text, area.end):
        return "other_scope"
    if _is_each_plot(now, area):
        return "per_unit"
    if _is_elsewhere(now, area):
        return "other_scope"
    since = now.untaken
    longer = None if now.context.of_years else _MORE_YEARS.search(now.text, since, area.start)
    if longer and not _BY_A_PLAN.search(now.text, since, longer.start()):
        return "other_year"
    limit = area.what.qualifier if isinstance(area.what, Measure) else ""
    start = max(now.sentence.start, now.text.rfind("；", 0, area.start) + 1)
    each = limit.startswith("at_") and _EACH_PLOT.search(now.text, start, area.start)
    return "per_unit" if each and (limit == "at_most" or not each["area"]) else ""


_LABEL = re.compile(r"[\u4e00-\u9fffA-Za-z“”·—-]{2,14}|[A-Z]?\d{1,3}(?:区域|街区)")
_OF_USE = re.compile(
    r"(?:用地|房|宅|业|产业|项目|改造|整治|整理|建|拆除|拆迁|工程|设施|类|商|住|储备|配套|安置|混合|仓储|物流|教育|医疗|文化|体育|绿化|复垦|复绿|"
    r"统筹|整备|更新|供应|征收|收购|收回|收储|培育|厂区?|校区|村|培训|广场|道路|水利|公益|民生|其他)$"
)
_OF_PLACE = re.compile(
    r"(?:^[国省市区县镇]级|以[内外东西南北]|[东西南北中][部郊岸片]?|圈层|板块|片区|组团|地区|街道|新城|新区|园区|开发区|[区县市镇乡旗园岛湾带城片州域])$"
)


def label_before(now: Walk, area: Token, *, listed: bool = False) -> str:
    """Give the words that stand like a name right before a figure, known or not; "" for none.

    利益统筹项目2.4平方公里, 滨江板块4宗，面积21.5公顷: where figures stand in a list, what stands
    in the place of a name is one, though no list of names has it.
    """
    start = now.since
    if _ONLY_AREA.fullmatch(now.without_names(start, area.start).strip()):
        start = max(now.untaken, now.text.rfind("；", 0, start) + 1)
        start = max(start, *(now.text.rfind(c, 0, area.start) + 1 for c in "：（、"))
    return label_of(now.without_names(start, area.start), listed=listed)


def label_of(words: str, *, listed: bool = False) -> str:
    """Give what words before a figure leave as a name without 共, 面积 …; "" for none.

    Any words are one if it is ``listed`` beyond doubt.

    Examples
    --------
    >>> label_of("，滨江板块计划供应"), label_of("进一步推进的")
    ('滨江板块', '')
    """
    words = EDGES.sub(
        "", re.sub(r"^[，。；：、（(\s和及与]+|[，、\s]+$", "", _ASIDE.sub("", words))
    )
    words = _BY_WAY.sub(r"\1", EDGES.sub("", words))
    if listed:
        words = EDGES.sub("", re.split("[是为]|有(?![机偿])", words)[-1])  # 一类是保障性项目
    words = re.sub(r"^“([^“”]+)”$", r"\1", words)
    if _STATE_OF_LAND.match(words):
        return ""
    parts = words.split("、") if listed else [words]
    if listed:
        named = all(_LABEL.fullmatch(p) and not NO_NAME_LETTER.search(p) for p in parts)
        return words if named else _name_inside(words)
    return words if is_label(words) else ""


def _name_inside(words: str) -> str:
    """Give the place or use in words that are no name as a whole: 由滨河板块那边的."""
    pieces = [p.strip("“”") for p in NO_NAME_LETTER.split(words) if p]
    ends = (p[:n] for p in pieces for n in range(len(p), 2, -1))
    own = next(filter(is_place_like, ends), "") or use_inside(words)
    last = pieces[-1] if pieces else ""
    return last if len(last) > 2 and is_use_like(last) else own  # 投向新型产业


def use_inside(words: str) -> str:
    """Give the longest name of a use in some words.

    Examples
    --------
    >>> use_inside("其中涉及住宅性质的5幅地块"), use_inside("先说结论")
    ('住宅', '')
    """
    return max((n for n in all_names() if n in words), key=len, default="")


_STATE_OF_LAND = re.compile("已|正在|尚|未(?!来)")
_BY_WAY = re.compile(r"^(?:以|通过|采取|采用)(.{2,}?)等?(?:方式|途径|渠道)[\u4e00-\u9fff]{0,4}$")


def is_label(words: str) -> bool:
    """Whether words may be a name that no list has."""
    return bool(_LABEL.fullmatch(words)) and not NO_LABEL.search(words)


def is_use_like(label: str) -> bool:
    """Whether a name that no list has ends like that of a use: 微改造, 利益统筹项目."""
    return bool(_OF_USE.search(label) or canonical(label))


def is_place_like(label: str) -> bool:
    """Whether a name that no list has ends like that of a place: 滨江板块."""
    return bool(_OF_PLACE.search(label))


def why_target(now: Walk, facets: Facets, area: Token) -> str:
    """Say which words around an area make it a figure of the plan; "" if none do."""
    if facets.use or facets.region:
        if _is_named(now, facets, area):
            return "named"
        behind = now.behind(now.untaken)
        apart = "总" in now.clause_words  # 市区计划已经印发，总量是780公顷
        apart = apart and all(m.end <= now.clause for m in now.pending)
        whole = not (facets.use or now.stack.is_nested) and (
            is_renewal(now)
            or apart
            or any(t.kind == "count" for t in behind)  # 城区9宗地，总面积86公顷
        )
        return "total" if whole and _is_total(now, area) else ""
    if facets.source or facets.mode or facets.period:
        part = (now.told and now.told.facets.source) or now.stack.top.statement
        renewed = is_renewal(now) and not now.context.of_years
        if not (part or renewed) and _GOAL_VERB.search(now.text, now.since, area.start):
            return ""  # 盘活存量建设用地1.2万亩 is a goal, no part of the supply
        return "named" if now.stack.is_nested or speaks_of_supply(now) else ""
    top, before = now.stack.top, now.text[now.since : area.start]
    named = top.opener in ("context", "carried") and not top.statement and top.facets != Facets()
    words = now.without_names(now.since, area.start)
    if named and len(now.stack.frames) > 1 and before and not without_glue(words):
        return "topic"  # 工业用地：重点保障产业链项目，共计30公顷
    rest = now.latest.refused == "project"  # 更新面积21公顷，拆除重建15公顷
    return "total" if not rest and _is_total(now, area) else ""


def speaks_of_supply(now: Walk) -> bool:
    """Whether a sentence, the headings above it or the sentence before is about supply."""
    return bool(
        now.planned or now.said.sentence or _SUPPLY.search(now.context.heading + now.sentence.words)
    )


def _is_named(now: Walk, facets: Facets, area: Token) -> bool:
    """Whether little else stands between a use or region and its figure."""
    if any(m.kind == "use" and m.start >= area.end for m in now.pending):
        return speaks_of_supply(now) or now.stack.is_nested  # 1200公顷住宅用地
    own = min((m.start for m in now.pending if m.kind != "whole"), default=area.start)
    behind = area.start if facets.region else own  # 青石市某局公布住宅用地: no 青石市 before a use
    names = [m for m in now.pending if (m.kind != "whole" or m.start > behind)]
    names = [m for m in names if m.start < area.start]
    clause = now.text.rfind("，", 0, names[-1].start) if names else 0  # 丙省…称，保障房需30公顷
    begin = min((m.end for m in names if m.start > clause or not facets.use), default=area.start)
    first = begin = max(begin, now.latest.end)
    skipped = False
    if begin < now.clause and _ONLY_AREA.fullmatch(now.text, now.clause, area.start):
        begin, skipped = now.clause, True  # 甲区9宗，面积101亩
    between = now.without_names(begin, area.start)
    rest = without_glue(_ASIDE.sub("", between))
    if skipped:  # 甲市场将改建商业，共48亩
        rest = max(rest, without_glue(_ASIDE.sub("", now.without_names(first, begin))), key=len)
    kind = "use" if facets.use or (skipped and _SUPPLY_OF.search(rest)) else "region"
    near = len(rest) <= _MAX_OTHER_WORDS[kind]
    goes_on = not rest and bool(facets.code or facets.use)
    return near and (speaks_of_supply(now) or now.stack.is_nested or goes_on)


def _is_total(now: Walk, area: Token) -> bool:  # noqa: PLR0911 - one return a kind of words
    """Whether an area without a name is the plan's total."""
    start = now.untaken if is_renewal(now) else now.since
    dates = (t.what for t in now.behind(start))
    if any(isinstance(d, DateSpan) and _is_milestone(now, d) for d in dates):
        return False
    before = now.text[now.since : area.start]
    whole = max((m.end for m in now.pending if m.kind == "whole"), default=0)
    unit = area.what.unit if isinstance(area.what, Measure) else ""
    glued = whole > now.since and not without_glue(now.text[whole : area.start])
    glued = glued and unit != "平方公里" and speaks_of_supply(now)  # 全市 370公顷
    if _SUBSET.search(now.text, max(now.untaken, whole), area.start):
        return False  # 优先实施10个重点片区，总面积8600亩
    if glued or (is_renewal(now) and _RENEWED.search(now.text, now.untaken, area.start)):
        return True
    if len(_GLUE.split(now.without_names(now.since, area.start))[-1]) > 1:
        return False  # a name that is not known stands right before it
    nothing_said = not (now.said.total or now.said.recent or now.statements)
    supplied = _SUPPLIED_BEFORE.search(before) and now.context.genre.of_year
    if supplied and nothing_said and not without_glue(now.without_names(now.untaken, area.start)):
        return True  # the first figure of a plan: 2025年供应500公顷
    headed = now.stack.frames[0].facets != Facets()
    if headed and before and not without_glue(before):
        return True  # 1.商服用地。共安排30公顷
    if not before.strip() and (
        says_total(now.text[now.untaken : now.since])
        or (now.since == now.sentence.start and _TOTAL_SAID.search(now.text, 0, now.since))
    ):
        return True  # 供应总量，1200公顷; 一是总量。1200公顷
    counted = any(t.kind == "count" for t in now.behind(now.sentence.start))
    if _ONLY_AREA.fullmatch(before) and (before.strip() or counted):
        before = now.text[now.untaken : area.start]
        before = before.replace("，", "").replace("；", "。")
    if _BARE_TOTAL.fullmatch(before.strip()) and not (
        now.said.sentence
        or (now.planned and now.sentence.start)
        or _PLAN_WORDS.search(now.context.heading + now.sentence.words)
    ):
        return False  # 总面积4556公顷！ of nobody knows what
    land = _LAND_AFTER.match(now.text, area.end)
    behind = land and (_SUPPLIED_BEFORE.search(before) or "建设用地" in land.group())
    return says_total(before) or bool(behind or _SUPPLIED_AFTER.match(now.text, area.end))


def _is_milestone(now: Walk, span: DateSpan) -> bool:
    """Whether a date is one until which a part is to be done; the plan's last day is none.

    6月底前供应250公顷 is a milestone, 年底前供应500公顷 the plan.
    """
    end = now.context.end
    last = end is not None and (span.last.year, span.last.month) >= (end, 12)
    whole = last and is_renewal(now) and not now.context.of_years
    return is_deadline(now.text, span) and not whole


def is_renewal(now: Walk) -> bool:
    """Whether the plan is one of renewal, whose figures are of land that is renewed."""
    return now.context.genre.renewal


def says_goal(before: str) -> bool:
    """Whether words say what a programme is to do: 完成再开发."""
    return bool(_RENEWED.search(before))


def says_total(before: str) -> bool:
    """Whether words before an area make it a total.

    Examples
    --------
    >>> says_total("计划供应国有建设用地"), says_total("面积")
    (True, False)
    """
    return bool(_TOTAL.search(before))


def without_glue(between: str) -> str:
    """Leave out the words that may stand between a name and its figure: 计划供应面积为.

    Examples
    --------
    >>> without_glue("计划供应面积约为"), without_glue("道路两侧绿化")
    ('', '道路两侧绿化')
    """
    return _GLUE.sub("", between)
