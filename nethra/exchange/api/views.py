"""Exports over the API: ordered, followed, cancelled, downloaded by whoever ordered them."""

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

from nethra.core.api import Open
from nethra.core.parameters import MOST_FILTERS, refuse_unknown
from nethra.core.schema import PAGE_PARAMETERS, StrictSerializer, page_serializer, read_serializer
from nethra.core.viewsets import ReadViewSet
from nethra.exchange.answers import file_answer
from nethra.exchange.choices import ExportFormat, ResourceName
from nethra.exchange.fields import EXPORT
from nethra.exchange.models import MOST_REASON
from nethra.exchange.services import cancel_export, order_export

READ = read_serializer(EXPORT)
#: A file comes as the type that it is; clients that are made from the schema take octet-stream for bytes.
FILE = {
    (status, content_type): OpenApiTypes.BINARY
    for status in (200, 206)
    for content_type in ("application/octet-stream", "*/*")
}


class ExportOrder(StrictSerializer):
    """A list to be exported."""

    resource = serializers.ChoiceField(choices=ResourceName.choices)
    format = serializers.ChoiceField(choices=ExportFormat.choices)
    filters = serializers.CharField(
        max_length=MOST_FILTERS,
        required=False,
        allow_blank=True,
        default="",
        help_text="The list's own filters, written as in its query: offence=220&bbox=-122.5,37.7,-122.4,37.8",
    )
    reason = serializers.CharField(max_length=MOST_REASON, help_text="What it is for; the audit keeps it.")


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(EXPORT)),
    retrieve=extend_schema(responses=READ),
)
class ExportViewSet(ReadViewSet):
    """One's own exports. What a list may hold, the capability of the list says."""

    actions = dict.fromkeys(("list", "retrieve", "create", "cancel", "file"), Open.SIGNED_IN)
    declaration = EXPORT

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("-created_at", "-id")

    @extend_schema(request=ExportOrder, responses={202: READ})
    def create(self, request: Request) -> Response:
        """Order a list as a file; a worker makes it."""
        export = order_export(access=self.access, **self.validated(ExportOrder))
        where = {"Location": f"{request.path}/{export.pk}"}
        return Response(self.record(export.pk), status=202, headers=where)

    @extend_schema(request=None, responses=READ)
    def cancel(self, request: Request, id: UUID) -> Response:
        """Stop an export that is not made yet."""
        cancel_export(access=self.access, export_id=id)
        return Response(self.record(id))

    @extend_schema(responses=FILE)
    def file(self, request: Request, id: UUID) -> HttpResponseBase:
        """Download the file, or the part that a Range header names; each download is recorded."""
        refuse_unknown(self.query, ())
        return file_answer(request._request, self.access, id)
