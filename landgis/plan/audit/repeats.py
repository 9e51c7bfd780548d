"""The same area said twice: in the text and an annex, or in two units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from landgis.findings import Check, define
from landgis.landuse import is_within
from landgis.plan.audit.splits import Judged, Term
from landgis.plan.audit.stated import NOT_ALL, OPENING, Spot, Stated, Text, in_unit, shown
from landgis.plan.roles import without_glue
from landgis.units import Quantity

_KINDS = {
    "agree": (
        "{name}{first}{other:unit}{converted:clause}与{second}{unit:unit}相符。",
        ("{name}: {first} {other:unit}{converted:clause} and {second} {unit:unit} agree."),
    ),
    "differ": (
        (
            "{name}{first}{other:unit}{converted:clause}与{second}{unit:unit}不符，相差"
            "{by}{unit:unit}{allowed:clause}。"
        ),
        (
            "{name}: {first} {other:unit}{converted:clause} and {second} {unit:unit} "
            "differ by {by} {unit:unit}{allowed:clause}."
        ),
    ),
    "converted": ("（合{exact}{unit:unit}）", " ({exact} {unit:unit})"),
    "allowed": (
        "，超出印出的小数位所允许的{tolerance}{unit:unit}",
        ", more than the {tolerance} {unit:unit} that their decimals leave open",
    ),
    "last": (
        "，末位相差不到1，可能由换算前后凑整引起，无法判定",
        ", less than one in the last digit, as rounding on the way would give: undecided",
    ),
    "about": (
        "，超出约数所允许的{tolerance}{unit:unit}",
        ", more than the {tolerance} {unit:unit} that approximate wording leaves open",
    ),
}
REPEAT = define(
    """audit.repeat 同一数量的两处写法 | one quantity stated twice
    同一对象、同一口径的数字前后是否一致 | whether figures of one thing in one scope agree""",
    **_KINDS,
)
UNITS = define(
    """audit.units 同一数量的两种单位 | one quantity in two units
    同一数量的两种单位换算后是否一致 | whether an area in two units is one area""",
    **_KINDS,
)

_OTHER_KIND = re.compile(
    r"平均|[年人户每]均|建筑|建面|各\s*约?\s*$|剩余|余下|累计|已(?:经)?(?:完成|供应|供地|出让|公开|挂牌|上市|推出)|超过|突破|不足|"
    r"上年|去年|往年|同期|[上前一二三四五六七八九两]批|五年|[3-9]年(?:共|内|计)|"
    r"[增减](?:加|少|幅|长)|调整前|原(?:计划|定)|预申请|储备库"
)
_MOST_ZEROS = 2
_CONVERTED = Fraction(1, 10000)
_YEAR = re.compile(r"(?:20)?\d\d(?=年)")
_TOTAL = re.compile(r"总|共|合计|计划|拟|全[市县区州旗盟]|供应|供地")
_COMMON = re.compile(
    r"[全我本各][市县区州旗盟]|[市县区]级?|确定|根据|其中|今年|表|合计|[\s\d“”\"《》]"
)
_SCOPE = re.compile(r"市区范围|市区|市本级|中心城区|主城区|城六区|县域|辖区|[各全]县|新城|开发区")


class _Wording(NamedTuple):
    """An area as it is said at one place of the document."""

    quantity: Quantity
    qualifier: str
    where: str
    term: Term

    @property
    def half_m2(self) -> Fraction:
        """Half of the last printed digit; of its zeros' place for a round 约 figure.

        Behind one or two digits (一万六千多) all of that place is open, up to a tenth.
        """
        half = self.quantity.open_m2
        if self.qualifier != "about" or self.quantity.decimals or not self.quantity.value:
            return half
        digits = str(self.quantity.value)
        zeros = len(digits) - len(digits.rstrip("0"))
        if zeros > _MOST_ZEROS:
            return min(2 * half * Fraction(10**zeros), self.quantity.area_m2 / 10)
        return half * Fraction(10**zeros)


def check_repeats(text: Text, first: Sequence[Stated], again: Sequence[Stated]) -> list[Judged]:
    """Set figures that are stated once more against their first statement.

    Only figures of one kind and scope are compared: no averages, no sums of years, nothing that
    is done or left, none of a part of the place that one of the two sentences names alone.
    """
    told = {f.key: f for f in first}
    pairs = [
        (f, other, _compared(REPEAT, f, _said(f), _said(other)))
        for other in again
        if (f := told.get(other.key)) and f.quantity and other.quantity
        if _is_one_kind(text, f, other) and not _leaves_out(text, f, other, (*first, *again))
    ]
    places = [_said_at(text, f, other) for f, other, _ in pairs]
    failing = Counter(p for p, (_, _, j) in zip(places, pairs, strict=True) if j.fails)
    told_by = Counter(places)
    return [
        judged
        for at, (f, other, judged) in zip(places, pairs, strict=True)
        if not (judged.fails and _are_apart(failing[at], told_by[at]))
        or f.corrected
        or other.corrected
    ]


def _said_at(text: Text, *pair: Stated) -> tuple[int, ...]:
    """Give the tables in which two figures stand, 0 for running text; of that the sentences."""
    spots = [f.spot for f in pair if f.spot]
    tables = tuple(s.table for s in spots)
    return tables if any(tables) else (0, *map(text.sentence, spots))


def _are_apart(differing: int, compared: int) -> bool:
    """Whether two lists or tables are of different things, since most of their figures differ."""
    return compared > 1 and 2 * differing > compared and (compared > 2 or differing == compared)


def _leaves_out(text: Text, f: Stated, again: Stated, figures: Sequence[Stated]) -> bool:
    """Whether a use is said again without one that it holds and that stands beside it.

    保障性住房302亩; later 保障性住房254亩、保障性租赁住房48亩.
    """
    if not (f.quantity and again.quantity and again.spot) or again.spot.table:
        return False
    left = f.quantity.area_m2 - again.quantity.area_m2
    sentence = text.sentence(again.spot)
    return any(
        other.quantity is not None
        and other.quantity.area_m2 == left
        and f.category in other.uses_above
        and other.spot is not None
        and not other.spot.table
        and text.sentence(other.spot) == sentence
        for other in figures
    )


def check_units(figures: Sequence[Stated]) -> list[Judged]:
    """Set the figure in the other unit against the first."""
    return [
        _compared(
            UNITS,
            f,
            _Wording(f.restated, f.restated_qualifier, f.where, ("unit", f.number)),
            _said(f),
        )
        for f in figures
        if f.quantity and f.restated
    ]


def _said(f: Stated) -> _Wording:
    if f.quantity is None:
        raise ValueError(f.where)
    return _Wording(f.quantity, f.qualifier, f.where, ("area", f.number))


def _is_one_kind(text: Text, a: Stated, b: Stated) -> bool:
    """Whether two statements are of one kind and scope, as far as their words say."""
    both = (a, b)
    if a.spot and b.spot and a.spot.table == b.spot.table != 0:
        return False  # a table says nothing twice: the second cell is of something else
    in_text = not any(f.spot and f.spot.table for f in both)
    whole = not a.region and (not a.category or in_text)
    if whole and not (a.area_m2 < 2 * b.area_m2 and b.area_m2 < 2 * a.area_m2):
        return False  # figures of which one is twice the other are of different things
    read = [f for f in both if not f.corrected]  # of the others a person said what they are of
    other = any(
        _OTHER_KIND.search(_clause(text, f)) or NOT_ALL.search(_lead(text, f)) for f in read
    )
    given = len(read) < 2
    if other or _is_part(text, a, b) or not (given or _speak_alike(text, a, b)):
        return False
    if {a.qualifier, b.qualifier} & {"at_least", "at_most"} and a.qualifier != b.qualifier:
        return False
    if given or a.region or any(f.spot and f.spot.table for f in both):
        return True
    scopes = [set(_SCOPE.findall(_scope(text, f.spot))) for f in both if f.spot]
    return len(scopes) < 2 or scopes[0] == scopes[1]


def _speak_alike(text: Text, a: Stated, b: Stated) -> bool:
    """Whether the words before both figures name one thing: 经营性用地总量 is not the total."""
    uses = {re.sub(r"用地|土地|类|普通|建设|项目", "", f.printed_use) for f in (a, b)} - {""}
    if len(uses) > 1 and a.spot != b.spot:
        return False
    told = [_subject(text, f) for f in (a, b) if f.spot and not f.spot.table]
    years = [set(_YEAR.findall(said)) for said, _ in told]
    if len(years) == 2 and years[0] and years[1] and years[0] != years[1]:
        return False
    if not all(_names(said, f) for said, f in told):
        return False
    rests = {_rest(said, f) for said, f in told}
    return len(rests | {""} if len(told) < 2 else rests) <= 1


def _subject(text: Text, f: Stated) -> tuple[str, Stated]:
    """Give the words of the clause before a figure."""
    start = text.at(f.spot)[0] if f.spot else 0
    return re.split(r"[，,；;。：:、\n（(]", text.words[max(0, start - 60) : start])[-1], f


def _names(told: str, f: Stated) -> bool:
    """Whether words name what a figure is of: its use, else its region, else a total."""
    if f.category:
        return (f.printed_use or f.category) in told or f.category in told
    return f.region[:2] in told if f.region else bool(_TOTAL.search(told))


def _rest(told: str, f: Stated) -> str:
    """Give what words say beside a figure's own names and the words of every plan."""
    for name in filter(None, (f.printed_use, f.category, f.region, f.source, f.mode, f.period)):
        told = told.replace(name, "")
    return _COMMON.sub("", without_glue(_YEAR.sub("", told)))


