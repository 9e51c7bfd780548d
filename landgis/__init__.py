"""landgis."""
