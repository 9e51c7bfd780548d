"""Conversion in parts: the same as the layer in one, whatever source and target."""

import tracemalloc

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from landgis.errors import InputError
from landgis.findings import tell
from landgis.formats.registry import write_layer
from landgis.layers.read import convert_layer, inspect_layer, read_layer, stream_layer

STREAMED = ("gpkg", "gdb", "geojson", "fgb", "parquet", "shp")


@pytest.fixture
def layer():
    """A layer whose parts differ: numbers missing in one, shapes of several parts in another."""
    count = 25
    shapes = [box(509500 + 9 * k, 3416500, 509505 + 9 * k, 3416505) for k in range(count)]
    shapes[20] = MultiPolygon([shapes[20], box(509000, 3416500, 509005, 3416505)])
    shapes[13] = None
    whole = np.arange(count)
    return gpd.GeoDataFrame(
        {
            "名称": [f"地块{k}" * (k + 1) for k in range(count)],
            "层数": pd.array([None if k == 17 else k for k in range(count)], dtype="Int64"),
            "面积_平方米": whole / 8 * 10.0 ** (whole % 5),
            "批准": pd.to_datetime("2025-01-08") + pd.to_timedelta(whole, unit="D"),
        },
        geometry=shapes,
        crs=4549,
    )


def same(one, other):
    assert one.geometry.geom_equals(other.geometry).tolist() == (~one.geometry.isna()).tolist()
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.drop(columns="geometry")),
        pd.DataFrame(other.drop(columns="geometry")),
        check_dtype=False,
    )


@pytest.mark.parametrize("source", STREAMED)
@pytest.mark.parametrize("target", [*STREAMED, "csv", "shp.zip", "gdb.zip"])
def test_parts_give_what_the_whole_gives(tmp_path, layer, source, target):
    first = tmp_path / f"a.{source}"
    write_layer(layer, first)
    results = []
    for rows in (4, 1000):
        path = tmp_path / str(rows) / f"b.{target}"
        path.parent.mkdir()
        converted = convert_layer(first, path, rows=rows, to_crs=4528)
        assert converted.rows == len(layer)
        results.append((read_layer(path).data, converted.findings))
    (parts, told), (whole, told_whole) = results
    assert parts.crs.to_epsg() == 4528
    same(parts, whole)
    assert told["check"].tolist() == told_whole["check"].tolist()


def test_a_stream_is_the_layer(tmp_path, layer):
    path = tmp_path / "a.gpkg"
    write_layer(layer, path)
    with stream_layer(path, rows=4, to_crs=4490) as (frames, decided):
        parts = list(frames)
    assert [len(part) for part in parts] == [4] * 6 + [1]
    assert [index for part in parts for index in part.index] == list(range(25))
    same(pd.concat(parts), read_layer(path, to_crs=4490).data)
    assert "layer.conversion" in {finding.check for finding in decided}


def test_repairs_are_told_once(tmp_path, layer):
    tail = [(0, 0), (5, 0), (5, 2), (8, 2), (5, 2), (5, 5), (0, 5)]
    layer.loc[[2, 23], "geometry"] = [
        Polygon([(509500 + x, 3416500 + y + move) for x, y in tail]) for move in (0, 50)
    ]
    write_layer(layer, tmp_path / "a.gpkg")
    told = convert_layer(tmp_path / "a.gpkg", tmp_path / "b.shp", rows=4, repair=True).findings
    assert told.loc[told["check"] == "layer.repair", "subject"].tolist() == ["2", "23"]
    assert read_layer(tmp_path / "b.shp").data.geometry.dropna().is_valid.all()


def test_a_source_that_breaks_off_leaves_nothing(tmp_path, layer):
    write_layer(layer, tmp_path / "a.parquet")
    raw = bytearray((tmp_path / "a.parquet").read_bytes())
    raw[300:360] = bytes(60)
    (tmp_path / "a.parquet").write_bytes(raw)
    with pytest.raises(InputError, match="无法读取"):
        convert_layer(tmp_path / "a.parquet", tmp_path / "b.gpkg", rows=4)
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]


def test_numbers_and_places_that_cannot_be_are_told(tmp_path):
    shapes = [box(500_000, 3_400_000, 500_010, 3_400_010), box(0, 0, 1e308, 9)]
    frame = gpd.GeoDataFrame({"area": [np.inf, 100.0]}, geometry=shapes, crs=4549)
    frame.to_parquet(tmp_path / "a.parquet")
    told = convert_layer(tmp_path / "a.parquet", tmp_path / "b.gpkg").findings
    assert tell(told.loc[told["verdict"] == "fail"])["message"].tolist() == [
        "a.parquet 有 1 个要素的坐标为 NaN、无穷大或不在地球上。",
        "a.parquet 的字段 area 有 1 个值为无穷大。",
    ]
    seen = inspect_layer(tmp_path / "a.parquet").findings
    assert set(seen.loc[seen["verdict"] == "fail", "check"]) >= {
        "layer.not_finite",
        "layer.numbers",
    }


def test_memory_does_not_grow_with_the_layer(tmp_path):
    peaks = []
    for count in (10_000, 20_000):
        x = np.arange(count) % 1000 * 9.0 + 450_000
        y = np.arange(count) // 1000 * 9.0 + 3_400_000
        shapes = shapely.box(x, y, x + 5, y + 5)
        frame = gpd.GeoDataFrame({"号": np.arange(count)}, geometry=shapes, crs=4549)
        frame.to_file(tmp_path / "a.gpkg")
        del frame, shapes
        tracemalloc.start()
        convert_layer(tmp_path / "a.gpkg", tmp_path / "b.fgb", rows=500)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
