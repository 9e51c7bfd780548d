"""The invented project, checked once."""

import pytest
from ledger import invent, programme

from landgis.report.tables import report_tables


@pytest.fixture(scope="session")
def results():
    return invent()


@pytest.fixture(scope="session")
def tables(results):
    return {table.key: table for table in report_tables(results)}


@pytest.fixture(scope="session")
def listed():
    return programme()
