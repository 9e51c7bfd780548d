"""An atlas of parcels (宗地图册): one parcel a plate with its corners, or several, as one PDF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from tqdm.auto import tqdm

from landgis.errors import InputError
from landgis.files.whole import write_whole
from landgis.findings import per_parcel
from landgis.landuse import category_name, colour
from landgis.language import Lang, making_day, say
from landgis.maps.assets import words
from landgis.maps.page import drawn_parcels, glossed
from landgis.maps.plates import (
    INK,
    PAPERS,
    SOFT,
    WRONG,
    Paper,
    Sheet,
    blank_sheet,
    draw_block,
    draw_borders,
    draw_north,
    draw_scale_bar,
    draw_sign,
    frame_map,
    head_sheet,
    looks,
    name_regions,
    on_map,
    plane_layers,
    wrapped,
)
from landgis.results import Results
from landgis.units import half_up, shown_number, unit_word

MOST_PLATES = 1000
"""Sheets of one atlas."""
NEAR_M = 1.0
"""Parcels nearer than this are neighbours: borders that were drawn twice do not meet exactly."""
_LINE_MM = 3.7
_LETTERS = 6.4
_SIDES = (("北", "N"), ("东", "E"), ("南", "S"), ("西", "W"))
_NOTE = (
    "界址点为图形顶点，坐标、边长按平面直角坐标计算，不代替不动产测绘成果",
    "Corners are vertices of the drawing, lengths are plane: no cadastral survey",
)


class NoParcelsError(InputError):
    """None of the parcels that an atlas is asked for is there."""


@dataclass(frozen=True, slots=True)
class Corner:
    """A corner (界址点): its number, X to the north and Y to the east, and the side after it."""

    name: str
    north: float
    east: float
    side_m: float
    to: tuple[float, float]


def draw_atlas(
    results: Results,
    path: Path | str,
    *,
    parcels: Sequence[str] | str = "all",
    per_plate: int = 1,
    sheet: Sheet = "A4",
    lang: Lang = "zh",
    made_on: date | None = None,
) -> Path:
    """Draw parcels as sheets of one PDF, in the order given, or of the layer.

    A sheet of one parcel (宗地图) shows corners (界址点) numbered clockwise from the north-west,
    lengths of sides, area, neighbours on each side, and what checks say of it; corners that the
    sheet has no room for stand on the next. A sheet of several lists them beside their map.

    Parameters
    ----------
    parcels
        Ids, also as one text with commas; ``all`` that have a shape, or those of which a check
        does not hold, ``fail``.

    Raises
    ------
    InputError
        If an id is not there or has no shape, there is nothing to draw or too much, or no Chinese
        font is installed.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> draw_atlas(blank_results(), "atlas.pdf")
    Traceback (most recent call last):
    landgis.errors.InputError: 没有可绘制的图形。
    """
    book = _Book.of(results, lang=lang, paper=PAPERS[sheet], made_on=made_on or making_day())
    ids = _asked(book.land, parcels, results.findings)
    groups = [ids[i : i + per_plate] for i in range(0, len(ids), max(per_plate, 1))]
    if len(groups) > MOST_PLATES:
        raise InputError(
            f"图册将有 {len(groups)} 幅，最多 {MOST_PLATES} 幅：请指定宗地，或一幅多宗。",
            f"The atlas would have {len(groups)} sheets, {MOST_PLATES} at most: name parcels, or "
            "put several on a sheet.",
        )
    if not groups:
        raise NoParcelsError(
            "没有要绘的宗地，未作图册。", "There are no such parcels, and no atlas."
        )
    draw = book.parcel if per_plate <= 1 else book.several

    def fill(draft: Path) -> None:
        about = {"Title": results.title, "CreationDate": None}
        with PdfPages(draft, metadata=about) as pdf:
            for group in tqdm(groups, delay=2, disable=None, leave=False):
                for figure in draw(group):
                    pdf.savefig(figure)

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(looks() | {"pdf.fonttype": 42}):
        return write_whole(path, fill)


def _asked(
    land: gpd.GeoDataFrame, parcels: Sequence[str] | str, findings: pd.DataFrame
) -> list[str]:
    there = list(dict.fromkeys(land["parcel_id"]))
    if parcels == "all":
        return there
    if parcels == "fail":
        failing = set(per_parcel(findings[findings["verdict"] == "fail"]))
        return [name for name in there if name in failing]
    if isinstance(parcels, str):
        parcels = list(filter(None, re.split(r"[,，、;；\s]+", parcels)))
    asked = list(dict.fromkeys(map(str, parcels)))
    if lost := sorted(set(asked) - set(there)):
        zh, en = "、".join(lost[:5]), ", ".join(lost[:5])
        raise InputError(
            f"图上没有宗地 {zh}{'…' if len(lost) > 5 else ''}：请核对编号。",
            f"No parcel {en}{'…' if len(lost) > 5 else ''} on the map: check the ids.",
        )
    return asked


@dataclass(frozen=True, kw_only=True, eq=False)
class _Book:
    """What all sheets share."""

    results: Results
    layers: dict[str, gpd.GeoDataFrame]
    land: gpd.GeoDataFrame
    told: pd.Series
    paper: Paper
    lang: Lang
    made_on: date

    @classmethod
    def of(cls, results: Results, *, lang: Lang, paper: Paper, made_on: date) -> _Book:
        results = results.told(lang)
        layers = dict(plane_layers(results, ""))
        part = glossed(results, lang=lang)
        table, lists = drawn_parcels(part, results.balance.land)
        named, found = lists["regions"], lists["findings"]
        comma = say(lang, "、", ", ")
        listed = [comma.join(filter(None, v)) for v in named.values]  # noqa: PD011 - no Series
        table["held"] = [listed[code] for code in named.codes]
        table = table.drop_duplicates("parcel_id").set_index("parcel_id")
        shapes = layers["parcels"].dissolve("parcel_id", sort=False)[["geometry"]]
        land = shapes.join(table.drop(columns="geometry")).reset_index()
        told = [found.values[code] for code in found.codes]  # noqa: PD011 - no Series
        lines = pd.Series(told, index=part.parcels["parcel_id"])
        return cls(
            results=results,
            layers=layers,
            land=gpd.GeoDataFrame(land, geometry="geometry", crs=layers["parcels"].crs),
            told=lines[~lines.index.duplicated()],
            paper=paper,
            lang=lang,
            made_on=made_on,
        )

    def say(self, zh: str, en: str) -> str:
        return say(self.lang, zh, en)

    def begin(
        self, rows: gpd.GeoDataFrame, name: str, *, plain: bool
    ) -> tuple[Figure, Axes, Axes, float]:
        """Lay out a sheet around parcels: the land around pale, these in their colours."""
        figure, whole, chart = blank_sheet(self.paper)
        metres = frame_map(
            chart, self.paper, rows.bounds.to_numpy().reshape(-1, 4), round_scale=True
        )
        draw_borders(chart, self.layers)
        (west, east), (south, north) = chart.get_xlim(), chart.get_ylim()
        window = shapely.box(west, south, east, north)
        around = self.land.iloc[self.land.sindex.query(window, predicate="intersects")]
        around = around[~around["parcel_id"].isin(rows["parcel_id"])]
        if len(around):
            around.plot(ax=chart, color="#f2f3f4", edgecolor=SOFT, linewidth=0.4, aspect=None)
        seen = around.geometry.intersection(window).representative_point()
        for label, x, y in zip(around["parcel_id"], seen.x, seen.y, strict=True):
            on_map(chart, (x, y), label, size=5.4, color=SOFT)
        for use, table in rows.groupby("category", sort=False):
            tint = mpl.colors.to_rgba(colour(str(use)), 0.25 if plain else 0.8)
            edge = {"edgecolor": WRONG if plain else INK, "linewidth": 1.0 if plain else 0.5}
            look: dict[str, Any] = {"facecolor": tint, "aspect": None, "zorder": 3, **edge}
            table.plot(ax=chart, **look)
        chart.set(xlabel="", ylabel="")
        name_regions(chart, self.layers["regions"])
        head_sheet(whole, self.paper, self.results, name)
        draw_north(whole, self.paper)
        draw_scale_bar(whole, self.paper, metres, self.lang)
        return figure, whole, chart, metres

    def area(self, row: Any) -> str:
        """Write a mapped area in square metres and in the page's unit."""
        if pd.isna(row.mapped_area_m2):
            return "—"
        balance = self.results.balance
        exact = half_up(row.mapped_area_m2, 2)
        own = shown_number(balance.shown(Fraction(exact)))
        return f"{shown_number(exact)} m²  ({own} {unit_word(balance.unit, self.lang)})"

    # ------------------------------------------------------------ several parcels

    def several(self, ids: Sequence[str]) -> Iterator[Figure]:
        rows = self.land[self.land["parcel_id"].isin(ids)]
        title = self.say(f"宗地图版（{len(rows)} 宗）", f"Plate of {len(rows)} parcels")
        figure, whole, chart, _ = self.begin(rows, title, plain=False)
        middle = rows.geometry.representative_point()
        for label, x, y in zip(rows["parcel_id"], middle.x, middle.y, strict=True):
            on_map(chart, (x, y), label, size=6.5)
        foot = self.block(whole, [])
        y = self.paper.height - 28
        whole.text(self.paper.panel, y, title, fontsize=10, weight="bold", color=INK)
        row: Any
        for row in rows.itertuples():
            if y - 2 * _LINE_MM - 3 < foot + _LINE_MM:
                more = self.say("其余见宗地清单", "others: see the list of parcels")
                whole.text(self.paper.panel, y - 6, more, fontsize=_LETTERS, color=SOFT)
                break
            y -= 2 * _LINE_MM + 2
            patch = Rectangle((self.paper.panel, y - 0.3), 4, 2.6, facecolor=colour(row.category))
            patch.set(edgecolor=INK, linewidth=0.3)
            whole.add_patch(patch)
            use = category_name(row.category, self.lang)
            whole.text(self.paper.panel + 6, y, f"{row.parcel_id}  {use}", fontsize=7, color=INK)
            draw_sign(whole, self.paper.right, y, row.verdict)
            below = f"{self.area(row)}  {row.held}"
            whole.text(self.paper.panel + 6, y - _LINE_MM, below, fontsize=6, color=SOFT)
        yield figure

    # ------------------------------------------------------------ one parcel

    def parcel(self, ids: Sequence[str]) -> Iterator[Figure]:
        rows = self.land[self.land["parcel_id"].isin(ids)]
        row = next(rows.itertuples())
        title = self.say(f"宗地图  {row.parcel_id}", f"Parcel {row.parcel_id}")
        figure, whole, chart, metres = self.begin(rows, title, plain=True)
        corners = corners_of(row.geometry)
        _draw_corners(chart, corners, row.geometry, metres)
        foot = self.block(whole, [self.say(*_NOTE)])
        y = self.facts(whole, row)
        y -= 3
        room = max(int((y - foot - 5) // _LINE_MM), 0)
        _corner_table(whole, corners[:room], (self.paper.panel, y), self.lang)
        yield figure
        yield from self.more_corners(corners[room:], title)

    def block(self, whole: Axes, notes: list[str]) -> float:
        shown = {name: self.layers[name] for name in ("parcels", "regions")}
        return draw_block(
            whole, self.paper, self.results, shown, self.lang, made_on=self.made_on, notes=notes
        )

    def facts(self, whole: Axes, row: Any) -> float:
        """Write what is known of a parcel; give where it ends."""
        text = words(self.lang)
        around = neighbours_of(self.land, row)
        lies = [f"{self.say(*side)} {self.say('、', ', ').join(around[i]) or '—'}"
                for i, side in enumerate(_SIDES)]  # fmt: skip
        recorded = row.recorded_area_m2
        facts = [
            (text["parcel_id"], row.parcel_id),
            (text["name_use"], category_name(row.category, self.lang)),
            (text["region_names"], row.held),
            (text["mapped_area"], self.area(row)),
            (
                self.say("登记面积", "Recorded"),
                "" if pd.isna(recorded) else f"{shown_number(half_up(recorded, 2))} m²",
            ),
            (
                self.say("来源、方式", "Source, mode"),
                f"{row.land_source} {row.supply_mode}".strip(),
            ),
            (self.say("供应时间", "Supply"), row.quarter),
            (self.say("四至（邻宗）", "Neighbours"), "；".join(lies)),
        ]
        lines = [f"{title}{self.say('：', ': ')}{value}" for title, value in facts if value]
        wrong = [f"✗ {message}" for _, verdict, message in self.told[row.parcel_id]
                 if verdict == "fail"]  # fmt: skip
        y = self.paper.height - 28
        for group, tint in ((lines, INK), (wrong[:3], WRONG)):
            for line in [part for whole_line in group for part in wrapped(whole_line)]:
                whole.text(self.paper.panel, y, line, fontsize=7, color=tint)
                y -= 4.2
        return y

    def more_corners(self, corners: Sequence[Corner], title: str) -> Iterator[Figure]:
        """Put corners that found no room on sheets of their own."""
        down = int((self.paper.height - 60) // _LINE_MM)
        across = int((self.paper.width - 20) // 75)
        for first in range(0, len(corners), down * across):
            figure, whole, chart = blank_sheet(self.paper)
            chart.remove()
            head_sheet(whole, self.paper, self.results, title)
            for column in range(across):
                start = first + column * down
                part = corners[start : start + down]
                at = (10.0 + column * 75, self.paper.height - 32)
                _corner_table(whole, part, at, self.lang)
            yield figure


def corners_of(shape: Any) -> list[Corner]:
    """Give the corners of a shape, numbered clockwise from the north-west, ring by ring.

    Examples
    --------
    >>> [(c.name, c.north, c.east, c.side_m) for c in corners_of(shapely.box(0, 0, 30, 40))][:2]
    [('J1', 40.0, 0.0, 30.0), ('J2', 40.0, 30.0, 40.0)]
    """
    corners: list[Corner] = []
    for part in shapely.get_parts(shape):
        for ring in shapely.get_rings(shapely.remove_repeated_points(part)):
            points = shapely.get_coordinates(ring)[:-1]
            if shapely.is_ccw(ring):
                points = points[::-1]
            first = int(np.argmax(points[:, 1] - points[:, 0]))
            points = np.roll(points, -first, axis=0)
            following = np.roll(points, -1, axis=0)
            sides = np.hypot(*(following - points).T)
            for point, side, to in zip(points, sides, following, strict=True):
                east, north = map(float, point)
                name = f"J{len(corners) + 1}"
                corners.append(Corner(name, north, east, float(side), (float(to[0]), float(to[1]))))
    return corners


def neighbours_of(land: gpd.GeoDataFrame, row: Any) -> list[list[str]]:
    """Name the parcels within `NEAR_M` of one, on its north, east, south and west."""
    near = land.iloc[land.sindex.query(row.geometry, predicate="dwithin", distance=NEAR_M)]
    sides: list[list[str]] = [[], [], [], []]
    middle, zone = row.geometry.centroid, row.geometry.buffer(2 * NEAR_M)
    west, south, east, north = row.geometry.bounds
    for other in near[near["parcel_id"] != row.parcel_id].itertuples():
        at = other.geometry.intersection(zone).centroid
        right = (at.x - middle.x) / max(east - west, 1e-9)
        up = (at.y - middle.y) / max(north - south, 1e-9)
        side = (0 if up > 0 else 2) if abs(up) >= abs(right) else (1 if right > 0 else 3)
        sides[side].append(str(other.parcel_id))
    return sides


def _draw_corners(chart: Axes, corners: Sequence[Corner], shape: Any, metres: float) -> None:
    """Mark corners; write numbers and lengths outside, those that have room."""
    chart.scatter([c.east for c in corners], [c.north for c in corners], s=7, facecolors="white",
                  edgecolors=WRONG, linewidths=0.7, zorder=6)  # fmt: skip
    free = _Free(metres)
    for corner in corners:
        side = corner.side_m / metres
        at = np.array([corner.east, corner.north])
        along = (np.array(corner.to) - at) / max(corner.side_m, 1e-9)
        out = np.array([-along[1], along[0]])  # clockwise: the left hand is outside
        away = at + (out - along) * 2.0 * metres
        if shape.contains(shapely.Point(*away)):
            away = at - (out - along) * 2.0 * metres
        if free.take(away, 4.0):
            on_map(chart, tuple(away), corner.name, size=5.6, color=WRONG)
        middle = (at + np.array(corner.to)) / 2 + out * 2.2 * metres
        if side >= 9 and free.take(middle, 6.0):
            turn = np.degrees(np.arctan2(along[1], along[0]))
            turn = (turn + 90) % 180 - 90
            on_map(chart, tuple(middle), f"{corner.side_m:.2f}", size=5.6, rotation=turn)


class _Free:
    """Places on the sheet where nothing is written yet."""

    def __init__(self, metres: float) -> None:
        self.metres = metres
        self.taken = np.empty((0, 2))

    def take(self, at: Any, apart_mm: float) -> bool:
        """Take a place, if all others are as many millimetres away."""
        gaps = np.hypot(*(self.taken - at).T) if len(self.taken) else np.array([np.inf])
        if gaps.min() < apart_mm * self.metres:
            return False
        self.taken = np.vstack([self.taken, at])
        return True


def _corner_table(
    sheet: Axes, corners: Iterable[Corner], at: tuple[float, float], lang: Lang
) -> None:
    x, y = at
    edges = (x + 9, x + 34, x + 58, x + 74)
    heads = (
        ("点号", "no."),
        ("X（北，米）", "X north, m"),
        ("Y（东，米）", "Y east, m"),
        ("边长", "side, m"),
    )
    rows = [[say(lang, *head) for head in heads]]
    rows += [[c.name, f"{c.north:.3f}", f"{c.east:.3f}", f"{c.side_m:.2f}"] for c in corners]
    for i, cells in enumerate(rows):
        for edge, cell in zip(edges, cells, strict=True):
            tint = INK if i else SOFT
            sheet.text(edge, y - i * _LINE_MM, cell, fontsize=_LETTERS, color=tint, ha="right")
