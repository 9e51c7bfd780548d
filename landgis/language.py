"""The two languages of everything that a person reads: Chinese first, English on request.

Values as layers and plans record them (新增, 出让) are glossed for a reader of English: the
recorded value stays in front, so that it is found in the layer and in the plan.

When an output was made is the day, not the hour: the same input gives the same page all day long.
Where pages must not differ from day to day (a build that is checked, a test), ``SOURCE_DATE_EPOCH``
in the environment is the moment (https://reproducible-builds.org/specs/source-date-epoch/).
"""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from importlib.metadata import version
from types import MappingProxyType
from typing import Literal

Lang = Literal["zh", "en"]


def say(lang: Lang, zh: str, en: str) -> str:
    """Choose the text in ``lang``.

    Examples
    --------
    >>> say("zh", "通过", "pass")
    '通过'
    """
    return en if lang == "en" else zh


_WORDS = MappingProxyType(
    dict(
        re.findall(
            r"(\S+) ([^;]+);",
            """
新增 new; 存量 stock; 出让 grant; 协议出让 grant by agreement; 招标 tender;
拍卖 auction; 挂牌 listing; 招拍挂 tender, auction or listing; 划拨 allocation;
租赁 lease; 作价出资 contribution in kind; 计划实施 planned; 正在实施 under way;
储备 in reserve; 未供应 not supplied; 已供应 supplied; 已出让 granted; 已划拨 allocated;
已成交 sold; 已完成 done; 竣工 completed; 上半年 first half; 下半年 second half;
年底 end of year; 全年 whole year;
""",
        )
    )
)
"""What is recorded of land source, supply mode, stage, and time."""
_TIME = re.compile(r"(?:(20\d{2})年)?(?:第?([一二三四1-4])季度?|(1[0-2]|0?[1-9])月)")
_QUARTERS = MappingProxyType(dict(zip("一二三四1234", "12341234", strict=True)))
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


_BASES = MappingProxyType(
    {
        "sample": ("示例", "sample"),
        "schematic": ("示意", "schematic"),
        "approximate": ("近似", "approximate"),
    }
)


def basis_name(basis: str, lang: Lang = "zh") -> str:
    """Name what data rest on (数据性质); one of a layer's own as it stands.

    Examples
    --------
    >>> basis_name("sample"), basis_name("sample", "en"), basis_name("实测")
    ('示例', 'sample', '实测')
    """
    return say(lang, *_BASES.get(basis, (basis, basis)))


def basis_code(name: str) -> str:
    """Give the word of table ``parcels`` for what a layer of landgis's own names 数据性质.

    Examples
    --------
    >>> basis_code("近似"), basis_code("sample"), basis_code(" 实测 ")
    ('approximate', 'sample', '实测')
    """
    name = name.strip()
    return next((code for code, names in _BASES.items() if name in names), name)


def recorded_name(value: str, lang: Lang = "zh") -> str:
    """Show a recorded value; in English with its meaning behind it, if it has a known one.

    Examples
    --------
    >>> [recorded_name(v, "en") for v in ("新增", "第一季度", "2025年6月", "2024Q2", "待定")]
    ['新增 (new)', '第一季度 (Q1)', '2025年6月 (Jun 2025)', '2024Q2', '待定']
    >>> recorded_name("新增")
    '新增'
    """
    meaning = _WORDS.get(value) or _time(value) if lang == "en" else ""
    return f"{value} ({meaning})" if meaning else value


def _time(value: str) -> str:
    found = _TIME.fullmatch(value)
    if not found:
        return ""
    year, quarter, month = found.groups()
    named = f"Q{_QUARTERS[quarter]}" if quarter else _MONTHS[int(month) - 1]
    return " ".join(filter(None, [named, year]))


def making_day() -> date:
    """Give the day on which outputs are made: the reader's today, or ``SOURCE_DATE_EPOCH``.

    Examples
    --------
    >>> isinstance(making_day(), date)
    True
    """
    moment = os.environ.get("SOURCE_DATE_EPOCH", "")
    if moment.isdecimal():
        return datetime.fromtimestamp(int(moment), UTC).date()
    return date.today()  # noqa: DTZ011 - the reader's own day


def made(day: date, lang: Lang = "zh") -> str:
    """Say when and with what something was made.

    Examples
    --------
    >>> made(date(2026, 11, 21)).startswith("2026-11-21，landgis ")
    True
    """
    return say(lang, "，", ", ").join([day.isoformat(), f"landgis {version('landgis')}"])
