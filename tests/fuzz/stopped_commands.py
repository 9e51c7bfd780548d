"""Commands that are killed or run out of room: whole files or none, and no litter.

    PYTHONPATH=. python tests/fuzz/stopped_commands.py KILLS FULL [COMMAND …]

`run`, `export`, `convert`, `inspect -o` and `allocate` are forked over the files of an earlier one;
each is killed at a random moment (KILLS times), or writes to a disk (a tmpfs, for root) that has
less room than it needs (FULL times). Every file that lies there afterwards must be whole, what
failed for want of room must have said so in one sentence, and nothing that landgis hid may be left
when the command has come to its end once more. Linux only.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from lxml import etree

from landgis.cli import main
from landgis.files.whole import PREFIX
from landgis.layers.read import read_layer

DATA = Path(__file__).parents[2] / "data"


def inputs(folder: Path) -> dict[str, list[str]]:
    """Write small inputs, and give the commands that read them, all but where they write."""
    layer = gpd.read_file(DATA / "parcels" / "lianzhou-2025.gpkg")
    layer.to_file(folder / "parcels.gpkg")
    few = gpd.read_file(DATA / "candidates" / "lianzhou-2025.gpkg").iloc[:12]
    few.to_file(folder / "candidates.gpkg")
    text = (DATA / "candidates" / "lianzhou-2025.toml").read_text("utf-8")
    text = text.replace("../", f"{DATA}/").replace('"lianzhou-2025.gpkg"', '"candidates.gpkg"')
    (folder / "few.toml").write_text(text, "utf-8")
    project = str(DATA / "projects" / "lianzhou-2025.toml")
    return {
        "convert": ["convert", str(folder / "parcels.gpkg"), "out/a.shp"],
        "inspect": ["inspect", str(folder / "parcels.gpkg"), "-o", "out/faults.gpkg"],
        "export": ["export", project, "-o", "out"],
        "run": ["run", project, "-o", "out"],
        "allocate": ["allocate", str(folder / "few.toml"), "-o", "out"],
    }


def forked(words: list[str], log: Path) -> int:
    """Fork a process that runs a command, its messages in a file, and give its number."""
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(target, 1)
        os.dup2(target, 2)
        main(words)
        code = 0
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException as error:  # noqa: BLE001 - told by its code
        os.write(2, f"TRACEBACK {error!r}".encode())
        code = 99
    finally:
        os._exit(code)


def _database(path: Path) -> None:
    for layer in pyogrio.list_layers(path)[:, 0]:
        pyogrio.read_dataframe(path, layer=layer)


def _archive(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def _page(path: Path) -> None:
    assert path.read_bytes().rstrip().endswith(b"</html>")


OPENED = {
    ".gpkg": _database,
    **dict.fromkeys([".shp", ".geojson", ".fgb", ".parquet"], read_layer),
    **dict.fromkeys([".xlsx", ".docx"], _archive),
    **dict.fromkeys([".qgs", ".qml", ".sld", ".svg"], etree.parse),
    ".json": lambda path: json.loads(path.read_text("utf-8")),
    ".csv": lambda path: pd.read_csv(path, dtype=str),
    ".html": _page,
}


def broken(folder: Path) -> Iterator[str]:
    """Name the files of a folder that are not whole."""
    for path in sorted(p for p in folder.rglob("*") if not p.parent.name.startswith(PREFIX)):
        try:
            OPENED.get(path.suffix.lower(), Path.stat)(path)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            yield f"{path.name}: {error!r}"[:200]


@contextmanager
def disk(place: Path, room: int) -> Iterator[None]:
    """Have a disk of so many bytes at a place."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", place], check=True)
    try:
        yield
    finally:
        os.chdir("/")
        subprocess.run(["umount", place], check=True)


def size_of(folder: Path) -> int:
    """Give the bytes that the files of a folder take."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def run(kills: int, full: int, names: list[str]) -> tuple[list[str], Counter[str]]:
    """Give what went wrong, and how the commands ended."""
    warnings.simplefilter("ignore")
    chance, wrong, ends = random.Random(1), list[str](), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="landgis-stops-") as name:
        home = Path(name)
        commands = inputs(home)
        chosen = {word: commands[word] for word in names or commands}
        whole = {}
        for word, words in chosen.items():  # how long each takes, and how much room
            place = home / word
            (place / "out").mkdir(parents=True)
            os.chdir(place)
            start = time.perf_counter()
            os.waitpid(forked(words, home / "log"), 0)
            whole[word] = time.perf_counter() - start, size_of(place / "out")
            os.chdir("/")
        for number in range(kills + full):
            word = [*chosen][number % len(chosen)]
            seconds, room = whole[word]
            place, stopped = home / word, number < kills
            what = f"{number} {word}"
            if stopped:
                os.chdir(place)
                child = forked(chosen[word], home / "log")
                time.sleep(chance.random() * 1.1 * seconds)
                os.kill(child, signal.SIGKILL)
                ends[f"{word} killed"] += os.waitpid(child, 0)[1] == signal.SIGKILL
                wrong += [f"{what}: {file}" for file in broken(place / "out")]
                continue
            small = home / f"disk{number}"
            small.mkdir()
            with disk(small, int(room * chance.uniform(0.05, 1.1)) + 4096):
                (small / "out").mkdir()
                os.chdir(small)
                _, status = os.waitpid(forked(chosen[word], home / "log"), 0)
                code, said = os.waitstatus_to_exitcode(status), (home / "log").read_text("utf-8")
                ends[f"{word} without room: exit {code}"] += 1
                sentence = any(words in said for words in ("写不出", "未写出", "磁盘已满"))
                if code not in {0, 2} or "TRACEBACK" in said or (code and not sentence):
                    wrong.append(f"{what}: exit {code}, {said[-300:]}")
                wrong += [f"{what}: {file}" for file in broken(small / "out")]
                wrong += [f"{what}: litter {p.name}" for p in small.rglob(f"{PREFIX}*")]
        for word, words in chosen.items():  # the next one cleans what those that were killed left
            os.chdir(home / word)
            os.waitpid(forked(words, home / "log"), 0)
            os.chdir("/")
            wrong += [f"{word}: {p.name} after the next" for p in (home / word).rglob(f"{PREFIX}*")]
            ends[f"{word} left hidden"] += len(list((home / word).rglob(f"{PREFIX}*")))
            shutil.rmtree(home / word)
    return wrong, ends


if __name__ == "__main__":
    found, how = run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
    print(dict(how), *found, sep="\n")  # noqa: T201
    sys.exit(bool(found))
