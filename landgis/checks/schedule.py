"""When parcels are supplied (供应时间), and which of them are done."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

import pandas as pd

from landgis.plan.dates import find_dates

_SHORT = (
    (re.compile(r"(20\d{2})?\s*年?\s*[Qq]([1-4])"), r"\1年第\2季度"),
    (re.compile(r"^(20\d{2})[-/.](1[0-2]|0?[1-9])$"), r"\1年\2月"),
    (re.compile(r"季(?!度)"), "季度"),
    (re.compile(r"全年"), "年底"),
)
"""How layers write supply times shorter than plans do: 2024Q3, 2024-06, 三季."""
_DONE = re.compile(r"^(?:已供|供应完成|已完成|完成|已出让|已划拨|已成交|竣工)")


def supply_dates(quarters: Iterable[str], *, year: int | None = None) -> pd.Series:
    """Give the last day of each supply time, whichever way it is written.

    Parameters
    ----------
    quarters
        第一季度, Q1, 2024Q3, 6月, 2024-06, 上半年, 2024年5月17日 …
    year
        The plan's year, for those that name none.

    Returns
    -------
    Series
        Dates; None where nothing can be read. Index as given, or numbered from 0.

    Examples
    --------
    >>> supply_dates(["第二季度", "2024-11", "待定"], year=2024).tolist()
    [datetime.date(2024, 6, 30), datetime.date(2024, 11, 30), None]
    """
    texts = quarters if isinstance(quarters, pd.Series) else pd.Series(list(quarters), dtype="str")
    known = {text: _last_day(str(text).strip(), year) for text in texts.unique()}
    return pd.Series([known[text] for text in texts], index=texts.index, dtype="object")


def is_done(stages: pd.Series) -> pd.Series:
    """Tell which stages (实施阶段) say that supply or redevelopment is complete.

    Examples
    --------
    >>> is_done(pd.Series(["已供应", "正在实施", "未完成", ""])).tolist()
    [True, False, False, False]
    """
    return stages.astype("str").str.strip().str.contains(_DONE).astype("bool")


def _last_day(text: str, year: int | None) -> date | None:
    for short, full in _SHORT:
        text = short.sub(full, text)
    found = find_dates(text, year)
    return found[-1].last if found else None
