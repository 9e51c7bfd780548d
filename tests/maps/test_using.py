"""How a page is used: links, keyboard, regions, measuring, frames, and what the picture holds."""

import html
import re
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import invented
import pytest
from looking import bare, colour_at, drawn_texts, near, place, settle, wait_until

from landgis.maps.page import write_maps

FOCUS = "(e => e.id || e.className || e.tagName)(document.activeElement)"


def inside(page, x, y):
    """Whether a place of the town is on the screen's map."""
    box = page.locator("#map").bounding_box()
    left, top = place(page, x, y)
    return 0 < left - box["x"] < box["width"] and 0 < top - box["y"] < box["height"]


# ---------------------------------------------------------------- regions


def test_jump_shows_one_region_and_opens_its_rows(town_pages, show):
    page = show(town_pages["overview.html"])
    cells = page.locator('#table .cell[data-region="高新区"]')
    assert cells.first.is_hidden()
    page.get_by_role("button", name="到此区域 高新区").click()
    assert cells.first.is_visible()
    assert page.locator('#table .cell[data-region="西区"]').first.is_hidden()
    assert inside(page, 3000, 2500)
    assert not inside(page, 1000, 500)


def test_a_region_in_the_address_is_shown(town_pages, show):
    page = show(town_pages["overview.html"], "#region=高新区")
    assert page.locator('#table .cell[data-region="高新区"]').first.is_visible()
    assert not inside(page, 1000, 500)


def test_regions_are_coloured_by_difference(town, town_pages, show):
    page = show(town_pages["overview.html"])
    bare(page)
    page.select_option("#colour", "difference")
    settle(page)
    rows = town.findings[town.findings["check"] == "totals.region"].set_index("region")
    notes = dict(
        zip(
            [t.split("\n")[0] for t in page.locator(".name.region").all_inner_texts()],
            page.locator(".name.region small").all_inner_texts(),
            strict=True,
        ),
    )
    for region, note in notes.items():
        value = rows.loc[region, "difference"]
        assert float(note.replace("−", "-").replace("+", "")) == value
    white = [region for region in notes if abs(rows.loc[region, "difference"]) < 0.1]
    assert white
    assert not near(colour_at(page, 1990, 100), colour_at(page, 1990, -200), 3)


def test_a_township_of_a_regions_name_is_named_once(draw):
    places = invented.regions()
    places.loc[0, "name"] = "白沙街道"
    page = draw(invented.parcels(2, 2), places=places)
    names = page.locator(".name").all_inner_texts()
    assert names.count("白沙街道") == 1
    assert "桃源镇" in names
    assert drawn_texts(page).count("白沙街道") == 2  # on the map, and in the table


# ---------------------------------------------------------------- links


def test_copied_link_leads_back_to_the_parcel(town_pages, show, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    show(town_pages["overview.html"], "#id=33050200005")
    page.get_by_role("button", name="复制链接").click()
    wait_until(page, "/已复制/.test(card.innerText) || card.querySelector('input')")
    shown = page.locator("#card input")
    link = shown.input_value() if shown.count() else page.evaluate("navigator.clipboard.readText()")
    assert link.endswith("overview.html#id=33050200005")
    page.keyboard.press("Escape")
    assert page.evaluate("location.hash") == ""
    show(town_pages["overview.html"], "#" + link.partition("#")[2])
    assert "33050200005" in page.locator("#card h2").inner_text()


def test_a_link_that_cannot_be_copied_is_shown(town_pages, show, page):
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined });")
    show(town_pages["overview.html"], "#id=33050200005")
    page.get_by_role("button", name="复制链接").click()
    assert page.locator("#card input").input_value().endswith("#id=33050200005")


def test_pages_and_report_are_linked(town_pages, show):
    page = show(town_pages["overview.html"])
    links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.pathname)")
    targets = {link.rsplit("/", 1)[1] for link in links if link.endswith(".html")}
    assert len([t for t in targets if t.startswith("map-")]) == len(invented.CATEGORIES)
    assert "report.html" in targets


# ---------------------------------------------------------------- keyboard


def test_the_focus_is_seen_on_every_control(town_pages, show):
    page = show(town_pages["overview.html"])
    unseen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1)"
            "(getComputedStyle(document.activeElement))",
        )
        if not seen and page.evaluate("document.activeElement !== document.body"):
            unseen.add(page.evaluate(FOCUS))
    assert unseen == set()


