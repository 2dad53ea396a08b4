"""The routes of the OGC API, at the paths its standard gives them."""

from __future__ import annotations

from django.urls import URLPattern, path

from nethra.exchange.ogc.views import (
    AreasViewSet,
    CasesViewSet,
    CollectionsViewSet,
    CollectionViewSet,
    DefinitionViewSet,
    IncidentsViewSet,
    LandingViewSet,
)

app_name = "ogc"


def _routes(view: type[CollectionViewSet]) -> list[URLPattern]:
    base = f"collections/{view.offered.name}"
    return [
        path(base, view.as_view({"get": "collection"})),
        path(f"{base}/items", view.as_view({"get": "items"})),
        path(f"{base}/items/<uuid:id>", view.as_view({"get": "item"})),
    ]


urlpatterns: list[URLPattern] = [
    path("", LandingViewSet.as_view({"get": "landing"}), name="landing"),
    path("conformance", LandingViewSet.as_view({"get": "conformance"})),
    path("api", DefinitionViewSet.as_view({"get": "definition"})),
    path("collections", CollectionsViewSet.as_view({"get": "collections"})),
    *_routes(IncidentsViewSet),
    *_routes(CasesViewSet),
    *_routes(AreasViewSet),
]
