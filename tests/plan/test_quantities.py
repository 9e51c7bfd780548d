"""Numbers and dates in the words of a plan: one way of writing each."""

from datetime import date
from decimal import Decimal

import pytest
from growth import growth
from hypothesis import given
from hypothesis import strategies as st

from landgis.plan.dates import chinese_number, find_dates, half_width
from landgis.plan.quantities import COUNTS, find_quantities
from landgis.units import M2_PER_UNIT, UNIT_ALIASES


def found(text, **options):
    return [(str(m.value), m.unit) for m in find_quantities(text, **options)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("总量为14000亩", [("14000", "亩")]),
        ("总量为 20000 亩", [("20000", "亩")]),
        ("总量132.72823公顷", [("132.72823", "公顷")]),
        ("总量7.20公顷", [("7.20", "公顷")]),
        ("总量１２．５０公顷", [("12.50", "公顷")]),
        ("总量1,234.5亩", [("1234.5", "亩")]),
        ("总量1，234.5亩", [("1234.5", "亩")]),
        ("总量１，２３４．５亩", [("1234.5", "亩")]),
        ("总量1 234.5亩", [("1234.5", "亩")]),
        ("总量12,345,678平方米", [("12345678", "平方米")]),
        ("约1.2万亩", [("1.2", "万亩")]),
        ("约1.2 万 亩", [("1.2", "万亩")]),
        ("20万平方米", [("20", "万平方米")]),
        ("3.5平方公里", [("3.5", "平方公里")]),
        (
            "12hm²、3ha、500㎡、2 km2",
            [("12", "公顷"), ("3", "公顷"), ("500", "平方米"), ("2", "平方公里")],
        ),
        ("3千亩、2百公顷、1亿平方米", [("3000", "亩"), ("200", "公顷"), ("100000000", "平方米")]),
        ("占51.4%", [("51.4", "%")]),
        ("占51.4％", [("51.4", "%")]),
        ("占百分之四十，另占百分之五点五", [("40", "%"), ("5.5", "%")]),
        ("二十个、一百亩、两万亩", [("20", "个"), ("100", "亩"), ("20000", "亩")]),
        ("改造项目 38 个、宗地12宗", [("38", "个"), ("12", "宗")]),
        ("投资5000万元、2亿元", [("5000", "万元"), ("2", "亿元")]),
        ("每亩地价300万元/亩", [("300", "万元")]),
        ("383.73公顷（约575.95亩）", [("383.73", "公顷"), ("575.95", "亩")]),
        ("工矿仓储用地7200亩，占总量的51.4%；", [("7200", "亩"), ("51.4", "%")]),
        ("同比增长-5.2%、差额为-3亩", [("-5.2", "%"), ("-3", "亩")]),
    ],
)
def test_numbers_with_their_units(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2025年度供应计划",
        "计划期限为2024年1月1日至2024年12月31日",
        "《总体规划（2021—2035）》",
        "国土资发〔2010〕117号",
        "粤国土资规字[2017]3号",
        "国土资源部令第39号",
        "《土地利用现状分类》（GB/T21010-2017）",
        "GB/T 21010-2017",
        "联系电话：0571-87654321、13800138000",
        "1.严格保护耕地。",
        "（2） 国有建设用地供应结构",
        "一、计划的目的",
        "“1310”具体部署，“2+8”平台",
        "新中国成立75周年，以5年为限",
        "三年行动、第三次全国国土调查、二十届二中全会",
        "第1、2、3宗，第3个",
        "“两个维护”“六个新湖州”",
        "每一宗、同一个、每一处",
        "几十亩、数十个、万亩、百亩",
        "6个月、3个百分点、5个工作日",
        "100平方米/户",
        "容积率2.0，限高24米",
        "于6月1日前报送",
        "",
    ],
)
def test_numbers_that_are_no_quantities(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "qualifier"),
    [
        ("100公顷", "exact"),
        ("约100公顷", "about"),
        ("大约 100公顷", "about"),
        ("100公顷左右", "about"),
        ("近100公顷", "about"),
        ("最近100公顷", "exact"),
        ("100余公顷", "about"),
        ("3万余亩", "about"),
        ("三万多亩", "about"),
        ("控制在100公顷以内", "at_most"),
        ("控制在100公顷（约1500亩）内", "at_most"),
        ("不超过100公顷", "at_most"),
        ("100公顷以内", "at_most"),
        ("100公顷以下", "at_most"),
        ("上限为100公顷", "at_most"),
        ("不高于全年的100公顷", "at_most"),
        ("不低于100公顷", "at_least"),
        ("不少于 100公顷", "at_least"),
        ("达到100公顷以上", "at_least"),
        ("100公顷（约1500亩）以上", "at_least"),
        ("至少100公顷", "at_least"),
        ("≥100公顷", "at_least"),
        ("≤100公顷", "at_most"),
        ("不得低于100公顷", "at_least"),
        ("低于100公顷", "at_most"),
        ("超过100公顷", "at_least"),
        ("不得超过100公顷", "at_most"),
        ("控制在100公顷左右", "about"),
    ],
)
def test_qualifiers(text, qualifier):
    assert find_quantities(text)[0].qualifier == qualifier


