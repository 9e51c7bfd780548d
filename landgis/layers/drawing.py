"""Drawings (DXF): which of their lines are polygons, and what their letters are."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.findings import Finding, failed
from landgis.language import Lang
from landgis.layers.encoding import decode_text


def closed_lines(
    frame: gpd.GeoDataFrame, name: str, lang: Lang
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Polygons of a drawing: its hatches and closed polylines; the rest is left out and told."""
    shapes = frame.geometry.array
    kinds = shapely.get_type_id(shapes)
    coordinates = shapely.get_num_coordinates(shapes)
    closed = (kinds == 1) & (coordinates >= 4)
    closed[closed] = shapely.is_closed(shapes[closed])
    kept = closed | np.isin(kinds, (3, 6))
    left = int((~kept).sum())
    polygons = np.asarray(shapes, dtype=object).copy()
    polygons[closed] = shapely.polygons(
        [shapely.LinearRing(line.coords) for line in shapes[closed]]
    )
    out = frame.set_geometry(gpd.GeoSeries(polygons, index=frame.index, crs=frame.crs))
    findings = []
    if left:
        zh = f"{name} 中有 {left} 个实体不是闭合多段线或填充，未读作面。"
        en = f"{name}: {left} entities are no closed polylines or hatches and were left out."
        findings.append(failed("layer.open_lines", zh, en, subject=name, lang=lang))
    return out[kept].reset_index(drop=True), findings


def drawn_text(frame: gpd.GeoDataFrame, encoding: str | None) -> tuple[gpd.GeoDataFrame, str]:
    """Decode the text of a drawing that names a Western code page and holds Chinese bytes."""
    used = "UTF-8"
    for name in frame.columns[frame.dtypes == "str"]:
        try:
            raw = "\n".join(frame[name]).encode("latin-1")
        except UnicodeEncodeError:  # decoded already, by the code page that the drawing names
            continue
        text, used = decode_text(raw, name=name, encoding=encoding)
        frame = frame.assign(**{name: pd.Series(text.split("\n"), frame.index, dtype="str")})
    return frame, used
