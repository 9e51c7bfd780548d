"""Lists proved by their sums: figures that no words claim, and that make up one that is the plan's.

甲区辖内2684.29亩、开发区辖内1377.82亩 after a figure of 4062.11亩 are its parts, whatever the words
between are: two numbers do not make up a third to the last of many digits by chance. What follows
a list may in turn be the parts of its members.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from landgis.plan.documents.blocks import Document, Paragraph
from landgis.plan.names import Names
from landgis.plan.quantities import Measure, find_quantities
from landgis.plan.roles import EDGES, is_place_like, is_use_like, label_of
from landgis.plan.statements import (
    Facets,
    Mark,
    Mention,
    Standing,
    Statement,
    excerpt,
    facets_together,
)
from landgis.units import M2_PER_UNIT

_OPEN = frozenset({"no_name", "not_planned", "part_of_aside"})
_AMONG = re.compile(r"其中|包括|包含|含|分别|由|分为")
_BREAK = re.compile(r"[，。；：、\n]|其中|包括|和|及|与")
_PLACE = re.compile(
    r"[\u4e00-\u9fff]{1,8}?(?:[区县市镇乡旗州域]|街道|板块|组团|园区|新城)(?![区域])"
)
_WORDS = re.compile(r"[\u4e00-\u9fffA-Za-z“”·-]{2,14}(?=的|$)")
_INSIDE = re.compile(r"(?:范围|辖区?|界)内.*$")
_STOP = re.compile(r"[。！？]")
_PIECE = Fraction(1, 3 * 10**20)  # parts 亩 and any printed decimal
_PROOF = 300  # the largest part in units of the last printed digit: 2.5 digits
_WINDOW = 2  # paragraphs after the one of the whole
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class _Area:
    """An area in running text: where it stands, what it is, and what has been made of it.

    Its size and that of its last printed digit are whole numbers of `_PIECE` m².
    """

    block: int
    text: str
    printed: str
    measure: Measure
    spot: Standing
    since: int
    told: Statement | None
    mark: Mark | None
    size: int
    grain: int


def close_sums(
    document: Document, statements: Sequence[Statement], marks: Sequence[Mark], names: Names
) -> list[Statement]:
    """Give the statements with the parts that a sum proves, each behind its whole.

    Parameters
    ----------
    statements, marks
        What the words of the document were read as; the marks that are not understood, or hang on
        such a one, may be parts.
    names
        The names that parts may have; one that is not known is taken as it stands.
    """
    areas = list(_areas(document, statements, marks))
    done = list(statements)
    stated = {a.size: a.told for a in reversed(areas) if a.told}
    heads = [i for i, a in enumerate(areas) if a.size in stated]
    while heads:
        at = heads.pop(0)
        whole = areas[at].told or stated.get(areas[at].size)
        run = _parts_of(areas, at, whole) if whole else range(0)
        if not run or whole is None:
            continue
        parts = _state(areas, run, whole, names)
        if parts is None:
            continue
        where = next(i for i, s in enumerate(done) if s is whole) + 1
        for i, part in parts:
            told = areas[i].told
            if told is None:
                done.insert(where, part)
                where += 1
                heads.append(i)
            else:
                done = [part if s is told else s for s in done]
            areas[i] = replace(areas[i], told=part, mark=None)
    return done


def _areas(
    document: Document, statements: Sequence[Statement], marks: Sequence[Mark]
) -> Iterator[_Area]:
    """Give the areas that are figures of the plan or may be, in the document's order."""
    told = {(s.spot.block, s.spot.start): s for s in statements if s.spot and s.quantity}
    free = {(m.spot.block, m.spot.start): m for m in marks if m.reason in _OPEN}
    for block, paragraph in enumerate(document.blocks, 1):
        if not isinstance(paragraph, Paragraph):
            continue
        end = 0
        for m in find_quantities(paragraph.text):
            if m.kind == "area" and m.range_end is None:
                key = (block, m.start)
                spot = Standing(block, paragraph.place, m.start, m.end)
                if key in told or key in free:
                    scale = M2_PER_UNIT[m.unit] / _PIECE
                    yield _Area(
                        block, paragraph.text, paragraph.printed, m, spot, end,
                        told.get(key), free.get(key),
                        int(Fraction(m.value) * scale), int(scale / 10**m.decimals) or 1,
                    )  # fmt: skip
            end = m.end


def _parts_of(areas: Sequence[_Area], at: int, told: Statement) -> range:
    """Give the figures that make up the one at ``at``; none where none do."""
    whole = areas[at]
    for run in _runs(areas, at):
        total = sum(areas[i].size for i in run)
        if abs(total - whole.size) * 2 <= whole.grain and _is_proof(areas, told, run, at):
            return run
    return range(0)


