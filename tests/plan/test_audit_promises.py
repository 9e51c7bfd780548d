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
        "供应总量1126.4公顷，折合一万六千多亩。",
        "供应总量500公顷。市区范围内供应总量为200公顷。\n其中，商服用地50公顷，住宅用地150公顷。",
        "供应总量控制在1700公顷以内，其中住宅用地327公顷，商服用地36公顷，工矿仓储用地1000公顷。",
        "供应总量4628公顷。其中，住宅用地580公顷，占比约12%。",
        "供应总量570公顷。其中住宅用地170公顷，保障性住房用地占住宅用地总数的50%。",
        "供应总量1872公顷，较2024年的1476公顷增加26.83%。",
        "供应总量100公顷，2024年为80公顷，住宅用地同比增长35%。",
        "供应总量9公顷。共57宗，其中甲镇7宗，乙镇31宗。",
        "供应总量520公顷，比2024年计划（610公顷）减少90公顷，比2024年实际（400公顷）增长30%。",
        "供应总量330公顷，较上年计划350公顷少20公顷，较上年实际300公顷增长10%。",
        "供应总量300公顷（上年计划320公顷），比上年实际供应240公顷增长25%。",
        "住宅用地300公顷，东岭、西岭、南岭三区供应住宅用地分别为120公顷、90公顷和60公顷，合计占全市的90%。",
        "住宅用地300公顷，其中保障性住房用地90公顷、中小套型商品住房用地150公顷，占住宅用地超70%。",
        "住宅用地300公顷，其中保障性住房用地90公顷、中小套型商品住房用地150公顷，占住宅用地80%。",
        "供应总量9000亩。东岭区2300亩，占25%；西岭区3060亩，占34%；南岭区2140亩，占24%；北岭区1500亩，占17%。",
        "供应总量100公顷。东岭区60公顷，占60%；西岭等四镇60公顷，占60%；南岭区60公顷，占60%。",
        "供应总量750公顷，工业用地最多，为300公顷，占总量40%；住宅用地150公顷，占20%左右；其余为商服用地等。",
        "商品住房用地450公顷。住宅用地占供应总量的22%，约110公顷。白鹭新区住宅用地占供应总量的18%，约90公顷。",
        "2025年和2030年，全市城乡建设用地规模分别控制在1600公顷和1900公顷以内。",
        "供应总量900亩。东岭区安排600亩，西岭区300亩。年内新认定低效用地不少于3000亩，其中东岭区范围内不少于800亩。",
        "计划新增储备土地400公顷，其中住宅用地120公顷、商服用地280公顷。\n拟从储备库供应土地260公顷，其中住宅用地110公顷、商服用地150公顷。",
        "住宅用地270公顷，其中商品住宅180公顷；租赁30公顷；安置房60公顷。",
        "产业用地60公顷。从空间上看，25公顷位于石桥片区，15公顷位于白塔片区，空港片区和东湖片区则分别供应12公顷、8公顷。",
        "住宅用地计划量居前三位的东岭县、西岭县、南岭县，分别达到1.2万亩、9600亩和8100亩。",
        "东岭区120公顷，西岭区80公顷。\n只看住宅呢？东岭区70公顷，西岭区41公顷。",
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
        (
            "供应总量520公顷，比上年计划（610公顷）减少90公顷，比上年实际（400公顷）增长20%。",
            "520公顷比400公顷增长20%，按两数计算为30%",
        ),
        (
            "供应总量500公顷。东岭区180公顷，西岭区160公顷，南岭区150公顷，三区之和即为全市供应总量。",
            "各区域合计490公顷，比总量500公顷少10公顷",
        ),
        (
            "住宅用地500公顷。\n商品住房用地300公顷；租赁住房用地80公顷；安置住房用地110公顷。以上三项合计500公顷。",
            "合计490公顷，比住宅用地500公顷少10公顷",
        ),
        (
            (
                "供应总量700公顷。\n|区域|公顷|\n|东岭区|300|\n|西岭区|210|\n|南岭区|180|\n"
                "以上三大区域合计即为全市总量。"
            ),
            "少10公顷",
        ),
        (
            "供应总量900公顷。东岭区300公顷，占30%；西岭区400公顷，占44%；南岭区200公顷，占22%。",
            "为33%",
        ),
    ],
)
def test_what_is_promised_and_broken_fails(audit, text, words):
    (message, *_) = fails(audit(text))
    assert words in message


