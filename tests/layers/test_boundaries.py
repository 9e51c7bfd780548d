"""Regions: read, composed of divisions, each piece of land in one region only."""

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.errors import CRSError, InputError
from landgis.findings import tell
from landgis.measure import area_m2
from landgis.regions.boundaries import make_boundaries
from landgis.regions.compose import RegionSpec, compose_regions
from landgis.regions.read import check_partition, read_regions

X, Y = 500_000, 3_400_000


def box(x0, y0, x1, y1):
    """A box in hundreds of metres."""
    return shapely.box(X + 100 * x0, Y + 100 * y0, X + 100 * x1, Y + 100 * y1)


def layer(crs=4549, basis="", **boxes):
    rows = {"region_id": list(boxes), "name": list(boxes), "basis": basis}
    return gpd.GeoDataFrame(rows, geometry=[box(*b) for b in boxes.values()], crs=crs)


def hectares(regions):
    return area_m2(regions).div(10_000).round(3).tolist()


# --- reading


def test_fields_are_renamed_and_the_id_is_the_code_or_the_name():
    delivered = gpd.GeoDataFrame(
        {"XZQMC": ["甲镇", "乙镇"], "XZQDM": ["330502100", None]},
        geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)],
        crs=4549,
    )
    read = read_regions(delivered, fields={"name": "XZQMC", "code": "XZQDM"})
    assert read.data["region_id"].tolist() == ["330502100", "乙镇"]
    assert read.data["basis"].tolist() == ["", ""]
    assert len(read.findings) == 0
    assert "name" not in delivered.columns


def test_a_file_is_read(tmp_path):
    file = tmp_path / "towns.gpkg"
    layer(甲镇=(0, 0, 1, 1)).to_file(file)
    read = read_regions(file)
    assert read.data["name"].tolist() == ["甲镇"]
    assert "layer.crs" in set(read.findings["check"])


def test_the_usual_fields_are_found_by_their_names_and_that_is_said():
    delivered = gpd.GeoDataFrame(
        {"xzqdm": ["330502100"], "XZQMC": ["织里镇"]}, geometry=[box(0, 0, 1, 1)], crs=4549
    )
    read = read_regions(delivered)
    assert read.data[["region_id", "name"]].to_numpy().tolist() == [["330502100", "织里镇"]]
    assert read.findings["check"].tolist() == ["layer.fields"]
    assert "XZQMC" in tell(read.findings)["message"].iloc[0]


def test_a_layer_without_any_name_is_refused():
    with pytest.raises(InputError, match="name"):
        read_regions(gpd.GeoDataFrame({"x": [1]}, geometry=[box(0, 0, 1, 1)], crs=4549))


def test_a_missing_field_is_named_with_those_there_are():
    with pytest.raises(InputError, match=r"XZQMC.*name"):
        read_regions(layer(甲镇=(0, 0, 1, 1)), fields={"name": "XZQMC"})


def test_overlaps_and_gaps_are_found_by_area():
    # 甲甲乙乙      甲 and 乙 share one hectare, the middle of the ring is nobody's
    # 甲  乙
    # 丙丙丙丙
    towns = layer(甲=(0, 1, 1, 3), 乙=(3, 1, 4, 3), 丙=(0, 0, 4, 1), 丁=(0, 2, 4, 3))
    found = check_partition(towns)
    told = {(f.check, f.subject): round(f.actual) for f in found}
    assert told[("layer.region_gap", "丁、丙、乙、甲")] == 20_000
    assert told[("layer.region_overlap", "甲")] == 10_000
    assert all(f.verdict == "fail" for f in found)


def test_an_enclave_and_what_approximate_regions_leave_are_no_gaps():
    ring = shapely.difference(box(0, 0, 3, 3), box(1, 1, 2, 2))
    enclave = layer(甲=(0, 0, 3, 3)).set_geometry([ring], crs=4549)
    assert check_partition(enclave) == []
    around = {"甲": (0, 0, 1, 3), "乙": (2, 0, 3, 3), "丙": (1, 0, 2, 1), "丁": (1, 2, 2, 3)}
    assert [f.check for f in check_partition(layer(**around))] == ["layer.region_gap"]
    assert check_partition(layer(basis="approximate", **around)) == []


