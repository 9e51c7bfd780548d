"""Land use: the categories of plans, their names and hierarchy, classification codes, colours.

A plan speaks of categories (住宅用地, 其中商品住房用地), data of codes (0701). A code means
nothing without its scheme: 0601 is 工业用地 in GB/T 21010-2017 and 农村道路 in the guide of 2023,
so every function here that takes a code takes the scheme's name with it.

The tables stand in ``landgis/data/`` (``landuse_*.csv``, sources in the README there).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from landgis.errors import InputError
from landgis.language import Lang

SCHEMES = ("GB/T 21010-2017", "GB/T 21010-2007", "三调", "用地用海 2023", "用地用海 2020")
"""Names of the classification schemes, newest edition of each first."""

_CODE = re.compile(r"\d{2,6}[A-Z]?\d?", re.ASCII | re.IGNORECASE)

COMPOSITES = MappingProxyType(
    {
        "其他用地": ("公共管理与公共服务用地", "特殊用地", "交通运输用地", "水域及水利设施用地"),
        "经营性用地": ("商服用地", "住宅用地"),
        # What these hold differs from plan to plan: they are their own, unless a plan says so.
        "公益性用地": ("公益性用地",),
        "产业用地": ("产业用地",),
        "民生设施用地": ("民生设施用地",),
        "基础设施用地": ("基础设施用地",),
        "城乡建设用地": ("城乡建设用地",),
        "交通水利及特殊用地": ("交通水利及特殊用地",),
    },
)
"""Names for several uses together, unless a plan defines them otherwise."""

UNKNOWN_COLOUR = "#888888"

_HOME = re.compile("(?P<stem>.{2,}?)[类型性]?(?:住房|住宅|房)(?:用地)?")
_CODE_NOTE = re.compile(r"[(（\[【]\s*[0-9A-Z]{2,6}(?:类)?\s*[)）\]】]")


@dataclass(frozen=True, slots=True)
class LandUseClass:
    """A class of a classification scheme.

    Parameters
    ----------
    parent
        Code of the class above in the same scheme; empty on the first level.
    category
        The plan category that the class belongs to; empty where it is none that is supplied
        (耕地, 用海).
    """

    scheme: str
    code: str
    name: str
    parent: str
    category: str


@lru_cache(maxsize=4096)  # asked of the same few uses for each figure and row
def canonical(name: str) -> str:
    """Give the name under which a use is known here, or nothing if it is not known.

    Spaces and codes in brackets are passed over. 工业用地 is a part of 工矿仓储用地, not another
    name for it.

    Examples
    --------
    >>> canonical("居住用地"), canonical("商业服务业用地"), canonical("工业用地"), canonical("面积")
    ('住宅用地', '商服用地', '工业用地', '')
    >>> canonical("公用设施用地（0809）")
    '公用设施用地'
    """
    bare = _bare(name)
    known = all_names().get(bare) or all_names().get(bare + "用地")
    return known or _homes().get(home_stem(bare), "")


def _bare(name: str) -> str:
    """Give a name without its spaces and the codes of its classes."""
    return _CODE_NOTE.sub("", re.sub(r"\s+", "", name))


def home_stem(name: str) -> str:
    """Give what a name of homes says beside that they are homes: 产权 of 产权型住宅用地, 产权房.

    Examples
    --------
    >>> home_stem("产权型住宅用地"), home_stem("保障性住房"), home_stem("住房用地")
    ('产权', '保障', '')
    """
    found = _HOME.fullmatch(name)
    return found["stem"] if found else ""


@lru_cache(maxsize=1)
def _homes() -> Mapping[str, str]:
    """Give the use of homes of each kind; the first of two spellings alike holds."""
    names = {home_stem(name): category for name, category in reversed([*all_names().items()])}
    return MappingProxyType({stem: category for stem, category in names.items() if stem})


def classified(name: str) -> str:
    """Give the canonical name of a use that a classification has, or nothing.

    A word such as 产业用地 is known to plans, but no classification says what it covers.

    Examples
    --------
    >>> classified("工业"), classified("经营性用地"), classified("产业用地")
    ('工业用地', '经营性用地', '')
    """
    known = canonical(name)
    row = _categories().get(known)
    vague = row is not None and row["kind"] == "composite" and expand(known) == (known,)
    return "" if vague else known


@lru_cache(maxsize=1)
def all_names() -> Mapping[str, str]:
    """Give every known spelling of a use, with its canonical name.

    Examples
    --------
    >>> all_names()["住房用地"]
    '住宅用地'
    """
    return MappingProxyType(
        {
            name: category
            for category, row in _categories().items()
            for name in (category, *filter(None, row["aliases"].split(";")))
        },
    )


def parent(category: str) -> str:
    """Give the use that ``category`` is a part of; nothing for a main or an unknown one.

    Examples
    --------
    >>> parent("公用设施用地"), parent("住宅用地")
    ('公共管理与公共服务用地', '')
    """
    row = _categories().get(canonical(category))
    return row["parent"] if row else ""


@lru_cache(maxsize=4096)
def lineage(category: str) -> tuple[str, ...]:
    """Give ``category`` and the uses that it is a part of, nearest first.

    A name that ends in a known one (旧城安置住宅用地) is a kind of that, but for 非住宅用地.

    Examples
    --------
    >>> lineage("公租房用地")
    ('公共租赁住房用地', '保障性住房用地', '保障性安居工程用地', '住宅用地')
    >>> lineage("低效商服用地"), lineage("非住宅用地")
    (('低效商服用地', '商服用地'), ())
    """
    name = canonical(category)
    head = "" if name else _head(category)
    chain = [name] if name else [category, head] if head else []
    while chain and (above := parent(chain[-1])):
        chain.append(above)
    return tuple(chain)


_JOINED = re.compile("[、和及与，]")
_SHORTEST_HEAD = 2


def _head(name: str) -> str:
    """Give the known use that an unknown name ends in and narrows; nothing for none."""
    if name.startswith("非") or any(map(canonical, _JOINED.split(name)[:-1])):
        return ""  # 非住宅用地, 工业用地和住宅用地
    bare = _bare(name)
    first = max(1, len(bare) - _longest())  # a hostile name is longer than any known one
    ends = (bare[i:] for i in range(first, len(bare) - _SHORTEST_HEAD + 1))
    return next((canonical(e) for e in ends if canonical(e)), "")


@lru_cache(maxsize=1)
def _longest() -> int:
    """Give the length of the longest known name, that of homes with 型…用地 behind it."""
    return max(map(len, all_names())) + len("型住房用地")


def main_category(category: str) -> str:
    """Give the use of the first level, composite or redevelopment kind of ``category``.

    Examples
    --------
    >>> main_category("公园与绿地"), main_category("其他用地")
    ('公共管理与公共服务用地', '其他用地')
    """
    return next(reversed(lineage(category)), "")


def subcategories(category: str) -> tuple[str, ...]:
    """Give the uses directly below ``category``, in the order of the table.

    Examples
    --------
    >>> subcategories("工矿仓储用地")
    ('工业用地', '采矿用地', '盐田', '仓储用地')
    """
    name = canonical(category)
    return tuple(c for c, row in _categories().items() if name and row["parent"] == name)


def expand(
    category: str,
    *,
    composites: Mapping[str, tuple[str, ...]] = COMPOSITES,
) -> tuple[str, ...]:
    """Give the uses that make up a composite; any other use is itself.

    Parameters
    ----------
    composites
        What a plan itself says that its composites are made of.

    Examples
    --------
    >>> expand("其他用地")
    ('公共管理与公共服务用地', '特殊用地', '交通运输用地', '水域及水利设施用地')
    >>> expand("居住用地")
    ('住宅用地',)
    """
    name = canonical(category) or category
    return tuple(composites.get(name, (name,)))


def is_within(
    child: str,
    ancestor: str,
    *,
    composites: Mapping[str, tuple[str, ...]] = COMPOSITES,
) -> bool:
    """Whether land of use ``child`` counts towards a figure for ``ancestor``.

    An empty ``ancestor`` is the total of all uses.

    Examples
    --------
    >>> is_within("医疗卫生用地", "其他用地"), is_within("工业用地", "商服用地")
    (True, False)
    """
    if not ancestor:
        return True
    parts = expand(ancestor, composites=composites)
    above = (child, canonical(child), *lineage(child))
    return any(a and a in (ancestor, *parts) for a in above)


def category_name(category: str, lang: Lang = "zh") -> str:
    """Name a category for a reader; an unknown one as it stands.

    Examples
    --------
    >>> category_name("住宅用地", "en")
    'residential'
    """
    row = _categories().get(canonical(category))
    return row["english"] if row and lang == "en" else category


def classes(scheme: str) -> tuple[LandUseClass, ...]:
    """Give all classes of ``scheme``, in order of their codes.

    Raises
    ------
    InputError
        If there is no such scheme.

    Examples
    --------
    >>> classes("GB/T 21010-2017")[0].name
    '耕地'
    """
    return tuple(_codes(_scheme(scheme)).values())


def is_code(text: str) -> bool:
    """Tell whether a text is written as the code of a class (0601, 05H1), not as its name."""
    return _CODE.fullmatch(text) is not None


def schemes_with(codes: Iterable[str]) -> tuple[str, ...]:
    """Give the schemes that have all the codes; only the first of those that mean the same by them.

    Examples
    --------
    >>> schemes_with(["0701", "05H1"]), schemes_with(["0702", "0602"])
    (('三调',), ('GB/T 21010-2017', '用地用海 2023'))
    """
    wanted = sorted({code.strip().upper() for code in codes})
    meanings: dict[tuple[str, ...], str] = {}
    for scheme in SCHEMES:
        known = _codes(scheme)
        if all(code in known for code in wanted):
            meanings.setdefault(tuple(known[c].category or known[c].name for c in wanted), scheme)
    return tuple(meanings.values())


def land_use_class(code: str, *, scheme: str) -> LandUseClass:
    """Give the class of ``code`` in ``scheme``.

    Raises
    ------
    InputError
        If there is no such scheme, or no such code in it.

    Examples
    --------
    >>> land_use_class("0601", scheme="GB/T 21010-2017").name
    '工业用地'
    >>> land_use_class("0601", scheme="用地用海 2023").name
    '农村道路'
    """
    name = _scheme(scheme)
    found = _codes(name).get(code.strip().upper())
    if found is None:
        raise InputError(
            f"{name} 中没有代码 {code!r}，请核对代码和分类标准。",
            f"{name} has no code {code!r}; check the code and the scheme.",
        )
    return found


def colour(category: str) -> str:
    """Give the map colour of a category, ``#RRGGBB``; that of the use above where it has none.

    Examples
    --------
    >>> colour("住宅用地"), colour("商品住房用地"), colour("不详")
    ('#FFEA2D', '#FFEA2D', '#888888')
    """
    colours = _palette()
    return next(
        (colours[n] for n in (category, *lineage(category)) if n in colours), UNKNOWN_COLOUR
    )


def _scheme(name: str) -> str:
    squeezed = re.sub(r"[\s/_-]", "", name).upper()
    for scheme in SCHEMES:
        if squeezed == re.sub(r"[\s/_-]", "", scheme).upper():
            return scheme
    raise InputError(
        f"没有名为 {name!r} 的分类标准，可用：{'、'.join(SCHEMES)}。",
        f"No classification scheme is called {name!r}; known are {', '.join(SCHEMES)}.",
    )


def _data(name: str) -> str:
    return files("landgis").joinpath("data", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _categories() -> Mapping[str, Mapping[str, str]]:
    rows = csv.DictReader(_data("landuse_categories.csv").splitlines())
    return MappingProxyType({row["category"]: row for row in rows})


@lru_cache(maxsize=len(SCHEMES))
def _codes(scheme: str) -> Mapping[str, LandUseClass]:
    rows = csv.DictReader(_data("landuse_codes.csv").splitlines())
    own = {row["code"]: row for row in rows if row["scheme"] == scheme}

    def above(code: str) -> str:
        return next((code[:n] for n in range(len(code) - 1, 1, -1) if code[:n] in own), "")

    return MappingProxyType(
        {c: LandUseClass(scheme, c, r["name"], above(c), r["category"]) for c, r in own.items()},
    )


@lru_cache(maxsize=1)
def _palette() -> Mapping[str, str]:
    rows = csv.DictReader(_data("landuse_colours.csv").splitlines())
    return MappingProxyType({row["category"]: row["colour"].upper() for row in rows})
