"""What every answer carries, whatever made it: an id, a duration, security headers."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from nethra.core.client import client_address
from nethra.core.logs import current_request
from nethra.core.models import uuid7

log = logging.getLogger("nethra.request")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
Answer = TypeVar("Answer", bound=HttpResponseBase)
GetResponse = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True)
class RequestFrame:
    """The id and the client's address of one request."""

    request_id: str
    address: str


@cache
def console_path() -> str:
    """Return where the console's pages lie: every request asks, and they never move."""
    return reverse("admin:index")


def request_frame(request: HttpRequest) -> RequestFrame:
    """Return the request's frame, made when it came in."""
    frame = getattr(request, "frame", None)
    if not isinstance(frame, RequestFrame):
        asked = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = asked if REQUEST_ID.fullmatch(asked) else str(uuid7())
        frame = RequestFrame(request_id, client_address(request.META))
        request.frame = frame  # type: ignore[attr-defined]
    return frame


class RequestFrameMiddleware:
    """Put X-Request-ID and X-Process-Time (milliseconds) on every answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        frame = request_frame(request)
        current_request.set(frame.request_id)
        response = self.get_response(request)
        elapsed = (time.perf_counter() - started) * 1000
        response.headers["X-Request-ID"] = frame.request_id
        response.headers["X-Process-Time"] = f"{elapsed:.1f}"
        if response.status_code >= 500 or settings.WEB_ACCESS_LOG:
            _log(request, response, elapsed)
        return response


def _log(request: HttpRequest, response: HttpResponseBase, elapsed: float) -> None:
    # The route, not the path: keys of records are nobody's business in a log, and queries hold names.
    match = request.resolver_match
    facts = {
        "method": request.method,
        "route": match.route if match else "-",
        "status": response.status_code,
        "ms": round(elapsed, 1),
    }
    level = logging.ERROR if response.status_code >= 500 else logging.INFO
    log.log(level, "%(method)s %(route)s answered %(status)s in %(ms)s ms", facts, extra=facts)


#: A file that somebody uploaded never runs and is never framed, whatever it holds.
SANDBOX = "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
_STRICT = (
    "default-src 'none'; script-src 'self'{script}; style-src 'self'{style}; "
    "img-src 'self' data: blob:{images}; font-src 'self'; connect-src 'self'; worker-src 'self'; media-src 'self'; "
    "form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class ContentSecurityPolicyMiddleware:
    """A strict policy on every page. Only the console's theme evaluates expressions and styles inline."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_console = request.path_info.startswith(console_path())
        # A file that somebody uploaded brings a stricter one.
        response.headers.setdefault("Content-Security-Policy", policy(is_console=is_console))
        if not request.path_info.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response


def clear_site_data(response: Answer) -> Answer:
    """Tell the browser to forget what it kept of this host; the cookies go one by one."""
    # SECURITY: not "cookies", which would take those of every port and subdomain too.
    if settings.HTTPS:
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def policy(*, is_console: bool) -> str:
    """Return the Content-Security-Policy of a page; a basemap's host is added where one is configured."""
    parts = urlsplit(settings.BASEMAP_URL)
    images = f" {parts.scheme}://{parts.netloc}" if parts.netloc and is_console else ""
    return _STRICT.format(
        script=" 'unsafe-eval'" if is_console else "",
        style=" 'unsafe-inline'" if is_console else "",
        images=images,
    )
