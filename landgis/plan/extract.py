"""A plan document → `Plan`: its targets, projects, placements and rules, each with its source.

The stages, each open to inspection: blocks (`documents`), identity (`identity`), names (`names`),
statements from sentences (`prose`) and cells (`tables`), rules (`rules`), placements, list rows
(`projects`); here they are put in order and become tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from os import PathLike
from typing import Any

from landgis.errors import InputError
from landgis.findings import Finding, findings_table
from landgis.landuse import lineage
from landgis.language import Lang, say
from landgis.plan.documents.blocks import Document, Paragraph, TableBlock
from landgis.plan.documents.read import read_blocks
from landgis.plan.identity import Identity, identify
from landgis.plan.model import COUNTS, PLAN_PROJECTS, PLAN_RULES, PLAN_TARGETS, Plan
from landgis.plan.names import Names, learn_names
from landgis.plan.placements import Placement, find_placements
from landgis.plan.projects import project_rows, region_findings
from landgis.plan.prose import Context, read_sentences
from landgis.plan.quantities import find_quantities
from landgis.plan.rules import Count, Rule, find_rules
from landgis.plan.statements import Facets, Statement, cite, is_below
from landgis.plan.tables import Item, read_table
from landgis.schema import PLACEMENTS, table_of
from landgis.units import M2_PER_UNIT, Quantity

_LEVELS = (
    re.compile(r"^第[一二三四五六七八九十]+[章节部]|^[一二三四五六七八九十]+[、.．]\s*"),
    re.compile(r"^[（(][一二三四五六七八九十\d]{1,3}[）)]\s*(?!\d)"),
    re.compile(r"^\d{1,2}[.．、]\s*(?!\d)|^[一二三四五六七八九十]+是"),
    re.compile(r"^[①-⑳]\s*"),
)
_LOOKING_BACK = re.compile(
    r"上年|上一年|去年|回顾|执行情况|完成情况|实施情况|现状|基本情况|储备|征收|收储|工作成效|存在问题|取得.*成效",
)
_PLANNED = re.compile(r"计划供应|拟供应|计划安排|计划供地|供应计划总量")
_HEADING_GLUE = re.compile(
    r"国有建设用地|建设用地|土地|供应|供地|计划|结构|布局|安排|情况|方面|年度|20\d\d|规模|总量|用地|指标|任务|分|按|区域|[的年：:。\s、（）()]",
)


@dataclass
class _Gathered:
    """What the blocks of a document say, in its order."""

    statements: list[Statement] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    tables_without_unit: list[TableBlock] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.statements or self.items or self.placements or self.rules)


def read_plan(path: str | PathLike[str], *, encoding: str | None = None, lang: Lang = "zh") -> Plan:
    r"""Read a land plan: every figure that is a target, split, share, list row, rule or goal.

    Parameters
    ----------
    path
        A document: txt, docx, pdf, html, xlsx, xls.
    encoding
        Encoding of a text file; found out if not given.
    lang
        Language of the findings.

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
    return extract_plan(read_blocks(path, encoding=encoding), lang=lang)


def extract_plan(document: Document, *, lang: Lang = "zh") -> Plan:
    """Make a plan of a document that has been read into blocks.

    Raises
    ------
    InputError
        If the document holds nothing of a plan.
    """
    identity = identify([p.text for p in document.paragraphs], [t.caption for t in document.tables])
    names = learn_names(identity.jurisdiction, identity.scope, _texts(document))
    gathered = _gather(document, identity, names)
    if gathered.is_empty:
        raise InputError(
            f"{document.name} 中没有找到供应计划的内容（面积指标、片区或宗地清单、布局、规则）；"
            "请确认它是土地供应计划或再开发方案的正文或附表，扫描件请先转为文字。",
            f"{document.name} holds nothing of a land plan (areas, lists, placements, rules); "
            "check that it is the text or annex of one, and not a scan.",
        )
    return _plan(document, identity, names, gathered, lang)


