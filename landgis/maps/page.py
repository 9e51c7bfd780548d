"""Map pages: the overview and one page for each use, each one file that needs no network."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache, partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import jinja2
import numpy as np
import shapely

from landgis.errors import InputError
from landgis.landuse import category_name, colour, is_within
from landgis.language import Lang, say
from landgis.layers.shift import to_shifted
from landgis.maps.assets import LAYER, LEAFLET, asset, scripts, styles, words
from landgis.maps.basemaps import Basemap
from landgis.maps.legend import SAFE_COLOURS, Legend, draw_legend, page_categories, safe_colour
from landgis.maps.pack import Shift, pack_layer
from landgis.measure import describe_crs
from landgis.results import Results
from landgis.schema import PARCELS, REGIONS, TARGETS, conform

OWN_SCRIPTS = ("names.js", "measure.js", "sheet.js", "page.js")
START = (
    "(function(){var e=document.getElementById('packed'),t=e.textContent;e.remove();"
    "landgisPage(JSON.parse(document.getElementById('page').textContent),t);})();"
)
ALLOWED_URLS = frozenset({"http://www.w3.org/2000/svg", "https://leafletjs.com"})
"""Addresses that may stand in the scripts: a namespace, and Leaflet's own name in its credit."""

_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")
_THEMES = ("supply_mode", "land_source", "quarter", "stage")
_WORST = ("fail", "unknown", "pass", "")


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
        Tables of one run. Areas shown are those of its findings and its crosswalk; parcels,
        regions and townships may be in any declared CRS and are reprojected for drawing only.
    directory
        Where the pages go; made if it is not there.
    report
        Relative address of the report that the pages link to.
    basemaps
        Backgrounds to choose from, none by default. The only addresses a page may load.
    made_on
        Date in the title block, today by default.

    Returns
    -------
    list of Path
        ``overview.html`` first, then ``map-<category>.html`` in the plan's order. All pages are
        written, or none.

    Raises
    ------
    InputError
        If a geometry cannot be drawn, a page would name an address that is not allowed, or
        basemaps in GCJ-02 and others would lie in one page.

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
    directory = Path(directory)
    address = urlsplit(report)
    if address.scheme or address.netloc or report.startswith(("/", "\\")):
        raise InputError(
            f"报告地址应为相对路径：{report}。",
            f"The report's address must be relative: {report}.",
        )
    names = {"": "overview.html"}
    for category in page_categories(results):
        names[category] = f"map-{_file_part(category, names.values())}.html"
    setting = _Setting(names, report, lang, tuple(basemaps), made_on or date.today())  # noqa: DTZ011 (the reader's own day)
    pages = {directory / name: _page(results, c, setting) for c, name in names.items()}
    return _write_all(pages)


@dataclass(frozen=True)
class _Setting:
    """What all pages of one run share."""

    names: Mapping[str, str]
    report: str
    lang: Lang
    basemaps: tuple[Basemap, ...]
    made_on: date

    @property
    def shift(self) -> Shift | None:
        """How shapes are moved to lie on the basemaps."""
        kinds = {base.gcj02 for base in self.basemaps}
        if len(kinds) > 1:
            raise InputError(
                "GCJ-02 底图与其他底图不能放在同一页。",
                "Basemaps in GCJ-02 and others cannot lie in one page.",
            )
        return partial(to_shifted, system="GCJ-02") if True in kinds else None


def _page(results: Results, category: str, setting: _Setting) -> str:
    """Build one page as text."""
    part = _part(results, category)
    legend = draw_legend(part, category=category)
    layer, lists = _drawn_parcels(part)
    data = _page_data(part, layer, legend, category=category, setting=setting)
    script = scripts(*LEAFLET, *LAYER, *OWN_SCRIPTS)
    values = {
        **data,
        "data": _json(data),
        "legend": legend,
        "category": category,
        "depth": _depths([row.category for row in legend.uses]),
        "drawn": {place["name"] for place in data["regions"]["places"] if place["bounds"]},
        "name": lambda c: category_name(c, setting.lang),
        "pages": _tabs(setting, category),
        "policy": _policy(setting.basemaps, (script, START)),
        "style": styles("leaflet/leaflet.css", "page.css"),
        "script": script,
        "start": START,
    }
    page = _template().render(**values, packed="\0")
    check_addresses(page, allowed=[*setting.names.values(), setting.report])
    return page.replace("\0", pack_layer(layer, lists=lists, shift=setting.shift))


