"""The whole run at scale, stage by stage: read, join, checks, tables, report, maps, layers.

Parcels stand in a lattice over townships that tile the land, none over another; a plan document
has a figure for each township and use. ``faults`` gives every parcel a recorded area that its
drawing does not have. Each run is a process of its own; CPU seconds without imports, and the most
memory of the process after each stage.

    python benchmarks/run.py                              # 50,000 and 200,000 parcels, clean
    python benchmarks/run.py --parcels 200000 --faults    # a fault in every parcel
    python benchmarks/run.py --write                      # the table of README.md, minutes
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from generate import CELL_M, USES, lattice, placed, regions
from tables import write_table

TOWNSHIPS = 30
STAGES = ("read", "join", "checks", "layers", "maps", "tables", "report")
SIZES = ((50_000, False), (200_000, False), (200_000, True), (1_000_000, False))
BUDGET = {200_000: (60, 1000), 1_000_000: (300, 2500)}
"""CPU seconds and MB that a clean run may take, by number of parcels."""
HEAD = [
    f"| parcels × {TOWNSHIPS} | faults | stage | CPU s | wall s | peak MB |",
    "|---|---|---|---|---|---|",
]
INSIDE = {
    "read_plan": "read",
    "read_land": "read",
    "crosswalk_with_findings": "join",
}
"""Steps of `run_project` that are a stage of their own; the rest of it is checks."""


def names(count: int) -> list[str]:
    """Names of townships, as a plan has them."""
    return [f"{a}{b}镇" for a in "东西南北中上下" for b in "河山湖桥岭"][:count]


def parcels(count: int, *, faults: bool, seed: int = 3) -> gpd.GeoDataFrame:
    """``count`` parcels of 8 to 16 corners in a lattice, 15 % of the spacing apart."""
    random = np.random.default_rng(seed)
    columns, rows = lattice(TOWNSHIPS)
    across = int(np.ceil(np.sqrt(count * columns / rows)))
    step = CELL_M * columns / across
    at = np.arange(count)
    centre = (np.column_stack([at % across, at // across]) + 0.5) * step
    corners = random.integers(8, 17, count)
    owner = np.repeat(at, corners)
    turn = np.arange(len(owner)) - (np.cumsum(corners) - corners)[owner]
    angle = 2 * np.pi * turn / corners[owner]
    radius = random.uniform(0.34, 0.425, len(owner)) * step
    xy = centre[owner] + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    shapes = shapely.polygons(shapely.linearrings(placed(xy, 4549), indices=owner))
    area = shapely.area(shapes) * (1 + faults * random.uniform(0.01, 0.1, count))
    numbers = pd.Series(at).astype("str").str.zfill(8)
    return gpd.GeoDataFrame(
        {
            "ZDDM": "330502" + numbers,
            "DKMC": "地块" + numbers,
            "YT": np.array(USES)[random.integers(0, len(USES), count)],
            "ZDMJ": area.round(2),
            "GYFS": np.array(["出让", "划拨"])[random.integers(0, 2, count)],
            "TDLY": np.array(["新增", "存量"])[random.integers(0, 2, count)],
            "GYSJ": np.array(["第一季度", "第三季度"])[random.integers(0, 2, count)],
        },
        geometry=shapes,
        crs=4549,
    )


def write_project(folder: Path, count: int, *, faults: bool) -> Path:
    """Write the layers, the plan and the project file."""
    folder.mkdir(parents=True, exist_ok=True)
    project = folder / "project.toml"
    if project.exists():
        return project
    towns = regions(TOWNSHIPS, vertices=400).assign(name=names(TOWNSHIPS))
    land = parcels(count, faults=faults)
    which, where, share = pieces(land.geometry.array, towns.geometry.array)
    most = np.lexsort((share, which))  # the largest comes last
    home = np.zeros(len(land), dtype=int)
    home[which[most]] = where[most]
    land["SSQY"] = towns["name"].to_numpy()[home]
    land.to_parquet(folder / "parcels.parquet", index=False)
    counted = pd.DataFrame(
        {
            "name": towns["name"].to_numpy()[where],
            "use": land["YT"].to_numpy()[which],
            "ha": land.geometry.area.to_numpy()[which] * share / 10_000,
        }
    )
    towns = towns.rename(columns={"region_id": "XZQDM", "name": "XZQMC"})
    towns.to_file(folder / "towns.gpkg")
    sums = counted.pivot_table(
        index="name", columns="use", values="ha", aggfunc="sum", fill_value=0.0
    )
    sums = sums.reindex(index=names(TOWNSHIPS), columns=list(USES), fill_value=0.0).round(2)
    sums["合计"] = sums.sum(axis=1).round(2)
    sums.loc["合计"] = sums.sum().round(2)
    rows = [["区域", *sums.columns], *[[n, *(f"{v:.2f}" for v in r)] for n, r in sums.iterrows()]]
    cells = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in rows)
    title = "某县2025年国有建设用地供应计划"
    (folder / "plan.html").write_text(
        f"<html><head><meta charset='utf-8'><title>{title}</title></head><body><h1>{title}</h1>"
        f"<p>2025年计划供应国有建设用地总量{sums.loc['合计', '合计']:.2f}公顷。</p>"
        f"<p>分区域供应计划表（单位：公顷）</p><table>{cells}</table></body></html>",
        "utf-8",
    )
    fields = {"parcel_id": "ZDDM", "name": "DKMC", "category": "YT", "recorded_area_m2": "ZDMJ"}
    fields |= {"supply_mode": "GYFS", "land_source": "TDLY", "quarter": "GYSJ", "region": "SSQY"}
    lines = "\n".join(f'{ours} = "{theirs}"' for ours, theirs in fields.items())
    specs = "\n".join(f'[[regions]]\nname = "{name}"' for name in names(TOWNSHIPS))
    project.write_text(
        f'name = "bench"\ntitle = "某县"\nplan = "plan.html"\n\n[parcels]\n'
        f'file = "parcels.parquet"\narea_unit = "平方米"\n\n[parcels.fields]\n{lines}\n\n'
        f'[boundaries.districts]\nfile = "towns.gpkg"\n\n{specs}\n',
        "utf-8",
    )
    return project


def pieces(shapes, towns):
    """Parcels × townships with the share of the parcel that lies there, as the plan counts it."""
    tree = shapely.STRtree(towns)
    which, where = tree.query(shapes, predicate="intersects")
    share = np.ones(len(which))
    inside, _ = tree.query(shapes, predicate="covered_by")
    whole = np.bincount(inside, minlength=len(shapes)) > 0
    cut = ~whole[which]  # in several, or partly in none
    parts = shapely.intersection(shapes[which[cut]], towns[where[cut]])
    share[cut] = shapely.area(parts) / shapely.area(shapes[which[cut]])
    return which, where, share


class Clock:
    """CPU and wall seconds by stage, and the peak memory after it."""

    def __init__(self) -> None:
        self.cost: dict[str, list[float]] = {}

    @contextmanager
    def stage(self, name: str):
        cpu, wall = time.process_time(), time.perf_counter()
        before = sum(c[0] for c in self.cost.values()), sum(c[1] for c in self.cost.values())
        try:
            yield
        finally:
            inner = sum(c[0] for c in self.cost.values()), sum(c[1] for c in self.cost.values())
            spent = self.cost.setdefault(name, [0.0, 0.0, 0.0])
            spent[0] += time.process_time() - cpu - (inner[0] - before[0])
            spent[1] += time.perf_counter() - wall - (inner[1] - before[1])
            spent[2] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def timed(self, function, name: str):
        @wraps(function)
        def inner(*args, **options):
            with self.stage(name):
                return function(*args, **options)

        return inner


def child(project: str, folder: str) -> None:
    """Run once and print what each stage cost; imports are not part of it."""
    from landgis import examining
    from landgis.export.run import export_layers
    from landgis.maps.page import write_maps
    from landgis.project import load_project, run
    from landgis.report import write

    clock, out = Clock(), Path(folder)
    for name, stage in INSIDE.items():
        home = run if hasattr(run, name) else examining
        setattr(home, name, clock.timed(getattr(home, name), stage))
    write.report_tables = clock.timed(write.report_tables, "tables")
    settings = load_project(project)
    with clock.stage("checks"):
        results = run.run_project(settings)
        results = results.told()
    with clock.stage("layers"):
        export_layers(results, out, formats=("gpkg",))
    with clock.stage("maps"):
        maps = write_maps(results, out)
    with clock.stage("report"):
        write.write_report(results, out, maps=[(page.stem, page.name) for page in maps])
    verdicts = results.findings["verdict"].value_counts().to_dict()
    print(json.dumps({"cost": clock.cost, "verdicts": verdicts}))


def measure(folder: Path, count: int, *, faults: bool) -> dict:
    """Run in a process of its own."""
    project = folder / f"{count}{'-faults' * faults}" / "project.toml"
    if not project.exists():  # in a process of its own: its memory would count
        make = [sys.executable, __file__, "--make", str(project.parent), str(count), str(faults)]
        subprocess.run(make, check=True)
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-W", "ignore", __file__, "--child", str(project), out]
        environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}  # as the command has it
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=environment
        )
    return json.loads(done.stdout.splitlines()[-1])


def block(folder: Path, count: int, *, faults: bool) -> list[str]:
    """Measure one size; its rows of the table."""
    found = measure(folder, count, faults=faults)
    cost = found["cost"]
    whole = [sum(c[i] for c in cost.values()) for i in (0, 1)]
    peak = max(c[2] for c in cost.values())
    rows = [(name, *cost[name]) for name in STAGES if name in cost]
    lines = []
    for name, cpu, wall, memory in [*rows, ("**all**", *whole, peak)]:
        first = (f"{count:,}", "in each" if faults else "none") if not lines else ("", "")
        lines.append(
            f"| {first[0]} | {first[1]} | {name} | {cpu:.1f} | {wall:.1f} | {memory:.0f} |"
        )
    print(*lines, sep="\n", flush=True)
    print(found["verdicts"], file=sys.stderr)
    seconds, memory = BUDGET.get(count, (float("inf"), float("inf")))
    if whole[0] > seconds * (1.5 if faults else 1) or peak > memory * (1.5 if faults else 1):
        print(f"over the budget of {seconds} CPU s and {memory} MB", file=sys.stderr)
    return lines


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
        return
    if sys.argv[1:2] == ["--make"]:
        folder, count, faults = sys.argv[2:]
        write_project(Path(folder), int(count), faults=faults == "True")
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "landgis-bench-run"
    )
    parser.add_argument("--parcels", type=int, nargs="+", default=[50_000, 200_000])
    parser.add_argument("--faults", action="store_true", help="a fault in every parcel")
    parser.add_argument("--write", action="store_true", help="all sizes, into README.md")
    options = parser.parse_args()
    sizes = SIZES if options.write else [(n, options.faults) for n in options.parcels]
    print(*HEAD, sep="\n")
    lines = []
    for count, faults in sizes:
        lines += block(options.folder, count, faults=faults)
    if options.write:
        write_table("run", [*HEAD, *lines])


if __name__ == "__main__":
    main()
