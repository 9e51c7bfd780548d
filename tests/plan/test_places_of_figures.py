"""Of which place a figure, a limit or a plot is, and what stands beside a plan's own figures."""

from __future__ import annotations

import pytest
from plan_text import read, targets_of

from landgis.plan.audit import audit_plan

TITLE = "青石市2031年度国有建设用地供应计划\n"
TABLE = (
    "区域\t合计\t商服用地\t住宅用地\n东岭区\t30.5\t10.5\t20.0\n"
    "鱼洲\t9.4\t1.8\t7.6\n合计\t39.9\t12.3\t27.6\n"
)


def failing(folder, text):
    found = audit_plan(read(folder, TITLE + text))
    return found[found["verdict"] == "fail"]["check"].tolist()


@pytest.mark.parametrize("name", ["鱼洲开发区", "沿江鱼洲"])
def test_two_names_of_a_place_with_one_figure_are_one(tmp_path, name):
    text = f"2031年计划供应39.9公顷。布局：东岭区30.5公顷，{name}9.4公顷。\n{TABLE}"
    found = {t for t in targets_of(tmp_path, TITLE + text) if t[2] == 9.4}
    assert len(found) == 1


def test_the_first_figure_of_a_plan_is_its_total(tmp_path):
    text = "2031年供应500公顷，其中商品住宅用地90公顷。"
    assert ("", "", 500.0) in targets_of(tmp_path, TITLE + text)


def test_a_limit_is_of_the_place_of_its_figure(tmp_path):
    text = (
        "计划供应500公顷，其中商品住宅用地90公顷。老城区以完善功能为主，供应121公顷，"
        "其中商品住宅用地控制在48公顷以内。"
    )
    plan = read(tmp_path, TITLE + text)
    (rule,) = plan.rules.to_dict("records")
    assert (rule["region"], rule["value"]) == ("老城区", 48)
    assert not failing(tmp_path, text)


def test_a_limit_within_the_county_town_is_none_of_the_county(tmp_path):
    text = "计划供应300公顷，其中商服用地51公顷。商服用地在县城范围内控制在28公顷。"
    assert ("县城", "商服用地", 28.0) in targets_of(tmp_path, TITLE + text)
    assert not failing(tmp_path, text)


@pytest.mark.parametrize(("stock", "fails"), [(143, 0), (123, 1)])
def test_a_source_beside_the_known_ones_makes_up_what_they_lack(tmp_path, stock, fails):
    text = (
        "1、总量。计划供应477公顷。\n2、供应来源。由填海取得工业用地62公顷，"
        f"新增建设用地272公顷，其余{stock}公顷使用存量。"
    )
    assert len(failing(tmp_path, text)) == fails


@pytest.mark.parametrize(
    "aside",
    [
        "沿河行洪区迁建安置用地38公顷属于集体土地性质，不在国有建设用地供应计划之内，另行组织。",
        "2030年供应住宅用地186公顷，完成当年计划38公顷的77.6%。",
        "对沿江老厂区，今年力争完成38公顷土地的收购和整理，为下一年度做准备。",
    ],
)
def test_what_is_none_of_the_plan_is_no_target(tmp_path, aside):
    text = f"计划供应500公顷，其中住宅用地90公顷。\n{aside}"
    assert 38.0 not in {value for *_, value in targets_of(tmp_path, TITLE + text)}


NUMBERED = """附：2031年部分重点供地项目
1 沿江路三期 交通运输 9.6公顷 一季度
2 青石中学新校区 教育 14.2公顷 二季度"""
WITH_COMMAS = """附表：2031年拟出让商住用地清单（2宗）
1、东岭街道渔港社区，住宅兼容商业，9.6亩，起始价42万元/亩
2、东岭街道南桥社区，商业，14.2亩"""
WITH_DOTS = """附件2 部分拟供住宅用地
· 政务中心北侧，9.6公顷，普通商品住房
· 东岭区船厂片区，14.2公顷，棚改安置"""


@pytest.mark.parametrize("lines", [NUMBERED, WITH_COMMAS, WITH_DOTS])
def test_lines_of_a_list_of_plots_are_plots(tmp_path, lines):
    plan = read(tmp_path, f"{TITLE}计划供应500公顷，其中住宅用地90公顷。\n{lines}")
    assert plan.targets["stated_value"].tolist() == [500, 90]
    assert plan.projects["stated_value"].tolist() == [9.6, 14.2]


WHOLE = "全市计划供应国有建设用地600公顷"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            (
                f"{WHOLE}，其中住宅用地200公顷，工业用地300公顷，商服用地100公顷。"
                "住宅用地中东湖区120公顷、西坪区80公顷。"
            ),
            ("西坪区", "住宅用地", 80.0),
        ),
        ("去年供应住宅用地150公顷，今年计划供应600公顷，其中住宅200公顷。", ("", "", 600.0)),
        (
            "东湖区计划供应120公顷，西坪区供应100公顷，北山区供应80公顷，南川县供应300公顷。",
            ("南川县", "", 300.0),
        ),
        (
            (
                "全市供应600公顷。东湖区供应50公顷，其中住宅用地20公顷。西坪区供应80公顷。"
                "东湖区工业用地50公顷已列入保障。"
            ),
            ("东湖区", "", 50.0),
        ),
        (
            f"{WHOLE}。其中：江北供应150公顷，江北新区供应150公顷，江南供应300公顷。",
            ("江北", "", 150.0),
        ),
    ],
)
def test_a_number_that_others_make_up_by_chance_names_nothing(tmp_path, text, wanted):
    assert wanted in targets_of(tmp_path, TITLE + text)


def test_last_year_in_a_headline_moves_no_plan_that_names_its_year(tmp_path):
    text = "去年土拍冷清，青石市供地计划公布\n2031年3月10日\n青石市2031年计划供应建设用地500公顷。"
    assert read(tmp_path, text).year == 2031


@pytest.mark.parametrize("behind", ["各区要抓好落实。", "其余工作由各区负责。"])
def test_a_rest_of_another_sentence_hides_no_wrong_sum(tmp_path, behind):
    text = f"{WHOLE}，其中住宅用地210公顷、工业用地180公顷、商服用地190公顷。{behind}"
    assert failing(tmp_path, text)


def test_a_figure_of_another_use_excuses_no_wrong_sum(tmp_path):
    text = (
        f"{WHOLE}，其中住宅用地210公顷、工业用地180公顷、商服用地210公顷。"
        "住宅用地210公顷，其中东湖区100公顷、西坪区60公顷、北山区20公顷。"
    )
    assert failing(tmp_path, text)
