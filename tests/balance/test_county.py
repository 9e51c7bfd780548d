"""A county's data as a bureau holds it: exactly what is planted in it, and no other fail.

Reads files that are not part of the repository; skipped where they are not there.
"""

import pytest
from county import COUNTY, PROJECT

import landgis
from landgis.findings import finding_key

CELL = "totals.cell|塔集镇|住宅用地"

pytestmark = pytest.mark.skipif(not COUNTY.is_dir(), reason="the county's files are not here")


@pytest.mark.parametrize("towns", ["行政区_乡镇", "行政区_乡镇_官方代码"])
def test_exactly_what_is_planted(towns, tmp_path):
    text = PROJECT.format(
        plan=(COUNTY / "金湖县2025年度供地计划.docx").as_posix(),
        folder=COUNTY.as_posix(),
        towns=towns,
    )
    (tmp_path / "p.toml").write_text(text, "utf-8")
    found = landgis.run_project(tmp_path / "p.toml").findings
    failed = found[found["verdict"] == "fail"]
    assert sorted(finding_key(row) for row in failed.to_dict("records")) == sorted(
        ["totals.grand", "totals.use|住宅用地", CELL, "totals.region|塔集镇"]
    )
    assert sorted(failed["cause"]) == ["", CELL, CELL, CELL]
    (cell,) = failed[failed["check"] == "totals.cell"].to_dict("records")
    assert (cell["expected"], cell["actual"], cell["difference"]) == (24.81, 21.81, -3.0)
    passed = found[found["check"].str.startswith("totals.") & (found["verdict"] == "pass")]
    assert passed["difference"].abs().max() <= 0.01
