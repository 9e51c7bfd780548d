"""Drawings of a report as pictures, for documents that hold no SVG."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from landgis.report.cells import plain
from landgis.report.drawing import Drawing, Point, Shape
from landgis.typefaces import plain_looks

_SIDES = {"start": "left", "middle": "center", "end": "right"}


def picture(drawing: Drawing, *, dots_per_inch: int = 200) -> bytes:
    """Give a drawing as PNG.

    Raises
    ------
    InputError
        If no typeface with Chinese characters is installed.

    Examples
    --------
    >>> from landgis.report.drawing import words
    >>> drawing = Drawing(title="", width=96, height=48, shapes=(words(9, 20, "A"),))
    >>> picture(drawing)[1:4]
    b'PNG'
    """
    buffer = BytesIO()
    looks: Any = plain_looks()
    with mpl.rc_context(looks):
        figure = Figure(figsize=(drawing.width / 96, drawing.height / 96))
        draw(drawing, figure.add_axes((0, 0, 1, 1)), points=0.75)
        figure.savefig(buffer, format="png", dpi=dots_per_inch, metadata={"Software": None})
    return buffer.getvalue()


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
        chart.add_patch(Circle(shape.at, shape.radius, **pen))
    else:
        parts = [_path(part, closed=bool(shape.fill)) for part in shape.lines]
        chart.add_patch(PathPatch(Path.make_compound_path(*parts), **pen))


def _path(part: Sequence[Point], *, closed: bool) -> Path:
    return Path([*part, part[0]] if closed else list(part), closed=closed)
