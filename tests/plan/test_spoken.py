"""Plans as people speak of them: questions and answers, topics, verbs of everyday life."""

from __future__ import annotations

import pytest
from plan_text import read, targets_of

from landgis.findings import join_findings
from landgis.plan.audit import audit_plan

TITLE = "青石市2022年度国有建设用地供应计划\n"
LEAD = "今年全市计划供应国有建设用地640公顷。"


def verdicts(plan):
    return set(join_findings(plan.findings, audit_plan(plan))["verdict"])


@pytest.mark.parametrize(
    "text",
    [
        "先讲住宅。今年安排143公顷。",
        "计划里给住宅留了143公顷，比去年多些。",
        "问：住宅今年有多少？比去年多还是少？\n答：共143公顷。",
        "为住宅安排143公顷，够用了。",
        "一是住宅不贪多。共143公顷。",
        "宅地为什么只给143公顷？",
    ],
)
def test_a_use_may_be_told_before_its_figure(tmp_path, text):
    assert targets_of(tmp_path, f"{TITLE}{LEAD}\n{text}") == {
        ("", "", 640.0),
        ("", "住宅用地", 143.0),
    }


@pytest.mark.parametrize(
    "text",
    [
        "住宅市场近来不太好。今年安排143公顷，是多是少各有说法。",
        "住宅呢？记者没有问到。今年安排了三次集中推介。",
    ],
)
def test_a_topic_that_is_only_touched_on_makes_no_figure(tmp_path, text):
    assert ("", "住宅用地", 143.0) not in targets_of(tmp_path, f"{TITLE}{LEAD}\n{text}")


def test_the_use_asked_for_holds_for_the_places_of_the_answer(tmp_path):
    text = (
        f"{TITLE}{LEAD}其中保障房用地27公顷。\n保障房的27公顷在哪里？老城能分到吗？\n"
        "主要在城外，望海区9公顷，青云区11公顷，石塘区7公顷。"
    )
    assert targets_of(tmp_path, text) >= {
        ("望海区", "保障性住房用地", 9.0),
        ("青云区", "保障性住房用地", 11.0),
        ("石塘区", "保障性住房用地", 7.0),
    }


@pytest.mark.parametrize(
    "text",
    [
        "会上把全年640公顷的供应盘子作了说明。",
        "局长随后抛出全年供应数据：640公顷。",
        "今年640公顷的供地计划昨天公布。",
    ],
)
def test_the_total_may_stand_before_what_it_is(tmp_path, text):
    assert targets_of(tmp_path, TITLE + text) == {("", "", 640.0)}


def test_a_headline_may_cut_a_figure_off(tmp_path):
    text = (
        "青石市今年建设用地供应计划总量超3700公顷\n青石市2022年度建设用地供应计划总量为3764公顷。"
    )
    assert targets_of(tmp_path, text) == {("", "", 3764.0)}


def test_a_sum_of_places_is_no_kind_that_the_list_does_not_name(tmp_path):
    text = (
        "全市计划供应住房用地385公顷，其中廉租房用地80公顷、中小套型商品房用地305公顷。\n"
        "分到各区，望海区住房用地105公顷，青云区120公顷，石塘区80公顷。"
    )
    assert targets_of(tmp_path, TITLE + text) >= {
        ("望海区", "住宅用地", 105.0),
        ("青云区", "住宅用地", 120.0),
        ("石塘区", "住宅用地", 80.0),
    }


@pytest.mark.parametrize("verb", ["领走", "分到", "拿下", "认领", "承担", "切走了"])
def test_places_take_their_share_by_any_verb(tmp_path, verb):
    text = f"各区都有任务，望海区{verb}95公顷，青云区88公顷。"
    assert targets_of(tmp_path, f"{TITLE}{LEAD}\n{text}") >= {
        ("望海区", "", 95.0),
        ("青云区", "", 88.0),
    }


def test_the_others_that_a_list_surpasses_are_none_of_it(tmp_path):
    text = "其中，望海区、青云区、石塘区三区的任务远超其他各区，分别为90公顷、80公顷和70公顷。"
    plan = read(tmp_path, f"{TITLE}{LEAD}{text}")
    rows = plan.targets.to_dict("records")
    assert [(r["region"], float(r["stated_value"])) for r in rows[1:]] == [
        ("望海区", 90.0),
        ("青云区", 80.0),
        ("石塘区", 70.0),
    ]
    assert "fail" not in verdicts(plan)


