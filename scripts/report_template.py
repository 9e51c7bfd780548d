"""Build landgis/report/templates/report.docx, the template of the DOCX report.

Run it after a change here; a bureau edits the document itself instead (styles, header, seal).
"""

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

TARGET = Path(__file__).parent.parent / "landgis" / "report" / "templates" / "report.docx"


def typeface(style: Any, name: str, size: float, *, bold: bool | None = None) -> None:
    """Set the Chinese typeface of a style."""
    style.font.name = "Times New Roman"
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)
    style.font.size = Pt(size)
    style.font.color.rgb = RGBColor(0, 0, 0)
    if bold is not None:
        style.font.bold = bold


def build() -> None:
    """Write the template."""
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2.2)
    typeface(document.styles["Normal"], "宋体", 10.5)
    document.styles["Normal"].paragraph_format.line_spacing = 1.3
    typeface(document.styles["Title"], "黑体", 20, bold=True)
    typeface(document.styles["Heading 1"], "黑体", 15, bold=True)
    typeface(document.styles["Heading 2"], "黑体", 12, bold=True)
    document.add_paragraph("{{ title }}", style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("{{ subtitle }}").alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("{{ made }}").alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("{%p for mark in marks %}")
    mark = document.add_paragraph()
    mark.alignment = WD_ALIGN_PARAGRAPH.CENTER
    mark.add_run("{{ mark }}").bold = True
    document.add_paragraph("{%p endfor %}")
    document.add_heading("{{ words.summary }}", 1)
    document.add_paragraph("{{ summary }}")
    document.add_paragraph("{%p for sentence in conclusion %}")
    document.add_paragraph("{{ sentence }}")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p for line in open %}")
    document.add_paragraph("{{ line }}", style="List Bullet")
    document.add_paragraph("{%p endfor %}")
    document.add_heading("{{ words.tables }}", 1)
    document.add_paragraph("{%p for table in tables %}")
    document.add_heading("{{ table.title }}", 2)
    grid = document.add_table(rows=4, cols=3, style="Table Grid")
    rows = [
        ["{%tc for head in table.heads %}", "{{ head }}", "{%tc endfor %}"],
        ["{%tr for row in table.rows %}", "", ""],
        ["{%tc for cell in row %}", "{{ cell }}", "{%tc endfor %}"],
        ["{%tr endfor %}", "", ""],
    ]
    for line, texts in zip(grid.rows, rows, strict=True):
        for cell, text in zip(line.cells, texts, strict=True):
            run = cell.paragraphs[0].add_run(text)
            run.font.size = Pt(8.5)
            cell.paragraphs[0].paragraph_format.line_spacing = 1.0
    for cell in grid.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True
    grid.rows[0]._tr.get_or_add_trPr().append(grid._tbl.makeelement(qn("w:tblHeader"), {}))  # noqa: SLF001 - python-docx has no call for a repeated heading row
    document.add_paragraph("{%p if table.note and table.key != 'verdicts' %}")
    document.add_paragraph("{{ table.note }}")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{{ words.signature }}").alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.core_properties.author = ""
    document.core_properties.title = ""
    document.core_properties.comments = ""
    TARGET.parent.mkdir(exist_ok=True)
    document.save(TARGET)


if __name__ == "__main__":
    build()
