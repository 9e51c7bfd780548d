"""PDF: paragraphs flowed again, tables over several pages, heads and feet dropped."""

import re
from io import BytesIO

import pytest
from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph as Flowable
from reportlab.platypus import SimpleDocTemplate, Table

from landgis.errors import InputError
from landgis.plan.documents.pages import read_pdf
from landgis.plan.documents.read import read_blocks

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
BODY = ParagraphStyle(
    "body", fontName=FONT, fontSize=12, leading=20, firstLineIndent=24, wordWrap="CJK"
)
TITLE = ParagraphStyle("title", fontName=FONT, fontSize=18, leading=28, alignment=1)
CELL = ParagraphStyle("cell", fontName=FONT, fontSize=10, leading=13, wordWrap="CJK")
SENTENCE = (
    "2025年度全县国有建设用地供应总量控制在132.72823公顷以内，其中住宅用地31.14831公顷，商服用地"
    "13.86643公顷，工矿仓储用地69.302972公顷，交通运输用地6.26376公顷。"
)
LONG = "第{}号老旧工业片区更新改造与功能提升综合整治项目"


def furniture(canvas, template):
    canvas.setFont(FONT, 9)
    canvas.drawString(72, A4[1] - 40, "某县人民政府公报")
    canvas.drawCentredString(A4[0] / 2, 40, f"— {template.page} —")


def pdf(*flowables):
    stream = BytesIO()
    SimpleDocTemplate(stream, pagesize=A4).build(
        list(flowables), onFirstPage=furniture, onLaterPages=furniture
    )
    return stream.getvalue()


def ruled(rows, *styles, **options):
    return Table(
        rows,
        style=[
            ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
            ("FONT", (0, 0), (-1, -1), FONT, 10),
            *styles,
        ],
        **options,
    )


@pytest.fixture(scope="module")
def gazette():
    rows = [["序号", "区县", "片区名称", "面积（亩）"]]
    rows += [
        [str(i), "甲区", Flowable(LONG.format(i), CELL), f"{100 + i}.50"] for i in range(1, 61)
    ]
    rows += [["合计", "", "", "7860.00"]]
    return read_pdf(
        pdf(
            Flowable("某县2025年度国有建设用地供应计划", TITLE),
            Flowable("一、总量", BODY),
            Flowable(SENTENCE * 3, BODY),
            Flowable(SENTENCE * 12, BODY),
            Flowable(SENTENCE, BODY),
            Flowable("附表1 片区清单", TITLE),
            ruled(rows, ("SPAN", (0, -1), (2, -1)), colWidths=[40, 60, 200, 80], repeatRows=1),
            Flowable("注：面积以实测为准。", BODY),
        ),
        "plan.pdf",
    )


def test_lines_broken_at_the_page_width_are_joined(gazette):
    assert [p.text for p in gazette.paragraphs] == [
        "某县2025年度国有建设用地供应计划",
        "一、总量",
        SENTENCE * 3,
        SENTENCE * 12,
        SENTENCE,
        "附表1 片区清单",
        "注：面积以实测为准。",
    ]
    assert str(gazette.paragraphs[1].place) == "第1页第3行"


def test_a_table_over_several_pages_is_one(gazette):
    (table,) = gazette.tables
    assert table.shape == (62, 4)
    assert table.caption == "附表1 片区清单"
    assert [row[2] for row in table.texts()[1:-1]] == [LONG.format(i) for i in range(1, 61)]
    assert table.rows[0][0].place.page < table.rows[-1][0].place.page
    assert "表1" in str(table.rows[-1][3].place)


def test_merged_cells_are_filled_and_flagged(gazette):
    last = gazette.tables[0].rows[-1]
    assert [cell.text for cell in last] == ["合计", "合计", "合计", "7860.00"]
    assert [cell.repeated for cell in last] == [False, True, True, False]


def test_a_merged_header():
    document = read_pdf(
        pdf(
            ruled(
                [["用途", "供应面积", ""], ["", "新增", "存量"], ["住宅", "10", "20"]],
                ("SPAN", (0, 0), (0, 1)),
                ("SPAN", (1, 0), (2, 0)),
            )
        ),
        "a.pdf",
    )
    assert document.tables[0].texts() == [
        ["用途", "供应面积", "供应面积"],
        ["用途", "新增", "存量"],
        ["住宅", "10", "20"],
    ]


def test_table_words_are_not_repeated_as_paragraphs(gazette):
    assert not any("老旧工业片区" in p.text for p in gazette.paragraphs)


def test_heads_feet_and_page_numbers_go(gazette):
    assert "公报" not in gazette.text
    assert "—" not in gazette.text


