"""Figures derived from margins, and areas made to add up: exact, and on record."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.allocation.spread import (
    adjust_areas,
    level_table,
    round_cells,
    spread_difference,
    spread_margins,
)
from landgis.errors import InputError


@given(
    st.lists(st.integers(1, 500), min_size=2, max_size=5),
    st.integers(2, 5),
    st.integers(0, 1000),
)
def test_every_margin_holds_at_the_printed_decimals(rows, count, seed):
    g = np.random.default_rng(seed)
    columns = g.multinomial(sum(rows), g.dirichlet(np.ones(count)))
    regions = pd.Series([r / 100 for r in rows], index=[f"r{k}" for k in range(len(rows))])
    uses = pd.Series(columns / 100, index=[f"u{k}" for k in range(count)])
    table = spread_margins(regions, uses)
    for names, margin in (("region", regions), ("use", uses)):
        sums = table.groupby(names)["value"].agg(lambda v: sum(Decimal(repr(x)) for x in v))
        assert sums.to_dict() == {k: Decimal(repr(v)) for k, v in margin.items()}
    assert table["departure"].eq(0).all()
    assert (abs(table["value"] - table["raked"]) < 0.01 + 1e-9).all()
    assert table["value"].between(table["low"] - 1e-9, table["high"] + 1e-9).all()
    assert table["basis"].eq("derived").all()


def test_a_prior_is_followed_and_its_empty_cells_stay_empty():
    prior = pd.DataFrame({"住宅": [3.0, 0.0], "商服": [1.0, 1.0]}, index=["东", "西"])
    table = spread_margins(
        pd.Series({"东": 6.0, "西": 4.0}), pd.Series({"住宅": 3.0, "商服": 7.0}), prior=prior
    )
    cells = table.set_index(["region", "use"])["value"]
    assert cells["西", "住宅"] == 0
    assert cells["东", "住宅"] == 3.0
    with pytest.raises(InputError, match="权重为 0"):
        spread_margins(
            pd.Series({"东": 1.0, "西": 9.0}), pd.Series({"住宅": 5.0, "商服": 5.0}), prior=prior
        )


def test_margins_that_disagree_are_refused():
    with pytest.raises(InputError, match="10 与 9"):
        spread_margins(pd.Series({"东": 10.0}), pd.Series({"住宅": 9.0}))


def test_three_margins_without_a_neighbouring_rounding_take_the_least_departure():
    # all pairs of three axes fixed: the only whole tables leave the nearest numbers somewhere
    cube = np.full((2, 2, 2), 0.5)
    pairs = {(0, 1): [[1, 1], [1, 1]], (0, 2): [[1, 1], [1, 1]], (1, 2): [[1, 1], [1, 1]]}
    whole, departure = round_cells(cube, margins=pairs)
    for axis, wanted in zip((2, 1, 0), pairs.values(), strict=True):
        assert whole.sum(axis=axis).tolist() == wanted
    assert departure.sum() == 0
    whole, departure = round_cells(np.zeros((2, 2, 2)), margins={(0,): [1, 1], (1, 2): np.eye(2)})
    assert departure.sum() == 2  # no cell may be 1 by rounding 0, and two must be


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=20), st.integers(-1000, 1000))
def test_a_difference_is_spread_to_the_last_step(areas, lacking):
    own = np.array(areas, dtype=np.int64)
    total = int(own.sum()) + int(np.clip(lacking, -own.sum(), own.sum()))
    new = spread_difference(own, total)
    assert int(new.sum()) == total
    assert (np.abs(new - own) <= np.ceil(abs(total - own.sum()) * own / own.sum()) + 1).all()


def test_corrections_go_down_the_levels_and_are_on_record():
    plots = pd.DataFrame(
        {"id": list("abc"), "area_m2": [600.0, 400.0, 500.0], "parent": ["v1", "v1", "v2"]}
    )
    controls = pd.DataFrame(
        {
            "id": ["county", "town", "v1", "v2"],
            "area_m2": [1500.06, 1500.0, 1000.0, 500.0],
            "parent": ["", "county", "town", "town"],
        }
    )
    told = adjust_areas(plots, controls).set_index("id")
    assert told.loc["town", "adjusted_m2"] == 1500.06
    assert told.loc[["v1", "v2"], "correction_m2"].round(2).tolist() == [0.04, 0.02]
    assert round(told.loc[list("abc"), "adjusted_m2"].sum(), 2) == 1500.06
    assert (told["measured_m2"] + told["correction_m2"] - told["adjusted_m2"]).abs().max() < 1e-9


def test_what_is_no_adjustment_is_refused():
    plots = pd.DataFrame({"id": ["a"], "area_m2": [100.0], "parent": ["v"]})
    village = pd.DataFrame({"id": ["v"], "area_m2": [150.0], "parent": [""]})
    with pytest.raises(InputError, match="平差限度"):
        adjust_areas(plots, village)
    with pytest.raises(InputError, match="没有 w 的控制面积"):
        adjust_areas(plots.assign(parent="w"), village)


def test_a_printed_column_adds_up_to_its_total():
    table = level_table(pd.Series([0.333333, 0.333333, 0.333334]), Decimal("1.00"))
    assert sum(table["levelled"]) == Decimal("1.00")
    assert table["correction"].abs().sum() == Decimal("0.01")
