"""The audit over the API: searched, read, handed out as a table."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from nethra.audit.changes import changes_of
from nethra.audit.fields import AUDIT_EVENT
from nethra.audit.filters import AuditFilters, wanted_by
from nethra.audit.models import AuditEvent
from nethra.audit.sealed import place_of
from nethra.audit.tables import EXPORT_REASON_HEADER, MOST_WORDS, hand_out_events
from nethra.core import pagination
from nethra.core.capabilities import Capability
from nethra.core.parameters import refuse_unknown
from nethra.core.schema import (
    CURSOR_PARAMETER,
    PAGE_PARAMETERS,
    TIME_TYPE,
    UUID_TYPE,
    page_serializer,
    parameter,
    read_serializer,
)
from nethra.core.viewsets import ReadViewSet

FILTERS = [
    parameter("actor", "Done by this person.", UUID_TYPE),
    parameter("object", "About this record.", UUID_TYPE),
    parameter("action", "Such as insert, update, sign_in; repeatable.", many=True),
    parameter("entity", "The table of the record; repeatable.", many=True),
    parameter("source", "console, api, command, job or sql; repeatable.", many=True),
    parameter("result", "done, denied or failed.", enum=list(AuditEvent.Result.values)),
    parameter("request", "In this request, by its X-Request-ID."),
    parameter("address", "From this network address."),
    parameter("reason", "With this in the reason."),
    parameter("since", "At or after this time.", TIME_TYPE),
    parameter("until", "Before this time.", TIME_TYPE),
]

EXPORT_REASON = OpenApiParameter(
    EXPORT_REASON_HEADER,
    {"type": "string", "pattern": f"^(?! )[ -~]{{1,{MOST_WORDS}}}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="What the table is for; the audit keeps it.",
)


class EventChange(serializers.Serializer[Any]):
    """A field that an event changed, in words; what may not be read is left out."""

    field = serializers.CharField()
    old = serializers.CharField(allow_blank=True)
    new = serializers.CharField(allow_blank=True)


class EventDetail(read_serializer(AUDIT_EVENT)):  # type: ignore[misc]
    """An event with what it changed and where it was sealed."""

    changes = EventChange(many=True)
    seq = serializers.IntegerField(
        allow_null=True, help_text="The place in the tree; null before it is sealed."
    )
    sealed_at = serializers.DateTimeField(allow_null=True)


@extend_schema_view(
    list=extend_schema(
        parameters=[*PAGE_PARAMETERS, CURSOR_PARAMETER, *FILTERS], responses=page_serializer(AUDIT_EVENT)
    ),
    retrieve=extend_schema(responses=EventDetail),
)
class AuditEventViewSet(ReadViewSet):
    """Who did what, when, why, to which record, from where: the latest first."""

    actions = {
        "list": Capability.VIEW_AUDIT,
        "retrieve": Capability.VIEW_AUDIT,
        "table": Capability.VIEW_AUDIT,
    }
    declaration = AUDIT_EVENT

    def list(self, request: Request) -> Response:
        found = wanted_by(self.access, AuditFilters.from_query(self.query, also=pagination.PARAMETERS))
        wanted = pagination.PageRequest.from_query(self.query)
        if wanted.cursor is None:
            rows, envelope = pagination.numbered_page(_latest_first(found), wanted, self.read)
        else:
            rows, envelope = pagination.cursor_page(
                found, wanted, self.read, column="recorded_at", is_descending=True
            )
        return Response({"data": rows, **envelope})

    def retrieve(self, request: Request, id: Any) -> Response:
        refuse_unknown(self.query, ())
        record, event = self.record(id), self.instance(id)
        changes = [
            {"field": change.field, "old": change.old, "new": change.new}
            for change in changes_of(self.access, event)
        ]
        seq, sealed_at = place_of(event.pk)
        return Response({**record, "changes": changes, "seq": seq, "sealed_at": sealed_at})

    @extend_schema(
        parameters=[*FILTERS, EXPORT_REASON], responses={(200, "text/csv"): OpenApiResponse(bytes)}
    )
    def table(self, request: Request) -> FileResponse:
        """Hand the events wanted out as CSV; that is recorded, with reason, filters and the file's hash."""
        wanted = wanted_by(self.access, AuditFilters.from_query(self.query))
        reason = request.headers.get(EXPORT_REASON_HEADER, "")
        return hand_out_events(self.access, wanted, self.query.urlencode(), reason)


def _latest_first(found: QuerySet[Any]) -> QuerySet[Any]:
    return found.order_by("-recorded_at", "-id")
