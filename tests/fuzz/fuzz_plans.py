"""Change sound plan documents at random and read them (nothing guides it, so all kinds are quick).

    PYTHONPATH=.:tests python tests/fuzz/fuzz_plans.py KIND RUNS [SEED]

KIND is txt, html, docx, xlsx, pdf or ofd. Whatever the bytes, a reader gives a document or raises a
LandgisError; anything else is a find, is written to a file, and belongs into ``tests/plan``.
Readers are called as they are, without the process around them that would hide a fault.
"""

from __future__ import annotations

import random
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
from ofd_file import ofd, table, text
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas

from landgis.errors import LandgisError
from landgis.plan.documents.flat import put_together
from landgis.plan.documents.html import read_html
from landgis.plan.documents.ofd import read_ofd
from landgis.plan.documents.pdf import read_pdf
from landgis.plan.documents.sheets import read_xlsx
from landgis.plan.documents.text import read_text
from landgis.plan.documents.word import read_word

TITLE = "云岭市2024年度国有建设用地供应计划"
ROWS = [
    ["行政区", "合计", "商服用地", "住宅用地"],
    ["东山区", "30.5（457.5）", "10.5", "20"],
    ["合计", "30.5（457.5）", "10.5", "20"],
]
READERS = {
    "txt": read_text,
    "html": read_html,
    "docx": read_word,
    "xlsx": read_xlsx,
    "pdf": read_pdf,
    "ofd": read_ofd,
}
PIECES = [
    *(
        b"\x00",
        b"\xff\xfe",
        b"9" * 400,
        b"\xe2\x91\xa0",
        b"-1",
        b"1e999",
        b"nan",
        b"<",
        b"&",
        b">>",
    ),
    *(b'"', b"/", b"..", b"\t", b"\n", b" ", "。".encode(), "（".encode(), "其中：".encode(), b"0"),
    *(b"<w:p/>", b"<td colspan=99999>", b"gridSpan", b"g 9999999 4", b" Do ", b"obj", b"stream"),
]


def sound(kind: str) -> bytes:
    """Give a sound document of a kind."""
    stream = BytesIO()
    lines = [TITLE, "单位：公顷（亩）", *("\t".join(row) for row in ROWS)]
    flat = [" ".join(row) for row in ROWS]
    if kind == "txt":
        return "\n".join([*lines, "各区", *flat, *"\n".join(flat).split(" ")]).encode()
    if kind == "html":
        cells = "".join("<tr><td>" + "<td rowspan=1>".join(row) + "</tr>" for row in ROWS)
        return f"<html><p>{TITLE}<table><caption>表</caption>{cells}</table><p>其中</html>".encode()
    if kind == "docx":
        document = docx.Document()
        document.add_paragraph(TITLE)
        grid = document.add_table(len(ROWS), len(ROWS[0]))
        for row, words in zip(grid.rows, ROWS, strict=True):
            for cell, word in zip(row.cells, words, strict=True):
                cell.text = word
        grid.cell(0, 0).merge(grid.cell(0, 1))
        document.save(stream)
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        for row in ROWS:
            book.active.append(row)
        book.active.merge_cells("A1:B1")
        book.save(stream)
    elif kind == "pdf":
        registerFont(UnicodeCIDFont("STSong-Light"))
        canvas = Canvas(stream, pageCompression=0)
        canvas.setFont("STSong-Light", 12)
        for number, line in enumerate(lines):
            canvas.drawString(72, 700 - 20 * number, line)
        canvas.grid([72, 172, 272], [400, 420, 440])
        canvas.save()
    else:
        return ofd(text(TITLE, 20, 20) + table(ROWS, 20, 40))
    return stream.getvalue()


def changed(data: bytes, chance: random.Random) -> bytes:
    """Change some places: other bytes, a piece put in, a stretch left out, doubled or moved."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(out) + 1)
        end = min(len(out), at + chance.choice((1, 1, 4, 40, 400)))
        match chance.randrange(5):
            case 0:
                out[at:end] = chance.randbytes(end - at)
            case 1:
                out[at:at] = chance.choice(PIECES)
            case 2:
                del out[at:end]
            case 3:
                out[at:at] = out[at:end] * chance.choice((1, 3))
            case _:
                out[at:end] = chance.choice(PIECES)
    return bytes(out) or b"0"


def variants(kind: str, runs: int, seed: int) -> list[bytes]:
    """Give changed documents; of packages, one part is changed and packed soundly again."""
    chance = random.Random(seed)
    whole = sound(kind)
    if kind not in ("docx", "xlsx", "ofd"):
        return [changed(whole, chance) for _ in range(runs)]
    with zipfile.ZipFile(BytesIO(whole)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    told = [
        n for n in parts if n.endswith(("document.xml", "sheet1.xml", "Content.xml", "OFD.xml"))
    ]
    made = []
    for run in range(runs):
        if run % 10 == 0:  # the package itself
            made.append(changed(whole, chance))
            continue
        name = chance.choice(told if run % 3 else list(parts))
        stream = BytesIO()
        with zipfile.ZipFile(stream, "w") as package:
            for part, data in parts.items():
                package.writestr(part, changed(data, chance) if part == name else data)
        made.append(stream.getvalue())
    return made


def fuzz(kind: str, runs: int, seed: int = 1) -> int:
    """Read changed documents of a kind; give how many could still be read."""
    read = 0
    for data in variants(kind, runs, seed):
        try:
            document = READERS[kind](data, f"a.{kind}")
            put_together(document.blocks, document.name)
        except (LandgisError, MemoryError):  # the process around the readers ends one that eats it
            continue
        except BaseException:
            file = Path(tempfile.mkdtemp(prefix="landgis-fuzz-"), f"find.{kind}")
            file.write_bytes(data)
            print(f"a find: {file}", file=sys.stderr)  # noqa: T201
            raise
        read += 1
    return read


if __name__ == "__main__":
    import resource  # Unix only, as long runs are

    resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))
    print(fuzz(sys.argv[1], int(sys.argv[2]), *map(int, sys.argv[3:])), "still read")  # noqa: T201
