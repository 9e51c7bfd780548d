"""Rules, goals, milestones and placements in running text: 不低于40%, 6月底达到50%以上.

A deadline without a figure (于6月1日前报送) is an administrative step and no rule of land. Rules in
words are kept where they say what is done with land: bans, what comes first, how land is supplied.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import takewhile

from landgis import divisions
from landgis.plan.dates import DateSpan, chinese_number, is_deadline
from landgis.plan.documents.blocks import Place
from landgis.plan.identity import Context
from landgis.plan.names import Names, split_names, uses_of
from landgis.plan.orders import find_orders
from landgis.plan.quantities import Measure, find_quantities
from landgis.plan.roles import reason_of_past
from landgis.plan.scope import Token, bracket_pairs, tokens
from landgis.plan.statements import (
    NO_FACETS,
    Facets,
    Mention,
    Standing,
    categories,
    excerpt,
    facets_of,
    facets_together,
)
from landgis.units import M2_PER_UNIT

_WHERE = re.compile(
    r"(?:主要|重点|集中|全部|全都|均|都|分别)*(?:分布|布局|布置|安排|集中|位于|坐落|供应|落户|选址)(?:区域|范围)?(?:主要|集中)?(?:在|于|到|为|是)?\s*[：:]?",
)
_SCOPE = re.compile(
    r"(?:计划|供应|实施|适用|编制|供地)?范围(?:主要)?(?:包括|包含|涵盖|涉及|为|是)[：:]?"
)
_BETWEEN = re.compile(
    r"(?:供应|用地|计划|拟|项目|地块|等|布局|面积|约|共|，?占(?:比|供应总量的|总量的)?|、|"
    r"\d[\d.,]*\s*(?:公顷|万?亩|平方米|hm²|宗|%)|[（(][^（()）]{0,30}[）)]|"
    r")*+，?"
)
_END = re.compile(r"[，,；;。！？（(]")
_URBAN = re.compile(r"(?:市内|主城|城市|中心城|老城|市辖)([一二三四五六七八九十两\d]+)个?(?:城)?区")
_PLACE_LIKE = re.compile(r"(?:区|镇|乡|街道|园|新城|组团|片|农场|林场|县|市|旗|村|社区|集镇|基地)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A use (empty: all of the plan) and the regions it goes to."""

    use: str
    regions: tuple[str, ...]
    place: Place
    words: str

    @property
    def category(self) -> str:
        """Canonical name of the use."""
        return Facets(use=self.use).category


def find_placements(text: str, place: Place, context: Context) -> list[Placement]:
    """Find the placements of a paragraph, and the list of regions that a plan is for.

    Examples
    --------
    >>> context = Context(Names("巴楚县", "653130"))
    >>> text = "商服用地主要分布在：巴楚县巴楚镇、三岔口镇；特殊用地主要分布在：三岔口镇。"
    >>> [(p.category, p.regions) for p in find_placements(text, Place(line=1), context)]
    [('商服用地', ('巴楚镇', '三岔口镇')), ('特殊用地', ('三岔口镇',))]
    """
    return [p for part, start in _parts(text) for p in _read(part, start, place, context)]


def _parts(text: str) -> Iterator[tuple[str, int]]:
    start = 0
    for m in re.finditer(r"[；;。]|$", text):
        yield text[start : m.start()], start
        start = m.end()


def _read(part: str, start: int, place: Place, context: Context) -> Iterator[Placement]:
    if not (_WHERE.search(part) or _SCOPE.search(part)):
        return
    names, headed = context.names, context.facets.use
    words = excerpt(context.printed[start : start + len(part)] or part, 0, len(part))
    scope = _SCOPE.search(part)
    if scope:
        regions = _regions(part[scope.end() :], names)
        if len(regions) > 1:
            yield Placement(use="", regions=regions, place=place, words=words)
        return
    named = uses_of(part)
    ends = [m.end for m in named]
    for cue in _WHERE.finditer(part) if named or headed else ():
        before = bisect_right(ends, cue.start())
        if not _BETWEEN.fullmatch(part, ends[before - 1] if before else 0, cue.start()):
            continue
        told = _END.split(part[cue.end() :], maxsplit=1)[0]
        if regions := () if find_quantities(told) else _regions(told, names):
            for use in _listed_last(part, named[:before]) or [headed]:
                yield Placement(use=use, regions=regions, place=place, words=words)
            return


