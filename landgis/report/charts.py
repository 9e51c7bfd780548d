"""Drawings of a report, shapes once: SVG in the page, pictures elsewhere; charts, a small map."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width
from urllib.parse import quote

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from landgis.answer import Answer, answer
from landgis.checks.supply import completion
from landgis.files.machine import plain_looks
from landgis.findings import per_parcel
from landgis.language import Lang, say
from landgis.report.cells import ReportTable, plain, show
from landgis.results import Results, once
from landgis.schema import shaped

SKETCH_WIDTH, MOST_HIGH = 460.0, 400.0
TINTS = {"fail": "#f3cfc9", "unknown": "#f5e7b8", "pass": "#d7e8dd", "": "#f1f3f4"}
"""Ground of a region by its worst verdict."""
MOST_DRAWN = 3_000
"""Parcels that the small map shows; of more only those that failed."""
_MARGIN, _KEY = 10.0, 24.0
_NAME, _KEYS = 15, 13  # sizes of letters: the first screen shows the map at two thirds
_SMALLEST = 3.0  # pixels: a smaller parcel is a disc
_RED, _GREY, _BORDER = "#c2183a", "#7b8791", "#6f7a82"
OnPaper = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
_WORST = ("fail", "unknown", "pass", "")


@once
def sketch(results: Results, *, page: str = "", lang: Lang = "zh") -> Drawing | None:
    """Draw regions by verdict, with their differences, and parcels; None if nothing has a shape.

    ``page`` is the map page that a click on a region leads to.
    """
    ground = results.regions if len(shaped(results.regions)) else results.townships
    crs: Any = results.parcels.crs
    layers = [
        t.to_crs(crs) if t.crs != crs else t for t in (ground, results.parcels) if len(shaped(t))
    ]
    if not layers:
        return None
    boxes = np.array([layer.total_bounds for layer in layers])
    (west, south), (east, north) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    flat = float(np.cos(np.radians((south + north) / 2))) if crs and crs.is_geographic else 1.0
    wide, high = max((east - west) * flat, 1e-9), max(north - south, 1e-9)
    scale = min((SKETCH_WIDTH - 2 * _MARGIN) / wide, (MOST_HIGH - 2 * _MARGIN) / high)
    left = (SKETCH_WIDTH - wide * scale) / 2

    def paper(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        x, y = (points[:, 0] - west) * flat * scale + left, (north - points[:, 1]) * scale + _MARGIN
        return np.column_stack([x, y])

    shapes: list[Shape] = []
    if len(shaped(ground)):
        shapes += _ground(results, layers[0], paper, page)
    shapes += _land(results, answer(results, lang=lang), paper)
    if results.outlines is not None and len(shaped(results.outlines)):
        shapes += _outline(results.outlines.to_crs(crs), paper)
    names = _names(results, layers[0], paper) if len(shaped(ground)) else []
    height = high * scale + 2 * _MARGIN + _KEY
    title = say(lang, "各区域核对情况与不符的宗地", "Regions by verdict, and land that differs")
    shapes += [*names, *_key(height - 8, lang)]
    return Drawing(title=title, width=SKETCH_WIDTH, height=height, shapes=tuple(shapes))


def worst_by_region(results: Results) -> Mapping[str, str]:
    """Give each region's worst verdict, of its total and of its uses."""
    worst: dict[str, str] = {}
    for (region, _), row in results.balance.by_key.items():
        verdict = row.verdict if row.verdict in _WORST else ""
        known = worst.get(region, "")
        worst[region] = min(known, verdict, key=_WORST.index)
    return worst


def _rings(shape: Any, paper: OnPaper) -> tuple[tuple[Point, ...], ...]:
    """Give the rings of a polygon where they stand on paper."""
    rings = (
        paper(shapely.get_coordinates(ring)) for ring in shapely.get_rings(shapely.get_parts(shape))
    )
    return tuple(tuple(map(tuple, ring.tolist())) for ring in rings if len(ring))


def _ground(
    results: Results, table: gpd.GeoDataFrame, paper: OnPaper, page: str
) -> Iterable[Shape]:
    worst = worst_by_region(results)
    table = shaped(table)
    extent = float(max(np.ptp(table.total_bounds[[0, 2]]), np.ptp(table.total_bounds[[1, 3]])))
    plain = shapely.simplify(np.asarray(table.geometry.array), extent / 600)
    basis = table["basis"] if "basis" in table else [""] * len(table)
    for name, shape, told in zip(table["name"], plain, basis, strict=True):
        yield Shape(
            lines=_rings(shape, paper),
            fill=TINTS[worst.get(str(name), "")],
            stroke=_BORDER,
            width=1.2,
            dashed=bool(told),
            href=f"{quote(page)}#region={quote(str(name), safe='')}" if page else "",
        )


