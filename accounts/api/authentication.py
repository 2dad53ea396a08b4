"""Bearer tokens and keys for the API. Cookies are not accepted here, so no foreign page can act in a person's name."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import User
from nethra.core.access import Access
from nethra.core.errors import NotSignedIn


class BearerAuthentication(BaseAuthentication):
    """Take over whom the transaction's middleware found behind the token; refuse any other token."""

    def authenticate(self, request: Request) -> tuple[User, Access] | None:
        if "Authorization" not in request.headers:
            return None
        access = getattr(request._request, "access", None)
        user = request._request.user
        if not isinstance(access, Access) or not isinstance(user, User):
            # Who held a session or key is told why it ended; everybody else hears one sentence.
            raise getattr(request._request, "refusal", None) or NotSignedIn(
                "The access token or key is not valid or has expired; sign in again.", code="invalid_token"
            )
        return user, access

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How OpenAPI names it."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "PASETO v4.local"}
