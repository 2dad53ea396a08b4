"""The roof: every route of Nethra."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from media_evidence.given import given_file, given_page
from nethra.admin_site import console
from nethra.exchange.ogc.views import LandingViewSet

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/", console.urls),
    path("given/<str:token>", given_page, name="given"),
    path("given/<str:token>/<uuid:file_id>", given_file, name="given_file"),
    # Desktop GIS put paths behind the address they were given, with or without its slash, and follow no redirect.
    path("ogc", LandingViewSet.as_view({"get": "landing"})),
    path("ogc/", include("nethra.exchange.ogc.urls")),
    path("", include("nethra.api_urls")),
]

handler400 = "nethra.core.problems.bad_request"
handler403 = "nethra.core.problems.permission_denied"
handler404 = "nethra.core.problems.page_not_found"
handler500 = "nethra.core.problems.server_error"
