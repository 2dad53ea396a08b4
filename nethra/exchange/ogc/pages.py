"""What the pages for people show of features: columns, cells and the ways on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nethra.core import rows
from nethra.core.access import Access
from nethra.core.fields import Field, Kind
from nethra.exchange.ogc import openapi
from nethra.exchange.ogc.collections import Collection

WITHHELD = "withheld"
#: What people call a record by, the first that it has.
NAMES = ("number", "name")


def table_of(offered: Collection, access: Access, page: rows.Record) -> dict[str, Any]:
    """Return columns, rows of cells and the address of the next page, '' where there is none."""
    fields = offered.declaration.readable_by(access)
    columns = [field for field in fields if field.name not in ("id", *NAMES)]
    found = [
        {
            "id": feature["id"],
            "called": called(feature),
            "cells": [_cell(field, feature) for field in columns],
        }
        for feature in page["features"]
    ]
    following = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    return {"columns": [_words(field) for field in columns], "rows": found, "following": following}


def facts_of(offered: Collection, feature: rows.Record) -> dict[str, Any]:
    """Return what one feature is called, and name and value of each field that it shows or withholds."""
    fields = [field for field in offered.declaration.fields if field.name != "id"]
    return {"called": called(feature), "facts": [(_words(field), _cell(field, feature)) for field in fields]}


def parameters_of(offered: Collection) -> list[tuple[str, str, list[str]]]:
    """Return name, meaning and choices of each parameter that the items are asked for by."""
    found = []
    for each in openapi.parameters_of(offered):
        schema = each["schema"].get("items", each["schema"])
        found.append((each["name"], each["description"], schema.get("enum", [])))
    return found


def called(feature: rows.Record) -> str:
    """Return the number or the name of a feature's record."""
    return next(str(feature["properties"][name]) for name in NAMES if name in feature["properties"])


def _words(field: Field) -> str:
    return field.name.replace("_", " ").capitalize()


def _cell(field: Field, feature: Mapping[str, Any]) -> str:
    properties = feature["properties"]
    if field.name in properties.get("redacted", ()):
        return WITHHELD
    if field.kind is Kind.POINT:
        place = feature["geometry"]
        return "" if place is None else "{1:.6f}, {0:.6f}".format(*place["coordinates"])
    if field.kind is Kind.SHAPE:
        return "" if feature["geometry"] is None else "a shape"
    if field.kind is Kind.ROWS:
        words = [part.name for part in field.parts if part.kind is Kind.TEXT]
        return ", ".join(" ".join(row[name] for name in words) for row in properties[field.name])
    return _text(properties[field.name])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return str(value)
