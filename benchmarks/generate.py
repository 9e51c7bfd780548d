"""Seeded parcels and townships for the benchmark: any size, always the same.

Townships are the cells of a lattice whose sides are crooked lines, shared to the last bit by the
two neighbours, so that they tile the area exactly. Parcels are star-shaped polygons of 5 to 40
corners and 200 m² to 20 ha, strewn evenly, so that 3 to 5 % of them lie on a border.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely

USES = ("住宅用地", "商服用地", "工矿仓储用地", "公共管理与公共服务用地", "交通运输用地")
PLACES = {  # CRS: lower left corner, and units of x and y per metre
    4549: ((450_000.0, 3_400_000.0), (1.0, 1.0)),
    4490: ((119.5, 30.5), (1 / 95_900.0, 1 / 110_850.0)),
}
CELL_M = 10_000.0


def lattice(count: int) -> tuple[int, int]:
    """Columns and rows of about ``count`` cells, as square as it goes."""
    rows = next(r for r in range(int(count**0.5), 0, -1) if count % r == 0)
    return count // rows, rows


def regions(count: int = 70, *, vertices: int = 2000, crs: int = 4549, seed: int = 1):
    """``count`` townships of ``vertices`` points each, tiling a rectangle of 10 km cells."""
    random = np.random.default_rng(seed)
    columns, rows = lattice(count)
    corners = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), -1)
    inner = corners[1:-1, 1:-1]
    inner += random.uniform(-0.2, 0.2, inner.shape)
    points = vertices // 4
    across = [
        [
            crooked(corners[j, i], corners[j, i + 1], points, random, j in (0, rows))
            for i in range(columns)
        ]
        for j in range(rows + 1)
    ]
    upwards = [
        [
            crooked(corners[j, i], corners[j + 1, i], points, random, i in (0, columns))
            for i in range(columns + 1)
        ]
        for j in range(rows)
    ]
    cells = []
    for j in range(rows):
        for i in range(columns):
            ring = np.vstack(
                [
                    across[j][i][:-1],
                    upwards[j][i + 1][:-1],
                    across[j + 1][i][:0:-1],
                    upwards[j][i][:0:-1],
                ],
            )
            cells.append(shapely.Polygon(placed(ring * CELL_M, crs)))
    ids = [f"{330500000 + 1000 * k}" for k in range(1, count + 1)]
    names = [f"第{k}乡" for k in range(1, count + 1)]
    return gpd.GeoDataFrame({"region_id": ids, "name": names}, geometry=cells, crs=crs)


def crooked(a, b, count: int, random, straight: bool):
    """A line of ``count`` edges from ``a`` to ``b``, wandering off unless straight."""
    t = np.linspace(0, 1, count + 1)
    line = a + (b - a) * t[:, None]
    if not straight:
        waves = 2.0 ** np.arange(1, 8)
        heights = random.normal(0, 0.03, len(waves)) / waves**0.9
        aside = (np.sin(np.pi * t[:, None] * waves) @ heights) * np.sin(np.pi * t)
        line[1:-1] += (aside[:, None] * np.array([a[1] - b[1], b[0] - a[0]]))[1:-1]
    return line


def placed(metres, crs: int):
    (x0, y0), (per_x, per_y) = PLACES[crs]
    return np.array([x0, y0]) + metres * np.array([per_x, per_y])


def parcels(count: int, *, cells: int = 70, crs: int = 4549, seed: int = 2, first: int = 0):
    """``count`` parcels over the area of ``cells`` townships, numbered from ``first``."""
    random = np.random.default_rng([seed, first])
    columns, rows = lattice(cells)
    extent = np.array([columns, rows]) * CELL_M
    centre = 500 + random.random((count, 2)) * (extent - 1000)
    corners = random.integers(5, 41, count)
    area = np.exp(random.uniform(np.log(200), np.log(200_000), count))
    owner = np.repeat(np.arange(count), corners)
    start = np.cumsum(corners) - corners
    step = np.arange(len(owner)) - start[owner]
    angle = 2 * np.pi * (step + random.uniform(0, 0.8, len(owner))) / corners[owner]
    radius = random.uniform(0.7, 1.3, len(owner)) * np.sqrt(area / np.pi)[owner]
    xy = centre[owner] + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    rings = shapely.linearrings(placed(xy, crs), indices=owner)
    return gpd.GeoDataFrame(
        {
            "parcel_id": pd.Series(np.arange(first, first + count)).astype("str"),
            "category": np.array(USES)[random.integers(0, len(USES), count)],
        },
        geometry=shapely.polygons(rings),
        crs=crs,
    )


def write(folder: Path, count: int, cells: int, crs: int, group: int = 50_000) -> tuple[Path, Path]:
    """Write both layers as GeoParquet, parcels in row groups of ``group``."""
    folder.mkdir(parents=True, exist_ok=True)
    where = folder / f"regions-{cells}-{crs}.parquet"
    which = folder / f"parcels-{count}-{cells}-{crs}.parquet"
    if not where.exists():
        regions(cells, crs=crs).to_parquet(where)
    if not which.exists():
        writer = None
        for first in range(0, count, group):
            part = parcels(min(group, count - first), cells=cells, crs=crs, first=first)
            part.to_parquet(folder / "part.parquet", index=False, write_covering_bbox=False)
            table = pq.read_table(folder / "part.parquet")
            writer = writer or pq.ParquetWriter(which, table.schema)
            writer.write_table(table, row_group_size=group)
        writer.close()
        (folder / "part.parquet").unlink()
    return which, where


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--regions", type=int, default=70)
    parser.add_argument("--crs", type=int, default=4549, choices=PLACES)
    options = parser.parse_args()
    print(*write(options.folder, options.parcels, options.regions, options.crs))
