"""Writing that is killed or runs out of room: whole files or none, and no litter.

    PYTHONPATH=.:tests/fuzz python tests/fuzz/stops.py KILLS FULL [SEED]

A process that is forked writes layers of every kind over older ones; it is killed at a random
moment (KILLS times), or may write files of so many bytes only (FULL times), as on a full disk. What
lies there afterwards must be the older layer or the newer one, each whole, and after one more
writing no file that landgis hid. Unix only.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
from shapely import box

from landgis.errors import LandgisError
from landgis.files.whole import PREFIX
from landgis.formats.registry import write_layer
from landgis.layers.read import read_layer

KINDS = (
    *("gpkg", "gdb", "shp", "parquet", "fgb", "geojson", "kml", "csv", "txt", "xlsx", "dxf"),
    *("shp.zip", "gdb.zip"),
)
OLD, NEW = 20, 400


def layer(count: int) -> gpd.GeoDataFrame:
    """So many parcels in a row."""
    shapes = [box(40509500 + 9 * k, 3416500, 40509505 + 9 * k, 3416505) for k in range(count)]
    rows = {"DKBH": [f"{k:05d}" for k in range(count)], "备注": ["说明文字" * 9] * count}
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4528)


def written_by_another(path: Path, *, most_bytes: int | None) -> int:
    """Fork a process that writes the newer layer, and give its number."""
    number = os.fork()
    if number:
        return number
    code = 1
    with suppress(BaseException), open(os.devnull, "w") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 2)
        if most_bytes is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
        try:
            write_layer(layer(NEW), path)
            code = 0
        except LandgisError:
            code = 2
    os._exit(code)


def run(kills: int, full: int, seed: int = 1) -> tuple[list[str], dict[str, int]]:
    """Give what went wrong, and how the writings ended."""
    warnings.simplefilter("ignore")
    chance, wrong = random.Random(seed), list[str]()
    ends = {"killed": 0, "older": 0, "newer": 0, "refused": 0}
    whole = {}
    with tempfile.TemporaryDirectory(prefix="landgis-stops-") as name:
        for kind in KINDS:  # how large, and how long, each is
            start = time.perf_counter()
            path = Path(name) / f"size.{kind}"
            write_layer(layer(NEW), path)
            files = [path] if path.is_file() else list(path.iterdir())
            if kind == "shp":
                files = [path.with_suffix(s) for s in (".shp", ".dbf")]
            size = max(file.stat().st_size for file in files)
            whole[kind] = time.perf_counter() - start, size
        for number in range(kills + full):
            kind = KINDS[number % len(KINDS)]
            folder = Path(name) / str(number)
            folder.mkdir()
            path = folder / f"a.{kind}"
            write_layer(layer(OLD), path)
            seconds, size = whole[kind]
            stopped = number < kills
            most = None if stopped else chance.randrange(100, size + 2000)
            child = written_by_another(path, most_bytes=most)
            if stopped:
                time.sleep(chance.random() * 1.2 * seconds)
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            ended = os.waitstatus_to_exitcode(status)
            what = f"{kind} {'killed' if stopped else f'at {most} of {size} bytes'} ({ended})"
            ends["killed"] += ended == -signal.SIGKILL
            ends["refused"] += ended == 2
            if ended not in {0, 2, -signal.SIGKILL}:
                wrong.append(f"{what}: no sentence")
            try:
                rows = len(read_layer(path, crs=4528 if kind == "dxf" else None).data)
            except LandgisError as error:
                wrong.append(f"{what}: {error}")
                continue
            ends["older" if rows == OLD else "newer"] += 1
            if rows not in {0: {NEW}, 2: {OLD}}.get(ended, {OLD, NEW}):
                wrong.append(f"{what}: {rows} rows")
            if ended == 2 and list(folder.glob(f"{PREFIX}*")):
                wrong.append(f"{what}: litter of a writing that was refused")
            write_layer(layer(OLD), path)
            if litter := [file.name for file in folder.glob(".*")]:
                wrong.append(f"{what}: {litter} after the next")
    return wrong, ends


if __name__ == "__main__":
    found, how = run(*map(int, sys.argv[1:]))
    print(how, *found, sep="\n")  # noqa: T201
    sys.exit(bool(found))
