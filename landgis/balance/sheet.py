"""The balance of a plan: what everything that is shown of areas is taken from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Unpack

import geopandas as gpd
import pandas as pd

from landgis.balance.figures import Figure, Uses, figures_of, plan_unit, shown_area, shown_decimals
from landgis.balance.mapped import Counting, Mapped, Sum, map_land
from landgis.balance.rows import Line, Row, rows_of
from landgis.findings import KEY
from landgis.plan.model import Plan
from landgis.units import M2_PER_UNIT, half_up


@dataclass(frozen=True, kw_only=True, eq=False)
class Balance:
    """A plan beside the map: what everything that is shown of areas is taken from.

    Parameters
    ----------
    figures
        Figures of the plan: see `landgis.balance.figures.figures_of`.
    unit
        The one unit that the plan is shown in.
    decimals
        Decimals of measured areas by unit.
    land
        The land that counts.
    uses
        Uses as the plan speaks of them.
    rows
        One for each figure, in the plan's order.
    """

    figures: tuple[Figure, ...]
    unit: str
    decimals: Mapping[str, int]
    land: Mapped
    uses: Uses
    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        """Say how many figures are how."""
        counts = pd.Series([row.verdict for row in self.rows], dtype="str").value_counts()
        told = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
        return f"<Balance: {len(self.rows)} figures ({told}), {self.unit}, {self.land.area}>"

    @cached_property
    def by_key(self) -> Mapping[tuple[str, str], Row]:
        """The rows by region and use, in the plan's order: those that nothing narrows down."""
        table: dict[tuple[str, str], Row] = {}
        for row in self.rows:
            if not row.figure.facets and row.figure.origin != "project":
                table.setdefault((row.region, row.figure.category), row)
        return table

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Regions of the plan's figures, as the map names them, then those of the map alone."""
        named = [row.region for row in self.rows if row.figure.origin != "project"]
        return tuple(dict.fromkeys(filter(None, [*named, *self.land.names])))

    @cached_property
    def by_name(self) -> Mapping[tuple[str, ...], Row]:
        """The rows by what a finding is known by: check, subject, region and use."""
        return {row.name: row for row in reversed(self.rows)}

    def row_of(self, finding: Mapping[Any, Any] | pd.Series) -> Row | None:
        """Give the row that a finding is of, if it is of one."""
        return self.by_name.get(tuple(finding[part] for part in KEY))

    def line(self, region: str = "", category: str | None = "") -> Line:
        """Give one region (as the map names it) and use: the plan's figure, and the land."""
        if (region, category) not in self._lines:
            self._lines[region, category] = self._line(region, category)
        return self._lines[region, category]

    @cached_property
    def _lines(self) -> dict[tuple[str, str | None], Line]:
        """The lines that were asked for: every page and table asks for the same."""
        return {}

    def _line(self, region: str, category: str | None) -> Line:
        row = self.by_key.get((region, category or "")) if category is not None else None
        members = row.figure.members if row else ()
        return _line_of(
            row, lambda facets: self.sum(region, category, members=members, facets=facets)
        )

    def outside(self, category: str | None = "") -> Line:
        """Give the land that lies in no region."""
        cells = self.land.cells["region"]
        return _line_of(None, lambda facets: cells.sum("", category, self.uses, (), facets))

    def listed(self) -> Iterator[tuple[str, tuple[Row, ...]]]:
        """Give the lines of the plan's list by region, in the order of the list."""
        lines = [row for row in self.rows if row.figure.origin == "project"]
        for region in dict.fromkeys(row.figure.region for row in lines):
            yield region, tuple(row for row in lines if row.figure.region == region)

    def sum(self, region: str = "", category: str | None = "", **narrower: Any) -> Sum:
        """Add up land, see `landgis.balance.mapped.Mapped.sum`."""
        return self.land.sum(region, category, uses=self.uses, **narrower)

    def shown(self, area_m2: Fraction) -> Decimal:
        """Give an area in the plan's unit as shown."""
        return shown_area(area_m2, self.unit, self.decimals[self.unit])

    def planned(self, figure: Figure) -> Decimal | None:
        """Give a figure in the plan's unit, with the decimals that it is printed with."""
        if figure.value is None or figure.unit == self.unit:
            return figure.value
        exact = Fraction(figure.value) * M2_PER_UNIT[figure.unit] / M2_PER_UNIT[self.unit]
        return half_up(exact, max(figure.decimals, self.decimals[self.unit]))

    def apart(self, row: Row) -> Decimal | None:
        """Give mapped less planned in the plan's unit, as the two are shown."""
        planned = self.planned(row.figure)
        if planned is None or row.least is None:
            return None
        return self.shown(row.least) - half_up(planned, self.decimals[self.unit])

    def table(self) -> pd.DataFrame:
        """Lay the rows out: region, category, facets, planned, mapped, difference, verdict.

        Numbers are `Decimal` in ``unit``, as they are shown; ``parcels`` are tuples of ids.
        """
        return pd.DataFrame(
            {
                "region": [row.region for row in self.rows],
                "category": [row.figure.category for row in self.rows],
                "subject": [row.figure.subject for row in self.rows],
                "facets": [dict(row.figure.facets) for row in self.rows],
                "planned": [row.figure.value for row in self.rows],
                "mapped": [row.mapped for row in self.rows],
                "difference": [row.difference for row in self.rows],
                "tolerance": [row.tolerance_shown for row in self.rows],
                "unit": [row.figure.unit for row in self.rows],
                "verdict": [row.verdict for row in self.rows],
                "parcels": [row.parcels for row in self.rows],
            }
        )


