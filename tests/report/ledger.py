"""An invented project: boxes whose sums are known, in 公顷, and a text in every text field.

东镇 (0–1000 m)                    西镇 (1000–2000 m)          市直: no polygon
a 住宅 4.00  b 商服 1.00  u 1.00*   c 工业 12.00               * recorded for 市直
d 商品住房 2.00 | 2.00 across the border
"""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
from shapely import box

from landgis.balance.sheet import balance_land
from landgis.checks.parcels import check_parcels
from landgis.checks.rules import check_rules
from landgis.checks.totals import check_totals
from landgis.findings import Finding, findings_table, join_findings
from landgis.plan.model import Plan
from landgis.results import Results
from landgis.schema import PLACEMENTS, PROJECTS, RULES, TARGETS, table_of

TARGET_ROWS = (
    ("", "", 22.0, "", 100.0),
    ("", "住宅用地", 8.0, "", 36.4),
    ("", "商品住房用地", 4.5, "住宅用地", None),
    ("", "商服用地", 1.0, "", 4.5),
    ("", "工矿仓储用地", 13.0, "", 59.1),
    ("东镇", "", 7.0, "", 31.8),
    ("西镇", "", 15.0, "", 68.2),
    ("市直", "", 1.0, "", None),
    ("东镇", "住宅用地", 6.0, "", None),
    ("西镇", "工矿仓储用地", 12.0, "", None),
)
PARCELS = (
    ("a", "住宅用地", (0, 0, 200, 200), 40_000.0, "出让", "新增", "第一季度", "东镇"),
    ("b", "商服用地", (300, 0, 400, 100), 10_000.0, "出让", "存量", "第二季度", "东镇"),
    ("c", "工业用地", (1100, 0, 1500, 300), 120_000.0, "出让", "存量", "第三季度", "西镇"),
    ("d", "商品住房用地", (900, 500, 1100, 700), 40_100.0, "划拨", "新增", "第四季度", "西镇"),
    ("u", "工业用地", (600, 600, 700, 700), 10_000.0, "", "", "", "市直"),
)


def invent(word=""):
    """The project; ``word`` is put into every text that comes from data."""
    shift = (500_000, 3_400_000)
    regions = gpd.GeoDataFrame(
        {
            "region_id": ["e" + word, "w", "u"],
            "name": ["东镇" + word, "西镇", "市直"],
            "basis": ["approximate", "", ""],
        },
        geometry=[
            box(*shift, shift[0] + 1000, shift[1] + 1000),
            box(shift[0] + 1000, shift[1], shift[0] + 2000, shift[1] + 1000),
            None,
        ],
        crs=4549,
    )
    names = (
        "parcel_id",
        "category",
        "recorded_area_m2",
        "supply_mode",
        "land_source",
        "quarter",
        "region",
    )
    parcels = gpd.GeoDataFrame(
        [
            dict(zip(names, (p[0] + word, p[1], *p[3:]), strict=True)) | {"basis": "sample"}
            for p in PARCELS
        ],
        geometry=[box(*p[2]) for p in PARCELS],
    )
    parcels = parcels.set_geometry(parcels.translate(*shift)).set_crs(4549)
    parcels["name"] = [f"{word}地块{p[0]}" for p in PARCELS]
    if word:
        parcels.loc[1, ["category", "supply_mode", "land_source", "quarter"]] = word
        parcels.loc[1, "region"] = word
    plan = _plan(word)
    pairs = _pairs(parcels, regions)
    audit = Finding(
        check="audit.sum",
        verdict="fail",
        expected=22.0,
        actual=23.0,
        unit="公顷",
        difference=1.0,
        message=f"{word}各区域之和与总量相差 1.00 公顷。",
        subject=word,
        source=f"计划.txt 第3行：“{word}”",
    )
    found = join_findings(
        findings_table([audit]),
        check_totals(balance_land(plan, parcels, crosswalk=pairs, regions=regions)),
        check_parcels(parcels, pairs, regions=regions),
        check_rules(plan, parcels, crosswalk=pairs, regions=regions),
    )
    return Results(
        name="invented",
        title=f"某市 2024 年度供应计划核对{word}",
        plan=plan,
        parcels=parcels,
        regions=regions,
        townships=regions.iloc[:2],
        crosswalk=pairs,
        findings=found,
        map_number=word and f"审图号{word}",
    )


def programme(word=""):
    """A list of areas (片区) with two regions, in 亩."""
    results = invent(word)
    listed = [
        {
            "number": i,
            "region": region,
            "category": "低效工业片区",
            "name": f"{name}{word}",
            "location": f"位置{word}",
            "townships": (word,),
            "area_ha": area,
            "stage": word,
            "source": word,
            "stated_value": 15 * area,
            "stated_unit": "亩",
        }
        for i, (region, name, area) in enumerate(
            [("东镇", "甲", 4.0), ("东镇", "乙", 1.0), ("西镇", "丙", 10.0)], 1
        )
    ]
    plan = replace(results.plan, targets=table_of((), TARGETS), projects=table_of(listed, PROJECTS))
    parcels = results.parcels.assign(
        name=["甲" + word, "乙" + word, "丙" + word, "丁", "戊"], category="低效工业片区"
    )
    balance = balance_land(plan, parcels, crosswalk=results.crosswalk, regions=results.regions)
    found = check_totals(balance)
    return replace(results, plan=plan, parcels=parcels, findings=found, counted=balance)


def _plan(word):
    targets = [
        {
            "region": region and region + word * (region == "东镇"),
            "category": use,
            "stated_category": use + word,
            "parent_category": parent,
            "area_ha": value,
            "stated_value": value,
            "stated_unit": "公顷",
            "stated_decimals": 2,
            "share_pct": share,
            "source": f"计划.txt 第{i}行：“{word}{use}{value}公顷”",
        }
        for i, (region, use, value, parent, share) in enumerate(TARGET_ROWS, 1)
    ]
    rules = [
        {
            "kind": "min_share",
            "subject": "工业用地",
            "value": 40.0,
            "unit": "%",
            "source": f"出让土地{word}",
        },
        {
            "kind": "completion",
            "subject": "供应计划" + word,
            "value": 50.0,
            "unit": "%",
            "due": "2024-06-30",
            "source": word,
        },
        {"kind": word or "net_land", "subject": word, "unit": word, "source": word},
    ]
    places = [{"category": "商服用地", "regions": ("东镇" + word,), "source": word}]
    return Plan(
        document="计划" + word + ".txt",
        title="某市国有建设用地供应计划" + word,
        jurisdiction="某市" + word,
        year=2024,
        targets=table_of(targets, TARGETS),
        rules=table_of(rules, RULES),
        placements=table_of(places, PLACEMENTS),
    )


def _pairs(parcels, regions):
    rows = [
        (
            parcel,
            region,
            shape.intersection(border).area,
            shape.intersection(border).area / shape.area,
        )
        for parcel, shape in zip(parcels["parcel_id"], parcels.geometry, strict=True)
        for region, border in zip(regions["region_id"], regions.geometry, strict=True)
        if border is not None and shape.intersects(border)
    ]
    return pd.DataFrame(rows, columns=["parcel_id", "region_id", "area_m2", "share"])
