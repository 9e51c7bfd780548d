"""The first screen of a report: the plan beside the map, region by region and use by use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from landgis.answer import SIGNS
from landgis.balance.rows import Row
from landgis.findings import finding_key, finding_keys, verdict_name
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.plan.model import Plan
from landgis.report.cells import ReportTable, lay_out
from landgis.results import Results
from landgis.units import unit_word

MOST_REGIONS, MOST_CHARACTERS = 14, 112
"""What the first screen holds as a table of regions and uses: lines, and digits in a line."""
MOST_LINES = 14
"""Lines that it holds otherwise."""
_ORDER = ("fail", "unknown", "pass", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontFigure:
    """One figure beside the map, as text, and where each of its numbers leads.

    Parameters
    ----------
    sentence, parcels, finding
        Addresses of the figure in the document, of the land on the map, of the check.
    """

    planned: str = ""
    mapped: str = ""
    difference: str = ""
    verdict: str = ""
    sentence: str = ""
    parcels: str = ""
    finding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The table of the first screen.

    Parameters
    ----------
    heads
        Uses in the columns, the total first; none where the lines stand one below the other.
    lines
        Name of the line, and its cells.
    left
        Lines that it does not hold.
    """

    heads: tuple[str, ...]
    lines: tuple[tuple[str, tuple[FrontFigure, ...]], ...]
    unit: str
    left: int = 0


def front(results: Results, *, page: str = "", listed: bool = False, lang: Lang = "zh") -> Front:
    """Lay out the table of the first screen; ``page`` is the map that numbers lead to.

    ``listed`` asks for lines one below the other.
    """
    made: Front = results.once(
        (front, page, listed, lang), lambda: _front(results, page, listed=listed, lang=lang)
    )
    return made


def _front(results: Results, page: str, *, listed: bool, lang: Lang) -> Front:
    numbers, sentences = _numbers(results), _sentences(results.plan)
    cells = {
        key: _cell(key, row, results, numbers=numbers, sentences=sentences, page=page)
        for key, row in results.balance.by_key.items()
        if row.figure.origin == "target" or not row.figure.category
    }
    regions = list(dict.fromkeys(r for r, _ in cells if r))
    uses = list(dict.fromkeys(c for _, c in cells if c))
    unit = unit_word(results.balance.unit, lang)
    total = say(lang, "合计", "total")
    across = sum(
        max(
            (len(cell.planned + cell.mapped) for (_, u), cell in cells.items() if u == use),
            default=0,
        )
        + 4
        for use in ["", *uses]
    )
    small = not listed and len(regions) <= MOST_REGIONS and across <= MOST_CHARACTERS
    if small and any(r and c for r, c in cells):
        lines = tuple(
            (region or total, tuple(cells.get((region, use), FrontFigure()) for use in ["", *uses]))
            for region in ["", *regions]
        )
        return Front(heads=(total, *(category_name(u, lang) for u in uses)), lines=lines, unit=unit)
    order = sorted(cells, key=lambda key: (key != ("", ""), _ORDER.index(cells[key].verdict)))
    named = [(say(lang, "", " ").join(filter(None, [r or (not c and total) or "",
              category_name(c, lang)])), (cells[r, c],)) for r, c in order]  # fmt: skip
    return Front(heads=(), lines=tuple(named[:MOST_LINES]), unit=unit,
                 left=max(len(named) - MOST_LINES, 0))  # fmt: skip


def _numbers(results: Results) -> Mapping[str, int]:
    """Give the finding of each figure by its key."""
    found = results.findings
    own = found[found["check"].str.startswith("totals.")]
    return dict(zip(finding_keys(own), own.index.tolist(), strict=True))


def _cell(
    key: tuple[str, str],
    row: Row,
    results: Results,
    *,
    numbers: Mapping[str, int],
    sentences: Mapping[tuple[str, ...], str],
    page: str,
) -> FrontFigure:
    figure, balance = row.figure, results.balance
    planned = balance.planned(figure)
    mapped = None if row.least is None else balance.shown(row.least)
    apart = balance.apart(row)
    name = dict(zip(("check", "subject", "region", "category"), row.name, strict=True))
    number = numbers.get(finding_key(name))
    return FrontFigure(
        planned="" if planned is None else f"{SIGNS[figure.qualifier][0]}{planned:,f}",
        mapped="" if mapped is None else f"{mapped:,f}",
        difference="" if apart is None else f"{apart:{'+' if apart else ''},f}".replace("-", "−"),
        verdict=row.verdict,
        sentence=sentences.get((figure.region, figure.category, figure.source), ""),
        parcels=on_map(page, *key) if row.parcels else "",
        finding="" if number is None else f"#f{number}",
    )


def on_map(page: str, region: str, category: str) -> str:
    """Give the address of a region and use on a map page; nothing without a page."""
    asked = {"region": region, "use": category}
    told = "&".join(f"{k}={quote(v, safe='')}" for k, v in asked.items() if v)
    return page and quote(page) + ("#" + told if told else "")


def _sentences(plan: Plan) -> dict[tuple[str, ...], str]:
    """Give the addresses of figures in the page of the document, by region, use and source."""
    if not len(plan.passages):
        return {}
    told = plan.targets[plan.targets["figure"].notna()].iloc[::-1]  # of several the first stands
    keys = zip(told["region"], told["category"], told["source"], strict=True)
    return {k: f"document.html#figure-{int(n)}" for k, n in zip(keys, told["figure"], strict=True)}


def brief_table(results: Results, *, lang: Lang = "zh") -> ReportTable:
    """Give the first lines of the comparison as a table of a document, what fails first."""
    unit = unit_word(results.balance.unit, lang)
    heads = [("区域、用途", "region, use", 26), ("计划", "planned", 13), ("图上", "mapped", 13),
             ("差值", "difference", 13), ("结论", "verdict", 13)]  # fmt: skip
    return lay_out(
        "brief",
        (f"计划与图上面积（单位：{unit}）", f"Planned and mapped area ({unit})"),
        heads,
        [
            (name, c.planned, c.mapped, c.difference, verdict_name(c.verdict, lang))
            for name, (c,) in front(results, lang=lang, listed=True).lines
        ],
        lang=lang,
        numeric=(1, 2, 3),
    )


def basis_note(results: Results, lang: Lang = "zh") -> tuple[str, ...]:
    """Say what of the project is sample, schematic or approximate; empty if nothing is.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> basis_note(results)
    ()
    """
    said = {
        "sample": ("宗地为示例数据，并非实际宗地", "the parcels are invented samples"),
        "schematic": (
            "片区图形为示意：按公布面积绘于所在乡镇，不是实际范围",
            "the areas are drawn schematically, with the stated area, in the named townships",
        ),
        "approximate": ("界线为近似，并非法定界线", "borders are approximate, not official"),
    }
    present: list[str] = []
    for table in (results.parcels, results.regions, results.townships):
        if "basis" in table:
            present += [b for b in table["basis"].unique() if b in said]
    return tuple(say(lang, *said[b]) for b in said if b in present)
