"""The balance: every figure of the plan beside the land that counts towards it, and the verdict.

A figure is compared with an interval: the area that certainly counts, up to the area that may
count (parcels whose use is missing or coarser than the figure; land outside all polygons while a
region of the plan has none). A verdict is given where the whole interval has the same one;
otherwise it is unknown, and the row says what is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.balance.causes import causes_of
from landgis.balance.figures import (
    Figure,
    figures_of,
    plan_unit,
    rounded_parts,
    shown_area,
    shown_decimals,
)
from landgis.balance.mapped import Area, By, Mapped, Sum, area_of, map_land
from landgis.balance.uses import Uses
from landgis.divisions import match
from landgis.findings import Verdict
from landgis.measure.tolerance import POINT_ERROR_M
from landgis.plan.model import Plan
from landgis.schema import PARCELS, conform
from landgis.units import M2_PER_UNIT, half_up

Clause = Mapping[str, Any]
"""A part of a sentence: its ``kind`` in the catalogue of the check, and its values."""


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
    cause
        The row whose difference this one repeats; None if its difference is its own.
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
    cause: Row | None = None

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

    def line(self, region: str = "", category: str | None = "") -> Line:
        """Give one region (as the map names it) and use: the plan's figure, and the land."""
        row = self.by_key.get((region, category or "")) if category is not None else None
        members = row.figure.members if row else ()
        land = self.sum(region, category, members=members)
        parts = [
            self.sum(region, category, members=members, facets=(("land_source", word),))
            for word in ("新增", "存量")
        ]
        new, stock = (part.least for part in parts)
        return Line(
            row=row,
            area_m2=land.least,
            new=new,
            stock=stock,
            untold=land.least - new - stock,
            count=len(land.parcels),
        )

    def outside(self, category: str | None = "") -> Line:
        """Give the land that lies in no region."""
        cells = self.land.cells["region"]
        whole, new, stock = (
            cells.sum("", category, self.uses, (), facets).least
            for facets in ((), (("land_source", "新增"),), (("land_source", "存量"),))
        )
        count = len(cells.sum("", category, self.uses, (), ()).parcels)
        untold = whole - new - stock
        return Line(row=None, area_m2=whole, new=new, stock=stock, untold=untold, count=count)

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


def balance_land(
    plan: Plan,
    parcels: gpd.GeoDataFrame,
    *,
    crosswalk: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    by: By = "polygon",
    area: Area | None = None,
    surveyed: bool = False,
    relative_tolerance: float = 0.0,
    point_error_m: float = POINT_ERROR_M,
) -> Balance:
    """Set every figure of a plan beside the land that counts towards it.

    Parameters
    ----------
    plan
        Its ``targets``, and for a programme its ``projects``.
    parcels, crosswalk, regions
        Tables of `landgis.schema`. A plan region is found by its name, then as the division that
        it is, then by its code.
    by, area, surveyed, point_error_m
        See `landgis.balance.mapped.map_land`.
    relative_tolerance
        Accepted difference as a share of the figure, beside printed and survey tolerance.

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
    land = map_land(
        crosswalk,
        parcels,
        regions=regions,
        by=by,
        area=area,
        surveyed=surveyed,
        point_error_m=point_error_m,
    )
    decimals = shown_decimals(figures)
    uses = Uses.of(plan)
    judge = _Judge(
        land, uses, decimals, Fraction(repr(float(relative_tolerance))), rounded_parts(figures)
    )
    place = _Places(land)
    listed = any(figure.origin == "project" for figure in figures)
    drawn = _Drawn(land, parcels) if listed else None
    rows = [
        drawn.row(figure, judge)
        if drawn and figure.origin == "project"
        else judge.row(figure, place.name(figure))
        for figure in figures
    ]
    return Balance(
        figures=figures,
        unit=plan_unit(figures),
        decimals=decimals,
        land=land,
        uses=uses,
        rows=tuple(_tied(rows)),
    )


def _tied(rows: list[Row]) -> Iterator[Row]:
    """Point each row that only repeats another's difference to that one."""
    causes = causes_of(rows)
    for i, row in enumerate(rows):
        yield replace(row, cause=rows[causes[i]]) if i in causes else row


