"""Parcels checked: what they record of themselves, and where they lie.

In regions, in the recorded one, clear of control lines, of each other and of earlier years.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from landgis.balance.mapped import record_precision_m2, without_polygon
from landgis.findings import (
    NOTHING,
    Check,
    Verdict,
    define,
    finding_key,
    finding_keys,
    findings_table,
    follow,
    join_findings,
    unproven,
)
from landgis.landuse import classified
from landgis.layers.faults import shared_areas
from landgis.measure import Floats, Integers, Method, Shapes, area_m2, perimeter_m, require_same_crs
from landgis.measure.areas import POINT_ERROR_M, survey_tolerance_m2
from landgis.schema import (
    CROSSWALK,
    DRAWN_FROM_PLAN,
    PARCELS,
    REGIONS,
    as_text,
    conform,
    guess_fields,
)
from landgis.units import half_up_all

Noun = Literal["parcel", "area"]
"""What the land is called in sentences: a parcel (宗地), or an area (片区) of a programme."""

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
    ids: Shapes
    shapes: Shapes
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

    def shared(self, others: Shapes, *, same: bool) -> tuple[Integers, Integers, Floats]:
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
        rows: Integers,
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
        rows: Integers,
        *,
        area: float | None = None,
        values: Mapping[str, Any] = NOTHING,
        **columns: Any,
    ) -> pd.DataFrame:
        """Make one finding for all parcels at ``rows``: their number, area and ids."""
        if area is not None:
            columns |= {"actual": half_up_all([area], 2).item(), "unit": "平方米"}
        return _several(check, kind, verdict, self.ids[rows], self.noun, values=values, **columns)

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


def _several(
    check: Check,
    kind: str,
    verdict: Verdict,
    ids: Iterable[Any],
    noun: Noun,
    *,
    values: Mapping[str, Any] = NOTHING,
    **columns: Any,
) -> pd.DataFrame:
    """Make one finding for all parcels of ``ids``; they are its members."""
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
        yield _several(GEOMETRY, "missing_many", "fail", ids, noun)
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
            yield _several(USE, f"{kind}_many", verdict, ids, noun, category=name)
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
    thin: Integers = np.flatnonzero(width < SLIVER_WIDTH_M)
    if len(thin):
        told = {"width": width[thin]}
        yield view.rows(SLIVER, "thin", "fail", thin, actual=view.area[thin], values=told)
    else:
        yield view.summary(SLIVER, "none", "pass")


LAND_INSIDE = ("城镇开发边界",)
"""Control lines that land must lie inside; every other one it must keep out of."""

OUTSIDE = define("""parcels.outside 区域之外 | outside regions
    宗地是否在计划区域的界内。 | Whether parcels lie inside the regions of the plan.
    piece: {noun:land} {subject} 有 {actual:2} 平方米（{share:1%}）不在任何区域界内{absent:clause}。
    | {noun:Land} {subject} lies outside all regions with {actual:2} m² ({share:1%}){absent:clause}.
    pieces: {count} {noun:counted}共 {actual:2} 平方米不在任何区域界内{absent:clause}：
      {members:some}。
    | {count} {noun:land}s lie outside all regions with {actual:2} m²{absent:clause}:
      {members:some}.
    everything: 全部 {count} {noun:counted}都不在任何区域界内（{actual:2} 平方米）：宗地与区域的坐标
      系或范围对不上，请先核对。
    | All {count} {noun:land}s lie outside all regions ({actual:2} m²): the coordinate system or the
      extent of parcels and regions does not match; look at it first.
    undrawn: {count} {noun:counted}（{actual:2} 平方米）登记在“{region}”，不在其他区域界内；{region}
      没有图形，无法核对位置。
    | {count} {noun:counted}{count:s} ({actual:2} m²) recorded for “{region}” lie in no other
      region; {region} has no polygon to check by.
    unmatched: {count} {noun:counted}（{actual:2} 平方米）登记在“{region}”，计划区域中没有这个名称，
      宗地也不在任何区域界内。
    | {count} {noun:counted}{count:s} ({actual:2} m²) recorded for “{region}”, which is no region of
      the plan, lie in no region.
    none: {noun:land}都在区域界内。 | All {noun:land}s lie inside the regions.
    no_polygon: ；{regions:list}没有图形 | ; {regions:list} has no polygon""")

STRADDLE = define("""parcels.straddle 跨区域 | straddling
    哪些宗地跨越区域界线，各部分面积多少；只是说明，不是核对。
    | Which parcels straddle a border, and with what area; told, not checked.
    parts: {noun:land} {subject} 跨 {count} 个区域：{parts:clauses}，面积按所在位置分别计入。
    | {noun:Land} {subject} straddles {count} regions: {parts:clauses}; each gets its part.
    part: {region} {area:2} ({share:1%}) | {region} {area:2} ({share:1%})
    several: {count} {noun:counted}跨区域（{actual:2} 平方米），面积按所在位置分别计入：
      {members:some}。
    | {count} {noun:land}s straddle regions ({actual:2} m²); each region gets its part:
      {members:some}.""")

REGION = define("""parcels.region 登记区域 | recorded region
    登记的区域与图形所在的区域是否一致。
    | Whether a parcel lies in the region that it is recorded for.
    elsewhere: {noun:land} {subject} 登记在{region}，图形主要在{place:clause}{vague:clause}。
    | {noun:Land} {subject} is recorded for {region} and lies mostly in
      {place:clause}{vague:clause}.
    elsewhere_many: {count} {noun:counted}登记在{region}，图形主要在{place:clause}{vague:clause}：
      {members:some}。
    | {count} {noun:land}s are recorded for {region} and lie mostly in {place:clause}{vague:clause}:
      {members:some}.
    named: {name} | {name}
    nowhere: 各区域之外 | no region
    vague: （区域界线为近似，不能定论） | " (the border is approximate, so this is not decided)"
    unmatched: {count} {noun:counted}（{actual:2} 平方米）登记在“{region}”，不是本计划的区域
      {place:clause}：{members:some}。
    | {count} {noun:counted}{count:s} ({actual:2} m²) recorded for “{region}”, which is no region of
      the plan{place:clause}: {members:some}.
    mostly: ，图形主要在{name} | , and mostly in {name}
    undrawn: {count} {noun:counted}登记在“{region}”，而图形主要在其他区域界内；登记的区域没有图形，
      无法核对位置。
    | {count} {noun:counted}{count:s} recorded for “{region}” lie mostly in another; theirs has no
      polygon to check by.
    agrees: {count} {noun:counted}的登记区域与所在区域一致。
    | {count} {noun:counted}{count:s} lie in the region recorded.""")

CONTROL = define("""parcels.control 控制线 | control lines
    宗地是否避开永久基本农田、生态保护红线等控制线，是否在城镇开发边界之内。
    | Whether parcels keep clear of control lines, or inside the one that land must lie in.
    inside: {noun:land} {subject} 有 {actual:2} 平方米（{part:1%}）在{source}之内。
    | {noun:Land} {subject} lies inside {source} with {actual:2} m² ({part:1%}).
    outside: {noun:land} {subject} 有 {actual:2} 平方米（{part:1%}）在{source}之外。
    | {noun:Land} {subject} lies outside {source} with {actual:2} m² ({part:1%}).
    clear: {count} {noun:counted}未占{source}。
    | {count} {noun:counted}{count:s} lie outside {source}.
    within: {count} {noun:counted}均在{source}之内。
    | {count} {noun:counted}{count:s} lie inside {source}.""")


def inside_regions(
    view: View, pairs: pd.DataFrame, regions: gpd.GeoDataFrame
) -> Iterator[pd.DataFrame]:
    """Tell parcels outside every region, and parcels in several."""
    ids = pd.Series(view.ids, dtype="object").drop_duplicates()
    first = ids.index.to_numpy()
    at = pd.Index(ids).get_indexer(pairs["parcel_id"].to_numpy(dtype=object))
    known = pairs[at >= 0].assign(row=first[at[at >= 0]])
    known = known[known["area_m2"].to_numpy() > view.tolerance[known["row"]]]
    outside = known["region_id"] == ""
    yield from _outside(view, known[outside], regions)
    yield from _straddling(view, known[~outside], regions.set_index("region_id")["name"])


def _outside(view: View, lost: pd.DataFrame, regions: gpd.GeoDataFrame) -> Iterator[pd.DataFrame]:
    """Tell what lies in no region, by its cause: a region without polygon or unknown by name."""
    if lost.empty:
        yield view.summary(OUTSIDE, "none", "pass")
        return
    absent = without_polygon(regions)
    rows: Integers = lost["row"].to_numpy()
    area, share = lost["area_m2"].to_numpy(), lost["share"].to_numpy()
    recorded = view.drawn["region"].to_numpy(dtype=object)[rows]
    undrawn = np.isin(recorded, absent)
    unmatched = (recorded != "") & ~np.isin(recorded, regions["name"])
    rest = ~undrawn & ~unmatched
    if len(view.ids) == rest.sum() > MANY and (share > 1 - 1e-9).all():
        yield view.together(OUTSIDE, "everything", "fail", rows, area=float(area.sum()))
        return
    for kind, flags in (("undrawn", undrawn), ("unmatched", unmatched)):
        for name in sorted(set(recorded[flags])):
            chosen = flags & (recorded == name)
            yield view.together(
                OUTSIDE,
                kind,
                "unknown",
                rows[chosen],
                area=float(area[chosen].sum()),
                region=str(name),
                cause=f"{REGION.name}|{name}" if kind == "unmatched" else "",
            )
    verdict: Verdict = "unknown" if absent else "fail"
    reason = {"absent": {"kind": "no_polygon", "regions": absent} if absent else None}
    if rest.sum() > MANY:
        total = float(area[rest].sum())
        yield view.together(OUTSIDE, "pieces", verdict, rows[rest], area=total, values=reason)
    elif rest.any():
        yield view.rows(
            OUTSIDE,
            "piece",
            verdict,
            rows[rest],
            expected=np.zeros(int(rest.sum())),
            actual=area[rest],
            tolerance=view.tolerance[rows[rest]],
            values={"share": share[rest], **reason},
        )


def _straddling(view: View, inside: pd.DataFrame, names: pd.Series) -> Iterator[pd.DataFrame]:
    """Tell the parcels that lie in several regions, the largest part first."""
    several = inside[inside["parcel_id"].duplicated(keep=False)]
    rows: Integers = np.unique(several["row"].to_numpy())
    if len(rows) > MANY:
        total = float(several["area_m2"].sum())
        yield view.together(STRADDLE, "several", "note", rows, area=total)
    elif len(rows):
        several = several.assign(region=several["region_id"].map(names), kind="part")
        several = several.rename(columns={"area_m2": "area"})
        several = several.sort_values("share", ascending=False, kind="stable")
        told = several[["kind", "region", "area", "share", "row"]]
        parts = {row: part.to_dict("records") for row, part in told.groupby("row")}
        said = {"count": [len(parts[row]) for row in rows], "parts": [parts[row] for row in rows]}
        yield view.rows(STRADDLE, "parts", "note", rows, values=said)


def recorded_regions(
    view: View, pairs: pd.DataFrame, regions: gpd.GeoDataFrame
) -> Iterator[pd.DataFrame]:
    """Compare the recorded region with the one that most of a parcel lies in."""
    code, words = pd.factorize(view.drawn["region"], use_na_sentinel=False)
    recorded = words.to_numpy(dtype=object)[code]  # each word once in memory
    if not any(words):
        return
    lies_in, own, largest = _lying(view, pairs, regions, recorded)
    told = recorded != ""
    unmatched = told & ~np.isin(recorded, regions["name"])
    undrawn = np.isin(recorded, without_polygon(regions))
    wrong = told & ~unmatched & ~undrawn & (own < largest * (1 - 1e-9))
    yield from _elsewhere(view, np.flatnonzero(wrong), recorded, lies_in, regions)
    # what lies in no region is told already
    for kind, flags in (("unmatched", unmatched), ("undrawn", undrawn & (lies_in != ""))):
        for name in sorted(set(recorded[flags])):
            rows = np.flatnonzero(flags & (recorded == name))
            places = set(lies_in[rows])
            place = {"kind": "mostly", "name": places.pop()} if len(places) == 1 else None
            yield view.together(
                REGION,
                kind,
                "unknown",
                rows,
                area=float(view.area[rows].sum()),
                region=str(name),
                values={"place": place if place and place["name"] else None},
            )
    good = int((told & ~unmatched & ~undrawn & ~wrong).sum())
    if good:
        yield view.summary(REGION, "agrees", "pass", count=good)


def _lying(
    view: View, pairs: pd.DataFrame, regions: gpd.GeoDataFrame, recorded: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the region that most of each parcel lies in, its own one's share, and the largest."""
    parcel, ids = pd.factorize(view.ids)  # an id that stands twice is one parcel
    at = pd.Index(ids).get_indexer(pd.Index(pairs["parcel_id"], dtype=object))
    known = at >= 0
    at, share = at[known], pairs["share"].to_numpy()[known]
    code, words = pd.factorize(pairs["region_id"][known], use_na_sentinel=False)
    names = as_text(words.to_series().map(regions.set_index("region_id")["name"]))
    name = names.to_numpy(dtype=object)[code]
    lies_in, largest = np.full(len(ids), "", dtype=object), np.zeros(len(ids))
    order = np.argsort(share, kind="stable")  # the largest is written last
    lies_in[at[order]], largest[at[order]] = name[order], share[order]
    first = np.empty(len(ids), dtype=object)
    first[parcel[::-1]] = recorded[::-1]
    here = name == first[at]
    own = np.bincount(at[here], share[here], minlength=len(ids))
    return lies_in[parcel], own[parcel], largest[parcel]


