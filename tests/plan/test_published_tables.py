"""Tables as offices publish them: groups, uses within uses, titles above, places in brackets."""

import pytest

from landgis.plan.audit import audit_plan
from landgis.plan.documents.blocks import Paragraph, Place
from landgis.plan.documents.layout import caption_above


def targets(plan, *more):
    """Give region, use and printed value of each figure."""
    rows = plan.targets[["region", "category", *more, "stated_value"]]
    return {tuple(row[:-1]): row[-1] for row in rows.itertuples(index=False)}


def test_a_use_of_the_words_above_does_not_hold_for_a_table_of_several(read):
    plan = read(
        "住宅用地向新城集中。各区安排如下（公顷）：",
        "行政区\t供应总量\t产业用地\t住宅用地",
        "东山区\t17.5\t11.5\t6",
        "西河区\t30\t19\t11",
    )
    told = targets(plan)
    assert told["东山区", ""] == 17.5
    assert told["东山区", "住宅用地"] == 6


def test_a_use_of_the_title_holds_where_the_columns_are_its_parts(read):
    plan = read(
        "工业用地分区计划（公顷）",
        "区域\t合计\t新增\t存量",
        "东山区\t17\t11\t6",
        "西河区\t30\t19\t11",
    )
    assert targets(plan, "land_source")["东山区", "工业用地", "新增"] == 11


@pytest.mark.parametrize("word", ["新增", "存量"])
def test_a_title_names_the_source_of_all_figures(read, word):
    plan = read(
        f"表2 {word}建设用地供应结构（公顷）",
        "辖区\t住宅用地\t工业用地\t小计",
        "东山区\t1.2\t2.3\t3.5",
        "西河区\t2\t3\t5",
    )
    assert set(plan.targets["land_source"]) == {word}


def test_the_unit_may_stand_in_the_corner(read):
    plan = read("表一", "用途（公顷）\t全市", "供应总量\t90", "住宅用地\t60", "商服用地\t30")
    assert targets(plan) == {("", ""): 90, ("", "住宅用地"): 60, ("", "商服用地"): 30}


@pytest.mark.parametrize(
    "heads", [("M1", "M0"), ("普通工业", "新型产业"), ("老厂房类", "标准厂房")]
)
def test_columns_below_one_use_are_parts_of_it_by_their_own_names(read, heads):
    one, other = heads
    plan = read(
        "分区计划（公顷）",
        "区域\t住宅用地\t工业用地\t\t",
        f"\t\t小计\t{one}\t{other}",
        "东山区\t8\t9\t6\t3",
        "西河区\t5\t4\t3.5\t0.5",
    )
    told = targets(plan, "parent_category")
    assert told["东山区", "工业用地", ""] == 9
    assert [v for (r, _, up), v in told.items() if (r, up) == ("东山区", "工业用地")] == [6, 3]


def test_a_rest_of_rented_homes_is_no_total_of_them(read):
    plan = read(
        "分区计划（公顷）",
        "区域\t租赁住房\t\t",
        "\t小计\t保障性租赁住房\t其他租赁",
        "东山区\t9\t6\t3",
        "西河区\t4\t3.5\t0.5",
    )
    told = targets(plan, "parent_category")
    assert told["东山区", "租赁住房用地", ""] == 9
    assert told["东山区", "其他租赁", "租赁住房用地"] == 3


def test_rows_and_columns_are_parts_at_once(read):
    plan = read(
        "分区计划（公顷）",
        "区域\t合计\t保障性住房\t\t\t商品住房",
        "\t\t小计\t廉租房\t棚户区改造\t",
        "全市\t60\t25\t9\t16\t35",
        "内环四区\t24\t11\t4\t7\t13",
        "东山区\t14\t6\t2\t4\t8",
        "西河区\t10\t5\t2\t3\t5",
        "外环三区\t36\t14\t5\t9\t22",
        title="青石市2025年度住房用地供应计划",
    )
    rows = plan.targets.set_index(["region", "category"])
    assert rows.loc[("东山区", "棚户区改造安置用地"), "parent_category"] == "保障性住房用地"
    assert rows.loc[("东山区", "棚户区改造安置用地"), "parent_region"] == "内环四区"
    assert "fail" not in set(audit_plan(plan)["verdict"])


def test_other_land_in_a_plan_of_homes_is_other_land_for_homes(read):
    plan = read(
        "各县安排（单位：公顷）：",
        "地区\t计划总量\t产权住宅\t租赁住宅\t其他",
        "东山县\t30\t20\t6\t4",
        "西河县\t22\t15\t5\t2",
        title="青石市2025年度住宅用地供应计划",
    )
    assert targets(plan)["东山县", "其他住宅用地"] == 4
    assert "fail" not in set(audit_plan(plan)["verdict"])


@pytest.mark.parametrize("name", ["近郊区（县）", "远郊县（市）", "东山区（内环内）"])
def test_brackets_that_are_a_part_of_a_name_stay(read, name):
    plan = read(
        "分区计划（公顷）",
        "区域\t住宅用地\t工业用地",
        f"{name}\t8\t9",
        "西河区\t5\t4",
    )
    assert targets(plan)[name, "住宅用地"] == 8


def test_brackets_in_words_that_are_a_part_of_a_name_stay(read):
    plan = read("其中，近郊区（县）供应73公顷，远郊市（县）供应98公顷，西河区供应12公顷。")
    assert set(targets(plan)) == {("近郊区（县）", ""), ("远郊市（县）", ""), ("西河区", "")}


def test_a_use_is_no_place_that_its_beginning_looks_like(read):
    plan = read(
        "1.交通市政设施用地52公顷。",
        "表1 供应结构（公顷）",
        "区域\t住宅用地\t交通市政",
        "东山区\t8\t9",
        "西河区\t5\t4",
    )
    assert targets(plan)["东山区", "交通市政设施用地"] == 9


def test_a_row_of_dashes_does_not_end_a_table(read):
    plan = read(
        "附表二：分区计划（公顷）",
        "区县      小计  工业用地  商服用地",
        "东山区    5     1         4",
        "南岭区    —     —         —",
        "西河区    9     2         7",
        "全市      14    3         11",
    )
    assert targets(plan)["西河区", "商服用地"] == 7


@pytest.mark.parametrize(
    "title", ["附二：青石市2025年供应计划分区表    单位：公顷", "附表2 分区计划（单位：亩）"]
)
def test_a_title_ends_the_lines_that_caption_a_table(title):
    lines = ("东山区 合计 其他", "两县三市 25 9.8", title)
    blocks = [Paragraph(t, Place(line=i)) for i, t in enumerate(lines, 1)]
    assert caption_above(blocks) == title


def test_rows_of_another_table_are_no_caption():
    lines = ("两县三市 25 9.8 15.2", "单位：亩")
    blocks = [Paragraph(t, Place(line=i)) for i, t in enumerate(lines, 1)]
    assert caption_above(blocks) == "单位：亩"


def test_a_cell_a_line_numbered_with_empty_lines_for_empty_cells(read):
    rows = [("1", "东山区", "48.8", "32.6", "2.2", "4", "10")]
    rows += [("2", "西河区", "66", "49", "3", "6", "8")]
    rows += [("3", "南岭区", "41.5", "26.5", "", "5", "10")]
    rows += [("4", "北口镇", "37", "25", "", "", "12")]
    rows += [("5", "石桥镇", "26.5", "19.5", "2", "5", ""), ("6", "云台镇", "9", "9", "", "", "")]
    total = ("合计", "228.8", "161.6", "7.2", "20", "40")
    heads = ("序号", "行政区划", "小计", "商品住房", "共有产权", "保租房", "棚改安置")
    cells = [cell for row in (heads, *rows) for cell in row]
    plan = read("计划表（面积单位：公顷）", *cells, "", *total)
    told = targets(plan)
    assert ("南岭区", "共有产权住房用地") not in told
    assert told["南岭区", "保障性租赁住房用地"] == 5
    assert told["北口镇", "棚户区改造安置用地"] == 12
    assert ("北口镇", "共有产权住房用地") not in told
    assert "fail" not in set(audit_plan(plan)["verdict"])


def test_numbered_rows_of_a_cell_a_line_need_no_total(read):
    rows = [("1", "东山区", "6", "4", "2"), ("2", "西河区", "5", "", "5")]
    rows += [("3", "南岭区", "7", "3", "4")]
    heads = ("序号", "行政区划", "小计", "商品住房", "棚改安置")
    cells = [cell for row in (heads, *rows) for cell in row]
    told = targets(read("计划表（面积单位：公顷）", *cells))
    assert told["西河区", "棚户区改造安置用地"] == 5
    assert told["南岭区", "棚户区改造安置用地"] == 4


def test_the_last_of_rows_that_end_with_a_remark(read):
    rows = [("东山镇", "780", "690", "东山镇政府"), ("西河镇", "650", "540", "西河镇政府")]
    rows += [("南岭镇", "1,120", "760", "南岭镇政府")]
    cells = [cell for row in (("板块", "任务", "其中工业用地", "责任主体"), *rows) for cell in row]
    told = targets(read("三、2025年度任务表", "单位：亩", *cells))
    assert told["南岭镇", ""] == 1120
    assert told["南岭镇", "工业用地"] == 760


def test_a_total_said_in_words_tells_the_unit_of_its_table(read):
    plan = read(
        "一、今年供应土地总面积6,300亩。分园区：",
        "园区\t小计\t工业\t商服",
        "软件园区\t2,300\t300\t2,000",
        "临空园区\t4,000\t3,700\t300",
        "总计\t6,300\t4,000\t2,300",
    )
    assert targets(plan, "stated_unit")["临空园区", "工业用地", "亩"] == 3700


def test_a_total_that_the_words_do_not_give_tells_no_unit(read):
    plan = read(
        "一、今年供应土地总面积6,300亩。分园区：",
        "园区\t小计\t工业\t商服",
        "软件园区\t230\t30\t200",
        "临空园区\t400\t370\t30",
        "总计\t630\t400\t230",
    )
    assert targets(plan) == {("", ""): 6300}


def test_areas_of_new_and_old_land_are_no_list_of_projects(read):
    plan = read(
        "片区\t任务（亩）\t新增\t存量",
        "陆桥片区\t1420\t930\t490",
        "双湖片区\t1160\t820\t340",
    )
    told = targets(plan, "land_source")
    assert told["陆桥片区", "", "新增"] == 930
    assert len(plan.projects) == 0


def test_a_use_larger_than_the_one_above_it_stands_beside_it(read):
    plan = read(
        "分园区（亩）",
        "园区\t小计\t工业\t科研\t公共管理与公共服务",
        "软件园区\t1060\t300\t700\t60",
        "临空园区\t900\t700\t110\t90",
    )
    assert "fail" not in set(audit_plan(plan)["verdict"])


def test_headings_broken_within_their_words(read):
    plan = read(
        "单位：公顷",
        "行政区\t合计\t居住",
        "用地\t商业",
        "服务业用地\t公用",
        "设施及其他",
        "东山区\t19.2\t7.6\t2.4\t9.2",
        "西河区\t30\t8\t9\t13",
    )
    told = targets(plan)
    assert told["东山区", "住宅用地"] == 7.6
    assert told["东山区", "商服用地"] == 2.4


def test_headings_in_a_line_above_bars(read):
    plan = read(
        "（表头：地区/住宅/商业服务业/总计）",
        "东山区│35.33│12.13│47.46",
        "西河区│24.23│1.2│25.43",
        "单位：公顷",
    )
    assert targets(plan)["东山区", "住宅用地"] == 35.33


def test_a_table_of_lines_ends_where_one_of_cells_begins(read):
    rows = [("东山乡", "5.16", "6.05"), ("西河乡", "6.07", "3.43"), ("南岭乡", "1.2", "2")]
    cells = [cell for row in (("乡（地区）", "商品住宅", "租赁住房"), *rows) for cell in row]
    plan = read(
        "单位：公顷",
        "序号  乡（地区）  总计  住宅用地  商服用地",
        "1  东山乡  13.21  11.21  2",
        "2  西河乡  10.5  9.5  1",
        "3  南岭乡  4.2  3.2  1",
        "按类型（公顷）",
        *cells,
    )
    told = targets(plan)
    assert told["西河乡", "住宅用地"] == 9.5
    assert told["西河乡", "商品住房用地"] == 6.07


def test_whose_land_it_is_parts_a_use_that_has_a_sum(read):
    plan = read(
        "分区表（单位：公顷）",
        "区\t住宅用地\t\t\t\t",
        "\t小计\t产权住房\t租赁住房\t\t",
        "\t\t\t小计\t国有建设用地\t集体建设用地",
        "东山区\t63\t35\t28\t6\t22",
        "西河区\t68\t49\t19\t\t19",
    )
    told = targets(plan)
    assert told["东山区", "租赁住房用地"] == 28
    assert "fail" not in set(audit_plan(plan)["verdict"])


