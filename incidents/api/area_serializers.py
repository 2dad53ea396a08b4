"""What areas and their versions may be written with."""

from __future__ import annotations

from typing import Any

import orjson
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.area_files import POLYGONS
from incidents.choices import AreaKind
from nethra.core.schema import StrictSerializer

NO_POLYGON = 'Give a GeoJSON Polygon or MultiPolygon: {"type": "Polygon", "coordinates": [[[lon, lat], …]]}.'
OUTLINE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"type": "string", "enum": list(POLYGONS)},
        "coordinates": {"type": "array", "items": {}},
    },
    "additionalProperties": False,
    "description": "A GeoJSON polygon or multipolygon in EPSG:4326: longitude before latitude.",
}


@extend_schema_field(OUTLINE_SCHEMA)
class OutlineField(serializers.Field[Any, Any, Any, Any]):
    """A GeoJSON polygon as its text; a ``crs`` member is refused."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, dict) or set(data) != {"type", "coordinates"} or data["type"] not in POLYGONS:
            raise serializers.ValidationError(NO_POLYGON)
        return orjson.dumps(data).decode()


class DraftWrite(StrictSerializer):
    """A new draft."""

    kind = serializers.ChoiceField(
        choices=AreaKind.choices, help_text="own: the set of the agency's own areas, of which there is one."
    )
    drawn_from = serializers.UUIDField(
        required=False, allow_null=True, help_text="The version whose areas it begins with; empty without."
    )


class InForceWrite(StrictSerializer):
    """Why areas change, and since when."""

    reason = serializers.CharField(max_length=150)
    since = serializers.DateTimeField(required=False, allow_null=True, help_text="Now by default.")
    take_faults = serializers.BooleanField(
        default=False, help_text="Needed where more than 5 % of the ground is at fault."
    )


class AreaWrite(StrictSerializer):
    """An area of a draft, or of the agency's own."""

    code = serializers.CharField(max_length=40, help_text="Stands once in a version.")
    name = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text="The code by default."
    )
    note = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        help_text="Of the agency's own areas: what they are for.",
    )
    shape = OutlineField()
