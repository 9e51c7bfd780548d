"""What all tests share."""

from pathlib import Path

import pytest
from browser import start_browser
from hypothesis import settings

LONGEST = (
    "test_demonstration.py",
    "test_fuzz.py",
    "test_notebooks.py",
    "test_sandbox_page.py",
    "test_allocate_flow.py",
)
"""Files of the longest tests: begun last, each would be waited for alone."""

settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real documents and data beside a developer's checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder ../shared, which only developers and CI have")
    return folder


@pytest.fixture(scope="session")
def browser():
    """One headless browser for all tests: two cannot be driven from one thread."""
    with start_browser() as running:
        yield running
