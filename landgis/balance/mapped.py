"""The land on the map that counts against a plan: one table, and on which area it counts.

The crosswalk keeps measured areas and shares. What counts against a plan is the area that the plan
itself is made of: the recorded one where the layer has it and the drawing bears it out, each
parcel's shared out as the drawing divides it; otherwise the measured one. Areas are whole numbers
of a fifteen-millionth of a square metre, in which 0.0001 亩 and 0.01 m² both come out even, so
that sums are exact whatever their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, TypedDict

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from landgis.balance.figures import LEAST_DECIMALS, Uses
from landgis.measure import Flags, Floats, Integers, Method, area_m2
from landgis.measure.areas import POINT_ERROR_M, survey_tolerance_m2
from landgis.schema import CROSSWALK, PARCELS, REGIONS, as_text, conform
from landgis.units import M2_PER_UNIT

By = Literal["polygon", "recorded"]
Area = Literal["recorded", "plane", "ellipsoid", "survey"]

STEPS_PER_M2 = 15_000_000
"""Whole numbers of 1/15,000,000 m²: 0.0001 亩 is 1,000,000 of them, 0.01 m² 150,000."""

INVENTED = ("sample", "schematic")
"""Kinds of land (``basis`` of a parcel) whose area was made from the plan's own figures."""

RECORDS = ("category", "land_source", "supply_mode")
"""What is recorded of a parcel that a figure may be narrowed down by."""

_FEW = (*RECORDS, "polygon", "region", "counted")
"""Columns of pieces with few different texts: kept as categories, a byte a row."""

_EVEN, _MOSTLY, _DIFFERENT = 1e-6, 0.9, 5
_WHOLE = 1 - 1e-9  # the share of a piece that is its whole parcel


