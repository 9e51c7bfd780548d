"""What all tests share."""

from pathlib import Path

import pytest
from browser import start_browser
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")


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
