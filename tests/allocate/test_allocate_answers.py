"""What an answer must be, however the question is put."""

import itertools
import math
import subprocess
import sys
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from landgis.allocation.allocation import allocate, plan_periods
from landgis.allocation.candidates import read_candidates
from landgis.allocation.explain import alternatives, explain_parcel, reserve
from landgis.errors import InputError
from landgis.findings import tell


def land(**columns):
    table = {
        "parcel_id": list("abcdef"),
        "region": ["东镇"] * 4 + ["西镇"] * 2,
        "area_m2": [10_000.0, 20_000.0, 13_700.0, 6_000.0, 9_000.0, 30_000.0],
        "category": ["住宅用地"] * 4 + ["商服用地"] * 2,
        "score": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    }
    return pd.DataFrame({**table, **columns})


def figures(*rows):
    return pd.DataFrame(rows, columns=["region", "use", "stated_value", "stated_unit"])


def solve(candidates, targets, **options):
    return allocate(candidates, targets, year=2024, progress=True, **options)


TWO = figures(("东镇", "住宅用地", 3.0, "公顷"), ("西镇", "商服用地", 0.9, "公顷"))


def chosen(answer):
    return answer.selected["parcel_id"].tolist()


def messages(answer, check, lang="zh"):
    told = tell(answer.findings, lang)
    return told.loc[told["check"].eq(check), "message"].tolist()


def test_the_sum_is_met_and_among_equal_sums_the_score_decides():
    answer = solve(land(), TWO)
    assert chosen(answer) == ["a", "b", "e"]
    assert answer.status == "optimal"
    assert answer.targets["deviation"].tolist() == [0.0, 0.0]
    row = answer.targets.iloc[0]
    assert Decimal(str(row["chosen"])) == Decimal(str(row["chosen_m2"])) / 10_000


def test_the_order_of_rows_does_not_matter():
    first = solve(land(), TWO)
    mixed = land().sample(frac=1, random_state=3)
    second = solve(mixed, TWO.iloc[::-1])
    assert chosen(first) == chosen(second)
    assert first.deviation_m2 == second.deviation_m2


def test_units_do_not_matter():
    other = figures(("东镇", "住宅用地", 45.0, "亩"), ("西镇", "商服用地", 9000.0, "平方米"))
    assert chosen(solve(land(), TWO)) == chosen(solve(land(), other))


def test_a_region_split_in_two_with_its_parent_gives_the_same():
    split = land(region=["东一", "东二", "东一", "东二", "西镇", "西镇"])
    answer = solve(split, TWO, parents={"东一": "东镇", "东二": "东镇"})
    assert chosen(answer) == chosen(solve(land(), TWO))


def test_the_same_in_another_process():
    code = (
        "import sys; sys.path.insert(0, 'tests/allocate')\n"
        "from test_allocate_brute import land, plan, allocate\n"
        "print(allocate(land(9), plan(9), year=2024, progress=True).selected.to_csv())"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0].startswith(b",parcel_id")


def test_nothing_to_choose_from():
    answer = solve(land().iloc[:0], TWO)
    assert answer.selected.empty
    assert answer.conflicts["kind"].tolist() == ["land", "land"]


def test_nothing_is_asked():
    answer = solve(land(), TWO.iloc[:0])
    assert (answer.status, answer.deviation_m2) == ("optimal", 0.0)
    assert answer.conflicts.empty


def test_totals_are_exact_in_the_plan_s_unit():
    odd = land(area_m2=[0.01, 0.02, 3333.33, 6666.67, 1e9 + 0.01, 0.03])
    answer = solve(odd, figures(("东镇", "", 15.0, "亩"), ("", "商服用地", 0.9, "公顷")))
    for row in answer.targets.itertuples():
        ids = answer.selected.merge(odd, on="parcel_id")
        mine = ids[ids["region_x"].eq(row.region) | ids["use"].eq(row.use)]
        total = sum((Decimal(repr(a)) for a in mine["area_m2_y"]), Decimal(0))
        assert Decimal(repr(row.chosen_m2)) == total
        assert row.deviation == round(row.deviation, 6)