def _is_part(text: Text, a: Stated, b: Stated) -> bool:
    """Whether the second is a part of the first, or each of another whole.

    住宅用地100公顷。其中，甲类87公顷.
    """
    if _have_other_wholes(a, b):
        return True
    if not a.spot or not b.spot or a.spot.table or b.spot.table:
        return False
    between = text.words[text.at(a.spot)[1] : text.at(b.spot)[0]]
    near = text.sentence(b.spot) - text.sentence(a.spot) <= 1
    return near and "其中" in between


def _have_other_wholes(a: Stated, b: Stated) -> bool:
    """Whether each is a part of another whole: 新增储备 and 储备供应 each with 住宅用地."""
    wholes = {a.parent_category, b.parent_category}
    return len(wholes) > 1 and not all(
        is_within(a.category, whole, composites={}) for whole in wholes if whole
    )


def _lead(text: Text, f: Stated) -> str:
    """Give the words of the sentence before a figure, back to the figure before it."""
    if f.spot is None or f.spot.table:
        return ""
    start = text.at(f.spot)[0]
    own = text.words[max(0, start - 60) : start]
    return re.split(r"[。！？\n]|\d", own)[-1]


def _scope(text: Text, spot: Spot) -> str:
    """Give the words that may name a scope: the sentence, and what it goes on from."""
    number = text.sentence(spot)
    own = text.within(number)
    return text.within(number - 1) + own if number and OPENING.match(own) else own


