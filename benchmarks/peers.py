"""Other ways to the same sums: from two GeoParquet files to areas by ``keys``.

Each takes the paths of parcels and regions and the columns to sum by, and gives a table of them
with ``area``. ``keys`` are region and use where time is measured, the parcel where exactness is:
the regions tile the land, so that the pieces of a parcel must add up to its area. Packages and
servers are optional: `missing` tells what a way lacks.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

SERVER = "LANDGIS_BENCH_POSTGIS"
"""The variable with the address of a PostGIS server that may be filled and emptied."""
EXTENSION = "LANDGIS_BENCH_DUCKDB_SPATIAL"
"""The variable with the file of DuckDB's extension, where it is not installed."""


PACKAGES = {
    "landgis": "landgis.scale",
    "tobler": "tobler.area_weighted",
    "duckdb": "duckdb",
    "sedona": "sedonadb",
    "postgis": "psycopg",
}
"""What the ways need, by the first word of their names."""


def missing(peer: str) -> str:
    """Import what a way needs, and say what of it is missing; empty if all is there."""
    kind = peer.split("_", maxsplit=1)[0]
    try:
        importlib.import_module(PACKAGES.get(kind, "geopandas"))
        if kind == "duckdb":
            _duckdb()
    except Exception as error:  # noqa: BLE001 - DuckDB has errors of its own for an extension
        return str(error)
    return f"no server given by {SERVER}" if kind == "postgis" and SERVER not in os.environ else ""


def by_keys(pieces: pd.DataFrame, keys) -> pd.DataFrame:
    return pieces.groupby(list(keys), as_index=False)["area"].sum()


def read(path, keys) -> gpd.GeoDataFrame:
    columns = [c for c in keys if c in pq.read_schema(path).names]
    return gpd.read_parquet(path, columns=[*columns, "geometry"])


# ---------------------------------------------------------------- in this process


def landgis(parcels, regions, keys):
    from landgis.scale import sum_file

    table = sum_file(parcels, regions, by=[key for key in keys if key != "region_id"])
    return by_keys(table.rename(columns={"area_m2": "area"}), keys)


def geopandas_well(parcels, regions, keys):
    """Contained parcels first, by a tree over the parcels; only the rest are cut."""
    parcels, regions = read(parcels, keys), read(regions, keys)
    shapes, areas = parcels.geometry.array, regions.geometry.array
    region, parcel = shapely.STRtree(shapes).query(areas, predicate="covers")
    rest = np.setdiff1d(np.arange(len(parcels)), parcel)
    r, p = shapely.STRtree(shapes[rest]).query(areas, predicate="intersects")
    cut = shapely.area(shapely.intersection(shapes[rest[p]], areas[r]))
    who, where = np.concatenate([parcel, rest[p]]), np.concatenate([region, r])
    table = {"area": np.concatenate([shapely.area(shapes[parcel]), cut])}
    for key in keys:
        frame, rows = (parcels, who) if key in parcels else (regions, where)
        table[key] = frame[key].to_numpy()[rows]
    return by_keys(pd.DataFrame(table), keys)


def geopandas_sjoin(parcels, regions, keys):
    """The same with sjoin, as most would write it."""
    parcels, regions = read(parcels, keys), read(regions, keys)
    whole = parcels.sjoin(regions, predicate="covered_by")
    cut = parcels.drop(whole.index.unique()).sjoin(regions, predicate="intersects")
    border = regions.geometry.loc[cut["index_right"]].set_axis(cut.index)
    pieces = cut.geometry.intersection(border, align=False)
    return by_keys(pd.concat([whole.assign(area=whole.area), cut.assign(area=pieces.area)]), keys)


def geopandas_overlay(parcels, regions, keys):
    parcels, regions = read(parcels, keys), read(regions, keys)
    pieces = parcels.overlay(regions, how="intersection", keep_geom_type=True)
    return by_keys(pieces.assign(area=pieces.area), keys)


def tobler(parcels, regions, keys):
    """Its table of areas, which is sparse and of 32 bits."""
    parcels, regions = read(parcels, keys), read(regions, keys)
    # a function of the same name hides the module
    binning = sys.modules["tobler.area_weighted.area_interpolate"]._area_tables_binning
    table = binning(source_df=parcels, target_df=regions, spatial_index="auto").tocoo()
    pieces = {"area": table.data}
    for key in keys:
        frame, rows = (parcels, table.row) if key in parcels else (regions, table.col)
        pieces[key] = frame[key].to_numpy()[rows]
    return by_keys(pd.DataFrame(pieces), keys)


def parquet_read(parcels, _, keys):
    """The lower bound: reading the columns, and nothing else."""
    columns = [key for key in keys if key != "region_id"]
    for batch in pq.ParquetFile(parcels).iter_batches(columns=["geometry", *columns]):
        batch.validate()


# ---------------------------------------------------------------- SQL

