"""Statements in running text: what each area and share in a sentence is a figure of.

A sentence is cut into tokens (names, areas, shares, dates, 其中, brackets, punctuation) and read
from left to right with a stack of frames. A frame holds what has been said so far that later
figures may be parts of: 连州镇…公顷，其中： opens one that the uses after it fall into, until a
figure comes that cannot be a part of it, such as the next township's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain
from typing import Literal

from landgis.divisions import is_zone
from landgis.landuse import canonical
from landgis.plan.documents.blocks import Place
from landgis.plan.names import Mention, Names, Taken
from landgis.plan.quantities import DateSpan, Measure, find_dates, find_quantities
from landgis.plan.statements import Facets, Statement, excerpt, within_region, within_use
from landgis.units import M2_PER_UNIT, Quantity

Opener = Literal["context", "among", "bracket", "carried"]

_CUES = (
    ("among", r"其中(?:包括|：)?|包括|包含|具体为|(?<=[，（(])(?:含|分为)"),
    (
        "past",
        r"上一?年度?(?!计划供)|去年|往年|历年|同期|累计|截[至止]|近[一二三四五六两几]年|"  # noqa: ISC004 - one pattern
        r"已(?:经)?(?:供应|完成|出让|供地)|实际(?:供应|完成|供地|出让)|现有|现状|库存|历史|"
        r"(?<=[（(])原(?:计划|定|安排|下达)",
    ),
    (
        "compared",
        r"(?:较|(?<!占)比(?!例|重|率)|同比|环比)[^，。；、]{0,12}?(?=增|减|下降|提高|上升|增长|多|少|高|低)|同比|环比",
    ),
    ("semicolon", r"[；;]"),
    ("comma", r"[，]|,(?!\d{3})"),
    ("list", r"、"),
    ("colon", r"[：:]"),
    ("open", r"[（(〔\[【]"),
    ("close", r"[）)〕\]】]"),
    ("stop", r"[。！？!?]"),
)
_CUE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _CUES))
_LIST_GAP = re.compile(r"\s*(?:、|，|,|和|及|与|以及)\s*约?\s*")
_RESTATED = re.compile(r"\s*[（(，,、/]?\s*(?:约|合|折合|约合|计|即|相当于|共|换算|为|折)*\s*")
_AREA_OF_SHARE = re.compile(
    r"\s*[（(，,]?\s*(?:供应|供地|安排|计划|用地|土地|面积|规模|总量|为|即|计|共|约|\s)*"
)
_LIST_JOIN = re.compile(r"\s*(?:、|和|及|与|以及|，)\s*")
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
    r"合计|总计|共计|小计|总量|总面积|总规模",
)
_GOAL_VERB = re.compile(r"盘活|处置|消化")
_GOAL_OF_YEARS = re.compile(r"完成|再开发|盘活|改造|整治")
_ALL_ABOVE = re.compile(r"以上(?:各[项类])?(?:用地)?(?:共计|合计|总计|共)")
_ONLY_AREA = re.compile(r"\s*(?:总|用地|土地|供应|供地)*面积(?:总计|合计|共计|约|共|为|计|\s)*")
_PLAN_WORDS = re.compile(r"供应|供地|用地|土地|安排|布局|面积|指标|计划")
_OPEN_SPLIT = re.compile(r"重点|主要|优先|不少于|不低于|至少")
_STOP = re.compile("[。！？]|$")
_BLANK = re.compile(r"\s*")
_BEFORE_END = re.compile(r"\s*[底末前]")
_PART_OF_YEAR = re.compile(r"季度(?!末|底)|半年")
_SHARE = re.compile(r"占(?!用|补|地面积)|比重|比例|份额")
_EACH = re.compile(r"(?:供应|安排|计划)*各(?:供应|安排)?(?:为|约|\s)*")
_BARE_SHARE = re.compile(r"\s*[（(，,、]\s*")
_CLOSED = re.compile(r"\s*[）)]")
_PER_UNIT = re.compile(r"[/／](?!\d)|以上的|以下的")
_WITHIN = re.compile(r"(?:土地|用地|供应|供地|计划|安排|总量|总面积|面积|的)*(?:之中|中|内)\s*")
_FLOOR_AREA = re.compile(r"建筑面积|建面|建筑规模|计容")
_PLANNED = re.compile(
    r"计划(?!完成|的)(?<!完成计划)|拟|安排|预计|今年|本年|总量|总规模|将(?:供应|推出|完成)"
)
_STILL_PAST = re.compile(r"\s*(?:其|该|同比|环比|与上年|较上年)")
_OLD_FIGURE = re.compile(
    r"(?P<lead>(?:[由从]|原(?:计划|定|来))[^，。；、\d]{0,12})\d[\d,.]{0,20}\s*万?(?:公顷|亩|平方米|平方公里|hm2|hm²|㎡)\s*"
    r"(?:，?现)?(?:调整|调减|调增|核减|压减|缩减|减少|下调|调低|增加|上调|提高|扩大|变更|修改|变)(?:为|至|到)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """Something in a sentence that reading it depends on."""

    start: int
    end: int
    kind: str
    what: Mention | Measure | DateSpan | None = None


@dataclass(slots=True)
class Frame:
    """Something said that later figures may be parts of."""

    facets: Facets
    opener: Opener
    statement: Statement | None = None
    strict: bool = False
    dead: bool = False
    dead_before: bool = False
    at: int | None = None
    open_split: bool = False


@dataclass(frozen=True)
class Context:
    """What a sentence is read in.

    Parameters
    ----------
    names
        The names of the plan.
    start, end
        First and last year of the plan; figures of other years are passed over.
    facets
        What the headings above restrict the text to (（一）吴兴区).
    heading
        The words of the headings above.
    """

    names: Names
    start: int | None = None
    end: int | None = None
    facets: Facets = field(default_factory=Facets)
    heading: str = ""

    def is_current(self, span: DateSpan) -> bool:
        """Whether a date is one of the plan's own time."""
        if self.start is None or self.end is None:
            return True
        return (
            span.first.year <= self.end
            and span.last.year >= self.start
            and not (span.first.year < self.start and span.last.year > self.start)
        )


