"""Statements in running text: what each number in a sentence is a figure of.

A paragraph is walked through token by token (`tokens`), with a stack of what later figures may be
parts of (`scope`). Here names, dates, cues, signs and shares are read; `figures` takes the areas,
and `roles` says which of them are the plan's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from landgis.landuse import canonical, main_category
from landgis.plan.dates import DateSpan, is_deadline
from landgis.plan.documents.blocks import Place
from landgis.plan.figures import (
    facets_of_each,
    numbers_from,
    open_within,
    read_area,
    read_number,
    state,
    state_for_all,
    state_halves,
)
from landgis.plan.identity import Context
from landgis.plan.lexicon import words
from landgis.plan.quantities import Measure, find_quantities
from landgis.plan.roles import reason_of_past, use_inside, without_glue
from landgis.plan.scope import MAX_RECENT, OLD_FIGURE, Frame, Opener, Said, Sought, Token, Walk
from landgis.plan.statements import (
    PART_OF_LAND,
    Facets,
    Item,
    Mark,
    Mention,
    Statement,
    categories,
    facets_together,
    listed,
    told_apart,
    within_use,
)

_SHARE = re.compile(r"占(?!用|补|地面积)|比重|比例|份额")
_TOGETHER = re.compile(
    r"[两三四五六七八九十]个?(?:[地者项类]|[^，。\d]{0,3}[区县市镇])(?:用地)?[一共总合计加起来]*占"
)
"""Of several together, each of which has a figure of its own: 两地占了四成多."""
_ADDED = re.compile("，?(?:合计|共计|总计|一共)占")
_BARE_SHARE = re.compile(r"\s*[（(，,、]\s*")
_ROUGHLY = re.compile(r"[约近](?:占|为)[^，。；\d]{0,16}$")
_CLOSED = re.compile(r"\s*[）)]")
_RESPECTIVELY = re.compile(r"，?(?:分别|依次)[^，。；\d]{0,12}$")
_PART_OF_IT = re.compile("其中(?P<what>[^，。；]*?)的?(?:占|比例|比重)")
_CHANGE = re.compile(r"增长|增加|增幅|减少|下降|降幅|上涨|下调|上调|提高")
_OF = re.compile(r"占(?:全[市县区州]|总?的|年度|当年|计划|供应|全部)*$")
_IN = re.compile(r"在(?:全[市县区州]|年度|当年|计划|供应|全部|整个|所有)*$")
_IN_WHICH = re.compile(r"[^，。；、\d]{0,8}[中里内]所?(?:占|的?比重|的?比例|的?份额)")
"""A base that stands before its share: 保障房用地在全部住宅用地总量中占比达到30%."""


def read_share(now: Walk, token: Token, measure: Measure) -> None:
    """Give a share to the figure or names that it is stated of; mark other percentages."""
    if now.compared or not _is_share(now, token):
        changed = now.compared or _CHANGE.search(now.text[now.since : token.start])
        now.mark(token, "aside", "change" if changed else "not_plan")
        return
    if measure.qualifier in ("at_least", "at_most"):
        return  # a rule
    added = _ADDED.match(now.text, now.latest.end) and len(now.statements) - now.sentence.first > 1
    if added or _TOGETHER.search(now.text, now.since, token.start):
        now.mark(token, "unknown", "no_name")
        return
    done = now.context.genre.reason and now.sentence.unplanned
    dead = now.sentence.dead or now.stack.dead or done
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
    elif now.latest.index is not None and not own and not _tells_of_other(now, token):
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
    at = [m for m in names if _is_base(now, m)]
    if not at:
        return names, None
    base = [m for m in names if m.start >= at[0].start and m.start < token.start]
    return [m for m in names if m.start < at[0].start], facets_together(base)


def _is_base(now: Walk, name: Mention) -> bool:
    """Whether the words around a name make it what a share is one of."""
    before = now.text[max(0, name.start - 10) : name.start]
    within = _IN.search(before) and _IN_WHICH.match(now.text, name.end)
    return bool(within or _OF.search(before))


def _state_shares(
    now: Walk, token: Token, own: Sequence[Mention], found: Sequence[Measure], base: Facets | None
) -> None:
    """Take shares without areas: 住宅用地占22%."""
    now.pending = list(own)
    names = listed(own)
    told = _SHARE.search(now.text, own[-1].end, token.start)
    apart = told and without_glue(now.text[own[-1].end : told.start()])
    if apart or (names and len(names) != len(found)):
        now.mark(token, "unknown", "no_name")
        return
    about = facets_of_each(now, names) if names else [facets_together(own)]
    end = found[-1].end if names else None
    for facets, number in zip(about, found, strict=False):
        state(now, facets, token, end=end, carry=False, why="share")
        _give(now, len(now.statements) - 1, number, base)
    now.skip_to = end or now.skip_to


def _tells_of_other(now: Walk, token: Token) -> bool:
    """Whether a share is of a part that has no name: 其中套型90平方米以下的占70%."""
    part = _PART_OF_IT.search(now.text, max(0, now.latest.end), token.start)
    return part is not None and len(without_glue(part["what"])) > 1


def _give(now: Walk, index: int, share: Measure, base: Facets | None) -> None:
    told = now.statements[index]
    spot = now.spot(share.start, share.end)
    if told.share is not None:
        return
    roughly = _ROUGHLY.search(now.text, now.sentence.start, share.start)
    over = "at_least" if now.text.endswith("超", 0, share.start) else share.qualifier
    given = replace(
        told,
        share=share.value,
        share_qualifier="about" if roughly else over,
        share_of=base,
        share_spot=spot,
    )
    now.amend(index, given)


_EXCEPT = re.compile(
    "(?:(?<![拆清解扣消去])除[去开了]?(?:前述|上述|以上)?|扣除|剔除|不含|不包括|不计)$"
)
_SURPASSED = re.compile("(?<!不)(?:远?[高多大少低小]于|远超过?|领先于?)$")
_LIST_JOIN = re.compile(r"\s*(?:、|和|及|与|以及|，)(?:用于)?\s*")
_WITHIN = re.compile(
    r"(?:土地|用地|供应|供地|计划|安排|总量|总?面积|的)*(?:[之当]?中|里|之?内|方面|部分|上|[分按从][\u4e00-\u9fff]{1,4}(?:来?看|划分))\s*"
)
_INSIDE = re.compile("(?:用地|供应|供地|计划|总量|总?面积)*(?:[之当]?中|里面?)的?")
_RANGE_OF_LAND = re.compile(
    r"(?:区域|行政区|辖区)?(?:范围(?:之?内)?|(?<=区)之?内)(?=[，：]|供应|供地|计划|$)"
)
_WITHIN_FIGURE = re.compile(r"(?:[之当]?中|里[面头]?|内)\s*")
_THAN = re.compile(r"(?:较|比|与|同)\s*$")
_PLANNED = words("supply", "planned")
_PLANNED_PART = re.compile("[^。；\\d]{0,40}(?:计划(?:供应|安排|供地)|供应计划|拟供应)")
_PLANS_ON = re.compile(
    r"[\u4e00-\u9fff]{0,5}?[此本这]次[^，。；\d]{0,4}(?:出让|推出|供应|供地|挂牌|公告)|(?:[上下]半年|年内|第?[一二三四]季度|\d+月份?)?(?:并|还|另|再|仍|后续|下一步|剩余)?(?:计划|拟|预计|将|今年|本年|确保|力争)(?!完成了)"
)
_PASSED = ("done", "last_year")
_STILL_PAST = re.compile(r"\s*(?:其|该|同比|环比|与上年|较上年)")
_UNTIL = re.compile(r"[到至]\s*$")
_COMPARES = re.compile(
    "(?<![占对])比(?!例|重|率)|较(?![多少大小高低为])|[高低多少大小]于|相当于|超过|[与同](?=[^，。；]{0,8}$)"
)
_ASIDE_OF = re.compile(r"[在向由从于]$")
_BY_REGION = re.compile(
    "分布|布局|地市|市县|县市|板块|片区|区域|区县|县区|街道|镇街|乡镇|组团|地区"
)
_REST_FOLLOWS = re.compile("。(?:其余|剩余|剩下|余下|其他|另外)")
_ALL_OF = re.compile("[全我][市县区州]")
_BLANK = re.compile(r"\s*")
_NOT_LAND = re.compile("市场|[房地楼售]价|价格|销售|库存|去化|企业|开发商|楼盘")
_SHORT = 14  # a sentence that only says what comes next
_OF_ALL_LAND = re.compile("总[量数的体]|全市|合计|全部|整体")
_MAX_LEAD = 12  # other words before the first name of a list that commas part
_CLAUSE_END = re.compile("[；。]")
_WORD = re.compile(r"\S")
_OTHERS_BESIDE = re.compile("其[他它余]各")
_OPEN_SPLIT = re.compile(r"(?:[：，])?(?:重点|主要|优先|不少于|不低于|至少)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParagraphRead:
    """What a paragraph says: figures, numbers that are none, projects, and what holds after it."""

    statements: list[Statement]
    marks: list[Mark]
    items: list[Item]
    said: Said
    text: str
    """The paragraph without the figures that a change of the plan replaces."""
    untold: frozenset[int] = frozenset()
    """Where the sentences begin that tell of nothing planned."""


def read_sentences(
    text: str, place: Place, context: Context, *, said: Said | None = None
) -> ParagraphRead:
    """Read the figures of a paragraph, in their order."""
    now = Walk(text, place, context, said or Said())
    for index, token in enumerate(now.tokens):
        now.at = index
        if token.start >= now.skip_to:
            _read(now, token)
    _end_paragraph(now)
    for m in OLD_FIGURE.finditer(text):
        for old in find_quantities(m.group()):
            spot = now.spot(m.start() + old.start, m.start() + old.end)
            now.marks.append(Mark(spot=spot, role="aside", reason="replaced", why="replaced"))
    return ParagraphRead(
        statements=now.statements,
        marks=now.marks,
        items=now.items,
        said=now.said,
        text=now.text,
        untold=frozenset(now.untold),
    )


def _read(now: Walk, token: Token) -> None:
    """Read one token by its kind."""
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
        elif token.kind == "number":
            read_number(now, token, what)
    else:
        _SIGNS[token.kind](now, token)


# --- dates and names ------------------------------------------------------------------------


def _date(now: Walk, span: DateSpan) -> None:
    current = now.context.is_current(span)
    than = _THAN.search(now.text[max(now.sentence.start, span.start - 4) : span.start])
    if than or (not current and _COMPARES.search(now.text, now.clause, span.start)):
        now.compared = True  # 低于去年的320公顷
        return
    same = now.sentence.dead in ("last_year", "other_year")
    if same and now.text.startswith("当年", span.start):
        return  # 2024年供应186公顷，完成当年计划的78%
    if now.sentence.dead != "other_scope":
        now.sentence.dead = "" if current else now.context.why_not_current(span)
    now.sentence.dated = now.sentence.dated or (current and is_deadline(now.text, span))
    if current and is_one_year(now, span):
        _name(now, Mention(span.start, span.end, "period", f"{span.first.year}年"))
    elif current and _is_some_years(now, span):
        period = f"{span.first.year}—{span.last.year}年"
        _name(now, Mention(span.start, span.end, "period", period))


def _is_some_years(now: Walk, span: DateSpan) -> bool:
    """Whether a date is several years, but not all, of a plan of more: 2017—2019年."""
    years = (span.first.year, span.last.year)
    return years[0] < years[1] and years != (now.context.start, now.context.end)


def is_one_year(now: Walk, span: DateSpan) -> bool:
    """Whether a date is one year of a plan of several: 2024年完成1500亩."""
    whole = (span.first.month, span.first.day, span.last.month, span.last.day) == (1, 1, 12, 31)
    until = _UNTIL.search(now.text[max(0, span.start - 4) : span.start])
    return bool(whole and now.context.of_years and span.first.year == span.last.year and not until)


def _past(now: Walk, token: Token) -> None:
    """到2027年底累计完成 looks forward, 累计完成 alone looks back."""
    cue, before = now.text[token.start : token.end], now.text[now.sentence.start : token.start]
    only = cue[0] in "仅只才" and cue.endswith("供应")
    if only and _PLANNED.search(before) and not now.sentence.dead:
        return  # 今年受指标所限，商服用地仅供应12公顷
    if _COMPARES.search(now.text, now.clause, token.start):
        now.compared = True  # 比去年实际供应量下调，其中…
    elif not (now.sentence.dated and cue == "累计") and not (
        now.context.of_years and cue.endswith("年完成")
    ):
        now.sentence.dead = now.sentence.dead or reason_of_past(cue)


def _others(now: Walk, _: Token) -> None:
    """Pass 对照周边，: what the sentence goes on with is of other places."""
    now.sentence.dead = "other_scope"


def _compared(now: Walk, _: Token) -> None:
    now.compared = True


def _name(now: Walk, mention: Mention) -> None:
    """Keep a name for the next figure; it takes the place of those of its kind, or joins them."""
    last = next((m for m in reversed(now.pending) if m.kind == mention.kind), None)
    before = now.text[max(0, mention.start - 10) : mention.start]
    if _EXCEPT.search(before):
        return
    if _SURPASSED.search(before):  # 三区远超其他各区，分别为: there are more than these
        now.stack.top.open_split = True
        return
    base = _OF.search(before)
    if last and mention.kind == "use" and _INSIDE.fullmatch(now.text, last.end, mention.start):
        open_within(now, last)  # 住宅用地中旧厂改造30公顷
    if last and not base and not _joins(now, last, mention):
        if mention.kind == "use" and now.text[last.end : mention.start] == "等":
            now.members = categories(now.pending)
        apart = _LIST_JOIN.fullmatch(now.text, last.end, mention.start)
        now.pending = [m for m in now.pending if m.kind != mention.kind and not apart]
    if mention.kind == "use" and state_for_all(now, mention):
        return
    if mention.kind == "whole" and _is_part_of_whole(now, mention):
        mention = replace(mention, kind="region")
    now.sentence.whole = now.sentence.whole or mention.kind == "whole"
    if mention.kind == "use" and now.sentence.topic is None:
        now.sentence.topic = mention
    now.pending.append(mention)
    if mention.kind == "region" and _RANGE_OF_LAND.match(now.text, mention.end):
        facets = facets_together([mention])
        now.said = replace(now.said, scope=facets)
        now.stack.frames[0].facets = facets.over(now.context.facets)
        now.pending.remove(mention)


def _joins(now: Walk, last: Mention, mention: Mention) -> bool:
    """Whether two names stand in one list; a comma parts a name from a clause of its own."""
    if not _LIST_JOIN.fullmatch(now.text, last.end, mention.start):
        return False
    if "，" not in now.text[last.end : mention.start]:
        return True
    begin = max(now.text.rfind(c, 0, last.start) for c in "，；。、：") + 1
    return len(without_glue(now.text[begin : last.start])) <= _MAX_LEAD


def _is_part_of_whole(now: Walk, mention: Mention) -> bool:
    """Whether 市本级 in a plan of 某市本级 is a part: 全市2000公顷，其中市本级1540公顷."""
    told = now.stack.top.statement
    among = now.stack.top.opener == "among" and told is not None and not told.facets.region
    made = told is not None and told in now.made.values()
    own = now.context.names.jurisdiction.endswith(mention.name) and not _ALL_OF.search(
        told.words if told else ""
    )
    return bool(among and not (made or own) and PART_OF_LAND.search(mention.name))


# --- signs ----------------------------------------------------------------------------------


def _stop(now: Walk, token: Token) -> None:
    """Begin the next sentence; 其中 and the like go on to tell of the past."""
    refused = now.latest.refused or now.compared
    plain = len(now.statements) > now.sentence.first  # the past was an aside of this sentence
    dead = now.sentence.dead if refused and not plain else ""
    dead = dead or (now.latest.refused if now.latest.refused in _PASSED and not plain else "")
    _end_sentence(now)
    now.begin(token.end)
    made = now.stack.top.statement is not None  # what the sentence makes up is the plan's
    if (
        dead
        and not made
        and (_STILL_PAST.match(now.sentence.words) or not _PLANNED.search(now.sentence.words))
    ):
        now.sentence.dead = now.latest.refused = dead


def _end_sentence(now: Walk) -> None:
    """Keep what holds beyond the sentence."""
    own = tuple(told_apart(now.statements[now.sentence.first :]))
    now.statements[now.sentence.first :] = own
    named = now.sentence.topic if not own and not now.sentence.dead else None
    topic, asked = Facets(), False
    if not now.latest.refused:
        topic, asked = _topic_of(now, named, own)
    scope = now.said.scope
    outer = [s for s in own if s.parent is None and not s.group and s.quantity]
    if now.sentence.whole and not (outer and outer[-1].facets.region):
        scope = Facets()
    regions = {(s.facets.region, s.facets.code) for s in outer}
    if len(regions) == 1 and not outer[0].facets.use:
        region, code = regions.pop()
        turns = (
            not code
            and PART_OF_LAND.search(region)
            and not _ASIDE_OF.search(now.sentence.words[: max(0, now.sentence.words.find(region))])
        )
        scope = Facets(region=region, code=code) if turns else scope
    elif any(region not in ("", scope.region) for region, _ in regions):
        scope = Facets()
    blank = not own and not now.latest.refused and topic == Facets()
    now.said = Said(
        scope=scope,
        sentence=() if not own and not blank else own or now.said.sentence,
        topic=topic,
        asked=asked,
        opened=now.said.opened,
        aside="" if now.latest.index is not None or _is_unread(now) else now.latest.refused,
        labels=now.said.labels,
        head=next((s for s in own if s.parent is None and not s.group), now.said.head),
        total=now.said.total or next((s for s in own if s.facets == Facets()), None),
        planned=now.planned,
        recent=(*now.said.recent, *own)[-MAX_RECENT:],
    )


def _topic_of(now: Walk, named: Mention | None, own: Sequence[Statement]) -> tuple[Facets, bool]:
    """Give what a sentence without figures is about, and whether it, or one before, asks for it.

    先讲住宅。今年安排47公顷。 今年宅地有多少？比去年多吗？47公顷，多了。
    """
    words = now.sentence.words
    asked = now.text.startswith(("？", "?"), now.sentence.start + len(words))
    brief = len(words.strip()) <= _SHORT
    if own:  # 保障房的27公顷在哪里？
        uses = {s.facets.use for s in own}
        of_places = all(s.facets.region for s in own) and uses == {now.said.topic.use}
        if now.said.asked and of_places:
            return now.said.topic, True  # 甲区30公顷。 in a list below a heading
        known = asked and len(uses) == 1 and "" not in uses
        return (Facets(use=uses.pop()), True) if known else (Facets(), False)
    if named:
        own_tokens = (now.tokens[now.at], *now.behind(now.sentence.start))
        counted = any(isinstance(t.what, Measure) for t in own_tokens)
        return Facets(use=named.name), asked or (brief and not counted)
    if not asked and _OF_ALL_LAND.search(words):  # 先看总量。
        return Facets(), False
    use = use_inside(words) if asked or brief else ""
    if use and (asked or not (now.sentence.dead or _NOT_LAND.search(words))):
        return Facets(use=use), asked
    goes_on = now.said.asked and (asked or brief)
    return (now.said.topic, True) if goes_on else (Facets(), asked)


def _end_paragraph(now: Walk) -> None:
    """Keep what the paragraph opens at its end: 具体分配如下：."""
    opens = now.text.rstrip().endswith(("：", ":"))
    said = now.said.opened
    inside = said is not None and said.key and any(s.group == said.key for s in now.statements)
    opened = said if inside and not opens else None
    if opens and not now.sentence.dead:
        told = now.told
        if told is None and now.pending:
            facets = facets_together(now.pending)
            told_before = None
        else:
            named = now.stack.top.facets if len(now.stack.frames) > 1 else Facets()
            facets, told_before = (told.facets, told) if told else (named, None)
        if told or facets != Facets():
            key = f"{now.place}:{len(now.text)}"
            opened = Frame(facets, "among", told_before, key=key)
    if _WORD.search(now.text, now.sentence.start):
        _end_sentence(now)
    now.said = replace(now.said, opened=opened)


def _list(now: Walk, _: Token) -> None:
    now.compared = False


def _comma(now: Walk, token: Token) -> None:
    now.clause = token.end
    now.compared = False
    so_far = _ALL_OF.match(now.text, token.end) if now.sentence.dead == "done" else None
    onward = so_far.end() if so_far else token.end  # 截至6月1日，全市预计出让30公顷
    if now.sentence.dead in _PASSED and _PLANS_ON.match(now.text, onward):
        now.sentence.dead = ""
    named = any(m.kind != "whole" for m in now.pending)
    if now.latest.index is not None and _WITHIN_FIGURE.fullmatch(
        now.text, now.latest.end, token.start
    ):
        open_parts(now, "among")  # 出让的210公顷中，工业用地150公顷、商服用地60公顷
    elif named and _WITHIN.fullmatch(now.text, now.pending[-1].end, token.start):
        if now.told and now.told.facets == facets_together(now.pending).over(now.told.facets):
            open_parts(now, "among")  # 在170公顷住宅用地中，
        else:
            _hold_topic(now)  # 出让用地中，商服用地18公顷、住宅用地50公顷
        now.pending = []


def _semicolon(now: Walk, token: Token) -> None:
    _comma(now, token)
    now.pending = []
    if not _past_goes_on(now, token):
        now.sentence.dead = ""
    now.stack.end_clause()


def _past_goes_on(now: Walk, token: Token) -> bool:
    """Whether the clause behind a semicolon still tells of another year: 2017年…10公顷；…5公顷."""
    told = now.sentence.dead in ("last_year", "other_year", "other_scope")
    own = len(now.statements) > now.sentence.first  # 甲30公顷，去年才20公顷；乙10公顷
    if not told or own:
        return False
    end = _CLAUSE_END.search(now.text, token.end)
    return not _PLANNED.search(now.text, token.end, end.start() if end else len(now.text))


def _colon(now: Walk, token: Token) -> None:
    if _is_at_figure(now, token):
        return  # 商服用地：26.40公顷
    now.clause = token.end
    opens = not _WORD.search(now.text, token.end) and now.told is None
    if opens and now.pending and _WITHIN.fullmatch(now.text, now.pending[-1].end, token.start):
        return  # 在这36宗居住用地中： opens a list below
    kinds = {m.kind for m in now.pending}
    places = now.next_name is not None and now.next_name.kind == "region"
    if places and kinds == {"use"}:  # 住宅及商住用地：甲区50公顷，乙区40公顷
        first, last = now.pending[0], now.pending[-1]
        now.pending = [replace(last, start=first.start, name=now.text[first.start : last.end])]
    if kinds and not listed(now.pending):
        _hold_topic(now)
    now.pending = []


def _hold_topic(now: Walk) -> None:
    """Let what has been named hold for the figures after it."""
    opener: Opener = "carried" if len(now.stack.frames) > 1 else "context"
    facets = facets_together(now.pending)
    if now.stack.top.facets.key == facets.over(now.stack.top.facets).key:
        return  # 住宅用地中，甲区50公顷、乙区80公顷: what they make up opened that
    frame = now.stack.fit(Sought(facets=facets))
    if facets.region and facets.use:  # 市区住宅用地：城区300公顷, which is no part of 市区
        frame = Frame(Facets(use=facets.use).over(frame.facets), opener)
        now.stack.push(frame)
    now.stack.push(Frame(facets.over(frame.facets), opener))


def _is_at_figure(now: Walk, token: Token) -> bool:
    """Whether an area follows at once."""
    after = now.following
    gap = now.text[token.end : after.start] if after else ""
    return bool(after and after.kind in ("area", "number") and not without_glue(gap))


def _half(now: Walk, token: Token) -> None:
    """保障房和商品房用地各占一半."""
    state_halves(now, token)


_SUMS_UP = re.compile("(?:以上|上述|前述)[^，。；]*[合总小共]计")
"""What a bracket tells of the figures before it together: （以上两项小计90公顷）."""


def _open(now: Walk, token: Token) -> None:
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
    behind = now.text[now.pending[-1].end : token.start] if now.pending else ""
    told = now.pending and now.pending[-1].kind in ("use", "region") and _is_at_figure(now, token)
    if now.pending and (len(behind) < 2 or (told and not without_glue(behind))):
        facets = facets_together(now.pending).over(now.stack.top.facets)
        now.stack.push(Frame(facets, "bracket", named=now.pending))
    elif _SUMS_UP.match(now.text, token.end):
        now.stack.push(Frame(now.stack.frames[0].facets, "bracket"))
    # one that is never closed ends where no part follows any more: 住宅用地30公顷（其中…；工业用地
    elif not open_parts(now, "among" if close is None else "bracket"):
        now.stack.push(Frame(now.stack.top.facets, "bracket"))
    now.stack.top.dead_before = now.sentence.dead


def _close(now: Walk, token: Token) -> None:
    frame = now.stack.close_bracket()
    if frame is None:
        return
    now.sentence.dead = frame.dead_before
    if frame.at is not None:
        now.latest.index = frame.at
    elif [m.kind for m in frame.named] == ["use", "region"] and now.told:
        use = replace(frame.facets, region="", code="")
        now.stack.push(Frame(use, "carried"))  # 工业用地向甲区（33公顷）、乙区（31公顷）
    now.pending = frame.named if _is_at_figure(now, token) else []


# --- parts ----------------------------------------------------------------------------------


def _among(now: Walk, token: Token) -> None:
    """Pass 其中, or another word (包括) that opens the parts of a figure."""
    explicit = now.text[token.start : token.end].startswith("其中")
    if now.stack.top.named or (not explicit and now.pending and now.latest.index is None):
        return
    turns = "看" in now.text[token.start : token.end]  # 分区看
    if not explicit and (turns or _BY_REGION.search(now.text, token.start, token.end)):
        if any(f.opener == "among" and f.statement for f in now.stack.frames):
            return  # the sum of the sentence tells of what its figures are parts
        head = now.said.head
        beside = [s for s in now.said.recent if head and s.place == head.place and not s.parent]
        if len({s.facets.use for s in beside if not s.group and s.facets.use}) > 1:
            return  # a list of uses has no one that the places part
        whole = head.quantity.area_m2 if head and head.quantity else now.sum_ahead()[1]
        if now.said.topic == Facets() and now.sum_ahead()[1] > whole:
            return  # the rest of a list of uses has no place for them
        if now.said.topic == Facets() and head and head.facets.use and not head.facets.region:
            few = head.quantity is not None and 2 * now.sum_ahead()[1] < head.quantity.area_m2
            end = now.sentence.start + len(now.sentence.words)
            few = few or bool(_REST_FOLLOWS.match(now.text, end))
            key = f"{now.place}:{token.start}"
            now.stack.push(Frame(head.facets, "among", head, open_split=few, key=key))
        if now.said.topic == Facets():
            return
    if _returns_to_total(now, explicit=explicit):
        now.latest.index = now.sentence.first
    open_parts(now, "among")


def open_parts(now: Walk, opener: Opener) -> bool:
    """Open a frame for the parts of the latest figure; False if there is none."""
    token = now.tokens[now.at]
    begins = _BLANK.fullmatch(now.text, now.sentence.start, token.start)
    key = f"{now.place}:{token.start}"
    parent, at = now.told, now.latest.index
    if parent is None and begins and not now.latest.refused:
        parent = _told_before(now, token)
    if parent and opener == "among" and (larger := _that_can_hold(now, parent)):
        parent, at = larger, None
    topic = _topic(now, begins=bool(begins)) if parent is None else Facets()
    if topic != Facets() and not now.latest.refused:
        now.pending = []
        now.stack.push(Frame(topic.over(now.stack.frames[0].facets), opener))
        return True
    now.pending = []
    if parent and _parts_each(now):
        facets = replace(parent.facets, region="", code="")
        now.stack.push(Frame(facets, opener, key=key))
    elif parent and _cuts_across(now, parent):
        now.stack.push(Frame(parent.facets, opener, dead="other_scope"))
    elif parent and not _is_of_floors(now):
        loose = bool(
            _OPEN_SPLIT.match(now.text, token.end) or _OTHERS_BESIDE.search(now.sentence.words)
        )
        now.stack.push(Frame(parent.facets, opener, parent, open_split=loose, at=at, key=key))
    elif why := _dead_parts(now):
        now.stack.push(Frame(now.stack.top.facets, opener, dead=why))
    else:
        return False
    return True


def _told_before(now: Walk, token: Token) -> Statement | None:
    """Give the figure of the last sentence that 其中 at the beginning of this one parts."""
    if now.said.aside and not _PLANNED_PART.match(now.text, token.end):
        now.latest.refused = "part_of_aside"
        return None
    if not now.said.sentence:
        return None
    parent = _head_before(now)
    elsewhere = parent.place != now.place and len(now.said.sentence) > 1
    return None if elsewhere and parent.facets != now.stack.frames[0].facets else parent


def _that_can_hold(now: Walk, parent: Statement) -> Statement | None:
    """Find what a part is of that is larger than the figure of one source or way before it.

    商品房用地40公顷，其中新增30公顷、存量10公顷；其中25公顷为中小套型: of the 40公顷. A part of any
    other figure that exceeds it stays with it, for the audit to tell.
    """
    outer = replace(parent.facets, source="", mode="")
    part = next(now.ahead("area"), None)
    area = part.area if part else None
    whole = parent.quantity
    if area is None or whole is None or area.area_m2 <= whole.area_m2 or outer == parent.facets:
        return None
    told = [*now.said.recent, *now.statements][::-1]
    held = [s for s in told if s.quantity and s.quantity.area_m2 > area.area_m2]
    of_all = next((s for s in held if s.facets.key == outer.key), None)
    # what all is of may be 新增 itself: the largest of the same use then, and no part beside this
    of_any = [s for s in held if replace(s.facets, source="", mode="").key == outer.key]
    largest = max(of_any, key=lambda s: s.quantity.area_m2 if s.quantity else 0, default=None)
    return of_all or largest


def _topic(now: Walk, *, begins: bool) -> Facets:
    """Give the use that regions have parts of, though it has no figure: 向园区集中，其中：甲区…."""
    if now.next_name is None or now.next_name.kind != "region":
        return Facets()
    if begins:
        return now.said.topic
    own = now.sentence.topic if not now.sentence.dead else None
    return facets_together([own]) if own else Facets()


def _cuts_across(now: Walk, parent: Statement) -> bool:
    """Whether uses that have figures of their own part one that no list has.

    城市更新类用地6公顷，包括住宅用地4公顷: not the plan's 住宅用地, of which 58公顷 were said.
    """
    use = now.next_name.name if now.next_name and now.next_name.kind == "use" else ""
    if canonical(parent.facets.use) or not (parent.facets.use and canonical(use)):
        return False
    told = (*now.said.recent, *now.statements)
    same = [
        s for s in told if s.parent != parent.facets and s.facets.region == parent.facets.region
    ]
    return any(canonical(s.facets.use) == canonical(use) for s in same)


def _parts_each(now: Walk) -> bool:
    """Whether parts of each region of a list follow: 甲区、乙区…，其中商品住房甲区35，乙区28."""
    regions = [now.statements[i].facets.region for i in now.latest.group]
    ahead = (t.what for t in now.tokens[now.at : now.at + 4])
    named = [m.name for m in ahead if isinstance(m, Mention) and m.kind == "region"]
    return len(regions) > 1 and bool(named) and named[0] in regions[:-1]


def _dead_parts(now: Walk) -> str:
    """Why the parts of the latest number are none of the plan; empty if they may be."""
    if now.sentence.dead:
        return now.sentence.dead
    if now.latest.floor_unit:
        return "floor_area"
    refused = now.latest.refused and not (_is_unread(now) or _is_goal_by_year(now))
    return "part_of_aside" if refused else ""


def _is_unread(now: Walk) -> bool:
    """Whether the latest number was not understood, which tells nothing of its parts."""
    return now.latest.refused in ("no_name", "not_planned")


def _returns_to_total(now: Walk, *, explicit: bool) -> bool:
    """Whether 其中 behind a list of uses parts the total by region: …公顷；其中，吴兴区."""
    first, last = now.sentence.first, now.latest.index
    by_region = now.next_name is not None and now.next_name.kind == "region"
    if last is None or last <= first or not by_region:
        return False
    if _adds_up_ahead(now, now.statements[first]):
        return True
    if not explicit or now.tokens[now.at - 1].kind != "semicolon":
        return False
    head, tail = now.statements[first].facets, now.statements[last].facets
    if head != now.stack.frames[0].facets or not tail.use or tail.region:
        return False
    _, ahead = now.sum_ahead()
    return not (now.told and now.told.quantity and ahead == now.told.quantity.area_m2)


def _adds_up_ahead(now: Walk, told: Statement) -> bool:
    """Whether the areas that follow in the sentence, more than one, have the sum of a figure."""
    count, ahead = now.sum_ahead()
    return count > 1 and told.quantity is not None and ahead == told.quantity.area_m2


def _head_before(now: Walk) -> Statement:
    """Find what 其中 at the start of a sentence refers to: the last sentence's main figure.

    That is its first figure, if the others are parts of it; else its last. Regions with the sum
    of either are its parts.
    """
    first, last = now.said.sentence[0], now.said.sentence[-1]
    if now.next_name and now.next_name.kind == "region" and _adds_up_ahead(now, first):
        return first
    head, tail = first.facets, last.facets
    following = now.next_name
    if following and following.kind == "use" and tail.use:
        kin = main_category(following.name) == main_category(tail.use) != ""
        inside = within_use(Facets(use=following.name), tail)
        return last if inside or kin or head.use else first
    base = now.stack.frames[0].facets
    return first if head in (base, now.context.facets) or first is last else last


def _is_of_floors(now: Walk) -> bool:
    """Whether 其中 behind a floor area parts that, and not the land: its unit tells."""
    following = next(now.ahead("area"), None)
    unit = following.unit if following else ""
    land = now.told.quantity if now.told else None
    floors = now.latest.floor_unit
    return bool(floors) and (unit == floors or land is None or unit != land.unit)


def _is_goal_by_year(now: Walk) -> bool:
    """Whether a goal of several years is parted by year."""
    span = now.following.what if now.following else None
    return now.latest.goal and isinstance(span, DateSpan) and is_one_year(now, span)


_SIGNS = {
    "stop": _stop,
    "past": _past,
    "compared": _compared,
    "others": _others,
    "half": _half,
    "list": _list,
    "comma": _comma,
    "semicolon": _semicolon,
    "colon": _colon,
    "open": _open,
    "close": _close,
    "among": _among,
}
