"""Layers written for other programs: QGIS, ArcGIS, databases, the bureau's exchange formats."""
