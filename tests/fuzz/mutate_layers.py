"""Files of every kind with bytes changed: a reader gives a layer or raises a LandgisError.

    PYTHONPATH=.:tests/fuzz python tests/fuzz/mutate_layers.py RUNS [SEED] [KIND ...]

Each kind runs in a process of its own, RUNS files of it, with 20 s a file and 3 GB in all. A
traceback, a crash, a hang or a request to the network is a find: it is told, and its file kept
in the folder that is named. Of archives and workbooks what is packed in them is changed.
"""

from __future__ import annotations

import faulthandler
import random
import shutil
import subprocess
import sys
import tempfile
import traceback
import warnings
import zipfile
from io import BytesIO
from pathlib import Path
from socket import create_server

import geopandas as gpd
import pyogrio
from shapely import box

from landgis.errors import LandgisError
from landgis.formats.registry import write_layer
from landgis.layers.read import inspect_layer

SECONDS = 20
WRITTEN = (
    *("gpkg", "gdb", "shp", "parquet", "fgb", "geojson", "kml", "csv", "txt", "xlsx", "dxf"),
    *("shp.zip", "gdb.zip"),
)
BY_GDAL = {"gml": "GML", "tab": "MapInfo File", "mif": "MapInfo File", "geojsonl": "GeoJSONSeq"}
KINDS = (*WRITTEN, *BY_GDAL, "kmz")
PACKED = {"xlsx", "shp.zip", "gdb.zip", "kmz"}
ODD = (
    *(
        b"\xff" * 8,
        b"1e308   ",
        b"nan     ",
        "²①".encode(),
        b"99999999",
        b"\0" * 4,
        b"<",
        b'"',
        b"]",
    ),
    *(b"\x7f\xff\xff\xff", b"\x00\x00\x00\x80", b"-1", b"{", b"&", b",", b"\n"),
)


def seeds(kind: str, folder: Path) -> Path:
    """Write a sound file of a kind; give its path."""
    layer = gpd.GeoDataFrame(
        {"DKBH": ["a1", "b2"], "用途": ["住宅用地", "工业用地"], "DM": [3305021001230012345, 1]},
        geometry=[box(40509500, 3416500, 40509700, 3416600), box(40509800, 3416500, 40509900, 3e6)],
        crs=4528,
    )
    path = folder / f"a.{kind}"
    if kind in BY_GDAL:
        layer = layer.to_crs(4326) if kind == "geojsonl" else layer
        extra = {"FORMAT": "MIF"} if kind == "mif" else {}
        pyogrio.write_dataframe(layer.rename(columns={"用途": "YT"}), path, BY_GDAL[kind], **extra)
    elif kind == "kmz":
        write_layer(layer, folder / "doc.kml")
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(folder / "doc.kml", "doc.kml")
        (folder / "doc.kml").unlink()
    else:
        write_layer(layer, path)
    return path


def mutated(raw: bytes, chance: random.Random, link: bytes) -> bytes:
    """Change some places of a file."""
    data = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        if not data:
            break
        at, kind = chance.randrange(len(data)), chance.random()
        if kind < 0.5:
            data[at] = chance.choice((0, 255, 0x2D, 0x39, chance.randrange(256)))
        elif kind < 0.65:
            del data[at : at + chance.choice((1, 4, 64, 1024))]
        elif kind < 0.75:
            data[at:at] = data[at : at + chance.choice((4, 100))] * chance.choice((1, 8))
        elif kind < 0.85:
            data[at:at] = chance.randbytes(chance.choice((1, 4, 30)))
        else:
            piece = chance.choice((*ODD, link))
            data[at : at + len(piece)] = piece
    return bytes(data)


def repacked(raw: bytes, chance: random.Random, link: bytes) -> bytes:
    """Change one member of an archive, and pack it soundly again."""
    if chance.random() < 0.2:
        return mutated(raw, chance, link)
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as archive, zipfile.ZipFile(stream, "w") as out:
        names = archive.namelist()
        sheets = [name for name in names if "sheet" in name] or names
        changed = chance.choice(sheets if chance.random() < 0.7 else names)
        for name in names:
            data = archive.read(name)
            out.writestr(name, mutated(data, chance, link) if name == changed else data)
    return stream.getvalue()


def run(kind: str, runs: int, *, seed: int = 1, keep: Path, link: bytes = b"http://") -> list[str]:
    """Read changed files of a kind; give what was raised that is no LandgisError, each once."""
    warnings.simplefilter("ignore")
    chance, finds = random.Random(f"{kind} {seed}"), dict[str, str]()
    with tempfile.TemporaryDirectory(prefix="landgis-fuzz-") as name:
        sound = Path(name) / "sound"
        sound.mkdir()
        path = seeds(kind, sound)
        at = keep / "now"
        for number in range(runs):
            shutil.rmtree(at, ignore_errors=True)
            shutil.copytree(sound, at)
            files = sorted(file for file in at.rglob("*") if file.is_file())
            main = [file for file in files if file.name == path.name]
            file = main[0] if main and chance.random() < 0.6 else chance.choice(files)
            change = repacked if kind in PACKED else mutated
            file.write_bytes(change(file.read_bytes(), chance, link))
            faulthandler.dump_traceback_later(SECONDS, exit=True)
            try:
                inspect_layer(at / path.name)
            except (LandgisError, MemoryError):
                pass
            except Exception:  # noqa: BLE001 - that is what is looked for
                told = traceback.format_exc(limit=-1)
                if told not in finds:
                    shutil.copytree(at, keep / f"find-{kind}-{number}")
                    finds[told] = f"{kind} {number}: {told}"
            faulthandler.cancel_dump_traceback_later()
        shutil.rmtree(at, ignore_errors=True)
    return list(finds.values())


def main() -> int:
    """Run each kind in its own process; a crash is told with the file that made it."""
    if sys.argv[1] == "one":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))
        _, _, kind, runs, seed, keep, link = sys.argv
        found = run(kind, int(runs), seed=int(seed), keep=Path(keep), link=link.encode())
        print("\n".join(found))  # noqa: T201
        return 0
    runs, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    keep = Path(tempfile.mkdtemp(prefix="landgis-finds-"))
    bad = 0
    with create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.01)
        link = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        for kind in sys.argv[3:] or KINDS:
            place = keep / kind
            place.mkdir()
            told, left, first = "", runs, seed
            while left > 0:
                some = min(left, 500)
                done = subprocess.run(
                    [sys.executable, __file__, "one", kind, str(some), str(first), place, link],
                    capture_output=True, text=True, check=False,
                )  # fmt: skip
                told += done.stdout.strip()
                if done.returncode:
                    kept = place / f"crash-{first}"
                    shutil.move(place / "now", kept)
                    told += f"\n{kind}: ended with {done.returncode}, {kept}\n{done.stderr[-1500:]}"
                left, first = left - some, first + 1
            try:
                listener.accept()
                told += f"\n{kind}: a request was made"
            except TimeoutError:
                pass
            bad += bool(told)
            print(f"{kind}: {runs} files{': ' if told else ', nothing found'}{told}", flush=True)  # noqa: T201
    print(f"finds in {keep}" if bad else "nothing found")  # noqa: T201
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
