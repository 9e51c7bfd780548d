"""Many parcels of one cause are one finding with its members, and every check has its words."""

import re
from contextlib import suppress

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from boxes import draw, make_regions, pairs_of

from landgis.checks.parcels import MANY, MOST_PAIRS, check_parcels
from landgis.findings import (
    CHECKS,
    ROOMS,
    check_named,
    check_title,
    define,
    finding_key,
    findings_table,
    per_parcel,
    tell,
)
from landgis.plan.model import Plan
from landgis.results import examine
from landgis.schema import TARGETS, table_of

COUNT = 2 * MANY


def row_of(count, use="住宅用地", y=0, step=12, **columns):
    return draw(
        *(
            (f"{y}-{i}", use, step * i, y, step * i + 10, y + 10, dict(columns))
            for i in range(count)
        )
    )


def checked(land, regions=None, **options):
    regions = make_regions().iloc[:2] if regions is None else regions
    return check_parcels(land, pairs_of(land, regions), regions=regions, **options)


def of(found, check):
    return found[found["check"] == check]


def test_a_region_name_that_does_not_match_is_one_finding_and_what_follows_points_to_it():
    land = row_of(COUNT, y=3000, region="北镇")
    found = checked(land)
    (cause,) = of(found, "parcels.region").to_dict("records")
    (follows,) = of(found, "parcels.outside").to_dict("records")
    assert cause["verdict"] == "unknown"
    assert cause["members"] == tuple(land["parcel_id"])
    assert cause["actual"] == 100.0 * COUNT
    assert follows["cause"] == finding_key(cause) == "parcels.region|北镇"
    assert (
        tell(found)["message"].str.contains(f"{COUNT} 宗地（4,000.00 平方米）登记在“北镇”").sum()
        == 2
    )


def test_the_total_of_a_region_that_does_not_match_points_to_its_finding():
    land = row_of(3, region="北镇")
    rows = [
        {"region": name, "category": use, "stated_value": 1.0, "stated_unit": "公顷"}
        for name, use in (("北镇", ""), ("北镇", "住宅用地"), ("甲镇", ""))
    ]
    plan = Plan(document="p.txt", targets=table_of(rows, TARGETS))
    found = examine(plan, land, regions=make_regions().iloc[:2]).findings
    causes = {(row["region"], row["category"]): row["cause"]
              for row in found[found["check"].str.startswith("totals.")].to_dict("records")
              if row["region"]}  # fmt: skip
    assert causes["北镇", ""] == "parcels.region|北镇"
    assert causes["北镇", "住宅用地"] == "totals.region|北镇"
    assert causes["甲镇", ""] == ""
    assert "parcels.region|北镇" in {finding_key(f) for f in found.to_dict("records")}


def test_a_layer_that_lies_nowhere_near_is_one_finding():
    (found,) = of(checked(row_of(COUNT, y=90_000)), "parcels.outside").to_dict("records")
    assert (found["kind"], found["verdict"], len(found["members"])) == ("everything", "fail", COUNT)


def test_a_few_parcels_outside_are_told_singly_and_many_together():
    near, few = row_of(COUNT), row_of(3, y=3000)
    both = pd.concat([near, few], ignore_index=True)
    assert of(checked(both), "parcels.outside")["subject"].tolist() == few["parcel_id"].tolist()
    many = pd.concat([near, row_of(COUNT, y=3000)], ignore_index=True)
    (found,) = of(checked(many), "parcels.outside").to_dict("records")
    assert (found["kind"], found["actual"]) == ("pieces", 100.0 * COUNT)


def test_recorded_areas_in_another_unit_are_one_finding():
    land = row_of(COUNT, recorded_area_m2=0.15)  # 亩
    odd = land.assign(recorded_area_m2=[*[0.15] * (COUNT - 1), 88.0])
    (found,) = of(checked(land), "parcels.area").to_dict("records")
    assert (found["kind"], len(found["members"])) == ("factor", COUNT)
    assert "0.001500 倍" in tell(findings_rows(found))["message"].item()
    assert of(checked(odd), "parcels.area")["kind"].tolist() == ["factor", "differs"]


def findings_rows(row):
    return pd.DataFrame([row])


def test_a_use_that_nobody_knows_is_one_finding():
    found = of(checked(row_of(3, use="飞船用地")), "parcels.use")
    assert found[["category", "verdict"]].to_numpy().tolist() == [["飞船用地", "unknown"]]
    assert len(found["members"].item()) == 3


