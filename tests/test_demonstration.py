"""The five demonstration projects, from the plan document to pages, tables and layers."""

import json
import re
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import docx
import lxml.html
import openpyxl
import pyogrio
import pytest
from browser import watched_page

import landgis.project
from landgis.cli import main
from landgis.maps.legend import draw_legend
from landgis.maps.page import glossed
from landgis.project import load_project, run_project, write_outputs
from landgis.report.cells import show
from landgis.report.changes import change_tables
from landgis.report.docx import MOST_ROWS as MOST_IN_WORD
from landgis.report.html import MOST_ROWS as MOST_ON_THE_PAGE
from landgis.report.tables import report_tables

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = {p.stem: p for p in sorted((ROOT / "data" / "projects").glob("*.toml"))}
AUDIT_FAILURES = {
    "bachu-2025": ["audit.units"],
    "huzhou-2023-2027": [],
    "huzhou-2024": [],
    "lianzhou-2025": ["audit.parts", "audit.parts"],
    "zhengzhou-2024": [],
}
FAILURES = {
    "bachu-2025": 5,
    "huzhou-2023-2027": 0,
    "huzhou-2024": 8,
    "lianzhou-2025": 20,
    "zhengzhou-2024": 5,
}
"""Of the plan's document and of what was planted among the parcels (data/parcels/README.md)."""

TOTALS = {"totals.grand", "totals.use", "totals.region", "totals.list"}


@pytest.fixture(scope="module", params=sorted(PROJECTS))
def outputs(request, tmp_path_factory):
    """Results, folder and files of one project."""
    project = load_project(PROJECTS[request.param])
    results = run_project(project)
    folder = tmp_path_factory.mktemp(request.param)
    return results, folder, write_outputs(results, folder, formats=project.formats)


class Shown:
    """A project's results and what shows them: one figure has one form in all of it."""

    def __init__(self, results, folder):
        self.results = results
        moved = change_tables(results)
        self.tables = {t.key: t for t in (*report_tables(results), *moved)}
        self.page = lxml.html.fromstring((folder / "report.html").read_text("utf-8"))
        self.book = openpyxl.load_workbook(folder / "tables.xlsx", data_only=True)
        self.word = docx.Document(folder / "report.docx")
        overview = lxml.html.fromstring((folder / "overview.html").read_text("utf-8"))
        self.map = json.loads(overview.xpath("//script[@id='page']/text()")[0])


@pytest.fixture(scope="module")
def shown(outputs):
    results, folder, _ = outputs
    return Shown(results, folder)


def test_there_are_five():
    assert sorted(PROJECTS) == sorted(AUDIT_FAILURES)


def test_the_audit_finds_the_errors_of_the_plan_and_no_others(outputs):
    results, _, _ = outputs
    findings = results.findings
    failed = findings[findings["check"].str.startswith("audit.") & (findings["verdict"] == "fail")]
    assert failed["check"].tolist() == AUDIT_FAILURES[results.name]


def test_what_fails_is_what_failed_before(outputs):
    results, _, _ = outputs
    assert (results.findings["verdict"] == "fail").sum() == FAILURES[results.name]


def test_the_crosswalk_loses_nothing(outputs):
    results, _, _ = outputs
    drawn = results.parcels[~results.parcels.geometry.is_empty]
    shares = results.crosswalk.groupby("parcel_id")["share"].sum()
    assert abs(shares - 1).max() < 1e-9
    assert set(shares.index) == set(drawn["parcel_id"])


def test_a_region_without_polygon_is_unknown(outputs):
    results, _, _ = outputs
    without = set(results.regions.loc[results.regions.geometry.is_empty, "name"])
    totals = results.findings[results.findings["check"] == "totals.region"]
    assert (totals.loc[totals["region"].isin(without), "verdict"] == "unknown").all()
    if results.name == "huzhou-2024":
        assert without == {"市直"}
        assert "市直" in set(totals["region"])


