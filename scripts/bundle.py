"""Make a folder from which landgis installs without internet.

``python scripts/bundle.py --platform win_amd64 --python 3.11 -o landgis-win`` downloads the locked
wheels for that system and Python, builds landgis' own, and writes ``requirements.txt`` with the
hashes of exactly these files, ``SHA256SUMS``, a note on how to install, and a sample to try.
``--test`` installs it here, offline and into an environment of its own, and runs the sample.

Plain standard library and pip, on any system.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from pip._vendor.packaging.markers import Marker

ROOT = Path(__file__).resolve().parent.parent

PLATFORMS = {
    "win_amd64": ("win32", "AMD64", ["win_amd64"]),
    "manylinux_x86_64": ("linux", "x86_64", []),
    "manylinux_aarch64": ("linux", "aarch64", []),
}
"""Name → ``sys_platform``, ``platform_machine``, tags of wheels (of Linux: by the C library)."""

# C library 2.28 is that of 麒麟 V10, 统信 UOS 20 and RHEL 8; wheels for older ones run there, too
_GLIBC = ["2_28", "2_27", "2_26", "2_24", "2_17", "2014"]

SAMPLE = (
    "plans/huzhou-2024.docx",
    "parcels/huzhou-2024.gpkg",
    "boundaries/huzhou.gpkg",
    "projects/huzhou-2024.toml",
)
"""A plan, invented parcels and approximate borders: a first report without files of one's own."""

_NOTE = """在本文件夹中安装（不需要互联网，Python {python}）：

    python -m venv landgis
    landgis{bin}pip install --no-index --find-links . --require-hashes -r requirements.txt
    landgis{bin}landgis doctor
    landgis{bin}landgis run sample/projects/huzhou-2024.toml -o out

最后一行用虚构的宗地试一次，然后打开 out/report.html。

Install in this folder (no internet needed, Python {python}): the same lines. The last one tries
it on invented parcels; open out/report.html.
"""


def wanted(lock: str, *, system: str, machine: str, python: str) -> list[str]:
    """Give the requirements of a lock that hold on a system: each with its hashes, no marker."""
    environment = {
        "sys_platform": system,
        "platform_machine": machine,
        "platform_system": {"win32": "Windows", "linux": "Linux"}[system],
        "os_name": "nt" if system == "win32" else "posix",
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    found = []
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        lines = [line.strip(" \\") for line in entry.splitlines()]
        name, _, marker = lines[0].partition(" ; ")
        hashes = [line for line in lines[1:] if line.startswith("--hash")]
        if not marker or Marker(marker).evaluate(environment):
            found.append(" ".join([name, *hashes]))
    return found


def tags(platform: str) -> list[str]:
    """Name the tags of wheels that run on a platform."""
    _, machine, named = PLATFORMS[platform]
    linux = [f"manylinux{'' if '_' not in v else '_'}{v}_{machine}" for v in _GLIBC]
    return named or linux


def download(platform: str, python: str, folder: Path) -> None:
    """Fetch the locked wheels and build that of landgis."""
    system, machine, _ = PLATFORMS[platform]
    lock = (ROOT / "requirements" / "bundle.txt").read_text("utf-8")
    needed = wanted(lock, system=system, machine=machine, python=python)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    choice = [f"--platform={tag}" for tag in tags(platform)]
    abis = [f"--abi=cp{python.replace('.', '')}", "--abi=abi3", "--abi=none"]
    with tempfile.TemporaryDirectory() as place:
        listed = Path(place, "needed.txt")
        listed.write_text("\n".join(needed), "utf-8")
        options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(listed)]
        where = [f"--python-version={python}", "--implementation=cp", *choice, *abis]
        run([*pip, "download", "-q", "-d", str(folder), *options, *where])
    run([*pip, "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)])
    for file in SAMPLE:
        place = folder / "sample" / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "data" / file, place)


def seal(folder: Path, *, python: str, windows: bool) -> None:
    """Write what pip asks for and what a person checks: hashes of the files that are there."""
    lines, sums = [], []
    for wheel in sorted(folder.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{name.replace('_', '-')}=={version} --hash=sha256:{digest}")
        sums.append(f"{digest}  {wheel.name}")
    (folder / "requirements.txt").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", "utf-8")
    note = _NOTE.format(python=python, bin="\\Scripts\\" if windows else "/bin/")
    (folder / "INSTALL.txt").write_text(note, "utf-8")


def try_here(folder: Path) -> None:
    """Install a bundle into a new environment without asking any index, and run it."""
    with tempfile.TemporaryDirectory() as place:
        venv.create(place, with_pip=True)
        binaries = Path(place, "Scripts" if os.name == "nt" else "bin")
        offline = ["--no-index", "--find-links", str(folder), "--require-hashes"]
        listed = ["-r", str(folder / "requirements.txt")]
        run([str(binaries / "python"), "-m", "pip", "install", "-q", *offline, *listed])
        run([str(binaries / "landgis"), "doctor"])
        project, made = folder / "sample" / SAMPLE[-1], Path(place, "out")
        run([str(binaries / "landgis"), "run", str(project), "-o", str(made)])
        if not (made / "report.html").exists():
            sys.exit("no report was made of the sample")


def run(command: list[str]) -> None:
    """Run a command; end with its exit code if it fails."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    if code := subprocess.run(command, check=False, env=environment).returncode:
        sys.exit(code)


def main() -> None:
    """Make the bundle that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platform", choices=PLATFORMS, required=True)
    parser.add_argument("--python", default="3.11", help="version there, as 3.11")
    parser.add_argument("-o", "--output", type=Path, required=True, help="new folder")
    parser.add_argument("--test", action="store_true", help="install it here, offline")
    given = parser.parse_args()
    if given.output.exists():
        sys.exit(f"{given.output} 已存在，请换一个文件夹。 It exists: name another folder.")
    given.output.mkdir(parents=True)
    try:
        download(given.platform, given.python, given.output)
    except BaseException:
        shutil.rmtree(given.output)  # whole or not at all
        raise
    seal(given.output, python=given.python, windows=given.platform.startswith("win"))
    if given.test:
        try_here(given.output.resolve())
    print(f"{len(list(given.output.glob('*.whl')))} wheels: {given.output}")


if __name__ == "__main__":
    main()
