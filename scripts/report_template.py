"""Build the templates of the DOCX report and of its summary, in the form of GB/T 9704.

Run it after a change here; a bureau edits the documents themselves instead (styles, header, seal).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FOLDER = Path(__file__).parent.parent / "landgis" / "report" / "templates"
TITLE, BLACK, KAI, SONG = "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
BODY = "仿宋_GB2312"
SIZE = {"二号": 22.0, "三号": 16.0, "四号": 14.0, "小四": 12.0, "小五": 9.0}
MARGINS = {"top": 37, "bottom": 35, "left": 28, "right": 26}
"""Of the page (mm): 天头 37, 订口 28, and a type area of 156 × 225."""
CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def typeface(style: Any, name: str, size: float, *, bold: bool = False) -> None:
    """Set the Chinese typeface of a style."""
    style.font.name = "Times New Roman"
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), name)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor(0, 0, 0)


def lines(style: Any, points: float, *, indent: float = 0.0) -> None:
    """Set the fixed distance of lines, and how far the first is set in."""
    form = style.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(points)
    form.space_before = form.space_after = Pt(0)
    form.first_line_indent = Pt(indent)
    form.widow_control = True


def prepare(body: float = SIZE["三号"], distance: float = 28.0) -> Any:
    """Open a document of the form: page, typefaces, page numbers."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, width in MARGINS.items():
        setattr(section, f"{side}_margin", Mm(width))
    section.footer_distance = Mm(28)
    document.settings.odd_and_even_pages_header_footer = True
    styles = document.styles
    typeface(styles["Normal"], BODY, body)
    lines(styles["Normal"], distance, indent=2 * body)
    for name, face, size in (
        ("Title", TITLE, SIZE["二号"]),
        ("Heading 1", BLACK, body),
        ("Heading 2", KAI, body),
        ("Heading 3", BODY, body),
        ("Caption", BLACK, SIZE["小四"]),
    ):
        typeface(styles[name], face, size, bold=name == "Heading 3")
        lines(styles[name], 34 if name == "Title" else distance)
        styles[name].paragraph_format.keep_with_next = True
    for name in ("Heading 1", "Heading 2", "Heading 3"):
        styles[name].paragraph_format.first_line_indent = Pt(2 * body)
    for border in styles["Title"].element.xpath("w:pPr/w:pBdr"):
        border.getparent().remove(border)
    for footer, side in ((section.footer, RIGHT), (section.even_page_footer, None)):
        number(footer.paragraphs[0], side)
    return document


def number(paragraph: Any, side: Any) -> None:
    """Write the page number between dashes: — 1 —, a character away from the outer edge."""
    paragraph.alignment = side
    form = paragraph.paragraph_format
    form.first_line_indent, form.left_indent, form.right_indent = Pt(0), Pt(14), Pt(14)
    for text, kind in (("— ", ""), ("", "begin"), ("PAGE", "code"), ("", "end"), (" —", "")):
        run = paragraph.add_run(text if not kind else "")
        run.font.size, run.font.name = Pt(SIZE["四号"]), SONG
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)  # noqa: SLF001 - as below
        if kind == "code":
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)  # noqa: SLF001 - python-docx has no call for fields
        elif kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)  # noqa: SLF001 - as above


def put(document: Any, text: str, *, style: str = "Normal", side: Any = None) -> Any:
    """Add a paragraph; what stands in the middle or at the right is not set in."""
    paragraph = document.add_paragraph(text, style=style)
    if side is not None:
        paragraph.alignment = side
        paragraph.paragraph_format.first_line_indent = Pt(0)
    return paragraph


def loop(document: Any, over: str, texts: Sequence[tuple[str, str]]) -> None:
    """Repeat paragraphs."""
    document.add_paragraph(f"{{%p for {over} %}}")
    for style, text in texts:
        put(document, text, style=style)
    document.add_paragraph("{%p endfor %}")


def picture(document: Any, name: str) -> None:
    """Place a picture with its caption below."""
    form = put(document, f"{{{{ {name}.image }}}}", side=CENTRE).paragraph_format
    form.line_spacing_rule, form.keep_with_next = WD_LINE_SPACING.SINGLE, True
    below = put(document, f"{{{{ {name}.caption }}}}", style="Caption", side=CENTRE)
    below.paragraph_format.keep_with_next = False  # it belongs to what stands above


