"""Layers in a PostGIS database, read and written over one connection.

GDAL as the wheels bring it has no PostgreSQL driver, so that this needs the package psycopg 3.
Whatever is written is written in one transaction: all the tables, or nothing.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from landgis.errors import CRSError, InputError, MissingPackageError
from landgis.measure import describe_crs

Existing = Literal["refuse", "replace", "append"]
"""What to do where a table of the name is there already."""

KEY = "fid"
"""Primary key of a table written: numbers that the database gives, as GDAL names it."""

_SELECT = re.compile(r"(?i)\s*(select|with)\s")


def open_table(
    address: str, table: str | None, *, pick: bool = False
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Read a table or the result of a SELECT; the first geometry column is the geometry.

    Parameters
    ----------
    address
        ``postgresql://user:password@host:port/database``; what it leaves out (the password)
        comes from where psql takes it: ``PGPASSWORD``, ``~/.pgpass``.
    table
        ``table``, ``schema.table`` or ``SELECT …``. The transaction is read-only. The only table
        with a geometry, if none is named.
    pick
        Whether to take the first of several tables where none is named.

    Returns
    -------
    tuple
        Its rows, and the names of all tables with a geometry.

    Raises
    ------
    InputError
        If the database cannot be reached, or there is no such table or no geometry in it.
    MissingPackageError
        If psycopg is not installed.
    """
    with _connected(address) as connection:
        connection.read_only = True
        tables = _tables(connection)
        table = table or _chosen(tables, pick=pick)
        if _SELECT.match(table):
            query, hidden = table, set[str]()
        else:
            query = _statement("SELECT * FROM {}", _identifier(table))
            hidden = _numbered(connection, table)
        cursor = connection.execute(query)
        columns = [column.name for column in cursor.description]
        rows = cursor.fetchall()
        kinds = "SELECT oid FROM pg_type WHERE typname IN ('geometry', 'geography')"
        oids = {oid for (oid,) in connection.execute(kinds)}
        at = [k for k, column in enumerate(cursor.description) if column.type_code in oids]
    if not at:
        raise InputError(f"{table[:80]} 没有图形列。", f"{table[:80]} has no column of geometry.")
    frame = pd.DataFrame(rows, columns=columns)
    geometry = shapely.from_wkb(np.array([row[at[0]] for row in rows], dtype=object))
    codes = np.unique(shapely.get_srid(geometry[~shapely.is_missing(geometry)]))
    crs = int(codes[0]) if len(codes) == 1 and codes[0] > 0 else None
    frame = frame.drop(columns=[columns[k] for k in at] + sorted(hidden))
    shapes = shapely.set_srid(geometry, 0)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=crs), tables


def list_tables(address: str) -> tuple[str, ...]:
    """Name the tables and views of a database that have a geometry.

    Raises
    ------
    InputError
        If the database cannot be reached or has no PostGIS.
    MissingPackageError
        If psycopg is not installed.
    """
    with _connected(address) as connection:
        connection.read_only = True
        return _tables(connection)


def write_tables(
    layers: Mapping[str, pd.DataFrame | Iterable[pd.DataFrame]],
    address: str,
    *,
    existing: Existing = "refuse",
    comments: Mapping[str, str] | None = None,
) -> None:
    """Write layers, and tables without geometry, as tables of a database, all of them or none.

    Each has a primary key of its own (``fid``), one type of geometry with its EPSG code, a
    spatial index, and columns of the kinds of its values (dates too).

    Parameters
    ----------
    layers
        ``table`` or ``schema.table`` → its rows, or pieces of one too large for memory, whose
        columns are those of the first; a schema that is not there is made.
    existing
        Whether to refuse, replace or append to a table that is there. Rows are appended by the
        names of their columns.
    comments
        Name of a table or a column → what the database is to say of it.

    Raises
    ------
    InputError
        If the database cannot be reached, has no PostGIS, has a table already, or one to append
        to lacks a column.
    CRSError
        If a layer has no system with an EPSG code, or another than the table it is appended to.
    MissingPackageError
        If psycopg is not installed.
    """
    sql = _psycopg().sql
    with _connected(address) as connection:
        for table, given in layers.items():
            pieces = iter([given] if isinstance(given, pd.DataFrame) else given)
            frame = next(pieces)
            srid = _srid(frame, table)
            there = connection.execute(
                "SELECT to_regclass(%s)", [_identifier(table).as_string(connection)]
            ).fetchone()[0]
            if there is not None and existing == "refuse":
                raise InputError(
                    f"数据库里已有表 {table}：换个表名，或用 --existing 替换、追加。",
                    f"The database has a table {table} already: choose another name, or replace "
                    "or append to it (--existing).",
                )
            column = ("geometry", "")
            if there is not None and existing == "append":
                column = _require_fit(connection, table, frame, srid=srid)
            else:
                if "." in table:
                    schema = sql.Identifier(table.split(".", 1)[0])
                    connection.execute(_statement("CREATE SCHEMA IF NOT EXISTS {}", schema))
                connection.execute(_statement("DROP TABLE IF EXISTS {}", _identifier(table)))
                connection.execute(_create(table, frame, srid))
                _comment(connection, table, frame, comments or {})
            column = column if column[1] else ("geometry", _geometry_type(frame))
            for piece in chain([frame], pieces):
                _copy(connection, table, piece, srid=srid, column=column)
            if there is None or existing == "replace":
                _index(connection, table, frame)


