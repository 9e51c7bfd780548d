"""The one table that every check returns: what was expected, what was found, and the verdict.

A finding is columns; its sentence is made by `tell` when a person reads it, from what stands beside
the check: its name, what it means, and its sentences in two languages, put down with `define`. So a
room knows no language, and a report in the other one needs no second run.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from string import Formatter
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd

from landgis.errors import InputError, require
from landgis.landuse import category_name
from landgis.language import Lang, basis_name, recorded_name, say
from landgis.schema import plain_values
from landgis.units import half_up, half_up_all, unit_word

Verdict = Literal["pass", "fail", "unknown", "note"]

COLUMNS = (
    *("check", "kind", "subject", "region", "category", "expected", "actual", "difference"),
    *("tolerance", "unit", "verdict", "values", "cause", "members", "message", "source"),
)
KEY = ("check", "subject", "region", "category")
"""What a finding is known by."""
NUMBERS = ("expected", "actual", "difference", "tolerance")
OBJECTS = ("values", "members")

VERDICTS = MappingProxyType(
    {
        "pass": ("通过", "pass"),
        "fail": ("不通过", "fail"),
        "unknown": ("无法判定", "unknown"),
        "note": ("说明", "note"),
    },
)
"""The verdicts, in Chinese and English. What cannot be decided is unknown, never a pass; what was
no check (a declared system, a mapped field, two sides of one source) is a note."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of one check.

    Numbers are in ``unit``; ``difference`` is actual less expected; a missing number is None.

    Parameters
    ----------
    check
        Dotted name of the check, ``room.check`` (``audit.parts``, ``totals.cell``,
        ``parcels.overlap``, ``layer.encoding`` …).
    kind
        Which of the check's sentences tells it.
    subject
        What the finding is about: a parcel's id, a file, a total.
    region, category
        As in the plan; empty means all of them.
    values
        What the sentence names beside the columns: text, numbers, lists, clauses.
    cause
        `finding_key` of the finding that this one follows from; empty if from none.
    members
        Parcels or cells that the finding stands for.
    source
        Where the expected number stands: document, line or cell, and the words.
    """

    check: str
    verdict: Verdict
    kind: str = ""
    subject: str = ""
    region: str = ""
    category: str = ""
    expected: float | None = None
    actual: float | None = None
    difference: float | None = None
    tolerance: float | None = None
    unit: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    cause: str = ""
    members: tuple[str, ...] = ()
    message: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check is called, what it means, and its sentences.

    Parameters
    ----------
    name
        ``room.check``.
    title, means
        In Chinese and English: a short name, and one sentence on what the check compares.
    kinds
        Sentences by kind, in Chinese and English, with the fields of `landgis.findings.fill`.
    """

    name: str
    title: tuple[str, str]
    means: tuple[str, str]
    kinds: Mapping[str, tuple[str, str]]

    def finding(
        self,
        kind: str,
        verdict: Verdict,
        *,
        values: Mapping[str, Any] = NOTHING,
        **columns: Any,
    ) -> Finding:
        """Make one finding; ``columns`` are those of `Finding`."""
        self._known(kind)
        return Finding(check=self.name, kind=kind, verdict=verdict, values=dict(values), **columns)

    def rows(
        self,
        kind: str,
        verdict: Verdict | Sequence[Verdict] | np.ndarray[Any, Any],
        *,
        values: Mapping[str, Any] = NOTHING,
        **columns: Any,
    ) -> pd.DataFrame:
        """Make a table of findings of one kind from arrays; what is one value holds for all.

        Parameters
        ----------
        verdict, **columns
            Arrays of one length, or single values. At least one is an array.
        values
            Name → array of the same length, or one value.

        Returns
        -------
        DataFrame
            A findings table.

        Examples
        --------
        >>> told = {"one": ("甲", "a")}
        >>> check = Check(name="a.b", title=("甲", "a"), means=("", ""), kinds=told)
        >>> check.rows("one", "fail", subject=np.array(["a", "b"]))["subject"].tolist()
        ['a', 'b']
        """
        self._known(kind)
        given = {"verdict": verdict, **columns}
        lengths = {len(v) for v in (*given.values(), *values.values()) if _many(v)}
        if len(lengths) != 1:
            raise ValueError(f"{self.name}: columns of lengths {sorted(lengths)}")
        (count,) = lengths
        table = {"check": self.name, "kind": kind, **given}
        frame = pd.DataFrame(
            {name: _column(name, table.get(name), count) for name in COLUMNS if name != "values"},
            index=range(count),
        )
        names = list(values)
        each = [v if _many(v) else [v] * count for v in values.values()]
        told = [dict(zip(names, row, strict=True)) for row in zip(*map(_plain, each), strict=True)]
        frame["values"] = pd.Series(told or [{} for _ in range(count)], dtype="object")
        return frame[list(COLUMNS)]

    def _known(self, kind: str) -> None:
        if kind not in self.kinds:
            raise KeyError(f"{self.name} has no sentence “{kind}”")


