"""How layers look in other programs: QML as QGIS reads it, SLD as the others do.

A look is made once of the run and written for each format: into a GeoPackage's table
``layer_styles``, beside a shapefile, and into a QGIS project.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree
from lxml.builder import E, ElementMaker

OTHER = ""
"""Value of the class that holds whatever has none of its own."""

FONT = "Noto Sans CJK SC"
"""Font asked for; where it is not installed, Qt takes one that has the characters."""

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MARKS = ("cross2",)
_SLD = ElementMaker(
    namespace="http://www.opengis.net/sld",
    nsmap={None: "http://www.opengis.net/sld", "ogc": "http://www.opengis.net/ogc"},
)
_OGC = ElementMaker(namespace="http://www.opengis.net/ogc")


class Look(NamedTuple):
    """How a layer looks.

    Parameters
    ----------
    classes
        Value → (name, colour as ``#RRGGBB``); one class of value `OTHER` where all look alike.
    field
        Field that holds the values.
    brush
        As QGIS names brushes (``solid``, ``no``, ``b_diagonal``), or ``cross2`` for points.
    label
        Field that labels are taken from; empty for none.
    aliases
        Field → title shown for it.
    width
        Of outlines, in millimetres.
    """

    classes: Mapping[str, tuple[str, str]]
    field: str = ""
    brush: str = "solid"
    label: str = ""
    aliases: Mapping[str, str] = {}
    width: float = 0.26

    def renamed(self, names: Mapping[str, str]) -> Look:
        """Give the same look of a layer whose fields have other names; titles stay."""
        return self._replace(
            field=names.get(self.field, self.field),
            label=names.get(self.label, self.label),
            aliases={names.get(field, field): title for field, title in self.aliases.items()},
        )


def plain(text: Any) -> str:
    r"""Leave out the characters that XML cannot hold.

    Examples
    --------
    >>> plain("东村\x00")
    '东村'
    """
    return _NOT_XML.sub("", str(text))


def parts(look: Look) -> list[Any]:
    """Give the elements of QGIS that a layer of a project and a style file have in common."""
    if look.field:
        classes = [
            E.category(value=plain(value), label=plain(name), symbol=str(k), render="true")
            for k, (value, (name, _)) in enumerate(look.classes.items())
        ]
        kind = {"type": "categorizedSymbol", "attr": look.field}
        renderer = E("renderer-v2", E.categories(*classes), **kind)
    else:
        renderer = E("renderer-v2", type="singleSymbol")
    symbols = E.symbols()
    for k, (_, colour) in enumerate(look.classes.values()):
        symbols.append(_symbol(str(k), colour, look))
    renderer.append(symbols)
    aliases = [
        E.alias(field=plain(field), name=plain(title), index=str(k))
        for k, (field, title) in enumerate(look.aliases.items())
    ]
    rows = "".join(
        f'<tr><th align="left">{plain(title)}&#160;</th><td>[% "{field}" %]</td></tr>'
        for field, title in look.aliases.items()
        if '"' not in field
    )
    made = [renderer, E.aliases(*aliases), E.mapTip(f"<table>{rows}</table>")]
    if look.label:
        made += [_labels(look.label, near=bool(look.field)), E.previewExpression(f'"{look.label}"')]
    return made


def qml(look: Look) -> str:
    """Give a style file of QGIS.

    Examples
    --------
    >>> "singleSymbol" in qml(Look({OTHER: ("界线", "#FFFFFF")}, brush="no"))
    True
    """
    shown = {"version": "3.22", "labelsEnabled": "1" if look.label else "0"}
    document = E.qgis(*parts(look), styleCategories="AllStyleCategories", **shown)
    return _written(document, "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>")


def sld(look: Look, name: str) -> str:
    """Give a style by the standard of OGC (SLD 1.0), for programs other than QGIS.

    Examples
    --------
    >>> "PropertyName" in sld(Look({"住宅用地": ("住宅用地", "#FFEA2D")}, field="用途"), "宗地")
    True
    """
    rules = [_rule(look, value, *named) for value, named in look.classes.items()]
    style = _SLD.UserStyle(_SLD.FeatureTypeStyle(*rules))
    document = _SLD.StyledLayerDescriptor(
        _SLD.NamedLayer(_SLD.Name(plain(name)), style), version="1.0.0"
    )
    return _written(document)


def save_styles(path: Path, looks: Mapping[str, Look], *, about: str = "") -> None:
    """Make looks the defaults of the layers of a GeoPackage, and say what the layers are."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE gpkg_contents SET description = ?", [plain(about)])
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
            "VALUES ('', '', ?, 'geom', 'landgis', ?, ?, 1, 'landgis', '')",
            [(name, qml(look), sld(look, name)) for name, look in looks.items()],
        )


