"""The DOCX report, from a template that a bureau can replace.

A template is a Word document with the marks of docxtpl, in any order. It may use ``title``,
``subtitle``, ``made`` (when and with which landgis), ``marks`` (what is sample, schematic or
approximate), ``conclusion`` (the sentence to repeat), ``summary`` (how many checks), ``failed``
and ``undecided`` (causes, each ``message`` and ``todo``), ``first`` (the first of them), ``open``
(their messages), ``map`` and ``charts`` (pictures, each ``image`` and ``caption``), ``tables``
(each ``key``, ``title``, ``caption``, ``heads``, ``rows``, ``note``; ``upright`` and ``across`` by
what the page holds), ``brief`` (the table of the first screen), ``table_of`` (the tables by key),
``plan`` (its tables as lists of rows), ``verdicts`` and ``words`` (headings in the report's
language).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, time
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import jinja2
import numpy as np
import pandas as pd
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.exceptions import OpcError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt
from docx.text.paragraph import Paragraph
from docxtpl import DocxTemplate, InlineImage
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from landgis.answer import Answer, answer
from landgis.errors import InputError
from landgis.findings import count_verdicts
from landgis.language import Lang, made, making_day, say
from landgis.report.cells import ReportTable, plain, show
from landgis.report.charts import Drawing, charts, sketch
from landgis.report.html import basis_note, brief_table
from landgis.results import Results
from landgis.schema import rows_of

CELL_MARGINS = 4
"""Width of a cell's margins, in characters: narrow columns need more than their share."""

MOST_OF_A_PROPERTY = 255
"""Characters that a property of a document holds."""

MOST_ROWS = 300
"""Rows of a list that the document shows; the workbook has them all."""

MOST_FIRST, MOST_BRIEF = 3, 9
"""Causes that the summary names, and lines of its table: it is one page."""
_UPRIGHT_MM, _ACROSS_MM = 156.0, 225.0
_CHARACTER_MM = 1.62
"""Width of half a Chinese character at 9 points."""
_SMALLEST, _LARGEST = 6.0, 9.0  # points in a table's cells
_ID = re.compile(r"[0-9A-Za-z]+(?:[-_.][0-9A-Za-z]+)+")
_HYPHEN = re.compile("(?<=[0-9A-Za-z])-(?=[0-9A-Za-z])")
_LONGEST_ID = 30
"""Characters of an id for which a column makes room."""
_PICTURE_MM = {"report": (130.0, 84.0), "summary": (110.0, 50.0)}


