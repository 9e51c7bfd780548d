"""Draw docs/map-page.png, the README's picture of map and report, from a demonstration project.

``.venv/bin/python scripts/readme_picture.py`` needs what the tests of pages need: playwright and a
browser.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
# this folder's landgis, not an installed one
sys.path.insert(0, str(ROOT))

SIZE = {"width": 1200, "height": 800}
WIDTH, COLOURS = 760, 96


def main() -> None:
    """Run the project, photograph its map and its report, and set one beside the other."""
    import landgis  # noqa: PLC0415 - after the path is set
    from landgis.files.machine import find_browser  # noqa: PLC0415 - the same

    results = landgis.run_project(ROOT / "data" / "projects" / "huzhou-2024.toml")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        landgis.write_maps(results, folder)
        landgis.write_report(results, folder)
        browser = driver.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport=SIZE)
        shots = []
        for name in ("overview.html", "report.html"):
            page.goto(Path(folder, name).as_uri())
            page.wait_for_timeout(4000)  # the worker draws its tiles
            shots.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        browser.close()
    height = WIDTH * SIZE["height"] // SIZE["width"]
    both = Image.new("RGB", (2 * WIDTH + 16, height), "white")
    for number, shot in enumerate(shots):
        small = shot.resize((WIDTH, height), Image.Resampling.LANCZOS)
        both.paste(small, (number * (WIDTH + 16), 0))
    both.quantize(COLOURS).save(ROOT / "docs" / "map-page.png", optimize=True)


if __name__ == "__main__":
    main()