@dataclass(frozen=True, kw_only=True, eq=False)
class Mapped:
    """The land that counts, piece by piece, and the regions that it lies in.

    Parameters
    ----------
    pieces
        A row for each row of the crosswalk, in its order and with its index: ``parcel_id``,
        ``region`` (name that the piece counts in; empty outside all regions), ``polygon`` (name
        of the region that it lies in), ``category``, ``land_source``, ``supply_mode``,
        ``area_m2`` (what counts), ``tolerance_m2`` (what is open of it), ``counted``
        (``recorded``, ``plane``, ``ellipsoid`` or ``survey``), ``invented``, and in steps of
        1/`STEPS_PER_M2` m² ``steps`` and what it would be on other areas.
    area
        On which area land is counted.
    measured
        How the area of a parcel is measured where no record counts.
    regions
        Table ``regions``.
    drawn, absent, rough
        Names of regions with a polygon, without one, and with an approximate border.
    incomplete
        Members without polygon of regions that lack some.
    """

    pieces: pd.DataFrame
    area: Area
    measured: Method
    regions: pd.DataFrame
    by: By
    drawn: tuple[str, ...]
    absent: tuple[str, ...]
    rough: frozenset[str]
    incomplete: Mapping[str, tuple[str, ...]]
    cells: Mapping[str, Cells]

    @cached_property
    def parcels(self) -> pd.DataFrame:
        """Give one row for each parcel, by its id: where most of it counts, and its area.

        Columns ``region`` (empty outside all), ``steps`` and ``area_m2`` (what counts), and
        ``regions`` (how many it counts in).
        """
        pieces = self.pieces
        parcel, ids = pd.factorize(pieces["parcel_id"])
        steps, region = pieces["steps"].to_numpy(), pieces["region"].cat.codes.to_numpy()
        order = np.lexsort((-steps, parcel))  # of each parcel the largest piece first
        main = order[np.r_[True, np.diff(parcel[order]) != 0][: len(order)]]
        summed = np.zeros(len(ids), dtype=np.int64)
        np.add.at(summed, parcel, steps)
        meets = pd.DataFrame({"parcel": parcel, "region": region}).drop_duplicates()
        return pd.DataFrame(
            {
                "region": pieces["region"].astype("str").to_numpy()[main],
                "steps": summed,
                "area_m2": summed / STEPS_PER_M2,
                "regions": np.bincount(meets["parcel"], minlength=len(ids)),
            },
            index=pd.Index(ids, name="parcel_id"),
        )

    @property
    def uses(self) -> tuple[str, ...]:
        """Uses of the land that lies in a region, in its order."""
        return tuple(dict.fromkeys(filter(None, map(str, self.cells["inside"].keys["category"]))))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all regions, in their order."""
        return tuple(str(name) for name in self.regions["name"])

    def sum(
        self,
        region: str = "",
        category: str | None = "",
        *,
        uses: Uses | None = None,
        members: Iterable[str] = (),
        facets: Iterable[tuple[str, str]] = (),
        open_: bool = False,
    ) -> Sum:
        """Add up the land of a region and use, exact.

        Parameters
        ----------
        region, category
            Empty for all regions together, and for all uses; None for land without recorded use.
        uses
            Uses as the plan speaks of them; those of the classification by default.
        members
            What a composite use is made of.
        facets
            (column, word): only land recorded so, ``land_source`` or ``supply_mode``.
        open_
            Whether land outside all regions may count.
        """
        return self.cells["region" if region else "inside"].sum(
            region, category, uses or Uses(), tuple(members), tuple(facets),
            wider=self.cells["all"] if open_ and not region else None,
        )  # fmt: skip

    def outside(
        self, category: str = "", *, uses: Uses | None = None, members: Iterable[str] = ()
    ) -> Sum:
        """Add up the land that lies in no region."""
        return self.cells["region"].sum("", category, uses or Uses(), tuple(members), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """An amount of land.

    Parameters
    ----------
    least, most
        What certainly counts, and what may count, in m², exact.
    vague
        What lies in the region and may count besides.
    survey_m2
        What the boundary points leave open of ``most``: those of parcels add as squares.
    parcels
        Ids of the parcels that certainly count.
    invented
        Whether some of it was made from the plan's own figures.
    other
        ``least`` on other areas, by their name.
    """

    least: Fraction
    most: Fraction
    vague: Fraction
    survey_m2: float
    parcels: tuple[str, ...]
    invented: bool
    other: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Sums by region, use, source and mode: what every figure is added up from.

    Parameters
    ----------
    keys
        By column of `RECORDS` the record of each cell.
    where
        Cells of each region.
    steps
        Sums by kind of area.
    squares
        Sums of the squares of parcels' tolerances.
    starts, ids
        The parcels of cell ``i`` are ``ids[starts[i]:starts[i + 1]]``.
    """

    keys: Mapping[str, npt.NDArray[np.object_]]
    where: Mapping[str, Integers]
    steps: Mapping[str, Integers]
    squares: Floats
    invented: Flags
    starts: Integers
    ids: npt.NDArray[np.object_]

    @classmethod
    def of(
        cls, pieces: pd.DataFrame, parcel: Integers, ids: npt.NDArray[np.object_], *, by: Any
    ) -> Cells:
        """Group pieces of ``ids[parcel]``; one with several pieces in a cell is there once."""
        table = pieces[list(RECORDS)].assign(region=by)
        columns = ["region", *RECORDS]
        cell = table.groupby(columns, sort=False, observed=True).ngroup().to_numpy()
        order = np.lexsort((parcel, cell))
        cell, parcel = cell[order], parcel[order]
        first = np.r_[True, (cell[1:] != cell[:-1]) | (parcel[1:] != parcel[:-1])]
        first = first[: len(cell)]
        heads = np.flatnonzero(first)
        owner = cell[heads]
        starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]][: len(owner)])

        def summed(name: str) -> Any:
            values = pieces[name].to_numpy()[order]
            return np.add.reduceat(values, heads) if len(heads) else values

        def by_cell(values: Any) -> Any:
            return np.add.reduceat(values, starts) if len(starts) else values

        names = [c for c in pieces.columns if c == "steps" or c.startswith("steps_")]
        keys = table.iloc[order[heads[starts]]].reset_index(drop=True)
        return cls(
            keys={column: keys[column].to_numpy(dtype=object) for column in RECORDS},
            where={
                str(k): np.asarray(v)
                for k, v in keys.groupby("region", observed=True).indices.items()
            },
            steps={name: by_cell(summed(name)) for name in names},
            squares=by_cell(summed("tolerance_m2") ** 2),
            invented=by_cell(summed("invented")) > 0,
            starts=np.append(starts, len(heads)).astype(np.int64),
            ids=ids[parcel[heads]],
        )

    def sum(
        self,
        region: str,
        category: str | None,
        uses: Uses,
        members: tuple[str, ...],
        facets: tuple[tuple[str, str], ...],
        *,
        wider: Cells | None = None,
    ) -> Sum:
        """Add up the cells of one figure; ``wider`` are the cells of what may count besides."""
        sure, here = self.chosen(region, category, uses, members, facets)
        other, possible = self, here
        if wider is not None:
            other, (_, possible) = wider, wider.chosen(region, category, uses, members, facets)
        parcels = [self.ids[self.starts[i] : self.starts[i + 1]] for i in sure]
        areas = {name: area_of(self.steps[name][sure]) for name in self.steps}
        return Sum(
            vague=area_of(self.steps["steps"][here]) - areas["steps"],
            least=areas.pop("steps"),
            most=area_of(other.steps["steps"][possible]),
            survey_m2=float(np.sqrt(other.squares[possible].sum())),
            parcels=tuple(np.concatenate(parcels)) if parcels else (),
            invented=bool(self.invented[sure].any()),
            other={name.removeprefix("steps_"): area for name, area in areas.items()},
        )

    def chosen(
        self,
        region: str,
        category: str | None,
        uses: Uses,
        members: tuple[str, ...],
        facets: tuple[tuple[str, str], ...],
    ) -> tuple[Integers, Integers]:
        """Give the cells that certainly count, and those that may."""
        here = self.where.get(region, np.array([], dtype=np.int64))
        sure, possible = uses.flags(self.keys["category"][here], category, members)
        for column, word in facets:
            if column in self.keys:
                records = self.keys[column][here]
                sure &= np.array([word in told for told in records], dtype=bool)
                possible &= np.array([word in told or not told for told in records], dtype=bool)
        return here[sure], here[possible]


