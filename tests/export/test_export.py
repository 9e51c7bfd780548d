"""Layers written by landgis: read back the same, or told what was lost."""

import sqlite3
import zipfile
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from shapely import MultiPolygon, Polygon, box

from landgis.errors import CRSError, InputError
from landgis.export.run import export_layers, run_layers
from landgis.findings import Finding, findings_table, tell
from landgis.formats.registry import FORMATS, write_layer, write_layers
from landgis.formats.shapefile import short_names
from landgis.language import basis_name
from landgis.layers.fields import as_parcels
from landgis.layers.read import inspect_layer, read_layer
from landgis.plan.model import Plan
from landgis.regions.read import read_regions
from landgis.results import Results
from landgis.schema import CROSSWALK, PARCELS, REGIONS, conform

LOSSLESS = ("gpkg", "gdb", "geojson", "fgb", "parquet", "shp", "shp.zip", "gdb.zip")


@pytest.fixture
def layer():
    hollow = box(509500, 3416500, 509700, 3416600).difference(box(509550, 3416530, 509600, 3416580))
    return gpd.GeoDataFrame(
        {
            "编号": ["001", "A/2", ""],
            "规划用途名称": ["住宅用地", "=1+1", "工业<&\">'用地"],
            "面积_平方米": [17500.123456, 1e-3, np.nan],
            "层数": [1, -2, 3],
        },
        geometry=[
            hollow,
            MultiPolygon(
                [box(509800, 3416500, 509900, 3416600), box(510000, 3416500, 510001.123, 3416501)]
            ),
            Polygon([(509500.0005, 3416700), (509600, 3416700.12345), (509550, 3416800)]),
        ],
        crs=4549,
    )


@pytest.mark.parametrize("suffix", LOSSLESS)
@pytest.mark.parametrize("crs", [4549, 4528, 4490])
def test_what_is_written_reads_back(tmp_path, layer, suffix, crs):
    layer = layer.to_crs(crs)
    path = tmp_path / f"地块.{suffix}"
    write_layer(layer, path)
    data = read_layer(path).data
    assert data.crs.to_epsg() == crs
    millimetre = 1e-3 if crs != 4490 else 1e-8
    moved = shapely.hausdorff_distance(data.geometry.array, layer.geometry.array)
    assert moved.max() < millimetre
    assert list(data.columns) == list(layer.columns)
    if suffix.startswith("shp"):  # which knows no difference between empty and missing
        data["编号"] = data["编号"].fillna("")
    pd.testing.assert_frame_equal(
        pd.DataFrame(data.drop(columns="geometry")),
        pd.DataFrame(layer.drop(columns="geometry")),
        check_dtype=False,
    )


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_shapefile_says_its_encoding_and_saves_its_names(tmp_path, layer, encoding):
    path = tmp_path / "地块.shp"
    findings = write_layer(layer, path, encoding=encoding)
    assert path.with_suffix(".cpg").read_text().strip() == encoding
    assert (path.with_suffix(".dbf").read_bytes()[29] == 0x4D) == (encoding == "GBK")
    assert findings["check"].tolist() == ["export.names"]
    rows = path.with_suffix(".fields.csv").read_text(encoding="utf-8-sig").splitlines()
    cut = {"UTF-8": "规划用", "GBK": "规划用途名"}[encoding]
    assert rows[0] == "field,name"
    assert f"{cut},规划用途名称" in rows
    assert cut in pyogrio.read_info(path, encoding=encoding)["fields"]
    data, findings = read_layer(path)
    assert list(data.columns) == list(layer.columns)
    assert "fail" not in set(findings["verdict"])


def test_an_older_map_of_names_does_not_outlive_its_shapefile(tmp_path, layer):
    path = tmp_path / "a.shp"
    write_layer(layer, path)
    write_layer(layer[["编号", "层数", "geometry"]].rename(columns={"层数": "规划用"}), path)
    assert list(read_layer(path).data.columns) == ["编号", "规划用", "geometry"]


def test_text_too_long_for_a_shapefile_is_told(tmp_path, layer):
    findings = write_layer(layer.assign(编号="长" * 100), tmp_path / "a.shp")
    assert findings["check"].tolist() == ["export.text", "export.names"]
    assert "3 行" in tell(findings)["message"][0]
    assert read_layer(tmp_path / "a.shp").data["编号"].str.len().tolist() == [84] * 3


