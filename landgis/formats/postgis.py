"""Layers in a PostGIS database, read and written over one connection.

GDAL as the wheels bring it has no PostgreSQL driver, so that this needs the package psycopg 3.
"""

from __future__ import annotations

import importlib
import os
import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from landgis.errors import InputError, MissingPackageError


def is_database(source: str | os.PathLike[str]) -> bool:
    """Tell whether a source is the address of a database.

    Examples
    --------
    >>> is_database("postgresql://gis@localhost/land"), is_database("a.shp")
    (True, False)
    """
    return str(source).startswith(("postgresql://", "postgres://"))


def read_table(address: str, table: str | None) -> gpd.GeoDataFrame:
    """Read a table or the result of a SELECT; the first geometry column is the geometry.

    Parameters
    ----------
    address
        ``postgresql://user:password@host:port/database``.
    table
        ``table``, ``schema.table`` or ``SELECT …``. The transaction is read-only.

    Raises
    ------
    InputError
        If the database cannot be reached, or there is no such table or no geometry in it.
    MissingPackageError
        If psycopg is not installed.
    """
    psycopg = _psycopg()
    if not table:
        raise InputError(
            "读数据库请用 layer= 给出表名（模式.表）或 SELECT 语句。",
            "For a database give layer=: a table (schema.table) or a SELECT statement.",
        )
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            connection.read_only = True
            select = re.match(r"(?i)\s*(select|with)\s", table) is not None
            whole = psycopg.sql.SQL("SELECT * FROM {}").format(_identifier(table))
            query = table if select else whole
            cursor = connection.execute(query)
            columns = [column.name for column in cursor.description]
            rows = cursor.fetchall()
            oids = {
                oid
                for (oid,) in connection.execute(
                    "SELECT oid FROM pg_type WHERE typname IN ('geometry', 'geography')"
                )
            }
            at = [k for k, column in enumerate(cursor.description) if column.type_code in oids]
    except psycopg.Error as error:
        raise _unreachable(error) from None
    if not at:
        raise InputError(f"{table[:80]} 没有图形列。", f"{table[:80]} has no column of geometry.")
    frame = pd.DataFrame(rows, columns=columns)
    geometry = shapely.from_wkb(frame[columns[at[0]]].to_numpy(dtype=object))
    codes = np.unique(shapely.get_srid(geometry[~shapely.is_missing(geometry)]))
    crs = int(codes[0]) if len(codes) == 1 and codes[0] > 0 else None
    frame = frame.drop(columns=[columns[k] for k in at])
    return gpd.GeoDataFrame(frame, geometry=shapely.set_srid(geometry, 0), crs=crs)


def write_table(frame: gpd.GeoDataFrame, address: str, table: str) -> None:
    """Write a layer as a new table, all of it or nothing.

    Raises
    ------
    InputError
        If the database cannot be reached, has no PostGIS, or has the table already.
    MissingPackageError
        If psycopg is not installed.
    """
    psycopg = _psycopg()
    sql = psycopg.sql
    crs = pyproj.CRS(frame.crs) if frame.crs is not None else None
    srid = (crs.to_epsg() or 0) if crs is not None else 0
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    kinds = [_column_type(attributes[name]) for name in attributes]
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(str(name)), sql.SQL(kind))
        for name, kind in zip(attributes, kinds, strict=True)
    ]
    columns.append(sql.SQL("geometry geometry(Geometry, {})").format(sql.Literal(srid)))
    shapes = shapely.to_wkb(
        shapely.set_srid(frame.geometry.to_numpy(), srid), hex=True, include_srid=True
    )
    values = attributes.astype(object).where(attributes.notna(), None).itertuples(index=False)
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            name = _identifier(table)
            create = sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(columns))
            connection.execute(create)
            with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
                for row, shape in zip(values, shapes, strict=True):
                    copy.write_row((*row, shape))
            connection.execute(sql.SQL("CREATE INDEX ON {} USING gist (geometry)").format(name))
    except psycopg.Error as error:
        raise _unreachable(error) from None


def _identifier(table: str) -> Any:
    return _psycopg().sql.Identifier(*table.split(".", 1))


def _column_type(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "bigint"
    if pd.api.types.is_numeric_dtype(values):
        return "double precision"
    return "timestamp" if pd.api.types.is_datetime64_any_dtype(values) else "text"


def _unreachable(error: Exception) -> InputError:
    text = " ".join(str(error).split())[:200]
    return InputError(
        f"数据库操作失败：{text}。请核对地址、表名、权限和 PostGIS 扩展。",
        f"The database refused: {text}. Check address, table, rights and the PostGIS extension.",
    )


def _psycopg() -> Any:
    try:
        psycopg = importlib.import_module("psycopg")
        importlib.import_module("psycopg.sql")
    except ImportError:
        raise MissingPackageError(
            '读写 PostGIS 需要安装 psycopg：pip install "psycopg[binary]"。',
            'PostGIS needs the package psycopg: pip install "psycopg[binary]".',
        ) from None
    return psycopg
