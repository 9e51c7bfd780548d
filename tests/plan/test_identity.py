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
        (("青石市 2021 年供地计划出炉", "今年全市计划供应国有建设用地300公顷。"), "青石市"),
        (("小周：今年多少？", "老吴：460公顷。", "小周：住宅呢？", "老吴：90公顷。"), ""),
        (("各地级以上市2021年度供应计划", "全省合计9000公顷。"), ""),
        (
            ("青石高新技术产业开发区管理委员会", "关于2021年供应计划的通知", "供应90公顷。"),
            "青石高新技术产业开发区",
        ),
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
        (("青石市2013年至2016年土地供应中期计划。一、总量。供应3200公顷。",), (2013, 2016)),
    ],
)
def test_the_years_of_a_plan_of_several(lines, years):
    found = identify(lines)
    assert (found.start.year, found.end.year) == years


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("今年市区供地33宗，其中海曙10宗，镇海7宗，江北5宗，总面积114公顷。", "宁波市"),
        ("全市供应1900公顷，主要分布在寒亭区、潍城区，坊子区次之。", "潍坊市"),
        ("岛内（思明、湖里）19.5公顷，海沧22公顷，集美41.5公顷，全市合计168公顷。", "厦门市"),
    ],
)
def test_a_city_that_is_not_named_is_that_of_its_districts(text, place):
    assert identify([text]).jurisdiction == place


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (("湖州市人民政府关于德清县2021年度第6批次农用地转用的批复", "湖州市人民政府"), "德清县"),
        (("浙江省人民政府关于德清县人民政府2021年", "第2批次用地的批复"), "德清县"),
        (("屯门收地建公屋", "预计2031年落成，北部都会区工程今年展开。"), "香港特别行政区"),
        (("安徽省16个设区市2031年住宅用地供应计划公布", "合肥市供应60公顷。"), "安徽省"),
        (("日前，唐山市资源局公开唐山市本级2031年度国有建设用地供应计划",), "唐山市本级"),
        (("历下区人民政府办公室关于下达2031年棚户区改造及土地熟化计划的通知",), "历下区"),
        (("高雄市标售重划区土地", "地政局表示，高雄今年标售3笔。"), "台湾省"),
    ],
)
def test_who_approves_and_where_another_law_holds(lines, place):
    assert identify(lines).jurisdiction == place


@pytest.mark.parametrize(
    ("lines", "year"),
    [
        (("全市土地利用总体规划公示", "发布日期：2022-03-04", "到2030年控制在90公顷以内。"), 2022),
        (("供地面积同比增长一成", "2019年6月5日 星期三", "2018年供应60公顷。"), 2019),
        (("《青石市住房建设规划（2012-2016年）》正式出台", "到2016年供应300公顷。"), 2012),
        (("青石市住房建设规划（2012-2016年）2014年度实施计划", "供应60公顷。"), 2014),
    ],
)
def test_the_year_of_what_is_dated_or_runs_for_several(lines, year):
    assert identify(lines).year == year


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (
            [
                "县里的事｜常熟今年减量",
                "原创 某某笔记 2025-04-15 18:30  江苏",
                "上周，常熟公布供地计划。",
            ],
            "常熟市",
        ),
        (
            ["全市改造动员会在肇庆高新区召开。", "指导单位:广东省某某部 建设单位:某某网"],
            "肇庆市",
        ),
        (["据悉，其面积占市本级全年安排的一半。", "今年南昌供应住宅用地。"], "南昌市"),
        (
            ["2023年中心城市住宅用地计划发布", "从去年到今年，宿迁中心城市的住宅用地减了两成。"],
            "宿迁市",
        ),
    ],
)
def test_what_stands_around_a_text_is_not_its_place(lines, place):
    assert identify(lines).jurisdiction == place


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["广汉敲定2025年供地", "广汉敲定2025年供地计划：全年供应30公顷。"], ""),
        (["按照市政府要求，2025年供应30公顷。", "按照市政府部署，南昌供应住宅用地。"], "南昌市"),
        (["下达2025年计划的通知", "现下达2025年计划，全年供应30公顷。"], ""),
    ],
)
def test_a_verb_is_no_place(lines, place):
    assert identify(lines).jurisdiction == place


@pytest.mark.parametrize(
    ("lines", "year"),
    [
        (["青石市2021年供地成绩单", "2022-01-18 08:05", "全年供应土地20100亩，已完成。"], 2021),
        (["青石市挂牌出让五宗地", "2017-11号，位于桥头，30亩", "2017-12号，位于北门，25亩"], 2017),
    ],
)
def test_the_year_of_a_headline_or_of_plots(lines, year):
    assert identify(lines).year == year
