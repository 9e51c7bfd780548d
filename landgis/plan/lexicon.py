"""The words by which a plan is read: ``data/plan_words.toml``, made into patterns.

A person of the trade extends that table, not the code: a new verb, a new reason for which a figure
is none of the plan. Names of uses stand in ``data/landuse_categories.csv``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a figure is none of the plan, or was not understood.

    Parameters
    ----------
    zh, en
        The reason, for a reader.
    before, after
        Words before a number, and right behind it, that give the reason; None for none.
    """

    zh: str
    en: str
    before: re.Pattern[str] | None = None
    after: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document.

    Parameters
    ----------
    zh, en
        The kind, for a reader.
    reason
        Why its figures are none of a plan, unless it says so expressly; empty for a plan.
    surely
        Words of headline or first sentences by which it is known whatever else they say.
    head, lead
        Words of title or headline, and of the first sentences, by which it is known where these
        name no plan of supply.
    """

    zh: str
    en: str
    reason: str = ""
    surely: re.Pattern[str] | None = None
    head: re.Pattern[str] | None = None
    lead: re.Pattern[str] | None = None


def words(group: str, entry: str = "words") -> re.Pattern[str]:
    """Give a pattern for the words of an entry.

    Examples
    --------
    >>> bool(words("total").search("计划供应国有建设用地")), bool(words("total").search("绿化"))
    (True, False)
    """
    return _pattern(_table()[group][entry])


def pieces(group: str, entry: str = "words") -> str:
    """Give the words of an entry as a piece of a larger pattern.

    Examples
    --------
    >>> "盘活" in pieces("goal", "verbs")
    True
    """
    return "|".join(_table()[group][entry])


def cues() -> re.Pattern[str]:
    """Give a pattern for the words and signs on which reading turns, each a group of its name.

    Examples
    --------
    >>> cues().search("其中：住宅用地").lastgroup
    'among'
    """
    return re.compile("|".join(f"(?P<{k}>{'|'.join(v)})" for k, v in _table()["cues"].items()))


@lru_cache(maxsize=1)
def reasons() -> Mapping[str, Reason]:
    """Give the reasons by their codes, in the order in which they are looked for.

    Examples
    --------
    >>> reasons()["floor_area"].en, reasons()["no_unit"].zh
    ('floor area', '没有单位')
    """
    table = _table()
    return MappingProxyType(
        {
            code: Reason(
                entry["zh"],
                entry["en"],
                _pattern(entry["before"]) if "before" in entry else None,
                _pattern(entry["after"]) if "after" in entry else None,
            )
            for group in ("aside", "unknown")
            for code, entry in table[group].items()
        },
    )


@lru_cache(maxsize=1)
def genres() -> Mapping[str, Kind]:
    """Give the kinds of documents by their codes, in the order in which they are looked for.

    Examples
    --------
    >>> genres()["plan"].reason, genres()["report"].reason
    ('', 'done')
    """
    entries = {k: v for k, v in _table()["genre"].items() if isinstance(v, dict)}
    return MappingProxyType(
        {
            code: Kind(
                entry["zh"],
                entry["en"],
                entry.get("reason", ""),
                *(
                    _pattern(entry[at]) if at in entry else None
                    for at in ("surely", "head", "lead")
                ),
            )
            for code, entry in entries.items()
        }
    )


def _pattern(given: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(given))


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    text = (files("landgis") / "data" / "plan_words.toml").read_text("utf-8")
    return tomllib.loads(text)
