"""What a document says in short: cut names, uses of a list of places, units said once."""

from __future__ import annotations

import pytest

from landgis.plan.audit import audit_plan


def targets(plan):
    rows = plan.targets[["region", "category", "stated_value"]]
    return set(rows.itertuples(index=False, name=None))


# --- names that a table cuts short --------------------------------------------------------------


@pytest.mark.parametrize(
    ("whole", "cut"),
    [
        ("道路及市政设施用地", "道路市政"),
        ("交通运输及其他用地", "交通及其他"),
        ("能源与环保设施用地", "能源环保"),
    ],
)
def test_a_table_cuts_the_name_of_a_use_short(read, whole, cut):
    plan = read(
        f"全市计划供应住宅用地62公顷、{whole}47公顷。",
        "分区指标（公顷）：",
        f"片区 住宅 {cut} 合计",
        "金沙洲 33 21 54",
        "麻石岭 29 26 55",
        "合计 62 47 109",
    )
    assert ("", whole, 47.0) in targets(plan)
    assert ("金沙洲", whole, 21.0) in targets(plan)
    assert cut not in set(plan.targets["category"])


@pytest.mark.parametrize("kind", ["片区", "新区", "新城"])
def test_a_table_cuts_the_name_of_a_place_short(read, kind):
    plan = read(
        f"其中金沙洲{kind}54公顷、麻石岭{kind}55公顷。",
        "分区指标（公顷）：",
        f"{kind} 住宅 工业 合计",
        "金沙洲 33 21 54",
        "麻石岭 29 26 55",
    )
    assert (f"金沙洲{kind}", "工业用地", 21.0) in targets(plan)
    assert {r for r, _, _ in targets(plan)} == {f"金沙洲{kind}", f"麻石岭{kind}"}


# --- the use of a list of places ----------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "老城三区住宅用地75公顷，占六成；望海新区31公顷，占两成；银杏县18公顷。",
        "单看住宅，老城三区75公顷，望海新区31公顷，银杏县18公顷。",
        "住宅用地中，老城三区75公顷、望海新区31公顷、银杏县18公顷。",
    ],
)
def test_places_share_the_use_of_their_list(read, text):
    plan = read("全市计划供应总量500公顷，其中住宅用地124公顷。", text)
    found = {(r, u): v for r, u, v in targets(plan)}
    assert found["望海新区", "住宅用地"] == 31.0
    assert found["银杏县", "住宅用地"] == 18.0


def test_a_place_with_two_uses_gives_none_to_the_next(read):
    plan = read("计划供应：望海新区住宅用地31公顷、工业用地20公顷；银杏县48公顷。")
    assert ("银杏县", "", 48.0) in targets(plan)


# --- units said once ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "各区住宅用地计划（亩）：望海区240、银杏区165、麻石区98。",
        "各区住宅用地计划：望海区240，银杏区165，麻石区98（单位都是亩）。",
        "各区住宅用地计划（单位：亩）：望海区240；银杏区165；麻石区98。",
    ],
)
def test_a_unit_is_said_once_for_a_list(read, text):
    plan = read(text)
    assert targets(plan) == {
        ("望海区", "住宅用地", 240.0),
        ("银杏区", "住宅用地", 165.0),
        ("麻石区", "住宅用地", 98.0),
    }
    assert set(plan.targets["stated_unit"]) == {"亩"}


def test_a_column_without_a_unit_has_that_of_the_column_beside_it(read):
    plan = read("区域\t供应量（公顷）\t其中住宅", "“东拓”区域\t116\t26", "“西优”区域\t87\t19")
    assert ("“东拓”区域", "住宅用地", 26.0) in targets(plan)


# --- 市区, and a plan of several years ------------------------------------------------------------


@pytest.mark.parametrize("core", ["市区", "主城区", "中心城区"])
def test_the_core_is_the_whole_where_only_it_has_a_total(read, core):
    plan = read(
        "今年计划供应国有建设用地286公顷。",
        f"{core}计划供应国有建设用地286公顷，其中住宅用地82公顷、工业用地204公顷。",
    )
    assert {("", "", 286.0), ("", "住宅用地", 82.0)} <= targets(plan)


