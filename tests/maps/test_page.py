"""The pages in a real browser: what is shown, pointed at, filtered, searched and exported."""

import csv
import io
import re
from dataclasses import replace

import geopandas as gpd
import invented
import numpy as np
import pandas as pd
import pytest
import shapely
from looking import bare, colour_at, drawn_texts, hover, near, place, settle, wait_until
from PIL import Image

from landgis.maps.page import write_maps
from landgis.regions.compose import outlines_of


def shown(page):
    return page.evaluate("landgisParcels.shown")


def number(text):
    return float(text.replace(",", "").replace("−", "-").replace("+", ""))


def parcels_of(*rows):
    """Parcels from (id, category, shape in metres)."""
    ids, categories, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"parcel_id": list(ids), "category": list(categories)},
        geometry=list(shapes),
        crs=invented.CRS,
    )


# ---------------------------------------------------------------- figures


def test_one_page_for_each_use_and_an_overview(town_pages):
    uses = sorted(invented.CATEGORIES)
    assert sorted(town_pages) == sorted(["overview.html", *(f"map-{c}.html" for c in uses)])


@pytest.mark.parametrize("how", ["read", "corrected"])
def test_a_star_is_explained_where_one_stands(town, tmp_path, how):
    plan = replace(town.plan, targets=town.plan.targets.assign(how=how))
    pages = write_maps(replace(town, plan=plan, counted=None), tmp_path)
    told = [page.read_text("utf-8") for page in pages]
    assert {
        "计划数经人工更正" in re.sub("<script.*?</script>", "", t, flags=re.DOTALL) for t in told
    } == {how == "corrected"}


def test_table_on_the_page_equals_the_findings(town, town_pages, show):
    page = show(town_pages["overview.html"])
    totals = town.findings[town.findings["check"].str.startswith("totals.")]
    compared = 0
    for row in totals.itertuples():
        line = page.locator(
            f'#table tr[data-region="{row.region}"][data-category="{row.category}"]',
        )
        cells = line.locator("td").all_inner_texts() or line.locator("td").all_text_contents()
        assert number(cells[1]) == row.expected
        if pd.isna(row.actual):
            assert [c.strip() for c in cells[2:4]] == ["—", "—"]
        else:
            assert number(cells[2]) == row.actual
            assert number(cells[3]) == row.difference
        link = line.locator("a.verdict")
        assert link.get_attribute("href") == f"report.html#f{row.Index}"
        assert row.verdict in link.get_attribute("class")
        compared += 1
    assert compared == len(totals) > 20


def test_counts_on_the_page_equal_the_parcels(town, town_pages, show):
    page = show(town_pages["overview.html"])
    for category, count in town.parcels["category"].value_counts().items():
        row = page.locator(f'#table .uses tr[data-category="{category}"] td.count')
        assert number(row.inner_text()) == count
    assert page.evaluate("landgisParcels.count") == len(town.parcels)


def test_page_of_a_use_holds_only_its_parcels(town, town_pages, show):
    page = show(town_pages["map-住宅用地.html"])
    wanted = int((town.parcels["category"] == "住宅用地").sum())
    assert page.evaluate("landgisParcels.count") == wanted
    regions = page.locator("#table .regions tr[data-region]")
    counts = [number(t) for t in regions.locator("td.count").all_inner_texts()]
    assert sum(counts) == wanted
    cells = town.findings[
        (town.findings["category"] == "住宅用地") & (town.findings["region"] != "")
    ]
    for row in cells.itertuples():
        line = page.locator(f'#table .regions tr[data-region="{row.region}"] td')
        assert number(line.nth(1).inner_text()) == row.expected


def test_no_number_reads_minus_nothing(town_pages):
    for path in town_pages.values():
        assert not re.search(r"[-−+]0\.0+<", path.read_text("utf-8"))


# ---------------------------------------------------------------- pointing


