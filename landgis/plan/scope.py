"""A text cut into tokens, and what holds where in it: two stages of understanding a sentence.

A stack of frames says what later figures may be parts of: 连州镇…公顷，其中： opens a frame that
the uses after it fall into, until a figure comes that cannot be a part of it, such as the next
township's. `Said` is what holds beyond the sentence: 市区范围内, 具体分配如下：. A `Walk` carries
both through the tokens of a paragraph.
"""

from __future__ import annotations

import re
from bisect import bisect, bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain
from typing import Literal

from landgis.divisions import is_zone
from landgis.landuse import canonical, main_category
from landgis.plan.dates import DateSpan, find_dates
from landgis.plan.documents.blocks import Place
from landgis.plan.identity import Context
from landgis.plan.lexicon import cues, words
from landgis.plan.names import Names
from landgis.plan.quantities import AREA_UNITS, Measure, find_quantities
from landgis.plan.statements import (
    NO_FACETS,
    PART_OF_LAND,
    Facets,
    Item,
    Mark,
    Mention,
    Standing,
    Statement,
    Taken,
    facets_together,
    within_region,
    within_use,
)
from landgis.units import Quantity

_CUE = cues()
_PART_OF_YEAR = re.compile(r"季度(?!末|底)|半年")
BARE = re.compile(
    r"(?<=[\u4e00-\u9fff：])\s?(?!(?:19|20)\d\d\b)\d{1,8}(?:\.\d{1,8})?(?=\s*(?:[；，、。（）]|$)|\s+[\u4e00-\u9fff]{2})"
    r"|(?<=：)\.\d{1,8}$"
    r"|(?<=[\u4e00-\u9fff])\d{1,8}(?:\.\d{1,8})?(?=\s[\u4e00-\u9fff]{2,8}\d)"
    rf"|(?<![\d.．。])[.．。]\d{{1,8}}(?=\s*(?:{AREA_UNITS}))"
)
"""A number without a unit, and one whose beginning is lost (.49公顷)."""
_TITLE = re.compile(r"《[^》]*》")
_KINDS = {"area": "area", "share": "percent", "count": "count", "money": "other", "": "number"}


@dataclass(frozen=True, slots=True)
class Token:
    """Something in a sentence that reading it depends on."""

    start: int
    end: int
    kind: str
    what: Mention | Measure | DateSpan | None = None


@lru_cache(maxsize=4)  # figures and rules look at the same paragraph one after the other
def tokens(text: str, names: Names, year: int | None = None) -> tuple[Token, ...]:
    """Cut a text into tokens, in order and not overlapping; other words are left out.

    Examples
    --------
    >>> [t.kind for t in tokens("住宅用地30公顷，占15%；其中，", Names())]
    ['name', 'area', 'comma', 'percent', 'semicolon', 'among', 'comma']
    """
    taken = Taken(text)
    for m in _TITLE.finditer(text):
        taken.take(*m.span())
    dates = [d for d in find_dates(text, year) if not _PART_OF_YEAR.search(text, d.start, d.end)]
    cues = [Token(m.start(), m.end(), str(m.lastgroup)) for m in _CUE.finditer(text)]
    candidates = chain(
        (Token(d.start, d.end, "date", d) for d in dates),
        (cue for cue in cues if cue.kind == "half"),  # 各占50%
        (Token(m.start, m.end, _KINDS[m.kind], m) for m in find_quantities(text)),
        (Token(m.start, m.end, "name", m) for m in names.find(text)),
        (Token(m.start(), m.end(), "number", bare_number(m)) for m in BARE.finditer(text)),
        cues,
    )
    found = [t for t in candidates if taken.take(t.start, t.end)]
    return tuple(sorted(found, key=lambda t: t.start))


def bare_number(found: re.Match[str]) -> Measure:
    """Make a measure without unit of what `BARE` found."""
    digits = found.group().strip().replace(",", "").replace("．", ".").replace("。", ".")
    return Measure(start=found.start(), end=found.end(), value=Decimal(digits), unit="")


def bracket_pairs(found: Sequence[Token]) -> dict[int, tuple[int, bool]]:
    """Give for each closed bracket the index of its end, and whether figures stand inside.

    Examples
    --------
    >>> bracket_pairs(tokens("住宅用地（1公顷）、工业用地（）（", Names()))
    {1: (3, True), 6: (7, False)}
    """
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


