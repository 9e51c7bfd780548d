"""Figures as officials and journalists tell them: who speaks, what is offered, where it goes on."""

from __future__ import annotations

import pytest
from plan_text import read, targets, targets_of

from landgis.plan.extract import read_plan

TITLE = "青石市2022年度国有建设用地供应计划\n"


@pytest.mark.parametrize(
    "teller",
    ["市土地储备中心供应科科长表示", "据收储中心相关人员介绍", "记者从征地事务所获悉"],
)
def test_who_tells_is_no_subject(tmp_path, teller):
    text = (
        f"{teller}，下月计划出让市本级用地31宗，共计742.5亩。"
        "其中居住用地12宗，出让面积402.5亩，商业项目19宗，出让面积340亩。"
    )
    assert targets_of(tmp_path, "青石市推介2022年拟出让地块\n" + text) == {
        ("", "", 742.5),
        ("", "住宅用地", 402.5),
        ("", "商服用地", 340.0),
    }


@pytest.mark.parametrize(
    "text",
    [
        "青石市第二次住宅用地集中出让活动共供应国有建设用地44宗，面积约2310亩，其中住宅用地1870亩。",
        "青石市涉宅用地推介会上，商服用地遇冷，本次共推出国有建设用地44宗，面积约2310亩，其中住宅用地1870亩。",
        "按住宅用地和商服用地的布局安排，全市计划供应国有建设用地2310亩，其中住宅用地1870亩。",
    ],
)
def test_all_land_takes_the_place_of_a_use_named_before(tmp_path, text):
    assert targets_of(tmp_path, TITLE + text) == {("", "", 2310.0), ("", "住宅用地", 1870.0)}


def test_land_supplied_for_a_use_is_of_that_use(tmp_path):
    text = "全年住宅用地计划供应国有建设用地90公顷。"
    assert targets_of(tmp_path, TITLE + text) == {("", "住宅用地", 90.0)}


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("工矿仓储用地", "确定了今年的供应计划指标为415公顷"),
        ("商服用地", "安排的供应总量为415公顷"),
        ("住宅用地", "全年供应规模合计415公顷"),
    ],
)
def test_a_total_within_a_topic_is_the_topics(tmp_path, use, words):
    text = f"计划供应总量1200公顷。在{use}供应方面，着眼于提高土地利用效益，{words}。"
    assert targets_of(tmp_path, TITLE + text) == {("", "", 1200.0), ("", use, 415.0)}


@pytest.mark.parametrize(
    "words", ["计划在清溪镇供应6.25公顷", "拟安排清溪镇6.25公顷", "将在清溪镇落实6.25公顷"]
)
def test_a_use_in_the_reasons_before_does_not_hide_the_place(tmp_path, words):
    text = (
        "一、住宅用地供应布局\n"
        f"综合考虑青石市各乡镇居民住宅需求和市场走势，{words}，白沙镇供应8.5公顷。"
    )
    assert targets_of(tmp_path, TITLE + text) == {
        ("清溪镇", "住宅用地", 6.25),
        ("白沙镇", "住宅用地", 8.5),
    }


@pytest.mark.parametrize(
    "text",
    [
        "宣布推出5个地块约163亩土地，用于2022年公共租赁住房项目建设。",
        "拟供应163亩土地用于公共租赁住房建设。",
        "计划安排163亩用于2022年度公共租赁住房用地。",
    ],
)
def test_the_use_may_stand_behind_a_comma_or_a_year(tmp_path, text):
    assert targets_of(tmp_path, TITLE + "市政府" + text) == {("", "公共租赁住房用地", 163.0)}


@pytest.mark.parametrize("level", ["市级", "县级", "区级"])
def test_a_level_is_no_use(tmp_path, level):
    text = (
        "计划出让经营性用地总规模900亩。"
        f"其中，{level}项目地块规模520亩，7个地块；镇级项目地块规模380亩，9个地块。"
    )
    assert targets_of(tmp_path, TITLE + text) == {
        ("", "经营性用地", 900.0),
        (level, "经营性用地", 520.0),
        ("镇级", "经营性用地", 380.0),
    }


