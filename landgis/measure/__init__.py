"""Areas, measured once for everything, and the coordinate systems of China.

Three areas are in use for the same parcel, and they differ by up to 0.07 %:

- ``ellipsoid``: the area on the ellipsoid of the figure whose edges are straight in the layer's
  own coordinate system. What the join sums.
- ``plane``: the area in the 3° Gauss-Krüger plane (3 度带平面面积), as parcels (宗地) are recorded.
- ``survey``: the area by the formula of the national land survey (图斑椭球面积), edges cut to
  70 m first and the result rounded to 0.01 m².

An edge is straight in the layer's own coordinate system, because that is where it was drawn and
where pieces are cut. The same corners joined by straight edges in another system are another
figure: a 10 km edge moves by metres between longitude-latitude and a Gauss-Krüger plane, one of
200 m by less than a millimetre. Densify the edges before transforming a layer where that matters.

1. ``systems``: coordinate systems named, told apart, required; zones, and the old datums.
2. ``rings``: polygons as flat arrays of coordinates, and rings seen at once: extents, moments.
3. ``areas``: rings on the ellipsoid, without projecting a point; the one function that measures
   any geometry, areas as they are recorded, and how far a surveyed one may be off.
"""

from landgis.measure.areas import METHODS, AreaForm, Method, area_form, area_m2, perimeter_m
from landgis.measure.rings import Outlines, Rings, batches
from landgis.measure.systems import (
    CHINESE_NAMES,
    Flags,
    Floats,
    Integers,
    Shapes,
    describe_crs,
    gk3_epsg,
    is_gauss_kruger,
    require_crs,
    require_same_crs,
    zone_of,
)

__all__ = [
    "CHINESE_NAMES",
    "METHODS",
    "AreaForm",
    "Flags",
    "Floats",
    "Integers",
    "Method",
    "Outlines",
    "Rings",
    "Shapes",
    "area_form",
    "area_m2",
    "batches",
    "describe_crs",
    "gk3_epsg",
    "is_gauss_kruger",
    "perimeter_m",
    "require_crs",
    "require_same_crs",
    "zone_of",
]
