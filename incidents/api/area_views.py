"""Versions of areas over the API: begun, put in force, listed, exported, checked; and what a place lay in at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.area_serializers import DraftWrite, InForceWrite
from incidents.api.reference_views import AREA_FILTERS, PAGES
from incidents.area_drawing import begin_draft, discard_draft, own_set
from incidents.area_history import (
    GEOPACKAGE,
    AreaThen,
    areas_at,
    version_file_name,
    version_geojson,
    version_geopackage,
)
from incidents.area_versions import put_in_force
from incidents.choices import PLACED_KINDS, AreaKind
from incidents.fields import AREA_VERSION
from incidents.topology import FaultKind, check_version
from nethra.core.api import GeoJsonRenderer, OrjsonRenderer
from nethra.core.capabilities import Capability
from nethra.core.geo import parse_point
from nethra.core.parameters import moment, refusal, refuse_unknown, single
from nethra.core.schema import (
    PAGE_PARAMETERS,
    TIME_TYPE,
    page_serializer,
    parameter,
    read_serializer,
)
from nethra.core.viewsets import ApiViewSet, ReadViewSet, flag, one_of

PLACED = [str(kind) for kind in PLACED_KINDS]
READ = read_serializer(AREA_VERSION)


class AreaNamed(serializers.Serializer[Any]):
    """An area by its code."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()


class AreaThenRead(serializers.Serializer[Any]):
    """Which area of a kind a place lay in; null where no version is known, or the place lay in none."""

    kind = serializers.ChoiceField(choices=AreaKind.choices)
    version = serializers.IntegerField(allow_null=True, help_text="The version in force then.")
    in_force_from = serializers.DateTimeField(allow_null=True)
    in_force_until = serializers.DateTimeField(allow_null=True)
    area = AreaNamed(allow_null=True)


class AreasThenRead(serializers.Serializer[Any]):
    """The beat and the district of a place at a time."""

    at = serializers.DateTimeField()
    data = AreaThenRead(many=True)  # type: ignore[assignment]


