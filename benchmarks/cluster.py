"""What a Dask cluster costs and gives: one process, one worker, two workers, on the same work.

The workers are processes of this machine, of one thread each; starting them is not counted.
``--write`` puts the table into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import geopandas as gpd
import psutil
from distributed import Client, LocalCluster
from generate import write
from tables import write_table

from landgis.scale import join_file, sum_file

HEAD = [
    "| work | where | CPU s | wall s | times one process (wall) | peak MB a worker |",
    "|---|---|---|---|---|---|",
]


def processes(client) -> list[psutil.Process]:
    """This process and the workers."""
    workers = client.run(lambda: psutil.Process().pid).values() if client else []
    return [psutil.Process(), *map(psutil.Process, workers)]


def cpu(used) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in used)


def timed(work, client) -> tuple[float, float, float]:
    used = processes(client)
    before, start = cpu(used), time.perf_counter()
    work(client)
    wall = time.perf_counter() - start
    worker = used[-1].memory_info()
    peak = getattr(worker, "peak_wset", None) or peak_kb(used[-1].pid) * 1024
    return cpu(used) - before, wall, peak / 2**20


def peak_kb(pid: int) -> float:
    """Linux tells the peak of a process; elsewhere it is not known."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    line = next(x for x in status.read_text("ascii").splitlines() if x.startswith("VmHWM"))
    return float(line.split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "landgis-bench"
    )
    parser.add_argument("--parcels", type=int, default=2_000_000)
    parser.add_argument("--write", action="store_true", help="into README.md")
    options = parser.parse_args()
    parcels, where = write(options.folder, options.parcels, 70, 4549)
    small, _ = write(options.folder, 1_000, 70, 4549)
    regions = gpd.read_parquet(where)
    out = options.folder / "crosswalk.parquet"
    works = {
        f"sums, {options.parcels:,} × 70": lambda client: sum_file(parcels, regions, client=client),
        f"crosswalk, {options.parcels:,} × 70": lambda client: join_file(
            parcels, regions, out=out, client=client
        ),
    }
    lines, alone = {name: [] for name in works}, {}
    for count in (0, 1, 2):
        with ExitStack() as stack:
            client = None
            if count:
                size = {"n_workers": count, "threads_per_worker": 1}
                cluster = stack.enter_context(LocalCluster(dashboard_address=":0", **size))
                client = stack.enter_context(Client(cluster))
            sum_file(small, regions, client=client)  # imports are not part of it
            for name, work in works.items():
                used, wall, peak = timed(work, client)
                alone.setdefault(name, wall)
                place = "one process" if not count else f"{count} worker{'s'[: count - 1]}"
                lines[name].append(
                    f"| {name} | {place} | {used:.1f} | {wall:.1f} "
                    f"| {wall / alone[name]:.2f} | {peak:.0f} |"
                )
                print(lines[name][-1], flush=True)
    out.unlink()
    if options.write:
        write_table("cluster", [*HEAD, *(line for some in lines.values() for line in some)])


if __name__ == "__main__":
    main()
