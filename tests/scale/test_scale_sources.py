"""Sources read in parts: every format gives what it gives when it is read whole."""

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
from landgis.formats.dbf import read_dbf_header
from landgis.formats.registry import write_layer, write_layers
from landgis.join import crosswalk_with_findings
from landgis.layers.read import read_layer
from landgis.scale import parts
from landgis.scale.reading import open_source, worth_streaming


def boxes(count, **columns):
    """Parcels of 10 m² side by side from west to east, the last ones outside."""
    x = 500_000 + 10.0 * np.arange(count)
    shapes = shapely.box(x, 3_400_000, x + 10, 3_400_001)
    ids = {"parcel_id": [f"p{k}" for k in range(count)]} | columns
    return gpd.GeoDataFrame(ids, geometry=shapes, crs=4549)


@pytest.mark.parametrize("kind", ["gpkg", "gdb", "shp", "fgb"])
def test_every_format_in_parts_as_read_whole(kind, parcels, regions, tmp_path):
    file = tmp_path / f"宗地.{kind}"
    write_layer(parcels, file)
    assert len(open_source(file, ["parcel_id"]).parts) == 3
    whole, _ = crosswalk_with_findings(read_layer(file).data, regions)
    joined = scale.join_file(file, regions, out=tmp_path / "out.parquet")
    assert_frame_equal(pd.read_parquet(tmp_path / "out.parquet"), whole, rtol=1e-9)
    assert (joined.parcels, joined.pairs) == (300, len(whole))
    assert (joined.findings["check"] == "join.geometry").sum() == 2
    sums = scale.sum_file(file, regions, by=["parcel_id"])
    assert sums["area_m2"].sum() == pytest.approx(whole["area_m2"].sum(), rel=1e-12)


def test_a_shapefile_in_gbk_without_cpg(regions, tmp_path):
    write_layer(boxes(150, 用途=["住宅用地"] * 150), tmp_path / "宗地.shp", encoding="GBK")
    (tmp_path / "宗地.cpg").unlink(missing_ok=True)
    sums = scale.sum_file(tmp_path / "宗地.shp", regions, by=["用途"])
    assert sums[["region_id", "用途", "pieces"]].to_numpy().tolist() == [
        ["", "住宅用地", 50],
        ["east", "住宅用地", 50],
        ["west", "住宅用地", 50],
    ]


@pytest.mark.parametrize("kind", ["gpkg", "parquet"])
def test_another_system_is_converted_when_asked(kind, regions, tmp_path):
    file = tmp_path / f"a.{kind}"
    write_layer(boxes(120).to_crs(4490), file)
    with pytest.raises(CRSError, match="4490"):
        scale.join_file(file, regions, out=tmp_path / "x.csv")
    joined = scale.join_file(file, regions, out=tmp_path / "x.csv", to_crs=4549)
    assert joined.inside_m2 == pytest.approx(1000, rel=1e-3)
    assert joined.outside_m2 == pytest.approx(200, rel=1e-3)
    assert "layer.conversion" in joined.findings["check"].tolist()


@pytest.mark.parametrize("kind", ["parquet", "csv", "gpkg"])
def test_every_output(kind, file, regions, tmp_path):
    out = tmp_path / f"叠合.{kind}"
    done = scale.join_file(file, regions, out=out)
    readers = {"parquet": pd.read_parquet, "csv": pd.read_csv, "gpkg": gpd.read_file}
    table = readers[kind](out)
    assert list(table) == ["parcel_id", "region_id", "area_m2", "share"]
    assert len(table) == done.pairs
    assert table["area_m2"].sum() == pytest.approx(done.inside_m2 + done.outside_m2)


