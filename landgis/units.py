"""Areas as plans print them: exact numbers, their units, and what their decimals promise.

A printed figure is a decimal with a unit. ``7.20 公顷`` says 7.195 to 7.205 公顷 and nothing
finer, so that every comparison of printed figures takes its tolerance from the decimals. All
arithmetic here is exact (`decimal.Decimal` and `fractions.Fraction`): 亩 are fifteenths of a
公顷, which no decimal number holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

_PRINT = Context(prec=800, rounding=ROUND_HALF_UP)  # more digits than any float has

M2_PER_UNIT = MappingProxyType(
    {
        "公顷": Fraction(10_000),
        "亩": Fraction(10_000, 15),
        "平方米": Fraction(1),
        "平方公里": Fraction(1_000_000),
        "万亩": Fraction(100_000_000, 15),
        "万公顷": Fraction(100_000_000),
        "万平方米": Fraction(10_000),
    },
)
"""Square metres in one unit of area, by the unit's name. 1 公顷 = 15 亩 = 10 000 m²."""

UNIT_ALIASES = MappingProxyType(
    {
        alias: unit
        for unit, aliases in {
            "公顷": ("公頃", "公倾", "hm2", "hm²", "hm^2", "ha"),
            "亩": ("畝", "市亩", "mu"),
            "平方米": ("平米", "㎡", "m2", "m²", "m^2"),
            "平方公里": ("平方千米", "km2", "km²", "k㎡", "㎢"),
            "万平方米": ("万㎡", "万方", "万平米", "万平方", "万m2", "万m²"),
        }.items()
        for alias in aliases
    },
)
"""Other spellings of the units above."""

UNIT_WORDS = MappingProxyType(
    {
        "公顷": "ha",
        "亩": "mu",
        "平方米": "m²",
        "平方公里": "km²",
        "万亩": "10⁴ mu",
        "万公顷": "10⁴ ha",
        "万平方米": "10⁴ m²",
    },
)
"""Units of area in English."""


def unit_name(text: str) -> str | None:
    """Give the name under which a unit of area stands in `M2_PER_UNIT`, or None.

    Examples
    --------
    >>> unit_name("hm²"), unit_name("亩"), unit_name("万元")
    ('公顷', '亩', None)
    """
    text = text.strip()
    name = UNIT_ALIASES.get(text) or UNIT_ALIASES.get(text.lower()) or text
    return name if name in M2_PER_UNIT else None


def unit_word(unit: str, lang: str = "zh") -> str:
    """Name a unit for a reader; one that is no unit of area as it stands.

    Examples
    --------
    >>> unit_word("亩"), unit_word("亩", "en"), unit_word("个", "en")
    ('亩', 'mu', '个')
    """
    return UNIT_WORDS.get(unit, unit) if lang == "en" else unit