def _runs(areas: Sequence[_Area], at: int) -> Iterator[range]:
    """Give what may be a list with its total at ``at``: right before it, or in a sentence after."""
    for start in range(at - 2, max(-1, at - _LONGEST), -1):
        if any(_stops_between(*areas[i : i + 2]) for i in (start, start + 1)):
            break
        yield range(start, at)
    for start in range(at + 1, min(len(areas), at + _LONGEST)):
        if areas[start].block > areas[at].block + _WINDOW:
            break
        total = areas[start].size
        if not _begins(areas, at, start):
            continue
        for end in range(start + 1, min(len(areas), start + _LONGEST)):
            total += areas[end].size
            if (
                _stops_between(areas[end - 1], areas[end])
                or total > areas[at].size + areas[at].grain
            ):
                break
            yield range(start, end + 1)


def _begins(areas: Sequence[_Area], at: int, start: int) -> bool:
    """Whether a list may begin with a figure: behind its whole, or first in its sentence."""
    area = areas[start]
    return (
        start == at + 1
        or _stops_between(areas[start - 1], area)
        or bool(_AMONG.search(area.text, area.since, area.measure.start))
    )


def _stops_between(before: _Area, area: _Area) -> bool:
    if before.block != area.block:
        return True
    return bool(_STOP.search(area.text, before.measure.end, area.measure.start))


def _is_proof(areas: Sequence[_Area], whole: Statement, run: range, at: int) -> bool:
    """Whether figures make up another by more than chance, and some of them are not understood."""
    parts = [areas[i] for i in run]
    if all(p.told and not _lacks_use(p.told, whole) for p in parts):
        return False
    if any(p.told and p.told.parent not in (None, whole.facets) for p in parts):
        return False
    digits = max(p.size for p in parts) // min(p.grain for p in parts)
    among = _AMONG.search(parts[0].text, parts[0].since, parts[0].measure.start)
    return digits >= _PROOF or (run.start == at + 1 and among is not None)


def _lacks_use(part: Statement, whole: Statement) -> bool:
    """Whether a region's figure was read as for all uses, where its whole is that of one use."""
    ours, of = part.facets, whole.facets
    return bool(ours.region and of.use) and not (ours.use or of.region or part.parent)


def _state(
    areas: Sequence[_Area], run: range, whole: Statement, names: Names
) -> list[tuple[int, Statement]] | None:
    """Make each part a figure of its own name; None where they cannot be told from each other."""
    made: list[tuple[int, Statement]] = []
    key = f"{areas[run.start].spot.place}:{areas[run.start].measure.start}:sum"
    for i in run:
        area = areas[i]
        if area.told:
            lacks = _lacks_use(area.told, whole)
            facets = area.told.facets.over(whole.facets) if lacks else area.told.facets
            made.append((i, replace(area.told, facets=facets)))
            continue
        own = _named(area, names, whole.facets)
        if own == Facets():
            return None
        measure = area.measure
        made.append(
            (
                i,
                Statement(
                    facets=own.over(whole.facets),
                    quantity=measure.area,
                    place=area.spot.place,
                    words=excerpt(area.printed, area.since, measure.end).lstrip("，。；、 "),
                    qualifier=measure.qualifier,
                    parent=whole.facets,
                    group=key,
                    spot=area.spot,
                    why="closes",
                ),
            )
        )
    apart = {part.facets.key for _, part in made} | {whole.facets.key}
    return made if len(apart) == len(made) + 1 else None


def _named(area: _Area, names: Names, whole: Facets) -> Facets:
    """Give what stands before a figure as its name: known ones, else the words as they are."""
    before = area.text[area.since : area.measure.start]
    before = before[max((m.end() for m in _STOP.finditer(before)), default=0) :]
    found = [m for m in names.find(before) if m.kind in ("region", "use", "source", "mode")]
    own = facets_together(_with_each(m, before) for m in found)
    if own.over(whole).key != whole.key:
        return own
    for m in found:
        before = before[: m.start] + " " * (m.end - m.start) + before[m.end :]
    last = EDGES.sub("", _BREAK.split(before.rstrip("，、（( "))[-1])
    place = _PLACE.match(last)
    label = label_of(_INSIDE.sub("", last)) or (place or _WORDS.match(last) or ("",))[0]
    region = is_place_like(label) and not is_use_like(label)
    return Facets(region=label) if region else Facets(use=label)


def _with_each(name: Mention, text: str) -> Mention:
    """Leave 各 before a name that stands for several: 各市区."""
    each = "各" in text[max(0, name.start - 1) : name.start + 1]
    return replace(name, name=f"各{name.name}", code="") if each else name
