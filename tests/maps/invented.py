"""An invented town: four townships, three plan regions, parcels whose areas are plain to see."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import box

from landgis.findings import Finding, findings_table
from landgis.plan.model import Plan
from landgis.results import Results
from landgis.schema import TARGETS, table_of

CRS = 4549
EAST, NORTH = 500_000.0, 3_420_000.0
CATEGORIES = ("住宅用地", "商服用地", "工业用地", "公园与绿地", "教育用地", "城镇村道路用地")


def at(*bounds):
    """A box in metres from the town's corner."""
    return shapely.transform(box(*bounds), lambda c: c + np.array([EAST, NORTH]))


def regions():
    """东区 and 西区 side by side, 高新区 with an approximate border, 市直 without any polygon."""
    return gpd.GeoDataFrame(
        {
            "region_id": ["r1", "r2", "r3", "r4"],
            "name": ["西区", "东区", "高新区", "市直"],
            "level": "plan",
            "basis": ["", "", "approximate", ""],
        },
        geometry=[
            at(0, 0, 2000, 3000),
            at(2000, 0, 4000, 2000),
            at(2000, 2000, 4000, 3000),
            shapely.Polygon(),
        ],
        crs=CRS,
    )


def townships():
    return gpd.GeoDataFrame(
        {
            "region_id": ["t1", "t2", "t3", "t4"],
            "name": ["白沙街道", "桃源镇", "长乐镇", "三河乡"],
            "level": "township",
            "basis": "",
        },
        geometry=[
            at(0, 0, 2000, 1500),
            at(0, 1500, 2000, 3000),
            at(2000, 0, 4000, 1500),
            at(2000, 1500, 4000, 3000),
        ],
        crs=CRS,
    )


def parcels(columns=20, rows=15, size=160.0, cell=200.0, basis=""):
    """Boxes of 2.56 公顷 in a grid; uses at random, the same every time."""
    rng = np.random.default_rng(7)
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    x, y = x.ravel() * cell + 20, y.ravel() * cell + 20
    shapes = shapely.box(EAST + x, NORTH + y, EAST + x + size, NORTH + y + size)
    count = len(shapes)
    category = np.asarray(CATEGORIES)[rng.integers(0, len(CATEGORIES), count)]
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"330502{i:05d}" for i in range(count)],
            "name": [f"{c[:2]}地块{i}" for i, c in enumerate(category)],
            "category": category,
            "recorded_area_m2": np.full(count, size * size),
            "supply_mode": np.where(category == "住宅用地", "出让", "划拨"),
            "quarter": np.asarray(["第一季度", "第二季度", "第三季度", "第四季度"])[
                rng.integers(0, 4, count)
            ],
            "basis": basis,
        },
        geometry=shapes,
        crs=CRS,
    )


def mosaic(count: int) -> gpd.GeoDataFrame:
    """``count`` parcels of about 60 m, their common borders of four crooked edges each."""
    random = np.random.default_rng(1)
    side = int(np.ceil(count**0.5))
    corner = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), -1)
    corner += random.uniform(-0.25, 0.25, corner.shape)

    def edges(a, b):
        share = np.array([0.0, 0.25, 0.5, 0.75])[:, None]
        line = a[..., None, :] * (1 - share) + b[..., None, :] * share
        line[..., 1:, :] += random.uniform(-0.05, 0.05, line[..., 1:, :].shape)
        return line

    across, upwards = edges(corner[:, :-1], corner[:, 1:]), edges(corner[:-1], corner[1:])
    whole = [
        across[:-1],
        upwards[:, 1:],
        np.concatenate([corner[1:, 1:, None], across[1:, :, :0:-1]], axis=2),
        np.concatenate([corner[1:, :-1, None], upwards[:, :-1, :0:-1]], axis=2),
    ]
    rings = np.concatenate(whole, axis=2).reshape(-1, 16, 2)[:count] * 60 + [EAST, NORTH]
    shapes = shapely.polygons(np.concatenate([rings, rings[:, :1]], axis=1))
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"3305020010{i:06d}" for i in range(count)],
            "category": random.choice(CATEGORIES, count),
            "recorded_area_m2": shapely.area(shapes).round(2),
            "supply_mode": random.choice(["出让", "划拨", "租赁"], count),
            "land_source": random.choice(["新增", "存量"], count),
            "quarter": random.choice(["第一季度", "第二季度", "第三季度", "第四季度"], count),
        },
        geometry=shapes,
        crs=CRS,
    )