@pytest.mark.parametrize(
    "text",
    [
        "青石市区共计出让8宗地块，面积约为610.5亩。",
        "青石市区计划供应8宗，面积610.5亩。",
        "青石市区拟推出地块8宗，总面积610.5亩。",
    ],
)
def test_the_urban_core_is_a_part_of_the_city(tmp_path, text):
    lead = "青石市土地市场下月将迎来13宗土地，面积总共约922.5亩。其中"
    assert {("", "", 922.5), ("青石市区", "", 610.5)} == targets_of(
        tmp_path, "青石市2022年度土地供应计划\n" + lead + text
    )


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        ("青石今年拟供地85公顷", "2022年青石市商品住房计划安排用地85公顷。"),
        ("青石市今年计划供应土地85公顷", "2022年青石市住宅用地计划供应85公顷。"),
        ("青石市今年供地1275亩 住宅唱主角", "2022年青石市住宅用地计划供应总量为1275亩。"),
    ],
)
def test_a_headline_leaves_out_of_what_it_tells(tmp_path, headline, body):
    (one,) = targets_of(tmp_path, f"{headline}\n\n{body}")
    assert one[1]


@pytest.mark.parametrize(
    ("words", "use"),
    [
        ("城市基础设施和公共公益事业用地", "城市基础设施和公共公益事业用地"),
        ("2宗商业、商务用地", "商服用地"),
        ("精准配置居住用地", "住宅用地"),
    ],
)
def test_all_of_a_joined_name_is_the_name(tmp_path, words, use):
    text = f"计划供应各类土地900亩，其中工业用地500亩、{words}400亩。"
    assert ("", use, 400.0) in targets_of(tmp_path, TITLE + text)


@pytest.mark.parametrize(
    "words", ["出让18宗地块，地块面积达933亩", "推出18宗，地块面积约933亩", "供应地块面积933亩"]
)
def test_the_area_of_several_plots_is_a_total(tmp_path, words):
    assert targets_of(tmp_path, f"{TITLE}全市拟于4月{words}。") == {("", "", 933.0)}


@pytest.mark.parametrize(
    ("said", "among"),
    [
        ("其规模低于去年的832.5亩。", "其中"),
        ("少于上年的832.5亩。", "其中，"),
        ("与去年的832.5亩相比有所收缩。", "其中，计划供应"),
    ],
)
def test_parts_are_of_the_plan_and_not_of_what_it_is_compared_with(tmp_path, said, among):
    text = f"全市共计推出经营性用地610亩土地，{said}{among}住宅用地540亩。"
    assert targets_of(tmp_path, TITLE + text) >= {("", "住宅用地", 540.0)}


@pytest.mark.parametrize(
    "text",
    [
        "这一数值比去年的1320公顷少。其中，存量土地235.5公顷、新增建设用地967.25公顷。",
        "去年为1320公顷，其中存量土地235.5公顷、新增建设用地967.25公顷。",
        "前三年中，存量土地235.5公顷、新增建设用地967.25公顷。",
    ],
)
def test_what_makes_up_the_total_is_planned(tmp_path, text):
    lead = "全年计划安排土地供应总量为1202.75公顷。"
    assert targets_of(tmp_path, TITLE + lead + text) == {
        ("", "", 1202.75),
        ("", "", 235.5),
        ("", "", 967.25),
    }


@pytest.mark.parametrize("again", ["城区的310公顷中，", "在城区310公顷中，", "城区310公顷用地中，"])
def test_a_figure_named_again_is_parted_as_what_it_was(tmp_path, again):
    lead = "计划供应住宅用地920公顷，其中城区310公顷，望海县610公顷。\n\n"
    text = f"{lead}{again}东岭区120公顷、西河区190公顷。"
    assert targets_of(tmp_path, TITLE + text) == {
        ("", "住宅用地", 920.0),
        ("城区", "住宅用地", 310.0),
        ("望海县", "住宅用地", 610.0),
        ("东岭区", "住宅用地", 120.0),
        ("西河区", "住宅用地", 190.0),
    }


@pytest.mark.parametrize(
    "text",
    [
        "此次推出的7幅地块，分别位于东岭区、西河区，总用地面积16.75公顷。",
        "本次拍卖出让7幅地块，分布在东岭区、西河区，用地总面积共16.75公顷。",
        "本批次出让7幅地块，位于东岭区、西河区，总面积约16.75公顷。",
    ],
)
def test_plots_of_several_districts_have_a_total(tmp_path, text):
    assert targets_of(tmp_path, "青石市发布挂牌公告\n" + text) == {("", "", 16.75)}


