"""A plan document → `Plan`: its targets, projects, placements and rules, each with its source.

The stages, each open to inspection: blocks (`documents`), identity (`identity`), names (`names`),
headings, statements from sentences (`sentences`) and cells (`tables`), rules and placements
(`rules`), list rows (`rows`), statements made one (`rows.merge`); here they are put in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from os import PathLike
from typing import Any, NamedTuple

import pandas as pd

from landgis.errors import InputError, require
from landgis.files.whole import once
from landgis.findings import Finding, define, findings_table
from landgis.plan.accounts import Account, Read, account
from landgis.plan.columns import table_unit
from landgis.plan.corrections import NO_TARGETS, correct
from landgis.plan.documents.blocks import Document, Paragraph, TableBlock
from landgis.plan.documents.read import read_blocks
from landgis.plan.identity import Context, Heading, Identity, identify, stand_under
from landgis.plan.lexicon import words
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
    count_rows,
    got_by,
    hierarchy,
    merge,
    passage_rows,
    placement_rows,
    project_rows,
    region_findings,
    rule_rows,
    target_row,
    with_full_names,
    without_own_scope,
)
from landgis.plan.rules import Count, Placement, RuleRead, find_placements, find_rules
from landgis.plan.scope import Said, tokens
from landgis.plan.sentences import read_sentences
from landgis.plan.statements import Facets, Item, Mark, Mention, Statement, cite
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
_STANDS_FOR_ITSELF = re.compile(r"^[^。；]{0,60}单位\s*[：:][^。；]{1,12}$|[。；]$")
"""A line that gives a unit, and one with which the lines in that unit are at an end."""
_PLANS = re.compile(
    r"计划|計劃|方案|拟|擬|规划(?!和|厅|局|国土|院|委)|規劃|目标|任务|指标|清单|安排|预计|将(?:供应|出让|推出)|推介|批次|首批"
)
_RENEWAL = re.compile(
    "再开发|(?<!棚户区)(?<!旧城)(?<!城中村)改造|城市更新|整备|整治|三旧|村改|工改|清拆|拆除"
)
_SUPPLY = re.compile("供应|供地|出让|供給|供應|宅地|用地计划")
_KEPT = re.compile(
    r"(?:计划|方案)》?[^，。；]{0,6}(?:执行|完成|实施)情况的?(?:通报|报告|公告|公示|说明|总结|评估)?(?:[（(]|$)"
)
_TAKES = re.compile(
    "农用地转|转用|转为(?:国有)?建设用地|征收(?:集体)?土地|征收[^，。；]{0,20}公顷|林地|未利用地"
)
_OFFERS = re.compile("供应|供地|供给|出让|挂牌|推出|改造|更新|整备|再开发|盘活|储备|收储")
"""What land is taken for, and what is done with it once it is the city's."""
_RETROSPECT = re.compile(r"回顾|成绩单|工作总结")
_SENTENCE = re.compile("[。！？\n]")
_AREA = re.compile(r"\d\s*万?(?:公顷|亩|平方米|平方公里)")
_WILL = re.compile("计划(?!单列|供应总体)|拟|安排|预计|指标|目标|将")
_PLAN_WORDS, _REPORT_WORDS = words("evidence", "plan"), words("evidence", "report")
_COMPARES = re.compile(r"(?:(?<![占对])比(?!例|重|率)|较)[^，。；]*")
_FIRST_SENTENCES = 2
_PLANS_MOSTLY, _REPORTS = 0.7, 0.4  # of the evidence
_HEADLINES = 3
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
    evidence = weigh(document.text).share
    gathered = _gather(document, identity, names, evidence)
    done = evidence < _REPORTS and not _PLANS.search(document.text)
    done = done or _tells_of_growth(document) or _looks_back(document)
    taken = _TAKES.search(document.text) and not _OFFERS.search(document.text)
    if done or taken:
        reason = "done" if done else "not_supply"
        gathered = _Gathered(
            rules=gathered.rules,
            counts=gathered.counts,
            set_aside=dict.fromkeys(range(1, len(document.blocks) + 1), reason),
        )
    told = _told(document, gathered)
    area = any(r["unit"] in M2_PER_UNIT or r["role"] == "unknown" for r in told.account.rows)
    if gathered.is_empty and not area:
        raise InputError(
            f"{document.name} 中没有找到供应计划的内容（面积指标、片区或宗地清单、布局、规则）；"
            "请确认它是土地供应计划或再开发方案的正文或附表，扫描件请先转为文字。",
            f"{document.name} holds nothing of a land plan (areas, lists, placements, rules); "
            "check that it is the text or annex of one, and not a scan.",
        )
    return _plan(document, identity, names, gathered, told)


