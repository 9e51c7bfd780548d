"""Static map plates (图版) for print: PNG, PDF or SVG, one sheet of A4 each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pyproj
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import withStroke

from landgis.errors import InputError
from landgis.files.whole import write_whole
from landgis.landuse import category_name, colour, is_within
from landgis.language import Lang, say
from landgis.making import made, making_day
from landgis.maps.assets import words
from landgis.maps.legend import Legend, LegendRow, draw_legend, page_categories
from landgis.measure import describe_crs, gk3_epsg, zone_of
from landgis.results import Results
from landgis.schema import PARCELS, REGIONS, conform
from landgis.typefaces import plain_looks

FORMATS = ("png", "pdf", "svg")
SHEET_MM = (297.0, 210.0)
FRAME_MM = (10.0, 14.0, 199.0, 170.0)
"""Left, bottom, width and height of the map on the sheet."""
STRIP_MM = 16.0
"""Height at the foot of the map that is kept for the scale bar."""
PANEL_MM = 214.0
"""Left edge of the legend."""
DOT_MM = 1.2
"""A parcel that would be drawn smaller than this is a dot."""
MOST_ROWS = 22
_INK, _SOFT, _BORDER, _MARK = "#1c1f22", "#5b646b", "#6f7a82", "#8a4b00"
_OUTLINE = "#3d2a4d"
_BOUND = {"png": None, "pdf": {"CreationDate": None}, "svg": {"Date": None}}


def draw_plate(
    results: Results,
    path: Path | str,
    *,
    category: str | None = None,
    lang: Lang = "zh",
    made_on: date | None = None,
) -> Path:
    """Draw one plate: map, legend with areas, scale bar, north arrow, title block, 审图号.

    Parameters
    ----------
    results
        One project's tables. The areas in the legend are those of the map pages.
    path
        A file whose name ends in ``.png``, ``.pdf`` or ``.svg``; it appears whole or not at all.
    category
        A use (for a programme, a 类别) of the plan; None for the overview.
    lang
        Language of the sheet.
    made_on
        Date on the sheet; see `landgis.making.making_day`.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    InputError
        If the format is none of these, nothing has a shape, or no Chinese font is installed.

    Examples
    --------
    >>> draw_plate(None, "plate.gif")
    Traceback (most recent call last):
    landgis.errors.InputError: 图版格式应为 png、pdf、svg 之一，实为“gif”。
    """
    path = Path(path)
    kind = _format(path.suffix.lstrip("."))
    buffer = BytesIO()
    looks: Any = {**plain_looks(), "svg.hashsalt": "landgis", "svg.fonttype": "path"}
    with mpl.rc_context(looks):
        figure = _sheet(results, category or "", lang, made_on or making_day())
        figure.savefig(buffer, format=kind, dpi=200, metadata=_BOUND[kind])
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, lambda draft: draft.write_bytes(buffer.getvalue()))


def write_plates(
    results: Results,
    pages: Iterable[Path | str],
    directory: Path | str,
    *,
    formats: Sequence[str] = ("png",),
    lang: Lang = "zh",
) -> list[Path]:
    """Draw a plate beside each map page.

    Parameters
    ----------
    results
        One project's tables.
    pages
        What `write_maps` returned: the overview, then the uses in the plan's order. A plate has
        the name of its page.
    directory
        Where the plates go.
    formats
        Some of `FORMATS`.

    Raises
    ------
    InputError
        As `draw_plate`.

    Examples
    --------
    >>> write_plates(None, [], "plates", formats=["bmp"])
    Traceback (most recent call last):
    landgis.errors.InputError: 图版格式应为 png、pdf、svg 之一，实为“bmp”。
    """
    kinds = [_format(name) for name in formats]
    named = list(pages)
    if not named:
        return []
    return [
        draw_plate(
            results, Path(directory) / f"{Path(page).stem}.{kind}", category=category, lang=lang
        )
        for page, category in zip(named, ["", *page_categories(results)], strict=True)
        for kind in kinds
    ]


def _format(name: str) -> str:
    kind = name.lower()
    if kind not in FORMATS:
        raise InputError(
            f"图版格式应为 png、pdf、svg 之一，实为“{name}”。",
            f"A plate is png, pdf or svg, not “{name}”.",
        )
    return kind


# ---------------------------------------------------------------- the sheet


def _sheet(results: Results, category: str, lang: Lang, made_on: date) -> Figure:
    layers = _layers(results, category)
    figure = Figure(figsize=(SHEET_MM[0] / 25.4, SHEET_MM[1] / 25.4))
    whole = figure.add_axes((0, 0, 1, 1), xlim=(0, SHEET_MM[0]), ylim=(0, SHEET_MM[1]))
    whole.axis("off")
    left, bottom, width, height = FRAME_MM
    place = (left / SHEET_MM[0], bottom / SHEET_MM[1], width / SHEET_MM[0], height / SHEET_MM[1])
    chart = figure.add_axes(place, xticks=[], yticks=[], aspect="equal", zorder=-1)
    metres_per_mm = _frame(chart, layers)
    _draw_borders(chart, layers)
    dots = _draw_parcels(chart, layers["parcels"], DOT_MM * metres_per_mm)
    chart.set(xlabel="", ylabel="")  # geopandas names the axes
    legend = draw_legend(results, category=category)
    name = category_name(category, lang) if category else words(lang)["overview"]
    whole.text(left, 198, results.title, fontsize=15, weight="bold", color=_INK, va="center")
    plan = results.plan
    whole.text(
        left,
        189.5,
        " · ".join(filter(None, (name, plan.jurisdiction, plan.title or plan.document))),
        fontsize=9.5,
        color=_SOFT,
        va="center",
    )
    _north(whole, left + width - 10, bottom + height - 22)
    _scale_bar(whole, left + 6, bottom + 7, metres_per_mm, lang)
    end = _table(whole, legend, category, layers["parcels"], lang)
    _block(whole, results, layers, lang, made_on=made_on, top=end, dots=dots)
    return figure


def _layers(results: Results, category: str) -> Mapping[str, gpd.GeoDataFrame]:
    """Take what is drawn, in one plane coordinate system, without what has no shape."""
    parcels = conform(results.parcels, PARCELS)
    if category:
        parcels = parcels[[is_within(c, category) for c in parcels["category"]]]
    outlines = results.regions.iloc[:0] if results.outlines is None else results.outlines
    tables = {
        "parcels": parcels,
        "regions": conform(results.regions, REGIONS),
        "townships": conform(results.townships, REGIONS),
        "outlines": conform(outlines, REGIONS),
    }
    shaped = {
        name: table[~(table.geometry.isna() | table.geometry.is_empty)]
        for name, table in tables.items()
    }
    if not any(len(table) for table in shaped.values()):
        raise InputError("没有可绘制的图形。", "Nothing has a shape to be drawn.")
    crs = _plane(results.parcels.crs, shaped.values())
    return {n: t.to_crs(crs) if len(t) else t for n, t in shaped.items()}


def _plane(crs: Any, tables: Iterable[gpd.GeoDataFrame]) -> pyproj.CRS:
    """Give the parcels' own plane, or the CGCS2000 3° zone of the middle of the map."""
    own = pyproj.CRS.from_user_input(crs)
    if own.is_projected:
        return own
    bounds = np.array([table.to_crs(4490).total_bounds for table in tables if len(table)])
    middle = (bounds[:, 0].min() + bounds[:, 2].max()) / 2
    return pyproj.CRS.from_epsg(gk3_epsg(int(zone_of(middle))))


