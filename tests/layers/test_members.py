"""Regions made of their members: a layer's own names go before any list of codes."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from landgis.errors import InputError
from landgis.findings import tell
from landgis.regions.compose import RegionSpec, compose_regions, outlines_of

#  吴兴区 (330502): 织里镇 is 330502100 in the list of divisions, 八里店镇 330502101
#  y1 | 织里镇 | 八里店镇 | 新设镇 |
#     0        1          2        3 km
X, Y = 500_000, 3_400_000


def layer(names, codes=None, crs=4549):
    boxes = [box(X + i * 1000, Y, X + (i + 1) * 1000, Y + 1000) for i in range(len(names))]
    rows = {"name": names, "code": codes or [""] * len(names)}
    return gpd.GeoDataFrame(rows, geometry=boxes, crs=crs)


def made(specs, townships, districts=None):
    specs = [RegionSpec(name=s) if isinstance(s, str) else s for s in specs]
    return compose_regions(specs, districts=districts, townships=townships, within="330502")


def lefts(regions):
    return [(b - X) / 1000 for b in regions.geometry.bounds["minx"]]


@pytest.mark.parametrize(
    "codes",
    [
        ["330502100", "330502101", "330502999"],  # as in the list
        ["330502101", "330502100", "330502102"],  # own codes, swapped
        ["", "", ""],
    ],
)
def test_names_decide_whatever_the_codes_say(codes):
    read = made(["织里镇", "八里店镇"], layer(["织里镇", "八里店镇", "新设镇"], codes))
    assert lefts(read.data) == [0, 1]
    assert read.data["region_id"].is_unique
    clash = read.findings[read.findings["check"] == "layer.code_clash"]
    assert len(clash) == (codes[0] == "330502101")
    assert (clash["verdict"] == "note").all()


@pytest.mark.parametrize("printed", ["织里", "织里街道", "织里街道办事处", "吴兴区织里镇"])
def test_short_names_and_other_endings_are_the_same_place(printed):
    read = made([printed, "八里店"], layer(["织里镇", "八里店镇"], ["330502101", "330502100"]))
    assert lefts(read.data) == [0, 1]
    assert read.data["name"].tolist() == [printed, "八里店"]


def test_a_misspelt_name_is_taken_and_asked_about_once():
    read = made(["织理镇", "八里店镇"], layer(["织里镇", "八里店镇"]))
    assert lefts(read.data) == [0, 1]
    (asked,) = tell(read.findings[read.findings["check"] == "layer.name"]).to_dict("records")
    assert asked["verdict"] == "unknown"
    assert "织理镇" in asked["subject"]
    assert asked["values"]["name"] == "织里镇"


def test_neighbours_are_not_taken_for_each_other():
    read = made(["东林镇"], layer(["西林镇", "八里店镇"]))
    assert read.data.geometry.is_empty.all()


def test_a_name_that_stands_for_another_region_is_not_taken_twice():
    read = made(["织理镇", "织里镇"], layer(["织里镇", "八里店镇"]))
    assert read.data.geometry.is_empty.tolist() == [True, False]


def test_a_county_is_the_union_of_its_townships():
    read = made(["吴兴区"], layer(["织里镇", "八里店镇"], ["330502100", "330502101"]))
    assert read.data.geometry.area.tolist() == [2_000_000.0]
    assert read.data["code"].tolist() == ["330502"]


def test_a_renamed_division_is_found_by_its_code():
    read = made(["织里镇"], layer(["", "八里店镇"], ["330502100", "330502101"]))
    assert lefts(read.data) == [0]


def test_without_any_layer_there_is_one_sentence():
    with pytest.raises(InputError, match="边界图层"):
        made(["织里镇"], None)


def test_a_name_that_the_list_of_divisions_knows_is_no_misspelling():
    read = made(["月河街道"], layer(["日河街道", "八里店镇"]))
    assert read.data.geometry.is_empty.all()


def test_the_districts_around_the_regions_are_their_outlines():
    towns = layer(["东镇", "西镇"])
    around = layer(["某县"]).assign(region_id="c", geometry=[box(X, Y, X + 2000, Y + 1000)])
    apart = layer(["别县"]).assign(region_id="d", geometry=[box(X + 9000, Y, X + 9500, Y + 1000)])
    both = pd.concat([apart, around], ignore_index=True)
    assert outlines_of(made(["东镇", "西镇"], towns).data, both)["name"].tolist() == ["某县"]


def test_regions_that_no_district_surrounds_are_one_outline_of_their_own_basis():
    towns = layer(["东镇", "西镇"]).assign(basis=["", "approximate"])
    regions = made(["东镇", "西镇"], towns).data
    outline = outlines_of(regions, towns)  # the districts are the regions themselves
    assert outline.geometry.tolist()[0].equals(box(X, Y, X + 2000, Y + 1000))
    assert outline["basis"].tolist() == ["approximate"]


def test_without_a_polygon_there_is_no_outline():
    regions = made([RegionSpec(name="市直", polygon=False)], layer(["东镇"])).data
    assert outlines_of(regions).empty