# ---------------------------------------------------------------- which region on the map


class _Places:
    """Regions of the map by all that a plan may call them: their name goes before any code."""

    def __init__(self, land: Mapped) -> None:
        self.names = set(land.names)
        told = [(match(name).code, name) for name in land.names]
        self.divisions = {code: name for code, name in told[::-1] if code}
        codes = zip(land.regions["code"], land.regions["name"], strict=True)
        # A layer may have codes of its own: one counts where the name does not say otherwise.
        self.codes = {
            str(code): str(name)
            for code, name in codes
            if code and match(str(name)).code in ("", code)
        }

    def name(self, figure: Figure) -> str:
        """Find the region of a figure; its own name where no layer has it."""
        if not figure.region or figure.region in self.names:
            return figure.region
        code = figure.region_code
        return self.divisions.get(code) or self.codes.get(code) or figure.region


# ---------------------------------------------------------------- what belongs to a figure


@dataclass(frozen=True, slots=True)
class _Judge:
    land: Mapped
    uses: Uses
    decimals: Mapping[str, int]
    relative: Fraction
    rounding: Mapping[Any, Fraction]

    def row(self, figure: Figure, region: str) -> Row:
        """Set one figure beside the land of its region and use."""
        outside = self.land.outside(figure.category, uses=self.uses, members=figure.members)
        lost = not region and outside.least > 0
        short = [*self.land.absent, *self.land.incomplete]
        mapped = self.land.sum(
            region,
            figure.category,
            uses=self.uses,
            members=figure.members,
            facets=figure.facets,
            open_=lost and bool(short),
        )
        row = Row(
            figure=figure,
            region=region,
            least=mapped.least,
            most=mapped.most,
            shown=self.decimals[figure.unit],
            parcels=mapped.parcels,
            other=mapped.other,
        )
        notes = [*self._moved(row), *(self._lost(row, outside, short) if lost else ())]
        vague = self._vague(row)
        if vague:
            notes.append({"kind": "vague", "area": _said(row, vague), "unit": figure.unit})
        if region in self.land.rough:
            notes.append({"kind": "rough"})
        if figure.again:
            again = f"{figure.again.value:,f}"
            notes.append({"kind": "again", "value": again, "again_unit": figure.again.unit})
        row = replace(row, notes=tuple(notes))
        return self.judged(row, mapped, self._obstacle(row))

    def _vague(self, row: Row) -> Fraction:
        """Add up what lies in the region and may count besides."""
        figure = row.figure
        narrower = {"members": figure.members, "facets": figure.facets}
        here = self.land.sum(row.region, figure.category, uses=self.uses, **narrower)  # type: ignore[arg-type]
        return here.most - here.least

    def _moved(self, row: Row) -> Iterator[Clause]:
        """Tell of land inside the region that counts for another by its record."""
        pieces = self.land.pieces
        if not row.region:
            return
        away = pieces[(pieces["polygon"] == row.region) & (pieces["region"] != row.region)]
        if away.empty:
            return
        sure, _ = self.uses.flags(away["category"], row.figure.category, row.figure.members)
        if sure.any():
            area = area_of(away["steps"].to_numpy()[sure])
            names = sorted(set(away["region"][sure]))
            yield {
                "kind": "moved",
                "area": _said(row, area),
                "unit": row.figure.unit,
                "names": names,
            }

    def _lost(self, row: Row, outside: Sum, short: list[str]) -> Iterator[Clause]:
        """Tell of land that lies in no region."""
        values = {"area": _said(row, outside.least), "unit": row.figure.unit}
        if short:
            yield {"kind": "open_outside", **values, "names": short}
        else:
            yield {"kind": "outside", **values}

    def _obstacle(self, row: Row) -> Clause:
        """Say what stands in the way of a verdict; nothing if nothing does."""
        region = row.region
        if row.figure.value is None:
            return {"kind": "no_figure"}
        if dict(row.figure.facets).get("period"):
            return {"kind": "period"}
        if region in self.land.incomplete:
            names = self.land.incomplete[region]
            return {"kind": "incomplete", "region": region, "names": list(names)}
        if not region or region in self.land.drawn:
            return {}
        if region not in self.land.absent:
            return {"kind": "no_region", "region": region}
        area = _said(row, row.least or Fraction(0))
        none = {"kind": "no_polygon", "region": region, "area": area, "unit": row.figure.unit}
        return {} if self.land.by == "recorded" else none

    def judged(self, row: Row, mapped: Sum, obstacle: Clause) -> Row:
        """Give a row its tolerances and its verdict."""
        planned = row.figure.area_m2
        if obstacle or planned is None:
            return replace(row, least=None, most=None, other={}, reason=obstacle)
        tolerance = {
            "print": row.figure.half_width_m2 + self.rounding.get(row.figure.key, 0),
            "survey": Fraction(repr(mapped.survey_m2)),
            "relative": self.relative * planned,
        }
        row = replace(row, tolerance=tolerance)
        verdict = _verdict(row)
        if verdict == "pass" and mapped.invented:
            # What was drawn from the plan's own figures agrees with them, and proves nothing.
            return replace(row, verdict="note", reason={"kind": "same_source"})
        return replace(row, verdict=verdict, reason=_reason(row, verdict, self.land.area))


