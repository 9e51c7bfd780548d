"""Whether regions cover the land once: land in two of them, and holes between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from landgis.findings import Check, Finding, define
from landgis.layers.faults import shared_areas
from landgis.layers.flaws import Shapes
from landgis.measure import area_m2

_M_PER_DEGREE = 111_320.0
NEGLIGIBLE_M2 = 1.0
"""Overlaps, gaps and cuts below this area are the rounding of coordinates."""


NARROW_M = 0.5
"""Land between two regions that is narrower than this is a gap (缝隙), though open at its ends."""

OVERLAP = define("""layer.region_overlap 区域重叠 | regions that overlap
    区域之间是否重叠 | whether regions overlap
    shared: {subject} 与 {other} 重叠 {actual:0} 平方米。
    | {subject} and {other} share {actual:0} m².""")
GAP = define("""layer.region_gap 区域之间的缝隙 | gaps between regions
    区域之间是否有空隙 | whether land between regions belongs to none
    hole: {names:list} 之间有 {actual:0} 平方米不属于任何区域。
    | {actual:0} m² between {names:list} belong to no region.
    strip: {names:list} 之间有宽不足 {width} 米的缝隙，{actual:2} 平方米不属于任何区域。
    | {actual:2} m² in a gap below {width} m between {names:list} belong to no region.""")


def check_partition(regions: gpd.GeoDataFrame) -> list[Finding]:
    """Find land in two regions, holes between regions, and narrow gaps along their borders.

    A hole inside one region is the land of another place (飞地), and approximate regions do not
    claim to meet: neither is a gap.

    Returns
    -------
    list of Finding
        ``layer.region_overlap`` and ``layer.region_gap``, ``actual`` in m².

    Examples
    --------
    >>> at = {"ymin": 3_400_000, "ymax": 3_400_100}
    >>> boxes = [shapely.box(xmin=x, **at, xmax=x + 20) for x in (500_000, 500_010, 500_030.1)]
    >>> rows = {"region_id": ["1", "2", "3"], "name": ["甲镇", "乙镇", "丙镇"]}
    >>> found = check_partition(gpd.GeoDataFrame(rows, geometry=boxes, crs=4549))
    >>> [(f.check, f.actual) for f in found]
    [('layer.region_overlap', 1000.0), ('layer.region_gap', 10.0)]
    """
    shapes = shapely.make_valid(regions.geometry.to_numpy())
    return [*_overlaps(regions, shapes), *_gaps(regions, shapes), *_strips(regions, shapes)]


def _overlaps(regions: gpd.GeoDataFrame, shapes: Shapes) -> Iterator[Finding]:
    left, right, shared = shared_areas(shapes)
    names = regions["name"].to_numpy()
    areas = area_m2(shared, crs=regions.crs)
    for one, other, area in zip(names[left], names[right], areas, strict=True):
        if area > NEGLIGIBLE_M2:
            yield _fault(OVERLAP, "shared", str(one), float(area), {"other": str(other)})


def _gaps(regions: gpd.GeoDataFrame, shapes: Shapes) -> Iterator[Finding]:
    tree = shapely.STRtree(shapes)
    holes = _holes(shapely.union_all(shapes))
    for hole, area in zip(holes, area_m2(holes, crs=regions.crs), strict=True):
        around = regions.iloc[tree.query(hole, predicate="intersects")]
        if area > NEGLIGIBLE_M2 and len(around) > 1 and not _rough(around):
            names = sorted(around["name"])
            yield _fault(GAP, "hole", "、".join(names), float(area), {"names": names})


def _strips(regions: gpd.GeoDataFrame, shapes: Shapes) -> Iterator[Finding]:
    """Find land between two regions that is nowhere wider than `NARROW_M`."""
    wide = NARROW_M / (
        _M_PER_DEGREE if regions.crs is not None and regions.crs.is_geographic else 1
    )
    edges = shapely.coverage_invalid_edges(shapes, gap_width=wide)
    open_ = np.flatnonzero(~shapely.is_empty(edges) & ~shapely.is_missing(shapes))
    tree = shapely.STRtree(shapes[open_])
    left, right = tree.query(shapes[open_], predicate="dwithin", distance=wide)
    names = regions["name"].to_numpy()
    for i, j in zip(open_[left[left < right]], open_[right[left < right]], strict=True):
        if _rough(regions.iloc[[i, j]]):
            continue
        strips = _between(shapes, i, j, edges, wide)
        areas = area_m2(strips, crs=regions.crs)
        if areas.sum() > NEGLIGIBLE_M2:
            pair = sorted([str(names[i]), str(names[j])])
            told = {"names": pair, "width": f"{NARROW_M:g}"}
            yield _fault(GAP, "strip", "、".join(pair), float(areas.sum()), told)


def _between(shapes: Shapes, i: int, j: int, edges: Shapes, wide: float) -> Shapes:
    """Give the land that closes up between two regions and lies in no other, holes left out."""
    place = shapely.buffer(shapely.envelope(shapely.union(edges[i], edges[j])), 4 * wide)
    near = [shapely.clip_by_rect(shapes[k], *shapely.bounds(place)) for k in (i, j)]
    both = shapely.union_all(near)
    closed = shapely.buffer(
        shapely.buffer(both, wide / 2, join_style="mitre", cap_style="flat"),
        -wide / 2,
        join_style="mitre",
        cap_style="flat",
    )
    others = shapes[shapely.STRtree(shapes).query(closed, predicate="intersects")]
    left = shapely.difference(shapely.intersection(closed, place), shapely.union_all(others))
    parts = shapely.get_parts(left)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    touching = [shapely.distance(parts, shape) <= wide / 100 for shape in near]
    held = np.isin(shapely.area(parts).round(9), shapely.area(_holes(both)).round(9))
    return np.asarray(parts[touching[0] & touching[1] & ~held])


def _rough(around: gpd.GeoDataFrame) -> bool:
    return "basis" in around and bool((around["basis"] == "approximate").any())


def _fault(check: Check, kind: str, region: str, area: float, values: Mapping[str, Any]) -> Finding:
    return check.finding(
        kind,
        "fail",
        subject=region,
        region=region,
        expected=0.0,
        actual=round(area, 2),
        difference=round(area, 2),
        tolerance=NEGLIGIBLE_M2,
        unit="平方米",
        values=values,
    )


def _holes(shape: shapely.Geometry) -> Any:
    """Give the holes of a polygon or multipolygon, as polygons."""
    rings, part = shapely.get_rings(shapely.get_parts(shape), return_index=True)
    inner = np.append(False, part[1:] == part[:-1])[: len(rings)]
    return shapely.polygons(rings[inner])


def only_polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Leave out the points and lines where regions only touch.

    Examples
    --------
    >>> corner = shapely.GeometryCollection([shapely.Point(0, 0), shapely.box(0, 0, 2, 1)])
    >>> only_polygons(corner).area
    2.0
    """
    return shapely.MultiPolygon([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"])
