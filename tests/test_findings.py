import pandas as pd
import pytest

from landgis.errors import InputError
from landgis.findings import Finding, count_verdicts, findings_table, join_findings
from landgis.schema import PARCELS, TARGETS, conform, table_of

ONE = findings_table([Finding(check="totals.cell", verdict="fail", message="超出。", actual=2.0)])


def test_missing_numbers_stay_missing():
    assert ONE["expected"].isna().all()
    assert ONE["source"].tolist() == [""]


def test_tables_are_stacked_in_order():
    both = join_findings(findings_table(), ONE, ONE)
    assert both.index.tolist() == [0, 1]
    assert count_verdicts(both) == {"pass": 0, "fail": 2, "unknown": 0}
    with pytest.raises(InputError, match="check"):
        join_findings(pd.DataFrame({"a": [1]}))


def test_conform_names_every_missing_column_and_leaves_the_input_alone():
    table = pd.DataFrame({"category": [None]}, index=[7])
    with pytest.raises(InputError, match="parcel_id、geometry"):
        conform(table, PARCELS)
    out = conform(table, TARGETS)
    assert table["category"].isna().all()
    assert out.loc[7, "category"] == ""
    assert out.index.tolist() == [7]
    assert tuple(out.columns) == TARGETS.names


def test_an_empty_table_has_its_columns():
    assert table_of((), TARGETS).dtypes["area_ha"] == "float64"
