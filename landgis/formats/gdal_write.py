"""Layers written by GDAL, streamed to it through Arrow, under names that the format takes."""

from __future__ import annotations

import csv
import re
import sqlite3
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio

from landgis.errors import InputError
from landgis.findings import Finding, define
from landgis.formats.columns import (
    Frames,
    Losses,
    Survey,
    flat_frames,
    kept,
    peeked,
    several,
    stream,
    without_m,
)
from landgis.formats.gdal import offline
from landgis.formats.libgdal import put_domains

WRITTEN = define("""export.names 字段名 | field names
    写出的字段名是否与原名相同 | whether fields are written under their own names
    settled: {format} 不能用这些字段名，已改名写出（{where}）：{pairs:list}。
    | {format} cannot have these field names, written under others ({where}): {pairs:list}.
    shortened: 字段名超过 10 字节，已缩短（对照表 {table}）：{pairs:list}。
    | Field names over ten bytes shortened (map in {table}): {pairs:list}.
    layer: {format} 的图层名不能是“{name}”，已写作“{written}”。
    | A layer of {format} cannot be named “{name}”, written as “{written}”.""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """What writes a format that GDAL writes.

    Parameters
    ----------
    name, title
        Of the driver; of the format, for messages.
    reserved
        Names of fields, in small letters, that the format keeps for itself. No two may differ in
        case only.
    plain
        Whether names are letters, digits and underscores, and begin with a letter.
    prefix
        What no name of a layer may begin with, in small letters.
    aliases
        Whether the file itself keeps the full name of a field that is renamed.
    options
        Gives the options of the driver for a coordinate system.
    said
        Options that keep what is said of a layer, and the attribute of a frame that is it.
    typed
        Whether a layer has one kind of shapes: single or multiple.
    measured
        Whether M values read back.
    unknown
        Kind of a layer whose shapes are of no kind, or of several.
    fit
        Brings a column to what the format holds.
    refuse
        Raises for a layer that the format cannot hold.
    """

    name: str
    title: str
    reserved: frozenset[str] = frozenset()
    plain: bool = False
    prefix: str = ""
    aliases: bool = False
    options: Callable[[Any], dict[str, Any]] = lambda _: {}
    said: Mapping[str, str] = field(default_factory=dict)
    typed: bool = True
    measured: bool = False
    unknown: str = "Unknown"
    fit: Callable[[pd.Series, Losses], pd.Series] | None = None
    refuse: Callable[[Survey, Path], None] = lambda *_: None


def settle_names(names: Iterable[str], driver: Driver) -> dict[str, str]:
    """Give every field the name that it is written under: name → name in the file.

    Examples
    --------
    >>> driver = Driver(name="GPKG", title="GeoPackage", reserved=frozenset({"fid"}))
    >>> settle_names(["fid", "Name", "NAME"], driver)
    {'fid': 'fid_1', 'Name': 'Name', 'NAME': 'NAME_1'}
    """
    settled: dict[str, str] = {}
    used = set(driver.reserved)
    for name in names:
        plain = settled_layer(name, driver)
        number, free = 0, plain
        while free.lower() in used:
            number += 1
            free = f"{plain}_{number}"
        used.add(free.lower())
        settled[name] = free
    return settled


def settled_layer(name: str, driver: Driver) -> str:
    """Give a layer, or a field that is the only one, a name that the format takes.

    Examples
    --------
    >>> plain = Driver(name="", title="", plain=True)
    >>> prefixed = Driver(name="", title="", prefix="gpkg")
    >>> settled_layer("2025 宗地", plain), settled_layer("gpkg", prefixed)
    ('_2025_宗地', '_gpkg')
    """
    if not driver.plain:
        return f"_{name}" if driver.prefix and name.lower().startswith(driver.prefix) else name
    plain = re.sub(r"\W", "_", name)[:64]
    return plain if plain[:1].isalpha() else f"_{plain}"


def tell_names(settled: Mapping[str, str], driver: Driver, table: str) -> list[Finding]:
    """Say which fields got another name; ``table`` is the file that maps them back."""
    pairs = [f"{name}→{written}" for name, written in settled.items() if name != written]
    where = {"zh": "原名存为字段别名", "en": "their own are kept as aliases"}
    if not driver.aliases:
        where = {"zh": f"对照表 {table}", "en": f"map in {table}"}
    values = {"format": driver.title, "pairs": pairs, "where": where}
    return [WRITTEN.finding("settled", "fail", values=values)] if pairs else []


def write_vector(
    frames: Frames, path: Path, *, driver: Driver, layer: str, losses: Losses
) -> list[Finding]:
    """Write a layer in one stream, so that only some of its rows are in memory.

    Parameters
    ----------
    frames
        What `plain_frames` gives.

    Returns
    -------
    list
        Names that the format does not take, and those that were written. The map is an alias of
        the field, or ``NAME.fields.csv`` beside the file.

    Raises
    ------
    InputError
        If the format cannot hold shapes of several kinds, or with and without heights, or GDAL
        cannot write.
    """
    first, frames = peeked(flat_frames(frames, losses))
    aliases = dict(first.attrs.get("aliases", {}))
    settled = settle_names(first.columns.drop("geometry"), driver)
    written = settled_layer(layer, driver)
    _refuse_twin(path, written)
    fitted = (_fitted(frame, driver, losses).rename(columns=settled) for frame in frames)
    titles = {new: aliases.get(old, old if old != new else "") for old, new in settled.items()}
    with kept(fitted, losses, path.parent) as (found, tables):
        driver.refuse(found, path)
        multiple = driver.typed and any(kind.startswith("Multi") for kind in found.kinds)
        flattened = found.m and not driver.measured
        if flattened:
            losses["export.m", ""] += 1

        def ready(schema: pa.Schema) -> Iterator[pa.Table]:
            for table in tables(schema):
                flat = without_m(table) if flattened else table
                yield several(flat) if multiple else flat

        stream(
            ready,
            found,
            path,
            aliases=titles if driver.aliases else {},
            layer=written,
            driver=driver.name,
            geometry_type=_kind(found, driver, multiple=multiple),
            **driver.options(first.crs),
            **_said(driver, first.attrs, path, written),
        )
    domains = {settled[f]: d for f, d in first.attrs.get("domains", {}).items() if f in settled}
    if driver.aliases:
        for name in put_domains(path, written, domains):
            losses["export.domains", name] += 1
    table = path.with_suffix(".fields.csv")
    told = tell_names(settled, driver, table.name)
    if told and not driver.aliases:
        write_names({new: old for old, new in settled.items()}, table)
    if written != layer:
        values = {"format": driver.title, "name": layer, "written": written}
        told.append(WRITTEN.finding("layer", "fail", values=values))
    return told


def _refuse_twin(path: Path, layer: str) -> None:
    """Refuse a name that differs from that of another layer of the file in case only."""
    there = pyogrio.list_layers(path)[:, 0].tolist() if path.exists() else []
    twin = next((n for n in there if n != layer and n.casefold() == layer.casefold()), None)
    if twin is not None:
        raise InputError(
            f"{path.name} 中已有图层“{twin}”，与“{layer}”只差大小写：请换名（--layer-name）。",
            f"{path.name} has a layer “{twin}”, which differs from “{layer}” in case only: choose "
            "another name (--layer-name).",
        )


def write_names(names: Mapping[str, str], path: Path) -> None:
    """Write a map of names beside the file: field in the file, and its own name."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("field", "name"), *names.items()])


def write_plain_table(
    table: pd.DataFrame, path: Path, *, driver: Driver, layer: str, append: bool = False
) -> None:
    """Write a table without geometry."""
    options: Mapping[str, Any] = MappingProxyType({"append": append} | driver.options(None))
    pyogrio.write_dataframe(table, path, layer=layer, driver=driver.name, **options)


def counted(draft: Path, rows: int, layer: str | None = None) -> bool:
    """Tell whether GDAL finds so many rows in a layer of a file."""
    try:
        with offline(), warnings.catch_warnings(action="ignore"):  # M values: told when written
            names = pyogrio.list_layers(draft)[:, 0].tolist()
            name = layer if layer in names else names[-1]
            info = pyogrio.read_info(draft, layer=name, force_feature_count=True)
    except (RuntimeError, ValueError, LookupError):
        return False
    return bool(info["features"] == rows)


def _said(driver: Driver, about: Mapping[Any, Any], path: Path, layer: str) -> dict[str, str]:
    """Give the options that keep title and description; titles in a GeoPackage are distinct."""
    said = {k: str(about[v]) for k, v in driver.said.items() if about.get(v)}
    title = said.get("IDENTIFIER")
    if title is not None and path.exists():
        with closing(sqlite3.connect(path)) as database:
            others = database.execute(
                "SELECT identifier FROM gpkg_contents WHERE table_name <> ?", (layer,)
            ).fetchall()
        if (title,) in others:
            said["IDENTIFIER"] = f"{title} ({layer})"
    return said


def _fitted(frame: gpd.GeoDataFrame, driver: Driver, losses: Losses) -> gpd.GeoDataFrame:
    if driver.fit is None:
        return frame
    names = frame.columns.drop("geometry")
    return frame.assign(**{name: driver.fit(frame[name], losses) for name in names})


def _kind(found: Survey, driver: Driver, *, multiple: bool) -> str:
    """Name the kind of a layer's shapes in pyogrio's words."""
    kinds = {kind.removeprefix("Multi") if multiple else kind for kind in found.kinds}
    if len(kinds) != 1:
        return driver.unknown
    kind = ("Multi" if multiple else "") + kinds.pop()
    if found.m and driver.measured:
        measured = "PointM" if kind == "Point" else f"Measured {kind}"
        return f"Measured 3D {kind}" if found.z else measured
    return f"{kind} Z" if found.z else kind
