"""No write succeeds without its event; that the audit cannot be written, or is muted, is noticed at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from incidents.models import Incident
from nethra.bootstrap import admin_dsn
from nethra.core import checks
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for, api_client
from tests.support.records import make_incident

INCIDENT = {"offences": [{"code": "220"}], "occurred_from": "2026-03-02T10:00:00Z"}


@pytest.fixture
def committed(committed_cast: Cast) -> Cast:
    return committed_cast


@pytest.fixture
def owner(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to the test's database, whose statements commit."""
    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as opened:
        yield opened


#: As where the disk is full or the table is gone: writing an event fails, and no rule refused it.
BROKEN = """ALTER TABLE audit_auditevent ADD CONSTRAINT broken
            CHECK (1 / (length(action) - length(action)) = 1) NOT VALID"""


def test_a_change_whose_event_cannot_be_written_is_refused_and_told(
    committed: Cast, owner: Any, caplog: pytest.LogCaptureFixture
) -> None:
    officer = api_client(committed.officer)
    owner.execute(BROKEN)
    with caplog.at_level(logging.CRITICAL, logger="nethra.audit.alarm"):
        answer = officer.post("/api/v1/incidents", INCIDENT, format="json")
    owner.execute("ALTER TABLE audit_auditevent DROP CONSTRAINT broken")

    assert answer.status_code == 500
    assert [record.levelname for record in caplog.records if record.name == "nethra.audit.alarm"] != []
    access = access_for(committed.officer)
    with agency_scope(access):
        assert not Incident.objects.visible_to(access).exists()
    assert officer.post("/api/v1/incidents", INCIDENT, format="json").status_code == 201


def test_what_the_database_refuses_otherwise_is_no_alarm(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    incident = make_incident(access_for(cast.officer))
    with (
        caplog.at_level(logging.CRITICAL, logger="nethra.audit.alarm"),
        agency_scope(access_for(cast.officer)),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE incidents_incident SET number = NULL WHERE id = %s", [incident.pk])

    assert caplog.records == []


@pytest.mark.parametrize(
    ("table", "trigger", "how"),
    [
        ("cases_case", "audit_update", "DISABLE TRIGGER"),
        ("incidents_incident", "audit_delete", "ENABLE TRIGGER"),
        ("accounts_user", "audit_truncate", "ENABLE REPLICA TRIGGER"),
        ("audit_auditevent", "append_only", "DISABLE TRIGGER"),
    ],
)
def test_a_muted_table_is_not_served(owner: Any, table: str, trigger: str, how: str) -> None:
    owner.execute(f"ALTER TABLE {table} {how} {trigger}")
    told = checks.row_security_stands(databases=["default"])
    owner.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")

    assert [(problem.id, table in problem.msg, trigger in problem.msg) for problem in told] == [
        ("nethra.E006", True, True)
    ]
    assert checks.row_security_stands(databases=["default"]) == []


@pytest.mark.parametrize("shift", [-60, 60])
def test_clocks_that_are_apart_are_told(db: None, monkeypatch: pytest.MonkeyPatch, shift: int) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=shift)

    monkeypatch.setattr(checks, "datetime", Clock)

    (told,) = checks.row_security_stands(databases=["default"])
    assert told.id == "nethra.E007"
    assert 59 <= checks.seconds_apart() <= 60