def test_pages_without_any_text_are_pictures():
    stream = BytesIO()
    canvas = Canvas(stream)
    canvas.rect(10, 10, 100, 100, fill=1)
    canvas.save()
    document = read_pdf(stream.getvalue(), "scan.pdf")
    assert (document.blocks, document.pictures) == ((), (1,))


def test_a_password_is_named():
    stream = BytesIO()
    canvas = Canvas(stream, encrypt="geheim")
    canvas.drawString(72, 700, "plan")
    canvas.save()
    with pytest.raises(InputError, match="密码"):
        read_pdf(stream.getvalue(), "locked.pdf")


def test_words_printed_twice_for_boldness_count_once():
    stream = BytesIO()
    canvas = Canvas(stream)
    canvas.setFont(FONT, 12)
    for shift in (0, 0.3):
        canvas.drawString(72 + shift, 700, "供应总量100公顷")
    canvas.save()
    assert read_pdf(stream.getvalue(), "a.pdf").text == "供应总量100公顷"


@pytest.mark.parametrize("style", [[], [("LINEABOVE", (0, 0), (-1, 1), 1, colors.black)]])
def test_a_table_without_vertical_rulings(style):
    rows = [["用途", "面积（公顷）", "占比"], ["住宅用地", "30.50", "60%"], ["商服", "20.33", ""]]
    table = Table(
        rows, colWidths=[100, 100, 60], style=[("FONT", (0, 0), (-1, -1), FONT, 10), *style]
    )
    document = read_pdf(
        pdf(Flowable(SENTENCE, BODY), Flowable("附表1", TITLE), table, Flowable(SENTENCE, BODY)),
        "a.pdf",
    )
    assert [t.texts() for t in document.tables] == [rows]
    assert document.tables[0].caption == "附表1"
    assert [p.text for p in document.paragraphs][-3:] == [SENTENCE, "附表1", SENTENCE]


def test_a_signature_is_no_table():
    stream = BytesIO()
    canvas = Canvas(stream)
    canvas.setFont(FONT, 12)
    for y, words in ((700, "某县自然资源局"), (680, "2025年1月8日"), (660, "（公开）")):
        canvas.drawString(72, y, "抄送")
        canvas.drawString(300, y, words)
    canvas.save()
    assert read_pdf(stream.getvalue(), "a.pdf").tables == ()


def test_a_raised_figure_stays_in_its_line():
    stream = BytesIO()
    canvas = Canvas(stream)
    canvas.setFont("Helvetica", 12)
    canvas.drawString(72, 700, "100hm")
    canvas.setFont("Helvetica", 6)
    canvas.drawString(72 + canvas.stringWidth("100hm", "Helvetica", 12), 706, "2")
    canvas.save()
    assert read_pdf(stream.getvalue(), "a.pdf").text == "100hm2"


def test_a_number_in_a_font_of_another_height_stays_in_its_line():
    stream = BytesIO()
    canvas = Canvas(stream)
    canvas.setFont(FONT, 24)
    canvas.drawString(72, 700, "某县")
    canvas.setFont("Helvetica", 20)
    canvas.drawString(120, 704, "2025")
    canvas.setFont(FONT, 24)
    canvas.drawString(165, 700, "年度供应计划")
    canvas.save()
    assert read_pdf(stream.getvalue(), "a.pdf").text == "某县2025年度供应计划"


def test_pages_without_text_are_remarked():
    stream = BytesIO()
    canvas = Canvas(stream)
    canvas.setFont(FONT, 12)
    canvas.drawString(72, 700, "供应总量100公顷")
    canvas.showPage()
    canvas.drawInlineImage(Image.new("L", (9, 9)), 72, 72, 300, 300)
    canvas.save()
    document = read_pdf(stream.getvalue(), "a.pdf")
    assert document.text == "供应总量100公顷"
    assert document.pictures == (2,)


def test_a_damaged_page_is_remarked_and_an_empty_one_is_not():
    stream = BytesIO()
    canvas = Canvas(stream, pageCompression=1)
    for words in ("供应总量100公顷", "", "住宅用地40公顷"):
        for line in range(30 if words else 0):
            canvas.setFont(FONT, 12)
            canvas.drawString(72, 700 - 20 * line, words)
        canvas.showPage()
    canvas.save()
    data = bytearray(stream.getvalue())
    begin = [m.end() for m in re.finditer(rb"(?<!end)stream\r?\n", data)][2]
    data[begin + 4 : begin + 24] = b"!" * 20
    assert read_pdf(bytes(data), "a.pdf").pictures == (3,)


def test_a_cut_off_file_is_damaged(tmp_path):
    file = tmp_path / "cut.pdf"
    file.write_bytes(pdf(Flowable("计划", BODY))[:400])
    with pytest.raises(InputError, match=r"cut\.pdf"):
        read_blocks(file)
