"""Areas in a sentence: of what they are figures, part of what, and in which list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from landgis.landuse import COMPOSITES, canonical, main_category
from landgis.plan.dates import DateSpan
from landgis.plan.lexicon import words
from landgis.plan.names import NO_REGION, REGION_LIKE
from landgis.plan.projects import MOST_PLOT_M2, one_of_counted, plot_at, project_at, use_of_counted
from landgis.plan.quantities import AREA_UNITS, Measure
from landgis.plan.roles import (
    EDGES,
    is_label,
    is_of_floors,
    is_place_like,
    is_use_like,
    label_before,
    refusal,
    says_goal,
    says_total,
    use_inside,
    why_target,
    without_glue,
)
from landgis.plan.scope import MAX_RECENT, Frame, Sought, Token, Walk
from landgis.plan.statements import (
    PART_OF_LAND,
    Facets,
    Item,
    Mention,
    MentionKind,
    Statement,
    categories,
    excerpt,
    facets_together,
    listed,
)
from landgis.units import M2_PER_UNIT, Quantity, unit_name

_LIST_GAP = re.compile(r"\s*(?:左右|上下)?(?:、|，|,|和|及|与|以及)\s*约?\s*")
_NEVER_SAME = 20  # times
_RESTATED = re.compile(r"\s*[（(，,、/]?\s*(?:约|合|折合|约合|计|即|相当于|共|换算|为|折|等于)*\s*")
_IN_BREATH = re.compile(
    r"(?:折|换?算|[合共总]计?|成|相当|[等约大概]|于|也?就?是|也?即|按照?|[公市]?[亩顷]|平方米|差不多|将近"
    r"|为|计|用?地?面积|[\s（(，,、/：:]){0,16}"
)
"""Words by which an area is said again in another unit; any others are of another area."""
_AREA_OF_SHARE = re.compile(
    r"\s*[（(，,]?\s*(?:供应|供地|安排|计划|用地|土地|面积|规模|总量|为|即|计|共|约|\s)*"
)
_JOINED = re.compile(r"\s*(?:、|和|及|与|以及)\s*")
_PLACE_JOINED = re.compile(
    r"(?:、|和|及|与|以及)(?P<name>[\u4e00-\u9fff]{2,8}?)(?:计划|安排|供应|供地|合计|共|约)*"
)
_SUM_OF_COUNTS = re.compile(
    r"(?:(?:占地|用地|土地|出让|供应|供地|总|合计|共计)*面积|合计|共计|总计)(?:合计|共计|近|约|为|共|达|\s)*"
)
_SPREAD = re.compile("(?:位于|涉及|[在于])$")
_ALL_ABOVE = re.compile(r"以上(?:各[项类])?(?:用地)?(?:共计|合计|总计|共)")
_ALL_OF_IT = re.compile(r"，(?:全部|均|全)(?:为|是|用于|安排)")
_EACH = re.compile(
    r"(?:用地|面积|规模|总量|供应|安排|计划|相当|相同|相等|持平|一致|一样|各占(?:一半|50%)|各半|即|，|均|各)*(?:各|[均都]是?)(?:供应|安排)?(?:为|约|\s)*"
)
_UNIT_OF_ALL = re.compile(
    rf"[（(](?:单位)?[：:]?({AREA_UNITS})[)）][：:]|单位[都均]?[是为：:]*({AREA_UNITS})"
)
_LINE_OF_AREA = re.compile(r"\s*(?P<name>[\u4e00-\u9fff]{2,12}?)(?:共|约|为|：|\s)*")
_TO_NAME_AFTER = re.compile(
    r"\s*(?:的|土地，|20\d\d年度?|用于|用以|用作|用来|作为|为|是|供应给?|安排给?|集中|土地|兴?新?建设?|发展|保障|国有|供给|提供给|投向|将|给|各类|全部|均)*\s*"
)
_PASSED = ("date", "comma")  # 推出160亩土地，用于2012年公租房
_BUILT_ON_IT = re.compile(
    "(?:土地|用地)?，?(?:将|全部|集中|用于|用来|以)*(?:新建|兴建|建设)(?P<name>[\u4e00-\u9fff、]{2,16}?(?:房|住宅))|"
    "(?:的?(?:土地|用地)，?)?(?:将|全部|集中|主要)*(?:用于|用来|投向)(?P<aim>[\u4e00-\u9fff]{2,9}?)(?:等?的?(?:建设|项目|工程|需求))*(?=[，、；。]|$)"
)
_WAY = re.compile(
    "(?:用于(?P<aim>[^，。；\\d]{2,16}?)(?:项目|建设)?的|"
    "(?:通过|采用|采取|以)(?P<way>[^，。；\\d]{2,24}?)(?:方式|形式|途径|渠道)?(?:供应|供地|落实|供给|推出|出让)的?)"
    "(?:国有|建设用地|土地|用地|面积|规模|不[少低]于|约|共|为)*$"
)
_LAND_BEHIND = re.compile(
    "的(?P<name>(?![\u4e00-\u9fff]*(?:建设|[存增]量|新增|低效|闲置|项目|拆除|国有|各类))[\u4e00-\u9fff]{2,8}用地)(?=[，。；、]|$)"
)
_ALL_LAND = re.compile("(?:供应|供地|推出|出让)(?:各类)?国有建设用地(?!使用权)")
_COMES_FROM = re.compile(
    "[，,]?(?:则|都|均|全部|主要|将|拟|为|是|来自|属于?|使用|利用|通过|采取|采用|以|用)+"
)
_REST = re.compile("其余|剩余|剩下|余下|其他|另外|另有")
_LIES = re.compile(
    "(?:则|都|均|全部|主要|大多)*(?:分布|布局|安排|集中|投放|位|落)?[在于](?:下辖|所辖)?的?"
)
_LIES_IN = re.compile(f"(?:{_LIES.pattern})(?P<name>[\u4e00-\u9fff]{{2,8}})(?=[，。；、])")
_REST_LIES = re.compile(
    "，?[\u4e00-\u9fff]{0,4}?(?:在|于|由)(?P<name>[\u4e00-\u9fff]{2,8}?(?:、[\u4e00-\u9fff]{2,8}?)*)(?:承担|落实|供应|完成|安排|负责)?(?=[，。；]|$)"
)
_REST_FIRST = re.compile(
    "(?:其余|剩余|剩下|余下)的?(?:都|均|则)?(?:是|为)(?P<name>[^，。；\\d]{2,30}?)等?，(?:合计|共计|总计|一共|共)(?:约)?$"
)
_REST_IS = re.compile(
    "，?(?:则|都|均|全部|主要)*(?:为|是|归入?|用于|用作|[留分]?给了?|投向)(?P<name>[^，。；\\d（）]{2,30}?)(?:之类|方面)?的?(?:等?(?:建设|项目|需求))?(?=[，。；（]|$)"
)
_IS_PLACE = re.compile(
    "(?:(?:(?<=[的数次后])|依次|首先)[是为]|位于|集中在)(?P<name>[\u4e00-\u9fff]{2,5})约?$"
)
_JOINED_NAME = re.compile("(?:和|及|与|以及)[\u4e00-\u9fff]{0,4}")
_FLOOR_AREA = re.compile(r"建筑总?(?:面积|规模)|建面|计容")


_SHORTEST = 3  # letters of a name that no list has: 储备 is no part
_THIS = re.compile("(?:这|该|上述|以上|此|其)[^，。；]{0,10}$")
_SAME = re.compile("的?(?:[供土用]地|供应|计划|出让)*(?:总量|总?规模|总?面积|盘子|指标|任务)")
_SPREADS = re.compile("分布|布局|各区|区域|板块|片区")
_WITHIN_IT = re.compile(
    "(?:的?(?:国有)?(?:建设)?(?:用地|土地))?(?:(?:[之当]?中|里[头面]?)(?![心间])|又?再?(?:具体|主要)?分[为成到])"
)
_CLAUSE_START = re.compile(r"[，是光]\s*")  # 紧跟其后的是东城，110公顷
_STAYS = re.compile(r"(?:全|都|均|大多)?在|[，。；]|$")
"""What stands before and behind a figure that a clause of its own holds."""
_OF_STORY = ("not_supply", "per_unit", "floor_area", "not_planned")
"""Reasons that only words of another clause give, which tells of a place and not of the figure."""
_KIND_WITHIN = re.compile(
    "(?:的|用地|供应|供地|计划|安排|总量|总?面积)*(?:[之当]?中|里面?)的?(?P<name>[\u4e00-\u9fff“”]{3,14})"
)
_OVERRULED = ("batch", "part_of_aside", "not_planned", "not_supply", "last_year", "other_year")
"""Reasons that do not hold where a figure is one of those that make up a figure of the plan."""
_WITHOUT_PARTS = ("change", "average")
"""Reasons of areas that only tell of the figure before them, whose parts may follow."""
_OF_PLOTS = ("per_unit", "done", "not_planned", "last_year", "batch")
"""What is said of areas of which one may be a plot's."""
_LEAST_PLOT_M2 = 1000
_HAS_PARTS = re.compile("[，：:]?(?:其中|分别|包括)")
_BY_PLACE = re.compile(
    r"\s*[分按从在]?各?(?:区域|空间|板块|片区|区县|县区|街道|镇街|乡镇|组团|地区)(?:分布|布局)?(?:上|来?看|划分)"
)
_ALL_BUILT = re.compile(r"(?:，|,|其中|：)(?:国有)?建设用地(?:面积|规模|共|约|为)*$")
_EACH_SAID = re.compile(
    r"(?P<items>[\u4e00-\u9fff]{2,12}(?:(?:、|和|及|与|以及)[\u4e00-\u9fff]{2,12}?)*?)?"
    r"(?:[两三四五六七八九十]大?个?(?:(?P<places>片区|区|县|镇|地|市)|类|项)?)?(?:的[^，。；\d]{2,18})?，?"
    r"(?:(?:计划|拟)?供应[\u4e00-\u9fff]{2,8}(?=用地))?(?:用地|土地|计划|拟|供应|供地|安排|面积|规模|将|[两三四五]年)*(?:分别|依次|分年度|逐年)[^，。；\d]{0,12}$"
)
_COUNT_FIRST = re.compile(
    "^.*[两三四五六七八九十]个?[\u4e00-\u9fff]{0,4}?(?:[区县镇乡]|城市|[级]市|街道)(?=..)"
)
_PLACE_FIRST = re.compile(r"([\u4e00-\u9fff]{1,4}?(?:镇|乡|街道|[区县市]+)(?!域))(.*)")
_AND_MORE = re.compile(
    "(?:[、和及与][\u4e00-\u9fff]{2,8}?){0,6}等(?:[一二三四五六七八九十\\d]{1,3}个)?"
    "(?:(?:重点|主要|热点)(?:区域|地区|板块|片区|地段)|(?:区域|地区|板块|片区)，)"
)
_ITEM_JOIN = re.compile(r"、|和|及|与|以及")
_EXAMPLES = re.compile(
    r"[^，。；]{2,}等(?!(?:其[他它])?(?:各类|各项)?(?:项目|设施|建设|产业|行业)?用地)(?=[\u4e00-\u9fff]{4})"
)
"""What a list of examples puts before a use: 学校、医院等公益性用地 is 公益性用地."""
_RENEWED_LAND = re.compile(
    "(?P<name>(?!全)[\u4e00-\u9fff“”（）]{1,10}(?:[区村厂镇园街巷房]|市场|物业|用地)[）”]?(?:全面|综合|连片)?"
    "(?:改造|更新|整治|拆除|腾退|再开发|提升))(?:项目|用地|土地)*(?:总?面积)?(?:不[少低]于|约|共|为|达)*$"
)
_DONE_TO = re.compile("^（?[一二三四五六七八九十]{1,3}）|^.*(?:累计|实施|完成|启动|推进|开展)")
_ANY_LAND = re.compile("^(?:存量|低效|闲置)*(?:建设)?用地(?=[改更整拆腾再提])")
_LIST_BEFORE = re.compile(
    r"(?P<items>[\u4e00-\u9fff]{2,14}(?:、[\u4e00-\u9fff]{2,14})*)(?:、|和|及|与|以及)$"
)


