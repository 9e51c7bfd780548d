"""The words around a map: titles, marks, and the check table that is also the legend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache

from landgis.answer import SIGNS
from landgis.balance.sheet import Balance
from landgis.checks.totals import AREAS
from landgis.findings import finding_keys
from landgis.landuse import canonical, category_name, colour, is_within
from landgis.language import Lang, made, say
from landgis.maps.assets import Basemap, words
from landgis.measure import describe_crs
from landgis.results import Results
from landgis.units import shown_number

BASES = ("sample", "schematic", "approximate")
"""What is not as surveyed, as pages mark it."""


def use_name(category: str, *, lang: Lang) -> str:
    """Name a use as a heading: with a capital in English."""
    name = category_name(category, lang)
    return name[:1].upper() + name[1:]


def subtitle(part: Results, category: str, lang: Lang) -> str:
    """Say of which place, period and use a page is."""
    place = part.plan.jurisdiction
    name = use_name(category, lang=lang) or words(lang)["overview"]
    return " · ".join(t for t in (place, _period(part, lang), name) if t)


def marks(part: Results, basemaps: Iterable[Basemap], lang: Lang) -> list[str]:
    """Say in plain words what is not as surveyed."""
    text = words(lang)
    told = [text[f"mark_{b}"] for b in BASES if b in part.bases]
    return [*told, *([text["mark_gcj02"]] if any(b.gcj02 for b in basemaps) else [])]


def title_block(
    part: Results,
    category: str,
    *,
    basemaps: Iterable[Basemap],
    made_on: date,
    lang: Lang,
) -> list[tuple[str, str]]:
    """Give headings and texts of the title block; those that say nothing are left out."""
    text, plan, crs = words(lang), part.plan, part.parcels.crs
    source = say(lang, f"《{plan.title}》" if plan.title else "", plan.title)
    items = [
        (text["map_number"], part.map_number or text["map_number_open"]),
        (text["source"], " ".join(t for t in (source, plan.document) if t)),
        (text["period"], _period(part, lang)),
        (text["made_on"], made(made_on, lang)),
        (text["crs"], say(lang, "，", ", ").join([describe_crs(crs, lang), text["crs_note"]])),
        (text["basis"], _area(part, lang)),
        (
            text["mark_title"],
            _listed((text.get(f"basis_{b}", b) for b in sorted(part.bases)), lang),
        ),
        (text["placed"], _listed(placed_regions(part, category), lang)),
        (text["basemap"], _listed((base.said(lang) for base in basemaps), lang)),
    ]
    return [item for item in items if item[1]]


def _area(part: Results, lang: Lang) -> str:
    """Say by which area land is counted."""
    land = part.balance.land
    area, measured = (say(lang, *AREAS[name]) for name in (land.area, land.measured))
    if land.area != "recorded":
        return area
    return say(
        lang,
        f"{area}；没有登记或与图形不符的按{measured}",
        f"{area}; without a record, or one that the drawing contradicts, {measured}",
    )


def placed_regions(part: Results, category: str) -> list[str]:
    """Name the regions in which the plan places a use without figures (布局)."""
    placements = part.plan.placements
    rows = placements.loc[placements["category"] == category, "regions"] if category else ()
    return list(dict.fromkeys(name for regions in rows for name in regions))


def _listed(names: Iterable[str], lang: Lang) -> str:
    return say(lang, "、", ", ").join(names)


def _period(part: Results, lang: Lang) -> str:
    plan = part.plan
    if plan.start and plan.end:
        return say(lang, f"{plan.start} 至 {plan.end}", f"{plan.start} to {plan.end}")
    return say(lang, f"{plan.year} 年", str(plan.year)) if plan.year else ""


SAFE_COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9",
    "#F0E442", "#882255", "#999933", "#44AA99", "#332288", "#DDCC77",
)  # fmt: skip
"""Colours that stay apart for the colour-blind (Okabe and Ito, Tol), in the order of use."""

_NO_COLOUR = "#888888"
counts_for = lru_cache(maxsize=1 << 18)(is_within)
"""`is_within`, remembered: a table asks it for every use and every other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendRow:
    """One row of the table; numbers are texts as shown, empty where there is none.

    Parameters
    ----------
    region, category
        As in the findings; empty means all of them.
    count
        Parcels that lie in it, wholly or partly.
    completion
        Mapped as a share of planned; None without a plan figure.
    stated, amount
        ``planned`` and ``difference`` as numbers.
    finding
        LegendRow number in ``results.findings``, or None.
    members
        Categories of parcels, as in the layer, that belong to it.
    rest
        Whether it is what the rows below a use leave over.
    """

    region: str
    category: str
    count: int
    planned: str
    mapped: str
    difference: str
    completion: float | None
    stated: float | None
    amount: float | None
    verdict: str
    finding: int | None
    members: tuple[str, ...]
    colour: str
    safe_colour: str
    rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """The rows of one page.

    Parameters
    ----------
    unit
        Unit of area of all numbers.
    decimals
        Digits after the point of mapped areas and differences; planned ones have as many as the
        plan prints.
    total
        All regions and all uses of the page.
    uses
        One row for each use, all regions.
    regions
        One row for each region, all uses of the page.
    cells
        One row for each region and use.
    """

    unit: str
    decimals: int
    total: LegendRow
    uses: tuple[LegendRow, ...]
    regions: tuple[LegendRow, ...]
    cells: tuple[LegendRow, ...]


