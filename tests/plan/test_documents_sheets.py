"""Workbooks: numbers as shown, merged cells, names that belie the content."""

import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.errors import InputError
from landgis.plan.documents import sheets as from_sheets
from landgis.plan.documents import worker
from landgis.plan.documents.read import read_blocks
from landgis.plan.documents.sheets import read_xlsx, show_value

SAMPLES = Path(__file__).parent / "samples"


def book_of(rows, title="汇总表"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


def read(book):
    stream = BytesIO()
    book.save(stream)
    return read_xlsx(stream.getvalue(), "plan.xlsx")


def test_a_sheet_is_a_table_with_cells_named_as_in_excel():
    document = read(book_of([["用途", "面积（公顷）"], ["住宅", 30.5], ["商服", 2]]))
    (table,) = document.tables
    assert table.texts() == [["用途", "面积（公顷）"], ["住宅", "30.5"], ["商服", "2"]]
    assert str(table.rows[2][1].place) == "汇总表!B3"
    assert str(table.place) == "汇总表!A1"


def test_merged_ranges_are_filled_and_flagged():
    book = book_of(
        [
            ["附表1 某县2025年供应计划汇总表", None, None],
            [None, None, "单位：公顷"],
            ["用途", "供应面积", None],
            [None, "新增", "存量"],
            ["住宅", 10, 20],
        ]
    )
    for merged in ("A1:C1", "A3:A4", "B3:C3"):
        book.active.merge_cells(merged)
    document = read(book)
    (table,) = document.tables
    assert table.caption == "附表1 某县2025年供应计划汇总表\n单位：公顷"
    assert table.texts() == [
        ["用途", "供应面积", "供应面积"],
        ["用途", "新增", "存量"],
        ["住宅", "10", "20"],
    ]
    assert [c.repeated for row in table.rows for c in row].count(True) == 2
    assert table.rows[0][2].repeated
    assert table.rows[1][0].repeated


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (7.2, "0.00", "7.20"),
        (7.205, "0.00", "7.21"),
        (0.1 + 0.2, "General", "0.3"),
        (30.0, "General", "30"),
        (1234567, "#,##0", "1,234,567"),
        (1234.5, "#,##0.00_ ", "1,234.50"),
        (1234.5, "#,##0.00_);[Red]\\(#,##0.00\\)", "1,234.50"),
        (0.514, "0.0%", "51.4%"),
        (0.5, "0%", "50%"),
        (12, '0.0"公顷"', "12.0公顷"),
        (1e21, "General", "1000000000000000000000"),
        (3.5, "# ?/?", "3.5"),
        (True, "General", "TRUE"),
        (None, "General", ""),
        (" 住宅　用地 ", "@", "住宅 用地"),
        (datetime(2025, 6, 30), "yyyy-mm-dd", "2025-06-30"),  # noqa: DTZ001 - cells have no zone
        (date(2025, 6, 30), "yyyy-mm-dd", "2025-06-30"),
    ],
)
def test_values_as_the_cell_shows_them(value, number_format, shown):
    assert show_value(value, number_format) == shown


@given(st.decimals(min_value=-(10**7), max_value=10**7, places=4))
def test_numbers_survive_a_general_cell(value):
    assert float(show_value(float(value), "General")) == float(value)


@given(st.decimals(min_value=0, max_value=10**7, places=4), st.integers(0, 4))
def test_formats_keep_their_decimals(value, decimals):
    shown = show_value(float(value), "0." + "0" * decimals if decimals else "0")
    assert len(shown.partition(".")[2]) == decimals
    assert abs(float(shown) - float(value)) <= 0.5 * 10**-decimals + 1e-6


def test_every_visible_sheet_is_read_and_a_hidden_one_remarked():
    book = book_of([["用途", "面积"], ["住宅", 1]])
    other = book.create_sheet("宗地清单")
    other.append(["序号", "宗地名称"])
    other.append([1, "甲地块"])
    hidden = book.create_sheet("字典")
    hidden.append(["a", "b"])
    hidden.sheet_state = "hidden"
    document = read(book)
    assert [t.place.sheet for t in document.tables] == ["汇总表", "宗地清单"]
    assert document.remarks[0].values == {"sheet": "字典"}


def test_a_cell_at_the_far_end_costs_nothing():
    book = book_of([["用途", "面积"], ["住宅", 1]])
    book.active.cell(1_048_576, 16_384, "远")
    assert read(book).tables[0].shape == (3, 3)


def test_titles_that_are_not_merged_stand_above_the_table():
    titles = [["东县2025年度国有建设用地供应计划"], ["附表1"], ["供应计划汇总表"], ["单位：公顷"]]
    document = read(book_of([*titles, ["用途", "面积"], ["住宅", 30.5]]))
    (table,) = document.tables
    assert table.texts() == [["用途", "面积"], ["住宅", "30.5"]]
    assert [p.text for p in document.paragraphs] == [row[0] for row in titles]


