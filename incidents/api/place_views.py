"""The gazetteer over the API: a typed address becomes points."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.gazetteer.answers import DEFAULT_LIMIT, answer_places
from incidents.gazetteer.choices import Exactness, FoundKind
from incidents.gazetteer.searching import MOST_RESULTS
from nethra.core.capabilities import Capability
from nethra.core.schema import ReadPointField, parameter, whole_number
from nethra.core.viewsets import ApiViewSet


class PlaceRead(serializers.Serializer[Any]):
    """One meaning of a typed address."""

    kind = serializers.ChoiceField(choices=FoundKind.choices)
    label = serializers.CharField(help_text="As it is written into a record.")  # type: ignore[assignment]
    locality = serializers.CharField()
    location = ReadPointField()
    exactness = serializers.ChoiceField(choices=Exactness.choices, help_text="How well the point is known.")
    note = serializers.CharField(help_text="What is to be known about the point; mostly empty.")


class PlacesRead(serializers.Serializer[Any]):
    """What a text may mean, the likeliest first."""

    data = PlaceRead(many=True)  # type: ignore[assignment]


class PlaceViewSet(ApiViewSet):
    """The agency's gazetteer."""

    actions = {"find": Capability.VIEW_AREAS}

    @extend_schema(
        parameters=[
            parameter(
                "q", "An address, a crossing or a name: 12 Mission St; Mission & 5th; Pier 39.", required=True
            ),
            parameter("near", "lon,lat: what lies around comes first."),
            parameter(
                "limit", f"Results at most; {DEFAULT_LIMIT} by default.", whole_number(1, MOST_RESULTS)
            ),
        ],
        responses=PlacesRead,
    )
    def find(self, request: Request) -> Response:
        """Find the points of an address; nothing where no gazetteer is loaded."""
        return Response({"data": answer_places(self.access, self.query)})
