"""The audit finds what does not agree, says where, and finds nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from landgis.findings import COLUMNS, tell
from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.plan.model import Plan

TITLE = "湖州市2025年度国有建设用地供应计划"


@pytest.fixture
def audit(tmp_path):
    def run(text: str, title: str = TITLE) -> pd.DataFrame:
        file = tmp_path / "plan.txt"
        file.write_text(f"{title}\n{text}\n", encoding="utf-8")
        return tell(audit_plan(read_plan(file)))

    return run


def failed(findings: pd.DataFrame) -> list[tuple[str, str, str, float]]:
    rows = findings[findings["verdict"] == "fail"].to_dict("records")
    return [(r["check"], r["region"], r["category"], round(r["difference"], 6)) for r in rows]


def causes(findings: pd.DataFrame) -> list[tuple[str, str, str, float]]:
    """What failed, without what follows from another failing check."""
    return failed(findings[findings["cause"] == ""])


def test_columns_and_sources(audit):
    findings = audit("供应总量30公顷，其中住宅用地20公顷，商服用地10公顷。")
    assert tuple(findings.columns) == COLUMNS
    assert findings["source"].str.startswith("plan.txt").all()
    assert findings["verdict"].tolist() == ["pass"]


def test_an_empty_plan_has_no_findings():
    assert len(audit_plan(Plan(document="a.txt"))) == 0


# --- parts: what print allows -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "parts", "verdict"),
    [
        ("100", ("40", "60"), "pass"),
        ("100", ("40", "59"), "unknown"),  # each rounded on its own
        ("100", ("40", "55"), "fail"),
        ("100.00", ("33.33", "66.66"), "unknown"),
        ("100.00", ("33.33", "66.60"), "fail"),
        ("100.0", ("33.33", "66.66"), "pass"),  # 99.99 rounds to 100.0
        ("100.0", ("33.33", "66.60"), "fail"),  # 99.93 does not
        ("100.04", ("40.0", "60"), "fail"),  # dropped zeros hide nothing
        ("100.04", ("40.04", "60"), "pass"),
        ("101", ("40.4", "60.4"), "pass"),  # 100.8 rounds to 101
    ],
)
def test_tolerance_follows_from_the_decimals(audit, total, parts, verdict):
    a, b = parts
    findings = audit(f"供应总量{total}公顷，其中住宅用地{a}公顷，商服用地{b}公顷。")
    assert findings["verdict"].tolist() == [verdict]


def test_a_difference_that_rounding_could_explain_says_so(audit):
    message = audit("供应总量100.00公顷，其中住宅用地33.33公顷，商服用地66.66公顷。")["message"]
    assert "四舍五入" in message[0]


def test_dropped_zeros_hide_nothing(audit):
    uses = "商服用地3.3公顷，工矿仓储用地{}公顷，住宅用地20公顷，特殊用地20公顷"
    text = f"供应总量54.3公顷，其中{uses}。"
    assert failed(audit(text.format(11))) == []
    assert failed(audit(text.format(12))) == [("audit.parts", "", "", 1.0)]


def test_a_half_rounds_up(audit):
    text = "供应总量{}公顷，其中住宅用地40.05公顷，商服用地60公顷。"
    assert failed(audit(text.format("100.1"))) == []
    assert failed(audit(text.format("100.0"))) == [("audit.parts", "", "", 0.05)]


def test_the_cell_where_a_row_and_a_column_meet_is_named(audit):
    table = (
        "表1 各区供应计划（公顷）\n区域\t住宅用地\t商服用地\t合计\n"
        "吴兴区\t20\t10\t30\n南浔区\t{}\t15\t40\n合计\t45\t25\t70"
    )
    assert failed(audit(table.format(25))) == []
    findings = audit(table.format(29))
    wrong = findings[findings["verdict"] == "fail"]
    assert wrong["difference"].tolist() == [4, 4]
    assert wrong["message"].str.contains("交会于南浔区住宅用地29公顷").all()
    assert wrong["source"].str.contains("29").all()


def test_a_total_that_all_sums_contradict_is_suspect(audit):
    text = (
        "供应总量{}公顷，其中住宅用地60公顷，商服用地40公顷。\n"
        "分区域看，吴兴区70公顷，南浔区30公顷。"
    )
    wrong = audit(text.format(110)).query("verdict == 'fail'")
    assert wrong["message"].str.contains("总量110公顷，此数可疑").tolist() == [True, True]


def test_units_may_differ(audit):
    assert failed(audit("供应总量100公顷，其中住宅用地600亩，商服用地900亩。")) == []
    assert failed(audit("供应总量100公顷，其中住宅用地600亩，商服用地930亩。")) == [
        ("audit.parts", "", "", 2.0),
    ]


def test_about_is_undecided(audit):
    findings = audit("供应总量约100公顷，其中住宅用地40公顷，商服用地55公顷。")
    assert findings["verdict"].tolist() == ["unknown"]


def test_parts_beyond_a_lower_limit_agree(audit):
    findings = audit("供应总量不低于100公顷，其中住宅用地60公顷，商服用地55公顷。")
    assert failed(findings) == []


def test_some_parts_alone_need_not_make_the_total(audit):
    assert not len(audit("供应总量100公顷，其中工业用地60公顷。"))
    assert failed(audit("供应总量100公顷，其中工业用地160公顷。")) == [
        ("audit.parts", "", "", 60.0)
    ]


def test_shares_that_say_the_list_is_not_complete(audit):
    text = "供应总量100公顷，其中住宅用地30公顷，占30%；商服用地10公顷，占10%。"
    findings = audit(text)
    assert failed(findings) == []
    assert "unknown" in findings["verdict"].tolist()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("住宅用地30公顷，其中商品住房用地20公顷、保障性住房用地5公顷。", ("", "住宅用地", -5.0)),
        ("住宅用地30公顷，其中存量20公顷、新增15公顷。", ("", "住宅用地", 5.0)),
        ("住宅用地30公顷，其中出让20公顷、划拨5公顷。", ("", "住宅用地", -5.0)),
        ("住宅用地30公顷，其中吴兴区10公顷、南浔区25公顷。", ("", "住宅用地", 5.0)),
        ("吴兴区30公顷，其中织里镇10公顷、东林镇25公顷。", ("吴兴区", "", 5.0)),
        ("吴兴区供应30公顷，其中住宅用地10公顷、商服用地25公顷。", ("吴兴区", "", 5.0)),
        ("供应总量30公顷。一季度10公顷，二季度10公顷，三季度5公顷，四季度10公顷。", ("", "", 5.0)),
        (
            "教育用地10公顷，公路用地5公顷，其他用地（包括教育用地、公路用地）20公顷。",
            ("", "其他用地", -5.0),
        ),
    ],
)
def test_every_direction(audit, text, where):
    assert failed(audit(f"供应布局和结构：{text}")) == [("audit.parts", *where)]


def test_second_level_uses_beside_first_level_ones_are_not_counted_twice(audit):
    text = "供应总量30公顷。住宅用地20公顷，商服用地10公顷。重点安排保障性住房用地5公顷。"
    assert failed(audit(text)) == []


# --- the rest ---


def test_shares_round_half_up(audit):
    assert failed(audit("供应总量14000亩，南太湖新区2023亩，占比14.5%。")) == []
    assert failed(audit("供应总量14000亩，南太湖新区2023亩，占比14.4%。")) == [
        ("audit.share", "南太湖新区", "", pytest.approx(0.05)),
    ]


def test_the_printed_share_of_the_total_is_100(audit):
    table = (
        "表1 供应计划（公顷）\n用途\t面积\t占比（%）\n"
        "住宅用地\t20\t33.33\n商服用地\t40\t66.67\n合计\t60\t{}"
    )
    assert failed(audit(table.format("100.00"))) == []
    assert failed(audit(table.format("100.03"))) == [("audit.share_sum", "", "", 0.03)]


def test_a_limit_is_compared_with_the_same_land_only(audit):
    text = "供应总量200公顷。严格控制增量，新增建设用地控制在{}公顷以内。{}"
    findings = audit(text.format(80, ""))
    assert findings["verdict"].tolist() == ["unknown"]
    split = "其中新增建设用地90公顷，存量建设用地110公顷。"
    findings = audit(f"供应总量200公顷，{split}\n新增建设用地供应规模控制在80公顷以内。")
    assert ("audit.goal", "", "", 10) in failed(findings)


def test_shares_sum_to_100(audit):
    findings = audit("供应总量100公顷，住宅用地占33.3%，商服用地占33.3%，工矿仓储用地占33.3%。")
    assert failed(findings) == []
    findings = audit("供应总量100公顷，住宅用地占33.3%，商服用地占33.3%，工矿仓储用地占43.3%。")
    assert failed(findings) == [("audit.share_sum", "", "", 9.9)]


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        ("383.73公顷（约5755.95亩）", None),
        ("383.73公顷（约5756亩）", None),
        ("383.73公顷（约575.95亩）", 5180.0),
        ("133.3公顷，合2000亩", None),
        ("133.3公顷，合2002亩", -2.5),
        ("132.73公顷（约2000亩）", None),  # a round figure
    ],
)
def test_the_same_area_in_two_units(audit, text, difference):
    found = failed(audit(f"国有建设用地供应总量{text}。"))
    assert found == ([] if difference is None else [("audit.units", "", "", difference)])


def test_prose_against_annex(audit):
    annex = "附表 汇总表（单位：公顷）\n用途\t面积\n住宅用地\t{}\n商服用地\t10.00\n合计\t30.00"
    text = "供应总量30公顷，其中住宅用地20公顷，商服用地10公顷。\n"
    assert failed(audit(text + annex.format("20.00"))) == []
    wrong = audit(text + annex.format("21.00")).query("verdict == 'fail'")
    assert wrong["check"].tolist() == ["audit.parts", "audit.repeat"]
    assert causes(wrong) == [("audit.parts", "", "", 1.0)]
    assert wrong["subject"].iloc[0] == "各用途与总量（表1）"


LIST = """到2027年，打造低效工业片区2个、\
低效住宅片区{residential}个，完成低效用地再开发{goal}亩以上。
附件 片区清单（单位：亩）
序号\t区县\t类别\t片区名称\t位置\t面积\t实施阶段
1\t吴兴区\t低效工业片区\t甲片区\t织里镇\t100\t正在实施
2\t吴兴区\t低效住宅片区\t东林镇等{towns}镇片区\t东林镇、埭溪镇\t200\t正在实施
小计\t\t\t\t\t{subtotal}\t
{number}\t南浔区\t低效工业片区\t丙片区\t练市镇\t300\t储备
小计\t\t\t\t\t300\t
合计\t\t\t\t\t600\t"""
GOOD = {"residential": 1, "goal": 500, "towns": 2, "subtotal": 300, "number": 3}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"residential": 2}, [("audit.count", "", "", -1.0)]),
        ({"goal": 700}, [("audit.goal", "", "", -100.0)]),
        ({"towns": 3}, [("audit.count", "", "", -1.0)]),
        ({"subtotal": 310}, [("audit.list", "吴兴区", "", -10.0), ("audit.list", "", "", 10.0)]),
        ({"number": 5}, 1),
    ],
)
def test_lists_counts_and_goals(audit, change, expected):
    text = LIST.format_map(GOOD | change)
    found = failed(audit(text, "湖州市低效用地再开发实施方案（2023—2027年）"))
    assert found == expected if isinstance(expected, list) else len(found) == expected


def test_messages_in_english(tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text(
        f"{TITLE}\n供应总量30公顷，其中住宅用地20公顷，商服用地11公顷。", encoding="utf-8"
    )
    message = tell(audit_plan(read_plan(file)), "en").loc[0, "message"]
    assert message.startswith("The sum of the uses is 31 ha, 1 ha more")


# --- the five published documents ---


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("huzhou_2024_supply", []),
        ("zhengzhou_2024_supply", []),
        ("huzhou_2023_2027_redevelopment", []),
        ("bachu_2025_supply", [("audit.units", "", "", 5180.0)]),
        (
            "lianzhou_2025_supply",
            [("audit.parts", "", "", -0.0556), ("audit.parts", "", "住宅用地", -0.0556)],
        ),
    ],
)
def test_published_plans(shared, stem, expected):
    findings = tell(audit_plan(read_plan(shared / "plans" / f"{stem}.txt")))
    assert failed(findings) == expected
    assert "unknown" not in set(findings["verdict"])


def test_the_cross_table_tells_where_the_difference_sits(shared):
    findings = tell(audit_plan(read_plan(shared / "plans" / "lianzhou_2025_supply.txt")))
    total = findings.query("verdict == 'fail' and category == ''").iloc[0]
    assert "差额全部在住宅用地" in total["message"]
    assert "其余各行各列均相符" in total["message"]


PLANS = Path(__file__).resolve().parents[2] / "data" / "plans"


@pytest.mark.parametrize(
    ("file", "stem"),
    [
        ("bachu-2025.txt", "bachu_2025_supply"),
        ("huzhou-2024.docx", "huzhou_2024_supply"),
        ("huzhou-2023-2027.xlsx", "huzhou_2023_2027_redevelopment"),
        ("lianzhou-2025.pdf", "lianzhou_2025_supply"),
        ("zhengzhou-2024.html", "zhengzhou_2024_supply"),
    ],
)
def test_the_same_figures_in_every_format(shared, file, stem):
    ours, theirs = read_plan(PLANS / file), read_plan(shared / "plans" / f"{stem}.txt")

    def figures(plan: Plan) -> set[tuple[str, str, float]]:
        columns = ["region", "category", "stated_value"]
        return set(plan.targets[columns].itertuples(index=False, name=None))

    assert figures(ours) == figures(theirs)
    assert ours.projects["name"].tolist() == theirs.projects["name"].tolist()
    assert failed(audit_plan(ours)) == failed(audit_plan(theirs))


def test_english_messages_have_english_units(tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text(
        "沭河县2025年度土地供应计划\n供应总量控制在30公顷（450亩）以内，其中住宅用地20公顷、商服用地11公顷。",
        encoding="utf-8",
    )
    messages = tell(audit_plan(read_plan(file)), "en")["message"]
    assert not messages.str.contains("公顷|亩|住宅|商服").any()
    assert messages.iloc[0].startswith("The sum of the uses is 31 ha, 1 ha more than the total, 30")