def _outline(table: gpd.GeoDataFrame, paper: OnPaper) -> Iterable[Shape]:
    """Draw the outline of county or city over all."""
    table = shaped(table)
    basis = table["basis"] if "basis" in table else [""] * len(table)
    for shape, told in zip(table.geometry, basis, strict=True):
        for ring in _rings(shape, paper):
            drawn = (*ring, ring[0])
            yield Shape(lines=(drawn,), stroke="#3c444b", width=2, dashed=bool(told))


def _land(results: Results, told: Answer, paper: OnPaper) -> Iterable[Shape]:
    """Draw parcels grey, and over them red those that a fail is about."""
    table = shaped(results.parcels)
    failed = {i for c in told.causes if c.verdict == "fail" for i in c.findings}
    found = results.findings.loc[results.findings.index.isin(failed)]
    leads = [c.findings[0] for c in told.causes if c.verdict == "fail" and c.room == "totals"]
    about = set(per_parcel(found))
    for lead in found.loc[found.index.isin(leads)].to_dict("records"):
        row = results.balance.row_of(lead)
        if row is not None and row.region and row.figure.category:
            about |= set(row.parcels)
    red = table["parcel_id"].astype("str").isin(about).to_numpy()
    order = np.flatnonzero(~red).tolist() if len(table) <= MOST_DRAWN else []
    order += np.flatnonzero(red)[:MOST_DRAWN].tolist()
    shapes = np.asarray(table.geometry.array)
    for i in order:
        rings = _rings(shapes[i], paper)
        points = np.array([p for ring in rings for p in ring])
        fill = _RED if red[i] else _GREY
        if len(points) and np.ptp(points, axis=0).max() < _SMALLEST:
            yield Shape(at=tuple(points.mean(axis=0).tolist()), radius=2.2 if red[i] else 1.3,
                        fill=fill)  # fmt: skip
        elif rings:
            yield Shape(lines=rings, fill=fill)


def _names(results: Results, table: gpd.GeoDataFrame, paper: OnPaper) -> Iterable[Shape]:
    """Name the regions, each with its difference where it failed; none over another."""
    table = shaped(table)
    differences = {
        region: row.difference
        for (region, use), row in results.balance.by_key.items()
        if region and not use and row.verdict == "fail"
    }
    points = paper(shapely.get_coordinates(table.representative_point().to_numpy()))
    taken: list[tuple[float, float, float]] = []
    order = sorted(range(len(table)), key=lambda i: str(table["name"].iloc[i]) not in differences)
    for i in order:
        name, (x, y) = str(table["name"].iloc[i]), points[i].tolist()
        half = width_of(name, _NAME) / 2
        x = min(max(x, half), SKETCH_WIDTH - half)
        if any(abs(x - a) < half + b and abs(y - c) < 2.1 * _NAME for a, c, b in taken):
            continue
        taken.append((x, y, half))
        difference = differences.get(name)
        yield Shape(at=(x, y), text=name, size=_NAME, anchor="middle", fill="#222222", halo=True)
        if difference is not None:
            told = f"{difference:+,f}".replace("-", "−")
            yield Shape(at=(x, y + 16), text=told, size=_KEYS, anchor="middle", fill="#a8322d",
                        halo=True)  # fmt: skip


def _key(y: float, lang: Lang) -> Iterable[Shape]:
    told = (
        (TINTS["fail"], "有不符", "differs"),
        (TINTS["unknown"], "待定", "undecided"),
        (TINTS["pass"], "相符", "agrees"),
        (TINTS[""], "未核对", "not checked"),
        (_RED, "不符的宗地", "land that differs"),
    )
    named = [(tint, say(lang, zh, en)) for tint, zh, en in told]
    room = SKETCH_WIDTH - 4 - 30 * len(named)
    size = min(_KEYS, int(_KEYS * room / sum(width_of(word, _KEYS) for _, word in named)))
    left = 4.0
    for tint, word in named:
        yield rectangle(left, y - 10, 12, 11, tint)
        yield words(left + 16, y, word, size=size, fill="#5b646b")
        left += 30 + width_of(word, size)


