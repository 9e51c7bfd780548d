"""Tables whose own sums tell what their rows and columns are, and in which unit."""

import pytest

from landgis.plan.audit import audit_plan


def targets(plan, *more):
    """Give region, use and printed value of each figure."""
    rows = plan.targets[["region", "category", *more, "stated_value"]]
    return {tuple(row[:-1]): row[-1] for row in rows.itertuples(index=False)}


def fails(plan):
    """Give what the audit calls wrong."""
    found = audit_plan(plan)
    return found[found["verdict"].eq("fail")]


def test_a_place_of_its_own_level_lies_in_the_group_of_its_name(read):
    plan = read(
        "附表（公顷）",
        "片区\t区域\t合计\t住宅用地\t工业用地",
        "临港新区\t小计\t90\t40\t50",
        "\t临港新区本级\t30\t10\t20",
        "\t临港保税区\t60\t30\t30",
        "老城\t东山区\t20\t12\t8",
        "合计\t\t110\t52\t58",
    )
    told = targets(plan)
    assert told["临港新区", "住宅用地"] == 40
    assert told["临港新区本级", "住宅用地"] == 10
    assert fails(plan).empty


@pytest.mark.parametrize("group", ["各街道合计", "主城六街小计", "北部各乡镇合计"])
def test_a_sum_of_some_rows_is_not_the_total(read, group):
    rows = ["乡镇\t合计\t住宅用地\t工业用地", "东岭镇\t70\t50\t20", "西河镇\t44\t30\t14"]
    rows += [f"{group}\t36\t25\t11"]
    for more in (["总计\t150\t105\t45"], []):
        plan = read("供应计划表（公顷）", *rows, *more)
        told = targets(plan)
        assert told[group[:-2], "住宅用地"] == 25
        assert told.get(("", "住宅用地")) == (105 if more else None)
        assert fails(plan).empty


def test_a_row_that_sums_the_others_is_the_total_whatever_it_is_called(read):
    plan = read(
        "供应计划表（公顷）",
        "乡镇\t合计\t住宅用地\t工业用地",
        "东岭镇\t70\t50\t20",
        "西河镇\t44\t30\t14",
        "各镇合计\t114\t80\t34",
    )
    assert targets(plan)["", "住宅用地"] == 80


def test_quarters_of_a_town_with_columns_of_their_parts_are_places(read):
    plan = read(
        "片区名称 | 改造面积（亩） | 其中旧村 | 其中旧厂",
        "青石滩（南段—北段） | 620 | 410 | 210",
        "环湖大道沿线 | 300 | 300 | —",
        "合计 | 920 | 710 | 210",
        title="青石市2025年城市更新年度计划",
    )
    told = targets(plan)
    assert told["青石滩（南段—北段）", "旧村"] == 410
    assert told["环湖大道沿线", ""] == 300
    assert told["", "旧厂"] == 210
    assert plan.projects.empty


def test_a_list_of_quarters_is_a_list(read):
    plan = read("序号\t片区名称\t面积（亩）\t备注", "1\t青石滩\t620\t", "2\t环湖\t300\t")
    assert plan.projects["name"].tolist() == ["青石滩", "环湖"]


PLACES = (
    "各镇安排（公顷）",
    "乡镇\t合计\t住宅用地\t工业用地",
    "东岭镇\t70\t50\t20",
    "西河镇\t44\t30\t14",
    "南山镇\t30\t18\t12",
)


def test_parts_of_what_was_told_are_in_its_unit(read):
    by_rows = ["乡镇\t商品住房\t安置房", "东岭镇\t35\t15", "西河镇\t18\t12", "南山镇\t11\t7"]
    by_columns = ["类别\t东岭镇\t西河镇\t南山镇", "商品住房\t35\t18\t11", "安置房\t15\t12\t7"]
    for rows in (by_rows, by_columns):
        plan = read(*PLACES, "", "其中住宅用地细分：", *rows)
        assert targets(plan, "stated_unit")["西河镇", "商品住房用地", "公顷"] == 18
        assert "taken" in set(plan.findings["kind"])
    plan = read(*PLACES, "", "其中住宅用地细分：", by_rows[0], "东岭镇\t36\t15", *by_rows[2:3])
    assert "lacking" in set(plan.findings["kind"])


def test_parts_below_their_whole_are_in_its_unit(read):
    plan = read(
        "住宅类：88公顷",
        "·商品住宅用地 41.5",
        "·租赁住房用地 20.3",
        "·安置房用地 26.2",
    )
    assert targets(plan, "stated_unit")["", "租赁住房用地", "公顷"] == 20.3


