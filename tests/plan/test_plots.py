"""Plots and projects that stand one a line: each is one, and no figure of the plan."""

from __future__ import annotations

import pytest

from landgis.plan import plots
from landgis.plan.extract import read_plan

TITLE = "青石市2023年度国有建设用地供应计划\n全市计划供应国有建设用地420公顷。\n"


def read(folder, text):
    file = folder / "plan.txt"
    file.write_text(TITLE + text, encoding="utf-8")
    return read_plan(file)


@pytest.mark.parametrize(
    "text",
    [
        "五、重点保障项目\n1．桥头物流园二期，拟用地36公顷，分两期供应；\n2．北门中学扩建，拟用地2.5公顷。",
        "首批拟推出以下地块：\n（1）云台区桥头路北侧地块，36公顷，居住；\n（2）砚湖东岸B-7地块，2.5公顷，商服。",
        "两宗地块分别是：\nQS2023007号，位于云台区桥头路以西，面积36公顷；\nQS2023008号，面积2.5公顷。",
        "四、重点片区\n（一）桥头老厂区。占地36公顷。\n（二）北门街巷：更新用地2.5公顷，建筑面积3万平方米。",
        "附：两宗值得留意的地块\n●砚湖北岸36公顷，居住、商业混合\n●云台区原玻璃厂2.5公顷，安置",
    ],
)
def test_a_line_below_plots_is_a_plot(tmp_path, text):
    plan = read(tmp_path, text)
    assert plan.projects["stated_value"].tolist() == [36.0, 2.5]
    assert plan.targets["stated_value"].tolist() == [420.0]


@pytest.mark.parametrize("head", ["", "一、地块基本情况\n"])
def test_a_record_is_a_plot(tmp_path, head):
    lines = "地块编号：QS2023-{}\n宗地坐落：桥头路以北\n土地用途：{}\n土地面积：{}平方米\n"
    text = lines.format("01", "住宅用地", 33000) + lines.format("02", "工业用地", 51000.5)
    rows = read(tmp_path, head + text).projects.to_dict("records")
    assert [(r["name"], r["category"], r["location"], r["stated_value"]) for r in rows] == [
        ("QS2023-01", "住宅用地", "桥头路以北", 33000.0),
        ("QS2023-02", "工业用地", "桥头路以北", 51000.5),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "分片区：\n1．城东片区，计划供应250公顷；\n2．城西片区，计划供应170公顷。",
        "三、空间布局\n（一）城东。计划供应250公顷。\n（二）城西。计划供应170公顷。",
        "五、重点项目保障\n1．住宅用地，计划供应250公顷；\n2．工业用地，计划供应170公顷。",
    ],
)
def test_lines_of_regions_and_uses_are_no_plots(tmp_path, text):
    assert read(tmp_path, text).projects.empty


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("桥头路东侧31亩商住地块、砚湖大桥南侧12亩住宅地块预计六月出让。", [31.0, 12.0]),
        ("北门车站旁亦有一幅3.5公顷的商住地，预计第三季度拍卖。", [3.5]),
        ("砚湖智谷二期（6.4公顷）、青石大道18.5公顷产业用地上半年出让。", [6.4, 18.5]),
        ("总投资20亿元的风机叶片项目，用地150.5亩，本月摘牌。", [150.5]),
        ("云台区那个占地5.5公顷的老纺织厂，今年必须有结果。", [5.5]),
        ("主要是市二院迁建（11.2公顷）、城西九年一贯制学校（8.6公顷）等。", [11.2, 8.6]),
        ("重点保障大学城二期（21.4公顷）和市民服务中心（5.1公顷）。", [21.4, 5.1]),
        (
            "砚湖开发区重点建设数字产业园（首开区24.7公顷），云溪县承接家居产业园（33.5公顷）。",
            [24.7, 33.5],
        ),
        ("杏林酒厂搬迁后的7.9公顷土地，拿出一半建学校；火车东站货场12.4公顷。", [7.9, 12.4]),
        ("砚湖单元R21-08约5.26公顷，R21-11约4.8公顷。", [5.26, 4.8]),
        ("重点推进五大更新片区，包括老造船厂（34公顷）、北门旧城（17公顷）等。", [34.0, 17.0]),
        (
            "几宗受关注的地：东城黄旗南6.8公顷、南岭商务区2.5公顷、长桥莲湖4.1公顷。",
            [6.8, 2.5, 4.1],
        ),
        (
            "重大项目：物流枢纽专用线（云溪县，31.8公顷）、青石大道二期（云台区，7.4公顷）。",
            [31.8, 7.4],
        ),
        ("值得期待的有：鱼梁洲东6.02公顷、卧龙大道北4.75公顷。", [6.02, 4.75]),
        (
            "已具备条件的有以下几宗：\n（1）桥头路南侧地块，6.3公顷；\n（2）原农机厂地块，4.1公顷。",
            [6.3, 4.1],
        ),
    ],
)
def test_a_plot_in_a_sentence(tmp_path, text, areas):
    plan = read(tmp_path, text)
    assert plan.projects["stated_value"].tolist() == areas
    assert plan.targets["stated_value"].tolist() == [420.0]


