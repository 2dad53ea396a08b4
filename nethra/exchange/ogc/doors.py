"""Who may come in to the OGC API, and in what form they are answered."""

from __future__ import annotations

from typing import Any

from django.template.loader import get_template
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from accounts.api.authentication import BearerAuthentication
from accounts.middleware import credentials
from accounts.models import User
from nethra.core.access import Access
from nethra.core.api import OrjsonRenderer
from nethra.core.errors import NotSignedIn
from nethra.core.parameters import refusal
from nethra.exchange.ogc.documents import GEOJSON, HTML, JSON, OPENAPI

#: What asks desktop GIS and browsers for a name and a password.
CHALLENGE = 'Basic realm="Nethra: an API key as the password", charset="UTF-8"'
FORMATS = ("json", "html")


class KeyAuthentication(BearerAuthentication):
    """An API key as the password of Basic, of any user name, or a key or token as Bearer."""

    def authenticate(self, request: Request) -> tuple[User, Access] | None:
        # SECURITY: a person's password is not even compared: hashing it for each request would be slow, and this door
        # counts no failures; tests/exchange/test_ogc_doors.py.
        if credentials(request._request) == ("basic", ""):
            raise NotSignedIn(
                "Send an API key as the password, with any user name; a person's own password is not taken here.",
                code="key_needed",
            )
        return super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def wants_page(request: Request) -> bool:
    """Return whether an HTML page is asked for, by the parameter f or else by Accept."""
    asked = request.query_params.get("f")
    if asked is not None:
        return asked == "html"
    return request._request.get_preferred_type([JSON, GEOJSON, OPENAPI, HTML]) == HTML


class FormatNegotiation(DefaultContentNegotiation):
    """JSON unless a page is asked for: clients name types that nobody serves, and read what comes."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        if request.query_params.get("f", "json") not in FORMATS:
            raise refusal("f", "f must be json or html.")
        is_page = wants_page(request)
        chosen = next(each for each in renderers if (each.format == "html") is is_page)
        return chosen, chosen.media_type


class DocumentRenderer(OrjsonRenderer):
    """The documents that say what there is."""


class FeatureRenderer(OrjsonRenderer):
    """Features (RFC 7946)."""

    media_type = GEOJSON


class DefinitionRenderer(OrjsonRenderer):
    """The definition of the API."""

    media_type = OPENAPI


class PageRenderer(BaseRenderer):
    """The same document for people, by the view's template of the action."""

    media_type = HTML
    format = "html"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, context: Any = None) -> str:
        view = context["view"]
        template = get_template(f"ogc/{view.action}.html")
        return str(template.render({"document": data, **view.page_of(data)}))
