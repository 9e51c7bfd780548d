"""Drawings of a report: shapes once, shown as SVG in the page and as a picture in documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from landgis.report.cells import plain
from landgis.typefaces import plain_looks

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

        Raises
        ------
        InputError
            If no typeface with Chinese characters is installed.

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
        ) + Markup("{}{}>{}</text>").format(paint, halo if shape.halo else "", plain(shape.text))
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
            " ".join(plain(shape.text).split()),
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
