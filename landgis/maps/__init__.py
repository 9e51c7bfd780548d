"""Map pages (地图): Leaflet, one file for each category, offline."""
