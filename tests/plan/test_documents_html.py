"""Web pages: what a reader sees, in the declared or detected encoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.plan.documents.html import read_html
from landgis.plan.documents.read import read_blocks

PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>某县人民政府</title>
<style>p {{color: red}}</style><script>var a = "<p>9999亩</p>";</script></head>
<body>
<nav><ul><li>首页</li><li>政务公开</li></ul></nav>
<h1>某县2025年度<br>供应计划</h1>
<div>　　总量控制在<b>132.72</b><span>公顷</span>以内。
<p>住宅&nbsp;30公顷&lt;含保障房&gt;。</p></div>
<p style="display:none">隐藏的9999公顷</p>
<table><caption>附表1（单位：公顷）</caption>
<thead><tr><th rowspan="2">用途</th><th colspan="2">供应面积</th></tr>
<tr><th>新增</th><th>存量</th></tr></thead>
<tbody><tr><td>住宅<br>用地</td><td>10</td><td>20</td></tr></tbody></table>
<footer>联系电话 0571-88888888</footer></body></html>"""


def read(page, charset="utf-8"):
    return read_html(page.encode(charset), "a.html")


def test_a_page_reads_as_it_is_seen():
    document = read(PAGE.format(charset="utf-8"))
    assert [p.text for p in document.paragraphs] == [
        "某县2025年度",
        "供应计划",
        "总量控制在132.72公顷以内。",
        "住宅 30公顷<含保障房>。",
        "附表1（单位：公顷）",
    ]
    (table,) = document.tables
    assert table.caption == "附表1（单位：公顷）"
    assert table.texts() == [
        ["用途", "供应面积", "供应面积"],
        ["用途", "新增", "存量"],
        ["住宅 用地", "10", "20"],
    ]
    assert [c.repeated for row in table.rows for c in row].count(True) == 2
    assert str(table.rows[2][1].place) == "表1第3行第2列"
    assert str(document.paragraphs[2].place) == "第3段"


@pytest.mark.parametrize(
    ("charset", "declared"),
    [("gb18030", "gb2312"), ("gbk", "GBK"), ("utf-8", "utf-8"), ("gb18030", "utf-8")],
)
def test_encodings_declared_rightly_and_wrongly(charset, declared):
    document = read(PAGE.format(charset=declared), charset)
    assert "总量控制在132.72公顷以内。" in document.text
    assert document.encoding == charset.replace("gbk", "gb18030")


def test_a_frame_of_tables_is_opened():
    page = (
        "<html><body><table><tr><td>左栏</td><td><p>计划正文</p><table>"
        "<tr><td>用途</td><td>面积</td></tr><tr><td>住宅</td><td>3</td></tr></table></td></tr>"
        "</table></body></html>"
    )
    document = read(page)
    assert [p.text for p in document.paragraphs] == ["左栏", "计划正文"]
    assert [t.texts() for t in document.tables] == [[["用途", "面积"], ["住宅", "3"]]]


def test_entities_and_outside_files_are_not_expanded(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("机密")
    page = (
        f'<!DOCTYPE html [<!ENTITY a "甲甲甲甲"><!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        "<html><body><p>总量&a;&x;</p></body></html>"
    )
    text = read(page).text
    assert "机密" not in text
    assert "甲甲甲甲" not in text.replace('<!ENTITY a "甲甲甲甲">', "")


def test_spans_beyond_the_table_are_cut():
    page = (
        "<table><tr><td rowspan=99999>用途</td><td colspan='x'>面积</td></tr>"
        "<tr><td>3</td></tr></table>"
    )
    assert read(page).tables[0].texts() == [["用途", "面积"], ["用途", "3"]]


def test_a_page_without_words_is_an_empty_document():
    assert read("<html><head></head><body></body></html>").blocks == ()


def test_a_page_by_any_name(tmp_path):
    file = tmp_path / "plan.doc"
    file.write_bytes(PAGE.format(charset="gbk").encode("gbk"))
    assert read_blocks(file).format == "html"


@given(
    st.lists(
        st.lists(st.sampled_from(["甲", "乙", "30", "2.5"]), min_size=2, max_size=4), min_size=2
    )
)
def test_plain_tables_keep_every_cell(rows):
    width = max(map(len, rows))
    page = "".join("<tr>" + "".join(f"<td>{t}</td>" for t in row) + "</tr>" for row in rows)
    got = read(f"<table>{page}</table>").tables[0].texts()
    filled = [row + [""] * (width - len(row)) for row in rows]
    head = filled[0]
    assert got == [head, *(row for row in filled[1:] if row != head)]


def test_columns_that_only_repeat_a_merged_cell_are_none():
    page = (
        "<table><tr><td>用途</td><td>面积（亩）</td></tr><tr><td>住宅</td><td colspan=999>300</td>"
        "</tr></table>"
    )
    assert read(page).tables[0].texts() == [["用途", "面积（亩）"], ["住宅", "300"]]
