"""A real browser for tests of pages: started once, watched for requests and errors."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LOCAL = ("file:", "data:", "blob:", "about:")


def find_browser() -> str:
    """Path of a browser: LANDGIS_CHROMIUM, or one on the PATH; skips the test without one."""
    named = os.environ.get("LANDGIS_CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found:
        pytest.skip("needs Chromium, Chrome or Edge on the PATH, or LANDGIS_CHROMIUM")
    return found


@contextmanager
def start_browser():
    """A headless browser, closed at the end."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    executable = find_browser()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def watched_page(browser, **options):
    """A page whose ``faults`` and ``requests`` hold what went wrong and what left the machine."""
    options = {"viewport": {"width": 1366, "height": 768}, **options}
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.faults, page.requests = [], []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on(
        "console",
        lambda message: page.faults.append(message.text) if message.type == "error" else None,
    )
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(LOCAL) else page.requests.append(request.url)
        ),
    )
    yield page
    context.close()


def open_page(page, path: Path, *, anchor=""):
    """Open a file and wait until its map, if it has one, is drawn."""
    page.goto(path.as_uri() + anchor)
    return page
