"""Map pages: the overview and one page for each use, each one file that needs no network.

The land of a page is parcels with attributes, verdicts and colours, and borders drawn once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from tqdm.auto import tqdm

from landgis.answer import answer
from landgis.balance.mapped import STEPS_PER_M2, Mapped
from landgis.balance.sheet import Balance
from landgis.checks.supply import changes_text, status_name, supplied_shares
from landgis.crs import to_shifted
from landgis.errors import InputError, require
from landgis.files.whole import beside
from landgis.findings import per_parcel
from landgis.landuse import canonical, colour
from landgis.language import Lang, making_day, recorded_name, say
from landgis.maps.assets import (
    LAYER,
    LEAFLET,
    Basemap,
    as_json,
    carry_tiles,
    check_addresses,
    content_policy,
    scripts,
    start_script,
    styles,
    template,
    words,
)
from landgis.maps.legend import (
    SAFE_COLOURS,
    Legend,
    LegendRow,
    counts_for,
    draw_legend,
    marks,
    page_categories,
    placed_regions,
    safe_colours,
    subtitle,
    title_block,
    use_name,
)
from landgis.maps.pack import Coded, Ready, Shift, make_ready
from landgis.results import Earlier, Results
from landgis.schema import PARCELS, REGIONS, TARGETS, conform, plain_values, shaped
from landgis.units import M2_PER_UNIT, half_up, shown_number


def draw_places(
    table: gpd.GeoDataFrame,
    legend: Legend | None = None,
    *,
    shift: Shift | None,
    until: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, Any]:
    """Names, rings and borders of regions or townships, in latitude and longitude.

    ``until`` tells of each region the share of its mapped area that is supplied by each time.
    """
    degrees = table.geometry.to_crs(4326) if len(table) else table.geometry
    shapes = np.asarray(degrees.array)
    if shift is not None:
        shapes = shapely.transform(shapes, shift)
    approximate = table["basis"].to_numpy() != ""
    rows = {row.region: row for row in legend.regions} if legend else {}
    places = []
    for name, basis, shape in zip(table["name"], table["basis"], shapes, strict=True):
        row = rows.get(name)
        empty = shape is None or shape.is_empty
        places.append(
            {
                "name": name,
                "basis": basis,
                "point": None if empty else _turn(shape.representative_point())[0],
                "bounds": None if empty else _corners(shape.bounds),
                "rings": [] if empty or legend is None else _polygons(shape),
                "planned": row.stated if row else None,
                "difference": row.amount if row else None,
                "difference_text": row.difference if row else "",
                "until": (until or {}).get(name, ()),
            },
        )
    return {
        "places": places,
        "lines": _borders(shapes[~approximate]),
        "dashed": _borders(shapes[approximate]),
    }


def _borders(shapes: Any) -> list[list[list[float]]]:
    """Borders of polygons, a common one once."""
    edges = shapely.boundary(shapes[~shapely.is_missing(shapes)])
    merged = shapely.line_merge(shapely.union_all(edges))
    return [_turn(line) for line in shapely.get_parts(merged) if not line.is_empty]


def _polygons(shape: Any) -> list[list[list[list[float]]]]:
    return [[_turn(ring) for ring in shapely.get_rings(part)] for part in shapely.get_parts(shape)]


def _turn(shape: Any) -> list[list[float]]:
    """Latitude and longitude to about 0.1 m."""
    return np.round(shapely.get_coordinates(shape)[:, ::-1], 6).tolist()  # type: ignore[no-any-return]


def _corners(bounds: Sequence[float]) -> list[list[float]]:
    west, south, east, north = (float(b) for b in bounds)
    return [[south, west], [north, east]]


def bounds_of(
    layers: Iterable[gpd.GeoDataFrame],
    shift: Shift | None,
) -> list[list[float]] | None:
    """Corners of everything that is drawn."""
    boxes = []
    for layer in layers:
        if len(layer) and not layer.geometry.is_empty.all():
            box = shapely.box(*layer.total_bounds)
            boxes.append(gpd.GeoSeries([box], crs=layer.crs).to_crs(4326).total_bounds)
    if not boxes:
        return None
    low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
    corners = np.array([low[:2], high[2:]])
    return _corners(np.ravel(corners if shift is None else shift(corners)).tolist())


_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")
_RECORDED = ("supply_mode", "land_source", "quarter", "stage")
_THEMES = ("change", *_RECORDED)
_WORST = ("fail", "unknown", "pass", "note", "")


def glossed(results: Results, *, lang: Lang = "zh") -> Results:
    """Give results as they are drawn: recorded values (新增, 出让, 第一季度) glossed in English."""
    parcels = conform(results.parcels, PARCELS)
    shown = {v: recorded_name(v, lang) for c in _RECORDED for v in parcels[c].unique()}
    parcels = parcels.assign(**{c: parcels[c].map(shown).astype("str") for c in _RECORDED})
    return replace(
        results,
        parcels=parcels,
        regions=conform(results.regions, REGIONS),
        townships=conform(results.townships, REGIONS),
        outlines=None if results.outlines is None else conform(results.outlines, REGIONS),
        counted=results.balance,
    )


def with_changes(layer: gpd.GeoDataFrame, changes: pd.DataFrame, *, lang: Lang) -> gpd.GeoDataFrame:
    """Add what became of each parcel since the earlier version: ``change``, ``changes``."""
    rows = changes.set_index("parcel_id").reindex(layer["parcel_id"])
    status = [status_name(s, lang) for s in rows["status"].fillna("")]
    told = [changes_text(c, lang) if isinstance(c, tuple) else "" for c in rows["changes"]]
    return layer.assign(change=status, changes=told)


def drawn_parcels(part: Results, land: Mapped) -> tuple[gpd.GeoDataFrame, dict[str, Coded]]:
    """Parcels with mapped area, verdict and number of passed checks; their regions and faults."""
    ids = pd.Index(part.parcels["parcel_id"].to_numpy(dtype="object"))
    rows, known = pd.factorize(ids)  # an id that stands twice is one parcel
    ids = pd.Index(known)
    pieces = land.pieces[land.pieces["steps"] > 0]
    parcel = ids.get_indexer(pd.Index(pieces["parcel_id"], dtype="object"))
    pieces, parcel = pieces[parcel >= 0], parcel[parcel >= 0]
    steps = np.bincount(parcel, pieces["steps"], len(known))
    drawn = np.bincount(parcel, minlength=len(known)) > 0
    region, regions = pd.factorize(pieces["region"])
    about = per_parcel(part.findings)
    subject = ids.get_indexer(pd.Index(about, dtype="object"))
    about, subject = about[subject >= 0], subject[subject >= 0]
    verdict = part.findings["verdict"].reindex(about.index).to_numpy(dtype="object")
    worst = np.full(len(known), len(_WORST) - 1)
    judged = verdict != "note"  # notes are listed, and judge nothing
    order = pd.Index(_WORST).get_indexer(verdict[judged])
    np.minimum.at(worst, subject[judged], order)
    passed = verdict == "pass"
    named, combined = _combinations(subject[~passed], about.index[~passed].to_numpy(), len(known))
    used = part.findings.loc[np.unique(about.index[~passed]), ["verdict", "message"]]
    words = zip(plain_values(used["verdict"]), plain_values(used["message"]), strict=True)
    told = {row: [row, *said] for row, said in zip(used.index.tolist(), words, strict=True)}
    layer = part.parcels.assign(
        mapped_area_m2=np.where(drawn, steps / STEPS_PER_M2, np.nan)[rows].round(2),
        verdict=np.array(_WORST, dtype=object)[worst][rows],
        passed=np.bincount(subject[passed], minlength=len(known))[rows],
    )
    there, among = _combinations(parcel, region, len(known))
    lists = {
        "regions": Coded(there[rows], [[regions[i] for i in row] for row in among], "list"),
        "findings": Coded(named[rows], [[told[i] for i in row] for row in combined], "list"),
    }
    return layer, lists


def _combinations(
    owner: np.ndarray[Any, Any], values: np.ndarray[Any, Any], count: int
) -> tuple[np.ndarray[Any, Any], list[tuple[int, ...]]]:
    """Give numbers to the combinations of different values that owners have.

    Most owners have none or one: those are found without a loop.

    >>> _combinations(np.array([0, 2, 2]), np.array([7, 7, 8]), 3)
    (array([1, 0, 2]), [(), (7,), (7, 8)])
    """
    pairs = pd.DataFrame({"owner": owner, "value": values}).drop_duplicates()
    owner, values = pairs["owner"].to_numpy(), pairs["value"].to_numpy()
    several = np.bincount(owner, minlength=count)[owner] > 1
    code, single = pd.factorize(values[~several])
    codes = np.zeros(count, dtype=np.int64)
    codes[owner[~several]] = code + 1
    found = [(), *((value,) for value in single.tolist())]
    number = {combination: i for i, combination in enumerate(found)}
    rest = np.flatnonzero(several)
    rest = rest[np.argsort(owner[rest], kind="stable")]
    heads = np.flatnonzero(np.diff(owner[rest], prepend=-1))
    bounds, those = np.append(heads, len(rest)).tolist(), values[rest].tolist()
    for of, head, end in zip(owner[rest[heads]].tolist(), bounds, bounds[1:], strict=False):
        codes[of] = number.setdefault(tuple(those[head:end]), len(number))
    return codes, list(number)


def attribute_titles(
    layer: gpd.GeoDataFrame, lang: Lang, *, programme: bool = False
) -> dict[str, str]:
    """Headings of the attributes that hold anything, in the order shown."""
    columns = (*TARGETS.columns, *PARCELS.columns)
    known = {c.name: say(lang, c.zh, c.en[:1].upper() + c.en[1:]) for c in columns}
    text = words(lang, programme=programme)
    known |= {"parcel_id": text["parcel_id"], "category": text["name_use"]}
    known |= {"change": text["change"], "changes": text["changes"]}
    extra = {"mapped_area_m2": text["mapped_area"], "regions": text["region_names"]}
    shown = [
        c
        for c in layer.columns
        if c not in (layer.geometry.name, "verdict", "passed", "mapped_area_m2")
        and (layer[c].notna() & (layer[c] != "")).any()
    ]
    titles = {c: known.get(c, c) for c in shown}
    return {**titles, **extra, "verdict": text["verdict"]}


def colour_themes(
    layer: gpd.GeoDataFrame,
    titles: Mapping[str, str],
    *,
    also: Mapping[str, Iterable[str]] | None = None,
) -> list[dict[str, Any]]:
    """Attributes with few values, by which parcels can be coloured; ``also`` gives further ones."""
    themes = []
    for name in (n for n in _THEMES if n in titles):
        values = sorted({*layer[name].unique(), *(also or {}).get(name, ())}, key=_in_time)
        if any(values) and len(values) <= len(SAFE_COLOURS):
            colours = [[v, SAFE_COLOURS[i] if v else "#cccccc"] for i, v in enumerate(values)]
            themes.append({"name": name, "title": titles[name], "colours": colours})
    return themes


def supply_times(layer: gpd.GeoDataFrame, titles: Mapping[str, str]) -> dict[str, Any] | None:
    """Quarters or months in order, up to which parcels can be shown; None with less than two."""
    values = sorted((v for v in layer["quarter"].unique() if v), key=_in_time)
    if len(values) < 2:
        return None
    return {"name": "quarter", "title": titles["quarter"], "values": values}


def _in_time(text: str) -> list[tuple[int, str]]:
    """Give the order of times as written: 一 before 二, 9月 before 12月."""
    plain = text.translate(_NUMERALS)
    return [(int(number or -1), other) for number, other in re.findall(r"(\d*)(\D*)", plain)]


OWN_SCRIPTS = (
    *("dom.js", "names.js", "colours.js", "table.js", "card.js", "search.js"),
    *("backgrounds.js", "compare.js", "measure.js", "sheet.js", "page.js"),
)
START = start_script("landgisStart")

_MARGIN = 0.25  # of the extent, on each side: what a map shows around it


def write_maps(
    results: Results,
    directory: str | Path,
    *,
    lang: Lang = "zh",
    report: str = "report.html",
    basemaps: Sequence[Basemap] = (),
    made_on: date | None = None,
) -> list[Path]:
    """Write the overview and one map page for each use (for a programme, each 片区 类别).

    Parameters
    ----------
    results
        Tables of one run. Areas shown are those of its balance; parcels, regions and townships
        may be in any declared CRS and are reprojected for drawing only. An earlier version
        (调整前) is shown beside the present one, and what became of each parcel.
    directory
        Where the pages go; made if it is not there.
    report
        Relative address of the report that the pages link to.
    basemaps
        Backgrounds to choose from, none by default. Their hosts are the only ones from which a
        page may load anything; tiles of files are carried in it.
    made_on
        Date in the title block; see `landgis.language.making_day`.

    Returns
    -------
    list of Path
        ``overview.html`` first, then ``map-<category>.html`` in the plan's order. All pages are
        written, or none.

    Raises
    ------
    InputError
        If a geometry cannot be drawn, a page would name an address that is not allowed, a
        basemap cannot be read, basemaps in GCJ-02 and others would lie in one page.

    Examples
    --------
    >>> import tempfile
    >>> import geopandas as gpd, pandas as pd, shapely
    >>> from landgis.findings import findings_table
    >>> from landgis.plan.model import Plan
    >>> square = [shapely.box(120, 30, 120.001, 30.001)]
    >>> town = gpd.GeoDataFrame({"region_id": ["r"], "name": ["东镇"]}, geometry=square, crs=4490)
    >>> pieces = {"parcel_id": ["a"], "region_id": ["r"], "area_m2": [9.0], "share": [1.0]}
    >>> results = Results(
    ...     name="east",
    ...     title="东镇",
    ...     plan=Plan(document="plan.txt"),
    ...     parcels=town.assign(parcel_id="a", category="住宅用地"),
    ...     regions=town,
    ...     townships=town,
    ...     crosswalk=pd.DataFrame(pieces),
    ...     findings=findings_table(),
    ... )
    >>> [path.name for path in write_maps(results, tempfile.mkdtemp())]
    ['overview.html', 'map-住宅用地.html']
    """
    require(results, Results, name="results")
    directory = Path(directory)
    address = urlsplit(report)
    if address.scheme or address.netloc or report.startswith(("/", "\\")):
        raise InputError(
            f"报告地址应为相对路径：{report}。",
            f"The report's address must be relative: {report}.",
        )
    results = results.told(lang)
    names = {"": "overview.html"}
    for category in page_categories(results):
        names[category] = f"map-{_file_part(category, names.values())}.html"
    results = replace(results, counted=results.balance)  # made once for all pages
    setting = _Setting(
        names=names,
        report=report,
        lang=lang,
        basemaps=_ready(basemaps, results),
        shift=_shift(basemaps),
        changes=results.changes["parcels"] if results.earlier else None,
        made_on=made_on or making_day(),
    )
    land, before = _Land.of(results, results.balance.land, setting), None
    if results.earlier is not None:
        old = replace(results, parcels=results.earlier.parcels, findings=results.findings.iloc[:0])
        before = _Land.of(old, results.earlier.land, setting)
    each = tqdm(names.items(), delay=2, disable=None, leave=False)
    return _write_all(
        (directory / name, _page(results, land, before, category=c, setting=setting))
        for c, name in each
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Setting:
    """What all pages of one run share."""

    names: Mapping[str, str]
    report: str
    lang: Lang
    basemaps: tuple[Basemap, ...]
    shift: Shift | None
    changes: pd.DataFrame | None
    made_on: date


def _shift(basemaps: Iterable[Basemap]) -> Shift | None:
    """How shapes are moved to lie on the basemaps."""
    kinds = {base.gcj02 for base in basemaps}
    if len(kinds) > 1:
        raise InputError(
            "GCJ-02 底图与其他底图不能放在同一页。",
            "Basemaps in GCJ-02 and others cannot lie in one page.",
        )
    return partial(to_shifted, system="GCJ-02") if True in kinds else None


def _ready(basemaps: Sequence[Basemap], results: Results) -> tuple[Basemap, ...]:
    """Read the tiles of files for the extent of all pages."""
    corners = bounds_of([results.parcels, results.regions], _shift(basemaps))
    if corners is None:
        return tuple(base for base in basemaps if base.file is None)
    (south, west), (north, east) = corners
    wide, high = (east - west) * _MARGIN, (north - south) * _MARGIN
    return carry_tiles(basemaps, (west - wide, south - high, east + wide, north + high))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Land:
    """The parcels of all pages, made ready once: each page packs those of its use."""

    part: Results
    layer: gpd.GeoDataFrame
    ready: Ready
    supplied: pd.DataFrame

    @classmethod
    def of(cls, results: Results, land: Mapped, setting: _Setting) -> _Land:
        """Take the parcels of results, the present or the earlier ones."""
        part = glossed(results, lang=setting.lang)
        layer, lists = drawn_parcels(part, land)
        if setting.changes is not None:
            layer = with_changes(layer, setting.changes, lang=setting.lang)
        recorded = layer[["parcel_id", "category", "quarter"]].drop_duplicates("parcel_id")
        pieces = land.pieces[["parcel_id", "region", "area_m2", "steps"]].merge(
            recorded, on="parcel_id"
        )
        supplied = pieces.groupby(["category", "region", "quarter"], as_index=False)[
            ["area_m2", "steps"]
        ]
        return cls(
            part=part,
            layer=layer,
            ready=make_ready(layer, lists=lists, shift=setting.shift),
            supplied=supplied.sum(),
        )

    def rows(self, category: str) -> NDArray[np.bool_] | None:
        """Tell which parcels are on the page of a use; None for all."""
        if not category:
            return None
        uses = [use for use in self.layer["category"].unique() if counts_for(use, category)]
        here: NDArray[np.bool_] = self.layer["category"].isin(uses).to_numpy(dtype="bool")
        return here


def _page(
    results: Results, land: _Land, before: _Land | None, *, category: str, setting: _Setting
) -> list[str]:
    """Build one page in pieces; what is packed comes last, so that the rest shows at once."""
    rows = land.rows(category)
    part, layer = land.part, land.layer
    if rows is not None:
        layer = layer[rows]
        part = replace(part, parcels=part.parcels[rows])
    legend = draw_legend(results, category=category)
    packed = {
        "tiles": as_json([dict(base.pictures) for base in setting.basemaps]),
        "packed": land.ready.pack(rows, sevens=True),
        "earlier": before.ready.pack(before.rows(category), sevens=True) if before else "",
    }
    supplied = land.supplied[land.supplied["category"].isin(layer["category"].unique())]
    data = _page_data(part, layer, legend, supplied, category=category, setting=setting)
    script = scripts(*LEAFLET, *LAYER, *OWN_SCRIPTS)
    values = {
        **data,
        "data": as_json(data),
        "legend": legend,
        "category": category,
        "depth": _depths([row.category for row in legend.uses if not row.rest]),
        "row_key": row_key,
        "drawn": {place["name"] for place in data["regions"]["places"] if place["bounds"]},
        "name": partial(use_name, lang=setting.lang),
        "pages": _tabs(setting, category),
        "policy": content_policy(setting.basemaps, (script, START)),
        "style": styles("leaflet/leaflet.css", "page.css"),
        "script": script,
        "start": START,
    }
    page = template("page.html").render(**values)
    check_addresses(page, allowed=[*setting.names.values(), setting.report])
    pieces = re.split("<!--(packed|earlier|tiles)-->", page)  # text, name, text, name, …
    return [packed[piece] if i % 2 else piece for i, piece in enumerate(pieces)]


def _page_data(
    part: Results,
    layer: gpd.GeoDataFrame,
    legend: Legend,
    supplied: pd.DataFrame,
    *,
    category: str,
    setting: _Setting,
) -> dict[str, Any]:
    """Gather what the page's script and its template both show."""
    lang, programme = setting.lang, part.is_programme
    text = words(lang, programme=programme)
    uses = list(
        dict.fromkeys([*layer["category"].unique(), *_earlier_uses(part.earlier, category)])
    )
    safe, titles = safe_colours(uses), attribute_titles(layer, lang, programme=programme)
    times = supply_times(layer, titles)
    shares = supplied_shares(supplied, times=times["values"]) if times else pd.DataFrame()
    until = {str(name): row.tolist() for name, row in shares.iterrows()}
    return {
        "words": dict(text),
        "lang": lang,
        "file": Path(setting.names[category]).stem,
        "report": setting.report,
        "title": part.title,
        "subtitle": subtitle(part, category, lang),
        "decimals": legend.decimals,
        "m2_per_unit": float(M2_PER_UNIT[legend.unit]),
        "unit_word": text.get(legend.unit, legend.unit),
        "unit": text["unit"].format(unit=text.get(legend.unit, legend.unit)),
        "bounds": bounds_of([part.parcels, part.regions, part.townships], setting.shift),
        "colours": [[use, colour(use), safe[canonical(use) or use]] for use in uses],
        "values": {
            row_key(row): list(row.members)
            if row.rest
            else [use for use in uses if counts_for(use, row.category)]
            for row in legend.uses
        },
        "moments": _moments(supplied, legend, part.balance, times=times["values"]) if times else {},
        "answer": "" if category else answer(part, lang=lang).headline,
        "themes": colour_themes(layer, titles, also=_changes(setting)),
        "times": times,
        "titles": titles,
        "marks": marks(part, setting.basemaps, lang),
        "block": title_block(
            part, category, basemaps=setting.basemaps, made_on=setting.made_on, lang=lang
        ),
        "placed": {"regions": placed_regions(part, category), "colour": colour(category)},
        "changed": setting.changes is not None,
        "moved": [s for s in _changes(setting).get("change", ()) if s != status_name("same", lang)],
        "legend": [
            {
                **asdict(row),
                "category": row_key(row),
                "name": text["rest"] if row.rest else use_name(row.category, lang=lang),
            }
            for row in (*legend.uses, legend.total)
        ],
        "region_rows": [asdict(row) for row in legend.regions],
        "basemaps": [_shown_basemap(base) for base in setting.basemaps],
        "regions": draw_places(part.regions, legend, shift=setting.shift, until=until),
        "townships": draw_places(part.townships, shift=setting.shift),
        "outlines": draw_places(_outlines(part), shift=setting.shift),
        "unchosen": draw_places(_unchosen(part, category), shift=setting.shift),
    }


