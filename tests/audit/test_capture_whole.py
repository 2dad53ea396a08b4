"""Every row that changes has its event, whatever door it came through, and no role below a superuser can prevent it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from incidents.choices import AreaKind
from incidents.models import AreaSet
from nethra.audit import desk
from nethra.audit.inspection import compared
from nethra.core.checks import WITHOUT_EVENTS
from nethra.core.scope import agency_scope
from tests.architecture.planting import plant
from tests.support.people import Cast, access_for, api_client, console_client

#: Written to and no record: what jobs wait for, counts, and the proof itself.
NO_RECORDS = {
    *WITHOUT_EVENTS,
    "core_requestcount",
    "audit_auditleaf",
    "audit_auditcheckpoint",
    "accounts_loginattempt",
}
CHANGED = """
SELECT relname, n_tup_ins, n_tup_del FROM pg_stat_xact_user_tables
WHERE schemaname = 'public' AND n_tup_ins + n_tup_del > 0 AND relname NOT LIKE 'procrastinate%'
"""
RECORDED = """
SELECT entity, count(*) FILTER (WHERE action = 'insert'), count(*) FILTER (WHERE action = 'delete')
FROM audit_auditevent WHERE action IN ('insert', 'delete') GROUP BY entity
"""


def rows(statement: str) -> dict[str, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {name: (first, second) for name, first, second in cursor.fetchall()}


def recorded(cast: Cast) -> dict[str, tuple[int, int]]:
    """Return how many insertions and deletions of each table the audits of both agencies hold."""
    found: dict[str, tuple[int, int]] = {}
    for admin in (cast.admin, cast.south_admin):
        with agency_scope(access_for(admin)):
            for name, (inserted, deleted) in rows(RECORDED).items():
                before = found.get(name, (0, 0))
                found[name] = (before[0] + inserted, before[1] + deleted)
    return found


def since(before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Return what was made and removed meanwhile, of every table of records."""
    found = {}
    for name in now.keys() - NO_RECORDS:
        first, second = before.get(name, (0, 0))
        found[name] = (now[name][0] - first, now[name][1] - second)
    return {name: counts for name, counts in found.items() if any(counts)}


def test_every_row_made_or_removed_in_a_transaction_has_its_event(cast: Cast) -> None:
    """PostgreSQL's own count of the rows against ours, after a bit of everything."""
    # It counts what this connection did in earlier transactions as well, until it comes to rest.
    rows_before, events_before = rows(CHANGED), recorded(cast)
    plant(cast)
    access = access_for(cast.admin)
    with agency_scope(access):
        AreaSet.objects.bulk_create(
            AreaSet(
                agency_id=access.agency_id,
                kind=AreaKind.BEAT,
                version=version,
                is_current=False,
                source_name="t",
            )
            for version in range(50, 150)
        )
        with connection.cursor() as cursor:
            cursor.execute("UPDATE incidents_areaset SET source_name = 'u' WHERE version >= 50")
            cursor.execute("DELETE FROM incidents_areaset WHERE version >= 140")
        AreaSet.objects.visible_to(access).filter(version__gte=130).delete()

    changed = since(rows_before, rows(CHANGED))

    assert len(changed) > 30
    assert sum(sum(counts) for counts in changed.values()) > 200
    assert since(events_before, recorded(cast)) == changed


@pytest.mark.django_db(transaction=True)
def test_every_door_is_recorded_and_every_row_is_what_its_last_event_says(committed_cast: Cast) -> None:
    cast = committed_cast
    plant(cast)
    incident = {
        "offences": [{"code": "220"}],
        "occurred_from": "2026-01-01T10:00:00Z",
        "location": {"type": "Point", "coordinates": [-122.42, 37.77]},
    }
    made = api_client(cast.officer).post("/api/v1/incidents", incident, format="json")
    assert made.status_code == 201, made.content
    told = console_client(cast.admin).post(
        "/console/account/profile/",
        {"name": "Nora Renamed", "language": "en", "time_zone": ""},
    )
    assert told.status_code == 302, told.content
    call_command("audit_hold", "--agency", "north", "--place", "O-9", "--reason", "Appeal")
    settings = connection.settings_dict
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", settings["HOST"], "-p", str(settings["PORT"])]
    command += ["-U", settings["USER"], "-d", settings["NAME"]]
    statement = f"SET app.agency_id = '{cast.north.pk}'; UPDATE incidents_incident SET status = 'closed'"
    subprocess.run(
        [*command, "-c", statement], env={**os.environ, "PGPASSWORD": settings["PASSWORD"]}, check=True
    )

    with desk.as_sealer() as sealer:
        with sealer.transaction():
            report = compared(sealer, [], [], [], with_state=True)
        sources = {
            source for (source,) in sealer.execute("SELECT DISTINCT source FROM audit_auditevent").fetchall()
        }
    assert [finding for finding in report.findings if finding.kind == "state"] == []
    assert sources >= {"api", "console", "command", "job", "sql"}