def _listed_last(part: str, uses: Sequence[Mention]) -> list[str]:
    """Give the last use and those on one list with it."""
    return [
        m.name for m in uses if re.fullmatch(r"[^，,\d]*", part[m.end : max(m.end, uses[-1].start)])
    ]


def _regions(words: str, names: Names) -> tuple[str, ...]:
    """Read a list of regions; nothing if its first item is no place."""
    words = _END.split(words.strip())[0]
    items = [re.sub(r"\s+", "", w) for w in split_names(words, within=names.code or None)]
    found = [
        _region(re.sub(r"等(?:地|区域|乡镇|镇街|\d*个.*)?$", "", item), names)
        for item in items
        if item
    ]
    if not found or not found[0] or all(names.is_whole(f) for f in found):
        return ()
    return tuple(dict.fromkeys(_expand([f for f in found if f], names)))


def _region(item: str, names: Names) -> str:
    name, code = names.region(item)
    if code and (names.code or divisions.division(code).name == name):
        return divisions.division(code).name
    known = name in names.learned or divisions.match(name, within=names.code or None).kind in (
        "zone",
        "account",
        "suggested",
        "ambiguous",
    )
    likely = len(name) <= 12 and _PLACE_LIKE.search(name) and not re.match(r"[各全]", name)
    return name if known or likely or _URBAN.fullmatch(name) else ""


def _expand(regions: Sequence[str], names: Names) -> Iterator[str]:
    """Name the districts behind 市内五区: the 区 of the city less those named on their own."""
    for region in regions:
        urban = _URBAN.fullmatch(region)
        districts = [
            d.name
            for d in (divisions.children(names.code) if urban and names.code else ())
            if d.name.endswith("区") and d.name not in regions and not divisions.is_zone(d.name)
        ]
        count = (
            chinese_number(urban[1])
            if urban and not urban[1].isdigit()
            else urban and int(urban[1])
        )
        if districts and count == len(districts):
            yield from districts
        else:
            yield region


WITHIN = re.compile(
    r"(?:土地|用地|总供应量?|供应|供地|计划|总量|总面积|总规模|面积|规模|的)*(?:之中|中|内)(?!心)"
)
"""Words behind what a share is a share of: 出让土地中."""
_OF = re.compile(
    r"(?:占|不低于|不少于|不高于|不超过|达到)(?:用|全[市县区州]|同期|年度|当年|本年|计划|[的])*$"
)
_LISTED_WITH = re.compile(r"(?:、|和|及|与|以及)")
_SUPPLIED = re.compile(r"的?(?:比例|比重|占比|率)")
_LEAD = re.compile(
    r"^.*(?:打造|建成|建设|完成|实施|推进|培育|启动|新建|力争|确保|实现|安排|富有特色的?|共有?|到|年|，|、|：|其中)(?!项目|片区|改造)",
)