def test_letters_that_gbk_lacks_are_refused(tmp_path, layer):
    with pytest.raises(InputError, match="“😀”不在 GBK"):
        write_layer(layer.assign(编号="a😀"), tmp_path / "a.shp", encoding="GBK")
    assert list(tmp_path.iterdir()) == []


def test_kml_is_degrees(tmp_path, layer):
    write_layer(layer, tmp_path / "a.kml")
    data = read_layer(tmp_path / "a.kml", to_crs=4549).data
    assert data.geometry.hausdorff_distance(layer.geometry).max() < 1e-3
    assert data["规划用途名称"].tolist() == layer["规划用途名称"].tolist()
    assert data["层数"].tolist() == [1, -2, 3]


def test_boundary_points(tmp_path, layer):
    frame = layer.rename(columns={"编号": "DKBH", "规划用途名称": "DKYT"})
    findings = write_layer(frame, tmp_path / "a.txt")
    assert findings["check"].tolist() == ["export.fields"]
    data = read_layer(tmp_path / "a.txt", crs=4549).data
    assert data.geometry.hausdorff_distance(layer.geometry).max() < 1e-3
    assert data["DKBH"].tolist() == ["001", "A/2", "3"]
    assert data["DKYT"].tolist() == frame["DKYT"].tolist()


def test_text_header_names_the_zone(tmp_path, layer):
    for crs in (4549, 4528):
        write_layer(layer.to_crs(crs), tmp_path / "a.txt")
        assert read_layer(tmp_path / "a.txt").data.crs.to_epsg() == crs


@pytest.mark.parametrize("crs", [4549, 4528, 4498, 2385])
def test_a_workbook_states_its_system(tmp_path, layer, crs):
    layer = layer.set_crs(crs, allow_override=True)
    zones = {4528: 40e6, 4498: 20e6}  # eastings that carry the zone
    layer = layer.set_geometry(layer.geometry.translate(zones.get(crs, 0)))
    path = tmp_path / "a.xlsx"
    write_layer(layer.rename(columns={"编号": "DKBH"}), path)
    for sheet in (None, "界址点"):
        report = inspect_layer(path, layer=sheet)
        assert (report.crs, report.count) == (f"EPSG:{crs}", 3)
    if crs != 2385:  # 1980西安 is not read without parameters
        data = read_layer(path).data
        assert data.crs.to_epsg() == crs
        assert data.geometry.hausdorff_distance(layer.geometry).max() < 1e-3


def test_archives_hold_a_layer_by_their_name(tmp_path, layer):
    for name, inside in (
        ("甲.shp.zip", "甲.shp"),
        ("甲.zip", "甲.shp"),
        ("甲_1.2.ZIP", "甲_1.2.shp"),
        ("甲.gpkg.zip", "甲.gpkg"),
        ("甲.gdb.zip", "甲.gdb"),
    ):
        findings = write_layer(layer, tmp_path / name)
        assert set(findings["subject"]) <= {name}
        with zipfile.ZipFile(tmp_path / name) as archive:
            held = {member.split("/")[0] for member in archive.namelist()}
            assert all(m.flag_bits & 0x800 for m in archive.infolist())  # names in UTF-8
        assert inside in held
        if inside.endswith(".shp"):
            stem = inside.removesuffix("shp")
            assert {f"{stem}{s}" for s in ("shx", "dbf", "prj", "cpg", "fields.csv")} < held
        else:
            assert len(held) == 1
    assert len(list(tmp_path.iterdir())) == 5
    with pytest.raises(InputError, match=r"不能写出 .zip"):
        write_layer(layer, tmp_path / "甲.gml.zip")


def test_several_layers_in_a_zipped_geodatabase(tmp_path, layer):
    write_layers({"甲": layer, "乙": layer.iloc[:1]}, tmp_path / "a.gdb.zip")
    assert len(read_layer(tmp_path / "a.gdb.zip", layer="乙").data) == 1


def test_boundary_points_of_degrees_are_in_metres(tmp_path, layer):
    for suffix in ("txt", "xlsx"):
        findings = write_layer(layer.to_crs(4490), tmp_path / f"a.{suffix}")
        assert findings["check"].tolist() == ["export.crs", "export.points", "export.fields"]
        data = read_layer(tmp_path / f"a.{suffix}", crs=4549).data
        assert data.geometry.hausdorff_distance(layer.geometry).max() < 1e-3