def test_a_list_shares_the_unit_at_its_end():
    measures = find_quantities("住宅、商服、工矿分别约为1、2.50和3公顷左右，另有4亩")
    assert [(str(m.value), m.unit, m.own_unit) for m in measures] == [
        ("1", "公顷", False),
        ("2.50", "公顷", False),
        ("3", "公顷", True),
        ("4", "亩", True),
    ]
    assert [m.qualifier for m in measures] == ["about", "about", "about", "exact"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("分别为100，200公顷", ["100", "200"]),
        ("分别为100，200、300公顷", ["100200", "300"]),
        ("分别为51.4、3.6和45%", ["51.4", "3.6", "45"]),
        ("为100，200公顷", ["100200"]),
        ("到2027年、3宗", ["3"]),
    ],
)
def test_lists_and_thousands(text, expected):
    assert [str(m.value) for m in find_quantities(text)] == expected


@pytest.mark.parametrize(
    ("text", "ends", "unit"),
    [
        ("100-200亩", ("100", "200"), "亩"),
        ("100～200亩", ("100", "200"), "亩"),
        ("100亩至200亩", ("100", "200"), "亩"),
        ("20%—30%", ("20", "30"), "%"),
        ("三至五个", ("3", "5"), "个"),
    ],
)
def test_ranges_are_told(text, ends, unit):
    (measure,) = find_quantities(text)
    assert (str(measure.value), str(measure.range_end)) == ends
    assert measure.unit == unit
    assert text[measure.start : measure.end] == text


@pytest.mark.parametrize("text", ["控制在30—40公顷", "30至40公顷以内", "控制在30-40公顷之间"])
def test_a_range_to_keep_within_is_the_least_and_the_most(text):
    least, most = find_quantities(text)
    assert (str(least.value), least.qualifier) == ("30", "at_least")
    assert (str(most.value), most.qualifier) == ("40", "at_most")
    assert least.end == most.start


def test_a_change_from_one_figure_to_another_is_no_range():
    measures = find_quantities("由40%到50%")
    assert [m.range_end for m in measures] == [None, None]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("300", [("300", "亩")]),
        ("2024", [("2024", "亩")]),
        (" 1,234.50 ", [("1234.50", "亩")]),
        ("1 234", [("1234", "亩")]),
        ("-5.2", [("-5.2", "亩")]),
        ("300公顷", [("300", "公顷")]),
        ("51.4%", [("51.4", "%")]),
        ("300（其中新增100）", [("300", "亩"), ("100", "亩")]),
        ("2024-06-30", []),
        ("2024年6月", []),
        ("13800138000 转 3", [("3", "亩")]),
        ("甲地块2号", []),
        ("—", []),
        ("", []),
    ],
)
def test_cells_take_the_unit_of_their_column(cell, expected):
    assert found(cell, default_unit="亩") == expected


