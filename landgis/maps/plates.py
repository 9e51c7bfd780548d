"""Static map plates (图版) for print: PNG, PDF or SVG, one sheet of A4 or A3 each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from unicodedata import east_asian_width

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pyproj
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import withStroke

from landgis.answer import answer
from landgis.errors import InputError
from landgis.files.machine import plain_looks
from landgis.files.whole import write_whole
from landgis.findings import per_parcel
from landgis.landuse import category_name, colour, is_within
from landgis.language import Lang, made, making_day, say
from landgis.maps.assets import words
from landgis.maps.legend import BASES, Legend, LegendRow, draw_legend, page_categories
from landgis.measure import describe_crs, gk3_epsg, zone_of
from landgis.results import Results
from landgis.schema import PARCELS, REGIONS, conform, shaped

FORMATS = ("png", "pdf", "svg")
Sheet = Literal["A4", "A3"]


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet, lying across: the map on the left, the panel of words on the right."""

    name: str
    width: float
    height: float

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """Left, bottom, width and height of the map, in millimetres."""
        return (10.0, 14.0, self.width - 98, self.height - 40)

    @property
    def panel(self) -> float:
        """Left edge of the panel."""
        return self.width - 83

    @property
    def right(self) -> float:
        """Right edge of the panel."""
        return self.width - 8


PAPERS = {"A4": Paper("A4", 297.0, 210.0), "A3": Paper("A3", 420.0, 297.0)}
STRIP_MM = 16.0
"""Height at the foot of the map that is kept for the scale bar."""
DOT_MM = 1.2
"""A parcel that would be drawn smaller than this is a dot."""
ROW_MM, LEAST_ROW_MM = 5.0, 3.4
"""Height of a row of the table, and how far rows may close up to stand all on one sheet."""
INK, SOFT, _BORDER, MARK = "#1c1f22", "#5b646b", "#6f7a82", "#8a4b00"
WRONG = "#b3261e"
_SIGNS = {"pass": ("✓", "#0b6e4f"), "fail": ("✗", WRONG), "unknown": ("?", "#6b5b00")}
_OUTLINE = "#3d2a4d"
_BOUND = {"png": None, "pdf": {"CreationDate": None}, "svg": {"Date": None}}


def draw_plate(
    results: Results,
    path: Path | str,
    *,
    category: str | None = None,
    sheet: Sheet = "A4",
    lang: Lang = "zh",
    made_on: date | None = None,
) -> Path:
    """Draw one plate: map, table of uses and regions with verdicts, scale bar, title block.

    Parcels that a check fails are outlined in red.

    Parameters
    ----------
    results
        One project's tables. The areas in the legend are those of the map pages.
    path
        A file whose name ends in ``.png``, ``.pdf`` or ``.svg``; it appears whole or not at all.
    category
        A use (for a programme, a 类别) of the plan; None for the overview.
    sheet
        A4 or A3, lying across; lettering is of one size on both, the map larger.

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
    with mpl.rc_context(looks()):
        figure = _sheet(results, category or "", PAPERS[sheet], lang, made_on or making_day())
        figure.savefig(buffer, format=kind, dpi=200, metadata=_BOUND[kind])
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, lambda draft: draft.write_bytes(buffer.getvalue()))


def looks() -> Any:
    """Give matplotlib's settings for sheets: Chinese text, the same file for the same input."""
    return {**plain_looks(), "svg.hashsalt": "landgis", "svg.fonttype": "path"}


