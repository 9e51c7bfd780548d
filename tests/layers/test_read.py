"""Formats, layers in a file, and what the reader reports."""

import shutil
import zipfile

import geopandas as gpd
import pyogrio
import pytest
from shapely import LineString, Polygon

from landgis.errors import InputError, MissingPackageError
from landgis.findings import tell
from landgis.layers.read import inspect_layer, list_layers, read_layer


def same(a, b):
    """Whether two layers have the same shapes, to a millimetre."""
    return a.geometry.hausdorff_distance(b.geometry).max() < 1e-3


@pytest.mark.parametrize("suffix", ["gpkg", "gdb", "geojson", "fgb", "shp", "parquet"])
def test_formats(tmp_path, layer, suffix):
    path = tmp_path / f"地块.{suffix}"
    if suffix == "parquet":
        layer.to_parquet(path)
    else:
        options = {
            "gdb": {"driver": "OpenFileGDB"},
            "geojson": {"RFC7946": "NO"},
            "fgb": {"SPATIAL_INDEX": "NO"},
        }
        pyogrio.write_dataframe(layer, path, **options.get(suffix, {}))
    data, findings = read_layer(path)
    assert same(data, layer)
    assert data["名称"].tolist() == layer["名称"].tolist()
    assert data.crs.to_epsg() == 4549
    assert not (findings["verdict"] == "fail").any()
    report = inspect_layer(path)
    assert (report.crs, report.encoding, report.count) == ("EPSG:4549", "UTF-8", 2)
    assert report.fields == ("DKBH", "名称", "DKMJ")


def test_kml(tmp_path, layer):
    path = tmp_path / "地块.kml"
    pyogrio.write_dataframe(layer.to_crs(4326), path, driver="KML")
    data, _ = read_layer(path, to_crs=4549)
    assert same(data, layer)


def test_kmz(tmp_path, layer):
    kml = tmp_path / "doc.kml"
    pyogrio.write_dataframe(layer.to_crs(4326), kml, driver="KML")
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.write(kml, "doc.kml")
    assert same(read_layer(tmp_path / "a.kmz", to_crs=4549).data, layer)


def zipped(target, *files, folder="资料"):
    with zipfile.ZipFile(target, "w") as archive:
        for file in files:
            archive.write(file, f"{folder}/{file.name}")
    return target


def parts(path):
    return [p for p in path.parent.iterdir() if p.stem == path.stem and p.suffix != ".zip"]


def test_zipped_shapefile(tmp_path, layer, shapefile):
    path = shapefile(encoding="GBK")
    data, _ = read_layer(zipped(tmp_path / "a.zip", *parts(path)))
    assert same(data, layer)
    assert data["名称"].tolist() == layer["名称"].tolist()


def test_zip_with_chinese_names_as_windows_packs_them(tmp_path, layer, shapefile):
    path = shapefile(encoding="GBK")

    class WindowsInfo(zipfile.ZipInfo):
        def _encodeFilenameFlags(self):  # noqa: N802 - the method of zipfile that is replaced
            return self.filename.encode("gbk"), self.flag_bits & ~0x800

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in parts(path):
            archive.writestr(WindowsInfo(f"地块/东{file.suffix}"), file.read_bytes())
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert not any("东" in name for name in archive.namelist())  # cp437, as Python reads it
    assert same(read_layer(tmp_path / "a.zip").data, layer)


def test_archives_in_archives(tmp_path, layer, shapefile):
    path = zipped(tmp_path / "0.zip", *parts(shapefile(encoding="GBK")))
    for k in range(1, 6):
        data = read_layer(path).data if k <= 4 else None
        assert data is None or same(data, layer)
        path = zipped(tmp_path / f"{k}.zip", path)
    with pytest.raises(InputError, match="超过 3 层"):
        read_layer(path)


def test_zip_with_several_layers(tmp_path, layer, shapefile):
    first, second = shapefile(name="甲"), shapefile(layer.iloc[:1], name="乙")
    path = zipped(tmp_path / "a.zip", *parts(first), *parts(second))
    with pytest.raises(InputError, match=r"乙\.shp.*甲\.shp.*layer="):
        read_layer(path)
    assert len(read_layer(path, layer="甲").data) == 2
    assert len(read_layer(path, layer="乙").data) == 1


def test_zipped_geodatabase(tmp_path, layer):
    pyogrio.write_dataframe(layer, tmp_path / "a.gdb", layer="地块", driver="OpenFileGDB")
    archive = shutil.make_archive(str(tmp_path / "a.gdb"), "zip", tmp_path, "a.gdb")
    assert archive.endswith("a.gdb.zip")
    assert same(read_layer(archive).data, layer)
    assert same(read_layer(archive, layer="地块").data, layer)


