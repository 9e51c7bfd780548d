"""Text files: encodings, line ends, converters' debris, tables of tabs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.errors import InputError
from landgis.plan.documents.layout import clean_text
from landgis.plan.documents.read import Paragraph, TableBlock, read_blocks
from landgis.plan.documents.text import read_text

PLAN = "某县2025年度国有建设用地供应计划\n供应总量控制在132.72公顷以内。\n"
TABLE = "序号\t区县\t面积（亩）\n1\t甲区\t300\n2\t乙区\t200\n"


def write(folder, data, name="plan.txt"):
    file = folder / name
    file.write_bytes(data)
    return file


def texts(blocks):
    return [b.printed if isinstance(b, Paragraph) else b.texts() for b in blocks]


@pytest.mark.parametrize(
    ("codec", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_encodings_are_told_apart(tmp_path, codec, told):
    document = read_blocks(write(tmp_path, (PLAN * 5).encode(codec)))
    assert document.encoding == told
    assert document.text == "\n".join((PLAN * 5).split())
    assert document.format == "txt"


def test_traditional_text_in_big5_is_read_with_a_remark(tmp_path):
    text = "某縣國有建設用地供應計劃，供應總量控制在一百公頃以內，其中住宅用地三十公頃。" * 5
    document = read_blocks(write(tmp_path, text.encode("big5")))
    assert document.text == text
    assert "big5" in document.remarks[0].values["encoding"]


def test_a_named_encoding_is_used_and_a_wrong_one_is_named(tmp_path):
    file = write(tmp_path, PLAN.encode("gbk"))
    assert read_blocks(file, encoding="gbk").encoding == "gbk"
    with pytest.raises(InputError, match="无法解码（已试 utf-8）"):
        read_blocks(file, encoding="utf-8")
    with pytest.raises(InputError, match="不认识的编码：klingon"):
        read_blocks(file, encoding="klingon")


def test_a_character_cut_off_at_the_end_is_remarked(tmp_path):
    document = read_blocks(write(tmp_path, PLAN.encode() + "亩".encode()[:2]))
    assert document.encoding == "utf-8"
    assert document.remarks[0].kind == "cut_off"


def test_a_single_bad_byte_does_not_make_the_rest_unreadable(tmp_path):
    data = (PLAN * 30).encode()
    document = read_blocks(write(tmp_path, data[:31] + b"\xff" + data[31:]))
    assert document.encoding == "utf-8"
    assert document.text.count("□") == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_their_ends(end):
    document = read_text(f"甲{end}{end}乙{end}".encode(), "a.txt")
    assert [(b.text, str(b.place)) for b in document.blocks] == [("甲", "第1行"), ("乙", "第3行")]


def test_full_width_spaces_and_bookmarks_go():
    line = "　　[bookmark: _Toc15765]二、计划\u200b期限　与范围\ufeff[bookmark: _GoBack]"
    assert texts(read_text(line.encode(), "a.txt").blocks) == ["二、计划期限 与范围"]


def test_radicals_become_the_characters_that_they_look_like():
    assert texts(read_text("住宅⽤地⻓度".encode(), "a.txt").blocks) == ["住宅用地长度"]


def test_a_run_of_tabbed_lines_is_a_table_with_its_caption():
    text = f"见下表。\n附表1 片区清单\n单位：亩\n{TABLE}注：含水面。\n"
    document = read_text(text.encode(), "a.txt")
    table = document.tables[0]
    assert table.caption == "附表1 片区清单\n单位：亩"
    assert table.texts()[1] == ["1", "甲区", "300"]
    assert str(table.rows[1][2].place) == "第5行第3列"
    assert document.blocks[-1] == Paragraph("注：含水面。", document.blocks[-1].place)


def test_a_page_break_with_a_repeated_header_does_not_part_a_table():
    text = TABLE + "\n\f\n序号\t区县\t面积（亩）\n3\t丙区\t50\n合计\t\t550\n"
    tables = read_text(text.encode(), "a.txt").tables
    assert [row[0] for row in tables[0].texts()] == ["序号", "1", "2", "3", "合计"]
    assert len(tables) == 1


def test_a_blank_line_amid_rows_does_not_part_a_table():
    tables = read_text((TABLE + "\n3\t丙区\t50\n").encode(), "a.txt").tables
    assert [t.shape for t in tables] == [(4, 3)]


def test_a_line_that_only_says_continued_is_left_out():
    document = read_text((TABLE + "续表1\n" + TABLE).encode(), "a.txt")
    assert [t.shape for t in document.tables] == [(5, 3)]
    assert document.paragraphs == ()


def test_a_title_repeated_on_every_page_does_not_part_a_table():
    page = "附表1 片区清单\n单位：亩\n"
    document = read_text(f"{page}{TABLE}{page}{TABLE}附表2 宗地清单\n{TABLE}".encode(), "a.txt")
    assert [t.shape for t in document.tables] == [(5, 3), (3, 3)]
    assert [t.caption for t in document.tables] == ["附表1 片区清单\n单位：亩", "附表2 宗地清单"]


def test_two_tables_with_headers_of_their_own_stay_two():
    document = read_text((TABLE + "\n用途\t宗数\t面积\n住宅\t2\t30\n").encode(), "a.txt")
    assert [t.shape for t in document.tables] == [(3, 3), (2, 3)]


def test_short_rows_are_filled_up():
    table = read_text("用途\t面积\t备注\n住宅\t30\n合计\t30\t\n".encode(), "a.txt").tables[0]
    assert table.texts() == [["用途", "面积", "备注"], ["住宅", "30", ""], ["合计", "30", ""]]


def test_tabs_after_list_numbers_make_no_table():
    document = read_text("1.\t住宅用地30亩；\n2.\t商服用地20亩。\n".encode(), "a.txt")
    assert texts(document.blocks) == ["1.住宅用地30亩；", "2.商服用地20亩。"]


def test_a_single_word_indented_by_a_tab_is_a_paragraph():
    assert texts(read_text("\t为深入贯彻\n".encode(), "a.txt").blocks) == ["为深入贯彻"]


def test_lines_broken_at_a_width_for_print_are_joined():
    sentence = "供应总量控制在132.72823公顷以内，其中住宅用地31.14831公顷，商服用地13.86643公顷。"
    paragraphs = ["　　" + sentence * 3, "　　" + sentence * 4, "二、保障措施", "　　" + sentence]
    wrapped = "\n".join(p[i : i + 36] for p in paragraphs for i in range(0, len(p), 36))
    document = read_text(wrapped.encode(), "a.txt")
    assert texts(document.blocks) == [p.strip() for p in paragraphs]
    assert [b.place.line for b in document.blocks] == [1, 6, 12, 13]


def test_lists_of_short_lines_stay_lines():
    lines = [f"某局{c}某（局长）" for c in "甲乙丙丁戊己庚辛"]
    assert texts(read_text("\n".join(lines).encode(), "a.txt").blocks) == lines


words = st.text(st.characters(categories=("Lo", "Nd"), max_codepoint=0x9FFF)).map(
    lambda text: clean_text("计" + text)  # without a Chinese word, UTF-8 may be GBK as well
)


@given(st.lists(words.filter(bool), min_size=1))
def test_no_line_is_lost(lines):
    document = read_text("\n\n".join(lines).encode(), "a.txt")
    assert texts(document.blocks) == lines


@given(
    st.lists(st.lists(words.filter(bool), min_size=3, max_size=3), min_size=2, unique_by=tuple),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_no_cell_is_lost(rows, codec):
    text = "\n".join("\t".join(row) for row in rows)
    tables = read_text(text.encode(codec), "a.txt").tables
    assert [table.texts() for table in tables] == [rows]


PLACES = {"bachu": 0, "huzhou_2023": 1, "huzhou_2024": 0, "lianzhou": 0, "zhengzhou": 0}


@pytest.mark.parametrize("name", PLACES)
def test_published_plans_are_read_line_by_line(shared, name):
    file = next((shared / "plans").glob(f"{name}*.txt"))
    document = read_blocks(file)
    lines = file.read_text("utf-8").splitlines()
    for block in document.paragraphs:
        assert block.printed == clean_text(lines[block.place.line - 1])
    read = {b.place.line for b in document.paragraphs}
    read |= {c.place.line for t in document.tables for row in t.rows for c in row}
    headers = [i for i, line in enumerate(lines, 1) if line.startswith("序号\t")]
    left = {i for i, line in enumerate(lines, 1) if clean_text(line)} - read
    assert left == set(headers[1:])
    assert len(document.tables) == PLACES[name]


def test_the_programme_has_one_table_of_66_areas(shared):
    file = next((shared / "plans").glob("huzhou_2023*.txt"))
    (table,) = read_blocks(file).tables
    assert table.shape == (1 + 66 + 6 + 1, 7)
    numbers = [row[0].text for row in table.rows if row[0].text.isdigit()]
    assert numbers == [str(n) for n in range(1, 67)]
    sums = [int(r[5].text) for r in table.rows if r[0].text.replace(" ", "") in ("小计", "合计")]
    areas = [int(r[5].text) for r in table.rows if r[0].text.isdigit()]
    assert len(sums) == 7
    assert sum(areas) == sum(sums[:6]) == sums[6]
    assert "片区清单" in table.caption


ROWS = [["行政区", "合计", "住宅用地"], ["东山区", "30", "20"], ["西山区", "1,240", "5"]]


@pytest.mark.parametrize("mark", [",", ";", "\t", "，"])
def test_a_csv_is_one_table_whatever_parts_its_cells(mark):
    rows = [
        "云岭市2024年度供应计划" + mark * 2,
        *(mark.join(f'"{w}"' for w in row) for row in ROWS),
    ]
    document = read_text("\n".join(rows).encode("gbk"), "计划.CSV")
    assert texts(document.blocks) == ["云岭市2024年度供应计划", ROWS]
    assert str(document.tables[0].rows[2][1].place) == "第4行第2列"


def test_a_csv_of_sentences_is_text():
    assert texts(read_text("供应总量100亩。\n".encode(), "a.csv").blocks) == ["供应总量100亩。"]


def test_the_tables_of_markdown_are_tables():
    lines = ["# 云岭市供应计划", "", "| " + " | ".join(ROWS[0]) + " |", "|---|--:|:-:|"]
    lines += ["| " + " | ".join(row) + " |" for row in ROWS[1:]]
    document = read_text("\n".join([*lines, "", "以上为全部计划。"]).encode(), "a.md")
    assert texts(document.blocks) == ["云岭市供应计划", ROWS, "以上为全部计划。"]


def test_a_table_copied_from_a_page_with_bars_is_a_table():
    lines = [" | ".join(row) + " |" for row in ROWS]
    document = read_text("\n".join(["首页 | 新闻 | 政务", *lines, "|", "|||"]).encode(), "a.txt")
    assert texts(document.blocks) == ["首页 | 新闻 | 政务", ROWS]


def test_blocks_are_of_two_kinds():
    document = read_text((PLAN + TABLE).encode(), "a.txt")
    assert [type(b) for b in document.blocks] == [Paragraph, Paragraph, TableBlock]


HEADS = (
    ["地区\t住宅\n用地\t\t产业\n用地", "\t商品\n住房\t保障\n住房\t"],
    ["地区\t住宅用地\t\t产业\n用地", "\t商品\n住房\t保障住房\t"],
    ["地区\t住\n宅\n用地\t\t产业\n用地", "\t商品住房\t保障住房\t"],
)


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("above", ["单位：公顷\n", "", "分区指标表\t单位：公顷\n\n"])
def test_headings_of_two_levels_broken_within_their_words(heads, above):
    text = f"附表\n{above}" + "\n".join((*heads, "东山区\t1\t2\t3", "西河区\t4\t\t6"))
    table = read_text(text.encode(), "a.txt").tables[-1]
    assert table.texts() == [
        ["地区", "住宅用地", "", "产业用地"],
        ["", "商品住房", "保障住房", ""],
        ["东山区", "1", "2", "3"],
        ["西河区", "4", "", "6"],
    ]


def test_two_levels_moved_to_the_left_are_not_joined():
    rows = ["地区\t合计\t住宅用地", "小计\t商品住房\t保障住房", "东山区\t6\t5\t2\t3"]
    table = read_text("\n".join(rows).encode(), "a.txt").tables[0]
    assert [row[0] for row in table.texts()] == ["地区", "小计", "东山区"]


def test_lines_of_uneven_width_are_joined_where_none_ends(tmp_path):
    text = (
        "青石市2023年度土地储备计划公示\n\n2023年市本级拟收储土地5,200亩：集体土地征收4,110亩，国有土地收回、收购\n"
        "1,090亩。\n收储分布\n石塘区2,480亩（以云岭科技产业城为主，面积不少于1,200亩），望江区\n1,560亩，临港区1,160亩。\n"
        "全市计划供应建设用地288.6公顷，其中国有新增用地136.2公顷，存量用地\n152.4公顷，由各区在年内分期落实到宗地，并在政府网站向社会公布供应进\n度。\n"
    )
    file = tmp_path / "plan.txt"
    file.write_text(text, encoding="utf-8")
    lines = [p.text for p in read_blocks(file).paragraphs]
    assert "国有土地收回、收购1,090亩。" in lines[1]
    assert lines[2] == "收储分布"
    assert lines[3].endswith("望江区1,560亩，临港区1,160亩。")


def test_rows_of_words_between_lines_broken_for_print_are_not_joined():
    prose = "计划供应国有建设用地二百七十四点八公顷，其中新增一百七十三点五公\n顷，其余存量。\n"
    heads = "园区 工业用地 物流仓储 住宅用地 商服用地 科教公共设施 道路绿地 合计"
    rows = f"{heads}\n桥头园 46.7 3.5 6.2 1.8 2.4 11.3 71.9"
    texts = [b.text for b in read_text((prose * 6 + rows).encode(), "a.txt").blocks]
    assert texts[-2:] == rows.split("\n")
    assert texts[0] == "".join(prose.split())


@pytest.mark.parametrize(
    "lines",
    [
        ("用途｜东片区｜西片区", "| 商服用地 | 5.4 | 2.1 |", "| 住宅用地 | 3 | - |"),
        ("用途|东片区|西片区", "商服用地|5.4|2.1", "住宅用地|3|-"),
        ("用途|东片区|西片区|", "商服用地|5.4|2.1|", "住宅用地|3|-"),
    ],
)
def test_bars_at_the_ends_of_lines_may_be_left_out(lines):
    (table,) = read_text("\n".join(lines).encode(), "a.txt").tables
    assert [row[:3] for row in table.texts()] == [
        ["用途", "东片区", "西片区"],
        ["商服用地", "5.4", "2.1"],
        ["住宅用地", "3", "-"],
    ]


def test_commas_part_cells_of_three_digits_where_all_lines_have_as_many():
    lines = ("用途,总量,新增,存量", "工业用地,1615,780,835", "仓储,120,90,30", "商服,148,26,122")
    (table,) = read_text("\n".join(lines).encode(), "a.txt").tables
    assert table.texts()[1:] == [line.split(",") for line in lines[1:]]