def part_and_whole(
    named: Sequence[Mention], text: str
) -> tuple[Sequence[Mention], Sequence[Mention]]:
    """Tell the part of a share from its whole, by the words around the names in a text.

    The part's last name is its own. A share 出让 of a use (工业用地出让比例) is one of that use.

    Examples
    --------
    >>> granted, use = Mention(0, 4, "mode", "出让"), Mention(5, 9, "use", "工业用地")
    >>> part, whole = part_and_whole([granted, use], "出让土地中工业用地比例")
    >>> part == [use], whole == [granted]
    (True, True)
    """
    groups: list[list[Mention]] = []
    for mention in named:
        kinds = [m.kind for m in groups[-1]] if groups else [mention.kind]
        adjacent = groups and groups[-1][-1].end == mention.start and mention.kind not in kinds
        whole = "source" in kinds or WITHIN.match(text, mention.end)
        last = groups[-1][-1] if groups else mention
        if (
            groups
            and last.kind == mention.kind
            and _LISTED_WITH.fullmatch(text, last.end, mention.start)
        ):
            groups[-1].append(mention)  # 甲区和乙区的供应总量
        elif adjacent and mention.kind == "use" and whole:
            groups[-1].append(mention)
        else:
            groups.append([mention])
    for group in groups:
        after = WITHIN.match(text, group[-1].end)
        before = _OF.search(text, max(0, group[0].start - 10), group[0].start)
        others = [g for g in groups if g is not group]
        if others and (after or before):
            return others[-1 if after else 0], group
    if len(groups) == 2 and groups[1][0].kind == "mode":  # 工业用地出让比例
        return groups[0], groups[0] if _SUPPLIED.match(text, groups[1][0].end) else groups[1]
    return groups[-1], groups[0] if len(groups) > 1 else []


def subject_of(clause: str) -> str:
    """Take what a goal is about out of its clause; nothing if it is the plan's supply.

    Examples
    --------
    >>> subject_of("到2027年底，累计完成低效用地再开发"), subject_of("完成供应")
    ('低效用地再开发', '')
    """
    words = re.sub(r"\s+", "", clause)
    words = re.sub(r"^.*(?:月底|月末|月|日|年底|年末|季度末|半年)(?:之?前|以前)?", "", words)
    if re.fullmatch(
        r"(?:计划|完成)?(?:供应|供地)(?:面积|规模)?(?:不少于|不低于|达到|达|约)?", words
    ):
        return ""
    if re.search(r"供(?:应|地)(?:总量|总规模|总面积|规模)$|总量", words):
        return ""
    words = _LEAD.sub("", words)
    words = re.sub(r"^(?:[全我本][市县区州旗]|累计|盘活|处置|消化)+(?=.)", "", words)
    return re.sub(r"(?:不少于|不低于|不超过|控制在|达到|达|约|以上|面积|为)+$", "", words).strip(
        "：:，、“”"
    )


