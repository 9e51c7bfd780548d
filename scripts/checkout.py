"""A ready environment in the checkout: ``.venv`` with the locked packages and landgis itself.

Plain standard library, since it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def prepare(lock: str) -> Path:
    """Make ``.venv`` hold exactly what ``requirements/<lock>.txt`` names; give its Python.

    A second call with the same lock and Python does nothing. An environment of another Python,
    or one whose set-up was broken off, is made anew.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 - an old Python gets a sentence, no traceback
        sys.exit(
            f"landgis 需要 Python 3.11 或更新版本，当前为 {sys.version.split()[0]}。\n"
            f"landgis needs Python 3.11 or newer; this is {sys.version.split()[0]}."
        )
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = VENV / "landgis.stamp"
    wanted = _wanted(lock)
    have = stamp.read_text("utf-8").split() if stamp.exists() else []
    if wanted in have:
        return python
    print(f"准备运行环境 .venv（首次约需几分钟）… / preparing .venv ({lock}) …", flush=True)
    if not have:
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            venv.create(VENV, with_pip=True)
        except subprocess.CalledProcessError:
            sys.exit(
                "这个 Python 缺少 ensurepip；Debian/Ubuntu 请先安装 python3-venv。\n"
                "This Python lacks ensurepip; on Debian or Ubuntu install python3-venv."
            )
    stamp.unlink(missing_ok=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = (
        [*pip, "--require-hashes", "--only-binary=:all:", "-r", f"requirements/{lock}.txt"],
        [*pip, "--no-deps", "--no-build-isolation", "-e", "."],
    )
    for step in steps:
        if subprocess.run(step, cwd=ROOT, check=False).returncode:
            sys.exit(
                "安装依赖失败：请检查能否访问 Python 包索引（可用 PIP_INDEX_URL 指定镜像），"
                "然后重新运行本命令。\nInstalling packages failed: check that the package index "
                "can be reached (PIP_INDEX_URL names a mirror), then run this again."
            )
    # what dev.txt holds includes run.txt, in the same versions
    locks = {lock, "run"}
    stamp.write_text("\n".join(_wanted(name) for name in sorted(locks)), "utf-8")
    return python


def _wanted(lock: str) -> str:
    text = (ROOT / "requirements" / f"{lock}.txt").read_bytes()
    python = f"{sys.version_info[0]}.{sys.version_info[1]} {ROOT} {lock}"
    return hashlib.sha256(text + python.encode()).hexdigest()


def run(python: Path, *arguments: str) -> int:
    """Run Python with ``arguments`` in the checkout; give the exit code."""
    environment = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(
        [str(python), *arguments], cwd=ROOT, env=environment, check=False
    ).returncode
