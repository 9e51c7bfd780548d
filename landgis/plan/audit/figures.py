"""The figures of a plan as exact numbers, each with all that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.units import M2_PER_UNIT, Quantity, half_up


@dataclass(frozen=True, slots=True)
class Figure:
    """A target's figure with all that it is about, for exact comparison."""

    region: str
    code: str
    category: str
    source: str
    mode: str
    period: str
    uses_above: tuple[str, ...]
    parent_region: str
    members: tuple[str, ...]
    quantity: Quantity | None
    qualifier: str
    share: Decimal | None
    restated: Quantity | None
    restated_qualifier: str
    is_open: bool
    list_name: str
    where: str

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

    def name(self, lang: Lang) -> str:
        """Name the figure for a reader."""
        use = category_name(self.category, lang)
        parts = [p for p in (self.region, use, self.source, self.mode, self.period) if p]
        joined = " ".join(parts) if lang == "en" else "".join(parts)
        return joined or say(lang, "总量", "the total")


def figures_of(targets: pd.DataFrame) -> list[Figure]:
    """Take the figures of the table ``targets``, in its order."""
    parts = targets[targets["parent_category"] != ""]
    parents = dict(zip(parts["category"], parts["parent_category"], strict=True))
    return [
        Figure(
            region=row["region"],
            code=row["region_code"],
            category=row["category"],
            source=row["land_source"],
            mode=row["supply_mode"],
            period=row["period"],
            uses_above=_above(row["category"], row["parent_category"], parents),
            parent_region=row["parent_region"],
            members=tuple(row["members"]),
            quantity=quantity_of(row["stated_value"], row["stated_unit"], row["stated_decimals"]),
            qualifier=row["qualifier"],
            share=_printed(row["share_pct"], row["share_decimals"]),
            restated=quantity_of(
                row["restated_value"], row["restated_unit"], row["restated_decimals"]
            ),
            restated_qualifier=row["restated_qualifier"],
            is_open=row["open"] == "yes",
            list_name=row["list_name"],
            where=row["source"],
        )
        for row in targets.to_dict("records")
    ]


def finest(figures: Sequence[Figure], repeats: Sequence[Figure]) -> list[Figure]:
    """Take each figure as its finest statement prints it: 130.3 in an annex, 130 in the text."""
    again: dict[tuple[str, ...], list[Figure]] = {}
    for f in repeats:
        again.setdefault(f.key, []).append(f)
    return [_finer(f, again.get(f.key, ())) for f in figures]


def _finer(told: Figure, repeats: Sequence[Figure]) -> Figure:
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


def _above(category: str, parent: str, parents: dict[str, str]) -> tuple[str, ...]:
    """Give all uses that one is a part of by the plan itself, nearest first."""
    chain: list[str] = []
    while parent and parent != category and parent not in chain:
        chain.append(parent)
        parent = parents.get(parent, "")
    return tuple(chain)


def _printed(value: float, decimals: Any) -> Decimal | None:
    """Give the number as printed: a float with its printed decimals is exact."""
    if pd.isna(value):
        return None
    return Decimal(f"{value:.{0 if pd.isna(decimals) else int(decimals)}f}")


def quantity_of(value: float, unit: str, decimals: Any) -> Quantity | None:
    """Give the area as printed; None where there is none."""
    printed = _printed(value, decimals)
    return Quantity(printed, unit) if printed is not None and unit else None


def show_area(area_m2: Fraction, unit: str, decimals: int = 6) -> str:
    """Write an area in a unit, exactly if it has few decimals."""
    value = area_m2 / M2_PER_UNIT[unit]
    return f"{half_up(value, decimals).normalize():f}"
