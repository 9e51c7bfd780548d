"""Map pages (地图): Leaflet, one file for each category, offline.

``arcs`` and ``pack`` lay polygons out for a page, ``assets`` holds what a page carries,
``basemaps`` what it may show behind, ``legend`` is the check table,
``page`` the pages.
"""
