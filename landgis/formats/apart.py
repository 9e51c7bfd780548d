"""Reading by GDAL in a process of its own, for formats whose parsers do not end or crash.

A damaged drawing keeps GDAL busy without end, and no thread can stop it. So a process that imports
nothing but pyogrio reads it, within `SECONDS`, and hands the rows over as an Arrow file; whatever
becomes of it, the reader gets a layer or one sentence. This file is both sides.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SECONDS, SECONDS_PER_MB = 5.0, 3.0  # of computing
BYTES, BYTES_PER_BYTE = 1536 * 2**20, 60  # of addresses, a third of which the libraries take


def read_apart(
    path: Path, layer: str | None, *, options: dict[str, str], **wanted: Any
) -> tuple[tuple[str, ...], dict[str, Any] | None, Any]:
    """Read a layer in a process of its own.

    Parameters
    ----------
    layer
        Its name; the first with geometry if not given.
    options
        Configuration of GDAL.
    **wanted
        ``encoding``, and open options of the driver.

    Returns
    -------
    tuple
        The layers that have geometry; what pyogrio says of the one that was read, and its rows
        (an Arrow table), or None for both if there is no such layer.

    Raises
    ------
    InputError
        If the parser crashes, does not come to an end, or cannot read the file.
    """
    import pyarrow as pa  # noqa: PLC0415 - the process apart needs neither

    from landgis.errors import InputError  # noqa: PLC0415

    with TemporaryDirectory(prefix="landgis-") as folder:
        out = Path(folder) / "rows.arrow"
        asked = {"path": str(path), "layer": layer, "out": str(out), "options": options, **wanted}
        try:
            done = subprocess.run(  # noqa: S603 - no shell
                [sys.executable, "-P", __file__, json.dumps(asked)],
                capture_output=True,
                timeout=12 * _seconds(path.stat().st_size),  # a busy machine
                check=False,
            )
            told = json.loads(done.stdout)
        except (subprocess.TimeoutExpired, ValueError):
            raise InputError(
                f"{path.name} 无法读取：解析没有尽头或中途崩溃，已停止，文件可能已损坏。"
                "请重新索取，或在原软件中另存后再读。",
                f"{path.name} cannot be read: its parser crashed or came to no end and was "
                "stopped; the file may be damaged. Ask for it again, or save it anew.",
            ) from None
        if "error" in told:
            raise RuntimeError(told["error"])
        if told["meta"] is None:
            return tuple(told["layers"]), None, None
        rows = pa.ipc.open_file(pa.BufferReader(out.read_bytes())).read_all()
        return tuple(told["layers"]), told["meta"], rows


def _read(asked: dict[str, Any]) -> dict[str, Any]:
    """Read what was asked for, in the process apart."""
    import pyarrow as pa  # noqa: PLC0415
    import pyogrio  # noqa: PLC0415
    from pyogrio.raw import open_arrow  # noqa: PLC0415

    path, layer, out = (asked.pop(name) for name in ("path", "layer", "out"))
    pyogrio.set_gdal_config_options(asked.pop("options"))
    try:
        found = pyogrio.list_layers(path)
        layers = [str(name) for name, kind in found if kind is not None]
        chosen = layer or (layers[0] if layers else None)
        if chosen not in layers:
            return {"layers": layers, "meta": None}
        reading = {"use_pyarrow": True, "datetime_as_string": True, **asked}
        with open_arrow(path, layer=chosen, **reading) as (meta, rows):
            table = rows.read_all()
        with pa.ipc.new_file(out, table.schema) as sink:
            sink.write_table(table)
    except Exception as error:  # noqa: BLE001 - told by the one that asked
        return {"error": str(error)}
    kept = ("geometry_name", "fields", "dtypes", "crs")
    meta = {k: v.tolist() if hasattr(v, "tolist") else v for k, v in meta.items() if k in kept}
    return {"layers": layers, "meta": meta}


def _limit(size: int) -> None:
    """Limit computing time and memory; where a system has no such limits the asker's clock does."""
    try:
        import resource  # noqa: PLC0415
    except ImportError:
        return
    seconds = int(_seconds(size))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES + BYTES_PER_BYTE * size,) * 2)


def _seconds(size: int) -> float:
    return SECONDS + SECONDS_PER_MB * size / 2**20


if __name__ == "__main__":
    wanted = json.loads(sys.argv[1])
    _limit(Path(wanted["path"]).stat().st_size)
    print(json.dumps(_read(wanted)))  # noqa: T201 - the answer