def _said(row: Row, area_m2: Fraction) -> str:
    """Write an area in the figure's unit, for a clause."""
    return f"{row.text_of(area_m2):,f}"


def _verdict(row: Row) -> Verdict:
    """Judge both ends of what is mapped; where they differ, nothing is decided."""
    return _verdict_of(row, row.least or Fraction(0), row.most or Fraction(0))


def _verdict_of(row: Row, least: Fraction, most: Fraction) -> Verdict:
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


def _reason(row: Row, verdict: Verdict, area: Area) -> Clause:
    """Say which tolerance decided, or that another area would."""
    if verdict == "unknown":
        return {"kind": "undecided"}
    if verdict == "fail":
        return _other_area(row, area) or {"kind": "beyond"}
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
        if _verdict_of(row, value, value) == "pass":
            return {"kind": f"on_{name}", "area": _said(row, value), "unit": row.figure.unit}
    return {}


# ---------------------------------------------------------------- the list


class _Drawn:
    """The parcels that are drawn for the lines of the plan's list: by name, then by number."""

    def __init__(self, land: Mapped, parcels: gpd.GeoDataFrame) -> None:
        self.land = land
        table = conform(parcels, PARCELS)
        self.by_name: dict[str, list[str]] = {}
        for name, parcel in zip(table["name"], table["parcel_id"], strict=True):
            self.by_name.setdefault(str(name), []).append(str(parcel))
        self.known = set(table["parcel_id"])
        self.pieces: dict[str, list[int]] = {}
        for i, parcel in enumerate(land.pieces["parcel_id"]):
            self.pieces.setdefault(parcel, []).append(i)

    def row(self, figure: Figure, judge: _Judge) -> Row:
        """Set one line of the list beside the land drawn for it."""
        name = (
            figure.subject.removeprefix(figure.number).strip()
            if figure.number
            else (figure.subject)
        )
        ids = self.by_name.get(name, []) if name else []
        if not ids and figure.number in self.known:
            ids = [figure.number]
        at = [i for parcel in ids for i in self.pieces.get(parcel, ())]
        pieces = self.land.pieces.iloc[at]
        columns = {c.removeprefix("steps_"): c for c in pieces if c.startswith("steps")}
        areas = {name: area_of(pieces[column]) for name, column in columns.items()}
        survey = pieces.groupby("parcel_id")["tolerance_m2"].sum()
        least = areas.pop("steps")
        mapped = Sum(
            least=least,
            most=least,
            survey_m2=float(np.sqrt((survey**2).sum())),
            parcels=tuple(ids),
            invented=bool(pieces["invented"].any()),
            other=areas,
        )
        row = Row(
            figure=figure,
            region=figure.region,
            least=mapped.least,
            most=mapped.most,
            shown=max(figure.decimals, judge.decimals[figure.unit]),
            parcels=mapped.parcels,
            other=mapped.other,
        )
        obstacle: Clause = {} if at else {"kind": "not_drawn"}
        if figure.value is None:
            obstacle = {"kind": "no_figure"}
        return judge.judged(row, mapped, obstacle)
