"""The figures of a plan that land is counted against, and which uses of land count towards them.

Figures are exact as printed, and shown in the plan's one unit; a use counts surely, perhaps, or
not.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from landgis.landuse import canonical, category_name, classified, expand, lineage
from landgis.language import Lang, say
from landgis.measure import Flags
from landgis.plan.model import Plan
from landgis.units import (
    M2_PER_UNIT,
    Quantity,
    half_up,
    printed_area,
    printed_number,
    printed_tolerance,
    unit_word,
)

FACETS = ("land_source", "supply_mode", "period")
"""Columns of targets that narrow a figure down beside its region and use."""

LEAST_DECIMALS = 2
"""A measured area is shown with two decimals at least, whatever the plan prints."""

_FINEST = 9
"""Decimals of a listed area that has to be converted: a third of a 公顷 has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of the plan: an area as printed, and all that it is about.

    Parameters
    ----------
    value
        The number as printed; None where the plan names the thing without a figure.
    unit
        A key of `landgis.units.M2_PER_UNIT`.
    origin
        ``target`` (a figure of the text or a table), ``list`` (a sum of the plan's list) or
        ``project`` (one line of the list).
    summed
        How many printed numbers it is the sum of: each leaves half a unit of its last digit open.
    qualifier
        ``at_most`` (控制在…以内), ``at_least`` (不低于), ``about`` (约), or empty: exactly.
    region, category
        As in the plan; empty means all of them.
    parent
        The use that ``category`` is a part of by the plan (其中).
    facets
        What of `FACETS` the figure is narrowed down to: (column, value).
    members
        What a composite use (其他用地) is made of by the plan itself.
    share
        The share that the plan prints beside it, in per cent.
    again
        The same quantity as printed a second time, in another unit.
    subject
        Number and name of a project; empty for the others.
    number
        Number of the project in its list, as text; empty without one.
    corrected
        Whether a person corrected it.

    Examples
    --------
    >>> figure = Figure(value=Decimal("7.20"), unit="公顷", category="住宅用地")
    >>> figure.text(), figure.area_m2, figure.half_width_m2
    ('7.20 公顷', Fraction(72000, 1), Fraction(50, 1))
    """

    value: Decimal | None
    unit: str
    origin: str = "target"
    summed: int = 1
    qualifier: str = ""
    region: str = ""
    region_code: str = ""
    category: str = ""
    parent: str = ""
    facets: tuple[tuple[str, str], ...] = ()
    members: tuple[str, ...] = ()
    share: Decimal | None = None
    again: Quantity | None = None
    subject: str = ""
    number: str = ""
    source: str = ""
    corrected: bool = False

    @property
    def key(self) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """What the figure is of: region, use, facets."""
        return self.region, self.category, self.facets

    @property
    def decimals(self) -> int:
        """Printed decimals."""
        return 0 if self.value is None else Quantity(self.value, self.unit).decimals

    @property
    def area_m2(self) -> Fraction | None:
        """The area in m², exact; None without a figure."""
        return None if self.value is None else Fraction(self.value) * M2_PER_UNIT[self.unit]

    @property
    def half_width_m2(self) -> Fraction:
        """What the print leaves open, in m²."""
        return self.summed * printed_tolerance(self.decimals) * M2_PER_UNIT[self.unit]

    @property
    def check(self) -> str:
        """Name of the check that compares it with the map."""
        if self.origin != "target":
            return f"totals.{self.origin}"
        return {
            (False, False): "totals.grand",
            (True, False): "totals.region",
            (False, True): "totals.split" if self.parent else "totals.use",
            (True, True): "totals.cell",
        }[bool(self.region), bool(self.category)]

    def name(self, lang: Lang = "zh") -> str:
        """Name the figure for a reader.

        Examples
        --------
        >>> cell = Figure(value=Decimal("7.20"), unit="公顷", region="东镇", category="住宅用地")
        >>> cell.name(), cell.name("en")
        ('东镇住宅用地', '东镇 residential')
        """
        if self.subject:
            return self.subject
        use = category_name(self.category, lang) or say(lang, "总量", "total")
        facets = [value for _, value in self.facets]
        return say(lang, "", " ").join(filter(None, [self.region, *facets, use]))

    def text(self, lang: Lang = "zh") -> str:
        """Write the figure as it is printed: ``14,000 亩``; nothing without one."""
        return "" if self.value is None else f"{self.value:,f} {unit_word(self.unit, lang)}"


def figures_of(plan: Plan) -> tuple[Figure, ...]:
    """Take the figures of a plan: its targets, what its list sums to, and the list line by line.

    A quantity that stands twice is taken as it stands first. The list is summed where the plan
    prints no sum itself.

    Examples
    --------
    >>> from landgis.schema import TARGETS, table_of
    >>> row = {"category": "住宅用地", "stated_value": 7.2, "stated_unit": "公顷",
    ...        "stated_decimals": 2}
    >>> plan = Plan(document="p.txt", targets=table_of([row], TARGETS))
    >>> [(f.check, f.category, f.text(), f.half_width_m2) for f in figures_of(plan)]
    [('totals.use', '住宅用地', '7.20 公顷', Fraction(50, 1))]
    """
    once: dict[Any, Figure] = {}
    for figure in stated_figures(plan):
        once.setdefault(figure.key, figure)
    lines = list(_lines(plan))
    return (*once.values(), *_sums(lines, {f.key[:2] for f in once.values()}, plan), *lines)


def stated_figures(plan: Plan) -> list[Figure]:
    """Take the plan's targets as they stand, one for each row, repetitions too."""
    return [_target(row) for row in plan.targets.to_dict("records")]


def rounded_parts(figures: Sequence[Figure]) -> Mapping[Any, Fraction]:
    """Tell what rounding its parts leaves open of a figure that the plan adds up of them, in m².

    A total that is the sum of forty printed cells carries the rounding of all forty, added as
    squares. A figure counts as such where printed parts (cells; uses; regions) sum to it exactly.

    Returns
    -------
    dict
        By `Figure.key`; only figures that are such sums.

    Examples
    --------
    >>> cells = [Figure(value=Decimal("1.5"), unit="公顷", region="东镇", category=use)
    ...          for use in ("住宅用地", "商服用地", "特殊用地", "工业用地")]
    >>> total = Figure(value=Decimal("6.0"), unit="公顷", region="东镇")
    >>> rounded_parts([total, *cells])
    {('东镇', '', ()): Fraction(1000, 1)}
    """
    plain = [f for f in figures if f.origin == "target" and not f.facets and f.value is not None]
    parts: dict[Any, dict[str, list[Figure]]] = {}
    for figure in plain:
        region, use = figure.region, figure.category
        wholes = [("cells", "", ""), ("cells", region, ""), ("cells", "", use)]
        if figure.parent:
            wholes = [("splits", region, figure.parent)]
        elif not (region and use):
            wholes = [("uses" if use else "regions", "", "")] if region or use else []
        for level, *whole in wholes:
            parts.setdefault((*whole, ()), {}).setdefault(level, []).append(figure)
    open_: dict[Any, Fraction] = {}
    for figure in plain:
        for some in parts.get(figure.key, {}).values():
            if sum((f.area_m2 or Fraction(0) for f in some), Fraction(0)) == figure.area_m2:
                squares = sum(f.half_width_m2**2 for f in some)
                root = Fraction(repr(math.sqrt(squares)))
                open_[figure.key] = max(open_.get(figure.key, root), root)
    return open_


def plan_unit(figures: Iterable[Figure]) -> str:
    """Give the one unit in which a plan is shown: the one that it prints most, first if equal.

    Examples
    --------
    >>> one, two = (Figure(value=Decimal(1), unit=unit) for unit in ("亩", "公顷"))
    >>> plan_unit([one, two, two]), plan_unit([])
    ('公顷', '公顷')
    """
    printed = [f.unit for f in figures if f.value is not None and f.origin != "list"]
    counted = Counter(printed)
    return max(counted, key=counted.__getitem__) if counted else "公顷"


def shown_decimals(figures: Iterable[Figure]) -> Mapping[str, int]:
    """Give the decimals that measured areas are shown with, by unit: one form everywhere.

    As many as the plan's finest figure in that unit has, and `LEAST_DECIMALS` at least.

    Examples
    --------
    >>> shown_decimals([Figure(value=Decimal("1.125"), unit="公顷")])["公顷"]
    3
    """
    finest = dict.fromkeys(M2_PER_UNIT, LEAST_DECIMALS)
    for figure in figures:
        finest[figure.unit] = max(finest[figure.unit], figure.decimals)
    return finest


def shown_area(area_m2: Fraction | float, unit: str, decimals: int = LEAST_DECIMALS) -> Decimal:
    """Give an area as it is shown, half up; with `LEAST_DECIMALS` at least.

    Examples
    --------
    >>> shown_area(1_250, "公顷"), shown_area(10_000, "亩", 0)
    (Decimal('0.13'), Decimal('15.00'))
    """
    exact = Fraction(repr(float(area_m2))) if isinstance(area_m2, float) else Fraction(area_m2)
    return half_up(exact / M2_PER_UNIT[unit], max(decimals, LEAST_DECIMALS))


def is_programme(plan: Plan) -> bool:
    """Tell whether a plan is nothing but a list of areas (片区清单), as a programme is.

    A supply plan may have a list (宗地清单) beside its uses.

    Examples
    --------
    >>> is_programme(Plan(document="p.txt"))
    False
    """
    return bool(len(plan.projects)) and not any(plan.targets["category"])


def named_uses(plan: Plan) -> frozenset[str]:
    """Give the uses that a plan itself names, whether a classification knows them or not.

    Examples
    --------
    >>> from landgis.schema import TARGETS, table_of
    >>> plan = Plan(document="p", targets=table_of([{"category": "产业用地"}], TARGETS))
    >>> sorted(named_uses(plan))
    ['产业用地']
    """
    named = {*plan.targets["category"], *plan.projects["category"]}
    named |= {use for uses in plan.targets["members"] for use in uses}
    named |= set(plan.projects["stated_category"])
    return frozenset(named - {""})


# ---------------------------------------------------------------- from the plan's tables


def _target(row: Mapping[Any, Any]) -> Figure:
    stated = printed_area(row["stated_value"], row["stated_unit"], row["stated_decimals"])
    stated = stated or printed_area(row["area_ha"], "公顷", None)
    return Figure(
        value=stated.value if stated else None,
        unit=stated.unit if stated else _unit(row["stated_unit"]),
        qualifier=str(row["qualifier"]),
        region=str(row["region"]),
        region_code=str(row["region_code"]),
        category=str(row["category"]),
        parent=str(row["parent_category"]),
        facets=tuple((column, str(row[column])) for column in FACETS if row[column]),
        members=tuple(row["members"]) if isinstance(row["members"], list | tuple) else (),
        share=_share(row),
        again=printed_area(row["restated_value"], row["restated_unit"], row["restated_decimals"]),
        source=str(row["source"]),
        corrected=row["how"] == "corrected",
    )


def _share(row: Mapping[Any, Any]) -> Decimal | None:
    """Take the share as printed, with one decimal where it is not told how many it has."""
    told = row["share_decimals"]
    return printed_number(row["share_pct"], 1 if pd.isna(told) else told)


def _unit(word: str) -> str:
    return word if word in M2_PER_UNIT else "公顷"


def _lines(plan: Plan) -> Iterator[Figure]:
    """Take the lines of the list, all in one unit."""
    projects = plan.projects
    printed = (*projects["stated_unit"], *plan.targets["stated_unit"])
    units = [unit for unit in printed if unit in M2_PER_UNIT]
    unit = Counter(units).most_common(1)[0][0] if units else "公顷"
    for row in projects.to_dict("records"):
        stated = printed_area(row["stated_value"], row["stated_unit"], row["stated_decimals"])
        stated = stated or printed_area(row["area_ha"], "公顷", None)
        number = "" if pd.isna(row["number"]) else str(int(row["number"]))
        yield Figure(
            value=None if stated is None else _in_unit(stated, unit),
            unit=unit,
            origin="project",
            region=str(row["region"]),
            region_code=str(row["region_code"]),
            category=str(row["category"]),
            subject=" ".join(filter(None, [number, str(row["name"])])),
            number=number,
            source=str(row["source"]),
        )


def _in_unit(stated: Quantity, unit: str) -> Decimal:
    if stated.unit == unit:
        return stated.value
    value = half_up(stated.area_m2 / M2_PER_UNIT[unit], _FINEST).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral() else value


def _sums(lines: Sequence[Figure], printed: set[tuple[str, str]], plan: Plan) -> Iterator[Figure]:
    """Add up the list by region, by kind and in all."""
    keys = [
        *((line.region, "") for line in lines),
        *(("", line.category) for line in lines),
        *([("", "")] if lines else []),
    ]
    for region, category in dict.fromkeys(keys):
        if (region, category) in printed:
            continue
        parts = [
            line
            for line in lines
            if region in ("", line.region) and category in ("", line.category)
        ]
        values = [line.value for line in parts if line.value is not None]
        yield Figure(
            value=sum(values, Decimal(0)) if len(values) == len(parts) else None,
            unit=parts[0].unit,
            origin="list",
            summed=len(parts),
            region=region,
            region_code=parts[0].region_code if region else "",
            category=category,
            source=plan.document,
        )


MAY_BELONG = (
    "的用途、来源或方式未登记、无法识别或只登记到上级类，可能属此",
    "of missing, unknown or coarser record may belong here",
)
"""What is said of land that may count towards a figure or a rule."""


@dataclass(frozen=True, slots=True, eq=False)
class Uses:
    """Uses as one plan speaks of them, beside the classification.

    Parameters
    ----------
    named
        Uses that the plan itself names: known, whether a classification has them or not.
    above
        The use that another is a part of, by the plan's own words (其中).
    """

    named: frozenset[str] = frozenset()
    above: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> Uses:
        """Take the uses of a plan.

        Examples
        --------
        >>> from landgis.schema import TARGETS, table_of
        >>> rows = [{"category": "产业用地"}, {"category": "商服用地"}]
        >>> uses = Uses.of(Plan(document="p.txt", targets=table_of(rows, TARGETS)))
        >>> [uses.counts(use, "商服用地") for use in ("产业用地", "9999")]
        [(False, False), (False, True)]
        """
        parts = plan.targets[plan.targets["parent_category"].ne("")]
        return cls(
            named_uses(plan), dict(zip(parts["category"], parts["parent_category"], strict=True))
        )

    def counts(
        self, use: str, category: str | None, members: Iterable[str] = ()
    ) -> tuple[bool, bool]:
        """Tell whether land of ``use`` surely counts towards ``category``, and whether it may.

        A parcel of 住宅用地 may be 商品住房用地 or not; one of a word that neither the plan nor a
        classification knows, anything; and what a word of the plan's own (产业用地) covers may be
        any use that the plan has no figure for. Everything counts towards an empty ``category``.

        Parameters
        ----------
        category
            Use of the figure; empty for all uses, None for land without a recorded use.
        members
            What the plan says that a composite (其他用地) is made of.

        Examples
        --------
        >>> Uses().counts("医疗卫生用地", "公共管理与公共服务用地")
        (True, True)
        >>> Uses().counts("住宅用地", "商品住房用地"), Uses().counts("商服用地", "商品住房用地")
        ((False, True), (False, False))
        """
        if not category:
            told = category is not None or not use
            return told, told
        parts = {category, *expand(category), *members}
        apart = canonical(category) not in ("", category)  # by its printed name, from its own kind
        parts |= set() if apart else {canonical(part) for part in parts}
        parts -= {"", canonical(category)} if apart else {""}
        if parts & self.lineage(use):
            return True, True
        known = use in self.named or bool(classified(use))
        if category in self.named and not classified(category) and category not in self.above:
            # a word of the plan's own (产业用地): land of uses that the plan has no figure for
            known = known and bool(self.lineage(use) & self.named)
        coarser = {above for part in parts for above in self.lineage(part)} - parts
        return False, not known or bool({use, canonical(use)} & coarser)

    def lineage(self, use: str) -> set[str]:
        """Give a use and all that it is a part of, by the classification and by the plan."""
        chain = {use, *lineage(use)} - {""}
        told = self.above.get(use, "")
        while told and told not in chain:
            chain |= {told, *lineage(told)}
            told = self.above.get(told, "")
        return chain

    def flags(
        self, uses: Iterable[Any], category: str | None, members: Iterable[str] = ()
    ) -> tuple[Flags, Flags]:
        """Tell of each of many uses whether it counts, and whether it may: unknown, or coarser.

        Examples
        --------
        >>> Uses().flags(["住宅用地", "", "9999", "商服用地"], "商品住房用地")[1].tolist()
        [True, True, True, False]
        """
        given = uses if isinstance(uses, pd.Series) else np.asarray(list(uses), dtype=object)
        codes, each = pd.factorize(given)
        told = np.array([self.counts(use, category, members) for use in each], dtype=bool)
        told = told.reshape(-1, 2)[codes]
        return told[:, 0], told[:, 1]


def within_use(categories: Iterable[str], category: str, *, members: Iterable[str] = ()) -> Flags:
    """Tell which uses count towards a plan's figure for ``category``.

    Examples
    --------
    >>> within_use(["医疗卫生用地", "住宅用地"], "公共管理与公共服务用地").tolist()
    [True, False]
    """
    return Uses().flags(categories, category, members)[0]
