"""Basemaps: services by name, tiles of files carried in the page, and files that are broken."""

import importlib
import io
import re
import sqlite3

import invented
import pytest
from looking import colour_at, near, wait_until
from PIL import Image

from landgis.errors import InputError
from landgis.maps import assets
from landgis.maps.assets import Basemap, carry_tiles, choose_basemap, tianditu
from landgis.maps.page import write_maps

AROUND = (119.9, 30.8, 120.1, 31.0)
TOWN = (120.9, 30.85, 121.1, 30.95)
GREEN = (30, 160, 60)


def picture(colour=GREEN, size=256):
    out = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(out, "PNG")
    return out.getvalue()


PNG = picture()


def blocks(bounds, levels):
    """Every tile of some levels that an extent touches."""
    for z in levels:
        columns, rows = assets._block(bounds, z)
        yield from ((z, x, y) for x in columns for y in rows)


def write_folder(path, wanted, data=PNG):
    for z, x, y in wanted:
        file = path / str(z) / str(x) / f"{y}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return path


def write_mbtiles(path, wanted, data=PNG):
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)")
        rows = [(z, x, 2**z - 1 - y, data) for z, x, y in wanted]
        base.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    base.close()
    return path


def write_pmtiles(path, wanted, data=PNG):
    writer = pytest.importorskip("pmtiles.writer", reason="needs the extra tiles")
    tile = importlib.import_module("pmtiles.tile")
    with path.open("wb") as file:
        out = writer.Writer(file)
        for z, x, y in sorted(wanted, key=lambda place: tile.zxy_to_tileid(*place)):
            out.write_tile(tile.zxy_to_tileid(z, x, y), data)
        out.finalize(
            {
                "tile_type": tile.TileType.PNG,
                "tile_compression": tile.Compression.NONE,
                **dict.fromkeys(("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"), 0),
                **dict.fromkeys(("center_zoom", "center_lon_e7", "center_lat_e7"), 0),
            },
            {},
        )
    return path


WRITERS = {
    "tiles": write_folder,
    "town.mbtiles": write_mbtiles,
    "town.pmtiles": write_pmtiles,
}


# ---------------------------------------------------------------- tiles of files


def read_tiles(path, bounds, **options):
    return carry_tiles([Basemap(name="底图", file=path, **options)], bounds)[0]


@pytest.mark.parametrize("name", WRITERS)
def test_three_kinds_of_sources_give_the_same_tiles(tmp_path, name):
    wanted = list(blocks(TOWN, (11, 12, 13)))
    source = WRITERS[name](tmp_path / name, [(2, 3, 1), *wanted])
    found = read_tiles(source, TOWN)
    assert sorted(found.pictures) == sorted(f"{z}/{x}/{y}" for z, x, y in wanted)
    assert (found.min_zoom, found.max_zoom, found.complete) == (11, 13, True)
    assert set(found.pictures.values()) == {assets._picture(PNG)}


@pytest.mark.parametrize("name", WRITERS)
def test_whole_levels_are_taken_as_long_as_there_is_room(tmp_path, name):
    wanted = list(blocks(TOWN, (11, 12, 13)))
    source = WRITERS[name](tmp_path / name, wanted)
    upper = [place for place in wanted if place[0] < 13]
    found = read_tiles(source, TOWN, limit_mb=(len(upper) + 0.5) * len(PNG) / 1e6)
    assert len(found.pictures) == len(upper)
    assert (found.max_zoom, found.complete) == (12, False)


@pytest.mark.parametrize("name", WRITERS)
def test_one_tile_larger_than_all_the_room_is_not_read(tmp_path, name):
    source = WRITERS[name](tmp_path / name, blocks(TOWN, (11,)), picture(size=600))
    with pytest.raises(InputError, match="MB"):
        read_tiles(source, TOWN, limit_mb=0.0005)


@pytest.mark.parametrize("name", WRITERS)
def test_an_extent_without_tiles_is_told(tmp_path, name):
    source = WRITERS[name](tmp_path / name, blocks(TOWN, (11,)))
    with pytest.raises(InputError, match="范围内没有"):
        read_tiles(source, (10.0, 50.0, 10.1, 50.1))


@pytest.mark.parametrize("name", WRITERS)
def test_vector_tiles_are_refused(tmp_path, name):
    source = WRITERS[name](tmp_path / name, blocks(TOWN, (11,)), b"\x1f\x8b\x08\x00" * 9)
    with pytest.raises(InputError, match="图片"):
        read_tiles(source, TOWN)


@pytest.mark.parametrize("name", ["town.mbtiles", "town.pmtiles"])
@pytest.mark.parametrize("content", [b"", b"PMTiles\x03", b"SQLite format 3\x00", bytes(4096)])
def test_broken_files_are_one_sentence(tmp_path, name, content):
    pytest.importorskip("pmtiles", reason="needs the extra tiles")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        read_tiles(tmp_path / name, TOWN)


@pytest.mark.parametrize("name", ["town.mbtiles", "town.pmtiles"])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_a_file_cut_short_is_one_sentence_or_whole_tiles(tmp_path, name, share):
    source = WRITERS[name](tmp_path / name, blocks(TOWN, (11, 12, 13)))
    content = source.read_bytes()
    source.write_bytes(content[: int(len(content) * share)])
    try:
        pictures = read_tiles(source, TOWN).pictures
    except InputError:
        return
    assert pictures
    assert set(pictures.values()) <= {assets._picture(PNG)}


