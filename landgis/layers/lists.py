"""Lists of parcels without shapes (宗地清单, 储备库): a workbook → rows under heads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.errors import InputError
from landgis.files.inputs import once
from landgis.formats.columns import distinct
from landgis.formats.points_files import csv_rows, read_sheets
from landgis.standards import KNOWN, guess_fields

_MOST_ROWS_ABOVE = 20
_TOTAL = re.compile(r"\s*(?:合\s*计|总\s*计|小\s*计|共\s*计)")


def read_list(path: Path | str, *, sheet: str | None = None) -> gpd.GeoDataFrame:
    r"""Read a list of parcels that has no shapes.

    The head is the first row with two names of fields that are known, or more; what stands above
    it (a title, a unit) and rows of totals (合计, 小计) are no parcels and left out.

    Parameters
    ----------
    path
        XLSX, XLS or CSV.
    sheet
        Name of the sheet; the first with a head if not given.

    Returns
    -------
    GeoDataFrame
        The rows in their order, fields named as in the head, without shapes and coordinate system;
        ``attrs["title"]`` is what stands above the head.

    Raises
    ------
    InputError
        If the file cannot be read, or no row is a head.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "清单.csv")
    >>> text = "宗地清单\n地块编号,用途,面积（亩）\nA1,工业用地,30\n合计,,30\n"
    >>> _ = file.write_text(text, "utf-8")
    >>> rows = read_list(file)
    >>> rows[["地块编号", "面积（亩）"]].values.tolist(), rows.attrs["title"]
    ([['A1', 30]], '宗地清单')
    """
    path = Path(path)
    table: gpd.GeoDataFrame = once(path, ("list", sheet), lambda: _read_list(path, sheet))
    return table


def _read_list(path: Path, sheet: str | None) -> gpd.GeoDataFrame:
    if path.suffix.lower() == ".csv":
        sheets = [(path.stem, [list(row) for row in csv_rows(path.read_bytes(), name=path.name)])]
    else:
        sheets = read_sheets(path, sheet)
    for _, rows in sheets:
        at = _head(rows)
        if at is not None:
            return _table(rows, at)
    raise InputError(
        f"{path.name} 没有可作宗地清单的表头（至少两个认得的字段，如 地块编号、用途、面积）。",
        f"{path.name} has no head of a list of parcels (two known fields or more).",
    )


def _head(rows: Sequence[Sequence[Any]]) -> int | None:
    """Find the row that names fields: the first with the most that are known, of the upper rows."""
    best, at = 1, None
    for number, row in enumerate(rows[:_MOST_ROWS_ABOVE]):
        names = [str(v).strip() for v in row if isinstance(v, str) and v.strip()]
        known = len(guess_fields(pd.DataFrame({n: [] for n in names})))
        if known > best:
            best, at = known, number
    return at


def _table(rows: Sequence[Sequence[Any]], at: int) -> gpd.GeoDataFrame:
    names = [re.sub(r"\s+", "", str(v)) for v in rows[at]]
    used = [i for i, name in enumerate(names) if name]
    body = [[row[i] if i < len(row) else None for i in used] for row in rows[at + 1 :]]
    kept = [r for r in body if any(v not in ("", None) for v in r) and not _is_total(r)]
    table = pd.DataFrame(kept, columns=distinct(names[i] for i in used)).replace("", None)
    for name in table:
        numbers = pd.to_numeric(table[name], errors="coerce")
        if numbers.notna().sum() == table[name].notna().sum() and _is_measure(str(name)):
            table[name] = numbers
    out = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(None, index=table.index))
    above = [str(v).strip() for row in rows[:at] for v in row if v not in ("", None)]
    out.attrs["title"] = " ".join(above)
    return out


def _is_measure(name: str) -> bool:
    """Whether a field holds an amount, so that its text is read as numbers; ids stay text."""
    bare = name.split("（", 1)[0].split("(", 1)[0]
    return bare in KNOWN["recorded_area_m2"]


def _is_total(row: Sequence[Any]) -> bool:
    texts = [v for v in row if isinstance(v, str) and v.strip()]
    return bool(texts) and bool(_TOTAL.match(texts[0]))
