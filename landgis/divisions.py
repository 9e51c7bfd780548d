"""Administrative divisions of China: names, codes, parents, and how a text's names match them.

The list is that of the National Bureau of Statistics (统计用区划代码, 2023), province to township,
kept in ``landgis/data/divisions.txt.gz``. Codes are the familiar ones: six digits down to the
county (330000, 330500, 330502), nine for a township (330502100).

A name in a plan is seldom the name in the list: 林城 stands for 林城镇, 善琮镇 is a misprint of
善琏镇, 南太湖新区 is no division at all. `match` says which of these it is, and never puts one
name in place of another by itself.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

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


def _code_or_none(code: str | None) -> str | None:
    """Give the code of the list for one of any length (`division`), None for none."""
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
def _divisions_around(code: str | None) -> tuple[Division, ...]:
    """Give the divisions that a name may mean: all, or one, those above it and those below it."""
    if code is None:
        return descendants()
    return (*ancestors(code), division(code), *descendants(code))


Index = MappingProxyType[str, tuple[Division, ...]]


@lru_cache(maxsize=256)
def _by_name(code: str | None) -> Index:
    """Give the divisions around ``code`` by name."""
    return _index((d.name, d) for d in _divisions_around(code))


@lru_cache(maxsize=256)
def _by_short_name(code: str | None) -> Index:
    """Give the divisions around ``code`` by each of their short names."""
    return _index((short, d) for d in _divisions_around(code) for short in short_names(d.name))


def _index(pairs: Iterable[tuple[str, Division]]) -> Index:
    index: dict[str, tuple[Division, ...]] = {}
    for name, d in pairs:
        index[name] = (*index.get(name, ()), d)
    return MappingProxyType(index)


MatchKind = Literal["exact", "abbreviated", "suggested", "ambiguous", "zone", "account", "unknown"]

_ZONE = re.compile(
    r"(?:新区|高新技术产业开发区|经济技术开发区|开发区|高新区|经开区|园区|产业园|工业园|管委会|"
    r"管理区|示范区|合作区|航空港区|港区|保税区|度假区|试验区|实验区|集聚区|长合区|工业区|科技城|"
    r"郑东新区)$"
)
_ACCOUNT = re.compile(r"(?:市|区|县|州|省)?(?:本级|直属|级)$|^(?:市|区|县|州|省)直$|[市县州]直$")
_URBAN = re.compile(r"^(.+市)区$")
_MAX_SUGGESTIONS = 5
_NEIGHBOURS = frozenset("东西南北中上下前后左右内外大小新老一二三四五六七八九十")
"""Characters by which two neighbours differ on purpose."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a name in a text is.

    Parameters
    ----------
    text
        The name as written.
    kind
        ``exact``: a name of the list. ``abbreviated``: short for one of them (林城 for 林城镇).
        ``suggested``: of no division, but one character off, or with another ending than, those
        in ``candidates``: a person decides. ``ambiguous``: of several divisions. ``zone``: a
        functional zone (开发区, 新区). ``account``: an accounting unit without land of its own
        (市直, 市本级). ``unknown``: none of these; a village, or a name of other years.
    division
        The division, where the kind is exact or abbreviated; else None.
    candidates
        The divisions suggested or possible; for an account, the one that it belongs to.
    """

    text: str
    kind: MatchKind
    division: Division | None = None
    candidates: tuple[Division, ...] = ()

    @property
    def code(self) -> str:
        """Code of the division, or nothing."""
        return self.division.code if self.division else ""

    @property
    def name(self) -> str:
        """Name of the division in full, else the name as written."""
        return self.division.name if self.division else self.text


@dataclass(frozen=True, slots=True)
class NameSpan:
    """A name found in a text: ``text[start:end]``, and what it is."""

    start: int
    end: int
    match: Match


@lru_cache(maxsize=8192)  # a document, and a layer of parcels, has the same names again and again
def match(text: str, *, within: str | None = None, level: Level | None = None) -> Match:
    """Say which division a name in a text stands for, or what else it is.

    Parameters
    ----------
    text
        A name as printed, with or without the names above it (巴楚县三岔口镇) and with or without
        等乡镇 after it.
    within
        Code of the division that the text is about. Names such as 城关镇 exist by the dozen and
        need it; names above township are found without.
    level
        Look for divisions of this level only.

    Examples
    --------
    >>> match("林城", within="330522").name, match("画溪", within="330522").name
    ('林城镇', '画溪街道')
    >>> found = match("善琮镇", within="330503")
    >>> found.kind, found.division, [d.name for d in found.candidates]
    ('suggested', None, ['善琏镇'])
    >>> match("南太湖新区", within="330500").kind, match("市直").kind
    ('zone', 'account')
    """
    scope = _code_or_none(within)
    name = plain_name(text)
    found = _resolve(name, scope, level)
    if found is None and (parts := _split_prefix(name, scope)):
        rest = match(parts[1], within=parts[0].code, level=level)
        if rest.kind != "unknown":
            owner = (parts[0],) if rest.kind == "account" else ()
            return Match(text, rest.kind, rest.division, rest.candidates or owner)
    if found is None and (urban := _URBAN.match(name)):
        found = _resolve(urban[1], scope, "prefecture")
    if found is not None:
        return Match(text, found.kind, found.division, found.candidates)
    if _ACCOUNT.search(name):
        return Match(text, "account")
    if _ZONE.search(name):
        return Match(text, "zone")
    near = _suggest(name, scope, level)
    return Match(text, "suggested" if near else "unknown", None, near)


def find_names(text: str, *, within: str | None = None) -> tuple[NameSpan, ...]:
    """Find the names of divisions in running text, longest first, left to right, not overlapping.

    Parameters
    ----------
    text
        Any text.
    within
        Code of the division that the text is about: names of it, below it and above it are
        found. Without, names of provinces, prefectures and counties are.

    Examples
    --------
    >>> [s.match.name for s in find_names("市直1657亩，吴兴区织里镇4915亩", within="330500")]
    ['吴兴区', '织里镇']
    """
    scope = _code_or_none(within)
    return tuple(
        NameSpan(m.start(), m.end(), match(m.group(), within=scope))
        for m in _scanner(scope).finditer(text)
    )


def match_among(text: str, names: Sequence[str]) -> tuple[MatchKind, int]:
    """Say which of the names that a layer itself holds is meant, whatever any list of codes says.

    Parameters
    ----------
    text
        A name as printed, with or without the name of the county before it.
    names
        The names to choose from.

    Returns
    -------
    tuple
        ``exact``, ``abbreviated`` (another ending, or none: 塔集 or 塔集乡 for 塔集镇),
        ``suggested`` (one character off, or a zone without what stands before it), ``ambiguous``
        or ``unknown``; and the position of the one name that is meant, -1 if there is none. Equal
        names are one.

    Examples
    --------
    >>> towns = ["金北街道", "塔集镇", "吕良镇"]
    >>> [match_among(t, towns) for t in ("金北办事处", "塔集", "吕粮镇", "金湖县塔集镇", "城关镇")]
    [('exact', 0), ('abbreviated', 1), ('suggested', 2), ('exact', 1), ('unknown', -1)]
    """
    wanted, plain = plain_name(text), [plain_name(name) for name in names]
    ways: tuple[tuple[MatchKind, list[bool]], ...] = (
        ("exact", [name == wanted for name in plain]),
        ("exact", [len(name) > 2 and wanted.endswith(name) for name in plain]),
        ("abbreviated", [_stem(name) == _stem(wanted) for name in plain]),
        ("suggested", [_one_off(wanted, name) for name in plain]),
        ("suggested", [is_zone(wanted) and name.endswith(wanted) for name in plain]),
    )
    for kind, same in ways:
        hits = [i for i, hit in enumerate(same) if hit]
        if hits:
            one = len({plain[i] for i in hits}) == 1
            return (kind, hits[0]) if one else ("ambiguous", -1)
    return "unknown", -1


def _stem(name: str) -> str:
    """Leave out the ending of a name (镇, 街道, 经济开发区), if two characters stay."""
    bare = _ZONE.sub("", name)
    if len(bare) > 1 and bare != name:
        return bare
    return (*short_names(name), name)[0]


def _one_off(text: str, name: str) -> bool:
    """Whether two names differ by one character that is no mark of neighbours (金南, 金北)."""
    a, b = _stem(text), _stem(name)
    if min(len(a), len(b)) < 2 or Levenshtein.distance(a, b, score_cutoff=1) != 1:
        return False
    if len(a) == len(b) == 2 and text[2:] != name[2:]:  # 滨湖街道 is not 菱湖镇
        return False
    return not (set(a) ^ set(b)) <= _NEIGHBOURS and (len(a) == len(b) or min(len(a), len(b)) > 2)


def is_zone(name: str) -> bool:
    """Whether a name is that of a functional zone (功能区) by its ending.

    Examples
    --------
    >>> is_zone("航空港区"), is_zone("吴兴区")
    (True, False)
    """
    return bool(_ZONE.search(plain_name(name)))


def _resolve(name: str, within: str | None, level: Level | None) -> Match | None:
    """Match a bare name exactly or as a short form; None where it is neither."""
    kinds: tuple[tuple[MatchKind, Index], ...] = (
        ("exact", _by_name(within)),
        ("abbreviated", _by_short_name(within)),
    )
    for kind, index in kinds:
        found = [d for d in index.get(name, ()) if level in (None, d.level)]
        if not found:
            continue
        top = min(LEVELS.index(d.level) for d in found)
        best = tuple(d for d in found if LEVELS.index(d.level) == top)
        if len(best) == 1:
            return Match(name, kind, best[0])
        return Match(name, "ambiguous", None, best)
    return None


def _split_prefix(name: str, within: str | None) -> tuple[Division, str] | None:
    """Take the name of a division above township off the front of a longer name."""
    for length in range(2, len(name) - 1):
        above = _resolve(name[:length], within, None)
        found = above.division if above and above.kind == "exact" else None
        if found and found.level != "township":
            return found, name[length:]
    return None


def _suggest(name: str, within: str | None, level: Level | None) -> tuple[Division, ...]:
    """Divisions one character off ``name``, or of the same short name with another ending."""
    if len(name) < 3:
        return ()
    pool, names, by_stem = _around(within, level)
    same = [d for stem in short_names(name)[:1] for d in by_stem.get(stem, ())]
    found = tuple(dict.fromkeys((*same, *(pool[i] for i in _nearest(name, names)))))
    return found if len(found) <= _MAX_SUGGESTIONS else ()


@lru_cache(maxsize=64)
def _around(
    within: str | None, level: Level | None
) -> tuple[Sequence[Division], Sequence[str], Mapping[str, Sequence[Division]]]:
    """Give the divisions that a name may be meant for, their names, and by their shortest name."""
    below = descendants(within or "", level=level)
    pool = [d for d in below if within or level or d.level != "township"]
    by_stem: dict[str, list[Division]] = {}
    for division in pool:
        for stem in short_names(division.name)[:1]:
            by_stem.setdefault(stem, []).append(division)
    return pool, [d.name for d in pool], by_stem


def _nearest(name: str, names: Sequence[str]) -> list[int]:
    """Give where names at most one character off stand, nearer ones first."""
    hits = process.extract(name, names, scorer=Levenshtein.distance, score_cutoff=1, limit=None)
    return [i for _, _, i in sorted(hits, key=lambda hit: (hit[1], hit[2]))]


@lru_cache(maxsize=64)
def _scanner(within: str | None) -> re.Pattern[str]:
    """One expression for all names in scope, longer ones first."""
    listed = [d for d in _divisions_around(within) if within or d.level != "township"]
    full = sorted({d.name for d in listed}, key=lambda n: (-len(n), n))
    # 湖州市区 is not 湖州市, 巴楚县城 not 巴楚县
    return re.compile(rf"(?:{_any_of(full)})(?!(?<=市)区|(?<=县)[城域]|(?<=区)域)")


def _any_of(names: Sequence[str]) -> str:
    """Give a pattern for any of the names, in this order; quick, as it parts by first letters.

    Examples
    --------
    >>> _any_of(["湖州市", "杭州市", "湖口县"])
    '湖(?:州市|口县)|杭(?:州市)'
    """
    rests: dict[str, list[str]] = {}
    for name in names:
        rests.setdefault(name[0], []).append(re.escape(name[1:]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in rests.items())
