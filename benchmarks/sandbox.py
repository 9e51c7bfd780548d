"""How fast a sandbox page answers a click: everything that moves, measured in a real browser.

    python benchmarks/sandbox.py 2000x15 50000x30

A click is a click on the map at a candidate: hit test, exact totals, tables, rules, the answer, the
canvas, the card with what a turn would break and exchanges, and the layout after it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from landgis.maps.sandbox import write_sandbox

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "maps"))

from browser import start_browser, watched_page
from deciding import PERIODS, candidate_table, posed, region_table

USES = (
    *("住宅用地", "工矿仓储用地", "商服用地", "公共管理与公共服务用地", "交通运输用地"),
    *("公用设施用地", "特殊用地", "教育用地", "医疗卫生用地", "公园与绿地"),
)
CLICK = """(clicks) => {
  const { problem, layer, map, count } = landgisDeciding, times = [], plain = [];
  const free = [...Array(problem.n).keys()].filter((c) => problem.open[c] && !problem.must[c]);
  for (let i = 0; i < clicks; i++) {
    const c = free[(i * 7919) % free.length], latlng = layer.boundsOf(c).getCenter();
    const begun = performance.now();
    map.fire("click", { latlng });
    document.body.offsetHeight;
    times.push(performance.now() - begun);
    const again = performance.now();
    landgisDeciding.decide.turn([[c, count.taken[c] < 0 ? problem.options(c)[0] : -1, null, 1]]);
    document.body.offsetHeight;
    plain.push(performance.now() - again);
  }
  return [times, plain];
}"""


def measure(page, path: Path, clicks: int) -> dict[str, float]:
    """Open a page and click."""
    begun = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached", timeout=120_000)
    opened = time.perf_counter() - begun
    times, plain = (np.sort(values) for values in page.evaluate(CLICK, clicks))
    drawn = page.evaluate(
        "() => { const b = performance.now(); landgisDeciding.layer.draw();"
        " return performance.now() - b; }"
    )
    return {
        "opened s": opened,
        "click median ms": float(np.median(times)),
        "click 95 % ms": float(times[int(0.95 * clicks)]),
        "click worst ms": float(times[-1]),
        "turn median ms": float(np.median(plain)),
        "turn 95 % ms": float(plain[int(0.95 * clicks)]),
        "whole map drawn ms": float(drawn),
    }


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="+", help="candidates x regions, as 2000x15")
    parser.add_argument("--clicks", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, start_browser() as browser:
        for size in asked.sizes:
            count, regions = map(int, size.split("x"))
            land = candidate_table(count, regions, uses=USES)
            problem = posed(land)
            begun = time.process_time()
            path = write_sandbox(
                problem["problem"],
                Path(folder, f"{size}.html"),
                land=land,
                regions=region_table(regions),
                periods=PERIODS,
                title=size,
            )
            built = time.process_time() - begun
            with watched_page(browser) as page:
                told = measure(page, path, asked.clicks)
            row = {"MB": path.stat().st_size / 1e6, "built CPU s": built, **told}
            print(size, " | ".join(f"{name} {value:.2f}" for name, value in row.items()))


if __name__ == "__main__":
    main()