def test_the_core_is_a_part_where_the_whole_has_a_total(read):
    plan = read("全市计划供应国有建设用地351公顷。", "市区计划供应国有建设用地286公顷。")
    assert ("市区", "", 286.0) in targets(plan)


@pytest.mark.parametrize(
    "text", ["三年依次为18、21、23公顷", "分年度为18公顷、21公顷和23公顷", "逐年为18、21、23公顷"]
)
def test_the_years_of_a_plan_have_a_figure_each(read, text):
    title = "青石市住宅用地供应三年（2025—2027年）滚动计划"
    plan = read(f"配售型保障性住房用地62公顷，{text}。", title=title)
    by_year = dict(zip(plan.targets["period"], plan.targets["stated_value"], strict=True))
    assert by_year == {"": 62.0, "2025年": 18.0, "2026年": 21.0, "2027年": 23.0}


# --- lines of a picture, numbers of a scan ------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        ("◆供应总量", "742.9", "公顷", "◆用途结构", "住宅用地", "163.4公顷 22.0%"),
        ("供应总量", "742.9公顷", "住宅用地", "163.4公顷"),
        ("🔹供应总量", "742.9公顷", "🔹其中", "住宅用地", "163.4", "公顷"),
    ],
)
def test_a_line_of_words_heads_the_figure_below(read, lines):
    plan = read(*lines)
    assert {("", "", 742.9), ("", "住宅用地", 163.4)} <= targets(plan)


def test_a_mark_parts_the_lists_of_a_picture(read):
    plan = read(
        "🔹供应总量",
        "375.1公顷",
        "🔹区域分布（公顷）",
        "望海区 171.6",
        "银杏市 203.5",
        "东部园区 12",
    )
    assert {("望海区", "", 171.6), ("银杏市", "", 203.5)} <= targets(plan)


@pytest.mark.parametrize(
    ("printed", "value"), [("3 12.5", 312.5), ("1 358.6", 1358.6), ("4 66.25", 466.25)]
)
def test_a_number_that_a_scan_has_parted(read, printed, value):
    plan = read(f"据介绍，今年全市计划供应住宅用地 {printed} 公顷，占总量的 2 3.0 %。")
    assert targets(plan) == {("", "住宅用地", value)}


def test_the_number_of_a_heading_is_no_row(read):
    plan = read(
        "2.6 分区分用途指标",
        "地区       商服   住宅    合计",
        "望海区     14.1   27.6    41.7",
        "银杏县     12.3   61.2    73.5",
        "总计       26.4   88.8    115.2",
        "(表中单位均为公顷)",
    )
    assert ("银杏县", "住宅用地", 61.2) in targets(plan)
    assert ("", "", 115.2) in targets(plan)
    assert not audit_plan(plan)["verdict"].eq("fail").any()


# --- a plan of one use, and what stands behind a figure -----------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "望海区61.3公顷、银杏区102公顷，麻石区38公顷。",
        "分开看，望海区61.3公顷，银杏区102公顷；麻石区38公顷最少。",
        "【望海区】12宗61.3公顷\n【银杏区】19宗102公顷\n【麻石区】9宗38公顷",
    ],
)
def test_a_plan_of_one_use_gives_it_to_its_places(read, text):
    plan = read(
        "今年全市拟供应住宅用地287公顷，其中商品住房用地176公顷。", text, title="青石今年供地"
    )
    found = {(r, u): v for r, u, v in targets(plan)}
    assert [found[r, "住宅用地"] for r in ("望海区", "银杏区", "麻石区")] == [61.3, 102.0, 38.0]


def test_a_place_with_more_than_the_use_has_a_figure_of_all(read):
    plan = read(
        "今年拟供应住宅用地87公顷。", "望海区161公顷，银杏区102公顷。", title="青石今年供地"
    )
    assert ("望海区", "", 161.0) in targets(plan)


