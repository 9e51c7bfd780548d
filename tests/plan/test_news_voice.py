"""How news speak of plans: land is given out, places are what clauses are about, readers ask."""

from __future__ import annotations

import pytest
from plan_text import targets_of

TITLE = "柳州市2031年度国有建设用地供应计划\n全市计划供应国有建设用地900公顷。"


@pytest.mark.parametrize(
    "text",
    [
        "给住宅留了310公顷，给工业切出420公顷，商业只给80公顷。",
        "住宅分到310公顷，工业拿走420公顷，商业更少，80公顷。",
        "先说住宅，310公顷。再看工业，420公顷，多在园区。商业为什么只给80公顷？因为库存多。",
    ],
)
def test_land_is_given_to_uses(tmp_path, text):
    assert targets_of(tmp_path, TITLE + text) == {
        ("", "", 900.0),
        ("", "住宅用地", 310.0),
        ("", "工业用地", 420.0),
        ("", "商服用地", 80.0),
    }


@pytest.mark.parametrize(
    "text",
    [
        "分城区看，鱼峰区旧厂搬得早，可腾的地少，131公顷；柳南区接了几家机械企业，268公顷；柳北区240公顷。",
        "柳北领走240公顷，柳南分到268公顷，鱼峰认领了131公顷。",
        "空间上，柳南一家独大——268公顷；鱼峰131公顷；柳北240公顷。",
    ],
)
def test_a_place_is_what_the_clause_is_about(tmp_path, text):
    assert targets_of(tmp_path, TITLE + text) == {
        ("", "", 900.0),
        ("柳南区", "", 268.0),
        ("鱼峰区", "", 131.0),
        ("柳北区", "", 240.0),
    }


def test_one_place_that_tells_a_story_gives_no_figure(tmp_path):
    text = "柳北区老剧院修了三年，夜里亮灯，6.2公顷。"
    assert targets_of(tmp_path, TITLE + text) == {("", "", 900.0)}


def test_an_answer_is_of_what_was_asked(tmp_path):
    text = (
        "\n问：住宅用地今年有多少？比上年多吗？\n310公顷，多了些。\n问：柳北还有宅地吗？\n"
        "有。柳北区全年商品住宅用地41公顷，多半在北站一带。柳南区55公顷。"
    )
    assert targets_of(tmp_path, TITLE + text) == {
        ("", "", 900.0),
        ("", "住宅用地", 310.0),
        ("柳北区", "商品住房用地", 41.0),
        ("柳南区", "商品住房用地", 55.0),
    }


def test_a_place_with_two_uses_gives_the_next_none(tmp_path):
    text = "柳北区住宅用地41公顷，工业用地30公顷。柳南区155公顷。"
    assert ("柳南区", "", 155.0) in targets_of(tmp_path, TITLE + text)


@pytest.mark.parametrize("last", [90, 91])
def test_a_sum_that_closes_names_the_total(tmp_path, last):
    text = (
        "柳州2031年度供地计划问答\n问：一共多少？\n市里的说法是900公顷。\n问：都给谁？\n"
        f"住宅310公顷，工业420公顷，商服80公顷，交通运输{last}公顷。"
    )
    assert (("", "", 900.0) in targets_of(tmp_path, text)) == (last == 90)


def test_a_heading_that_compares_does_not_look_back(tmp_path):
    text = (
        "\n三、跟去年比\n2030年全市计划供应950公顷，实际供应870公顷。"
        "\n保障性住房用地单列36公顷，分布在城北两处。"
    )
    assert targets_of(tmp_path, TITLE + text) == {("", "", 900.0), ("", "保障性住房用地", 36.0)}


@pytest.mark.parametrize("kind", ["片区", "新区", "板块"])
def test_a_quarter_is_not_the_district_that_it_is_called_after(tmp_path, kind):
    text = f"柳南{kind}268公顷，柳北区240公顷。"
    assert targets_of(tmp_path, TITLE + text) == {
        ("", "", 900.0),
        (f"柳南{kind}", "", 268.0),
        ("柳北区", "", 240.0),
    }


def test_the_rest_goes_to_uses_and_places_are_no_part_of_it(tmp_path):
    text = (
        "住宅310公顷，工业420公顷，商服80公顷。余下90公顷归学校和医院。\n"
        "区域分布上，柳南区268公顷，柳北区240公顷，鱼峰区131公顷。"
    )
    assert targets_of(tmp_path, TITLE + text) == {
        ("", "", 900.0),
        ("", "住宅用地", 310.0),
        ("", "工业用地", 420.0),
        ("", "商服用地", 80.0),
        ("", "学校和医院", 90.0),
        ("柳南区", "", 268.0),
        ("柳北区", "", 240.0),
        ("鱼峰区", "", 131.0),
    }


def test_places_within_and_beyond_a_ring_are_places(tmp_path):
    text = "其中住宅用地310公顷。内环以内110公顷，内环以外200公顷。"
    assert targets_of(tmp_path, TITLE + text) >= {
        ("内环以内", "住宅用地", 110.0),
        ("内环以外", "住宅用地", 200.0),
    }


@pytest.mark.parametrize("gap", ["", "\n"])
def test_what_is_said_of_the_core_city_is_no_use_of_its_districts(tmp_path, gap):
    text = (
        f"今年市区供地800公顷。住宅310公顷。道路和学校490公顷。{gap}柳南区268公顷，柳北区240公顷。"
    )
    found = targets_of(tmp_path, TITLE + text)
    assert {("柳南区", "", 268.0), ("柳北区", "", 240.0)} <= found