@pytest.mark.parametrize(
    "text",
    [
        "单宗住宅用地出让面积，城东、城西两区不得超过11公顷，其余区域不得超过17公顷。",
        "云溪县、桥头县计划供应住宅用地35公顷和21公顷，由两县自行公布，不计入市区计划。",
        "0.6万亩的备选库不计入今年的供应计划。",
        "工矿仓储用地主要布局在青石经济开发区（2.1平方公里核心区内优先）。",
        "目前“用地超市”上架的工业地块有31公顷。",
        "今年一亩商品住房用地都不安排。",
    ],
)
def test_what_is_no_supply_of_the_plan(tmp_path, text):
    assert read(tmp_path, text).targets["stated_value"].tolist() == [420.0]


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("安排国有工矿棚户区改造用地11.5公顷，商务中心用地8公顷。", [420.0, 11.5, 8.0]),
        ("其中高新区200公顷、石桥镇120公顷、物流园100公顷。", [420.0, 200.0, 120.0, 100.0]),
        ("教育用地30公顷，中小学12公顷、幼儿园5公顷。", [420.0, 30.0]),
    ],
)
def test_uses_and_regions_are_no_plots(tmp_path, text, areas):
    plan = read(tmp_path, text)
    assert plan.projects.empty
    assert set(areas) <= set(plan.targets["stated_value"])


@pytest.mark.parametrize("title", ["计划执行情况的通报", "计划完成情况公示", "计划实施情况的说明"])
def test_a_report_on_a_plan_is_none(tmp_path, title):
    file = tmp_path / "report.txt"
    text = f"青石市2023年度国有建设用地{title}\n住宅用地。计划80公顷，实际供应61公顷。"
    file.write_text(text, encoding="utf-8")
    assert read_plan(file).targets.empty


@pytest.mark.parametrize(
    "text",
    [
        "同意使用桥头镇人民政府土地，面积5.25公顷，其中林地4.1公顷、其他农用地0.3公顷。",
        "省政府批准青石市2023年度第7批次农用地转用，面积12.4公顷，用于工业用地8.1公顷。",
        "拟征收集体土地3.6公顷，征收用途为公用设施用地2.2公顷、住宅用地1.4公顷。",
    ],
)
def test_land_that_is_taken_is_not_supplied(tmp_path, text):
    file = tmp_path / "taken.txt"
    file.write_text("青石市土地公告\n" + text, encoding="utf-8")
    plan = read_plan(file)
    assert plan.targets.empty
    assert set(plan.figures["reason"]) <= {"not_supply", "part_of_aside"}


def test_places_of_a_kind_are_no_plot(tmp_path):
    file = tmp_path / "renewal.txt"
    text = "青石市低效用地再开发实施方案（2024—2027年）\n确保拆除整理低效工业园1.6万亩。"
    file.write_text(text, encoding="utf-8")
    plan = read_plan(file)
    assert plan.projects.empty
    assert plan.targets["stated_value"].tolist() == [1.6]


def test_a_project_is_named_without_what_leads_to_it(tmp_path):
    text = "★ 青石西站综合枢纽 32.5公顷\n2.固态电池中试线二期9公顷。\n"
    text += "今年把一个停产化肥厂的2.1公顷地收回来。"
    names = ["青石西站综合枢纽", "固态电池中试线二期", "停产化肥厂"]
    assert read(tmp_path, text).projects["name"].tolist() == names


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("此外，砚湖新区一宗文旅综合体用地12.5公顷拟于下半年挂牌。", [12.5]),
        ("桥头老站附近一宗31亩商业地块贴出了公告。", [31.0]),
        ("首批涉及：\n云台区桥头片区1宗、31亩；\n砚湖区北门镇1宗、12亩。", [31.0, 12.0]),
        ("今年挂出的地块里，云台镇3.5公顷地块用途为居住。", [3.5]),
        ("其中QS2023-07号地块位于云台区桥头路以东，净用地面积31200平方米。", [31200.0]),
        ("最大的一宗地块位于云台区桥头路与北门街交汇处，土地面积约3.2公顷。", [3.2]),
    ],
)
def test_one_plot_is_none_of_the_plans_figures(tmp_path, text, areas):
    plan = read(tmp_path, text)
    assert plan.projects["stated_value"].tolist() == areas
    assert plan.targets["stated_value"].tolist() == [420.0]