def test_pointer_finds_holes_parts_and_three_metres(draw):
    # +-----------+     +--+ +--+
    # | ring +--+ |     | parts |     .  three metres
    # |      |in| |     +--+ +--+
    # |      +--+ |
    # +-----------+
    hole = invented.at(500, 500, 900, 900)
    page = draw(
        parcels_of(
            ("ring", "住宅用地", invented.at(100, 100, 1000, 1000).difference(hole)),
            ("in", "商服用地", hole.buffer(-100)),
            (
                "parts",
                "工业用地",
                shapely.union(
                    invented.at(1500, 100, 1700, 300),
                    invented.at(1900, 100, 2100, 300),
                ),
            ),
            ("dot", "教育用地", invented.at(3000, 1000, 3003, 1003)),
        ),
    )
    assert hover(page, 300, 300) == "ring"
    assert hover(page, 700, 700) == "in"
    assert hover(page, 550, 550) == ""
    assert hover(page, 1600, 200) == hover(page, 2000, 200) == "parts"
    assert hover(page, 1800, 200) == ""
    assert hover(page, 3001, 1001) == "dot"
    page.mouse.click(*place(page, 3001, 1001))
    assert page.locator("#card h2").inner_text() == "dot"
    assert "9.00" in page.locator("#card").inner_text()


def test_pixels_have_the_colours_of_their_uses(draw):
    page = draw(
        parcels_of(
            ("a", "住宅用地", invented.at(100, 100, 1900, 1900)),
            ("b", "商服用地", invented.at(2100, 100, 3900, 1900)),
        ),
    )
    bare(page)
    settle(page)
    assert near(colour_at(page, 500, 500), (0xFF, 0xEA, 0x2D))
    assert near(colour_at(page, 2500, 500), (0xFF, 0, 0))
    assert near(colour_at(page, 1000, 2500), (0xFB, 0xFB, 0xF9))
    page.select_option("#colour", "safe")
    settle(page)
    assert near(colour_at(page, 500, 500), (0x00, 0x72, 0xB2))
    page.locator('#table tr[data-category="商服用地"] input').first.click()
    settle(page)
    assert near(colour_at(page, 2500, 500), (0xFB, 0xFB, 0xF9))


def test_small_parcels_of_a_large_layer_are_drawn_by_pixels(draw):
    """Parcels of three pixels without gaps: their colour covers the ground evenly."""
    page = draw(invented.parcels(160, 12, size=20.0, cell=20.0).assign(category="商服用地"))
    bare(page)
    page.locator("#mark").uncheck()
    settle(page)
    assert all(near(colour_at(page, x, 60), (0xFF, 0, 0)) for x in range(150, 3100, 500))


def test_small_parcels_of_a_small_layer_are_drawn_as_dots(draw):
    page = draw(parcels_of(("dot", "商服用地", invented.at(1000, 1000, 1003, 1003))))
    bare(page)
    settle(page)
    left, top = place(page, 1001, 1001)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    around = [picture.getpixel((round(left) + d, round(top))) for d in (-1, 0, 1)]
    assert all(near(colour, (0xFF, 0, 0), 40) for colour in around)


def test_card_shows_attributes_and_findings(town, town_pages, show):
    page = show(town_pages["overview.html"], "#id=33050200005")
    card = page.locator("#card")
    finding = town.findings[
        (town.findings["subject"] == "33050200005") & (town.findings["verdict"] == "fail")
    ]
    assert finding["message"].iloc[0] in card.inner_text()
    assert card.locator("li a").get_attribute("href") == f"report.html#f{finding.index[0]}"
    assert "25,600.00" in card.inner_text()
    assert page.evaluate("landgisMap.getZoom()") > 15


def test_unknown_id_in_a_link_is_said(town_pages, show):
    page = show(town_pages["overview.html"], "#id=nobody")
    assert "nobody" in page.locator("#status").inner_text()


# ---------------------------------------------------------------- filter and search


