"""A text cut into tokens: names, areas, shares, counts, dates, 其中, brackets, punctuation.

The first stage of understanding a sentence. What is no token says only how near two of them are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import chain

from landgis.plan.dates import DateSpan, find_dates
from landgis.plan.lexicon import cues
from landgis.plan.names import Names
from landgis.plan.quantities import AREA_UNITS, Measure, find_quantities
from landgis.plan.statements import Mention, Taken

_CUE = cues()
_PART_OF_YEAR = re.compile(r"季度(?!末|底)|半年")
BARE = re.compile(
    r"(?<=[\u4e00-\u9fff：])\s?(?!(?:19|20)\d\d\b)\d{1,8}(?:\.\d{1,8})?(?=\s*(?:[；，、。）]|$))"
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
    candidates = chain(
        (Token(d.start, d.end, "date", d) for d in dates),
        (Token(m.start, m.end, _KINDS[m.kind], m) for m in find_quantities(text)),
        (Token(m.start, m.end, "name", m) for m in names.find(text)),
        (Token(m.start(), m.end(), "number", bare_number(m)) for m in BARE.finditer(text)),
        (Token(m.start(), m.end(), str(m.lastgroup)) for m in _CUE.finditer(text)),
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
