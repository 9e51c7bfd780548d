"""Whether regions cover the land once: land in two of them, and holes between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from landgis.findings import Finding
from landgis.language import Lang, say
from landgis.layers.flaws import Shapes
from landgis.layers.overlaps import shared_areas
from landgis.measure import area_m2

NEGLIGIBLE_M2 = 1.0
"""Overlaps, gaps and cuts below this area are the rounding of coordinates."""


def check_partition(regions: gpd.GeoDataFrame, *, lang: Lang = "zh") -> list[Finding]:
    """Find land in two regions, and holes between regions.

    A hole inside one region is the land of another place (飞地), and approximate regions do not
    claim to meet: neither is a gap.

    Returns
    -------
    list of Finding
        ``layer.region_overlap`` and ``layer.region_gap``, ``actual`` in m².

    Examples
    --------
    >>> at = {"ymin": 3_400_000, "ymax": 3_400_010}
    >>> boxes = [shapely.box(xmin=x, **at, xmax=x + 20) for x in (500_000, 500_010)]
    >>> rows = {"region_id": ["1", "2"], "name": ["甲镇", "乙镇"]}
    >>> [f.message for f in check_partition(gpd.GeoDataFrame(rows, geometry=boxes, crs=4549))]
    ['甲镇 与 乙镇 重叠 100 平方米。']
    """
    shapes = shapely.make_valid(regions.geometry.to_numpy())
    return [*_overlaps(regions, shapes, lang), *_gaps(regions, shapes, lang)]


def _overlaps(regions: gpd.GeoDataFrame, shapes: Shapes, lang: Lang) -> Iterator[Finding]:
    left, right, shared = shared_areas(shapes)
    names = regions["name"].to_numpy()
    areas = area_m2(shared, crs=regions.crs)
    for one, other, area in zip(names[left], names[right], areas, strict=True):
        if area > NEGLIGIBLE_M2:
            zh = f"{one} 与 {other} 重叠 {area:.0f} 平方米。"
            en = f"{one} and {other} share {area:.0f} m²."
            yield _fault("layer.region_overlap", one, area, say(lang, zh, en))


def _gaps(regions: gpd.GeoDataFrame, shapes: Shapes, lang: Lang) -> Iterator[Finding]:
    tree = shapely.STRtree(shapes)
    holes = _holes(shapely.union_all(shapes))
    for hole, area in zip(holes, area_m2(holes, crs=regions.crs), strict=True):
        around = regions.iloc[tree.query(hole, predicate="intersects")]
        rough = "basis" in around and (around["basis"] == "approximate").any()
        if area > NEGLIGIBLE_M2 and len(around) > 1 and not rough:
            place = "、".join(sorted(around["name"]))
            zh = f"{place} 之间有 {area:.0f} 平方米不属于任何区域。"
            en = f"{area:.0f} m² between {place} belong to no region."
            yield _fault("layer.region_gap", place, area, say(lang, zh, en))


def _fault(check: str, region: str, area: float, message: str) -> Finding:
    return Finding(
        check=check,
        verdict="fail",
        subject=region,
        region=region,
        expected=0.0,
        actual=round(area, 2),
        difference=round(area, 2),
        tolerance=NEGLIGIBLE_M2,
        unit="平方米",
        message=message,
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
