"""Which other pages may call the API from a browser: those that are named, with a token and never with a cookie."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from nethra import environment
from tests.support.people import Cast, api_client

MAP = "https://map.example.org"


@pytest.fixture
def named(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [MAP]


def preflight(client: Client, path: str, origin: str) -> Any:
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization, if-match, idempotency-key",
        },
    )


def test_a_named_origin_may_call_with_a_token(client: Client, db: None, named: None) -> None:
    answer = preflight(client, "/api/v1/cases", MAP)

    assert answer.headers["Access-Control-Allow-Origin"] == MAP
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"]
    assert all(name in allowed for name in ("authorization", "if-match", "idempotency-key"))
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_its_answers_may_be_read(cast: Cast, named: None) -> None:
    answer = api_client(cast.officer).get("/api/v1/cases", headers={"Origin": MAP})

    assert answer.headers["Access-Control-Allow-Origin"] == MAP
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/api/v1/cases", "https://evil.example"),
        ("/api/v1/cases", "https://map.example.org.evil.example"),
        ("/api/v1/cases", "http://map.example.org"),
        ("/api/v1/cases", "null"),
        ("/console/", MAP),
    ],
)
def test_nobody_else_and_never_the_console(
    client: Client, db: None, named: None, path: str, origin: str
) -> None:
    for answer in (preflight(client, path, origin), client.get(path, headers={"Origin": origin})):
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_without_the_setting_nobody(client: Client, db: None) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(client, "/api/v1/cases", MAP).headers


@pytest.mark.parametrize(
    "text", ["http://map.example.org", "*", "https://*.example.org", "map.example.org", f"{MAP}/"]
)
def test_an_origin_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CORS_ORIGINS", text)
    with pytest.raises(ImproperlyConfigured, match="must list origins"):
        environment.origins("CORS_ORIGINS")


def test_origins_of_this_machine_may_go_without_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", f"{MAP}, http://localhost:5173")
    assert environment.origins("CORS_ORIGINS") == [MAP, "http://localhost:5173"]
