"""What programs and pages are told of each method: its questions, parameters, and when not to trust it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from typing import Any, get_args, get_origin, get_type_hints

from insights.answers.base import Analysis
from insights.methods.base import Asked as AskedFor
from insights.running.asked import default_of
from insights.running.catalogue import analyses

DAY = "day"
TYPES: dict[Any, str] = {int: "whole number", float: "number", bool: "flag", str: "text"}


def methods() -> list[dict[str, Any]]:
    """Return every analysis in the order of the questions."""
    return [described(analysis) for analysis in analyses().values()]


def described(analysis: Analysis) -> dict[str, Any]:
    """Return what is told of one analysis."""
    method = analysis.method
    return {
        "key": method.key,
        "title": method.title,
        "question": method.question,
        "version": method.version,
        "minimum": method.minimum,
        "needs": sorted(str(need) for need in analysis.needs),
        "parameters": parameters_of(analysis),
        "assumes": list(method.assumes),
        "fails": list(method.fails),
        "sources": list(method.sources),
    }


def parameters_of(analysis: Analysis) -> list[dict[str, Any]]:
    """Return each parameter with its label, type, default, bounds and choices."""
    hints = get_type_hints(analysis.parameters)
    return [
        _parameter(analysis, field.name, hints[field.name], field.metadata["asked"])
        for field in fields(analysis.parameters)
    ]


def parameters_told(key: str, values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return kept parameters of a method as labels and texts; those that it has no more by their names."""
    found = analyses().get(key)
    asked = parameters_of(found) if found else []
    known = [
        (one["label"], _told(values[one["name"]], one["unit"], one["type"]))
        for one in asked
        if one["name"] in values
    ]
    names = {one["name"] for one in asked}
    return (*known, *((name, _told(value)) for name, value in values.items() if name not in names))


def _told(value: Any, unit: str = "", kind: str = "") -> str:
    if kind == DAY and isinstance(value, int | float):
        return (date(1970, 1, 1) + timedelta(days=math.floor(value))).isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_told(one) for one in value)
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{text} {unit}".rstrip()


def _parameter(analysis: Analysis, name: str, hint: Any, asked: AskedFor) -> dict[str, Any]:
    is_list = get_origin(hint) is tuple
    default = default_of(analysis, name)
    return {
        "name": name,
        "label": asked.label,
        "type": DAY if asked.is_day else TYPES[get_args(hint)[0] if is_list else hint],
        "is_list": is_list,
        "default": None if asked.is_day else list(default) if is_list else default,
        "unit": asked.unit,
        "least": asked.least,
        "most": asked.most,
        "choices": list(asked.choices),
        "help": asked.help,
    }
