"""One's own account, and a platform superadmin's way into another agency and back."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.authentication import confirm_password
from accounts.forms import EnterAgencyForm, OwnPasswordForm
from accounts.models import User, UserSession
from accounts.services import enter_agency, leave_agency, set_password
from accounts.sessions import end_session, own_session
from nethra.core.access import Access, access_of
from nethra.core.admin import add_refusal
from nethra.core.console import console
from nethra.core.errors import DomainError


def account_page(request: HttpRequest) -> HttpResponse:
    """Show who one is and where one is signed in; change one's password."""
    access, user = access_of(request), _person(request)
    form = OwnPasswordForm(request.POST if request.method == "POST" else None)
    # Visiting another agency, row security hides one's own rows.
    if request.method == "POST" and access.is_visiting:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid() and _changed_password(access, user, form):
        request.session.flush()
        messages.success(request, "Your password is changed. Sign in with the new one.")
        return redirect("admin:login")
    context = {
        **console.each_context(request),
        "title": "Your account",
        "person": user,
        "form": form,
        "sessions": _live_sessions(access, user),
        "current_session": access.session_id,
        "is_visiting": access.is_visiting,
    }
    return TemplateResponse(request, "accounts/account.html", context)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _live_sessions(access: Access, user: User) -> list[UserSession]:
    live = UserSession.objects.visible_to(access).filter(user_id=user.pk, revoked_at=None)
    return list(live.filter(expires_at__gt=datetime.now(UTC)))


def _changed_password(access: Access, user: User, form: OwnPasswordForm) -> bool:
    try:
        with transaction.atomic():
            confirm_password(access=access, user=user, current=form.cleaned_data["current_password"])
            set_password(access=access, user=user, password=form.cleaned_data["password"])
    except DomainError as error:
        add_refusal(form, error)
        return False
    return True


def end_own_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """End one of one's own sessions, on whatever device it is."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    access, user = access_of(request), _person(request)
    session = UserSession.objects.visible_to(access).filter(pk=session_id, user_id=user.pk).first()
    if session is None:
        raise Http404
    end_session(session, because="ended_by_owner")
    if session.pk == access.session_id:
        request.session.flush()
        return redirect("admin:login")
    messages.success(request, "The session has ended.")
    return redirect("admin:account")


def enter_agency_page(request: HttpRequest) -> HttpResponse:
    """Ask a platform superadmin which agency they enter, and why."""
    access, user = access_of(request), _person(request)
    if not user.is_platform_admin or access.is_visiting:
        raise PermissionDenied
    form = EnterAgencyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _entered(access, user, form):
        return redirect("admin:index")
    context = {**console.each_context(request), "title": "Enter an agency", "form": form}
    return TemplateResponse(request, "accounts/enter_agency.html", context)


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
    leave_agency(user=_person(request), access=access)
    messages.success(request, "You are back in your own agency.")
    return redirect("admin:index")
