"""Links from mails: choosing the first password, or another one; asking for such a link."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.forms import ForgottenForm, NewPasswordForm
from accounts.links import LinkPurpose, LinkTarget, find_person, read_link
from accounts.models import User
from accounts.pages.frame import anonymous_scope, page
from accounts.people import ask_for_link, choose_password
from nethra.core.admin import add_refusal
from nethra.core.errors import DomainError
from nethra.core.scope import set_scope

LINK = "link"
LAPSED = "This link is no longer good: it was used, is too old, or a newer one was sent."


@never_cache
def follow_link(request: HttpRequest, purpose: str, token: str) -> HttpResponse:
    """Take the token out of the address, where histories and logs would keep it."""
    # Nobody is signed out by it: any page may hold such a link.
    request.session[LINK] = [purpose, token]
    return redirect("admin:choose_password")


@sensitive_post_parameters("password", "again")
@csrf_protect
@never_cache
def choose_password_page(request: HttpRequest) -> HttpResponse:
    """Let somebody whose mailbox is proven choose their password."""
    found = _person_of_link(request)
    if found is None:
        return page(request, "link_lapsed", "This link is no longer good", sentence=LAPSED)
    user, target = found
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _chosen(user, form):
        request.session.flush()
        messages.success(request, "Your password is set. Sign in with it.")
        return redirect("admin:login")
    is_invitation = target.purpose == LinkPurpose.INVITATION
    return page(
        request, "choose_password", "Choose your password", form, person=user, is_invitation=is_invitation
    )


def _person_of_link(request: HttpRequest) -> tuple[User, LinkTarget] | None:
    kept = request.session.get(LINK)
    target = read_link(*kept) if isinstance(kept, list) and len(kept) == 2 else None
    if target is None:
        return None
    scope = anonymous_scope(request)
    set_scope(scope.told(target.agency_id, target.user_id))
    user = find_person(target)
    return None if user is None else (user, target)


def _chosen(user: User, form: NewPasswordForm) -> bool:
    try:
        with transaction.atomic():
            choose_password(user=user, password=form.cleaned_data["password"])
    except DomainError as error:
        add_refusal(form, error)
        return False
    return True


@csrf_protect
@never_cache
def forgotten_page(request: HttpRequest) -> HttpResponse:
    """Mail a link to whoever has the address; say the same when nobody has it."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ask_for_link(email=form.cleaned_data["email"], scope=anonymous_scope(request))
        messages.info(
            request,
            "If somebody has an account with this address, a mail is on its way. If none comes within some "
            "minutes, ask an administrator of your agency.",
        )
        return redirect("admin:login")
    return page(request, "forgotten", "Forgotten your password?", form)