def test_a_single_parcel_and_a_huge_one():
    answer = solve(
        pd.DataFrame({"parcel_id": ["x"], "area_m2": [9e12], "category": ["住宅用地"]}),
        figures(("", "住宅用地", 9e8, "公顷")),
    )
    assert chosen(answer) == ["x"]
    assert answer.deviation_m2 == 0


def test_areas_of_nothing_and_ids_given_twice_are_left_out_and_told():
    table = land(parcel_id=list("aacdef"), area_m2=[1e4, 2e4, 0.0, np.nan, 9e3, 3e4])
    answer = solve(table, TWO)
    assert answer.selected["parcel_id"].is_unique
    why = dict(zip(answer.others["area_m2"], answer.others["why"], strict=True))
    assert why[0.0] == "area"
    assert why[20_000.0] == "twice"
    assert "编号重复" in " ".join(messages(answer, "allocate.left_out"))


def test_a_column_that_is_missing_is_told_with_what_follows():
    told = " ".join(messages(solve(land().drop(columns="score"), TWO), "allocate.columns"))
    assert "score" in told
    assert "按编号取" in told
    english = messages(solve(land(), TWO), "allocate.columns", "en")
    assert any("earliest_quarter" in text for text in english)


def test_what_is_not_ready_in_the_period_is_not_chosen():
    late = land(earliest_quarter=["Q1", "", "2024年6月", "待定", "第三季度", "2025Q1"])
    answer = solve(late, TWO)
    assert not {"b", "d", "f"} & set(chosen(answer))
    quarters = dict(zip(answer.selected["parcel_id"], answer.selected["quarter"], strict=True))
    assert quarters.get("c", 2) == 2
    assert quarters["e"] == 3
    assert any("待定" in text for text in messages(answer, "allocate.columns"))


def test_a_divisible_parcel_is_cut_to_fit_no_smaller_than_its_piece():
    cut = land(min_piece_m2=[None, None, 2000.0, None, None, 8000.0])
    answer = solve(cut, figures(("东镇", "住宅用地", 3.25, "公顷")), slack=0)
    assert abs(answer.deviation_m2) <= 0.01
    part = answer.selected.set_index("parcel_id")["share"]
    assert part.lt(1).sum() == 1
    assert messages(answer, "allocate.held")[0].startswith("复核")
    assert answer.selected.set_index("parcel_id").loc["c", "area_m2"] >= 2000


def test_control_lines_keep_land_out_and_say_how_much():
    squares = [box(100 * k, 0, 100 * k + 100, 100) for k in range(6)]
    layer = gpd.GeoDataFrame(land(), geometry=squares, crs=4549)
    line = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 50)], crs=4549)
    answer = solve(layer, TWO, control_lines={"生态保护红线": line})
    assert "a" not in chosen(answer)
    assert messages(answer, "allocate.control_lines") == [
        "a 有 5,000.00 平方米在生态保护红线内，不能入选。"
    ]
    with pytest.raises(InputError, match="坐标系"):
        solve(layer, TWO, control_lines={"生态保护红线": line.to_crs(4326)})


def test_neighbours_are_chosen_together_for_their_bonus():
    same = land(area_m2=[10_000.0] * 6, score=[0.0] * 6)
    pairs = pd.DataFrame({"a": ["b"], "b": ["d"], "bonus": [100.0]})
    answer = solve(same, figures(("东镇", "住宅用地", 2.0, "公顷")), neighbours=pairs)
    assert set(chosen(answer)) >= {"b", "d"}


def test_an_earlier_choice_is_changed_as_little_as_possible():
    earlier = pd.DataFrame({"parcel_id": ["b", "a", "f"], "use": ["住宅用地"] * 2 + ["商服用地"]})
    answer = solve(land(), figures(("东镇", "住宅用地", 3.0, "公顷")), previous=earlier)
    assert set(chosen(answer)) == {"a", "b", "f"}


def test_decisions_on_unknown_parcels_are_refused():
    with pytest.raises(InputError, match="不在候选地块中"):
        solve(land(), TWO, keep=pd.DataFrame({"parcel_id": ["zz"], "decision": ["in"]}))