def test_several_layers_in_a_file(tmp_path, layer):
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(layer, path, layer="宗地")
    pyogrio.write_dataframe(layer.iloc[:1], path, layer="图斑", append=True)
    assert list_layers(path) == ("宗地", "图斑")
    with pytest.raises(InputError, match=r"宗地、图斑.*layer="):
        read_layer(path)
    with pytest.raises(InputError, match="没有图层“宗”，现有：宗地、图斑"):
        read_layer(path, layer="宗")
    assert len(read_layer(path, layer="图斑").data) == 1
    assert inspect_layer(path).layers == ("宗地", "图斑")


def test_drawing(tmp_path, layer):
    lines = [shape.exterior for shape in layer.geometry]
    lines.append(LineString([(509500, 3416500), (509600, 3416600)]))
    drawing = gpd.GeoDataFrame({"Layer": ["红线"] * 3}, geometry=[LineString(x) for x in lines])
    path = tmp_path / "红线.dxf"
    pyogrio.write_dataframe(drawing.set_crs(4549), path, driver="DXF")
    data, findings = read_layer(path, crs=4549)
    assert same(data, layer)
    assert data["Layer"].tolist() == ["红线", "红线"]
    assert findings.loc[findings["check"] == "layer.open_lines", "verdict"].tolist() == ["fail"]


def test_fields_are_renamed(shapefile):
    data, _ = read_layer(shapefile(), fields={"parcel_id": "DKBH", "DKMJ": "名称"})
    assert list(data.columns) == ["parcel_id", "DKMJ", "DKMJ_1", "geometry"]


def test_unknown_field_lists_those_there(shapefile):
    with pytest.raises(InputError, match="没有字段 ZDDM，现有：DKBH、名称、DKMJ"):
        read_layer(shapefile(), fields={"parcel_id": "ZDDM"})


def test_missing_text_is_missing_and_empty_text_empty(tmp_path, layer):
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(layer.assign(ZL=[None, ""]), path)
    told = read_layer(path).data["ZL"]
    assert told.isna().tolist() == [True, False]
    assert told[1] == ""


def test_unclosed_rings_are_closed_and_told(tmp_path, verdicts):
    path = tmp_path / "a.geojson"
    ring = "[[120.1,30.8],[120.2,30.8],[120.2,30.9],[120.1,30.9]]"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
        f'"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}'
    )
    data, findings = read_layer(path)
    assert data.geometry.iloc[0].equals(
        Polygon([(120.1, 30.8), (120.2, 30.8), (120.2, 30.9), (120.1, 30.9)])
    )
    assert verdicts(findings, "layer.unclosed") == ["fail"]


def test_geojson_in_gbk(tmp_path, layer, verdicts):
    path = tmp_path / "a.geojson"
    text = layer.to_crs(4326).to_json(ensure_ascii=False)
    path.write_bytes(text.encode("gbk"))
    data, findings = read_layer(path)
    assert data["名称"].tolist() == layer["名称"].tolist()
    assert verdicts(findings, "layer.encoding") == ["fail"]
    assert inspect_layer(path).encoding == "GB18030"


def test_english(shapefile):
    report = inspect_layer(shapefile(encoding="GBK", cpg="UTF-8"))
    assert not any(
        "一" <= c <= "龥"
        for c in " ".join(tell(report.findings, "en")["message"]).replace("地块", "")
    )


def test_database_without_its_package(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(MissingPackageError, match="psycopg"):
        read_layer("postgresql://gis:secret@localhost/land", layer="parcels")


def test_inspect_tells_faults(tmp_path, layer):
    path = tmp_path / "a.gpkg"
    layer.loc[1, "geometry"] = layer.geometry[0].buffer(-10)
    pyogrio.write_dataframe(layer, path)
    report = inspect_layer(path)
    assert report.findings["check"].tolist()[-1] == "layer.overlap"
    assert report.places["check"].tolist() == ["layer.overlap"]


def test_repair_on_request(tmp_path, layer, verdicts):
    crossed = Polygon([(509500, 3416500), (509600, 3416500), (509600, 3416550), (509650, 3416550),
                       (509600, 3416550), (509600, 3416600), (509500, 3416600)])  # fmt: skip
    layer.loc[0, "geometry"] = crossed
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(layer, path)
    assert not read_layer(path).data.geometry.is_valid.all()
    data, findings = read_layer(path, repair=True)
    assert data.geometry.is_valid.all()
    assert verdicts(findings, "layer.repair") == ["note"]


def test_a_field_named_like_the_shapes(shapefile, layer):
    path = shapefile(layer.rename(columns={"DKBH": "shape_no"}))
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"shape_no", b"geometry"))
    data = read_layer(path).data
    assert data.geometry.is_valid.all()
    assert data["geometry_1"].tolist() == ["1", "2"]


def test_names_that_differ_in_nothing(shapefile, layer):
    path = shapefile(layer.assign(DKBI="x"))
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"DKBI", b"DKBH"))
    data = read_layer(path).data
    assert data["DKBH"].tolist() == ["1", "2"]
    assert data["DKBH_1"].tolist() == ["x", "x"]