@pytest.mark.parametrize(
    "text",
    [
        "两个区一块儿供应90公顷住宅用地。",
        "推出5宗商服用地共90公顷。",
        "云台区位于青石湖以东，计划供应总面积90公顷。",
        "住宅用地3宗90公顷，均位于云台区。",
    ],
)
def test_land_of_several_plots_is_no_project(tmp_path, text):
    assert read(tmp_path, text).projects.empty


@pytest.mark.parametrize(
    "lines",
    [
        [
            *(
                "序号",
                "位置",
                "用途",
                "面积（亩）",
                "季度",
                "1",
                "桥头路以西",
                "住宅",
                "31.2",
                "二季度",
            ),
            *("2", "云台镇广济村", "商服", "12", "三季度"),
        ],
        [
            *("地块 / 坐落 / 面积（亩） / 时间", "A-1 / 桥头路以西 / 31.2 / 5月", "　用途：住宅"),
            *("A-2 / 云台镇广济村 / 12 / 6月", "　用途：商服"),
        ],
        ["ⅰ 桥头路以西地块，31.2亩，住宅", "ⅱ 云台镇广济村地块，12亩，商服"],
        ["1号 桥头路以西 31.2亩 住宅", "2号 云台镇广济村 12亩 商服"],
    ],
)
def test_a_list_of_plots_as_it_is_pasted(tmp_path, lines):
    plan = read(tmp_path, "附：拟供应重点宗地\n" + "\n".join(lines))
    assert plan.projects["stated_value"].tolist() == [31.2, 12.0]
    assert plan.targets["stated_value"].tolist() == [420.0]


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("城东有三宗，分别在桥头、盖河和三江渡，单宗41亩、56.8亩、72亩。", [41, 56.8, 72]),
        ("名单里已有两块：东湾R23005，4.9公顷；西湾R23008，6.27公顷。", [4.9, 6.27]),
        ("拟推三宗，面积分别为4.06、6.71和2.95公顷。", [4.06, 6.71, 2.95]),
        ("另一宗在砚湖东片，6.32公顷，住宅用途。", [6.32]),
        ("首宗地块将于二季度在云台区体院路上市，约27亩。", [27]),
        ("主要项目为精深加工园（8.6公顷）、游客服务点（1.1公顷）。", [8.6, 1.1]),
        ("云台区桥头北QS2020-083，商住用地，41.9亩。", [41.9]),
        ("云台桥头1802号地块，122.6亩，溢价一成。", [122.6]),
        ("重点保障以下项目：老桥棚改安置小区（4.5公顷）、县客运站迁建（2公顷）。", [4.5, 2]),
        (
            "看好三个地块（价格别当真）：\n1. 江滨T05-15，38亩\n2. 绿轴南，61.3亩\n3. 东街北，54亩",
            [38, 61.3, 54],
        ),
        (
            "工业用地两宗，面积12.1公顷，分别位于：\n（1）桥头镇石山，8.1公顷；\n（2）北门镇湾北，4公顷。",
            [8.1, 4],
        ),
    ],
)
def test_as_many_areas_as_plots_are_one_each(tmp_path, text, areas):
    plan = read(tmp_path, text)
    assert plan.projects["stated_value"].tolist() == areas
    assert not {*areas} & {*plan.targets["stated_value"]}


@pytest.mark.parametrize(
    "text",
    [
        "住宅用地两宗，东城区3公顷、西城区4公顷。",
        "商服用地3宗，面积12公顷，其中新增5公顷、存量7公顷。",
        "工业用地2宗，面积30公顷；住宅用地1宗，面积4公顷。",
    ],
)
def test_areas_of_places_and_sums_are_no_plots(tmp_path, text):
    assert read(tmp_path, text).projects.empty


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        (
            "共3宗：住宅用地30公顷，商服用地25公顷，其余50公顷。",
            {"住宅用地": 30.0, "商服用地": 25.0},
        ),
        (
            "共12宗，其中住宅用地2宗，位于云台区，商品住房400公顷，保障房200公顷。",
            {"商品住房用地": 400.0, "保障性住房用地": 200.0},
        ),
    ],
)
def test_uses_and_the_rest_behind_a_count_are_no_plots(tmp_path, text, uses):
    plan = read(tmp_path, text)
    assert plan.projects.empty
    found = dict(zip(plan.targets["category"], plan.targets["stated_value"], strict=True))
    assert {"": 420.0, **uses} == found


@pytest.mark.parametrize(
    "text",
    [
        "住宅用地两宗，桥头片3公顷，湾北片6公顷。",
        "拟推出住宅用地共两宗，面积分别为3公顷和6公顷。",
    ],
)
def test_the_use_of_plots_that_are_counted_is_that_of_each(tmp_path, text):
    rows = read(tmp_path, text).projects
    assert rows["stated_value"].tolist() == [3.0, 6.0]
    assert rows["category"].tolist() == ["住宅用地", "住宅用地"]


