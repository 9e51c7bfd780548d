"""Before and after: parcels supplied by two times, and two versions of the parcels."""

import re

import geopandas as gpd
import invented
import pytest
from looking import bare, colour_at, drawn_texts, hover, near, place, settle, wait_until

from landgis.checks.supply import supplied_shares
from landgis.errors import InputError
from landgis.maps.page import write_maps
from landgis.results import with_earlier

QUARTERS = ["第一季度", "第二季度", "第三季度", "第四季度"]
RED, GROUND = (0xFF, 0, 0), (0xFF, 0xFF, 0xFF)


def quarters():
    """Four boxes of 16 公顷 in each region, one for each quarter, across the whole town."""
    boxes = [
        (f"{region}{n}", "商服用地", quarter, invented.at(x + 50, y, x + 450, y + 400))
        for region, left, y in (("w", 0, 200), ("e", 2000, 200))
        for n, (quarter, x) in enumerate(zip(QUARTERS, range(left, left + 2000, 500), strict=True))
    ]
    ids, uses, times, shapes = zip(*boxes, strict=True)
    columns = {"parcel_id": ids, "category": uses, "quarter": times}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=invented.CRS)


@pytest.fixture
def two_times(draw):
    page = draw(quarters())
    bare(page)
    page.locator("#mark").uncheck()
    page.select_option("#compare", "times")
    wait_until(page, "document.getElementById('count-before').textContent !== ''")
    settle(page)
    return page


def test_each_side_shows_its_time(two_times):
    """Left of the middle only the first quarter, right of it the whole year."""
    page = two_times
    assert page.locator("#count-before").inner_text() == "截至 第一季度 · 2 宗"
    assert page.locator("#count-after").inner_text() == "截至 第四季度 · 8 宗"
    assert near(colour_at(page, 250, 400), RED)
    assert near(colour_at(page, 1250, 400), GROUND)
    assert near(colour_at(page, 3250, 400), RED)
    page.mouse.move(*place(page, 250, 400))
    assert page.locator(".landgis-tip b").first.inner_text() == "w0"
    assert page.evaluate("landgisParcels.hovered") in (-1, None)
    page.select_option("#time-before", "2")
    wait_until(page, "document.getElementById('count-before').textContent.includes('6 宗')")
    settle(page)
    assert near(colour_at(page, 1250, 400), RED)


def test_the_line_is_moved_with_the_keyboard_and_the_pointer(two_times):
    page = two_times
    page.locator("#swipe-at").focus()
    page.keyboard.press("Home")
    settle(page)
    assert near(colour_at(page, 1250, 400), RED)
    left = page.locator("#map").bounding_box()["x"]
    page.mouse.move(left + 2, 300)
    page.mouse.down()
    page.mouse.move(*place(page, 1600, 1000), steps=4)
    page.mouse.up()
    settle(page)
    assert near(colour_at(page, 1250, 400), GROUND)
    assert near(colour_at(page, 1750, 400), RED)


def test_on_a_phone_the_scale_bar_lies_beside_the_buttons(two_times):
    page = two_times
    page.set_viewport_size({"width": 375, "height": 700})
    settle(page)
    scale = page.locator(".leaflet-control-scale").bounding_box()
    for other in (".landgis-measure", "#swipe", "#key"):
        if not page.locator(other).is_visible():
            continue
        box = page.locator(other).bounding_box()
        apart = [
            scale[a] >= box[a] + box[size] or box[a] >= scale[a] + scale[size]
            for a, size in (("x", "width"), ("y", "height"))
        ]
        assert any(apart), other


def test_filters_hold_on_both_sides_and_comparing_ends(two_times):
    page = two_times
    page.locator('#table .regions tr[data-region="西区"]:not(.cell) input').click()
    wait_until(page, "document.getElementById('count-before').textContent.includes('1 宗')")
    assert "4 宗" in page.locator("#count-after").inner_text()
    page.locator("#all").click()
    page.select_option("#compare", "")
    wait_until(page, "landgisParcels.shown === 8")
    settle(page)
    assert page.locator("#swipe").is_hidden()
    assert near(colour_at(page, 1250, 400), RED)
    assert hover(page, 1250, 400) == "w2"


def test_regions_show_their_completion_at_both_times(two_times):
    page = two_times
    page.select_option("#colour", "completion")
    settle(page)
    notes = page.locator(".name.region small").all_inner_texts()
    shares = [[float(part.strip(" %")) for part in n.split("→")] for n in notes if "→" in n]
    assert shares
    assert all(abs(first * 4 - second) < 0.25 for first, second in shares)


