"""The DOCX report, from a template that a bureau can replace.

A template is a Word document with the marks of docxtpl, in any order. It may use ``title``,
``subtitle``, ``made`` (when and with which landgis), ``marks`` (what is sample, schematic or
approximate), ``summary``, ``conclusion``
(sentences on the plan and on the map), ``open`` (sentences on what failed or is unknown),
``tables`` (each ``key``, ``title``, ``heads``, ``rows``, ``note``), ``table_of`` (the same by
key), ``plan``, ``verdicts`` and ``words`` (headings in the report's language).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.exceptions import OpcError
from docx.oxml import OxmlElement
from docx.shared import Emu
from docx.text.paragraph import Paragraph
from docxtpl import DocxTemplate
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from landgis.answer import answer
from landgis.errors import InputError
from landgis.findings import count_verdicts
from landgis.language import Lang, say
from landgis.making import made, making_day
from landgis.report.cells import ReportTable, plain, show
from landgis.report.names import basis_note
from landgis.results import Results

CELL_MARGINS = 4
"""Width of a cell's margins, in characters: narrow columns need more than their share."""

MOST_OF_A_PROPERTY = 255
"""Characters that a property of a document holds."""

MOST_ROWS = 300
"""Rows of a list that the document shows; the workbook has them all."""


def write_document(
    results: Results,
    tables: Sequence[ReportTable],
    path: Path,
    *,
    template: Path | str | None = None,
    made_on: date | None = None,
    lang: Lang = "zh",
) -> None:
    """Write the DOCX report.

    Parameters
    ----------
    results
        One project's tables.
    tables
        `landgis.report.tables.report_tables` of the same results and language.
    path
        Where to write.
    template
        A DOCX with the marks named above; the bundled one if None.
    made_on
        Day of making; see `landgis.making.making_day`.

    Raises
    ------
    InputError
        If the template is no DOCX, or has an error.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_document(results, (), Path(folder, "report.docx"))
    ...     Path(folder, "report.docx").exists()
    True
    """
    results = results.told(lang)
    source = template or resources.files("landgis.report") / "templates" / "report.docx"
    name = Path(str(source)).name
    day = made_on or making_day()
    context = _context(results, tables, made(day, lang), lang)
    try:
        document = DocxTemplate(str(source))
        document.render(context, jinja_env=_environment(), autoescape=True)
    except jinja2.TemplateError as error:
        raise InputError(*_explain(error, name, context)) from error
    except (OpcError, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputError(
            f"报告模板 {name} 不能作为 DOCX 打开：请另存为 Word 文档（.docx）。",
            f"The report template {name} cannot be opened as DOCX: save it as a Word document.",
        ) from error
    _lay_out(document.docx, tables)
    about = document.docx.core_properties
    about.title, about.author = context["title"][:MOST_OF_A_PROPERTY], "landgis"
    about.comments = context["made"]
    about.created = about.modified = datetime.combine(day, time())
    document.save(str(path))


def _explain(error: jinja2.TemplateError, name: str, context: dict[str, Any]) -> tuple[str, str]:
    """Say what is wrong with a template, and what it may use instead."""
    if isinstance(error, jinja2.UndefinedError):
        quoted = re.search(r"'([^']*)'(?: is undefined)?$", error.message or "")
        mark = quoted[1] if quoted else error.message
        zh = (
            f"报告模板 {name} 用了不存在的标记“{mark}”：可用的标记有 {'、'.join(context)}；"
            f"表格有 {'、'.join(context['table_of'])}。"
        )
        en = (
            f"The report template {name} uses the mark “{mark}”, which does not exist: there are "
            f"{', '.join(context)}; and the tables {', '.join(context['table_of'])}."
        )
    elif isinstance(error, SecurityError):
        zh = f"报告模板 {name} 中有不允许的写法：模板只能取用数据，不能调用程序内部。"
        en = f"The report template {name} does what is not allowed: it may use data only."
    else:
        zh = (
            f"报告模板 {name} 的标记写法有误（{error.message}）："
            "请检查 {{ }} 与 {% %} 是否成对。"
        )
        en = (
            f"The marks of the report template {name} have an error ({error.message}): "
            "check that {{ }} and {% %} are in pairs."
        )
    return zh, en


def _lay_out(document: Document, tables: Sequence[ReportTable]) -> None:
    """Give the tables that a template shows their widths, numbers to the right, sums in bold.

    A table is known by its headings; whatever else a template holds is left as it is.
    """
    known = {tuple(plain(column.name) for column in t.columns): t for t in tables}
    section = document.sections[0]
    room = int(section.page_width or 0) - int(section.left_margin or 0)
    room -= int(section.right_margin or 0)
    for grid in document.tables:
        rows = grid._tbl.tr_lst  # noqa: SLF001 - python-docx's own cells take a second per page
        heads = tuple("".join(p.text for p in tc.p_lst) for tc in rows[0].tc_lst) if rows else ()
        table = known.get(heads)
        if table is None:
            continue
        grid.autofit = False
        shown = table.head(MOST_ROWS)
        sums = {place for place, (i, _) in enumerate(shown, 1) if i in table.sums}
        needs = [column.width + CELL_MARGINS for column in table.columns]
        widths = [Emu(room * need // sum(needs)) for need in needs]
        for grid_column, width in zip(grid._tbl.tblGrid.gridCol_lst, widths, strict=True):  # noqa: SLF001 - as above
            grid_column.w = width
        for number, row in enumerate(rows):
            row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for tc, column, width in zip(row.tc_lst, table.columns, widths, strict=True):
                tc.width = width
                for paragraph in (Paragraph(p, grid) for p in tc.p_lst):
                    if column.numeric:
                        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                    for run in paragraph.runs if number in sums else ():
                        run.bold = True


def _environment() -> jinja2.Environment:
    return SandboxedEnvironment(autoescape=True, undefined=jinja2.StrictUndefined)


def _context(
    results: Results, tables: Sequence[ReportTable], made: str, lang: Lang
) -> dict[str, Any]:
    told = answer(results, lang=lang)
    sentences = [plain(told.headline)]
    shown = [_table(table, lang) for table in tables if table.key != "findings"]
    return {
        "title": plain(results.title),
        "subtitle": plain(results.plan.title or results.plan.document),
        "made": say(lang, "编制：", "Made: ") + made,
        "marks": [plain(mark) for mark in basis_note(results, lang)],
        "plan": results.plan,
        "verdicts": count_verdicts(results.findings),
        "conclusion": sentences,
        "summary": told.counts,
        "open": [plain(cause.message) for cause in told.causes],
        "tables": shown,
        "table_of": {table["key"]: table for table in shown},
        "words": {
            "conclusion": sentences,
            "summary": say(lang, "一、检查结论", "Summary"),
            "tables": say(lang, "二、附表", "Tables"),
            "signature": say(
                lang, "审核人：　　　　　　日期：　　　　　", "Signed:            Date:"
            ),
        },
    }


def _table(table: ReportTable, lang: Lang) -> dict[str, Any]:
    """Lay a table out as plain strings; a list that is too long for paper is cut, and says so."""
    rows = [[plain(show(cell)) for cell in row] for _, row in table.head(MOST_ROWS)]
    title = table.title
    if table.count > MOST_ROWS:
        title += say(
            lang,
            f"（前 {MOST_ROWS} 行，全部见 tables.xlsx）",
            f" (first {MOST_ROWS} rows; all in tables.xlsx)",
        )
    return {
        "key": table.key,
        "title": plain(title),
        "heads": [plain(column.name) for column in table.columns],
        "rows": rows,
        "note": plain(table.note),
    }
