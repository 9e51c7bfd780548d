"""Does the land on the map add up to the plan: the public functions, in the order of the flow.

Each is imported when it is first used, so that ``import landgis`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landgis.allocation.allocation import allocate as allocate
    from landgis.allocation.cells import which_make as which_make
    from landgis.balance.figures import Figure as Figure
    from landgis.balance.sheet import balance_land as balance_land
    from landgis.checks.parcels import check_parcels as check_parcels
    from landgis.checks.rules import check_rules as check_rules
    from landgis.checks.totals import check_totals as check_totals
    from landgis.errors import LandgisError as LandgisError
    from landgis.examining import compare as compare
    from landgis.examining import examine as examine
    from landgis.examining import with_earlier as with_earlier
    from landgis.export.run import export_layers as export_layers
    from landgis.formats.write import write_layer as write_layer
    from landgis.formats.write import write_layers as write_layers
    from landgis.join.overlay import crosswalk as crosswalk
    from landgis.join.sums import apportion as apportion
    from landgis.join.sums import assign_whole as assign_whole
    from landgis.join.sums import sum_by as sum_by
    from landgis.join.weights import cut_pieces as cut_pieces
    from landgis.join.weights import layer_weights as layer_weights
    from landgis.layers.convert import convert_layer as convert_layer
    from landgis.layers.fields import as_parcels as as_parcels
    from landgis.layers.read import inspect_layer as inspect_layer
    from landgis.layers.read import read_layer as read_layer
    from landgis.maps.layer import ParcelLayer as ParcelLayer
    from landgis.maps.layer import draw_map as draw_map
    from landgis.maps.page import write_maps as write_maps
    from landgis.measure.areas import area_m2 as area_m2
    from landgis.plan.audit import audit_plan as audit_plan
    from landgis.plan.extract import read_plan as read_plan
    from landgis.plan.model import Plan as Plan
    from landgis.project import load_project as load_project
    from landgis.project import run_project as run_project
    from landgis.project import write_outputs as write_outputs
    from landgis.raster import write_categories as write_categories
    from landgis.raster import zonal_categories as zonal_categories
    from landgis.raster import zonal_statistics as zonal_statistics
    from landgis.regions.boundaries import make_boundaries as make_boundaries
    from landgis.regions.compose import RegionSpec as RegionSpec
    from landgis.regions.compose import compose_regions as compose_regions
    from landgis.regions.read import read_regions as read_regions
    from landgis.regions.schematic import place_projects as place_projects
    from landgis.report.tables import report_tables as report_tables
    from landgis.report.write import write_report as write_report
    from landgis.results import Results as Results
    from landgis.scale import join_file as join_file
    from landgis.scale import sum_file as sum_file
    from landgis.telling import tell as tell

_HOMES = {
    "plan.extract": ("read_plan",),
    "plan.audit": ("audit_plan",),
    "layers.read": ("read_layer", "inspect_layer"),
    "layers.fields": ("as_parcels",),
    "regions.read": ("read_regions",),
    "regions.compose": ("RegionSpec", "compose_regions"),
    "regions.boundaries": ("make_boundaries",),
    "regions.schematic": ("place_projects",),
    "measure.areas": ("area_m2",),
    "join.overlay": ("crosswalk",),
    "join.sums": ("sum_by", "assign_whole", "apportion"),
    "join.weights": ("cut_pieces", "layer_weights"),
    "plan.model": ("Plan",),
    "balance.figures": ("Figure",),
    "balance.sheet": ("balance_land",),
    "results": ("Results",),
    "examining": ("examine", "with_earlier", "compare"),
    "telling": ("tell",),
    "checks.totals": ("check_totals",),
    "checks.parcels": ("check_parcels",),
    "checks.rules": ("check_rules",),
    "allocation.allocation": ("allocate",),
    "allocation.cells": ("which_make",),
    "maps.page": ("write_maps",),
    "maps.layer": ("ParcelLayer", "draw_map"),
    "report.tables": ("report_tables",),
    "report.write": ("write_report",),
    "layers.convert": ("convert_layer",),
    "formats.write": ("write_layer", "write_layers"),
    "export.run": ("export_layers",),
    "raster": ("zonal_statistics", "zonal_categories", "write_categories"),
    "scale": ("sum_file", "join_file"),
    "project": ("load_project", "run_project", "write_outputs"),
    "errors": ("LandgisError",),
}
_HOME = {name: f"landgis.{module}" for module, names in _HOMES.items() for name in names}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("landgis")
    if name not in _HOME:
        raise AttributeError(f"module 'landgis' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
