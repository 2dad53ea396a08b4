"""Seals of incidents over the API, placed, lifted and removed by the numbers of orders."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.part_views import IncidentPartViewSet
from incidents.choices import SealedPart
from incidents.fields import INCIDENT_SEAL
from incidents.sealing import lift_incident_seal, remove_incident_seal, seal_incident
from nethra.core.capabilities import Capability
from nethra.core.schema import PAGE_PARAMETERS, StrictSerializer, page_serializer, read_serializer

READ = read_serializer(INCIDENT_SEAL)


class IncidentSealWrite(StrictSerializer):
    """An order that seals an incident or parts of it."""

    parts = serializers.ListField(child=serializers.ChoiceField(choices=SealedPart.choices))
    order_number = serializers.CharField(max_length=100)
    authority = serializers.CharField(max_length=200, help_text="The court or office that ordered it.")
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class SealLift(StrictSerializer):
    """An order that opens a sealed record until a time."""

    until = serializers.DateTimeField()
    order_number = serializers.CharField(max_length=100)


class SealRemoval(StrictSerializer):
    """An order that ends a seal for good."""

    order_number = serializers.CharField(max_length=100)


@extend_schema_view(list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(INCIDENT_SEAL)))
class IncidentSealViewSet(IncidentPartViewSet):
    """The seals of an incident, the latest first."""

    actions = {
        "list": Capability.VIEW_INCIDENTS,
        "create": Capability.SEAL_RECORDS,
        "lift": Capability.SEAL_RECORDS,
        "remove": Capability.SEAL_RECORDS,
    }
    declaration = INCIDENT_SEAL

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("-placed_at", "-id")

    @extend_schema(request=IncidentSealWrite, responses={201: READ})
    def create(self, request: Request, incident_id: Any) -> Response:
        """Seal the incident, its narrative or its place."""
        values = self.validated(IncidentSealWrite)
        seal = seal_incident(access=self.access, incident=self.incident, **values)
        return Response(self.record(seal.pk), status=201)

    @extend_schema(request=SealLift, responses=READ)
    def lift(self, request: Request, incident_id: Any) -> Response:
        """Open the sealed incident until a time."""
        seal = lift_incident_seal(access=self.access, incident=self.incident, **self.validated(SealLift))
        return Response(self.record(seal.pk))

    @extend_schema(request=SealRemoval, responses=READ)
    def remove(self, request: Request, incident_id: Any) -> Response:
        """End the seal for good."""
        seal = remove_incident_seal(access=self.access, incident=self.incident, **self.validated(SealRemoval))
        return Response(self.record(seal.pk))
