"""The balance: every figure of the plan beside the land that counts towards it, and the verdict.

A figure is compared with an interval: the area that certainly counts, up to the area that may
count (parcels whose use is missing or coarser than the figure; land outside all polygons while a
region of the plan has none). A verdict is given where the whole interval has the same one;
otherwise it is unknown, and the row says what is open. What is shown of areas anywhere is taken
from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.balance.figures import (
    Figure,
    Uses,
    figures_of,
    plan_unit,
    rounded_parts,
    shown_area,
    shown_decimals,
)
from landgis.balance.mapped import Area, Counting, Mapped, Sum, area_of, map_land
from landgis.divisions import match
from landgis.findings import KEY, Verdict
from landgis.landuse import is_within
from landgis.plan.model import Plan
from landgis.schema import PARCELS, conform
from landgis.units import M2_PER_UNIT, half_up


def rows_of(
    figures: Sequence[Figure],
    land: Mapped,
    *,
    parcels: gpd.GeoDataFrame,
    uses: Uses,
    relative_tolerance: float = 0.0,
) -> tuple[Row, ...]:
    """Set each figure beside its land; a row that repeats another's difference points to it."""
    away = land.pieces["region"].astype("str").ne(land.pieces["polygon"].astype("str"))
    judge = _Judge(
        land=land,
        uses=uses,
        decimals=shown_decimals(figures),
        relative=Fraction(repr(float(relative_tolerance))),
        rounding=rounded_parts(figures),
        away=land.pieces[land.pieces["polygon"].ne("") & away],
    )
    named = _Named(land)
    listed = [figure for figure in figures if figure.origin == "project"]
    drawn = _Drawn(land, parcels, listed) if listed else None
    rows = [
        drawn.row(figure, judge)
        if drawn and figure.origin == "project"
        else judge.row(figure, named.name(figure))
        for figure in figures
    ]
    causes = causes_of(rows)
    return tuple(
        replace(row, causes=tuple(rows[j] for j in causes.get(i, ()))) for i, row in enumerate(rows)
    )


# ---------------------------------------------------------------- which region on the map


class _Named:
    """Regions of the map by all that a plan may call them: their name goes before any code."""

    def __init__(self, land: Mapped) -> None:
        self.land, self.names = land, set(land.names)

    @cached_property
    def by_code(self) -> Mapping[str, str]:
        """The regions by the code of the division that their name means, else by their own."""
        land = self.land
        told = [(match(name).code, name) for name in land.names]
        # A layer may have codes of its own: one counts where the name means no division.
        own = {
            str(code): str(name)
            for code, name, (known, _) in zip(
                land.regions["code"], land.regions["name"], told, strict=True
            )
            if code and not known
        }
        return own | {code: name for code, name in told[::-1] if code}

    def name(self, figure: Figure) -> str:
        """Find the region of a figure; its own name where no layer has it."""
        if not figure.region or figure.region in self.names:
            return figure.region
        return self.by_code.get(figure.region_code, figure.region)


# ---------------------------------------------------------------- what belongs to a figure


@dataclass(frozen=True, slots=True)
class _Judge:
    land: Mapped
    uses: Uses
    decimals: Mapping[str, int]
    relative: Fraction
    rounding: Mapping[Any, Fraction]
    away: pd.DataFrame
    """Pieces that count in another region than the one that they lie in."""

    def row(self, figure: Figure, region: str) -> Row:
        """Set one figure beside the land of its region and use."""
        outside = None
        if not region:
            outside = self.land.outside(figure.category, uses=self.uses, members=figure.members)
        lost = outside is not None and outside.least > 0
        short = [*self.land.absent, *self.land.incomplete]
        mapped = self.land.sum(
            region,
            figure.category,
            uses=self.uses,
            members=figure.members,
            facets=figure.facets,
            open_=lost and bool(short),
        )
        row = _begun(figure, region, mapped, shown=self.decimals[figure.unit])
        notes = list(self._moved(row))
        if outside is not None and lost:
            notes += self._lost(row, outside, short)
        if mapped.vague:
            area = _said(row, mapped.vague)
            notes.append({"kind": "vague", "area": area, "unit": figure.unit})
        if region in self.land.rough:
            notes.append({"kind": "rough"})
        if figure.again:
            again = f"{figure.again.value:,f}"
            notes.append({"kind": "again", "value": again, "again_unit": figure.again.unit})
        row = replace(row, notes=tuple(notes))
        return self.judged(row, mapped, self._obstacle(row))

    def _moved(self, row: Row) -> Iterator[Clause]:
        """Tell of land inside the region that counts for another by its record."""
        if not row.region or self.away.empty:
            return
        away = self.away[self.away["polygon"] == row.region]
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
        verdict, reason = judged_on(row, self.land.area)
        if verdict == "pass" and mapped.invented:
            # What was drawn from the plan's own figures agrees with them, and proves nothing.
            verdict, reason = "note", {"kind": "same_source"}
        return replace(row, verdict=verdict, reason=reason)