@pytest.mark.parametrize("end", ["全部成交。", "成交5幅。", "最高溢价率15%。"])
def test_plots_that_were_sold_are_none_of_a_plan(tmp_path, end):
    text = f"此次推出的7幅地块，总用地面积16.75公顷，{end}"
    assert targets_of(tmp_path, "青石市土地市场观察\n" + text) == set()


@pytest.mark.parametrize("kind", ["区域", "街区"])
def test_numbered_areas_are_places(tmp_path, kind):
    parts = f"其中，11{kind}总面积约5.5公顷，12{kind}总面积约10公顷。"
    text = f"计划推出11、12两个{kind}，总面积15.5公顷。{parts}"
    assert targets_of(tmp_path, TITLE + text) >= {(f"11{kind}", "", 5.5), (f"12{kind}", "", 10.0)}


def test_uses_that_are_counted_are_not_the_use_of_their_sum(tmp_path):
    text = (
        "拟推出11宗地块，包含8宗涉宅地和3宗租赁住房用地，"
        "分别为东岭区5宗、西河区6宗，总出让面积42.5公顷。"
    )
    assert ("", "", 42.5) in targets_of(tmp_path, TITLE + text)


def test_the_use_behind_a_figure_goes_with_the_place_before_it(tmp_path):
    text = "计划在西河区推出12公顷的旧厂改造地块及8公顷的旧村改造地块。"
    assert {("西河区", "旧厂房改造", 12.0)} < targets_of(tmp_path, TITLE + text)


@pytest.mark.parametrize("place", ["长桥—石塘片区", "石塘片区", "北门组团"])
def test_numbered_headings_name_quarters(tmp_path, place):
    text = (
        f"青石区2022年度城市更新行动方案\n第一条 全年实施改造地块面积320亩。\n一、{place}：120亩。"
    )
    assert targets_of(tmp_path, text) == {("", "", 320.0), (place, "", 120.0)}


def test_a_city_before_its_zone_is_no_part_of_it(tmp_path):
    text = "长沙市青石新区2022年度土地出让计划\n2022年长沙市青石新区计划出让土地188公顷。"
    assert targets_of(tmp_path, text) == {("", "", 188.0)}


@pytest.mark.parametrize(
    "text",
    [
        "区域分布是：白鹭22公顷，云门41.5公顷，石塘38公顷。",
        "其中，东岭区22公顷领跑，云门41.5公顷，石塘38公顷。",
        "从各区看，白鹭22公顷，云门41.5公顷，石塘38公顷。",
    ],
)
def test_names_in_a_list_of_places_that_closes_are_places(tmp_path, text):
    found = targets_of(tmp_path, f"{TITLE}计划供应住宅用地101.5公顷。{text}")
    assert found >= {("云门", "住宅用地", 41.5), ("石塘", "住宅用地", 38.0)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("工业用地最多的是黑石滩120亩，再次为松林坡66亩。", ("黑石滩", "松林坡")),
        ("工业用地供应量居首的是黑石滩，最后是松林坡。", ()),
        (
            "工业用地规模居前两位的是黑石滩新区（120亩）、松林坡镇（66亩）。",
            ("黑石滩新区", "松林坡镇"),
        ),
    ],
)
def test_places_by_their_rank(tmp_path, text, told):
    rows = {(place, "工业用地", value) for place, value in zip(told, (120.0, 66.0), strict=False)}
    assert targets_of(tmp_path, TITLE + "全市计划供应土地900亩。" + text) == {
        ("", "", 900.0),
        *rows,
    }


def test_ways_of_renewal_are_its_parts_and_newly_begun_land_is_no_floor(tmp_path):
    text = (
        "青石区2023年度“三旧”改造实施计划\n全区计划实施改造4150亩。其中，新开工改造2430亩，续建1720亩。\n"
        "按改造方式，全面改造类3310亩，微改造类620亩，混合改造类220亩。"
    )
    found = {u: v for _, u, v in targets_of(tmp_path, text)}
    assert found[""] == 4150
    assert [found[u] for u in ("全面改造", "微改造", "混合改造")] == [3310, 620, 220]
    assert 2430 in found.values()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "东岭区、西岭区的供应规模远超其他各区，分别为60公顷和70公顷。",
            {("东岭区", "", 60.0), ("西岭区", "", 70.0)},
        ),
        ("工业用地的规模仅次于住宅用地，为120公顷。", {("", "工业用地", 120.0)}),
        ("交通运输用地高于商服用地，达90公顷。", {("", "交通运输用地", 90.0)}),
    ],
)
def test_what_another_is_compared_with_has_not_its_figure(tmp_path, text, told):
    assert targets_of(tmp_path, f"{TITLE}全市计划供应土地500公顷。{text}") == {
        ("", "", 500.0),
        *told,
    }


