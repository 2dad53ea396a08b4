"""Every route of the URLconf with its methods, for the sweeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

#: What a browser asks a console page for.
PAGE_METHODS = ("get", "post")


@dataclass(frozen=True)
class Route:
    """One pattern of the URLconf with the names of its parameters and the methods that it answers."""

    template: str
    parameters: tuple[str, ...]
    methods: tuple[str, ...]


def walk(patterns: list[Any], prefix: str = "") -> Iterator[Route]:
    """Yield the routes below a list of patterns."""
    for entry in patterns:
        whole = prefix + readable(entry)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, whole)
        elif isinstance(entry, URLPattern):
            names = tuple(part.split(">")[0] for part in whole.split("<")[1:])
            actions = getattr(entry.callback, "actions", None)
            methods = tuple(m for m in actions if m != "head") if actions else PAGE_METHODS
            yield Route(whole, names, methods)


def readable(entry: URLPattern | URLResolver) -> str:
    """Return the pattern as a path with <name> for each parameter."""
    text = str(entry.pattern)
    if isinstance(entry.pattern, RegexPattern):
        text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", text)
        return re.sub(r"[\^$?]|\\Z|\\", "", text)
    return re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", text)


def all_routes() -> list[Route]:
    """Return the routes in the order of their paths, each once."""
    return sorted(set(walk(get_resolver().url_patterns)), key=lambda route: route.template)
