"""One table laid out in many ways: its words and its sums tell the same of each."""

from landgis.plan.audit import audit_plan

UNIT = "单位：公顷"


def told(plan):
    """Give region, use and printed value of each figure."""
    rows = plan.targets[["region", "category", "stated_value"]]
    return {(region, use): value for region, use, value in rows.itertuples(index=False)}


def fails(plan):
    """Give what the audit calls wrong."""
    found = audit_plan(plan)
    return found.loc[found["verdict"].eq("fail"), "message"].tolist()


# --- places in columns -------------------------------------------------------------------------


def test_a_corner_that_says_place_may_stand_over_uses(read):
    plan = read(
        UNIT,
        "区域\t全市合计\t西湾区\t柳河街道\t河东新区",
        "商服用地\t57.5\t20.2\t26.8\t10.5",
        "工矿仓储用地\t73.1\t20.4\t37.7\t15",
        "合计\t130.6\t40.6\t64.5\t25.5",
    )
    assert told(plan)["柳河街道", "工矿仓储用地"] == 37.7
    assert told(plan)["河东新区", ""] == 25.5
    assert told(plan)["", "商服用地"] == 57.5
    assert not fails(plan)


def test_columns_that_sum_some_places_are_of_these(read):
    plan = read(
        UNIT,
        "用途\t西湾区\t柳河街道\t东部片区小计\t南岭县\t石板镇\t外围片区小计\t总计",
        "商服用地\t7\t6\t13\t4\t1\t5\t18",
        "住宅用地\t2\t3\t5\t8\t12\t20\t25",
        "合计\t9\t9\t18\t12\t13\t25\t43",
    )
    assert told(plan)["东部片区", "住宅用地"] == 5
    assert told(plan)["外围片区", ""] == 25
    assert told(plan)["", "住宅用地"] == 25
    assert not fails(plan)


# --- one area in two units ---------------------------------------------------------------------


def test_a_column_of_the_same_areas_in_another_unit_is_of_the_same(read):
    for heads in ("面积（公顷）\t折合（亩）", "公顷\t亩", "供地规模（公顷）\t换算为亩"):
        plan = read(
            f"序号\t用地类型\t{heads}",
            "1\t商服用地\t30.05\t450.8",
            "2\t住宅用地\t20.32\t304.8",
            "\t合计\t50.37\t755.6",
        )
        assert told(plan) == {("", "商服用地"): 30.05, ("", "住宅用地"): 20.32, ("", ""): 50.37}
        assert not fails(plan)


# --- headings in pieces ------------------------------------------------------------------------

ROWS = ("东山区 90 12 20 40 18", "西湾区 75 15 10 30 20", "全市合计 165 27 30 70 38")


def is_whole(plan):
    """Tell whether each figure of `ROWS` is under its heading."""
    found = told(plan)
    assert found["西湾区", ""] == 75
    assert found["东山区", "工矿仓储用地"] == 12
    assert found["西湾区", "公共管理与公共服务用地"] == 10
    assert found["东山区", "住宅用地"] == 40
    assert found["", "交通运输用地"] == 38
    return not fails(plan)


def test_a_heading_of_two_or_three_cells_is_one(read):
    heads = (
        "区域 供应 总量 工矿仓 储用地 公共管理与 公共服务 用地 住宅 用地 交通 运输用地",
        "区 域 供应总量 工矿 仓储用地 公共管理 与公共服务用地 住宅用地 交通运输 用地",
    )
    for head in heads:
        cells = " ".join((head, *ROWS)).split()
        assert is_whole(read(UNIT, *cells)), head


def test_headings_that_go_on_in_the_lines_below(read):
    for lines in (
        ("区域 供应总量 工矿仓储 公共管理与 住宅用地 交通运输", "用地 公共服务用地 用地"),
        (
            "行政 供应 工矿 公共管理 住宅 交通",
            "区域 总量 仓储用地 与公共 用地 运输用地",
            "服务用地",
        ),
    ):
        assert is_whole(read(UNIT, *lines, *ROWS)), lines


def test_headings_of_two_levels_in_pieces(read):
    plan = read(
        UNIT,
        *["区域", "供应", "总量", "商服", "用地", "住宅用地", "交通运", "输用地"],
        *["商品住", "房用地", "租赁住房", "用地", "小计"],
        *["东山区", "90", "12", "30", "10", "40", "38"],
        *["西湾区", "75", "15", "18", "12", "30", "30"],
        *["合计", "165", "27", "48", "22", "70", "68"],
    )
    assert told(plan)["东山区", "租赁住房用地"] == 10
    assert told(plan)["西湾区", "住宅用地"] == 30
    assert told(plan)["", "交通运输用地"] == 68
    assert not fails(plan)


