"""A bureau's own files, recognised by what they hold: an invented county in 亩, GBK, zone 40."""

import geopandas as gpd
import openpyxl
import pytest
from click.testing import CliRunner
from shapely import box

from landgis.cli.start import commands, main
from landgis.errors import InputError
from landgis.files.whole import read_once
from landgis.findings import tell
from landgis.layers import read as layers_read
from landgis.plan import extract
from landgis.project import load_project, run_project
from landgis.project.draft import ask, draft_project, write_draft
from landgis.project.recognise import recognise
from landgis.project.run import open_findings
from landgis.report.tables import report_tables

#  two towns side by side, three parcels of 100 m x 100 m (15 亩) each
X, Y = 40_390_000, 3_640_000
PLAN = """甲县2025年度国有建设用地供应计划
2025年度全县国有建设用地供应总量90亩。其中：住宅用地60亩，工矿仓储用地30亩。
分乡镇：东塘镇45亩，西塘镇45亩。
"""
USES = ["普通商品住房用地", "城镇住宅用地", "工业用地"]


def parcels(uses=USES * 2, crs="EPSG:4528", shift=0.0):
    rows = {
        "DKBH": [f"P{i}" for i in range(6)],
        "TDYT": uses,
        "GDMJ": [15.0] * 6,
        "SZXZ": ["东塘镇"] * 3 + ["西塘镇"] * 3,
        "JD": ["一季度", "二季度", "三季度"] * 2,
        "RJL": [1.8] * 6,
    }
    shapes = [box(X + 1000 * i - shift, Y, X + 1000 * i + 100 - shift, Y + 100) for i in range(6)]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=crs)


def towns(names=("东塘镇", "西塘镇"), codes=("320831102", "320831101")):
    shapes = [box(X - 500 + 3000 * i, Y - 500, X + 2500 + 3000 * i, Y + 600) for i in range(2)]
    return gpd.GeoDataFrame({"XZQDM": codes, "XZQMC": names}, geometry=shapes, crs="EPSG:4528")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "计划.txt").write_text(PLAN, "utf-8")
    parcels().to_file(tmp_path / "宗地.shp", encoding="GBK")
    towns().to_file(tmp_path / "乡镇.shp", encoding="GBK")
    return tmp_path


def drafted(folder, *names):
    draft = draft_project([folder / name for name in names])
    file = folder / "p.toml"
    file.write_text(write_draft(draft, file), "utf-8")
    return draft, file


