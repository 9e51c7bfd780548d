"""What the text promises: whether it gives the parts as the whole, and in what ledger they stand.

A ledger is what one breath of a document says: the cells of a table, or the figures of a sentence
with the total that it goes on from. Within a ledger, parts are compared with their total only as
far as the words go. ``whole``: the parts are said to be all of them (一分为…, 其中 with a list, a
table with its total). ``weak``: they follow 其中, which may also name the largest ones only.
``open``: the words say that they are not all (前三位, 重点, 另外, 单列, 含 …). ``loose``: nothing
is said.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from landgis.plan.audit.stated import Spot, Stated, spots_of
from landgis.plan.model import Plan

Promise = Literal["whole", "weak", "open", "loose"]

_STOP = re.compile(r"[。！？!?]")
_GOES_ON = tuple("；：，、;:,（(")
_NUMBERED = re.compile(r"\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]|[①-⑳●•·-])")
_BRACKET = re.compile(r"[（(][^（()）]*[)）]")
NOT_ALL = re.compile(
    r"前[一二两三四五六七八九十\d]+[位名个大]|最[大多高少小低]|重点|主要|优先|另外|另有|另安排|此外|还有|还将|单列|单独|"
    r"(?<!包)含|等(?=[，,。；、）)])|个别|部分|如(?!下)|例如|左右为?主|居[首前]|排名|大户|同时|不低于|至少"
)
_ALL = re.compile(
    r"分别|具体|包括|分为|如下|各(?:用途|类(?=[^，。；]{0,3}(?:用地|土地))|区|县|镇|乡|地)|(?:按|从|分)[^，。；\d]{0,14}?(?:看|分|划分|来看|讲|统计)|"
    r"构成|组成|其余|其他|剩余"
)
_AMONG = re.compile(r"^\s*[（(]|其中|之?中[，,:：]|内[，,:：]|[:：]")
_SUMMED = re.compile(r"合计|共计|总计|小计|总共|共(?!同|有|管|服|租)")
_GOES_ON_HERE = re.compile(r"[。！？]\s*(?=其中|分别|具体|包括|按|从|分|上述|以上)")
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
    """

    words: str
    begins: tuple[int, ...]
    stops: tuple[int, ...]
    unread: tuple[int, ...] = ()
    unread_tables: frozenset[int] = frozenset()

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
        if table:
            continue
        numbered = bool(_NUMBERED.match(text)) and bool(re.search(r"\d", text))
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
    return replace(
        text,
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
    all_told = given != "open" and (named or _shares_say_all(parts) or _is_partition(parts))
    return "whole" if all_told else given


def said_of(text: Text, total: Spot, parts: Sequence[Spot]) -> Promise:
    """Say what the words between a total and its parts promise, all in running text."""
    own, *others = (text.at(s) for s in (total, *parts))
    first, last = min(others), max(others)
    if own > last:
        return _summed_up(text, own, first, last)
    if own > first:
        return "loose"
    between = _outside_brackets(text.words, own[1], last[0], others)
    unread = any(own[1] <= at and text.is_one(first[0], at) for at in text.unread)
    if unread or NOT_ALL.search(between) or _trails_off(text.words, last[1]):
        return "open"
    lead = _outside_brackets(text.words, own[1], first[0], others)
    inner = between[len(lead) :]
    if _STOP.search(inner) and not text.is_one(first[0], last[0]):
        return "loose"
    if _STOP.search(_GOES_ON_HERE.sub("", lead)) and not text.is_one(own[0], first[0]):
        return "loose"
    return _by_lead(lead)


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


def _trails_off(words: str, end: int) -> bool:
    """Whether 等 follows the last part."""
    after = words[end : end + 60]
    return bool(re.match(r"[^，。；、\d]{0,4}(?:[（(][^（()）]*[)）])?\s*等(?!级|于)", after))


def _shares_say_all(parts: Sequence[Stated]) -> bool:
    """Whether the parts' printed shares make 100 %."""
    shares = [p.share for p in parts if p.share is not None]
    return len(shares) == len(parts) > 1 and abs(sum(shares) - 100) <= len(shares) / 10  # type: ignore[operator]


def _is_partition(parts: Sequence[Stated]) -> bool:
    """Whether the parts are all there can be: four quarters, 新增 and 存量."""
    periods = {p.period for p in parts}
    sources = {p.source for p in parts}
    return len(periods - {""}) == len(parts) == 4 or {"新增", "存量"} <= sources
