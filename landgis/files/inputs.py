"""What is read is never written over: readers note their files, the one writer asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from landgis.errors import InputError

SHAPEFILE = (
    *(".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".idm", ".ind", ".qpj"),
    *(".ain", ".aih", ".atx", ".ixs", ".mxs", ".fbn", ".fbx", ".shp.xml", ".fields.csv"),
)
"""Suffixes of the files that a shapefile may consist of."""

_NOTED: ContextVar[dict[str, Path] | None] = ContextVar("noted", default=None)


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
    noted = _NOTED.get() or {}
    for target in targets:
        if target.exists() and _key(target) in noted:
            raise InputError(
                f"输出文件 {target.name} 就是输入文件，会把它覆盖：请换一个文件名或文件夹。",
                f"The output {target.name} is a file that is read, and would replace it: "
                "choose another name or folder.",
            )


def is_input(path: Path) -> bool:
    """Tell whether a file was noted as one that is read."""
    return _key(path) in (_NOTED.get() or {})


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


def _key(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))
