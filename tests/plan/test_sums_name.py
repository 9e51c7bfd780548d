"""A sum that closes tells what figures are of that no words name, and chance closes none."""

from __future__ import annotations

from itertools import product
from time import process_time

import pytest
from plan_text import targets_of

TITLE = "青石市2024年度国有建设用地供应计划\n\n"
TOTAL = "2024年计划供应国有建设用地1210公顷。"
USES = "住宅用地436公顷、商服用地158公顷、工矿仓储用地616公顷。\n"
HOMES = {
    ("东湖区", "住宅用地", 181.0),
    ("西坪县", "住宅用地", 142.0),
    ("北岭县", "住宅用地", 113.0),
}


@pytest.mark.parametrize(
    "text",
    [
        "先看住宅去哪儿。\n东湖区181公顷\n西坪县142公顷\n北岭县113公顷\n",
        "各地的份额也公布了。东湖区181公顷居首，西坪县142公顷。\n\n北岭县则只有113公顷。\n",
        "| 地区 | 公顷 |\n|---|---|\n| 东湖区 | 181 |\n| 西坪县 | 142 |\n| 北岭县 | 113 |\n",
    ],
)
def test_places_that_make_up_a_use_are_of_it(tmp_path, text):
    found = targets_of(tmp_path, TITLE + TOTAL + USES + text)
    assert found >= HOMES
    assert ("", "", 1210.0) in found


@pytest.mark.parametrize(
    "text",
    [
        "东湖区500公顷，西坪县410公顷，北岭县300公顷。\n",  # of all uses
        "东湖区181公顷，西坪县142公顷，北岭县120公顷。\n",  # of nothing that was said
        "东湖区100公顷，西坪县58公顷，北岭县300公顷，南屏区752公顷。\n",  # two of four, by chance
    ],
)
def test_places_that_make_up_no_use_have_none(tmp_path, text):
    found = targets_of(tmp_path, TITLE + TOTAL + USES + text)
    assert {use for region, use, _ in found if region} == {""}


@pytest.mark.parametrize(
    "text",
    [
        "这样算下来全市是1900公顷，主城各区1120公顷，六个县780公顷。住宅用地430公顷。\n",
        "全年提供1900公顷国有建设用地。住宅用地430公顷。\n",
        "今年的供应盘子最后落在1900公顷。住宅用地430公顷。\n",
        "住宅用地430公顷，工矿仓储用地980公顷，商服用地490公顷。市里给出的底数是1900公顷。\n",
    ],
)
def test_an_area_that_nothing_else_names_is_the_total(tmp_path, text):
    found = targets_of(tmp_path, f"{TITLE}2024年度计划已经下达。{text}")
    assert {("", "", 1900.0), ("", "住宅用地", 430.0)} <= found


def test_the_rest_of_something_is_no_total(tmp_path):
    text = "计划供应住宅用地300公顷，商品房161公顷。剩下的139公顷，保障房78公顷、安置房61公顷。"
    assert ("", "", 139.0) not in targets_of(tmp_path, TITLE + text)


@pytest.mark.parametrize(
    ("places", "uses", "own"),
    [
        ("内三区加滨江新区、高新区", "住宅300公顷，商服120公顷，工业480公顷", True),
        ("东湖区、西坪区及滨江新区", "住宅用地300公顷，工业用地480公顷", True),
        ("城区（含滨江新区）", "住宅用地300公顷，商服用地120公顷，工业用地480公顷", True),
        ("滨江新区", "住宅用地300公顷，商服用地120公顷", False),
    ],
)
def test_places_that_hold_all_uses_are_the_whole(tmp_path, places, uses, own):
    text = f"{places}今年计划供地900公顷。其中{uses}。\n高新区工业用地96公顷。"
    found = targets_of(tmp_path, f"青石市公布2024年供地计划\n\n{text}")
    assert (("", "", 900.0) in found) == own
    assert ("高新区", "工业用地", 96.0) in found
    assert (("", "住宅用地", 300.0) in found) == own


def test_a_topic_before_a_colon_holds_for_a_place_beside_its_own(tmp_path):
    text = f"{TITLE}公布市区住宅用地计划安排：东湖、西坪两区260公顷，滨江新区140公顷。"
    uses = {use for _, use, _ in targets_of(tmp_path, text)}
    assert uses == {"住宅用地"}


