"""Statements in running text: what each area and share in a sentence is a figure of.

A sentence is read token by token from left to right, with a stack of frames for what has been said
so far that later figures may be parts of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from landgis.landuse import main_category
from landgis.plan.context import Context
from landgis.plan.cursor import Cursor
from landgis.plan.dates import DateSpan
from landgis.plan.documents.blocks import Place
from landgis.plan.evidence import (
    is_dead,
    is_goal_of_years,
    is_target,
    says_total,
    speaks_of_supply,
    without_glue,
)
from landgis.plan.frames import Figure, Frame, Opener, Stack
from landgis.plan.names import Mention
from landgis.plan.quantities import Measure
from landgis.plan.statements import Facets, Statement, excerpt, within_use
from landgis.plan.tokens import Token
from landgis.units import M2_PER_UNIT, Quantity

_LIST_GAP = re.compile(r"\s*(?:、|，|,|和|及|与|以及)\s*约?\s*")
_RESTATED = re.compile(r"\s*[（(，,、/]?\s*(?:约|合|折合|约合|计|即|相当于|共|换算|为|折)*\s*")
_AREA_OF_SHARE = re.compile(
    r"\s*[（(，,]?\s*(?:供应|供地|安排|计划|用地|土地|面积|规模|总量|为|即|计|共|约|\s)*"
)
_LIST_JOIN = re.compile(r"\s*(?:、|和|及|与|以及|，)\s*")
_JOINED = re.compile(r"\s*(?:、|和|及|与|以及)\s*")
_ALL_ABOVE = re.compile(r"以上(?:各[项类])?(?:用地)?(?:共计|合计|总计|共)")
_OPEN_SPLIT = re.compile(r"重点|主要|优先|不少于|不低于|至少")
_STOP = re.compile("[。！？]|$")
_BLANK = re.compile(r"\s*")
_SHARE = re.compile(r"占(?!用|补|地面积)|比重|比例|份额")
_EACH = re.compile(r"(?:供应|安排|计划)*各(?:供应|安排)?(?:为|约|\s)*")
_BARE_SHARE = re.compile(r"\s*[（(，,、]\s*")
_CLOSED = re.compile(r"\s*[）)]")
_WITHIN = re.compile(r"(?:土地|用地|供应|供地|计划|安排|总量|总面积|面积|的)*(?:之中|中|内)\s*")
_WITHIN_FIGURE = re.compile(r"(?:之?中|内)\s*")
_FLOOR_AREA = re.compile(r"建筑面积|建面|建筑规模|计容")
_PLANNED = re.compile(
    r"计划(?!完成|的)(?<!完成计划)|拟|安排|预计|今年|本年|总量|总规模|将(?:供应|推出|完成)"
)
_STILL_PAST = re.compile(r"\s*(?:其|该|同比|环比|与上年|较上年)")


def read_sentences(text: str, place: Place, context: Context) -> list[Statement]:
    """Read the statements of a paragraph, in their order."""
    reader = _Reader(text, place, context)
    return reader.read()


class _Reader(Cursor):
    """One paragraph; each kind of token has its own method."""

    def __init__(self, text: str, place: Place, context: Context) -> None:
        super().__init__(text, place, context)
        self.skip_to = 0
        self.next_first = 0
        self._begin(0)

    # --- the sentence -------------------------------------------------------------------

    def _begin(self, start: int) -> None:
        """Begin a sentence: only what the headings say is still in force."""
        self.stack = Stack([Frame(self.context.facets, "context")])
        self.pending = []
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
        self.of_plan = speaks_of_supply(self.context.heading + self.words)
        self.before = self.statements[-1] if self.statements else None
        self.sentence_first = self.next_first
        self.next_first = len(self.statements)
        if self.sentence_first == self.next_first:  # no figure in the last sentence
            self.before = None
        self.group: list[int] = []
        self.last, self.last_end = None, -1

    def read(self) -> list[Statement]:
        """Read all tokens."""
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
        until = re.search(r"[到至]\s*$", self.text[max(0, span.start - 4) : span.start])
        return bool(
            whole and self.context.of_years and span.first.year == span.last.year and not until
        )

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
        told = self.told
        if told is None or told.facets.use or self.pending:
            return False
        if not re.fullmatch(
            r"，(?:全部|均|全)(?:为|是|用于|安排)", self.text[self.last_end : mention.start]
        ):
            return False
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
        if self.last is not None and _WITHIN_FIGURE.fullmatch(
            self.text, self.last_end, token.start
        ):
            self._nest("among")  # 出让的210公顷中，工业用地150公顷、商服用地60公顷
        elif named and _WITHIN.fullmatch(self.text, self.pending[-1].end, token.start):
            self._hold("carried")  # 出让用地中，商服用地18公顷、住宅用地50公顷
            self.pending = []

    def _semicolon(self, token: Token) -> None:
        self._comma(token)
        self.pending = []
        self.dead = False
        self.stack.end_clause()

    def _colon(self, token: Token) -> None:
        if self._is_at_figure(token):
            return  # 商服用地：26.40公顷
        self.clause = token.end
        if self.pending and not self._is_list(self.pending):
            self._hold("carried" if len(self.stack.frames) > 1 else "context")
        self.pending = []

    def _hold(self, opener: Opener) -> None:
        """Let what has been named hold for the figures after it."""
        facets = self._facets(self.pending)
        frame = self.stack.fit(Figure(facets=facets))
        self.stack.push(Frame(facets.over(frame.facets), opener))

    def _open(self, token: Token) -> None:
        close, figures = self.brackets.get(self.at, (None, True))
        if close is None and self.stack.in_bracket:
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
            facets = self._facets(self.pending).over(self.stack.top.facets)
            self.stack.push(Frame(facets, "bracket", named=self.pending))
        elif not self._nest("bracket"):
            self.stack.push(Frame(self.stack.top.facets, "bracket"))
        self.stack.top.dead_before = self.dead

    def _close(self, token: Token) -> None:
        frame = self.stack.close_bracket()
        if frame is None:
            return
        self.dead = frame.dead_before
        if frame.at is not None:
            self.last = frame.at
        self.pending = frame.named if self._is_at_figure(token) else []

    def _is_at_figure(self, token: Token) -> bool:
        """Whether an area follows at once."""
        after = self.following
        gap = self.text[token.end : after.start] if after else ""
        return bool(after and after.kind == "area" and not without_glue(gap))

    def _among(self, token: Token) -> None:
        explicit = self.text[token.start : token.end].startswith("其中")
        if self.stack.top.named or (not explicit and self.pending and self.last is None):
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
        by_region = self.next_name is not None and self.next_name.kind == "region"
        if not by_region or head != self.context.facets or not tail.use or tail.region:
            return False
        parts = [m.area.area_m2 for m in self.ahead("area") if m.area]
        return not (self.told and self.told.quantity and sum(parts) == self.told.quantity.area_m2)

    def _nest(self, opener: Opener) -> bool:
        """Open a frame for the parts of the latest figure; False if there is none."""
        begins = _BLANK.fullmatch(self.text, self.sentence, self.tokens[self.at].start)
        if self.last is None and self.before and begins:
            self.last = self._head_before()
        self.pending = []
        parent = self.told
        if parent and not self._is_of_floors():
            self.stack.push(
                Frame(parent.facets, opener, parent, open_split=self._is_open(), at=self.last)
            )
        elif self.dead or self.floor_unit or (self.rejected and not self._by_year()):
            self.stack.push(Frame(self.stack.top.facets, opener, dead=True))
        else:
            return False
        return True

    def _is_of_floors(self) -> bool:
        """Whether 其中 behind a floor area parts that, and not the land: its unit tells."""
        following = next(self.ahead("area"), None)
        unit = following.unit if following else ""
        land = self.told.quantity if self.told else None
        return bool(self.floor_unit) and (
            unit == self.floor_unit or land is None or unit != land.unit
        )

    def _by_year(self) -> bool:
        """Whether a goal of several years is parted by year."""
        span = self.following.what if self.following else None
        return self.goal and isinstance(span, DateSpan) and self._is_part(span)

    def _head_before(self) -> int:
        """Find what 其中 at the start of a sentence refers to: the last sentence's main figure.

        That is its first figure, if the others are parts of it; else its last.
        """
        first, last = self.sentence_first, len(self.statements) - 1
        head, tail = self.statements[first].facets, self.statements[last].facets
        following = self.next_name
        if following and following.kind == "use" and tail.use:
            kin = main_category(following.name) == main_category(tail.use) != ""
            inside = within_use(Facets(use=following.name), tail)
            return last if inside or kin or head.use else first
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
        if is_dead(self, token):
            self._reject(token, measure)
            return
        facets = self._facets(self.pending)
        if is_target(self, facets, token):
            self._state(facets, _quantity(measure), measure.qualifier, token)
            self.floor_unit = ""
        else:
            self.last, self.rejected = None, True
            self.goal = is_goal_of_years(self, self.text[self.clause : token.start])
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
        self.amend(self.last, replace(told, restated=again, restated_qualifier=measure.qualifier))
        return True

    def _complete(self, token: Token, measure: Measure) -> bool:
        """Take the area of what only a share was said of: 工业用地占比50%，面积210公顷."""
        if self.last is None or self.pending or is_dead(self, token):
            return False
        told = self.statements[self.last]
        if told.quantity or not _AREA_OF_SHARE.fullmatch(self.text, self.last_end, token.start):
            return False
        words = told.words + self.printed[self.last_end : token.end]
        quantity, qualifier = _quantity(measure), measure.qualifier
        self.amend(self.last, replace(told, quantity=quantity, qualifier=qualifier, words=words))
        self.last_end = token.end
        return True

    def _is_range(self, token: Token) -> bool:
        """Pass over 30—40公顷: limits, and no figure."""
        after = self.following
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
        if not is_dead(self, token):
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
        after = self.following
        if after is None or not isinstance(after.what, Mention) or after.what.kind != "use":
            return
        gap = self.text[token.end : after.start]
        if re.fullmatch(r"\s*(?:的|用于|用作|作为|为|安排|供应|建设|发展|保障|国有)*\s*", gap):
            self.pending.append(after.what)
            self.skip_to = after.end

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
        total = facets == Facets() and says_total(self.text[self.clause : token.start])
        start = min((m.start for m in self.pending), default=token.start)
        joined = not carry or bool(_JOINED.fullmatch(self.text, max(0, self.last_end), start))
        frame = self.stack.fit(Figure(facets=facets, quantity=quantity, total=total, joined=joined))
        if quantity:
            frame.parts_m2 += quantity.area_m2
        full = facets if _ALL_ABOVE.search(words) else facets.over(frame.facets)
        parent = frame.statement.facets if frame.statement else self._bracketed_in(frame, facets)
        if parent and frame.opener == "carried" and parent.use and facets.use:
            parent = None  # the hierarchy of uses is no word of the plan
        start = max(self.sentence, min(start, self.clause))
        statement = Statement(
            facets=full,
            quantity=quantity,
            place=self.place,
            words=excerpt(self.printed, start, end),
            qualifier=qualifier,
            parent=parent,
            members=self.members or self._uses_together(full.use),
            open_split=frame.open_split,
        )
        self.statements.append(statement)
        self.last, self.last_end, self.group = len(self.statements) - 1, end, []
        self.rejected = False
        if carry:
            self._carry(full, statement)

    def _uses_together(self, use: str) -> tuple[str, ...]:
        """Give the uses that one figure is for: 水域及水利设施用地和特殊用地合计10公顷."""
        uses = [m.name for m in self.pending if m.kind == "use"]
        together = len(uses) > 1 and use == "、".join(uses)
        return tuple(Facets(use=name).category for name in uses) if together else ()

    def _bracketed_in(self, frame: Frame, facets: Facets) -> Facets | None:
        """Give what a figure is a part of whose whole follows: 甲区（含乙镇50公顷）350公顷."""
        outer = frame.facets
        part = (facets.region and outer.region) or (facets.use and outer.use)
        return outer if frame.named and part else None

    def _carry(self, full: Facets, statement: Statement) -> None:
        """Let what was named first hold for the next figures: 吴兴区住宅用地1亩、商服用地2亩."""
        kinds = [m.kind for m in self.pending if m.kind in ("region", "use")]
        first = self.pending[0].kind if self.pending else ""
        if kinds in (["region", "use"], ["use"]) and first in ("region", "period", "mode"):
            self.stack.push(Frame(replace(full, use=self.stack.top.facets.use), "carried"))
        elif kinds == ["use", "region"]:
            outer = self.stack.top.facets
            self.stack.push(Frame(replace(full, region=outer.region, code=outer.code), "carried"))
        elif kinds:
            self.stack.push(Frame(full, "carried", statement, at=self.last))

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
            self.amend(index, replace(told, share=share))

    def _is_dead_share(self, measure: Measure) -> bool:
        ruled = measure.qualifier in ("at_least", "at_most")
        return ruled or self.dead or self.compared or self.stack.is_dead


def _quantity(measure: Measure) -> Quantity:
    return Quantity(measure.value, measure.unit)
