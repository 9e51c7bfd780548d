"""Schematic footprints: areas (片区) that a plan only lists are drawn where it names a place.

A footprint has the stated area, exactly, and lies in the named township; nothing more of it is
true. One named for several townships is spread over them in equal parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from landgis.errors import CRSError
from landgis.findings import Finding, Verdict, define, findings_table
from landgis.layers.read import LayerRead
from landgis.measure import Floats, area_m2, describe_crs
from landgis.schema import PARCELS, conform

PLACEMENT = define("""layer.placement 示意位置 | schematic placement
    示意图斑置于何处 | where a schematic footprint was put
    no_room: {subject}：找不到可容纳的位置，未绘制。 | {subject}: there is no room; not drawn.
    inside: {subject}：示意图斑置于{inside:list}。 | {subject}: drawn in {inside:list}.
    absent: {subject}：{absent:list}没有图形，示意图斑置于{region}。
    | {subject}: no polygon of {absent:list}: drawn in {region}.
    unplaced: {subject}：位置“{location}”没有乡镇图形，示意图斑置于{region}。
    | {subject}: no township polygon for “{location}”: drawn in {region}.""")
WIDTH_TO_HEIGHT = 4 / 3
GAP = 0.15
"""Free land left around a footprint, in parts of its height."""
STEP = 0.5
"""Distance between the places that are tried, in parts of the height."""


class _Host(NamedTuple):
    """Land that a part of a footprint may stand on, best first; the township, if it is one."""

    township: str
    shapes: tuple[BaseGeometry, ...]


@dataclass
class _BuiltUpon:
    """What is built upon already: extents (xmin, ymin, xmax, ymax) of all footprints so far."""

    crs: pyproj.CRS
    taken: list[Floats] = field(default_factory=list)

    def build(self, shapes: Iterable[BaseGeometry], area: float) -> BaseGeometry | None:
        """Put a rectangle of ``area`` m² into the first shape that has room, near its middle."""
        height = np.sqrt(area / WIDTH_TO_HEIGHT)
        half = np.array([WIDTH_TO_HEIGHT * height, height]) / 2
        for shape in shapes:
            shapely.prepare(shape)
            for centres in _outwards(shape, STEP * height):
                boxes = np.hstack([centres - half, centres + half])
                boxes = boxes[self._free(boxes, GAP * height)]
                inside = shapely.contains_properly(shape, shapely.box(*boxes.T))
                if inside.any():
                    self.taken.append(self._exact(boxes[inside][0], area))
                    return shapely.box(*self.taken[-1])
        return None

    def _free(self, boxes: Floats, gap: float) -> NDArray[np.bool_]:
        """Which boxes keep ``gap`` from all that is built upon."""
        taken = np.array(self.taken).reshape(-1, 4)
        right = boxes[:, None, :2] > taken[:, 2:] + gap
        left = boxes[:, None, 2:] < taken[:, :2] - gap
        return np.asarray(np.all(np.any(right | left, axis=2), axis=1))

    def _exact(self, box: Floats, area: float) -> Floats:
        """Scale a box about its middle until it measures ``area`` on the ellipsoid."""
        middle = (box[:2] + box[2:]) / 2
        for _ in range(3):
            scale = np.sqrt(area / area_m2([shapely.box(*box)], crs=self.crs)[0])
            half = (box[2:] - middle) * scale
            box = np.hstack([middle - half, middle + half])
        return box


def place_projects(
    projects: pd.DataFrame, townships: gpd.GeoDataFrame, *, regions: gpd.GeoDataFrame, crs: Any
) -> LayerRead:
    """Draw the areas (片区) of a plan's list as schematic footprints.

    Each area becomes rectangles of together its stated area (on the ellipsoid), one for each
    township it names, inside the township's polygon and the region's; no two touch. An area whose
    township has no polygon, or that names none, stands in the land of its region that no township
    polygon covers. The same list gives the same drawing.

    Parameters
    ----------
    projects
        Table ``projects`` of a plan.
    townships
        Table ``regions`` of townships.
    regions
        Table ``regions`` of the plan's regions, found by ``name``.
    crs
        Plane coordinate system of the drawing; the layers are transformed to it.

    Returns
    -------
    LayerRead
        ``data``: table ``parcels`` in ``crs``, ``basis`` schematic, index and order of
        ``projects``; ``parcel_id`` is the number in the list, the geometry a multipolygon, empty
        where there was no place. ``findings``: ``layer.placement`` for each area: a note where it
        stands in the townships named, unknown where only in the region, fail where nowhere.

    Raises
    ------
    CRSError
        If ``crs`` is no plane.

    Examples
    --------
    >>> town = {"region_id": ["t"], "name": ["织里镇"]}
    >>> square = [shapely.box(500_000, 3_400_000, 510_000, 3_410_000)]
    >>> townships = gpd.GeoDataFrame(town, geometry=square, crs=4549)
    >>> regions = townships.assign(name="吴兴区")
    >>> rows = {"number": [1], "region": ["吴兴区"], "category": ["低效工业片区"], "name": ["一期"]}
    >>> rows |= {"townships": [("织里镇",)], "area_ha": [20.0], "stage": [""], "location": [""]}
    >>> placed = place_projects(pd.DataFrame(rows), townships, regions=regions, crs=4549)
    >>> area_m2(placed.data).round(4).tolist(), placed.data["basis"].tolist()
    ([200000.0], ['schematic'])
    """
    plane = pyproj.CRS(crs)
    if not plane.is_projected:
        raise CRSError(
            f"示意图斑需要平面坐标系，{describe_crs(plane)} 不是；请用 3 度带投影，如 EPSG:4549。",
            f"Footprints need a plane; {describe_crs(plane, 'en')} is none. Use e.g. EPSG:4549.",
        )
    townships, regions = townships.to_crs(plane), regions.to_crs(plane)
    ground = _BuiltUpon(plane)
    shapes, findings = [], []
    row: Any
    for row in projects.itertuples():
        hosts = _hosts(row, townships, regions)
        share = row.area_ha * 10_000 / max(len(hosts), 1)
        tried = (ground.build(host.shapes, share) for host in hosts if share > 0)
        parts: list[Any] = [part for part in tried if part is not None]
        drawn = len(parts) == len(hosts) > 0
        shapes.append(shapely.MultiPolygon(parts if drawn else []))
        findings.append(_placement(row, hosts, drawn=drawn))
    data = gpd.GeoDataFrame(
        {
            "parcel_id": _numbers(projects),
            "name": projects["name"],
            "category": projects["category"],
            "recorded_area_m2": projects["area_ha"] * 10_000,
            "stage": projects["stage"],
            "region": projects["region"],
            "basis": "schematic",
            "location": projects["location"],
        },
        geometry=shapes,
        crs=plane,
        index=projects.index,
    )
    data = gpd.GeoDataFrame(conform(data, PARCELS), geometry="geometry", crs=plane)
    return LayerRead(data, findings_table(findings))


def _hosts(row: Any, townships: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> list[_Host]:
    """Find the land for each part: each named township, else the rest of the region."""
    found = regions[(regions["name"] == row.region) & ~regions.geometry.is_empty]
    region = found.geometry.iloc[0] if len(found) else None
    hosts = []
    for name in row.townships or ("",):
        named = townships[townships["name"] == name]
        land = named.geometry if region is None else named.geometry.intersection(region)
        there = [shape for shape in land if not shape.is_empty]
        if there:
            hosts.append(_Host(name, (there[0],)))
        elif region is not None:
            rest = shapely.difference(region, shapely.union_all(townships.geometry.to_numpy()))
            hosts.append(_Host("", (region,) if rest.is_empty else (rest, region)))
    return hosts


def _outwards(shape: BaseGeometry, step: float) -> Iterator[Floats]:
    """Give the points of a grid in the extent of ``shape``, from its middle outwards, in chunks."""
    middle = shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
    x0, y0, x1, y1 = shape.bounds
    east = np.arange(np.floor((x0 - middle.x) / step), np.ceil((x1 - middle.x) / step) + 1)
    north = np.arange(np.floor((y0 - middle.y) / step), np.ceil((y1 - middle.y) / step) + 1)
    grid = np.stack(np.meshgrid(east, north), axis=-1).reshape(-1, 2)
    order = np.lexsort((grid[:, 0], grid[:, 1], (grid**2).sum(axis=1)))
    points = grid[order] * step + [middle.x, middle.y]
    for start in range(0, len(points), 512):
        yield points[start : start + 512]


def _numbers(projects: pd.DataFrame) -> list[str]:
    """Give the numbers of the list; to an area without one that of its row."""
    return [
        str(int(number)) if pd.notna(number) else f"#{position}"
        for position, number in enumerate(projects["number"], start=1)
    ]


def _placement(row: Any, hosts: list[_Host], *, drawn: bool) -> Finding:
    """Say where a footprint was put, and why."""
    inside = [h.township for h in hosts if h.township]
    absent = [name for name in row.townships if name not in inside]
    verdict: Verdict = "unknown"
    kind = "absent" if absent else "unplaced"
    if not drawn:
        verdict, kind = "fail", "no_room"
    elif len(inside) == len(hosts):
        verdict, kind = "note", "inside"
    return PLACEMENT.finding(
        kind,
        verdict,
        subject=str(row.name),
        region=str(row.region),
        category=str(row.category),
        actual=float(row.area_ha),
        unit="公顷",
        source=str(getattr(row, "source", "")),
        values={"inside": inside, "absent": absent, "location": row.location},
    )
