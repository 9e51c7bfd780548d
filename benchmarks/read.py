"""Reading and converting parcels: landgis beside a bare read and write of the same file.

Each way is a process of its own, so that its peak memory is its own. Both do the same file in turn;
the least of the runs counts, and of processor time, as a busy machine changes that least. The bare
ways are pyogrio's own through Arrow, the quickest it has, and geopandas' for GeoParquet; they hold
the whole layer, place nothing and tell nothing. Shapefiles are in GBK without a .cpg, which the
bare way is told and landgis finds out.

    python benchmarks/read.py --count 200000 --runs 3
    python benchmarks/read.py --write
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

KINDS = ("shp", "gpkg", "geojson", "parquet")
PAIRS = (
    *("gpkg-gpkg", "gpkg-parquet", "gpkg-shp", "gpkg-geojson"),
    *("parquet-gpkg", "shp-gpkg", "geojson-gpkg"),
)
BARE_READ = {
    "shp": "pyogrio.read_dataframe(path, use_arrow=True, encoding='GBK')",
    "parquet": "geopandas.read_parquet(path)",
}
BARE_WRITE = {"parquet": "frame.to_parquet(out)"}
PROBE = """
import json, resource, sys, time
import geopandas, pyogrio
from landgis.layers.read import convert_layer
from landgis.layers.read import read_layer
path, out = sys.argv[1:]
cpu = time.process_time()
rows = {work}
cpu = time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({{"rows": rows, "cpu": cpu, "peak_mb": peak}}))
"""
README = Path(__file__).with_name("README.md")


def bare(source: str, target: str) -> str:
    """Code that reads a file, and writes it if there is a target; its value is the rows."""
    read = BARE_READ.get(source, "pyogrio.read_dataframe(path, use_arrow=True)")
    if not target:
        return f"len({read})"
    write = BARE_WRITE.get(target, "pyogrio.write_dataframe(frame, out, use_arrow=True)")
    return f"[(len(frame), {write})[0] for frame in [{read}]][0]"


def ours(target: str) -> str:
    """The same with landgis."""
    return "convert_layer(path, out).rows" if target else "len(read_layer(path).data)"


def measured(work: str, path: Path) -> dict[str, float]:
    """Run one way in a process of its own; imports are not timed."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, f"out.{path.parent.name}")
        run = subprocess.run(
            [sys.executable, "-c", PROBE.format(work=work), path, target],
            stdout=subprocess.PIPE,
            check=True,
        )
    return json.loads(run.stdout)


def written(folder: Path, count: int, suffix: str) -> Path:
    """A file of ``count`` parcels, its shapefile in GBK without a .cpg."""
    size = min(count, 50_000)
    groups = [generate.parcels(size, first=k) for k in range(0, count, size)]
    layer = pd.concat(groups, ignore_index=True).iloc[:count]
    path = folder / f"parcels.{suffix}"
    if suffix == "parquet":
        layer.to_parquet(path)
    else:
        encoding = {"encoding": "GBK"} if suffix == "shp" else {}
        pyogrio.write_dataframe(layer, path, **encoding)
        path.with_suffix(".cpg").unlink(missing_ok=True)
    return path


def compared(path: Path, target: str, runs: int) -> str:
    """A row of the table: what was done, processor seconds and memory of both, their ratios."""
    source = path.suffix.removeprefix(".")
    # the folder's name tells `measured` what to write
    place = path.parent / (target or "none")
    place.mkdir(exist_ok=True)
    for file in path.parent.glob(f"{path.stem}.*"):
        (place / file.name).hardlink_to(file)
    ways: tuple[list[dict[str, float]], ...] = ([], [])
    for _ in range(runs):
        for way, work in zip(ways, (bare(source, target), ours(target)), strict=True):
            way.append(measured(work, place / path.name))
    assert len({run["rows"] for way in ways for run in way}) == 1
    less, more = (min(run["cpu"] for run in way) for way in ways)
    small, large = (min(run["peak_mb"] for run in way) for way in ways)
    done = f"{source} → {target}" if target else f"read {source}"
    return (
        f"| {done} | {less:.2f}, {small:.0f} | {more:.2f}, {large:.0f} | × {more / less:.2f} | "
        f"× {large / small:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--do", nargs="*", default=[*KINDS, *PAIRS], help="gpkg, gpkg-shp …")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    rows = [
        f"| {options.count:,} parcels | bare CPU s, MB | landgis CPU s, MB | processor | memory |",
        "|---|---|---|---|---|",
    ]
    for source in dict.fromkeys(work.partition("-")[0] for work in options.do):
        with tempfile.TemporaryDirectory() as folder:
            # in a process of its own: a child begins with the peak memory of its parent
            with get_context("spawn").Pool(1) as pool:
                path = pool.apply(written, (Path(folder), options.count, source))
            for work in options.do:
                if work.partition("-")[0] == source:
                    rows.append(compared(path, work.partition("-")[2], options.runs))
                    print(rows[-1], flush=True)
    if options.write:
        before, mark, rest = README.read_text("utf-8").partition("<!-- read -->\n")
        after = rest.partition("<!-- end read -->")[2]
        README.write_text(
            "".join([before, mark, "\n".join(rows), "\n<!-- end read -->", after]), "utf-8"
        )


if __name__ == "__main__":
    main()