# ---------------------------------------------------------------- tables


def _tables(connection: Any) -> tuple[str, ...]:
    """Name the tables and views with a geometry, with their schema unless it is searched."""
    try:
        rows = connection.execute(
            "SELECT f_table_schema, f_table_name, f_table_schema = ANY (current_schemas(false)) "
            "FROM geometry_columns ORDER BY 1, 2"
        ).fetchall()
    except _psycopg().errors.UndefinedTable:
        raise InputError(
            "数据库没有 PostGIS 扩展：请由管理员执行 CREATE EXTENSION postgis。",
            "The database has no PostGIS: its administrator runs CREATE EXTENSION postgis.",
        ) from None
    return tuple(dict.fromkeys(name if near else f"{schema}.{name}" for schema, name, near in rows))


def _chosen(tables: tuple[str, ...], *, pick: bool) -> str:
    if len(tables) == 1 or (tables and pick):
        return tables[0]
    known = "、".join(tables[:20]) or "无"
    raise InputError(
        f"读数据库请用 layer（--layer）给出表名（模式.表）或 SELECT 语句；有图形的表：{known}。",
        "For a database give layer (--layer): a table (schema.table) or a SELECT statement; with "
        f"geometry there are: {known.replace('、', ', ').replace('无', 'none')}.",
    )


def _numbered(connection: Any, table: str) -> set[str]:
    """Name the key of a table if the database gives its numbers and it says nothing."""
    query = (
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s "
        "AND attidentity <> ''"
    )
    name = _identifier(table).as_string(connection)
    return {row[0] for row in connection.execute(query, [name, KEY])}


def _create(table: str, frame: pd.DataFrame, srid: int) -> Any:
    sql = _psycopg().sql
    key = "{} bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
    columns = [_statement(key, sql.Identifier(_key(frame)))]
    for name, values in _attributes(frame).items():
        columns.append(
            _statement("{} {}", sql.Identifier(str(name)), sql.SQL(_column_type(values)))
        )
    if isinstance(frame, gpd.GeoDataFrame):
        kind = sql.SQL(_geometry_type(frame))
        columns.append(_statement("geometry geometry({}, {})", kind, sql.Literal(srid)))
    return _statement("CREATE TABLE {} ({})", _identifier(table), sql.SQL(", ").join(columns))


def _key(frame: pd.DataFrame) -> str:
    """Name the primary key beside the columns of a layer, which may have that name."""
    name = KEY
    while name in frame:
        name += "_"
    return name


def _require_fit(connection: Any, table: str, frame: pd.DataFrame, *, srid: int) -> tuple[str, str]:
    """Refuse rows that a table cannot take; give the name and the type of its geometry."""
    empty = _statement("SELECT * FROM {} LIMIT 0", _identifier(table))
    columns = {column.name for column in connection.execute(empty).description}
    missing = [str(name) for name in _attributes(frame) if name not in columns]
    if missing:
        raise InputError(
            f"表 {table} 没有字段 {'、'.join(missing)}，不能追加：请先加字段，或改用 replace。",
            f"Table {table} has no column {', '.join(missing)} and cannot be appended to: add "
            "them, or replace it.",
        )
    found = connection.execute(
        "SELECT a.attname, postgis_typmod_srid(a.atttypmod), postgis_typmod_type(a.atttypmod) "
        "FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE a.attrelid = to_regclass(%s) AND t.typname = 'geometry'",
        [_identifier(table).as_string(connection)],
    ).fetchone()
    if not isinstance(frame, gpd.GeoDataFrame):
        return "", ""
    if found is None or found[1] not in {0, srid}:
        theirs = describe_crs(found[1]) if found else "—"
        raise CRSError(
            f"表 {table} 的坐标系为 {theirs}，图层为 {describe_crs(srid)}，不能追加：请先转换"
            "（--to-crs）。",
            f"Table {table} is in {theirs}, the layer in {describe_crs(srid, 'en')}: convert it "
            "first (--to-crs).",
        )
    return str(found[0]), str(found[2])


