"""Change sound plan documents at random and read them (nothing guides it, so all kinds are quick).

    PYTHONPATH=.:tests python tests/fuzz/fuzz_plans.py KIND RUNS [SEED]

KIND is txt, csv, md, html, docx, xlsx, xls, pdf or ofd; or doc or wps, where LibreOffice is
installed: it converts them in batches, and `WHOLE` of them the product reads alone as well.
Whatever the bytes, a reader gives a document, of which a plan can be read, or raises a
LandgisError; it asks no network, and ends within `SECONDS` and `BYTES`. Anything else is a find, is
written to a file, and belongs into ``tests/plan``. Readers are called as they are, without the
process around them that would hide a fault of theirs; what that process is there to end (too long,
too much memory, a crash of a compiled parser) is read again through it, and must be refused.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import docx
import old_documents
import openpyxl
from ofd_file import ofd, table, text
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas

from landgis.errors import LandgisError
from landgis.plan.documents.flat import put_together
from landgis.plan.documents.html import read_html
from landgis.plan.documents.ofd import read_ofd
from landgis.plan.documents.pages import read_pdf
from landgis.plan.documents.read import read_blocks
from landgis.plan.documents.sheets import read_xls, read_xlsx
from landgis.plan.documents.text import read_text
from landgis.plan.documents.word import read_word
from landgis.plan.extract import extract_plan

OLD = old_documents.KINDS
WHOLE = 50
SECONDS = 20
BYTES = 2**30
AT_ONCE = 50  # documents that one process reads
SAMPLES = Path(__file__).parents[1] / "plan" / "samples"
TITLE = "云岭市2024年度国有建设用地供应计划"
ROWS = [
    ["行政区", "合计", "商服用地", "住宅用地"],
    ["东山区", "30.5（457.5）", "10.5", "20"],
    ["合计", "30.5（457.5）", "10.5", "20"],
]
SAID = "供应总量控制在30.5公顷以内，其中，住宅用地20公顷，占65.6%；商服用地10.5公顷。"
READERS = {
    **dict.fromkeys(("txt", "csv", "md"), read_text),
    "html": read_html,
    "docx": read_word,
    "xlsx": read_xlsx,
    "xls": read_xls,
    "pdf": read_pdf,
    "ofd": read_ofd,
    **dict.fromkeys(OLD, old_documents.reader),
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
WORDS = (
    *(
        "其中",
        "，",
        "。",
        "：",
        "；",
        "、",
        "（",
        "）",
        "\n",
        "\t",
        " ",
        "|",
        '"',
        ",",
        "0",
        "9" * 400,
        ".",
    ),
    *(
        "①",
        "-",
        "%",
        "公顷",
        "亩",
        "万",
        "占",
        "分别为",
        "各",
        "不低于",
        "约",
        "住宅用地",
        "商服用地",
        "合计",
    ),
    *(
        "东山区",
        "2024年",
        "第一季度",
        "同比增长",
        "其余",
        "一是",
        "附表",
        "单位：亩",
        "<td>",
        "<table>",
        "</p>",
    ),
    *(
        "１２",
        "\u200b",
        "\ud83c",
        "國有",
        "平方米",
        "1,234.5",
        "1.2.3",
        "½",
        "〇",
        "百",
        "三分之一",
    ),
)


def written(kind: str) -> str:
    """Give a sound document that is text."""
    lines = [TITLE, SAID, "单位：公顷（亩）", *("\t".join(row) for row in ROWS)]
    flat = [" ".join(row) for row in ROWS]
    bars = [f"| {' | '.join(row)} |" for row in ROWS]
    cells = "".join("<tr><td>" + "<td rowspan=1>".join(row) + "</tr>" for row in ROWS)
    told = {
        "txt": [*lines, "各区", *flat, *"\n".join(flat).split(" ")],
        "csv": [f"{TITLE},,", '"单位：公顷（亩）",,', *(",".join(row) for row in ROWS)],
        "md": [f"# {TITLE}", SAID, "单位：公顷（亩）", bars[0], "|---|--:|", *bars[1:]],
        "html": [f"<html><p>{TITLE}<p>{SAID}<table><caption>表</caption>{cells}</table><p>其中"],
    }
    return "\n".join(told[kind])


def sound(kind: str) -> bytes:
    """Give a sound document that is no text."""
    stream = BytesIO()
    lines = [TITLE, SAID, "单位：公顷（亩）", *("\t".join(row) for row in ROWS)]
    if kind == "xls":
        return (SAMPLES / "annex.xls").read_bytes()
    if kind == "docx":
        document = docx.Document()
        document.add_paragraph(TITLE)
        document.add_paragraph(SAID)
        old_documents.add_filled(document, ROWS)
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


def rewritten(words: str, chance: random.Random) -> bytes:
    """Change a text, which stays one: words put in, left out, said again, and in another order."""
    out = words
    for _ in range(chance.choice((1, 2, 4, 16))):
        at = chance.randrange(len(out) + 1)
        end = at + chance.choice((1, 2, 5, 20))
        put = chance.choice((*WORDS, out[at:end] * chance.choice((2, 40))))
        out = out[:at] + put + out[chance.choice((at, end)) :]
    return out.encode(chance.choice(("utf-8", "utf-8", "gb18030", "utf-16")), "replace")


def variants(kind: str, runs: int, seed: int) -> list[bytes]:
    """Give changed documents; of packages, one part is changed and packed soundly again."""
    chance = random.Random(seed)
    if kind in ("txt", "csv", "md", "html"):
        words = written(kind)
        ways = (lambda: rewritten(words, chance), lambda: changed(words.encode(), chance))
        return [ways[run % 4 == 0]() for run in range(runs)]
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


class AskedNetwork(BaseException):
    """A document made a reader ask the network; no ``except Exception`` of a library hides it."""


class FindError(Exception):
    """Something that is neither a document nor a LandgisError."""


@contextmanager
def no_network() -> Iterator[None]:
    """Make a find of whatever asks the network."""

    def refuse(_: socket.socket, address: object) -> None:
        message = f"asked {address}"
        raise AskedNetwork(message)

    connect = socket.socket.connect
    socket.socket.connect = refuse  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]


def read(kind: str, data: bytes) -> str:
    """Read a changed document, then a plan of it; say what came of it."""
    try:
        document = READERS[kind](data, f"a.{kind}")
        blocks, _ = put_together(document.blocks, document.name)
        if not blocks:
            return "empty"
        extract_plan(document)
    except LandgisError:
        return "refused"
    except MemoryError:
        return read_apart(kind, data)
    return "read"


def read_apart(kind: str, data: bytes) -> str:
    """Read what exhausts or ends a process as a command does: it must be refused."""
    with tempfile.TemporaryDirectory(prefix="landgis-fuzz-") as folder:
        file = Path(folder, f"a.{kind}")
        file.write_bytes(data)
        try:
            read_blocks(file)
        except LandgisError:
            return "ended"
    return "read"


def fuzz(kind: str, runs: int, seed: int = 1) -> Counter[str]:
    """Read changed documents of a kind, here; count what came of them."""
    told: Counter[str] = Counter()
    with no_network():
        for data in variants(kind, runs, seed):
            try:
                told[read(kind, data)] += 1
            except BaseException as error:
                raise FindError(kept(kind, data)) from error
    return told


def kept(kind: str, data: bytes) -> str:
    """Write a find to a file, and name it."""
    file = Path(tempfile.mkdtemp(prefix="landgis-fuzz-"), f"find.{kind}")
    file.write_bytes(data)
    return str(file)


# --- long runs, on Unix ------------------------------------------------------------------------


def fuzz_apart(kind: str, runs: int, seed: int = 1) -> tuple[Counter[str], list[str]]:
    """Read many in processes that are limited, so that nothing ends the run; give the finds too."""
    told: Counter[str] = Counter()
    finds: list[str] = []
    if kind in OLD:
        with old_documents.listening() as (server, asked):
            sounds = old_documents.sound(TITLE, SAID, ROWS, server)
            made = old_documents.variants(sounds, runs, seed, changed)
            told.update(old_documents.convert(kind, made))
            otherwise = old_documents.whole_way(kind, made[:: max(1, runs // WHOLE)])
            finds += [f"find, alone read otherwise: {kept(kind, data)}" for data in otherwise]
            finds += asked
    else:
        made = variants(kind, runs, seed)
    at = 0
    while at < runs:
        done, died = _some(kind, made[at : at + AT_ONCE])
        for outcome in done:
            if outcome.startswith("find"):
                finds.append(outcome)
            else:
                told[outcome] += 1
        at += len(done)
        if died:
            outcome = read_apart(kind, made[at])
            told[f"{died}, {outcome}"] += 1
            if outcome != "ended" or kind in ("txt", "csv", "md", "html", "docx"):
                finds.append(f"find ({died}, then {outcome}): {kept(kind, made[at])}")
            at += 1
    return told, finds


def _some(kind: str, made: list[bytes]) -> tuple[list[str], str]:
    """Read some in a process of their own; give what came of each until it died, and of what."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        _serve(kind, made, theirs)
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as pipe:
        done = [line.replace("\\n", "\n").strip() for line in pipe]
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return done, "" if code == 0 else "too long" if code == -signal.SIGALRM else f"died {code}"


def _serve(kind: str, made: list[bytes], theirs: int) -> None:
    import resource  # Unix only

    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * 4096
    resource.setrlimit(resource.RLIMIT_AS, (mapped + 2 * BYTES, mapped + 2 * BYTES))
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with os.fdopen(theirs, "w", encoding="utf-8") as pipe, no_network():
        for data in made:
            signal.alarm(SECONDS)
            try:
                told = read(kind, data)
            except BaseException:  # noqa: BLE001 - that is what is looked for
                error = traceback.format_exc(limit=-4).replace("\n", "\\n")
                told = f"find: {kept(kind, data)} {error}"
            signal.alarm(0)
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - held > BYTES:
                os._exit(75)
            print(told, file=pipe, flush=True)
    os._exit(0)


if __name__ == "__main__":
    counts, found = fuzz_apart(sys.argv[1], int(sys.argv[2]), *map(int, sys.argv[3:]))
    print(sys.argv[1], dict(counts), *found, sep="\n")  # noqa: T201
    sys.exit(bool(found))
