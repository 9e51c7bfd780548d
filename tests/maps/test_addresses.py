"""What a page may load or follow: nothing but its neighbours and the basemaps asked for."""

import os

import folium
import invented
import numpy as np
import pytest

from landgis.errors import InputError
from landgis.maps.assets import Basemap, check_addresses, choose_basemap, tianditu
from landgis.maps.layer import ParcelLayer, draw_map
from landgis.maps.page import write_maps


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="https://example.com/a.png">',
        '<script src="//example.com/a.js"></script>',
        '<link href="http://example.com/a.css" rel="stylesheet">',
        "<style>@import 'https://example.com/a.css';</style>",
        "<p style=\"background:url('https://example.com/a.png')\">",
        "<script>fetch('https://example.com')</script>",
        '<a href="javascript:alert(1)">',
        '<form action="/send">',
        '<svg><use xlink:href="https://example.com/a.svg#b"/></svg>',
    ],
)
def test_other_addresses_raise(markup):
    with pytest.raises(InputError, match="未经允许的地址"):
        check_addresses(markup)


def test_addresses_in_words_are_words():
    check_addresses(
        '<p>见 https://example.com</p><script type="application/json">"http://a.b"</script>'
    )


def test_pages_appear_whole_or_not_at_all(town, tmp_path, monkeypatch):
    write_maps(town, tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def fails(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(InputError, match="disk full"):
        write_maps(town, tmp_path, lang="en")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_report_elsewhere_is_refused(town, tmp_path):
    with pytest.raises(InputError):
        write_maps(town, tmp_path, report="javascript:alert(1)")
    assert list(tmp_path.iterdir()) == []


def policy(path):
    text = path.read_text("utf-8")
    return text.split('Content-Security-Policy" content="')[1].split('"')[0].replace("&#39;", "'")


def test_policy_allows_no_network(town_pages):
    rules = dict(r.strip().split(" ", 1) for r in policy(town_pages["overview.html"]).split(";"))
    assert rules["default-src"] == rules["connect-src"] == "'none'"
    assert "unsafe" not in rules["script-src"]
    assert rules["img-src"] == "data: blob:"


def test_policy_lets_chosen_tiles_in_and_nothing_else(town, tmp_path):
    page = write_maps(town, tmp_path, basemaps=[tianditu("0" * 32), choose_basemap("osm")])[0]
    rules = dict(r.strip().split(" ", 1) for r in policy(page).split(";"))
    tiles = [f"https://t{n}.tianditu.gov.cn" for n in range(8)]
    wanted = ["data:", "blob:", *tiles, "https://tile.openstreetmap.org"]
    assert rules["img-src"].split() == wanted
    assert rules["default-src"] == rules["connect-src"] == "'none'"


def test_injected_script_is_stopped_by_the_policy(town_pages, show):
    page = show(town_pages["overview.html"])
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.bad = 1';"
        " document.body.append(s); }",
    )
    assert page.evaluate("window.bad") is None
    page.faults.clear()  # the browser reports what it stopped


def test_gcj02_shifts_the_drawing_only_and_says_so(town, tmp_path, show):
    base = Basemap(name="高德", url="https://example.com/{z}/{x}/{y}.png", gcj02=True)
    geometry = town.parcels.geometry.copy()
    plain = show(write_maps(town, tmp_path / "a")[0])
    area = plain.locator("#table .total td").nth(2).inner_text()
    box = plain.evaluate("landgisParcels.box")
    shifted = show(write_maps(town, tmp_path / "b", basemaps=[base])[0])
    assert "GCJ-02" in shifted.locator("#panel .mark").last.inner_text()
    assert shifted.locator("#table .total td").nth(2).inner_text() == area
    moved = (
        np.subtract(shifted.evaluate("landgisParcels.box"), box) * 0.149 * np.cos(np.radians(31))
    )
    assert 100 < np.hypot(*moved[:2]) < 700
    assert town.parcels.geometry.equals(geometry)


def test_gcj02_and_other_basemaps_do_not_mix(town, tmp_path):
    amap = Basemap(name="高德", url="https://example.com/{z}/{x}/{y}.png", gcj02=True)
    with pytest.raises(InputError, match="GCJ-02"):
        write_maps(town, tmp_path, basemaps=[amap, choose_basemap("osm")])


# ---------------------------------------------------------------- folium


def folium_page(page, path):
    page.goto(path.as_uri())
    page.wait_for_selector(".landgis-tiles canvas", state="attached")
    page.wait_for_timeout(600)
    return page


def test_layer_works_in_a_saved_folium_map(page, town, tmp_path):
    drawn = draw_map(town, control=False)
    ParcelLayer(invented.parcels(2, 2), name="再一层", fit=False).add_to(drawn)
    folium.LayerControl().add_to(drawn)
    drawn.save(tmp_path / "map.html")
    folium_page(page, tmp_path / "map.html")
    labels = page.locator(".leaflet-control-layers-overlays label").all_text_contents()
    assert [t.strip() for t in labels] == ["宗地", "乡镇街道", "计划区域", "再一层"]
    assert (tmp_path / "map.html").read_text("utf-8").count("L.LandgisParcels = ") == 1
    assert page.faults == []
    assert page.requests == []


def test_layer_works_inside_a_notebook_frame(page, town, tmp_path):
    html = f"<!DOCTYPE html><meta charset=utf-8>{draw_map(town)._repr_html_()}"
    (tmp_path / "notebook.html").write_text(html, "utf-8")
    page.goto((tmp_path / "notebook.html").as_uri())
    frame = page.frame_locator("iframe")
    frame.locator(".landgis-tiles canvas").first.wait_for(state="attached")
    page.wait_for_timeout(800)
    box = page.locator("iframe").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 - 30, box["y"] + box["height"] / 2 - 40)
    page.mouse.click(box["x"] + box["width"] / 2 - 25, box["y"] + box["height"] / 2 - 42)
    page.wait_for_timeout(500)
    shown = frame.locator(".landgis-tip, .leaflet-popup-content")
    assert any("33050200" in text for text in shown.all_text_contents())
    assert page.faults == []
    assert page.requests == []


def test_popup_of_the_layer_shows_text(page, tmp_path):
    table = invented.parcels(1, 1).assign(name="<img src=x onerror=alert(1)>")
    drawn = folium.Map(tiles=None)
    offline = draw_map(invented.results())
    drawn.default_js, drawn.default_css = offline.default_js, offline.default_css
    ParcelLayer(table, colours={"住宅用地": "#112233"}).add_to(drawn)
    drawn.save(tmp_path / "map.html")
    folium_page(page, tmp_path / "map.html")
    page.mouse.click(683, 384)
    page.wait_for_selector(".leaflet-popup-content")
    assert "<img" in page.locator(".leaflet-popup-content").inner_text()
    assert page.locator(".leaflet-popup-content img").count() == 0


def test_an_attribute_that_is_not_there_is_named():
    with pytest.raises(InputError, match="owner"):
        ParcelLayer(invented.parcels(1, 1), tooltip=["owner"])