class CountedBy(TypedDict, total=False):
    """Which area of a parcel counts, as `map_land` explains it."""

    area: Area | None
    surveyed: bool
    point_error_m: float


class Counting(CountedBy, total=False):
    """How land is counted, as `map_land` explains it: whoever has land counted hands it on."""

    by: By
    splits: Mapping[str, Mapping[str, float]]


def measured_by(area: Area | None, *, surveyed: bool) -> Method:
    """Say how an area is measured where no record counts: 图斑 on the ellipsoid, 宗地 in the plane.

    Examples
    --------
    >>> measured_by(None, surveyed=False), measured_by("recorded", surveyed=True)
    ('plane', 'ellipsoid')
    >>> measured_by("survey", surveyed=False)
    'survey'
    """
    if area is None or area == "recorded":
        return "ellipsoid" if surveyed else "plane"
    return area


def map_land(
    crosswalk: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    regions: gpd.GeoDataFrame,
    by: By = "polygon",
    area: Area | None = None,
    surveyed: bool = False,
    point_error_m: float = POINT_ERROR_M,
    splits: Mapping[str, Mapping[str, float]] | None = None,
) -> Mapped:
    """Join the crosswalk with what parcels and regions say of each piece, and count its area.

    Parameters
    ----------
    crosswalk, parcels, regions
        Tables of `landgis.schema`. A region may say in a column ``missing`` (names, with 、
        between) which of its members have no polygon.
    by
        Which region a piece counts in. ``polygon``: the one it lies in; only a parcel recorded
        for a region that has no polygon (市直) counts there, and so not twice. ``recorded``: the
        one that the parcel is recorded for, and where it lies if it is recorded for none.
    area
        ``recorded``: the recorded area, as the drawing divides it, of every parcel whose record
        and drawing agree within the error of its boundary points; of the others as measured.
        ``plane``, ``ellipsoid``, ``survey``: as measured (see `landgis.measure.area_m2`). By
        default ``recorded`` where the layer has recorded areas, else as measured.
    surveyed
        Whether the polygons are those of a land survey (图斑), which are measured on the
        ellipsoid; parcels (宗地) are measured in the plane.
    point_error_m
        Error of a boundary point, for ``tolerance_m2``.
    splits
        Word for a use → share of each use that land of that word counts as (商住混合: 0.3 商服用地,
        0.7 住宅用地). A piece of such land has a row for each.

    Notes
    -----
    A recorded area is a number, which no boundary point changes: where it counts undivided, its
    ``tolerance_m2`` is half a unit of its last digit. Of other pieces it is the parcel's survey
    tolerance times the share.

    Examples
    --------
    >>> from shapely import box
    >>> square = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a"], "category": ["住宅用地"], "recorded_area_m2": [81.01]},
    ...     geometry=[box(0, 0, 9, 9)], crs=4549)
    >>> town = gpd.GeoDataFrame(
    ...     {"region_id": ["r"], "name": ["东镇"]}, geometry=[box(0, 0, 99, 99)], crs=4549)
    >>> pairs = pd.DataFrame(
    ...     {"parcel_id": ["a"], "region_id": ["r"], "area_m2": [81.0], "share": [1.0]})
    >>> land = map_land(pairs, square, regions=town)
    >>> land.pieces[["region", "category", "area_m2", "counted"]].values.tolist()
    [['东镇', '住宅用地', 81.01, 'recorded']]
    >>> land.sum("东镇").least
    Fraction(8101, 100)
    """
    pieces = conform(crosswalk, CROSSWALK)[list(CROSSWALK.names)]
    tiles = conform(regions, REGIONS)
    land = conform(parcels, PARCELS)
    measured = measured_by(area, surveyed=surveyed)
    known = land["recorded_area_m2"].gt(0).any()
    counted_by: Area = area or ("recorded" if known else measured)
    wholes = _wholes(pieces, land, parcels, measured, point_error_m)
    told = wholes.reindex(pieces["parcel_id"])
    for column in (*RECORDS, "recorded_region"):
        pieces[column] = told[column].fillna("").astype("str").to_numpy()
    names = tiles.drop_duplicates("region_id").set_index("region_id")["name"]
    pieces["polygon"] = as_text(pieces["region_id"].map(names))
    absent = without_polygon(regions)
    claimed = pieces["recorded_region"].isin(names if by == "recorded" else absent)
    pieces["region"] = pieces["recorded_region"].where(claimed, pieces["polygon"])
    pieces["invented"] = told["basis"].isin(INVENTED).to_numpy()
    pieces = _counted(pieces, told, counted_by, measured)
    pieces = _split(pieces, splits or {}).astype(dict.fromkeys(_FEW, "category"))
    missing = tiles["missing"] if "missing" in tiles else pd.Series("", index=tiles.index)
    inside = (pieces["region"] != "").to_numpy()
    parcel, each = pd.factorize(pieces["parcel_id"])
    ids = each.to_numpy(dtype=object)  # one text a parcel, however many cells name it
    return Mapped(
        pieces=pieces,
        area=counted_by,
        measured=measured,
        regions=tiles,
        by=by,
        drawn=tuple(str(name) for name in tiles["name"] if name not in absent),
        absent=tuple(absent),
        rough=frozenset(tiles["name"][tiles["basis"] == "approximate"]),
        incomplete={
            str(name): tuple(str(lacking).split("、"))
            for name, lacking in zip(tiles["name"], missing.fillna(""), strict=True)
            if lacking and name not in absent
        },
        cells={
            "region": Cells.of(pieces, parcel, ids, by=pieces["region"]),
            "inside": Cells.of(pieces[inside], parcel[inside], ids, by=""),
            "all": Cells.of(pieces, parcel, ids, by=""),
        },
    )


