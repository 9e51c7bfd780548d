"""Regions, townships and outlines of a page: names, rings, and borders drawn once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from landgis.maps.legend import Legend
from landgis.maps.pack import Shift


def draw_places(
    table: gpd.GeoDataFrame,
    legend: Legend | None = None,
    *,
    shift: Shift | None,
    until: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, Any]:
    """Names, rings and borders of regions or townships, in latitude and longitude.

    ``until`` tells of each region the share of its mapped area that is supplied by each time.
    """
    degrees = table.geometry.to_crs(4326) if len(table) else table.geometry
    shapes = np.asarray(degrees.array)
    if shift is not None:
        shapes = shapely.transform(shapes, shift)
    approximate = table["basis"].to_numpy() != ""
    rows = {row.region: row for row in legend.regions} if legend else {}
    places = []
    for name, basis, shape in zip(table["name"], table["basis"], shapes, strict=True):
        row = rows.get(name)
        empty = shape is None or shape.is_empty
        places.append(
            {
                "name": name,
                "basis": basis,
                "point": None if empty else _turn(shape.representative_point())[0],
                "bounds": None if empty else _corners(shape.bounds),
                "rings": [] if empty or legend is None else _polygons(shape),
                "planned": row.stated if row else None,
                "difference": row.amount if row else None,
                "difference_text": row.difference if row else "",
                "until": (until or {}).get(name, ()),
            },
        )
    return {
        "places": places,
        "lines": _borders(shapes[~approximate]),
        "dashed": _borders(shapes[approximate]),
    }


def _borders(shapes: Any) -> list[list[list[float]]]:
    """Borders of polygons, a common one once."""
    edges = shapely.boundary(shapes[~shapely.is_missing(shapes)])
    merged = shapely.line_merge(shapely.union_all(edges))
    return [_turn(line) for line in shapely.get_parts(merged) if not line.is_empty]


def _polygons(shape: Any) -> list[list[list[list[float]]]]:
    return [[_turn(ring) for ring in shapely.get_rings(part)] for part in shapely.get_parts(shape)]


def _turn(shape: Any) -> list[list[float]]:
    """Latitude and longitude to about 0.1 m."""
    return np.round(shapely.get_coordinates(shape)[:, ::-1], 6).tolist()  # type: ignore[no-any-return]


def _corners(bounds: Sequence[float]) -> list[list[float]]:
    west, south, east, north = (float(b) for b in bounds)
    return [[south, west], [north, east]]


def bounds_of(
    layers: Iterable[gpd.GeoDataFrame],
    shift: Shift | None,
) -> list[list[float]] | None:
    """Corners of everything that is drawn."""
    boxes = []
    for layer in layers:
        if len(layer) and not layer.geometry.is_empty.all():
            box = shapely.box(*layer.total_bounds)
            boxes.append(gpd.GeoSeries([box], crs=layer.crs).to_crs(4326).total_bounds)
    if not boxes:
        return None
    low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
    corners = np.array([low[:2], high[2:]])
    return _corners(np.ravel(corners if shift is None else shift(corners)).tolist())
