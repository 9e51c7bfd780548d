"""The five demonstration projects, from the plan document to pages, tables and layers."""

from pathlib import Path
from urllib.parse import unquote

import docx
import openpyxl
import pyogrio
import pytest
from browser import watched_page

from landgis.maps.legend import draw_legend
from landgis.maps.page import glossed
from landgis.project import load_project, run_project, write_outputs
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


@pytest.fixture(scope="module", params=sorted(PROJECTS))
def outputs(request, tmp_path_factory):
    """Results, folder and files of one project."""
    project = load_project(PROJECTS[request.param])
    results = run_project(project)
    folder = tmp_path_factory.mktemp(request.param)
    return results, folder, write_outputs(results, folder, formats=project.formats)


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
