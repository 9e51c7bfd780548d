"""A layer taken to another coordinate system; to another datum only by given parameters.

GCJ-02 and BD-09, the shifted degrees of Chinese web maps, are taken to true degrees and back.
Source: the reverse-engineered formula that is public since 2010 (eviltransform, coordtransform,
gcoord): an offset on the Krasovsky ellipsoid made of sines of the distance from 105°E 35°N;
BD-09 rotates and scales that once more. There is no closed inverse: it is iterated to 1e-11°,
which is a micrometre.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from landgis.crs.detection import finite_bounds
from landgis.errors import CRSError
from landgis.findings import Finding, Verdict, define
from landgis.measure import Floats, describe_crs
from landgis.measure.systems import (
    CGCS2000,
    central_meridian,
    cgcs2000_plane,
    false_easting,
    legacy_datum,
    normal_crs,
    refuse_legacy,
)

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


SHIFT = define("""layer.shift 坐标偏移 | shift
    坐标是否为 GCJ-02 或 BD-09 | whether coordinates are GCJ-02 or BD-09
    unknown: {who}与参考图层界线相距 {actual:0} 米，无法判定有无偏移。
    | {who} {actual:0} m from the reference: whether it is shifted cannot be told.
    none: {who}与参考图层界线相距 {actual:1} 米，没有偏移迹象。
    | {who} {actual:1} m from the reference: no sign of a shift.
    shifted: {who}疑为 {system} 坐标：与参考图层界线相距 {actual:0} 米，按 {system} 还原
      后 {left:0} 米。如确是，请指明坐标系为 {system}。
    | {who} looks like {system}: {actual:0} m from the reference, {left:0} m after undoing it. If
      so, name {system} as its system.""")
SHIFTED = ("GCJ-02", "BD-09")
_A, _EE = 6378245.0, 0.00669342162296594323
_BD = np.pi * 3000.0 / 180.0
_TOLERANCE = 1e-11


def shifted_name(crs: object) -> str:
    """Normalise a name of a shifted system; empty if it is none.

    Examples
    --------
    >>> shifted_name("gcj02"), shifted_name("BD-09"), shifted_name(4490)
    ('GCJ-02', 'BD-09', '')
    """
    plain = str(crs).upper().replace("-", "").replace("_", "").replace(" ", "")
    return {"GCJ02": "GCJ-02", "BD09": "BD-09", "BD09LL": "BD-09"}.get(plain, "")


def to_shifted(lonlat: Floats, *, system: str) -> Floats:
    """Shift true degrees (n, 2) to GCJ-02 or BD-09; points outside China stay.

    Examples
    --------
    >>> to_shifted(np.array([[116.404, 39.915]]), system="GCJ-02").round(6).tolist()
    [[116.410244, 39.916404]]
    """
    return _forward(system)(np.asarray(lonlat, dtype=np.float64))


def from_shifted(lonlat: Floats, *, system: str) -> Floats:
    """Take GCJ-02 or BD-09 degrees (n, 2) back to true ones, to 1e-6 m.

    Examples
    --------
    >>> there = to_shifted(np.array([[120.1, 30.9]]), system="BD-09")
    >>> from_shifted(there, system="BD-09").round(9).tolist()
    [[120.1, 30.9]]
    """
    target = np.asarray(lonlat, dtype=np.float64)
    forward = _forward(system)
    guess = target.copy()
    for _ in range(50):
        step = target - forward(guess)
        step[~np.isfinite(step)] = 0.0
        guess += step
        if np.abs(step).max(initial=0.0) < _TOLERANCE:
            break
    return guess


def unshift_layer(frame: gpd.GeoDataFrame, *, system: str) -> gpd.GeoDataFrame:
    """Take a layer in GCJ-02 or BD-09 degrees to CGCS2000 degrees (EPSG:4490).

    Examples
    --------
    >>> layer = gpd.GeoDataFrame(geometry=[shapely.Point(116.410244, 39.916404)])
    >>> unshift_layer(layer, system="GCJ-02").geometry.x.round(5).tolist()
    [116.404]
    """
    geometry = shapely.transform(
        frame.geometry.to_numpy(), lambda lonlat: from_shifted(lonlat, system=system)
    )
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=CGCS2000))


def suspect_shift(
    frame: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, *, name: str = ""
) -> list[Finding]:
    """Judge by a reference layer of the same place whether a layer is in GCJ-02 or BD-09.

    The distance from the layer's vertices to the lines of the reference is taken as it is and
    after undoing each shift. A shift that brings most of it away is suspected.

    Parameters
    ----------
    frame, reference
        Layers with coordinate systems, with borders in common (the same districts, parcels
        along the same roads).

    Returns
    -------
    list
        One finding (check ``layer.shift``): *fail* if a shift is suspected, with the distance
        in metres; *pass* if the layer lies on the reference; *unknown* otherwise.

    Raises
    ------
    CRSError
        If a layer has no coordinate system.

    Examples
    --------
    >>> here = gpd.GeoDataFrame(geometry=[shapely.box(120.1, 30.8, 120.2, 30.9)], crs=4490)
    >>> [finding.verdict for finding in suspect_shift(here, here)]
    ['pass']
    """
    lines = shapely.boundary(convert_crs(reference, CGCS2000).geometry.to_numpy())
    lines = lines[shapely.get_num_coordinates(lines) > 0]
    points = shapely.get_coordinates(convert_crs(frame, CGCS2000).geometry.to_numpy())
    points = points[np.isfinite(points).all(axis=1)]
    points = points[:: max(1, len(points) // 2000)]
    if not len(points) or not len(lines):
        return []
    tree = shapely.STRtree(lines)
    distances = {"": _distance_m(points, tree)}
    for system in SHIFTED:
        distances[system] = _distance_m(from_shifted(points, system=system), tree)
    found = min(distances, key=lambda system: distances[system])
    now = distances[""]
    kind: str = "unknown"
    verdict: Verdict = "unknown"
    if now <= 50:
        kind, verdict = "none", "pass"
    elif found and distances[found] < now / 4:
        kind, verdict = "shifted", "fail"
    told = {
        "who": {"zh": name, "en": name or "The layer"},
        "system": found,
        "left": distances[found],
    }
    return [SHIFT.finding(kind, verdict, subject=name, actual=now, unit="m", values=told)]


def _distance_m(points: Floats, tree: shapely.STRtree) -> float:
    """Median distance in metres from points to the lines of a tree, both in degrees."""
    shapes = shapely.points(points)
    _, distance = tree.query_nearest(shapes, return_distance=True, all_matches=False)
    return float(np.median(distance)) * 111_320.0 * float(np.cos(np.radians(points[0, 1])))


def _forward(system: str) -> Callable[[Floats], Floats]:
    forwards = {"GCJ-02": _gcj02, "BD-09": lambda lonlat: _bd09(_gcj02(lonlat))}
    if system not in forwards:
        raise CRSError(
            f"偏移坐标系只有 {'、'.join(SHIFTED)}，没有“{system}”。",
            f"The shifted systems are {', '.join(SHIFTED)}; “{system}” is none.",
        )
    return forwards[system]


def _gcj02(lonlat: Floats) -> Floats:
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = lon - 105.0, lat - 35.0
    wave = _waves(x, ((20, 6), (20, 2)))
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += _waves(y, ((20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30)))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += _waves(x, ((20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30)))
    phi = np.radians(lat)
    magic = 1 - _EE * np.sin(phi) ** 2
    north = np.degrees(north / (_A * (1 - _EE) / (magic * np.sqrt(magic))))
    east = np.degrees(east / (_A / np.sqrt(magic) * np.cos(phi)))
    inside = (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)
    return lonlat + np.where(inside[:, None], np.column_stack([east, north]), 0.0)


def _waves(at: Floats, waves: tuple[tuple[float, float], ...]) -> Floats:
    return np.asarray(sum(a * np.sin(at * f * np.pi) for a, f in waves) * (2 / 3))


def _bd09(lonlat: Floats) -> Floats:
    x, y = lonlat[:, 0], lonlat[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])
