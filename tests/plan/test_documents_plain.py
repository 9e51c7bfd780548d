"""Plain words: simplified, with Chinese punctuation, as long as the printed ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.plan.documents.layout import plain_words
from landgis.plan.documents.text import read_text

SAME = [
    "1,234.5公顷",
    "9:30",
    "https://a.gov.cn/art?x=1,2",
    "一.总则",
    "第1.2条",
    "f(x)=y",
    "附件3。25公顷为住宅用地",
    "到2024年12。30公顷",
    "1.30公顷",
    "图2。5公顷",
    "GB/T 21010-2017",
    "hm2, km2",
]
CHANGED = [
    ("其中,东山区", "其中，东山区"),
    ("面积30,其中20", "面积30，其中20"),
    ("(一)总量:100公顷;其中", "（一）总量：100公顷；其中"),
    ("面积(m2)", "面积（m2）"),
    ("100公顷(1500亩)。", "100公顷（1500亩）。"),
    ("控制在100公顷以内.其中", "控制在100公顷以内。其中"),
    ("共计19。39公顷", "共计19.39公顷"),
    ("约6。25%", "约6.25%"),
    ("6。25", "6.25"),
    ("共19. 39公顷", "共 19.39公顷"),
    ("共19 .39公顷", "共 19.39公顷"),
    ("商服﹑住宅﹕3﹔", "商服、住宅：3；"),
]


@pytest.mark.parametrize("text", SAME)
def test_what_is_plain_stays(text):
    assert plain_words(text) == text


@pytest.mark.parametrize(("printed", "plain"), CHANGED)
def test_marks_and_points_are_written_one_way(printed, plain):
    assert plain_words(printed) == plain


@given(st.text("國地用計劃公頃亩,.:;()!?。， 0123456789一二第表%（）", max_size=40))
def test_plain_words_are_as_long_as_printed_ones(text):
    for traditional in (False, True):
        assert len(plain_words(text, traditional=traditional)) == len(text)


def test_a_plan_in_traditional_characters_is_understood_and_shown_as_printed():
    printed = "雲嶺市2024年度國有建設用地供應計劃\n\n用途\t面積（畝）\n住宅用地\t300"
    document = read_text(printed.encode(), "a.txt")
    assert document.paragraphs[0].text == "云岭市2024年度国有建设用地供应计划"
    assert document.paragraphs[0].printed == "雲嶺市2024年度國有建設用地供應計劃"
    (table,) = document.tables
    assert table.rows[0][1].text == "面积（亩）"
    assert table.rows[0][1].printed == "面積（畝）"
    assert table.caption == document.paragraphs[0].text
    assert document.text.splitlines()[0] == printed.splitlines()[0]


def test_one_odd_name_makes_no_traditional_text():
    document = read_text("乾县鍾家村、堃山镇计划供应住宅用地30公顷。".encode(), "a.txt")
    assert document.paragraphs[0].text == "乾县鍾家村、堃山镇计划供应住宅用地30公顷。"
