"""What the REST framework is configured with: who may, how answers are rendered, how refusals are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest
from rest_framework import exceptions, status
from rest_framework.parsers import BaseParser
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import DomainError, InvalidInput, NotSignedIn
from nethra.core.limits import check_json
from nethra.core.problems import CONTENT_TYPE, flattened, problem

if TYPE_CHECKING:
    # The framework loads this module while it loads its own views.
    from rest_framework.views import APIView


class Open:
    """What an action needs besides, or instead of, a capability."""

    ANYBODY: Final = "anybody"
    SIGNED_IN: Final = "signed in"


Rule = Capability | str


class CapabilityPermission(BasePermission):
    """An action is allowed if, and only if,
    * the viewset's ``actions`` table names it, and
    * the access of the request's token satisfies what the table says.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        rule = self.rule_of(request, view)
        if rule == Open.ANYBODY:
            return True
        access = request.auth
        if not isinstance(access, Access):
            raise NotSignedIn()
        if isinstance(rule, Capability):
            access.require(rule)
            return True
        return rule == Open.SIGNED_IN

    def rule_of(self, request: Request, view: APIView) -> Rule | None:
        """Return the table's line; a method that the route lacks is let through to its 405."""
        method = (request.method or "").lower()
        if method not in getattr(view, "action_map", {method: ""}):
            return Open.ANYBODY
        actions: Mapping[str, Rule] = getattr(view, "actions", {})
        return actions.get(str(getattr(view, "action", "")))


class OrjsonRenderer(BaseRenderer):
    """JSON with UTC times ending in Z."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, context: Any = None) -> bytes:
        # The response is a part of its own context, and with it every record of the answer: garbage in a circle, which
        # only the collector finds. Looking for it took a third of a long answer's processor time.
        (context or {}).pop("response", None)
        if isinstance(data, bytes):
            return data
        # A 204 has no body.
        return b"" if data is None else rows.dumps(data)


class GeoJsonRenderer(OrjsonRenderer):
    """GeoJSON feature collections (RFC 7946)."""

    media_type = "application/geo+json"
    format = "geojson"


class OrjsonParser(BaseParser):
    """JSON bodies, strictly: no NaN, no lone surrogates, and no more of anything than a request of ours has."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, context: Any = None) -> Any:
        try:
            body = orjson.loads(stream.read())
        except orjson.JSONDecodeError as problem_:
            raise exceptions.ParseError("The body is not valid JSON.") from problem_
        check_json(body)
        return body


#: Stable codes for what the REST framework itself refuses.
FRAMEWORK_CODES: dict[type[exceptions.APIException], tuple[str, str]] = {
    exceptions.ParseError: ("malformed_body", "The body is not valid JSON."),
    exceptions.NotFound: ("not_found", "There is no such record."),
    exceptions.MethodNotAllowed: ("method_not_allowed", "This address does not answer that method."),
    exceptions.NotAcceptable: ("not_acceptable", "None of the accepted media types can be given."),
    exceptions.UnsupportedMediaType: (
        "unsupported_media_type",
        "Send the body as application/json, or as multipart/form-data where a file goes with it.",
    ),
    exceptions.PermissionDenied: ("not_allowed", "Your role does not allow this."),
    exceptions.NotAuthenticated: ("not_signed_in", "Please sign in first."),
    exceptions.AuthenticationFailed: ("invalid_token", "The access token is not valid or has expired."),
}


def problem_handler(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the problem details of a refusal, undoing the view's writes; None for what is a real failure."""
    request: Request = context["request"]
    told = _told(exception)
    if told is None:
        return None
    code_status, code, detail, errors = told
    keeps_writes = isinstance(exception, DomainError) and exception.keeps_writes
    if not keeps_writes and not (
        getattr(context["view"], "only_reads", False) and is_plain_reading(request._request)
    ):
        _undo_writes()
    response = Response(
        problem(request._request, code_status, code, detail, errors, getattr(exception, "facts", None)),
        status=code_status,
        content_type=CONTENT_TYPE,
    )
    if code_status == status.HTTP_401_UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(exception, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def is_plain_reading(request: HttpRequest) -> bool:
    """Return whether a request reads, and nobody in an emergency asks: of them every request is recorded."""
    access = getattr(request, "access", None)
    is_emergency = access is not None and access.emergency_until is not None
    return request.method in SAFE_METHODS and not is_emergency


def _undo_writes() -> None:
    # ATOMIC_REQUESTS' savepoint round the view ends here; the request's outer transaction goes on.
    if connection.in_atomic_block:
        transaction.set_rollback(True)


def _told(exception: Exception) -> tuple[int, str, str, Mapping[str, list[str]]] | None:
    if isinstance(exception, DomainError):
        return exception.status, exception.code, _sentence(exception.message, exception), exception.errors
    if isinstance(exception, exceptions.ValidationError):
        errors = flattened(exception.detail)
        return 400, InvalidInput.code, _sentence(InvalidInput.message, InvalidInput(errors=errors)), errors
    if isinstance(exception, Http404):
        return 404, "not_found", "There is no such record.", {}
    if isinstance(exception, PermissionDenied):
        return 403, "not_allowed", "Your role does not allow this.", {}
    if isinstance(exception, exceptions.APIException):
        code, sentence = FRAMEWORK_CODES.get(type(exception), ("refused", str(exception.detail)))
        return exception.status_code, code, sentence, {}
    return None


def _sentence(message: str, problem_: DomainError) -> str:
    """Return the one thing that is wrong where the general sentence would hide it."""
    sentences = [(name, s) for name, found in problem_.errors.items() for s in found]
    if message != InvalidInput.message or len(sentences) != 1:
        return message
    name, sentence = sentences[0]
    return f"{name}: {sentence}" if sentence.startswith(("This field", "Ensure", "This value")) else sentence