_SOURCE_OF = {name: words("source", name) for name in ("新增", "存量")}


def read_area(now: Walk, token: Token, measure: Measure) -> None:
    """Take an area as what its words make it: a figure, the same once more, or none."""
    told = _restates(now, token, measure) or _completes(now, token, measure)
    if told or _names_again(now, token, measure):
        return
    lower, measure, end = _range(now, token, measure)
    if _is_of_list(now, token):
        return
    if not any(m.kind == "use" and m.start >= now.since for m in now.pending):
        _take_name_after(now, end)
    told_of = _take_subject(now, token, end)
    reason = "floor_area" if is_of_floors(now, token) else refusal(now, token)
    reason = "" if told_of and reason in _OF_STORY else reason
    inside = now.latest.refused == "project" and reason == "part_of_aside"
    spent = reason == "not_supply" and not now.sentence.dead  # 总投资50亿元的项目，用地150亩
    placed = any(m.kind == "region" and m.start >= token.end for m in now.pending)
    done = now.context.genre.code == "report" and now.sentence.unplanned
    open_to = not (placed or done) and (inside or spent or reason in ("", "per_unit"))
    inside = not reason and _take_within(now, token)
    if open_to and not inside and _is_project(now, token, measure):
        return
    reason = reason or now.sentence.unplanned
    dates = [t for t in now.behind(now.clause) if t.kind == "date"]
    own = any(not now.text[t.start].isdecimal() for t in dates)  # 去年甲区12公顷 says so itself
    known = reason in ("", *_OVERRULED) and not (own and reason == "last_year")
    whole = now.whole if known else None
    if reason and not whole:
        _reject(now, token, measure, reason)
        return
    _take_names(now, token)
    why = "named" if told_of else why_target(now, facets_together(now.pending), token)
    why = "named" if why == "total" and _take_part_of_total(now, token, measure) else why
    facets = facets_together(now.pending)
    placed = bool(facets.region) and not (facets.use or now.stack.top.facets.use)
    if whole and (
        reason
        or not why
        or facets.over(whole.facets) == whole.facets
        or (placed and whole.facets == Facets(use=whole.facets.use))
        or _is_opened(now, whole, facets)
    ):
        why = _join(now, token, whole) or ("" if reason else why)
        facets = facets_together(now.pending)
    if why:
        state(now, facets, token, quantity=measure.area, qualifier=measure.qualifier, why=why)
        _keep_lower_end(now, lower, measure)
        now.latest.end = max(now.latest.end, end)
        now.latest.floor_unit = ""
    elif reason:
        _reject(now, token, measure, reason)
    elif not _refer(now, token, measure):
        _leave_unnamed(now, token, measure)
    now.pending, now.members = [], ()


def _take_names(now: Walk, token: Token) -> None:
    """Take what is said around a figure, and in the sentence before, for what it is about."""
    _drop_stale(now, token)
    _take_rented(now)
    _take_way(now, token)
    _take_line(now, token)
    _take_rest_before(now, token)
    _take_label(now, token)
    _take_subject_of_last_year(now, token)
    _take_topic(now, token)
    _take_whole_list(now)
    _take_places_together(now, token)


