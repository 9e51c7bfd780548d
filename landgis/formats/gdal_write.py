"""Layers written by GDAL, streamed to it through Arrow, under names that the format takes.

And what GDAL knows and pyogrio does not pass on: titles, domains of coded values. The library that
pyogrio has loaded is asked itself. Where it cannot be found, codes are read all the same, and what
is lost is told.
"""

from __future__ import annotations

import csv
import ctypes
import re
import sqlite3
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from ctypes.util import find_library
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

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

_VECTOR, _UPDATE = 0x04, 0x01
_CODED = 0
_ALTER_DOMAIN = 0x40
_WHOLE = frozenset({0, 12})  # OFTInteger, OFTInteger64
_TEXT = 4
_POINTER, _TEXTS, _INT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int


class _Value(ctypes.Structure):
    """A code and its meaning; the last of a list has no code."""

    _fields_ = (("code", ctypes.c_char_p), ("label", ctypes.c_char_p))


_FUNCTIONS: Mapping[str, tuple[Any, tuple[Any, ...]]] = MappingProxyType(
    {
        "GDALOpenEx": (_POINTER, (_TEXTS, ctypes.c_uint, _POINTER, _POINTER, _POINTER)),
        "GDALClose": (_INT, (_POINTER,)),
        "CPLPushErrorHandler": (None, (_POINTER,)),
        "CPLPopErrorHandler": (None, ()),
        "GDALGetMetadataItem": (_TEXTS, (_POINTER, _TEXTS, _TEXTS)),
        "GDALDatasetGetLayerByName": (_POINTER, (_POINTER, _TEXTS)),
        "GDALDatasetGetFieldDomain": (_POINTER, (_POINTER, _TEXTS)),
        "GDALDatasetAddFieldDomain": (ctypes.c_bool, (_POINTER, _POINTER, _POINTER)),
        "OGR_L_GetLayerDefn": (_POINTER, (_POINTER,)),
        "OGR_L_AlterFieldDefn": (_INT, (_POINTER, _INT, _POINTER, _INT)),
        "OGR_FD_GetFieldCount": (_INT, (_POINTER,)),
        "OGR_FD_GetFieldDefn": (_POINTER, (_POINTER, _INT)),
        "OGR_FD_GetFieldIndex": (_INT, (_POINTER, _TEXTS)),
        "OGR_Fld_GetNameRef": (_TEXTS, (_POINTER,)),
        "OGR_Fld_GetType": (_INT, (_POINTER,)),
        "OGR_Fld_GetDomainName": (_TEXTS, (_POINTER,)),
        "OGR_Fld_Create": (_POINTER, (_TEXTS, _INT)),
        "OGR_Fld_SetDomainName": (None, (_POINTER, _TEXTS)),
        "OGR_Fld_Destroy": (None, (_POINTER,)),
        "OGR_FldDomain_GetDomainType": (_INT, (_POINTER,)),
        "OGR_FldDomain_Destroy": (None, (_POINTER,)),
        "OGR_CodedFldDomain_GetEnumeration": (ctypes.POINTER(_Value), (_POINTER,)),
        "OGR_CodedFldDomain_Create": (
            _POINTER,
            (_TEXTS, _TEXTS, _INT, _INT, ctypes.POINTER(_Value)),
        ),
    }
)


class Domain(NamedTuple):
    """The codes that a field may have, and what each means.

    Parameters
    ----------
    codes
        Code, a number in a field of whole numbers, else text → its meaning.
    """

    name: str
    codes: dict[int | str, str]


def described(path: Path, layer: str) -> dict[str, Any]:
    """Read what a file says of a layer beside its rows: title, description, domains of fields."""
    gdal = _library()
    if gdal is None:
        return {}
    with _opened(gdal, path, 0) as source:
        table = gdal.GDALDatasetGetLayerByName(source, layer.encode()) if source else None
        if not table:
            return {}
        keys = (b"ALIAS_NAME", b"IDENTIFIER", b"DESCRIPTION")
        alias, title, about = (_text(gdal.GDALGetMetadataItem(table, key, None)) for key in keys)
        domains: dict[str, Domain] = {}
        definition = gdal.OGR_L_GetLayerDefn(table)
        for k in range(gdal.OGR_FD_GetFieldCount(definition)):
            kind = gdal.OGR_FD_GetFieldDefn(definition, k)
            name = gdal.OGR_Fld_GetDomainName(kind)
            codes = _codes(gdal, source, name, whole=gdal.OGR_Fld_GetType(kind) in _WHOLE)
            if codes:
                domains[_text(gdal.OGR_Fld_GetNameRef(kind))] = Domain(_text(name), codes)
    own = alias or title
    said = {"title": "" if own == layer else own, "description": about, "domains": domains}
    return {name: value for name, value in said.items() if value}