def _outlines(part: Results) -> gpd.GeoDataFrame:
    return part.regions.iloc[:0] if part.outlines is None else part.outlines


def _unchosen(part: Results, category: str) -> gpd.GeoDataFrame:
    """Take the candidates that were not chosen: their borders are drawn, and nothing else."""
    choice = part.choice
    if not isinstance(choice, gpd.GeoDataFrame):
        return part.regions.iloc[:0]
    own = choice["category"].map(lambda use: counts_for(str(use), category))
    left = shaped(choice[~choice["chosen"] & own])
    return left.assign(name="", basis="candidate")  # dashed


def row_key(row: LegendRow) -> str:
    """Name a row of uses on the page: what a use leaves over has the name of no use."""
    return f"{row.category}/" if row.rest else row.category


def _moments(
    supplied: pd.DataFrame, legend: Legend, balance: Balance, *, times: Sequence[str]
) -> dict[str, list[list[str]]]:
    """Give for each row of the table what is mapped by each time, how far from the plan, and %."""
    turn = supplied["quarter"].map({time: i for i, time in enumerate(times)}).fillna(len(times))
    told: dict[str, list[list[str]]] = {}
    for row in (legend.total, *legend.uses, *legend.regions, *legend.cells):
        own = pd.Series(data=True, index=supplied.index)
        if row.category:
            own &= supplied["category"].isin(row.members)
        if row.region:
            own &= supplied["region"].eq(row.region)
        steps, when = supplied["steps"][own], turn[own]
        whole = Fraction(int(steps.sum()), STEPS_PER_M2)
        if not row.mapped or shown_number(balance.shown(whole)) != row.mapped:
            continue  # land counts otherwise than by its place and use: no time can be told
        sums = [Fraction(int(steps[when <= i].sum()), STEPS_PER_M2) for i in range(len(times))]
        told[f"{row.region}|{row_key(row)}"] = [_moment(area, row, balance) for area in sums]
    return told


