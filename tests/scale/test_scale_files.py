"""Files of any size: the same answer as in memory, and nothing done twice after a stop."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from landgis import scale
from landgis.errors import CRSError, InputError
from landgis.join import crosswalk_with_findings
from landgis.join.sums import sum_by
from landgis.scale import parts


def test_joined_from_a_file_as_in_memory(file, parcels, regions, tmp_path):
    done = scale.join_file(file, regions, out=tmp_path / "out.parquet")
    table, findings = crosswalk_with_findings(parcels, regions)
    written = pd.read_parquet(tmp_path / "out.parquet")
    assert_frame_equal(written, table, rtol=1e-9)
    assert done.pairs == len(table)
    assert (done.parcels, done.regions) == (300, 2)
    outside = table["region_id"] == ""
    assert done.inside_m2 == pytest.approx(table.loc[~outside, "area_m2"].sum(), rel=1e-12)
    assert done.outside_m2 == pytest.approx(table.loc[outside, "area_m2"].sum(), rel=1e-12)
    wrong = done.findings[done.findings["check"] == "join.geometry"]
    expected = findings[findings["check"] == "join.geometry"]
    assert sorted(wrong["message"]) == sorted(expected["message"])
    assert [p.name for p in tmp_path.iterdir() if "out" in p.name] == ["out.parquet"]


def test_summed_from_a_file_as_in_memory(file, parcels, regions):
    table, _ = crosswalk_with_findings(parcels, regions)
    sums = scale.sum_file(file, regions)
    expected = sum_by(table, parcels)
    assert sums["region_id"].tolist() == expected["region_id"].tolist()
    assert sums["area_m2"].to_numpy() == pytest.approx(expected["area_m2"].to_numpy(), rel=1e-9)
    assert sums["pieces"].tolist() == expected["pieces"].tolist()
    assert sums.attrs["invalid"] == 2
    everything = scale.sum_file(file, regions, by=())
    assert everything["area_m2"].sum() == pytest.approx(table["area_m2"].sum(), rel=1e-12)


def test_a_stopped_join_goes_on_where_it_stopped(file, regions, tmp_path, monkeypatch):
    out = tmp_path / "out.parquet"
    scale.join_file(file, regions, out=out)
    whole = pd.read_parquet(out)
    out.unlink()

    real, calls = parts._joined, []

    def stops_at_the_third(batch, *rest):
        calls.append(len(batch))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(batch, *rest)

    monkeypatch.setattr(parts, "_joined", stops_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        scale.join_file(file, regions, out=out)
    assert not out.exists()
    calls[:] = [0, 0, 0]
    scale.join_file(file, regions, out=out)
    assert calls[3:] == [64, 36] * 2, "the first of three parts is not done again"
    assert_frame_equal(pd.read_parquet(out), whole)


def test_other_regions_start_anew(file, regions, tmp_path):
    out = tmp_path / "out.parquet"
    folder = tmp_path / "out.parquet.parts"
    folder.mkdir()
    (folder / "work.txt").write_text("another", "ascii")
    (folder / "000000.parquet").write_bytes(b"of another job")
    scale.join_file(file, regions, out=out)
    assert len(pd.read_parquet(out)) > 300


def test_what_cannot_be_read_is_said(file, regions, tmp_path):
    text = tmp_path / "a.parquet"
    text.write_text("not parquet", "utf-8")
    with pytest.raises(InputError, match=r"a\.parquet"):
        scale.sum_file(text, regions)
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(InputError, match="GeoParquet"):
        scale.sum_file(tmp_path / "plain.parquet", regions, by=())
    with pytest.raises(InputError, match="用途"):
        scale.sum_file(file, regions, by=["用途"])
    with pytest.raises(CRSError, match="EPSG:4490"):
        scale.sum_file(file, regions.to_crs(4490))
