"""The three files open again, say the same numbers, and keep hostile text as text."""

import re
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import docx
import lxml.html
import openpyxl
import pytest
from ledger import invent
from openpyxl.utils import get_column_letter

from landgis.answer import answer
from landgis.cli.start import main
from landgis.errors import InputError
from landgis.findings import findings_table
from landgis.report.cells import ReportTable, SheetColumn, show
from landgis.report.charts import Drawing, words
from landgis.report.docx import shipped_template
from landgis.report.tables import report_tables
from landgis.report.write import write_report
from landgis.report.xlsx import write_workbook

ATTACKS = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.org","看")',
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "@SUM(1)\x0b\x07\x00",
    "'+-1\t&amp;]]>",
    "{% for x in range(9) %}{{ x }}{% endfor %}{# #}",
    "a\u202e12.34\u2066b",
    "长" * 40_000,
)
MAPS = [("总览", "overview.html"), ("住宅 用地", "map-住宅 用地.html")]


@pytest.fixture(scope="module")
def folder(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(results, folder, maps=MAPS, files=["invented.gpkg"])
    return folder


@pytest.fixture(scope="module")
def book(folder):
    return openpyxl.load_workbook(folder / "tables.xlsx", data_only=True)


def page_of(folder):
    return lxml.html.fromstring((folder / "report.html").read_text("utf-8"))


def test_four_files_and_nothing_else(folder):
    assert sorted(p.name for p in folder.iterdir()) == [
        "report.docx",
        "report.html",
        "summary.docx",
        "tables.xlsx",
    ]


def test_writing_twice_gives_the_same_page(results, folder, tmp_path):
    write_report(results, tmp_path, maps=MAPS, files=["invented.gpkg"])
    assert (tmp_path / "report.html").read_bytes() == (folder / "report.html").read_bytes()


def test_when_and_with_which_landgis_is_told_everywhere(results, tmp_path):
    write_report(results, tmp_path, made_on=date(2026, 11, 20))
    told = f"2026-11-20，landgis {version('landgis')}"
    assert f"编制：{told}" in page_of(tmp_path).text_content()
    workbook = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    for sheet in workbook:  # title, day and page number stand on each printed page
        assert sheet.oddFooter.left.text == f"{results.title}　{told}".replace("&", "&&")
        assert sheet.oddFooter.right.text == "&P / &N"
    assert workbook.properties.description == told
    document = docx.Document(tmp_path / "report.docx")
    assert f"编制：{told}" in [p.text for p in document.paragraphs]
    assert document.core_properties.modified.date() == date(2026, 11, 20)


class TestPage:
    def test_links_maps_files_and_findings(self, folder, results):
        page = page_of(folder)
        links = page.xpath("//a/@href")
        for wanted in (
            "overview.html",
            "map-%E4%BD%8F%E5%AE%85%20%E7%94%A8%E5%9C%B0.html",
            "tables.xlsx",
            "report.docx",
            "invented.gpkg",
            "overview.html#id=d",
        ):
            assert wanted in links
        anchors = page.xpath("//*/@id")
        assert sorted(a for a in anchors if re.fullmatch(r"f\d+", a)) == sorted(
            f"f{i}" for i in range(len(results.findings))
        )
        verdicts = page.xpath("//table[@class='findings']//tr[td[@class='check']]/@class")
        rooms = page.xpath("//table[@class='findings']//td[@class='check']/text()")
        audited = [v for v, r in zip(verdicts, rooms, strict=True) if r.startswith("计划审核")]
        assert audited == sorted(audited, key=["fail", "unknown", "pass"].index)
        assert len(anchors) == len(set(anchors))
        assert {h[1:] for h in links if h.startswith("#")} <= set(anchors)

    def test_links_each_figure_to_its_sentence_and_back(self, folder, results):
        page = page_of(folder)
        grand = int(results.findings.index[results.findings["check"] == "totals.grand"][0])
        assert page.xpath(f"//tr[@id='f{grand}']//q/a/@href") == ["#t0"]
        assert page.xpath("//tr[@id='t0']//a/@href") == [f"#f{grand}"]
        assert "计划.txt 第1行" in page.xpath("string(//tr[@id='t0'])")

    def test_has_no_script_and_asks_nothing_of_the_network(self, folder):
        page = page_of(folder)
        assert not page.xpath("//script | //link | //iframe | //img | //@onclick")
        assert "default-src 'none'" in page.xpath("//meta[@http-equiv]/@content")[0]
        assert not [h for h in page.xpath("//@href | //@src") if ":" in h]

    def test_marks_what_is_no_real_data(self, folder):
        marks = [m.text for m in page_of(folder).xpath("//p[@class='mark']")]
        assert marks == ["宗地为示例数据，并非实际宗地", "界线为近似，并非法定界线"]

    def test_draws_four_charts_with_the_printed_numbers(self, folder):
        figures = page_of(folder).xpath("//section[@id='charts']//figure")
        assert len(figures) == 4
        texts = figures[0].xpath(".//*[local-name()='text']/text()")
        assert {"住宅用地", "8.00", "13.00"} <= set(texts)


class TestWorkbook:
    def test_has_a_sheet_for_each_table(self, book, tables):
        assert book.sheetnames == [
            "检查结论",
            "汇总表（按用途）",
            "汇总表（按区域）",
            "区域 × 用途核对表",
            "区域 × 用途总表",
            "住宅用地供应计划表",
            "供应进度表",
            "宗地清单",
            "计划指标（原文）",
            "计划规则与布局（原文）",
            "检查结果",
        ]
        assert len(book.sheetnames) == len(tables)

    def test_numbers_are_numbers_with_their_printed_decimals(self, book, tables):
        for sheet, table in zip(book, tables.values(), strict=True):
            for i, row in enumerate(table.rows):
                for j, value in enumerate(row):
                    cell = sheet.cell(i + 4, j + 1)
                    if isinstance(value, Decimal):
                        assert Decimal(str(cell.value)) == value
                        decimals = -value.as_tuple().exponent
                        assert cell.number_format == "#,##0" + "." * (decimals > 0) + "0" * decimals
                    elif isinstance(value, str) and value:
                        assert cell.value == value
                        assert cell.data_type == "s"

    def test_notes_stand_under_their_table(self, book, tables):
        for key, name in (("verdicts", "检查结论"), ("parcels", "宗地清单")):
            table = tables[key]
            assert book[name].cell(len(table.rows) + 4, 1).value == table.note

    def test_words_do_not_touch_the_numbers_beside_them(self, book):
        sheet = book["宗地清单"]
        heads = {c.value: c.column for c in sheet[3]}
        for name, horizontal in (
            ("序号", "center"),
            ("登记面积（平方米）", "right"),
            ("用途", "left"),
            ("供应方式", "center"),
        ):
            cell = sheet.cell(4, heads[name])
            assert cell.alignment.horizontal == horizontal, name
            assert (cell.alignment.indent > 0) == (horizontal == "left")

    def test_prints_well(self, book):
        for sheet in book:
            assert sheet.freeze_panes == "A4"
            assert sheet.print_title_rows == "$1:$3"
            last = f"{get_column_letter(sheet.max_column)}${sheet.max_row}"
            assert sheet.print_area.replace("'", "").endswith(f":${last}")
            assert sheet.sheet_properties.pageSetUpPr.fitToPage  # one page wide is what is usual
            assert sheet.page_setup.fitToWidth in {None, 1}
            assert sheet.page_setup.fitToHeight == 0
            assert sheet["A2"].value == "宗地为示例数据，并非实际宗地；界线为近似，并非法定界线"


class TestDocument:
    def test_shows_the_same_tables(self, folder, tables):
        document = docx.Document(folder / "report.docx")
        shown = {t.title: t for t in tables.values() if t.key != "findings"}
        heads = [p.text for p in document.paragraphs if p.text.startswith("表")]
        assert len(document.tables) == len(heads) == len(shown) + 1  # and that of the first page
        grids = dict(zip((h.partition("　")[2] for h in heads), document.tables, strict=True))
        for title, table in shown.items():
            grid = grids[title]
            assert [c.text for c in grid.rows[0].cells] == [c.name for c in table.columns]
            assert [[c.text for c in row.cells] for row in grid.rows[1:]] == [
                [show(cell) for cell in row] for row in table.rows
            ]

    def test_no_line_ends_inside_an_id_or_a_date(self, tmp_path):
        results = invent("3305-01-002")
        write_report(results, tmp_path)
        with zipfile.ZipFile(tmp_path / "report.docx") as packed:
            written = packed.read("word/document.xml").decode()
        texts = re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", written)
        assert not [t for t in texts if re.search("[0-9A-Za-z]-[0-9A-Za-z]", t)]
        tables = docx.Document(tmp_path / "report.docx").tables
        shown = {cell.text for table in tables for cell in table._cells}
        assert set(results.parcels["parcel_id"]) <= shown  # whole for whoever reads or copies them
        assert "<w:noBreakHyphen/>" in written

    def test_takes_a_template_of_ones_own(self, results, tmp_path):
        template = tmp_path / "局模板.docx"
        own = docx.Document()
        own.add_paragraph("某局 {{ title }}：{{ verdicts.fail }} 项不通过")
        own.add_paragraph("{% for row in table_of['summary-use'].rows %}{{ row[0] }} {% endfor %}")
        own.save(template)
        *_, written = write_report(results, tmp_path / "out", template=template)
        text = "\n".join(p.text for p in docx.Document(written).paragraphs)
        assert "某局 某市 2024 年度供应计划核对" in text
        assert "工矿仓储用地" in text

    @pytest.mark.parametrize("text", ["{{ nothing }}", "{% for x in %}", None])
    def test_says_what_is_wrong_with_a_template(self, results, tmp_path, text):
        template = tmp_path / "坏.docx"
        if text is None:
            template.write_bytes(b"no document")
        else:
            own = docx.Document()
            own.add_paragraph(text)
            own.save(template)
        with pytest.raises(InputError, match=r"坏\.docx"):
            write_report(results, tmp_path / "out", template=template)
        assert not list((tmp_path / "out").glob(".*"))

    def test_a_template_of_another_order(self, results, tables, tmp_path):
        """Findings first, then one table, then the title; a table in the bureau's own form."""
        own = docx.Document()
        own.add_heading("一、问题", 1)
        for text in ("{%p for line in open %}", "{{ line }}", "{%p endfor %}"):
            own.add_paragraph(text)
        grid = own.add_table(4, 2)
        for i, (left, right) in enumerate(
            [
                ("用途", "图上"),
                ("{%tr for row in table_of['summary-use'].rows %}", ""),
                ("{{ row[0] }}", "{{ row[3] }}"),
                ("{%tr endfor %}", ""),
            ]
        ):
            grid.cell(i, 0).text, grid.cell(i, 1).text = left, right
        own.add_paragraph("{{ title }}，共 {{ verdicts.unknown }} 项无法判定")
        template = tmp_path / "局模板.docx"
        own.save(template)
        *_, written = write_report(results, tmp_path / "out", template=template)
        document = docx.Document(written)
        texts = [p.text for p in document.paragraphs]
        assert texts[0] == "一、问题"
        causes = [cause.message for cause in answer(results).causes]
        assert texts[1:-1] == [re.sub(r"(?<= |（)-(?=\d)", "−", text) for text in causes]
        assert texts[-1].startswith("某市 2024 年度供应计划核对，共")
        told = [[c.text for c in r.cells] for r in document.tables[0].rows]
        wanted = [[row[0], show(row[3])] for row in tables["summary-use"].rows]
        assert told == [["用途", "图上"], *wanted]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("{{ nothing }}", "不存在的标记“nothing”：可用的标记有 title、subtitle"),
            ("{{ plan.moon }}", "“moon”"),
            ("{{ table_of['moon'].rows }}", "“moon”"),
            ("{% for x in %}", "标记写法有误"),
            ("{{ title }", "标记写法有误"),
            ("{% for t in tables %}{{ t.title }}", "标记写法有误"),
            ("{{ ''.__class__.mro() }}", "不允许"),
        ],
    )
    def test_names_the_mark_that_is_wrong(self, results, tmp_path, text, words):
        own = docx.Document()
        own.add_paragraph(text)
        own.save(tmp_path / "坏.docx")
        with pytest.raises(InputError) as told:
            write_report(results, tmp_path / "out", template=tmp_path / "坏.docx")
        sentence = told.value.message("zh")
        assert words in sentence
        assert "坏.docx" in sentence
        assert "\n" not in sentence

    @pytest.mark.parametrize(
        "attack",
        [
            "''.__class__.__mro__[1].__subclasses__()",
            "plan.targets.to_csv('OUT')",
            "plan.findings.to_pickle('OUT')",
            "plan.__class__",
            "plan|attr('targets')|attr('to_csv')('OUT')",
            "words.__init__.__globals__",
            "map.image._given",
            "(map.image|attr('_given'))[0].save('OUT')",
            "self.__init__.__globals__",
            "cycler.__init__.__globals__.os.system('touch OUT')",
            "lipsum.__globals__['os'].popen('touch OUT').read()",
            "'{0.__class__.__globals__}'.format(cycler)",
            "open('OUT', 'w')",
            "tables.append(1)",
            "'a' * 10 ** 10",
            "range(10 ** 12)|list",
            "1 // 0",
        ],
    )
    def test_a_template_cannot_reach_the_machine(self, results, tmp_path, attack):
        template = tmp_path / "t.docx"
        own = docx.Document()
        out = tmp_path / "stolen"
        own.add_paragraph(f"{{{{ {attack.replace('OUT', out.as_posix())} }}}}")
        own.save(template)
        with pytest.raises(InputError):
            write_report(results, tmp_path / "out", template=template)
        assert not out.exists()

    def test_a_template_may_show_the_plan(self, results, tmp_path):
        template = tmp_path / "t.docx"
        own = docx.Document()
        own.add_paragraph(
            "{% for t in plan.targets %}{{ t.category }} {{ t.stated_value }};{% endfor %}"
        )
        own.save(template)
        *_, document = write_report(results, tmp_path / "out", template=template)
        first = docx.Document(str(document)).paragraphs[0].text
        assert first.count(";") == len(results.plan.targets)


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text_everywhere(attack, tmp_path):
    results = invent(attack)
    page, book, _, document = write_report(
        results, tmp_path, maps=[(attack, "a&b.html")], files=[attack]
    )
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", "", attack)[:30_000]

    tree = lxml.html.fromstring(page.read_text("utf-8"))
    assert not tree.xpath("//script | //img | //@onerror")
    for where in (
        "//h1",
        "//p[@class='sub']",
        "//p[@class='kicker']",
        "//title",
        "//section[@id='findings']",
        "//section[@id='plan']",
        "//section[@id='maps']",
    ):
        assert " ".join(clean.split()) in " ".join(tree.xpath(f"string({where})").split()), where
    assert not [h for h in tree.xpath("//@href") if h.lower().startswith(("javascript", "http"))]

    sheets = openpyxl.load_workbook(book)
    cells = [c for sheet in sheets for row in sheet.iter_rows() for c in row if c.value is not None]
    assert {c.data_type for c in cells} <= {"s", "n", "f"}
    formulas = [c.value for c in cells if c.data_type == "f"]
    assert all(
        re.fullmatch(
            r"=SUBTOTAL\(9,[A-Z0-9:,()-]+(INDEX|ROW)?[A-Z0-9:,()-]*\)|=[A-Z]+\d+([+][A-Z]+\d+)*",
            text,
        )
        for text in formulas
    )
    assert any(clean.strip() in str(c.value) for c in cells)
    texts = [c for c in cells if c.data_type == "s"]
    assert all(c.quotePrefix for c in texts if c.value.startswith(("=", "@", "+", "-")))
    assert not any(sheet._hyperlinks for sheet in sheets)

    text = "\n".join(p.text for p in docx.Document(document).paragraphs)
    assert " ".join(clean.split()) in " ".join(text.split())
    assert "49" not in text.split("核对")[1][:10]


