"""Tables that copying has flattened: put together where it is certain how, told where not."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from landgis.plan.documents.blocks import Paragraph, Place
from landgis.plan.documents.flat import put_together
from landgis.plan.documents.read import read_blocks

TITLE = "云岭市2024年度国有建设用地供应计划\n单位：公顷\n"


def pieced(text, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text(TITLE + text, encoding="utf-8")
    return read_blocks(file)


def grid(text, tmp_path):
    document = pieced(text, tmp_path)
    (table,) = document.tables
    assert table.caption.endswith("单位：公顷")
    assert document.remarks[-1].verdict == "note"
    return [["" if c.repeated else c.text for c in row] for row in table.rows]


def kinds(document):
    return [remark.kind for remark in document.remarks]


SPACES = {
    "one number a row": (
        "用地类型 供应面积\n商服用地 30\n住宅用地 60\n合计 90",
        ["用地类型 供应面积", "商服用地 30", "住宅用地 60", "合计 90"],
    ),
    "letters of a word parted for show": (
        "用 途 面积 （公顷）\n商 服 30\n住 宅 60\n合 计 90",
        ["用途 面积（公顷）", "商服 30", "住宅 60", "合计 90"],
    ),
    "a label broken by a space": (
        "用途 面积 占比\n公共管理与 公共服务用地 40 40%\n住宅用地 60 60%\n合计 100 100%",
        ["用途 面积 占比", "公共管理与公共服务用地 40 40%", "住宅用地 60 60%", "合计 100 100%"],
    ),
    "the corner lost": (
        "住宅用地 商服用地 合计\n东山区 30 20 50\n西河区 10 5 15\n合计 40 25 65",
        ["_ 住宅用地 商服用地 合计", "东山区 30 20 50", "西河区 10 5 15", "合计 40 25 65"],
    ),
    "a list with its total": (
        "序号 地块名称 所在乡镇 面积\n1 东地块 甲镇 3.5\n2 西地块 乙镇 4.5\n合计 8.0",
        ["序号 地块名称 所在乡镇 面积", "1 东地块 甲镇 3.5", "2 西地块 乙镇 4.5", "合计 _ _ 8.0"],
    ),
    "dashes for nothing": (
        "区县 商服 住宅\n东山区 — 60\n西河区 30 ——\n合计 30 60",
        ["区县 商服 住宅", "东山区 — 60", "西河区 30 ——", "合计 30 60"],
    ),
    "the header again on the next page": (
        "用途 面积\n商服用地 30\n用途 面积\n住宅用地 60\n合计 90",
        ["用途 面积", "商服用地 30", "住宅用地 60", "合计 90"],
    ),
    "a label over several rows": (
        "用地类型 细类 面积\n住宅用地 商品住房 60\n保障住房 40\n商服用地 商务金融 30\n合计 130",
        ["用地类型 细类 面积", "住宅用地 商品住房 60", "_ 保障住房 40", "商服用地 商务金融 30",
         "合计 _ 130"],
    ),
    "two levels of headings, the upper ones moved to the left": (
        ("行政区 合计 工业用地 住宅用地\n小计 保障性住房 商品住房\n"
        "东山区 60 40 20 5 15\n西河区 60 30 30 10 20\n合计 120 70 50 15 35"),
        ["行政区 合计 工业用地 住宅用地 _ _", "_ _ _ 小计 保障性住房 商品住房",
         "东山区 60 40 20 5 15", "西河区 60 30 30 10 20", "合计 120 70 50 15 35"],
    ),
    "two groups of which only the sums tell the widths": (
        ("行政区 合计 住宅用地 工矿仓储用地 商服用地\n小计 商品 保障 小计 工业 仓储\n"
        "东山区 100 50 30 20 40 25 15 10\n西河区 90 40 25 15 30 18 12 20\n"
        "合计 190 90 55 35 70 43 27 30"),
        ["行政区 合计 住宅用地 _ _ 工矿仓储用地 _ _ 商服用地",
         "_ _ 小计 商品 保障 小计 工业 仓储 _",
         "东山区 100 50 30 20 40 25 15 10", "西河区 90 40 25 15 30 18 12 20",
         "合计 190 90 55 35 70 43 27 30"],
    ),
    "three levels of headings": (
        ("行政区 合计 工业用地 住宅用地\n小计 保障性住房 商品住房\n公租房 其他\n"
        "东山区 60 40 20 3 2 15\n西河区 60 30 30 6 4 20"),
        ["行政区 合计 工业用地 住宅用地 _ _ _", "_ _ _ 小计 保障性住房 _ 商品住房",
         "_ _ _ _ 公租房 其他 _", "东山区 60 40 20 3 2 15", "西河区 60 30 30 6 4 20"],
    ),
    "an empty cell that sums put in its place": (
        "区县 合计 商服 住宅 工业\n东山区 60 10 20 30\n西河区 50 20 30\n合计 110 10 40 60",
        ["区县 合计 商服 住宅 工业", "东山区 60 10 20 30", "西河区 50 _ 20 30",
         "合计 110 10 40 60"],
    ),
}  # fmt: skip


def shown(rows):
    return [[word.replace("_", "") for word in row.split(" ")] for row in rows]


@pytest.mark.parametrize("kind", SPACES)
def test_words_with_spaces_between_are_a_table_again(kind, tmp_path):
    text, rows = SPACES[kind]
    assert grid(text, tmp_path) == shown(rows)


CELLS = [
    k for k in SPACES
    if k not in ("letters of a word parted for show", "a label broken by a space",
                 "the header again on the next page")
]  # fmt: skip


@pytest.mark.parametrize("kind", CELLS)
def test_one_cell_a_line_is_a_table_again(kind, tmp_path):
    text, rows = SPACES[kind]
    assert grid(text.replace(" ", "\n"), tmp_path) == shown(rows)


def test_lines_around_the_table_stay_text(tmp_path):
    text = "一、总体安排\n用途 面积\n商服用地 30\n住宅用地 60\n合计 90\n云岭市自然资源局\n2024年3月"
    document = pieced(text, tmp_path)
    assert [p.text for p in document.paragraphs[2:]] == [
        "一、总体安排",
        "云岭市自然资源局",
        "2024年3月",
    ]
    assert document.tables[0].shape == (4, 2)


def test_two_tables_one_below_the_other(tmp_path):
    text = (
        "用途 面积\n商服用地 30\n住宅用地 60\n合计 90\n"
        "各区安排\n区县 面积\n东山区 50\n西河区 40\n合计 90"
    )
    first, second = pieced(text, tmp_path).tables
    assert first.texts()[0] == ["用途", "面积"]
    assert second.texts()[:2] == [["区县", "面积"], ["东山区", "50"]]


def test_places_and_printed_words_are_those_of_the_lines(tmp_path):
    document = pieced("用途 面积(公顷)\n商 服 3。5\n住宅 4.5\n合计 8.0", tmp_path)
    cell = document.tables[0].rows[1][1]
    assert (cell.text, cell.printed, str(cell.place)) == ("3.5", "3。5", "第4行第2列")
    assert document.tables[0].rows[1][0].printed == "商 服"


def test_sums_that_confirm_are_said(tmp_path):
    right = pieced("用途 面积\n商服用地 30\n住宅用地 60\n合计 90", tmp_path)
    wrong = pieced("用途 面积\n商服用地 30\n住宅用地 60\n合计 100", tmp_path)
    assert kinds(right) == ["proven"]
    assert kinds(wrong) == ["pieced"]


LOST = {
    "no headings": "商服用地\n30\n20\n10\n住宅用地\n60\n5",
    "an empty cell that nothing puts in its place": (
        "区县 商服 住宅 工业\n东山区 10 20 30\n西河区 20 30\n南湾区 30 10 5"
    ),
    "headings that fit in two ways": (
        "区县 住宅用地 工业用地 商服用地\n甲类 乙类\n东山区 1 2 3 4\n西河区 2 3 4 5"
    ),
}


@pytest.mark.parametrize("kind", LOST)
def test_what_fell_apart_stays_text_and_is_told(kind, tmp_path):
    document = pieced(LOST[kind], tmp_path)
    assert document.tables == ()
    assert document.text == (TITLE + LOST[kind]).strip()
    assert kinds(document) == ["apart"]
    assert document.remarks[0].verdict == "unknown"


TEXTS = [
    "住宅用地 30公顷\n商服用地 20公顷",
    "首页 新闻 公告\n上一页 1 2 3 4 5 下一页\n打印 关闭",
    "2017-05-04 09:29:00 来源：某网\n1\n听新闻",
    "一、总量 全市供应100公顷。\n二、结构 住宅用地30公顷。",
    "云岭市人民政府\n2024年3月1日\n云政发〔2024〕3号",
]


@pytest.mark.parametrize("text", TEXTS)
def test_other_short_lines_are_no_tables(text, tmp_path):
    document = pieced(text, tmp_path)
    assert document.tables == ()
    assert document.remarks == ()


numbers = st.integers(1, 999).map(lambda n: n / 10)


@st.composite
def cross_tables(draw):
    """Regions by uses in groups: 合计 | use … | group: 小计, parts … ; with a row of totals."""
    groups = draw(st.lists(st.integers(0, 3).filter(lambda n: n != 1), min_size=1, max_size=4))
    rows = draw(st.integers(2, 5))
    body = []
    for _ in range(rows):
        row, total = [], 0.0
        for parts in groups:
            told = [draw(numbers) for _ in range(parts or 1)]
            row += [sum(told), *told] if parts else told
            total += sum(told)
        body.append([total, *row])
    body.append([sum(column) for column in zip(*body, strict=True)])
    names = [f"{'甲乙丙丁'[i]}类用地" for i in range(len(groups))]
    upper = ["行政区", "合计", *names]
    lower = [w for p in groups if p for w in ("小计", *("一二三"[k] + "号" for k in range(p)))]
    labels = [*(f"{'东南西北中'[i]}区" for i in range(rows)), "合计"]
    width = 2 + sum(p + 1 if p else 1 for p in groups)
    return (
        upper,
        lower,
        [[name, *(f"{v:.1f}" for v in r)] for name, r in zip(labels, body, strict=True)],
        width,
    )


@settings(max_examples=40, phases=[Phase.generate])  # shrinking such a table takes minutes
@given(cross_tables(), st.sampled_from([" ", "\n"]))
def test_whatever_is_put_together_has_every_number_under_its_heading(table, between):
    upper, lower, body, width = table
    lines = [upper, *([lower] if lower else []), *body]
    text = "\n".join(between.join(line) for line in lines)
    paragraphs = [Paragraph(t, Place(line=i)) for i, t in enumerate(text.split("\n"), 1)]
    blocks, found = put_together(paragraphs, "a.txt")
    if found[0].kind == "apart":
        assert [b.text for b in blocks] == text.split("\n")
        return
    (made,) = blocks
    assert made.shape[1] == width
    assert made.texts()[-len(body) :] == body
    if lower:
        heads = [[c.text for c in row] for row in made.rows[: -len(body)]]
        at = [i for i, word in enumerate(heads[1]) if word == "小计"]
        for i in at:  # the parts of a group stand under its own name
            parts = [k for k in range(i + 1, width) if heads[0][k] == heads[0][i]]
            for row in body:
                assert sum(float(row[k]) for k in parts) == pytest.approx(float(row[i]), abs=0.5)


def test_headings_that_tabs_have_moved_to_the_left(tmp_path):
    text, rows = SPACES["two levels of headings, the upper ones moved to the left"]
    (table,) = pieced(text.replace(" ", "\t"), tmp_path).tables
    assert [["" if c.repeated else c.text for c in row] for row in table.rows] == shown(rows)


TWO_UNITS = {
    "named above the table": ("单位：公顷（亩）", "面积"),
    "named in the heading": ("附表1", "面积（公顷/亩）"),
}


@pytest.mark.parametrize("kind", TWO_UNITS)
def test_cells_with_two_units_are_two_columns(kind, tmp_path):
    caption, heading = TWO_UNITS[kind]
    file = tmp_path / "a.txt"
    lines = [f"用途\t{heading}", "商服用地\t30（450）", "住宅用地\t60.5（907.5）", "合计\t90.5"]
    file.write_text("\n".join([caption, *lines]), encoding="utf-8")
    (table,) = read_blocks(file).tables
    assert [[c.text for c in row] for row in table.rows] == [
        ["用途", "面积（公顷）", "面积（亩）"],
        ["商服用地", "30", "450"],
        ["住宅用地", "60.5", "907.5"],
        ["合计", "90.5", ""],
    ]
    assert table.rows[1][1].printed == "30（450）"


def test_two_numbers_that_are_not_one_area_stay_in_their_cell(tmp_path):
    file = tmp_path / "a.txt"
    text = "单位：公顷（亩）\n用途\t面积\n商服用地\t30（4）\n住宅用地\t60（5）"
    file.write_text(text, encoding="utf-8")
    rows = read_blocks(file).tables[0].texts()[1:]
    assert rows == [["商服用地", "30（4）"], ["住宅用地", "60（5）"]]


@pytest.mark.parametrize("bar", [" | ", "｜", " │ "])
def test_names_and_numbers_that_bars_part_in_one_line_are_a_table(bar, tmp_path):
    text = bar.join(["商服 31.2", "工矿仓储 204.9", "住宅 88.3", "交通运输 47"])
    assert grid(text, tmp_path)[1:] == [
        ["商服", "31.2"],
        ["工矿仓储", "204.9"],
        ["住宅", "88.3"],
        ["交通运输", "47"],
    ]


@pytest.mark.parametrize("arrow", ["　→　", "→", " -> ", "⇒"])
def test_a_number_and_that_which_takes_its_place_are_one_cell(arrow, tmp_path):
    text = (
        f"合　　计　　1310{arrow}1185\n商　　服　　90{arrow}75\n工矿仓储　　690{arrow}760\n"
        f"住　　宅　　530{arrow}350"
    )
    sign = arrow.strip()
    assert grid(text, tmp_path)[1:] == [
        ["合计", f"1310{sign}1185"],
        ["商服", f"90{sign}75"],
        ["工矿仓储", f"690{sign}760"],
        ["住宅", f"530{sign}350"],
    ]