def _texts(document: Document) -> Iterator[str]:
    """Words from which regions are learned: paragraphs, and table cells as if figures followed."""
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield block.text


# --- blocks → statements ------------------------------------------------------------------


def _gather(document: Document, identity: Identity, names: Names) -> _Gathered:
    gathered = _Gathered()
    base = Context(
        names,
        identity.start.year if identity.start else None,
        identity.end.year if identity.end else None,
        _title_facets(identity.title, names),
    )
    outline: list[_Heading] = []
    note = ""
    for block in document.blocks:
        if isinstance(block, TableBlock):
            if not any(h.past for h in outline):
                _gather_table(block, base, note, gathered)
            continue
        note = block.text
        outline = _outline(outline, block.text, names)
        facets = base.facets
        for heading in outline:
            facets = heading.facets.over(facets)
        past = any(h.past for h in outline) and not _PLANNED.search(block.text)
        words = " ".join((identity.title, *(h.words for h in outline)))
        _gather_paragraph(block, replace(base, facets=facets, heading=words), past, gathered)
    return gathered


def _gather_paragraph(block: Paragraph, context: Context, past: bool, gathered: _Gathered) -> None:
    if past:
        return
    gathered.statements += read_sentences(block.text, block.place, context)
    gathered.placements += find_placements(block.text, block.place, context.names)
    rules, counts = find_rules(block.text, block.place, context)
    gathered.rules += rules
    gathered.counts += counts


def _gather_table(block: TableBlock, context: Context, note: str, gathered: _Gathered) -> None:
    reading = read_table(block, context, note=note)
    gathered.statements += reading.statements
    gathered.items += reading.items
    if reading.without_unit:
        gathered.tables_without_unit.append(block)


def _title_facets(title: str, names: Names) -> Facets:
    """Give what the whole plan is restricted to: 住宅用地供应计划."""
    uses = [m.name for m in names.find(title) if m.kind == "use"]
    return Facets(use=uses[0]) if len(uses) == 1 and "低效" not in title else Facets()


@dataclass(frozen=True)
class _Heading:
    """A heading that a paragraph stands under."""

    level: int
    words: str
    facets: Facets
    past: bool


def _outline(outline: Sequence[_Heading], text: str, names: Names) -> list[_Heading]:
    """Keep the headings that a paragraph stands under."""
    level = next((i for i, pattern in enumerate(_LEVELS) if pattern.match(text)), None)
    if level is None:
        return list(outline)
    kept = [h for h in outline if h.level < level]
    words = re.split(r"[。：:]", _LEVELS[level].sub("", text, count=1))[0]
    if len(words) > 30 or find_quantities(words):
        return kept
    past = bool(_LOOKING_BACK.search(words))
    return [*kept, _Heading(level, words, _heading_facets(words, names), past)]


def _heading_facets(words: str, names: Names) -> Facets:
    """Give what a heading restricts its section to, if it says nothing else: （一）吴兴区."""
    mentions = [m for m in names.find(words) if m.kind in ("region", "use")]
    rest = words
    for m in names.find(words):
        rest = rest.replace(words[m.start : m.end], "", 1)
    if len(mentions) != 1 or _HEADING_GLUE.sub("", rest):
        return Facets()
    (m,) = mentions
    return Facets(use=m.name) if m.kind == "use" else Facets(region=m.name, code=m.code)


# --- statements → tables --------------------------------------------------------------------


