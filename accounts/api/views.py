"""People, units and the agency over the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import (
    AgencyWrite,
    EndedRead,
    PasswordWrite,
    ReasonWrite,
    UnitWrite,
    UserCreate,
    UserRead,
    UserWrite,
)
from accounts.api.sign_in_views import scope_of
from accounts.authentication import confirm_identity
from accounts.choices import RoleChoice
from accounts.fields import AGENCY, AGENCY_DETAIL, UNIT, USER
from accounts.models import User
from accounts.people import (
    change_own_password,
    change_role,
    change_user,
    create_user,
    deactivate_user,
    end_user_sessions,
    reactivate_user,
    release_user,
    send_link,
)
from accounts.profiles import add_unit, change_unit, close_unit, find_colleague, find_unit
from accounts.services import change_agency
from accounts.sessions import own_session
from nethra.core.api import Open
from nethra.core.capabilities import Capability
from nethra.core.errors import NotAllowed
from nethra.core.pagination import PARAMETERS
from nethra.core.parameters import refuse_unknown
from nethra.core.schema import PAGE_PARAMETERS, page_serializer, parameter, read_serializer
from nethra.core.viewsets import ReadViewSet, flag, one_of

USER_FILTERS = [
    parameter("role", "Role.", enum=list(RoleChoice.values)),
    parameter("active", "true: active accounts; false: deactivated ones.", bool),
]


@extend_schema_view(
    list=extend_schema(parameters=[*PAGE_PARAMETERS, *USER_FILTERS], responses=page_serializer(USER)),
    retrieve=extend_schema(responses=UserRead),
)
class UserViewSet(ReadViewSet):
    """People of the agency. Everybody sees themselves; the others, who may view users."""

    actions = {
        "list": Open.SIGNED_IN,
        "retrieve": Open.SIGNED_IN,
        "create": Capability.MANAGE_USERS,
        "partial_update": Capability.MANAGE_USERS,
        "deactivate": Capability.MANAGE_USERS,
        "reactivate": Capability.MANAGE_USERS,
        "release": Capability.MANAGE_USERS,
        "link": Capability.MANAGE_USERS,
        "end_sessions": Capability.MANAGE_USERS,
        "password": Open.SIGNED_IN,
    }
    declaration = USER

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, {*PARAMETERS - {"cursor"}, "role", "active"})
        role, active = one_of(self.query, "role", RoleChoice.values), flag(self.query, "active")
        found = queryset if role is None else queryset.filter(role=role)
        found = found if active is None else found.filter(is_active=active)
        return found.order_by("name", "id")

    @extend_schema(request=UserCreate, responses={201: UserRead})
    def create(self, request: Request) -> Response:
        """Invite a person to the agency: a mail lets them choose their password."""
        values = self._with_unit(self.validated(UserCreate))
        user = create_user(access=self.access, **values)
        return Response(self.record(user.pk), status=201, headers={"Location": f"{request.path}/{user.pk}"})

    @extend_schema(request=UserWrite, responses=UserRead)
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Change a person's facts; another role needs a recent proof of who is asking."""
        user = self.instance(id)
        values = self._with_unit(self.validated(UserWrite, partial=True))
        role = values.pop("role", user.role)
        change_user(access=self.access, user=user, **values)
        if role != user.role:
            change_role(access=self.access, user=user, role=role)
        return Response(self.record(id))

    def _with_unit(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the values with the unit itself in place of its key."""
        if values.get("unit") is not None:
            values["unit"] = find_unit(self.access, values["unit"])
        return values

    @extend_schema(request=ReasonWrite, responses=UserRead)
    def deactivate(self, request: Request, id: UUID) -> Response:
        """Close an account and end its sessions; nothing of the person's is deleted."""
        deactivate_user(access=self.access, user=self.instance(id), **self.validated(ReasonWrite))
        return Response(self.record(id))

    @extend_schema(request=ReasonWrite, responses=UserRead)
    def reactivate(self, request: Request, id: UUID) -> Response:
        """Open a closed account again."""
        reactivate_user(access=self.access, user=self.instance(id), **self.validated(ReasonWrite))
        return Response(self.record(id))

    @extend_schema(request=ReasonWrite, responses=UserRead)
    def release(self, request: Request, id: UUID) -> Response:
        """Open an account that wrong passwords locked."""
        release_user(access=self.access, user=self.instance(id), **self.validated(ReasonWrite))
        return Response(self.record(id))

    @extend_schema(request=None, responses={202: None})
    def link(self, request: Request, id: UUID) -> Response:
        """Mail the person a link to choose a password: the invitation anew, or for another password."""
        send_link(access=self.access, user=self.instance(id))
        return Response(status=202)

    @extend_schema(request=None, responses=EndedRead)
    def end_sessions(self, request: Request, id: UUID) -> Response:
        """End every session of a person."""
        return Response({"ended": end_user_sessions(access=self.access, user=self.instance(id))})

    @extend_schema(request=PasswordWrite, responses={204: None})
    def password(self, request: Request, id: UUID) -> Response:
        """Change one's own password; every session ends. Nobody sets another person's."""
        user: User = self.instance(id)
        if user.pk != self.access.user_id or self.access.session_id is None:
            raise NotAllowed("People choose their own passwords: send them a link.")
        values = self.validated(PasswordWrite)
        session = own_session(user, self.access)
        confirm_identity(
            user=user, session=session, scope=scope_of(request), password=values["current_password"]
        )
        access = replace(self.access, confirmed_at=datetime.now(UTC))
        change_own_password(access=access, user=user, password=values["password"])
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(AGENCY)),
    retrieve=extend_schema(responses=read_serializer(AGENCY_DETAIL)),
)
class AgencyViewSet(ReadViewSet):
    """One's own agency; there are no others to see."""

    actions = {
        "list": Capability.VIEW_AGENCY,
        "retrieve": Capability.VIEW_AGENCY,
        "partial_update": Capability.CHANGE_AGENCY,
    }
    declaration = AGENCY
    detail_declaration = AGENCY_DETAIL

    @extend_schema(request=AgencyWrite, responses=read_serializer(AGENCY_DETAIL))
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Change the agency's own facts."""
        agency = self.instance(id)
        change_agency(access=self.access, agency=agency, **self.validated(AgencyWrite, partial=True))
        return Response(self.record(id))


