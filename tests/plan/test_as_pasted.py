"""Tables, lists and lines as people paste them; what is not understood makes no alarm."""

import pytest
from plan_text import read as read_text

from landgis.errors import InputError
from landgis.plan.audit import audit_plan
from landgis.plan.documents.blocks import Cell, Document, Paragraph, Place, TableBlock
from landgis.plan.extract import extract_plan, read_plan

TITLE = "青石市2025年度国有建设用地供应计划"


def targets(plan):
    """Give region, use and printed value of each figure."""
    rows = plan.targets[["region", "category", "stated_value"]]
    return {(r, u): v for r, u, v in rows.itertuples(index=False)}


def verdicts(plan, check="audit.parts"):
    found = audit_plan(plan)
    return found.loc[found["check"].eq(check), "verdict"].tolist()


def table(*rows, caption="单位：公顷"):
    """Make a plan of one table."""
    cells = tuple(
        tuple(Cell(t, Place(table=1, row=i, column=k)) for k, t in enumerate(row, 1))
        for i, row in enumerate(rows, 1)
    )
    blocks = (Paragraph(TITLE, Place(line=1)), TableBlock(cells, caption, Place(table=1)))
    return extract_plan(Document(name="a.docx", format="docx", blocks=blocks))


# --- what is not understood ---------------------------------------------------------------------


def shortfall(*lines):
    total = "供应总量为150公顷，分别为：商服用地30公顷、住宅用地60公顷、工矿仓储用地40公顷。"
    return total, "附表", "区域 项目", *lines


@pytest.mark.parametrize(
    "lines",
    [
        ("北口 9", "南岭 5 3", "西河 2", "东山 1 2"),  # a column of them makes 20
        ("北口 12 8", "南岭", "7 5", "西河 3", "3 1"),  # two that stand side by side
        ("北口 20", "南岭", "7 5", "西河 3", "3 1"),  # one alone
    ],
)
def test_a_shortfall_that_a_fallen_table_holds_is_undecided(read, lines):
    plan = read(*shortfall(*lines))
    assert verdicts(plan) == ["unknown"]
    assert plan.accounted()["unknown"] >= 6


def test_a_shortfall_that_no_unread_number_makes_fails(read):
    assert verdicts(read(*shortfall("北口 9", "南岭 5 3", "西河 2", "东山 4 4"))) == ["fail"]


def test_a_list_that_holds_an_unread_area_is_undecided():
    rows = (
        ("序号", "宗地名称", "坐落", "用途", "面积（公顷）"),
        ("1", "望湖地块", "东山区", "住宅用地", "12.5（其中代征3）"),
        ("2", "临江地块", "西河区", "住宅用地", "7.5"),
        ("3", "北口一号", "东山区", "工业用地", "待定（约6）"),
        ("", "合计", "", "", "26"),
    )
    plan = table(*rows, caption="附表 宗地清单")
    assert plan.projects["stated_value"].fillna(0).tolist() == [12.5, 7.5, 0]
    assert verdicts(plan, "audit.list") == ["unknown"]
    roles = plan.figures.set_index("value")[["role", "reason"]].agg(" ".join, axis=1)
    assert roles["3"] == "aside note"
    assert roles["6"] == "unknown cell"


# --- cells -----------------------------------------------------------------------------------


def test_cells_with_notes_limits_and_several_numbers():
    plan = table(
        ("用途", "面积（公顷）", "备注"),
        ("商服用地", "12.5（含代征2）", "甲"),
        ("住宅用地", "约20", "其中安置房5公顷"),
        ("交通运输用地", "≥5", ""),
        ("公用设施用地", "3+2", ""),
        ("特殊用地", "1.5*", ""),
    )
    assert targets(plan) == {
        ("", "商服用地"): 12.5,
        ("", "住宅用地"): 20,
        ("", "交通运输用地"): 5,
        ("", "特殊用地"): 1.5,
    }
    assert plan.targets["qualifier"].tolist() == ["", "about", "at_least", ""]
    assert plan.figures.loc[plan.figures["role"].eq("unknown"), "value"].tolist() == ["3", "2"]