CHECKS: dict[str, Check] = {}
"""The checks that are defined, by name. `landgis.findings` imports a room that it does not find."""


def define(told: str, **kinds: tuple[str, str]) -> Check:
    """Put down a check beside its code: name, title, what it means, and its sentences.

    In ``told`` the Chinese stands before a ``|`` and the English behind it: the first line is the
    check's name and title, what follows is what it means, then its `sentences`; ``kinds`` are
    those that several checks share, or that are made.

    A library for catalogues (gettext, Fluent) was weighed: both keep the sentences of a language
    in a file of their own, far from the check, and neither rounds a `Decimal` half up; a sentence
    here is a format string of the standard library.

    Raises
    ------
    ValueError
        If the name is taken by another check.

    Examples
    --------
    >>> check = define('''example.empty 空 | empty
    ...     有没有内容 | whether it holds a thing
    ...     nothing: {subject} 是空的。 | {subject} is empty.''')
    >>> check.finding("nothing", "fail", subject="a.shp").check
    'example.empty'
    """
    head, _, body = told.partition("\n")
    name, _, title = head.partition(" ")
    own = sentences(body)
    means = own.pop("")
    check = Check(name=name, title=_pair(title), means=means, kinds=MappingProxyType(own | kinds))
    if CHECKS.setdefault(name, check) != check:
        raise ValueError(f"the check {name} is defined twice")
    return check


def sentences(text: str) -> dict[str, tuple[str, str]]:
    """Read sentences in Chinese and English: ``kind: 句子 | sentence``, set in by four spaces.

    A line that is set in further, or begins with the ``|``, goes on with the one above. What
    begins or ends with a space stands in quotes.

    Examples
    --------
    >>> sentences('''
    ...     less: 少 {gap} | {gap} short
    ...     of: {name}的
    ...     | " of {name}"''')
    {'less': ('少 {gap}', '{gap} short'), 'of': ('{name}的', ' of {name}')}
    """
    entries: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        found = _ENTRY.match(line)
        if found:
            key = found[1] or ""
            entries[key] = found[2]
        elif line.strip():
            entries[key] += f"\n{line.strip()}"
    return {key: _pair(told) for key, told in entries.items()}


_ENTRY = re.compile(r" {4}(?:([a-z_0-9.]+): ?)?(?=[^ |])(.*)")


def _pair(told: str) -> tuple[str, str]:
    zh, en = re.split(r"\s\| ?", told, maxsplit=1)
    return _bare(zh.replace("\n", "")), _bare(en.replace("\n", " "))


def _bare(text: str) -> str:
    return text[1:-1] if text[:1] == text[-1:] == '"' else text


def findings_table(findings: Iterable[Finding] = ()) -> pd.DataFrame:
    """Lay findings out as a table, in their order.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`: text (empty where there is none), float64 (NaN where
        there is none), ``values`` (dict) and ``members`` (tuple); rows numbered from 0.

    Examples
    --------
    >>> table = findings_table([Finding(check="audit.parts", verdict="pass", kind="closes")])
    >>> table[["check", "verdict"]].values.tolist()
    [['audit.parts', 'pass']]
    """
    rows = [asdict(f) for f in findings]
    return pd.DataFrame(
        {name: _column(name, [row[name] for row in rows], len(rows)) for name in COLUMNS},
        columns=list(COLUMNS),
    )


def join_findings(*tables: pd.DataFrame) -> pd.DataFrame:
    """Stack tables of findings, in the order given, rows numbered anew.

    Raises
    ------
    InputError
        If a table does not have exactly the columns of findings.
    """
    for table in tables:
        if tuple(table.columns) != COLUMNS:
            got = "、".join(map(str, table.columns))
            raise InputError(
                f"检查结果表的列应为 {'、'.join(COLUMNS)}，实为 {got}。",
                f"Findings have the columns {', '.join(COLUMNS)}; got {got}.",
            )
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else findings_table()


