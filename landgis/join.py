"""The crosswalk: which part of every parcel lies in which region. Everything downstream sums it.

The story of a join, stage by stage:

1. *Regions* are checked once: no two may overlap, unless one takes precedence.
2. *Containment*: most parcels lie whole in one region, which costs no cutting.
3. *Pieces*: the rest are cut along the borders, and the pieces measured on the ellipsoid.
4. *Residue*: what no region holds is outside; hairlines between borders that should be one line
   are folded into the parcel's largest piece, which also takes what rounding leaves, so that the
   pieces of a parcel sum to its area.

Borders and parcels are cut in the layers' own coordinate system: an edge is what is straight
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from landgis.errors import InputError
from landgis.findings import Finding, findings_table
from landgis.language import Lang, say
from landgis.measure import area_m2, perimeter_m, require_same_crs

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OUTSIDE = ""
"""``region_id`` of what lies in no region."""
SLIVER_M2 = 0.01
"""A piece smaller than this is a sliver: the step to which areas are recorded."""
SLIVER_M = 1e-4
"""A piece narrower than this on average is a sliver, however long."""
HAIRLINE_M = 0.05
"""Regions may overlap by a strip this narrow (5 cm, the accuracy of a boundary point 界址点):
the earlier region keeps it."""


class Crosswalk(NamedTuple):
    """A crosswalk and what was noticed while making it.

    Parameters
    ----------
    table
        Table ``crosswalk`` of `landgis.schema`.
    findings
        Parcels that could not be joined (``join.geometry``) and slivers (``join.sliver``).
    """

    table: pd.DataFrame
    findings: pd.DataFrame


def crosswalk(parcels: gpd.GeoDataFrame, regions: gpd.GeoDataFrame, **options: Any) -> pd.DataFrame:
    """Split every parcel over the regions it touches.

    The table of `crosswalk_with_findings`, which takes the same options; call that one to learn
    which parcels could not be joined.

    Returns
    -------
    DataFrame
        ``parcel_id``, ``region_id`` (text), ``area_m2``, ``share``, in the order of the parcels,
        larger shares first. What lies in no region has a row with ``region_id`` empty. Shares of
        a parcel sum to 1, areas to its area on the ellipsoid.

    Examples
    --------
    >>> box = shapely.box
    >>> parcels = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a", "b"]}, geometry=[box(1, 1, 3, 2), box(3, 1, 7.5, 2)], crs=4549
    ... )
    >>> regions = gpd.GeoDataFrame(
    ...     {"region_id": ["west", "east"]}, geometry=[box(0, 0, 4, 4), box(4, 0, 6, 4)], crs=4549
    ... )
    >>> crosswalk(parcels, regions)[["parcel_id", "region_id", "share"]].round(3).values.tolist()
    [['a', 'west', 1.0], ['b', 'east', 0.444], ['b', '', 0.333], ['b', 'west', 0.222]]
    """
    return crosswalk_with_findings(parcels, regions, **options).table


def crosswalk_with_findings(
    parcels: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame,
    *,
    parcel_id: str = "parcel_id",
    region_id: str = "region_id",
    precedence: Sequence[str] = (),
    sliver_m2: float = SLIVER_M2,
    lang: Lang = "zh",
) -> Crosswalk:
    """Split every parcel over the regions it touches, and say what could not be joined.

    Parameters
    ----------
    parcels, regions
        Polygon layers in the same coordinate system. Regions without a polygon are ignored.
    parcel_id, region_id
        Columns with the ids, unique in each layer.
    precedence
        Ids of regions that are carved out of the others (a functional zone 功能区 inside a
        district), the first before the next. Any other overlap is refused.
    sliver_m2
        Pieces smaller than this, or narrower than `SLIVER_M`, go to the parcel's largest piece.

    Raises
    ------
    CRSError
        If a coordinate system is missing or the two differ.
    InputError
        If ids are missing or repeated, or regions are invalid or overlap.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["x"]}, geometry=[bow], crs=4549)
    >>> square = shapely.box(0, 0, 9, 9)
    >>> regions = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[square], crs=4549)
    >>> crosswalk_with_findings(parcels, regions, lang="en").findings["message"].tolist()
    ['Parcel x is not joined: Self-intersection[0.5 0.5].']
    """
    crs = require_same_crs(parcels, regions)
    ids = _ids(parcels, parcel_id, "parcels")
    names, areas = _regions(regions, region_id, precedence)
    shapes = shapely.force_2d(parcels.geometry.to_numpy())
    usable, findings = _usable(shapes, ids, lang)
    rows = np.flatnonzero(usable)

    inside = _containing(shapes[rows], areas)
    whole = inside >= 0
    cut = _pieces(shapes[rows[~whole]], areas, crs, sliver_m2)
    table = pd.DataFrame(
        {
            "row": np.concatenate([rows[whole], rows[~whole][cut.parcel]]),
            "region": np.concatenate([inside[whole], cut.region]),
            "area_m2": np.concatenate([area_m2(shapes[rows[whole]], crs=crs), cut.area_m2]),
            "share": np.concatenate([np.ones(whole.sum()), cut.share]),
        },
    )
    order = np.lexsort((table["region"] % (len(names) + 1), -table["share"].round(9), table["row"]))
    table = table.iloc[order]
    if cut.slivers:
        findings.append(_sliver_finding(cut.slivers, sliver_m2, lang))
    table.insert(0, "parcel_id", ids[table.pop("row")])
    table.insert(1, "region_id", np.append(names, OUTSIDE)[table.pop("region")])
    table = table.astype({"parcel_id": "str", "region_id": "str"}).reset_index(drop=True)
    return Crosswalk(table, findings_table(findings))


# ---------------------------------------------------------------- what comes in


def _ids(frame: gpd.GeoDataFrame, column: str, name: str) -> Shapes:
    if column not in frame.columns:
        got = "、".join(map(str, frame.columns))
        raise InputError(
            f"{name} 没有编号列 {column!r}（现有：{got}）。",
            f"{name} has no id column {column!r} (it has: {got}).",
        )
    ids = frame[column]
    text = pd.Series(ids.astype("object").where(ids.notna(), "").astype("str"))
    if (text == "").any():
        raise InputError(
            f"{name} 有 {(text == '').sum()} 行没有编号（{column}）。",
            f"{(text == '').sum()} rows of {name} have no id ({column}).",
        )
    repeated = text[text.duplicated()].unique()
    if len(repeated):
        few = "、".join(repeated[:5])
        raise InputError(
            f"{name} 的编号 {column} 有 {len(repeated)} 个重复：{few}。请先合并或改号。",
            f"{len(repeated)} ids of {name} ({column}) are repeated: {few}. "
            "Merge or renumber them first.",
        )
    return np.asarray(text, dtype=object)


def _usable(shapes: Shapes, ids: Shapes, lang: Lang) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Find the parcels that can be cut, and say why the others cannot."""
    kinds = shapely.get_type_id(shapes)
    usable = np.isin(kinds, (3, 6)) & ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    findings = []
    for row in np.flatnonzero(~usable):
        shape = shapes[row]
        if shape is None or shape.is_empty:
            why = ("没有图形", "it has no geometry")
        elif kinds[row] not in (3, 6):
            why = (f"图形是 {shape.geom_type}，不是面", f"its geometry is a {shape.geom_type}")
        else:
            reason = shapely.is_valid_reason(shape)
            why = (f"图形自相交或无效（{reason}）", reason)
        findings.append(
            Finding(
                check="join.geometry",
                verdict="fail",
                subject=str(ids[row]),
                message=say(
                    lang,
                    f"宗地 {ids[row]} 未参加叠置：{why[0]}。",
                    f"Parcel {ids[row]} is not joined: {why[1]}.",
                ),
            ),
        )
    return usable, findings


