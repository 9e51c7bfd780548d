"""What is read is never written over, and in one run is read once: readers note their files."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from landgis.errors import InputError

SHAPEFILE = (
    *(".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".idm", ".ind", ".qpj"),
    *(".ain", ".aih", ".atx", ".ixs", ".mxs", ".fbn", ".fbx", ".shp.xml", ".fields.csv"),
)
"""Suffixes of the files that a shapefile may consist of."""

_NOTED: ContextVar[dict[str, Path] | None] = ContextVar("noted", default=None)
_READ: ContextVar[dict[tuple[Hashable, ...], Any] | None] = ContextVar("read", default=None)


@contextmanager
def inputs_kept() -> Iterator[None]:
    """Keep whatever is read from being written over, for as long as this is open.

    The commands work in it, and whatever reads and writes in one go; within another one the files
    read before are kept, too.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.txt"
    >>> _ = file.write_text("plan")
    >>> with inputs_kept():
    ...     note_input(file)
    ...     refuse_inputs([file])
    Traceback (most recent call last):
    landgis.errors.InputError: 输出文件 a.txt 就是输入文件，会把它覆盖：请换一个文件名或文件夹。
    """
    token = _NOTED.set(dict(_NOTED.get() or {}))
    try:
        yield
    finally:
        _NOTED.reset(token)


@contextmanager
def read_once() -> Iterator[None]:
    """Keep what is read, for as long as this is open, until it is read again for the last time.

    Files are first recognised, then read as the project says: the second time takes what the
    first has read. Nobody changes it, since tables are never changed.

    Examples
    --------
    >>> with read_once():
    ...     first = once("a.txt", (), lambda: ["read"])
    ...     again = once("./a.txt", (), lambda: ["read again"])
    ...     forget("a.txt")
    ...     first is again, once("a.txt", (), lambda: ["read again"])
    (True, ['read again'])
    """
    token = _READ.set({})
    try:
        yield
    finally:
        _READ.reset(token)


def once(path: str | os.PathLike[str], how: tuple[Hashable, ...], read: Callable[[], Any]) -> Any:
    """Give what was read of a file, in this way, within `read_once`; else read it now."""
    kept = _READ.get()
    if kept is None:
        return read()
    key = (_key(path), *how)
    if key not in kept:
        kept[key] = read()
    return kept[key]


def forget(path: str | os.PathLike[str], *how: Hashable) -> None:
    """Let go of what is kept of a file, in the ways that begin so: nobody will ask again."""
    kept, start = _READ.get() or {}, (_key(path), *how)
    for key in [key for key in kept if key[: len(start)] == start]:
        del kept[key]


def note_input(path: str | os.PathLike[str]) -> None:
    """Note a file, or a folder that is a layer, as one that is read."""
    path = Path(path)
    if reading := os.environ.get("LANDGIS_READING"):  # told if the parser should crash
        with suppress(OSError):
            Path(reading).write_text(str(path), "utf-8")
    noted = _NOTED.get()
    if noted is None:
        return
    files = [path]
    if path.suffix.lower() == ".shp":
        files += side_files(path)
    for file in files:
        noted[_key(file)] = file


def refuse_inputs(targets: list[Path]) -> None:
    """Refuse to write over a file that was noted.

    Raises
    ------
    InputError
        Naming the file.
    """
    for target in targets:
        if target.exists() and is_input(target):
            raise InputError(
                f"输出文件 {target.name} 就是输入文件，会把它覆盖：请换一个文件名或文件夹。",
                f"The output {target.name} is a file that is read, and would replace it: "
                "choose another name or folder.",
            )


def is_input(path: Path) -> bool:
    """Tell whether a file was noted as one that is read, under any of its names."""
    noted = _NOTED.get() or {}
    return _key(path) in noted or (
        path.exists() and any(file.exists() and path.samefile(file) for file in noted.values())
    )


def side_files(path: Path) -> list[Path]:
    """List the files there are of a shapefile, by the path of its .shp; letters in any case.

    Examples
    --------
    >>> side_files(Path("no/such.shp"))
    []
    """
    if not path.parent.is_dir():
        return []
    start = path.stem.lower()
    wanted = {f"{start}{suffix}" for suffix in SHAPEFILE}
    return sorted(file for file in path.parent.iterdir() if file.name.lower() in wanted)


def _key(path: str | os.PathLike[str]) -> str:
    return os.path.normcase(os.path.realpath(path))
