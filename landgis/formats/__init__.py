"""Formats of layers: each read and written by its own module."""
