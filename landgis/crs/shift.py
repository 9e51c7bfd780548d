"""GCJ-02 and BD-09, the shifted degrees of Chinese web maps, to true degrees and back.

Source: the reverse-engineered formula that is public since 2010 (eviltransform, coordtransform,
gcoord): an offset on the Krasovsky ellipsoid made of sines of the distance from 105°E 35°N;
BD-09 rotates and scales that once more. There is no closed inverse: it is iterated to 1e-11°,
which is a micrometre.
"""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.crs.conversion import convert_crs
from landgis.crs.datums import CGCS2000
from landgis.errors import CRSError
from landgis.findings import Finding, Verdict, define

Floats = NDArray[np.float64]

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
