"""The balance: every figure of the plan beside the land that counts towards it, and the verdict.

A figure is compared with an interval: the area that certainly counts, up to the area that may
count (parcels whose use is missing or coarser than the figure; land outside all polygons while a
region of the plan has none). A verdict is given where the whole interval has the same one;
otherwise it is unknown, and the row says what is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from landgis.balance.figures import Figure, shown_area
from landgis.balance.mapped import Area
from landgis.findings import Verdict
from landgis.units import M2_PER_UNIT, half_up

Clause = Mapping[str, Any]
"""A part of a sentence: its ``kind`` in the catalogue of the check, and its values."""

UNDRAWN = frozenset({"no_region", "no_polygon", "incomplete"})
"""Reasons of rows whose region is not, or not wholly, on the map."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """One figure of the plan beside the map.

    Parameters
    ----------
    figure
        What the plan says.
    region
        Name of the region on the map that the figure is for.
    least, most
        The area that certainly counts, and what may count, in m², exact. None where it cannot
        be told.
    tolerance
        What may differ, in m², by where it comes from: ``print`` (the plan's decimals),
        ``survey`` (boundary points), ``relative`` (as the project accepts).
    verdict
        pass, fail or unknown; note where both sides come from the same source.
    reason
        Why: the tolerance that decided, or what stands in the way of a verdict.
    notes
        What a reader must know about the mapped area.
    other
        The mapped area on other areas (``plane``, ``ellipsoid``, ``recorded``).
    shown
        Decimals of measured areas in the figure's unit.
    parcels
        Ids of the parcels that certainly count.
    causes
        The rows whose differences this one repeats, the largest first; none if it is its own.
    """

    figure: Figure
    region: str
    least: Fraction | None
    most: Fraction | None
    tolerance: Mapping[str, Fraction] = field(default_factory=dict)
    verdict: Verdict = "unknown"
    reason: Clause = field(default_factory=dict)
    notes: tuple[Clause, ...] = ()
    other: Mapping[str, Fraction] = field(default_factory=dict)
    shown: int = 2
    parcels: tuple[str, ...] = ()
    causes: tuple[Row, ...] = ()

    @property
    def cause(self) -> Row | None:
        """The row that this one follows from most; None if its difference is its own."""
        return self.causes[0] if self.causes else None

    @property
    def planned_m2(self) -> Fraction | None:
        """The figure in m²."""
        return self.figure.area_m2

    @property
    def difference_m2(self) -> Fraction | None:
        """Mapped less planned, in m², exact."""
        planned = self.figure.area_m2
        return None if self.least is None or planned is None else self.least - planned

    @property
    def tolerance_m2(self) -> Fraction:
        """All tolerances together."""
        return sum(self.tolerance.values(), Fraction(0))

    @property
    def mapped(self) -> Decimal | None:
        """The mapped area in the figure's unit, as shown."""
        return None if self.least is None else self.text_of(self.least)

    @property
    def difference(self) -> Decimal | None:
        """Mapped less planned as shown, so that the columns of a table add up."""
        if self.mapped is None or self.figure.value is None:
            return None
        return self.mapped - half_up(self.figure.value, self.shown)

    @property
    def tolerance_shown(self) -> Decimal:
        """All tolerances together in the figure's unit, with one decimal more than areas."""
        return self.in_unit(self.tolerance_m2, self.shown + 1)

    @property
    def name(self) -> tuple[str, str, str, str]:
        """Check, subject, region and use: what a finding of the row is known by."""
        told = self.figure
        subject = told.subject or "".join(value for _, value in told.facets)
        return told.check, subject, told.region, told.category

    def text_of(self, area_m2: Fraction) -> Decimal:
        """Give a mapped area in the figure's unit as shown."""
        return shown_area(area_m2, self.figure.unit, self.shown)

    def in_unit(self, area_m2: Fraction, decimals: int) -> Decimal:
        """Give an area in the figure's unit, half up."""
        return half_up(area_m2 / M2_PER_UNIT[self.figure.unit], decimals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A region and use as a table shows it: the plan's figure, if there is one, and the land.

    Parameters
    ----------
    row
        The row of the balance; None where the plan has no figure.
    area_m2
        The land that certainly counts, exact.
    new, stock, untold
        Of it 新增, 存量, and land whose source is not recorded.
    count
        Parcels.
    """

    row: Row | None
    area_m2: Fraction
    new: Fraction
    stock: Fraction
    untold: Fraction
    count: int


# ---------------------------------------------------------------- the verdict


def judged_on(row: Row, area: Area) -> tuple[Verdict, Clause]:
    """Judge both ends of what is mapped, and say which tolerance decided.

    Where the ends differ, nothing is decided; nor where land agrees by another area than the one
    that counts: plan and map then go by different areas, and which is meant has to be said.
    """
    verdict = verdict_of(row, row.least or Fraction(0), row.most or Fraction(0))
    if verdict == "unknown":
        return verdict, {"kind": "undecided"}
    if verdict == "fail":
        other = _other_area(row, area)
        return ("unknown", other) if other else ("fail", {"kind": "beyond"})
    return verdict, _within(row, area)


def verdict_of(row: Row, least: Fraction, most: Fraction) -> Verdict:
    """Judge a row as if it had another area."""
    planned = row.figure.area_m2 or Fraction(0)
    slack = row.tolerance_m2
    low, high = least - planned, most - planned
    above, below = low > slack, high < -slack
    may_be_above, may_be_below = high > slack, low < -slack
    if row.figure.qualifier == "at_most":
        below, may_be_below = False, False
    if row.figure.qualifier == "at_least":
        above, may_be_above = False, False
    if above or below:
        return "fail"
    return "unknown" if may_be_above or may_be_below else "pass"


def _within(row: Row, area: Area) -> Clause:
    """Say which tolerance a difference stays within."""
    difference = row.difference_m2 or Fraction(0)
    qualifier = row.figure.qualifier
    beyond = {"at_most": difference, "at_least": -difference}.get(qualifier, abs(difference))
    if beyond <= 0 and qualifier in {"at_most", "at_least"}:
        return {"kind": "as_required"}
    if beyond <= row.tolerance["print"]:
        return {"kind": "within_print"}
    if beyond <= row.tolerance["print"] + row.tolerance["survey"]:
        return {"kind": "within_records" if area == "recorded" else "within_survey"}
    return {"kind": "within_relative"}


def _other_area(row: Row, area: Area) -> Clause:
    """Say that the difference is explained by another area, if it is."""
    for name, value in row.other.items():
        if name == area or not value:
            continue
        if verdict_of(row, value, value) == "pass":
            return {
                "kind": f"on_{name}",
                "area": f"{row.text_of(value):,f}",
                "unit": row.figure.unit,
            }
    return {}