def test_many_from_one_region_in_another_have_one_cause():
    found = of(checked(row_of(COUNT, region="西镇")), "parcels.region")
    assert found[["kind", "region"]].to_numpy().tolist() == [["elsewhere_many", "西镇"]]
    assert "图形主要在东镇" in tell(found)["message"].item()


def test_a_swarm_of_overlaps_ends_with_a_summary():
    side = 47  # 47 · 46 / 2 = 1081 pairs of a heap
    land = draw(*((str(i), "住宅用地", 0, 0, 100 + i, 100) for i in range(side)))
    found = of(checked(land), "parcels.overlap")
    assert found["kind"].value_counts().to_dict() == {"pair": MOST_PAIRS, "others": 1}
    rest = found[found["kind"] == "others"].iloc[0]
    assert rest["values"]["pairs"] == side * (side - 1) // 2 - MOST_PAIRS
    assert rest["actual"] <= found.loc[found["kind"] == "pair", "actual"].min() * 81


def test_what_was_drawn_from_the_plan_passes_nothing():
    land = row_of(3, recorded_area_m2=100.0, basis="schematic", region="东镇")
    found = checked(land)
    assert set(found["verdict"]) == {"note"}
    assert tell(found)["message"].str.endswith("（示意，未核对）").all()
    assert tell(found, "en")["message"].str.endswith("(Schematic: not checked.)").all()
    assert "pass" in set(checked(land.assign(basis=["schematic", "", ""]))["verdict"])


def test_findings_are_of_their_parcels():
    found = checked(draw(("a", "住宅用地", 0, 0, 100, 100), ("b", "住宅用地", 90, 0, 190, 100)))
    assert per_parcel(of(found, "parcels.overlap")).tolist() == ["a", "b"]


def test_two_hundred_thousand_findings_are_made_by_columns(monkeypatch):
    count = 2000
    land = row_of(count, step=0.5).assign(recorded_area_m2=np.arange(count) + 200.0)
    calls = []
    monkeypatch.setattr("landgis.findings.Finding.__init__", lambda *_, **__: calls.append(1))
    view_rows = of(check_areas(land), "parcels.area")
    assert (len(view_rows), calls) == (count, [])


def check_areas(land):
    from landgis.checks.parcels import View, areas

    options = {"method": "plane", "point_error_m": 0.05, "least": 1.0, "noun": "parcel"}
    return next(areas(View.of(gpd.GeoDataFrame(land), **options)))


# ---------------------------------------------------------------- the catalogue


@pytest.fixture(scope="module")
def catalogue():
    for room in ROOMS:
        with suppress(KeyError):
            check_named(f"{room}.")
    return [check for check in CHECKS.values() if not check.name.startswith("example.")]


def test_every_check_has_its_words_in_both_languages(catalogue):
    assert len(catalogue) > 60
    for check in catalogue:
        assert check.name.partition(".")[0] in ROOMS, check.name
        for zh, en in (check.title, check.means, *check.kinds.values()):
            assert bool(zh) == bool(en) or "{" in zh + en, check.name
        zh, en = check.means
        assert re.search(r"[\u4e00-\u9fff]", zh), check.name
        assert en, check.name


def test_a_sentence_names_the_same_things_in_both_languages(catalogue):
    for check in catalogue:
        for kind, (zh, en) in check.kinds.items():
            told = [{f.partition(":")[0] for f in re.findall(r"{([^}]*)}", t)} for t in (zh, en)]
            assert told[1] - told[0] <= {"count", "noun"}, f"{check.name} {kind}"


def test_adding_a_check_is_its_module_and_its_entry():
    check = define("""example.height 高度 | height
    高度是否超过限高。 | Whether a height is above its limit.
    above: {subject} 高 {actual:1} 米，超过 {expected:1} 米。 | {subject}: {actual:1} m.""")
    found = check.rows("above", "fail", subject=np.array(["甲"]), actual=9.55, expected=9.0)
    assert tell(found)["message"].tolist() == ["甲 高 9.6 米，超过 9.0 米。"]
    assert check_title("example.height", "en").endswith("height")
    assert finding_key(found.iloc[0].to_dict()) == "example.height|甲"
    assert len(findings_table()) == 0


def test_parcels_that_lie_in_no_polygon_of_one_region_are_told_once():
    land = row_of(COUNT, y=3000, region="市直")
    regions = make_regions()
    (found,) = of(checked(land, regions), "parcels.outside").to_dict("records")
    assert (found["region"], found["kind"], found["cause"]) == ("市直", "undrawn", "")
