"""Numbers in the words of a plan: which of them are quantities, with unit and printed precision.

(In the making: the types are settled, the reading follows.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Qualifier = Literal["exact", "about", "at_most", "at_least"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A quantity where it stands in a text.

    Parameters
    ----------
    start, end
        Its span in the original text, number and unit (``text[start:end]``).
    value
        The printed number, exact, with its printed decimals: ``Decimal("7.20")``.
    unit
        A key of `landgis.units.M2_PER_UNIT` ("公顷", "亩", "万亩" …), "%", a counting word
        ("个", "宗", "项" …), "万元"/"亿元"/"元" for money, or "" for a bare number.
    qualifier
        What the words around it promise: exactly, about (约), at most (控制在…以内, 不超过), at
        least (不低于, 以上).
    range_end
        The upper end of a range (100-200亩); None for a single number.
    """

    start: int
    end: int
    value: Decimal
    unit: str
    qualifier: Qualifier = "exact"
    range_end: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateSpan:
    """A date or period where it stands in a text.

    Parameters
    ----------
    start, end
        Its span in the original text.
    first, last
        First and last day: of the period for "2024年1月1日至12月31日"; of the year for "2027年";
        the same day twice for a day; the last day twice for 6月底 and 2027年底.
    """

    start: int
    end: int
    first: date
    last: date
