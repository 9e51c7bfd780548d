"""A figure is read once, and exact."""

from decimal import Decimal
from fractions import Fraction

import pytest

from landgis.balance.figures import figures_of, plan_unit, rounded_parts, shown_area
from landgis.plan.audit import audit_plan
from landgis.plan.model import Plan
from landgis.schema import TARGETS, table_of


def test_a_number_keeps_what_is_printed(world):
    plan = world.plan(
        ("", "住宅用地", 7.2, "公顷", 2),
        ("", "商服用地", 7.25, "公顷", None),
        ("", "", 20.0, "亩", 0),
    )
    values = [figure.value for figure in figures_of(plan)]
    assert [str(v) for v in values] == ["7.20", "7.25", "20"]


def test_a_mu_is_a_fifteenth_of_a_hectare_exactly(world):
    (figure,) = figures_of(world.plan(("", "", 1.0, "亩", 0)))
    assert figure.area_m2 == Fraction(10_000, 15)


def test_a_plan_of_the_bare_table_is_audited():
    row = {"category": "住宅用地", "area_ha": 7.25, "stated_value": 7.25, "stated_unit": "公顷"}
    plan = Plan(document="p.txt", targets=table_of([row], TARGETS))
    assert audit_plan(plan)["verdict"].tolist() == []
    assert figures_of(plan)[0].value == Decimal("7.25")


def test_one_unit_for_a_plan_the_one_it_prints_most(world):
    plan = world.plan(
        ("", "", 30.0, "亩", 0), ("", "住宅用地", 1.0, "公顷", 2), ("", "商服用地", 1.0, "公顷", 2)
    )
    assert plan_unit(figures_of(plan)) == "公顷"


@pytest.mark.parametrize(
    ("area", "unit", "shown"),
    [(1_250, "公顷", "0.13"), (-1_250, "公顷", "-0.13"), (667, "亩", "1.00")],
)
def test_areas_are_rounded_half_up(area, unit, shown):
    assert str(shown_area(Fraction(area), unit)) == shown


def test_a_total_carries_the_rounding_of_its_cells_only_if_it_is_their_sum(world):
    cells = [
        ("东镇", use, 1.5, "公顷", 1) for use in ("住宅用地", "商服用地", "特殊用地", "工业用地")
    ]
    assert rounded_parts(figures_of(world.plan(("东镇", "", 6.0, "公顷", 1), *cells))) == {
        ("东镇", "", ()): 1000
    }
    assert not rounded_parts(figures_of(world.plan(("东镇", "", 6.1, "公顷", 1), *cells)))


def test_a_list_is_summed_where_the_plan_prints_no_sum(world):
    lines = [
        {"number": n, "region": "东镇", "category": "低效工业片区", "name": name,
         "stated_value": mu, "stated_unit": "亩", "stated_decimals": 1}
        for n, name, mu in ((1, "甲", 10.1), (2, "乙", 20.2))
    ]  # fmt: skip
    figures = figures_of(world.plan(("东镇", "", 30.0, "亩", 0), projects=lines))
    told = [(f.check, f.region, f.category, str(f.value)) for f in figures]
    assert told == [
        ("totals.region", "东镇", "", "30"),
        ("totals.list", "", "低效工业片区", "30.3"),
        ("totals.list", "", "", "30.3"),
        ("totals.project", "东镇", "低效工业片区", "10.1"),
        ("totals.project", "东镇", "低效工业片区", "20.2"),
    ]