def _begun(figure: Figure, region: str, mapped: Sum, *, shown: int) -> Row:
    """Set a figure beside its land, not yet judged."""
    least, most = mapped.least, mapped.most
    land: Any = {"least": least, "most": most, "parcels": mapped.parcels, "other": mapped.other}
    return Row(figure=figure, region=region, shown=shown, **land)


def _said(row: Row, area_m2: Fraction) -> str:
    """Write an area in the figure's unit, for a clause."""
    return f"{row.text_of(area_m2):,f}"


# ---------------------------------------------------------------- the list


class _Drawn:
    """The parcels that are drawn for the lines of the plan's list: by name, then by number.

    Where most lines are drawn the layer is that of the list, and a line that is not has no land.
    """

    def __init__(self, land: Mapped, parcels: gpd.GeoDataFrame, listed: Sequence[Figure]) -> None:
        self.land = land
        table = conform(parcels, PARCELS)
        self.by_name: dict[str, list[str]] = {}
        for name, parcel in zip(table["name"], table["parcel_id"], strict=True):
            self.by_name.setdefault(str(name), []).append(str(parcel))
        self.known = set(table["parcel_id"])
        self.pieces: dict[str, list[int]] = {}
        for i, parcel in enumerate(land.pieces["parcel_id"]):
            self.pieces.setdefault(parcel, []).append(i)
        found = sum(bool(self.ids(figure)) for figure in listed)
        self.is_of_the_list = 2 * found > len(listed)

    def ids(self, figure: Figure) -> list[str]:
        """Give the parcels that are drawn for a line."""
        name = figure.subject.removeprefix(figure.number).strip()
        ids = self.by_name.get(name, []) if name else []
        return ids or ([figure.number] if figure.number in self.known else [])

    def row(self, figure: Figure, judge: _Judge) -> Row:
        """Set one line of the list beside the land drawn for it."""
        ids = self.ids(figure)
        at = [i for parcel in ids for i in self.pieces.get(parcel, ())]
        pieces = self.land.pieces.iloc[at]
        columns = {c.removeprefix("steps_"): c for c in map(str, pieces) if c.startswith("steps")}
        areas = {name: area_of(pieces[column]) for name, column in columns.items()}
        survey = pieces.groupby("parcel_id")["tolerance_m2"].sum()
        least = areas.pop("steps")
        mapped = Sum(
            least=least,
            most=least,
            vague=Fraction(0),
            survey_m2=float(np.sqrt((survey**2).sum())),
            parcels=tuple(ids),
            invented=bool(pieces["invented"].any()),
            other=areas,
        )
        shown = max(figure.decimals, judge.decimals[figure.unit])
        row = _begun(figure, figure.region, mapped, shown=shown)
        obstacle: Clause = {} if at or self.is_of_the_list else {"kind": "not_drawn"}
        if figure.value is None:
            obstacle = {"kind": "no_figure"}
        return judge.judged(row, mapped, obstacle)


# ---------------------------------------------------------------- what follows from what