@cache
def _last_digit(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


def half_up(value: Fraction | Decimal | float, decimals: int) -> Decimal:
    """Round as print does: halves away from zero (14.45 → 14.5), unlike Python's ``round``.

    Parameters
    ----------
    value
        An exact number. A float is taken by its shortest decimal form.
    decimals
        Digits to keep after the point.

    Examples
    --------
    >>> half_up(Fraction(2023, 140), 1)
    Decimal('14.5')
    """
    if isinstance(value, float | Decimal) and math.isfinite(value):
        number = Decimal(repr(float(value))) if isinstance(value, float) else value
        rounded = number.quantize(_last_digit(decimals), context=_PRINT)
        return rounded or abs(rounded)  # no minus before a zero
    exact = Fraction(value)
    scaled = abs(exact) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = -1 if exact < 0 and whole else 1
    return Decimal(sign * whole).scaleb(-decimals)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An area as printed.

    Parameters
    ----------
    value
        The printed number.
    unit
        A key of `M2_PER_UNIT`.

    Examples
    --------
    >>> q = Quantity(Decimal("575.95"), "亩")
    >>> q.decimals, q.half_width, float(q.area_ha)
    (2, Fraction(1, 200), 38.39666666666667)
    """

    value: Decimal
    unit: str

    @property
    def decimals(self) -> int:
        """Printed digits after the point."""
        exponent = self.value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0

    @property
    def half_width(self) -> Fraction:
        """What the print leaves open: ½·10⁻ᵈ, in the printed unit."""
        return printed_tolerance(self.decimals)

    @property
    def open_m2(self) -> Fraction:
        """What the print leaves open, in m²."""
        return _open_m2(self.decimals, self.unit)

    @property
    def area_m2(self) -> Fraction:
        """The exact area in m²."""
        return _area_m2(self.value, self.unit)

    @property
    def area_ha(self) -> Fraction:
        """The exact area in 公顷."""
        return self.area_m2 / 10_000


@lru_cache(maxsize=4096)  # a reader asks for the area of one figure many times over
def _area_m2(value: Decimal, unit: str) -> Fraction:
    return Fraction(value) * M2_PER_UNIT[unit]


@lru_cache(maxsize=256)
def _open_m2(decimals: int, unit: str) -> Fraction:
    return printed_tolerance(decimals) * M2_PER_UNIT[unit]


def printed_tolerance(decimals: int) -> Fraction:
    """Half a unit of the last printed digit.

    Examples
    --------
    >>> printed_tolerance(2)
    Fraction(1, 200)
    """
    return Fraction(1, 2 * 10**decimals)


def printed_number(value: Any, decimals: Any = None) -> Decimal | None:
    """Take a number as it was printed from a table's columns; None where there is none.

    Parameters
    ----------
    value
        A float that stands for a printed decimal.
    decimals
        Printed decimals; where they are not told, those of the number's shortest form. A number
        that needs more than are told keeps them.

    Examples
    --------
    >>> printed_number(7.2, 2), printed_number(7.25), printed_number(float("nan"))
    (Decimal('7.20'), Decimal('7.25'), None)
    """
    if pd.isna(value):
        return None
    told = 0 if decimals is None or pd.isna(decimals) else int(decimals)
    return Decimal(f"{value:.{max(told, decimals_of(value))}f}")


def printed_area(value: Any, unit: str, decimals: Any = None) -> Quantity | None:
    """Take an area as it was printed; None where number or unit of area is missing.

    Examples
    --------
    >>> printed_area(7.2, "公顷", 2), printed_area(7.2, "")
    (Quantity(value=Decimal('7.20'), unit='公顷'), None)
    """
    number = printed_number(value, decimals)
    return None if number is None or unit not in M2_PER_UNIT else Quantity(number, unit)


def decimals_of(value: float) -> int:
    """Count the decimals of a number's shortest form.

    Examples
    --------
    >>> decimals_of(7.981458), decimals_of(1657.0)
    (6, 0)
    """
    digits, _, power = repr(float(value)).partition("e")
    decimals = len(digits.partition(".")[2].removesuffix("0"))  # a zero is last in 7.0 only
    return max(0, decimals - int(power or 0))


def m2_to(area_m2: float, unit: str) -> float:
    """Convert a measured area in m² to ``unit``.

    Examples
    --------
    >>> m2_to(10_000, "亩")
    15.0
    """
    per_unit = M2_PER_UNIT[unit]
    return area_m2 * per_unit.denominator / per_unit.numerator


def shown_number(value: Decimal | None, *, signed: bool = False) -> str:
    """Write a number as tables of areas show it: thousands separated, with a minus sign.

    Examples
    --------
    >>> shown_number(Decimal("-1234.50")), shown_number(Decimal(7), signed=True), shown_number(None)
    ('−1,234.50', '+7', '')
    """
    if value is None:
        return ""
    return f"{value or abs(value):{'+' if signed and value else ''},f}".replace("-", "−")


def half_up_all(values: npt.ArrayLike, decimals: int) -> npt.NDArray[np.float64]:
    """Round many measured numbers as `half_up` does, halves away from zero.

    Examples
    --------
    >>> half_up_all([1.005, -2.5, float("nan")], 2).tolist()
    [1.01, -2.5, nan]
    """
    numbers = np.asarray(values, dtype=np.float64)
    scaled = np.abs(numbers) * 10.0**decimals
    whole = np.floor(scaled + 0.5)
    rounded = np.copysign(whole / 10.0**decimals, numbers)
    # so near a half, only the shortest decimal form tells which way print rounds
    for at in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < 1e-12 * scaled + 1e-9):
        rounded[at] = float(half_up(numbers[at], decimals))
    return rounded + 0.0  # no minus before a zero
