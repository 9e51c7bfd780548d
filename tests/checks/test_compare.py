"""Two versions and two dates: what moved, and nothing else."""

from datetime import date

import pytest

from landgis.balance.mapped import map_land
from landgis.checks.supply import (
    changes_text,
    compare_dates,
    compare_parcels,
    compare_plans,
    status_name,
)
from landgis.errors import CRSError


def test_plans(world):
    before = world.plan(
        ("", "", 10.0, "公顷", 2), ("东镇", "", 4.0, "公顷", 2), ("西镇", "", 60.0, "亩", 0)
    )
    after = world.plan(
        ("", "", 10.0, "公顷", 2), ("东镇", "", 3.5, "公顷", 2), ("北镇", "", 2.0, "公顷", 2)
    )
    table = compare_plans(before, after)
    assert table[["region", "before_ha", "after_ha", "change_ha", "status"]].fillna(
        -1
    ).to_numpy().tolist() == [
        ["", 10.0, 10.0, 0.0, "same"],
        ["东镇", 4.0, 3.5, -0.5, "changed"],
        ["西镇", 4.0, -1, -1, "removed"],
        ["北镇", -1, 2.0, -1, "added"],
    ]
    assert table["source_before"].tolist() == ["p.txt 第1行", "p.txt 第2行", "p.txt 第3行", ""]


def test_a_missing_figure_is_neither_same_nor_changed(world):
    plan = world.plan(("", "", float("nan"), "公顷", 2))
    assert compare_plans(plan, plan)["status"].tolist() == [""]


def test_parcels(world):
    before = world.draw(
        ("same", "住宅用地", 0, 0, 100, 100),
        ("use", "商服用地", 200, 0, 300, 100, {"quarter": "第一季度"}),
        ("grown", "住宅用地", 400, 0, 500, 100),
        ("gone", "住宅用地", 600, 0, 700, 100),
    )
    after = world.draw(
        ("new", "住宅用地", 800, 0, 900, 100),
        ("grown", "住宅用地", 400, 0, 500, 120),
        ("use", "住宅用地", 200, 0, 300, 100, {"quarter": ""}),
        ("same", "住宅用地", 0.01, 0, 100.01, 100),
    )
    table = compare_parcels(before, after).set_index("parcel_id")
    assert table["status"].to_dict() == {
        "same": "same",
        "use": "changed",
        "grown": "changed",
        "gone": "removed",
        "new": "added",
    }
    assert table["change_m2"].round(6).to_dict() == {
        "same": 0.0,
        "use": 0.0,
        "grown": 2000.0,
        "gone": -10_000.0,
        "new": 10_000.0,
    }
    assert table["changes"].map(changes_text).to_dict() == {
        "same": "",
        "use": "用途 商服用地 → 住宅用地；供应时间 第一季度 → 无",
        "grown": "图形有变",
        "gone": "",
        "new": "",
    }


def test_a_parcel_that_moved_has_changed(world):
    before = world.draw(("a", "住宅用地", 0, 0, 100, 100))
    after = world.draw(("a", "住宅用地", 50, 0, 150, 100))
    (changes,) = compare_parcels(before, after)["changes"]
    assert changes_text(changes, "en") == "shape"


def test_degrees_are_measured_in_metres(world):
    before = world.draw(("a", "住宅用地", 0, 0, 100, 100)).to_crs(4490)
    nudged = before.set_geometry(before.translate(1e-7, 0))  # a centimetre
    assert compare_parcels(before, nudged)["status"].tolist() == ["same"]
    moved = before.set_geometry(before.translate(1e-5, 0))  # a metre
    assert compare_parcels(before, moved)["status"].tolist() == ["changed"]


def test_layers_of_two_systems_are_refused(world):
    land = world.draw(("a", "住宅用地", 0, 0, 100, 100))
    with pytest.raises(CRSError):
        compare_parcels(land, land.set_crs(4548, allow_override=True))


def test_dates(world):
    land = world.draw(
        ("a", "住宅用地", 0, 0, 100, 100, {"quarter": "第一季度"}),
        ("b", "住宅用地", 900, 200, 1100, 300, {"quarter": "第二季度"}),
        ("c", "住宅用地", 0, 400, 100, 500),
    )
    table = compare_dates(
        map_land(world.pairs(land, world.regions), land, regions=world.regions),
        land,
        dates=(date(2024, 3, 31), date(2024, 6, 30)),
        year=2024,
    )
    numbers = ["first_m2", "second_m2", "change_m2", "mapped_m2", "undated_m2"]
    assert table.set_index("region")[numbers].T.to_dict("list") == {
        "东镇": [10_000.0, 20_000.0, 10_000.0, 30_000.0, 10_000.0],
        "西镇": [0.0, 10_000.0, 10_000.0, 10_000.0, 0.0],
    }


def test_names():
    assert (status_name("added"), status_name("same", "en"), status_name("")) == (
        "新增加",
        "same",
        "",
    )
