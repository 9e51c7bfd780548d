"""Values that formats are bad at: read back the same, or told."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, box

from landgis.errors import InputError
from landgis.formats.registry import write_layer
from landgis.layers.read import list_layers, read_layer

ALL = ("gpkg", "gdb", "geojson", "fgb", "parquet", "shp", "csv")
X, Y = 509_500, 3_416_500


def layer(shapes=None, **columns):
    count = len(next(iter(columns.values()), shapes))
    boxes = [box(X + 9 * k, Y, X + 9 * k + 5, Y + 5) for k in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes or boxes, crs=4549)


def back(tmp_path, frame, suffix, **options):
    """What a file of a layer reads back as, and the checks that told of losses."""
    path = tmp_path / f"图层.{suffix}"
    told = write_layer(frame, path, **options)
    return read_layer(path).data, told["check"].tolist()


@pytest.mark.parametrize("suffix", ALL)
def test_days(tmp_path, suffix):
    days = [date(2025, 1, 8), None, date(1999, 12, 31)]
    data, told = back(tmp_path, layer(批准=days), suffix)
    assert [None if pd.isna(d) else pd.Timestamp(d).date() for d in data["批准"]] == days
    assert told == []


@pytest.mark.parametrize("suffix", ALL)
def test_halves_of_characters(tmp_path, suffix):
    names = pd.Series(["坏\ud800字", None, "好"], dtype="object")
    data, told = back(tmp_path, layer(名称=names), suffix)
    assert [v or None for v in data["名称"].fillna("")] == ["坏�字", None, "好"]
    assert "export.characters" in told


@pytest.mark.parametrize("suffix", ALL)
def test_times(tmp_path, suffix):
    times = pd.to_datetime(["2025-01-08 10:30:15", None])
    data, told = back(tmp_path, layer(时间=times), suffix)
    if suffix == "shp":
        assert told == ["export.times"]
        assert data["时间"][0] == "2025-01-08T10:30:15"
        assert data["时间"].isna().tolist() == [False, True]
    else:
        read = pd.to_datetime(data["时间"]).dt.tz_localize(None)
        assert read.isna().tolist() == [False, True]
        assert read[0] == times[0]


@pytest.mark.parametrize("suffix", ALL)
@pytest.mark.parametrize("flags", [[True, False], [True, None]])
def test_truth(tmp_path, suffix, flags):
    data, told = back(tmp_path, layer(在册=flags), suffix)
    assert [None if pd.isna(flag) else bool(flag) for flag in data["在册"]] == flags
    assert told == []


@pytest.mark.parametrize("suffix", ALL)
def test_numbers_beyond_64_bits_are_text_and_told(tmp_path, suffix):
    for numbers in (
        np.array([2**63 + 1, 7], dtype="uint64"),
        pd.Series([12345678901234567890, 1], dtype=object),
    ):
        data, told = back(tmp_path, layer(编号=numbers), suffix)
        assert told == ["export.numbers"]
        assert data["编号"].tolist() == [str(number) for number in numbers]


@pytest.mark.parametrize("suffix", ALL)
def test_ids_of_twenty_digits_stay_text(tmp_path, suffix):
    ids = ["33050200100120250001", "00000000000000000001"]
    data, told = back(tmp_path, layer(BDCDYH=ids), suffix)
    assert data["BDCDYH"].tolist() == ids
    assert told == []


@pytest.mark.parametrize("suffix", ALL)
def test_whole_numbers_up_to_the_limit(tmp_path, suffix):
    numbers = [2**53 - 1, -5]
    data, told = back(tmp_path, layer(数=numbers), suffix)
    # File Geodatabase has 32 bits: what is larger is text, digit by digit
    assert list(map(int, data["数"])) == numbers
    assert told == (["export.numbers"] if suffix == "gdb" else [])


@pytest.mark.parametrize("suffix", ALL)
def test_long_chinese_text(tmp_path, suffix):
    text = "坐落于某某街道某某路以东、某某河以南" * 10
    data, told = back(tmp_path, layer(说明=[text, ""]), suffix)
    assert data["说明"][0] == (text[:84] if suffix == "shp" else text)
    # these know no difference between empty and missing
    assert data["说明"].isna()[1] == (suffix in {"shp", "csv"})
    assert told == (["export.text"] if suffix == "shp" else [])


@pytest.mark.parametrize("suffix", ALL)
def test_what_a_spreadsheet_or_markup_would_take_amiss(tmp_path, suffix):
    texts = ["=1+1", "'=1", "-东村", "@a", '引号"和,逗号', "换\n行", "<b>&amp;</b>", "+86", "nan"]
    data, _ = back(tmp_path, layer(文=texts), suffix)
    assert data["文"].tolist() == texts


def test_no_cell_of_a_table_is_a_formula(tmp_path):
    write_layer(layer(文=["=HYPERLINK(1)", "@x", "\t=1", "'+1"]), tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert all(line.startswith(("文", "'", "\"'")) for line in lines)


def test_a_table_opens_as_a_layer_elsewhere(tmp_path):
    frame = layer(文=["甲", "乙"], 数=[1.5, 2.0], 号=["001", "002"])
    write_layer(frame, tmp_path / "a.csv")
    data = gpd.read_file(tmp_path / "a.csv")
    assert data.crs.to_epsg() == 4549
    assert data.geometry.geom_equals_exact(frame.geometry, 1e-9).all()
    assert data["数"].tolist() == [1.5, 2.0]
    assert data["号"].tolist() == ["001", "002"]


def test_a_table_of_somebody_else(tmp_path):
    path = tmp_path / "a.csv"
    shape = f"POLYGON(({X} {Y},{X + 9} {Y},{X} {Y + 9},{X} {Y}))"
    rows = ["编号,面积,图形", f'001,2.5,"{shape}"', "002,,"]
    path.write_bytes("\n".join(rows).encode("gbk"))
    data = read_layer(path, crs=4549).data
    assert data["编号"].tolist() == ["001", "002"]
    assert data["面积"].tolist()[0] == 2.5
    assert data.geometry.isna().tolist() == [False, True]
    path.write_bytes("\n".join([*rows, "003,1,POLYGON((1 2"]).encode("gbk"))
    with pytest.raises(InputError, match="第 4 行的图形不是有效的 WKT"):
        read_layer(path, crs=4549)


@pytest.mark.parametrize("suffix", ALL)
def test_heights(tmp_path, suffix):
    high = shapely.force_3d(box(X, Y, X + 5, Y + 5), 7.5)
    data, told = back(tmp_path, layer([high], 名=["a"]), suffix)
    assert shapely.get_coordinates(data.geometry.array, include_z=True)[:, 2].tolist() == [7.5] * 5
    assert told == []


@pytest.mark.parametrize("suffix", ALL)
def test_measures_are_kept_or_told(tmp_path, suffix):
    line = shapely.from_wkt(f"LINESTRING M ({X} {Y} 1, {X + 9} {Y} 2)")
    data, told = back(tmp_path, layer([line], 名=["a"]), suffix)
    kept = bool(shapely.has_m(data.geometry.array).all())
    assert kept == (told == [])
    assert kept or told == ["export.m"]
    assert shapely.get_coordinates(data.geometry.array).tolist() == [[X, Y], [X + 9, Y]]


@pytest.mark.parametrize("suffix", ALL)
def test_shapes_of_several_kinds(tmp_path, suffix):
    shapes = [box(X, Y, X + 5, Y + 5), Point(X, Y), LineString([(X, Y), (X + 5, Y)])]
    frame = layer(shapes, 名=["a", "b", "c"])
    if suffix in {"shp", "gdb"}:
        with pytest.raises(InputError, match=r"一种图形.*LineString、Point、Polygon"):
            back(tmp_path, frame, suffix)
    else:
        data, _ = back(tmp_path, frame, suffix)
        assert data.geom_type.tolist() == ["Polygon", "Point", "LineString"]


@pytest.mark.parametrize("suffix", ALL)
def test_with_and_without_heights_together(tmp_path, suffix):
    shapes = [box(X, Y, X + 5, Y + 5), shapely.force_3d(box(X, Y, X + 5, Y + 5), 7.5)]
    frame = layer(shapes, 名=["a", "b"])
    if suffix == "fgb":
        with pytest.raises(InputError, match="高程"):
            back(tmp_path, frame, suffix)
    else:
        data, _ = back(tmp_path, frame, suffix)
        assert data.geometry.force_2d().geom_equals(frame.geometry.force_2d()).all()


@pytest.mark.parametrize("suffix", ALL)
def test_layers_without_rows(tmp_path, suffix):
    frame = layer(名=["a"], 数=[1.5]).iloc[:0]
    data, told = back(tmp_path, frame, suffix)
    assert len(data) == 0
    assert data.crs.to_epsg() == 4549
    # without a row GeoJSON names no field
    assert list(data.columns) == (["geometry"] if suffix == "geojson" else list(frame.columns))
    assert told == []


@pytest.mark.parametrize("suffix", ALL)
def test_layers_without_fields(tmp_path, suffix):
    frame = gpd.GeoDataFrame(geometry=[box(X, Y, X + 5, Y + 5)], crs=4549)
    data, _ = back(tmp_path, frame, suffix)
    assert data.geometry.geom_equals(frame.geometry).all()


@pytest.mark.parametrize("suffix", ["gpkg", "gdb"])
def test_layer_names(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    write_layer(layer(名=["a"]), path, layer="宗地_2025年（调整后）")
    assert list_layers(path)[0].startswith("宗地_2025年")
    assert read_layer(path).data["名"].tolist() == ["a"]


@pytest.mark.parametrize("suffix", ALL)
def test_columns_of_mixed_kinds_are_text_and_told(tmp_path, suffix):
    data, told = back(tmp_path, layer(混=pd.Series([1, "甲", 2.5], dtype=object)), suffix)
    assert data["混"].tolist() == ["1", "甲", "2.5"]
    assert told == ["export.kinds"]


def test_points_take_the_names_of_the_text(tmp_path):
    frame = layer(parcel_id=["A-1"], name=["东村"], category=["住宅用地"], recorded_area_m2=[25.0])
    path = tmp_path / "a.txt"
    told = write_layer(frame, path)
    assert told["check"].tolist() == ["export.points"]
    data = read_layer(path).data
    assert data.loc[0, ["DKBH", "DKMC", "DKYT", "DKMJ"]].tolist() == [
        "A-1",
        "东村",
        "住宅用地",
        0.0025,
    ]
    write_layer(layer(地块编号=["B-2"], 宗地名称=["西村"]), path)
    assert read_layer(path).data.loc[0, ["DKBH", "DKMC"]].tolist() == ["B-2", "西村"]


def test_every_part_and_hole_comes_back(tmp_path):
    hollow = Polygon(box(X, Y, X + 9, Y + 9).exterior, [box(X + 2, Y + 2, X + 4, Y + 4).exterior])
    shape = MultiPolygon([hollow, box(X + 20, Y, X + 30, Y + 9)])
    for suffix in (*ALL, "txt", "xlsx"):
        path = tmp_path / f"a.{suffix}"
        write_layer(layer([shape], 名=["a"]), path)
        data = read_layer(path, crs=4549).data
        assert data.geometry.iloc[0].hausdorff_distance(shape) < 1e-3, suffix
        assert data.area.iloc[0] == pytest.approx(shape.area), suffix
