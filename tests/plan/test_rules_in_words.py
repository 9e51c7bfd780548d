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
        ("统筹兼顾，优先满足安置房和物流园用地。", "priority"),
        ("优先储备空闲、低效的存量建设用地。", "priority"),
        ("坚持规划引导，先存量后增量安排用地。", "priority"),
        ("周边已有综合体的地块，不再布局同类项目。", "ban"),
        ("未纳入计划的项目原则上不予批复供地方案。", "ban"),
        ("严禁为别墅项目办理供地手续。", "ban"),
        ("安置房用地应于6月30日前落实到具体地块。", "completion"),
        ("列入计划的地块须在3月31日前腾空。", "completion"),
        ("对2019年以前批准、至今未供应的用地，当年消化比例不得低于30%。", "completion"),
        ("上半年供应量不少于全年的40%。", "completion"),
        ("单月供应量不得超过全年计划的15%。", "max_share"),
        ("工业用地90公顷，60%以上以“标准地”方式供应。", "min_share"),
        ("90%以上的工业用地应落在园区内。", "min_share"),
        ("公租房用地与商品住房用地混合布局的，配建比例不低于5%。", "min_share"),
        ("计划收储用于保障性租赁住房的地块，面积不少于9公顷。", "min_total"),
        ("标准厂房用地不少于20公顷。", "min_total"),
        ("省级园区新供工业用地一律按“标准地”方式出让。", "way"),
        ("产业用地全部以先租后让方式供应。", "way"),
        ("园区内的工业用地出让，一律实行“标准地”模式。", "way"),
        ("学校用地先于商服、住宅用地供应。", "priority"),
        ("重点产业项目用地应保尽保，优先供应。", "priority"),
        ("民生项目用地优先保障；", "priority"),
        ("水源保护区内不得新供经营性建设用地。", "ban"),
        ("拟出让地块应为净地。", "net_land"),
        ("单宗商品住宅用地不超过6公顷。", "plot_size"),
        ("单宗住宅用地出让面积，城东不得超过6公顷。", "plot_size"),
        ("新供工业用地容积率不低于1.6，亩均税收不少于20万元。", "limit"),
        ("商品住宅用地溢价率上限为12%。", "limit"),
        ("竞买保证金不得低于起始价的20%，严禁以土地抵押融资。", "limit"),
        ("每批次推出的商品住宅用地不超过4宗。", "limit"),
        ("去化周期长的片区，供应量原则上不超过上年实际的六成。", "limit"),
        ("宗地公告前须完成土壤调查和文物勘探。", "condition"),
        ("补偿未到位的地块，验收合格后方可入库。", "condition"),
        ("竞得人自成交之日起20日内须缴清全部价款。", "due"),
        ("安置房用地于10月底前全部交地。", "due"),
        ("新建小区应无偿移交一所幼儿园用地。", "duty"),
        ("工业项目一律进入园区。", "duty"),
        ("租赁住房用地只租不售。", "way"),
        ("复建地块先安置、后供应。", "priority"),
        ("中小学用地应与住宅用地同步供应。", "priority"),
        ("沿河百米内不新增住宅用地。", "ban"),
        ("（3）自2021年6月起停止新供商办用地，本年继续执行。", "ban"),
    ],
)
def test_a_rule_in_words(tmp_path, text, kind):
    assert [k for k, _ in rules(tmp_path, text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "优先保障民生工程和先进制造业。",
        "去年，受市场影响，暂停供应商品住宅用地。",
        "去年供应的地块须在5月底前开工，已全部落实。",
        "子计划含在上述总量内，不得重复计算。",
        "对本计划有意见的，请于公布之日起15日内书面反馈。",
        "各部门要加强协调，切实做好供地服务。",
        "住宅用地供应集中在老城，供应布局进一步优化。",
        "供应量不低于近五年的平均水平，符合不低于60%的要求。",
        "鼓励采取先租后让方式供应工业用地。",
        "业内人士认为，老城不会再出让住宅用地，不再新增供应。",
        "计划完成率从未超过八成。",
        "完成率低于70%的，次年相应核减。",
        "对进度慢的区予以约谈，纳入考核，权重不低于3%。",
        "2019年以前批准的用地共有80公顷。",
        "三类住房用地的比例将超过七成。",
    ],
)
def test_what_is_no_rule_of_land(tmp_path, text):
    assert rules(tmp_path, text) == []


def test_each_ban_stands_with_its_own_words(tmp_path):
    text = "未列入清单的地块不得出让{}园区外不得新增工业用地。"
    for stop in "；，":
        assert rules(tmp_path, text.format(stop)) == [("ban", ""), ("ban", "工业用地")]
