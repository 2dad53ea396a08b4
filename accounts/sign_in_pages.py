"""Signing in to the console and out of it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.authentication import sign_in
from accounts.choices import SessionKind
from accounts.forms import SignInForm
from accounts.middleware import remember_in_cookie
from accounts.sessions import end_session, own_session
from nethra.core.access import access_of
from nethra.core.console import console
from nethra.core.errors import NotSignedIn
from nethra.core.middleware import request_frame
from nethra.core.scope import Scope

NEXT = "next"


@sensitive_post_parameters("password")
@csrf_protect
@never_cache
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail address and password and open a console session."""
    if hasattr(request, "access"):
        return redirect(_destination(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _open_session(request, form):
        return redirect(_destination(request))
    context = {
        **console.each_context(request),
        "title": "Sign in",
        "form": form,
        "next": request.POST.get(NEXT, request.GET.get(NEXT, "")),
    }
    return TemplateResponse(request, "accounts/sign_in.html", context)


def _open_session(request: HttpRequest, form: SignInForm) -> bool:
    frame = request_frame(request)
    scope = Scope(source="console", request_id=frame.request_id, address=frame.address)
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    agent = request.headers.get("User-Agent", "")
    try:
        session = sign_in(email=email, password=password, kind=SessionKind.CONSOLE, scope=scope, device=agent)
    except NotSignedIn as error:
        # Raised no further: the failed attempt stays in the audit.
        form.add_error(None, error.message)
        return False
    remember_in_cookie(request, session.user, session.pk)
    rotate_token(request)
    return True


def _destination(request: HttpRequest) -> str:
    """Return where to go: the page asked for, if, and only if, it is a page of this console."""
    wanted = request.POST.get(NEXT, request.GET.get(NEXT, ""))
    is_local = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    is_console = wanted.startswith(reverse("admin:index")) and wanted != reverse("admin:logout")
    return wanted if is_local and is_console else resolve_url(settings.LOGIN_REDIRECT_URL)


@csrf_protect
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session; a link on some page must not be able to."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    end_session(own_session(request.user, access_of(request)), because="signed_out")
    request.session.flush()
    messages.success(request, "You have signed out.")
    return redirect("admin:login")
