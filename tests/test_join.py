"""The crosswalk on boxes whose areas can be checked by eye, on faults, and on real parcels."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal
from shapely.affinity import translate

from landgis.errors import CRSError, InputError
from landgis.findings import tell
from landgis.join import crosswalk, crosswalk_with_findings, overlay, pieces
from landgis.join.pieces import RegionTiles
from landgis.measure import area_m2

X, Y = 500_000, 3_400_000  # where the plane of zone 40 is true to scale
BOW = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])


def at(shape):
    return shapely.transform(shape, lambda xy: xy + np.array([X, Y]))


def layer(column, crs=4549, **shapes):
    return gpd.GeoDataFrame(
        {column: list(shapes)}, geometry=[at(s) for s in shapes.values()], crs=crs
    )


def box(*corners):
    return shapely.box(*corners)


def parcels(**shapes):
    return layer("parcel_id", **shapes)


def regions(**shapes):
    return layer("region_id", **shapes)


def rows(table, digits=3):
    return [
        (p, r, round(a, digits), round(s, 9))
        for p, r, a, s in table[["parcel_id", "region_id", "area_m2", "share"]].to_numpy().tolist()
    ]


TWO = regions(west=box(0, 0, 100, 100), east=box(100, 0, 200, 100))


@pytest.fixture(params=["tree", "clipping", "grid", "tiles"])
def way(request, monkeypatch):
    """The ways of the planner, on the same small work."""
    if request.param == "clipping":
        monkeypatch.setattr(overlay, "PREPARED_ONCE", 1)
        monkeypatch.setattr("landgis.join.pieces.SMALL", 4)
    if request.param == "grid":
        monkeypatch.setattr(overlay, "GRID_FROM", 0)
        monkeypatch.setattr(overlay, "GRID_CORNERS", 1e9)
        monkeypatch.setattr(overlay, "GRID_CELLS", 5_000)
    if request.param == "tiles":
        monkeypatch.setattr(overlay, "TILES_FROM", 0)
        monkeypatch.setattr("landgis.join.pieces.SMALL", 8)


@pytest.mark.usefixtures("way")
class TestBoxes:
    #      0        100       200
    #      | west    | east    |
    #      | [a]   [ b |  ]  [c|   ]   [d]

    def test_each_parcel_is_split_over_what_it_touches(self):
        table = crosswalk(
            parcels(
                a=box(10, 10, 20, 20),
                b=box(90, 10, 120, 20),
                c=box(190, 10, 230, 20),
                d=box(300, 10, 310, 20),
            ),
            TWO,
        )
        assert rows(table, 1) == [
            ("a", "west", 100, 1),
            ("b", "east", 200, pytest.approx(2 / 3)),
            ("b", "west", 100, pytest.approx(1 / 3)),
            ("c", "", 300, 0.75),
            ("c", "east", 100, 0.25),
            ("d", "", 100, 1),
        ]

    def test_equal_shares_stand_in_the_order_of_the_regions_outside_last(self):
        table = crosswalk(parcels(p=box(90, 10, 110, 20)), TWO)
        assert table["region_id"].tolist() == ["west", "east"]

    def test_holes_are_outside(self):
        with_hole = box(0, 0, 100, 100) - box(40, 40, 60, 60)
        table = crosswalk(
            parcels(inside=box(45, 45, 55, 55), around=box(30, 30, 70, 70)), regions(r=with_hole)
        )
        assert rows(table, 1) == [
            ("inside", "", 100, 1),
            ("around", "r", 1200, 0.75),
            ("around", "", 400, 0.25),
        ]

    def test_parcels_of_many_parts_and_with_holes(self):
        parts = shapely.MultiPolygon([box(10, 10, 20, 20), box(150, 10, 160, 40)])
        ring = box(80, 60, 120, 90) - box(90, 70, 100, 80)
        table = crosswalk(parcels(parts=parts, ring=ring), TWO)
        assert rows(table, 1) == [
            ("parts", "east", 300, 0.75),
            ("parts", "west", 100, 0.25),
            ("ring", "east", 600, pytest.approx(6 / 11)),
            ("ring", "west", 500, pytest.approx(5 / 11)),
        ]

    def test_a_shared_edge_counts_for_nobody(self):
        table = crosswalk(parcels(a=box(90, 0, 100, 10), b=box(100, 0, 110, 10)), TWO)
        assert rows(table, 1) == [("a", "west", 100, 1), ("b", "east", 100, 1)]

    def test_slivers_go_to_the_largest_piece_and_are_counted(self):
        thin, small = box(90, 0, 100.00005, 10), box(90, 20, 100.09, 20.1)
        table, findings = crosswalk_with_findings(parcels(thin=thin, small=small), TWO)
        assert rows(table, 2) == [("thin", "west", 100, 1), ("small", "west", 1.01, 1)]
        assert findings[["check", "verdict", "actual"]].to_numpy().tolist() == [
            ["join.sliver", "note", 2]
        ]

    def test_a_hair_wider_or_larger_is_kept(self):
        wide, large = box(90, 0, 100.003, 10), box(90, 20, 100.2, 20.1)
        table, findings = crosswalk_with_findings(parcels(wide=wide, large=large), TWO)
        assert rows(table, 2) == [
            ("wide", "west", 100, pytest.approx(100 / 100.03)),
            ("wide", "east", 0.03, pytest.approx(0.03 / 100.03)),
            ("large", "west", 1, pytest.approx(1 / 1.02)),
            ("large", "east", 0.02, pytest.approx(0.02 / 1.02)),
        ]
        assert findings.empty

    def test_a_gap_between_regions_is_outside_unless_a_hairline(self):
        gap = regions(west=box(0, 0, 100, 100), east=box(102, 0, 200, 100))
        hair = regions(west=box(0, 0, 100, 100), east=box(100.00005, 0, 200, 100))
        parcel = parcels(p=box(90, 0, 112, 10))
        assert rows(crosswalk(parcel, gap), 1) == [
            ("p", "west", 100, pytest.approx(5 / 11)),
            ("p", "east", 100, pytest.approx(5 / 11)),
            ("p", "", 20, pytest.approx(1 / 11)),
        ]
        assert crosswalk(parcel, hair)["region_id"].tolist() == ["east", "west"]

    def test_whoever_takes_precedence_is_carved_out(self):
        city, zone = box(0, 0, 100, 100), box(50, 50, 150, 150)
        both = regions(city=city, zone=zone)
        parcel = parcels(p=box(40, 40, 60, 60), q=box(60, 60, 70, 70))
        table = crosswalk(parcel, both, precedence=["zone"])
        assert rows(table, 1) == [
            ("p", "city", 300, 0.75),
            ("p", "zone", 100, 0.25),
            ("q", "zone", 100, 1),
        ]
        table = crosswalk(parcel, both, precedence=["city"])
        assert rows(table, 1) == [("p", "city", 400, 1), ("q", "city", 100, 1)]

    @pytest.mark.parametrize(
        "parcel", [box(0, 0, 10, 10), box(55, 55, 60, 60), box(0, 0, 150, 150)]
    )
    def test_an_overlap_is_refused_by_name(self, parcel):
        overlapping = regions(city=box(0, 0, 100, 100), zone=box(50, 50, 150, 150))
        with pytest.raises(InputError) as caught:
            crosswalk(parcels(p=parcel), overlapping)
        assert "city 与 zone 重叠 2500.00 m²" in str(caught.value)
        assert "city and zone overlap by 2500.00" in caught.value.message("en")

    def test_an_overlap_in_large_regions_is_refused_where_a_parcel_lies(self, monkeypatch):
        monkeypatch.setattr(overlay, "CHECKED_CORNERS", 0)
        overlapping = regions(city=box(0, 0, 100, 100), zone=box(50, 50, 150, 150))
        for parcel in (box(55, 55, 60, 60), box(40, 40, 60, 60), box(0, 0, 150, 150)):
            with pytest.raises(InputError, match="city 与 zone 重叠"):
                crosswalk(parcels(p=parcel), overlapping)
        twice = regions(city=box(0, 0, 100, 100), again=box(0, 0, 100, 100))
        for parcel in (box(55, 55, 60, 60), box(90, 90, 110, 110)):
            with pytest.raises(InputError, match="重叠"):
                crosswalk(parcels(p=parcel), twice)

    def test_a_hairline_overlap_goes_to_the_earlier_region(self):
        hair = regions(west=box(0, 0, 100.01, 100), east=box(100, 0, 200, 100))
        table = crosswalk(parcels(p=box(90, 0, 110, 10)), hair)
        assert rows(table, 1) == [
            ("p", "west", 100.1, pytest.approx(0.5005)),
            ("p", "east", 99.9, pytest.approx(0.4995)),
        ]

    def test_one_invalid_parcel_is_a_finding_and_the_others_are_joined(self):
        mixed = parcels(
            bow=BOW,
            good=box(10, 10, 20, 20),
            empty=shapely.Polygon(),
            line=shapely.LineString([(0, 0), (5, 5)]),
            flat=shapely.Polygon([(0, 0), (5, 0), (9, 0)]),
        )
        mixed.loc[len(mixed), "parcel_id"] = "none"
        table, findings = crosswalk_with_findings(mixed, TWO)
        assert rows(table, 1) == [("good", "west", 100, 1)]
        assert findings["subject"].tolist() == ["bow", "empty", "line", "flat", "none"]
        assert set(findings["check"]) == {"join.geometry"}
        assert set(findings["verdict"]) == {"fail"}
        assert "自相交" in tell(findings)["message"][0]
        assert (
            "Self-intersection" in tell(crosswalk_with_findings(mixed, TWO)[1], "en")["message"][0]
        )

    def test_without_parcels_or_regions(self):
        one = parcels(p=box(0, 0, 10, 10))
        assert rows(crosswalk(one, TWO.iloc[:0]), 1) == [("p", "", 100, 1)]
        none = crosswalk(one.iloc[:0], TWO)
        assert none.dtypes.astype(str).to_dict() == {
            "parcel_id": "str",
            "region_id": "str",
            "area_m2": "float64",
            "share": "float64",
        }
        assert none.empty

    def test_regions_without_a_polygon_are_ignored(self):
        some = pd.concat([TWO, regions(nowhere=shapely.Polygon())], ignore_index=True)
        assert len(crosswalk(parcels(p=box(90, 0, 110, 10)), some)) == 2


def test_a_parcel_far_off_or_across_the_antimeridian_never_stops_the_job():
    lost = parcels(good=box(10, 10, 20, 20), prefix=box(0, 0, 9, 9), zero=box(0, 0, 9, 9))
    lost["geometry"] = [
        lost.geometry[0],
        translate(lost.geometry[1], 40_000_000, 0),  # a zone prefix in a system without
        translate(lost.geometry[2], -500_000, -3_400_000),  # swept to the origin, but there
    ]
    table, findings = crosswalk_with_findings(lost, TWO)
    assert table["parcel_id"].tolist() == ["good", "zero"]
    assert table["region_id"].tolist() == ["west", ""]
    assert findings["subject"].tolist() == ["prefix"]
    assert "坐标超出坐标系的范围" in tell(findings)["message"].item()

    across = shapely.Polygon([(179.9, 10), (-179.9, 10), (-179.9, 10.1), (179.9, 10.1)])
    geographic = gpd.GeoDataFrame(
        {"parcel_id": ["across", "here"]}, geometry=[across, box(0, 0, 1, 1)], crs=4490
    )
    region = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[box(-9, -9, 9, 20)], crs=4490)
    table, findings = crosswalk_with_findings(geographic, region)
    assert table[["parcel_id", "region_id"]].to_numpy().tolist() == [["here", "r"]]
    assert "180° 经线" in tell(findings)["message"].item()
    with pytest.raises(InputError, match="r 跨越 180° 经线"):
        crosswalk(geographic, region.set_geometry([across]))


def test_input_is_not_changed_and_ids_are_text():
    given = gpd.GeoDataFrame(
        {"no": [12, 7]}, geometry=[at(box(0, 0, 9, 9)), at(box(150, 0, 160, 9))], crs=4549
    )
    before = given.copy()
    table = crosswalk(given, TWO, parcel_id="no")
    assert table["parcel_id"].tolist() == ["12", "7"]
    assert_frame_equal(given, before)


def test_broken_contracts_raise():
    one = parcels(p=box(0, 0, 10, 10))
    with pytest.raises(CRSError, match=r"EPSG:4549.*EPSG:4490"):
        crosswalk(one, TWO.to_crs(4490))
    with pytest.raises(CRSError):
        crosswalk(one.set_crs(None, allow_override=True), TWO)
    with pytest.raises(InputError, match=r"宗地号.*parcel_id"):
        crosswalk(one, TWO, parcel_id="宗地号")
    with pytest.raises(InputError, match="重复：p"):
        crosswalk(pd.concat([one, one]), TWO)
    with pytest.raises(InputError, match="没有编号"):
        crosswalk(one.assign(parcel_id=[None]), TWO)
    with pytest.raises(InputError, match="bow"):
        crosswalk(one, regions(bow=BOW))
    with pytest.raises(InputError, match="north"):
        crosswalk(one, TWO, precedence=["north"])


def test_straight_is_straight_in_the_layers_own_system():
    # A border of 60 km at 45°: straight in longitude and latitude, and so is the parcel's edge.
    north = gpd.GeoDataFrame(
        {"region_id": ["n", "s"]},
        geometry=[
            shapely.Polygon([(119, 30), (119.6, 30.6), (119, 30.6)]),
            shapely.Polygon([(119, 30), (119.6, 30), (119.6, 30.6)]),
        ],
        crs=4490,
    )
    small = shapely.Polygon([(119.3, 30.3), (119.3001, 30.3001), (119.3, 30.3001)])
    table = crosswalk(gpd.GeoDataFrame({"parcel_id": ["p"]}, geometry=[small], crs=4490), north)
    assert table["region_id"].tolist() == ["n"]


@pytest.fixture(scope="module")
def paris(shared):
    folder = shared / "realdata"
    sections = gpd.read_file(folder / "sections-75118-derived.gpkg")
    lots = gpd.read_file(folder / "cadastre-75118-parcelles.geojson").to_crs(sections.crs)
    return lots, sections


def test_real_parcels_lie_in_their_sections(paris):
    lots, sections = paris
    table = crosswalk(lots, sections, parcel_id="id", region_id="section")
    main = table.drop_duplicates("parcel_id").set_index("parcel_id")["region_id"]
    assert (main == lots.set_index("id")["section"].reindex(main.index)).all()
    assert len(main) == len(lots)
    assert "" not in set(table["region_id"])
    # drawn overlaps of parcels at section borders are all that is shared: under 5 m² in all
    assert table.loc[table.duplicated("parcel_id"), "area_m2"].sum() < 5


def test_real_sections_get_the_area_of_their_parcels(paris):
    lots, sections = paris
    table = crosswalk(lots, sections, parcel_id="id", region_id="section")
    sums = table.groupby("region_id")["area_m2"].sum()
    truth = area_m2(lots).groupby(lots["section"].to_numpy()).sum()
    assert (sums - truth).abs().max() < 1
    assert sums.sum() == pytest.approx(truth.sum(), rel=1e-12)
    drawn = pd.Series(area_m2(sections).to_numpy(), index=sections["section"])
    assert sums.to_numpy() == pytest.approx(drawn[sums.index].to_numpy(), abs=5)


def test_both_ways_give_the_same_on_real_data(paris, monkeypatch):
    lots, sections = paris
    tree = crosswalk(lots, sections, parcel_id="id", region_id="section")
    monkeypatch.setattr(overlay, "GRID_FROM", 0)
    monkeypatch.setattr(overlay, "GRID_CORNERS", 1e9)
    grid = crosswalk(lots, sections, parcel_id="id", region_id="section")
    assert_frame_equal(tree, grid, rtol=1e-9)


# ---------------------------------------------------------------- clipping where corners meet


DISK = shapely.Point(0, 0).buffer(2000, quad_segs=100)


def diamond(x, y, r):
    return shapely.Polygon([(x + r, y), (x, y + r), (x - r, y), (x, y - r)])


@pytest.mark.parametrize("parcels", [1, 600])
def test_a_border_through_the_corners_of_a_parcels_surroundings(parcels):
    """Clipped to a box through whose corners the lake's shores run, GEOS takes the wrong side."""
    lake = layer("region_id", land=DISK - diamond(0, 500, 500))
    squares = {f"p{k}": box(-5, -5, 5, 5) for k in range(parcels)}
    table = crosswalk(layer("parcel_id", **squares), lake)
    areas = table.pivot_table(index="parcel_id", columns="region_id", values="area_m2")
    assert areas["land"].to_numpy() == pytest.approx(75, abs=1e-6)
    assert areas[""].to_numpy() == pytest.approx(25, abs=1e-6)


