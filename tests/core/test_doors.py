"""What is refused before anything looks at a request: programs in clear, methods that nobody serves."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.calls import ROOT
from tests.support.people import Cast, bearer, console_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_clear_refused(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True


def test_programs_that_come_in_clear_are_refused(cast: Cast, in_clear_refused: None) -> None:
    answer = Client().get(f"{ROOT}/auth/me", headers={"Authorization": bearer(cast.officer)})

    problem = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert (problem["code"], problem["detail"]) == ("https_required", "Use https:// for this address.")
    assert "Location" not in answer.headers


def test_people_who_come_in_clear_are_sent_on_and_probes_are_answered(
    cast: Cast, in_clear_refused: None
) -> None:
    page = Client().get("/console/login/?next=/console/")

    assert (page.status_code, page.headers["Location"]) == (
        301,
        "https://testserver/console/login/?next=/console/",
    )
    assert Client().get("/health").status_code == 200


def test_over_tls_programs_are_answered(cast: Cast, in_clear_refused: None) -> None:
    answer = Client().get(f"{ROOT}/auth/me", headers={"Authorization": bearer(cast.officer)}, secure=True)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/console/",
        "/console/login/",
        "/console/cases/case/",
        "/static/nethra/console.css",
        "/",
        f"{ROOT}/cases",
    ],
)
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
def test_trace_is_off(cast: Cast, path: str, method: str) -> None:
    client = console_client(cast.officer)
    headers = {"X-Secret": "SECRETNAME"}
    if path.startswith(ROOT):
        client, headers = Client(), headers | {"Authorization": bearer(cast.officer)}

    answer = client.generic(method, path, headers=headers)

    assert answer.status_code == 405
    assert method not in answer.headers["Allow"]
    assert b"SECRETNAME" not in answer.content
