"""What the proof of the audit costs: hashing and sealing, recording over the API, the lag, an offline check, searches.

Run by script/drill audit; ratios are within one run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from nethra.audit import desk
from nethra.audit.exporting import export_audit
from nethra.audit.filters import AuditFilters, wanted_by
from nethra.audit.sealing import Sealer
from nethra.bootstrap import admin_dsn
from nethra.core.scope import agency_scope
from tests.audit.conftest import SealedAudit
from tests.support.people import access_for, api_client

pytest_plugins = ["tests.audit.conftest"]
pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS, SECONDS, ROUNDS = 16, int(os.environ.get("AUDIT_SECONDS", "10")), 3
EVENTS = int(os.environ.get("AUDIT_EVENTS", "1000000"))
SEARCHED = int(os.environ.get("AUDIT_SEARCHED", "5000000"))

# The audit row as it is, but for its leaf.
BARE = """
CREATE FUNCTION app.record_bare(p_action text, p_entity text, p_object uuid, p_body jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO audit_auditevent (id, agency_id, recorded_at, actor_id, action, entity, object_id, source,
        request_id, address, reason, result, body, leaf)
    SELECT app.uuid7(), app.agency_id(), clock_timestamp(), app.user_id(), p_action, p_entity, p_object, 'api', '', '',
           '', 'done', p_body::text, ''
$$;
ALTER FUNCTION app.record_bare(text, text, uuid, jsonb) OWNER TO nethra_definer;
GRANT EXECUTE ON FUNCTION app.record_bare(text, text, uuid, jsonb) TO PUBLIC;
"""
SCOPE = "SELECT set_config('app.agency_id', '{agency}', true), set_config('app.user_id', '{user}', true);"
BODY = """'{{"new": {{"number": "I2026-0000001", "status": "reported", "note": "{words}"}}}}'"""
CALLS = {
    "bare": "SELECT app.record_bare('insert', 'incidents_incident', app.uuid7(), {body});",
    "hashed": "SELECT app.record_event('insert', 'incidents_incident', app.uuid7(), 'done', '', {body}, NULL);",
}


def script(audit: SealedAudit, folder: Path, kind: str) -> Path:
    """Write a transaction of pgbench: one audit row in the officer's scope."""
    officer = audit.cast.officer
    call = CALLS[kind].format(body=BODY.format(words="x" * 300))
    path = folder / f"{kind}.sql"
    path.write_text(f"BEGIN;\n{SCOPE.format(agency=officer.agency_id, user=officer.pk)}\n{call}\nCOMMIT;\n")
    return path


def pgbench(path: Path, *options: str) -> float:
    """Return the transactions a second that pgbench reached as the application's role."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    server = connection.settings_dict
    program = subprocess.run(
        ["pg_config", "--bindir"], capture_output=True, text=True, check=True
    ).stdout.strip()
    command = [f"{program}/pgbench", "-n", "-f", str(path), "-h", str(parts.hostname), "-p", str(parts.port)]
    done = subprocess.run(
        [*command, "-U", str(parts.username), *options, str(server["NAME"])],
        env={**os.environ, "PGPASSWORD": str(parts.password)},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("tps")]
    return float(line.split("=")[1].split()[0])


class Following:
    """A sealer that looks once a second, in a thread; it keeps the lags it saw."""

    def __init__(self, audit: SealedAudit) -> None:
        self.audit, self.lags, self.stop = audit, [0.0], threading.Event()
        self.thread = threading.Thread(target=self.follow)

    def follow(self) -> None:
        with desk.as_sealer() as opened:
            sealer = Sealer(opened, self.audit.ledger, self.audit.key)
            sealer.begin()
            while not self.stop.is_set():
                began = time.monotonic()
                sealed = sealer.step()
                if sealed.count:
                    self.lags.append(sealed.lag)
                self.stop.wait(max(0.0, 1.0 - (time.monotonic() - began)))

    def __enter__(self) -> Following:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()


@pytest.fixture
def bare(audit: SealedAudit) -> None:
    """The function that writes the same row without its leaf."""
    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as server:
        server.execute(BARE)


def say(capsys: Any, sentence: str) -> None:
    with capsys.disabled():
        print(sentence)


def test_hashing_and_sealing_cost_a_tenth_at_most(
    audit: SealedAudit, bare: None, tmp_path: Path, capsys: Any
) -> None:
    taken: dict[str, list[float]] = {"bare": [], "hashed": []}
    load = ["-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS)]
    for _ in range(ROUNDS):
        taken["bare"].append(pgbench(script(audit, tmp_path, "bare"), *load))
        with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as server:
            # Rows without a leaf are no part of the log.
            server.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
            server.execute("DELETE FROM audit_auditevent WHERE leaf = ''")
            server.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")
            server.execute("VACUUM audit_auditevent")
        with Following(audit):
            taken["hashed"].append(pgbench(script(audit, tmp_path, "hashed"), *load))
    ratio = statistics.median(taken["hashed"]) / statistics.median(taken["bare"])
    say(
        capsys,
        f"rows a second at {CLIENTS} clients, unhashed and hashed with a sealer: {taken}; ratio {ratio:.2f}",
    )
    assert ratio >= 0.9


def test_recording_over_the_api_is_four_fifths_of_the_same_without(audit: SealedAudit, capsys: Any) -> None:
    client = api_client(audit.cast.officer)
    body = {
        "offences": [{"code": "220"}],
        "occurred_from": "2026-01-05T10:00:00Z",
        "location": {"type": "Point", "coordinates": [-122.42, 37.77]},
        "description": "Window " * 20,
    }
    taken: dict[bool, list[float]] = {True: [], False: []}
    tables = ("incidents_incident", "incidents_incidentoffence")
    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as server:
        for turn in range(12):
            with_audit = turn % 2 == 0
            for table in tables:
                verb = "ENABLE ALWAYS" if with_audit else "DISABLE"
                server.execute(f"ALTER TABLE {table} {verb} TRIGGER audit_insert")
            for _ in range(60):
                began = time.perf_counter()
                answer = client.post("/api/v1/incidents", body, format="json")
                taken[with_audit].append(time.perf_counter() - began)
                assert answer.status_code == 201, answer.content
        for table in tables:
            server.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_insert")
    ratio = statistics.median(taken[False]) / statistics.median(taken[True])
    say(capsys, f"recording over the API with audit against without: {ratio:.2f}x")
    assert ratio >= 0.8


def test_a_thousand_events_a_second_are_sealed_within_two_seconds(
    audit: SealedAudit, tmp_path: Path, capsys: Any
) -> None:
    with Following(audit) as following:
        reached = pgbench(
            script(audit, tmp_path, "hashed"), "-c", "4", "-j", "2", "-R", "1000", "-T", str(3 * SECONDS)
        )
        time.sleep(2)
    say(capsys, f"at {reached:.0f} events a second sealed after {max(following.lags):.2f} s at most")
    assert max(following.lags) <= 2


def test_a_million_events_are_checked_offline_within_a_minute(
    audit: SealedAudit, tmp_path: Path, settings: Any, capsys: Any
) -> None:
    access = access_for(audit.cast.officer)
    call = CALLS["hashed"].format(body=BODY.format(words="x" * 200)).removesuffix(";")
    with agency_scope(access), connection.cursor() as cursor:
        cursor.execute(f"{call.replace('SELECT', 'SELECT count(', 1)}) FROM generate_series(1, {EVENTS})")
    began = time.monotonic()
    audit.seal()
    sealing = time.monotonic() - began
    with desk.as_sealer() as opened:
        done = export_audit(opened, tmp_path / "export")
    key = settings.AUDIT_KEY_FILE.with_suffix(".pub")
    began = time.monotonic()
    checked = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            str(tmp_path / "export" / "check_audit.pyz"),
            str(done.folder),
            "--key",
            str(key),
            "--json",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    taken = time.monotonic() - began
    assert json.loads(checked.stdout)["sound"]
    say(capsys, f"{done.events:,} events sealed in {sealing:.1f} s, checked offline in {taken:.1f} s")
    assert taken <= 60


def test_searches_keep_their_indexes_at_five_million(audit: SealedAudit, capsys: Any) -> None:
    cast = audit.cast
    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as server:
        server.execute(
            """INSERT INTO audit_auditevent (id, agency_id, recorded_at, actor_id, action, entity, object_id, source,
                   request_id, address, reason, result, body, leaf)
               SELECT gen_random_uuid(), (ARRAY[%s, %s]::uuid[])[1 + n %% 2], now() - n * interval '3 seconds',
                      (ARRAY[%s, %s, %s]::uuid[])[1 + n %% 3], 'update', 'incidents_incident',
                      gen_random_uuid(), 'api', '', '', '', 'done', '{}', '' FROM generate_series(1, %s) n""",
            [cast.north.pk, cast.south.pk, cast.admin.pk, cast.officer.pk, cast.south_officer.pk, SEARCHED],
        )
        server.execute("ANALYZE audit_auditevent")
    access = access_for(cast.auditor)
    some = {
        "record": AuditFilters(object=cast.north.pk),
        "actor": AuditFilters(actor=cast.auditor.pk),
        "period": AuditFilters(since=cast.north.created_at),
    }
    wanted = {"record": "audit_agency_object", "actor": "audit_agency_actor", "period": "audit_agency_time"}
    with agency_scope(access):
        for name, filters in some.items():
            page = wanted_by(access, filters).order_by("-recorded_at", "-id")[:100]
            plan = page.explain()
            began = time.perf_counter()
            list(page)
            say(capsys, f"{name}: {1000 * (time.perf_counter() - began):.1f} ms by {wanted[name]}")
            assert wanted[name] in plan, plan
            assert "Seq Scan on audit_auditevent" not in plan
