"""Layouts and lists of official plans: what parts what, and what a line of a list is of."""

from __future__ import annotations

import pytest
from plan_text import read, targets_of

from landgis.balance.figures import Uses

TITLE = "青石市2024年度国有建设用地供应计划\n"


def faceted(folder, text):
    """Give region, use, land source and printed value of each target."""
    rows = read(folder, text).targets.to_dict("records")
    return {(r["region"], r["category"], r["land_source"], float(r["stated_value"])) for r in rows}


def test_lines_whose_cells_slashes_part_are_a_table(tmp_path):
    text = (
        "全市住宅用地计划供应92.4公顷，其中商品住宅用地83.8公顷。\n县(市、区)/合计/商品住宅用地/保障性住房用地\n"
        "东岭区/50.6/44.0/6.6\n西岭区/41.8/39.8/2.0\n全市/92.4/83.8/8.6"
    )
    found = targets_of(tmp_path, TITLE.replace("国有建设", "住宅") + text)
    assert {
        ("东岭区", "商品住房用地", 44.0),
        ("西岭区", "保障性住房用地", 2.0),
        ("", "商品住房用地", 83.8),
    } <= found


def test_a_date_with_slashes_is_no_row(tmp_path):
    text = "发布：2024/3/30\n更新：2024/4/2\n供应总量50公顷，其中住宅用地30公顷。"
    assert targets_of(tmp_path, TITLE + text) == {("", "", 50.0), ("", "住宅用地", 30.0)}


@pytest.mark.parametrize("empty", ["", "\n"])
def test_a_heading_over_others_has_no_column_though_an_empty_line_stands_for_it(tmp_path, empty):
    rows = (("东岭区", 28.4, 12.1, 16.3), ("西岭区", 31.5, 14.0, 17.5), ("南岭区", 24.3, 5.2, 19.1))
    lines = [
        f"{name}\n{total:.1f}\n{empty}{kept:.1f}\n{new:.1f}"
        for name, total, kept, new in (*rows, ("合计", 84.2, 31.3, 52.9))
    ]
    text = "分区表\n单位：公顷\n行政辖区\n计划总量\n其中\n存量\n增量\n" + "\n".join(lines)
    found = faceted(tmp_path, TITLE + text)
    assert {
        ("东岭区", "", "", 28.4),
        ("西岭区", "", "存量", 14.0),
        ("南岭区", "", "新增", 19.1),
        ("", "", "", 84.2),
    } <= found


@pytest.mark.parametrize(
    "line",
    [
        "东岭街道：31.2；西岭街道：24.8；南岭镇：46.5；其他镇（街道）：15.3。",
        "东岭街道31.2、西岭街道24.8、南岭镇46.5、其他镇（街道）15.3",
    ],
)
def test_names_and_numbers_in_one_line_have_the_unit_of_the_heading_above(tmp_path, line):
    text = "一、总量\n供应总量117.8公顷。\n二、任务分解（单位：公顷）\n" + line
    assert {("东岭街道", "", 31.2), ("西岭街道", "", 24.8), ("南岭镇", "", 46.5)} <= targets_of(
        tmp_path, TITLE + text
    )


def test_a_column_of_counts_makes_rows_places_and_no_plots(tmp_path):
    text = (
        "计划供应住宅用地54.3公顷。\n表  住宅用地供应片区分布\n片区  宗数(宗)  面积(公顷)\n"
        "河南片区  5  12.60\n西部新区  7  18.90\n竹山南麓  9  22.80\n合计  21  54.30"
    )
    plan = read(tmp_path, TITLE + text)
    assert len(plan.projects) == 0
    rows = plan.targets.to_dict("records")
    assert {"河南片区", "西部新区", "竹山南麓"} <= {r["region"] for r in rows}
    assert 5.0 not in {float(r["stated_value"]) for r in rows}


