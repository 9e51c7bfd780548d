"""The list of divisions by name, in full and in the short forms that plans print."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from types import MappingProxyType

from landgis.divisions.codes import Division, Level, ancestors, code_or_none, descendants, division

_SUFFIXES = (
    "街道",
    "地区",
    "苏木",
    "自治县",
    "自治州",
    "自治旗",
    "特别行政区",
    "自治区",
    "林区",
    *"省市区县旗盟州镇乡",
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
    suffix = next((s for s in _SUFFIXES if name.endswith(s) and len(name) > len(s) + 1), "")
    if not suffix:
        return ()
    base = name.removesuffix(suffix)
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
