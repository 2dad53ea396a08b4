"""What programs and pages are told of each method: its questions, parameters, and when not to trust it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

from insights.answers.base import Analysis
from insights.methods.base import Asked as AskedFor
from insights.running.asked import default_of
from insights.running.catalogue import analyses

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


def _parameter(analysis: Analysis, name: str, hint: Any, asked: AskedFor) -> dict[str, Any]:
    is_list = get_origin(hint) is tuple
    default = default_of(analysis, name)
    return {
        "name": name,
        "label": asked.label,
        "type": TYPES[get_args(hint)[0] if is_list else hint],
        "is_list": is_list,
        "default": list(default) if is_list else default,
        "unit": asked.unit,
        "least": asked.least,
        "most": asked.most,
        "choices": list(asked.choices),
        "help": asked.help,
    }