def _frame(chart: Axes, layers: Mapping[str, gpd.GeoDataFrame]) -> float:
    """Set the map's window around all that is drawn; give metres in a millimetre of paper."""
    bounds = np.array([table.total_bounds for table in layers.values() if len(table)])
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    paper = np.array(FRAME_MM[2:])
    free = paper - (0.0, STRIP_MM)  # the scale bar stands below the map
    metres = float(max(*((high - low) * 1.06 / free), 0.05))
    middle, half = (low + high) / 2 - (0.0, STRIP_MM * metres / 2), paper * metres / 2
    chart.set_xlim(middle[0] - half[0], middle[0] + half[0])
    chart.set_ylim(middle[1] - half[1], middle[1] + half[1])
    return metres


def _draw_borders(chart: Axes, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Draw townships pale, regions and outlines strong, approximate ones dashed; name regions."""
    drawn = (("townships", 0.4, "#b9c1c6"), ("regions", 1.0, _BORDER), ("outlines", 1.6, _OUTLINE))
    for name, width, tint in drawn:
        table = layers[name]
        for basis, rows in table.groupby("basis"):
            style: Any = (0, (4, 2)) if basis else "solid"
            rows.boundary.plot(ax=chart, color=tint, linewidth=width, linestyle=style, aspect=None)
    named = layers["regions"] if len(layers["regions"]) else layers["townships"]
    for label, point in zip(named["name"], named.representative_point(), strict=True):
        chart.text(
            point.x,
            point.y,
            label,
            ha="center",
            va="center",
            fontsize=8,
            color=_INK,
            zorder=5,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )


def _draw_parcels(chart: Axes, parcels: gpd.GeoDataFrame, least_m: float) -> bool:
    """Draw parcels in the colours of their uses; tell whether some are dots."""
    dots = False
    for use, rows in parcels.groupby("category", sort=False):
        tint = colour(str(use))
        west, south, east, north = rows.bounds.to_numpy().T
        small = np.maximum(east - west, north - south) < least_m
        if (~small).any():
            rows[~small].plot(
                ax=chart, color=tint, edgecolor=_INK, linewidth=0.25, aspect=None, zorder=3
            )
        if small.any():
            dots = True
            points = rows[small].representative_point()
            chart.scatter(
                points.x,
                points.y,
                s=(DOT_MM / 25.4 * 72) ** 2,
                color=tint,
                edgecolors=_INK,
                linewidths=0.25,
                zorder=4,
            )
    return dots


# ---------------------------------------------------------------- beside the map


def _table(
    sheet: Axes, legend: Legend, category: str, parcels: gpd.GeoDataFrame, lang: Lang
) -> float:
    """Write the legend: colour, use, planned and mapped area; give where it ends."""
    text = words(lang)
    right, top = SHEET_MM[0] - 8, 182.0
    unit = text["unit"].format(unit=text.get(legend.unit, legend.unit))
    sheet.text(PANEL_MM, top, say(lang, "图例", "Legend"), fontsize=10, weight="bold", color=_INK)
    heads = (say(lang, "计划", "planned"), say(lang, "图上", "mapped"))
    for at, word in zip((right - 19, right), heads, strict=True):
        sheet.text(at, top - 5, word, fontsize=7, color=_SOFT, ha="right")
    sheet.text(PANEL_MM, top - 5, unit, fontsize=7, color=_SOFT)
    drawn = set(parcels["category"])
    rows = [r for r in legend.uses if r.planned or set(r.members) & drawn]
    cut, shown = len(rows) > MOST_ROWS, rows[:MOST_ROWS]
    y = top - 10.5
    for row in [*shown, *([] if category else [legend.total])]:
        depth = sum(
            row.category != r.category and is_within(row.category, r.category) for r in rows
        )
        _legend_row(sheet, row, y, 3.0 * depth * bool(row.category), lang)
        y -= 5
    if cut:
        more = len(rows) - MOST_ROWS
        told = say(lang, f"另有 {more} 类，见地图页", f"{more} more: see the map page")
        sheet.text(PANEL_MM, y, told, fontsize=7, color=_SOFT)
        y -= 5
    return y


def _legend_row(sheet: Axes, row: LegendRow, y: float, indent: float, lang: Lang) -> None:
    right = SHEET_MM[0] - 8
    name = category_name(row.category, lang) or say(lang, "合计", "total")
    if row.category:
        sheet.add_patch(
            Rectangle(
                (PANEL_MM + indent, y - 0.4), 5, 3, facecolor=row.colour, edgecolor=_INK, lw=0.3
            )
        )
    size = 7.0 if len(name) <= (10 if lang == "zh" else 18) else 5.6
    strong = "normal" if row.category else "bold"
    sheet.text(PANEL_MM + indent + 7, y, name, fontsize=size, weight=strong, color=_INK)
    for at, number in zip((right - 19, right), (row.planned, row.mapped), strict=True):
        sheet.text(at, y, number, fontsize=6.6, weight=strong, color=_INK, ha="right")


def _block(
    sheet: Axes,
    results: Results,
    layers: Mapping[str, gpd.GeoDataFrame],
    lang: Lang,
    *,
    made_on: date,
    top: float,
    dots: bool,
) -> None:
    """Write the title block: marks first, then 审图号, coordinate system, date."""
    text = words(lang, programme=results.is_programme)
    present = {b for table in layers.values() for b in table["basis"]}
    marks = [text[f"mark_{b}"] for b in ("sample", "schematic", "approximate") if b in present]
    crs = layers["parcels"].crs if len(layers["parcels"]) else layers["regions"].crs
    said = {
        "map_number": results.map_number or text["map_number_open"],
        "crs": describe_crs(crs, lang),
        "made_on": made(made_on, lang),
    }
    notes = [f"{text[key]}{say(lang, '：', ': ')}{value}" for key, value in said.items()]
    if dots:
        notes.append(text["dots"])
    y = 14.0
    for lines, tint in ((notes[::-1], _SOFT), (marks[::-1], _MARK)):
        for line in lines:
            for part in _wrapped(line)[::-1]:
                if y < top:
                    sheet.text(PANEL_MM, y, part, fontsize=7, color=tint)
                y += 4.2
        y += 2


def _wrapped(line: str, most: int = 54) -> list[str]:
    """Break a line of ``most`` narrow characters: after a space if it has a late one."""
    parts: list[str] = []
    rest = line
    while True:
        widths = np.cumsum([2 if east_asian_width(c) in "WF" else 1 for c in rest])
        fits = int(np.searchsorted(widths, most, side="right"))
        if fits >= len(rest):
            return [*parts, rest]
        space = rest.rfind(" ", fits // 2, fits)
        at = space + 1 if space > 0 else fits
        parts.append(rest[:at].rstrip())
        rest = rest[at:]


def _north(sheet: Axes, x: float, y: float) -> None:
    sheet.add_patch(Polygon([(x, y + 13), (x - 3.4, y), (x, y + 3)], facecolor=_INK, lw=0))
    sheet.add_patch(
        Polygon([(x, y + 13), (x + 3.4, y), (x, y + 3)], facecolor="white", edgecolor=_INK, lw=0.6)
    )
    sheet.text(x, y + 14, "N", fontsize=10, weight="bold", ha="center", color=_INK)


def _scale_bar(sheet: Axes, x: float, y: float, metres_per_mm: float, lang: Lang) -> None:
    """Draw a bar of a round length, and the scale as a fraction."""
    longest = 50 * metres_per_mm
    power = 10 ** np.floor(np.log10(longest))
    length = float(max(k for k in (1, 2, 5) if k * power <= longest) * power)
    width = length / metres_per_mm
    for i in range(4):
        sheet.add_patch(
            Rectangle(
                (x + i * width / 4, y),
                width / 4,
                1.6,
                facecolor=_INK if i % 2 == 0 else "white",
                edgecolor=_INK,
                lw=0.5,
            )
        )
    kilometres = length >= 1000
    unit = say(lang, "公里", "km") if kilometres else say(lang, "米", "m")
    told = f"{length / 1000 if kilometres else length:g} {unit}"
    sheet.text(x, y + 2.6, "0", fontsize=7, ha="center", color=_INK)
    sheet.text(x + width, y + 2.6, told, fontsize=7, ha="center", color=_INK)
    fraction = f"1:{round(metres_per_mm * 1000, -2):,.0f}"
    sheet.text(x, y - 3.6, say(lang, f"约 {fraction}（A4）", f"about {fraction} (A4)"),
               fontsize=7, color=_SOFT)  # fmt: skip
