"""MapInfo tables (TAB, MIF/MID), read only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from landgis.formats.gdal import Opened
from landgis.formats.kinds import Format, Opening, opened_by_gdal

_NEUTRAL = re.compile(rb"(?i)(charset\s+\"?)neutral")


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    """Open a table; text of no stated character set (Neutral) is GBK unless it is UTF-8."""
    with path.open("rb") as file:
        head = file.read(65_536)
    if not _NEUTRAL.search(head):
        with opened_by_gdal(path, opening) as source:
            yield source
        return
    with TemporaryDirectory(prefix="landgis-") as folder:
        for side in path.parent.glob(f"{path.stem}.*"):
            copyfile(side, Path(folder) / side.name)
        sides = [path.with_suffix(suffix) for suffix in (".mid", ".MID", ".dat", ".DAT")]
        raw = b"\n".join([head, *(side.read_bytes() for side in sides if side.is_file())])
        stated = rb"\1UTF-8" if _is_utf8(raw) else rb"\1WindowsSimpChinese"
        copy = Path(folder) / path.name
        copy.write_bytes(_NEUTRAL.sub(stated, path.read_bytes()))
        with opened_by_gdal(copy, opening) as source:
            yield source


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


FORMAT = Format(
    title="MapInfo TAB / MIF",
    suffixes=(".tab", ".mif"),
    open=_open,
    in_parts=True,
    keeps=("字段类型、坐标系", "kinds, coordinate system"),
)
