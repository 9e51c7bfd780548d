"""Sums, assignment and apportioning on a crosswalk small enough to check by eye."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from landgis.errors import InputError
from landgis.join import crosswalk
from landgis.join.sums import apportion, assign_whole, sum_by

CROSSWALK = pd.DataFrame(
    {
        "parcel_id": ["a", "a", "b", "c", "c"],
        "region_id": ["west", "east", "east", "", "west"],
        "area_m2": [60.0, 40.0, 10.0, 15.0, 5.0],
        "share": [0.6, 0.4, 1.0, 0.75, 0.25],
    }
)
PARCELS = pd.DataFrame(
    {
        "parcel_id": ["c", "b", "a"],
        "category": ["住宅用地", "商服用地", "住宅用地"],
        "region": ["west", "east", "east"],
        "persons": [8, np.nan, 100],
        "ratio": [2.0, 3.0, 1.0],
        "use": ["x", "y", ""],
    },
    index=[7, 8, 9],
)


def test_sums_by_region_and_columns_lose_nothing():
    table = sum_by(CROSSWALK, PARCELS)
    assert table.to_numpy().tolist() == [
        ["", "住宅用地", 15, 1],
        ["east", "住宅用地", 40, 1],
        ["east", "商服用地", 10, 1],
        ["west", "住宅用地", 65, 2],
    ]
    assert table["area_m2"].sum() == CROSSWALK["area_m2"].sum()
    assert sum_by(CROSSWALK, PARCELS, by=["region_id"])["area_m2"].tolist() == [15, 50, 65]


def test_whole_parcels():
    assert assign_whole(CROSSWALK).to_numpy().tolist() == [
        ["a", "west", 100, 1],
        ["b", "east", 10, 1],
        ["c", "", 20, 1],
    ]
    recorded = assign_whole(CROSSWALK, PARCELS, by="recorded")
    assert recorded["region_id"].tolist() == ["east", "east", "west"]


def test_whole_parcels_by_a_point_inside():
    #  a is a U whose middle lies in east, b lies outside
    legs = shapely.box(0, 0, 3, 9) | shapely.box(0, 0, 9, 3) | shapely.box(6, 0, 9, 9)
    parcels = gpd.GeoDataFrame(
        {"parcel_id": ["a", "b"]}, geometry=[legs, shapely.box(50, 0, 60, 9)], crs=4549
    )
    regions = gpd.GeoDataFrame(
        {"region_id": ["west", "east"]},
        geometry=[shapely.box(0, 0, 4, 9), shapely.box(4, 0, 9, 9)],
        crs=4549,
    )
    table = crosswalk(parcels, regions)
    whole = assign_whole(table, parcels, by="point", regions=regions)
    at = parcels.geometry.iloc[0].point_on_surface()
    assert whole["region_id"].tolist() == ["west" if at.x < 4 else "east", ""]
    assert whole["area_m2"].sum() == pytest.approx(table["area_m2"].sum())


@pytest.mark.parametrize(("sliver_m2", "moved"), [(0, 0), (0.01, 0.005)])
def test_two_levels_of_regions_differ_by_the_slivers_alone(sliver_m2, moved):
    #  townships a, b | c: a sliver of 1 mm × 5 m in a goes to c, in the other district
    towns = gpd.GeoDataFrame(
        {"region_id": ["a", "b", "c"]},
        geometry=[shapely.box(0, 0, 2, 9), shapely.box(2, 0, 4, 9), shapely.box(4, 0, 9, 9)],
        crs=4549,
    )
    districts = towns.dissolve(["ab", "ab", "c"]).reset_index(names="district")
    parcel = gpd.GeoDataFrame(
        {"parcel_id": ["p"]}, geometry=[shapely.box(1.999, 0, 8, 5)], crs=4549
    )
    fine = crosswalk(parcel, towns, sliver_m2=sliver_m2).set_index("region_id")["area_m2"]
    whole = crosswalk(parcel, districts, region_id="district", sliver_m2=sliver_m2)
    coarse = whole.set_index("region_id")["area_m2"]
    assert fine.sum() == pytest.approx(coarse.sum(), rel=1e-12)
    assert fine["c"] - coarse["c"] == pytest.approx(moved, rel=0.02, abs=1e-9)


#  city holds zone, and zone holds core; whole parcels lie at i (core), o (zone) and x (city)
NESTED = gpd.GeoDataFrame(
    {"region_id": ["city", "zone", "core"]},
    geometry=[shapely.box(0, 0, 9, 9), shapely.box(1, 1, 8, 8), shapely.box(2, 2, 5, 5)],
    crs=4549,
)


def test_a_point_in_several_regions_goes_to_the_one_that_takes_precedence():
    parcels = gpd.GeoDataFrame(
        {"parcel_id": ["i", "o", "x"]},
        geometry=[shapely.box(3, 3, 4, 4), shapely.box(6, 6, 7, 7), shapely.box(0, 0, 1, 1)],
        crs=4549,
    )
    order = ["core", "zone"]
    table = crosswalk(parcels, NESTED, precedence=order)
    whole = assign_whole(table, parcels, by="point", regions=NESTED, precedence=order)
    assert whole["region_id"].tolist() == table["region_id"].tolist() == ["core", "zone", "city"]
    with pytest.raises(InputError, match="precedence"):
        assign_whole(table, parcels, by="point", regions=NESTED, precedence=["nowhere"])


def test_amounts_are_preserved_and_missing_stays_missing():
    table = apportion(CROSSWALK, PARCELS, extensive=["persons"]).set_index("region_id")
    assert table["persons"].to_dict() == {"": 6, "east": 40, "west": 62}
    assert table["missing_persons"].to_dict() == {"": 0, "east": 1, "west": 0}
    assert table["persons"].sum() == 108
    only = CROSSWALK[CROSSWALK["parcel_id"] == "b"]
    assert apportion(only, PARCELS, extensive=["persons"])["persons"].isna().all()


@pytest.mark.parametrize("outside", [True, False])
def test_parcels_that_were_not_joined_are_told(outside):
    joined = CROSSWALK if outside else CROSSWALK[CROSSWALK["region_id"] != ""]
    lost = pd.DataFrame(
        {"parcel_id": ["x", "z"], "persons": [50, 7.0], "ratio": [1, np.nan], "use": ["x", "y"]}
    )
    columns = {"extensive": ["persons"], "intensive": ["ratio"], "categorical": ["use"]}
    before = apportion(joined, PARCELS, **columns).set_index("region_id")
    table = apportion(joined, pd.concat([PARCELS, lost]), **columns).set_index("region_id")
    assert table.index.tolist() == ["", "east", "west"]
    told = ["missing_persons", "missing_ratio", "missing_use"]
    assert table.loc["", told].tolist() == [2, 2, 2]
    assert table[told].dtypes.eq("int64").all()
    assert table["persons"].sum() == before["persons"].sum(), "sums are those of what was joined"
    assert table.loc["", "persons"] == pytest.approx(6 if outside else np.nan, nan_ok=True)
    assert table.drop("").equals(before.drop("", errors="ignore"))


def test_rates_are_means_by_area_and_classes_are_shares():
    table = apportion(CROSSWALK, PARCELS, intensive=["ratio"], categorical=["use"])
    table = table.set_index("region_id")
    assert table["ratio"].to_dict() == {"": 2, "east": 1.4, "west": pytest.approx(70 / 65)}
    assert table.loc["", "use=x"] == 1
    assert table.loc["east", ["use=x", "use=y"]].tolist() == [0, 1]
    assert table["missing_use"].to_dict() == {"": 0, "east": 1, "west": 1}


def test_classes_may_be_numbers_and_text():
    parcels = PARCELS.assign(use=["x", 1, "1"])  # of c, b, a
    table = apportion(CROSSWALK, parcels, categorical=["use"]).set_index("region_id")
    assert table.columns.tolist() == ["use=1", "use=x", "missing_use"]
    assert table["use=1"].to_dict() == {"": 0, "east": 1, "west": 60 / 65}


def test_other_weights_may_be_given():
    weighed = CROSSWALK.assign(weight=[0.1, 0.9, 1, 0, 1])
    table = apportion(weighed, PARCELS, extensive=["persons"], weight="weight")
    assert table["persons"].tolist() == [0, 90, 18]


def test_what_is_missing_is_named():
    with pytest.raises(InputError, match="容积率"):
        apportion(CROSSWALK, PARCELS, intensive=["容积率"])
    with pytest.raises(InputError, match="b"):
        sum_by(CROSSWALK, PARCELS.iloc[[0, 2]])
    with pytest.raises(InputError, match="重复"):
        sum_by(CROSSWALK, pd.concat([PARCELS, PARCELS]))
    with pytest.raises(InputError, match="recorded"):
        assign_whole(CROSSWALK, by="recorded")
