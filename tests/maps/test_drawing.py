"""What the painter draws, pixel by pixel: holes, parts, three metres, borders without cracks."""

import folium
import geopandas as gpd
import invented
import numpy as np
import pytest
import shapely
from looking import wait_until

from landgis.maps.layer import ParcelLayer, draw_map
from landgis.maps.pack import to_grid

RED, BLUE = (200, 30, 40), (20, 60, 220)
PICTURE = """async ([left, top, scale, size]) => {
  const drawn = await theLayer.picture({ left, top, scale, width: size, height: size });
  const context = Object.assign(document.createElement("canvas"), { width: size, height: size })
    .getContext("2d");
  context.drawImage(drawn, 0, 0);
  return [...context.getImageData(0, 0, size, size).data];
}"""


@pytest.fixture
def painted(page, tmp_path):
    """Open a table as a layer; gives a function from (x, y, pixels per metre) to a picture."""

    def open_layer(table):
        drawn = folium.Map(tiles=None)
        offline = draw_map(invented.results(table=invented.parcels(1, 1)))
        drawn.default_js, drawn.default_css = offline.default_js, offline.default_css
        colours = {"a": "#c81e28", "b": "#143cdc"}
        ParcelLayer(table, column="category", colours=colours).add_to(drawn)
        drawn.save(tmp_path / "map.html")
        page.goto((tmp_path / "map.html").as_uri())
        page.evaluate(
            "window.theLayer = Object.values(window).find((v) => v instanceof L.LandgisParcels)",
        )
        wait_until(page, "theLayer.count !== undefined")
        return picture

    def picture(x, y, per_metre, size):
        """Colours (size × size × 4) of the ground right of and below a place of the town."""
        ends = np.array([[x, y], [x + 1000, y]]) + np.array([invented.EAST, invented.NORTH])
        degrees = gpd.GeoSeries(shapely.points(ends), crs=invented.CRS).to_crs(4326)
        here, there = to_grid(shapely.get_coordinates(degrees)).astype(float)
        units = np.hypot(*(there - here)) / 1000
        values = page.evaluate(PICTURE, [*here, per_metre / units, size])
        return np.array(values, dtype=np.uint8).reshape(size, size, 4)

    yield open_layer
    assert page.faults == []
    assert page.requests == []


def is_colour(pixel, colour):
    return pixel[3] == 255 and np.abs(pixel[:3].astype(int) - colour).max() <= 2


def town():
    """A ring with its filling, two parts and three metres; beside them 1 600 further parcels.

    ::

        +-----------+   +--+  +--+
        | a  +---+  |   |a |  |a |    . a
        |    | b |  |   +--+  +--+
        |    +---+  |
        +-----------+
    """
    ring, hole = invented.at(0, 0, 200, 200), invented.at(50, 50, 150, 150)
    parts = shapely.union(invented.at(250, 150, 300, 200), invented.at(350, 150, 400, 200))
    shapes = [ring.difference(hole), hole, parts, invented.at(450, 197, 453, 200)]
    others = invented.mosaic(1_600).geometry.translate(5_000)
    return gpd.GeoDataFrame(
        {
            "parcel_id": range(len(shapes) + len(others)),
            "category": [*"abaa", *["b"] * len(others)],
        },
        geometry=[*shapes, *others],
        crs=invented.CRS,
    )


def test_holes_and_parts_have_their_colours(painted):
    picture = painted(town())(0, 200, 0.5, 256)
    assert is_colour(picture[12, 12], RED)
    assert is_colour(picture[50, 50], BLUE)
    assert is_colour(picture[12, 137], RED)
    assert is_colour(picture[12, 187], RED)
    assert picture[12, 162, 3] == 0
    assert picture[120, 120, 3] == 0


def test_a_hole_of_two_pixels_is_a_hole(painted):
    picture = painted(town())(0, 200, 0.02, 4)
    blue = np.array([[is_colour(pixel, BLUE) for pixel in row] for row in picture])
    red = np.array([[is_colour(pixel, RED) for pixel in row] for row in picture])
    assert np.argwhere(blue).tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert (red != blue).all()


def test_three_metres_are_never_lost(painted):
    picture = painted(town())
    for per_metre, pixels in [(0.01, 1), (0.1, 1), (1, 9)]:
        drawn = picture(450 - 19.25 / per_metre, 200 + 19.25 / per_metre, per_metre, 40)
        drawn = drawn[19:24, 19:24].reshape(-1, 4)
        assert sum(is_colour(pixel, RED) for pixel in drawn) == pixels


def test_neighbours_meet_without_cracks(painted):
    """Parcels of a quarter of a pixel to three hundred pixels: no ground shows between them."""
    picture = painted(invented.mosaic(2_500).assign(category="a"))
    least = {}
    for per_metre in (0.004, 0.02, 0.05, 0.08, 0.1, 0.3, 1, 5):
        size = min(256, int(2_400 * per_metre))
        least[per_metre] = picture(300, 2_700, per_metre, size)[..., 3].min()
    assert min(least.values()) >= 230, least


def test_one_parcel_of_half_a_million_corners_is_drawn_and_pointed_at(painted, page):
    """The page never holds more of its outline than can be seen."""
    angle = np.linspace(0, 2 * np.pi, 500_000)
    away = 900 * (1 + 0.2 * np.sin(60 * angle))
    x, y = away * np.cos(angle), away * np.sin(angle)
    shape = shapely.Polygon(
        np.column_stack([invented.EAST + 1_000 + x, invented.NORTH + 1_000 + y]),
    )
    table = gpd.GeoDataFrame({"category": ["a"]}, geometry=[shape], crs=invented.CRS)
    picture = painted(table)
    assert is_colour(picture(900, 1_100, 0.5, 64)[32, 32], RED)
    corners = page.evaluate("theLayer.record(0).then(({ rings }) => rings[0].length)")
    assert 1_000 < corners < 6_000