def test_names_in_a_workbook_are_never_formulas(tmp_path, layer):
    import openpyxl

    frame = layer.rename(columns={"编号": "DKBH", "规划用途名称": "DKMC"})
    write_layer(frame, tmp_path / "a.xlsx")
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "a.xlsx").active for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert "=1+1" in {cell.value for cell in cells}
    assert read_layer(tmp_path / "a.xlsx", crs=4549).data["DKMC"].tolist()[1] == "=1+1"


def test_recorded_area_in_another_unit_is_not_written_as_hectares(tmp_path, layer):
    for recorded, written in ((1.76, 1.76), (17600.0, 1.75)):
        write_layer(layer.iloc[:1].assign(DKMJ=recorded), tmp_path / "a.txt")
        assert read_layer(tmp_path / "a.txt").data["DKMJ"].tolist() == [written]


def test_times_lists_and_categories(tmp_path, layer):
    frame = layer.assign(
        批准=pd.Timestamp("2025-01-08 10:30"),
        乡镇=[("织里镇", "八里店镇"), (), ("东林镇",)],
        类=pd.Categorical(["a", "b", "a"]),
    )
    findings = write_layer(frame, tmp_path / "a.gpkg")
    data = read_layer(tmp_path / "a.gpkg").data
    assert findings["check"].tolist() == ["export.lists"]
    assert data["乡镇"].tolist() == ["织里镇、八里店镇", "", "东林镇"]
    assert data["类"].tolist() == ["a", "b", "a"]
    assert data["批准"].iloc[0] == pd.Timestamp("2025-01-08 10:30")
    write_layer(frame, tmp_path / "a.shp")
    assert read_layer(tmp_path / "a.shp").data["批准"].iloc[0] == "2025-01-08T10:30:00"


def test_missing_and_empty_shapes_survive(tmp_path, layer):
    layer.loc[1, "geometry"] = None
    for suffix in LOSSLESS:
        path = tmp_path / f"a.{suffix}"
        write_layer(layer, path)
        assert read_layer(path).data.geometry.isna().tolist() == [False, True, False], suffix


def test_input_is_left_alone(tmp_path, layer):
    before = layer.copy()
    for suffix in (*LOSSLESS, "kml"):
        write_layer(layer, tmp_path / f"a.{suffix}")
    assert layer.equals(before)


def test_refusals(tmp_path, layer):
    with pytest.raises(InputError, match=r"不能写出 .doc"):
        write_layer(layer, tmp_path / "a.doc")
    with pytest.raises(InputError, match="文件夹不存在"):
        write_layer(layer, tmp_path / "无" / "a.gpkg")
    with pytest.raises(CRSError):
        write_layer(layer.set_crs(None, allow_override=True), tmp_path / "a.gpkg")
    with pytest.raises(InputError, match="UTF-8 或 GBK"):
        write_layer(layer, tmp_path / "a.shp", encoding="BIG5")


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "gdb", "parquet", "txt", "shp.zip"])
def test_a_failed_write_leaves_what_was_there(tmp_path, layer, suffix, monkeypatch):
    path = tmp_path / f"a.{suffix}"
    write_layer(layer, path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def fail(*_, **__):
        raise OSError("no space left on device")

    monkeypatch.setattr(pyogrio, "write_arrow", fail)
    monkeypatch.setattr(parquet.ParquetWriter, "write_table", fail)
    monkeypatch.setattr("landgis.formats.points_files.write_points_text", fail)
    with pytest.raises(InputError, match="no space"):
        write_layer(layer.iloc[:1], path)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_writing_again_replaces(tmp_path, layer):
    for suffix in (*LOSSLESS, "txt", "xlsx", "kml"):
        path = tmp_path / f"a.{suffix}"
        write_layer(layer, path)
        write_layer(layer.iloc[:1], path)
        assert len(read_layer(path, crs=4549 if suffix in {"txt", "xlsx"} else None).data) == 1, (
            suffix
        )
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


names = st.lists(
    st.text("abcAB_宗地代码面积123", min_size=1, max_size=14), min_size=1, max_size=12, unique=True
)


@given(names, st.sampled_from(["UTF-8", "GBK"]))
def test_short_names_fit_and_differ(full, encoding):
    short = short_names(full, encoding=encoding)
    assert list(short.values()) == full
    assert all(0 < len(name.encode(encoding)) <= 10 for name in short)
    assert len({name.upper() for name in short}) == len(full)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.text(
            st.characters(codec="gbk", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Co"]),
            max_size=20,
        ),
        min_size=1,
        max_size=5,
    ),
    numbers=st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 4)), min_size=5, max_size=5),
    suffix=st.sampled_from(LOSSLESS),
    encoding=st.sampled_from(["UTF-8", "GBK"]),
)
def test_any_text_and_number_reads_back(tmp_path, texts, numbers, suffix, encoding):
    count = len(texts)
    squares = shapely.box(
        5e5 + 10 * np.arange(count), 3.4e6, 5e5 + 9 + 10 * np.arange(count), 3.4e6 + 9
    )
    layer = gpd.GeoDataFrame({"文": texts, "数": numbers[:count]}, geometry=squares, crs=4549)
    path = tmp_path / f"a.{suffix}"
    write_layer(layer, path, encoding=encoding)
    data = read_layer(path, encoding=encoding if suffix == "shp" else None).data
    assert data["文"].tolist() == texts
    assert np.allclose(data["数"], numbers[:count], rtol=1e-15, atol=1e-9)


