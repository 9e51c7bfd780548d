"""One figure, one form: JSON, HTML, XLSX, DOCX and the map page print the same digits."""

import json
import re
from decimal import Decimal
from pathlib import Path

import docx
import lxml.html
import openpyxl
import pytest

from landgis.cli import main
from landgis.maps.page import write_maps
from landgis.project import load_project, run_project
from landgis.report.write import write_report

DATA = Path(__file__).parents[2] / "data" / "projects"
TOTALS = {"totals.grand", "totals.use", "totals.region"}


@pytest.fixture(scope="module", params=["lianzhou-2025", "huzhou-2024"])
def outputs(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("same")
    results = run_project(load_project(DATA / f"{request.param}.toml"))
    write_report(results, folder)
    write_maps(results, folder)
    return request.param, folder


def printed(name, capsys):
    """Mapped areas of the checks by (region, use), as `landgis check --json` prints them."""
    with pytest.raises(SystemExit) as done:
        main(["check", str(DATA / f"{name}.toml"), "--json"])
    assert done.value.code == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    return {
        (row["region"], row["category"]): Decimal(repr(row["actual"]))
        for row in found
        if row["check"] in TOTALS and row["actual"] is not None
    }


def numbers(rows, heads):
    """Column 图上 of a check table, by (region, use), as text."""
    place = heads.index("图上")
    names = {"全部": "", "合计": ""}
    return {
        (names.get(row[0], row[0]), names.get(row[1], row[1])): row[place].replace(",", "")
        for row in rows
        if row[place]
    }


def test_every_output_prints_the_same_digits(outputs, capsys):
    name, folder = outputs
    told = printed(name, capsys)
    assert len(told) >= 8

    page = lxml.html.fromstring((folder / "report.html").read_text("utf-8"))
    (grid,) = page.xpath("//table[@class='balance']")
    heads = [th.text_content() for th in grid.xpath(".//th")]
    html = numbers([[td.text_content() for td in tr] for tr in grid.xpath(".//tbody/tr")], heads)

    document = docx.Document(folder / "report.docx")
    tables = [[[c.text for c in r.cells] for r in t.rows] for t in document.tables]
    word = next(
        numbers(t[1:], t[0]) for t in tables if t[0][:4] == ["区域", "用途", "计划", "图上"]
    )

    sheet = openpyxl.load_workbook(folder / "tables.xlsx")["区域 × 用途核对表"]
    cells = list(sheet.iter_rows(min_row=3))
    rows = [
        [
            c.value if not isinstance(c.value, int | float) else f"{c.value:.{places(c)}f}"
            for c in row
        ]
        for row in cells[1:]
    ]
    excel = numbers(rows, [c.value for c in cells[0]])

    for key, value in told.items():
        assert html[key] == word[key] == excel[key], key
        assert Decimal(html[key]) == value, key

    summary = next(t for t in tables if t[0][0] == "用途" and "图上面积" in t[0])
    by_use = {row[0]: row[summary[0].index("图上面积")].replace(",", "") for row in summary[1:]}
    data = json.loads(
        lxml.html.fromstring((folder / "overview.html").read_text("utf-8")).xpath(
            "//script[@id='page']/text()"
        )[0]
    )
    mapped = {row["category"]: row["mapped"].replace(",", "") for row in data["legend"]}
    shared = [use for region, use in told if not region and use in mapped]
    assert "" in shared
    assert len(shared) >= 4
    for use in shared:
        assert mapped[use] == html["", use] == by_use[use or "合计"], use


def places(cell):
    """Decimals of a cell's number format."""
    return len(re.sub(r"^[^.]*\.?", "", cell.number_format))
