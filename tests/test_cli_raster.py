"""The command `zonal` as a user meets it."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from shapely import box

from landgis.cli import main

X, Y = 509_500, 3_416_500


@pytest.fixture
def files(tmp_path):
    """Two parcels of 20 m × 10 m in longitude and latitude, on cells of 10 m in the plane."""
    shapes = [box(X, Y, X + 20, Y + 10), box(X + 20, Y, X + 40, Y + 10)]
    land = gpd.GeoDataFrame({"ZDDM": ["甲", "乙"], "mean": ["原值", ""]}, geometry=shapes, crs=4549)
    land.to_crs(4490).to_file(tmp_path / "宗地.gpkg")
    options = {"count": 1, "dtype": "uint8", "crs": "EPSG:4549", "nodata": 0}
    place = rasterio.Affine(10, 0, X, 0, -10, Y + 10)
    raster = tmp_path / "坡度.tif"
    with rasterio.open(raster, "w", width=4, height=1, transform=place, **options) as target:
        target.write(np.array([[2, 4, 6, 0]], dtype="uint8"), 1)
    return tmp_path / "宗地.gpkg", raster


def run(capsys, *arguments, code=0):
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    said = capsys.readouterr()
    assert end.value.code == code, said.err
    return said


def test_statistics_beside_the_zones_which_stay_where_they_are(files, tmp_path, capsys):
    said = run(capsys, "zonal", *files, "-o", tmp_path / "统计.gpkg", "--json")
    assert "换算到栅格的" in said.err
    rows = json.loads(said.out)["rows"]
    assert [row["zone"] for row in rows] == ["甲", "乙"]
    assert [row["mean"] for row in rows] == pytest.approx([3, 6], rel=1e-6)
    written = gpd.read_file(tmp_path / "统计.gpkg")
    assert written.crs.to_epsg() == 4490
    assert written["mean"].tolist() == ["原值", ""]
    assert written["mean_1"].tolist() == pytest.approx([3, 6], rel=1e-6)


def test_classes_as_a_table(files, tmp_path, capsys):
    run(capsys, "zonal", *files, "-o", tmp_path / "分类.csv", "--categories")
    table = pd.read_csv(tmp_path / "分类.csv")
    assert table.groupby("zone")["share"].sum().tolist() == pytest.approx([1, 1], rel=1e-9)
    table = table[table["share"] > 0.01]  # a sliver beyond the border, by the conversion
    assert table["zone"].tolist() == ["甲", "甲", "乙", "乙"]
    assert table["category"].astype("Int64").tolist() == [2, 4, 6, pd.NA]
    assert table["share"].tolist() == pytest.approx([0.5] * 4, abs=1e-3)
    assert table.groupby("zone")["area_m2"].sum().tolist() == pytest.approx([200, 200], rel=1e-3)


def test_what_cannot_be_used_is_one_sentence(files, tmp_path, capsys):
    zones, raster = files
    for arguments, words in (
        ([zones, tmp_path / "无.tif", "-o", tmp_path / "a.gpkg"], "读不出来"),
        ([zones, raster, "-o", tmp_path / "a.gpkg", "--band", "3"], "没有波段 3"),
        ([zones, raster, "-o", tmp_path / "a.gpkg", "--categories"], "请写成 .csv"),
        ([zones, raster, "-o", zones], "就是输入文件"),
        ([zones, raster, "-o", tmp_path / "a.gpkg", "--zone-id", "XX"], "XX"),
    ):
        said = run(capsys, "zonal", *arguments, code=2)
        assert words in said.err
        assert said.err.count("\n") == 1
    assert sorted(f.name for f in tmp_path.iterdir()) == ["坡度.tif", "宗地.gpkg"]
