"""Files that cannot be read: one clear sentence in each language, never a traceback or a hang."""

import os
import random
import stat
import sys
import zipfile
from contextlib import suppress
from io import BytesIO

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.errors import InputError
from landgis.files import archives
from landgis.files.archives import Limits
from landgis.plan.documents import opening
from landgis.plan.documents import read as documents
from landgis.plan.documents.read import Document, read_blocks

SUFFIXES = (".txt", ".docx", ".pdf", ".html", ".xlsx", ".xls", ".doc", ".wps", "")
BOMB_XML = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'
)


def docx_bytes(*words):
    stream = BytesIO()
    document = docx.Document()
    for text in words:
        document.add_paragraph(text)
    document.save(stream)
    return stream.getvalue()


def xlsx_bytes():
    stream = BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["用途", "面积"])
    book.active.append(["住宅", 3])
    book.save(stream)
    return stream.getvalue()


def with_member(data, name, content):
    """A copy of an archive with one member's content exchanged."""
    stream = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
        if name not in old.namelist():
            new.writestr(name, content)
    return stream.getvalue()


def refusal(file):
    """The refusal of a file, after checking that it is one sentence that names the file."""
    with pytest.raises(InputError) as caught:
        read_blocks(file)
    error = caught.value
    assert file.name in error.zh
    assert file.name in error.en
    assert error.zh.endswith("。")
    assert error.zh.count("。") == 1
    assert error.en.endswith(".")
    assert "\n" not in error.zh + error.en
    return error


def write(folder, name, data):
    file = folder / name
    file.write_bytes(data)
    return file


def test_missing_file_and_folder(tmp_path):
    assert "不存在" in refusal(tmp_path / "无.txt").zh
    assert "文件夹" in refusal(tmp_path).zh


def test_a_name_that_no_system_allows():
    with pytest.raises(InputError):
        read_blocks("a\x00b.txt")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("data", [b"", b"\n \r\n\t", b"\x00" * 64])
def test_empty_files(tmp_path, suffix, data):
    assert "空文件" in refusal(write(tmp_path, f"a{suffix}", data)).zh


def test_documents_without_words(tmp_path):
    assert "没有文字" in refusal(write(tmp_path, "a.docx", docx_bytes())).zh
    stream = BytesIO()
    openpyxl.Workbook().save(stream)
    assert "没有文字" in refusal(write(tmp_path, "a.xlsx", stream.getvalue())).zh
    assert "没有文字" in refusal(write(tmp_path, "a.html", b"<html><script>1</script></html>")).zh


@pytest.mark.parametrize("make", [docx_bytes, xlsx_bytes])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_truncated_archives(tmp_path, make, share):
    data = make()
    assert "损坏" in refusal(write(tmp_path, "a.docx", data[: int(len(data) * share)])).zh


def test_an_archive_without_a_document(tmp_path):
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "计划")
    assert "压缩包" in refusal(write(tmp_path, "a.docx", stream.getvalue())).zh


def test_a_body_that_is_no_xml(tmp_path):
    data = with_member(docx_bytes("计划"), "word/document.xml", b"<w:document")
    assert "损坏" in refusal(write(tmp_path, "a.docx", data)).zh


@pytest.mark.parametrize(
    ("make", "member"),
    [
        (docx_bytes, "word/document.xml"),
        (docx_bytes, "word/styles.xml"),
        (xlsx_bytes, "xl/worksheets/sheet1.xml"),
        (xlsx_bytes, "xl/sharedStrings.xml"),
    ],
)
def test_entities_are_refused(tmp_path, make, member):
    for content in (BOMB_XML, BOMB_XML.decode().encode("utf-16")):
        file = write(tmp_path, "a.docx", with_member(make(), member, content))
        assert "实体" in refusal(file).zh


def test_a_member_that_unpacks_to_gigabytes(monkeypatch):
    monkeypatch.setattr(opening, "LIMITS", Limits(4 * 2**20, 200, 2**40))
    data = with_member(docx_bytes("计划"), "word/media/a.bin", b"\x00" * (5 * 2**20))
    with pytest.raises(InputError, match="压缩炸弹"):
        opening.open_package(data, "a.docx")


def test_a_member_packed_tighter_than_any_document(tmp_path):
    data = with_member(xlsx_bytes(), "xl/media/a.bin", b"\x00" * (20 * 2**20))
    assert "压缩炸弹" in refusal(write(tmp_path, "a.xlsx", data)).zh


def test_too_many_members(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 5)
    assert "压缩炸弹" in refusal(write(tmp_path, "a.docx", docx_bytes("计划"))).zh


@pytest.mark.parametrize(
    ("stream", "word"),
    [("EncryptedPackage", "密码"), ("WordDocument", "另存为 docx"), ("PowerPoint Document", "pdf")],
)
def test_old_office_files(tmp_path, monkeypatch, stream, word):
    monkeypatch.setattr(documents, "find_office", lambda: None)
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500 + stream.encode("utf-16-le")
    assert word in refusal(write(tmp_path, "a.doc", data)).zh


