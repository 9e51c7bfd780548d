"""What a review found: a wide rule that hides a wrong sum, or takes a figure for another's."""

from __future__ import annotations

import pytest
from plan_text import read, targets

from landgis.plan.audit import audit_plan
from landgis.plan.audit.stated import running_text

TITLE = "云州市2024年度国有建设用地供应计划\n\n"
WHOLE = "2024年度全市国有建设用地供应总量为1200公顷。\n\n"


def fails(plan):
    found = audit_plan(plan)
    found = found[found["verdict"] == "fail"]
    return {(r.check, float(r.expected), float(r.actual)) for r in found.itertuples()}


@pytest.mark.parametrize(
    ("text", "whole", "parts"),
    [
        (
            f"{WHOLE}工矿仓储用地500公顷。\n住宅用地400公顷，其中商品住房450公顷。",
            400,
            450,
        ),
        (
            "2024年计划供应1200公顷，其中住宅用地400公顷，其中商品住房450公顷；工业用地800公顷。",
            400,
            450,
        ),
        (
            f"{WHOLE}东湖区500公顷，西坪县300公顷，其中住宅用地350公顷；北岭县400公顷。",
            300,
            350,
        ),
    ],
)
def test_a_part_larger_than_its_whole_stays_its_part(tmp_path, text, whole, parts):
    assert ("audit.parts", whole, parts) in fails(read(tmp_path, TITLE + text))


@pytest.mark.parametrize(("headline", "body"), [(1000, 50), (1000, 1900), (2000, 1050), (300, 390)])
def test_a_headline_is_not_of_any_figure(tmp_path, headline, body):
    text = (
        f"云州市2024年计划供应国有建设用地{headline}公顷\n\n2024年云州市计划供应国有建设用地"
        f"{body}公顷，其中住宅用地{body / 2:g}公顷，工矿仓储用地{body / 2:g}公顷。"
    )
    plan = read(tmp_path, text)
    assert set(plan.figures["reason"]) == {"", "said_otherwise"}


@pytest.mark.parametrize(
    ("headline", "body"), [(1000, 1062), (2400, 2470), (2400, 2398), (300, 306)]
)
def test_a_headline_cuts_a_figure_off_at_its_second_digit(tmp_path, headline, body):
    told_once = "2024年计划供应国有建设用地"
    text = f"云州市{told_once}{headline}公顷\n\n云州市{told_once}{body}公顷。"
    assert targets(read(tmp_path, text)) == {("", "", float(body))}


@pytest.mark.parametrize(
    "text",
    [
        "优先保障住宅。2024年计划供应1200公顷。\n住宅用地400公顷，工业用地800公顷。",
        "住宅优先。2024年计划供应1200公顷。\n住宅用地400公顷，工业用地800公顷。",
        "今年宅地有多少？先看总量。1200公顷，其中住宅用地400公顷、工业用地800公顷。",
    ],
)
def test_a_use_that_is_only_touched_on_takes_no_total(tmp_path, text):
    told_of = {("", "", 1200.0), ("", "住宅用地", 400.0), ("", "工业用地", 800.0)}
    assert targets(read(tmp_path, TITLE + text)) == told_of


@pytest.mark.parametrize(
    ("words", "total"),
    [
        ("南山郊野生态1200公顷。", False),
        ("一共供多少？1200公顷。", True),
        ("答案是1200公顷。", True),
    ],
)
def test_a_sum_names_no_figure_of_something_else(tmp_path, words, total):
    text = f"住宅用地400公顷，工矿仓储用地500公顷，商服用地300公顷。\n{words}"
    assert (("", "", 1200.0) in targets(read(tmp_path, TITLE + text))) == total


@pytest.mark.parametrize(("part", "failing"), [(500, True), (300, False)])
def test_some_of_a_use_cannot_be_more_than_it(tmp_path, part, failing):
    text = (
        f"{WHOLE}住宅用地400公顷，住宅用地中人才住房项目{part}公顷。\n"
        "工矿仓储用地500公顷，商服用地300公顷。"
    )
    assert (("audit.parts", 400, part) in fails(read(tmp_path, TITLE + text))) == failing


@pytest.mark.parametrize(
    ("end", "failing"),
    [
        ("商服用地200公顷", True),
        ("商服用地200公顷。\n责任编辑：", True),
        ("商服用地200公顷（其中滨河", False),
        ("商服用地200公顷，详见附件：", True),
        ("商服用地200公顷，", False),
        ("商服用地200公顷、", False),
    ],
)
def test_a_list_into_which_the_text_breaks_off_is_not_whole(tmp_path, end, failing):
    text = f"{TITLE}供应总量1200公顷，其中：住宅用地400公顷，工矿仓储用地500公顷，{end}"
    assert bool(fails(read(tmp_path, text))) == failing


@pytest.mark.parametrize(("shops", "failing"), [(200, False), (190, True)])
def test_what_is_parted_further_is_not_counted_twice(tmp_path, shops, failing):
    text = (
        "供应总量1200公顷。1200公顷当中，经营性用地600公顷——住宅400公顷、"
        f"商业{shops}公顷；工业用地500公顷；余下100公顷为学校、道路等公益性用地。"
    )
    assert bool(fails(read(tmp_path, TITLE + text))) == failing


def test_a_document_of_two_plans_is_no_plan_of_homes_only(tmp_path):
    text = (
        "云州市2024年度国有建设用地供应计划和住宅用地供应计划\n\n"
        "供应总量为1200公顷。按用途分：商服用地300公顷，工矿仓储用地500公顷，住宅用地400公顷。"
    )
    assert ("", "", 1200.0) in targets(read(tmp_path, text))


def test_what_stands_below_a_table_is_no_list_of_the_line_above_it(tmp_path):
    text = (
        "计划如下：\n一、供应总面积1200亩。分园区：\n"
        "园区\t合计\t住宅用地\t工业用地\n东园\t700\t300\t400\n西园\t500\t200\t300\n"
        "二、工业用地中已签约项目43亩要求上半年供应到位。\n"
        "三、住宅用地包括安置。商品住房用地320亩，回迁安置用地180亩。"
    )
    told = running_text(read(tmp_path, TITLE + text))
    assert not told.is_one(told.words.index("供应总面积"), told.words.index("商品住房"))
