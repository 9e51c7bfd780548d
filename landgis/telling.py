"""Findings in words: the sentence of each, made from its check's own when a person reads it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from string import Formatter
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from landgis.errors import InputError, require
from landgis.findings import CHECKS, Check, verdict_name
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.recorded import basis_name, recorded_name
from landgis.schema import plain_values
from landgis.units import half_up, half_up_all, unit_word

_ROOMS = (
    ("audit", "计划审核", "audit of the plan", "landgis.plan"),
    ("plan", "计划读取", "reading of the plan", "landgis.plan"),
    ("layer", "图层", "layers", "landgis"),
    ("join", "叠加", "join", "landgis.join"),
    ("totals", "面积核对", "areas against the plan", "landgis.checks"),
    ("parcels", "宗地核对", "parcels", "landgis.checks"),
    ("rules", "规则核对", "rules", "landgis.checks"),
    ("list", "清单核对", "the list", "landgis.checks"),
    ("export", "输出", "export", "landgis"),
    ("allocate", "选地", "allocation", "landgis.allocation"),
    ("project", "项目", "project", "landgis.project"),
    ("raster", "栅格", "rasters", "landgis.raster"),
)
"""The first word of a check's name, the room's name, and the package whose modules define it."""
ROOMS = MappingProxyType({room: (zh, en) for room, zh, en, _ in _ROOMS})
"""Names of the rooms that checks are grouped by: the first word of a check's name."""
_HOMES = MappingProxyType({room: home for room, *_, home in _ROOMS})


def tell(findings: pd.DataFrame, lang: Lang = "zh") -> pd.DataFrame:
    """Give findings with their sentences in the column ``message``; the input is not changed.

    Examples
    --------
    >>> from landgis.findings import define, findings_table
    >>> check = define('''example.less 差额 | gap
    ...     两数之差 | two numbers
    ...     short: {subject}少 {gap:2} {unit:unit}。 | {subject}: {gap:2} {unit:unit} short.''')
    >>> found = findings_table(
    ...     [check.finding("short", "fail", subject="东镇", unit="亩", values={"gap": 1234.5})])
    >>> tell(found)["message"].item(), tell(found, "en")["message"].item()
    ('东镇少 1,234.50 亩。', '东镇: 1,234.50 mu short.')
    """
    require(findings, pd.DataFrame, name="findings")
    if lang not in ("zh", "en") or "kind" not in findings:
        raise InputError(
            "tell 需要结果的 findings（或各项核对所得），语言为 zh 或 en。",
            "tell takes the findings of results (or of a check), and as language zh or en.",
        )
    untold = (findings["kind"].ne("") & findings["message"].eq("")).to_numpy()
    if not untold.any():
        return findings
    messages = findings["message"].to_numpy(dtype="object", copy=True)
    for at in findings[untold].groupby(["check", "kind"], sort=False).indices.values():
        rows = np.flatnonzero(untold)[at]
        messages[rows] = _sentences(findings.iloc[rows], lang)
    return findings.assign(message=pd.array(messages, dtype="str"))


def _sentences(findings: pd.DataFrame, lang: Lang) -> list[str]:
    """Give the sentences of findings of one check and kind: field by field, not row by row."""
    first = findings.iloc[0]
    check = check_named(first["check"])
    each = findings["values"].tolist()
    parts: list[list[str]] = []
    for literal, name, how in _parsed(check.kinds[first["kind"]][lang == "en"]):
        parts.append([literal] * len(each))
        if name is not None:
            column = plain_values(findings[name]) if name in findings else [None] * len(each)
            given = [v.get(name, c) for v, c in zip(each, column, strict=True)]
            parts.append(_shown_all(check, given, how, lang))
    parts.append([_added(values, lang) for values in each])
    return list(map("".join, zip(*parts, strict=True)))


_GOT = MappingProxyType(
    {
        "corrected": ("（所据数字有人工更正）", " (Rests on a figure corrected by a person.)"),
        "ocr": (
            "（所据数字由文字识别，请核对原件）",
            " (Rests on a figure read by OCR.)",
        ),
    }
)


def _added(values: Mapping[str, Any], lang: Lang) -> str:
    """Say behind a sentence how its figure was got, that nothing was proved, who accepted it."""
    told = "".join(say(lang, *_GOT[how]) for how in values.get("got", ()))
    if values.get("unproven"):
        told += say(lang, "（示意，未核对）", " (Schematic: not checked.)")
    if by := values.get("accepted"):
        who = (by["who"], by["when"], by["why"])
        told += say(lang, "（已认可：{}，{}，{}）", " (Accepted by {}, {}: {}.)").format(*who)
    return told


def fill(check: Check, kind: str, values: Mapping[str, Any], lang: Lang = "zh") -> str:
    """Fill one sentence of a check.

    A field is the name of a column or value; what stands behind the colon says how it is shown:
    ``2`` or ``+2`` a number with so many decimals, half up, with thousands (``2%`` the value in
    per cent); ``plain`` a number as short as it is; ``own`` a decimal written as text, with its own
    decimals; ``use``, ``unit``, ``verdict``, ``basis``,
    ``recorded`` the name of such a word; ``s`` the English plural's s unless the number is 1;
    ``list`` and ``uses`` several with the language's comma, ``some`` the first `NAMED` of them;
    ``land`` (``Land`` at the beginning of a sentence, ``counted`` behind a number) the word for a
    parcel or an area of a programme; ``clause`` and ``clauses`` one or
    several sentences of the same check, each a mapping with its ``kind`` and values. A value that
    is a mapping of ``zh`` and ``en`` is shown in the language asked for.

    Examples
    --------
    >>> from landgis.findings import Check
    >>> check = Check(name="a.b", title=("", ""), means=("", ""), kinds={
    ...     "all": ("{names:list}：{share:1%}{more:clause}", ""), "more": ("，另有 {n}", "")})
    >>> more = {"kind": "more", "n": 2}
    >>> fill(check, "all", {"names": ["甲", "乙"], "share": 0.125, "more": more})
    '甲、乙：12.5%，另有 2'
    """
    text = check.kinds[kind][lang == "en"]
    return "".join(
        literal + ("" if name is None else _shown(check, values.get(name), how, lang))
        for literal, name, how in _parsed(text)
    )