def _plan(
    document: Document, identity: Identity, names: Names, gathered: _Gathered, lang: Lang
) -> Plan:
    first, again = _merge(gathered.statements)
    above = _hierarchy(first)
    codes = {s.facets.code: s.facets.region for s in first if s.facets.code}
    targets = [_target(s, document.name, above, codes) for s in first]
    repeats = [_target(s, document.name, above, codes) for s in again]
    projects, findings = project_rows(gathered.items, names, document.name, lang=lang)
    regions = [(t["region"], t["source"]) for t in reversed(targets) if t["region"]]
    findings += region_findings(regions, names, lang=lang)
    findings += _reading_findings(document, gathered, lang)
    return Plan(
        document=document.name,
        title=identity.title,
        jurisdiction=identity.jurisdiction,
        jurisdiction_code=identity.code,
        year=identity.year,
        start=identity.start,
        end=identity.end,
        targets=table_of(targets, PLAN_TARGETS),
        projects=table_of(projects, PLAN_PROJECTS),
        placements=table_of(_placement_rows(gathered.placements, document.name), PLACEMENTS),
        rules=table_of(_rule_rows(gathered.rules, document.name), PLAN_RULES),
        repeats=table_of(repeats, PLAN_TARGETS),
        counts=table_of(_count_rows(gathered.counts, document.name), COUNTS),
        findings=findings_table(findings),
    )


def _merge(statements: Sequence[Statement]) -> tuple[list[Statement], list[Statement]]:
    """Part what is said first from what is said again; a later share or unit is not lost."""
    first: dict[tuple[str, ...], Statement] = {}
    again: list[Statement] = []
    for statement in statements:
        told = first.get(statement.facets.key)
        if told is None:
            first[statement.facets.key] = statement
            continue
        if told.list_name and not statement.list_name:  # the text goes before a list's subtotal
            told, statement = statement, told  # noqa: PLW2901 - the same pair, the other way round
        if not _agree(told, statement):
            again.append(statement)
            continue
        first[statement.facets.key] = replace(
            told,
            quantity=told.quantity or statement.quantity,
            share=told.share if told.share is not None else statement.share,
            restated=told.restated or statement.restated,
            restated_qualifier=told.restated_qualifier
            if told.restated
            else statement.restated_qualifier,
            members=told.members or statement.members,
            parent=told.parent or statement.parent,
            open_split=told.open_split and statement.open_split,
            qualifier=told.qualifier if told.quantity else statement.qualifier,
        )
        if told.quantity and statement.quantity:
            again.append(statement)
    return list(first.values()), again


def _agree(told: Statement, again: Statement) -> bool:
    """Whether two statements may be of one figure, so that each can complete the other."""
    a, b = told.quantity, again.quantity
    if a is None or b is None or "about" in (told.qualifier, again.qualifier):
        return True
    half = a.half_width * M2_PER_UNIT[a.unit] + b.half_width * M2_PER_UNIT[b.unit]
    return abs(a.area_m2 - b.area_m2) <= half


def _target(
    statement: Statement, document: str, above: dict[str, str], codes: dict[str, str]
) -> dict[str, Any]:
    facets, area = statement.facets, statement.quantity
    restated, share = statement.restated, statement.share
    return {
        "region": facets.region,
        "region_code": facets.code,
        "category": facets.category,
        "stated_category": facets.use,
        "parent_category": _parent_category(statement, above),
        "parent_region": _parent_region(statement, codes),
        "area_ha": float(area.area_ha) if area else float("nan"),
        "stated_value": float(area.value) if area else float("nan"),
        "stated_unit": area.unit if area else "",
        "stated_decimals": area.decimals if area else None,
        "share_pct": float("nan") if share is None else float(share),
        "share_decimals": None if share is None else _decimals(share),
        "land_source": facets.source,
        "supply_mode": facets.mode,
        "period": facets.period,
        "members": statement.members,
        "qualifier": _qualifier(statement.qualifier),
        "restated_value": float(restated.value) if restated else float("nan"),
        "restated_unit": restated.unit if restated else "",
        "restated_decimals": restated.decimals if restated else None,
        "restated_qualifier": _qualifier(statement.restated_qualifier),
        "list_name": statement.list_name,
        "open": "yes" if statement.open_split else "",
        "source": cite(document, statement.place, statement.words),
    }


def _qualifier(qualifier: str) -> str:
    return "" if qualifier == "exact" else qualifier


