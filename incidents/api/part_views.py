"""What hangs on one incident over the API: nothing of it is there where the incident is not."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.fields import INCIDENT_READING
from incidents.models import Incident
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.schema import PAGE_PARAMETERS, page_serializer
from nethra.core.viewsets import ReadViewSet


class IncidentPartViewSet(ReadViewSet):
    """Rows of one incident; where the incident is not there, neither are they."""

    @cached_property
    def incident(self) -> Incident:
        """The incident of the path; raise NotFound."""
        visible = Incident.objects.visible_to(self.access)
        found: Incident | None = visible.filter(pk=self.kwargs["incident_id"]).first()
        if found is None:
            raise NotFound()
        return found

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look for the incident before anything is said about what was sent."""
        super().initial(request, *args, **kwargs)
        _ = self.incident

    def visible(self) -> QuerySet[Any]:
        return super().visible().filter(incident_id=self.incident.pk)

    def list(self, request: Request, incident_id: Any) -> Response:  # type: ignore[override]
        return super().list(request)


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(INCIDENT_READING))
)
class IncidentReadingViewSet(IncidentPartViewSet):
    """Who read a sealed incident and why, the latest first; for whoever seals, reviews or reads the audit."""

    actions = {"list": Capability.VIEW_INCIDENTS}
    declaration = INCIDENT_READING

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("-last_at", "-id")
