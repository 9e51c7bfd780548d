"""One figure, one form: JSON, HTML, XLSX, DOCX and the map page print the same digits."""

import json
import re
from decimal import Decimal
from pathlib import Path

import docx
import lxml.html
import openpyxl
import pytest

import landgis.project
from landgis.cli import main
from landgis.maps.page import write_maps
from landgis.project import load_project, run_project
from landgis.report.cells import show
from landgis.report.changes import change_tables
from landgis.report.docx import MOST_ROWS as MOST_IN_WORD
from landgis.report.html import MOST_ROWS as MOST_ON_THE_PAGE
from landgis.report.tables import report_tables
from landgis.report.write import write_report

DATA = Path(__file__).parents[2] / "data" / "projects"
PROJECTS = ["bachu-2025", "huzhou-2023-2027", "huzhou-2024", "lianzhou-2025", "zhengzhou-2024"]
TOTALS = {"totals.grand", "totals.use", "totals.region", "totals.list"}


def test_every_project_is_looked_at():
    assert sorted(path.stem for path in DATA.glob("*.toml")) == PROJECTS


class Outputs:
    """A project's results and all that shows them."""

    def __init__(self, name, folder):
        self.project = DATA / f"{name}.toml"
        settings = load_project(self.project)
        self.results = run_project(settings)
        moved = change_tables(self.results)
        self.tables = {t.key: t for t in (*report_tables(self.results), *moved)}
        write_report(self.results, folder)
        write_maps(self.results, folder)
        self.page = lxml.html.fromstring((folder / "report.html").read_text("utf-8"))
        self.book = openpyxl.load_workbook(folder / "tables.xlsx", data_only=True)
        self.word = docx.Document(folder / "report.docx")
        overview = lxml.html.fromstring((folder / "overview.html").read_text("utf-8"))
        self.map = json.loads(overview.xpath("//script[@id='page']/text()")[0])


@pytest.fixture(scope="module", params=PROJECTS)
def outputs(request, tmp_path_factory):
    return Outputs(request.param, tmp_path_factory.mktemp("same"))


def test_the_checks_in_json_are_those_of_the_check_table(outputs, capsys, monkeypatch):
    monkeypatch.setattr(landgis.project, "run_project", lambda *_, **__: outputs.results)
    with pytest.raises(SystemExit) as done:
        main(["check", str(outputs.project), "--json"])
    assert done.value.code == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    rows = [row for row in found if row["check"] in TOTALS]
    assert len(rows) >= 5
    shown = {row[-1]: row for row in outputs.tables["balance"].rows}
    for number, row in enumerate(found, 1):
        if row["check"] not in TOTALS:
            continue
        for place, name in ((2, "expected"), (3, "actual"), (4, "difference"), (5, "tolerance")):
            cell = shown[number][place]
            assert (cell is None) == (row[name] is None)
            assert cell is None or cell == Decimal(repr(row[name])), (row["message"], name)


def test_the_map_and_the_summaries_print_the_same_digits(outputs):
    checked = {
        (row[0], row[1]): show(row[3])
        for row in outputs.tables["balance"].rows
        if row[3] is not None
    }
    legend = {row["category"]: row["mapped"] for row in outputs.map["legend"]}
    by_use, by_region = outputs.tables["summary-use"], outputs.tables["summary-region"]
    uses = {
        str(row[0]).removeprefix("　其中："): show(cell)
        for row, cell in zip(by_use.rows, by_use.cells("mapped"), strict=True)
    }
    regions = {
        row[0]: show(c) for row, c in zip(by_region.rows, by_region.cells("mapped"), strict=True)
    }
    seen = 0
    for (region, use), value in checked.items():
        if region == "全部":
            assert uses[use] == value, use
            known = "" if use == "合计" else use
            assert legend.get(known, value) == value, use
            seen += known in legend
        elif use == "合计":
            assert regions[region] == value, region
    assert seen >= 4
    assert uses["合计"] == regions["合计"] == legend[""]


def test_the_page_prints_every_cell(outputs):
    for key, table in outputs.tables.items():
        if key in {"findings", "verdicts"} or not table.rows:
            continue  # laid out otherwise
        heading = outputs.page.get_element_by_id(key)
        assert heading.text_content() == table.title
        grid = next(e for e in heading.itersiblings() if e.tag == "table")
        lines = [[td.text_content() for td in tr] for tr in grid.xpath(".//tbody/tr")]
        if key == "balance":
            wanted = [[show(cell) for cell in row[:-1]] for row in table.rows]
        else:
            limit = len(table.rows) if key in {"targets", "rules", "supply"} else MOST_ON_THE_PAGE
            wanted = [[show(cell) for cell in row] for _, row in table.head(limit)]
        if key == "targets":  # its sources go on with links
            lines, wanted = ([row[:-1] for row in rows] for rows in (lines, wanted))
        assert lines == wanted, key


def test_the_findings_on_the_page_are_those_of_the_table(outputs):
    table = outputs.tables["findings"]
    for number, row in enumerate(table.rows):
        (line,) = outputs.page.xpath(f"//tr[@id='f{number}']")
        told = [td.text_content() for td in line.xpath("./td")[-5:]]
        assert told == [show(cell) for cell in row[6:11]]


def test_the_workbook_prints_every_cell(outputs):
    by_title = {sheet["A1"].value: sheet for sheet in outputs.book}
    assert len(by_title) == len(outputs.tables)
    for table in outputs.tables.values():
        sheet = by_title[table.title]
        for i, row in enumerate(table.rows):
            told = [printed(sheet.cell(i + 4, j + 1)) for j in range(len(row))]
            assert told == [show(cell) for cell in row], (table.key, i)


def test_the_document_prints_every_cell(outputs):
    grids = {
        p.text.partition("　")[2].partition("（前")[0]: t
        for p, t in zip(headings(outputs.word), outputs.word.tables, strict=True)
        if not p.text.startswith("表1　")  # what the first page shows stands in the others
    }
    shown = {t.title: t for t in outputs.tables.values() if t.key != "findings"}
    assert grids.keys() == shown.keys()
    for title, grid in grids.items():
        rows = grid._tbl.tr_lst[1:]
        told = [["".join(p.text for p in tc.p_lst) for tc in tr.tc_lst] for tr in rows]
        wanted = [[show(cell) for cell in row] for _, row in shown[title].head(MOST_IN_WORD)]
        assert told == wanted, title


def headings(document):
    return [p for p in document.paragraphs if p.style.name == "Caption" and p.text.startswith("表")]


def printed(cell):
    """What a spreadsheet shows for a cell."""
    if cell.value is None:
        return ""
    if isinstance(cell.value, str):
        return cell.value
    decimals = len(re.sub(r"^[^.]*\.?", "", cell.number_format))
    return f"{Decimal(str(cell.value)):,.{decimals}f}"
