"""Every number of a document ends in the table of figures, with one role, and can be explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from growth import growth

from landgis.plan.extract import explain, read_plan
from landgis.plan.lexicon import reasons
from landgis.plan.model import ROLES

TEXTS = Path(__file__).parent / "texts"
SAMPLES = sorted(TEXTS.glob("*.txt"))
AREA = re.compile(r"\d(?:公顷|万?亩|万?平方米|平方公里)")
TITLE = "曹州市2025年度国有建设用地供应计划\n"


def figures(folder, text):
    file = folder / "plan.txt"
    file.write_text(TITLE + text, encoding="utf-8")
    return read_plan(file).figures


def roles(folder, text):
    table = figures(folder, text)
    return [(r["value"] + r["unit"], r["role"], r["reason"]) for r in table.to_dict("records")]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.stem)
def test_no_area_is_dropped(sample):
    plan = read_plan(sample)
    texts = dict(zip(plan.passages["line"], plan.passages["text"], strict=True))
    spans = {
        (r["line"], i) for r in plan.figures.to_dict("records") for i in range(r["start"], r["end"])
    }
    lost = [
        (line, m.group())
        for line, text in texts.items()
        for m in AREA.finditer(text)
        if (line, m.start()) not in spans
    ]
    assert lost == []
    assert set(plan.figures["role"]) <= set(ROLES)
    assert set(plan.figures["reason"]) - {""} <= set(reasons())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.stem)
def test_every_target_points_to_its_figure(sample):
    plan = read_plan(sample)
    numbers = plan.figures.set_index("figure")
    told = plan.targets.dropna(subset=["stated_value"])
    for r in told.drop_duplicates("figure").to_dict(
        "records"
    ):  # 全部为某用途 is one figure, two rows
        figure = numbers.loc[r["figure"]]
        assert float(figure["value"].replace(",", "")) == r["stated_value"]
        assert (figure["region"], figure["category"]) == (r["region"], r["category"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "供应总量120公顷，上年为98公顷，增长22.4%。",
            [
                ("120公顷", "target", ""),
                ("98公顷", "aside", "last_year"),
                ("22.4%", "aside", "change"),
            ],
        ),
        ("年均计划供应122公顷。", [("122公顷", "aside", "average")]),
        (
            "计划供应住宅用地30公顷，建筑面积45万平方米。",
            [("30公顷", "target", ""), ("45万平方米", "aside", "floor_area")],
        ),
        ("供应总量.49公顷。", [("0.49", "unknown", "damaged")]),
        (
            "供应总量90公顷，其中东岭区40公顷，占44.4%。",
            [("90公顷", "target", ""), ("40公顷", "split", ""), ("44.4%", "share", "")],
        ),
        ("工业用地占比不低于40%。", [("40%", "rule", "")]),
        (
            "供应总量9亩，共安排12宗地块，会议有3个议题。",
            [("9亩", "target", ""), ("12宗", "count", ""), ("3个", "aside", "not_land")],
        ),
        (
            "供应总量90公顷。全市供应总量90公顷。",
            [("90公顷", "target", ""), ("90公顷", "aside", "said_before")],
        ),
    ],
)
def test_roles(tmp_path, text, expected):
    assert roles(tmp_path, text) == expected


def test_the_share_and_the_other_unit_belong_to_their_figure(tmp_path):
    table = figures(tmp_path, "住宅用地20公顷（合300亩），占25%。")
    assert table["of"].tolist()[1:] == [1, 1]


def test_numbers_of_a_table_that_fell_apart_are_told(tmp_path):
    assert roles(tmp_path, "供应总量90公顷。\n东岭区 12 30 4\n")[1:] == [
        (n, "unknown", "table") for n in ("12", "30", "4")
    ]


def test_a_line_is_explained(tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text(TITLE + "东岭区住宅用地20公顷，建筑面积3公顷。", encoding="utf-8")
    table = explain(file, 2)
    told = table[["text", "kind", "role", "reason"]].to_numpy().tolist()
    assert told[:3] == [
        ["东岭区", "region", "", ""],
        ["住宅用地", "use", "", ""],
        ["20公顷", "area", "target", ""],
    ]
    assert ["3公顷", "area", "aside", "floor_area"] in told


def test_the_time_of_a_long_paragraph_is_linear(tmp_path):
    clause = "其中吴兴区住宅用地10公顷、商服用地5公顷，占比3.5%；比上年增加2公顷。"
    file = tmp_path / "plan.txt"

    def read(clauses):
        text = "湖州市2025年度国有建设用地供应计划\n供应总量5000公顷。" + clause * clauses
        file.write_text(text, encoding="utf-8")
        assert len(read_plan(file).figures) > 4 * clauses

    assert growth(read, 60) < 2


@pytest.mark.parametrize("between", ["  ", "\n"])
def test_cells_without_the_zero_before_the_point_are_numbers(tmp_path, between):
    rows = (
        ("区划", "合计", "商服用地", "廉租房用地", "商品住房用地"),
        ("东山县", "5.73", "5", ".4", ".33"),
        ("西河县", "9.013", "4.9", ".813", "3.3"),
    )
    body = "\n".join(between.join(row) for row in rows)
    table = figures(tmp_path, f"单位：公顷\n{body}\n")
    got = {(r["region"], r["category"]): r["value"] for r in table.to_dict("records")}
    assert got["东山县", "廉租住房用地"] == "0.4"
    assert got["西河县", "廉租住房用地"] == "0.813"
    assert set(table["role"]) == {"target"}


def test_what_describes_a_plot_is_a_project_and_no_use_of_the_plan(tmp_path):
    table = figures(
        tmp_path,
        "我局选择了中心城区3宗条件成熟的拟出让地块发布，用地总面积26.2公顷，其中，居住用地16.2公顷，"
        "商服用地10公顷。东区：柳道地块该地块位于柳道以南，土地用途商业，规划用地面积10公顷，"
        "容积率3.5。长路地块该地块位于长路东侧，居住用地面积12.0公顷，容积率2.2。"
        "纺街地块该地块位于纺街北侧，规划用地面积4.2公顷，容积率3.0。\n",
    )
    roles = {r["value"]: r["role"] for r in table.to_dict("records") if r["unit"] == "公顷"}
    assert roles["26.2"] == "target"
    assert roles["16.2"] in ("split", "target")
    plots = ("12.0", "4.2")
    assert {roles[p] for p in plots} == {"project"}
