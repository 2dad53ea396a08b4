"""Short words for API tests."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

from accounts.models import User
from tests.support.people import api_client

ROOT = "/api/v1"


def get(user: User, path: str, **headers: str) -> Any:
    """Return the answer to GET as the person."""
    return api_client(user).get(f"{ROOT}/{path}", headers=headers)


def post(user: User, path: str, body: Any) -> Any:
    """Return the answer to POST as the person."""
    return api_client(user).post(f"{ROOT}/{path}", body, format="json")


def patch(user: User, path: str, body: Any) -> Any:
    """Return the answer to PATCH as the person, of whatever version there is."""
    return api_client(user).patch(f"{ROOT}/{path}", body, format="json", headers={"If-Match": "*"})


def anonymous() -> APIClient:
    """Return a client without a token."""
    return APIClient(raise_request_exception=False)


def numbers(answer: Any) -> list[str]:
    """Return the incident numbers of a list's answer."""
    assert answer.status_code == 200, answer.content
    return [record["number"] for record in answer.json()["data"]]


def refusal(answer: Any) -> tuple[int, str]:
    """Return status and code of a problem, whose shape is checked."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    # What is closed to somebody is told as a stub besides.
    assert set(problem) - {"case", "incident"} == {
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "code",
        "errors",
    }
    assert problem["status"] == answer.status_code
    assert problem["instance"].endswith(answer.headers["X-Request-ID"])
    assert problem["detail"].endswith((".", "!", "}."))
    return answer.status_code, problem["code"]
