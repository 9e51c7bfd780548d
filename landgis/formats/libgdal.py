"""What GDAL does and pyogrio does not pass on: titles, domains of coded values.

The library that pyogrio has loaded is asked itself. Where it cannot be found, codes are read all
the same, and what is lost is told.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ctypes.util import find_library
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pyogrio

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
