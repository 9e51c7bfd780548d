"""Plans are read as published: five real ones, and samples of every way of writing.

Beside each sample in ``texts/`` stands ``NAME.expected``: a line for each row that must be
found, and no others. ``T`` target (region, use, part, figure, share, whole, members), ``P`` list
row, ``L`` placement, ``R`` rule, ``C`` count, ``A`` audit finding that is no pass, ``F`` finding
of the reading.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from landgis.errors import InputError
from landgis.findings import tell
from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.plan.model import PLAN_PROJECTS, PLAN_RULES, PLAN_TARGETS, Plan
from landgis.schema import PLACEMENTS, PROJECTS, RULES, TARGETS

TEXTS = Path(__file__).parent / "texts"
SAMPLES = sorted(p for p in TEXTS.iterdir() if p.suffix in (".txt", ".html"))


def printed(value: float, decimals: int, unit: str) -> str:
    return "" if pd.isna(value) else f"{value:.{decimals}f}{unit}"


def plan_lines(plan: Plan) -> list[str]:
    rows = [["H", plan.title, plan.jurisdiction, plan.jurisdiction_code, str(plan.year or "")]]
    for r in plan.targets.to_dict("records"):
        part = r["land_source"] + r["supply_mode"] + r["period"]
        area = printed(r["stated_value"], r["stated_decimals"], r["stated_unit"])
        again = printed(r["restated_value"], r["restated_decimals"], r["restated_unit"])
        share = printed(r["share_pct"], r["share_decimals"], "%")
        whole = r["parent_category"] or r["parent_region"]
        row = ["T", r["region"], r["category"], part, area, again, r["qualifier"], share, whole]
        rows.append([*row, "、".join(r["members"])])
    for r in plan.projects.to_dict("records"):
        area = printed(r["stated_value"], r["stated_decimals"], r["stated_unit"])
        places = "、".join(r["townships"])
        row = ["P", str(r["number"]), r["region"], r["category"], r["name"], places, area]
        rows.append([*row, r["stage"], r["land_source"], r["supply_mode"], r["period"]])
    rows += [
        ["L", r["category"], "、".join(r["regions"])] for r in plan.placements.to_dict("records")
    ]
    for r in plan.rules.to_dict("records"):
        value = "" if pd.isna(r["value"]) else f"{r['value']:g}{r['unit']}"
        rows.append(["R", r["kind"], r["subject"], value, r["due"], r["of"]])
    rows += [
        ["C", r["subject"], f"{r['value']}{r['unit']}"] for r in plan.counts.to_dict("records")
    ]
    for r in audit_plan(plan).to_dict("records"):
        if r["verdict"] != "pass":
            where = [r["region"], r["category"], f"{r['difference']:.6g}"]
            rows.append(["A", r["check"], r["verdict"], *where])
    rows += [["F", r["check"], r["subject"]] for r in plan.findings.to_dict("records")]
    return ["|".join(row).rstrip("|") for row in rows]


@cache
def read(sample: Path) -> Plan:
    return read_plan(sample)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.stem)
def test_sample_is_read_completely(sample):
    expected = sample.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    assert plan_lines(read(sample)) == expected


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.stem)
def test_every_row_cites_words_that_stand_in_the_document(sample):
    plan = read(sample)
    text = "".join(sample.read_text(encoding="utf-8").split())
    for table in (plan.targets, plan.projects, plan.placements, plan.rules):
        for source in table["source"]:
            assert source.startswith(sample.name)
            words = source.split("“", 1)[1].removesuffix("”").removeprefix("…")
            pieces = words.split() if "“" in source else []
            assert pieces
            if sample.suffix == ".txt":
                assert all(
                    any(p in text for p in (piece, piece.split("/")[-1])) for piece in pieces
                )


def test_tables_have_the_columns_of_the_schema():
    plan = read_plan(TEXTS / "nested.txt")
    for table, own, base in (
        (plan.targets, PLAN_TARGETS, TARGETS),
        (plan.projects, PLAN_PROJECTS, PROJECTS),
        (plan.rules, PLAN_RULES, RULES),
        (plan.placements, PLACEMENTS, PLACEMENTS),
    ):
        assert tuple(table.columns) == own.names
        assert own.names[: len(base.names)] == base.names


def test_text_that_is_no_plan(tmp_path):
    file = tmp_path / "poem.txt"
    file.write_text("春眠不觉晓，处处闻啼鸟。\n夜来风雨声，花落知多少。\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"poem\.txt"):
        read_plan(file)


def test_gb18030_reads_like_utf8(tmp_path):
    sample = TEXTS / "nested.txt"
    file = tmp_path / "nested.txt"
    file.write_bytes(sample.read_text(encoding="utf-8").encode("gb18030"))
    pd.testing.assert_frame_equal(read_plan(file).targets, read_plan(sample).targets)


def test_area_in_ha_is_exact():
    targets = read_plan(TEXTS / "wan_mu.txt").targets
    assert targets["area_ha"].tolist()[1:] == [1000.0, 600.0, 8000 / 15]


# --- the five published documents -------------------------------------------------------------


@pytest.fixture(scope="module")
def published(shared):
    def read(stem: str) -> Plan:
        return read_plan(shared / "plans" / f"{stem}.txt")

    return read


def figures(plan: Plan) -> dict[tuple[str, str], float]:
    rows = plan.targets.to_dict("records")
    return {(r["region"], r["category"]): r["stated_value"] for r in rows}


def rules(plan: Plan) -> list[tuple[str, float, str, str]]:
    rows = plan.rules[plan.rules["value"].notna()].to_dict("records")
    return [(r["kind"], r["value"], r["unit"], r["due"]) for r in rows]


def test_huzhou_2024(published):
    plan = published("huzhou_2024_supply")
    assert (plan.jurisdiction, plan.jurisdiction_code, plan.year) == ("湖州市区", "330500", 2024)
    assert figures(plan) == {
        ("", ""): 14000,
        ("", "工矿仓储用地"): 7200,
        ("", "商服用地"): 500,
        ("", "住宅用地"): 3000,
        ("", "商品住房用地"): 2451,
        ("", "保障性住房用地"): 549,
        ("", "公共管理与公共服务用地"): 3300,
        ("市直", ""): 1657,
        ("吴兴区", ""): 4915,
        ("南浔区", ""): 5405,
        ("南太湖新区", ""): 2023,
    }
    split = plan.targets.query("parent_category == '住宅用地'")
    assert split["category"].tolist() == ["商品住房用地", "保障性住房用地"]
    assert plan.targets["share_pct"].notna().sum() == 8
    assert rules(plan) == [("min_share", 40, "%", "")]
    assert plan.rules.loc[0, ["subject", "of"]].tolist() == ["工业用地", "出让"]


def test_zhengzhou_2024(published):
    plan = published("zhengzhou_2024_supply")
    assert (plan.jurisdiction_code, plan.year) == ("410100", 2024)
    assert str(plan.start) == "2024-01-01"
    assert str(plan.end) == "2024-12-31"
    assert figures(plan) == {
        ("", ""): 3927.94,
        ("", "住宅用地"): 871.73,
        ("", "商服用地"): 186.52,
        ("", "工矿仓储用地"): 924.05,
        ("", "其他用地"): 1945.64,
    }
    assert len(plan.targets.loc[4, "members"]) == 4
    (scope,) = plan.placements.to_dict("records")
    assert scope["category"] == ""
    assert len(scope["regions"]) == 10
    assert {"中原区", "二七区", "管城回族区", "金水区", "惠济区", "郑东新区"} <= set(
        scope["regions"]
    )
    assert rules(plan) == [
        ("completion", 50, "%", "2024-06-30"),
        ("completion", 75, "%", "2024-09-30"),
        ("completion", 100, "%", "2024-12-31"),
    ]


def test_bachu_2025(published):
    plan = published("bachu_2025_supply")
    assert len(plan.targets) == 8
    total = plan.targets.loc[0]
    assert (total["stated_value"], total["restated_value"], total["restated_unit"]) == (
        383.73,
        575.95,
        "亩",
    )
    assert rules(plan) == [("max_total", 383.73, "公顷", "")]
    assert dict(zip(plan.placements["category"], plan.placements["regions"], strict=True)) == {
        "工矿仓储用地": ("多来提巴格乡", "恰尔巴格乡", "阿纳库勒乡", "工业园区"),
        "公共管理与公共服务用地": (
            "阿瓦提镇",
            "多来提巴格乡",
            "恰尔巴格乡",
            "琼库尔恰克乡",
            "色力布亚镇",
            "三岔口镇",
        ),
        "商服用地": ("巴楚镇", "三岔口镇"),
        "交通运输用地": ("多来提巴格乡",),
        "水域及水利设施用地": ("多来提巴格乡", "色力布亚镇"),
        "特殊用地": ("三岔口镇",),
    }


def test_lianzhou_2025(published):
    plan = published("lianzhou_2025_supply")
    regions = plan.targets.query("region != '' and category == ''")
    cells = plan.targets.query("region != '' and category != ''")
    assert (len(plan.targets), len(regions), len(cells)) == (43, 10, 25)
    assert figures(plan)["东陂镇", "工矿仓储用地"] == 24.7569
    assert set(regions["region_code"].str[:6]) == {"441882"}
    assert rules(plan) == [("max_total", 132.72823, "公顷", "")]


def test_huzhou_programme(published):
    plan = published("huzhou_2023_2027_redevelopment")
    assert plan.projects["number"].tolist() == list(range(1, 67))
    assert plan.projects["stated_value"].sum() == 23743
    assert figures(plan)["德清县", ""] == 6005
    assert rules(plan) == [
        ("min_total", 20000, "亩", "2027-12-31"),
        ("min_count", 38, "个", "2027-12-31"),
        ("min_count", 13, "个", "2027-12-31"),
        ("min_count", 14, "个", "2027-12-31"),
        ("min_count", 1, "个", "2027-12-31"),
    ]
    places = plan.projects.set_index("number")["townships"]
    assert places[3] == ("织里镇", "东林镇", "埭溪镇", "道场乡", "妙西镇")
    assert places[8] == ("开发区", "和孚镇", "善琮镇", "石淙镇", "旧馆街道")
    assert places[12] == ("双林镇",)
    assert places[55] == ("林城镇", "小浦镇", "虹星桥镇", "画溪街道")
    assert places[57] == ("和平镇",)
    assert plan.findings["subject"].tolist() == ["善琮镇"]
    assert "善琏镇" in tell(plan.findings).loc[0, "message"]


NEWS = {
    # a document plans where most of its words do, whatever the sentence with the figure says
    "江东市今年土地供应“盘子”出炉。全年供地9300亩，工业用地占了大头，达7800亩；住宅用地1500亩。": [
        ("", "", 9300),
        ("", "工业用地", 7800),
        ("", "住宅用地", 1500),
    ],
    "据统计，江东市上半年共出让地块26宗，总面积约128万平方米，只完成全年任务三分之一。": [],
    "2023年江东市计划出让商住用地2480亩；上半年已出让14宗、980亩，下半年拟出让1500亩。": [
        ("", "商住混合用地", 2480),
        ("", "商住混合用地", 1500),
    ],
    # figures before their names
    "2010年江东市将供应住宅用地250公顷，其中50公顷廉租住房及公租房用地、20公顷经济适用房用地。": [
        ("", "住宅用地", 250),
        ("", "廉租住房及公租房用地", 50),
        ("", "经济适用住房用地", 20),
    ],
    # homes that are counted, on land that is measured
    "今年江东市将建设保障性住房29020套，用地面积89.4公顷。": [("", "保障性住房用地", 89.4)],
    "江东市明年计划开工建设住宅1000万平方米，其中东湖区99万平方米。": [],
    # names that no list has
    "江东市2022年度土地供应计划：工业用地供应较多的是白鹭洲1020亩、三江口680亩。": [
        ("白鹭洲", "工业用地", 1020),
        ("三江口", "工业用地", 680),
    ],
    "江东市2021年供应计划\n商品住宅用地占住宅用地总量的85%，即153公顷。": [
        ("", "商品住房用地", 153)
    ],
    # a sum that closes proves a list, whatever words stand in it
    "江东市2021年供应计划\n全市计划供地500公顷。这500公顷中既有各县计划320.5公顷，"
    "也有市级预留179.5公顷。": [
        ("", "", 500),
        ("各县", "", 320.5),
        ("市级预留", "", 179.5),
    ],
    "江东市2021年供应计划\n供应总量1200公顷。一类是保障性项目，用地400公顷；一类是商业开发，用地800公顷"
    "。": [("", "", 1200), ("", "保障性住房用地", 400), ("", "商业开发", 800)],
    "江东市2021年经营性用地出让计划\n计划出让经营性用地总规模800亩，其中市属项目地块规模300亩，19个地块；"
    "镇属项目地块规模500亩，43个地块。\n市属项目中，东湖区辖内规模120亩，西湖区辖内规模180亩。": [
        ("", "经营性用地", 800),
        ("", "市属", 300),
        ("", "镇属", 500),
        ("东湖区", "市属", 120),
        ("西湖区", "市属", 180),
    ],
    "江东市三旧改造方案\n全市三旧改造目标共560公顷，2010年完成145公顷，2011年200公顷，"
    "2012年215公顷。": [
        ("", "", 560),
        ("", "", 145),
        ("", "", 200),
        ("", "", 215),
    ],
    "江东市2021年供应计划\n考虑到东城旧城改造，计划安排120公顷土地用于建设公共租赁住房。": [
        ("", "公共租赁住房用地", 120)
    ],
    "江东市2021年供应计划\n全市计划供地500公顷，比上年的300公顷增加200公顷。": [("", "", 500)],
    # what a part of the land, a clause of its own, a list of places says
    "江东市2021年供应计划\n城市规划区内，供应总量245公顷。\n具体为：商服用地38公顷；住宅用地207公顷"
    "。": [
        ("城市规划区", "", 245),
        ("城市规划区", "商服用地", 38),
        ("城市规划区", "住宅用地", 207),
    ],
    "江东市2021年供应计划\n全市工业用地90公顷。分组团来看，望湖亭31公顷、金沙滩9公顷。": [
        ("", "工业用地", 90),
        ("望湖亭", "工业用地", 31),
        ("金沙滩", "工业用地", 9),
    ],
    "江东市2021年供应计划\n在工业用地方面，布局于铁路沿线，其中，石桥街道6公顷，柳林街道3公顷。": [
        ("石桥街道", "工业用地", 6),
        ("柳林街道", "工业用地", 3),
    ],
    "江东市2021年供应计划\n公租房用地与商品住房用地规模相同，均为26公顷。": [
        ("", "公共租赁住房用地", 26),
        ("", "商品住房用地", 26),
    ],
    "江东市2021年供应计划\n东湖区、西湖区住宅用地分别为48公顷和39公顷，其中普通商品住房东湖区35公顷，"
    "西湖区28公顷。": [
        ("东湖区", "住宅用地", 48),
        ("西湖区", "住宅用地", 39),
        ("东湖区", "商品住房用地", 35),
        ("西湖区", "商品住房用地", 28),
    ],
}


@pytest.mark.parametrize("text", NEWS, ids=lambda t: t[:12])
def test_news_of_plans(text, tmp_path):
    file = tmp_path / "news.txt"
    file.write_text(text, encoding="utf-8")
    try:
        targets = read_plan(file).targets
    except InputError:
        targets = pd.DataFrame(columns=["region", "category", "stated_value"])
    found = targets[["region", "category", "stated_value"]]
    assert list(found.itertuples(index=False, name=None)) == NEWS[text]


def test_what_is_only_about_as_much_is_not_said_before(tmp_path):
    file = tmp_path / "news.txt"
    file.write_text(
        "江东市2021年供应计划\n供应总量610公顷。占地约3.5公顷的总面积另计，总面积约3.5公顷。",
        encoding="utf-8",
    )
    figures = read_plan(file).figures
    assert "said_before" not in set(figures["reason"])


def test_the_rules_of_several_regions_name_them_all(tmp_path):
    file = tmp_path / "news.txt"
    file.write_text(
        "江东市2021年供应计划\n供应总量720公顷。东湖区、西湖区供地之和应达到全市总量的45%以上。",
        encoding="utf-8",
    )
    rules = read_plan(file).rules
    assert rules[["kind", "subject", "value"]].to_numpy().tolist() == [
        ["min_share", "东湖区、西湖区", 45.0]
    ]
