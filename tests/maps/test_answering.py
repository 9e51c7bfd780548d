"""The five questions of people, each on one screen or one click away, on map and report."""

import re
from urllib.parse import quote, unquote

import invented
import pytest
from looking import drawn_texts, settle, wait_until

from landgis.maps.page import write_maps
from landgis.report.write import write_report


@pytest.fixture(scope="session")
def answered(town, tmp_path_factory):
    folder = tmp_path_factory.mktemp("answered")
    pages = write_maps(town, folder)
    write_report(town, folder, maps=[(page.stem, page.name) for page in pages])
    return folder


@pytest.fixture
def report(page, answered):
    page.goto((answered / "report.html").as_uri())
    yield page
    assert page.faults == []
    assert page.requests == []


def on_screen(page, selector):
    """Whether the first such element lies wholly in the window, unscrolled."""
    box = page.locator(selector).first.bounding_box()
    size = page.viewport_size
    return box and box["y"] >= 0 and box["y"] + box["height"] <= size["height"]


def test_does_it_add_up_is_the_first_thing_said(report):
    assert on_screen(report, "h2.headline")
    assert re.search(r"图上|总量|计划", report.locator("h2.headline").inner_text())
    first = report.locator("main").inner_text()
    assert first.index(report.locator("h2.headline").inner_text()) == 0
    assert first.index("共核对") > first.index("合计")  # counts come after


def test_where_and_by_how_much_stand_beside_it(report):
    assert on_screen(report, ".causes li")
    assert on_screen(report, ".sketch svg")
    assert on_screen(report, ".front tbody tr")
    assert re.search(r"[+−]\d", report.locator(".causes").inner_text())


def test_what_now_stands_under_each_cause(report):
    causes = report.locator(".causes li")
    assert causes.count()
    assert causes.count() == report.locator(".causes .todo").count()


def test_which_parcels_is_one_click(report):
    link = report.locator(".front a[href*='overview.html#region=']").first
    wanted = unquote(link.get_attribute("href").partition("#region=")[2].partition("&")[0])
    link.click()
    report.wait_for_selector("html[data-ready][data-drawn]", state="attached")
    assert report.locator("#ids").get_attribute("open") is not None
    wait_until(report, "document.querySelectorAll('#ids-list li').length > 0")
    shown = int(report.locator("#ids-count").inner_text().replace(",", ""))
    rows = report.locator(f'#table .regions tr[data-region="{wanted}"]:not(.cell) .count')
    assert 0 < shown <= int(rows.inner_text())
    button = report.locator("#ids-list button").first
    parcel = button.inner_text()
    button.click()
    assert parcel in report.locator("#card h2").inner_text()
    figures = report.locator("#card .in a")  # and back to the figures that it counts in
    assert any(wanted in text for text in figures.all_inner_texts())
    assert "report.html#f" in figures.first.get_attribute("href")
    figures.first.click()
    report.wait_for_selector("tr:target", state="attached")
    assert report.locator("tr:target").count() == 1


def test_a_region_of_the_small_map_leads_to_its_land(report):
    report.locator(".sketch svg a").first.press("Enter")
    report.wait_for_selector("html[data-ready][data-drawn]", state="attached")
    region = unquote(report.evaluate("location.hash")).removeprefix("#region=")
    open_rows = report.locator(f'#table .regions tr.cell[data-region="{region}"]:visible')
    assert open_rows.count()
    others = report.locator(f'#table .regions tr:not(.cell):not([data-region="{region}"]) input')
    assert not any(box.is_checked() for box in others.all())


def test_a_cause_leads_to_its_checks(report):
    report.locator(".causes li a").first.click()
    assert report.locator("#findings tr:target").is_visible()


def test_findings_stand_under_their_causes(report):
    heads = report.locator("#findings tr.cause")
    assert heads.count() >= report.locator(".causes li").count()
    assert report.locator(".causes li").first.inner_text()[4:20].strip()[:6] in (
        heads.first.inner_text()
    )


# ---------------------------------------------------------------- the map agrees


def test_the_sentence_and_the_total_come_first_on_the_map(answered, show):
    page = show(answered / "overview.html")
    assert on_screen(page, ".answer")
    assert page.locator("#table tbody tr").first.inner_text().startswith("合计")


