"""The day of making: today, or the one that the environment fixes."""

from datetime import date, datetime

import pytest

from landgis.language import making_day
from landgis.maps.page import write_maps
from landgis.report.write import write_report
from landgis.results import blank_results


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("0", date(1970, 1, 1)),
        ("1795219199", date(2026, 11, 20)),
        ("1795219200", date(2026, 11, 21)),
    ],
)
def test_the_environment_fixes_the_day(monkeypatch, moment, day):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", moment)
    assert making_day() == day


@pytest.mark.parametrize("moment", ["", "yesterday", "-1"])
def test_it_is_today_otherwise(monkeypatch, moment):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", moment)
    before = datetime.now().astimezone().date()
    assert before <= making_day() <= datetime.now().astimezone().date()


def test_pages_of_one_moment_are_the_same_to_the_byte(monkeypatch, tmp_path):
    pages = []
    for place, moment in (("a", "0"), ("b", "0"), ("c", "1795219200")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", moment)
        files = write_maps(blank_results(), tmp_path / place)
        files += write_report(blank_results(), tmp_path / place)[:1]
        pages.append([file.read_bytes() for file in files])
    assert pages[0] == pages[1]
    for first, other in zip(pages[0], pages[2], strict=True):
        assert first.replace(b"1970-01-01", b"2026-11-21") == other != first
