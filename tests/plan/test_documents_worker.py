"""Reading in a process of its own: it is ended in time, and says how, whatever happens in it."""

import json
import os
import sys
import zlib
from io import BytesIO

import pytest
from reportlab.pdfgen.canvas import Canvas

from landgis.errors import InputError
from landgis.plan.documents import worker
from landgis.plan.documents.blocks import READING, Cell, Document, Paragraph, Place, TableBlock
from landgis.plan.documents.read import read_blocks
from landgis.plan.documents.worker import as_json, document_from, read_apart


def test_a_document_comes_back_as_it_was():
    here = Place(page=3, table=1, row=2, column=4)
    document = Document(
        name="a.pdf",
        format="pdf",
        blocks=(
            Paragraph("供应计划", Place(page=1, line=2), "供應計劃", "ocr", 0.93),
            TableBlock(((Cell("30", here), Cell("30", here, repeated=True)),), "附表", here),
        ),
        remarks=(READING.finding("blank", "unknown", values={"pages": [2]}),),
        pictures=(2,),
    )
    assert document_from(json.loads(json.dumps(as_json(document)))) == document


def pdf_of(*objects: bytes) -> bytes:
    body = b"%PDF-1.4\n"
    offsets = []
    for number, data in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n".encode() + data + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = f"trailer<</Size {len(offsets) + 1}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF".encode()
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1) + table + end


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), more, data)


def page(contents: bytes, resources: bytes) -> list[bytes]:
    return [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources"
        + resources
        + b">>",
        contents,
    ]


def test_forms_that_draw_each_other_twice_are_refused_at_once(tmp_path):
    forms = [
        stream(b"/F Do /F Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources"
               b"<</XObject<</F %d 0 R>>>>" % (6 + i))
        for i in range(28)
    ]  # fmt: skip
    last = stream(b"0 0 m", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    objects = page(stream(b"/F Do"), b"<</XObject<</F 5 0 R>>>>")
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf_of(*objects, *forms, last))
    with pytest.raises(InputError, match="层层相套"):
        read_blocks(file)


def test_a_form_inside_itself_is_no_harm():
    loop = stream(
        b"/F Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>"
    )
    data = pdf_of(*page(stream(b"/F Do"), b"<</XObject<</F 5 0 R>>>>"), loop)
    assert read_apart(data, "a.pdf", "pdf").blocks == ()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is looked at less exactly")
def test_contents_deflated_twice_are_ended_at_the_limit_of_memory(tmp_path):
    once = zlib.compress(b" " * (600 * 2**20), 1)
    twice = zlib.compress(once, 9)
    contents = stream(twice, b"/Filter[/FlateDecode/FlateDecode]")
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf_of(*page(contents, b"<<>>")))
    assert file.stat().st_size < 100_000
    with pytest.raises(InputError, match="远超一份计划"):
        read_blocks(file)


def test_computing_without_end_is_ended(monkeypatch):
    monkeypatch.setattr(worker, "SECONDS", 0.05)
    monkeypatch.setattr(worker, "SECONDS_PER_MB", 0)
    memory = BytesIO()
    canvas = Canvas(memory)
    for _ in range(200):
        canvas.drawString(72, 700, "plan " * 200)
        canvas.showPage()
    canvas.save()
    with pytest.raises(InputError, match="远超一份计划"):
        read_apart(memory.getvalue(), "计划 1.pdf", "pdf")


def test_a_process_that_crashes_is_a_damaged_file(monkeypatch, tmp_path):
    crash = tmp_path / "crash.py"
    crash.write_text("import os\nos.abort()\n")
    monkeypatch.setattr(worker, "__file__", str(crash))
    with pytest.raises(InputError, match=r"a\.pdf 不完整或已损坏"):
        read_apart(b"%PDF-", "a.pdf", "pdf")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_devices_and_pipes_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(InputError, match="不是普通文件"):
        read_blocks(tmp_path / "a.txt")
