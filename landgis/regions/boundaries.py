"""Layers of districts and townships, made from packages for any county.

Where no polygons are free, townships (乡镇街道) are cells around their seats: no boundaries, and
marked so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from landgis.divisions import Division, children, division, full_name, match
from landgis.errors import InputError
from landgis.findings import Finding, define, findings_table
from landgis.layers.read import LayerRead
from landgis.measure import gk3_epsg, zone_of
from landgis.regions.gazetteer import (
    CRS,
    Publisher,
    Seat,
    county_polygons,
    division_rows,
    township_seats,
)
from landgis.regions.read import only_polygons

LARGEST_CELL = 2.0
"""Where seats are missing, a cell reaches no farther than a disc of this many times the mean
township area of the county; else it would swallow the townships that have no seat."""
LONGEST_EDGE_M = 500.0
"""Edges of cells are cut to this length, so that they stay straight in any coordinate system."""


def seat_cells(seats: Sequence[Seat], polygon: BaseGeometry, *, townships: int) -> gpd.GeoDataFrame:
    """Divide a county among its townships' seats: to each the land that is nearest (Voronoi).

    These are no boundaries. Where some of the ``townships`` have no seat, a cell ends at a disc
    of `LARGEST_CELL` times the mean township area, and the land beyond belongs to none.

    Parameters
    ----------
    seats
        Seats inside the polygon.
    polygon
        The county, in EPSG:4326.
    townships
        How many townships the county has.

    Returns
    -------
    GeoDataFrame
        Table ``regions`` in EPSG:4326, ``basis`` approximate, in the order given.

    Examples
    --------
    >>> from landgis.divisions import children
    >>> a, b = children("441882")[:2]
    >>> seats = [Seat(a, 112.25, 24.5, ""), Seat(b, 112.75, 24.5, "")]
    >>> cells = seat_cells(seats, shapely.box(112, 24, 113, 25), townships=2)
    >>> cells.total_bounds.tolist(), cells.bounds["maxx"].round(3).tolist()
    ([112.0, 24.0, 113.0, 25.0], [112.5, 113.0])
    """
    shapes = [only_polygons(cell) for cell in _cells(seats, polygon, townships)]
    return division_rows(
        [seat.township for seat in seats],
        [shape.geoms[0] if len(shape.geoms) == 1 else shape for shape in shapes],
        basis="approximate",
        source=[seat.source for seat in seats],
    )


def _cells(seats: Sequence[Seat], polygon: BaseGeometry, townships: int) -> Sequence[BaseGeometry]:
    if not seats:
        return []
    plane = gk3_epsg(int(zone_of(polygon.centroid.x)))
    points = gpd.GeoSeries(
        gpd.points_from_xy([s.longitude for s in seats], [s.latitude for s in seats]), crs=CRS
    ).to_crs(plane)
    county = gpd.GeoSeries([polygon], crs=CRS).to_crs(plane).iloc[0]
    # Whole cells are taken to degrees and cut there: neighbours keep their common edges, and the
    # county keeps its vertices. Short edges stay common ones in every other system too.
    cells = _voronoi(points, county).segmentize(LONGEST_EDGE_M).to_crs(CRS).intersection(polygon)
    if len(seats) < townships:
        reach = np.sqrt(LARGEST_CELL * county.area / townships / np.pi)
        cells = cells.intersection(points.buffer(reach, quad_segs=16).to_crs(CRS))
    return list(cells)


def _voronoi(points: gpd.GeoSeries, around: BaseGeometry) -> gpd.GeoSeries:
    """Give each point's cell, in the order of the points."""
    if len(points) == 1:
        return gpd.GeoSeries([around.envelope.buffer(1.0)], crs=points.crs)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points.to_numpy()), extend_to=around.envelope)
    )
    owner, cell = shapely.STRtree(cells).query(points.values, predicate="within")
    ordered = cells[cell[np.argsort(owner)]]
    return gpd.GeoSeries(ordered, crs=points.crs)


NO_POLYGON = define("""layer.polygon 图形 | polygon
    边界数据包中有无图形 | whether the package has a polygon
    none: {region}（{subject}）在边界数据包中没有图形。
    | The package has no polygon of {region} ({subject}).""")
_SEATS = (
    "{region}{expected:0}个乡镇街道中{actual:0}个有已知驻地，单元为近似界线",
    "{actual:0} of {expected:0} townships of {region} have a known seat",
)
SEAT = define(
    "layer.seat 驻地 | seats\n    乡镇街道有无已知驻地 | whether townships have a known seat",
    all=(f"{_SEATS[0]}。", f"{_SEATS[1]}."),
    some=(
        f"{_SEATS[0]}；没有单元：{{missing:list}}。",
        f"{_SEATS[1]}; without a cell: {{missing:list}}.",
    ),
)


