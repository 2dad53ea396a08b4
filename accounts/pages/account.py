"""One's own account: who one is, where one is signed in, one's password."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.authentication import prove_password
from accounts.choices import EndReason
from accounts.devices import device_name
from accounts.forms import ContactForm, OwnPasswordForm, ProfileForm
from accounts.models import ApiKey, Contact, Posting, Profile, User, UserSession
from accounts.pages.frame import anonymous_scope, own_access, page, person
from accounts.people import change_own_password
from accounts.profiles import add_contact, change_profile, close_contact, profile_of
from accounts.second_factor import apps_of, codes_left, has_factor, must_have_factor
from accounts.sessions import end_session, end_sessions_of, session_limit
from nethra.core.access import Access, access_of
from nethra.core.admin import add_refusal
from nethra.core.console_actions import proof_first
from nethra.core.errors import Busy, DomainError, NotSignedIn
from nethra.core.middleware import SANDBOX


@never_cache
def account_page(request: HttpRequest) -> HttpResponse:
    """Show who one is, where one is signed in, and what confirms it."""
    access, user = access_of(request), person(request)
    if access.is_visiting:
        return page(request, "account", "Your account", person=user, is_visiting=True)
    sessions = _open_sessions(access)
    return page(
        request,
        "account",
        "Your account",
        person=user,
        profile=profile_of(user),
        contacts=_contacts(access),
        postings=Posting.objects.visible_to(access)
        .filter(user_id=user.pk, deactivated_at=None)
        .select_related("unit"),
        sessions=[(session, device_name(session.device)) for session in sessions],
        limit=session_limit(user),
        current_session=access.session_id,
        has_factor=has_factor(user),
        is_required=must_have_factor(user),
        apps=apps_of(user),
        codes_left=codes_left(user),
        keys=[key for key in ApiKey.objects.visible_to(access).filter(user_id=user.pk) if key.is_live],
    )


def _open_sessions(access: Access) -> list[UserSession]:
    mine = UserSession.objects.visible_to(access).filter(user_id=access.user_id)
    return list(mine.open())


def _contacts(access: Access) -> list[Contact]:
    mine = Contact.objects.visible_to(access).filter(user_id=access.user_id, deactivated_at=None)
    return list(mine)


@never_cache
def profile_page(request: HttpRequest) -> HttpResponse:
    """Change one's profile: picture, language, time zone, and what colleagues should know."""
    access, user = own_access(request), person(request)
    profile = profile_of(user)
    form = ProfileForm(request.POST or None, request.FILES or None, profile=profile)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                change_profile(access=access, user=user, **form.values())
            messages.success(request, "Your profile is saved.")
            return redirect("admin:account")
        except DomainError as error:
            add_refusal(form, error)
    return page(request, "profile", "Your profile", form, profile=profile, person=user)


def add_contact_page(request: HttpRequest) -> HttpResponse:
    """Add one way to be reached."""
    access, user = own_access(request), person(request)
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                add_contact(access=access, user=user, **form.cleaned_data)
            messages.success(request, "The contact is added.")
            return redirect("admin:account")
        except DomainError as error:
            add_refusal(form, error)
    return page(request, "contact", "Add a contact", form)


def close_contact_page(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Take one of one's contacts away."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    access = own_access(request)
    contact = Contact.objects.visible_to(access).filter(pk=contact_id, user_id=access.user_id).first()
    if contact is None:
        raise Http404
    close_contact(access=access, contact=contact)
    messages.success(request, "The contact is taken away.")
    return redirect("admin:account")


@sensitive_post_parameters("current", "password", "again")
@never_cache
def password_page(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every session ends."""
    access, user = own_access(request), person(request)
    first = proof_first(request)
    if first is not None:
        return first
    form = OwnPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _knows_password(request, user, form):
        try:
            with transaction.atomic():
                change_own_password(access=access, user=user, password=form.cleaned_data["password"])
        except DomainError as error:
            add_refusal(form, error)
        else:
            request.session.flush()
            messages.success(request, "Your password is changed. Sign in with the new one.")
            return redirect("admin:login")
    return page(request, "password", "Change your password", form)


def _knows_password(request: HttpRequest, user: User, form: OwnPasswordForm) -> bool:
    try:
        prove_password(
            email=user.email, password=form.cleaned_data["current"], scope=anonymous_scope(request)
        )
    except (NotSignedIn, Busy) as error:
        # Raised no further: the failed attempt stays counted.
        form.add_error(None, error.message)
        return False
    return True


def end_own_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """End one of one's own sessions, on whatever device it is."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    access, user = access_of(request), person(request)
    session = UserSession.objects.visible_to(access).filter(pk=session_id, user_id=user.pk).first()
    if session is None:
        raise Http404
    first = proof_first(request, back="account") if session.pk != access.session_id else None
    if first is not None:
        return first
    end_session(session, because=EndReason.BY_OWNER)
    if session.pk == access.session_id:
        request.session.flush()
        return redirect("admin:login")
    messages.success(request, "The session has ended.")
    return redirect("admin:account")


def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all of one's sessions but this one."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    access, user = own_access(request), person(request)
    first = proof_first(request, back="account")
    if first is not None:
        return first
    ended = end_sessions_of(user, because=EndReason.BY_OWNER, but=access.session_id)
    messages.success(
        request, f"{ended} other sessions have ended." if ended != 1 else "The other session has ended."
    )
    return redirect("admin:account")


@never_cache
def picture(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Serve a colleague's picture to whoever sees their profile."""
    profile = Profile.objects.visible_to(access_of(request)).filter(user_id=user_id).first()
    if profile is None or not profile.picture:
        raise Http404
    answer = HttpResponse(bytes(profile.picture), content_type="image/jpeg")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer
