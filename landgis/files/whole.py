"""Files are read once in a run, never written over where they were read, and appear whole or not.

Readers note their files. What is written grows beside its place, then is moved there. What belongs
to a file (the parts of a shapefile, the journal of a GeoPackage) is replaced with it. What is to be
a .zip is written as the layer that it holds, and packed at the end. What a run no longer makes is
removed, if nobody has worked on it.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import pyproj

from landgis.errors import InputError, LandgisError
from landgis.files import archives
from landgis.files.archives import is_reserved, layer_inside

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
    """Refuse to write over a file that was noted."""
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


if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PREFIX = ".landgis-"
"""Begins the names of the hidden folders in which files are written."""

_LOCK = ".lock"
_OURS = re.compile(re.escape(PREFIX) + "[a-z0-9_]{8}")
_GDB_FILE = re.compile(
    r"(?i)(a[0-9a-f]{8}\..*|gdb|timestamps|.*\.lock|.*\.gdb(table|tablx|indexes)|.*\.(atx|spx))"
)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_database(source: str | os.PathLike[str]) -> bool:
    """Tell whether a source is the address of a database, and no file.

    Examples
    --------
    >>> is_database("postgresql://gis@localhost/land"), is_database("a.shp")
    (True, False)
    """
    return str(source).startswith(("postgresql://", "postgres://"))


def require_folder(path: Path) -> None:
    """Refuse a path in a folder that does not exist."""
    if not path.parent.is_dir():
        raise InputError(f"文件夹不存在：{path.parent}。", f"No such folder: {path.parent}.")


def require_other_file(path: Path | str, *sources: str | Path) -> None:
    """Refuse to write over a file that is read."""
    if not is_database(path):
        with inputs_kept():
            for source in sources:
                if not is_database(source):
                    note_input(source)
            refuse_inputs([Path(path)])


@contextmanager
def beside(path: Path, *, keep: bool = False) -> Iterator[Path]:
    """Give a place to write, hidden beside ``path``; on success what was written moves there.

    Parameters
    ----------
    keep
        Whether what the file holds already is there to be added to (GeoPackage, .gdb).

    Yields
    ------
    Path
        Named as ``path``, or as the layer in it (``a.gdb`` for ``a.gdb.zip``).

    Raises
    ------
    InputError
        If the file is one that is read, a folder that is none of landgis's, held open by another
        program, or cannot be written (no room, no right).

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with beside(file) as draft:
    ...     _ = draft.write_text("whole")
    >>> file.read_text(), [f.name for f in file.parent.iterdir()]
    ('whole', ['a.txt'])
    """
    require_replaceable(path)
    clean_litter(path.parent)
    try:
        with _hidden(path.parent) as folder:
            draft = folder / layer_inside(path).name
            if keep and path.exists():
                _copy(path, draft)
            yield draft
            # a shapefile is several files; all else is the one
            parts = sorted(part for part in folder.iterdir() if part.name != _LOCK)
            if path.suffix.lower() == ".zip":
                parts = [_packed(folder, parts, path.name)]
            _install(parts, path, folder)
    except LandgisError:
        raise
    except OSError as error:
        raise unwritable(path, error) from error
    except Exception as error:
        # lxml names what the system said, and is no OSError
        if re.fullmatch("IO_E(FBIG|NOSPC|DQUOT)", str(error)):
            raise unwritable(path, OSError(errno.ENOSPC, str(error))) from error
        raise


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Have a function write a file, whole or not at all, and give its path.

    Examples
    --------
    >>> import tempfile
    >>> file = write_whole(Path(tempfile.mkdtemp()) / "a.txt", lambda p: p.write_text("whole"))
    >>> file.read_text()
    'whole'
    """
    with beside(path) as draft:
        write(draft)
    return path


def unwritable(path: Path, error: OSError) -> InputError:
    """Say why a file could not be written, and what to do.

    Examples
    --------
    >>> str(unwritable(Path("a.gpkg"), OSError(errno.ENOSPC, "no room")))
    'a.gpkg 写不出：磁盘已满。请腾出空间或换一个磁盘后重试。'
    """
    if error.errno in _FULL:
        return InputError(
            f"{path.name} 写不出：磁盘已满。请腾出空间或换一个磁盘后重试。",
            f"{path.name} cannot be written: the disk is full. Make room, or use another disk.",
        )
    text = error.strerror or str(error)
    return InputError(
        f"{path.name} 写不出：{text}。请关闭正在使用它的程序，或核对文件夹的权限。",
        f"{path.name} cannot be written: {text}. Close programs that use it, or check the "
        "rights of the folder.",
    )


def require_replaceable(path: Path) -> None:
    """Refuse a place that must not be written to, before there is anything to write.

    Raises
    ------
    InputError
        If the folder does not exist, the file is read, or a folder of another kind has its name.
    """
    require_folder(path)
    refuse_inputs([path])
    if archives.IS_WINDOWS and is_reserved(path.name):
        raise InputError(
            f"Windows 不能有名为 {path.name} 的文件（保留名称，或以点、空格结尾）：请换名。",
            f"Windows has no file of the name {path.name} (a device, or a dot or space at its "
            "end): choose another name.",
        )
    if path.is_dir():
        foreign = [] if is_gdb(path) else _foreign(path)
        if path.suffix.lower() != ".gdb" or foreign:
            some = f"（其中有 {'、'.join(foreign[:3])}）" if foreign else ""
            some_en = f" (with {', '.join(foreign[:3])} in it)" if foreign else ""
            raise InputError(
                f"{path.name} 是一个文件夹{some}，不能用输出文件代替：请换一个文件名。",
                f"{path.name} is a folder{some_en} and is not replaced by a file: "
                "choose another name.",
            )