def test_the_picture_shows_both_sides(two_times):
    assert {"截至 第一季度", "截至 第四季度"} <= set(drawn_texts(two_times))


def test_supplied_shares_grow_to_all_that_is_dated():
    table = quarters()
    table.loc[3, "quarter"] = ""
    results = invented.results(table)
    when = table.set_index("parcel_id")["quarter"]
    pieces = results.balance.land.pieces
    pieces = pieces.assign(quarter=pieces["parcel_id"].map(when))
    shares = supplied_shares(pieces, times=QUARTERS).T.to_dict("list")
    assert shares["西区"] == pytest.approx([0.25, 0.5, 0.75, 0.75])
    assert shares["东区"] == pytest.approx([0.25, 0.5, 0.75, 1.0])


# ---------------------------------------------------------------- two versions


def versions():
    """One parcel stays, one is new, one is given up, one changes its use."""
    now = quarters().iloc[[0, 1, 2]].assign(quarter="")
    before = quarters().iloc[[0, 2, 3]].assign(quarter="")
    before.loc[2, "category"] = "住宅用地"
    return before, now


def test_two_versions_stand_side_by_side(tmp_path, show):
    before, now = versions()
    page = show(write_maps(with_earlier(invented.results(now), parcels=before), tmp_path)[0])
    bare(page)
    page.locator("#mark").uncheck()
    page.select_option("#compare", "earlier")
    wait_until(page, "document.getElementById('count-before').textContent === '调整前 · 3 宗'")
    page.evaluate("document.getElementById('swipe-at').value = 100")
    page.locator("#swipe-at").dispatch_event("input")
    settle(page)
    assert near(colour_at(page, 1250, 400), (0xFF, 0xEA, 0x2D))
    assert near(colour_at(page, 750, 400), GROUND)
    page.mouse.click(*place(page, 1750, 400))
    wait_until(page, "document.querySelector('#card h2')?.textContent === 'w3'")
    card = page.locator("#card").inner_text()
    assert "调整前" in card
    assert "取消" in card
    page.keyboard.press("Escape")
    page.evaluate("document.getElementById('swipe-at').value = 0")
    page.locator("#swipe-at").dispatch_event("input")
    settle(page)
    assert near(colour_at(page, 750, 400), RED)
    page.mouse.click(*place(page, 1250, 400))
    wait_until(page, "document.querySelector('#card h2')?.textContent === 'w2'")
    assert "用途 住宅用地 → 商服用地" in page.locator("#card").inner_text()


def test_the_page_of_a_use_holds_its_earlier_parcels(tmp_path, show):
    before, now = versions()
    pages = {
        p.name: p for p in write_maps(with_earlier(invented.results(now), parcels=before), tmp_path)
    }
    page = show(pages["map-商服用地.html"])
    page.select_option("#compare", "earlier")
    wait_until(page, "document.getElementById('count-before').textContent === '调整前 · 2 宗'")


def test_changes_can_be_coloured(tmp_path, show):
    before, now = versions()
    page = show(write_maps(with_earlier(invented.results(now), parcels=before), tmp_path)[0])
    bare(page)
    page.locator("#mark").uncheck()
    page.evaluate("document.getElementById('swipe-at').value = 100")
    page.select_option("#compare", "earlier")
    page.select_option("#colour", "column:change")
    settle(page)
    wait_until(page, "document.getElementById('count-before').textContent === '调整前 · 3 宗'")
    settle(page)
    legend = page.locator("#key div", has_text="取消")
    assert legend.count() == 1
    own = colour_at(page, 1750, 400)
    swatch = legend.locator("i").evaluate("e => getComputedStyle(e).backgroundColor")
    assert near(own, [int(n) for n in re.findall(r"\d+", swatch)])
    assert set(page.locator("#key div").all_inner_texts()) == {"不变", "新增加", "调整", "取消"}


def test_ids_that_occur_twice_cannot_be_compared():
    before, now = versions()
    with pytest.raises(InputError, match="重复"):
        with_earlier(invented.results(now), parcels=before.assign(parcel_id="same"))


def test_a_page_without_times_or_versions_offers_no_comparison(draw):
    page = draw(quarters().assign(quarter=""))
    assert page.locator("#compare").count() == 0