def _line_of(row: Row | None, add: Callable[[tuple[tuple[str, str], ...]], Sum]) -> Line:
    """Give a line of what ``add`` sums up: all land, and that of each source."""
    land = add(())
    new, stock = (add((("land_source", word),)).least for word in ("新增", "存量"))
    return Line(
        row=row,
        area_m2=land.least,
        new=new,
        stock=stock,
        untold=land.least - new - stock,
        count=len(land.parcels),
    )


def balance_land(
    plan: Plan,
    parcels: gpd.GeoDataFrame,
    *,
    crosswalk: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    relative_tolerance: float = 0.0,
    **counting: Unpack[Counting],
) -> Balance:
    """Set every figure of a plan beside the land that counts towards it.

    Parameters
    ----------
    plan
        Its ``targets``, and for a programme its ``projects``.
    parcels, crosswalk, regions
        Tables of `landgis.schema`. A plan region is found by its name, then as the division that
        it is, then by its code.
    relative_tolerance
        Accepted difference as a share of the figure, beside printed and survey tolerance.
    **counting
        ``by``, ``area``, ``surveyed``, ``point_error_m``, ``splits``: see
        `landgis.balance.mapped.map_land`.

    Examples
    --------
    >>> from shapely import box
    >>> from landgis.schema import TARGETS, table_of
    >>> square = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a"], "category": ["住宅用地"]},
    ...     geometry=[box(0, 0, 100, 100)], crs=4549)
    >>> town = gpd.GeoDataFrame(
    ...     {"region_id": ["r"], "name": ["东镇"]}, geometry=[box(0, 0, 999, 999)], crs=4549)
    >>> pairs = pd.DataFrame(
    ...     {"parcel_id": ["a"], "region_id": ["r"], "area_m2": [10_000.0], "share": [1.0]})
    >>> row = {"region": "东镇", "stated_value": 1.5, "stated_unit": "公顷"}
    >>> plan = Plan(document="p.txt", targets=table_of([row], TARGETS))
    >>> balance = balance_land(plan, square, crosswalk=pairs, regions=town)
    >>> balance.table()[["region", "planned", "mapped", "difference", "verdict"]].values.tolist()
    [['东镇', Decimal('1.5'), Decimal('1.00'), Decimal('-0.50'), 'fail']]
    """
    figures = figures_of(plan)
    land = map_land(crosswalk, parcels, regions=regions, **counting)
    uses = Uses.of(plan)
    return Balance(
        figures=figures,
        unit=plan_unit(figures),
        decimals=shown_decimals(figures),
        land=land,
        uses=uses,
        rows=rows_of(
            figures, land, parcels=parcels, uses=uses, relative_tolerance=relative_tolerance
        ),
    )
