"""Tables that a second reader of the rules thought of: many headings, two units, one unit."""

import pytest

from landgis.plan.audit import audit_plan
from landgis.plan.documents.headings import whole_lines

_WORDS = ["区域", "住宅", "用地", "工矿", "仓储", "商服", "公共", "管理"]


def _shifted(count):
    return [(_WORDS[k:] + _WORDS[:k])[:count] for k in range(5)]


@pytest.mark.parametrize("count", [4, 8])
def test_many_lines_of_headings_end(read, count):
    heads = _shifted(count)
    assert whole_lines(heads)  # to try all ways to join them would take hours
    rows = [" ".join(str(7 * i + k) for k in range(count)) for i in range(1, 6)]
    read("单位：公顷", *map(" ".join, heads), *rows)


def _told(plan):
    rows = plan.targets[["region", "category", "stated_value", "stated_unit"]]
    return {(r, c): (value, unit) for r, c, value, unit in rows.itertuples(index=False)}


def _fails(plan):
    found = audit_plan(plan)
    return found.loc[found["verdict"].eq("fail"), "message"].tolist()


def test_a_use_in_another_unit_is_a_use_of_its_own(read):
    plan = read(
        "区域\t商服用地（公顷）\t仓储用地（亩）\t住宅用地（公顷）",
        "东湖区\t0\t0\t30",
        "西坪县\t0\t0\t20",
        "北岭县\t0\t0\t25",
        "南溪县\t5\t0\t15",
        "石桥县\t0\t0\t10",
        "白沙县\t0\t12\t10",
        *(f"{name}县\t0\t0\t10" for name in ("青田", "长岭", "大河", "平山", "永丰", "安阳")),
    )
    assert _told(plan)["白沙县", "仓储用地"] == (12, "亩")
    assert not _fails(plan)


def test_uses_are_not_one_because_their_numbers_agree(read):
    plan = read(
        "区域\t住宅用地（公顷）\t工业用地（亩）",
        "东湖区\t10\t150",
        "西坪县\t20\t300",
        "北岭县\t30\t450",
    )
    assert _told(plan)["西坪县", "工业用地"] == (300, "亩")
    assert _told(plan)["西坪县", "住宅用地"] == (20, "公顷")
    assert not _fails(plan)


def test_an_area_in_another_unit_is_still_the_same_beside_zeros(read):
    plan = read(
        "序号\t用地类型\t面积（公顷）\t折合（亩）",
        "1\t商服用地\t30\t450",
        "2\t特殊用地\t0\t0",
        "\t合计\t30\t450",
    )
    assert set(_told(plan)) >= {("", "商服用地"), ("", "")}
    assert _told(plan)["", "商服用地"] == (30, "公顷")
    assert not _fails(plan)


@pytest.mark.parametrize("named", ["保障性住房（亩）", "保障性住房面积（亩）"])
def test_the_unit_of_one_use_is_that_of_no_other(read, named):
    rows = (f"{named}\t120", "工业用地\t50", "合计\t80")
    plan = read("用途\t供应量", "住宅用地\t30", *rows)
    assert set(_told(plan).values()) == {(120, "亩")}
    plan = read("用途\t供应量", "住宅用地\t30", *rows[:-1], "合计（公顷）\t80")
    assert _told(plan)["", "住宅用地"] == (30, "公顷")
    assert _told(plan)["", "工业用地"] == (50, "公顷")
    assert (120, "亩") in _told(plan).values()


def test_the_unit_of_the_total_is_that_of_all_rows(read):
    plan = read("指标\t数值", "总量（公顷）\t80", "住宅用地\t30", "工业用地\t50")
    assert {unit for _, unit in _told(plan).values()} == {"公顷"}
    assert len(_told(plan)) == 3