def grid(document: Any, name: str) -> None:
    """Place a table with its caption above and its note below."""
    put(document, f"{{{{ {name}.caption }}}}", style="Caption", side=CENTRE)
    table = document.add_table(rows=4, cols=3, style="Table Grid")
    rows = [
        [f"{{%tc for head in {name}.heads %}}", "{{ head }}", "{%tc endfor %}"],
        [f"{{%tr for row in {name}.rows %}}", "", ""],
        ["{%tc for cell in row %}", "{{ cell }}", "{%tc endfor %}"],
        ["{%tr endfor %}", "", ""],
    ]
    for line, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(line.cells, texts, strict=True):
            run = cell.paragraphs[0].add_run(text)
            run.font.size = Pt(SIZE["小五"])
            run.font.name = "Times New Roman"
            run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)  # noqa: SLF001 - python-docx has no call for it
            form = cell.paragraphs[0].paragraph_format
            form.line_spacing_rule, form.first_line_indent = WD_LINE_SPACING.SINGLE, Pt(0)
    for cell in table.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True
    table.rows[0]._tr.get_or_add_trPr().append(table._tbl.makeelement(qn("w:tblHeader"), {}))  # noqa: SLF001 - python-docx has no call for a repeated heading row
    document.add_paragraph(f"{{%p if {name}.note and {name}.key != 'verdicts' %}}")
    note = put(document, f"{{{{ {name}.note }}}}", side=WD_ALIGN_PARAGRAPH.LEFT)
    note.runs[0].font.size = Pt(SIZE["小五"])
    note.paragraph_format.line_spacing = Pt(14)
    document.add_paragraph("{%p endif %}")


def heading(document: Any) -> None:
    """Place title and what stands under it."""
    put(document, "{{ title }}", style="Title", side=CENTRE)
    for text in ("{{ subtitle }}", "{{ made }}"):
        put(document, text, side=CENTRE).runs[0].font.size = Pt(SIZE["小四"])
    loop(document, "mark in marks", [("Normal", "（{{ mark }}）")])


def close(document: Any, name: str) -> None:
    """Save without the names of who made it."""
    about = document.core_properties
    about.author = about.title = about.comments = ""
    document.save(FOLDER / name)


def build_report() -> None:
    """Write the template of the report."""
    document = prepare()
    heading(document)
    document.add_heading("{{ words.summary }}", 1)
    loop(document, "sentence in conclusion", [("Normal", "{{ sentence }}")])
    put(document, "{{ summary }}")
    document.add_paragraph("{%p if map.image %}")
    picture(document, "map")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if brief.rows %}")
    grid(document, "brief")
    document.add_paragraph("{%p endif %}")
    document.add_heading("{{ words.causes }}", 1)
    for part in ("failed", "undecided"):
        document.add_paragraph(f"{{%p if {part} %}}")
        document.add_heading(f"{{{{ words.{part} }}}}", 2)
        loop(
            document,
            f"cause in {part}",
            [("Normal", "{{ loop.index }}. {{ cause.message }}{{ cause.todo }}")],
        )
        document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if charts %}")
    document.add_heading("{{ words.charts }}", 1)
    document.add_paragraph("{%p for chart in charts %}")
    picture(document, "chart")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endif %}")
    put(document, "{{ words.signature }}", side=RIGHT)
    document.add_heading("{{ words.tables }}", 1)
    document.add_paragraph("{%p for table in upright %}")
    grid(document, "table")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p if across %}")
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.top_margin, section.right_margin = Mm(MARGINS["left"]), Mm(MARGINS["top"])
    section.bottom_margin, section.left_margin = Mm(MARGINS["right"]), Mm(MARGINS["bottom"])
    section.footer_distance = Mm(18)
    document.add_paragraph("{%p for table in across %}")
    grid(document, "table")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endif %}")
    close(document, "report.docx")


def build_summary() -> None:
    """Write the template of the summary: one page to be signed."""
    document = prepare(10.5, 16.0)
    document.sections[0].top_margin = document.sections[0].bottom_margin = Mm(25)
    document.sections[0].footer_distance = Mm(15)
    heading(document)
    loop(document, "sentence in conclusion", [("Normal", "{{ sentence }}")])
    put(document, "{{ summary }}")
    loop(
        document,
        "cause in first",
        [("Normal", "{{ loop.index }}. {{ cause.message }}{{ cause.todo }}")],
    )
    document.add_paragraph("{%p if map.image %}")
    picture(document, "map")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if brief.rows %}")
    grid(document, "brief")
    document.add_paragraph("{%p endif %}")
    put(document, "{{ words.map_number }}", side=WD_ALIGN_PARAGRAPH.LEFT)
    put(document, "{{ words.signatures }}", side=WD_ALIGN_PARAGRAPH.LEFT)
    close(document, "summary.docx")


if __name__ == "__main__":
    build_report()
    build_summary()
