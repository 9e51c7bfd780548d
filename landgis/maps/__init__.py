"""Map pages (地图): Leaflet, one file for each category, offline.

``assets`` holds what a page carries, may load and may show behind, ``legend`` the words around the
map and the check table; ``pack`` lays polygons out; ``page`` is the land of one page, put together.
``layer`` is the folium layer, ``plates`` and ``atlas`` are the static maps, ``sandbox`` is the page
on which a plan is decided.
"""
