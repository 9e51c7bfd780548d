"""Work that is stopped in the hardest way goes on, and nothing half-done is ever seen."""

import subprocess
import sys

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from landgis import scale
from landgis.formats.registry import write_layer
from landgis.scale import parts

JOB = """
import sys, time
import geopandas as gpd
from landgis.formats import kinds
from landgis.scale import files, parts

kinds.BATCH, kinds.PART = 64, 100
real = parts._joined

def slow(batch, *rest):
    if len(list(rest[1].folder.glob("*.parquet"))) == 2:
        print("two parts are finished", flush=True)
        time.sleep(60)
    return real(batch, *rest)

parts._joined = slow
files.join_file(sys.argv[1], gpd.read_file(sys.argv[2]), out=sys.argv[3])
"""


@pytest.mark.parametrize("kind", ["parquet", "gpkg"])
def test_a_killed_join_goes_on(kind, parcels, regions, tmp_path, monkeypatch):
    file, out = tmp_path / f"p.{kind}", tmp_path / "x.csv"
    if kind == "parquet":
        parcels.to_parquet(file, row_group_size=50)
    else:
        write_layer(parcels, file)
    regions.to_file(tmp_path / "r.gpkg")
    command = [sys.executable, "-W", "ignore", "-c", JOB, file, tmp_path / "r.gpkg", out]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as job:
        assert "finished" in job.stdout.readline()
        assert not out.exists()
        job.kill()
    assert len(list(tmp_path.glob("x.csv.parts/*.tmp"))) == 1, "killed while writing the third"

    seen, real = [], parts._joined
    monkeypatch.setattr(
        parts, "_joined", lambda batch, *rest: (seen.append(len(batch)), real(batch, *rest))[1]
    )
    done = scale.join_file(file, regions, out=out)
    assert sum(seen) == 100, "only the third part is done"
    assert done.parcels == 300
    scale.join_file(file, regions, out=tmp_path / "whole.csv")
    assert_frame_equal(pd.read_csv(out), pd.read_csv(tmp_path / "whole.csv"))
    assert not list(tmp_path.glob("*.parts"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on file sizes")
def test_a_full_disk_leaves_nothing_half_done(file, regions, tmp_path):
    """A limit on the size of files stands for the disk: writing fails in the same way."""
    regions.to_file(tmp_path / "r.gpkg")
    job = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
from landgis.cli import main
main(["join", r"{file}", r"{tmp_path / "r.gpkg"}", "-o", r"{tmp_path / "x.parquet"}"])
"""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", job],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert run.returncode == 2, run.stderr
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert not (tmp_path / "x.parquet").exists()
    assert not list(tmp_path.glob("x.parquet.parts/*.tmp"))
    assert scale.join_file(file, regions, out=tmp_path / "x.parquet").parcels == 300