def counted_area(
    parcels: gpd.GeoDataFrame,
    *,
    area: Area | None = None,
    surveyed: bool = False,
    point_error_m: float = POINT_ERROR_M,
) -> pd.Series:
    """Give the area of each parcel that counts, in m², as `map_land` counts it undivided.

    Where records count, what is not drawn counts as recorded.

    Examples
    --------
    >>> from shapely import box
    >>> squares = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a", "b"], "recorded_area_m2": [81.01, 900.0]},
    ...     geometry=[box(0, 0, 9, 9)] * 2, crs=4549)
    >>> counted_area(squares).tolist()
    [81.01, 81.0]
    >>> counted_area(squares, area="plane").tolist()
    [81.0, 81.0]
    """
    measured = measured_by(area, surveyed=surveyed)
    if area not in (None, "recorded") or "recorded_area_m2" not in parcels:
        return pd.Series(area_m2(parcels, method=measured))
    recorded = pd.to_numeric(parcels["recorded_area_m2"], errors="coerce").to_numpy("float64")
    survey = survey_tolerance_m2(parcels, point_error_m=point_error_m).fillna(0.0).to_numpy()
    known: dict[str, Floats] = {
        "recorded": recorded,
        "plane": area_m2(parcels, method="plane").to_numpy(),
        "ellipsoid": area_m2(parcels, method="ellipsoid").to_numpy(),
    }
    borne_out = _borne_out(known, survey, record_precision_m2(recorded))
    counted = np.where(borne_out | ~(known[measured] > 0), recorded, known[measured])
    return pd.Series(counted, index=parcels.index, dtype="float64")


