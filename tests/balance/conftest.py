"""The squares for every test of the balance."""

from types import SimpleNamespace

import pytest
from squares import at, balanced, draw, make_plan, pairs_of, towns


@pytest.fixture
def world():
    return SimpleNamespace(
        at=at, draw=draw, towns=towns, pairs=pairs_of, plan=make_plan, balanced=balanced
    )
