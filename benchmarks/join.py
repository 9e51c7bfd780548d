"""The join against its peers: the same work, the same run, each in a process of its own.

From GeoParquet to areas by region and use. Run ``python benchmarks/join.py`` for the table of
benchmarks/README.md; ``--help`` tells how to choose sizes and peers.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely
from generate import PLACES

from landgis.scale import sum_file


def landgis(parcels, regions):
    return sum_file(parcels, gpd.read_parquet(regions))["area_m2"].sum()


def geopandas_well(parcels, regions):
    """Contained parcels first, by a tree over the parcels; only the rest are cut."""
    parcels, regions = gpd.read_parquet(parcels), gpd.read_parquet(regions)
    shapes, areas = parcels.geometry.array, regions.geometry.array
    region, parcel = shapely.STRtree(shapes).query(areas, predicate="covers")
    rest = np.setdiff1d(np.arange(len(parcels)), parcel)
    r, p = shapely.STRtree(shapes[rest]).query(areas, predicate="intersects")
    table = pd.DataFrame(
        {
            "region": np.concatenate([region, r]),
            "category": parcels["category"].to_numpy()[np.concatenate([parcel, rest[p]])],
            "area": np.concatenate(
                [
                    shapely.area(shapes[parcel]),
                    shapely.area(shapely.intersection(shapes[rest[p]], areas[r])),
                ],
            ),
        },
    )
    return table.groupby(["region", "category"])["area"].sum().sum()


def geopandas_sjoin(parcels, regions):
    """The same with sjoin, as most would write it."""
    parcels, regions = (
        gpd.read_parquet(parcels),
        gpd.read_parquet(regions)[["region_id", "geometry"]],
    )
    whole = parcels.sjoin(regions, predicate="covered_by")
    cut = parcels.drop(whole.index.unique()).sjoin(regions, predicate="intersects")
    border = regions.geometry.loc[cut["index_right"]].set_axis(cut.index)
    pieces = cut.geometry.intersection(border, align=False)
    table = pd.concat([whole.assign(area=whole.area), cut.assign(area=pieces.area)])
    return table.groupby(["region_id", "category"])["area"].sum().sum()


def geopandas_overlay(parcels, regions):
    parcels, regions = gpd.read_parquet(parcels), gpd.read_parquet(regions)
    pieces = parcels.overlay(regions, how="intersection", keep_geom_type=True)
    return pieces.assign(area=pieces.area).groupby(["region_id", "category"])["area"].sum().sum()


def parquet_read(parcels, _):
    """The lower bound: reading the two columns, and nothing else."""

    for batch in pq.ParquetFile(parcels).iter_batches(columns=["geometry", "category"]):
        batch.validate()
    return float("nan")


PEERS = {
    f.__name__: f
    for f in (landgis, geopandas_well, geopandas_sjoin, geopandas_overlay, parquet_read)
}


def child(peer: str, parcels: str, regions: str) -> None:
    """Do the work once, print what it cost; imports are not part of it."""

    cpu, wall = time.process_time(), time.perf_counter()
    total = PEERS[peer](parcels, regions)
    cost = {
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "total_m2": total,
    }
    print(json.dumps(cost))


def generated(folder: Path, count: int, cells: int, crs: int) -> list[str]:
    """Write the layers in a process of its own: its memory would count for the peers started."""
    script = Path(__file__).with_name("generate.py")
    size = ["--parcels", str(count), "--regions", str(cells), "--crs", str(crs)]
    command = [sys.executable, str(script), str(folder), *size]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def measure(peer: str, parcels: str, regions: str, runs: int) -> dict[str, float]:
    command = [
        sys.executable,
        "-W",
        "ignore",
        __file__,
        "--child",
        peer,
        str(parcels),
        str(regions),
    ]
    results = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(runs)
    ]
    return {key: statistics.median(r[key] for r in results) for key in results[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--child", nargs=3, metavar=("PEER", "PARCELS", "REGIONS"))
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "landgis-bench"
    )
    parser.add_argument("--parcels", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--regions", type=int, default=70)
    parser.add_argument("--crs", type=int, default=4549, choices=PLACES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    options = parser.parse_args()
    if options.child:
        child(*options.child)
        return
    print("| parcels × regions | way | CPU s | wall s | peak MB | times landgis (CPU) | total m² |")
    print("|---|---|---|---|---|---|---|")
    for count in options.parcels:
        parcels, regions = generated(options.folder, count, options.regions, options.crs)
        rows = {p: measure(p, parcels, regions, options.runs) for p in options.peers}
        own = rows.get("landgis", {"cpu_s": float("nan")})["cpu_s"]
        for peer, row in rows.items():
            print(
                f"| {count:,} × {options.regions} | {peer} | {row['cpu_s']:.2f} "
                f"| {row['wall_s']:.2f} "
                f"| {row['peak_mb']:.0f} | {row['cpu_s'] / own:.1f} | {row['total_m2']:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
