"""The figures of a plan as exact numbers, each with all that it is about and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from landgis.landuse import category_name, lineage
from landgis.plan.model import PLAN_TARGETS, Plan
from landgis.schema import conform
from landgis.units import M2_PER_UNIT, Quantity, half_up


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
    share_about: bool
    restated: Quantity | None
    restated_qualifier: str
    is_open: bool
    list_name: str
    where: str
    spot: Spot | None

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
    def half_m2(self) -> Fraction:
        """Half a unit of the last printed digit."""
        if self.quantity is None:
            return Fraction(0)
        return self.quantity.half_width * M2_PER_UNIT[self.quantity.unit]

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
        ]
        for table, first in ((targets, 0), (repeats, len(targets)))
    ]
    return both[0], both[1]


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
        share_about=row["share_qualifier"] not in ("", "exact"),
        restated=quantity_of(row["restated_value"], row["restated_unit"], row["restated_decimals"]),
        restated_qualifier=row["restated_qualifier"],
        is_open=row["open"] == "yes",
        list_name=row["list_name"],
        where=row["source"],
        spot=None if figure in shares.values() else spots.get(figure),
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