def _page_data(
    part: Results,
    layer: gpd.GeoDataFrame,
    legend: Legend,
    *,
    category: str,
    setting: _Setting,
) -> dict[str, Any]:
    """Gather what the page's script and its template both show."""
    text, lang = words(setting.lang), setting.lang
    uses = layer["category"]
    return {
        "words": dict(text),
        "lang": lang,
        "file": Path(setting.names[category]).stem,
        "report": setting.report,
        "title": part.title,
        "subtitle": _subtitle(part, category, lang),
        "unit": text["unit"].format(unit=text.get(legend.unit, legend.unit)),
        "bounds": _bounds([part.parcels, part.regions, part.townships], setting.shift),
        "colours": [[use, colour(use), safe_colour(use, uses)] for use in uses.unique()],
        "values": {row.category: row.members for row in legend.uses},
        "themes": _themes(layer, lang),
        "times": _times(layer, lang),
        "titles": _titles(layer, lang),
        "marks": _marks(part, setting),
        "block": [*_block(part, setting), *_placed(part, category, text)],
        "placed": {"regions": _placed_in(part, category), "colour": colour(category)},
        "legend": [
            {**asdict(row), "name": category_name(row.category, lang)}
            for row in (*legend.uses, legend.total)
        ],
        "region_rows": [asdict(row) for row in legend.regions],
        "basemaps": [asdict(base) for base in setting.basemaps],
        "regions": _places(part.regions, legend, shift=setting.shift),
        "townships": _places(part.townships, shift=setting.shift),
    }


def _placed_in(part: Results, category: str) -> list[str]:
    """Name the regions in which the plan places a use without figures (布局)."""
    placements = part.plan.placements
    rows = placements.loc[placements["category"] == category, "regions"] if category else ()
    return list(dict.fromkeys(name for regions in rows for name in regions))


def _placed(part: Results, category: str, text: Mapping[str, str]) -> list[tuple[str, str]]:
    names = _placed_in(part, category)
    return [(text["placed"], "、".join(names))] if names else []


def _depths(uses: Sequence[str]) -> dict[str, int]:
    """Count for each use how many of the others it is part of."""
    return {u: sum(u != o and is_within(u, o) for o in uses) for u in uses}


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["tojson"] = _json
    source = asset("page.html")
    for name in ("style", "script", "start", "data"):
        source = source.replace("{{ " + name + " }}", "{{ " + name + "|safe }}")
    return environment.from_string(source)


