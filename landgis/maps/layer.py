"""The packed layer as a folium layer, and the map of one run for a notebook."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Mapping
from typing import Any

import branca.element
import folium
import geopandas as gpd
import pandas as pd
import shapely
from folium.map import Layer
from folium.template import Template
from folium.utilities import get_obj_in_upper_tree

from landgis.errors import InputError, require
from landgis.landuse import category_name, colour, is_within
from landgis.language import Lang
from landgis.maps.assets import LAYER, LEAFLET, Basemap, choose_basemap, scripts, styles, words
from landgis.maps.pack import pack_layer
from landgis.results import Results
from landgis.schema import PARCELS, as_text, conform, shaped


class _Script(branca.element.Element):
    """Scripts in the head of a page, as they are: nothing in them is a template."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self._names = names

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 (branca's own signature)
        return f"<script>{scripts(*self._names)}</script>"


class ParcelLayer(Layer):
    """Polygons by the hundred thousand as one layer of a `folium.Map`.

    A worker in the page draws the tiles and finds the parcel under the pointer, so that the map
    stays quick where `folium.GeoJson` does not. Works like any layer of folium: with
    ``LayerControl``, tile layers and plugins, in a notebook and in a saved page.

    Parameters
    ----------
    layer
        Polygons with a CRS; drawn in Web Mercator, the data unchanged.
    column
        Attribute to colour by: ``category`` where there is one.
    colours
        ``#RRGGBB`` by value of ``column``; for ``category`` those of `landgis.landuse.colour`.
    tooltip, popup
        Attributes shown under the pointer and on a click; all but the geometry in the popup by
        default. Shown as text, never as markup.
    titles
        Headings of attributes, by column.
    fit
        Whether the map opens on the layer.
    name, overlay, control, show
        As in every folium layer.

    Examples
    --------
    >>> square = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a"], "category": ["住宅用地"]},
    ...     geometry=[shapely.box(120, 30, 120.001, 30.001)], crs=4490)
    >>> page = folium.Map(tiles=None)
    >>> layer = ParcelLayer(square, name="宗地").add_to(page)
    >>> "landgisParcels" in page.get_root().render()
    True
    """

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <script type="application/octet-stream" id="{{ this.get_name() }}_packed">
        {{- this.packed -}}
        </script>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.landgisFoliumParcels(
            "{{ this.get_name() }}_packed", {{ this.settings }});
        {%- if this.fit %}
        {{ this.map_name }}.fitBounds({{ this.bounds|tojson }});
        {%- endif %}
        {% endmacro %}
        """,
    )

    def __init__(
        self,
        layer: gpd.GeoDataFrame,
        *,
        column: str | None = None,
        colours: Mapping[str, str] | None = None,
        tooltip: str | Iterable[str] | None = None,
        popup: str | Iterable[str] | None = None,
        titles: Mapping[str, str] | None = None,
        fit: bool = True,
        name: str | None = None,
        overlay: bool = True,
        control: bool = True,
        show: bool = True,
    ) -> None:
        super().__init__(name=name, overlay=overlay, control=control, show=show)
        self._name = "ParcelLayer"
        attributes = [str(c) for c in layer.columns.drop([layer.geometry.name])]
        column = column or ("category" if "category" in attributes else None)
        tooltip, popup = ([t] if isinstance(t, str) else t for t in (tooltip, popup))
        shown = {"tooltip": list(tooltip or attributes[:2]), "popup": list(popup or attributes)}
        wrong = [
            c for c in (column, *shown["tooltip"], *shown["popup"]) if c not in {*attributes, None}
        ]
        if wrong:
            raise InputError(
                f"图层没有属性 {'、'.join(map(str, wrong))}（现有：{'、'.join(attributes)}）。",
                f"The layer lacks {', '.join(map(str, wrong))} (it has: {', '.join(attributes)}).",
            )
        if colours is None and column is not None:
            colours = {v: colour(v) for v in as_text(layer[column]).unique()}
        self.packed = pack_layer(layer)
        drawn = shaped(layer)
        self.fit = fit and len(drawn) > 0
        if self.fit:
            west, south, east, north = drawn.total_bounds.tolist()
            box = gpd.GeoSeries([shapely.box(west, south, east, north)], crs=layer.crs)
            west, south, east, north = box.to_crs(4326).total_bounds.tolist()
            self.bounds = [[south, west], [north, east]]
        settings = {"column": column or "", "colours": dict(colours or {}), **shown}
        settings["titles"] = dict(titles or {})
        self.settings = json.dumps(settings, ensure_ascii=False).replace("<", "\\u003c")

    def render(self, **kwargs: Any) -> str:
        """Add the layer's scripts to the page, once, and the layer to its map."""
        figure = self.get_root()
        if not isinstance(figure, branca.element.Figure):
            raise InputError(
                "图层须先加到地图（add_to）再输出。",
                "Add the layer to a map (add_to) before it is rendered.",
            )
        self.map_name = get_obj_in_upper_tree(self, folium.Map).get_name()  # also from a group
        figure.header.add_child(_Script(*LAYER, "folium.js"), name="landgis_parcels")
        return str(super().render(**kwargs))  # type: ignore[no-untyped-call]


def draw_map(
    land: Results | gpd.GeoDataFrame,
    *,
    category: str | None = None,
    lang: Lang = "zh",
    offline: bool = True,
    control: bool = True,
    legend: bool = False,
    basemaps: Iterable[str | Basemap] = (),
) -> folium.Map:
    """Draw one run, or any layer of polygons, as a `folium.Map` for a notebook.

    The pages of `landgis.maps.page.write_maps` hold more: check table, search, export.

    Parameters
    ----------
    land
        What `landgis.run_project` or `landgis.examine` found, with regions and townships; or
        polygons with a coordinate system, coloured by ``category`` where they have one.
    category
        Only parcels of this use; all by default.
    offline
        Carry Leaflet in the map instead of loading it from the network. Give False to add
        plugins that need more of what folium loads (Bootstrap, Awesome Markers).
    control
        Add the layer control. It must come last: give False to add further layers before it.
    legend
        Say on the map what the colours of uses mean.
    basemaps
        Names as in a project file (``tianditu``, ``osm``) or basemaps; the network is asked for
        their tiles. One in GCJ-02 is refused: shapes are not shifted here.

    Raises
    ------
    InputError
        If it is neither.

    Examples
    --------
    >>> import pandas as pd
    >>> from landgis.findings import findings_table
    >>> from landgis.plan.model import Plan
    >>> town = gpd.GeoDataFrame(
    ...     {"region_id": ["r"], "name": ["东镇"]},
    ...     geometry=[shapely.box(120, 30, 120.001, 30.001)], crs=4490)
    >>> results = Results(
    ...     name="east", title="东镇", plan=Plan(document="plan.txt"),
    ...     parcels=town.assign(parcel_id="a", category="住宅用地"), regions=town,
    ...     townships=town, crosswalk=pd.DataFrame(), findings=findings_table())
    >>> "https://" in draw_map(results).get_root().render().replace("https://leafletjs.com", "")
    False
    """
    require(land, Results, gpd.GeoDataFrame, name="land")
    results = land if isinstance(land, Results) else None
    text = words(lang, programme=results is not None and results.is_programme)
    page = folium.Map(tiles=None, control_scale=True, zoom_snap=0.25)
    if offline:
        page.default_js = [("leaflet", _data_url("text/javascript", scripts(*LEAFLET)))]
        page.default_css = [("leaflet_css", _data_url("text/css", styles("leaflet/leaflet.css")))]
    for base in basemaps:
        _add_basemap(choose_basemap(base) if isinstance(base, str) else base, page)
    parcels = land.parcels if isinstance(land, Results) else land
    if category:
        parcels = conform(parcels, PARCELS)
        uses = [use for use in parcels["category"].unique() if is_within(use, category)]
        parcels = parcels[parcels["category"].isin(uses)]
    named = [c for c in ("parcel_id", "name", "category") if c in parcels]
    ParcelLayer(parcels, name=text["parcels"], tooltip=named or None).add_to(page)
    if results is not None:
        _add_borders(results, text, page)
    root = page.get_root()
    if legend and "category" in parcels and isinstance(root, branca.element.Figure):
        names = [str(use) for use in parcels["category"].unique() if use]
        root.html.add_child(_ColourBox({category_name(n, lang): colour(n) for n in names}))
    if control:
        folium.LayerControl().add_to(page)
    return page


class _ColourBox(branca.element.Element):
    """A box of colours and their names; text stays text."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        super().__init__()
        self._entries = entries

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 (branca's own signature)
        rows = "".join(
            f'<div><i style="display:inline-block;width:14px;height:11px;margin-right:6px;'
            f'border:1px solid #667;background:{html.escape(tint)}"></i>{html.escape(name)}</div>'
            for name, tint in self._entries.items()
        )
        return (
            '<div class="landgis-legend" style="position:fixed;right:12px;bottom:24px;z-index:900;'
            "padding:8px 12px;background:rgba(255,255,255,.94);border:1px solid #ccd;"
            f'font:13px/1.7 sans-serif">{rows}</div>'
        )


def _add_basemap(base: Basemap, page: folium.Map) -> None:
    if base.gcj02 or not base.url:
        raise InputError(
            f"draw_map 不能用底图“{base.name}”：GCJ-02 底图和瓦片文件请用 write_maps。",
            f"draw_map cannot use the basemap “{base.name}”: use write_maps for GCJ-02 or files.",
        )
    for url, overlay in ((base.url, False), (base.labels, True)):
        if url:
            folium.TileLayer(
                tiles=url,
                attr=base.attribution or base.name,
                name=base.name,
                overlay=overlay,
                control=not overlay,
                subdomains=base.subdomains,
                min_zoom=base.min_zoom,
                max_native_zoom=base.max_zoom,
                max_zoom=22,
            ).add_to(page)


def _add_borders(results: Results, text: Mapping[str, str], page: folium.Map) -> None:
    if results.outlines is not None:
        outline = {"color": "#3d2a4d", "weight": 3}
        _border(results.outlines, text["outlines"], outline).add_to(page)
    _border(results.townships, text["townships"], {"color": "#5b6675", "weight": 1}).add_to(page)
    _border(results.regions, text["regions"], {"color": "#8c2f39", "weight": 2.2}).add_to(page)


def _border(table: gpd.GeoDataFrame, title: str, style: dict[str, Any]) -> folium.FeatureGroup:
    """Draw boundaries with their names; those that are not official dashed."""
    group = folium.FeatureGroup(name=title)
    drawn = shaped(table)
    if drawn.empty:
        return group
    basis = drawn["basis"] if "basis" in drawn else pd.Series("", index=drawn.index)
    names = drawn["name"].astype(str).map(html.escape)
    shapes = gpd.GeoDataFrame({"name": names, "basis": basis}, geometry=drawn.geometry)
    folium.GeoJson(
        shapes.to_crs(4326),
        style_function=lambda feature: {
            **style,
            "fill": False,
            "dashArray": "7 5" if feature["properties"]["basis"] else None,
        },
        tooltip=folium.GeoJsonTooltip(fields=["name"], labels=False),
    ).add_to(group)
    return group


def _data_url(kind: str, text: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(text.encode()).decode('ascii')}"