def test_a_line_of_headings_is_not_cut_from_the_one_that_it_goes_on(read):
    plan = read(
        UNIT,
        "用地 供应 占比（",
        "类型 面积 %）",
        "商服用地 16 20",
        "住宅用地 64 80",
        "合计 80 100",
    )
    assert told(plan) == {("", "商服用地"): 16, ("", "住宅用地"): 64, ("", ""): 80}
    assert not fails(plan)


def test_a_use_behind_the_kinds_of_another_stands_beside_it(read):
    plan = read(
        UNIT,
        "一级类 二级类 面积",
        "商服用地 小计 48.9",
        "零售商业用地 37.3",
        "旅馆用地 11.6",
        "住宅用地 小计 50",
        "商品住房用地 30",
        "租赁住房用地 20",
        "交通运输用地 23.2",
        "合计 122.1",
    )
    assert told(plan)["", "交通运输用地"] == 23.2
    assert told(plan)["", "租赁住房用地"] == 20
    assert not fails(plan)


# --- the form of a plan of homes ---------------------------------------------------------------

FORM = {
    ("", "住宅用地", ""): 60,
    ("", "住宅用地", "存量"): 24,
    ("", "住宅用地", "新增"): 36,
    ("", "产权住房用地", ""): 45,
    ("", "商品住房用地", ""): 42,
    ("", "共有产权住房用地", ""): 3,
    ("", "租赁住房用地", ""): 9,
    ("", "其他住宅用地", ""): 6,
}
HOMES = "青石市2025年度住宅用地供应计划"


def of_form(plan):
    """Give region, use, source and printed value of each figure."""
    rows = plan.targets[["region", "category", "land_source", "stated_value"]]
    return {tuple(row[:-1]): row[-1] for row in rows.itertuples(index=False)}


def test_a_form_with_one_or_two_labels_before_each_number(read):
    body = (
        "按来源\t存量\t24",
        "\t增量\t36",
        "产权住宅用地\t小计\t45",
        "\t商品住宅用地\t42",
        "\t共有产权住宅用地\t3",
        "租赁住宅用地\t9",
        "其他住宅用地（安置）\t6",
        "合计宗数\t7",
    )
    for head in (
        ("行政辖区\t青石市（省直管）", "住宅用地供应总量（公顷）\t60"),
        ("单位：公顷", "行政区\t\t青石市", "住宅用地计划供应总量\t\t60"),
    ):
        plan = read(*head, *body, title=HOMES)
        assert of_form(plan) == FORM
        assert not fails(plan)


def test_a_form_of_one_row_is_proven_by_its_sums(read):
    upper = "行政区 计划供应总量 按来源分 产权住宅用地 租赁住宅用地 其他住宅用地"
    lower = "存量 增量 小计 商品住宅用地 共有产权住宅用地"
    row = "青石市 60 24 36 45 42 3 9 6"
    for lines in ((upper, lower, row), f"{upper} {lower} {row}".split()):
        plan = read(UNIT, *lines, title=HOMES)
        assert of_form(plan) == FORM
        assert not fails(plan)


def test_an_empty_line_is_an_empty_cell(read):
    rows = (
        ("东山区", "9", "", "6", "15"),
        ("西湾区", "4", "", "", "4"),
        ("合计", "13", "", "6", "19"),
    )
    cells = [cell for row in rows for cell in row]
    plan = read(UNIT, "区域", "商服用地", "特殊用地", "住宅用地", "合计", *cells)
    assert told(plan)["东山区", "住宅用地"] == 6
    assert told(plan)["西湾区", ""] == 4
    assert not any(use == "特殊用地" for _, use in told(plan))
    assert not fails(plan)


# --- as sites and word processors leave them ----------------------------------------------------


def test_lines_drawn_around_cells_are_none_of_the_table(read):
    plan = read(
        "1.结构：",
        "　┌────┬───┬────┐",
        "　│用途　　│亩　　│占比　　│",
        "　├────┼───┼────┤",
        "　│工业物流│590　 │73.8%　 │",
        "　│居住　　│210　 │26.2%　 │",
        "　└────┴───┴────┘",
    )
    assert told(plan) == {("", "工矿仓储用地"): 590, ("", "住宅用地"): 210}