def test_tab_goes_from_the_heading_to_the_map_to_the_table(town_pages, show):
    page = show(town_pages["overview.html"])
    order = []
    for _ in range(60):
        page.keyboard.press("Tab")
        order.append(page.evaluate(FOCUS))
    places = [order.index(name) for name in ("search", "map", "colour", "mark", "all")]
    assert places == sorted(places)


def test_a_parcel_without_a_mouse(town_pages, show):
    """Search, read the card, close it: the keyboard is back where it was."""
    page = show(town_pages["overview.html"])
    page.locator("#search").focus()
    page.keyboard.type("330502000")
    page.wait_for_selector("#found li[role=option]")
    page.keyboard.press("ArrowDown")
    chosen = page.locator('#found li[aria-selected="true"]')
    assert chosen.get_attribute("id") == page.locator("#search").get_attribute(
        "aria-activedescendant",
    )
    wanted = chosen.inner_text().split()[0][:11]
    page.keyboard.press("Enter")
    page.wait_for_selector("#card:not([hidden])")
    assert wanted in page.locator("#card h2").inner_text()
    page.locator("#card .close").focus()
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden()
    assert page.evaluate(FOCUS) == "search"


def test_rows_and_menu_without_a_mouse(town, town_pages, show):
    page = show(town_pages["overview.html"])
    page.locator('#table .uses tr[data-category="工业用地"] input').focus()
    page.keyboard.press("Space")
    wait_until(page, "landgisParcels.shown !== landgisParcels.count")
    page.keyboard.press("Enter")
    wanted = int((town.parcels["category"] == "工业用地").sum())
    wait_until(page, f"landgisParcels.shown === {wanted}")
    page.locator(".menu summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#export-png").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator("#export-png").is_hidden()
    assert page.evaluate(FOCUS) == "SUMMARY"


# ---------------------------------------------------------------- measuring


def test_measuring_a_known_distance(draw):
    page = draw(invented.parcels(20, 15))
    page.get_by_role("button", name="量距离").click()
    page.mouse.click(*place(page, 1000, 1000))
    page.mouse.dblclick(*place(page, 2000, 1000))
    text = page.locator(".landgis-tip").inner_text()
    metres = re.match(r"([\d.]+) (k?)m", text)
    assert abs(float(metres[1]) * (1000 if metres[2] else 1) - 1000) < 12
    assert page.locator("#card").is_hidden()
    page.keyboard.press("Escape")
    wait_until(page, "document.querySelectorAll('.landgis-tip').length === 0")


def test_escape_ends_measuring_and_parcels_answer_again(draw):
    page = draw(invented.parcels(20, 15))
    page.get_by_role("button", name="量面积").click()
    page.mouse.click(*place(page, 1050, 1050))
    page.mouse.click(*place(page, 1650, 1050))
    page.keyboard.press("Escape")
    wait_until(page, "document.querySelectorAll('.landgis-tip').length === 0")
    page.mouse.click(*place(page, 1050, 1050))
    page.wait_for_selector("#card:not([hidden])")


# ---------------------------------------------------------------- the picture


def test_the_picture_lists_no_row_that_is_hidden(town_pages, show):
    page = show(town_pages["overview.html"])
    assert {"工业用地", "东区", "合计"} <= set(drawn_texts(page))
    page.locator('#table .uses tr[data-category="工业用地"] input').click()
    page.locator('#table .regions tr[data-region="东区"]:not(.cell) input').click()
    wait_until(page, "landgisParcels.shown !== landgisParcels.count")
    page.evaluate("landgisMap.eachLayer(l => l instanceof L.Marker && l.remove())")
    said = drawn_texts(page)
    assert "工业用地" not in said
    assert said.count("东区") == 1  # its name on the map; the row is gone
    assert "合计（全部）" in said


def test_the_picture_tells_the_colours_that_are_shown(town_pages, show):
    page = show(town_pages["overview.html"])
    page.select_option("#colour", "verdict")
    settle(page)
    assert {"通过", "不通过", "无法判定"} <= set(drawn_texts(page))
    page.select_option("#colour", "difference")
    settle(page)
    assert any(text.startswith("不足") for text in drawn_texts(page))


