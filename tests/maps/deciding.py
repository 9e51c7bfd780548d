"""Invented candidates (示例) to decide on: shapes, uses, rules of every kind, groups, locks."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.allocation.allocation import plan_periods, pose

CRS = 4528
WEST, SOUTH = 40_460_000, 3_650_000
SIDE = 4000.0
USES = ("住宅用地", "工矿仓储用地", "商服用地", "公共管理与公共服务用地")
YEAR = 2025
PERIODS = plan_periods(None, year=YEAR)


def region_table(count=4):
    """Square regions in a row."""
    names = [f"{'东西南北中'[n % 5]}{'镇' if n < 5 else str(n)}" for n in range(count)]
    boxes = [
        shapely.box(WEST + n * SIDE, SOUTH, WEST + (n + 1) * SIDE, SOUTH + SIDE)
        for n in range(count)
    ]
    ids = [f"r{n}" for n in range(count)]
    return gpd.GeoDataFrame({"region_id": ids, "name": names}, geometry=boxes, crs=CRS)


def candidate_table(count=40, regions=4, *, seed=1, uses=USES, divisible=True):
    """Candidates on a grid, their areas their own; some with several uses, some locked."""
    random = np.random.default_rng(seed)
    places = region_table(regions)
    region = np.arange(count) % regions
    per = int(np.ceil(np.sqrt(-(-count // regions))))
    step = SIDE / (per + 1)
    nth = np.arange(count) // regions
    x = WEST + region * SIDE + (nth % per + 0.6) * step
    y = SOUTH + (nth // per + 0.6) * step
    wide, high = step * random.uniform(0.35, 0.8, count), step * random.uniform(0.35, 0.8, count)
    shapes = shapely.box(x, y, x + wide, y + high)
    own = random.integers(0, len(uses), count)
    other = random.integers(0, len(uses), count)
    several = (random.random(count) < 0.4) & (own != other)
    lock = np.full(count, "", dtype=object)
    lock[1::17], lock[2::19] = "in", "out"
    quarter = random.integers(1, 5, count).astype(object)
    quarter[5::23] = ""
    table = gpd.GeoDataFrame(
        {
            "parcel_id": [f"示例{n:05d}" for n in range(count)],
            "name": [f"地块{n}" for n in range(count)],
            "area_m2": np.round(wide * high, 2),
            "uses": [
                f"{uses[a]};{uses[b]}" if s else uses[a]
                for a, b, s in zip(own, other, several, strict=True)
            ],
            "region": places["name"].to_numpy()[region],
            "land_source": np.where(random.random(count) < 0.5, "存量", "新增"),
            "supply_mode": "出让",
            "earliest_quarter": quarter,
            "score": random.integers(1, 100, count),
            "cost": np.round(random.uniform(10, 500, count), 2),
            "lock": lock,
            "reason": np.where(lock == "out", "征收未完成", ""),
            "basis": "sample",
        },
        geometry=shapes,
        crs=CRS,
    )
    if divisible:
        table["min_piece_m2"] = np.where(np.arange(count) % 11 == 3, table["area_m2"] / 3, np.nan)
    return table


def target_table(land, share=0.5):
    """Figures for the total, each region, each use and each cell, in 公顷."""
    first = land["uses"].str.split(";").str[0]
    area = land["area_m2"] * share / 10_000
    rows = [{"region": "", "category": "", "value": area.sum(), "qualifier": "at_most"}]
    for region, part in area.groupby(land["region"]):
        rows.append({"region": region, "category": "", "value": part.sum()})
    for use, part in area.groupby(first):
        rows.append({"region": "", "category": use, "value": part.sum(), "qualifier": "about"})
    for (region, use), part in area.groupby([land["region"], first]):
        rows.append({"region": region, "category": use, "value": part.sum()})
    table = pd.DataFrame(rows)
    return table.assign(
        stated_value=table.pop("value").round(2), stated_unit="公顷", stated_decimals=2
    )


def rule_table(land):
    """One rule of every kind."""
    half = land["area_m2"].sum() / 20_000
    rows = [
        {"kind": "min_share", "category": "工矿仓储用地", "value": 20},
        {"kind": "max_share", "category": "商服用地", "value": 33.33},
        {"kind": "stock_first", "value": 45},
        {"kind": "max_total", "value": round(half, 1), "unit": "公顷"},
        {"kind": "min_total", "category": "住宅用地", "value": 1, "unit": "亩"},
        {"kind": "max_count", "category": "商服用地", "value": len(land) // 8},
        {"kind": "min_count", "value": 3, "due": "2025-06-30"},
        {"kind": "max_sum", "column": "cost", "value": len(land) * 110, "unit": "万元"},
        {"kind": "completion", "value": 50, "due": "2025-06-30"},
        {"kind": "max_total", "region": "东镇", "value": round(half / 3, 1), "unit": "公顷",
         "due": "2025-03-31"},
    ]  # fmt: skip
    return pd.DataFrame(rows)


def group_table(land):
    """One group of every kind."""
    ids = land["parcel_id"].tolist()
    return pd.DataFrame(
        [
            {"kind": "all_or_none", "members": ids[6:9], "k": 1, "name": "成片甲"},
            {"kind": "at_least", "members": ids[9:14], "k": 2, "name": "至少两宗"},
            {"kind": "at_most", "members": ids[14:18], "k": 2, "name": "至多两宗"},
            {"kind": "before", "members": ids[20:23], "k": 1, "name": "先后"},
            {"kind": "layouts", "members": [ids[24:26], ids[26:29]], "k": 1, "name": "两案"},
        ]
    )


def posed(land=None, **changes):
    """Everything that a test needs, posed with every quarter open."""
    land = candidate_table() if land is None else land
    asked = {
        "rules": rule_table(land),
        "groups": group_table(land) if len(land) > 30 else None,
        "year": YEAR,
        **changes,
    }
    targets = asked.pop("targets", None)
    targets = target_table(land) if targets is None else targets
    problem = pose(land, targets, timed=True, **asked)[0]
    return {"problem": problem, "land": land, "targets": targets, **asked}


def day():
    """Give the day on which pages of tests are made."""
    return date(2026, 11, 29)
