"""Rebuild ``data/parcels/``: sample parcels for the four yearly plans, and say what is in them.

Usage: ``python scripts/make_samples.py``. Parcels are not published with the plans, so these are
invented: rectangles and L-shapes along street grids, inside the real boundaries of
``data/boundaries/``, in each region and use of ``sample_cells.csv`` totalling its area exactly.
Some cells then get the faults of real layers (`FAULTS`). The same seed gives the same layers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.random import Generator, default_rng
from shapely import affinity
from shapely.geometry.polygon import orient

from landgis.landuse import main_category
from landgis.measure import area_m2
from landgis.regions.compose import RegionSpec, compose_regions
from landgis.units import M2_PER_UNIT

ROOT = Path(__file__).resolve().parents[1]
BOUNDARIES = ROOT / "data" / "boundaries"
FOLDER = ROOT / "data" / "parcels"
WRITTEN = "2026-11-21T00:00:00.000Z"

STREET_M, LANE_M = 30.0, 14.0
SMALLEST_M2 = 3_000.0
NOTCH = 0.4, 0.35
"""An L-shape lacks this part of the width and of the height of its rectangle."""

LARGE_USES = ("工矿仓储用地", "交通运输用地", "特殊用地")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A sample layer: its boundaries, its plane, its file, and how a bureau names its fields."""

    plan: str
    boundaries: str
    plane: int
    file: str
    fields: dict[str, str]
    unit: str = "平方米"
    decimals: int = 2
    mean_m2: float = 35_000.0
    quarters: tuple[str, ...] = ("第一季度", "第二季度", "第三季度", "第四季度")
    prefix: str = ""
    specs: tuple[RegionSpec, ...] = ()
    crs: int | None = None


NEW_AREA = ("龙溪街道", "凤凰街道", "康山街道", "仁皇山街道", "滨湖街道", "杨家埠街道")
SAMPLES = (
    Sample(
        plan="huzhou-2024",
        boundaries="huzhou",
        plane=4549,
        file="huzhou-2024.gpkg",
        prefix="3305",
        specs=(
            RegionSpec(name="吴兴区"),
            RegionSpec(name="南浔区"),
            RegionSpec(name="南太湖新区", members=NEW_AREA),
        ),
        fields={
            "parcel_id": "ZDDM",
            "name": "DKMC",
            "category": "YT",
            "recorded_area_m2": "ZDMJ",
            "supply_mode": "GYFS",
            "land_source": "TDLY",
            "quarter": "GYSJ",
            "region": "SSQY",
            "basis": "SJXZ",
        },
    ),
    Sample(
        plan="zhengzhou-2024",
        boundaries="zhengzhou",
        plane=4547,
        file="zhengzhou-2024.shp",
        prefix="4101",
        unit="公顷",
        decimals=4,
        mean_m2=60_000.0,
        quarters=("2024Q1", "2024Q2", "2024Q3", "2024Q4"),
        fields={
            "parcel_id": "地块编号",
            "name": "地块名称",
            "category": "用途",
            "recorded_area_m2": "面积",
            "supply_mode": "供应方式",
            "land_source": "土地来源",
            "quarter": "供应时间",
            "region": "所在区",
            "basis": "数据性质",
        },
    ),
    Sample(
        plan="bachu-2025",
        boundaries="bachu",
        plane=4535,
        crs=4490,
        file="bachu-2025.geojson",
        prefix="653130",
        unit="亩",
        decimals=3,
        quarters=("2025年3月", "2025年6月", "2025年9月", "2025年12月"),
        fields={
            "parcel_id": "zdbh",
            "name": "zdmc",
            "category": "tdyt",
            "recorded_area_m2": "mj_mu",
            "supply_mode": "gyfs",
            "land_source": "tdly",
            "quarter": "gysj",
            "region": "szxz",
            "basis": "sjxz",
        },
    ),
    Sample(
        plan="lianzhou-2025",
        boundaries="lianzhou",
        plane=4546,
        file="lianzhou-2025.gpkg",
        prefix="441882",
        mean_m2=25_000.0,
        fields={},
    ),
)

