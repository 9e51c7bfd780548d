"""Invalid shapes made valid, on request, with every change of area on record."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.findings import define, findings_table
from landgis.formats.points import is_tangled, polygon_of_rings
from landgis.layers.faults import has_finite, row_names
from landgis.measure import area_m2
from landgis.schema import rows_of

REPAIR = define("""layer.repair 修复 | repair
    无效图形是否修复，面积变化多少 | whether invalid shapes were mended, and what that took
    mended: {subject} 图形已修复，面积 {expected:2} → {actual:2} 平方米。
    | {subject} repaired, area {expected:2} → {actual:2} m².
    holes: {subject} 的内环绕向有误，已作为洞处理，面积 {expected:2} → {actual:2} 平方米。
    | {subject}: rings inside run the wrong way, taken as holes, area {expected:2} → {actual:2} m².
    left: {subject} 未修复：面积会由 {expected:2} → {actual:2} 平方米，超过允许
      的 {tolerance:plain} 平方米。
    | {subject} not repaired: area would go {expected:2} → {actual:2} m², over {tolerance:plain} m².
""")


class Repaired(NamedTuple):
    """A layer after repair.

    Parameters
    ----------
    data
        The rows as they came, index kept, repaired where that was possible.
    changes
        One row a shape that was invalid: subject, area_before_m2, area_after_m2,
        difference_m2, repaired, holes (parts that lie in others were taken as holes whose points
        run the wrong way round, whatever area that takes); its index is that of the layer.
    findings
        The same as findings (check ``layer.repair``): a note if repaired, *fail* if not.
    """

    data: gpd.GeoDataFrame
    changes: pd.DataFrame
    findings: pd.DataFrame


def repair_layer(frame: gpd.GeoDataFrame, *, tolerance_m2: float = 1.0) -> Repaired:
    """Make invalid polygons valid, unless that changes an area by more than the tolerance.

    Parameters
    ----------
    frame
        Layer of polygons with a coordinate system.
    tolerance_m2
        Largest change of area that is accepted. The area before is that of the rings as they
        run: loops of a crossed ring count against one another.

    Returns
    -------
    Repaired
        Data, changes, findings. Lines and points that a repair leaves behind (a spike) are
        dropped; they have no area.

    Raises
    ------
    CRSError
        If the layer has no coordinate system.

    Examples
    --------
    >>> spike = shapely.Polygon([(0, 0), (10, 0), (10, 5), (15, 5), (10, 5), (10, 10), (0, 10)])
    >>> layer = gpd.GeoDataFrame(geometry=[spike], crs=4549)
    >>> repaired = repair_layer(layer)
    >>> bool(repaired.data.geometry.is_valid[0]), repaired.changes["repaired"].tolist()
    (True, [True])
    """
    shapes = np.asarray(frame.geometry.array, dtype=object)
    wrong = np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes))
    wrong = wrong[has_finite(shapes[wrong])]
    knots = np.array([is_tangled(shape) for shape in shapes[wrong]], dtype=bool)
    before = area_m2(shapes[wrong], crs=frame.crs)
    mended = shapes[wrong].copy()
    mended[~knots] = _polygons(
        shapely.make_valid(mended[~knots], method="structure", keep_collapsed=False)
    )
    turned = np.zeros(len(wrong), dtype=bool)
    for at, shape in enumerate(shapes[wrong]):
        hollow = _hollow(shape)
        if hollow is not None:
            mended[at], turned[at] = hollow, True
    after = area_m2(mended, crs=frame.crs)
    accepted = (turned | (np.abs(after - before) <= tolerance_m2)) & (after > 0) & ~knots
    changes = pd.DataFrame(
        {
            "subject": row_names(frame)[wrong],
            "area_before_m2": before,
            "area_after_m2": after,
            "difference_m2": after - before,
            "repaired": accepted,
            "holes": turned,
        },
        index=frame.index[wrong],
    ).astype({"subject": "str"})
    result = shapes.copy()
    result[wrong[accepted]] = mended[accepted]
    data = frame.set_geometry(gpd.GeoSeries(result, index=frame.index, crs=frame.crs))
    return Repaired(data, changes, _findings(changes, tolerance_m2))


def _hollow(shape: Any) -> Any:
    """Make holes of parts that lie wholly in others: rings that run the wrong way round."""
    if shape.geom_type != "MultiPolygon" or "Nested shells" not in shapely.is_valid_reason(shape):
        return None
    parts = shapely.get_parts(shape)
    if not shapely.is_valid(parts).all():
        return None
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(parts)]
    made: Any = polygon_of_rings(rings)
    return made if made is not None and made.is_valid else None


def _polygons(shapes: np.ndarray) -> np.ndarray:
    """Keep the polygons of what a repair gives."""
    shapes = shapes.copy()
    for at in np.flatnonzero(
        shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    ):
        parts = [p for p in shapely.get_parts(shapes[at]) if p.geom_type.endswith("Polygon")]
        shapes[at] = shapely.union_all(parts) if parts else shapely.Polygon()
    return shapes


def _findings(changes: pd.DataFrame, tolerance_m2: float) -> pd.DataFrame:
    return findings_table(
        REPAIR.finding(
            ("holes" if row["holes"] else "mended") if row["repaired"] else "left",
            "note" if row["repaired"] else "fail",
            subject=str(row["subject"]),
            expected=float(row["area_before_m2"]),
            actual=float(row["area_after_m2"]),
            difference=float(row["difference_m2"]),
            tolerance=tolerance_m2,
            unit="m²",
        )
        for row in rows_of(changes)
    )