class Evidence(NamedTuple):
    """How much of a text plans, from 0 (a report of what was done) to 1; and by what words."""

    share: float
    plan: tuple[str, ...]
    report: tuple[str, ...]

    @property
    def reads(self) -> str:
        """What the text is read as: "plan", "report", or "either" where it is not clear."""
        reports = "report" if self.share < _REPORTS else "either"
        return "plan" if self.share >= _PLANS_MOSTLY else reports


def weigh(text: str) -> Evidence:
    """Weigh the words of a text that are evidence that it plans, or tells of what was done.

    Examples
    --------
    >>> round(weigh("今年计划供应30公顷。").share, 2), weigh("去年累计供应30公顷。").reads
    (0.88, 'report')
    """
    for_it = against = 1
    plan: dict[str, None] = {}
    report: dict[str, None] = {}
    for number, sentence in enumerate(filter(str.strip, _SENTENCE.split(text))):
        weight = 3 if number < _FIRST_SENTENCES else 1
        told = _COMPARES.sub("", sentence)
        plans, reports = (dict.fromkeys(w.findall(told)) for w in (_PLAN_WORDS, _REPORT_WORDS))
        for_it, against = for_it + weight * len(plans), against + weight * len(reports)
        plan, report = plan | plans, report | reports
    return Evidence(for_it / (for_it + against), tuple(plan), tuple(report))


def _tells_of_growth(document: Document) -> bool:
    """Whether the figures all are set against the year before, and none is said to be planned."""
    told = [s for s in _SENTENCE.split(document.text) if _AREA.search(s)]
    grown = sum(bool(re.search("同比", s)) for s in told)
    return bool(grown > 1 and not any(_WILL.search(s) for s in told))


def _looks_back(document: Document) -> bool:
    """Whether headlines say that all was done (回顾, 计划执行情况的通报) and none that it plans."""
    lines = [p.text for p in document.paragraphs[:_HEADLINES] if len(p.text) <= _MAX_HEADLINE]
    told = any(map(_RETROSPECT.search, lines)) and not any(map(_PLANS.search, lines))
    return told or bool(_KEPT.search(lines[0] if lines else ""))


def _identity(document: Document) -> Identity:
    return identify(
        [p.text for p in document.paragraphs if not p.apart], [t.caption for t in document.tables]
    )


def names_of(document: Document) -> tuple[Names, int | None]:
    """Give the names that a document is read with, and the last year of its plan."""
    identity = _identity(document)
    names = learn_names(identity.jurisdiction, identity.scope, _texts(document))
    return names, identity.spoken


def _told(document: Document, gathered: _Gathered) -> _Told:
    """Make one of the statements of a figure, and account for every number."""
    first, again = merge(without_own_scope(with_full_names(gathered.statements)))
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


def _texts(document: Document) -> Iterator[str]:
    """Words from which regions are learned: paragraphs, and table cells as if figures followed."""
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield block.text


# --- blocks → statements ------------------------------------------------------------------


def _gather(document: Document, identity: Identity, names: Names, evidence: float) -> _Gathered:
    gathered = _Gathered()
    base = Context(
        names,
        identity.start.year if identity.start else None,
        identity.end.year if identity.end else None,
        _title_facets(identity.title, names),
        heading=identity.title,
        renewal=_is_of_renewal(document, identity.title),
        spoken=identity.spoken,
        planned=_is_headed_as_plan(document, identity.title),
        plans=evidence >= _PLANS_MOSTLY,
    )
    outline: list[Heading] = []
    note = unit = ""
    plots = read_plots(document.blocks, names)
    gathered.items += plots.items
    gathered.marks += plots.marks
    for number, block in enumerate(document.blocks, 1):
        past = any(h.past for h in outline)
        if isinstance(block, TableBlock):
            if past:
                gathered.marks += aside_table(block, "heading")
            else:
                below = document.blocks[number] if number < len(document.blocks) else None
                told = isinstance(below, Paragraph) and _UNIT_BELOW.match(below.text)
                near = note if table_unit(note) or not told else told.string
                _gather_table(block, base, near, gathered)
            continue
        note = block.text
        if _STANDS_FOR_ITSELF.search(note):
            unit = table_unit(note)
        before, outline = outline, stand_under(outline, block.text, names, title=identity.title)
        turned = outline and outline[-1] not in before
        if turned or [h.facets for h in outline] != [h.facets for h in before]:
            gathered.said = Said(planned=gathered.said.planned)
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
            planned=base.planned or bool(_PLANS.search(" ".join(h.words for h in outline))),
        )
        if number in plots.lines:
            continue
        if any(h.past for h in outline) and not _PLANNED.search(block.text):
            gathered.set_aside[number] = "heading"
        else:
            _gather_paragraph(block, context, gathered)
    return gathered