@pytest.mark.parametrize("form", ["{}公顷（{}亩）", "{}公顷（合{}亩）", "{}公顷/{}亩"])
def test_cells_that_name_their_two_units(tmp_path, form):
    rows = [("工业用地", form.format(30, 450)), ("商服用地", form.format("12.5", "187.5"))]
    cells = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in [("用途", "供应面积"), *rows])
    file = tmp_path / "a.html"
    file.write_text(f"<p>{TITLE}</p><table>{cells}</table>", encoding="utf-8")
    plan = read_plan(file)
    assert plan.targets["restated_value"].tolist() == [450, 187.5]
    assert plan.figures["unit"].tolist() == ["公顷", "亩"] * 2


# --- rows and columns --------------------------------------------------------------------------


def test_a_name_that_nothing_knows_is_never_the_total():
    plan = table(
        ("组团", "居住", "工业", "小计"),
        ("起步区", "10", "20", "30"),
        ("望海组团", "5", "15", "20"),
        ("全市合计", "15", "35", "50"),
    )
    assert targets(plan)["望海组团", ""] == 20
    assert targets(plan)["", ""] == 50
    assert set(verdicts(plan)) == {"pass"}


def test_columns_headed_apart_are_not_one():
    plan = table(
        ("区别", "完成整治面积", "拆旧腾空面积", "投资（亿元）"),
        ("东山区", "12", "8", "3"),
        ("西河区", "20", "11", "4"),
    )
    assert targets(plan) == {
        ("东山区", "完成整治"): 12,
        ("东山区", "拆旧腾空"): 8,
        ("西河区", "完成整治"): 20,
        ("西河区", "拆旧腾空"): 11,
    }


def test_rows_below_among_are_parts_as_far_as_they_make_the_row_above():
    plan = table(
        ("用途", "全市", "东山区", "西河区"),
        ("住宅用地", "60", "40", "20"),
        ("其中：商品住宅", "45", "30", "15"),
        ("　保障和安置住宅", "15", "10", "5"),
        ("工矿仓储用地", "40", "20", "20"),
        ("合计", "100", "60", "40"),
    )
    parents = plan.targets.set_index("stated_category")["parent_category"]
    assert set(parents["保障和安置住宅"]) == {"住宅用地"}
    assert set(parents["工矿仓储用地"]) == {""}
    assert set(verdicts(plan)) == {"pass"}


def test_columns_below_a_subtotal(read):
    lines = (
        "单位：公顷",
        *("县（市、区）", "住宅用地供应总量", "产权住宅用地小计", "商品住宅", "共有产权住宅"),
        *("租赁住宅用地小计", "公租房"),
        *("东山区", "30", "22", "20", "2", "8", "8"),
        *("西河区", "20", "15", "11", "4", "5", "5"),
        *("北口县", "12", "9", "9", "0", "3", "3"),
    )
    plan = read(*lines)
    assert targets(plan)["西河区", "共有产权住房用地"] == 4
    assert "fail" not in verdicts(plan)


def test_a_table_that_lists_some_uses_fails_none():
    plan = table(
        ("区", "供应总量", "居住用地", "产业用地"),
        ("东山区", "100", "20", "30"),
        ("西河区", "80", "10", "30"),
        ("北口区", "60", "10", "20"),
        ("合计", "240", "40", "80"),
    )
    assert set(verdicts(plan)) == {"pass"}


# --- lines -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        ("工矿仓储用地", "48.5", "住宅用地", "22.4", "商服用地", "9.2", "单位：公顷"),
        ("工矿仓储用地 48.5", "住宅用地 22.4", "商服用地 9.2", "单位：公顷"),
        ("工矿仓储用地 48.5公顷", "住宅用地 22.4公顷", "商服用地 9.2公顷"),
    ],
)
def test_names_and_numbers_by_turns_without_headings(read, lines):
    told = targets(read("供应结构", *lines))
    assert [told["", u] for u in ("工矿仓储用地", "住宅用地", "商服用地")] == [48.5, 22.4, 9.2]


def test_a_page_number_and_a_blank_remark_part_no_table(read):
    plan = read(
        "单位：公顷",
        "单位 合计 住宅用地 商服用地 备注",
        "经开区 35 20 15 国家级",
        "- 2 -",
        "临港区 12 9 3",
        "全市合计 47 29 18",
    )
    assert targets(plan)["临港区", "商服用地"] == 3
    assert set(verdicts(plan)) == {"pass"}


# --- the audit ---------------------------------------------------------------------------------


