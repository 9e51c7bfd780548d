"""``python -m landgis``: the command line, in a process whose end is watched.

Parsers of layers and documents are libraries in C: on a damaged file one may crash the process, and
no Python catches that. So the commands run in a process of their own; this one imports next to
nothing, waits, and says in one sentence what was being read when the other crashed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__" and not __package__:  # run as a file, whose folder is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

READING = "LANDGIS_READING"
"""Names a file that holds the name of what is being read; set for the process that is watched."""


def main() -> None:
    """Run the commands in a process of their own; in that process, run them."""
    asks = sys.argv[1:] and {"-h", "--help", "--version"}.isdisjoint(sys.argv)
    if READING in os.environ or not asks:  # nothing is read: no need to watch
        _end_with_parent()
        from landgis.cli import main as commands  # noqa: PLC0415 - only there

        commands()
        return
    sys.exit(watched([sys.executable, "-P", __file__, *sys.argv[1:]]))


def watched(command: list[str]) -> int:
    """Run a command to its end and give its exit code; a crash is told, and is 2.

    Examples
    --------
    >>> watched([sys.executable, "-c", "raise SystemExit(1)"])
    1
    """
    with TemporaryDirectory(prefix="landgis-") as folder:
        note = Path(folder) / "reading"
        child = subprocess.Popen(command, env={**os.environ, READING: str(note)})  # noqa: S603
        before = {number: _pass_on(number, child) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            code = child.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        name = ""
        with suppress(OSError):
            name = Path(note.read_text("utf-8")).name
    if 0 <= code < 0xC0000000:
        return code
    if code in {-signal.SIGINT, -signal.SIGTERM}:
        return 128 - code
    how = signal.Signals(-code).name if code < 0 else hex(code)
    english = ("en" in sys.argv and "--lang" in sys.argv) or "--lang=en" in sys.argv
    where = f" {name} " if name else ("文件" if not english else " a file ")
    told = (
        f"The parser crashed while reading{where}({how}): it may be damaged. Files written before "
        "are whole. Save it anew, from QGIS say, and try again."
        if english
        else f"读取{where}时解析程序崩溃（{how}），文件可能已损坏；此前写出的文件都是完整的。"
        "请在 QGIS 等软件中打开后另存再试。"
    )
    print(told, file=sys.stderr)  # noqa: T201 - the one sentence
    return 2


def _pass_on(number: signal.Signals, child: subprocess.Popen[bytes]) -> Any:
    """Let the other process end first: a terminal tells both to stop, anybody else this one."""

    def handle(*_: object) -> None:
        if number == signal.SIGTERM:
            child.terminate()

    return signal.signal(number, handle)


def _end_with_parent() -> None:
    """End when the process that watches is killed, where the system can do that."""
    if READING in os.environ and sys.platform == "linux":
        import ctypes  # noqa: PLC0415

        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))


if __name__ == "__main__":
    main()
