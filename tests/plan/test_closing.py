"""Figures that no words claim are parts where their sum proves it, and only there."""

from __future__ import annotations

import pytest

from landgis.plan.extract import read_plan

TITLE = "曹州市2025年度国有建设用地供应计划\n"


def read(folder, text):
    file = folder / "plan.txt"
    file.write_text(TITLE + text, encoding="utf-8")
    rows = read_plan(file).figures.to_dict("records")
    return {
        r["value"]: (r["role"], r["region"], r["category"])
        for r in rows
        if r["unit"] in ("亩", "公顷")
    }


def test_parts_of_parts_are_found_by_their_sums(tmp_path):
    got = read(
        tmp_path,
        "2025年计划出让经营性用地总规模7312.58亩。其中，市管那批规模3105.27亩；"
        "区管那批规模4207.31亩。\n"
        "市管那批里，北湖区辖内规模2003.16亩；青龙开发区辖内规模1102.11亩。\n",
    )
    assert got["3105.27"][0] == got["4207.31"][0] == "split"
    assert [got[v][1] for v in ("2003.16", "1102.11")] == ["北湖区", "青龙开发区"]
    assert got["2003.16"][2] == got["3105.27"][2] != got["4207.31"][2]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "全市计划供应住宅用地412.36公顷。它由滨河板块那边的207.15公顷和老城板块那边的205.21公顷凑成。",
            ("207.15", "205.21"),
        ),
        (
            "全市计划供应产业用地60公顷，其中曹州市域范围内大致可落30公顷，飞地园可落30公顷。",
            ("30",),
        ),
    ],
)
def test_the_words_between_do_not_matter(tmp_path, text, parts):
    got = read(tmp_path, text)
    assert {got[p][0] for p in parts} <= {"split", "target"}


@pytest.mark.parametrize(
    ("text", "aside"),
    [
        # one short of the sum
        (
            "计划供应住宅用地412.36公顷。情况如下。滨河板块那里提到207.15公顷；老城板块那里提到205.22公顷。",
            "207.15",
        ),
        # a sum, but of another year
        (
            "全市计划供应住宅用地412.36公顷。去年滨河板块供应207.15公顷，老城板块供应205.21公顷。",
            "207.15",
        ),
        # two figures of one digit make up a third by chance
        (
            "计划供应住宅用地9公顷。情况如下。滨河板块那里提到4公顷；老城板块那里提到5公顷。",
            "4",
        ),
    ],
)
def test_what_does_not_close_is_no_part(tmp_path, text, aside):
    assert read(tmp_path, text)[aside][0] not in ("target", "split")


@pytest.mark.parametrize(
    ("text", "floors", "land"),
    [
        ("全市计划供应住宅用地90公顷。保障共有产权房12万平方米、公租房8万平方米开工。", "128", ""),
        ("拟推出5个地块共210亩，可建租赁住房35万平方米。", "35", "210"),
        ("计划供应产业用地300亩，达产后新增厂房空间40万平方米。", "40", "300"),
        ("计划供应土地90万平方米，其中商品住房40万平方米、工业50万平方米。", "", "904050"),
        ("年内出让住宅用地12万平方米，安排安置房用地8万平方米。", "", "128"),
    ],
)
def test_square_metres_are_floors_where_homes_are_built(tmp_path, text, floors, land):
    file = tmp_path / "plan.txt"
    file.write_text(TITLE + text, encoding="utf-8")
    rows = read_plan(file).figures
    area = rows[rows["unit"].isin(["万平方米", "亩"])]
    assert "".join(area.loc[area["reason"] == "floor_area", "value"]) == floors
    assert "".join(area.loc[area["role"].isin(["target", "split"]), "value"]) == land


def test_what_narrows_a_use_belongs_to_its_name(tmp_path):
    got = read(
        tmp_path,
        "住宅用地100公顷，其中“双限共有产权房”用地30公顷，其他保障性住房用地20公顷；"
        "产业用地60公顷，其他产业用地15公顷，商服用地及其他经营性用地40公顷。",
    )
    assert [got[v][2] for v in ("30", "20", "15", "40")] == [
        "双限共有产权房",
        "其他保障性住房用地",
        "其他产业用地",
        "商服用地及其他经营性用地",
    ]


def test_the_parts_of_land_behind_a_floor_area_are_land(tmp_path):
    got = read(
        tmp_path,
        "年内推介9宗地块，用地总面积86.2公顷，建筑总规模190万平方米。其中，居住用地64.2公顷，建筑规模132万平方米；"
        "商服用地22公顷，建筑规模58万平方米。另通过返还用地供应8公顷，完成不少于170公顷的居住潜力用地。",
    )
    assert [got[v][0] for v in ("64.2", "22")] == ["split", "split"]
    assert [got[v][2] for v in ("64.2", "22", "8", "170")] == [
        "住宅用地",
        "商服用地",
        "返还用地",
        "居住潜力用地",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("蔚县2020年度国有建设用地供应计划根据规范制定。计划供应住宅用地30公顷。", "蔚县"),
        ("韶关市部分县市2015年度国有建设用地供应计划\n供应住宅用地30公顷。", "韶关市"),
        ("昨日公布了云州市住房建设规划2010年度实施计划。全市供应住宅用地30公顷。", "云州市"),
    ],
)
def test_the_place_stands_at_the_head(tmp_path, text, place):
    file = tmp_path / "plan.txt"
    file.write_text(text, encoding="utf-8")
    assert read_plan(file).jurisdiction == place


def test_a_share_of_several_together_is_none_of_the_last(tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text(
        TITLE + "全市住宅用地140公顷。分板块看，鹤鸣山31公顷、银滩27.5公顷，两地占了四成多。",
        "utf-8",
    )
    plan = read_plan(file)
    assert plan.targets["share_pct"].isna().all()
