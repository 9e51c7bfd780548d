"""Where reading stands in a paragraph: what has been passed, what is pending, what comes next."""

from __future__ import annotations

import re
from collections.abc import Iterator

from landgis.plan.context import Context
from landgis.plan.documents.blocks import Place
from landgis.plan.frames import Frame, Stack
from landgis.plan.mentions import Mention
from landgis.plan.quantities import Measure
from landgis.plan.statements import Statement
from landgis.plan.tokens import Token, bracket_pairs, tokens

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
