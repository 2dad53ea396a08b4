"""The pages behind a disclosure's link, for recipients who have no account.

SECURITY: no form token: a forged form would have to know the address, which is the secret itself, and the cookie is
not sent along with other sites' forms. So the pages can keep their address from everybody, by the referrer too.
"""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from media_evidence.disclosing.codes import (
    CODES_AN_HOUR,
    GOOD_FOR,
    OPEN_SECONDS,
    TRIES,
    ask_code,
    is_let_in,
    open_with,
)
from media_evidence.disclosing.giving import fetch, read_given
from media_evidence.disclosing.links import SOURCE, Found, find_given
from nethra.core.errors import DomainError
from nethra.core.middleware import request_frame
from nethra.core.ranges import file_response
from nethra.core.scope import Scope, set_scope
from nethra.core.throttles import TooManyRequests

_R = TypeVar("_R", bound=HttpResponseBase)
HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive"}
UNKNOWN = "There is nothing at this address. Look whether the link is whole."
OVER = "What was given by this link is not available any more: its time is over, or it was taken back."
WRONG = f"That is not the code, or it is too old. Use that of the latest mail; after {TRIES} tries ask for another."
SENT = "A code is on its way. If none comes within some minutes, look among unwanted mails."


@csrf_exempt
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def given_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show whose link it is; to whoever has the code that their mail brought, the files."""
    found = find_given(token)
    if found is None or not found.is_open:
        return _shut(request, found)
    _enter(request, found)
    if request.method == "POST" and "code" in request.POST:
        return _try_code(request, token, found)
    if request.method == "POST":
        return _send_code(request, token, found)
    if not _is_in(request, found):
        return _page(request, "door", found, token)
    given = read_given(found.access, found.disclosure_id)
    return _page(request, "files", found, token, given=given)


@csrf_exempt
@never_cache
@require_POST
def given_file(request: HttpRequest, token: str, file_id: UUID) -> HttpResponseBase:
    """Send a file, whole; each time counts."""
    found = find_given(token)
    if found is None or not found.is_open:
        return _shut(request, found)
    _enter(request, found)
    if not _is_in(request, found):
        return _page(request, "door", found, token, status=403)
    address = request_frame(request).address
    try:
        file, stored = fetch(
            access=found.access, disclosure_id=found.disclosure_id, file_id=file_id, address=address
        )
    except DomainError as refused:
        given = read_given(found.access, found.disclosure_id)
        return _page(
            request, "files", found, token, status=refused.status, given=given, refusal=refused.message
        )
    # A part would count like the whole.
    return _quiet(
        file_response(
            request,
            stored,
            name=file.file_name,
            content_type=file.content_type,
            etag=file.sha256,
            in_parts=False,
        )
    )


def _is_in(request: HttpRequest, found: Found) -> bool:
    kept = request.COOKIES.get(settings.GIVEN_COOKIE_NAME, "")
    return is_let_in(found.access, found.disclosure_id, kept)


def _enter(request: HttpRequest, found: Found) -> None:
    """Let the transaction see the agency whose link it is, in nobody's name."""
    frame = request_frame(request)
    set_scope(Scope(found.agency_id, source=SOURCE, request_id=frame.request_id, address=frame.address))


def _send_code(request: HttpRequest, token: str, found: Found) -> HttpResponse:
    try:
        ask_code(access=found.access, disclosure_id=found.disclosure_id)
    except TooManyRequests as refused:
        minutes = -(-refused.seconds // 60)
        sentence = f"At most {CODES_AN_HOUR} codes are sent in an hour; ask again in {minutes} minutes."
        response = _page(request, "door", found, token, status=429, refusal=sentence)
        response["Retry-After"] = str(refused.seconds)
        return response
    return _page(request, "door", found, token, notice=SENT)


def _try_code(request: HttpRequest, token: str, found: Found) -> HttpResponse:
    code = request.POST["code"][:100]
    kept = open_with(access=found.access, disclosure_id=found.disclosure_id, code=code)
    if not kept:
        return _page(request, "door", found, token, status=403, refusal=WRONG)
    response = redirect("given", token=token)
    # For this one link: another one that is open in the same browser has its own.
    response.set_cookie(
        settings.GIVEN_COOKIE_NAME,
        kept,
        max_age=OPEN_SECONDS,
        path=reverse("given", args=[token]),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return _quiet(response)


def _shut(request: HttpRequest, found: Found | None) -> HttpResponse:
    if found is None:
        return _page(request, "shut", None, "", status=404, sentence=UNKNOWN)
    return _page(request, "shut", found, "", status=410, sentence=f"{OVER} Ask {found.agency_name}.")


def _page(
    request: HttpRequest, name: str, found: Found | None, token: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    values = {
        "agency": found.agency_name if found else "",
        "token": token,
        "minutes": int(GOOD_FOR.total_seconds()) // 60,
        **context,
    }
    return _quiet(TemplateResponse(request, f"media_evidence/given/{name}.html", values, status=status))


def _quiet(response: _R) -> _R:
    for header, value in HEADERS.items():
        response[header] = value
    return response
