"""Boxes of whole 公顷 in 东镇 and 西镇, and plans about them."""

import geopandas as gpd
import pandas as pd
from shapely import box
from shapely.affinity import translate

from landgis.balance.sheet import balance_land
from landgis.plan.model import PLAN_PROJECTS, PLAN_TARGETS, Plan
from landgis.schema import table_of

CORNER = (40_500_000.0, 3_650_000.0)


def at(x0, y0, x1, y1):
    return translate(box(x0, y0, x1, y1), *CORNER)


def draw(*rows, **columns):
    """Parcels (id, use, x0, y0, x1, y1), and further columns."""
    ids, uses, *corners = zip(*rows, strict=True)
    shapes = [at(*c) for c in zip(*corners, strict=True)]
    table = {"parcel_id": list(ids), "category": list(uses), **columns}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4528)


def towns(**columns):
    return gpd.GeoDataFrame(
        {"region_id": ["e", "w"], "name": ["东镇", "西镇"], **columns},
        geometry=[at(0, 0, 2000, 2000), at(2000, 0, 4000, 2000)],
        crs=4528,
    )


def pairs_of(parcels, regions):
    """The crosswalk by plane areas, so that a square of 100 m is 10 000 m² exactly."""
    rows = []
    for parcel, shape in zip(parcels["parcel_id"], parcels.geometry, strict=True):
        left = shape.area
        for region, border in zip(regions["region_id"], regions.geometry, strict=True):
            area = shape.intersection(border).area
            left -= area
            if area:
                rows.append((parcel, region, area, area / shape.area))
        if left > 1e-6:
            rows.append((parcel, "", left, left / shape.area))
    return pd.DataFrame(rows, columns=["parcel_id", "region_id", "area_m2", "share"])


def make_plan(*targets, projects=()):
    """Make a plan of targets (region, use, value, unit, decimals, {column: value})."""
    rows = [
        {"region": region, "category": use, "stated_value": value, "stated_unit": unit,
         "stated_decimals": decimals, **(more[0] if more else {})}
        for region, use, value, unit, decimals, *more in targets
    ]  # fmt: skip
    return Plan(
        document="p.txt",
        targets=table_of(rows, PLAN_TARGETS),
        projects=table_of(projects, PLAN_PROJECTS),
    )


def balanced(plan, parcels, *, regions=None, **options):
    regions = towns() if regions is None else regions
    crosswalk = pairs_of(parcels, regions)
    return balance_land(plan, parcels, crosswalk=crosswalk, regions=regions, **options)
