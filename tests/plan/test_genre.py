"""What kind of document it is, and what counts in one that is no plan of supply."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from landgis.cli.plan import plan as command
from landgis.plan.extract import read_plan


def read(folder, text):
    file = folder / "text.txt"
    file.write_text(text, encoding="utf-8")
    return read_plan(file)


def targets(plan):
    rows = plan.targets.to_dict("records")
    return {(r["region"], r["category"], float(r["stated_value"])) for r in rows}


NO_PLANS = {
    "report": (
        "青石市上半年供地面积同比增长一成\n记者获悉，全市供应住宅用地61公顷、工业用地92公顷。",
        "白沙县一季度土地市场盘点\n一季度白沙县出让经营性用地9宗，总面积约31公顷。",
        "本报讯 据统计，前5个月，汀州市供应土地总量为318公顷，同比增加12%。其中，住宅用地77公顷。",
        "今年以来，青石市主动服务32个项目，供应土地2100亩。其中，供应工业用地1300亩，基础设施用地800亩。",
        "白沙县年度国土变更调查公报\n全县城镇村及工矿用地51万亩，住宅用地2.8万公顷。",
        "昨日，长洲市举行土地拍卖，6宗地块全部成交，总面积41.6公顷，其中住宅用地30.2公顷。",
    ),
    "taking": (
        "青石市2023年度土地征收成片开发方案公示\n本方案共划定4个片区，总面积212.5公顷。",
        "关于白沙县2022年度第三批次农用地转用的批复\n同意你县将农民集体农用地6.41公顷转为建设用地。",
        "长洲市第5批次城镇建设用地征收土地预公告\n拟征收望江镇土地12.4公顷，拟用于工业用地。",
        "汀州市征收土地公告\n批准征收滨江街道土地3.27公顷，用于公用设施用地。",
    ),
    "scheme": (
        "青石市土地利用总体规划（2006—2020年）\n全市土地总面积3127平方公里，城镇工矿用地81平方公里。",
        "近日，《白沙新城控制性详细规划》批前公示。规划范围总用地面积为2.4平方公里，其中工业用地90公顷。",
        "望江新城概念规划出炉\n新城规划面积38平方公里，其中规划居住用地420公顷、产业用地610公顷。",
        "《汀州市国土空间总体规划》获批，城镇建设用地控制在186平方公里以内，工业用地51平方公里。",
    ),
    "project": (
        "长洲市三处安置房基地开工\n望江基地：位于望江镇，规划用地面积约31公顷。",
        "国有建设用地划拨供地公示\n长洲市拟将青云路北侧土地以划拨方式供应，土地面积21350平方米。",
        "青石至白沙高速公路项目用地获批\n该项目总用地412公顷，其中新增建设用地366公顷。",
        "经市政府批准，我局将位于青云路东侧、面积12600平方米的土地以划拨方式供应给市第三中学。",
    ),
    "law": (
        "青石市闲置土地处置办法（试行）\n工业项目用地面积不得超过20公顷，住宅用地单宗出让面积不得超过14公顷。",
        "白沙县工业项目用地控制标准\n小型项目用地不少于1公顷，仓储用地3公顷。",
    ),
    "elsewhere": (
        "香港特区政府公布卖地计划，香港今年计划出售住宅用地，面积约3公顷。香港发展局称供应稳定。",
        "澳门特区政府今日公布，澳门将推出一幅商业用地，面积约1.2公顷。",
    ),
}


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in NO_PLANS.items() for text in texts]
)
def test_a_document_of_another_kind_has_no_targets_and_says_so(tmp_path, code, text):
    plan = read(tmp_path, text)
    assert plan.genre.code == code
    assert not len(plan.targets)
    assert "plan.targets" in set(plan.findings["check"])


@pytest.mark.parametrize(
    "text",
    [
        "青石市上半年土地成交额46亿元\n上半年全市出让土地88公顷。青石市2023年度国有建设用地供应计划512公顷，{}",
        "白沙市今年土拍首场流拍两宗\n两宗地块总面积9公顷。按照计划，2023年全市计划供应国有建设用地512公顷，{}",
        "汀州市一季度供地同比下降\n一季度供应土地70公顷，同比下降8%。2023年汀州市拟供应土地512公顷，{}",
    ],
)
def test_news_of_sales_that_quote_the_plan_give_its_figures_alone(tmp_path, text):
    plan = read(tmp_path, text.format("其中，住宅用地140公顷。截至目前已供应88公顷。"))
    assert plan.genre.code == "report"
    assert targets(plan) == {("", "", 512.0), ("", "住宅用地", 140.0)}


@pytest.mark.parametrize(
    "ahead",
    [
        "2023年度全市计划供应国有建设用地630公顷，其中住宅用地150公顷。",
        "下一年度计划供应土地630公顷，其中：住宅用地150公顷。",
        "按照安排，明年拟供应国有建设用地630公顷，其中住宅用地150公顷。",
    ],
)
def test_a_report_on_a_plan_gives_the_next_years_alone(tmp_path, ahead):
    text = (
        "青石市2022年度国有建设用地供应计划执行情况报告\n2022年度全市计划供应国有建设用地580公顷，"
        "实际供应497公顷。\n住宅用地：计划131公顷，实供118公顷。\n三、下一步打算\n" + ahead
    )
    plan = read(tmp_path, text)
    assert targets(plan) == {("", "", 630.0), ("", "住宅用地", 150.0)}


def test_a_plan_that_looks_back_in_a_chapter_keeps_its_targets(tmp_path):
    text = (
        "白沙市2024年度国有建设用地供应计划\n一、上年度计划执行情况\n2023年全市实际供应土地401公顷，"
        "完成率93%，同比下降4%。\n二、计划总量\n2024年度供应总量为420公顷，其中住宅用地96公顷。"
    )
    plan = read(tmp_path, text)
    assert plan.genre.code == "plan"
    assert targets(plan) == {("", "", 420.0), ("", "住宅用地", 96.0)}


@pytest.mark.parametrize(
    "head",
    ["青石市住宅用地同比减少四成", "青石市供地规模逆势上扬 比去年多一成", "青石市宅地供应环比回落"],
)
def test_news_of_a_plan_that_compare_in_their_headline_are_of_the_plan(tmp_path, head):
    lead = "近日，青石市发布2023年度国有建设用地供应计划，总量为512公顷。"
    plan = read(tmp_path, f"{head}\n{lead}\n住宅用地方面，安排140公顷，比去年减少40%。")
    assert plan.genre.code == "plan"
    assert targets(plan) == {("", "", 512.0), ("", "住宅用地", 140.0)}


def test_the_kind_and_its_words_are_shown(tmp_path):
    file = tmp_path / "text.txt"
    file.write_text(NO_PLANS["report"][0], encoding="utf-8")
    shown = CliRunner().invoke(command, [str(file)]).output
    assert "文件性质：执行、成交或统计情况（依据：“上半年供地”）" in shown
    assert "没有任何计划指标" in shown
    kind = json.loads(CliRunner().invoke(command, [str(file), "--json"]).output)["kind"]
    assert (kind["code"], kind["words"]) == ("report", ["上半年供地"])
    assert "上半年供地" in CliRunner().invoke(command, [str(file), "--explain", "2"]).output
