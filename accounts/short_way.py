"""The short way: a GET of the API that only reads, by a token, with nothing about it that needs more.

The ordinary way is there for whatever may come: cookies, forms, files, pages of other origins, keys, emergencies,
visits to other agencies, refusals in words and on record. Together that takes longer than finding a record. A plain
reading is answered here by the same functions in the same order: limit, token, agency's scope, session, role,
permission, view.

SECURITY: only an answer that goes well is given here. Whatever else comes out, for whatever reason, is undone and goes
the ordinary way from the beginning; tests/accounts/test_short_way.py.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import APIException

from accounts.api_keys import PREFIX as KEY_PREFIX
from accounts.choices import SessionKind
from accounts.middleware import credentials, named_session
from accounts.models import UserSession
from accounts.roles import access_of_person
from accounts.second_factor import must_have_factor
from accounts.session_rows import session_of, session_row, split_row
from accounts.sessions import is_open, seen_every
from nethra.core.access import Access
from nethra.core.answers import KEPT, Row
from nethra.core.errors import DomainError
from nethra.core.middleware import GetResponse, request_frame
from nethra.core.plans import keep_plans
from nethra.core.scope import Scope, set_scope
from nethra.core.short_routes import PREFIX, call, route_of
from nethra.core.throttles import allowance, key_of

log = logging.getLogger("nethra.request")
#: What of a request is read elsewhere: pages of other origins, and what stands for another method.
NEEDS_MORE = ("HTTP_ORIGIN", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_READING_REASON")


class _OrdinaryWay(Exception):
    """Nothing is wrong, but more is needed than is done here."""


class ShortWayMiddleware:
    """Answer plain readings; send everything else on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._walls = {is_secure: _headers_of_walls(is_secure=is_secure) for is_secure in (False, True)}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "GET" and request.path_info.startswith(PREFIX) and settings.SHORT_WAY:
            response = answer(request)
            if response is not None:
                return self._finished(request, response)
        return self.get_response(request)

    def _finished(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        for name, value in self._walls[request.is_secure()].items():
            response.headers.setdefault(name, value)
        # As the middleware for other origins says of every answer of the API.
        patch_vary_headers(response, ["origin"])
        response.headers["Content-Length"] = str(len(response.content))
        return response  # type: ignore[no-any-return]


def _headers_of_walls(*, is_secure: bool) -> dict[str, str]:
    """Return what the middleware puts on every answer, asked of the middleware itself."""
    request, response = HttpRequest(), HttpResponse()
    del response.headers["Content-Type"]
    request.method = "GET"
    request.META = {"wsgi.url_scheme": "https" if is_secure else "http"}
    request.is_secure = lambda: is_secure  # type: ignore[method-assign]
    SecurityMiddleware(_nothing).process_response(request, response)
    XFrameOptionsMiddleware(_nothing).process_response(request, response)
    return dict(response.items())


def _nothing(_: HttpRequest) -> HttpResponse:
    return HttpResponse()


def answer(request: HttpRequest) -> HttpResponseBase | None:
    """Return the answer to a plain reading that goes well; None for everything that must go the ordinary way."""
    found = route_of(request.path_info)
    if found is None or not _is_plain(request):
        return None
    route, parameters = found
    request.resolver_match = route.match
    try:
        _count(request)
        with transaction.atomic():
            session, access = _identified(request)
            return _good(call(route, parameters, request, session.user, access))
    except (_OrdinaryWay, DomainError, APIException, Http404):
        # The ordinary way meets it again, and says it in words.
        pass
    except Exception as problem:  # noqa: BLE001
        # Should it be the short way's own, nobody would notice but by time. Its words may hold what people wrote.
        log.warning("%s on the short way of %s", type(problem).__name__, route.match.route)
    request.resolver_match = None
    return None


def _good(response: HttpResponseBase | None) -> HttpResponseBase:
    if response is None or response.status_code >= 400:
        raise _OrdinaryWay()
    return response


def _is_plain(request: HttpRequest) -> bool:
    meta = request.META
    if any(name in meta for name in NEEDS_MORE) or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
        return False
    scheme, secret = credentials(request)
    if scheme != "bearer" or secret.startswith(KEY_PREFIX) or named_session(request) is None:
        return False
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def _count(request: HttpRequest) -> None:
    """Count the request once, whichever way it goes: the limit's middleware sees that it was."""
    if settings.REQUESTS_PER_MINUTE:
        allowance.spend(key_of("holder", str(_named(request)[2])), settings.REQUESTS_PER_MINUTE)
    request.is_counted = True  # type: ignore[attr-defined]


def _named(request: HttpRequest) -> tuple[Any, Any, Any]:
    named = named_session(request)
    if named is None:
        raise _OrdinaryWay()
    return named


def _identified(request: HttpRequest) -> tuple[UserSession, Access]:
    """Write the scope, and return the live session and its access; raise _OrdinaryWay where there is more to do."""
    agency_id, user_id, session_id = _named(request)
    frame = request_frame(request)
    set_scope(Scope(agency_id, user_id, SessionKind.API, frame.request_id, frame.address))
    row = session_row(session_id, agency_id=agency_id, user_id=user_id, kind=SessionKind.API)
    if row is None:
        raise _OrdinaryWay()
    seen_at, rest = split_row(row)
    session, access = _known(rest)
    # Whoever was not seen for a minute is noted as seen, or is idle.
    if access is None or not is_open(session) or datetime.now(UTC) - seen_at > seen_every():
        raise _OrdinaryWay()
    keep_plans(are_kept=False)
    return session, access


@lru_cache(maxsize=KEPT)
def _known(rest: Row) -> tuple[UserSession, Access | None]:
    """Return the session of the rest of a row, which nobody may change, and its access; None where it needs more."""
    session = session_of(rest)
    if _needs_more(session):
        return session, None
    return session, access_of_person(
        session.user, "api", session_id=session.pk, confirmed_at=session.confirmed_at
    )


def _needs_more(session: UserSession) -> bool:
    """Return whether the ordinary way does something about this person besides answering."""
    user = session.user
    return (
        user.is_platform_admin
        or user.emergency_until is not None
        or user.language != settings.LANGUAGE_CODE
        or (session.second_factor_at is None and must_have_factor(user))
    )