def test_a_plan_of_several_years_counts_all_of_them(tmp_path):
    text = (
        "青石市拟推进9个旧村改造！附名单\n青石特区报 发布 2025-01-26\n"
        "《青石市城市更新(全面改造)2024-2026年中长期计划》(以下简称《计划》)正在公开征求意见！"
        "《计划》中提到2024-2026年,全市推动实施全面改造项目64个。\n"
        "2024-2026年,全市推动实施全面改造项目31个,供应用地规模共412公顷。"
    )
    assert targets_of(tmp_path, text) == {("", "全面改造", 412.0)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("居住36.5公顷，交通、水利52公顷。", {("", "住宅用地", 36.5)}),
        (
            "拆迁安置等保障性安居工程用地22.5公顷。",
            {("", "保障性安居工程用地", 22.5)},
        ),
        ("老旧工业区改造37.5公顷。", {("", "旧厂房改造", 37.5)}),
        ("北坪镇、石桥镇两宗工业用地（8.75公顷、3.1公顷）顺延至四季度。", set()),
        ("住宅用地由34公顷调为21公顷。", {("", "住宅用地", 21.0)}),
        ("住宅用地比上年核减13.5公顷。", set()),
        ("工业用地在原计划92公顷的基础上增至118公顷。", {("", "工业用地", 118.0)}),
        ("棚户区（城中村）改造安置房19公顷。", {("", "棚户区改造安置房", 19.0)}),
        (
            "北坪镇33公顷、南庄和曲水等集镇22公顷。",
            {("北坪镇", "", 33.0), ("南庄和曲水等集镇", "", 22.0)},
        ),
        (
            "按国家的分类：\n商业服务业用地　4.85公顷\n工矿用地　52.30公顷\n居住用地　11.67公顷",
            {("", "商服用地", 4.85), ("", "工矿仓储用地", 52.3), ("", "住宅用地", 11.67)},
        ),
        ("“三旧”标图入库总面积1906公顷。", set()),
        ("供应宗地规模按国家规定，小城市（镇）不超过7公顷、中等城市不超过14公顷。", set()),
    ],
)
def test_short_names_plots_and_changes(tmp_path, text, told):
    found = targets_of(tmp_path, f"{TITLE}全市计划供应土地500公顷。{text}")
    assert {row for row in found if "、" not in row[1]} == {("", "", 500.0), *told}


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [
        (
            "land_source",
            "存量土地126公顷；当年新批土地276公顷。",
            {402: "", 126: "存量", 276: "新增"},
        ),
        ("supply_mode", "拟出让300公顷、划拨102公顷。", {402: "", 300: "出让", 102: "划拨"}),
        ("supply_mode", "有偿供应300公顷，无偿划拨102公顷。", {402: "", 300: "出让", 102: "划拨"}),
    ],
)
def test_words_of_source_and_way(tmp_path, column, text, told):
    file = tmp_path / "plan.txt"
    file.write_text(f"{TITLE}计划供应土地402公顷。{text}", encoding="utf-8")
    assert read_plan(file).targets.set_index("stated_value")[column].to_dict() == told


def test_a_heading_of_renewed_land_names_no_use(tmp_path):
    text = (
        "青石市2022年度“三旧”改造实施计划\n序号 镇街 计划改造面积（公顷） 其中旧厂房（公顷）\n"
        "1 北坪镇 43.1 18.4\n2 石桥镇 39.6 36.4\n3 南坪镇 22.4 15.1\n合计 105.1 69.9"
    )
    found = targets_of(tmp_path, text)
    assert {("北坪镇", "", 43.1), ("石桥镇", "旧厂房改造", 36.4), ("", "", 105.1)} <= found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("总量由46公顷调整为60公顷，其中住宅用地20公顷、工矿仓储用地40公顷。", {46.0: "replaced"}),
        ("全年供应120公顷，上述总量不包括储备用地。其中住宅用地70公顷。", {}),
        ("住宅用地40公顷（本计划未包含集体土地）、工业用地20公顷。", {}),
        ("为落实第一批保障房任务，计划供应住宅用地40公顷；商服用地30公顷。", {}),
        ("住宅用地维持原计划40公顷不变。", {}),
        ("落实国土空间规划确定的住宅用地40公顷，工业用地50公顷。", {}),
    ],
)
def test_what_is_not_set_aside(tmp_path, text, told):
    file = tmp_path / "plan.txt"
    file.write_text(f"{TITLE}\n2022年计划供应土地900公顷。\n{text}", encoding="utf-8")
    figures = read_plan(file).figures
    aside = figures[figures["role"].eq("aside")]
    found = zip(aside["value"].astype(float), aside["reason"], strict=True)
    assert dict(found) == told


