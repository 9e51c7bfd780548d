"""The join against its peers: the same work, the same run, each in a process of its own.

From GeoParquet to areas by region and use. ``python benchmarks/join.py`` prints a table;
``--write`` measures everything and writes the table of benchmarks/README.md. `peers.py` holds the
ways; one whose package or server is missing is left out and named.
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
from generate import PLACES
from peers import PEERS, fill_postgis, missing, server_cpu
from tables import write_table

SUMS = ("region_id", "category")
HEAD = [
    "| parcels × regions | way | CPU s | wall s | peak MB | × landgis | total off | parcel off |",
    "|---|---|---|---|---|---|---|---|",
]
QUICK = ["landgis", "geopandas_well", "geopandas_sjoin", "parquet_read"]
BEST = ["landgis", "geopandas_well", "parquet_read"]
SLOW = ["landgis", "geopandas_overlay", "duckdb_tuned", "sedona_tuned", "postgis_subdivided"]
STREAMED = ["landgis", "parquet_read"]
BLOCKS = (
    (1_000, 70, 5, QUICK),
    (10_000, 70, 5, QUICK),
    (100_000, 70, 1, [*PEERS]),
    (1_000_000, 70, 3, BEST),
    (1_000_000, 70, 1, SLOW),
    (1_000_000, 6, 3, BEST),
    (10_000_000, 70, 1, STREAMED),
    (10_000, 3_000, 3, QUICK),
    (100_000, 3_000, 1, QUICK),
)
"""What ``--write`` measures: parcels, regions, runs, ways."""
EXACTNESS_UP_TO = 100_000
"""Parcels up to which the areas of single parcels are looked at."""


def child(peer: str, parcels: str, regions: str, *keys: str) -> None:
    """Do the work once, print what it cost; imports are not part of it."""
    if absent := missing(peer):
        print(json.dumps({"absent": absent}))
        return
    served = peer.startswith("postgis")
    server = server_cpu() if served else 0.0
    cpu, wall = time.process_time(), time.perf_counter()
    table = PEERS[peer](parcels, regions, keys)
    cost = {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if served:
        cost["cpu_s"] += server_cpu() - server
        cost["peak_mb"] = float("nan")  # it is the server's
    print(json.dumps(cost | exactness(peer, parcels, keys, table)))


def exactness(peer: str, parcels: str, keys, table) -> dict[str, float]:
    """By how much the pieces of parcels miss their areas: in all, and the worst of them."""
    if keys != ("parcel_id",) or table is None:
        return {}
    from landgis.measure import area_m2

    layer = gpd.read_parquet(parcels, columns=["parcel_id", "geometry"])
    own = area_m2(layer) if peer == "landgis" else layer.area
    own = own.set_axis(layer["parcel_id"])
    found = table.set_index("parcel_id")["area"].reindex(own.index).fillna(0.0)
    return {
        "total_off": abs(found.sum() / own.sum() - 1),
        "worst_off": float(np.abs(found / own - 1).max()),
    }


def generated(folder: Path, count: int, cells: int, crs: int) -> list[str]:
    """Write the layers in a process of its own: its memory would count for the peers started."""
    script = Path(__file__).with_name("generate.py")
    size = ["--parcels", str(count), "--regions", str(cells), "--crs", str(crs)]
    command = [sys.executable, str(script), str(folder), *size]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def run(peer: str, layers: list[str], keys) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", __file__, "--child", peer, *layers, *keys]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:  # killed for want of memory, for one
        return {"absent": f"ended with {done.returncode}"}
    return json.loads(done.stdout.splitlines()[-1])


def measure(peer: str, layers: list[str], runs: int, *, exact: bool) -> dict[str, float]:
    results = [run(peer, layers, SUMS) for _ in range(runs)]
    if "absent" in results[0]:
        return results[0]
    costs = {key: statistics.median(r[key] for r in results) for key in results[0]}
    if exact and peer != "parquet_read":
        costs |= {k: v for k, v in run(peer, layers, ["parcel_id"]).items() if k.endswith("_off")}
    return costs


def block(folder: Path, work, crs: int) -> list[str]:
    """Measure one size of work; the rows of its table."""
    count, cells, runs, ways = work
    layers = generated(folder, count, cells, crs)
    if any(way.startswith("postgis") for way in ways):
        subprocess.run([sys.executable, __file__, "--fill", *layers], check=True)
    lines, own = [], float("nan")
    for way in ways:
        row = measure(way, layers, runs, exact=count <= EXACTNESS_UP_TO)
        if "absent" in row:
            print(f"{way} is left out: {row['absent']}", file=sys.stderr)
            continue
        own = row["cpu_s"] if way == "landgis" else own
        off = [f"{row[k]:.0e}" if k in row else "" for k in ("total_off", "worst_off")]
        peak = f"{row['peak_mb']:.0f}" if row["peak_mb"] == row["peak_mb"] else "–"
        cells_of_row = [
            f"{count:,} × {cells:,}" if not lines else "", way, f"{row['cpu_s']:.2f}",
            f"{row['wall_s']:.2f}", peak, f"{row['cpu_s'] / own:.1f}", *off,
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells_of_row)} |")
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    jobs = {"--child": child, "--fill": fill_postgis}  # each in a process of its own
    if sys.argv[1:2] and sys.argv[1] in jobs:
        jobs[sys.argv[1]](*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "landgis-bench"
    )
    parser.add_argument("--parcels", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--regions", type=int, default=70)
    parser.add_argument("--crs", type=int, default=4549, choices=PLACES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", nargs="+", default=QUICK, choices=PEERS)
    parser.add_argument("--write", action="store_true", help="all blocks, into README.md")
    options = parser.parse_args()
    blocks = [(count, options.regions, options.runs, options.peers) for count in options.parcels]
    print(*HEAD, sep="\n")
    lines = []
    for work in BLOCKS if options.write else blocks:
        lines += block(options.folder, work, options.crs)
    if options.write:
        write_table("join", [*HEAD, *lines])


if __name__ == "__main__":
    main()