def test_two_lists_of_different_things_are_no_contradiction(read):
    plan = read(
        "腾挪用地按区分解为：",
        *("东山区140亩", "西河区120亩", "北口区110亩"),
        "更新用地的任务如下（单位：公顷）：",
        "区 旧住区 旧厂区 合计",
        *("东山区 5 7 12", "西河区 4 6 10", "北口区 2 7 9", "全市 11 20 31"),
    )
    assert "fail" not in verdicts(plan, "audit.repeat")


def test_a_share_whose_base_was_said_paragraphs_before(read):
    plan = read(
        "供应总量200公顷。",
        "二、结构",
        "商服用地30公顷，占15%；住宅用地50公顷，占35%；工矿仓储用地120公顷，占60%。",
    )
    found = audit_plan(plan)
    failed = found[found["verdict"].eq("fail") & found["check"].eq("audit.share")]
    assert failed["category"].tolist() == ["住宅用地"]


def test_a_last_digit_adjusted_for_the_sum_is_no_error(read):
    plan = read(
        "供应总量3000.00公顷，其中商服用地500.00公顷，占16.67%；住宅用地1000.00公顷，占33.34%；"
        "工矿仓储用地1500.00公顷，占50.00%。"
    )
    assert sorted(verdicts(plan, "audit.share")) == ["pass", "pass", "unknown"]


def test_shares_of_a_base_that_is_not_said_make_no_alarm(read):
    plan = read("供应总量90公顷，其中商服用地30公顷，占15%；住宅用地60公顷，占30%。")
    assert "fail" not in verdicts(plan, "audit.share")
    plan = read("供应总量90公顷，其中商服用地30公顷，占33.3%；住宅用地60公顷，占56.7%。")
    assert "fail" in verdicts(plan, "audit.share")


def test_a_bare_subtotal_is_never_the_total():
    plan = table(
        ("用途", "面积（公顷）"),
        ("商服用地", "10"),
        ("住宅用地", "20"),
        ("小计", "30"),
        ("工矿仓储用地", "40"),
        ("公用设施用地", "5"),
        ("小计", "45"),
        ("合计", "75"),
    )
    assert targets(plan)["", ""] == 75
    assert plan.figures.loc[plan.figures["reason"].eq("subtotal"), "value"].tolist() == ["30", "45"]
    assert set(verdicts(plan)) == {"pass"}


@pytest.mark.parametrize("title", ["土地利用现状表", "2024年供应完成情况表", "各区库存土地表"])
def test_a_table_of_what_is_holds_no_target(title):
    rows = ("用途", "面积（公顷）"), ("商服用地", "10"), ("住宅用地", "20")
    with pytest.raises(InputError, match="没有找到供应计划"):
        table(*rows, caption=title)


def test_places_that_are_counted_one_by_one_are_no_parts(read):
    plan = read(
        "供应总量90公顷。",
        "拟出售的用地中，北区占10块，分别位于桥头、砚湖等地，南区有4块，西区有1块。",
    )
    assert "fail" not in verdicts(plan, "audit.count")


@pytest.mark.parametrize("mark", [",", "，", "┃", "&nbsp;&nbsp;"])
def test_cells_apart_by_other_signs(read, mark):
    rows = ("区县 合计 商服 住宅", "东山区 38.5 6.5 32", "西河区 61.5 8.5 53", "总计 100 15 85")
    end = "&nbsp;<br/>" if "&" in mark else ""
    plan = read("附表（公顷）", *(row.replace(" ", mark) + end for row in rows))
    assert targets(plan)["西河区", "商服用地"] == 8.5
    assert targets(plan)["", "住宅用地"] == 85
    assert "fail" not in verdicts(plan)


def test_sentences_with_as_many_commas_are_no_table(read):
    plan = read(
        "东山区40公顷，其中住宅10公顷，商服5公顷", "西河区30公顷，其中住宅20公顷，商服6公顷"
    )
    assert targets(plan)["西河区", ""] == 30


def test_a_unit_that_the_text_proves():
    rows = (
        ("区域", "总量", "住宅用地"),
        ("东山区", "60", "25"),
        ("西河区", "40", "15"),
        ("全市", "100", "40"),
    )
    cells = tuple(
        tuple(Cell(t, Place(table=1, row=i, column=k)) for k, t in enumerate(row, 1))
        for i, row in enumerate(rows, 1)
    )
    said = "供应总量100公顷，其中住宅用地40公顷。", "供应总量100公顷。"
    plans = [
        extract_plan(
            Document(
                name="a.docx",
                format="docx",
                blocks=(
                    Paragraph(TITLE, Place(line=1)),
                    Paragraph(text, Place(line=2)),
                    TableBlock(cells, "", Place(table=1)),
                ),
            )
        )
        for text in said
    ]
    assert [("西河区", "住宅用地") in targets(plan) for plan in plans] == [True, False]