def test_a_changed_figure_takes_the_place_of_its_own_only(tmp_path):
    text = (
        "住宅用地30公顷、工矿仓储用地40公顷、商服用地10公顷，总量80公顷。\n"
        "商服用地由30公顷调整为10公顷。"
    )
    assert ("", "住宅用地", 30.0) in targets_of(tmp_path, TITLE + text)


@pytest.mark.parametrize(
    "change",
    [
        "由46.5公顷微调为60公顷",
        "从46.5公顷（697.5亩）一路加码到60公顷",
        "在原定46.5公顷基础上，现追加到60公顷",
        "由46.5公顷“跳”至60公顷",
    ],
)
def test_a_figure_that_gives_way_to_another_is_none_whatever_the_verb(tmp_path, change):
    text = f"{TITLE}全市计划供应国有建设用地900公顷。1.商服用地{change}；2.住宅用地200公顷。"
    assert targets_of(tmp_path, text) == {
        ("", "", 900.0),
        ("", "商服用地", 60.0),
        ("", "住宅用地", 200.0),
    }


def test_an_area_between_two_others_gives_way_to_none(tmp_path):
    text = f"{TITLE}全市计划供应国有建设用地900公顷，其中由市级统筹120公顷，分给10个园区。"
    assert ("", "", 900.0) in targets_of(tmp_path, text)
    parts = f"{TITLE}全市供地900公顷。商服用地60公顷，由东湖区供应20公顷、西坪区供应40公顷。"
    plan = read(tmp_path, parts)
    assert targets(plan) == {
        ("", "", 900.0),
        ("", "商服用地", 60.0),
        ("东湖区", "商服用地", 20.0),
        ("西坪区", "商服用地", 40.0),
    }
    assert not plan.figures["reason"].eq("replaced").any()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("其中由东湖区供应300公顷，西坪区为600公顷。", ("东湖区", "", 300.0)),
        ("比较成熟的东湖区供应300公顷，西坪区为600公顷。", ("东湖区", "", 300.0)),
        ("住宅用地从紧安排300公顷，工业为600公顷。", ("", "住宅用地", 300.0)),
        ("住宅用地从优供应300公顷，商服为100公顷。", ("", "住宅用地", 300.0)),
        ("从严安排商服用地100公顷，住宅用地调到300公顷。", ("", "商服用地", 100.0)),
        ("自由贸易区300公顷，商服为100公顷，工业为600公顷。", ("自由贸易区", "", 300.0)),
        ("由市级统筹300公顷，占比达到33%，各区供应600公顷。", ("", "", 900.0)),
    ],
)
def test_a_figure_gives_way_only_where_a_verb_of_change_names_the_next(tmp_path, text, told):
    plan = read(tmp_path, f"{TITLE}供应总量900公顷。{text}")
    assert told in targets(plan)
    assert "replaced" not in set(plan.figures["reason"])


@pytest.mark.parametrize("change", ["较上年增加100公顷，住宅为", "较上年多100公顷，调整为住宅"])
def test_an_increase_over_last_year_gives_way_to_no_use(tmp_path, change):
    plan = read(tmp_path, f"{TITLE}供应总量900公顷，{change}300公顷、工业600公顷。")
    assert targets(plan) == {
        ("", "", 900.0),
        ("", "住宅用地", 300.0),
        ("", "工业用地", 600.0),
    }
    assert set(plan.figures["reason"]) == {"", "change"}


@pytest.mark.parametrize(
    ("aside", "reason"),
    [
        ("，去年900亩", "last_year"),
        ("，去年约900亩", "last_year"),
        ("，建筑面积60万平方米", "floor_area"),
        ("，建筑面积约60万平方米", "floor_area"),
        ("（已供900亩）", "done"),
        ("，实际征收900亩", "not_supply"),
    ],
)
def test_an_area_as_large_in_another_unit_is_not_the_same_where_words_part_them(
    tmp_path, aside, reason
):
    text = f"{TITLE}供应总量150公顷，工业用地90公顷，住宅用地60公顷{aside}。"
    figures = read(tmp_path, text).figures.to_dict("records")
    assert [r["reason"] for r in figures] == ["", "", "", reason]


