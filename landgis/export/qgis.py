"""How layers look in other programs: styles (QML, SLD), and a QGIS project beside a GeoPackage.

A look is made once of the run and written for each format: into a GeoPackage's table
``layer_styles``, beside a shapefile, and into a project (.qgz) with layers in order and a sheet to
print. The project is written without QGIS, and held to the one that Debian ships (3.22) by a test.
"""

from __future__ import annotations

import re
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from lxml import etree
from lxml.builder import E, ElementMaker

from landgis.language import Lang, say

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


_MAP, _LABEL, _LEGEND, _SCALE, _PAGE = "65639", "65641", "65642", "65646", "65638"
"""Numbers by which QGIS knows the items of a sheet."""

_SHEET = (420.0, 297.0)
"""A3, in millimetres."""
_WINDOW = (12.0, 30.0, 300.0, 225.0)
"""Where the map lies on the sheet: left, top, width, height."""


def write_project(
    path: Path,
    layers: Mapping[str, pd.DataFrame],
    *,
    source: str,
    looks: Mapping[str, Look],
    title: str,
    notes: Sequence[str] = (),
    lang: Lang = "zh",
) -> None:
    """Write a project that opens a GeoPackage in QGIS.

    Parameters
    ----------
    layers
        Layers and tables of the GeoPackage, the uppermost first.
    source
        Name of the GeoPackage, which lies beside the project.
    title
        Title of the project and of its sheet.
    notes
        Lines of the title block (图廓外整饰).
    """
    maps = {k: f for k, f in layers.items() if isinstance(f, gpd.GeoDataFrame) and len(f)}
    crs = next(iter(maps.values())).crs
    # QGIS gives a layer another id where the one written is as short as a name
    ids = {name: f"landgis_00000000_0000_4000_8000_{k:012d}" for k, name in enumerate(layers)}

    def tree(names: Iterable[str]) -> Any:
        branches = []
        for name in names:
            more = {"source": _source(source, name), "providerKey": "ogr"}
            more["checked"] = "Qt::Checked" if name in maps else "Qt::Unchecked"
            more["expanded"] = "1" if name in looks and looks[name].field else "0"
            branches.append(E("layer-tree-layer", id=ids[name], name=plain(name), **more))
        return E("layer-tree-group", *branches)

    window = _fitted(maps)
    document = E.qgis(
        E.title(plain(title)),
        E.projectCrs(_system(crs)),
        tree(layers),
        E.mapcanvas(
            E.units("degrees" if crs and crs.is_geographic else "meters"),
            _extent("extent", window),
            E.destinationsrs(_system(crs)),
            name="theMapCanvas",
        ),
        E.projectlayers(
            *(
                _layer(ids[name], name, frame, source=source, look=looks.get(name))
                for name, frame in layers.items()
            )
        ),
        E.layerorder(*(E.layer(id=ids[name]) for name in maps)),
        E.properties(
            E.Paths(E.Absolute("false", type="bool")),
            E.SpatialRefSys(E.ProjectionsEnabled("1", type="int")),
        ),
        E.Layouts(_sheet(window, tree(maps), title=title, notes=notes, lang=lang)),
        projectname=plain(title),
        version="3.22.0",
    )
    kind = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    text = etree.tostring(document, encoding="UTF-8", doctype=kind, pretty_print=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        # one moment for all, so that the same run makes the same file
        archive.writestr(zipfile.ZipInfo(f"{path.stem}.qgs", (1980, 1, 1, 0, 0, 0)), text)


def _source(file: str, layer: str) -> str:
    return f"./{file}|layername={plain(layer)}"


def _layer(number: str, name: str, frame: pd.DataFrame, *, source: str, look: Look | None) -> Any:
    common = (
        E.id(number),
        E.datasource(_source(source, name)),
        E.layername(plain(name)),
        E.provider("ogr", encoding="UTF-8"),
    )
    if not isinstance(frame, gpd.GeoDataFrame):
        return E.maplayer(*common, type="vector", geometry="No geometry")
    point = (frame.geometry.geom_type == "Point").all()
    return E.maplayer(
        *common,
        E.srs(_system(frame.crs)),
        *(parts(look) if look else ()),
        type="vector",
        geometry="Point" if point else "Polygon",
        labelsEnabled="1" if look and look.label else "0",
    )


def _system(crs: Any) -> Any:
    """Name a system by its code; QGIS looks at that only where there is a number of its own."""
    code = crs.to_epsg()
    names = [E.srsid(str(code)), E.srid(str(code)), E.authid(f"EPSG:{code}")] if code else []
    return E.spatialrefsys(E.wkt(crs.to_wkt()), *names, nativeFormat="Wkt")


# ---------------------------------------------------------------- the sheet


def _sheet(window: np.ndarray, legend: Any, *, title: str, notes: Sequence[str], lang: Lang) -> Any:
    left, top, width, height = _WINDOW
    beside, lower = left + width + 6, top + height + 6
    name = say(lang, "图", "Map")
    return E.Layout(
        E.PageCollection(_item(_PAGE, (0, 0, *_SHEET), number=0)),
        _label(title, (left, 8, _SHEET[0] - 2 * left, 16), size=24, middle=True, number=4),
        _item(
            _MAP,
            _WINDOW,
            _extent("Extent", window),
            number=1,
            frame="true",
            followPreset="false",
        ),
        _item(
            _LEGEND,
            (beside, top, _SHEET[0] - beside - left, height),
            _legend_fonts(),
            legend,
            number=2,
            title=say(lang, "图例", "Legend"),
            map_uuid=_uuid(1),
            resizeToContents="0",
            symbolWidth="7",
            symbolHeight="4",
        ),
        _item(
            _SCALE,
            (beside, lower, 80, 12),
            number=3,
            mapUuid=_uuid(1),
            style="Single Box",
            **_scale(window),
        ),
        _label("\n".join(notes), (left, lower, width, 24), size=9, middle=False, number=5),
        name=name,
        units="mm",
        printResolution="300",
    )


def _item(kind: str, place: tuple[float, ...], *inside: Any, number: int, **more: str) -> Any:
    left, top, width, height = place
    return E.LayoutItem(
        *inside,
        type=kind,
        uuid=_uuid(number),
        templateUuid=_uuid(number),
        position=f"{left},{top},mm",
        positionOnPage=f"{left},{top},mm",
        size=f"{width},{height},mm",
        referencePoint="0",
        zValue=str(number),
        visibility="1",
        opacity="1",
        **{"background": "true", "frame": "false", **more},
    )


def _label(text: str, place: tuple[float, ...], *, size: int, middle: bool, number: int) -> Any:
    font = E.LabelFont(description=_font(size), style="")
    align = {"halign": "4" if middle else "1", "valign": "32", "htmlState": "0"}
    return _item(
        _LABEL, place, font, number=number, labelText=plain(text), background="false", **align
    )


def _legend_fonts() -> Any:
    sizes = {"title": 14, "group": 11, "subgroup": 11, "symbol": 9, "symbolLabel": 9}
    return E.styles(
        *(
            E.style(
                E.styleFont(description=_font(size), style=""),
                name=name,
                marginTop="2",
                marginLeft="2",
            )
            for name, size in sizes.items()
        )
    )


def _font(size: int) -> str:
    return f"{FONT},{size},-1,5,50,0,0,0,0,0"


def _uuid(number: int) -> str:
    return f"{{00000000-0000-4000-8000-{number:012d}}}"


def _extent(tag: str, box: np.ndarray) -> Any:
    names = ("xmin", "ymin", "xmax", "ymax")
    if tag == "Extent":
        return E(tag, **{name: repr(float(v)) for name, v in zip(names, box, strict=True)})
    return E(tag, *(E(name, repr(float(v))) for name, v in zip(names, box, strict=True)))


def _fitted(maps: Mapping[str, gpd.GeoDataFrame]) -> np.ndarray:
    """Give the extent of all layers, with a margin, in the proportions of the map's window."""
    bounds = np.array([frame.total_bounds for frame in maps.values()])
    low, high = np.nanmin(bounds[:, :2], axis=0), np.nanmax(bounds[:, 2:], axis=0)
    middle, size = (low + high) / 2, (high - low) * 1.06
    width, height = _WINDOW[2:]
    unit = max(size[0] / width, size[1] / height, 1e-9)
    half = np.array([unit * width, unit * height]) / 2
    return np.concatenate([middle - half, middle + half])


def _scale(window: np.ndarray) -> dict[str, str]:
    """Choose a round length for the parts of the scale bar: 25 mm or a little less, two of them."""
    metres = (window[2] - window[0]) * (111_320 if abs(window).max() <= 360 else 1)
    most = metres / _WINDOW[2] * 30
    step = next(k for k in (5, 2, 1) if k * 10 ** np.floor(np.log10(most)) <= most)
    length = step * 10 ** np.floor(np.log10(most))
    kilometres = length >= 1000
    return {
        "numSegments": "2",
        "numSegmentsLeft": "0",
        "height": "3",
        "unitType": "km" if kilometres else "meters",
        "unitLabel": "km" if kilometres else "m",
        "numUnitsPerSegment": f"{length / 1000 if kilometres else length:g}",
        "numMapUnitsPerScaleBarUnit": "1",
    }
