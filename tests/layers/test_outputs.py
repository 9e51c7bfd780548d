"""One output that fails stops no other; what a run no longer makes goes, the rest stays."""

import pytest

from landgis.errors import InputError
from landgis.files.manifest import NAME, settle_outputs
from landgis.project import load_project, run_project, write_outputs


@pytest.fixture(scope="module")
def results():
    return run_project(load_project("data/projects/lianzhou-2025.toml"))


def test_one_failing_output_does_not_stop_the_others(tmp_path, results, monkeypatch):
    def fail(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("landgis.project.outputs.write_maps", fail)
    (tmp_path / "geojson").write_text("a file where a folder is to be")
    with pytest.raises(InputError, match="磁盘已满") as told:
        write_outputs(results, tmp_path, formats=["gpkg", "geojson"])
    assert "geojson" in str(told.value)
    assert (tmp_path / "report.html").exists()
    assert list(tmp_path.glob("*.gpkg"))


def test_what_a_run_no_longer_makes_is_removed(tmp_path):
    for name in ("old.shp", "old.dbf", "kept.csv", "worked.csv", "mine.txt"):
        (tmp_path / name).write_text(name)
    settle_outputs(tmp_path, [tmp_path / n for n in ("old.shp", "kept.csv", "worked.csv")])
    (tmp_path / "worked.csv").write_text("changed by hand")
    removed = settle_outputs(tmp_path, [tmp_path / "kept.csv"])
    assert sorted(path.name for path in removed) == ["old.dbf", "old.shp"]
    assert {p.name for p in tmp_path.iterdir()} == {"kept.csv", "worked.csv", "mine.txt", NAME}


def test_a_list_that_points_outside_removes_nothing(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("x")
    stat = outside.stat()
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / NAME).write_text(f'{{"../outside.txt": [{stat.st_size}, {stat.st_mtime_ns}]}}')
    assert settle_outputs(folder, []) == []
    assert outside.exists()
