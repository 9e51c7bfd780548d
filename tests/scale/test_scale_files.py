"""Files of any size: the same answer as in memory, and nothing done twice after a stop."""

import shutil

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from pandas.testing import assert_frame_equal

from landgis import scale
from landgis.cli import main
from landgis.errors import CRSError, InputError
from landgis.findings import tell
from landgis.formats.registry import write_layer, write_layers
from landgis.join import crosswalk_with_findings
from landgis.join.sums import sum_by
from landgis.scale import files, parts


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
    assert sorted(tell(wrong)["message"]) == sorted(tell(expected)["message"])
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


@pytest.mark.parametrize("name", ["乡镇.parquet", "乡镇.gpkg", "乡镇.shp"])
def test_regions_may_be_a_file_too(file, regions, tmp_path, name):
    there = tmp_path / name
    regions.to_parquet(there) if name.endswith("parquet") else regions.to_file(there)
    assert_frame_equal(scale.sum_file(file, there), scale.sum_file(file, regions))
    done = scale.join_file(file, there, out=tmp_path / "file.parquet")
    scale.join_file(file, regions, out=tmp_path / "frame.parquet")
    assert done.regions == 2
    assert (tmp_path / "file.parquet").read_bytes() == (tmp_path / "frame.parquet").read_bytes()


def test_a_broken_region_is_named_and_an_unnamed_one_refused(file, regions, tmp_path):
    there = tmp_path / "乡镇.parquet"
    regions.assign(region_id=["west", None]).to_parquet(there)
    with pytest.raises(InputError, match="1 行没有编号"):
        scale.sum_file(file, there)
    regions.to_parquet(there)
    table = pq.read_table(there)
    broken = pa.array([table["geometry"][0].as_py(), b"\x01\x03"], pa.binary())
    pq.write_table(table.set_column(1, table.schema.field("geometry"), broken), there)
    with pytest.raises(InputError, match=r"乡镇\.parquet.*east"):
        scale.sum_file(file, there)


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


@pytest.mark.parametrize("same", ["parcels", "regions", "link"])
def test_what_is_read_is_never_written_over(same, file, regions, tmp_path, capsys):
    regions.to_file(tmp_path / "r.gpkg")
    (tmp_path / "link.parquet").hardlink_to(file)
    out = {"parcels": file, "regions": tmp_path / "r.gpkg", "link": tmp_path / "link.parquet"}[same]
    before = out.read_bytes()
    with pytest.raises(InputError, match="就是输入文件"):
        scale.join_file(file, tmp_path / "r.gpkg", out=out)
    with pytest.raises(SystemExit) as end:
        main(["join", *map(str, (file, tmp_path / "r.gpkg", "-o", out))])
    assert (end.value.code, "就是输入文件" in capsys.readouterr().err) == (2, True)
    assert out.read_bytes() == before


def test_a_small_layer_is_not_written_over_either(parcels, regions, tmp_path, capsys):
    parcels.to_file(tmp_path / "p.gpkg")
    regions.to_file(tmp_path / "r.gpkg")
    before = (tmp_path / "p.gpkg").read_bytes()
    files = (tmp_path / "p.gpkg", tmp_path / "r.gpkg", "-o", tmp_path / "p.gpkg")
    with pytest.raises(SystemExit) as end:
        main(["join", *map(str, files)])
    assert (end.value.code, "就是输入文件" in capsys.readouterr().err) == (2, True)
    assert (tmp_path / "p.gpkg").read_bytes() == before


def test_sums_by_any_column_but_their_own(parcels, regions, tmp_path):
    file = tmp_path / "a.parquet"
    parcels.assign(region="r", region_id="x", area_m2=1.0, pieces=2).to_parquet(file)
    sums = scale.sum_file(file, regions, by=["region"])
    assert list(sums) == ["region_id", "region", "area_m2", "pieces"]
    assert sums["region_id"].tolist() == ["", "east", "west"]
    assert set(sums["region"]) == {"r"}
    for own in ("region_id", "area_m2", "pieces"):
        with pytest.raises(InputError, match=f"by 中的 {own} .*同名"):
            scale.sum_file(file, regions, by=["category", own])
    twice = scale.sum_file(file, regions, by=["category", "category"])
    assert_frame_equal(twice, scale.sum_file(file, regions))


