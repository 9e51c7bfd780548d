"""Regions: read, composed, looked up, drawn."""