Opener = Literal["context", "among", "bracket", "carried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A figure that looks for its place.

    Parameters
    ----------
    facets, quantity
        What it is about, as far as its own words say, and its area.
    total
        Whether its words call it a total.
    joined
        Whether it goes on a list (、) with the figure before it.
    """

    facets: Facets
    quantity: Quantity | None = None
    total: bool = False
    joined: bool = False


@dataclass(slots=True)
class Frame:
    """Something said that later figures may be parts of.

    Parameters
    ----------
    facets
        What it is about.
    opener
        What opened it: the headings (context), 其中 (among), a bracket, or only its being named
        first (carried): 吴兴区住宅用地1亩、商服用地2亩.
    statement, at
        The figure that later ones are parts of, and its index.
    strict
        Whether only what is known to lie inside may follow: after a semicolon.
    dead, dead_before
        Why figures in it are none of the plan, empty if they are; the same before its bracket.
    open_split
        Whether its words (重点, 等) do not promise that the parts are all there are.
    named
        What a bracket stands behind that has no figure yet: 甲开发区（含乙新区50公顷）350公顷.
    key
        What the figures of its list have in common; empty if it is no list.
    parts_m2
        The sum of the parts so far.
    """

    facets: Facets
    opener: Opener
    statement: Statement | None = None
    strict: bool = False
    dead: str = ""
    dead_before: str = ""
    at: int | None = None
    open_split: bool = False
    named: list[Mention] = field(default_factory=list)
    key: str = ""
    parts_m2: Fraction = Fraction(0)

    def accepts(self, figure: Sought) -> bool:
        """Whether a figure can be a part of what this frame says."""
        outer, facets, quantity = self.facets, figure.facets, figure.quantity
        if figure.total:
            return self.opener == "context"
        if any(getattr(facets, k) and getattr(outer, k) for k in ("source", "mode", "period")):
            return False
        if not _region_fits(self, facets):
            return False
        if not (_use_fits(self, facets) or self._is_said_to_hold(figure)):
            return False
        if self.opener == "carried":
            told = self.statement.quantity if self.statement else None
            fits = told is None or quantity is None or quantity.area_m2 <= told.area_m2
            return fits and facets.over(outer).key != outer.key
        return self.opener != "among" or facets != Facets()

    def _is_said_to_hold(self, figure: Sought) -> bool:
        """Whether 其中 makes a use a part that the hierarchy puts beside, not below.

        保障性住房用地30公顷，其中棚改安置用地20公顷、公租房用地10公顷: there must be room for it,
        and it comes first, goes on a list, or makes the parts full.
        """
        told = self.statement.quantity if self.statement and self.opener == "among" else None
        kin = main_category(figure.facets.use) == main_category(self.facets.use) != ""
        if told is None or figure.quantity is None or not kin:
            return False
        left = told.area_m2 - self.parts_m2
        first = not self.parts_m2 and not self.strict
        goes_on = first or figure.joined or figure.quantity.area_m2 == left
        return goes_on and figure.quantity.area_m2 <= left


@dataclass(slots=True)
class Stack:
    """Frames, the innermost last; the first is that of the headings and always there."""

    frames: list[Frame] = field(default_factory=lambda: [Frame(Facets(), "context")])

    @property
    def top(self) -> Frame:
        """The innermost frame."""
        return self.frames[-1]

    @property
    def dead(self) -> str:
        """Why a frame says that its figures are none of the plan; empty if none does."""
        return next((f.dead for f in self.frames if f.dead), "")

    @property
    def is_nested(self) -> bool:
        """Whether a figure now is a part of something."""
        return any(f.opener in ("among", "bracket") or f.facets != Facets() for f in self.frames)

    @property
    def in_bracket(self) -> bool:
        """Whether a bracket is open."""
        return any(f.opener == "bracket" for f in self.frames)

    def push(self, frame: Frame) -> None:
        """Open a frame."""
        self.frames.append(frame)

    def fit(self, figure: Sought) -> Frame:
        """Leave the frames that a figure cannot be a part of; give the innermost of the others."""
        while len(self.frames) > 1 and not self.top.accepts(figure):
            self.frames.pop()
        return self.top

    def end_clause(self) -> None:
        """Pass a semicolon: what was only named is forgotten, what was opened becomes strict."""
        self.frames = [f for f in self.frames if f.opener != "carried"]
        for frame in self.frames:
            frame.strict = frame.opener != "context"

    def close_bracket(self) -> Frame | None:
        """Leave the innermost bracket with all in it; give its frame, if there is one."""
        depth = range(len(self.frames) - 1, -1, -1)
        mark = next((i for i in depth if self.frames[i].opener == "bracket"), None)
        if mark is None:
            return None
        frame = self.frames[mark]
        del self.frames[mark:]
        return frame

    def amend(self, told: Statement, statement: Statement) -> None:
        """Put ``statement`` in the place of a former one that later figures part."""
        for frame in self.frames:
            if frame.statement is told:
                frame.statement = statement


def _region_fits(frame: Frame, facets: Facets) -> bool:
    outer = frame.facets
    if not (facets.region and outer.region) or within_region(facets, outer):
        return True
    core = not outer.code and PART_OF_LAND.search(outer.region)  # 市区, which districts lie in
    if frame.opener == "context" and (core or facets.region == outer.region):
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


_AREA_OLD = r"\d[\d,.]{0,20}\s*万?(?:公顷|亩|平方米|平方公里|hm2|hm²|㎡)"
_SHARE_OLD = r"\d[\d,.]{0,20}\s*[%％]"
_CHANGED = (
    "[调改减增压缩加提升扩变修跳跃攀回落降涨跌砍削翻拉抬滑]"
    "[^，。；、\\d（()）区县镇住商]{0,2}[为至到]"
)
_NO_NAME = "(?!区|县|镇|市(?!场)|用地|住宅|住房|工业|工矿|仓储|商[服业品]|保障房)"
OLD_FIGURE = re.compile(
    r"(?P<lead>(?:(?<!自)由|从(?![严紧优宽快速])|在?原(?:计划|定|来))[^，。；、\d]{0,12}"
    r"(?:20\d\d年度?[^，。；、\d]{0,8})?"
    r"|(?:(?<!比)较|(?<![占对])比(?!例|重|率|较))[^，。；、\d增减多少升降]{0,12}"
    r"(?:20\d\d年度?[^，。；、\d增减多少升降]{0,8})?)"
    rf"(?:{_AREA_OLD}|(?P<share>{_SHARE_OLD}))\s*(?:[（(][^（()）]{{1,20}}[)）])?"
    rf"(?:{_NO_NAME}[^，。；、\d（()）]){{0,10}}?"
    rf"(?:，(?:现|今|再|又|拟|将|已|净|后|微|[小大]幅|适当|[本此]次|一[路下]|[上下核追]){{0,4}})?{_CHANGED}"
    rf"(?=[^，。；、\d]{{0,6}}(?(share){_SHARE_OLD}|{_AREA_OLD}))"
)
"""A figure that a change of the plan replaces: 由320公顷调整为280公顷.

A verb of change stands before the new figure, and no use or place of its own.
"""
_OF_BEFORE = re.compile(
    "(?:20\\d\\d年度?|上一?年度?|去年|[上前]期)(?:的?(?:实际)?(?:计划|供应|供地)?量?)?的?$"
)


def _without_old(found: re.Match[str]) -> str:
    """Leave out a replaced figure, and of what year it was: 从去年的148公顷降到."""
    return _OF_BEFORE.sub("", found["lead"]).lstrip("由从在较比").ljust(len(found.group()))


_STOP = re.compile("[。！？]|$")
_CAUSE = re.compile("(?:鉴于|由于|因为?|受|考虑到)[^，。；]*，")
_BRACKET = re.compile(r"[（(][^（()）]*[)）]")
_PLAN = words("supply", "plan")
_SPOKEN_OF = words("supply", "spoken_of")
_KEPT = words("supply", "kept")
_OF_PAST = words("supply", "past")
_REPORTS = words("evidence", "report")
_CHANGES = re.compile("增[加长幅至]|减[少至]|下[降调]|上[升涨调]|提高|缩减|压减|回落|调整[为至]")
LINE_OF_NUMBERS = re.compile(
    r"[^。；，\d]{2,40}[：:]\s*(?:\d{1,8}(?:\.\d{1,8})?|\.\d{1,8})\s*|"
    r"(?:[^。；，、\d：]{2,16}：)?"
    r"(?:[^。；，、\d：]{2,16}：?\d{1,8}(?:\.\d{1,8})?(?:[、，；]|(?=[；。]?$))){2,}[；。]?"
)
"""A line of a name and its number, or of several, of which another line tells the unit."""
_MOST_BEHIND = 200
_MOST_WORDS = 400
"""So many tokens and characters before a number are looked at; people's sentences are shorter."""
MAX_RECENT = 24
"""So many figures, of those said last, are kept in mind."""
_STARTS, _MEMBERS, _BY_CHANCE = 3, 32, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What earlier sentences and paragraphs said that still holds.

    Parameters
    ----------
    scope
        The part of the land that the text has turned to (市区范围内) until it names another.
    sentence
        The figures of the last sentence, which 其中 at the beginning of the next one parts.
    topic
        The use that the last sentence was about, where it held no figure (住宅用地重点安排在新城).
    asked
        Whether that sentence, or one before it without figures either, was a question.
    opened
        What the last paragraph opened at its end: 具体分配如下：.
    aside
        Why the last figure of the last sentence was none of the plan; empty if it was one.
    labels
        Names of uses that no list has, and that the text has used.
    head
        The latest figure that was none of a list's parts.
    total
        The plan's total.
    planned
        Whether the text has come to speak of what is to be done.
    recent
        The latest figures, whose parts a sentence may give.
    """

    scope: Facets = NO_FACETS
    sentence: tuple[Statement, ...] = ()
    topic: Facets = NO_FACETS
    asked: bool = False
    opened: Frame | None = None
    aside: str = ""
    labels: frozenset[str] = frozenset()
    head: Statement | None = None
    total: Statement | None = None
    planned: bool = False
    recent: tuple[Statement, ...] = ()


@dataclass(slots=True)
class Sentence:
    """A sentence: where it begins, its words, what holds in all of it.

    Parameters
    ----------
    start, words
        Where it begins, and its words.
    first
        Index of its first figure among the statements of the paragraph.
    dead
        Why figures are none of the plan from here on (上年, 累计); empty while they are.
    dated
        Whether a date of the plan's own time has been named, to which 累计 then looks forward.
    whole
        Whether it speaks of all of the plan's land (全市).
    topic
        The first use that it names.
    unplanned
        Why its figures are none of a plan: it tells of what was done ("done"), or nothing in or
        before it says that they are planned ("not_planned"); empty where they may be.
    land_at, homes_at
        Where it first speaks of land, and of homes; None until that is asked.
    """

    start: int
    words: str
    first: int
    dead: str = ""
    dated: bool = False
    whole: bool = False
    topic: Mention | None = None
    unplanned: str = ""
    land_at: int | None = None
    homes_at: int = 0


@dataclass(slots=True)
class Latest:
    """The latest figure of a sentence.

    Parameters
    ----------
    index, end
        Its index among the statements, and where it ends; None and -1 before there is one.
    group
        The indices of the figures of a list (分别为) that it ends.
    refused
        Why the latest number was none of the plan; empty if it was one.
    goal
        Whether that was a goal of several years.
    floor_unit
        The unit of a floor area (建筑面积) behind the figure; empty if there is none.
    """

    index: int | None = None
    end: int = -1
    group: list[int] = field(default_factory=list)
    refused: str = ""
    goal: bool = False
    floor_unit: str = ""


_LAST_AREA = re.compile(rf".*\d\s*(?:{AREA_UNITS})[^，；]*", re.DOTALL)
_OWN_SUBJECT = re.compile("[^，；]*?[\u4e00-\u9fff]{3,}?(?=已|均|全部)")


def _of_figures(sentence: str) -> str:
    """Leave out what follows the last area of a sentence with a subject of its own.

    旧区改造用地21公顷也在其中，东关片已完成签约: what is done at 东关 is not done to the 21公顷.
    """
    last = _LAST_AREA.match(sentence)
    clause = _OWN_SUBJECT.match(sentence, last.end() + 1) if last else None
    return last.group() if last and clause else sentence


class Walk:
    """A walk through the tokens of a paragraph, and what it has gathered so far.

    Attributes
    ----------
    printed, text
        The paragraph, and the same without the figures that a change of the plan replaces
        (由320公顷调整为280公顷).
    tokens, at, skip_to, brackets
        Its tokens, the index of the present one, where the next to be read begins at the earliest,
        and its closed brackets.
    statements, marks, items, stated, made, parted
        What has been read: figures, numbers that are none, projects named in prose; the indices of
        figures by those of their tokens; the figure of a former sentence that areas make up; the
        tokens of areas which those right behind them make up.
    said
        What holds beyond the sentence.
    stack, sentence, latest
        What later figures may be parts of; the sentence; its latest figure.
    clause, pending, members, compared
        Where the clause begins; what has been named since the last figure; the uses that this is
        said to include; whether the clause compares with another time (比上年增加).
    """

    def __init__(self, text: str, place: Place, context: Context, said: Said) -> None:
        self.printed = context.printed or text
        self.text = OLD_FIGURE.sub(_without_old, text)
        self.place = place
        self.context = context
        self.tokens = tokens(self.text, context.names, context.spoken or context.end)
        self.named = [(i, t.what) for i, t in enumerate(self.tokens) if isinstance(t.what, Mention)]
        self.brackets = bracket_pairs(self.tokens)
        self._counts = [i for i, t in enumerate(self.tokens) if t.kind == "count"]
        self.at = self.skip_to = 0
        self.statements: list[Statement] = []
        self.stated: dict[int, int] = {}
        self.made: dict[int, Statement] = {}
        self.parted: set[int] = set()
        self.marks: list[Mark] = []
        self.untold: list[int] = []
        self.items: list[Item] = []
        self.said = said
        self.planned = context.planned or (said.planned and not context.genre.reason)
        self.begin(0)

    def begin(self, start: int) -> None:
        """Begin a sentence: only what the headings and `Said` say is still in force."""
        base = self.said.scope.over(self.context.facets)
        self.stack = Stack([Frame(base, "context")])
        if self.said.opened:
            self.stack.push(replace(self.said.opened))
        stop = _STOP.search(self.text, start)
        words = self.text[start : stop.start() if stop else None]
        self.sentence = Sentence(start, words, len(self.statements))
        to_do = _KEPT.sub("", words)
        genre = self.context.genre
        plan = (
            genre.says_plan(to_do, self.context.start)
            if genre.reason
            else bool(_PLAN.search(to_do))
        )
        past = (
            None if plan else _OF_PAST.search(_of_figures(_CAUSE.sub("", _BRACKET.sub("", words))))
        )
        tells = genre.reason and _REPORTS.search(words)
        self.planned = self.planned and not (past or tells)
        if plan and (genre.reason or _SPOKEN_OF.search(to_do)):
            self.planned = True
        if not (self.planned or plan):
            headline = stop is None or not stop.group()
            goes_on = genre.of_year or (genre.mostly and not headline)
            told = not goes_on or _REPORTS.search(words)
            why = genre.reason or "not_planned"
            self.sentence.unplanned = "done" if past else why if told else ""
            self.untold += [start] if told or past else []
        if made := self._find_made():
            self.stack.push(Frame(made.facets, "among", made, key=f"{self.place}:{start}"))
        self.latest = Latest()
        self.clause = start
        self.pending: list[Mention] = []
        self.members: tuple[str, ...] = ()
        self.compared = False

    @property
    def told(self) -> Statement | None:
        """The latest figure of this sentence."""
        return None if self.latest.index is None else self.statements[self.latest.index]

    @property
    def untaken(self) -> int:
        """Where the words of this sentence begin that no figure before has taken."""
        return max(self.latest.end, self.sentence.start, self._near)

    @property
    def _near(self) -> int:
        return self.tokens[self.at].start - _MOST_WORDS if self.tokens else 0

    @property
    def clause_words(self) -> str:
        """The words of the clause up to the present token, its figures among them."""
        end = self.tokens[self.at].start
        return self.text[max(self.clause, self._near) : end]

    @property
    def since(self) -> int:
        """Where the words begin that a figure here can be about."""
        return max(self.clause, self.untaken)

    @property
    def following(self) -> Token | None:
        """The next token."""
        return self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None

    @property
    def next_name(self) -> Mention | None:
        """The next name, however far."""
        later = bisect_left(self.named, self.at, key=lambda told: told[0])
        return self.named[later][1] if later < len(self.named) else None

    def ahead(self, kind: str) -> Iterator[Measure]:
        """Give the measures of a kind that follow in the sentence."""
        for i in range(self.at + 1, len(self.tokens)):
            token = self.tokens[i]
            if token.kind == "stop":
                return
            if token.kind == kind and isinstance(token.what, Measure):
                yield token.what

    @cached_property
    def is_line_of_numbers(self) -> bool:
        """Whether the text is one line of a list whose number has no unit: 商服用地：30."""
        return bool(LINE_OF_NUMBERS.fullmatch(self.text))

    @cached_property
    def _sums(self) -> list[tuple[int, Fraction]]:
        sums = [(0, Fraction(0))]
        for token in reversed(self.tokens):
            count, total = sums[-1] if token.kind != "stop" else (0, Fraction(0))
            area = token.what.area if isinstance(token.what, Measure) else None
            sums.append((count + 1, total + area.area_m2) if area else (count, total))
        return sums[::-1]

    def sum_ahead(self) -> tuple[int, Fraction]:
        """Count and sum the areas that follow in the sentence, in m²."""
        return self._sums[self.at + 1]

    @cached_property
    def _areas(self) -> list[tuple[int, float, int]]:
        """The areas: index of the token, m², depth of brackets; none that restates another."""
        found: list[tuple[int, float, int]] = []
        depth, unit = 0, ""
        for i, token in enumerate(self.tokens):
            depth += (token.kind == "open") - (token.kind == "close")
            area = token.what.area if isinstance(token.what, Measure) else None
            if area is None:
                continue
            m2 = float(area.area_m2)
            again = found and unit != area.unit and abs(m2 - found[-1][1]) <= m2 / 100
            if not again:
                found.append((i, m2, depth))
                unit = area.unit
        return found

    @cached_property
    def _wholes(self) -> dict[int, tuple[int, range]]:
        """Areas that make up exactly one before them: their tokens, its token, those between.

        A sum that closes proves a list, whatever words stand in it.
        """
        areas = self._areas
        whole: dict[int, tuple[int, range]] = {}
        inner: dict[int, int] = {}
        opens = [i for i, t in enumerate(self.tokens) if t.kind in ("among", "open")]
        for h in range(len(areas) - 1, -1, -1):
            for start in range(h + 1, min(h + 1 + _STARTS, len(areas))):
                members, end = self._run(start, areas[h][1], inner)
                between = range(areas[h][0] + 1, areas[start][0])
                if len(members) < 2 or self._changes(areas[h][0], areas[members[-1]][0]):
                    continue
                opened = bisect(opens, between.start - 1) < bisect(opens, between.stop)
                if not (opened or self._is_proof(members)):
                    continue
                if opened:
                    inner[h] = end  # 其中 parts the area before it, and not the one before that
                if start == h + 1:
                    self.parted.add(areas[h][0])
                found = {areas[m][0]: (areas[h][0], between) for m in members}
                whole = found | whole if between else whole | found
                break
        return whole

    def _run(self, start: int, total: float, inner: dict[int, int]) -> tuple[list[int], int]:
        """Give the areas from ``start`` that have a sum, and where they end; none if none have."""
        areas, left, j = self._areas, total, start
        members: list[int] = []
        while j < len(areas) and len(members) < _MEMBERS and left > total * 1e-9:
            if areas[j][2] < areas[start][2]:
                break
            if areas[j][2] == areas[start][2]:
                members.append(j)
                left -= areas[j][1]
            j = inner.get(j, j + 1)
        return (members if abs(left) <= total * 1e-9 else []), j

    def _is_proof(self, members: Sequence[int]) -> bool:
        """Whether areas make up another by more than chance: three, or one of three digits."""
        found = (self.tokens[self._areas[m][0]].what for m in members)
        values = [m.value.scaleb(m.decimals) for m in found if isinstance(m, Measure)]
        return len(members) > 2 or max(values) >= _BY_CHANCE

    @property
    def is_parted(self) -> bool:
        """Whether the areas right behind the one here make it up."""
        return bool(self._wholes) and self.at in self.parted

    @property
    def whole(self) -> Statement | None:
        """The figure that the area here makes up, together with those beside it."""
        at, between = self._wholes.get(self.at, (-1, range(0)))
        if at in self.stated and not any(i in self.stated for i in between):
            return self.statements[self.stated[at]]
        return self.made.get(self.at)

    def _changes(self, first: int, last: int) -> bool:
        """Whether the words from one token to another tell of a change: 比上年增加."""
        begin, end = self.tokens[first].end, self.tokens[last].end + len("以上")
        return bool(_CHANGES.search(self.text, begin, end))

    def _find_made(self) -> Statement | None:
        """Find the recent figure that the areas of the sentence which begins here make up."""
        start, stop = self.sentence.start, self.sentence.start + len(self.sentence.words)
        first = bisect(self._areas, start, key=lambda a: self.tokens[a[0]].start + 1)
        last = bisect(self._areas, stop, key=lambda a: self.tokens[a[0]].start)
        inside = self._areas[first : min(last, first + _MEMBERS + 1)]
        at = [i for i, a in enumerate(inside, first) if a[2] == inside[0][2]]
        inside = [self._areas[i] for i in at]
        if (
            not 2 <= len(inside) <= _MEMBERS
            or not self._is_proof(at)
            or _CHANGES.search(self.text, start, stop)
        ):
            return None
        total = sum(m2 for _, m2, _ in inside)
        told = (*self.said.recent, *self.statements[-MAX_RECENT:])[-MAX_RECENT:]
        if self.said.total and self.said.total not in told:  # which headings do not end
            told = (self.said.total, *told)
        areas = [(float(s.quantity.area_m2), s) for s in told if s.quantity]
        named = (t.what for t in self.tokens if start <= t.start < stop)
        uses = [Facets(use=m.name) for m in named if isinstance(m, Mention) and m.kind == "use"]
        same = [
            s
            for m2, s in areas
            if abs(m2 - total) <= total * 1e-9
            and not any(within_use(s.facets, use) for use in uses)  # 住房用地 is no 租赁住房用地
        ]
        if len({s.facets.key for s in same}) != 1:
            return None
        self.made |= dict.fromkeys((i for i, _, _ in inside), same[-1])
        return same[-1]

    def behind(self, start: int) -> Iterator[Token]:
        """Give the tokens from ``start`` to the present one, the latest first.

        No sentence that people write has more than `_MOST_BEHIND`; a file of one sentence may.
        """
        for i in range(self.at - 1, max(-1, self.at - 1 - _MOST_BEHIND), -1):
            if self.tokens[i].start < start:
                return
            yield self.tokens[i]

    def counted(self) -> int | None:
        """Give where among the tokens the sentence's latest count before the present one is."""
        latest = bisect_left(self._counts, self.at) - 1
        at = self._counts[latest] if latest >= 0 else -1
        near = at >= self.at - _MOST_BEHIND and self.tokens[at].start >= self.sentence.start
        return at if at >= 0 and near else None

    def without_names(self, start: int, end: int) -> str:
        """Give the words between two places without names, dates, counts and 其中."""
        words = self.text[start:end]
        for t in self.behind(start):
            if t.kind in ("name", "date", "among", "count"):
                words = words.replace(self.text[t.start : t.end], "", 1)
        return words

    def spot(self, start: int, end: int) -> Standing:
        """Give where a number stands."""
        return Standing(self.context.block, self.place, start, end)

    def mark(self, token: Token, role: str, reason: str, why: str = "") -> None:
        """Put down a number that is no figure of the plan."""
        told = self.told
        self.marks.append(
            Mark(
                spot=self.spot(token.start, token.end),
                role=role,
                reason=reason,
                why=why or reason,
                facets=facets_together(self.pending).over(self.stack.top.facets),
                of=told.spot if told else None,
            ),
        )

    def amend(self, index: int, statement: Statement) -> None:
        """Put ``statement`` in the place of a former one, also where later figures part it."""
        told, self.statements[index] = self.statements[index], statement
        self.stack.amend(told, statement)
