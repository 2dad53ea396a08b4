"""Schedules of analyses over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from insights.api.schedule_schemas import ScheduleAdd
from insights.fields import SCHEDULE
from insights.schedules.services import add_schedule, stop_schedule
from nethra.core.capabilities import Capability
from nethra.core.pagination import PARAMETERS as PAGES
from nethra.core.parameters import refuse_unknown
from nethra.core.schema import PAGE_PARAMETERS, page_serializer, parameter, read_serializer
from nethra.core.viewsets import ReadViewSet, flag

READ = read_serializer(SCHEDULE)


@extend_schema_view(retrieve=extend_schema(responses=READ))
class ScheduleViewSet(ReadViewSet):
    """Analyses that are ordered by the clock."""

    actions = {
        **dict.fromkeys(("list", "retrieve"), Capability.VIEW_INSIGHTS),
        **dict.fromkeys(("create", "stop"), Capability.RUN_ANALYSES),
    }
    declaration = SCHEDULE

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, (PAGES - {"cursor"}) | {"active"})
        active = flag(self.query, "active")
        found = queryset if active is None else queryset.filter(is_active=active)
        return found.order_by("name", "id")

    @extend_schema(
        parameters=[
            parameter("active", "Only active schedules, or only stopped ones.", bool),
            *PAGE_PARAMETERS,
        ],
        responses=page_serializer(SCHEDULE),
    )
    def list(self, request: Request) -> Response:
        """List the schedules by name."""
        return super().list(request)

    @extend_schema(request=ScheduleAdd, responses={201: READ})
    def create(self, request: Request) -> Response:
        """Have an analysis ordered by the clock, in your name and with the rights that you have then."""
        asked = self.validated(ScheduleAdd)
        schedule = add_schedule(access=self.access, **{**asked, "about": dict(asked.get("about") or {})})
        where = {"Location": f"/api/v1/insights/schedules/{schedule.pk}"}
        return Response(self.record(schedule.pk), status=201, headers=where)

    @extend_schema(request=None, responses=READ)
    def stop(self, request: Request, id: UUID) -> Response:
        """Stop a schedule for good; its runs stay."""
        stop_schedule(access=self.access, schedule_id=id)
        return Response(self.record(id))