def test_names_and_numbers_of_several_levels(read):
    plan = read(
        "一级 二级 面积（公顷）",
        "居住用地 310",
        "商品住宅 200",
        "其中公开出让 150",
        "保障性住房 110",
        "公共管理与公共服务用地 90",
        "教育 50",
        "医疗 15",
        "其他 25",
        "通用设施用地 33",
    )
    told = targets(plan, "supply_mode")
    assert told["", "商品住房用地", ""] == 200
    assert told["", "商品住房用地", "出让"] == 150
    assert told["", "其他公共管理与公共服务用地", ""] == 25
    assert told["", "通用设施用地", ""] == 33
    assert fails(plan).empty


def test_a_use_and_a_way_of_supply_in_one_heading(read):
    plan = read(
        "供应计划表（公顷）", "区\t商品住宅公开出让\t其他租赁", "东山区\t12\t3", "西河区\t9\t2"
    )
    told = targets(plan, "supply_mode")
    assert told["东山区", "商品住房用地", "出让"] == 12
    assert ("东山区", "其他用地", "租赁") not in told


def test_regions_that_have_but_a_total_make_up_no_use(read):
    lines = (
        "全市供应200公顷，其中住宅用地100公顷、工业用地100公顷。",
        "各区安排：",
        "（一）东山区供应总量60公顷，其中住宅用地25公顷、工业用地35公顷；",
        "（二）西河区供应总量50公顷，其中住宅用地30公顷、工业用地20公顷；",
        "（三）南岭区供应总量40公顷，其中住宅用地15公顷、工业用地25公顷。",
    )
    assert fails(read(*lines, "此外，北山县供应50公顷。")).empty
    wrong = lines[4].replace("40公顷，", "90公顷，").replace("25公顷。", "65公顷。")
    assert not fails(read(*lines[:4], wrong)).empty


def test_parts_that_are_named_beside_others_that_make_up_the_whole(read):
    table = ("住宅类型\t面积（公顷）", "产权住房\t70", "租赁住房\t30", "住宅用地\t100")
    said = "住宅用地100公顷，其中商品住宅40公顷、人才住房20公顷。"
    assert fails(read(*table, "", said)).empty


@pytest.mark.parametrize(
    "text",
    [
        "东山区：90亩（商品住房60，租赁住房10，安置房20）",
        "东山区供应90亩，其中商品住房60、租赁住房10，安置房为20。",
        "东山区90亩里面，商品住房60、租赁住房10，还有安置房20。",
    ],
)
def test_parts_that_make_up_the_area_before_them_have_its_unit(read, text):
    told = targets(read(text), "stated_unit")
    assert told["东山区", "租赁住房用地", "亩"] == 10
    other = targets(read(text.replace("20", "25")), "stated_unit")
    assert ("东山区", "租赁住房用地", "亩") not in other


def test_lines_that_list_the_same_things_are_a_table(read):
    plan = read(
        "供应计划表（公顷）",
        "街道\t公共设施\t住宅用地",
        "东岭街道\t4.2\t6",
        "西河街道\t1.3\t7",
        "南山街道\t2.4\t9",
        "公共设施用地再细分（公顷）：",
        "东岭街道：教育2.4、医疗1.1、其他0.7；",
        "西河街道：教育0、医疗0.8、其他0.5；",
        "南山街道：教育1.9、其他0.5。",
    )
    told = targets(plan, "stated_unit")
    named = plan.targets.set_index(["region", "stated_value"])["stated_category"]
    assert named["东岭街道", 1.1] == "医疗"
    assert named["南山街道", 1.9] == "教育"
    assert told["西河街道", "住宅用地", "公顷"] == 7
    assert "其他" in named["南山街道", 0.5]


def test_a_table_is_told_by_its_total_whatever_heads_its_rows(read):
    plan = read(
        "分布（公顷）：",
        "地段       总量    住宅",
        "东岭       35      11",
        "西河       70      24",
        "南山等     20      5",
        "合计       125     40",
    )
    told = targets(plan)
    assert told["西河", ""] == 70
    assert told["", "住宅用地"] == 40


def test_a_dash_in_the_total_of_a_cell_a_line(read):
    plan = read(
        "2.片区分解（面积：亩；户数：户）",
        *("片区", "责任单位", "面积", "户数"),
        *("青石滩片区", "东岭街道", "742", "1860"),
        *("湖口片区", "西河街道", "518", "1325"),
        *("合计", "—", "1260", "3185"),
    )
    told = targets(plan, "stated_unit")
    assert told == {
        ("青石滩片区", "", "亩"): 742,
        ("湖口片区", "", "亩"): 518,
        ("", "", "亩"): 1260,
    }


def test_a_programme_of_homes_is_the_sum_of_its_kinds(read):
    plan = read(
        "供应计划表（公顷）",
        "区\t合计\t保障性安居工程用地\t保障性住房用地\t棚户区改造用地\t商品住房用地",
        "东山区\t90\t40\t15\t25\t50",
        "西河区\t60\t20\t12\t8\t40",
        "合计\t150\t60\t27\t33\t90",
    )
    told = targets(plan)
    assert told["东山区", "保障性安居工程用地"] == 40
    assert told["东山区", "保障性住房用地"] == 15
    assert fails(plan).empty


