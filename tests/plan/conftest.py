"""A plan of a few lines, read as a file is."""

import pytest

from landgis.plan.extract import read_plan


@pytest.fixture
def read(tmp_path):
    """Read lines under a title; the title of a yearly supply plan where none is given."""

    def read(*lines, title="青石市2025年度国有建设用地供应计划"):
        file = tmp_path / "plan.txt"
        file.write_text("\n".join((title, *lines)), encoding="utf-8")
        return read_plan(file)

    return read
