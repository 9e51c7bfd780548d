"""The conclusion says what is wrong in the plan, and what on the map, in words."""

from dataclasses import replace

from landgis.findings import Finding, findings_table
from landgis.report.conclusion import conclusion


def told(results, *findings, lang="zh"):
    return conclusion(replace(results, findings=findings_table(list(findings))), lang=lang)


def test_document_and_map_are_told_apart(results):
    document, drawn, rest = told(
        results,
        Finding(check="audit.parts", verdict="fail", message="合计不符。"),
        Finding(check="totals.use", verdict="fail", message="", category="住宅用地"),
        Finding(check="parcels.overlap", verdict="fail", message="", subject="a / d"),
        Finding(check="rules.min_share", verdict="unknown", message=""),
    )
    assert document == "计划文件本身有 1 处不符：合计不符。"
    assert drawn.startswith("图上有 2 项不通过：")
    assert "分用途 1 项（住宅用地）" in drawn
    assert "重叠 1 项（a / d）" in drawn
    assert rest.startswith("另有 1 项")


def test_what_is_right_is_said_too(results):
    both = told(
        results,
        Finding(check="audit.parts", verdict="pass", message=""),
        Finding(check="totals.use", verdict="pass", message=""),
    )
    assert both == ("计划文件本身：核对 1 项，数字相互一致。", "图上：核对 1 项，没有不通过的。")


def test_what_is_open_in_the_document_is_no_agreement(results):
    document, _ = told(
        results,
        Finding(check="audit.parts", verdict="pass", message=""),
        Finding(check="plan.name", verdict="unknown", message=""),
    )
    assert document == "计划文件本身：核对 2 项，没有不符，1 项须人工确认。"


def test_many_faults_are_counted_and_the_first_named(results):
    overlaps = [
        Finding(check="parcels.overlap", verdict="fail", message="", subject=f"p{i}")
        for i in range(9)
    ]
    (drawn,) = told(results, *overlaps)
    assert "9 项（p0、p1、p2 等）" in drawn
    (english,) = told(results, *overlaps, lang="en")
    assert "parcels: overlaps 9 (p0, p1, p2 and more)" in english
    assert "·" not in english


def test_nothing_checked_is_nothing_said(results):
    assert told(results) == ()
