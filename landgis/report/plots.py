"""Plots for notebooks: planned against mapped, and completion over time, through matplotlib."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from landgis.errors import InputError
from landgis.language import Lang, say
from landgis.report.cells import show
from landgis.report.progress import completion_series, milestones
from landgis.report.tables import report_tables
from landgis.results import Results
from landgis.typefaces import plain_looks

INK, PALE, RULE = "#1f4e6e", "#c9d4dc", "#a8322d"


def plot_balance(results: Results, *, by: str = "use", lang: Lang = "zh") -> Figure:
    """Plot planned against mapped area.

    Parameters
    ----------
    results
        One project's tables.
    by
        ``use`` or ``region``.
    lang
        Language of title and legend.

    Returns
    -------
    Figure
        Two bars a row, in the plan's unit, the numbers of the report beside them.

    Raises
    ------
    InputError
        If ``by`` is neither, or no Chinese font is installed.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> plot_balance(results, by="moon")
    Traceback (most recent call last):
    landgis.errors.InputError: by 应为 use 或 region，实为 'moon'。
    """
    if by not in {"use", "region"}:
        raise InputError(
            f"by 应为 use 或 region，实为 {by!r}。", f"by is use or region, got {by!r}."
        )
    table = next(t for t in report_tables(results, lang=lang) if t.key == f"summary-{by}")
    count = min(table.sums)
    with _axes(0.55 * count + 1.2) as (figure, axes):
        for shift, column, colour, label in (
            (-0.2, "planned", PALE, say(lang, "计划", "planned")),
            (0.2, "mapped", INK, say(lang, "图上", "mapped")),
        ):
            cells = table.cells(column)[:count]
            values = [float(cell) if isinstance(cell, Decimal) else 0.0 for cell in cells]
            places = [i + shift for i in range(count)]
            bars = axes.barh(places, values, 0.36, color=colour, label=label)
            axes.bar_label(bars, [show(cell) for cell in cells], padding=4, fontsize=9)
        axes.set_yticks(range(count), [str(row[0]).strip("　") for row in table.rows[:count]])
        axes.invert_yaxis()
        axes.margins(x=0.18)
        axes.set_xlabel(table.unit)
        axes.legend(frameon=False, loc="lower right")
        axes.set_title(results.title, loc="left", fontsize=12)
    return figure


def plot_completion(results: Results, *, lang: Lang = "zh") -> Figure:
    """Plot the share of the plan that is supplied by each supply time, and what is required.

    Returns
    -------
    Figure
        A stair of cumulated shares, and the plan's milestones.

    Raises
    ------
    InputError
        If no parcel has a supply time, or no Chinese font is installed.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> plot_completion(results)
    Traceback (most recent call last):
    landgis.errors.InputError: 宗地没有供应时间（quarter），无法绘制进度。
    """
    series = completion_series(results)
    if series.empty:
        raise InputError(
            "宗地没有供应时间（quarter），无法绘制进度。",
            "No parcel has a supply time (quarter), so there is no completion to plot.",
        )
    with _axes(4.0) as (figure, axes):
        label = say(lang, "按供应时间累计", "supplied")
        axes.step(series["date"], series["share_pct"], where="post", color=INK, lw=2, label=label)
        for day, share in zip(series["date"], series["share_pct"], strict=True):
            axes.annotate(
                f"{share:.1f}%",
                (day, share),
                (-4, 5),
                textcoords="offset points",
                ha="right",
                fontsize=9,
            )
        required = milestones(results)
        if required:
            axes.plot(
                *zip(*required, strict=True),
                "o",
                mfc="white",
                mec=RULE,
                label=say(lang, "计划要求", "required"),
            )
        axes.set_ylim(0, max(105.0, float(series["share_pct"].max()) * 1.05))
        axes.set_ylabel(say(lang, "完成（%）", "completed (%)"))
        axes.legend(frameon=False, loc="upper left")
        axes.set_title(results.title, loc="left", fontsize=12)
        figure.autofmt_xdate()
    return figure


@contextmanager
def _axes(height: float) -> Iterator[tuple[Figure, Axes]]:
    """Axes in the house's looks; the figure belongs to the caller, not to pyplot."""
    looks: Any = {
        **plain_looks(),
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with mpl.rc_context(looks):
        figure = Figure(figsize=(8, height), layout="constrained")
        yield figure, figure.subplots()
