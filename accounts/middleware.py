"""One transaction round every request, bound to the agency of whoever asks."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation

from accounts import tokens
from accounts.api_keys import PREFIX, find_key, identify_key
from accounts.choices import SessionKind
from accounts.hours import OutsideHours
from accounts.models import Agency, User
from accounts.roles import access_of_person
from accounts.second_factor import must_have_factor
from accounts.sessions import Identity, find_identity, why_ended
from nethra.audit.models import AuditEvent
from nethra.audit.services import record_event
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import Reach, Role, capabilities_of
from nethra.core.doors import PROBES
from nethra.core.errors import DomainError
from nethra.core.limits import BodyTooLarge
from nethra.core.middleware import console_path, request_frame
from nethra.core.plans import keep_plans
from nethra.core.problems import problem_response, refused_upload
from nethra.core.receiving import OFFSET_STREAM, receiver_of
from nethra.core.scope import Scope, set_scope
from nethra.core.uploads import UploadTruncated, forgetting_uploads, receive_form

#: Open to people who have to set up their second factor before anything else.
ENROLMENT_PAGES = (
    "second_factor",
    "recovery_codes",
    "register_key",
    "key_options",
    "confirm_identity",
    "confirm_options",
    "session_state",
    "unlock",
    "logout",
    "login",
    "jsi18n",
)
SESSION_KEYS = ("agency_id", "user_id", "session_id")


class AgencyTransactionMiddleware(AuthenticationMiddleware):
    """Identify the person, open the request's transaction and tell PostgreSQL the agency.

    The outer transaction stays open until the response is rendered, so that lazily rendered pages read under
    the same scope; Django's ATOMIC_REQUESTS is the savepoint that a failing view rolls back, while refusals
    and failed sign-ins recorded outside it stay. (Subclasses Django's middleware because the admin's checks
    look for it by type.)
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in PROBES:
            return cast(HttpResponseBase, self.get_response(request))
        with forgetting_uploads(request):
            try:
                _receive_body(request)
            except DomainError as refused:
                return refused_upload(request, refused)
            return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with transaction.atomic():
            # Who asks is found by keys, whatever is asked.
            keep_plans(are_kept=True)
            _identify(request)
            keep_plans(are_kept=request.method not in ("GET", "HEAD", "OPTIONS"))
            # Forms and lists of the console speak in the agency's time; the API always in UTC.
            with timezone.override(getattr(request, "agency_zone", "UTC")), _language_of(request):
                response = _held_back(request) or cast(HttpResponseBase, self.get_response(request))
            _record(request, response)
        return response


@contextmanager
def _language_of(request: HttpRequest) -> Iterator[None]:
    language = request.user.language if isinstance(request.user, User) else None
    if language is None:
        yield
        return
    with translation.override(language):
        yield


def _held_back(request: HttpRequest) -> HttpResponseBase | None:
    """Return what to answer somebody who must set up a second factor first; None for everybody else."""
    if not getattr(request, "must_enrol", False):
        return None
    path = request.path_info
    if not path.startswith(console_path()):
        sentence = "Your role needs a second factor: set it up in the console first."
        return problem_response(request, 403, "factor_enrolment_needed", sentence)
    open_to_all = {reverse(f"admin:{name}") for name in ENROLMENT_PAGES}
    return None if path in open_to_all else redirect("admin:second_factor")


def _receive_body(request: HttpRequest) -> None:
    """Read the whole body before the transaction: a slow client must not hold one open.

    Only somebody signed in may send a form with files or a stream; a short transaction finds out.
    """
    receive = receiver_of(request)
    if receive is not None:
        with transaction.atomic():
            _identify(request)
        if hasattr(request, "access") and not getattr(request, "must_enrol", False):
            receive(request)
        if request.content_type == OFFSET_STREAM:
            return
    if request.method not in ("POST", "PUT", "PATCH"):
        return
    if request.content_type == "multipart/form-data":
        if request.method != "POST":
            # Nothing here takes a form so, and Django reads none: the view says which methods there are.
            return
        with transaction.atomic():
            _identify(request)
        if hasattr(request, "access"):
            receive_form(request)
    else:
        try:
            _ = request.body
        except RequestDataTooBig as problem:
            raise BodyTooLarge() from problem
        except OSError as problem:
            raise UploadTruncated() from problem


def _identify(request: HttpRequest) -> None:
    """Set request.user and, for a live session or key, request.access; write the scope either way.

    Who names a session or key that no longer counts finds out why in request.refusal.
    """
    # SECURITY: the cookie opens console pages only and the token everything else only, so that the API needs
    # no CSRF protection; tests/accounts/test_middleware.py.
    kind = SessionKind.CONSOLE if is_console(request) else SessionKind.API
    secret = "" if kind == SessionKind.CONSOLE else credentials(request)[1]
    request.user = AnonymousUser()
    named = None if secret.startswith(PREFIX) else named_session(request)
    if named is not None:
        _identify_session(request, named, kind)
        return
    frame = request_frame(request)
    set_scope(Scope(source=str(kind), request_id=frame.request_id, address=frame.address))
    if secret.startswith(PREFIX):
        _identify_key(request, secret)


