"""A platform superadmin's way into another agency and back."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from accounts.forms import EnterAgencyForm
from accounts.models import User
from accounts.pages.frame import page, person
from accounts.services import enter_agency, leave_agency
from accounts.sessions import own_session
from nethra.core.access import Access, access_of
from nethra.core.console_actions import proof_first
from nethra.core.errors import DomainError


def enter_agency_page(request: HttpRequest) -> HttpResponse:
    """Ask a platform superadmin which agency they enter, and why."""
    access, user = access_of(request), person(request)
    if not user.is_platform_admin or access.is_visiting:
        raise PermissionDenied
    first = proof_first(request)
    if first is not None:
        return first
    form = EnterAgencyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _entered(access, user, form):
        return redirect("admin:index")
    return page(request, "enter_agency", "Enter an agency", form)


def _entered(access: Access, user: User, form: forms.Form) -> bool:
    code, reason = form.cleaned_data["code"].strip(), form.cleaned_data["reason"]
    try:
        with transaction.atomic():
            enter_agency(user=user, session=own_session(user, access), code=code, reason=reason)
    except DomainError as error:
        form.add_error("code" if error.status == 404 else None, error.message)
        return False
    return True


def leave_agency_page(request: HttpRequest) -> HttpResponse:
    """Take a visiting platform superadmin home."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    access = access_of(request)
    if not access.is_visiting:
        raise PermissionDenied
    leave_agency(user=person(request), access=access)
    messages.success(request, "You are back in your own agency.")
    return redirect("admin:index")
