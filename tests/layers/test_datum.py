"""The seven-parameter transformation against the formula written out with matrices."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from shapely import Point

from landgis.crs import to_cgcs2000

SECOND = np.pi / (180 * 3600)
ELLIPSOIDS = {
    4610: (6378140.0, 298.257),
    4214: (6378245.0, 298.3),
    4490: (6378137.0, 298.257222101),
}


def geocentric(lon, lat, code):
    """Longitude and latitude in degrees, height 0 → X, Y, Z in metres (EPSG method 9602)."""
    a, rf = ELLIPSOIDS[code]
    e2 = (2 - 1 / rf) / rf
    lam, phi = np.radians(lon), np.radians(lat)
    normal = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    return normal * np.array(
        [np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), (1 - e2) * np.sin(phi)]
    )


def degrees(xyz, code):
    """X, Y, Z in metres → longitude and latitude in degrees, by iteration."""
    a, rf = ELLIPSOIDS[code]
    e2 = (2 - 1 / rf) / rf
    x, y, z = xyz
    phi = np.arctan2(z, np.hypot(x, y) * (1 - e2))
    for _ in range(20):
        normal = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
        phi = np.arctan2(z + e2 * normal * np.sin(phi), np.hypot(x, y))
    return np.degrees(np.arctan2(y, x)), np.degrees(phi)


def bursa_wolf(xyz, shift):
    """EPSG method 1033, position vector rotation, linear in the angles."""
    dx, dy, dz, rx, ry, rz, ppm = shift
    rx, ry, rz = (angle * SECOND for angle in (rx, ry, rz))
    turn = np.array([[1, -rz, ry], [rz, 1, -rx], [-ry, rx, 1]])
    return np.array([dx, dy, dz]) + (1 + ppm * 1e-6) * turn @ xyz


def test_the_written_formula_gives_the_published_example():
    """Guidance note 7-2 of IOGP, method 1033: WGS 72 to WGS 84."""
    moved = bursa_wolf(
        np.array([3657660.66, 255768.55, 5201382.11]), (0, 0, 4.5, 0, 0, 0.554, 0.219)
    )
    assert moved == pytest.approx([3657660.78, 255778.43, 5201387.75], rel=0, abs=0.01)


@pytest.mark.parametrize("datum", [4610, 4214])
@pytest.mark.parametrize("angle", range(3))
@pytest.mark.parametrize("lonlat", [(120.1, 30.9), (78.5, 39.8), (112.4, 24.8)])
def test_each_rotation_agrees_with_the_matrix(datum, angle, lonlat):
    shift = [12.3, -45.6, 78.9, 0.0, 0.0, 0.0, 2.5]
    shift[3 + angle] = 1.75
    expected = degrees(bursa_wolf(geocentric(*lonlat, datum), shift), 4490)
    layer = gpd.GeoDataFrame(geometry=[Point(lonlat)], crs=datum)
    moved = to_cgcs2000(layer, datum_shift=shift).geometry.iloc[0]
    off_m = np.subtract((moved.x, moved.y), expected) * 111_320
    assert np.abs(off_m).max() < 1e-4


def test_all_seven_on_a_plane():
    """The same point through the plane of zone 40: 西安80 in, CGCS2000 out."""
    shift = (112.3, -45.6, 18.9, 0.52, -1.31, 0.77, -3.2)
    lonlat = (120.25, 30.75)
    expected = degrees(bursa_wolf(geocentric(*lonlat, 4610), shift), 4490)
    plane = pyproj.Transformer.from_crs(4610, 2385, always_xy=True).transform(*lonlat)
    layer = gpd.GeoDataFrame(geometry=[Point(plane)], crs=2385)
    moved = to_cgcs2000(layer, datum_shift=shift)
    assert moved.crs.to_epsg() == 4549
    point = moved.to_crs(4490).geometry.iloc[0]
    off_m = np.subtract((point.x, point.y), expected) * 111_320
    assert np.abs(off_m).max() < 1e-4


def test_the_other_rotation_convention_would_be_seen():
    """The coordinate frame convention turns the other way: metres apart, not millimetres."""
    shift = (0, 0, 0, 0, 0, 2.0, 0)
    layer = gpd.GeoDataFrame(geometry=[Point(120.1, 30.9)], crs=4610)
    moved = to_cgcs2000(layer, datum_shift=shift).geometry.iloc[0]
    assert (moved.x - 120.1) * 3600 == pytest.approx(2.0, abs=1e-6)
