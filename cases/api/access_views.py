"""Who sees a case, over the API: restriction, exclusions, seals, requests, emergencies, readings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import end_exclusion, exclude_person, level_of, may_keep, require_keeping, set_restriction
from cases.access_fields import ACCESS_REQUEST, CASE_EXCLUSION, CASE_READING, CASE_SEAL, EMERGENCY
from cases.api.access_serializers import (
    AnswerWrite,
    CaseAccessRead,
    EmergencyWrite,
    ExclusionWrite,
    RequestWrite,
    RestrictionWrite,
    SealWrite,
    VerdictWrite,
)
from cases.api.part_views import PAGES, CasePartViewSet, part_schema
from cases.asking import answer_request, ask_access, withdraw_request
from cases.choices import Decision
from cases.emergencies import break_glass, end_emergency, review_emergency
from cases.models import CaseSeal
from cases.reviewing import review_reading
from cases.sealing import lift_case_seal, remove_case_seal, seal_case
from incidents.api.seal_views import SealLift, SealRemoval
from nethra.core.api import Open
from nethra.core.capabilities import Capability
from nethra.core.parameters import refuse_unknown, several, word_of
from nethra.core.schema import PAGE_PARAMETERS, page_serializer, parameter, read_serializer
from nethra.core.viewsets import ApiViewSet, ReadViewSet, flag


class CaseAccessViewSet(CasePartViewSet):
    """Who sees a case."""

    actions = {"retrieve": Capability.VIEW_CASES, "partial_update": Capability.VIEW_CASES}
    declaration = CASE_EXCLUSION

    @extend_schema(responses=CaseAccessRead)
    def retrieve(self, request: Request, case_id: Any) -> Response:
        """Say who sees the case, and what you may do there."""
        refuse_unknown(self.query, ())
        return Response(self._told())

    @extend_schema(request=RestrictionWrite, responses=CaseAccessRead)
    def partial_update(self, request: Request, case_id: Any) -> Response:
        """Restrict the case to its lead and the people named, or open it."""
        values = self.validated(RestrictionWrite, partial=True)
        self.case = set_restriction(access=self.access, case=self.case, **values)
        return Response(self._told())

    def _told(self) -> dict[str, Any]:
        case = self.case
        return {
            "is_restricted": case.is_restricted,
            "hides_incidents": case.hides_incidents,
            "sealed_parts": case.sealed_parts,
            "my_level": level_of(self.access, case),
            "is_mine_to_keep": may_keep(self.access, case),
        }


@part_schema(CASE_EXCLUSION)
class CaseExclusionViewSet(CasePartViewSet):
    """People who must not see a case; for whoever decides who sees it."""

    actions = {
        "list": Capability.VIEW_CASES,
        "create": Capability.VIEW_CASES,
        "destroy": Capability.VIEW_CASES,
    }
    declaration = CASE_EXCLUSION

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # Auditors read them, and write nothing.
        if self.action != "list" or not self.access.may(Capability.VIEW_AUDIT):
            require_keeping(self.access, self.case)

    @extend_schema(request=ExclusionWrite, responses={201: read_serializer(CASE_EXCLUSION)})
    def create(self, request: Request, case_id: Any) -> Response:
        """Keep a person from the case, whatever else lets them see it."""
        values = self.validated(ExclusionWrite)
        user_id = values.pop("user")
        return self.made(exclude_person(access=self.access, case=self.case, user_id=user_id, **values).pk)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, case_id: Any, id: UUID) -> Response:
        """End an exclusion."""
        end_exclusion(access=self.access, case=self.case, user_id=id)
        return Response(status=204)


@extend_schema_view(list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(CASE_SEAL)))
class CaseSealViewSet(ReadViewSet):
    """The seals of a case, the latest first. Whoever seals need not be able to read the case."""

    actions = {
        "list": Capability.VIEW_CASES,
        "create": Capability.SEAL_RECORDS,
        "lift": Capability.SEAL_RECORDS,
        "remove": Capability.SEAL_RECORDS,
    }
    declaration = CASE_SEAL

    def visible(self) -> QuerySet[Any]:
        return CaseSeal.objects.visible_to(self.access).filter(case_id=self.kwargs["case_id"])

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("-placed_at", "-id")

    def list(self, request: Request, case_id: Any) -> Response:  # type: ignore[override]
        from cases.access import find_case

        if not self.access.may(Capability.SEAL_RECORDS):
            find_case(self.access, case_id)
        return super().list(request)

    @extend_schema(request=SealWrite, responses={201: read_serializer(CASE_SEAL)})
    def create(self, request: Request, case_id: Any) -> Response:
        """Seal the case with its incidents, or parts of it."""
        seal = seal_case(access=self.access, case_id=case_id, **self.validated(SealWrite))
        return Response(self.record(seal.pk), status=201)

    @extend_schema(request=SealLift, responses=read_serializer(CASE_SEAL))
    def lift(self, request: Request, case_id: Any) -> Response:
        """Open the sealed case until a time."""
        seal = lift_case_seal(access=self.access, case_id=case_id, **self.validated(SealLift))
        return Response(self.record(seal.pk))

    @extend_schema(request=SealRemoval, responses=read_serializer(CASE_SEAL))
    def remove(self, request: Request, case_id: Any) -> Response:
        """End the seal for good."""
        seal = remove_case_seal(access=self.access, case_id=case_id, **self.validated(SealRemoval))
        return Response(self.record(seal.pk))


class ClosedCaseViewSet(ApiViewSet):
    """What somebody may do about a case that is closed to them."""

    actions = {"ask": Capability.VIEW_CASES, "open": Capability.BREAK_GLASS}

    @extend_schema(request=RequestWrite, responses={201: read_serializer(ACCESS_REQUEST)})
    def ask(self, request: Request, case_id: Any) -> Response:
        """Ask the case's owners for access."""
        asked = ask_access(access=self.access, case_id=case_id, **self.validated(RequestWrite))
        return Response(_one(AccessRequestViewSet, self, asked.pk), status=201)

    @extend_schema(request=EmergencyWrite, responses={201: read_serializer(EMERGENCY)})
    def open(self, request: Request, case_id: Any) -> Response:
        """Break the glass: open the case at once, for a time; it is reviewed afterwards."""
        emergency = break_glass(access=self.access, case_id=case_id, **self.validated(EmergencyWrite))
        return Response(_one(EmergencyViewSet, self, emergency.pk), status=201)


