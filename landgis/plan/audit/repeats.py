"""The same area said twice: in the text and an annex, or in two units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from landgis.findings import Finding
from landgis.language import Lang, say
from landgis.plan.audit.figures import Figure, show_area
from landgis.units import M2_PER_UNIT, Quantity, unit_word


class _Said(NamedTuple):
    """An area as it is said at one place of the document."""

    quantity: Quantity
    qualifier: str
    where: str

    @property
    def half_m2(self) -> Fraction:
        """Half of the last printed digit; of the last two zeros' place for a round 约 figure."""
        half = self.quantity.half_width * M2_PER_UNIT[self.quantity.unit]
        if self.qualifier != "about" or self.quantity.decimals or not self.quantity.value:
            return half
        digits = str(self.quantity.value)
        zeros = min(2, len(digits) - len(digits.rstrip("0")))
        return half * Fraction(10**zeros)


def check_repeats(
    figures: Sequence[Figure], repeats: Sequence[Figure], lang: Lang
) -> Iterator[Finding]:
    """Set figures that are stated once more against their first statement."""
    first = {f.key: f for f in figures}
    for again in repeats:
        told = first[again.key]
        if told.quantity and again.quantity:
            stated = _Said(told.quantity, told.qualifier, told.where)
            other = _Said(again.quantity, again.qualifier, again.where)
            yield _compared("audit.repeat", told, stated, other, lang)


def check_units(figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    """Set the figure in the other unit against the first."""
    for f in figures:
        if f.quantity and f.restated:
            stated = _Said(f.restated, f.restated_qualifier, f.where)
            yield _compared("audit.units", f, stated, _Said(f.quantity, f.qualifier, f.where), lang)


def _compared(check: str, f: Figure, stated: _Said, against: _Said, lang: Lang) -> Finding:
    """Compare two statements of the same area, in the unit of ``stated``."""
    unit, other = stated.quantity.unit, against.quantity.unit
    per = M2_PER_UNIT[unit]
    difference = against.quantity.area_m2 - stated.quantity.area_m2
    tolerance = stated.half_m2 + against.half_m2
    if unit == other and "about" not in (stated.qualifier, against.qualifier):
        finer = stated.quantity.decimals != against.quantity.decimals
        tolerance = max(stated.half_m2, against.half_m2) if finer else Fraction(0)
    agrees = abs(difference) <= tolerance
    word, other_word = unit_word(unit, "en"), unit_word(other, "en")
    exact = show_area(against.quantity.area_m2, unit, max(2, stated.quantity.decimals))
    converted = (f"（合{exact}{unit}）", f" ({exact} {word})") if other != unit else ("", "")
    by, name = show_area(abs(difference), unit), f.name(lang)
    message = say(
        lang,
        f"{name}{against.quantity.value}{other}{converted[0]}与{stated.quantity.value}{unit}"
        + ("相符。" if agrees else f"不符，相差{by}{unit}。"),
        f"{name}: {against.quantity.value} {other_word}{converted[1]} and "
        f"{stated.quantity.value} {word} " + ("agree." if agrees else f"differ by {by} {word}."),
    )
    return Finding(
        check=check,
        verdict="pass" if agrees else "fail",
        subject=name,
        region=f.region,
        category=f.category,
        expected=float(stated.quantity.area_m2 / per),
        actual=float(against.quantity.area_m2 / per),
        difference=float(difference / per),
        tolerance=float(tolerance / per),
        unit=unit,
        message=message,
        source=f.where if stated.where == against.where else f"{stated.where}；{against.where}",
    )
