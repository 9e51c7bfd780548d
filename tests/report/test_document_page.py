"""The page of the plan document: every figure marked, escaped, linked both ways."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from browser import open_page, watched_page

from landgis.plan.extract import read_plan
from landgis.report.html import render_document
from landgis.report.write import write_report
from landgis.results import blank_results

TEXT = (
    "白鹭市2025年度国有建设用地供应计划\n"
    "供应总量300公顷，其中住宅用地100公顷，占33.3%，商服用地<b>200公顷</b>。\n"
    "上年完成供应260公顷。\n"
    "附表 供应计划表（单位：公顷）\n区域\t住宅用地\t商服用地\t合计\n"
    "东岭区\t60\t150\t210\n西岭区\t40\t50\t90\n合计\t100\t200\t300\n"
)


@pytest.fixture
def plan(tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text(TEXT, encoding="utf-8")
    return read_plan(file)


def test_every_figure_is_marked_with_its_role_and_reason(plan):
    page = lxml.html.fromstring(render_document(plan))
    marks = {m.get("id"): m for m in page.xpath("//main//*[starts-with(@id, 'figure-')]")}
    assert set(marks) == {f"figure-{n}" for n in plan.figures["figure"]}
    for row in plan.figures.itertuples():
        mark = marks[f"figure-{row.figure}"]
        assert row.role in mark.get("class").split()
        assert row.value in mark.text_content()
    (past,) = [m for m in marks.values() if m.text_content() == "260公顷"]
    assert past.get("title").startswith("不计；")


def test_text_is_text_and_the_page_asks_nothing(plan):
    page = render_document(plan)
    assert "&lt;b&gt;" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_table_is_a_table(plan):
    cells = [
        [c.text_content() for c in row.iter("td")]
        for row in lxml.html.fromstring(render_document(plan)).iter("tr")
    ]
    assert cells[1] == ["东岭区", "60", "150", "210"]


def test_links_lead_both_ways(plan, tmp_path):
    folder = tmp_path / "out"
    written = write_report(replace(blank_results(), plan=plan), folder)
    assert "document.html" in [path.name for path in written]
    pages = {
        name: lxml.html.fromstring((folder / name).read_text("utf-8"))
        for name in ("report.html", "document.html")
    }
    links = {
        (name, *href.split("#"))
        for name, page in pages.items()
        for href in page.xpath("//@href")
        if "#" in href and not href.startswith("#")
    }
    for name, there, anchor in links:
        assert pages[there].xpath(f"//*[@id='{anchor}']"), (name, there, anchor)
    there = [link[1:] for link in links if link[0] == "report.html"]
    assert len(there) == len(plan.targets)


def test_what_was_not_read_is_listed_first(tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text(TEXT + "另有甲地123公顷待定。\n", encoding="utf-8")
    plan = read_plan(file)
    page = lxml.html.fromstring(render_document(plan, lang="en"))
    listed = [a.get("href") for a in page.xpath("//ul[@class='unread']//a")]
    unknown = plan.figures.query("role == 'unknown'")["figure"]
    assert listed == [f"#figure-{n}" for n in unknown]


def test_which_sentence_of_the_plan_is_one_click_and_back(plan, browser, tmp_path):
    write_report(replace(blank_results(), plan=plan), tmp_path)
    with watched_page(browser) as page:
        open_page(page, tmp_path / "report.html")
        figure = page.locator(".front a[href^='document.html#figure-']").first
        told = figure.inner_text()
        figure.click()
        page.wait_for_url("**/document.html#figure-*")
        mark = page.locator("main :target")
        assert mark.is_visible()
        box = mark.bounding_box()
        assert 0 <= box["y"] < page.viewport_size["height"]
        assert told.strip("≤≥约 ").removesuffix(".00") in mark.inner_text()
        page.locator("main a:target, main :target a, main a:has(:target)").first.click()
        page.wait_for_url("**/report.html#t*")
        assert page.locator(":target").is_visible()
        assert page.faults == []
