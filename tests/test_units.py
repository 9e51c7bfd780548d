from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.units import M2_PER_UNIT, Quantity, half_up, m2_to, unit_name


@pytest.mark.parametrize(
    ("exact", "decimals", "printed"),
    [("14.45", 1, "14.5"), ("-14.45", 1, "-14.5"), ("2.5", 0, "3"), ("0.004", 2, "0.00")],
)
def test_halves_go_away_from_zero(exact, decimals, printed):
    assert half_up(Decimal(exact), decimals) == Decimal(printed)
    assert str(half_up(Decimal(exact), decimals)) == printed


def test_a_float_is_rounded_by_what_it_prints():
    assert half_up(0.145, 2) == Decimal("0.15")


def test_every_spelling_leads_to_a_unit():
    assert {unit_name(t) for t in ("公頃", "hm²", "HA", " ㎡", "万亩")} <= set(M2_PER_UNIT)
    assert unit_name("万元") is None


def test_mu_and_hectares_are_exact():
    assert Quantity(Decimal(15), "亩").area_ha == 1
    assert Quantity(Decimal("383.73"), "公顷").area_m2 / M2_PER_UNIT["亩"] == Fraction("5755.95")


@given(st.decimals(0, 10**6, places=4), st.sampled_from(sorted(M2_PER_UNIT)))
def test_there_and_back(value, unit):
    area_m2 = Quantity(value, unit).area_m2
    assert area_m2 / M2_PER_UNIT[unit] == Fraction(value)
    assert m2_to(float(area_m2), unit) == pytest.approx(float(value))
