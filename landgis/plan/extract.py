"""A plan document → `Plan`: its targets, projects, placements and rules, each with its source.

The stages, each open to inspection: blocks (`documents`), identity (`identity`), names (`names`),
headings, statements from sentences (`sentences`) and cells (`tables`), rules and placements
(`rules`), list rows (`rows`), statements made one (`rows.merge`); here they are put in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from os import PathLike
from typing import Any

import pandas as pd

from landgis.errors import InputError, require
from landgis.files.whole import once
from landgis.findings import Finding, define, findings_table
from landgis.plan.accounts import Account, Read, account
from landgis.plan.closing import close_sums
from landgis.plan.columns import read_number, table_unit
from landgis.plan.corrections import NO_TARGETS, correct
from landgis.plan.documents.blocks import Document, Paragraph, TableBlock
from landgis.plan.documents.read import read_blocks
from landgis.plan.identity import Context, Heading, Identity, identify, stand_under
from landgis.plan.model import (
    COUNTS,
    FIGURES,
    PASSAGES,
    PLAN_PROJECTS,
    PLAN_RULES,
    PLAN_TARGETS,
    Plan,
)
from landgis.plan.names import Names, learn_names
from landgis.plan.plots import read_plots
from landgis.plan.rows import (
    as_told_elsewhere,
    count_rows,
    got_by,
    hierarchy,
    merge,
    nested,
    passage_rows,
    placement_rows,
    project_rows,
    region_findings,
    rule_rows,
    target_row,
    with_full_names,
    with_main_use,
    with_one_name,
    with_one_region,
    with_uses_of_sums,
    without_own_scope,
)
from landgis.plan.rules import Count, Placement, RuleRead, find_placements, find_rules
from landgis.plan.scope import LINE_OF_NUMBERS, Said, tokens
from landgis.plan.sentences import read_sentences
from landgis.plan.statements import (
    NO_FACETS,
    Facets,
    Item,
    Mark,
    Mention,
    Standing,
    Statement,
    all_told_apart,
    cite,
)
from landgis.plan.tables import TableStated, aside_table, read_table
from landgis.schema import PLACEMENTS, Column, Table, table_of
from landgis.units import M2_PER_UNIT

EXPLAINED = Table(
    "explained",
    (
        Column("line", "text", "位置", "place"),
        Column("start", "integer", "起", "start"),
        Column("end", "integer", "止", "end"),
        Column("text", "text", "原文", "text"),
        Column("kind", "text", "词类", "kind"),
        Column("stands_for", "text", "所指", "stands for"),
        Column("role", "text", "角色", "role"),
        Column("reason", "text", "理由", "reason"),
        Column("region", "text", "区域", "region"),
        Column("category", "text", "用途", "use"),
        Column("why", "text", "依据", "why it was read so"),
        Column("figure", "integer", "数字编号", "figure no."),
    ),
)
"""A row a token: names (region, use, source, mode, period, whole), numbers (area, percent, count,
number), dates, cues (among, past, compared) and signs. Numbers carry what they were read as, with
the region and use that hold there; ``why`` is the stage or the entry of the lexicon that decided.
"""


def explain(path: str | PathLike[str], line: int, *, encoding: str | None = None) -> pd.DataFrame:
    r"""Give the tokens of a line, and what its numbers were read as.

    Parameters
    ----------
    line
        Line of a text file, or paragraph of a document without fixed lines, from 1.

    Returns
    -------
    DataFrame
        Table `EXPLAINED`, in the line's order; empty where nothing stands there.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "plan.txt"
    >>> _ = file.write_text(
    ...     "连州市2025年度土地供应计划\n供应总量30公顷，上年25公顷。", encoding="utf-8")
    >>> explain(file, 2)[["text", "kind", "role", "reason"]].values.tolist()[:2]
    [['30公顷', 'area', 'target', ''], ['，', 'comma', '', '']]
    """
    document = read_blocks(path, encoding=encoding)
    plan = extract_plan(document)
    figures = plan.figures.set_index(["line", "start"]).to_dict("index")
    return table_of(_rows(document, line, figures), EXPLAINED)


def _rows(
    document: Document, line: int, figures: dict[Any, dict[Any, Any]]
) -> Iterator[dict[str, Any]]:
    names, year = names_of(document)
    for number, block in enumerate(document.paragraphs, 1):
        if line not in (block.place.line, block.place.paragraph) and (
            block.place.line or block.place.paragraph or line != number
        ):
            continue
        for token in tokens(block.text, names, year):
            read = figures.get((str(block.place), token.start), {})
            yield {
                "line": str(block.place),
                "start": token.start,
                "end": token.end,
                "text": block.printed[token.start : token.end],
                "kind": token.what.kind if isinstance(token.what, Mention) else token.kind,
                "stands_for": token.what.name if isinstance(token.what, Mention) else "",
                **{k: read.get(k, "") for k in ("role", "reason", "region", "category", "why")},
                "figure": read.get("figure"),
            }


_PLANNED = re.compile(r"计划供应|拟供应|计划安排|计划供地|供应计划总量")


UNIT = define("""plan.unit 单位 | units
    表中的数字有没有面积单位。 | Whether the figures of a table have a unit of area.
    taken: 表“{subject}”没有注明面积单位，有数字在正文中以{unit:unit}给出，按{unit:unit}读。
    | The table “{subject}” names no unit; it is read in {unit:unit}, as the text gives its figures.
    lacking: 表“{subject}”没有注明面积单位，其中的数字未采用。
    | The table “{subject}” names no unit; its figures were not taken.""")


_SAID_AGAIN = 2  # figures of a table that the text gives with their unit
_UNIT_BELOW = re.compile(r"[（(]?(?:注\s*[：:])?[^，。\n]{0,8}单位\s*[都均]?(?:[：:]|[为是])")
_STANDS_FOR_ITSELF = re.compile(
    r"^[^。；]{0,60}(?:单位\s*[：:][^。；]{1,12}|[（(][^（()）\d]{1,5}[)）][：:])$|[。；]$"
)
"""A line that gives a unit, and one with which the lines in that unit are at an end."""
_AND = re.compile("[和及与、]")
_PLAN_IN_CELL = re.compile(r"\S{2,30}20\d\d年?度?\S{0,20}计划")
_AND_BEFORE = re.compile("计划[和及与暨、]$")
_MANY_EXTENTS = 4
_FEW_EXTENTS = 6  # figures for each in another unit
_HEADLINE_GAP = re.compile(r"(?<=[\u4e00-\u9fff])[ \u3000](?=[\u4e00-\u9fff])")
_MAX_HEADLINE = 40


@dataclass
class _Gathered:
    """What the blocks of a document say, in its order."""

    statements: list[Statement] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    rules: list[RuleRead] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    set_aside: dict[int, str] = field(default_factory=dict)
    aside: dict[Decimal, str] = field(default_factory=dict)
    tables_without_unit: list[TableBlock] = field(default_factory=list)
    units_taken: list[tuple[TableBlock, str]] = field(default_factory=list)
    said: Said = field(default_factory=Said)

    @property
    def is_empty(self) -> bool:
        return not (self.statements or self.items or self.placements or self.rules)


@dataclass(frozen=True)
class _Told:
    """The figures of a document, those said once more, and the account of all its numbers."""

    first: list[Statement]
    again: list[Statement]
    account: Account


def read_plan(
    path: str | PathLike[str],
    *,
    encoding: str | None = None,
    corrections: str | PathLike[str] | pd.DataFrame | None = None,
) -> Plan:
    r"""Read a land plan: every figure that is a target, split, share, list row, rule or goal.

    Parameters
    ----------
    path
        A document: txt, docx, pdf, html, xlsx, xls.
    encoding
        Encoding of a text file; found out if not given.
    corrections
        A workbook that a person has corrected (`landgis.plan.reading.write_reading` makes it),
        or its corrections as a table. Each is told among the findings.

    Returns
    -------
    Plan
        ``targets`` in the document's order, a figure stated twice only once (the others are in
        ``repeats``); ``findings`` tells what a reader should know of the reading.

    Raises
    ------
    InputError
        If the file cannot be read, or holds nothing of a plan.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "plan.txt"
    >>> _ = file.write_text(
    ...     "连州市2025年度土地供应计划\n2025年度全市土地供应总量为30公顷，"
    ...     "其中住宅用地20公顷、商服用地10公顷。", encoding="utf-8")
    >>> plan = read_plan(file)
    >>> plan.title, plan.targets[["category", "area_ha"]].values.tolist()
    ('连州市2025年度土地供应计划', [['', 30.0], ['住宅用地', 20.0], ['商服用地', 10.0]])
    """
    require(path, PathLike, str, name="path")
    whole = partial(read_blocks, path, encoding=encoding)
    plan: Plan = once(path, ("plan", encoding), lambda: extract_plan(whole()))
    if corrections is None:
        return plan
    if not isinstance(corrections, pd.DataFrame):
        from landgis.plan.reading import read_corrections  # noqa: PLC0415 - loads openpyxl

        corrections = read_corrections(corrections)
    return correct(plan, corrections)


def extract_plan(document: Document) -> Plan:
    """Make a plan of a document that has been read into blocks.

    Raises
    ------
    InputError
        If the document holds nothing of a plan.
    """
    identity = _identity(document)
    names = learn_names(identity.jurisdiction, identity.scope, _texts(document))
    gathered = _gather(document, identity, names)
    told = _told(document, gathered, names)
    area = any(r["unit"] in M2_PER_UNIT or r["role"] == "unknown" for r in told.account.rows)
    area = area or bool(identity.genre.reason and told.account.rows)
    if gathered.is_empty and not area:
        raise InputError(
            f"{document.name} 中没有找到供应计划的内容（面积指标、片区或宗地清单、布局、规则）；"
            "请确认它是土地供应计划或再开发方案的正文或附表，扫描件请先转为文字。",
            f"{document.name} holds nothing of a land plan (areas, lists, placements, rules); "
            "check that it is the text or annex of one, and not a scan.",
        )
    return _plan(document, identity, names, gathered, told)


def _identity(document: Document) -> Identity:
    lines = [p.text for p in document.paragraphs if not p.apart]
    if not lines:  # a register of plans, whose rows name theirs
        cells = (cell.text for t in document.tables for row in t.rows for cell in row)
        named = {text for text in cells if _PLAN_IN_CELL.fullmatch(text)}
        lines = list(named) if len(named) == 1 else []
    return identify(lines, [t.caption for t in document.tables])


def names_of(document: Document) -> tuple[Names, int | None]:
    """Give the names that a document is read with, and the last year of its plan."""
    identity = _identity(document)
    names = learn_names(identity.jurisdiction, identity.scope, _texts(document))
    return names, identity.spoken


def _told(document: Document, gathered: _Gathered, names: Names) -> _Told:
    """Make one of the statements of a figure, and account for every number."""
    _set_other_units_aside(gathered)
    _set_stocks_aside(gathered)
    _set_replaced_aside(gathered)
    ruled = {r.spot for r in gathered.rules}
    close_sums(gathered.statements, gathered.marks, document, names, ruled=ruled)
    named = with_one_region(all_told_apart(with_one_name(with_full_names(gathered.statements))))
    own = without_own_scope(named)
    first, again = merge(as_told_elsewhere(with_main_use(with_uses_of_sums(own))))
    at = {s.spot: s.facets for s in own if s.spot}
    gathered.rules = [_placed(r, at) for r in gathered.rules]
    read = Read(
        first=first,
        again=again,
        items=gathered.items,
        rules=gathered.rules,
        counts=gathered.counts,
        marks=gathered.marks,
        set_aside=gathered.set_aside,
    )
    return _Told(first, again, account(document, read))


def _placed(rule: RuleRead, told: Mapping[Standing, Facets]) -> RuleRead:
    """Give a limit the place of its figure: 老城区供应121公顷，其中住宅用地控制在48公顷以内."""
    own = told.get(rule.spot) if rule.spot and rule.unit in M2_PER_UNIT else None
    if own is None or not own.region or rule.facets.region:
        return rule
    facets = replace(rule.facets, region=own.region, code=own.code)
    return replace(rule, facets=facets, subject=f"{own.region}、{rule.subject}")


_OF_LAND = re.compile(r"用地(?:计划)?(?:供应|面积|约|共|为)*[\d.,]+\D{0,6}$")


def _set_other_units_aside(gathered: _Gathered) -> None:
    """Set aside in a plan of hectares or mu what few of its sentences give in another unit.

    Square kilometres tell how far a quarter reaches (园区规划面积12平方公里), square metres what is
    built; a lone area in mu among hectares is one plot's, or of another matter.
    """
    told = [s for s in gathered.statements if s.quantity]
    said = [s for s in told if s.why != "cell" and not s.restated]
    kinds: dict[str, list[Statement]] = {}
    for s in said:
        kinds.setdefault(s.quantity.unit.removeprefix("万") if s.quantity else "", []).append(s)
    for unit, few in kinds.items():
        metric = unit.startswith("平方")
        part = all(s.facets != NO_FACETS and s.place.line != 1 for s in few)
        rare = len(few) < _MANY_EXTENTS if metric else len(few) == 1 and part
        if rare and len(told if metric else said) > _FEW_EXTENTS * len(few):
            _leave_out(gathered, [s for s in few if not _OF_LAND.search(s.words)])


def _set_stocks_aside(gathered: _Gathered) -> None:
    """Set aside what is said to be 存量 and is more than all of its use: it is a stock."""
    told = [s for s in gathered.statements if s.quantity]
    whole = {s.facets: s.quantity.area_m2 for s in reversed(told) if s.quantity}
    more = []
    for s in told:
        outer = replace(s.facets, source="")
        limit = whole.get(outer) if s.facets.source == "存量" and not s.parent else None
        if limit and s.quantity and s.quantity.area_m2 > limit and s.why != "cell":
            more.append(s)
    _leave_out(gathered, more)


_CHANGED = 12  # letters between a figure and that which takes its place: 调整为约


def _set_replaced_aside(gathered: _Gathered) -> None:
    """Set aside what the text says further down to be changed: 公布1620亩。由1620亩调为1486亩."""
    replaced = {value for value, reason in gathered.aside.items() if reason == "replaced"}
    ends: dict[int, list[int]] = {}  # of each block, where what was replaced ends
    for mark in gathered.marks:
        if mark.reason == "replaced":
            ends.setdefault(mark.spot.block, []).append(mark.spot.end)
    told = [s for s in gathered.statements if s.quantity and s.spot] if replaced else []
    new = {
        s.facets: s
        for s in told
        if s.spot and any(0 <= s.spot.start - e <= _CHANGED for e in ends.get(s.spot.block, ()))
    }
    old = [
        s
        for s in told
        if s.facets in new
        and s is not new[s.facets]
        and s.quantity
        and s.quantity.value in replaced
    ]
    _leave_out(gathered, old, reason="replaced")


def _leave_out(
    gathered: _Gathered, others: Sequence[Statement], *, reason: str = "other_scope"
) -> None:
    left_out = set(map(id, others))  # the same objects: to compare all with all takes too long
    gathered.statements = [s for s in gathered.statements if id(s) not in left_out]
    gathered.marks += [
        Mark(spot=s.spot, role="aside", reason=reason, facets=s.facets) for s in others if s.spot
    ]


def _texts(document: Document) -> Iterator[str]:
    """Words from which regions are learned: paragraphs, and table cells as if figures followed."""
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield block.text


# --- blocks → statements ------------------------------------------------------------------


def _gather(document: Document, identity: Identity, names: Names) -> _Gathered:
    gathered, genre = _Gathered(), identity.genre
    first = identity.start.year + genre.on_plan if identity.start else None
    last = identity.end.year + genre.on_plan if identity.end else None
    base = Context(
        names,
        first,
        last,
        _title_facets(identity.title, names),
        heading=identity.title,
        genre=genre,
        spoken=identity.spoken,
        planned=genre.headed,
    )
    outline: list[Heading] = []
    note = unit = ""
    plots = read_plots(document.blocks, names)
    gathered.items += plots.items
    gathered.marks += plots.marks
    for number, block in enumerate(document.blocks, 1):
        past = any(h.past for h in outline)
        if isinstance(block, TableBlock):
            apart = genre.reason and not genre.says_plan(f"{note} {block.caption}", first)
            if past or apart:
                gathered.marks += aside_table(block, "heading" if past else genre.reason)
            else:
                below = document.blocks[number] if number < len(document.blocks) else None
                told = isinstance(below, Paragraph) and _UNIT_BELOW.match(below.text)
                near = note if table_unit(note) or not told else told.string
                _gather_table(block, base, near, gathered)
            continue
        note = block.text
        if _STANDS_FOR_ITSELF.search(note) and not LINE_OF_NUMBERS.fullmatch(note):
            unit = table_unit(note)
        before, outline = outline, stand_under(outline, block.text, names, title=identity.title)
        turned = outline and outline[-1] not in before
        if turned or [h.facets for h in outline] != [h.facets for h in before]:
            said = gathered.said
            gathered.said = Said(planned=said.planned, head=said.head, total=said.total)
        facets = base.facets
        for heading in outline:
            facets = heading.facets.over(facets)
        above = " ".join((identity.title, *(h.words for h in outline)))
        context = replace(
            base,
            facets=facets,
            heading=above,
            block=number,
            printed=block.as_printed or "",
            unit=unit,
            planned=base.planned or genre.says_plan(" ".join(h.words for h in outline), first),
        )
        if number in plots.lines:
            continue
        if any(h.past for h in outline) and not _PLANNED.search(block.text):
            gathered.set_aside[number] = "heading"
        else:
            _gather_paragraph(block, context, gathered)
    return gathered


def _gather_paragraph(block: Paragraph, context: Context, gathered: _Gathered) -> None:
    text = _HEADLINE_GAP.sub("。", block.text) if _is_headline(block) else block.text
    context = replace(context, printed=context.printed or block.text)
    reading = read_sentences(text, block.place, context, said=gathered.said)
    gathered.said = reading.said
    gathered.statements += reading.statements
    gathered.marks += reading.marks
    gathered.aside |= _set_aside(block, reading.marks)
    gathered.items += reading.items
    gathered.placements += find_placements(block.text, block.place, context)
    rules, counts = find_rules(reading.text, block.place, context, untold=reading.untold)
    if context.genre.reason == "law":  # what a law orders is no rule of one plan
        rules = []
    floors = {m.spot for m in reading.marks if m.reason == "floor_area"}
    gathered.rules += [r for r in rules if r.spot is None or r.spot not in floors]
    gathered.counts += counts


def _set_aside(block: Paragraph, marks: Sequence[Mark]) -> dict[Decimal, str]:
    """Give the areas of a paragraph that are none of the plan, and why not."""
    own = (m for m in marks if m.role == "aside" and m.spot.place == block.place)
    found = ((m.reason, read_number(block.text[m.spot.start : m.spot.end])) for m in own)
    return {number.value: reason for reason, number in found if number and number.unit}


def _is_headline(block: Paragraph) -> bool:
    """Whether a line is a headline, whose halves only a space parts: 今年供地90公顷 住宅增加."""
    signs = "[。；]" if block.place.line == 1 else "[。；：]"
    return len(block.text) <= _MAX_HEADLINE and not re.search(signs, block.text)


def _gather_table(block: TableBlock, context: Context, note: str, gathered: _Gathered) -> None:
    reading = read_table(block, context, note=note)
    if reading.without_unit:
        again, unit = _in_unit_of_text(block, context, gathered.statements, note=note)
        if again is not None:
            reading = again
            gathered.units_taken.append((block, unit))
    if reason := _why_aside(reading.statements, gathered):
        gathered.marks += aside_table(block, reason)
        return
    gathered.statements += reading.statements
    gathered.items += reading.items
    gathered.marks += reading.marks
    if reading.without_unit:
        gathered.tables_without_unit.append(block)


def _why_aside(told: Sequence[Statement], gathered: _Gathered) -> str:
    """Give the reason for which the text above sets the totals of a table aside, if it does."""
    totals = {s.quantity.value for s in told if s.quantity and not s.facets.region}
    kept = {s.quantity.value for s in gathered.statements if s.quantity}
    found = [gathered.aside[v] for v in totals if v in gathered.aside]
    all_told = len(found) >= max(_SAID_AGAIN, len(totals))
    return found[0] if all_told and not totals & kept else ""


def _in_unit_of_text(
    block: TableBlock, context: Context, said: Sequence[Statement], *, note: str
) -> tuple[TableStated | None, str]:
    """Read a table that names no unit in that in which its figures stand in the text above.

    One figure is enough where it is the total, and said just before: 共供应630亩。分园区：. Or they
    are parts of what was said of each place: its homes for sale and for rent make up its homes.
    """
    opens = re.search(r"([^\d\W]+)。[^。]*：$", note)
    told = {s.facets.key: s.quantity for s in said if s.quantity and not s.list_name}
    for unit in dict.fromkeys(q.unit for q in told.values()):
        reading = read_table(block, context, note=f"单位：{unit}")
        again = [s for s in reading.statements if s.quantity and s.facets.key in told]
        same = sum(s.quantity == told[s.facets.key] for s in again)
        before = opens and opens[1].endswith(unit)
        total = len(again) == 1 and again[0].facets == Facets() and before
        if (total and same) or (same >= _SAID_AGAIN and 2 * same > len(again)):
            return reading, unit
        if _make_up(reading.statements, said):
            return reading, unit
    return None, ""


def _make_up(parts: Sequence[Statement], said: Sequence[Statement]) -> bool:
    """Whether figures sum to what was told: of most places, or at all just before."""
    own = {s.facets.key for s in parts}
    sums: dict[str, Fraction] = {}
    for s in parts:
        if s.quantity and not (s.parent and s.parent.key in own):
            place = s.facets.key[0]
            sums[place] = sums.get(place, Fraction(0)) + s.quantity.area_m2
    told = {(s.facets.key[0], s.quantity.area_m2) for s in said if s.quantity}
    last = said[-1].quantity if said else None
    if len(parts) > 1 and last and sums == {said[-1].facets.key[0]: last.area_m2}:
        return True
    made = [(place, area) in told for place, area in sums.items() if place]
    return sum(made) > _SAID_AGAIN and 2 * sum(made) > len(made)


def _title_facets(title: str, names: Names) -> Facets:
    """Give what the whole plan is restricted to: 住宅用地供应计划."""
    uses = [m for m in names.find(title) if m.kind == "use"]
    alone = len(uses) == 1 and "低效" not in title and not _AND.match(title, uses[0].end)
    alone = alone and not _AND_BEFORE.search(title[: uses[0].start])  # 供地计划和住宅用地供应计划
    return Facets(use=uses[0].name) if alone else Facets()


# --- statements → tables --------------------------------------------------------------------


def _plan(
    document: Document,
    identity: Identity,
    names: Names,
    gathered: _Gathered,
    told: _Told,
) -> Plan:
    account_of, genre = told.account, identity.genre
    above = hierarchy(told.first)
    codes = {s.facets.code: s.facets.region for s in told.first if s.facets.code}
    targets, repeats = (
        [target_row(s, document.name, above, codes, account=account_of) for s in statements]
        for statements in (nested(told.first, above), told.again)
    )
    projects, findings = project_rows(gathered.items, names, document.name, account=account_of)
    regions = [(t["region"], t["source"]) for t in reversed(targets) if t["region"]]
    findings += region_findings(regions, names)
    findings += _reading_findings(document, gathered)
    if not targets and (genre.reason or not projects):
        kind = genre.code if genre.reason else "none"
        findings.append(NO_TARGETS.finding(kind, "unknown", subject=document.name))
    later = genre.on_plan and bool(targets)  # a report's targets are those of the next year
    start, end = (
        d and date(d.year + later, d.month, d.day) for d in (identity.start, identity.end)
    )
    name = document.name
    how = {row["figure"]: row["how"] for row in account_of.rows}
    return Plan(
        document=name,
        title=identity.title,
        jurisdiction=identity.division,
        jurisdiction_code=identity.code,
        year=identity.year and identity.year + later,
        start=start,
        end=end,
        genre=identity.genre,
        targets=got_by(table_of(targets, PLAN_TARGETS), how),
        projects=got_by(table_of(projects, PLAN_PROJECTS), how),
        placements=table_of(placement_rows(gathered.placements, name), PLACEMENTS),
        rules=got_by(table_of(rule_rows(gathered.rules, name, account_of), PLAN_RULES), how),
        repeats=got_by(table_of(repeats, PLAN_TARGETS), how),
        counts=table_of(count_rows(gathered.counts, name, account_of), COUNTS),
        figures=table_of(account_of.rows, FIGURES),
        passages=table_of(passage_rows(document), PASSAGES),
        findings=findings_table(findings),
    )


def _reading_findings(document: Document, gathered: _Gathered) -> list[Finding]:
    tables = [
        UNIT.finding(
            "lacking",
            "unknown",
            subject=t.caption or str(t.place),
            source=cite(document.name, t.place, ""),
        )
        for t in gathered.tables_without_unit
    ]
    taken = [
        UNIT.finding(
            "taken",
            "note",
            subject=t.caption or str(t.place),
            source=cite(document.name, t.place, ""),
            values={"unit": unit},
        )
        for t, unit in gathered.units_taken
    ]
    return [*document.remarks, *taken, *tables]
