"""Files that appear whole or not at all: written beside their place, then renamed.

What is to be a .zip is written as the layer that it holds, and packed at the end.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from landgis.errors import InputError
from landgis.files.archives import layer_inside


def require_folder(path: Path) -> None:
    """Refuse a path in a folder that does not exist."""
    if not path.parent.is_dir():
        raise InputError(f"文件夹不存在：{path.parent}。", f"No such folder: {path.parent}.")


def require_other_file(path: Path, *sources: str | Path) -> None:
    """Refuse to write over a file that is read."""
    for source in map(Path, sources):
        if path.exists() and source.exists() and path.samefile(source):
            raise InputError(
                f"输出文件 {path.name} 就是输入文件，会把它覆盖：请换一个文件名。",
                f"The output {path.name} is a file that is read, and would replace it: "
                "choose another name.",
            )


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a place to write, hidden beside ``path``; on success what was written moves there.

    Yields
    ------
    Path
        Named as ``path``, or as the layer in it (``a.gdb`` for ``a.gdb.zip``).
    """
    with TemporaryDirectory(prefix=".landgis-", dir=path.parent) as folder:
        yield Path(folder) / layer_inside(path).name
        # a shapefile is several files; all else is the one
        parts = sorted(Path(folder).iterdir())
        if path.suffix.lower() == ".zip":
            parts = [_packed(Path(folder), path.name)]
        for part in parts:
            target = path.parent / part.name
            if target.is_dir():
                target.rename(Path(folder) / f"old-{target.name}")
            part.replace(target)


def _packed(folder: Path, name: str) -> Path:
    """Pack what a folder holds into an archive in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.relative_to(folder))  # names beyond ASCII are UTF-8
    return folder / name
