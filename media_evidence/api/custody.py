"""Custody over the API: an exhibit's chain, what is done to it, and what checks of it found."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from media_evidence.answers import read_case_of
from media_evidence.choices import CustodyKind
from media_evidence.custody.verbs import BY_HAND, take_step
from media_evidence.fields import CUSTODY_EVENT, FIXITY_CHECK
from media_evidence.models import Evidence
from media_evidence.services import find_evidence
from nethra.core.capabilities import Capability
from nethra.core.readings import reason_of
from nethra.core.schema import PAGE_PARAMETERS, StrictSerializer, page_serializer, read_serializer
from nethra.core.viewsets import ReadViewSet


class CustodyStep(StrictSerializer):
    """What is done to an exhibit."""

    kind = serializers.ChoiceField(choices=[(str(kind), CustodyKind(kind).label) for kind in BY_HAND])
    to_person = serializers.UUIDField(
        source="to_person_id", required=False, help_text="A hand-over: the colleague who is to accept."
    )
    to_name = serializers.CharField(
        required=False, max_length=250, help_text="A release: to whom outside of the agency."
    )
    from_name = serializers.CharField(
        required=False, max_length=250, help_text="Collected: from whom, or where it lay."
    )
    happened_at = serializers.DateTimeField(required=False, help_text="Now by default.")
    place = serializers.CharField(required=False, allow_blank=True, max_length=200)
    seal_number = serializers.CharField(required=False, allow_blank=True, max_length=100)
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="What was done, or why; most steps need it.",
    )


class ExhibitPartViewSet(ReadViewSet):
    """Rows of one exhibit; where the exhibit is not there, neither are they."""

    @cached_property
    def evidence(self) -> Evidence:
        """The exhibit of the path; raise NotFound."""
        return find_evidence(self.access, self.kwargs["evidence_id"])

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        read_case_of(self.access, self.evidence.pk, reason_of(request.headers))

    def visible(self) -> QuerySet[Any]:
        return super().visible().filter(evidence_id=self.evidence.pk)

    def list(self, request: Request, evidence_id: Any) -> Response:  # type: ignore[override]
        return super().list(request)


@extend_schema_view(list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(CUSTODY_EVENT)))
class CustodyViewSet(ExhibitPartViewSet):
    """The chain of custody of an exhibit, the first entry first."""

    actions = {"list": Capability.VIEW_EVIDENCE, "create": Capability.ADD_EVIDENCE}
    declaration = CUSTODY_EVENT

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("position")

    @extend_schema(request=CustodyStep, responses={201: read_serializer(CUSTODY_EVENT)})
    def create(self, request: Request, evidence_id: Any) -> Response:
        """Hand an exhibit over, accept one, release it, take it back, hold it, or note what was done to it."""
        values = self.validated(CustodyStep)
        event = take_step(access=self.access, evidence=self.evidence, **values)
        return Response(self.record(event.pk), status=201)


@extend_schema_view(list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(FIXITY_CHECK)))
class FixityCheckViewSet(ExhibitPartViewSet):
    """What each check of an exhibit found, the latest first."""

    actions = {"list": Capability.VIEW_EVIDENCE}
    declaration = FIXITY_CHECK

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("-checked_at", "-id")
