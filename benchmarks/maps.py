"""The packed layer against `folium.GeoJson`: size, build, first full draw, gaps, memory.

Parcels tile a square, 17 vertices each, borders shared, six attributes. Each way is built and
opened in the same run, in a fresh headless Chromium without a GPU, from a file, with Leaflet
inside and no network. ``gap`` is the longest pause between two frames while the map is dragged
and pointed at for some seconds; memory is that of the renderer process.

    python benchmarks/maps.py 1000 10000 50000 200000 --ours 500000
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

import folium
import geopandas as gpd
import psutil

from landgis.maps.layer import ParcelLayer, draw_map

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "maps"))

from browser import start_browser, watched_page
from invented import mosaic, results

LONGEST_S = 240


def empty_map(*, canvas: bool = False) -> folium.Map:
    """A folium map with Leaflet inside."""
    page = draw_map(results())
    bare = folium.Map(tiles=None, prefer_canvas=canvas, location=[30.7, 120.01], zoom_start=13)
    bare.default_js, bare.default_css = page.default_js, page.default_css
    return bare


def ours(parcels: gpd.GeoDataFrame) -> folium.Map:
    page = empty_map()
    ParcelLayer(parcels).add_to(page)
    return page


def geojson(parcels: gpd.GeoDataFrame, *, canvas: bool = False) -> folium.Map:
    page = empty_map(canvas=canvas)
    layer = folium.GeoJson(
        parcels.to_crs(4326),
        style_function=lambda _: {"weight": 0.7, "fillOpacity": 0.9},
        tooltip=folium.GeoJsonTooltip(["parcel_id", "category"]),
    ).add_to(page)
    page.fit_bounds(layer.get_bounds())
    return page


WATCH = """
window.drawn = 0;
document.addEventListener('DOMContentLoaded', () => setTimeout(() => {
  const map = Object.values(window).find((v) => window.L && v instanceof L.Map);
  window.theMap = map;
  let tiles = null;
  map.eachLayer((layer) => { if (layer instanceof L.GridLayer) tiles = layer; });
  const done = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.drawn = performance.now();
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


def measure(browser, path: Path) -> dict[str, float]:
    """Open a page, drag and point at it."""
    with watched_page(browser, viewport={"width": 1366, "height": 768}) as page:
        page.add_init_script(WATCH)
        page.set_default_timeout(LONGEST_S * 1000)
        page.goto(path.as_uri(), timeout=LONGEST_S * 1000, wait_until="commit")
        page.wait_for_function("window.drawn > 0", timeout=LONGEST_S * 1000)
        drawn = page.evaluate("window.drawn") / 1000
        page.wait_for_timeout(500)
        page.evaluate(GAPS)
        page.mouse.move(700, 380)
        for _ in range(3):
            page.mouse.move(700, 380)
            page.mouse.down()
            page.mouse.move(420, 300, steps=25)
            page.mouse.up()
            page.mouse.move(720, 420, steps=25)
        gap = page.evaluate("window.gap")
        children = psutil.Process().children(recursive=True)
        renderers = [p for p in children if "--type=renderer" in p.cmdline()]
        memory = max(p.memory_full_info().uss for p in renderers) / 1e6
        assert page.faults == [], page.faults
    return {"draw s": drawn, "gap ms": gap, "memory MB": memory}


def run(label: str, build, parcels: gpd.GeoDataFrame, folder: Path) -> str:
    path = folder / f"{len(parcels)}.html"
    began, worked = time.perf_counter(), time.process_time()
    build(parcels).save(path)
    built, worked = time.perf_counter() - began, time.process_time() - worked
    size = path.stat().st_size / 1e6
    try:
        with start_browser() as browser:
            seen = measure(browser, path)
        told = " | ".join(f"{v:.2f}" if v < 100 else f"{v:.0f}" for v in seen.values())
    except Exception as error:  # noqa: BLE001 (too slow or out of memory is a result here)
        told = f"{type(error).__name__} | – | –"
    return f"| {len(parcels):,} | {label} | {size:.2f} | {built:.2f} | {worked:.2f} | {told} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", nargs="*", type=int, default=[1_000, 10_000])
    parser.add_argument("--ours", nargs="*", type=int, default=[], help="counts for ours alone")
    given = parser.parse_args()
    ways = {
        "ParcelLayer": ours,
        "GeoJson SVG": geojson,
        "GeoJson canvas": lambda parcels: geojson(parcels, canvas=True),
    }
    print(f"{platform.platform()}, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    print("| parcels | way | file MB | build s | of it CPU s | draw s | gap ms | memory MB |")
    print("|---|---|---|---|---|---|---|---|")
    folder = Path(tempfile.mkdtemp())
    for count in (*given.counts, *given.ours):
        parcels = mosaic(count)
        for label, build in ways.items():
            if label == "ParcelLayer" or count not in given.ours:
                print(run(label, build, parcels, folder), flush=True)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