def test_a_table_that_never_ends_is_broken_off(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "_STEPS", 200_000)
    source = tmp_path / "endless.mbtiles"
    with sqlite3.connect(source) as base:
        base.execute(
            "CREATE VIEW tiles AS WITH RECURSIVE n(z) AS (SELECT 1 UNION ALL SELECT z + 1 FROM n)"
            " SELECT z AS zoom_level, z AS tile_column, z AS tile_row, 'x' AS tile_data FROM n",
        )
    base.close()
    with pytest.raises(InputError, match="endless"):
        read_tiles(source, TOWN)


@pytest.mark.parametrize("data", [10**12, "text", None, 0.5])
def test_cells_that_are_no_pictures_are_told(tmp_path, data):
    source = write_mbtiles(tmp_path / "odd.mbtiles", blocks(TOWN, (11,)), data)
    with pytest.raises(InputError, match="odd"):
        read_tiles(source, TOWN)


def test_without_the_package_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "a.pmtiles").write_bytes(b"PMTiles")

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(assets.importlib, "import_module", missing)
    with pytest.raises(InputError, match=r"landgis\[tiles\]"):
        read_tiles(tmp_path / "a.pmtiles", TOWN)


# ---------------------------------------------------------------- names and addresses


@pytest.mark.parametrize(
    "key", ["", "0123'; script-src *", '"><script>', "天地图", "a b", "0" * 99]
)
def test_a_key_is_letters_and_digits(key):
    with pytest.raises(InputError, match="密钥"):
        choose_basemap("tianditu", key=key)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/tiles.png",
        "https://example.com;script-src */{z}/{x}/{y}.png",
        "https://example.com'/{z}/{x}/{y}.png",
        "https://user@example.com/{z}/{x}/{y}.png",
        "https://*/{z}/{x}/{y}.png",
        "https://{q}.example.com/{z}/{x}/{y}.png",
        "javascript://{z}/{x}/{y}",
        "file:///etc/{z}/{x}/{y}.png",
        "ftp://example.com/{z}/{x}/{y}.png",
        "https://example.com/{z}/{x}/{y}.png' onerror='",
    ],
)
def test_addresses_that_are_none_are_refused(address):
    with pytest.raises(InputError, match="http"):
        choose_basemap(address)


def test_what_is_no_basemap_is_told_with_what_there_is(tmp_path):
    with pytest.raises(InputError, match="tianditu"):
        choose_basemap("google")
    with pytest.raises(InputError, match=r"none\.mbtiles"):
        write_maps(
            invented.results(invented.parcels(1, 1)),
            tmp_path,
            basemaps=[choose_basemap(str(tmp_path / "none.mbtiles"))],
        )
    assert list(tmp_path.iterdir()) == []


def test_an_address_of_the_intranet_is_its_only_host():
    base = choose_basemap("http://maps.local:8080/wmts/{z}/{x}/{y}.png", gcj02=True)
    assert base.hosts == ("http://maps.local:8080",)
    assert base.gcj02


def test_tianditu_carries_its_names():
    base = tianditu("0" * 32)
    assert "LAYER=vec" in base.url
    assert "LAYER=cva" in base.labels
    assert len(base.hosts) == 8


# ---------------------------------------------------------------- in the page


def choose(page, name):
    page.locator(".leaflet-control-layers").hover()
    page.locator(".leaflet-control-layers-base").get_by_text(name, exact=True).click()


def test_carried_tiles_are_shown_without_a_request(town, tmp_path, show):
    source = write_mbtiles(
        tmp_path / "底图.mbtiles", blocks((119.9, 30.8, 120.1, 31), (13, 14, 15))
    )
    chosen = choose_basemap(str(source))
    page = show(write_maps(town, tmp_path / "out", basemaps=[chosen])[0])
    assert "底图（随页携带，至第 15 级）" in page.locator(".block").inner_text()
    assert page.locator(".leaflet-tile-pane img").count() == 0
    choose(page, "底图")
    wait_until(
        page,
        "[...document.querySelectorAll('.leaflet-tile-pane img')].some((i) => i.naturalWidth > 9)",
    )
    page.wait_for_timeout(400)
    assert near(colour_at(page, 2195, 2195), GREEN)
    assert [p.name for p in (tmp_path / "out").iterdir() if p.suffix != ".html"] == []
    drawn = page.evaluate(
        """async () => {
          const canvas = await landgisSheetNow();
          return [...canvas.getContext("2d").getImageData(90, 1000, 1, 1).data];
        }""",
    )
    assert near(drawn[:3], GREEN)
    choose(page, "无底图")
    wait_until(page, "document.querySelectorAll('.leaflet-tile-pane img').length === 0")


def test_online_tiles_ask_their_host_only_and_the_picture_says_so(town, tmp_path, page):
    asked = []
    page.route(re.compile("^https?:"), lambda r: (asked.append(r.request.url), r.abort()))
    file = write_maps(town, tmp_path, basemaps=[choose_basemap("osm")])[0]
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready][data-drawn]", state="attached")
    assert asked == []
    choose(page, "OpenStreetMap")
    page.wait_for_timeout(400)
    assert asked
    assert all(url.startswith("https://tile.openstreetmap.org/") for url in asked)
    page.evaluate("document.getElementById('export-png').click()")
    wait_until(page, "document.getElementById('status').textContent.includes('不含在线底图')")


def test_a_name_of_a_basemap_stays_text(town, tmp_path, show):
    name = "<img src=x onerror=alert(1)>"
    base = Basemap(name=name, url="https://example.com/{z}/{x}/{y}.png", attribution=name)
    page = show(write_maps(town, tmp_path, basemaps=[base])[0])
    assert name in page.locator(".leaflet-control-layers-base").text_content()
