"""The audit fails what the text promises, and nothing else; one wrong digit is one cause."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd
import pytest

from landgis.findings import finding_key, tell
from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.plan.model import Plan
from landgis.schema import TARGETS, table_of

TITLE = "白鹭市2025年度国有建设用地供应计划"


@pytest.fixture
def audit(tmp_path):
    def run(text: str, title: str = TITLE) -> pd.DataFrame:
        file = tmp_path / "plan.txt"
        file.write_text(f"{title}\n{text}\n", encoding="utf-8")
        return tell(audit_plan(read_plan(file)))

    return run


def fails(findings: pd.DataFrame) -> list[str]:
    return findings[findings["verdict"] == "fail"]["message"].tolist()


@pytest.mark.parametrize(
    "text",
    [
        "供应总量500公顷。\n住宅用地供应计划为100公顷。\n另外，安排商服用地50公顷。",
        "供应总量500公顷，其中住宅用地100公顷，商服用地50公顷。",
        "供应总量500公顷，其中供应量前三位的是住宅用地100公顷、商服用地50公顷、特殊用地40公顷。",
        "供应总量500公顷，重点安排住宅用地100公顷、商服用地50公顷、特殊用地40公顷。",
        "供应总量500公顷，其中含住宅用地100公顷、商服用地50公顷。",
        "供应总量500公顷，其中住宅用地100公顷、商服用地50公顷、特殊用地40公顷等。",
        "供应总量500公顷。东岭区供应130公顷，西岭区供应120公顷。",
        "住宅用地92公顷。商品住宅用地70公顷，保障性住房用地22公顷。单列租赁住房用地9公顷。",
        "供应总量500公顷。“十三五”期间，年均计划供应525公顷，累计供应2625公顷。",
        "供应总量500公顷。剩余供应总量为120公顷。",
        "供应总量500公顷。经营性用地供应总量120公顷。",
        "供应总量500公顷。第一批供应总量120公顷。",
        "供应总量500公顷。市区范围内供应总量为200公顷。\n其中，商服用地50公顷，住宅用地150公顷。",
        "供应总量控制在1700公顷以内，其中住宅用地327公顷，商服用地36公顷，工矿仓储用地1000公顷。",
        "供应总量4628公顷。其中，住宅用地580公顷，占比约12%。",
        "供应总量570公顷。其中住宅用地170公顷，保障性住房用地占住宅用地总数的50%。",
        "供应总量1872公顷，较2024年的1476公顷增加26.83%。",
        "供应总量100公顷，2024年为80公顷，住宅用地同比增长35%。",
        "供应总量9公顷。共57宗，其中甲镇7宗，乙镇31宗。",
    ],
)
def test_what_is_not_promised_never_fails(audit, text):
    assert fails(audit(text)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("供应总量500公顷，分别为住宅用地300公顷、商服用地150公顷。", "少50公顷"),
        ("供应总量500公顷，具体为：住宅用地300公顷、商服用地150公顷。", "少50公顷"),
        ("供应总量500公顷，分用途如下：\n住宅用地300公顷；\n商服用地150公顷。", "少50公顷"),
        ("供应总量500公顷，其中住宅用地300公顷、商服用地250公顷。", "多50公顷"),
        ("供应总量500公顷（住宅用地300公顷、商服用地250公顷）。", "多50公顷"),
        ("住宅用地300公顷、商服用地150公顷，合计500公顷。", "少50公顷"),
        ("供应总量1872公顷，较2024年的1476公顷增加21.15%。", "按两数计算为26.83%"),
        ("供应总量100公顷，其中住宅用地40公顷，占45%，商服用地60公顷，占60%。", "占总量45%"),
        ("供应总量100公顷。\n二、布局\n全市土地供应总量为110公顷。", "相差10公顷"),
        ("供应总量100公顷，2024年为80公顷，同比增长35%。", "按两数计算为25%"),
        ("供应总量100公顷（上年80公顷，同比增长35%）。", "按两数计算为25%"),
        (
            "供应总量控制在90公顷以内，其中住宅用地40公顷、商服用地60公顷。",
            "总量为上限，分项之和已超出",
        ),
        ("供应总量9公顷。共57宗，其中甲镇8宗，乙镇31宗，丙镇13宗，丁镇6宗。", "合计58宗"),
    ],
)
def test_what_is_promised_and_broken_fails(audit, text, words):
    (message, *_) = fails(audit(text))
    assert words in message


def test_counts_are_audited_like_areas(audit):
    title = "白鹭区城镇低效用地再开发专项规划（2025—2027年）"
    text = "对{}个地块进行整治，其中旧城7个地块、工业31个地块、退二进三13个地块，总面积301亩。"
    assert fails(audit(text.format(51), title)) == []
    (message,) = fails(audit(text.format(57), title))
    assert "所列各项7＋31＋13合计51个，不符" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("供应总量100.0公顷，其中住宅用地33.33公顷、商服用地66.66公顷。", "印出的小数位"),
        ("供应总量约1000公顷，其中住宅用地500公顷、商服用地495公顷。", "文中为约数，允许相差"),
        ("供应总量约1000公顷，其中住宅用地500公顷、商服用地450公顷。", "文中为约数，无法判定"),
        ("供应总量不低于100公顷，其中住宅用地60公顷、商服用地55公顷。", "总量为“以上”"),
        ("供应总量控制在100公顷以内，其中住宅用地60公顷、商服用地35公顷。", "总量为上限"),
    ],
)
def test_the_message_says_what_was_allowed(audit, text, words):
    findings = audit(text)
    assert fails(findings) == []
    assert findings["message"].str.contains(words).any()


def test_approximate_wording_has_its_bounds(audit):
    text = "供应总量约1000公顷，其中住宅用地500公顷、商服用地800公顷。"
    assert "已超出约数所能解释的范围" in fails(audit(text))[0]


CONSISTENT = (
    "供应总量473.62公顷（7104.3亩），其中住宅用地151.27公顷，商服用地64.85公顷，"
    "工矿仓储用地187.36公顷，交通运输用地70.14公顷。\n"
    "附表 供应计划表（单位：公顷）\n"
    "区域\t住宅用地\t商服用地\t工矿仓储用地\t交通运输用地\t合计\n"
    "东岭区\t83.15\t22.43\t96.18\t31.52\t233.28\n"
    "西岭区\t68.12\t42.42\t91.18\t38.62\t240.34\n"
    "合计\t151.27\t64.85\t187.36\t70.14\t473.62"
)


def test_what_agrees_has_no_fail(audit):
    findings = audit(CONSISTENT)
    assert fails(findings) == []
    assert (findings["verdict"] == "pass").sum() > 10


def mutations() -> Iterator[str]:
    """Every figure of the consistent plan with its first digit and its last but one changed."""
    for m in re.finditer(r"\d+\.\d+", CONSISTENT):
        for at in (m.start(), m.end() - 2):
            digit = CONSISTENT[at]
            other = str(int(digit) % 9 + 1) if digit.isdigit() else None
            if other and other != digit:
                yield CONSISTENT[:at] + other + CONSISTENT[at + 1 :]


@pytest.mark.parametrize("text", list(mutations()))
def test_one_wrong_digit_is_one_cause(audit, text):
    findings = audit(text)
    wrong = findings[findings["verdict"] == "fail"]
    first = wrong[wrong["cause"] == ""]
    assert len(first) == 1
    assert set(wrong["cause"]) - {""} <= {finding_key(first.iloc[0])}


def test_a_bare_table_of_targets_is_audited():
    rows = [
        {"region": "", "category": "", "stated_value": 30.25, "stated_unit": "公顷"},
        {"region": "", "category": "住宅用地", "stated_value": 20.0, "stated_unit": "公顷"},
        {"region": "", "category": "商服用地", "area_ha": 11.25},
    ]
    plan = Plan(document="a.txt", targets=table_of(rows, TARGETS))
    assert audit_plan(plan).query("verdict == 'fail'")["difference"].tolist() == [1.0]