def test_sums_by_many_columns_take_the_room_of_what_is_found(parcels, regions, tmp_path):
    columns = {f"n{k}": np.roll(np.arange(300), k) for k in range(8)}  # 300⁸ combinations
    parcels.assign(**columns).to_parquet(tmp_path / "a.parquet", row_group_size=50)
    sums = scale.sum_file(tmp_path / "a.parquet", regions, by=list(columns))
    alone = scale.sum_file(tmp_path / "a.parquet", regions, by=["n0"])
    assert_frame_equal(sums[["region_id", "n0", "area_m2", "pieces"]], alone)
    assert (sums["n1"] == (sums["n0"] - 1) % 300).all()


def test_sums_are_the_same_counted_or_found(file, regions, monkeypatch):
    by = ["category", "parcel_id"]
    counted = scale.sum_file(file, regions, by=by)
    monkeypatch.setattr(parts, "COUNTED", 1)
    assert_frame_equal(scale.sum_file(file, regions, by=by), counted, check_exact=True)


def test_parts_in_another_projection_without_a_name_are_dropped(parcels, tmp_path, monkeypatch):
    """Two systems may both be called "unknown"."""
    parcels.to_crs(4490).to_parquet(tmp_path / "a.parquet")
    out = tmp_path / "x.parquet"

    def join(meridian):
        plane = f"+proj=tmerc +lon_0={meridian} +x_0=500000 +ellps=GRS80 +units=m"
        west = shapely.box(500_000, 3_400_000, 500_500, 3_401_000)
        tiles = gpd.GeoDataFrame({"region_id": ["west"]}, geometry=[west], crs=plane)
        return scale.join_file(tmp_path / "a.parquet", tiles, out=out, to_crs=plane)

    with monkeypatch.context() as stopped:
        stopped.setattr(files, "_put_together", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            join(117)
    assert out.with_name("x.parquet.parts").exists()
    assert join(120).inside_m2 > 0


def test_a_second_join_to_the_same_output_is_told(file, regions, tmp_path, monkeypatch):
    out = tmp_path / "x.parquet"
    together = files._put_together

    def other_first(task, whole):
        shutil.rmtree(task.folder)
        return together(task, whole)

    monkeypatch.setattr(files, "_put_together", other_first)
    with pytest.raises(InputError, match="另一个进程"):
        scale.join_file(file, regions, out=out)
    monkeypatch.undo()
    assert scale.join_file(file, regions, out=out).parcels == 300


def test_regions_in_one_of_several_layers(file, regions, tmp_path):
    there = tmp_path / "r.gpkg"
    write_layers({"乡镇": regions, "县": regions.assign(region_id=["甲", "乙"])}, there)
    with pytest.raises(InputError, match=r"乡镇、县.*region_layer="):
        scale.sum_file(file, there)
    assert set(scale.sum_file(file, there, region_layer="县")["region_id"]) == {"", "甲", "乙"}
    assert scale.join_file(file, there, region_layer="县", out=tmp_path / "x.csv").regions == 2


@pytest.mark.parametrize("kind", ["gpkg", "parquet"])
def test_a_layer_without_a_parcel_is_refused(kind, parcels, regions, tmp_path, capsys):
    regions.to_file(tmp_path / "r.gpkg")
    write_layer(parcels[:0], tmp_path / f"p.{kind}")
    files = (tmp_path / f"p.{kind}", tmp_path / "r.gpkg", "-o", tmp_path / "x.csv")
    with pytest.raises(SystemExit) as end:
        main(["join", *map(str, files)])
    assert (end.value.code, "没有一行" in capsys.readouterr().err) == (2, True)
