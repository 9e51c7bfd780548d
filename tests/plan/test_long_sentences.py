"""A long sentence takes no longer than its length asks for."""

from __future__ import annotations

import pytest
from growth import growth

from landgis.plan.documents.blocks import Place
from landgis.plan.identity import Context
from landgis.plan.names import Names
from landgis.plan.rules import find_rules
from landgis.plan.sentences import read_sentences

CONTEXT = Context(Names("湖州市", "330500"), 2025, 2025)
CLAUSES = (
    *("（", "（住宅用地1公顷，", "（）", "住宅用地10公顷、", "住宅用地供应10公顷，占5.5%，"),
    *("织里镇住宅用地1公顷；", "其中住宅用地10公顷，", "建筑面积10平方米，", "织里镇、"),
    *("工业用地占比不低于40%，", "6月底前完成50%，", "打造3个片区，", "由3公顷", "甲区3宗12亩、"),
)


def read(text):
    find_rules(text, Place(line=1), CONTEXT)
    return read_sentences(text, Place(line=1), CONTEXT).statements


@pytest.mark.parametrize("clause", CLAUSES)
def test_time_is_linear(clause):
    assert growth(lambda size: read(clause * (size // len(clause))), 2000) < 2


def test_time_is_linear_where_a_little_is_asked_of_all_that_went_before():
    clause = "东岭镇住宅用地供应12.5公顷，商服用地3公顷；"
    assert growth(lambda size: read(clause * (size // len(clause))), 12_000) < 1.8


def test_nested_brackets():
    def nested(depth):
        (statement,) = read("（" * depth + "住宅用地1公顷" + "）" * depth)
        assert statement.facets.use == "住宅用地"

    assert growth(nested, 1000) < 2
