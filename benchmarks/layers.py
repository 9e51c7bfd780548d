"""Faults of shape, and conversion, at any size: processor time and peak memory of each.

Each run is a process of its own, on seeded parcels (`generate.py`) over one township for every
300 of them; memory is what the run adds to the layer that is held for it, or all of it for a
conversion, which holds none.

    python benchmarks/layers.py --counts 100000 1000000
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

import generate
import pandas as pd

PROBE = """
import json, resource, sys, time
from pathlib import Path
import geopandas
from landgis.layers.read import convert_layer
from landgis.layers.faults import find_faults
path, target = Path(sys.argv[1]), sys.argv[2]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
layer = geopandas.read_parquet(path) if target == "faults" else None
before, cpu = peak(), time.process_time()
rows = len(find_faults(layer).findings) if target == "faults" else convert_layer(path, target).rows
spent = time.process_time() - cpu
print(json.dumps({"cpu": spent, "before_mb": before, "peak_mb": peak(), "rows": rows}))
"""


def write(path: Path, count: int) -> None:
    """Write parcels, one township for every 300."""
    size = min(count, 50_000)
    parts = [generate.parcels(size, first=k, cells=count // 300) for k in range(0, count, size)]
    pd.concat(parts, ignore_index=True).to_parquet(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--targets", nargs="+", default=["faults", "gpkg", "shp", "parquet", "csv"])
    options = parser.parse_args()
    for count in options.counts:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "parcels.parquet"
            # in a process of its own: a child begins with the peak memory of its parent
            writer = get_context("spawn").Process(target=write, args=(path, count))
            writer.start()
            writer.join()
            for target in options.targets:
                out = target if target == "faults" else f"{folder}/out.{target}"
                command = [sys.executable, "-c", PROBE, path, out]
                told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
                memory = f"peak {told['peak_mb']:.0f} MB ({told['before_mb']:.0f} before)"
                line = f"{count} parcels → {target}: {told['cpu']:.1f} s CPU, {memory}"
                print(f"{line}, {told['rows']} rows", flush=True)


if __name__ == "__main__":
    main()
