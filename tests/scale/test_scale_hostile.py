"""GeoParquet with figures that cannot be joined: each is a finding, all others are joined."""

import json
import struct

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from landgis import scale
from landgis.errors import CRSError, InputError
from landgis.findings import tell

SQUARE = [(500_000, 3_400_000), (500_010, 3_400_000), (500_010, 3_400_010), (500_000, 3_400_010)]
NOWHERE = (float("nan"), float("nan"))
POLYGON, CURVE_POLYGON, ARC = 3, 10, 8


def header(kind, count):
    return struct.pack("<BII", 1, kind, count)


def points(corners):
    return struct.pack("<I", len(corners)) + np.array(corners, dtype="<f8").tobytes()


def ring(corners):
    return header(POLYGON, 1) + points(corners)


def arcs(corners):
    return header(CURVE_POLYGON, 1) + struct.pack("<BI", 1, ARC) + points(corners)


def collection(*members):
    return header(7, len(members)) + b"".join(members)


CLOSED = [*SQUARE, SQUARE[0]]
TURN = np.linspace(0, 2 * np.pi, 13)[:11]  # ten twelfths of a circle
OPEN_CIRCLE = np.column_stack([500_200 + 5 * np.cos(TURN), 3_400_200 + 5 * np.sin(TURN)])


def write(file, shapes, **columns):
    frame = gpd.GeoDataFrame(
        {"parcel_id": [f"p{k}" for k in range(len(shapes))]} | columns,
        geometry=[None] * len(shapes),
        crs=4549,
    )
    frame.to_parquet(file)
    table = pq.read_table(file)
    place = table.schema.get_field_index("geometry")
    shapes = pa.array(shapes, pa.binary())
    pq.write_table(table.set_column(place, table.schema.field("geometry"), shapes), file)
    return file


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (ring(SQUARE), "无法读取"),
        (ring(OPEN_CIRCLE), "无法读取"),
        (ring([NOWHERE, *SQUARE[1:], NOWHERE]), "无法读取"),
        (ring(CLOSED)[:-5], "无法读取"),
        (b"", "无法读取"),
        (None, "没有图形"),
        (arcs(CLOSED), "p1.*弧段.*折线"),
        (collection(ring(CLOSED)), "GeometryCollection"),
        (collection(arcs(CLOSED)), "GeometryCollection"),
        (ring([*CLOSED[:2], NOWHERE, *CLOSED[3:]]), "p1"),
    ],
    ids=[
        *("open", "round", "nowhere", "short", "empty", "none"),
        *("arcs", "collection", "of_arcs", "nowhere_between"),
    ],
)
def test_a_figure_that_cannot_be_joined_is_a_finding(shape, why, regions, tmp_path):
    file = write(tmp_path / "p.parquet", [ring(CLOSED), shape, ring(CLOSED)])
    done = scale.join_file(file, regions, out=tmp_path / "x.parquet")
    assert pd.read_parquet(tmp_path / "x.parquet")["parcel_id"].tolist() == ["p0", "p2"]
    assert done.findings["check"].tolist() == ["join.geometry"]
    assert tell(done.findings)["message"].str.contains(why, regex=True).all()
    sums = scale.sum_file(file, regions, by=[])
    assert (sums.attrs["invalid"], sums["pieces"].tolist()) == (1, [2])


def test_a_ring_with_another_zero_at_its_end_is_closed(regions, tmp_path):
    moved = regions.translate(-500_000, -3_400_000)
    square = [(0.0, 0.0), (10, 0), (10, 10), (0, 10), (-0.0, 0.0)]
    file = write(tmp_path / "p.parquet", [ring(square)])
    sums = scale.sum_file(file, regions.set_geometry(moved), by=[])
    assert (sums.attrs["invalid"], sums["pieces"].tolist()) == (0, [1])


def test_a_region_of_arcs_is_named(file, tmp_path):
    there = write(tmp_path / "乡镇.parquet", [ring(CLOSED), arcs(CLOSED)])
    for job in (scale.sum_file, lambda *a, **k: scale.join_file(*a, out=tmp_path / "x.csv", **k)):
        with pytest.raises(InputError, match=r"乡镇\.parquet.*p1.*弧段.*折线"):
            job(file, there, region_id="parcel_id")


def test_arcs_in_a_geopackage(regions, tmp_path):
    regions.to_file(tmp_path / "r.gpkg")
    pyogrio.raw.write(
        tmp_path / "p.gpkg",
        np.array([ring(CLOSED), arcs(CLOSED)], dtype=object),
        [np.array(["p0", "p1"], dtype=object)],
        ["parcel_id"],
        geometry_type="Unknown",
        crs="EPSG:4549",
    )
    done = scale.join_file(tmp_path / "p.gpkg", regions, out=tmp_path / "x.parquet")
    assert (done.pairs, done.findings["subject"].tolist()) == (1, ["p.gpkg", "p1"])


@pytest.mark.parametrize("crs", [{"foo": 1}, "junk", 7, []])
def test_a_system_that_is_none_is_said(crs, file, regions):
    describe(file, {"encoding": "WKB", "crs": crs})
    with pytest.raises(CRSError, match=r"宗地\.parquet 声明的坐标系"):
        scale.sum_file(file, regions)


@pytest.mark.parametrize("columns", [[], {"geometry": 7}, {"geometry": ["WKB"]}, "x", None])
def test_geoparquet_that_describes_nothing(columns, file, regions):
    describe(file, None, columns=columns)
    with pytest.raises(InputError, match=r"宗地\.parquet"):
        scale.sum_file(file, regions)


def test_northing_first_is_put_right_and_told(parcels, regions, tmp_path):
    turned = parcels.set_geometry(
        shapely.transform(parcels.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=4549
    )
    parcels.to_parquet(tmp_path / "a.parquet")
    turned.to_parquet(tmp_path / "b.parquet")
    done = [
        scale.join_file(tmp_path / f"{name}.parquet", regions, out=tmp_path / f"{name}.csv")
        for name in "ab"
    ]
    assert done[1].inside_m2 == pytest.approx(done[0].inside_m2, rel=1e-12)
    told = done[1].findings.query("check == 'layer.crs'")
    assert told["verdict"].tolist() == ["fail"]
    assert "已对调" in tell(told)["message"].item()
    assert "layer.crs" not in set(done[0].findings["check"])


def test_figures_in_words_are_no_geoparquet(parcels, file, regions):
    table = pq.read_table(file)
    words = pa.array(["POLYGON EMPTY"] * len(parcels))
    pq.write_table(table.set_column(2, "geometry", words), file)
    with pytest.raises(InputError, match="WKB"):
        scale.sum_file(file, regions)


def describe(file, column, **geo):
    """Write other metadata of geometry into a file."""
    table = pq.read_table(file)
    geo = {"primary_column": "geometry", "columns": {"geometry": column}} | geo
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), file)