def _sliver_finding(count: int, sliver_m2: float, lang: Lang) -> Finding:
    return Finding(
        check="join.sliver",
        verdict="pass",
        actual=float(count),
        message=say(
            lang,
            f"{count} 个碎片（小于 {sliver_m2} m² 或窄于 {SLIVER_M * 1000} mm）"
            "并入所在宗地的最大部分。",
            f"{count} slivers (under {sliver_m2} m² or {SLIVER_M * 1000} mm wide) went to the "
            "largest piece of their parcel.",
        ),
    )


# ---------------------------------------------------------------- regions


def _regions(
    regions: gpd.GeoDataFrame, column: str, precedence: Sequence[str]
) -> tuple[Shapes, Shapes]:
    """Take the regions that have a polygon, free of overlaps."""
    regions = regions[~(regions.geometry.isna() | regions.geometry.is_empty)]
    names = _ids(regions, column, "regions")
    shapes = shapely.force_2d(regions.geometry.to_numpy())
    wrong = np.flatnonzero(
        ~shapely.is_valid(shapes) | ~np.isin(shapely.get_type_id(shapes), (3, 6))
    )
    if len(wrong):
        reason = shapely.is_valid_reason(shapes[wrong[0]])
        raise InputError(
            f"区域 {'、'.join(names[wrong][:5])} 的图形无效（{reason}）：请先修复。",
            f"Regions {', '.join(names[wrong][:5])} have no valid polygon ({reason}): "
            "repair them first.",
        )
    unknown = [name for name in precedence if name not in set(names)]
    if unknown:
        raise InputError(
            f"precedence 中的区域不存在：{'、'.join(unknown)}。",
            f"No such regions in precedence: {', '.join(unknown)}.",
        )
    return names, _without_overlaps(shapes, names, precedence, regions.crs)


