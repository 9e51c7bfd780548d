"""Files of any size: the same answer as in memory, and nothing done twice after a stop."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from landgis import scale
from landgis.errors import CRSError, InputError
from landgis.join import crosswalk_with_findings
from landgis.join.sums import sum_by

REGIONS = gpd.GeoDataFrame(
    {"region_id": ["west", "east"]},
    geometry=[
        shapely.box(500_000, 3_400_000, 500_500, 3_401_000),
        shapely.box(500_500, 3_400_000, 501_000, 3_401_000),
    ],
    crs=4549,
)


@pytest.fixture
def parcels():
    """Boxes all over, some with holes or of two parts, one invalid, one missing."""
    random = np.random.default_rng(5)
    x, y = 499_950 + 1050 * random.random(300), 3_400_000 + 1000 * random.random(300)
    shapes = shapely.box(x, y, x + 40, y + 30)
    shapes[::10] = shapely.difference(
        shapes[::10], shapely.buffer(shapely.centroid(shapes[::10]), 5)
    )
    shapes[5::50] = shapely.union(
        shapes[5::50], shapely.box(500_480, y[5::50], 500_530, y[5::50] + 9)
    )
    shapes[7] = shapely.Polygon(
        [(x[7], y[7]), (x[7] + 9, y[7] + 9), (x[7] + 9, y[7]), (x[7], y[7] + 9)]
    )
    shapes[8] = None
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"宗{k}" for k in range(300)],
            "category": np.array(["住宅用地", "商服用地", None])[random.integers(0, 3, 300)],
        },
        geometry=shapes,
        crs=4549,
    )


@pytest.fixture
def file(parcels, tmp_path, monkeypatch):
    monkeypatch.setattr(scale, "BATCH", 64)
    parcels.to_parquet(tmp_path / "宗地.parquet", row_group_size=100)
    return tmp_path / "宗地.parquet"


def test_joined_from_a_file_as_in_memory(file, parcels, tmp_path):
    done = scale.join_file(file, REGIONS, out=tmp_path / "out.parquet")
    table, findings = crosswalk_with_findings(parcels, REGIONS)
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


def test_summed_from_a_file_as_in_memory(file, parcels):
    table, _ = crosswalk_with_findings(parcels, REGIONS)
    sums = scale.sum_file(file, REGIONS)
    expected = sum_by(table, parcels)
    assert sums["region_id"].tolist() == expected["region_id"].tolist()
    assert sums["area_m2"].to_numpy() == pytest.approx(expected["area_m2"].to_numpy(), rel=1e-9)
    assert sums["pieces"].tolist() == expected["pieces"].tolist()
    assert sums.attrs["invalid"] == 2
    everything = scale.sum_file(file, REGIONS, by=())
    assert everything["area_m2"].sum() == pytest.approx(table["area_m2"].sum(), rel=1e-12)


def test_a_stopped_join_goes_on_where_it_stopped(file, tmp_path, monkeypatch):
    out = tmp_path / "out.parquet"
    scale.join_file(file, REGIONS, out=out)
    whole = pd.read_parquet(out)
    out.unlink()

    real, calls = scale._joined, []

    def stops_at_the_third(batch, *rest):
        calls.append(len(batch))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(batch, *rest)

    monkeypatch.setattr(scale, "_joined", stops_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        scale.join_file(file, REGIONS, out=out)
    assert not out.exists()
    calls[:] = [0, 0, 0]
    scale.join_file(file, REGIONS, out=out)
    batches = len(list(scale._batches(scale._open(file, ()), ())))
    assert len(calls) - 3 == batches - 2
    assert_frame_equal(pd.read_parquet(out), whole)


def test_other_regions_start_anew(file, tmp_path):
    out = tmp_path / "out.parquet"
    parts = tmp_path / "out.parquet.parts"
    parts.mkdir()
    (parts / "work.txt").write_text("another", "ascii")
    (parts / "000000.parquet").write_bytes(b"of another job")
    scale.join_file(file, REGIONS, out=out)
    assert len(pd.read_parquet(out)) > 300


def test_what_cannot_be_read_is_said(file, tmp_path):
    text = tmp_path / "a.parquet"
    text.write_text("not parquet", "utf-8")
    with pytest.raises(InputError, match=r"a\.parquet"):
        scale.sum_file(text, REGIONS)
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(InputError, match="GeoParquet"):
        scale.sum_file(tmp_path / "plain.parquet", REGIONS, by=())
    with pytest.raises(InputError, match="用途"):
        scale.sum_file(file, REGIONS, by=["用途"])
    with pytest.raises(CRSError, match="EPSG:4490"):
        scale.sum_file(file, REGIONS.to_crs(4490))
