"""What the title block (图廓外整饰) of a page says: source, date, CRS, areas, and the marks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from landgis.checks.totals import AREAS
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.making import made
from landgis.maps.assets import words
from landgis.maps.basemaps import Basemap
from landgis.measure import describe_crs
from landgis.results import Results

_BASES = ("sample", "schematic", "approximate")


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
    text, present = words(lang), _bases(part)
    told = [text[f"mark_{b}"] for b in _BASES if b in present]
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
    present = sorted(_bases(part) - {""})
    items = [
        (text["map_number"], part.map_number or text["map_number_open"]),
        (text["source"], " ".join(t for t in (source, plan.document) if t)),
        (text["period"], _period(part, lang)),
        (text["made_on"], made(made_on, lang)),
        (text["crs"], say(lang, "，", ", ").join([describe_crs(crs, lang), text["crs_note"]])),
        (text["basis"], _area(part, lang)),
        (text["mark_title"], _listed((text.get(f"basis_{b}", b) for b in present), lang)),
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


def _bases(part: Results) -> set[str]:
    tables = (part.parcels, part.regions, part.townships)
    return {basis for table in tables for basis in table["basis"].unique()}


def _listed(names: Iterable[str], lang: Lang) -> str:
    return say(lang, "、", ", ").join(names)


def _period(part: Results, lang: Lang) -> str:
    plan = part.plan
    if plan.start and plan.end:
        return say(lang, f"{plan.start} 至 {plan.end}", f"{plan.start} to {plan.end}")
    return say(lang, f"{plan.year} 年", str(plan.year)) if plan.year else ""
