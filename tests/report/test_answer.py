"""The answer: one sentence, and the causes with what to do, the weightiest first."""

from dataclasses import replace

import lxml.html

from landgis.answer import answer
from landgis.findings import Finding, findings_table
from landgis.plan.model import Plan
from landgis.report.write import OverviewLine, write_overview


def told(results, *findings, lang="zh"):
    return answer(replace(results, findings=findings_table(list(findings))), lang=lang)


def test_the_sentence_names_the_difference_and_where_it_is(results):
    # a 4, b 1, u 1, c 12, d 4: 22 in all, as planned; of them 14 in 西镇, of 15 planned
    sentence = answer(results).headline
    assert sentence.startswith("总量与图上出自同一来源，不能互证，但西镇（−1.00 公顷）不符；")
    assert "计划文件自身一处不符" in sentence
    assert sentence.endswith("三项待定。")
    english = answer(results, lang="en").headline
    assert "西镇 (−1.00 ha) differ" in english
    assert "3 undecided" in english


def test_document_and_land_are_told_apart(results):
    said = told(
        results,
        Finding(check="audit.parts", verdict="fail", message="合计不符。"),
        Finding(check="audit.parts", verdict="fail", message="又不符。", region="东镇"),
        Finding(check="parcels.overlap", verdict="fail", message="重叠。", subject="a / d"),
        Finding(check="rules.min_share", verdict="unknown", message="不知。"),
    )
    assert "计划文件自身两处不符" in said.headline
    assert "宗地与规则另有一类不符" in said.headline
    assert said.headline.endswith("一项待定。")
    assert [c.message for c in said.causes if c.room == "audit"] == ["合计不符。", "又不符。"]


def test_what_is_right_is_said_and_a_note_is_no_check(results):
    said = told(
        results,
        Finding(check="audit.parts", verdict="pass", message=""),
        Finding(check="layer.fields", verdict="note", message=""),
    )
    assert "计划文件自身未见不符" in said.headline
    assert said.counts.startswith("共核对 1 项：通过 1，")
    assert "另有说明 1 条" in said.counts
    assert said.causes == ()


def test_many_of_a_kind_are_one_cause(results):
    overlaps = [
        Finding(check="parcels.overlap", verdict="fail", message="", subject=f"p{i}")
        for i in range(9)
    ]
    (cause,) = told(results, *overlaps).causes
    assert cause.findings == tuple(range(9))
    assert "9 项：p0、p1、p2等 9 项" in cause.message
    (english,) = told(results, *overlaps, lang="en").causes
    assert "p0, p1, p2 and 6 more" in english.message


def test_what_follows_from_a_cause_stands_under_it(results):
    key = "totals.cell|东镇|住宅用地"
    said = told(
        results,
        Finding(check="totals.grand", verdict="fail", difference=-9.0, unit="公顷", cause=key),
        Finding(check="parcels.area", verdict="fail", difference=99.0, unit="平方米"),
        Finding(
            check="totals.cell",
            verdict="fail",
            region="东镇",
            category="住宅用地",
            difference=-1.0,
            unit="公顷",
        ),
    )
    assert [c.findings for c in said.causes] == [(2, 0), (1,)]
    first = said.causes[0]
    assert first.makes_total
    assert "缺口在东镇住宅用地" in said.headline
    assert "补选地块" in first.todo


def test_all_that_waits_for_a_polygon_is_one_thing_to_do(results):
    waiting = [c for c in answer(results).causes if "没有图形" in c.message]
    (place,) = waiting
    assert "市直" in place.message
    assert "界线图形" in place.todo


def test_every_open_finding_has_one_cause(results):
    found = results.findings
    wanting = found.index[found["verdict"].isin(["fail", "unknown"])]
    listed = [i for cause in answer(results).causes for i in cause.findings]
    assert sorted(listed) == sorted(wanting)


def test_nothing_checked_is_said_as_such(results):
    assert told(results).causes == ()


def test_many_plans_are_said_in_one_sentence(tmp_path):
    said = {
        "甲": [Finding(check="audit.parts", verdict="fail", message="不符。")],
        "乙": [Finding(check="audit.parts", verdict="unknown", message="不知。")],
        "丙": [Finding(check="audit.parts", verdict="pass", message="")],
    }
    lines = [OverviewLine.of(n, Plan(document=n), findings_table(f)) for n, f in said.items()]
    page, _ = write_overview([*lines, OverviewLine(file="丁", worst="打不开")], tmp_path)
    tree = lxml.html.fromstring(page.read_text("utf-8"))
    assert tree.xpath("string(//h2)") == (
        "4 个计划：1 个有不符，1 个没有不符而有待定，1 个相符，1 个不能使用。"
    )
