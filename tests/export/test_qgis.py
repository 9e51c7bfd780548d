"""What is exported, opened in QGIS itself; and what a project says where QGIS is not installed."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from lxml import etree
from PIL import Image
from shapely import Polygon, box

from landgis.export.qgis import OTHER, Look, qml, sld
from landgis.export.run import export_layers, fault_layers
from landgis.findings import findings_table
from landgis.layers.read import read_layer
from landgis.plan.model import Plan
from landgis.results import Results

X, Y = 509_500, 3_416_500
QGIS_PYTHON = Path("/usr/bin/python3")
SCRIPT = Path(__file__).parent / "in_qgis.py"


@pytest.fixture
def results():
    parcels = gpd.GeoDataFrame(
        {
            "parcel_id": ["甲", "乙", "丙"],
            "category": ["住宅用地", "商服用地", ""],
            "stated_category": ["住宅", "商服", ""],
            "recorded_area_m2": [2e4, 1e4, 5e3],
            "basis": ["", "sample", ""],
            "备注<&>": ["a\x00b", '"', ""],
        },
        geometry=[box(X + k * 200, Y, X + k * 200 + 100, Y + 200) for k in range(3)],
        crs=4549,
    )
    towns = gpd.GeoDataFrame(
        {
            "region_id": ["r", "s"],
            "name": ["东镇", "市直"],
            "level": ["township", "account"],
            "basis": ["approximate", ""],
        },
        geometry=[box(X - 300, Y - 300, X + 900, Y + 500), Polygon()],
        crs=4549,
    )
    faults = gpd.GeoDataFrame(
        {"check": ["parcels.overlap"], "subject": ["甲"], "message": ["甲：重叠。"]},
        geometry=[box(X, Y, X + 10, Y + 10)],
        crs=4549,
    )
    pairs = {"parcel_id": ["甲"], "region_id": ["r"], "area_m2": [2e4], "share": [1.0]}
    return Results(
        name="东县-2025",
        title="东县2025年度计划",
        plan=Plan(document="计划.docx", title="东县计划"),
        parcels=parcels,
        regions=towns,
        townships=towns.iloc[:1],
        crosswalk=pd.DataFrame(pairs),
        findings=findings_table(),
        faults=faults,
    )


@pytest.fixture
def out(tmp_path, results):
    export_layers(results, tmp_path, formats=("gpkg", "shp"))
    return tmp_path


def test_a_chinese_layer_has_no_code_words(out):
    regions = gpd.read_file(out / "东县-2025.gpkg", layer="计划区域")
    assert regions["级别"].tolist() == ["乡级", "核算单位"]
    parcels = gpd.read_file(out / "东县-2025.gpkg", layer="宗地")
    assert parcels["原文用途"].tolist() == ["住宅", "商服", ""]
    faults = gpd.read_file(out / "东县-2025.gpkg", layer="图形问题_面")
    assert faults["问题类型"].tolist() == ["宗地核对·重叠"]
    columns = {c for frame in (parcels, regions, faults) for c in frame} - {"geometry"}
    assert not [c for c in columns if c.isascii()]


def test_a_fault_shows_its_code_in_no_language(results):
    (layer,) = fault_layers(results.faults, lang="en").values()
    assert layer["check"].tolist() == ["parcels: overlaps"]


def test_the_project_lies_beside_the_geopackage_and_names_it_only(out):
    with zipfile.ZipFile(out / "东县-2025.qgz") as archive:
        assert archive.namelist() == ["东县-2025.qgs"]
        project = etree.fromstring(archive.read("东县-2025.qgs"))
    assert project.findtext("title") == "东县2025年度计划"
    names = [node.get("name") for node in project.find("layer-tree-group")]
    assert names == ["图形问题_面", "宗地", "计划区域", "乡镇街道", "宗地与区域"]
    sources = {node.text for node in project.iter("datasource")}
    assert sources == {f"./东县-2025.gpkg|layername={name}" for name in names}
    assert str(out) not in etree.tostring(project, encoding="unicode")


def test_the_same_run_makes_the_same_project(out, tmp_path, results):
    first = (out / "东县-2025.qgz").read_bytes()
    (tmp_path / "again").mkdir()
    export_layers(results, tmp_path / "again", formats=("gpkg",))
    assert (tmp_path / "again" / "东县-2025.qgz").read_bytes() == first


def test_a_geopackage_says_what_its_layers_are(out):
    import sqlite3

    with sqlite3.connect(out / "东县-2025.gpkg") as database:
        query = "SELECT description FROM gpkg_contents WHERE table_name = '宗地'"
        ((about,),) = database.execute(query).fetchall()
    database.close()
    assert "东县计划 计划.docx" in about
    assert "示例" in about


@pytest.mark.parametrize("kind", ["gpkg", "gdb"])
def test_fields_have_titles_in_the_file(tmp_path, results, kind):
    for lang, layer, field, title in (
        ("zh", "宗地", "登记面积_平方米", "登记面积（平方米）"),
        ("en", "parcels", "recorded_area_m2", "recorded area (m²)"),
    ):
        (tmp_path / lang).mkdir()
        (file, *_) = export_layers(results, tmp_path / lang, formats=(kind,), lang=lang)
        assert read_layer(file, layer=layer).data.attrs["aliases"][field] == title


def test_a_style_escapes_what_stands_in_data():
    look = Look({'<"&\x01': ("名<", "#112233"), OTHER: ("其他", "#888888")}, field='用"途')
    style = etree.fromstring(qml(look).encode())
    assert [c.get("value") for c in style.iter("category")] == ['<"&', ""]
    rules = etree.fromstring(sld(look, "宗地").encode())
    assert len(rules.findall(".//{*}ElseFilter")) == 1
    assert rules.findtext(".//{*}PropertyName") == '用"途'


@pytest.fixture
def seen(out):
    found = QGIS_PYTHON.exists() and subprocess.run(
        [QGIS_PYTHON, "-c", "import qgis.core"], check=False, capture_output=True
    )
    if not found or found.returncode:
        pytest.skip("needs QGIS and its Python (Debian: qgis python3-qgis)")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment = {**kept, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(out)}
    arguments = [out / "东县-2025.qgz", out / "shp" / "宗地.shp", out / "sheet.png"]
    said = subprocess.run(
        [QGIS_PYTHON, SCRIPT, *arguments],
        env=environment,
        capture_output=True,
        check=False,
        timeout=300,
    )
    text = said.stdout.decode()
    assert "SEEN" in text, said.stderr.decode()
    return json.loads(text.split("SEEN", 1)[1])


def test_qgis_opens_the_project(out, seen):
    assert seen["read"]
    assert (seen["title"], seen["crs"]) == ("东县2025年度计划", "EPSG:4549")
    assert seen["order"] == ["图形问题_面", "宗地", "计划区域", "乡镇街道", "宗地与区域"]
    assert all(layer["valid"] for layer in seen["layers"].values())
    land = seen["layers"]["宗地"]
    assert land["rows"] == 3
    assert land["classes"] == [
        ["住宅用地", "住宅用地", "#ffea2d"],
        ["商服用地", "商服用地", "#fc0000"],
        ["", "其他或未注明", "#888888"],
    ]
    assert land["aliases"]["登记面积_平方米"] == "登记面积（平方米）"
    assert land["label"] == "宗地编号"
    assert '[% "宗地编号" %]' in land["tip"]
    assert seen["layers"]["计划区域"]["label"] == "名称"

    beside = seen["shapefile"]
    assert beside["renderer"] == "categorizedSymbol"
    assert beside["aliases"]["登记面"] == "登记面积（平方米）"
    assert beside["label"] == "宗地编"

    assert seen["sheets"] == ["图"]
    assert {"QgsLayoutItemMap", "QgsLayoutItemLegend", "QgsLayoutItemScaleBar"} <= set(
        seen["items"]
    )
    assert seen["drawn"] == 0
    with Image.open(out / "sheet.png") as sheet:
        colours = {c for _, c in sheet.convert("RGB").getcolors(1 << 24)}
    # the colours of homes and shops, over white with the transparency of the fill
    for colour in ((255, 234, 45), (252, 0, 0)):
        mixed = tuple(round(v * 200 / 255 + 255 * 55 / 255) for v in colour)
        assert any(max(abs(a - b) for a, b in zip(mixed, c, strict=True)) <= 3 for c in colours)
