"""The OpenAPI 3.0 document of the OGC API.

Paths and parameters stand literally for each collection: GDAL sends a filter to the server only where the document
lists its name at the path of that collection's items.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from nethra.core.fields import Declaration, Field, Kind
from nethra.core.pagination import DEFAULT_SIZE, MAX_SIZE
from nethra.core.problems import CONTENT_TYPE
from nethra.core.readings import REASON_HEADER, ReadingReason
from nethra.exchange.ogc.collections import COLLECTIONS, Collection
from nethra.exchange.ogc.documents import DESCRIPTION, GEOJSON, HTML, JSON, OPENAPI, TITLE

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_UUID: Schema = {"type": "string", "format": "uuid"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_OBJECT: Schema = {"type": "object"}
_KINDS: dict[Kind, Schema] = {
    Kind.KEY: _UUID,
    Kind.TEXT: _TEXT,
    Kind.TIME: _TIME,
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.WHOLE: {"type": "integer"},
    Kind.FLAG: {"type": "boolean"},
    Kind.JSON: _OBJECT,
    Kind.WORDS: {"type": "array", "items": _TEXT},
    Kind.ROWS: {"type": "array", "items": _OBJECT},
}
_LINKS: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}


def _query(name: str, description: str, schema: Schema, **more: Any) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


_FORMAT = _query(
    "f", "json or html; without it, what Accept asks for.", {"type": "string", "enum": ["json", "html"]}
)
_BBOX = _query(
    "bbox",
    "minlon,minlat,maxlon,maxlat, or with heights 6 numbers; the border belongs to it.",
    {
        "type": "array",
        "minItems": 4,
        "maxItems": 6,
        "items": {"type": "number", "minimum": -180, "maximum": 180},
    },
    style="form",
    explode=False,
)
_DATETIME = _query(
    "datetime",
    "A time, or two with a slash between, both included; .. is open: 2026-01-31T00:00:00Z/..",
    _TEXT,
)
_LIMIT = _query(
    "limit",
    "Items a page; the next ones have as many as there can be.",
    {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE},
)
_AFTER = _query("after", "Where to go on: stands in the link next.", _UUID)
_REASON = {
    "name": REASON_HEADER,
    "in": "header",
    "description": f"Why a sensitive record is read: {', '.join(ReadingReason.values)}, with words after a colon.",
    "schema": _TEXT,
}


def document(root: str) -> Schema:
    """Return the document of the API at this address."""
    paths: Schema = {
        "/": _path("landing", "The landing page", "Document", signed_in=False),
        "/conformance": _path("conformance", "What the API conforms to", "Document", signed_in=False),
        "/api": _path("api", "This document", "Document", signed_in=False, type_=OPENAPI),
        "/collections": _path("collections", "The collections", "Document"),
    }
    for each in COLLECTIONS:
        paths |= _paths_of(each)
    return {
        "openapi": "3.0.3",
        "info": {"title": TITLE, "description": DESCRIPTION, "version": "1"},
        "servers": [{"url": root}],
        "security": [{"key": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "basic", "description": "An API key as the password."},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "schemas": {**_SCHEMAS, **{_feature(each): _feature_schema(each) for each in COLLECTIONS}},
        },
    }


def _paths_of(wanted: Collection) -> Schema:
    path, title = f"/collections/{wanted.name}", wanted.title
    key = {"name": "id", "in": "path", "required": True, "schema": _UUID}
    page: Schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Page"},
            {"properties": {"features": {"items": {"$ref": f"#/components/schemas/{_feature(wanted)}"}}}},
        ]
    }
    return {
        path: _path(f"describe_{wanted.name}", f"The collection: {title}", "Document"),
        f"{path}/items": _path(
            f"list_{wanted.name}", f"{title}, by filters", page, parameters_of(wanted), type_=GEOJSON
        ),
        f"{path}/items/{{id}}": _path(
            f"read_{wanted.name}", f"{title}: one", _feature(wanted), [key, _REASON], type_=GEOJSON
        ),
    }


_FILTERS = [_BBOX, _DATETIME, _LIMIT, _AFTER]


def parameters_of(wanted: Collection) -> list[Schema]:
    """Return the parameters that the items of a collection are asked for by."""
    return [
        *_FILTERS,
        *(_filter(each) for each in wanted.filters),
        *(_query(each.name, "Equal to this.", _KINDS[each.kind]) for each in wanted.compared),
    ]


def _filter(declared: OpenApiParameter) -> Schema:
    # An empty value is refused here, so the schemas of /api/v1 are read without that choice.
    type_ = declared.type
    schema = {**_TEXT, **type_.get("anyOf", [type_])[0]} if isinstance(type_, dict) else dict(_TEXT)
    if declared.enum:
        schema["enum"] = [value for value in declared.enum if value != ""]
    if declared.many:
        schema = {"type": "array", "items": schema}
    return _query(declared.name, str(declared.description), schema)


def _path(
    name: str,
    summary: str,
    schema: str | Schema,
    parameters: list[Schema] | None = None,
    *,
    signed_in: bool = True,
    type_: str = JSON,
) -> Schema:
    answer = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    refusal = {
        "description": "A refusal",
        "content": {CONTENT_TYPE: {"schema": _OBJECT}, HTML: {"schema": _TEXT}},
    }
    found: Schema = {
        "operationId": name,
        "summary": summary,
        "parameters": [*(parameters or []), _FORMAT],
        "responses": {
            "200": {
                "description": summary,
                "content": {type_: {"schema": answer}, HTML: {"schema": _TEXT}},
            },
            "default": refusal,
        },
    }
    return {"get": found if signed_in else {**found, "security": [{}]}}


def _feature(wanted: Collection) -> str:
    return f"{wanted.declaration.name}Feature"


def _feature_schema(wanted: Collection) -> Schema:
    return {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": _UUID,
            "geometry": {"type": "object", "nullable": True},
            "properties": {"type": "object", "properties": _properties(wanted.declaration, wanted.place)},
            "links": _LINKS,
        },
    }


def _properties(declaration: Declaration, place: Field) -> Schema:
    found = {
        each.name: {**_KINDS[each.kind], "nullable": True} for each in declaration.fields if each != place
    }
    for each in declaration.fields:
        if each.description and each.name in found:
            found[each.name]["description"] = each.description
    if declaration.is_guarded:
        found["redacted"] = {
            "type": "array",
            "items": _TEXT,
            "description": "The fields withheld from you.",
        }
    return found


_SCHEMAS: Schema = {
    "Link": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": dict.fromkeys(("href", "rel", "type", "title"), _TEXT),
    },
    "Document": {"type": "object", "properties": {"links": _LINKS}},
    "Page": {
        "type": "object",
        "required": ["type", "features", "numberReturned", "timeStamp", "links"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": _OBJECT},
            "numberMatched": {
                "type": "integer",
                "minimum": 0,
                "description": "How many there are in all: on the first page only.",
            },
            "numberReturned": {"type": "integer", "minimum": 0},
            "timeStamp": _TIME,
            "links": _LINKS,
        },
    },
}