def test_regions_that_share_a_border_are_no_fault():
    assert check_partition(layer(甲=(0, 0, 1, 1), 乙=(1, 0, 2, 1))) == []


def test_an_id_that_stands_twice_is_found():
    twice = layer(甲=(0, 0, 1, 1), 乙=(1, 0, 2, 1)).assign(region_id="x")
    found = read_regions(twice).findings
    assert found.loc[found["check"] == "layer.region_id", "actual"].tolist() == [2]


def test_districts_and_townships_of_a_place_are_one_layer_or_two():
    both = make_boundaries("441882").data
    assert both["level"].tolist() == ["county"] + ["township"] * 12
    assert both.crs.to_epsg() == 4326
    assert make_boundaries("441882", level="county").data["name"].tolist() == ["连州市"]


# --- composing

DISTRICTS = layer(吴兴区=(0, 0, 10, 10), 南浔区=(10, 0, 20, 10))
STREETS = layer(basis="approximate", 龙溪街道=(0, 0, 2, 10), 凤凰街道=(2, 0, 3, 10))


def compose(*specs, townships=STREETS, **options):
    return compose_regions(specs, districts=DISTRICTS, townships=townships, **options)


def test_a_zone_is_cut_out_of_its_district():
    zone = RegionSpec(name="南太湖新区", members=("龙溪街道", "凤凰街道"))
    made = compose(RegionSpec(name="吴兴区"), RegionSpec(name="南浔区"), zone, within="330500")
    assert made.data["name"].tolist() == ["吴兴区", "南浔区", "南太湖新区"]
    assert hectares(made.data) == [70.0, 100.0, 30.0]
    assert made.data["region_id"].tolist() == ["吴兴区", "南浔区", "南太湖新区"]
    assert made.data["basis"].tolist() == ["approximate", "", "approximate"]
    cut = made.findings[made.findings["check"] == "layer.cut"]
    assert cut["actual"].sum() == pytest.approx(300_000, rel=1e-6)
    assert check_partition(made.data) == []


def test_the_order_of_the_list_decides_among_equals():
    first, second = (RegionSpec(name=n, members=("吴兴区",)) for n in ("甲", "乙"))
    made = compose(first, second)
    assert hectares(made.data) == [100.0, 0.0]
    assert made.data.geometry.is_empty.tolist() == [False, True]


def test_an_accounting_unit_has_a_row_and_no_land():
    made = compose(RegionSpec(name="市直", polygon=False), RegionSpec(name="吴兴区"))
    assert made.data.geometry.is_empty.tolist() == [True, False]
    assert made.data["level"].tolist()[0] == "account"
    unknown = made.findings[made.findings["check"] == "layer.no_polygon"]
    assert unknown["verdict"].tolist() == ["unknown"]


def test_a_member_without_polygon_is_said_and_the_rest_stands():
    zone = RegionSpec(name="南太湖新区", members=("龙溪街道", "康山街道"))
    made = compose(zone, within="330500")
    assert hectares(made.data) == [20.0]
    absent = made.findings[made.findings["check"] == "layer.member"]
    assert absent["subject"].tolist() == ["康山街道"]


def test_members_may_be_codes_and_short_names():
    coded = STREETS.assign(region_id=["330502010", "330502006"], code=["330502010", "330502006"])
    spec = RegionSpec(name="新区", members=("330502010", "凤凰"))
    made = compose(spec, townships=coded, within="330502")
    assert hectares(made.data) == [30.0]


