"""What the pages of accounts share: who asks, where to go next, how a refusal is shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.middleware import SESSION_KEYS
from accounts.models import User
from nethra.core.access import Access, access_of
from nethra.core.console import console
from nethra.core.middleware import request_frame
from nethra.core.scope import Scope

NEXT = "next"


def person(request: HttpRequest) -> User:
    """Return who is signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def own_access(request: HttpRequest) -> Access:
    """Return the access to one's own account; while visiting another agency, row security hides it."""
    access = access_of(request)
    if access.is_visiting or access.session_id is None:
        raise PermissionDenied
    return access


def anonymous_scope(request: HttpRequest) -> Scope:
    """Return the scope of somebody who is not signed in yet."""
    frame = request_frame(request)
    return Scope(source="console", request_id=frame.request_id, address=frame.address)


def session_id_of(request: HttpRequest) -> UUID | None:
    """Return which session the cookie names."""
    try:
        return UUID(request.session[SESSION_KEYS[2]])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def wanted_page(request: HttpRequest) -> str:
    """Return the page that was asked for, as the form or the address has it."""
    wanted: str = request.POST.get(NEXT, request.GET.get(NEXT, ""))
    return wanted


def destination(request: HttpRequest) -> str:
    """Return where to go: the page asked for, if, and only if, it is a page of this console."""
    wanted = wanted_page(request)
    is_local = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    is_console = wanted.startswith(reverse("admin:index")) and wanted != reverse("admin:logout")
    return wanted if is_local and is_console else resolve_url("admin:index")


def with_next(name: str, request: HttpRequest) -> str:
    """Return a page's address that remembers where to go afterwards."""
    wanted = wanted_page(request)
    return f"{reverse(f'admin:{name}')}?{urlencode({NEXT: wanted})}" if wanted else reverse(f"admin:{name}")


def page(
    request: HttpRequest, template: str, title: str, form: forms.Form | None = None, **context: Any
) -> HttpResponse:
    """Return one of the account's pages."""
    values = {**console.each_context(request), "title": title, "form": form, **context}
    return TemplateResponse(request, f"accounts/{template}.html", values)
