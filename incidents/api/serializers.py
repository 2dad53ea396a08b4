"""What incidents may be written with."""

from __future__ import annotations

import math
from typing import Any

from django.contrib.gis.geos import Point
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.choices import MAX_HABIT, MAX_OFFENCES, Completion, HabitField, IncidentStatus
from incidents.rules import HabitInput, OffenceInput
from nethra.core.errors import InvalidInput
from nethra.core.geo import checked_point
from nethra.core.schema import POINT_SCHEMA, StrictSerializer

MAX_TEXT = 100_000


@extend_schema_field(POINT_SCHEMA)
class PointField(serializers.Field[Any, Any, Any, Any]):
    """A GeoJSON point in EPSG:4326; a ``crs`` member is not read."""

    def to_internal_value(self, data: Any) -> Point:
        coordinates = data.get("coordinates") if isinstance(data, dict) else None
        if not isinstance(data, dict) or data.get("type") != "Point" or set(data) - {"type", "coordinates"}:
            raise serializers.ValidationError(
                'Give a GeoJSON point: {"type": "Point", "coordinates": [lon, lat]}.'
            )
        if (
            not isinstance(coordinates, list)
            or len(coordinates) != 2
            or not all(map(_is_number, coordinates))
        ):
            raise serializers.ValidationError("A point has two coordinates, longitude and latitude.")
        try:
            return checked_point(float(coordinates[0]), float(coordinates[1]))
        except InvalidInput as problem:
            raise serializers.ValidationError(problem.message) from problem

    def to_representation(self, value: Any) -> Any:
        return {"type": "Point", "coordinates": [value.x, value.y]}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


class OffenceWrite(StrictSerializer):
    """One offence of an incident."""

    code = serializers.CharField(max_length=3, help_text="NIBRS code.")
    completion = serializers.ChoiceField(choices=Completion.choices, default=Completion.COMPLETED)
    category = serializers.UUIDField(required=False, allow_null=True, help_text="The agency's own category.")

    def validate(self, attrs: Any) -> OffenceInput:
        # Within a partial change the framework asks for nothing, and offences are stated whole.
        if "code" not in attrs:
            raise serializers.ValidationError({"code": ["This field is required."]})
        completion = attrs.get("completion", Completion.COMPLETED)
        return OffenceInput(attrs["code"], completion, attrs.get("category"))


class HabitWrite(StrictSerializer):
    """One field of how it was done; never anything that describes a person."""

    field = serializers.ChoiceField(choices=HabitField.choices)
    value = serializers.CharField(max_length=MAX_HABIT, help_text="A few words; compared without case.")

    def validate(self, attrs: Any) -> HabitInput:
        # As with offences: within a partial change they are stated whole.
        missing = {name: ["This field is required."] for name in ("field", "value") if name not in attrs}
        if missing:
            raise serializers.ValidationError(missing)
        return HabitInput(attrs["field"], attrs["value"])


class IncidentWrite(StrictSerializer):
    """A new incident; the first offence is the primary. Number, beat and district are resolved."""

    offences = OffenceWrite(many=True, allow_empty=False, help_text=f"At most {MAX_OFFENCES}.")
    occurred_from = serializers.DateTimeField()
    occurred_until = serializers.DateTimeField(required=False, help_text="occurred_from by default.")
    reported_at = serializers.DateTimeField(required=False, help_text="Now by default.")
    status = serializers.ChoiceField(choices=IncidentStatus.choices, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=MAX_TEXT)
    notes = serializers.CharField(required=False, allow_blank=True, max_length=MAX_TEXT)
    location = PointField(required=False, allow_null=True)
    address = serializers.CharField(required=False, allow_blank=True, max_length=200)
    modus_operandi = HabitWrite(
        many=True, required=False, help_text="How it was done: each field once at most, replaced as a whole."
    )


class IncidentCreate(IncidentWrite):
    """A new incident, with its key in the system it comes from."""

    external_id = serializers.CharField(required=False, allow_null=True, max_length=100)
