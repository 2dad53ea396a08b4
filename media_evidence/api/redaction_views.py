"""Redacted copies over the API: what is marked on, ordering, cancelling, downloading, releasing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from media_evidence.answers import read_case_of
from media_evidence.api.custody import ExhibitPartViewSet
from media_evidence.choices import RedactionReason
from media_evidence.redaction.answers import page_answer, redaction_answer
from media_evidence.redaction.fields import REDACTION
from media_evidence.redaction.regions import MOST_REGIONS
from media_evidence.redaction.services import (
    cancel_redaction,
    find_redaction,
    order_redaction,
    release_redaction,
)
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput
from nethra.core.parameters import refuse_unknown, single
from nethra.core.readings import reason_of
from nethra.core.schema import (
    PAGE_PARAMETERS,
    READING_REASON,
    StrictSerializer,
    page_serializer,
    parameter,
    read_serializer,
)
from nethra.core.viewsets import ReadViewSet

READ = read_serializer(REDACTION)
MOST_PAGE = 100_000


class RegionWrite(StrictSerializer):
    """What is taken out: a box of a page in pixels, or a range of a text in signs."""

    reason = serializers.ChoiceField(choices=RedactionReason.choices)
    page = serializers.IntegerField(required=False, min_value=1, max_value=MOST_PAGE)
    x = serializers.IntegerField(required=False, min_value=0, max_value=1 << 20)
    y = serializers.IntegerField(required=False, min_value=0, max_value=1 << 20)
    width = serializers.IntegerField(required=False, min_value=1, max_value=1 << 20)
    height = serializers.IntegerField(required=False, min_value=1, max_value=1 << 20)
    start = serializers.IntegerField(required=False, min_value=0, max_value=1 << 30)
    end = serializers.IntegerField(required=False, min_value=1, max_value=1 << 30)


class RedactionOrder(StrictSerializer):
    """A redacted copy to be made."""

    regions = RegionWrite(many=True, allow_empty=False, help_text=f"{MOST_REGIONS} at most.")


class RedactionRelease(StrictSerializer):
    """To whom a redacted copy is given out, and why."""

    to_name = serializers.CharField(max_length=250)
    reason = serializers.CharField(max_length=2000)


def page_number(text: str) -> int:
    """Return the number of a page; raise InvalidInput."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_PAGE):
        raise InvalidInput(f"page is a whole number from 1 to {MOST_PAGE:,}.")
    return int(text)


@extend_schema_view(list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(REDACTION)))
class ExhibitRedactionViewSet(ExhibitPartViewSet):
    """The redacted copies of an exhibit, the first one first."""

    actions = {
        "list": Capability.VIEW_EVIDENCE,
        "create": Capability.ADD_EVIDENCE,
        "page": Capability.ADD_EVIDENCE,
    }
    declaration = REDACTION

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # A page has one form, whatever the client would rather have.
        return super().perform_content_negotiation(request, force or self.action == "page")

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("position")

    @extend_schema(request=RedactionOrder, responses={201: READ})
    def create(self, request: Request, evidence_id: Any) -> Response:
        """Order a copy without these regions; a worker makes it."""
        values = self.validated(RedactionOrder)
        redaction = order_redaction(access=self.access, evidence=self.evidence, regions=values["regions"])
        location = f"/api/v1/redactions/{redaction.pk}"
        return Response(self.record(redaction.pk), status=201, headers={"Location": location})

    @extend_schema(
        parameters=[
            READING_REASON,
            parameter("page", "Which page, from 1, the first by default.", OpenApiTypes.INT),
        ],
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY, (200, "text/plain"): OpenApiTypes.STR},
    )
    def page(self, request: Request, evidence_id: UUID) -> HttpResponseBase:
        """Show a page as boxes are counted on it, or the text as ranges are; X-Pages says how many pages there are."""
        refuse_unknown(self.query, {"page"})
        page = single(self.query, "page", page_number) or 1
        return page_answer(self.access, evidence_id, page, reason_of(request.headers))


@extend_schema_view(retrieve=extend_schema(responses=READ))
class RedactionViewSet(ReadViewSet):
    """One redacted copy."""

    actions = {
        "retrieve": Capability.VIEW_EVIDENCE,
        "cancel": Capability.ADD_EVIDENCE,
        "release": Capability.MANAGE_EVIDENCE,
        "file": Capability.VIEW_EVIDENCE,
    }
    declaration = REDACTION

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force or self.action == "file")

    def retrieve(self, request: Request, id: Any) -> Response:
        """Tell how far a copy is, what a check found in it, and to whom it was released."""
        self._read(request, id)
        return super().retrieve(request, id)

    @extend_schema(request=None, responses=READ)
    def cancel(self, request: Request, id: UUID) -> Response:
        """Stop a copy that is not made yet."""
        cancel_redaction(access=self.access, redaction=self._read(request, id))
        return Response(self.record(id))

    @extend_schema(request=RedactionRelease, responses=READ)
    def release(self, request: Request, id: UUID) -> Response:
        """Give a copy out; refused where the check found that something remains in it."""
        values = self.validated(RedactionRelease)
        release_redaction(access=self.access, redaction=self._read(request, id), **values)
        return Response(self.record(id))

    @extend_schema(
        parameters=[READING_REASON], responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def file(self, request: Request, id: UUID) -> HttpResponseBase:
        """Download a copy; the audit keeps it."""
        return redaction_answer(request._request, self.access, id, reason_of(request.headers))

    def _read(self, request: Request, id: UUID) -> Any:
        redaction = find_redaction(self.access, id)
        read_case_of(self.access, redaction.evidence_id, reason_of(request.headers))
        return redaction
