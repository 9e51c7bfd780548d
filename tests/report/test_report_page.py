"""The page in a real browser: nothing asked of the network, filters and anchors work."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from browser import open_page, watched_page
from ledger import invent

from landgis.report.write import write_report


@pytest.fixture
def page(browser, results, tmp_path):
    write_report(results, tmp_path)
    with watched_page(browser) as page:
        yield open_page(page, tmp_path / "report.html")


def test_is_quiet(page):
    assert page.faults == []
    assert page.requests == []


def test_filters_by_verdict(page, results):
    rows = page.locator("#findings table tbody tr:not(.cause)")
    assert rows.count() == len(results.findings)
    for verdict in ("fail", "unknown", "pass"):
        page.locator(f"label[for=v-{verdict}]").click()
        shown = page.locator("#findings table tbody tr:not(.cause):visible")
        assert shown.count() == (results.findings["verdict"] == verdict).sum()
    page.locator("label[for=v-all]").click()
    assert page.locator("#findings table tbody tr:not(.cause):visible").count() == len(
        results.findings
    )


def test_an_anchored_finding_is_shown_whatever_the_filter(page):
    page.locator("label[for=v-fail]").click()
    page.evaluate("location.hash = 'f1'")
    assert page.locator("#f1").is_visible()


def test_fits_its_width_on_screen_and_paper(page, tmp_path):
    for width in (1366, 800, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.pdf(path=tmp_path / "print.pdf", format="A4")[:4] == b"%PDF"


def test_hostile_text_runs_nothing(browser, tmp_path):
    write_report(
        invent('"><img src=x onerror="document.title=\'run\'"><script>alert(1)</script>'), tmp_path
    )
    with watched_page(browser) as page:
        open_page(page, tmp_path / "report.html")
        assert page.faults == []
        assert page.requests == []
        assert page.title().startswith("某市 2024")
