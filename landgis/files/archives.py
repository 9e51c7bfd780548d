"""Layers in archives, and what a file really is: nothing is believed before it is looked at.

What must not be handed to a parser is found here: links to be fetched, queries and sheets without
an end, archives that unpack to too much.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import sqlite3
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from landgis.errors import InputError, LandgisError

MOST_MEMBERS = 20_000

IS_WINDOWS = sys.platform == "win32"

_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{number}" for port in ("COM", "LPT") for number in "123456789¹²³"}
)


class Limits(NamedTuple):
    """To how much an archive may unpack: bytes, and times its own size once it is over ``free``."""

    most: int
    times: int
    free: int


OF_LAYERS = Limits(16 * 2**30, 500, 100 * 2**20)
_DEEPEST = 3

_SIGNATURES = {
    ".gpkg": (b"SQLite format 3\0",),
    ".fgb": (b"fgb",),
    ".parquet": (b"PAR1",),
    ".geoparquet": (b"PAR1",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".kml": (b"<",),
    ".gml": (b"<",),
    ".geojsonl": (b"{", b"\x1e"),
    ".geojsons": (b"{", b"\x1e"),
    ".ndjson": (b"{", b"\x1e"),
    ".tab": (b"!table", b"!Table", b"!TABLE"),
    ".mif": (b"VERSION", b"Version", b"version"),
    ".xlsx": (b"PK",),
    ".xlsm": (b"PK",),
    ".kmz": (b"PK",),
    ".zip": (b"PK",),
}
_TEXTS = {".geojson", ".json", ".kml", ".gml", ".geojsonl", ".geojsons", ".ndjson", ".mif", ".tab"}
_POINTERS = (b"<OGRVRT", b"<OGRWFS", b"<VRTDataset", b"gdal_streamed_alg")
"""Marks of files that tell GDAL to open something else, under whatever name."""
_DXF = re.compile(rb"(\xef\xbb\xbf)?\s*(AutoCAD Binary DXF|\d{1,4}\s*[\r\n])")
_KML_ROOT = re.compile(rb"<(\w+:)?kml[\s>]")
_LAYERS = (
    *(".shp", ".gpkg", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet", ".kml", ".dxf"),
    *(".gml", ".tab", ".mif", ".geojsonl", ".txt", ".xlsx", ".xls", ".csv", ".kmz", ".zip"),
)


def check_signature(path: Path, begins: tuple[bytes, ...] = ()) -> None:
    """Refuse a file whose first bytes are not those of its suffix, or none of ``begins``.

    GDAL opens a file by what it finds in it, so that an ``a.geojson`` may name other files or
    addresses for it to read. A file is opened here only as what it is called.

    Raises
    ------
    InputError
        If it is missing, empty, or something else; for KML also if it declares entities.
    """
    if not path.exists():
        raise InputError(f"文件不存在：{path}。", f"No such file: {path}.")
    if path.is_dir():
        return
    with path.open("rb") as file:
        head = file.read(4096)
    signatures = _SIGNATURES.get(path.suffix.lower(), begins or (b"",))
    if begins or path.suffix.lower() in _TEXTS:
        head = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if path.suffix.lower() == ".dxf" and not _DXF.match(head):
        head = b""
        signatures = (b"DXF",)
    pointer = any(mark in head for mark in _POINTERS)
    if path.suffix.lower() == ".kml":
        pointer = pointer or not _KML_ROOT.search(head)
    if pointer or not head.startswith(signatures):
        raise InputError(
            f"{path.name} 的内容不是 {path.suffix} 格式（文件为空、损坏或后缀有误）。"
            "请重新索取或改正后缀。",
            f"{path.name} does not hold what its suffix {path.suffix} says: it is empty, damaged "
            "or misnamed. Ask for it again or correct the suffix.",
        )
    if path.suffix.lower() == ".kml":
        refuse_entities(path)


@contextmanager
def unpacked(
    path: Path, *, layer: str | None = None, depth: int = 0, suffixes: Iterable[str] = ()
) -> Iterator[Path]:
    """Unpack an archive into a temporary folder and give the layer file in it.

    Parameters
    ----------
    path
        A .zip (with a shapefile, a .gdb folder or any one layer), .gdb.zip or .kmz.
    layer
        Name without suffix of the file that is meant, where there are several.

    Yields
    ------
    Path
        The layer file, removed with its folder on leaving.

    Raises
    ------
    InputError
        If the archive is damaged or encrypted, unpacks to too much, has a member that points
        outside of it, holds no layer, or several, or archives in archives without end.
    """
    if depth > _DEEPEST:
        raise InputError(
            f"压缩包套压缩包超过 {_DEEPEST} 层，未解压：{path.name}。请解压后再读。",
            f"Archives lie in archives more than {_DEEPEST} deep: {path.name}. Unpack it first.",
        )
    with TemporaryDirectory(prefix="landgis-") as folder:
        root = Path(folder)
        with _archive(path) as archive:
            _extract(archive, path, root)
        inside = _only_layer(root, path, layer, (*_LAYERS, *suffixes))
        if inside.suffix.lower() not in {".zip", ".kmz"}:
            yield inside
            return
        with unpacked(inside, layer=layer, depth=depth + 1, suffixes=suffixes) as innermost:
            yield innermost


def layer_inside(path: Path) -> Path:
    """Name the layer that an archive holds by its own name; a file that is none names itself.

    Examples
    --------
    >>> [str(layer_inside(Path(name))) for name in ("a.gdb.zip", "a.zip", "a.shp")]
    ['a.gdb', 'a.shp', 'a.shp']
    """
    if path.suffix.lower() != ".zip":
        return path
    inside = path.with_suffix("")
    named = inside.suffix.lower() in {".gdb", *_LAYERS} - {".zip"}
    return inside if named else path.with_name(f"{path.stem}.shp")


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive that does not unpack to too much; what is damaged raises one sentence."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(archive, path.name, path.stat().st_size, limits=OF_LAYERS)
            yield archive
    except LandgisError:
        raise
    except Exception as error:  # noqa: BLE001 - what is damaged raises anything
        raise InputError(
            f"{path.name} 打不开（已损坏、加密或格式不支持）：{error}。请重新打包或另存。",
            f"{path.name} cannot be opened, it is damaged or encrypted ({error}). Pack it again, "
            "or save it anew.",
        ) from None


def refuse_bomb(archive: zipfile.ZipFile, name: str, size: int, *, limits: Limits) -> None:
    """Refuse an archive that says it unpacks to too much; `pieces` holds it to what it says."""
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    limit = min(limits.most, max(limits.free, size * limits.times))
    if len(members) > MOST_MEMBERS or total > limit:
        raise InputError(
            f"{name} 解开后过大（{len(members)} 个文件、{total / 2**20:.0f} MB），疑为压缩炸弹，"
            "未打开；请用原来的程序打开后另存，或解压后再读。",
            f"{name} unpacks to too much ({len(members)} files, {total / 2**20:.0f} MB), perhaps "
            "a zip bomb, and is not opened; save it anew with its own program, or unpack it first.",
        )


def pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack a member piece by piece.

    Raises
    ------
    zipfile.BadZipFile
        If it holds more than it says.
    """
    left = member.file_size
    with archive.open(member) as source:
        while piece := source.read(2**20):
            left -= len(piece)
            if left < 0:
                raise zipfile.BadZipFile(member.filename)
            yield piece


