"""The small map of a report: regions by verdict, and the land that a fail is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from landgis.answer import Answer
from landgis.findings import per_parcel
from landgis.language import Lang, say
from landgis.report.charts import Drawing, Point, Shape, rectangle, width_of, words
from landgis.results import Results

WIDTH, MOST_HIGH = 460.0, 400.0
TINTS = {"fail": "#f3cfc9", "unknown": "#f5e7b8", "pass": "#d7e8dd", "": "#f1f3f4"}
"""Ground of a region by its worst verdict."""
MOST_DRAWN = 3_000
"""Parcels that the small map shows; of more only those that failed."""
_MARGIN, _KEY = 10.0, 24.0
_NAME, _KEYS = 15, 13  # sizes of letters: the first screen shows the map at two thirds
_SMALLEST = 3.0  # pixels: a smaller parcel is a disc
_RED, _GREY, _LINE = "#c2183a", "#7b8791", "#6f7a82"
OnPaper = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
_ORDER = ("fail", "unknown", "pass", "")


def sketch(
    results: Results, answer: Answer, *, page: str = "", lang: Lang = "zh"
) -> Drawing | None:
    """Draw regions by verdict, with their differences, and parcels; None if nothing has a shape.

    ``page`` is the map page that a click on a region leads to.
    """
    made: Drawing | None = results.once(
        (sketch, page, lang), lambda: _sketch(results, answer, page, lang)
    )
    return made


def _sketch(results: Results, answer: Answer, page: str, lang: Lang) -> Drawing | None:
    ground = results.regions if _has(results.regions) else results.townships
    crs: Any = results.parcels.crs
    layers = [t.to_crs(crs) if t.crs != crs else t for t in (ground, results.parcels) if _has(t)]
    if not layers:
        return None
    boxes = np.array([layer.total_bounds for layer in layers])
    (west, south), (east, north) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    flat = float(np.cos(np.radians((south + north) / 2))) if crs and crs.is_geographic else 1.0
    wide, high = max((east - west) * flat, 1e-9), max(north - south, 1e-9)
    scale = min((WIDTH - 2 * _MARGIN) / wide, (MOST_HIGH - 2 * _MARGIN) / high)
    left = (WIDTH - wide * scale) / 2

    def paper(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        x, y = (points[:, 0] - west) * flat * scale + left, (north - points[:, 1]) * scale + _MARGIN
        return np.column_stack([x, y])

    shapes: list[Shape] = []
    if _has(ground):
        shapes += _ground(results, layers[0], paper, page)
    shapes += _land(results, answer, paper)
    if results.outlines is not None and _has(results.outlines):
        shapes += _outline(results.outlines.to_crs(crs), paper)
    names = _names(results, layers[0], paper) if _has(ground) else []
    height = high * scale + 2 * _MARGIN + _KEY
    title = say(lang, "各区域核对情况与不符的宗地", "Regions by verdict, and land that differs")
    shapes += [*names, *_key(height - 8, lang)]
    return Drawing(title=title, width=WIDTH, height=height, shapes=tuple(shapes))


def _has(table: gpd.GeoDataFrame) -> bool:
    return len(table) > 0 and not (table.geometry.isna() | table.geometry.is_empty).all()


def worst_by_region(results: Results) -> Mapping[str, str]:
    """Give each region's worst verdict, of its total and of its uses."""
    worst: dict[str, str] = {}
    for (region, _), row in results.balance.by_key.items():
        verdict = row.verdict if row.verdict in _ORDER else ""
        known = worst.get(region, "")
        worst[region] = min(known, verdict, key=_ORDER.index)
    return worst


def _drawn(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return table[~(table.geometry.isna() | table.geometry.is_empty)]


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
    table = _drawn(table)
    extent = float(max(np.ptp(table.total_bounds[[0, 2]]), np.ptp(table.total_bounds[[1, 3]])))
    plain = shapely.simplify(np.asarray(table.geometry.array), extent / 600)
    basis = table["basis"] if "basis" in table else [""] * len(table)
    for name, shape, told in zip(table["name"], plain, basis, strict=True):
        yield Shape(
            lines=_rings(shape, paper),
            fill=TINTS[worst.get(str(name), "")],
            stroke=_LINE,
            width=1.2,
            dashed=bool(told),
            href=f"{quote(page)}#region={quote(str(name), safe='')}" if page else "",
        )


def _outline(table: gpd.GeoDataFrame, paper: OnPaper) -> Iterable[Shape]:
    """Draw the outline of county or city over all."""
    table = _drawn(table)
    basis = table["basis"] if "basis" in table else [""] * len(table)
    for shape, told in zip(table.geometry, basis, strict=True):
        for ring in _rings(shape, paper):
            drawn = (*ring, ring[0])
            yield Shape(lines=(drawn,), stroke="#3c444b", width=2, dashed=bool(told))


def _land(results: Results, answer: Answer, paper: OnPaper) -> Iterable[Shape]:
    """Draw parcels grey, and over them red those that a fail is about."""
    table = _drawn(results.parcels)
    failed = {i for c in answer.causes if c.verdict == "fail" for i in c.findings}
    found = results.findings.loc[results.findings.index.isin(failed)]
    leads = [c.findings[0] for c in answer.causes if c.verdict == "fail" and c.room == "totals"]
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
    table = _drawn(table)
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
        x = min(max(x, half), WIDTH - half)
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
    room = WIDTH - 4 - 30 * len(named)
    size = min(_KEYS, int(_KEYS * room / sum(width_of(word, _KEYS) for _, word in named)))
    left = 4.0
    for tint, word in named:
        yield rectangle(left, y - 10, 12, 11, tint)
        yield words(left + 16, y, word, size=size, fill="#5b646b")
        left += 30 + width_of(word, size)
