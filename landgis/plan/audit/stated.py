"""The figures of a plan as exact numbers, each with all that it is about and where it stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, chain
from typing import Any, Literal

import pandas as pd

from landgis.landuse import category_name, lineage
from landgis.plan.model import PLAN_TARGETS, Plan
from landgis.schema import conform
from landgis.units import M2_PER_UNIT, Quantity, half_up

Promise = Literal["whole", "weak", "open", "loose"]

_STOP = re.compile(r"[。！？!?]")
_GOES_ON = tuple("；：，、;:,（(")
_NUMBERED = re.compile(r"\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]|[①-⑳●•·-])")
_PAIR = re.compile(
    r"\s*[^\d，。；：]{2,24}[：:]?\s*约?\d[\d,.]*\s?[^\d，。；：（]{0,6}(?:（[^（）]*）)?[；;。]?\s*"
)
_BRACKET = re.compile(r"[（(][^（()）]*[)）]")
NOT_ALL = re.compile(
    r"前[一二两三四五六七八九十\d]+[位名个大]|最(?![终后])|重点|主要|优先|另外|另有|另安排|此外|还有|还将|单列|单独|"
    r"(?<!包)含|等(?=[，,。；、）)])|个别|部分|如(?!下)|例如|左右为?主|居[首前]|排名|大户|同时|不低于|至少|鼓励|引导"
)
_ALL = re.compile(
    r"分别(?!位于|[在于])|具体|包括|分为|如下|各(?:用途|类(?=[^，。；]{0,3}(?:用地|土地))|区|县|镇|乡|地)|(?:按|从|分)[^，。；\d]{0,14}?(?:看|分|划分|来看|讲|统计)|"
    r"构成|组成|其余|其他|剩余"
)
_AMONG = re.compile(r"^\s*[（(]|其中|之?中[，,:：]|内[，,:：]|[:：]")
_MADE_OF = re.compile(r"(?:由|是)[^，。；\d]*$")
_MAKES = re.compile("[^，。；、\\d]{0,8}?(?:组成|构成|凑成|合成|相加|之和)")
"""总量由甲30公顷、乙20公顷组成."""
_SUMMED = re.compile(r"合计|共计|总计|小计|总共|共(?!同|有|管|服|租)")
_GOES_ON_HERE = re.compile(r"[。！？]\s*(?=其中|分别|具体|包括|按|从|分|上述|以上)")
_HEADED_WHOLE = re.compile(
    r"\n[^\n。，；\d]{0,12}结构[：:]\s*(?:[（(]?[1一][)）、.．])?[^\n。，；\d]*$"
)
"""A heading that promises all parts of the total before it, and the first of them."""
_MOST_UNREAD, _MOST_COLUMNS = 200, 12
OPENING = re.compile(r"\s*(?:其中|分别|具体|包括|即|上述|以上|按|从|分)")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Figures that are said together: ``table`` is its number, 0 for a sentence."""

    table: int
    figures: tuple[Stated, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The running text of a document as one string, in which the spots of figures are places.

    Parameters
    ----------
    begins, stops
        Where each passage begins, and where sentences end.
    unread, unread_tables
        Where figures stand that were not understood: a list that holds one was not read whole.
    not_read
        The areas of these figures with their units, in the document's order; the unit is empty
        where none stands there.
    """

    words: str
    begins: tuple[int, ...]
    stops: tuple[int, ...]
    unread: tuple[int, ...] = ()
    unread_tables: frozenset[int] = frozenset()
    not_read: tuple[tuple[Decimal, str], ...] = ()

    def at(self, spot: Spot) -> tuple[int, int]:
        """Give the span of a spot in the text."""
        begin = self.begins[spot.passage]
        return begin + spot.start, begin + spot.end

    def sentence(self, spot: Spot) -> int:
        """Give the number of the sentence in which a spot lies."""
        return bisect_right(self.stops, self.at(spot)[0])

    def is_one(self, start: int, end: int) -> bool:
        """Whether two places lie in one sentence, or in one list of numbered lines."""
        return bisect_right(self.stops, start) == bisect_right(self.stops, end)

    def within(self, sentence: int) -> str:
        """Give the words of a sentence."""
        edges = (0, *self.stops, len(self.words))
        return self.words[edges[sentence] : edges[sentence + 1]]

    def holds(self, missing_m2: Fraction, unit: str, slack_m2: Fraction) -> bool:
        """Whether figures that were not understood make up an area that parts fall short of.

        One of them alone, some that stand side by side, or a column of them: each second, each
        third ….
        """
        read = [Fraction(v) * M2_PER_UNIT[own or unit] for v, own in self.not_read[:_MOST_UNREAD]]
        columns = (read[at::step] for step in range(2, _MOST_COLUMNS) for at in range(step))
        beside = (s for i in range(len(read)) for s in accumulate(read[i:]))
        sums = chain(beside, map(sum, columns))
        return any(abs(s - missing_m2) <= slack_m2 for s in sums)


def running_text(plan: Plan) -> Text:
    """Join the paragraphs; a line that goes on (…如下：, …；) is no end of a sentence.

    After 如下： the numbered lines below belong to one sentence, whatever stop each has.
    """
    passages = plan.passages
    words: list[str] = []
    begins: list[int] = []
    stops: list[int] = []
    length, listing, before = 0, False, ""
    for text, table in zip(passages["text"], passages["table"].fillna(0), strict=True):
        begins.append(length)
        if table:  # what ends in a colon above it announces the table, and no list below
            listing, before = False, ""
            continue
        numbered = bool(_NUMBERED.match(text)) and bool(re.search(r"\d", text))
        numbered = numbered or bool(_PAIR.fullmatch(text))
        listing = (listing or before.endswith(("：", ":"))) and numbered
        if length and not before.endswith(_GOES_ON) and not listing:
            stops.append(length)
        if not listing:
            inner = (length + m.end() for m in _STOP.finditer(text) if m.end() < len(text))
            stops += inner
        words.append(text + "\n")
        length += len(text) + 1
        before = text.rstrip()
    text = Text("".join(words), tuple(begins), tuple(sorted(set(stops))))
    unread = list(spots_of(plan, "unknown").values())
    areas = plan.figures["unit"].isin(["", *M2_PER_UNIT]) & plan.figures["role"].eq("unknown")
    figures = plan.figures[areas]
    return replace(
        text,
        not_read=tuple(zip(map(Decimal, figures["value"]), figures["unit"], strict=True)),
        unread=tuple(text.at(s)[0] for s in unread if not s.table),
        unread_tables=frozenset(s.table for s in unread if s.table),
    )


def ledgers(text: Text, figures: Sequence[Stated]) -> Iterator[Ledger]:
    """Give what is said together: each table, and each sentence with the totals it goes on from."""
    tables: dict[int, list[Stated]] = {}
    sentences: dict[int, list[Stated]] = {}
    for f in figures:
        if f.spot is None:
            continue
        if f.spot.table:
            tables.setdefault(f.spot.table, []).append(f)
        else:
            sentences.setdefault(text.sentence(f.spot), []).append(f)
    for number, told in tables.items():
        yield Ledger(number, tuple(told))
    for number, told in sorted(sentences.items()):
        ordered = sorted(told, key=lambda f: text.at(f.spot) if f.spot else (0, 0))
        before: list[Stated] = []
        if OPENING.match(text.within(number)):
            last = max((n for n in sentences if number - 3 <= n < number), default=None)
            before = sentences[last] if last is not None else []
        yield Ledger(0, (*before, *ordered))


def promise(text: Text, total: Stated, parts: Sequence[Stated]) -> Promise:
    """Say what the words around a total and its parts promise."""
    if any(p.is_open for p in parts) and not total.is_open:
        return "open"
    spots = [s for s in (f.spot for f in (total, *parts)) if s is not None]
    if len(spots) != len(parts) + 1:
        return "whole" if not spots else "loose"  # a bare table is what its rows say
    if any(s.table for s in spots):
        tables = {s.table for s in spots}
        return "loose" if len(tables) > 1 else "open" if tables & text.unread_tables else "whole"
    given = said_of(text, spots[0], spots[1:])
    # 其他用地（包括教育用地、公路用地）: the bracket names them, wherever their figures stand
    named = len(total.members) == len(parts) and {p.category for p in parts} == set(total.members)
    together = len({text.sentence(s) for s in spots[1:]}) == 1
    parted = together and _is_partition(parts)
    all_told = given != "open" and (named or _shares_say_all(parts) or parted)
    return "whole" if all_told else given


def said_of(text: Text, total: Spot, parts: Sequence[Spot]) -> Promise:
    """Say what the words between a total and its parts promise, all in running text."""
    own, *others = (text.at(s) for s in (total, *parts))
    first, last = min(others), max(others)
    if own > last:
        return _summed_up(text, own, first, last) if len(parts) > 1 else "loose"
    if own > first:
        return "loose"
    between = _outside_brackets(text.words, own[1], last[0], others)
    lists = "；" in text.words[first[0] : last[1]]
    end = -1 if lists else text.words.find("；", last[1])
    unread = any(
        own[1] <= at and text.is_one(first[0], at) and (at < end or end < 0) for at in text.unread
    )
    if unread or NOT_ALL.search(between) or _trails_off(text.words, last[1]):
        return "open"
    lead = _outside_brackets(text.words, own[1], first[0], others)
    inner = between[len(lead) :]
    if _STOP.search(inner) and not text.is_one(first[0], last[0]):
        return "loose"
    if _STOP.search(_GOES_ON_HERE.sub("", lead)) and not text.is_one(own[0], first[0]):
        return "whole" if _HEADED_WHOLE.search(lead) and text.is_one(first[0], last[0]) else "loose"
    made = _MADE_OF.search(lead) and _MAKES.match(text.words, last[1])
    return "whole" if made else _by_lead(lead)


def _by_lead(lead: str) -> Promise:
    if _ALL.search(lead):
        return "whole"
    return "weak" if _AMONG.search(lead) else "loose"


def _summed_up(
    text: Text, own: tuple[int, int], first: tuple[int, int], last: tuple[int, int]
) -> Promise:
    """Judge parts before their total: 甲30公顷、乙20公顷，合计50公顷."""
    between = text.words[last[1] : own[0]]
    if _STOP.search(text.words[first[0] : own[0]]) or not _SUMMED.search(between):
        return "loose"
    return "open" if NOT_ALL.search(text.words[first[0] : own[0]]) else "whole"


def _outside_brackets(words: str, start: int, end: int, keep: Sequence[tuple[int, int]]) -> str:
    """Give the words of a span without brackets that hold none of the parts."""
    out = list(words[start:end])
    for m in _BRACKET.finditer(words, start, end):
        if not any(m.start() <= a < m.end() for a, _ in keep):
            out[m.start() - start : m.end() - start] = " " * len(m.group())
    return "".join(out)


_BREAKS_OFF = re.compile(r"(?:[，、]|[^。！？；\n]*[（(\[【][^）)\]】\n]*)\s*")
"""The last words of a text that was cut: a bracket stays open, or another part was to come."""


_REST = re.compile(r"[，；]?(?:其余|其他|剩余|剩下|余下)[^，。；\d]*[，。；\n]")
"""The rest, of which no figure is told: …，其余分布于各镇。"""


def _trails_off(words: str, end: int) -> bool:
    """Whether 等 follows the last part, or the text breaks off behind it."""
    after = words[end : end + 60]
    told = re.match(r"[^，。；、\d]{0,4}(?:[（(][^（()）]*[)）])?\s*等(?!级|于)", after)
    return bool(told or _REST.match(words, end) or _BREAKS_OFF.fullmatch(words, end))


def _shares_say_all(parts: Sequence[Stated]) -> bool:
    """Whether the parts' printed shares make 100 %."""
    shares = [p.share for p in parts if p.share is not None]
    return len(shares) == len(parts) > 1 and abs(sum(shares) - 100) <= len(shares) / 10  # type: ignore[operator]


def _is_partition(parts: Sequence[Stated]) -> bool:
    """Whether the parts are all there can be: four quarters, 新增 and 存量."""
    periods = {p.period for p in parts}
    sources = {p.source for p in parts}
    return len(periods - {""}) == len(parts) == 4 or {"新增", "存量"} <= sources


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a number stands: the passage, its table (0 for running text), and its span."""

    passage: int
    table: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure as one place of the document states it."""

    number: int
    region: str
    code: str
    category: str
    printed_use: str
    source: str
    mode: str
    period: str
    uses_above: tuple[str, ...]
    parent_region: str
    members: tuple[str, ...]
    quantity: Quantity | None
    qualifier: str
    share: Decimal | None
    share_spot: Spot | None
    share_of: str
    share_qualifier: str
    restated: Quantity | None
    restated_qualifier: str
    is_open: bool
    list_name: str
    where: str
    spot: Spot | None
    corrected: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """What the figure is of."""
        return (self.code or self.region, self.category, self.source, self.mode, self.period)

    @property
    def parent_category(self) -> str:
        """The use that this one is directly a part of; empty for none."""
        return self.uses_above[0] if self.uses_above else ""

    @property
    def area_m2(self) -> Fraction:
        """The area, exact; 0 where only a share is stated."""
        return self.quantity.area_m2 if self.quantity else Fraction(0)

    @property
    def is_share_about(self) -> bool:
        """Whether its share is said to be about (约), or over."""
        return self.share_qualifier not in ("", "exact")

    @property
    def half_m2(self) -> Fraction:
        """Half a unit of the last printed digit."""
        if self.quantity is None:
            return Fraction(0)
        return self.quantity.open_m2

    @property
    def about_m2(self) -> Fraction:
        """What 约 leaves open: half of the last digit that is no zero at the end, 2 % at most."""
        if self.quantity is None or self.quantity.decimals or not self.quantity.value:
            return self.half_m2
        digits = str(self.quantity.value)
        round_m2 = self.half_m2 * Fraction(10 ** (len(digits) - len(digits.rstrip("0"))))
        return max(self.half_m2, min(round_m2, self.area_m2 / 50))

    @property
    def name(self) -> dict[str, str]:
        """The figure's name for a reader, in Chinese and in English."""
        rest = (self.source, self.mode, self.period)
        zh = "".join(filter(None, (self.region, category_name(self.category, "zh"), *rest)))
        en = " ".join(filter(None, (self.region, category_name(self.category, "en"), *rest)))
        return {"zh": zh or "总量", "en": en or "the total"}


def stated_in(plan: Plan) -> tuple[list[Stated], list[Stated]]:
    """Take the figures of a plan, those stated first and those stated once more, in its order."""
    spots = spots_of(plan)
    given = plan.figures[plan.figures["role"].eq("share") & plan.figures["figure"].notna()]
    shares = {
        int(number if pd.isna(of) else of): int(number)
        for of, number in zip(given["of"], given["figure"], strict=True)
    }
    targets = conform(plan.targets, PLAN_TARGETS)
    repeats = conform(plan.repeats, PLAN_TARGETS)
    parted = pd.concat([targets, repeats]).query("parent_category != ''")
    parents = dict(zip(parted["category"], parted["parent_category"], strict=True))
    both = [
        [
            _stated(row, parents, spots, shares, number)
            for number, row in enumerate(table.to_dict("records"), first)
            if not _is_by_way(row)
        ]
        for table, first in ((targets, 0), (repeats, len(targets)))
    ]
    return both[0], both[1]


def _is_by_way(row: Mapping[Any, Any]) -> bool:
    """Whether a figure is of land supplied in a way, not for a use: 通过城市更新供应100公顷.

    It is no part beside uses, and a second one may be of another use.
    """
    way = re.escape(row["stated_category"] or row["category"])
    return bool(way and re.search(f"(?:通[过過]|[采採][用取]){way}", row["source"]))


def _stated(
    row: Mapping[Any, Any],
    parents: Mapping[str, str],
    spots: Mapping[int, Spot],
    shares: Mapping[int, int],
    number: int,
) -> Stated:
    figure = -1 if pd.isna(row["figure"]) else int(row["figure"])
    quantity = quantity_of(row["stated_value"], row["stated_unit"], row["stated_decimals"])
    if quantity is None and not pd.isna(row["area_ha"]):
        quantity = quantity_of(row["area_ha"], "公顷", None)
    return Stated(
        number=number,
        region=row["region"],
        code=row["region_code"],
        category=row["category"],
        printed_use=row["stated_category"],
        source=row["land_source"],
        mode=row["supply_mode"],
        period=row["period"],
        uses_above=_above(row["category"], row["parent_category"], parents),
        parent_region=row["parent_region"],
        members=tuple(row["members"]),
        quantity=quantity,
        qualifier=row["qualifier"],
        share=_printed(row["share_pct"], row["share_decimals"]),
        share_spot=spots.get(shares.get(figure, -1)),
        share_of=row["share_of"],
        share_qualifier=row["share_qualifier"],
        restated=quantity_of(row["restated_value"], row["restated_unit"], row["restated_decimals"]),
        restated_qualifier=row["restated_qualifier"],
        is_open=row["open"] == "yes",
        list_name=row["list_name"],
        where=row["source"],
        spot=None if figure in shares.values() else spots.get(figure),
        corrected=row["how"] == "corrected",
    )


def spots_of(plan: Plan, *roles: str) -> dict[int, Spot]:
    """Give the spots of the figures by their numbers, of some roles or of all."""
    lines = {line: i for i, line in reversed(list(enumerate(plan.passages["line"])))}
    tables = plan.passages["table"].fillna(0).astype(int).tolist()
    spots: dict[int, Spot] = {}
    for row in plan.figures.to_dict("records"):
        passage = lines.get(row["line"])
        if roles and row["role"] not in roles:
            continue
        if passage is None or pd.isna(row["start"]) or pd.isna(row["end"]):
            continue
        span = int(row["start"]), int(row["end"])
        spots[int(row["figure"])] = Spot(passage, tables[passage], *span)
    return spots


def finest(first: Sequence[Stated], again: Sequence[Stated]) -> list[Stated]:
    """Take each figure as its finest statement prints it: 130.3 in an annex, 130 in the text."""
    others: dict[tuple[str, ...], list[Stated]] = {}
    for f in again:
        others.setdefault(f.key, []).append(f)
    return [_finer(f, others.get(f.key, ())) for f in first]


def _finer(told: Stated, repeats: Sequence[Stated]) -> Stated:
    if told.quantity is None:
        return told
    unit, decimals = told.quantity.unit, told.quantity.decimals
    same = [r for r in repeats if r.quantity and r.quantity.unit == unit and not r.list_name]
    finer = [r for r in same if r.quantity and r.quantity.decimals > decimals]
    agreeing = [r for r in finer if abs(r.area_m2 - told.area_m2) <= told.half_m2]
    if not agreeing:
        return told
    best = max(agreeing, key=lambda r: r.quantity.decimals if r.quantity else 0)
    return replace(told, quantity=best.quantity, qualifier=best.qualifier, where=best.where)


def _above(category: str, parent: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    """Give all uses that one is a part of by the plan, nearest first; then by the scheme."""
    chain: list[str] = []
    while parent and parent != category and parent not in chain:
        chain.append(parent)
        parent = parents.get(parent, "")
    return (*chain, *(a for a in lineage(chain[-1])[1:] if a not in chain)) if chain else ()


def _printed(value: float, decimals: Any) -> Decimal | None:
    """Give the number as printed: a float with its printed decimals is exact.

    Where nobody said how many decimals were printed, the number is taken as it stands.
    """
    if pd.isna(value):
        return None
    if pd.isna(decimals):
        return Decimal(f"{Decimal(repr(float(value))).normalize():f}")
    return Decimal(f"{value:.{int(decimals)}f}")


def quantity_of(value: float, unit: str, decimals: Any) -> Quantity | None:
    """Give the area as printed; None where there is none.

    Examples
    --------
    >>> quantity_of(7.25, "公顷", None).value
    Decimal('7.25')
    """
    printed = _printed(value, decimals)
    return Quantity(printed, unit) if printed is not None and unit in M2_PER_UNIT else None


def in_unit(area_m2: Fraction, unit: str) -> float:
    """Give an area in a unit."""
    return float(area_m2 / M2_PER_UNIT[unit])


def shown(area_m2: Fraction, unit: str, decimals: int = 6) -> str:
    """Write an area in a unit, exactly if it has few decimals, as plans print numbers."""
    return plain(half_up(area_m2 / M2_PER_UNIT[unit], decimals))


def plain(value: Decimal | float) -> str:
    """Write a number as short as it is.

    Examples
    --------
    >>> plain(5755.950), plain(Decimal("300"))
    ('5755.95', '300')
    """
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    return f"{exact.normalize():f}"