# Which cell (region, use) of which plan gets which fault. A "/" gives the neighbour of a straddler.
# A missing use leaves every figure by use undecided: only where the plan has figures by cell too.
FAULTS = {
    "huzhou-2024": {
        ("吴兴区", "商服用地"): "missing",
        ("吴兴区", "公共管理与公共服务用地"): "straddle/南浔区",
        ("吴兴区", "工业用地"): "recorded",
        ("南浔区", "工业用地"): "overlap",
        ("南浔区", "公共管理与公共服务用地"): "sliver",
        ("南浔区", "商服用地"): "duplicate",
    },
    "zhengzhou-2024": {
        ("惠济区", "住宅用地"): "straddle/金水区",
        ("二七区", "交通运输用地"): "overlap",
        ("中原区", "工矿仓储用地"): "recorded",
        ("管城回族区", "公共管理与公共服务用地"): "extra",
        ("金水区", "交通运输用地"): "sliver",
    },
    "bachu-2025": {
        ("巴楚镇", "住宅用地"): "recorded",
        ("色力布亚镇", "公共管理与公共服务用地"): "overlap",
        ("工业园区", "工矿仓储用地"): "missing",
        ("恰尔巴格乡", "工矿仓储用地"): "sliver",
    },
    "lianzhou-2025": {
        ("连州镇", "住宅用地"): "recorded",
        ("连州镇", "商服用地"): "missing",
        ("九陂镇", "工矿仓储用地"): "extra",
        ("九陂镇", "交通运输用地"): "duplicate",
        ("九陂镇", "商服用地"): "overlap",
        ("东陂镇", "工矿仓储用地"): "straddle/西岸镇",
        ("东陂镇", "商服用地"): "sliver",
        ("西江镇", "工矿仓储用地"): "no use",
    },
}


# --- shapes --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lot:
    """A parcel on a street grid: lower left corner, width and height in m, maybe an L."""

    x: float
    y: float
    width: float
    height: float
    notched: bool = False

    @property
    def fullness(self) -> float:
        """Part of the rectangle that is parcel."""
        return 1 - NOTCH[0] * NOTCH[1] if self.notched else 1.0

    def polygon(self) -> shapely.Polygon:
        """Draw it."""
        box = shapely.box(self.x, self.y, self.x + self.width, self.y + self.height)
        if not self.notched:
            return box
        right, top = self.x + self.width, self.y + self.height
        notch = shapely.box(
            right - NOTCH[0] * self.width, top - NOTCH[1] * self.height, right + 1, top + 1
        )
        return shapely.difference(box, notch)


def split(total_m2: float, mean_m2: float, rng: Generator) -> np.ndarray:
    """Divide an area into parcels of realistic sizes, largest first."""
    count = max(1, round(total_m2 / mean_m2))
    if count == 1:
        return np.array([total_m2])
    sizes = np.clip(rng.lognormal(0, 0.5, count), 0.25, 2.2) * rng.uniform(0.85, 1, count)
    sizes = np.maximum(sizes / sizes.sum() * total_m2, min(SMALLEST_M2, total_m2 / count))
    return np.sort(sizes / sizes.sum() * total_m2)[::-1]


def lay_out(sizes: np.ndarray, rng: Generator) -> list[Lot]:
    """Set parcels in rows between streets, from the origin up and to the right."""
    row_width = 1.5 * np.sqrt(sizes.sum()) + 50
    lots: list[Lot] = []
    x = y = height = 0.0
    for number, size in enumerate(sizes):
        if not lots or x > row_width or size < 0.3 * height**2:
            y += height + (STREET_M if lots else 0)
            x, height = 0.0, float(np.sqrt(size / rng.uniform(1.1, 1.7)))
        lot = Lot(x, y, 0.0, height, notched=bool(rng.random() < 0.15))
        lot = replace(lot, width=size / (height * lot.fullness))
        lots.append(lot)
        x += lot.width + (LANE_M if number % 3 == 2 else 0.0)
    return lots