def test_a_range_merged_over_the_whole_sheet_is_not_filled():
    stream = BytesIO()
    book_of([["单位：公顷"], ["用途", "面积"], ["住宅", 30.5]]).save(stream)
    endless = b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    packed = BytesIO()
    with zipfile.ZipFile(stream) as whole, zipfile.ZipFile(packed, "w") as merged:
        for member in whole.namelist():
            data = whole.read(member)
            if member.endswith("sheet1.xml"):
                data = data.replace(b"</sheetData>", endless)
            merged.writestr(member, data)
    assert read_xlsx(packed.getvalue(), "plan.xlsx").text.startswith("单位：公顷")


def test_two_tables_on_a_sheet_stay_two():
    book = book_of(
        [
            ["附表1 汇总表", None],
            ["用途", "面积（公顷）"],
            ["住宅", 1.5],
            [None, None],
            ["附表2 宗地清单", None],
            ["宗地名称", "面积（亩）"],
            ["甲地块", 22.5],
        ]
    )
    document = read(book)
    assert [t.caption for t in document.tables] == ["附表1 汇总表", "附表2 宗地清单"]
    assert [t.shape for t in document.tables] == [(2, 2), (2, 2)]


def test_styles_that_openpyxl_refuses_do_not_matter(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise ValueError("styles")

    monkeypatch.setattr(from_sheets.openpyxl, "load_workbook", refuse)
    book = book_of([["附表", None], ["用途", "面积"], ["住宅", 30.5]])
    book.active.merge_cells("A1:B1")
    document = read(book)
    assert document.tables[0].texts() == [["用途", "面积"], ["住宅", "30.5"]]
    assert str(document.tables[0].rows[1][1].place) == "汇总表!B3"


def test_a_workbook_named_xls_is_read_with_a_remark(tmp_path):
    book_of([["用途", "面积"], ["住宅", 1]]).save(tmp_path / "a.xlsx")
    (tmp_path / "a.xlsx").rename(tmp_path / "a.xls")
    document = read_blocks(tmp_path / "a.xls")
    assert document.format == "xlsx"
    assert document.remarks[0].values["suffix"] == ".xls"


def test_sheets_of_one_header_stay_apart_and_lend_their_names():
    book = book_of([["片区名称", "面积"], ["一片", 1]], title="甲区")
    other = book.create_sheet("乙区")
    for row in (["片区名称", "面积"], ["二片", 2]):
        other.append(row)
    assert [t.caption for t in read(book).tables] == ["甲区", "乙区"]


def test_formulas_without_a_stored_result_are_remarked():
    document = read(book_of([["用途", "面积"], ["住宅", 1], ["合计", "=SUM(B2:B2)"]]))
    assert document.tables[0].texts()[-1] == ["合计", ""]
    assert document.remarks[0].values == {"count": 1}


def test_an_old_xls_with_merged_cells():
    document = read_blocks(SAMPLES / "annex.xls")
    (table,) = document.tables
    assert document.format == "xls"
    assert table.caption == "附表2 某县2025年度供应计划宗地清单\n单位：公顷"
    assert table.texts() == [
        ["序号", "宗地名称", "用途", "面积"],
        ["1", "甲地块", "住宅用地", "2.35"],
        ["2", "乙地块", "住宅用地", "1.2"],
        ["合计", "", "", "3.55"],
    ]
    assert [c.repeated for c in table.rows[2]] == [False, False, True, False]
    assert str(table.rows[2][2].place) == "宗地清单!C5"


def test_a_web_page_named_xls():
    document = read_blocks(SAMPLES / "web_page.xls")
    assert document.format == "html"
    assert document.tables[0].texts()[-1] == ["合计", "合计", "3.55"]
    assert document.tables[0].rows[-1][1].repeated


def test_a_damaged_xls_that_keeps_its_reader_busy_for_ever_is_refused(monkeypatch):
    monkeypatch.setattr(worker, "SECONDS", 2)
    with pytest.raises(InputError, match=r"endless\.xls 读取所需的时间或内存"):
        read_blocks(SAMPLES / "endless.xls")


def test_a_column_that_no_workbook_has_is_a_damaged_file():
    stream, packed = BytesIO(), BytesIO()
    book_of([["用途", "面积"], ["住宅", 30.5]]).save(stream)
    with zipfile.ZipFile(stream) as whole, zipfile.ZipFile(packed, "w") as changed:
        for part in whole.namelist():
            changed.writestr(part, whole.read(part).replace(b'r="B2"', b'r="NBOB2"'))
    with pytest.raises(InputError, match="损坏"):
        read_xlsx(packed.getvalue(), "a.xlsx")
