"""Changes are recorded by statements that are planned once: they write what a composed one writes, at any number."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from nethra.bootstrap import admin_dsn
from tests.support.people import Cast

MIGRATION = import_module("nethra.audit.migrations.0008_changes_planned_once")
TABLE = """
CREATE TABLE probe (id uuid PRIMARY KEY DEFAULT app.uuid7(), agency_id uuid NOT NULL, said text, secret text,
    amount numeric(9, 2), seen_at timestamptz, marks text[], counted integer NOT NULL DEFAULT 0);
"""
CAPTURE = "FOR EACH STATEMENT EXECUTE FUNCTION app.capture_change('secret', 'counted', 'counted')"
TRIGGERS = f"""
CREATE TRIGGER made AFTER INSERT ON probe REFERENCING NEW TABLE AS new_rows {CAPTURE};
CREATE TRIGGER changed AFTER UPDATE ON probe REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows {CAPTURE};
CREATE TRIGGER removed AFTER DELETE ON probe REFERENCING OLD TABLE AS old_rows {CAPTURE};
"""
WORK = (
    """INSERT INTO probe (id, agency_id, said, secret, amount, seen_at, marks)
       SELECT ('00000000-0000-7000-8000-00000000000' || n)::uuid, app.agency_id(), 'it"s ' || n, NULLIF('s' || n, 's2'),
              n + 0.5, '2026-03-02 08:00:00.000001+00', ARRAY['a', NULL] FROM generate_series(1, 3) n""",
    "UPDATE probe SET said = said, counted = counted + 1",
    "UPDATE probe SET said = 'now', secret = 'hidden' WHERE said LIKE '%2'",
    "UPDATE probe SET amount = NULL, counted = 7",
    "DELETE FROM probe WHERE secret = 's1'",
    "UPDATE probe SET said = 'nobody' WHERE false",
)
RECORDED = """
SELECT action, object_id, body, guarded, salt IS NULL, guarded_hash IS NULL, reason, source
FROM audit_auditevent WHERE entity = 'probe' ORDER BY recorded_at, object_id
"""
CHECKED = """
SELECT count(*) FILTER (WHERE leaf <> app.audit_leaf(id, agency_id, recorded_at, actor_id, action, entity, object_id,
    source, request_id, address, reason, result, body, guarded_hash)
    OR guarded_hash <> sha256(salt || convert_to(guarded, 'UTF8')))
FROM audit_auditevent WHERE entity = 'probe'
"""


@pytest.fixture
def server(committed_cast: Cast) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's transaction in North's scope, of which nothing stays."""
    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"]))) as opened:
        opened.execute("SELECT set_config('app.agency_id', %s, true)", [str(committed_cast.north.pk)])
        opened.execute("SELECT set_config('app.reason', 'why', true)")
        yield opened
        opened.rollback()


def events(server: psycopg.Connection[Any], function: str) -> list[Any]:
    """Return what a function records of the work, none of which stays."""
    with server.transaction(force_rollback=True):
        server.execute(f"{MIGRATION.HEAD} {function}")
        server.execute(TABLE)
        server.execute(TRIGGERS)
        for statement in WORK:
            server.execute(statement)
        assert server.execute(CHECKED).fetchone() == (0,)
        return server.execute(RECORDED).fetchall()


def test_a_planned_event_says_what_a_composed_one_says(server: psycopg.Connection[Any]) -> None:
    planned, composed = (events(server, function) for function in (MIGRATION.PLANNED, MIGRATION.COMPOSED))

    assert [action for action, *_ in planned] == ["insert"] * 3 + ["update"] * 4 + ["delete"]
    assert planned == composed


def test_a_column_that_comes_later_is_recorded_in_the_same_session(server: psycopg.Connection[Any]) -> None:
    server.execute(TABLE)
    server.execute(TRIGGERS)
    for statement in WORK:
        server.execute(statement)
    server.execute("ALTER TABLE probe ADD later text NOT NULL DEFAULT 'before', DROP marks")

    server.execute("UPDATE probe SET later = 'after' WHERE id = %s", [UUID(int=0x7000_8000_0000_0000_0002)])

    found = server.execute(
        "SELECT body::jsonb FROM audit_auditevent WHERE entity = 'probe' ORDER BY recorded_at DESC, id DESC LIMIT 1"
    ).fetchone()
    assert found is not None
    body = found[0]
    assert body["old"] == {"later": "before"}
    assert "marks" not in body["new"]


def test_a_plan_made_for_one_row_ends_with_many(server: psycopg.Connection[Any]) -> None:
    plans: list[str] = []
    server.execute(TABLE)
    server.execute(TRIGGERS)
    server.execute(
        "INSERT INTO probe (agency_id, said) SELECT app.agency_id(), n FROM generate_series(1, 300) n"
    )
    for number in range(8):
        server.execute("UPDATE probe SET amount = %s WHERE said = '1'", [number])
    server.execute("LOAD 'auto_explain'")
    server.execute("SET LOCAL auto_explain.log_min_duration = 0")
    server.execute("SET LOCAL auto_explain.log_nested_statements = on")
    server.execute("SET LOCAL client_min_messages = log")
    server.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))

    server.execute("UPDATE probe SET amount = 9")

    (plan,) = [plan for plan in plans if "FULL JOIN" in plan]
    assert "Hash Full Join" in plan or "Merge Full Join" in plan
    # Each event is joined with what is the same for all of them; rows with rows never.
    assert plan.count("Nested Loop") == 1, plan
