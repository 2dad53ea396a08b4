"""Vector tiles over the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.parameters import FILTERS
from incidents.filters import IncidentFilters
from incidents.tiles import MAX_ZOOM, incident_tile
from nethra.core.api import OrjsonRenderer
from nethra.core.capabilities import Capability
from nethra.core.schema import parameter
from nethra.core.viewsets import ApiViewSet, one_of

MVT = "application/vnd.mapbox-vector-tile"


class TileRenderer(OrjsonRenderer):
    """Mapbox vector tiles; refusals stay JSON."""

    media_type = MVT
    format = "mvt"


class TileViewSet(ApiViewSet):
    """Tiles of incidents for maps."""

    actions = {"incidents": Capability.VIEW_INCIDENTS}
    renderer_classes = [TileRenderer, OrjsonRenderer]

    @extend_schema(
        parameters=[
            OpenApiParameter("z", int, OpenApiParameter.PATH, description=f"Zoom, 0 to {MAX_ZOOM}."),
            OpenApiParameter("x", int, OpenApiParameter.PATH),
            OpenApiParameter("y", int, OpenApiParameter.PATH),
            parameter("bins", "1: hexagons with counts at any zoom.", enum=["0", "1"]),
            *FILTERS,
        ],
        responses={
            (200, MVT): OpenApiTypes.BINARY,
            204: OpenApiResponse(description="No incident lies in this tile."),
        },
    )
    def incidents(self, request: Request, z: int, x: int, y: int) -> Response:
        """A tile with the layer `incidents` (id, number, offence, status, t), or `bins` (count)."""
        filters = IncidentFilters.from_query(self.query, also=("bins",))
        tile = incident_tile(
            self.access, z, x, y, filters, bins=one_of(self.query, "bins", ("0", "1")) == "1"
        )
        headers = {"Cache-Control": "private, max-age=60", "Vary": "Accept, Authorization"}
        answer: Any = tile or None
        return Response(answer, status=200 if tile else 204, content_type=MVT, headers=headers)