def _take_part_of_total(now: Walk, token: Token, measure: Measure) -> bool:
    """Take what stands like a name before an area for one where all land has a larger figure.

    新增实施改造8400亩。… 拆除重建类3100亩: no second total, whatever the words say of it.
    """
    told = (now.said.total, *now.statements[now.sentence.first :])
    total = next((s.quantity for s in told if s and s.facets == now.context.facets), None)
    if total is None or now.whole or any(m.kind != "whole" for m in now.pending):
        return False
    label = re.sub("^通过.*", "", label_before(now, token))  # 通过整备完成1公顷 tells no name
    use = is_use_like(label)
    known = len(label) >= _SHORTEST or canonical(f"{label}用地")
    if not known or not (use or is_place_like(label)) or not measure.area:
        return False
    if measure.area.area_m2 < total.area_m2:
        now.pending = [Mention(now.since, token.start, "use" if use else "region", label)]
        return True
    return False


def _take_subject(now: Walk, token: Token, end: int) -> bool:
    """Name a bare figure by the place that its part of the sentence is about.

    北岸区因为老厂搬得早，能腾的地最少，142公顷；东城区…: what stands between tells why. Beside
    it there is another place with a figure; 北岸独大——6600亩 needs none.
    """
    start = max(now.sentence.start, now.text.rfind("；", 0, token.start) + 1)
    begin = max(now.text.rfind(c, start, token.start) + 1 for c in "，—")
    if now.latest.end > start or begin <= start:
        return False
    if without_glue(now.without_names(begin, token.start)) or not _STAYS.match(now.text, end):
        return False
    named = [t.what for t in now.behind(start) if isinstance(t.what, Mention)]
    clauses = (m.end() for m in _CLAUSE_START.finditer(now.text, start, begin - 1))
    at = next((a for a in (start, *clauses) if _place_at(now, a, named)), None)
    place = None if at is None else _place_at(now, at, named)
    others = [m for m in named if place and m.kind == "region" and m.start != place.start]
    if place is None or others or any(m.kind in ("use", "whole") for m in named):
        return False
    beside = now.text[begin - 1] == "—" or _begins_with_place(now, end)
    told = now.statements[now.sentence.first :] or now.said.sentence
    beside = beside or any(s.facets.region for s in told)
    if not beside:
        return False
    now.pending = [m for m in now.pending if m.kind not in ("region", "whole")]
    now.pending.append(place)
    return True


def _place_at(now: Walk, at: int, named: Sequence[Mention]) -> Mention | None:
    """Give the place whose name begins here."""
    known = next((m for m in named if m.start == at and m.kind == "region"), None)
    return known or now.context.names.subject_at(now.text, at)


def _begins_with_place(now: Walk, end: int) -> bool:
    """Whether the next part of the sentence begins with a place that has a figure."""
    following = now.text.find("；", end, now.sentence.start + len(now.sentence.words)) + 1
    if not following:
        return False
    ahead = (t for t in now.tokens[now.at + 1 :] if t.start >= following)
    first = next(ahead, None)
    known = first and isinstance(first.what, Mention) and first.what.kind == "region"
    return bool(known or now.context.names.subject_at(now.text, following))


def _keep_lower_end(now: Walk, lower: Quantity | None, upper: Measure) -> None:
    if lower:
        spot = now.spot(upper.start, upper.end)
        last = len(now.statements) - 1
        now.amend(last, replace(now.statements[last], range_from=lower, spot=spot))


def _is_opened(now: Walk, whole: Statement, facets: Facets) -> bool:
    """Whether 其中 stands between a use and those that make it up, whatever the hierarchy says.

    安置住宅用地130公顷，其中城中村改造96公顷、棚户区改造34公顷. One that no list has needs none.
    """
    if not whole.facets.use or facets != Facets(use=facets.use):
        return False
    if facets.use and not canonical(whole.facets.use):
        return True
    opened = (f for f in now.stack.frames if f.opener == "among" and f.statement is whole)
    return any(not f.accepts(Sought(facets=facets)) for f in opened)


def _join(now: Walk, token: Token, whole: Statement) -> str:
    """Make an area a part of what it makes up with others, named by what stands before it."""
    if facets_together(now.pending).over(whole.facets) == whole.facets:
        dates = [t.what for t in now.behind(now.untaken)]
        years = [d.first.year for d in dates if isinstance(d, DateSpan)]
        label = label_before(now, token, listed=True)
        begins = REGION_LIKE.match(label)
        if begins and not is_use_like(label[begins.end() :] or "-"):
            label = begins.group()  # 石塘经开区要拿走2380亩
        said = EDGES.sub("", now.text[now.since : token.start].lstrip("，；"))
        source = next((k for k, words_of in _SOURCE_OF.items() if words_of.search(said)), "")
        short = now.context.names.subject_at(label, 0)  # 东城最多，930亩
        if years:
            now.pending = [Mention(token.start, token.start, "period", f"{years[0]}年")]
        elif source:
            now.pending = [Mention(token.start, token.start, "source", source)]
        elif named := [m for m in now.pending if m.kind == "whole"]:
            now.pending = [replace(named[-1], kind="region")]
        elif short:
            now.pending.append(replace(short, start=now.since, end=token.start))
        elif label:
            beside = now.told.facets if now.told else Facets()
            uses = beside.use and not (beside.region or canonical(beside.use))
            one_use = main_category(whole.facets.use) not in ("", *COMPOSITES)
            by_place = _is_by_place(now, token) or (one_use and len(label) < _SHORTEST)
            place = is_place_like(label) or (by_place and not beside.use)
            place = place and not (is_use_like(label) or uses)
            now.pending.append(Mention(now.since, token.start, "region" if place else "use", label))
        else:
            return ""
    frames = now.stack.frames
    while len(frames) > 1 and frames[-1].statement is not whole:
        frames.pop()
    if frames[-1].statement is not whole or frames[-1].opener == "carried":
        now.stack.push(Frame(whole.facets, "among", whole, key=f"{now.place}:{now.clause}"))
    return "parts"


def _is_by_place(now: Walk, token: Token) -> bool:
    """Whether a list is one of places, as the figure before or the words say: 分布是：甲22公顷."""
    beside = now.told is not None and bool(now.told.facets.region)
    return beside or bool(_SPREADS.search(now.text, now.sentence.start, token.start))


def _refer(now: Walk, token: Token, measure: Measure) -> bool:
    """Take 这500公顷 for the figure that it is of, said before.

    One that nothing names and that is the sum of those behind it is the total, if none was said:
    这样算来全市是1900公顷，城区1120公顷，县里780公顷.
    """
    if any(m.kind != "whole" for m in now.pending):
        return False
    same = _said(now, measure)
    pointed = _THIS.search(now.text, now.clause, token.start) or _SAME.match(now.text, token.end)
    if same and (pointed or now.is_parted):
        _say_again(now, token, same[-1])
        return True
    rest = now.said.total or _REST.search(now.text, now.since, token.start)
    if rest or says_goal(now.clause_words) or not now.is_parted:
        return False
    facets = facets_together(now.pending)
    state(now, facets, token, quantity=measure.area, qualifier=measure.qualifier, why="parts")
    return True


def _names_again(now: Walk, token: Token, measure: Measure) -> bool:
    """Take 市区的510公顷中，甲区… for the figure that it is of, which parts follow."""
    if not _WITHIN_IT.match(now.text, token.end):
        return False
    own = facets_together(m for m in now.pending if m.kind != "whole")
    same = [s for s in _said(now, measure) if own.over(s.facets) == s.facets]
    if len({s.facets.key for s in same}) != 1:
        return False
    _say_again(now, token, same[-1])
    now.pending, now.sentence.dead = [], ""
    return True


def _said(now: Walk, measure: Measure) -> list[Statement]:
    total = [now.said.total] if now.said.total else []
    told = (*total, *now.said.recent, *now.statements[-MAX_RECENT:])
    return [s for s in told if s.quantity == measure.area]


