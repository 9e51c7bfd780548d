"""What a name in a text stands for: a division, short for one, nearly one, or something else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from landgis.divisions.codes import (
    LEVELS,
    Division,
    Index,
    Level,
    by_name,
    by_short_name,
    code_or_none,
    descendants,
    divisions_around,
    plain_name,
    short_names,
)

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
    scope = code_or_none(within)
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


def find_names(
    text: str,
    *,
    within: str | None = None,
    short: bool = False,
) -> tuple[NameSpan, ...]:
    """Find the names of divisions in running text, longest first, left to right, not overlapping.

    Parameters
    ----------
    text
        Any text.
    within
        Code of the division that the text is about: names of it, below it and above it are
        found. Without, names of provinces, prefectures and counties are.
    short
        Find short forms too (林城), where no other word goes on after them. In running prose
        these are often something else; meant for lists of places.

    Examples
    --------
    >>> [s.match.name for s in find_names("市直1657亩，吴兴区织里镇4915亩", within="330500")]
    ['吴兴区', '织里镇']
    >>> places = find_names("林城、小浦、画溪等11个项目", within="330522", short=True)
    >>> [place.match.name for place in places]
    ['林城镇', '小浦镇', '画溪街道']
    """
    scope = code_or_none(within)
    return tuple(
        NameSpan(m.start(), m.end(), match(m.group(), within=scope))
        for m in _scanner(scope, short).finditer(text)
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
        ("exact", by_name(within)),
        ("abbreviated", by_short_name(within)),
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
def _scanner(within: str | None, short: bool) -> re.Pattern[str]:
    """One expression for all names in scope, longer ones first."""
    listed = [d for d in divisions_around(within) if within or d.level != "township"]
    full = sorted({d.name for d in listed}, key=lambda n: (-len(n), n))
    brief = {s for d in listed for s in short_names(d.name)} - set(full) if short else set()
    # 湖州市区 is not 湖州市, 巴楚县城 not 巴楚县; 新市场 and 和平路 are no towns.
    whole = rf"(?:{_any_of(full)})(?!(?<=市)区|(?<=县)[城域]|(?<=区)域)"
    if not brief:
        return re.compile(whole)
    parts = _any_of(sorted(brief, key=lambda n: (-len(n), n)))
    return re.compile(rf"{whole}|(?<![\u4e00-\u9fff])(?:{parts})(?=等|$|[^\u4e00-\u9fff])")


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
