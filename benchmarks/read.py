"""Reading a layer of a million parcels: landgis beside a bare read of the same file.

Each reading is a process of its own, so that its peak memory is its own. Both read the same file
in turn; the least of the runs counts. On a busy machine the ratio of processor time tells more.

    python benchmarks/read.py --count 1000000 --runs 3
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
import pyogrio

BARE = {
    "shp": "import pyogrio; frame = pyogrio.read_dataframe(path, use_arrow=True, encoding={0!r})",
    "gpkg": "import pyogrio; frame = pyogrio.read_dataframe(path, use_arrow=True)",
    "parquet": "import geopandas; frame = geopandas.read_parquet(path)",
    "geojson": "import pyogrio; frame = pyogrio.read_dataframe(path, use_arrow=True)",
}
OURS = "from landgis.layers.read import read_layer; frame = read_layer(path).data"
PROBE = """
import json, resource, sys, time
{imports}
path = sys.argv[1]
start, cpu = time.perf_counter(), time.process_time()
{work}
spent, cpu = time.perf_counter() - start, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({{"rows": len(frame), "seconds": spent, "cpu": cpu, "peak_mb": peak}}))
"""


def measured(code: str, path: Path) -> dict[str, float]:
    """Run one reading in a process of its own; imports are not timed."""
    imports, _, work = code.partition("; ")
    probe = PROBE.format(imports=imports, work=work)
    run = subprocess.run([sys.executable, "-c", probe, path], capture_output=True, check=True)
    return json.loads(run.stdout)


def written(folder: Path, count: int, suffix: str) -> tuple[Path, str]:
    """A file of ``count`` parcels, its shapefile in GBK without a .cpg."""
    groups = [generate.parcels(50_000, first=k) for k in range(0, count, 50_000)]
    layer = pd.concat(groups, ignore_index=True).iloc[:count]
    path = folder / f"parcels.{suffix}"
    if suffix == "parquet":
        layer.to_parquet(path)
    else:
        encoding = {"encoding": "GBK"} if suffix == "shp" else {}
        pyogrio.write_dataframe(layer, path, **encoding)
        path.with_suffix(".cpg").unlink(missing_ok=True)
    return path, "GBK"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--formats", nargs="+", default=list(BARE))
    options = parser.parse_args()
    for suffix in options.formats:
        with tempfile.TemporaryDirectory() as folder:
            # in a process of its own: a child begins with the peak memory of its parent
            with get_context("spawn").Pool(1) as pool:
                path, encoding = pool.apply(written, (Path(folder), options.count, suffix))
            bare, ours = [], []
            for _ in range(options.runs):
                bare.append(measured(BARE[suffix].format(encoding), path))
                ours.append(measured(OURS, path))
        low, high = (min(run["seconds"] for run in runs) for runs in (bare, ours))
        less, more = (min(run["cpu"] for run in runs) for runs in (bare, ours))
        small, large = (min(run["peak_mb"] for run in runs) for runs in (bare, ours))
        print(
            f"{suffix}: {options.count} parcels, bare {low:.2f} s {small:.0f} MB, "
            f"landgis {high:.2f} s {large:.0f} MB, "
            f"ratio {high / low:.2f} (processor {more / less:.2f}, memory {large / small:.2f})"
        )


if __name__ == "__main__":
    main()