def _elsewhere(
    view: View,
    wrong: Integers,
    recorded: np.ndarray,
    lies_in: np.ndarray,
    regions: gpd.GeoDataFrame,
) -> Iterator[pd.DataFrame]:
    """Tell what lies elsewhere; many from one region in another have one cause."""
    rough = set(regions.loc[regions["basis"] == "approximate", "name"])
    ways = pd.DataFrame({"row": wrong, "own": recorded[wrong], "place": lies_in[wrong]})
    for (own, place), some in ways.groupby(["own", "place"], sort=False):
        vague = bool({own, place} & rough)
        verdict: Verdict = "unknown" if vague else "fail"
        values = {
            "place": {"kind": "named", "name": place} if place else {"kind": "nowhere"},
            "vague": {"kind": "vague"} if vague else None,
        }
        rows = some["row"].to_numpy()
        if len(rows) > MANY:
            total = float(view.area[rows].sum())
            yield view.together(
                REGION, "elsewhere_many", verdict, rows, area=total, region=own, values=values
            )
        else:
            yield view.rows(REGION, "elsewhere", verdict, rows, region=own, values=values)


def control(view: View, name: str, layer: gpd.GeoDataFrame) -> Iterator[pd.DataFrame]:
    """Area inside a control line, or outside the one that land must lie inside."""
    line = shapely.make_valid(np.asarray(layer.geometry.array, dtype=object))
    row, _, parts = shared_areas(view.shapes, line)
    heads = np.flatnonzero(np.diff(row, prepend=-1))
    # polygons of a line may lie over each other: what several of them take of a parcel is united
    shapes = [p[0] if len(p) == 1 else shapely.union_all(p) for p in np.split(parts, heads[1:])]
    inside = np.zeros(len(view.shapes))
    if len(row):
        inside[row[heads]] = area_m2(shapes, crs=view.drawn.crs, method=view.method)
    wanted = name in LAND_INSIDE
    wrong = view.area - inside if wanted else inside
    far = np.flatnonzero(wrong > view.tolerance)
    if len(far):
        yield view.rows(
            CONTROL,
            "outside" if wanted else "inside",
            "fail",
            far,
            expected=np.zeros(len(far)),
            actual=wrong[far],
            tolerance=view.tolerance[far],
            source=name,
            values={"part": wrong[far] / view.area[far]},
        )
    good = len(view.shapes) - len(far)
    if good:
        kind = "within" if wanted else "clear"
        yield view.summary(CONTROL, kind, "pass", count=good, source=name)