_SIDES = {"start": "left", "middle": "center", "end": "right"}
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Rings or lines, a disc, or words; in units of the page's pixels, y downwards.

    Parameters
    ----------
    lines
        Rings of an area, or open lines where ``fill`` is empty.
    at, radius
        Centre of a disc, or where words stand.
    anchor
        ``start``, ``middle`` or ``end`` of the words stand there.
    href
        Where a click leads.
    """

    lines: tuple[tuple[Point, ...], ...] = ()
    at: Point = (0.0, 0.0)
    radius: float = 0.0
    text: str = ""
    size: int = 13
    anchor: str = "start"
    fill: str = ""
    stroke: str = ""
    width: float = 1.0
    dashed: bool = False
    href: str = ""
    halo: bool = False


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A drawing with its title."""

    title: str
    width: float
    height: float
    shapes: tuple[Shape, ...] = field(repr=False)

    @property
    def svg(self) -> Markup:
        """The drawing as inline SVG: words stay words, links are links."""
        body = Markup().join(_svg(shape) for shape in self.shapes)
        return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
            int(self.width), int(self.height), plain(self.title), body
        )

    @cached_property
    def png(self) -> bytes:
        """The drawing as PNG, at 200 dots an inch.

        Examples
        --------
        >>> drawing = Drawing(title="", width=96, height=48, shapes=(words(9, 20, "A"),))
        >>> drawing.png[1:4]
        b'PNG'
        """
        buffer = BytesIO()
        looks: Any = plain_looks()
        with mpl.rc_context(looks):
            figure = Figure(figsize=(self.width / 96, self.height / 96))
            draw(self, figure.add_axes((0, 0, 1, 1)), points=0.75)
            figure.savefig(buffer, format="png", dpi=200, metadata={"Software": None})
        return buffer.getvalue()


def rectangle(x: float, y: float, width: float, height: float, fill: str) -> Shape:
    """Give a filled rectangle."""
    far, low = x + max(width, 0.0), y + height
    return Shape(lines=(((x, y), (far, y), (far, low), (x, low)),), fill=fill)


def line(points: Iterable[Point], stroke: str, *, width: float = 1.0) -> Shape:
    """Give an open line."""
    return Shape(lines=(tuple(points),), stroke=stroke, width=width)


def words(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, fill: str = "#222222"
) -> Shape:
    """Give words on a base line."""
    return Shape(at=(x, y), text=text, anchor=anchor, size=size, fill=fill)


def width_of(text: str, size: int = 13) -> float:
    """Estimate the width of words."""
    return float(sum(size if east_asian_width(c) in "WF" else 0.54 * size for c in text))


_MOST_LETTERS = 200  # no line of a page holds more; a hostile name has 40,000


def _on_one_line(text: str) -> str:
    """Give words as they are drawn: on one line, cut where no page would show more."""
    shown = " ".join(plain(text).split())
    return shown if len(shown) <= _MOST_LETTERS else shown[: _MOST_LETTERS - 1] + "…"


def _svg(shape: Shape) -> Markup:
    paint = Markup(' fill="{}"').format(shape.fill or "none")
    if shape.stroke:
        paint += Markup(' stroke="{}" stroke-width="{:g}"').format(shape.stroke, shape.width)
        paint += Markup(' stroke-dasharray="4 3"') if shape.dashed else Markup()
    x, y = shape.at
    if shape.text:
        halo = Markup(' stroke="#ffffff" stroke-width="3" paint-order="stroke"')
        drawn = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="{}"').format(
            x, y, shape.anchor, shape.size
        ) + Markup("{}{}>{}</text>").format(
            paint, halo if shape.halo else "", _on_one_line(shape.text)
        )
    elif shape.radius:
        drawn = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{:g}"{}/>').format(
            x, y, shape.radius, paint
        )
    else:
        close = "Z" if shape.fill else ""
        path = "".join(
            "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in part) + close for part in shape.lines
        )
        drawn = Markup('<path d="{}"{} fill-rule="evenodd"/>').format(path, paint)
    return Markup('<a href="{}">{}</a>').format(shape.href, drawn) if shape.href else drawn


def draw(drawing: Drawing, chart: Axes, *, points: float) -> None:
    """Draw on matplotlib's axes, which then have the drawing's units, each ``points`` long."""
    chart.set(xlim=(0, drawing.width), ylim=(drawing.height, 0))
    chart.axis("off")
    for order, shape in enumerate(drawing.shapes):
        _draw(shape, chart, points, order)