def test_sizes_of_homes_are_headings(read):
    plan = read(
        "明细（单位：公顷）",
        "区域\t商品住宅用地\t\t",
        "\t小计\t90㎡以下\t90㎡以上",
        "东山区\t20\t11\t9",
        "西河区\t33\t17\t16",
    )
    told = targets(plan, "parent_category")
    assert told["东山区", "商品住房用地", ""] == 20
    assert told["东山区", "90㎡以上", "商品住房用地"] == 9


@pytest.mark.parametrize("part", ["中小", "#刚需户型", "九成配建"])
def test_a_column_that_is_left_out_of_the_total_is_a_part_of_the_one_before(read, part):
    plan = read(
        "分区域计划（公顷）",
        f"区域\t合计\t住宅用地\t保障性住房\t商品住房\t{part}\t商业办公用地\t科教医卫用地",
        "东山区\t52\t22\t6\t16\t9\t4\t26",
        "西河区\t55\t23\t8\t15\t9\t2\t30",
    )
    assert "fail" not in set(audit_plan(plan)["verdict"])
    parents = plan.targets.set_index(["region", "stated_value"])["parent_category"]
    assert parents[("东山区", 9.0)] == "商品住房用地"


def test_a_district_called_like_a_use_is_a_district(read):
    plan = read(
        "分区（公顷）",
        "区域\t居住用地\t商业用地",
        "盐田\t3.6\t1.8",
        "福田\t4.8\t2",
        title="深圳市2031年度建设用地供应计划",
    )
    assert targets(plan)["盐田", "住宅用地"] == 3.6


def test_the_core_of_a_city_is_the_whole_of_its_own_plan(read):
    plan = read(
        "中心城区2031年度供应总量控制在128公顷。",
        title="赣州市中心城区2031年度国有建设用地供应计划",
    )
    assert targets(plan) == {("", ""): 128}


@pytest.mark.parametrize("name", ["道路交通与绿化用地", "绿地及其他用地", "公共服务和基础设施用地"])
def test_a_column_of_uses_joined_is_no_column_of_the_first(read, name):
    plan = read(
        f"全市计划供应住宅用地11公顷、{name}9公顷。",
        f"区域\t住宅用地\t{name}",
        "东山区\t5\t3",
        "西河区\t6\t6",
        "合计\t11\t9",
    )
    assert targets(plan)["西河区", name] == 6
    assert len(plan.targets) == 6


def test_a_chapter_of_a_decimal_number_looks_back(read):
    plan = read(
        "2.1 上年实施情况",
        "供地最多的是东山区（168.4公顷），最少的是西河区（97公顷）。",
        "2.2 本年供应计划",
        "2.5公顷土地留作机动。全市计划供应工业用地30公顷。",
    )
    assert targets(plan)["", "工业用地"] == 30
    assert {168.4, 97}.isdisjoint(plan.targets["stated_value"])


def test_merged_headings_that_stand_too_far_left_are_moved_where_sums_prove_it(read):
    plan = read(
        "（面积单位：公顷）",
        *("区域\t总计\t商服", "用地\t住宅用地\t\t\t公用设施", "用地"),
        *("\t\t普通商", "品住房\t租赁住房\t小计\t"),
        "东山区\t22\t4\t8\t2\t10\t8",
        "西河区\t31\t6\t12\t4\t16\t9",
        "北湖区\t41\t7\t20\t1\t21\t13",
    )
    told = targets(plan)
    assert told["西河区", "住宅用地"] == 16
    assert told["西河区", "商服用地"] == 6
    assert told["北湖区", "公用设施用地"] == 13


@pytest.mark.parametrize("kind", ["大户型、高档", "花园洋房", "农民公寓"])
def test_what_stands_under_a_use_is_a_kind_of_its_own(read, kind):
    plan = read(
        "单位：公顷",
        "区域\t住房用地总量\t商品住房用地\t\t安置房用地",
        f"\t\t中小套型\t{kind}\t",
        "东山区\t22\t14\t6\t2",
        "西河区\t31\t16\t12\t3",
    )
    told = targets(plan)
    assert told["东山区", kind] == 6
    assert ("东山区", "商品住房用地") not in told


