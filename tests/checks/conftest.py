"""The world of boxes for every test of checks."""

from types import SimpleNamespace

import pytest
from boxes import at, draw, make_plan, make_regions, pairs_of


@pytest.fixture
def world():
    return SimpleNamespace(draw=draw, at=at, pairs=pairs_of, regions=make_regions(), plan=make_plan)
