"""What ``import landgis`` promises."""

import inspect
import subprocess
import sys
from types import SimpleNamespace

import geopandas as gpd
import pytest
from shapely import box

import landgis
from landgis.results import blank_results


@pytest.mark.parametrize("name", landgis.__all__)
def test_every_public_name_is_documented_with_an_example(name):
    thing = getattr(landgis, name)
    assert thing.__module__.startswith("landgis.")
    assert ">>>" in inspect.getdoc(thing)


def test_functions_take_at_most_two_positional_arguments():
    for name in landgis.__all__:
        thing = getattr(landgis, name)
        if inspect.isfunction(thing):
            kinds = [p.kind for p in inspect.signature(thing).parameters.values()]
            assert kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD) <= 2, name


def test_importing_is_quick_and_unknown_names_are_refused():
    code = "import sys, landgis; sys.exit('geopandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(AttributeError, match="raed_plan"):
        landgis.raed_plan  # noqa: B018


WRONG = {
    "examine": lambda it: landgis.examine("plan.txt", it.land, regions=it.land),
    "examine, swapped": lambda it: landgis.examine(it.land, it.plan, regions=it.land),
    "examine, a layer as read": lambda it: landgis.examine(it.plan, it.land, regions=it.land),
    "balance_land": lambda it: landgis.balance_land(
        it.plan, it.results.parcels, crosswalk=it.results.crosswalk, regions=it.land, area="flat"
    ),
    "check_totals": lambda it: landgis.check_totals(it.results),
    "crosswalk": lambda it: landgis.crosswalk("parcels.shp", it.land),
    "crosswalk, no ids": lambda it: landgis.crosswalk(it.land, it.land),
    "tell": lambda it: landgis.tell(it.results),
    "tell, language": lambda it: landgis.tell(it.results.findings, "fr"),
    "tell, any table": lambda it: landgis.tell(it.land),
    "draw_map": lambda _: landgis.draw_map("project.toml"),
    "draw_map, use": lambda it: landgis.draw_map(it.land, category="住宅用地"),
    "write_report": lambda it: landgis.write_report(it.results.findings, "never"),
    "write_maps": lambda it: landgis.write_maps(it.land, "never"),
    "write_outputs": lambda it: landgis.write_outputs(it.results.findings, "never"),
    "export_layers": lambda it: landgis.export_layers(it.land, "never"),
    "report_tables": lambda it: landgis.report_tables(it.results.findings),
    "run_project": lambda it: landgis.run_project(it.plan),
    "with_earlier": lambda it: landgis.with_earlier(it.results, plan="plan.txt"),
    "compare": lambda it: landgis.compare(it.plan, it.land),
    "audit_plan": lambda _: landgis.audit_plan("plan.txt"),
    "read_plan": lambda it: landgis.read_plan(it.plan),
    "read_layer": lambda it: landgis.read_layer(it.land),
    "as_parcels": lambda _: landgis.as_parcels("parcels.shp"),
    "allocate, a file": lambda it: landgis.allocate("list.xlsx", it.plan),
    "allocate, a plan's file": lambda it: landgis.allocate(it.land, "plan.docx"),
    "allocate, no ids": lambda it: landgis.allocate(it.land, it.plan),
    "explain_parcel": lambda it: landgis.explain_parcel(it.results, "a"),
    "spread_margins": lambda it: landgis.spread_margins(it.land, [1.0]),
    "adjust_areas": lambda it: landgis.adjust_areas(it.land, it.land),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_is_answered_in_one_sentence(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    land = gpd.GeoDataFrame({"ZL": ["东村"]}, geometry=[box(120, 30, 121, 31)], crs=4490)
    results = blank_results()
    it = SimpleNamespace(results=results, plan=results.plan, land=land)
    with pytest.raises(landgis.LandgisError) as told:
        WRONG[name](it)
    assert told.value.zh.count("。") == 1
    assert told.value.en
    assert not list(tmp_path.iterdir())
