"""What incidents refer to, over the API: offences, categories, areas; and imports. All read only."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.choices import AreaKind, ImportStatus, OffenceGroup
from incidents.fields import (
    AREA,
    AREA_DETAIL,
    IMPORT_BATCH,
    IMPORT_BATCH_DETAIL,
    IMPORT_REJECT,
    OFFENCE,
    OFFENCE_CATEGORY,
)
from incidents.models import ImportReject, OffenceCode
from nethra.core import pagination, rows
from nethra.core.api import GeoJsonRenderer, OrjsonRenderer
from nethra.core.capabilities import Capability
from nethra.core.parameters import refuse_unknown
from nethra.core.schema import (
    PAGE_PARAMETERS,
    collection_serializer,
    page_serializer,
    parameter,
    read_serializer,
)
from nethra.core.viewsets import ReadViewSet, flag, one_of

PAGES = pagination.PARAMETERS - {"cursor"}
GROUP = parameter("group", "NIBRS group.", enum=list(OffenceGroup.values))
AREA_FILTERS = [
    parameter("kind", "Kind of area.", enum=list(AreaKind.values)),
    parameter("current", "true: the versions in force; false: the earlier ones.", bool),
]
BATCH_STATUS = parameter("status", "State of the import.", enum=list(ImportStatus.values))


@extend_schema_view(
    list=extend_schema(parameters=[*PAGE_PARAMETERS, GROUP], responses=page_serializer(OFFENCE))
)
class OffenceViewSet(ReadViewSet):
    """The NIBRS offence codes, the same for every agency."""

    actions = {"list": Capability.VIEW_INCIDENTS}
    declaration = OFFENCE

    def visible(self) -> QuerySet[Any]:
        return OffenceCode.objects.all()

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, {*PAGES, "group"})
        group = one_of(self.query, "group", OffenceGroup.values)
        found = queryset if group is None else queryset.filter(group=group)
        return found.order_by("code")


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(OFFENCE_CATEGORY))
)
class OffenceCategoryViewSet(ReadViewSet):
    """The agency's own words for offences."""

    actions = {"list": Capability.VIEW_INCIDENTS}
    declaration = OFFENCE_CATEGORY

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("name", "id")


@extend_schema_view(
    list=extend_schema(parameters=[*PAGE_PARAMETERS, *AREA_FILTERS], responses=page_serializer(AREA)),
    retrieve=extend_schema(responses=read_serializer(AREA_DETAIL)),
)
class AreaViewSet(ReadViewSet):
    """Beats and districts, of every version."""

    actions = {
        "list": Capability.VIEW_AREAS,
        "geojson": Capability.VIEW_AREAS,
        "retrieve": Capability.VIEW_AREAS,
    }
    declaration = AREA
    detail_declaration = AREA_DETAIL

    def get_renderers(self) -> list[Any]:
        return [GeoJsonRenderer(), OrjsonRenderer()] if self.action == "geojson" else [OrjsonRenderer()]

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, {*PAGES, "kind", "current"})
        kind, current = one_of(self.query, "kind", AreaKind.values), flag(self.query, "current")
        found = queryset if kind is None else queryset.filter(kind=kind)
        found = found if current is None else found.filter(area_set__is_current=current)
        return found.order_by("kind", "-area_set__version", "code", "id")

    @extend_schema(
        parameters=[*PAGE_PARAMETERS, *AREA_FILTERS],
        responses={(200, "application/geo+json"): collection_serializer(AREA_DETAIL)},
    )
    def geojson(self, request: Request) -> Response:
        """List areas with their shapes as a GeoJSON feature collection."""
        wanted = pagination.PageRequest.from_query(self.query)
        found, envelope = pagination.numbered_page(
            self.narrowed(self.visible()),
            wanted,
            lambda queryset: rows.features(queryset, AREA_DETAIL, self.access),
        )
        return Response({"type": "FeatureCollection", "features": found, **envelope})


@extend_schema_view(
    list=extend_schema(parameters=[*PAGE_PARAMETERS, BATCH_STATUS], responses=page_serializer(IMPORT_BATCH)),
    retrieve=extend_schema(responses=read_serializer(IMPORT_BATCH_DETAIL)),
)
class ImportBatchViewSet(ReadViewSet):
    """Imports of incidents."""

    actions = {
        "list": Capability.VIEW_IMPORTS,
        "retrieve": Capability.VIEW_IMPORTS,
        "rejects": Capability.VIEW_IMPORTS,
    }
    declaration = IMPORT_BATCH
    detail_declaration = IMPORT_BATCH_DETAIL

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, {*PAGES, "status"})
        state = one_of(self.query, "status", ImportStatus.values)
        found = queryset if state is None else queryset.filter(status=state)
        return found.order_by("-created_at", "-id")

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(IMPORT_REJECT))
    def rejects(self, request: Request, id: Any) -> Response:
        """List the rows that an import refused, by line."""
        refuse_unknown(self.query, PAGES)
        batch = self.instance(id)
        refused = (
            ImportReject.objects.visible_to(self.access).filter(batch_id=batch.pk).order_by("line", "id")
        )
        wanted = pagination.PageRequest.from_query(self.query)
        found, envelope = pagination.numbered_page(
            refused, wanted, lambda queryset: rows.records(queryset, IMPORT_REJECT, self.access)
        )
        return Response({"data": found, **envelope})
