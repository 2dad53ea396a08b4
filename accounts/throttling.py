"""How many requests a minute: of one session or key, and of everybody at one address who has none.

Only for machines that run wild and for guessing. People's sign-ins are counted by accounts/guard.py besides.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.api_keys import PREFIX
from accounts.middleware import credentials, is_console, named_session
from nethra.core.doors import PROBES
from nethra.core.middleware import request_frame
from nethra.core.problems import error_page, for_program, problem_response
from nethra.core.throttles import TooManyRequests, allowance, count, key_of, standing

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ThrottleMiddleware:
    """Answer 429 beyond the limits, before the request's transaction begins and without asking who it is."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_limited = settings.REQUESTS_PER_MINUTE or settings.STRANGERS_PER_MINUTE
        is_counted = getattr(request, "is_counted", False)
        if request.path_info in PROBES or is_counted or not is_limited:
            return self.get_response(request)
        stranger = key_of("address", request_frame(request).address)
        holder = _holder(request)
        try:
            _count(holder, stranger)
        except TooManyRequests as refusal:
            return _refused(request, refusal)
        response = self.get_response(request)
        if holder.startswith(PREFIX) and response.status_code == 401:
            count(stranger)
        return response


def _count(holder: str, stranger: bytes) -> None:
    if not holder:
        count(stranger).refuse_over(settings.STRANGERS_PER_MINUTE)
        return
    # Keys are only known once the database was asked: who guesses them is a stranger, and leaves no row for each.
    if holder.startswith(PREFIX):
        standing(stranger).refuse_over(settings.STRANGERS_PER_MINUTE)
    if settings.REQUESTS_PER_MINUTE:
        allowance.spend(key_of("holder", holder), settings.REQUESTS_PER_MINUTE)


def _holder(request: HttpRequest) -> str:
    """Return what the request is counted by: its session, where we signed its name, or its key; '' for none."""
    if not is_console(request):
        _, secret = credentials(request)
        if secret.startswith(PREFIX):
            return secret
    named = named_session(request)
    return str(named[2]) if named else ""


def _refused(request: HttpRequest, refusal: TooManyRequests) -> HttpResponse:
    if for_program(request):
        response = problem_response(request, refusal.status, refusal.code, refusal.message)
    else:
        response = error_page(request, refusal.status, "429", sentence=refusal.message)
    response.headers["Retry-After"] = str(refusal.seconds)
    return response