class Boundaries(NamedTuple):
    """Tables ``regions`` of districts and of townships, and what is to be said about them."""

    districts: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    findings: pd.DataFrame


def make_boundaries(
    place: str, *, level: Literal["county", "township"] | None = None, source: Publisher = "amap"
) -> LayerRead:
    """Make a layer of districts and approximate townships of a county or a prefecture.

    Parameters
    ----------
    place
        Name or code of a county or a prefecture (湖州市, 330500).
    level
        Districts or townships only; both, districts first, if not given. The two cover each
        other: a join needs one of them.
    source
        Whose district polygons: see `landgis.regions.gazetteer.county_polygons`.

    Returns
    -------
    LayerRead
        ``data``: table ``regions`` in EPSG:4326, townships with ``basis`` approximate.
        ``findings``: as `divisions_of`.

    Raises
    ------
    InputError
        If no county or prefecture has this name or code, or several have the name.
    MissingPackageError
        If an optional package is not installed; the message says how to install it.

    Examples
    --------
    >>> make_boundaries("连州市", level="township").data["name"].tolist()[:2]
    ['连州镇', '星子镇']
    """
    made = divisions_of(place, source=source)
    layers = {"county": [made.districts], "township": [made.townships]}
    chosen = layers[level] if level else [made.districts, made.townships]
    return LayerRead(pd.concat(chosen, ignore_index=True), made.findings)


def divisions_of(place: str, *, source: Publisher = "amap") -> Boundaries:
    """Make the layers of districts and of approximate townships of a county or a prefecture.

    Parameters
    ----------
    place
        Name or code of a county or a prefecture (湖州市, 330500).
    source
        Whose county polygons: see `county_polygons`.

    Returns
    -------
    Boundaries
        ``districts``: the counties. ``townships``: cells around the known seats, ``basis``
        approximate. Both are tables ``regions`` in EPSG:4326, in order of codes. ``findings``:
        ``layer.seat`` for each county, naming the townships that have no known seat and so no
        cell; ``layer.polygon`` for a county without a polygon (a statistical zone).

    Raises
    ------
    InputError, MissingPackageError
        As `make_boundaries`.

    Examples
    --------
    >>> made = divisions_of("连州市")
    >>> len(made.districts), len(made.townships), made.findings["verdict"].tolist()
    (1, 12, ['pass'])
    """
    counties = counties_of(_place(place))
    districts = county_polygons(counties, source=source)
    shapes = dict(zip(districts["code"], districts.geometry, strict=True))
    layers, findings = [], []
    for county in counties:
        if county.code not in shapes:
            findings.append(
                NO_POLYGON.finding("none", "unknown", subject=county.code, region=county.name)
            )
            continue
        townships = children(county.code)
        seats = township_seats(county, shapes[county.code])
        layers.append(seat_cells(seats, shapes[county.code], townships=len(townships)))
        findings.append(_seats_known(county, townships, seats))
    cells = pd.concat(layers, ignore_index=True) if layers else districts.iloc[:0]
    return Boundaries(districts, cells, findings_table(findings))


def counties_of(place: Division) -> tuple[Division, ...]:
    """Give the counties of a prefecture or of a city without counties, or the county itself.

    Raises
    ------
    InputError
        If the place is a province or a township.

    Examples
    --------
    >>> [c.name for c in counties_of(division("441882"))]
    ['连州市']
    """
    if place.level not in ("prefecture", "county"):
        raise InputError(
            f"{full_name(place.code)}不是县级或地级区划，请给出县（区、市）或地级市的名称或代码。",
            f"{place.name} is neither a county nor a prefecture; name one of these.",
        )
    return tuple(c for c in children(place.code) if c.level == "county") or (place,)


def _place(text: str) -> Division:
    """Find the county or prefecture that a name or a code means."""
    if text.strip().isdigit():
        return division(text.strip())
    found = match(text)
    if found.division:
        return found.division
    names = "、".join(f"{full_name(c.code)}（{c.code}）" for c in found.candidates[:5])
    raise InputError(
        f"“{text}”不是唯一的县（区、市）或地级市名称"
        + (f"，是否指 {names}？" if names else "，请给出全称或区划代码。"),
        f"“{text}” names no single county or prefecture"
        + (f"; did you mean {names}?" if names else "; give the full name or the code."),
    )


def _seats_known(county: Division, townships: Sequence[Division], seats: Sequence[Seat]) -> Finding:
    """Say which townships of a county have a cell."""
    known = {s.township.code for s in seats}
    missing = [t.name for t in townships if t.code not in known]
    return SEAT.finding(
        "some" if missing else "all",
        "unknown" if missing else "pass",
        subject=county.code,
        region=county.name,
        expected=len(townships),
        actual=len(seats),
        difference=len(seats) - len(townships),
        values={"missing": missing},
    )
