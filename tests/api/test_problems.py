from __future__ import annotations

import pytest

from nethra.core.problems import flattened
from tests.api.calls import ROOT, anonymous, get, refusal
from tests.support.people import Cast, api_client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing",
        "/api/v2/incidents",
        "/api/v1/incidents/",
        "/api/v1/incidents/12",
        "/users/",
        "/auth/nothing",
    ],
)
def test_an_unknown_route_is_a_problem(cast: Cast, path: str) -> None:
    assert refusal(api_client(cast.officer).get(path)) == (404, "not_found")


def test_pages_outside_the_api_stay_pages(db: None) -> None:
    answer = anonymous().get("/nothing")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("method", "path"),
    [("put", "incidents"), ("delete", "users"), ("options", "incidents"), ("get", "auth/login")],
)
def test_an_unsupported_method_is_a_problem(cast: Cast, method: str, path: str) -> None:
    answer = getattr(api_client(cast.admin), method)(f"{ROOT}/{path}")

    assert refusal(answer) == (405, "method_not_allowed")


def test_a_media_type_nobody_speaks_is_a_problem(cast: Cast) -> None:
    assert refusal(get(cast.officer, "incidents", Accept="image/png")) == (406, "not_acceptable")


def test_a_failure_tells_no_details(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("nethra.core.rows.select", fail)

    answer = get(cast.officer, "areas?count=exact")
    answer = answer if answer.status_code == 500 else get(cast.officer, "agencies")

    assert refusal(answer) == (500, "server_error")
    assert b"secret" not in answer.content


def test_another_scheme_than_bearer_is_refused(cast: Cast) -> None:
    client = anonymous()
    client.credentials(HTTP_AUTHORIZATION="Basic YTpi")

    assert refusal(client.get(f"{ROOT}/incidents")) == (401, "invalid_token")


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"a": ["x"]}, {"a": ["x"]}),
        ({"a": [{}, {"b": ["x"]}]}, {"a.1.b": ["x"]}),
        ({"a": {"non_field_errors": ["x"]}}, {"a": ["x"]}),
        ({"non_field_errors": ["x"]}, {"body": ["x"]}),
        (["x"], {"body": ["x"]}),
    ],
)
def test_nested_errors_become_paths(detail: object, expected: dict[str, list[str]]) -> None:
    assert flattened(detail) == expected