@extend_schema_view(
    list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(UNIT)),
    retrieve=extend_schema(responses=read_serializer(UNIT)),
)
class UnitViewSet(ReadViewSet):
    """The agency's units and who supervises them."""

    actions = {
        "list": Capability.VIEW_AGENCY,
        "retrieve": Capability.VIEW_AGENCY,
        "create": Capability.MANAGE_USERS,
        "partial_update": Capability.MANAGE_USERS,
        "close": Capability.MANAGE_USERS,
    }
    declaration = UNIT

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("name", "id")

    @extend_schema(request=UnitWrite, responses={201: read_serializer(UNIT)})
    def create(self, request: Request) -> Response:
        """Add a unit."""
        unit = add_unit(access=self.access, **self._with_rows(self.validated(UnitWrite)))
        return Response(self.record(unit.pk), status=201, headers={"Location": f"{request.path}/{unit.pk}"})

    @extend_schema(request=UnitWrite, responses=read_serializer(UNIT))
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Change a unit."""
        unit = self.instance(id)
        change_unit(access=self.access, unit=unit, **self._with_rows(self.validated(UnitWrite, partial=True)))
        return Response(self.record(id))

    def _with_rows(self, values: dict[str, Any]) -> dict[str, Any]:
        if values.get("parent") is not None:
            values["parent"] = find_unit(self.access, values["parent"], field="parent")
        if values.get("supervisor") is not None:
            values["supervisor"] = find_colleague(self.access, values["supervisor"], field="supervisor")
        return values

    @extend_schema(request=None, responses=read_serializer(UNIT))
    def close(self, request: Request, id: UUID) -> Response:
        """Close a unit that has nobody in it any more."""
        close_unit(access=self.access, unit=self.instance(id))
        return Response(self.record(id))