# ---------------------------------------------------------------- elements


def _symbol(name: str, colour: str, look: Look) -> Any:
    """Give the symbol of an area, or the cross that marks a point."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    if look.brush in _MARKS:
        shape, kind = "SimpleMarker", "marker"
        options = {"name": look.brush, "outline_color": f"{red},{green},{blue},255", "size": "4"}
    else:
        shape, kind = "SimpleFill", "fill"
        options = {
            "color": f"{red},{green},{blue},200",
            "style": look.brush,
            "outline_color": "60,60,60,255",
            "outline_width": str(look.width),
            "outline_style": "solid",
        }
    layer = {"class": shape, "enabled": "1"}
    return E.symbol(E.layer(_options(options), **layer), type=kind, name=name, alpha="1")


def _options(options: Mapping[str, str]) -> Any:
    return E.Option(
        *(E.Option(type="QString", name=key, value=value) for key, value in options.items()),
        type="Map",
    )


def _labels(field: str, *, near: bool) -> Any:
    """Give labels over the middle; those of parcels only near by, where they do not cover them."""
    text = {"fieldName": field, "isExpression": "0", "fontSize": "8", "textColor": "30,30,30,255"}
    halo = {"bufferDraw": "1", "bufferSize": "0.7", "bufferColor": "255,255,255,220"}
    style = E("text-style", E("text-buffer", **halo), fontFamily=FONT, **text)
    shown = E.rendering(scaleVisibility=str(int(near)), scaleMin="0", scaleMax="25000")
    # placement 1: over the middle; a label that does not fit among the others is left out
    settings = E.settings(style, E.placement(placement="1"), shown, calloutType="simple")
    return E.labeling(settings, type="simple")


def _rule(look: Look, value: str, name: str, colour: str) -> Any:
    rule = _SLD.Rule(_SLD.Name(plain(name)))
    if look.field and value == OTHER:
        rule.append(_SLD.ElseFilter())
    elif look.field:
        equal = _OGC.PropertyIsEqualTo(_OGC.PropertyName(look.field), _OGC.Literal(plain(value)))
        rule.append(_OGC.Filter(equal))
    wide = _SLD.CssParameter(f"{look.width / 0.26:.3g}", name="stroke-width")
    stroke = _SLD.Stroke(_SLD.CssParameter("#3C3C3C", name="stroke"), wide)
    if look.brush in _MARKS:
        shade = _SLD.Fill(_SLD.CssParameter(colour, name="fill"))
        mark = _SLD.Mark(_SLD.WellKnownName("x"), shade)
        rule.append(_SLD.PointSymbolizer(_SLD.Graphic(mark, _SLD.Size("12"))))
    elif look.brush == "no":
        rule.append(_SLD.PolygonSymbolizer(stroke))
    else:
        opaque = _SLD.CssParameter("0.78", name="fill-opacity")
        shade = _SLD.Fill(_SLD.CssParameter(colour, name="fill"), opaque)
        rule.append(_SLD.PolygonSymbolizer(shade, stroke))
    return rule


def _written(document: Any, kind: str | None = None) -> str:
    return str(etree.tostring(document, encoding="unicode", doctype=kind, pretty_print=True))
