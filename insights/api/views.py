"""Analysis over the API: counts on grids."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.parameters import FILTERS
from incidents.bins import CellShape
from incidents.choices import PLACED_KINDS, AreaKind
from incidents.filters import IncidentFilters
from insights.area_counts import count_areas
from insights.grid import DEFAULT_LIMIT, MAX_LIMIT, MAX_SIZE, MIN_SIZE, Cell, GridCounts, count_grid
from insights.hours import count_hours
from nethra.core.capabilities import Capability
from nethra.core.pagination import whole
from nethra.core.parameters import refusal
from nethra.core.schema import parameter, whole_number
from nethra.core.viewsets import ApiViewSet, one_of

DEFAULT_CELL = 500.0


class CellRead(serializers.Serializer[Any]):
    """One cell of a grid."""

    count = serializers.IntegerField()
    centre = serializers.ListField(child=serializers.FloatField(), help_text="Longitude, latitude.")
    polygon = serializers.JSONField(help_text="A GeoJSON polygon in EPSG:4326.")


class GridRead(serializers.Serializer[Any]):
    """Counts on a grid, the biggest cell first."""

    shape = serializers.ChoiceField(choices=[str(s) for s in CellShape])
    size = serializers.FloatField(help_text="Metres between neighbouring centres, on the ground at latitude.")
    latitude = serializers.FloatField()
    total = serializers.IntegerField(help_text="Incidents with a place.")
    cells_total = serializers.IntegerField(help_text="Cells that hold any; data has at most `limit` of them.")
    data = CellRead(many=True)  # type: ignore[assignment]


class AreaCountRead(serializers.Serializer[Any]):
    """One area and its count."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    count = serializers.IntegerField()
    square_kilometres = serializers.FloatField()
    before = serializers.IntegerField(allow_null=True, help_text="The count of the period before.")


class PeriodRead(serializers.Serializer[Any]):
    """From a time, included, to another, excluded."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class AreasRead(serializers.Serializer[Any]):
    """Counts by area, the biggest first."""

    kind = serializers.ChoiceField(choices=AreaKind.choices)
    total = serializers.IntegerField()
    elsewhere = serializers.IntegerField(help_text="Incidents in no area of the version in force.")
    period_before = PeriodRead(
        allow_null=True,
        help_text="As long as the period between occurred_after and occurred_before, and ends where it begins.",
    )
    data = AreaCountRead(many=True)  # type: ignore[assignment]


class HoursRead(serializers.Serializer[Any]):
    """Counts by weekday and hour of the agency's time zone."""

    time_zone = serializers.CharField()
    total = serializers.IntegerField()
    vague = serializers.IntegerField(
        help_text="Incidents that began at a time that is uncertain by more than an hour; counted at the earliest."
    )
    counts = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Seven rows of 24: Monday's first, midnight's first.",
    )


class InsightViewSet(ApiViewSet):
    """Counts of incidents."""

    only_reads = True
    actions = {
        "grid": Capability.VIEW_INSIGHTS,
        "areas": Capability.VIEW_INSIGHTS,
        "hours": Capability.VIEW_INSIGHTS,
    }

    @extend_schema(
        parameters=[
            parameter("shape", "hex (the default) or square.", enum=[str(s) for s in CellShape]),
            parameter(
                "size", f"Metres, {MIN_SIZE:.0f} to {MAX_SIZE:.0f}; {DEFAULT_CELL:.0f} by default.", float
            ),
            parameter("limit", f"Cells at most; {DEFAULT_LIMIT} by default.", whole_number(1, MAX_LIMIT)),
            *FILTERS,
        ],
        responses=GridRead,
    )
    def grid(self, request: Request) -> Response:
        """Count incidents on hexagons or squares of equal size."""
        filters = IncidentFilters.from_query(self.query, also=("shape", "size", "limit"))
        shape = CellShape(one_of(self.query, "shape", [str(s) for s in CellShape]) or CellShape.HEX)
        limit = whole(self.query, "limit", default=DEFAULT_LIMIT, most=MAX_LIMIT)
        return Response(_answer(count_grid(self.access, filters, shape, self._size(), limit)))

    @extend_schema(
        parameters=[
            parameter("kind", "beat (the default) or district.", enum=[str(kind) for kind in PLACED_KINDS]),
            *FILTERS,
        ],
        responses=AreasRead,
    )
    def areas(self, request: Request) -> Response:
        """Count incidents by beat or district, as they were placed."""
        filters = IncidentFilters.from_query(self.query, also=("kind",))
        kind = AreaKind(one_of(self.query, "kind", [str(kind) for kind in PLACED_KINDS]) or AreaKind.BEAT)
        counts = count_areas(self.access, filters, kind)
        return Response(
            {
                "kind": counts.kind,
                "total": counts.total,
                "elsewhere": counts.elsewhere,
                "period_before": counts.period_before and asdict(counts.period_before),
                "data": [asdict(area) for area in counts.areas],
            }
        )

    @extend_schema(parameters=FILTERS, responses=HoursRead)
    def hours(self, request: Request) -> Response:
        """Count incidents by weekday and hour, as they began."""
        return Response(asdict(count_hours(self.access, IncidentFilters.from_query(self.query))))

    def _size(self) -> float:
        try:
            return float(self.query.get("size", DEFAULT_CELL))
        except ValueError as problem:
            raise refusal("size", "size is a number of metres.") from problem


def _answer(counts: GridCounts) -> dict[str, Any]:
    return {
        "shape": counts.shape,
        "size": counts.size,
        "latitude": counts.latitude,
        "total": counts.total,
        "cells_total": counts.cells_total,
        "data": [_cell(cell) for cell in counts.cells],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "count": cell.count,
        "centre": cell.centre,
        "polygon": {"type": "Polygon", "coordinates": [cell.ring]},
    }
