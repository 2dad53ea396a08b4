"""Saved searches over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from nethra.core.capabilities import Capability
from nethra.core.schema import PAGE_PARAMETERS, StrictSerializer, page_serializer, read_serializer
from nethra.core.viewsets import ReadViewSet
from nethra.exchange.choices import ResourceName
from nethra.exchange.fields import SAVED_SEARCH
from nethra.exchange.models import MOST_DAYS
from nethra.exchange.searches.services import change_search, mark_seen, remove_search, save_search

READ = read_serializer(SAVED_SEARCH)


class SearchWrite(StrictSerializer):
    """What can be changed of a saved search."""

    name = serializers.CharField(max_length=100)
    latest_days = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MOST_DAYS)
    is_watched = serializers.BooleanField(required=False)


class SearchCreate(SearchWrite):
    """A search to keep."""

    resource = serializers.ChoiceField(choices=ResourceName.choices)
    query = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="Parameters of the resource's list, as offence=220&status=reported.",
    )


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(SAVED_SEARCH)),
    retrieve=extend_schema(responses=READ),
)
class SavedSearchViewSet(ReadViewSet):
    """Your own searches."""

    actions = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "destroy", "seen"), Capability.VIEW_INCIDENTS
    )
    declaration = SAVED_SEARCH

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("name", "id")

    @extend_schema(request=SearchCreate, responses={201: READ})
    def create(self, request: Request) -> Response:
        """Keep a search; a watched one is watched from now on."""
        search = save_search(access=self.access, **self.validated(SearchCreate))
        where = {"Location": f"{request.path}/{search.pk}"}
        return Response(self.record(search.pk), status=201, headers=where)

    @extend_schema(request=SearchWrite, responses=READ)
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Change a search's name, its days, or whether it is watched."""
        search = self.instance(id)
        change_search(access=self.access, search=search, **self.validated(SearchWrite, partial=True))
        return Response(self.record(id))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: UUID) -> Response:
        """Remove a search."""
        remove_search(access=self.access, search=self.instance(id))
        return Response(status=204)

    @extend_schema(request=None, responses=READ)
    def seen(self, request: Request, id: UUID) -> Response:
        """Say that you saw what came new."""
        mark_seen(access=self.access, search=self.instance(id))
        return Response(self.record(id))
