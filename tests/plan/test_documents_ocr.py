"""Words recognised in pictures: marked with their confidence, told page by page."""

import subprocess
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from landgis.errors import MissingPackageError
from landgis.plan.documents import read as documents
from landgis.plan.documents.read import read_blocks
from landgis.plan.documents.worker import can_recognise

ROWS = [["用途", "面积"], ["商服用地", "30.52"], ["住宅用地", "60.48"], ["合计", "91.00"]]
needs_ocr = pytest.mark.skipif(not can_recognise(), reason="needs the extra ocr")


@cache
def font():
    try:
        listed = subprocess.run(
            ["fc-list", ":lang=zh", "file"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listed = []
    files = sorted(Path(name.rstrip(": ")) for name in listed)
    if not files:
        pytest.skip("needs a Chinese typeface")
    return ImageFont.truetype(str(files[0]), 34)


def scan(kind="PNG", rows=ROWS):
    picture = Image.new("RGB", (1000, 600), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((80, 40), "云岭市2024年度国有建设用地供应计划", font=font(), fill="black")
    for r, row in enumerate(rows):
        for c, words in enumerate(row):
            x, y = 80 + 300 * c, 160 + 80 * r
            draw.rectangle((x, y, x + 300, y + 80), outline="black", width=3)
            draw.text((x + 20, y + 18), words, font=font(), fill="black")
    stream = BytesIO()
    picture.save(stream, kind)
    return stream.getvalue()


@needs_ocr
@pytest.mark.parametrize(("kind", "suffix"), [("PNG", ".png"), ("PDF", ".pdf")])
def test_a_scan_is_read_with_its_table_and_told(tmp_path, kind, suffix):
    file = tmp_path / f"计划{suffix}"
    file.write_bytes(scan(kind))
    document = read_blocks(file)
    (table,) = document.tables
    assert table.texts() == ROWS
    title = document.paragraphs[0]
    assert title.text == "云岭市2024年度国有建设用地供应计划"
    cells = [cell for row in table.rows for cell in row]
    assert {words.how for words in (title, *cells)} == {"ocr"}
    assert all(0.5 < words.confidence <= 1 for words in (title, *cells))
    (remark,) = document.remarks
    assert (remark.kind, remark.verdict, remark.values["page"]) == ("recognised", "unknown", 1)
    assert remark.values["confidence"] == min(words.confidence for words in (title, *cells))


def test_without_the_extra_one_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "can_recognise", lambda: False)
    file = tmp_path / "a.png"
    Image.new("L", (9, 9)).save(file)
    with pytest.raises(MissingPackageError, match=r"landgis\[ocr\]") as caught:
        read_blocks(file)
    assert caught.value.zh.count("。") == 1