def test_a_drawing_cuts_words_that_no_page_would_show():
    named = Drawing(title="", width=96, height=48, shapes=(words(9, 20, "长" * 40_000),))
    assert named.svg.count("长") == 199
    assert "…</text>" in named.svg


def test_a_table_without_rows_is_left_out(results):
    bare = replace(results, findings=findings_table())
    keys = [table.key for table in report_tables(bare)]
    assert "findings" not in keys
    assert "balance" not in keys


def test_a_programme_is_written_too(listed, tmp_path):
    page, book, _, document = write_report(listed, tmp_path, lang="en")
    tree = lxml.html.fromstring(page.read_text("utf-8"))
    assert tree.get("lang") == "en"
    assert "片区清单" not in tree.text_content()
    assert openpyxl.load_workbook(book)["Areas of the programme"]["A3"].value == "no."
    assert docx.Document(document).tables


def test_english_glosses_recorded_values_and_wraps_marks(tmp_path):
    results = invent()
    write_report(results, tmp_path, lang="en")
    sheet = openpyxl.load_workbook(tmp_path / "tables.xlsx")["Parcels"]
    heads = [cell.value for cell in sheet[3]]
    sources = {row[heads.index("land source")].value for row in sheet.iter_rows(min_row=4)}
    assert "新增 (new)" in sources
    marks = sheet["A2"]
    assert marks.alignment.wrap_text
    assert "；" not in marks.value
    columns = (SheetColumn(name="a share of the whole (%)", width=12),)
    table = ReportTable(key="t", title="t", columns=columns, rows=(("a",),))
    write_workbook(
        [table], tmp_path / "t.xlsx", title="t", marks=["a mark of 24 characters"], lang="en"
    )
    heights = openpyxl.load_workbook(tmp_path / "t.xlsx").active.row_dimensions
    assert heights[2].height > 2 * 13 < heights[3].height  # two lines each


