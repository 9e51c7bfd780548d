"""What kind of document it is, and what counts in one that is no plan of supply."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from plan_text import read, targets, targets_of

from landgis.cli.plan import plan as command

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


@pytest.mark.parametrize(
    "text",
    [
        (
            "国土部门公布2013年住房用地供应计划执行情况显示，全省住房供地增长两成。"
            "保障性住房和中小套型商品房实际用地2140公顷。"
        ),
        (
            "前三季度长洲城区安置房供地达1820亩\n今年前三季度，长洲城区以划拨方式供应安置房用地1820亩，"
            "完成年度供地计划1500亩的121%，占同期住宅用地的71%。去年占住宅用地的58%。"
        ),
        (
            "去年咱们市供了多少地？账本来了\n2018年刚过，市国土局把2017年的账盘了一遍。数字平平。\n"
            "2017年1月至12月，城区累计供应建设用地512公顷，同比减少9%。\n全年供出住宅用地121公顷。"
        ),
    ],
)
def test_how_a_plan_was_kept_is_no_plan(tmp_path, text):
    plan = read(tmp_path, text)
    assert plan.genre.code == "report"
    assert targets(plan) == set()
    assert not (plan.findings["verdict"] == "fail").any()


def test_the_review_before_the_plan_is_none_of_it(tmp_path):
    text = (
        "白沙县2023年度供地计划实施评估暨2024年度供地计划\n【第一部分　上年度实施评估】\n"
        "2023年全县供应计划为214公顷，实供171公顷，住宅用地完成得不好。\n【第二部分　本年度计划】\n"
        "2024年度计划供应国有建设用地198公顷，较上年核减16公顷。\n"
        "按来源分解，优先使用批而未供土地121公顷，新报批土地77公顷。"
    )
    plan = read(tmp_path, text)
    assert plan.year == 2024
    rows = plan.targets.to_dict("records")
    assert [(r["land_source"], float(r["stated_value"])) for r in rows] == [
        ("", 198.0),
        ("存量", 121.0),
        ("新增", 77.0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        (
            "今年2月，市里公布了计划，总规模1520亩。住宅用地推进缓慢，现作中期调整。\n"
            "一是总量。由1520亩调为1410亩，调减110亩。\n二是住宅用地。由390亩改为280亩。"
        ),
        (
            "一、退出地块\n站前街道青云路南住宅地块61亩；\n东郊街道桥头住宅地块49亩。\n"
            "以上两宗合计110亩，其中住宅110亩，不再列入今年计划。\n二、调整后规模\n"
            "调整后，全市计划供应总量为1410亩（原为1520亩），其中：\n——住宅用地280亩，原390亩。"
        ),
    ],
)
def test_what_is_changed_is_read_as_it_is_now(tmp_path, text):
    plan = read(tmp_path, f"青石市2024年度国有建设用地供应计划调整说明\n{text}")
    assert targets(plan) == {("", "", 1410.0), ("", "住宅用地", 280.0)}


def test_what_a_law_allows_each_city_is_no_figure(tmp_path):
    text = (
        "青石市2024年度国有建设用地供应计划\n计划供应国有建设用地1410亩，其中住宅用地280亩。\n"
        "供应规模按国家规定，小城市（镇）不超过7公顷、中等城市不超过14公顷、大城市不超过20公顷。\n"
        "企业扩产的，奖励新增建设用地计划指标12亩。\n"
        "省里单独选址的项目（绕城路、输变电，分别为33和5亩）由省厅统一列入，本计划未含。"
    )
    assert targets(read(tmp_path, text)) == {("", "", 1410.0), ("", "住宅用地", 280.0)}


@pytest.mark.parametrize("scope", ["我市城区", "本市市区"])
def test_the_urban_land_that_alone_is_told_of_is_the_whole(tmp_path, scope):
    text = f"本报讯 {scope}今年安排供应建设用地431公顷，其中居住用地162公顷、工业用地94公顷。"
    assert targets(read(tmp_path, f"青石市公布供地计划\n{text}")) == {
        ("", "", 431.0),
        ("", "住宅用地", 162.0),
        ("", "工业用地", 94.0),
    }


def test_a_speech_on_last_year_and_this_is_of_this_years_plan(tmp_path):
    text = (
        "在全市供地工作会议上的讲话\n今天这个会，主要是总结去年工作，部署今年供地任务。下面讲三点意见。\n"
        "第一，看成绩。去年全市供应建设用地0.71万亩，同比增长14.2%。\n"
        "第二，今年全市计划供应国有建设用地8700亩，其中工业用地4100亩、住宅用地2200亩。"
    )
    assert targets(read(tmp_path, text)) == {
        ("", "", 8700.0),
        ("", "工业用地", 4100.0),
        ("", "住宅用地", 2200.0),
    }


NEWS = [
    "青石市今年1.2万亩地都去了哪\n住宅1900亩，工业5300亩。\n要说变化，商服1700亩。",
    "供地账本：青石2024年土地怎么分\n住宅1900亩，工业5300亩\n剩下的账也摆上桌：商服1700亩。",
    "青石发布\n昨天的会上，今年全市土地的去向有了眉目。住宅1900亩，工业5300亩。\n商服1700亩，比外界想的少。",
    "青石：今年入市土地东边多西边少\n住宅1900亩、工业5300亩；商服1700亩",
]


@pytest.mark.parametrize("text", NEWS)
def test_news_of_land_and_its_year_need_no_verb_of_planning(tmp_path, text):
    told = targets_of(tmp_path, text)
    wanted = {("", "住宅用地", 1900.0), ("", "工业用地", 5300.0), ("", "商服用地", 1700.0)}
    assert wanted <= told


@pytest.mark.parametrize(
    "text",
    [
        "青石市清理闲置土地\n三个月来共排查2005年以来出让的土地1846宗，面积712公顷。\n城东区闲置40公顷。",
        "青石2018年建设用地供应情况通报\n2018年较好完成了任务。\n住宅用地24公顷，工业用地29公顷。",
        "青石完成保障房用地供应1500亩\n截至7月底，全市住房用地供应5200亩，其中保障房用地1500亩。",
    ],
)
def test_land_without_its_year_or_sold_is_no_plan(tmp_path, text):
    assert not targets_of(tmp_path, text)


@pytest.mark.parametrize(
    "link",
    ["· 青石市第三批次拟征收土地公告", "关于上半年土地成交情况的通报", "存量住宅用地项目清单"],
)
def test_what_a_page_links_to_below_its_text_says_nothing_of_its_kind(tmp_path, link):
    text = (
        "青石市国有建设用地供应计划编制说明\n"
        "一、计划总量。综合各单位申报和市场容量，确定2023年供地总规模1740亩左右。"
        "具体为：工业用地960亩，住宅用地440亩，商服用地340亩。\n>> 相关信息\n" + link
    )
    assert targets(read(tmp_path, text)) == {
        ("", "", 1740.0),
        ("", "工业用地", 960.0),
        ("", "住宅用地", 440.0),
        ("", "商服用地", 340.0),
    }


@pytest.mark.parametrize(
    "outlook",
    [
        "四、2023年安排建议\n建议2023年全市供应国有建设用地512公顷。结构上，商服44公顷、住宅128公顷。",
        "二、明年打算\n2023年供应总量考虑为512公顷：\n商服用地44公顷；\n住宅用地128公顷。",
        "三、2023年计划安排\n2023年拟安排供应总量512公顷：\n（1）商服用地44公顷；\n（2）住宅用地128公顷。",
    ],
)
def test_a_report_on_a_plan_that_goes_on_to_the_next_year_is_of_that(tmp_path, outlook):
    text = (
        "青石市2022年度国有建设用地供应计划执行情况报告\n一、总体情况\n"
        "2022年计划供应566公顷，实际供应491.2公顷，其中商服用地38.9公顷、住宅用地117.6公顷。\n"
    )
    plan = read(tmp_path, text + outlook)
    assert targets(plan) == {("", "", 512.0), ("", "商服用地", 44.0), ("", "住宅用地", 128.0)}
    assert (plan.year, plan.start.year, plan.end.year) == (2023, 2023, 2023)


def test_the_title_decides_before_what_a_page_prints_above(tmp_path):
    text = (
        "征收土地公告　供地信息\n青石市2024年度国有建设用地供应计划\n"
        "确定全市供地总规模258亩。具体为：工业用地98亩，住宅用地160亩。"
    )
    assert ("", "工业用地", 98.0) in targets_of(tmp_path, text)
