"""The packed layer against `folium.GeoJson`: size, build, first full draw, gaps, memory.

Parcels tile a square, 17 vertices each, borders shared, six attributes. Each way is built and
opened in the same run, in a fresh headless Chromium without a GPU, from a file, with Leaflet
inside and no network; README.md tells what the columns mean. The whole table, some ten minutes:

    python benchmarks/maps.py 1000 10000 50000 200000 --ours 500000
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import psutil
import shapely

from landgis.findings import Finding, findings_table
from landgis.maps.layer import ParcelLayer, draw_map
from landgis.maps.page import write_maps
from landgis.results import Results

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "maps"))

from browser import start_browser, watched_page
from invented import mosaic, regions, results, targets_of

LONGEST_S = 90  # to open a page, and to drag it and point at it
LIGHT_MB = 30  # smaller pages are opened three times
COLUMNS = {
    "file MB": ".2f",
    "build s": ".1f",
    "build CPU s": ".1f",
    "draw s": ".2f",
    "draw CPU s": ".2f",
    "pan gap ms": ".0f",
    "hover gap ms": ".0f",
    "find ms": ".0f",
    "private MB": ".0f",
    "RSS MB": ".0f",
}


def empty_map(*, canvas: bool = False) -> folium.Map:
    """A folium map with Leaflet inside."""
    page = draw_map(results())
    bare = folium.Map(tiles=None, prefer_canvas=canvas, location=[30.7, 120.01], zoom_start=13)
    bare.default_js, bare.default_css = page.default_js, page.default_css
    return bare


def nothing(_: gpd.GeoDataFrame, folder: Path) -> Path:
    """The browser and Leaflet themselves."""
    return saved(empty_map(), folder)


def layer(parcels: gpd.GeoDataFrame, folder: Path) -> Path:
    page = empty_map()
    ParcelLayer(parcels).add_to(page)
    return saved(page, folder)


def pages(parcels: gpd.GeoDataFrame, folder: Path) -> Path:
    """All pages of a run with a finding for each parcel; the overview is looked at."""
    return write_maps(checked(parcels), folder)[0]


def geojson(parcels: gpd.GeoDataFrame, folder: Path, *, canvas: bool = False) -> Path:
    page = empty_map(canvas=canvas)
    drawn = folium.GeoJson(
        parcels.to_crs(4326),
        style_function=lambda _: {"weight": 0.7, "fillOpacity": 0.9},
        tooltip=folium.GeoJsonTooltip(["parcel_id", "category"]),
    ).add_to(page)
    page.fit_bounds(drawn.get_bounds())
    return saved(page, folder)


def geojson_canvas(parcels: gpd.GeoDataFrame, folder: Path) -> Path:
    return geojson(parcels, folder, canvas=True)


def saved(page: folium.Map, folder: Path) -> Path:
    page.save(folder / "map.html")
    return folder / "map.html"


def checked(parcels: gpd.GeoDataFrame) -> Results:
    """Results of one region, one parcel in 37 at fault."""
    places = regions().iloc[:1].set_geometry([shapely.box(*parcels.total_bounds)], crs=parcels.crs)
    ids, area = parcels["parcel_id"], parcels.geometry.area
    pieces = pd.DataFrame({"parcel_id": ids, "region_id": "r1", "area_m2": area, "share": 1.0})
    findings = [
        Finding(
            check="parcels.area",
            subject=subject,
            verdict="pass" if i % 37 else "fail",
            message="一致" if i % 37 else f"登记面积与图上面积相差 {i} 平方米",
            unit="平方米",
        )
        for i, subject in enumerate(ids)
    ]
    plan = replace(results().plan, targets=targets_of(parcels, places, pieces))
    tables = {"parcels": parcels, "regions": places, "crosswalk": pieces, "plan": plan}
    return replace(results(), **tables, findings=findings_table(findings))


WATCH = """
window.drawn = 0;
document.addEventListener('DOMContentLoaded', () => setTimeout(() => {
  const values = Object.values(window);
  const map = values.find((v) => window.L && v instanceof L.Map);
  window.theLayer = L.LandgisParcels && values.find((v) => v instanceof L.LandgisParcels);
  let tiles = null;
  map.eachLayer((layer) => { if (layer instanceof L.GridLayer) tiles = layer; });
  const done = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.drawn = performance.now();
    document.documentElement.dataset.seen = '1';
  }));
  if (tiles) tiles.on('load', done); else done();
}));
"""
GAPS = """
window.gap = 0;
window.last = performance.now();
(function frame() {
  const now = performance.now();
  window.gap = Math.max(window.gap, now - window.last);
  window.last = now;
  requestAnimationFrame(frame);
})();
"""
FIND = """async (id) => {
  if (!window.theLayer) return NaN;
  const began = performance.now();
  const [found] = await theLayer.find(id, ['parcel_id'], { exact: true, limit: 1 });
  if (!found) throw new Error('not found');
  return performance.now() - began;
}"""


def measure(path: Path, sought: str) -> dict[str, float]:
    """Open a page, drag it, point at it, search in it."""
    with start_browser() as browser, watched_page(browser) as page:
        page.add_init_script(WATCH)
        page.set_default_timeout(LONGEST_S * 1000)
        page.goto(path.as_uri(), timeout=LONGEST_S * 1000, wait_until="commit")
        page.wait_for_selector("html[data-seen]", state="attached", timeout=LONGEST_S * 1000)
        seen = {"draw s": page.evaluate("window.drawn") / 1000}
        children = psutil.Process().children(recursive=True)
        renderers = [p for p in children if "--type=renderer" in p.cmdline()]
        renderer = max(renderers, key=lambda p: p.memory_info().rss)
        seen["draw CPU s"] = sum(renderer.cpu_times()[:2])
        page.wait_for_timeout(500)
        page.evaluate(GAPS)
        for name, drags in [("pan gap ms", True), ("hover gap ms", False)]:
            page.mouse.move(700, 380)
            page.wait_for_timeout(200)
            page.evaluate("window.gap = 0")
            seen[name] = move(page, drags=drags)
        seen["find ms"] = page.evaluate(FIND, sought)
        memory = renderer.memory_full_info()
        seen |= {"private MB": memory.uss / 1e6, "RSS MB": memory.rss / 1e6}
        assert page.faults == [], page.faults
        assert page.requests == [], page.requests
    return seen


def move(page, *, drags: bool) -> float:
    """Move the pointer to and fro; the worst gap between two frames, in milliseconds."""
    ended = time.monotonic() + LONGEST_S / 3
    for turn in range(4):
        if drags:
            page.mouse.down()
        for step in range(1, 21):
            across = step if turn % 2 == 0 else 20 - step
            page.mouse.move(700 - 14 * across, 380 - 4 * across)
            if time.monotonic() > ended:
                break
        if drags:
            page.mouse.up()
    page.wait_for_timeout(100)
    return float(page.evaluate("window.gap"))


def run(label: str, build, parcels: gpd.GeoDataFrame, folder: Path) -> str:
    """One line of the table."""
    began, worked = time.perf_counter(), time.process_time()
    path = build(parcels, folder)
    values = {"build s": time.perf_counter() - began, "build CPU s": time.process_time() - worked}
    values["file MB"] = path.stat().st_size / 1e6
    sought = parcels["parcel_id"].iloc[-1]
    try:
        seen = [measure(path, sought) for _ in range(3 if values["file MB"] < LIGHT_MB else 1)]
        values |= {name: float(np.median([s[name] for s in seen])) for name in seen[0]}
        note = ""
    except Exception as error:  # noqa: BLE001 (too slow or out of memory is a result here)
        slow = "Timeout" in type(error).__name__
        note = f" (not open after {LONGEST_S} s)" if slow else f" ({type(error).__name__})"
    told = [format(v, COLUMNS[c]) if (v := values.get(c, np.nan)) == v else "–" for c in COLUMNS]
    return f"| {len(parcels):,} | {label}{note} | {' | '.join(told)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", nargs="*", type=int)
    parser.add_argument("--ours", nargs="*", type=int, default=[], help="counts for ours alone")
    given = parser.parse_args()
    own = {"`ParcelLayer`": layer, "`write_maps`": pages}
    others = {"`folium.GeoJson`, SVG": geojson, "`folium.GeoJson`, canvas": geojson_canvas}
    began = time.monotonic()
    print(f"{platform.platform()}, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    print(f"| parcels | way | {' | '.join(COLUMNS)} |")
    print("|---" * (len(COLUMNS) + 2) + "|")
    folder = Path(tempfile.mkdtemp())
    print(run("no layer", nothing, mosaic(1), folder), flush=True)
    for count in (*given.counts, *given.ours):
        parcels = mosaic(count)
        for label, build in {**own, **({} if count in given.ours else others)}.items():
            print(run(label, build, parcels, folder), flush=True)
    shutil.rmtree(folder)
    print(f"{(time.monotonic() - began) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