def count_verdicts(findings: pd.DataFrame) -> dict[str, int]:
    """Count findings by verdict: ``{"pass": n, "fail": n, "unknown": n, "note": n}``.

    Examples
    --------
    >>> count_verdicts(findings_table())
    {'pass': 0, 'fail': 0, 'unknown': 0, 'note': 0}
    """
    counts = findings["verdict"].value_counts()
    return {verdict: int(counts.get(verdict, 0)) for verdict in VERDICTS}


def unproven(findings: pd.DataFrame) -> pd.DataFrame:
    """Turn what passed into notes: both sides come from one source, so nothing is proved.

    The sentences say so (示意，未核对); what failed stays a fault.

    Examples
    --------
    >>> table = findings_table([Finding(check="parcels.area", verdict="pass", kind="agrees")])
    >>> unproven(table)[["verdict", "values"]].values.tolist()
    [['note', {'unproven': True}]]
    """
    passed = findings["verdict"].eq("pass")
    told = [
        {**values, "unproven": True} if empty else values
        for values, empty in zip(findings["values"], passed, strict=True)
    ]
    return findings.assign(
        verdict=findings["verdict"].where(~passed, "note"),
        values=pd.Series(told, index=findings.index, dtype="object"),
    )


def follow(findings: pd.DataFrame, cause: str) -> pd.DataFrame:
    """Let what failed or is unknown, and follows from nothing yet, follow from one finding.

    Examples
    --------
    >>> table = findings_table([Finding(check="totals.grand", verdict="fail")])
    >>> follow(table, "parcels.outside")["cause"].item()
    'parcels.outside'
    """
    led = findings["verdict"].isin(["fail", "unknown"]) & findings["cause"].eq("")
    return findings.assign(cause=findings["cause"].mask(led, cause))


def per_parcel(findings: pd.DataFrame) -> pd.Series:
    """Give the parcels that each finding is about: of its subject, or of each of its members.

    Members of a total are what it was added up from, and are not told here.

    Returns
    -------
    Series
        Ids, with the index of ``findings``, where a finding about several parcels is repeated.

    Examples
    --------
    >>> pair = Finding(check="parcels.overlap", verdict="fail", subject="a / b", members=("a", "b"))
    >>> per_parcel(findings_table([pair])).tolist()
    ['a', 'b']
    """
    sums = findings["check"].str.startswith(("totals.", "audit.", "rules."))
    members = findings.loc[~sums, "members"]
    several = members[members.map(len).gt(0)].explode()
    single = findings.loc[findings["subject"].ne("") & ~findings.index.isin(several.index)]
    told = pd.concat([single["subject"], several]).astype("str")
    ids: pd.Series = told.rename("parcel_id").sort_index(kind="stable")
    return ids


def finding_key(finding: Mapping[Any, Any]) -> str:
    """Name a finding by what it is about, the same in every run: check, subject, region, use.

    Examples
    --------
    >>> finding_key(asdict(Finding(check="totals.cell", verdict="fail", region="东镇",
    ...                            category="住宅用地")))
    'totals.cell|东镇|住宅用地'
    """
    return "|".join(str(finding[name]) for name in KEY if finding[name])


def finding_keys(findings: pd.DataFrame) -> list[str]:
    """Name each of many findings by what it is about, as `finding_key` does."""
    columns = [findings[name].to_numpy(dtype=object).tolist() for name in KEY]
    return ["|".join(filter(None, row)) for row in zip(*columns, strict=True)]


def verdict_name(verdict: str, lang: Lang = "zh") -> str:
    """Name a verdict for a reader.

    Examples
    --------
    >>> verdict_name("unknown")
    '无法判定'
    """
    return say(lang, *VERDICTS[verdict])


def _many(value: Any) -> bool:
    """Whether a value is a column of values, not one value."""
    return isinstance(value, np.ndarray | pd.Series | list | pd.api.extensions.ExtensionArray)


def _plain(values: Any) -> Any:
    """Give the values as Python's own, for dicts that are written as JSON."""
    return values.tolist() if hasattr(values, "tolist") else values


def _column(name: str, given: Any, count: int) -> Any:
    """Give a column of findings its dtype; one value stands in every row."""
    if name in NUMBERS:
        numbers = list(given) if _many(given) else [given] * count
        return np.array([np.nan if n is None else n for n in numbers], dtype="float64")
    if name in OBJECTS:
        empty: Any = {} if name == "values" else ()
        each = list(given) if _many(given) else [empty if given is None else given] * count
        return pd.Series(each, dtype="object")
    if not _many(given):
        given = ["" if given is None else given] * count
    return pd.array(_plain(given), dtype="str")


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
