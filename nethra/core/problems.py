"""Problem details (RFC 9457): one shape for every refusal, inside the REST framework and outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import get_template

from nethra.core.errors import DomainError
from nethra.core.middleware import request_frame

CONTENT_TYPE = "application/problem+json"
#: Below these paths programs ask, so refusals are problem details and not pages.
PROGRAM_PATHS = ("/api/", "/auth/", "/users", "/health", "/ogc")


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    errors: Mapping[str, list[str]] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the members of a problem; ``instance`` names the request as X-Request-ID does."""
    return {
        "type": f"urn:nethra:problem:{code}",
        "title": _phrase(status),
        "status": status,
        "detail": detail,
        "instance": f"urn:nethra:request:{request_frame(request).request_id}",
        "code": code,
        "errors": dict(errors or {}),
        **(facts or {}),
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        # The tus protocol's own 460.
        return "Checksum Mismatch"


def problem_response(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    errors: Mapping[str, list[str]] | None = None,
) -> HttpResponse:
    """Return a problem as a response of its own, for what goes wrong before or outside a view."""
    body = orjson.dumps(problem(request, status, code, detail, errors))
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE)


def for_program(request: HttpRequest) -> bool:
    """Return whether the request's path belongs to the API."""
    return request.path_info.startswith(PROGRAM_PATHS)


def error_page(request: HttpRequest, status: int, name: str = "", sentence: str = "") -> HttpResponse:
    """Return the page of an error. It reads no database and asks for no session: both may be what failed."""
    template = get_template(f"{name or status}.html")
    context = {"request_id": request_frame(request).request_id, "sentence": sentence}
    return HttpResponse(template.render(context), status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that came without its token, such as one left open for a day."""
    return error_page(request, 403, "403_csrf")


def refused_upload(request: HttpRequest, refused: DomainError) -> HttpResponse:
    """Answer a form with files that could not be taken in."""
    if for_program(request):
        return problem_response(request, refused.status, refused.code, refused.message)
    return error_page(request, refused.status, "upload", sentence=refused.message)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 400 for what Django itself refuses, such as a body that is too large."""
    if for_program(request):
        return problem_response(request, 400, "bad_request", "This request cannot be read.")
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 403."""
    if for_program(request):
        return problem_response(request, 403, "not_allowed", "Your role does not allow this.")
    return error_page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 404 for a path that no route serves."""
    if for_program(request):
        return problem_response(request, 404, "not_found", "There is nothing at this address.")
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer 500 without details: the log has them under the request's id."""
    if for_program(request):
        return problem_response(
            request, 500, "server_error", "Something went wrong here; the log has it under this instance."
        )
    return error_page(request, 500)


def flattened(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Return the REST framework's nested errors as path -> sentences, such as 'offences.0.code'."""
    if isinstance(detail, Mapping):
        entries: Sequence[tuple[str, Any]] = [(str(key), value) for key, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(item, Mapping | list) for item in detail):
        entries = [(str(index), item) for index, item in enumerate(detail)]
    else:
        return {prefix or "body": [str(item) for item in (detail if isinstance(detail, list) else [detail])]}
    errors: dict[str, list[str]] = {}
    for key, value in entries:
        own = prefix if key == "non_field_errors" else f"{prefix}.{key}" if prefix else key
        if value:
            errors |= flattened(value, own)
    return errors
