"""Parcels as checks see them, and what they record of themselves, against their drawing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from landgis.balance.mapped import record_precision_m2
from landgis.findings import NOTHING, Check, Verdict, define, findings_table
from landgis.landuse import classified
from landgis.layers.faults import shared_areas
from landgis.measure import area_m2, perimeter_m
from landgis.measure.areas import survey_tolerance_m2
from landgis.units import half_up_all

Method = Literal["plane", "ellipsoid", "survey"]
Noun = Literal["parcel", "area"]
"""What the land is called in sentences: a parcel (宗地), or an area (片区) of a programme."""
Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MANY = 20
"""Up to this many parcels of one fault have a finding each; more are one finding with members."""


@dataclass(frozen=True, slots=True)
class View:
    """The parcels that are drawn.

    Parameters
    ----------
    drawn
        Table ``parcels`` without those that have no geometry, rows numbered from 0.
    ids
        Their ids.
    shapes, area, tolerance
        Valid shapes, their areas and survey tolerances in m².
    method
        How areas are measured.
    least
        Overlaps up to this size (m²) are drawing noise.
    noun
        Whether they are parcels or the areas of a programme.
    """

    drawn: gpd.GeoDataFrame
    ids: npt.NDArray[np.object_]
    shapes: npt.NDArray[np.object_]
    area: Floats
    tolerance: Floats
    method: Method
    least: float
    noun: Noun

    @classmethod
    def of(
        cls,
        drawn: gpd.GeoDataFrame,
        *,
        method: Method,
        point_error_m: float,
        least: float,
        noun: Noun,
    ) -> View:
        """Measure parcels."""
        shapes = np.array(drawn.geometry.array, dtype=object)
        wrong = ~shapely.is_valid(shapes)
        shapes[wrong] = shapely.make_valid(shapes[wrong])  # of a valid one it makes a copy
        return cls(
            drawn=drawn,
            ids=np.asarray(drawn["parcel_id"], dtype=object),
            shapes=shapes,
            area=area_m2(drawn.geometry, method=method).to_numpy(),
            tolerance=survey_tolerance_m2(drawn, point_error_m=point_error_m).to_numpy(),
            method=method,
            least=least,
            noun=noun,
        )

    def shared(self, others: npt.NDArray[np.object_], *, same: bool) -> tuple[Rows, Rows, Floats]:
        """Pairs (parcel, other) that share more than the least overlap, and how much, in m²."""
        first, second, common = shared_areas(self.shapes, None if same else others)
        shared = area_m2(common, crs=self.drawn.crs, method=self.method)
        kept = np.flatnonzero(shared > self.least)
        kept = kept[np.lexsort((second[kept], first[kept]))]
        return first[kept], second[kept], shared[kept]

    def rows(
        self,
        check: Check,
        kind: str,
        verdict: Verdict | npt.NDArray[np.str_],
        rows: Rows,
        *,
        expected: Any = None,
        actual: Floats | None = None,
        tolerance: Any = None,
        values: Mapping[str, Any] = NOTHING,
        **columns: Any,
    ) -> pd.DataFrame:
        """Make a finding for each of the parcels at ``rows``; numbers are arrays in m²."""
        told = {"expected": expected, "actual": actual, "tolerance": tolerance}
        if expected is not None and actual is not None:
            told["difference"] = actual - expected
        numbers = {name: half_up_all(n, 2) for name, n in told.items() if n is not None}
        ids = self.ids[rows]
        return check.rows(
            kind,
            verdict,
            **{"subject": ids, "category": self.drawn["category"].to_numpy()[rows], **columns},
            **numbers,
            unit="" if actual is None else "平方米",
            values={"noun": self.noun, **values},
        )

    def together(
        self,
        check: Check,
        kind: str,
        verdict: Verdict,
        rows: Rows,
        *,
        area: float | None = None,
        values: Mapping[str, Any] = NOTHING,
        **columns: Any,
    ) -> pd.DataFrame:
        """Make one finding for all parcels at ``rows``: their number, area and ids."""
        if area is not None:
            columns |= {"actual": half_up_all([area], 2).item(), "unit": "平方米"}
        return several(check, kind, verdict, self.ids[rows], self.noun, values=values, **columns)

    def summary(
        self,
        check: Check,
        kind: str,
        verdict: Verdict,
        *,
        count: int = 0,
        values: Mapping[str, Any] = NOTHING,
        **columns: Any,
    ) -> pd.DataFrame:
        """Make the finding that a check went well, or could not be made, for ``count`` parcels."""
        told = {"noun": self.noun, "count": count, **values}
        return findings_table([check.finding(kind, verdict, values=told, **columns)])


def several(
    check: Check,
    kind: str,
    verdict: Verdict,
    ids: Iterable[Any],
    noun: Noun,
    *,
    values: Mapping[str, Any] = NOTHING,
    **columns: Any,
) -> pd.DataFrame:
    """Make one finding for all parcels of ``ids``; they are its members.

    Examples
    --------
    >>> from landgis.checks.records import GEOMETRY
    >>> found = several(GEOMETRY, "missing_many", "fail", ["a", "b"], "parcel")
    >>> found[["values", "members"]].values.tolist()
    [[{'noun': 'parcel', 'count': 2}, ('a', 'b')]]
    """
    members = tuple(dict.fromkeys(map(str, ids)))
    told = {"noun": noun, "count": len(members), **values}
    return findings_table([check.finding(kind, verdict, values=told, members=members, **columns)])


SLIVER_WIDTH_M = 1.0

GEOMETRY = define("""parcels.geometry 图形 | geometry
    每宗地在图层中是否有图形。 | Whether every parcel of the layer has a shape.
    missing: {noun:land} {subject} 没有图形。 | {noun:Land} {subject} has no geometry.
    missing_many: {count} {noun:counted}没有图形：{members:some}。
    | {count} {noun:land}s have no geometry: {members:some}.
    drawn: {count} {noun:counted}均有图形。 | All {count} {noun:land}s have a geometry.""")

USE = define("""parcels.use 用途 | use
    每宗地登记的用途是否在用途分类之中。
    | Whether the recorded use of every parcel is one of a classification, or of the plan.
    missing: {noun:land} {subject} 没有登记用途。 | {noun:Land} {subject} has no use.
    missing_many: {count} {noun:counted}没有登记用途：{members:some}。
    | {count} {noun:land}s have no use: {members:some}.
    unknown: {noun:land} {subject} 的用途“{category}”不在用途分类中，未计入任何用途。
    | The use “{category}” of {noun:land} {subject} is in no classification and counts for none.
    unknown_many: {count} {noun:counted}的用途“{category}”不在用途分类中，未计入任何用途：
      {members:some}。
    | The use “{category}” of {count} {noun:land}s is in no classification and counts for none:
      {members:some}.
    known: {count} {noun:counted}均有可识别的用途。 | All {count} {noun:land}s have a known use.""")

AREA = define("""parcels.area 登记与图形面积 | recorded and drawn area
    登记面积与图形面积之差是否在界址点误差之内。
    | Whether recorded and drawn area agree within the error of boundary points.
    differs: {noun:land} {subject} 登记 {expected:2} 平方米，图形{basis:clause} {actual:2} 平方米，
      相差 {difference:+2} 平方米（{part:+2%}）。
    | {noun:Land} {subject}: recorded {expected:2} m², {basis:clause} {actual:2} m², {difference:+2}
      m² apart ({part:+2%}).
    nothing: {noun:land} {subject} 登记 0 平方米，图形{basis:clause} {actual:2} 平方米。
    | {noun:Land} {subject}: recorded 0 m², {basis:clause} {actual:2} m².
    factor: {count} {noun:counted}的登记面积都是图形{basis:clause}的 {factor:6} 倍，应是面积单位或口
      径不同，并非各宗有误：{members:some}。
    | The recorded areas of {count} {noun:land}s are all {factor:6} times the {basis:clause}:
      another unit or kind of area, not an error of each: {members:some}.
    unrecorded: {count} {noun:counted}没有登记面积，无法与图形核对。
    | {count} {noun:counted}{count:s} without a recorded area to compare.
    agrees: {count} {noun:counted}的登记面积与图形{basis:clause}之差在界址点误差之内。
    | {count} {noun:counted}{count:s}: recorded and drawn ({basis:clause}) agree within
      boundary-point error.
    plane: 平面面积 | plane area
    ellipsoid: 椭球面积 | ellipsoid area
    survey: 图斑椭球面积 | survey area""")

SLIVER = define("""parcels.sliver 狭长碎片 | slivers
    宗地的平均宽度（2 × 面积 ÷ 周长）是否在 1 米以上。
    | Whether the mean width of a parcel (2 × area ÷ perimeter) is 1 m at least.
    thin: {noun:land} {subject} 为狭长碎片：平均宽度 {width:2} 米，面积 {actual:2} 平方米。
    | {noun:Land} {subject} is a sliver: mean width {width:2} m, area {actual:2} m².
    none: 没有狭长碎片。 | No {noun:land} is a sliver.""")


def geometry(missing: pd.DataFrame, count: int, noun: Noun) -> Iterator[pd.DataFrame]:
    """Tell the parcels that are not drawn."""
    ids = missing["parcel_id"].to_numpy()
    if len(ids) > MANY:
        yield several(GEOMETRY, "missing_many", "fail", ids, noun)
    elif len(ids):
        yield GEOMETRY.rows("missing", "fail", subject=ids, values={"noun": noun})
    else:
        values = {"noun": noun, "count": count}
        yield findings_table([GEOMETRY.finding("drawn", "pass", values=values)])


def use(land: pd.DataFrame, noun: Noun, *, named: Collection[str] = ()) -> Iterator[pd.DataFrame]:
    """Tell the parcels of no use, or of one that neither a classification nor the plan knows."""
    uses = land["category"]
    strange = [name for name in uses.unique() if not classified(name) and name not in named]
    for name in sorted(strange):
        ids = land.loc[uses == name, "parcel_id"].to_numpy()
        kind = "unknown" if name else "missing"
        verdict: Verdict = "unknown" if name else "fail"
        if len(ids) > (1 if name else MANY):
            yield several(USE, f"{kind}_many", verdict, ids, noun, category=name)
        else:
            yield USE.rows(kind, verdict, subject=ids, category=name, values={"noun": noun})
    if not strange:
        values = {"noun": noun, "count": len(land)}
        yield findings_table([USE.finding("known", "pass", values=values)])


def areas(view: View) -> Iterator[pd.DataFrame]:
    """Compare recorded with drawn area."""
    recorded = view.drawn["recorded_area_m2"].to_numpy()
    bound = view.tolerance + record_precision_m2(recorded)
    basis = {"basis": {"kind": view.method}}
    far = np.flatnonzero(np.abs(view.area - recorded) > bound)
    alike, factor = _one_factor(recorded[far], view.area[far], bound[far])
    if alike.any():
        told = {**basis, "factor": factor}
        total = float(view.area[far[alike]].sum())
        yield view.together(AREA, "factor", "fail", far[alike], area=total, values=told)
    single = far[~alike]
    nought = recorded[single] == 0
    for kind, rows in (("differs", single[~nought]), ("nothing", single[nought])):
        if len(rows):
            part = {"part": view.area[rows] / recorded[rows] - 1} if kind == "differs" else {}
            yield view.rows(
                AREA,
                kind,
                "fail",
                rows,
                expected=recorded[rows],
                actual=view.area[rows],
                tolerance=bound[rows],
                values=basis | part,
            )
    absent = int(np.isnan(recorded).sum())
    good = len(recorded) - absent - len(far)
    if absent:
        yield view.summary(AREA, "unrecorded", "unknown", count=absent)
    if good:
        yield view.summary(AREA, "agrees", "pass", count=good, values=basis)


def _one_factor(
    recorded: Floats, drawn: Floats, bound: Floats
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], float]:
    """Find the factor that most of many differing parcels have in common: another unit, say."""
    none = np.zeros(len(recorded), dtype=bool)
    if len(recorded) <= MANY or not (recorded > 0).any():
        return none, 1.0
    factor = float(np.median(recorded / np.maximum(drawn, 1e-9)))
    alike = np.abs(recorded - factor * drawn) <= bound * max(factor, 1e-4)
    return (alike, factor) if alike.sum() > max(MANY, len(recorded) / 2) else (none, 1.0)


def slivers(view: View) -> Iterator[pd.DataFrame]:
    """Parcels too thin to be parcels: mean width 2A/P below `SLIVER_WIDTH_M`."""
    around = perimeter_m(view.drawn).to_numpy()
    width = 2 * view.area / np.where(around > 0, around, np.inf)
    thin: Rows = np.flatnonzero(width < SLIVER_WIDTH_M)
    if len(thin):
        told = {"width": width[thin]}
        yield view.rows(SLIVER, "thin", "fail", thin, actual=view.area[thin], values=told)
    else:
        yield view.summary(SLIVER, "none", "pass")
