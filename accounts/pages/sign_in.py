"""Signing in to the console, in one step or two, and out of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.authentication import CheckFactor, Proven, admit, enter_again, prove_factor, prove_password
from accounts.choices import EndReason, SessionKind
from accounts.forms import CodeForm, SignInForm
from accounts.links import mark_of
from accounts.middleware import named_by_cookie, remember_in_cookie
from accounts.models import User, UserSession
from accounts.pages.frame import anonymous_scope, destination, page, wanted_page, with_next
from accounts.second_factor import check_code, has_factor
from accounts.security_keys import SIGN_IN, Party, check_answer, keys_of, signing_options
from accounts.sessions import end_session, find_locked, own_session
from nethra.core.access import access_of
from nethra.core.errors import Busy, NotSignedIn
from nethra.core.middleware import clear_site_data
from nethra.core.querysets import unscoped
from nethra.core.scope import set_scope

PENDING = "pending"
PENDING_LIVES = timedelta(minutes=5)


@sensitive_post_parameters("password")
@csrf_protect
@never_cache
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail address and password; then for the second factor of whoever has one."""
    if hasattr(request, "access"):
        return redirect(destination(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _first_step(request, form)
        if answer is not None:
            return answer
    locked = _locked_user(request) if request.method != "POST" else None
    ended = getattr(request, "refusal", None) if locked is None and request.method != "POST" else None
    if locked is not None and "other" not in request.GET:
        return page(request, "unlock", "Locked", person=locked, next=wanted_page(request))
    return page(request, "sign_in", "Sign in", form, next=wanted_page(request), ended=ended)


def _locked_user(request: HttpRequest) -> User | None:
    named = named_by_cookie(request)
    if named is None:
        return None
    scope = anonymous_scope(request)
    set_scope(scope.told(named[0]))
    identity = find_locked(agency_id=named[0], user_id=named[1], session_id=named[2])
    set_scope(scope)
    return None if identity is None else identity.user


def _first_step(request: HttpRequest, form: SignInForm) -> HttpResponse | None:
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    try:
        proven = prove_password(email=email, password=password, scope=anonymous_scope(request))
        if has_factor(proven.user):
            _remember_pending(request, proven.user)
            return redirect(with_next("sign_in_code", request))
        return _enter(request, proven, with_factor=False)
    except (NotSignedIn, Busy) as error:
        # Raised no further: the failed attempt stays counted and in the audit.
        form.add_error(None, error.message)
        return None


def _enter(request: HttpRequest, proven: Proven, *, with_factor: bool) -> HttpResponse:
    agent = request.headers.get("User-Agent", "").replace("\x00", "")
    session = admit(
        proven,
        SessionKind.CONSOLE,
        scope=anonymous_scope(request),
        device=agent,
        with_factor=with_factor,
    )
    remember_in_cookie(request, proven.user, session.pk)
    rotate_token(request)
    _tell_of_ended(request, session)
    return redirect(destination(request))


def _tell_of_ended(request: HttpRequest, session: UserSession) -> None:
    with unscoped("one's own sessions"):
        ended = UserSession.objects.filter(
            user_id=session.user_id, revoked_because=EndReason.LIMIT, revoked_at__gte=session.confirmed_at
        )
        number = ended.count()
    if number:
        messages.warning(
            request,
            "Your oldest session, on another device, has ended: no more sessions are allowed at once.",
        )


def _remember_pending(request: HttpRequest, user: User) -> None:
    request.session.flush()
    request.session[PENDING] = {
        "agency": str(user.agency_id),
        "user": str(user.pk),
        "mark": mark_of(user),
        "at": datetime.now(UTC).isoformat(),
    }


def _pending_user(request: HttpRequest) -> User | None:
    """Return whose password was right a moment ago; the scope is their agency's then."""
    pending: Any = request.session.get(PENDING)
    try:
        agency_id, user_id = UUID(pending["agency"]), UUID(pending["user"])
        is_fresh = datetime.now(UTC) - datetime.fromisoformat(pending["at"]) < PENDING_LIVES
    except (TypeError, KeyError, ValueError):
        return None
    if not is_fresh:
        return None
    scope = anonymous_scope(request)
    set_scope(scope.told(agency_id, user_id))
    with unscoped("the second step of signing in"):
        user: User | None = User.objects.select_related("agency").filter(pk=user_id, is_active=True).first()
    return user if user is not None and mark_of(user) == pending["mark"] else None


@sensitive_post_parameters("code")
@csrf_protect
@never_cache
def code_page(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor: a code, a recovery code, or a touch of a security key."""
    user = _pending_user(request)
    if user is None:
        messages.info(request, "That took longer than five minutes; begin again.")
        return redirect(with_next("login", request))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _second_step(request, user, form)
        if answer is not None:
            return answer
    has_keys = bool(keys_of(user, Party.of(request)))
    return page(request, "code", "Confirm your sign-in", form, next=wanted_page(request), has_keys=has_keys)


def _second_step(request: HttpRequest, user: User, form: CodeForm) -> HttpResponse | None:
    try:
        proven = enter_again(user)
        prove_factor(proven, factor_check(request, form, SIGN_IN))
        return _enter(request, proven, with_factor=True)
    except NotSignedIn as error:
        form.add_error(None, error.message)
        return None


def factor_check(request: HttpRequest, form: CodeForm, purpose: str) -> CheckFactor:
    """Return what checks the code, or the key's answer, that a form brought."""
    code, key_answer = form.cleaned_data["code"], form.cleaned_data["key_answer"]
    if not key_answer:
        return lambda user: check_code(user, code)
    try:
        answer = json.loads(key_answer)
    except ValueError:
        answer = {}
    party = Party.of(request)
    return lambda user: check_answer(user=user, party=party, purpose=purpose, answer=answer)


@csrf_protect
@never_cache
def code_options(request: HttpRequest) -> HttpResponse:
    """Answer the script with what a security key is asked to sign."""
    user = _pending_user(request)
    if request.method != "POST" or user is None:
        return JsonResponse({}, status=403)
    return JsonResponse(signing_options(user=user, party=Party.of(request), purpose=SIGN_IN))


@csrf_protect
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session; a link on some page must not be able to."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if hasattr(request, "access"):
        end_session(own_session(request.user, access_of(request)), because=EndReason.SIGNED_OUT)
    request.session.flush()
    messages.success(request, "You have signed out.")
    return clear_site_data(redirect("admin:login"))