def tokens(text: str, names: Names, year: int | None = None) -> list[Token]:
    """Cut a text into tokens, in order and not overlapping; other words are left out."""
    taken = Taken(text)
    for m in re.finditer(r"《[^》]*》", text):
        taken.take(*m.span())
    dates = [d for d in find_dates(text, year) if not _PART_OF_YEAR.search(text, d.start, d.end)]
    candidates = chain(
        (Token(d.start, d.end, "date", d) for d in dates),
        (Token(m.start, m.end, _measure_kind(m), m) for m in find_quantities(text)),
        (Token(m.start, m.end, "name", m) for m in names.find(text)),
        (Token(m.start(), m.end(), str(m.lastgroup)) for m in _CUE.finditer(text)),
    )
    found = [t for t in candidates if taken.take(t.start, t.end)]
    return sorted(found, key=lambda t: t.start)


def _measure_kind(measure: Measure) -> str:
    return {"area": "area", "share": "percent"}.get(measure.kind, "count")


def read_sentences(text: str, place: Place, context: Context) -> list[Statement]:
    """Read the statements of a paragraph, in their order."""
    reader = _Reader(text, place, context)
    return reader.read()


class _Reader:
    """One paragraph, read token by token.

    ``text`` is without the figures that a change of the plan replaces (由320公顷调整为280公顷).
    """

    def __init__(self, text: str, place: Place, context: Context) -> None:
        self.printed = text
        self.text = _OLD_FIGURE.sub(lambda m: m["lead"].ljust(len(m.group())), text)
        self.place = place
        self.context = context
        self.tokens = tokens(self.text, context.names, context.end)
        self.brackets = _brackets(self.tokens)
        self.statements: list[Statement] = []
        self.stack: list[Frame] = []
        self.at = 0
        self.skip_to = 0
        self.next_first = 0
        self._begin(0)

    # --- the sentence -------------------------------------------------------------------

    def _begin(self, start: int) -> None:
        """Begin a sentence: only what the headings say is still in force."""
        self.stack = [Frame(self.context.facets, "context")]
        self.pending: list[Mention] = []
        self.members: tuple[str, ...] = ()
        self.sentence = start
        self.clause = start
        self.dead = False
        self.compared = False
        self.rejected = False
        self.goal = False
        self.floor_unit = ""
        self.dated = False
        stop = _STOP.search(self.text, start)
        self.words = self.text[start : stop.start() if stop else None]
        self.is_of_plan = bool(_PLAN_WORDS.search(self.context.heading + self.words))
        self.before = self.statements[-1] if self.statements else None
        self.sentence_first = self.next_first
        self.next_first = len(self.statements)
        if self.sentence_first == self.next_first:  # no figure in the last sentence
            self.before = None
        self.group: list[int] = []
        self.last: int | None = None
        self.last_end = -1

    def read(self) -> list[Statement]:
        """Read all tokens; each kind has its own method."""
        for index, token in enumerate(self.tokens):
            self.at = index
            if token.start >= self.skip_to:
                getattr(self, f"_{token.kind}")(token)
        return self.statements

    def _stop(self, token: Token) -> None:
        """Begin the next sentence; 其中 and the like go on to tell of the past."""
        past = self.dead and self.rejected
        self._begin(token.end)
        ahead = not _STILL_PAST.match(self.words) and _PLANNED.search(self.words)
        self.dead = self.rejected = past and not ahead

    def _date(self, token: Token) -> None:
        span = token.what
        if not isinstance(span, DateSpan):
            return
        if re.search(
            r"(?:较|比|与)\s*$", self.text[max(self.sentence, token.start - 4) : token.start]
        ):
            self.compared = True
            return
        self.dead = not self.context.is_current(span)
        self.dated = self.dated or not self.dead
        if not self.dead and self._is_part(span):
            self._name(
                Token(
                    token.start,
                    token.end,
                    "name",
                    Mention(token.start, token.end, "period", f"{span.first.year}年"),
                )
            )

    def _is_part(self, span: DateSpan) -> bool:
        """Whether a date is one year of a plan of several: 2024年完成1500亩."""
        whole = (span.first.month, span.first.day, span.last.month, span.last.day) == (1, 1, 12, 31)
        several = self.context.start != self.context.end
        until = re.search(r"[到至]\s*$", self.text[max(0, span.start - 4) : span.start])
        return bool(whole and several and span.first.year == span.last.year and not until)

    def _past(self, token: Token) -> None:
        """到2027年底累计完成 looks forward, 累计完成 alone looks back."""
        self.dead = self.dead or not (self.dated and self.text.startswith("累计", token.start))

    def _compared(self, _: Token) -> None:
        self.compared = True

    def _name(self, token: Token) -> None:
        mention = token.what
        if not isinstance(mention, Mention):
            return
        last = next((m for m in reversed(self.pending) if m.kind == mention.kind), None)
        if last and not _LIST_JOIN.fullmatch(self.text, last.end, mention.start):
            if mention.kind == "use" and self.text[last.end : mention.start] == "等":
                same = [m for m in self.pending if m.kind == "use"]
                self.members = tuple(Facets(use=m.name).category for m in same)
            self.pending = [m for m in self.pending if m.kind != mention.kind]
        if mention.kind == "use" and self._is_all(mention):
            return
        self.pending.append(mention)

    def _is_all(self, mention: Mention) -> bool:
        """供应总量50公顷，全部为工业用地: the figure is the use's as well."""
        if self.last is None or self.statements[self.last].facets.use or self.pending:
            return False
        if not re.fullmatch(
            r"，(?:全部|均|全)(?:为|是|用于|安排)", self.text[self.last_end : mention.start]
        ):
            return False
        told = self.statements[self.last]
        facets = replace(told.facets, use=mention.name)
        words = excerpt(self.printed, self.clause, mention.end)
        self.statements.append(
            replace(told, facets=facets, words=words, parent=told.facets, share=None)
        )
        return True

    def _list(self, _: Token) -> None:
        self.compared = False

    def _comma(self, token: Token) -> None:
        self.clause = token.end
        self.compared = False
        named = any(m.kind != "whole" for m in self.pending)
        if named and _WITHIN.fullmatch(self.text, self.pending[-1].end, token.start):
            self._hold("carried")  # 出让用地中，商服用地18公顷、住宅用地50公顷
            self.pending = []

    def _semicolon(self, token: Token) -> None:
        self._comma(token)
        self.pending = []
        self.dead = False
        self.stack = [f for f in self.stack if f.opener != "carried"]
        for frame in self.stack:
            frame.strict = frame.opener != "context"

    def _colon(self, token: Token) -> None:
        after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        if after and after.kind == "area" and not _GLUE.sub("", self.text[token.end : after.start]):
            return  # 商服用地：26.40公顷
        self.clause = token.end
        if self.pending and not self._is_list(self.pending):
            self._hold("carried" if len(self.stack) > 1 else "context")
        self.pending = []

    def _hold(self, opener: Opener) -> None:
        """Let what has been named hold for the figures after it."""
        facets = self._facets(self.pending)
        frame = self._pop_for(facets)
        self.stack.append(Frame(facets.over(frame.facets), opener))

    def _open(self, token: Token) -> None:
        close, figures = self.brackets.get(self.at, (None, True))
        if close is None and any(f.opener == "bracket" for f in self.stack):
            return
        if not figures:
            inner = self.tokens[self.at + 1 : close]
            uses = [
                t.what.name for t in inner if isinstance(t.what, Mention) and t.what.kind == "use"
            ]
            if uses and self.pending and self.pending[-1].kind == "use":
                self.members = tuple(Facets(use=u).category for u in uses)
            self.skip_to = self.tokens[close].end if close else token.end
            return
        if self.pending and self.pending[-1].end >= token.start - 1:
            facets = self._facets(self.pending).over(self.stack[-1].facets)
            self.stack.append(Frame(facets, "bracket"))
        elif not self._nest("bracket"):
            self.stack.append(Frame(self.stack[-1].facets, "bracket"))
        self.stack[-1].dead_before = self.dead

    def _close(self, _: Token) -> None:
        depth = range(len(self.stack) - 1, -1, -1)
        mark = next((i for i in depth if self.stack[i].opener == "bracket"), None)
        if mark is None:
            return
        frame = self.stack[mark]
        del self.stack[mark:]
        self.dead = frame.dead_before
        if frame.at is not None:
            self.last = frame.at
        self.pending = []

    def _among(self, token: Token) -> None:
        explicit = self.text[token.start : token.end].startswith("其中")
        if not explicit and self.pending and self.last is None:
            return
        if explicit and self._returns_to_total():
            self.last = self.next_first
        self._nest("among")

    def _returns_to_total(self) -> bool:
        """Whether 其中 behind a list of uses parts the total by region: …公顷；其中，吴兴区."""
        if self.last is None or self.last < self.next_first:
            return False
        if self.tokens[self.at - 1].kind != "semicolon":
            return False
        head, tail = self.statements[self.next_first].facets, self.statements[self.last].facets
        named = (self.tokens[i].what for i in range(self.at, len(self.tokens)))
        following = next((m for m in named if isinstance(m, Mention)), None)
        by_region = following is not None and following.kind == "region"
        return by_region and head == self.context.facets and bool(tail.use and not tail.region)

    def _nest(self, opener: Opener) -> bool:
        """Open a frame for the parts of the latest figure; False if there is none."""
        begins = _BLANK.fullmatch(self.text, self.sentence, self.tokens[self.at].start)
        if self.last is None and self.before and begins:
            self.last = self._head_before()
        self.pending = []
        if self.last is not None and not self._is_of_floors():
            parent = self.statements[self.last]
            self.stack.append(
                Frame(parent.facets, opener, parent, open_split=self._is_open(), at=self.last)
            )
        elif self.dead or self.floor_unit or (self.rejected and not self._by_year()):
            self.stack.append(Frame(self.stack[-1].facets, opener, dead=True))
        else:
            return False
        return True

    def _is_of_floors(self) -> bool:
        """Whether 其中 behind a floor area parts that, and not the land: its unit tells."""
        following = next(self._ahead("area"), None)
        unit = following.unit if following else ""
        land = self.statements[self.last].quantity if self.last is not None else None
        return bool(self.floor_unit) and (
            unit == self.floor_unit or land is None or unit != land.unit
        )

    def _by_year(self) -> bool:
        """Whether a goal of several years is parted by year."""
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        span = following.what if following else None
        return self.goal and isinstance(span, DateSpan) and self._is_part(span)

    def _ahead(self, kind: str) -> Iterator[Measure]:
        """Give the measures of a kind that follow in the sentence."""
        for i in range(self.at + 1, len(self.tokens)):
            token = self.tokens[i]
            if token.kind == "stop":
                return
            if token.kind == kind and isinstance(token.what, Measure):
                yield token.what

    def _head_before(self) -> int:
        """Find what 其中 at the start of a sentence refers to: the last sentence's main figure.

        That is its first figure, if the others are parts of it; else its last.
        """
        first, last = self.sentence_first, len(self.statements) - 1
        head, tail = self.statements[first].facets, self.statements[last].facets
        later = range(self.at, len(self.tokens))
        following = next(
            (m for m in (self.tokens[i].what for i in later) if isinstance(m, Mention)), None
        )
        if following and following.kind == "use" and tail.use:
            inside = within_use(Facets(use=following.name), tail)
            return last if inside or head.use else first
        return first if head == self.context.facets else last

    def _is_open(self) -> bool:
        token = self.tokens[self.at]
        return bool(_OPEN_SPLIT.match(self.text, token.end))

    # --- figures --------------------------------------------------------------------------

    def _count(self, _: Token) -> None:
        pass

    def _area(self, token: Token) -> None:
        measure = token.what
        if not isinstance(measure, Measure):
            return
        if self._restate(token, measure) or self._is_range(token):
            return
        if self._complete(token, measure):
            return
        if self._is_list(self.pending) and self._listed(token):
            return
        if not self.pending or not any(m.kind in ("use", "region") for m in self.pending):
            self._take_name_after(token)
        if self._is_dead(token):
            self._reject(token, measure)
            return
        facets = self._facets(self.pending)
        if self._is_target(facets, token):
            self._state(facets, _quantity(measure), measure.qualifier, token)
            self.floor_unit = ""
        else:
            self.last, self.rejected = None, True
            self.goal = bool(_GOAL_OF_YEARS.search(self.text, self.clause, token.start))
        self.pending, self.members = [], ()

    def _reject(self, token: Token, measure: Measure) -> None:
        """Pass over an area that is none of the plan; a floor area is one more of its land."""
        floors = _FLOOR_AREA.search(self.text, self.clause, token.start)
        if floors and not self.pending and self.last is not None:
            self.floor_unit = measure.unit
        elif not self.compared:
            self.last, self.rejected = None, True
        self.pending = []

    def _restate(self, token: Token, measure: Measure) -> bool:
        """Take the same area in another unit, right behind it: 383.73公顷（约5755.95亩）."""
        if self.last is None or self.pending:
            return False
        told = self.statements[self.last]
        if told.quantity is None or told.restated or told.quantity.unit == measure.unit:
            return False
        if not _RESTATED.fullmatch(self.text, self.last_end, token.start):
            return False
        again = _quantity(measure)
        self._amend(self.last, replace(told, restated=again, restated_qualifier=measure.qualifier))
        return True

    def _complete(self, token: Token, measure: Measure) -> bool:
        """Take the area of what only a share was said of: 工业用地占比50%，面积210公顷."""
        if self.last is None or self.pending or self._is_dead(token):
            return False
        told = self.statements[self.last]
        if told.quantity or not _AREA_OF_SHARE.fullmatch(self.text, self.last_end, token.start):
            return False
        words = told.words + self.printed[self.last_end : token.end]
        quantity, qualifier = _quantity(measure), measure.qualifier
        self._amend(self.last, replace(told, quantity=quantity, qualifier=qualifier, words=words))
        self.last_end = token.end
        return True

    def _amend(self, index: int, statement: Statement) -> None:
        """Put ``statement`` in the place of a former one, also where later figures part it."""
        told, self.statements[index] = self.statements[index], statement
        for frame in self.stack:
            if frame.statement is told:
                frame.statement = statement

    def _is_range(self, token: Token) -> bool:
        """Pass over 30—40公顷: limits, and no figure."""
        after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        if after is None or after.kind != "area" or after.start != token.end:
            return False
        self.last, self.rejected, self.skip_to, self.pending = None, True, after.end, []
        return True

    def _is_list(self, pending: Sequence[Mention]) -> bool:
        return len(self._listed_names(pending)) > 1

    def _listed_names(self, pending: Sequence[Mention]) -> list[Mention]:
        for kind in ("use", "region", "source", "mode", "period"):
            same = [m for m in pending if m.kind == kind]
            if len(same) > 1:
                return same
        return []

    def _listed(self, token: Token) -> bool:
        """A、B、C分别为1、2、3公顷: as many numbers as names, the unit behind the last."""
        listed = self._listed_names(self.pending)
        numbers, end, unit = self._numbers(token.start)
        if len(numbers) == 1 and _EACH.fullmatch(self.text, listed[-1].end, token.start):
            numbers *= len(listed)  # 工业用地、住宅用地各200亩
        if len(numbers) != len(listed) or unit not in M2_PER_UNIT:
            return False
        others = [m for m in self.pending if m not in listed]
        if not self._is_dead(token):
            group = []
            for mention, number in zip(listed, numbers, strict=True):
                facets = self._facets([*others, mention])
                self._state(facets, Quantity(number, unit), "exact", token, end=end, carry=False)
                group.append(len(self.statements) - 1)
            self.group = group
        self.skip_to, self.last_end = end, end
        self.pending = []
        return True

    def _numbers(self, start: int) -> tuple[list[Decimal], int, str]:
        """Read the figures of a list from ``start``: 1、2、3公顷, 1公顷、2公顷和3公顷."""
        numbers: list[Decimal] = []
        end, unit = start, ""
        for token in (self.tokens[i] for i in range(self.at, len(self.tokens))):
            if not isinstance(token.what, Measure):
                continue
            joined = not numbers or _LIST_GAP.fullmatch(self.text, end, token.start)
            if not joined or unit not in ("", token.what.unit):
                break
            numbers.append(token.what.value)
            end, unit = token.end, token.what.unit
        return numbers, end, unit

    def _take_name_after(self, token: Token) -> None:
        """7200亩工矿仓储用地, 3000亩用于住宅用地: the name stands behind the figure."""
        after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        if after is None or not isinstance(after.what, Mention) or after.what.kind != "use":
            return
        gap = self.text[token.end : after.start]
        if re.fullmatch(r"\s*(?:的|用于|用作|作为|为|安排|供应|建设|发展|保障|国有)*\s*", gap):
            self.pending.append(after.what)
            self.skip_to = after.end

    def _is_dead(self, token: Token) -> bool:
        lost = self.dead or self.compared or any(f.dead for f in self.stack)
        behind = _PER_UNIT.match(self.text, token.end)
        return bool(lost or behind or self._is_refused(max(self.clause, self.last_end), token))

    def _is_refused(self, start: int, token: Token) -> bool:
        """Whether words before an area forbid it, outside the names of uses (配套用地 holds 套)."""
        names = (t.what for t in self._behind(start) if isinstance(t.what, Mention))
        uses = [name for name in names if name.kind == "use"]
        return any(
            not any(use.start <= m.start() and m.end() <= use.end for use in uses)
            for m in _NO_AREA_OF_LAND.finditer(self.text, start, token.start)
        )

    def _is_target(self, facets: Facets, token: Token) -> bool:
        """Whether the words around an area make it a figure of the plan."""
        clause_start = max(self.clause, self.last_end, self.sentence)
        if facets.use or facets.region:
            begin = min((m.end for m in self.pending if m.start < token.start), default=token.start)
            rest = _GLUE.sub("", self._without_names(begin, token.start))
            limit = 8 if facets.use else 2
            return len(rest) <= limit and bool(facets.use or self.is_of_plan or self._nested())
        if facets.source or facets.mode or facets.period:
            told = self.last is not None and self.statements[self.last].facets.source
            part = told or self.stack[-1].statement
            if not part and _GOAL_VERB.search(self.text, clause_start, token.start):
                return False  # 盘活存量建设用地1.2万亩 is a goal, no part of the supply
            return self._nested() or self.is_of_plan
        if any(self._is_deadline(t) for t in self._behind(clause_start)):
            return False  # 6月底前供应250公顷 is a milestone
        before = self.text[clause_start : token.start]
        if self.context.start != self.context.end and _GOAL_OF_YEARS.search(before):
            return False  # 到2027年完成再开发3万亩 is a goal
        if _ONLY_AREA.fullmatch(before):
            before = self.text[max(self.last_end, self.sentence) : token.start]
            before = before.replace("，", "").replace("；", "。")
        return bool(_TOTAL.search(before))

    def _is_deadline(self, token: Token) -> bool:
        span = token.what
        return isinstance(span, DateSpan) and (
            span.first == span.last or bool(_BEFORE_END.match(self.text, token.end))
        )

    def _behind(self, start: int) -> Iterator[Token]:
        """Give the tokens from ``start`` to the present one, the latest first."""
        for i in range(self.at - 1, -1, -1):
            if self.tokens[i].start < start:
                return
            yield self.tokens[i]

    def _without_names(self, start: int, end: int) -> str:
        words = self.text[start:end]
        for t in self._behind(start):
            if t.kind in ("name", "date", "among"):
                words = words.replace(self.text[t.start : t.end], "", 1)
        return words

    def _nested(self) -> bool:
        return any(f.opener in ("among", "bracket") or f.facets != Facets() for f in self.stack)

    def _state(
        self,
        facets: Facets,
        quantity: Quantity | None,
        qualifier: str,
        token: Token,
        *,
        end: int | None = None,
        carry: bool = True,
    ) -> None:
        end = token.end if end is None else end
        words = self.text[max(self.last_end, self.sentence) : token.start]
        total = facets == Facets() and bool(_TOTAL.search(self.text[self.clause : token.start]))
        frame = self._pop_for(facets, quantity, total=total)
        full = facets if _ALL_ABOVE.search(words) else facets.over(frame.facets)
        parent = frame.statement.facets if frame.statement else None
        if parent and frame.opener == "carried" and parent.use and facets.use:
            parent = None  # the hierarchy of uses is no word of the plan
        start = min((m.start for m in self.pending), default=token.start)
        start = max(self.sentence, min(start, self.clause))
        statement = Statement(
            facets=full,
            quantity=quantity,
            place=self.place,
            words=excerpt(self.printed, start, end),
            qualifier=qualifier,
            parent=parent,
            members=self.members,
            open_split=frame.open_split,
        )
        self.statements.append(statement)
        self.last, self.last_end, self.group = len(self.statements) - 1, end, []
        self.rejected = False
        if carry:
            self._carry(full, statement)

    def _carry(self, full: Facets, statement: Statement) -> None:
        """Let what was named first hold for the next figures: 吴兴区住宅用地1亩、商服用地2亩."""
        kinds = [m.kind for m in self.pending if m.kind in ("region", "use")]
        if kinds == ["region", "use"]:
            self.stack.append(Frame(replace(full, use=self.stack[-1].facets.use), "carried"))
        elif kinds == ["use", "region"]:
            outer = self.stack[-1].facets
            self.stack.append(Frame(replace(full, region=outer.region, code=outer.code), "carried"))
        elif kinds:
            self.stack.append(Frame(full, "carried", statement, at=self.last))

    def _pop_for(
        self, facets: Facets, quantity: Quantity | None = None, *, total: bool = False
    ) -> Frame:
        """Leave the frames that a figure with ``facets`` cannot be a part of."""
        while len(self.stack) > 1 and not _accepts(self.stack[-1], facets, quantity, total=total):
            self.stack.pop()
        return self.stack[-1]

    def _facets(self, pending: Sequence[Mention]) -> Facets:
        values: dict[str, str] = {}
        for mention in pending:
            if mention.kind == "whole":
                continue
            together = f"{values[mention.kind]}、" if mention.kind in values else ""
            values[mention.kind] = together + mention.name
            if mention.kind == "region":
                values["code"] = "" if together else mention.code
        return Facets(**values)

    # --- shares ---------------------------------------------------------------------------

    def _percent(self, token: Token) -> None:
        measure = token.what
        if not isinstance(measure, Measure):
            return
        before = self.text[max(self.clause, self.last_end, self.sentence) : token.start]
        bare = _BARE_SHARE.fullmatch(self.text, max(0, self.last_end), token.start)
        alone = bare and _CLOSED.match(self.text, token.end)  # 1400亩（66.7%）
        if not (_SHARE.search(before) or alone) or self._is_dead_share(measure):
            return
        numbers, end, _ = self._numbers(token.start)
        if len(self.group) > 1 and len(numbers) == len(self.group) and not self.pending:
            for index, number in zip(self.group, numbers, strict=True):
                self._give_share(index, number)
            self.skip_to = end
        elif self.last is not None and not self._names_since(self.last_end):
            self._give_share(self.last, measure.value)
        elif any(m.kind != "whole" for m in self.pending):
            self._state_shares(token, numbers, end)
        self.pending = []

    def _names_since(self, end: int) -> bool:
        return any(m.start >= end and m.kind != "whole" for m in self.pending)

    def _state_shares(self, token: Token, numbers: list[Decimal], end: int) -> None:
        """Shares without areas: 住宅用地占22%."""
        listed = self._listed_names(self.pending)
        if len(listed) > 1 and len(listed) != len(numbers):
            return
        others = [m for m in self.pending if m not in listed]
        groups = [[*others, m] for m in listed] or [others]
        for mentions, number in zip(groups, numbers, strict=False):
            facets = self._facets(mentions)
            self._state(facets, None, "exact", token, end=end if listed else None, carry=False)
            self._give_share(len(self.statements) - 1, number)
        self.skip_to = end if listed else self.skip_to

    def _give_share(self, index: int, share: Decimal) -> None:
        told = self.statements[index]
        if told.share is None:
            self._amend(index, replace(told, share=share))

    def _is_dead_share(self, measure: Measure) -> bool:
        ruled = measure.qualifier in ("at_least", "at_most")
        return ruled or self.dead or self.compared or any(f.dead for f in self.stack)


