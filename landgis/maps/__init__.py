"""Map pages (地图): Leaflet, one file for each category, offline.

``assets`` holds what a page carries and may load, ``basemaps`` what it may show behind, ``legend``
the words around the map and the check table; ``pack`` lays polygons out; ``parcels`` is the land of
one page, ``page`` puts it together. ``layer`` is the folium layer, ``plates`` and ``atlas`` are the
static maps, ``sandbox`` is the page on which a plan is decided.
"""