def _split(pieces: pd.DataFrame, splits: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Divide pieces of a mixed use among its uses, in whole steps; the last takes the rest."""
    mixed = pieces["category"].isin(list(splits))
    if not mixed.any():
        return pieces
    amounts = [c for c in pieces.columns if c == "steps" or c.startswith("steps_")]
    parts = [pieces[~mixed]]
    for word, shares in splits.items():
        whole = pieces[pieces["category"] == word]
        given = whole[amounts] * 0
        for use, share in shares.items():
            last = use == list(shares)[-1]
            steps = whole[amounts] - given if last else (whole[amounts] * share).round()
            steps = steps.astype("int64")
            given = given + steps
            part = whole.assign(category=use, **{name: steps[name] for name in amounts})
            parts.append(
                part.assign(
                    area_m2=part["steps"] / STEPS_PER_M2, tolerance_m2=part["tolerance_m2"] * share
                )
            )
    return pd.concat(parts).sort_index(kind="stable")


def without_polygon(regions: gpd.GeoDataFrame) -> list[str]:
    """Name the regions that have no polygon (市直), in their order.

    Examples
    --------
    >>> unit = gpd.GeoDataFrame({"region_id": ["u"], "name": ["市直"]}, geometry=[None])
    >>> without_polygon(unit)
    ['市直']
    """
    absent = regions.geometry.isna() | regions.geometry.is_empty
    return [str(name) for name in regions.loc[absent, "name"]]


def record_precision_m2(recorded: Iterable[float]) -> float:
    """Tell what the print of a layer's recorded areas leaves open, in m²: half a last digit.

    A layer holds areas that were printed in m², 亩 or 公顷; in m² a number printed in another
    unit has no end. All of a layer are taken to be printed alike, in the unit that needs the
    fewest digits; a few round numbers do not prove a coarser print than whole m².

    Examples
    --------
    >>> record_precision_m2([81.01, 40_000.0])
    0.005
    >>> round(record_precision_m2([12.34 * 10_000 / 15, 20_000.0]), 3)
    3.333
    >>> record_precision_m2([35_000, 16_600, 25_700, 29_400, 10_500, 20_700.0])  # 公顷, as 3.50
    50.0
    """
    values = np.asarray(recorded, dtype=np.float64)
    values = np.unique(values[np.isfinite(values)])
    most = 0.0
    for unit, finest, coarsest in (("平方米", 2, 0), ("亩", 4, 0), ("公顷", 6, 2)):
        per_unit = float(M2_PER_UNIT[unit])
        digits = np.full(len(values), -1)
        for decimals in range(finest, coarsest - 1, -1):
            scaled = values / per_unit * 10**decimals
            digits[np.abs(scaled - np.rint(scaled)) < _EVEN] = decimals
        if len(values) and (digits >= 0).mean() > _MOSTLY:
            open_ = float(0.5 / 10 ** digits.max() * per_unit)
            if not most or len(values) >= _DIFFERENT:
                most = max(most, open_)
    return most or 0.005


def area_of(steps: Any) -> Fraction:
    """Add up steps of 1/`STEPS_PER_M2` m², exact, in m².

    Examples
    --------
    >>> area_of(np.array([150_000, 150_000]))
    Fraction(1, 50)
    """
    return Fraction(int(np.asarray(steps).sum()), STEPS_PER_M2)


def shown_areas(
    steps: npt.NDArray[np.int64], unit: str, decimals: int = LEAST_DECIMALS
) -> list[Decimal]:
    """Give many areas in steps as `shown_area` shows each.

    Examples
    --------
    >>> shown_areas(np.array([1_250 * STEPS_PER_M2, 0]), "公顷")
    [Decimal('0.13'), Decimal('0.00')]
    """
    digits = max(decimals, LEAST_DECIMALS)
    last = STEPS_PER_M2 * M2_PER_UNIT[unit] / 10**digits  # steps in one of the last digit
    whole = (2 * steps * last.denominator + last.numerator) // (2 * last.numerator)
    return [Decimal(number).scaleb(-digits) for number in whole.tolist()]


def agrees(
    recorded: Floats, drawn: Floats, survey_m2: Floats, *, precision_m2: float = 0.005
) -> Flags:
    """Tell whether recorded and drawn areas agree within boundary points and print.

    Examples
    --------
    >>> agrees(np.array([81.0, 82.0, np.nan]), np.full(3, 81.4), np.full(3, 0.5)).tolist()
    [True, False, False]
    """
    return np.asarray(np.abs(recorded - drawn) <= survey_m2 + precision_m2)


# ---------------------------------------------------------------- one area for each parcel


def _wholes(
    pieces: pd.DataFrame,
    land: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    measured: Method,
    point_error_m: float,
) -> pd.DataFrame:
    """Give of each id its records, and its whole area by record, in the plane and as joined."""
    table = land[["parcel_id", *RECORDS, "region", "basis"]].rename(
        columns={"region": "recorded_region"}
    )
    table = pd.DataFrame(table).drop_duplicates("parcel_id").set_index("parcel_id")
    areas = pd.DataFrame(
        {
            "recorded": land["recorded_area_m2"].to_numpy(),
            "survey_m2": survey_tolerance_m2(parcels, point_error_m=point_error_m).to_numpy(),
            "plane": area_m2(parcels, method="plane").to_numpy(),
        }
    )
    if measured not in areas and measured != "ellipsoid":
        areas[measured] = area_m2(parcels, method=measured).to_numpy()
    # An id that stands twice is one parcel in two parts: its areas are the parts' together.
    by_id = areas.groupby(land["parcel_id"].to_numpy())
    table = table.join(by_id.sum(min_count=1))
    # Areas on the ellipsoid are the join's own.
    table["ellipsoid"] = pieces.groupby("parcel_id")["area_m2"].sum()
    return table


def _counted(
    pieces: pd.DataFrame, told: pd.DataFrame, counted_by: Area, measured: Method
) -> pd.DataFrame:
    """Give each piece its part of the area that counts, and of the other areas."""
    names = [c for c in ("recorded", "plane", "ellipsoid", "survey") if c in told]
    whole = {name: told[name].to_numpy(dtype="float64") for name in names}
    whole = {name: np.where(np.isfinite(v), v, np.nan) for name, v in whole.items()}
    survey = told["survey_m2"].fillna(0.0).to_numpy()
    precision = record_precision_m2(whole["recorded"])
    borne_out = np.zeros(len(pieces), dtype=bool)
    if counted_by == "recorded":
        borne_out = _borne_out(whole, survey, precision)
    joined = pieces["area_m2"].to_numpy()
    part = joined / np.where(whole["ellipsoid"] > 0, whole["ellipsoid"], np.nan)
    part = np.where(np.isfinite(part), part, 0.0)
    whole["counted"] = np.where(borne_out, whole["recorded"], whole[measured])
    parcel = pd.factorize(pieces["parcel_id"])[0]
    steps = {name: _shared_out(values, part, parcel) for name, values in whole.items()}
    undivided = borne_out & (part >= _WHOLE)
    others = {f"steps_{name}": values for name, values in steps.items() if name != "counted"}
    return pieces.assign(
        area_m2=steps["counted"] / STEPS_PER_M2,
        tolerance_m2=np.where(undivided, precision, survey * part),
        counted=np.where(borne_out, "recorded", measured),
        borne_out=borne_out,
        steps=steps["counted"],
        **others,
    ).drop(columns=["region_id", "recorded_region"])


def _borne_out(whole: Mapping[str, Floats], survey_m2: Floats, precision_m2: float) -> Flags:
    """Tell which recorded areas the drawing bears out, measured in one way or another."""
    recorded = whole["recorded"]
    drawn = [values for name, values in whole.items() if name != "recorded"]
    near = [agrees(recorded, area, survey_m2, precision_m2=precision_m2) for area in drawn]
    return np.asarray(np.logical_or.reduce(near) & (recorded > 0))


def _shared_out(whole: Floats, part: Floats, parcel: Integers) -> Integers:
    """Share whole areas out in steps; what rounding leaves goes to a parcel's largest piece."""
    whole = np.where(np.isfinite(whole), whole, 0.0)
    steps = np.rint(whole * part * STEPS_PER_M2).astype(np.int64)
    if not len(steps):
        return steps
    order = np.lexsort((part, parcel))
    last = order[np.r_[parcel[order][1:] != parcel[order][:-1], True]]
    summed = np.bincount(parcel, part)
    exact = np.rint(whole * STEPS_PER_M2).astype(np.int64)
    total = np.zeros(len(summed), dtype=np.int64)
    np.add.at(total, parcel, steps)
    full = np.abs(summed[parcel[last]] - 1) < 1e-9
    steps[last] += np.where(full, exact[last] - total[parcel[last]], 0)
    return steps
