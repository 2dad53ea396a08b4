"""Every writer leaves audit rows: the ORM, bulk calls, raw SQL and psql."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from incidents.choices import AreaKind
from incidents.models import AreaSet
from nethra.audit.models import AuditEvent
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_incident


def events(access: Access, entity: str, action: str) -> list[AuditEvent]:
    with agency_scope(access):
        found = AuditEvent.objects.visible_to(access).filter(entity=entity, action=action)
        return list(found.order_by("recorded_at"))


def area_set(access: Access, version: int) -> AreaSet:
    return AreaSet(
        agency_id=access.agency_id, kind=AreaKind.BEAT, version=version, is_current=False, source_name="t"
    )


def execute(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_save_bulk_update_raw_and_delete_are_all_recorded(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access, reason="test of capture"):
        area_set(access, 1).save()
        AreaSet.objects.bulk_create([area_set(access, version) for version in range(2, 12)])
        AreaSet.objects.visible_to(access).update(source_name="u")
        execute("UPDATE incidents_areaset SET source_name = 'v'")
        AreaSet.objects.visible_to(access).filter(version__lte=3).delete()
        execute("DELETE FROM incidents_areaset WHERE version = 4")

    inserted = events(access, "incidents_areaset", "insert")
    assert len(inserted) == 11
    assert len(events(access, "incidents_areaset", "update")) == 22
    assert len(events(access, "incidents_areaset", "delete")) == 4
    assert {(e.actor_id, e.source, e.reason) for e in inserted} == {
        (cast.admin.pk, "console", "test of capture")
    }


def test_an_update_keeps_what_was_replaced_and_the_row_after(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        row = area_set(access, 1)
        row.save()
        AreaSet.objects.visible_to(access).update(source_name="new")

    body = json.loads(events(access, "incidents_areaset", "update")[0].body)

    assert body["old"] == {"source_name": "t"}
    assert body["new"]["source_name"] == "new"
    assert body["new"]["version"] == 1


def test_an_update_that_changes_nothing_is_no_event(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        area_set(access, 1).save()
        AreaSet.objects.visible_to(access).update(source_name="t")

    assert events(access, "incidents_areaset", "update") == []


def test_narratives_and_places_go_into_the_guarded_part(cast: Cast) -> None:
    access = access_for(cast.officer)
    make_incident(access, description="Canary in the cellar", notes="Informant 7")

    (event,) = events(access, "incidents_incident", "insert")

    assert "Canary" not in event.body
    assert "12 Mission" not in event.body
    guarded = json.loads(event.guarded or "")["new"]
    assert (guarded["description"], guarded["notes"]) == ("Canary in the cellar", "Informant 7")
    assert event.salt is not None
    assert event.guarded_hash is not None


def test_the_leaf_follows_from_the_public_columns_and_the_guarded_hash(cast: Cast) -> None:
    access = access_for(cast.officer)
    make_incident(access)
    with agency_scope(access):
        record_event(action="read", entity="incidents_incident", body={"page": 1})
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT count(*), count(*) FILTER (WHERE leaf = app.audit_leaf(
                           id, agency_id, recorded_at, actor_id, action, entity, object_id, source,
                           request_id, address, reason, result, body, guarded_hash)),
                       count(*) FILTER (WHERE guarded IS NOT NULL
                           AND guarded_hash <> sha256(salt || convert_to(guarded, 'UTF8')))
                   FROM audit_auditevent"""
            )
            total, matching, broken = cursor.fetchone()

    assert total > 5
    assert (matching, broken) == (total, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET reason = 'x'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
        "INSERT INTO audit_auditevent SELECT * FROM audit_auditevent",
        "ALTER TABLE incidents_incident DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "TRUNCATE incidents_incident CASCADE",
        "DELETE FROM accounts_user",
    ],
)
def test_the_application_cannot_rewrite_the_audit(cast: Cast, statement: str) -> None:
    with (
        agency_scope(access_for(cast.admin)),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        execute(statement)


@pytest.mark.django_db(transaction=True)
def test_psql_leaves_audit_rows_too(committed_cast: Cast) -> None:
    settings = connection.settings_dict
    statement = f"""SET app.agency_id = '{committed_cast.north.pk}';
        UPDATE accounts_user SET time_zone = 'UTC' WHERE email = 'noel.officer@north.test'"""
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", settings["HOST"], "-p", str(settings["PORT"])]
    command += ["-U", settings["USER"], "-d", settings["NAME"], "-c", statement]
    subprocess.run(command, env={**os.environ, "PGPASSWORD": settings["PASSWORD"]}, check=True)

    (event,) = events(access_for(committed_cast.admin), "accounts_user", "update")

    assert (event.source, event.actor_id) == ("sql", None)
    assert json.loads(event.body)["old"] == {"time_zone": ""}


def test_a_password_change_is_recorded_without_the_password(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        User.objects.visible_to(access).filter(pk=cast.officer.pk).update(password="argon2$secret")

    (event,) = events(access, "accounts_user", "update")

    assert "secret" not in event.body + (event.guarded or "")


def test_the_identity_of_a_row_never_changes(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        area_set(access, 1).save()
        with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
            execute("UPDATE incidents_areaset SET id = app.uuid7()")
