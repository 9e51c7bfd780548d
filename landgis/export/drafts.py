"""Files that appear whole or not at all: written beside their place, then renamed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from landgis.errors import InputError


def require_folder(path: Path) -> None:
    """Refuse a path in a folder that does not exist."""
    if not path.parent.is_dir():
        raise InputError(f"文件夹不存在：{path.parent}。", f"No such folder: {path.parent}.")


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a place to write, hidden beside ``path``; on success what was written moves there."""
    with TemporaryDirectory(prefix=".landgis-", dir=path.parent) as folder:
        draft = Path(folder) / path.name
        yield draft
        # a shapefile is several files; all else is the one
        for part in sorted(Path(folder).iterdir()):
            target = path.parent / part.name
            if target.is_dir():
                target.rename(Path(folder) / f"old-{target.name}")
            part.replace(target)
