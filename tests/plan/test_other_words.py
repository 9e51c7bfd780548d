"""The same in other words: scopes, topics, places in brackets, tenths, five-year sums."""

from __future__ import annotations

from decimal import Decimal

import pytest
from plan_text import read, targets

from landgis.plan.audit import audit_plan
from landgis.plan.quantities import find_quantities

TITLE = "汀州市2022年度国有建设用地供应计划\n"


@pytest.mark.parametrize("lead", ["结合", "对照", "根据", "参照", "围绕", "依据"])
def test_words_before_the_place_are_no_part_of_it(tmp_path, lead):
    plan = read(tmp_path, f"{lead}望江县2022年度国有建设用地供应计划，今年拟供应住宅用地640亩。")
    assert plan.jurisdiction == "望江县"
    assert targets(plan) == {("", "住宅用地", 640.0)}


def test_the_sum_of_a_five_year_plan_is_not_the_years(tmp_path):
    text = "“十四五”规划期内我市计划供应建设用地3500公顷，年均700公顷。今年计划供应680公顷。"
    assert targets(read(tmp_path, TITLE + text)) == {("", "", 680.0)}


@pytest.mark.parametrize("places", [("长洲", "白沙"), ("滨江新城", "空港新城")])
def test_places_with_figures_in_brackets(tmp_path, places):
    first, second = places
    text = f"住宅用地集中分布于{first}（70公顷）和{second}（55.5公顷）。"
    assert targets(read(tmp_path, TITLE + text)) == {
        (first, "住宅用地", 70.0),
        (second, "住宅用地", 55.5),
    }


def test_a_topic_holds_for_the_regions_after_among(tmp_path):
    text = "供应总量640公顷。工矿仓储用地供应主要向园区集中，其中：高新区96公顷、临港区72公顷。"
    assert targets(read(tmp_path, TITLE + text)) == {
        ("", "", 640.0),
        ("高新区", "工矿仓储用地", 96.0),
        ("临港区", "工矿仓储用地", 72.0),
    }


def test_a_topic_holds_beyond_a_semicolon_but_not_beyond_the_sentence(tmp_path):
    text = "住宅用地供应中，长洲区80公顷，其中保障房用地30公顷；白沙区70公顷。全年供应总量640公顷。"
    assert {("白沙区", "住宅用地", 70.0), ("", "", 640.0)} <= targets(read(tmp_path, TITLE + text))


def test_uses_of_another_cut_are_no_second_figure_of_the_plan(tmp_path):
    text = (
        "供应总量640公顷，其中住宅用地300公顷、商服用地340公顷。"
        "另有站前综合开发用地约50公顷，包括住宅用地30公顷、商服用地20公顷。"
    )
    plan = read(tmp_path, TITLE + text)
    assert {("", "住宅用地", 300.0), ("", "商服用地", 340.0)} <= targets(plan)
    aside = plan.figures[plan.figures["reason"] == "other_scope"]
    assert sorted(map(float, aside["value"])) == [20.0, 30.0]


def test_tenths_are_shares_and_names_are_not():
    (share,) = find_quantities("存量用地占六成半以上")
    assert (share.value, share.unit) == (Decimal(65), "%")
    assert not find_quantities("三成都市、一成立即办理")


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("约占三成", "pass"),
        ("占总量的30%左右", "pass"),
        ("占总量的30%", "fail"),
        ("约占40%", "fail"),
        ("约占30.5%", "fail"),
    ],
)
def test_an_approximate_share_is_wide_and_a_printed_one_is_not(tmp_path, words, verdict):
    plan = read(tmp_path, TITLE + f"供应总量640公顷，其中住宅用地205公顷，{words}。")
    found = audit_plan(plan)
    assert list(found.loc[found["check"] == "audit.share", "verdict"]) == [verdict]


ROWS = (("供应总量", "90"), ("商服用地", "30.5"), ("住宅用地", "59.5"), ("长洲区", "41"))


@pytest.mark.parametrize("between", ["：", "\t"], ids=["lines", "table-without-headings"])
def test_a_unit_said_once_holds_for_names_and_numbers_below_it(tmp_path, between):
    rows = "\n".join(between.join(row) for row in ROWS)
    assert targets(read(tmp_path, f"{TITLE}单位：公顷\n{rows}\n")) == {
        ("", "", 90.0),
        ("", "商服用地", 30.5),
        ("", "住宅用地", 59.5),
        ("长洲区", "", 41.0),
    }