def _extract(archive: zipfile.ZipFile, path: Path, root: Path) -> None:
    for member in archive.infolist():
        member.filename = _member_name(member)  # messages of zipfile say it
        target = PurePosixPath(member.filename.replace("\\", "/"))
        if target.is_absolute() or ".." in target.parts or ":" in str(target):
            raise InputError(
                f"压缩包 {path.name} 中的“{target}”指向包外，未解压。",
                f"The archive {path.name} has a member that points outside of it: “{target}”.",
            )
        if IS_WINDOWS and any(map(is_reserved, target.parts)):
            raise InputError(
                f"压缩包 {path.name} 中的“{target}”是 Windows 保留的名称，"
                "不能解压：请改名重新打包。",
                f"The archive {path.name} has a member “{target}”, a name that Windows reserves: "
                "rename it and pack it again.",
            )
        if member.is_dir():
            continue
        place = root.joinpath(*target.parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as sink:
            sink.writelines(pieces(archive, member))


def is_reserved(name: str) -> bool:
    """Tell a name that Windows takes for a device, or whose end it drops.

    Examples
    --------
    >>> [is_reserved(name) for name in ("NUL.shp", "con", "计划.", "com1.tar.gz", "控制线.gpkg")]
    [True, True, True, True, False]
    """
    device = name.split(".", maxsplit=1)[0].rstrip(" ").upper()
    return device in _DEVICES or name != name.rstrip(". ")


def _member_name(member: zipfile.ZipInfo) -> str:
    """Give the member's name; Windows packs Chinese names in GBK without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    raw = member.filename.encode("cp437", "replace")
    for codec in ("utf-8", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return member.filename


def _only_layer(root: Path, path: Path, layer: str | None, suffixes: Iterable[str]) -> Path:
    found = sorted(p for p in root.rglob("*.gdb") if p.is_dir())
    if not found:
        files = [p for p in root.rglob("*") if p.is_file() and "__MACOSX" not in p.parts]
        for suffix in suffixes:
            found = sorted(p for p in files if p.suffix.lower() == suffix)
            if found:
                break
    named = [p for p in found if p.stem == layer]
    found = named or found
    if len(found) == 1:
        return found[0]
    names = "、".join(os.fspath(p.relative_to(root)) for p in found[:20])
    if not found:
        raise InputError(
            f"压缩包 {path.name} 中没有图层（.shp、.gdb、.gpkg、.geojson 等）。",
            f"The archive {path.name} holds no layer (.shp, .gdb, .gpkg, .geojson …).",
        )
    raise InputError(
        f"压缩包 {path.name} 中有 {len(found)} 个图层（{names}），"
        "请用 layer= 指明，或解压后选一个。",
        f"The archive {path.name} holds {len(found)} layers ({names.replace('、', ', ')}): "
        "choose one with layer=, or unpack it.",
    )


def refuse_entities(path: Path) -> None:
    """Refuse XML that declares entities or a document type, or is in UTF-16."""
    raw = path.read_bytes()
    if declares_entities([raw]) or raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise InputError(
            f"{path.name} 声明了 XML 实体或文档类型，出于安全不予读取。请去掉 DOCTYPE 后再读。",
            f"{path.name} declares XML entities or a document type and is not read: "
            "remove the DOCTYPE.",
        )


def declares_entities(xml: Iterable[bytes]) -> bool:
    """Whether XML, given piece by piece, declares entities or a document type; in UTF-16, too."""
    tail = b""
    for piece in xml:
        window = (tail + piece).replace(b"\x00", b"")
        if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
            return True
        tail = piece[-32:]
    return False


MOST_CELLS = 20_000_000
"""Cells of a sheet, from its first corner to the last that is filled; readers hold them all."""
MOST_SECONDS = 5.0
"""Seconds that a view of a GeoPackage may take to be counted."""

_MOST_JSON = 200 * 2**20
_AROUND = 512
_NAMED_SYSTEM = re.compile(  # all of it: of two members of one name the last would count
    rb'"crs"\s*:\s*(?:null|\{\s*"type"\s*:\s*"name"\s*,\s*"properties"\s*:'
    rb'\s*\{\s*"name"\s*:\s*"[^"\\]*"\s*\}\s*\})'
)
_HIDDEN = re.compile(rb"\\u00[2-7]")
_WIDE = re.compile(rb":\s{0,40}-?\d{19}")
"""A number that 64 bits may not hold."""
_CELL = re.compile(rb'<(?:\w+:)?(?:c|row)\b[^>]*?\br="([A-Za-z]{0,7})(\d{1,10})"')
_BLOCK = 2**16


def look_into_json(path: Path) -> tuple[bool, bool]:
    """Look at the text of a GeoJSON, once, before GDAL does: is it UTF-8, has it long numbers.

    Raises
    ------
    InputError
        If its coordinate system is a link, which GDAL would fetch, or something that may hide
        one is in a file too large to look into.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    suspect, utf8, wide = False, True, False
    text, kept, left = bytearray(_AROUND + _BLOCK), 0, path.stat().st_size
    with path.open("rb", buffering=0) as file, memoryview(text) as view:
        while size := file.readinto(view[kept : kept + _BLOCK]) or 0:
            end, left = kept + size, left - size
            wide = wide or _WIDE.search(text, 0, end) is not None
            suspect = suspect or _suspect(text, end, last=left <= 0)
            try:
                utf8 = utf8 and decoder.decode(view[kept:end]) is not None
            except UnicodeDecodeError:
                utf8 = False
            kept = min(_AROUND, end)
            view[:kept] = view[end - kept : end]
    if suspect:
        _refuse_links(path)
    return utf8, wide


def _suspect(text: bytearray, end: int, *, last: bool) -> bool:
    """Look for a system that is not given by its name, or for letters that hide what they are."""
    at = text.find(b'"crs"', 0, end)
    while at >= 0:
        whole = last or at + _AROUND <= end  # else it comes again
        if whole and not _NAMED_SYSTEM.match(text, at, end):
            return True
        at = text.find(b'"crs"', at + 5, end)
    escape = text.find(b"\\", 0, end)  # seldom; many times quicker than to look for all of it
    return escape >= 0 and _HIDDEN.search(text, escape, end) is not None


def _refuse_links(path: Path) -> None:
    linked: list[Any] = []

    def look(found: dict[str, Any]) -> dict[str, Any]:
        crs = found.get("crs")
        if isinstance(crs, dict) and str(crs.get("type", "")).lower() in {"link", "url"}:
            linked.append(crs)
        return found

    if path.stat().st_size <= _MOST_JSON:
        try:
            json.loads(path.read_bytes().decode("utf-8-sig", "replace"), object_hook=look)
        except (ValueError, RecursionError):
            return  # no JSON: the reader will say so
    else:
        linked.append(None)
    if linked:
        raise InputError(
            f"{path.name} 的坐标系是一个网络链接，未读取（不访问网络）。请改为 EPSG 代码，"
            "或删去它并另行指明坐标系（--crs）。",
            f"{path.name} gives its coordinate system as a link, and no network is used: write an "
            "EPSG code in its place, or take it away and name the system (--crs).",
        )


def refuse_endless_views(path: Path) -> None:
    """Refuse a GeoPackage with a view that does not come to an end.

    Raises
    ------
    InputError
        If a view cannot be counted within `MOST_SECONDS`, or the file is no database.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            views = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'view'"
            ).fetchall()
            for (name,) in views:
                end = time.monotonic() + MOST_SECONDS
                database.set_progress_handler(partial(_late, end), 10_000)
                quoted = str(name).replace('"', '""')
                database.execute(f'SELECT COUNT(*) FROM "{quoted}"').fetchone()  # noqa: S608
    except sqlite3.OperationalError as error:
        if "interrupt" not in str(error):
            return  # what is wrong with it the reader says
        raise InputError(
            f"{path.name} 中的视图 {name} 没有尽头（{MOST_SECONDS:g} 秒内数不完），未读取。"
            "请导出为普通图层后再读。",
            f"{path.name}: the view {name} has no end (not counted in {MOST_SECONDS:g} s) and is "
            "not read. Export it as a layer.",
        ) from None
    except (sqlite3.Error, UnicodeError):
        return


def _late(end: float) -> bool:
    return time.monotonic() > end


def check_workbook(path: Path) -> None:
    """Refuse a workbook (.xlsx) that unpacks to too much, or reaches too far to fit in memory.

    Readers lay a sheet out from its first corner to the last filled one: one cell at XFD1048576
    would take 500 GB.

    Raises
    ------
    InputError
        If a sheet has more than `MOST_CELLS`, or a row beyond those that a workbook can have.
    """
    with _archive(path) as archive:
        for sheet in archive.namelist():
            if not re.search(r"(?i)worksheets?/[^/]*\.xml$", sheet):
                continue
            rows, columns = _corner(archive, sheet)
            if rows * columns > MOST_CELLS or rows > 1_048_576 or columns > 16_384:
                raise InputError(
                    f"{path.name} 的表 {Path(sheet).stem} 伸展到第 {rows} 行第 {columns} 列，"
                    "过大，未读取。请删去远处的单元格后另存。",
                    f"{path.name}: sheet {Path(sheet).stem} reaches to row {rows}, column "
                    f"{columns}, and is not read. Delete the far cells and save it anew.",
                )


def _corner(archive: zipfile.ZipFile, sheet: str) -> tuple[int, int]:
    """Give the last row and column that any cell of a sheet names."""
    rows, columns, tail = 1, 1, b""
    with archive.open(sheet) as stream:
        while block := stream.read(_BLOCK):
            text = tail + block
            for letters, digits in _CELL.findall(text):
                rows = max(rows, int(digits))
                if letters:
                    columns = max(columns, _number(letters))
            tail = text[-256:]
    return rows, columns


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
