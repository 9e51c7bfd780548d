"""The county of the shared cases: where its files are, and a project of them."""

from pathlib import Path

COUNTY = Path(__file__).parents[2] / "shared" / "cases" / "county"
PROJECT = """
name = "county"
title = "县"
plan = '{plan}'
[parcels]
file = '{folder}/拟供地块2025.shp'
area_unit = "亩"
[parcels.fields]
parcel_id = "DKBH"
category = "TDYT"
recorded_area_m2 = "GDMJ"
region = "SZXZ"
supply_mode = "GYFS"
land_source = "TDLY"
quarter = "JD"
[boundaries.townships]
file = '{folder}/{towns}.shp'
"""