def test_the_bundled_template_is_clean():
    """The bundled template carries no macro and no trace of its maker."""
    file = Path(__file__).parents[2] / "landgis" / "report" / "templates" / "report.docx"
    with zipfile.ZipFile(file) as archive:
        assert not [n for n in archive.namelist() if "vba" in n.lower()]
        core = archive.read("docProps/core.xml").decode("utf-8")
    assert "python-docx" not in core


def test_a_project_without_anything_is_written_too(results, tmp_path):
    bare = replace(
        results,
        plan=replace(results.plan, targets=results.plan.targets.iloc[:0]),
        parcels=results.parcels.iloc[:0],
        crosswalk=results.crosswalk.iloc[:0],
        findings=findings_table(),
    )
    page, book, _, document = write_report(bare, tmp_path)
    assert "未作审核" in page.read_text("utf-8")
    assert openpyxl.load_workbook(book).sheetnames
    assert docx.Document(document).paragraphs


def test_the_document_has_the_form_of_official_documents(folder):
    document = docx.Document(str(folder / "report.docx"))
    page = document.sections[0]
    sides = (page.page_width, page.page_height, page.top_margin, page.bottom_margin)
    assert [round(side.mm) for side in sides] == [210, 297, 37, 35]
    assert [round(side.mm) for side in (page.left_margin, page.right_margin)] == [28, 26]
    faces = {
        name: document.styles[name].element.rPr.rFonts.get(docx.oxml.ns.qn("w:eastAsia"))
        for name in ("Title", "Heading 1", "Heading 2", "Normal")
    }
    assert list(faces.values()) == ["方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"]
    assert document.styles["Title"].font.size.pt == 22
    assert "PAGE" in page.footer.paragraphs[0]._p.xml
    assert page.footer.paragraphs[0].text.split() == ["—", "—"]
    texts = [p.text for p in document.paragraphs]
    assert texts.index("一、核对结论") < texts.index("二、不符与待定的事项及建议")
    captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    assert [c[:2] for c in captions if c[0] == "图"] == ["图1", "图2", "图3", "图4", "图5"]
    tables = [int(re.match(r"表(\d+)", c)[1]) for c in captions if c[0] == "表"]
    assert tables == list(range(1, len(document.tables) + 1))
    assert len(document.inline_shapes) == 5