@pytest.mark.django_db(transaction=True)
def test_a_failed_sign_in_that_belongs_to_no_agency_is_recorded(committed_cast: Cast) -> None:
    """Nobody has the address: operators find the event in an export, and it does not hold what was typed."""
    answer = APIClient().post(
        "/api/v1/auth/login", {"email": "jane@nowhere.test", "password": "a guess"}, format="json"
    )

    assert answer.status_code == 401
    with desk.as_sealer() as sealer:
        ((body, result, address),) = sealer.execute(
            "SELECT body || coalesce(guarded, ''), result, address FROM audit_auditevent "
            "WHERE agency_id IS NULL AND action = 'sign_in'"
        ).fetchall()
    assert (result, address) == ("failed", "127.0.0.1")
    assert "jane" not in body


# Who cannot mute it

LOGINS = (
    "DATABASE_URL",
    "MIGRATE_DATABASE_URL",
    "BACKUP_DATABASE_URL",
    "PLATFORM_DATABASE_URL",
    "SEALER_DATABASE_URL",
)
OWNER = "MIGRATE_DATABASE_URL"


@contextmanager
def connected_as(variable: str) -> Iterator[psycopg.Connection[Any]]:
    parts = urlsplit(os.environ.get(variable, ""))
    if not parts.username:
        pytest.skip(f"There is no {variable} here.")
    dsn = urlunsplit(("postgresql", parts.netloc, str(connection.settings_dict["NAME"]), "", ""))
    with psycopg.connect(dsn, autocommit=True) as opened:
        opened.execute("SET default_transaction_read_only = off")
        yield opened


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("login", LOGINS)
def test_no_login_mutes_the_audit(committed_cast: Cast, login: str) -> None:
    with connected_as(login) as opened:
        opened.execute("SELECT set_config('app.agency_id', %s, false)", [str(committed_cast.north.pk)])
        for statement in (
            "SET session_replication_role = replica",
            "ALTER ROLE CURRENT_USER SET session_replication_role = replica",
            "ALTER TABLE incidents_incident DISABLE TRIGGER audit_update",
            "ALTER TABLE incidents_incident DISABLE TRIGGER ALL",
            "ALTER TABLE incidents_incident DISABLE TRIGGER USER",
            "ALTER TABLE incidents_incident ENABLE REPLICA TRIGGER audit_update",
            "ALTER TABLE audit_auditevent DISABLE TRIGGER append_only",
            "DROP TRIGGER audit_update ON incidents_incident",
            "DROP TRIGGER append_only ON audit_auditevent",
            "DROP FUNCTION app.capture_change() CASCADE",
            "DROP EVENT TRIGGER audit_not_muted",
            "ALTER EVENT TRIGGER audit_not_dropped DISABLE",
            "DROP SCHEMA nethra_guard CASCADE",
            "DELETE FROM nethra_guard.dropped_trigger",
            "UPDATE audit_auditevent SET reason = 'x'",
            "DELETE FROM audit_auditevent",
            "TRUNCATE audit_auditevent CASCADE",
            "TRUNCATE incidents_incident CASCADE",
        ):
            with pytest.raises(psycopg.Error):
                opened.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_trigger_under_another_name_is_guarded_too(committed_cast: Cast) -> None:
    with connected_as(OWNER) as opened:
        opened.execute("ALTER TRIGGER audit_update ON incidents_incident RENAME TO other")
        for statement in (
            "ALTER TABLE incidents_incident DISABLE TRIGGER other",
            "DROP TRIGGER other ON incidents_incident",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"The audit of .* is never"):
                opened.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_migration_makes_triggers_anew(committed_cast: Cast) -> None:
    """What later migrations do: other columns are guarded, within one transaction."""
    anew = """
        DROP TRIGGER audit_update ON incidents_area;
        CREATE TRIGGER audit_update AFTER UPDATE ON incidents_area
            REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION app.capture_change('', '', '');
        ALTER TABLE incidents_area ENABLE ALWAYS TRIGGER audit_update;
    """
    with connected_as(OWNER) as opened:
        with opened.transaction():
            opened.execute(anew)
        with opened.transaction():
            opened.execute("CREATE TABLE passing (id integer)")
            opened.execute("DROP TABLE passing")


def test_the_guard_is_made_twice_without_harm(cast: Cast) -> None:
    name = str(connection.settings_dict["NAME"])
    done = subprocess.run(
        [sys.executable, "-m", "nethra.bootstrap", "--database", name],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