def _draw(shape: Shape, chart: Axes, points: float, order: int) -> None:
    pen: Any = {
        "facecolor": shape.fill or "none",
        "edgecolor": shape.stroke or "none",
        "linewidth": shape.width * points if shape.stroke else 0,
        "linestyle": "--" if shape.dashed else "-",
        "zorder": order,
    }
    if shape.text:
        chart.text(
            *shape.at,
            _on_one_line(shape.text),
            ha=_SIDES[shape.anchor],
            va="baseline",
            zorder=order,
            fontsize=shape.size * points,
            color=shape.fill,
            path_effects=[withStroke(linewidth=3 * points, foreground="white")]
            if shape.halo
            else None,
        )
    elif shape.radius:
        chart.add_artist(Circle(shape.at, shape.radius, **pen))
    else:
        parts = [_path(part, closed=bool(shape.fill)) for part in shape.lines]
        chart.add_artist(PathPatch(Path.make_compound_path(*parts), **pen))


def _path(part: Sequence[Point], *, closed: bool) -> Path:
    return Path([*part, part[0]] if closed else list(part), closed=closed)


WIDTH = 720
VALUE, ROW = 130, 38
INK, PALE, LINE = "#1f4e6e", "#c9d4dc", "#8a949b"
NEW, STOCK, NONE = "#b5763a", "#1f4e6e", "#d9d9d4"


def charts(results: Results, tables: Sequence[ReportTable], *, lang: Lang = "zh") -> list[Drawing]:
    """Draw what people would rather look at than read.

    Parameters
    ----------
    results
        One project's tables; supply times and completion rules are taken from them.
    tables
        `landgis.report.tables.report_tables` of the same results and language.

    Returns
    -------
    list of Drawing
        Planned against mapped area by use and by region, 新增 and 存量 by use, completion over
        time: those that there are data for.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> from landgis.report.tables import report_tables
    >>> charts(results, report_tables(results))
    []
    """
    by_key = {table.key: table for table in tables}
    drawn = []
    for key, zh, en in (
        ("summary-use", "计划与图上面积", "Planned and mapped area"),
        ("summary-region", "计划与图上面积", "Planned and mapped area"),
    ):
        rows = _shown(by_key.get(key), ("planned", "mapped"))
        if any(planned is not None for _, (planned, _) in rows):
            unit, by = by_key[key].unit, by_key[key].columns[0].name
            title = say(lang, f"{zh}（按{by}），单位：{unit}", f"{en} by {by} ({unit})")
            drawn.append(_drawing(title, _pairs(rows, lang)))
    sources = _shown(by_key.get("summary-use"), ("new", "stock", "untold"))
    if any(new or stock for _, (new, stock, _) in sources):
        title = say(lang, "新增与存量（图上面积）", "新增 and 存量 land (mapped)")
        drawn.append(_drawing(title, _stacks(sources, lang)))
    series = completion(results.balance.land, results.parcels, results.plan)
    if len(series):
        title = say(lang, "供应进度（按供应时间累计）", "Completion over time")
        drawn.append(_drawing(title, _steps(series, _milestones(results), lang)))
    return drawn


def _milestones(results: Results) -> list[tuple[date, float]]:
    """Give the plan's rules of completion as (day, per cent), in their order."""
    rules = results.plan.rules
    chosen = rules[rules["kind"].eq("completion") & rules["due"].ne("")]
    return [
        (date.fromisoformat(str(due)), float(value))
        for due, value in zip(chosen["due"], chosen["value"], strict=True)
    ]


Row = tuple[str, tuple[Decimal | None, ...]]


def _shown(table: ReportTable | None, keys: Sequence[str]) -> list[Row]:
    """Name and numbers of the rows of a table that are no totals, and not what lies outside."""
    if table is None:
        return []
    columns = [[c if isinstance(c, Decimal) else None for c in table.cells(key)] for key in keys]
    names = [str(row[0]).strip("　") for row in table.rows]
    rows = list(zip(names, zip(*columns, strict=True), strict=True))
    return rows[: min(table.sums, default=len(rows))]


def _label_room(rows: list[Row]) -> float:
    """Give the width that the longest label takes."""
    return max((width_of(name) for name, _ in rows), default=0.0) + 20