def test_the_summary_has_what_is_signed(folder, results):
    document = docx.Document(str(folder / "summary.docx"))
    text = "\n".join(p.text for p in document.paragraphs)
    assert answer(results).headline in text
    assert "审图号：（待填）" in text
    assert all(word in text for word in ("编制：", "审核：", "签发："))
    assert len(document.inline_shapes) == 1
    assert document.tables[0].rows[1].cells[1].text == "22.00"


def test_a_bureau_s_own_template_may_show_the_pictures(results, tmp_path):
    own = docx.Document()
    own.add_paragraph("{{ map.image }}")
    own.add_paragraph("{{ map.caption }}：{{ failed[0].message }}")
    own.save(tmp_path / "own.docx")
    *_, written = write_report(results, tmp_path / "out", template=tmp_path / "own.docx")
    document = docx.Document(written)
    assert len(document.inline_shapes) == 1
    assert document.paragraphs[1].text.startswith("图1　")


@pytest.mark.parametrize("kind", ["report", "summary"])
def test_the_command_hands_out_the_template(tmp_path, kind):
    written = tmp_path / "模板.docx"
    with pytest.raises(SystemExit) as ended:
        main(["template", "--kind", kind, "-o", str(written)])
    assert ended.value.code == 0
    assert written.read_bytes() == shipped_template(kind).read_bytes()


