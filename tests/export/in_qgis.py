"""Run by QGIS' own Python: opens a project and a shapefile, tells what it sees, draws the sheet."""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsLayoutExporter,
    QgsPalLayerSettings,
    QgsProject,
    QgsVectorLayer,
)


def seen(layer):
    renderer = layer.renderer()
    labels = layer.labeling()
    settings = labels.settings() if labels else QgsPalLayerSettings()
    return {
        "valid": layer.isValid(),
        "rows": layer.featureCount(),
        "crs": layer.crs().authid(),
        "renderer": renderer.type() if renderer else "",
        "classes": [
            [str(c.value() or ""), c.label(), c.symbol().color().name()]
            for c in getattr(renderer, "categories", list)()
        ],
        "aliases": {f.name(): f.alias() for f in layer.fields() if f.alias()},
        "label": settings.fieldName if layer.labelsEnabled() else "",
        "tip": layer.mapTipTemplate(),
    }


project_file, shapefile, picture = sys.argv[1:]
application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
read = project.read(project_file)
order = [node.name() for node in project.layerTreeRoot().findLayers()]
layers = {layer.name(): seen(layer) for layer in project.mapLayers().values()}
sheets = project.layoutManager().printLayouts()
drawn = None
if sheets:
    options = QgsLayoutExporter.ImageExportSettings()
    options.dpi = 60
    drawn = QgsLayoutExporter(sheets[0]).exportToImage(picture, options)
beside = QgsVectorLayer(shapefile, "beside")
told = {
    "read": read,
    "title": project.title(),
    "crs": project.crs().authid(),
    "order": order,
    "layers": layers,
    "sheets": [sheet.name() for sheet in sheets],
    "items": sorted(type(i).__name__ for s in sheets for i in s.items() if hasattr(i, "uuid")),
    "drawn": drawn,
    "shapefile": seen(beside),
}
print("SEEN" + json.dumps(told, ensure_ascii=False))
application.exitQgis()