def triangles(side, random):
    """A square of ``side`` cells, each cut along a diagonal, its halves dealt to three regions."""
    deal = {"a": [], "b": [], "c": []}
    for i in range(side):
        for j in range(side):
            corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
            turned = corners[1:] + corners[:1] if random.random() < 0.5 else corners
            for half in (turned[:3], [turned[0], *turned[2:]]):
                deal[random.choice(list(deal))].append(shapely.Polygon(half))
    scaled = {k: shapely.union_all(v) for k, v in deal.items() if v}
    return {k: shapely.transform(v, lambda xy: 100 * xy) for k, v in scaled.items()}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("seed", range(4))
def test_regular_borders_at_45_degrees(seed):
    random = np.random.default_rng(seed)
    figures = triangles(12, random)
    x, y = random.integers(0, 22, (2, 80)) * 50
    size = random.choice([50, 100, 200], 80)
    squares = shapely.box(x, y, np.minimum(x + size, 1200), np.minimum(y + size, 1200))
    parcels = layer("parcel_id", **{f"p{k}": square for k, square in enumerate(squares)})
    table = crosswalk(parcels, layer("region_id", **figures)).set_index(["parcel_id", "region_id"])
    for name, figure in figures.items():
        shared = shapely.area(shapely.intersection(squares, figure))
        for k in np.flatnonzero(shared > 1):
            assert table.loc[(f"p{k}", name), "area_m2"] == pytest.approx(shared[k], rel=1e-6)
    assert "" not in table.index.get_level_values("region_id")