def write_document(
    results: Results,
    tables: Sequence[ReportTable],
    path: Path,
    *,
    template: Path | str | None = None,
    kind: Kind = "report",
    made_on: date | None = None,
    lang: Lang = "zh",
) -> None:
    """Write the DOCX report, or its summary for signature.

    Parameters
    ----------
    tables
        `landgis.report.tables.report_tables` of the same results and language.
    template
        A DOCX with the marks named above; the bundled one of the kind if None.

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
    source = template or shipped_template(kind)
    name = Path(str(source)).name
    day = made_on or making_day()
    told, brief = answer(results, lang=lang), brief_table(results, lang=lang)
    if kind == "summary":
        brief = replace(brief, rows=brief.rows[:MOST_BRIEF], count=0)
    context: dict[str, Any] = {}
    try:
        document = DocxTemplate(str(source))
        pictures: list[Drawing | None] = [
            sketch(results, lang=lang),
            *charts(results, tables, lang=lang),
        ]
        drawn = [None if p is None else _Picture(document, p, *_PICTURE_MM[kind]) for p in pictures]
        context = _context(results, tables, told, made(day, lang), lang, first=1 + bool(brief.rows))
        context["plan"] = _values(results.plan) if template else {}
        context |= _illustrated(drawn, pictures, _table(brief, 1, lang), lang)
        closed = _Closed(autoescape=True, undefined=jinja2.StrictUndefined)
        document.render(context, jinja_env=closed, autoescape=True)
    except (jinja2.TemplateError, TypeError, ArithmeticError, AttributeError) as error:
        raise InputError(*_explain(error, name, context)) from error
    except _NO_DOCX as error:
        raise _not_a_document(name) from error
    _lay_out(document.docx, [brief, *tables])
    _bind(document.docx)
    if not template and not context["across"]:
        _stand(document.docx)
    about = document.docx.core_properties
    about.title, about.author = context["title"][:MOST_OF_A_PROPERTY], "landgis"
    about.comments = context["made"]
    about.created = about.modified = datetime.combine(day, time())
    document.save(str(path))


Kind = Literal["report", "summary"]
_NO_DOCX = (OpcError, zipfile.BadZipFile, KeyError, ValueError, OSError)


def check_template(path: Path | str) -> None:
    """Refuse a template that is no Word document; its marks are looked at when it is used.

    Examples
    --------
    >>> check_template(shipped_template())
    """
    try:
        DocxTemplate(str(path)).get_docx()
    except _NO_DOCX as error:
        raise _not_a_document(Path(path).name) from error


def _not_a_document(name: str) -> InputError:
    return InputError(
        f"报告模板 {name} 不能作为 DOCX 打开：请另存为 Word 文档（.docx）。",
        f"The report template {name} cannot be opened as DOCX: save it as a Word document.",
    )


def shipped_template(kind: Kind = "report") -> Path:
    """Give the path of the template that comes with landgis, of the report or its summary.

    Examples
    --------
    >>> shipped_template("summary").name
    'summary.docx'
    """
    return Path(str(resources.files("landgis.report") / "templates" / f"{kind}.docx"))


class _Picture:
    """A drawing that becomes a picture where a template asks for it, and not before."""

    def __init__(self, document: DocxTemplate, drawing: Drawing, wide: float, high: float) -> None:
        self._given = document, drawing
        self._width = Mm(min(wide, high * drawing.width / drawing.height))

    def __html__(self) -> str:
        document, drawing = self._given
        try:
            return str(InlineImage(document, BytesIO(drawing.png), width=self._width))
        except InputError as error:  # no typeface with Chinese characters
            return error.zh

    __str__ = __html__


def _illustrated(
    drawn: Sequence[_Picture | None],
    pictures: Sequence[Drawing | None],
    brief: dict[str, Any],
    lang: Lang,
) -> dict[str, Any]:
    """Give the pictures with their numbers in captions."""
    told: list[dict[str, Any]] = []
    word = say(lang, "图", "Figure ")
    for image, drawing in zip(drawn, pictures, strict=True):
        number = sum(bool(t["image"]) for t in told) + 1
        title = plain(drawing.title) if drawing else ""
        told.append({"image": image or "", "caption": f"{word}{number}　{title}"})
    return {"map": told[0], "charts": told[1:], "brief": brief}


def _stand(document: Document) -> None:
    """Turn the last section upright: there is nothing that lies across."""
    section = document.sections[-1]
    if section.orientation == WD_ORIENT.LANDSCAPE:
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)


def _explain(error: Exception, name: str, context: dict[str, Any]) -> tuple[str, str]:
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
        zh = f"报告模板 {name} 的标记写法有误（{error}）：请检查 {{{{ }}}} 与 {{% %}} 是否成对。"
        en = (
            f"The marks of the report template {name} have an error ({error}): "
            "check that {{ }} and {% %} are in pairs."
        )
    return zh, en


def _lay_out(document: Document, tables: Sequence[ReportTable]) -> None:
    """Give the tables that a template shows their widths, numbers to the right, sums in bold.

    A table is known by its headings; whatever else a template holds is left as it is.
    """
    known = {tuple(plain(column.name) for column in t.columns): t for t in tables}
    for grid in document.tables:
        rows = grid._tbl.tr_lst  # noqa: SLF001 - python-docx's own cells take a second per page
        heads = tuple("".join(p.text for p in tc.p_lst) for tc in rows[0].tc_lst) if rows else ()
        table = known.get(heads)
        if table is None:
            continue
        grid.autofit = False
        shown = table.head(MOST_ROWS)
        sums = {at for at, (i, _) in enumerate(shown, 1) if i in table.sums}
        needs = _needs(table)
        section = document.sections[-1 if sum(needs) * _CHARACTER_MM > _UPRIGHT_MM else 0]
        room = int(section.page_width or 0) - int(section.left_margin or 0)
        room -= int(section.right_margin or 0)
        points = _LARGEST * room / (sum(needs) * int(Mm(_CHARACTER_MM)))
        size = Pt(min(_LARGEST, max(_SMALLEST, points)))
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
                    for run in paragraph.runs:
                        run.bold = run.bold or number in sums
                        run.font.size = size
                if column.numeric and number:  # a number is never broken
                    tc.get_or_add_tcPr().append(OxmlElement("w:noWrap"))


def _bind(document: Document) -> None:
    """Let no line end inside an id or a date: their hyphens become Word's own that hold."""
    for text in list(document.element.body.iter(qn("w:t"))):
        text.text, *others = _HYPHEN.split(text.text or "")
        for other in reversed(others):
            more = OxmlElement("w:t")
            more.text = other
            more.set(qn("xml:space"), "preserve")
            text.addnext(more)
            text.addnext(OxmlElement("w:noBreakHyphen"))