def _say_again(now: Walk, token: Token, told: Statement) -> None:
    words, spot = excerpt(now.printed, now.clause, token.end), now.spot(token.start, token.end)
    now.statements.append(replace(told, place=now.place, words=words, spot=spot, group=""))
    now.latest.index = now.stated[now.at] = len(now.statements) - 1
    now.latest.end, now.latest.refused = token.end, ""


def _take_line(now: Walk, token: Token) -> None:
    """Take what is renewed for the name, or all before a figure in a line below 按产业分：."""
    _take_renewed(now, token)
    line = _LINE_OF_AREA.fullmatch(now.text, 0, token.start) if now.said.opened else None
    if line and not now.pending and is_label(line["name"]):
        place = is_place_like(line["name"]) and not is_use_like(line["name"])
        now.pending = [Mention(*line.span("name"), "region" if place else "use", line["name"])]


def _take_rest_before(now: Walk, token: Token) -> None:
    """Take what the rest is said to be before its figure: 其余的是道路和学校，合计70公顷."""
    rest = _REST_FIRST.search(now.text, now.untaken, token.start)
    if rest and not any(m.kind == "region" for m in now.pending):
        now.pending = [Mention(*rest.span("name"), "use", rest["name"])]


def _take_label(now: Walk, token: Token) -> None:
    """Take what stands like a name in a list for one: 其中全面改造项目14个，面积320公顷."""
    told = now.told or now.stack.top.statement
    kinds = {m.kind for m in now.pending} - {"whole", "period"}
    if kinds <= {"use"} and (said := _IS_PLACE.search(now.text, now.since, token.start)):
        label = said["name"]  # 工业用地供应较多的是白鹭洲30公顷
        if not is_use_like(label) and is_label(label) and without_glue(label) == label:
            now.pending.append(Mention(said.start("name"), said.end(), "region", label))
        return
    if told is None or kinds - {"region"}:
        return
    listed_here = now.stack.top.opener in ("among", "bracket") or now.told is not None
    label = label_before(now, token) if listed_here else ""
    if now.stack.top.opener == "among" and not label:
        label = "" if kinds else use_inside(now.text[now.since : token.start])
        built = _ALL_BUILT.search(now.text, now.since, token.start)
        label = "建设用地" if built else label
    if not label or (kinds and label not in now.said.labels):
        return
    at = now.text.rfind(label, 0, token.start)
    inside = _PLACE_FIRST.match(label)
    if inside and not kinds and not NO_REGION.search(inside[1]):
        now.pending.append(Mention(at, at + inside.end(1), "region", inside[1]))
        label, at = inside[2], at + inside.end(1)
        if len(label) < 2:  # 桥东区涉(及)
            return
    sibling = now.told.facets if now.told else None
    carried = now.stack.top.facets.use
    like_sibling = sibling is not None and bool(sibling.region) and sibling.use in ("", carried)
    places = like_sibling or _BY_PLACE.match(now.sentence.words)
    unknown = sibling and sibling.use and not (sibling.region or canonical(sibling.use))
    by_region = not (is_use_like(label) or unknown) and bool(is_place_like(label) or places)
    if not (by_region or is_use_like(label) or (sibling and sibling.use and len(label) < 7)):
        return
    if not by_region:
        now.said = replace(now.said, labels=now.said.labels | {label})
    now.pending.append(Mention(at, at + len(label), "region" if by_region else "use", label))


def _take_way(now: Walk, token: Token) -> None:
    """Name a figure by its purpose or way, if nothing else does: 用于公寓的20公顷, 通过更新供应."""
    way = _WAY.search(now.text, now.since, token.start)
    part = now.told is not None or bool(now.stack.top.facets.use)
    if not (way and part) or any(m.kind in ("source", "mode", "region") for m in now.pending):
        return
    name = way["aim"] or way["way"]
    label = re.sub("[“”]", "", name).removesuffix("等")
    inside = [m for m in now.pending if m.kind == "use" and m.start < way.start()]
    if not inside and len(label) > 1:
        at = way.start("aim" if way["aim"] else "way")
        now.pending = [m for m in now.pending if m.kind != "use"]
        now.pending.append(Mention(at, at + len(name), "use", label))


def _take_renewed(now: Walk, token: Token) -> None:
    """Name a figure of renewal by what is renewed, if no list of uses has it: 老旧工业区改造."""
    if not now.context.genre.renewal or any(m.kind == "use" for m in now.pending):
        return
    told = _RENEWED_LAND.search(now.text, now.since, token.start)
    name = _DONE_TO.sub("", EDGES.sub("", told["name"].lstrip("）”"))) if told else ""
    name = _ANY_LAND.sub("", name)
    if told and len(name) > len("某区改造") and is_label(re.sub("[（）“”]", "", name)):
        end = told.end("name")
        if not any(m.kind == "region" and m.end > end - len(name) for m in now.pending):
            now.pending.append(Mention(end - len(name), end, "use", name))


def _take_within(now: Walk, token: Token) -> bool:
    """Take a kind of a use, named right behind it, for a part of it: 商服用地中旧改项目4公顷."""
    said = [m for m in now.pending if m.kind != "whole"]
    if [m.kind for m in said] != ["use"] or said[0].start < now.since:
        return False
    part = _KIND_WITHIN.fullmatch(now.text, said[0].end, token.start)
    name = EDGES.sub("", now.without_names(*part.span("name"))) if part else ""
    if part is None or not (is_label(name) and is_use_like(name) and open_within(now, said[0])):
        return False
    told = (*now.said.recent, *now.statements)
    if any(s.facets.category == (canonical(name) or name) for s in told):  # of another use
        name = now.text[said[0].start : part.end("name")]
    now.pending = [Mention(*part.span("name"), "use", name)]
    return True


def open_within(now: Walk, use: Mention) -> bool:
    """Open a frame for some parts of a use that has a figure; False if it has none."""
    own = Facets(use=use.name).over(now.stack.frames[0].facets)
    told = (*now.said.recent, *now.statements)
    whole = next((s for s in reversed(told) if s.facets.key == own.key and s.quantity), None)
    if whole:
        now.stack.push(Frame(whole.facets, "among", whole, open_split=True))
    return whole is not None


def _take_topic(now: Walk, token: Token) -> None:
    """Take the use of the sentence before for a bare figure: 住宅用地是主力。计划供应591公顷."""
    topic, first = now.said.topic, now.sentence.first == len(now.statements)
    names = [m for m in now.pending if m.kind not in ("whole", "period")]
    if [m.kind for m in names] == ["region"]:
        at = names[0].end  # 宅地怎么分？甲区50公顷，乙区40公顷
        others = {s.facets.use for s in now.statements[now.sentence.first :]} - {"", topic.use}
        others |= {now.stack.top.facets.use} - {"", topic.use}  # 工矿仓储用地中，甲区50公顷
        holds = now.said.asked and not others and _is_within(token, now.said.sentence)
        asked = topic.use if holds else ""
        if use := asked or _use_beside(now):
            now.pending.append(Mention(at, at, "use", use))
        return
    if not topic.use or names or not first:
        return
    begin = now.pending[-1].end if now.pending else now.untaken  # 答案揭晓：全市875公顷
    said = now.text[begin : token.start].lstrip().removeprefix("答：")
    all_land = "总" in said or (now.pending and says_total(now.clause_words))
    if not (all_land or without_glue(said)):
        at = now.sentence.start
        now.pending.append(Mention(at, at, "use", topic.use))


def _take_subject_of_last_year(now: Walk, token: Token) -> None:
    """Take what a figure of another year is about: 去年商服用地30公顷，今年则排到24公顷."""
    last = now.marks[-1] if now.marks and not now.pending else None
    if last is None or last.reason not in ("last_year", "other_year") or not last.facets.use:
        return
    if _HAS_PARTS.match(now.text, token.end) or says_total(now.clause_words):
        return  # 去年住宅用地30公顷，今年计划供应90公顷，其中…
    goes_on = now.latest.refused == last.reason  # in this sentence
    if goes_on and not without_glue(now.without_names(now.clause, token.start)):
        now.pending.append(Mention(now.clause, now.clause, "use", last.facets.use))


