"""The check table that is also the legend: planned, mapped, difference and verdict by row."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from landgis.landuse import canonical, colour, is_within
from landgis.results import Results
from landgis.units import M2_PER_UNIT, m2_to

TOTALS = (
    *("totals.grand", "totals.region", "totals.use", "totals.cell"),
    *("totals.list", "totals.split"),
)
"""Checks whose findings are rows of the table: one area of one region and one use."""

SAFE_COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9",
    "#F0E442", "#882255", "#999933", "#44AA99", "#332288", "#DDCC77",
)  # fmt: skip
"""Colours that stay apart for the colour-blind (Okabe and Ito, Tol), in the order of use."""

_NO_COLOUR = "#888888"
counts_for = lru_cache(maxsize=1 << 18)(is_within)
"""`is_within`, remembered: a table asks it for every use and every other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table; numbers are texts as shown, empty where there is none.

    Parameters
    ----------
    region, category
        As in the findings; empty means all of them.
    count
        Parcels that lie in it, wholly or partly.
    completion
        Mapped as a share of planned; None without a plan figure.
    stated, amount
        ``planned`` and ``difference`` as numbers.
    finding
        Row number in ``results.findings``, or None.
    members
        Categories of parcels, as in the layer, that belong to it.
    """

    region: str
    category: str
    count: int
    planned: str
    mapped: str
    difference: str
    completion: float | None
    stated: float | None
    amount: float | None
    verdict: str
    finding: int | None
    members: tuple[str, ...]
    colour: str
    safe_colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """The rows of one page.

    Parameters
    ----------
    unit
        Unit of area of all numbers.
    decimals
        Digits after the point of mapped areas and differences; planned ones have as many as the
        plan prints.
    total
        All regions and all uses of the page.
    uses
        One row for each use, all regions.
    regions
        One row for each region, all uses of the page.
    cells
        One row for each region and use.
    """

    unit: str
    decimals: int
    total: Row
    uses: tuple[Row, ...]
    regions: tuple[Row, ...]
    cells: tuple[Row, ...]


def page_categories(results: Results) -> list[str]:
    """Give the uses (for a programme the 类别) that have a page of their own.

    Uses of the plan in its order, then those of parcels that belong to none of them. A use that
    is part of another has no page: it is a row of the other's.
    """
    targets, projects = results.plan.targets["category"], results.plan.projects["category"]
    present = [*targets, *projects, *results.parcels["category"]]
    named = list(dict.fromkeys(str(c) for c in present if c))
    tops = [c for c in named if not any(c != o and counts_for(c, o) for o in named)]
    return list({canonical(c) or c: c for c in reversed(tops)}.values())[::-1]


def draw_legend(results: Results, *, category: str = "") -> Legend:
    """Lay out the check table of the overview, or of the page of one use.

    Areas of rows that a finding covers are the finding's; those of other rows are sums of the
    crosswalk.
    """
    totals = _totals(results.findings)
    unit = next(iter(totals["unit"]), "公顷")
    totals = totals[totals["unit"] == unit]
    sums = _Sums(results, unit, totals)
    below = [c for c in _uses(results, totals) if c != category and counts_for(c, category)]
    uses = below if category == "" else [category, *below]
    regions = list(dict.fromkeys([*results.regions["name"], *totals["region"]]))
    regions = [r for r in regions if r]
    cells = [(r, c) for c in uses for r in regions]
    return Legend(
        unit=unit,
        decimals=sums.decimals,
        total=sums.row("", category),
        uses=tuple(sums.row("", c) for c in uses),
        regions=tuple(sums.row(r, category) for r in regions),
        cells=tuple(row for r, c in cells if (row := sums.row(r, c)).count or row.planned),
    )


def _totals(findings: pd.DataFrame) -> pd.DataFrame:
    """Take the findings that are rows of the table, the first of each region and use."""
    rows = findings[findings["check"].isin(TOTALS) & findings["unit"].isin(list(M2_PER_UNIT))]
    return rows.drop_duplicates(["region", "category"])


def _uses(results: Results, totals: pd.DataFrame) -> list[str]:
    """List the uses that have a row: of the findings, then of parcels in none of them."""
    named = [str(c) for c in dict.fromkeys(totals["category"]) if c]
    known = {canonical(c) for c in named}
    own = dict.fromkeys(str(c) for c in results.parcels["category"] if c)
    return _nested(
        named
        + [
            c
            for c in own
            if canonical(c) not in known | {""} or not any(counts_for(c, n) for n in named)
        ]
    )


def _nested(uses: list[str]) -> list[str]:
    """Put each use below the one that it is part of; otherwise keep the order."""
    wholes = {u: [o for o in uses if o != u and counts_for(u, o)] for u in uses}

    def path(use: str) -> list[int]:
        above = sorted(wholes[use], key=lambda o: len(wholes[o]))
        return [uses.index(o) for o in (*above, use)]

    return sorted(uses, key=path)


class _Sums:
    """Counts and areas by region and use, and the texts of a row."""

    def __init__(self, results: Results, unit: str, totals: pd.DataFrame) -> None:
        names = dict(zip(results.regions["region_id"], results.regions["name"], strict=True))
        category = results.parcels.set_index("parcel_id")["category"]
        pairs = results.crosswalk
        pieces = pd.DataFrame(
            {
                "parcel_id": pairs["parcel_id"],
                "region": pairs["region_id"].map(names).fillna(""),
                "category": pairs["parcel_id"].map(category).fillna(""),
                "area_m2": pairs["area_m2"],
            },
        )
        by_cell = pieces.groupby(["region", "category"], sort=False)
        cells = by_cell.agg(area=("area_m2", "sum"), count=("parcel_id", "nunique"))
        self.regions: dict[str, dict[str, tuple[float, int]]] = {}
        for (region, use), area, count in zip(
            cells.index, cells["area"], cells["count"], strict=True
        ):
            self.regions.setdefault(region, {})[use] = (float(area), int(count))
        by_use = cells["area"].groupby(level="category", sort=False).sum()
        own = results.parcels["category"].value_counts(sort=False)
        self.whole = {use: (float(by_use.get(use, 0.0)), int(own[use])) for use in own.index}
        self.unit = unit
        self.found = {(f.region, f.category): f for f in totals.itertuples()}
        printed = [*totals["expected"], *totals["actual"]]
        self.decimals = max([2, *map(_decimals, printed)])
        self.values = list(dict.fromkeys(results.parcels["category"]))
        self.safe = safe_colours(self.values)
        self.members: dict[str, tuple[str, ...]] = {}

    def of(self, category: str) -> tuple[str, ...]:
        """Categories of parcels that belong to a use."""
        if category not in self.members:
            self.members[category] = tuple(v for v in self.values if counts_for(v, category))
        return self.members[category]

    def row(self, region: str, category: str) -> Row:
        members = self.of(category)
        finding = self.found.get((region, category))
        cells = self.regions.get(region, {}) if region else self.whole
        inside = [cells[use] for use in members if use in cells]
        area = _number(m2_to(sum(area for area, _ in inside), self.unit))
        planned = None if finding is None else _number(finding.expected)
        mapped = area if finding is None else _number(finding.actual)
        difference = None if planned is None or mapped is None else mapped - planned
        return Row(
            region=region,
            category=category,
            count=sum(count for _, count in inside),
            planned=self.text(planned, decimals=0 if planned is None else _decimals(planned)),
            mapped=self.text(mapped),
            difference=self.text(difference, signed=True),
            completion=mapped / planned if planned and mapped is not None else None,
            stated=planned,
            amount=difference,
            verdict="" if finding is None else str(finding.verdict),
            finding=None if finding is None else int(finding.Index),
            members=members,
            colour=colour(category),
            safe_colour=self.safe.get(canonical(category) or category, _NO_COLOUR),
        )

    def text(
        self, value: float | None, *, signed: bool = False, decimals: int | None = None
    ) -> str:
        if value is None:
            return ""
        digits = self.decimals if decimals is None else decimals
        rounded = round(value, digits) or 0.0  # never "-0.00"
        return f"{rounded:{'+' if signed and rounded else ''},.{digits}f}".replace("-", "−")


def safe_colours(values: Iterable[str]) -> dict[str, str]:
    """Give colours of uses by their place among all of a layer, apart for every eye."""
    order = dict.fromkeys(canonical(value) or value for value in values)
    return {use: SAFE_COLOURS[i % len(SAFE_COLOURS)] for i, use in enumerate(order)}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _decimals(value: float) -> int:
    """Digits after the point of a printed figure, six at most."""
    if not math.isfinite(value):
        return 0
    return len(f"{value:.6f}".rstrip("0").partition(".")[2])
