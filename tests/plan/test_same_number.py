"""One number is one thing: what a figure is of is told where the same number stands again."""

from __future__ import annotations

import pytest
from plan_text import read, targets_of

from landgis.plan.audit import audit_plan


@pytest.mark.parametrize(
    "text",
    [
        "青石市2031年度宅地清单\n今年拟供住宅用地37公顷。\n本次清单共9宗地，总面积37公顷，年内全部供应。",
        "青石市今年供应住宅用地37公顷\n据介绍，全市计划供应土地37公顷，比去年多。",
    ],
)
def test_total_is_of_the_use_that_the_same_number_has(tmp_path, text):
    assert targets_of(tmp_path, text) == {("", "住宅用地", 37.0)}


def test_another_number_stays_the_total(tmp_path):
    text = "青石市2031年供地计划\n全市计划供应国有建设用地137公顷，其中住宅用地37公顷。"
    assert targets_of(tmp_path, text) == {("", "", 137.0), ("", "住宅用地", 37.0)}


@pytest.mark.parametrize(
    "text",
    [  # as large as the whole; as large as all others together
        """青石市2031年供地计划：1260公顷
全市今年计划供应国有建设用地1260公顷。
东湖区、西坪区及北岸新区今年计划供应国有建设用地1260公顷，其中商服用地90公顷。""",
        """青石市2031年供地计划公布
今年东湖、西坪两区和北岸新区计划供应国有建设用地1260公顷。
其中，商服用地90公顷。
分区看，东湖区600公顷，西坪区410公顷，北岸新区250公顷。""",
    ],
)
def test_places_together_are_the_whole_by_their_figure(tmp_path, text):
    found = targets_of(tmp_path, text)
    assert {("", "", 1260.0), ("", "商服用地", 90.0)} <= found
    assert not {(r, u, v) for r, u, v in found if r and v in (1260.0, 90.0)}


def test_places_together_stay_a_part_beside_a_larger_whole(tmp_path):
    text = (
        "青石市2031年供地计划公布\n全市计划供应国有建设用地2000公顷，其中中心城区1260公顷。\n"
        "东湖区600公顷，西坪区410公顷，北岸新区250公顷，临江县740公顷。"
    )
    assert {("", "", 2000.0), ("中心城区", "", 1260.0)} <= targets_of(tmp_path, text)


def test_part_that_a_headline_gives_stays_beside_a_sum_of_more(tmp_path):
    text = """青石市中心城区住宅用地今年供应858公顷
未来五年全市供应住宅用地4583公顷。
中心城区（东湖、西坪两区）住宅用地858公顷，近郊区县1076公顷。"""
    assert {("", "住宅用地", 4583.0), ("中心城区", "住宅用地", 858.0)} <= targets_of(tmp_path, text)


def fails(folder, text):
    found = audit_plan(read(folder, text))
    return int(found["verdict"].eq("fail").sum())


PLAN = "青石市2031年供地计划\n全市计划供应国有建设用地900公顷，其中住宅用地320公顷。\n"


@pytest.mark.parametrize(
    "text",
    [
        # the places part another figure
        "保障房用地130公顷，在住宅用地320公顷中占四成，东湖、西坪、北岸分别为60公顷、40公顷、30公顷。",
        # those that have most
        "从区县看，东湖区、西坪县、北岸镇任务最重，分别为210公顷、190公顷和80公顷。",
        # a rest that has no figure
        "住宅用地320公顷中，东湖区、西坪县分别为110公顷、90公顷，其余分布在北岸等镇。",
    ],
)
def test_parts_that_are_not_said_to_be_all_fail_no_sum(tmp_path, text):
    assert fails(tmp_path, PLAN + text) == 0


def test_parts_said_to_be_all_fail(tmp_path):
    text = "住宅用地320公顷分为三类：商品住房190公顷，租赁住房60公顷，安置住房80公顷。"
    assert fails(tmp_path, PLAN + text) == 1


