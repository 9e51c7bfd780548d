"""Layers (图层): any vector source, read into a declared coordinate system, its faults told."""
