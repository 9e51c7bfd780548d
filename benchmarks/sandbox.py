"""How fast a sandbox page answers a click: everything that moves, measured in a real browser.

    python benchmarks/sandbox.py 2000x15 50000x30

A click is a click on the map at a candidate: hit test, exact totals, tables, rules, the answer, the
canvas, the card, and the layout after it. Means of ten clicks, their median and the worst.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

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
CLICK = """([from, clicks, whole]) => {
  const { problem, layer, map, count, decide } = landgisDeciding;
  const free = [...Array(problem.n).keys()].filter((c) => problem.open[c] && !problem.must[c]);
  for (let i = from; i < from + clicks; i++) {
    const c = free[(i * 7919) % free.length];
    if (whole) map.fire("click", { latlng: layer.boundsOf(c).getCenter() });
    else decide.turn([[c, count.taken[c] < 0 ? problem.options(c)[0] : -1, null, 1]]);
    document.body.offsetHeight;
  }
}"""
"""Clicks on the map with the card, or turns alone: totals, tables, rules, answer and canvas."""


def busy(session: Any) -> float:
    """CPU seconds of the page's main thread so far: other work on the machine does not count."""
    told = session.send("Performance.getMetrics")["metrics"]
    return next(m["value"] for m in told if m["name"] == "TaskDuration")


def measure(page: Any, path: Path, clicks: int) -> dict[str, float]:
    """Open a page and click; CPU of its main thread."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached", timeout=120_000)
    told = {"opened CPU s": busy(session)}
    page.evaluate(CLICK, [0, 20, True])  # once warm
    for name, whole in (("turn", False), ("click with its card", True)):
        each = []
        for start in range(0, clicks, 10):
            before = busy(session)
            page.evaluate(CLICK, [start, 10, whole])
            each.append((busy(session) - before) * 100)
        told |= {f"{name} ms": float(np.median(each)), f"{name} worst ms": float(max(each))}
    before = busy(session)
    page.evaluate("landgisDeciding.layer.draw()")
    return {**told, "whole map drawn ms": (busy(session) - before) * 1000}


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
