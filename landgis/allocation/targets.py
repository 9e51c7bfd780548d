"""The plan's figures as rows: which options count, between which limits, and which come first.

The one place that knows where figures stand: in ``plan.targets``, or in a table of the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from landgis.allocation.problem import DM2_PER_M2, Flags, Ints, LimitedSum
from landgis.errors import InputError
from landgis.findings import Finding, define
from landgis.landuse import COMPOSITES, canonical, is_within
from landgis.plan.model import Plan
from landgis.units import M2_PER_UNIT, printed_tolerance

RANKS: Mapping[str, int] = MappingProxyType({"total": 1, "region": 2, "use": 2, "cell": 3})
"""Which deviations are made least first: rules and control lines hold; then the total, then regions
and uses, then the cells of both."""

ABOUT = Fraction(5, 100)
"""What 约 leaves open, as a share of the figure."""

FACETS = ("land_source", "supply_mode")

DEFAULTS = define("""allocate.defaults 起作用的默认值 | defaults that act
    没有给出、按默认取值的设置 | settings that were not given
    ranks: 没有给出先后：先总量，再区域和用途，最后区域×用途。
    | No order was given: first the total, then regions and uses, then cells.
    about: {subject} 为约数：按 ±{share:0%} 取（about）。
    | {subject} is an about: taken as ±{share:0%} (about).""")
FIGURE = define("""allocate.figures 计划数字 | figures of the plan
    计划的哪些数字不能作为目标 | figures that cannot be aimed at
    missing: {subject} 没有数值，不作目标。 | {subject} has no value and is no target.
    period: {subject} 按时段给出，不作目标。 | {subject} is for a period and is no target.
    apart: {what} {members:list} 不在计划的数字中：这些候选不计入任何有{what}的目标。
    | The plan has no figure for {what} {members:list}: they count towards no {what} of it.
    unit: {subject} 的单位 {unit} 不是面积，不作目标。 | {subject}: {unit} is no unit of area.""")


class Sorting(NamedTuple):
    """What rows ask of options, as codes: each different word is judged once."""

    region: Ints
    regions: tuple[str, ...]
    use: Ints
    uses: tuple[str, ...]
    facets: Mapping[str, Any]
    parents: Mapping[str, str]

    def choose(
        self, region: str, category: str, facets: Mapping[str, str], members: tuple[str, ...] = ()
    ) -> Flags:
        """Tell which options lie in a region, have a use, and are of a source and mode."""
        flags: Flags = np.ones(len(self.region), dtype=bool)
        if region:
            flags &= np.array([self._inside(r, region) for r in self.regions], bool)[self.region]
        if category:
            made_of = {**COMPOSITES, category: members} if members else COMPOSITES
            fits = [is_within(use, category, composites=made_of) for use in self.uses]
            flags &= np.array(fits, dtype=bool)[self.use]
        for name, word in facets.items():
            if word:
                flags &= self.facets[name].str.contains(word, regex=False).to_numpy(dtype=bool)
        return flags

    def _inside(self, region: str, outer: str) -> bool:
        seen: set[str] = set()
        while region and region not in seen:
            if region == outer:
                return True
            seen.add(region)
            region = self.parents.get(region, "")
        return False


def target_rows(
    targets: Plan | pd.DataFrame,
    sorting: Sorting,
    areas: Ints,
    *,
    ranks: Mapping[str, int] | None = None,
    about: float | None = None,
    tolerance: float = 0.0,
) -> tuple[list[LimitedSum], list[Finding]]:
    """Turn figures into rows that may be missed, each with its rank.

    Parameters
    ----------
    targets
        A plan, or a table with ``region``, ``category`` (or ``use``) and a figure: ``area_m2``, or
        ``stated_value`` with ``stated_unit`` and ``stated_decimals``, or ``area_ha``. Without
        decimals nothing is known of the print, and a figure is taken to the letter. Optional:
        ``qualifier`` (at_most, at_least, about, empty), ``rank``, ``weight``, ``land_source``,
        ``supply_mode``.
    ranks
        Ranks for ``total``, ``region``, ``use``, ``cell``; `RANKS` if not given.
    about
        Share of a figure that 约 leaves open; `ABOUT` if not given.
    tolerance
        Share of every figure by which a sum may differ from it without deviating.
    """
    table = targets.targets if isinstance(targets, Plan) else _named(targets)
    found: list[Finding] = []
    rows: list[LimitedSum] = []
    order = {**RANKS, **(ranks or {})}
    seen: set[tuple[str, ...]] = set()
    for record in table.to_dict("records"):
        region, category = _text(record, "region"), _text(record, "category")
        facets = {name: _text(record, name) for name in FACETS}
        key = (region, category, *facets.values(), _text(record, "period"))
        name = "·".join(part for part in (region, category, *facets.values()) if part) or "总量"
        if key in seen:
            continue
        seen.add(key)
        figure = _figure(record)
        if figure is None:
            found.append(FIGURE.finding("missing", "unknown", subject=name))
            continue
        value, unit, decimals, printed = figure
        if unit not in M2_PER_UNIT:
            found.append(FIGURE.finding("unit", "unknown", subject=name, unit=unit))
            continue
        if _text(record, "period"):
            found.append(FIGURE.finding("period", "unknown", subject=name))
            continue
        sense = _text(record, "qualifier") or _text(record, "sense") or "exact"
        planned = value * M2_PER_UNIT[unit] * DM2_PER_M2
        open_width = printed_tolerance(decimals) if printed else Fraction(0)
        width = open_width * M2_PER_UNIT[unit] * DM2_PER_M2
        width = max(width, planned * Fraction(repr(tolerance)))
        if sense == "about":
            open_share = ABOUT if about is None else Fraction(str(about))
            width = max(width, planned * open_share)
            if about is None:
                told = {"share": float(open_share)}
                found.append(DEFAULTS.finding("about", "note", subject=name, values=told))
        members = record.get("members")
        made_of = tuple(members) if isinstance(members, list | tuple) else ()
        flags = sorting.choose(region, category, facets, made_of)
        here = np.flatnonzero(flags)
        given = record.get("rank")
        kind = {(0, 0): "total", (1, 0): "region", (0, 1): "use"}.get(
            (int(bool(region)), int(bool(category))), "cell"
        )
        low, high = limits(sense, planned, width)
        rows.append(
            LimitedSum(
                name=name,
                kind="target",
                options=here,
                coefs=areas[here],
                low=low,
                high=high,
                rank=order[kind] if given is None or pd.isna(given) else int(given),
                weight=1 if pd.isna(record.get("weight", 1)) else int(record.get("weight", 1)),
                region=region,
                category=category,
                sense=sense,
                planned=planned,
                unit=unit,
                per_unit=M2_PER_UNIT[unit] * DM2_PER_M2,
                decimals=max(decimals, 2),
                source=_text(record, "source"),
                facets=facets,
                members=made_of,
            )
        )
    found += _apart(rows, sorting)
    if rows and ranks is None and "rank" not in table and len({row.rank for row in rows}) > 1:
        found.append(DEFAULTS.finding("ranks", "note"))
    return rows, found


def _apart(rows: list[LimitedSum], sorting: Sorting) -> Iterator[Finding]:
    """Tell uses and regions of candidates that none of the figures by use, by region, counts."""
    for column, word, codes, words in (
        ("category", {"zh": "用途", "en": "use"}, sorting.use, sorting.uses),
        ("region", {"zh": "区域", "en": "region"}, sorting.region, sorting.regions),
    ):
        counted = [row.options for row in rows if getattr(row, column)]
        left = set(codes.tolist()) - set(
            codes[np.concatenate(counted)].tolist() if counted else codes
        )
        if odd := tuple(words[k] for k in sorted(left) if words[k]):
            yield FIGURE.finding("apart", "unknown", members=odd, values={"what": word})


def limits(sense: str, planned: Fraction, width: Fraction) -> tuple[int | None, int | None]:
    """Give the limits of a sum in whole dm²: what the print leaves open, rounded inwards.

    A cap (以内) and a floor (不低于) are taken to the letter, without what the print leaves open.

    Examples
    --------
    >>> limits("exact", Fraction(20_000_000, 3), Fraction(500_000, 3))
    (6500000, 6833333)
    >>> limits("at_most", Fraction(1327282300), Fraction(500))
    (None, 1327282300)
    """
    if sense == "at_most":
        return None, floor(planned)
    if sense == "at_least":
        return ceil(planned), None
    low, high = ceil(planned - width), floor(planned + width)
    if low > high:  # printed finer than a dm²
        low = high = floor(planned + Fraction(1, 2))
    return max(0, low), high


def _named(table: pd.DataFrame) -> pd.DataFrame:
    table = table.rename(columns={"use": "category"} if "category" not in table else {})
    if not {"area_m2", "area_ha", "stated_value"} & set(table.columns):
        raise InputError(
            "目标表没有数值：请给出 area_m2、area_ha 或 stated_value（及 stated_unit）。",
            "The targets have no figures: give area_m2, area_ha, or stated_value with stated_unit.",
        )
    return table


def _figure(record: Mapping[Any, Any]) -> tuple[Fraction, str, int, bool] | None:
    """Give a figure: value, unit, decimals, and whether these are known to be as printed."""
    for column, fixed in (("stated_value", ""), ("area_m2", "平方米"), ("area_ha", "公顷")):
        value = record.get(column)
        if value is None or pd.isna(value):
            continue
        unit = fixed or str(record.get("stated_unit") or "")
        if not unit:
            continue
        exact = Decimal(str(value))
        printed = record.get("stated_decimals") if column == "stated_value" else None
        exponent = exact.normalize().as_tuple().exponent
        short = max(0, -exponent) if isinstance(exponent, int) else 0
        if printed is not None and not pd.isna(printed):
            return Fraction(exact), unit, int(printed), True
        return Fraction(exact), unit, short, False
    return None


def _text(record: Mapping[Any, Any], name: str) -> str:
    value = record.get(name)
    text = "" if value is None or (isinstance(value, float) and pd.isna(value)) else str(value)
    return (canonical(text) or text) if name == "category" else text