def _is_headed_as_plan(document: Document, title: str) -> bool:
    """Whether a document's title or headline calls it a plan."""
    lines = [p.text for p in document.paragraphs if len(p.text) <= _MAX_HEADLINE][:_HEADLINES]
    lines = [t for t in lines if not t.endswith("。")]
    return any(map(_PLANS.search, (title, *lines)))


def _is_of_renewal(document: Document, title: str) -> bool:
    """Whether a document is a plan of renewal: by its headline, or by what it speaks of."""
    lines = [p.text for p in document.paragraphs[:_HEADLINES] if len(p.text) <= _MAX_HEADLINE]
    head = " ".join((title, *lines))
    if _RENEWAL.search(head):
        return not _SUPPLY.search(head)
    return len(_RENEWAL.findall(document.text)) > len(_SUPPLY.findall(document.text))


def _gather_paragraph(block: Paragraph, context: Context, gathered: _Gathered) -> None:
    text = _HEADLINE_GAP.sub("。", block.text) if _is_headline(block.text) else block.text
    context = replace(context, printed=context.printed or block.text)
    reading = read_sentences(text, block.place, context, said=gathered.said)
    gathered.said = reading.said
    gathered.statements += reading.statements
    gathered.marks += reading.marks
    gathered.items += reading.items
    gathered.placements += find_placements(block.text, block.place, context)
    rules, counts = find_rules(reading.text, block.place, context, untold=reading.untold)
    floors = {m.spot for m in reading.marks if m.reason == "floor_area"}
    gathered.rules += [r for r in rules if r.spot is None or r.spot not in floors]
    gathered.counts += counts


def _is_headline(text: str) -> bool:
    """Whether a line is a headline, whose halves only a space parts: 今年供地90公顷 住宅增加."""
    return len(text) <= _MAX_HEADLINE and not re.search("[。；：]", text)


def _gather_table(block: TableBlock, context: Context, note: str, gathered: _Gathered) -> None:
    reading = read_table(block, context, note=note)
    if reading.without_unit:
        again, unit = _in_unit_of_text(block, context, gathered.statements)
        if again is not None:
            reading = again
            gathered.units_taken.append((block, unit))
    gathered.statements += reading.statements
    gathered.items += reading.items
    gathered.marks += reading.marks
    if reading.without_unit:
        gathered.tables_without_unit.append(block)


def _in_unit_of_text(
    block: TableBlock, context: Context, said: Sequence[Statement]
) -> tuple[TableStated | None, str]:
    """Read a table that names no unit in that in which its figures stand in the text above."""
    told = {s.facets.key: s.quantity for s in said if s.quantity and not s.list_name}
    for unit in dict.fromkeys(q.unit for q in told.values()):
        reading = read_table(block, context, note=f"单位：{unit}")
        again = [s for s in reading.statements if s.quantity and s.facets.key in told]
        same = sum(s.quantity == told[s.facets.key] for s in again)
        if same >= _SAID_AGAIN and 2 * same > len(again):
            return reading, unit
    return None, ""


def _title_facets(title: str, names: Names) -> Facets:
    """Give what the whole plan is restricted to: 住宅用地供应计划."""
    uses = [m.name for m in names.find(title) if m.kind == "use"]
    return Facets(use=uses[0]) if len(uses) == 1 and "低效" not in title else Facets()


# --- statements → tables --------------------------------------------------------------------


def _plan(
    document: Document, identity: Identity, names: Names, gathered: _Gathered, told: _Told
) -> Plan:
    account_of = told.account
    above = hierarchy(told.first)
    codes = {s.facets.code: s.facets.region for s in told.first if s.facets.code}
    targets, repeats = (
        [target_row(s, document.name, above, codes, account=account_of) for s in statements]
        for statements in (told.first, told.again)
    )
    projects, findings = project_rows(gathered.items, names, document.name, account=account_of)
    regions = [(t["region"], t["source"]) for t in reversed(targets) if t["region"]]
    findings += region_findings(regions, names)
    findings += _reading_findings(document, gathered)
    if not targets and not projects:
        findings.append(NO_TARGETS.finding("none", "unknown", subject=document.name))
    name = document.name
    how = {row["figure"]: row["how"] for row in account_of.rows}
    return Plan(
        document=name,
        title=identity.title,
        jurisdiction=identity.jurisdiction,
        jurisdiction_code=identity.code,
        year=identity.year,
        start=identity.start,
        end=identity.end,
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