def test_figures_of_one_list_have_units_of_their_own(tmp_path):
    file = tmp_path / "plan.txt"
    text = "白鹭市2025年度国有建设用地供应计划\n东岭县、西岭县、南岭县计划供应住宅用地分别为{}。\n"
    file.write_text(text.format("1.2万亩、9600亩和8100亩"), encoding="utf-8")
    targets = read_plan(file).targets
    assert targets["stated_unit"].tolist() == ["万亩", "亩", "亩"]
    assert targets["region"].tolist() == ["东岭县", "西岭县", "南岭县"]


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


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("供应总量170公顷，由商服用地140公顷和住宅用地20公顷组成。", 1),
        ("供应总量170公顷，由商服用地141公顷、住宅用地29公顷两部分构成。", 0),
        ("供应总量170公顷，由市统一安排商服用地140公顷、住宅用地29公顷。", 0),
        ("供应总量640公顷。主城三区合计410公顷，其中东岭区180公顷、西岭区150公顷。", 0),
        (
            "供应总量640公顷。主城三区合计410公顷，其中东岭区180公顷、西岭区150公顷、南岭区70公顷。",
            1,
        ),
        ("供应总量1.3万余亩，其中工业用地近6000亩，住宅用地4000亩上下。", 0),
        ("供应总量120公顷，其中商服用地80公顷、住宅用地40公顷；产业用地30公顷。", 0),
        ("住宅用地310亩，分别为：①东岭镇120亩；②西岭镇104；③南岭镇86亩。", 0),
        (
            "总量150公顷，其中住宅用地48公顷、工业用地72公顷、其他用地30公顷，分别占32%、46%和20%。",
            1,
        ),
    ],
)
def test_what_a_list_says_it_is_made_of_is_promised(audit, text, failing):
    assert len(fails(audit(text))) == failing


@pytest.mark.parametrize(
    "text",
    [
        "住宅用地50公顷，其中东岭区30公顷、西岭区20公顷、南岭区10公顷。",
        "供应总量50公顷，其中新增用地20公顷、存量用地80公顷。",
    ],
)
def test_parts_beyond_the_whole_fail_though_some_of_them_make_it(audit, text):
    assert len(fails(audit(text))) == 1


def test_uses_of_which_one_may_stand_beside_the_whole_are_no_pass(audit):
    text = "住宅用地100公顷，其中商品住房60公顷、保障性租赁住房40公顷、限价商品住房20公顷。"
    found = audit(text)
    parts = found[found["check"].eq("audit.parts")]
    assert parts["verdict"].tolist() == ["unknown"]


def test_one_use_of_each_region_is_no_division_of_the_regions(audit):
    text = (
        "计划供应土地按区安排如下：\n东岭区计划供应土地90公顷，\n西岭区计划供应土地60公顷。\n"
        "其中，商服用地按区安排如下：\n东岭区计划供应商服用地20公顷，\n西岭区计划供应商服用地5公顷。"
    )
    assert fails(audit(text)) == []


def test_shares_of_one_use_are_no_parts_of_the_whole(audit):
    text = (
        "保障性住房用地占全部住宅用地总量的66%，"
        "而保障性住房用地供应量在全部住宅用地总量中占比达到83%，力度加大。"
    )
    assert fails(audit(text)) == []


def test_a_line_of_a_list_that_goes_on_in_a_bracket_does_not_end_it(audit):
    text = (
        "现公告如下：\n1、供应总量：1,412.37亩。\n2、各类用地数量：\n"
        "商服用地　　105.67亩\n工矿仓储用地　　867.9亩\n"
        "住宅用地　　188.4亩（安居房用地100亩，商品住房88.4亩）\n交通运输用地　　250.4亩"
    )
    assert fails(audit(text)) == []
    assert len(fails(audit(text.replace("250.4", "259.4")))) == 1