def crosswalk_of(table, places):
    """Pieces by plane intersection, the outside in rows of its own; the tests' own reckoning."""
    rows = []
    for parcel in table.itertuples():
        left = parcel.geometry.area if parcel.geometry is not None else 0.0
        whole = left or 1.0
        for place in places.itertuples():
            area = parcel.geometry.intersection(place.geometry).area if left else 0.0
            if area > 0:
                rows.append((parcel.parcel_id, place.region_id, area, area / whole))
                left -= area
        if left > 1e-6:
            rows.append((parcel.parcel_id, "", left, left / whole))
    return pd.DataFrame(rows, columns=["parcel_id", "region_id", "area_m2", "share"])


def findings_of(table, places, pieces, targets):
    names = dict(zip(places["region_id"], places["name"], strict=True))
    pieces = pieces.assign(
        region=pieces["region_id"].map(names).fillna(""),
        category=pieces["parcel_id"].map(table.set_index("parcel_id")["category"]),
    )
    out = []
    for target in targets.itertuples():
        rows = pieces
        if target.region:
            rows = rows[rows["region"] == target.region]
        if target.category:
            rows = rows[rows["category"] == target.category]
        actual = round(rows["area_m2"].sum() / 10_000, 2)
        difference = round(actual - target.area_ha, 2)
        unknown = target.region == "市直"
        kind = {(0, 0): "grand", (1, 0): "region", (0, 1): "use", (1, 1): "cell"}[
            bool(target.region), bool(target.category)
        ]
        verdict = "unknown" if unknown else "pass" if abs(difference) < 0.011 else "fail"
        out.append(
            Finding(
                check=f"totals.{kind}",
                verdict=verdict,
                region=target.region,
                category=target.category,
                expected=target.area_ha,
                actual=None if unknown else actual,
                difference=None if unknown else difference,
                unit="公顷",
                message=f"图上 {actual} 公顷，计划 {target.area_ha} 公顷。",
            ),
        )
    for i, parcel_id in enumerate(table["parcel_id"]):
        bad = i % 37 == 5
        out.append(
            Finding(
                check="parcels.area",
                subject=parcel_id,
                verdict="fail" if bad else "pass",
                message="登记面积 26,000.00 平方米，图上 25,600.00 平方米，相差 400.00 平方米。"
                if bad
                else "登记面积与图上面积一致。",
                expected=26_000.0 if bad else 25_600.0,
                actual=25_600.0,
                unit="平方米",
            ),
        )
    return findings_table(out)


def targets_of(table, places, pieces):
    """Figures that mostly agree: every third is off by one 公顷."""
    names = dict(zip(places["region_id"], places["name"], strict=True))
    joined = pieces.assign(
        region=pieces["region_id"].map(names).fillna(""),
        category=pieces["parcel_id"].map(table.set_index("parcel_id")["category"]),
    )
    rows = [("", "", joined["area_m2"].sum())]
    rows += [("", c, a) for c, a in joined.groupby("category")["area_m2"].sum().items()]
    rows += [(r, "", joined[joined["region"] == r]["area_m2"].sum()) for r in places["name"]]
    rows += [
        (r, c, g["area_m2"].sum()) for (r, c), g in joined.groupby(["region", "category"]) if r
    ]
    return table_of(
        [
            {
                "region": r,
                "category": c,
                "area_ha": round(a / 10_000 + (1.37 if i % 3 == 1 else 0), 2) or 5.0,
                "stated_unit": "公顷",
                "stated_decimals": 2,
            }
            for i, (r, c, a) in enumerate(rows)
        ],
        TARGETS,
    )


def results(table=None, places=None, **changes):
    table = parcels() if table is None else table
    places = regions() if places is None else places
    pieces = crosswalk_of(table, places)
    targets = targets_of(table, places, pieces)
    plan = Plan(
        document="plan.txt",
        title="江东市2026年度国有建设用地供应计划",
        jurisdiction="江东市",
        year=2026,
        start=date(2026, 1, 1),
        end=date(2026, 12, 31),
        targets=targets,
    )
    return Results(
        **{
            "name": "jiangdong-2026",
            "title": "江东市2026年度国有建设用地供应计划核对图",
            "plan": plan,
            "parcels": table,
            "regions": places,
            "townships": townships(),
            "crosswalk": pieces,
            "findings": findings_of(table, places, pieces, targets),
            **changes,
        },
    )