MOST_PAIRS = 1000
"""Overlaps that are told one by one, the largest; the others are one finding with its parcels."""

OVERLAP = define("""parcels.overlap 重叠 | overlaps
    宗地之间有没有公共面积，即重复计算的土地。
    | Whether parcels share area, which would be counted twice.
    pair: {noun:land} {one} 与 {other} 重叠 {actual:2} 平方米，重复计算。
    | {noun:Land}s {one} and {other} overlap by {actual:2} m², counted twice.
    others: 此外还有 {pairs} 处较小的重叠，涉及 {count} {noun:counted}，共 {actual:2} 平方米，逐处见
      图形问题图层：{members:some}。
    | {pairs} smaller overlaps more, of {count} {noun:land}s, {actual:2} m² in all; each is in the
      layer of faults: {members:some}.
    none: {noun:land}之间没有重叠。 | No {noun:land}s overlap.""")

HISTORY = define("""parcels.history 历年重复 | repeats of earlier years
    宗地与历年已供宗地有没有公共面积或相同编号。
    | Whether a parcel shares area or its id with one supplied in an earlier year.
    again: {noun:land} {subject} 与历年已供宗地{old:clause} 重叠 {actual:2} 平方米（占本
      宗 {part:1%}）。
    | {noun:Land} {subject} overlaps parcel{old:clause} of earlier years by {actual:2} m²
      ({part:1%}).
    named: " {name}" | " {name}"
    others: 此外还有 {pairs} 处与历年已供宗地的较小重叠，涉及 {count} {noun:counted}，
      共 {actual:2} 平方米：{members:some}。
    | {pairs} smaller overlaps more with parcels of earlier years, of {count} {noun:land}s,
      {actual:2} m² in all: {members:some}.
    same_id: {noun:land} {subject} 与历年已供宗地编号相同，位置不同。
    | {noun:Land} {subject} has the id of a parcel of earlier years that lies elsewhere.
    none: 没有与历年已供宗地重复的宗地。 | No parcel repeats one of earlier years.""")