@pytest.mark.parametrize("again", ["，换算成亩是900亩", "（也就是大约900亩）", "，面积约合900亩"])
def test_an_area_that_is_said_again_in_another_unit_is_one_figure(tmp_path, again):
    text = f"{TITLE}供应总量150公顷，住宅用地60公顷{again}，工业用地90公顷。"
    assert targets_of(tmp_path, text) == {
        ("", "", 150.0),
        ("", "住宅用地", 60.0),
        ("", "工业用地", 90.0),
    }


@pytest.mark.parametrize(
    "past",
    [
        "近五年新供住宅用地",
        "过去三年最高的住宅用地",
        "近五年最高水平的住宅用地",
        "近五年来未供足，住宅用地只供",
    ],
)
def test_what_former_years_had_new_or_most_of_is_past(tmp_path, past):
    text = f"{TITLE}供应总量900公顷。{past}350公顷。"
    assert targets_of(tmp_path, text) == {("", "", 900.0)}


@pytest.mark.parametrize("high", ["为近五年来最高，", "创近五年新高，", "近五年来首次增加，"])
def test_what_is_the_most_of_former_years_is_of_the_plan(tmp_path, high):
    text = f"{TITLE}供应总量900公顷，{high}其中住宅用地350公顷。"
    assert targets_of(tmp_path, text) == {("", "", 900.0), ("", "住宅用地", 350.0)}


def test_ways_of_one_mode_are_that_mode_once(tmp_path):
    text = f"{TITLE}供应总量150公顷，其中招拍挂出让、协议出让合计110公顷，划拨40公顷。"
    rows = read(tmp_path, text).targets.to_dict("records")
    assert {(r["supply_mode"], float(r["stated_value"])) for r in rows} == {
        ("", 150.0),
        ("出让", 110.0),
        ("划拨", 40.0),
    }


def test_what_must_be_done_is_no_report(tmp_path):
    text = (
        "青石市2022年土地供给任务\n各县区须完成以下任务：\n"
        "完成年度供地任务120公顷，东湖区70公顷，西坪县50公顷。"
    )
    assert ("西坪县", "", 50.0) in targets_of(tmp_path, text)


def test_a_street_that_is_renewed_names_no_use(tmp_path):
    text = (
        "青石市2022年度旧村改造计划\n改造面积120公顷。"
        "其中东湖街道改造50公顷、西坪街道改造40公顷、北岭镇改造30公顷。"
    )
    assert ("北岭镇", "旧村庄改造", 30.0) in targets_of(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("商服用地从去年的2010亩一下缩到1020亩。", ("", "商服用地", 1020.0)),
        ("商服用地由2015年的297公顷压减到128公顷。", ("", "商服用地", 128.0)),
        ("商服用地较去年610亩增加到780亩。", ("", "商服用地", 780.0)),
        ("公租房用地96亩，去年才21亩；商服用地84亩。", ("", "商服用地", 84.0)),
        ("过去几年商服用地一直最多，如今商服用地只有31亩。", ("", "商服用地", 31.0)),
        ("商服用地21公顷也在其中，东关片已完成签约。", ("", "商服用地", 21.0)),
        ("供地调增为5100亩，其中商服用地3150亩、工业用地1950亩。", ("", "商服用地", 3150.0)),
    ],
)
def test_the_past_reaches_no_further_than_its_clause(tmp_path, text, told):
    assert told in targets_of(tmp_path, f"青石市2024年度供地计划\n{text}")


@pytest.mark.parametrize(
    "text",
    [
        "全市现有村级工业园用地13万亩。",
        "一季度已经供了286公顷。",
        "竞买人须建自持商业不低于6万平方米。",
        "桥头这块近30亩的土地将建一个面积不低于6万平方米的商场。",
    ],
)
def test_what_is_there_or_done_is_no_plan(tmp_path, text):
    assert not targets_of(tmp_path, f"青石市2024年度供地计划\n{text}")


def test_a_round_figure_that_is_exceeded_gives_way_to_the_exact_one(tmp_path):
    text = (
        "青石网 > 新闻\n青石年内安排建设用地逾1500公顷\n"
        "青石市2024年计划供应国有建设用地1560.5公顷。"
    )
    assert targets_of(tmp_path, text) == {("", "", 1560.5)}
