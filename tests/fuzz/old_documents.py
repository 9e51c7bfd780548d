"""Old Word documents (.doc, .wps) changed at random, and LibreOffice asked for many at a time.

A conversion costs seconds, most of them for the start of LibreOffice. So the product reads each
file up to where it would start it; what gets that far is converted in batches, by the command that
the product would have run, within its limit of time; and then the product reads each file anew,
with the answer of the batch in place of a conversion of its own. A batch that LibreOffice does not
live through is halved until the file is alone that ends it.
"""

from __future__ import annotations

import random
import resource  # Unix only
import socket
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from PIL import Image

from landgis.errors import LandgisError
from landgis.files.machine import find_office
from landgis.plan.documents import read
from landgis.plan.documents.blocks import Block, Document

KINDS = ("doc", "wps")
BATCH = 50
SPECIAL = (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF)
FIB = 0x3A2  # bytes of the FIB of Word 97, which names where all else is
CLX = 0x1A2  # in it: place and length of the piece table
_FIELD = "<w:fldSimple {} w:instr='{}'><w:r><w:t>1</w:t></w:r></w:fldSimple>"
Change = Callable[[bytes, random.Random], bytes]
_answers: dict[str, bytes | None] = {}


class WantedError(Exception):
    """The product would start LibreOffice now; its command is the argument."""


# --- sound files ------------------------------------------------------------------------------


def add_filled(document, rows):
    """Add a table of words, the first two cells of which are one."""
    grid = document.add_table(len(rows), len(rows[0]))
    for row, words in zip(grid.rows, rows, strict=True):
        for cell, word in zip(row.cells, words, strict=True):
            cell.text = word
    grid.cell(0, 0).merge(grid.cell(0, 1))
    return grid


def texts(title: str, said: str, rows: Sequence[Sequence[str]], server: str) -> list[bytes]:
    """Give .docx of several layouts: plain, nested tables, pictures, fields, lists and notes."""
    made = []
    for layout in ("plain", "nested", "pictures", "fields", "long"):
        document = docx.Document()
        document.add_heading(title)
        document.add_paragraph(said)
        grid = add_filled(document, rows)
        if layout == "nested":
            inner = grid.cell(1, 2).add_table(2, 2)
            inner.cell(0, 0).text = "其中"
            inner.cell(1, 1).add_table(1, 2).cell(0, 1).text = "5"
            grid.cell(1, 0).merge(grid.cell(2, 0))
        elif layout == "pictures":
            picture = BytesIO()
            Image.effect_noise((24, 16), 60).save(picture, "png")
            document.add_picture(picture)
            grid.cell(2, 3).paragraphs[0].add_run().add_picture(picture)
        elif layout == "fields":
            for told in ("PAGE", f'INCLUDEPICTURE "{server}a.png"', f'HYPERLINK "{server}b"'):
                paragraph = document.add_paragraph("第")
                paragraph._p.append(parse_xml(_FIELD.format(nsdecls("w"), told)))
            document.sections[0].header.paragraphs[0].text = title
            document.add_paragraph("一是", style="List Number")
            document.add_section()
        elif layout == "long":
            for number in range(200):
                document.add_paragraph(f"{number}. {said}").runs[0].bold = number % 3 == 0
        stream = BytesIO()
        document.save(stream)
        made.append(stream.getvalue())
    return made


def sound(title: str, said: str, rows: Sequence[Sequence[str]], server: str) -> list[bytes]:
    """Give documents as Word 97 wrote them."""
    with tempfile.TemporaryDirectory(prefix="landgis-fuzz-") as name:
        folder = Path(name)
        files = [folder / f"{number}.docx" for number in range(5)]
        for file, data in zip(files, texts(title, said, rows, server), strict=True):
            file.write_bytes(data)
        command = [find_office() or "soffice", f"-env:UserInstallation={folder.as_uri()}/profile"]
        command += ["--headless", "--convert-to", "doc:MS Word 97", "--outdir", name]
        subprocess.run([*command, *files], check=True, capture_output=True)
        return [file.with_suffix(".doc").read_bytes() for file in files]


# --- changed ----------------------------------------------------------------------------------


