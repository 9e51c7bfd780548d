"""Files of every kind with bytes changed: a reader gives a layer or raises a LandgisError.

python tests/fuzz/mutate_layers.py 50000
"""

import random
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

import geopandas as gpd
from shapely import box

from landgis.errors import LandgisError
from landgis.formats.write import write_layer
from landgis.layers.read import inspect_layer

SUFFIXES = ("gpkg", "shp", "parquet", "fgb", "geojson", "kml", "csv", "txt", "xlsx", "dxf", "zip")
SET = (".shp", ".shx", ".dbf", ".prj", ".cpg")
ODD = (b"\xff" * 8, b"1e308   ", b"nan     ", "²①".encode(), b"99999999")


def seeds(folder: Path) -> dict[str, bytes]:
    layer = gpd.GeoDataFrame(
        {"DKBH": ["a1", "b2"], "用途": ["住宅用地", "工业用地"], "DM": [3305021001230012345, 1]},
        geometry=[box(40509500, 3416500, 40509700, 3416600), box(40509800, 3416500, 40509900, 3e6)],
        crs=4528,
    )
    for suffix in SUFFIXES:
        write_layer(layer, folder / f"a.{suffix}")
    return {file.suffix: file.read_bytes() for file in folder.glob("a.*")}


def mutated(raw: bytes, chance: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        if not data:
            break
        at, kind = chance.randrange(len(data)), chance.random()
        if kind < 0.5:
            data[at] = chance.choice((0, 255, 0x2D, 0x39, chance.randrange(256)))
        elif kind < 0.7:
            del data[at : at + chance.choice((1, 4, 64, 1024))]
        elif kind < 0.85:
            data[at:at] = chance.randbytes(chance.choice((1, 4, 30)))
        else:
            data[at : at + 8] = chance.choice(ODD)
    return bytes(data)


def run(count: int, seed: int = 1) -> list[str]:
    """Give what was raised that is no LandgisError, each once."""
    warnings.simplefilter("ignore")
    chance, finds = random.Random(seed), {}
    with tempfile.TemporaryDirectory(prefix="landgis-fuzz-") as name:
        sound = seeds(Path(name))
        kinds = sorted(set(sound) - {".cpg", ".csvt"})
        for number in range(count):
            kind = chance.choice(kinds)
            with tempfile.TemporaryDirectory(dir=name) as place:
                parts = SET if kind in SET else (kind,)
                for part in parts:
                    raw = mutated(sound[part], chance) if part == kind else sound[part]
                    (Path(place) / f"a{part}").write_bytes(raw)
                try:
                    inspect_layer(Path(place) / f"a{parts[0]}")
                except LandgisError:
                    pass
                except Exception:  # noqa: BLE001 - that is what is looked for
                    told = traceback.format_exc(limit=-1)
                    finds.setdefault(told, f"{kind} {number}: {told}")
    return list(finds.values())


if __name__ == "__main__":
    found = run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    sys.exit("\n".join(found) or 0)
