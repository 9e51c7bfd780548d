"""Styles of layers as QGIS reads them (QML), kept in a GeoPackage's table ``layer_styles``."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from xml.sax.saxutils import quoteattr

from landgis.landuse import category_name, colour
from landgis.language import Lang, say


def categorised(field: str, uses: Sequence[str], lang: Lang) -> str:
    """Give a QGIS style (QML) with a colour a category."""
    unstated = say(lang, "未注明用途", "no use stated")
    rows = "".join(
        f"<category value={quoteattr(use)} label={quoteattr(category_name(use, lang) or unstated)} "
        f'symbol="{k}" render="true"/>'
        for k, use in enumerate(uses)
    )
    symbols = "".join(fill(str(k), colour(use), "solid") for k, use in enumerate(uses))
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22"><renderer-v2 type="categorizedSymbol" '
        f"attr={quoteattr(field)}><categories>{rows}</categories>"
        f"<symbols>{symbols}</symbols></renderer-v2></qgis>"
    )


def single(symbol: str) -> str:
    """Give a QGIS style (QML) of one symbol for all rows."""
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22"><renderer-v2 type="singleSymbol">'
        f"<symbols>{symbol}</symbols></renderer-v2></qgis>"
    )


def cross() -> str:
    """Give a red cross, which marks the place of a fault."""
    options = {"name": "cross2", "outline_color": "227,26,28,255", "size": "4"}
    return (
        '<symbol type="marker" name="0" alpha="1"><layer class="SimpleMarker" enabled="1">'
        f"{_options(options)}</layer></symbol>"
    )


def fill(name: str, shade: str, style: str) -> str:
    """Give the symbol of an area: its colour as ``#RRGGBB``, ``style`` as QGIS names brushes."""
    red, green, blue = (int(shade[k : k + 2], 16) for k in (1, 3, 5))
    options = {
        "color": f"{red},{green},{blue},200",
        "style": style,
        "outline_color": "60,60,60,255",
        "outline_width": "0.26",
        "outline_style": "solid",
    }
    return (
        f'<symbol type="fill" name="{name}" alpha="1"><layer class="SimpleFill" enabled="1">'
        f"{_options(options)}</layer></symbol>"
    )


def _options(options: Mapping[str, str]) -> str:
    written = "".join(
        f'<Option type="QString" name="{key}" value="{value}"/>' for key, value in options.items()
    )
    return f'<Option type="Map">{written}</Option>'


def save_styles(path: Path, styles: Mapping[str, str]) -> None:
    """Make styles (layer → QML) the defaults of the layers of a GeoPackage."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
            "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
            "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
            "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
            "update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))"
        )
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles')"
        )
        database.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner) "
            "VALUES ('', '', ?, 'geom', 'landgis', ?, '', 1, 'landgis', '')",
            list(styles.items()),
        )