def write_plates(
    results: Results,
    pages: Iterable[Path | str],
    directory: Path | str,
    *,
    formats: Sequence[str] = ("png",),
    sheet: Sheet = "A4",
    lang: Lang = "zh",
) -> list[Path]:
    """Draw a plate beside each map page.

    Parameters
    ----------
    pages
        What `write_maps` returned: the overview, then the uses in the plan's order. A plate has
        the name of its page.

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
    folder, options = Path(directory), {"sheet": sheet, "lang": lang}
    return [
        draw_plate(results, folder / f"{Path(page).stem}.{kind}", category=category, **options)  # type: ignore[arg-type]
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


def _sheet(results: Results, category: str, paper: Paper, lang: Lang, made_on: date) -> Figure:
    layers = plane_layers(results, category)
    figure, whole, chart = blank_sheet(paper)
    bounds = np.array([table.total_bounds for table in layers.values() if len(table)])
    metres = frame_map(chart, paper, bounds)
    draw_borders(chart, layers)
    name_regions(chart, layers["regions"] if len(layers["regions"]) else layers["townships"])
    dots = _draw_parcels(chart, layers["parcels"], DOT_MM * metres)
    failing = set(per_parcel(results.findings[results.findings["verdict"] == "fail"]))
    wrong = layers["parcels"][layers["parcels"]["parcel_id"].isin(failing)]
    if len(wrong):
        around = wrong.buffer(0.8 * metres).boundary
        around.plot(ax=chart, color=WRONG, linewidth=0.9, aspect=None, zorder=6)
    chart.set(xlabel="", ylabel="")  # geopandas names the axes
    legend = draw_legend(results, category=category)
    name = category_name(category, lang) if category else words(lang)["overview"]
    head_sheet(whole, paper, results, name)
    draw_north(whole, paper)
    draw_scale_bar(whole, paper, metres, lang)
    notes = [*([words(lang, programme=results.is_programme)["dots"]] if dots else [])]
    if len(wrong):
        notes.insert(0, say(lang, "红圈：有检查不通过的地块", "Red: a check of the parcel fails"))
    foot = draw_block(whole, paper, results, layers, lang, made_on=made_on, notes=notes)
    if not category:
        foot = write_lines(whole, paper, [answer(results, lang=lang).headline], foot, INK)
    _table(whole, paper, legend, set(layers["parcels"]["category"]), lang=lang, foot=foot)
    return figure


def blank_sheet(paper: Paper) -> tuple[Figure, Axes, Axes]:
    """Give a sheet, its axes in millimetres, and the axes of its map."""
    figure = Figure(figsize=(paper.width / 25.4, paper.height / 25.4))
    whole = figure.add_axes((0, 0, 1, 1), xlim=(0, paper.width), ylim=(0, paper.height))
    whole.axis("off")
    left, bottom, width, height = paper.frame
    w, h = paper.width, paper.height
    frame = (left / w, bottom / h, width / w, height / h)
    return figure, whole, figure.add_axes(frame, xticks=[], yticks=[], aspect="equal", zorder=-1)


def head_sheet(sheet: Axes, paper: Paper, results: Results, name: str) -> None:
    """Write the title, and below what the sheet shows of which plan."""
    left, plan = paper.frame[0], results.plan
    top = paper.height - 12
    sheet.text(left, top, results.title, fontsize=15, weight="bold", color=INK, va="center")
    below = " · ".join(filter(None, (name, plan.jurisdiction, plan.title or plan.document)))
    sheet.text(left, top - 8.5, below, fontsize=9.5, color=SOFT, va="center")


def plane_layers(results: Results, category: str) -> Mapping[str, gpd.GeoDataFrame]:
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
    drawn = {name: shaped(table) for name, table in tables.items()}
    if not any(len(table) for table in drawn.values()):
        raise InputError("没有可绘制的图形。", "Nothing has a shape to be drawn.")
    crs = _plane(results.parcels.crs, drawn.values())
    return {n: t.to_crs(crs) if len(t) else t for n, t in drawn.items()}


def _plane(crs: Any, tables: Iterable[gpd.GeoDataFrame]) -> pyproj.CRS:
    """Give the parcels' own plane, or the CGCS2000 3° zone of the middle of the map."""
    own = pyproj.CRS.from_user_input(crs)
    if own.is_projected:
        return own
    bounds = np.array([table.to_crs(4490).total_bounds for table in tables if len(table)])
    middle = (bounds[:, 0].min() + bounds[:, 2].max()) / 2
    return pyproj.CRS.from_epsg(gk3_epsg(int(zone_of(middle))))


def frame_map(chart: Axes, paper: Paper, bounds: Any, *, round_scale: bool = False) -> float:
    """Set the map's window around boxes; give metres in a millimetre of paper."""
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    size = np.array(paper.frame[2:])
    free = size - (0.0, STRIP_MM)  # the scale bar stands below the map
    metres = float(max(*((high - low) * (1.3 if round_scale else 1.06) / free), 0.05))
    if round_scale:
        power = 10 ** np.floor(np.log10(metres))
        metres = float(
            min(k for k in (1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10) if k * power >= metres) * power
        )
    middle, half = (low + high) / 2 - (0.0, STRIP_MM * metres / 2), size * metres / 2
    chart.set_xlim(middle[0] - half[0], middle[0] + half[0])
    chart.set_ylim(middle[1] - half[1], middle[1] + half[1])
    return metres


