"""What moved since an earlier version: in the report, in a project, on the command line."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import docx
import lxml.html
import openpyxl
import pytest

from landgis.checks.supply import compare_parcels, compare_plans
from landgis.cli import main
from landgis.errors import InputError
from landgis.findings import Finding, findings_table
from landgis.project import load_project, run_project
from landgis.report.changes import change_tables
from landgis.report.write import write_report
from landgis.results import compare_supply

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def adjusted(tmp_path_factory):
    """A plan with 1 公顷 more housing than the sample's."""
    text = (DATA / "plans" / "bachu-2025.txt").read_text("gb18030")
    path = tmp_path_factory.mktemp("plan") / "bachu-2025.txt"
    path.write_text(text.replace("住宅用地32.29公顷", "住宅用地33.29公顷"), "utf-8")
    assert path.read_text("utf-8") != text
    return path


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as done:
        main(list(map(str, arguments)))
    return done.value.code, capsys.readouterr()


def test_the_command_line_tells_what_moved(adjusted, capsys):
    plan = DATA / "plans" / "bachu-2025.txt"
    code, told = run(capsys, "compare", plan, adjusted)
    assert code == 0
    assert "[调整] 住宅用地 32.2900 公顷 → 33.2900 公顷" in told.out
    code, told = run(capsys, "compare", plan, adjusted, "--json")
    moved = [row for row in json.loads(told.out)["plan"] if row["status"] != "same"]
    assert [(row["category"], row["change_ha"]) for row in moved] == [("住宅用地", 1.0)]


def test_two_project_files_compare_their_parcels_too(capsys):
    project = DATA / "projects" / "lianzhou-2025.toml"
    code, told = run(capsys, "compare", project, project, "--json")
    assert code == 0
    tables = json.loads(told.out)
    assert {row["status"] for name in ("plan", "parcels") for row in tables[name]} == {"same"}


def test_a_missing_file_is_told_in_a_sentence(tmp_path, capsys):
    code, told = run(capsys, "compare", tmp_path / "a.txt", tmp_path / "b.txt")
    assert code == 2
    assert told.err.count("\n") == 1


def test_a_project_names_its_earlier_version(adjusted, tmp_path):
    text = (DATA / "projects" / "bachu-2025.toml").read_text("utf-8")
    text = text.replace('"../', f'"{DATA.as_posix()}/')
    layer = (DATA / "parcels" / "bachu-2025.geojson").as_posix()
    fields = {"parcel_id": "zdbh", "category": "tdyt", "recorded_area_m2": "mj_mu"}
    text += f"\n[compare]\nplan = '{adjusted.as_posix()}'\n"
    text += f"[compare.parcels]\nfile = '{layer}'\narea_unit = '亩'\n[compare.parcels.fields]\n"
    text += "".join(f"{column} = '{name}'\n" for column, name in fields.items())
    path = tmp_path / "project.toml"
    path.write_text(text, "utf-8")
    project = load_project(path)
    results = run_project(project)
    changes = results.changes
    assert list(changes) == ["plan", "parcels", "findings"]
    assert (changes["parcels"]["change_m2"] == 0).all()
    (plan, _, noticed) = change_tables(results)
    told = changes["findings"]
    assert set(told["check"]) == {"layer.crs", "layer.fields", "layer.area_unit"}
    assert len(noticed.rows) == (told["verdict"] != "pass").sum()
    assert f"另有 {(told['verdict'] == 'pass').sum()} 项通过" in noticed.note
    (row,) = plan.rows
    assert row[1:6] == ("住宅用地", Decimal("33.29"), Decimal("32.29"), Decimal("-1.00"), "调整")

    page, _, book, *_ = write_report(results, tmp_path / "out")
    tree = lxml.html.fromstring(page.read_text("utf-8"))
    assert tree.xpath("//nav//a[@href='#changes']")
    assert "-1.00" in tree.get_element_by_id("changes").text_content()
    assert "读取上一版时发现的问题" in tree.get_element_by_id("changes").text_content()
    sheet = openpyxl.load_workbook(book)["计划指标变化"]
    assert [sheet.cell(4, c).value for c in (3, 4, 5)] == [33.29, 32.29, -1]


