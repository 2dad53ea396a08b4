"""Getting in and out over the API: sign-in, renewal, sessions, keys."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import (
    EndedRead,
    KeyMade,
    KeyWrite,
    LoginWrite,
    MeRead,
    PasswordLinkWrite,
    RefreshWrite,
    StepUpWrite,
    TokensRead,
    UserRead,
)
from accounts.api_keys import make_key, revoke_key
from accounts.authentication import confirm_identity, sign_in
from accounts.choices import EndReason, SessionKind
from accounts.fields import API_KEY, SESSION
from accounts.models import User
from accounts.people import ask_for_link
from accounts.refreshing import TokenPair, issue_tokens, refresh
from accounts.second_factor import check_code
from accounts.sessions import end_session, end_sessions_of, own_session
from nethra.core import pagination
from nethra.core.api import Open
from nethra.core.errors import NotAllowed, NotSignedIn
from nethra.core.middleware import clear_site_data, request_frame
from nethra.core.parameters import refuse_unknown
from nethra.core.schema import PAGE_PARAMETERS, page_serializer
from nethra.core.scope import Scope
from nethra.core.viewsets import ApiViewSet, ReadViewSet


def scope_of(request: Request) -> Scope:
    """Return the scope of somebody who is not signed in yet."""
    frame = request_frame(request._request)
    return Scope(source="api", request_id=frame.request_id, address=frame.address)


def _person(request: Request) -> User:
    """Return who is signed in."""
    if not isinstance(request.user, User):
        raise NotSignedIn()
    return request.user


class SignInViewSet(ApiViewSet):
    """Getting tokens. A stale token beside the password does no harm: none is looked at."""

    is_repeatable = False
    actions = {"login": Open.ANYBODY, "refresh": Open.ANYBODY, "password_link": Open.ANYBODY}
    authentication_classes = []

    @extend_schema(request=LoginWrite, responses=TokensRead, auth=[])
    def login(self, request: Request) -> Response:
        """Sign in with e-mail and password, and the code of a second factor where the person has one."""
        values = self.validated(LoginWrite)
        in_cookie = values.pop("refresh_in_cookie")
        device = request.headers.get("User-Agent", "").replace("\x00", "")
        session = sign_in(**values, kind=SessionKind.API, scope=scope_of(request), device=device)
        return _tokens(issue_tokens(session, session.user), session.user, in_cookie=in_cookie)

    @extend_schema(request=RefreshWrite, responses=TokensRead, auth=[])
    def refresh(self, request: Request) -> Response:
        """Spend a refresh token, from the body or from the cookie, for a new pair."""
        secret = self.validated(RefreshWrite).get("refresh_token")
        in_cookie = secret is None
        if secret is None:
            _refuse_foreign_page(request)
            secret = request.COOKIES.get(settings.REFRESH_COOKIE_NAME, "")
        pair, user = refresh(secret, scope=scope_of(request))
        return _tokens(pair, user, in_cookie=in_cookie)

    @extend_schema(request=PasswordLinkWrite, responses={202: None}, auth=[])
    def password_link(self, request: Request) -> Response:
        """Mail a link to choose another password; the answer is the same for an address that nobody has."""
        ask_for_link(email=self.validated(PasswordLinkWrite)["email"], scope=scope_of(request))
        return Response(status=202)


def _refuse_foreign_page(request: Request) -> None:
    """Refuse the cookie to pages of other origins, which SameSite keeps from sending it in the first place."""
    origin = request.headers.get("Origin")
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return
    if urlsplit(origin).netloc != request.get_host():
        raise NotAllowed("This page may not use the session's cookie.", code="foreign_origin")


def _tokens(pair: TokenPair, user: User, *, in_cookie: bool) -> Response:
    answer = Response(
        {
            "token": pair.token,
            "refresh_token": None if in_cookie else pair.refresh_token,
            "expires_at": pair.expires_at,
            "user": UserRead(user).data,
        }
    )
    if in_cookie:
        answer.set_cookie(
            settings.REFRESH_COOKIE_NAME,
            pair.refresh_token,
            max_age=settings.SESSION_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )
    return answer


def _forgotten(answer: Response) -> Response:
    """Let the browser forget the session: its cookie, and what it kept of our answers."""
    answer.delete_cookie(settings.REFRESH_COOKIE_NAME, samesite="Strict")
    return clear_site_data(answer)


@extend_schema_view(list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(SESSION)))
class SessionViewSet(ReadViewSet):
    """One's own session, and one's others."""

    is_repeatable = False
    actions = {
        "logout": Open.SIGNED_IN,
        "logout_all": Open.SIGNED_IN,
        "me": Open.SIGNED_IN,
        "step_up": Open.SIGNED_IN,
        "list": Open.SIGNED_IN,
        "destroy": Open.SIGNED_IN,
    }
    declaration = SESSION

    def visible(self) -> QuerySet[Any]:
        mine: Any = super().visible().filter(user_id=self.access.user_id)
        return mine.open()  # type: ignore[no-any-return]

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by("-created_at", "-id")

    @extend_schema(request=None, responses={204: None})
    def logout(self, request: Request) -> Response:
        """End the session: its tokens are refused from now on."""
        end_session(own_session(request.user, self.access), because=EndReason.LOGOUT)
        return _forgotten(Response(status=204))

    @extend_schema(request=None, responses=EndedRead)
    def logout_all(self, request: Request) -> Response:
        """End all of one's sessions, this one too, wherever they are; after a recent proof."""
        own_session(request.user, self.access)
        self.access.require_proof()
        return _forgotten(Response({"ended": end_sessions_of(_person(request), because=EndReason.BY_OWNER)}))

    @extend_schema(request=StepUpWrite, responses={204: None})
    def step_up(self, request: Request) -> Response:
        """Prove once more who is asking, as role changes, keys and the like demand."""
        values = self.validated(StepUpWrite)
        session = own_session(request.user, self.access)
        code = values["code"]
        confirm_identity(
            user=_person(request),
            session=session,
            scope=scope_of(request),
            password=values["password"],
            check=lambda user: check_code(user, code),
        )
        return Response(status=204)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: UUID) -> Response:
        """End one of one's sessions; another one than this after a recent proof."""
        session = self.instance(id)
        if session.pk != self.access.session_id:
            self.access.require_proof()
        end_session(session, because=EndReason.BY_OWNER)
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


@extend_schema_view(list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(API_KEY)))
class KeyViewSet(ReadViewSet):
    """One's own keys for programs."""

    is_repeatable = False
    actions = {"list": Open.SIGNED_IN, "create": Open.SIGNED_IN, "destroy": Open.SIGNED_IN}
    declaration = API_KEY

    def visible(self) -> QuerySet[Any]:
        return super().visible().filter(user_id=self.access.user_id)

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, pagination.PARAMETERS - {"cursor"})
        return queryset.order_by("-created_at", "-id")

    @extend_schema(request=KeyWrite, responses={201: KeyMade})
    def create(self, request: Request) -> Response:
        """Make a key; its secret is told this once."""
        if self.access.session_id is None:
            raise NotSignedIn("A key cannot make keys: sign in.", code="session_needed")
        key, secret = make_key(access=self.access, user=_person(request), **self.validated(KeyWrite))
        return Response({**self.record(key.pk), "key": secret}, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: UUID) -> Response:
        """Revoke a key: it is refused from now on."""
        revoke_key(access=self.access, key=self.instance(id))
        return Response(status=204)
