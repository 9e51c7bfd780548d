import numpy as np
import pandas as pd
import pytest

from landgis.errors import InputError
from landgis.findings import Finding, count_verdicts, define, findings_table, join_findings, tell
from landgis.schema import PARCELS, TARGETS, conform, table_of

ONE = findings_table([Finding(check="totals.cell", verdict="fail", message="超出。", actual=2.0)])


def test_missing_numbers_stay_missing():
    assert ONE["expected"].isna().all()
    assert ONE["source"].tolist() == [""]


def test_tables_are_stacked_in_order():
    both = join_findings(findings_table(), ONE, ONE)
    assert both.index.tolist() == [0, 1]
    assert count_verdicts(both) == {"pass": 0, "fail": 2, "unknown": 0, "note": 0}
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


GAP = define("""example.boxes 差额 | gap
    两数之差 | two numbers
    short: {region}{category:use}少 {gap:2} {unit:unit}{notes:clauses}。
    | {region} {category:use}: {gap:2} {unit:unit} short
      ({n} parcel{n:s}){notes:clauses}.
    outside: （界外 {share:1%}） | " [{share:1%} outside]"
""")


def test_a_sentence_is_made_when_it_is_shown_in_either_language():
    found = findings_table(
        [
            GAP.finding(
                "short",
                "fail",
                region="东镇",
                category="住宅用地",
                unit="亩",
                values={"gap": 1.005, "n": 2, "notes": [{"kind": "outside", "share": 0.125}]},
            )
        ]
    )
    assert found["message"].tolist() == [""]
    assert tell(found)["message"].item() == "东镇住宅用地少 1.01 亩（界外 12.5%）。"
    english = tell(found, "en")["message"].item()
    assert english == "东镇 residential: 1.01 mu short (2 parcels) [12.5% outside]."


def test_rows_are_made_from_arrays_as_one_by_one():
    ids, gaps = np.array(["a", "b"]), np.array([1.5, 2.0])
    rows = GAP.rows("short", "fail", subject=ids, actual=gaps, values={"gap": gaps, "n": 1})
    single = [
        GAP.finding("short", "fail", subject=i, actual=g, values={"gap": g, "n": 1})
        for i, g in zip(ids.tolist(), gaps.tolist(), strict=True)
    ]
    pd.testing.assert_frame_equal(rows, findings_table(single))
    assert join_findings(rows, findings_table(single))["members"].tolist() == [()] * 4


def test_a_check_is_defined_once_and_has_the_sentences_it_uses():
    with pytest.raises(ValueError, match="twice"):
        define("example.boxes 甲 | a\n    乙 | b")
    with pytest.raises(KeyError, match="long"):
        GAP.finding("long", "fail")
