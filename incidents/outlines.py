"""The outlines a map is drawn over: the agency's boundary and its current beats, districts and own areas."""

from __future__ import annotations

import orjson
from django.contrib.gis.db.models import MultiPolygonField
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db.models import F, Func

from accounts.models import Agency
from incidents.models import Area
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.geo import STORAGE_SRID

#: About five metres: finer corners cannot be seen on a map and would be megabytes.
SIMPLIFIED_BY = 0.00005


def outlines_geojson(access: Access) -> bytes:
    """Return a FeatureCollection in EPSG:4326 with id, name, code and kind (boundary, district, beat or own)."""
    access.require(Capability.VIEW_AREAS)
    agency = Agency.objects.visible_to(access).filter(boundary__isnull=False)
    boundary = agency.annotate(outline=_simplified("boundary")).values_list("pk", "name", "code", "outline")
    areas = Area.objects.visible_to(access).current().annotate(outline=_simplified("shape"))
    features = [_feature(key, name, code, "boundary", outline) for key, name, code, outline in boundary]
    features += [
        _feature(key, name, code, kind, outline)
        for key, name, code, kind, outline in areas.order_by("-kind", "code").values_list(
            "pk", "name", "code", "kind", "outline"
        )
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _simplified(column: str) -> AsGeoJSON:
    simple = Func(
        F(column),
        SIMPLIFIED_BY,
        function="ST_SimplifyPreserveTopology",
        output_field=MultiPolygonField(srid=STORAGE_SRID),
    )
    return AsGeoJSON(simple, precision=6)


def _feature(key: object, name: str, code: str, kind: str, outline: str) -> dict[str, object]:
    properties = {"id": key, "name": name, "code": code, "kind": kind}
    return {"type": "Feature", "geometry": orjson.Fragment(outline), "properties": properties}