def test_names_and_numbers_without_a_unit_are_told(tmp_path):
    rows = "\n".join("：".join(row) for row in ROWS)
    figures = read(tmp_path, f"{TITLE}{rows}\n").figures
    assert list(figures["reason"]) == ["no_unit"] * len(ROWS)


def test_a_unit_ends_with_the_sentence_after_its_lines(tmp_path):
    text = "单位：公顷\n商服用地：30\n以上为计划数。\n住宅用地：60\n"
    assert targets(read(tmp_path, TITLE + text)) == {("", "商服用地", 30.0)}


def test_names_and_numbers_side_by_side_are_lines_of_their_own(tmp_path):
    rows = " ".join("：".join(row) for row in (*ROWS, ("特殊用地", ".5")))
    assert targets(read(tmp_path, f"{TITLE.strip()} 单位：公顷 {rows}\n")) == {
        ("", "", 90.0),
        ("", "商服用地", 30.5),
        ("", "住宅用地", 59.5),
        ("长洲区", "", 41.0),
        ("", "特殊用地", 0.5),
    }


def test_a_use_that_has_figures_by_mode_only_is_no_shortfall(tmp_path):
    text = "单位：公顷\n供应总量：57\n商服用地：15.5\n工矿仓储用地：40\n公共租赁房划拨用地：1.5\n"
    plan = read(tmp_path, TITLE + text)
    modes = plan.targets.set_index("category")["supply_mode"]
    assert modes["公共租赁住房用地"] == "划拨"
    assert "fail" not in set(audit_plan(plan)["verdict"])


REST = [
    ("岛内只有30公顷，其余170公顷都在岛外。", ("岛外", "住宅用地", 170.0)),
    ("石塘片区30公顷，剩下的170公顷由云岭组团承担。", ("云岭组团", "住宅用地", 170.0)),
    ("商品住房120公顷，余下80公顷为人才及安置用房。", ("", "人才及安置用房", 80.0)),
    ("商品住房120公顷，其余80公顷全部用于租赁、安置等方面。", ("", "租赁、安置", 80.0)),
]


@pytest.mark.parametrize(("words", "row"), REST)
def test_the_rest_is_named_behind_its_figure(tmp_path, words, row):
    text = f"全市计划供应住宅用地200公顷，{words}"
    found = targets(read(tmp_path, TITLE + text))
    assert row in found
    assert len(found) == 3


def test_the_rest_is_of_the_other_source(tmp_path):
    text = (
        "计划供应国有建设用地500公顷，新增用地210公顷，"
        "除前述新增用地外，其余290公顷为存量建设用地。"
    )
    rows = read(tmp_path, TITLE + text).targets
    assert dict(zip(rows["stated_value"].map(int), rows["land_source"], strict=True)) == {
        500: "",
        210: "新增",
        290: "存量",
    }


COUNTED = [
    ("望江、石塘、云岭三个区共240公顷", {("望江、石塘、云岭三个区", 240.0)}),
    ("老城所在的望江、石塘两区合计90公顷", {("望江、石塘两区", 90.0)}),
    (
        "望江、石塘、云岭三区任务最重，各为60公顷、50公顷、40公顷",
        {("望江", 60.0), ("石塘", 50.0), ("云岭", 40.0)},
    ),
    (
        "望江科技城和石塘组团为投放重点，分别安排60公顷和50公顷",
        {("望江科技城", 60.0), ("石塘组团", 50.0)},
    ),
]


@pytest.mark.parametrize(("words", "rows"), COUNTED)
def test_as_many_places_as_the_words_count_are_one_or_each(tmp_path, words, rows):
    text = f"计划供应国有建设用地900公顷。{words}。"
    found = {(r, v) for r, _, v in targets(read(tmp_path, TITLE + text)) if r}
    assert found == rows


@pytest.mark.parametrize(
    "words",
    [
        "南京、武汉今年的供应量分别为1390公顷、1560公顷",
        "与邻省相比，江苏、江西两省公布的计划为9800公顷和4600公顷",
        "对比来看，杭州计划供应2100公顷",
        "首批21宗、36公顷将于5月出让",
        "城西产业园总规划面积12平方公里",
    ],
)
def test_other_cities_batches_and_extents_are_none_of_the_plan(tmp_path, words):
    title = "湖州市2022年度国有建设用地供应计划\n"
    text = (
        "全市计划供应国有建设用地800公顷，其中住宅用地200公顷、商服用地60公顷、工矿仓储用地340公顷、"
        f"交通运输用地150公顷、特殊用地50公顷。{words}。"
    )
    found = targets(read(tmp_path, title + text))
    assert {value for *_, value in found} == {800.0, 200.0, 60.0, 340.0, 150.0, 50.0}


