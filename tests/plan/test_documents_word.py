"""Word documents: body order, merged cells, text boxes, tracked changes."""

from io import BytesIO

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from landgis.plan.documents.read import Paragraph, read_blocks
from landgis.plan.documents.word import read_word


def read(document):
    stream = BytesIO()
    document.save(stream)
    return read_word(stream.getvalue(), "plan.docx")


def add_table(document, rows):
    table = document.add_table(len(rows), len(rows[0]))
    for row, words in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, words, strict=True):
            cell.text = text
    return table


def test_body_order_and_places():
    document = docx.Document()
    document.add_heading("供应计划", 1)
    document.add_paragraph("")
    document.add_paragraph("附表1　汇总表")
    add_table(document, [["用途", "面积（公顷）"], ["住宅", "30.5"]])
    document.add_paragraph("此件公开发布")
    got = read(document)
    assert [type(b).__name__ for b in got.blocks] == [
        "Paragraph",
        "Paragraph",
        "TableBlock",
        "Paragraph",
    ]
    assert [str(b.place) for b in got.blocks] == ["第1段", "第2段", "表1", "第3段"]
    assert got.tables[0].caption == "附表1 汇总表"
    assert str(got.tables[0].rows[1][1].place) == "表1第2行第2列"


def test_merged_header_cells_are_repeated_and_flagged():
    #  用途 |   供应面积
    #       | 新增 | 存量
    #  住宅 |  10  |  20
    document = docx.Document()
    table = add_table(
        document, [["用途", "供应面积", ""], ["", "新增", "存量"], ["住宅", "10", "20"]]
    )
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    got = read(document).tables[0]
    assert got.texts() == [
        ["用途", "供应面积", "供应面积"],
        ["用途", "新增", "存量"],
        ["住宅", "10", "20"],
    ]
    assert [[c.repeated for c in row] for row in got.rows] == [
        [False, False, True],
        [True, False, False],
        [False, False, False],
    ]


def test_a_title_row_across_the_table_is_a_paragraph_and_its_caption():
    document = docx.Document()
    table = add_table(
        document,
        [["2025年供应计划汇总表", ""], ["单位：公顷", ""], ["用途", "面积"], ["住宅", "3"]],
    )
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(1, 0).merge(table.cell(1, 1))
    got = read(document)
    assert got.tables[0].caption == "2025年供应计划汇总表\n单位：公顷"
    assert got.tables[0].texts() == [["用途", "面积"], ["住宅", "3"]]
    assert str(got.paragraphs[0].place) == "表1第1行第1列"


def test_a_closing_note_is_a_paragraph():
    document = docx.Document()
    table = add_table(document, [["用途", "面积"], ["住宅", "3"], ["注：不含水面", ""]])
    table.cell(2, 0).merge(table.cell(2, 1))
    got = read(document)
    assert got.tables[0].shape == (2, 2)
    assert got.blocks[-1].text == "注：不含水面"


def test_nested_table_follows_its_host_and_a_frame_is_opened():
    document = docx.Document()
    host = add_table(document, [["甲", "乙"]])
    inner = host.cell(0, 1).add_table(2, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "用途", "面积"
    inner.cell(1, 0).text, inner.cell(1, 1).text = "住宅", "3"
    frame = add_table(document, [["框内一段"]])
    frame.cell(0, 0).add_paragraph("框内又一段")
    got = read(document)
    assert [t.texts() for t in got.tables] == [[["甲", "乙"]], [["用途", "面积"], ["住宅", "3"]]]
    assert [p.text for p in got.paragraphs] == ["框内一段", "框内又一段"]


def test_text_boxes_content_controls_and_tracked_changes():
    document = docx.Document()
    paragraph = document.add_paragraph("总量")
    w = nsdecls("w")
    paragraph._p.append(
        parse_xml(f'<w:del {w} w:id="1" w:author="a"><w:r><w:delText>90</w:delText></w:r></w:del>')
    )
    paragraph._p.append(
        parse_xml(f'<w:ins {w} w:id="2" w:author="a"><w:r><w:t>100亩</w:t></w:r></w:ins>')
    )
    box = (
        f'<w:r {w} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:v="urn:schemas-microsoft-com:vml"><mc:AlternateContent>'
        "<mc:Choice Requires='wps'><w:txbxContent><w:p><w:r><w:t>框中文字</w:t></w:r></w:p>"
        "</w:txbxContent></mc:Choice>"
        "<mc:Fallback><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>框中文字</w:t></w:r></w:p>"
        "</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    document.add_paragraph("正文")._p.append(parse_xml(box))
    document.element.body.insert(
        0,
        parse_xml(
            f"<w:sdt {w}><w:sdtContent><w:p><w:r><w:t>控件内标题</w:t></w:r></w:p></w:sdtContent>"
            "</w:sdt>"
        ),
    )
    assert [b.text for b in read(document).blocks] == [
        "控件内标题",
        "总量100亩",
        "正文",
        "框中文字",
    ]


def test_a_deleted_row_is_left_out_and_a_table_in_two_parts_is_one():
    document = docx.Document()
    table = add_table(document, [["用途", "面积"], ["住宅", "3"], ["旧行", "9"]])
    row = table.rows[2]._tr.get_or_add_trPr()
    row.append(parse_xml(f'<w:del {nsdecls("w")} w:id="3" w:author="a"/>'))
    add_table(document, [["用途", "面积"], ["商服", "2"]])
    got = read(document)
    assert [t.texts() for t in got.tables] == [[["用途", "面积"], ["住宅", "3"], ["商服", "2"]]]


@pytest.mark.parametrize("name", ["plan.docx", "plan.doc", "plan.wps", "plan.txt"])
def test_content_decides_not_the_name(tmp_path, name):
    document = docx.Document()
    document.add_paragraph("供应总量100公顷。")
    document.save(tmp_path / name)
    got = read_blocks(tmp_path / name)
    assert got.format == "docx"
    assert isinstance(got.blocks[0], Paragraph)
    assert bool(got.remarks) == name.endswith((".doc", ".wps"))