def test_why_and_what_it_costs_to_turn_one_round():
    answer = solve(land(score=[1.0, 1.0, 1.0, 1.0, 5.0, 1.0]), TWO)
    inside = explain_parcel(answer, "e").iloc[0]
    assert inside["chosen"]
    assert inside["deviation_m2"] > 0
    outside = explain_parcel(answer, "f").iloc[0]
    assert not outside["chosen"]
    assert "f" in outside["comes"]
    with pytest.raises(InputError, match="没有编号"):
        explain_parcel(answer, "zz")


def test_a_tie_is_named():
    same = land(area_m2=[10_000.0] * 6, score=[1.0] * 6)
    answer = solve(same, figures(("东镇", "住宅用地", 1.0, "公顷")))
    other = next(name for name in "abcd" if name not in chosen(answer))
    assert explain_parcel(answer, other)["tie"].item()


def test_alternatives_differ_and_stay_within_what_is_asked():
    same = land(area_m2=[10_000.0] * 6, score=[1.0] * 6)
    answer = solve(same, figures(("东镇", "住宅用地", 2.0, "公顷")))
    plans, told = alternatives(answer, count=2, within=0.0)
    assert len(set(plans[0]["parcel_id"]) ^ set(plans[1]["parcel_id"])) == 4
    assert set(told["role"]) <= {"always", "sometimes", "never"}
    assert all(plan["area_m2"].sum() >= 20_000 for plan in plans)


def test_next_in_line_is_nearest_in_area():
    answer = solve(land(), figures(("东镇", "住宅用地", 1.0, "公顷")))
    line = reserve(answer).groupby("parcel_id")["reserve"].first()
    assert line["a"] == "c"  # 13,700 is nearer to 10,000 than 6,000 is


def test_what_is_shown_in_a_notebook_and_given_to_other_programs():
    answer = solve(land(), figures(("东镇", "住宅用地", 9.0, "公顷")))
    assert "住宅用地" in answer._repr_html_()
    record = answer.problem.to_record()
    assert record["options"][0]["area"] == 1_000_000
    assert record["rows"][0]["low"] == record["rows"][0]["high"] == 9_000_000


def test_years_of_a_programme_are_its_periods():
    periods = plan_periods(None, year=2024)
    assert len(periods) == 4
    table = read_candidates(land(), periods=periods).table
    assert table["earliest"].eq(1).all()
    assert math.isclose(table["area_dm2"].sum(), 8_870_000)


@pytest.mark.parametrize("seed", [64, 65, 67, 68, 70, 72])
def test_a_rule_of_money_outweighs_any_land(seed):
    g = np.random.default_rng(seed)
    cost, area = g.uniform(50, 100, 4).round(1), g.uniform(1000, 9000, 4).round()
    most = float(cost[:2].sum()) - 1
    rich = pd.DataFrame(
        {"parcel_id": list("abcd"), "area_m2": area, "category": "住宅用地", "cost": cost}
    )
    rules = pd.DataFrame(
        [
            {"kind": "max_sum", "column": "cost", "value": most},
            {"kind": "min_count", "value": 2.0},
        ]
    )
    asked = pd.DataFrame({"use": ["住宅用地"], "area_m2": [area.sum()]})
    answer = allocate(rich, asked, rules=rules, year=2024, progress=True)
    pairs = [p for p in itertools.combinations(range(4), 2) if cost[list(p)].sum() <= most]
    assert answer.status == ("optimal" if pairs else "infeasible")
    if pairs:
        best = max(pairs, key=lambda p: area[list(p)].sum())
        assert answer.selected["parcel_id"].tolist() == ["abcd"[k] for k in best]


def test_of_a_candidate_with_several_quarters_the_reserve_names_it_once():
    cap = pd.DataFrame([{"kind": "max_total", "value": 0.5, "unit": "公顷", "due": "2024-03-31"}])
    answer = solve(land(), TWO, rules=cap)
    named = reserve(answer)
    assert not named.duplicated(["parcel_id", "reserve"]).any()
