"""The capability table of the agency over the API: read by everybody in it, adjusted by whoever manages roles."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import ReachChoice, RoleChoice
from accounts.roles import RoleStanding, adjust_role, standings
from nethra.core.capabilities import CAPABILITY_NAMES, Capability, Reach
from nethra.core.parameters import refuse_unknown
from nethra.core.schema import StrictSerializer
from nethra.core.viewsets import ApiViewSet


class RoleRead(serializers.Serializer[Any]):
    """What a role may do in the agency."""

    role = serializers.ChoiceField(choices=RoleChoice.choices)
    name = serializers.CharField()
    capabilities = serializers.ListField(child=serializers.ChoiceField(choices=CAPABILITY_NAMES))
    granted = serializers.ListField(
        child=serializers.ChoiceField(choices=CAPABILITY_NAMES), help_text="By the agency, beside the usual."
    )
    withdrawn = serializers.ListField(
        child=serializers.ChoiceField(choices=CAPABILITY_NAMES), help_text="By the agency, of the usual."
    )
    reach = serializers.ChoiceField(
        choices=[str(reach) for reach in Reach], help_text="Which cases it sees without being named."
    )


@extend_schema_serializer(many=False)
class RolesRead(serializers.Serializer[Any]):
    """Every role."""

    data = RoleRead(many=True)  # type: ignore[assignment]


class RoleWrite(StrictSerializer):
    """What a role may do, whole, and how far it reaches."""

    capabilities = serializers.ListField(
        child=serializers.ChoiceField(choices=CAPABILITY_NAMES), required=False
    )
    reach = serializers.ChoiceField(choices=ReachChoice.choices, required=False)


class RoleViewSet(ApiViewSet):
    """The roles of the agency."""

    actions = {"list": Capability.VIEW_AGENCY, "partial_update": Capability.MANAGE_ROLES}

    @extend_schema(responses=RolesRead)
    def list(self, request: Request) -> Response:
        """List what every role may do."""
        refuse_unknown(self.query, ())
        return Response({"data": [_told(standing) for standing in standings(self.access)]})

    @extend_schema(request=RoleWrite, responses=RoleRead)
    def partial_update(self, request: Request, role: str) -> Response:
        """Adjust what a role may do in the agency; it counts from the next request of everybody in it."""
        values = self.validated(RoleWrite, partial=True)
        return Response(_told(adjust_role(access=self.access, role=role, **values)))


def _told(standing: RoleStanding) -> dict[str, Any]:
    return {
        "role": str(standing.role),
        "name": standing.label,
        "capabilities": sorted(standing.capabilities),
        "granted": sorted(standing.granted),
        "withdrawn": sorted(standing.withdrawn),
        "reach": str(standing.reach),
    }
