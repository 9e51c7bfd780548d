"""Whose plan it is, where a title, headline, office or newspaper names a place or none does."""

from __future__ import annotations

import pytest

from landgis.plan.identity import identify


@pytest.mark.parametrize(
    ("paragraphs", "place"),
    [
        (("青石今年拟供地3200亩", "市局透露，其中西城区800亩。", "青石的供求趋于平衡。"), "青石"),
        (("砚湖市自然资源局", "关于下达2024年度供应计划的通知", "山阳区供应30公顷。"), "砚湖市"),
        (("砚湖市城市建设与土地利用规划2018年度实施计划", "热点片区供地30公顷。"), "砚湖市"),
        (("邻市朝阳市计划800公顷，青石今年计划560公顷。", "过去两年青石只完成七成。"), "青石"),
        (("岚溪县:工业优先", "今年岚溪县计划供应土地800亩，其中城关镇300亩。"), "岚溪县"),
        (("青石日报讯", "记者从市国土局获悉，今年市区供地300公顷，其中朝阳区100公顷。"), "青石"),
        (("一图读懂|青石市2023年度国有建设用地供应计划", "总量300公顷"), "青石市"),
        (("今年南湖区计划供地100公顷", "全区住宅用地30公顷。"), "南湖区"),
        (("住宅今年少了", "商品住宅今年计划供应30公顷，住宅去年20公顷。"), ""),
        (("工作会议上的讲话", "同志们:", "全市安排9000亩，其中丰南区2000亩。"), ""),
    ],
)
def test_the_place_is_whose_text_it_is(paragraphs, place):
    assert identify(paragraphs).jurisdiction == place


@pytest.mark.parametrize(
    "told",
    [
        "2018年青石市计划供地9000亩，2016年、2017年的计划分别为7000亩和8000亩。",
        "2016年和2017年计划供应7000亩、8000亩，2018年计划供应9000亩。",
        "2018年计划供应9000亩，而2016年、2017年分别供应7000亩和8000亩。",
    ],
)
def test_years_that_are_compared_are_not_the_plans(told):
    assert identify([told]).year == 2018


@pytest.mark.parametrize(
    ("lines", "years"),
    [
        (("青石市住房发展“十四五”规划", "五年供应住房用地720公顷。"), (2021, 2025)),
        (("青石市公布2017~2021年住宅用地供应计划。", "五年供应3200公顷。"), (2017, 2021)),
        (("青石市“十四五”（2021—2025年）土地供应规划纲要", "“十三五”供应9000公顷。"), (2021, 2025)),
        (("青石市“十四五”规划2023年度实施计划", "供应900公顷。"), (2023, 2023)),
    ],
)
def test_the_years_of_a_plan_of_several(lines, years):
    found = identify(lines)
    assert (found.start.year, found.end.year) == years