# ---------------------------------------------------------------- a run


@pytest.fixture
def results():
    parcels = gpd.GeoDataFrame(
        {
            "parcel_id": ["1", "2"],
            "name": ["东村", "=HYPERLINK(1)"],
            "category": ["住宅用地", "工业用地"],
            "basis": ["", "sample"],
        },
        geometry=[box(509500, 3416500, 509700, 3416600), box(509700, 3416500, 509800, 3416600)],
        crs=4549,
    )
    regions = gpd.GeoDataFrame(
        {"region_id": ["a", "z"], "name": ["东区", "市直"]},
        geometry=[box(509000, 3416000, 510000, 3417000), Polygon()],
        crs=4549,
    )
    pieces = {"parcel_id": ["1", "2"], "region_id": ["a", "a"], "area_m2": [2e4, 1e4], "share": 1.0}
    found = [
        Finding(check="parcels.area", verdict="fail", message="面积不符。", subject="1"),
        Finding(check="parcels.outside", verdict="pass", message="在内。", subject="1"),
        Finding(check="parcels.area", verdict="pass", message="相符。", subject="2"),
        Finding(check="totals.cell", verdict="unknown", message="缺数。", region="东区"),
    ]
    return Results(
        name="lianzhou-2025",
        title="连州",
        plan=Plan(document="a.txt"),
        parcels=gpd.GeoDataFrame(conform(parcels, PARCELS), crs=4549),
        regions=gpd.GeoDataFrame(conform(regions, REGIONS), crs=4549),
        townships=gpd.GeoDataFrame(conform(regions.iloc[:1], REGIONS), crs=4549),
        crosswalk=conform(pd.DataFrame(pieces), CROSSWALK),
        findings=findings_table(found),
    )


def test_a_run_in_degrees_is_exported_as_a_raster_in_the_plane(tmp_path, results):
    results = replace(results, parcels=results.parcels.to_crs(4490))
    (file,) = export_layers(results, tmp_path, formats=("tif",))
    with rasterio.open(file) as source:
        assert source.crs.to_epsg() == 4549
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_a_run_is_exported(tmp_path, results):
    files = export_layers(results, tmp_path / "out", formats=tuple(f for f in FORMATS))
    assert all(f.exists() for f in files)
    gpkg = tmp_path / "out" / "lianzhou-2025.gpkg"
    assert files[0] == gpkg
    names = [str(name) for name, _ in pyogrio.list_layers(gpkg)]
    assert names == ["宗地", "计划区域", "乡镇街道", "宗地与区域", "layer_styles"]
    parcels = read_layer(gpkg, layer="宗地").data
    assert parcels["检查结果"].tolist() == ["不通过", "通过"]
    assert parcels["检查说明"].tolist() == ["面积不符。", ""]
    assert parcels["数据性质"].tolist() == ["", "示例"]
    assert parcels["名称"].tolist() == ["东村", "=HYPERLINK(1)"]
    regions = read_layer(gpkg, layer="计划区域").data
    assert regions["检查结果"].tolist() == ["无法判定", ""]
    pieces = pyogrio.read_dataframe(gpkg, layer="宗地与区域")
    assert pieces["面积_平方米"].tolist() == [2e4, 1e4]


