"""What is refused before anything looks at a request: the API in clear, and methods that nobody serves."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

from nethra.core.middleware import GetResponse
from nethra.core.problems import for_program, problem_response

#: What load balancers ask: in clear as well, and when the database does not answer.
PROBES = frozenset({"/health", "/health/db"})
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


class RefusalMiddleware:
    """Answer 403 to programs that come in clear, where people are sent on to HTTPS, and 405 to TRACE and the like."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # A program that is sent on never learns that its token crossed the network in clear.
        if settings.SECURE_SSL_REDIRECT and is_program(request) and not request.is_secure():
            return problem_response(request, 403, "https_required", "Use https:// for this address.")
        # The API says it in its own words.
        if request.method not in METHODS and not for_program(request):
            return HttpResponseNotAllowed(METHODS)
        return self.get_response(request)


def is_program(request: HttpRequest) -> bool:
    """Return whether the request is a program's, and not the question of a load balancer."""
    return for_program(request) and request.path_info not in PROBES