def _needs(table: ReportTable) -> list[int]:
    """Give the width of each column in narrow characters: room for its longest number or id."""
    shown = [row for _, row in table.head(MOST_ROWS)]
    needs = []
    for j, column in enumerate(table.columns):
        need = column.width
        if column.numeric:
            longest = max((len(show(row[j])) for row in shown), default=0)
            need = max(longest, -(-sum(1 + (c > "⺀") for c in column.name) // 2))
        else:
            ids = (len(name) for row in shown for name in _ID.findall(show(row[j])))
            need = max(need, min(max(ids, default=0), _LONGEST_ID))
        needs.append(need + CELL_MARGINS)
    return needs


class _Closed(ImmutableSandboxedEnvironment):
    """What a template is rendered in: values are shown, nothing grows beyond memory."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        if all(isinstance(value, int | float) for value in (left, right)) and operator != "**":
            return self.binop_table[operator](left, right)
        raise SecurityError(operator)


def _values(value: Any) -> Any:
    """Give what a template may show: plain values only (a DataFrame could write files)."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _values(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, pd.DataFrame):
        return [_values(row) for row in rows_of(value)]
    if isinstance(value, Mapping):
        return {str(key): _values(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray):
        return [_values(one) for one in value]
    if pd.isna(value):
        return ""
    return value if isinstance(value, bool | int | float) else plain(str(value))


def _context(
    results: Results,
    tables: Sequence[ReportTable],
    told: Answer,
    made: str,
    lang: Lang,
    *,
    first: int = 2,
) -> dict[str, Any]:
    sentences = [_unbroken(told.headline)]
    upright = {t.key: sum(_needs(t)) * _CHARACTER_MM <= _UPRIGHT_MM for t in tables}
    ordered = [t for t in tables if t.key != "findings"]
    ordered = sorted(ordered, key=lambda t: not upright[t.key])
    shown = [_table(table, number, lang) for number, table in enumerate(ordered, first)]
    causes = [
        {"verdict": c.verdict, "message": _unbroken(c.message), "todo": plain(c.todo)}
        for c in told.causes
    ]
    failed = [c for c in causes if c["verdict"] == "fail"]
    approved = say(lang, "审图号：", "Map approval number: ")
    return {
        "title": plain(results.title),
        "subtitle": plain(results.plan.title or results.plan.document),
        "made": say(lang, "编制：", "Made: ") + made,
        "marks": [plain(mark) for mark in basis_note(results, lang)],
        "verdicts": count_verdicts(results.findings),
        "conclusion": sentences,
        "summary": told.counts,
        "open": [_unbroken(cause.message) for cause in told.causes],
        "failed": failed,
        "undecided": causes[len(failed) :],
        "first": causes[:MOST_FIRST],
        "tables": shown,
        "upright": [t for t in shown if upright[t["key"]]],
        "across": [t for t in shown if not upright[t["key"]]],
        "table_of": {table["key"]: table for table in shown},
        "words": {
            "conclusion": sentences,
            "summary": say(lang, "一、核对结论", "Summary"),
            "causes": say(lang, "二、不符与待定的事项及建议", "What differs, and what to do")
            + ("" if causes else say(lang, "：无", ": nothing")),
            "failed": say(lang, "（一）不符的事项", "What differs"),
            "undecided": say(
                lang, f"（{'二' if failed else '一'}）待定的事项", "What is undecided"
            ),
            "charts": say(lang, "三、计划与图上", "Planned and mapped"),
            "tables": say(lang, "附件　核对附表", "Annex: tables"),
            "map_number": approved + plain(results.map_number or say(lang, "（待填）", "(open)")),
            "signatures": say(
                lang,
                "编制：　　　　　　审核：　　　　　　签发：　　　　　　　年　月　日",
                "Made by:            Checked by:            Signed:            Date:",
            ),
            "signature": say(
                lang, "审核人：　　　　　　日期：　　　　　", "Signed:            Date:"
            ),
        },
    }


def _unbroken(text: str) -> str:
    """Write minus signs as such: after a hyphen a line may end, in the middle of a number."""
    return re.sub(r"(?<![\w-])-(?=\d)", "−", plain(text))


def _table(table: ReportTable, number: int, lang: Lang) -> dict[str, Any]:
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
        "caption": f"{say(lang, '表', 'Table ')}{number}　{plain(title)}",
        "heads": [plain(column.name) for column in table.columns],
        "rows": rows,
        "note": plain(table.note),
    }
