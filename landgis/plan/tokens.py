"""A text cut into tokens: names, areas, shares, dates, 其中, brackets, punctuation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from landgis.plan.dates import DateSpan, find_dates
from landgis.plan.names import Names
from landgis.plan.quantities import Measure, find_quantities
from landgis.plan.statements import Mention, Taken

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
_PART_OF_YEAR = re.compile(r"季度(?!末|底)|半年")


@dataclass(frozen=True, slots=True)
class Token:
    """Something in a sentence that reading it depends on."""

    start: int
    end: int
    kind: str
    what: Mention | Measure | DateSpan | None = None


def tokens(text: str, names: Names, year: int | None = None) -> list[Token]:
    """Cut a text into tokens, in order and not overlapping; other words are left out.

    Examples
    --------
    >>> [t.kind for t in tokens("住宅用地30公顷，占15%；其中，", Names())]
    ['name', 'area', 'comma', 'percent', 'semicolon', 'among', 'comma']
    """
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
