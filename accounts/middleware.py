"""One transaction round every request, bound to the agency of whoever asks."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from accounts import tokens
from accounts.choices import SessionKind
from accounts.models import Agency, User
from accounts.sessions import Identity, find_identity
from nethra.audit.models import AuditEvent
from nethra.audit.services import record_event
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import Role, capabilities_of
from nethra.core.errors import DomainError
from nethra.core.middleware import request_frame
from nethra.core.problems import refused_upload
from nethra.core.scope import Scope, set_scope
from nethra.core.uploads import forgetting_uploads, receive_form

#: Probes must answer even when the database does not.
WITHOUT_DATABASE = frozenset({"/health", "/health/db"})
SESSION_KEYS = ("agency_id", "user_id", "session_id")


class AgencyTransactionMiddleware(AuthenticationMiddleware):
    """Identify the person, open the request's transaction and tell PostgreSQL the agency.

    The outer transaction stays open until the response is rendered, so that lazily rendered pages read under
    the same scope; Django's ATOMIC_REQUESTS is the savepoint that a failing view rolls back, while refusals
    and failed sign-ins recorded outside it stay. (Subclasses Django's middleware because the admin's checks
    look for it by type.)
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in WITHOUT_DATABASE:
            return cast(HttpResponseBase, self.get_response(request))
        with forgetting_uploads(request):
            try:
                _receive_body(request)
            except DomainError as refused:
                return refused_upload(request, refused)
            return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with transaction.atomic():
            _identify(request)
            # Forms and lists of the console speak in the agency's time; the API always in UTC.
            with timezone.override(getattr(request, "agency_zone", "UTC")):
                response = cast(HttpResponseBase, self.get_response(request))
            if response.status_code == 403 and hasattr(request, "access"):
                _record_refusal(request)
        return response


def _receive_body(request: HttpRequest) -> None:
    """Read the whole body before the transaction: a slow client must not hold one open.

    Only somebody signed in may send a form with files; a short transaction finds out.
    """
    if request.content_type == "multipart/form-data":
        with transaction.atomic():
            _identify(request)
        if hasattr(request, "access"):
            receive_form(request)
    elif request.method in ("POST", "PUT", "PATCH"):
        _ = request.body


def _identify(request: HttpRequest) -> None:
    """Set request.user and, for a live session, request.access; write the scope either way."""
    frame = request_frame(request)
    # SECURITY: the cookie opens console pages only and the token everything else only, so that the API needs
    # no CSRF protection; tests/accounts/test_middleware.py.
    is_console = request.path_info.startswith(reverse("admin:index"))
    source = "console" if is_console else "api"
    anonymous = Scope(source=source, request_id=frame.request_id, address=frame.address)
    set_scope(anonymous)
    request.user = AnonymousUser()
    named = _named_by_cookie(request) if is_console else _named_by_token(request)
    if named is None:
        return
    agency_id, user_id, session_id = named
    set_scope(Scope(agency_id, user_id, source, frame.request_id, frame.address))
    kind = SessionKind.CONSOLE if is_console else SessionKind.API
    identity = find_identity(agency_id=agency_id, user_id=user_id, session_id=session_id, kind=kind)
    if identity is None:
        set_scope(anonymous)
        return
    _admit(request, identity, source)


def _admit(request: HttpRequest, identity: Identity, source: str) -> None:
    user, session = identity.user, identity.session
    frame = request_frame(request)
    agency_id, capabilities, visiting = user.agency_id, user.capabilities, False
    if user.is_platform_admin and session.entered_agency_id:
        agency_id, capabilities, visiting = session.entered_agency_id, capabilities_of(Role.ADMIN), True
        reason = f"entered: {session.entered_reason}"
        set_scope(Scope(agency_id, user.pk, source, frame.request_id, frame.address, reason))
    if source == "console":
        agency = Agency.objects.visible_to(operator_access(agency_id)).get() if visiting else session.agency
        request.agency = agency  # type: ignore[attr-defined]
        request.agency_zone = agency.time_zone  # type: ignore[attr-defined]
    request.user = user
    request.access = Access(agency_id, user.pk, capabilities, source, session.pk, visiting)  # type: ignore[attr-defined]


def _named_by_token(request: HttpRequest) -> tuple[UUID, UUID, UUID] | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        claims = tokens.read(token)
    except tokens.InvalidToken:
        return None
    return claims.agency_id, claims.user_id, claims.session_id


def _named_by_cookie(request: HttpRequest) -> tuple[UUID, UUID, UUID] | None:
    try:
        agency_id, user_id, session_id = (UUID(request.session[key]) for key in SESSION_KEYS)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return agency_id, user_id, session_id


def _record_refusal(request: HttpRequest) -> None:
    record_event(
        action="request",
        entity="",
        result=AuditEvent.Result.DENIED,
        body={"method": request.method, "path": request.path_info},
    )


def remember_in_cookie(request: HttpRequest, user: User, session_id: UUID) -> None:
    """Name the session in the signed cookie; the old cookie's content goes."""
    request.session.flush()
    request.session["agency_id"] = str(user.agency_id)
    request.session["user_id"] = str(user.pk)
    request.session["session_id"] = str(session_id)