def test_totals_are_formulas_with_their_values(folder):
    formulas = openpyxl.load_workbook(folder / "tables.xlsx")
    values = openpyxl.load_workbook(folder / "tables.xlsx", data_only=True)
    sheet, told = formulas["汇总表（按用途）"], values["汇总表（按用途）"]
    last = next(i for i in range(4, sheet.max_row + 1) if sheet.cell(i, 1).value == "合计")
    assert str(sheet.cell(last, 4).value).startswith("=")  # mapped: its parts add up
    assert told.cell(last, 4).value == 22.0
    assert sheet.cell(last, 2).value == "=B4+B6+B7"  # planned, without what is 其中
    assert told.cell(last, 2).value == 22.0
    land, shown = formulas["宗地清单"], values["宗地清单"]
    sums = [i for i in range(4, land.max_row + 1) if str(land.cell(i, 6).value).startswith("=")]
    assert len(sums) >= 3
    parts = list(range(4, sums[0]))
    assert sum(shown.cell(i, 6).value for i in parts) == pytest.approx(shown.cell(sums[0], 6).value)


def test_verdicts_have_colours(folder):
    sheet = openpyxl.load_workbook(folder / "tables.xlsx")["检查结果"]
    rules = [rule for ranges in sheet.conditional_formatting for rule in ranges.rules]
    assert {rule.formula[0] for rule in rules} >= {'"不通过"', '"无法判定"', '"通过"'}


def test_the_list_has_the_columns_asked_for(results, tmp_path):
    with_seat = replace(results, parcels=results.parcels.assign(坐落="某路", 容积率=1.5, 余="x"))
    write_report(with_seat, tmp_path, columns=["容积率", "坐落"])
    sheet = openpyxl.load_workbook(tmp_path / "tables.xlsx", data_only=True)["宗地清单"]
    heads = [cell.value for cell in sheet[3]]
    assert heads[-2:] == ["容积率", "坐落"]
    with pytest.raises(InputError, match="没有字段 无此列"):
        write_report(results, tmp_path, columns=["无此列"])