def test_click_hides_and_double_click_isolates(town, town_pages, show):
    page = show(town_pages["overview.html"])
    counts = town.parcels["category"].value_counts()
    row = page.locator('#table .uses tr[data-category="工业用地"]')
    row.locator("td").nth(1).click()
    wait_until(page, "landgisParcels.shown !== landgisParcels.count")
    assert shown(page) == 300 - counts["工业用地"]
    row.locator("td").nth(1).click()
    wait_until(page, "landgisParcels.shown === landgisParcels.count")
    row.locator("td").nth(1).dblclick()
    wait_until(page, f"landgisParcels.shown === {counts['工业用地']}")
    page.locator("#all").click()
    wait_until(page, "landgisParcels.shown === landgisParcels.count")


def test_region_filter_follows_the_crosswalk(town, town_pages, show):
    page = show(town_pages["overview.html"])
    page.locator('#table .regions tr[data-region="东区"]:not(.cell) td.count').dblclick()
    wanted = town.crosswalk.loc[town.crosswalk["region_id"] == "r2", "parcel_id"].nunique()
    wait_until(page, f"landgisParcels.shown === {wanted}")
    assert page.locator('#table .cell[data-region="东区"]').first.is_visible()


def test_search_by_id_name_and_region_with_the_keyboard(town, town_pages, show):
    page = show(town_pages["overview.html"])
    page.locator("#search").focus()
    page.keyboard.type(town.parcels["name"].iloc[17])
    page.wait_for_selector("#found li[role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#card:not([hidden])")
    assert town.parcels["parcel_id"].iloc[17] in page.locator("#card h2").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden()
    page.locator("#search").fill("高新区")
    page.wait_for_selector("#found li[role=option]")
    before = page.evaluate("landgisMap.getZoom()")
    page.keyboard.press("Enter")
    wait_until(page, f"landgisMap.getZoom() < {before}")


def test_every_control_is_reached_by_tab(town_pages, show):
    page = show(town_pages["overview.html"])
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"search", "print", "map", "colour", "mark", "all", "button"} <= reached
    assert "leaflet-control-zoom-in" in reached


# ---------------------------------------------------------------- export


def saved(page, button):
    with page.expect_download() as download:
        page.evaluate(f"document.getElementById('{button}').click()")
    return download.value.path().read_bytes(), download.value.suggested_filename


def test_parcel_csv_holds_what_is_shown(town, town_pages, show):
    page = show(town_pages["overview.html"])
    data, name = saved(page, "export-parcels")
    assert name == "overview-parcels.csv"
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [row["宗地编号"] for row in rows] == town.parcels["parcel_id"].tolist()
    areas = [float(row["图上面积（平方米）"]) for row in rows]
    np.testing.assert_allclose(areas, town.crosswalk.groupby("parcel_id")["area_m2"].sum())


def test_table_csv_equals_the_findings(town, town_pages, show):
    page = show(town_pages["overview.html"])
    data, _ = saved(page, "export-table")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    by_key = {(row["区域"], row["用途"]): row for row in rows}
    for row in town.findings[town.findings["check"] == "totals.use"].itertuples():
        line = by_key[row.region, row.category]
        assert float(line["计划"]) == row.expected
        assert float(line["差值"]) == row.difference


def test_picture_has_everything_a_printed_map_needs(town_pages, show):
    page = show(town_pages["overview.html"])
    words = "\n".join(drawn_texts(page))
    for text in (
        "江东市2026年度国有建设用地供应计划核对图", "审图号：（待填）", "北", "1 : ", "面积核对表",
        "西区", "桃源镇", "住宅用地", "124.25", "合计", "EPSG:4549", "近似界线",
    ):  # fmt: skip
        assert text in words
    data, name = saved(page, "export-png")
    assert name == "overview.png"
    assert Image.open(io.BytesIO(data)).size == (2376, 1680)


def test_print_style_leaves_the_controls_out(town_pages, show):
    page = show(town_pages["overview.html"])
    page.emulate_media(media="print")
    for hidden in ("#search", ".pages", "#grip", ".leaflet-control-zoom"):
        assert page.locator(hidden).is_hidden()
    for seen in ("h1", "#map", "#table", ".block"):
        assert page.locator(seen).is_visible()