def check_named(name: str) -> Check:
    """Find a check by its name; the modules of its room are imported if need be.

    Raises
    ------
    KeyError
        If no check has that name.
    """
    if name not in CHECKS:
        _import_room(name.partition(".")[0])
    return CHECKS[name]


def check_title(name: str, lang: Lang = "zh", *, room: bool = True) -> str:
    """Name a check for a reader, with its ``room``; one that nobody defined as it stands.

    Examples
    --------
    >>> check_title("nowhere.known")
    'nowhere.known'
    """
    home, _, bare = name.partition(".")
    try:
        title = say(lang, *check_named(name).title)
    except KeyError:
        return name if room else bare
    return (
        f"{say(lang, *ROOMS.get(home, (home, home)))}{say(lang, '·', ': ')}{title}"
        if room
        else title
    )


@cache
def _import_room(room: str) -> None:
    """Import the modules that may define the checks of a room."""
    home = _HOMES.get(room)
    if home is None:
        return
    package = importlib.import_module(home)
    for module in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{home}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


@cache
def _parsed(text: str) -> tuple[tuple[str, str | None, str], ...]:
    return tuple((literal, name, how or "") for literal, name, how, _ in Formatter().parse(text))


_STEPS = tuple(Decimal(1).scaleb(-decimals) for decimals in range(13))
_FORM: Mapping[str, tuple[str, int, str]] = MappingProxyType(
    {
        f"{sign}{decimals}{per_cent}": (sign, decimals, per_cent)
        for sign in ("", "+")
        for decimals in range(13)
        for per_cent in ("", "%")
    }
)
_LAND: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {"parcel": ("宗地", "宗地", "parcel"), "area": ("片区", "个片区", "area")}
)
"""What land is called: one of it, what stands after a number, in English."""
NAMED = 5
"""How many of several ids a sentence names."""

_WORDS: Mapping[str, Callable[[str, Lang], str]] = MappingProxyType(
    {
        "land": lambda noun, lang: say(lang, _LAND[noun][0], _LAND[noun][2]),
        "Land": lambda noun, lang: say(lang, _LAND[noun][0], _LAND[noun][2].capitalize()),
        "counted": lambda noun, lang: say(lang, _LAND[noun][1], _LAND[noun][2]),
        "use": category_name,
        "unit": unit_word,
        "verdict": verdict_name,
        "basis": basis_name,
        "recorded": recorded_name,
    }
)


def _shown_all(check: Check, values: list[Any], how: str, lang: Lang) -> list[str]:
    """Show one field of many sentences; what stands in many rows is put into words once."""
    kinds = set(map(type, values))
    if not how and kinds == {str}:
        return values
    if how in _FORM and kinds == {float}:  # many numbers are rounded at once, as each would be
        sign, decimals, per_cent = _FORM[how]
        rounded = half_up_all(values, decimals + (2 if per_cent else 0))
        form = f"{{:{sign},.{decimals}f}}{per_cent}"
        return [form.format(number) for number in (rounded * (100 if per_cent else 1)).tolist()]
    known: dict[Any, str] = {}
    shown = []
    for value in values:
        key = value if type(value) is str else id(value)
        if key not in known:
            known[key] = _shown(check, value, how, lang)
        shown.append(known[key])
    return shown


def _shown(check: Check, value: Any, how: str, lang: Lang) -> str:
    """Show one value of a sentence."""
    if how in {"clause", "clauses"}:
        many = [] if not value else [value] if how == "clause" else value
        return say(lang, "；", "; ").join(fill(check, v["kind"], v, lang) for v in many)
    if how in {"list", "uses", "some"}:
        word, most = ("use" if how == "uses" else ""), (NAMED if how == "some" else len(value))
        more = say(lang, " 等", " …") if len(value) > most else ""
        return say(lang, "、", ", ").join(_shown(check, v, word, lang) for v in value[:most]) + more
    if isinstance(value, Mapping):
        value = value[lang]
    if value is None:
        return ""
    if how in _WORDS:
        return _WORDS[how](str(value), lang)
    if how == "s":
        return "" if value == 1 else "s"
    return _number(value, how) if how else str(value)


def _number(value: Any, how: str) -> str:
    """Show a number, exact to the decimals asked for, or as short as it is."""
    if how == "own":
        return f"{Decimal(value):,f}"
    if how == "plain":
        return (
            f"{Decimal(repr(float(value)) if isinstance(value, float) else value).normalize():,f}"
        )
    sign, decimals, per_cent = _FORM[how]
    if isinstance(value, float):  # by its shortest decimal form
        shown = Decimal(repr(float(value))) * (100 if per_cent else 1)
        number = shown.quantize(_STEPS[decimals], ROUND_HALF_UP)
    else:
        number = half_up(Fraction(value) * (100 if per_cent else 1), decimals)
    return f"{number or abs(number):{sign},f}{per_cent}"