PARTS = "工矿仓储用地616公顷。\n"
NEAR = "东湖区520公顷，西坪县410公顷。滨江新区起步虽晚，"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (
            f"{TOTAL}住宅用地436公顷、{PARTS}商业呢？商业收得最紧，市里只肯拿出158公顷。",
            ("", "商服用地", 158.0),
        ),
        (
            f"{TOTAL}{PARTS}住宅用地436公顷。还有158公顷写的是“公共设施用地”，往年没有这一项。",
            ("", "公用设施用地", 158.0),
        ),
        (
            f"{TOTAL}住宅用地436公顷、{PARTS}\n道路、学校及其他，杂七杂八合到一块158公顷。",
            None,
        ),
        (
            f"{TOTAL}住宅用地436公顷、{PARTS}商业呢？商业收得最紧，市里只肯拿出150公顷。",
            None,
        ),
    ],
)
def test_what_completes_a_sum_is_what_its_sentence_names(tmp_path, text, part):
    found = targets_of(tmp_path, TITLE + text)
    own = {t for t in found if t[2] in (150.0, 158.0)}
    assert own == ({part} if part else set())


def test_a_place_that_completes_a_sum_is_known_by_its_sentence(tmp_path):
    text = (
        f"{TOTAL}{USES}东湖区520公顷，西坪县410公顷。"
        "滨江新区起步虽晚，胃口却不小，张口就是280公顷。"
    )
    assert ("滨江新区", "", 280.0) in targets_of(tmp_path, TITLE + text)


def test_square_metres_of_a_home_restate_no_land(tmp_path):
    text = f"{TITLE}计划供应住宅用地1500亩，其中棚户区改造600亩，90平方米以下的普通商品房900亩。"
    found = targets_of(tmp_path, text)
    assert ("", "棚户区改造安置用地", 600.0) in found
    assert 90.0 not in {value for *_, value in found}


def test_very_many_numbers_and_sums_are_soon_compared(tmp_path):
    letters = "东西南北中上下前"
    wholes = "".join(
        f"{a}{b}湖区供应{9000 + i}7公顷，其中住宅用地{100 + i}3公顷、商服用地11公顷。"
        for i, (a, b) in enumerate(product(letters, repeat=2))
    )
    numbers = "".join(f"啥也{i}.{i % 7}公顷。" for i in range(1, 800))
    start = process_time()
    targets_of(tmp_path, f"{TITLE}计划供应国有建设用地990000公顷。{wholes}{numbers}")
    assert process_time() - start < 15  # many minutes where each pair is tried for each whole


@pytest.mark.parametrize(
    ("said", "own"),
    [
        ("今年的答案是", True),
        ("市里给出的底数是", True),
        ("这样算下来全市是", True),
        ("全市公园面积是", False),
        ("城市面积是", False),
        ("红山市的答案是", False),
    ],
)
def test_only_words_of_saying_leave_a_sum_to_the_total(tmp_path, said, own):
    uses = "住宅用地430公顷，工矿仓储用地980公顷，商服用地490公顷。"
    found = targets_of(tmp_path, f"{TITLE}{uses}{said}1900公顷。")
    assert (("", "", 1900.0) in found) == own
    assert ("", "住宅用地", 430.0) in found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"住宅用地436公顷、{PARTS}三、风险。一家商场老板抱怨商业空着158公顷。", 158.0),
        (f"{USES}{NEAR}胃口却不小，规划区的林带就有280公顷。", 280.0),
    ],
)
def test_what_is_no_supply_completes_no_sum(tmp_path, text, value):
    found = {(u, v) for _, u, v in targets_of(tmp_path, TITLE + TOTAL + text)}
    assert value not in {v for _, v in found}
    assert {("", 1210.0), ("住宅用地", 436.0), ("工矿仓储用地", 616.0)} <= found


@pytest.mark.parametrize("said", ["胃口却不小，张口就是", "也拿到了一份不小的份额，是"])
def test_a_place_named_at_a_distance_still_completes_a_sum(tmp_path, said):
    text = f"{TOTAL}{USES}东湖区520公顷，西坪县410公顷。滨江新区起步虽晚，{said}280公顷。"
    assert ("滨江新区", "", 280.0) in targets_of(tmp_path, TITLE + text)