def test_print_button_prints_the_sheet(town_pages, show):
    page = show(town_pages["overview.html"])
    page.evaluate("window.print = () => { window.printed = document.body.className; }")
    page.locator("#print").click()
    wait_until(page, "window.printed")
    assert page.evaluate("window.printed") == "has-sheet"
    assert page.evaluate("document.getElementById('sheet').naturalWidth") == 2376


# ---------------------------------------------------------------- hostile and odd


ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "=HYPERLINK(0)",
    "</script><b>",
)


def test_text_of_data_stays_text(draw, page):
    alerts = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    table = parcels_of(
        *[(a, a, invented.at(i * 900, 0, i * 900 + 800, 800)) for i, a in enumerate(ATTACKS)]
    )
    places = invented.regions()
    places.loc[0, "name"] = ATTACKS[1]
    draw(table.assign(name=list(ATTACKS)), places=places, map_number=ATTACKS[0])
    for i, attack in enumerate(ATTACKS):
        assert attack in hover(page, i * 900 + 400, 400)
        page.mouse.click(*place(page, i * 900 + 400, 400))
        wait_until(
            page,
            "text => document.querySelector('#card h2')?.textContent.includes(text)",
            attack,
        )
        page.locator("#card .close").click()
    assert page.locator("img:not(#sheet)").count() == 0
    assert page.locator("b:text-is('1')").count() == 0
    data, _ = saved(page, "export-parcels")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [row["宗地编号"] for row in rows][2] == "'=HYPERLINK(0)"
    data, _ = saved(page, "export-table")
    assert "'=HYPERLINK" in data.decode("utf-8-sig")
    assert alerts == []


def test_categories_cannot_lead_out_of_the_folder(tmp_path):
    table = parcels_of(
        ("a", "../../etc", invented.at(0, 0, 99, 99)),
        ("b", "A/b", invented.at(100, 0, 199, 99)),
        ("c", "a?B", invented.at(200, 0, 299, 99)),
    )
    written = write_maps(invented.results(table), tmp_path / "out")
    assert [p.name for p in written] == [
        "overview.html",
        "map-etc.html",
        "map-A_b.html",
        "map-a_B-2.html",
    ]
    assert sorted(p.parent for p in written) == [tmp_path / "out"] * 4


def test_parcels_without_geometry_are_searched_and_listed(draw):
    table = parcels_of(
        ("a", "住宅用地", invented.at(0, 0, 900, 900)), ("b", "住宅用地", shapely.Polygon())
    )
    page = draw(table, "#id=b")
    assert "没有图形" in page.locator("#card").inner_text()
    assert page.evaluate("landgisParcels.count") == 2


def test_a_page_without_parcels_opens(draw):
    page = draw(parcels_of(("a", "住宅用地", shapely.Polygon())).iloc[:0])
    assert page.evaluate("landgisParcels.count") == 0


@pytest.mark.parametrize(
    "missing",
    ["Worker", "OffscreenCanvas", "DecompressionStream", "Worker DecompressionStream"],
)
def test_older_browsers_draw_too(town_pages, page, show, missing):
    for name in missing.split():
        page.add_init_script(f"delete window.{name};")
    if missing == "DecompressionStream":  # also inside the worker
        page.add_init_script(
            "const own = Blob; window.Blob = function (parts, options) {"
            " return new own(['delete self.DecompressionStream;', ...parts], options); };",
        )
    show(town_pages["overview.html"])
    bare(page)
    page.locator("#mark").uncheck()
    settle(page)
    assert hover(page, 100, 100).endswith("地块0（33050200000）")
    assert not near(colour_at(page, 60, 60), (0xFB, 0xFB, 0xF9), 5)


def test_a_browser_that_cannot_read_the_scripts_says_so(town_pages, tmp_path, page):
    """A script that the policy stops stands for one that an old browser cannot parse."""
    text = town_pages["overview.html"].read_text("utf-8")
    (tmp_path / "old.html").write_text(text.replace("function landgisStart", "function x"), "utf-8")
    page.goto((tmp_path / "old.html").as_uri())
    assert "浏览器太旧" in page.locator("#status").inner_text()
    assert page.locator("#table .total").is_visible()


