"""The same answer from a Dask cluster, even from one that loses a worker on the way."""

import os
import pickle
import signal
import socket
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from landgis import scale
from landgis.cli import main
from landgis.errors import InputError, MissingPackageError
from landgis.formats import kinds
from landgis.scale import files

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")


class DiesOnce(distributed.WorkerPlugin):
    """Kills the first worker that begins its second part, and no other after it."""

    def __init__(self, folder):
        self.fuse = Path(folder, "fuse")
        self.begun = 0

    def transition(self, key, start, finish, **_):  # noqa: ARG002 - names of the plugin's
        if finish == "executing" and str(key).startswith(("join_part", "sum_part")):
            self.begun += 1
            if self.begun == 2 and not self.fuse.exists():
                self.fuse.touch()
                os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(autouse=True)
def _batches_as_workers_have_them(monkeypatch):
    """Floats add up to the same last bit only if they are added in the same order."""
    monkeypatch.setattr(kinds, "BATCH", 25_000)


@pytest.fixture
def losing(tmp_path):
    """Two workers, each a process of its own, one of which will be killed at its second part."""
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with (
        distributed.LocalCluster(processes=True, **options) as workers,
        distributed.Client(workers, set_as_default=False) as client,
    ):
        client.wait_for_workers(2)
        client.register_plugin(DiesOnce(tmp_path))
        yield client
        assert (tmp_path / "fuse").exists(), "no worker died"


def test_a_worker_that_dies_loses_no_sum(file, regions, losing):
    expected = scale.sum_file(file, regions)
    assert_frame_equal(scale.sum_file(file, regions, client=losing), expected, check_exact=True)


def test_a_worker_that_dies_loses_no_pair(file, regions, losing, tmp_path, capsys):
    regions.to_file(tmp_path / "r.gpkg")
    told, tables = [], []
    for name, option in (("x", ["--scheduler", losing.scheduler.address]), ("y", [])):
        out = tmp_path / f"{name}.parquet"
        with pytest.raises(SystemExit) as end:
            main(["join", str(file), str(tmp_path / "r.gpkg"), "-o", str(out), "--json", *option])
        assert end.value.code == 0
        told.append(capsys.readouterr().out)
        tables.append(pd.read_parquet(out))
    assert told[0] == told[1]
    assert_frame_equal(*tables, check_exact=True)


def test_all_workers_that_had_the_regions_may_die(file, regions, monkeypatch):
    """The regions are sent out again, and only what is missing is done."""
    rounds = []

    def loses_all(function, parts, task, _):
        rounds.append([part.number for part in parts])
        yield parts[0], function(parts[0], task)
        if len(rounds) < 3:
            raise distributed.client.FutureCancelledError("part", "lost dependencies")
        for part in parts[1:]:
            yield part, function(part, task)

    monkeypatch.setattr(files, "_side_by_side", loses_all)
    monkeypatch.setattr(files, "_require_workers", lambda *_: None)
    sums = scale.sum_file(file, regions, client=object())
    assert rounds == [[0, 1, 2], [1, 2], [2]]
    assert_frame_equal(sums, scale.sum_file(file, regions), check_exact=True)


def test_what_a_worker_raises_keeps_both_sentences():
    error = pickle.loads(pickle.dumps(InputError("坏了。", "Broken.")))
    assert (error.message("zh"), error.message("en")) == ("坏了。", "Broken.")


def test_no_scheduler_no_package(monkeypatch):
    monkeypatch.setattr(files, "PATIENCE_S", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    for address in (f"tcp://127.0.0.1:{port}", "没有", "tcp://", "tcp://127.0.0.1:1:2"):
        with pytest.raises(InputError, match="调度器"), files.connected(address):
            pass
    assert time.monotonic() - started < 20
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(MissingPackageError, match=r"landgis\[cluster\]"),
        files.connected("tcp://x:1"),
    ):
        pass
