"""Sharing with other agencies over the API: what one shares, and what is shared with one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.part_views import CasePartViewSet, part_schema
from cases.choices import SHARED_NAMES, CaseStatus, Clearance, LeadState, ShareLevel
from cases.models import Share, ShareReading
from cases.shared import (
    end_passing_on,
    move_led_case,
    pass_on,
    read_shared,
    return_lead,
    shared_with_us,
    take_lead,
)
from cases.sharing import draft_share, offer_lead, preview, release_share, revoke_share
from incidents.models import Incident
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.fields import Declaration, Field, Kind
from nethra.core.parameters import refuse_unknown
from nethra.core.schema import PAGE_PARAMETERS, StrictSerializer, page_serializer, read_serializer
from nethra.core.viewsets import ApiViewSet, ReadViewSet

SHARE = Declaration(
    "Share",
    Share,
    (
        Field("id", Kind.KEY),
        Field("case", Kind.KEY, source="case_id"),
        Field("incident", Kind.KEY, source="incident_id"),
        Field("recipient", Kind.TEXT, source="recipient_name"),
        Field("fields", Kind.WORDS),
        Field("level", Kind.TEXT),
        Field("until", Kind.TIME),
        Field("may_reshare", Kind.FLAG),
        Field("reason", Kind.TEXT),
        Field(
            "passed_on_by", Kind.TEXT, description="The agency that passed it on; empty: this one shared it."
        ),
        Field("lead_state", Kind.TEXT),
        Field("created_at", Kind.TIME),
        Field("released_at", Kind.TIME, description="Since when the other agency sees it."),
        Field("revoked_at", Kind.TIME),
    ),
)
SHARE_READING = Declaration(
    "ShareReading",
    ShareReading,
    (
        Field("id", Kind.KEY),
        Field("reader", Kind.TEXT, source="reader_name"),
        Field("agency", Kind.TEXT, source="reader_agency"),
        Field("what", Kind.TEXT),
        Field("read_at", Kind.TIME),
    ),
)
READ = read_serializer(SHARE)


class ShareWrite(StrictSerializer):
    """What is shared, with whom and for how long."""

    recipient = serializers.SlugField(help_text="The other agency's code.")
    fields = serializers.ListField(  # type: ignore[assignment]
        child=serializers.ChoiceField(choices=SHARED_NAMES)
    )
    until = serializers.DateTimeField()
    level = serializers.ChoiceField(choices=ShareLevel.choices, required=False)
    may_reshare = serializers.BooleanField(required=False)
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class PassOnWrite(StrictSerializer):
    """What is passed on: no more than was given, and no longer."""

    recipient = serializers.SlugField(help_text="The third agency's code.")
    fields = serializers.ListField(  # type: ignore[assignment]
        child=serializers.ChoiceField(choices=SHARED_NAMES)
    )
    until = serializers.DateTimeField()
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class PassedOnRead(serializers.Serializer[Any]):
    """The key of the share that was made."""

    id = serializers.UUIDField()


class SharedRow(serializers.Serializer[Any]):
    """A record that another agency shares, in short."""

    id = serializers.UUIDField()
    owner = serializers.CharField()
    number = serializers.CharField()
    title = serializers.CharField(help_text="Empty where it is not shared.")
    level = serializers.ChoiceField(choices=ShareLevel.choices)
    until = serializers.DateTimeField()
    may_reshare = serializers.BooleanField()
    lead_state = serializers.ChoiceField(choices=LeadState.choices)
    released_at = serializers.DateTimeField()


@extend_schema_serializer(many=False)
class SharedRead(serializers.Serializer[Any]):
    """Everything that is shared with the agency today."""

    data = SharedRow(many=True)  # type: ignore[assignment]


class SharedRecordRead(serializers.Serializer[Any]):
    """What a share grants; of each row only the fields that are shared."""

    def get_fields(self) -> dict[str, Any]:
        """Return the members; one of them is called as no attribute of a class may be."""
        lists = {name: serializers.ListField(child=serializers.DictField()) for name in self.LISTS}
        return {
            "id": serializers.UUIDField(),
            "from": serializers.CharField(),
            "level": serializers.ChoiceField(choices=ShareLevel.choices),
            "until": serializers.DateTimeField(),
            "may_reshare": serializers.BooleanField(),
            "lead_state": serializers.ChoiceField(choices=LeadState.choices),
            "passed_on_by": serializers.CharField(),
            "case": serializers.DictField(required=False),
            **lists,
        }

    LISTS = ("incidents", "people", "tasks", "history", "evidence")


class LedMoveWrite(StrictSerializer):
    """A move of a case that this agency leads for another."""

    to = serializers.ChoiceField(choices=CaseStatus.choices)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    referred_to = serializers.CharField(required=False, allow_blank=True, max_length=200)
    clearance = serializers.ChoiceField(choices=Clearance.choices, required=False)


@part_schema(SHARE)
class CaseShareViewSet(CasePartViewSet):
    """With whom a case is shared."""

    actions = {"list": Capability.VIEW_CASES, "create": Capability.SHARE_RECORDS}
    declaration = SHARE

    @extend_schema(request=ShareWrite, responses={201: READ})
    def create(self, request: Request, case_id: Any) -> Response:
        """Draft a share; preview it, then release it."""
        return self.made(draft_share(access=self.access, case=self.case, **self.validated(ShareWrite)).pk)


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(SHARE)),
    retrieve=extend_schema(responses=READ),
)
class ShareViewSet(ReadViewSet):
    """What this agency shares with others, and what they passed on of it."""

    actions = {
        # Whoever sees a case may know with whom it is shared.
        "list": Capability.VIEW_CASES,
        "retrieve": Capability.VIEW_CASES,
        "of_incident": Capability.SHARE_RECORDS,
        "preview": Capability.VIEW_CASES,
        "release": Capability.SHARE_RECORDS,
        # A case's lead takes back what others shared of it.
        "revoke": Capability.VIEW_CASES,
        "offer_lead": Capability.SHARE_RECORDS,
        "readings": Capability.VIEW_CASES,
    }
    declaration = SHARE

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("-created_at", "-id")

    @extend_schema(request=ShareWrite, responses={201: READ})
    def of_incident(self, request: Request, incident_id: UUID) -> Response:
        """Draft a share of an incident."""
        incident = Incident.objects.visible_to(self.access).filter(pk=incident_id).first()
        if incident is None:
            raise NotFound()
        share = draft_share(access=self.access, incident=incident, **self.validated(ShareWrite))
        return Response(self.record(share.pk), status=201)

    @extend_schema(responses=SharedRecordRead)
    def preview(self, request: Request, id: UUID) -> Response:
        """Show exactly what the other agency sees, or will see."""
        refuse_unknown(self.query, ())
        return Response(preview(self.access, self.instance(id)))

    @extend_schema(request=None, responses=READ)
    def release(self, request: Request, id: UUID) -> Response:
        """Let the other agency see it."""
        release_share(access=self.access, share=self.instance(id))
        return Response(self.record(id))

    @extend_schema(request=None, responses=READ)
    def revoke(self, request: Request, id: UUID) -> Response:
        """Take it back at once, with all that was passed on from it."""
        revoke_share(access=self.access, share=self.instance(id))
        return Response(self.record(id))

    @extend_schema(request=None, responses=READ)
    def offer_lead(self, request: Request, id: UUID) -> Response:
        """Offer the other agency to lead the case."""
        offer_lead(access=self.access, share=self.instance(id))
        return Response(self.record(id))

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(SHARE_READING))
    def readings(self, request: Request, id: UUID) -> Response:
        """List who of the other agency read it, the latest first."""
        share = self.instance(id)
        view = ShareReadingViewSet()
        view.request, view.share_id = self.request, share.pk
        return view.list(request)


class ShareReadingViewSet(ReadViewSet):
    """Who read one share."""

    actions = {"list": Capability.SHARE_RECORDS}
    declaration = SHARE_READING
    share_id: UUID

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).filter(share_id=self.share_id).order_by("-read_at", "-id")


class SharedViewSet(ApiViewSet):
    """What other agencies share with this one."""

    actions = {
        "list": Capability.VIEW_SHARED,
        "retrieve": Capability.VIEW_SHARED,
        "pass_on": Capability.SHARE_RECORDS,
        "end_passing_on": Capability.SHARE_RECORDS,
        "take_lead": Capability.SHARE_RECORDS,
        "return_lead": Capability.SHARE_RECORDS,
        "move": Capability.CHANGE_CASES,
    }

    @extend_schema(responses=SharedRead)
    def list(self, request: Request) -> Response:
        """List what is shared with this agency today."""
        refuse_unknown(self.query, ())
        return Response({"data": [asdict(row) for row in shared_with_us(self.access)]})

    @extend_schema(responses=SharedRecordRead)
    def retrieve(self, request: Request, id: UUID) -> Response:
        """Show what is shared; its owner sees who read it."""
        refuse_unknown(self.query, ())
        return Response(read_shared(self.access, id))

    @extend_schema(request=PassOnWrite, responses={201: PassedOnRead})
    def pass_on(self, request: Request, id: UUID) -> Response:
        """Pass it on to a third agency."""
        made = pass_on(access=self.access, share_id=id, **self.validated(PassOnWrite))
        return Response({"id": made}, status=201)

    @extend_schema(responses={204: None})
    def end_passing_on(self, request: Request, id: UUID) -> Response:
        """Take back what this agency passed on."""
        end_passing_on(access=self.access, share_id=id)
        return Response(status=204)

    @extend_schema(request=None, responses=SharedRecordRead)
    def take_lead(self, request: Request, id: UUID) -> Response:
        """Lead the case that was offered."""
        take_lead(access=self.access, share_id=id)
        return Response(read_shared(self.access, id))

    @extend_schema(request=None, responses=SharedRecordRead)
    def return_lead(self, request: Request, id: UUID) -> Response:
        """Give the case back to its agency."""
        return_lead(access=self.access, share_id=id)
        return Response(read_shared(self.access, id))

    @extend_schema(request=LedMoveWrite, responses=SharedRecordRead)
    def move(self, request: Request, id: UUID) -> Response:
        """Move a case that this agency leads."""
        values = self.validated(LedMoveWrite)
        move_led_case(access=self.access, share_id=id, target=values.pop("to"), **values)
        return Response(read_shared(self.access, id))