def test_what_reading_the_earlier_version_noticed_is_shown(results, tmp_path):
    found = findings_table(
        [
            Finding(check="plan.name", verdict="unknown", message="善琮镇不在区划名录中。"),
            Finding(check="layer.crs", verdict="pass", message="声明为 EPSG:4549。"),
        ]
    )
    page, book, _, document = write_report(replace(results, changes={"findings": found}), tmp_path)
    section = lxml.html.fromstring(page.read_text("utf-8")).get_element_by_id("changes")
    assert "善琮镇不在区划名录中。" in section.text_content()
    assert "EPSG" not in section.text_content()
    assert openpyxl.load_workbook(book)["读取上一版时发现的问题"]["C4"].value.startswith("善琮镇")
    tables = [t for t in docx.Document(document).tables if t.rows[0].cells[0].text == "结论"]
    assert tables[0].rows[1].cells[1].text == "计划读取·名称"


DAYS = (date(2024, 3, 31), date(2024, 6, 30))
SUPPLY = {  # 公顷 on the map: planned, by the first day, by the second, all, without a time
    ("东镇", "住宅用地"): (6.0, 4.0, 4.0, 6.0, 0.0),
    ("东镇", "商服用地"): (None, 0.0, 1.0, 1.0, 0.0),
    ("东镇", ""): (7.0, 4.0, 5.0, 7.0, 0.0),
    ("西镇", "住宅用地"): (None, 0.0, 0.0, 2.0, 0.0),
    ("西镇", "工矿仓储用地"): (12.0, 0.0, 0.0, 12.0, 0.0),
    ("西镇", ""): (15.0, 0.0, 0.0, 14.0, 0.0),
    ("市直", "工矿仓储用地"): (None, 0.0, 0.0, 1.0, 1.0),
    ("市直", ""): (1.0, 0.0, 0.0, 1.0, 1.0),
    ("", "住宅用地"): (8.0, 4.0, 4.0, 8.0, 0.0),
    ("", "商服用地"): (1.0, 0.0, 1.0, 1.0, 0.0),
    ("", "工矿仓储用地"): (13.0, 0.0, 0.0, 13.0, 1.0),
    ("", ""): (22.0, 4.0, 5.0, 22.0, 1.0),
}


def test_what_is_supplied_stands_beside_what_is_planned(results):
    table = compare_supply(results, DAYS)
    numbers = ("planned_m2", "first_m2", "second_m2", "mapped_m2", "undated_m2")
    told = {
        (row["region"], row["category"]): tuple(
            None if row[n] != row[n] else row[n] / 10_000 for n in numbers
        )
        for row in table.to_dict("records")
    }
    assert told == SUPPLY
    assert (table["change_m2"] == table["second_m2"] - table["first_m2"]).all()
    assert (table["done_m2"] == 0).all()
    assert set(table["until"]) == {DAYS[1]}


def test_a_finer_use_counts_in_the_plan_s_and_outside_in_none(results):
    far = results.crosswalk.copy()
    far.loc[far["parcel_id"] == "c", "region_id"] = ""
    table = compare_supply(
        replace(results, crosswalk=far, counted=None), (None, date(2024, 12, 31))
    )
    last = table.iloc[-1]
    assert (last["second_m2"], last["mapped_m2"]) == (90_000.0, 100_000.0)
    assert last["since"] is None