@pytest.mark.parametrize(
    "text",
    [
        "依据GB50137-2011，住宅用地300公顷，工业用地60公顷。",
        "按照DB440300-2023标准，住宅用地300公顷。依据TD1001-2023号，工业用地面积60公顷。",
        "根据QS2023-12号文，住宅用地300公顷，工业用地60公顷。",
    ],
)
def test_a_standard_is_no_plot(tmp_path, text):
    plan = read(tmp_path, text)
    assert plan.projects.empty
    assert plan.targets["stated_value"].tolist() == [420.0, 300.0, 60.0]


def test_a_plot_that_a_plan_goes_by_is_one(tmp_path):
    plan = read(tmp_path, "按照QS2023-12号地块的规划，商住用地，41.9亩。")
    assert plan.projects["stated_value"].tolist() == [41.9]


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("砚湖边那块3公顷的老药厂地，下半年出来。", [3.0]),
        ("去年全市成交6公顷，其中站前一宗2.4公顷溢价两成。", [2.4]),
        ("听说桥头路原船厂那块地4.8公顷快要拍了，还有砚湖路南边7公顷。", [4.8, 7.0]),
        ("9月，QS2022-032号，砚湖片，5.3公顷，底价成交。", [5.3]),
        ("云台区原橡胶厂旧址，8.3公顷，两座厂房要保留。", [8.3]),
        ("还没有动工的还有两处，一处2.1公顷、一处3.2公顷。", [2.1, 3.2]),
    ],
)
def test_a_plot_that_is_told_by_the_way(tmp_path, text, areas):
    plan = read(tmp_path, text)
    assert plan.projects["stated_value"].tolist() == areas
    assert plan.targets["stated_value"].tolist() == [420.0]


@pytest.mark.parametrize(
    "text",
    [
        "去年云台区成交30公顷、桥头区成交20公顷。",
        "单宗用地不超过7公顷，一宗用地不得超过12公顷。",
        "上年住宅用地供应30公顷，商服用地供应12公顷。",
        "每宗约3公顷，平均一宗3公顷。",
    ],
)
def test_what_is_done_in_a_district_is_no_plot(tmp_path, text):
    assert read(tmp_path, text).projects.empty


@pytest.mark.parametrize(
    "text",
    [
        "附：重点供地项目\n1 砚湖路三期 交通运输 9公顷 一季度\n2 北门水厂扩建 供水 2.5公顷",
        "【已列入清单的重大项目】\n循环产业园四期 桥头镇 9公顷\n北门小学扩建 2.5公顷",
        "附表二 拟出让用地清单（2宗）\n1、云台街道砚湖社区，住宅，9公顷\n2、桥头镇下街村，2.5公顷",
        "附件2 拟供用地（网友整理）\n· 砚湖路与桥头路口北侧，9公顷\n· 云台街道，桥头站旁，2.5公顷",
        "六、近期拟供地块\nWD-01　桥头　砚湖路南　住房　9公顷\nWD-02　桥头　砚湖村B-6　2.5公顷",
        "一、云台区（2宗）\n1. 砚湖路南侧　9公顷　住宅　容积率1.8\n2. 北门机修厂　2.5公顷　商住",
    ],
)
def test_lines_that_lie_at_spots_are_plots_whatever_stands_above(tmp_path, text):
    plan = read(tmp_path, text)
    assert plan.projects["stated_value"].tolist() == [9.0, 2.5]
    assert plan.targets["stated_value"].tolist() == [420.0]


@pytest.mark.parametrize(
    "text",
    [
        "分区供应清单\n1、云台区，250公顷\n2、桥头区，170公顷",
        "在这9宗用地中：\n● 云台镇4宗，合计3公顷\n● 桥头湾5宗，合计8公顷",
        "供应结构一览\n1 住宅用地 250公顷\n2 工业用地 170公顷",
        "各镇供应用地\n云台镇 250公顷\n桥头镇 170公顷",
    ],
)
def test_a_list_of_districts_or_uses_is_none_of_plots(tmp_path, text):
    assert read(tmp_path, text).projects.empty


def test_a_long_list_is_looked_through_once(tmp_path, monkeypatch):
    looked = []
    real = plots.find_quantities
    monkeypatch.setattr(plots, "find_quantities", lambda t: looked.append(t) or real(t))
    lines = [f"{n}. 某某镇，{n}亩，供应有序推进。" for n in range(1, 400)]
    assert read(tmp_path, "\n".join(lines)).projects.empty
    assert len(looked) < 10 * len(lines)
