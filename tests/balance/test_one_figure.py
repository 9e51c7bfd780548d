"""One number, the same wherever it is shown: the cases in which outputs once differed."""

from dataclasses import replace

import lxml.html
import pytest

import landgis
from landgis.errors import InputError
from landgis.maps.legend import draw_legend
from landgis.report.cells import show
from landgis.report.tables import report_tables

HOUSE = ("a", "住宅用地", 0, 0, 200, 200)
SHOP = ("b", "商服用地", 2100, 0, 2300, 100)


@pytest.fixture
def two_units(world):
    plan = world.plan(
        ("", "", 90.0, "亩", 0),
        ("", "住宅用地", 4.0, "公顷", 2),
        ("", "商服用地", 2.0, "公顷", 2),
    )
    return landgis.examine(plan, world.draw(HOUSE, SHOP), regions=world.towns())


def cells(results, key, column):
    table = next(t for t in report_tables(results) if t.key == key)
    return dict(zip([row[0] for row in table.rows], map(show, table.cells(column)), strict=True))


def test_a_plan_in_two_units_is_shown_in_one(two_units):
    legend = draw_legend(two_units)
    assert legend.unit == "公顷"
    rows = [legend.total, *legend.uses]
    assert [(r.category, r.planned, r.mapped, r.verdict) for r in rows] == [
        ("", "6.00", "6.00", "pass"),
        ("住宅用地", "4.00", "4.00", "pass"),
        ("商服用地", "2.00", "2.00", "pass"),
    ]
    assert cells(two_units, "summary-use", "planned") == {
        "住宅用地": "4.00", "商服用地": "2.00", "合计": "6.00"
    }  # fmt: skip


def test_map_and_report_round_alike(world):
    parcels = world.draw(("a", "住宅用地", 0, 0, 50, 25))  # 1,250 m²
    plan = world.plan(("", "住宅用地", 1.0, "公顷", 2))
    results = landgis.examine(plan, parcels, regions=world.towns())
    assert draw_legend(results).uses[0].mapped == "0.13"
    assert cells(results, "summary-use", "mapped")["住宅用地"] == "0.13"


def test_map_and_report_tell_the_same_change(world, tmp_path):
    now = world.draw(HOUSE)
    before = now.set_geometry(now.translate(0.2, 0))  # within 0.5 m boundary points
    plan = world.plan(("", "", 4.0, "公顷", 2))
    results = landgis.examine(plan, now, regions=world.towns())
    same = landgis.with_earlier(results, parcels=before, point_error_m=0.5)
    assert same.changes["parcels"]["status"].tolist() == ["same"]
    assert landgis.with_earlier(results, parcels=before).changes["parcels"]["status"].tolist() == [
        "changed"
    ]
    page, *_ = landgis.write_maps(same, tmp_path)
    told = lxml.html.fromstring(page.read_text("utf-8")).xpath("//script[@id='page']/text()")[0]
    assert "不变" in told
    assert '调整"' not in told


def test_results_of_frames_make_every_output(two_units, tmp_path):
    assert landgis.write_report(two_units, tmp_path)[0].name == "report.html"
    assert landgis.write_maps(two_units, tmp_path)[0].name == "overview.html"
    assert landgis.export_layers(two_units, tmp_path, formats=["gpkg"])
    assert len(repr(two_units)) < 200
    assert len(repr(two_units.plan)) < 200
    assert len(repr(two_units.balance)) < 200


def test_wrong_arguments_are_answered_in_one_sentence(two_units, tmp_path, world):
    with pytest.raises(InputError, match="运行结果"):
        landgis.write_report(two_units.findings, tmp_path)
    with pytest.raises(InputError, match="运行结果"):
        landgis.write_maps(two_units.parcels, tmp_path)
    with pytest.raises(InputError, match="计划"):
        landgis.examine("plan.docx", world.draw(HOUSE), regions=world.towns())
    with pytest.raises(InputError, match="只能比较"):
        landgis.compare(two_units, two_units.plan)
    with pytest.raises(InputError, match="不存在"):
        landgis.run_project(tmp_path / "x.toml")


def test_any_polygons_are_drawn(world):
    bare = world.draw(HOUSE).drop(columns=["parcel_id", "category"]).assign(面积=4.0)
    assert "landgisParcels" in landgis.draw_map(bare).get_root().render()


def test_an_earlier_plan_and_one_day_are_part_of_the_results(world, two_units):
    moved = landgis.with_earlier(two_units, plan=world.plan(("", "住宅用地", 5.0, "公顷", 2)))
    assert moved.changes["plan"]["change_ha"].dropna().tolist() == [-1.0]
    assert landgis.compare(two_units, replace(two_units))["plan"]["status"].unique().tolist() == [
        "same"
    ]
