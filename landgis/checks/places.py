"""Where parcels lie: inside regions, in the one that is recorded, clear of control lines."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.checks.sums import without_polygon
from landgis.checks.view import View, m2
from landgis.findings import Finding
from landgis.language import say
from landgis.measure import area_m2

LAND_INSIDE = ("城镇开发边界",)
"""Control lines that land must lie inside; every other one it must keep out of."""


def inside_regions(view: View, pairs: pd.DataFrame, regions: pd.DataFrame) -> Iterator[Finding]:
    """Tell parcels outside every region, and parcels in several."""
    position = pd.Series(range(len(view.ids)), index=view.ids)
    position = position[~position.index.duplicated()]
    known = pairs[pairs["parcel_id"].isin(position.index)]
    known = known.assign(row=known["parcel_id"].map(position).astype("int64"))
    known = known[known["area_m2"].to_numpy() > view.tolerance[known["row"]]]
    outside = known["region_id"] == ""
    yield from _outside(view, known[outside], without_polygon(gpd.GeoDataFrame(regions)))
    names = regions.set_index("region_id")["name"]
    yield from _straddling(view, known[~outside], names)


def _outside(view: View, lost: pd.DataFrame, absent: list[str]) -> Iterator[Finding]:
    """Tell what lies in no region; together, if recorded for a region without polygon."""
    recorded = view.drawn["region"].to_numpy(dtype=object)[lost["row"]]
    undrawn = np.isin(recorded, absent)
    for name in sorted(set(recorded[undrawn])):
        chosen = lost[recorded == name]
        area = m2(float(chosen["area_m2"].sum()))
        yield view.summary(
            "outside",
            "unknown",
            f"{len(chosen)} {view.noun.counted}（{area} 平方米）登记在“{name}”，不在其他区域界内；"
            f"{name}没有图形，无法核对位置。",
            f"{len(chosen)} {view.noun.en}s ({area} m²) recorded for “{name}” lie in no "
            f"other region; {name} has no polygon to check by.",
            region=str(name),
        )
    reason = ("", "")
    if absent:
        reason = (f"；{'、'.join(absent)}没有图形", f"; {', '.join(absent)} has no polygon")
    for row in lost[~undrawn].itertuples():
        area = m2(float(row.area_m2))
        yield view.finding(
            "outside",
            "unknown" if absent else "fail",
            row.row,
            f"有 {area} 平方米（{row.share:.1%}）不在任何区域界内{reason[0]}",
            f"lies outside all regions with {area} m² ({row.share:.1%}){reason[1]}",
            expected=0.0,
            actual=row.area_m2,
            tolerance=view.tolerance[row.row],
        )
    if lost.empty:
        yield view.summary(
            "outside",
            "pass",
            f"{view.noun.zh}都在区域界内。",
            f"All {view.noun.en}s lie inside the regions.",
        )


def _straddling(view: View, inside: pd.DataFrame, names: pd.Series) -> Iterator[Finding]:
    """Tell the parcels that lie in several regions, the largest part first."""
    several = inside[inside["parcel_id"].duplicated(keep=False)]
    several = several.sort_values("share", ascending=False)
    for i, rows in several.groupby("row", sort=True):
        told = [
            f"{names[r]} {m2(a)} ({s:.1%})"
            for r, a, s in zip(rows["region_id"], rows["area_m2"], rows["share"], strict=True)
        ]
        yield view.finding(
            "straddle",
            "pass",
            int(i),
            f"跨 {len(rows)} 个区域：{'、'.join(told)}，面积按所在位置分别计入",
            f"straddles {len(rows)} regions: {', '.join(told)}; each gets its part",
        )


def recorded_regions(view: View, pairs: pd.DataFrame, regions: pd.DataFrame) -> Iterator[Finding]:
    """Compare the recorded region with the one that most of a parcel lies in."""
    recorded = view.drawn["region"].to_numpy(dtype=object)
    if not any(recorded):
        return
    regions = regions.set_index("region_id")
    rough = set(regions["name"][regions["basis"] == "approximate"])
    absent = set(without_polygon(gpd.GeoDataFrame(regions)))
    named = pairs.assign(name=pairs["region_id"].map(regions["name"]).fillna(""))
    most = named.sort_values("share", ascending=False).drop_duplicates("parcel_id")
    most = most.set_index("parcel_id")
    ids = pd.Series(view.ids)
    lies_in = ids.map(most["name"]).fillna("").to_numpy(dtype=object)
    largest = ids.map(most["share"]).fillna(0.0).to_numpy()
    shares = named.groupby(["parcel_id", "name"])["share"].sum()
    own = shares.reindex(pd.MultiIndex.from_arrays([view.ids, recorded])).fillna(0.0)
    told = recorded != ""
    unknown = told & ~np.isin(recorded, regions["name"])
    undrawn = np.isin(recorded, list(absent))
    wrong = told & ~unknown & ~undrawn & (own.to_numpy() < largest * (1 - 1e-9))
    for i in np.flatnonzero(wrong):
        where = lies_in[i] or say(view.lang, "各区域之外", "no region")
        vague = bool({recorded[i], lies_in[i]} & rough)
        yield view.finding(
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
        (
            undrawn & (lies_in != ""),  # what lies in no region is told already
            "而图形主要在其他区域界内；登记的区域没有图形，无法核对位置",
            "and lie mostly in another; theirs has no polygon to check by",
        ),
    ):
        for name in sorted(set(recorded[flags])):
            count = int((recorded[flags] == name).sum())
            yield view.summary(
                "region",
                "unknown",
                f"{count} {view.noun.counted}登记在“{name}”，{zh}。",
                f"{count} {view.noun.en}s are recorded for “{name}”, {en}.",
                region=str(name),
            )
    good = int((told & ~unknown & ~undrawn & ~wrong).sum())
    if good:
        yield view.summary(
            "region",
            "pass",
            f"{good} {view.noun.counted}的登记区域与所在区域一致。",
            f"{good} {view.noun.en}s lie in the region that they are recorded for.",
        )


def control(view: View, name: str, layer: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Area inside a control line, or outside the one that land must lie inside."""
    line = shapely.make_valid(np.asarray(layer.geometry.array, dtype=object))
    i, j = shapely.STRtree(line).query(view.shapes, predicate="intersects")
    parts = pd.Series(shapely.intersection(view.shapes[i], line[j]))
    joined = parts.groupby(i).agg(lambda some: shapely.union_all(some.to_numpy()))
    inside = np.zeros(len(view.shapes))
    inside[joined.index] = area_m2(joined.to_numpy(), crs=view.drawn.crs, method=view.method)
    wanted = name in LAND_INSIDE
    wrong = view.area - inside if wanted else inside
    far = np.flatnonzero(wrong > view.tolerance)
    where = ("之外", "outside") if wanted else ("之内", "inside")
    for k in far:
        yield view.finding(
            "control",
            "fail",
            k,
            f"有 {m2(wrong[k])} 平方米（{wrong[k] / view.area[k]:.1%}）在{name}{where[0]}",
            f"lies {where[1]} {name} with {m2(wrong[k])} m² ({wrong[k] / view.area[k]:.1%})",
            expected=0.0,
            actual=wrong[k],
            tolerance=view.tolerance[k],
            source=name,
        )
    good = len(view.shapes) - len(far)
    if good:
        yield view.summary(
            "control",
            "pass",
            f"{good} {view.noun.counted}" + (f"均在{name}之内。" if wanted else f"未占{name}。"),
            f"{good} {view.noun.en}s lie {'inside' if wanted else 'outside'} {name}.",
            source=name,
        )
