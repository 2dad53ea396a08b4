"""Cases over the API: lists, GeoJSON, single records, opening, changing, moving."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import find_case
from cases.api.parameters import FILTERS, ORDERING
from cases.api.serializers import CaseCreate, CaseWrite, MovesRead, MoveWrite
from cases.fields import CASE, CASE_STATUS_CHANGE
from cases.filters import CaseFilters, wanted_by
from cases.models import Case, CaseStatusChange
from cases.readings import note_reading
from cases.rules import Move
from cases.services import change_case, open_case
from cases.transitions import move_case, possible_moves
from incidents.models import Incident
from nethra.core import pagination, rows
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput
from nethra.core.parameters import refuse_unknown
from nethra.core.readings import reason_of
from nethra.core.schema import IF_MATCH, PAGE_PARAMETERS, page_serializer, read_serializer
from nethra.core.viewsets import PlacedViewSet, VersionedViewSet, placed_schema

READ = read_serializer(CASE)


@placed_schema(CASE, [*FILTERS, ORDERING])
class CaseViewSet(VersionedViewSet, PlacedViewSet):
    """Cases of the agency, each where its primary incident was."""

    actions = {
        "list": Capability.VIEW_CASES,
        "geojson": Capability.VIEW_CASES,
        "retrieve": Capability.VIEW_CASES,
        "create": Capability.ADD_CASES,
        "partial_update": Capability.CHANGE_CASES,
        "moves": Capability.VIEW_CASES,
        # Each move names its own capability; whoever may not change cases may move none.
        "move": Capability.CHANGE_CASES,
        "history": Capability.VIEW_CASES,
    }
    declaration = CASE
    cursor_column = "opened_at"

    def filters(self) -> CaseFilters:
        return CaseFilters.from_query(self.query, self.access, also=pagination.PARAMETERS)

    def wanted(self, filters: CaseFilters) -> QuerySet[Any]:
        return wanted_by(self.access, filters)

    def retrieve(self, request: Request, id: Any) -> Response:
        note_reading(self.access, find_case(self.access, id), reason_of(request.headers))
        return super().retrieve(request, id)

    def instance(self, key: Any) -> Case:
        """Return a case that this access sees; raise NotFound, AccessRequired, ReasonNeeded."""
        case = find_case(self.access, key)
        if case.is_sensitive:
            note_reading(self.access, case, reason_of(self.request.headers))
        return case

    @extend_schema(request=CaseCreate, responses={201: READ})
    def create(self, request: Request) -> Response:
        """Open a case about an incident."""
        values = self.validated(CaseCreate)
        key = values.pop("primary_incident")
        incident = Incident.objects.visible_to(self.access).filter(pk=key).first()
        if incident is None:
            raise InvalidInput(errors={"primary_incident": ["There is no such incident."]})
        case = open_case(access=self.access, incident=incident, **values)
        return Response(self.record(case.pk), status=201, headers={"Location": f"{request.path}/{case.pk}"})

    @extend_schema(parameters=[IF_MATCH], request=CaseWrite, responses=READ)
    def partial_update(self, request: Request, id: Any) -> Response:
        """Change a case's title, notes, priority or lead."""
        values = self.validated(CaseWrite, partial=True)
        change_case(access=self.access, case=self.changeable(id), **values)
        return self.versioned(id)

    @extend_schema(responses=MovesRead)
    def moves(self, request: Request, id: Any) -> Response:
        """Say where the case may move, what each move needs, and why others are not possible."""
        refuse_unknown(self.query, ())
        case: Case = self.instance(id)
        found = [_move(move) for move in possible_moves(self.access, case)]
        return Response({"status": case.status, "data": found})

    @extend_schema(request=MoveWrite, responses=READ)
    def move(self, request: Request, id: Any) -> Response:
        """Move the case to another status."""
        values = self.validated(MoveWrite)
        target, source = values.pop("to"), values.pop("expected_status", "")
        move_case(access=self.access, case=self.instance(id), target=target, source=source, **values)
        return self.versioned(id)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(CASE_STATUS_CHANGE))
    def history(self, request: Request, id: Any) -> Response:
        """List how the case moved, the first step first."""
        refuse_unknown(self.query, pagination.PARAMETERS - {"cursor"})
        case = self.instance(id)
        steps = CaseStatusChange.objects.visible_to(self.access).filter(case_id=case.pk)
        found, envelope = pagination.numbered_page(
            steps.order_by("changed_at", "id"),
            pagination.PageRequest.from_query(self.query),
            lambda queryset: rows.records(queryset, CASE_STATUS_CHANGE, self.access),
        )
        return Response({"data": found, **envelope})


def _move(move: Move) -> dict[str, Any]:
    way = move.transition
    needs = [*way.fields, *(["reason"] if way.needs_reason else [])] if way else []
    return {"to": move.target, "is_possible": way is not None, "why_not": move.sentence, "needs": needs}