def test_the_day_moves_the_table(answered, show):
    page = show(answered / "overview.html")
    total = page.locator("#table .total td")
    whole = total.nth(2).inner_text()
    page.evaluate("document.getElementById('time').value = 1")
    page.locator("#time").dispatch_event("input")
    settle(page)
    first = total.nth(2).inner_text()
    assert float(first.replace(",", "")) < float(whole.replace(",", ""))
    assert total.nth(4).inner_text().endswith("%")
    assert "截至" in page.locator("#head-mapped").inner_text()
    assert page.locator("#moment").is_visible()
    page.evaluate("document.getElementById('time').value = document.getElementById('time').max")
    page.locator("#time").dispatch_event("input")
    settle(page)
    assert total.nth(2).inner_text() == whole
    assert page.locator("#moment").is_hidden()
    assert page.evaluate("location.hash") == ""


def test_what_is_shown_is_in_the_link(answered, show):
    page = show(answered / "overview.html")
    page.locator('#table .regions tr[data-region="西区"] input').first.uncheck()
    page.select_option("#colour", "verdict")
    page.locator("#mark").uncheck()
    page.evaluate("document.getElementById('time').value = 2")
    page.locator("#time").dispatch_event("input")
    settle(page)
    link, status = page.evaluate("location.hash"), page.evaluate("landgisParcels.shown")
    again = show(answered / "overview.html", link)
    settle(again)
    assert again.evaluate("landgisParcels.shown") == status
    assert again.locator("#colour").input_value() == "verdict"
    assert not again.locator("#mark").is_checked()
    assert again.locator("#time").input_value() == "2"
    assert not again.locator('#table .regions tr[data-region="西区"] input').first.is_checked()
    assert again.evaluate("location.hash") == link


def test_the_keyboard_prints_what_the_button_prints(answered, show):
    page = show(answered / "overview.html")
    page.evaluate("window.print = () => { window.printed = document.body.className; }; 0")
    page.keyboard.press("Control+p")
    wait_until(page, "window.printed !== undefined")
    assert page.evaluate("window.printed") == "has-sheet"


def test_the_browsers_menu_prints_the_sheet_too(answered, show):
    page = show(answered / "overview.html")
    wait_until(page, "landgisSheetReady()")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#sheet").is_visible()
    assert not page.locator("#table").is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.evaluate(  # at once: the sheet shows it otherwise, until it is drawn anew
        "landgisMap.setZoom(landgisMap.getZoom() + 1, { animate: false });"
        " window.dispatchEvent(new Event('beforeprint'))"
    )
    assert page.locator("#table").is_visible()


def test_the_printed_sheet_is_of_the_day_of_the_slider(answered, show):
    page = show(answered / "overview.html", "#day=" + quote("第二季度"))
    settle(page)
    total = page.locator("#table .total td").all_inner_texts()
    said = drawn_texts(page)
    assert {total[2], total[3]} <= set(said)
    assert any("截至第二季度" in text for text in said)
    assert "✕" not in said


def test_on_a_phone_the_card_leaves_the_map_to_be_seen(answered, show, page):
    page.set_viewport_size({"width": 375, "height": 700})
    show(answered / "overview.html", "#id=33050200005")
    settle(page)
    stage, card = (page.locator(s).bounding_box() for s in (".stage", "#card"))
    assert card["height"] <= 0.5 * stage["height"]
    assert stage["height"] > 300
    page.keyboard.press("Escape")
    assert page.locator("#table .total").is_visible()


def test_parts_of_a_use_add_up_to_it(draw):
    table = invented.parcels(2, 2)
    table["category"] = ["商服用地", "零售商业用地", "商服用地", "旅馆用地"][: len(table)]
    page = draw(table)
    rows = {
        row.locator("th").inner_text().strip(): row.locator("td").nth(2).inner_text()
        for row in page.locator("#table .uses tr").all()
    }
    parts = [float(rows[name]) for name in ("零售商业用地", "旅馆用地", "其余（未细分）")]
    assert sum(parts) == pytest.approx(float(rows["商服用地"]), abs=0.011)
    assert rows["其余（未细分）"] != "0.00"
    shown = page.evaluate("landgisParcels.shown")
    page.locator('#table input[aria-label="商服用地/"]').uncheck()
    settle(page)
    assert page.evaluate("landgisParcels.shown") == shown - 2
