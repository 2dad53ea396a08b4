"""The areas of one version over the API: drawn, changed and removed while it is a draft, or the agency's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.area_serializers import AreaWrite
from incidents.area_drawing import change_area, draw_area, lock_drawable, remove_area
from incidents.fields import AREA, AREA_DETAIL, AREA_DRAWN
from incidents.models import AreaSet
from nethra.core import rows
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.parameters import refuse_unknown
from nethra.core.schema import IF_MATCH, PAGE_PARAMETERS, page_serializer, read_serializer
from nethra.core.versions import etag_of_content, require_etag
from nethra.core.viewsets import ReadViewSet

READ = read_serializer(AREA_DETAIL)


@extend_schema_view(list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(AREA)))
class VersionAreaViewSet(ReadViewSet):
    """Areas of one version; where the version is not there, neither are they."""

    actions = {
        "list": Capability.VIEW_AREAS,
        "create": Capability.MANAGE_AREAS,
        "retrieve": Capability.VIEW_AREAS,
        "partial_update": Capability.MANAGE_AREAS,
        "destroy": Capability.MANAGE_AREAS,
    }
    declaration = AREA
    detail_declaration = AREA_DRAWN

    @cached_property
    def area_set(self) -> AreaSet:
        """The version of the path; raise NotFound."""
        visible = AreaSet.objects.visible_to(self.access)
        found: AreaSet | None = visible.filter(pk=self.kwargs["version_id"]).first()
        if found is None:
            raise NotFound()
        return found

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look for the version before anything is said about what was sent."""
        super().initial(request, *args, **kwargs)
        _ = self.area_set

    def visible(self) -> QuerySet[Any]:
        return super().visible().filter(area_set_id=self.area_set.pk)

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("code", "id")

    def list(self, request: Request, version_id: UUID) -> Response:  # type: ignore[override]
        return super().list(request)

    @extend_schema(request=AreaWrite, responses={201: READ})
    def create(self, request: Request, version_id: UUID) -> Response:
        """Draw a new area into a draft, or of the agency's own; a version in force is never changed."""
        area = draw_area(access=self.access, area_set_id=version_id, **self.validated(AreaWrite))
        headers = {"Location": f"{request.path}/{area.pk}"}
        return self.versioned(area.pk, status=201, headers=headers)

    @extend_schema(responses=READ)
    def retrieve(self, request: Request, version_id: UUID, id: UUID) -> Response:  # type: ignore[override]
        refuse_unknown(self.query, ())
        return self.versioned(id)

    def read_again(self, key: Any) -> Response:
        return self.versioned(key)

    def versioned(
        self, key: UUID, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return the answer of one area; its ETag is of what it says, shape and all. Raise NotFound."""
        area = self.record(key)
        return Response(area, status=status, headers={"ETag": _etag(area), **(headers or {})})

    @extend_schema(parameters=[IF_MATCH], request=AreaWrite, responses=READ)
    def partial_update(self, request: Request, version_id: UUID, id: UUID) -> Response:
        """Draw an area of a draft anew, or call it otherwise; what is not named stays."""
        area = self.instance(id)
        # Whoever changes an area of this version waits here for who does it now.
        lock_drawable(access=self.access, area_set_id=version_id)
        require_etag(_etag(self.record(id)), request.headers)
        values = self.validated(AreaWrite, partial=True)
        change_area(access=self.access, area_set_id=version_id, area_id=area.pk, **values)
        return self.versioned(id)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, version_id: UUID, id: UUID) -> Response:
        """Remove an area from a draft; the audit keeps what it was."""
        remove_area(access=self.access, area_set_id=version_id, area_id=id)
        return Response(status=204)


def _etag(area: rows.Record) -> str:
    return etag_of_content(rows.dumps(area))
