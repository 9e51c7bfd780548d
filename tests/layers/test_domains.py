"""What a GeoPackage and a File Geodatabase say beside their rows: titles, aliases, domains."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from shapely import box

from landgis.findings import tell
from landgis.formats.gdal_write import Domain
from landgis.formats.registry import write_layer
from landgis.layers.fields import as_parcels
from landgis.layers.read import convert_layer, inspect_layer, read_layer

USES = Domain("用途码", {"0701": "城镇住宅用地", "0601": "工业用地"})
STATES = Domain("状态", {1: "已供", 20: "未供"})
SAID = {
    "title": "拟供宗地",
    "aliases": {"DKBH": "地块编号", "YT": "用途"},
    "domains": {"YT": USES, "ZT": STATES},
}


@pytest.fixture
def told():
    """Three parcels of which two have a use and a state by code, one a code that no domain has."""
    shapes = [box(40509500 + 9 * k, 3416500, 40509505 + 9 * k, 3416505) for k in range(3)]
    rows = {"DKBH": ["1", "2", "3"], "YT": ["0701", None, "0601"], "ZT": [1, 7, 20]}
    layer = gpd.GeoDataFrame(rows, geometry=shapes, crs=4528)
    layer.attrs.update(SAID)
    return layer


@pytest.mark.parametrize("suffix", ["gpkg", "gdb"])
def test_codes_stay_codes_and_their_meaning_goes_with_them(tmp_path, told, suffix):
    """GDAL gives fields of whole numbers with a domain as words: 7, which has none, would go."""
    path = tmp_path / f"a.{suffix}"
    assert write_layer(told, path).empty
    for other in ("gpkg", "gdb"):
        again = tmp_path / f"{suffix}.{other}"
        convert_layer(path, again)
        data = read_layer(again).data
        assert data["ZT"].tolist() == [1, 7, 20]
        assert data["YT"].isna().tolist() == [False, True, False]
        assert {name: data.attrs[name] for name in SAID} == SAID
    assert json.loads(json.dumps(data.attrs))["title"] == "拟供宗地"  # as to_parquet does


def test_a_second_layer_shares_a_domain_and_never_changes_one(tmp_path, told):
    path = tmp_path / "a.gpkg"
    write_layer(told, path, layer="one")
    write_layer(told, path, layer="two")
    other = told.copy()
    other.attrs["domains"] = {"YT": Domain("用途码", {"0701": "别的意思"})}
    write_layer(other, path, layer="three")
    domains = {
        name: inspect_layer(path, layer=name).data.attrs["domains"]["YT"]
        for name in ("one", "two", "three")
    }
    assert domains["one"] == domains["two"] == USES
    assert domains["three"] == Domain("用途码_1", {"0701": "别的意思"})


def test_formats_without_domains_say_so(tmp_path, told):
    for suffix in ("shp", "geojson", "fgb", "parquet", "csv", "kml"):
        found = write_layer(told, tmp_path / f"a.{suffix}")
        assert "export.domains" in set(found["check"]), suffix
    assert "YT、ZT" in tell(found[found["check"] == "export.domains"])["message"].item()


def test_uses_given_by_codes_are_read_by_their_domain(tmp_path, told):
    path = tmp_path / "a.gdb"
    write_layer(told[told["YT"].notna()], path)
    parcels = as_parcels(read_layer(path))
    assert parcels.data["category"].tolist() == ["城镇住宅用地", "工业用地"]
    assert parcels.data["stated_category"].tolist() == ["0701", "0601"]
    assert "用途码" in " ".join(tell(parcels.findings)["message"])


def test_gdals_own_tool_sees_them(tmp_path, told):
    if shutil.which("ogrinfo") is None:
        pytest.skip("needs ogrinfo")
    for suffix, key in (("gpkg", "IDENTIFIER"), ("gdb", "ALIAS_NAME")):
        path = tmp_path / f"a.{suffix}"
        write_layer(told, path)
        seen = subprocess.run(
            ["ogrinfo", "-so", path, "a"], capture_output=True, text=True, check=True
        ).stdout
        assert "domain name=用途码" in seen
        assert "domain name=状态" in seen
        assert pyogrio.read_info(path)["layer_metadata"].get(key) == "拟供宗地"
        domain = subprocess.run(
            ["ogrinfo", "-fielddomain", "状态", path], capture_output=True, text=True, check=False
        ).stdout
        assert "20" in domain
        assert "未供" in domain


IN_QGIS = """
import json, sys
from qgis.core import QgsApplication, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
for source in sys.argv[1:]:
    layer = QgsVectorLayer(source, "a", "ogr")
    fields = layer.fields()
    shown = {f.name(): layer.editorWidgetSetup(fields.indexOf(f.name())).config() for f in fields}
    seen = [layer.isValid(), layer.featureCount(), [f.alias() for f in fields], shown]
    print("SEEN" + json.dumps(seen, ensure_ascii=False), flush=True)
"""


def test_qgis_offers_the_meanings_of_codes(tmp_path, told):
    python = Path("/usr/bin/python3")
    asked = [python, "-c", "import qgis.core"]
    if (
        sys.platform != "linux"
        or subprocess.run(asked, capture_output=True, check=False).returncode
    ):
        pytest.skip("needs QGIS")
    paths = [tmp_path / f"a.{suffix}" for suffix in ("gpkg", "gdb")]
    for path in paths:
        write_layer(told, path)
    seen = subprocess.run(
        [python, "-c", IN_QGIS, *paths],
        capture_output=True, text=True, check=False,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "LANG": "C.UTF-8"},
    ).stdout  # fmt: skip
    lines = [json.loads(x.removeprefix("SEEN")) for x in seen.splitlines() if x.startswith("SEEN")]
    assert len(lines) == 2
    for valid, rows, _, fields in lines:
        assert (valid, rows) == (True, 3)
        assert {"已供": "1"} in fields["ZT"]["map"]
    assert "用途" in lines[1][2]  # GDAL before 3.9 knows no aliases of a GeoPackage