def _moment(area: Fraction, row: LegendRow, balance: Balance) -> list[str]:
    mapped = balance.shown(area)
    if row.stated is None:
        return [shown_number(mapped), "", ""]
    apart = mapped - half_up(row.stated, balance.decimals[balance.unit])
    share = f"{100 * float(mapped) / row.stated:.0f}%" if row.stated else ""
    return [shown_number(mapped), shown_number(apart, signed=True), share]


def _changes(setting: _Setting) -> dict[str, list[str]]:
    """Name what became of parcels, also of those that are gone."""
    if setting.changes is None:
        return {}
    return {"change": [status_name(s, setting.lang) for s in setting.changes["status"].unique()]}


def _earlier_uses(earlier: Earlier | None, category: str) -> list[str]:
    uses = [] if earlier is None else earlier.parcels["category"].unique().tolist()
    return [use for use in uses if counts_for(use, category)]


def _shown_basemap(base: Basemap) -> dict[str, Any]:
    """Give what the page's script needs of a basemap but its pictures."""
    keys = ("name", "url", "labels", "attribution", "subdomains", "min_zoom", "max_zoom")
    return {key: getattr(base, key) for key in keys} | {"carried": base.file is not None}


def _depths(uses: Sequence[str]) -> dict[str, int]:
    """Count for each use how many of the others it is part of."""
    return {u: sum(u != o and counts_for(u, o) for o in uses) for u in uses}


def _tabs(setting: _Setting, here: str) -> list[dict[str, Any]]:
    return [
        {
            "href": name,
            "here": category == here,
            "name": use_name(category, lang=setting.lang) or words(setting.lang)["overview"],
            "colour": colour(category) if category else "",
        }
        for category, name in setting.names.items()
    ]


def _file_part(category: str, taken: Iterable[str]) -> str:
    """Make a part of a file name: letters, digits and Chinese characters only."""
    name = re.sub(r"[^\w-]+", "_", category)[:60].strip("_") or "_"
    names = {t.lower() for t in taken}
    ways = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(way for way in ways if f"map-{way}.html".lower() not in names)


def _write_all(pages: Iterable[tuple[Path, Sequence[str]]]) -> list[Path]:
    """Write every page as it is made, then put all in place; if one cannot be, none is."""
    paths = []
    with ExitStack() as drafts:
        for path, pieces in pages:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = drafts.enter_context(beside(path))
            with draft.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
                file.writelines(pieces)
            paths.append(path)
    return paths
