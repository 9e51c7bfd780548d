"""A layer taken to another coordinate system; to another datum only by given parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from landgis.crs.datums import (
    CGCS2000,
    central_meridian,
    cgcs2000_plane,
    false_easting,
    legacy_datum,
    normal_crs,
    refuse_legacy,
)
from landgis.crs.detection import finite_bounds
from landgis.errors import CRSError
from landgis.findings import Finding, define
from landgis.measure import describe_crs

CONVERTED = define("""layer.conversion 坐标转换 | conversion
    由哪个坐标系换算到哪个 | from which coordinate system to which
    converted: {subject} 由 {before} 换算到 {after}。
    | {subject} converted from {before} to {after}.""")


def crs_words(crs: Any) -> dict[str, str]:
    """Describe a system in both languages, for a finding."""
    return {"zh": describe_crs(crs), "en": describe_crs(crs, "en")}


def converted(name: str, before: Any, after: Any) -> Finding:
    """Say that a layer was taken from one system to another."""
    told = {"before": crs_words(before), "after": crs_words(after)}
    return CONVERTED.finding("converted", "note", subject=name, values=told)


def convert_crs(frame: gpd.GeoDataFrame, crs: Any) -> gpd.GeoDataFrame:
    """Take a layer to another coordinate system; a change of datum without parameters is refused.

    Raises
    ------
    CRSError
        If the layer has no system, one of the two is on an old datum and the other is not, or
        coordinates come out infinite (a wrong zone).

    Examples
    --------
    >>> layer = gpd.GeoDataFrame(geometry=[shapely.Point(509500, 3416500)], crs=4549)
    >>> convert_crs(layer, 4528).geometry.x.round(3).tolist()
    [40509500.0]
    """
    source, target = normal_crs(frame.crs), normal_crs(crs)
    if source is None or target is None:
        raise CRSError(
            "图层没有坐标系，不能转换：请先声明。",
            "The layer has no coordinate system: declare it.",
        )
    if legacy_datum(source) != legacy_datum(target):
        refuse_legacy(source)
        refuse_legacy(target)
    if source == target:
        return frame.set_crs(target, allow_override=True)
    moved = frame.to_crs(target)
    before, after = finite_bounds(frame.geometry), finite_bounds(moved.geometry)
    if before is not None and (after is None or not np.isfinite(moved.total_bounds).all()):
        raise CRSError(
            f"坐标超出 {describe_crs(source)} 的范围，换算为无穷大：请核对带号与坐标系。",
            f"Coordinates lie outside {describe_crs(source, 'en')} and become infinite: "
            "check the zone.",
        )
    return moved


def to_cgcs2000(frame: gpd.GeoDataFrame, *, datum_shift: Sequence[float] | str) -> gpd.GeoDataFrame:
    """Take a layer on an old datum to CGCS2000, same projection, by given parameters.

    Parameters
    ----------
    datum_shift
        Seven parameters of the Bursa-Wolf model (布尔莎, position vector rotation): dx, dy, dz in
        metres, rx, ry, rz in seconds of arc, s in parts per million; or a PROJ pipeline that
        takes coordinates of the layer to coordinates of the result.

    Returns
    -------
    GeoDataFrame
        The same rows in the CGCS2000 system of the same projection.

    Raises
    ------
    CRSError
        If the parameters are not seven numbers, or the pipeline is not valid.

    Examples
    --------
    >>> layer = gpd.GeoDataFrame(geometry=[shapely.Point(500000, 3400000)], crs=2385)
    >>> moved = to_cgcs2000(layer, datum_shift=(0, 0, 0, 0, 0, 0, 0))
    >>> moved.crs.to_epsg()
    4549
    """
    source = normal_crs(frame.crs)
    if source is None or not legacy_datum(source):
        raise CRSError(
            f"datum_shift 只用于西安80、北京54 的图层，本图层为 {describe_crs(frame.crs)}。",
            f"datum_shift is for old datums; this layer is {describe_crs(frame.crs, 'en')}.",
        )
    code = CGCS2000 if source.is_geographic else cgcs2000_plane(source)
    if code is None:
        raise CRSError(
            f"{describe_crs(source)} 不是标准分带（中央经线、东偏），没有对应的 2000 坐标系。",
            f"{describe_crs(source, 'en')} is no standard zone: CGCS2000 has no such plane.",
        )
    target = pyproj.CRS.from_epsg(code)
    try:
        move = pyproj.Transformer.from_pipeline(
            datum_shift if isinstance(datum_shift, str) else _pipeline(source, target, datum_shift)
        )
    except (pyproj.exceptions.ProjError, ValueError):
        raise CRSError(
            f"转换参数无法使用：{datum_shift!r}。应为七个数（米、角秒、ppm）或一条 PROJ 管线。",
            f"Unusable parameters: {datum_shift!r}. Give seven numbers (m, arc seconds, ppm) "
            "or a PROJ pipeline.",
        ) from None
    geometry = shapely.transform(
        frame.geometry.to_numpy(), lambda xy: np.column_stack(move.transform(xy[:, 0], xy[:, 1]))
    )
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=target))


def _pipeline(source: pyproj.CRS, target: pyproj.CRS, shift: Sequence[float]) -> str:
    """Write the seven-parameter transformation as a PROJ pipeline (EPSG method 9606)."""
    dx, dy, dz, rx, ry, rz, scale = (float(value) for value in shift)
    if not np.isfinite([dx, dy, dz, rx, ry, rz, scale]).all():
        raise ValueError("not finite")
    return (
        f"+proj=pipeline {_step(source, inverse=True)} +step +proj=push +v_3 "
        f"+step +proj=cart {_ellipsoid(source)} "
        f"+step +proj=helmert +x={dx} +y={dy} +z={dz} +rx={rx} +ry={ry} +rz={rz} +s={scale} "
        f"+convention=position_vector +step +inv +proj=cart {_ellipsoid(target)} "
        f"+step +proj=pop +v_3 {_step(target, inverse=False)}"
    )


def _step(crs: pyproj.CRS, *, inverse: bool) -> str:
    if crs.is_geographic:
        return (
            "+step +proj=unitconvert +xy_in=deg +xy_out=rad"
            if inverse
            else "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
        )
    return (
        f"+step {'+inv ' if inverse else ''}+proj=tmerc +lat_0=0 +k=1 "
        f"+lon_0={central_meridian(crs)} +x_0={false_easting(crs)} +y_0=0 {_ellipsoid(crs)}"
    )


def _ellipsoid(crs: pyproj.CRS) -> str:
    ellipsoid = crs.ellipsoid
    if ellipsoid is None:
        raise CRSError("坐标系没有椭球参数。", "The coordinate system has no ellipsoid.")
    return f"+a={ellipsoid.semi_major_metre!r} +rf={ellipsoid.inverse_flattening!r}"
