"""Tables that a second reader of the rules thought of: many headings, two units, one unit."""

import time

import pytest

from landgis.plan.audit import audit_plan
from landgis.plan.documents.headings import whole_lines

_WORDS = ["区域", "住宅", "用地", "工矿", "仓储", "商服", "公共", "管理"]


def _shifted(count):
    return [(_WORDS[k:] + _WORDS[:k])[:count] for k in range(5)]


@pytest.mark.parametrize("count", [4, 6, 8])
def test_many_lines_of_headings_are_read_in_time(read, count):
    heads = _shifted(count)
    begun = time.perf_counter()
    whole_lines(heads)
    rows = [" ".join(str(7 * i + k) for k in range(count)) for i in range(1, 6)]
    read("单位：公顷", *map(" ".join, heads), *rows)
    assert time.perf_counter() - begun < 10