class Plot:
    """Lots put down on the map: turned about the origin, then moved."""

    def __init__(self, lots: list[Lot], angle: float, at: tuple[float, float]) -> None:
        self.lots, self.angle, self.at = lots, angle, at

    def polygons(self) -> list[shapely.Polygon]:
        """Draw the lots in the plane of the map."""
        return [self.moved(lot.polygon()) for lot in self.lots]

    def moved(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Take a shape of the street grid to the map."""
        turned = affinity.rotate(shape, self.angle, origin=(0, 0))
        return affinity.translate(turned, *self.at)

    def ground(self) -> shapely.Geometry:
        """Give the rectangle around all lots."""
        return self.moved(shapely.MultiPolygon([lot.polygon() for lot in self.lots]).envelope)


# --- a layer -------------------------------------------------------------------------------


class Layer:
    """A sample layer in the making."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.rng = default_rng(int(sample.prefix))
        self.taken: list[shapely.Geometry] = []
        self.rows: list[dict[str, Any]] = []
        file = BOUNDARIES / f"{sample.boundaries}.gpkg"
        districts, townships = (
            gpd.read_file(file, layer=name).to_crs(sample.plane)
            for name in ("districts", "townships")
        )
        if sample.specs:
            made = compose_regions(sample.specs, districts=districts, townships=townships).data
            shapes = [made]
        else:
            shapes = [districts, townships]
        self.places = {
            row["name"]: row["geometry"]
            for frame in shapes
            for _, row in frame.iterrows()
            if not row["geometry"].is_empty
        }
        self.angle = {name: self.rng.uniform(-35, 35) for name in self.places}

    def measure(self, shapes: list[shapely.Geometry]) -> np.ndarray:
        """Measure on the ellipsoid, as the shapes will stand in the file."""
        return area_m2(self.delivered(shapes))

    def delivered(self, shapes: list[shapely.Geometry]) -> gpd.GeoSeries:
        """Take shapes to the coordinate system of the file; degrees to nine decimals."""
        series = gpd.GeoSeries(shapes, crs=self.sample.plane)
        if self.sample.crs is None:
            return series
        moved = series.to_crs(self.sample.crs)
        rounded = shapely.transform(moved.to_numpy(), lambda xy: xy.round(9))
        return gpd.GeoSeries(rounded, crs=self.sample.crs)

    def site(self, lots: list[Lot], place: str) -> Plot:
        """Find room for lots: inside the place and its border strip, clear of all others."""
        land = self.places[place].buffer(-120)
        centre, reach = land.centroid, np.sqrt(land.area) / 9
        for attempt in range(4000):
            spread = reach * (1 + attempt / 400)
            at = tuple(self.rng.normal((centre.x, centre.y), spread))
            plot = Plot(lots, self.angle[place] + self.rng.normal(0, 2), at)
            ground = plot.ground()
            if land.contains(ground) and not any(ground.intersects(t) for t in self.taken):
                self.taken.append(ground.buffer(STREET_M))
                return plot
        raise RuntimeError(f"no room in {place} for {len(lots)} parcels")

    def exact(self, sizes: np.ndarray, place: str) -> list[shapely.Polygon]:
        """Draw parcels of these sizes whose sum is exact: the last one is fitted."""
        total = float(sizes.sum())
        plot = self.site(lay_out(sizes, self.rng), place)
        drawn = self.measure(plot.polygons())
        factors = (sizes / drawn).mean()
        plot.lots = [
            replace(lot, width=lot.width * factors, x=lot.x * factors) for lot in plot.lots
        ]
        for _ in range(4):
            drawn = self.measure(plot.polygons())
            last = plot.lots[-1]
            wanted = total - float(drawn.iloc[:-1].sum())
            plot.lots[-1] = replace(last, width=last.width * wanted / float(drawn.iloc[-1]))
        return plot.polygons()

    def cell(self, region: str, place: str, category: str, total_m2: float, fault: str) -> None:
        """Make the parcels of one region and use, with a fault or without."""
        large = main_category(category) in LARGE_USES
        mean = min(self.sample.mean_m2 * (1.6 if large else 1.0), max(total_m2 / 2, SMALLEST_M2))
        sizes = split(total_m2, mean, self.rng)
        shapes = self.exact(sizes, place)
        rows = [self.row(shape, region, category) for shape in shapes]
        kind, _, neighbour = fault.partition("/")
        if kind == "missing":
            rows = rows[:-1]
        elif kind == "extra":
            more = self.exact(split(0.15 * total_m2, mean, self.rng), place)
            rows += [self.row(shape, region, category) for shape in more]
        elif kind == "overlap":
            step = np.subtract(*(np.array(shapes[i].centroid.coords[0]) for i in (0, 1)))
            shift = 25 * step / np.hypot(*step)
            rows[1]["geometry"] = affinity.translate(shapes[1], *shift)
        elif kind == "recorded":
            rows[0]["factor"] = 1.12
        elif kind == "no use":
            rows[-1]["category"] = ""
        elif kind == "sliver":
            rows.append(self.row(_sliver(shapes), region, category))
        elif kind == "duplicate":
            rows.append(self.row(shapes[-1], region, category))
        elif kind == "straddle":
            rows[-1]["geometry"] = self.straddler(shapes[-1], place, neighbour)
        self.rows += rows

    def straddler(self, shape: shapely.Polygon, place: str, neighbour: str) -> shapely.Polygon:
        """Move a parcel onto the border with a neighbour."""
        border = shapely.intersection(self.places[place].buffer(1), self.places[neighbour].boundary)
        line = max(shapely.get_parts(shapely.line_merge(border)), key=lambda part: part.length)
        middle = line.interpolate(0.5, normalized=True)
        centre = shape.centroid
        return affinity.translate(shape, middle.x - centre.x, middle.y - centre.y)

    def row(self, shape: shapely.Polygon, region: str, category: str) -> dict[str, Any]:
        """Give a parcel what a bureau records of it."""
        main = main_category(category)
        market = category != "保障性住房用地" and main in (
            "住宅用地",
            "商服用地",
            "工矿仓储用地",
        )
        return {
            "category": category,
            "supply_mode": "出让" if market and self.rng.random() < 0.97 else "划拨",
            "land_source": "存量" if self.rng.random() < 0.45 else "新增",
            "quarter": self.rng.choice(self.sample.quarters, p=(0.28, 0.27, 0.25, 0.2)),
            "region": region,
            "factor": 1.0,
            "geometry": shape,
        }

    def frame(self) -> gpd.GeoDataFrame:
        """Lay the parcels out as a bureau's layer: its fields, its unit, its CRS."""
        sample = self.sample
        table = pd.DataFrame(self.rows)
        plane = gpd.GeoSeries(table.pop("geometry").tolist(), crs=sample.plane)
        recorded = area_m2(plane, method="plane") * table.pop("factor")
        per_unit = float(M2_PER_UNIT[sample.unit])
        numbers = table.groupby("region", sort=False).cumcount() + 1
        regions = pd.factorize(table["region"])[0] + 1
        table.insert(
            0,
            "parcel_id",
            [f"{sample.prefix}-{r:02d}-{n:03d}" for r, n in zip(regions, numbers, strict=True)],
        )
        names = table["region"] + table["category"].str.removesuffix("用地")
        table.insert(1, "name", names + numbers.map("{:03d}号".format))
        table.insert(3, "recorded_area_m2", (recorded / per_unit).round(sample.decimals))
        table["basis"] = "sample"
        table = table.rename(columns=sample.fields)
        return gpd.GeoDataFrame(table, geometry=self.delivered(plane.tolist()))


def _sliver(shapes: list[shapely.Polygon]) -> shapely.Polygon:
    """Give a strip 60 cm wide along an edge of the first parcel, on no parcel."""
    corners = shapely.get_coordinates(orient(shapes[0]))
    for a, b in pairwise(corners):
        along = (b - a) / np.hypot(*(b - a))
        across = 0.6 * np.array([along[1], -along[0]])
        strip = shapely.Polygon([a, b, b + across, a + across])
        if shapely.area(shapely.intersection(strip, shapes)).sum() < 1e-3:
            return strip
    raise RuntimeError("the first parcel has no free side")


# --- files ---------------------------------------------------------------------------------


def make(sample: Sample) -> gpd.GeoDataFrame:
    """Make one sample layer."""
    layer = Layer(sample)
    for row in _cells(sample.plan):
        fault = FAULTS[sample.plan].get((row.region, row.category), "")
        total = float(row.area * M2_PER_UNIT[row.unit])
        layer.cell(row.region, row.place, row.category, total, fault)
    return layer.frame()


def _cells(plan: str) -> Iterator[Any]:
    cells = pd.read_csv(ROOT / "scripts" / "sample_cells.csv", encoding="utf-8")
    return cells[cells["plan"] == plan].sort_values("area", ascending=False).itertuples()


def write(layer: gpd.GeoDataFrame, file: Path) -> None:
    """Write a layer, the shapefile in GBK without a .cpg, as bureaus deliver it."""
    for old in file.parent.glob(f"{file.stem}.*"):
        old.unlink()
    if file.suffix == ".shp":
        layer.to_file(file, encoding="GBK", DBF_DATE_LAST_UPDATE=WRITTEN[:10])
        file.with_suffix(".cpg").unlink(missing_ok=True)
    elif file.suffix == ".geojson":
        layer.to_file(file, driver="GeoJSON", COORDINATE_PRECISION=9, RFC7946="NO")
    else:
        layer.to_file(file, layer="parcels", driver="GPKG")


def main() -> int:
    """Write all sample layers."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    FOLDER.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        layer = make(sample)
        write(layer, FOLDER / sample.file)
        size = sum(f.stat().st_size for f in FOLDER.glob(f"{Path(sample.file).stem}.*"))
        print(f"{sample.file}: {len(layer)} parcels, {size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
