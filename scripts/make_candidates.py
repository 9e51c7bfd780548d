"""Rebuild ``data/candidates/``: invented candidates (示例) for the plan of 连州, to decide on.

Usage: ``python scripts/make_candidates.py``. Each sample parcel of ``data/parcels/`` is one,
and beside most of them stands another one, moved and resized, with its own uses, cost and time.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
from shapely import affinity

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "data" / "parcels" / "lianzhou-2025.gpkg"
TARGET = ROOT / "data" / "candidates" / "lianzhou-2025.gpkg"
WRITTEN = "2026-11-29T00:00:00.000Z"
OTHER = {"住宅用地": "商服用地", "商服用地": "住宅用地", "工矿仓储用地": "公用设施用地"}


def candidates(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Invent candidates from parcels; the same every time."""
    random = np.random.default_rng(2025)
    second = parcels[random.random(len(parcels)) < 0.8].copy()
    second["parcel_id"] = second["parcel_id"] + "-备"
    second["name"] = second["name"] + "备选"
    second.geometry = [
        affinity.scale(
            affinity.translate(shape, *random.choice([-1, 1], 2) * random.uniform(220, 520, 2)),
            *random.uniform(0.6, 1.5, 2),
        )
        for shape in second.geometry
    ]
    table = gpd.GeoDataFrame(
        {name: np.r_[parcels[name], second[name]] for name in ("parcel_id", "name", "region")},
        geometry=np.r_[parcels.geometry, second.geometry],
        crs=parcels.crs,
    )
    count, first = len(table), np.r_[parcels["category"], second["category"]]
    several = random.random(count) < 0.35
    table["uses"] = [
        f"{use};{OTHER[use]}" if s and use in OTHER else use
        for use, s in zip(first, several, strict=True)
    ]
    table["area_m2"] = table.geometry.area.round(2)
    table["land_source"] = np.where(random.random(count) < 0.45, "存量", "新增")
    table["earliest_quarter"] = random.integers(1, 5, count)
    table["score"] = random.integers(40, 100, count)
    table["cost"] = (table["area_m2"] / 10_000 * random.uniform(120, 420, count)).round(2)
    table["lock"], table["reason"] = "", ""
    table.loc[[5, 31], ["lock", "reason"]] = "in", "已签监管协议"
    table.loc[[12, 44, 80], ["lock", "reason"]] = "out", "征收补偿未完成"
    large = table["area_m2"] > 60_000
    table["min_piece_m2"] = (table["area_m2"] / 2).round(2).where(large)
    table["basis"] = "sample"
    return table


def main() -> None:
    """Write the layer."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    table = candidates(gpd.read_file(SOURCE))
    TARGET.unlink(missing_ok=True)
    table.to_file(TARGET, layer="candidates", driver="GPKG")
    print(TARGET.relative_to(ROOT), len(table))


if __name__ == "__main__":
    main()