def test_a_bracket_that_sums_up_is_no_part(read):
    plan = read(
        "住房用地供应总量500公顷。其中：",
        "保障性住房用地 100公顷",
        "各类棚户区改造用地 150公顷",
        "（以上两项保障性安居工程用地小计250公顷）",
        "商品住房用地 250公顷",
    )
    parents = plan.targets.set_index("category")["parent_category"]
    assert parents["保障性安居工程用地"] in ("", "住宅用地")
    assert fails(plan).empty


def test_uses_that_make_up_the_whole_side_by_side_stay_there(read):
    heads = "区\t住宅用地\t保障性住房用地\t限价商品住房用地\t商品住房用地"
    plan = read("供应计划表（公顷）", heads, "东山区\t90\t30\t12\t48", "西河区\t70\t20\t10\t40")
    assert fails(plan).empty
    lines = ("东山区\t160\t50\t22\t88",)
    assert fails(read("住房用地供应计划表（公顷）", heads, *lines)).empty


def test_sums_of_groups_below_them(read):
    plan = read(
        "供应计划表（公顷）",
        "区域\t总量\t住宅用地\t工业用地",
        "东山区\t70\t50\t20",
        "西河区\t44\t30\t14",
        "老城区小计\t114\t80\t34",
        "南岭区\t20\t12\t8",
        "北湖区\t30\t10\t20",
        "新城区小计\t50\t22\t28",
        "合计\t164\t102\t62",
    )
    inner = plan.targets.set_index(["region", "category"])["parent_region"]
    assert inner["西河区", "住宅用地"] == "老城区"
    assert inner["北湖区", ""] == "新城区"
    assert fails(plan).empty


def test_a_cell_a_line_with_empty_lines_and_a_heading_in_two(read):
    plan = read(
        "汇总表",
        "单位：公顷",
        *("区域", "总量", "公共租赁住房", "中小套型", "商品住房", "其他商品住房"),
        *("东山区", "60", "10", "30", "20"),
        *("西河区", "44", "", "30", "14"),
        *("南岭区", "20", "8", "12", ""),
        *("北湖区", "9", "", "", "9"),
        *("合计", "133", "18", "72", "43"),
        title="青石市2025年度住房用地供应计划",
    )
    named = plan.targets.set_index(["region", "stated_category"])["stated_value"]
    assert named["西河区", "中小套型商品住房"] == 30
    assert named["南岭区", "公共租赁住房"] == 8
    assert named["北湖区", "其他商品住房"] == 9
    assert fails(plan).empty


def test_a_table_of_what_the_text_sets_aside_is_set_aside(read):
    said = "去年全市供应土地163公顷，其中住宅用地102公顷。"
    table = ("各区情况（公顷）：", "区域\t合计\t住宅用地", "东山区\t90\t60", "西河区\t73\t42")
    plan = read(said, *table, "合计\t163\t102")
    assert plan.targets.empty
    assert set(plan.figures["role"]) == {"aside"}
    plan = read(said, *table, "合计\t165\t104")
    assert targets(plan)["东山区", "住宅用地"] == 60


def test_the_total_of_a_table_of_homes_is_of_homes(read):
    plan = read(
        "附表1（公顷）",
        "区\t合计\t工业用地\t住房用地",
        "东山区\t412\t314\t98",
        "西河区\t300\t200\t100",
        "合计\t712\t514\t198",
        "附表2（公顷）",
        "区\t总量\t廉租住房\t棚户区改造\t商品住房",
        "东山区\t98\t10\t30\t58",
        "西河区\t100\t20\t20\t60",
        "合计\t198\t30\t50\t118",
    )
    told = targets(plan)
    assert told["东山区", ""] == 412
    assert told["东山区", "住宅用地"] == 98
    assert fails(plan).empty


def test_the_total_of_kinds_of_the_plans_own_use_is_of_that(read):
    plan = read(
        "附件（亩）",
        "区\t合计\t普通工业用地\t新型产业用地\t仓储用地",
        "东山区\t90\t60\t10\t20",
        "西河区\t70\t40\t10\t20",
        title="青石市2025年度工业用地供应计划",
    )
    assert targets(plan)["东山区", "工业用地"] == 90


@pytest.mark.parametrize("heading", ["三、供地结构：", "供应用途结构：", "（二）结构："])
def test_a_heading_that_promises_the_composition_is_held_to_it(read, heading):
    total = ("二、计划总量", "2025年市区供地总量为200公顷。", heading)
    uses = ["（1）商服用地40公顷；", "（2）工业用地90公顷；", "（3）住宅用地60公顷。"]
    assert len(fails(read(*total, *uses))) == 1
    assert fails(read(*total, *uses[:2], "（3）住宅用地70公顷。")).empty
    assert fails(read(*total[:2], "三、重点：", *uses)).empty