def overlaps(view: View) -> Iterator[pd.DataFrame]:
    """Land counted twice within the layer."""
    first, second, shared = view.shared(view.shapes, same=True)
    if not len(shared):
        yield view.summary(OVERLAP, "none", "pass")
        return
    told, rest = _largest(shared)
    pairs = list(zip(view.ids[first].tolist(), view.ids[second].tolist(), strict=True))
    amounts = half_up_all(shared[told], 2)
    yield OVERLAP.rows(
        "pair",
        "fail",
        subject=[f"{pairs[k][0]} / {pairs[k][1]}" for k in told],
        category=view.drawn["category"].to_numpy()[first[told]],
        expected=0.0,
        actual=amounts,
        difference=amounts,
        tolerance=view.least,
        unit="平方米",
        members=[pairs[k] for k in told],
        values={
            "noun": view.noun,
            "one": [pairs[k][0] for k in told],
            "other": [pairs[k][1] for k in told],
        },
    )
    if len(rest):
        rows = np.unique(np.concatenate([first[rest], second[rest]]))
        count, total = {"pairs": len(rest)}, float(shared[rest].sum())
        yield view.together(OVERLAP, "others", "fail", rows, area=total, values=count)


def _largest(shared: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Part overlaps into the largest, that are told one by one, and the rest; in their order."""
    ranked = np.argsort(-shared, kind="stable")
    return np.sort(ranked[:MOST_PAIRS]), np.sort(ranked[MOST_PAIRS:])


def repeats(view: View, history: gpd.GeoDataFrame) -> Iterator[pd.DataFrame]:
    """Land that was supplied in earlier years."""
    earlier = shapely.make_valid(np.asarray(history.geometry.array, dtype=object))
    names = _ids(history)
    first, second, shared = view.shared(earlier, same=False)
    told, rest = _largest(shared)
    if len(told):
        rows = first[told]
        old = [{"kind": "named", "name": names[j]} if names[j] else None for j in second[told]]
        yield view.rows(
            HISTORY,
            "again",
            "fail",
            rows,
            expected=np.zeros(len(rows)),
            actual=shared[told],
            tolerance=np.full(len(rows), view.least),
            values={"old": old, "part": shared[told] / view.area[rows]},
        )
    if len(rest):
        count, total = {"pairs": len(rest)}, float(shared[rest].sum())
        rows = np.unique(first[rest])
        yield view.together(HISTORY, "others", "fail", rows, area=total, values=count)
    elsewhere = set(names) & (set(view.ids) - set(view.ids[first])) - {""}
    again = np.flatnonzero(np.isin(view.ids.astype(str), list(elsewhere)))
    if len(again):
        yield view.rows(HISTORY, "same_id", "fail", again)
    if not len(shared) and not elsewhere:
        yield view.summary(HISTORY, "none", "pass")


def _ids(history: gpd.GeoDataFrame) -> list[str]:
    """Ids of earlier parcels, in whichever field bureaus put them; empty if the layer has none."""
    field = "parcel_id" if "parcel_id" in history else guess_fields(history).get("parcel_id")
    if field is None:
        return [""] * len(history)
    return [str(name) for name in history[field]]


LEAST_OVERLAP_M2 = 1.0


_PLACED = ("parcels.region", "parcels.outside", "parcels.straddle", "parcels.control")


def far_away(findings: pd.DataFrame) -> str:
    """Give the key of the finding that a whole layer lies elsewhere; empty if there is none.

    Examples
    --------
    >>> from landgis.findings import findings_table
    >>> far_away(findings_table())
    ''
    """
    found = findings[findings["check"].eq("parcels.outside") & findings["kind"].eq("everything")]
    return finding_key(found.iloc[0].to_dict()) if len(found) else ""


def check_parcels(
    parcels: gpd.GeoDataFrame,
    crosswalk: pd.DataFrame,
    *,
    regions: gpd.GeoDataFrame,
    history: gpd.GeoDataFrame | None = None,
    control_lines: Mapping[str, gpd.GeoDataFrame] | None = None,
    area_method: Method = "plane",
    point_error_m: float = POINT_ERROR_M,
    least_overlap_m2: float = LEAST_OVERLAP_M2,
    programme: bool = False,
    named_uses: Collection[str] = (),
) -> pd.DataFrame:
    """Check parcels one by one and against each other.

    Parameters
    ----------
    parcels
        Table ``parcels``.
    crosswalk
        Parcels × regions.
    regions
        Table ``regions``, in the parcels' coordinate system.
    history
        Parcels supplied in earlier years; their ids in ``parcel_id`` or a field that bureaus
        name so (ZDDM, 宗地代码, …), if they have any.
    control_lines
        Layers by name: 永久基本农田, 生态保护红线 (land keeps out), 城镇开发边界 (land lies
        inside).
    area_method
        How areas are measured: parcels (宗地) on the ``plane``, survey polygons (图斑) by
        ``survey`` or on the ``ellipsoid``.
    point_error_m
        Error of a boundary point (界址点), in m; the tolerance of every area follows from it.
    least_overlap_m2
        Overlaps up to this size are drawing noise.
    programme
        Whether they are the areas (片区) of a programme: messages call them so.
    named_uses
        Uses that the plan or the project names: known, whatever a classification has.

    Returns
    -------
    DataFrame
        Findings in m²: every fault, many of one cause as one finding with its ``members``, and
        for each check what passed in one row. Of land that was drawn from the plan itself
        (``basis`` sample or schematic) nothing passes: it is a note.
        ``parcels.geometry``, ``parcels.use``, ``parcels.area``, ``parcels.sliver``,
        ``parcels.overlap``, ``parcels.outside``, ``parcels.straddle``, ``parcels.region``,
        ``parcels.history``, ``parcels.control``.

    Raises
    ------
    CRSError
        If layers differ in coordinate system, or have none.
    InputError
        If a table lacks a required column.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a", "b"], "category": "住宅用地"},
    ...     geometry=[box(0, 0, 100, 100), box(90, 0, 200, 100)], crs=4549)
    >>> town = gpd.GeoDataFrame(
    ...     {"region_id": ["r"], "name": ["东镇"]}, geometry=[box(0, 0, 999, 999)], crs=4549)
    >>> pairs = pd.DataFrame({"parcel_id": ["a", "b"], "region_id": "r",
    ...     "area_m2": [10_000.0, 11_000.0], "share": 1.0})
    >>> found = check_parcels(land, pairs, regions=town)
    >>> found.loc[found["verdict"] == "fail", ["check", "subject", "actual"]].values.tolist()
    [['parcels.overlap', 'a / b', 1000.0]]
    """
    require_same_crs(parcels, regions)
    noun: Noun = "area" if programme else "parcel"
    land = conform(parcels, PARCELS).reset_index(drop=True)
    there = ~(land.geometry.isna() | land.geometry.is_empty)
    view = View.of(
        land if there.all() else land[there].reset_index(drop=True),
        method=area_method,
        point_error_m=point_error_m,
        least=least_overlap_m2,
        noun=noun,
    )
    pairs = conform(crosswalk, CROSSWALK)
    tiles = gpd.GeoDataFrame(conform(regions, REGIONS))
    found = [
        *geometry(land[~there], len(land), noun),
        *use(land, noun, named=named_uses),
        *areas(view),
        *slivers(view),
        *overlaps(view),
        *inside_regions(view, pairs, tiles),
        *recorded_regions(view, pairs, tiles),
    ]
    if history is not None:
        require_same_crs(parcels, history)
        found += repeats(view, history)
    for name, layer in (control_lines or {}).items():
        require_same_crs(parcels, layer)
        found += control(view, name, layer)
    findings = join_findings(*found)
    if far := far_away(findings):  # the place of each parcel follows from that of the layer
        led = findings["check"].isin(_PLACED) & (np.array(finding_keys(findings)) != far)
        findings = join_findings(findings[~led], follow(findings[led], far))
    drawn_from_plan = len(land) > 0 and land["basis"].isin(DRAWN_FROM_PLAN).all()
    return unproven(findings) if drawn_from_plan else findings
