"""Signing in, people and the agency over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import (
    AgencyWrite,
    DeactivateWrite,
    LoginWrite,
    MeRead,
    PasswordWrite,
    RefreshWrite,
    TokensRead,
    UserCreate,
    UserRead,
    UserWrite,
)
from accounts.authentication import confirm_password, sign_in
from accounts.choices import RoleChoice, SessionKind
from accounts.fields import AGENCY, AGENCY_DETAIL, USER
from accounts.models import User, UserSession
from accounts.services import change_agency, change_user, create_user, deactivate_user, set_password
from accounts.sessions import TokenPair, end_session, issue_tokens, refresh
from nethra.core.api import Open
from nethra.core.capabilities import Capability
from nethra.core.errors import NotSignedIn
from nethra.core.middleware import request_frame
from nethra.core.pagination import PARAMETERS
from nethra.core.parameters import refuse_unknown
from nethra.core.schema import PAGE_PARAMETERS, page_serializer, parameter, read_serializer
from nethra.core.scope import Scope
from nethra.core.viewsets import ApiViewSet, ReadViewSet, flag, one_of


class SignInViewSet(ApiViewSet):
    """Getting tokens. A stale token beside the password does no harm: none is looked at."""

    actions = {"login": Open.ANYBODY, "refresh": Open.ANYBODY}
    authentication_classes = []

    @extend_schema(request=LoginWrite, responses=TokensRead, auth=[])
    def login(self, request: Request) -> Response:
        """Sign in with e-mail and password."""
        values = self.validated(LoginWrite)
        device = request.headers.get("User-Agent", "").replace("\x00", "")
        session = sign_in(**values, kind=SessionKind.API, scope=_scope(request), device=device)
        return Response(_tokens(issue_tokens(session, session.user), session.user))

    @extend_schema(request=RefreshWrite, responses=TokensRead, auth=[])
    def refresh(self, request: Request) -> Response:
        """Spend a refresh token for a new pair."""
        pair, user = refresh(self.validated(RefreshWrite)["refresh_token"], scope=_scope(request))
        return Response(_tokens(pair, user))


class SessionViewSet(ApiViewSet):
    """One's own session."""

    actions = {"logout": Open.SIGNED_IN, "me": Open.SIGNED_IN}

    @extend_schema(request=None, responses={204: None})
    def logout(self, request: Request) -> Response:
        """End the session: its tokens are refused from now on."""
        session = UserSession.objects.visible_to(self.access).filter(pk=self.access.session_id).first()
        if session is None:
            raise NotSignedIn()
        end_session(session, because="logout")
        return Response(status=204)

    @extend_schema(responses=MeRead)
    def me(self, request: Request) -> Response:
        """Who is asking, and what they may do."""
        answer = {
            "user": UserRead(request.user).data,
            "agency": self.access.agency_id,
            "is_visiting": self.access.is_visiting,
            "capabilities": sorted(self.access.capabilities),
        }
        return Response(answer)


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
        """Open an account for a person of the agency."""
        user = create_user(access=self.access, **self.validated(UserCreate))
        return Response(self.record(user.pk), status=201, headers={"Location": f"{request.path}/{user.pk}"})

    @extend_schema(request=UserWrite, responses=UserRead)
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Change a person's facts."""
        user = self.instance(id)
        change_user(access=self.access, user=user, **self.validated(UserWrite, partial=True))
        return Response(self.record(id))

    @extend_schema(request=DeactivateWrite, responses=UserRead)
    def deactivate(self, request: Request, id: UUID) -> Response:
        """Close an account and end its sessions; nothing of the person's is deleted."""
        user = self.instance(id)
        deactivate_user(access=self.access, user=user, **self.validated(DeactivateWrite))
        return Response(self.record(id))

    @extend_schema(request=PasswordWrite, responses={204: None})
    def password(self, request: Request, id: UUID) -> Response:
        """Set a password; every session of the person ends."""
        user: User = self.instance(id)
        values = self.validated(PasswordWrite)
        confirm_password(access=self.access, user=user, current=values.pop("current_password", ""))
        set_password(access=self.access, user=user, **values)
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


def _scope(request: Request) -> Scope:
    frame = request_frame(request._request)
    return Scope(source="api", request_id=frame.request_id, address=frame.address)


def _tokens(pair: TokenPair, user: User) -> dict[str, Any]:
    return {
        "token": pair.token,
        "refresh_token": pair.refresh_token,
        "expires_at": pair.expires_at,
        "user": UserRead(user).data,
    }