def test_styles_that_qgis_reads(tmp_path, results):
    export_layers(results, tmp_path, formats=("gpkg",))
    with sqlite3.connect(tmp_path / "lianzhou-2025.gpkg") as database:
        rows = database.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
        ).fetchall()
        columns = dict(
            database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns")
        )
    database.close()
    assert [row[0] for row in rows] == ["宗地", "计划区域", "乡镇街道"]
    assert all(columns[name] == column and default for name, column, default, _ in rows)
    from lxml import etree

    style = etree.fromstring(rows[0][3].encode())
    assert [c.get("value") for c in style.iter("category")] == ["住宅用地", "工业用地", ""]
    assert style.find("renderer-v2").get("attr") == "用途"


def test_shapefiles_of_a_run(tmp_path, results):
    files = export_layers(results, tmp_path, formats=("shp",), encoding="GBK")
    names = ["宗地", "计划区域", "乡镇街道"]
    written = [f"{name}{suffix}" for name in names for suffix in (".shp", ".qml", ".sld")]
    assert [f.name for f in files] == [*written, "导出说明.csv"]
    data = read_layer(tmp_path / "shp" / "宗地.shp").data
    assert "登记面积_平方米" in data.columns
    assert data["用途"].tolist() == ["住宅用地", "工业用地"]


def test_boundary_points_of_a_run(tmp_path, results):
    files = export_layers(results, tmp_path, formats=("txt",))
    assert [f.name for f in files] == ["宗地.txt"]
    data = read_layer(files[0]).data
    assert data["DKBH"].tolist() == ["1", "2"]
    assert data["DKYT"].tolist() == ["住宅用地", "工业用地"]
    assert data.area.tolist() == [20000, 10000]
    assert data.crs.to_epsg() == 4549


def test_a_run_in_english(results):
    layers = run_layers(results, lang="en")
    assert list(layers) == ["parcels", "regions", "townships", "crosswalk"]
    assert layers["parcels"]["verdict"].tolist() == ["fail", "pass"]
    assert "recorded_area_m2" in layers["parcels"]


def test_a_region_says_that_its_figure_was_corrected(results):
    rows = [
        {"region": r, "area_ha": 1.0, "source": "s", "how": h}
        for r, h in (("东区", "corrected"), ("市直", "read"))
    ]
    plan = replace(results.plan, targets=pd.DataFrame(rows))
    regions = run_layers(replace(results, plan=plan))["计划区域"]
    assert regions["人工更正"].tolist() == ["是", ""]
    assert "人工更正" not in run_layers(results)["计划区域"]


def test_unknown_format_writes_nothing(tmp_path, results):
    with pytest.raises(InputError, match="doc"):
        export_layers(results, tmp_path / "out", formats=("gpkg", "doc"))
    assert not (tmp_path / "out").exists()


def test_layers_of_a_run_still_say_what_is_invented_when_read_again(tmp_path):
    parcels = conform(
        gpd.GeoDataFrame(
            {"parcel_id": ["a"], "category": ["住宅用地"], "basis": ["sample"]},
            geometry=[box(509500, 3416500, 509700, 3416600)],
            crs=4549,
        ),
        PARCELS,
    )
    regions = conform(
        gpd.GeoDataFrame(
            {"region_id": ["1", "2"], "name": ["东镇", "西镇"], "basis": ["approximate", ""]},
            geometry=[box(509400, 3416400, 509800, 3416700), box(509800, 3416400, 509900, 3416700)],
            crs=4549,
        ),
        REGIONS,
    )
    for titles, table in (("parcels", parcels), ("regions", regions)):
        named = {c.name: c.zh for c in (PARCELS if titles == "parcels" else REGIONS).columns}
        shown = table.rename(columns={**named, "geometry": "geometry"})
        shown["数据性质"] = shown["数据性质"].map(basis_name)
        write_layer(gpd.GeoDataFrame(shown, crs=4549), tmp_path / f"{titles}.gpkg")
    again = as_parcels(read_layer(tmp_path / "parcels.gpkg"))
    assert again.data["basis"].tolist() == ["sample"]
    assert read_regions(tmp_path / "regions.gpkg").data["basis"].tolist() == ["approximate", ""]