def test_sentence_that_goes_on_from_what_was_done(tmp_path):
    text = (
        "青石市2031年度国有建设用地供应计划\n"
        "上年供应建设用地870公顷，完成计划的91%。居住用地供应133公顷，其中人才住房用地52公顷。\n"
        "2031年计划供应国有建设用地910公顷，其中居住用地150公顷。"
    )
    assert targets_of(tmp_path, text) == {("", "", 910.0), ("", "住宅用地", 150.0)}


@pytest.mark.parametrize("name", ["增加（公顷）", "减少（公顷）", "核增（公顷）", "差额（公顷）"])
def test_column_of_changes_is_none(tmp_path, name):
    text = (
        "青石市2031年度住宅用地供应计划（调整）\n\n"
        f"| 区域 | 调整前（公顷） | 调整后（公顷） | {name} |\n| --- | --- | --- | --- |\n"
        "| 东湖区 | 44.0 | 52.1 | 8.1 |\n| 西坪区 | 26.9 | 28.4 | 1.5 |\n"
        "| 合计 | 70.9 | 80.5 | 9.6 |\n"
    )
    assert {v for _, _, v in targets_of(tmp_path, text)} == {52.1, 28.4, 80.5}


@pytest.mark.parametrize(
    "text",
    [
        "同时守住18亿亩耕地红线。",
        "该区位于全市西部，总面积为818平方公里，下辖8个镇。",
    ],
)
def test_areas_of_farmland_and_of_the_place_itself_are_none(tmp_path, text):
    plan = "青石市2031年供地计划\n今年计划供应国有建设用地910公顷。\n"
    assert targets_of(tmp_path, plan + text) == {("", "", 910.0)}


def test_farmland_to_be_made_is_no_supply(tmp_path):
    text = (
        "青石市关于下达2031年补充耕地任务的通知\n\n各区补充耕地及土地整理任务情况表（单位：万亩）\n\n"
        "| 区域 | 补充耕地面积 | 土地整理规模 |\n| --- | --- | --- |\n"
        "| 东湖区 | 1.3 | 3.5 |\n| 西坪区 | 0.8 | 1.9 |\n| 合计 | 2.1 | 5.4 |\n"
    )
    assert read(tmp_path, text).targets.empty


LIST = """青石市2031年度国有建设用地供应计划
全市计划供应国有建设用地910公顷。其中，商服用地90公顷，工矿仓储用地300公顷，住宅用地220公顷，
公共管理与公共服务用地180公顷，交通运输用地110公顷，水域及水利设施用地10公顷。
"""


@pytest.mark.parametrize(
    "text",
    [
        "全年新开工保障性住房118万平方米。",
        "力争拆除旧厂房62万平方米。",
        "东湖新区规划面积36平方公里。",
        "北岸的住宅用地12公顷，也就是一百八十来亩。",
        "下一步要把手里的3万亩低效工业用地用起来。",
    ],
)
def test_lone_area_in_another_unit_is_no_figure_of_the_plan(tmp_path, text):
    known = {v for _, _, v in targets_of(tmp_path, LIST)}
    assert {v for _, _, v in targets_of(tmp_path, LIST + text)} <= known | {12.0}


def test_few_figures_in_another_unit_stay_where_there_are_no_more(tmp_path):
    text = "青石市2031年供地计划\n全市计划供应土地910公顷，其中住宅用地3200亩。"
    assert targets_of(tmp_path, text) == {("", "", 910.0), ("", "住宅用地", 3200.0)}


@pytest.mark.parametrize(
    "text",
    [
        "今年以来只发过两回公告，卖掉9幅地，共计197亩。",
        "手里批了没建的商品住房用地还有14公顷。",
        "其中城南一带95公顷尚在削山造地。",
        "这宗163亩的工业用地两年没有动工。",
    ],
)
def test_what_was_sold_or_lies_unused_is_none(tmp_path, text):
    known = {v for _, _, v in targets_of(tmp_path, LIST)}
    assert {v for _, _, v in targets_of(tmp_path, LIST + text)} == known