def causes_of(rows: Sequence[Row]) -> dict[int, list[int]]:
    """Give for each row that follows from others their positions, the one that leads first.

    A failing row that holds others (a total, a region, a use) follows from those of them that fail
    if their differences together make up its own: a cell that is wrong leads, and what it makes
    fail in its row, its column and the total points to it.
    Where several make up a difference, the largest of them leads; rows that cannot be decided
    for want of one region follow the first of it.
    """
    causes = {i: [leader] for i, leader in _of_regions(rows)}
    failing = [i for i, row in enumerate(rows) if row.verdict == "fail"]
    for i in failing:
        for parts in _parts(rows, i, failing):
            if parts and _makes_up(rows, i, parts):
                size = {p: abs(rows[p].difference_m2 or Fraction(0)) for p in parts}
                causes[i] = sorted(parts, key=size.__getitem__, reverse=True)
                break
    return {i: _leaders(i, causes) for i in causes}


def _of_regions(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Point all rows of a region that has no polygon to the first of them."""
    first: dict[tuple[str, str], int] = {}
    for i, row in enumerate(rows):
        kind = str(row.reason.get("kind", ""))
        if kind not in UNDRAWN:
            continue
        leader = first.setdefault((kind, row.region), i)
        if leader != i:
            yield i, leader


def _parts(rows: Sequence[Row], whole: int, failing: Sequence[int]) -> Iterator[list[int]]:
    """Give sets of failing rows that lie inside one, the finest first: each adds up by itself."""
    row = rows[whole]
    inside = [i for i in failing if i != whole and _is_part(rows[i], row)]
    levels: dict[tuple[bool, ...], list[int]] = {}
    for i in inside:
        part = rows[i]
        told = part.figure
        level = (
            told.origin == "project",
            bool(told.facets),
            bool(part.region) and bool(told.category),
            bool(told.parent),
            bool(part.region),
        )
        levels.setdefault(level, []).append(i)
    yield from sorted(levels.values(), key=len)
    alone = [i for i in inside if _makes_up(rows, whole, [i])]
    finest = [i for i in alone if not any(_is_part(rows[j], rows[i]) for j in alone if j != i)]
    if len(finest) == 1:  # what the rest of its level differs by is not in the whole
        yield finest


def _is_part(part: Row, whole: Row) -> bool:
    """Whether a row is a part of another: finer in region, use or facets, and in none coarser."""
    a, b = part.figure, whole.figure
    if b.origin == "project" or not set(b.facets) <= set(a.facets):
        return False
    region = whole.region in ("", part.region)
    use = b.category in ("", a.category, a.parent) or is_within(a.category, b.category)
    finer = (a.origin == "project") > (b.origin == "project")
    return region and use and (finer or (part.region, a.category, a.facets) != (
        whole.region, b.category, b.facets
    ))  # fmt: skip


def _makes_up(rows: Sequence[Row], whole: int, parts: Sequence[int]) -> bool:
    """Whether the differences of some rows make up that of another, within what all leave open."""
    summed = sum((rows[p].difference_m2 or Fraction(0) for p in parts), Fraction(0))
    slack = rows[whole].tolerance_m2 + sum((rows[p].tolerance_m2 for p in parts), Fraction(0))
    return abs(summed - (rows[whole].difference_m2 or Fraction(0))) <= slack


def _leaders(i: int, causes: dict[int, list[int]]) -> list[int]:
    """Follow each cause to those that have none themselves; a part is finer, so there is an end."""
    found: dict[int, None] = {}
    for j in causes[i]:
        found |= dict.fromkeys(_leaders(j, causes) if j in causes else [j])
    return list(found)


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

    @property
    def key(self) -> str:
        """Its name as one text: `landgis.findings.finding_key` of its finding."""
        return "|".join(filter(None, self.name))

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
        add = partial(self.land.sum, region, category, uses=self.uses, members=members)
        return _line_of(row, lambda facets: add(facets=facets))

    def outside(self, category: str | None = "") -> Line:
        """Give the land that lies in no region."""
        cells = self.land.cells["region"]
        return _line_of(None, lambda facets: cells.sum("", category, self.uses, (), facets))

    def listed(self) -> Iterator[tuple[str, tuple[Row, ...]]]:
        """Give the lines of the plan's list by region, in the order of the list."""
        lines = [row for row in self.rows if row.figure.origin == "project"]
        for region in dict.fromkeys(row.figure.region for row in lines):
            yield region, tuple(row for row in lines if row.figure.region == region)

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
