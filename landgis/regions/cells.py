"""Cells around township seats: approximate townships (乡镇街道), where no polygons are free.

They are no boundaries, and are marked so.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from landgis.measure import gk3_epsg, zone_of
from landgis.regions.gazetteer import CRS, Seat, division_rows
from landgis.regions.partition import only_polygons

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