@pytest.mark.parametrize("code", ["330502010", "330502010000"])
def test_codes_may_be_filled_up_with_zeros(code):
    coded = STREETS.assign(name=["一", "二"], region_id=["1", "2"], code=[code, "330502006000"])
    for member in ("龙溪街道", "330502010", "330502010000"):
        made = compose(RegionSpec(name=member), townships=coded, within="330502")
        assert hectares(made.data) == [20.0]
    county = DISTRICTS.assign(region_id=["a", "b"], code=["330502000000", "330503000"])
    specs = [RegionSpec(name="吴兴区"), RegionSpec(name="330503")]
    made = compose_regions(specs, districts=county, within="330500")
    assert hectares(made.data) == [100.0, 100.0]


def test_a_region_of_one_division_keeps_its_code():
    coded = DISTRICTS.assign(region_id=["330502", "330503"], code=["330502", "330503"])
    made = compose_regions([RegionSpec(name="吴兴")], districts=coded, within="330500")
    assert made.data[["region_id", "name"]].to_numpy().tolist() == [["330502", "吴兴"]]
    assert hectares(made.data) == [100.0]


def test_a_township_in_several_parts_is_one_member():
    parts = gpd.GeoDataFrame(
        {"name": ["龙溪街道"] * 2, "code": ["330502010"] * 2},
        geometry=[box(0, 0, 1, 1), box(5, 0, 6, 1)],
        crs=4549,
    )
    made = compose(RegionSpec(name="龙溪街道"), townships=parts, within="330502")
    assert hectares(made.data) == [2.0]


def test_two_townships_of_one_name_are_no_answer():
    twins = STREETS.assign(name="城关镇", region_id=["a", "b"])
    made = compose(RegionSpec(name="新区", members=("城关镇",)), townships=twins)
    assert made.findings["check"].tolist() == ["layer.member", "layer.no_polygon"]


def test_an_invalid_shape_is_repaired_in_a_copy_and_said():
    bow = shapely.Polygon([(X, Y), (X + 200, Y + 100), (X + 200, Y), (X, Y + 100)])
    broken = layer(甲区=(0, 0, 1, 1)).set_geometry([bow], crs=4549)
    made = compose_regions([RegionSpec(name="甲区")], districts=broken)
    assert made.data.geometry.is_valid.all()
    assert hectares(made.data) == [1.0]
    assert made.findings["check"].tolist() == ["layer.region_shape"]
    assert check_partition(broken) == []


def test_layers_of_two_systems_are_refused():
    with pytest.raises(CRSError, match=r"4490.*4549|4549.*4490"):
        compose(RegionSpec(name="吴兴区"), townships=STREETS.to_crs(4490))


def test_a_region_listed_twice_is_refused():
    with pytest.raises(InputError, match="吴兴区"):
        compose(RegionSpec(name="吴兴区"), RegionSpec(name="吴兴区"))


def test_the_layers_are_not_changed():
    before = DISTRICTS.copy(), STREETS.copy()
    compose(RegionSpec(name="吴兴区"), RegionSpec(name="新区", members=("龙溪街道",)))
    assert DISTRICTS.equals(before[0])
    assert STREETS.equals(before[1])


MEMBERS = st.lists(
    st.sampled_from(["吴兴区", "南浔区", "龙溪街道", "凤凰街道"]), unique=True, max_size=4
)


@settings(max_examples=40)
@given(st.lists(MEMBERS, min_size=1, max_size=4))
def test_no_land_is_in_two_regions_and_none_is_lost(lists):
    specs = [
        RegionSpec(name=f"{i}", members=tuple(m), polygon=bool(m)) for i, m in enumerate(lists)
    ]
    made = compose(*specs).data
    assert [f for f in check_partition(made) if f.check == "layer.region_overlap"] == []
    shapes = {**dict(zip(DISTRICTS["name"], DISTRICTS.geometry, strict=True))}
    shapes |= dict(zip(STREETS["name"], STREETS.geometry, strict=True))
    claimed = shapely.union_all([shapes[m] for members in lists for m in members])
    total = area_m2(gpd.GeoSeries([claimed], crs=4549)).iloc[0]
    assert area_m2(made).sum() == pytest.approx(total, rel=1e-9)