def test_regions_below_the_one_that_they_make_up():
    plan = table(
        ("区域", "总量", "住宅用地", "商服用地"),
        ("中心城区", "50", "30", "20"),
        ("东山区", "20", "15", "5"),
        ("西河区", "30", "15", "15"),
        ("东湖新技术开发区", "12", "2", "10"),
        ("北口经济开发区", "8", "5", "3"),
        ("全市", "70", "37", "33"),
    )
    assert targets(plan)["东湖新技术开发区", ""] == 12
    parents = plan.targets.set_index("region")["parent_region"]
    assert set(parents["西河区"]) == {"中心城区"}
    assert set(verdicts(plan)) == {"pass"}


def test_what_seems_the_total_once_more_makes_no_sum(read):
    plan = read(
        "供应总量200公顷。",
        "东山区120公顷，西河区80公顷。",
        "五个组团合计安排70公顷，其中东山区、西河区各35公顷。",
    )
    assert "fail" not in verdicts(plan)


def test_figures_of_the_text_prove_the_unit_of_a_table(read):
    said = "2025年度计划供应国有建设用地114公顷，其中住宅用地80公顷、商服用地34公顷。"
    table = (
        "镇街\t合计\t住宅用地\t商服用地\n东岭镇\t70\t50\t20\n西河镇\t44\t30\t14\n合计\t114\t80\t34"
    )
    plan = read(said, "附表", *table.split("\n"))
    assert set(plan.targets["stated_unit"]) == {"公顷"}
    assert len(plan.targets) == 9
    assert plan.findings["kind"].tolist() == ["taken"]
    other = table.replace("114", "120").replace("80", "86").replace("34\n", "34")
    plan = read(said, "附表", *other.split("\n"))
    assert plan.findings["kind"].tolist() == ["lacking"]


def test_a_group_of_regions_is_no_further_region(read):
    rows = ["区域\t合计\t住宅用地\t商服用地", "东片\t114\t80\t34", "东岭镇\t70\t50\t20"]
    rows += ["西河镇\t44\t30\t14", "南山镇\t40\t25\t15", "合计\t154\t105\t49"]
    for lines in (rows, [*zip(*(r.split("\t") for r in rows), strict=True)]):
        table = "\n".join(r if isinstance(r, str) else "\t".join(r) for r in lines)
        text = f"附表（公顷）\n{table}"
        plan = read(*text.split("\n"))
        inner = plan.targets[plan.targets["parent_region"].eq("东片")]
        assert set(inner["region"]) == {"东岭镇", "西河镇"}
        found = audit_plan(plan)
        assert not found["verdict"].eq("fail").any()
        assert found["verdict"].eq("pass").any()


def test_a_way_of_supply_is_no_use_beside_others(read):
    plan = read(
        "2025年度计划供应用地90公顷（通过城市更新供应60公顷），其中住宅用地50公顷。",
        "商品住房用地30公顷，通过城市更新供应20公顷。",
    )
    found = audit_plan(plan)
    assert not found["verdict"].eq("fail").any()
    stated = read("2025年度计划供应用地90公顷，其中住宅用地50公顷，商服用地60公顷。")
    assert audit_plan(stated)["verdict"].eq("fail").any()


@pytest.mark.parametrize("share", ["55.0%", "9.5%", "55.05%", "55％"])
def test_a_cell_of_a_share_is_no_numbered_heading(read, share):
    cells = "用地类型 供应面积（亩） 比例 住宅用地 480 40.0% 工业用地 600 {} 合计 1080 100.0%"
    plan = read(*cells.format(share).split())
    assert targets(plan) == {("", "住宅用地"): 480, ("", "工业用地"): 600, ("", ""): 1080}


@pytest.mark.parametrize("gap", ["　", "  ", " "])
def test_places_and_numbers_side_by_side_in_a_unit_said_once(read, gap):
    items = ("东岭街道48", "西河镇120", "北湖新区82", "合计250")
    plan = read("各街镇任务（亩）：" + gap.join(items))
    assert targets(plan) == {
        ("东岭街道", ""): 48,
        ("西河镇", ""): 120,
        ("北湖新区", ""): 82,
        ("", ""): 250,
    }


