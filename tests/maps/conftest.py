"""Pages of the invented town, and a browser to look at them."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import invented  # noqa: E402 (the folder above is not a package)
from browser import watched_page  # noqa: E402

from landgis.maps.page import write_maps  # noqa: E402


@pytest.fixture
def page(browser):
    with watched_page(browser) as page:
        yield page


@pytest.fixture(scope="session")
def town():
    return invented.results()


@pytest.fixture(scope="session")
def town_pages(town, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    return {path.name: path for path in write_maps(town, folder)}


@pytest.fixture
def show(page):
    """Open a map page and wait until it is drawn; afterwards nothing may have gone wrong."""

    def open_map(path, anchor=""):
        page.goto("about:blank")
        page.goto(path.as_uri() + anchor)
        page.wait_for_selector("html[data-ready][data-drawn]", state="attached")
        return page

    yield open_map
    assert page.faults == []
    assert page.requests == []


@pytest.fixture
def draw(show, tmp_path):
    """Write the maps of a table of parcels and show the overview."""

    def draw_table(table, anchor="", **changes):
        results = invented.results(table, **changes)
        return show(write_maps(results, tmp_path)[0], anchor)

    return draw_table
