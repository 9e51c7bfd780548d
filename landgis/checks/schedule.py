"""When parcels are supplied (供应时间), and which of them are done."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_YEAR = re.compile(r"(20\d{2})")
_QUARTER = re.compile(r"第?([一二三四1-4])季度?|[Qq]([1-4])")
_MONTH = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])月|20\d{2}[-/.](1[0-2]|0?[1-9])$")
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
    if day := _DAY.search(text):
        return _date(*map(int, day.groups()))
    if named := _YEAR.search(text):
        year = int(named[1])
    month = _last_month(text)
    if year is None or month is None:
        return None
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def _last_month(text: str) -> int | None:
    if quarter := _QUARTER.search(text):
        return 3 * _QUARTERS[quarter[1] or quarter[2]]
    if month := _MONTH.search(text):
        return int(month[1] or month[2])
    halves = {"上半年": 6, "下半年": 12, "年底": 12, "全年": 12}
    return next((m for word, m in halves.items() if word in text), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
