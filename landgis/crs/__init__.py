"""Coordinate systems of China: zones, datums, detection, conversion, shift."""
