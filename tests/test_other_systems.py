"""What Windows and macOS do otherwise, imitated: names, code pages, files that are open."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

from landgis.errors import InputError, ProjectError
from landgis.files import archives
from landgis.files.archives import is_reserved
from landgis.formats.registry import write_layer
from landgis.layers.read import read_layer
from landgis.project.draft import _short_name
from landgis.project.settings import load_project

DATA = Path(__file__).parent.parent / "data"
SQUARE = gpd.GeoDataFrame({"a": [1]}, geometry=[box(0, 0, 9, 9)], crs=4549)


@pytest.mark.parametrize("name", ["CON", "nul.gpkg", "Lpt9.tar.gz", "aux .shp", "图.", "图 "])
def test_names_that_windows_does_not_have(name):
    assert is_reserved(name)


@pytest.mark.parametrize("name", ["CON.gpkg", "nul.shp", "aux.csv"])
def test_nothing_is_written_to_a_device(name, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "IS_WINDOWS", True)
    with pytest.raises(InputError, match="Windows 不能有"):
        write_layer(SQUARE, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_names_that_only_look_alike():
    assert not any(map(is_reserved, ["CONTROL.shp", "com10.gpkg", ".gpkg", "图.v1.gpkg", "NULL"]))


@pytest.mark.parametrize("inside", ["nul.geojson", "CON/a.geojson", "a./b.geojson"])
def test_an_archive_with_a_reserved_name(tmp_path, monkeypatch, inside):
    SQUARE.to_file(tmp_path / "a.geojson")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.geojson", inside)
    assert len(read_layer(tmp_path / "a.zip").data) == 1  # a name like another elsewhere
    monkeypatch.setattr(archives, "IS_WINDOWS", True)
    with pytest.raises(InputError, match="保留的名称"):
        read_layer(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["aux", "a."])
def test_a_project_is_not_called_what_windows_does_not_have(tmp_path, name):
    text = (DATA / "projects" / "lianzhou-2025.toml").read_text("utf-8")
    file = tmp_path / "p.toml"
    file.write_text(text.replace('name = "lianzhou-2025"', f'name = "{name}"'), "utf-8")
    with pytest.raises(ProjectError, match="Windows 保留"):
        load_project(file)
    assert _short_name("NUL") == "project"


@pytest.mark.parametrize(
    ("page", "read_as"), [("cp1252", "utf-8"), ("ascii", "utf-8"), ("cp936", "cp936")]
)
def test_redirected_output_keeps_its_chinese_on_any_code_page(page, read_as):
    environment = {**os.environ, "PYTHONIOENCODING": page, "PYTHONUTF8": "0"}
    command = [
        sys.executable,
        "-m",
        "landgis",
        "inspect",
        str(DATA / "boundaries" / "lianzhou.gpkg"),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode(read_as)
    assert "请用" in said or "坐标系" in said
    assert "?" not in said


def test_a_file_that_another_program_holds_is_one_sentence(tmp_path, monkeypatch):
    """Windows lets nobody replace a file that ArcGIS or Excel has open."""
    path = tmp_path / "a.gpkg"
    write_layer(SQUARE, path)
    before = path.read_bytes()

    def held(self, target):
        raise PermissionError(13, "另一个程序正在使用此文件", str(self), 32, str(target))

    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr(Path, "rename", held)
    with pytest.raises(InputError, match="请关闭正在使用它的程序"):
        write_layer(SQUARE.assign(a=2), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]
