"""A few seconds of coverage-guided fuzzing, seeded; longer runs are by hand (fuzz_layers.py).

LANDGIS_FUZZ=2000 changes so many plan documents of each kind, in processes that are limited.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import fuzz_plans
import pytest
from fuzz_plans import fuzz, fuzz_apart

from landgis.files.machine import find_office

RUNS = {"txt": 3000, "xlsx": 60, "shp": 60}


@pytest.mark.skipif(find_spec("atheris") is None, reason="needs atheris, which runs on Linux")
@pytest.mark.parametrize("kind", RUNS)
def test_readers_survive_what_coverage_finds(tmp_path, kind):
    script = Path(__file__).with_name("fuzz_layers.py")
    options = [f"-runs={RUNS[kind]}", "-seed=1", f"-artifact_prefix={tmp_path}/", "-max_len=4096"]
    done = subprocess.run(
        [sys.executable, script, kind, tmp_path / "corpus", *options],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-3000:]


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")
def test_writing_that_is_stopped_leaves_whole_files_or_none():
    script = Path(__file__).with_name("stops.py")
    done = subprocess.run(
        [sys.executable, script, "13", "13"], capture_output=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked, disks are mounted")
def test_commands_that_are_stopped_leave_whole_files_or_none():
    script = Path(__file__).with_name("stopped_commands.py")
    words = [sys.executable, script, "2", "0", "convert", "inspect"]
    done = subprocess.run(words, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")


PLANS = ("txt", "csv", "md", "html", "docx", "xlsx", "xls", "pdf", "ofd")
CHANGED = dict(zip(PLANS, (150, 80, 80, 100, 40, 25, 25, 15, 40), strict=True))


@pytest.mark.filterwarnings("ignore")  # libraries warn of what they find in damaged files
@pytest.mark.parametrize("kind", PLANS)
def test_readers_of_plans_survive_changed_files(kind):
    runs = int(os.environ.get("LANDGIS_FUZZ", "0"))
    # a damaged .xls takes all memory there is: the reader's process ends it, and one of ours here
    if runs or (kind == "xls" and hasattr(os, "fork")):
        told, finds = fuzz_apart(kind, runs or CHANGED[kind])
        assert not finds, "\n".join(finds)
    else:
        told = fuzz(kind, CHANGED[kind])
    assert told["read"] > 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(find_office() is None, reason="needs LibreOffice")
@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")
def test_the_reader_of_old_documents_survives_changed_files(monkeypatch):
    monkeypatch.setattr(fuzz_plans, "WHOLE", 1)
    told, finds = fuzz_apart("wps", int(os.environ.get("LANDGIS_FUZZ", "8")))
    assert not finds, "\n".join(finds)
    assert told["to LibreOffice"] >= told["converted"] > 0
    assert told["read"] > 0


@pytest.mark.skipif(sys.platform == "win32", reason="the memory of a process is limited by Unix")
def test_readers_survive_changed_bytes():
    script = Path(__file__).with_name("mutate_layers.py")
    done = subprocess.run(
        [sys.executable, script, "5"], capture_output=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-3000:]