def test_a_browser_without_what_the_page_needs_says_so(town_pages, page):
    page.add_init_script("delete window.ResizeObserver;")
    page.goto(town_pages["overview.html"].as_uri())
    wait_until(page, "document.getElementById('status').className === 'fault'")
    assert "浏览器太旧" in page.locator("#status").inner_text()
    assert page.locator("#table .total").is_visible()


# ---------------------------------------------------------------- marks, languages, sizes


def test_approximate_and_sample_rows_say_so(draw):
    page = draw(invented.parcels(4, 4, basis="sample"))
    text = page.locator("#panel").inner_text()
    assert "示例数据" in text
    assert "近似界线" in text
    assert "近似、示例" in page.locator(".block").inner_text()
    dashed = "landgisMap.getPane('regions').querySelectorAll('path[stroke-dasharray]').length"
    assert page.evaluate(dashed) > 0


def test_the_outline_of_the_county_is_drawn_and_can_be_hidden(draw):
    places = invented.regions()
    page = draw(invented.parcels(4, 4), places=places, outlines=outlines_of(places))
    drawn = "landgisMap.getPane('outlines').querySelectorAll('path[d^=M]:not([d=\"M0 0\"])').length"
    assert page.evaluate(drawn) == 1
    page.locator(".leaflet-control-layers").hover()
    page.get_by_label("县市界").uncheck()
    assert page.evaluate(drawn) == 0


def test_nothing_is_marked_that_is_as_delivered(draw):
    places = invented.regions().assign(basis="")
    page = draw(invented.parcels(4, 4), places=places)
    assert page.locator("#panel .mark").count() == 0


def test_title_block_has_a_slot_for_the_map_number(town_pages, draw, show):
    page = show(town_pages["overview.html"])
    assert "（待填）" in page.locator(".block").inner_text()
    draw(invented.parcels(2, 2), map_number="浙S(2026)1号")
    assert "浙S(2026)1号" in page.locator(".block").inner_text()


def test_english_page_has_no_chinese_of_its_own(town, tmp_path, show):
    show_path = write_maps(town, tmp_path, lang="en")[0]
    page = show(show_path)
    page.locator("#search").hover()
    for selector in (".tools", ".options", "#table thead", ".hint", ".block dt"):
        assert not re.search(r"[\u4e00-\u9fff]", "".join(page.locator(selector).all_inner_texts()))


def test_english_page_glosses_what_is_recorded(town, tmp_path, show):
    page = show(write_maps(town, tmp_path, lang="en")[0])
    page.select_option("#colour", "column:supply_mode")
    settle(page)
    shown = page.locator("#key").inner_text().split("\n")
    assert {"出让 (grant)", "划拨 (allocation)"} <= set(shown)


@pytest.mark.parametrize("size", [(1366, 768), (375, 700)])
def test_nothing_runs_off_the_screen(town_pages, show, page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    show(town_pages["overview.html"])
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
    box = page.locator("#map").bounding_box()
    assert box["width"] * box["height"] > 0.3 * size[0] * size[1]


def test_regions_are_coloured_by_completion(town_pages, show):
    page = show(town_pages["overview.html"])
    page.select_option("#colour", "completion")
    settle(page)
    assert page.locator("#key").is_visible()
    notes = page.locator(".name.region small").all_inner_texts()
    assert any(note.endswith("%") for note in notes)


def test_measuring_a_known_box(draw):
    page = draw(parcels_of(("a", "住宅用地", invented.at(1000, 1000, 2000, 2000))))
    page.get_by_role("button", name="量面积").click()
    for x, y in [(1000, 1000), (2000, 1000), (2000, 2000), (1000, 2000)]:
        page.mouse.click(*place(page, x, y))
    page.mouse.dblclick(*place(page, 1000, 2000))
    text = page.locator(".landgis-tip").inner_text()
    hectares = float(re.match(r"([\d.]+) 公顷", text)[1])
    assert abs(hectares - 100) < 1.5
    assert page.locator("#card").is_hidden()
