"""Land that was chosen among candidates: told in report, workbook, document and map."""

import zipfile
from dataclasses import replace

import invented
import pandas as pd

from landgis.maps.page import write_maps
from landgis.report.tables import report_tables
from landgis.report.write import write_report


def test_the_choice_stands_in_every_table_and_on_the_map(tmp_path):
    land = invented.parcels().head(4)
    ids = [*land["parcel_id"].head(3), "未选一宗"]
    choice = land[["category", "geometry"]].assign(
        parcel_id=ids,
        region="西区",
        chosen=[True, True, True, False],
        use=[*land["category"].head(3), ""],
        quarter=pd.array([1, 2, 3, None], dtype="Int64"),
        area_m2=[25600.0, 25600.0, 25600.0, None],
        why=["best", "only", "locked", "met"],
    )
    results = replace(invented.results(land.head(3)), choice=choice)
    table = next(t for t in report_tables(results) if t.key == "choice")
    assert [row[2] for row in table.rows] == ["入选"] * 3 + ["未选"]
    assert [row[6] for row in table.rows][2:] == ["锁定入选", "选它不会更接近计划，或得分更低"]
    files = write_report(results, tmp_path, lang="en")
    html = next(f for f in files if f.name == "report.html").read_text("utf-8")
    assert "Choice of land" in html
    assert "it brings the plan no nearer, or scores less" in html
    book = pd.read_excel(tmp_path / "tables.xlsx", sheet_name=None, header=None, engine="openpyxl")
    assert any("未选一宗" in sheet.to_string() for sheet in book.values())
    with zipfile.ZipFile(tmp_path / "report.docx") as document:
        assert "未选一宗" in document.read("word/document.xml").decode("utf-8")
    page = write_maps(results, tmp_path)[0].read_text("utf-8")
    assert '"unchosen":{"places":[{' in page
    assert "未选的候选地块" in page
