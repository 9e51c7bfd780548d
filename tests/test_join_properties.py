"""What must hold for any tiling and any parcels: nothing lost, nothing counted twice."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from landgis.join import apportion, assign_whole, crosswalk, crosswalk_with_findings, overlay
from landgis.measure import area_m2

ORIGIN = np.array([500_000.0, 3_400_000.0])
SIZE = 1000.0

places = st.integers(0, 40).map(lambda k: 25.0 * k)  # a lattice, so that edges often coincide
anywhere = st.one_of(places, st.floats(0, SIZE))


@st.composite
def tilings(draw):
    """Tiles of the square, cut by vertical lines and in each strip by slanted ones."""
    columns = sorted({0.0, SIZE, *draw(st.lists(places, max_size=3))})
    tiles = []
    for left, right in itertools.pairwise(columns):
        heights = draw(st.lists(st.tuples(places, places), max_size=3))
        lows = np.sort([0, *[a for a, _ in heights], SIZE])
        highs = np.sort([0, *[b for _, b in heights], SIZE])
        for k in range(len(lows) - 1):
            corners = [
                (left, lows[k]),
                (right, highs[k]),
                (right, highs[k + 1]),
                (left, lows[k + 1]),
            ]
            tile = shapely.Polygon(corners)
            if tile.is_valid and tile.area > 1:
                tiles.append(tile)
    return tiles


@st.composite
def figures(draw):
    """A box, a triangle, a star, a box with a hole, or two boxes; often on lattice lines."""
    x, y = draw(anywhere), draw(anywhere)
    w, h = draw(st.floats(3, 400)), draw(st.floats(3, 400))
    if draw(st.booleans()):
        w, h = 25.0 * max(1, round(w / 25)), 25.0 * max(1, round(h / 25))
    kind = draw(st.sampled_from(["box", "triangle", "star", "hole", "parts"]))
    box = shapely.box(x, y, x + w, y + h)
    if kind == "triangle":
        return shapely.Polygon([(x, y), (x + w, y), (x + draw(anywhere) / 4, y + h)])
    if kind == "star":
        radii = np.array(draw(st.lists(st.floats(0.2, 1), min_size=5, max_size=15)))
        angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
        return shapely.Polygon(
            np.column_stack([x + w * radii * np.cos(angles), y + w * radii * np.sin(angles)])
        )
    if kind == "hole":
        return box - shapely.box(x + w / 4, y + h / 4, x + w / 2, y + h / 2)
    if kind == "parts":
        return shapely.union(box, shapely.box(x + 2 * w, y, x + 3 * w, y + h))
    return box


def layer(column, shapes, ids=None, shift=ORIGIN):
    moved = shapely.transform(np.array(shapes, dtype=object), lambda xy: xy + shift)
    names = [f"{column[0]}{k}" for k in range(len(shapes))] if ids is None else ids
    return gpd.GeoDataFrame({column: names}, geometry=moved, crs=4549)


def joined(figures, tiles, **options):
    return crosswalk(layer("parcel_id", figures), layer("region_id", tiles), **options)


def matrix(table, figures, tiles):
    """Areas as a matrix: parcels × (regions, outside)."""
    rows = [f"p{k}" for k in range(len(figures))]
    columns = [*(f"r{k}" for k in range(len(tiles))), ""]
    wide = table.pivot_table(
        index="parcel_id", columns="region_id", values="area_m2", aggfunc="sum"
    )
    return wide.reindex(index=rows, columns=columns).fillna(0.0).to_numpy()


def by_geos(figures, tiles):
    """The same matrix by cutting geometries."""
    parcels, regions = layer("parcel_id", figures), layer("region_id", tiles)
    out = np.empty((len(figures), len(tiles) + 1))
    for k, region in enumerate(regions.geometry):
        out[:, k] = area_m2(shapely.intersection(parcels.geometry.array, region), crs=4549)
    everything = shapely.union_all(regions.geometry.array)
    out[:, -1] = area_m2(shapely.difference(parcels.geometry.array, everything), crs=4549)
    return out


work = given(st.lists(figures(), min_size=1, max_size=5), tilings())


@pytest.fixture(params=["tree", "clipping", "grid", "tiles"])
def way(request, monkeypatch):
    if request.param == "clipping":
        monkeypatch.setattr(overlay, "PREPARED_ONCE", 1)
        monkeypatch.setattr("landgis.join.pieces.SMALL", 4)
    if request.param == "grid":
        monkeypatch.setattr(overlay, "GRID_FROM", 0)
        monkeypatch.setattr(overlay, "GRID_CORNERS", 1e9)
        monkeypatch.setattr(overlay, "GRID_CELLS", 3_000)
    if request.param == "tiles":
        monkeypatch.setattr(overlay, "TILES_FROM", 0)
        monkeypatch.setattr("landgis.join.pieces.SMALL", 8)


quick = settings(max_examples=12, deadline=None)


@pytest.mark.usefixtures("way")
@quick
@work
@example([shapely.box(0, 0, 25, 25)], [shapely.box(0, 0, 25, 1000), shapely.box(25, 0, 1000, 1000)])
def test_nothing_is_lost_and_geos_agrees(figures, tiles):
    assume(all(f.is_valid and f.area > 1 for f in figures))
    table = joined(figures, tiles, sliver_m2=0)
    sums = table.groupby("parcel_id", sort=False)[["area_m2", "share"]].sum()
    areas = area_m2(layer("parcel_id", figures)).to_numpy()
    assert sums["share"].to_numpy() == pytest.approx(1, abs=1e-9)
    assert sums["area_m2"].to_numpy() == pytest.approx(areas, rel=1e-9)
    assert (table["area_m2"] > 0).all()
    assert not table.duplicated(["parcel_id", "region_id"]).any()
    mine, theirs = matrix(table, figures, tiles), by_geos(figures, tiles)
    hairlines = 1e-4 * shapely.length(np.array(figures))[:, None]
    rounding = 1e-6 + 1e-9 * areas[:, None]
    assert (np.abs(mine - theirs) <= rounding + hairlines * (mine == 0)).all()


@quick
@work
def test_the_order_of_rows_and_names_change_nothing(figures, tiles):
    assume(all(f.is_valid and f.area > 1 for f in figures))
    table = joined(figures, tiles)
    back = crosswalk(
        layer("parcel_id", figures).iloc[::-1],
        layer("region_id", tiles, ids=[f"x{k}" for k in range(len(tiles))]).iloc[::-1],
    )
    back["region_id"] = back["region_id"].str.replace("x", "r")
    keys = ["parcel_id", "region_id"]
    both = table.merge(back, on=keys, how="outer", suffixes=("", "_2")).fillna(0.0)
    areas = both.groupby("parcel_id")["area_m2"].transform("sum")
    assert ((both["area_m2"] - both["area_m2_2"]).abs() <= 0.02 + 1e-4 * np.sqrt(areas)).all()


@quick
@given(
    st.lists(figures(), min_size=1, max_size=4),
    tilings(),
    st.tuples(st.integers(-20_000, 20_000), st.integers(-300_000, 300_000)),
)
def test_moving_everything_moves_the_answer(figures, tiles, by):
    assume(all(f.is_valid and f.area > 1 for f in figures))
    here = joined(figures, tiles)
    there = crosswalk(
        layer("parcel_id", figures, shift=ORIGIN + by), layer("region_id", tiles, shift=ORIGIN + by)
    )
    a, b = matrix(here, figures, tiles), matrix(there, figures, tiles)
    totals = a.sum(1, keepdims=True)
    assert np.abs(a / totals - b / b.sum(1, keepdims=True)).max() < 2e-4


@quick
@work
def test_two_levels_of_regions_agree(figures, tiles):
    assume(len(tiles) > 1 and all(f.is_valid and f.area > 1 for f in figures))
    half = len(tiles) // 2
    districts = [shapely.union_all(tiles[:half]), shapely.union_all(tiles[half:])]
    fine = matrix(joined(figures, tiles, sliver_m2=0), figures, tiles)
    coarse = matrix(joined(figures, districts, sliver_m2=0), figures, districts)
    summed = np.column_stack([fine[:, :half].sum(1), fine[:, half:-1].sum(1), fine[:, -1]])
    hairlines = 1e-4 * shapely.length(np.array(figures))[:, None]
    different = np.abs(summed - coarse)
    rounding = 1e-6 + 1e-9 * fine.sum(1, keepdims=True)
    assert (different <= rounding + hairlines * ((summed == 0) | (coarse == 0))).all()


@quick
@work
def test_splitting_a_region_changes_only_its_column(figures, tiles):
    assume(all(f.is_valid and f.area > 1 for f in figures))
    west = shapely.intersection(tiles[0], shapely.box(-1, -1, 333, 2000))
    east = shapely.difference(tiles[0], shapely.box(-1, -1, 333, 2000))
    assume(west.area > 1 and east.area > 1)
    before = matrix(joined(figures, tiles, sliver_m2=0), figures, tiles)
    finer = [west, east, *tiles[1:]]
    after = matrix(joined(figures, finer, sliver_m2=0), figures, finer)
    merged = np.column_stack([after[:, 0] + after[:, 1], after[:, 2:]])
    hairlines = 1e-4 * shapely.length(np.array(figures))[:, None]
    assert (np.abs(before - merged) <= 1e-6 + 2 * hairlines).all()


@pytest.mark.usefixtures("way")
@quick
@given(tilings(), st.floats(-0.3, 0.3), st.floats(0.9, 1.1))
def test_parcels_cut_along_borders_lie_in_one_region_each(tiles, turn, scale):
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    turned = shapely.transform(
        np.array(tiles, dtype=object), lambda xy: xy @ np.array([[cosine, sine], [-sine, cosine]])
    )
    cells = [
        shapely.box(x, y, x + 170, y + 130)
        for x in range(-400, 1400, 170)
        for y in range(-400, 1400, 130)
    ]
    tree = shapely.STRtree(cells)
    region, cell = tree.query(turned, predicate="intersects")
    cut = shapely.intersection(np.array(cells)[cell], turned[region])
    keep = shapely.area(cut) > 1
    flat = np.array(
        [shapely.get_parts(c)[np.argmax(shapely.area(shapely.get_parts(c)))] for c in cut[keep]]
    )
    table, findings = crosswalk_with_findings(layer("parcel_id", flat), layer("region_id", turned))
    assert set(findings["check"]) <= {"join.sliver"}
    expected = pd.Series([f"r{k}" for k in region[keep]], index=[f"p{k}" for k in range(len(flat))])
    assert len(table) == len(flat)
    assert (table.set_index("parcel_id")["region_id"] == expected).all()


@pytest.mark.usefixtures("way")
@quick
@given(tilings(), st.integers(1, 8), st.floats(0, 0.9))
def test_nested_and_degenerate_parcels(tiles, cells, hole):
    """Tiles themselves, a box around everything, one with a nest in it, and figures of no area."""
    around = shapely.box(-50, -50, SIZE + 50, SIZE + 50)
    inner = shapely.box(*(SIZE * (0.5 + 0.5 * hole * np.array([-1, -1, 1, 1]))))
    nest = around - inner if hole > 0.01 else around
    flat = shapely.Polygon([(0, 0), (25.0 * cells, 0), (0, 0)])
    table, findings = crosswalk_with_findings(
        layer("parcel_id", [*tiles, around, nest, flat]), layer("region_id", tiles)
    )
    count = len(tiles)
    alone = table[table["parcel_id"].isin([f"p{k}" for k in range(count)])]
    assert (alone["parcel_id"].str[1:] == alone["region_id"].str[1:]).all()
    assert len(alone) == count
    assert findings.loc[findings["check"] == "join.geometry", "subject"].tolist() == [
        f"p{count + 2}"
    ]
    sums = table.set_index("region_id").query(
        "parcel_id == @name", local_dict={"name": f"p{count}"}
    )
    areas = area_m2(layer("region_id", tiles)).to_numpy()
    assert sums["area_m2"].reindex([f"r{k}" for k in range(count)]).to_numpy() == pytest.approx(
        areas, rel=1e-9, abs=1e-5
    )


@quick
@work
def test_amounts_carried_over_are_preserved(figures, tiles):
    assume(all(f.is_valid and f.area > 1 for f in figures))
    table = joined(figures, tiles)
    parcels = layer("parcel_id", figures).assign(
        persons=np.arange(len(figures)) + 1.0, ratio=2.5, use="x"
    )
    carried = apportion(
        table, parcels, extensive=["persons"], intensive=["ratio"], categorical=["use"]
    )
    assert carried["persons"].sum() == pytest.approx(parcels["persons"].sum(), rel=1e-9)
    assert carried["ratio"].to_numpy() == pytest.approx(2.5)
    assert carried["use=x"].to_numpy() == pytest.approx(1.0)
    whole = assign_whole(table)
    assert whole["parcel_id"].is_unique
    assert whole["area_m2"].sum() == pytest.approx(table["area_m2"].sum(), rel=1e-9)