class FaultRead(serializers.Serializer[Any]):
    """One fault of a set of areas."""

    kind = serializers.ChoiceField(choices=[(str(kind), str(kind)) for kind in FaultKind])
    codes = serializers.ListField(child=serializers.CharField())
    square_metres = serializers.FloatField()
    longitude = serializers.FloatField(allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    sentence = serializers.CharField()


class FaultsRead(serializers.Serializer[Any]):
    """What is wrong with a version; `total` are all faults, `data` has the largest 200 at most."""

    total = serializers.IntegerField()
    faulty_share = serializers.FloatField(help_text="Share of the areas' ground that is at fault, from 0.")
    data = FaultRead(many=True)  # type: ignore[assignment]


class ExportedAreaProperties(serializers.Serializer[Any]):
    """What an exported area is called."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=AreaKind.choices)
    version = serializers.IntegerField()


class ExportedArea(serializers.Serializer[Any]):
    """An area as a GeoJSON feature."""

    type = serializers.CharField()
    geometry = serializers.DictField(help_text="A GeoJSON geometry in EPSG:4326.")
    properties = ExportedAreaProperties()


class ExportedVersion(serializers.Serializer[Any]):
    """A version, whole, as a GeoJSON feature collection."""

    type = serializers.CharField()
    features = ExportedArea(many=True)


class AreaHistoryViewSet(ApiViewSet):
    """What beat was it then."""

    actions = {"at": Capability.VIEW_AREAS}

    @extend_schema(
        parameters=[
            parameter("point", "lon,lat in EPSG:4326.", required=True),
            parameter("at", "The time asked for; now by default.", TIME_TYPE),
            parameter("kind", "beat or district; both by default.", enum=PLACED),
        ],
        responses=AreasThenRead,
    )
    def at(self, request: Request) -> Response:
        """Say which beat and district a place lay in by the versions in force at a time."""
        refuse_unknown(self.query, {"point", "at", "kind"})
        point = single(self.query, "point", parse_point)
        if point is None:
            raise refusal("point", "Give the place as point=lon,lat.")
        at = single(self.query, "at", moment) or datetime.now(UTC)
        kind = one_of(self.query, "kind", [*PLACED, ""])
        kinds = (AreaKind(kind),) if kind else PLACED_KINDS
        found = areas_at(access=self.access, point=point, at=at, kinds=kinds)
        return Response({"at": at, "data": [_told(then) for then in found]})


def _told(then: AreaThen) -> dict[str, Any]:
    version, area = then.area_set, then.area
    return {
        "kind": then.kind,
        "version": version and version.version,
        "in_force_from": version and version.in_force_from,
        "in_force_until": version and version.in_force_until,
        "area": area and {"id": area.pk, "code": area.code, "name": area.name},
    }


@extend_schema_view(
    list=extend_schema(parameters=[*PAGE_PARAMETERS, *AREA_FILTERS], responses=page_serializer(AREA_VERSION)),
    retrieve=extend_schema(responses=READ),
)
class AreaVersionViewSet(ReadViewSet):
    """Versions of beats and districts, the latest first; drafts are seen by whoever manages areas."""

    actions = {
        "list": Capability.VIEW_AREAS,
        "retrieve": Capability.VIEW_AREAS,
        "areas": Capability.VIEW_AREAS,
        "geopackage": Capability.VIEW_AREAS,
        "faults": Capability.VIEW_AREAS,
        "create": Capability.MANAGE_AREAS,
        "put_in_force": Capability.MANAGE_AREAS,
        "destroy": Capability.MANAGE_AREAS,
    }
    declaration = AREA_VERSION

    def get_renderers(self) -> list[Any]:
        return [GeoJsonRenderer(), OrjsonRenderer()] if self.action == "areas" else [OrjsonRenderer()]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # A GeoPackage has one form, whatever the client would rather have.
        return super().perform_content_negotiation(request, force or self.action == "geopackage")

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, {*PAGES, "kind", "current"})
        kind, current = one_of(self.query, "kind", AreaKind.values), flag(self.query, "current")
        found = queryset if kind is None else queryset.filter(kind=kind)
        found = found if current is None else found.filter(is_current=current)
        return found.order_by("kind", "-version", "id")

    @extend_schema(request=DraftWrite, responses={201: READ})
    def create(self, request: Request) -> Response:
        """Begin a draft, one of a kind at a time, with the areas of a version or empty; or the agency's own areas.

        Own areas have one set and no drafts: asked for again, it is found instead of made.
        """
        values = self.validated(DraftWrite)
        kind, source = AreaKind(values["kind"]), values.get("drawn_from")
        if kind is AreaKind.OWN and source is None:
            begun = own_set(access=self.access)
        else:
            begun = begin_draft(access=self.access, kind=kind, from_id=source)
        return Response(self.record(begun.pk), status=201, headers={"Location": f"{request.path}/{begun.pk}"})

    @extend_schema(request=InForceWrite, responses=READ)
    def put_in_force(self, request: Request, id: UUID) -> Response:
        """Put a draft in force, and order that incidents be placed anew; faulty areas are refused unless taken."""
        draft = self.instance(id)
        put_in_force(access=self.access, area_set_id=draft.pk, **self.validated(InForceWrite))
        return Response(self.record(id))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: UUID) -> Response:
        """Discard a draft with its areas; the audit keeps what they were."""
        discard_draft(access=self.access, area_set_id=id)
        return Response(status=204)

    @extend_schema(responses={(200, "application/geo+json"): ExportedVersion})
    def areas(self, request: Request, id: Any) -> Response:
        """Export a version, whole, as a GeoJSON feature collection."""
        refuse_unknown(self.query, ())
        return Response(version_geojson(access=self.access, area_set=self.instance(id)))

    @extend_schema(responses={(200, GEOPACKAGE): OpenApiTypes.BINARY})
    def geopackage(self, request: Request, id: Any) -> HttpResponse:
        """Export a version, whole, as a GeoPackage of one layer of multipolygons."""
        refuse_unknown(self.query, ())
        area_set = self.instance(id)
        body = version_geopackage(access=self.access, area_set=area_set)
        name = version_file_name(area_set, "gpkg")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(body, content_type=GEOPACKAGE, headers=headers)

    @extend_schema(responses=FaultsRead)
    def faults(self, request: Request, id: Any) -> Response:
        """Check how the areas of a version fit together and into the boundary."""
        refuse_unknown(self.query, ())
        topology = check_version(access=self.access, area_set=self.instance(id))
        found = [fault.told() for fault in topology.faults]
        return Response({"total": topology.count, "faulty_share": topology.faulty_share, "data": found})