class Compound:
    """Where things are in a compound file: its allocation table, its directory, its streams."""

    def __init__(self, data: bytes) -> None:
        """Follow the chains of a sound file."""
        self.data = data
        self.size = 1 << struct.unpack_from("<H", data, 30)[0]
        count, first = struct.unpack_from("<I", data, 44)[0], struct.unpack_from("<I", data, 48)[0]
        self.tables = struct.unpack_from(f"<{min(count, 109)}I", data, 76)
        self.next = [
            struct.unpack_from("<I", data, self.at(table) + 4 * k)[0]
            for table in self.tables
            for k in range(self.size // 4)
        ]
        self.directory = [p + k for p in self.chain(first) for k in range(0, self.size, 128)]
        self.small = struct.unpack_from("<I", data, 60)[0]

    def at(self, sector: int) -> int:
        """Give the place of a sector in the file."""
        return (sector + 1) * self.size

    def chain(self, sector: int) -> list[int]:
        """Give the places of the sectors of a stream."""
        places = []
        while sector < len(self.next):
            places.append(self.at(sector))
            sector = self.next[sector]
        return places

    def stream(self, name: str) -> list[int]:
        """Give the places of all bytes of a stream; none if it is a small one or not there."""
        for entry in self.directory:
            length = struct.unpack_from("<H", self.data, entry + 64)[0]
            if self.data[entry : entry + max(0, length - 2)] == name.encode("utf-16-le"):
                first, size = struct.unpack_from("<II", self.data, entry + 116)
                if size < 4096:
                    return []
                places = (p + k for p in self.chain(first) for k in range(self.size))
                return [place for place, _ in zip(places, range(size), strict=False)]
        return []


def changed(data: bytes, chance: random.Random, plainly: Change) -> bytes:
    """Change bytes anywhere, a sector, the allocation table, the directory, or Word's own tables.

    ``plainly`` is how any bytes are changed.
    """
    file, out = Compound(data), bytearray(data)
    word, table = file.stream("WordDocument"), file.stream("1Table") or file.stream("0Table")
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        match chance.randrange(8):
            case 0:  # sectors stand for others
                ours, theirs = (chance.randrange(file.size, len(data)) for _ in range(2))
                out[ours : ours + 512] = out[theirs : theirs + 512].ljust(512, b"\0")
            case 1:  # chains: loops, ends, sectors that are not there
                place = file.at(chance.choice(file.tables)) + 4 * chance.randrange(file.size // 4)
                _put(out, place, chance, len(file.next))
            case 2:
                _put(out, 24 + 4 * chance.randrange(14), chance, len(file.next))  # the header
            case 3:  # an entry of the directory: its name, kind, siblings, first sector or size
                entry = chance.choice(file.directory)
                place = entry + chance.choice((0, 64, 66, 68, 72, 76, 116, 120))
                _put(out, place, chance, len(file.next))
            case 4 | 5:  # places and lengths, of which the piece table is one
                at = chance.choice((CLX, CLX + 4, chance.randrange(0, FIB, 2)))
                _put(out, word[at], chance, len(word))
            case 6 if table:  # the piece table, or any other
                first, length = (
                    struct.unpack("<I", bytes(data[word[CLX + more + k]] for k in range(4)))[0]
                    for more in (0, 4)
                )
                within = chance.random() < 0.5 and first + length <= len(table)
                at = first + chance.randrange(max(1, length)) if within else 0
                _put(out, table[at or chance.randrange(len(table))], chance, len(word))
            case _:
                at = chance.randrange(FIB, len(word))  # text, and pages of properties
                out[word[at]] = chance.randrange(256)
    if chance.random() < 0.2:
        return plainly(bytes(out), chance)
    return bytes(out[: chance.randrange(1, len(out))] if chance.random() < 0.03 else out)


def _put(out: bytearray, place: int, chance: random.Random, about: int) -> None:
    """Put another number at a place: a special one, one that could be right, or any."""
    before = int.from_bytes(out[place : place + 4], "little")
    near = max(0, before + chance.choice((-512, -1, 1, 512)))
    number = chance.choice((*SPECIAL, near, chance.randrange(about + 1), chance.getrandbits(32)))
    width = chance.choice((1, 2, 4, 4))
    kept = min(width, len(out) - place)
    out[place : place + kept] = (number & 0xFFFFFFFF).to_bytes(4, "little")[:kept]


def variants(sounds: Sequence[bytes], runs: int, seed: int, plainly: Change) -> list[bytes]:
    """Give changed documents, each layout in turn."""
    chance = random.Random(seed)
    return [changed(sounds[run % len(sounds)], chance, plainly) for run in range(runs)]


# --- converted --------------------------------------------------------------------------------


def reader(data: bytes, name: str) -> Document:
    """Read as the product does, with the answer of a batch in place of a conversion."""

    def answered(command: list[str]) -> None:
        answer = _answers[_key(data)]
        if answer is not None:
            folder = Path(command[command.index("--outdir") + 1])
            folder.mkdir()
            (folder / "document.docx").write_bytes(answer)

    with _written(data, name) as path, patch.object(read, "_run", answered):
        return read.read_blocks(path)


def wanted(data: bytes, name: str) -> list[str] | None:
    """Give the command that the product would run for a file, or None: it refuses it before."""

    def ask(command: list[str]) -> None:
        raise WantedError(command)

    with _written(data, name) as path, patch.object(read, "_run", ask):
        try:
            read.read_blocks(path)
        except WantedError as error:
            return list(error.args[0])
        except LandgisError:
            return None
    return None


def convert(kind: str, made: Sequence[bytes]) -> dict[str, int]:
    """Have LibreOffice convert all that the product would; say how many went how."""
    told = {"to LibreOffice": 0, "converted": 0, "ended it": 0}
    asked = [data for data in dict.fromkeys(made) if wanted(data, f"a.{kind}")]
    told["to LibreOffice"] = len(asked)
    for first in range(0, len(asked), BATCH):
        told["ended it"] += _batch(kind, asked[first : first + BATCH])
    told["converted"] = sum(_answers[_key(data)] is not None for data in asked)
    told["MB at most"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return told


def whole_way(kind: str, made: Sequence[bytes]) -> list[bytes]:
    """Give those that the product, with a conversion of its own, reads otherwise than above."""
    told = []
    for data in made:
        before = _outcome(partial(reader, data, f"a.{kind}"))
        with _written(data, f"a.{kind}") as path:
            if _outcome(partial(read.read_blocks, path)) != before:
                told.append(data)
    return told


def _outcome(reading: Callable[[], Document]) -> tuple[Block, ...] | str:
    try:
        return reading().blocks
    except LandgisError as error:
        return error.zh


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server, and a list that grows by a word for each that asks it."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):  # closed
                while True:
                    caller, _ = server.accept()
                    asked.append("asked the network")
                    caller.close()

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", asked
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def _batch(kind: str, some: Sequence[bytes]) -> int:
    """Convert some at once, by the product's command; those that it dies of, in halves."""
    if not some:
        return 0
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: object, **how: object) -> subprocess.Popen[bytes]:
        started.append(popen(*words, **how))  # type: ignore[call-overload]
        return started[-1]

    popen = subprocess.Popen
    command = wanted(some[0], f"a.{kind}") or []
    with tempfile.TemporaryDirectory(prefix="landgis-fuzz-") as name:
        folder, before = Path(name), Path(command[-1]).parent
        command = [word.replace(str(before), name) for word in command[:-1]]
        sources = [folder / f"{k}.{kind}" for k in range(len(some))]
        for source, data in zip(sources, some, strict=True):
            source.write_bytes(data)
        died = False
        with patch.object(subprocess, "Popen", start):
            try:
                read._run([*command, *map(str, sources)])
            except (subprocess.SubprocessError, OSError):
                died = True
        died = died or bool(started[-1].returncode)
        left = []
        for source, data in zip(sources, some, strict=True):
            answer = folder / "out" / f"{source.stem}.docx"
            _answers[_key(data)] = answer.read_bytes() if answer.exists() else None
            if not answer.exists():
                left.append(data)
    if not died or len(some) == 1:
        return int(died)
    half = (len(left) + 1) // 2 if len(left) > 1 else len(left)
    return _batch(kind, left[:half]) + _batch(kind, left[half:])


@contextmanager
def _written(data: bytes, name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="landgis-fuzz-") as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        yield path


def _key(data: bytes) -> str:
    return sha256(data).hexdigest()
