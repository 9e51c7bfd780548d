"""What the repository ships as data: boundaries and sample parcels, and what their READMEs say."""

import csv
import importlib.util
import re
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from landgis.layers.read import read_layer
from landgis.measure import area_m2
from landgis.regions.read import check_partition
from landgis.schema import BASIS, REGIONS
from landgis.units import M2_PER_UNIT

ROOT = Path(__file__).resolve().parents[1]
BOUNDARIES = ROOT / "data" / "boundaries"
PARCELS = ROOT / "data" / "parcels"


def load(name):
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


make_samples = load("make_samples")
SAMPLES = {sample.plan: sample for sample in make_samples.SAMPLES}


def delivered(sample):
    """A sample layer as read from its file, with the columns of landgis."""
    columns = {field: column for column, field in sample.fields.items()}
    layer = read_layer(PARCELS / sample.file).data.rename(columns=columns)
    return layer.assign(category=layer["category"].fillna(""))


def rows_of(readme):
    """Cells of the table rows of a README that begin with a file name."""
    lines = readme.read_text("utf-8").splitlines()
    return [
        [c.strip() for c in li.split("|")[1:-1]] for li in lines if re.match(r"\| \S+\.\w+ ", li)
    ]


def test_the_boundary_readme_lists_every_layer_and_counts_right():
    told = {(file, layer): int(rows) for file, layer, rows, *_ in rows_of(BOUNDARIES / "README.md")}
    files = sorted(BOUNDARIES.glob("*.gpkg"))
    found = {
        (file.name, layer): pyogrio.read_info(file, layer=layer)["features"]
        for file in files
        for layer, _ in pyogrio.list_layers(file)
    }
    assert told == found


@pytest.mark.parametrize("file", sorted(BOUNDARIES.glob("*.gpkg")), ids=lambda f: f.stem)
def test_boundaries_are_sound_and_say_what_they_are(file):
    districts = gpd.read_file(file, layer="districts")
    townships = gpd.read_file(file, layer="townships")
    for layer in (districts, townships):
        assert set(REGIONS.names) <= set(layer.columns)
        assert layer.crs.to_epsg() == 4326
        assert layer.geometry.is_valid.all()
        assert (layer["source"] != "").all()
        overlaps = [f for f in check_partition(layer) if f.check == "layer.region_overlap"]
        assert overlaps == []
        in_plane = layer.to_crs(4549)
        overlaps = [f for f in check_partition(in_plane) if f.check == "layer.region_overlap"]
        assert overlaps == []
    assert (townships["basis"] == "approximate").all()
    assert set(townships["parent_id"]) <= set(districts["region_id"])


def test_the_boundary_readme_names_the_townships_without_a_cell():
    text = (BOUNDARIES / "README.md").read_text("utf-8")
    section = text.split("### Townships without a seat")[1].split("The functional zones")[0]
    drawn = {
        name
        for file in BOUNDARIES.glob("*.gpkg")
        for name in gpd.read_file(file, layer="townships")["name"]
    }
    named = set(re.findall(r"[\u4e00-\u9fff]{2,}(?:街道|镇|乡)", section))
    assert len(named) == 19
    assert not named & drawn


def test_data_stay_small():
    sizes = [f.stat().st_size for folder in (BOUNDARIES, PARCELS) for f in folder.iterdir()]
    assert max(sizes) < 1_000_000
    assert sum(sizes) < 4_000_000


def test_the_parcel_readme_counts_right():
    told = {file: (int(rows), crs) for file, rows, _, crs, *_ in rows_of(PARCELS / "README.md")}
    found = {}
    for sample in SAMPLES.values():
        layer = delivered(sample)
        found[sample.file] = (len(layer), f"EPSG:{layer.crs.to_epsg()}")
    assert told == found


@pytest.mark.parametrize("plan", SAMPLES)
def test_every_row_is_marked_a_sample_and_has_an_id(plan):
    layer = delivered(SAMPLES[plan])
    assert (layer["basis"] == "sample").all()
    assert "sample" in BASIS
    assert layer["parcel_id"].is_unique
    assert layer.geometry.is_valid.all()


@pytest.mark.parametrize("plan", SAMPLES)
def test_cells_total_their_figure_but_where_a_fault_was_put(plan):
    layer = delivered(SAMPLES[plan])
    drawn = area_m2(layer).groupby([layer["region"], layer["category"]]).sum()
    with (ROOT / "scripts" / "sample_cells.csv").open(encoding="utf-8") as file:
        cells = [row for row in csv.DictReader(file) if row["plan"] == plan]
    faults = make_samples.FAULTS[plan]
    for cell in cells:
        key = cell["region"], cell["category"]
        wanted = float(cell["area"]) * float(M2_PER_UNIT[cell["unit"]])
        changed = faults.get(key, "") in ("missing", "extra", "no use", "sliver", "duplicate")
        off = abs(drawn[key] - wanted)
        assert off > 10 if changed else off < 1, key


@pytest.mark.parametrize("plan", SAMPLES)
def test_the_faults_of_the_list_are_in_the_layer(plan):
    sample, layer = SAMPLES[plan], delivered(SAMPLES[plan])
    faults = [fault.split("/")[0] for fault in make_samples.FAULTS[plan].values()]
    area = area_m2(layer)
    assert (layer["category"] == "").sum() == faults.count("no use")
    assert (2 * area / layer.to_crs(sample.plane).length < 1).sum() == faults.count("sliver")
    shapes = layer.to_crs(sample.plane).geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))[left < right]
    assert (shared > 1).sum() == faults.count("overlap") + faults.count("duplicate")
    recorded = layer["recorded_area_m2"] * float(M2_PER_UNIT[sample.unit])
    assert ((recorded / area - 1).abs() > 0.01).sum() == faults.count("recorded")


def test_the_huzhou_cells_have_the_margins_of_the_plan():
    cells = pd.read_csv(ROOT / "scripts" / "sample_cells.csv", encoding="utf-8")
    huzhou = cells[cells["plan"] == "huzhou-2024"]
    assert huzhou.groupby("region")["area"].sum().to_dict() == {
        "市直": 1657,
        "吴兴区": 4915,
        "南浔区": 5405,
        "南太湖新区": 2023,
    }


def test_a_rebuilt_sample_is_the_committed_one():
    sample = SAMPLES["lianzhou-2025"]
    made, stored = make_samples.make(sample), delivered(sample)
    assert made["parcel_id"].tolist() == stored["parcel_id"].tolist()
    assert made.geometry.geom_equals_exact(stored.geometry, 1e-6).all()


def test_rebuilt_boundaries_are_the_committed_ones():
    build = load("build_boundaries")
    for level, layer in (("county", "districts"), ("township", "townships")):
        made = build.make_boundaries("441882", level=level).data
        assert build.same(made, BOUNDARIES / "lianzhou.gpkg", layer)
