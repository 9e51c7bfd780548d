"""`landgis doctor`: what is there, and what is missing and what for."""

import json
from importlib.metadata import PackageNotFoundError, version

import pytest

from landgis.cli import main, start
from landgis.files import machine


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["doctor", *arguments])
    said = capsys.readouterr()
    assert end.value.code == 0, said.err
    return said.out


def test_versions_and_drivers(capsys):
    told = json.loads(run(capsys, "--json"))
    assert told["versions"]["landgis"] == version("landgis")
    assert {"Python", "GDAL", "PROJ", "GEOS", "rasterio"} <= set(told["versions"])
    found = {part["name"]: part["found"] for part in told["parts"]}
    assert "w" in found["GDAL GPKG"]
    assert "w" in found["GDAL OpenFileGDB"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_missing_is_said_with_its_use_and_remedy(capsys, monkeypatch, lang):
    def nothing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(start, "version", lambda n: nothing(n) if n == "psycopg" else version(n))
    monkeypatch.setattr(machine.shutil, "which", lambda _: None)
    monkeypatch.setattr(machine.glob, "glob", lambda _: [])
    lines = [line for line in run(capsys, "--lang", lang).splitlines() if line.startswith("✗")]
    (office,) = [line for line in lines if "LibreOffice" in line]
    assert ".docx" in office
    assert any("浏览器" in line or "browser" in line for line in lines)
    (base,) = [line for line in lines if "psycopg" in line]
    assert "PostGIS" in base
    assert 'pip install "landgis[postgis]"' in base


@pytest.mark.parametrize(
    ("find", "place"),
    [
        (machine.find_office, "opt/libreoffice7.6/program/soffice"),
        (machine.find_office, "Applications/LibreOffice.app/Contents/MacOS/soffice"),
        (machine.find_office, "Program Files/LibreOffice/program/soffice.exe"),
        (machine.find_browser, "Applications/Safari.app/Contents/MacOS/Safari"),
        (machine.find_browser, "Program Files (x86)/Microsoft/Edge/Application/msedge.exe"),
        (machine.find_browser, "opt/apps/org.deepin.browser/files/org.deepin.browser"),
    ],
)
def test_programs_are_found_at_the_places_of_their_installers(monkeypatch, tmp_path, find, place):
    """Off the PATH, as on Windows and macOS: the system's root is a folder of the test."""
    look, file = machine.glob.glob, tmp_path / place
    monkeypatch.setattr(machine.shutil, "which", lambda _: None)
    monkeypatch.setenv("ProgramFiles", "/Program Files")
    monkeypatch.setenv("ProgramFiles(x86)", "/Program Files (x86)")
    at = lambda pattern: look(str(tmp_path) + pattern.replace("\\", "/"))  # noqa: E731
    monkeypatch.setattr(machine.glob, "glob", at)
    assert find() is None
    file.parent.mkdir(parents=True)
    file.touch()
    assert find() == str(file)