def _one(view: type[ReadViewSet], asking: ApiViewSet, key: Any) -> Any:
    """Return one record as another viewset shows it."""
    other = view()
    other.request = asking.request
    return other.record(key)


@extend_schema_view(
    list=extend_schema(
        parameters=[
            *PAGE_PARAMETERS,
            parameter("decision", "Repeatable.", enum=list(Decision.values), many=True),
        ],
        responses=page_serializer(ACCESS_REQUEST),
    ),
    retrieve=extend_schema(responses=read_serializer(ACCESS_REQUEST)),
)
class AccessRequestViewSet(ReadViewSet):
    """Requests for access: one's own, and those one may answer."""

    actions = {
        "list": Open.SIGNED_IN,
        "retrieve": Open.SIGNED_IN,
        "answer": Capability.VIEW_CASES,
        "withdraw": Open.SIGNED_IN,
    }
    declaration = ACCESS_REQUEST

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, {*PAGES, "decision"})
        decisions = several(self.query, "decision", word_of("decision", Decision.values))
        found = queryset.filter(decision__in=decisions) if decisions else queryset
        return found.order_by("-asked_at", "-id")

    @extend_schema(request=AnswerWrite, responses=read_serializer(ACCESS_REQUEST))
    def answer(self, request: Request, id: UUID) -> Response:
        """Grant or decline what was asked for."""
        answer_request(access=self.access, request=self.instance(id), **self.validated(AnswerWrite))
        return Response(self.record(id))

    @extend_schema(request=None, responses=read_serializer(ACCESS_REQUEST))
    def withdraw(self, request: Request, id: UUID) -> Response:
        """Take one's own request back."""
        withdraw_request(access=self.access, request=self.instance(id))
        return Response(self.record(id))


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(EMERGENCY)),
    retrieve=extend_schema(responses=read_serializer(EMERGENCY)),
)
class EmergencyViewSet(ReadViewSet):
    """Emergencies: one's own, and those one may review."""

    actions = {
        "list": Open.SIGNED_IN,
        "retrieve": Open.SIGNED_IN,
        "end": Open.SIGNED_IN,
        "review": Capability.VIEW_CASES,
    }
    declaration = EMERGENCY

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("-opened_at", "-id")

    @extend_schema(request=None, responses=read_serializer(EMERGENCY))
    def end(self, request: Request, id: UUID) -> Response:
        """Close the case again before the time is over."""
        end_emergency(access=self.access, emergency=self.instance(id))
        return Response(self.record(id))

    @extend_schema(request=VerdictWrite, responses=read_serializer(EMERGENCY))
    def review(self, request: Request, id: UUID) -> Response:
        """Say whether it was an emergency."""
        review_emergency(access=self.access, emergency=self.instance(id), **self.validated(VerdictWrite))
        return Response(self.record(id))


@part_schema(CASE_READING)
class CaseReadingViewSet(CasePartViewSet):
    """Who looked at a case; for whoever decides who sees it."""

    actions = {"list": Capability.VIEW_CASES}
    declaration = CASE_READING


@extend_schema_view(
    list=extend_schema(
        parameters=[
            *PAGE_PARAMETERS,
            parameter("odd", "true: readings with something odd.", enum=["true", "false"]),
            parameter("reviewed", "false: those that wait for a review.", enum=["true", "false"]),
        ],
        responses=page_serializer(CASE_READING),
    )
)
class ReadingViewSet(ReadViewSet):
    """Who looked at which case, the latest first: the queue of the weekly review."""

    actions = {"list": Capability.VIEW_CASES, "review": Capability.REVIEW_READINGS}
    declaration = CASE_READING

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, {*PAGES, "odd", "reviewed"})
        odd, reviewed = flag(self.query, "odd"), flag(self.query, "reviewed")
        if odd is not None:
            queryset = queryset.exclude(oddities=[]) if odd else queryset.filter(oddities=[])
        if reviewed is not None:
            queryset = queryset.exclude(verdict="") if reviewed else queryset.filter(verdict="")
        return queryset.order_by("-last_at", "-id")

    @extend_schema(request=VerdictWrite, responses=read_serializer(CASE_READING))
    def review(self, request: Request, id: UUID) -> Response:
        """Say whether an odd reading was justified."""
        review_reading(access=self.access, reading=self.instance(id), **self.validated(VerdictWrite))
        return Response(self.record(id))
