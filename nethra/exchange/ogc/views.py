"""The views of the OGC API: each document once, as JSON and as a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from nethra.core.api import Open, Rule, problem_handler
from nethra.core.parameters import refuse_unknown
from nethra.core.problems import error_page
from nethra.core.readings import reason_of
from nethra.core.viewsets import ApiViewSet
from nethra.exchange.ogc import documents, openapi, pages
from nethra.exchange.ogc.collections import AREAS, CASES, COLLECTIONS, INCIDENTS, Collection
from nethra.exchange.ogc.doors import (
    CHALLENGE,
    FORMATS,
    DefinitionRenderer,
    DocumentRenderer,
    FeatureRenderer,
    FormatNegotiation,
    KeyAuthentication,
    PageRenderer,
    wants_page,
)
from nethra.exchange.ogc.items import read_item, read_items


def _refusal(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    told = problem_handler(exception, context)
    if told is not None and told.status_code == 401:
        told["WWW-Authenticate"] = CHALLENGE
    return told


class OgcViewSet(ApiViewSet):
    """A part of the OGC API: read only."""

    authentication_classes = [KeyAuthentication]
    content_negotiation_class = FormatNegotiation
    renderer_classes = [DocumentRenderer, PageRenderer]
    http_method_names = ["get", "head"]

    @property
    def links(self) -> documents.Links:
        """What makes the links of this request."""
        root = self.request.build_absolute_uri(reverse("ogc:landing")).rstrip("/")
        return documents.Links(self.request._request, root)

    def page_of(self, document: Any) -> dict[str, Any]:
        """Return what the page of a document shows besides the document itself."""
        return {"root": reverse("ogc:landing")}

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return _refusal

    def handle_exception(self, exc: Exception) -> Any:
        told: HttpResponseBase = super().handle_exception(exc)
        data = getattr(told, "data", {})
        is_page = self.request.query_params.get("f", "html") in FORMATS and wants_page(self.request)
        if not is_page or "detail" not in data:
            return told
        page = error_page(self.request._request, told.status_code, "ogc/refusal", data["detail"])
        for name in ("WWW-Authenticate", "Allow"):
            if name in told.headers:
                page.headers[name] = told.headers[name]
        return page


class LandingViewSet(OgcViewSet):
    """What there is, for whoever knows the address alone."""

    actions: ClassVar[Mapping[str, Rule]] = {"landing": Open.ANYBODY, "conformance": Open.ANYBODY}

    def landing(self, request: Request) -> Response:
        """Say where everything is. Desktop GIS add parameters of older protocols, which are let pass."""
        return Response(documents.landing(self.links))

    def conformance(self, request: Request) -> Response:
        """Name the conformance classes."""
        refuse_unknown(self.query, {"f"})
        return Response(documents.conformance(self.links))


class DefinitionViewSet(OgcViewSet):
    """The definition of the API."""

    actions: ClassVar[Mapping[str, Rule]] = {"definition": Open.ANYBODY}
    renderer_classes = [DefinitionRenderer, PageRenderer]

    def definition(self, request: Request) -> Response:
        """Return the OpenAPI document."""
        refuse_unknown(self.query, {"f"})
        return Response(openapi.document(self.links.root))

    def page_of(self, document: Any) -> dict[str, Any]:
        lists = [(each, pages.parameters_of(each)) for each in COLLECTIONS]
        return {**super().page_of(document), "lists": lists}


class CollectionsViewSet(OgcViewSet):
    """The collections of which the person may see something."""

    actions: ClassVar[Mapping[str, Rule]] = {"collections": Open.SIGNED_IN}

    def collections(self, request: Request) -> Response:
        """List the collections."""
        refuse_unknown(self.query, {"f"})
        return Response(documents.collections(self.links, self.access))


def _reading(wanted: Collection) -> Mapping[str, Rule]:
    return dict.fromkeys(("collection", "items", "item"), wanted.capability)


class CollectionViewSet(OgcViewSet):
    """One collection and its items."""

    offered: ClassVar[Collection]

    def get_renderers(self) -> list[Any]:
        document = DocumentRenderer() if self.action == "collection" else FeatureRenderer()
        return [document, PageRenderer()]

    def collection(self, request: Request) -> Response:
        """Describe the collection."""
        refuse_unknown(self.query, {"f"})
        return Response(documents.collection(self.links, self.offered, self.access))

    def items(self, request: Request) -> Response:
        """List the items that the parameters ask for."""
        found = read_items(self.offered, self.access, self.query)
        return Response(documents.item_page(self.links, found, for_people=wants_page(request)))

    def item(self, request: Request, id: UUID) -> Response:
        """Return one item."""
        refuse_unknown(self.query, {"f"})
        found = read_item(self.offered, self.access, id, reason_of(request.headers))
        return Response(documents.item(self.links, self.offered, found))

    def page_of(self, document: Any) -> dict[str, Any]:
        shown = {**super().page_of(document), "offered": self.offered}
        if self.action == "items":
            return {**shown, **pages.table_of(self.offered, self.access, document)}
        return {**shown, **pages.facts_of(self.offered, document)} if self.action == "item" else shown


class IncidentsViewSet(CollectionViewSet):
    """Incidents."""

    offered = INCIDENTS
    actions = _reading(INCIDENTS)


class CasesViewSet(CollectionViewSet):
    """Cases."""

    offered = CASES
    actions = _reading(CASES)


class AreasViewSet(CollectionViewSet):
    """Areas."""

    offered = AREAS
    actions = _reading(AREAS)
