"""Results in a notebook."""

from dataclasses import replace

from landgis.findings import Finding, findings_table
from landgis.results import MOST_SHOWN, blank_results


def test_a_notebook_shows_verdicts_and_what_failed():
    failed = [
        Finding(check="totals.use", verdict="fail", message=f"第 {n} 项<script>alert(1)</script>")
        for n in range(MOST_SHOWN + 3)
    ]
    open_ = Finding(check="totals.use", verdict="unknown", message="缺图形")
    results = replace(blank_results(), title="<b>某市", findings=findings_table([*failed, open_]))
    shown = results._repr_html_()
    assert "&lt;b&gt;某市" in shown
    assert "<script" not in shown
    assert f"检查 {MOST_SHOWN + 4} 项：通过 0，不通过 {MOST_SHOWN + 3}，无法判定 1。" in shown
    assert shown.count("<li>") == MOST_SHOWN + 1
    assert "另有 3 项不通过" in shown


def test_a_notebook_says_what_is_no_real_data():
    blank = blank_results()
    parcels = blank.parcels.assign(basis="").reindex([0]).assign(parcel_id="a", basis="sample")
    assert "数据性质：示例。" in replace(blank, parcels=parcels)._repr_html_()
    assert "数据性质" not in blank._repr_html_()
