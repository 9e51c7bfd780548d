"""Where things are on a shown map, and what stands there."""

import io

import pyproj
from invented import CRS, EAST, NORTH
from PIL import Image

DEGREES = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)


def place(page, x, y):
    """Screen position of a place, in metres from the town's corner."""
    longitude, latitude = DEGREES.transform(EAST + x, NORTH + y)
    return page.evaluate(
        "([lat, lng]) => { const p = landgisMap.latLngToContainerPoint([lat, lng]);"
        " const box = document.getElementById('map').getBoundingClientRect();"
        " return [p.x + box.x, p.y + box.y]; }",
        [latitude, longitude],
    )


def wait_until(page, expression, argument=None):
    """Wait until a script gives true; the page's own policy forbids to wait inside of it."""
    for _ in range(400):
        if page.evaluate(expression, argument):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never true: {expression}")


def hover(page, x, y):
    """Point at a place; the first line of the tooltip, or nothing."""
    left, top = place(page, x, y)
    page.mouse.move(left - 3, top - 3)
    page.mouse.move(left, top)
    wait_until(
        page,
        "([x, y]) => { const at = landgisParcels.pointed, b = document.getElementById('map')"
        ".getBoundingClientRect(); return at && landgisMap.latLngToContainerPoint(at)"
        ".distanceTo([x - b.x, y - b.y]) < 1.5; }",
        [left, top],
    )
    return page.evaluate(
        "landgisParcels._tip ? landgisParcels._tip.getElement().querySelector('b').innerText : ''",
    )


def colour_at(page, x, y):
    """(red, green, blue) of the screen at a place."""
    left, top = place(page, x, y)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return picture.getpixel((round(left), round(top)))


def bare(page):
    """Take away what lies over the map."""
    page.evaluate("document.getElementById('status').style.display = 'none'")


def settle(page):
    """Wait until the tiles show the present colours and filter."""
    page.evaluate("landgisParcels.repaint()")
    page.wait_for_timeout(300)  # Leaflet fades tiles in


def near(colour, wanted, within=14):
    """Whether two colours look the same (tiles are slightly transparent)."""
    return all(abs(a - b) <= within for a, b in zip(colour, wanted, strict=True))


def drawn_texts(page):
    """Every text that the exported picture shows."""
    return page.evaluate(
        """async () => {
          const said = [], own = CanvasRenderingContext2D.prototype.fillText;
          CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
            said.push(text);
            return own.call(this, text, ...rest);
          };
          await landgisSheetNow();
          CanvasRenderingContext2D.prototype.fillText = own;
          return said;
        }""",
    )
