"""The list of divisions by code, and by name: in full and in the short forms of plans."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
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
            table.setdefault(code, Division(code, name, "township", county))
            continue
        if len(code) == 6:
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


_SUFFIX = re.compile(
    r"(?<=..)(?:街道|地区|苏木|自治[县州旗]|特别行政区|自治区|林区|[省市区县旗盟州镇乡])$"
)
_PEOPLES = (
    "各族|蒙古族|蒙古|回族|藏族|维吾尔族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|"
    "土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|傈僳族|佤族|畲族|高山族|拉祜族|水族|东乡族|东乡|纳西族|"
    "景颇族|柯尔克孜族|柯尔克孜|土族|达斡尔族|达斡尔|仫佬族|羌族|布朗族|撒拉族|撒拉|毛南族|仡佬族|"
    "锡伯族|锡伯|阿昌族|普米族|塔吉克族|塔吉克|怒族|乌孜别克族|俄罗斯族|鄂温克族|鄂温克|德昂族|"
    "保安族|保安|裕固族|京族|塔塔尔族|独龙族|鄂伦春族|鄂伦春|赫哲族|门巴族|珞巴族|基诺族"
)
_PEOPLE_TAIL = re.compile(rf"(?:{_PEOPLES})+$")
_OFFICE = re.compile(r"街道(?:办事处|办)$|办事处$")
_AND_OTHERS = re.compile(r"等\d*个?(?:乡镇街道|乡镇|镇街|乡|镇|街道|地区|地|区域)?$")


def named(
    name: str, *, within: str | None = None, level: Level | None = None
) -> tuple[Division, ...]:
    """Give all divisions of exactly this name, in order of their codes.

    Examples
    --------
    >>> [d.code for d in named("善琏镇")], len(named("城关镇"))
    (['330503103'], 88)
    """
    return tuple(
        d
        for d in by_name(code_or_none(within)).get(plain_name(name), ())
        if level in (None, d.level)
    )


def short_names(name: str) -> tuple[str, ...]:
    """Give the short forms under which plans print the name of a division.

    Examples
    --------
    >>> short_names("管城回族区"), short_names("瑶安瑶族乡"), short_names("滑县")
    (('管城回族', '管城', '管城区'), ('瑶安瑶族', '瑶安', '瑶安乡'), ())
    """
    ending = _SUFFIX.search(name)
    if ending is None:
        return ()
    base, suffix = name[: ending.start()], ending.group()
    bare = _PEOPLE_TAIL.sub("", base)
    if len(bare) < 2 or bare == base:
        return (base,)
    return (base, bare, bare + suffix.removeprefix("自治").replace("特别行政区", ""))


def plain_name(text: str) -> str:
    """Leave out of a printed name what is no part of it: spaces, 办事处, 等乡镇.

    Examples
    --------
    >>> plain_name("龙 溪街道办事处"), plain_name("织里镇等乡镇")
    ('龙溪街道', '织里镇')
    """
    name = re.sub(r"\s+", "", text)
    name = _AND_OTHERS.sub("", name) or name
    return _OFFICE.sub("街道", name)


@lru_cache(maxsize=256)
def divisions_around(code: str | None) -> tuple[Division, ...]:
    """Give the divisions that a name may mean: all, or one, those above it and those below it.

    Examples
    --------
    >>> [d.name for d in divisions_around("330502")][:4]
    ['浙江省', '湖州市', '吴兴区', '月河街道']
    """
    if code is None:
        return descendants()
    return (*ancestors(code), division(code), *descendants(code))


Index = MappingProxyType[str, tuple[Division, ...]]


@lru_cache(maxsize=256)
def by_name(code: str | None) -> Index:
    """Give the divisions around ``code`` by name.

    Examples
    --------
    >>> [d.code for d in by_name("330502")["织里镇"]]
    ['330502100']
    """
    return _index((d.name, d) for d in divisions_around(code))


@lru_cache(maxsize=256)
def by_short_name(code: str | None) -> Index:
    """Give the divisions around ``code`` by each of their short names.

    Examples
    --------
    >>> [d.name for d in by_short_name("330522")["林城"]]
    ['林城镇']
    """
    return _index((short, d) for d in divisions_around(code) for short in short_names(d.name))


def _index(pairs: Iterable[tuple[str, Division]]) -> Index:
    index: dict[str, tuple[Division, ...]] = {}
    for name, d in pairs:
        index[name] = (*index.get(name, ()), d)
    return MappingProxyType(index)
