"""The same in other words: scopes, topics, places in brackets, tenths, five-year sums."""

from __future__ import annotations

from decimal import Decimal

import pytest

from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.plan.quantities import find_quantities

TITLE = "汀州市2022年度国有建设用地供应计划\n"


def read(folder, text):
    file = folder / "plan.txt"
    file.write_text(text, encoding="utf-8")
    return read_plan(file)


def targets(plan):
    rows = plan.targets.to_dict("records")
    return {(r["region"], r["category"], float(r["stated_value"])) for r in rows}


@pytest.mark.parametrize("lead", ["结合", "对照", "根据", "参照", "围绕", "依据"])
def test_words_before_the_place_are_no_part_of_it(tmp_path, lead):
    plan = read(tmp_path, f"{lead}望江县2022年度国有建设用地供应计划，今年拟供应住宅用地640亩。")
    assert plan.jurisdiction == "望江县"
    assert targets(plan) == {("", "住宅用地", 640.0)}


def test_the_sum_of_a_five_year_plan_is_not_the_years(tmp_path):
    text = "“十四五”规划期内我市计划供应建设用地3500公顷，年均700公顷。今年计划供应680公顷。"
    assert targets(read(tmp_path, TITLE + text)) == {("", "", 680.0)}


@pytest.mark.parametrize("places", [("长洲", "白沙"), ("滨江新城", "空港新城")])
def test_places_with_figures_in_brackets(tmp_path, places):
    first, second = places
    text = f"住宅用地集中分布于{first}（70公顷）和{second}（55.5公顷）。"
    assert targets(read(tmp_path, TITLE + text)) == {
        (first, "住宅用地", 70.0),
        (second, "住宅用地", 55.5),
    }


def test_a_topic_holds_for_the_regions_after_among(tmp_path):
    text = "供应总量640公顷。工矿仓储用地供应主要向园区集中，其中：高新区96公顷、临港区72公顷。"
    assert targets(read(tmp_path, TITLE + text)) == {
        ("", "", 640.0),
        ("高新区", "工矿仓储用地", 96.0),
        ("临港区", "工矿仓储用地", 72.0),
    }


def test_a_topic_holds_beyond_a_semicolon_but_not_beyond_the_sentence(tmp_path):
    text = "住宅用地供应中，长洲区80公顷，其中保障房用地30公顷；白沙区70公顷。全年供应总量640公顷。"
    assert {("白沙区", "住宅用地", 70.0), ("", "", 640.0)} <= targets(read(tmp_path, TITLE + text))


def test_uses_of_another_cut_are_no_second_figure_of_the_plan(tmp_path):
    text = (
        "供应总量640公顷，其中住宅用地300公顷、商服用地340公顷。"
        "另有站前综合开发用地约50公顷，包括住宅用地30公顷、商服用地20公顷。"
    )
    plan = read(tmp_path, TITLE + text)
    assert {("", "住宅用地", 300.0), ("", "商服用地", 340.0)} <= targets(plan)
    aside = plan.figures[plan.figures["reason"] == "other_scope"]
    assert sorted(map(float, aside["value"])) == [20.0, 30.0]


def test_tenths_are_shares_and_names_are_not():
    (share,) = find_quantities("存量用地占六成半以上")
    assert (share.value, share.unit) == (Decimal(65), "%")
    assert not find_quantities("三成都市、一成立即办理")


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("约占三成", "pass"),
        ("占总量的30%左右", "pass"),
        ("占总量的30%", "fail"),
        ("约占40%", "fail"),
        ("约占30.5%", "fail"),
    ],
)
def test_an_approximate_share_is_wide_and_a_printed_one_is_not(tmp_path, words, verdict):
    plan = read(tmp_path, TITLE + f"供应总量640公顷，其中住宅用地205公顷，{words}。")
    found = audit_plan(plan)
    assert list(found.loc[found["check"] == "audit.share", "verdict"]) == [verdict]


ROWS = (("供应总量", "90"), ("商服用地", "30.5"), ("住宅用地", "59.5"), ("长洲区", "41"))


@pytest.mark.parametrize("between", ["：", "\t"], ids=["lines", "table-without-headings"])
def test_a_unit_said_once_holds_for_names_and_numbers_below_it(tmp_path, between):
    rows = "\n".join(between.join(row) for row in ROWS)
    assert targets(read(tmp_path, f"{TITLE}单位：公顷\n{rows}\n")) == {
        ("", "", 90.0),
        ("", "商服用地", 30.5),
        ("", "住宅用地", 59.5),
        ("长洲区", "", 41.0),
    }


def test_names_and_numbers_without_a_unit_are_told(tmp_path):
    rows = "\n".join("：".join(row) for row in ROWS)
    figures = read(tmp_path, f"{TITLE}{rows}\n").figures
    assert list(figures["reason"]) == ["no_unit"] * len(ROWS)


def test_a_unit_ends_with_the_sentence_after_its_lines(tmp_path):
    text = "单位：公顷\n商服用地：30\n以上为计划数。\n住宅用地：60\n"
    assert targets(read(tmp_path, TITLE + text)) == {("", "商服用地", 30.0)}


def test_names_and_numbers_side_by_side_are_lines_of_their_own(tmp_path):
    rows = " ".join("：".join(row) for row in (*ROWS, ("特殊用地", ".5")))
    assert targets(read(tmp_path, f"{TITLE.strip()} 单位：公顷 {rows}\n")) == {
        ("", "", 90.0),
        ("", "商服用地", 30.5),
        ("", "住宅用地", 59.5),
        ("长洲区", "", 41.0),
        ("", "特殊用地", 0.5),
    }


def test_a_use_that_has_figures_by_mode_only_is_no_shortfall(tmp_path):
    text = "单位：公顷\n供应总量：57\n商服用地：15.5\n工矿仓储用地：40\n公共租赁房划拨用地：1.5\n"
    plan = read(tmp_path, TITLE + text)
    modes = plan.targets.set_index("category")["supply_mode"]
    assert modes["公共租赁住房用地"] == "划拨"
    assert "fail" not in set(audit_plan(plan)["verdict"])