def page_categories(results: Results) -> list[str]:
    """Give the uses (for a programme the 类别) that have a page of their own.

    Uses of the plan in its order, then those of parcels that belong to none of them. A use that
    is part of another has no page: it is a row of the other's.
    """
    targets, projects = results.plan.targets["category"], results.plan.projects["category"]
    present = [*targets, *projects, *results.parcels["category"].unique()]
    named = list(dict.fromkeys(str(c) for c in present if c))
    tops = [c for c in named if not any(c != o and counts_for(c, o) for o in named)]
    return list({canonical(c) or c: c for c in reversed(tops)}.values())[::-1]


def draw_legend(results: Results, *, category: str = "") -> Legend:
    """Lay out the check table of the overview, or of the page of one use.

    Every number is one of the balance, in the plan's one unit.
    """
    sheet = _LegendRows(results)
    below = [c for c in sheet.uses if c != category and counts_for(c, category)]
    uses = below if category == "" else [category, *below]
    balance = results.balance
    regions = list(dict.fromkeys([*balance.land.names, *balance.regions]))
    cells = [(r, c) for c in uses for r in regions]
    return Legend(
        unit=balance.unit,
        decimals=balance.decimals[balance.unit],
        total=sheet.row("", category),
        uses=tuple(_with_rest([sheet.row("", c) for c in uses], balance)),
        regions=tuple(sheet.row(r, category) for r in regions),
        cells=tuple(row for r, c in cells if (row := sheet.row(r, c)).count or row.planned),
    )


def _with_rest(rows: list[LegendRow], balance: Balance) -> Iterator[LegendRow]:
    """Say below the parts of a use what is missing to its own area, so that they add up."""
    for at, row in enumerate(rows):
        yield row
        following = rows[at + 1 :]
        whole = next((r for r in reversed(rows[: at + 1]) if _closes(r, row, following)), None)
        while whole is not None:
            inner = [r for r in rows if r is not whole and counts_for(r.category, whole.category)]
            parts = [  # those that lie in no other part
                r
                for r in inner
                if not any(o is not r and counts_for(r.category, o.category) for o in inner)
            ]
            members = tuple(m for m in whole.members if not any(m in r.members for r in parts))
            areas = [balance.line("", r.category).area_m2 for r in parts]
            left = balance.line("", whole.category).area_m2 - sum(areas, Fraction(0))
            if left and members:
                yield replace(
                    whole,
                    count=whole.count - sum(r.count for r in parts),
                    planned="",
                    mapped=shown_number(balance.shown(left)),
                    difference="",
                    completion=None,
                    stated=None,
                    amount=None,
                    verdict="",
                    finding=None,
                    members=members,
                    rest=True,
                )
            before = rows[: rows.index(whole)]
            whole = next((r for r in reversed(before) if _closes(r, row, following)), None)


def _closes(whole: LegendRow, last: LegendRow, following: list[LegendRow]) -> bool:
    """Whether a row is the last part of a use."""
    return (
        whole is not last
        and counts_for(last.category, whole.category)
        and not (following and counts_for(following[0].category, whole.category))
    )


def _nested(uses: list[str]) -> list[str]:
    """Put each use below the one that it is part of; otherwise keep the order."""
    wholes = {u: [o for o in uses if o != u and counts_for(u, o)] for u in uses}

    def path(use: str) -> list[int]:
        above = sorted(wholes[use], key=lambda o: len(wholes[o]))
        return [uses.index(o) for o in (*above, use)]

    return sorted(uses, key=path)


class _LegendRows:
    """The balance of one run as rows of the table."""

    def __init__(self, results: Results) -> None:
        self.balance = results.balance
        found = results.findings
        own = found[found["check"].str.startswith("totals.")]
        self.findings = dict(zip(finding_keys(own), own.index.tolist(), strict=True))
        self.own = results.parcels["category"].value_counts(sort=False).to_dict()
        self.values = results.parcels["category"].unique().tolist()
        self.safe = safe_colours(self.values)
        self.uses = self._uses()

    def _uses(self) -> list[str]:
        """List the uses that have a row: of the plan, then of parcels in none of them."""
        named = list(dict.fromkeys(use for _, use in self.balance.by_key if use))
        known = {canonical(c) for c in named}
        return _nested(
            named
            + [
                c
                for c in filter(None, map(str, self.values))
                if canonical(c) not in known | {""} or not any(counts_for(c, n) for n in named)
            ]
        )

    def row(self, region: str, category: str) -> LegendRow:
        line = self.balance.line(region, category)
        of = line.row
        figure = of.figure if of else None
        counts = self.balance.uses.counts
        members = tuple(
            v for v in self.values if counts(v, category, figure.members if figure else ())[0]
        )
        planned = self.balance.planned(figure) if figure else None
        area = of.least if of else line.area_m2
        mapped = None if area is None else self.balance.shown(area)
        difference = self.balance.apart(of) if of else None
        return LegendRow(
            region=region,
            category=category,
            count=line.count if region else sum(self.own[v] for v in members),
            planned=f"{SIGNS[figure.qualifier][0]}{shown_number(planned)}{'*' * figure.corrected}"
            if figure and planned is not None
            else "",
            mapped=shown_number(mapped),
            difference=shown_number(difference, signed=True),
            completion=float(mapped / planned) if planned and mapped is not None else None,
            stated=None if planned is None else float(planned),
            amount=None if difference is None else float(difference),
            verdict=of.verdict if of else "",
            finding=self.findings.get(of.key) if of else None,
            members=members,
            colour=colour(category),
            safe_colour=self.safe.get(canonical(category) or category, _NO_COLOUR),
        )


def safe_colours(values: Iterable[str]) -> dict[str, str]:
    """Give colours of uses by their place among all of a layer, apart for every eye."""
    order = dict.fromkeys(canonical(value) or value for value in values)
    return {use: SAFE_COLOURS[i % len(SAFE_COLOURS)] for i, use in enumerate(order)}
