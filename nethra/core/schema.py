"""What declarations and refusals look like in OpenAPI, and the serializers that describe them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.http import QueryDict
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from nethra.core.fields import Declaration, Field, Kind, column_of
from nethra.core.idempotency import HEADER as IDEMPOTENCY_HEADER
from nethra.core.limits import shortened
from nethra.core.parameters import MAX_VALUES
from nethra.core.problems import CONTENT_TYPE
from nethra.core.readings import REASON_HEADER, ReadingReason

API_PREFIX = "/api/v1"

POSITION = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
POINT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {"type": {"type": "string", "const": "Point"}, "coordinates": POSITION},
    "description": "A GeoJSON point: longitude, latitude in EPSG:4326.",
}
SHAPE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"type": {"type": "string"}, "coordinates": {"type": "array", "items": {}}},
    "description": "A GeoJSON geometry in EPSG:4326.",
}


_TEXTS = (
    serializers.CharField,
    serializers.ChoiceField,
    serializers.UUIDField,
    serializers.DateTimeField,
    serializers.DateField,
)


def _json_refusal(field: serializers.Field[Any, Any, Any, Any], value: Any) -> str:
    """Return why a value of a JSON body is not of its field's type; '' where it is.

    The framework would make "True" of true, and a UUID of 1.
    """
    is_flag = isinstance(value, bool)
    if value is None:
        return ""
    if isinstance(field, _TEXTS):
        return "" if isinstance(value, str) else "This value must be text."
    if isinstance(field, serializers.BooleanField):
        return "" if is_flag else "This value must be true or false."
    if isinstance(field, serializers.IntegerField):
        return "" if isinstance(value, int) and not is_flag else "This value must be a whole number."
    return ""


class StrictSerializer(serializers.Serializer[Any]):
    """A body that refuses fields it does not know, since a misspelt one must not be lost in silence, and values of
    another type than the field's.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            # Everything in a form is text.
            refused = {} if isinstance(data, QueryDict) else self._mistyped(data)
            unknown = sorted(str(name) for name in set(data) - set(self.fields))
            refused = refused or {name: ["This field is not known."] for name in shortened(unknown)}
            if refused:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)

    def _mistyped(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        found = {name: _json_refusal(field, data.get(name)) for name, field in self.fields.items()}
        return {name: [sentence] for name, sentence in found.items() if sentence}


class ProblemSerializer(serializers.Serializer[Any]):
    """A refusal as problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField(help_text="Stable, for programs.")
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField())
    )


@extend_schema_field(POINT_SCHEMA)
class ReadPointField(serializers.Field[Any, Any, Any, Any]):
    """A point as GeoJSON."""

    def to_representation(self, value: Any) -> dict[str, Any]:
        return {"type": "Point", "coordinates": [value.x, value.y]}


@extend_schema_field(SHAPE_SCHEMA)
class ReadShapeField(serializers.Field[Any, Any, Any, Any]):
    """A geometry as GeoJSON, described only: shapes are read by SQL."""


class WordsField(serializers.ListField):
    """A list of words."""

    child = serializers.CharField()


PLAIN: dict[Kind, type[serializers.Field[Any, Any, Any, Any]]] = {
    Kind.KEY: serializers.UUIDField,
    Kind.TEXT: serializers.CharField,
    Kind.TIME: serializers.DateTimeField,
    Kind.DATE: serializers.DateField,
    Kind.WHOLE: serializers.IntegerField,
    Kind.FLAG: serializers.BooleanField,
    Kind.JSON: serializers.JSONField,
    Kind.WORDS: WordsField,
    Kind.POINT: ReadPointField,
    Kind.SHAPE: ReadShapeField,
}


@cache
def read_serializer(declaration: Declaration) -> type[serializers.Serializer[Any]]:
    """Return the serializer that describes a declaration's records."""
    members: dict[str, Any] = {f.name: _serializer_field(declaration, f) for f in declaration.fields}
    if declaration.is_guarded:
        members["redacted"] = serializers.ListField(
            child=serializers.CharField(), help_text="The fields withheld from you."
        )
    return _serializer(declaration.name, members)


@cache
def page_serializer(declaration: Declaration) -> type[serializers.Serializer[Any]]:
    """Return the serializer that describes a list's page, numbered or by cursor."""
    members = {"data": read_serializer(declaration)(many=True), **_PAGE()}
    return _serializer(f"{declaration.name}Page", members, is_envelope=True)


@cache
def collection_serializer(declaration: Declaration) -> type[serializers.Serializer[Any]]:
    """Return the serializer that describes a GeoJSON feature collection."""
    place = declaration.geometry()
    properties = Declaration(
        f"{declaration.name}Properties", declaration.model, tuple(f for f in declaration.fields if f != place)
    )
    point = place is not None and place.kind is Kind.POINT
    feature = _serializer(
        f"{declaration.name}Feature",
        {
            "type": serializers.CharField(),
            "id": serializers.UUIDField(),
            "geometry": (ReadPointField if point else ReadShapeField)(allow_null=True),
            "properties": read_serializer(properties)(),
        },
    )
    members = {"type": serializers.CharField(), "features": feature(many=True), **_PAGE()}
    return _serializer(f"{declaration.name}Collection", members, is_envelope=True)


def _PAGE() -> dict[str, Any]:  # noqa: N802
    return {
        "total": serializers.IntegerField(required=False),
        "total_is_capped": serializers.BooleanField(required=False),
        "page": serializers.IntegerField(required=False),
        "size": serializers.IntegerField(),
        "pages": serializers.IntegerField(required=False),
        "has_more": serializers.BooleanField(
            required=False, help_text="With count=none: whether another page follows."
        ),
        "next": serializers.CharField(
            required=False, allow_null=True, help_text="With cursor: where to go on; null at the end."
        ),
    }


def _serializer(
    name: str, members: dict[str, Any], *, is_envelope: bool = False
) -> type[serializers.Serializer[Any]]:
    made = type(f"{name}Serializer", (serializers.Serializer,), {**members, "__doc__": ""})
    # A list answers with one envelope, not with a list of them.
    return extend_schema_serializer(many=False)(made) if is_envelope else made


def _serializer_field(declaration: Declaration, declared: Field) -> Any:
    if declared.kind is Kind.ROWS:
        parts = {part.name: _serializer_field(declaration, part) for part in declared.parts}
        return _serializer(f"{declaration.name}{declared.name.title()}", parts)(many=True)
    options: dict[str, Any] = {"help_text": declared.description, "allow_null": True}
    if declared.capability is not None or declared.withheld:
        options["required"] = False
    dotted = declared.path.replace("__", ".")
    if dotted != declared.name:
        options["source"] = dotted
    try:
        column = column_of(declaration.model, declared.path)
    except FieldDoesNotExist:
        return PLAIN[declared.kind](**options)
    options["allow_null"] = column.null or _may_be_absent(declaration.model, declared.path)
    if column.choices and declared.kind is Kind.TEXT:
        return serializers.ChoiceField(choices=list(column.flatchoices), allow_blank=column.blank, **options)
    return PLAIN[declared.kind](**options)


def _may_be_absent(model: Any, path: str) -> bool:
    """Return whether a relation on the way to the column may lead nowhere."""
    *relations, _ = path.split("__")
    for name in relations:
        relation = model._meta.get_field(name)
        if relation.null:
            return True
        model = relation.related_model
    return False


class NethraSchema(AutoSchema):
    """Stable operation ids (resource_action), problem details on every operation, seed paths left out."""

    def is_excluded(self) -> bool:
        return not self.path.startswith(API_PREFIX)

    def get_operation_id(self) -> str:
        words = [w.replace("-", "_").replace(".", "_") for w in self._tokenize_path() if w[0] != "."]
        action = str(getattr(self.view, "action", None) or self.method.lower())
        return "_".join([*(words[:-1] if words[-1] == action else words), action])

    def get_override_parameters(self) -> list[Any]:
        given = super().get_override_parameters()
        repeatable = self.method == "POST" and getattr(self.view, "is_repeatable", False)
        return [*given, IDEMPOTENCY_KEY] if repeatable else given

    def get_filter_backends(self) -> list[Any]:
        return []

    def _get_paginator(self) -> None:
        return None

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        bodies["default"] = self._get_response_for_code(  # type: ignore[no-untyped-call]
            ProblemSerializer, "default", [CONTENT_TYPE], direction
        )
        return bodies


def parameter(name: str, description: str, type_: Any = str, **options: Any) -> OpenApiParameter:
    """Return a documented query parameter; an empty one is like none, also of a choice."""
    if "enum" in options:
        options["enum"] = [*options["enum"], ""]
    return OpenApiParameter(name, type_, OpenApiParameter.QUERY, description=description, **options)


def whole_number(least: int, most: int) -> dict[str, Any]:
    """Return the schema of a whole number within its bounds."""
    return {"type": "integer", "minimum": least, "maximum": most}


def list_of(item: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a repeatable query parameter whose values have this schema."""
    return {"type": "array", "items": item, "maxItems": MAX_VALUES}


def or_nothing(schema_format: str) -> dict[str, Any]:
    """Return the schema of a query parameter of a format; an empty one is like none."""
    return {"type": "string", "anyOf": [{"format": schema_format}, {"maxLength": 0}]}


PAGE_PARAMETERS = [
    parameter("page", "Which page; pages reach the first 10,000 rows.", whole_number(1, 1_000_000)),
    parameter("size", "Rows a page.", whole_number(1, 1_000)),
    parameter(
        "count",
        "exact counts beyond 10,000; none counts nothing and is faster.",
        enum=["capped", "exact", "none"],
    ),
]
CURSOR_PARAMETER = parameter(
    "cursor", "Walks a deep list by time: begin with an empty cursor, go on with `next`; no total."
)
READING_REASON = OpenApiParameter(
    REASON_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Why a sensitive record is read: "
    f"{', '.join(ReadingReason.values)}, with words after a colon; without it, 403 reason_required.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the version that is changed, or *; without it 428, of another version 412.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    IDEMPOTENCY_HEADER,
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="The same key with the same request within a day: done once, told again.",
)
UUID_TYPE = or_nothing("uuid")
TIME_TYPE = or_nothing("date-time")


def plain_nulls(result: Any, **options: Any) -> Any:
    """Return the schema with every 'type, or null' as a choice of the two: a format is then of the type alone."""
    if isinstance(result, list):
        return [plain_nulls(each) for each in result]
    if not isinstance(result, dict):
        return result
    found = {name: plain_nulls(each) for name, each in result.items()}
    kinds = found.get("type")
    if isinstance(kinds, list) and "null" in kinds and "format" in found:
        plain = {
            name: found.pop(name) for name in ("format", "pattern", "maxLength", "minLength") if name in found
        }
        (kind,) = (each for each in kinds if each != "null")
        del found["type"]
        found["anyOf"] = [{"type": kind, **plain}, {"type": "null"}]
    return found