def _is_within(token: Token, told: Sequence[Statement]) -> bool:
    """Whether an area is no larger than the last figure told, if one was."""
    area = token.what.area if isinstance(token.what, Measure) else None
    whole = told[-1].quantity if told else None
    return area is None or whole is None or area.area_m2 <= whole.area_m2


def _use_beside(now: Walk) -> str:
    """Give the one use that all places of the sentence have figures of: 甲区住宅9公顷；乙区8."""
    own = now.statements[now.sentence.first :]
    if not own and now.pending[0].start == now.sentence.start:
        own = list(now.said.sentence)  # 甲区商品住宅410亩，多在城北。乙区455亩
        core = (s for s in own if PART_OF_LAND.search(s.facets.region) and not s.facets.code)
        if any(s.place != now.place or not s.facets.region for s in own) or any(core):
            return ""  # of all the city, or of another paragraph
    placed = [s for s in own if s.facets.region]
    uses = {s.facets.use for s in own}
    twice = len({s.facets.region for s in placed}) < len(placed)
    if not placed or len(uses) > 1 or twice or now.stack.top.facets.use:
        return ""
    return "" if says_total(now.clause_words) else uses.pop()


def _take_rented(now: Walk) -> None:
    """Take 租赁 in a list of homes for a kind of them: 商品住宅60公顷；租赁20公顷."""
    said = [m for m in now.pending if m.kind != "whole"]
    told = next((s for s in now.statements[now.sentence.first :][::-1] if not s.facets.mode), None)
    beside = told.facets.use if told else ""
    if [m.name for m in said] == ["租赁"] and canonical(beside) != "住宅用地" == main_category(
        beside
    ):
        now.pending = [replace(m, kind="use", name="租赁住房用地") for m in said]


def _take_whole_list(now: Walk) -> None:
    """Take a list of uses for one, as it is printed: 保障房及某某住房和中小套型住房用地30公顷."""
    uses = [m for m in now.pending if m.kind == "use"]
    if not uses:
        return
    first = uses[0]
    numbers = [t for t in now.behind(now.since) if t.kind in ("area", "percent", "count")]
    ends = [m.end for m in now.pending] + [t.end for t in numbers]
    start = max([now.since, *(end for end in ends if end <= first.start)])
    if start > first.start or any(t.start > first.start for t in numbers):
        return
    before = _LIST_BEFORE.search(now.text, start, first.start)
    name = EDGES.sub("", before["items"]) if before else ""
    at = first.start
    if before and len(name) > 1:
        at += before.group().index(name) - len(before.group())
    elif len(uses) == 1 or canonical(facets_together(uses).use) or _apart(now, uses):
        return
    now.members = now.members or (categories(uses) if at == first.start else ())
    end = uses[-1].end
    examples = _EXAMPLES.match(now.text, at, end)
    at = examples.end() if examples else at
    whole = Mention(at, end, "use", now.text[at:end])
    now.pending = [m for m in now.pending if m.kind != "use"] + [whole]


def _take_places_together(now: Walk, token: Token) -> None:
    """Take places that have one figure together for one, as they are printed: 望海、青云两区.

    Those that only stand for more (望海区、青云区等重点区域) part no figure.
    """
    places = [m for m in now.pending if m.kind == "region"]
    if places and _AND_MORE.match(now.text, places[-1].end):
        now.pending = [m for m in now.pending if m not in places]
        return
    more = _PLACE_JOINED.fullmatch(now.text, places[-1].end, token.start) if places else None
    if more and is_label(more["name"]) and is_place_like(more["name"]):
        at = places[-1].end
        beside = Mention(more.start("name"), more.end("name"), "region", more["name"])
        if now.text[at : beside.start]:
            places.append(beside)
    if len(places) < 2 or _apart(now, places):
        return
    first, last = places[0], places[-1]
    whole = Mention(first.start, last.end, "region", now.text[first.start : last.end])
    now.pending = [whole if m is first else m for m in now.pending if m not in places[1:]]


def _apart(now: Walk, uses: Sequence[Mention]) -> bool:
    """Whether other words than 和 stand between uses, or an unread part of the list before them."""
    joined = all(
        a.end == b.start or _JOINED.fullmatch(now.text, a.end, b.start) for a, b in pairwise(uses)
    )
    at = uses[0].start - 1
    return not joined or (at > now.latest.end and bool(_ITEM_JOIN.match(now.text, at)))


def _drop_stale(now: Walk, token: Token) -> None:
    """Forget a land source or mode named in a former clause where this one tells a total."""
    behind = list(now.behind(now.untaken))
    inside = [t.kind for t in behind]
    counts = [
        t
        for i, t in enumerate(behind)
        if t.kind == "count" and inside[:i].count("close") <= inside[:i].count("open")
    ]
    regions = [t for t in behind if isinstance(t.what, Mention) and t.what.kind == "region"]
    if len(counts) > 1 and _SUM_OF_COUNTS.fullmatch(now.text, now.clause, token.start):
        if len(regions) > 1:  # 住宅用地中，甲区7宗、乙区31宗，总面积301亩
            first = min(t.start for t in regions)
            uses = [t.what for t in behind if isinstance(t.what, Mention) and t.end <= first]
            several = sum(t.end <= first for t in counts) > 2  # 11宗含8宗住宅用地和3宗租赁用地
            now.pending = [m for m in uses if m.kind == "use" and not several][:1]
        else:
            now.pending = []  # 甲7个地块、乙31个地块，总面积301亩
    now.pending = [m for m in now.pending if not _is_surpassed(now, m, token)]
    summed = _SUM_OF_COUNTS.fullmatch(now.text, now.clause, token.start)
    if len(regions) > 1 and summed:
        first = min(t.start for t in regions)
        if _SPREAD.search(now.text, now.sentence.start, first):  # 分别位于甲、乙两区，总面积27公顷
            now.pending = [m for m in now.pending if m.kind != "region"]
    if any(m.kind == "whole" and m.start >= now.clause for m in now.pending):
        now.pending = [
            m
            for m in now.pending
            if m.kind != "region" or m.end > now.clause or PART_OF_LAND.search(m.name)
        ]
    stale = (m.kind in ("source", "mode") and m.end <= now.clause for m in now.pending)
    others = all(
        m.kind in ("whole", "period") or old for m, old in zip(now.pending, stale, strict=True)
    )
    if others and says_total(now.clause_words):
        now.pending = [m for m in now.pending if m.kind in ("whole", "period")]


def _is_surpassed(now: Walk, use: Mention, token: Token) -> bool:
    """Whether all land is supplied behind a use: 住宅用地出让活动共供应国有建设用地4公顷."""
    if use.kind != "use" or use.end > token.start:
        return False
    land = _ALL_LAND.search(now.text, use.end, token.start)
    behind = land and without_glue(now.without_names(land.end(), token.start))
    between = land and without_glue(now.without_names(use.end, land.start()))
    return bool(between) and not behind


@lru_cache(maxsize=1)
def _unit_of_all(sentence: str) -> str:
    """Give the unit that a sentence names for all its numbers; asked again for each of them."""
    noted = _UNIT_OF_ALL.search(sentence)
    return (unit_name(noted[1] or noted[2]) or "") if noted else ""


