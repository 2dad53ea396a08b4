"""Vector tiles over the API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.parameters import FILTERS
from incidents.filters import IncidentFilters
from incidents.tiles import MAX_ZOOM, described_tiles, incident_tile
from nethra.core.api import OrjsonRenderer
from nethra.core.capabilities import Capability
from nethra.core.schema import parameter
from nethra.core.versions import etag_of_content, is_known
from nethra.core.viewsets import ApiViewSet, one_of

MVT = "application/vnd.mapbox-vector-tile"


IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag of the tile that the caller has."
)


class TileRenderer(OrjsonRenderer):
    """Mapbox vector tiles; refusals stay JSON."""

    media_type = MVT
    format = "mvt"


BINS = parameter("bins", "1: hexagons with counts at any zoom.", enum=["0", "1"])


class LayerRead(serializers.Serializer[Any]):
    """A layer of the tiles."""

    id = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]


class TileJsonRead(serializers.Serializer[Any]):
    """Where tiles are and what they hold (TileJSON 3.0)."""

    tilejson = serializers.CharField()
    name = serializers.CharField()
    tiles = serializers.ListField(child=serializers.CharField())
    minzoom = serializers.IntegerField()
    maxzoom = serializers.IntegerField()
    vector_layers = LayerRead(many=True)


class TileViewSet(ApiViewSet):
    """Tiles of incidents for maps."""

    only_reads = True
    actions = {"incidents": Capability.VIEW_INCIDENTS, "described": Capability.VIEW_INCIDENTS}
    renderer_classes = [TileRenderer, OrjsonRenderer]

    def get_renderers(self) -> list[Any]:
        return [OrjsonRenderer()] if self.action == "described" else super().get_renderers()

    @extend_schema(operation_id="tiles_described", parameters=[BINS, *FILTERS], responses=TileJsonRead)
    def described(self, request: Request) -> Response:
        """Say where the tiles are, with the same filters, and what they hold, as TileJSON."""
        IncidentFilters.from_query(self.query, also=("bins",))
        one_of(self.query, "bins", ("0", "1"))
        query = f"?{self.query.urlencode()}" if self.query else ""
        root = settings.PUBLIC_URL + request.path.removesuffix(".json")
        return Response(described_tiles(f"{root}/{{z}}/{{x}}/{{y}}.mvt{query}"))

    @extend_schema(
        parameters=[
            OpenApiParameter("z", int, OpenApiParameter.PATH, description=f"Zoom, 0 to {MAX_ZOOM}."),
            OpenApiParameter("x", int, OpenApiParameter.PATH),
            OpenApiParameter("y", int, OpenApiParameter.PATH),
            BINS,
            IF_NONE_MATCH,
            *FILTERS,
        ],
        responses={
            (200, MVT): OpenApiTypes.BINARY,
            204: OpenApiResponse(description="No incident lies in this tile."),
            304: OpenApiResponse(description="The tile is still the one that If-None-Match names."),
        },
    )
    def incidents(self, request: Request, z: int, x: int, y: int) -> Response:
        """A tile with the layer `incidents` (id, number, offence, status, t), or `bins` (count)."""
        filters = IncidentFilters.from_query(self.query, also=("bins",))
        tile = incident_tile(
            self.access, z, x, y, filters, bins=one_of(self.query, "bins", ("0", "1")) == "1"
        )
        headers = {"Cache-Control": "private, max-age=60", "Vary": "Accept, Authorization"}
        if not tile:
            return Response(status=204, content_type=MVT, headers=headers)
        # SECURITY: of the content alone, made anew for who asks; nothing is kept here that another could be given.
        headers["ETag"] = etag_of_content(tile)
        if is_known(headers["ETag"], request.headers):
            return Response(status=304, headers=headers)
        answer: Any = tile
        return Response(answer, content_type=MVT, headers=headers)
