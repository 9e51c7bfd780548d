"""Rules without a figure: bans, what comes first, how land is supplied, the size of a plot."""

from __future__ import annotations

import pytest

from landgis.plan.extract import read_plan

TITLE = "青石市2023年度国有建设用地供应计划\n全市计划供应国有建设用地420公顷。\n"


def rules(folder, text):
    file = folder / "plan.txt"
    file.write_text(TITLE + text, encoding="utf-8")
    return [(r["kind"], r["category"]) for r in read_plan(file).rules.to_dict("records")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("未列入本计划的商品住宅地块，不得出让。", "ban"),
        ("严禁为高尔夫球场供地；", "ban"),
        ("库存超过30个月的县，一律暂停供应商品住宅用地。", "ban"),
        ("（二）产业红线内的工业用地原则上不得调整为商业用途。", "ban"),
        ("今年一宗商品住宅用地都不供。", "ban"),
        ("收回的闲置土地应优先用于公共租赁住房。", "priority"),
        ("新供住宅用地须优先布局在地铁站周边。", "priority"),
        ("省级园区新供工业用地一律按“标准地”方式出让。", "way"),
        ("产业用地全部以先租后让方式供应。", "way"),
        ("拟出让地块应为净地。", "net_land"),
        ("单宗商品住宅用地不超过6公顷。", "plot_size"),
        ("单宗住宅用地出让面积，城东不得超过6公顷。", "plot_size"),
    ],
)
def test_a_rule_in_words(tmp_path, text, kind):
    assert [k for k, _ in rules(tmp_path, text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "优先保障民生工程和先进制造业。",
        "去年，受市场影响，暂停供应商品住宅用地。",
        "竞买保证金不得低于起始价的20%，严禁以土地抵押融资。",
        "业内人士认为，老城不会再出让住宅用地，不再新增供应。",
        "容积率不得低于1.5，绿地率不得低于30%。",
        "计划完成率从未超过八成。",
        "完成率低于70%的，次年相应核减。",
        "三类住房用地的比例将超过七成。",
    ],
)
def test_what_is_no_rule_of_land(tmp_path, text):
    assert rules(tmp_path, text) == []


def test_each_ban_stands_with_its_own_words(tmp_path):
    text = "未列入清单的地块不得出让；园区外不得新增工业用地。"
    assert rules(tmp_path, text) == [("ban", ""), ("ban", "工业用地")]
