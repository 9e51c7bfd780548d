"""The packed layer beside what else folium puts on a map. Nothing is loaded from the network."""

import re

import folium
import folium.plugins
import invented
import pytest
from looking import wait_until

from landgis.errors import InputError
from landgis.maps.layer import ParcelLayer, draw_map


def moved(name, east):
    """Four boxes beside the town, with ids of their own."""
    table = invented.parcels(2, 2)
    ids = name + table["parcel_id"]
    return table.assign(parcel_id=ids).set_geometry(table.geometry.translate(east, 0))


@pytest.fixture
def drawn():
    """A folium map that carries its Leaflet."""
    offline = draw_map(invented.results(invented.parcels(1, 1)))
    drawn = folium.Map(tiles=None)
    drawn.default_js, drawn.default_css = offline.default_js, offline.default_css
    return drawn


@pytest.fixture
def open_map(page, tmp_path):
    def show(drawn):
        drawn.save(tmp_path / "map.html")
        page.goto((tmp_path / "map.html").as_uri())
        page.wait_for_selector(".landgis-tiles canvas", state="attached")
        page.wait_for_timeout(500)
        page.evaluate("window.theMap = Object.values(window).find(v => v instanceof L.Map)")
        return page

    yield show
    assert page.faults == []
    assert page.requests == []


LAYERS = "Object.values(theMap._layers).filter(l => l instanceof L.LandgisParcels).length"


def point_at(page, table):
    """Point at the first parcel of a table; what the tooltips say."""
    longitude, latitude = table.geometry.centroid.to_crs(4326).iloc[0].coords[0]
    left, top = page.evaluate(
        "(at) => { const p = theMap.latLngToContainerPoint(at);"
        " const b = theMap.getContainer().getBoundingClientRect(); return [p.x + b.x, p.y + b.y] }",
        [latitude, longitude],
    )
    page.mouse.move(left - 2, top - 2)
    page.mouse.move(left, top)
    page.wait_for_timeout(400)
    return " ".join(page.locator(".landgis-tip").all_inner_texts())


def test_two_layers_groups_and_shapes_on_one_map(drawn, open_map):
    town, east, west = invented.parcels(6, 6), moved("e", 3000), moved("w", -1500)
    ParcelLayer(town, name="甲").add_to(drawn)
    ParcelLayer(east, name="乙", fit=False).add_to(drawn)
    group = folium.FeatureGroup(name="丙").add_to(drawn)
    ParcelLayer(west, control=False, fit=False).add_to(group)
    ParcelLayer(moved("n", 6000), name="不显示", show=False, fit=False).add_to(drawn)
    folium.GeoJson(town.to_crs(4326)[["geometry"]].iloc[:1], name="形").add_to(drawn)
    folium.LayerControl(collapsed=False).add_to(drawn)
    page = open_map(drawn)
    page.evaluate("theMap.setZoom(theMap.getZoom() - 2, { animate: false })")
    page.wait_for_timeout(400)
    assert page.evaluate(LAYERS) == 3
    labels = page.locator(".leaflet-control-layers-overlays label")
    assert [t.strip() for t in labels.all_text_contents()] == ["甲", "乙", "丙", "不显示", "形"]
    assert "e3305" in point_at(page, east)
    assert "w3305" in point_at(page, west)
    labels.filter(has_text="丙").click()
    wait_until(page, f"{LAYERS} === 2")
    assert "w3305" not in point_at(page, west)
    labels.filter(has_text="不显示").click()
    wait_until(page, f"{LAYERS} === 3")


def test_parcels_are_quiet_while_something_is_drawn(drawn, open_map):
    """As Leaflet.draw tells its map, which is what `folium.plugins.Draw` puts on it."""
    town = invented.parcels(4, 4)
    ParcelLayer(town).add_to(drawn)
    page = open_map(drawn)
    assert "33050200000" in point_at(page, town)
    page.evaluate("theMap.fire('draw:drawstart')")
    page.wait_for_timeout(300)
    assert point_at(page, town) == ""
    page.evaluate("theMap.fire('draw:drawstop')")
    assert "33050200000" in point_at(page, town)


def test_a_map_of_tiles_and_plugins_names_its_own_addresses_only():
    """Online tiles and plugins stay folium's own; the layer adds no address."""
    plain, with_parcels = folium.Map(), folium.Map()
    ParcelLayer(invented.parcels(2, 2)).add_to(with_parcels)
    for drawn in (plain, with_parcels):
        folium.plugins.Fullscreen().add_to(drawn)
        folium.plugins.MiniMap().add_to(drawn)
        folium.plugins.Draw().add_to(drawn)
        folium.plugins.MarkerCluster().add_to(drawn)
        folium.LayerControl().add_to(drawn)
    added = addresses(with_parcels) - addresses(plain)
    assert added == set()


def addresses(drawn):
    return set(re.findall(r'(?:src|href)="([^"]+)"', drawn.get_root().render()))


def test_stands_in_a_group_and_opens_on_the_layer(drawn, open_map):
    inside = folium.FeatureGroup(name="组").add_to(drawn)
    ParcelLayer(invented.parcels(2, 2), name="宗地", tooltip="parcel_id").add_to(inside)
    page = open_map(drawn)
    assert page.evaluate(LAYERS) == 1
    assert page.evaluate("theMap.getZoom()") > 10
    clustered = folium.Map(tiles=None)
    cluster = folium.plugins.MarkerCluster().add_to(clustered)
    ParcelLayer(invented.parcels(2, 2)).add_to(cluster)
    text = clustered.get_root().render()
    assert f"{clustered.get_name()}.fitBounds" in text
    assert f".addTo({cluster.get_name()})" in text


def test_a_map_has_a_legend_and_basemaps_if_asked():
    table = invented.parcels(2, 2).assign(category="<b>商服</b>用地")
    drawn = draw_map(table, legend=True, basemaps=["osm"]).get_root().render()
    assert "landgis-legend" in drawn
    assert "&lt;b&gt;商服&lt;/b&gt;用地" in drawn
    assert "tile.openstreetmap.org" in drawn
    with pytest.raises(InputError, match="GCJ-02"):
        draw_map(table, basemaps=["amap"])
