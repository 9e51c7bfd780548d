"""Where reading stands in a paragraph: what has been passed, what is pending, what comes next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from landgis.divisions import is_zone
from landgis.landuse import canonical, main_category
from landgis.plan.documents.blocks import Place
from landgis.plan.outline import Context
from landgis.plan.quantities import Measure
from landgis.plan.statements import Facets, Mention, Statement, within_region, within_use
from landgis.plan.tokens import Token, bracket_pairs, tokens
from landgis.units import Quantity

Opener = Literal["context", "among", "bracket", "carried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
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
        Whether figures in it are none of the plan's; whether they were before its bracket.
    open_split
        Whether its words (重点, 等) do not promise that the parts are all there are.
    named
        What a bracket stands behind that has no figure yet: 甲开发区（含乙新区50公顷）350公顷.
    parts_m2
        The sum of the parts so far.
    """

    facets: Facets
    opener: Opener
    statement: Statement | None = None
    strict: bool = False
    dead: bool = False
    dead_before: bool = False
    at: int | None = None
    open_split: bool = False
    named: list[Mention] = field(default_factory=list)
    parts_m2: Fraction = Fraction(0)

    def accepts(self, figure: Figure) -> bool:
        """Whether a figure can be a part of what this frame says."""
        outer, facets, quantity = self.facets, figure.facets, figure.quantity
        if figure.total:
            return self.opener == "context" and not outer.use
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

    def _is_said_to_hold(self, figure: Figure) -> bool:
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
    def is_dead(self) -> bool:
        """Whether any frame says that its figures are none of the plan's."""
        return any(f.dead for f in self.frames)

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

    def fit(self, figure: Figure) -> Frame:
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


_OLD_FIGURE = re.compile(
    r"(?P<lead>(?:[由从]|原(?:计划|定|来))[^，。；、\d]{0,12})\d[\d,.]{0,20}\s*万?(?:公顷|亩|平方米|平方公里|hm2|hm²|㎡)\s*"
    r"(?:，?现)?(?:调整|调减|调增|核减|压减|缩减|减少|下调|调低|增加|上调|提高|扩大|变更|修改|变)(?:为|至|到)"
)

_STOP = re.compile("[。！？]|$")


class Cursor:
    """A place in a paragraph, between its tokens.

    Attributes
    ----------
    printed, text
        The paragraph, and the same without the figures that a change of the plan replaces
        (由320公顷调整为280公顷).
    tokens, at, skip_to, brackets
        Its tokens, the index of the present one, where the next to be read begins at the earliest,
        and its closed brackets.
    statements, stack
        What has been read, and which of it later figures may be parts of.
    sentence, clause, words
        Where the present sentence and clause begin, and the words of the sentence.
    first, first_before
        Index of the first figure of this sentence, and of the sentence before.
    pending, members
        What has been named since the last figure, and the uses that it is said to include.
    last, last_end, group
        Index of the last figure in this sentence, and where it ends; None and -1 before. The
        indices of the figures of a list (分别为) that it ends.
    dead, compared, dated
        Whether figures are of another time (上年), or a comparison with it (比上年增加); whether a
        date of the plan's own time has been named.
    rejected, goal, floor_unit
        Whether the last area was none of the plan's; whether it was a goal of several years; the
        unit of a floor area (建筑面积) behind the last figure, empty if there is none.
    """

    def __init__(self, text: str, place: Place, context: Context) -> None:
        self.printed = text
        self.text = _OLD_FIGURE.sub(lambda m: m["lead"].ljust(len(m.group())), text)
        self.place = place
        self.context = context
        self.tokens = tokens(self.text, context.names, context.end)
        self.brackets = bracket_pairs(self.tokens)
        self.at = self.skip_to = self.first = 0
        self.statements: list[Statement] = []
        self.begin(0)

    def begin(self, start: int) -> None:
        """Begin a sentence: only what the headings say is still in force."""
        self.stack = Stack([Frame(self.context.facets, "context")])
        stop = _STOP.search(self.text, start)
        self.sentence = self.clause = start
        self.words = self.text[start : stop.start() if stop else None]
        self.first_before, self.first = self.first, len(self.statements)
        self.pending: list[Mention] = []
        self.members: tuple[str, ...] = ()
        self.last: int | None = None
        self.last_end = -1
        self.group: list[int] = []
        self.dead = self.compared = self.dated = False
        self.rejected = self.goal = False
        self.floor_unit = ""

    @property
    def told(self) -> Statement | None:
        """The last figure in this sentence."""
        return None if self.last is None else self.statements[self.last]

    @property
    def since(self) -> int:
        """Where the words begin that a figure here can be about."""
        return max(self.clause, self.last_end, self.sentence)

    @property
    def following(self) -> Token | None:
        """The next token."""
        return self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None

    @property
    def next_name(self) -> Mention | None:
        """The next name, however far."""
        later = (self.tokens[i].what for i in range(self.at, len(self.tokens)))
        return next((m for m in later if isinstance(m, Mention)), None)

    def ahead(self, kind: str) -> Iterator[Measure]:
        """Give the measures of a kind that follow in the sentence."""
        for i in range(self.at + 1, len(self.tokens)):
            token = self.tokens[i]
            if token.kind == "stop":
                return
            if token.kind == kind and isinstance(token.what, Measure):
                yield token.what

    def behind(self, start: int) -> Iterator[Token]:
        """Give the tokens from ``start`` to the present one, the latest first."""
        for i in range(self.at - 1, -1, -1):
            if self.tokens[i].start < start:
                return
            yield self.tokens[i]

    def without_names(self, start: int, end: int) -> str:
        """Give the words between two places without names, dates and 其中."""
        words = self.text[start:end]
        for t in self.behind(start):
            if t.kind in ("name", "date", "among"):
                words = words.replace(self.text[t.start : t.end], "", 1)
        return words

    def amend(self, index: int, statement: Statement) -> None:
        """Put ``statement`` in the place of a former one, also where later figures part it."""
        told, self.statements[index] = self.statements[index], statement
        self.stack.amend(told, statement)
