from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client


def test_health_does_not_ask_the_database() -> None:
    # Without the database mark any query would fail here.
    answer = Client().get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_database_health_tells_what_operators_need() -> None:
    answer = Client().get("/health/db")

    facts = answer.json()
    assert answer.status_code == 200
    assert set(facts) == {"status", "database", "postgis", "leakproof", "migrations_pending", "clocks_apart"}
    assert facts["leakproof"] is True
    assert facts["migrations_pending"] == 0


def test_an_absent_database_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise OperationalError("password authentication failed for user nethra_app")

    monkeypatch.setattr("nethra.health._facts", fail)

    answer = Client().get("/health/db")

    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "database": False})


@pytest.mark.parametrize(("mode", "status"), [("leakproof", 503), ("lonlat", 200)])
def test_a_lost_mark_fails_only_where_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, settings: Any, mode: str, status: int
) -> None:
    settings.GEO_INDEX = mode
    facts = {"postgis": "3.3.2", "leakproof": False, "migrations_pending": 0, "clocks_apart": 0.0}
    monkeypatch.setattr("nethra.health._facts", lambda: facts)

    assert Client().get("/health/db").status_code == status


@pytest.mark.parametrize(("apart", "status"), [(5.0, 200), (5.1, 503)])
def test_clocks_that_are_apart_fail(monkeypatch: pytest.MonkeyPatch, apart: float, status: int) -> None:
    facts = {"postgis": "3.3.2", "leakproof": True, "migrations_pending": 0, "clocks_apart": apart}
    monkeypatch.setattr("nethra.health._facts", lambda: facts)

    assert Client().get("/health/db").status_code == status
