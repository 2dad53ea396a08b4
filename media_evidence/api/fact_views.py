"""What files say about themselves, over the API: facts, previews, what looks alike, wrong clocks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from media_evidence.answers import preview_answer, read_case_of
from media_evidence.fact_fields import FILE_FACTS
from media_evidence.knowing import alike, facts_of, record_clock
from media_evidence.services import find_evidence
from nethra.core.capabilities import Capability
from nethra.core.parameters import refuse_unknown
from nethra.core.readings import reason_of
from nethra.core.schema import READING_REASON, StrictSerializer, read_serializer
from nethra.core.viewsets import ApiViewSet

FACTS = read_serializer(FILE_FACTS)


class ClockWrite(StrictSerializer):
    """How wrong the clock of the recording device was."""

    seconds_ahead = serializers.IntegerField(
        allow_null=True,
        min_value=-(1 << 31),
        max_value=(1 << 31) - 1,
        help_text="Seconds that it was ahead, negative where behind; null takes it back.",
    )
    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=1000, help_text="How that was found."
    )


class Alike(serializers.Serializer[Any]):
    """An exhibit with the same file, or with a picture that looks the same."""

    evidence = serializers.UUIDField()
    case = serializers.UUIDField()
    case_number = serializers.CharField()
    position = serializers.IntegerField()
    title = serializers.CharField()
    differences = serializers.IntegerField(
        allow_null=True,
        help_text="Bits of the picture's hash that differ; null where the files are the same.",
    )


class AlikeList(serializers.Serializer[Any]):
    """Exhibits that are alike, the same files first."""

    data = Alike(many=True)  # type: ignore[assignment]


class FileFactsViewSet(ApiViewSet):
    """What the file of an exhibit says, shows and resembles."""

    actions = {
        "facts": Capability.VIEW_EVIDENCE,
        "alike": Capability.VIEW_EVIDENCE,
        "clock": Capability.ADD_EVIDENCE,
        "preview": Capability.VIEW_EVIDENCE,
    }

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # A preview has one form, whatever the client would rather have.
        return super().perform_content_negotiation(request, force or self.action == "preview")

    @extend_schema(parameters=[READING_REASON], responses=FACTS)
    def facts(self, request: Request, id: UUID) -> Response:
        """Tell what the file states: device, place, time, author; 404 until it was looked into."""
        refuse_unknown(self.query, ())
        read_case_of(self.access, id, reason_of(request.headers))
        return Response(facts_of(self.access, id))

    @extend_schema(parameters=[READING_REASON], responses=AlikeList)
    def alike(self, request: Request, id: UUID) -> Response:
        """List up to 50 exhibits with the same file or a picture that looks the same, of those that you see."""
        refuse_unknown(self.query, ())
        read_case_of(self.access, id, reason_of(request.headers))
        return Response({"data": alike(self.access, id)})

    @extend_schema(parameters=[READING_REASON], request=ClockWrite, responses=FACTS)
    def clock(self, request: Request, id: UUID) -> Response:
        """Record how far the device's clock was ahead; the time that the file states stays as it is."""
        evidence = find_evidence(self.access, id)
        read_case_of(self.access, id, reason_of(request.headers))
        record_clock(access=self.access, evidence=evidence, **self.validated(ClockWrite))
        return Response(facts_of(self.access, id))

    @extend_schema(
        parameters=[READING_REASON],
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY, (200, "text/plain"): OpenApiTypes.STR},
    )
    def preview(self, request: Request, id: UUID) -> HttpResponseBase:
        """Show a picture of up to 1,600 points, the first page or frame, or the head of a text."""
        return preview_answer(self.access, id, reason_of(request.headers))
