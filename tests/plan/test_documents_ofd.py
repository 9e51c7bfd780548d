"""OFD (GB/T 33190): lines in reading order, tables by their ruling lines, hostile files refused."""

import pytest
from ofd_file import ofd, table, text

from landgis.errors import InputError
from landgis.plan.documents.ofd import read_ofd
from landgis.plan.documents.read import read_blocks

TITLE = "云岭市2024年度国有建设用地供应计划"
ROWS = [["用途", "面积（公顷）"], ["商服用地", "30.5"], ["住宅用地", "60.5"], ["合计", "91.0"]]


def paragraphs(data):
    return [p.text for p in read_ofd(data, "a.ofd").paragraphs]


def test_lines_and_a_ruled_table_in_reading_order(tmp_path):
    page = table(ROWS, 20, 60) + text("单位：公顷", 20, 50) + text(TITLE, 20, 20)
    file = tmp_path / "计划.ofd"
    file.write_bytes(ofd(page))
    document = read_blocks(file)
    assert document.format == "ofd"
    assert [p.text for p in document.paragraphs] == [TITLE, "单位：公顷"]
    (read,) = document.tables
    assert read.texts() == ROWS
    assert read.caption.endswith("单位：公顷")
    assert str(read.rows[1][1].place) == "第1页表1第2行第2列"


def test_characters_each_of_their_own_stand_in_one_line():
    page = "".join(text(c, 20 + 4 * i, 30) for i, c in enumerate("供应总量一百公顷"))
    assert paragraphs(ofd(page)) == ["供应总量一百公顷"]


def test_a_transformed_text_stands_where_it_is_shown():
    page = text("二行", 20, 30, CTM="1 0 0 1 0 20") + text("一行", 20, 40)
    assert "".join(paragraphs(ofd(page))) == "一行二行"


def test_steps_down_the_page_and_upright_text_are_not_lines():
    upwards = text("水印", 100, 100, CTM="0 1 -1 0 0 0")
    assert paragraphs(ofd(text("正文", 20, 30) + upwards)) == ["正文"]


def test_invisible_objects_are_not_read():
    page = text("正文", 20, 30) + text("旧稿", 20, 60, Visible="false")
    assert paragraphs(ofd(page)) == ["正文"]


def test_words_of_a_template_belong_to_every_page():
    data = ofd(
        text("第一页正文", 20, 60), text("第二页正文", 20, 60), template=text("底稿", 20, 150)
    )
    assert paragraphs(data).count("底稿") == 2


def test_a_table_over_two_pages_is_one():
    first, second = ROWS[:2], [ROWS[0], *ROWS[2:]]
    data = ofd(table(first, 20, 250), table(second, 20, 20))
    (read,) = read_ofd(data, "a.ofd").tables
    assert read.texts() == ROWS


def test_a_page_that_is_a_picture_is_named(tmp_path):
    picture = '<ofd:ImageObject ID="3" Boundary="0 0 210 297" ResourceID="7"/>'
    file = tmp_path / "a.ofd"
    file.write_bytes(ofd(text("正文", 20, 30), picture))
    (remark,) = read_blocks(file).remarks
    assert (remark.kind, remark.verdict, remark.values) == ("blank", "unknown", {"pages": [2]})
    file.write_bytes(ofd(picture))
    with pytest.raises(InputError, match="只有图像"):
        read_blocks(file)


def test_paths_from_the_root_and_in_other_cases_are_found():
    document = (
        '<Document xmlns="http://www.ofdspec.org/2016"><Pages>'
        '<Page ID="0" BaseLoc="/doc_0/pages/page_0/content.xml"/></Pages></Document>'
    )
    data = ofd(text("正文", 20, 30), members={"Doc_0/Document.xml": document})
    assert paragraphs(data) == ["正文"]


BROKEN = {
    "a part that is missing": {
        "Doc_0/Document.xml": "<D><Page BaseLoc='../../../etc/passwd'/></D>"
    },
    "a part that is no XML": {"Doc_0/Pages/Page_0/Content.xml": "计划"},
    "no document": {"OFD.xml": "<OFD/>"},
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files_are_refused(kind, tmp_path):
    file = tmp_path / "a.ofd"
    file.write_bytes(ofd(text("正文", 20, 30), members=BROKEN[kind]))
    with pytest.raises(InputError):
        read_blocks(file)


def test_entities_are_refused(tmp_path):
    bomb = '<!DOCTYPE a [<!ENTITY b "ccc">]><ofd:OFD xmlns:ofd="x">&b;</ofd:OFD>'
    file = tmp_path / "a.ofd"
    file.write_bytes(ofd("", members={"OFD.xml": bomb}))
    with pytest.raises(InputError, match="实体"):
        read_blocks(file)


ODD = ["g 99999999999 4", "g", "g g g", "nan nan", "1e999", "g -5 4", "4 4 4 4 4 4 4 4", "用"]


@pytest.mark.parametrize("steps", ODD)
def test_odd_numbers_are_no_harm(steps):
    page = text("供应总量", 20, 30).replace('DeltaX="g 3 4.0"', f'DeltaX="{steps}"')
    assert "".join(paragraphs(ofd(page))).replace(" ", "") == "供应总量"
