"""pyproject.toml, environment.yml and the locks say the same."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
BY_PIP = {"opencc"}  # conda-forge has it without its Python part; pip fetches it with landgis


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_environment_yml_matches_pyproject():
    text = (ROOT / "environment.yml").read_text("utf-8")
    listed = re.findall(r"^  - (\S+>=\S+)$", text, re.MULTILINE)
    wanted = [f"python{PROJECT['project']['requires-python']}"]
    for requirement in PROJECT["project"]["dependencies"]:
        name, version = requirement.split(";")[0].split(">=")
        if name in BY_PIP:
            continue
        wanted.append(f"{CONDA_NAMES.get(name, name)}>={version}")
    assert listed == wanted


@pytest.mark.parametrize("lock", ["run", "dev"])
def test_the_lock_pins_every_dependency_with_a_hash(lock):
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    pins = re.findall(r"^([\w.-]+)==\S+.*\\\n    --hash=sha256:", text, re.MULTILINE)
    needed = list(PROJECT["project"]["dependencies"])
    if lock == "dev":
        for extra in PROJECT["project"]["optional-dependencies"].values():
            needed += extra
        needed += [r for r in PROJECT["dependency-groups"]["dev"] if isinstance(r, str)]
    names = {normal(re.split(r"[>=<\[; ]", r)[0]) for r in needed}
    assert names <= {normal(p) for p in pins}


def test_dev_and_run_pin_the_same_versions():
    run, dev = (
        set(
            re.findall(r"(?m)^[\w.-]+==\S+", (ROOT / f"requirements/{lock}.txt").read_text("utf-8"))
        )
        for lock in ("run", "dev")
    )
    assert run <= dev


def test_the_lock_names_no_index():
    for lock in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in lock.read_text("utf-8")