def _copy(
    connection: Any, table: str, frame: pd.DataFrame, *, srid: int, column: tuple[str, str]
) -> None:
    sql = _psycopg().sql
    attributes = _attributes(frame)
    names = [str(name) for name in attributes]
    values = attributes.astype(object).where(attributes.notna(), None).itertuples(index=False)
    rows: Iterator[tuple[Any, ...]] = (tuple(row) for row in values)
    if isinstance(frame, gpd.GeoDataFrame):
        names.append(column[0])
        shapes = frame.geometry.to_numpy()
        if column[1].startswith("Multi"):
            shapes = _as_multi(shapes)
        found = shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True)
        rows = ((*row, shape) for row, shape in zip(rows, found, strict=True))
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    query = _statement("COPY {} ({}) FROM STDIN", _identifier(table), columns)
    with connection.cursor().copy(query) as copy:
        for row in rows:
            copy.write_row(row)


def _index(connection: Any, table: str, frame: pd.DataFrame) -> None:
    name = _identifier(table)
    if isinstance(frame, gpd.GeoDataFrame):
        connection.execute(_statement("CREATE INDEX ON {} USING gist (geometry)", name))
    connection.execute(_statement("ANALYZE {}", name))


def _comment(connection: Any, table: str, frame: pd.DataFrame, comments: Mapping[str, str]) -> None:
    sql, name = _psycopg().sql, _identifier(table)
    if said := comments.get(table):
        connection.execute(_statement("COMMENT ON TABLE {} IS {}", name, sql.Literal(said)))
    for column in map(str, _attributes(frame)):
        if said := comments.get(column):
            about = (name, sql.Identifier(column), sql.Literal(said))
            connection.execute(_statement("COMMENT ON COLUMN {}.{} IS {}", *about))


# ---------------------------------------------------------------- kinds of values


def _attributes(frame: pd.DataFrame) -> pd.DataFrame:
    if isinstance(frame, gpd.GeoDataFrame):
        return pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return frame


def _column_type(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "bigint"
    if pd.api.types.is_numeric_dtype(values):
        return "double precision"
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return "timestamptz"
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values.dropna()
        return "date" if len(days) and (days == days.dt.normalize()).all() else "timestamp"
    return "date" if pd.api.types.infer_dtype(values, skipna=True) == "date" else "text"


def _geometry_type(frame: pd.DataFrame) -> str:
    """Name the one type of a layer, the multiple one where single ones stand beside it."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return ""
    found = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].geometry
    kinds = set(found.geom_type)
    kind = kinds.pop() if len(kinds) == 1 else ""
    if len(kinds) == 2 and len({name.removeprefix("Multi") for name in kinds}) == 1:
        kind = max(kinds, key=len)
    if kind.removeprefix("Multi") not in {"Point", "LineString", "Polygon"}:
        return "Geometry"
    high = found.has_z
    return kind if not high.any() else f"{kind}Z" if high.all() else "Geometry"


def _as_multi(shapes: Any) -> Any:
    """Make a multiple shape of each single one; missing ones stay."""
    makers = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
    return np.array(
        [
            shape
            if shape is None or shape.geom_type.startswith("Multi")
            else makers[shapely.get_dimensions(shape)]([shape])
            for shape in shapes
        ],
        dtype=object,
    )


def _srid(frame: pd.DataFrame, table: str) -> int:
    """Give the EPSG code by which the database knows the system of a layer."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return 0
    crs = None if frame.crs is None else pyproj.CRS(frame.crs)
    code = None if crs is None else crs.to_epsg()
    if code is None:
        raise CRSError(
            f"图层 {table} 的坐标系（{describe_crs(crs)}）没有 EPSG 代码，数据库无法记录："
            "请先转换（--to-crs）。",
            f"The system of layer {table} ({describe_crs(crs, 'en')}) has no EPSG code by which a "
            "database knows it: convert it first (--to-crs).",
        )
    return int(code)


# ---------------------------------------------------------------- the connection


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Open one transaction, kept if all goes well; what the database refuses is one sentence."""
    psycopg = _psycopg()
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            yield connection
    except psycopg.Error as error:
        text = " ".join(str(error).split())[:200]
        raise InputError(
            f"数据库操作失败：{text}。请核对地址、表名、权限和 PostGIS 扩展。",
            f"The database refused: {text}. Check address, table, rights and the PostGIS "
            "extension.",
        ) from None


def _statement(text: str, *parts: Any) -> Any:
    return _psycopg().sql.SQL(text).format(*parts)


def _identifier(table: str) -> Any:
    return _psycopg().sql.Identifier(*table.split(".", 1))


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
