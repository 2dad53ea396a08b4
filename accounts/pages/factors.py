"""The pages of one's second factors: authenticator app, security keys, recovery codes; and of confirming who
one is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.authentication import confirm_identity
from accounts.forms import CodeForm, ConfirmForm, KeyNameForm
from accounts.models import User
from accounts.pages.frame import anonymous_scope, destination, own_access, page, person, wanted_page
from accounts.pages.sign_in import factor_check
from accounts.second_factor import (
    apps_of,
    begin_authenticator,
    codes_left,
    confirm_authenticator,
    find_factor,
    has_factor,
    make_recovery_codes,
    must_have_factor,
    pending_authenticator,
    provisioning_uri,
    remove_factor,
)
from accounts.security_keys import (
    STEP_UP,
    Party,
    keys_of,
    register_key,
    registration_options,
    signing_options,
)
from accounts.sessions import own_session
from nethra.core.admin import add_refusal
from nethra.core.console_actions import proof_first
from nethra.core.errors import Busy, DomainError, NotSignedIn


@sensitive_post_parameters("password", "code")
@never_cache
def confirm_page(request: HttpRequest) -> HttpResponse:
    """Ask once more who is there: by the second factor of whoever has one, else by the password."""
    own_access(request)
    user = person(request)
    with_factor = has_factor(user)
    form = (CodeForm if with_factor else ConfirmForm)(request.POST or None)
    if request.method == "POST" and form.is_valid() and _confirmed(request, user, form):
        return redirect(destination(request))
    has_keys = with_factor and bool(keys_of(user, Party.of(request)))
    return page(
        request, "confirm", "Confirm that it is you", form, next=wanted_page(request), has_keys=has_keys
    )


def _confirmed(request: HttpRequest, user: User, form: Any) -> bool:
    check = factor_check(request, form, STEP_UP) if isinstance(form, CodeForm) else None
    try:
        confirm_identity(
            user=user,
            session=own_session(user, own_access(request)),
            scope=anonymous_scope(request),
            password=form.cleaned_data.get("password", ""),
            check=check,
        )
    except (NotSignedIn, Busy) as error:
        # Raised no further: the failed attempt stays counted.
        form.add_error(None, error.message)
        return False
    return True


def confirm_options(request: HttpRequest) -> HttpResponse:
    """Answer the script with what a security key is asked to sign."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    own_access(request)
    user = person(request)
    return JsonResponse(signing_options(user=user, party=Party.of(request), purpose=STEP_UP))


@never_cache
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """List one's factors, and set up an authenticator app: a QR code, and the first code it shows."""
    access, user = own_access(request), person(request)
    first = proof_first(request)
    if first is not None:
        return first
    waiting = pending_authenticator(user)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and "begin" in request.POST:
        begin_authenticator(user=user)
        return redirect("admin:second_factor")
    if request.method == "POST" and waiting is not None and form.is_valid():
        try:
            with transaction.atomic():
                codes = confirm_authenticator(
                    access=access, user=user, app=waiting[0], code=form.cleaned_data["code"]
                )
            return _codes_page(request, codes)
        except DomainError as error:
            add_refusal(form, error)
    secret = waiting[1] if waiting else ""
    return page(
        request,
        "second_factor",
        "Second factor",
        form,
        person=user,
        is_required=must_have_factor(user),
        apps=apps_of(user),
        keys=keys_of(user, Party.of(request)),
        codes_left=codes_left(user),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        qr=_qr(provisioning_uri(user, secret)) if secret else "",
        name_form=KeyNameForm(),
    )


def _qr(text: str) -> str:
    """Return the QR code as an address that holds the picture itself, dark on light in every theme."""
    return str(segno.make(text, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff"))


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    if not codes:
        messages.success(request, "Your second factor is set up.")
        return redirect("admin:second_factor")
    return page(request, "recovery_codes", "Your recovery codes", codes=codes, now=datetime.now(UTC))


@never_cache
def recovery_codes_page(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes and show them, this once."""
    access, user = own_access(request), person(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    first = proof_first(request, back="second_factor")
    if first is not None:
        return first
    try:
        codes = make_recovery_codes(access=access, user=user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("admin:second_factor")
    return _codes_page(request, codes)


def key_options(request: HttpRequest) -> HttpResponse:
    """Tell the script how to make a key."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    own_access(request).require_proof()
    return JsonResponse(registration_options(user=person(request), party=Party.of(request)))


def register_key_page(request: HttpRequest) -> HttpResponse:
    """Keep the key that the script made."""
    access, user = own_access(request), person(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    first = proof_first(request, back="second_factor")
    if first is not None:
        return first
    try:
        answer = json.loads(request.POST.get("answer", ""))
    except ValueError:
        answer = {}
    name = request.POST.get("name", "")
    try:
        with transaction.atomic():
            codes = register_key(access=access, user=user, party=Party.of(request), name=name, answer=answer)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("admin:second_factor")
    return _codes_page(request, codes)


def remove_factor_page(request: HttpRequest, factor_id: UUID) -> HttpResponse:
    """Take one of one's factors away."""
    access, user = own_access(request), person(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    first = proof_first(request, back="second_factor")
    if first is not None:
        return first
    factor = find_factor(user, factor_id)
    if factor is None:
        raise Http404
    try:
        with transaction.atomic():
            remove_factor(access=access, user=user, factor=factor)
        messages.success(request, "It no longer confirms your sign-ins.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("admin:second_factor")
