"""What all tables of one project stand on: its pieces of land, its figures, one form of number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from landgis.checks.figures import FACETS, list_figures, shown_decimals
from landgis.checks.sums import decimals_of, mapped_pieces, shown_area
from landgis.language import Lang, say
from landgis.plan.model import Plan
from landgis.report.cells import Cell, Column, ReportTable, decimal, show
from landgis.results import Results
from landgis.schema import TARGETS, table_of
from landgis.units import M2_PER_UNIT, to_decimal, unit_word


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """One project as its tables see it.

    Parameters
    ----------
    unit, decimals
        The plan's unit, and the decimals of measured areas in it.
    shown
        The same decimals for every unit that the plan prints.
    inside, outside
        `landgis.checks.sums.mapped_pieces` in a region of the plan, and in none.
    figures
        The plan's figures, one for each region and use, and the sums of its list.
    """

    results: Results
    lang: Lang
    unit: str
    decimals: int
    shown: Mapping[str, int]
    inside: pd.DataFrame
    outside: pd.DataFrame
    figures: pd.DataFrame

    @classmethod
    def of(cls, results: Results, lang: Lang) -> Ground:
        """Take stock of a project."""
        unit, decimals = plan_unit(results)
        shown = shown_decimals(results.plan)
        pieces = mapped_pieces(results.crosswalk, results.parcels, regions=results.regions)
        return cls(
            results=results,
            lang=lang,
            unit=unit,
            decimals=shown.get(unit, max(2, decimals)),
            shown=shown,
            inside=pieces[pieces["region"] != ""],
            outside=pieces[pieces["region"] == ""],
            figures=_figures(results.plan),
        )

    def say(self, zh: str, en: str) -> str:
        """Say a word in the tables' language."""
        return say(self.lang, zh, en)

    def area(self, pieces: pd.DataFrame) -> Decimal:
        """Add up pieces, in the plan's unit."""
        return shown_area(float(pieces["area_m2"].sum()), self.unit, self.decimals)

    def planned(self, of: pd.DataFrame) -> tuple[Cell, Cell]:
        """Give the plan's figure in its own unit and its share, if it prints them."""
        if of.empty:
            return None, None
        row = of.iloc[0]
        percent = share(row)
        if pd.isna(row["stated_value"]):
            return None, percent
        digits = row["stated_decimals"]
        value = decimal(
            row["stated_value"],
            decimals_of(row["stated_value"]) if pd.isna(digits) else int(digits),
        )
        same = row["stated_unit"] in {self.unit, ""}
        return (value if same else f"{show(value)} {row['stated_unit']}"), percent

    def printed_decimals(self, finding: Mapping[Any, Any]) -> int:
        """Count the printed decimals of a finding's expected figure."""
        if pd.isna(finding["expected"]):
            return 0
        least = decimals_of(finding["expected"])
        if not finding["check"].startswith("totals"):
            return least
        of = self.figures[
            (self.figures["region"] == finding["region"])
            & (self.figures["category"] == finding["category"])
            & (self.figures["stated_unit"] == finding["unit"])
        ]["stated_decimals"].dropna()
        return max(least, int(of.iloc[0])) if len(of) else least

    def table(
        self,
        key: str,
        title: tuple[str, str],
        columns: Iterable[tuple[str, str, int]],
        rows: Iterable[Sequence[Cell]],
        *,
        sums: Iterable[int] = (),
        unit: bool = True,
        note: str = "",
    ) -> ReportTable:
        """Lay out a table; with ``unit`` its title ends with the plan's unit."""
        words = self.say(*title)
        word = unit_word(self.unit, self.lang)
        if unit:
            words += self.say(f"（单位：{self.unit}）", f" ({word})")
        cells = tuple(tuple(row) for row in rows)
        return ReportTable(
            key=key,
            title=words,
            columns=tuple(
                Column(
                    name=self.say(zh, en),
                    width=width,
                    numeric=any(isinstance(row[j], Decimal | int) for row in cells),
                )
                for j, (zh, en, width) in enumerate(columns)
            ),
            rows=cells,
            sums=frozenset(sums),
            note=note,
            unit=word if unit else "",
        )


def share(target: Mapping[Any, Any] | pd.Series) -> Decimal | None:
    """Give the share that the plan prints for a figure, with the decimals that it prints.

    Examples
    --------
    >>> share({"share_pct": 3.7, "share_decimals": 2}), share({"share_pct": 8.0})
    (Decimal('3.70'), Decimal('8.0'))
    """
    percent, printed = target["share_pct"], target.get("share_decimals")
    if pd.isna(percent):
        return None
    least = max(1, decimals_of(percent))
    return to_decimal(percent, least if printed is None or pd.isna(printed) else int(printed))


def plan_unit(results: Results) -> tuple[str, int]:
    """Give the unit that the plan prints most, and its most decimals.

    A programme without figures beside its list is told in 亩, as such lists are.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> plan_unit(results)
    ('公顷', 0)
    """
    tables = [results.plan.targets, results.plan.projects]
    units = [u for t in tables if "stated_unit" in t for u in t["stated_unit"] if u in M2_PER_UNIT]
    if not units:
        checked = results.findings.loc[results.findings["check"].str.startswith("totals."), "unit"]
        units = [u for u in checked if u in M2_PER_UNIT] or ["公顷"]
    unit = max(dict.fromkeys(units), key=units.count)
    targets = results.plan.targets
    decimals = targets.loc[targets["stated_unit"] == unit, "stated_decimals"].dropna()
    return unit, int(decimals.max()) if len(decimals) else 0


def _figures(plan: Plan) -> pd.DataFrame:
    """Give the plan's figures, one for each region and use, and the sums of its list."""
    targets = plan.targets
    whole = [targets[c].isin(["", None]) | targets[c].isna() for c in FACETS if c in targets]
    for flags in whole:
        targets = targets[flags.reindex(targets.index)]
    sums = [
        {
            "region": figure.region,
            "category": figure.category,
            "area_ha": figure.value_m2 / 10_000,
            "stated_value": figure.value,
            "stated_unit": figure.unit,
            "stated_decimals": figure.decimals,
        }
        for figure in list_figures(plan)
    ]
    listed = table_of(sums, TARGETS)
    both = pd.concat([targets, listed], ignore_index=True) if sums else targets
    return both.drop_duplicates(["region", "category"])