def _clause(text: Text, f: Stated) -> str:
    """Give the clause of the running text in which a figure stands; nothing for a cell."""
    if f.spot is None or f.spot.table:
        return ""
    start, end = text.at(f.spot)
    before = re.split(r"[，,；;。：:\n]", text.words[max(0, start - 60) : start])[-1]
    return before + re.split(r"[，,；;。：:\n]", text.words[end : end + 20])[0]


def _compared(check: Check, f: Stated, stated: _Wording, against: _Wording) -> Judged:
    """Compare two statements of the same area, in the unit of ``stated``."""
    unit, other = stated.quantity.unit, against.quantity.unit
    difference = against.quantity.area_m2 - stated.quantity.area_m2
    tolerance = stated.half_m2 + against.half_m2
    if unit != other:  # converted from a figure with more decimals, or with 666.67
        tolerance = max(tolerance, stated.quantity.area_m2 * _CONVERTED)
    about = "about" in (stated.qualifier, against.qualifier)
    if unit == other and not about:
        finer = stated.quantity.decimals != against.quantity.decimals
        tolerance = max(stated.half_m2, against.half_m2) if finer else Fraction(0)
    agrees = abs(difference) <= tolerance
    last = not agrees and unit != other and abs(difference) <= tolerance + stated.half_m2
    exact = shown(against.quantity.area_m2, unit, max(2, stated.quantity.decimals))
    allowed = {
        "kind": "last" if last else "about" if about else "allowed",
        "tolerance": shown(tolerance, unit),
        "unit": unit,
    }
    finding = check.finding(
        "agree" if agrees else "differ",
        "pass" if agrees else "unknown" if last else "fail",
        subject=f.name["zh"],
        region=f.region,
        category=f.category,
        expected=in_unit(stated.quantity.area_m2, unit),
        actual=in_unit(against.quantity.area_m2, unit),
        difference=in_unit(difference, unit),
        tolerance=in_unit(tolerance, unit),
        unit=unit,
        values={
            "name": f.name,
            "first": str(against.quantity.value),
            "other": other,
            "second": str(stated.quantity.value),
            "by": shown(abs(difference), unit),
            "converted": {"kind": "converted", "exact": exact, "unit": unit}
            if other != unit
            else None,
            "allowed": allowed if tolerance and not agrees else None,
        },
        source=f.where if stated.where == against.where else f"{stated.where}；{against.where}",
    )
    terms: dict[Term, Fraction | None] = {against.term: difference, stated.term: -difference}
    return Judged(finding, terms, exact=agrees and not tolerance)
