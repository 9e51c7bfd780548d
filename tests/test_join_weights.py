"""Amounts of parcels carried over by what stands on the land, in boxes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

from landgis.errors import CRSError, InputError
from landgis.join import apportion, crosswalk, cut_pieces, layer_weights
from landgis.join.sums import weights_of

#  y     west       east        outside
#  3 |  r r r r r|r r r r r |            r: 10 × 1
#  2 |  q q q q q|q q       |            q:  7 × 1
#  1 |  p p p p p|p p p p p |p p         p: 12 × 1
#  0 0           5          10
REGIONS = gpd.GeoDataFrame(
    {"region_id": ["west", "east"]}, geometry=[box(0, 0, 5, 9), box(5, 0, 10, 9)], crs=4549
)
PARCELS = gpd.GeoDataFrame(
    {"parcel_id": ["p", "q", "r"], "persons": [120.0, 70.0, 10.0]},
    geometry=[box(0, 1, 12, 2), box(0, 2, 7, 3), box(0, 3, 10, 4)],
    crs=4549,
    index=list("abc"),
)


def houses(*rows, crs=4549):
    return gpd.GeoDataFrame(
        {"floors": [value for value, _ in rows]}, geometry=[shape for _, shape in rows], crs=crs
    )


def weighed(layer):
    table = crosswalk(PARCELS, REGIONS)
    pieces = cut_pieces(table, PARCELS, regions=REGIONS)
    return table.assign(weight=layer_weights(table, pieces, layer=layer, value="floors"))


def test_pieces_are_cut_for_each_row():
    table = crosswalk(PARCELS, REGIONS)
    pieces = cut_pieces(table.set_index(table.index[::-1]), PARCELS, regions=REGIONS)
    assert pieces.index.equals(table.index[::-1])
    assert pieces.area.tolist() == pytest.approx(table["area_m2"].tolist(), rel=1e-2)
    outside = pieces.geometry[pieces["region_id"] == ""].item()
    assert outside.equals(box(10, 1, 12, 2))


def test_pieces_are_those_of_the_crosswalk_where_a_region_is_carved_out():
    #  0      5    7        12
    #  |west  |zone|  outside      zone lies half in east, half in west
    zone = gpd.GeoDataFrame({"region_id": ["zone"]}, geometry=[box(3, 0, 7, 9)], crs=4549)
    regions = pd.concat([REGIONS, zone])
    table = crosswalk(PARCELS, regions, precedence=["zone"])
    pieces = cut_pieces(table, PARCELS, regions=regions, precedence=["zone"])
    assert pieces.area.tolist() == pytest.approx(table["area_m2"].tolist(), rel=1e-2)
    layer = houses((3, box(2, 1, 4, 2)), (1, box(4, 1, 6, 2)))  # p: half west, the others zone
    weight = layer_weights(table, pieces, layer=layer, value="floors")[table["parcel_id"] == "p"]
    assert dict(zip(table["region_id"], weight, strict=False)) == pytest.approx(
        {"zone": 2.5 / 4, "west": 1.5 / 4, "east": 0, "": 0}, abs=1e-6
    )
    with pytest.raises(InputError, match="重叠"):
        cut_pieces(table, PARCELS, regions=regions)


def test_houses_decide_and_area_where_there_are_none():
    table = weighed(
        houses(
            (30, box(1, 1, 3, 2)),  # p, west
            (20, box(4, 1, 6, 2)),  # p, half west, half east
            (10, box(10, 1, 11, 2)),  # p, outside
            (99, box(0, 50, 1, 51)),  # on no parcel
        )
    )
    weights = table.set_index(["parcel_id", "region_id"])["weight"]
    assert weights["p"].to_dict() == pytest.approx({"west": 4 / 6, "east": 1 / 6, "": 1 / 6})
    assert weights["q"].to_dict() == pytest.approx({"west": 5 / 7, "east": 2 / 7}, rel=1e-6)
    persons = apportion(table, PARCELS, extensive=["persons"], weight="weight")
    assert persons["persons"].tolist() == pytest.approx([20, 20 + 20 + 5, 80 + 50 + 5], rel=1e-6)
    assert persons["persons"].sum() == pytest.approx(200, rel=1e-12)


def test_a_house_of_unknown_value_leaves_its_parcels_unknown():
    table = weighed(houses((None, box(1, 1, 2, 3)), (5, box(6, 3, 7, 4))))
    unknown = table["weight"].isna()
    assert table["parcel_id"][unknown].unique().tolist() == ["p", "q"], "it stands on both"
    persons = apportion(table, PARCELS, extensive=["persons"], weight="weight")
    persons = persons.set_index("region_id")
    assert persons["persons"].to_dict() == pytest.approx(
        {"": np.nan, "east": 10, "west": 0}, nan_ok=True
    )
    assert persons["missing_persons"].to_dict() == {"": 1, "east": 2, "west": 2}


def test_ids_that_read_alike_when_joined_are_told_apart():
    parcels = PARCELS.iloc[:2].assign(parcel_id=["a", "a·b"])
    regions = REGIONS.assign(region_id=["b·c", "c"])  # a in b·c, a·b in c
    table = crosswalk(parcels, regions)
    pieces = cut_pieces(table, parcels, regions=regions)
    layer = houses((1, box(1, 1, 2, 2)), (3, box(6, 1, 7, 2)))
    weight = layer_weights(table, pieces, layer=layer, value="floors")
    by_row = dict(zip(table["parcel_id"] + " " + table["region_id"], weight, strict=True))
    assert by_row == pytest.approx(
        {"a b·c": 0.25, "a c": 0.75, "a ": 0, "a·b b·c": 5 / 7, "a·b c": 2 / 7}, rel=1e-6
    )


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 11), st.integers(1, 4), st.integers(1, 3)),
        max_size=8,
    )
)
def test_totals_are_preserved(rows):
    table = weighed(houses(*((v, box(x, 1, x + w, 1 + h)) for v, x, w, h in rows)))
    assert table.groupby("parcel_id")["weight"].sum().tolist() == pytest.approx([1, 1, 1])
    persons = apportion(table, PARCELS, extensive=["persons"], weight="weight")
    assert persons["persons"].sum() == pytest.approx(200, rel=1e-12)


def test_what_cannot_weigh_is_refused():
    bow = Polygon([(1, 1), (2, 2), (2, 1), (1, 2)])
    with pytest.raises(InputError, match="1 个图形不能用"):
        weighed(houses((1, bow)))
    with pytest.raises(InputError, match="不能为负"):
        weighed(houses((-1, box(1, 1, 2, 2))))
    for value in (np.inf, -np.inf):
        with pytest.raises(InputError, match=r"floors.*第 1 行"):
            weighed(houses((1, box(1, 1, 2, 2)), (value, box(3, 1, 4, 2))))
    with pytest.raises(InputError, match="无穷"):
        weights_of(
            pd.Series([1, np.inf]), pd.DataFrame({"parcel_id": ["a"] * 2, "share": [0.5] * 2})
        )
    with pytest.raises(CRSError, match="EPSG:4490"):
        weighed(houses((1, box(1, 1, 2, 2)), crs=4490))
    twice = pd.concat([PARCELS, PARCELS.assign(parcel_id=["p2", "q2", "r2"])])
    table = crosswalk(twice, REGIONS)
    pieces = cut_pieces(table, twice, regions=REGIONS)
    with pytest.raises(InputError, match="p·east 与 p2·east 重叠"):
        layer_weights(table, pieces, layer=houses((1, box(1, 1, 2, 2))), value="floors")
    with pytest.raises(InputError, match="不在图层的"):
        cut_pieces(table, PARCELS, regions=REGIONS)
