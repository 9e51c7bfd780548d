"""Layers in archives, and what a file really is: nothing is believed before it is looked at."""

from __future__ import annotations

import codecs
import os
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import NamedTuple

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
    depth
        How many archives this one lies in.
    suffixes
        Of layers, beside those that are looked for first.

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
        try:
            with zipfile.ZipFile(path) as archive:
                _extract(archive, path, root)
        except LandgisError:
            raise
        except Exception as error:  # noqa: BLE001 - what is damaged raises anything
            raise InputError(
                f"压缩包 {path.name} 打不开（已损坏、加密或格式不支持）：{error}。请重新打包。",
                f"The archive {path.name} cannot be opened ({error}). Pack it again.",
            ) from None
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


def check_zipped(path: Path) -> None:
    """Refuse a zipped document (.xlsx) that unpacks to too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(archive, path.name, path.stat().st_size, limits=OF_LAYERS)
    except LandgisError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged directory raises anything
        raise InputError(
            f"{path.name} 已损坏，打不开（{error}）。",
            f"{path.name} is damaged and cannot be opened ({error}).",
        ) from None


def refuse_bomb(archive: zipfile.ZipFile, name: str, size: int, *, limits: Limits) -> None:
    """Refuse an archive that says it unpacks to too much; `pieces` holds it to what it says.

    Raises
    ------
    InputError
        Naming it, the number of its files and their size.
    """
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
    refuse_bomb(archive, path.name, path.stat().st_size, limits=OF_LAYERS)
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