def test_cells_apart_by_an_empty_line_of_which_some_are_empty(read):
    rows = (
        ("用地类别", "供应计划（公顷）", "其中：招拍挂"),
        ("商服用地", "41", "41"),
        ("住宅用地", "126", "88"),
        ("交通运输用地", "52", ""),
        ("合计", "219", ""),
    )
    plan = read(*[line for row in rows for cell in row for line in (cell, "")])
    found = told(plan)
    assert found["", "交通运输用地"] == 52
    assert found["", ""] == 219
    assert set(plan.targets.loc[plan.targets["supply_mode"].eq("出让"), "stated_value"]) == {41, 88}


def test_a_numbered_list_with_remarks_is_cut_where_labels_are_known(read):
    rows = (
        ("1", "商服用地", "9.8", "含旅游配套"),
        ("2", "工矿仓储用地", "41.2", "工业园区为主"),
        ("3", "住宅用地", "22.6", ""),
        ("3.1", "中小套型商品住房", "15.1", "套型90平方米以下"),
        ("3.2", "公租房", "7.5", "应保尽保"),
        ("", "总计", "73.6", ""),
    )
    cells = [cell for row in rows for cell in row]
    plan = read(UNIT, "序", "号", "土地用途", "计划", "面积", "备注", *cells)
    assert told(plan) == {
        ("", "商服用地"): 9.8,
        ("", "工矿仓储用地"): 41.2,
        ("", "住宅用地"): 22.6,
        ("", "中小套型商品住房用地"): 15.1,
        ("", "公共租赁住房用地"): 7.5,
        ("", ""): 73.6,
    }


def test_parts_that_are_indented_by_a_cell(read):
    plan = read(
        "分用途明细（公顷）",
        "用途\t面积\t比例",
        "工矿仓储\t96\t76%",
        "住宅\t30\t24%",
        "\t商品房\t24",
        "\t城中村安置\t6",
        "总计\t126\t100%",
    )
    found = told(plan)
    assert found["", "商品住房用地"] == 24
    assert found["", "住宅用地"] == 30
    assert not fails(plan)


def test_what_announces_a_list_is_no_heading_of_it(read):
    plan = read(
        "2025年计划供应52公顷。",
        "按照国土空间用地分类：",
        "工矿用地　24公顷",
        "居住用地　16.5公顷",
        "公用设施用地　11.5公顷",
    )
    assert told(plan)["", "住宅用地"] == 16.5
    assert told(plan)["", "公用设施用地"] == 11.5


def test_a_column_before_one_of_which_is_the_whole(read):
    plan = read(
        "序号 镇街 计划改造面积（公顷） 其中旧厂房（公顷）",
        "1 河口街道 43.1 18.4",
        "2 石板镇 39.6 36.4",
        "合计 82.7 54.8",
        title="青石市2025年度低效用地再开发实施计划",
    )
    assert told(plan)["河口街道", ""] == 43.1
    assert told(plan)["", ""] == 82.7


def test_a_quarter_and_its_area_alone_are_a_place(read):
    plan = read("片区", "面积（公顷）", "滨江片区", "30", "甲水、乙山等乡镇", "12", "高铁片区", "9")
    assert told(plan)["滨江片区", ""] == 30
    assert plan.projects.empty


def test_a_bare_subtotal_is_of_the_name_above_its_rows(read):
    plan = read(
        "单位：亩",
        "区域\t合计\t商服\t住宅",
        "城三区\t\t\t",
        "东山区\t30\t10\t20",
        "西河区\t40\t15\t25",
        "北湖区\t12\t5\t7",
        "小计\t82\t30\t52",
        "开发区\t\t\t",
        "高新区\t50\t20\t30",
        "经开区\t11\t1\t10",
        "小计\t61\t21\t40",
        "总计\t143\t51\t92",
    )
    assert told(plan)["城三区", "住宅用地"] == 52
    assert told(plan)["开发区", ""] == 61
    assert told(plan)["", "商服用地"] == 51
    assert not fails(plan)


def test_a_number_that_gives_way_in_a_cell_has_a_row_of_its_own(read):
    plan = read(UNIT, "合　计　131 → 118", "商　服　9.5 → 7", "工矿仓储　69 → 76", "住宅　53 → 35")
    assert told(plan) == {
        ("", ""): 118,
        ("", "商服用地"): 7,
        ("", "工矿仓储用地"): 76,
        ("", "住宅用地"): 35,
    }
    old = plan.figures[plan.figures["reason"] == "replaced"]
    assert old["value"].tolist() == ["131", "9.5", "69", "53"]
    assert len(plan.figures) == 8