_COMPLETION = re.compile(r"完成|供应率|供地率|进度|实施率|序时")
_RATE = re.compile(
    r"(?:执行|完成|供应|供地|实施|处置|消化)率|(?:处置|消化)比例|"
    r"[上下]半年[^，。；]{0,6}(?:供[应地]|出让|完成|推出|不[得少低])"
)
_OF_PERIOD = re.compile(
    r"(?:单|每)(?:个?月|季度?|批次?)[^，。；]{0,6}(?:供[应地]|出让|推出|不[得少低超])"
)
_ONLY_MEASURE = re.compile(
    r"[，,\s]*(?:用地|其|总|配建)*(?:面积|规模|比例|占比)(?:应当?|须|原则上|一般|均)*"
)
_BY_WAY = re.compile(
    "(?:以上|以内)?[，]?(?:以|按|通过|采[取用])[^，。；]{2,12}(?:方式|形式)?(?:供[应地]|出让)"
)
_OF_NAME = re.compile("(?:以上|以内)?的[^，。；]{0,6}$")
_ORDERS = re.compile("须|应当?|必须|不得|不[低少]于|不[超高]过|原则上")
_ABOVE = re.compile("(?<![不得应能可宜])(?:超过?|突破|高于|低于|少于|不足)[^，。；不]{0,10}$")
_ONCE = re.compile("(?:以前|之前|前|间|期间|以来)[^，。；]{0,6}(?:批|供|出让|启动|取得|认定|实施)")
"""Behind a year that tells of what land something is done to: 2015年以前批准的用地，年内….."""
_UNKNOWN = re.compile(
    r"(?:和|，|（[一二三四五六]）)?(?P<name>[\u4e00-\u9fff]{2,8}?)的?(?:国有)?(?:建设)?(?:土地|用地)?"
    r"(?:供应|供地)(?:总量|总规模|总面积|量|规模|面积|占)"
)
_NO_PLACE = re.compile("[全总年其该本各]|计划|[用土]地|新增|存量|住|商|工业")
_ALL_DONE = re.compile(
    r"(?:全面|全部|基本)完成|(?:处置|供应|消化)(?:完毕|到位)|完成(?:供应|供地|处置|出让)|完成全部|全部供应|全部(?:落实|办结|腾空|验收|上市)|(?<![不未])腾空|完成(?:闲置[^，。；]{0,6})?清理|落实到(?:具体)?(?:地块|宗地|项目)|(?:达到|完成)\s*100\s*[%％]"
)
_SHARE = re.compile(r"(?:[量数]|规模|面积)的|占|比例|比重|份额|不低于|不少于|不高于|不超过|控制在")
_NO_SHARE_OF_LAND = re.compile(
    r"容积率|绿地率|密度|权重|税|投资|产值|资金|保证金|价|利率|人口|增长|亩均|建筑面积|套(?!型|内)|得房率"
)
_NO_AREA = re.compile(
    r"建筑面积|建面|计容|每年|年均|[每均]$|[每户人地亩]均|每[亩宗个公]|单宗|单个|单块|宗地面积|地块面积|投资|产值|税|耕地|农田|粮食|"
    r"人口|厂房(?!用地)|住房面积|建设标准|占地面积"
)
_GOAL = re.compile(
    r"完成|用于|收储|储备|利用|盘活|处置|消化|供应|供地|安排|力争|确保|保障|实现|推进|再开发|整治|改造|腾退|总量|规模"
)
_GOAL_WORDS = re.compile(r"打造|建成|建设|完成|实施|改造|推进|培育|启动|新建|力争|确保|目标|谋划")
_FEAT = re.compile(r"打造|建成|培育")
_COUNTED = re.compile(r"片区|项目|地块|宗地|园区|单元|小区|村庄|区块|集聚区")
_LISTED = re.compile(r"共|总计|合计|涉及|列入|纳入|安排|拟供|拟出让|计划供应|计划出让|包括|包含")
_AIM = re.compile(r"确保|力争|目标|计划|完成")
_RENEWED = re.compile(r"再开发|盘活|整治|改造|拆除|整理|腾退|腾空|整备|突破")
_SINCE = re.compile("年?(?:以前|之前|前|以来|起|后)")
"""Behind a time that tells since or until when: no time of the past."""
_OF_LAND = re.compile("[^，。；\\d]{2,14}的[\u4e00-\u9fff]{0,4}(?:土地|用地|地块|宗地|项目|片区)")
"""Behind words of the past that tell which land, and not of the past."""
_PASSED = ("done", "last_year")
_A_PLOT = re.compile(r"单(?:宗|块|个|幅)(?!项目投资)|每(?:宗|块)")
_SAID_OF = re.compile(
    r"(?:从未|未曾|均|都|已|已经|了|将|会|可|预计)(?:超过|达到?|达到了|突破)?[^，。；不]{0,2}$"
)
_ALL_ABOVE = re.compile("以上(?:各类)?(?:合计|共|总计)")
_THRESHOLD = re.compile(r"\s*(?:以上|以下)?的(?:$|[，。；有县区市地各])")
_NO_LIMIT = re.compile(r"[/／]|\s*(?:以上|以下)?的")
_LIMIT_FIRST = re.compile(
    "(?:合计|原则上|应当?|须|要|均|都|面积|比例)*不(?:得|应|能)?(?:低于|少于|高于|超过|大于)"
)
_OF_HOMES = re.compile(r"[以之及](?:上|下|内)(?:的)?[^，。；\d]{0,8}(?:户型|套型|住房|住宅|小户)")
_LIMIT_BEHIND = re.compile(r"\s*(?:（[^）]*）)?\s*(?:及?以上|以内|以下|内)")
_CLAUSE_END = re.compile("[，；。]")
_PHRASE_END = re.compile("[，。；、（(]")
_PART = re.compile("[^；;]+")
_SENTENCE_END = re.compile("[。！？]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRead:
    """A rule, goal or milestone.

    Parameters
    ----------
    kind
        A key of `landgis.plan.model.RULE_NAMES`.
    subject
        What it is about, for a reader: a use, a region, or the words of the plan.
    value, unit
        Its figure; None for a rule without one.
    due
        Last day, if there is one.
    facets
        The use, region, land source or supply mode that it is about.
    of
        What a share is a share of; empty for the plan's total.
    """

    kind: str
    subject: str
    value: Decimal | None
    unit: str
    due: date | None
    facets: Facets
    of: str
    place: Place
    words: str
    qualifier: str = "exact"
    spot: Standing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number of things that the plan says its lists hold: 共38宗."""

    subject: str
    value: int
    unit: str
    place: Place
    words: str
    spot: Standing | None = None
    facets: Facets = NO_FACETS


def find_rules(
    text: str, place: Place, context: Context, *, untold: Collection[int] = ()
) -> tuple[list[RuleRead], list[Count]]:
    """Find the rules of a paragraph, and the counts that are none.

    Parameters
    ----------
    untold
        Where sentences begin that tell of nothing planned, and hold no rule with a figure.
    """
    rules: list[RuleRead] = []
    counts: list[Count] = []
    for sentence in _sentences(text, context):
        reader = _RuleReader(text, sentence, place, context)
        reader.read()
        told = reader.rules
        if reader.start in untold:
            told = [r for r in told if r.due or (r.value is None and not context.genre.reason)]
        rules += told
        counts += reader.counts
    return rules, counts


def _sentences(text: str, context: Context) -> Iterator[list[Token]]:
    current: list[Token] = []
    for token in tokens(text, context.names, context.spoken or context.end):
        if token.kind == "stop":
            yield current
            current = []
        current.append(token)
    yield current


class _RuleReader:
    """One sentence, read token by token."""

    def __init__(
        self, text: str, sentence: Sequence[Token], place: Place, context: Context
    ) -> None:
        self.text, self.tokens, self.place, self.context = text, sentence, place, context
        self.printed = context.printed or text
        self.start = sentence[0].end if sentence and sentence[0].kind == "stop" else 0
        last = sentence[-1].end if sentence else 0
        self.end = last + len(self._until(_SENTENCE_END, last))
        self.clause = self.last = self.before = self.after = self.semicolon = self.start
        self.due: date | None = None
        self.due_at = -1
        self.mentions: list[Mention] = []
        self.whole: list[Mention] = []
        self.about: list[Mention] = []
        self.past = self.refused = False
        self.rules: list[RuleRead] = []
        self.counts: list[Count] = []
        self.taken: list[int] = []

    @cached_property
    def is_goal(self) -> bool:
        """Whether the sentence speaks of something to be done."""
        return bool(_GOAL_WORDS.search(self.text, self.start, self.end))

    @cached_property
    def is_aim(self) -> bool:
        """Whether the sentence calls itself an aim (目标)."""
        return self.text.find("目标", self.start, self.end) >= 0

    def _until(self, mark: re.Pattern[str], start: int) -> str:
        """Give the words from ``start`` to the next mark."""
        end = mark.search(self.text, start)
        return self.text[start : end.start() if end else None]

    def read(self) -> None:
        skip_to = 0
        pairs = bracket_pairs(self.tokens)
        for i, token in enumerate(self.tokens):
            close, figures = pairs.get(i, (0, True))
            if not figures:  # 各区（甲区、乙区）
                skip_to = self.tokens[close].end
            if token.start < skip_to:
                continue
            if token.kind in ("comma", "semicolon", "list"):
                self._boundary(token)
            elif isinstance(token.what, DateSpan):
                self._date(token, token.what)
            elif isinstance(token.what, Mention):
                self.mentions.append(token.what)
            elif token.kind in ("past", "compared"):
                ahead = self.due and self.text.startswith("累计", token.start)
                self.past = self.past or not ahead
            elif isinstance(token.what, Measure) and not self.past:
                self._measure(token, token.what)
        self._in_words()

    def _boundary(self, token: Token) -> None:
        if token.kind == "comma" and self.mentions:
            end = self.mentions[-1].end
            if end > self.clause and WITHIN.fullmatch(self.text, end, token.start):
                self.whole = [m for m in self.mentions if m.start >= self.clause]
        if token.kind != "list":
            self.before, self.after = self.after, token.end
            self.clause = token.end
            self.past = self.past and not _ORDERS.search(self._until(_CLAUSE_END, token.end))
        if token.kind == "semicolon":
            self.semicolon = token.end
            self.mentions, self.whole, self.past = [], [], False

    def _date(self, token: Token, span: DateSpan) -> None:
        until_now = self.text[max(0, span.start - 2) : span.start] in ("截至", "截止")
        current = self.context.is_current(span)
        if not current and _ONCE.match(self.text, span.end):
            return
        self.past = until_now or not current
        if is_deadline(self.text, span) and not self.past:
            self.due, self.due_at = span.last, token.start
            clause = self._until(_CLAUSE_END, token.end)
            if _ALL_DONE.search(clause) and not re.search(r"\d", clause):
                self._add("completion", "", Decimal(100), "%", token, end=token.end + len(clause))

    def _measure(self, token: Token, measure: Measure) -> None:
        if _OF_HOMES.match(self.text, token.end):
            return
        if measure.unit == "%":
            self._percent(token, measure)
        elif measure.unit in M2_PER_UNIT:
            self._area(token, measure)
        elif measure.unit:
            self._count(token, measure)
        self.last = token.end

    def _percent(self, token: Token, measure: Measure) -> None:
        clause = self.text[max(self.clause, self.last) : token.start]
        if _SAID_OF.search(clause) or _THRESHOLD.match(self.text, token.end):
            return  # 完成率从未超过75%, 完成率低于70%的，次年核减
        limited = self._is_limit(clause, measure)
        done = self.due and _COMPLETION.search(self.text, self.start, token.start)
        completion = done or (_RATE.search(clause) if limited else None)
        if completion and not _NO_SHARE_OF_LAND.search(clause):
            self._add("completion", "", measure.value, "%", token)
        elif limited and _OF_PERIOD.search(clause):
            kind = "min_share" if measure.qualifier == "at_least" else "max_share"
            self._add(kind, "", measure.value, "%", token)
        elif limited and (
            _SHARE.search(clause + self.text[token.end : token.end + 4]) or self._beside(token)
        ):
            self._share(token, measure)

    def _is_limit(self, clause: str, measure: Measure) -> bool:
        """Whether a figure is the least or most that may be, not only above another (超过)."""
        told = _ABOVE.search(clause) and not _ORDERS.search(clause)
        return measure.qualifier in ("at_least", "at_most") and not told

    def _share(self, token: Token, measure: Measure) -> None:
        """Take the least or greatest share of what has been named, if that is land."""
        named = self._named() or self._unknown() or self._beside(token)
        words = self.text[named[0].start : token.start] if named else ""
        for mention in named:
            words = words.replace(self.text[mention.start : mention.end], "")
        if not named or _NO_SHARE_OF_LAND.search(words):
            return
        about, base = part_and_whole(named, self.text)
        if _LIMIT_FIRST.match(self.text, self.after):  # 甲用地和乙用地，不得低于住宅用地的70%
            former = [m for m in self.mentions if self.before <= m.start < self.after]
            about, base = (former, named) if former else (about, base)
        self._add(
            "min_share" if measure.qualifier == "at_least" else "max_share",
            "、".join(self._printed(m) for m in about if m.kind == about[-1].kind),
            measure.value,
            "%",
            token,
            about=about,
            of="".join(m.name for m in base or self.whole),
            start=self.whole[0].start if self.whole and not base else None,
        )

    def _area(self, token: Token, measure: Measure) -> None:
        clause = self.text[max(self.clause, self.last) : token.start]
        aim = self.due or (self.context.of_years and _AIM.search(clause))
        goal = aim and _RENEWED.search(clause)
        milestone = goal or (self.due_at >= self.clause and re.search("供应|供地|完成", clause))
        limited = self._is_limit(clause, measure)
        if not (limited or milestone) or _NO_LIMIT.match(self.text, token.end):
            return
        about = self.about if token.start == self.last else self._named()  # 30—40公顷
        if limited and _A_PLOT.search(self.text, max(self.start, self.semicolon), token.start):
            self._add("plot_size", "", measure.value, measure.unit, token, about=about)
            return
        if self.refused and "其中" in clause:
            return  # 新认定低效用地不少于3500亩，其中甲区不少于1800亩
        self.refused = bool(_NO_AREA.search(clause)) or not (_GOAL.search(clause) or about)
        if self.refused:
            return
        self.about = about
        kind = "max_total" if measure.qualifier == "at_most" else "min_total"
        subject = "、".join(map(self._printed, about)) or subject_of(clause)
        self._add(kind, subject, measure.value, measure.unit, token, about=about)

    def _named(self) -> list[Mention]:
        """Give what has been named since the last figure in this clause."""
        at = max(self.clause, self.last)
        if _ONLY_MEASURE.match(self.text, at):
            at = max(self.before, self.last)
        latest = takewhile(lambda m: m.start >= at, reversed(self.mentions))
        named = [m for m in latest if m.kind in ("use", "region", "source", "mode")]
        return named[::-1]

    def _beside(self, token: Token) -> list[Mention]:
        """Give the use behind a share (90%以上的某用地), or that of the clause before it."""
        behind = (t.what for t in self.tokens if t.start >= token.end)
        name = next((m for m in behind if isinstance(m, Mention)), None)
        if name and name.kind == "use" and _OF_NAME.fullmatch(self.text, token.end, name.start):
            return [name]
        way = _BY_WAY.match(self.text, token.end)
        return [m for m in self.mentions if m.kind == "use" and way][-1:]

    def _unknown(self) -> list[Mention]:
        """Take what a share of the supply is said of for a place: 平原的土地供应量不低于65%."""
        told = _UNKNOWN.match(self.text, max(self.clause, self.last))
        if told is None or _NO_PLACE.search(told["name"]):
            return []
        return [Mention(*told.span("name"), "region", told["name"])]

    def _printed(self, mention: Mention) -> str:
        """Give a name for a reader: a land source in the words of the plan (新增建设用地)."""
        return self.text[mention.start : mention.end] if mention.kind == "source" else mention.name

    def _count(self, token: Token, measure: Measure) -> None:
        if measure.value != int(measure.value):
            return
        before = self.text[max(self.clause, self.last) : token.start]
        after = self._until(_PHRASE_END, token.end)
        subject = subject_of(before) if _COUNTED.search(before) else after
        if not (_COUNTED.search(subject) or measure.unit == "宗") or len(subject) > 30:
            return
        goal = self.is_goal and (
            _FEAT.search(before) or self.due or measure.qualifier == "at_least" or self.is_aim
        )
        if goal:
            uses = [m for m in self.context.names.find(subject) if m.kind == "use"][:1]
            name = "".join(categories(uses)) or subject.strip()
            self._add("min_count", name, measure.value, measure.unit, token, about=uses)
        elif _LISTED.search(self.text, self.start, token.start):
            end = token.end + len(after)
            self._count_of_list(subject, measure, excerpt(self.printed, self.clause, end), before)

    def _count_of_list(self, subject: str, measure: Measure, words: str, before: str) -> None:
        """Take how many rows a list is said to have; the use named before says of what."""
        uses = (m.name for m in reversed(self._named()) if m.kind == "use")
        named = next(uses, self.context.facets.use)
        subject = subject if _ALL_ABOVE.search(before) else named or subject
        self.counts.append(
            Count(
                subject=subject.strip(),
                value=int(measure.value),
                unit=measure.unit,
                place=self.place,
                words=words,
                spot=Standing(self.context.block, self.place, measure.start, measure.end),
                facets=facets_of(self.mentions).over(self.context.facets),
            ),
        )

    def _in_words(self) -> None:
        """Take what the sentence orders or bans, though it gives no figure."""
        past = [t.start for t in self.tokens if self._is_past(t)]
        starts = [t.start for t in self.tokens]
        for order in find_orders(self.text, self.start, self.end, past=past, taken=self.taken):
            first, last = (bisect_left(starts, at) for at in (order.start, order.end))
            what = (t.what for t in self.tokens[first:last])
            uses = [w for w in what if isinstance(w, Mention) and w.kind == "use"][:1]
            subject = "净地" if order.kind == "net_land" else "".join(u.name for u in uses)
            self._say(order.kind, subject, self.printed[order.start : order.end], facets_of(uses))

    def _is_past(self, token: Token) -> bool:
        """Whether a token tells of the past, or of another year; not the time since when."""
        if self.text[token.start] == "已" and _OF_LAND.match(self.text, token.end):
            return False  # 优先供应已完成前期开发的土地
        if token.kind == "past" and reason_of_past(self.text[token.start : token.end]) in _PASSED:
            return True
        return (
            isinstance(token.what, DateSpan)
            and not self.context.is_current(token.what)
            and not _SINCE.match(self.text, token.end)
        )

    def _say(self, kind: str, subject: str, words: str, facets: Facets = NO_FACETS) -> None:
        """Take a rule that has no figure."""
        self.rules.append(
            RuleRead(
                kind=kind,
                subject=subject,
                value=None,
                unit="",
                due=None,
                facets=facets,
                of="",
                place=self.place,
                words=excerpt(words, 0, len(words)),
            ),
        )

    def _add(
        self,
        kind: str,
        subject: str,
        value: Decimal,
        unit: str,
        token: Token,
        *,
        about: Sequence[Mention] = (),
        of: str = "",
        start: int | None = None,
        end: int | None = None,
    ) -> None:
        begin = max(self.start, min(self.clause, token.start)) if start is None else start
        stop = self._end(token) if end is None else end
        self.taken.append(token.start)
        self.rules.append(
            RuleRead(
                kind=kind,
                subject=subject or self._general(kind),
                value=value,
                unit=unit,
                due=self.due,
                facets=facets_together(about),
                of=of,
                qualifier=token.what.qualifier if isinstance(token.what, Measure) else "exact",
                place=self.place,
                words=excerpt(self.printed, begin, stop),
                spot=Standing(self.context.block, self.place, token.start, token.end)
                if isinstance(token.what, Measure)
                else None,
            ),
        )

    def _general(self, kind: str) -> str:
        """Name the whole of the plan, for a rule that names nothing."""
        if "再开发" in self.context.heading:
            return "低效用地再开发"
        if kind == "plot_size":
            return "单宗用地"
        return "供应计划" if kind == "completion" else "供应总量"

    def _end(self, token: Token) -> int:
        """End of a figure with the words behind it that make it a limit."""
        m = _LIMIT_BEHIND.match(self.text, token.end)
        return m.end() if m else token.end