def _json(value: Any) -> str:
    """JSON that can stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


# ---------------------------------------------------------------- the tables of one page


def _part(results: Results, category: str) -> Results:
    """Take the parcels of one use, and their rows of the crosswalk; all for the overview."""
    parcels = conform(results.parcels, PARCELS)
    if category:
        parcels = parcels[[is_within(c, category) for c in parcels["category"]]]
    crosswalk = results.crosswalk
    crosswalk = crosswalk[crosswalk["parcel_id"].isin(parcels["parcel_id"])]
    return replace(
        results,
        parcels=parcels,
        regions=conform(results.regions, REGIONS),
        townships=conform(results.townships, REGIONS),
        crosswalk=crosswalk,
    )


def _drawn_parcels(part: Results) -> tuple[gpd.GeoDataFrame, dict[str, list[list[Any]]]]:
    """Parcels with mapped area, verdict and number of passed checks; their regions and faults."""
    ids = part.parcels["parcel_id"]
    names = dict(zip(part.regions["region_id"], part.regions["name"], strict=True))
    pieces = part.crosswalk[part.crosswalk["area_m2"] > 0]
    regions: dict[str, list[str]] = {}
    for parcel, region in zip(pieces["parcel_id"], pieces["region_id"], strict=True):
        regions.setdefault(parcel, []).append(names.get(region, ""))
    area = pieces.groupby("parcel_id")["area_m2"].sum()
    found = part.findings[part.findings["subject"].isin(ids) & (part.findings["subject"] != "")]
    verdicts: dict[str, set[str]] = {}
    faults: dict[str, list[list[Any]]] = {}
    passed: Counter[str] = Counter()
    columns = (found[c] for c in ("subject", "verdict", "message"))
    for row, subject, verdict, message in zip(found.index, *columns, strict=True):
        verdicts.setdefault(subject, set()).add(verdict)
        if verdict == "pass":
            passed[subject] += 1
        else:
            faults.setdefault(subject, []).append([int(row), verdict, message])
    layer = part.parcels.assign(
        mapped_area_m2=area.reindex(ids).round(2).to_numpy(dtype="float64"),
        verdict=[min(verdicts.get(i, {""}), key=_WORST.index) for i in ids],
        passed=[passed[i] for i in ids],
    )
    lists: dict[str, list[list[Any]]] = {
        "regions": [regions.get(i, []) for i in ids],
        "findings": [faults.get(i, []) for i in ids],
    }
    return layer, lists


def _titles(layer: gpd.GeoDataFrame, lang: Lang) -> dict[str, str]:
    """Headings of the attributes that hold anything, in the order shown."""
    known = {c.name: say(lang, c.zh, c.en) for c in (*TARGETS.columns, *PARCELS.columns)}
    text = words(lang)
    extra = {"mapped_area_m2": text["mapped_area"], "regions": text["region_names"]}
    shown = [
        c
        for c in layer.columns
        if c not in (layer.geometry.name, "verdict", "passed", "mapped_area_m2")
        and layer[c].notna().any()
        and (layer[c].astype(str) != "").any()
    ]
    titles = {c: known.get(c, c) for c in shown}
    return {**titles, **extra, "verdict": text["verdict"]}


def _themes(layer: gpd.GeoDataFrame, lang: Lang) -> list[dict[str, Any]]:
    """Attributes with few values, by which parcels can be coloured."""
    titles = {c.name: say(lang, c.zh, c.en) for c in PARCELS.columns}
    themes = []
    for name in _THEMES:
        values = sorted(layer[name].unique(), key=_in_time)
        if any(values) and len(values) <= len(SAFE_COLOURS):
            colours = [[v, SAFE_COLOURS[i] if v else "#cccccc"] for i, v in enumerate(values)]
            themes.append({"name": name, "title": titles[name], "colours": colours})
    return themes


def _times(layer: gpd.GeoDataFrame, lang: Lang) -> dict[str, Any] | None:
    """Quarters or months in order, up to which parcels can be shown; None with less than two."""
    values = sorted({v for v in layer["quarter"] if v}, key=_in_time)
    if len(values) < 2:
        return None
    return {"name": "quarter", "title": _titles(layer, lang)["quarter"], "values": values}


def _in_time(text: str) -> list[tuple[int, str]]:
    """Give the order of times as written: 一 before 二, 9月 before 12月."""
    plain = text.translate(_NUMERALS)
    return [(int(number or -1), other) for number, other in re.findall(r"(\d*)(\D*)", plain)]


# ---------------------------------------------------------------- boundaries


def _places(
    table: gpd.GeoDataFrame,
    legend: Legend | None = None,
    *,
    shift: Shift | None,
) -> dict[str, Any]:
    """Names, rings and borders of regions or townships, in latitude and longitude."""
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
                "completion": row.completion if row else None,
                "difference": row.amount if row else None,
                "difference_text": row.difference if row else "",
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


def _bounds(
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


# ---------------------------------------------------------------- what the title block says


def _subtitle(part: Results, category: str, lang: Lang) -> str:
    place = part.plan.jurisdiction
    name = category_name(category, lang) if category else words(lang)["overview"]
    return " · ".join(t for t in (place, _period(part, lang), name) if t)


def _period(part: Results, lang: Lang) -> str:
    plan = part.plan
    if plan.start and plan.end:
        return say(lang, f"{plan.start} 至 {plan.end}", f"{plan.start} to {plan.end}")
    return say(lang, f"{plan.year} 年", str(plan.year)) if plan.year else ""


def _marks(part: Results, setting: _Setting) -> list[str]:
    """Say in plain words what is not as surveyed."""
    text = words(setting.lang)
    present = {*part.parcels["basis"], *part.regions["basis"], *part.townships["basis"]}
    marks = [text[f"mark_{b}"] for b in ("sample", "schematic", "approximate") if b in present]
    return [*marks, *([text["mark_gcj02"]] if any(b.gcj02 for b in setting.basemaps) else [])]


def _block(part: Results, setting: _Setting) -> list[tuple[str, str]]:
    text, lang = words(setting.lang), setting.lang
    plan = part.plan
    source = say(lang, f"《{plan.title}》" if plan.title else "", plan.title)
    crs = describe_crs(part.parcels.crs, lang)
    ellipsoid = part.parcels.crs.ellipsoid.name
    present = {*part.parcels["basis"], *part.regions["basis"], *part.townships["basis"]} - {""}
    items = [
        (text["map_number"], part.map_number or text["map_number_open"]),
        (text["source"], " ".join(t for t in (source, plan.document) if t)),
        (text["period"], _period(part, lang)),
        (text["made_on"], setting.made_on.isoformat()),
        (text["crs"], say(lang, f"{crs}，{text['crs_note']}", f"{crs}, {text['crs_note']}")),
        (text["basis"], text["basis_text"].format(ellipsoid=ellipsoid)),
        (
            text["mark_title"],
            say(lang, "、", ", ").join(text[f"basis_{b}"] for b in sorted(present)),
        ),
    ]
    return [item for item in items if item[1]]


def _tabs(setting: _Setting, here: str) -> list[dict[str, Any]]:
    return [
        {
            "href": name,
            "here": category == here,
            "name": category_name(category, setting.lang) or words(setting.lang)["overview"],
            "colour": colour(category) if category else "",
        }
        for category, name in setting.names.items()
    ]


# ---------------------------------------------------------------- addresses


def _policy(basemaps: Iterable[Basemap], inline: Iterable[str]) -> str:
    """Content-security policy: these scripts, no network but tiles of the chosen basemaps."""
    hashes = " ".join(f"'sha256-{_digest(text)}'" for text in inline)
    hosts = " ".join(dict.fromkeys(base.host for base in basemaps))
    return (
        f"default-src 'none'; script-src {hashes} blob:; worker-src blob:; "
        f"style-src 'unsafe-inline'; img-src data: blob: {hosts}".rstrip()
        + "; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


class _Addresses(HTMLParser):
    """Collect every address that a page could load or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.split(":")[-1] in (
                "href", "src", "srcset", "action", "formaction", "poster", "data", "ping", "cite",
            ):  # fmt: skip
                self.found.append(value or "")
            elif name == "style":
                self.found += _css_addresses(value or "")
        kind = dict(attrs).get("type") or "text/javascript"
        self.inside = tag if tag == "style" or (tag == "script" and "javascript" in kind) else ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 (the parser's own signature)
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.found += _css_addresses(data)
        elif self.inside == "script":
            self.found += re.findall(r"(?:https?|wss?|ftp):(?:\\?/){2}[\w.\-/]*[\w.-]", data)


def _css_addresses(text: str) -> list[str]:
    return re.findall(r"url\(\s*['\"]?([^'\")]*)", text) + re.findall(r"@import\s+(\S+)", text)


def check_addresses(page: str, *, allowed: Iterable[str] = ()) -> None:
    """Raise if a page names an address that it should not.

    Allowed are ``data:`` pictures, places within the page, `ALLOWED_URLS`, and ``allowed`` with
    or without a fragment. Words that a person reads, and data, are not addresses.

    Raises
    ------
    InputError
        Naming the addresses.

    Examples
    --------
    >>> check_addresses('<a href="report.html#f1">3</a>', allowed=["report.html"])
    >>> check_addresses('<img src="https://example.com/a.png">')
    Traceback (most recent call last):
        ...
    landgis.errors.InputError: 页面引用了未经允许的地址：https://example.com/a.png。
    """
    parser = _Addresses()
    parser.feed(page)
    good = {*ALLOWED_URLS, *allowed}
    bad = [
        a
        for a in parser.found
        if not (a.startswith(("data:image/", "#")) or a.partition("#")[0] in good or a in good)
    ]
    if bad:
        told = "、".join(dict.fromkeys(bad))
        raise InputError(
            f"页面引用了未经允许的地址：{told}。",
            f"The page names addresses that are not allowed: {told}.",
        )


# ---------------------------------------------------------------- files


def _file_part(category: str, taken: Iterable[str]) -> str:
    """Make a part of a file name: letters, digits and Chinese characters only."""
    name = re.sub(r"[^\w-]+", "_", category)[:60].strip("_") or "_"
    names = {t.lower() for t in taken}
    number = 1
    unique = name
    while f"map-{unique}.html".lower() in names:
        number += 1
        unique = f"{name}-{number}"
    return unique


def _write_all(pages: Mapping[Path, str]) -> list[Path]:
    """Write every page beside its place, then put all in place."""
    beside = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in pages}
    try:
        for path, page in pages.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside[path].write_text(page, encoding="utf-8", newline="\n")
        for path, part in beside.items():
            os.replace(part, path)  # noqa: PTH105 (one step, also over an old page)
    finally:
        for part in beside.values():
            part.unlink(missing_ok=True)
    return list(pages)
