"""The start-up check of the field declarations: what cannot be selected must not be promised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, get_resolver

from nethra.core.fields import Declaration, breaches


@register()
def check_declarations(**_: Any) -> list[CheckMessage]:
    """nethra.E050: every field that a route answers with has its SQL or a column of its kind."""
    return [
        Error(f"{declaration.name}: {sentence}", id="nethra.E050", hint="Mend the field declaration.")
        for declaration in declarations_of_routes()
        for sentence in breaches(declaration)
    ]


def declarations_of_routes() -> list[Declaration]:
    """Return the declarations that the routes' view classes name."""
    found: dict[str, Declaration] = {}
    for pattern in _patterns(get_resolver().url_patterns):
        view = getattr(pattern.callback, "cls", None)
        for attribute in ("declaration", "detail_declaration"):
            declaration = getattr(view, attribute, None)
            if isinstance(declaration, Declaration):
                found[declaration.name] = declaration
    return list(found.values())


def _patterns(entries: Sequence[Any]) -> list[URLPattern]:
    found: list[URLPattern] = []
    for entry in entries:
        found += [entry] if isinstance(entry, URLPattern) else _patterns(entry.url_patterns)
    return found
