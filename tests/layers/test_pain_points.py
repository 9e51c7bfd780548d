"""What users of such layers complain of, row by row: where each is tested, or tested here."""

import ast
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from landgis.errors import CRSError
from landgis.join.overlay import crosswalk
from landgis.layers.fields import as_parcels
from landgis.layers.read import read_layer
from landgis.measure import area_m2, require_same_crs

TESTS = Path(__file__).parents[1]
TESTED = {
    1: "layers/test_encoding.py::test_bytes_decide_and_labels_are_judged",
    2: "layers/test_encoding.py::test_field_name_cut_within_a_character",
    3: "layers/test_coordinates.py::test_swapped_axes_are_put_right_and_told",
    4: "layers/test_pain_points.py::test_prefixed_eastings_under_a_code_without_prefix",
    5: "layers/test_points.py::test_samples",
    6: "layers/test_points.py::test_workbook_from_excel_with_merged_cells",
    7: "layers/test_pain_points.py::test_areas_of_degrees_are_square_metres",
    8: "test_measure.py::test_survey_and_geodesic_areas_of_the_vectors",
    11: "layers/test_shift.py::test_declared_shift_is_undone",
    13: "layers/test_boundaries.py::test_a_zone_is_cut_out_of_its_district",
    16: "layers/test_coordinates.py::test_old_datums_are_refused_without_parameters",
    17: "layers/test_pain_points.py::test_an_esri_prj_and_an_epsg_code_join",
}
"""Rank of a pain point → the test of a made-up file for it."""
OF_OTHER_ROOMS = {
    9: "Overlay slow / wrong / TopologyException",
    10: "folium in an intranet",
    12: "Tianditu",
    14: "Chinese fonts",
    15: "Filling bureau Excel templates",
}


def test_every_pain_point_of_layers_has_its_test(shared):
    table = pd.read_csv(shared / "domain" / "pain_points.csv").set_index("rank")
    assert set(table.index) == TESTED.keys() | OF_OTHER_ROOMS.keys()
    assert table.loc[list(OF_OTHER_ROOMS), "topic"].to_dict() == OF_OTHER_ROOMS


@pytest.mark.parametrize("test", TESTED.values())
def test_the_tests_are_there(test):
    file, _, name = test.partition("::")
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_prefixed_eastings_under_a_code_without_prefix(shapefile, layer, verdicts):
    """Eastings with 带号 40 under a .prj without one: read as what they are, and told."""
    prefixed = layer.set_geometry(layer.translate(40e6), crs=4549)
    data, findings = read_layer(shapefile(prefixed))
    assert data.crs.to_epsg() == 4528
    assert verdicts(findings, "layer.crs") == ["fail"]
    assert area_m2(data.geometry, method="plane").tolist() == [20000, 10000]
    plain = read_layer(shapefile(layer, name="无带号")).data.to_crs(4490)
    assert data.to_crs(4490).geometry.geom_equals_exact(plain.geometry, 1e-9).all()


def test_prefixed_eastings_under_a_wrong_zone_are_refused(shapefile, layer):
    wrong = layer.set_geometry(layer.translate(38e6), crs=4549)
    with pytest.raises(CRSError, match=r"EPSG:4549.*不符"):
        read_layer(shapefile(wrong))


def test_areas_of_degrees_are_square_metres(tmp_path, layer, verdicts):
    """Recorded 2 and 1 公顷 against a GeoJSON in degrees: m², not square degrees."""
    path = tmp_path / "度.geojson"
    layer.assign(用途="住宅用地").to_crs(4490).to_file(path)
    data, findings = as_parcels(read_layer(path, crs=4490))
    assert data["recorded_area_m2"].tolist() == [20000, 10000]
    assert verdicts(findings, "layer.area_unit") == ["note"]
    ratio = area_m2(data.geometry) / data["recorded_area_m2"]
    assert ratio.between(0.999, 1.001).all()


def test_an_esri_prj_and_an_epsg_code_join(tmp_path, shapefile, layer):
    """A shapefile with ArcGIS's description of EPSG:4528 and a GeoPackage with the code itself."""
    path = shapefile(layer.to_crs(4528), prj=False)
    path.with_suffix(".prj").write_text(layer.to_crs(4528).crs.to_wkt("WKT1_ESRI"), "ascii")
    regions = gpd.GeoDataFrame({"region_id": ["东区"]}, geometry=[layer.union_all()], crs=4549)
    regions.to_crs(4528).to_file(tmp_path / "区.gpkg")
    parcels = read_layer(path, fields={"parcel_id": "DKBH"}).data
    tiles = read_layer(tmp_path / "区.gpkg").data
    assert require_same_crs(parcels, tiles).to_epsg() == 4528
    pieces = crosswalk(parcels, tiles)
    assert pieces["region_id"].tolist() == ["东区", "东区"]
    assert pieces["share"].round(6).tolist() == [1, 1]
