"""Lock the dependencies of pyproject.toml for all systems and Pythons: requirements/*.txt.

Run with uv on the path or installed beside this Python: ``python scripts/lock.py``.
``requirements/dev.txt`` is everything the tests need; ``requirements/run.txt`` what landgis
itself needs, in the same versions; ``requirements/bundle.txt`` also what `landgis boundaries` and
PostGIS need, which an intranet cannot fetch later.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = [
    *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"),
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"),
]
DEV = ["--all-extras", "--group", "dev", "-o", "requirements/dev.txt"]
SAME = ["--group", "build", "--constraint", "requirements/dev.txt"]
RUN = [*SAME, "-o", "requirements/run.txt"]
BUNDLE = [*SAME, "--extra", "boundaries", "--extra", "postgis", "-o", "requirements/bundle.txt"]


def main() -> None:
    """Write the files anew with the newest versions that pyproject.toml allows."""
    (ROOT / "requirements").mkdir(exist_ok=True)
    subprocess.run([*COMPILE, "--upgrade", *DEV], cwd=ROOT, check=True)
    for options in (RUN, BUNDLE):
        subprocess.run([*COMPILE, *options], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