def test_plots_of_which_each_cell_is_a_line_are_no_figures(tmp_path):
    cells = (
        ("QS-01", "东山大道北", "58.30亩", "二类住宅", "东城"),
        ("QS-02", "小桥片区", "44.90亩", "二类住宅", "西城"),
        ("QS-03", "安宁镇", "52.35亩", "商业", "北城"),
        ("QS-04", "礼台镇", "41.50亩", "一类住宅", "北城"),
    )
    lines = "\n".join("\n".join(row) for row in cells)
    text = (
        "青石市2024年第一批拟出让地块推介\n地块编号\n坐落\n用地面积\n规划用途\n起步区片\n" + lines
    )
    plan = read(tmp_path, text)
    assert plan.targets.empty
    assert plan.projects["name"].tolist() == ["QS-01", "QS-02", "QS-03", "QS-04"]
    assert plan.projects["location"].tolist() == [row[1] for row in cells]
    assert plan.projects["stated_value"].tolist() == [58.3, 44.9, 52.35, 41.5]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("东岭、南坪两街道棚户区改造用地11.2公顷", "东岭、南坪两街道"),
        ("东岭、石湾片11.2公顷", "东岭、石湾片"),
        ("东岭片区及其余镇街11.2公顷", "东岭片区及其余镇街"),
        ("东岭、石湾、白田三县（市）合计：11.2公顷", "东岭、石湾、白田三县（市）"),
        ("东岭小镇及光谷产业带11.2公顷", "东岭小镇及光谷产业带"),
    ],
)
def test_places_with_one_figure_are_one_whatever_the_last_is_called(tmp_path, words, place):
    text = f"{TITLE}供应住宅用地80公顷。分区域看，城关镇68.8公顷，{words}。"
    found = {(region, value) for region, _, value in targets_of(tmp_path, text)}
    assert (place, 11.2) in found


def test_a_part_named_first_in_a_bracket_has_its_name(tmp_path):
    text = (
        "青石市2024年度“三旧”改造实施计划\n全市新增实施“三旧”改造286.5公顷"
        "（拆除重建类191.3公顷、综合整治及微改造类95.2公顷）。"
    )
    assert ("", "拆除重建", 191.3) in targets_of(tmp_path, text)


def test_no_second_total_stands_beside_a_larger_one(tmp_path):
    text = (
        "青石市2024年度“三旧”改造实施计划\n全市计划新增实施改造面积4,925亩。\n"
        "（一）拆除重建类3,307亩，按改造方向分，工改工1,940亩、工改居1,367亩；\n"
        "（二）微改造类1,618亩。"
    )
    found = targets_of(tmp_path, text)
    assert {("", "", 4925.0), ("", "拆除重建", 3307.0), ("", "工改工", 1940.0)} <= found


def test_the_last_name_of_the_plans_place_is_the_place(tmp_path):
    text = (
        "甲水新区空港新城2018年度国有建设用地供应计划\n"
        "空港新城计划供应国有建设用地86.6公顷，其中住宅用地38.5公顷。"
    )
    assert targets_of(tmp_path, text) == {("", "", 86.6), ("", "住宅用地", 38.5)}


def test_the_cause_of_a_decision_is_not_what_it_tells(tmp_path):
    text = (
        "关于青石市2024年度土地供应计划调整方案的批复\n供应总规模为457公顷。\n"
        "鉴于下半年房地产市场成交回落，同意将住宅用地从126公顷压减到94公顷，商服用地从38公顷压减到30公顷。"
    )
    assert {("", "住宅用地", 94.0), ("", "商服用地", 30.0)} <= targets_of(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "其中，商服性质的用地3宗，面积合计15.6公顷；商业金融业用地占1宗，面积合计4公顷。",
        "其中商服用地15.6公顷、商业金融业用地4公顷。",
        "用途  面积（公顷）\n商服用地  15.6\n商业金融业用地  4\n工业用地  60",
    ],
)
def test_two_names_of_one_use_side_by_side_are_two_uses(tmp_path, text):
    plan = read(tmp_path, f"{TITLE}全市计划供应国有建设用地79.6公顷。\n{text}")
    rows = plan.targets.to_dict("records")
    told = {(r["stated_category"].removesuffix("用地"), float(r["stated_value"])) for r in rows}
    assert {("商服", 15.6), ("商业金融业", 4.0)} <= told
    assert "said_otherwise" not in set(plan.figures["reason"])


def test_two_names_of_one_use_far_apart_are_that_use(tmp_path):
    text = (
        "全市计划供应国有建设用地79.6公顷，其中商服用地15.6公顷、工业用地64公顷。\n"
        "商业金融业用地14公顷，重点投放在新城。"
    )
    figures = read(tmp_path, TITLE + text).figures
    assert figures["reason"].tolist().count("said_otherwise") == 1


