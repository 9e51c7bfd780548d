"""Annexes in Excel: a summary with merged headings, a list of parcels, on sheets of one file."""

from __future__ import annotations

import pytest
from openpyxl import Workbook

from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan


@pytest.fixture
def annex(tmp_path):
    book = Workbook()
    summary = book.active
    summary.title = "汇总表"
    for row in (
        ["长兴县2025年度国有建设用地供应计划汇总表"],
        ["单位：公顷"],
        ["用途", "供应面积", "土地来源", None],
        [None, None, "新增", "存量"],
        ["合计", 30.5, 10, 20.5],
        ["商服用地", 10.5, 0, 10.5],
        ["住宅用地", 20, 10, 10],
        ["其中：保障性住房用地", 5, 5, 0],
    ):
        summary.append(row)
    for merged in ("A1:D1", "A2:D2", "A3:A4", "B3:B4", "C3:D3"):
        summary.merge_cells(merged)
    parcels = book.create_sheet("宗地清单")
    for row in (
        ["长兴县2025年度国有建设用地供应计划宗地清单"],
        ["序号", "地块名称", "坐落", "面积（公顷）", "用途", "供应方式"],
        [1, "甲地块", "雉城街道", 10.5, "商服用地", "出让"],
        [2, "乙地块", "泗安", 20, "住宅用地", "划拨"],
        ["合计", None, None, 30.5, None, None],
    ):
        parcels.append(row)
    parcels.merge_cells("A1:F1")
    path = tmp_path / "annex.xlsx"
    book.save(path)
    return read_plan(path)


def test_summary_sheet(annex):
    found = {
        (r["category"], r["land_source"]): r["stated_value"]
        for r in annex.targets.to_dict("records")
    }
    assert found == {
        ("", ""): 30.5,
        ("", "新增"): 10,
        ("", "存量"): 20.5,
        ("商服用地", ""): 10.5,
        ("商服用地", "新增"): 0,
        ("商服用地", "存量"): 10.5,
        ("住宅用地", ""): 20,
        ("住宅用地", "新增"): 10,
        ("住宅用地", "存量"): 10,
        ("保障性住房用地", ""): 5,
        ("保障性住房用地", "新增"): 5,
        ("保障性住房用地", "存量"): 0,
    }
    assert annex.targets.loc[0, "source"].startswith("annex.xlsx 汇总表!B5")


def test_parcel_sheet(annex):
    assert annex.projects["name"].tolist() == ["甲地块", "乙地块"]
    assert annex.projects["townships"].tolist() == [("雉城街道",), ("泗安镇",)]
    assert annex.projects["supply_mode"].tolist() == ["出让", "划拨"]


def test_everything_agrees(annex):
    findings = audit_plan(annex)
    assert "fail" not in set(findings["verdict"])
    assert "audit.list" in set(findings["check"])