def test_kinds_and_areas():
    area, share, count, money = find_quantities("15亩、20%、3宗、4万元")
    assert [m.kind for m in (area, share, count, money)] == ["area", "share", "count", "money"]
    assert area.area.area_m2 == 10_000
    assert share.area is None
    assert find_quantities("3", default_unit="分")[0].kind == ""


def test_published_totals(shared):
    text = (shared / "plans" / "lianzhou_2025_supply.txt").read_text("utf-8")
    areas = [m for m in find_quantities(text) if m.kind == "area"]
    assert len(areas) == text.count("公顷")
    assert {m.unit for m in areas} == {"公顷"}
    total = areas[0]
    assert (str(total.value), total.qualifier) == ("132.72823", "at_most")


numbers = st.decimals(min_value=0, max_value=10**8, places=6).flatmap(
    lambda d: st.integers(0, 6).map(lambda n: d.quantize(Decimal(1).scaleb(-n)))
)
units = st.sampled_from([*M2_PER_UNIT, *UNIT_ALIASES, "%", *COUNTS])


@given(
    numbers,
    units,
    st.sampled_from(["", " ", "　"]),
    st.sampled_from(["总量", "为", "（", "，", ""]),
)
def test_any_printed_number_comes_back_exactly(value, unit, gap, before):
    text = f"{before}{value:f}{gap}{unit}。"
    (measure,) = find_quantities(text)
    assert measure.value == value
    assert measure.decimals == max(0, -value.as_tuple().exponent)
    assert measure.unit == UNIT_ALIASES.get(unit, unit)
    assert text[measure.start : measure.end] == f"{value:f}{gap}{unit}"


@given(numbers.filter(lambda d: d < 10**7))
def test_thousands_full_width_and_default_unit_change_nothing(value):
    plain = f"{value:f}"
    grouped = f"{value:,f}"
    wide = plain.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789."})
    for text in (plain, grouped, wide, grouped.replace(",", "，")):
        (measure,) = find_quantities(text, default_unit="亩")
        assert measure.value == value
        assert text[measure.start : measure.end] == text


@given(st.lists(numbers, min_size=2, max_size=6), st.sampled_from(["、", "和", "及"]))
def test_lists_come_back_in_order(values, separator):
    text = f"分别为{separator.join(f'{v:f}' for v in values)}公顷"
    assert [m.value for m in find_quantities(text)] == values


@given(st.text())
def test_any_text_is_searched_without_complaint(text):
    for measure in find_quantities(text, default_unit="亩"):
        assert 0 <= measure.start < measure.end <= len(text)
        assert measure.value.is_finite()
    for span in find_dates(text, 2025):
        assert 0 <= span.start < span.end <= len(text)
        assert span.first <= span.last


@given(st.text(alphabet="0123456789.,，、-至亩公顷%年月日号第一二十百万个约（） "))
def test_measures_never_overlap(text):
    measures = find_quantities(text, default_unit="亩")
    ends = [0, *(m.end for m in measures)]
    assert all(end <= m.start for end, m in zip(ends, measures, strict=False))


@pytest.mark.parametrize("text", ["1、", "1", "一二", "1 "])
def test_texts_made_to_keep_it_busy(text):
    work = lambda size: find_quantities(f"{text * size}公顷", default_unit="亩")  # noqa: E731
    assert growth(work, 2000) < 2


@given(st.text())
def test_half_width_keeps_offsets(text):
    assert len(half_width(text)) == len(text)


def spelled(number):
    """A number below a million in Chinese, written by rule."""
    digits = "零一二三四五六七八九"
    if number >= 10_000:
        rest = number % 10_000
        zero = "零" if 0 < rest < 1000 else ""
        return f"{spelled(number // 10_000)}万{zero}{spelled(rest) if rest else ''}"
    text, zero = "", False
    for power, scale in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, power)
        if digit:
            text += ("零" if zero else "") + digits[digit] + scale
            zero = False
        else:
            zero = bool(text)
        if not number:
            break
    return text