def test_the_report_has_a_section_on_completion(results, tmp_path):
    changes = {"supply": compare_supply(results, DAYS)}
    page, book, _, document = write_report(replace(results, changes=changes), tmp_path)
    tree = lxml.html.fromstring(page.read_text("utf-8"))
    assert tree.xpath("//nav//a[@href='#completion']")
    assert not tree.xpath("//section[@id='changes']")
    grid = tree.xpath("//section[@id='completion']//table")[0]
    heads = [th.text_content() for th in grid.xpath(".//th")]
    assert heads == [
        *("区域", "用途", "计划", "截至 2024-03-31", "截至 2024-06-30", "其间", "占计划（%）"),
        *("图上全部", "时间未登记"),
    ]
    lines = [[td.text_content() for td in tr] for tr in grid.xpath(".//tbody/tr")]
    assert lines[-1] == ["全部", "合计", "22.00", "4.00", "5.00", "1.00", "22.7", "22.00", "1.00"]
    sheet = openpyxl.load_workbook(book)["计划与供应"]
    assert [c.value for c in sheet[3]] == heads
    row = next(r for r in docx.Document(document).tables if r.rows[0].cells[-1].text == heads[-1])
    assert [c.text for c in row.rows[-1].cells] == lines[-1]


def test_recorded_stages_are_told_apart(results):
    done = replace(results, parcels=results.parcels.assign(stage=["已供应", "", "", "", ""]))
    table = compare_supply(done, DAYS)
    assert table["done_m2"].iloc[-1] == 40_000.0
    (shown,) = change_tables(replace(done, changes={"supply": table}))
    assert shown.columns[-1].name == "登记已完成"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_two_days_on_the_command_line(capsys, lang):
    project = DATA / "projects" / "zhengzhou-2024.toml"
    days = ("--from", "2024-06-30", "--to", "2024-09-30", "--lang", lang)
    code, told = run(capsys, "compare", project, *days)
    assert code == 0
    assert (
        told.out.splitlines()[-1]
        == {
            "zh": "总量：计划 3,927.9400 公顷，截至 2024-06-30 供应 2,128.4010 公顷，"
            "截至 2024-09-30 供应 3,030.1939 公顷",
            "en": "total: planned 3,927.9400 ha, 2,128.4010 ha supplied by 2024-06-30, "
            "3,030.1939 ha supplied by 2024-09-30",
        }[lang]
    )
    code, told = run(capsys, "compare", project, "--to", "2024-09-30", "--json")
    rows = json.loads(told.out)["supply"]
    assert rows[-1]["region"] == rows[-1]["category"] == ""
    assert (rows[-1]["since"], rows[-1]["until"]) == (None, "2024-09-30")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bachu-2025.toml",), "--to"),
        (("bachu-2025.toml", "bachu-2025.toml", "--to", "2024-09-30"), "两个文件"),
        (("bachu-2025.toml", "--to", "2024-13-30"), "--to"),
        (("bachu-2025.toml", "--from", "2024-09-30", "--to", "2024-06-30"), "早于"),
        (("../plans/bachu-2025.txt", "--to", "2024-09-30"), "项目文件"),
    ],
)
def test_wrong_ways_to_compare_are_told_in_a_sentence(capsys, arguments, words):
    paths = [DATA / "projects" / a if a.endswith(("toml", "txt")) else a for a in arguments]
    code, told = run(capsys, "compare", *paths)
    assert code == 2
    assert words in told.err
    assert told.err.count("\n") == 1
    assert not told.out


def test_a_report_without_an_earlier_version_has_no_such_section(results, tmp_path):
    page, *_ = write_report(results, tmp_path)
    assert 'id="changes"' not in page.read_text("utf-8")


def test_hostile_text_in_what_moved_is_text(results, tmp_path):
    attack = '"><img src=x onerror=alert(1)>'
    parcels = results.parcels.assign(stage="")
    moved = parcels.assign(stage=attack)
    changes = {
        "plan": compare_plans(results.plan, results.plan),
        "parcels": compare_parcels(parcels, moved),
    }
    page, *_ = write_report(replace(results, changes=changes), tmp_path)
    tree = lxml.html.fromstring(page.read_text("utf-8"))
    assert not tree.xpath("//img | //@onerror")
    assert attack in tree.get_element_by_id("changes").text_content()


def test_parcels_of_one_id_cannot_be_compared(results):
    twice = results.parcels.assign(parcel_id="a")
    with pytest.raises(InputError, match="重复"):
        compare_parcels(twice, results.parcels)
