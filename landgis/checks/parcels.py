"""Parcels by themselves: records against drawing, double counting, place, use, control lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from landgis.checks.sums import decimals_of, without_polygon
from landgis.checks.tolerance import POINT_ERROR_M, perimeter_m, survey_tolerance_m2
from landgis.findings import Finding, Verdict, findings_table
from landgis.landuse import canonical
from landgis.language import Lang, say
from landgis.measure import area_m2, require_same_crs
from landgis.schema import CROSSWALK, PARCELS, REGIONS, conform
from landgis.units import printed_tolerance, to_decimal

Method = Literal["plane", "ellipsoid", "survey"]

LAND_INSIDE = ("城镇开发边界",)
"""Control lines that land must lie inside; every other one it must keep out of."""

LEAST_OVERLAP_M2 = 1.0
SLIVER_WIDTH_M = 1.0


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
    lang: Lang = "zh",
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
        Parcels supplied in earlier years, with ``parcel_id``.
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
    lang
        Language of the messages.

    Returns
    -------
    DataFrame
        Findings in m²: every fault, and for each check what passed in one row.
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
    land = conform(parcels, PARCELS).reset_index(drop=True)
    there = ~(land.geometry.isna() | land.geometry.is_empty)
    drawn = land[there].reset_index(drop=True)
    view = _View(
        drawn=drawn,
        shapes=shapely.make_valid(np.asarray(drawn.geometry.array, dtype=object)),
        area=area_m2(drawn.geometry, method=area_method).to_numpy(),
        tolerance=survey_tolerance_m2(drawn, point_error_m=point_error_m).to_numpy(),
        method=area_method,
        least=least_overlap_m2,
        lang=lang,
    )
    pairs = conform(crosswalk, CROSSWALK)
    places = conform(regions, REGIONS)
    findings = [
        *_geometry(land[~there], len(land), lang),
        *_use(land, lang),
        *view.areas(),
        *view.slivers(),
        *view.overlaps(),
        *view.places(pairs, places),
        *view.recorded_regions(pairs, places),
    ]
    if history is not None:
        require_same_crs(parcels, history)
        findings += view.repeats(history)
    for name, layer in (control_lines or {}).items():
        require_same_crs(parcels, layer)
        findings += view.control(name, layer)
    return findings_table(findings)


def _geometry(missing: pd.DataFrame, count: int, lang: Lang) -> Iterator[Finding]:
    for parcel in missing["parcel_id"]:
        message = say(lang, f"宗地 {parcel} 没有图形。", f"Parcel {parcel} has no geometry.")
        yield Finding(
            check="parcels.geometry", verdict="fail", subject=str(parcel), message=message
        )
    if missing.empty:
        message = say(lang, f"{count} 宗地均有图形。", f"All {count} parcels have a geometry.")
        yield Finding(check="parcels.geometry", verdict="pass", message=message)


def _use(land: pd.DataFrame, lang: Lang) -> Iterator[Finding]:
    known = land["category"].map({u: bool(canonical(u)) for u in land["category"].unique()})
    for _, row in land[~known.astype(bool)].iterrows():
        parcel, use = row["parcel_id"], row["category"]
        verdict: Verdict = "unknown" if use else "fail"
        message = (
            say(
                lang,
                f"宗地 {parcel} 的用途“{use}”不在用途分类中，未计入任何用途。",
                f"The use “{use}” of parcel {parcel} is in no classification and counts for none.",
            )
            if use
            else say(lang, f"宗地 {parcel} 没有登记用途。", f"Parcel {parcel} has no use.")
        )
        yield Finding(
            check="parcels.use", verdict=verdict, subject=parcel, category=use, message=message
        )
    if known.all():
        message = say(
            lang,
            f"{len(land)} 宗地均有可识别的用途。",
            f"All {len(land)} parcels have a known use.",
        )
        yield Finding(check="parcels.use", verdict="pass", message=message)


@dataclass(frozen=True, slots=True)
class _View:
    """The parcels that are drawn, measured once."""

    drawn: gpd.GeoDataFrame
    shapes: npt.NDArray[np.object_]
    area: npt.NDArray[np.float64]
    tolerance: npt.NDArray[np.float64]
    method: Method
    least: float
    lang: Lang

    @property
    def ids(self) -> npt.NDArray[np.object_]:
        return np.asarray(self.drawn["parcel_id"], dtype=object)

    def areas(self) -> Iterator[Finding]:
        """Compare recorded with drawn area."""
        recorded = self.drawn["recorded_area_m2"].to_numpy()
        printed = [
            0.0 if np.isnan(v) else float(printed_tolerance(min(decimals_of(v), 2)))
            for v in recorded
        ]
        bound = self.tolerance + np.array(printed)
        basis = {
            "plane": ("平面面积", "plane area"),
            "ellipsoid": ("椭球面积", "ellipsoid area"),
            "survey": ("图斑椭球面积", "survey area"),
        }[self.method]
        far = np.flatnonzero(np.abs(self.area - recorded) > bound)
        for i in far:
            yield self._finding(
                "area",
                "fail",
                i,
                f"登记 {_m2(recorded[i])} 平方米，图形{basis[0]} {_m2(self.area[i])} 平方米，"
                f"相差 {_m2(self.area[i] - recorded[i], sign=True)} 平方米"
                f"（{(self.area[i] - recorded[i]) / recorded[i]:+.2%}）"
                if recorded[i]
                else f"登记 0 平方米，图形{basis[0]} {_m2(self.area[i])} 平方米",
                f"recorded {_m2(recorded[i])} m², {basis[1]} {_m2(self.area[i])} m²",
                expected=recorded[i],
                actual=self.area[i],
                tolerance=bound[i],
            )
        absent = np.isnan(recorded)
        good = int((~absent).sum()) - len(far)
        if absent.any():
            yield self._summary(
                "area",
                "unknown",
                f"{int(absent.sum())} 宗地没有登记面积，无法与图形核对。",
                f"{int(absent.sum())} parcels have no recorded area to compare.",
            )
        if good:
            yield self._summary(
                "area",
                "pass",
                f"{good} 宗地的登记面积与图形{basis[0]}之差在界址点误差之内。",
                f"{good} parcels: recorded and drawn ({basis[1]}) agree within boundary-point "
                "error.",
            )

    def slivers(self) -> Iterator[Finding]:
        """Parcels too thin to be parcels: mean width 2A/P below `SLIVER_WIDTH_M`."""
        around = perimeter_m(self.drawn)
        width = 2 * self.area / np.where(around > 0, around, np.inf)
        for i in np.flatnonzero(width < SLIVER_WIDTH_M):
            yield self._finding(
                "sliver",
                "fail",
                i,
                f"为狭长碎片：平均宽度 {width[i]:.2f} 米，面积 {_m2(self.area[i])} 平方米",
                f"is a sliver: mean width {width[i]:.2f} m, area {_m2(self.area[i])} m²",
                actual=self.area[i],
            )

    def overlaps(self) -> Iterator[Finding]:
        """Land counted twice within the layer."""
        first, second, shared = self._shared(self.shapes, same=True)
        for i, j, area in zip(first, second, shared, strict=True):
            ids = f"{self.ids[i]} / {self.ids[j]}"
            yield Finding(
                check="parcels.overlap",
                verdict="fail",
                subject=ids,
                category=str(self.drawn["category"][i]),
                expected=0.0,
                actual=_round(area),
                difference=_round(area),
                tolerance=self.least,
                unit="平方米",
                message=say(
                    self.lang,
                    f"宗地 {self.ids[i]} 与 {self.ids[j]} 重叠 {_m2(area)} 平方米，重复计算。",
                    f"Parcels {self.ids[i]} and {self.ids[j]} overlap by {_m2(area)} m², "
                    "counted twice.",
                ),
            )
        if not len(shared):
            yield self._summary("overlap", "pass", "宗地之间没有重叠。", "No parcels overlap.")

    def repeats(self, history: gpd.GeoDataFrame) -> Iterator[Finding]:
        """Land that was supplied in earlier years."""
        earlier = shapely.make_valid(np.asarray(history.geometry.array, dtype=object))
        names = history["parcel_id"].astype("str").to_numpy()
        first, second, shared = self._shared(earlier, same=False)
        for i, j, area in zip(first, second, shared, strict=True):
            part = area / self.area[i]
            yield self._finding(
                "history",
                "fail",
                i,
                f"与历年已供宗地 {names[j]} 重叠 {_m2(area)} 平方米（占本宗 {part:.1%}）",
                f"overlaps parcel {names[j]} of earlier years by {_m2(area)} m² ({part:.1%})",
                expected=0.0,
                actual=area,
                tolerance=self.least,
            )
        elsewhere = set(names) & (set(self.ids) - set(self.ids[first]))
        for i in np.flatnonzero(np.isin(self.ids, list(elsewhere))):
            yield self._finding(
                "history",
                "fail",
                i,
                "与历年已供宗地编号相同，位置不同",
                "has the id of a parcel of earlier years that lies elsewhere",
            )
        if not len(shared) and not elsewhere:
            yield self._summary(
                "history",
                "pass",
                "没有与历年已供宗地重复的宗地。",
                "No parcel repeats one of earlier years.",
            )

    def places(self, pairs: pd.DataFrame, regions: pd.DataFrame) -> Iterator[Finding]:
        """Parcels outside every region, and parcels in several."""
        names = regions.set_index("region_id")["name"]
        absent = without_polygon(gpd.GeoDataFrame(regions))
        position = pd.Series(range(len(self.ids)), index=self.ids)
        position = position[~position.index.duplicated()]
        known = pairs[pairs["parcel_id"].isin(position.index)]
        row = known["parcel_id"].map(position).to_numpy(dtype=np.int64)
        large = known["area_m2"].to_numpy() > self.tolerance[row]
        outside = large & known["region_id"].eq("").to_numpy()
        recorded = self.drawn["region"].to_numpy(dtype=object)[row]
        undrawn = outside & np.isin(recorded, absent)
        for name in sorted(set(recorded[undrawn])):
            chosen = undrawn & (recorded == name)
            area = float(known["area_m2"].to_numpy()[chosen].sum())
            yield self._summary(
                "outside",
                "unknown",
                f"{int(chosen.sum())} 宗地（{_m2(area)} 平方米）登记在“{name}”，不在其他区域界内；"
                f"{name}没有图形，无法核对位置。",
                f"{int(chosen.sum())} parcels ({_m2(area)} m²) recorded for “{name}” lie in no "
                f"other region; {name} has no polygon to check by.",
                region=str(name),
            )
        lost = outside & ~undrawn
        for i, area, share in zip(
            row[lost], known["area_m2"][lost], known["share"][lost], strict=True
        ):
            reason = (f"；{'、'.join(absent)}没有图形", f"; {', '.join(absent)} has no polygon")
            yield self._finding(
                "outside",
                "unknown" if absent else "fail",
                i,
                f"有 {_m2(area)} 平方米（{share:.1%}）不在任何区域界内{reason[0] * bool(absent)}",
                f"lies outside all regions with {_m2(area)} m² ({share:.1%})"
                f"{reason[1] * bool(absent)}",
                expected=0.0,
                actual=area,
                tolerance=self.tolerance[i],
            )
        if not outside.any():
            yield self._summary(
                "outside", "pass", "宗地都在区域界内。", "All parcels lie inside the regions."
            )
        inside = known[large & ~outside].assign(row=row[large & ~outside])
        several = inside[inside["parcel_id"].duplicated(keep=False)]
        several = several.sort_values("share", ascending=False)
        for i, rows in several.groupby("row", sort=True):
            told = [
                f"{names[r]} {_m2(a)} ({s:.1%})"
                for r, a, s in zip(rows["region_id"], rows["area_m2"], rows["share"], strict=True)
            ]
            yield self._finding(
                "straddle",
                "pass",
                int(i),
                f"跨 {len(rows)} 个区域：{'、'.join(told)}，面积按所在位置分别计入",
                f"straddles {len(rows)} regions: {', '.join(told)}; each gets its part",
            )

    def recorded_regions(self, pairs: pd.DataFrame, regions: pd.DataFrame) -> Iterator[Finding]:
        """Compare the recorded region with the one that most of a parcel lies in."""
        recorded = self.drawn["region"].to_numpy(dtype=object)
        if not any(recorded):
            return
        regions = regions.set_index("region_id")
        rough = set(regions["name"][regions["basis"] == "approximate"])
        absent = set(without_polygon(gpd.GeoDataFrame(regions)))
        named = pairs.assign(name=pairs["region_id"].map(regions["name"]).fillna(""))
        most = named.sort_values("share", ascending=False).drop_duplicates("parcel_id")
        most = most.set_index("parcel_id")
        ids = pd.Series(self.ids)
        lies_in = ids.map(most["name"]).fillna("").to_numpy(dtype=object)
        largest = ids.map(most["share"]).fillna(0.0).to_numpy()
        shares = named.groupby(["parcel_id", "name"])["share"].sum()
        own = shares.reindex(pd.MultiIndex.from_arrays([self.ids, recorded])).fillna(0.0)
        told = recorded != ""
        unknown = told & ~np.isin(recorded, regions["name"])
        undrawn = np.isin(recorded, list(absent))
        wrong = told & ~unknown & ~undrawn & (own.to_numpy() < largest * (1 - 1e-9))
        for i in np.flatnonzero(wrong):
            where = lies_in[i] or say(self.lang, "各区域之外", "no region")
            vague = bool({recorded[i], lies_in[i]} & rough)
            yield self._finding(
                "region",
                "unknown" if vague else "fail",
                i,
                f"登记在{recorded[i]}，图形主要在{where}" + "（区域界线为近似，不能定论）" * vague,
                f"is recorded for {recorded[i]} and lies mostly in {where}"
                + " (the border is approximate, so this is not decided)" * vague,
                region=str(recorded[i]),
            )
        for flags, zh, en in (
            (unknown, "不是本计划的区域", "which is no region of the plan"),
            (undrawn, "没有图形，无法核对位置", "which has no polygon to check by"),
        ):
            for name in sorted(set(recorded[flags])):
                count = int((recorded[flags] == name).sum())
                yield self._summary(
                    "region",
                    "unknown",
                    f"{count} 宗地登记在“{name}”，{zh}。",
                    f"{count} parcels are recorded for “{name}”, {en}.",
                    region=str(name),
                )
        good = int((told & ~unknown & ~undrawn & ~wrong).sum())
        if good:
            yield self._summary(
                "region",
                "pass",
                f"{good} 宗地的登记区域与所在区域一致。",
                f"{good} parcels lie in the region that they are recorded for.",
            )

    def control(self, name: str, layer: gpd.GeoDataFrame) -> Iterator[Finding]:
        """Area inside a control line, or outside the one that land must lie inside."""
        line = shapely.make_valid(np.asarray(layer.geometry.array, dtype=object))
        i, j = shapely.STRtree(line).query(self.shapes, predicate="intersects")
        parts = pd.Series(shapely.intersection(self.shapes[i], line[j]))
        joined = parts.groupby(i).agg(lambda some: shapely.union_all(some.to_numpy()))
        inside = np.zeros(len(self.shapes))
        inside[joined.index] = area_m2(joined.to_numpy(), crs=self.drawn.crs, method=self.method)
        wanted = name in LAND_INSIDE
        wrong = self.area - inside if wanted else inside
        far = np.flatnonzero(wrong > self.tolerance)
        where = ("之外", "outside") if wanted else ("之内", "inside")
        for k in far:
            yield self._finding(
                "control",
                "fail",
                k,
                f"有 {_m2(wrong[k])} 平方米（{wrong[k] / self.area[k]:.1%}）在{name}{where[0]}",
                f"lies {where[1]} {name} with {_m2(wrong[k])} m² ({wrong[k] / self.area[k]:.1%})",
                expected=0.0,
                actual=wrong[k],
                tolerance=self.tolerance[k],
                source=name,
            )
        good = len(self.shapes) - len(far)
        if good:
            yield self._summary(
                "control",
                "pass",
                f"{good} 宗地{'均在' if wanted else '未占'}{name}{'之内' if wanted else ''}。",
                f"{good} parcels lie {'inside' if wanted else 'outside'} {name}.",
                source=name,
            )

    def _shared(
        self, others: npt.NDArray[np.object_], *, same: bool
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Pairs (parcel, other) that share more than the least overlap, and how much, in m²."""
        first, second = shapely.STRtree(others).query(self.shapes, predicate="intersects")
        if same:
            once = first < second
            first, second = first[once], second[once]
        common = shapely.intersection(self.shapes[first], others[second])
        shared = area_m2(common, crs=self.drawn.crs, method=self.method)
        kept = np.flatnonzero(shared > self.least)
        kept = kept[np.lexsort((second[kept], first[kept]))]
        return first[kept], second[kept], shared[kept]

    def _finding(
        self,
        check: str,
        verdict: Verdict,
        row: int | np.integer[Any],
        zh: str,
        en: str,
        *,
        expected: float | None = None,
        actual: float | None = None,
        tolerance: float | None = None,
        region: str = "",
        source: str = "",
    ) -> Finding:
        parcel = str(self.ids[row])
        difference = None
        if expected is not None and actual is not None:
            difference = _round(actual - expected)
        return Finding(
            check=f"parcels.{check}",
            verdict=verdict,
            subject=parcel,
            region=region,
            category=str(self.drawn["category"][row]),
            expected=None if expected is None else _round(expected),
            actual=None if actual is None else _round(actual),
            difference=difference,
            tolerance=None if tolerance is None else _round(tolerance),
            unit="" if actual is None else "平方米",
            message=say(self.lang, f"宗地 {parcel} {zh}。", f"Parcel {parcel} {en}."),
            source=source,
        )

    def _summary(
        self, check: str, verdict: Verdict, zh: str, en: str, *, region: str = "", source: str = ""
    ) -> Finding:
        return Finding(
            check=f"parcels.{check}",
            verdict=verdict,
            region=region,
            message=say(self.lang, zh, en),
            source=source,
        )


def _round(area: float) -> float:
    return float(to_decimal(area, 2))


def _m2(area: float, *, sign: bool = False) -> str:
    return f"{to_decimal(area, 2):+,f}" if sign else f"{to_decimal(area, 2):,f}"
