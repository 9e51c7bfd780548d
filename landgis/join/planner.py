"""The planner of a join: which way to take, by the size of the work."""

from __future__ import annotations

from typing import NamedTuple

import shapely

from landgis.join import grid as grids
from landgis.join.grid import Grid
from landgis.join.regions import Regions, settle
from landgis.join.tiles import RegionTiles
from landgis.measure import AreaForm, area_form

GRID_FROM = 30_000
"""Parcels from which drawing the regions on a grid pays."""
GRID_CORNERS = 10
"""Corners of regions to a parcel, up to which it pays."""
GRID_CELLS = 1_000_000
"""Cells of that grid; up to four times as many for very many regions."""
CELLS_TO_A_REGION = 1_000
TILES_FROM = 500
"""Parcels to a region, from which cutting regions up beforehand pays."""
CHECKED_CORNERS = 50_000
"""Corners of regions up to which all overlaps are looked for, however few the parcels."""


class JoinPlan(NamedTuple):
    """How parcels will be joined: the regions, their measure, and what of them is made ready."""

    regions: Regions
    form: AreaForm | None
    grid: Grid | None
    tiles: RegionTiles | None


def plan_join(regions: Regions, *, parcels: int) -> JoinPlan:
    """Choose the way by the size of the work.

    Many parcels: overlaps of regions are settled once, a grid finds the parcels away from
    borders, and the regions are cut up for the others. Few parcels: a search tree finds them; and
    if the regions have very many corners, only those that meet in a parcel are looked at.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from landgis.join.regions import take_regions
    >>> layer = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[shapely.box(0, 0, 9, 9)], crs=4549)
    >>> plan_join(take_regions(layer), parcels=10).grid is None
    True
    """
    corners = int(shapely.get_num_coordinates(regions.shapes).sum())
    few = corners <= max(CHECKED_CORNERS, 4 * parcels)
    if not regions.settled and (few or regions.precedence):
        regions = settle(regions)
    if not len(regions.ids):
        return JoinPlan(regions, None, None, None)
    form = area_form(regions.crs, tuple(shapely.total_bounds(regions.shapes)))
    pays = parcels >= GRID_FROM and corners <= GRID_CORNERS * parcels
    cells = min(max(GRID_CELLS, CELLS_TO_A_REGION * len(regions.ids)), 4 * GRID_CELLS)
    grid = grids.draw(regions.shapes, cells=cells) if pays else None
    tiles = RegionTiles.of(regions.shapes) if parcels >= TILES_FROM * len(regions.ids) else None
    return JoinPlan(regions, form, grid, tiles)