def test_a_thing_named_twice_in_a_line_is_not_lost(read):
    plan = read(
        "单位：公顷",
        "东岭镇：住宅6、其他2、工业3、其他5",
        "西河镇：住宅4、其他1、工业2、其他3",
        "北湖镇：住宅4、其他1、工业2、其他3",
    )
    assert {"2", "5"} <= set(plan.figures["value"])


def test_prose_below_a_table_is_no_cell_of_it(read):
    plan = read(
        "地块\t用途\t位置",
        "一号\t住宅\t城东",
        "二号\t商服\t城西",
        "全年计划供应国有建设用地50公顷。",
        "单位：公顷",
        "区域\t住宅用地\t商服用地",
        "东山区\t20\t5",
        "西河区\t15\t10",
    )
    assert targets(plan)["", ""] == 50


def test_short_lines_of_their_own_are_not_joined(read):
    rows = (
        "东山区计划供应土地30公顷，主要安排住宅用地和商服用地",
        "西河区计划供应土地20公顷，主要安排工业用地",
    )
    rest = (
        "北湖区计划供应土地15公顷，主要安排住宅用地",
        "南湾区计划供应土地35公顷，主要安排学校和医院用地",
    )
    told = targets(read(*rows, *rest))
    assert told["西河区", ""] == 20
    assert told["南湾区", ""] == 35


@pytest.mark.parametrize("sign", ["/", "；", "、", ",", "|"])
def test_any_sign_may_part_the_cells_of_a_table(read, sign):
    rows = (
        ("镇街", "合计", "住宅用地", "商服用地"),
        ("东岭镇", "58.5", "52.0", "6.5"),
        ("西河街道", "14.25", "12.25", "2"),
        ("合计", "72.75", "64.25", "8.5"),
    )
    plan = read(TITLE, "单位：公顷", *map(sign.join, rows))
    found = targets(plan)
    assert found["东岭镇", "住宅用地"] == 52
    assert found["西河街道", "商服用地"] == 2
    assert found["", ""] == 72.75
    assert len(found) == 9
    assert set(verdicts(plan)) == {"pass"}


@pytest.mark.parametrize("line", ["东岭镇：31.2；西河街道：24.8；", "东岭镇31.2；西河街道24.8。"])
def test_places_and_numbers_in_one_line_have_the_unit_of_their_heading(read, line):
    plan = read(TITLE, "供应总量56公顷。", "二、任务分解（单位：公顷）", line)
    assert targets(plan) == {("", ""): 56, ("东岭镇", ""): 31.2, ("西河街道", ""): 24.8}
    assert read(TITLE, "二、任务分解", line).targets.empty


REGISTER = """行政区,计划标题,发布时间,总面积,工矿仓储用地,商服用地,商品住房用地-总量,公共租赁房,
巴楚县,巴楚县2019年度供地计划,2019-03-20,96.5公顷,60.25,{shops},26.25,{rented}
"""


@pytest.mark.parametrize(("shops", "verdict"), [("10", "pass"), ("8", "fail")])
def test_a_register_of_plans_is_a_table_whose_totals_tell_the_unit(tmp_path, shops, verdict):
    plan = read_text(tmp_path, REGISTER.format(shops=shops, rented="0"))
    assert (plan.jurisdiction, plan.year) == ("巴楚县", 2019)
    found = targets(plan)
    assert found["", ""] == 96.5
    assert found["", "工矿仓储用地"] == 60.25
    assert found["", "商品住房用地"] == 26.25
    assert set(plan.targets["stated_unit"]) == {"公顷"}
    assert verdicts(plan)[0] == verdict


def test_two_numbers_in_a_cell_are_told_and_hide_what_is_missing(tmp_path):
    plan = read_text(tmp_path, REGISTER.format(shops="8", rented="2|0"))
    assert plan.figures.query("reason == 'cell'")["value"].tolist() == ["2", "0"]
    assert "fail" not in verdicts(plan)


def test_a_unit_of_totals_is_none_of_money(tmp_path):
    rows = (
        "行政区,地价总额,总面积,住宅用地,商服用地,工业用地",
        "东岭镇,125,96.5公顷,60.25,10,26.25",
    )
    plan = read_text(tmp_path, "\n".join(rows))
    assert 125 not in plan.targets["stated_value"].tolist()
    assert "fail" not in verdicts(plan)
