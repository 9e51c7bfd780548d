"""Decisions of a person: every quarter an option, and a piece of a divisible parcel kept."""

import pandas as pd
import pytest

from landgis.allocation.allocation import allocate, pose

LAND = pd.DataFrame(
    {
        "parcel_id": ["a", "b"],
        "area_m2": [1000.0, 400.0],
        "category": ["住宅用地", "住宅用地"],
        "earliest_quarter": [3, 1],
        "min_piece_m2": [200.0, None],
        "cost": [10.0, 4.0],
    }
)
PLAN = pd.DataFrame({"use": ["住宅用地"], "area_m2": [5000.0]})
MONEY = pd.DataFrame({"kind": ["max_sum"], "column": ["cost"], "value": [7.0], "unit": ["万元"]})


def test_every_quarter_from_the_earliest_is_an_option():
    assert pose(LAND, PLAN)[0].options["quarter"].tolist() == [3, 1]
    posed = pose(LAND, PLAN, timed=True)[0]
    assert posed.options["quarter"].tolist() == [3, 4, 1, 2, 3, 4]
    assert posed.candidate.tolist() == [0, 0, 1, 1, 1, 1]


def test_a_kept_piece_is_chosen_as_it_is_and_costs_its_part():
    keep = pd.DataFrame(
        {"parcel_id": ["a", "b"], "decision": "in", "quarter": [4, 2], "area_m2": [300.0, 400.0]}
    )
    answer = allocate(LAND, PLAN, keep=keep, rules=MONEY)
    assert answer.selected[["quarter", "area_m2"]].to_numpy().tolist() == [[4, 300.0], [2, 400.0]]
    assert set(answer.findings.query("check == 'allocate.held'")["verdict"]) == {"pass"}


@pytest.mark.parametrize("piece", [100.0, 1200.0, -5.0])
def test_a_piece_that_may_not_be_is_told_and_not_taken(piece):
    keep = pd.DataFrame({"parcel_id": ["a"], "decision": ["in"], "area_m2": [piece]})
    answer = allocate(LAND, PLAN, keep=keep)
    assert answer.selected.set_index("parcel_id")["area_m2"]["a"] == 1000.0
    told = answer.findings.query("check == 'allocate.columns' and subject == 'area_m2'")
    assert told["members"].tolist() == [("a",)]


def test_a_decision_is_told_as_one_and_a_lock_of_the_list_as_a_lock():
    land = pd.DataFrame(
        {
            "parcel_id": list("abc"),
            "area_m2": [1000.0, 2000.0, 1500.0],
            "category": ["住宅用地"] * 3,
            "lock": ["", "", "in"],
        }
    )
    plan = pd.DataFrame({"category": ["住宅用地"], "area_m2": [2500.0]})
    keep = pd.DataFrame({"parcel_id": ["a", "b"], "decision": ["in", "out"]})
    found = allocate(land, plan, year=2024, keep=keep)
    assert dict(zip(found.selected["parcel_id"], found.selected["why"], strict=True)) == {
        "a": "decided",
        "c": "locked",
    }
    assert found.others["why"].tolist() == ["decided_out"]