def test_tiles_of_touching_lakes_add_up_and_strips_are_not_cut_for_ever():
    lakes = DISK - diamond(-500, 0, 500) - diamond(500, 0, 500)
    strips = shapely.union_all(
        [
            box(0, 0, 10_000, -5),
            box(0, 0, 1, 1),
            *(box(0, k / 50, 10_000, k / 50 + 0.01) for k in range(20)),
        ]
    )
    for figure in (lakes, strips):
        tiles = RegionTiles.of(np.array([at(figure)]))
        assert shapely.area(tiles.parts).sum() == pytest.approx(figure.area, rel=1e-9)
        assert 1 < len(tiles.parts) < 100


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("corner", [np.inf, 1e300, np.nan])
def test_coordinates_beyond_all_bounds_are_told_and_nothing_else(corner):
    with np.errstate(all="ignore"):
        bad = shapely.Polygon([(X, Y), (corner, Y), (X + 10, Y + 10)])
    parcels = gpd.GeoDataFrame(
        {"parcel_id": ["good", "bad"]}, geometry=[at(box(0, 0, 10, 10)), bad], crs=4549
    )
    table, findings = crosswalk_with_findings(parcels, TWO)
    assert table["parcel_id"].tolist() == ["good"]
    assert findings["subject"].tolist() == ["bad"]


