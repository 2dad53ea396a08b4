"""Which GETs of the API only read, and how such a view is called without the REST framework's shell.

The shell reads bodies, forms, cookies, versions and throttles, of which a plain reading has none. What it decides is
decided here by the same classes: who may (``permission_classes``), which renderer, which headers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver
from rest_framework.request import Request
from rest_framework.response import Response

from nethra.core.access import Access
from nethra.core.viewsets import ApiViewSet

PREFIX = "/api/v1/"
#: What a client accepts that takes whatever there is.
ANYTHING = ("", "*/*")


@dataclass(frozen=True)
class ShortRoute:
    """A route whose GET only reads."""

    pattern: URLPattern
    view: type[ApiViewSet]
    initkwargs: dict[str, Any]
    methods: dict[str, str]

    @property
    def action(self) -> str:
        """The view's method that answers GET."""
        return self.methods["get"]

    @cached_property
    def match(self) -> ResolverMatch:
        """What the log names the route by."""
        return ResolverMatch(self.pattern.callback, (), {}, route=PREFIX[1:] + str(self.pattern.pattern))

    @cached_property
    def headers(self) -> dict[str, str]:
        """What the REST framework tells of a route with every answer."""
        answered = {*self.methods, "head"}
        allowed = [name.upper() for name in self.view.http_method_names if name in answered]
        is_varied = len(self.view.renderer_classes) > 1
        return {"Allow": ", ".join(allowed), **({"Vary": "Accept"} if is_varied else {})}


def route_of(path: str) -> tuple[ShortRoute, dict[str, Any]] | None:
    """Return the route of a path and its parameters; None where GET does more than read, or there is no route."""
    plain, others = _by_path()
    if path in plain:
        return plain[path], {}
    rest = path.removeprefix(PREFIX)
    for route in others:
        matched = route.pattern.pattern.match(rest)
        if matched:
            return route, matched[2]
    return None


@cache
def short_routes() -> Sequence[ShortRoute]:
    """Return the routes whose GET only reads, in the order of the table of routes."""
    return list(_reading(get_resolver().url_patterns))


@cache
def _by_path() -> tuple[dict[str, ShortRoute], Sequence[ShortRoute]]:
    """Return the routes without parameters by their path, and those with."""
    others = [route for route in short_routes() if route.pattern.pattern.converters]
    plain = {PREFIX + str(route.pattern.pattern): route for route in short_routes() if route not in others}
    return plain, others


def _reading(patterns: Sequence[URLPattern | URLResolver], prefix: str = "/") -> Iterator[ShortRoute]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _reading(pattern.url_patterns, prefix + str(pattern.pattern))
        elif prefix == PREFIX:
            view = getattr(pattern.callback, "cls", None)
            methods = getattr(pattern.callback, "actions", {})
            if (
                isinstance(view, type)
                and issubclass(view, ApiViewSet)
                and view.only_reads
                and "get" in methods
            ):
                yield ShortRoute(pattern, view, pattern.callback.initkwargs, methods)  # type: ignore[attr-defined]


def call(
    route: ShortRoute, parameters: dict[str, Any], request: HttpRequest, user: Any, access: Access
) -> HttpResponseBase | None:
    """Return what the view answers; None where it may not be asked so, or the caller accepts nothing it gives.

    Raises whatever the view raises.
    """
    asked = Request(request)
    # No body is parsed here, and a request that holds itself is garbage that only the collector finds.
    del asked.parser_context["request"]
    asked.user, asked.auth = user, access
    view = route.view(**route.initkwargs)
    view.action_map, view.action = route.methods, route.action
    view.request, view.args, view.kwargs = asked, (), parameters
    view.format_kwarg = None
    renderers = view.get_renderers()
    renderer = _accepted(renderers, request.META.get("HTTP_ACCEPT", ""))
    if renderer is None or not all(one.has_permission(asked, view) for one in view.get_permissions()):
        return None
    asked.accepted_renderer, asked.accepted_media_type = renderer, renderer.media_type
    answer = getattr(view, route.action)(asked, **parameters)
    if not isinstance(answer, Response):
        return None
    rendering = {"accepted_renderer": renderer, "accepted_media_type": renderer.media_type}
    vars(answer).update(rendering, renderer_context={})
    for name, value in route.headers.items():
        answer.headers.setdefault(name, value)
    rendered: HttpResponseBase = answer.render()
    return rendered


def _accepted(renderers: Sequence[Any], accept: str) -> Any:
    if accept in ANYTHING:
        return renderers[0]
    return next((renderer for renderer in renderers if renderer.media_type == accept), None)
