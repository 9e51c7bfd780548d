"""`landgis doctor`: what is there, and what is missing and what for."""

import json
from importlib.metadata import PackageNotFoundError, version

import pytest

from landgis.cli import doctor, main


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

    monkeypatch.setattr(doctor, "version", lambda n: nothing(n) if n == "psycopg" else version(n))
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    lines = [line for line in run(capsys, "--lang", lang).splitlines() if line.startswith("✗")]
    (office,) = [line for line in lines if "LibreOffice" in line]
    assert ".docx" in office
    (base,) = [line for line in lines if "psycopg" in line]
    assert "PostGIS" in base
    assert 'pip install "landgis[postgis]"' in base
