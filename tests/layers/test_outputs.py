"""One output that fails stops no other; what a run no longer makes goes, the rest stays."""

import shutil
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest
from matplotlib import font_manager

from landgis.cli import main
from landgis.errors import InputError
from landgis.files import machine
from landgis.files.whole import NAME, settle_outputs
from landgis.project import foresee, load_project, run_project, write_outputs
from landgis.project.settings import MapsSection


@pytest.fixture(scope="module")
def results():
    return run_project(load_project("data/projects/lianzhou-2025.toml"))


def test_one_failing_output_does_not_stop_the_others(tmp_path, results, monkeypatch):
    def fail(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("landgis.project.run.write_maps", fail)
    (tmp_path / "geojson").write_text("a file where a folder is to be")
    with pytest.raises(InputError, match="磁盘已满") as told:
        write_outputs(results, tmp_path, formats=["gpkg", "geojson"])
    assert "geojson" in str(told.value)
    assert (tmp_path / "report.html").exists()
    assert list(tmp_path.glob("*.gpkg"))


def test_an_atlas_that_the_project_file_asks_for(tmp_path, results):
    first, second = results.parcels["parcel_id"].iloc[:2]
    maps = {"atlas": [first, second], "per_plate": 2}
    asked = MapsSection.model_validate(maps)
    made = write_outputs(results, tmp_path, formats=[], **asked.model_dump(include=set(maps)))
    assert tmp_path / "plates" / "atlas.pdf" in made
    assert MapsSection(atlas="fail").atlas == "fail"
    sound = replace(results, findings=results.findings.iloc[:0])
    again = write_outputs(sound, tmp_path, formats=[], atlas="fail")
    assert not [path for path in again if path.suffix == ".pdf"]
    assert not (tmp_path / "plates" / "atlas.pdf").exists()


def test_a_fault_in_one_output_does_not_stop_the_others(tmp_path, results, monkeypatch):
    def fail(*_args, **_options):
        raise IndexError("tuple index out of range")

    monkeypatch.setattr("landgis.project.run.write_report", fail)
    monkeypatch.setattr("landgis.project.run.write_maps", lambda *_args, **_options: [])
    with pytest.raises(InputError, match="报告（程序出错 IndexError") as told:
        write_outputs(results, tmp_path, formats=["gpkg"])
    assert isinstance(told.value.__cause__, IndexError)
    assert list(tmp_path.glob("*.gpkg"))
    assert (tmp_path / "findings.csv").exists()


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


def test_what_will_be_missing_is_known_at_the_start(tmp_path, monkeypatch):
    template = tmp_path / "坏.docx"
    template.write_bytes(b"no document")
    monkeypatch.setattr("landgis.project.run.chinese_font", lambda: fail("没有中文字体"))
    monkeypatch.setattr("pyogrio.list_drivers", lambda **_: {"GPKG": "rw"})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    wanted = {"formats": ["gpkg", "gdb", "csv"], "plates": ["png"], "template": template}
    told = [error.zh for error in foresee(tmp_path / "new" / "out", **wanted)]
    for one, words in zip(
        told, ("只剩 0 MB", "不能写 gdb", "没有中文字体", "坏.docx"), strict=True
    ):
        assert words in one
    assert not (tmp_path / "new").exists()


def fail(words):
    raise InputError(words, words)


def test_a_typeface_installed_since_is_found(monkeypatch):
    try:
        found = machine.chinese_font()
    except InputError:
        pytest.skip("no typeface with Chinese characters here")
    machine._look_again.cache_clear()
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    assert machine.chinese_font() == found


@pytest.mark.parametrize("command", ["convert", "map"])
def test_every_command_looks_at_the_start(tmp_path, monkeypatch, capsys, command):
    def stop(_):
        raise InputError("已停", "stopped")

    monkeypatch.setattr("landgis.project.run_project", stop)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    words = {
        "convert": ["data/parcels/lianzhou-2025.gpkg", str(tmp_path / "a.gpkg")],
        "map": ["data/projects/lianzhou-2025.toml", "-o", str(tmp_path)],
    }[command]
    with suppress(SystemExit):
        main([command, *words])
    assert "[预先检查]" in capsys.readouterr().err