def comb(teeth: int, *, turned: bool) -> shapely.Polygon:
    """A strip 10 m wide with teeth 9,990 m long, as wide as the gaps between them."""
    wide = 5000 / teeth
    row = [(2 * k * wide + x * wide, y) for k in range(teeth) for x, y in TOOTH]
    corners = np.array([(0, 0), *row, (10_000, 0)])
    return shapely.Polygon((corners[:, ::-1] if turned else corners) + np.array([4.05e7, 3.4e6]))


TOOTH = ((0, 10_000), (1, 10_000), (1, 10), (2, 10))


def combs(teeth: int) -> pd.DataFrame:
    parcels, regions = (
        gpd.GeoDataFrame({column: ["a"]}, geometry=[comb(teeth, turned=turned)], crs=4528)
        for column, turned in (("parcel_id", False), ("region_id", True))
    )
    return crosswalk(parcels, regions)


def test_combs_across_each_other_are_cut_in_blocks(monkeypatch):
    whole = combs(40)["area_m2"].to_numpy()
    monkeypatch.setattr(pieces, "COMPARED_AT_ONCE", 500)
    assert combs(40)["area_m2"].to_numpy() == pytest.approx(whole, rel=1e-12)


def test_combs_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(pieces, "MOST_MET", 1_000)
    with pytest.raises(InputError, match="宗地 a：坐标 40500000"):
        combs(40)