def read_number(now: Walk, token: Token, number: Measure) -> None:
    """Tell of a number without unit behind a name in a list: 甲区218；乙区85亩.

    In a line of its own (商服用地：30) it has the unit that a line above gives to all of them.
    """
    alone = now.is_line_of_numbers
    unit = _unit_of_all(now.sentence.words) or (now.context.unit if alone else "")
    if unit:  # 各区计划（亩）：甲区24、乙区16
        read_area(now, token, replace(number, unit=unit, own_unit=False))
        return
    if alone and (now.pending or says_total(now.text)):
        now.mark(token, "unknown", "no_unit")
        now.pending = []
        return
    between = now.text[now.pending[-1].end : token.start] if now.pending else "-"
    damaged = now.text[token.start] in ".。．"
    listed_here = now.stack.is_nested or len(now.statements) > now.sentence.first
    if damaged or (not without_glue(between) and listed_here):
        now.mark(token, "unknown", "damaged" if damaged else "no_unit")
        now.pending = []


def state_for_all(now: Walk, mention: Mention) -> bool:
    """Take the last figure as a use's as well: 供应总量50公顷，全部为工业用地."""
    told = now.told
    if told is None or told.facets.use or now.pending:
        return False
    if not _ALL_OF_IT.fullmatch(now.text, now.latest.end, mention.start):
        return False
    facets = replace(told.facets, use=mention.name)
    words = excerpt(now.printed, now.clause, mention.end)
    same = replace(told, facets=facets, words=words, parent=told.facets, share=None, why="topic")
    now.statements.append(same)
    return True


def state_halves(now: Walk, token: Token) -> None:
    """Give two names half each of the figure that they part: 各占一半."""
    names = listed(now.pending)
    whole = now.told or now.stack.top.statement
    follows = now.following is not None and now.following.kind in ("comma", "area")
    area = next(now.ahead("area"), None) if follows else None
    if len(names) != 2 or whole is None or whole.quantity is None or area is not None:
        return
    half = Quantity(whole.quantity.value / 2, whole.quantity.unit)
    for facets in facets_of_each(now, names):
        state(now, facets, token, quantity=half, carry=False, why="half")
    now.pending = []


# --- areas that are no figure of their own --------------------------------------------------


def _restates(now: Walk, token: Token, measure: Measure) -> bool:
    """Take the same area in another unit, right behind it: 383.73公顷（约5755.95亩）."""
    told = now.told
    if told is None or now.latest.index is None or now.pending:
        return False
    if told.quantity is None or told.restated or told.quantity.unit == measure.unit:
        return False
    if measure.area and measure.area.area_m2 * _NEVER_SAME < told.quantity.area_m2:
        return False  # 改造1800亩，90平方米以下的商品房2640亩
    if not (
        _RESTATED.fullmatch(now.text, now.latest.end, token.start)
        or (
            _is_same_area(told.quantity, measure)
            and _IN_BREATH.fullmatch(now.text, now.latest.end, token.start)
        )
    ):
        return False
    again = replace(
        told,
        restated=measure.area,
        restated_qualifier=measure.qualifier,
        restated_spot=now.spot(token.start, token.end),
    )
    now.amend(now.latest.index, again)
    return True


def _is_same_area(told: Quantity, again: Measure) -> bool:
    """Whether an area is another in a second unit, but for what rounding or 约 leaves open."""
    area = again.area
    return area is not None and 200 * abs(area.area_m2 - told.area_m2) <= told.area_m2


def _range(now: Walk, token: Token, measure: Measure) -> tuple[Quantity | None, Measure, int]:
    """Take 30—40公顷 as a range: its lower end, the measure of its upper end, where it ends."""
    if measure.range_end is not None:
        upper = replace(measure, value=measure.range_end, range_end=None, qualifier="at_most")
        return measure.area, upper, token.end
    after = now.following
    what = after.what if after and after.kind == "area" and after.start == token.end else None
    if after and isinstance(what, Measure):
        now.skip_to = after.end
        return measure.area, what, after.end
    return None, measure, token.end


def _completes(now: Walk, token: Token, measure: Measure) -> bool:
    """Take the area of what only a share was said of: 工业用地占比50%，面积210公顷."""
    told = now.told
    if told is None or now.latest.index is None or now.pending or refusal(now, token):
        return False
    if told.quantity or not _AREA_OF_SHARE.fullmatch(now.text, now.latest.end, token.start):
        return False
    words = told.words + now.printed[now.latest.end : token.end]
    spot = now.spot(token.start, token.end)
    whole = replace(
        told, quantity=measure.area, qualifier=measure.qualifier, words=words, spot=spot
    )
    now.amend(now.latest.index, whole)
    now.latest.end = token.end
    return True


def _reject(now: Walk, token: Token, measure: Measure, reason: str) -> None:
    """Pass over an area that is none of the plan; a floor area is one more of its land."""
    if reason not in _OF_PLOTS or not _take_plot(now, token, measure):
        now.mark(token, "unknown" if reason == "not_planned" else "aside", reason)
    floors = _FLOOR_AREA.search(now.text, now.clause, token.start)
    if floors and not now.pending and now.latest.index is not None:
        now.latest.floor_unit = measure.unit
    elif not now.compared and reason not in _WITHOUT_PARTS:
        now.latest.index, now.latest.refused = None, reason
    now.pending = []


def _leave_unnamed(now: Walk, token: Token, measure: Measure) -> None:
    """Pass over an area that nothing names, if it is not that of a plot."""
    now.latest.goal = now.context.of_years and says_goal(now.clause_words)
    if not _take_plot(now, token, measure):
        now.mark(token, "unknown", "no_name")
    now.latest.index, now.latest.refused = None, "no_name"


def _is_project(now: Walk, token: Token, measure: Measure) -> bool:
    """Take a project that the text names with its area: 清溪村改造项目，用地面积26.5亩."""
    if now.whole and now.told and now.told.parent == now.whole.facets:
        return False  # a part beside those before it
    start = max(
        now.latest.end,
        now.sentence.start,
        now.text.rfind("；", 0, token.start) + 1,
        token.start - 150,
        next((t.end for t in now.behind(now.sentence.start) if t.kind == "area"), 0),
    )
    name = project_at(now, token, start)
    kind = canonical(
        re.sub("^.*[中里]的?", "", name).removesuffix("项目")
    )  # 住宅用地中旧改项目30公顷
    if not name or measure.area is None or (kind and now.stack.top.opener == "among"):
        return False
    _add_project(now, token, measure, name, start)
    now.latest.index, now.latest.refused = None, "project"
    now.latest.end = token.end
    now.pending = []
    return True


def _is_of_plot(area: Quantity) -> bool:
    return _LEAST_PLOT_M2 < area.area_m2 < MOST_PLOT_M2


def _take_plot(now: Walk, token: Token, measure: Measure) -> bool:
    """Take an area that is no figure of the plan as that of a plot, sold or told by the way."""
    area = measure.area
    if area is None or measure.qualifier != "exact" or not _is_of_plot(area):
        return False
    before = next((t.end for t in now.behind(now.sentence.start) if t.kind == "area"), 0)
    start = max(before, now.sentence.start)
    name = plot_at(now, token, start)
    if name:
        _add_project(now, token, measure, name, start)
    return bool(name)


def _add_project(now: Walk, token: Token, measure: Measure, name: str, start: int) -> None:
    """Add a project or plot to those that the text names."""
    about = [m for m in now.pending if not (m.name.endswith(name) or name.endswith(m.name))]
    known = facets_together(about).over(now.stack.top.facets)
    now.items.append(
        Item(
            number=None,
            region=known.region,
            category=known.use or use_of_counted(now, token),
            name=name,
            location="",
            quantity=measure.area,
            stage="",
            source=known.source,
            mode=known.mode,
            period=known.period,
            list_name="",
            place=now.place,
            words=excerpt(now.printed, start, token.end),
            spot=now.spot(token.start, token.end),
        ),
    )


