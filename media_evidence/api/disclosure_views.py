"""Disclosures over the API: what is given to somebody outside, what they fetched, revoking it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.part_views import CasePartViewSet, part_schema
from cases.models import Case
from cases.readings import note_reading
from media_evidence.disclosing.fields import DISCLOSURE
from media_evidence.disclosing.services import MOST_FILES, disclose, find_disclosure, revoke_disclosure
from media_evidence.models import Disclosure
from media_evidence.models.disclosure import MOST_DOWNLOADS
from nethra.core.capabilities import Capability
from nethra.core.readings import reason_of
from nethra.core.schema import StrictSerializer, read_serializer
from nethra.core.viewsets import ReadViewSet

READ = read_serializer(DISCLOSURE)


class DisclosureWrite(StrictSerializer):
    """What is given, to whom, what for, and until when."""

    copies = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_FILES, help_text="Redacted copies."
    )
    recipient_name = serializers.CharField(max_length=100)
    recipient_email = serializers.EmailField(max_length=254, help_text="Link and code are mailed there.")
    purpose = serializers.CharField(max_length=1000)
    expires_at = serializers.DateTimeField(
        required=False, help_text="At most the installation's DISCLOSURE_DAYS from now, which is the default."
    )
    most_downloads = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_DOWNLOADS, help_text="Of each file; 3 by default."
    )


class DisclosureMade(READ):  # type: ignore[misc, valid-type]
    """A new disclosure and its link, which is told only now."""

    link = serializers.CharField(
        required=False,
        help_text="Opens with a code that is mailed to the recipient; absent where the same is told again.",
    )


class DisclosureRevocation(StrictSerializer):
    """Why a disclosure is revoked."""

    reason = serializers.CharField(max_length=1000)


@part_schema(DISCLOSURE)
class CaseDisclosureViewSet(CasePartViewSet):
    """What of a case was given to people outside, the latest first."""

    actions = {"list": Capability.VIEW_EVIDENCE, "create": Capability.MANAGE_EVIDENCE}
    declaration = DISCLOSURE

    @extend_schema(request=DisclosureWrite, responses={201: DisclosureMade})
    def create(self, request: Request, case_id: Any) -> Response:
        """Give redacted copies to a recipient; each gets files of their own. A recent proof of who asks is needed."""
        values = self.validated(DisclosureWrite)
        disclosure, link = disclose(access=self.access, case=self.case, **values)
        location = f"/api/v1/disclosures/{disclosure.pk}"
        return Response(
            {**self.record(disclosure.pk), "link": link}, status=201, headers={"Location": location}
        )


@extend_schema_view(retrieve=extend_schema(responses=READ))
class DisclosureViewSet(ReadViewSet):
    """One disclosure."""

    actions = {"retrieve": Capability.VIEW_EVIDENCE, "revoke": Capability.MANAGE_EVIDENCE}
    declaration = DISCLOSURE

    def retrieve(self, request: Request, id: Any) -> Response:
        """Tell how a disclosure stands, what its files are and how often each was fetched."""
        self._read(request, id)
        return super().retrieve(request, id)

    @extend_schema(request=DisclosureRevocation, responses=READ)
    def revoke(self, request: Request, id: UUID) -> Response:
        """Close a disclosure at once, for a reason."""
        values = self.validated(DisclosureRevocation)
        revoke_disclosure(access=self.access, disclosure=self._read(request, id), **values)
        return Response(self.record(id))

    def _read(self, request: Request, id: UUID) -> Disclosure:
        disclosure = find_disclosure(self.access, id)
        case = Case.objects.visible_to(self.access).get(pk=disclosure.case_id)
        if case.is_sensitive:
            note_reading(self.access, case, reason_of(request.headers))
        return disclosure
