"""Set up ``.venv`` and run the five demonstration projects: ``python scripts/demo.py``.

Each goes from its plan document to audited maps in ``out/<project>``.
"""

from __future__ import annotations

import os
import subprocess
import sys

from checkout import ROOT, prepare

PROJECTS = ("huzhou-2024", "zhengzhou-2024", "huzhou-2023-2027", "bachu-2025", "lianzhou-2025")


def main() -> None:
    """Run every project, then say what was found and which file to open."""
    python = prepare("run")
    environment = {**os.environ, "PYTHONUTF8": "1"}
    found = []
    for number, name in enumerate(PROJECTS, 1):
        print(f"[{number}/{len(PROJECTS)}] {name} …", flush=True)
        command = [str(python), "-m", "landgis", "run", f"data/projects/{name}.toml"]
        done = subprocess.run(
            [*command, "-o", f"out/{name}"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            sys.exit(done.returncode)
        found.append(done.stdout.decode("utf-8"))
    print("\n五个示例项目已完成（数据为示例，见报告中的说明）：")
    print("Five demonstration projects are done (sample data, see the reports):")
    print("", *found, sep="\n")


if __name__ == "__main__":
    main()
