"""Odd and hostile data: nothing at all, one of everything, far too many, and names that bite."""

import json
from dataclasses import replace

import geopandas as gpd
import invented
import numpy as np
import pandas as pd
import pytest
import shapely
from growth import growth
from looking import hover, wait_until

from landgis.errors import InputError
from landgis.findings import findings_table
from landgis.maps.legend import draw_legend, page_categories
from landgis.maps.page import glossed, write_maps

NAMES = (
    "'\"`",
    "第一行\n第二行\t制表",
    "😀🏙️",
    "<script>alert(1)</script>",
    "\u202eabc\u2028",
    "\x01\x00packed\x00",
    "<!--packed-->",
    "{{ data }}{% raw %}",
    "]]></style>",
    "长" * 500,
)


def parcels_of(rows, crs=invented.CRS):
    ids, categories, shapes = zip(*rows, strict=True)
    columns = {"parcel_id": list(ids), "category": list(categories)}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def test_one_parcel_of_three_metres(draw):
    page = draw(parcels_of([("a", "住宅用地", invented.at(0, 0, 3, 3))]))
    assert page.evaluate("landgisParcels.shown") == 1


def test_every_parcel_outside_the_regions(draw):
    page = draw(parcels_of([("a", "住宅用地", invented.at(9000, 0, 9900, 900))]))
    row = page.locator('#table .regions tr[data-region="东区"]:not(.cell) td.count')
    assert row.inner_text() == "0"
    assert hover(page, 9400, 400) == "a"
    page.locator('#table .regions tr[data-region="东区"]:not(.cell) input').click()
    wait_until(page, "landgisParcels.shown === 0")


def test_half_a_character_and_a_basis_of_ones_own(show, tmp_path):
    land = parcels_of([("a", "住宅用地", invented.at(0, 0, 250, 250))]).assign(basis="实测")
    damaged = land.assign(parcel_id=pd.Series(["坏\ud800字"], dtype="object"))
    results = replace(invented.results(land), parcels=damaged, title="某市\ud800")
    page = show(write_maps(results, tmp_path)[0])
    wait_until(page, "landgisParcels.shown === 1")
    assert hover(page, 100, 100) == "坏�字"
    assert "实测" in page.inner_text("footer")


def test_names_that_bite_stay_names(draw, page):
    alerts = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    rows = [
        (f"{i}{name}", name, invented.at(i * 300, 0, i * 300 + 250, 250))
        for i, name in enumerate(NAMES)
    ]
    table = parcels_of(rows).assign(name=list(NAMES))
    places = invented.regions()
    places["name"] = list(NAMES[:4])
    page = draw(table, places=places, title="".join(NAMES[:9]), map_number=NAMES[3])
    assert page.evaluate("landgisParcels.count") == len(NAMES)
    records = page.evaluate(
        "Promise.all([...Array(landgisParcels.count).keys()].map(i => landgisParcels.record(i)))",
    )
    assert {r["values"]["name"] for r in records} == set(NAMES)
    page.wait_for_timeout(200)
    assert alerts == []
    assert page.evaluate("document.documentElement.scrollWidth") == 1366


def test_a_layer_across_the_antimeridian_opens(draw):
    table = parcels_of(
        [
            ("west", "住宅用地", shapely.box(179.99, 30, 179.999, 30.01)),
            ("east", "商服用地", shapely.box(-179.999, 30, -179.99, 30.01)),
        ],
        4490,
    )
    page = draw(table, places=invented.regions().to_crs(4490))
    assert page.evaluate("landgisParcels.shown") == 2


@pytest.mark.parametrize("shape", [shapely.Point(0, 0), shapely.LineString([(0, 0), (9, 9)])])
def test_points_and_lines_are_told(tmp_path, shape):
    table = parcels_of([("a", "住宅用地", invented.at(0, 0, 9, 9)), ("b", "商服用地", shape)])
    with pytest.raises(InputError, match=shape.geom_type.upper()):
        write_maps(invented.results(table), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_figures_that_are_none_are_dashes(show, tmp_path, number):
    plain = invented.results(invented.parcels(3, 3))
    results = replace(
        plain,
        findings=plain.findings.assign(expected=np.nan, actual=np.nan, difference=np.nan),
        crosswalk=plain.crosswalk.assign(area_m2=number),
        parcels=plain.parcels.assign(recorded_area_m2=number),
    )
    path = write_maps(results, tmp_path)[0]
    data = path.read_text("utf-8").partition('id="page">')[2].partition("</script>")[0]
    json.loads(data, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    page = show(path)
    table = page.locator("#table").inner_text().lower()
    assert "nan" not in table
    assert "inf" not in table
    page.select_option("#colour", "difference")
    page.locator("#search").fill("33050200001")
    page.wait_for_selector("#found li[role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#card:not([hidden])")
    assert "NaN" not in page.locator("#card").inner_text()


def many_regions(side):
    """A square of regions, a parcel in each, six uses in turn."""
    x, y = (a.ravel() * 100 for a in np.meshgrid(np.arange(side), np.arange(side)))
    shapes = [invented.at(a, b, a + 100, b + 100) for a, b in zip(x, y, strict=True)]
    count = len(shapes)
    numbers = np.arange(count)
    places = gpd.GeoDataFrame(
        {
            "region_id": [f"r{i}" for i in numbers],
            "name": [f"区域{i}" for i in numbers],
            "level": "plan",
            "basis": "",
        },
        geometry=shapes,
        crs=invented.CRS,
    )
    table = gpd.GeoDataFrame(
        {
            "parcel_id": [f"p{i}" for i in numbers],
            "category": np.array(invented.CATEGORIES)[numbers % 6],
        },
        geometry=[shape.buffer(-20) for shape in shapes],
        crs=invented.CRS,
    )
    pieces = pd.DataFrame(
        {
            "parcel_id": table["parcel_id"],
            "region_id": places["region_id"],
            "area_m2": 3600.0,
            "share": 1.0,
        },
    )
    few = invented.results(table.iloc[:1], places.iloc[:1])
    return replace(few, parcels=table, regions=places, crosswalk=pieces, findings=findings_table())


def test_the_time_of_many_regions_is_linear():
    def draw(side):
        legend = draw_legend(glossed(many_regions(side)))
        assert len(legend.regions) == len(legend.cells) == side * side
        assert {row.count for row in legend.cells} == {1}
        assert legend.total.count == side * side

    assert growth(lambda regions: draw(round(regions**0.5)), 100) < 2


def many_uses(count):
    """As many uses as parcels."""
    rows = [(f"p{i}", f"用途{i}", invented.at(i * 9, 0, i * 9 + 9, 9)) for i in range(count)]
    results = invented.results(parcels_of(rows[:1]))
    table = parcels_of(rows)
    pieces = pd.DataFrame(
        {"parcel_id": table["parcel_id"], "region_id": "r1", "area_m2": 81.0, "share": 1.0},
    )
    return replace(results, parcels=table, crosswalk=pieces, findings=findings_table())


def test_the_time_of_many_uses_is_linear():
    def draw(count):
        results = many_uses(count)
        assert len(page_categories(results)) == count
        assert len(draw_legend(glossed(results)).uses) == count

    assert growth(draw, 40) < 2


def test_a_hundred_regions_open(tmp_path, show):
    page = show(write_maps(many_regions(10), tmp_path)[0])
    assert page.locator("#table .regions tr:not(.cell):not(.head)").count() == 100
    assert page.evaluate("document.documentElement.scrollHeight") <= 768
