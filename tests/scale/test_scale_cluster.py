"""The same answer from a Dask cluster, even from one that loses a worker on the way."""

import os
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
from landgis.scale import cluster, sources

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
    monkeypatch.setattr(sources, "BATCH", 25_000)


@pytest.fixture(scope="module")
def client():
    """Two workers, each a process of its own."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as workers,
        distributed.Client(workers, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def losing(client, tmp_path):
    """The cluster, which will lose a worker."""
    client.register_plugin(DiesOnce(tmp_path), name="dies once")
    before = set(client.nthreads())
    yield client
    client.unregister_worker_plugin("dies once")
    assert (tmp_path / "fuse").exists(), "no worker died"
    client.wait_for_workers(2, timeout=60)
    assert set(client.nthreads()) != before


def test_sums_to_the_last_bit(file, regions, client):
    assert_frame_equal(
        scale.sum_file(file, regions, client=client),
        scale.sum_file(file, regions),
        check_exact=True,
    )


def test_a_worker_that_dies_loses_no_sum(file, regions, losing):
    expected = scale.sum_file(file, regions)
    assert_frame_equal(scale.sum_file(file, regions, client=losing), expected, check_exact=True)


def test_a_worker_that_dies_loses_no_pair(file, regions, losing, tmp_path):
    done = scale.join_file(file, regions, out=tmp_path / "x.parquet", client=losing)
    expected = scale.join_file(file, regions, out=tmp_path / "y.parquet")
    assert done[:5] == expected[:5]
    assert_frame_equal(done.findings, expected.findings)
    tables = [pd.read_parquet(tmp_path / name) for name in ("x.parquet", "y.parquet")]
    assert_frame_equal(*tables, check_exact=True)


def test_the_command_joins_on_a_cluster(file, regions, client, tmp_path, capsys):
    regions.to_file(tmp_path / "r.gpkg")
    command = ["join", str(file), str(tmp_path / "r.gpkg"), "-o", str(tmp_path / "x.csv")]
    texts = []
    for option in ([], ["--scheduler", client.scheduler.address]):
        with pytest.raises(SystemExit) as end:
            main([*command, "--json", *option])
        assert end.value.code == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]


def test_what_a_worker_refuses_is_said_as_here(file, regions, client, tmp_path):
    wide = regions.assign(region_id=["a", "a"])
    with pytest.raises(InputError, match="重复"):
        scale.join_file(file, wide, out=tmp_path / "x.csv", client=client)


def test_no_scheduler_no_package(monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE_S", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    for address in (f"tcp://127.0.0.1:{port}", "没有", "tcp://", "tcp://127.0.0.1:1:2"):
        with pytest.raises(InputError, match="调度器"), cluster.connected(address):
            pass
    assert time.monotonic() - started < 20
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(MissingPackageError, match=r"landgis\[cluster\]"),
        cluster.connected("tcp://x:1"),
    ):
        pass