def test_ids_repeated_anywhere_are_found(regions, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "HASHES", 40)
    layer = boxes(300)
    layer.loc[[3, 299], "parcel_id"] = "远"
    layer.loc[[120, 121], "parcel_id"] = "近"
    layer.loc[[50, 250], "parcel_id"] = ""
    layer.to_parquet(tmp_path / "a.parquet", row_group_size=100)
    done = scale.join_file(tmp_path / "a.parquet", regions, out=tmp_path / "x.parquet")
    told = tell(done.findings[done.findings["check"] == "join.id"])
    assert told["actual"].tolist() == [2.0, 2.0]
    assert told["message"].tolist() == ["2 个宗地没有编号。", "宗地编号有 2 个重复：近、远。"]
    assert set(told["verdict"]) == {"fail"}


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (pa.array([1, 2, 3]), ["1", "2", "3"]),
        (pa.array([1, None, 2**60]), ["1", "", "1152921504606846976"]),
        (pa.array([1.5, 2.0, None]), ["1.5", "2.0", ""]),
        (pa.array([None, None, None]), ["", "", ""]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", "", "a"]),
    ],
)
def test_ids_of_any_type(ids, text, regions, tmp_path):
    boxes(3).to_parquet(tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    pq.write_table(table.set_column(0, "parcel_id", ids), tmp_path / "a.parquet")
    scale.join_file(tmp_path / "a.parquet", regions, out=tmp_path / "x.parquet")
    written = pd.read_parquet(tmp_path / "x.parquet")["parcel_id"].tolist()
    assert written == text


@pytest.mark.parametrize("group", [1, 1000])
def test_row_groups_of_any_size(group, regions, tmp_path):
    boxes(230).to_parquet(tmp_path / "a.parquet", row_group_size=group)
    source = open_source(tmp_path / "a.parquet", [])
    assert len(source.parts) == (3 if group == 1 else 1)
    done = scale.join_file(tmp_path / "a.parquet", regions, out=tmp_path / "x.parquet")
    assert (done.parcels, done.pairs) == (230, 230)
    assert done.outside_m2 == pytest.approx(1300, rel=1e-3)


def test_all_outside_and_all_invalid(regions, tmp_path):
    away = boxes(120).translate(yoff=-50)
    boxes(120).set_geometry(away).to_parquet(tmp_path / "a.parquet")
    done = scale.join_file(tmp_path / "a.parquet", regions, out=tmp_path / "x.parquet")
    assert (done.pairs, done.inside_m2) == (120, 0)
    boxes(120).set_geometry(away.boundary).to_parquet(tmp_path / "a.parquet")
    done = scale.join_file(tmp_path / "a.parquet", regions, out=tmp_path / "x.parquet")
    assert (done.pairs, done.inside_m2, done.outside_m2) == (0, 0, 0)
    assert list(pd.read_parquet(tmp_path / "x.parquet")) == list(parts.SCHEMA.names)
    assert scale.sum_file(tmp_path / "a.parquet", regions, by=[]).attrs["invalid"] == 120


def test_regions_that_overlap_are_refused(file, regions, tmp_path):
    wide = regions.set_geometry(regions.buffer(1, join_style="mitre"))
    with pytest.raises(InputError, match="west 与 east 重叠"):
        scale.join_file(file, wide, out=tmp_path / "x.parquet")
    done = scale.join_file(file, wide, out=tmp_path / "x.parquet", precedence=["east"])
    assert done.regions == 2


def test_what_cannot_be_joined_is_said_at_once(regions, tmp_path):
    write_layers({"一": boxes(3), "二": boxes(3)}, tmp_path / "a.gpkg")
    with pytest.raises(InputError, match=r"一、二.*layer="):
        scale.join_file(tmp_path / "a.gpkg", regions, out=tmp_path / "x.csv")
    assert scale.join_file(tmp_path / "a.gpkg", regions, out=tmp_path / "x.csv", layer="二").pairs
    boxes(0).to_parquet(tmp_path / "none.parquet")
    for job in (scale.sum_file, lambda *a: scale.join_file(*a, out=tmp_path / "x.csv")):
        with pytest.raises(InputError, match=r"none\.parquet 没有一行"):
            job(tmp_path / "none.parquet", regions)
    (tmp_path / "empty.parquet").touch()
    with pytest.raises(InputError, match=r"empty\.parquet"):
        scale.sum_file(tmp_path / "empty.parquet", regions)
    with pytest.raises(InputError, match=r"\.docx"):
        scale.join_file(tmp_path / "a.gpkg", regions, out=tmp_path / "x.docx")
    (tmp_path / "a.kml").touch()
    with pytest.raises(InputError, match="landgis convert"):
        scale.sum_file(tmp_path / "a.kml", regions)


def test_the_command_streams_what_is_large(regions, tmp_path, capsys):
    regions.to_file(tmp_path / "r.gpkg")
    write_layer(boxes(130), tmp_path / "p.shp")
    assert worth_streaming(tmp_path / "p.shp")
    texts = []
    for kind in ("parquet", "csv", "gpkg"):
        command = [tmp_path / "p.shp", tmp_path / "r.gpkg", "-o", tmp_path / f"x.{kind}"]
        with pytest.raises(SystemExit) as end:
            main(["join", *map(str, command), "--json"])
        assert end.value.code == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] == texts[2]
    keys = ['"pairs": 130', '"parcels": 130', '"regions": 2', '"inside_m2"', '"outside_m2"']
    assert all(key in texts[0] for key in keys)


def test_whole_numbers_of_many_digits_in_a_shapefile_stay_whole(regions, tmp_path):
    codes = [3305021001230012345 + k for k in range(120)]
    boxes(120, 号=codes).to_file(tmp_path / "a.shp", engine="pyogrio", encoding="GBK")
    done = scale.join_file(tmp_path / "a.shp", regions, out=tmp_path / "x.parquet", parcel_id="号")
    assert "join.id" not in done.findings["check"].tolist()
    assert set(pd.read_parquet(tmp_path / "x.parquet")["parcel_id"]) == {str(c) for c in codes}


def test_what_is_no_whole_number_in_a_field_of_whole_numbers_is_not_cut(regions, tmp_path):
    """In the last part only: all parts have one kind, and ids are as read whole."""
    file = tmp_path / "a.shp"
    boxes(150, 幢=range(150)).to_file(file, engine="pyogrio", encoding="UTF-8")
    table = file.with_suffix(".dbf")
    header = read_dbf_header(table)
    field = header.fields[-1]
    raw = bytearray(table.read_bytes())
    at = header.header_length + 140 * header.record_length + field.offset
    raw[at : at + field.length] = b"12.5".rjust(field.length)
    table.write_bytes(raw)
    sums = scale.sum_file(file, regions, by=["幢"])
    assert set(sums["幢"]) == {*range(150), 12.5} - {140}
    scale.join_file(file, regions, out=tmp_path / "x.parquet", parcel_id="幢")
    whole, _ = crosswalk_with_findings(read_layer(file).data, regions, parcel_id="幢")
    assert set(pd.read_parquet(tmp_path / "x.parquet")["parcel_id"]) == set(whole["parcel_id"])


def test_full_names_beside_a_shapefile_are_those_of_its_parts(regions, tmp_path):
    write_layer(boxes(120, 登记面积_平方米=[10.0] * 120), tmp_path / "a.shp")
    sums = scale.sum_file(tmp_path / "a.shp", regions, by=["登记面积_平方米"])
    assert sums["pieces"].sum() == 120
