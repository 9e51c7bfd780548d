"""The crosswalk as a file, whole or in pieces."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from landgis.errors import InputError
from landgis.files.whole import beside, is_database, require_folder
from landgis.formats.csv_table import safe_text
from landgis.formats.drivers import DRIVER
from landgis.formats.gdal_write import write_plain_table
from landgis.formats.postgis import Existing, write_tables


def write_crosswalk(
    crosswalk: pd.DataFrame | Iterable[pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    table: str = "crosswalk",
    existing: Existing = "refuse",
) -> None:
    """Write the table ``crosswalk`` for other programs.

    Parameters
    ----------
    crosswalk
        The table, or pieces of one too large for memory; columns and dtypes of all are those of
        the first.
    path
        ``.parquet``, ``.csv`` (UTF-8; an id that a spreadsheet would take for a formula gets
        an apostrophe in front) or ``.gpkg``; or the address of a database.
    table, existing
        Of a database: name of the table, and what to do where it is there already.

    Raises
    ------
    InputError
        If the format is not known.

    Examples
    --------
    >>> row = {"parcel_id": ["=1"], "region_id": ["r"], "area_m2": [9.0], "share": [1.0]}
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_crosswalk(pd.DataFrame(row), Path(folder) / "a.csv")
    ...     (Path(folder) / "a.csv").read_text("utf-8-sig").split()[1]
    "'=1,r,9.0,1.0"
    """
    if is_database(path):
        write_tables({table: crosswalk}, str(path), existing=existing)
        return
    path = Path(path)
    require_crosswalk_path(path)
    writers = {".parquet": _pieces_to_parquet, ".csv": _pieces_to_csv, ".gpkg": _pieces_to_gpkg}
    pieces = [crosswalk] if isinstance(crosswalk, pd.DataFrame) else crosswalk
    with beside(path) as draft:
        writers[path.suffix.lower()](pieces, draft)


def require_crosswalk_path(path: Path) -> None:
    """Refuse a path that `write_crosswalk` cannot write to, before there is anything to write.

    Raises
    ------
    InputError
        If the format is not known or there is no such folder.

    Examples
    --------
    >>> require_crosswalk_path(Path("a.csv"))
    """
    if path.suffix.lower() not in {".parquet", ".csv", ".gpkg"}:
        raise InputError(
            f"叠合结果不能写成 {path.name}，可用 .parquet、.csv、.gpkg。",
            f"The crosswalk cannot be written as {path.name}; use .parquet, .csv or .gpkg.",
        )
    require_folder(path)


def _pieces_to_parquet(pieces: Iterable[pd.DataFrame], draft: Path) -> None:
    with ExitStack() as stack:
        writer = None
        for piece in pieces:
            table = pa.Table.from_pandas(piece, preserve_index=False)
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(draft, table.schema))
            writer.write_table(table)


def _pieces_to_csv(pieces: Iterable[pd.DataFrame], draft: Path) -> None:
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        for number, piece in enumerate(pieces):
            safe = {str(c): safe_text(piece[c]) for c in piece if piece[c].dtype == "str"}
            piece.assign(**safe).to_csv(file, index=False, header=number == 0)


def _pieces_to_gpkg(pieces: Iterable[pd.DataFrame], draft: Path) -> None:
    for number, piece in enumerate(pieces):
        write_plain_table(piece, draft, driver=DRIVER, layer=draft.stem, append=number > 0)
