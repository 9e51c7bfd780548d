"""What a figure is about where its own clause does not say: headings, groups, sums, grammar."""

from __future__ import annotations

import pytest
from plan_text import read, targets_of

TITLE = "青石市2022年度国有建设用地供应计划\n"
HOMES = "住宅用地"


@pytest.mark.parametrize(
    "text",
    [
        "全市计划供应国有建设用地900公顷。\n三、各区住宅地块\n望海区 42公顷\n青云区 31公顷",
        "全市计划供应国有建设用地900公顷，住宅用地73公顷。住宅怎么分？\n望海区42公顷。\n青云区31公顷。",
        "全市计划供应国有建设用地900公顷。住宅用地73公顷，望海区一家就拿走42公顷；青云区31公顷。",
        "全市计划供应国有建设用地900公顷，住宅用地73公顷。住宅用地分布：望海区（含东岸新城）42公顷，青云区31公顷。",
    ],
)
def test_a_heading_a_question_and_a_sum_tell_the_use_of_places(tmp_path, text):
    found = targets_of(tmp_path, TITLE + text)
    assert {("望海区", HOMES, 42.0), ("青云区", HOMES, 31.0)} <= found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("去年住宅用地列了36公顷，今年则安排48公顷。", 48.0),
        ("2021年住宅用地计划36公顷，今年计划48公顷。", 48.0),
    ],
)
def test_last_years_figure_tells_what_this_years_is_of(tmp_path, text, value):
    found = targets_of(tmp_path, TITLE + "全市计划供应国有建设用地900公顷。" + text)
    assert found == {("", "", 900.0), ("", HOMES, value)}


@pytest.mark.parametrize(
    "text",
    [
        "全市 370公顷（去年计划数395.2公顷）",
        "市区今年的供应计划上周已经印发，总量是370公顷。",
    ],
)
def test_all_of_the_place_beside_a_figure_makes_it_the_total(tmp_path, text):
    assert targets_of(tmp_path, TITLE + text) == {("", "", 370.0)}


@pytest.mark.parametrize("label", ["最后落到商品房头上的", "真正留给商品房的", "剩下的商品房"])
def test_words_around_a_use_are_no_part_of_its_name(tmp_path, label):
    text = f"住宅用地410公顷。其中安置房用地130公顷，{label}280公顷。"
    found = targets_of(tmp_path, TITLE + "供应总量900公顷。" + text)
    assert ("", "商品住房用地", 280.0) in found


def test_a_label_with_letters_of_grammar_is_not_understood(tmp_path):
    text = "供应总量900公顷。住宅用地410公顷，其中安置房用地130公顷，一半略多的280公顷。"
    plan = read(tmp_path, TITLE + text)
    assert not any("略" in use for use in plan.targets["category"])


@pytest.mark.parametrize("group", ["望海、老城、青云三区", "望海、老城、青云这三个老区域"])
def test_a_count_says_that_the_names_before_it_are_places(tmp_path, group):
    text = f"全市计划供应国有建设用地900公顷。{group}合计310公顷。"
    regions = {region for region, _, value in targets_of(tmp_path, TITLE + text) if value == 310}
    assert len(regions) == 1
    assert regions.pop().startswith("望海、老城、青云")


def test_a_part_with_less_than_the_whole_is_not_the_whole(tmp_path):
    text = "全市拟供应住宅用地902公顷，其中五城区286公顷。五城区商品住房用地189公顷。"
    found = targets_of(tmp_path, TITLE + text)
    assert ("五城区", HOMES, 286.0) in found
    assert ("", HOMES, 902.0) in found


def test_what_a_sentence_says_it_is_about_comes_before_the_heading(tmp_path):
    text = (
        "青石市2031年度国有建设用地供应计划\n第三节 工业用地布局\n"
        "工矿仓储用地中，枝岭片区58.3公顷，陆桥片区25公顷。"
    )
    assert targets_of(tmp_path, text) == {
        ("枝岭片区", "工矿仓储用地", 58.3),
        ("陆桥片区", "工矿仓储用地", 25.0),
    }
