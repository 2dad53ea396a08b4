"""Orders to expunge over the API: asked for by one, approved by another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.choices import ExpungeKind
from cases.expunging import approve_expunge, ask_expunge, decline_expunge
from cases.models import ExpungeOrder
from nethra.core.capabilities import Capability
from nethra.core.fields import Declaration, Field, Kind
from nethra.core.schema import PAGE_PARAMETERS, StrictSerializer, page_serializer, read_serializer
from nethra.core.viewsets import ReadViewSet

EXPUNGE_ORDER = Declaration(
    "ExpungeOrder",
    ExpungeOrder,
    (
        Field("id", Kind.KEY),
        Field("kind", Kind.TEXT),
        Field("subject", Kind.KEY, source="subject_id"),
        Field("number", Kind.TEXT, description="What stays as the tombstone."),
        Field("order_number", Kind.TEXT),
        Field("authority", Kind.TEXT),
        Field("asked_at", Kind.TIME),
        Field("asked_by", Kind.KEY, source="asked_by_id"),
        Field("declined_at", Kind.TIME),
        Field("approved_at", Kind.TIME),
        Field("approved_by", Kind.KEY, source="approved_by_id"),
        Field("executed_at", Kind.TIME),
        Field("events_blanked", Kind.WHOLE, description="Audit events whose guarded part is gone."),
        Field("files_destroyed", Kind.JSON, description="SHA-256 of the files that are gone."),
    ),
)
READ = read_serializer(EXPUNGE_ORDER)


class ExpungeWrite(StrictSerializer):
    """An order to expunge."""

    kind = serializers.ChoiceField(choices=ExpungeKind.choices)
    subject = serializers.UUIDField(source="subject_id")
    order_number = serializers.CharField(max_length=100)
    authority = serializers.CharField(max_length=200)


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(EXPUNGE_ORDER)),
    retrieve=extend_schema(responses=READ),
)
class ExpungeOrderViewSet(ReadViewSet):
    """Orders to expunge, the latest first."""

    actions = {
        # Whom the rows are visible to is decided there: auditors read them as well.
        "list": Capability.VIEW_CASES,
        "retrieve": Capability.VIEW_CASES,
        "create": Capability.EXPUNGE_RECORDS,
        "approve": Capability.EXPUNGE_RECORDS,
        "decline": Capability.EXPUNGE_RECORDS,
    }
    declaration = EXPUNGE_ORDER

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("-asked_at", "-id")

    @extend_schema(request=ExpungeWrite, responses={201: READ})
    def create(self, request: Request) -> Response:
        """Ask for an order to be carried out; a second person approves it."""
        order = ask_expunge(access=self.access, **self.validated(ExpungeWrite))
        return Response(self.record(order.pk), status=201)

    @extend_schema(request=None, responses=READ)
    def approve(self, request: Request, id: UUID) -> Response:
        """Carry the order out, as the second person."""
        approve_expunge(access=self.access, order=self.instance(id))
        return Response(self.record(id))

    @extend_schema(request=None, responses=READ)
    def decline(self, request: Request, id: UUID) -> Response:
        """Let the order lapse."""
        decline_expunge(access=self.access, order=self.instance(id))
        return Response(self.record(id))
