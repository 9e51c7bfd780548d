"""When an output was made, and with which landgis: told by every map and every report.

The day, not the hour: the same input gives the same page all day long. Where pages must not differ
from day to day (a build that is checked, a test), ``SOURCE_DATE_EPOCH`` in the environment is the
moment they are made (https://reproducible-builds.org/specs/source-date-epoch/).
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from importlib.metadata import version

from landgis.language import Lang, say


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