def test_every_page_opens_offline_and_without_error(outputs, browser):
    results, _, files = outputs
    pages = [f for f in files if f.suffix == ".html"]
    uses = set(results.plan.targets["category"]) | set(results.plan.projects["category"])
    assert len(pages) > 2
    assert {p.stem.removeprefix("map-") for p in pages} - {"report", "overview", "document"} <= uses
    for path in pages:
        with watched_page(browser) as page:
            page.goto(path.as_uri())
            page.wait_for_load_state("load")
            page.wait_for_timeout(300)
            assert (page.faults, page.requests) == ([], []), path.name
            title = results.plan.title if path.stem == "document" else results.title
            assert title in page.inner_text("body")


def test_a_use_without_figures_by_region_is_shown_where_the_plan_places_it(outputs, browser):
    results, folder, _ = outputs
    for category, regions in results.plan.placements[["category", "regions"]].itertuples(
        index=False
    ):
        if not category:
            continue
        with watched_page(browser) as page:
            page.goto((folder / f"map-{category}.html").as_uri())
            page.wait_for_selector(".leaflet-townships-pane path", state="attached")
            placed = '.leaflet-placed-pane path[fill-opacity="0.22"]:not([d="M0 0"])'
            fills = page.locator(placed).count()
            assert f"计划布局（不分解面积）\n{'、'.join(regions)}" in page.inner_text("body")
        drawn = results.regions[~results.regions.geometry.is_empty]["name"]
        assert fills == len(set(regions) & set(drawn))


def test_every_link_of_the_report_leads_to_a_file(outputs, browser):
    _, folder, _ = outputs
    with watched_page(browser) as page:
        page.goto((folder / "report.html").as_uri())
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        ids = set(page.eval_on_selector_all("[id]", "all => all.map(e => e.id)"))
    names = {link.split("#")[0] for link in links}
    assert "overview.html" in {n.split("/")[-1] for n in names}
    for name in names - {""}:
        assert (folder / unquote(name)).exists(), name
    assert {link[1:] for link in links if link.startswith("#")} <= ids


def test_layers_open_elsewhere_with_their_chinese_intact(outputs):
    results, folder, _ = outputs
    layers = dict(pyogrio.list_layers(folder / f"{results.name}.gpkg"))
    land = "片区" if results.name == "huzhou-2023-2027" else "宗地"
    assert {land, f"{land}与区域", "计划区域"} <= set(layers)
    for read in (
        pyogrio.read_dataframe(folder / f"{results.name}.gpkg", layer=land),
        pyogrio.read_dataframe(folder / "shp" / f"{land}.shp"),
    ):
        values = set(read.drop(columns="geometry").astype(str).to_numpy().ravel())
        assert set(results.parcels["category"]) - {""} <= values
        assert read.crs.to_epsg() == results.parcels.crs.to_epsg()