def failing(file):
    found = run_project(load_project(file)).findings
    return found[found["verdict"] == "fail"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_files_are_told_by_what_they_hold_in_any_order(folder, order):
    names = ["计划.txt", "宗地.shp", "乡镇.shp"]
    found = recognise([folder / names[i] for i in order])
    assert [one.role for one in found] == [("plan", "parcels", "townships")[i] for i in order]


def test_a_folder_stands_for_its_files(folder):
    assert {one.role for one in recognise([folder])} == {"plan", "parcels", "townships"}


def test_the_drafted_project_runs_and_agrees(folder):
    draft, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    assert draft.questions == ()
    text = file.read_text("utf-8")
    assert 'category = "TDYT"' in text
    assert 'area_unit = "亩"' in text
    assert "RJL" in text
    assert failing(file).empty


@pytest.mark.parametrize("declared", [True, False])
def test_recognising_and_running_read_each_file_once(folder, monkeypatch, declared):
    """A layer that declares no system is tried in several ways, and read once all the same."""
    if not declared:
        (folder / "宗地.prj").unlink()
    opened = []
    layers, blocks = layers_read.open_source, extract.read_blocks
    monkeypatch.setattr(
        layers_read,
        "open_source",
        lambda file, **how: opened.append(file.name) or layers(file, **how),
    )
    monkeypatch.setattr(
        extract, "read_blocks", lambda file, **how: opened.append("text") or blocks(file, **how)
    )
    with read_once():
        _, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
        assert failing(file).empty
    # a text may hold boundary points: that is tried first, once
    assert sorted(opened) == ["text", "乡镇.shp", "宗地.shp", "计划.txt"]


def test_a_plan_that_names_no_region_is_run_as_well(folder):
    (plan,) = folder.glob("*.txt")
    text = plan.read_text("utf-8")
    plan.write_text("\n".join(text.splitlines()[:2]) + "\n", "utf-8")
    file = folder / "whole.toml"
    file.write_text(write_draft(draft_project([folder]), file), "utf-8")
    results = run_project(load_project(file))
    assert results.regions["name"].tolist() == ["全域"]
    found = results.findings.query("check == 'totals.grand'")
    assert found["verdict"].tolist() == ["pass"]


def test_a_parcel_too_few_fails_with_its_own_codes_or_without(folder):
    parcels().drop(index=5).to_file(folder / "宗地.shp", encoding="GBK")
    told = []
    for codes in (("320831102", "320831101"), ("", "")):
        towns(codes=codes).to_file(folder / "乡镇.shp", encoding="GBK")
        fails = failing(drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")[1])
        told.append(set(zip(fails["region"], fails["category"], strict=True)))
    assert told[0] == told[1] == {("", ""), ("西塘镇", ""), ("", "工矿仓储用地")}


def test_a_layer_without_a_system_takes_the_zone_of_the_others(folder):
    parcels(crs="EPSG:4549", shift=40_000_000.0).to_file(folder / "宗地.shp", encoding="GBK")
    (folder / "宗地.prj").unlink()
    _, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    assert 'crs = "EPSG:4549"' in file.read_text("utf-8")
    assert failing(file).empty


def test_own_words_are_asked_once_and_the_answer_counts(folder):
    parcels(uses=["普通商品住房用地", "城镇住宅用地", "产业用地"] * 2).to_file(
        folder / "宗地.shp", encoding="GBK"
    )
    draft, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    assert [question.key for question in draft.questions] == [("uses", "产业用地")]
    assert "2 宗" in draft.questions[0].text[0]
    open_ = run_project(load_project(file)).findings
    assert open_["verdict"].eq("unknown").any()  # what they may belong to is not decided
    assert open_["verdict"].ne("fail").all()
    answered = ask(draft, lambda _: "工矿仓储用地")
    file.write_text(write_draft(answered, file), "utf-8")
    assert failing(file).empty


def test_a_misspelt_township_is_one_question(folder):
    (folder / "计划.txt").write_text(PLAN.replace("西塘镇", "西糖镇"), "utf-8")
    draft, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    assert [question.key for question in draft.questions] == [("regions", "西糖镇")]
    found = run_project(load_project(file)).findings
    assert found["verdict"].ne("fail").all()


def table_of_a_plan(path):
    """A plan that is but a table in 亩: regions and uses as another county writes them."""
    sheet = openpyxl.Workbook()
    for row in (
        ["乙县2026年度国有建设用地供应计划表"],
        ["单位：亩"],
        ["乡镇", "合计", "住宅用地", "工矿仓储用地"],
        ["合计", 90, 60, 30],
        ["东塘", 45, 30, 15],
        ["经济开发区", 45, 30, 15],
    ):
        sheet.active.append(row)
    sheet.save(path)


def test_another_county_with_habits_of_its_own(tmp_path):
    table_of_a_plan(tmp_path / "供地计划表.xlsx")
    land = parcels(uses=["R2 二类居住用地", "R21", "M1"] * 2)
    land = land.rename(columns={"DKBH": "序号", "TDYT": "规划用途", "GDMJ": "用地面积"})
    land["用地面积"] = 10_000.0
    land.drop(columns="SZXZ").to_crs(4490).to_file(tmp_path / "拟供应.geojson")
    areas = towns(names=("东塘镇", "省级经济开发区"))
    areas = areas.rename(columns={"XZQMC": "XZJMC"}).drop(columns="XZQDM")
    areas.to_file(tmp_path / "界线.gpkg", layer="乡镇")
    files = [tmp_path / name for name in ("拟供应.geojson", "供地计划表.xlsx", "界线.gpkg")]
    draft = draft_project(files)
    asked = {question.key: question.text[0] for question in draft.questions}
    assert list(asked) == [
        *(("uses", use) for use in ("M1", "R2 二类居住用地", "R21")),
        ("regions", "经济开发区"),
    ]
    assert "工业用地" in asked["uses", "M1"]
    assert "住宅用地" in asked["uses", "R21"]
    answers = iter(["工矿仓储用地", "住宅用地", "住宅用地", "省级经济开发区"])
    file = tmp_path / "p.toml"
    file.write_text(write_draft(ask(draft, lambda _: next(answers)), file), "utf-8")
    found = run_project(load_project(file)).findings
    totals = found[found["kind"].eq("compared") & found["check"].str.startswith("totals")]
    assert len(totals) == 9
    assert totals["verdict"].eq("pass").all()


def test_fields_that_no_list_knows_are_told_by_what_they_hold(folder):
    land = parcels().drop(columns=["JD", "RJL"])
    land = land.rename(columns={"DKBH": "XH", "GDMJ": "MJM", "SZXZ": "XZ"})
    land["XZ"] = land["XZ"].str[:2]
    land["GD"] = [1.5, 2.0, 2.5] * 2  # a number that is no area, and does not tell rows apart
    land.to_file(folder / "宗地.shp", encoding="GBK")
    short = towns(names=("东塘", "西塘")).rename(columns={"XZQMC": "MC"}).drop(columns="XZQDM")
    short.to_file(folder / "乡镇.shp", encoding="GBK")
    draft, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    assert not draft.questions
    written = file.read_text("utf-8")
    for line in ('parcel_id = "XH"', 'recorded_area_m2 = "MJM"', 'region = "XZ"', 'name = "MC"'):
        assert line in written
    assert failing(file).empty


def test_a_layer_of_other_names_is_no_layer_of_the_plan(folder):
    towns(names=("甲地", "乙地")).rename(columns={"XZQMC": "MC"}).drop(columns="XZQDM").to_file(
        folder / "乡镇.shp", encoding="GBK"
    )
    with pytest.raises(InputError, match="还缺乡镇边界"):
        drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")


@pytest.mark.parametrize(
    ("codes", "scheme", "asked"),
    [
        (["0701", "0702", "05H1"], "三调", []),
        (["0701", "0702", "0602"], "", [("scheme", "")]),
    ],
)
def test_codes_of_uses_tell_their_classification_or_it_is_asked(folder, codes, scheme, asked):
    parcels(uses=codes * 2).to_file(folder / "宗地.shp", encoding="GBK")
    draft, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    assert (draft.scheme, [question.key for question in draft.questions]) == (scheme, asked)
    told = write_draft(ask(draft, lambda _: "用地用海 2023"), file)
    assert f'\nscheme = "{scheme or "用地用海 2023"}"' in told


def test_a_control_line_is_known_by_its_name_and_checked(folder):
    ground = gpd.GeoDataFrame({"PZWH": ["1"]}, geometry=[box(X, Y, X + 50, Y + 100)], crs=4528)
    ground.to_file(folder / "永久基本农田.shp", encoding="GBK")
    _, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp", "永久基本农田.shp")
    found = failing(file)
    assert found["subject"].tolist() == ["P0"]
    assert found["actual"].tolist() == [pytest.approx(5000.0)]


@pytest.mark.parametrize(
    ("answer", "line"),
    [("无", "polygon = false"), ("东塘镇、西塘镇", 'members = ["东塘镇", "西塘镇"]')],
)
def test_a_region_that_no_layer_holds_is_one_question(folder, answer, line):
    (folder / "计划.txt").write_text(PLAN.replace("西塘镇", "月亮湾片"), "utf-8")
    draft, _ = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    assert [question.key for question in draft.questions] == [("regions", "月亮湾片")]
    assert line in write_draft(ask(draft, lambda _: answer), folder / "p.toml")


def test_the_county_itself_is_its_townships_and_no_question(folder):
    names = ("黎城街道", "塔集镇")
    towns(names=names).to_file(folder / "乡镇.shp", encoding="GBK")
    plan = PLAN.replace("东塘镇", "黎城街道").replace("西塘镇", "塔集镇")
    (folder / "计划.txt").write_text(plan.replace("全县国有", "金湖县国有"), "utf-8")
    draft, _ = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    assert not draft.questions


def test_what_is_lacking_is_said_with_what_each_file_is(folder):
    with pytest.raises(InputError, match=r"还缺乡镇边界.*宗地\.shp：宗地图层"):
        draft_project([folder / "计划.txt", folder / "宗地.shp"])


def test_the_command_writes_the_project_file_beside_the_report(folder):
    runner = CliRunner()
    files = [str(folder / name) for name in ("宗地.shp", "计划.txt", "乡镇.shp")]
    out = folder / "out"
    told = runner.invoke(commands, ["run", *files, "-o", str(out)], standalone_mode=False)
    assert told.exception is None, told.output
    assert (out / "report.html").exists()
    assert load_project(out / "计划.toml").uses == {}
    again = runner.invoke(commands, ["run", *files, "-o", str(out)], standalone_mode=False)
    assert again.exception is None
    (out / "计划.toml").write_text((out / "计划.toml").read_text("utf-8") + "# x\n", "utf-8")
    edited = runner.invoke(commands, ["run", *files, "-o", str(out)], standalone_mode=False)
    assert isinstance(edited.exception, InputError)


def test_init_writes_the_same_and_overwrites_nothing(folder):
    runner = CliRunner()
    files = [str(folder / name) for name in ("宗地.shp", "计划.txt", "乡镇.shp")]
    target = folder / "甲县.toml"
    told = runner.invoke(commands, ["init", *files, "-o", str(target)], standalone_mode=False)
    assert told.exception is None, told.output
    assert load_project(target).parcels.fields["category"] == "TDYT"
    again = runner.invoke(commands, ["init", *files, "-o", str(target)], standalone_mode=False)
    assert isinstance(again.exception, InputError)


def test_the_county_of_the_cases_comes_out_as_planted(shared):
    county = shared / "cases" / "county"
    files = ["金湖县2025年度供地计划.docx", "拟供地块2025.shp"]
    for layer in ("行政区_乡镇.shp", "行政区_乡镇_官方代码.shp"):
        found = recognise([county / name for name in (*files, layer)])
        assert [one.role for one in found] == ["plan", "parcels", "townships"]


def test_a_folder_of_plans_gives_one_overview_that_nothing_breaks(tmp_path):
    plans = tmp_path / "计划们"
    plans.mkdir()
    for number in range(3):
        (plans / f"{number}.txt").write_text(PLAN.replace("90亩", f"{90 + number}亩"), "utf-8")
    (plans / "坏.docx").write_bytes(b"PK\x03\x04 broken")
    out = tmp_path / "out"
    told = CliRunner().invoke(commands, ["run", str(plans), "-o", str(out)], standalone_mode=False)
    assert told.exception is None, told.output
    page = (out / "overview.html").read_text("utf-8")
    assert page.index("坏.docx") < page.index("0.txt")  # the worst first
    assert "92 亩" in page
    assert (out / "overview.xlsx").exists()


def listed(folder, frame):
    table = frame.drop(columns="geometry")
    table.to_excel(folder / "清单.xlsx", index=False)
    draft, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp", "清单.xlsx")
    assert "list" in {one.role for one in draft.sources}
    found = run_project(load_project(file)).findings
    return tell(found[found["check"].str.startswith("list.")])


def test_a_list_that_agrees_with_plan_and_map_passes(folder):
    found = listed(folder, parcels())
    assert found["verdict"].tolist() == ["pass", "note"]
    assert "6 行" in found["message"].iloc[0]


def test_list_and_map_are_compared_both_ways(folder):
    rows = parcels()
    rows["DKMC"] = [f"地块{i}" for i in range(6)]
    rows.loc[0, "DKBH"] = "旧号"  # found by its name
    rows.loc[1, "GDMJ"] = 20.0  # another area
    rows = rows.drop(index=2)  # on the map only
    on_map = parcels().assign(DKMC=[f"地块{i}" for i in range(6)]).drop(index=5)
    on_map.to_file(folder / "宗地.shp", encoding="GBK")
    found = listed(folder, rows)
    by_kind = found.set_index("kind")
    assert by_kind.loc["how", "values"] == {"rows": 5, "by_id": 3, "by_name": 1, "by_area": 0}
    assert by_kind.loc["no_polygon", "members"] == ("P5",)
    assert by_kind.loc["no_row", "members"] == ("P2",)
    assert by_kind.loc["area", "subject"] == "P1"
    assert round(by_kind.loc["area", "difference"]) == round(-5 * 10000 / 15)


def test_a_mixed_use_is_divided_among_its_uses(folder):
    uses = ["普通商品住房用地", "城镇住宅用地", "厂住两用"] * 2
    parcels(uses=uses).to_file(folder / "宗地.shp", encoding="GBK")
    plan = PLAN.replace("住宅用地60亩，工矿仓储用地30亩", "住宅用地69亩，工矿仓储用地21亩")
    (folder / "计划.txt").write_text(plan, "utf-8")
    _, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    assert failing(file).empty  # not decided as long as nobody says
    shares = '"厂住两用" = { "工矿仓储用地" = 0.7, "住宅用地" = 0.3 }'
    text = file.read_text("utf-8").replace('# "厂住两用" = ""', shares + " #")
    file.write_text(text, "utf-8")
    found = run_project(load_project(file)).findings
    totals = found[found["check"].str.startswith("totals.")]
    assert totals["verdict"].isin(["pass", "note"]).all()
    assert totals["verdict"].eq("pass").sum() == 5


def test_a_use_of_the_plans_own_is_unknown_until_it_is_said_what_it_is(folder):
    (folder / "计划.txt").write_text(PLAN.replace("工矿仓储用地", "产业用地"), "utf-8")
    draft, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    assert [question.key for question in draft.questions] == [("uses", "工业用地")]
    found = run_project(load_project(file)).findings
    of_it = found[(found["category"] == "产业用地") & found["check"].str.startswith("totals.")]
    assert of_it["verdict"].tolist() == ["unknown"]
    file.write_text(write_draft(ask(draft, lambda _: "产业用地"), file), "utf-8")
    found = run_project(load_project(file)).findings
    assert found["verdict"].isin(["pass", "note"]).all()


def test_accepted_findings_are_notes_until_their_numbers_change(folder):
    parcels().drop(index=5).to_file(folder / "宗地.shp", encoding="GBK")
    _, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    lines = open_findings(run_project(load_project(file)).findings)
    lines = lines.assign(who="科长", when="2025-07-01", why="已报批")
    lines.to_csv(folder / "accepted.csv", index=False, encoding="utf-8-sig")
    text = file.read_text("utf-8").replace("title =", 'accepted = "accepted.csv"\ntitle =')
    file.write_text(text, "utf-8")
    found = tell(run_project(load_project(file)).findings)
    assert found["verdict"].isin(["pass", "note"]).all()
    assert found["message"].str.contains("已认可：科长").sum() == len(lines)
    parcels().drop(index=[4, 5]).to_file(folder / "宗地.shp", encoding="GBK")
    found = run_project(load_project(file)).findings
    changed = found[found["check"] == "project.accepted"]
    assert changed["verdict"].eq("unknown").any()
    assert found["verdict"].eq("fail").any()


def test_the_next_quarter_goes_on_with_the_project(folder):
    _, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    before = file.read_text("utf-8")
    later = parcels().assign(JD=["一季度", "二季度", "二季度"] * 2).drop(index=5)
    later.to_file(folder / "宗地三季度.shp", encoding="GBK")
    out = folder / "out"
    files = [str(file), str(folder / "宗地三季度.shp")]
    told = CliRunner().invoke(commands, ["run", *files, "-o", str(out)], standalone_mode=False)
    assert told.exception is None, told.output
    assert file.read_text("utf-8") == before
    (made,) = out.glob("*.toml")
    project = load_project(made)
    assert project.parcels.file.name == "宗地三季度.shp"
    assert project.compare.parcels.file.name == "宗地.shp"
    assert "P5" in (out / "report.html").read_text("utf-8")  # what is gone since


def test_supply_over_time_stands_beside_the_plan(folder):
    _, file = drafted(folder, "计划.txt", "宗地.shp", "乡镇.shp")
    series = next(t for t in report_tables(run_project(load_project(file))) if t.key == "series")
    rows = {row[0]: [str(cell) for cell in row[1:]] for row in series.rows}
    assert rows["合计"] == ["90", "30.00", "60.00", "90.00", "0.00"]
    assert rows["住宅用地"] == ["60", "30.00", "60.00", "60.00", "0.00"]


def test_inspect_tells_what_a_layer_holds(folder):
    told = CliRunner().invoke(
        commands, ["inspect", str(folder / "宗地.shp")], standalone_mode=False
    )
    assert told.exception is None, told.output
    for words in ("宗地图层", "TDYT → category", "工业用地 2", "第40带"):
        assert words in told.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rn"], "没有命令 rn，是否应为 run"),
        (["run", "x.toml", "-o"], "选项 -o 后面要有值"),
        (["check", "a", "b"], "多出的参数：b"),
    ],
)
def test_a_wrong_command_line_is_told_in_chinese(arguments, told, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert told in capsys.readouterr().err