def test_one_use_of_each_place_is_no_cross_table(tmp_path):
    text = (
        "望海区计划供应国有建设用地360公顷，青云区280公顷。\n其中，住宅用地计划供应布局按区划分如下：\n"
        "望海区计划供应住宅用地95公顷，\n青云区计划供应住宅用地48公顷。"
    )
    plan = read(tmp_path, f"{TITLE}{LEAD}{text}")
    assert len(plan.targets) == 5
    assert "fail" not in verdicts(plan)


@pytest.mark.parametrize("where", ["在望海区、青云区等重点区域", "将在望海区、青云区等重点片区"])
def test_places_named_as_examples_do_not_part_a_figure(tmp_path, where):
    text = f"今年底前，青石市{where}划出33公顷土地，用于廉租住房建设。"
    assert ("", "廉租住房用地", 33.0) in targets_of(tmp_path, TITLE + text)


@pytest.mark.parametrize(("count", "numeral"), [(12, "十二"), (21, "二十一")])
def test_compound_numerals_count_places(tmp_path, count, numeral):
    names = "、".join(f"{c}岭" for c in "东西南北中上下前后左右金银铜铁锡石木水火土"[:count])
    found = targets_of(tmp_path, f"{TITLE}{LEAD}\n按计划，{names}{numeral}个区共240公顷。")
    assert found == {("", "", 640.0), (f"{names}{numeral}个区", "", 240.0)}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("今年受指标所限，商服用地仅供应12公顷。", True),
        ("今年计划供应工业用地90公顷，商服用地只供应12公顷。", True),
        ("一季度商服用地仅供应12公顷。", False),
        ("去年商服用地仅供应12公顷。", False),
        ("受征迁影响，商服用地只供应12公顷，完成率不高。", False),
    ],
)
def test_only_so_much_is_of_the_past_where_nothing_says_that_it_is_planned(tmp_path, text, kept):
    assert (("", "商服用地", 12.0) in targets_of(tmp_path, f"{TITLE}{LEAD}\n{text}")) == kept


@pytest.mark.parametrize(
    "text",
    [
        "住宅用地210公顷，住宅用地中旧厂改造项目33公顷。",
        "住宅用地210公顷。住宅用地里的旧厂改造33公顷。",
        "住宅用地210公顷；住宅用地总量中，旧厂改造用地33公顷。",
    ],
)
def test_a_kind_named_within_a_use_is_no_second_figure_of_it(tmp_path, text):
    found = targets_of(tmp_path, f"{TITLE}{LEAD}其中{text}")
    assert ("", "住宅用地", 210.0) in found
    assert any("旧厂" in use and value == 33.0 for _, use, value in found)


@pytest.mark.parametrize(
    "text",
    [
        "商住地33公顷、工业地140公顷。",
        "商住地约33公顷，工业地共140公顷。",
        "2宗商住地（33公顷）和6宗工业地（140公顷）。",
    ],
)
def test_land_may_be_called_so_in_short(tmp_path, text):
    found = targets_of(tmp_path, f"{TITLE}{LEAD}其中{text}")
    assert {(u, v) for _, u, v in found if u} == {("商住混合用地", 33.0), ("工业用地", 140.0)}


@pytest.mark.parametrize(
    "text",
    [
        "预计新增供应各类住房160万平方米、约2万套。",
        "将供应商品住房约160万平方米。",
        "提供公租房160万平方米。",
    ],
)
def test_homes_in_square_metres_are_floors_where_land_is_in_hectares(tmp_path, text):
    assert targets_of(tmp_path, f"{TITLE}{LEAD}\n{text}") == {("", "", 640.0)}


@pytest.mark.parametrize(
    "words",
    [
        "望海区接了不少从老城搬出来的企业，142公顷",
        "望海区的地一年比一年紧，今年共142公顷",
        "望海区虽然地少，但也拿出了2宗，面积142公顷",
    ],
)
def test_a_place_that_begins_a_sentence_is_its_subject(tmp_path, words):
    text = f"从各区看，青云区151公顷；{words}；石塘区98公顷。"
    assert targets_of(tmp_path, f"{TITLE}{LEAD}\n{text}") >= {
        ("青云区", "", 151.0),
        ("望海区", "", 142.0),
        ("石塘区", "", 98.0),
    }


def test_a_part_larger_than_the_figure_before_it_is_of_one_that_can_hold_it(tmp_path):
    text = (
        "计划供应商品住房用地201公顷。在商品住房用地中，新增用地111公顷，存量用地90公顷；"
        "其中141公顷用于建设中低价位、中小套型普通商品住房。"
    )
    plan = read(tmp_path, TITLE + text)
    (small,) = plan.targets[plan.targets["stated_value"] == 141].to_dict("records")
    assert (small["category"], small["land_source"]) == ("中小套型商品住房用地", "")
    assert "fail" not in verdicts(plan)