def test_land_is_counted_in_its_own_unit(outputs, browser):
    results, folder, _ = outputs
    land, unit = ("片区", "个") if results.name == "huzhou-2023-2027" else ("宗地", "宗")
    count = len(results.parcels)
    findings = results.told().findings
    (told,) = findings.loc[findings["check"] == "parcels.geometry", "message"]
    assert told.startswith(f"{count} {land.replace('片区', '个片区')}均有图形。")
    with watched_page(browser) as page:
        page.goto((folder / "overview.html").as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        assert f"{count} {unit}" in page.inner_text("body")
        if land == "片区":
            assert "宗" not in page.inner_text("body")


def test_maps_and_report_count_regions_alike(outputs):
    results, _, _ = outputs
    (table,) = (t for t in report_tables(results) if t.key == "summary-region")
    heads = [column.key for column in table.columns]
    told = {row[0]: (row[heads.index("mapped")], row[heads.index("count")]) for row in table.rows}
    for row in draw_legend(glossed(results)).regions:
        if row.region in told:
            area, count = told[row.region]
            assert row.count == count, row.region
            assert row.mapped.replace(",", "") in {str(area), ""}, row.region  # "": undecided


def test_tables_and_document_open_again(outputs):
    results, folder, _ = outputs
    sheets = openpyxl.load_workbook(folder / "tables.xlsx").sheetnames
    assert len(sheets) > 3
    text = "".join(p.text for p in docx.Document(str(folder / "report.docx")).paragraphs)
    assert results.title in text


def test_samples_and_approximations_say_so_in_every_output(outputs, browser):
    results, _, files = outputs
    marks = {"sample": "示例", "schematic": "示意", "approximate": "近似"}
    wanted = {marks[b] for b in {*results.parcels["basis"], *results.regions["basis"]} if b}
    assert wanted
    for path in files:
        if path.suffix == ".html" and path.stem != "document":  # that is the plan's text alone
            with watched_page(browser) as page:
                page.goto(path.as_uri())
                text = page.inner_text("body")
            assert all(word in text for word in wanted), path.name


def test_the_checks_in_json_are_those_of_the_check_table(shown, capsys, monkeypatch):
    monkeypatch.setattr(landgis.project, "run_project", lambda *_, **__: shown.results)
    with pytest.raises(SystemExit) as done:
        main(["check", str(PROJECTS[shown.results.name]), "--json"])
    assert done.value.code == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    rows = [row for row in found if row["check"] in TOTALS]
    assert len(rows) >= 5
    lines = {row[-1]: row for row in shown.tables["balance"].rows}
    for number, row in enumerate(found, 1):
        if row["check"] not in TOTALS:
            continue
        for place, name in ((2, "expected"), (3, "actual"), (4, "difference"), (5, "tolerance")):
            cell = lines[number][place]
            assert (cell is None) == (row[name] is None)
            assert cell is None or cell == Decimal(repr(row[name])), (row["message"], name)


def test_the_map_and_the_summaries_print_the_same_digits(shown):
    checked = {
        (row[0], row[1]): show(row[3]) for row in shown.tables["balance"].rows if row[3] is not None
    }
    legend = {row["category"]: row["mapped"] for row in shown.map["legend"]}
    by_use, by_region = shown.tables["summary-use"], shown.tables["summary-region"]
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


def test_the_page_prints_every_cell(shown):
    for key, table in shown.tables.items():
        if key in {"findings", "verdicts"} or not table.rows:
            continue  # laid out otherwise
        heading = shown.page.get_element_by_id(key)
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


def test_the_findings_on_the_page_are_those_of_the_table(shown):
    table = shown.tables["findings"]
    for number, row in enumerate(table.rows):
        (line,) = shown.page.xpath(f"//tr[@id='f{number}']")
        told = [td.text_content() for td in line.xpath("./td")[-5:]]
        assert told == [show(cell) for cell in row[6:11]]


def test_the_workbook_prints_every_cell(shown):
    by_title = {sheet["A1"].value: sheet for sheet in shown.book}
    assert len(by_title) == len(shown.tables)
    for table in shown.tables.values():
        sheet = by_title[table.title]
        for i, row in enumerate(table.rows):
            told = [printed(sheet.cell(i + 4, j + 1)) for j in range(len(row))]
            assert told == [show(cell) for cell in row], (table.key, i)


def test_the_document_prints_every_cell(shown):
    grids = {
        p.text.partition("　")[2].partition("（前")[0]: t
        for p, t in zip(headings(shown.word), shown.word.tables, strict=True)
        if not p.text.startswith("表1　")  # what the first page shows stands in the others
    }
    tables = {t.title: t for t in shown.tables.values() if t.key != "findings"}
    assert grids.keys() == tables.keys()
    for title, grid in grids.items():
        rows = grid._tbl.tr_lst[1:]
        told = [["".join(p.text for p in tc.p_lst) for tc in tr.tc_lst] for tr in rows]
        wanted = [[show(cell) for cell in row] for _, row in tables[title].head(MOST_IN_WORD)]
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
