"""Names of fields and layers settled before a format reserves, cuts or launders them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from landgis.findings import Finding, define

NAMES = define(
    "export.names",
    ("字段名", "field names"),
    ("写出的字段名是否与原名相同", "whether fields are written under their own names"),
    settled=(
        "{format} 不能用这些字段名，已改名写出（{where}）：{pairs:list}。",
        "{format} cannot have these field names, written under others ({where}): {pairs:list}.",
    ),
    shortened=(
        "字段名超过 10 字节，已缩短（对照表 {table}）：{pairs:list}。",
        "Field names over ten bytes shortened (map in {table}): {pairs:list}.",
    ),
    layer=(
        "{format} 的图层名不能是“{name}”，已写作“{written}”。",
        "A layer of {format} cannot be named “{name}”, written as “{written}”.",
    ),
)


@dataclass(frozen=True, slots=True)
class Naming:
    """What names the fields of a format may have; no two may differ in case only.

    Parameters
    ----------
    title
        The format, for messages.
    reserved
        Names, in small letters, that the format keeps for itself.
    plain
        Whether names are letters, digits and underscores, and begin with a letter.
    prefix
        What no name of a layer may begin with, in small letters.
    aliases
        Whether the file itself keeps the full name of a field that is renamed.
    """

    title: str
    reserved: frozenset[str] = frozenset()
    plain: bool = False
    aliases: bool = False
    prefix: str = ""


def settle_names(names: Iterable[str], naming: Naming) -> dict[str, str]:
    """Give every field the name that it is written under: name → name in the file.

    Examples
    --------
    >>> settle_names(["fid", "Name", "NAME"], Naming("GeoPackage", frozenset({"fid"})))
    {'fid': 'fid_1', 'Name': 'Name', 'NAME': 'NAME_1'}
    >>> settle_names(["Shape", "k&l"], Naming("", frozenset({"shape"}), plain=True))
    {'Shape': 'Shape_1', 'k&l': 'k_l'}
    """
    settled: dict[str, str] = {}
    used = set(naming.reserved)
    for name in names:
        plain = settled_layer(name, naming)
        number, free = 0, plain
        while free.lower() in used:
            number += 1
            free = f"{plain}_{number}"
        used.add(free.lower())
        settled[name] = free
    return settled


def settled_layer(name: str, naming: Naming) -> str:
    """Give a layer, or a field that is the only one, a name that the format takes.

    Examples
    --------
    >>> plain, prefixed = Naming("", plain=True), Naming("", prefix="gpkg")
    >>> settled_layer("2025 宗地", plain), settled_layer("gpkg", prefixed)
    ('_2025_宗地', '_gpkg')
    """
    if not naming.plain:
        return f"_{name}" if naming.prefix and name.lower().startswith(naming.prefix) else name
    plain = re.sub(r"\W", "_", name)[:64]
    return plain if plain[:1].isalpha() else f"_{plain}"


def tell_names(settled: Mapping[str, str], naming: Naming, table: str) -> list[Finding]:
    """Say which fields got another name; ``table`` is the file that maps them back."""
    pairs = [f"{name}→{written}" for name, written in settled.items() if name != written]
    where = {"zh": "原名存为字段别名", "en": "their own are kept as aliases"}
    if not naming.aliases:
        where = {"zh": f"对照表 {table}", "en": f"map in {table}"}
    values = {"format": naming.title, "pairs": pairs, "where": where}
    return [NAMES.finding("settled", "fail", values=values)] if pairs else []
