"""The evidence room over the API: its locations and its inventories."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from media_evidence.api.item_serializers import (
    FindingWrite,
    InventoryCreate,
    LocationCreate,
    LocationWrite,
    SettlementWrite,
)
from media_evidence.item_fields import INVENTORY, INVENTORY_LINE, STORAGE_LOCATION
from media_evidence.models import Inventory
from media_evidence.room.inventories import (
    close_inventory,
    find_inventory,
    mark_line,
    open_inventory,
    settle_line,
)
from media_evidence.room.locations import add_location, change_location, close_location
from nethra.core.capabilities import Capability
from nethra.core.schema import PAGE_PARAMETERS, page_serializer, read_serializer
from nethra.core.viewsets import ReadViewSet


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(STORAGE_LOCATION)),
    retrieve=extend_schema(responses=read_serializer(STORAGE_LOCATION)),
)
class StorageLocationViewSet(ReadViewSet):
    """Rooms, shelves and bins, by their path."""

    actions = {
        "list": Capability.VIEW_EVIDENCE,
        "retrieve": Capability.VIEW_EVIDENCE,
        "create": Capability.MANAGE_EVIDENCE,
        "partial_update": Capability.MANAGE_EVIDENCE,
        "close": Capability.MANAGE_EVIDENCE,
    }
    declaration = STORAGE_LOCATION

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("path", "id")

    @extend_schema(request=LocationCreate, responses={201: read_serializer(STORAGE_LOCATION)})
    def create(self, request: Request) -> Response:
        """Add a location; the one that it lies in is there first."""
        location = add_location(access=self.access, **self.validated(LocationCreate))
        where = {"Location": f"{request.path}/{location.pk}"}
        return Response(self.record(location.pk), status=201, headers=where)

    @extend_schema(request=LocationWrite, responses=read_serializer(STORAGE_LOCATION))
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Change a location's label; its path stands in chains of custody."""
        location = self.instance(id)
        change_location(access=self.access, location=location, **self.validated(LocationWrite, partial=True))
        return Response(self.record(id))

    @extend_schema(request=None, responses=read_serializer(STORAGE_LOCATION))
    def close(self, request: Request, id: UUID) -> Response:
        """Close a location that nothing lies in any more."""
        close_location(access=self.access, location=self.instance(id))
        return Response(self.record(id))


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(INVENTORY)),
    retrieve=extend_schema(responses=read_serializer(INVENTORY)),
)
class InventoryViewSet(ReadViewSet):
    """Counts of the evidence room by lot, the latest first."""

    actions = {
        "list": Capability.VIEW_EVIDENCE,
        "retrieve": Capability.VIEW_EVIDENCE,
        "create": Capability.MANAGE_EVIDENCE,
        "close": Capability.MANAGE_EVIDENCE,
    }
    declaration = INVENTORY

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("-opened_at", "-id")

    @extend_schema(request=InventoryCreate, responses={201: read_serializer(INVENTORY)})
    def create(self, request: Request) -> Response:
        """Draw exhibits by lot; its lines say where each should lie."""
        inventory = open_inventory(access=self.access, **self.validated(InventoryCreate))
        where = {"Location": f"{request.path}/{inventory.pk}"}
        return Response(self.record(inventory.pk), status=201, headers=where)

    @extend_schema(request=None, responses=read_serializer(INVENTORY))
    def close(self, request: Request, id: UUID) -> Response:
        """End an inventory of which everything drawn was looked for."""
        close_inventory(access=self.access, inventory=self.instance(id))
        return Response(self.record(id))


@extend_schema_view(list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(INVENTORY_LINE)))
class InventoryLineViewSet(ReadViewSet):
    """What an inventory drew, in the order of the walk, of what you see."""

    actions = {
        "list": Capability.VIEW_EVIDENCE,
        "find": Capability.MANAGE_EVIDENCE,
        "settle": Capability.MANAGE_EVIDENCE,
    }
    declaration = INVENTORY_LINE

    @cached_property
    def inventory(self) -> Inventory:
        """The inventory of the path; raise NotFound."""
        return find_inventory(self.access, self.kwargs["inventory_id"])

    def visible(self) -> QuerySet[Any]:
        return super().visible().filter(inventory_id=self.inventory.pk)

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("position")

    def list(self, request: Request, inventory_id: Any) -> Response:  # type: ignore[override]
        return super().list(request)

    @extend_schema(request=FindingWrite, responses=read_serializer(INVENTORY_LINE))
    def find(self, request: Request, inventory_id: Any, id: UUID) -> Response:
        """Say what was found of an exhibit, once and for all."""
        mark_line(access=self.access, line=self.instance(id), **self.validated(FindingWrite))
        return Response(self.record(id))

    @extend_schema(request=SettlementWrite, responses=read_serializer(INVENTORY_LINE))
    def settle(self, request: Request, inventory_id: Any, id: UUID) -> Response:
        """Say what came of a discrepancy."""
        settle_line(access=self.access, line=self.instance(id), **self.validated(SettlementWrite))
        return Response(self.record(id))
