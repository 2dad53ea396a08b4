"""Run by QGIS's own Python: put the OGC API's layers into a project, open the project anew, and say what they show.

Usage: qgis_layers.py URL PROJECT, the key in QGIS_KEY. Prints JSON: layer -> facts.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsFeatureRequest,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)

LAYERS = ("incidents", "cases", "areas")
URL, PROJECT = sys.argv[1:]


def remembered() -> str:
    """Return the id under which QGIS keeps the key, outside the project."""
    manager = QgsApplication.authManager()
    manager.setMasterPassword("of this drill", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("Nethra")
    config.setConfig("username", "token")
    config.setConfig("password", os.environ["QGIS_KEY"])
    manager.storeAuthenticationConfig(config)
    return str(config.id())


def make_project(auth: str) -> None:
    project = QgsProject()
    for name in LAYERS:
        source = f"url='{URL}' typename='{name}' authcfg={auth} pagingEnabled='true' pageSize='1000'"
        project.addMapLayer(QgsVectorLayer(source, name, "OAPIF"))
    project.write(PROJECT)


def facts_of(layer: Any) -> dict[str, Any]:
    found = list(layer.getFeatures())
    extent = layer.extent()
    half = QgsRectangle(extent.xMinimum(), extent.yMinimum(), extent.center().x(), extent.yMaximum())
    placed = [each for each in found if each.hasGeometry()]
    return {
        "is_valid": layer.isValid(),
        "read": len(found),
        "placed": len(placed),
        "crs": layer.crs().authid(),
        "fields": [field.name() for field in layer.fields()],
        "in_half": len(list(layer.getFeatures(QgsFeatureRequest(half)))),
        "lies_in_half": sum(each.geometry().intersects(half) for each in placed),
    }


def filtered(layer: Any) -> int:
    layer.setSubsetString("\"status\" = 'reported'")
    return len(list(layer.getFeatures()))


application = QgsApplication([], False)
application.initQgis()
make_project(remembered())
opened = QgsProject()
opened.read(PROJECT)
layers = {layer.name(): layer for layer in opened.mapLayers().values()}
told = {name: facts_of(layers[name]) for name in LAYERS}
told["incidents"]["reported"] = filtered(layers["incidents"])
print(json.dumps(told))
# QGIS crashes now and then while it takes itself apart, when everything was said.
sys.stdout.flush()
os._exit(0)
