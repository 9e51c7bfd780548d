"""Map pages (地图): Leaflet, one file for each category, offline.

``arcs`` and ``pack`` lay polygons out for a page, ``assets`` holds what a page carries, ``layer``
is the folium layer, ``basemaps`` what a page may show behind, ``legend`` the check table,
``page`` the pages.
"""
