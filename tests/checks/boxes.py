"""A small world of boxes, in metres from a corner of a Gauss-Krüger plane.

     0         1000        2000
1000 +-----------+-----------+
     |   东镇    |   西镇    |      市直 has no polygon
   0 +-----------+-----------+
"""

import geopandas as gpd
import pandas as pd
from shapely import box
from shapely.affinity import translate

from landgis.plan.model import Plan
from landgis.schema import PLACEMENTS, PROJECTS, RULES, TARGETS, table_of

CORNER = (500_000.0, 3_400_000.0)


def at(x0, y0, x1, y1):
    return translate(box(x0, y0, x1, y1), *CORNER)


def pairs_of(parcels, regions):
    """The crosswalk by plane areas, so that a square of 100 m is 10 000 m² exactly."""
    rows = []
    for parcel, shape in zip(parcels["parcel_id"], parcels.geometry, strict=True):
        if shape is None:
            continue
        left = shape.area
        for region, border in zip(regions["region_id"], regions.geometry, strict=True):
            area = 0 if border is None else shape.intersection(border).area
            left -= area
            if area:
                rows.append((parcel, region, area, area / shape.area))
        if left > 1e-6:
            rows.append((parcel, "", left, left / shape.area))
    return pd.DataFrame(rows, columns=["parcel_id", "region_id", "area_m2", "share"])


def draw(*rows):
    """Draw parcels (id, use, x0, y0, x1, y1, {column: value})."""
    table = [{"parcel_id": r[0], "category": r[1], **(r[6] if len(r) > 6 else {})} for r in rows]
    shapes = [at(*r[2:6]) for r in rows]
    columns = {c: None for row in table for c in row}
    frame = pd.DataFrame(table, columns=list(columns) or ["parcel_id", "category"])
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=4549)


def make_plan(*targets, projects=(), rules=(), placements=(), year=2024):
    """Make a plan of targets (region, use, value, unit, decimals, {column: value})."""
    rows = [
        {
            "region": region,
            "category": use,
            "stated_category": use,
            "stated_value": value,
            "stated_unit": unit,
            "stated_decimals": decimals,
            "area_ha": value / (15 if unit == "亩" else 1),
            "source": f"p.txt 第{i}行",
            **(more[0] if more else {}),
        }
        for i, (region, use, value, unit, decimals, *more) in enumerate(targets, 1)
    ]
    return Plan(
        document="p.txt",
        year=year,
        targets=table_of(rows, TARGETS),
        projects=table_of(projects, PROJECTS),
        rules=table_of(rules, RULES),
        placements=table_of(placements, PLACEMENTS),
    )


def make_regions():
    return gpd.GeoDataFrame(
        {"region_id": ["e", "w", "u"], "name": ["东镇", "西镇", "市直"]},
        geometry=[at(0, 0, 1000, 1000), at(1000, 0, 2000, 1000), None],
        crs=4549,
    )
