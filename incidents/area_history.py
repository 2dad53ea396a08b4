"""What beat was it then: a place asked by the version in force at a time; and a version as a file.

An incident's own beat and district are always those of the versions in force now.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import orjson
from django.contrib.gis.db.models.functions import AsGeoJSON, AsWKB
from django.contrib.gis.geos import Point
from django.db import connection
from django.db.models import Func, Q

from incidents.choices import PLACED_KINDS, AreaKind
from incidents.models import Area, AreaSet
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.geo import envelope_around

#: Digits of a degree: a neighbour's corner that was taken over must be the same corner still.
EXACT = 12
GEOPACKAGE = "application/geopackage+sqlite3"


@dataclass(frozen=True)
class AreaThen:
    """Which area of a kind a place lay in at a time.

    ``area_set`` is the version in force then, None where none is known; ``area`` is None where the place lay in none.
    """

    kind: AreaKind
    area_set: AreaSet | None
    area: Area | None


def areas_at(
    *, access: Access, point: Point, at: datetime, kinds: Collection[AreaKind] = PLACED_KINDS
) -> list[AreaThen]:
    """Return the beat and the district of a point (EPSG:4326) by the versions in force at a time, one a kind.

    On a shared border it is the area of the lowest code, as for incidents.
    """
    access.require(Capability.VIEW_AREAS)
    then = Q(in_force_until=None) | Q(in_force_until__gt=at)
    versions = AreaSet.objects.visible_to(access).filter(then, kind__in=kinds, in_force_from__lte=at)
    found = {AreaKind(version.kind): version for version in versions}
    areas = (
        Area.objects.visible_to(access)
        .filter(area_set_id__in=[version.pk for version in found.values()])
        .filter(shape__bboverlaps=envelope_around(point, 1), shape__intersects=point)
        .order_by("-code")
        .defer("shape")
    )
    lying = {AreaKind(area.kind): area for area in areas}
    return [AreaThen(kind, found.get(kind), lying.get(kind)) for kind in kinds]


def version_file_name(area_set: AreaSet, ending: str) -> str:
    """Return what a file of a version is called."""
    return f"{area_set.kind}s-version-{area_set.version}.{ending}"


def version_geojson(*, access: Access, area_set: AreaSet) -> dict[str, Any]:
    """Return the areas of a version, whole, as a GeoJSON FeatureCollection in EPSG:4326, for orjson to write.

    Properties: id, code, name, note, kind, version.
    """
    features = [
        {"type": "Feature", "geometry": orjson.Fragment(drawn), "properties": properties}
        for properties, drawn in _exported(access, area_set, AsGeoJSON("shape", precision=EXACT))
    ]
    return {"type": "FeatureCollection", "features": features}


def version_geopackage(*, access: Access, area_set: AreaSet) -> bytes:
    """Return the areas of a version, whole, as a GeoPackage of one layer of multipolygons in EPSG:4326.

    The layer has a spatial index, and the properties of ``version_geojson`` as fields.
    """
    # Half a second of imports, for those who take this format.
    import pyarrow as pa

    from nethra.core.geopackages import GEOMETRY, write_layer

    texts = [pa.field(name, pa.string()) for name in ("id", "code", "name", "note", "kind")]
    schema = pa.schema([*texts, pa.field("version", pa.int64()), pa.field(GEOMETRY, pa.binary())])
    rows = [
        {**properties, GEOMETRY: bytes(drawn)}
        for properties, drawn in _exported(access, area_set, AsWKB("shape"))
    ]
    out = BytesIO()
    table = pa.Table.from_pylist(rows, schema=schema)
    write_layer(out, table.to_reader(), layer="areas", geometry_type="MultiPolygon")
    return out.getvalue()


def _exported(access: Access, area_set: AreaSet, drawn: Func) -> list[tuple[dict[str, Any], Any]]:
    """Return properties and shape of each area; ``drawn`` writes the shape."""
    access.require(Capability.VIEW_AREAS)
    areas = Area.objects.visible_to(access).filter(area_set_id=area_set.pk).order_by("code", "pk")
    rows = areas.annotate(drawn=drawn).values_list("pk", "code", "name", "note", "drawn")
    version = {"kind": area_set.kind, "version": area_set.version}
    return [
        ({"id": str(key), "code": code, "name": name, "note": note, **version}, shape)
        for key, code, name, note, shape in rows
    ]


@dataclass(frozen=True)
class Comparison:
    """How one version differs from another, by codes; of changed outlines the square metres that moved as well."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[tuple[str, float], ...]


_COMPARED = """
SELECT coalesce(a.code, b.code), a.code IS NULL, b.code IS NULL,
       CASE WHEN a.shape = b.shape THEN 0
            ELSE coalesce(ST_Area(ST_SymDifference(ST_MakeValid(a.shape), ST_MakeValid(b.shape))::geography), 0) END
FROM (SELECT code, shape FROM incidents_area WHERE agency_id = %(agency)s AND area_set_id = %(one)s) AS a
FULL JOIN (SELECT code, shape FROM incidents_area WHERE agency_id = %(agency)s AND area_set_id = %(other)s) AS b
USING (code)
ORDER BY 1
"""


def compare_versions(*, access: Access, one: AreaSet, other: AreaSet) -> Comparison:
    """Return what of ``one`` is not in ``other``, what of that is gone, and whose outlines differ by a square metre."""
    access.require(Capability.VIEW_AREAS)
    values = {"agency": access.agency_id, "one": one.pk, "other": other.pk}
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED, values)
        rows = cursor.fetchall()
    return Comparison(
        added=tuple(code for code, _, is_new, _ in rows if is_new),
        removed=tuple(code for code, is_gone, _, _ in rows if is_gone),
        changed=tuple(
            (code, float(moved)) for code, gone, new, moved in rows if not gone and not new and moved >= 1
        ),
    )