@pytest.mark.parametrize(
    ("text", "facet"),
    [
        ("其中93公顷来自存量，51公顷是新增。", "land_source"),
        ("其余51公顷以划拨方式供应。", "supply_mode"),
        ("其中51公顷通过协议出让供应。", "supply_mode"),
    ],
)
def test_the_way_stands_behind_the_figure(read, text, facet):
    plan = read(f"全市计划供应国有建设用地144公顷，{text}")
    row = plan.targets.loc[plan.targets["stated_value"] == 51.0].iloc[0]
    assert row[facet] in ("新增", "划拨", "出让")
    assert row["category"] == ""


@pytest.mark.parametrize(
    "text",
    [
        "供应总量由上年的905公顷增加到960公顷。",
        "供应总量从去年的905公顷升至960公顷。",
        "供应总量从去年的1205公顷降到960公顷。",
    ],
)
def test_what_a_figure_came_from_is_no_figure(read, text):
    assert targets(read(f"计划显示，{text}")) == {("", "", 960.0)}


def test_a_heading_that_any_plan_has_is_no_use(read):
    plan = read(
        "各板块供应量及来源如下（单位：亩）：",
        "板块             计划供应   存量   新增",
        "望海镇           846        236    610",
        "银杏镇           589        187    402",
    )
    assert ("望海镇", "", 846.0) in targets(plan)


@pytest.mark.parametrize(
    "done", ["完成年度计划（455公顷）的51.9%", "完成全年计划（455.00公顷）的51.9%"]
)
def test_what_is_done_of_a_plan_in_brackets_is_no_figure(read, done):
    plan = read(f"全年计划供地1140公顷。截至6月30日，工矿仓储用地供应236.18公顷，{done}。")
    assert 236.18 not in {v for _, _, v in targets(plan)}


def test_parts_behind_a_figure_of_last_year_are_of_this(read):
    plan = read(
        "住宅用地今年计划1559亩。去年这个数字是1926亩。"
        "其中，商品住房用地1040亩，剩下的519亩全部是保障性安居工程用地。"
    )
    assert ("", "商品住房用地", 1040.0) in targets(plan)
    assert ("", "保障性安居工程用地", 519.0) in targets(plan)


# --- names that no list has ---------------------------------------------------------------------


@pytest.mark.parametrize("head", ["按产业划分，工业用地安排为：", "分行业看，工业用地计划如下："])
def test_a_line_each_for_what_no_list_names(read, head):
    plan = read(
        "全市计划供应工业用地165亩。", head, "精密陶瓷46亩；", "电动工具85亩；", "其他行业34亩。"
    )
    assert {("", "精密陶瓷", 46.0), ("", "电动工具", 85.0)} <= targets(plan)


@pytest.mark.parametrize(
    "text",
    [
        "围绕主导产业，新型储能产业260亩、高端陶瓷产业175亩、生物医药产业98亩，其他产业313亩。",
        "投向新型储能产业260亩、高端陶瓷产业175亩、生物医药产业98亩、其他产业313亩。",
        "其中新型储能产业260亩，高端陶瓷产业175亩，生物医药产业98亩，其他产业313亩。",
    ],
)
def test_what_makes_up_a_figure_has_its_names(read, text):
    plan = read(f"全市计划供应工业用地846亩。{text}")
    values = {v: u for _, u, v in targets(plan)}
    assert values[175.0] == "高端陶瓷产业"
    assert values[313.0] == "其他产业"


@pytest.mark.parametrize(
    "each", ["按套均用地86平方米测算", "户均用地120平方米", "人均城镇建设用地110平方米"]
)
def test_land_for_each_home_is_no_figure_of_the_plan(read, each):
    plan = read(f"全市计划供应住宅用地90公顷，{each}。")
    assert targets(plan) == {("", "住宅用地", 90.0)}


def test_parts_of_a_sentence_make_up_no_figure_of_another(read):
    plan = read(
        "（一）总量。计划供应2000公顷（其中：新增建设用地800公顷，存量建设用地1200公顷）。",
        "（二）结构。住宅用地400公顷，其中：保障性住房用地100公顷，商品住房用地300公顷。",
    )
    assert set(plan.targets["land_source"]) == {"", "新增", "存量"}
    assert plan.targets.loc[plan.targets["category"] != "", "land_source"].eq("").all()
