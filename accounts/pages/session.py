"""What the console's script asks about the session, and taking up one that idleness locked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from accounts import guard
from accounts.authentication import prove_password
from accounts.middleware import named_by_cookie
from accounts.models import UserSession
from accounts.pages.frame import anonymous_scope, destination, page, wanted_page
from accounts.sessions import Identity, find_locked, seen_every, take_up
from nethra.audit.services import record_event
from nethra.core.errors import Busy, NotSignedIn
from nethra.core.scope import set_scope


@csrf_protect
@never_cache
def session_state(request: HttpRequest) -> HttpResponse:
    """Say whether the session lives, is locked or has ended, and for how long it may idle.

    A GET does not count as using it; a POST says that somebody is typing.
    """
    session = getattr(request, "user_session", None)
    if isinstance(session, UserSession):
        return JsonResponse(_state(request, "live", **session_watch(request)))
    locked = _locked(request)
    if locked is not None:
        return JsonResponse(_state(request, "locked", whose=str(locked.user.pk), name=locked.user.name))
    refusal = getattr(request, "refusal", None)
    return JsonResponse(_state(request, "ended", sentence=getattr(refusal, "message", "")))


def session_watch(request: HttpRequest) -> dict[str, Any]:
    """Return for how many seconds the session may go on idling, and whose it is, for the page's script."""
    session: UserSession = request.user_session  # type: ignore[attr-defined]
    now = datetime.now(UTC)
    is_watching = request.method == "GET" and request.path_info == reverse("admin:session_state")
    # What a request writes as "last seen" is up to a tenth of the idle time old: the lock comes no later for it.
    seen = session.last_seen_at if is_watching else max(session.last_seen_at, now - seen_every())
    left = seen + timedelta(seconds=settings.SESSION_IDLE_SECONDS) - now
    return {
        "seconds": round(max(min(left, session.expires_at - now).total_seconds(), 0), 1),
        "whose": str(session.user_id),
    }


def _state(request: HttpRequest, state: str, **more: Any) -> dict[str, Any]:
    return {"state": state, "idle": settings.SESSION_IDLE_SECONDS, "csrf": get_token(request), **more}


def _locked(request: HttpRequest) -> Identity | None:
    named = named_by_cookie(request)
    if named is None:
        return None
    scope = anonymous_scope(request)
    set_scope(scope.told(named[0], named[1]))
    return find_locked(agency_id=named[0], user_id=named[1], session_id=named[2])


@sensitive_post_parameters("password")
@csrf_protect
@never_cache
def unlock(request: HttpRequest) -> HttpResponse:
    """Take up a locked session with its password (SP 800-63B: one factor beside the session's own secret)."""
    is_script = request.headers.get("X-Requested-With") == "fetch"
    identity = _locked(request)
    if request.method != "POST" or identity is None:
        return JsonResponse({"sentence": ""}, status=409) if is_script else redirect(destination(request))
    user, session = identity.user, identity.session
    try:
        proven = prove_password(
            email=user.email, password=request.POST.get("password", ""), scope=anonymous_scope(request)
        )
    except (NotSignedIn, Busy) as error:
        if is_script:
            return JsonResponse({"sentence": error.message}, status=401)
        return page(
            request, "unlock", "Locked", person=user, next=wanted_page(request), sentence=error.message
        )
    guard.clear(proven.counter, user)
    take_up(session)
    record_event(action="session_unlocked", entity="accounts_usersession", object_id=session.pk)
    if is_script:
        return JsonResponse(
            _state(request, "live", seconds=settings.SESSION_IDLE_SECONDS, whose=str(user.pk))
        )
    return redirect(destination(request))
