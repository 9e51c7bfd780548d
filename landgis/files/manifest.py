"""What a run wrote into a folder, so that the next one removes what it no longer makes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from landgis.files.inputs import is_input, side_files
from landgis.files.whole import beside, is_gdb

NAME = ".landgis.json"
"""File in a folder of outputs that lists those of the last run, with their size and time."""

Stamp = tuple[int, int]


def settle_outputs(directory: Path, made: Iterable[Path]) -> list[Path]:
    """Remove what an earlier run wrote here and this one did not; list what this one made.

    Only files that are as the earlier run left them are removed: what somebody has worked on
    stays, and so does everything that is not landgis's.

    Returns
    -------
    list
        What was removed.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("a.csv", "b.csv", "mine.csv"):
    ...     _ = (folder / name).write_text(name)
    >>> settle_outputs(folder, [folder / "a.csv", folder / "b.csv"])
    []
    >>> [path.name for path in settle_outputs(folder, [folder / "a.csv"])]
    ['b.csv']
    >>> (folder / "mine.csv").exists()
    True
    """
    here = {path.relative_to(directory).as_posix(): path for path in _all_of(made)}
    removed = []
    for name, stamp in _listed(directory).items():
        path = directory / name
        if name in here or not path.exists() or is_input(path) or _stamp(path) != stamp:
            continue
        with suppress(OSError):
            if path.is_dir() and is_gdb(path):
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()
            removed.append(path)
            if path.parent != directory:
                path.parent.rmdir()  # if it is empty now
    stamps = {name: _stamp(path) for name, path in here.items() if path.exists()}
    with beside(directory / NAME) as draft:
        draft.write_text(json.dumps(stamps, ensure_ascii=False, indent=1), "utf-8")
    return removed


def _all_of(made: Iterable[Path]) -> list[Path]:
    """List files with those that belong to them."""
    files = []
    for path in made:
        files += side_files(path) if path.suffix.lower() == ".shp" else [path]
        files += [f for f in (path.with_suffix(".csvt"),) if path.suffix == ".csv" and f.exists()]
    return files


def _listed(directory: Path) -> dict[str, Stamp]:
    try:
        known = json.loads((directory / NAME).read_text("utf-8"))
        pairs = {str(name): (int(stamp[0]), int(stamp[1])) for name, stamp in known.items()}
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return {}
    # a list that somebody has written names nothing outside of its folder
    return {n: s for n, s in pairs.items() if (directory / n).resolve().is_relative_to(
        directory.resolve()
    )}  # fmt: skip


def _stamp(path: Path) -> Stamp:
    if path.is_dir():
        stats = [file.stat() for file in path.iterdir() if file.is_file()]
        return sum(s.st_size for s in stats), max((s.st_mtime_ns for s in stats), default=0)
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
