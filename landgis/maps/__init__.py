"""Map pages (地图): Leaflet, one file for each category, offline.

``assets`` holds what a page carries and may load, ``tiles`` and ``basemaps`` what it may show
behind, ``legend`` the check table; ``arcs`` and ``pack`` lay polygons out; ``parcels`` and
``titles`` are what one page shows, ``page`` puts it together. ``layer`` is the folium layer,
``plates`` the static maps.
"""
