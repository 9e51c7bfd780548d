"""Layers to read: boxes in 湖州 (zone 40), written the way bureaus write them."""

import geopandas as gpd
import pyogrio
import pytest
from shapely import box

EAST, NORTH = 509_500, 3_416_500


def _square(x, y, width, height=None):
    """A box of ``width`` × ``height`` metres, x and y metres from a corner in 湖州, EPSG:4549."""
    height = width if height is None else height
    return box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + height)


@pytest.fixture
def layer():
    return gpd.GeoDataFrame(
        {"DKBH": ["1", "2"], "名称": ["东村一号", "西村（二期）"], "DKMJ": [2.0, 1.0]},
        geometry=[_square(0, 0, 200, 100), _square(200, 0, 100)],
        crs=4549,
    )


@pytest.fixture
def shapefile(tmp_path, layer):
    """Write a shapefile with the labels that are asked for; the text is in ``encoding``."""

    def write(frame=layer, *, encoding="UTF-8", cpg=None, ldid=0, prj=True, name="地块"):
        path = tmp_path / f"{name}.shp"
        pyogrio.write_dataframe(frame, path, encoding=encoding)
        path.with_suffix(".cpg").unlink(missing_ok=True)
        if cpg is not None:
            path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
        if not prj:
            path.with_suffix(".prj").unlink()
        dbf = bytearray(path.with_suffix(".dbf").read_bytes())
        dbf[29] = ldid
        path.with_suffix(".dbf").write_bytes(dbf)
        return path

    return write


def _verdicts(findings, check):
    """Verdicts of one check, in order."""
    return findings.loc[findings["check"] == check, "verdict"].tolist()


@pytest.fixture(name="square")
def square_fixture():
    return _square


@pytest.fixture(name="verdicts")
def verdicts_fixture():
    return _verdicts