def _pairs(rows: list[Row], lang: Lang) -> tuple[float, list[Shape]]:
    """Draw two bars a row: planned pale, mapped dark."""
    most = max((v for _, pair in rows for v in pair if v is not None), default=Decimal(1)) or 1
    start = _label_room(rows)
    room = WIDTH - start - VALUE
    body: list[Shape] = []
    for i, (label, (planned, mapped)) in enumerate(rows):
        top = 34 + i * ROW
        body.append(words(start - 10, top + 17, label, anchor="end"))
        for shift, value, fill in ((0, planned, PALE), (13, mapped, INK)):
            if value is None:
                continue
            width = float(value / most) * room
            body.append(rectangle(start, top + shift, width, 11, fill))
            body.append(words(start + width + 6, top + shift + 10, show(value), size=11))
    legend = [(PALE, say(lang, "计划", "planned")), (INK, say(lang, "图上", "mapped"))]
    return 34 + len(rows) * ROW, [*_legend(legend, start), *body]


def _stacks(rows: list[Row], lang: Lang) -> tuple[float, list[Shape]]:
    """Draw one bar of 100 % a row: 新增, 存量, not recorded."""
    start = _label_room(rows)
    room = WIDTH - start - VALUE
    body: list[Shape] = []
    told = [(label, [part or Decimal(0) for part in parts]) for label, parts in rows]
    drawn = [(label, parts) for label, parts in told if sum(parts)]
    for i, (label, parts) in enumerate(drawn):
        top, left = 34 + i * 28, start
        body.append(words(start - 10, top + 13, label, anchor="end"))
        for value, fill in zip(parts, (NEW, STOCK, NONE), strict=True):
            width = float(value / sum(parts)) * room
            body.append(rectangle(left, top, width, 16, fill))
            left += width
        stock = f"存量 {float(parts[1] / sum(parts)):.1%}"
        body.append(words(left + 6, top + 13, stock, size=11))
    names = [("新增", "新增 (new)"), ("存量", "存量 (stock)"), ("未登记", "not recorded")]
    untold = any(parts[2] for _, parts in drawn)
    legend = [(f, say(lang, *w)) for f, w in zip((NEW, STOCK, NONE), names, strict=True)]
    legend = legend if untold else legend[:2]
    return 34 + len(drawn) * 28, [*_legend(legend, start), *body]


def _steps(
    series: pd.DataFrame, required: list[tuple[date, float]], lang: Lang
) -> tuple[float, list[Shape]]:
    """Draw completion as a stair over a year or more, with the plan's milestones."""
    left, right, top, height = 50, WIDTH - 70, 40, 200
    days = [*series["date"], *(due for due, _ in required)]
    first, last = date(min(days).year, 1, 1), max(days)
    most = max(100.0, float(series["share_pct"].max()))

    def x(day: date) -> float:
        return float(left + (day - first).days / max((last - first).days, 1) * (right - left))

    def y(share: float) -> float:
        return top + height - share / most * height

    body: list[Shape] = []
    for share in (0, 25, 50, 75, 100):
        body.append(line([(left, y(share)), (right, y(share))], "#e4e6e6"))
        body.append(words(left - 8, y(share) + 4, f"{share}%", anchor="end", size=11))
    points, before = [(float(left), y(0))], 0.0
    for day, share in zip(series["date"], series["share_pct"], strict=True):
        points += [(x(day), y(before)), (x(day), y(share))]
        before = float(share)
        body.append(words(x(day), top + height + 18, f"{day:%Y-%m-%d}", anchor="middle", size=11))
    body.append(line(points, INK, width=2.5))
    for day, share in zip(series["date"], series["share_pct"], strict=True):
        body.append(words(x(day) - 6, y(share) - 7, f"{share:.1f}%", anchor="end", size=11))
    for due, percent in required:
        body.append(Shape(at=(x(due), y(percent)), radius=5, fill="#ffffff", stroke="#a8322d"))
        body.append(words(x(due) + 9, y(percent) + 15, f"{percent:g}%", size=11, fill="#a8322d"))
    legend = [(INK, say(lang, "按供应时间累计", "supplied"))]
    if required:
        legend.append(("#a8322d", say(lang, "计划要求", "required")))
    return top + height + 30, [*_legend(legend, left), *body]


def _drawing(title: str, drawn: tuple[float, list[Shape]]) -> Drawing:
    height, shapes = drawn
    return Drawing(title=title, width=WIDTH, height=height, shapes=tuple(shapes))


def _legend(entries: list[tuple[str, str]], left: float) -> list[Shape]:
    body: list[Shape] = []
    for fill, word in entries:
        body += [rectangle(left, 6, 12, 12, fill), words(left + 18, 16, word, size=12)]
        left += 44 + width_of(word)
    return body
