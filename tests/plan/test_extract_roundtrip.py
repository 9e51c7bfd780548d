"""A random plan written down in any style is read back exactly, and one wrong figure is found."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.plan.model import Plan

TITLE = "湖州市2025年度国有建设用地供应计划"
REGIONS = ("吴兴区", "南浔区", "德清县", "长兴县", "安吉县", "南太湖新区", "市直")
USES = (
    "住宅用地",
    "商服用地",
    "工矿仓储用地",
    "公共管理与公共服务用地",
    "交通运输用地",
    "特殊用地",
)


class Cross(NamedTuple):
    """A cross table in hundredths: cells[region][use], printed with or without a slip."""

    regions: tuple[str, ...]
    uses: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    printed: tuple[tuple[int, ...], ...]
    unit: str


@st.composite
def crosses(draw: st.DrawFn) -> Cross:
    regions = draw(st.permutations(REGIONS).map(lambda r: tuple(r[:3])))
    uses = draw(st.permutations(USES).map(lambda u: tuple(u[:3])))
    number = st.integers(min_value=101, max_value=99_999)
    cells = draw(st.lists(st.lists(number, min_size=3, max_size=3), min_size=3, max_size=3))
    unit = draw(st.sampled_from(("公顷", "亩")))
    table = tuple(map(tuple, cells))
    return Cross(regions, uses, table, table, unit)


def show(hundredths: int) -> str:
    return f"{Decimal(hundredths).scaleb(-2):.2f}"


def rows(cross: Cross) -> list[int]:
    return [sum(row) for row in cross.cells]


def columns(cross: Cross) -> list[int]:
    return [sum(row[j] for row in cross.cells) for j in range(len(cross.uses))]


def by_region(cross: Cross) -> str:
    parts = []
    for region, row, total in zip(cross.regions, cross.printed, rows(cross), strict=True):
        uses = "，".join(
            f"{use}{show(v)}{cross.unit}" for use, v in zip(cross.uses, row, strict=True)
        )
        parts.append(f"{region}供应量为{show(total)}{cross.unit}，其中：{uses}")
    return f"供应总量为{show(sum(rows(cross)))}{cross.unit}。\n" + "；".join(parts) + "。"


def by_use(cross: Cross) -> str:
    lines = [f"供应总量控制在{show(sum(rows(cross)))}{cross.unit}以内。"]
    for j, (use, total) in enumerate(zip(cross.uses, columns(cross), strict=True)):
        regions = "、".join(
            f"{region}{show(row[j])}{cross.unit}"
            for region, row in zip(cross.regions, cross.printed, strict=True)
        )
        lines.append(f"{j + 1}.{use}{show(total)}{cross.unit}（{regions}）。")
    return "\n".join(lines)


def respectively(cross: Cross) -> str:
    lines = [f"计划供应国有建设用地{show(sum(rows(cross)))}{cross.unit}。"]
    for region, row in zip(cross.regions, cross.printed, strict=True):
        figures = "、".join(map(show, row))
        lines.append(f"{region}{'、'.join(cross.uses)}分别为{figures}{cross.unit}。")
    return "".join(lines)


def headings(cross: Cross) -> str:
    lines = [f"全市供应总量{show(sum(rows(cross)))}{cross.unit}。"]
    for i, (region, row, total) in enumerate(
        zip(cross.regions, cross.printed, rows(cross), strict=True)
    ):
        lines.append(f"（{'一二三'[i]}）{region}")
        lines.append(
            f"供应总量{show(total)}{cross.unit}。其中，"
            + "，".join(
                f"安排{use}{show(v)}{cross.unit}" for use, v in zip(cross.uses, row, strict=True)
            )
            + "。"
        )
    return "\n".join(lines)


def prefixed(cross: Cross) -> str:
    parts = []
    for region, row in zip(cross.regions, cross.printed, strict=True):
        uses = "、".join(
            f"{use}{show(v)}{cross.unit}" for use, v in zip(cross.uses, row, strict=True)
        )
        parts.append(f"{region}{uses}")
    return f"供应总量{show(sum(rows(cross)))}{cross.unit}。" + "，".join(parts) + "。"


def table(cross: Cross) -> str:
    lines = [f"附表 供应计划表（单位：{cross.unit}）", "\t".join(("区域", *cross.uses, "合计"))]
    for region, row, total in zip(cross.regions, cross.printed, rows(cross), strict=True):
        lines.append("\t".join((region, *map(show, row), show(total))))
    sums = [*map(show, columns(cross)), show(sum(rows(cross)))]
    return "\n".join([*lines, "\t".join(("合计", *sums))])


def turned(cross: Cross) -> str:
    lines = ["附表 供应计划表", f"单位：{cross.unit}"]
    lines.append("\t".join(("序号", "用途", "合计", *cross.regions)))
    lines.append("\t".join(("", "合计", show(sum(rows(cross))), *map(show, rows(cross)))))
    for j, (use, total) in enumerate(zip(cross.uses, columns(cross), strict=True)):
        cells = (show(row[j]) for row in cross.printed)
        lines.append("\t".join((str(j + 1), use, show(total), *cells)))
    return "\n".join(lines)


STYLES = (by_region, by_use, respectively, headings, prefixed, table, turned)
WITH_ROWS = {by_region, headings, table, turned}
WITH_COLUMNS = {by_use, table, turned}


def expected(cross: Cross, style: object) -> dict[tuple[str, str], str]:
    found = {("", ""): show(sum(rows(cross)))}
    for region, row, total in zip(cross.regions, cross.cells, rows(cross), strict=True):
        found |= {(region, use): show(v) for use, v in zip(cross.uses, row, strict=True)}
        if style in WITH_ROWS:
            found[region, ""] = show(total)
    if style in WITH_COLUMNS:
        sums = zip(cross.uses, columns(cross), strict=True)
        found |= {("", use): show(total) for use, total in sums}
    return found


def read(text: str) -> Plan:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.txt"
        file.write_text(f"{TITLE}\n{text}\n", encoding="utf-8")
        return read_plan(file)


def figures(plan: Plan) -> dict[tuple[str, str], str]:
    return {
        (r["region"], r["category"]): f"{r['stated_value']:.{r['stated_decimals']}f}"
        for r in plan.targets.to_dict("records")
    }


@pytest.mark.parametrize("style", STYLES, ids=lambda s: s.__name__)
@settings(max_examples=10)
@given(cross=crosses())
def test_what_is_written_is_read(style, cross):
    plan = read(style(cross))
    assert figures(plan) == expected(cross, style)
    assert set(plan.targets["stated_unit"]) == {cross.unit}
    assert not len(plan.repeats)
    assert not len(plan.projects)
    assert (audit_plan(plan)["verdict"] == "pass").all()


UNPROMISED = ("respectively", "prefixed")
"""Styles in which each region stands in a part of its own: that they are all is not said,
so that no sum of them is an error for sure. What is told must be the difference, all the same."""


@pytest.mark.parametrize("style", STYLES, ids=lambda s: s.__name__)
@settings(max_examples=6)
@given(
    cross=crosses(),
    place=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    change=st.sampled_from((-100, -7, 7, 100)),
)
def test_one_wrong_cell_is_found(style, cross, place, change):
    i, j = place
    printed = [list(row) for row in cross.cells]
    printed[i][j] += change
    plan = read(style(cross._replace(printed=tuple(map(tuple, printed)))))
    audit = audit_plan(plan)
    failed = audit[audit["verdict"] == "fail"]
    if style.__name__ not in UNPROMISED:
        assert len(failed)
    assert set(failed["difference"].round(6)) <= {change / 100}