@pytest.mark.parametrize(
    ("words", "use"),
    [
        ("学校、医院、道路等公益性用地", "公益性用地"),
        ("仓库群、机械厂等老旧厂区更新用地", "老旧厂区更新用地"),
        ("沉陷区治理、危房改建等安置住房用地", "棚户区改造安置用地"),
        ("教育、交通运输等用地", "教育、交通运输等用地"),
    ],
)
def test_examples_before_a_use_are_no_part_of_its_name(tmp_path, words, use):
    text = f"计划供应国有建设用地900公顷。{words}120公顷，商服用地30公顷。"
    found = targets(read(tmp_path, TITLE + text))
    assert found == {("", "", 900.0), ("", use, 120.0), ("", "商服用地", 30.0)}


def test_a_change_has_no_parts_and_stops_none(tmp_path):
    text = (
        "计划供应国有建设用地900公顷，比上年增加55公顷。其中民生类用地（教育、养老）由236公顷增至297.6公顷，"
        "占比从26.1%提高到33.1%。"
    )
    plan = read(tmp_path, TITLE + text)
    assert targets(plan) == {("", "", 900.0), ("", "民生类用地", 297.6)}
    assert [float(s) for s in plan.targets["share_pct"].dropna()] == [33.1]


def test_uses_in_brackets_behind_for(tmp_path):
    text = (
        "住宅用地86.3公顷全部用于安居房（61.5公顷）、安置房（18.6公顷）和公共租赁住房（6.2公顷）。"
    )
    found = targets(read(tmp_path, TITLE + "计划供应国有建设用地900公顷，" + text))
    assert {value for *_, value in found} == {900.0, 86.3, 61.5, 18.6, 6.2}


def test_a_place_named_again_is_parted_as_what_it_was(tmp_path):
    text = (
        "住宅用地方面，市区385公顷，两个县级市中，泗安市146公顷、丰和市89公顷。"
        "市区的385公顷又分为三块：东部新城210公顷，中心城区118公顷，西郊57公顷。"
    )
    found = targets(read(tmp_path, TITLE + text))
    assert {("东部新城", "住宅用地", 210.0), ("西郊", "住宅用地", 57.0)} <= found


def test_a_second_figure_of_a_place_is_of_the_use_before_it(tmp_path):
    text = (
        "计划供应国有建设用地900公顷，望江区298公顷、石塘区265公顷、云岭区337公顷。"
        "住宅用地中，石塘区92公顷、云岭区138公顷。望江区今年只有9公顷，比去年的16公顷又少。"
    )
    found = targets(read(tmp_path, TITLE + text))
    assert {("望江区", "", 298.0), ("望江区", "住宅用地", 9.0)} <= found


@pytest.mark.parametrize(
    "words",
    [
        "沿海四县计划由当地批准，规模约1120公顷，仅供参考",
        "望江县境内的18公顷由望江县纳入本县计划",
        "望江县、石塘县共安排住宅用地74公顷，亦不在900公顷之内",
        "望江县、石塘县的规模分别为315公顷、268公顷，未列入本公示",
    ],
)
def test_what_the_text_says_is_not_counted(tmp_path, words):
    text = f"计划供应国有建设用地900公顷，商服用地90公顷。{words}。"
    assert {v for *_, v in targets(read(tmp_path, TITLE + text))} == {900.0, 90.0}


def test_the_plan_named_again_is_no_more_of_last_year(tmp_path):
    text = (
        "计划供应国有建设用地900公顷，商服用地90公顷。"
        "截至2021年底全市批而未供163公顷，本计划的900公顷中，新增用地410公顷，其余490公顷为存量。"
    )
    found = targets(read(tmp_path, TITLE + text))
    assert {v for *_, v in found} == {900.0, 90.0, 410.0, 490.0}


@pytest.mark.parametrize(
    "text",
    [
        "供应总量480亩，商服用地、住宅用地各占50%，均为240亩。",
        "供应总量480亩，商服用地、住宅用地各占一半。",
        "供应总量480亩，商服用地和住宅用地各占50％。",
    ],
)
def test_halves(tmp_path, text):
    assert targets(read(tmp_path, TITLE + text)) == {
        ("", "", 480.0),
        ("", "商服用地", 240.0),
        ("", "住宅用地", 240.0),
    }