@given(st.integers(1, 999_999))
def test_chinese_numbers_come_back(number):
    assert chinese_number(spelled(number)) == number


@pytest.mark.parametrize("text", ["", "一百五", "五五十", "百", "点五", "十点", "甲", "一万万千百"])
def test_what_is_no_chinese_number(text):
    assert chinese_number(text) is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("6月底达到50%以上", "2024-06-30", "2024-06-30"),
        ("2月末", "2024-02-29", "2024-02-29"),
        ("9月30日", "2024-09-30", "2024-09-30"),
        ("2027年底", "2027-12-31", "2027-12-31"),
        ("到2027年", "2027-01-01", "2027-12-31"),
        ("到 2027 年，", "2027-01-01", "2027-12-31"),
        ("2025年度", "2025-01-01", "2025-12-31"),
        ("第三季度", "2024-07-01", "2024-09-30"),
        ("2025年一季度末", "2025-03-31", "2025-03-31"),
        ("前三季度", "2024-01-01", "2024-09-30"),
        ("上半年", "2024-01-01", "2024-06-30"),
        ("年底前", "2024-12-31", "2024-12-31"),
        ("十月份前", "2024-10-01", "2024-10-31"),
        ("2024年1月1日至2024年12月31日", "2024-01-01", "2024-12-31"),
        ("2025年1月1日至12月31日", "2025-01-01", "2025-12-31"),
        ("2025年1月1日起至2027年6月", "2025-01-01", "2027-06-30"),
        ("6月1日至15日", "2024-06-01", "2024-06-15"),
        ("1-6月", "2024-01-01", "2024-06-30"),
        ("（2021—2035）", "2021-01-01", "2035-12-31"),
        ("2023年至2027年", "2023-01-01", "2027-12-31"),
        ("有效期至 2027 年 9 月 30 日", "2027-09-30", "2027-09-30"),
        ("二〇二五年一月八日", "2025-01-08", "2025-01-08"),
        ("2025.6.30", "2025-06-30", "2025-06-30"),
        ("2025-06-30", "2025-06-30", "2025-06-30"),
        ("明年6月", "2025-06-01", "2025-06-30"),
    ],
)
def test_dates(text, first, last):
    spans = find_dates(text, 2024)
    assert [(d.first, d.last) for d in spans] == [
        (date.fromisoformat(first), date.fromisoformat(last))
    ]
    assert text[spans[0].start : spans[0].end].strip() == text[spans[0].start : spans[0].end]


@pytest.mark.parametrize(
    "text",
    [
        "2025年2月30日",
        "6个月",
        "三年行动",
        "以5年为限",
        "75周年",
        "国土资发〔2010〕117号",
        "GB/T21010-2017",
        "13月1日",
    ],
)
def test_what_is_no_date(text):
    assert find_dates(text, 2024) == ()


def test_the_year_is_taken_from_before_when_none_is_given():
    spans = find_dates("2025年供应计划，6月底完成50%，9月底完成75%")
    assert [d.last for d in spans[1:]] == [date(2025, 6, 30), date(2025, 9, 30)]
    assert find_dates("6月底完成50%") == ()


@given(st.dates(date(1990, 1, 1), date(2059, 12, 31)))
def test_written_dates_come_back(day):
    for text in (f"{day.year}年{day.month}月{day.day}日", day.isoformat(), f"{day:%Y/%m/%d}"):
        (span,) = find_dates(f"于{text}前")
        assert span.first == span.last == day


@pytest.mark.parametrize("words", ["一亩不能少", "一亩都不供", "一亩地也没有"])
def test_not_one_is_no_quantity(words):
    assert [m.unit for m in find_quantities(f"总盘子3万亩，{words}。")] == ["万亩"]