def test_a_broken_old_workbook(tmp_path):
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500 + "Workbook".encode("utf-16-le")
    assert "损坏" in refusal(write(tmp_path, "a.xls", data)).zh


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"{\\rtf1 plan}", "docx"),
        (b"Rar!\x1a\x07", "解压"),
        (b'<?xml?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "2003"),
    ],
)
def test_other_kinds_get_their_advice(tmp_path, monkeypatch, data, word):
    monkeypatch.setattr(documents, "find_office", lambda: None)
    assert word in refusal(write(tmp_path, "a.doc", data)).zh


def test_noise_named_pdf(tmp_path):
    data = random.Random(1).randbytes(5000)
    assert "损坏" in refusal(write(tmp_path, "a.pdf", data)).zh
    assert "损坏" in refusal(write(tmp_path, "a.docx", b"this is not a document at all")).zh
    assert "损坏" in refusal(write(tmp_path, "b.pdf", b"%PDF-1.7\n" + data)).zh


def test_an_enormous_file_is_not_read(tmp_path):
    file = tmp_path / "a.txt"
    with file.open("wb") as stream:
        stream.truncate(500 * 2**20)
    assert "500 MB" in refusal(file).zh


def test_endless_text_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("landgis.plan.documents.opening.MAX_TEXT_BYTES", 10)
    assert "MB" in refusal(write(tmp_path, "a.txt", "计划正文".encode())).zh


def test_tables_without_end_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("landgis.plan.documents.opening.MAX_CELLS", 100)
    page = "<table>" + "<tr><td colspan=30>甲</td><td>乙</td></tr>" * 10 + "</table>"
    assert "100 格" in refusal(write(tmp_path, "a.html", page.encode())).zh


def test_elements_nested_without_end(tmp_path):
    page = "<html>" + "<div>" * 50_000 + "计划" + "</div>" * 50_000
    document_or_refusal(write(tmp_path, "a.html", page.encode()))
    body = b"<a>" * 50_000 + b"</a>" * 50_000
    data = with_member(docx_bytes("计划"), "word/document.xml", body)
    assert "损坏" in refusal(write(tmp_path, "a.docx", data)).zh


def document_or_refusal(file):
    with suppress(InputError):
        document = read_blocks(file)
        assert isinstance(document, Document)
        assert document.blocks


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(data=st.binary(max_size=300))
def test_random_bytes(tmp_path_factory, suffix, data):
    file = tmp_path_factory.getbasetemp() / f"noise{suffix}"
    file.write_bytes(data)
    document_or_refusal(file)


@pytest.mark.parametrize(
    "start",
    [b"%PDF-1.4\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>", b"\xff\xfe"],
)
@settings(max_examples=12)  # a PDF is read in a process of its own
@given(data=st.binary(max_size=300))
def test_random_bytes_after_an_honest_beginning(tmp_path_factory, start, data):
    file = tmp_path_factory.getbasetemp() / "noise.bin"
    file.write_bytes(start + data)
    document_or_refusal(file)


HONEST = (docx_bytes("供应总量100公顷", "住宅30公顷"), xlsx_bytes())


@pytest.mark.parametrize("honest", HONEST, ids=["docx", "xlsx"])
@settings(max_examples=20)
@given(
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4)
)
def test_flipped_bytes_in_a_document(tmp_path_factory, honest, flips):
    content = bytearray(honest)
    for share, byte in flips:
        content[int(share * len(content))] = byte
    file = tmp_path_factory.getbasetemp() / "flipped.docx"
    file.write_bytes(bytes(content))
    document_or_refusal(file)


@pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-in for LibreOffice is a shell script"
)
class TestConversion:
    """An old .doc where LibreOffice is installed, or a stand-in that does as it would."""

    OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500 + "WordDocument".encode("utf-16-le")

    def office(self, folder, monkeypatch, script):
        program = folder / "soffice"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    def test_converted_and_read(self, tmp_path, monkeypatch):
        made = write(tmp_path, "made.docx", docx_bytes("供应总量100公顷"))
        self.office(
            tmp_path,
            monkeypatch,
            'for a; do last=$a; done; out=$(dirname "$last")/out; mkdir -p "$out"; '
            f'cp "{made}" "$out/document.docx"',
        )
        document = read_blocks(write(tmp_path, "-旧 文件;.doc", self.OLD))
        assert document.text == "供应总量100公顷"
        assert [r.kind for r in document.remarks] == ["converted"]

    @pytest.mark.parametrize("script", ["exit 1", "exit 0"])
    def test_a_conversion_that_fails_gives_the_advice(self, tmp_path, monkeypatch, script):
        self.office(tmp_path, monkeypatch, script)
        told = refusal(write(tmp_path, "旧.doc", self.OLD)).zh
        assert "另存为 docx" in told
        assert "LibreOffice 未能转换它" in told

    def test_a_conversion_that_hangs_is_ended(self, tmp_path, monkeypatch):
        self.office(tmp_path, monkeypatch, "exec sleep 30")
        monkeypatch.setattr(documents, "CONVERT_SECONDS", 0.2)
        assert "秒内未能转换完" in refusal(write(tmp_path, "旧.doc", self.OLD)).zh

    def test_without_a_program_that_converts_that_is_said(self, tmp_path, monkeypatch):
        monkeypatch.setattr(documents, "find_office", lambda: None)
        assert "本机没有找到" in refusal(write(tmp_path, "旧.doc", self.OLD)).zh