def test_each_of_several_places(tmp_path):
    text = "住宅用地供应155公顷。长洲区、白沙区各安排住宅用地45公顷，小计90公顷。"
    found = targets(read(tmp_path, TITLE + text))
    assert {("长洲区", "住宅用地", 45.0), ("白沙区", "住宅用地", 45.0)} < found
    assert "小计" not in {region for region, _, _ in found}


@pytest.mark.parametrize(
    ("words", "row"),
    [
        ("永宁、兴业、滨河三个街道办事处118.4公顷。", ("永宁、兴业、滨河三个街道", "", 118.4)),
        ("今年永宁、兴业、滨河三个城区供应1180公顷。", ("永宁、兴业、滨河三个城区", "", 1180.0)),
        ("两个老城区永宁、兴业分别只有95公顷、80公顷。", ("永宁", "", 95.0)),
        ("工业（含仓储物流）：168公顷。", ("", "工业用地", 168.0)),
        ("棚户区（城中村）改造用地38.2公顷。", ("", "棚户区改造安置用地", 38.2)),
        ("其余的是道路、学校和水利设施，合计70公顷。", ("", "道路、学校和水利设施", 70.0)),
    ],
)
def test_names_with_counts_brackets_and_rests(tmp_path, words, row):
    text = f"计划供应国有建设用地4000公顷。商服用地190公顷。{words}特殊用地7公顷。"
    found = targets(read(tmp_path, TITLE + text))
    assert {row, ("", "商服用地", 190.0)} <= found


def test_names_and_numbers_by_turns_below_a_unit(tmp_path):
    text = "各街镇任务（亩）：永宁街道486　东桥街道823　石角镇435　合计1744"
    found = targets(read(tmp_path, TITLE + "计划供应国有建设用地1744亩。\n" + text))
    assert {("永宁街道", "", 486.0), ("东桥街道", "", 823.0), ("石角镇", "", 435.0)} <= found


def test_the_districts_that_the_plan_is_of_are_its_whole(tmp_path):
    text = (
        "今年永宁、兴业、滨河、石角四个城区计划供应国有建设用地986公顷。"
        "永宁区395公顷，兴业区480公顷，滨河区61公顷，石角区50公顷。"
    )
    found = targets(read(tmp_path, TITLE + text))
    assert {("", "", 986.0), ("永宁区", "", 395.0)} <= found


@pytest.mark.parametrize(
    "words",
    [
        "对照周边，石塘新区2022年计划310公顷，东桥区128公顷",
        "三年滚动计划供应规模9600公顷",
        "隔壁长兴县今年定的是720公顷，安吉则是390公顷",
    ],
)
def test_neighbours_and_longer_plans_are_none_of_it(tmp_path, words):
    title = "德清县2022年度国有建设用地供应计划\n"
    text = f"计划供应国有建设用地900公顷，商服用地90公顷。{words}。"
    assert {v for *_, v in targets(read(tmp_path, title + text))} == {900.0, 90.0}


@pytest.mark.parametrize(
    "words",
    [
        "全市存量住宅用地4130公顷",
        "全市现状工业用地超过660公顷",
        "商服用地首次跌破100公顷",
        "退城企业原址用地约428公顷，由市土地储备中心统一收储",
        "具备供应条件的住宅用地约330公顷",
        "西山新区另行编制，规模约120公顷，没有并入",
        "流拍住宅地块19宗、143公顷",
    ],
)
def test_stocks_limits_and_land_of_other_plans_are_none_of_it(tmp_path, words):
    text = f"计划供应国有建设用地900公顷，住宅用地300公顷，商服用地90公顷。{words}。"
    assert {v for *_, v in targets(read(tmp_path, TITLE + text))} == {900.0, 300.0, 90.0}


@pytest.mark.parametrize(
    "words",
    [
        "住宅用地重点布局在地铁站点周边，供应住宅用地30公顷，工业用地70公顷",
        "住宅用地30公顷，由高新区自行安排，工业用地70公顷，由城投公司另行开发",
        "国家首批示范园区所在地供应住宅用地30公顷，外围供应工业用地70公顷",
        "按照城中村改造三年行动计划安排住宅用地30公顷，工业用地70公顷",
    ],
)
def test_words_that_set_no_figure_apart(tmp_path, words):
    text = f"计划供应国有建设用地100公顷。{words}。"
    assert {v for *_, v in targets(read(tmp_path, TITLE + text))} == {100.0, 30.0, 70.0}
