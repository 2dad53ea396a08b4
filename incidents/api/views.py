"""Incidents over the API: lists, GeoJSON, single records, recording and changing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.parameters import FILTERS, ORDERING
from incidents.api.serializers import IncidentCreate, IncidentWrite
from incidents.fields import INCIDENT, INCIDENT_DETAIL
from incidents.filters import IncidentFilters, wanted_by
from incidents.hot import nearest_rows, one_row, walked_rows
from incidents.looking import looked_up
from incidents.models import Incident
from incidents.readings import note_opening, note_reading
from incidents.services import change_incident, create_incident
from nethra.core import rows
from nethra.core.answers import answer_of
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.pagination import PARAMETERS, Position
from nethra.core.readings import reason_of
from nethra.core.schema import read_serializer
from nethra.core.viewsets import PlacedViewSet, placed_schema

READ = read_serializer(INCIDENT_DETAIL)


@placed_schema(INCIDENT, [*FILTERS, ORDERING], INCIDENT_DETAIL)
class IncidentViewSet(PlacedViewSet):
    """Incidents of the agency."""

    actions = {
        "list": Capability.VIEW_INCIDENTS,
        "geojson": Capability.VIEW_INCIDENTS,
        "retrieve": Capability.VIEW_INCIDENTS,
        "create": Capability.ADD_INCIDENTS,
        "partial_update": Capability.CHANGE_INCIDENTS,
    }
    only_reads = True
    declaration = INCIDENT
    detail_declaration = INCIDENT_DETAIL
    cursor_column = "occurred_from"

    def filters(self) -> IncidentFilters:
        return IncidentFilters.from_query(self.query, also=PARAMETERS)

    def wanted(self, filters: IncidentFilters) -> QuerySet[Any]:
        return wanted_by(looked_up(self.access), filters)

    def walked(
        self, filters: IncidentFilters, position: Position | None, count: int
    ) -> Sequence[rows.Row] | None:
        return walked_rows(self.access, filters, position, count)

    def first_page(self, filters: IncidentFilters, start: int, count: int) -> Sequence[rows.Row] | None:
        return nearest_rows(self.access, filters, start, count)

    def record(self, key: Any) -> rows.Record:
        """Return one incident; raise NotFound."""
        found = one_row(self.access, key)
        if not found:
            raise NotFound()
        return answer_of(INCIDENT_DETAIL, self.access).records(found)[0]

    def read_again(self, key: Any) -> Response:
        return self.retrieve(self.request, key)

    def retrieve(self, request: Request, id: Any) -> Response:
        note_opening(self.access, id, reason_of(request.headers))
        return super().retrieve(request, id)

    def instance(self, key: Any) -> Incident:
        """Return an incident that this access sees; raise NotFound, ReasonNeeded."""
        incident: Incident = super().instance(key)
        note_reading(self.access, incident, reason_of(self.request.headers))
        return incident

    @extend_schema(request=IncidentCreate, responses={201: READ})
    def create(self, request: Request) -> Response:
        """Record an incident."""
        incident = create_incident(access=self.access, **self.validated(IncidentCreate))
        return Response(
            self.record(incident.pk), status=201, headers={"Location": f"{request.path}/{incident.pk}"}
        )

    @extend_schema(request=IncidentWrite, responses=READ)
    def partial_update(self, request: Request, id: Any) -> Response:
        """Change an incident; offences and modus operandi, where given, replace all."""
        incident = self.instance(id)
        change_incident(access=self.access, incident=incident, **self.validated(IncidentWrite, partial=True))
        return Response(self.record(id))
