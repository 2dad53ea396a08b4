"""Requests are counted by session, key or address, exactly; who asks too often is told when to come back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.api_keys import PREFIX
from accounts.jobs import forget_requests
from nethra.core.throttles import count, key_of, standing
from tests.support.people import Cast, api_client, console_client


@pytest.fixture
def limits(settings: Any) -> Any:
    settings.REQUESTS_PER_MINUTE, settings.STRANGERS_PER_MINUTE = 3, 2
    return settings


def statuses(client: Any, path: str, times: int, **headers: Any) -> list[int]:
    return [client.get(path, **headers).status_code for _ in range(times)]


def test_a_session_is_refused_beyond_its_limit_and_another_is_not(cast: Cast, limits: Any) -> None:
    officer = api_client(cast.officer)
    assert statuses(officer, "/api/v1/cases", 4) == [200, 200, 200, 429]
    refused = officer.get("/api/v1/cases")

    assert refused.json()["code"] == "too_many_requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert f"in {refused.headers['Retry-After']} seconds" in refused.json()["detail"]
    assert statuses(api_client(cast.analyst), "/api/v1/cases", 1) == [200]


def test_the_console_shows_a_page(cast: Cast, limits: Any) -> None:
    client = console_client(cast.officer)
    assert statuses(client, "/console/", 3) == [200, 200, 200]
    refused = client.get("/console/")
    assert refused.status_code == 429
    assert b"Too many requests" in refused.content


def test_strangers_are_counted_by_their_address(client: Client, db: None, limits: Any) -> None:
    assert statuses(client, "/console/login/", 3, REMOTE_ADDR="192.0.2.1") == [200, 200, 429]
    assert statuses(client, "/console/login/", 1, REMOTE_ADDR="192.0.2.2") == [200]


def test_a_token_that_we_did_not_sign_is_a_stranger_s(client: Client, db: None, limits: Any) -> None:
    found = [
        client.get("/api/v1/cases", HTTP_AUTHORIZATION=f"Bearer v4.local.{n}").status_code for n in range(3)
    ]
    assert found == [401, 401, 429]


def test_who_guesses_keys_is_a_stranger(client: Client, cast: Cast, limits: Any) -> None:
    guesses = [f"Bearer {PREFIX}{n:08d}{'x' * 40}" for n in range(4)]
    found = [client.get("/api/v1/cases", HTTP_AUTHORIZATION=guess).status_code for guess in guesses]
    assert found == [401, 401, 401, 429]


def test_strangers_are_limited_where_the_others_are_not(client: Client, cast: Cast, limits: Any) -> None:
    limits.REQUESTS_PER_MINUTE = 0
    assert statuses(api_client(cast.officer), "/api/v1/cases", 4) == [200] * 4
    assert statuses(client, "/console/login/", 3) == [200, 200, 429]


def test_a_guess_that_is_refused_leaves_no_row(client: Client, cast: Cast, limits: Any) -> None:
    guesses = [f"Bearer {PREFIX}{n:08d}{'x' * 40}" for n in range(8)]
    for guess in guesses:
        client.get("/api/v1/cases", HTTP_AUTHORIZATION=guess)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_requestcount")
        assert cursor.fetchone() == (4,)


def test_probes_are_never_refused(client: Client, db: None, limits: Any) -> None:
    assert statuses(client, "/health", 5) == [200] * 5


def test_zero_is_no_limit(cast: Cast, settings: Any) -> None:
    settings.REQUESTS_PER_MINUTE = 0
    assert statuses(api_client(cast.officer), "/api/v1/cases", 6) == [200] * 6


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_are_a_hundred() -> None:
    key = key_of("holder", "one")

    def once(_: int) -> int:
        try:
            return count(key).n
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(once, range(100)))

    assert found == list(range(1, 101))
    assert standing(key).n == 100


def test_a_window_that_is_over_begins_anew(db: None) -> None:
    key = key_of("holder", "two")
    for _ in range(3):
        count(key)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_requestcount SET until = until - interval '2 minutes' WHERE key = %s", [key]
        )
    assert standing(key).n == 0
    assert count(key).n == 1


def test_old_counts_are_forgotten(cast: Cast) -> None:
    old, young = key_of("holder", "old"), key_of("holder", "young")
    count(old)
    count(young)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_requestcount SET until = until - interval '2 hours' WHERE key = %s", [old]
        )
    forget_requests(agency_id=cast.north.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM core_requestcount")
        assert [bytes(key) for (key,) in cursor.fetchall()] == [young]