def _brackets(found: Sequence[Token]) -> dict[int, tuple[int, bool]]:
    """Give for each closed bracket the index of its end, and whether figures stand inside."""
    closed: dict[int, tuple[int, bool]] = {}
    opened: list[tuple[int, int]] = []
    figures = 0
    for i, token in enumerate(found):
        figures += token.kind in ("area", "percent")
        if token.kind == "open":
            opened.append((i, figures))
        elif token.kind == "close" and opened:
            begin, before = opened.pop()
            closed[begin] = (i, figures > before)
    return closed


def _quantity(measure: Measure) -> Quantity:
    return Quantity(measure.value, measure.unit)


def _accepts(frame: Frame, facets: Facets, quantity: Quantity | None, *, total: bool) -> bool:
    """Whether a figure with ``facets`` can be a part of what ``frame`` says."""
    outer = frame.facets
    if total:
        return frame.opener == "context" and not outer.use
    if any(getattr(facets, k) and getattr(outer, k) for k in ("source", "mode", "period")):
        return False
    if not (_region_fits(frame, facets) and _use_fits(frame, facets)):
        return False
    if frame.opener == "carried":
        told = frame.statement.quantity if frame.statement else None
        fits = told is None or quantity is None or quantity.area_m2 <= told.area_m2
        return fits and facets.over(outer).key != outer.key
    return frame.opener != "among" or facets != Facets()


