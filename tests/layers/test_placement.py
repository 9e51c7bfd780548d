"""Listed areas as schematic footprints: the stated area, in the named place, on no other."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.errors import CRSError
from landgis.findings import tell
from landgis.measure import area_m2
from landgis.regions.compose import place_projects
from landgis.schema import PARCELS, PROJECTS, table_of

X, Y = 500_000, 3_400_000


def regions(**boxes):
    shapes = [shapely.box(X + x0, Y + y0, X + x1, Y + y1) for x0, y0, x1, y1 in boxes.values()]
    rows = {"region_id": list(boxes), "name": list(boxes)}
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4549)


REGIONS = regions(吴兴区=(0, 0, 20_000, 10_000))
TOWNSHIPS = regions(织里镇=(0, 0, 5_000, 5_000), 东林镇=(5_000, 0, 10_000, 5_000))


def projects(*rows):
    """Areas as (公顷, townships)."""
    return table_of(
        [
            {
                "number": number,
                "region": "吴兴区",
                "category": "低效工业片区",
                "name": f"片区{number}",
                "location": "、".join(towns),
                "townships": towns,
                "area_ha": area,
                "stage": "正在实施",
            }
            for number, (area, towns) in enumerate(rows, start=1)
        ],
        PROJECTS,
    )


def place(table, **options):
    return place_projects(table, TOWNSHIPS, regions=REGIONS, crs=4549, **options)


def test_a_footprint_has_the_stated_area_and_lies_in_its_township():
    placed = place(projects((20.0, ("织里镇",)), (7.3, ("织里镇",))))
    assert area_m2(placed.data).tolist() == pytest.approx([200_000, 73_000], rel=1e-10)
    assert TOWNSHIPS.geometry.iloc[0].contains(placed.data.geometry.union_all())
    assert placed.data["basis"].tolist() == ["schematic", "schematic"]
    assert placed.data["parcel_id"].tolist() == ["1", "2"]
    assert placed.findings["verdict"].tolist() == ["note", "note"]
    assert set(PARCELS.names) <= set(placed.data.columns)


def test_one_named_for_two_townships_is_spread_over_both():
    placed = place(projects((100.0, ("织里镇", "东林镇"))))
    parts = placed.data.geometry.iloc[0].geoms
    assert len(parts) == 2
    for part, town in zip(parts, TOWNSHIPS.geometry, strict=True):
        assert town.contains(part)
    assert area_m2(placed.data).iloc[0] == pytest.approx(1_000_000, rel=1e-10)


def test_without_its_township_it_stands_in_the_rest_of_the_region():
    placed = place(projects((20.0, ("道场乡",)), (20.0, ())))
    for shape in placed.data.geometry:
        assert REGIONS.geometry.iloc[0].contains(shape)
        assert not TOWNSHIPS.geometry.intersects(shape).any()
    assert placed.findings["verdict"].tolist() == ["unknown", "unknown"]
    assert "道场乡" in tell(placed.findings)["message"].iloc[0]


def test_what_has_no_room_is_not_drawn_and_said():
    placed = place(projects((25_000.0, ("织里镇",))))
    assert placed.data.geometry.is_empty.tolist() == [True]
    assert placed.data["recorded_area_m2"].tolist() == [250_000_000]
    assert placed.findings["verdict"].tolist() == ["fail"]


def test_a_missing_area_is_not_drawn():
    placed = place(projects((float("nan"), ("织里镇",))))
    assert placed.data.geometry.is_empty.tolist() == [True]


def test_an_unknown_region_is_not_drawn():
    placed = place(projects((1.0, ("道场乡",))).assign(region="长合区"))
    assert placed.findings["verdict"].tolist() == ["fail"]


def test_degrees_are_no_plane():
    with pytest.raises(CRSError, match="4490"):
        place_projects(projects((1.0, ())), TOWNSHIPS, regions=REGIONS, crs=4490)


def test_index_and_input_are_kept():
    table = projects((20.0, ("织里镇",))).set_index(pd.Index([7]))
    before = table.copy()
    assert place(table).data.index.tolist() == [7]
    pd.testing.assert_frame_equal(table, before)


AREAS = st.lists(
    st.tuples(
        st.floats(2, 120), st.sampled_from([("织里镇",), ("东林镇",), ("织里镇", "东林镇"), ()])
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=12)
@given(AREAS)
def test_no_two_footprints_touch_and_the_same_list_draws_the_same(rows):
    placed = place(projects(*rows)).data
    shapes = placed.geometry.to_numpy()
    assert shapely.union_all(shapes).area == pytest.approx(shapely.area(shapes).sum(), rel=1e-9)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (left == right).all()
    again = place(projects(*rows)).data
    assert placed.geometry.geom_equals_exact(again.geometry, 0).all()
