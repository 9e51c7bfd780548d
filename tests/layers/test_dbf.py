"""Fields of a shapefile: the standards' widths where they hold the data, else the data's own."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point, box

from landgis.errors import InputError
from landgis.findings import tell
from landgis.formats import shapefile
from landgis.formats.dbf import STANDARD, beyond_standard, dbf_fields
from landgis.formats.registry import write_layer
from landgis.layers.read import read_layer


def layer(**columns):
    count = len(next(iter(columns.values())))
    boxes = [box(509500 + 10 * k, 3416500, 509510 + 10 * k, 3416510) for k in range(count)]
    return gpd.GeoDataFrame(columns, geometry=boxes, crs=4549)


def test_widths_are_those_of_the_standards(shared):
    table = pd.read_csv(shared / "domain" / "std_fields.csv", dtype=str).set_index("field")
    stated = table["type(memory)"].str.extract(r"^(Char|Float|Int) ([\d./]+)$").dropna()
    for name, (kind, size) in zip(stated.index, stated.to_numpy(), strict=True):
        if kind == "Char":
            assert STANDARD[name] == f"str:{max(map(int, size.split('/')))}", name
        else:
            assert STANDARD[name] in {f"float:{size}", f"int32:{size}"}, name


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_a_written_shapefile_has_the_declared_fields(tmp_path, encoding):
    land = layer(
        ZDDM=["330502001001GB00001", "330502001001GB00002"],
        BDCDYH=["330502001001GB00001W00000000", ""],
        ZDMJ=[17500.5, np.nan],
        KCXS=[0.1234, 0],
        SJNF=[2024, 2025],
        DLBM=["0701", "05H1"],
        用途=["城镇住宅用地", "商服"],
        容积率=[1.25, 2.0],
        层数=[1, -12],
        大数=[2**40, 1],
        在册=[True, False],
    )
    path = tmp_path / "宗地.shp"
    assert write_layer(land, path, encoding=encoding).empty
    with pytest.importorskip("fiona").open(path) as written:
        kinds = dict(written.schema["properties"])
    size = len("城镇住宅用地".encode(encoding))
    assert kinds == {
        "ZDDM": "str:19",
        "BDCDYH": "str:28",
        "ZDMJ": "float:15.2",
        "KCXS": "float:6.4",
        "SJNF": "int32:4",
        "DLBM": "str:5",
        "用途": f"str:{size}",
        "容积率": "float:4.2",
        "层数": "int32:3",
        "大数": "int:13",
        "在册": "bool",
    }
    back = read_layer(path).data
    assert back.geometry.normalize().geom_equals_exact(land.geometry.normalize(), 0).all()
    pd.testing.assert_frame_equal(
        back.drop(columns="geometry"),
        land.drop(columns="geometry").replace({"BDCDYH": {"": np.nan}}),  # empty is missing there
        check_dtype=False,
    )


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
@pytest.mark.parametrize("shape", [box(0, 0, 9, 9), Point(1, 2, 3), LineString([(0, 0), (1, 1)])])
def test_without_fiona_the_file_is_the_same_to_the_byte(tmp_path, monkeypatch, encoding, shape):
    pytest.importorskip("fiona")
    row = {"ZDMJ": [1.5], "三分之一": [1 / 3], "大数": [2**40], "在册": [True], "用途": ["住宅"]}
    land = gpd.GeoDataFrame({**row, "日": [dt.date(2024, 2, 29)]}, geometry=[shape], crs=4549)
    (tmp_path / "with").mkdir()
    write_layer(land, tmp_path / "with" / "a.shp", encoding=encoding)
    monkeypatch.setattr(shapefile.importlib.util, "find_spec", lambda _: None)
    write_layer(land, tmp_path / "a.shp", encoding=encoding)
    names = sorted(f.name for f in (tmp_path / "with").iterdir())
    assert len(names) == 6
    for name in names:
        assert (tmp_path / name).read_bytes() == (tmp_path / "with" / name).read_bytes(), name


def test_what_the_standard_cannot_hold_is_kept_and_told(tmp_path):
    land = layer(ZDMJ=[17500.1234], DLBM=["0701住宅"], zddm=["330502001001GB00001-1"])
    findings = write_layer(land, tmp_path / "a.shp")
    assert findings["check"].tolist() == ["export.width"] * 3
    assert "ZDMJ 的内容超出标准（float:15.2）" in tell(findings)["message"][0]
    back = read_layer(tmp_path / "a.shp").data
    assert back.drop(columns="geometry").to_numpy().tolist() == [
        [17500.1234, "0701住宅", "330502001001GB00001-1"]
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.0, 2.0], "float:3.1"),
        ([-1234.5], "float:7.1"),
        ([np.nan], "float:3.1"),
        ([1 / 3], "float:24.15"),
        ([1e300], "float:24.15"),
        (pd.array([1, None], dtype="Int64"), "int32:1"),
        (pd.array([None], dtype="Int64"), "int32:1"),
        ([""], "str:1"),
        ([None], "str:1"),
        (["长" * 100], "str:254"),
    ],
)
def test_other_fields_are_as_wide_as_what_they_hold(values, kind):
    assert dbf_fields(layer(a=values)) == {"a": kind}
    assert beyond_standard({"a": kind}) == {}


@pytest.mark.parametrize("shape", [Point(509500, 3416500), Point(509500, 3416500, 7)])
def test_points_with_and_without_height(tmp_path, shape):
    points = gpd.GeoDataFrame({"a": ["甲"]}, geometry=[shape], crs=4549)
    write_layer(points, tmp_path / "a.shp")
    assert read_layer(tmp_path / "a.shp").data.geometry.iloc[0].equals_exact(shape, 0)


def test_shapes_of_several_kinds_are_refused(tmp_path):
    mixed = layer(a=["甲", "乙"])
    mixed.loc[1, "geometry"] = LineString([(509500, 3416500), (509600, 3416500)])
    with pytest.raises(InputError, match=r"只能放一种图形.*LineString、Polygon"):
        write_layer(mixed, tmp_path / "a.shp")
    assert not list(tmp_path.iterdir())