def _decimals(number: Decimal) -> int:
    return Quantity(number, "公顷").decimals


def _hierarchy(statements: Sequence[Statement]) -> dict[str, str]:
    """Give the use that each one belongs to by the hierarchy, of those that the plan names.

    It is left out where the plan lists uses of both levels as equals: where its total is the sum
    of all of them, and not that of the upper ones.
    """
    categories = dict.fromkeys(s.facets.category for s in statements)
    lines = ((c, [a for a in lineage(c)[1:] if a in categories]) for c in categories if c)
    above = {c: line[0] for c, line in lines if line}
    whole = [s for s in statements if s.quantity and not (s.facets.region or any(s.facets.key[2:]))]
    total = next((s.quantity for s in whole if not s.facets.use), None)
    uses = [s for s in whole if s.facets.use and not (s.parent and s.parent.use)]
    if total is None:
        return above

    def closes(parts: Iterable[Statement]) -> bool:
        summed = sum((s.quantity.area_m2 for s in parts if s.quantity), Fraction(0))
        return abs(summed - total.area_m2) < total.half_width * M2_PER_UNIT[total.unit]

    upper = [s for s in uses if s.facets.category not in above]
    return {} if closes(uses) and not closes(upper) else above


def _parent_category(statement: Statement, above: dict[str, str]) -> str:
    """Give the use that this one is a part of, by the document or by the uses' hierarchy."""
    own = statement.facets.category
    if statement.parent and statement.parent.category not in ("", own):
        return statement.parent.category
    return above.get(own, "")


def _parent_region(statement: Statement, codes: dict[str, str]) -> str:
    facets = statement.facets
    if statement.parent and statement.parent.region not in ("", facets.region):
        return statement.parent.region
    above = [c for c in codes if facets.code and is_below(facets.code, c)]
    return codes[max(above, key=len)] if above else ""


def _placement_rows(placements: Sequence[Placement], document: str) -> list[dict[str, Any]]:
    return [
        {"category": p.category, "regions": p.regions, "source": cite(document, p.place, p.words)}
        for p in placements
    ]


def _rule_rows(rules: Sequence[Rule], document: str) -> list[dict[str, Any]]:
    """Rows of ``rules``; one that is said twice stands once."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for r in rules:
        due = r.due.isoformat() if r.due else ""
        row = {
            "kind": r.kind,
            "subject": r.subject,
            "value": float("nan") if r.value is None else float(r.value),
            "unit": r.unit,
            "due": due,
            "category": r.facets.category,
            "region": r.facets.region,
            "land_source": r.facets.source,
            "supply_mode": r.facets.mode,
            "of": r.of,
            "decimals": None if r.value is None else _decimals(r.value),
            "qualifier": _qualifier(r.qualifier),
            "source": cite(document, r.place, r.words),
        }
        rows.setdefault((r.kind, r.subject, r.value, r.unit, due, r.of), row)
    return list(rows.values())


def _count_rows(counts: Sequence[Count], document: str) -> list[dict[str, Any]]:
    return [
        {
            "subject": c.subject,
            "value": c.value,
            "unit": c.unit,
            "source": cite(document, c.place, c.words),
        }
        for c in counts
    ]


def _reading_findings(document: Document, gathered: _Gathered, lang: Lang) -> list[Finding]:
    remarks = [
        Finding(
            check="plan.document", verdict="unknown", subject=document.name, message=say(lang, *r)
        )
        for r in document.remarks
    ]
    tables = [
        Finding(
            check="plan.unit",
            verdict="unknown",
            subject=t.caption or str(t.place),
            message=say(
                lang,
                f"表“{t.caption or t.place}”没有注明面积单位，其中的数字未采用。",
                f"The table “{t.caption or t.place}” names no unit; its figures were not taken.",
            ),
            source=cite(document.name, t.place, ""),
        )
        for t in gathered.tables_without_unit
    ]
    return [*remarks, *tables]