def _without_overlaps(shapes: Shapes, names: Shapes, precedence: Sequence[str], crs: Any) -> Shapes:
    """Cut overlaps off the region that has to give way; refuse where nothing says which."""
    rank = {name: place for place, name in enumerate(precedence)}
    first, second = _overlapping(shapes)
    out = shapes.copy()
    refused = []
    for i, j in sorted(zip(first.tolist(), second.tolist(), strict=True)):
        ranks = rank.get(names[i], len(rank)), rank.get(names[j], len(rank))
        if ranks[0] == ranks[1]:
            overlap = [shapely.intersection(shapes[i], shapes[j])]
            area, length = area_m2(overlap, crs=crs)[0], perimeter_m(overlap, crs=crs)[0]
            if 2 * area > HAIRLINE_M * length:
                refused.append((area, i, j))
                continue
        winner, loser = (i, j) if ranks[0] <= ranks[1] else (j, i)
        out[loser] = shapely.difference(out[loser], shapes[winner])
    if refused:
        area, i, j = max(refused)
        raise InputError(
            f"区域 {names[i]} 与 {names[j]} 重叠 {area:.2f} m²（共 {len(refused)} 对重叠）："
            "请修正边界，或用 precedence 指明哪个区域优先。",
            f"Regions {names[i]} and {names[j]} overlap by {area:.2f} m² ({len(refused)} pairs "
            "in all): mend the borders, or say in precedence which region comes first.",
        )
    return out


def _overlapping(shapes: Shapes) -> tuple[Integers, Integers]:
    """Pairs of regions whose insides meet."""
    if shapely.geos_version >= (3, 12) and shapely.coverage_is_valid(shapes):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    meet = shapely.area(shapely.intersection(shapes[first], shapes[second])) > 0
    return first[meet], second[meet]


# ---------------------------------------------------------------- containment


def _containing(shapes: Shapes, regions: Shapes) -> Integers:
    """Give for each parcel the region that holds it whole, or -1."""
    found = np.full(len(shapes), -1, dtype=np.int64)
    region, parcel = shapely.STRtree(shapes).query(regions, predicate="covers")
    found[parcel[::-1]] = region[::-1]
    return found


# ---------------------------------------------------------------- pieces and residue


class Pieces(NamedTuple):
    """Pieces of cut parcels: flat arrays, one row each; ``region`` -1 is outside."""

    parcel: Integers
    region: Integers
    area_m2: Floats
    share: Floats
    slivers: int


def _pieces(shapes: Shapes, regions: Shapes, crs: Any, sliver_m2: float) -> Pieces:
    """Cut parcels along the borders; their pieces and what is outside sum to their areas."""
    total = area_m2(shapes, crs=crs)
    region, parcel = shapely.STRtree(shapes).query(regions, predicate="intersects")
    cut = shapely.intersection(shapes[parcel], regions[region])
    area = area_m2(cut, crs=crs)

    rest = total - np.bincount(parcel, area, minlength=len(shapes))
    left = np.flatnonzero(rest > np.maximum(1e-9 * total, 0))
    remainder = shapely.difference(shapes[left], _unions(cut, parcel, left))
    parcel, region = np.append(parcel, left), np.append(region, np.full(len(left), -1))
    area = np.append(area, rest[left])
    width = 2 * area / np.maximum(perimeter_m(np.append(cut, remainder), crs=crs), 1e-300)

    order = np.lexsort((-area, parcel))
    parcel, region, area, width = parcel[order], region[order], area[order], width[order]
    largest = np.ones(len(parcel), dtype=bool)
    largest[1:] = parcel[1:] != parcel[:-1]
    sliver = ((area < sliver_m2) | (width < SLIVER_M)) & ~largest
    kept = ~sliver
    slivers = int((sliver & (area > 0)).sum())
    parcel, region, area, largest = parcel[kept], region[kept], area[kept], largest[kept]
    others = np.bincount(parcel, np.where(largest, 0.0, area), minlength=len(shapes))
    area[largest] = (total - others)[parcel[largest]]
    share = area / total[parcel]
    return Pieces(parcel, region, area, share, slivers)


def _unions(cut: Shapes, parcel: Integers, wanted: Integers) -> Shapes:
    """Join the pieces of each wanted parcel."""
    return np.array([shapely.union_all(cut[parcel == row]) for row in wanted], dtype=object)