def _region_fits(frame: Frame, facets: Facets) -> bool:
    outer = frame.facets
    if not (facets.region and outer.region) or within_region(facets, outer):
        return True
    if frame.opener == "context" and facets.region == outer.region:
        return True
    if frame.opener == "bracket" and not facets.code:
        return True
    nested = frame.opener in ("among", "bracket") and not frame.strict
    return nested and _may_lie_in(facets, outer)


def _use_fits(frame: Frame, facets: Facets) -> bool:
    outer = frame.facets
    members = frame.statement.members if frame.statement else ()
    if not (facets.use and outer.use) or within_use(facets, outer, members):
        return True
    if frame.opener == "context" and facets.category == outer.category:
        return True
    if frame.opener == "bracket" and frame.statement and facets.category != outer.category:
        return True  # what stands in brackets is a part, whatever the hierarchy of uses says
    unknown = not canonical(facets.use) and facets.category != outer.category
    return unknown and frame.opener != "carried" and not frame.strict


def _may_lie_in(inner: Facets, outer: Facets) -> bool:
    """Whether a region may lie in another, where no list of divisions says so.

    Towns and villages lie in districts and zones, districts in 市区 and 中心城区.
    """
    town = inner.region.endswith(("镇", "乡", "街道", "村", "园区", "园"))
    if outer.code:
        return town and not inner.code
    zone = is_zone(outer.region)
    return (
        town or len(inner.code) == len("330502100") or (not zone and inner.region != outer.region)
    )
