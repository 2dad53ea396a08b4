"""Retention and disposal over the API: categories, what keeps an exhibit, requests, certificates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from media_evidence.answers import read_case_of
from media_evidence.choices import ClockStart, DisposalState
from media_evidence.keeping.categories import add_category, categories_of, change_category, set_categories
from media_evidence.keeping.certificates import certificate_of
from media_evidence.keeping.disposing import approve_disposal, ask_disposal, call_back, decline_disposal
from media_evidence.keeping.planning import verdict_on
from media_evidence.models import Disposal, DisposalCertificate, Evidence, RetentionCategory
from media_evidence.models.keeping import MOST_DAYS
from media_evidence.services import find_evidence
from nethra.core import pagination, rows
from nethra.core.capabilities import Capability
from nethra.core.fields import Declaration, Field, Kind
from nethra.core.parameters import refuse_unknown, several, single, word_of
from nethra.core.readings import reason_of
from nethra.core.schema import (
    PAGE_PARAMETERS,
    READING_REASON,
    UUID_TYPE,
    StrictSerializer,
    page_serializer,
    parameter,
    read_serializer,
)
from nethra.core.viewsets import ApiViewSet, ReadViewSet

RETENTION_CATEGORY = Declaration(
    "RetentionCategory",
    RetentionCategory,
    (
        Field("id", Kind.KEY),
        Field("name", Kind.TEXT),
        Field("days", Kind.WHOLE, description="For how many days its exhibits are kept."),
        Field("starts", Kind.TEXT, description="From when these days count."),
        Field("is_offered", Kind.FLAG, description="Whether further exhibits can be given it."),
    ),
)

DISPOSAL = Declaration(
    "Disposal",
    Disposal,
    (
        Field("id", Kind.KEY),
        Field("evidence", Kind.KEY, source="evidence_id"),
        Field("case", Kind.KEY, source="case_id"),
        Field("case_number", Kind.TEXT, source="case__number"),
        Field("position", Kind.WHOLE, source="evidence__position", description="Of the exhibit in its case."),
        Field("state", Kind.TEXT),
        Field("reason", Kind.TEXT),
        Field("asked_at", Kind.TIME),
        Field("asked_by", Kind.KEY, source="asked_by_id"),
        Field("answered_at", Kind.TIME),
        Field("answered_by", Kind.KEY, source="answered_by_id"),
        Field("due_at", Kind.TIME, description="Until then what was approved can be called back."),
        Field("ended_at", Kind.TIME),
        Field("ended_by", Kind.KEY, source="ended_by_id", description="Nobody where the rules ended it."),
        Field("note", Kind.TEXT, description="Why it was declined, called back or not carried out."),
    ),
)

CERTIFICATE = Declaration(
    "DisposalCertificate",
    DisposalCertificate,
    (
        Field("id", Kind.KEY),
        Field("number", Kind.TEXT),
        Field("evidence", Kind.KEY, source="evidence_id"),
        Field("case_number", Kind.TEXT, source="case__number"),
        Field("position", Kind.WHOLE, source="evidence__position"),
        Field("sha256", Kind.TEXT),
        Field("size", Kind.WHOLE, description="Bytes."),
        Field("category", Kind.TEXT, description="Of the exhibit's categories the one that kept it longest."),
        Field("days", Kind.WHOLE),
        Field("starts", Kind.TEXT),
        Field("started_at", Kind.TIME, description="When the case was closed."),
        Field("kept_until", Kind.TIME),
        Field("reason", Kind.TEXT),
        Field("asked_at", Kind.TIME),
        Field("asked_by", Kind.KEY, source="asked_by_id"),
        Field("asked_by_name", Kind.TEXT),
        Field("approved_at", Kind.TIME),
        Field("approved_by", Kind.KEY, source="approved_by_id"),
        Field("approved_by_name", Kind.TEXT),
        Field("disposed_at", Kind.TIME),
        Field("custody_head", Kind.TEXT, description="The hash of the chain's entry of the disposal."),
        Field("file", Kind.TEXT, description="What became of the file; empty until it was looked up."),
        Field("checked_at", Kind.TIME, description="When it was looked up."),
    ),
)
CATEGORY_READ = read_serializer(RETENTION_CATEGORY)
DISPOSAL_READ = read_serializer(DISPOSAL)


class RetentionCategoryWrite(StrictSerializer):
    """For how long exhibits of a kind are kept."""

    name = serializers.CharField(max_length=100)
    days = serializers.IntegerField(min_value=0, max_value=MOST_DAYS)
    starts = serializers.ChoiceField(choices=ClockStart.choices, required=False)
    is_offered = serializers.BooleanField(required=False)


class RetentionWrite(StrictSerializer):
    """Of which categories an exhibit is, and of no others; without any it is kept without end."""

    categories = serializers.ListField(child=serializers.UUIDField(), max_length=50)


class RetentionRead(serializers.Serializer[Any]):
    """What the rules say of an exhibit now."""

    is_due = serializers.BooleanField(help_text="Whether its disposal can be asked for.")
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="When its days are over; null without a day."
    )
    reason = serializers.CharField(help_text="What keeps it, or by which category it is due.")
    categories = serializers.ListField(child=serializers.UUIDField())


class DisposalWrite(StrictSerializer):
    """A request to dispose of an exhibit."""

    evidence = serializers.UUIDField()
    reason = serializers.CharField(max_length=1000)


class DisposalReason(StrictSerializer):
    """Why an exhibit is kept."""

    reason = serializers.CharField(max_length=1000)


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(RETENTION_CATEGORY)),
    retrieve=extend_schema(responses=CATEGORY_READ),
)
class RetentionCategoryViewSet(ReadViewSet):
    """The agency's retention categories, by name."""

    actions = {
        "list": Capability.VIEW_EVIDENCE,
        "retrieve": Capability.VIEW_EVIDENCE,
        "create": Capability.MANAGE_EVIDENCE,
        "partial_update": Capability.MANAGE_EVIDENCE,
    }
    declaration = RETENTION_CATEGORY

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("name", "id")

    @extend_schema(request=RetentionCategoryWrite, responses={201: CATEGORY_READ})
    def create(self, request: Request) -> Response:
        """Add a category."""
        category = add_category(access=self.access, **self.validated(RetentionCategoryWrite))
        location = f"{request.path}/{category.pk}"
        return Response(self.record(category.pk), status=201, headers={"Location": location})

    @extend_schema(request=RetentionCategoryWrite, responses=CATEGORY_READ)
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Change a category, for all its exhibits at once."""
        values = self.validated(RetentionCategoryWrite, partial=True)
        change_category(access=self.access, category=self.instance(id), **values)
        return Response(self.record(id))


class RetentionViewSet(ApiViewSet):
    """How long one exhibit is kept."""

    actions = {"retention": Capability.VIEW_EVIDENCE, "decide": Capability.MANAGE_EVIDENCE}

    def _exhibit(self, key: UUID) -> Evidence:
        read_case_of(self.access, key, reason_of(self.request.headers))
        return find_evidence(self.access, key)

    def _told(self, evidence: Evidence) -> Response:
        verdict = verdict_on(self.access, evidence)
        return Response(
            {
                "is_due": verdict.is_due,
                "due_at": verdict.due_at,
                "reason": verdict.reason,
                "categories": [category.pk for category in categories_of(self.access, evidence)],
            }
        )

    @extend_schema(parameters=[READING_REASON], responses=RetentionRead)
    def retention(self, request: Request, id: UUID) -> Response:
        """Say whether an exhibit is due for disposal, when, and why or why not."""
        refuse_unknown(self.query, ())
        return self._told(self._exhibit(id))

    @extend_schema(request=RetentionWrite, responses=RetentionRead)
    def decide(self, request: Request, id: UUID) -> Response:
        """Set the categories of an exhibit."""
        values = self.validated(RetentionWrite)
        return self._told(set_categories(access=self.access, evidence=self._exhibit(id), **values))


@extend_schema_view(
    list=extend_schema(
        parameters=[
            *PAGE_PARAMETERS,
            parameter("evidence", "Of this exhibit.", UUID_TYPE),
            parameter("state", "Repeatable.", enum=list(DisposalState.values), many=True),
        ],
        responses=page_serializer(DISPOSAL),
    ),
    retrieve=extend_schema(responses=DISPOSAL_READ),
)
class DisposalViewSet(ReadViewSet):
    """Requests to dispose of exhibits and what became of them, the latest first."""

    actions = {
        "list": Capability.VIEW_EVIDENCE,
        "retrieve": Capability.VIEW_EVIDENCE,
        "create": Capability.MANAGE_EVIDENCE,
        "approve": Capability.MANAGE_EVIDENCE,
        "decline": Capability.MANAGE_EVIDENCE,
        "call_back": Capability.MANAGE_EVIDENCE,
        "certificate": Capability.VIEW_EVIDENCE,
    }
    declaration = DISPOSAL

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, {*pagination.PARAMETERS - {"cursor"}, "evidence", "state"})
        bounds = {
            "evidence_id": single(self.query, "evidence", UUID),
            "state__in": several(self.query, "state", word_of("state", DisposalState.values)),
        }
        found = queryset.filter(**{name: value for name, value in bounds.items() if value})
        return found.order_by("-asked_at", "-id")

    @extend_schema(request=DisposalWrite, responses={201: DISPOSAL_READ})
    def create(self, request: Request) -> Response:
        """Ask for the disposal of an exhibit that is due; a second person decides."""
        values = self.validated(DisposalWrite)
        key = values.pop("evidence")
        read_case_of(self.access, key, reason_of(request.headers))
        disposal = ask_disposal(access=self.access, evidence=find_evidence(self.access, key), **values)
        location = f"{request.path}/{disposal.pk}"
        return Response(self.record(disposal.pk), status=201, headers={"Location": location})

    @extend_schema(request=None, responses=DISPOSAL_READ)
    def approve(self, request: Request, id: UUID) -> Response:
        """Approve a disposal as the second person; for seven days it can be called back."""
        approve_disposal(access=self.access, disposal=self.instance(id))
        return Response(self.record(id))

    @extend_schema(request=DisposalReason, responses=DISPOSAL_READ)
    def decline(self, request: Request, id: UUID) -> Response:
        """Keep an exhibit whose disposal somebody else asked for."""
        disposal = self.instance(id)
        decline_disposal(access=self.access, disposal=disposal, **self.validated(DisposalReason))
        return Response(self.record(id))

    @extend_schema(request=DisposalReason, responses=DISPOSAL_READ)
    def call_back(self, request: Request, id: UUID) -> Response:
        """End a disposal that was not carried out yet."""
        disposal = self.instance(id)
        call_back(access=self.access, disposal=disposal, **self.validated(DisposalReason))
        return Response(self.record(id))

    @extend_schema(responses=read_serializer(CERTIFICATE))
    def certificate(self, request: Request, id: UUID) -> Response:
        """Read what certifies a disposal that was carried out."""
        refuse_unknown(self.query, ())
        found = certificate_of(self.access, id)
        seen = DisposalCertificate.objects.visible_to(self.access).filter(pk=found.pk)
        return Response(rows.records(seen, CERTIFICATE, self.access)[0])
