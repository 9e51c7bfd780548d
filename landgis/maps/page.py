"""Map pages: the overview and one page for each use, each one file that needs no network."""

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
from numpy.typing import NDArray
from tqdm.auto import tqdm

from landgis.answer import answer
from landgis.balance.mapped import STEPS_PER_M2, Mapped
from landgis.balance.sheet import Balance
from landgis.checks.compare import status_name
from landgis.checks.supply import supplied_shares
from landgis.crs import to_shifted
from landgis.errors import InputError, require
from landgis.files.whole import beside
from landgis.landuse import canonical, colour
from landgis.language import Lang, making_day
from landgis.maps.assets import (
    LAYER,
    LEAFLET,
    as_json,
    check_addresses,
    content_policy,
    scripts,
    start_script,
    styles,
    template,
    words,
)
from landgis.maps.basemaps import Basemap, carry_tiles
from landgis.maps.legend import (
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
from landgis.maps.pack import Ready, Shift, make_ready
from landgis.maps.parcels import (
    attribute_titles,
    bounds_of,
    colour_themes,
    draw_places,
    drawn_parcels,
    glossed,
    supply_times,
    with_changes,
)
from landgis.results import Earlier, Results
from landgis.schema import shaped
from landgis.units import M2_PER_UNIT, half_up, shown_number

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
