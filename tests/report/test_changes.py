"""What moved since an earlier version: in the report, in a project, on the command line."""

import json
from decimal import Decimal
from pathlib import Path

import lxml.html
import openpyxl
import pytest

from landgis.checks.compare import compare_parcels, compare_plans
from landgis.cli import main
from landgis.errors import InputError
from landgis.project import compare_earlier, load_project, run_project
from landgis.report.changes import change_tables
from landgis.report.write import write_report

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
    changes = compare_earlier(project, results)
    assert list(changes) == ["plan", "parcels"]
    assert (changes["parcels"]["change_m2"] == 0).all()
    (plan, _) = change_tables(changes, results)
    (row,) = plan.rows
    assert row[1:6] == ("住宅用地", Decimal("33.29"), Decimal("32.29"), Decimal("-1.00"), "调整")

    page, book, _ = write_report(results, tmp_path / "out", changes=changes)
    tree = lxml.html.fromstring(page.read_text("utf-8"))
    assert tree.xpath("//nav//a[@href='#changes']")
    assert "-1.00" in tree.get_element_by_id("changes").text_content()
    sheet = openpyxl.load_workbook(book)["计划指标变化"]
    assert [sheet.cell(4, c).value for c in (3, 4, 5)] == [33.29, 32.29, -1]


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
    page, *_ = write_report(results, tmp_path, changes=changes)
    tree = lxml.html.fromstring(page.read_text("utf-8"))
    assert not tree.xpath("//img | //@onerror")
    assert attack in tree.get_element_by_id("changes").text_content()


def test_parcels_of_one_id_cannot_be_compared(results):
    twice = results.parcels.assign(parcel_id="a")
    with pytest.raises(InputError, match="重复"):
        compare_parcels(twice, results.parcels)