def _take_name_after(now: Walk, end: int) -> None:
    """7200亩工矿仓储用地, 3000亩用于住宅用地: the name stands behind the figure."""
    later = (
        t for t in now.tokens[now.at + 1 : now.at + 4] if t.start >= end and t.kind not in _PASSED
    )
    after = next(later, None)
    named = after is not None and isinstance(after.what, Mention) and after.what.kind == "use"
    placed = any(m.kind == "region" and m.start >= now.since for m in now.pending)
    if after and named and _TO_NAME_AFTER.fullmatch(now.text, end, after.start):
        _take_uses_behind(now, after)
    elif not _take_rest(now, end, after) and (named or placed or not _comes_from(now, end, after)):
        _take_purpose(now, end)


def _take_purpose(now: Walk, end: int) -> None:
    """Name a figure by what is built on it, or as what land it is: 30亩新建公租房."""
    built = _BUILT_ON_IT.match(now.text, end)
    name = (built["name"] or f"{built['aim']}用地") if built else ""
    if not canonical(name) and now.text[now.tokens[now.at].start - 2 :][:2] != "占地":
        built = _LAND_BEHIND.match(now.text, end)
        name = built["name"] if built else ""
    if built and (name if built.re is _LAND_BEHIND else canonical(name)):
        now.pending = [m for m in now.pending if m.kind == "region" and m.start >= now.clause]
        now.pending.append(Mention(*built.span(built.lastgroup or 0), "use", name))


def _take_uses_behind(now: Walk, after: Token) -> None:
    """Name a figure by the use behind it, and those that are joined to that."""
    last = after.end
    for t in now.tokens[now.at + 2 :]:  # 50公顷廉租住房及公共租赁房用地
        if not (isinstance(t.what, Mention) and t.what.kind == "use"):
            if t.start >= last:
                break
        elif t.start > last:
            if not _JOINED_NAME.fullmatch(now.text, last, t.start):
                break
            last = t.end
    name = now.text[after.start : last]
    now.pending = [m for m in now.pending if m.kind != "use"]
    now.pending.append(Mention(after.start, last, "use", name))
    now.skip_to = last


def _comes_from(now: Walk, end: int, after: Token | None) -> bool:
    """Name a figure by the source or way behind it: 其余20公顷以划拨方式供应, 60公顷来自存量."""
    way = after.what if after and isinstance(after.what, Mention) else None
    told = any(m.kind in ("source", "mode") for m in now.pending)
    if told or way is None or way.kind not in ("source", "mode"):
        return False
    area = next((t for t in now.tokens[now.at + 1 : now.at + 5] if t.kind == "area"), None)
    if area and not re.search("[，。；、]", now.text[way.end : area.start]):
        return False  # 消化存量20公顷，使用新增指标30公顷
    if _COMES_FROM.fullmatch(now.text, end, way.start):
        now.pending.append(way)
        now.skip_to = way.end
    return True


def _take_use_of_sentence(now: Walk, end: int, *, rests: bool) -> None:
    """Give the rest of a list of places the one use that the sentence before was about."""
    uses = {s.facets.use for s in now.said.sentence}
    if rests and now.told is None and len(uses) == 1:
        now.pending += [Mention(end, end, "use", use) for use in uses if use]


def _may_be_place(name: str) -> bool:
    """Whether words behind 其余…都在 may be of a place: 岛外, 各街道."""
    timed = re.search("季度|半年|批", name)
    known = name[:1] == "各" or all(map(is_label, name.split("、")))
    return known and not (timed or is_use_like(name))


def _take_rest(now: Walk, end: int, after: Token | None) -> bool:
    """Name a figure by the words behind it: 其余50公顷分布在三县, 其余5公顷为某某用地."""
    if now.pending:
        return False
    rests = bool(_REST.search(now.text, now.since, end))
    lies = _REST_LIES if rests else _LIES_IN
    part = lies.match(now.text, end) if rests or now.whole else None
    if part and (is_place_like(part["name"]) or (rests and _may_be_place(part["name"]))):
        now.pending.append(Mention(*part.span("name"), "region", part["name"]))
        _take_use_of_sentence(now, end, rests=rests)
        now.skip_to = part.end()
        return True
    place = after.what if after and isinstance(after.what, Mention) else None
    if after and place and place.kind == "region" and _LIES.fullmatch(now.text, end, after.start):
        now.pending.append(place)
        _take_use_of_sentence(now, end, rests=rests)
        now.skip_to = after.end
        return True
    rest = _REST_IS.match(now.text, end) if rests else None
    if rest is None or (after and after.start < rest.end() and after.kind in ("area", "percent")):
        return False
    name = rest["name"].removesuffix("等")
    examples = _EXAMPLES.match(name)
    if examples and canonical(name[examples.end() :]) in COMPOSITES:
        name = name[examples.end() :]  # 道路、学校等公益性用地
    told = now.context.names.find(name)
    way = next((m for m in told if m.kind in ("source", "mode")), None)
    last = way and way.end == len(name)
    if way and (last or ("、" not in name and all(m.kind != "use" for m in told))):
        now.pending.append(replace(way, start=end, end=end))  # 其余为存量建设用地
    else:
        now.pending.append(Mention(*rest.span("name"), "use", name))
    now.skip_to = rest.end()
    return True


# --- lists ----------------------------------------------------------------------------------


def _is_of_list(now: Walk, token: Token) -> bool:
    """A、B、C分别为1、2、3公顷: as many numbers as names, the unit behind the last."""
    if one_of_counted(now, token):
        return False  # 三宗，面积分别为4、6和3公顷
    found = numbers_from(now, token.start)
    names = _joined_names(now, listed(now.pending), len(found))
    told = _told_each(now, token, found, names)
    if told is not None:
        return told
    if not names:
        return False
    each = list(found)
    if len(found) == 1 and _EACH.fullmatch(now.without_names(names[-1].end, token.start)):
        each *= len(names)  # 工业用地、住宅用地各200亩
    unit = found[-1].unit if found else ""
    if len(each) != len(names) or unit not in M2_PER_UNIT:
        return False
    end = found[-1].end
    if reason := refusal(now, token) or now.sentence.unplanned:
        _refuse_each(now, found, reason)
    else:
        _state_each(now, token, names, each, end)
    now.skip_to = now.latest.end = end
    now.pending = []
    return True


def _joined_names(now: Walk, names: list[Mention], count: int) -> list[Mention]:
    """Leave out the names beside a list: 甲区、乙区、丙区三区远超其他区，分别为…."""
    runs: list[list[Mention]] = []
    for m in names:
        joined = runs and _JOINED.fullmatch(now.text, runs[-1][-1].end, m.start)
        if joined:
            runs[-1].append(m)
        else:
            runs.append([m])
    whole = [run for run in runs if len(run) == count > 1]
    return whole[0] if len(names) > count and len(whole) == 1 else names


def _told_each(
    now: Walk, token: Token, found: Sequence[Measure], names: Sequence[Mention]
) -> bool | None:
    """Read 分别为1、2公顷 of years, and of names that no list has; None where names are known.

    Where as many names are not found as there are numbers, none of the numbers is understood.
    """
    if len(found) < 2 or len(names) == len(found):
        return None
    near = _EACH_SAID.search(now.text, now.since, token.start)
    said = near if near and near["items"] else _EACH_SAID.search(now.text, now.untaken, token.start)
    if said is None:
        return None
    end = found[-1].end
    labels = [x for x in _ITEM_JOIN.split(said["items"] or "") if x]
    counted = bool(labels and _COUNT_FIRST.match(labels[0]))  # 两个老城区鼓楼、台江
    if labels:
        labels = [_COUNT_FIRST.sub("", labels[0]), *labels[1:]]
        labels = [*labels[:-1], _name_in(labels[-1])]
    years = _years_told(now, named=len(labels) == len(found))
    if len(years) == len(found) and not now.sentence.unplanned:
        _state_years(now, token, found, years)
    elif reason := refusal(now, token) or now.sentence.unplanned:
        _refuse_each(now, found, reason)
    elif len(labels) == len(found):
        by_region = (
            counted
            or any(m.kind == "region" for m in names)
            or all(map(is_place_like, labels))
            or said["places"]
        )
        kind: MentionKind = "region" if by_region else "use"
        at = [now.text.find(x, said.start()) for x in labels]
        given = [Mention(a, a + len(x), kind, x) for a, x in zip(at, labels, strict=True)]
        now.pending = [m for m in now.pending if m.kind != kind and m.start >= said.end("items")]
        now.pending = [*given, *now.pending]
        _state_each(now, token, given, found, end)
    else:
        _refuse_each(now, found, "no_name")
    now.skip_to = now.latest.end = end
    now.pending = []
    return True