def _identify_session(request: HttpRequest, named: tuple[UUID, UUID, UUID], kind: SessionKind) -> None:
    frame, source = request_frame(request), str(kind)
    agency_id, user_id, session_id = named
    set_scope(Scope(agency_id, user_id, source, frame.request_id, frame.address))
    # The script that watches for idleness must not end it by asking.
    is_watching = kind == SessionKind.CONSOLE and request.method == "GET" and _is_watch(request)
    identity = find_identity(
        agency_id=agency_id, user_id=user_id, session_id=session_id, kind=kind, is_use=not is_watching
    )
    if identity is None:
        refusal = why_ended(agency_id=agency_id, user_id=user_id, session_id=session_id)
        request.refusal = refusal  # type: ignore[attr-defined]
        set_scope(Scope(source=source, request_id=frame.request_id, address=frame.address))
        return
    _admit(request, identity, source)


def _is_watch(request: HttpRequest) -> bool:
    return request.path_info == reverse("admin:session_state")


def _identify_key(request: HttpRequest, secret: str) -> None:
    frame, found = request_frame(request), find_key(secret)
    if found is None:
        return
    agency_id, user_id, key_id = found
    set_scope(Scope(agency_id, user_id, "api", frame.request_id, frame.address, f"API key {secret[7:15]}"))
    try:
        identity = identify_key(key_id, address=frame.address)
    except OutsideHours as refusal:
        request.refusal, identity = refusal, None  # type: ignore[attr-defined]
    if identity is None:
        set_scope(Scope(source="api", request_id=frame.request_id, address=frame.address))
        return
    request.user = identity.user
    request.access = access_of_person(  # type: ignore[attr-defined]
        identity.user, "api", capabilities=identity.capabilities
    )


def _admit(request: HttpRequest, identity: Identity, source: str) -> None:
    user, session = identity.user, identity.session
    frame = request_frame(request)
    access = access_of_person(user, source, session_id=session.pk, confirmed_at=session.confirmed_at)
    if user.is_platform_admin and session.entered_agency_id:
        access = _visiting(access, session.entered_agency_id)
        reason = f"entered: {session.entered_reason}"
        set_scope(Scope(access.agency_id, user.pk, source, frame.request_id, frame.address, reason))
    if source == "console":
        agency = session.agency
        if access.is_visiting:
            agency = Agency.objects.visible_to(operator_access(access.agency_id)).get()
        request.agency = agency  # type: ignore[attr-defined]
        request.agency_zone = agency.time_zone  # type: ignore[attr-defined]
    request.user = user
    request.user_session = session  # type: ignore[attr-defined]
    request.access = access  # type: ignore[attr-defined]
    request.must_enrol = session.second_factor_at is None and must_have_factor(user)  # type: ignore[attr-defined]


def _visiting(access: Access, agency_id: UUID) -> Access:
    """Return a superadmin's access in the agency they entered: an administrator's, of no unit."""
    return replace(
        access,
        agency_id=agency_id,
        capabilities=capabilities_of(Role.ADMIN),
        is_visiting=True,
        reach=Reach.AGENCY,
        unit_id=None,
    )


def is_console(request: HttpRequest) -> bool:
    """Return whether the cookie counts for this request; for every other it is the token or key."""
    return request.path_info.startswith(console_path())


def named_session(request: HttpRequest) -> tuple[UUID, UUID, UUID] | None:
    """Return (agency id, user id, session id) that cookie or token name; opened once a request, limits ask too."""
    if not hasattr(request, "named_session"):
        named = named_by_cookie(request) if is_console(request) else named_by_token(credentials(request)[1])
        request.named_session = named  # type: ignore[attr-defined]
    return request.named_session  # type: ignore[attr-defined,no-any-return]


def credentials(request: HttpRequest) -> tuple[str, str]:
    """Return the scheme and the token or key; desktop GIS send keys as Basic passwords, of whatever name."""
    scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    scheme, text = scheme.lower(), text.strip()
    if scheme != "basic":
        return scheme, text if scheme == "bearer" else ""
    try:
        _, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return scheme, ""
    return scheme, password if password.startswith(PREFIX) else ""


def named_by_token(token: str) -> tuple[UUID, UUID, UUID] | None:
    """Return (agency id, user id, session id) of an access token, whether that session lives or not."""
    try:
        claims = tokens.read(token)
    except tokens.InvalidToken:
        return None
    return claims.agency_id, claims.user_id, claims.session_id


def named_by_cookie(request: HttpRequest) -> tuple[UUID, UUID, UUID] | None:
    """Return (agency id, user id, session id) of the console's cookie, whether that session lives or not."""
    try:
        agency_id, user_id, session_id = (UUID(request.session[key]) for key in SESSION_KEYS)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return agency_id, user_id, session_id


def _record(request: HttpRequest, response: HttpResponseBase) -> None:
    """Keep what was refused, and every request of somebody to whom an emergency opened a case."""
    access = getattr(request, "access", None)
    if access is None:
        return
    until = access.emergency_until
    is_emergency = until is not None and datetime.now(UTC) < until
    if response.status_code != 403 and not is_emergency:
        return
    record_event(
        action="emergency_request" if is_emergency else "request",
        entity="",
        result=AuditEvent.Result.DENIED if response.status_code == 403 else AuditEvent.Result.DONE,
        body={"method": request.method, "path": request.path_info, "status": response.status_code},
    )


def remember_in_cookie(request: HttpRequest, user: User, session_id: UUID) -> None:
    """Name the session in the signed cookie; the old cookie's content goes."""
    request.session.flush()
    request.session["agency_id"] = str(user.agency_id)
    request.session["user_id"] = str(user.pk)
    request.session["session_id"] = str(session_id)