def draw_borders(chart: Axes, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Draw townships pale, regions and outlines strong, approximate ones dashed."""
    drawn = (("townships", 0.4, "#b9c1c6"), ("regions", 1.0, _BORDER), ("outlines", 1.6, _OUTLINE))
    for name, width, tint in drawn:
        for basis, rows in layers[name].groupby("basis"):
            style: Any = (0, (4, 2)) if basis else "solid"
            rows.boundary.plot(ax=chart, color=tint, linewidth=width, linestyle=style, aspect=None)


def name_regions(chart: Axes, named: gpd.GeoDataFrame) -> None:
    """Write the names of regions on the map."""
    for label, point in zip(named["name"], named.representative_point().to_numpy(), strict=True):
        on_map(chart, (point.x, point.y), label, size=8)


def on_map(chart: Axes, at: tuple[float, float], text: str, *, size: float, **more: Any) -> None:
    """Write on the map, with a white edge around the letters."""
    edge = [withStroke(linewidth=2, foreground="white")]
    looks = {"color": INK, "ha": "center", "va": "center", "zorder": 7, "clip_on": True, **more}
    chart.text(*at, text, fontsize=size, path_effects=edge, **looks)


def _draw_parcels(chart: Axes, parcels: gpd.GeoDataFrame, least_m: float) -> bool:
    """Draw parcels in the colours of their uses; tell whether some are dots."""
    dots = False
    for use, rows in parcels.groupby("category", sort=False):
        tint = colour(str(use))
        west, south, east, north = rows.bounds.to_numpy().T
        small = np.maximum(east - west, north - south) < least_m
        if (~small).any():
            rows[~small].plot(
                ax=chart, color=tint, edgecolor=INK, linewidth=0.25, aspect=None, zorder=3
            )
        if small.any():
            dots = True
            points = rows[small].representative_point()
            chart.scatter(
                points.x,
                points.y,
                s=(DOT_MM / 25.4 * 72) ** 2,
                color=tint,
                edgecolors=INK,
                linewidths=0.25,
                zorder=4,
            )
    return dots


# ---------------------------------------------------------------- beside the map


def _table(
    sheet: Axes, paper: Paper, legend: Legend, drawn: set[str], *, lang: Lang, foot: float
) -> None:
    """Write the total, uses and regions: colour, planned and mapped area, verdict."""
    text = words(lang)
    right, top = paper.right, paper.height - 28
    unit = text["unit"].format(unit=text.get(legend.unit, legend.unit))
    sheet.text(paper.panel, top, text["table_title"], fontsize=10, weight="bold", color=INK)
    for at, word in ((right - 24, text["planned"]), (right - 5, text["mapped"])):
        sheet.text(at, top - 5, word, fontsize=7, color=SOFT, ha="right")
    sheet.text(paper.panel, top - 5, unit, fontsize=7, color=SOFT)
    uses = [r for r in legend.uses if r.planned or set(r.members) & drawn]
    regions = [r for r in legend.regions if r.planned or r.count]
    rows = [legend.total, *uses, *regions]
    y = top - 10.5
    step = min(ROW_MM, max(LEAST_ROW_MM, (y - foot) / len(rows)))
    most = int((y - foot) / step + 1e-9)
    for row in rows if len(rows) <= most else rows[: most - 1]:
        depth = row.rest + sum(
            row.category != r.category and is_within(row.category, r.category)
            for r in uses
            if not r.rest
        )
        inset = 3.0 * depth * bool(row.category and not row.region)
        total = say(lang, "合计", "total") if row is legend.total else ""
        name = total or row.region or category_name(row.category, lang)
        name = words(lang)["rest"] if row.rest else name
        _legend_row(sheet, row, name, (paper.panel + inset, y, paper.right), bold=bool(total))
        y -= step
    if len(rows) > most:
        more = len(rows) - most + 1
        told = say(lang, f"另有 {more} 行，见地图页", f"{more} more rows: see the map page")
        sheet.text(paper.panel, y, told, fontsize=7, color=SOFT)


def _legend_row(
    sheet: Axes, row: LegendRow, name: str, at: tuple[float, float, float], *, bold: bool
) -> None:
    left, y, right = at
    if row.category and not row.region and not bold:
        sheet.add_patch(
            Rectangle((left, y - 0.4), 5, 3, facecolor=row.colour, edgecolor=INK, lw=0.3)
        )
        left += 7
    size = 7.0 if sum(1 + (c > "⺀") for c in name) <= 18 else 5.4
    strong = "bold" if bold else "normal"
    sheet.text(left, y, name, fontsize=size, weight=strong, color=INK)
    for edge, number in ((right - 24, row.planned), (right - 5, row.mapped)):
        sheet.text(edge, y, number, fontsize=6.6, weight=strong, color=INK, ha="right")
    draw_sign(sheet, right, y, row.verdict)


def draw_sign(sheet: Axes, x: float, y: float, verdict: str) -> None:
    """Write the mark of a verdict; Chinese typefaces lack some of them, DejaVu has them all."""
    if verdict in _SIGNS:
        sign, tint = _SIGNS[verdict]
        sheet.text(x, y, sign, fontsize=7.5, color=tint, ha="right", fontfamily="DejaVu Sans")


def draw_block(
    sheet: Axes,
    paper: Paper,
    results: Results,
    layers: Mapping[str, gpd.GeoDataFrame],
    lang: Lang,
    *,
    made_on: date,
    notes: Sequence[str] = (),
) -> float:
    """Write the title block at the foot of the panel: marks, notes, 审图号; give where it ends."""
    text = words(lang, programme=results.is_programme)
    present = {b for table in layers.values() for b in table["basis"]}
    marks = [text[f"mark_{b}"] for b in BASES if b in present]
    crs = next(table.crs for table in layers.values() if len(table))
    said = {
        "map_number": results.map_number or text["map_number_open"],
        "crs": describe_crs(crs, lang),
        "made_on": made(made_on, lang),
    }
    about = [f"{text[key]}{say(lang, '：', ': ')}{value}" for key, value in said.items()]
    y = write_lines(sheet, paper, [*about, *notes], 14.0, SOFT)
    return write_lines(sheet, paper, marks, y, MARK)


def write_lines(sheet: Axes, paper: Paper, lines: Sequence[str], y: float, tint: str) -> float:
    """Write lines into the panel, the last one at ``y``; give where the next ones end."""
    for line in lines[::-1]:
        for part in wrapped(line)[::-1]:
            sheet.text(paper.panel, y, part, fontsize=7, color=tint)
            y += 4.2
    return y + 2 if lines else y


def wrapped(line: str) -> list[str]:
    """Break a line of 54 narrow characters: after a space if it has a late one."""
    parts: list[str] = []
    rest = line
    while True:
        widths = np.cumsum([2 if east_asian_width(c) in "WF" else 1 for c in rest])
        fits = int(np.searchsorted(widths, 54, side="right"))
        if fits >= len(rest):
            return [*parts, rest]
        fits -= rest[fits] in "，。；：、）》”"  # no line begins with these
        space = rest.rfind(" ", fits // 2, fits)
        at = space + 1 if space > 0 else fits
        parts.append(rest[:at].rstrip())
        rest = rest[at:]


def draw_north(sheet: Axes, paper: Paper) -> None:
    """Draw the north arrow into the corner of the map."""
    left, bottom, width, height = paper.frame
    x, y = left + width - 10, bottom + height - 22
    looks: Any
    for side, looks in ((-3.4, {"facecolor": INK, "lw": 0}),
                        (3.4, {"facecolor": "white", "edgecolor": INK, "lw": 0.6})):  # fmt: skip
        sheet.add_patch(Polygon([(x, y + 13), (x + side, y), (x, y + 3)], **looks))
    sheet.text(x, y + 14, "N", fontsize=10, weight="bold", ha="center", color=INK)


def draw_scale_bar(sheet: Axes, paper: Paper, metres_per_mm: float, lang: Lang) -> None:
    """Draw a bar of a round length, and the scale as a fraction."""
    x, y = paper.frame[0] + 6, paper.frame[1] + 7
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
                facecolor=INK if i % 2 == 0 else "white",
                edgecolor=INK,
                lw=0.5,
            )
        )
    kilometres = length >= 1000
    unit = say(lang, "公里", "km") if kilometres else say(lang, "米", "m")
    told = f"{length / 1000 if kilometres else length:g} {unit}"
    sheet.text(x, y + 2.6, "0", fontsize=7, ha="center", color=INK)
    sheet.text(x + width, y + 2.6, told, fontsize=7, ha="center", color=INK)
    fraction = f"1:{float(f'{metres_per_mm * 1000:.3g}'):,.0f}"
    zh, en = f"约 {fraction}（{paper.name}）", f"about {fraction} ({paper.name})"
    sheet.text(x, y - 3.6, say(lang, zh, en), fontsize=7, color=SOFT)