def _name_in(words: str) -> str:
    """Give the name at the beginning of words that tell more of it: 石塘组团为投放重点."""
    ends = (words[:n] for n in range(len(words) - 1, 2, -1))
    return next((w for w in ends if is_place_like(w) and not is_place_like(words)), words)


def _refuse_each(now: Walk, found: Sequence[Measure], reason: str) -> None:
    """Take none of the numbers of a list."""
    role = "unknown" if reason in ("not_planned", "no_name") else "aside"
    for t in now.tokens[now.at : now.at + 2 * len(found)]:
        if t.end <= found[-1].end and isinstance(t.what, Measure):
            now.mark(t, role, reason)
    now.latest.index, now.latest.refused = None, reason


def _years_told(now: Walk, *, named: bool) -> list[int]:
    """Give the years of the sentence, or those of the plan where nothing else has figures."""
    spans = [t.what for t in now.behind(now.sentence.start) if isinstance(t.what, DateSpan)]
    start, end = now.context.start, now.context.end
    if not (spans or named) and now.context.of_years and start and end:
        return list(range(start, end + 1))  # 三年依次为20、30、40公顷
    return [y for span in spans[::-1] for y in range(span.first.year, span.last.year + 1)]


def _state_years(now: Walk, token: Token, found: Sequence[Measure], years: Sequence[int]) -> None:
    """Take the plan's own year of a row of years: 2020年至2022年分别为610、540、480公顷."""
    facets = facets_together(m for m in now.pending if m.kind != "period")
    own = range(now.context.start or 0, (now.context.end or 9999) + 1)
    now.sentence.dead = ""
    for year, measure in zip(years, found, strict=True):
        t = replace(token, start=measure.start, end=measure.end, what=measure)
        if year not in own:
            now.mark(t, "aside", "other_year")
            continue
        period = f"{year}年" if now.context.of_years else ""
        state(
            now,
            replace(facets, period=period),
            t,
            quantity=Quantity(measure.value, measure.unit or found[-1].unit),
            qualifier=measure.qualifier,
            carry=False,
            why="list",
        )


def _state_each(
    now: Walk, token: Token, names: Sequence[Mention], each: Sequence[Measure], end: int
) -> None:
    """Make each area of a list, which ends at ``end``, the figure of its name."""
    group = []
    key = f"{now.place}:{token.start}" if len({m.start for m in each}) > 1 else ""
    for facets, measure in zip(facets_of_each(now, names), each, strict=True):
        quantity = Quantity(measure.value, measure.unit or each[-1].unit)
        state(now, facets, token, quantity=quantity, end=end, carry=False, why="list")
        told = now.statements[-1]
        told = replace(
            told,
            spot=now.spot(measure.start, measure.end),
            group=told.group or key,
        )
        now.amend(len(now.statements) - 1, told)
        group.append(len(now.statements) - 1)
    now.latest.group = group
    shared = facets_together(m for m in now.pending if m not in names and m.kind == "use")
    if shared.use and all(m.kind == "region" for m in names):
        now.stack.push(Frame(shared.over(now.stack.frames[0].facets), "carried"))


def facets_of_each(now: Walk, names: Sequence[Mention]) -> list[Facets]:
    """Give what each figure of a list is about: its own name, and what was named for all."""
    others = [m for m in now.pending if m not in names]
    return [facets_together([*others, name]) for name in names]


def numbers_from(now: Walk, start: int) -> list[Measure]:
    """Read the figures of a list from ``start``: 1、2、3公顷, 1公顷、2公顷和3公顷."""
    found: list[Measure] = []
    for i in range(now.at, len(now.tokens)):
        measure = now.tokens[i].what
        if not isinstance(measure, Measure):
            continue
        end = found[-1].end if found else start
        joined = not found or _LIST_GAP.fullmatch(now.text, end, now.tokens[i].start)
        last = found[-1].unit if found else ""  # 1.35万亩和9870亩
        alike = not last or last.removeprefix("万") == measure.unit.removeprefix("万")
        if not (joined and alike):
            break
        found.append(measure)
    return found


# --- figures --------------------------------------------------------------------------------


def state(
    now: Walk,
    facets: Facets,
    token: Token,
    *,
    quantity: Quantity | None = None,
    qualifier: str = "exact",
    end: int | None = None,
    carry: bool = True,
    why: str = "named",
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
    why
        The stage that took it.
    """
    end = token.end if end is None else end
    words = now.text[now.untaken : token.start]
    total = facets == Facets() and why != "topic"
    total = total and says_total(now.clause_words)
    start = min((m.start for m in now.pending), default=token.start)
    joined = not carry or bool(_JOINED.fullmatch(now.text, max(0, now.latest.end), start))
    figure = Sought(facets=facets, quantity=quantity, total=total, joined=joined)
    first = now.statements[now.sentence.first] if now.sentence.first < len(now.statements) else None
    if facets == Facets(period=facets.period) and facets.period and first and not first.parent:
        facets = facets.over(replace(first.facets, period=""))  # …；2021年供应30公顷
    frame = now.stack.top if why in ("topic", "parts") else now.stack.fit(figure)
    if quantity:
        frame.parts_m2 += quantity.area_m2
    outer = frame.facets
    if any(m.kind == "whole" for m in now.pending):  # 全市 leaves what 市区范围内 said
        now.said = replace(now.said, scope=Facets())
        outer = now.context.facets if frame is now.stack.frames[0] else outer
        now.stack.frames[0].facets = now.context.facets
    full = facets if _ALL_ABOVE.search(words) else facets.over(outer)
    statement = Statement(
        facets=full,
        quantity=quantity,
        place=now.place,
        words=excerpt(now.printed, max(now.sentence.start, min(start, now.clause)), end),
        qualifier=qualifier,
        parent=_parent(frame, facets),
        members=now.members or _uses_together(now.pending, full.use),
        open_split=frame.open_split,
        group=frame.key,
        spot=now.spot(token.start, token.end) if quantity else None,
        why=why,
    )
    now.statements.append(statement)
    now.latest.index, now.latest.end, now.latest.group = len(now.statements) - 1, end, []
    now.stated[now.at] = now.latest.index
    now.latest.refused = ""
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


def _carry(now: Walk, statement: Statement) -> None:
    """Let what was named first hold for the next figures: 吴兴区住宅用地1亩、商服用地2亩."""
    full, outer = statement.facets, now.stack.top.facets
    if full.source and full.use and any(m.kind == "source" for m in now.pending):
        full = replace(full, source=outer.source)  # 甲区新增住宅用地20公顷，存量34公顷
        now.stack.push(Frame(replace(full, use=outer.use), "carried"))
        now.stack.push(Frame(full, "carried"))
        return
    kinds = [m.kind for m in now.pending if m.kind in ("region", "use")]
    first = now.pending[0].kind if now.pending else ""
    if kinds in (["region", "use"], ["use"]) and first in ("region", "period", "mode"):
        now.stack.push(Frame(replace(full, use=outer.use), "carried"))
    elif kinds == ["use", "region"]:
        now.stack.push(Frame(replace(full, region=outer.region, code=outer.code), "carried"))
    elif kinds:
        now.stack.push(Frame(full, "carried", statement, at=now.latest.index))