def put_domains(path: Path, layer: str, domains: Mapping[str, Domain]) -> list[str]:
    """Give the fields of a layer that is written their domains; name those that have none now."""
    gdal = _library()
    if gdal is None or not domains:
        return list(domains)
    with _opened(gdal, path, _UPDATE) as target:
        table = gdal.GDALDatasetGetLayerByName(target, layer.encode()) if target else None
        if not table:
            return list(domains)
        definition = gdal.OGR_L_GetLayerDefn(table)
        return [
            name
            for name, domain in domains.items()
            if not _put(gdal, target, table, definition, name, domain)
        ]


def _put(  # noqa: PLR0917 - handles
    gdal: Any, target: int, table: int, definition: int, name: str, domain: Domain
) -> bool:
    at = gdal.OGR_FD_GetFieldIndex(definition, name.encode())
    if at < 0:
        return False
    kind = gdal.OGR_Fld_GetType(gdal.OGR_FD_GetFieldDefn(definition, at))
    # codes that are numbers no longer (too many digits) stay what they are, as text
    codes = {str(code): label for code, label in domain.codes.items()}
    called, number = domain.name, 0
    while known := _codes(gdal, target, called.encode(), whole=False):
        if known == codes:
            break
        number += 1
        called = f"{domain.name}_{number}"
    else:
        values = (_Value * (len(codes) + 1))(
            *(_Value(code.encode(), label.encode()) for code, label in codes.items())
        )
        made = gdal.OGR_CodedFldDomain_Create(
            called.encode(), b"", kind if kind in _WHOLE else _TEXT, 0, values
        )
        added = made and gdal.GDALDatasetAddFieldDomain(target, made, None)
        if made:
            gdal.OGR_FldDomain_Destroy(made)
        if not added:
            return False
    changed = gdal.OGR_Fld_Create(name.encode(), kind)
    gdal.OGR_Fld_SetDomainName(changed, called.encode())
    failed = gdal.OGR_L_AlterFieldDefn(table, at, changed, _ALTER_DOMAIN)
    gdal.OGR_Fld_Destroy(changed)
    return not failed


def _codes(gdal: Any, source: int, name: bytes | None, *, whole: bool) -> dict[int | str, str]:
    domain = gdal.GDALDatasetGetFieldDomain(source, name) if name else None
    if not domain or gdal.OGR_FldDomain_GetDomainType(domain) != _CODED:
        return {}
    codes: dict[int | str, str] = {}
    values = gdal.OGR_CodedFldDomain_GetEnumeration(domain)
    for value in values or ():
        if value.code is None:
            break
        code, label = _text(value.code), _text(value.label)
        codes[int(code) if whole and code.lstrip("-").isdecimal() else code] = label
    return codes


@contextmanager
def _opened(gdal: Any, path: Path, how: int) -> Iterator[Any]:
    gdal.CPLPushErrorHandler(ctypes.cast(gdal.CPLQuietErrorHandler, _POINTER))
    drivers = (ctypes.c_char_p * 3)(b"GPKG", b"OpenFileGDB", None)
    handle = gdal.GDALOpenEx(str(path).encode(), _VECTOR | how, drivers, None, None)
    try:
        yield handle
    finally:
        if handle:
            gdal.GDALClose(handle)
        gdal.CPLPopErrorHandler()


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace")


@cache
def _library() -> Any:
    """Find the library that pyogrio uses: packed with it, or the one of the system."""
    spec = find_spec("pyogrio")
    home = Path(spec.origin).parent if spec and spec.origin else Path()
    packed = [
        *home.with_name("pyogrio.libs").glob("*gdal*"),  # Linux, Windows
        *home.glob(".dylibs/libgdal*"),
    ]
    found = str(packed[0]) if packed else find_library("gdal")
    try:
        gdal = ctypes.CDLL(found) if found else None
        for name, (result, arguments) in _FUNCTIONS.items() if gdal else ():
            function = getattr(gdal, name)
            function.restype, function.argtypes = result, arguments
        version = getattr(gdal, "GDALVersionInfo", None)
    except (OSError, AttributeError):
        return None
    if version is None:
        return None
    version.restype, version.argtypes = _TEXTS, (_TEXTS,)
    # another library than pyogrio's would not know what that has open
    same = _text(version(b"RELEASE_NAME")) == pyogrio.__gdal_version_string__
    return gdal if same else None


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