def is_gdb(path: Path) -> bool:
    """Tell a folder that holds a File Geodatabase and nothing else."""
    return path.suffix.lower() == ".gdb" and not _foreign(path)


def _foreign(path: Path) -> list[str]:
    return [f.name for f in path.iterdir() if f.is_dir() or not _GDB_FILE.fullmatch(f.name)]


def clean_litter(folder: Path) -> None:
    """Remove hidden folders that a run left which was killed; those in use stay."""
    for left in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):
            # the lock comes first: what holds anything and has none, in this order, is nobody's
            ours = _OURS.fullmatch(left.name) and not left.is_symlink()
            if ours and any(left.iterdir()) and not (left / _LOCK).exists():
                _empty(left)
        with suppress(OSError):
            with (left / _LOCK).open("r+b") as file:
                free = not left.is_symlink() and _lock(file)
                if free:
                    _empty(left)
            if free:
                (left / _LOCK).unlink()
        with suppress(OSError):  # empty: killed before it had its lock
            left.rmdir()


# ---------------------------------------------------------------- one by one


@contextmanager
def _hidden(parent: Path) -> Iterator[Path]:
    """Give a hidden folder that is marked as in use until it is removed."""
    while True:
        with TemporaryDirectory(prefix=PREFIX, dir=parent) as name:
            folder = Path(name)
            try:
                lock = (folder / _LOCK).open("w+b")
            except FileNotFoundError:  # another run took it for left
                continue
            with lock:
                _lock(lock)
                try:
                    yield folder
                finally:
                    with suppress(OSError):
                        _empty(folder)
            return


def _empty(folder: Path) -> None:
    """Remove what a hidden folder holds but its lock, which goes last: without it nothing does."""
    for part in folder.iterdir():
        if part.name != _LOCK:
            _remove(part)


def _lock(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _copy(path: Path, draft: Path) -> None:
    """Copy what is there; of a GeoPackage also what its journal holds still."""
    if path.is_dir():
        shutil.copytree(path, draft, ignore=shutil.ignore_patterns("*.lock"))
        return
    try:
        with (
            closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(draft)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise InputError(
            f"{path.name} 已存在但打不开（{error}），未改动：请换一个文件名。",
            f"{path.name} is there but cannot be opened ({error}), and is left alone: "
            "choose another name.",
        ) from None


def _belonging(path: Path) -> list[Path]:
    """List what belongs to a file that is replaced, itself included."""
    if path.suffix.lower() == ".shp":
        return side_files(path)
    if path.suffix.lower() in {".qml", ".sld"}:  # looks of a layer that lies there
        return [path] if path.exists() else []
    more = [f"{path.name}-{end}" for end in ("wal", "shm", "journal")]
    more += [f"{path.stem}.fields.csv", f"{path.name}.qmd"]
    if path.suffix.lower() == ".csv":
        more.append(f"{path.stem}.csvt")
    return [file for name in (path.name, *more) if (file := path.with_name(name)).exists()]


def _install(parts: list[Path], path: Path, folder: Path) -> None:
    """Move what was written to its place, all of it or nothing; what was there goes."""
    parts = _without_shared(parts, path)
    targets = [path.parent / part.name for part in parts]
    refuse_inputs(targets)
    if len(parts) == 1 and parts[0].is_file() and targets[0].is_file():
        gone = [file for file in _belonging(path) if file != targets[0]]
    else:
        gone = list(dict.fromkeys([*_belonging(path), *(t for t in targets if t.exists())]))
    old = folder / "old"
    old.mkdir()
    moved: list[tuple[Path, Path]] = []
    try:
        for file in gone:
            file.rename(old / file.name)
            moved.append((file, old / file.name))
        # the .shp last: what has none is no shapefile yet
        moves = sorted(
            zip(parts, targets, strict=True), key=lambda m: m[0].suffix.lower() == ".shp"
        )
        for part, target in moves:
            fresh = not target.exists()
            part.replace(target)
            if fresh:
                moved.append((target, folder / "undone"))
    except OSError:
        for place, kept in reversed(moved):
            with suppress(OSError):
                if kept.name == "undone":
                    _remove(place)
                else:
                    kept.rename(place)
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _without_shared(parts: list[Path], path: Path) -> list[Path]:
    """Leave the .prj of a shapefile of the same name alone; refuse one that says another thing."""
    if path.suffix.lower() in {".shp", ".zip"}:
        return parts
    left = []
    for part in parts:
        target = path.parent / part.name
        own = target == path or part.suffix == ".csvt"
        if own or not target.exists() or not target.with_suffix(".shp").exists():
            left.append(part)
            continue
        if part.suffix != ".prj" or not _same_system(part, target):
            raise InputError(
                f"{target.name} 属于同名的 shapefile，不能覆盖：请换一个文件名。",
                f"{target.name} belongs to a shapefile of the same name and is not replaced: "
                "choose another name.",
            )
    return left


def _same_system(one: Path, other: Path) -> bool:
    try:
        first, second = (pyproj.CRS(f.read_text("utf-8", "replace")) for f in (one, other))
    except pyproj.exceptions.CRSError:
        return False
    codes = [crs.to_epsg(min_confidence=70) for crs in (first, second)]
    return bool(first == second or (codes[0] and codes[0] == codes[1]))


def _packed(folder: Path, parts: list[Path], name: str) -> Path:
    """Pack what a folder holds into an archive in it."""
    files = [f for part in parts for f in (part, *sorted(part.rglob("*"))) if f.is_file()]
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, os.fspath(file.relative_to(folder)))  # names are UTF-8
    return folder / name


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
