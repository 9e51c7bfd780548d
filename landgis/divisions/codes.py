"""The list of divisions by code: what a code names, what is above it and below it."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from landgis.errors import InputError
from landgis.language import Lang, say

Level = Literal["province", "prefecture", "county", "township"]

LEVELS: tuple[Level, ...] = ("province", "prefecture", "county", "township")

LEVEL_NAMES = MappingProxyType(
    {
        "province": ("省级", "province"),
        "prefecture": ("地级", "prefecture"),
        "county": ("县级", "county"),
        "township": ("乡级", "township"),
        "zone": ("功能区", "functional zone"),
        "account": ("核算单位", "accounting unit"),
        "village": ("村级", "village"),
    },
)
"""Levels of regions, in Chinese and English; the last three are not divisions of the list."""


@dataclass(frozen=True, slots=True)
class Division:
    """A division of the list.

    Parameters
    ----------
    code
        Six digits, for a township nine.
    parent
        Code of the division above; empty for a province. Counties of 直辖市 and those that a
        province governs directly have the province above them.
    """

    code: str
    name: str
    level: Level
    parent: str


def division(code: str) -> Division:
    """Give the division of ``code``; 2, 4, 6, 9 or 12 digits.

    Raises
    ------
    InputError
        If the list has no such code.

    Examples
    --------
    >>> division("330502100").name, division("3305").name
    ('织里镇', '湖州市')
    """
    found = _table().get(_full_code(code))
    if found is None:
        raise InputError(
            f"区划代码 {code!r} 不在 2023 年统计用区划代码中，请核对。",
            f"No division has the code {code!r} in the list of 2023; please check it.",
        )
    return found


def code_or_none(code: str | None) -> str | None:
    """Give the code of the list for one of any length (`division`), None for none.

    Examples
    --------
    >>> code_or_none("3305"), code_or_none("")
    ('330500', None)
    """
    return division(code).code if code else None


def children(code: str = "") -> tuple[Division, ...]:
    """Give the divisions directly below ``code``, or the provinces, in order of their codes.

    Examples
    --------
    >>> [d.name for d in children("330500")]
    ['吴兴区', '南浔区', '德清县', '长兴县', '安吉县']
    """
    return _children().get(division(code).code if code else "", ())


def descendants(code: str = "", *, level: Level | None = None) -> tuple[Division, ...]:
    """Give all divisions below ``code``, or those of one level, in order of their codes.

    Examples
    --------
    >>> len(descendants("330500", level="township"))
    72
    """
    return tuple(d for d in _below(division(code).code if code else "") if level in (None, d.level))


def ancestors(code: str) -> tuple[Division, ...]:
    """Give the divisions above ``code``, from the province down.

    Examples
    --------
    >>> [d.name for d in ancestors("330502100")]
    ['浙江省', '湖州市', '吴兴区']
    """
    chain: list[Division] = []
    above = division(code).parent
    while above:
        chain.insert(0, _table()[above])
        above = chain[0].parent
    return tuple(chain)


def full_name(code: str) -> str:
    """Give the name of a division with those above it.

    Examples
    --------
    >>> full_name("330502100")
    '浙江省湖州市吴兴区织里镇'
    """
    return "".join(d.name for d in (*ancestors(code), division(code)))


def level_name(level: str, lang: Lang = "zh") -> str:
    """Name a level for a reader.

    Examples
    --------
    >>> level_name("township")
    '乡级'
    """
    return say(lang, *LEVEL_NAMES[level]) if level in LEVEL_NAMES else level


# --- the list ------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _table() -> MappingProxyType[str, Division]:
    packed = files("landgis").joinpath("data", "divisions.txt.gz").read_bytes()
    table: dict[str, Division] = {}
    county = ""
    for line in gzip.decompress(packed).decode("utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, name = line.split(" ", 1)
        if len(code) == 3:
            code = county + code
        elif len(code) == 6:
            county = code
        full = _full_code(code)
        if full not in table:  # 东莞 stands as city and as its only county
            table[full] = Division(full, name, _level(code), _parent(code, table))
    return MappingProxyType(table)


def _level(code: str) -> Level:
    return {2: LEVELS[0], 4: LEVELS[1], 6: LEVELS[2], 9: LEVELS[3]}[len(code)]


def _full_code(code: str) -> str:
    return code[:9] if len(code) == 12 and code.isdigit() else code.ljust(6, "0")


def _parent(code: str, table: dict[str, Division]) -> str:
    shorter = (_full_code(code[:n]) for n in (6, 4, 2) if n < len(code))
    return next((c for c in shorter if c in table), "")


@lru_cache(maxsize=1)
def _children() -> MappingProxyType[str, tuple[Division, ...]]:
    below: dict[str, list[Division]] = {}
    for d in _table().values():
        below.setdefault(d.parent, []).append(d)
    return MappingProxyType({code: tuple(found) for code, found in below.items()})


@lru_cache(maxsize=256)
def _below(code: str) -> tuple[Division, ...]:
    direct = _children().get(code, ())
    return tuple(x for d in direct for x in (d, *(_below(d.code) if d.level != "township" else ())))