PLAIN = """
SELECT {keys}, sum(ST_Area(ST_Intersection(p.geometry, r.geometry))) AS area
FROM parcels p JOIN {regions} r ON ST_Intersects(p.geometry, r.geometry)
GROUP BY {keys}
"""
CONTAINED_FIRST = """
SELECT {keys}, sum(CASE WHEN ST_Contains(r.geometry, p.geometry) THEN ST_Area(p.geometry)
                        ELSE ST_Area(ST_Intersection(p.geometry, r.geometry)) END) AS area
FROM parcels p JOIN {regions} r ON ST_Intersects(p.geometry, r.geometry)
GROUP BY {keys}
"""
TILES = """
CREATE TEMP TABLE tiles AS
WITH boxes AS (
  SELECT region_id, geometry, ST_XMin(geometry) AS x, ST_YMin(geometry) AS y,
         (ST_XMax(geometry) - ST_XMin(geometry)) / 8 AS w,
         (ST_YMax(geometry) - ST_YMin(geometry)) / 8 AS h
  FROM regions
), cells AS (
  SELECT region_id, geometry,
         ST_MakeEnvelope(x + i * w, y + j * h, x + (i + 1) * w, y + (j + 1) * h) AS cell
  FROM boxes, range(8) AS a(i), range(8) AS b(j)
)
SELECT region_id, ST_Intersection(geometry, cell) AS geometry
FROM cells WHERE ST_Intersects(geometry, cell)
"""


def duckdb(parcels, regions, keys):
    connection = _duckdb(parcels=parcels, regions=regions)
    return connection.sql(_sql(PLAIN, "regions", keys)).df()


def duckdb_tuned(parcels, regions, keys):
    """Regions cut into 8 × 8 tiles, contained parcels not cut."""
    connection = _duckdb(parcels=parcels, regions=regions)
    connection.execute(TILES)
    return connection.sql(_sql(CONTAINED_FIRST, "tiles", keys)).df()


def _duckdb(**layers):
    import duckdb as package

    connection = package.connect()
    connection.load_extension(os.environ.get(EXTENSION, "spatial"))
    for name, path in layers.items():
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
    return connection


def sedona(parcels, regions, keys):
    return _sedona(parcels, regions, _sql(PLAIN, "regions", keys))


def sedona_tuned(parcels, regions, keys):
    """Contained parcels not cut."""
    return _sedona(parcels, regions, _sql(CONTAINED_FIRST, "regions", keys))


def _sedona(parcels, regions, query):
    import sedonadb

    connection = sedonadb.connect()
    for name, path in (("parcels", parcels), ("regions", regions)):
        connection.read_parquet(str(path)).to_view(name)
    return pa.RecordBatchReader.from_stream(connection.sql(query)).read_all().to_pandas()


def postgis(_, __, keys):
    """The layers are in the database already, with indices; bringing them there is not counted."""
    import psycopg

    with psycopg.connect(os.environ[SERVER]) as connection:
        return _rows(connection.execute(_sql(PLAIN, "regions", keys)), keys)


def postgis_subdivided(_, __, keys):
    """Regions cut by ST_Subdivide, contained parcels not cut."""
    import psycopg

    with psycopg.connect(os.environ[SERVER]) as connection:
        connection.execute(
            "CREATE TEMP TABLE tiles AS "
            "SELECT region_id, ST_Subdivide(geometry, 128) AS geometry FROM regions"
        )
        connection.execute("CREATE INDEX ON tiles USING gist (geometry)")
        connection.execute("ANALYZE tiles")
        return _rows(connection.execute(_sql(CONTAINED_FIRST, "tiles", keys)), keys)


def _rows(cursor, keys):
    table = pd.DataFrame(cursor.fetchall(), columns=[*keys, "area"])
    return table.astype({"area": "float64"})


def server_cpu() -> float:
    """CPU seconds of all processes of the PostGIS server, those ended too."""
    import psutil
    import psycopg

    with psycopg.connect(os.environ[SERVER]) as connection:
        server = psutil.Process(connection.info.backend_pid).parent()
        own = [server, *server.children(recursive=True)]
        used = sum(sum(process.cpu_times()[:2]) for process in own)
        return used + sum(server.cpu_times()[2:4])


def fill_postgis(parcels: Path, regions: Path) -> None:
    """Bring the layers into the database."""
    if SERVER not in os.environ:
        return
    import psycopg

    with psycopg.connect(os.environ[SERVER]) as connection:
        for name, path in (("parcels", parcels), ("regions", regions)):
            text = [c for c in pq.read_schema(path).names if c != "geometry"]
            columns = ", ".join(f"{c} text" for c in text)
            connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute(f"CREATE TABLE {name} ({columns}, geometry geometry)")
            copy = f"COPY {name} ({', '.join(text)}, geometry) FROM STDIN"
            with connection.cursor().copy(copy) as target:
                for batch in pq.ParquetFile(path).iter_batches():
                    for row in batch.to_pylist():
                        target.write_row([*(row[c] for c in text), row["geometry"].hex()])
            connection.execute(f"CREATE INDEX ON {name} USING gist (geometry)")
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def _sql(query: str, regions: str, keys) -> str:
    return query.format(regions=regions, keys=", ".join(keys))


PEERS = {
    f.__name__: f
    for f in (
        *(landgis, geopandas_well, geopandas_sjoin, geopandas_overlay, tobler, duckdb),
        *(duckdb_tuned, sedona, sedona_tuned, postgis, postgis_subdivided, parquet_read),
    )
}