def test_parts_stand_under_no_first_column_of_their_group(read):
    plan = read(
        "单位：公顷",
        "区域\t总量\t租赁住房用地\t\t商品住房用地",
        "\t\t其中：保障性租赁住房\t\t",
        "东山区\t20\t6\t5\t14",
        "西河区\t12\t4\t3\t8",
    )
    told = targets(plan)
    assert told["东山区", "租赁住房用地"] == 6
    assert told["东山区", "保障性租赁住房用地"] == 5


def test_units_in_lines_of_their_own_are_of_the_headings_above(read):
    cells = "地类 供应总量 （亩） 供应总量 （公顷） 新增 （亩） 存量 （亩） "
    rows = "商服用地 45 3 30 15 住宅用地 90 6 30 60 总计 135 9 60 75"
    told = targets(read("附件", *(cells + rows).split()), "land_source")
    assert told["", "住宅用地", "存量"] == 60
    assert told["", "商服用地", "新增"] == 30


def test_a_row_that_lacks_a_cell_is_placed_by_the_total_row(read):
    plan = read(
        "行政区 供应总量（公顷） 供应总量（亩） 商服用地（公顷） 住宅用地（公顷） 其他用地（公顷）",
        "东山区 12 180 3 4 5",
        "西河区 9 135 6 3",
        "北湖区 15 225 1 6 8",
        "合计 36 540 10 13 13",
    )
    assert targets(plan)["西河区", "住宅用地"] == 3


def test_a_group_of_places_above_its_rows(read):
    plan = read(
        "单位：亩",
        "区域  合计  商服  住宅  其中保障房",
        "城六区",
        "  东山区  30  10  20  5",
        "  西河区  40  15  25  6",
        "开发区",
        "  高新区  50  20  30  7",
        "  经开区  11  1  10  2",
        "总计  131  46  85  20",
    )
    assert targets(plan)["西河区", "住宅用地"] == 25
    assert targets(plan)["经开区", "商服用地"] == 1


def test_merged_cells_at_the_left_are_said_again(read):
    plan = read(
        "单位：亩",
        "镇街 | 用地类型 | 供应面积 | 时间",
        "东山镇 | 商服用地 | 96.4 | 三季度",
        "　 | 住宅用地 | 128.7 | 全年",
        "小计 | | 225.1 |",
        "西河镇 | 商服用地 | 58.2 | 四季度",
        "　 | 住宅用地 | 174.9 | 三季度",
        "小计 | | 233.1 |",
    )
    told = targets(plan)
    assert told["东山镇", "住宅用地"] == 128.7
    assert told["西河镇", "住宅用地"] == 174.9


def test_headings_of_a_cell_a_line_begin_with_that_of_the_labels(read):
    heads = "行政区 住房用地供应总量 保障性住房用地 棚户区改造用地 商品住房用地"
    inner = "廉租住房 经济适用住房 小计 中小套型商品住房 其他商品住房"
    rows = "东山区 18.5 1.8 2.2 3 11.5 8.5 3 西河区 22.1 1.6 3.4 2 15.1 9.1 6"
    told = targets(read("单位：公顷", *f"{heads} {inner} {rows}".split()))
    assert told["东山区", "棚户区改造安置用地"] == 3
    assert told["西河区", "商品住房用地"] == 15.1


def test_the_counties_are_a_group_beside_the_city_proper(read):
    plan = read(
        "单位：公顷",
        "用途\t市区\t\t\t县\t\t\t全市",
        "\t东山区\t西河区\t小计\t泗安县\t丰和县\t小计\t",
        "商服用地\t14\t18\t32\t20\t12\t32\t64",
        "住宅用地\t30\t49\t79\t49\t33\t82\t161",
    )
    told = targets(plan)
    assert told["县域", "住宅用地"] == 82
    assert told["", "住宅用地"] == 161


def test_a_sum_of_joined_places_is_of_none_of_them(read):
    plan = read(
        "单位：公顷",
        "区域\t合计\t住宅用地\t商服用地",
        "东山区\t7\t4\t3",
        "泗安市\t9\t5\t4",
        "东山及县（市）小计\t16\t9\t7",
    )
    assert targets(plan)["东山区", "住宅用地"] == 4
    assert targets(plan)["东山及县（市）", "住宅用地"] == 9
