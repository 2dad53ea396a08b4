"""Incidents over the API: lists, GeoJSON, single records, recording and changing."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.parameters import FILTERS, ORDERING
from incidents.api.serializers import IncidentCreate, IncidentWrite
from incidents.fields import INCIDENT
from incidents.filters import IncidentFilters, wanted_by
from incidents.services import change_incident, create_incident
from nethra.core import pagination, rows
from nethra.core.api import GeoJsonRenderer, OrjsonRenderer
from nethra.core.capabilities import Capability
from nethra.core.parameters import refusal
from nethra.core.schema import (
    CURSOR_PARAMETER,
    PAGE_PARAMETERS,
    collection_serializer,
    page_serializer,
    read_serializer,
)
from nethra.core.viewsets import ReadViewSet

LIST_PARAMETERS = [*PAGE_PARAMETERS, CURSOR_PARAMETER, *FILTERS, ORDERING]
READ = read_serializer(INCIDENT)
CURSOR_ORDERINGS = ("", "occurred_from", "-occurred_from")


@extend_schema_view(
    retrieve=extend_schema(responses=READ),
    list=extend_schema(
        parameters=LIST_PARAMETERS,
        responses={
            (200, "application/json"): page_serializer(INCIDENT),
            (200, "application/geo+json"): collection_serializer(INCIDENT),
        },
    ),
)
class IncidentViewSet(ReadViewSet):
    """Incidents of the agency."""

    actions = {
        "list": Capability.VIEW_INCIDENTS,
        "geojson": Capability.VIEW_INCIDENTS,
        "retrieve": Capability.VIEW_INCIDENTS,
        "create": Capability.ADD_INCIDENTS,
        "partial_update": Capability.CHANGE_INCIDENTS,
    }
    declaration = INCIDENT

    def get_renderers(self) -> list[Any]:
        if self.action == "geojson":
            return [GeoJsonRenderer(), OrjsonRenderer()]
        return [OrjsonRenderer(), GeoJsonRenderer()] if self.action == "list" else [OrjsonRenderer()]

    def list(self, request: Request) -> Response:
        if request.accepted_renderer.format == GeoJsonRenderer.format:
            return self.geojson(request)
        found, envelope = self._page(self.read)
        return Response({"data": found, **envelope})

    @extend_schema(
        parameters=LIST_PARAMETERS,
        responses={(200, "application/geo+json"): collection_serializer(INCIDENT)},
    )
    def geojson(self, request: Request) -> Response:
        """List incidents as a GeoJSON feature collection."""
        found, envelope = self._page(lambda queryset: rows.features(queryset, INCIDENT, self.access))
        return Response({"type": "FeatureCollection", "features": found, **envelope})

    @extend_schema(request=IncidentCreate, responses={201: READ})
    def create(self, request: Request) -> Response:
        """Record an incident."""
        incident = create_incident(access=self.access, **self.validated(IncidentCreate))
        return Response(
            self.record(incident.pk), status=201, headers={"Location": f"{request.path}/{incident.pk}"}
        )

    @extend_schema(request=IncidentWrite, responses=READ)
    def partial_update(self, request: Request, id: Any) -> Response:
        """Change an incident; offences, where given, replace all."""
        incident = self.instance(id)
        change_incident(access=self.access, incident=incident, **self.validated(IncidentWrite, partial=True))
        return Response(self.record(id))

    def _page(self, read: pagination.Read) -> tuple[rows.Records, rows.Record]:
        filters = IncidentFilters.from_query(self.query, also=pagination.PARAMETERS)
        wanted = pagination.PageRequest.from_query(self.query)
        found = wanted_by(self.access, filters)
        if wanted.cursor is None:
            return pagination.numbered_page(filters.ordered(found), wanted, read)
        if filters.ordering not in CURSOR_ORDERINGS:
            raise refusal("ordering", "A cursor walks by occurred_from or -occurred_from.")
        is_descending = filters.ordering != "occurred_from"
        return pagination.cursor_page(
            found, wanted, read, column="occurred_from", is_descending=is_descending
        )