def test_land_of_a_kind_that_two_figures_part_may_be_of_either():
    uses = Uses(frozenset({"商服用地", "商业金融业用地"}))
    assert uses.counts("商服用地", "商业金融业用地") == (False, True)
    assert uses.counts("商业金融业用地", "商业金融业用地") == (True, True)
    assert uses.counts("住宅用地", "商业金融业用地") == (False, False)


def test_what_only_an_adviser_thinks_is_no_figure(tmp_path):
    text = "供应总量90公顷。\n2024年住宅用地宜从紧安排，控制在35公顷以内（供决策参考）。"
    assert targets_of(tmp_path, TITLE + text) == {("", "", 90.0)}


def test_projects_named_before_all_land_are_no_part_of_it(tmp_path):
    text = "根据核定意见并考虑重点项目需要，全市计划供地241.2公顷。其中住宅用地40公顷。"
    assert targets_of(tmp_path, TITLE + text) == {("", "", 241.2), ("", "住宅用地", 40.0)}


def test_a_subtotal_below_the_plots_of_a_heading_is_of_its_use(tmp_path):
    text = (
        "青石市2024年下半年拟供应国有建设用地清单\n本次公布拟供应宗地共4宗、329.1亩（面积单位为亩）。\n"
        "一、住宅及商住\nZ-01　东岭街道　塔桥路东　86.4\nZ-02　西岭街道　平河路南　120.3\n"
        "小计：2宗，206.7亩\n二、工业\nG-01　开发区　大道北　80.4\nG-02　南坪镇　示范园　42\n"
        "小计：2宗，122.4亩"
    )
    found = targets_of(tmp_path, text)
    assert {("", "", 329.1), ("", "住宅及商住", 206.7), ("", "工业用地", 122.4)} <= found


@pytest.mark.parametrize("lead", ["净增部分中，", "增加的部分里，", "核减部分："])
def test_what_an_increase_is_made_of_is_no_part_of_the_plan(tmp_path, lead):
    text = (
        "全年供应量调整为118.6公顷，净增26.2公顷。"
        f"{lead}物流仓储占22.7公顷，口岸联检占3.5公顷。\n商服用地16公顷，住宅用地102.6公顷。"
    )
    assert targets_of(tmp_path, TITLE + text) == {
        ("", "", 118.6),
        ("", "商服用地", 16.0),
        ("", "住宅用地", 102.6),
    }


def test_old_works_are_what_is_renewed_and_no_place(tmp_path):
    text = (
        "青石市城区2024年城市更新实施计划\n今年计划实施更新的土地面积约2180亩。"
        "其中，老旧厂区更新1180亩，东岭区610亩、西岭区570亩；城中村改造560亩；低效商业更新440亩。"
    )
    regions = {region for region, _, _ in targets_of(tmp_path, text)}
    assert regions == {"", "东岭区", "西岭区"}


def test_the_rest_of_a_places_uses_is_a_use_and_a_dash_is_part_of_a_name(tmp_path):
    text = (
        "供应总量408.6公顷。\n"
        "西湾片区安排222.2公顷，其中工矿仓储130公顷、交通运输74公顷、其余各类18.2公顷。\n"
        "产业用地186.4公顷，按片区：八角片区72公顷，化工产业园58.4公顷，大家—古城片区44公顷，"
        "西港区12公顷。"
    )
    found = targets_of(tmp_path, TITLE + text)
    assert ("西湾片区", "其余", 18.2) in found
    assert "大家—古城片区" in {region for region, _, _ in found}


def test_what_was_sold_in_a_quarter_is_done(tmp_path):
    text = (
        "全市住宅用地计划供应268.3公顷，其中商品住房用地208.3公顷。\n"
        "一季度市区实际出让住宅用地6宗、面积约61公顷；"
        "面积87.9公顷的泉山片区整体出让方案还在论证，暂未纳入今年计划。"
    )
    found = targets_of(tmp_path, TITLE.replace("国有建设", "住宅") + text)
    assert found == {("", "住宅用地", 268.3), ("", "商品住房用地", 208.3)}