def test_six_decimals_do_not_run_into_each_other_in_the_picture(town, tmp_path, show):
    findings = town.findings.assign(
        expected=town.findings["expected"] + 1000.123456,
        actual=town.findings["actual"] + 1000.654321,
    )
    page = show(write_maps(replace(town, findings=findings), tmp_path)[0])
    said = page.evaluate(
        """async () => {
          const said = [], own = CanvasRenderingContext2D.prototype.fillText;
          CanvasRenderingContext2D.prototype.fillText = function (text, x, y, most) {
            const long = Math.min(this.measureText(text).width, most || Infinity);
            const left = this.textAlign === "right" ? x - long : x;
            const line = Math.round(y * 20);
            if (x > 205 && y > 25 && y < 178) said.push([line, left, left + long, text]);
            return own.call(this, text, x, y, ...(most ? [most] : []));
          };
          await landgisSheetNow();
          CanvasRenderingContext2D.prototype.fillText = own;
          return said;
        }""",
    )
    lines = {}  # a set of each: a slow page may draw the sheet again meanwhile
    for y, left, right, text in said:
        lines.setdefault(y, set()).add((left, right, text))
    assert len(lines) > 10
    for line in lines.values():
        for (_, end, one), (start, _, other) in pairwise(sorted(line)):
            assert end <= start + 0.1, (one, other)


def test_the_picture_says_what_is_not_as_surveyed(draw):
    page = draw(invented.parcels(4, 4, basis="schematic"), map_number="浙S(2026)1号")
    said = "\n".join(drawn_texts(page))
    for text in ("示意图形", "近似界线", "浙S(2026)1号", "数据来源", "制图日期", "坐标系"):
        assert text in said


# ---------------------------------------------------------------- frames and phones


def test_a_page_works_inside_a_frame_of_a_notebook(town_pages, tmp_path, page):
    """As Jupyter shows it: `srcdoc`, no address of its own."""
    inner = html.escape(town_pages["overview.html"].read_text("utf-8"), quote=True)
    frame = f'<iframe srcdoc="{inner}" width="1200" height="700"></iframe>'
    (tmp_path / "notebook.html").write_text(f"<!DOCTYPE html><meta charset=utf-8>{frame}", "utf-8")
    page.goto((tmp_path / "notebook.html").as_uri())
    inside_frame = page.frame_locator("iframe")
    inside_frame.locator("html[data-ready][data-drawn]").wait_for(state="attached")
    inside_frame.locator("#search").fill("33050200017")
    inside_frame.locator("#found li[role=option]").first.wait_for()
    inside_frame.locator("#search").press("Enter")
    inside_frame.locator("#card").wait_for(state="visible")
    assert "33050200017" in inside_frame.locator("#card h2").inner_text()
    assert page.faults == []
    assert page.requests == []


def test_a_phone_reads_the_table_and_opens_a_parcel(town_pages, show, page):
    page.set_viewport_size({"width": 375, "height": 700})
    show(town_pages["overview.html"])
    table = page.locator("#table").bounding_box()
    assert table["x"] >= 0
    assert table["x"] + table["width"] <= 375
    tall = page.locator("#map").bounding_box()["height"]
    page.locator("#grip").click()
    assert page.locator("#map").bounding_box()["height"] > tall
    page.locator("#search").fill("33050200017")
    page.wait_for_selector("#found li[role=option]")
    page.keyboard.press("Enter")
    card = page.locator("#card")
    card.wait_for(state="visible")
    box = card.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375


@pytest.mark.parametrize("selector", [".tools .button", "#grip", "#colour", ".jump", "#all"])
def test_what_a_finger_meets_on_a_phone_is_large_enough(town_pages, show, page, selector):
    page.set_viewport_size({"width": 375, "height": 700})
    show(town_pages["overview.html"])
    box = page.locator(selector).first.bounding_box()
    assert min(box["width"], box["height"]) >= 24


def planned(town, value, decimals):
    """The town with other figures: what ``value`` makes of the row of the balance."""
    targets = town.plan.targets.copy()
    rows = [town.balance.by_key[key] for key in zip(targets.region, targets.category, strict=True)]
    targets["stated_value"] = [float(value(row)) for row in rows]
    targets["stated_decimals"] = decimals
    return replace(town, plan=replace(town.plan, targets=targets), counted=None)


def test_six_decimals_in_english_fit_a_phone(town, tmp_path, show, page):
    finer = planned(town, lambda row: row.figure.value + Decimal("0.123456"), 6)
    page.set_viewport_size({"width": 375, "height": 700})
    show(write_maps(finer, tmp_path, lang="en")[0])
    assert "123456" in page.locator("#panel-body").inner_text()
    assert page.evaluate("document.getElementById('panel-body').scrollWidth") <= 375


def test_differences_of_nothing_need_one_colour(town, tmp_path, show):
    page = show(
        write_maps(planned(town, lambda row: row.mapped or row.figure.value, 2), tmp_path)[0]
    )
    page.select_option("#colour", "difference")
    assert page.locator("#key div").all_inner_texts() == ["0", "计划无数", "无图形：市直"]
