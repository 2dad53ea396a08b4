"""What the proof of the audit costs: hashing and sealing, recording over the API, the lag, an offline check, searches.

Run by script/drill audit; ratios are within one run.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
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
CLIENTS, SECONDS, ROUNDS = 16, int(os.environ.get("AUDIT_SECONDS", "10")), 6
EVENTS = int(os.environ.get("AUDIT_EVENTS", "1000000"))
SEARCHED = int(os.environ.get("AUDIT_SEARCHED", "5000000"))

# What is left out of app.record_event to have the same row without its hash.
LEAF = re.compile(r"app\.audit_leaf\(.*?e\.hash\)\s+(?=FROM)", re.DOTALL)
SCOPE = "SELECT set_config('app.agency_id', '{agency}', true), set_config('app.user_id', '{user}', true);"
BODY = """'{{"new": {{"number": "I2026-0000001", "status": "reported", "note": "{words}"}}}}'"""
CALLS = {
    kind: f"SELECT app.{function}('insert', 'incidents_incident', app.uuid7(), 'done', '', {{body}}, NULL);"
    for kind, function in {"bare": "record_bare", "hashed": "record_event"}.items()
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
    """app.record_bare is app.record_event as the database has it, but for the leaf."""
    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as server:
        found = server.execute("SELECT pg_get_functiondef('app.record_event'::regproc)").fetchone()
        assert found is not None
        definition, left_out = LEAF.subn("''::bytea ", found[0])
        assert left_out == 1
        server.execute(definition.replace("app.record_event", "app.record_bare"))
        server.execute("ALTER FUNCTION app.record_bare OWNER TO nethra_definer")
        server.execute("GRANT EXECUTE ON FUNCTION app.record_bare TO PUBLIC")


def calmed() -> None:
    """Let both kinds begin alike: no rows without a leaf, which are no part of the log, and nothing left to write."""
    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as server:
        server.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        server.execute("DELETE FROM audit_auditevent WHERE leaf = ''")
        server.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")
        server.execute("VACUUM audit_auditevent")
        server.execute("CHECKPOINT")


def say(capsys: Any, sentence: str) -> None:
    with capsys.disabled():
        print(sentence)


def test_hashing_and_sealing_cost_a_tenth_at_most(
    audit: SealedAudit, bare: None, tmp_path: Path, capsys: Any
) -> None:
    taken: dict[str, list[float]] = {"bare": [], "hashed": []}
    load = ["-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS)]
    for turn in range(ROUNDS):
        for kind in ("bare", "hashed") if turn % 2 else ("hashed", "bare"):
            calmed()
            with Following(audit) if kind == "hashed" else nullcontext():
                taken[kind].append(pgbench(script(audit, tmp_path, kind), *load))
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
